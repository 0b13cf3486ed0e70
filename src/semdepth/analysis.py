"""The whole method for one model: from a classifier head to Similarity Depth beside chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from html import escape

import numpy as np

from semdepth.chance import Chance, depth_chance
from semdepth.class_names import check_same_classes, listed
from semdepth.clustering import AffinityPropagation, Clusterer
from semdepth.confusion import ConfusionMatrix
from semdepth.depth import SimilarityDepth, depths_of_all_pairs, similarity_depth
from semdepth.documents import check_schema
from semdepth.errors import LabelError, OptionError, ReadError
from semdepth.explain import ClassStory, Evidence, PairStory, explain_class, explain_pair
from semdepth.findings import (
    AlikePair,
    Cluster,
    PlacedClass,
    list_alike_pairs,
    list_classes,
    list_clusters,
)
from semdepth.graph import SimilarityGraph, build_graph
from semdepth.head import ClassifierHead
from semdepth.kernels import on_torch
from semdepth.labels import Placement, place
from semdepth.mistakes import Mistakes, Thresholds, examine_mistakes
from semdepth.neighbours import NeighbourSimilarity, nearest_templates
from semdepth.oddities import ContextPair, OddClass, context_pairs, odd_classes
from semdepth.recomputed import RecomputedSimilarity, recomputed_similarity
from semdepth.similarity import DOUBLE_UP_TO, SimilarityMatrix, structural_similarity
from semdepth.taxonomy import PairDepths, Taxonomy
from semdepth.wordnet import wordnet_nouns

SCHEMA = "semdepth/analysis"
SCHEMA_VERSION = 1

StageProgress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Subject:
    """What was analysed: its title, and for a checkpoint the layer that was read.

    ``device`` is what its similarities were computed on, if not by numpy.
    """

    title: str
    tensor: str | None = None
    dimension: int | None = None
    names_from: str = ""
    device: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Analysis:
    """Everything :func:`analyze` found out about one model.

    ``depth.mean`` is the Similarity Depth, ``chance`` what it would be by chance. ``clusters``
    come largest first, ``alike`` most similar first. ``depths_of_all_pairs`` is the share of
    all pairs of placed classes at each depth from 0. ``odd`` classes come oddest first,
    ``context`` pairs most surprising first. ``mistakes`` are None without predictions, and
    ``left_out`` names the classes that had no samples. ``similarity`` and ``placement`` are what it
    was made of; an analysis that was read back from a file has no similarities unless their file
    stands beside it (:func:`semdepth.read_analysis`). An approximate one has ``neighbours``
    instead, and neither ``odd`` classes nor ``context`` pairs; one that keeps no matrix has
    ``recomputed`` instead.
    """

    subject: Subject
    taxonomy: str
    lcs: str
    seed: int
    graph: SimilarityGraph
    depth: SimilarityDepth
    chance: Chance
    classes: tuple[PlacedClass, ...]
    clusters: tuple[Cluster, ...]
    alike: tuple[AlikePair, ...]
    uncertain: tuple[str, ...]
    depths_of_all_pairs: np.ndarray
    odd: tuple[OddClass, ...] = ()
    context: tuple[ContextPair, ...] = ()
    mistakes: Mistakes | None = None
    left_out: tuple[str, ...] = ()
    similarity: SimilarityMatrix | None = None
    placement: Placement | None = None
    neighbours: NeighbourSimilarity | None = None
    recomputed: RecomputedSimilarity | None = None

    def __post_init__(self):
        self.depths_of_all_pairs.setflags(write=False)

    def __repr__(self) -> str:
        if self.depth.reason:
            return f"Analysis({self.subject.title!r}: depth undefined, {self.depth.reason})"
        low, high = self.chance.interval
        interval = "" if np.isnan(low) else f" [{low:.2f}, {high:.2f}]"
        approximate = "approximate " if self.graph.note else ""
        return (
            f"Analysis({self.subject.title!r}: {approximate}Similarity Depth "
            f"{self.depth.mean:.2f}{interval}, "
            f"chance {self.chance.null_mean:.2f}, ceiling {self.chance.ceiling:.2f}, "
            f"{self.graph.n_clusters} clusters of {len(self.classes)} classes)"
        )

    def _repr_html_(self) -> str:
        rows = (
            ("Similarity Depth", f"{self.depth.mean:.2f}"),
            ("by chance", f"{self.chance.null_mean:.2f} (p = {self.chance.p_value:.3g})"),
            ("ceiling", f"{self.chance.ceiling:.2f}"),
            ("normalised", f"{self.chance.normalised:.3f}"),
            ("clusters", f"{self.graph.n_clusters} of {len(self.classes)} classes"),
            ("unplaced", str(len(self.depth.unplaced))),
        )
        cells = "".join(f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in rows)
        return f"<table><caption>{escape(self.subject.title)}</caption>{cells}</table>"

    def explain(
        self, first: str, second: str | None = None, *, neighbours: int = 8
    ) -> PairStory | ClassStory:
        """The story of two classes, or of one with so many neighbours (:mod:`semdepth.explain`).

        Classes are named as the model names them, or by concept id or synset name.
        """
        if self.graph.note:
            raise OptionError(
                "expected an analysis with all similarities, found an approximate one; analyse "
                "the classes in question exactly (--classes)"
            )
        similarity = self.similarity or self.recomputed
        if similarity is None or self.placement is None:
            raise ReadError(
                "expected an analysis with its similarities, found one that was read from a file "
                "without similarity.npy beside it; analyse the model again"
            )
        gone = next((name for name in (first, second) if name in self.left_out), None)
        if gone is not None:
            raise LabelError(
                f"expected a class with samples, found {gone!r}, which the predictions have none "
                "of and which was left out; explain it without predictions"
            )
        evidence = Evidence(
            similarity=similarity,
            structural=self.graph,
            placement=self.placement,
            pair_depths=depths_of_all_pairs(self.placement, lcs=self.lcs),
            lcs=self.lcs,
            confusion=None if self.mistakes is None else self.mistakes.confusion,
            verdicts=None if self.mistakes is None else self.mistakes.verdicts,
        )
        if second is None:
            return explain_class(evidence, first, count=neighbours)
        return explain_pair(evidence, first, second)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know about how the numbers came about."""
        clustering = self.graph.clustering.note
        found = [self.graph.note, clustering, self.depth.reason, self.chance.reason]
        if len(self.classes) > DOUBLE_UP_TO and "float32" not in clustering:
            found.append(f"computed in float32, as always above {DOUBLE_UP_TO:,} classes")
        if self.subject.device:
            found.append(f"similarities computed by torch on {self.subject.device}")
        if self.graph.clustering.noise_share:
            share = f"{self.graph.clustering.noise_share:.1%} of the classes are noise"
            kept = "one cluster" if self.graph.noise == "cluster" else "a cluster each"
            found.append(f"{share}, which form {kept}")
        if self.left_out:
            found.append(
                f"{len(self.left_out)} {'class' if len(self.left_out) == 1 else 'classes'} "
                f"without samples left out: "
                f"{listed(self.left_out)}"
            )
        if self.mistakes is not None:
            absent = self.mistakes.confusion.never_predicted
            if absent:
                count = f"{len(absent)} {'class was' if len(absent) == 1 else 'classes were'}"
                found.append(f"{count} never predicted: {listed(absent)}")
            if self.mistakes.graph.clustering.note:
                found.append(f"confusion graph: {self.mistakes.graph.clustering.note}")
            accuracy, n = self.mistakes.confusion.accuracy, len(self.classes)
            if accuracy < 1 / n:
                found.append(
                    f"accuracy {accuracy:.3f} is below chance ({1 / n:.3f}): is the class order "
                    "of the predictions that of the model?"
                )
            found += [self.mistakes.forecast.reason, self.mistakes.direct.found.reason]
        return tuple(note for i, note in enumerate(found) if note and note not in found[:i])

    def to_dict(self) -> dict:
        """A plain dict, ready for JSON; the similarity matrix stays out (its size is n²)."""
        return {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "subject": asdict(self.subject),
            "similarity_depth": None if self.depth.reason else self.depth.mean,
            "mean_wu_palmer": None if self.depth.reason else self.depth.mean_wu_palmer,
            "chance": self.chance.to_dict(),
            "noise_share": self.graph.clustering.noise_share,
            "approximate": bool(self.graph.note),
            "notes": list(self.notes),
            "parameters": {
                "taxonomy": self.taxonomy,
                "lcs": self.lcs,
                "noise": self.graph.noise,
                "seed": self.seed,
                **self.graph.clustering.to_dict()["clusterer"],
            },
            "clusters": [asdict(cluster) for cluster in self.clusters],
            "alike": [asdict(pair) for pair in self.alike],
            "classes": [asdict(placed) for placed in self.classes],
            "uncertain": list(self.uncertain),
            "depths_of_all_pairs": self.depths_of_all_pairs.tolist(),
            "odd": [odd.to_dict() for odd in self.odd],
            "context": [asdict(pair) for pair in self.context],
            "left_out": list(self.left_out),
            "graph": self.graph.to_dict(),
            "depth": self.depth.to_dict(),
            "mistakes": None if self.mistakes is None else self.mistakes.to_dict(),
            "hierarchy": self._own_hierarchy(),
        }

    def _own_hierarchy(self) -> dict | None:
        """The concepts above the classes, where the taxonomy is the user's own."""
        if self.placement is None or self.placement.taxonomy is wordnet_nouns():
            return None
        concepts = self.placement.concepts
        return self.placement.taxonomy.above(concepts[concepts >= 0]).to_dict()

    @classmethod
    def from_dict(cls, data: dict) -> Analysis:
        """The analysis that :meth:`to_dict` described; :class:`ReadError` for another schema."""
        check_schema(data, SCHEMA, SCHEMA_VERSION, "analyse the model again")
        clusters = ({**c, "members": tuple(c["members"])} for c in data["clusters"])
        return cls(
            subject=Subject(**data["subject"]),
            taxonomy=data["parameters"]["taxonomy"],
            lcs=data["parameters"]["lcs"],
            seed=data["parameters"]["seed"],
            graph=SimilarityGraph.from_dict(data["graph"]),
            depth=SimilarityDepth.from_dict(data["depth"]),
            chance=Chance.from_dict(data["chance"]),
            classes=tuple(PlacedClass(**placed) for placed in data["classes"]),
            clusters=tuple(Cluster(**cluster) for cluster in clusters),
            alike=tuple(AlikePair(**pair) for pair in data["alike"]),
            uncertain=tuple(data["uncertain"]),
            depths_of_all_pairs=np.array(data["depths_of_all_pairs"]),
            odd=tuple(map(OddClass.from_dict, data["odd"])),
            context=tuple(ContextPair(**pair) for pair in data["context"]),
            mistakes=None if data["mistakes"] is None else Mistakes.from_dict(data["mistakes"]),
            left_out=tuple(data["left_out"]),
            placement=_placement_from(data),
        )


def analyze(
    subject: ClassifierHead | SimilarityMatrix | NeighbourSimilarity,
    *,
    neighbours: int | None = None,
    recompute: bool = False,
    device: str = on_torch.CPU,
    placement: Placement | None = None,
    clusterer: Clusterer | None = None,
    noise: str = "cluster",
    lcs: str = "min_depth",
    permutations: int = 1_000,
    seed: int = 42,
    n_alike: int = 50,
    confusion: ConfusionMatrix | None = None,
    unseen: str = "error",
    thresholds: Thresholds | None = None,
    title: str = "",
    progress: StageProgress | None = None,
) -> Analysis:
    """Similarity, clusters, spanning forest, Similarity Depth and its chance level in one call.

    Parameters
    ----------
    subject : a classifier head, or a similarity matrix that exists already.
    neighbours : approximate, from so many nearest templates of each class, for heads whose
        matrix does not fit (docs/scale.md); without confusion, OPTICS and HDBSCAN.
    recompute : exact, but no matrix is kept: similarities are computed from the head's templates
        whenever they are needed; without confusion and Louvain.
    device : ``"cuda"`` or ``"cuda:1"``: similarities of a head, and affinity propagation of
        them, by torch on a GPU; all else stays where it is.
    placement : where the classes stand in a taxonomy; by default WordNet, by ids or names.
    clusterer : affinity propagation with ``seed`` by default, see :mod:`semdepth.clustering`.
    noise, lcs : see :func:`spanning_forest` and :func:`semdepth.taxonomy.relations`.
    permutations, seed : of the null model and the interval.
    n_alike : how many of the most alike pairs, and of the context pairs, to keep.
    confusion : what a model mixes up, over the same classes: the model itself or another one.
    unseen : classes without samples are an ``"error"``, or the whole analysis is done
        without them (``"leave_out"``).
    thresholds : see :class:`semdepth.mistakes.Thresholds`.
    progress : called as ``progress(stage, done, total)``.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> pets = ("dog", "cat", "car", "bus", "oak", "rose")
    >>> analyze(ClassifierHead(pets, rng.normal(size=(6, 8)), "fc"), title="noise")
    Analysis('noise': Similarity Depth 5.75 [4.00, 7.50], chance 5.60, ceiling 8.50, \
2 clusters of 6 classes)
    """
    tell = progress or _silent
    limits = thresholds or Thresholds()
    subject, placement, confusion, left_out = _seen_classes(subject, placement, confusion, unseen)
    clusterer = AffinityPropagation(seed=seed) if clusterer is None else clusterer
    null = {"lcs": lcs, "permutations": permutations, "seed": seed}

    on_torch.check_device(device)
    approximate = neighbours is not None or isinstance(subject, NeighbourSimilarity)
    if approximate and device != on_torch.CPU:
        raise OptionError(_APPROXIMATE_ON_A_DEVICE)
    if approximate and confusion is not None:
        raise OptionError(_APPROXIMATE_WITH_PREDICTIONS)
    if recompute:
        _check_recomputed(subject, neighbours, device, confusion)
    tell("similarity", 0, 1)
    similarity = _similarity_of(subject, neighbours, recompute, device, seed, tell)
    clusters = partial(tell, f"clusters ({clusterer.name})")
    graph = build_graph(similarity, clusterer, noise=noise, progress=clusters)
    tell("depth and chance", 0, 1)
    depth = similarity_depth(graph, placement, lcs=lcs)
    pair_depths = depths_of_all_pairs(placement, lcs=lcs)
    chance = depth_chance(depth, placement, pair_depths=pair_depths, **null)
    odd, context = (), ()
    if not approximate:
        odd, context = _oddities(similarity, placement, pair_depths, lcs, n_alike, limits)
    mistakes = None
    if confusion is not None:
        mistakes = examine_mistakes(
            similarity,
            graph,
            confusion,
            placement,
            clusterer,
            pair_depths,
            noise=noise,
            thresholds=limits,
            progress=tell,
            **null,
        )
    return Analysis(
        subject=_describe(subject, title, "" if device == on_torch.CPU else device),
        taxonomy=placement.taxonomy.title,
        lcs=lcs,
        seed=seed,
        graph=graph,
        depth=depth,
        chance=chance,
        classes=list_classes(graph, depth, placement),
        clusters=list_clusters(graph, depth, placement),
        alike=list_alike_pairs(similarity, graph, placement, lcs, n_alike),
        uncertain=placement.uncertain,
        depths_of_all_pairs=_share_by_depth(pair_depths),
        odd=odd,
        context=context,
        mistakes=mistakes,
        left_out=left_out,
        similarity=None if approximate or recompute else similarity,
        placement=placement,
        neighbours=similarity if approximate else None,
        recomputed=similarity if recompute else None,
    )


def _placement_from(data: dict) -> Placement | None:
    """The placement of an analysis in a file; None where the file does not say in what."""
    stored, title = data.get("hierarchy"), data["parameters"]["taxonomy"]
    if stored is None and title != wordnet_nouns().title:
        return None
    rows = data["classes"]
    described = {
        "taxonomy": title,
        "labels": [row["label"] for row in rows],
        "ids": [row["id"] for row in rows],
        "reasons": [row["placed_by"] for row in rows],
        "confidence": [row["confidence"] for row in rows],
    }
    return Placement.from_dict(described, None if stored is None else Taxonomy.from_dict(stored))


def _seen_classes(
    subject: ClassifierHead | SimilarityMatrix,
    placement: Placement | None,
    confusion: ConfusionMatrix | None,
    unseen: str,
) -> tuple:
    """Subject, placement and confusions over the classes to analyse, and those left out."""
    if placement is None:
        placement = place(subject.labels, getattr(subject, "ids", None))
    left_out = _left_out(subject, confusion, unseen)
    if left_out:
        confusion = confusion.without_unseen()
        subject, placement = (x.select(confusion.labels) for x in (subject, placement))
    return subject, placement, confusion, left_out


_APPROXIMATE_WITH_PREDICTIONS = (
    "expected predictions with an exact analysis, found an approximate one, which has not the "
    "similarity of every pair that is mixed up; leave the one or the other out"
)


_APPROXIMATE_ON_A_DEVICE = (
    "expected a device (--device) with an exact analysis, found an approximate one, which numpy "
    "computes; leave the one or the other out"
)


def _check_recomputed(
    subject: ClassifierHead | SimilarityMatrix | NeighbourSimilarity,
    neighbours: int | None,
    device: str,
    confusion: ConfusionMatrix | None,
) -> None:
    against = {
        "similarities instead of a classifier head": not isinstance(subject, ClassifierHead),
        "neighbours (--approximate)": neighbours is not None,
        "a device (--device)": device != on_torch.CPU,
        "predictions, which need the matrix": confusion is not None,
    }
    for found, is_there in against.items():
        if is_there:
            raise OptionError(
                f"expected a head alone to recompute similarities from, found {found}; leave the "
                "one or the other out"
            )


def _oddities(
    similarity: SimilarityMatrix | RecomputedSimilarity,
    placement: Placement,
    pair_depths: PairDepths,
    lcs: str,
    count: int,
    limits: Thresholds,
) -> tuple[tuple[OddClass, ...], tuple[ContextPair, ...]]:
    """Where perception and taxonomy part: odd classes, and the ``count`` first context pairs."""
    known = {"lcs": lcs, "pair_depths": pair_depths}
    percentile = limits.related_percentile
    return (
        odd_classes(similarity, placement, **known),
        context_pairs(similarity, placement, count=count, related_percentile=percentile, **known),
    )


def _similarity_of(
    subject: ClassifierHead | SimilarityMatrix | NeighbourSimilarity,
    neighbours: int | None,
    recompute: bool,
    device: str,
    seed: int,
    tell: StageProgress,
) -> SimilarityMatrix | RecomputedSimilarity | NeighbourSimilarity:
    if recompute:
        return recomputed_similarity(subject, progress=partial(tell, "similarity"))
    if isinstance(subject, ClassifierHead):
        if neighbours is None:
            progress = partial(tell, "similarity")
            return structural_similarity(subject, device=device, progress=progress)
        nearest = partial(tell, "nearest templates")
        return nearest_templates(subject, neighbours, seed=seed, progress=nearest)
    if neighbours is not None:
        raise OptionError(
            "expected a classifier head to find the nearest templates of, found similarities; "
            "leave neighbours (--approximate) out"
        )
    return subject if device == on_torch.CPU else replace(subject, device=device)


def _left_out(
    subject: ClassifierHead | SimilarityMatrix, confusion: ConfusionMatrix | None, unseen: str
) -> tuple[str, ...]:
    """The classes to leave out because no sample was of them."""
    if unseen not in ("error", "leave_out"):
        raise OptionError(f"expected unseen to be error or leave_out, found {unseen!r}")
    if confusion is None:
        return ()
    check_same_classes(subject.labels, confusion.labels, "a model and its confusions")
    if unseen == "error":
        return ()
    kept = set(confusion.without_unseen().labels)
    return tuple(label for label in confusion.labels if label not in kept)


def _silent(stage: str, done: int, total: int) -> None:
    """The progress of a call that nobody watches."""


def _describe(
    subject: ClassifierHead | SimilarityMatrix | NeighbourSimilarity, title: str, device: str
) -> Subject:
    if not isinstance(subject, ClassifierHead):
        return Subject(title or f"{subject.kind} similarities")
    title = title or subject.tensor
    return Subject(title, subject.tensor, subject.dimension, subject.names_from, device)


def _share_by_depth(pair_depths: PairDepths) -> np.ndarray:
    counts = np.trim_zeros(pair_depths.counts, "b")
    return counts / max(1, counts.sum()) if len(counts) else np.zeros(1)
