"""The classifier layer as a value: one template per class, and the tensor it was stored in."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from semdepth.class_names import check_class_names
from semdepth.errors import HeadError, LabelError


@dataclass(frozen=True, eq=False, slots=True)
class StoredTensor:
    """A tensor in a file: its name, shape and type are known, its numbers are not loaded yet.

    ``tied_to`` names an earlier tensor that is the same numbers (tied weights).
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    load: Callable[[], np.ndarray]
    class_axis: int = 0
    tied_to: str | None = None


@dataclass(frozen=True, slots=True)
class OutputLayer:
    """What a stored graph shows: the weight, and the bias, of the last layer before an output."""

    weight: str
    bias: str | None
    output: str


@dataclass(frozen=True, eq=False, slots=True)
class ClassifierHead:
    """A classifier's last layer: `templates` (n, d), row i being the template of `labels[i]`.

    Templates and `bias` (n,) stay in the floating type they were stored in. `tensor` is the
    weight's name in its file, `ids` are concept ids (None where unknown), and `names_from` says
    in words where the labels come from. Arrays are read-only copies.

    Raises LabelError for labels of the wrong number or a class named twice, and HeadError for
    arrays that do not make a layer of at least two classes.

    >>> head = ClassifierHead(("cat", "dog", "car"), np.eye(3), "fc.weight")
    >>> head.n_classes, head.dimension
    (3, 3)
    >>> head.select(["car", "cat"])
    ClassifierHead(2 classes x 3, tensor 'fc.weight')
    """

    labels: tuple[str, ...]
    templates: np.ndarray
    tensor: str
    bias: np.ndarray | None = None
    ids: tuple[str | None, ...] | None = None
    names_from: str = ""

    def __post_init__(self):
        _settle(self, "templates", _floating(self.templates, "templates", 2))
        _settle(self, "labels", tuple(self.labels))
        n = len(self.templates)
        if n < 2 or self.dimension < 1:
            shape = " x ".join(map(str, self.templates.shape))
            raise HeadError(
                f"expected templates of at least 2 classes, found {shape}; choose another tensor"
            )
        check_class_names(self.labels, n, self.tensor)
        if self.bias is not None:
            _settle(self, "bias", _floating(self.bias, "bias", 1))
            _check_length("bias numbers", len(self.bias), n, HeadError)
        if self.ids is not None:
            _settle(self, "ids", tuple(self.ids))
            _check_length("ids", len(self.ids), n, LabelError)

    @property
    def n_classes(self) -> int:
        return len(self.templates)

    @property
    def dimension(self) -> int:
        return self.templates.shape[1]

    def select(self, labels_or_ids: Sequence[str]) -> ClassifierHead:
        """The head restricted to the named classes, in the order given.

        A class is named by its label or its id. Raises LabelError naming those that are missing,
        and an id that several classes share.
        """
        rows = _rows(self, labels_or_ids)
        return ClassifierHead(
            tuple(self.labels[row] for row in rows),
            self.templates[rows],
            self.tensor,
            None if self.bias is None else self.bias[rows],
            None if self.ids is None else tuple(self.ids[row] for row in rows),
            self.names_from,
        )

    def to_dict(self) -> dict:
        """Plain lists and texts, fit for JSON; `from_dict` gives the same numbers back."""
        return {
            "labels": list(self.labels),
            "templates": self.templates.tolist(),
            "dtype": self.templates.dtype.name,
            "tensor": self.tensor,
            "bias": None if self.bias is None else self.bias.tolist(),
            "bias_dtype": None if self.bias is None else self.bias.dtype.name,
            "ids": None if self.ids is None else list(self.ids),
            "names_from": self.names_from,
        }

    @classmethod
    def from_dict(cls, data: dict) -> ClassifierHead:
        bias, ids = data["bias"], data["ids"]
        return cls(
            tuple(data["labels"]),
            np.array(data["templates"], data["dtype"]),
            data["tensor"],
            None if bias is None else np.array(bias, data["bias_dtype"]),
            None if ids is None else tuple(ids),
            data["names_from"],
        )

    def __repr__(self) -> str:
        return (
            f"ClassifierHead({self.n_classes} classes x {self.dimension}, tensor {self.tensor!r})"
        )

    def _repr_html_(self) -> str:
        rows = {
            "classes": f"{self.n_classes} ({', '.join(self.labels[:3])}, ...)",
            "dimension": f"{self.dimension} ({self.templates.dtype.name})",
            "tensor": self.tensor,
            "names from": self.names_from,
        }
        cells = (f"<tr><th>{k}</th><td>{html.escape(v)}</td></tr>" for k, v in rows.items() if v)
        return f"<table><caption>Classifier head</caption>{''.join(cells)}</table>"


def _settle(head: ClassifierHead, field: str, value: object) -> None:
    object.__setattr__(head, field, value)


def _floating(values: np.ndarray, what: str, axes: int) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype.kind in "iu":
        array = array.astype(np.float64)
    if array.dtype.kind != "f" or array.ndim != axes:
        raise HeadError(
            f"expected {what} as floating-point numbers with {axes} axes, found {array.dtype} "
            f"of shape {array.shape}; choose another tensor"
        )
    array = array.copy()
    array.setflags(write=False)
    return array


def _check_length(what: str, found: int, n: int, kind: type[HeadError] | type[LabelError]) -> None:
    if found != n:
        raise kind(f"expected {n} {what}, one for each class, found {found}; give one a class")


def _rows(head: ClassifierHead, keys: Sequence[str]) -> list[int]:
    """The row of each label or id; labels go before ids."""
    places: dict[str, list[int]] = {}
    for row, own in enumerate(head.ids or ()):
        if own is not None:
            places.setdefault(own, []).append(row)
    places |= {label: [row] for row, label in enumerate(head.labels)}
    missing = [key for key in keys if key not in places]
    if missing:
        shown = ", ".join(map(repr, missing[:5])) + (", ..." if len(missing) > 5 else "")
        raise LabelError(
            f"expected labels or ids of the head's {head.n_classes} classes, found "
            f"{len(missing)} that it does not have: {shown}; check the spelling"
        )
    shared = next((key for key in keys if len(places[key]) > 1), None)
    if shared is not None:
        names = ", ".join(head.labels[row] for row in places[shared])
        raise LabelError(
            f"expected ids of one class each, found {shared!r} on several ({names}); "
            "name those classes by their labels"
        )
    return [places[key][0] for key in keys]
