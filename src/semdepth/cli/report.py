"""``semdepth report``: an analysis, two side by side, or a comparison as one HTML file."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

images_option = click.option(
    "--images",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="For the report: a picture, or a folder of them, for each class, named as it or its id.",
)


@click.command(
    short_help="An analysis, or several compared, as one HTML file.",
    epilog="""\b
Examples:
  semdepth report out/                              makes report.html of out/analysis.json
  semdepth report before/ after/ -o compared.html   what changed between two
  semdepth report compared/                         what semdepth compare -o compared/ found
  semdepth report out/ --images photos/             with a picture on every class""",
)
@click.argument("analyses", type=click.Path(path_type=Path), nargs=-1, metavar="DIR [DIR]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default="report.html",
    show_default=True,
    metavar="FILE",
    help="Write it here.",
)
@images_option
def report(analyses: tuple[Path, ...], output: Path, images: Path | None):
    """Show an analysis that `semdepth analyze -o DIR` wrote, or two side by side.

    DIR is a folder with an analysis.json, or that file. The report is one HTML file that opens
    without a network. Of two, the classes that both have are compared, by name. A folder that
    `semdepth compare -o DIR` wrote is shown as the comparison that it is.
    """
    from semdepth.cli.terminal import progress_on_stderr
    from semdepth.reading.analyses import read_analysis
    from semdepth.reading.comparisons import is_comparison, read_comparison
    from semdepth.writing.report import write_report

    if not 1 <= len(analyses) <= 2:
        raise click.UsageError(
            f"expected one folder or two, each with an analysis.json, found {len(analyses)}; "
            "try: semdepth report out/"
        )
    compared = len(analyses) == 1 and is_comparison(analyses[0])
    with progress_on_stderr() as progress:
        path = write_report(
            read_comparison(analyses[0]) if compared else tuple(map(read_analysis, analyses)),
            output,
            images=images,
            command=command_line("FILE"),
            inputs=analyses,
            progress=progress,
        )
    click.echo(f"semdepth: wrote {path}", err=True)


def command_line(output: str) -> str:
    """How this run was started, as one would type it, with a word for where it wrote to.

    The same input must give the same report, wherever that is written.
    """
    words = sys.argv[1:]
    for place, word in enumerate(words):
        if word in ("-o", "--output"):
            words[place + 1 : place + 2] = [output]
        elif word.startswith(("-o", "--output=")):
            words[place] = f"--output={output}"
    return shlex.join(["semdepth", *words])
