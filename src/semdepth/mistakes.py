"""What a model mixes up, and how far its weights foretold it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from semdepth.alignment import Alignment, Severity, align, severity
from semdepth.chance import Chance, compliance_chance
from semdepth.clustering import Clusterer
from semdepth.compliance import Compliance, graph_compliance
from semdepth.confusion import ConfusionMatrix
from semdepth.depth import SimilarityDepth, similarity_depth
from semdepth.forecast import Forecast, forecast
from semdepth.graph import SimilarityGraph, build_graph
from semdepth.labels import Placement
from semdepth.similarity import SimilarityMatrix, functional_similarity, semantic_similarity
from semdepth.taxonomy import PairDepths
from semdepth.verdicts import PairVerdicts, pair_verdicts

StageProgress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class JudgedCompliance:
    """Compliance in one neighbourhood, each of its ratios beside chance."""

    found: Compliance
    causing: Chance
    explained: Chance

    def to_dict(self) -> dict:
        return {
            "found": self.found.to_dict(),
            "causing": self.causing.to_dict(),
            "explained": self.explained.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: dict) -> JudgedCompliance:
        return cls(
            Compliance.from_dict(data["found"]),
            Chance.from_dict(data["causing"]),
            Chance.from_dict(data["explained"]),
        )


def judge_compliance(
    structural: SimilarityGraph,
    functional: SimilarityGraph,
    neighbourhood: str,
    *,
    permutations: int = 1_000,
    seed: int = 42,
) -> JudgedCompliance:
    """Compliance of two forests in one neighbourhood, with its chance level (method 7)."""
    chances = compliance_chance(
        structural, functional, neighbourhood, permutations=permutations, seed=seed
    )
    return JudgedCompliance(graph_compliance(structural, functional, neighbourhood), *chances)


@dataclass(frozen=True, eq=False, slots=True)
class Mistakes:
    """A model's errors beside what its weights (or another model's) perceive.

    ``graph`` and ``depth`` are the confusion graph (NFSG) and its Similarity Depth; ``direct``
    and ``extended`` the Similarity Graph Compliance with chance; ``alignments`` compare the
    functional with the structural matrix, and both with the taxonomy where all classes are
    placed; ``verdicts`` judge every pair.
    """

    confusion: ConfusionMatrix
    graph: SimilarityGraph
    depth: SimilarityDepth
    direct: JudgedCompliance
    extended: JudgedCompliance
    forecast: Forecast
    severity: Severity
    alignments: tuple[Alignment, ...]
    verdicts: PairVerdicts

    def __repr__(self) -> str:
        return (
            f"Mistakes({self.confusion!r}, confusions explained "
            f"{self.direct.found.confusions_explained:.3f} direct, "
            f"{self.extended.found.confusions_explained:.3f} extended)"
        )

    def to_dict(self) -> dict:
        return {
            "confusion": self.confusion.to_dict(),
            "accuracy": self.confusion.accuracy,
            "graph": self.graph.to_dict(),
            "depth": self.depth.to_dict(),
            "direct": self.direct.to_dict(),
            "extended": self.extended.to_dict(),
            "forecast": self.forecast.to_dict(),
            "severity": self.severity.to_dict(),
            "alignments": [alignment.to_dict() for alignment in self.alignments],
            "verdict_counts": self.verdicts.counts(),
            "verdicts": self.verdicts.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: dict) -> Mistakes:
        return cls(
            confusion=ConfusionMatrix.from_dict(data["confusion"]),
            graph=SimilarityGraph.from_dict(data["graph"]),
            depth=SimilarityDepth.from_dict(data["depth"]),
            direct=JudgedCompliance.from_dict(data["direct"]),
            extended=JudgedCompliance.from_dict(data["extended"]),
            forecast=Forecast.from_dict(data["forecast"]),
            severity=Severity.from_dict(data["severity"]),
            alignments=tuple(map(Alignment.from_dict, data["alignments"])),
            verdicts=PairVerdicts.from_dict(data["verdicts"]),
        )


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on a pair counts as confused, often confused, perceived, related (method 8, 9).

    None is the default of :func:`forecast` and :func:`pair_verdicts`.
    """

    often: float | None = None
    confused_from: float | None = None
    perceived_from: float | None = None
    related_percentile: float = 95.0


def examine_mistakes(
    similarity: SimilarityMatrix,
    structural: SimilarityGraph,
    confusion: ConfusionMatrix,
    placement: Placement,
    clusterer: Clusterer,
    pair_depths: PairDepths,
    *,
    noise: str = "cluster",
    lcs: str = "min_depth",
    permutations: int = 1_000,
    seed: int = 42,
    thresholds: Thresholds | None = None,
    progress: StageProgress,
) -> Mistakes:
    """Everything of method 7 to 10 about one confusion matrix; every class needs samples."""
    limits = thresholds or Thresholds()
    functional = functional_similarity(confusion)
    graph = build_graph(
        functional,
        clusterer,
        noise=noise,
        progress=lambda done, total: progress("clusters of confusions", done, total),
    )

    def judged(neighbourhood: str) -> JudgedCompliance:
        progress(f"compliance, {neighbourhood}", 0, 1)
        return judge_compliance(
            structural, graph, neighbourhood, permutations=permutations, seed=seed
        )

    direct, extended = judged("direct"), judged("extended")
    progress("forecast and severity", 0, 1)
    return Mistakes(
        confusion=confusion,
        graph=graph,
        depth=similarity_depth(graph, placement, lcs=lcs),
        direct=direct,
        extended=extended,
        forecast=forecast(similarity, confusion, often=limits.often),
        severity=severity(confusion, placement, lcs=lcs),
        alignments=_alignments(similarity, functional, placement, lcs, seed, progress),
        verdicts=pair_verdicts(
            similarity,
            structural,
            graph,
            confusion,
            placement,
            lcs=lcs,
            confused_from=limits.confused_from,
            perceived_from=limits.perceived_from,
            related_percentile=limits.related_percentile,
            pair_depths=pair_depths,
        ),
    )


def _alignments(
    similarity: SimilarityMatrix,
    functional: SimilarityMatrix,
    placement: Placement,
    lcs: str,
    seed: int,
    progress: StageProgress,
) -> tuple[Alignment, ...]:
    pairs = [(similarity, functional)]
    if not placement.unplaced and len(np.unique(placement.concepts)) > 1:
        semantic = semantic_similarity(placement, "wup", lcs=lcs)
        pairs += [(similarity, semantic), (functional, semantic)]
    return tuple(
        align(
            first,
            second,
            seed=seed,
            progress=lambda done, total, a=first.kind, b=second.kind: progress(
                f"alignment, {a} with {b}", done, total
            ),
        )
        for first, second in pairs
    )
