"""What an analysis and a search for the head look like in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.table import Table
from rich.text import Text

from semdepth.alignment import Alignment, Severity
from semdepth.analysis import Analysis
from semdepth.cli.terminal import make_table, printable, stdout_console
from semdepth.findings import Cluster
from semdepth.forecast import Forecast
from semdepth.head import Candidate
from semdepth.mistakes import Mistakes
from semdepth.reading.checkpoints import Checkpoint
from semdepth.verdicts import VERDICTS, PairVerdicts
from semdepth.wordnet import wordnet_nouns
from semdepth.writing.tables import analysis_json

_GAUGE = 48


def print_candidates(
    checkpoint: Checkpoint, candidates: Sequence[Candidate], chosen: Candidate | None, top: int
) -> None:
    """The likeliest tensors to be the head, the chosen one marked."""
    print(
        f"{checkpoint.path}: {checkpoint.format}, {len(checkpoint.tensors)} tensors"
        + (f", class names from {checkpoint.names_from}" if checkpoint.class_names else ""),
        file=sys.stderr,
    )
    table = make_table("", "tensor", "classes", "dimension", "score", "why")
    for candidate in candidates[:top]:
        table.add_row(
            "*" if chosen is not None and candidate.tensor.name == chosen.tensor.name else "",
            printable(candidate.tensor.name),
            str(candidate.n_classes),
            str(candidate.dimension),
            str(candidate.score),
            printable(candidate.reason),
        )
    stdout_console().print(table)
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
        console = stdout_console()
        for part in _summary(analysis, top):
            console.print(part)
    print_words(analysis)
    if output is not None:
        print(f"semdepth: wrote {len(written)} files to {output}", file=sys.stderr)


def print_words(analysis: Analysis) -> None:
    """On standard error, what a reader of the results must know."""
    for note in _words(analysis):
        print(f"semdepth: {note}", file=sys.stderr)


def _summary(analysis: Analysis, top: int) -> Iterator[Table | Text]:
    subject = analysis.subject
    layer = f", {subject.tensor} ({len(analysis.classes)} x {subject.dimension})"
    yield Text(f"\n{printable(subject.title)}{layer if subject.tensor else ''}", style="bold")
    yield _headline(analysis)
    yield Text("")
    yield _clusters_table(analysis, top)
    for rows, table in (
        (analysis.alike, _alike_table),
        (analysis.context, _context_table),
        (analysis.odd, _odd_table),
    ):
        if rows and top:
            yield Text("")
            yield table(analysis, top)
    if analysis.mistakes is not None:
        yield from _mistakes(analysis.mistakes, top)


def _headline(analysis: Analysis) -> Table:
    table = Table.grid(padding=(0, 2))
    chance, depth = analysis.chance, analysis.depth
    placed = len(analysis.classes) - len(depth.unplaced)
    table.add_row(
        "taxonomy",
        printable(f"{analysis.taxonomy}, {placed:,} of {len(analysis.classes):,} classes placed"),
    )
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
    table.add_row("normalised", _gauge(chance.normalised))
    table.add_row("mean Wu-Palmer", f"{depth.mean_wu_palmer:.3f}")
    return table


def _gauge(normalised: float) -> str:
    """Where a value stands between chance and the ceiling."""
    if np.isnan(normalised):
        return "undefined: no forest over these classes can differ from chance"
    place = round(min(max(normalised, 0.0), 1.0) * (_GAUGE - 1))
    return f"{normalised:.3f}  chance {'─' * place}●{'─' * (_GAUGE - 1 - place)} ceiling"


def _clusters_table(analysis: Analysis, top: int) -> Table:
    clustering = analysis.graph.clustering
    caption = f"{analysis.graph.n_clusters} clusters by {clustering.clusterer.name}"
    if clustering.noise_share:
        caption += f", {clustering.noise_share:.0%} of the classes are noise"
    table = make_table("cluster", "classes", "depth", "common concept", "members", title=caption)
    for cluster in analysis.clusters[:top]:
        table.add_row(
            "noise" if cluster.is_noise else str(cluster.number),
            str(cluster.size),
            "" if cluster.depth is None else f"{cluster.depth:.2f}",
            printable(cluster.subsumer_name or ""),
            _members(cluster),
        )
    return table


def _members(cluster: Cluster, shown: int = 5) -> str:
    more = "" if cluster.size <= shown else f" + {cluster.size - shown}"
    return ", ".join(printable(member) for member in cluster.members[:shown]) + more


def _alike_table(analysis: Analysis, top: int) -> Table:
    table = make_table(
        "class", "class", "similarity", "depth", "they meet at", title="most alike pairs"
    )
    for pair in analysis.alike[:top]:
        table.add_row(
            printable(pair.first),
            printable(pair.second),
            f"{pair.similarity:.3f}",
            "" if pair.depth is None else str(pair.depth),
            printable(pair.subsumer_name or ""),
        )
    return table


def _context_table(analysis: Analysis, top: int) -> Table:
    title = "pairs more alike than their kinship suggests"
    table = make_table("class", "class", "similarity", "depth", "surprise (sd)", title=title)
    for pair in analysis.context[:top]:
        table.add_row(
            printable(pair.first),
            printable(pair.second),
            f"{pair.similarity:.3f}",
            str(pair.depth),
            f"{pair.surprise:.1f}",
        )
    return table


def _odd_table(analysis: Analysis, top: int) -> Table:
    title = "odd classes: perceived neighbours far away in the taxonomy"
    table = make_table("class", "depth", "by chance", "at most", "nearest templates", title=title)
    for odd in analysis.odd[:top]:
        table.add_row(
            printable(odd.label),
            f"{odd.depth:.2f}",
            f"{odd.chance:.2f}",
            f"{odd.ceiling:.2f}",
            ", ".join(map(printable, odd.neighbours)),
        )
    return table


def _mistakes(mistakes: Mistakes, top: int) -> Iterator[Table | Text]:
    confusion, found = mistakes.confusion, mistakes.forecast
    counted = f"{confusion.counts.sum():,} predictions, " if confusion.counted else ""
    source = printable(confusion.source)
    title = f"\nMistakes: {source}, {counted}accuracy {confusion.accuracy:.3f}"
    yield Text(title, style="bold")
    yield _compliance_table(mistakes)
    yield Text("")
    yield _facts(
        ("Similarity Depth of the confusions", _or_undefined(mistakes.depth.mean, 2)),
        *_forecast_facts(found, confusion.counted),
        *_severity_facts(mistakes.severity),
        *_alignment_facts(mistakes.alignments),
    )
    for verdict, meaning in VERDICTS.items():
        chosen = mistakes.verdicts.of(verdict)
        if len(chosen):
            yield Text("")
            yield _verdict_table(mistakes.verdicts, verdict, meaning, top)


def _compliance_table(mistakes: Mistakes) -> Table:
    title = f"compliance ({mistakes.graph.n_clusters} clusters of confusions)"
    table = make_table("", "neighbourhood", "share", "by chance", "lift", "p", title=title)
    for judged in (mistakes.direct, mistakes.extended):
        for name, chance in (
            ("similarities causing confusion", judged.causing),
            ("confusions explained", judged.explained),
        ):
            table.add_row(
                name,
                judged.found.neighbourhood,
                _or_undefined(chance.observed),
                _or_undefined(chance.null_mean, 4),
                _or_undefined(chance.lift, 1),
                "undefined" if np.isnan(chance.p_value) else f"{chance.p_value:.2g}",
            )
    return table


def _forecast_facts(found: Forecast, counted: bool) -> Iterator[tuple[str, str]]:
    for at in dict.fromkeys((found.at_confused, found.at_n)):
        if at.k and not np.isnan(at.precision):
            yield (
                f"precision among the {at.k} most alike pairs",
                f"{at.precision:.3f}, lift {_lift(at.lift)} "
                f"(confused {_often(at.least_count, counted)})",
            )
    yield "average precision", _or_undefined(found.average_precision)
    share = _or_undefined(found.nearest_is_most_confused)
    yield "nearest template is most confused", f"{share} of classes"
    yield "rank correlation over confused pairs", _or_undefined(found.spearman)
    yield f"AUC, confused {_often(found.often, counted)}", _or_undefined(found.auc_often_seldom)


def _often(count: float, counted: bool) -> str:
    return f"{count:g} times or more" if counted else f"in {count:.2%} of samples or more"


def _lift(lift: float) -> str:
    return f"{lift:.1f}" if lift < 100 else f"{lift:,.0f}"


def _or_undefined(value: float, digits: int = 3) -> str:
    return "undefined" if np.isnan(value) else f"{value:.{digits}f}"


def _severity_facts(found: Severity) -> Iterator[tuple[str, str]]:
    if not found.mistakes:
        yield "mean mistake", "undefined: no mistake is between two classes with a concept"
        return
    yield (
        "mean mistake",
        f"LCS depth {found.depth:.2f}, {found.distance:.2f} edges apart, LCS height "
        f"{found.height:.2f}",
    )
    scores = found.hierarchical_precision, found.hierarchical_recall, found.hierarchical_f
    yield "hierarchical precision, recall, F", ", ".join(map(_or_undefined, scores))


def _alignment_facts(alignments: Sequence[Alignment]) -> Iterator[tuple[str, str]]:
    for found in alignments:
        yield (
            f"alignment, {' with '.join(found.kinds)}",
            f"Spearman {_or_undefined(found.spearman)} (p = {_or_undefined(found.p_value)}), "
            f"Kendall {_or_undefined(found.kendall)}, cosine {_or_undefined(found.cosine)}",
        )


def _verdict_table(verdicts: PairVerdicts, verdict: str, meaning: str, top: int) -> Table:
    count = verdicts.counts()[verdict]
    title = f"{verdict}: {count:,} {'pair' if count == 1 else 'pairs'}, {meaning}"
    columns = "class", "class", "taken for", "the other way", "similarity", "depth"
    table = make_table(*columns, title=title)
    for place in verdicts.of(verdict)[:top]:
        first, second = (verdicts.labels[i] for i in verdicts.pairs[place])
        depth = verdicts.depth[place]
        table.add_row(
            printable(first),
            printable(second),
            _amount(verdicts.first_as_second[place]),
            _amount(verdicts.second_as_first[place]),
            f"{verdicts.similarity[place]:.3f}",
            "" if np.isnan(depth) else f"{depth:.0f}",
        )
    return table


def _amount(number: np.generic) -> str:
    """A count in full, a share to four digits."""
    return f"{number:,}" if isinstance(number, np.integer) else f"{number:.4g}"


def _facts(*rows: tuple[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in rows:
        table.add_row(name, value)
    return table


def _words(analysis: Analysis) -> Iterator[str]:
    if analysis.subject.names_from:
        yield f"class names from {analysis.subject.names_from}"
    yield from analysis.notes
    unplaced = analysis.depth.unplaced
    if unplaced:
        yield (
            f"{len(unplaced)} of {len(analysis.classes)} classes without a concept take no part "
            f"in depths: {_listed(unplaced)}; semdepth {_resolving(analysis)} tells why, and "
            "--labels takes the ids"
        )
    if analysis.uncertain:
        count = len(analysis.uncertain)
        yield (
            f"{count} {'name has' if count == 1 else 'names have'} several senses or a concept "
            f"only of the head noun, the likeliest was taken: {_listed(analysis.uncertain)}; "
            "semdepth labels resolve shows the others, and --labels takes the ids"
        )


def _resolving(analysis: Analysis) -> str:
    """The command that tells more about where classes stand."""
    return "labels resolve" if analysis.taxonomy == wordnet_nouns().title else "taxonomy check"


def _listed(names: Sequence[str], shown: int = 5) -> str:
    more = "" if len(names) <= shown else f" and {len(names) - shown} more"
    return ", ".join(printable(name) for name in names[:shown]) + more
