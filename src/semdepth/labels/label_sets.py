"""Known lists of classes, and lists as they were found: names in the order of the outputs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from semdepth.class_names import as_code, check_class_names
from semdepth.errors import LabelError
from semdepth.labels.known_lists import (
    columns,
    lists_of_size,
    name_of_list,
    names_of_concepts,
    told_apart,
)
from semdepth.labels.words import normal, squeezed
from semdepth.wordnet import lexicon, wordnet_nouns

# The id of a class that is to have no concept, whatever its name may mean.
NO_CONCEPT = ""

# Numbers of classes that no other common data set has.
_UNMISTAKABLE_SIZES = {
    1000: "imagenet-1k",
    11221: "imagenet-21k-p",
    11821: "imagenet-12k",
    21841: "imagenet-22k",
    21843: "imagenet-21k",
}

# How TensorFlow's lists begin where a row stands before the classes.
_NO_CLASS = "???"
_BACKGROUND = {"background", "__background__", "dummy", "none", "unknown"}

# "001.ak47", "7 - seven" and "/a/airfield", as folders of pictures are called.
_BEFORE_NAME = re.compile(r"^(?:[0-9]+(?:\.| - |: |_)(?=[^\W\d])|/[a-z]/)")


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Class names in the order of the output neurons, with the concept id of each where known.

    An id is None where nothing is known, and :data:`NO_CONCEPT` where there is no concept.
    Several classes may have the same id: the nearest concept above what WordNet lacks.
    ``source`` says in words where the names came from.
    """

    labels: tuple[str, ...]
    ids: tuple[str | None, ...]
    source: str

    def __post_init__(self):
        check_class_names(self.labels, len(self.labels), self.source)
        if len(self.ids) != len(self.labels):
            raise LabelError(
                f"expected an id (or None) for each of {len(self.labels)} class names, found "
                f"{len(self.ids)} ids; give as many ids as names"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def positions(self, wanted: LabelSet) -> list[int]:
        """Where the wanted classes stand here, found by concept id, otherwise by name.

        An id that several classes share finds none of them.
        """
        shared = _repeated(self.ids) | _repeated(wanted.ids)
        by_id = {i: at for at, i in enumerate(self.ids) if i and i not in shared}
        by_name = {label: i for i, label in enumerate(self.labels)}
        found = [
            by_id.get(concept_id, by_name.get(label))
            for label, concept_id in zip(wanted.labels, wanted.ids, strict=True)
        ]
        missing = [w for w, place in zip(wanted.labels, found, strict=True) if place is None]
        if missing:
            raise LabelError(
                f"expected classes among the {len(self)} of {self.source}, found {len(missing)} "
                f"that are not: {', '.join(missing[:3])}; check --classes"
            )
        return found

    def take(self, positions: Sequence[int]) -> LabelSet:
        """Only the classes at these positions, in their order."""
        return LabelSet(
            tuple(self.labels[i] for i in positions),
            tuple(self.ids[i] for i in positions),
            self.source,
        )

    def __repr__(self) -> str:
        return f"LabelSet({len(self)} classes: {self.labels[0]!r} ... from {self.source})"

    def _repr_html_(self) -> str:
        return as_code(self)

    def to_dict(self) -> dict:
        return {"labels": list(self.labels), "ids": list(self.ids), "source": self.source}

    @classmethod
    def from_dict(cls, data: dict) -> LabelSet:
        return cls(tuple(data["labels"]), tuple(data["ids"]), data["source"])


def label_set(name: str) -> LabelSet:
    """A known list of classes by name: one of :data:`LABEL_SETS`, or an alias such as "coco".

    :func:`known_list` tells more about it. Raises :class:`LabelError` for other names.

    >>> label_set("cifar-100").labels[:2], label_set("imagenet-1k").ids[0]
    (('apple', 'aquarium_fish'), 'n01440764')
    """
    return _label_set(name_of_list(name))


@cache
def _label_set(name: str) -> LabelSet:
    names, ids, _, _ = columns(name)
    # That WordNet lacks a class of a known list is known too: its name must not be guessed at.
    return LabelSet(names, tuple(i or NO_CONCEPT for i in ids), f"label set {name}")


def label_set_of_size(n_classes: int) -> LabelSet | None:
    """The label set that a number of classes gives away, or None: only ImageNet's sizes do."""
    name = _UNMISTAKABLE_SIZES.get(n_classes)
    return None if name is None else label_set(name)


def label_set_of_names(names: Sequence[str], source: str) -> LabelSet:
    """Names as they were found; where all of them are WordNet ids, those concepts' own names.

    The names of a known list are recognised as a whole, in any order, and get its ids; so are
    ImageNet's printed names ("tench, Tinca tinca"): of those, several are the same for two
    classes and are told apart by their synsets' names.

    >>> label_set_of_names(["n01440764", "n01443537"], "a file").labels
    ('tench', 'goldfish')
    """
    names = tuple(map(str, names))
    if all(name in wordnet_nouns() for name in names):
        return LabelSet(names_of_concepts(names), names, source)
    known = label_set_of_these_names(names)
    if known is not None:
        return LabelSet(names, known.ids, f"{source} ({known.source})")
    known = label_set_of_size(len(names))
    if known is not None and _same_set(names, known):
        synsets = [wordnet_nouns().names[wordnet_nouns().index(i)] for i in known.ids]
        return LabelSet(told_apart(names, synsets), known.ids, f"{source} ({known.source})")
    return LabelSet(names, (None,) * len(names), source)


def label_set_of_outputs(names: Sequence[str], source: str) -> LabelSet:
    """:func:`label_set_of_names` without what TensorFlow's lists have before their classes.

    "???" is no class anywhere. A segmentation's background is one, which pixels are taken for, so
    "background" and its like are left out before ImageNet's classes only.

    >>> len(label_set_of_outputs(["background", *label_set("imagenet-1k").ids], "a file"))
    1000
    """
    first = str(names[0]).strip().lower() if len(names) > 1 else ""
    imagenet = label_set_of_size(len(names) - 1) is not None
    if first == _NO_CLASS or (imagenet and first in _BACKGROUND):
        classes = label_set_of_names(names[1:], source)
        if first == _NO_CLASS or any(classes.ids):
            return classes
    return label_set_of_names(names, source)


def label_set_of_these_names(names: Sequence[str]) -> LabelSet | None:
    """These names with the ids of the known list that has exactly them, or None.

    Their order, case, punctuation, and an index before them do not matter.

    >>> found = label_set_of_these_names(["ship", "truck", "airplane", "automobile", "bird",
    ...                                   "cat", "deer", "dog", "frog", "horse"])
    >>> found.source, found.ids[0] == label_set("cifar-10").ids[8]
    ('label set cifar-10', True)
    """
    for name in lists_of_size(len(names)):
        known = label_set(name)
        # As they stand first: ImageNet's Cardigan is a dog, its cardigan a garment.
        for spelling in (str, _spelling):
            wanted = tuple(map(spelling, names))
            ids = dict(zip(map(spelling, known.labels), known.ids, strict=True))
            if len(ids) == len(wanted) and set(wanted) == ids.keys():
                return LabelSet(tuple(names), tuple(ids[key] for key in wanted), known.source)
    return None


def _spelling(name: str) -> str:
    """Letters and digits of a name, without an index before it or the folder of its letter."""
    return squeezed(_BEFORE_NAME.sub("", name, count=1))


def _repeated(ids: Iterable[str | None]) -> set[str | None]:
    return {concept_id for concept_id, count in Counter(ids).items() if count > 1}


def _same_set(names: tuple[str, ...], known: LabelSet) -> bool:
    """Whether names are a known set's: nine in ten have one of its concept's words."""
    nouns, words = wordnet_nouns(), lexicon()
    hits = 0
    for name, concept_id in zip(names, known.ids, strict=True):
        own = {normal(word) for word in words.lemmas_of(nouns.index(concept_id))}
        hits += not own.isdisjoint(normal(synonym) for synonym in name.split(","))
    return hits >= 0.9 * len(names)
