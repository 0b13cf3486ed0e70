"""Finds the WordNet concept that a class name means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from semdepth.errors import LabelError
from semdepth.labels.label_sets import label_set
from semdepth.labels.placement import GUESSED, Placement
from semdepth.labels.words import normal
from semdepth.wordnet import concept_named, lexicon, wordnet_nouns

_ID_FIRST = re.compile(r"(n[0-9]{8})(?:[-_ :].*)?")


def place(labels: Sequence[str], ids: Sequence[str | None] | None = None) -> Placement:
    """Place classes in WordNet by their ids where given, otherwise by their names.

    A name may be an id (``n02085936`` or ``n02085936-Maltese_dog``), a synset's name
    (``dog.n.01``), or words, several synonyms separated by commas: the sense that they share,
    the only one, or the most frequent one, which :attr:`Placement.uncertain` then lists. The
    names of CIFAR-10 and CIFAR-100 are recognised as a whole.

    >>> placed = place(["tench, Tinca tinca", "n02012849-crane", "crane.n.04", "gizmo 3000"])
    >>> [None if c < 0 else placed.taxonomy.names[c] for c in placed.concepts]
    ['tench.n.01', 'crane.n.05', 'crane.n.04', None]
    """
    nouns = wordnet_nouns()
    labels = tuple(labels)
    known = tuple(ids) if ids is not None else _ids_of_known_names(labels)
    if len(known) != len(labels):
        raise LabelError(
            f"expected an id (or None) for each of {len(labels)} classes, found {len(known)}; "
            "give as many ids as classes"
        )
    concepts, reasons = [], []
    for label, concept_id in zip(labels, known, strict=True):
        if concept_id is not None:
            concept, reason = nouns.index(concept_id), "id given"
        else:
            concept, reason = _place_name(label)
        concepts.append(concept)
        reasons.append(reason)
    return Placement(nouns, labels, np.array(concepts, dtype=np.int32), tuple(reasons))


def _ids_of_known_names(labels: tuple[str, ...]) -> tuple[str | None, ...]:
    for name in ("cifar-10", "cifar-100"):
        known = label_set(name)
        if tuple(map(normal, labels)) == tuple(map(normal, known.labels)):
            return known.ids
    return (None,) * len(labels)


def _place_name(label: str) -> tuple[int, str]:
    nouns = wordnet_nouns()
    prefixed = _ID_FIRST.fullmatch(label.strip())
    if prefixed:
        return nouns.index(prefixed[1]), "id in its name"
    named = concept_named(label.strip())
    if named is not None:
        return named, "synset name"
    senses = [_senses(word) for word in label.split(",") if word.strip()]
    votes = Counter(sense for found in senses for sense in found)
    if not votes:
        return -1, "WordNet has no such noun"
    most = max(votes.values())
    shared = [sense for sense in votes if votes[sense] == most]
    if len(shared) == 1:
        return shared[0], "only sense" if len(senses) == 1 else "sense shared by its synonyms"
    return shared[0], f"{GUESSED} {len(shared)} senses"


def _senses(word: str) -> list[int]:
    """A word's senses as it stands; failing that, without its underscores and hyphens."""
    found = lexicon().senses_of(word)
    return (found if len(found) else lexicon().senses_of(normal(word))).tolist()
