"""A taxonomy in the making: concepts and links as a reader meets them, with their lines."""

from __future__ import annotations

from array import array
from itertools import pairwise

import numpy as np

from semdepth.class_names import listed
from semdepth.errors import TaxonomyError
from semdepth.taxonomy import Taxonomy, taxonomy_from_parents
from semdepth.taxonomy.building import find_cycle, told_cycle

MOST_CONCEPTS = 5_000_000
_LONGEST_SHOWN = 60


class Draft:
    """Concepts and links on their way into a :class:`Taxonomy`.

    A line is the number of the line that says so, 0 in forms that have none. ``notes`` tell
    the user what was understood, where another reading was possible.
    """

    def __init__(self, title: str):
        self.title = title
        self.notes: list[str] = []
        self._places: dict[str, int] = {}
        self._ids: list[str] = []
        self._names: list[str] = []
        self._lines = array("q")
        self._defined = bytearray()
        self._children, self._parents, self._link_lines = array("i"), array("i"), array("q")
        self._synonyms: dict[int, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._names)

    def concept(self, concept_id: str, line: int = 0) -> int:
        """The position of a concept that is spoken of, whether it was defined yet or not."""
        place = self._places.get(concept_id)
        return self._new(concept_id, line) if place is None else place

    def define(self, concept_id: str, name: str | None = None, line: int = 0) -> int:
        """The position of a concept that is defined here; twice is an error."""
        place = self.concept(concept_id, line)
        if self._defined[place]:
            raise TaxonomyError(
                f"expected every concept once, found {shown(concept_id)} twice"
                f"{_in_lines(self._lines[place], line)}; rename one, or, if it has two parents, "
                "write a parent-child table"
            )
        self._defined[place] = True
        self._lines[place] = line
        if name is not None:
            self._names[place] = checked(name, line)
        return place

    def is_defined(self, place: int) -> bool:
        return bool(self._defined[place])

    def id_of(self, place: int) -> str:
        return self._ids[place]

    def name_of(self, place: int) -> str:
        return self._names[place]

    def link(self, child: int, parent: int, line: int = 0) -> None:
        """Put one concept under another."""
        if child == parent:
            raise TaxonomyError(
                f"expected a parent other than the concept itself, found {self._told(child)} "
                f"under itself{_in_lines(line)}; leave a root's parent empty"
            )
        self._children.append(child)
        self._parents.append(parent)
        self._link_lines.append(line)

    def add_synonyms(self, place: int, words: list[str]) -> None:
        """Further names of a concept, from all places that give any."""
        known = self._synonyms.get(place, ())
        new = dict.fromkeys(word.strip() for word in words)
        more = tuple(word for word in new if word and word not in known)
        if more:
            self._synonyms[place] = known + more

    def check_parents_defined(self) -> None:
        """Raise :class:`TaxonomyError` where a parent is spoken of but never defined."""
        for child, parent, line in zip(
            self._children, self._parents, self._link_lines, strict=True
        ):
            if not self._defined[parent]:
                raise TaxonomyError(
                    f"expected every parent to be a concept of the file, found "
                    f"{self._told(parent)} above {self._told(child)}{_in_lines(line)}, which is "
                    "never defined; add it, or leave that parent out"
                )

    def taxonomy(self) -> Taxonomy:
        """The finished taxonomy; :class:`TaxonomyError` for a repeated link or a cycle."""
        if not self._names:
            raise TaxonomyError("expected concepts, found none; check the file")
        children, parents, lines = (
            np.array(a, dtype=np.int64) for a in (self._children, self._parents, self._link_lines)
        )
        self._check_links(children, parents, lines)
        order = np.argsort(children, kind="stable")
        offsets = np.zeros(len(self._names) + 1, dtype=np.int64)
        np.cumsum(np.bincount(children, minlength=len(self._names)), out=offsets[1:])
        try:
            return taxonomy_from_parents(
                self.title,
                self._ids,
                offsets,
                parents[order],
                names=self._names,
                synonyms=self._synonyms,
            )
        except TaxonomyError:
            cycle = find_cycle(offsets, parents[order])
            if cycle is None:
                raise
            self._refuse_cycle(cycle)
            raise

    def _new(self, concept_id: str, line: int) -> int:
        if len(self._names) == MOST_CONCEPTS:
            raise TaxonomyError(
                f"expected at most {MOST_CONCEPTS:,} concepts, found more{_in_lines(line)}; keep "
                "those above your classes"
            )
        place = self._places[checked(concept_id, line)] = len(self._names)
        self._ids.append(concept_id)
        self._names.append(concept_id)
        self._lines.append(line)
        self._defined.append(False)
        return place

    def _check_links(self, children: np.ndarray, parents: np.ndarray, lines: np.ndarray) -> None:
        keys = children * len(self._names) + parents
        order = np.argsort(keys, kind="stable")
        again = np.flatnonzero(np.diff(keys[order]) == 0)
        if len(again):
            first, second = order[again[0]], order[again[0] + 1]
            raise TaxonomyError(
                f"expected every link once, found {self._told(children[first])} under "
                f"{self._told(parents[first])} twice{_in_lines(lines[first], lines[second])}; "
                "leave one out"
            )

    def _refuse_cycle(self, cycle: list[int]) -> None:
        at = {
            tuple(link): line
            for *link, line in zip(self._children, self._parents, self._link_lines, strict=True)
        }
        lines = [at[link] for link in pairwise(cycle)]
        told = told_cycle([self._names[c] for c in cycle])
        raise TaxonomyError(
            f"expected a hierarchy, found a cycle: {told}{_in_lines(*lines)}; remove one of its "
            "links"
        )

    def _told(self, place: int) -> str:
        return shown(self._names[place])


def checked(name: str, line: int = 0) -> str:
    """A name as it is, if it can be one."""
    if not name or not name.strip():
        raise TaxonomyError(
            f"expected a name for every concept, found an empty one{_in_lines(line)}; name it"
        )
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise TaxonomyError(
            f"expected names in valid Unicode, found {shown(name)}{_in_lines(line)}, which no "
            "file can hold; rename it"
        )
    return name


def shown(name: str) -> str:
    """A name as a message quotes it."""
    return listed([name if len(name) <= _LONGEST_SHOWN else f"{name[: _LONGEST_SHOWN - 3]}..."])


def _in_lines(*lines: int) -> str:
    """ " in line 7", " in lines 3 and 7", or nothing where the form has no lines."""
    told = sorted({int(line) for line in lines if line})
    if not told:
        return ""
    if len(told) == 1:
        return f" in line {told[0]:,}"
    first = ", ".join(f"{line:,}" for line in told[:5][: len(told) - 1])
    return f" in lines {first} and {told[-1] if len(told) <= 6 else 'more'}"
