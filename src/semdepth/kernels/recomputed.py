"""The cells of a matrix of dot products, computed from its vectors whenever they are asked for.

What is computed twice must come out the same twice. A product of matrices adds up a cell's terms
in an order that depends on the shapes of the blocks, on the threads and on the processor, and in
float32 one cell in sixty changes its last bits between a block of 3 rows and one of 256. So here
nothing is rounded that could be: the vectors' entries are multiples of 2^-26. Then every product
of two entries is a multiple of 2^-52, and for vectors that are hardly longer than 1 no sum of such
products, of whichever terms, comes up to 2 (Cauchy and Schwarz). float64 holds all multiples of
2^-52 below 2. Every sum is exact, in any order: a cell has one value, however it is asked for.

The entries' own rounding moves a cosine by some 1e-8, less than float32 does, which the cells are
rounded to. A product in float64 takes twice the time of one in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from semdepth.kernels.threads import row_blocks

_GRID = 2.0**26
# Rows of a block: fewer would make the multiplication slower.
_ROWS = 256
# Columns that are multiplied at a time, while the products are wide: 8 MB of them.
_COLUMNS = 4_096
# Entries of the vectors of a block of pairs: 16 MB.
_BLOCK_ENTRIES = 1 << 21

Chosen = slice | np.ndarray


@dataclass(frozen=True, eq=False, slots=True)
class RecomputedCells:
    """An (n, n) float32 matrix ``(rows @ rows.T - least) / span`` with ones on its diagonal.

    It is read like an array: ``cells[i]`` is a row (n,), ``cells[rows]`` are some rows (k, n), and
    ``cells[i, j]`` are the cells of pairs; each is computed anew. ``rows`` (n, d) float64 have
    entries on the grid: see :func:`recomputed_cells`.
    """

    rows: np.ndarray
    least: np.float32
    span: np.float32

    def __post_init__(self):
        self.rows.setflags(write=False)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows)

    @property
    def size(self) -> int:
        return len(self.rows) ** 2

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(np.float32)

    def __getitem__(self, key) -> np.ndarray:
        if isinstance(key, tuple):
            return self._of_pairs(*np.broadcast_arrays(*key))
        if isinstance(key, slice | np.ndarray):
            return self.block(key)
        row = self._scaled(self.rows @ self.rows[key])
        row[key] = 1
        return row

    def __iter__(self) -> Iterator[np.ndarray]:
        """The rows in their order, a block of them computed at a time."""
        for rows in row_blocks(len(self), _ROWS):
            yield from self.block(rows)

    def block(self, rows: Chosen, columns: Chosen = slice(None)) -> np.ndarray:
        """Some rows' cells in some columns, (k, m); the columns are different ones."""
        left, right = self.rows[rows], self.rows[columns]
        found = np.empty((len(left), len(right)), dtype=self.dtype)
        for part in row_blocks(len(right), _COLUMNS):
            found[:, part] = self._scaled(left @ right[part].T)
        items = np.arange(len(self))
        place = np.full(len(self), -1)
        place[columns] = np.arange(len(right))
        at = place[items[rows]]
        itself = np.flatnonzero(at >= 0)
        found[itself, at[itself]] = 1
        return found

    def among(self, chosen: np.ndarray) -> RecomputedCells:
        """The same matrix of some of the items."""
        return RecomputedCells(self.rows[chosen], self.least, self.span)

    def _of_pairs(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        products = np.empty(i.shape)
        first, second, into = i.ravel(), j.ravel(), products.reshape(-1)
        for pairs in row_blocks(len(into), max(1, _BLOCK_ENTRIES // self.rows.shape[1])):
            ends = self.rows[first[pairs]], self.rows[second[pairs]]
            into[pairs] = np.einsum("ij,ij->i", *ends)
        return np.where(i == j, self.dtype.type(1), self._scaled(products))[()]

    def _scaled(self, products: np.ndarray) -> np.ndarray:
        cells = products.astype(self.dtype)
        cells -= self.least
        cells /= self.span
        return cells


def recomputed_cells(
    vectors: np.ndarray, progress: Callable[[int, int], None] | None = None
) -> tuple[RecomputedCells, np.float32, np.float32]:
    """The cosines of unit vectors (n, d) as cells from 0 to 1; the least and the greatest cosine.

    One pass over the upper triangle, of which ``progress(done, n)`` is told.
    """
    rows = vectors.astype(np.float64)
    rows *= _GRID
    np.rint(rows, out=rows)
    rows /= _GRID
    least, most = np.inf, -np.inf
    for block in row_blocks(len(rows), _ROWS):
        for part in row_blocks(len(rows) - block.start, _COLUMNS):
            found = rows[block] @ rows[block.start :][part].T
            least, most = min(least, found.min()), max(most, found.max())
        if progress is not None:
            progress(block.stop, len(rows))
    least, most = np.float32(least), np.float32(most)
    return RecomputedCells(rows, least, most - least), least, most


def sub_block(values: np.ndarray | RecomputedCells, rows: Chosen, columns: np.ndarray):
    """``values[rows][:, columns]``, (k, m), without more of what is recomputed than that."""
    if isinstance(values, RecomputedCells):
        return values.block(rows, columns)
    return values[rows][:, columns] if isinstance(rows, slice) else values[rows[:, None], columns]


def block_size(values: np.ndarray | RecomputedCells, cells: int) -> int:
    """How many rows make a block of about so many cells, or one that is quickly recomputed."""
    size = max(1, cells // values.shape[1])
    return max(size, _ROWS) if isinstance(values, RecomputedCells) else size
