"""Similarity Depth (SD): how deep in the hierarchy the perceived likenesses lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.class_names import as_code, check_same_classes
from semdepth.graph import SimilarityGraph
from semdepth.labels import Placement
from semdepth.taxonomy import PairDepths, pair_depths, relations


@dataclass(frozen=True, eq=False, slots=True)
class SimilarityDepth:
    """The depth of the lowest common subsumer of every edge of a class similarity graph.

    Only edges between placed classes count; ``edges`` (m, 2) are those, in the graph's order.

    Attributes
    ----------
    labels : the n class names.
    edges (m, 2), clusters (m,) : the counted edges and the cluster each lies in.
    subsumers, subsumer_names : id and name of each edge's lowest common subsumer, m each.
    depths (m,) : ``max_depth(LCS) + 1`` (method 5; entity: 1).
    wu_palmer (m,) : Wu-Palmer similarity of each edge's two classes.
    unplaced : classes without a concept; ``left_out`` : edges that touch one.
    """

    labels: tuple[str, ...]
    edges: np.ndarray
    clusters: np.ndarray
    subsumers: tuple[str, ...]
    subsumer_names: tuple[str, ...]
    depths: np.ndarray
    wu_palmer: np.ndarray
    unplaced: tuple[str, ...]
    left_out: int

    def __post_init__(self):
        for array in (self.edges, self.clusters, self.depths, self.wu_palmer):
            array.setflags(write=False)

    def __repr__(self) -> str:
        return f"SimilarityDepth({self.mean:.4f} over {len(self.depths)} edges)"

    def _repr_html_(self) -> str:
        return as_code(self)

    @property
    def mean(self) -> float:
        """Similarity Depth: the mean over all edges (NaN without edges, see ``reason``)."""
        return float(np.mean(self.depths)) if len(self.depths) else float("nan")

    @property
    def mean_wu_palmer(self) -> float:
        """Mean Wu-Palmer similarity over all edges (NaN without edges)."""
        return float(np.mean(self.wu_palmer)) if len(self.depths) else float("nan")

    @property
    def reason(self) -> str:
        """Why Similarity Depth is undefined, empty if it is defined."""
        if len(self.depths):
            return ""
        if self.left_out:
            return f"all {self.left_out} edges touch a class without a concept"
        return "the graph has no edges"

    def by_cluster(self) -> dict[int, float]:
        """Mean depth of each cluster that has edges."""
        clusters, place = np.unique(self.clusters, return_inverse=True)
        means = np.bincount(place, self.depths) / np.bincount(place)
        return dict(zip(clusters.tolist(), means.tolist(), strict=True))

    def by_class(self) -> np.ndarray:
        """Mean depth of the edges at each class, (n,); NaN where there is none."""
        ends = self.edges.ravel()
        total = np.bincount(ends, np.repeat(self.depths, 2), len(self.labels))
        count = np.bincount(ends, minlength=len(self.labels))
        return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)

    def to_dict(self) -> dict:
        return {
            "labels": list(self.labels),
            "edges": self.edges.tolist(),
            "clusters": self.clusters.tolist(),
            "subsumers": list(self.subsumers),
            "subsumer_names": list(self.subsumer_names),
            "depths": self.depths.tolist(),
            "wu_palmer": self.wu_palmer.tolist(),
            "unplaced": list(self.unplaced),
            "left_out": self.left_out,
        }

    @classmethod
    def from_dict(cls, data: dict) -> SimilarityDepth:
        return cls(
            labels=tuple(data["labels"]),
            edges=np.array(data["edges"], dtype=np.int64).reshape(-1, 2),
            clusters=np.array(data["clusters"], dtype=np.int64),
            subsumers=tuple(data["subsumers"]),
            subsumer_names=tuple(data["subsumer_names"]),
            depths=np.array(data["depths"], dtype=np.int64),
            wu_palmer=np.array(data["wu_palmer"], dtype=np.float64),
            unplaced=tuple(data["unplaced"]),
            left_out=data["left_out"],
        )


def similarity_depth(
    graph: SimilarityGraph, placement: Placement, *, lcs: str = "min_depth"
) -> SimilarityDepth:
    """Similarity Depth of a graph of placed classes (method 6, the paper's SD).

    ``SD = mean over all edges of max_depth(LCS(i, j)) + 1``, pooled over the edges of all
    trees. Around 5 by chance on ImageNet classes, 7 to 9 for trained networks.

    >>> from semdepth.graph import build_graph
    >>> from semdepth.labels import place
    >>> from semdepth.similarity import semantic_similarity
    >>> pets = place(["dog", "cat", "car", "bus"])
    >>> similarity_depth(build_graph(semantic_similarity(pets)), pets)
    SimilarityDepth(9.5000 over 2 edges)
    """
    check_same_classes(graph.labels, placement.labels, "a graph and a placement")
    placed = (placement.concepts[graph.edges] >= 0).all(axis=1)
    edges = graph.edges[placed]
    taxonomy = placement.taxonomy
    related = relations(taxonomy, np.maximum(placement.concepts, 0), lcs=lcs)
    subsumers, wu_palmer = related.of_pairs(edges)
    return SimilarityDepth(
        labels=graph.labels,
        edges=edges,
        clusters=graph.edge_clusters[placed],
        subsumers=tuple(taxonomy.ids[c] for c in subsumers.tolist()),
        subsumer_names=tuple(taxonomy.names[c] for c in subsumers.tolist()),
        depths=taxonomy.max_depth[subsumers].astype(np.int64) + 1,
        wu_palmer=wu_palmer,
        unplaced=placement.unplaced,
        left_out=int(np.count_nonzero(~placed)),
    )


def depths_of_all_pairs(placement: Placement, *, lcs: str = "min_depth") -> PairDepths:
    """LCS depth of all pairs of the k placed classes: what chance draws from."""
    placed = placement.concepts[placement.concepts >= 0]
    return pair_depths(placement.taxonomy, placed, lcs=lcs)


def depth_percentile(counts: np.ndarray, percentile: float) -> float:
    """The percentile of the depths that ``counts`` stand for, as ``numpy.percentile`` defines it.

    >>> depth_percentile(np.array([0, 0, 1, 2]), 50), depth_percentile(np.array([0, 1, 1]), 50)
    (3.0, 1.5)
    """
    place = percentile / 100 * (counts.sum() - 1)
    low, high = np.searchsorted(
        np.cumsum(counts), [np.floor(place) + 1, np.ceil(place) + 1]
    ).tolist()
    return float(low + (high - low) * (place - np.floor(place)))
