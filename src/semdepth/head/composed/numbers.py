"""Puts the numbers of several stored tensors together when they are loaded, not before."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from semdepth.errors import HeadError
from semdepth.head.classifier_head import StoredTensor
from semdepth.head.evidence import Candidate


@dataclass(frozen=True, slots=True)
class ComposedHead:
    """A candidate made of several tensors; `lacks` says what must be known before it can be."""

    candidate: Candidate
    lacks: str = ""


def loaded(tensor: StoredTensor) -> np.ndarray:
    """The numbers of a tensor. Raises HeadError for another shape than announced."""
    values = tensor.load()
    if values.shape != tensor.shape:
        raise HeadError(
            f"expected {tensor.name} of shape {tensor.shape}, found {values.shape} when it was "
            "loaded; the file may have changed: open it again"
        )
    return values


def rows_of(values: np.ndarray, class_axis: int = 0) -> np.ndarray:
    """The numbers as a matrix: a row for each place on the class axis, the other axes in order."""
    return np.moveaxis(values, class_axis, 0).reshape(values.shape[class_axis], -1)


def matrix_size(tensor: StoredTensor) -> tuple[int, int]:
    """Rows and columns that `rows_of` gives for a tensor."""
    n = tensor.shape[tensor.class_axis]
    return n, math.prod(tensor.shape) // max(n, 1)


def put_together(
    name: str,
    shape: tuple[int, ...],
    parts: Sequence[StoredTensor],
    compute: Callable[..., np.ndarray],
    class_axis: int = 0,
) -> StoredTensor:
    """A tensor that `compute` makes of the parts' numbers, in their type; only loading runs it.

    The computation is in float64, which keeps what is only moved exactly as it was stored.
    """

    def load() -> np.ndarray:
        arrays = [loaded(part) for part in parts]
        # Numbers that are none come out as NaN or infinite, which whoever takes them must refuse.
        with np.errstate(all="ignore"):
            numbers = compute(*(array.astype(np.float64) for array in arrays))
            return numbers.astype(np.result_type(np.float16, *arrays), copy=False)

    return StoredTensor(name, shape, parts[0].dtype, load, class_axis)


def made_of_parts(
    name: str,
    weights: Sequence[StoredTensor],
    biases: Sequence[StoredTensor | None],
    compute: tuple[Callable[..., np.ndarray], Callable[..., np.ndarray]],
    size: tuple[int, int],
    reason: str,
) -> ComposedHead:
    """A head `size` of parts: `compute` makes templates of the weights, one bias of the biases.

    A part without a bias adds none.
    """
    templates, offsets = compute
    present = [bias for bias in biases if bias is not None]
    bias = put_together(f"{name}.bias", size[:1], present, offsets) if present else None
    weight = put_together(name, size, weights, templates)
    return ComposedHead(Candidate(weight, bias, *size, 0, reason, excluded=True))
