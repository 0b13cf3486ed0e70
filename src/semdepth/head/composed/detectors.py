"""Heads of detectors: one classifier for each scale, and in each several rows a class.

A detector looks for objects around every point of its feature maps in a few shapes, the anchors.
Its classifier has a row for each anchor and class, all classes of the first anchor before those
of the second. The template of a class are its rows side by side: scale by scale, anchor by anchor.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from semdepth.errors import HeadError
from semdepth.head.classifier_head import StoredTensor
from semdepth.head.composed.detector_families import ONE_TO_ONE, Scale, scales_of
from semdepth.head.composed.numbers import ComposedHead, made_of_parts, matrix_size, rows_of
from semdepth.head.evidence import Candidate
from semdepth.head.layers import matrix_shape


def detector_heads(tensors: Sequence[StoredTensor], classes: int | None) -> list[ComposedHead]:
    """Each detection head among the tensors as a whole, and its scales one by one.

    How many classes there are follows from the number of anchors, and failing that from
    `classes`. A scale that is a matrix of one row a class needs no composing and is left out.
    """
    heads: dict[str, dict[str, Scale]] = {}
    for scale in scales_of(tensors):
        heads.setdefault(scale.head, {}).setdefault(scale.name, scale)
    found = []
    for name, by_name in heads.items():
        scales = sorted(by_name.values(), key=lambda scale: (len(scale.name), scale.name))
        slots = _rows_an_anchor(scales, classes)
        if slots is None:
            found.append(_unsettled(name, scales, classes))
            continue
        note = _training_only(name, heads)
        if len(scales) > 1:
            found.append(_composed(name, scales, slots, note))
        found += [
            _composed(scale.name, [scale], slots, note)
            for scale in scales
            if matrix_shape(scale.weight) is None or scale.rows != scale.classes_in(slots)
        ]
    return [head for head in found if head.candidate.n_classes > 1]


def _rows_an_anchor(scales: Sequence[Scale], classes: int | None) -> int | None:
    """How many rows each anchor has, in all scales alike; None where that remains open."""
    if all(scale.anchors for scale in scales):
        (slots, rest), *others = {divmod(scale.rows, scale.anchors) for scale in scales}
        if rest == 0 and not others:
            return slots
    if not classes:
        return None
    beside = scales[0].skipped + scales[0].extra
    # Without rows beside the classes, one may be the background's.
    possible = [beside + classes] if beside else [classes, classes + 1]
    return next((s for s in possible if all(scale.rows % s == 0 for scale in scales)), None)


def _composed(name: str, scales: Sequence[Scale], slots: int, note: str) -> ComposedHead:
    n = scales[0].classes_in(slots)
    first, end = scales[0].skipped, scales[0].skipped + n
    axes = [scale.weight.class_axis for scale in scales]
    width = sum(scale.rows // slots * matrix_size(scale.weight)[1] for scale in scales)

    def of_classes(rows: np.ndarray) -> np.ndarray:
        anchors = rows.reshape(-1, slots, rows.shape[1])[:, first:end]
        return anchors.transpose(1, 0, 2).reshape(n, -1)

    def templates(*weights: np.ndarray) -> np.ndarray:
        parts = (rows_of(each, axis) for each, axis in zip(weights, axes, strict=True))
        return np.concatenate([of_classes(rows) for rows in parts], 1)

    def bias(*biases: np.ndarray) -> np.ndarray:
        return sum(each.reshape(-1, slots)[:, first:end].sum(0) for each in biases)

    return made_of_parts(
        name,
        [scale.weight for scale in scales],
        [scale.bias for scale in scales],
        (templates, bias),
        (n, width),
        note + _reason(scales, slots),
    )


def _reason(scales: Sequence[Scale], slots: int) -> str:
    anchors = [scale.rows // slots for scale in scales]
    parts, several = scales[0].weight.name, len(scales) > 1
    if several:
        parts = f"{parts} to {scales[-1].weight.name} ({len(scales)} scales)"
    rows = "its row" if set(anchors) == {1} else f"its rows for {_counted(anchors)} anchors"
    where = " in each scale" if several else ""
    beside = ", side by side" if several or max(anchors) > 1 else ""
    return f"made of a detector's {parts}: for each class {rows}{where}{beside}"


def _counted(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"


def _training_only(name: str, heads: dict) -> str:
    """YOLOv10 has a second set of classifiers, which answers once it is trained."""
    container, dot, own = name.rpartition(".")
    twin = f"{container}{dot}{ONE_TO_ONE}{own}"
    return f"used in training only, the network answers with {twin}; " if twin in heads else ""


def _unsettled(name: str, scales: Sequence[Scale], classes: int | None) -> ComposedHead:
    """A head whose number of classes is not known: listed, and refused when it is asked for."""
    rows, beside = scales[0].rows, scales[0].skipped + scales[0].extra
    made = f"anchors x ({beside} + classes)" if beside else "anchors x classes"
    told = "which the file does not tell" if not classes else f"which {classes} classes do not fit"
    lacks = (
        f"expected how many classes {name} has, found {rows} rows = {made}, {told}; "
        "give their names with --labels (in Python: labels=), or --classes in `semdepth head`"
    )

    def load() -> np.ndarray:
        raise HeadError(lacks)

    size = matrix_size(scales[0].weight)
    weight = StoredTensor(name, size, scales[0].weight.dtype, load)
    reason = f"a detector's {rows} rows = {made}, {told}: give --labels or --classes"
    return ComposedHead(Candidate(weight, None, *size, 0, reason, excluded=True), lacks)
