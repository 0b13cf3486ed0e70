"""How two models' scores differ over the same classes: Similarity Depth and compliance."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from semdepth.analysis import Analysis
from semdepth.compliance import NEIGHBOURHOODS
from semdepth.difference.shared import Side
from semdepth.documents import or_nan, or_none
from semdepth.mistakes import JudgedCompliance
from semdepth.paired import (
    ClassShares,
    PairedDifference,
    depth_shares,
    edge_shares,
    paired_differences,
)

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One of two models that are compared, over all of its own classes; NaN where undefined."""

    title: str
    classes: int
    clusters: int
    similarity_depth: float
    normalised: float
    accuracy: float

    def to_dict(self) -> dict:
        return {
            name: or_none(value) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, data: dict) -> ModelFacts:
        numbers = ("similarity_depth", "normalised", "accuracy")
        return cls(**{**data, **{name: or_nan(data[name]) for name in numbers}})


@dataclass(frozen=True, slots=True)
class ComplianceDifference:
    """Both ratios of Similarity Graph Compliance in one neighbourhood, paired."""

    causing: PairedDifference
    explained: PairedDifference

    def to_dict(self) -> dict:
        return {"causing": self.causing.to_dict(), "explained": self.explained.to_dict()}

    @classmethod
    def from_dict(cls, data: dict) -> ComplianceDifference:
        ratios = (PairedDifference.from_dict(data[name]) for name in ("causing", "explained"))
        return cls(*ratios)


def facts_of(analysis: Analysis) -> ModelFacts:
    mistakes = analysis.mistakes
    return ModelFacts(
        title=analysis.subject.title,
        classes=len(analysis.graph.labels),
        clusters=analysis.graph.n_clusters,
        similarity_depth=analysis.depth.mean,
        normalised=analysis.chance.normalised,
        accuracy=_NAN if mistakes is None else mistakes.confusion.accuracy,
    )


@dataclass(frozen=True, slots=True)
class ScoreDifferences:
    """Similarity Depth of both over the shared classes, and with predictions compliance.

    ``left_out`` edges of the two forests have an end outside of the shared classes.
    """

    depth: PairedDifference
    left_out: int
    direct: ComplianceDifference | None = None
    extended: ComplianceDifference | None = None


def score_differences(
    first: Side, second: Side, *, permutations: int, seed: int
) -> ScoreDifferences:
    """All scores that both have, tested by the same swaps of classes."""
    sides = first, second
    shares = [depth_shares(side.analysis.depth, side.chosen) for side in sides]
    left_out = sum(side.left_out for side in shares)
    if all(side.analysis.mistakes is not None for side in sides):
        for neighbourhood in NEIGHBOURHOODS:
            for ratio in ("causing", "explained"):
                shares += [_marked(side, neighbourhood, ratio) for side in sides]
    pairs = [(place, place + 1) for place in range(0, len(shares), 2)]
    depth, *found = paired_differences(shares, pairs, permutations=permutations, seed=seed)
    compliance = [ComplianceDifference(*found[at : at + 2]) for at in range(0, len(found), 2)]
    return ScoreDifferences(depth, left_out, *compliance)


def _marked(side: Side, neighbourhood: str, ratio: str) -> ClassShares:
    """The edges that the other graph answers, as shares by class."""
    mistakes = side.analysis.mistakes
    judged: JudgedCompliance = getattr(mistakes, neighbourhood)
    graph = side.analysis.graph if ratio == "causing" else mistakes.graph
    marks = getattr(judged.found, ratio)
    return edge_shares(graph.edges, marks, side.chosen, len(graph.labels))
