"""Confusion matrices: what a model takes for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from semdepth.class_names import as_code, check_class_names, positions_of
from semdepth.errors import ConfusionError


@dataclass(frozen=True, eq=False, slots=True)
class ConfusionMatrix:
    """How often each true class was predicted as each class.

    ``counts`` (n, n): rows true, columns predicted, scikit-learn's orientation. Whole numbers
    where predictions were counted; fractions where only a normalised matrix is known, and then
    :attr:`counted` is False. ``source`` says in words where it came from.

    >>> seen = ConfusionMatrix(("cat", "dog"), np.array([[8, 2], [1, 9]]))
    >>> seen.accuracy, seen.per_class_accuracy.tolist()
    (0.85, [0.8, 0.9])
    """

    labels: tuple[str, ...]
    counts: np.ndarray
    source: str = ""

    def __post_init__(self):
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "counts", _checked(self.labels, np.asarray(self.counts)))

    def __repr__(self) -> str:
        n = len(self.labels)
        what = f"{self.counts.sum():,.0f} predictions" if self.counted else "normalised"
        return f"ConfusionMatrix({n} classes, {what}, accuracy {self.accuracy:.3f})"

    def _repr_html_(self) -> str:
        return as_code(self)

    @property
    def counted(self) -> bool:
        """Whether the cells are counts of predictions."""
        return self.counts.dtype.kind == "i"

    @property
    def accuracy(self) -> float:
        """Share of predictions on the diagonal."""
        return float(np.trace(self.counts) / self.counts.sum())

    @property
    def per_class_accuracy(self) -> np.ndarray:
        """Share of each true class that was recognised (recall), (n,); NaN where never seen."""
        seen = self.counts.sum(axis=1)
        return np.divide(
            np.diagonal(self.counts), seen, out=np.full(len(seen), np.nan), where=seen > 0
        )

    @property
    def never_seen(self) -> tuple[str, ...]:
        """Classes of which there was no sample."""
        return self._named(self.counts.sum(axis=1) == 0)

    @property
    def never_predicted(self) -> tuple[str, ...]:
        """Classes that the model never answered with."""
        return self._named(self.counts.sum(axis=0) == 0)

    @property
    def confusions(self) -> np.ndarray:
        """How often two classes were mixed up, either way: ``M + Mᵀ``, diagonal 0, (n, n)."""
        both = self.counts + self.counts.T
        if not self.counted:
            # 0.1 + 0.2 must tie with 0.3: shares that were equal as counts are equal here.
            both = np.round(both, 12)
        np.fill_diagonal(both, 0)
        return both

    def select(self, labels: Sequence[str]) -> ConfusionMatrix:
        """Restricted to some classes, in the order given; errors with others are left out."""
        kept = positions_of(labels, self.labels, "the confusion matrix")
        return ConfusionMatrix(tuple(labels), self.counts[np.ix_(kept, kept)], self.source)

    def without_unseen(self) -> ConfusionMatrix:
        """Restricted to the classes with samples.

        Predictions of the others go with them, and so do classes that have no sample left then.
        """
        seen = self
        while gone := set(seen.never_seen):
            seen = seen.select([label for label in seen.labels if label not in gone])
        dropped = self.counts.sum() - seen.counts.sum()
        if not dropped:
            return seen
        share = f"{dropped / self.counts.sum():.1%} of the predictions"
        source = f"{self.source}, without {share}, made as classes without samples"
        return ConfusionMatrix(seen.labels, seen.counts, source)

    def to_dict(self) -> dict:
        """A plain dict; of the cells only those above 0, as ``[true, predicted, count]``."""
        i, j = np.nonzero(self.counts)
        cells = zip(i.tolist(), j.tolist(), self.counts[i, j].tolist(), strict=True)
        return {
            "labels": list(self.labels),
            "cells": [list(cell) for cell in cells],
            "source": self.source,
        }

    @classmethod
    def from_dict(cls, data: dict) -> ConfusionMatrix:
        n = len(data["labels"])
        counts = np.zeros((n, n))
        for i, j, count in data["cells"]:
            counts[i, j] = count
        return cls(tuple(data["labels"]), counts, data["source"])

    def _named(self, which: np.ndarray) -> tuple[str, ...]:
        return tuple(self.labels[i] for i in np.flatnonzero(which))


def count_confusions(
    labels: Sequence[str], y_true: np.ndarray, y_pred: np.ndarray, *, source: str = ""
) -> ConfusionMatrix:
    """Count predictions, given as class indices, m each.

    >>> count_confusions(["cat", "dog"], [0, 0, 1], [0, 1, 1]).counts.tolist()
    [[1, 1], [0, 1]]
    """
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    add_predictions(counts, np.asarray(y_true), np.asarray(y_pred))
    return ConfusionMatrix(tuple(labels), counts, source)


def add_predictions(counts: np.ndarray, y_true: np.ndarray, y_pred: np.ndarray) -> None:
    """Add a batch of predictions to ``counts`` (n, n) in place; other indices are errors."""
    n = len(counts)
    if y_true.shape != y_pred.shape:
        raise ConfusionError(
            f"expected as many predictions as true classes, found {len(y_pred)} and "
            f"{len(y_true)}; give both for every sample"
        )
    true = _class_indices("true", y_true, n)
    pred = _class_indices("predicted", y_pred, n)
    # Only the cells that occur: a batch is far smaller than n * n where classes are many.
    cells, times = np.unique(true * n + pred, return_counts=True)
    counts.flat[cells] += times


def _class_indices(name: str, values: np.ndarray, n: int) -> np.ndarray:
    """The same as int64, where all are whole numbers from 0 to n - 1."""
    if values.dtype.kind not in "iufb":
        raise ConfusionError(
            f"expected {name} classes as indices from 0 to {n - 1}, found {values.dtype}; "
            "give indices"
        )
    outside = ~((values >= 0) & (values < n))
    if values.dtype.kind == "f":
        outside |= values != np.floor(values)
    if outside.any():
        place = int(np.argmax(outside))
        raise ConfusionError(
            f"expected {name} classes from 0 to {n - 1}, found {values[place]} in sample "
            f"{place}; check that the predictions belong to these {n} classes"
        )
    return values.astype(np.int64)


def _checked(labels: tuple[str, ...], counts: np.ndarray) -> np.ndarray:
    n = len(labels)
    if counts.shape != (n, n):
        raise ConfusionError(
            f"expected a confusion matrix of {n} x {n} for {n} class names, found shape "
            f"{counts.shape}; give one row and one column a class"
        )
    check_class_names(labels, n, "the confusion matrix")
    if counts.dtype.kind not in "iuf":
        raise ConfusionError(
            f"expected numbers in the confusion matrix, found {counts.dtype}; give counts or shares"
        )
    bad = ~np.isfinite(counts) | (counts < 0)
    if bad.any():
        i, j = np.argwhere(bad)[0]
        raise ConfusionError(
            f"expected counts or shares of 0 and more, found {counts[i, j]} for true "
            f"{labels[i]!r}, predicted {labels[j]!r}; mend the matrix"
        )
    if not counts.any():
        raise ConfusionError(
            "expected predictions, found an all-zero confusion matrix; check how it was counted"
        )
    # Beyond 2**53 a float no longer tells neighbouring whole numbers apart.
    whole = counts.dtype.kind in "iu" or bool(
        (counts == np.rint(counts)).all() and counts.max() < 2**53
    )
    counts = counts.astype(np.int64 if whole else np.float64)
    counts.setflags(write=False)
    return counts
