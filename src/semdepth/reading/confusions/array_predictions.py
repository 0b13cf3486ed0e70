"""Reads predictions from .npz and .npy: indices, names, or the scores of every class."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semdepth.errors import ConfusionError
from semdepth.reading.confusions.arrays import StoredArray, stored_arrays
from semdepth.reading.confusions.columns import find_columns, normal, pred_candidates
from semdepth.reading.confusions.predictions import ROWS, Batch, Predictions, Wanted, listed

_SCORES = (
    "logits logit scores score probabilities probability probs prob proba softmax outputs output "
    "ylogits yscores yscore yprob yprobs yproba predlogits predscores predprobs"
).split()
# Ids first: they cannot be mistaken. "labels" may as well be the true classes.
_CLASS_LISTS = ("wnids", "synsets", "classes", "classnames", "names", "categories", "labelnames")
_BYTES = 2**24  # of scores read at a time

Values = Callable[[np.ndarray], list]


@dataclass(frozen=True, slots=True)
class Column:
    """One side of the predictions: an array, and the part of its rows that counts."""

    name: str
    array: StoredArray
    part: Callable[[np.ndarray], np.ndarray] = lambda rows: rows

    def first_rows(self) -> np.ndarray:
        return next(map(self.part, self.array.batches(self.rows_at_a_time)))

    @property
    def rows_at_a_time(self) -> int:
        return max(1, min(ROWS, _BYTES // max(1, self.array.row_bytes)))


def read_arrays(path: Path, wanted: Wanted) -> Predictions:
    """Predictions in a .npz (arrays by name) or a .npy (two columns, or named fields)."""
    arrays = stored_arrays(path)
    classes = None
    if "" in arrays:
        true, pred = _columns_of_one(arrays[""], wanted)
    else:
        classes = _class_list(arrays, wanted)
        true, pred = _columns_by_name(arrays, classes, wanted)
    m = _common_length(true, pred)
    n = len(wanted.label_set)
    read_true, marks = _reading(true, n, scores_allowed=False)
    read_pred, scores = _reading(pred, n, scores_allowed=True)
    indices = not _holds_names(true) or not _holds_names(pred)
    return Predictions(
        columns=(true.name, pred.name),
        batches=_batches(true, pred, read_true, read_pred),
        total=m,
        unit="sample",
        classes=_names(arrays[classes]) if classes and indices else None,
        classes_from=f"its array {classes!r}" if classes else "",
        by_index=marks or scores,
    )


def _batches(true: Column, pred: Column, read_true: Values, read_pred: Values) -> Iterator[Batch]:
    rows = min(true.rows_at_a_time, pred.rows_at_a_time)
    start = 0
    for t, p in zip(true.array.batches(rows), pred.array.batches(rows), strict=True):
        done = start + len(t)
        yield Batch(read_true(true.part(t)), read_pred(pred.part(p)), range(start, done), done)
        start = done


def _class_list(arrays: Mapping[str, StoredArray], wanted: Wanted) -> str | None:
    """The array that names the classes in index order, if there is one."""
    n = len(wanted.label_set)
    lengths = {a.shape[0] for a in arrays.values() if a.shape and a.dtype.kind not in "USO"}
    named = {
        normal(name): name
        for name, array in arrays.items()
        # Text of another number, one for each sample, is about the samples.
        if _may_name_classes(array) and (array.shape[0] == n or array.shape[0] not in lengths)
    }
    found = next((named[key] for key in _CLASS_LISTS if key in named), None)
    if found is None and "labels" in named:
        others = [name for name in arrays if name != named["labels"]]
        try:
            find_columns(others, wanted)
        except ConfusionError:
            return None
        return named["labels"]
    return found


def _may_name_classes(array: StoredArray) -> bool:
    return array.dtype.kind in "USO" and len(array.shape) == 1


def _names(array: StoredArray) -> tuple[str, ...]:
    return tuple(map(str, _plain_values(array.values())))


def _columns_by_name(
    arrays: Mapping[str, StoredArray], classes: str | None, wanted: Wanted
) -> tuple[Column, Column]:
    names = [name for name in arrays if name != classes]
    asked = wanted.pred_column
    if asked is None and not pred_candidates(names, range(len(names))):
        scores = {normal(name): name for name in names if len(arrays[name].shape) == 2}
        asked = next((scores[key] for key in _SCORES if key in scores), None)
        if asked is None and any(normal(name).startswith("confusion") for name in names):
            raise ConfusionError(
                f"expected arrays such as y_true and y_pred, found a confusion matrix "
                f"({listed(names)}); pass it as such (--confusion)"
            )
    true, pred = find_columns(names, Wanted(wanted.label_set, wanted.true_column, asked))
    return tuple(Column(names[i], arrays[names[i]]) for i in (true, pred))


def _columns_of_one(array: StoredArray, wanted: Wanted) -> tuple[Column, Column]:
    if array.dtype.names:
        names = list(array.dtype.names)
        return tuple(
            Column(names[i], array, lambda rows, name=names[i]: rows[name])
            for i in find_columns(names, wanted)
        )
    if len(array.shape) != 2 or array.shape[1] != 2:
        square = len(array.shape) == 2 and array.shape[0] == array.shape[1]
        raise ConfusionError(
            f"expected two columns, true and predicted classes, found an array of shape "
            f"{array.shape}; "
            + (
                "pass a confusion matrix as such (--confusion)"
                if square
                else "write numpy.stack([y_true, y_pred], axis=1), or a .npz with both"
            )
        )
    return (
        Column("column 0", array, lambda rows: rows[:, 0]),
        Column("column 1", array, lambda rows: rows[:, 1]),
    )


def _common_length(true: Column, pred: Column) -> int:
    lengths = [column.array.shape[0] if column.array.shape else 0 for column in (true, pred)]
    if lengths[0] != lengths[1]:
        raise ConfusionError(
            f"expected as many predictions as true classes, found {lengths[1]:,} in "
            f"{pred.name!r} and {lengths[0]:,} in {true.name!r}; give both for every sample"
        )
    if not lengths[0]:
        raise ConfusionError(
            f"expected predictions, found none in {pred.name!r}; check how it was written"
        )
    return lengths[0]


def _holds_names(column: Column) -> bool:
    return column.first_rows().dtype.kind in "US"


def _reading(column: Column, n: int, scores_allowed: bool) -> tuple[Values, bool]:
    """How the rows of a column become classes, and whether by a column for every class."""
    first = column.first_rows()
    if first.ndim == 1:
        return _plain_values, False
    k = first.shape[1]
    if first.ndim == 2 and k == 1:
        return (lambda rows: _plain_values(rows[:, 0])), False
    if first.ndim == 2 and scores_allowed and _is_ranking(column.name, first, n):
        return (lambda rows: _plain_values(rows[:, 0])), False
    if first.ndim != 2 or k != n or first.dtype.kind not in "iufb":
        one_more = "; drop the background class" if k == n + 1 else ""
        raise ConfusionError(
            f"expected one class a sample in {column.name!r}, or a score for each of the {n} "
            f"classes, found shape {column.array.shape}; give predicted classes{one_more}"
        )
    return (_winners if scores_allowed else _one_hot), True


def _is_ranking(name: str, first: np.ndarray, n: int) -> bool:
    """Whether the columns are the k best classes, and not scores."""
    if first.dtype.kind in "US":
        return True
    if normal(name) in _SCORES or first.dtype.kind not in "iu":
        return False
    ordered = np.sort(first, axis=1)
    ranking = bool((ordered[:, 1:] != ordered[:, :-1]).all())
    if ranking and first.shape[1] == n == 2:
        raise ConfusionError(
            f"expected one class a sample in {name!r}, found two columns, which may be the best "
            "two or a mark at the predicted one; give the predicted class alone"
        )
    return ranking


def _plain_values(rows: np.ndarray) -> list:
    if rows.dtype.kind == "S":
        return np.char.decode(rows, "utf-8").tolist()
    if rows.dtype.kind == "b":
        return rows.astype(np.int8).tolist()
    return rows.tolist()


def _winners(scores: np.ndarray) -> list:
    """The class of the highest score; None for a sample without a score, or with all the same."""
    best = scores.argmax(axis=1)
    decided = (scores != scores[:, :1]).any(axis=1)
    if scores.dtype.kind == "f":
        decided &= ~np.isnan(scores).any(axis=1)
    return [int(i) if sure else None for i, sure in zip(best, decided, strict=True)]


def _one_hot(rows: np.ndarray) -> list:
    """The class marked by a single 1; None for a sample with no or several marks."""
    marked = (rows != 0).sum(axis=1) == 1
    return [int(i) if sure else None for i, sure in zip(rows.argmax(axis=1), marked, strict=True)]
