"""The state of the compiled exchange of messages, and who computes which rows of it.

The twin of :class:`semdepth.kernels.affinity.messages.Messages`, with equal bits; its loops and
what they rest on are in :mod:`semdepth.kernels.affinity.compiled_rows`. Imported only where numba
is installed and the input is large enough for the import to pay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from semdepth.kernels.affinity import ties
from semdepth.kernels.affinity.compiled_rows import (
    admit_rows,
    exchange_rows,
    list_rows,
    move_rows,
    update_columns,
)
from semdepth.kernels.affinity.messages import CROWDED
from semdepth.kernels.affinity.short_lists import LENGTH
from semdepth.kernels.affinity.ties import TieBroken
from semdepth.kernels.threads import row_blocks, share_rows, thread_count
from semdepth.kernels.twins import read_only

# Starting a thread costs as much as it saves below this many items.
_THREADS_FROM = 3_000
# Entries a row has room for at first, and iterations the history has.
_ROOM = 8
_ITERATIONS = 64
# Rows between two ticks of the preparations.
_ROWS = 4_096


class Similar(NamedTuple):
    """A :class:`TieBroken` as the loops read it; ``amplitude`` is (eps, tiny * 100, unit).

    Where ``amplitude`` is all zero the values have their noise already.
    """

    values: np.ndarray
    own: np.ndarray
    start: np.uint64
    amplitude: np.ndarray


class Lists(NamedTuple):
    """As in ``short_lists.py``, but values falling; ``taken`` (n, m): the cell has an entry."""

    columns: np.ndarray
    values: np.ndarray
    beyond: np.ndarray
    taken: np.ndarray


class Places(NamedTuple):
    """Where each row's entries start in the pool, how many there are, and how many can be."""

    first: np.ndarray
    count: np.ndarray
    room: np.ndarray


class Pool(NamedTuple):
    """Entries: cells with messages of their own."""

    column: np.ndarray
    similarity: np.ndarray
    availability: np.ndarray
    responsibility: np.ndarray


class Items(NamedTuple):
    """Numbers an item has: of its row, of its column, and of its cell on the diagonal."""

    damped_maximum: np.ndarray
    greatest: np.ndarray
    common: np.ndarray
    total: np.ndarray
    own_responsibility: np.ndarray
    own_availability: np.ndarray


class History(NamedTuple):
    """Of each iteration and row (t, n): the greatest sum, its column, and the second greatest."""

    highest: np.ndarray
    best: np.ndarray
    second: np.ndarray


class State(NamedTuple):
    similar: Similar
    lists: Lists
    places: Places
    pool: Pool
    items: Items
    history: History


class Step(NamedTuple):
    """What an iteration has in common for all rows.

    ``done`` iterations lie behind; messages keep ``kept`` (λ) of themselves and take ``new``;
    ``share`` is g = 1 - λ^t; ``noise`` adds at most that to a cell; ``largest`` is no cell, and
    times ``slack`` it is more than rounding can do.
    """

    done: int
    kept: float
    new: float
    share: float
    noise: np.floating
    largest: float
    slack: float


class CompiledMessages:
    """The state of the exchange; :meth:`exchange` is one iteration."""

    def __init__(self, similar: TieBroken, damping: float, tick: Callable[[], None] | None = None):
        n, kind = len(similar), similar.dtype
        self.threads = thread_count() if n >= _THREADS_FROM else 1
        self.damping = damping
        read = _as_read(similar)
        lists, largest, noise = self._short_lists(similar, read, tick)
        self.state = State(
            read,
            lists,
            Places(np.arange(n) * _ROOM, np.zeros(n, np.int64), np.full(n, _ROOM)),
            _pool(n * _ROOM, kind),
            Items(*(np.zeros(n) for _ in range(6))),
            _history(_ITERATIONS, n),
        )
        self.used = n * _ROOM
        slack = 64 * float(np.finfo(np.float64).eps) / (1 - damping)
        # The share grows with the iterations, of which none is done.
        self.step = Step(0, damping, 1 - damping, 0.0, kind.type(noise), largest, slack)

    @property
    def crowded(self) -> bool:
        """Whether so many cells have entries that full matrices are the better form."""
        return int(self.state.places.count.sum()) > CROWDED * len(self.state.places.count) ** 2

    def exchange(self) -> np.ndarray:
        """One iteration; says which items are exemplars after it, (n,) bool."""
        if self.step.done == len(self.state.history.best):
            self.state = self.state._replace(history=_longer(self.state.history))
        step = self.step._replace(share=1 - self.damping ** (self.step.done + 1))
        state = self.state
        n, items = len(state.similar.own), state.items
        wanted = np.zeros(n, dtype=np.int64)
        share_rows(
            n, lambda rows: exchange_rows(rows.start, rows.stop, step, state, wanted), self.threads
        )
        self._admit(step, wanted)
        update_columns(step, self.state)
        self.step = step._replace(done=step.done + 1)
        return items.own_availability + items.own_responsibility > 0

    def _admit(self, step: Step, wanted: np.ndarray) -> None:
        rows, places = np.flatnonzero(wanted), self.state.places
        if not len(rows):
            return
        counts = places.count[rows] + wanted[rows]
        tight = counts > places.room[rows]
        self._make_room(rows[tight], 2 * counts[tight])
        share_rows(len(rows), lambda part: admit_rows(rows[part], step, self.state), self.threads)

    def _make_room(self, rows: np.ndarray, room: np.ndarray) -> None:
        """Move some rows' entries to the end of the pool, with room to grow."""
        pool, places = self.state.pool, self.state.places
        first = self.used + np.cumsum(room) - room
        self.used += int(room.sum())
        if self.used > len(pool.column):
            longer = _pool(self.used + self.used // 4, pool.similarity.dtype)
            for old, new in zip(pool, longer, strict=True):
                new[: len(old)] = old
            pool = longer
            self.state = self.state._replace(pool=pool)
        move_rows(rows, first, places, pool)
        places.room[rows] = room

    def _short_lists(
        self, similar: TieBroken, read: Similar, tick: Callable[[], None] | None
    ) -> tuple[Lists, float, float]:
        n, kind = len(similar), similar.dtype
        m = min(LENGTH, n - 1)
        lists = Lists(
            np.empty((n, m), dtype=np.int32),
            np.empty((n, m), dtype=kind),
            np.empty(n, dtype=kind),
            np.zeros((n, m), dtype=np.bool_),
        )
        sizes = np.empty(n, dtype=kind)
        for part in row_blocks(n, _ROWS):

            def list_part(rows: slice, start: int = part.start) -> None:
                list_rows(start + rows.start, start + rows.stop, read, lists, sizes)

            share_rows(part.stop - part.start, list_part, self.threads)
            if tick is not None and n > _ROWS:
                tick()
        largest = max(float(sizes.max()), float(np.abs(similar.own).max()))
        noise = similar.most_noise(largest)
        lists.beyond[:] += kind.type(noise)
        return lists, largest + noise, noise


def _as_read(similar: TieBroken) -> Similar:
    kind = np.finfo(similar.dtype)
    amplitude = np.zeros(3, dtype=similar.dtype)
    if similar.start is not None:
        amplitude[:] = kind.eps, kind.tiny * 100, ties.UNIT
    own, start = similar.own.copy(), np.uint64(similar.start or 0)
    return Similar(read_only(similar.values), own, start, amplitude)


def _pool(size: int, kind: np.dtype) -> Pool:
    return Pool(
        np.empty(size, dtype=np.int32),
        np.empty(size, dtype=kind),
        np.empty(size),
        np.empty(size),
    )


def _history(iterations: int, n: int) -> History:
    kinds = np.float64, np.int32, np.float64
    return History(*(np.empty((iterations, n), dtype=kind) for kind in kinds))


def _longer(history: History) -> History:
    iterations, n = history.best.shape
    longer = _history(2 * iterations, n)
    for old, new in zip(history, longer, strict=True):
        new[:iterations] = old
    return longer
