"""How deep each two of many classes meet, without a cell for each two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from semdepth.kernels.kinds import kinds_of_classes
from semdepth.taxonomy.concepts import Taxonomy
from semdepth.taxonomy.relations import relations


@dataclass(frozen=True, eq=False, slots=True)
class PairDepths:
    """LCS depth of all pairs of k classes, which depends on the kinds of the two alone.

    Attributes
    ----------
    kinds (k,) : the kind of each class, from 0 to K - 1; see :mod:`semdepth.kernels.kinds`.
    table (K, K) : the depth at which a class of one kind and another of the same or another kind
        meet; with itself, a kind of one class has no such depth, and its cell says nothing. A byte
        each unless the taxonomy is deeper than that.
    others (K, D) : with how many other classes one of each kind meets at each depth from 0.
    """

    kinds: np.ndarray
    table: np.ndarray
    others: np.ndarray

    def __post_init__(self):
        for array in (self.kinds, self.table, self.others):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.kinds)

    def __repr__(self) -> str:
        return f"PairDepths({len(self.kinds):,} classes of {len(self.table):,} kinds)"

    def of(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Depths of the pairs of different classes that two arrays (or numbers) name."""
        # As positions in the table's cells laid end to end, which numpy takes twice as fast.
        return self.table.take(self.kinds[i] * len(self.table) + self.kinds[j])

    def from_class(self, i: int) -> np.ndarray:
        """Depths from class ``i`` to all classes, (k,); the cell of ``i`` itself says nothing."""
        return self.table[self.kinds[i]].take(self.kinds)

    @property
    def counts(self) -> np.ndarray:
        """How many pairs meet at each depth from 0, (D,)."""
        return np.bincount(self.kinds, minlength=len(self.table)) @ self.others // 2

    @property
    def mean(self) -> float:
        """The mean over all pairs (NaN without any), exact but for the last division."""
        total = int(self.counts @ np.arange(len(self.counts)))
        pairs = len(self) * (len(self) - 1) // 2
        return total / pairs if pairs else float("nan")


def pair_depths(
    taxonomy: Taxonomy, concepts: Sequence[int] | np.ndarray, *, lcs: str = "min_depth"
) -> PairDepths:
    """The depths of all pairs of some concepts: ``relations(...).depths()`` without its diagonal.

    >>> from semdepth.wordnet import wordnet_nouns
    >>> nouns = wordnet_nouns()
    >>> pets = [nouns.index(i) for i in ("n02084071", "n02121620", "n02958343")]
    >>> depths = pair_depths(nouns, pets)
    >>> int(depths.of(0, 1)), depths.mean
    (12, 6.666666666666667)
    """
    graph = relations(taxonomy, concepts, lcs=lcs).graph
    kinds, nodes = kinds_of_classes(graph)
    return depths_by_kind(kinds, relations(taxonomy, graph.nodes[nodes], lcs=lcs).depths())


def depths_by_kind(kinds: np.ndarray, table: np.ndarray) -> PairDepths:
    """Depths of all pairs from a symmetric table of the kinds' (see :class:`PairDepths`).

    >>> depths_by_kind(np.array([0, 1, 1]), np.array([[4, 2], [2, 3]])).counts.tolist()
    [0, 0, 2, 1, 0]
    """
    of_kind = np.bincount(kinds, minlength=len(table))
    n_depths = int(table.max(initial=0)) + 1
    others = np.zeros((len(table), n_depths), dtype=np.int64)
    for kind, row in enumerate(table):
        others[kind] = np.bincount(row, weights=of_kind, minlength=n_depths)
    every = np.arange(len(table))
    others[every, np.diagonal(table)] -= 1
    return PairDepths(kinds, table, others)
