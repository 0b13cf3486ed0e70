"""What a training run looks like in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from semdepth.association import Association
from semdepth.cli.terminal import make_table, printable, stdout_console
from semdepth.comparison import SCORE_NAMES
from semdepth.tracking import Phase, Relation, Step, Track

_CAUTION = (
    "Epochs of one run follow from one another: these intervals and p-values are narrower than "
    "the truth, those of changes from epoch to epoch less so."
)


def print_track(track: Track, top: int) -> None:
    """Scores at each checkpoint, the phases, which relations formed when, what goes with depth."""
    console = stdout_console()
    for part in _summary(track, top):
        console.print(part)


def _summary(track: Track, top: int) -> Iterator[Table | Text]:
    yield _steps_table(track)
    yield Text("")
    yield _phases_table(track.phases)
    if top:
        yield from _relation_tables(track, top)
    yield from _associations(track.associations)


def _steps_table(track: Track) -> Table:
    with_predictions = track.has_predictions
    measured = ("explained", "by chance", "accuracy") if with_predictions else ()
    title = (
        f"\n{printable(track.title)}: {len(track.steps)} checkpoints, {len(track.labels):,} "
        f"classes, {track.clusterer}"
    )
    columns = "SD", "95% interval", "chance", "normalised", "clusters", *measured, "turnover"
    table = make_table("epoch", *columns, title=title)
    for column in table.columns:
        column.justify = "right"
    for step in track.steps:
        cells = _cells(step, with_predictions) if step.scores else ["failed"]
        table.add_row(f"{step.epoch:g}", *("-" if "nan" in cell else cell for cell in cells))
    return table


def _cells(step: Step, with_predictions: bool) -> list[str]:
    scores = step.scores
    measured = (scores.explained, scores.explained_chance, scores.accuracy)
    return [
        f"{scores.sd:.2f}",
        f"{scores.sd_low:.2f} to {scores.sd_high:.2f}",
        f"{scores.sd_chance:.2f}",
        f"{scores.sd_normalised:.3f}",
        str(scores.clusters),
        *(f"{share:.1%}" for share in measured if with_predictions),
        f"{step.turnover:.0%}",
    ]


def _phases_table(phases: Sequence[Phase]) -> Table:
    table = Table.grid(padding=(0, 2))
    for phase in phases:
        told = f"none: {phase.reason}"
        if phase.start is not None:
            told = f"epoch {phase.start:g} to {phase.end:g}"
        table.add_row(phase.name, told)
    return table


def _relation_tables(track: Track, top: int) -> Iterator[Table | Text]:
    count = len(track.relations)
    newest = track.relations[max(count - top, top) :][::-1]
    for title, relations in (
        (f"{count:,} relations in the end; those that have stood longest", track.relations[:top]),
        ("those that formed last", newest),
        (f"{len(track.lost):,} that stood in half of the checkpoints and went", track.lost[:top]),
    ):
        if relations:
            yield Text(f"\n{title}")
            yield _relations_table(relations)


def _relations_table(relations: Sequence[Relation]) -> Table:
    gone = relations[0].gone is not None
    columns = "class", "class", "since", *(["gone"] if gone else []), "depth", "they meet at"
    table = make_table(*columns)
    for one in relations:
        table.add_row(
            printable(one.first),
            printable(one.second),
            f"{one.since:g}",
            *([f"{one.gone:g}"] if gone else []),
            "" if one.depth is None else str(one.depth),
            printable(one.subsumer_name or ""),
        )
    return table


def _associations(associations: Sequence[Association]) -> Iterator[Text]:
    shown = [one for one in associations if set(one.scores) <= set(SCORE_NAMES) and not one.reason]
    if not shown:
        return
    yield Text("\nOver the trained epochs, Similarity Depth goes with")
    for one in shown:
        low, high = one.interval
        at = f" at equal {SCORE_NAMES[one.given]}" if one.given else ""
        of = "its change with " if "change" in one.scores[0] else ""
        yield Text(
            f"  {of}{SCORE_NAMES[one.scores[1]]}{at}: Spearman {one.correlation:+.2f} "
            f"[{low:+.2f}, {high:+.2f}], p = {one.p_value:.2g}, n = {one.n}"
        )
    yield Text(_CAUTION)
