"""The epochs of a run in one file as models of a study."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

from semdepth.confusion import ConfusionMatrix
from semdepth.errors import OptionError
from semdepth.head import ClassifierHead
from semdepth.labels import LabelSet
from semdepth.reading.labels import read_labels
from semdepth.reading.runs import Run, open_run


@dataclass(frozen=True, slots=True)
class RunSource:
    """One epoch of a run in a file: what to call it, the file, and its row there (-1: the last)."""

    title: str
    path: Path
    row: int


def epochs_of_run(path: Path, labels: str | None) -> tuple[Run, tuple[RunSource, ...]]:
    """A run, and its epochs in their order."""
    run = open_run(path, labels=labels)
    return run, tuple(RunSource(title, path, row) for row, title in enumerate(run.titles))


def refuse_predictions(name: str) -> NoReturn:
    """Raise :class:`OptionError` for predictions apart from a run that brings its own."""
    raise OptionError(
        f"expected predictions within {name}, a whole run in one file, found them apart; save "
        "them in it under pred and y_test, or leave them out"
    )


def read_epoch(
    source: RunSource, labels: str | None, classes: str | None
) -> tuple[ClassifierHead, ConfusionMatrix | None]:
    """An epoch's layer and its confusions, both over ``classes`` where they are given."""
    state = source.path.stat()
    run = _opened(source.path, labels, (state.st_mtime_ns, state.st_size))
    _, head, confusion = run.checkpoint(source.row % len(run))
    if classes is None:
        return head, confusion
    own = LabelSet(head.labels, head.ids, f"the classes of {source.path.name}")
    kept = [head.labels[i] for i in own.positions(read_labels(classes))]
    return head.select(kept), None if confusion is None else confusion.select(kept)


@lru_cache(maxsize=1)
def _opened(path: Path, labels: str | None, state: tuple[int, int]) -> Run:
    """A run's headers, which all of its epochs share for as long as the file stays as it is."""
    return open_run(path, labels=labels)
