"""The command ``semdepth``: read, analyse, write, one short function a command."""

from __future__ import annotations

import os
import sys

import click

from semdepth.cli.analyze import analyze
from semdepth.cli.check import check
from semdepth.cli.compare import compare
from semdepth.cli.completion import completion
from semdepth.cli.depth import depth
from semdepth.cli.diff import diff
from semdepth.cli.explain import explain
from semdepth.cli.export import export
from semdepth.cli.head import head
from semdepth.cli.labels import labels
from semdepth.cli.report import report
from semdepth.cli.taxonomy import taxonomy
from semdepth.cli.track import track
from semdepth.errors import SemdepthError


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  semdepth depth dog cat                    where two concepts meet in WordNet
  semdepth head model.pth                   which tensor is the classifier layer
  semdepth analyze model.pth -o out/        the whole analysis, tables and figures
  semdepth explain model.pth tench coho     why it mixes them up, or would
  semdepth export out/ -o classes.gexf      an analysis for Gephi, Cytoscape, spreadsheets
  semdepth report before/ after/            two analyses compared, as one HTML file
  semdepth compare 'runs/*/best.pth' -o out/   many models side by side
  semdepth diff old.pth new.pth             what changed from one model to another
  semdepth check new.pth --baseline release/   a gate: exit code 2 if it got worse
  semdepth track checkpoints/ -o out/       how a network's perception grows in training
  semdepth labels resolve names.txt         what class names mean, and how surely
  semdepth taxonomy check birds.csv         a hierarchy of your own, for --taxonomy

Results go to standard output, words about them to standard error. Exit code 0, or 1 with one
line that says what was expected, what was found, and the way out; semdepth check: 2 if the model
fails.""",
)
@click.version_option(package_name="semdepth", message="semdepth %(version)s")
def cli():
    """Explain a classifier's mistakes from its weights.

    A trained network's last layer holds one row of weights per class. How alike two rows are
    tells how alike the network perceives the two classes, before any image is shown to it.
    semdepth reads those rows from a checkpoint, finds the structure in them, and measures how
    deep in a semantic hierarchy it lies.
    """


for command in (
    *(analyze, explain, export, head, depth, labels, report, taxonomy, completion),
    *(compare, diff, check, track),
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; every error ends in one line on standard error and exit code 1."""
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(1)
    except click.ClickException as error:
        _fail(error.format_message())
    except SemdepthError as error:
        _fail(str(error))
    except (KeyboardInterrupt, click.Abort):
        _fail("interrupted; nothing was left half written", code=130)
    except BrokenPipeError:
        # The reader of our output went away, as `| head` does: no error, and nothing to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _fail(message: str, code: int = 1) -> None:
    print(f"semdepth: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)
