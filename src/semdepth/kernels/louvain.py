"""Louvain communities of a dense weighted graph, without an edge list.

A class similarity graph is complete, so the adjacency matrix is its smallest form. With
``A_ii`` twice the weight of a self-loop, degrees are row sums, and merging communities is
``Hᵀ A H`` for the 0/1 membership matrix ``H``: loops need no special case at any level.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from semdepth.kernels.twins import compiled_twins

# A pass that gains less modularity than this ends the search (the reference's threshold).
_LEAST_GAIN = 1e-7

# Loading numba's cached code takes half a second, which is what the compiled loop saves here.
COMPILED_FROM = 1_500


def louvain(
    adjacency: np.ndarray,
    *,
    resolution: float = 1.0,
    seed: int = 42,
    orders: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Community of each node, (n,), numbered by first appearance (Blondel et al. 2008).

    ``adjacency`` (n, n): symmetric, not negative, with twice the self-loops' weights on its
    diagonal. The order in which nodes are visited decides which of several good partitions is
    found; of ``orders`` random ones, seeded by ``seed``, the best modularity wins.
    """
    if not adjacency.any():
        return np.arange(len(adjacency))
    best, highest = np.zeros(len(adjacency), dtype=np.int64), -np.inf
    for turn, random in enumerate(np.random.default_rng(seed).spawn(orders)):
        labels, quality = _one_order(adjacency, resolution, random)
        if quality > highest:
            best, highest = labels, quality
        if progress is not None:
            progress(turn + 1, orders)
    return best


def modularity(adjacency: np.ndarray, labels: np.ndarray, *, resolution: float = 1.0) -> float:
    """Newman's modularity of a partition; the same conventions as :func:`louvain`."""
    merged = _merge(adjacency, _by_first_appearance(labels))
    return _modularity_of_nodes(merged, adjacency.sum(), resolution)


def _modularity_of_nodes(adjacency: np.ndarray, total: float, resolution: float) -> float:
    """Modularity of the partition in which every node is a community."""
    shares = adjacency.sum(axis=1) / total
    return float(np.trace(adjacency) / total - resolution * np.sum(shares**2))


def _one_order(
    adjacency: np.ndarray, resolution: float, random: np.random.Generator
) -> tuple[np.ndarray, float]:
    total = adjacency.sum()
    labels = np.arange(len(adjacency))
    quality = _modularity_of_nodes(adjacency, total, resolution)
    while True:
        moved = _move_nodes(adjacency, total, resolution, random)
        labels = moved[labels]
        adjacency = _merge(adjacency, moved)
        before, quality = quality, _modularity_of_nodes(adjacency, total, resolution)
        if quality - before < _LEAST_GAIN:
            return _by_first_appearance(labels), quality


def _move_nodes(
    adjacency: np.ndarray, total: float, resolution: float, random: np.random.Generator
) -> np.ndarray:
    """Move each node to the community that gains most, until a whole round gains nothing."""
    labels = np.arange(len(adjacency))
    degree = adjacency.sum(axis=1)
    volume = degree.copy()
    share = resolution * degree / total
    links = np.empty(len(adjacency))
    visit = _visit_nodes if len(adjacency) < COMPILED_FROM else _compiled_visit()
    gained = np.inf
    while gained >= _LEAST_GAIN:
        order = random.permutation(len(adjacency))
        gained = 2 * visit(adjacency, order, labels, degree, volume, share, links) / total
    return _by_first_appearance(labels)


def _visit_nodes(
    adjacency: np.ndarray,
    order: np.ndarray,
    labels: np.ndarray,
    degree: np.ndarray,
    volume: np.ndarray,
    share: np.ndarray,
    links: np.ndarray,
) -> float:
    """One round of moves, in place; returns the sum of the gains in link weight."""
    gains = 0.0
    for node in order:
        home = labels[node]
        links[:] = np.bincount(labels, weights=adjacency[node], minlength=len(labels))
        links[home] -= adjacency[node, node]
        volume[home] -= degree[node]
        gain = links - share[node] * volume
        new = int(gain.argmax())
        if gain[new] <= gain[home]:
            new = home
        gains += gain[new] - gain[home]
        labels[node] = new
        volume[new] += degree[node]
    return gains


def _compiled_visit() -> Callable:
    twins = compiled_twins("compiled")
    return _visit_nodes if twins is None else twins.visit_nodes


def _merge(adjacency: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Adjacency of the communities: the sums of the blocks."""
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(labels.max() + 1))
    rows = np.add.reduceat(adjacency[order], starts, axis=0)
    return np.add.reduceat(rows[:, order], starts, axis=1)


def _by_first_appearance(labels: np.ndarray) -> np.ndarray:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
