"""Finds the models that files, folders, patterns, lists and Hugging Face caches stand for.

Files are told by how they begin, as when they are read; none is read any further here.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from semdepth.class_names import listed
from semdepth.errors import ReadError
from semdepth.reading.analyses import is_analysis
from semdepth.study import hub_cache
from semdepth.study.candidates import (
    Found,
    entries,
    is_model_folder,
    models_among,
    natural_order,
)
from semdepth.study.model_lists import as_path, is_list, read_list

_PATTERN = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model among others: where it lies, what to call it, and a file of its predictions."""

    title: str
    path: Path
    predictions: Path | None = None


def find_models(
    arguments: Sequence[str | Path], *, note: Callable[[str], None] | None = None
) -> tuple[ModelSource, ...]:
    """The models that the arguments stand for, in their order, each with a title of its own.

    An argument is a checkpoint; a model folder (Hugging Face, TensorFlow.js); a folder of
    checkpoints and model folders, which come in natural order, epoch_2 before epoch_10; a pattern
    (``runs/*/best.pth``, ``runs/**/*.ckpt``); Hugging Face's cache or a ``models--...`` folder in
    it, of which ``main`` counts; or a list: text with a path a line, and optionally TAB title
    TAB predictions, or a CSV table with columns path, title, predictions.

    Titles are the shortest ends of paths that tell the models apart. ``note`` is called with a
    line about what was passed over in folders: files that are no checkpoints, or by their names
    hold what a trainer keeps beside the model. A damaged checkpoint is a model still: its error
    comes when it is read. Raises :class:`ReadError` for an argument that stands for nothing.

    Example::

        sources = find_models(["runs/a", "runs/b/*.pth"], note=print)
    """
    passed: list[Path] = []
    found = [model for argument in arguments for model in _models_of(argument, passed)]
    if not found:
        raise ReadError("expected at least one model, found none; name a checkpoint or a folder")
    unique = list(dict.fromkeys(found))
    if note is not None and passed:
        names = listed([path.name for path in passed])
        note(f"{len(passed)} passed over that by name or content are no models: {names}")
    if note is not None and len(unique) < len(found):
        note(f"{len(found) - len(unique)} named more than once, counted once")
    titles = _titles(unique)
    return tuple(
        ModelSource(title, model.path, model.predictions)
        for title, model in zip(titles, unique, strict=True)
    )


def _models_of(argument: str | Path, passed: list[Path]) -> list[Found]:
    path = as_path(argument)
    if path.is_file() and is_list(path):
        return _models_in_list(path, passed)
    return _models_at(path, passed)


def _models_in_list(path: Path, passed: list[Path]) -> list[Found]:
    found = []
    for row in read_list(path):
        models = _models_at(row.path, passed)
        if row.title or row.predictions:
            if len(models) > 1:
                raise ReadError(
                    f"{path}: expected one model in line {row.line}, found {len(models)} in "
                    f"{row.path}; give each a line of its own"
                )
            models = [Found(models[0].path, row.title or models[0].title, row.predictions)]
        found += models
    return found


def _models_at(path: Path, passed: list[Path]) -> list[Found]:
    """The models at a path or pattern that is no list."""
    if path.is_dir():
        found = _models_in_folder(path, passed)
        if not found and is_analysis(path):
            raise ReadError(
                f"{path}: expected models, found an analysis of one; name the checkpoint that it "
                "is of, or compare analyses with semdepth diff or semdepth report"
            )
        if not found:
            raise ReadError(
                f"{path}: expected checkpoints, found a folder without any; name the folder that "
                "they are in, or a pattern such as 'runs/**/*.pth'"
            )
        return found
    if path.exists():
        return [Found(path)]
    if _PATTERN.search(str(path)):
        return _models_matching(path, passed)
    raise ReadError(f"{path}: expected a model, found nothing at this path; check the path")


def _models_matching(pattern: Path, passed: list[Path]) -> list[Found]:
    parts = pattern.parts
    first = next(i for i, part in enumerate(parts) if _PATTERN.search(part))
    root, below = Path(*parts[:first]), Path(*parts[first:])
    try:
        matches = sorted(root.glob(str(below)), key=lambda match: natural_order(str(match)))
    except ValueError as error:  # such as a**b
        raise ReadError(f"{pattern}: expected a pattern, found an {error}; quote it") from None
    beside: list[Path] = []
    found = [model for match in matches for model in _models_at_match(match, "**" in parts, beside)]
    # What matched of the inside of a model folder that matched too is that model.
    whole = {model.path for model in found if model.path.is_dir()}
    found = [model for model in found if model.path in whole or model.path.parent not in whole]
    passed += [path for path in beside if path.parent not in whole]
    if not found:
        raise ReadError(
            f"{pattern}: expected models that match, found none in {len(matches):,} "
            f"{'match' if len(matches) == 1 else 'matches'}; check the pattern"
        )
    return found


def _models_at_match(match: Path, deep: bool, passed: list[Path]) -> list[Found]:
    if match.is_file():
        return models_among([match], passed)
    # With ** every folder above a checkpoint matches too, and its files match themselves.
    if deep:
        return [Found(match)] if is_model_folder(match) else []
    return _models_in_folder(match, passed) if match.is_dir() else []


def _models_in_folder(folder: Path, passed: list[Path]) -> list[Found]:
    if hub_cache.is_entry(folder):
        return hub_cache.models_in_entry(folder)
    if hub_cache.is_snapshot(folder):
        return hub_cache.models_in_snapshot(folder)
    if hub := hub_cache.hub_of(folder):
        return hub_cache.models_in_hub(hub, passed)
    inside = entries(folder)
    models = [Found(entry) for entry in inside if entry.is_dir() and is_model_folder(entry)]
    if is_model_folder(folder):
        # A trainer leaves its checkpoints in the folder of the model that it ended with.
        return [*(m for m in models if (m.path / "config.json").is_file()), Found(folder)]
    models += models_among([entry for entry in inside if entry.is_file()], passed)
    return sorted(models, key=lambda model: natural_order(model.path.name))


def _titles(models: list[Found]) -> list[str]:
    """A title each: the given one, or so much of the path's end as tells it from the others."""
    parts = [Path(os.path.abspath(model.path)).parts for model in models]
    ends = [1] * len(models)
    while True:
        titles = [m.title or "/".join(p[-n:]) for m, p, n in zip(models, parts, ends, strict=True)]
        counts = Counter(titles)
        longer = [
            i
            for i, title in enumerate(titles)
            if counts[title] > 1 and models[i].title is None and ends[i] < len(parts[i])
        ]
        if not longer:
            break
        for i in longer:
            ends[i] += 1
    twice = next((title for title in titles if counts[title] > 1), None)
    if twice is not None:
        raise ReadError(
            f"expected a title of its own for each model, found {twice!r} twice; give other "
            "titles in a list"
        )
    return titles
