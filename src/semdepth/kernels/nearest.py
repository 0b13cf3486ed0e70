"""The nearest of many directions by blocks of dot products: exact, and no matrix is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from semdepth.kernels.threads import row_blocks

# Cells of a block of dot products: 128 MB in float32.
_BLOCK_CELLS = 1 << 25
# A row's greatest are looked for behind a bound that so many groups of columns give.
_GROUPS = 128


@dataclass(frozen=True, eq=False, slots=True)
class Nearest:
    """For each of n rows its k nearest others (n, k) int32, the nearest first, and how near.

    ``least`` is the least dot product of all pairs, or None where not all were looked at.
    """

    neighbours: np.ndarray
    products: np.ndarray
    least: float | None


def nearest_rows(
    rows: np.ndarray, count: int, progress: Callable[[int, int], None] | None = None
) -> Nearest:
    """The ``count`` rows with the greatest dot products to each row (n, d), itself left out.

    Of equal products the smaller position comes first. Costs ``2 n² d`` operations and a pass
    over each block; holds the answer and a block. ``count`` is below n.
    """
    n = len(rows)
    neighbours = np.empty((n, count), dtype=np.int32)
    products = np.empty((n, count), dtype=rows.dtype)
    least = np.inf
    for block in row_blocks(n, _rows_of_a_block(n)):
        chosen = np.arange(block.start, block.stop)
        found = rows[block] @ rows.T
        least = min(least, float(found.min()))
        neighbours[block], products[block] = _nearest_others(found, chosen, count)
        if progress is not None:
            progress(block.stop, n)
    return Nearest(neighbours, products, least)


def nearest_among(
    rows: np.ndarray, chosen: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """The same for some of the rows alone: positions and products, (len(chosen), count) each."""
    neighbours = np.empty((len(chosen), count), dtype=np.int32)
    products = np.empty((len(chosen), count), dtype=rows.dtype)
    for block in row_blocks(len(chosen), _rows_of_a_block(len(rows))):
        found = rows[chosen[block]] @ rows.T
        neighbours[block], products[block] = _nearest_others(found, chosen[block], count)
    return neighbours, products


def nearest_of(rows: np.ndarray, chosen: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """For some rows the place among the candidates of the nearest one, (len(chosen),)."""
    place = np.empty(len(chosen), dtype=np.int64)
    directions = rows[candidates]
    for block in row_blocks(len(chosen), _rows_of_a_block(len(candidates))):
        place[block] = (rows[chosen[block]] @ directions.T).argmax(axis=1)
    return place


def _rows_of_a_block(width: int) -> int:
    return max(1, _BLOCK_CELLS // width)


def _nearest_others(
    found: np.ndarray, chosen: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    found[np.arange(len(chosen)), chosen] = -np.inf
    return _greatest(found, count)


def _greatest(values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns and values of each row's greatest cells, (m, count), the greatest first."""
    m, n = values.shape
    least = _lower_bound(values, count)
    cells = np.flatnonzero(values >= least[:, None])
    row, column = np.divmod(cells, n)
    value = values.ravel()[cells]
    # Stable, so that equal values stay in the order of their columns.
    order = np.lexsort((-value, row))
    starts = np.searchsorted(row, np.arange(m))
    chosen = order[starts[:, None] + np.arange(count)]
    return column[chosen], value[chosen]


def _lower_bound(values: np.ndarray, count: int) -> np.ndarray:
    """For each row a bound that at least ``count`` of its cells reach, and few more do, (m,).

    If ``count`` groups of columns have a maximum of at least b, as many cells are b or more.
    """
    m, n = values.shape
    width = n // _GROUPS
    if count > _GROUPS // 2 or width < 2:
        return np.partition(values, n - count, axis=1)[:, n - count]
    grouped = values[:, : width * _GROUPS].reshape(m, width, _GROUPS).max(axis=1)
    return np.partition(grouped, _GROUPS - count, axis=1)[:, _GROUPS - count]
