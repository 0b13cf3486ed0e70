"""The network's own hierarchy: its classes agglomerated by how alike it perceives them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from semdepth.class_names import as_code, check_same_classes
from semdepth.errors import OptionError
from semdepth.kernels.agglomeration import LINKAGES, agglomerate
from semdepth.labels import Placement
from semdepth.similarity import SimilarityMatrix
from semdepth.taxonomy import Taxonomy, taxonomy_from_parents

SCHEMA = "semdepth/dendrogram"
SCHEMA_VERSION = 1

# A Newick label of these characters needs no quotes.
_PLAIN = re.compile(r"[A-Za-z0-9_.+-]*[A-Za-z_][A-Za-z0-9_.+-]*")


@dataclass(frozen=True, eq=False, slots=True)
class Dendrogram:
    """A binary tree over n classes, grown from the leaves.

    Classes are the nodes 0 to n - 1; the k-th merge makes the node n + k, and the last one is
    the root. This is the form that scipy's ``linkage`` has.

    Attributes
    ----------
    labels : the n class names.
    merges (n - 1, 2) : the two nodes that each merge joins.
    heights (n - 1,) : the distance at which it does, never falling.
    linkage : how the distance of two groups follows from those of their classes.
    """

    labels: tuple[str, ...]
    merges: np.ndarray
    heights: np.ndarray
    linkage: str

    def __post_init__(self):
        for array in (self.merges, self.heights):
            array.setflags(write=False)

    def __repr__(self) -> str:
        return f"Dendrogram({len(self.labels)} classes, {self.linkage} linkage)"

    def _repr_html_(self) -> str:
        return as_code(self)

    def sizes(self) -> np.ndarray:
        """How many classes lie below each node, itself included, (2 n - 1,)."""
        n = len(self.labels)
        sizes = np.ones(2 * n - 1, dtype=np.int64)
        for step, pair in enumerate(self.merges.tolist()):
            sizes[n + step] = sizes[pair].sum()
        return sizes

    def members(self, node: int) -> list[int]:
        """The classes below a node, in the order in which a drawing has them."""
        n, found, waiting = len(self.labels), [], [node]
        while waiting:
            node = waiting.pop()
            if node < n:
                found.append(node)
            else:
                waiting.extend(reversed(self.merges[node - n].tolist()))
        return found

    def to_newick(self, names: Sequence[str] | None = None) -> str:
        """The tree as Newick text; branch lengths are differences of height.

        ``names`` (n - 1) are those of the merges, by default :func:`node_names`.

        >>> Dendrogram(("dog", "cat"), np.array([[0, 1]]), np.array([0.5]), "single").to_newick()
        "(dog:0.5,cat:0.5)'node 1';"
        """
        names = [*self.labels, *(node_names(self) if names is None else names)]
        n, root = len(self.labels), len(self.merges) + len(self.labels) - 1
        height = np.concatenate((np.zeros(n), self.heights))
        parts: list[str] = []
        # A node is opened, its children follow with a comma between, and it is closed.
        waiting: list[tuple[str, int, int]] = [("open", root, -1)]
        while waiting:
            what, node, above = waiting.pop()
            if what == "comma":
                parts.append(",")
            elif what == "open" and node >= n:
                parts.append("(")
                first, second = self.merges[node - n].tolist()
                waiting += [("close", node, above), ("open", second, node), ("comma", -1, -1)]
                waiting.append(("open", first, node))
            else:
                parts.append(")" if node >= n else "")
                parts.append(_quoted(names[node]))
                if above >= 0:
                    parts.append(f":{height[above] - height[node]:.10g}")
        return "".join(parts) + ";"

    def to_taxonomy(self, title: str = "induced", names: Sequence[str] | None = None) -> Taxonomy:
        """The tree as a taxonomy, in which classes can be placed by their names."""
        names = (*self.labels, *(node_names(self) if names is None else names))
        n = len(self.labels)
        parents = np.empty(2 * n - 2, dtype=np.int64)
        parents[self.merges.ravel()] = np.repeat(np.arange(n, 2 * n - 1), 2)
        offsets = np.minimum(np.arange(2 * n), 2 * n - 2)
        return taxonomy_from_parents(title, names, offsets, parents)

    def to_dict(self) -> dict:
        return {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "linkage": self.linkage,
            "labels": list(self.labels),
            "merges": self.merges.tolist(),
            "heights": self.heights.tolist(),
        }

    @classmethod
    def from_dict(cls, data: dict) -> Dendrogram:
        return cls(
            tuple(data["labels"]),
            np.array(data["merges"], dtype=np.int64).reshape(-1, 2),
            np.array(data["heights"], dtype=np.float64),
            data["linkage"],
        )


def induce(similarity: SimilarityMatrix, linkage: str = "average") -> Dendrogram:
    """The hierarchy that similarities imply: the closest groups merge, until one is left.

    The distance of two classes is ``1 - similarity``; of templates that is ``1 - cosine``,
    divided by its greatest value. Of two groups it is the mean over all pairs (``average``), the
    greatest (``complete``), the smallest (``single``), or Ward's (1963) with
    ``2 (1 - similarity)`` as the squared distance (``ward``). Takes n² steps and a second matrix
    of n² cells. Where distances tie, the order of the classes decides.

    >>> from semdepth.similarity import structural_from_cosine
    >>> cosine = [[1, 0.8, 0], [0.8, 1, 0.2], [0, 0.2, 1]]
    >>> induce(structural_from_cosine(["cat", "dog", "car"], cosine)).heights.round(3)
    array([0.2, 0.9])
    """
    if linkage not in LINKAGES:
        raise OptionError(f"expected a linkage out of {', '.join(LINKAGES)}, found {linkage!r}")
    distances = 1 - similarity.values
    # Cosines from a file are symmetric to rounding only, and chains need them to be exactly so.
    np.minimum(distances, distances.T.copy(), out=distances)
    if linkage == "ward":
        distances = np.sqrt(2 * distances)
    merges, heights = agglomerate(distances, linkage)
    return Dendrogram(similarity.labels, merges, heights, linkage)


def subsumers_of_nodes(dendrogram: Dendrogram, placement: Placement) -> np.ndarray:
    """The lowest concept above all placed classes of each merge, (n - 1,); -1 where none is.

    Of several concepts the one of greatest shortest depth, then of the smallest name, as
    :meth:`Taxonomy.common_subsumer` has it; of a single placed class its own concept.
    """
    check_same_classes(dendrogram.labels, placement.labels, "a hierarchy and a placement")
    taxonomy = placement.taxonomy
    lowest = placement.concepts.tolist()
    above = [_ancestors(taxonomy, concept) for concept in lowest]
    for a, b in dendrogram.merges.tolist():
        first, second = above[a], above[b]
        if first is None or second is None:
            kept = b if first is None else a
            lowest.append(lowest[kept])
            above.append(above[kept])
        else:
            shared = first & second
            above.append(shared)
            lowest.append(
                min(shared, key=lambda c: (-int(taxonomy.min_depth[c]), taxonomy.names[c]))
            )
        # What is above a group is above its parts; they are needed no more.
        above[a] = above[b] = None
    return np.array(lowest[len(dendrogram.labels) :], dtype=np.int64)


def node_names(dendrogram: Dendrogram, placement: Placement | None = None) -> tuple[str, ...]:
    """A name for each merge that no other has: its concept's with its number, counted from 1.

    >>> pair = Dendrogram(("dog", "cat"), np.array([[0, 1]]), np.array([0.5]), "single")
    >>> from semdepth.labels import place
    >>> node_names(pair), node_names(pair, place(["dog", "cat"]))
    (('node 1',), ('carnivore.n.01 (1)',))
    """
    n = len(dendrogram.merges)
    concepts = [-1] * n if placement is None else subsumers_of_nodes(dendrogram, placement)
    taken, names = set(dendrogram.labels), []
    for number, concept in enumerate(concepts, start=1):
        name = f"node {number}"
        if concept >= 0:
            name = f"{placement.taxonomy.names[concept]} ({number})"
        while name in taken:
            name += "'"
        names.append(name)
    return tuple(names)


def _ancestors(taxonomy: Taxonomy, concept: int) -> frozenset[int] | None:
    """A concept and all above it; None for a class without one."""
    if concept < 0:
        return None
    seen = {concept}
    waiting = [concept]
    while waiting:
        above = [p for p in taxonomy.parents_of(waiting.pop()).tolist() if p not in seen]
        seen.update(above)
        waiting += above
    return frozenset(seen)


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else "'" + name.replace("'", "''") + "'"
