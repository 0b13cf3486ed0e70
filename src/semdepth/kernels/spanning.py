"""Maximum spanning forests of dense graphs, by Prim's algorithm; of small ones all together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from semdepth.kernels.forest_of_edges import forest_of_edges
from semdepth.kernels.recomputed import RecomputedCells

# So many nodes have a matrix of 16 MB.
_AT_ONCE = 2_000
# Groups of so few nodes are spanned together: a row operation for each node would take longer.
_FEW = 64


def maximum_spanning_forest(
    weights: np.ndarray | RecomputedCells, nodes: np.ndarray | None = None
) -> np.ndarray:
    """Edges (m, 2), i < j, of the maximum spanning forest of a symmetric (n, n) matrix.

    ``nodes`` are those to span, rising, by default all. A cell of 0 is no edge; the diagonal is
    not looked at. Ties are broken by the fixed order (-weight, i, j), under which the forest is
    unique: the one that Kruskal's algorithm builds from the edges so sorted. A row operation for
    each node, of as many cells as nodes are left; rows of edges come sorted by (i, j).
    ``m = number of nodes - number of components``.
    """
    nodes = np.arange(len(weights)) if nodes is None else nodes
    if isinstance(weights, RecomputedCells):
        within = weights.among(nodes)
        matrix = within[:] if len(nodes) <= _AT_ONCE else within
        return nodes[_prim(matrix, np.arange(len(nodes)))]
    return _prim(weights, nodes)


def maximum_spanning_forests(
    weights: np.ndarray | RecomputedCells, groups: Sequence[np.ndarray]
) -> np.ndarray:
    """The same of each of several groups of nodes (rising, none in two), one below the other.

    >>> weights = np.array([[1, 0.2, 0.9], [0.2, 1, 0.3], [0.9, 0.3, 1]])
    >>> maximum_spanning_forests(weights, [np.array([1]), np.array([0, 2])])
    array([[0, 2]])
    """
    group_of = np.empty(len(weights), dtype=np.int64)
    for number, nodes in enumerate(groups):
        group_of[nodes] = number
    pairs = np.concatenate([np.zeros((0, 2), dtype=np.int64), *_pairs_within(groups)])
    few = forest_of_edges(len(weights), pairs, weights[pairs[:, 0], pairs[:, 1]])
    many = [maximum_spanning_forest(weights, nodes) for nodes in groups if len(nodes) > _FEW]
    edges = np.concatenate([few, *many])
    return edges[np.lexsort((edges[:, 1], edges[:, 0], group_of[edges[:, 0]]))]


def _pairs_within(groups: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """All pairs of nodes of the same small group, (m, 2); the groups of one size at a time."""
    sizes = np.array([len(nodes) for nodes in groups])
    for size in range(2, _FEW + 1):
        alike = np.flatnonzero(sizes == size)
        if len(alike):
            nodes = np.array([groups[k] for k in alike])
            first, second = np.triu_indices(size, 1)
            yield np.column_stack((nodes[:, first].ravel(), nodes[:, second].ravel()))


def _prim(weights: np.ndarray | RecomputedCells, nodes: np.ndarray) -> np.ndarray:
    n = len(weights)
    outside = nodes[1:].astype(np.int64)
    # For each node outside the tree its best edge into it: weight, and the end inside.
    best, inside = np.zeros(len(outside), dtype=weights.dtype), np.zeros_like(outside)
    node = nodes[0]
    edges = []
    for left in range(len(outside), 0, -1):
        others, weight, end = outside[:left], best[:left], inside[:left]
        row = weights[node].take(others)
        better = row > weight
        tied = np.flatnonzero((row == weight) & (row > 0))
        if len(tied):
            old = _edge_numbers(end[tied], others[tied], n)
            better[tied] = _edge_numbers(node, others[tied], n) < old
        np.copyto(weight, row, where=better)
        end[better] = node
        nearest = int(weight.argmax())
        if weight[nearest] > 0:
            tied = np.flatnonzero(weight == weight[nearest])
            if len(tied) > 1:
                nearest = tied[_edge_numbers(end[tied], others[tied], n).argmin()]
            edges.append((end[nearest], others[nearest]))
        node = others[nearest]
        # The last of those outside takes the place of the one that joins the tree.
        for array in (others, weight, end):
            array[nearest] = array[-1]
    numbers = np.sort(_edge_numbers(*np.array(edges, dtype=np.int64).reshape(-1, 2).T, n))
    return np.column_stack((numbers // n, numbers % n))


def _edge_numbers(i: np.ndarray | int, j: np.ndarray, n: int) -> np.ndarray:
    """The numbers that order edges of equal weight; the two ends come back out of them."""
    return np.minimum(i, j) * n + np.maximum(i, j)


def spanning_tree_weights(weights: np.ndarray) -> np.ndarray:
    """The n - 1 weights of a maximum spanning tree of a complete graph, (n, n) symmetric.

    Every cell but the diagonal's is an edge, whatever its weight. Which edges they are is not
    told: all maximum spanning trees have the same weights.
    """
    outside = np.arange(1, len(weights))
    best = weights[0, 1:].copy()
    found = np.empty_like(best)
    for left in range(len(outside), 0, -1):
        nearest = best[:left].argmax()
        node, found[left - 1] = outside[nearest], best[nearest]
        # The last of those outside takes the place of the one that joins the tree.
        outside[nearest], best[nearest] = outside[left - 1], best[left - 1]
        reached = weights[node].take(outside[: left - 1])
        np.maximum(best[: left - 1], reached, out=best[: left - 1])
    return found
