"""Class names as words: without the marks that file and variable names put between them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_ID_FIRST = re.compile(r"(n[0-9]{8})(?:[-_ :.].*)?", re.DOTALL)
_ID_LAST = re.compile(r".*[-_ :.(](n[0-9]{8})\)?", re.DOTALL)
_SYNSET_LAST = re.compile(r".*\(\s*([^()\s]+\.n\.[0-9]+)\s*\)", re.DOTALL)
# "LABEL_17", "class 3", "17": a number stands where a name should.
_NUMBERED = re.compile(
    r"(?:label|class|category|output|target|cls|idx|index|id)?[\W_]*[0-9]+", re.I
)
# "001.ak47", "12_dog", "3 - foo"; not "3d glasses".
_INDEX_FIRST = re.compile(r"^[0-9]+\s*[._:)\-\s]\s*(?=\D)")
# "dog_2", "dog.2"; a hyphen may belong to the name ("V-1"), which is tried first.
_COPY_LAST = re.compile(r"(?<=\w)[._][0-9]+$")
_NUMBER_LAST = re.compile(r"(?<=\w)(?:-[0-9]+| (?:19|20)[0-9]{2})$")
# Places365 sorts its names into folders: "/a/airfield".
_LETTER_FOLDER = re.compile(r"^/[a-z]/")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PARENTHESES = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
# What scene lists put behind a slash is no synonym.
_SETTINGS = {"indoor", "outdoor", "indoors", "outdoors", "interior", "exterior"}
_BETWEEN_SYNONYMS = re.compile(r"[,;/|]")
_QUOTES = str.maketrans("\u2018\u2019\u02bc`", "''''")


def normal(name: str) -> str:
    """Lower case, single spaces instead of underscores and hyphens.

    >>> normal("Aquarium_fish")
    'aquarium fish'
    """
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())


@dataclass(frozen=True, slots=True)
class ClassName:
    """A class name taken apart.

    ``concept`` is the WordNet id or synset name that it carries, otherwise ''. ``synonyms`` are
    what it calls the class, ``asides`` what stands in parentheses: further synonyms, or a word
    that says which sense is meant. A name without synonyms is a number that names nothing.
    """

    concept: str
    synonyms: tuple[str, ...]
    asides: tuple[str, ...]


def taken_apart(label: str) -> ClassName:
    """A class name's synonyms, without index, id, folder and the marks between words.

    >>> taken_apart("Haliaeetus leucocephalus (Bald Eagle)")
    ClassName(concept='', synonyms=('Haliaeetus leucocephalus',), asides=('Bald Eagle',))
    >>> taken_apart("001.ak47").synonyms, taken_apart("TV/monitor").synonyms
    (('ak47',), ('TV', 'monitor'))
    >>> taken_apart("n02085936-Maltese_dog").concept, taken_apart("LABEL_17").synonyms
    ('n02085936', ())
    """
    text = unicodedata.normalize("NFKC", label).translate(_QUOTES).strip()
    for carried in (_ID_FIRST, _ID_LAST, _SYNSET_LAST):
        found = carried.fullmatch(text)
        if found:
            return ClassName(found[1], (), ())
    if _NUMBERED.fullmatch(text):
        return ClassName("", (), ())
    text = _INDEX_FIRST.sub("", _LETTER_FOLDER.sub("", text))
    text = _COPY_LAST.sub("", text)
    asides = tuple(spaced(a or b) for a, b in _PARENTHESES.findall(text))
    parts = list(filter(None, map(spaced, _BETWEEN_SYNONYMS.split(_PARENTHESES.sub(" ", text)))))
    synonyms = parts[:1] + [part for part in parts[1:] if part.lower() not in _SETTINGS]
    return ClassName("", tuple(synonyms), tuple(filter(None, asides)))


def spaced(phrase: str) -> str:
    """Single spaces between words, instead of underscores too."""
    return " ".join(phrase.replace("_", " ").split())


def without_humps(phrase: str) -> str:
    """Camel case as words.

    >>> without_humps("GreatWhiteShark"), without_humps("TVMonitor")
    ('Great White Shark', 'TV Monitor')
    """
    return _HUMP.sub(" ", phrase)


def without_number(phrase: str) -> str:
    """A phrase without a hyphened number or a year at its end.

    >>> without_number("faces-easy-101"), without_number("Audi TTS Coupe 2012")
    ('faces-easy', 'Audi TTS Coupe')
    """
    return _NUMBER_LAST.sub("", phrase)


def squeezed(phrase: str) -> str:
    """Only letters and digits, in lower case and without accents: one spelling for many.

    >>> squeezed("jack-o'-lantern"), squeezed("Crème Brûlée")
    ('jackolantern', 'cremebrulee')
    """
    plain = unicodedata.normalize("NFKD", phrase.lower())
    return "".join(c for c in plain if c.isalnum())
