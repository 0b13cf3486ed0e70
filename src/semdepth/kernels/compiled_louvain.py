"""Louvain's loops on a dense matrix, compiled: the twins of those in ``louvain``.

Imported only where numba is installed and the graph is large enough for the import to pay.
Without ``fastmath``: the operations and their order are the numpy twins', so are the bits.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def visit_by_rows(order, nodes, communities):
    """Visits in turn, the twin of ``louvain._visit_by_rows``; returns the gain."""
    weights, own, _, share = nodes
    labels, volume, _ = communities
    gains, gain = 0.0, np.empty(len(volume))
    for node in order:
        home, row = labels[node], weights[node]
        gain[:] = 0.0
        for other in range(len(row)):
            gain[labels[other]] += row[other]
        for community in range(len(gain)):
            gain[community] -= volume[community] * share[node]
        gain[home] += own[node]
        new = 0
        for community in range(1, len(gain)):
            if gain[community] > gain[new]:
                new = community
        if gain[new] > gain[home]:
            gains += gain[new] - gain[home]
            _move(node, new, nodes, communities)
    return gains


@njit(cache=True, nogil=True)
def visit_by_sums(order, nodes, communities):
    """The same until none is empty, the twin of ``louvain._visit_by_sums``, node by node."""
    weights, own, degrees, share = nodes
    labels, volume, sizes, sums = communities
    gains, done, empty = 0.0, 0, np.sum(sizes == 0)
    while done < len(order) and empty:
        node = order[done]
        done += 1
        home = labels[node]
        at_home = sums[home, node] - volume[home] * share[node] + own[node]
        new, highest = 0, -np.inf
        for community in range(len(volume)):
            gain = sums[community, node] - volume[community] * share[node]
            if community == home:
                gain = at_home
            if gain > highest:
                new, highest = community, gain
        if highest > at_home:
            gains += highest - at_home
            empty -= sizes[new] == 0
            _move(node, new, (weights, own, degrees, share), (labels, volume, sizes))
            empty += sizes[home] == 0
            _move_row(weights[node], sums[new], sums[home], sizes[home])
    return gains, done


@njit(cache=True, nogil=True)
def add_rows(weights, labels, sums):
    """Rows added by community, the twin of ``louvain._add_rows``; fills ``sums``."""
    for node in range(len(labels)):
        row, total = weights[node], sums[labels[node]]
        for other in range(len(row)):
            total[other] += row[other]


@njit(cache=True, nogil=True)
def _move(node, new, nodes, communities):
    _, _, degrees, _ = nodes
    labels, volume, sizes = communities
    home = labels[node]
    labels[node] = new
    volume[new] += degrees[node]
    sizes[new] += 1
    sizes[home] -= 1
    volume[home] = volume[home] - degrees[node] if sizes[home] else 0.0


@njit(cache=True, nogil=True)
def _move_row(row, new, home, left):
    for other in range(len(row)):
        new[other] += row[other]
    if left:
        for other in range(len(row)):
            home[other] -= row[other]
    else:
        home[:] = 0.0
