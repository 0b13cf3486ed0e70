"""What is asked of every row of a similarity matrix: its greatest cells, and sums by depth.

One look at each cell, in plain numpy with some ten operations a row. Where numba is installed and
there are many rows, the twins in ``compiled.py`` do it in one loop, with the same results: the sums
are added up in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from semdepth.kernels.recomputed import RecomputedCells, block_size
from semdepth.kernels.threads import row_blocks, share_rows, thread_count
from semdepth.kernels.twins import compiled_twins

# Loading numba's cached code takes half a second, which is what the loops save here.
COMPILED_FROM = 7_500


def chosen_cells(values: np.ndarray, chosen: np.ndarray, i: int, start: int = 0) -> np.ndarray:
    """Similarities of the i-th of the chosen classes with those from ``start`` on."""
    row = values[chosen[i]]
    # All are chosen as a rule, and then nothing needs copying.
    return row[start:] if len(chosen) == len(row) else row.take(chosen[start:])


def chosen_rows(
    values: np.ndarray | RecomputedCells, chosen: np.ndarray, *, above: bool = False
) -> Iterator[np.ndarray]:
    """Similarities of each chosen class with all of them, or only with those after it."""
    if not isinstance(values, RecomputedCells):
        for i in range(len(chosen)):
            yield chosen_cells(values, chosen, i, i + 1 if above else 0)
        return
    cells = values if len(chosen) == len(values) else values.among(chosen)
    for rows in row_blocks(len(chosen), block_size(cells, 1)):
        block = cells.block(rows, slice(rows.start if above else 0, None))
        for place, row in enumerate(block):
            yield row[place + 1 :] if above else row


def most_alike(values: np.ndarray | RecomputedCells, count: int) -> np.ndarray:
    """The ``count`` greatest cells above the diagonal, (count, 2), the greatest first."""
    n = len(values)
    count = min(count, n * (n - 1) // 2)
    least, kept = -np.inf, np.zeros((0, 3))
    for i, row in enumerate(chosen_rows(values, np.arange(n), above=True)):
        places = np.flatnonzero(row >= least)
        above = np.column_stack((row[places], np.full(len(places), i), i + 1 + places))
        kept = np.concatenate((kept, above))
        if len(kept) > 2 * count:
            kept = _greatest(kept, count)
            least = kept[-1, 0] if count else np.inf
    return _greatest(kept, count)[:, 1:].astype(np.int64)


def _greatest(pairs: np.ndarray, count: int) -> np.ndarray:
    """The first of pairs (m, 3) of a cell, its row and its column."""
    return pairs[np.lexsort((pairs[:, 2], pairs[:, 1], -pairs[:, 0]))[:count]]


def nearest_in_rows(
    values: np.ndarray | RecomputedCells, chosen: np.ndarray, count: int
) -> np.ndarray:
    """For each of k chosen classes the ``count`` most alike others of them, (k, count).

    The most alike first, of equals the first; numbers are positions in ``chosen``. ``count`` is
    below k.
    """
    nearest = np.empty((len(chosen), count), dtype=np.int64)
    compiled = _compiled(values, len(chosen))
    if compiled is not None:
        share_rows(
            len(chosen),
            lambda rows: compiled.nearest_in_rows(values, chosen, nearest, rows.start, rows.stop),
            thread_count(),
        )
        return nearest
    for i, row in enumerate(chosen_rows(values, chosen)):
        alike = row.copy()
        alike[i] = -np.inf
        candidates = np.flatnonzero(alike >= np.partition(alike, -count)[-count])
        nearest[i] = candidates[np.argsort(-alike[candidates], kind="stable")[:count]]
    return nearest


def sums_by_group(
    values: np.ndarray | RecomputedCells,
    chosen: np.ndarray,
    kinds: np.ndarray,
    table: np.ndarray,
    group: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Sums of similarities, and of their squares, over all pairs of each group of depths.

    The chosen classes i and j meet at depth ``table[kinds[i], kinds[j]]``, and ``group`` (D,)
    numbers the depths' groups from 0.
    """
    n_groups = int(group.max(initial=0)) + 1
    compiled = _compiled(values, len(chosen))
    if compiled is not None:
        of_pairs = kinds, table, group
        sums = np.zeros((len(chosen), n_groups, 2))
        share_rows(
            len(chosen),
            lambda rows: compiled.sums_of_rows(
                values, chosen, of_pairs, sums, rows.start, rows.stop
            ),
            thread_count(),
        )
        return tuple(sums.sum(axis=0).T)
    total, square = np.zeros(n_groups), np.zeros(n_groups)
    for i, row in enumerate(chosen_rows(values, chosen, above=True)):
        of_pair = group[table[kinds[i]]].take(kinds[i + 1 :])
        alike = row.astype(np.float64)
        total += np.bincount(of_pair, alike, n_groups)
        square += np.bincount(of_pair, alike**2, n_groups)
    return total, square


def _compiled(values: np.ndarray | RecomputedCells, n: int):
    """The module of the compiled twins where they pay and numba is installed, otherwise None."""
    plain = n < COMPILED_FROM or isinstance(values, RecomputedCells)
    return None if plain else compiled_twins("compiled")
