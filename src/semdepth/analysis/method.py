"""The whole method for one model: from a classifier head to Similarity Depth beside chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from semdepth.analysis.record import Analysis, Subject
from semdepth.chance import depth_chance
from semdepth.class_names import check_same_classes
from semdepth.clustering import AffinityPropagation, Clusterer
from semdepth.confusion import ConfusionMatrix
from semdepth.depth import depths_of_all_pairs, similarity_depth
from semdepth.errors import OptionError
from semdepth.findings import list_alike_pairs, list_classes, list_clusters
from semdepth.graph import build_graph
from semdepth.head import ClassifierHead
from semdepth.kernels import on_torch
from semdepth.labels import Placement, place
from semdepth.mistakes import Thresholds, examine_mistakes
from semdepth.neighbours import NeighbourSimilarity, nearest_templates
from semdepth.oddities import ContextPair, OddClass, context_pairs, odd_classes
from semdepth.recomputed import RecomputedSimilarity, recomputed_similarity
from semdepth.similarity import SimilarityMatrix, structural_similarity
from semdepth.taxonomy import PairDepths

StageProgress = Callable[[str, int, int], None]


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

    approximate = neighbours is not None or isinstance(subject, NeighbourSimilarity)
    on_torch.check_device(device)
    if approximate:
        _check_approximate(device, confusion)
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


def _check_approximate(device: str, confusion: ConfusionMatrix | None) -> None:
    if device != on_torch.CPU:
        raise OptionError(
            "expected a device (--device) with an exact analysis, found an approximate one, which "
            "numpy computes; leave the one or the other out"
        )
    if confusion is not None:
        raise OptionError(
            "expected predictions with an exact analysis, found an approximate one, which has not "
            "the similarity of every pair that is mixed up; leave the one or the other out"
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
