"""Concepts that are named by the whole way down to them: paths, and rows of ranks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from semdepth.errors import TaxonomyError
from semdepth.reading.taxonomies.draft import MOST_CONCEPTS, Draft, checked

_ROOT = -1


class Places:
    """A tree of names. The same name at two places is two concepts.

    A concept's id is its name where no other has it, otherwise the whole way down, with
    ``separator`` between.
    """

    def __init__(self, separator: str):
        self.separator = separator
        self._places: dict[tuple[int, str, str], int] = {}
        self._names: list[str] = []
        self._above: list[int] = []
        self._lines: list[int] = []
        self._synonyms: dict[int, list[str]] = {}

    def add(self, way: Iterable[tuple[str, str]], line: int) -> tuple[int, bool]:
        """The place at the end of a way of (rank, name), and whether the way was new."""
        place, new = _ROOT, False
        for rank, name in way:
            key = (place, rank, name)
            new = key not in self._places
            if new:
                self._append(key, line)
            place = self._places[key]
        return place, new

    def add_synonyms(self, place: int, words: list[str]) -> None:
        self._synonyms.setdefault(place, []).extend(words)

    def line_of(self, place: int) -> int:
        return self._lines[place]

    def fill(self, draft: Draft) -> None:
        """Hand all concepts over, each with an id of its own."""
        count = Counter(self._names)
        positions = []
        for place, (name, line) in enumerate(zip(self._names, self._lines, strict=True)):
            concept_id = name if count[name] == 1 else self._way_to(place)
            positions.append(draft.define(concept_id, name, line))
        for place, above in enumerate(self._above):
            if above != _ROOT:
                draft.link(positions[place], positions[above], self._lines[place])
        for place, words in self._synonyms.items():
            draft.add_synonyms(positions[place], words)

    def _append(self, key: tuple[int, str, str], line: int) -> None:
        if len(self._names) == MOST_CONCEPTS:
            raise TaxonomyError(
                f"expected at most {MOST_CONCEPTS:,} concepts, found more in line {line:,}; keep "
                "those above your classes"
            )
        above, _, name = key
        self._places[key] = len(self._names)
        self._names.append(checked(name, line))
        self._above.append(above)
        self._lines.append(line)

    def _way_to(self, place: int) -> str:
        way = []
        while place != _ROOT:
            way.append(self._names[place])
            place = self._above[place]
        return self.separator.join(reversed(way))
