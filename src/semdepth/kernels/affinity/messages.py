"""The messages of affinity propagation, without their matrices and without loss of a bit.

The textbook keeps responsibilities R and availabilities A as n x n matrices beside the
similarities S, and walks over all three some twenty times an iteration. With damping λ::

    R[i,k] ← λ R[i,k] + (1 - λ) (S[i,k] - max over k' ≠ k of (A + S)[i,k'])
    A[i,k] ← λ A[i,k] - (1 - λ) max(max(R[i,k], 0) - c[k], 0)        k ≠ i
    A[k,k] ← λ A[k,k] - (1 - λ) (R[k,k] - c[k])
    c[k]   =  R[k,k] + sum over i ≠ k of max(R[i,k], 0)

Three facts make the matrices unnecessary:

1. As long as R[i,k] has never been positive, A[i,k] has gone through the same operations as
   every other such cell of column k. One number a column, ``common``, stands for them all, and
   only the few cells that ever were positive (the *entries*) need their own.
2. R[i,k] depends on S[i,k] and on what its row's two greatest sums were in each iteration so
   far. With that history kept (three numbers a row and iteration), R of any cell can be replayed
   when it is first needed. It is needed only where it may be positive, which a bound tells:
   up to rounding R[i,k] = g S[i,k] - y[i], with g = 1 - λ^t and y the damped row maxima.
3. Off the diagonal A is never positive, so a row's two greatest sums lie among its most similar
   items unless they fall below the similarity of the first item left out. Each row keeps a
   short list of its nearest items; the rare row for which the list does not suffice is
   computed in full.

Every number is computed by the same operations in the same order as in the textbook's form
(as scikit-learn writes it, with messages in float64 whatever S is in), the sum down a column
included: entries lie in row order, and the rows between add exact zeros. Ties, oscillations and
labels are therefore the same.

Cost of an iteration: about ``n * LENGTH`` cells instead of 20 n². Memory: S, and a few
dozen numbers a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from semdepth.kernels.affinity.short_lists import short_lists
from semdepth.kernels.affinity.ties import TieBroken
from semdepth.kernels.recomputed import block_size
from semdepth.kernels.threads import row_blocks

_BLOCK_CELLS = 1 << 20


@dataclass(eq=False, slots=True)
class Entries:
    """The cells that have messages of their own, sorted so that columns can be summed in order.

    ``key`` is ``row * n + column``, plus n² below the diagonal: all cells above the diagonal
    come first, each column's in the order of rows. ``slot`` is the cell's place on its row's
    short list, -1 if it is not there.
    """

    key: np.ndarray
    row: np.ndarray
    column: np.ndarray
    slot: np.ndarray
    similarity: np.ndarray
    availability: np.ndarray
    responsibility: np.ndarray


# Beyond this share of all cells, entries cost more than full matrices would.
CROWDED = 1 / 16


class Messages:
    """The state of the exchange; :meth:`exchange` is one iteration."""

    def __init__(self, similar: TieBroken, damping: float, tick: Callable[[], None] | None = None):
        n = len(similar)
        self.similar = similar
        self.damping = damping
        self.lists = short_lists(similar, tick=tick)
        self.on_entry = np.zeros(self.lists.columns.shape, dtype=bool)
        self.entries = _no_entries(similar.dtype)
        self.own_similarity = similar.own
        self.own_responsibility = np.zeros(n)
        self.own_availability = np.zeros(n)
        self.common = np.zeros(n)
        self.damped_maximum = np.zeros(n)
        # Per iteration: each row's greatest sum, its column, and the second greatest sum.
        self.highest: list[np.ndarray] = []
        self.best: list[np.ndarray] = []
        self.second: list[np.ndarray] = []
        self.greatest = 0.0

    @property
    def crowded(self) -> bool:
        """Whether so many cells have entries that full matrices are the better form."""
        return len(self.entries.key) > CROWDED * len(self.similar) ** 2

    def exchange(self) -> np.ndarray:
        """One iteration; says which items are exemplars after it, (n,) bool."""
        self._find_maxima()
        self._update_responsibilities()
        self._admit(self._possibly_positive())
        self._update_availabilities()
        return self.own_availability + self.own_responsibility > 0

    def _find_maxima(self) -> None:
        """The two greatest of ``A + S`` in each row, and the column of the first."""
        rows = np.arange(len(self.similar))
        entries, lists = self.entries, self.lists
        sums = self.common[lists.columns]
        sums += lists.values
        listed = entries.slot >= 0
        own_sums = entries.similarity + entries.availability
        sums[entries.row[listed], entries.slot[listed]] = own_sums[listed]
        place = sums.argmax(axis=1)
        first = sums[rows, place]
        sums[rows, place] = -np.inf
        other = sums.max(axis=1)
        column = lists.columns[rows, place]
        own = self.own_similarity + self.own_availability
        # Of equal sums the smaller column counts as the greatest.
        itself = (own > first) | ((own == first) & (rows < column))
        highest = np.where(itself, own, first)
        second = np.where(itself, first, np.maximum(other, own))
        best = np.where(itself, rows, column)
        unsure = np.flatnonzero((second < lists.beyond) | (highest <= lists.beyond))
        if len(unsure):
            highest[unsure], best[unsure], second[unsure] = self._maxima_in_full(
                unsure, own_sums, own, second[unsure]
            )
        self.highest.append(highest)
        self.best.append(best)
        self.second.append(second)

    def _maxima_in_full(
        self, unsure: np.ndarray, own_sums: np.ndarray, own: np.ndarray, reached: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same out of whole rows, of which two cells each are known to reach so much.

        Cells that do not come up to that with the most of noise are passed over.
        """
        place = np.full(len(own), -1)
        place[unsure] = np.arange(len(unsure))
        concerned = np.flatnonzero(place[self.entries.row] >= 0)
        line_of = place[self.entries.row[concerned]]
        highest, second = np.empty(len(unsure)), np.empty(len(unsure))
        best = np.empty(len(unsure), dtype=np.int64)
        for block in self._blocks_of_rows(len(unsure)):
            rows, lines = unsure[block], np.arange(block.stop - block.start)
            inside = _within(line_of, block)
            entries, line = concerned[inside], line_of[inside] - block.start
            plain = self.similar.plain_rows(rows)
            most = plain + self.similar.dtype.type(self.lists.noise)
            most = most + self.common
            most[line, self.entries.column[entries]] = -np.inf
            most[lines, rows] = -np.inf
            at, column = np.nonzero(most >= reached[block, None])
            sums = self.similar.with_noise(plain[at, column], rows[at], column)
            sums = sums + self.common[column]
            at = np.concatenate((at, line, lines))
            column = np.concatenate((column, self.entries.column[entries], rows))
            sums = np.concatenate((sums, own_sums[entries], own[rows]))
            order = np.lexsort((column, -sums, at))
            first = np.searchsorted(at[order], lines)
            best[block] = column[order[first]]
            highest[block] = sums[order[first]]
            second[block] = sums[order[first + 1]]
        return highest, best, second

    def _update_responsibilities(self) -> None:
        entries = self.entries
        entries.responsibility = self._damped(
            entries.responsibility, entries.similarity, entries.row, entries.column, -1
        )
        items = np.arange(len(self.similar))
        self.own_responsibility = self._damped(
            self.own_responsibility, self.own_similarity, items, items, -1
        )

    def _damped(
        self,
        responsibility: np.ndarray,
        similarity: np.ndarray,
        row: np.ndarray,
        column: np.ndarray,
        iteration: int,
    ) -> np.ndarray:
        """Responsibilities of some cells after an iteration, from those before it."""
        is_best = self.best[iteration][row] == column
        change = similarity - np.where(
            is_best, self.second[iteration][row], self.highest[iteration][row]
        )
        change *= 1 - self.damping
        return responsibility * self.damping + change

    def _possibly_positive(self) -> np.ndarray:
        """Cells without an entry, as ``row * n + column``, whose responsibility may be positive."""
        n, lists = len(self.similar), self.lists
        highest, best = self.highest[-1], self.best[-1]
        self.damped_maximum = self.damping * self.damped_maximum + (1 - self.damping) * highest
        # The bound's own rounding and the replayed recurrence's, generously.
        self.greatest = max(self.greatest, float(np.abs(highest).max()))
        scale = self.lists.largest + self.greatest
        slack = 64 * np.finfo(np.float64).eps / (1 - self.damping) * scale
        least = (self.damped_maximum - slack) / (1 - self.damping ** len(self.highest))
        near = lists.values > least[:, None]
        near &= ~self.on_entry
        row, slot = np.nonzero(near)
        cells = [row * n + lists.columns[row, slot]]
        # A row's best column has a greater responsibility than the bound says.
        others = np.flatnonzero(best != np.arange(n))
        cells.append(others * n + best[others])
        far = np.flatnonzero(least <= lists.beyond)
        # The most that noise can add to these cells will do; what it is need not be known here.
        least = least - lists.noise
        for block in self._blocks_of_rows(len(far)):
            rows = far[block]
            row, column = np.nonzero(self.similar.plain_rows(rows) > least[rows, None])
            row = rows[row]
            cells.append((row * n + column)[row != column])
        return np.concatenate(cells)

    def _admit(self, cells: np.ndarray) -> None:
        """Give cells an entry, their responsibility replayed from the first iteration on."""
        n, entries = len(self.similar), self.entries
        row, column = cells // n, cells % n
        key = np.unique(cells + (row > column) * (n * n))
        place = np.searchsorted(entries.key, key)
        known = np.zeros(len(key), dtype=bool)
        inside = place < len(entries.key)
        known[inside] = entries.key[place[inside]] == key[inside]
        key, place = key[~known], place[~known]
        if not len(key):
            return
        row, column = key % (n * n) // n, key % n
        slot = self._slots(row, column)
        listed = slot >= 0
        self.on_entry[row[listed], slot[listed]] = True
        similarity = np.empty(len(key), dtype=self.similar.dtype)
        similarity[listed] = self.lists.values[row[listed], slot[listed]]
        similarity[~listed] = self.similar.cells(row[~listed], column[~listed])
        responsibility = np.zeros(len(similarity))
        for iteration in range(len(self.highest)):
            responsibility = self._damped(responsibility, similarity, row, column, iteration)
        self.entries = Entries(
            key=np.insert(entries.key, place, key),
            row=np.insert(entries.row, place, row),
            column=np.insert(entries.column, place, column),
            slot=np.insert(entries.slot, place, slot),
            similarity=np.insert(entries.similarity, place, similarity),
            availability=np.insert(entries.availability, place, self.common[column]),
            responsibility=np.insert(entries.responsibility, place, responsibility),
        )

    def _slots(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        slots = np.empty(len(row), dtype=np.int64)
        for block in row_blocks(len(row), max(1, _BLOCK_CELLS // self.lists.columns.shape[1])):
            same = self.lists.columns[row[block]] == column[block, None]
            slots[block] = np.where(same.any(axis=1), same.argmax(axis=1), -1)
        return slots

    def _update_availabilities(self) -> None:
        entries = self.entries
        support = np.maximum(entries.responsibility, 0)
        total = self._column_sums(support)
        entries.availability = self._less(entries.availability, support - total[entries.column])
        self.common = self._less(self.common, -total)
        change = (self.own_responsibility - total) * (1 - self.damping)
        self.own_availability = self.own_availability * self.damping - change

    def _less(self, availability: np.ndarray, change: np.ndarray) -> np.ndarray:
        np.maximum(change, 0, out=change)
        change *= 1 - self.damping
        return availability * self.damping - change

    def _column_sums(self, support: np.ndarray) -> np.ndarray:
        """Each column's sum in the order of rows: above the diagonal, on it, below it."""
        n, entries = len(self.similar), self.entries
        above = np.searchsorted(entries.key, n * n)
        sums = np.zeros(n)
        np.add.at(sums, entries.column[:above], support[:above])
        sums += self.own_responsibility
        np.add.at(sums, entries.column[above:], support[above:])
        return sums

    def _blocks_of_rows(self, count: int) -> Iterator[slice]:
        """``count`` whole rows in blocks that fit the cache, or that are quickly recomputed."""
        return row_blocks(count, block_size(self.similar.values, _BLOCK_CELLS))


def _no_entries(kind: np.dtype) -> Entries:
    places = (np.zeros(0, dtype=np.int64) for _ in range(4))
    return Entries(*places, np.zeros(0, dtype=kind), np.zeros(0), np.zeros(0))


def _within(values: np.ndarray, block: slice) -> np.ndarray:
    return (values >= block.start) & (values < block.stop)
