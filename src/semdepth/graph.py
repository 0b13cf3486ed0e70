"""Class similarity graphs: one maximum spanning tree per cluster of classes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from semdepth.class_names import as_code
from semdepth.clustering import NOISE, AffinityPropagation, Clusterer, Clustering, Progress
from semdepth.errors import OptionError
from semdepth.kernels.forest_of_edges import forest_of_edges
from semdepth.kernels.spanning import maximum_spanning_forest, maximum_spanning_forests
from semdepth.neighbours import NeighbourSimilarity
from semdepth.recomputed import RecomputedSimilarity
from semdepth.similarity import SimilarityMatrix

# So many classes have a matrix of 16 MB; larger clusters are spanned by their neighbours.
SPANNED_EXACTLY_UP_TO = 2_000
NOISE_RULES = ("cluster", "singletons")


@dataclass(frozen=True, eq=False, slots=True)
class SimilarityGraph:
    """A class similarity graph (CSG): the maximum spanning forest of the clustered classes.

    ``kind`` is its matrix's: structural (NSSG), functional (NFSG) or semantic (SSG).
    ``membership`` (n,) numbers the trees' clusters from 0, with noise resolved as ``noise``
    says; ``edges`` (m, 2) have i < j and come in the order (cluster, i, j); ``weights`` (m,)
    are the similarities. ``note`` says what is approximate, if anything is.
    """

    kind: str
    labels: tuple[str, ...]
    clustering: Clustering
    noise: str
    membership: np.ndarray
    edges: np.ndarray
    weights: np.ndarray
    note: str = ""

    def __post_init__(self):
        for array in (self.membership, self.edges, self.weights):
            array.setflags(write=False)

    def __repr__(self) -> str:
        return (
            f"SimilarityGraph({self.kind}, {len(self.labels)} classes, {len(self.edges)} edges, "
            f"{self.n_clusters} clusters by {self.clustering.clusterer.name})"
        )

    def _repr_html_(self) -> str:
        return as_code(self)

    @property
    def n_clusters(self) -> int:
        return int(self.membership.max()) + 1

    @property
    def edge_clusters(self) -> np.ndarray:
        """The cluster of each edge, (m,)."""
        return self.membership[self.edges[:, 0]]

    @property
    def noise_cluster(self) -> int | None:
        """The cluster that gathers the noise, if there is one."""
        if self.noise != "cluster" or not (self.clustering.assignment == NOISE).any():
            return None
        return int(self.membership[self.clustering.assignment == NOISE][0])

    def clusters(self) -> list[np.ndarray]:
        """Positions of every cluster's classes, cluster by cluster."""
        return _clusters(self.membership)

    def members(self, cluster: int) -> np.ndarray:
        """Positions of a cluster's classes."""
        return np.flatnonzero(self.membership == cluster)

    def to_dict(self) -> dict:
        return {
            "kind": self.kind,
            "labels": list(self.labels),
            "clustering": self.clustering.to_dict(),
            "noise": self.noise,
            "membership": self.membership.tolist(),
            "edges": self.edges.tolist(),
            "weights": self.weights.tolist(),
            "note": self.note,
        }

    @classmethod
    def from_dict(cls, data: dict) -> SimilarityGraph:
        return cls(
            kind=data["kind"],
            labels=tuple(data["labels"]),
            clustering=Clustering.from_dict(data["clustering"]),
            noise=data["noise"],
            membership=np.array(data["membership"], dtype=np.int64),
            edges=np.array(data["edges"], dtype=np.int64).reshape(-1, 2),
            weights=np.array(data["weights"], dtype=np.float64),
            note=data.get("note", ""),
        )


def build_graph(
    similarity: SimilarityMatrix | RecomputedSimilarity | NeighbourSimilarity,
    clusterer: Clusterer | None = None,
    *,
    noise: str = "cluster",
    progress: Progress | None = None,
) -> SimilarityGraph:
    """Cluster the classes and span each cluster by its maximum spanning tree (method 2 to 4).

    ``clusterer`` defaults to affinity propagation; ``progress(done, total)`` is called while it
    runs.

    >>> from semdepth.similarity import structural_from_cosine
    >>> build_graph(structural_from_cosine(
    ...     ["cat", "dog", "car", "bus"],
    ...     [[1, 0.8, 0.0, 0.1], [0.8, 1, 0.1, 0], [0.0, 0.1, 1, 0.7], [0.1, 0, 0.7, 1]]))
    SimilarityGraph(structural, 4 classes, 2 edges, 2 clusters by affinity)
    """
    clusterer = AffinityPropagation() if clusterer is None else clusterer
    clustering = clusterer(similarity, progress)
    if isinstance(similarity, RecomputedSimilarity):
        notes = similarity.note, clustering.note
        clustering = replace(clustering, note="; ".join(note for note in notes if note))
    return spanning_forest(similarity, clustering, noise=noise)


def spanning_forest(
    similarity: SimilarityMatrix | RecomputedSimilarity | NeighbourSimilarity,
    clustering: Clustering,
    *,
    noise: str = "cluster",
) -> SimilarityGraph:
    """One maximum spanning tree per cluster; a forest where zero weights disconnect it.

    ``noise`` classes form one cluster with a tree of its own (``"cluster"``, the reference's
    way) or a cluster each (``"singletons"``). Ties go by (-weight, i, j).
    """
    membership = _membership(clustering.assignment, noise)
    if isinstance(similarity, NeighbourSimilarity):
        edges, weights, note = _forest_of_neighbours(similarity, membership)
    else:
        edges, note = maximum_spanning_forests(similarity.values, _clusters(membership)), ""
        weights = similarity.values[edges[:, 0], edges[:, 1]]
    return SimilarityGraph(
        kind=similarity.kind,
        labels=similarity.labels,
        clustering=clustering,
        noise=noise,
        membership=membership,
        edges=edges,
        weights=weights.astype(np.float64),
        note=note,
    )


def _clusters(membership: np.ndarray) -> list[np.ndarray]:
    """The positions of each cluster's classes, ascending."""
    order = np.argsort(membership, kind="stable")
    return np.split(order, np.cumsum(np.bincount(membership))[:-1])


def _forest_of_neighbours(
    similarity: NeighbourSimilarity, membership: np.ndarray
) -> tuple[np.ndarray, np.ndarray, str]:
    """Edges and weights in the order (cluster, i, j), and a note on how they were found.

    Small clusters are spanned exactly, from their templates. In large ones only neighbours are
    joined, and a cluster whose neighbours do not hang together is spanned by several trees.
    """
    clusters = _clusters(membership)
    small = [members for members in clusters if 1 < len(members) <= SPANNED_EXACTLY_UP_TO]
    is_small = np.bincount(membership)[membership] <= SPANNED_EXACTLY_UP_TO
    trees = [
        members[maximum_spanning_forest(similarity.among(members), np.arange(len(members)))]
        for members in small
    ]
    edges, weights = similarity.edges()
    within = membership[edges[:, 0]] == membership[edges[:, 1]]
    within &= ~is_small[edges[:, 0]]
    trees.append(forest_of_edges(len(membership), edges[within], weights[within]))
    found = np.concatenate(trees)
    found = found[np.lexsort((found[:, 1], found[:, 0], membership[found[:, 0]]))]
    missing = len(membership) - len(clusters) - len(found)
    note = similarity.note
    if missing:
        note += (
            f"; {missing:,} more {'tree' if missing == 1 else 'trees'} than clusters, as the "
            "nearest neighbours alone do not join every cluster"
        )
    return found, similarity.of(found[:, 0], found[:, 1]), note


def _membership(assignment: np.ndarray, noise: str) -> np.ndarray:
    """Clusters numbered from 0 as assigned; noise comes last, as one cluster or one each."""
    if noise not in NOISE_RULES:
        raise OptionError(f"expected noise to be one of {', '.join(NOISE_RULES)}, found {noise!r}")
    clusters, membership = np.unique(assignment, return_inverse=True)
    if clusters[0] != NOISE:
        return membership.astype(np.int64)
    membership = membership.astype(np.int64) - 1
    outside = membership < 0
    extra = 0 if noise == "cluster" else np.arange(np.count_nonzero(outside))
    membership[outside] = len(clusters) - 1 + extra
    return membership
