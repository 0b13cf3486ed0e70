"""Agglomerative clustering by chains of nearest neighbours: n² steps, no library.

From any cluster one goes to its nearest neighbour, from there to that one's, and so on, until
two are each other's nearest; those merge, and the chain goes on from what is left of it. For the
linkages here a merge never brings clusters closer to others than they were (Bruynooghe 1977;
Murtagh 1983), so the merges are those of the greedy method, which takes the closest pair of all
each time, and need only be sorted.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def _average(a: np.ndarray, b: np.ndarray, sizes: tuple, others: np.ndarray, between: float):
    return (sizes[0] * a + sizes[1] * b) / (sizes[0] + sizes[1])


def _complete(a: np.ndarray, b: np.ndarray, sizes: tuple, others: np.ndarray, between: float):
    return np.maximum(a, b)


def _single(a: np.ndarray, b: np.ndarray, sizes: tuple, others: np.ndarray, between: float):
    return np.minimum(a, b)


def _ward(a: np.ndarray, b: np.ndarray, sizes: tuple, others: np.ndarray, between: float):
    first, second = sizes
    total = first + second + others
    squares = (first + others) * a**2 + (second + others) * b**2 - others * between**2
    return np.sqrt(np.maximum(squares, 0.0) / total)


# Lance & Williams 1967: distances to a merged cluster from those to its two parts.
LINKAGES: dict[str, Callable] = {
    "average": _average,
    "complete": _complete,
    "single": _single,
    "ward": _ward,
}


def agglomerate(distances: np.ndarray, linkage: str) -> tuple[np.ndarray, np.ndarray]:
    """Merge n points by their distances (n, n): what merges (n - 1, 2), and at which distance.

    The points are 0 to n - 1, and the k-th merge makes the cluster n + k; merges come closest
    first. ``distances`` is used up.
    """
    n = len(distances)
    merged, heights = _chains(distances, LINKAGES[linkage])
    order = np.argsort(heights, kind="stable")
    above = np.arange(2 * n - 1)
    merges = np.empty((n - 1, 2), dtype=np.int64)
    for step, (a, b) in enumerate(merged[order].tolist()):
        pair = _top(above, a), _top(above, b)
        above[list(pair)] = n + step
        merges[step] = min(pair), max(pair)
    return merges, heights[order]


def _chains(distances: np.ndarray, join: Callable) -> tuple[np.ndarray, np.ndarray]:
    """Merges as pairs of points that stand for their clusters, in the order of the chains."""
    n = len(distances)
    np.fill_diagonal(distances, np.inf)
    sizes = np.ones(n)
    merged, heights = np.empty((n - 1, 2), dtype=np.int64), np.empty(n - 1)
    chain: list[int] = []
    first = 0
    for step in range(n - 1):
        if not chain:
            while not sizes[first]:
                first += 1
            chain.append(first)
        a, b = _neighbours(distances, chain)
        merged[step], heights[step] = (a, b), distances[a, b]
        row = join(distances[a], distances[b], (sizes[a], sizes[b]), sizes, heights[step])
        sizes[a], sizes[b] = 0, sizes[a] + sizes[b]
        row[sizes == 0] = row[b] = np.inf
        distances[b] = distances[:, b] = row
        distances[a] = distances[:, a] = np.inf
    return merged, heights


def _neighbours(distances: np.ndarray, chain: list[int]) -> tuple[int, int]:
    """Follow the chain to two clusters that are each other's nearest, and take them off it."""
    while True:
        last = chain[-1]
        nearest = int(np.argmin(distances[last]))
        # Of several nearest the one before in the chain, or chains would run in circles.
        if len(chain) > 1 and distances[last, chain[-2]] <= distances[last, nearest]:
            return chain.pop(), chain.pop()
        chain.append(nearest)


def _top(above: np.ndarray, node: int) -> int:
    """The largest cluster that a node is part of by now."""
    way = []
    while above[node] != node:
        way.append(node)
        node = int(above[node])
    above[way] = node
    return node
