"""Heads with weights for groups of classes, and margin heads with several centers a class.

Sources: the GroupFC of ML-Decoder, the GroupWiseLinear of Query2Label, Sub-center ArcFace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from semdepth.head.classifier_head import StoredTensor
from semdepth.head.composed.numbers import ComposedHead, made_of_parts
from semdepth.head.layers import matrix_shape

# A margin head with 2 to MOST_CENTERS rows a class; the paper and its followers take 3.
MARGIN = re.compile(r"(.+[._])?(arc\w*|margin\w*|metric\w*|sub_?center\w*)([._].+)?", re.IGNORECASE)
MOST_CENTERS = 10


def grouped_heads(tensors: Sequence[StoredTensor], classes: int | None) -> list[ComposedHead]:
    """The heads of these kinds; sub-centers only where the number of `classes` is known."""
    by_name = {tensor.name: tensor for tensor in tensors}
    return [
        *_of_ml_decoder(by_name),
        *_of_query2label(by_name),
        *(_of_sub_centers(tensors, classes) if classes else ()),
    ]


def _of_ml_decoder(by_name: dict[str, StoredTensor]) -> Iterator[ComposedHead]:
    """(groups, d, classes a group): class c is column c % size of group c // size."""
    for name, tensor in by_name.items():
        bias = by_name.get(f"{name}_bias")
        if not name.endswith("duplicate_pooling") or bias is None or len(bias.shape) != 1:
            continue
        (n,), shape = bias.shape, tensor.shape
        if len(shape) != 3 or not 2 <= n <= shape[0] * shape[2] or shape[2] == 1:
            continue

        def templates(stored: np.ndarray, n: int = n) -> np.ndarray:
            return stored.transpose(0, 2, 1).reshape(-1, stored.shape[1])[:n]

        reason = (
            f"made of {name}: {shape[0]} groups of up to {shape[2]} classes, each reading the "
            "features of its own query"
        )
        yield made_of_parts(name, [tensor], [bias], (templates, _same), (n, shape[1]), reason)


def _of_query2label(by_name: dict[str, StoredTensor]) -> Iterator[ComposedHead]:
    """W (1, n, d) and b (1, n): each class weighs the features of its own query."""
    for name, tensor in by_name.items():
        bias, shape = by_name.get(f"{name[:-1]}b"), tensor.shape
        ends = name == "W" or name.endswith(".W")
        if not ends or len(shape) != 3 or shape[0] != 1 or min(shape[1:]) < 2:
            continue
        if bias is not None and bias.shape != shape[:2]:
            continue
        reason = f"made of {name}: one row a class, each reading the features of its own query"
        yield made_of_parts(name, [tensor], [bias], (np.squeeze, np.ravel), shape[1:], reason)


def _of_sub_centers(tensors: Sequence[StoredTensor], classes: int) -> Iterator[ComposedHead]:
    """(n * k, d), the k centers of a class one after the other; the network takes the nearest.

    A template is the mean of the directions of its class's centers: no single row is the class.
    """
    for tensor in tensors:
        matrix, layer = matrix_shape(tensor), tensor.name.removesuffix(".weight")
        if matrix is None or tensor.class_axis != 0 or not MARGIN.fullmatch(layer):
            continue
        k, rest = divmod(matrix[0], classes)
        if rest or not 2 <= k <= MOST_CENTERS:
            continue

        def templates(stored: np.ndarray, k: int = k) -> np.ndarray:
            rows = stored.reshape(len(stored), -1)
            lengths = np.linalg.norm(rows, axis=1, keepdims=True)
            directions = rows / np.where(lengths == 0, 1, lengths)
            return directions.reshape(-1, k, rows.shape[1]).mean(1)

        reason = f"made of {tensor.name}: for each class the mean direction of its {k} sub-centers"
        yield made_of_parts(
            f"{layer}.centers", [tensor], [None], (templates, _same), (classes, matrix[1]), reason
        )


def _same(values: np.ndarray) -> np.ndarray:
    return values
