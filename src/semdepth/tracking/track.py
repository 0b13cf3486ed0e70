"""A run as a whole: its checkpoints, phases and relations, and what goes with what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from semdepth.association import Association, associate
from semdepth.class_names import as_code, check_same_classes
from semdepth.comparison import FailedModel
from semdepth.documents import check_schema, fields_of
from semdepth.errors import OptionError
from semdepth.scores import GraphScores, ModelScores
from semdepth.tracking.phases import Phase, find_phases
from semdepth.tracking.relations import Relation, find_relations
from semdepth.tracking.steps import Step, follow

SCHEMA = "semdepth/track"
SCHEMA_VERSION = 1

# With fewer trained checkpoints no correlation is beyond chance.
FEWEST_ASSOCIATED = 5
_ASSOCIATED = ("accuracy", "explained", "causing", "explained_extended")


@dataclass(frozen=True, eq=False, slots=True)
class Track:
    """A run, checkpoint by checkpoint, under one clusterer.

    ``relations`` are all edges of the last forest, those that have stood longest first; ``lost``
    the edges that stood in half of the checkpoints or more and are not in the last forest.
    ``phases`` are always three, see :func:`find_phases`. ``associations`` tell whether Similarity
    Depth goes with compliance and accuracy over the trained epochs, and whether its changes from
    one to the next go with theirs. Epochs of one run follow from one another: intervals and
    p-values of the levels are narrower than the truth, those of the changes less so. ``notes``
    are what a reader must know.
    """

    title: str
    labels: tuple[str, ...]
    clusterer: str
    steps: tuple[Step, ...]
    phases: tuple[Phase, ...]
    relations: tuple[Relation, ...]
    lost: tuple[Relation, ...]
    associations: tuple[Association, ...]
    parameters: dict
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        first, last = self.scored[0].scores.sd, self.scored[-1].scores.sd
        failed = len(self.steps) - len(self.scored)
        return (
            f"Track({self.title!r}: {len(self.steps)} checkpoints of {len(self.labels)} classes "
            f"by {self.clusterer}, Similarity Depth {first:.2f} to {last:.2f}"
            f"{f', {failed} failed' if failed else ''})"
        )

    def _repr_html_(self) -> str:
        return as_code(self)

    @property
    def scored(self) -> tuple[Step, ...]:
        """The checkpoints that did not fail."""
        return tuple(step for step in self.steps if step.scores is not None)

    @property
    def has_predictions(self) -> bool:
        return any(not np.isnan(step.scores.accuracy) for step in self.scored)

    def phase_of(self, epoch: float) -> str:
        """The phase whose stretch ends at an epoch or reaches over it; the first's at its start."""
        found = [one.name for one in self.phases if one.start is not None and epoch <= one.end]
        return found[0] if found else ""

    def column(self, name: str) -> np.ndarray:
        """A number of each checkpoint with scores: a step's own, or one of its row's."""
        steps = self.scored
        own = name in Step.__slots__ or name == "turnover"
        values = (getattr(step if own else step.scores, name) for step in steps)
        return np.array(list(values), dtype=np.float64)

    def to_dict(self) -> dict:
        """A plain dict, ready for JSON: None where a number is undefined."""
        return {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "title": self.title,
            "labels": list(self.labels),
            "clusterer": self.clusterer,
            "steps": [step.to_dict() for step in self.steps],
            "phases": [fields_of(phase) for phase in self.phases],
            "relations": [fields_of(one) for one in self.relations],
            "lost": [fields_of(one) for one in self.lost],
            "associations": [one.to_dict() for one in self.associations],
            "parameters": self.parameters,
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, data: dict) -> Track:
        """The track that :meth:`to_dict` described; :class:`ReadError` for another schema."""
        check_schema(data, SCHEMA, SCHEMA_VERSION, "track the run again")
        return cls(
            title=data["title"],
            labels=tuple(data["labels"]),
            clusterer=data["clusterer"],
            steps=tuple(map(Step.from_dict, data["steps"])),
            phases=tuple(Phase(**one) for one in data["phases"]),
            relations=tuple(Relation(**one) for one in data["relations"]),
            lost=tuple(Relation(**one) for one in data["lost"]),
            associations=tuple(map(Association.from_dict, data["associations"])),
            parameters=data["parameters"],
            notes=tuple(data["notes"]),
        )


def track_scores(
    models: Sequence[ModelScores | FailedModel],
    *,
    clusterer: str | None = None,
    epochs: Sequence[float] | None = None,
    title: str = "",
    seed: int = 42,
    notes: Sequence[str] = (),
) -> Track:
    """Follow a run through its checkpoints, in their order, under one clusterer.

    ``clusterer`` is by default the first that the models were scored by; ``epochs`` are ascending
    numbers, by default 1, 2, 3 ...; epoch 0 stands for the untrained network, whose chance scores
    take no part in the associations. A checkpoint that failed is passed as what it failed with,
    in its place. Raises :class:`LabelError` where classes differ, and :class:`OptionError` for
    epochs that do not fit, or where every checkpoint failed.

    >>> from semdepth.head import ClassifierHead
    >>> from semdepth.labels import place
    >>> from semdepth.scores import common_ground, score_model
    >>> pets, random = ("dog", "cat", "car", "bus", "oak", "rose"), np.random.default_rng(0)
    >>> ground = common_ground(place(pets))
    >>> heads = [ClassifierHead(pets, random.normal(size=(6, 8)), "fc") for _ in range(3)]
    >>> track_scores([score_model(head, ground) for head in heads], title="noise")
    Track('noise': 3 checkpoints of 6 classes by affinity, Similarity Depth 5.75 to 6.25)
    """
    models = tuple(models)
    scored = [model for model in models if isinstance(model, ModelScores)]
    _check_models(models, scored)
    epochs = _checked_epochs(models, epochs)
    clusterer = clusterer or scored[0].graphs[0].clusterer
    graphs = [model.of(clusterer) for model in scored]
    steps = follow(models, scored, graphs, epochs)
    known = [step.epoch for step in steps if step.scores is not None]
    relations, lost = find_relations(graphs, known)
    return Track(
        title=title,
        labels=scored[0].labels,
        clusterer=clusterer,
        steps=steps,
        phases=find_phases(steps),
        relations=relations,
        lost=lost,
        associations=_associations(steps, clusterer, seed),
        parameters=_parameters(graphs[0], seed),
        notes=(*notes, *_notes(steps, graphs)),
    )


def _check_models(models: tuple, scored: list[ModelScores]) -> None:
    if not scored:
        why = f": {models[0].model}: {models[0].error}" if models else ""
        raise OptionError(f"expected checkpoints to track, found {len(models)} that failed{why}")
    for model in scored[1:]:
        check_same_classes(scored[0].labels, model.labels, "checkpoints")


def _checked_epochs(models: tuple, epochs: Sequence[float] | None) -> list[float]:
    if epochs is None:
        return list(range(1, len(models) + 1))
    epochs = list(epochs)
    if len(epochs) != len(models):
        raise OptionError(
            f"expected an epoch for each of {len(models)} checkpoints, found {len(epochs)} epochs; "
            "give as many"
        )
    ascending = all(a < b for a, b in pairwise(epochs))
    if not ascending or not np.isfinite(epochs).all():
        raise OptionError(
            f"expected epochs as ascending numbers, found {', '.join(map(str, epochs[:8]))}; give "
            "the checkpoints in their order"
        )
    return epochs


def _associations(steps: tuple[Step, ...], clusterer: str, seed: int) -> tuple[Association, ...]:
    """Whether Similarity Depth goes with accuracy and compliance, over the trained epochs."""
    rows = [step.scores for step in steps if step.scores is not None and step.epoch != 0]
    rows = [row for row in rows if not np.isnan(row.accuracy)]
    if len(rows) < FEWEST_ASSOCIATED:
        return ()
    levels = {name: np.array([getattr(row, name) for row in rows]) for name in ("sd", *_ASSOCIATED)}
    changes = {f"{name} change": np.diff(values) for name, values in levels.items()}
    asked = [
        (levels, score, given)
        for score in _ASSOCIATED
        for given in ("", *(("accuracy",) if score != "accuracy" else ()))
    ]
    asked += [(changes, "explained change", given) for given in ("", "accuracy change")]
    return tuple(
        associate(clusterer, (next(iter(columns)), score), columns, given=given, seed=seed)
        for columns, score, given in asked
    )


def _parameters(scores: GraphScores, seed: int) -> dict:
    return {
        "clusterer": scores.graph.clustering.to_dict()["clusterer"],
        "noise": scores.graph.noise,
        "permutations": scores.chance.permutations,
        "seed": seed,
    }


def _notes(steps: tuple[Step, ...], graphs: list[GraphScores]) -> list[str]:
    """What the clusterings must be read with, and what is missing."""
    scored = [step for step in steps if step.scores is not None]
    found = [
        f"{step.title}: {scores.graph.clustering.note}"
        for step, scores in zip(scored, graphs, strict=True)
        if scores.graph.clustering.note
    ]
    without = [step.title for step in scored if np.isnan(step.scores.accuracy)]
    if 0 < len(without) < len(scored):
        found.append(f"{len(without)} of {len(scored)} checkpoints have no predictions")
    return found
