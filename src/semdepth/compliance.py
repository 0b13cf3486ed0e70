"""Similarity Graph Compliance (SGC): how far real confusions follow from perceived similarity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.class_names import as_code, check_same_classes
from semdepth.errors import OptionError
from semdepth.graph import SimilarityGraph

NEIGHBOURHOODS = ("direct", "extended")


@dataclass(frozen=True, eq=False, slots=True)
class Compliance:
    """Which edges of a structural and a functional forest answer each other (method 7).

    ``causing`` (m_S,) marks edges of the structural graph that a confusion answers, ``explained``
    (m_F,) edges of the functional graph that a perceived similarity answers; ``reason`` says why
    a ratio is undefined. With ``neighbourhood`` ``"direct"`` an edge is answered by the same
    edge; with ``"extended"`` by any cluster of the other graph whose edges touch both its ends.
    """

    neighbourhood: str
    causing: np.ndarray
    explained: np.ndarray

    def __post_init__(self):
        self.causing.setflags(write=False)
        self.explained.setflags(write=False)

    def __repr__(self) -> str:
        return (
            f"Compliance({self.neighbourhood}: similarities causing confusion "
            f"{self.similarities_causing_confusion:.3f}, confusions explained "
            f"{self.confusions_explained:.3f})"
        )

    def _repr_html_(self) -> str:
        return as_code(self)

    @property
    def similarities_causing_confusion(self) -> float:
        """Share of perceived similarities that did cause confusion (NaN without edges)."""
        return float("nan") if self.reason else float(self.causing.mean())

    @property
    def confusions_explained(self) -> float:
        """Share of the confusions that perceived similarity explains (NaN without edges)."""
        return float("nan") if self.reason else float(self.explained.mean())

    @property
    def reason(self) -> str:
        """Why a ratio is undefined, empty if both are defined."""
        empty = [
            name
            for name, edges in (("structural", self.causing), ("functional", self.explained))
            if not len(edges)
        ]
        return f"the {' and the '.join(empty)} graph has no edges" if empty else ""

    def to_dict(self) -> dict:
        return {
            "neighbourhood": self.neighbourhood,
            "causing": self.causing.tolist(),
            "explained": self.explained.tolist(),
        }

    @classmethod
    def from_dict(cls, data: dict) -> Compliance:
        marks = (np.array(data[name], dtype=bool) for name in ("causing", "explained"))
        return cls(data["neighbourhood"], *marks)


def graph_compliance(
    structural: SimilarityGraph, functional: SimilarityGraph, neighbourhood: str = "direct"
) -> Compliance:
    """Similarity Graph Compliance of two forests over the same classes; linear in their edges.

    Raises :class:`LabelError` if the graphs' classes differ.

    >>> from semdepth.clustering import Whole
    >>> from semdepth.graph import build_graph
    >>> from semdepth.similarity import structural_from_cosine
    >>> seen = structural_from_cosine(["a", "b", "c"], [[1, 0.9, 0], [0.9, 1, 0.4], [0, 0.4, 1]])
    >>> graph = build_graph(seen, Whole())
    >>> graph_compliance(graph, graph)
    Compliance(direct: similarities causing confusion 1.000, confusions explained 1.000)
    """
    if neighbourhood not in NEIGHBOURHOODS:
        raise OptionError(
            f"expected a neighbourhood out of {', '.join(NEIGHBOURHOODS)}, found {neighbourhood!r}"
        )
    check_same_classes(structural.labels, functional.labels, "two graphs")
    if neighbourhood == "extended":
        causing = within_clusters(structural.edges, touched_clusters(functional))
        explained = within_clusters(functional.edges, touched_clusters(structural))
    else:
        n = len(structural.labels)
        ours, theirs = edge_keys(structural.edges, n), edge_keys(functional.edges, n)
        causing, explained = np.isin(ours, theirs), np.isin(theirs, ours)
    return Compliance(neighbourhood, causing, explained)


def edge_keys(edges: np.ndarray, n: int) -> np.ndarray:
    """Unordered pairs (m, 2) of n classes as one number each."""
    return np.minimum(edges[:, 0], edges[:, 1]) * n + np.maximum(edges[:, 0], edges[:, 1])


def touched_clusters(graph: SimilarityGraph) -> np.ndarray:
    """The cluster whose edges touch each class, (n,), -1 where none does."""
    touched = np.full(len(graph.labels), -1, dtype=np.int64)
    ends = graph.edges.ravel()
    touched[ends] = graph.membership[ends]
    return touched


def within_clusters(edges: np.ndarray, touched: np.ndarray) -> np.ndarray:
    """Edges (m, 2) whose two ends are touched by one and the same cluster, (m,) bool."""
    first, second = touched[edges[:, 0]], touched[edges[:, 1]]
    return (first >= 0) & (first == second)
