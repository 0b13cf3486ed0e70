"""Matrices scaled in place, and all pairs' dot products in one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from semdepth.kernels.threads import row_blocks, share_rows, thread_count

# Rows of a block of products: enough for the multiplication to be quick, few enough for the
# block to be in the cache when its least and greatest are looked for.
_ROWS = 256
# Cells of a block of rows that stay in the cache.
_BLOCK_CELLS = 1 << 16
# Side of the squares that are transposed.
_SIDE = 128


def extremes(values: np.ndarray) -> tuple[np.floating, np.floating]:
    """The least and the greatest cell of a matrix, in one pass over memory."""
    least, most = np.array([(block.min(), block.max()) for block in _blocks_in_cache(values)]).T
    return least.min(), most.max()


def scale(values: np.ndarray, least: np.floating, span: np.floating) -> None:
    """``(values - least) / span`` with ones on the diagonal."""
    for block in _blocks_in_cache(values):
        block -= least
        block /= span
    np.fill_diagonal(values, 1.0)


def _blocks_in_cache(values: np.ndarray) -> Iterator[np.ndarray]:
    size = max(1, _BLOCK_CELLS // values.shape[1])
    return (values[rows] for rows in row_blocks(len(values), size))


def upper_products(
    rows: np.ndarray, progress: Callable[[int, int], None] | None = None
) -> tuple[np.ndarray, float, float]:
    """``rows @ rows.T`` (n, n) where column >= row, its least and its greatest.

    Below the diagonal the matrix is not filled yet, nor is its memory taken:
    see :func:`scale_and_mirror`.
    """
    n = len(rows)
    products = np.empty((n, n), dtype=rows.dtype)
    least, most = np.inf, -np.inf
    for block in row_blocks(n, _ROWS):
        found = products[block, block.start :]
        np.matmul(rows[block], rows[block.start :].T, out=found)
        least, most = min(least, found.min()), max(most, found.max())
        if progress is not None:
            progress(block.stop, n)
    return products, least, most


def scale_and_mirror(products: np.ndarray, least: float, span: float) -> None:
    """``(products - least) / span`` with ones on the diagonal, the upper triangle also below."""

    def scale(block: slice) -> None:
        for square in row_blocks(len(products) - block.start, _SIDE):
            columns = slice(block.start + square.start, block.start + square.stop)
            cells = products[block, columns]
            cells -= least
            cells /= span
            if columns.start != block.start:
                products[columns, block] = cells.T
        corner = products[block, block]
        below = np.tril_indices(len(corner), -1)
        corner[below] = corner.T[below]
        np.fill_diagonal(corner, 1.0)

    share_rows(len(products), scale, thread_count(), _SIDE)
