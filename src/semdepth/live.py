"""Similarity Depth and compliance of a network in training, epoch by epoch, at little cost.

What does not change between epochs is computed once; chance levels are exact means, so that
nothing is drawn at random. p-values and intervals are for :func:`semdepth.analyze`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from semdepth.chance import compliance_chance, greatest_mean_depth
from semdepth.class_names import as_code, check_same_classes
from semdepth.clustering import AffinityPropagation, Clusterer
from semdepth.compliance import graph_compliance
from semdepth.confusion import ConfusionMatrix
from semdepth.depth import SimilarityDepth, depths_of_all_pairs, similarity_depth
from semdepth.errors import SemdepthError
from semdepth.graph import SimilarityGraph, build_graph
from semdepth.head import ClassifierHead
from semdepth.labels import Placement
from semdepth.similarity import functional_similarity, structural_similarity
from semdepth.taxonomy import PairDepths

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class LiveCompliance:
    """Both ratios of compliance in one neighbourhood, and what they would be by chance.

    ``explained`` is the share of confusions that perceived similarity explains, ``causing`` the
    share of perceived similarities that caused confusion; NaN where undefined.
    """

    explained: float = _NAN
    explained_chance: float = _NAN
    causing: float = _NAN
    causing_chance: float = _NAN


@dataclass(frozen=True, eq=False, slots=True)
class LiveScores:
    """What :class:`Tracker` finds at one moment of training; what is undefined is NaN.

    Attributes
    ----------
    sd, sd_chance, sd_ceiling : Similarity Depth, its exact mean by chance, and the greatest value
        that a forest with as many edges can have.
    clusters, converged : how many clusters the network makes of its classes, and whether the
        clusterer settled on them.
    accuracy, direct, extended : of the predictions, NaN without any. The two compliances compare
        the classes that have samples.
    unseen : how many classes have no samples in the predictions.
    graph, depth : the graph of perceived similarities and its depths, for
        :func:`semdepth.writing.figures.plot_overview`; None where the network has none.
    reason, mistakes_reason : why Similarity Depth, and why compliance is undefined, or empty.
    """

    sd: float = _NAN
    sd_chance: float = _NAN
    sd_ceiling: float = _NAN
    clusters: float = _NAN
    converged: float = _NAN
    accuracy: float = _NAN
    unseen: float = _NAN
    direct: LiveCompliance = LiveCompliance()
    extended: LiveCompliance = LiveCompliance()
    graph: SimilarityGraph | None = None
    depth: SimilarityDepth | None = None
    reason: str = ""
    mistakes_reason: str = ""

    def __repr__(self) -> str:
        if self.reason:
            return f"LiveScores(undefined: {self.reason})"
        explained = self.direct.explained
        mistakes = "" if math.isnan(explained) else f", confusions explained {explained:.3f}"
        return (
            f"LiveScores(Similarity Depth {self.sd:.2f}, chance {self.sd_chance:.2f}, "
            f"{self.clusters:.0f} clusters{mistakes})"
        )

    def _repr_html_(self) -> str:
        return as_code(self)

    @property
    def sd_normalised(self) -> float:
        """``(sd - chance) / (ceiling - chance)``: 0 at chance, 1 at the ceiling."""
        room = self.sd_ceiling - self.sd_chance
        return (self.sd - self.sd_chance) / room if room else _NAN

    def scalars(self) -> dict[str, float]:
        """What is defined, by the names that loggers get (docs/training.md lists them)."""
        plain = ("sd", "sd_chance", "sd_normalised", "clusters", "converged", "accuracy")
        found = {name: getattr(self, name) for name in plain}
        found["unseen_classes"] = self.unseen
        for name, compliance in (("direct", self.direct), ("extended", self.extended)):
            found[f"compliance_{name}"] = compliance.explained
            found[f"compliance_{name}_chance"] = compliance.explained_chance
            found[f"compliance_{name}_causing"] = compliance.causing
            found[f"compliance_{name}_causing_chance"] = compliance.causing_chance
        return {f"semantic/{k}": float(v) for k, v in found.items() if math.isfinite(v)}


@dataclass(frozen=True, eq=False, slots=True)
class Tracker:
    """Scores a network again and again; called with its head, and predictions where there are any.

    ``placement`` says where the classes stand; ``clusterer`` finds clusters of both graphs,
    ``noise`` and ``lcs`` are :func:`semdepth.analyze`'s. The numbers are those of
    ``analyze(head)`` and, with ``unseen="leave_out"``, of its mistakes; only accuracy counts all
    predictions.

    A call returns :class:`LiveScores` and never raises for what a network in training may be
    (all templates alike, not finite, no error made, no cluster found). It raises
    :class:`LabelError` for other classes than those of the placement.

    >>> import numpy as np
    >>> from semdepth.labels import place
    >>> tracker = Tracker(place(["dog", "cat", "car", "bus", "oak", "rose"]))
    >>> templates = np.random.default_rng(0).normal(size=(6, 8))
    >>> scores = tracker(ClassifierHead(tracker.placement.labels, templates, "fc"))
    >>> scores
    LiveScores(Similarity Depth 5.75, chance 5.60, 2 clusters)
    >>> scores.scalars()["semantic/sd"]
    5.75
    >>> tracker(ClassifierHead(tracker.placement.labels, np.ones((6, 8)), "fc")).scalars()
    {}
    """

    placement: Placement
    clusterer: Clusterer = field(default_factory=AffinityPropagation)
    noise: str = "cluster"
    lcs: str = "min_depth"
    pair_depths: PairDepths = field(init=False, repr=False)

    def __post_init__(self):
        depths = depths_of_all_pairs(self.placement, lcs=self.lcs)
        object.__setattr__(self, "pair_depths", depths)

    def __call__(
        self, head: ClassifierHead, confusion: ConfusionMatrix | None = None
    ) -> LiveScores:
        check_same_classes(self.placement.labels, head.labels, "a placement and a head")
        perceived = self._perceived(head)
        if confusion is None:
            return LiveScores(**perceived)
        check_same_classes(head.labels, confusion.labels, "a model and its confusions")
        return LiveScores(**perceived, **self._mistakes(head, perceived["graph"], confusion))

    def _perceived(self, head: ClassifierHead) -> dict:
        """What the weights alone say."""
        try:
            graph = build_graph(structural_similarity(head), self.clusterer, noise=self.noise)
        except SemdepthError as error:
            return {"graph": None, "reason": str(error)}
        found = {
            "graph": graph,
            "clusters": graph.n_clusters,
            "converged": graph.clustering.converged,
        }
        depth = found["depth"] = similarity_depth(graph, self.placement, lcs=self.lcs)
        if depth.reason:
            return {**found, "reason": depth.reason}
        return {
            **found,
            "sd": depth.mean,
            "sd_chance": self.pair_depths.mean,
            "sd_ceiling": greatest_mean_depth(self.pair_depths, len(depth.edges)),
        }

    def _mistakes(
        self, head: ClassifierHead, graph: SimilarityGraph | None, confusion: ConfusionMatrix
    ) -> dict:
        """What the predictions say beside the weights."""
        found = {"accuracy": confusion.accuracy, "unseen": len(confusion.never_seen)}
        if graph is None:
            return {**found, "mistakes_reason": "the network perceives no similarities"}
        try:
            functional = functional_similarity(confusion, unseen="leave_out")
            if functional.labels != head.labels:
                seen = structural_similarity(head.select(functional.labels))
                graph = build_graph(seen, self.clusterer, noise=self.noise)
            errors = build_graph(functional, self.clusterer, noise=self.noise)
        except SemdepthError as error:
            return {**found, "mistakes_reason": str(error)}
        return {
            **found,
            "direct": _compliance(graph, errors, "direct"),
            "extended": _compliance(graph, errors, "extended"),
            "mistakes_reason": graph_compliance(graph, errors).reason,
        }


def _compliance(
    structural: SimilarityGraph, functional: SimilarityGraph, neighbourhood: str
) -> LiveCompliance:
    # Means by chance are exact, so that one relabelling is as good as a thousand.
    causing, explained = compliance_chance(structural, functional, neighbourhood, permutations=1)
    return LiveCompliance(
        explained.observed, explained.null_mean, causing.observed, causing.null_mean
    )
