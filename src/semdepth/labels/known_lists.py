"""The lists of classes that semdepth knows: names, order and concepts, and where they are from."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from semdepth.class_names import as_code
from semdepth.errors import LabelError
from semdepth.labels.words import squeezed
from semdepth.wordnet import lexicon, wordnet_nouns

LABEL_SETS = (
    "ade20k",
    "caltech-101",
    "caltech-256",
    "cifar-10",
    "cifar-100",
    "coco-80",
    "cub-200",
    "dtd",
    "eurosat",
    "fashion-mnist",
    "flowers-102",
    "food-101",
    "imagenet-12k",
    "imagenet-1k",
    "imagenet-21k",
    "imagenet-21k-p",
    "imagenet-22k",
    "imagenet-a",
    "imagenet-r",
    "imagenette",
    "imagewoof",
    "inaturalist-2017",
    "inaturalist-2018",
    "inaturalist-birds",
    "lvis",
    "mini-imagenet",
    "mnist",
    "oxford-pets",
    "pascal-voc",
    "places365",
    "stanford-cars",
    "stanford-dogs",
    "sun397",
    "tiny-imagenet-200",
)

_WELL_KNOWN = ("imagenet-1k", "cifar-100", "coco-80")

# Other names of the same data sets; case, hyphens, underscores and spaces never matter.
_ALIASES = {
    "ade": "ade20k",
    "ade20k-150": "ade20k",
    "cars196": "stanford-cars",
    "coco": "coco-80",
    "cub": "cub-200",
    "cub-200-2011": "cub-200",
    "describable textures": "dtd",
    "ilsvrc2012": "imagenet-1k",
    "imagenet": "imagenet-1k",
    "inat2017": "inaturalist-2017",
    "inat2018": "inaturalist-2018",
    "lvis-v1": "lvis",
    "ms-coco": "coco-80",
    "oxford-flowers-102": "flowers-102",
    "oxford-iiit-pet": "oxford-pets",
    "oxford-iiit-pets": "oxford-pets",
    "pascal-voc-2007": "pascal-voc",
    "pascal-voc-2012": "pascal-voc",
    "places": "places365",
    "tiny-imagenet": "tiny-imagenet-200",
    "voc": "pascal-voc",
    "voc2007": "pascal-voc",
    "voc2012": "pascal-voc",
}


@dataclass(frozen=True, slots=True)
class KnownClass:
    """One class of a known list.

    ``id`` is the concept that the class means (``relation`` "exact"), or where WordNet lacks it
    the nearest one above ("broader"), or None (relation ""). ``note`` says why, where the choice
    is a judgement.
    """

    name: str
    id: str | None
    relation: str
    note: str

    def __repr__(self) -> str:
        return f"KnownClass({self.name!r}: {self.relation} {self.id})"

    def to_dict(self) -> dict:
        return {"name": self.name, "id": self.id, "relation": self.relation, "note": self.note}

    @classmethod
    def from_dict(cls, data: dict) -> KnownClass:
        return cls(data["name"], data["id"], data["relation"], data["note"])


@dataclass(frozen=True, slots=True)
class KnownList:
    """A known list of classes in the order of the output neurons.

    ``source`` names the package or file that the names were taken from, ``checksum`` what tells
    that file from another, ``checked_with`` the second sources that have the same names;
    ``order`` says whose order it is, ``concepts`` where the ids are from.
    """

    name: str
    title: str
    source: str
    checksum: str
    checked_with: tuple[str, ...]
    order: str
    concepts: str
    classes: tuple[KnownClass, ...]

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def placed(self) -> int:
        """How many classes have a concept, exact or broader."""
        return sum(known.id is not None for known in self.classes)

    def __repr__(self) -> str:
        return f"KnownList({self.name}: {len(self)} classes, {self.placed} with a concept)"

    def _repr_html_(self) -> str:
        return as_code(self)

    def to_dict(self) -> dict:
        plain = {key: getattr(self, key) for key in ("name", *_TEXTS)}
        classes = [known.to_dict() for known in self.classes]
        return {**plain, "checked_with": list(self.checked_with), "classes": classes}

    @classmethod
    def from_dict(cls, data: dict) -> KnownList:
        return cls(
            data["name"],
            checked_with=tuple(data["checked_with"]),
            classes=tuple(map(KnownClass.from_dict, data["classes"])),
            **{key: data[key] for key in _TEXTS},
        )


_TEXTS = ("title", "source", "checksum", "order", "concepts")


@cache
def known_list(name: str) -> KnownList:
    """A known list by name: one of :data:`LABEL_SETS`, or another name of the same data set.

    Raises :class:`LabelError` for other names.

    >>> coco = known_list("COCO")
    >>> coco, coco.classes[64]
    (KnownList(coco-80: 80 classes, 80 with a concept), KnownClass('mouse': exact n03793489))
    >>> coco.classes[64].note
    "the computer's, beside keyboard and laptop"
    """
    name = name_of_list(name)
    about = _index()[name]
    return KnownList(
        name,
        checked_with=tuple(about["checked_with"]),
        classes=tuple(map(KnownClass, *columns(name))),
        **{key: about[key] for key in _TEXTS},
    )


def name_of_list(text: str) -> str:
    """The list that is meant; :class:`LabelError` if there is none.

    >>> name_of_list("CIFAR_100"), name_of_list("ImageNet")
    ('cifar-100', 'imagenet-1k')
    """
    found = _spellings().get(squeezed(text))
    if found is None:
        near = difflib.get_close_matches(text.lower(), LABEL_SETS, n=5) or _WELL_KNOWN
        raise LabelError(
            f"expected a known label set ({', '.join(near)}, ...; 'semdepth labels list' shows "
            f"all) or a file, found {text!r}"
        )
    return found


def lists_of_size(n_classes: int) -> tuple[str, ...]:
    """The known lists with that many classes.

    >>> lists_of_size(101)
    ('caltech-101', 'food-101')
    """
    return tuple(name for name in LABEL_SETS if _index()[name]["n"] == n_classes)


def columns(name: str) -> tuple[tuple[str, ...], tuple[str | None, ...], tuple[str, ...], tuple]:
    """A list's names, concept ids, relations and notes, each in the order of the classes."""
    text = (_folder() / f"{name}.tsv").read_text(encoding="utf-8")
    # Empty cells at the end of a line are left out.
    rows = [[*line.split("\t"), "", "", ""][:4] for line in text.removesuffix("\n").split("\n")]
    names, ids, relations, notes = zip(*rows, strict=True)
    if not any(names):
        names = names_of_concepts(ids)
    relations = [
        said or ("exact" if concept else "") for said, concept in zip(relations, ids, strict=True)
    ]
    return names, tuple(i or None for i in ids), tuple(relations), notes


def names_of_concepts(ids: Sequence[str]) -> tuple[str, ...]:
    """WordNet's first word for each id; where two share it, with the synset's name behind.

    >>> names_of_concepts(["n01440764", "n02012849", "n03126707"])
    ('tench', 'crane (crane.n.05)', 'crane (crane.n.04)')
    """
    nouns, words = wordnet_nouns(), lexicon().words
    # One dictionary for many ids: looking up each by itself takes twenty times as long.
    place = {i: at for at, i in enumerate(nouns.ids)} if len(ids) > 1_000 else {}
    concepts = [place[i] if i in place else nouns.index(i) for i in ids]
    firsts = tuple(words[c].partition(" ")[0].replace("_", " ") for c in concepts)
    return told_apart(firsts, [nouns.names[c] for c in concepts])


def told_apart(names: tuple[str, ...], synsets: Sequence[str]) -> tuple[str, ...]:
    """Names with the synset's behind those that several classes share."""
    shared = {name for name, count in Counter(names).items() if count > 1}
    return tuple(
        f"{name} ({synset})" if name in shared else name
        for name, synset in zip(names, synsets, strict=True)
    )


@cache
def _spellings() -> dict[str, str]:
    texts = {**{name: name for name in LABEL_SETS}, **_ALIASES}
    return {squeezed(text): name for text, name in texts.items()}


@cache
def _index() -> dict[str, dict]:
    return json.loads((_folder() / "index.json").read_text(encoding="utf-8"))


def _folder():
    return files("semdepth") / "data" / "labels"
