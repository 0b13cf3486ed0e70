"""Reads a whole training run out of one .npz file: the classifier layer at every epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semdepth.confusion import ConfusionMatrix, count_confusions
from semdepth.errors import (
    ConfusionError,
    DamagedFile,
    LabelError,
    SemdepthError,
    UnknownFormat,
)
from semdepth.head import ClassifierHead
from semdepth.labels import LabelSet, label_set_of_outputs, label_set_of_size
from semdepth.reading.confusions.arrays import StoredArray, stored_arrays
from semdepth.reading.confusions.predictions import reading
from semdepth.reading.labels import read_labels

# What the arrays may be called.
WEIGHTS = ("weight", "weights", "templates")
BIASES = ("bias", "biases")
PREDICTIONS = ("pred", "y_pred", "predictions")
TRUE_CLASSES = ("y_test", "y_true", "targets")
CLASSES = ("classes", "class_names", "labels")
EPOCHS = ("epochs", "epoch")

# Read at once are a layer and its predictions; a larger one is no classifier's.
_LARGEST_LAYER = 2**34
_MOST_EPOCHS = 100_000
_A_RUN = "a run (.npz with weight of shape epochs x classes x dimensions)"
_ZIP = b"PK\x03\x04"

RunCheckpoint = tuple[str, ClassifierHead, ConfusionMatrix | None]


@dataclass(frozen=True, eq=False, slots=True)
class Run:
    """A run in a file, known by its headers: one checkpoint a row of ``weight``.

    ``epochs`` number the rows: as the file does, otherwise from 0, the untrained network.
    """

    path: Path
    epochs: tuple[float, ...]
    label_set: LabelSet
    weight: StoredArray
    bias: StoredArray | None
    predictions: StoredArray | None
    true_classes: np.ndarray | None

    def __len__(self) -> int:
        return len(self.epochs)

    def __repr__(self) -> str:
        return f"Run({self.path.name}: {len(self)} epochs of {len(self.label_set)} classes)"

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(f"epoch {epoch:g}" for epoch in self.epochs)

    def checkpoint(self, row: int) -> RunCheckpoint:
        """Title, layer, and confusions (None without predictions) of one row, and no other."""
        with reading(self.path, _A_RUN):
            labels, source = self.label_set.labels, f"predictions in {self.path.name}, row {row}"
            head = ClassifierHead(
                labels=labels,
                templates=self.weight.row(row),
                tensor=self.weight.name,
                bias=None if self.bias is None else self.bias.row(row),
                ids=self.label_set.ids,
                names_from=self.label_set.source,
            )
            if self.predictions is None:
                return self.titles[row], head, None
            predicted = self.predictions.row(row)
            seen = count_confusions(labels, self.true_classes, predicted, source=source)
            return self.titles[row], head, seen


def is_run(path: str | Path) -> bool:
    """Whether a file is a .npz with a whole run in it; it is read no further than its headers."""
    path = Path(path)
    try:
        with reading(path, _A_RUN), path.open("rb") as file:
            arrays = stored_arrays(path) if file.read(len(_ZIP)) == _ZIP else {}
    except SemdepthError:
        return False
    weight = _named(arrays, WEIGHTS)
    return weight is not None and len(weight.shape) == 3


def open_run(path: str | Path, *, labels: str | Path | LabelSet | None = None) -> Run:
    """A run in one .npz file, whose epochs are read one by one.

    The arrays, each under one of these names:

    ==================================  =====================  =================================
    ``weight weights templates``        (epochs, n, d)         the layer, a template a class
    ``bias biases``                     (epochs, n)            optional
    ``pred y_pred predictions``         (epochs, samples)      optional: predicted class indices
    ``y_test y_true targets``           (samples,)             their true classes
    ``classes class_names labels``      (n,)                   optional: names in output order
    ``epochs epoch``                    (epochs,)              optional: ascending numbers
    ==================================  =====================  =================================

    Other arrays are passed over. ``labels`` is a known list's name, a file of names, or a
    :class:`LabelSet`; where it has the names that the file has, the file's order counts. Raises
    :class:`ReadError` for the file, :class:`LabelError` for names, :class:`ConfusionError` for
    predictions that do not fit.
    """
    path = Path(path)
    with reading(path, _A_RUN):
        arrays = stored_arrays(path)
        weight = _weight(arrays)
        epochs, n, _ = weight.shape
        bias = _shaped(arrays, BIASES, (epochs, n), "an epoch and class")
        predictions, true_classes = _predictions(arrays, epochs)
        return Run(
            path=path,
            epochs=_epochs(arrays, epochs),
            label_set=_label_set(arrays, n, labels),
            weight=weight,
            bias=bias,
            predictions=predictions,
            true_classes=true_classes,
        )


def read_run(
    path: str | Path, *, labels: str | Path | LabelSet | None = None
) -> tuple[RunCheckpoint, ...]:
    """Every epoch of :func:`open_run` at once: title, layer, and confusions or None.

    Example::

        for title, head, confusion in read_run("vgg.npz", labels="cifar-100"):
            print(title, confusion.accuracy)
    """
    run = open_run(path, labels=labels)
    return tuple(map(run.checkpoint, range(len(run))))


def _weight(arrays: Mapping[str, StoredArray]) -> StoredArray:
    weight = _named(arrays, WEIGHTS)
    if weight is None or len(weight.shape) != 3 or weight.dtype.kind not in "fiu":
        found = ", ".join(f"{name!r} {array.shape}" for name, array in list(arrays.items())[:8])
        raise UnknownFormat(f"expected {_A_RUN}, found {found}; stack the epochs' layers")
    epochs, n, dimension = weight.shape
    small = epochs < 1 or n < 2 or dimension < 1
    if small or epochs > _MOST_EPOCHS or weight.row_bytes > _LARGEST_LAYER:
        raise UnknownFormat(
            f"expected {_A_RUN}, found {weight.shape}, which is no run of a classifier with two "
            "or more classes; check the order of its axes"
        )
    return weight


def _predictions(
    arrays: Mapping[str, StoredArray], epochs: int
) -> tuple[StoredArray | None, np.ndarray | None]:
    """The predictions of all epochs, not yet read, and the true classes."""
    predictions, true = _named(arrays, PREDICTIONS), _named(arrays, TRUE_CLASSES)
    if predictions is None:
        return None, None
    if true is None or len(true.shape) != 1:
        raise ConfusionError(
            f"expected the true classes of the predictions under {' or '.join(TRUE_CLASSES)}, "
            "found none of one axis; save them beside the predictions"
        )
    expected = (epochs, *true.shape)
    if predictions.shape != expected or not true.shape[0]:
        raise ConfusionError(
            f"expected predictions of shape {expected}, an epoch a row and a sample a column, "
            f"found {predictions.shape}; save them so"
        )
    return predictions, true.values()


def _shaped(
    arrays: Mapping[str, StoredArray], names: tuple[str, ...], shape: tuple, each: str
) -> StoredArray | None:
    found = _named(arrays, names)
    if found is not None and found.shape != shape:
        raise DamagedFile(
            f"expected {found.name!r} of shape {shape}, one number for {each}, found "
            f"{found.shape}; save it so, or leave it out"
        )
    return found


def _epochs(arrays: Mapping[str, StoredArray], count: int) -> tuple[float, ...]:
    stored = _shaped(arrays, EPOCHS, (count,), "an epoch")
    if stored is None:
        return tuple(range(count))
    numbers = stored.values()
    if numbers.dtype.kind not in "fiu" or not (np.diff(numbers.astype(np.float64)) > 0).all():
        raise DamagedFile(
            f"expected ascending numbers in {stored.name!r}, found others; sort the epochs"
        )
    return tuple(numbers.tolist())


def _label_set(
    arrays: Mapping[str, StoredArray], n: int, labels: str | Path | LabelSet | None
) -> LabelSet:
    given = read_labels(labels) if isinstance(labels, (str, Path)) else labels
    names = _names(arrays, n)
    if names is not None:
        own = label_set_of_outputs(names, "the file's classes")
        if given is None or len(own) != n:
            return own
        if sorted(given.labels) == sorted(own.labels):
            return given.take(given.positions(own))
    given = given or label_set_of_size(n)
    if given is None or len(given) != n:
        found = "none" if given is None else f"{len(given)} in {given.source}"
        raise LabelError(
            f"expected names for the {n} classes, found {found}; pass --labels with a known list "
            f"or a file, or save them under {CLASSES[0]!r}"
        )
    return given


def _names(arrays: Mapping[str, StoredArray], n: int) -> tuple[str, ...] | None:
    stored = _named(arrays, CLASSES)
    if stored is None or stored.dtype.kind not in "USO" or stored.shape != (n,):
        return None
    names = stored.values()
    if names.dtype.kind == "S":
        names = np.char.decode(names, "utf-8")
    return tuple(names.tolist())


def _named(arrays: Mapping[str, StoredArray], names: tuple[str, ...]) -> StoredArray | None:
    return next((arrays[name] for name in names if name in arrays), None)
