"""Class names and their place in a taxonomy: the label sets we know, and what stays unplaced."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from semdepth.class_names import as_code, check_class_names, positions_of
from semdepth.errors import LabelError
from semdepth.taxonomy import Taxonomy
from semdepth.wordnet import concept_named, lexicon, wordnet_nouns

LABEL_SETS = (
    "cifar-10",
    "cifar-100",
    "imagenet-1k",
    "imagenet-12k",
    "imagenet-21k",
    "imagenet-21k-p",
    "imagenet-22k",
    "mini-imagenet",
    "tiny-imagenet-200",
)

# Numbers of classes that no other common data set has.
_UNMISTAKABLE_SIZES = {
    1000: "imagenet-1k",
    11221: "imagenet-21k-p",
    11821: "imagenet-12k",
    21841: "imagenet-22k",
    21843: "imagenet-21k",
}

_ID_FIRST = re.compile(r"(n[0-9]{8})(?:[-_ :].*)?")


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Class names in the order of the output neurons, with the concept id of each where known.

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
        """Where the wanted classes stand here, found by concept id, otherwise by name."""
        by_id = {concept_id: i for i, concept_id in enumerate(self.ids) if concept_id}
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


@cache
def label_set(name: str) -> LabelSet:
    """A known list of classes by name, one of :data:`LABEL_SETS`.

    >>> label_set("cifar-100").labels[:2], label_set("imagenet-1k").ids[0]
    (('apple', 'aquarium_fish'), 'n01440764')
    """
    if name not in LABEL_SETS:
        raise LabelError(
            f"expected a known label set ({', '.join(LABEL_SETS)}) or a file, found {name!r}"
        )
    folder = files("semdepth") / "data" / "labels"
    named = folder / f"{name}.tsv"
    if named.is_file():
        rows = [line.split("\t") for line in named.read_text(encoding="utf-8").splitlines()]
        labels, ids = zip(*rows, strict=True)
        return LabelSet(labels, ids, f"label set {name}")
    ids = tuple((folder / f"{name}.txt").read_text(encoding="utf-8").split())
    return LabelSet(names_of_concepts(ids), ids, f"label set {name}")


def label_set_of_size(n_classes: int) -> LabelSet | None:
    """The label set that a number of classes gives away, or None: only ImageNet's sizes do."""
    name = _UNMISTAKABLE_SIZES.get(n_classes)
    return None if name is None else label_set(name)


def label_set_of_names(names: Sequence[str], source: str) -> LabelSet:
    """Names as they were found; where all of them are WordNet ids, those concepts' own names.

    ImageNet's printed names ("tench, Tinca tinca") are recognised as a whole and get its ids; of
    those, several are the same for two classes and are told apart by their synsets' names.

    >>> label_set_of_names(["n01440764", "n01443537"], "a file").labels
    ('tench', 'goldfish')
    """
    names = tuple(map(str, names))
    if all(name in wordnet_nouns() for name in names):
        return LabelSet(names_of_concepts(names), names, source)
    known = label_set_of_size(len(names))
    if known is not None and _same_set(names, known):
        return LabelSet(_told_apart(names, known.ids), known.ids, f"{source} ({known.source})")
    return LabelSet(names, (None,) * len(names), source)


def _same_set(names: tuple[str, ...], known: LabelSet) -> bool:
    """Whether names are a known set's: nine in ten have one of its concept's words."""
    nouns, words = wordnet_nouns(), lexicon()
    hits = 0
    for name, concept_id in zip(names, known.ids, strict=True):
        own = {_normal(word) for word in words.lemmas_of(nouns.index(concept_id))}
        hits += not own.isdisjoint(_normal(synonym) for synonym in name.split(","))
    return hits >= 0.9 * len(names)


def _told_apart(names: tuple[str, ...], ids: Sequence[str]) -> tuple[str, ...]:
    """Names with the synset's behind those that several classes share."""
    nouns = wordnet_nouns()
    shared = {name for name, count in Counter(names).items() if count > 1}
    return tuple(
        f"{name} ({nouns.names[nouns.index(concept_id)]})" if name in shared else name
        for name, concept_id in zip(names, ids, strict=True)
    )


def names_of_concepts(ids: Sequence[str]) -> tuple[str, ...]:
    """WordNet's first word for each id; where two share it, with the synset's name behind.

    >>> names_of_concepts(["n01440764", "n02012849", "n03126707"])
    ('tench', 'crane (crane.n.05)', 'crane (crane.n.04)')
    """
    nouns, words = wordnet_nouns(), lexicon()
    return _told_apart(tuple(words.lemmas_of(nouns.index(i))[0] for i in ids), ids)


@dataclass(frozen=True, eq=False, slots=True)
class Placement:
    """Where each class stands in a taxonomy.

    ``concepts`` (n,) are positions in ``taxonomy``, -1 where a class could not be placed;
    ``reasons`` says for each class why it stands there, or why nowhere.
    """

    taxonomy: Taxonomy
    labels: tuple[str, ...]
    concepts: np.ndarray
    reasons: tuple[str, ...]

    def __post_init__(self):
        object.__setattr__(self, "concepts", self.concepts.view())
        self.concepts.setflags(write=False)

    def __repr__(self) -> str:
        return (
            f"Placement({len(self.labels)} classes, {len(self.unplaced)} unplaced, "
            f"in {self.taxonomy.title})"
        )

    def _repr_html_(self) -> str:
        return as_code(self)

    def to_dict(self) -> dict:
        """A plain dict; the taxonomy stays out but for its title."""
        return {
            "taxonomy": self.taxonomy.title,
            "labels": list(self.labels),
            "ids": list(self.ids),
            "reasons": list(self.reasons),
        }

    @classmethod
    def from_dict(cls, data: dict, taxonomy: Taxonomy | None = None) -> Placement:
        """The placement that :meth:`to_dict` described, in WordNet unless another is given."""
        taxonomy = wordnet_nouns() if taxonomy is None else taxonomy
        if taxonomy.title != data["taxonomy"]:
            raise LabelError(
                f"expected a placement in {taxonomy.title}, found one in {data['taxonomy']}; "
                "pass that taxonomy"
            )
        concepts = [-1 if i is None else taxonomy.index(i) for i in data["ids"]]
        reasons = tuple(data["reasons"])
        return cls(taxonomy, tuple(data["labels"]), np.array(concepts, dtype=np.int32), reasons)

    def select(self, labels: Sequence[str]) -> Placement:
        """Restricted to some classes, in the order given."""
        kept = positions_of(labels, self.labels, "the placement")
        reasons = tuple(self.reasons[i] for i in kept)
        return Placement(self.taxonomy, tuple(labels), self.concepts[kept], reasons)

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Classes without a concept; they take no part in depths."""
        return tuple(
            label for label, concept in zip(self.labels, self.concepts, strict=True) if concept < 0
        )

    @property
    def ids(self) -> tuple[str | None, ...]:
        """The concept id of each class, None where unplaced."""
        return tuple(None if c < 0 else self.taxonomy.ids[c] for c in self.concepts.tolist())

    @property
    def uncertain(self) -> tuple[str, ...]:
        """Classes placed by a guess between several senses of their name."""
        return tuple(
            label
            for label, reason in zip(self.labels, self.reasons, strict=True)
            if reason.startswith(_MOST_FREQUENT)
        )


_MOST_FREQUENT = "most frequent of"


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
        if tuple(map(_normal, labels)) == tuple(map(_normal, known.labels)):
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
    return shared[0], f"{_MOST_FREQUENT} {len(shared)} senses"


def _senses(word: str) -> list[int]:
    """A word's senses as it stands; failing that, without its underscores and hyphens."""
    found = lexicon().senses_of(word)
    return (found if len(found) else lexicon().senses_of(_normal(word))).tolist()


def _normal(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())
