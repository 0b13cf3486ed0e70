"""Follows a training run: finds its checkpoints, scores them, and sets them in a row."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from semdepth.clustering import Clusterer
from semdepth.clustering import clusterer as clusterer_named
from semdepth.errors import OptionError, ReadError
from semdepth.reading.runs import is_run
from semdepth.study.cache import ResultCache
from semdepth.study.candidates import natural_order
from semdepth.study.comparing import with_predictions
from semdepth.study.model_lists import is_list, read_list
from semdepth.study.run_files import RunSource, epochs_of_run, refuse_predictions
from semdepth.study.scoring import Method, Scored, score_models
from semdepth.study.sources import ModelSource, find_models
from semdepth.tracking import Track, track_scores

Progress = Callable[[str, int, int], None]

# "epoch=3-step=500.ckpt", "model_epoch_12.pth", "ep07": the number that names the epoch.
_EPOCH = re.compile(r"(?:^|[^a-z])(?:epochs?|ep)[-_= ]?(\d{1,9})(?!\d)", re.IGNORECASE)
_LONGEST_PATH = 4_096
_PATTERN = re.compile(r"[*?\[]")


def track(
    checkpoints: Sequence[str | Path],
    *,
    predictions: Sequence[str | Path] = (),
    clusterer: str | Clusterer = "affinity",
    method: Method | None = None,
    epochs: Sequence[float] | None = None,
    cache: ResultCache | str | Path | None = None,
    progress: Progress | None = None,
    **running,
) -> Track:
    """Score the checkpoints of a training run, and follow the perceived relations through it.

    Parameters
    ----------
    checkpoints : in their order: files, folders, patterns, lists
        (:func:`semdepth.study.sources.find_models`), or one ``.npz`` with the whole run
        (:func:`semdepth.reading.runs.open_run`).
    predictions : files, folders, patterns or lists, one file a checkpoint in the same order.
    clusterer : a name or a value.
    method : labels, taxonomy, permutations and the like; its clusterers are replaced.
    epochs : ascending numbers, one a checkpoint. By default those in the names (``epoch_3.pth``),
        failing these 1, 2, 3 ...; 0 stands for the untrained network.
    cache, running : as :func:`semdepth.study.comparing.compare` has them.

    A checkpoint that fails keeps its place, with its error, and the others are tracked.

    Example::

        run = track(["checkpoints/epoch_*.pth"], predictions=["predictions/epoch_*.csv"])
        run.phases
    """
    notes: list[str] = []
    chosen = clusterer_named(clusterer) if isinstance(clusterer, str) else clusterer
    method = replace(method or Method(), clusterers=(chosen,))
    title, sources, numbers = _sources(checkpoints, predictions, method, notes.append)
    kept = ResultCache(Path(cache)) if isinstance(cache, (str, Path)) else cache
    scored = score_models(sources, method, cache=kept, progress=progress, **running)
    if progress is not None:
        progress("tracking", 0, 1)
    return track_scores(
        _in_order(sources, scored),
        epochs=numbers if epochs is None else epochs,
        title=title,
        seed=method.seed,
        notes=(*notes, *scored.notes),
    )


def _sources(
    checkpoints: Sequence[str | Path],
    predictions: Sequence[str | Path],
    method: Method,
    note: Callable[[str], None],
) -> tuple[str, tuple[ModelSource | RunSource, ...], tuple[float, ...] | None]:
    """What the run is called, its checkpoints, and their epochs if they are known."""
    first = Path(checkpoints[0]) if checkpoints else Path()
    if len(checkpoints) == 1 and first.is_file() and is_run(first):
        _check_alone(first.name, predictions, method)
        run, sources = epochs_of_run(first, method.labels)
        return first.stem, sources, run.epochs
    found = with_predictions(find_models(checkpoints, note=note), prediction_files(predictions))
    return _common_title(found), found, epochs_in_names([one.title for one in found])


def _check_alone(name: str, predictions: Sequence[str | Path], method: Method) -> None:
    """Whether nothing is given that a whole run in one file brings along."""
    if predictions:
        refuse_predictions(name)
    if method.head is not None:
        raise OptionError(
            f"expected no choice of layer (--head) for {name}, a whole run in one file, found "
            f"{method.head!r}; leave it out"
        )


def _common_title(sources: Sequence[ModelSource]) -> str:
    """The folder that all checkpoints lie in."""
    return Path(os.path.commonpath([one.path.absolute().parent for one in sources])).name


def prediction_files(arguments: Sequence[str | Path]) -> tuple[Path, ...]:
    """The files that arguments stand for: files, folders, patterns, or lists with a path a line.

    Those of folders and patterns come in natural order, epoch_2 before epoch_10.
    """
    return tuple(file for argument in arguments for file in _prediction_files(Path(argument)))


def _prediction_files(path: Path) -> list[Path]:
    path = path.expanduser()
    if path.is_file():
        return [row.path for row in read_list(path)] if _lists_paths(path) else [path]
    if path.is_dir():
        found = [entry for entry in path.iterdir() if entry.is_file()]
    else:
        parts = path.parts
        first = next((i for i, part in enumerate(parts) if _PATTERN.search(part)), len(parts))
        matches = Path(*parts[:first]).glob(str(Path(*parts[first:]))) if parts[first:] else ()
        found = [match for match in matches if match.is_file()]
    found = [file for file in found if not file.name.startswith(".")]
    if not found:
        raise ReadError(f"{path}: expected files of predictions, found none; check the path")
    return sorted(found, key=lambda file: natural_order(str(file)))


def _lists_paths(path: Path) -> bool:
    """Whether a text is a list of paths: its first line names a file that exists."""
    if not is_list(path):
        return False
    with path.open(encoding="utf-8-sig") as file:
        line = file.readline(2 * _LONGEST_PATH).strip()
    return (
        bool(line)
        and len(line) < 4_096
        and any(p.is_file() for p in (path.parent / line, Path(line)))
    )


def epochs_in_names(titles: Sequence[str]) -> tuple[int, ...] | None:
    """The epochs that the checkpoints' names tell, None unless all do and they ascend.

    >>> epochs_in_names(["epoch=3-step=50.ckpt", "epoch=10-step=160.ckpt"])
    (3, 10)
    """
    found = [_EPOCH.findall(title) for title in titles]
    if not all(found):
        return None
    numbers = tuple(int(numbers[-1]) for numbers in found)
    return numbers if all(a < b for a, b in pairwise(numbers)) else None


def _in_order(sources: Sequence[ModelSource | RunSource], scored: Scored) -> list:
    """Scores and failures in the order of the checkpoints."""
    outcomes = {one.title: one for one in scored.models}
    outcomes |= {one.model: one for one in scored.failed}
    return [outcomes[source.title] for source in sources]
