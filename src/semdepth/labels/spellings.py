"""The nouns that a phrase may stand for: as it is spelt, in the singular, or by its head noun."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from semdepth.labels.words import normal, squeezed, without_humps, without_number
from semdepth.wordnet import lexicon

# The head of "bowl of soup" and "man in suit" stands before these.
_BEFORE_HEAD_ENDS = re.compile(
    r"\s(?:of|with|without|in|on|at|for|from|to|by|over|under|near)\s", re.IGNORECASE
)
# "Strix varia", "Anas crecca carolinensis": genus and species, whose last word is no head.
_SCIENTIFIC = re.compile(r"([A-Z][a-z]+)(?: ×)?(?: [a-z]+(?:-[a-z]+)*){1,2}")
_LATIN = re.compile(r"[A-Za-z]+(?:us|a|um|is|i|ae|ix|ex|ax|yx|or|os|es|on|ops|ns)")
# No shorter word is taken for the head of a name written in one ("pottedplant").
_SHORTEST_HEAD = 4


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun that a phrase may stand for, and by which way: one of :data:`WAYS`.

    ``spelling`` is the lemma with spaces. ``senses`` are concepts, the most frequent first.
    """

    spelling: str
    way: str
    senses: tuple[int, ...]


WAYS = ("as it stands", "singular", "spelling", "head", "part")


def nouns_of(phrase: str) -> tuple[Noun, ...]:
    """The nouns that a whole phrase may stand for; the first is the likeliest.

    >>> [(noun.spelling, noun.way) for noun in nouns_of("glasses")]
    [('glasses', 'as it stands'), ('glass', 'singular')]
    >>> [(noun.spelling, noun.way) for noun in nouns_of("air plane")]
    [('airplane', 'spelling')]
    """
    for spelling in _spellings(phrase):
        found = (_noun(spelling, "as it stands"), *_singular(spelling))
        if any(found):
            return tuple(filter(None, found))
    for spelling in _spellings(phrase):
        lemma = _by_squeezed().get(squeezed(spelling))
        if lemma is not None:
            return (_noun(lemma, "spelling"),)
    for spelling in _spellings(phrase):
        for other in _in_another_number(squeezed(spelling)):
            return (_noun(other, "spelling"),)
    return ()


def head_noun_of(phrase: str) -> tuple[Noun, ...]:
    """The nouns that the head of a phrase may stand for, () if it has none.

    >>> [noun.spelling for noun in head_noun_of("fire fighting truck")]
    ['truck']
    >>> [noun.spelling for noun in head_noun_of("bowl of hot stuff")]
    ['bowl']
    """
    if _is_scientific(phrase):
        return ()
    words = normal(without_number(without_humps(phrase)))
    core = _BEFORE_HEAD_ENDS.split(words, maxsplit=1)[0].split()
    for start in range(len(core)):
        if start or len(core) < len(words.split()):
            found = nouns_of(" ".join(core[start:]))
            # A number at the end is no head, though WordNet has numbers too.
            if found and not core[-1].isdecimal():
                return tuple(Noun(noun.spelling, "head", noun.senses) for noun in found)
    return tuple(_last_part(core[0])) if len(core) == 1 else ()


def looks_scientific(phrase: str) -> bool:
    """Whether a phrase is written as species' names are: "Genus species".

    >>> looks_scientific("Calypte anna"), looks_scientific("Anna's Hummingbird")
    (True, False)
    """
    return _SCIENTIFIC.fullmatch(phrase) is not None


def _is_scientific(phrase: str) -> bool:
    """Whether a phrase is a species' name: of a genus that WordNet has, or by its endings."""
    found = _SCIENTIFIC.fullmatch(phrase)
    if not found:
        return False
    if len(lexicon().senses_of(f"genus {found[1]}")):
        return True
    latin = all(_LATIN.fullmatch(word) for word in (found[1], phrase.split()[-1]))
    return latin and not len(lexicon().senses_of(found[1]))


def _spellings(phrase: str) -> list[str]:
    """A phrase as it stands, without hyphens, without humps, without a number at its end."""
    split = without_humps(phrase)
    bare = without_number(split)
    forms = phrase, phrase.replace("-", " "), split, split.replace("-", " "), bare, normal(bare)
    return list(dict.fromkeys(" ".join(form.lower().split()) for form in forms))


def _noun(lemma: str, way: str) -> Noun | None:
    senses = tuple(lexicon().senses_of(lemma).tolist())
    return Noun(lemma.replace("_", " "), way, senses) if senses else None


def _singular(spelling: str) -> Iterator[Noun]:
    for lemma in lexicon().singulars_of(spelling):
        yield _noun(lemma, "singular")


def _last_part(word: str) -> Iterator[Noun]:
    """The head of two words written as one: the longest noun at its end after another word."""
    for cut in range(2, len(word) - _SHORTEST_HEAD + 1):
        first, last = word[:cut], word[cut:]
        modifier = len(lexicon().senses_of(first)) or first.endswith(("ed", "ing"))
        if modifier and len(lexicon().senses_of(last)):
            yield _noun(last, "part")
            return


@cache
def _by_squeezed() -> dict[str, str]:
    """Every lemma by its letters alone."""
    marks = str.maketrans("", "", "_-'./")
    lemmas = lexicon().lemmas
    letters = "\n".join(lemmas).translate(marks).split("\n")
    # Of lemmas with the same letters the first in order counts: backwards, it is put in last.
    return dict(zip(reversed(letters), reversed(lemmas), strict=True))


def _in_another_number(letters: str) -> Iterator[str]:
    """The lemmas spelt so in the singular, or in the plural only ("binoculars")."""
    for ending, instead in (("ies", "y"), ("es", ""), ("s", ""), ("", "s")):
        if letters.endswith(ending) and len(letters) > len(ending) + 2:
            lemma = _by_squeezed().get(letters.removesuffix(ending) + instead)
            if lemma is not None:
                yield lemma
