"""What the commands print: tables and JSON on standard output, words on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from semdepth.analysis import Analysis, Cluster
from semdepth.head import Candidate
from semdepth.reading.checkpoints import Checkpoint
from semdepth.writing.tables import analysis_json

# Where nobody watches (a file, a pipe), tables get room instead of being cut at 80 columns.
_WIDTH_OF_A_FILE = 120
_GAUGE = 48


def print_candidates(
    checkpoint: Checkpoint, candidates: Sequence[Candidate], chosen: str | None, top: int
) -> None:
    """The likeliest tensors to be the head, the chosen one marked."""
    print(
        f"{checkpoint.path}: {checkpoint.format}, {len(checkpoint.tensors)} tensors"
        + (f", class names from {checkpoint.names_from}" if checkpoint.class_names else ""),
        file=sys.stderr,
    )
    table = _table("", "tensor", "classes", "dimension", "why")
    for candidate in candidates[:top]:
        table.add_row(
            "*" if candidate.tensor.name == chosen else "",
            _plain(candidate.tensor.name),
            str(candidate.n_classes),
            str(candidate.dimension),
            _plain(candidate.reason),
        )
    _stdout().print(table)
    if len(candidates) > top:
        print(
            f"and {len(candidates) - top} less likely ones (--top {len(candidates)} shows them)",
            file=sys.stderr,
        )


def print_analysis(
    analysis: Analysis, form: str, *, top: int, written: Sequence[Path], output: Path | None
) -> None:
    """The analysis as tables or JSON, and on standard error what the reader must know."""
    if form == "json":
        sys.stdout.write(analysis_json(analysis))
    else:
        console = _stdout()
        for part in _summary(analysis, top):
            console.print(part)
    for note in _words(analysis):
        print(f"semdepth: {note}", file=sys.stderr)
    if output is not None:
        print(f"semdepth: wrote {len(written)} files to {output}", file=sys.stderr)


@contextmanager
def progress_on_stderr() -> Iterator[Callable[[str, int, int], None]]:
    """A callable ``(stage, done, total)`` that shows how far the work is."""
    if not sys.stderr.isatty():
        yield _LinesOfProgress()
        return
    columns = TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, int] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield show


class _LinesOfProgress:
    """For logs: a line a stage and second, and none for what is done within one."""

    def __init__(self):
        self.last = time.monotonic()

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.last > 1:
            print(f"semdepth: {stage}, {done} of {total}", file=sys.stderr, flush=True)
            self.last = now


def _summary(analysis: Analysis, top: int) -> Iterator[Table | Text]:
    subject = analysis.subject
    layer = f", {subject.tensor} ({len(analysis.classes)} x {subject.dimension})"
    yield Text(f"\n{_plain(subject.title)}{layer if subject.tensor else ''}", style="bold")
    yield _headline(analysis)
    yield Text("")
    yield _clusters_table(analysis, top)
    yield Text("")
    yield _alike_table(analysis, top)


def _headline(analysis: Analysis) -> Table:
    table = Table.grid(padding=(0, 2))
    chance, depth = analysis.chance, analysis.depth
    if depth.reason:
        table.add_row("Similarity Depth", f"undefined: {depth.reason}")
        return table
    low, high = chance.interval
    interval = "" if chance.reason else f"  95% interval {low:.2f} to {high:.2f}"
    table.add_row("Similarity Depth", Text(f"{depth.mean:.2f}", style="bold") + Text(interval))
    table.add_row(
        "by chance",
        f"{chance.null_mean:.2f} ± {chance.null_sd:.2f}, p = {chance.p_value:.2g} "
        f"({chance.permutations} random relabellings)",
    )
    table.add_row("at most", f"{chance.ceiling:.2f} for a forest of {len(depth.depths)} edges")
    table.add_row("normalised", f"{chance.normalised:.3f}  {_gauge(chance.normalised)}")
    table.add_row("mean Wu-Palmer", f"{depth.mean_wu_palmer:.3f}")
    return table


def _gauge(normalised: float) -> str:
    """Where a value stands between chance and the ceiling."""
    place = round(min(max(normalised, 0.0), 1.0) * (_GAUGE - 1))
    return f"chance {'─' * place}●{'─' * (_GAUGE - 1 - place)} ceiling"


def _clusters_table(analysis: Analysis, top: int) -> Table:
    clustering = analysis.graph.clustering
    caption = f"{analysis.graph.n_clusters} clusters by {clustering.clusterer.name}"
    if clustering.noise_share:
        caption += f", {clustering.noise_share:.0%} of the classes are noise"
    table = _table("cluster", "classes", "depth", "common concept", "members", title=caption)
    for cluster in analysis.clusters[:top]:
        table.add_row(
            "noise" if cluster.is_noise else str(cluster.number),
            str(cluster.size),
            "" if cluster.depth is None else f"{cluster.depth:.2f}",
            cluster.subsumer_name or "",
            _members(cluster),
        )
    return table


def _members(cluster: Cluster, shown: int = 5) -> str:
    more = "" if cluster.size <= shown else f" + {cluster.size - shown}"
    return ", ".join(_plain(member) for member in cluster.members[:shown]) + more


def _alike_table(analysis: Analysis, top: int) -> Table:
    table = _table(
        "class", "class", "similarity", "depth", "they meet at", title="most alike pairs"
    )
    for pair in analysis.alike[:top]:
        table.add_row(
            _plain(pair.first),
            _plain(pair.second),
            f"{pair.similarity:.3f}",
            "" if pair.depth is None else str(pair.depth),
            pair.subsumer_name or "",
        )
    return table


def _words(analysis: Analysis) -> Iterator[str]:
    if analysis.subject.names_from:
        yield f"class names from {analysis.subject.names_from}"
    yield from analysis.notes
    unplaced = analysis.depth.unplaced
    if unplaced:
        yield (
            f"{len(unplaced)} of {len(analysis.classes)} classes have no concept and take no part "
            f"in depths: {_listed(unplaced)}; give WordNet ids with --labels to place them"
        )
    if analysis.uncertain:
        yield (
            f"{len(analysis.uncertain)} names have several senses, the most frequent was taken: "
            f"{_listed(analysis.uncertain)}; give WordNet ids with --labels to settle them"
        )


def _listed(names: Sequence[str], shown: int = 5) -> str:
    more = "" if len(names) <= shown else f" and {len(names) - shown} more"
    return ", ".join(_plain(name) for name in names[:shown]) + more


def _table(*columns: str, title: str | None = None) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        numeric = column in ("cluster", "classes", "dimension", "depth", "similarity")
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    return table


def _stdout() -> Console:
    """A console that takes every string as it is: class names are not markup."""
    width = None if sys.stdout.isatty() else _WIDTH_OF_A_FILE
    return Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)


def _plain(name: str) -> str:
    """A name without control characters, which could move the cursor or recolour the screen."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
