"""``semdepth compare``: many models side by side."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
from rich.table import Table
from rich.text import Text

from semdepth.cli.options import (
    can_draw,
    existing,
    format_option,
    study_method,
    study_options,
    taxonomy_option,
)
from semdepth.cli.running import running_options, running_settings
from semdepth.cli.terminal import make_table, printable, stdout_console


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
    folder of Hugging Face's cache. Classes are aligned by id or name. A model that cannot be
    read is a row with its error, and the rest goes on. Scores are kept: the same command goes on
    where it was stopped.
    """
    from semdepth.cli.terminal import progress_on_stderr
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
        _print(found, top)
    for note in (*found.notes, *(f"{one.model} failed: {one.error}" for one in found.failed)):
        click.echo(f"semdepth: {printable(note)}", err=True)
    if output is not None:
        click.echo(f"semdepth: wrote {len(written)} files to {output}", err=True)


def _print(comparison, top: int) -> None:
    console = stdout_console()
    for clusterer in comparison.clusterers:
        console.print(_models_table(comparison, clusterer))
    for part in _findings(comparison, top):
        console.print(part)


def _models_table(comparison, clusterer: str) -> Table:
    rows = sorted(comparison.by(clusterer), key=lambda row: -np.nan_to_num(row.sd, nan=-np.inf))
    measured = ("accuracy", "explained", "lift") if comparison.has_predictions else ()
    table = make_table(
        *("model", "SD", "95% interval", "chance", "normalised", "p", "clusters", "taxonomy"),
        *measured,
        title=f"\n{clusterer}: {len(comparison.models)} models, {len(comparison.labels):,} classes",
    )
    for row in rows:
        cells = (
            f"{row.sd:.2f}",
            f"{row.sd_low:.2f} to {row.sd_high:.2f}",
            f"{row.sd_chance:.2f}",
            f"{row.sd_normalised:.3f}",
            f"{row.sd_p:.3g}",
            str(row.clusters),
            f"{row.taxonomy_alignment:.3f}",
            *(
                (
                    f"{row.accuracy:.3f}",
                    f"{row.explained:.3f}",
                    f"{row.explained / row.explained_chance:.0f}x",
                )
                if measured
                else ()
            ),
        )
        table.add_row(printable(row.model), *("-" if "nan" in cell else cell for cell in cells))
    return table


def _findings(comparison, top: int) -> Iterator[Table | Text]:
    """How stable the ranking is, which models differ, and what goes with what."""
    found = comparison.stability
    if found is not None and not np.isnan(found.concordance):
        yield Text(
            f"\nRanking by Similarity Depth: Kendall's W {found.concordance:.2f} over "
            f"{len(found.clusterers)} clusterers; {found.agreement:.0%} of the pairs of models "
            "are ordered alike by all"
        )
    if comparison.tests:
        yield from _tests(comparison, top)
    for one in comparison.associations:
        if not one.reason:
            yield Text(f"{one.group}: {_sentence(one)}")


def _tests(comparison, top: int) -> Iterator[Table | Text]:
    first = [test for test in comparison.tests if test.clusterer == comparison.clusterers[0]]
    differ = [test for test in first if test.adjusted_p < 0.05]
    yield Text(
        f"\n{len(differ)} of {len(first)} pairs of models differ in Similarity Depth "
        f"({comparison.clusterers[0]}; p < .05 after Holm's adjustment)"
    )
    if not differ or not top:
        return
    table = make_table("model", "other model", "difference", "95% interval", "p adjusted")
    for test in sorted(differ, key=lambda test: -abs(test.difference.difference))[:top]:
        low, high = test.difference.interval
        table.add_row(
            printable(test.first),
            printable(test.second),
            f"{test.difference.difference:+.2f}",
            f"{low:+.2f} to {high:+.2f}",
            f"{test.adjusted_p:.3g}",
        )
    yield table


def _sentence(one) -> str:
    low, high = one.interval
    at = f" at equal {one.given}" if one.given else ""
    return (
        f"{_SCORES[one.scores[0]]} with {_SCORES[one.scores[1]]}{at}: Spearman "
        f"{one.correlation:+.2f} [{low:+.2f}, {high:+.2f}], p = {one.p_value:.3g}, n = {one.n}"
    )


_SCORES = {
    "sd": "Similarity Depth",
    "accuracy": "accuracy",
    "explained": "confusions explained",
    "causing": "similarities causing confusion",
    "explained_extended": "confusions explained (extended)",
}
