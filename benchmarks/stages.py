"""Which stage is compared with what, and how their results are held against each other.

A stage that has no counterpart of its own in the table (Similarity Depth with its chance level)
is compared in results.py, with the sum of the peers' stages that it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import peers
from agreement import apart, lost_modularity, other_labels, other_weight
from forms import our_iteration, propagate, their_iteration, with_form
from inputs import Input
from material import Material

from semdepth import (
    AffinityPropagation,
    ClassifierHead,
    Clustering,
    Louvain,
    Whole,
    depth_chance,
    place,
    similarity_depth,
    structural_similarity,
)
from semdepth.graph import SimilarityGraph, build_graph, spanning_forest
from semdepth.kernels import louvain as louvain_kernel
from semdepth.labels import Placement
from semdepth.similarity import DOUBLE_UP_TO, semantic_measure
from semdepth.taxonomy import pair_depths, relations

FORMS_AT = (300, 1_000, 4_000, 8_000)
# Rounding in the last bit may hand one class to another cluster.
DEPTH_APART = 0.05


@dataclass(frozen=True)
class Comparison:
    """A stage, ours and theirs.

    ``theirs`` does ``share`` of the work; ``theirs_from`` makes what it starts from, which is not
    timed. ``difference(ours, theirs)`` tells two results apart in a line. Where ``inner``, both
    sides return seconds that they took themselves, and one run of theirs takes ``repeats`` times
    as long. ``theirs_bytes`` is what theirs must hold.
    """

    stage: str
    peer: str
    ours: Callable[[], object]
    theirs: Callable[[], object] | None = None
    difference: Callable[[object, object], str] | None = None
    share: float = 1.0
    theirs_from: Callable[[], object] | None = None
    theirs_bytes: float = 0.0
    inner: bool = False
    repeats: float = 1.0


def comparisons(chosen: Input, head: ClassifierHead) -> list[Comparison]:
    """All stages at one input, in the order of an analysis."""
    made = Material(head)
    found = [_similarity(made), *_affinity(chosen, made), *_louvain(chosen, made), *_trees(made)]
    return [*found, *_semantics(made), *_whole_paths(made)]


def _similarity(made: Material) -> Comparison:
    return Comparison(
        "similarity",
        "scikit-learn",
        lambda: structural_similarity(made.head).values,
        lambda: peers.similarities(made.head.templates),
        lambda ours, theirs: apart("similarities", ours, theirs, 1e-12, 1e-5),
        theirs_bytes=3 * 8 * len(made.head.labels) ** 2,
    )


def _affinity(chosen: Input, made: Material) -> Iterator[Comparison]:
    n = chosen.n
    # Similarities, and the copy with noise, responsibilities, availabilities and a work array.
    held = 4 * n**2 * (8 if n <= DOUBLE_UP_TO else 4)
    iterations = 12 if n <= 4_000 else 5
    iteration = {
        "peer": "scikit-learn",
        "theirs": lambda: their_iteration(made.similarity.values, iterations),
        "theirs_from": lambda: made.similarity,
        "theirs_bytes": held,
        "inner": True,
        "repeats": iterations + 3.0,
    }
    yield Comparison(
        "affinity propagation",
        "scikit-learn",
        lambda: AffinityPropagation()(made.similarity),
        lambda: peers.affinity(made.similarity.values),
        # Above, the noise is another one, and so are some labels.
        other_labels if n <= DOUBLE_UP_TO else None,
        theirs_bytes=held,
    )
    for form in ("numba", "numpy") if n in FORMS_AT else ("numba",):
        yield Comparison(
            f"affinity propagation, an iteration, {form}",
            ours=lambda form=form: our_iteration(made.similarity, form),
            **iteration,
        )
    if n in FORMS_AT:
        yield Comparison(
            "affinity propagation, numba beside numpy",
            "semdepth without numba",
            lambda: propagate(made.similarity, "numba"),
            lambda: propagate(made.similarity, "numpy"),
            other_labels,
        )


def _louvain(chosen: Input, made: Material) -> Iterator[Comparison]:
    def theirs():
        import community

        return community.best_partition(made.graph, random_state=peers.SEED)

    def of_networkx():
        import networkx as nx

        return nx.community.louvain_communities(made.graph, seed=peers.SEED)

    def lost(ours: Clustering, theirs: object) -> str:
        return lost_modularity(made.similarity.values, ours.assignment, theirs)

    one = Louvain(orders=1)
    yield Comparison(
        "Louvain, one order",
        "python-louvain",
        lambda: one(made.similarity),
        theirs,
        lost,
        theirs_from=lambda: made.graph,
    )
    if chosen.n < louvain_kernel.COMPILED_FROM and chosen.n in FORMS_AT:
        yield Comparison(
            "Louvain, one order, numba",
            "python-louvain",
            lambda: with_form("numba", lambda: one(made.similarity)),
            theirs,
            lost,
            theirs_from=lambda: made.graph,
        )
    yield Comparison(
        "Louvain, the best of four orders",
        "networkx, one order",
        lambda: Louvain()(made.similarity),
        of_networkx,
        lost,
        theirs_from=lambda: made.graph,
    )


def _trees(made: Material) -> Iterator[Comparison]:
    def edges(graph: SimilarityGraph) -> list[tuple[int, int]]:
        return [tuple(edge) for edge in graph.edges.tolist()]

    def spanned() -> list[tuple[int, int]]:
        return edges(spanning_forest(made.similarity, made.clustering))

    def heavier_or_lighter(ours: list, theirs: list) -> str:
        return other_weight(made.similarity.values, ours, theirs)

    values, assignment = lambda: made.similarity.values, lambda: made.clustering.assignment
    yield Comparison(
        "spanning forest",
        "networkx, parts of the complete graph",
        spanned,
        lambda: peers.forest(values(), assignment()),
        heavier_or_lighter,
    )
    yield Comparison(
        "spanning forest, small graphs",
        "networkx, a graph for each cluster",
        spanned,
        lambda: peers.lean_forest(values(), assignment()),
        heavier_or_lighter,
    )
    yield Comparison(
        "spanning tree of all classes",
        "networkx",
        lambda: edges(spanning_forest(made.similarity, Whole()(made.similarity))),
        lambda: peers.forest(values(), np.zeros(len(values()))),
        heavier_or_lighter,
    )


def _semantics(made: Material) -> Iterator[Comparison]:
    if peers.wordnet_folder() is None:
        return

    def met(pairs: np.ndarray) -> list[int]:
        return [peers.subsumer_depth(made.synsets[i], made.synsets[j]) for i, j in pairs]

    def measured() -> np.ndarray:
        """NLTK's path and Wu-Palmer similarities of the sampled pairs, (2, k)."""
        classes = [(made.synsets[i], made.synsets[j]) for i, j in made.pairs]
        return np.array(
            [[a.path_similarity(b) for a, b in classes], [a.wup_similarity(b) for a, b in classes]]
        )

    first, second = made.pairs.T
    concepts = made.placement.concepts
    yield Comparison(
        "depths of the forest's edges",
        "NLTK",
        lambda: similarity_depth(made.forest, made.placement).depths,
        lambda: met(made.forest.edges),
        lambda ours, theirs: apart("depths", ours, theirs),
        theirs_from=lambda: made.synsets,
    )
    yield Comparison(
        "depths of all pairs",
        "NLTK",
        lambda: pair_depths(made.placement.taxonomy, concepts),
        lambda: met(made.pairs),
        lambda ours, theirs: apart("depths", ours.of(first, second), theirs),
        made.sampled_share,
        lambda: made.synsets,
    )
    yield Comparison(
        "semantic matrices (path, Wu-Palmer)",
        "NLTK",
        lambda: _semantic_matrices(made.placement),
        measured,
        lambda ours, theirs: apart(
            "measures", np.array([m[first, second] for m in ours]), theirs, 0.0, 1e-6
        ),
        made.sampled_share,
        lambda: made.synsets,
    )


def _whole_paths(made: Material) -> Iterator[Comparison]:
    known = peers.wordnet_folder() is not None
    yield Comparison(
        "Similarity Depth",
        "scikit-learn, networkx, NLTK",
        lambda: whole_path(made.head, chance=False),
        (lambda: peers.straightforward(made.head.templates, made.head.ids)) if known else None,
        lambda ours, theirs: "" if abs(ours - theirs) < DEPTH_APART else f"{ours} and {theirs}",
        # NLTK keeps what it has looked up; loading WordNet is no one's stage.
        theirs_from=lambda: made.synsets,
    )
    yield Comparison(
        "Similarity Depth with chance level and ceiling",
        "",
        lambda: whole_path(made.head, chance=True),
    )


def whole_path(head: ClassifierHead, *, chance: bool) -> float:
    """Similarity Depth, from templates on."""
    placement = place(head.labels, head.ids)
    depth = similarity_depth(build_graph(structural_similarity(head)), placement)
    if chance:
        depth_chance(depth, placement)
    return depth.mean


def _semantic_matrices(placement: Placement) -> list[np.ndarray]:
    """Path and Wu-Palmer similarity of all pairs, (n, n) each."""
    kind = np.float64 if len(placement.labels) <= DOUBLE_UP_TO else np.float32
    related = relations(placement.taxonomy, placement.concepts)
    return [semantic_measure(related, name, dtype=kind) for name in ("path", "wup")]
