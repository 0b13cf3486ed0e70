"""How concepts relate pairwise: where they meet, how far apart they lie, how alike they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from semdepth.errors import OptionError
from semdepth.kernels.subsumers import (
    AncestorGraph,
    Meeting,
    ancestor_graph,
    meet_pairs,
    subsumer_blocks,
)
from semdepth.taxonomy.concepts import Taxonomy

LCS_RULES = ("min_depth", "max_depth")


@dataclass(frozen=True, eq=False, slots=True)
class Relations:
    """How some concepts of a taxonomy relate pairwise; each answer is an (n, n) matrix.

    A pair is taken in the order of the matrix's upper triangle (the class with the smaller
    position first) and every answer is symmetric. Nothing is computed before it is asked for.
    """

    taxonomy: Taxonomy
    graph: AncestorGraph

    @property
    def concepts(self) -> np.ndarray:
        """The concepts themselves, (n,), as positions in the taxonomy."""
        return self.graph.nodes[self.graph.classes]

    def subsumers(self) -> np.ndarray:
        """Lowest common subsumers as positions in the taxonomy, (n, n) int32."""
        return self._symmetric(np.int32, lambda met: self.graph.nodes[met.subsumers])

    def depths(self) -> np.ndarray:
        """``max_depth(LCS) + 1``, (n, n); a byte each unless the taxonomy is deeper than that."""
        depth = self.taxonomy.max_depth[self.graph.nodes] + 1
        kind = np.uint8 if depth.max(initial=0) < 256 else np.int32
        depth = depth.astype(kind)
        return self._symmetric(kind, lambda met: depth[met.subsumers])

    def distances(self) -> np.ndarray:
        """Shortest paths through any common ancestor, in edges, (n, n) uint16."""
        return self._symmetric(np.uint16, lambda met: met.distances, distances=True)

    def wu_palmer(self, dtype: type = np.float64) -> np.ndarray:
        """``2 depth / (d(a, LCS) + d(b, LCS) + 2 depth)``, (n, n) (Wu & Palmer 1994).

        Computed in float64, whatever ``dtype`` it is kept in.
        """
        depth = self.taxonomy.max_depth[self.graph.nodes] + 1.0
        return self._symmetric(
            dtype, lambda met: _wu_palmer(depth[met.subsumers], met.climbs), climbs=True
        )

    def heights(self) -> np.ndarray:
        """Edges from the LCS down to the farthest concept below it among these, (n, n) int32."""
        height = np.zeros(len(self.graph.nodes), dtype=np.int32)
        for first, last, above in reversed(self.graph.steps):
            np.maximum.at(height, above, height[first:last] + 1)
        return self._symmetric(np.int32, lambda met: height[met.subsumers])

    def shared_ancestors(self) -> tuple[np.ndarray, np.ndarray]:
        """How many ancestors (itself included, the root not) each pair shares and each has.

        (n, n) and (n,), whole numbers.
        """
        graph = self.graph
        n = len(graph.classes)
        has = np.zeros((n, len(graph.nodes)), dtype=np.float32)
        for row, node in enumerate(graph.classes):
            has[row, graph.ancestors[graph.indptr[node] : graph.indptr[node + 1]]] = 1
        # The root is everyone's ancestor and stands first; without it counts start at nothing.
        has[:, 0] = 0
        shared = np.rint(has @ has.T).astype(np.int64)
        return shared, np.diagonal(shared)

    def of_pairs(self, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Subsumers (positions in the taxonomy) and Wu-Palmer of some pairs (m, 2), m each."""
        met, climbs = meet_pairs(self.graph, np.sort(pairs, axis=1))
        subsumers = self.graph.nodes[met].astype(np.int32)
        return subsumers, _wu_palmer(self.taxonomy.max_depth[subsumers] + 1.0, climbs)

    def _symmetric(
        self, kind: type, answer: Callable[[Meeting], np.ndarray], **lengths: bool
    ) -> np.ndarray:
        n = len(self.graph.classes)
        matrix = np.empty((n, n), dtype=kind)
        for met in subsumer_blocks(self.graph, **lengths):
            first, last = met.rows.start, met.rows.stop
            rows = matrix[met.rows, first:]
            rows[:] = answer(met)
            # Within the block, too, a pair is answered with the first class first.
            square = rows[:, : last - first]
            below = np.tril_indices(last - first, k=-1)
            square[below] = square.T[below]
            matrix[last:, met.rows] = rows[:, last - first :].T
        return matrix


def relations(
    taxonomy: Taxonomy, concepts: Sequence[int] | np.ndarray, *, lcs: str = "min_depth"
) -> Relations:
    """Prepare all pairwise relations of ``concepts`` (positions in the taxonomy, n of them).

    ``lcs`` says which depth makes a common ancestor the lowest: ``"min_depth"`` (NLTK's rule
    and the paper's) or ``"max_depth"``.

    >>> from semdepth.wordnet import wordnet_nouns
    >>> nouns = wordnet_nouns()
    >>> pair = relations(nouns, [nouns.index("n02084071"), nouns.index("n02121620")])
    >>> int(pair.depths()[0, 1]), int(pair.distances()[0, 1]), float(pair.wu_palmer()[0, 1])
    (12, 4, 0.8571428571428571)
    """
    if lcs not in LCS_RULES:
        raise OptionError(f"expected lcs to be one of {', '.join(LCS_RULES)}, found {lcs!r}")
    graph = ancestor_graph(
        taxonomy.parent_offsets,
        taxonomy.parents,
        level=taxonomy.max_depth,
        depth=taxonomy.min_depth if lcs == "min_depth" else taxonomy.max_depth,
        name_rank=taxonomy.name_rank,
        concepts=np.asarray(concepts, dtype=np.int64),
    )
    return Relations(taxonomy, graph)


def leacock_chodorow(distance: np.ndarray, depth_limit: int) -> np.ndarray:
    """``-ln((d + 1) / (2 D))`` of path lengths in edges (Leacock & Chodorow 1998).

    The logarithm is taken once per distinct length, so equal lengths give equal bits.

    >>> float(leacock_chodorow(np.array(4), 19).round(4))
    2.0281
    """
    lengths, where = np.unique(distance, return_inverse=True)
    values = -np.log((lengths + 1.0) / (2.0 * depth_limit))
    return values[where].reshape(np.shape(distance))


def _wu_palmer(depth: np.ndarray, climbs: np.ndarray) -> np.ndarray:
    # A virtual root has depth 0, and meeting there makes two classes 0 alike.
    return 2.0 * depth / np.maximum(climbs + 2.0 * depth, 1.0)
