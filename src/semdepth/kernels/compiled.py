"""The loops that numba compiles, each the twin of a plain numpy one with equal results.

Imported only where numba is installed and the input is large enough for the import to pay.
Without ``fastmath``: the operations and their order are the numpy twin's, so are the bits.
"""

from numba import njit


@njit(cache=True)
def visit_nodes(adjacency, order, labels, degree, volume, share, links):
    """One round of Louvain's moves, the twin of ``louvain._visit_nodes``; returns the gain."""
    gains = 0.0
    for node in order:
        home = labels[node]
        links[:] = 0.0
        for other in range(len(labels)):
            links[labels[other]] += adjacency[node, other]
        links[home] -= adjacency[node, node]
        volume[home] -= degree[node]
        new, highest = 0, links[0] - share[node] * volume[0]
        for community in range(1, len(labels)):
            gain = links[community] - share[node] * volume[community]
            if gain > highest:
                new, highest = community, gain
        at_home = links[home] - share[node] * volume[home]
        if highest <= at_home:
            new, highest = home, at_home
        gains += highest - at_home
        labels[node] = new
        volume[new] += degree[node]
    return gains
