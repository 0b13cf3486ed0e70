"""What differs between two analyses: edges, clusters and confusions of the classes both have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.analysis import Analysis
from semdepth.errors import LabelError
from semdepth.forecast import average_ranks
from semdepth.writing.report.view.columns import number, places, rounded

MOST_DIFFERING = 5_000
# Of more classes, ranks of all pairs would take gigabytes.
CORRELATED_UP_TO = 5_000


@dataclass(frozen=True, eq=False, slots=True)
class _Side:
    """One of the two: its analysis, and where it has each of the shared classes, (s,)."""

    analysis: Analysis
    chosen: np.ndarray

    def clusters(self) -> np.ndarray:
        return self.analysis.graph.membership[self.chosen]

    def edges(self) -> dict[tuple[int, int], float]:
        """The forest's edges between shared classes, by their places among these."""
        graph = self.analysis.graph
        place = np.full(len(graph.labels), -1)
        place[self.chosen] = np.arange(len(self.chosen))
        ends = np.sort(place[graph.edges], axis=1)
        kept = ends[:, 0] >= 0
        return dict(zip(map(tuple, ends[kept].tolist()), graph.weights[kept].tolist(), strict=True))

    def similarity(self, pairs: np.ndarray) -> np.ndarray | None:
        """Of pairs of shared classes; None where the analysis does not hold its matrix."""
        matrix = self.analysis.similarity
        return None if matrix is None else matrix.values[tuple(self.chosen[pairs].T)]


def difference_view(first: Analysis, second: Analysis) -> dict:
    """The two side by side; classes are aligned by name and numbered as ``shared`` lists them.

    Raises :class:`LabelError` where they share fewer than two classes.
    """
    ours, theirs = first.graph.labels, second.graph.labels
    there = places(theirs)
    chosen = [(i, there[label]) for i, label in enumerate(ours) if label in there]
    if len(chosen) < 2:
        raise LabelError(
            f"expected two analyses with classes in common, found {len(chosen)} shared by "
            f"{first.subject.title!r} and {second.subject.title!r}; name their classes alike "
            "(semdepth analyze --labels)"
        )
    columns = np.array(chosen).T
    sides = _Side(first, columns[0]), _Side(second, columns[1])
    clusters = [side.clusters() for side in sides]
    edges = [side.edges() for side in sides]
    union, both = edges[0].keys() | edges[1].keys(), edges[0].keys() & edges[1].keys()
    return {
        "shared": {
            "label": [ours[i] for i in columns[0].tolist()],
            "first": columns[0].tolist(),
            "second": columns[1].tolist(),
        },
        "only_first": np.setdiff1d(np.arange(len(ours)), columns[0]).tolist(),
        "only_second": np.setdiff1d(np.arange(len(theirs)), columns[1]).tolist(),
        "edges": _edges_view(sides, edges, sorted(union)),
        "moved": _moved_view(*clusters),
        "confusions": _confusions_view(*sides),
        "adjusted_rand": number(adjusted_rand(*clusters)),
        "edge_jaccard": number(len(both) / len(union)) if union else None,
        "spearman": number(_spearman(*sides)),
    }


def _edges_view(
    sides: tuple[_Side, _Side],
    edges: list[dict[tuple[int, int], float]],
    union: list[tuple[int, int]],
) -> dict:
    """Every edge of either forest; its similarity in a model even where that has no such edge."""
    pairs = np.array(union, dtype=np.int64).reshape(-1, 2)
    similarities = []
    for side, own in zip(sides, edges, strict=True):
        alike = side.similarity(pairs)
        similarities.append([own.get(edge) for edge in union] if alike is None else alike.tolist())
    return {
        "a": pairs[:, 0].tolist(),
        "b": pairs[:, 1].tolist(),
        "in_first": [edge in edges[0] for edge in union],
        "in_second": [edge in edges[1] for edge in union],
        "similarity_first": rounded(similarities[0]),
        "similarity_second": rounded(similarities[1]),
    }


def _moved_view(first: np.ndarray, second: np.ndarray) -> dict:
    """Each shared class, those whose cluster mates changed most first."""
    mates = [_sizes(clusters) - 1 for clusters in (first, second)]
    together = _sizes(_joint(first, second)) - 1
    either = mates[0] + mates[1] - together
    # Alone in both, a class has kept its company.
    overlap = np.where(either > 0, together / np.maximum(either, 1), 1.0)
    order = np.lexsort((-either, overlap))
    return {
        "class": order.tolist(),
        "overlap": rounded(overlap[order]),
        "cluster_first": first[order].tolist(),
        "cluster_second": second[order].tolist(),
    }


def _confusions_view(first: _Side, second: _Side) -> dict | None:
    """Pairs that the two mix up differently often, the greatest difference of shares first."""
    if first.analysis.mistakes is None or second.analysis.mistakes is None:
        return None
    counts, seen, shares = [], [], []
    for side in (first, second):
        confusion = side.analysis.mistakes.confusion
        both = confusion.confusions[np.ix_(side.chosen, side.chosen)]
        samples = confusion.counts.sum(axis=1)[side.chosen]
        counts.append(both)
        seen.append(samples)
        shares.append(both / np.maximum(samples[:, None] + samples, 1e-300))
    # As shares, since one model may have seen more samples than the other.
    apart = np.triu(np.abs(shares[0] - shares[1]).round(12), k=1)
    a, b = np.nonzero(apart)
    order = np.argsort(-apart[a, b], kind="stable")[:MOST_DIFFERING]
    a, b = a[order], b[order]
    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "first": rounded(counts[0][a, b], 6),
        "second": rounded(counts[1][a, b], 6),
        "first_of": rounded(seen[0][a] + seen[0][b], 6),
        "second_of": rounded(seen[1][a] + seen[1][b], 6),
        "omitted": int(np.count_nonzero(apart)) - len(a),
    }


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


def _spearman(first: _Side, second: _Side) -> float | None:
    """Rank correlation of the similarities of all pairs of shared classes."""
    s = len(first.chosen)
    if None in (first.analysis.similarity, second.analysis.similarity) or s > CORRELATED_UP_TO:
        return None
    pairs = np.column_stack(np.triu_indices(s, k=1))
    ranks = [average_ranks(side.similarity(pairs)) for side in (first, second)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return None
    return float(np.corrcoef(*ranks)[0, 1])
