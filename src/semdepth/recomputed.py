"""Similarities without their matrix: exact, but computed again whenever they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from semdepth.class_names import as_code
from semdepth.head import ClassifierHead
from semdepth.kernels.recomputed import RecomputedCells, recomputed_cells
from semdepth.kernels.similarity_rows import most_alike
from semdepth.similarity import check_spread, unit_rows


@dataclass(frozen=True, eq=False, slots=True)
class RecomputedSimilarity:
    """What a :class:`semdepth.similarity.SimilarityMatrix` is, for heads whose matrix does not fit.

    ``values`` are read like an array (n, n) float32, and computed from the n templates at every
    reading, each time to the same bits.
    """

    kind: ClassVar[str] = "structural"
    note: ClassVar[str] = "exact, from similarities that were recomputed when needed, not kept"

    labels: tuple[str, ...]
    values: RecomputedCells

    def __repr__(self) -> str:
        return f"RecomputedSimilarity({len(self.labels):,} classes)"

    def _repr_html_(self) -> str:
        return as_code(self)

    def of(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Similarities of the pairs of classes that two arrays of positions name."""
        return self.values[i, j]

    def most_alike(self, count: int) -> np.ndarray:
        """The ``count`` most similar pairs, (count, 2) with i < j, most similar first."""
        return most_alike(self.values, count)


def recomputed_similarity(
    head: ClassifierHead, *, progress: Callable[[int, int], None] | None = None
) -> RecomputedSimilarity:
    """How alike a network perceives its classes, for a head of any size, in memory of O(n d).

    The similarities are those of :func:`semdepth.similarity.structural_similarity` in float32,
    up to the rounding of cosines; so are the errors. ``progress(done, n)`` is told how far the
    pass over all pairs is that finds the least similar ones.

    >>> head = ClassifierHead(("cat", "dog", "car"), np.array([[2, 1], [1, 1], [-1, 2.0]]), "fc")
    >>> recomputed_similarity(head).values[:].round(3)
    array([[1.   , 0.949, 0.   ],
           [0.949, 1.   , 0.316],
           [0.   , 0.316, 1.   ]], dtype=float32)
    """
    rows = unit_rows(head.labels, head.templates, "templates", f" (tensor {head.tensor})")
    cells, least, most = recomputed_cells(rows, progress)
    check_spread(least, most, cells)
    return RecomputedSimilarity(head.labels, cells)
