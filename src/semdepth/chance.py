"""What a score would be by chance: null models, p-values, ceilings and intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.class_names import as_code
from semdepth.compliance import (
    edge_keys,
    graph_compliance,
    touched_clusters,
    within_clusters,
)
from semdepth.depth import SimilarityDepth, depths_of_all_pairs
from semdepth.documents import or_none
from semdepth.errors import OptionError
from semdepth.graph import SimilarityGraph
from semdepth.kernels.spanning import spanning_tree_weights
from semdepth.labels import Placement
from semdepth.taxonomy import PairDepths

_NAN = float("nan")
_RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Chance:
    """A score beside what it would be by chance.

    ``null_mean`` is exact, ``null_sd`` and ``p_value`` come from ``permutations`` random
    relabellings; ``ceiling`` is the greatest value that any forest with as many edges can have;
    ``interval`` the 95% percentile interval. What is undefined is NaN, and ``reason`` says why;
    ceiling and interval are Similarity Depth's alone.
    """

    observed: float
    null_mean: float
    null_sd: float
    p_value: float
    permutations: int
    ceiling: float = _NAN
    interval: tuple[float, float] = (_NAN, _NAN)
    reason: str = ""

    def __repr__(self) -> str:
        return (
            f"Chance(observed {self.observed:.4g}, by chance {self.null_mean:.4g}, "
            f"p = {self.p_value:.2g})"
        )

    def _repr_html_(self) -> str:
        return as_code(self)

    @property
    def normalised(self) -> float:
        """``(observed - chance) / (ceiling - chance)``: 0 at chance, 1 at the ceiling."""
        room = self.ceiling - self.null_mean
        return (self.observed - self.null_mean) / room if room else _NAN

    @property
    def lift(self) -> float:
        """``observed / chance``: how many times what chance gives."""
        return self.observed / self.null_mean if self.null_mean else _NAN

    def to_dict(self) -> dict:
        """A plain dict, ready for JSON: None where a number is undefined."""
        return {
            "observed": or_none(self.observed),
            "null_mean": or_none(self.null_mean),
            "null_sd": or_none(self.null_sd),
            "p_value": or_none(self.p_value),
            "permutations": self.permutations,
            "ceiling": or_none(self.ceiling),
            "normalised": or_none(self.normalised),
            "lift": or_none(self.lift),
            "interval": [or_none(end) for end in self.interval],
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, data: dict) -> Chance:
        fields = {
            name: _NAN if value is None else value
            for name, value in data.items()
            if name not in ("normalised", "lift", "interval")
        }
        low, high = (_NAN if end is None else end for end in data["interval"])
        return cls(**fields, interval=(low, high))


def depth_chance(
    depth: SimilarityDepth,
    placement: Placement,
    *,
    lcs: str = "min_depth",
    permutations: int = 1_000,
    seed: int = 42,
    pair_depths: PairDepths | None = None,
) -> Chance:
    """Similarity Depth against random relabellings of the forest's nodes (method 6).

    The concepts of the placed classes are dealt out anew; the forest stays. The exact mean is
    the mean LCS depth over all pairs of placed classes. p is one-sided,
    ``(1 + nulls at least as great) / (1 + permutations)``. The ceiling is greedy and exact,
    since forests form a matroid. The interval resamples clusters, 1,000 times.
    ``pair_depths`` is what :func:`depths_of_all_pairs` gives, where that is at hand already.
    """
    _check_permutations(permutations)
    if depth.reason:
        return Chance(_NAN, _NAN, _NAN, _NAN, permutations, _NAN, (_NAN, _NAN), depth.reason)
    placed = np.flatnonzero(placement.concepts >= 0)
    pairs = depths_of_all_pairs(placement, lcs=lcs) if pair_depths is None else pair_depths
    first, second = np.searchsorted(placed, depth.edges).T
    shuffles, resamples = np.random.default_rng(seed).spawn(2)
    nulls = np.array(
        [
            pairs.of(relabelled[first], relabelled[second]).sum(dtype=np.int64)
            for relabelled in (shuffles.permutation(len(placed)) for _ in range(permutations))
        ]
    )
    interval, reason = _interval(depth, resamples)
    return Chance(
        observed=depth.mean,
        null_mean=pairs.mean,
        null_sd=float(np.std(nulls / len(first))),
        p_value=_p_value(nulls, depth.depths.sum()),
        permutations=permutations,
        ceiling=greatest_mean_depth(pairs, len(first)),
        interval=interval,
        reason=reason,
    )


def compliance_chance(
    structural: SimilarityGraph,
    functional: SimilarityGraph,
    neighbourhood: str = "direct",
    *,
    permutations: int = 1_000,
    seed: int = 42,
) -> tuple[Chance, Chance]:
    """Both ratios of compliance against random relabellings of one graph's nodes (method 7).

    The functional graph's forest and clusters move together under each relabelling. First the
    chance of *similarities causing confusion*, then that of *confusions explained*. Means are
    exact: an edge lands on any pair of classes with equal probability, so the mean is the share
    of pairs that the other graph answers. p is one-sided, as for :func:`depth_chance`.
    """
    _check_permutations(permutations)
    observed = graph_compliance(structural, functional, neighbourhood)
    ratios = observed.similarities_causing_confusion, observed.confusions_explained
    if observed.reason:
        nothing = (_NAN, _NAN, _NAN, permutations)
        return tuple(Chance(ratio, *nothing, reason=observed.reason) for ratio in ratios)
    n = len(structural.labels)
    random = np.random.default_rng(seed)
    nulls = np.array(
        [
            _answered(structural, functional, neighbourhood, random.permutation(n))
            for _ in range(permutations)
        ]
    )
    hits = observed.causing.sum(), observed.explained.sum()
    edges = len(structural.edges), len(functional.edges)
    answered = (_share_answered(graph, neighbourhood) for graph in (functional, structural))
    return tuple(
        Chance(
            observed=ratio,
            null_mean=mean,
            null_sd=float(np.std(nulls[:, side] / edges[side])),
            p_value=_p_value(nulls[:, side], hits[side]),
            permutations=permutations,
        )
        for side, (ratio, mean) in enumerate(zip(ratios, answered, strict=True))
    )


def _answered(
    structural: SimilarityGraph,
    functional: SimilarityGraph,
    neighbourhood: str,
    moved: np.ndarray,
) -> tuple[int, int]:
    """How many edges of either graph the other answers when class ``i`` goes to ``moved[i]``."""
    edges = moved[functional.edges]
    if neighbourhood == "direct":
        n = len(moved)
        common = np.isin(edge_keys(edges, n), edge_keys(structural.edges, n)).sum()
        return common, common
    touched = np.empty_like(moved)
    touched[moved] = touched_clusters(functional)
    return (
        within_clusters(structural.edges, touched).sum(),
        within_clusters(edges, touched_clusters(structural)).sum(),
    )


def _share_answered(graph: SimilarityGraph, neighbourhood: str) -> float:
    """The share of all pairs of classes that this graph answers."""
    n = len(graph.labels)
    if neighbourhood == "direct":
        return 2 * len(graph.edges) / (n * (n - 1))
    touched = touched_clusters(graph)
    sizes = np.bincount(touched[touched >= 0])
    return float((sizes * (sizes - 1)).sum() / (n * (n - 1)))


def _p_value(nulls: np.ndarray, observed: float) -> float:
    """``(1 + nulls at least as great) / (1 + nulls)``, for whole numbers: ties are seen to tie."""
    return (1 + int(np.count_nonzero(nulls >= observed))) / (1 + len(nulls))


def _check_permutations(permutations: int) -> None:
    if permutations < 1:
        raise OptionError(f"expected permutations above 0, found {permutations}")


def greatest_mean_depth(pairs: PairDepths, n_edges: int) -> float:
    """The greatest mean depth of ``n_edges`` pairs that form a forest.

    Kruskal's greedy choice, stopped at ``n_edges``, is optimal for forests of that size; its
    edges are the heaviest of a maximum spanning tree. Such a tree needs only the kinds: at the
    level of depth ``d``, where all pairs at least so deep are edges, the classes of a kind that
    has an edge (a cell of its row is ``d`` or more, its own cell included) hang together, and all
    other classes stand alone. So one class of each kind spans the kinds, and every further class
    is joined at the greatest depth of its row.

    >>> from semdepth.taxonomy import depths_by_kind
    >>> pairs = depths_by_kind(np.array([0, 0, 1]), np.array([[5, 2], [2, 9]]))
    >>> greatest_mean_depth(pairs, 1), greatest_mean_depth(pairs, 2)
    (5.0, 3.5)
    """
    further = np.bincount(pairs.kinds) - 1
    joined = np.repeat(pairs.table.max(axis=1), further)
    weights = np.sort(np.concatenate((spanning_tree_weights(pairs.table), joined)))
    return float(np.mean(weights[-n_edges:], dtype=np.float64))


def _interval(
    depth: SimilarityDepth, random: np.random.Generator
) -> tuple[tuple[float, float], str]:
    """95% percentile interval from clusters drawn with replacement, their edges pooled."""
    _, cluster = np.unique(depth.clusters, return_inverse=True)
    counts = np.bincount(cluster)
    if len(counts) < 2:
        return (_NAN, _NAN), "an interval needs two clusters with edges, there is one"
    sums = np.bincount(cluster, depth.depths)
    drawn = random.integers(len(counts), size=(_RESAMPLES, len(counts)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return (float(low), float(high)), ""
