"""The story of one pair of classes, or of one class: what is seen, meant, and mixed up."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass

import numpy as np

from semdepth.class_names import listed
from semdepth.confusion import ConfusionMatrix
from semdepth.errors import LabelError
from semdepth.graph import SimilarityGraph
from semdepth.labels import Placement
from semdepth.labels.words import normal
from semdepth.similarity import SimilarityMatrix
from semdepth.taxonomy import PairDepths
from semdepth.verdicts import ADVICE, VERDICTS, PairVerdicts
from semdepth.wordnet import gloss, wordnet_nouns

# A pair with a smaller share of pairs above it in similarity is alike beyond nearly all others.
_RARE = 0.01


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """All that is known about one model's classes, to tell stories from.

    ``confusion`` and ``verdicts`` are None where no predictions were given;
    ``pair_depths`` are the LCS depths of all pairs of placed classes.
    """

    similarity: SimilarityMatrix
    structural: SimilarityGraph
    placement: Placement
    pair_depths: PairDepths
    lcs: str = "min_depth"
    confusion: ConfusionMatrix | None = None
    verdicts: PairVerdicts | None = None

    def find(self, name: str) -> int:
        """A class by its label, or its concept's id or name; errors name the nearest."""
        labels = self.similarity.labels
        if name in labels:
            return labels.index(name)
        folded = {normal(label): i for i, label in enumerate(labels)}
        taxonomy = self.placement.taxonomy
        meant = [
            i
            for i, concept in enumerate(self.placement.concepts.tolist())
            if concept >= 0 and name in (taxonomy.ids[concept], taxonomy.names[concept])
        ]
        if len(meant) > 1:
            raise LabelError(
                f"expected a class of this model, found {name!r} for several: "
                f"{listed([labels[i] for i in meant])}; name one by its label"
            )
        if meant:
            return meant[0]
        if normal(name) in folded:
            return folded[normal(name)]
        near = difflib.get_close_matches(normal(name), folded, n=3)
        hint = (
            f"did you mean {' or '.join(labels[folded[n]] for n in near)}?"
            if near
            else ("semdepth analyze -o DIR lists them in classes.csv")
        )
        raise LabelError(f"expected a class of this model, found {name!r}; {hint}")


@dataclass(frozen=True, slots=True)
class PairStory:
    """Two classes: how alike to the weights, how related, how often mixed up, and what follows.

    ``rank`` counts from 1, the most alike of ``of_pairs`` pairs; ``perceived_path`` is the way
    between them in the structural forest, None where they are in different trees.
    ``first_as_second`` is how often the first was taken for the second, out of ``first_seen``
    samples; these and ``verdict`` are None without predictions. ``meaning`` says in words what
    the verdict means or, without predictions, what the weights foretell.
    """

    first: str
    second: str
    similarity: float
    rank: int
    of_pairs: int
    subsumer: str | None
    subsumer_gloss: str | None
    depth: int | None
    depth_percentile: float | None
    taxonomy_path: tuple[str, ...] | None
    perceived_path: tuple[str, ...] | None
    same_cluster: bool
    first_as_second: float | None
    second_as_first: float | None
    first_seen: float | None
    second_seen: float | None
    verdict: str | None
    meaning: str
    advice: str

    def to_dict(self) -> dict:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A class beside the one that is told about."""

    label: str
    similarity: float
    depth: int | None
    taken_for_it: float | None
    mistaken_for_this: float | None
    rank: int


@dataclass(frozen=True, slots=True)
class ClassStory:
    """One class's neighbourhood, perceived and semantic, and its confusions.

    ``perceived`` are the nearest templates, ``semantic`` the nearest in the taxonomy (rank: the
    neighbour's place among the nearest templates), ``confused`` the classes it is mixed up with
    most. ``local_depth`` is the mean depth of its forest edges, ``chance_depth`` the mean LCS
    depth to all other classes.
    """

    label: str
    concept: str | None
    gloss: str | None
    cluster: tuple[str, ...]
    local_depth: float | None
    chance_depth: float | None
    accuracy: float | None
    seen: float | None
    perceived: tuple[Neighbour, ...]
    semantic: tuple[Neighbour, ...]
    confused: tuple[Neighbour, ...]

    def to_dict(self) -> dict:
        return asdict(self)


def explain_pair(evidence: Evidence, first: str, second: str) -> PairStory:
    """The story of two classes, named by label, id or synset name.

    Raises :class:`LabelError` for a class that the model does not have, with the nearest names.
    """
    i, j = evidence.find(first), evidence.find(second)
    if i == j:
        raise LabelError(
            f"expected two different classes, found {evidence.similarity.labels[i]!r} twice; "
            "name another one"
        )
    low, high = min(i, j), max(i, j)
    values = evidence.similarity.values
    # Row by row, as the upper triangle of many classes would take twice the matrix's memory.
    above = sum(int(np.count_nonzero(row[k + 1 :] > values[i, j])) for k, row in enumerate(values))
    of_pairs = len(values) * (len(values) - 1) // 2
    subsumer, definition, depth, percentile, path = _kinship(evidence, low, high)
    if path is not None and i > j:
        path = path[::-1]
    verdict = _verdict(evidence, low, high)
    seen = _seen(evidence, i, j)
    same_cluster = bool(evidence.structural.membership[i] == evidence.structural.membership[j])
    return PairStory(
        first=evidence.similarity.labels[i],
        second=evidence.similarity.labels[j],
        similarity=float(values[i, j]),
        rank=above + 1,
        of_pairs=of_pairs,
        subsumer=subsumer,
        subsumer_gloss=definition,
        depth=depth,
        depth_percentile=percentile,
        taxonomy_path=path,
        perceived_path=perceived_path(evidence.structural, i, j),
        same_cluster=same_cluster,
        **seen,
        verdict=verdict,
        meaning=_meaning(verdict, same_cluster, above / of_pairs),
        advice=ADVICE.get(verdict, "") if verdict else "",
    )


def explain_class(evidence: Evidence, name: str, *, count: int = 8) -> ClassStory:
    """The story of one class, with ``count`` neighbours of each sort."""
    i = evidence.find(name)
    labels, concepts = evidence.similarity.labels, evidence.placement.concepts
    others = np.delete(np.arange(len(labels)), i)
    alike = evidence.similarity.values[i, others]
    nearest = others[np.argsort(-alike, kind="stable")]
    rank = {int(other): place + 1 for place, other in enumerate(nearest)}
    depth = _depths_from(evidence, i)
    known = others[~np.isnan(depth[others])]
    kin = known[np.lexsort((-evidence.similarity.values[i, known], -depth[known]))]
    confused = np.zeros(0, dtype=np.int64)
    if evidence.confusion is not None:
        both = evidence.confusion.counts[i] + evidence.confusion.counts[:, i]
        confused = others[np.argsort(-both[others], kind="stable")]
        confused = confused[both[confused] > 0]

    def neighbours(which: np.ndarray) -> tuple[Neighbour, ...]:
        return tuple(_neighbour(evidence, i, int(o), depth, rank) for o in which[:count])

    edges = evidence.structural.edges
    at_class = np.concatenate((edges[edges[:, 0] == i, 1], edges[edges[:, 1] == i, 0]))
    local = depth[at_class]
    placed = concepts[i] >= 0
    members = evidence.structural.members(int(evidence.structural.membership[i]))
    return ClassStory(
        label=labels[i],
        concept=evidence.placement.taxonomy.names[concepts[i]] if placed else None,
        gloss=_gloss(evidence, int(concepts[i])) if placed else None,
        cluster=tuple(labels[m] for m in members),
        local_depth=float(np.nanmean(local)) if np.isfinite(local).any() else None,
        chance_depth=float(depth[known].mean()) if len(known) else None,
        accuracy=_accuracy(evidence, i),
        seen=None if evidence.confusion is None else _number(evidence.confusion.counts[i].sum()),
        perceived=neighbours(nearest),
        semantic=neighbours(kin),
        confused=neighbours(confused),
    )


def perceived_path(graph: SimilarityGraph, i: int, j: int) -> tuple[str, ...] | None:
    """Classes on the way from ``i`` to ``j`` in the forest, ends included; None if none is."""
    beside: dict[int, list[int]] = {}
    for a, b in graph.edges.tolist():
        beside.setdefault(a, []).append(b)
        beside.setdefault(b, []).append(a)
    came_from = {i: i}
    reached = [i]
    for node in reached:
        for other in beside.get(node, ()):
            if other not in came_from:
                came_from[other] = node
                reached.append(other)
    if j not in came_from:
        return None
    way = [j]
    while way[-1] != i:
        way.append(came_from[way[-1]])
    return tuple(graph.labels[node] for node in reversed(way))


def _kinship(evidence: Evidence, i: int, j: int) -> tuple:
    """Subsumer, its gloss, depth, percentile among all pairs, and the taxonomy's path."""
    concepts = evidence.placement.concepts
    if concepts[i] < 0 or concepts[j] < 0:
        return None, None, None, None, None
    taxonomy = evidence.placement.taxonomy
    a, b = int(concepts[i]), int(concepts[j])
    met = taxonomy.lowest_common_subsumer(a, b, lcs=evidence.lcs)
    depth = taxonomy.depth(met)
    counts = evidence.pair_depths.counts
    percentile = 100 * float(counts[:depth].sum() / counts.sum())
    path = tuple(taxonomy.names[c] for c in taxonomy.path(a, b))
    return taxonomy.names[met], _gloss(evidence, met), depth, percentile, path


def _verdict(evidence: Evidence, i: int, j: int) -> str | None:
    if evidence.verdicts is None:
        return None
    place = np.flatnonzero((evidence.verdicts.pairs == (i, j)).all(axis=1))
    if len(place):
        return str(evidence.verdicts.verdicts[place[0]])
    # The list leaves out latent pairs of the least similarity where there are very many.
    together = evidence.structural.membership[i] == evidence.structural.membership[j]
    return "latent" if together and evidence.verdicts.latent_omitted else "unremarkable"


def _meaning(verdict: str | None, same_cluster: bool, share_above: float) -> str:
    if verdict in VERDICTS:
        return VERDICTS[verdict]
    if verdict is not None:
        return "neither seen as similar nor among the confusions"
    if same_cluster:
        return "seen as similar: where these weights err on either class, expect the other"
    if share_above < _RARE:
        return "not one cluster, yet more alike than nearly all pairs: a confusion is no surprise"
    return "not seen as similar: the weights foretell no confusion between them"


def _seen(evidence: Evidence, i: int, j: int) -> dict:
    names = ("first_as_second", "second_as_first", "first_seen", "second_seen")
    if evidence.confusion is None:
        return dict.fromkeys(names)
    counts = evidence.confusion.counts
    numbers = counts[i, j], counts[j, i], counts[i].sum(), counts[j].sum()
    return {name: _number(number) for name, number in zip(names, numbers, strict=True)}


def _depths_from(evidence: Evidence, i: int) -> np.ndarray:
    """LCS depth from one class to each, (n,); NaN where either is unplaced, and to itself."""
    concepts = evidence.placement.concepts
    placed = np.flatnonzero(concepts >= 0)
    depth = np.full(len(concepts), np.nan)
    if concepts[i] >= 0:
        depth[placed] = evidence.pair_depths.from_class(int(np.searchsorted(placed, i)))
    depth[i] = np.nan
    return depth


def _neighbour(
    evidence: Evidence, i: int, other: int, depth: np.ndarray, rank: dict[int, int]
) -> Neighbour:
    counts = None if evidence.confusion is None else evidence.confusion.counts
    return Neighbour(
        label=evidence.similarity.labels[other],
        similarity=float(evidence.similarity.values[i, other]),
        depth=None if np.isnan(depth[other]) else int(depth[other]),
        taken_for_it=None if counts is None else _number(counts[i, other]),
        mistaken_for_this=None if counts is None else _number(counts[other, i]),
        rank=rank[other],
    )


def _accuracy(evidence: Evidence, i: int) -> float | None:
    if evidence.confusion is None or not evidence.confusion.counts[i].any():
        return None
    return float(evidence.confusion.per_class_accuracy[i])


def _gloss(evidence: Evidence, concept: int) -> str | None:
    """The first definition, where the taxonomy has any."""
    if evidence.placement.taxonomy is not wordnet_nouns():
        return None
    return gloss(concept).split(";")[0]


def _number(value: np.generic) -> float | int:
    return value.item()
