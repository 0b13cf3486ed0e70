"""Scores many models over the classes that all of them share; those that were scored are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from semdepth.class_names import listed
from semdepth.clustering import AffinityPropagation, Clusterer
from semdepth.comparison import FailedModel
from semdepth.confusion import ConfusionMatrix
from semdepth.errors import LabelError
from semdepth.head import ClassifierHead
from semdepth.labels import LABEL_SETS, LabelSet
from semdepth.reading.confusions import read_predictions
from semdepth.reading.heads import read_head
from semdepth.reading.taxonomies import (
    WORDNET,
    known_taxonomies,
    place_classes,
    read_taxonomy,
)
from semdepth.scores import Ground, ModelScores, common_ground, score_model
from semdepth.study.cache import ResultCache, content_key, head_parts
from semdepth.study.jobs import Done, Failed, Outcome, Task, run_jobs
from semdepth.study.run_files import RunSource, read_epoch
from semdepth.study.sources import ModelSource

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Method:
    """How every model of a study is read and scored.

    ``labels``, ``head`` and ``classes`` are :func:`semdepth.read_head`'s, ``true_column`` and
    ``pred_column`` :func:`semdepth.read_predictions`'s, ``taxonomy`` a name or a file, and the
    others :func:`semdepth.analyze`'s.
    """

    clusterers: tuple[Clusterer, ...] = (AffinityPropagation(),)
    labels: str | None = None
    head: str | None = None
    classes: str | None = None
    taxonomy: str = WORDNET
    noise: str = "cluster"
    lcs: str = "min_depth"
    permutations: int = 1_000
    seed: int = 42
    unseen: str = "error"
    true_column: str | None = None
    pred_column: str | None = None


@dataclass(frozen=True, slots=True)
class SharedClasses:
    """The classes that all models have, as the first of them names them.

    Classes are the same if their ids are, where every model has an id for every class, and
    otherwise if their names are.
    """

    labels: tuple[str, ...]
    ids: tuple[str | None, ...] | None
    by_id: bool

    def of_head(self, head: ClassifierHead) -> ClassifierHead:
        """A model's head restricted to them, in their order and under their names."""
        return replace(head.select(self._names_in(head)), labels=self.labels, ids=self.ids)

    def of_confusion(self, confusion: ConfusionMatrix, head: ClassifierHead) -> ConfusionMatrix:
        """The same of the confusions between the classes of its ``head``."""
        return replace(confusion.select(self._names_in(head)), labels=self.labels)

    def _names_in(self, head: ClassifierHead) -> Sequence[str]:
        if not self.by_id:
            return self.labels
        name = dict(zip(head.ids, head.labels, strict=True))
        return [name[concept] for concept in self.ids]


@dataclass(frozen=True, eq=False, slots=True)
class Scored:
    """Models that were scored over the same ``classes``, those that failed, what to know of it."""

    models: tuple[ModelScores, ...]
    failed: tuple[FailedModel, ...]
    notes: tuple[str, ...]
    classes: SharedClasses


@dataclass(frozen=True, slots=True)
class _Surveyed:
    """What is known of a model before it is scored: its classes, and a digest of its content."""

    source: ModelSource | RunSource
    labels: tuple[str, ...]
    ids: tuple[str | None, ...] | None
    tensor: str
    unseen: tuple[str, ...]
    digest: str

    def keys(self, by_id: bool) -> tuple[str, ...]:
        return self.ids if by_id else self.labels

    @property
    def has_ids(self) -> bool:
        ids = self.ids or ()
        return bool(ids) and all(ids) and len(set(ids)) == len(ids)


def score_models(
    sources: Sequence[ModelSource | RunSource],
    method: Method,
    *,
    cache: ResultCache | None = None,
    jobs: int | None = None,
    backend: str = "processes",
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Scored:
    """Score every model over the classes that all of them have.

    A model that cannot be read or scored is among ``failed`` and the others go on. Scores are
    kept in ``cache`` as soon as they are there, by the content of head and predictions, the
    method and semdepth's version: a study that was interrupted goes on where it stopped.
    ``jobs``, ``backend`` and ``scheduler`` are :func:`semdepth.study.jobs.run_jobs`'s.

    Raises :class:`LabelError` where fewer than two classes are shared.
    """
    method, sources = _from_anywhere(method), list(map(_from_anywhere, sources))
    told = None if progress is None else lambda _, done, total: progress("reading", done, total)
    tasks = [Task(source.title, source) for source in sources]
    outcomes = list(run_jobs(tasks, partial(_survey, method), jobs=1, progress=told))
    surveyed = [outcome.value for outcome in outcomes if isinstance(outcome, Done)]
    if not surveyed:
        failed = tuple(FailedModel(one.title, one.error) for one in outcomes)
        return Scored((), failed, (), SharedClasses((), None, False))
    shared, notes = _shared_classes(surveyed)
    hierarchy = _digest(method.taxonomy)
    keys = {one.source.title: _key(one, shared, method, hierarchy) for one in surveyed}
    known = _kept(cache, keys)
    open_tasks = [Task(one.source.title, one) for one in surveyed if one.source.title not in known]
    scored = run_jobs(
        open_tasks,
        partial(_score, method, shared, hierarchy),
        jobs=jobs,
        backend=backend,
        scheduler=scheduler,
        told=partial(_keep, cache, keys),
        progress=progress,
    )
    known |= {one.title: one for one in scored}
    return _in_order([known.get(one.title, one) for one in outcomes], notes, shared)


def _from_anywhere(
    value: Method | ModelSource | RunSource,
) -> Method | ModelSource | RunSource:
    """The same with absolute paths: a worker may stand in another folder."""
    names = ("path", "predictions", "labels", "classes", "taxonomy")
    given = {name: getattr(value, name, None) for name in names}
    # What is known by name is not read from a file that happens to be called so.
    known = (None, *LABEL_SETS, *known_taxonomies())
    files = {name: x for name, x in given.items() if x not in known and Path(x).exists()}
    return replace(value, **{name: type(x)(Path(x).absolute()) for name, x in files.items()})


def _in_order(outcomes: Sequence[Outcome], notes: tuple[str, ...], shared: SharedClasses) -> Scored:
    return Scored(
        models=tuple(one.value for one in outcomes if isinstance(one, Done)),
        failed=tuple(
            FailedModel(one.title, one.error) for one in outcomes if isinstance(one, Failed)
        ),
        notes=notes,
        classes=shared,
    )


def _survey(method: Method, source: ModelSource | RunSource) -> _Surveyed:
    head, confusion = _read(method, source)
    counts = None if confusion is None else confusion.counts
    unseen: tuple[str, ...] = ()
    if confusion is not None and method.unseen == "leave_out":
        kept = set(confusion.without_unseen().labels)
        unseen = tuple(label for label in head.labels if label not in kept)
    digest = content_key("content", {}, [*head_parts(head), counts])
    return _Surveyed(source, head.labels, head.ids, head.tensor, unseen, digest)


def _read(
    method: Method, source: ModelSource | RunSource
) -> tuple[ClassifierHead, ConfusionMatrix | None]:
    if isinstance(source, RunSource):
        return read_epoch(source, method.labels, method.classes)
    head = read_head(source.path, labels=method.labels, head=method.head, classes=method.classes)
    if source.predictions is None:
        return head, None
    label_set = LabelSet(head.labels, head.ids, head.names_from)
    columns = {"true_column": method.true_column, "pred_column": method.pred_column}
    return head, read_predictions(source.predictions, label_set, **columns)


def _shared_classes(surveyed: Sequence[_Surveyed]) -> tuple[SharedClasses, tuple[str, ...]]:
    """The classes of the first model that all the others have, and what is to be said of it."""
    by_id = all(one.has_ids for one in surveyed)
    first = surveyed[0]
    common = set(first.keys(by_id))
    for one in surveyed:
        unseen = set(one.unseen)
        pairs = zip(one.labels, one.keys(by_id), strict=True)
        common &= {key for label, key in pairs if label not in unseen}
    kept = [i for i, key in enumerate(first.keys(by_id)) if key in common]
    if len(kept) < 2:
        raise LabelError(
            f"expected models with classes in common, found {len(kept)} shared by all "
            f"{len(surveyed)}; name their classes alike (--labels), or compare fewer"
        )
    labels = tuple(first.labels[i] for i in kept)
    ids = None if first.ids is None else tuple(first.ids[i] for i in kept)
    return SharedClasses(labels, ids, by_id), tuple(_notes_on_classes(surveyed, len(kept)))


def _notes_on_classes(surveyed: Sequence[_Surveyed], n_shared: int) -> list[str]:
    found = []
    wider = [one.source.title for one in surveyed if len(one.labels) > n_shared]
    if wider:
        found.append(
            f"compared on the {n_shared:,} classes that all have; {listed(wider)} "
            f"{'has' if len(wider) == 1 else 'have'} more"
        )
    unseen = [one.source.title for one in surveyed if one.unseen]
    if unseen:
        found.append(f"classes without samples left out for all: those of {listed(unseen)}")
    return found


def _score(method: Method, shared: SharedClasses, hierarchy: str, one: _Surveyed) -> ModelScores:
    """One model's scores; runs in a worker, which keeps the ground for its next models."""
    head, confusion = _read(method, one.source)
    return score_model(
        shared.of_head(head),
        _ground(shared, method.taxonomy, hierarchy, method.lcs),
        clusterers=method.clusterers,
        confusion=None if confusion is None else shared.of_confusion(confusion, head),
        noise=method.noise,
        permutations=method.permutations,
        seed=method.seed,
        title=one.source.title,
    )


@lru_cache(maxsize=1)
def _ground(shared: SharedClasses, taxonomy: str, hierarchy: str, lcs: str) -> Ground:
    """Kept for the next model; ``hierarchy`` tells a file that was edited from what it was."""
    label_set = LabelSet(shared.labels, shared.ids, "the shared classes")
    return common_ground(place_classes(label_set, taxonomy), lcs=lcs)


def _key(one: _Surveyed, shared: SharedClasses, method: Method, hierarchy: str) -> str:
    """The name of a model's scores: all that they depend on."""
    clusterers = [{"name": c.name, **asdict(c)} for c in method.clusterers]
    scored_by = ("noise", "lcs", "permutations", "seed")
    parameters = {
        "clusterers": clusterers,
        **{name: getattr(method, name) for name in scored_by},
        "classes": [shared.labels, shared.ids],
    }
    return content_key("scores", parameters, [one.digest, hierarchy])


def _digest(taxonomy: str) -> str:
    """Of a hierarchy of the user's own, which may change under the same name; WordNet does not."""
    if taxonomy == WORDNET:
        return WORDNET
    return hashlib.sha256(repr(read_taxonomy(taxonomy).to_dict()).encode()).hexdigest()


def _kept(cache: ResultCache | None, keys: dict[str, str]) -> dict[str, Outcome]:
    """What an earlier study has scored already, by title."""
    found: dict[str, Outcome] = {}
    for title, key in keys.items():
        entry = None if cache is None else cache.get(key)
        if entry is not None:
            document, arrays = entry
            scores = ModelScores.from_dict({**document, "title": title}, arrays["ranks"])
            found[title] = Done(title, scores)
    return found


def _keep(cache: ResultCache | None, keys: dict[str, str], _: int, outcome: Outcome) -> None:
    if cache is not None and isinstance(outcome, Done):
        scores: ModelScores = outcome.value
        arrays: dict[str, np.ndarray] = {"ranks": scores.ranks}
        cache.put(keys[outcome.title], scores.to_dict(), arrays)
