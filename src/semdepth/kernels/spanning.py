"""Maximum spanning forests of dense graphs, by Prim's algorithm in row operations."""

from __future__ import annotations

import numpy as np


def maximum_spanning_forest(weights: np.ndarray) -> np.ndarray:
    """Edges (m, 2), i < j, of the maximum spanning forest of a symmetric (n, n) matrix.

    A cell of 0 is no edge; the diagonal is not looked at. Ties are broken by the fixed order
    (-weight, i, j), under which the forest is unique: the one that Kruskal's algorithm builds
    from the edges so sorted. n row operations of n cells each; rows of edges come sorted by
    (i, j). ``m = n - number of components``.
    """
    n = len(weights)
    nodes = np.arange(n, dtype=np.int64)
    best = np.zeros(n, dtype=weights.dtype)
    # For each node outside the tree its best edge into it, as the number i * n + j that
    # orders ties; the two ends come back out of that number.
    best_edge = np.full(n, n * n, dtype=np.int64)
    outside = np.ones(n, dtype=bool)
    edges = []
    node = 0
    for _ in range(n):
        if best[node] > 0:
            edges.append(best_edge[node])
        outside[node] = False
        best[node] = 0
        row = weights[node]
        edge = np.minimum(nodes, node) * n + np.maximum(nodes, node)
        better = outside & ((row > best) | ((row == best) & (row > 0) & (edge < best_edge)))
        best[better] = row[better]
        best_edge[better] = edge[better]
        node = _next(best, best_edge, outside)
    edges = np.sort(np.array(edges, dtype=np.int64))
    return np.column_stack((edges // n, edges % n))


def _next(best: np.ndarray, best_edge: np.ndarray, outside: np.ndarray) -> int:
    """The outside node with the best edge; where none has one, a node of the next component."""
    top = best.max()
    if top == 0:
        return int(outside.argmax())
    tied = np.flatnonzero(best == top)
    return int(tied[best_edge[tied].argmin()])
