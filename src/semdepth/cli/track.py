"""``semdepth track``: a training run, checkpoint by checkpoint."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from semdepth.cli.options import format_option, run_options, taxonomy_option
from semdepth.cli.running import running_options, running_settings
from semdepth.cli.settings import can_draw, existing, study_method


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
    from semdepth.cli.terminal import printable, progress_on_stderr
    from semdepth.cli.tracks import print_track
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
        print_track(found, top)
    for note in (*found.notes, *(f"{s.title}: {s.error}" for s in found.steps if s.error)):
        click.echo(f"semdepth: {printable(note)}", err=True)
    if output is not None:
        click.echo(f"semdepth: wrote {len(written)} files to {output}", err=True)
