"""How two forests and two clusterings of the same classes differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.class_names import as_code
from semdepth.difference.shared import Side
from semdepth.documents import from_known, known
from semdepth.forecast import average_ranks

# Of more classes, ranks of all pairs would take gigabytes.
CORRELATED_UP_TO = 5_000
# A class has moved if less than this share of its company, before and after, is the same.
MOVED_BELOW = 0.5

_NAN = float("nan")


@dataclass(frozen=True, eq=False, slots=True)
class EdgeDifference:
    """Every edge of either forest, in class order.

    ``pairs`` (m, 2) are positions among the shared classes; ``in_first``, ``in_second`` (m,) say
    whose forest has the edge; ``similarity_first``, ``similarity_second`` (m,) are also those of
    a model without that edge, NaN where its analysis does not hold its similarities; ``depth``
    (m,) is that of the two classes' lowest common subsumer, NaN where one has no concept.
    """

    pairs: np.ndarray
    in_first: np.ndarray
    in_second: np.ndarray
    similarity_first: np.ndarray
    similarity_second: np.ndarray
    depth: np.ndarray

    def __post_init__(self):
        for array in (self.pairs, self.in_first, self.in_second, self.depth):
            array.setflags(write=False)
        self.similarity_first.setflags(write=False)
        self.similarity_second.setflags(write=False)

    def __repr__(self) -> str:
        return f"EdgeDifference({len(self.gained)} gained, {len(self.lost)} lost, {self.kept} kept)"

    def _repr_html_(self) -> str:
        return as_code(self)

    @property
    def gained(self) -> np.ndarray:
        """Rows of the edges that only the second has, those most alike there first."""
        return self._rows(self.in_second & ~self.in_first, self.similarity_second)

    @property
    def lost(self) -> np.ndarray:
        """Rows of the edges that only the first has, those most alike there first."""
        return self._rows(self.in_first & ~self.in_second, self.similarity_first)

    @property
    def kept(self) -> int:
        """How many edges both have."""
        return int(np.count_nonzero(self.in_first & self.in_second))

    @property
    def jaccard(self) -> float:
        """Edges of both as a share of the edges of either (NaN without edges)."""
        return self.kept / len(self.pairs) if len(self.pairs) else _NAN

    def _rows(self, which: np.ndarray, alike: np.ndarray) -> np.ndarray:
        rows = np.flatnonzero(which)
        return rows[np.argsort(-alike[rows], kind="stable")]

    def to_dict(self) -> dict:
        return {
            "pairs": self.pairs.tolist(),
            "in_first": self.in_first.tolist(),
            "in_second": self.in_second.tolist(),
            "similarity_first": known(self.similarity_first),
            "similarity_second": known(self.similarity_second),
            "depth": known(self.depth),
        }

    @classmethod
    def from_dict(cls, data: dict) -> EdgeDifference:
        return cls(
            pairs=np.array(data["pairs"], dtype=np.int64).reshape(-1, 2),
            in_first=np.array(data["in_first"], dtype=bool),
            in_second=np.array(data["in_second"], dtype=bool),
            similarity_first=from_known(data["similarity_first"]),
            similarity_second=from_known(data["similarity_second"]),
            depth=from_known(data["depth"]),
        )


@dataclass(frozen=True, eq=False, slots=True)
class ClusterDifference:
    """The company of each shared class in the two clusterings.

    ``first``, ``second`` (s,) are its clusters; ``company`` (s,) counts its cluster mates in
    either, ``overlap`` (s,) is the share of them that are its mates in both, 1 where it is alone
    in both.
    """

    first: np.ndarray
    second: np.ndarray
    overlap: np.ndarray
    company: np.ndarray

    def __post_init__(self):
        for array in (self.first, self.second, self.overlap, self.company):
            array.setflags(write=False)

    def __repr__(self) -> str:
        moved = np.count_nonzero(self.overlap < MOVED_BELOW)
        return f"ClusterDifference({moved} of {len(self.overlap)} classes moved)"

    def _repr_html_(self) -> str:
        return as_code(self)

    @property
    def order(self) -> np.ndarray:
        """All shared classes, those whose company changed most first."""
        return np.lexsort((-self.company, self.overlap))

    @property
    def moved(self) -> np.ndarray:
        """The classes less than half of whose company is the same, in that order."""
        order = self.order
        return order[self.overlap[order] < MOVED_BELOW]

    def to_dict(self) -> dict:
        return {
            "first": self.first.tolist(),
            "second": self.second.tolist(),
            "overlap": self.overlap.tolist(),
            "company": self.company.tolist(),
        }

    @classmethod
    def from_dict(cls, data: dict) -> ClusterDifference:
        return cls(
            first=np.array(data["first"], dtype=np.int64),
            second=np.array(data["second"], dtype=np.int64),
            overlap=np.array(data["overlap"], dtype=np.float64),
            company=np.array(data["company"], dtype=np.int64),
        )


def edge_difference(first: Side, second: Side) -> EdgeDifference:
    """The edges of either forest between shared classes."""
    ours, theirs = first.edges(), second.edges()
    union = sorted(ours.keys() | theirs.keys())
    pairs = np.array(union, dtype=np.int64).reshape(-1, 2)
    similarities = []
    for side, own in ((first, ours), (second, theirs)):
        alike = side.similarity(pairs)
        if alike is None:
            alike = [own.get(edge, _NAN) for edge in union]
        similarities.append(np.array(alike, dtype=np.float64))
    depths = {**second.depths(), **first.depths()}
    return EdgeDifference(
        pairs,
        np.array([edge in ours for edge in union], dtype=bool),
        np.array([edge in theirs for edge in union], dtype=bool),
        *similarities,
        depth=np.array([depths.get(edge, _NAN) for edge in union], dtype=np.float64),
    )


def cluster_difference(first: Side, second: Side) -> ClusterDifference:
    """How the company of each shared class changed."""
    clusters = first.clusters(), second.clusters()
    mates = [_sizes(one) - 1 for one in clusters]
    together = _sizes(_joint(*clusters)) - 1
    either = mates[0] + mates[1] - together
    # Alone in both, a class has kept its company.
    overlap = np.where(either > 0, together / np.maximum(either, 1), 1.0)
    return ClusterDifference(*clusters, overlap, either)


def adjusted_rand(first: np.ndarray, second: np.ndarray) -> float:
    """How far two clusterings agree (Hubert & Arabie 1985): 0 by chance, 1 where they are equal.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([5, 5, 3, 3]))
    1.0
    >>> round(adjusted_rand(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])), 9)
    -0.5
    """
    pairs = len(first) * (len(first) - 1) / 2
    together = _pairs_within(_joint(first, second))
    ours, theirs = _pairs_within(first), _pairs_within(second)
    by_chance, most = ours * theirs / pairs, (ours + theirs) / 2
    return (together - by_chance) / (most - by_chance) if most > by_chance else 1.0


def rank_correlation(first: Side, second: Side) -> float:
    """Spearman's of the similarities of all pairs of shared classes; NaN where unknown."""
    s = len(first.chosen)
    if None in (first.analysis.similarity, second.analysis.similarity) or s > CORRELATED_UP_TO:
        return _NAN
    pairs = np.column_stack(np.triu_indices(s, k=1))
    ranks = [average_ranks(side.similarity(pairs)) for side in (first, second)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return _NAN
    return float(np.corrcoef(*ranks)[0, 1])


def _joint(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The clusters of classes that are together in both."""
    return first * (int(second.max()) + 1) + second


def _sizes(clusters: np.ndarray) -> np.ndarray:
    """The size of each class's cluster, (s,)."""
    _, cluster, counts = np.unique(clusters, return_inverse=True, return_counts=True)
    return counts[cluster]


def _pairs_within(clusters: np.ndarray) -> float:
    counts = np.unique(clusters, return_counts=True)[1]
    return float((counts * (counts - 1)).sum() / 2)
