"""The messages of affinity propagation, compiled: the twin of ``messages.py`` with equal bits.

The same three facts, told there, are used in the other order: a row at a time goes through all
that an iteration does to it, while its few numbers are in the cache, and rows are shared out
among threads. What an iteration needs of other rows is two numbers a column, ``common`` and
``total``, which change between iterations only. So nothing depends on who computes a row; sums
down the columns are added by one thread, in the order of rows.

A row's entries stand side by side in a pool, in the order in which they were admitted, and move
to a larger place when they outgrow theirs. Its short list is sorted, the most similar item
first: availabilities are never positive, so no sum is greater than its similarity, and the
search for the two greatest ends where the list falls below the second that was found.

Rows that must be looked at in full are looked at under a bound, 64 cells at a time. Noise adds
at most ``noise`` to a cell, and the short list knows two sums that the row does reach. A block
in which no similarity, with the most of noise and its column's availability, comes up to the
second of these holds neither of the two greatest sums: rounding is monotone, so adding a larger
number never gives a smaller sum. What it holds is not computed, least of all its noise.

``forceinline``: handing a state to a function costs as much as what the function does with it.
Without ``fastmath``: the operations and their order are the numpy twin's. What the arguments
hold is told in ``compiled_messages.py``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from semdepth.kernels.affinity import ties
from semdepth.kernels.affinity.short_lists import GROUPS

_BLOCK = 64

_STEP = np.uint64(ties.STEP)
_FIRST = np.uint64(ties.FIRST_MULTIPLIER)
_SECOND = np.uint64(ties.SECOND_MULTIPLIER)


class Scratch(NamedTuple):
    """Room for a thread: availabilities, found columns and marks, all (n,)."""

    availability: np.ndarray
    found: np.ndarray
    marked: np.ndarray


@njit(cache=True, nogil=True, forceinline=True)
def _noisy(value, row, column, similar):
    """A similarity with its noise, ``TieBroken.cells`` of one cell."""
    relative, absolute, unit = similar.amplitude
    if unit == 0:
        return value
    x = np.uint64(row) * np.uint64(len(similar.own)) + np.uint64(column) + np.uint64(1)
    x = x * _STEP + similar.start
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    x = x ^ (x >> np.uint64(31))
    four = -np.int64(ties.MEAN_OF_FOUR)
    for _ in range(4):
        four += np.int64(x & np.uint64(0xFFFF))
        x = x >> np.uint64(16)
    normal = similar.values.dtype.type(four) * unit
    return value + (relative * value + absolute) * normal


@njit(cache=True, nogil=True)
def list_rows(first, last, similar, lists, sizes):
    """Short lists of some rows, the twin of ``short_lists``; ``sizes``: no cell is larger."""
    n, length = len(similar.own), lists.columns.shape[1]
    groups = min(n, GROUPS)
    cells = np.empty(n, similar.values.dtype)
    maxima, minima = np.empty(groups, cells.dtype), np.empty(groups, cells.dtype)
    for row in range(first, last):
        for column in range(n):
            cells[column] = similar.values[row, column]
        # A stand-in, which may be one of the cells that are one more than needed.
        cells[row] = cells[row - 1]
        _group_extremes(cells, maxima, minima)
        least, greatest = minima[0], maxima[0]
        for group in range(groups):
            least, greatest = min(least, minima[group]), max(greatest, maxima[group])
        sizes[row] = max(greatest, -least)
        if length < n - 1:
            least = _reached_by(maxima, length + 1, least, greatest)
        _list_greatest(row, least, cells, similar, lists)


@njit(cache=True, nogil=True)
def _reached_by(maxima, count, low, high):
    """A number from ``low`` to ``high`` that so many of the maxima reach, and not many more."""
    half = maxima.dtype.type(0.5)
    for _ in range(16):
        middle = low + (high - low) * half
        reach = 0
        for maximum in maxima:
            reach += maximum >= middle
        if reach >= count:
            low = middle
            if reach < count + count // 4:
                break
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def _group_extremes(cells, maxima, minima):
    """The greatest and the least of each group, cell k being in group k mod the groups."""
    groups = len(maxima)
    for group in range(groups):
        maxima[group] = minima[group] = cells[group]
    for start in range(groups, len(cells), groups):
        for group in range(min(groups, len(cells) - start)):
            cell = cells[start + group]
            maxima[group] = cell if cell > maxima[group] else maxima[group]
            minima[group] = cell if cell < minima[group] else minima[group]


@njit(cache=True, nogil=True)
def _list_greatest(row, least, cells, similar, lists):
    """List the greatest of the cells that reach ``least``, of which there are enough."""
    columns, values = lists.columns[row], lists.values[row]
    beyond, count = least, 0
    for column in range(len(cells)):
        if cells[column] < least or column == row:
            continue
        value = _noisy(cells[column], row, column, similar)
        if count == len(values):
            beyond = max(beyond, min(value, values[count - 1]))
            if value <= values[count - 1]:
                continue
            count -= 1
        slot = count
        while slot > 0 and values[slot - 1] < value:
            values[slot], columns[slot] = values[slot - 1], columns[slot - 1]
            slot -= 1
        values[slot], columns[slot] = value, column
        count += 1
    lists.beyond[row] = beyond if count < len(cells) - 1 else -np.inf


@njit(cache=True, nogil=True)
def exchange_rows(first, last, step, state, wanted):
    """One iteration of some rows, but for new entries; ``wanted``: how many each row is to get."""
    scratch = _scratch(state)
    for row in range(first, last):
        _settle_availabilities(row, step, state)
        _find_maxima(row, step, state, scratch)
        _update_responsibilities(row, step, state)
        wanted[row] = _find_candidates(row, step, state, scratch)


@njit(cache=True, nogil=True)
def admit_rows(rows, step, state):
    """Give the candidates of some rows an entry."""
    scratch = _scratch(state)
    for row in rows:
        count = _find_candidates(row, step, state, scratch)
        _admit(row, scratch.found[:count], step, state)


@njit(cache=True, nogil=True)
def move_rows(rows, first, places, pool):
    """Move some rows' entries to other places in the pool."""
    for k in range(len(rows)):
        row = rows[k]
        for entry in range(places.count[row]):
            old, new = places.first[row] + entry, first[k] + entry
            pool.column[new] = pool.column[old]
            pool.similarity[new] = pool.similarity[old]
            pool.availability[new] = pool.availability[old]
            pool.responsibility[new] = pool.responsibility[old]
        places.first[row] = first[k]


@njit(cache=True, nogil=True)
def _scratch(state):
    n, common = len(state.similar.own), state.items.common
    return Scratch(common.copy(), np.empty(n, np.int32), np.zeros(n, np.bool_))


@njit(cache=True, nogil=True, forceinline=True)
def _entries(row, places):
    return range(places.first[row], places.first[row] + places.count[row])


@njit(cache=True, nogil=True, forceinline=True)
def _settle_availabilities(row, step, state):
    """The update that was due when the column sums of the iteration before were complete."""
    pool, total = state.pool, state.items.total
    for entry in _entries(row, state.places):
        change = max(pool.responsibility[entry], 0.0) - total[pool.column[entry]]
        change = max(change, 0.0) * step.new
        pool.availability[entry] = pool.availability[entry] * step.kept - change


@njit(cache=True, nogil=True, forceinline=True)
def _find_maxima(row, step, state, scratch):
    """The two greatest of ``A + S`` in a row, and the column of the first."""
    lists, pool, items = state.lists, state.pool, state.items
    found = state.similar.own[row] + items.own_availability[row], row, -np.inf
    for entry in _entries(row, state.places):
        reaches = pool.similarity[entry] + pool.availability[entry]
        found = _with_sum(found, reaches, pool.column[entry])
    for slot in range(lists.columns.shape[1]):
        if lists.values[row, slot] < found[2]:
            break
        column = lists.columns[row, slot]
        reaches = items.common[column] + lists.values[row, slot]
        found = _with_sum(found, -np.inf if lists.taken[row, slot] else reaches, column)
    highest, best, second = found
    if second < lists.beyond[row] or highest <= lists.beyond[row]:
        highest, best, second = _maxima_in_full(row, second, step, state, scratch)
    history, now = state.history, step.done
    history.highest[now, row] = highest
    history.best[now, row] = best
    history.second[now, row] = second
    items.damped_maximum[row] = items.damped_maximum[row] * step.kept + highest * step.new
    items.greatest[row] = max(items.greatest[row], abs(highest))


@njit(cache=True, nogil=True, forceinline=True)
def _with_sum(found, reaches, column):
    """The greatest, its column and the second, of one sum more.

    Of equal sums either may be called the greatest: what its column gets from the second, the
    other columns get from the greatest.
    """
    highest, best, second = found
    # Without branches, which nobody could foretell.
    is_best = reaches > highest
    second = max(second, min(highest, reaches))
    return max(highest, reaches), column if is_best else best, second


@njit(cache=True, nogil=True)
def _maxima_in_full(row, reached, step, state, scratch):
    """The same out of the whole row, of which two cells are known to reach ``reached``."""
    similar, pool, items = state.similar, state.pool, state.items
    cells, availability = similar.values[row], scratch.availability
    for entry in _entries(row, state.places):
        availability[pool.column[entry]] = pool.availability[entry]
    found = similar.own[row] + items.own_availability[row], row, -np.inf
    for start in range(0, len(cells), _BLOCK):
        block = range(start, min(len(cells), start + _BLOCK))
        hits = 0
        for column in block:
            hits += cells[column] + step.noise + availability[column] >= reached
        if hits:
            for column in block:
                most = cells[column] + step.noise + availability[column]
                if most >= reached and column != row:
                    reaches = _noisy(cells[column], row, column, similar) + availability[column]
                    found = _with_sum(found, reaches, column)
    for entry in _entries(row, state.places):
        availability[pool.column[entry]] = items.common[pool.column[entry]]
    return found


@njit(cache=True, nogil=True, forceinline=True)
def _damped(responsibility, similarity, place, step, history):
    """A responsibility after an iteration, from the one before; ``place``: row, column, which."""
    row, column, iteration = place
    if history.best[iteration, row] == column:
        change = (similarity - history.second[iteration, row]) * step.new
    else:
        change = (similarity - history.highest[iteration, row]) * step.new
    return responsibility * step.kept + change


@njit(cache=True, nogil=True, forceinline=True)
def _update_responsibilities(row, step, state):
    pool, items, history = state.pool, state.items, state.history
    for entry in _entries(row, state.places):
        place = row, pool.column[entry], step.done
        pool.responsibility[entry] = _damped(
            pool.responsibility[entry], pool.similarity[entry], place, step, history
        )
    items.own_responsibility[row] = _damped(
        items.own_responsibility[row], state.similar.own[row], (row, row, step.done), step, history
    )


@njit(cache=True, nogil=True, forceinline=True)
def _find_candidates(row, step, state, scratch):
    """Columns of cells without an entry whose responsibility may be positive; how many."""
    lists, found = state.lists, scratch.found
    scale = step.largest + state.items.greatest[row]
    bound = (state.items.damped_maximum[row] - step.slack * scale) / step.share
    # A row's best column has a greater responsibility than the bound says.
    best = state.history.best[step.done, row]
    if bound <= lists.beyond[row]:
        return _search_row(row, bound, step, state, scratch)
    count = 0
    for slot in range(lists.columns.shape[1]):
        if lists.values[row, slot] <= bound:
            break
        column = lists.columns[row, slot]
        if not lists.taken[row, slot]:
            found[count] = column
            count += 1
        if column == best:
            best = row
    if best != row and not _has_entry(row, best, state):
        found[count] = best
        count += 1
    return count


@njit(cache=True, nogil=True)
def _has_entry(row, column, state):
    found = False
    for entry in _entries(row, state.places):
        found |= state.pool.column[entry] == column
    return found


@njit(cache=True, nogil=True)
def _search_row(row, bound, step, state, scratch):
    """The same out of the whole row."""
    cells, marked, found = state.similar.values[row], scratch.marked, scratch.found
    pool, best = state.pool, state.history.best[step.done, row]
    # The most that noise can add will do; what it is need not be known here.
    least = bound - step.noise
    marked[row] = True
    for entry in _entries(row, state.places):
        marked[pool.column[entry]] = True
    count = 0
    for start in range(0, len(cells), _BLOCK):
        block = range(start, min(len(cells), start + _BLOCK))
        hits = 0
        for column in block:
            hits += cells[column] > least
        if hits or start <= best < start + _BLOCK:
            for column in block:
                if (cells[column] > least or column == best) and not marked[column]:
                    found[count] = column
                    count += 1
    marked[row] = False
    for entry in _entries(row, state.places):
        marked[pool.column[entry]] = False
    return count


@njit(cache=True, nogil=True)
def _admit(row, columns, step, state):
    """Give cells an entry, their responsibility replayed from the first iteration on."""
    similar, lists, places, pool = state.similar, state.lists, state.places, state.pool
    for column in columns:
        similarity = _noisy(similar.values[row, column], row, column, similar)
        responsibility = 0.0
        for iteration in range(step.done + 1):
            place = row, column, iteration
            responsibility = _damped(responsibility, similarity, place, step, state.history)
        for slot in range(lists.columns.shape[1]):
            if lists.columns[row, slot] == column:
                lists.taken[row, slot] = True
                break
        entry = places.first[row] + places.count[row]
        pool.column[entry] = column
        pool.similarity[entry], pool.responsibility[entry] = similarity, responsibility
        pool.availability[entry] = state.items.common[column]
        places.count[row] += 1


@njit(cache=True, nogil=True)
def update_columns(step, state):
    """Sum up each column in the order of rows; then the availabilities that a sum decides."""
    pool, items = state.pool, state.items
    items.total[:] = 0
    for row in range(len(items.total)):
        for entry in _entries(row, state.places):
            if pool.responsibility[entry] > 0:
                items.total[pool.column[entry]] += pool.responsibility[entry]
        items.total[row] += items.own_responsibility[row]
    for item in range(len(items.total)):
        total = items.total[item]
        change = max(-total, 0.0) * step.new
        items.common[item] = items.common[item] * step.kept - change
        change = (items.own_responsibility[item] - total) * step.new
        items.own_availability[item] = items.own_availability[item] * step.kept - change
