"""A model on the command line: an analysis that exists, or a checkpoint to analyse like another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from semdepth.cli.budget import check_budget
from semdepth.cli.options import METHOD_PARAMETERS
from semdepth.cli.settings import method_settings, place_classes, read_mistakes, read_subject

if TYPE_CHECKING:
    from semdepth.analysis import Analysis


def analysis_of(
    path: Path, options: dict, like: Analysis | None, progress: Callable[[str, int, int], None]
) -> Analysis:
    """The analysis at ``path``, or that of the checkpoint there.

    A checkpoint is analysed as ``like`` was, and its classes keep the concepts that they have
    there, but for what the command line says otherwise.
    """
    from semdepth.analysis import analyze
    from semdepth.reading.analyses import is_analysis, read_analysis

    if is_analysis(path):
        return read_analysis(path)
    subject, label_set, title = read_subject(path, {**options, "cosine": None})
    settings = method_settings(options)
    if like is not None and not given(METHOD_PARAMETERS):
        settings = {**settings, **_settings_of(like)}
    check_budget(subject, settings["clusterer"], None, None)
    return analyze(
        subject,
        placement=_placement(label_set, options["taxonomy"], like),
        title=title,
        progress=progress,
        **read_mistakes(label_set, options, progress),
        **settings,
    )


def given(parameters: tuple[str, ...]) -> list[str]:
    """Those of the command's options that the command line names."""
    context = click.get_current_context()
    source = click.core.ParameterSource.COMMANDLINE
    names = {option.name: option.opts[-1] for option in context.command.params}
    return [names[name] for name in parameters if context.get_parameter_source(name) is source]


def _settings_of(like: Analysis) -> dict:
    """The keyword arguments of :func:`semdepth.analyze` that made an analysis."""
    if like.graph.note:
        raise click.UsageError(
            f"expected an exact analysis to compare a checkpoint with, found the approximate one "
            f"of {like.subject.title}; analyse the checkpoint (semdepth analyze --approximate "
            "-o DIR) and pass DIR"
        )
    return {
        "clusterer": like.graph.clustering.clusterer,
        "noise": like.graph.noise,
        "lcs": like.lcs,
        "permutations": like.chance.permutations,
        "seed": like.seed,
    }


def _placement(label_set, taxonomy: str, like: Analysis | None):
    """Where the classes stand: as in ``like``, where it has them all and none is asked for."""
    known = None if like is None or given(("taxonomy",)) else like.placement
    if known is None or not set(label_set.labels) <= set(known.labels):
        return place_classes(label_set, taxonomy)
    return known.select(label_set.labels)
