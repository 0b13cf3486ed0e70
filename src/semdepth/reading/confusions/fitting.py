"""Fits a confusion matrix, as it was written, to the model's classes: turned, cut, put in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

import numpy as np

from semdepth.confusion import ConfusionMatrix
from semdepth.errors import ConfusionError
from semdepth.labels import LabelSet
from semdepth.reading.confusions.classes import ClassNames, fold
from semdepth.reading.confusions.columns import normal, pred_candidates, true_candidates
from semdepth.reading.confusions.matrix import StoredMatrix

ORIENTATIONS = {"true-rows": "pred-rows", "pred-rows": "true-rows"}  # each with the other

# Sums as equal as this are meant to be: exact, half precision, shares with three or two digits.
_EVEN = (1e-6, 1e-3, 2e-2, 1e-1)
# Fewer counts can be even by chance.
_TELLING_CLASSES, _TELLING_COUNTS = 5, 10
_UNTELLING = ("", "y", "label", "labels")  # names of the classes, true or predicted


def fit(
    stored: StoredMatrix, label_set: LabelSet, orientation: str, source: str
) -> ConfusionMatrix:
    """The matrix with true rows, over exactly these classes, in their order."""
    _check_corner(stored.corner, orientation)
    if orientation == "pred-rows":
        stored = stored.transposed()
        source += ", predicted rows turned to columns"
    with np.errstate(over="ignore", invalid="ignore"):
        _check_sums(stored.values, orientation)
    stored, background = _without_background(stored, label_set, orientation)
    n, names = len(label_set), ClassNames(label_set)
    if len(stored.values) != n:
        _refuse_size(stored, names)
    rows = _order(stored.row_names, names, "its true classes")
    columns = _order(stored.column_names, names, "its predicted classes")
    counts = np.empty_like(stored.values)
    counts[np.ix_(rows, columns)] = stored.values
    if rows != list(range(n)) or columns != list(range(n)):
        source += ", classes in another order there, matched by name"
    return ConfusionMatrix(label_set.labels, counts, source + background)


def _check_corner(corner: str, orientation: str) -> None:
    """The cell above the rows' names may say what the rows are (pandas, Ultralytics)."""
    said = orientation
    if normal(corner) not in _UNTELLING:
        if true_candidates([corner], [0]):
            said = "true-rows"
        elif pred_candidates([corner], [0]):
            said = "pred-rows"
    if said != orientation:
        raise ConfusionError(
            f"expected {_rows_of(orientation)} ({orientation}), found {corner!r} above the names "
            f"of the rows; pass --orientation {said}, or rename that cell"
        )


def _check_sums(values: np.ndarray, orientation: str) -> None:
    """An error where only the columns of true rows have even sums: it looks like the transpose.

    Rows have even sums where they were normalised, and in a balanced test set.
    """
    true, pred = values.sum(axis=1), values.sum(axis=0)
    if not (np.isfinite(true).all() and np.isfinite(pred).all()):
        return  # told later, with the names of the cell
    counted = bool((values == np.rint(values)).all())
    if counted and (len(values) < _TELLING_CLASSES or pred.mean() < _TELLING_COUNTS):
        return
    for tolerance in _EVEN[:1] if counted else _EVEN:
        if _even(true, tolerance):
            return
        if _even(pred, tolerance):
            break
    else:
        return
    other = ORIENTATIONS[orientation]
    raise ConfusionError(
        f"expected {_rows_of(orientation)} ({orientation}), found that the cells of each predicted "
        f"class sum to {pred.max():g}, and those of the true classes to {true.min():g} to "
        f"{true.max():g}; pass --orientation {other} if it is the transpose, or give counts if "
        "it was normalised over predictions"
    )


def _even(sums: np.ndarray, tolerance: float) -> bool:
    """Whether all sums but those of empty classes are equal, within a share of them."""
    sums = sums[sums != 0]
    return len(sums) > 1 and bool(sums.max() - sums.min() <= tolerance * abs(sums).max())


def _rows_of(orientation: str) -> str:
    return "a row a true class" if orientation == "true-rows" else "a row a predicted class"


def _without_background(
    stored: StoredMatrix, label_set: LabelSet, orientation: str
) -> tuple[StoredMatrix, str]:
    """One class more than the model's is background: the one so named, or Ultralytics' last."""
    n = len(label_set)
    if len(stored.values) != n + 1:
        return stored, ""
    row = _background(stored.row_names, orientation)
    column = _background(stored.column_names, orientation)
    if row is None or column is None:
        return stored, ""
    values = np.delete(np.delete(stored.values, row, axis=0), column, axis=1)
    lost = stored.values.sum() - values.sum()
    kept = replace(
        stored,
        values=values,
        row_names=_all_but(stored.row_names, row),
        column_names=_all_but(stored.column_names, column),
    )
    return kept, f", background row and column dropped (they held {lost:g})"


def _background(names: Sequence[str] | None, orientation: str) -> int | None:
    if names is None:
        return -1 if orientation == "pred-rows" else None
    return next((i for i, name in enumerate(names) if fold(name) == "background"), None)


def _all_but(names: list[str] | None, place: int) -> list[str] | None:
    return None if names is None else names[:place] + names[place:][1:]


def _order(names: list[str] | None, names_known: ClassNames, where: str) -> list[int]:
    """The class of each row or column: by name, by index where the names are 0 to n - 1."""
    n = len(names_known.label_set)
    if names is None:
        return list(range(n))
    if not all(name in names_known.labels for name in names):
        numbers = [int(name) if name.isdecimal() else -1 for name in names]
        if sorted(numbers) == list(range(n)):
            return numbers
    return names_known.order(names, where)


def _refuse_size(stored: StoredMatrix, names: ClassNames) -> NoReturn:
    """Where some of its names are the model's classes, the others are told."""
    if any(names.find(name) is not None for name in stored.row_names or ()):
        names.order(stored.row_names, "the names of the confusion matrix")
    found, n = len(stored.values), len(names.label_set)
    hint = "pass the names of its own classes (--labels)"
    if found == n + 1:
        hint = (
            "if one is a background class, name the rows and columns, or pass --orientation "
            "pred-rows for Ultralytics' matrix, whose last row and column are dropped"
        )
    raise ConfusionError(
        f"expected a confusion matrix of {n} x {n} for the {n} classes of "
        f"{names.label_set.source}, found {found} x {found}; {hint}"
    )
