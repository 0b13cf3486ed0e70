"""Affinity propagation's messages as full matrices: for few items, or very many ties.

Where thousands of pairs are equally similar (a confusion matrix is mostly zeros), most
responsibilities hover around zero, and keeping the few that matter
(:mod:`semdepth.kernels.affinity.messages`) no longer pays; of few items it never does. Here R
and A are matrices again. The update of A that ends one iteration and the update of R that begins
the next are one sweep over blocks of rows that stay in the cache; the numbers come from the
textbook's operations in its order.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np

from semdepth.kernels.affinity.ties import TieBroken
from semdepth.kernels.threads import row_blocks
from semdepth.kernels.twins import Twin, read_only

TWIN = Twin("affinity.compiled_dense", loading=0.35)
# Seconds for a cell and exchange that the twin saves.
_SAVED = 3e-9

_BLOCK_CELLS = 1 << 16


class DenseMessages:
    """The state of the exchange; :meth:`exchange` is one iteration.

    A lags by the update that is still due, except on the diagonal, which decides who is an
    exemplar.
    """

    crowded = False

    def __init__(self, similar: TieBroken, damping: float, tick: Callable[[], None] | None = None):
        """``tick`` is for long preparations; here are none."""
        n = len(similar)
        self.similar = similar
        self.damping = damping
        self.responsibility = np.zeros((n, n))
        self.availability = np.zeros((n, n))
        self.own_availability = np.zeros(n)
        self.column_sum: np.ndarray | None = None
        self.rows = max(1, _BLOCK_CELLS // n)
        # One row more than a block: it carries the column sums of the blocks before, so that
        # the reduction adds row after row from the first to the last.
        self.buffer = np.empty((self.rows + 1, n))

    def exchange(self) -> np.ndarray:
        """One iteration; says which items are exemplars after it, (n,) bool."""
        n = len(self.similar)
        sums = np.zeros(n)
        twin = TWIN.serves(_SAVED * n * n)
        for rows in row_blocks(n, self.rows):
            sums = self._exchange_rows(rows, sums) if twin is None else self._by(twin, rows, sums)
        self.column_sum = sums
        own = self.responsibility.diagonal()
        change = (own - sums) * (1 - self.damping)
        self.own_availability = self.own_availability * self.damping - change
        return self.own_availability + own > 0

    def _exchange_rows(self, rows: slice, sums: np.ndarray) -> np.ndarray:
        """Both messages of some rows; the column sums with theirs added."""
        if self.column_sum is not None:
            self._update_availability(rows)
        self._update_responsibility(rows)
        return self._add_columns(rows, sums)

    def _by(self, twin: ModuleType, rows: slice, sums: np.ndarray) -> np.ndarray:
        is_due = self.column_sum is not None
        twin.exchange_rows(
            rows.start,
            read_only(self.similar.rows(rows)),
            (self.damping, 1 - self.damping, is_due),
            (self.responsibility[rows], self.availability[rows]),
            (self.own_availability, self.column_sum if is_due else sums, sums),
        )
        return sums

    def _update_availability(self, rows: slice) -> None:
        change = self._block(rows)
        availability = self.availability[rows]
        np.maximum(self.responsibility[rows], 0, out=change)
        change -= self.column_sum
        np.maximum(change, 0, out=change)
        change *= 1 - self.damping
        availability *= self.damping
        availability -= change
        _diagonal(availability, rows)[:] = self.own_availability[rows]

    def _update_responsibility(self, rows: slice) -> None:
        similarity, change = self.similar.rows(rows), self._block(rows)
        item = np.arange(len(change))
        np.add(self.availability[rows], similarity, out=change)
        best = change.argmax(axis=1)
        highest = change[item, best]
        change[item, best] = -np.inf
        second = change.max(axis=1)
        np.subtract(similarity, highest[:, None], out=change)
        change[item, best] = similarity[item, best] - second
        change *= 1 - self.damping
        responsibility = self.responsibility[rows]
        responsibility *= self.damping
        responsibility += change

    def _add_columns(self, rows: slice, sums: np.ndarray) -> np.ndarray:
        support = self._block(rows)
        np.maximum(self.responsibility[rows], 0, out=support)
        _diagonal(support, rows)[:] = _diagonal(self.responsibility[rows], rows)
        self.buffer[0] = sums
        return np.add.reduce(self.buffer[: len(support) + 1], axis=0)

    def _block(self, rows: slice) -> np.ndarray:
        return self.buffer[1 : rows.stop - rows.start + 1]


def _diagonal(block: np.ndarray, rows: slice) -> np.ndarray:
    """The cells of a block of rows that lie on the whole matrix's diagonal, as a view."""
    return np.einsum("ii->i", block[:, rows])
