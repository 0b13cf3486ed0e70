"""A dense weighted graph and a partition of its nodes at work, for Louvain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False, slots=True)
class Graph:
    """``weights`` (n, n) with ``stored`` (n,) on its diagonal, where ``loops`` (n,) are meant."""

    weights: np.ndarray
    stored: np.ndarray
    loops: np.ndarray
    degrees: np.ndarray

    @classmethod
    def of(cls, weights: np.ndarray, loop: float | None = None) -> Graph:
        if weights.dtype.kind != "f":
            weights = weights.astype(np.float64)
        stored = weights.diagonal().astype(np.float64)
        loops = stored if loop is None else np.full(len(weights), float(loop))
        degrees = weights.sum(axis=1, dtype=np.float64) + (loops - stored)
        # The twins are compiled for weights that are read-only, as a similarity matrix is.
        weights = weights.view()
        weights.setflags(write=False)
        return cls(weights, stored, loops, degrees)

    def __len__(self) -> int:
        return len(self.weights)

    def modularity(self, resolution: float) -> float:
        """Newman's modularity of the partition in which every node is a community."""
        total = self.degrees.sum()
        shares = self.degrees / total
        return float(self.loops.sum() / total - resolution * np.sum(shares**2))


class Communities:
    """A partition at work: of each node its label (n,); of each community the sum of its nodes'
    degrees and their number, (m,), and the sums (m, n) of their rows where those are kept.

    A community may be empty, for a node that is better alone.
    """

    __slots__ = ("graph", "labels", "sizes", "sums", "volume")

    def __init__(self, graph: Graph, labels: np.ndarray):
        self.graph, self.labels = graph, labels
        self.volume = np.bincount(labels, graph.degrees)
        self.sizes = np.bincount(labels)
        self.sums: np.ndarray | None = None

    def renumber(self, spare: int) -> int:
        """Leave out empty communities, add ``spare`` at the end; returns how many have nodes."""
        live = np.flatnonzero(self.sizes)
        place = np.empty(len(self.sizes), dtype=np.int64)
        place[live] = np.arange(len(live))
        self.labels = place[self.labels]
        self.volume = np.append(self.volume[live], np.zeros(spare))
        self.sizes = np.append(self.sizes[live], np.zeros(spare, dtype=np.int64))
        if self.sums is not None:
            kept = np.zeros((len(live) + spare, len(self.labels)))
            np.take(self.sums, live, axis=0, out=kept[: len(live)])
            self.sums = kept
        return len(live)

    def keep_sums(self, add_rows: Callable[..., None]) -> None:
        """From now on the rows' sums are kept; ``add_rows`` passes once over the weights."""
        self.sums = np.zeros((len(self.sizes), len(self.labels)))
        add_rows(self.graph.weights, self.labels, self.sums)

    def sum_of(self, community: int) -> np.ndarray:
        if self.sums is not None:
            return self.sums[community]
        total = np.zeros(len(self.labels))
        for node in np.flatnonzero(self.labels == community):
            total += self.graph.weights[node]
        return total

    def merged(self) -> tuple[np.ndarray, Graph]:
        """Each node's community, numbered by first appearance, and the graph of communities."""
        labels, first = by_first_appearance(self.labels)
        if len(first) == len(labels):
            return labels, self.graph
        # Many communities are as many as the nodes nearly, and so is their matrix's size.
        few = len(first) <= len(labels) // 4
        weights = np.empty((len(first),) * 2, np.float64 if few else self.graph.weights.dtype)
        for row, node in zip(weights, first, strict=True):
            row[:] = np.bincount(labels, self.sum_of(self.labels[node]))
        inside = np.bincount(labels, self.graph.loops - self.graph.stored)
        weights[np.diag_indices(len(first))] += inside
        return labels, Graph.of(weights)


def by_first_appearance(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels numbered as they appear, and where each appears first."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse], np.sort(first)
