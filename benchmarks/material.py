"""What the stages of a benchmark start from."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import peers

from semdepth import (
    AffinityPropagation,
    ClassifierHead,
    Clustering,
    SimilarityMatrix,
    place,
    structural_similarity,
)
from semdepth.graph import SimilarityGraph, spanning_forest
from semdepth.labels import Placement

# Pairs that NLTK is asked for; its time for all pairs is scaled up from theirs.
SAMPLED_PAIRS = 500


class Material:
    """What the stages start from, each made when it is first asked for."""

    def __init__(self, head: ClassifierHead):
        self.head = head

    @cached_property
    def placement(self) -> Placement:
        return place(self.head.labels, self.head.ids)

    @cached_property
    def similarity(self) -> SimilarityMatrix:
        return structural_similarity(self.head)

    @cached_property
    def clustering(self) -> Clustering:
        return AffinityPropagation()(self.similarity)

    @cached_property
    def forest(self) -> SimilarityGraph:
        return spanning_forest(self.similarity, self.clustering)

    @cached_property
    def graph(self):
        """All similarities as a networkx graph."""
        import networkx as nx

        return nx.from_numpy_array(self.similarity.values)

    @cached_property
    def synsets(self) -> list:
        return peers.synsets(self.head.ids)

    @cached_property
    def pairs(self) -> np.ndarray:
        """Random pairs of classes i < j, (k, 2)."""
        pairs = np.random.default_rng(0).integers(len(self.head.labels), size=(SAMPLED_PAIRS, 2))
        return np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)

    @property
    def sampled_share(self) -> float:
        n = len(self.head.labels)
        return len(self.pairs) / (n * (n - 1) / 2)
