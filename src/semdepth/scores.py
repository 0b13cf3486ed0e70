"""The scores of one model under several clusterers: what is compared, ranked and tracked.

An :class:`~semdepth.analysis.Analysis` tells the whole story of one model. Of many, only the
numbers are wanted: everything that is the same for all of them is computed once (:class:`Ground`),
and what only a story needs is not computed at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from semdepth.alignment import Severity, severity
from semdepth.chance import Chance, depth_chance
from semdepth.class_names import as_code, check_same_classes
from semdepth.clustering import AffinityPropagation, Clusterer
from semdepth.confusion import ConfusionMatrix
from semdepth.depth import SimilarityDepth, depths_of_all_pairs, similarity_depth
from semdepth.documents import or_none
from semdepth.errors import OptionError
from semdepth.forecast import Forecast, average_ranks, forecast
from semdepth.graph import SimilarityGraph, build_graph
from semdepth.head import ClassifierHead
from semdepth.labels import Placement
from semdepth.mistakes import JudgedCompliance, judge_compliance
from semdepth.similarity import (
    SimilarityMatrix,
    functional_similarity,
    semantic_measure,
    structural_similarity,
)
from semdepth.taxonomy import PairDepths, relations

StageProgress = Callable[[str, int, int], None]

# Of more pairs of classes than this (those of 1000 classes), so many drawn ones are ranked: the
# standard error of a correlation over them is .0014.
RANKED_PAIRS = 500_000

_NAN = float("nan")


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """What does not depend on the model: where its classes stand, and how deep pairs of them meet.

    ``pairs`` (2, p) are the pairs of classes i < j whose similarities are ranked, ``semantic``
    (q,) the standardised ranks of the Wu-Palmer similarities of those ``placed`` (p,) bool, both
    of whose classes have a concept.
    """

    placement: Placement
    lcs: str
    pair_depths: PairDepths
    pairs: np.ndarray
    placed: np.ndarray
    semantic: np.ndarray

    @property
    def labels(self) -> tuple[str, ...]:
        return self.placement.labels


def common_ground(placement: Placement, *, lcs: str = "min_depth") -> Ground:
    """What all models over the same classes share; computed once for many."""
    pairs = _ranked_pairs(len(placement.labels))
    placed = (placement.concepts[pairs] >= 0).all(axis=0)
    return Ground(
        placement=placement,
        lcs=lcs,
        pair_depths=depths_of_all_pairs(placement, lcs=lcs),
        pairs=pairs,
        placed=placed,
        semantic=_standard_ranks(_wu_palmer(placement, pairs[:, placed], lcs)),
    )


@dataclass(frozen=True, eq=False, slots=True)
class GraphScores:
    """What one clusterer makes of one model.

    ``functional``, ``direct`` and ``extended`` are None without predictions, or without errors.
    """

    graph: SimilarityGraph
    depth: SimilarityDepth
    chance: Chance
    functional: SimilarityGraph | None = None
    direct: JudgedCompliance | None = None
    extended: JudgedCompliance | None = None

    @property
    def clusterer(self) -> str:
        return self.graph.clustering.clusterer.name

    def __repr__(self) -> str:
        return f"GraphScores({self.clusterer}: Similarity Depth {self.depth.mean:.2f})"

    def to_dict(self) -> dict:
        parts = ("graph", "depth", "chance", "functional", "direct", "extended")
        return {part: _described(getattr(self, part)) for part in parts}

    @classmethod
    def from_dict(cls, data: dict) -> GraphScores:
        return cls(
            SimilarityGraph.from_dict(data["graph"]),
            SimilarityDepth.from_dict(data["depth"]),
            Chance.from_dict(data["chance"]),
            _restored(SimilarityGraph, data["functional"]),
            _restored(JudgedCompliance, data["direct"]),
            _restored(JudgedCompliance, data["extended"]),
        )


@dataclass(frozen=True, eq=False, slots=True)
class ModelScores:
    """One model's scores: what depends on the clusterer in ``graphs``, one a clusterer.

    ``taxonomy_alignment`` is Spearman's correlation of its similarities with Wu-Palmer's, over
    pairs of placed classes. ``ranks`` (p,) float32 are the standardised ranks of its similarities
    over :class:`Ground`'s pairs, so that the dot product of two models' ranks is their Spearman
    correlation. ``accuracy`` is NaN, ``forecast`` and ``severity`` are None without predictions.
    """

    title: str
    labels: tuple[str, ...]
    tensor: str | None
    dimension: int | None
    taxonomy_alignment: float
    ranks: np.ndarray
    graphs: tuple[GraphScores, ...]
    accuracy: float = _NAN
    forecast: Forecast | None = None
    severity: Severity | None = None

    def __post_init__(self):
        self.ranks.setflags(write=False)

    def __repr__(self) -> str:
        scores = ", ".join(f"{one.clusterer} {one.depth.mean:.2f}" for one in self.graphs)
        return f"ModelScores({self.title!r}: Similarity Depth {scores})"

    def _repr_html_(self) -> str:
        return as_code(self)

    def of(self, clusterer: str) -> GraphScores:
        """The scores under the clusterer of that name."""
        found = [one for one in self.graphs if one.clusterer == clusterer]
        if not found:
            has = ", ".join(one.clusterer for one in self.graphs)
            raise OptionError(f"expected a clusterer out of {has}, found {clusterer!r}")
        return found[0]

    def to_dict(self) -> dict:
        """A plain dict, ready for JSON; ``ranks`` stay out, as they are an array of millions."""
        plain = ("title", "tensor", "dimension", "taxonomy_alignment", "accuracy")
        return {
            **{name: or_none(getattr(self, name)) for name in plain},
            "labels": list(self.labels),
            "graphs": [one.to_dict() for one in self.graphs],
            "forecast": _described(self.forecast),
            "severity": _described(self.severity),
        }

    @classmethod
    def from_dict(cls, data: dict, ranks: np.ndarray) -> ModelScores:
        """The scores that :meth:`to_dict` described, with their ``ranks``."""
        undefined = {
            name: _NAN for name in ("taxonomy_alignment", "accuracy") if data[name] is None
        }
        return cls(
            **{
                **data,
                **undefined,
                "labels": tuple(data["labels"]),
                "graphs": tuple(map(GraphScores.from_dict, data["graphs"])),
                "forecast": _restored(Forecast, data["forecast"]),
                "severity": _restored(Severity, data["severity"]),
            },
            ranks=ranks,
        )


def score_model(
    subject: ClassifierHead | SimilarityMatrix,
    ground: Ground,
    *,
    clusterers: Sequence[Clusterer] = (),
    confusion: ConfusionMatrix | None = None,
    noise: str = "cluster",
    permutations: int = 1_000,
    seed: int = 42,
    title: str = "",
    progress: StageProgress | None = None,
) -> ModelScores:
    """Score one model under each clusterer, by default affinity propagation (method 1 to 8, 10).

    The numbers are :func:`semdepth.analyze`'s for the same settings. Every class of
    ``confusion`` needs samples. ``progress(stage, done, total)`` is called while it runs.

    >>> from semdepth.labels import place
    >>> pets = ("dog", "cat", "car", "bus", "oak", "rose")
    >>> random = np.random.default_rng(0)
    >>> head = ClassifierHead(pets, random.normal(size=(6, 8)), "fc")
    >>> score_model(head, common_ground(place(pets)), title="noise")
    ModelScores('noise': Similarity Depth affinity 5.75)
    """
    check_same_classes(subject.labels, ground.labels, "a model and its ground")
    tell = progress or _silent
    clusterers = clusterers or (AffinityPropagation(seed=seed),)
    tell("similarity", 0, 1)
    is_head = isinstance(subject, ClassifierHead)
    similarity = structural_similarity(subject) if is_head else subject
    # A model without errors has no graph of them; all its other scores are defined.
    erred = confusion is not None and confusion.confusions.any()
    functional = functional_similarity(confusion) if erred else None
    null = {"permutations": permutations, "seed": seed}
    graphs = tuple(
        _score_graph(similarity, functional, clusterer, ground, noise, null, tell)
        for clusterer in clusterers
    )
    ranks = _standard_ranks(similarity.of(*ground.pairs))
    return ModelScores(
        title=title or (subject.tensor if is_head else f"{subject.kind} similarities"),
        labels=similarity.labels,
        tensor=subject.tensor if is_head else None,
        dimension=subject.dimension if is_head else None,
        taxonomy_alignment=_alignment(ranks, ground),
        ranks=ranks,
        graphs=graphs,
        **_mistakes(similarity, confusion, ground),
    )


def _score_graph(
    similarity: SimilarityMatrix,
    functional: SimilarityMatrix | None,
    clusterer: Clusterer,
    ground: Ground,
    noise: str,
    null: dict,
    tell: StageProgress,
) -> GraphScores:
    graph = build_graph(
        similarity, clusterer, noise=noise, progress=partial(tell, f"clusters ({clusterer.name})")
    )
    depth = similarity_depth(graph, ground.placement, lcs=ground.lcs)
    chance = depth_chance(
        depth, ground.placement, lcs=ground.lcs, pair_depths=ground.pair_depths, **null
    )
    if functional is None:
        return GraphScores(graph, depth, chance)
    of_errors = build_graph(functional, clusterer, noise=noise)
    judged = (
        judge_compliance(graph, of_errors, neighbourhood, **null)
        for neighbourhood in ("direct", "extended")
    )
    return GraphScores(graph, depth, chance, of_errors, *judged)


def _mistakes(
    similarity: SimilarityMatrix, confusion: ConfusionMatrix | None, ground: Ground
) -> dict:
    if confusion is None:
        return {}
    return {
        "accuracy": confusion.accuracy,
        "forecast": forecast(similarity, confusion),
        "severity": severity(confusion, ground.placement, lcs=ground.lcs),
    }


def _ranked_pairs(n: int) -> np.ndarray:
    """All pairs i < j, (2, p), or of very many some that are always the same."""
    if _n_pairs(n) <= RANKED_PAIRS:
        return np.array(np.triu_indices(n, k=1))
    random = np.random.default_rng(n)
    first = random.integers(n, size=RANKED_PAIRS)
    second = (first + random.integers(1, n, size=RANKED_PAIRS)) % n
    return np.stack((np.minimum(first, second), np.maximum(first, second)))


def _n_pairs(n: int) -> int:
    return n * (n - 1) // 2


def _wu_palmer(placement: Placement, pairs: np.ndarray, lcs: str) -> np.ndarray:
    """Wu-Palmer similarity of pairs (2, p) of placed classes."""
    related = relations(placement.taxonomy, np.maximum(placement.concepts, 0), lcs=lcs)
    if _n_pairs(len(placement.labels)) <= RANKED_PAIRS:
        return semantic_measure(related, "wup")[tuple(pairs)]
    return related.of_pairs(pairs.T)[1]


def _standard_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks with mean 0 and length 1, float32; all NaN where all values are equal."""
    ranks = average_ranks(values)
    ranks -= ranks.mean() if len(ranks) else 0
    length = np.linalg.norm(ranks)
    return (ranks / length if length else np.full(len(ranks), _NAN)).astype(np.float32)


def _alignment(ranks: np.ndarray, ground: Ground) -> float:
    """Spearman's correlation of a model's ranked similarities with the taxonomy's."""
    ours = ranks if ground.placed.all() else _standard_ranks(ranks[ground.placed])
    return float(np.dot(ours, ground.semantic)) if len(ours) else _NAN


def _described(value: object) -> dict | None:
    return None if value is None else value.to_dict()


def _restored(kind: type, data: dict | None):
    return None if data is None else kind.from_dict(data)


def _silent(stage: str, done: int, total: int) -> None:
    """The progress of a call that nobody watches."""
