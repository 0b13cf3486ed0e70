"""``semdepth check``: a gate for continuous integration."""

from __future__ import annotations

import math
import re
from pathlib import Path

import click

from semdepth.cli.models import analysis_of, given
from semdepth.cli.options import (
    METHOD_PARAMETERS,
    checkpoint_options,
    method_options,
    prediction_options,
    taxonomy_option,
)
from semdepth.cli.settings import existing

FAILED = 2


class CountOrShare(click.ParamType):
    """A number of pairs such as 12, or a share such as 0.05 or 5%."""

    name = "share or number"

    def convert(self, value: object, param, ctx) -> int | float:
        if isinstance(value, int | float):
            return value
        if re.fullmatch(r"[0-9]{1,12}", value):
            return int(value)
        found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,15})?|\.[0-9]{1,15})(%?)", value)
        share = float(found[1]) / (100 if found[2] else 1) if found else math.inf
        if share > 1:
            self.fail(f"expected a number of pairs, or a share as 0.05 or 5%, found {value!r}")
        return share


_RULES = (
    click.option("--min-sd", type=float, metavar="X", help="Similarity Depth at least."),
    click.option("--min-normalised", type=float, metavar="X", help="Normalised SD at least."),
    click.option(
        "--max-sd-drop",
        type=float,
        metavar="X",
        help="SD below the baseline's by at most; inf: by any.  [default: not significantly]",
    ),
    click.option(
        "--min-compliance", type=float, metavar="X", help="Share of confusions explained, at least."
    ),
    click.option(
        "--max-compliance-drop",
        type=float,
        metavar="X",
        help="That share below the baseline's by at most.  [default: not significantly]",
    ),
    click.option(
        "--neighbourhood",
        type=click.Choice(["direct", "extended"]),
        default="direct",
        show_default=True,
        help="Explained by the same edge, or by a cluster of the graph.",
    ),
    click.option(
        "--max-unexplained",
        type=CountOrShare(),
        metavar="SHARE_OR_N",
        help="Confused pairs that nothing explains, at most: 12, or 0.05 or 5% of them.",
    ),
    click.option("--min-accuracy", type=float, metavar="X", help="Accuracy at least."),
    click.option(
        "--max-accuracy-drop",
        type=float,
        metavar="X",
        help="Accuracy below the baseline's by at most.",
    ),
)
_RULE_PARAMETERS = (
    *("min_sd", "min_normalised", "max_sd_drop", "min_compliance", "max_compliance_drop"),
    *("neighbourhood", "max_unexplained", "min_accuracy", "max_accuracy_drop"),
)


def _rule_options(command):
    for option in reversed(_RULES):
        command = option(command)
    return command


@click.command(
    short_help="A gate for continuous integration: is a model as good as another?",
    epilog="""\b
Examples:
  semdepth check new.pth --baseline release/
  semdepth check new.pth --baseline analysis.json --max-sd-drop 0.2
  semdepth check new.pth --predictions new.csv --baseline release/ --max-unexplained 5%
  semdepth check new.pth --min-sd 7 --min-normalised 0.3
  semdepth check new.pth --baseline release/ --format junit -o semdepth.xml
  semdepth check new.pth --baseline release/ --format github
  semdepth check new.pth --baseline release/ --update-baseline

With a baseline, Similarity Depth must not drop significantly (two-sided p < .05 from random swaps
of the two models' classes), and with predictions of both neither must the share of confusions
explained; --max-sd-drop and --max-compliance-drop say how much they may drop instead.

Exit code 0: passed; 2: a rule failed; 1: it could not be checked.""",
)
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="An analysis.json, or a folder that analyze wrote, to hold the model to.",
)
@_rule_options
@click.option(
    "--shared-classes",
    is_flag=True,
    help="Where model and baseline have different classes, compare on those that both have.",
)
@checkpoint_options
@taxonomy_option
@prediction_options
@method_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["line", "junit", "github", "json"]),
    default="line",
    show_default=True,
    help="What to print, or to write to -o FILE.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write that here, and print the line.",
)
@click.option(
    "--update-baseline",
    is_flag=True,
    help="If the model passes, write its analysis as the baseline, or the first one.",
)
@click.option("--accept", is_flag=True, help="With --update-baseline: even if it fails.")
def check(
    model: Path,
    baseline: Path | None,
    shared_classes: bool,
    form: str,
    output: Path | None,
    update_baseline: bool,
    accept: bool,
    **options,
):
    """Hold a MODEL to rules and to a baseline; exit code 2 if it fails them.

    MODEL is a checkpoint, or a folder with an analysis.json. A checkpoint is analysed as the
    baseline was: clusterer, seed, rules, and the concepts of its classes.
    """
    from semdepth.cli.terminal import progress_on_stderr
    from semdepth.gate import Rules, judge, judge_first

    rules = Rules(**{name: options.pop(name) for name in _RULE_PARAMETERS})
    _check_update(baseline, update_baseline, accept)
    if baseline is None:
        rules.check_enough()
    with progress_on_stderr() as progress:
        like = _baseline(baseline, update_baseline)
        analysis = analysis_of(model, options, like, progress)
        if like is None and update_baseline:
            found = judge_first(analysis, rules)
        else:
            found = judge(analysis, rules, like, shared_classes=shared_classes)
        sources = ("labels", "classes", "taxonomy", "predictions", "confusion")
        inputs = existing([model, *(options[key] for key in sources)])
        _tell(found, form, output, [*inputs, *existing([baseline])])
        if update_baseline and (found.passed or accept):
            _update(analysis, baseline, inputs, progress)
        elif update_baseline:
            click.echo("semdepth: the baseline stays as it is (--accept replaces it)", err=True)
    if not found.passed:
        click.get_current_context().exit(FAILED)


def _check_update(baseline: Path | None, update: bool, accept: bool) -> None:
    if accept and not update:
        raise click.UsageError(
            "expected --accept with --update-baseline, found it alone; leave it out"
        )
    if update and baseline is None:
        raise click.UsageError(
            "expected --baseline PATH with --update-baseline, found none; say which to write"
        )


def _baseline(path: Path | None, update: bool):
    """The analysis to hold the model to; None where there is none, or not yet."""
    from semdepth.reading.analyses import read_analysis

    if path is None or (update and not path.exists()):
        return None
    needless = given(METHOD_PARAMETERS)
    if needless:
        raise click.UsageError(
            f"expected the baseline's own parameters, found {needless[0]}; leave it out, or make "
            "the baseline anew with it"
        )
    return read_analysis(path)


def _tell(found, form: str, output: Path | None, inputs: list[Path]) -> None:
    from semdepth.writing.judgements import FORMATS, is_judgement, line_text
    from semdepth.writing.single_file import write_file

    for note in found.notes:
        click.echo(f"semdepth: {note}", err=True)
    text = FORMATS[form](found)
    if output is not None:
        write_file(output, text.encode(), owns=is_judgement, inputs=inputs)
        text = line_text(found)
    click.echo(text, nl=False)


def _update(analysis, baseline: Path, inputs: list[Path], progress) -> None:
    from semdepth.writing.baselines import write_baseline

    written = write_baseline(analysis, baseline, inputs=inputs, progress=progress)
    click.echo(f"semdepth: wrote {written[0]}", err=True)
