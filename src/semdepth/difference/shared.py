"""Two analyses over the classes that both have, aligned by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.analysis import Analysis
from semdepth.errors import LabelError


@dataclass(frozen=True, eq=False, slots=True)
class Side:
    """One of the two: its analysis, and where it has each of the shared classes, (s,)."""

    analysis: Analysis
    chosen: np.ndarray

    def clusters(self) -> np.ndarray:
        """The cluster of each shared class, (s,)."""
        return self.analysis.graph.membership[self.chosen]

    def edges(self) -> dict[tuple[int, int], float]:
        """The forest's edges between shared classes, by their places among these."""
        graph = self.analysis.graph
        return self._of_edges(graph.edges, graph.weights)

    def depths(self) -> dict[tuple[int, int], float]:
        """The depths of those edges whose classes are both placed."""
        depth = self.analysis.depth
        return self._of_edges(depth.edges, depth.depths)

    def similarity(self, pairs: np.ndarray) -> np.ndarray | None:
        """Of pairs of shared classes; None where the analysis does not hold its matrix."""
        matrix = self.analysis.similarity
        return None if matrix is None else matrix.values[tuple(self.chosen[pairs].T)]

    def _of_edges(self, edges: np.ndarray, values: np.ndarray) -> dict[tuple[int, int], float]:
        """The values (m,) of those edges (m, 2) that are between shared classes."""
        place = np.full(len(self.analysis.graph.labels), -1)
        place[self.chosen] = np.arange(len(self.chosen))
        ends = np.sort(place[edges], axis=1)
        kept = ends[:, 0] >= 0
        return dict(zip(map(tuple, ends[kept].tolist()), values[kept].tolist(), strict=True))


def shared_sides(first: Analysis, second: Analysis) -> tuple[Side, Side]:
    """Both, over their shared classes in the first one's order.

    Raises :class:`LabelError` where they share fewer than two classes.
    """
    there = {label: place for place, label in enumerate(second.graph.labels)}
    chosen = [(i, there[label]) for i, label in enumerate(first.graph.labels) if label in there]
    if len(chosen) < 2:
        raise LabelError(
            f"expected two analyses with classes in common, found {len(chosen)} shared by "
            f"{first.subject.title!r} and {second.subject.title!r}; name their classes alike "
            "(semdepth analyze --labels)"
        )
    columns = np.array(chosen).T
    return Side(first, columns[0]), Side(second, columns[1])
