"""Maximum spanning forests of sparse graphs, by Borůvka's algorithm in whole-array steps."""

from __future__ import annotations

import numpy as np


def forest_of_edges(n: int, edges: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Edges (m, 2), i < j, of the maximum spanning forest of n nodes and some edges (e, 2).

    An edge of weight 0 or below is none, and one that is named twice counts once. Ties go by
    (-weight, i, j), under which the forest is unique: Kruskal's, and that of
    :func:`semdepth.kernels.spanning.maximum_spanning_forest` where all edges are given. Every
    round each tree takes its best edge to another one, so the trees at least halve; the rows
    come sorted by (i, j).
    """
    edges, _ = _ranked(edges, weights)
    tree = np.arange(n)
    chosen: list[np.ndarray] = []
    left = np.arange(len(edges))
    while True:
        ends = tree[edges[left]]
        apart = ends[:, 0] != ends[:, 1]
        left, ends = left[apart], ends[apart]
        if not len(left):
            break
        best = np.full(n, len(edges))
        # Ranks ascend in ``left``: written from the last to the first, the best one stays.
        best[ends[::-1, 0]] = left[::-1]
        other = np.full(n, len(edges))
        other[ends[::-1, 1]] = left[::-1]
        taken = np.unique(np.minimum(best, other))
        taken = taken[taken < len(edges)]
        chosen.append(taken)
        tree = _joined(tree, tree[edges[taken]])
    found = edges[np.concatenate(chosen)] if chosen else np.zeros((0, 2), dtype=np.int64)
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def _ranked(edges: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The edges with i < j, each once, the heaviest first; and their weights."""
    kept = (weights > 0) & (edges[:, 0] != edges[:, 1])
    edges, weights = np.sort(edges[kept], axis=1).astype(np.int64), weights[kept]
    order = np.lexsort((edges[:, 1], edges[:, 0], -weights))
    edges, weights = edges[order], weights[order]
    new = np.ones(len(edges), dtype=bool)
    new[1:] = (edges[1:] != edges[:-1]).any(axis=1)
    return edges[new], weights[new]


def _joined(tree: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """The tree of each node once the trees of each pair are one; a tree is called by a node."""
    above = np.arange(len(tree))
    while True:
        low = np.minimum(above[pairs[:, 0]], above[pairs[:, 1]])
        before = above.copy()
        np.minimum.at(above, above[pairs[:, 0]], low)
        np.minimum.at(above, above[pairs[:, 1]], low)
        while (above[above] != above).any():
            above = above[above]
        if np.array_equal(before, above):
            return above[tree]
