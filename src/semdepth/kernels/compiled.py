"""The loops that numba compiles, each the twin of a plain numpy one with equal results.

Imported only where numba is installed and the input is large enough for the import to pay.
Without ``fastmath``: the operations and their order are the numpy twin's, so are the bits.
"""

import numpy as np
from numba import njit, prange


@njit(cache=True, parallel=True)
def subsumer_rows(classes, parent_rows, ancestor_rows, order, answers):
    """Rows of the upper triangle, the twin of ``subsumers._plain_rows``; fills ``answers``.

    ``classes`` begin with those of the rows. Per row, the two numbers of each node (its preferred
    common ancestor, its distance) stay in the cache of one core.
    """
    parent_offsets, parents = parent_rows
    indptr, ancestors, up, lengths = ancestor_rows
    key, node_of_key, wins = order
    subsumers, distances, climbs = answers
    m = len(key)
    first_wins = np.iinfo(np.int32).max
    for row in prange(len(subsumers)):
        own = classes[row]
        best = np.full(m, -1, np.int32)
        far = np.full(m, 30_000, np.uint16)
        for entry in range(indptr[own], indptr[own + 1]):
            best[ancestors[entry]] = key[ancestors[entry]]
            far[ancestors[entry]] = up[entry]
        if wins[own]:
            best[own] = first_wins
        for node in range(m):
            for place in range(parent_offsets[node], parent_offsets[node + 1]):
                above = parents[place]
                best[node] = max(best[node], best[above])
                far[node] = min(far[node], far[above] + np.uint16(1))
        for column in range(len(classes)):
            node = classes[column]
            met = own if best[node] == first_wins else node_of_key[best[node]]
            subsumers[row, column] = met
            distances[row, column] = far[node]
            if len(climbs):
                low, high = indptr[node], indptr[node + 1]
                while low < high:
                    middle = (low + high) // 2
                    if ancestors[middle] < met:
                        low = middle + 1
                    else:
                        high = middle
                # What was reached over a common ancestor is the shortest way, not only the way up.
                climbs[row, column] = far[met] + lengths[low]


@njit(cache=True, nogil=True)
def nearest_in_rows(values, chosen, nearest, first, last):
    """Some rows' greatest cells, the twin of ``similarity_rows``'s loop; fills ``nearest``."""
    count = nearest.shape[1]
    for i in range(first, last):
        row = values[chosen[i]]
        greatest = np.full(count, -np.inf)
        for j in range(len(chosen)):
            alike = row[chosen[j]]
            if alike > greatest[-1] and j != i:
                place = count - 1
                while place > 0 and alike > greatest[place - 1]:
                    greatest[place] = greatest[place - 1]
                    nearest[i, place] = nearest[i, place - 1]
                    place -= 1
                greatest[place] = alike
                nearest[i, place] = j


@njit(cache=True, nogil=True)
def sums_of_rows(values, chosen, pair_groups, sums, first, last):
    """Some rows' sums, the twin of ``similarity_rows``'s loop; fills ``sums`` (rows, groups, 2)."""
    kinds, table, group = pair_groups
    for i in range(first, last):
        row, depths = values[chosen[i]], table[kinds[i]]
        now, total, square = 0, 0.0, 0.0
        for j in range(i + 1, len(chosen)):
            of_pair = group[depths[kinds[j]]]
            if of_pair != now:
                # Neighbours are mostly of one group: the sums at work stay out of memory.
                sums[i, now] = total, square
                now, total, square = of_pair, sums[i, of_pair, 0], sums[i, of_pair, 1]
            alike = np.float64(row[chosen[j]])
            total += alike
            square += alike * alike
        sums[i, now] = total, square
