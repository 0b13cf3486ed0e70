"""Many models side by side: their scores, ranks, tests of each two, and what goes with what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations

import numpy as np

from semdepth.association import Association, associate
from semdepth.class_names import as_code, check_same_classes
from semdepth.errors import OptionError, ReadError
from semdepth.forecast import average_ranks
from semdepth.paired import PairedDifference, depth_shares, paired_differences
from semdepth.scores import GraphScores, ModelScores

SCHEMA = "semdepth/comparison"
SCHEMA_VERSION = 1

_LEVEL = 0.05
_PERMUTATIONS_A_PAIR = 100
_MOST_PERMUTATIONS = 200_000

# The scores in words; those of changes are what :mod:`semdepth.tracking` compares of two epochs.
SCORE_NAMES = {
    "sd": "Similarity Depth",
    "accuracy": "accuracy",
    "explained": "confusions explained",
    "causing": "similarities causing confusion",
    "explained_extended": "confusions explained (extended)",
    "causing_extended": "similarities causing confusion (extended)",
    "taxonomy_alignment": "alignment with the taxonomy",
    "forecast_precision": "precision of the forecast",
    "severity_depth": "depth of the mistakes",
    "sd change": "its change",
    "explained change": "the change of confusions explained",
    "accuracy change": "change of accuracy",
}

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class ComparedModel:
    """One model under one clusterer, a row of the table; NaN where a number is undefined.

    ``sd_*`` is Similarity Depth with its interval, chance, p-value, ceiling and normalised value;
    ``causing`` and ``explained`` are the two ratios of compliance, direct and extended, each with
    chance and p-value; ``forecast_precision`` is that among as many most alike pairs as are often
    confused; ``severity_depth`` the mean LCS depth of the mistakes. Those from ``accuracy`` on
    need predictions.
    """

    model: str
    clusterer: str
    clusters: int
    noise_share: float
    converged: bool
    sd: float
    sd_low: float
    sd_high: float
    sd_chance: float
    sd_p: float
    sd_ceiling: float
    sd_normalised: float
    wu_palmer: float
    taxonomy_alignment: float
    accuracy: float = _NAN
    causing: float = _NAN
    causing_chance: float = _NAN
    causing_p: float = _NAN
    explained: float = _NAN
    explained_chance: float = _NAN
    explained_p: float = _NAN
    causing_extended: float = _NAN
    causing_extended_chance: float = _NAN
    causing_extended_p: float = _NAN
    explained_extended: float = _NAN
    explained_extended_chance: float = _NAN
    explained_extended_p: float = _NAN
    forecast_precision: float = _NAN
    forecast_chance: float = _NAN
    average_precision: float = _NAN
    nearest_is_most_confused: float = _NAN
    severity_depth: float = _NAN


@dataclass(frozen=True, slots=True)
class FailedModel:
    """A model that could not be compared, and the error that says why."""

    model: str
    error: str


@dataclass(frozen=True, slots=True)
class TestedPair:
    """The difference in Similarity Depth of two models under one clusterer, second minus first.

    ``adjusted_p`` is Holm's (1979), over all pairs of models of the comparison.
    """

    # Not a test, whatever pytest thinks of the name.
    __test__ = False

    clusterer: str
    first: str
    second: str
    difference: PairedDifference
    adjusted_p: float

    def to_dict(self) -> dict:
        return {**_plain(asdict(self)), "difference": self.difference.to_dict()}

    @classmethod
    def from_dict(cls, data: dict) -> TestedPair:
        difference = PairedDifference.from_dict(data["difference"])
        return cls(**{**data, "difference": difference, "adjusted_p": _defined(data["adjusted_p"])})


@dataclass(frozen=True, slots=True)
class Stability:
    """How far clusterers rank the models alike.

    ``concordance`` is Kendall's W (Kendall & Babington Smith 1939; 1: all alike, 0: no agreement)
    of the ``clusterers``' rankings by Similarity Depth; ``agreement`` the share of pairs of
    models that all of them order alike; ``correlations`` Spearman's of each two clusterers.
    """

    clusterers: tuple[str, ...]
    concordance: float
    agreement: float
    correlations: tuple[tuple[float, ...], ...]

    def to_dict(self) -> dict:
        return _plain(asdict(self))

    @classmethod
    def from_dict(cls, data: dict) -> Stability:
        rows = tuple(tuple(map(_defined, row)) for row in data["correlations"])
        numbers = (_defined(data[name]) for name in ("concordance", "agreement"))
        return cls(tuple(data["clusterers"]), *numbers, rows)


@dataclass(frozen=True, eq=False, slots=True)
class Comparison:
    """Models over the same classes, compared.

    ``rows`` hold one :class:`ComparedModel` a model and clusterer, models in the order given.
    ``alignment`` (k, k) is Spearman's correlation of each two models' similarities.
    ``stability`` is None for one clusterer, ``associations`` are empty for fewer than four models.
    ``parameters`` are those of every model; ``notes`` what a reader must know.
    """

    labels: tuple[str, ...]
    models: tuple[str, ...]
    rows: tuple[ComparedModel, ...]
    failed: tuple[FailedModel, ...]
    alignment: np.ndarray
    tests: tuple[TestedPair, ...]
    stability: Stability | None
    associations: tuple[Association, ...]
    parameters: dict
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        self.alignment.setflags(write=False)

    def __repr__(self) -> str:
        failed = f", {len(self.failed)} failed" if self.failed else ""
        return (
            f"Comparison({len(self.models)} models of {len(self.labels)} classes by "
            f"{', '.join(self.clusterers)}{failed})"
        )

    def _repr_html_(self) -> str:
        return as_code(self)

    @property
    def clusterers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.clusterer for row in self.rows))

    @property
    def has_predictions(self) -> bool:
        return any(not np.isnan(row.accuracy) for row in self.rows)

    def by(self, clusterer: str) -> tuple[ComparedModel, ...]:
        """The rows of one clusterer, models in the order given."""
        return tuple(row for row in self.rows if row.clusterer == clusterer)

    def ranks(self, clusterer: str, score: str = "sd") -> dict[str, float]:
        """Each model's rank by a score, 1 for the greatest; equal ones share the mean rank."""
        rows = self.by(clusterer)
        values = np.array([getattr(row, score) for row in rows])
        ranks = np.full(len(rows), _NAN)
        known = ~np.isnan(values)
        ranks[known] = average_ranks(-values[known])
        return dict(zip((row.model for row in rows), ranks.tolist(), strict=True))

    def to_dict(self) -> dict:
        """A plain dict, ready for JSON."""
        return {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "labels": list(self.labels),
            "models": list(self.models),
            "rows": [_plain(asdict(row)) for row in self.rows],
            "failed": [asdict(one) for one in self.failed],
            "alignment": _plain(self.alignment.tolist()),
            "tests": [one.to_dict() for one in self.tests],
            "stability": None if self.stability is None else self.stability.to_dict(),
            "associations": [one.to_dict() for one in self.associations],
            "parameters": self.parameters,
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, data: dict) -> Comparison:
        """The comparison that :meth:`to_dict` described; :class:`ReadError` for another schema."""
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            raise ReadError(f"expected a comparison written by semdepth ({SCHEMA}), found none")
        if data["schema_version"] != SCHEMA_VERSION:
            raise ReadError(
                f"expected version {SCHEMA_VERSION} of {SCHEMA}, found "
                f"{data['schema_version']}; compare the models again with this semdepth"
            )
        stability = data["stability"]
        alignment = [[_defined(cell) for cell in row] for row in data["alignment"]]
        return cls(
            labels=tuple(data["labels"]),
            models=tuple(data["models"]),
            rows=tuple(
                ComparedModel(**{name: _defined(x) for name, x in row.items()})
                for row in data["rows"]
            ),
            failed=tuple(FailedModel(**one) for one in data["failed"]),
            alignment=np.array(alignment, dtype=np.float64).reshape(len(alignment), -1),
            tests=tuple(map(TestedPair.from_dict, data["tests"])),
            stability=None if stability is None else Stability.from_dict(stability),
            associations=tuple(map(Association.from_dict, data["associations"])),
            parameters=data["parameters"],
            notes=tuple(data["notes"]),
        )


def compare_scores(
    models: Sequence[ModelScores],
    *,
    failed: Sequence[FailedModel] = (),
    permutations: int = 1_000,
    seed: int = 42,
    notes: Sequence[str] = (),
) -> Comparison:
    """Compare models that were scored over the same classes by the same clusterers.

    Every two models are tested under every clusterer (:mod:`semdepth.paired`); those whose p may
    be below .05 with as many permutations as Holm's adjustment over so many pairs asks for, up to
    200,000. Raises :class:`LabelError` where classes differ,
    :class:`OptionError` without a model, or for two of one title.

    >>> from semdepth.head import ClassifierHead
    >>> from semdepth.labels import place
    >>> from semdepth.scores import common_ground, score_model
    >>> pets, random = ("dog", "cat", "car", "bus", "oak", "rose"), np.random.default_rng(0)
    >>> heads = [ClassifierHead(pets, random.normal(size=(6, 8)), name) for name in "ab"]
    >>> ground = common_ground(place(pets))
    >>> compare_scores([score_model(head, ground, title=head.tensor) for head in heads])
    Comparison(2 models of 6 classes by affinity)
    """
    models = tuple(models)
    if not models:
        why = f": {failed[0].model}: {failed[0].error}" if failed else ""
        raise OptionError(f"expected a model to compare, found {len(failed)} that failed{why}")
    for model in models[1:]:
        check_same_classes(models[0].labels, model.labels, "models")
    titles = [model.title for model in models]
    repeated = next((title for title in titles if titles.count(title) > 1), None)
    if repeated is not None:
        raise OptionError(
            f"expected a title of its own for each model, found {repeated!r} twice; rename one"
        )
    rows = tuple(compared_model(model, graph) for model in models for graph in model.graphs)
    clusterers = [graph.clusterer for graph in models[0].graphs]
    tests = [
        test
        for clusterer in clusterers
        for test in _tests(models, clusterer, permutations=permutations, seed=seed)
    ]
    return Comparison(
        labels=models[0].labels,
        models=tuple(model.title for model in models),
        rows=rows,
        failed=tuple(failed),
        alignment=_alignment(models),
        tests=tuple(tests),
        stability=_stability(rows, clusterers) if len(clusterers) > 1 else None,
        associations=tuple(_associations(rows, clusterers, seed)),
        parameters=_parameters(models[0], permutations, seed),
        notes=(*notes, *_notes(models)),
    )


def compared_model(model: ModelScores, graph: GraphScores) -> ComparedModel:
    """A model's row under the clusterer of ``graph``, one of its graphs."""
    chance, clustering = graph.chance, graph.graph.clustering
    return ComparedModel(
        model=model.title,
        clusterer=graph.clusterer,
        clusters=graph.graph.n_clusters,
        noise_share=clustering.noise_share,
        converged=clustering.converged,
        sd=graph.depth.mean,
        sd_low=chance.interval[0],
        sd_high=chance.interval[1],
        sd_chance=chance.null_mean,
        sd_p=chance.p_value,
        sd_ceiling=chance.ceiling,
        sd_normalised=chance.normalised,
        wu_palmer=graph.depth.mean_wu_palmer,
        taxonomy_alignment=model.taxonomy_alignment,
        **_of_mistakes(model, graph),
    )


def _of_mistakes(model: ModelScores, graph: GraphScores) -> dict[str, float]:
    if model.forecast is None:
        return {}
    of_ratios = {}
    judgements = (("", graph.direct), ("_extended", graph.extended))
    for suffix, judged in judgements if graph.direct is not None else ():
        for ratio in ("causing", "explained"):
            chance = getattr(judged, ratio)
            of_ratios[ratio + suffix] = chance.observed
            of_ratios[f"{ratio}{suffix}_chance"] = chance.null_mean
            of_ratios[f"{ratio}{suffix}_p"] = chance.p_value
    return {
        **of_ratios,
        "accuracy": model.accuracy,
        "forecast_precision": model.forecast.at_confused.precision,
        "forecast_chance": model.forecast.at_confused.chance,
        "average_precision": model.forecast.average_precision,
        "nearest_is_most_confused": model.forecast.nearest_is_most_confused,
        "severity_depth": model.severity.depth,
    }


def _alignment(models: tuple[ModelScores, ...]) -> np.ndarray:
    ranks = np.stack([model.ranks for model in models])
    return np.clip((ranks @ ranks.T).astype(np.float64), -1, 1)


def _tests(
    models: tuple[ModelScores, ...], clusterer: str, *, permutations: int, seed: int
) -> list[TestedPair]:
    """Every two models by their Similarity Depth, with Holm's adjustment over the clusterer's."""
    if len(models) < 2:
        return []
    every = np.arange(len(models[0].labels))
    shares = [depth_shares(model.of(clusterer).depth, every) for model in models]
    pairs = list(combinations(range(len(models)), 2))
    found = paired_differences(shares, pairs, permutations=permutations, seed=seed)
    # The least p is 1 / (1 + permutations), and Holm multiplies it by the number of pairs: those
    # that may be beyond chance are tested again, so finely that they may be told apart.
    enough = min(_PERMUTATIONS_A_PAIR * len(pairs), _MOST_PERMUTATIONS)
    limit = max(_LEVEL, 1 / (1 + permutations))
    again = [i for i, one in enumerate(found) if one.p_value <= limit and enough > permutations]
    finer = paired_differences(shares, [pairs[i] for i in again], permutations=enough, seed=seed)
    for i, one in zip(again, finer, strict=True):
        found[i] = one
    adjusted = holm(np.array([one.p_value for one in found]))
    return [
        TestedPair(clusterer, models[a].title, models[b].title, one, p)
        for (a, b), one, p in zip(pairs, found, adjusted.tolist(), strict=True)
    ]


def holm(p_values: np.ndarray) -> np.ndarray:
    """p-values of many tests, adjusted so that one false alarm is as rare as in one (Holm 1979).

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    adjusted = np.full(len(p_values), _NAN)
    order = np.argsort(p_values)[: np.count_nonzero(~np.isnan(p_values))]
    raised = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(raised), 1.0)
    return adjusted


def _stability(rows: tuple[ComparedModel, ...], clusterers: list[str]) -> Stability:
    scores = np.array([[row.sd for row in rows if row.clusterer == one] for one in clusterers])
    known = ~np.isnan(scores).any(axis=0)
    ranks = np.array([average_ranks(-row) for row in scores[:, known]])
    m, k = ranks.shape
    if k < 2:
        undefined = tuple((_NAN,) * m for _ in range(m))
        return Stability(tuple(clusterers), _NAN, _NAN, undefined)
    order = np.sign(scores[:, known][:, :, None] - scores[:, known][:, None, :])
    above = np.triu_indices(k, k=1)
    alike = np.abs(order.sum(axis=0))[above] == m
    return Stability(
        tuple(clusterers),
        _concordance(ranks),
        float(alike.mean()),
        tuple(map(tuple, _correlations(ranks).tolist())),
    )


def _concordance(ranks: np.ndarray) -> float:
    """Kendall's W of m rankings of k, (m, k), with his correction for ties."""
    m, k = ranks.shape
    spread = ((ranks.sum(axis=0) - m * (k + 1) / 2) ** 2).sum()
    tied = sum(
        (counts**3 - counts).sum()
        for counts in (np.unique(row, return_counts=True)[1] for row in ranks)
    )
    most = m**2 * (k**3 - k) - m * tied
    return float(12 * spread / most) if most else _NAN


def _correlations(ranks: np.ndarray) -> np.ndarray:
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1)
    products = np.outer(lengths, lengths)
    nothing = np.full_like(products, _NAN)
    return np.divide(centred @ centred.T, products, out=nothing, where=products > 0)


def _associations(
    rows: tuple[ComparedModel, ...], clusterers: list[str], seed: int
) -> list[Association]:
    """Whether deeper networks err more understandably, and are more accurate, over the models."""
    found = []
    for clusterer in clusterers:
        own = [row for row in rows if row.clusterer == clusterer]
        if len(own) < 4 or any(np.isnan(row.accuracy) for row in own):
            continue
        columns = {
            name: np.array([getattr(row, name) for row in own])
            for name in ("sd", "accuracy", "explained", "causing", "explained_extended")
        }
        found += [
            associate(clusterer, ("sd", score), columns, given=given, seed=seed)
            for score in ("accuracy", "explained", "causing", "explained_extended")
            for given in ("", *(("accuracy",) if score != "accuracy" else ()))
        ]
    return found


def _parameters(model: ModelScores, permutations: int, seed: int) -> dict:
    return {
        "clusterers": [one.graph.clustering.to_dict()["clusterer"] for one in model.graphs],
        "noise": model.graphs[0].graph.noise,
        "permutations": permutations,
        "seed": seed,
    }


def _notes(models: tuple[ModelScores, ...]) -> list[str]:
    """What the clusterings must be read with, and which models have no predictions."""
    found = [
        f"{model.title}: {one.graph.clustering.note}"
        for model in models
        for one in model.graphs
        if one.graph.clustering.note
    ]
    without = [model.title for model in models if model.forecast is None]
    if 0 < len(without) < len(models):
        found.append(f"{len(without)} of {len(models)} models have no predictions")
    n_pairs = len(models) * (len(models) - 1) // 2
    if n_pairs >= _LEVEL * _MOST_PERMUTATIONS:
        found.append(
            f"{n_pairs:,} pairs of models are too many for Holm's adjustment to find any two "
            f"different with {_MOST_PERMUTATIONS:,} permutations; compare fewer"
        )
    return found


def _plain(value):
    """The same with None for numbers that are undefined, as JSON wants it."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def _defined(value):
    return _NAN if value is None else value
