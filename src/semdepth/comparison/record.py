"""Many models side by side: all of it as one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from semdepth.association import Association, associate
from semdepth.class_names import as_code, check_same_classes
from semdepth.comparison.models import ComparedModel, FailedModel, compared_model
from semdepth.comparison.pairs import TestedPair, every_two_tested, too_many
from semdepth.comparison.stability import Stability, stability_of
from semdepth.documents import check_schema, defined, or_nan, plain
from semdepth.errors import OptionError
from semdepth.forecast import average_ranks
from semdepth.scores import ModelScores

SCHEMA = "semdepth/comparison"
SCHEMA_VERSION = 1

_NAN = float("nan")


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
            "rows": [plain(asdict(row)) for row in self.rows],
            "failed": [asdict(one) for one in self.failed],
            "alignment": plain(self.alignment.tolist()),
            "tests": [one.to_dict() for one in self.tests],
            "stability": None if self.stability is None else self.stability.to_dict(),
            "associations": [one.to_dict() for one in self.associations],
            "parameters": self.parameters,
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, data: dict) -> Comparison:
        """The comparison that :meth:`to_dict` described; :class:`ReadError` for another schema."""
        check_schema(data, SCHEMA, SCHEMA_VERSION, "compare the models again")
        stability = data["stability"]
        alignment = [[or_nan(cell) for cell in row] for row in data["alignment"]]
        return cls(
            labels=tuple(data["labels"]),
            models=tuple(data["models"]),
            rows=tuple(ComparedModel(**defined(row)) for row in data["rows"]),
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
        for test in every_two_tested(models, clusterer, permutations=permutations, seed=seed)
    ]
    return Comparison(
        labels=models[0].labels,
        models=tuple(model.title for model in models),
        rows=rows,
        failed=tuple(failed),
        alignment=_alignment(models),
        tests=tuple(tests),
        stability=stability_of(rows, clusterers) if len(clusterers) > 1 else None,
        associations=tuple(_associations(rows, clusterers, seed)),
        parameters=_parameters(models[0], permutations, seed),
        notes=(*notes, *_notes(models)),
    )


def _alignment(models: tuple[ModelScores, ...]) -> np.ndarray:
    ranks = np.stack([model.ranks for model in models])
    return np.clip((ranks @ ranks.T).astype(np.float64), -1, 1)


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
    found += [words for words in (too_many(len(models)),) if words]
    return found
