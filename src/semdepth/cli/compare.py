"""``semdepth compare``: many models side by side."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from semdepth.cli.options import format_option, study_options, taxonomy_option
from semdepth.cli.running import running_options, running_settings
from semdepth.cli.settings import can_draw, existing, study_method


@click.command(
    short_help="Many models side by side: scores, ranks, tests.",
    epilog="""\b
Examples:
  semdepth compare resnet.pth vit.safetensors mobilenet.tflite
  semdepth compare 'runs/*/best.pth' --labels names.txt --clusterer all -o out/
  semdepth compare a.pth b.pth --predictions a.csv --predictions b.csv
  semdepth compare models.txt            a path a line; TAB title TAB predictions
  semdepth compare ~/.cache/huggingface/hub --jobs 4
  semdepth compare 'heads/*.npz' --backend dask --scheduler tcp://10.0.0.1:8786""",
)
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@click.option(
    "--predictions",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Predictions of a model; once for each model, in their order.",
)
@study_options
@taxonomy_option
@running_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Write files here."
)
@click.option("--figures/--no-figures", default=True, help="Draw figures.  [default: on]")
@click.option("--report/--no-report", default=True, help="Write report.html.  [default: on]")
@format_option
@click.option("--top", type=click.IntRange(min=0), default=10, show_default=True, help="Rows.")
def compare(
    models: tuple[str, ...],
    predictions: tuple[Path, ...],
    output: Path | None,
    figures: bool,
    report: bool,
    form: str,
    top: int,
    **options,
):
    """Compare how networks structure the classes that all of them have.

    A MODEL is a checkpoint; a folder of them; a pattern in quotes; a text file with a path a line,
    and optionally TAB title TAB predictions, or a table with columns path, title, predictions; or a
    folder of Hugging Face's cache. Of a whole run in one .npz the last epoch counts. Classes are
    aligned by id or name. A model that cannot be read is a row with its error, and the rest goes
    on. Scores are kept: the same command goes on where it was stopped.
    """
    from semdepth.cli.comparisons import print_comparison
    from semdepth.cli.terminal import printable, progress_on_stderr
    from semdepth.study.comparing import compare as run
    from semdepth.writing.comparisons import comparison_json, write_comparison

    settings = running_settings(options)
    method = study_method(options)
    with progress_on_stderr() as progress:
        found = run(
            models,
            predictions=predictions,
            clusterers=method.clusterers,
            method=method,
            progress=progress,
            **settings,
        )
        written = []
        if output is not None:
            written = write_comparison(
                found,
                output,
                figures=can_draw(figures),
                report=report,
                inputs=existing([*models, *predictions, options["labels"], options["taxonomy"]]),
                progress=progress,
            )
    if form == "json":
        sys.stdout.write(comparison_json(found))
    else:
        print_comparison(found, top)
    for note in (*found.notes, *(f"{one.model} failed: {one.error}" for one in found.failed)):
        click.echo(f"semdepth: {printable(note)}", err=True)
    if output is not None:
        click.echo(f"semdepth: wrote {len(written)} files to {output}", err=True)
