"""The loop of Louvain over templates that numba compiles; its twin is in ``template_louvain.py``.

Imported only where numba is installed and there are many nodes.
"""

import numpy as np
from numba import njit


@njit(cache=True)
def visit_nodes(order, nodes, communities):
    """One round of moves, the twin of ``template_louvain._visit_nodes``; returns the gain."""
    vectors, sizes, degree, _, starts, near, _ = nodes
    labels, sums, counts, volume = communities
    gains = 0.0
    # The last node that tried a community: none is tried twice.
    tried_by = np.full(len(labels), -1, np.int64)
    for node in order:
        home = labels[node]
        for axis in range(vectors.shape[1]):
            sums[home, axis] -= vectors[node, axis]
        counts[home] -= sizes[node]
        volume[home] -= degree[node]
        at_home = _gain(nodes, communities, node, home)
        tried_by[home] = node
        new, highest = home, at_home
        for place in range(starts[node], starts[node + 1]):
            community = labels[near[place]]
            if tried_by[community] == node:
                continue
            tried_by[community] = node
            gain = _gain(nodes, communities, node, community)
            # Of equal gains the smaller number's, and home before all others.
            if gain > highest or (gain == highest and community < new and new != home):
                new, highest = community, gain
        gains += highest - at_home
        labels[node] = new
        for axis in range(vectors.shape[1]):
            sums[new, axis] += vectors[node, axis]
        counts[new] += sizes[node]
        volume[new] += degree[node]
    return gains


@njit(cache=True, fastmath=True)
def _gain(nodes, communities, node, community):
    """What joining a community gains; the one sum whose order the compiler may choose."""
    vectors, sizes, _, share, _, _, offset = nodes
    _, sums, counts, volume = communities
    links = 0.0
    for axis in range(vectors.shape[1]):
        links += vectors[node, axis] * sums[community, axis]
    links -= offset * sizes[node] * counts[community]
    return links - share[node] * volume[community]
