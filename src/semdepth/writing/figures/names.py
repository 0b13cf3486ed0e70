"""Class names as pictures show them: as they are, save what cannot be drawn on one short line."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 40

# What neither XML nor a font has: control characters, halves of surrogate pairs, non-characters.
_UNDRAWABLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]+")
_SYNSET = re.compile(r"(.+)\.n\.\d+")


def one_line(text: str) -> str:
    """Text on one line, line breaks and tabs as spaces.

    >>> one_line("a\\nb"), one_line("price in $_<b>")
    ('a b', 'price in $_<b>')
    """
    return _UNDRAWABLE.sub("\ufffd", _BREAKS.sub(" ", text))


def drawn_name(name: str) -> str:
    """A class name as drawn: on one line, and beyond 40 characters with ``…`` for its middle.

    >>> drawn_name("the quick brown fox " * 3)
    'the quick brown fox the …uick brown fox '
    """
    line = one_line(name)
    if len(line) <= LONGEST:
        return line
    head = LONGEST * 3 // 5
    tail = len(line) - (LONGEST - head - 1)
    # A mark is not torn from its letter.
    while head and _joins(line[head - 1], line[head]):
        head -= 1
    while tail < len(line) and _joins(line[tail - 1], line[tail]):
        tail += 1
    return f"{line[:head]}…{line[tail:]}"


def concept_word(name: str) -> str:
    """A concept's name as a word: ``hunting_dog.n.01`` is "hunting dog"; others stay.

    >>> concept_word("hunting_dog.n.01"), concept_word("Tools_2")
    ('hunting dog', 'Tools_2')
    """
    synset = _SYNSET.fullmatch(name)
    return drawn_name(synset[1].replace("_", " ") if synset else name)


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun.

    >>> counted(1, "class", "classes"), counted(1000, "class", "classes")
    ('1 class', '1,000 classes')
    """
    return f"{number:,} {one if number == 1 else many}"


def _joins(before: str, after: str) -> bool:
    """Whether two characters make one sign: combining marks, variation selectors, joiners."""
    return before == "\u200d" or after == "\u200d" or unicodedata.category(after)[0] == "M"
