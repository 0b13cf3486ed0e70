"""A semantic hierarchy: concepts, their hypernyms, and how deep two of them meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from semdepth.class_names import as_code
from semdepth.errors import OptionError, TaxonomyError
from semdepth.kernels.subsumers import (
    AncestorGraph,
    ancestor_graph,
    concatenated_rows,
    distance_to_ancestors,
    subsumer_blocks,
)

LCS_RULES = ("min_depth", "max_depth")


@dataclass(frozen=True, eq=False, slots=True)
class Taxonomy:
    """Concepts as arrays of a directed acyclic graph, each with its hypernyms (parents).

    Make one with :func:`taxonomy_from_parents`; WordNet's nouns are
    :func:`semdepth.wordnet.wordnet_nouns`.

    Attributes
    ----------
    title : what the taxonomy is called in outputs.
    ids, names : N strings each; names decide ties between subsumers.
    parent_offsets (N + 1,), parents : compressed rows, the parents of each concept in order.
    min_depth, max_depth (N,) : edges on the shortest and longest way up to the root (root: 0).
        Where several roots were given, a virtual root stands last, at depth -1.
    name_rank (N,) : position of each name among all names in string order.
    positions : each id's position.
    """

    title: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    parent_offsets: np.ndarray
    parents: np.ndarray
    min_depth: np.ndarray
    max_depth: np.ndarray
    name_rank: np.ndarray
    positions: Mapping[str, int] = field(repr=False)

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"Taxonomy({self.title!r}, {len(self):,} concepts, depth {self.depth_limit})"

    def _repr_html_(self) -> str:
        return as_code(self)

    def to_dict(self) -> dict:
        """Ids, names and each concept's parents as positions; a virtual root stays out."""
        rows = [self.parents_of(i).tolist() for i in range(len(self))]
        n = len(self) - (int(self.max_depth[-1]) < 0)
        parents = [[p for p in row if p < n] for row in rows[:n]]
        return {
            "title": self.title,
            "ids": list(self.ids[:n]),
            "names": list(self.names[:n]),
            "parents": parents,
        }

    @classmethod
    def from_dict(cls, data: dict) -> Taxonomy:
        rows = data["parents"]
        offsets = np.cumsum([0, *map(len, rows)])
        flat = [parent for row in rows for parent in row]
        return taxonomy_from_parents(data["title"], data["ids"], offsets, flat, names=data["names"])

    @property
    def depth_limit(self) -> int:
        """The greatest depth D of the taxonomy in edges, at least 1 (WordNet 3.0 nouns: 19)."""
        return max(1, int(self.max_depth.max()))

    @property
    def root(self) -> int:
        """The concept above all others; virtual where the taxonomy has several roots."""
        return int(np.argmin(self.max_depth))

    def index(self, concept_id: str) -> int:
        """Position of a concept id; :class:`TaxonomyError` if the taxonomy does not have it."""
        try:
            return self.positions[concept_id]
        except KeyError:
            raise TaxonomyError(
                f"expected an id of {self.title} such as {self.ids[0]!r}, found {concept_id!r}, "
                "which it does not have; check the id, or leave the class unplaced"
            ) from None

    def __contains__(self, concept_id: str) -> bool:
        return concept_id in self.positions

    def parents_of(self, concept: int) -> np.ndarray:
        return self.parents[self.parent_offsets[concept] : self.parent_offsets[concept + 1]]

    def depth(self, concept: int) -> int:
        """Depth as the method counts it (5): nodes on the longest way up (entity: 1)."""
        return int(self.max_depth[concept]) + 1

    def lowest_common_subsumer(self, a: int, b: int, *, lcs: str = "min_depth") -> int:
        """The concept under which ``a`` and ``b`` meet, by the method's rule of ties (5).

        >>> from semdepth.wordnet import wordnet_nouns
        >>> nouns = wordnet_nouns()
        >>> dog, cat = nouns.index("n02084071"), nouns.index("n02121620")
        >>> nouns.names[nouns.lowest_common_subsumer(dog, cat)]
        'carnivore.n.01'
        """
        return int(relations(self, [a, b], lcs=lcs).subsumers()[0, 1])

    def common_subsumer(self, concepts: Sequence[int]) -> int:
        """The lowest concept above all of some concepts (greatest min_depth, then name)."""
        shared = set.intersection(*(set(self._ways_up(int(c))) for c in concepts))
        return min(shared, key=lambda c: (-int(self.min_depth[c]), self.names[c]))

    def path(self, a: int, b: int) -> list[int]:
        """Concepts on a shortest path from ``a`` to ``b`` through a common ancestor."""
        up_a, up_b = self._ways_up(a), self._ways_up(b)
        shared = [c for c in up_a if c in up_b]
        top = min(shared, key=lambda c: (len(up_a[c]) + len(up_b[c]), -int(self.max_depth[c])))
        return up_a[top] + up_b[top][-2::-1]

    def path_to_root(self, concept: int) -> list[int]:
        """A shortest way up, from the concept to the root."""
        return self._ways_up(concept)[self.root]

    def _ways_up(self, concept: int) -> dict[int, list[int]]:
        ways = {concept: [concept]}
        frontier = [concept]
        while frontier:
            above = []
            for node in frontier:
                for parent in self.parents_of(node).tolist():
                    if parent not in ways:
                        ways[parent] = [*ways[node], parent]
                        above.append(parent)
            frontier = above
        return ways


@dataclass(frozen=True, eq=False, slots=True)
class Relations:
    """How some concepts of a taxonomy relate pairwise; each answer is an (n, n) matrix.

    A pair is taken in the order of the matrix's upper triangle (the class with the smaller
    position first) and every answer is symmetric. Nothing is computed before it is asked for.
    """

    taxonomy: Taxonomy
    graph: AncestorGraph

    def subsumers(self) -> np.ndarray:
        """Lowest common subsumers as positions in the taxonomy, (n, n) int32."""
        return self._symmetric(np.int32, lambda rows, subsumer, _: self.graph.nodes[subsumer])

    def depths(self) -> np.ndarray:
        """``max_depth(LCS) + 1``, (n, n); a byte each unless the taxonomy is deeper than that."""
        depth = self.taxonomy.max_depth[self.graph.nodes] + 1
        kind = np.uint8 if depth.max(initial=0) < 256 else np.int32
        return self._symmetric(kind, lambda rows, subsumer, _: depth[subsumer])

    def distances(self) -> np.ndarray:
        """Shortest paths through any common ancestor, in edges, (n, n) uint16."""
        return self._symmetric(np.uint16, lambda rows, _, distance: distance)

    def wu_palmer(self) -> np.ndarray:
        """``2 depth / (d(a, LCS) + d(b, LCS) + 2 depth)``, (n, n) float64 (Wu & Palmer 1994)."""
        return self._symmetric(np.float64, self._wu_palmer_rows())

    def heights(self) -> np.ndarray:
        """Edges from the LCS down to the farthest concept below it among these, (n, n) int32."""
        height = np.zeros(len(self.graph.nodes), dtype=np.int32)
        for first, last, above in reversed(self.graph.steps):
            np.maximum.at(height, above, height[first:last] + 1)
        return self._symmetric(np.int32, lambda rows, subsumer, _: height[subsumer])

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
        subsumers = np.empty(len(pairs), dtype=np.int32)
        wu_palmer = np.empty(len(pairs))
        if len(pairs):
            to_ancestor = distance_to_ancestors(self.graph)
        depth = self.taxonomy.max_depth[self.graph.nodes] + 1.0
        first, second = np.sort(pairs, axis=1).T
        sources, row_of = np.unique(first, return_inverse=True)
        for rows, subsumer, _ in subsumer_blocks(self.graph, sources):
            mine = np.flatnonzero((row_of >= rows.start) & (row_of < rows.stop))
            met = subsumer[row_of[mine] - rows.start, second[mine]]
            subsumers[mine] = self.graph.nodes[met]
            lengths = to_ancestor[met, first[mine]], to_ancestor[met, second[mine]]
            wu_palmer[mine] = _wu_palmer(depth[met], *lengths)
        return subsumers, wu_palmer

    def _wu_palmer_rows(self) -> Callable:
        to_ancestor = distance_to_ancestors(self.graph)
        depth = self.taxonomy.max_depth[self.graph.nodes] + 1.0
        columns = np.arange(len(self.graph.classes))
        return lambda rows, subsumer, _: _wu_palmer(
            depth[subsumer],
            to_ancestor[subsumer, columns[rows, None]],
            to_ancestor[subsumer, columns],
        )

    def _symmetric(self, kind, answer) -> np.ndarray:
        n = len(self.graph.classes)
        matrix = np.empty((n, n), dtype=kind)
        for rows, subsumer, distance in subsumer_blocks(self.graph):
            matrix[rows] = answer(rows, subsumer, distance)
        for i in range(1, n):
            matrix[i, :i] = matrix[:i, i]
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


def taxonomy_from_parents(
    title: str,
    ids: Sequence[str],
    parent_offsets: np.ndarray,
    parents: np.ndarray,
    *,
    names: Sequence[str] | None = None,
) -> Taxonomy:
    """Build a taxonomy from each concept's parents; several roots get a virtual one above them.

    ``parents[parent_offsets[i]:parent_offsets[i + 1]]`` are the parents of concept ``i``.
    Raises :class:`TaxonomyError` for a cycle or a repeated id.

    >>> tree = taxonomy_from_parents("pets", ["animal", "dog", "cat"], [0, 0, 1, 2], [0, 0])
    >>> tree.depth(1), tree.names[tree.lowest_common_subsumer(1, 2)]
    (2, 'animal')
    """
    ids = tuple(ids)
    names = ids if names is None else tuple(names)
    parent_offsets = np.asarray(parent_offsets, dtype=np.int32)
    parents = np.asarray(parents, dtype=np.int32)
    _check_rows(title, len(ids), parent_offsets, parents)
    roots = np.flatnonzero(np.diff(parent_offsets) == 0)
    several = len(roots) > 1
    if several:
        ids, names = (*ids, "(root)"), (*names, "(root)")
        parent_offsets, parents = _under_virtual_root(parent_offsets, parents, roots)
    index = dict(zip(ids, range(len(ids)), strict=True))
    if len(index) < len(ids):
        twice = next(name for i, name in enumerate(ids) if index[name] != i)
        raise TaxonomyError(
            f"expected every concept of {title} once, found {twice!r} twice; rename or merge one"
        )
    min_depth, max_depth = _depths(title, names, parent_offsets, parents)
    name_rank = np.empty(len(names), dtype=np.int32)
    name_rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    arrays = parent_offsets, parents, min_depth - several, max_depth - several, name_rank
    for array in arrays:
        array.setflags(write=False)
    return Taxonomy(title, ids, names, *arrays, index)


def _check_rows(title: str, n: int, parent_offsets: np.ndarray, parents: np.ndarray) -> None:
    if not n:
        raise TaxonomyError(f"expected concepts in {title}, found none")
    if len(parent_offsets) != n + 1 or parent_offsets[-1] != len(parents):
        raise TaxonomyError(
            f"expected a row of parents for each of {n} concepts of {title}, found "
            f"{len(parent_offsets) - 1} rows over {len(parents)} parents; mend parent_offsets"
        )
    if len(parents) and (parents.min() < 0 or parents.max() >= n):
        raise TaxonomyError(
            f"expected parents of {title} from 0 to {n - 1}, found {parents.min()} to "
            f"{parents.max()}; a parent is the position of a concept"
        )


def leacock_chodorow(distance: np.ndarray, depth_limit: int) -> np.ndarray:
    """``-ln((d + 1) / (2 D))`` of path lengths in edges (Leacock & Chodorow 1998).

    The logarithm is taken once per distinct length, so equal lengths give equal bits.

    >>> float(leacock_chodorow(np.array(4), 19).round(4))
    2.0281
    """
    lengths, where = np.unique(distance, return_inverse=True)
    values = -np.log((lengths + 1.0) / (2.0 * depth_limit))
    return values[where].reshape(np.shape(distance))


def _wu_palmer(depth: np.ndarray, up_a: np.ndarray, up_b: np.ndarray) -> np.ndarray:
    lengths = (up_a + depth) + (up_b + depth)
    # A virtual root has depth 0, and meeting there makes two classes 0 alike.
    return np.divide(2.0 * depth, lengths, out=np.zeros_like(depth), where=depth > 0)


def _under_virtual_root(
    parent_offsets: np.ndarray, parents: np.ndarray, roots: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    n = len(parent_offsets) - 1
    counts = np.diff(parent_offsets)
    counts[roots] = 1
    offsets = np.zeros(n + 2, dtype=np.int32)
    offsets[1 : n + 1] = np.cumsum(counts)
    offsets[n + 1] = offsets[n]
    return offsets, np.insert(parents, parent_offsets[roots], n).astype(np.int32)


def _depths(
    title: str, names: tuple[str, ...], parent_offsets: np.ndarray, parents: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Shortest and longest way up to the root, level by level from the root down."""
    n = len(names)
    n_parents = np.diff(parent_offsets)
    order = np.argsort(parents, kind="stable")
    children = np.repeat(np.arange(n, dtype=np.int32), n_parents)[order]
    child_offsets = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(parents, minlength=n), out=child_offsets[1:])
    min_depth = np.zeros(n, dtype=np.int32)
    max_depth = np.full(n, -1, dtype=np.int32)
    waiting = n_parents.copy()
    frontier, level = np.flatnonzero(n_parents == 0), 0
    while len(frontier):
        max_depth[frontier] = level
        if level:
            flat, starts = concatenated_rows(parent_offsets, frontier)
            min_depth[frontier] = np.minimum.reduceat(min_depth[parents[flat]], starts) + 1
        below = children[concatenated_rows(child_offsets, frontier)[0]]
        np.subtract.at(waiting, below, 1)
        frontier, level = np.unique(below[waiting[below] == 0]), level + 1
    if (max_depth < 0).any():
        stuck = names[int(np.argmax(max_depth < 0))]
        raise TaxonomyError(
            f"expected {title} to be a hierarchy, found a cycle of hypernyms at or above "
            f"{stuck!r}; remove one of its links"
        )
    return min_depth, max_depth
