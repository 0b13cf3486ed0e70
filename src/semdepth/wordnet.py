"""The embedded WordNet 3.0 noun hierarchy, and the words that name its concepts."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from semdepth.errors import TaxonomyError
from semdepth.taxonomy import Taxonomy

_SYNSET_ID = re.compile(r"n[0-9]{8}")
_WORD = re.compile(r"[a-z]{2,}")
# morphy(7WN), the rules of detachment for nouns.
_DETACHMENT = (
    ("s", ""),
    ("ses", "s"),
    ("xes", "x"),
    ("zes", "z"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("men", "man"),
    ("ies", "y"),
)


@cache
def wordnet_nouns() -> Taxonomy:
    """Princeton WordNet 3.0's 82,115 noun synsets with their hypernyms.

    Ids are ``n`` and the eight digits of the synset's offset, as in ImageNet; names are
    ``lemma.n.NN``, as in NLTK. Loaded once.

    >>> nouns = wordnet_nouns()
    >>> len(nouns), nouns.depth_limit, nouns.names[nouns.index("n02084071")]
    (82115, 19, 'dog.n.01')
    """
    with _archive("hierarchy") as stored:
        data = {name: stored[name] for name in stored.files}
    for array in data.values():
        array.setflags(write=False)
    offsets = data["offsets"]
    return Taxonomy(
        title="WordNet 3.0",
        ids=tuple(("n%08d\n" * len(offsets) % tuple(offsets.tolist())).split()),
        names=_lines(data["names"]),
        parent_offsets=data["parent_offsets"],
        parents=data["parents"],
        min_depth=data["min_depth"],
        max_depth=data["max_depth"],
        name_rank=data["name_rank"],
        positions=_SynsetPositions(offsets),
    )


class _SynsetPositions(Mapping):
    """Where an id stands, by bisection: building a dictionary would take longer than the rest."""

    def __init__(self, offsets: np.ndarray):
        self._offsets = offsets

    def __getitem__(self, synset_id: str) -> int:
        if not _SYNSET_ID.fullmatch(synset_id):
            raise KeyError(synset_id)
        # Of the offsets' own type: for any other number, all of them would be converted.
        offset = self._offsets.dtype.type(synset_id[1:])
        place = int(self._offsets.searchsorted(offset))
        if place == len(self._offsets) or self._offsets[place] != offset:
            raise KeyError(synset_id)
        return place

    def __iter__(self):
        return (f"n{offset:08d}" for offset in self._offsets)

    def __len__(self) -> int:
        return len(self._offsets)


@dataclass(frozen=True, eq=False, slots=True)
class Lexicon:
    """Which words name which synsets: ``lemmas`` sorted, their senses most frequent first.

    ``exceptions`` are irregular plurals with their singulars behind ("geese goose"), sorted.
    """

    lemmas: tuple[str, ...]
    sense_offsets: np.ndarray
    senses: np.ndarray
    words: tuple[str, ...]
    exceptions: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Lexicon({len(self.lemmas):,} lemmas of {len(self.words):,} synsets)"

    def senses_of(self, word: str) -> np.ndarray:
        """Positions in :func:`wordnet_nouns` of a word's noun senses, the most frequent first.

        Case does not matter, spaces and underscores are the same; empty if there is none.

        >>> [wordnet_nouns().names[i] for i in lexicon().senses_of("great white shark")]
        ['great_white_shark.n.01']
        """
        lemma = "_".join(word.lower().split())
        place = bisect_left(self.lemmas, lemma)
        if place == len(self.lemmas) or self.lemmas[place] != lemma:
            return self.senses[:0]
        return self.senses[self.sense_offsets[place] : self.sense_offsets[place + 1]]

    def singulars_of(self, word: str) -> tuple[str, ...]:
        """The nouns that a word may be the plural of, by WordNet's morphology (morphy(7WN)).

        Irregular plurals first, then the rules of detachment; only words that are lemmas, and
        of several words the last one changes. The word itself is never among them.

        >>> lexicon().singulars_of("geese"), lexicon().singulars_of("hot dogs")
        (('goose',), ('hot_dog',))
        """
        lemma = "_".join(word.lower().split())
        before, last = lemma[: lemma.rfind("_") + 1], lemma[lemma.rfind("_") + 1 :]
        found = [*self._irregular(lemma), *(before + stem for stem in self._irregular(last))]
        if not found:
            found = [before + stem for stem in _detached(last)]
        return tuple(s for s in dict.fromkeys(found) if s != lemma and len(self.senses_of(s)))

    def _irregular(self, plural: str) -> list[str]:
        place = bisect_left(self.exceptions, plural + " ")
        if place == len(self.exceptions):
            return []
        head, *singulars = self.exceptions[place].split(" ")
        return singulars if head == plural else []

    def lemmas_of(self, concept: int) -> tuple[str, ...]:
        """A synset's words as WordNet spells them, with spaces, the first one first."""
        return tuple(word.replace("_", " ") for word in self.words[concept].split(" "))


@cache
def lexicon() -> Lexicon:
    """The nouns' lemmas and their senses in WordNet's order of frequency. Loaded once."""
    with _archive("lexicon") as data:
        offsets, senses = data["sense_offsets"], data["senses"]
        for array in (offsets, senses):
            array.setflags(write=False)
        lemmas, words, exceptions = (_lines(data[key]) for key in ("lemmas", "words", "exceptions"))
    return Lexicon(lemmas, offsets, senses, words, exceptions)


def _detached(word: str) -> list[str]:
    """A plural's possible singulars by the rules of detachment for nouns."""
    if word.endswith("ful"):
        # "boxesful" is the plural of "boxful".
        return [stem + "ful" for stem in _detached(word[:-3])]
    if word.endswith("ss") or len(word) <= 2:
        return []
    return [
        word.removesuffix(ending) + instead
        for ending, instead in _DETACHMENT
        if word.endswith(ending)
    ]


@cache
def _glosses() -> tuple[str, ...]:
    with _archive("glosses") as data:
        return _lines(data["glosses"])


def gloss(concept: int) -> str:
    """WordNet's definition of a synset, with its examples."""
    return _glosses()[concept]


def definition(concept: int) -> str:
    """The same without the examples.

    >>> definition(find_concept("crane.n.04"))
    'lifts and moves heavy objects; lifting tackle is suspended from a pivoted boom that rotates \
around a vertical axis'
    """
    return without_examples(gloss(concept))


def without_examples(gloss: str) -> str:
    """The definition with which a gloss begins."""
    return gloss.split('; "')[0]


def words_of(text: str) -> list[str]:
    """The different words of a text, sorted: lower case, plurals in -s as their singulars.

    Words, not nouns: a rule for endings will do, as long as all texts are read by the same.

    >>> words_of("a display; on computer screens, glasses, and bodies of gas")
    ['and', 'body', 'computer', 'display', 'gas', 'glass', 'of', 'on', 'screen']
    """
    return sorted({_without_plural(word) for word in _WORD.findall(text.lower())})


def _without_plural(word: str) -> str:
    if len(word) <= 3 or word[-1] != "s" or word[-2] in "sui":
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    return word[:-2] if word.endswith(("ches", "shes", "sses", "xes")) else word[:-1]


@cache
def definitions_with() -> Mapping[str, int]:
    """How many nouns' definitions have a word, of the words that more than one of them has.

    What more than a tenth of them have ("of", "the") says nothing and is left out.

    >>> definitions_with()["computer"], "of" in definitions_with()
    (387, False)
    """
    with _archive("gloss_words") as data:
        return dict(zip(_lines(data["words"]), data["counts"].tolist(), strict=True))


def find_concept(text: str) -> int:
    """The synset meant by an id, a synset name, or a word (its most frequent noun sense).

    Raises :class:`TaxonomyError` with the nearest words if there is none.

    >>> nouns = wordnet_nouns()
    >>> [nouns.names[find_concept(text)] for text in ("n02084071", "crane.n.05", "dog")]
    ['dog.n.01', 'crane.n.05', 'dog.n.01']
    """
    nouns = wordnet_nouns()
    if _SYNSET_ID.fullmatch(text):
        return nouns.index(text)
    named = concept_named(text)
    if named is not None:
        return named
    senses = lexicon().senses_of(text)
    if len(senses):
        return int(senses[0])
    near = difflib.get_close_matches("_".join(text.lower().split()), lexicon().lemmas, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "try a more general word"
    raise TaxonomyError(
        f"expected a noun, a synset name such as dog.n.01 or an id such as n02084071, "
        f"found {text!r}, which WordNet 3.0 does not have; {hint}"
    )


def concept_named(name: str) -> int | None:
    """The synset of a name such as ``dog.n.01``, or None if that is not a synset's name."""
    lemma, _, rank = name.rpartition(".n.")
    if not lemma or not rank.isdecimal():
        return None
    # Any lemma may carry the name (can.n.01 and tin_can.n.01 are one synset), as in NLTK.
    senses = lexicon().senses_of(lemma)
    return int(senses[int(rank) - 1]) if 0 < int(rank) <= len(senses) else None


def _archive(name: str):
    return np.load(files("semdepth") / "data" / "wordnet" / f"{name}.npz", allow_pickle=False)


def _lines(blob: np.ndarray) -> tuple[str, ...]:
    return tuple(blob.tobytes().decode().split("\n"))
