"""A semantic hierarchy as a value: concepts, their hypernyms, and the ways between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from semdepth.class_names import as_code
from semdepth.errors import OptionError, TaxonomyError


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
    synonyms : further names of some concepts, each behind its position.
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
    synonyms: tuple[tuple[int, tuple[str, ...]], ...] = field(default=(), repr=False)

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
            "synonyms": {self.ids[c]: list(words) for c, words in self.synonyms},
        }

    @classmethod
    def from_dict(cls, data: dict) -> Taxonomy:
        from semdepth.taxonomy.building import taxonomy_from_parents  # which is built on this

        rows = data["parents"]
        offsets = np.cumsum([0, *map(len, rows)])
        flat = [parent for row in rows for parent in row]
        place = {concept_id: i for i, concept_id in enumerate(data["ids"])}
        words = {place[i]: tuple(found) for i, found in data.get("synonyms", {}).items()}
        return taxonomy_from_parents(
            data["title"], data["ids"], offsets, flat, names=data["names"], synonyms=words
        )

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
        depth = {"min_depth": self.min_depth, "max_depth": self.max_depth}.get(lcs)
        if depth is None:
            raise OptionError(f"expected lcs to be min_depth or max_depth, found {lcs!r}")
        shared = self._ways_up(a).keys() & self._ways_up(b).keys()
        greatest = max(int(depth[c]) for c in shared)
        deepest = [c for c in shared if depth[c] == greatest]
        return a if a in deepest else min(deepest, key=self.name_rank.__getitem__)

    def common_subsumer(self, concepts: Sequence[int]) -> int:
        """The lowest concept above all of some concepts (greatest min_depth, then name)."""
        shared = set.intersection(*(set(self._ways_up(int(c))) for c in concepts))
        return min(shared, key=lambda c: (-int(self.min_depth[c]), self.names[c]))

    def above(self, concepts: Sequence[int]) -> Taxonomy:
        """The part of the taxonomy that stands above some concepts, themselves included.

        Subsumers, depths and paths of those concepts are the same in it; ``depth_limit`` and
        numbers of descendants are its own.
        """
        rows = self.to_dict()
        kept = sorted({c for concept in concepts for c in self._ways_up(int(concept))})
        kept = [c for c in kept if c < len(rows["ids"])]
        place = {concept: i for i, concept in enumerate(kept)}
        words = {self.ids[c]: list(found) for c, found in self.synonyms if c in place}
        return Taxonomy.from_dict(
            {
                "title": self.title,
                "ids": [self.ids[c] for c in kept],
                "names": [self.names[c] for c in kept],
                "parents": [[place[p] for p in rows["parents"][c]] for c in kept],
                "synonyms": words,
            }
        )

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
