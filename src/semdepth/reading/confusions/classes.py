"""Finds the class that a value in a file means: a name, a WordNet id, or an index."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from semdepth.errors import LabelError, TaxonomyError
from semdepth.labels import LabelSet
from semdepth.reading.confusions.predictions import listed
from semdepth.wordnet import wordnet_nouns

# What stands for an index where there is none.
MISSING, UNKNOWN, OUTSIDE = -1, -2, -3

# Values whose class is remembered: more than any label set has names, little memory.
_REMEMBERED = 65_536

NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,2})?")
_NO_VALUE = {"", "nan", "na", "n/a", "<na>", "null", "none"}
_ID_FIRST = re.compile(r"(n\d{8})(?:[-_ :.].*)?")
_ENTRY = re.compile(r"""'([^']*)'|"([^"]*)"|([^\s,;'"\[\]()]+)""")
_NUMPY_SCALAR = re.compile(r"np\.\w+\(([^()]*)\)")


class ClassNames:
    """What a class may be called: its label, its WordNet id, or its synset's name."""

    def __init__(self, label_set: LabelSet):
        self.label_set = label_set
        self.labels = {label: i for i, label in enumerate(label_set.labels)}

    def find(self, name: str) -> int | None:
        """The class of a name: exactly, or but for case, underscores and hyphens."""
        for known in (self.labels, self._ids):
            if name in known:
                return known[name]
        name = name.strip()
        prefixed = _ID_FIRST.fullmatch(name)
        places = (
            self.labels.get(name),
            self._synsets.get(name),
            self._folded.get(fold(name)),
            self._ids.get(prefixed[1]) if prefixed else None,
        )
        return next((place for place in places if place is not None), None)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return _unique((name, i) for i, name in enumerate(self.label_set.ids) if name)

    @cached_property
    def _synsets(self) -> dict[str, int]:
        """The synsets' names of those ids that WordNet has; other taxonomies have their own."""
        return _unique(
            (name, i) for ident, i in self._ids.items() if (name := _synset_name(ident)) is not None
        )

    @cached_property
    def _folded(self) -> dict[str, int]:
        every = (*self.labels.items(), *self._ids.items(), *self._synsets.items())
        return _unique((fold(name), i) for name, i in every)

    def order(self, names: Sequence[str], where: str) -> list[int]:
        """The class of each name in a file's own list, which must hold every class once."""
        found = [self.find(name) for name in names]
        strangers = [name for name, i in zip(names, found, strict=True) if i is None]
        times = Counter(i for i in found if i is not None)
        absent = [label for i, label in enumerate(self.label_set.labels) if i not in times]
        twice = [self.label_set.labels[i] for i, count in times.items() if count > 1]
        if not (strangers or absent or twice):
            return found
        differences = (
            (strangers, "not among the model's classes"),
            (absent, "missing there"),
            (twice, "there twice"),
        )
        told = "; ".join(f"{what}: {listed(which)}" for which, what in differences if which)
        raise LabelError(
            f"expected the {len(self.label_set)} classes of {self.label_set.source} in {where}, "
            f"found {len(names)} names ({told}); pass the classes of the same model (--labels)"
        )


class ClassFinder(dict):
    """The class index of each value met so far, found when first asked; negative for none.

    ``order`` says which class each index of the file means, where the file does; otherwise a
    whole number that is also a class name is that name. Lists (top-k) count by their first entry
    where ``several`` are allowed.
    """

    def __init__(self, names: ClassNames, order: Sequence[int] | None, several: bool):
        super().__init__()
        self.names, self.order, self.several = names, order, several
        self.lowest: float = float("inf")
        self.highest: float = float("-inf")
        self.number_as_name: str | None = None
        self.number_as_index: str | None = None

    def __missing__(self, value: object) -> int:
        place = self._find(value)
        if len(self) < _REMEMBERED:
            self[value] = place
        return place

    def _find(self, value: object) -> int:
        if value is None:
            return MISSING
        if isinstance(value, (int, float)):
            return self._number(value, None if self.order is not None else str(value))
        text = value if isinstance(value, str) else str(value)
        if NUMBER.fullmatch(text.strip()):
            return self._number(float(text), text.strip())
        if text.startswith(("[", "(")) and text not in self.names.labels:
            return self._first_entry(text)
        place = self.names.find(text)
        if place is not None:
            return place
        if text.strip().casefold() in _NO_VALUE:
            return MISSING
        return self._first_entry(text)

    def _number(self, value: float, name: str | None) -> int:
        """The class of a number, which may be a name as well where ``name`` is given."""
        labels = self.names.labels
        if value != value:
            return MISSING
        if value in (float("inf"), float("-inf")) or value != int(value):
            return labels.get(name, UNKNOWN)
        index = int(value)
        if name is not None and (name in labels or str(index) in labels):
            named = labels.get(name, labels.get(str(index)))
            if named != index:
                self.number_as_name = self.number_as_name or name
            return named
        self.number_as_index = self.number_as_index or str(index)
        self.lowest, self.highest = min(self.lowest, index), max(self.highest, index)
        if not 0 <= index < len(labels):
            return OUTSIDE
        return index if self.order is None else self.order[index]

    def _first_entry(self, text: str) -> int:
        entries = list_entries(text)
        if entries is None or (len(entries) > 1 and not self.several):
            return UNKNOWN
        first = entries[0] if entries else None
        if isinstance(first, dict):  # {"label": ..., "score": ...}, as pipelines answer
            first = first.get("label")
        if isinstance(first, (list, dict)) or (isinstance(first, str) and list_entries(first)):
            return UNKNOWN  # an entry is no list again
        return self._find(first)


def list_entries(text: str) -> list | None:
    """The entries of a list in one cell (``[3, 5]``, ``['tench', 'coho']``, ``3 5``), or None.

    Without brackets only numbers and WordNet ids are taken apart: a name may have spaces.
    """
    text = text.strip()
    if text[:1] in ("[", "(") and text[-1:] in ("]", ")"):
        try:
            entries = json.loads(text)
        except (ValueError, RecursionError):
            entries = ["".join(e) for e in _ENTRY.findall(_NUMPY_SCALAR.sub(r"\1", text[1:-1]))]
        return entries
    entries = re.split(r"[\s,;|]+", text)
    plain = all(NUMBER.fullmatch(e) or re.fullmatch(r"n\d{8}", e) for e in entries)
    return entries if plain and len(entries) > 1 else None


def fold(name: str) -> str:
    """A name without case, and with spaces for underscores and hyphens."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _synset_name(ident: str) -> str | None:
    try:
        return wordnet_nouns().names[wordnet_nouns().index(ident)]
    except TaxonomyError:
        return None


def _unique(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Names of one class only; what several classes are called names none of them."""
    classes: dict[str, set[int]] = {}
    for name, i in pairs:
        classes.setdefault(name, set()).add(i)
    return {name: found.pop() for name, found in classes.items() if len(found) == 1}
