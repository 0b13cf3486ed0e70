"""``semdepth track``: a training run, checkpoint by checkpoint."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from semdepth.cli.options import (
    can_draw,
    existing,
    format_option,
    run_options,
    study_method,
    taxonomy_option,
)
from semdepth.cli.running import running_options, running_settings
from semdepth.cli.terminal import make_table, printable, stdout_console

if TYPE_CHECKING:
    from semdepth.association import Association
    from semdepth.tracking import Phase, Relation, Step, Track

_SCORES = {
    "sd": "Similarity Depth",
    "accuracy": "accuracy",
    "explained": "confusions explained",
    "sd change": "its change",
    "explained change": "the change of confusions explained",
    "accuracy change": "change of accuracy",
}
_CAUTION = (
    "Epochs of one run follow from one another: these intervals and p-values are narrower than "
    "the truth, those of changes from epoch to epoch less so."
)


class _Numbers(click.ParamType):
    """Numbers with commas between them."""

    name = "numbers"

    def convert(self, value, param, context):
        try:
            return [_whole(float(cell)) for cell in value.split(",")]
        except ValueError:
            self.fail(f"expected numbers such as 0,5,10, found {value!r}", param, context)


def _whole(number: float) -> float:
    return int(number) if number.is_integer() else number


@click.command(
    short_help="A training run: scores, phases, relations, epoch by epoch.",
    epilog="""\b
Examples:
  semdepth track checkpoints/ -o out/            a folder, epoch_2 before epoch_10
  semdepth track 'runs/a/epoch_*.pth' --predictions 'runs/a/epoch_*.csv'
  semdepth track start.pth middle.pth end.pth --epochs 0,45,90
  semdepth track run.txt                         a path a line, TAB title TAB predictions
  semdepth track vgg.npz --labels cifar-100      a whole run in one file: weight of shape
                                                 epochs x classes x dimensions, pred, y_test

Epochs are read off names such as epoch_3.pth; otherwise checkpoints count from 1. Epoch 0 is the
untrained network.""",
)
@click.argument("checkpoints", nargs=-1, required=True, metavar="CHECKPOINT...")
@click.option(
    "--predictions",
    multiple=True,
    metavar="PATTERN_OR_LIST",
    help="Predictions of each checkpoint, in the same order: a pattern in quotes, a folder, a "
    "list, or one file after the other.",
)
@click.option("--epochs", type=_Numbers(), metavar="0,5,10", help="The checkpoints' epochs.")
@run_options
@taxonomy_option
@running_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Write files here."
)
@click.option("--figures/--no-figures", default=True, help="Draw figures.  [default: on]")
@click.option("--parquet", is_flag=True, help="Write the tables as Parquet too.")
@format_option
@click.option("--top", type=click.IntRange(min=0), default=5, show_default=True, help="Rows.")
def track(
    checkpoints: tuple[str, ...],
    predictions: tuple[str, ...],
    epochs: list[float] | None,
    output: Path | None,
    figures: bool,
    parquet: bool,
    form: str,
    top: int,
    **options,
):
    """Follow how a network's perception of its classes grows from checkpoint to checkpoint.

    CHECKPOINTs come in the order of training: files, folders, patterns, lists, or one .npz with
    the whole run. Told are Similarity Depth, compliance and clusters at each; the three phases of
    similarity perception (surge, refinement, stabilisation); and which relations formed when. A
    checkpoint that cannot be read is a row with its error, and the rest goes on. Scores are
    kept: the same command goes on where it was stopped.
    """
    from semdepth.cli.terminal import progress_on_stderr
    from semdepth.study.following import track as run
    from semdepth.writing.tracks import track_json, write_track

    settings = running_settings(options)
    method = study_method({**options, "clusterer_names": (options["clusterer_name"],)})
    with progress_on_stderr() as progress:
        found = run(
            checkpoints,
            predictions=predictions,
            clusterer=method.clusterers[0],
            method=method,
            epochs=epochs,
            progress=progress,
            **settings,
        )
        written = []
        if output is not None:
            sources = [*checkpoints, *predictions, options["labels"], options["taxonomy"]]
            written = write_track(
                found,
                output,
                figures=can_draw(figures),
                parquet=parquet,
                inputs=existing(sources),
                progress=progress,
            )
    if form == "json":
        sys.stdout.write(track_json(found))
    else:
        console = stdout_console()
        for part in _summary(found, top):
            console.print(part)
    for note in (*found.notes, *(f"{s.title}: {s.error}" for s in found.steps if s.error)):
        click.echo(f"semdepth: {printable(note)}", err=True)
    if output is not None:
        click.echo(f"semdepth: wrote {len(written)} files to {output}", err=True)


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
    shown = [one for one in associations if set(one.scores) <= set(_SCORES) and not one.reason]
    if not shown:
        return
    yield Text("\nOver the trained epochs, Similarity Depth goes with")
    for one in shown:
        low, high = one.interval
        at = f" at equal {_SCORES[one.given]}" if one.given else ""
        of = "its change with " if "change" in one.scores[0] else ""
        yield Text(
            f"  {of}{_SCORES[one.scores[1]]}{at}: Spearman {one.correlation:+.2f} "
            f"[{low:+.2f}, {high:+.2f}], p = {one.p_value:.2g}, n = {one.n}"
        )
    yield Text(_CAUTION)
