"""Confusions laid over a similarity graph: what became of each pair, in numbers and in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from semdepth.class_names import check_same_classes
from semdepth.compliance import edge_keys
from semdepth.graph import SimilarityGraph
from semdepth.mistakes import Mistakes
from semdepth.writing.figures.names import counted


@dataclass(frozen=True, eq=False, slots=True)
class Overlay:
    """The confusions (edges of the confusion graph) laid over a similarity graph.

    ``caused`` (m,) marks the similarity graph's edges that are confusions. All other confusions,
    most frequent first, join classes of one cluster (``within``) or of two (``across``), (k, 2).
    ``counts`` (n, n) says how often the row's class was taken for the column's, in shares of the
    row's samples if ``shares``; ``most`` is the most for any confusion, both ways together.
    """

    graph: SimilarityGraph
    counts: np.ndarray
    shares: bool
    most: float
    caused: np.ndarray
    within: np.ndarray
    across: np.ndarray

    @classmethod
    def of(cls, graph: SimilarityGraph, mistakes: Mistakes) -> Overlay:
        check_same_classes(graph.labels, mistakes.graph.labels, "a graph and its confusions")
        counts, confused = mistakes.confusion.counts, mistakes.graph.edges
        total = mistakes.confusion.confusions[tuple(confused.T)]
        confused = confused[np.argsort(-total, kind="stable")]
        n = len(graph.labels)
        theirs, ours = edge_keys(confused, n), edge_keys(graph.edges, n)
        rest = confused[~np.isin(theirs, ours)]
        shared = graph.membership[rest[:, 0]] == graph.membership[rest[:, 1]]
        return cls(
            graph,
            counts,
            not mistakes.confusion.counted and counts.max() <= 1,
            float(total.max(initial=0)),
            np.isin(ours, theirs),
            rest[shared],
            rest[~shared],
        )

    def text(self, a: int, b: int, arrows: str = "→←") -> str:
        """How often ``a`` was taken for ``b``, and ``b`` for ``a``: ``→31 ←11``."""
        ways = zip(arrows, (self.counts[a, b], self.counts[b, a]), strict=True)
        return " ".join(f"{arrow}{self._number(count)}" for arrow, count in ways if count) or "0"

    def share_of_most(self, a: int, b: int) -> float:
        """How often two classes were mixed up: 1 for the most, 0 for a hundredth of that."""
        total = self.counts[a, b] + self.counts[b, a]
        return max(0.0, 1 + math.log10(total / self.most) / 2) if total else 0.0

    def by_frequency(self, pairs: np.ndarray) -> np.ndarray:
        """Pairs of classes, the most often mixed up first."""
        i, j = pairs.T
        return pairs[np.argsort(-(self.counts[i, j] + self.counts[j, i]), kind="stable")]

    def within_cluster(self, cluster: int) -> np.ndarray:
        return self.within[self.graph.membership[self.within[:, 0]] == cluster]

    def beyond_cluster(self, cluster: int) -> np.ndarray:
        """The confusions with other clusters, this cluster's class first."""
        ends = self.graph.membership[self.across] == cluster
        turned = np.where(ends[:, :1], self.across, self.across[:, ::-1])
        return turned[ends.any(axis=1)]

    def confused_clusters(self) -> list[int]:
        """The clusters with confusions, within or with others, the most often mixed up first."""
        pairs = np.concatenate((self.graph.edges[self.caused], self.within, self.across))
        i, j = pairs.T
        total = self.counts[i, j] + self.counts[j, i]
        first, second = self.graph.membership[i], self.graph.membership[j]
        sums = np.bincount(first, total, self.graph.n_clusters)
        sums += np.bincount(second, total * (first != second), self.graph.n_clusters)
        order = np.argsort(-sums, kind="stable")
        return order[sums[order] > 0].tolist()

    def facts(self, cluster: int) -> str:
        """One cluster in numbers."""
        own = self.graph.edge_clusters == cluster
        size = np.count_nonzero(self.graph.membership == cluster)
        facts = [counted(size, "class", "classes")]
        if own.any():
            similar = counted(int(own.sum()), "similarity", "similarities")
            facts.append(f"{self.caused[own].sum():,} of {similar} caused confusion")
        within, beyond = len(self.within_cluster(cluster)), len(self.beyond_cluster(cluster))
        if within:
            facts.append(f"{counted(within, 'confusion', 'confusions')} beside the tree")
        if beyond:
            facts.append(f"{beyond:,} with other clusters")
        return " · ".join(facts)

    def all_facts(self) -> str:
        """All clusters in numbers."""
        shown, all_of = len(self.confused_clusters()), self.graph.n_clusters
        explained = int(self.caused.sum())
        confusions = explained + len(self.within) + len(self.across)
        similar = counted(len(self.caused), "similarity", "similarities")
        facts = [
            f"{counted(shown, 'cluster', 'clusters')}"
            + (f" of {all_of:,}, the others without confusions" if shown < all_of else ""),
            f"{explained:,} of {similar} caused confusion",
            f"{explained:,} of {counted(confusions, 'confusion', 'confusions')} "
            f"along a tree, {len(self.within):,} beside it, {len(self.across):,} across clusters",
        ]
        return " · ".join(facts)

    def _number(self, count) -> str:
        if self.shares:
            return f"{100 * count:.{0 if count >= 0.0995 else 1}f}%"
        return f"{count:,}" if isinstance(count, np.integer) else f"{count:.3g}"
