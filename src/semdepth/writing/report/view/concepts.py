"""The concepts at and above an analysis's classes, numbered with parents before children."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.labels import Placement
from semdepth.wordnet import gloss, wordnet_nouns
from semdepth.writing.figures.names import concept_word


@dataclass(frozen=True, eq=False, slots=True)
class Concepts:
    """The part of a taxonomy that the classes hang in.

    ``positions`` (c,) are the concepts' positions in the placement's taxonomy, parents before
    children; ``number`` gives each position's place among them, ``by_id`` each id's.
    """

    placement: Placement
    positions: np.ndarray
    number: dict[int, int]
    by_id: dict[str, int]

    @classmethod
    def of(cls, placement: Placement | None) -> Concepts | None:
        """Those of a placement; None where there is none, or nothing is placed."""
        if placement is None or (placement.concepts < 0).all():
            return None
        taxonomy = placement.taxonomy
        seen = set(placement.concepts[placement.concepts >= 0].tolist())
        waiting = list(seen)
        while waiting:
            above = [p for p in taxonomy.parents_of(waiting.pop()).tolist() if p not in seen]
            seen.update(above)
            waiting += above
        found = np.array(sorted(seen), dtype=np.int64)
        # The longest way to a concept is longer than that to any of its parents.
        found = found[np.argsort(taxonomy.max_depth[found], kind="stable")]
        number = {position: place for place, position in enumerate(found.tolist())}
        by_id = {taxonomy.ids[position]: place for position, place in number.items()}
        return cls(placement, found, number, by_id)

    def of_classes(self) -> list[int | None]:
        """The concept of each class, None where it has none."""
        return [self.number.get(position) for position in self.placement.concepts.tolist()]

    def above_all(self, members: np.ndarray) -> int | None:
        """The lowest concept above some classes, as far as they are placed."""
        concepts = self.placement.concepts[members]
        placed = np.unique(concepts[concepts >= 0])
        return self.number[self.placement.taxonomy.common_subsumer(placed)] if len(placed) else None


def hierarchy_view(concepts: Concepts | None) -> dict | None:
    """A row a concept; ``parent`` is the one on a shortest way to the root, -1 above the root."""
    if concepts is None:
        return None
    taxonomy = concepts.placement.taxonomy
    parents = [
        [concepts.number[p] for p in taxonomy.parents_of(position).tolist()]
        for position in concepts.positions.tolist()
    ]
    shortest = taxonomy.min_depth[concepts.positions].tolist()
    names = [taxonomy.names[position] for position in concepts.positions.tolist()]
    ids = [taxonomy.ids[position] for position in concepts.positions.tolist()]
    return {
        "id": ids,
        "name": names,
        "word": [concept_word(name) for name in names],
        "gloss": _glosses(taxonomy.title, ids),
        "parent": [min(row, key=lambda p: (shortest[p], p), default=-1) for row in parents],
        "parents": parents,
        "depth": (taxonomy.max_depth[concepts.positions] + 1).tolist(),
    }


def _glosses(title: str, ids: list[str]) -> list[str | None]:
    """WordNet's first definition of each of its concepts; no other taxonomy has any."""
    nouns = wordnet_nouns()
    if title != nouns.title:
        return [None] * len(ids)
    return [gloss(nouns.index(i)).split(";")[0] if i in nouns else None for i in ids]
