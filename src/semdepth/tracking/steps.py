"""The checkpoints of a run, each beside the one before it and beside the last."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from semdepth.comparison import ComparedModel, FailedModel, compared_model
from semdepth.compliance import edge_keys
from semdepth.difference import adjusted_rand
from semdepth.documents import defined, plain
from semdepth.scores import GraphScores, ModelScores

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Step:
    """One checkpoint of a run; NaN where a number is undefined.

    ``scores`` is its row, None where the checkpoint failed: then ``error`` says why. The rest
    sets it beside the nearest earlier checkpoint with scores (``*_kept``) and beside the last
    one (``*_as_last``): the Jaccard index of the two forests' edges, Spearman's correlation of
    the two's similarities, the adjusted Rand index of the clusters.
    """

    epoch: float
    title: str
    scores: ComparedModel | None
    edges: int = 0
    edges_kept: float = _NAN
    similarities_kept: float = _NAN
    clusters_kept: float = _NAN
    edges_as_last: float = _NAN
    similarities_as_last: float = _NAN
    error: str = ""

    @property
    def turnover(self) -> float:
        """``1 - edges_kept``: how much of the forest is new or gone since the checkpoint before."""
        return 1 - self.edges_kept

    def to_dict(self) -> dict:
        return plain(asdict(self))

    @classmethod
    def from_dict(cls, data: dict) -> Step:
        scores = data["scores"]
        row = None if scores is None else ComparedModel(**defined(scores))
        return cls(**{**defined({**data, "scores": 0}), "scores": row})


def follow(
    models: tuple, scored: list[ModelScores], graphs: list[GraphScores], epochs: list[float]
) -> tuple[Step, ...]:
    n, at = len(scored[0].labels), 0
    keys = [edge_keys(scores.graph.edges, n) for scores in graphs]
    steps = []
    for model, epoch in zip(models, epochs, strict=True):
        if isinstance(model, FailedModel):
            steps.append(Step(epoch, model.model, None, error=model.error))
            continue
        kept = _beside_previous(scored, graphs, keys, at) if at else {}
        step = Step(
            epoch,
            model.title,
            compared_model(model, graphs[at]),
            edges=len(keys[at]),
            edges_as_last=_jaccard(keys[at], keys[-1]),
            similarities_as_last=_spearman(model, scored[-1]),
            **kept,
        )
        steps.append(step)
        at += 1
    return tuple(steps)


def _beside_previous(
    scored: list[ModelScores], graphs: list[GraphScores], keys: list[np.ndarray], at: int
) -> dict[str, float]:
    ours, before = graphs[at].graph, graphs[at - 1].graph
    return {
        "edges_kept": _jaccard(keys[at], keys[at - 1]),
        "similarities_kept": _spearman(scored[at], scored[at - 1]),
        "clusters_kept": adjusted_rand(ours.membership, before.membership),
    }


def _jaccard(first: np.ndarray, second: np.ndarray) -> float:
    both = len(np.intersect1d(first, second, assume_unique=True))
    either = len(first) + len(second) - both
    return both / either if either else _NAN


def _spearman(first: ModelScores, second: ModelScores) -> float:
    return float(np.clip(np.dot(first.ranks, second.ranks), -1, 1))
