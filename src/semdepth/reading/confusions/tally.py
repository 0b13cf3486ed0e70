"""Counts batches of predictions, and tells what is wrong with them once all are read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from semdepth.confusion import ConfusionMatrix, add_predictions
from semdepth.errors import ConfusionError, LabelError
from semdepth.labels import LabelSet, label_set_of_size
from semdepth.reading.confusions.classes import (
    MISSING,
    NUMBER,
    OUTSIDE,
    UNKNOWN,
    ClassFinder,
    ClassNames,
)
from semdepth.reading.confusions.predictions import Batch, Predictions, listed


@dataclass(slots=True)
class Fault:
    """Rows with the same flaw: how many, where the first stands, some of their values."""

    rows: int = 0
    first: int | None = None
    values: list = field(default_factory=list)

    def add(self, flawed: np.ndarray, batch: Batch, values: list) -> None:
        self.rows += int(flawed.sum())
        if self.first is None:
            self.first = batch.places[int(np.argmax(flawed))]
        for value in dict.fromkeys(map(_written, values)):
            if len(self.values) <= 5 and value not in self.values:
                self.values.append(value)


class Tally:
    """The counts so far, in constant memory, and the rows that could not be counted."""

    def __init__(self, label_set: LabelSet, predictions: Predictions):
        n = len(label_set)
        names = ClassNames(label_set)
        order, self.note = _order(names, predictions)
        self.label_set, self.unit = label_set, predictions.unit
        self.counts = np.zeros((n, n), dtype=np.int64)
        self.rows = 0
        self.true = ClassFinder(names, order, several=False)
        self.pred = ClassFinder(names, order, several=True)
        self.faults: dict[tuple[str, int], Fault] = {}

    def add(self, batch: Batch) -> None:
        """Count the rows of a batch."""
        true, pred = (
            np.fromiter(map(finder.__getitem__, values), np.int64, len(values))
            for finder, values in ((self.true, batch.true), (self.pred, batch.pred))
        )
        self.rows += len(true)
        good = (true >= 0) & (pred >= 0)
        if not good.all():
            self._note_faults("true class", true, batch, batch.true)
            self._note_faults("prediction", pred, batch, batch.pred)
        add_predictions(self.counts, true[good], pred[good])

    def matrix(self, source: str) -> ConfusionMatrix:
        """The confusion matrix of everything counted, or the error that stands against it."""
        self._check_numbers()
        for code, tell in ((UNKNOWN, self._unknown), (OUTSIDE, self._outside)):
            found = [fault for (_, other), fault in self.faults.items() if other == code]
            if found:
                raise tell(found)
        if self.faults:
            raise self._missing()
        if not self.rows:
            raise ConfusionError(
                "expected predictions, found none below the column names; check how it was written"
            )
        if self.true.number_as_name or self.pred.number_as_name:
            self.note += "; whole numbers read as class names"
        return ConfusionMatrix(self.label_set.labels, self.counts, source + self.note)

    def _note_faults(self, what: str, found: np.ndarray, batch: Batch, values) -> None:
        for code in (MISSING, UNKNOWN, OUTSIDE):
            flawed = found == code
            if flawed.any():
                shown = [values[i] for i in np.flatnonzero(flawed)]
                self.faults.setdefault((what, code), Fault()).add(flawed, batch, shown)

    def _check_numbers(self) -> None:
        as_name = self.true.number_as_name or self.pred.number_as_name
        as_index = self.true.number_as_index or self.pred.number_as_index
        if as_name and as_index:
            raise ConfusionError(
                f"expected either class names or indices, found {as_name!r}, which is a name in "
                f"{self.label_set.source}, and {as_index!r}, which is none; write every class "
                "by its name"
            )

    def _unknown(self, faults: list[Fault]) -> LabelError:
        values = list(dict.fromkeys(value for fault in faults for value in fault.values))
        known = self.label_set
        if all(NUMBER.fullmatch(value) for value in values):
            way_out = "give the predicted class itself, or the scores of all classes in a .npz"
        else:
            way_out = (
                "write the model's class names, or pass the names that the file uses (--labels)"
            )
        more = ", ..." if len(values) > 5 else ""
        return LabelError(
            f"expected class names such as {known.labels[0]!r} ({known.source}) or indices from 0 "
            f"to {len(known) - 1}, found {listed(values[:5])}{more} in {self._where(faults)}; "
            f"{way_out}"
        )

    def _outside(self, faults: list[Fault]) -> ConfusionError:
        n = len(self.label_set)
        lowest = min(self.true.lowest, self.pred.lowest)
        highest = max(self.true.highest, self.pred.highest)
        value = min(faults, key=lambda fault: fault.first).values[0]
        return ConfusionError(
            f"expected class indices from 0 to {n - 1} ({self.label_set.source}), found "
            f"{listed([value])} in {self._where(faults)}; "
            f"{_indices_way_out(n, lowest, highest)}"
        )

    def _missing(self) -> ConfusionError:
        told = " and ".join(
            f"{self._where([fault])} without a {what}" for (what, _), fault in self.faults.items()
        )
        return ConfusionError(
            f"expected a true class and a prediction in all {self.rows:,} {self.unit}s, found "
            f"{told}; complete these rows, or leave them out"
        )

    def _where(self, faults: list[Fault]) -> str:
        rows = sum(fault.rows for fault in faults)
        first = f"{self.unit} {min(fault.first for fault in faults):,}"
        if self.unit != "line":
            first += " counting from 0"
        if rows == 1:
            return first
        what = "cells" if len(faults) > 1 else f"{self.unit}s"
        return f"{rows:,} {what} (the first in {first})"


def _order(names: ClassNames, predictions: Predictions) -> tuple[list[int] | None, str]:
    """Which class each index of the file means, and a word on it for the source."""
    if predictions.classes is None:
        n = len(names.label_set)
        return (list(range(n)) if predictions.by_index else None), ""
    order = names.order(predictions.classes, predictions.classes_from)
    if order == list(range(len(order))):
        return order, ""
    return order, f"; classes stand in another order there, matched by {predictions.classes_from}"


def _indices_way_out(n: int, lowest: float, highest: float) -> str:
    if (lowest, highest) == (1, n):
        return "they look counted from 1 (or 0 is a background class): subtract 1"
    if lowest < 0:
        return "a negative index often stands for no answer: leave these rows out"
    known = label_set_of_size(int(highest) + 1)
    if known is not None:
        return f"they look like those of {known.source}: pass it with --labels"
    return (
        f"the file seems to be of {int(highest) + 1:,} or more classes: pass the names of its own "
        "classes (--labels)"
    )


def _written(value: object) -> str:
    return value if isinstance(value, str) else str(value)
