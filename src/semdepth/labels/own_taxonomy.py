"""Places classes in a taxonomy of the user's own, by id or by name."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from semdepth.class_names import listed
from semdepth.errors import LabelError, TaxonomyError
from semdepth.labels.placement import Placement
from semdepth.labels.words import normal
from semdepth.taxonomy import Taxonomy

_BEFORE = re.compile(r"([^(]*[^\s(])\s*\((.*)\)", re.DOTALL)
_ID_FIRST = re.compile(r"(n[0-9]{8})[-_ :]+(.*)", re.DOTALL)
# Beyond, looking for similar names would take longer than all the rest.
_MOST_SEARCHED = 200_000
_LEAST_ALIKE = 0.3


def place_in(
    taxonomy: Taxonomy, labels: Sequence[str], ids: Sequence[str | None] | None = None
) -> Placement:
    """Place classes in any taxonomy: by id, by name, or by a name that is spelt alike.

    A class is looked up by its id where it has one that the taxonomy knows, then by its label: as
    an id, as a name, and regardless of case, underscores and hyphens as a name or a synonym. Of
    ``Haliaeetus leucocephalus (Bald Eagle)`` the part before the parentheses is looked up too,
    then the part within; of ``tench, Tinca tinca`` each synonym. Where several concepts have the
    name, none is guessed. Raises :class:`TaxonomyError` if not one class can be placed.

    >>> from semdepth.taxonomy import taxonomy_from_parents
    >>> tree = taxonomy_from_parents("birds", ["eagle", "Bald eagle"], [0, 0, 1], [0])
    >>> place_in(tree, ["bald_eagle", "kite"]).reasons
    ('its name in another spelling', 'birds has no such name')
    """
    labels = tuple(labels)
    known = (None,) * len(labels) if ids is None else tuple(ids)
    if len(known) != len(labels):
        raise LabelError(
            f"expected an id (or None) for each of {len(labels)} classes, found {len(known)}; "
            "give as many ids as classes"
        )
    names = _Names(taxonomy)
    found = [names.find(label, own) for label, own in zip(labels, known, strict=True)]
    concepts = np.array([concept for concept, _ in found], dtype=np.int32)
    if len(concepts) and not (concepts >= 0).any():
        raise TaxonomyError(
            f"expected classes of {taxonomy.title}, which has {listed(names.examples())}, found "
            f"none of the {len(labels)} classes there: {listed(labels)}; check that both speak of "
            "the same things, or give ids of the taxonomy with --labels"
        )
    return Placement(taxonomy, labels, concepts, tuple(reason for _, reason in found))


def find_in(taxonomy: Taxonomy, text: str) -> int:
    """The concept of a taxonomy that an id or a name means.

    Raises :class:`TaxonomyError` with the closest names where there is none, and with the ids
    where there are several.

    >>> from semdepth.taxonomy import taxonomy_from_parents
    >>> find_in(taxonomy_from_parents("pets", ["animal", "Dog"], [0, 0, 1], [0]), "dog")
    1
    """
    concept, reason = _Names(taxonomy).find(text, None)
    if concept < 0:
        raise TaxonomyError(f"expected a concept of {taxonomy.title}, found {text!r}: {reason}")
    return concept


class _Names:
    """What the concepts of a taxonomy are called, and which concept a class name means."""

    def __init__(self, taxonomy: Taxonomy):
        self.taxonomy = taxonomy
        # A virtual root is nobody's place.
        self.real = [c for c, depth in enumerate(taxonomy.max_depth.tolist()) if depth >= 0]
        self.exact = _by_key((taxonomy.names[c], c) for c in self.real)
        self.folded = _by_key((_folded(taxonomy.names[c]), c) for c in self.real)
        self.synonyms = _by_key(
            (_folded(word), c) for c, words in taxonomy.synonyms for word in words
        )
        self._near: _Nearest | None = None

    def examples(self) -> list[str]:
        """Names of a few concepts with nothing below them, which classes mostly are."""
        inner = set(self.taxonomy.parents.tolist())
        return [self.taxonomy.names[c] for c in self.real if c not in inner]

    def find(self, label: str, own_id: str | None) -> tuple[int, str]:
        """The concept and why it is that one, or -1 and why there is none."""
        if own_id is not None and self._is_id(own_id):
            return self.taxonomy.positions[own_id], "id given"
        for spelling, where in _spellings(label):
            if self._is_id(spelling):
                return self.taxonomy.positions[spelling], f"its id{where}"
            for names, key, how in (
                (self.exact, spelling, "its name"),
                (self.folded, _folded(spelling), "its name in another spelling"),
                (self.synonyms, _folded(spelling), "a synonym"),
            ):
                concepts = names.get(key, ())
                if len(concepts) == 1:
                    return concepts[0], how + where
                if concepts:
                    return -1, self._several(spelling, concepts)
        return -1, self._missing(label)

    def _is_id(self, text: str) -> bool:
        place = self.taxonomy.positions.get(text)
        return place is not None and self.taxonomy.max_depth[place] >= 0

    def _several(self, name: str, concepts: Sequence[int]) -> str:
        ids = listed([self.taxonomy.ids[c] for c in concepts])
        return f"{len(concepts)} concepts are called {name!r}: {ids}; name one by its id"

    def _missing(self, label: str) -> str:
        missing = f"{self.taxonomy.title} has no such name"
        if len(self.real) > _MOST_SEARCHED:
            return missing
        if self._near is None:
            self._near = _Nearest([*self.folded, *self.synonyms])
        near = [
            self.taxonomy.names[(self.folded.get(key) or self.synonyms[key])[0]]
            for key in self._near.to(_folded(next(_spellings(label))[0]))
        ]
        return f"{missing}; the closest are {listed(near)}" if near else missing


class _Nearest:
    """The names that share the most runs of three letters with another one (Dice's measure)."""

    def __init__(self, keys: Sequence[str]):
        self.keys = list(dict.fromkeys(keys))
        self.sizes = np.empty(len(self.keys))
        self.having: dict[str, list[int]] = defaultdict(list)
        for place, key in enumerate(self.keys):
            runs = _runs(key)
            self.sizes[place] = len(runs)
            for run in runs:
                self.having[run].append(place)

    def to(self, key: str, count: int = 3) -> list[str]:
        runs = _runs(key)
        shared = np.zeros(len(self.keys))
        for run in runs:
            shared[self.having.get(run, [])] += 1
        alike = 2 * shared / (self.sizes + len(runs))
        best = np.argsort(-alike, kind="stable")[:count]
        return [self.keys[place] for place in best.tolist() if alike[place] >= _LEAST_ALIKE]


def _runs(key: str) -> set[str]:
    padded = f"  {key} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def _by_key(named: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for key, concept in named:
        concepts = found.setdefault(key, [])
        if concept not in concepts[-1:]:
            concepts.append(concept)
    return found


def _folded(name: str) -> str:
    """One spelling for all that differ in case, marks between words, or composed accents only."""
    return unicodedata.normalize("NFC", normal(name).casefold())


def _spellings(label: str) -> Iterator[tuple[str, str]]:
    """What a label may stand in the taxonomy as, and which part of it that is."""
    label = label.strip()
    yield label, ""
    if prefixed := _ID_FIRST.fullmatch(label):
        yield prefixed[1], ""
        yield prefixed[2].strip(), ", behind an id"
    if parts := _BEFORE.fullmatch(label):
        yield parts[1], ", before the parentheses"
        yield parts[2].strip(), ", within the parentheses"
    words = [word.strip() for word in label.split(",")]
    if len(words) > 1:
        yield from ((word, ", one of several") for word in words if word)
