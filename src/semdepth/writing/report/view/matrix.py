"""The similarity matrix in display order and 8 bits, and the network's own hierarchy."""

from __future__ import annotations

import base64
from itertools import pairwise

import numpy as np

from semdepth.analysis import Analysis
from semdepth.induction import induce
from semdepth.writing.figures.matrix import class_order
from semdepth.writing.report.view.columns import rounded

# Up to so many classes every pair has its cell; above, blocks of classes do.
WHOLE_UP_TO = 1_500
BLOCKS = 750
INDUCED_UP_TO = 5_000


def matrix_view(analysis: Analysis) -> dict | None:
    """The cells' upper triangle, diagonal included, a byte each; None without similarities."""
    if analysis.similarity is None:
        return None
    order, _ = class_order(analysis.similarity, analysis.graph)
    cells = block_means(analysis.similarity.values, order, size_of(len(order)))
    low, high = float(cells.min()), float(cells.max())
    scaled = (cells - low) * (255 / (high - low) if high > low else 0.0)
    upper = np.rint(scaled).astype(np.uint8)[np.triu_indices(len(cells))]
    return {
        "order": order.tolist(),
        "size": len(cells),
        "cells": base64.b64encode(upper.tobytes()).decode(),
        "low": low,
        "high": high,
    }


def size_of(n: int) -> int:
    """How many rows the matrix of n classes is shown with."""
    return n if n <= WHOLE_UP_TO else BLOCKS


def block_means(values: np.ndarray, order: np.ndarray, size: int) -> np.ndarray:
    """Means over ``size`` x ``size`` blocks of the matrix in another order.

    Block ``k`` covers the places from ``k n // size`` up to ``(k + 1) n // size``.

    >>> block_means(np.array([[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]]), np.array([2, 1, 0]), 2)
    array([[1.  , 0.25],
           [0.25, 0.75]])
    """
    n = len(order)
    if size == n:
        return np.asarray(values[np.ix_(order, order)], dtype=np.float64)
    starts = np.arange(size + 1) * n // size
    sums = [
        np.add.reduceat(values[order[first:last]].sum(axis=0, dtype=np.float64)[order], starts[:-1])
        for first, last in pairwise(starts)
    ]
    counts = np.diff(starts)
    return np.array(sums) / np.outer(counts, counts)


def own_hierarchy_view(analysis: Analysis) -> dict | None:
    """How the classes merge by their likeness; None without similarities, and above 5,000."""
    similarity = analysis.similarity
    if similarity is None or len(similarity.labels) > INDUCED_UP_TO:
        return None
    found = induce(similarity)
    return {
        "merges": found.merges.tolist(),
        "heights": rounded(found.heights),
        "linkage": found.linkage,
    }
