"""Each item's most similar others, found in one pass over a similarity matrix.

To pick the m most similar out of n without sorting a row, the row is folded into groups: cell k
belongs to group k mod G. The (m + 1)-th greatest of the groups' maxima is a bound that at least
m + 1 cells reach, one in each of that many groups, so the m greatest cells are among those that
reach it. These are few more than m, and only they are sorted. (Neighbours in the row, which are
often alike, fall into different groups.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from semdepth.kernels.affinity.ties import TieBroken
from semdepth.kernels.recomputed import block_size
from semdepth.kernels.threads import row_blocks

# How many of its most similar items each row keeps at hand. On ImageNet heads 32 leave 0 to 3
# rows in a thousand to be computed in full, on structureless data 64 as few.
LENGTH = 64
GROUPS = 512

_BLOCK_CELLS = 1 << 20


@dataclass(frozen=True, eq=False, slots=True)
class ShortLists:
    """Each row's most similar other items: ``columns`` and ``values`` (n, m), columns rising.

    ``beyond`` (n,): no similarity of an item that is not on the list is greater. ``largest``:
    no cell is greater in size. ``noise``: what noise changes in a cell, at most.
    """

    columns: np.ndarray
    values: np.ndarray
    beyond: np.ndarray
    largest: float
    noise: float


def short_lists(
    similar: TieBroken, length: int = LENGTH, tick: Callable[[], None] | None = None
) -> ShortLists:
    """Lists of the ``length`` most similar other items (fewer where there are fewer).

    The lists are chosen without the noise; ``tick`` is called after each of several blocks.
    """
    n = len(similar)
    length = min(length, n - 1)
    columns = np.empty((n, length), dtype=np.int64)
    values = np.empty((n, length), dtype=similar.dtype)
    beyond = np.full(n, -np.inf, dtype=similar.dtype)
    largest = float(np.abs(similar.own).max())
    blocks = list(row_blocks(n, block_size(similar.values, _BLOCK_CELLS)))
    for block in blocks:
        cells = similar.plain_rows(block).copy()
        rows = np.arange(len(cells))
        cells[rows, rows + block.start] = 0
        largest = max(largest, float(cells.max()), -float(cells.min()))
        cells[rows, rows + block.start] = -np.inf
        if length < n - 1:
            columns[block], beyond[block] = _nearest(cells, length)
        else:
            others = np.broadcast_to(np.arange(n), cells.shape)[
                rows[:, None] + block.start != np.arange(n)
            ]
            columns[block] = others.reshape(len(rows), n - 1)
        values[block] = cells[rows[:, None], columns[block]]
        if tick is not None and len(blocks) > 1:
            tick()
    noise = similar.most_noise(largest)
    beyond += similar.dtype.type(noise)
    values = similar.with_noise(values, np.arange(n)[:, None], columns)
    return ShortLists(columns, values, beyond, largest + noise, noise)


def _nearest(cells: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """The columns of each row's greatest cells, rising, and the greatest cell that is left out."""
    place = GROUPS if cells.shape[1] > GROUPS else cells.shape[1]
    maxima = _group_maxima(cells, place)
    least = np.partition(maxima, place - 1 - length, axis=1)[:, place - 1 - length]
    row, column = np.nonzero(cells >= least[:, None])
    value = cells[row, column]
    order = np.lexsort((column, -value, row))
    first = np.searchsorted(row, np.arange(len(cells)))
    chosen = order[first[:, None] + np.arange(length)]
    return np.sort(column[chosen], axis=1), value[order[first + length]]


def _group_maxima(cells: np.ndarray, groups: int) -> np.ndarray:
    rows, n = cells.shape
    whole = n // groups * groups
    maxima = cells[:, :whole].reshape(rows, -1, groups).max(axis=1)
    rest = n - whole
    np.maximum(maxima[:, :rest], cells[:, whole:], out=maxima[:, :rest])
    return maxima
