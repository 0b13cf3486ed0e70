"""The median of a large matrix without a copy of it."""

from __future__ import annotations

import numpy as np

from semdepth.kernels.recomputed import RecomputedCells, block_size
from semdepth.kernels.threads import share_rows, thread_count

_BLOCK_CELLS = 1 << 18
_SAMPLE = 1 << 16
# Below this a copy and a partition are the quicker way.
_FEW = 1 << 18


def median(values: np.ndarray | RecomputedCells) -> np.floating:
    """``np.median(values)`` of a matrix (n, m) of finite numbers, to the bit.

    Two quantiles of a sample enclose the median, almost surely: five standard deviations of a
    sampled rank on either side. One pass counts the cells below and collects those between,
    some two in a hundred, and of these one has the rank that is wanted. The counts tell whether
    the two held it; if not, all cells on that side are the next to be searched. Of a matrix that
    is recomputed only the upper triangle is.
    """
    if values.size < _FEW:
        return np.median(values[:])
    low, high = _enclosing(values)
    ranks = (values.size - 1) // 2, values.size // 2
    if isinstance(values, RecomputedCells):
        # All others stand there twice; the ones on the diagonal are the greatest.
        ranks = ranks[0] // 2, ranks[1] // 2
    while True:
        below, between = _split(values, low, high)
        if below > ranks[0]:
            low, high = -np.inf, low
        elif below + len(between) <= ranks[1]:
            low, high = high, np.inf
        else:
            wanted = [rank - below for rank in ranks]
            return np.mean(np.partition(between, wanted)[wanted])


def _enclosing(values: np.ndarray | RecomputedCells) -> tuple[np.floating, np.floating]:
    """Two cells that have the median between them, most likely."""
    places = np.random.default_rng(0).integers(values.size, size=_SAMPLE)
    sample = np.sort(values[places // values.shape[1], places % values.shape[1]])
    away = int(2.5 * _SAMPLE**0.5)
    return sample[_SAMPLE // 2 - away], sample[_SAMPLE // 2 + away]


def _split(
    values: np.ndarray | RecomputedCells, low: np.floating, high: np.floating
) -> tuple[int, np.ndarray]:
    """How many cells lie below ``low``, and the cells from ``low`` to ``high``."""
    below = np.zeros(len(values), dtype=np.int64)
    between: list[np.ndarray] = []

    def look(rows: slice) -> None:
        block = _looked_at(values, rows)
        less = block < low
        below[rows.start] = np.count_nonzero(less)
        between.append(block.ravel()[np.flatnonzero((block <= high) > less)])

    share_rows(len(values), look, thread_count(), block_size(values, _BLOCK_CELLS))
    return int(below.sum()), np.concatenate(between)


def _looked_at(values: np.ndarray | RecomputedCells, rows: slice) -> np.ndarray:
    """A block of rows; of a matrix that is recomputed, NaN stands up to the diagonal."""
    if not isinstance(values, RecomputedCells):
        return values[rows]
    block = values.block(rows, slice(rows.start, None))
    block[np.tril_indices(len(block))] = np.nan
    return block
