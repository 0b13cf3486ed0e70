"""The noise that decides between equal similarities in affinity propagation.

Both kinds add ``(eps * s + tiny * 100) * normal`` to a similarity ``s``, as scikit-learn does.
They differ in where the normal number comes from, and so in what must be held in memory:

- :class:`LegacyNoise` draws from ``RandomState``, scikit-learn's stream. A stream comes in one
  order only, so the similarities are copied and the copy holds the noise.
- :class:`CounterNoise` computes the number of a cell from the seed and the cell's position
  alone. Whoever reads a cell adds its noise; the matrix stays as it is, and is the only one.

The exchange of messages reads a matrix through :class:`TieBroken` only: whole rows, and single
cells. The matrix may be one that is computed when it is read
(:mod:`semdepth.kernels.recomputed`), where the noise is computed too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.kernels.recomputed import RecomputedCells, sub_block
from semdepth.kernels.threads import row_blocks

# SplitMix64 (Steele, Lea & Flood 2014): the step of its counter, and its two multipliers.
STEP = 0x9E3779B97F4A7C15
FIRST_MULTIPLIER = 0xBF58476D1CE4E5B9
SECOND_MULTIPLIER = 0x94D049BB133111EB
# The sum of four numbers of 16 bits has this mean; its standard deviation is 65536 / sqrt(3).
MEAN_OF_FOUR = 2 * 65535
UNIT = 3**0.5 / 65536
# Above the greatest that such a sum gives, sqrt(12).
_GREATEST_NORMAL = 4.0

_BLOCK_CELLS = 1 << 20


@dataclass(frozen=True, eq=False, slots=True)
class TieBroken:
    """Similarities (n, n) with the preference on the diagonal, and a noise that breaks ties.

    ``values`` are the similarities. Where ``start`` is None they hold noise and preference
    already; otherwise ``own`` (n,) is the diagonal, and noise is added to what is read.
    """

    values: np.ndarray | RecomputedCells
    own: np.ndarray
    start: int | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def dtype(self) -> np.dtype:
        return self.values.dtype

    def rows(self, rows: slice | np.ndarray) -> np.ndarray:
        """Some rows (k, n); not to be written to, they may be a view."""
        found = self.values[rows]
        if self.start is None:
            return found
        which = np.arange(len(self))[rows]
        found = self.with_noise(found, which[:, None], np.arange(len(self)))
        found[np.arange(len(which)), which] = self.own[which]
        return found

    def plain_rows(self, rows: slice | np.ndarray) -> np.ndarray:
        """The same quickly: noise may be missing, and the diagonal may be anything."""
        return self.values[rows]

    def cells(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """The similarities of pairs of items, off the diagonal."""
        return self.with_noise(self.values[row, column], row, column)

    def among(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """The similarities of some items to some others, the same item's to itself included."""
        plain = sub_block(self.values, rows, columns)
        found = self.with_noise(plain, rows[:, None], columns)
        if self.start is not None:
            itself = rows[:, None] == columns
            found[itself] = self.own[np.broadcast_to(rows[:, None], found.shape)[itself]]
        return found

    def most_similar(self, rows: slice, columns: np.ndarray) -> np.ndarray:
        """For each of some rows the place of its greatest cell among ``columns``; ties: the first.

        An item's similarity to itself may be anything, so ask for other items' rows.
        """
        found = sub_block(self.values, rows, columns)
        best = found.argmax(axis=1)
        if self.start is None:
            return best
        # Noise is needed only where another cell comes as close as noise can bring it.
        greatest = found[np.arange(len(found)), best]
        close = greatest - self.dtype.type(2 * self.most_noise(float(np.abs(greatest).max())))
        unsure = np.flatnonzero((found >= close[:, None]).sum(axis=1) > 1)
        rivals = self.cells(unsure[:, None] + rows.start, columns)
        best[unsure] = rivals.argmax(axis=1)
        return best

    def most_noise(self, largest: float) -> float:
        """A bound of the noise in a cell that is read, where cells are at most ``largest``."""
        if self.start is None:
            return 0.0
        kind = np.finfo(self.dtype)
        return _GREATEST_NORMAL * float(kind.eps * largest + kind.tiny * 100)

    def with_noise(self, found: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """What :meth:`cells` are where :meth:`plain_rows` has so much, (like ``found``)."""
        if self.start is None:
            return found
        return found + _amplitude(found) * counted_normal(self.start, len(self), row, column, found)


@dataclass(frozen=True, slots=True)
class LegacyNoise:
    """scikit-learn's noise for a seed: the same labels, at the cost of a second matrix."""

    seed: int

    def break_ties(self, similarity: np.ndarray, preference: float) -> TieBroken:
        n, legacy = len(similarity), np.random.RandomState(self.seed)
        values = similarity.copy()
        values.flat[:: n + 1] = preference
        for rows in row_blocks(n, max(1, _BLOCK_CELLS // n)):
            block = values[rows]
            block += _amplitude(block) * legacy.standard_normal(block.shape)
        return TieBroken(values, values.diagonal().copy())


@dataclass(frozen=True, slots=True)
class CounterNoise:
    """Noise by a counter, SplitMix64: four 16-bit parts of its number, added up.

    Only exact operations on integers and one multiplication are behind it, so that it is the
    same on every machine and in every implementation.
    """

    seed: int

    def break_ties(self, similarity: np.ndarray | RecomputedCells, preference: float) -> TieBroken:
        n = len(similarity)
        own = np.full(n, preference, dtype=similarity.dtype)
        items = np.arange(n)
        own += _amplitude(own) * counted_normal(self.start, n, items, items, own)
        return TieBroken(similarity, own, self.start)

    @property
    def start(self) -> int:
        """The counter's value before the first cell: the seeds' streams lie far apart."""
        return int(_mixed(np.array([self.seed * STEP % 2**64], dtype=np.uint64))[0])


def counted_normal(
    start: int, n: int, row: np.ndarray, column: np.ndarray, like: np.ndarray
) -> np.ndarray:
    """Nearly normal numbers (mean 0, variance 1, at most sqrt(12)) of cells of an (n, n) matrix."""
    counter = row.astype(np.uint64) * np.uint64(n) + column.astype(np.uint64)
    counter += np.uint64(1)
    counter *= np.uint64(STEP)
    counter += np.uint64(start)
    _mixed(counter)
    low = np.uint64(0xFFFF)
    total = counter & low
    for shift in (16, 32, 48):
        total += (counter >> np.uint64(shift)) & low
    return (total.astype(like.dtype) - like.dtype.type(MEAN_OF_FOUR)) * like.dtype.type(UNIT)


def _mixed(counter: np.ndarray) -> np.ndarray:
    """SplitMix64's number for each value of its counter, in place."""
    counter ^= counter >> np.uint64(30)
    counter *= np.uint64(FIRST_MULTIPLIER)
    counter ^= counter >> np.uint64(27)
    counter *= np.uint64(SECOND_MULTIPLIER)
    counter ^= counter >> np.uint64(31)
    return counter


def _amplitude(values: np.ndarray) -> np.ndarray:
    kind = np.finfo(values.dtype)
    return kind.eps * values + kind.tiny * 100
