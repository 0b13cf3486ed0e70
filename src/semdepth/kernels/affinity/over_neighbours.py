"""Affinity propagation over the edges of a sparse graph.

The exchange of messages of :mod:`semdepth.kernels.affinity`, in which an item may choose one of
its neighbours or itself and nobody else. What the textbook's form sums over a column is a sum
over an item's edges, so an iteration costs a few passes over the edges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from semdepth.kernels.affinity.propagation import Propagation
from semdepth.kernels.affinity.ties import CounterNoise, counted_normal
from semdepth.kernels.nearest import nearest_of
from semdepth.kernels.threads import row_blocks

_BLOCK_ROWS = 1 << 14


def affinity_over_neighbours(
    neighbours: np.ndarray,
    values: np.ndarray,
    directions: np.ndarray,
    *,
    preference: float,
    seed: int = 42,
    progress: Callable[[int, int], None] | None = None,
    **settings: float,
) -> Propagation:
    """Cluster n items by the similarities (n, k) to their neighbours (n, k), nearest first.

    ``directions`` (n, d) are the unit vectors whose cosines the similarities are, on some scale.
    They finish as the dense form does, exactly: each item goes to its nearest exemplar, be it
    a neighbour or not, once with the best centre of each cluster in the exemplar's place.
    ``settings`` are those of :func:`elect_exemplars`.
    """
    edges = symmetric_edges(neighbours, values)
    found = elect_exemplars(edges, preference=preference, seed=seed, progress=progress, **settings)
    if not len(found.exemplars):
        nobody = np.full(len(directions), -1)
        return Propagation(nobody, found.exemplars, found.iterations, False)
    cluster = _nearest_exemplar(neighbours, directions, found.exemplars)
    centres = _best_centres(directions, cluster, len(found.exemplars))
    owner = centres[_nearest_exemplar(neighbours, directions, centres)]
    kept = np.unique(owner)
    labels = np.searchsorted(kept, owner)
    return Propagation(labels, kept, found.iterations, found.converged)


def _nearest_exemplar(
    neighbours: np.ndarray, directions: np.ndarray, exemplars: np.ndarray
) -> np.ndarray:
    """For each item the place of its nearest exemplar; an exemplar is its own."""
    n = len(neighbours)
    place = np.full(n, -1)
    place[exemplars] = np.arange(len(exemplars))
    among = place[neighbours]
    # The first on the list that is an exemplar is the nearest of all.
    nearest = among[np.arange(n), (among >= 0).argmax(axis=1)]
    far = np.flatnonzero((nearest < 0) & (place < 0))
    nearest[far] = nearest_of(directions, far, exemplars)
    nearest[exemplars] = np.arange(len(exemplars))
    return nearest


def _best_centres(directions: np.ndarray, cluster: np.ndarray, count: int) -> np.ndarray:
    """The item of each cluster with the greatest sum of similarities to all of it, (count,)."""
    sums = np.zeros((count, directions.shape[1]))
    np.add.at(sums, cluster, directions)
    closeness = np.empty(len(cluster))
    for block in row_blocks(len(cluster), _BLOCK_ROWS):
        closeness[block] = np.einsum("ij,ij->i", directions[block], sums[cluster[block]])
    order = np.lexsort((-closeness, cluster))
    return order[np.searchsorted(cluster[order], np.arange(count))]


@dataclass(frozen=True, eq=False, slots=True)
class Edges:
    """The edges of n items in compressed rows: item i's lie at ``starts[i]:starts[i + 1]``.

    Every item has an edge at least, and each edge stands in the rows of both its ends.
    """

    starts: np.ndarray
    row: np.ndarray
    column: np.ndarray
    similarity: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1


def symmetric_edges(neighbours: np.ndarray, values: np.ndarray) -> Edges:
    """The edges from each of n items to its k neighbours (n, k), and back again."""
    n, k = neighbours.shape
    here = np.repeat(np.arange(n, dtype=np.int64), k)
    there = neighbours.ravel().astype(np.int64)
    key = np.concatenate((here * n + there, there * n + here))
    key, first = np.unique(key, return_index=True)
    row = key // n
    return Edges(
        starts=np.searchsorted(row, np.arange(n + 1)),
        row=row.astype(np.int32),
        column=(key % n).astype(np.int32),
        similarity=values.ravel()[first % (n * k)],
    )


@dataclass(frozen=True, eq=False, slots=True)
class Elected:
    """The exemplars that emerged, after how many iterations, and whether they settled."""

    exemplars: np.ndarray
    iterations: int
    converged: bool


def elect_exemplars(
    edges: Edges,
    *,
    preference: float,
    seed: int = 42,
    damping: float = 0.5,
    max_iterations: int = 200,
    convergence_iterations: int = 15,
    progress: Callable[[int, int], None] | None = None,
) -> Elected:
    """Exchange messages until the same items are exemplars for so many iterations.

    ``preference`` is every item's similarity to itself. The noise that breaks ties is
    :class:`semdepth.kernels.affinity.ties.CounterNoise`'s, cell by cell.
    """
    messages = Messages(edges, preference, seed, damping)
    unchanged, before = 0, None
    for iteration in range(max_iterations):
        is_exemplar = messages.exchange()
        unchanged = unchanged + 1 if np.array_equal(is_exemplar, before) else 1
        before = is_exemplar
        if progress is not None:
            progress(iteration + 1, max_iterations)
        if unchanged >= convergence_iterations and is_exemplar.any():
            return Elected(np.flatnonzero(is_exemplar), iteration + 1, True)
    return Elected(np.flatnonzero(is_exemplar), max_iterations, False)


class Messages:
    """The state of the exchange; :meth:`exchange` is one iteration."""

    def __init__(self, edges: Edges, preference: float, seed: int, damping: float):
        self.edges, self.damping = edges, damping
        similarity, n = edges.similarity, len(edges)
        own, items = np.full(n, preference, dtype=similarity.dtype), np.arange(n)
        self.similarity = _tie_broken(similarity, seed, n, edges.row, edges.column)
        self.own_similarity = _tie_broken(own, seed, n, items, items)
        self.responsibility, self.availability = np.zeros((2, *similarity.shape), similarity.dtype)
        self.own_responsibility, self.own_availability = np.zeros((2, n), similarity.dtype)

    def exchange(self) -> np.ndarray:
        """One iteration; says which items are exemplars after it, (n,) bool."""
        self._update_responsibilities()
        self._update_availabilities()
        return self.own_availability + self.own_responsibility > 0

    def _update_responsibilities(self) -> None:
        """What each item says to those it might choose: similarity less the best other offer."""
        starts, row = self.edges.starts[:-1], self.edges.row
        offers = self.availability + self.similarity
        own = self.own_availability + self.own_similarity
        greatest = np.maximum.reduceat(offers, starts)
        best = _first_of_each_row(np.flatnonzero(offers == greatest[row]), row)
        offers[best] = -np.inf
        other = np.maximum(np.maximum.reduceat(offers, starts), own)
        change = self.similarity - np.maximum(greatest, own)[row]
        change[best] = self.similarity[best] - other
        self._damp(self.responsibility, change)
        self._damp(self.own_responsibility, self.own_similarity - greatest)

    def _update_availabilities(self) -> None:
        """What each item hears of those it might choose: the support by all others."""
        column = self.edges.column
        support = np.maximum(self.responsibility, 0)
        total = np.bincount(column, support, len(self.edges)).astype(support.dtype)
        change = np.minimum((self.own_responsibility + total)[column] - support, 0)
        self._damp(self.availability, change)
        self._damp(self.own_availability, total)

    def _damp(self, message: np.ndarray, change: np.ndarray) -> None:
        message *= self.damping
        change *= 1 - self.damping
        message += change


def _tie_broken(
    values: np.ndarray, seed: int, n: int, row: np.ndarray, column: np.ndarray
) -> np.ndarray:
    kind = np.finfo(values.dtype)
    noise = counted_normal(CounterNoise(seed).start, n, row, column, values)
    return values + (kind.eps * values + kind.tiny * 100) * noise


def _first_of_each_row(cells: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Of ascending cells, the first of every row."""
    rows = row[cells]
    return cells[np.append(True, rows[1:] != rows[:-1])]
