"""Known lists of classes, and lists as they were found: names in the order of the outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from semdepth.class_names import as_code, check_class_names
from semdepth.errors import LabelError
from semdepth.labels.words import normal
from semdepth.wordnet import lexicon, wordnet_nouns

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
        own = {normal(word) for word in words.lemmas_of(nouns.index(concept_id))}
        hits += not own.isdisjoint(normal(synonym) for synonym in name.split(","))
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
