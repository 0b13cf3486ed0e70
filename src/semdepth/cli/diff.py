"""``semdepth diff``: what changed from one model to another."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from semdepth.cli.models import analysis_of
from semdepth.cli.options import (
    checkpoint_options,
    format_option,
    method_options,
    predictions_of_each,
    taxonomy_option,
)
from semdepth.cli.report import command_line
from semdepth.cli.settings import existing


@click.command(
    short_help="What changed from one model to another.",
    epilog="""\b
Examples:
  semdepth diff before/ after/                   two folders that analyze wrote
  semdepth diff epoch10.pth epoch90.pth --labels cifar-100
  semdepth diff old.pth new.pth --predictions old.csv --predictions new.csv -o changed/
  semdepth diff release/analysis.json new.pth    new.pth is analysed as the release was
  semdepth diff before/ after/ --format json

A difference has a 95% interval and a two-sided p from random swaps of the two models' classes.
A class has moved if less than half of its cluster mates, before and after, are the same. A
confusion is gained or lost where its share of the samples changed beyond chance (false discovery
rate 5%).""",
)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@checkpoint_options
@taxonomy_option
@predictions_of_each
@method_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Write files here."
)
@click.option("--report/--no-report", default=True, help="Write report.html.  [default: on]")
@format_option
@click.option("--top", type=click.IntRange(min=0), default=10, show_default=True, help="Rows.")
def diff(old: Path, new: Path, output: Path | None, report: bool, form: str, top: int, **options):
    """Compare an OLD model with a NEW one: scores, edges, clusters and confusions.

    OLD and NEW are each a folder with an analysis.json, that file, or a checkpoint, which is
    analysed on the fly: as the other one was if that is an analysis, or by the options. Classes
    are aligned by name, and those that both have are compared. With -o DIR, difference.json, CSV
    tables and report.html are written.
    """
    from semdepth.cli.differences import print_difference
    from semdepth.cli.terminal import progress_on_stderr
    from semdepth.difference import diff as compare

    with progress_on_stderr() as progress:
        first, second = _both(old, new, options, progress)
        settings = {key: options[key] for key in ("permutations", "seed")}
        found = compare(first, second, **settings)
        sources = [*options["predictions"], *options["confusion"]]
        sources += [options[key] for key in ("labels", "classes", "taxonomy")]
        inputs = existing([old, new, *sources])
        written = _write(found, (first, second), output, report, inputs, progress)
    print_difference(found, form, top=top)
    if output is not None:
        print(f"semdepth: wrote {len(written)} files to {output}", file=sys.stderr)


def _both(old: Path, new: Path, options: dict, progress):
    """The two analyses; one that exists is read first, and a checkpoint analysed like it."""
    from semdepth.reading.analyses import is_analysis

    paths = old, new
    checkpoints = [path for path in paths if not is_analysis(path)]
    mistakes = _mistakes_of_each(options, len(checkpoints))
    found: dict[int, object] = {}
    for side in sorted((0, 1), key=lambda side: not is_analysis(paths[side])):
        like = next(iter(found.values()), None)
        own = {} if is_analysis(paths[side]) else next(mistakes)
        found[side] = analysis_of(paths[side], {**options, **own}, like, progress)
    return found[0], found[1]


def _mistakes_of_each(options: dict, checkpoints: int):
    """The options about predictions of each checkpoint in turn."""
    files = {key: options[key] for key in ("predictions", "confusion")}
    for key, paths in files.items():
        if paths and len(paths) != checkpoints:
            raise click.UsageError(
                f"expected --{key} once for each checkpoint, in order, found {len(paths)} for "
                f"{checkpoints}; an analysis has its own"
            )
    return (
        {key: paths[place] if paths else None for key, paths in files.items()}
        for place in range(checkpoints)
    )


def _write(found, analyses: tuple, output: Path | None, report: bool, inputs: list, progress):
    from semdepth.cli.analyze import SHOWN_UP_TO
    from semdepth.writing.differences import write_difference
    from semdepth.writing.report import Report

    if output is None:
        return []
    shown = report and len(found.labels) <= SHOWN_UP_TO
    page = Report(analyses, command=command_line("DIR")) if shown else None
    return write_difference(found, output, report=page, inputs=inputs, progress=progress)
