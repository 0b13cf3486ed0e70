"""Compares many models: finds them, scores them, and sets them side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from semdepth.class_names import listed
from semdepth.clustering import Clusterer, clusterer
from semdepth.comparison import Comparison, compare_scores
from semdepth.errors import OptionError
from semdepth.reading.runs import is_run
from semdepth.study.cache import ResultCache
from semdepth.study.run_files import RunSource, refuse_predictions
from semdepth.study.scoring import Method, score_models
from semdepth.study.sources import ModelSource, find_models

Progress = Callable[[str, int, int], None]


def compare(
    models: Sequence[str | Path],
    *,
    predictions: Sequence[str | Path | None] = (),
    clusterers: Sequence[str | Clusterer] = ("affinity",),
    method: Method | None = None,
    cache: ResultCache | str | Path | None = None,
    progress: Progress | None = None,
    **running,
) -> Comparison:
    """Score models over the classes that all of them have, and compare them.

    Parameters
    ----------
    models : checkpoints, folders, patterns, lists, Hugging Face cache folders
        (:func:`semdepth.study.sources.find_models`); of a whole run in one ``.npz``
        (:func:`semdepth.read_run`) the last epoch.
    predictions : a file of predictions for each model, in order; None or too few: none.
    clusterers : names or values; the first is the one to look at first.
    method : labels, taxonomy, permutations and the like; its clusterers are replaced.
    cache : a folder where scores are kept, so that a study that was stopped goes on.
    running : ``jobs``, ``backend``, ``scheduler`` of :func:`semdepth.study.jobs.run_jobs`.

    A model that fails is among ``failed``, and the rest is compared.

    Example::

        found = compare(["runs/*/best.pth"], clusterers=("affinity", "louvain"))
        found.ranks("affinity")
    """
    notes: list[str] = []
    found = with_predictions(find_models(models, note=notes.append), predictions)
    sources = [_last_epoch(one) if is_run(one.path) else one for one in found]
    runs = [one.path.name for one in sources if isinstance(one, RunSource)]
    if runs:
        notes.append(f"of a whole run in one file the last epoch counts: {listed(runs)}")
    chosen = tuple(clusterer(one) if isinstance(one, str) else one for one in clusterers)
    method = replace(method or Method(), clusterers=chosen)
    kept = ResultCache(Path(cache)) if isinstance(cache, (str, Path)) else cache
    scored = score_models(sources, method, cache=kept, progress=progress, **running)
    if progress is not None:
        progress("comparing", 0, 1)
    return compare_scores(
        scored.models,
        failed=scored.failed,
        permutations=method.permutations,
        seed=method.seed,
        notes=(*notes, *scored.notes),
    )


def _last_epoch(source: ModelSource) -> RunSource:
    if source.predictions is not None:
        refuse_predictions(source.path.name)
    return RunSource(source.title, source.path, row=-1)


def with_predictions(
    sources: Sequence[ModelSource], predictions: Sequence[str | Path | None]
) -> tuple[ModelSource, ...]:
    """Each model with its file of predictions, given in the same order."""
    if not predictions:
        return tuple(sources)
    if len(predictions) != len(sources):
        raise OptionError(
            f"expected as many files of predictions as models ({len(sources)}), found "
            f"{len(predictions)}; give one for each, in their order, or a list of models with them"
        )
    return tuple(
        source if file is None else replace(source, predictions=Path(file))
        for source, file in zip(sources, predictions, strict=True)
    )
