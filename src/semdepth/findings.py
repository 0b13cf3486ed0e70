"""What an analysis lists: its classes, its clusters, its most alike pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.depth import SimilarityDepth
from semdepth.graph import SimilarityGraph
from semdepth.labels import Placement
from semdepth.neighbours import NeighbourSimilarity
from semdepth.similarity import SimilarityMatrix
from semdepth.taxonomy import relations


@dataclass(frozen=True, slots=True)
class AlikePair:
    """Two classes that are perceived as alike, and where they meet in the taxonomy."""

    first: str
    second: str
    similarity: float
    subsumer: str | None
    subsumer_name: str | None
    depth: int | None
    same_cluster: bool


@dataclass(frozen=True, slots=True)
class PlacedClass:
    """One class: its concept, how and how surely it was found, its cluster, its edges' depth."""

    label: str
    id: str | None
    concept: str | None
    placed_by: str
    cluster: int
    depth: float | None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster: the concept above all its placed classes, and the depth of its edges."""

    number: int
    size: int
    subsumer_name: str | None
    depth: float | None
    is_noise: bool
    members: tuple[str, ...]


def list_classes(
    graph: SimilarityGraph, depth: SimilarityDepth, placement: Placement
) -> tuple[PlacedClass, ...]:
    """Every class in order, with its place and its own depth."""
    names = placement.taxonomy.names
    return tuple(
        PlacedClass(
            label=label,
            id=concept_id,
            concept=None if concept < 0 else names[concept],
            placed_by=reason,
            cluster=cluster,
            depth=None if np.isnan(own) else own,
            confidence=confidence,
        )
        for label, concept_id, concept, reason, confidence, cluster, own in zip(
            graph.labels,
            placement.ids,
            placement.concepts.tolist(),
            placement.reasons,
            placement.confidence.tolist(),
            graph.membership.tolist(),
            depth.by_class().tolist(),
            strict=True,
        )
    )


def list_clusters(
    graph: SimilarityGraph, depth: SimilarityDepth, placement: Placement
) -> tuple[Cluster, ...]:
    """Every cluster, the largest first."""
    mean_depth = depth.by_cluster()
    clusters = []
    for number, members in enumerate(graph.clusters()):
        placed = placement.concepts[members][placement.concepts[members] >= 0]
        above = placement.taxonomy.common_subsumer(placed) if len(placed) else None
        clusters.append(
            Cluster(
                number=number,
                size=len(members),
                subsumer_name=None if above is None else placement.taxonomy.names[above],
                depth=mean_depth.get(number),
                is_noise=number == graph.noise_cluster,
                members=tuple(graph.labels[i] for i in members),
            )
        )
    return tuple(sorted(clusters, key=lambda cluster: (-cluster.size, cluster.number)))


def list_alike_pairs(
    similarity: SimilarityMatrix | NeighbourSimilarity,
    graph: SimilarityGraph,
    placement: Placement,
    lcs: str,
    count: int,
) -> tuple[AlikePair, ...]:
    """The ``count`` most similar pairs, most similar first."""
    pairs = similarity.most_alike(count)
    placed = (placement.concepts[pairs] >= 0).all(axis=1)
    taxonomy = placement.taxonomy
    # Few of very many classes, as a rule; in their order, so that a pair keeps its first.
    ends, places = np.unique(pairs, return_inverse=True)
    related = relations(taxonomy, np.maximum(placement.concepts[ends], 0), lcs=lcs)
    subsumers, _ = related.of_pairs(places.reshape(pairs.shape))
    alike = similarity.of(pairs[:, 0], pairs[:, 1])
    return tuple(
        AlikePair(
            first=similarity.labels[i],
            second=similarity.labels[j],
            similarity=how_alike,
            subsumer=taxonomy.ids[met] if known else None,
            subsumer_name=taxonomy.names[met] if known else None,
            depth=taxonomy.depth(met) if known else None,
            same_cluster=bool(graph.membership[i] == graph.membership[j]),
        )
        for (i, j), how_alike, met, known in zip(
            pairs.tolist(), alike.tolist(), subsumers.tolist(), placed, strict=True
        )
    )
