"""Louvain communities of a complete graph whose weights are dot products, without its matrix.

Where ``A_ij = v_i · v_j - c``, the links of node i to a community C are ``v_i · T - c |C|``, T
being the sum of the community's vectors: d operations, however large C is. So modularity and
every gain are those of the complete graph. What is approximate is which moves are tried: a
node goes where one of its nearest neighbours is, or stays. Merged communities are nodes of the
same form. Once they are few, their matrix is built and :mod:`semdepth.kernels.louvain` goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from semdepth.kernels.louvain import louvain, modularity
from semdepth.kernels.twins import compiled_twins

# A pass that gains less modularity than this ends the search, as in the dense form.
_LEAST_GAIN = 1e-7
# So many nodes have a matrix of 128 MB, in which all moves are tried.
MATRIX_UP_TO = 4_000
# Compiling pays where there are this many visits.
COMPILED_FROM = 10_000


@dataclass(frozen=True, eq=False, slots=True)
class Nodes:
    """Nodes of the graph: vectors (n, d), how many items each stands for, its own ``A_ii``.

    ``near[starts[i]:starts[i + 1]]`` are the nodes that node i may join.
    """

    vectors: np.ndarray
    sizes: np.ndarray
    own: np.ndarray
    starts: np.ndarray
    near: np.ndarray
    offset: float

    def __len__(self) -> int:
        return len(self.vectors)

    def degrees(self) -> np.ndarray:
        """Row sums of the adjacency, (n,)."""
        total, everyone = self.vectors.sum(axis=0, dtype=np.float64), self.sizes.sum()
        squares = np.einsum("ij,ij->i", self.vectors, self.vectors, dtype=np.float64)
        others = self.vectors @ total - squares
        return others - self.offset * self.sizes * (everyone - self.sizes) + self.own

    def matrix(self) -> np.ndarray:
        """The adjacency, (n, n); weights that rounding takes below zero are zero."""
        found = self.vectors.astype(np.float64) @ self.vectors.T.astype(np.float64)
        found -= self.offset * np.outer(self.sizes, self.sizes)
        np.fill_diagonal(found, self.own)
        return np.maximum(found, 0.0, out=found)


def template_louvain(
    directions: np.ndarray,
    neighbours: np.ndarray,
    *,
    offset: float,
    loop: float,
    resolution: float = 1.0,
    seed: int = 42,
    orders: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Community of each of n unit vectors (n, d), (n,), numbered by first appearance.

    ``neighbours`` (n, k) are the nearest of each, ``offset`` is what dot products are greater
    than, and ``loop`` is ``A_ii``. Of ``orders`` seeded orders the best modularity wins. Costs
    some ``n k d`` operations a round, and the sums: n x d float64.
    """
    nodes = Nodes(
        directions,
        np.ones(len(directions)),
        np.full(len(directions), float(loop)),
        np.arange(0, neighbours.size + 1, neighbours.shape[1]),
        neighbours.ravel(),
        offset,
    )
    if len(nodes) <= MATRIX_UP_TO:
        settings = {"resolution": resolution, "seed": seed, "orders": orders}
        return louvain(nodes.matrix(), progress=progress, **settings)
    best, highest = np.zeros(len(nodes), dtype=np.int64), -np.inf
    for turn, random in enumerate(np.random.default_rng(seed).spawn(orders)):
        labels, quality = _one_order(nodes, resolution, random)
        if quality > highest:
            best, highest = labels, quality
        if progress is not None:
            progress(turn + 1, orders)
    return best


def _one_order(
    nodes: Nodes, resolution: float, random: np.random.Generator, matrix_up_to: int = MATRIX_UP_TO
) -> tuple[np.ndarray, float]:
    labels, quality = np.arange(len(nodes)), -np.inf
    while len(nodes) > matrix_up_to:
        moved = _move_nodes(nodes, resolution, random)
        labels, nodes = moved[labels], _merge(nodes, moved)
        before, quality = quality, _quality(nodes, resolution)
        if quality - before < _LEAST_GAIN:
            return _by_first_appearance(labels), quality
    matrix = nodes.matrix()
    moved = louvain(matrix, resolution=resolution, seed=int(random.integers(2**32)))
    return _by_first_appearance(moved[labels]), modularity(matrix, moved, resolution=resolution)


def _quality(nodes: Nodes, resolution: float) -> float:
    """Modularity of the partition in which every node is a community."""
    degrees = nodes.degrees()
    total = degrees.sum()
    return float(nodes.own.sum() / total - resolution * np.sum((degrees / total) ** 2))


def _move_nodes(nodes: Nodes, resolution: float, random: np.random.Generator) -> np.ndarray:
    """Move each node to the community that gains most, until a whole round gains nothing."""
    labels, degree = np.arange(len(nodes)), nodes.degrees()
    total = degree.sum()
    sums, counts, volume = nodes.vectors.astype(np.float64), nodes.sizes.copy(), degree.copy()
    visit = _visit_nodes if len(nodes) < COMPILED_FROM else _compiled_visit()
    gained = np.inf
    while gained >= _LEAST_GAIN:
        order = random.permutation(len(nodes))
        share = resolution * degree / total
        gains = visit(
            order,
            (nodes.vectors, nodes.sizes, degree, share, nodes.starts, nodes.near, nodes.offset),
            (labels, sums, counts, volume),
        )
        gained = 2 * gains / total
    return _by_first_appearance(labels)


def _visit_nodes(order: np.ndarray, nodes: tuple, communities: tuple) -> float:
    """One round of moves, in place; returns the sum of the gains in link weight."""
    vectors, sizes, degree, share, starts, near, offset = nodes
    labels, sums, counts, volume = communities
    gains = 0.0
    for node in order:
        home, vector = labels[node], vectors[node]
        sums[home] -= vector
        counts[home] -= sizes[node]
        volume[home] -= degree[node]
        tried = np.unique(np.append(labels[near[starts[node] : starts[node + 1]]], home))
        links = sums[tried] @ vector - offset * sizes[node] * counts[tried]
        gain = links - share[node] * volume[tried]
        at_home = gain[np.searchsorted(tried, home)]
        best = int(gain.argmax())
        new = tried[best] if gain[best] > at_home else home
        gains += gain[best] - at_home
        labels[node] = new
        sums[new] += vector
        counts[new] += sizes[node]
        volume[new] += degree[node]
    return gains


def _compiled_visit() -> Callable:
    twins = compiled_twins("compiled_template_louvain")
    return _visit_nodes if twins is None else twins.visit_nodes


def _merge(nodes: Nodes, labels: np.ndarray) -> Nodes:
    """The communities as nodes; each may join those of its members' neighbours."""
    n = int(labels.max()) + 1
    vectors = np.zeros((n, nodes.vectors.shape[1]))
    np.add.at(vectors, labels, nodes.vectors)
    sizes = np.bincount(labels, nodes.sizes, n)
    # Links inside: the square of the sum, less the squares, which are no links.
    lengths = np.einsum("ij,ij->i", nodes.vectors, nodes.vectors, dtype=np.float64)
    squares = np.bincount(labels, lengths - nodes.offset * nodes.sizes**2, n)
    own = np.einsum("ij,ij->i", vectors, vectors) - nodes.offset * sizes**2 - squares
    own += np.bincount(labels, nodes.own, n)
    here = np.repeat(labels, np.diff(nodes.starts))
    there = labels[nodes.near]
    pairs = np.unique((here * n + there)[here != there])
    starts = np.searchsorted(pairs // n, np.arange(n + 1))
    return Nodes(vectors, sizes, own, starts, pairs % n, nodes.offset)


def _by_first_appearance(labels: np.ndarray) -> np.ndarray:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
