"""Names, numbers and links as the report's sentences have them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

from semdepth.writing.figures.names import concept_word, drawn_name

# Opens and closes text of its own direction, so that an Arabic name does not turn the sentence.
_ISOLATED = "\u2068{}\u2069"


def quoted(name: str) -> str:
    """A class name in a sentence: on one line, at most 40 characters, in quotes.

    >>> quoted("tench")
    '“tench”'
    """
    shown = drawn_name(name)
    turns = any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in shown)
    return f"“{_ISOLATED.format(shown) if turns else shown}”"


def quoted_concept(name: str) -> str:
    """A concept's name as a word: ``hunting_dog.n.01`` is “hunting dog”."""
    return quoted(concept_word(name))


def listing(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listing(["coral", "fish", "snorkel"])
    '“coral”, “fish” and “snorkel”'
    """
    *most, last = map(quoted, names)
    return f"{', '.join(most)} and {last}" if most else last


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "edge"), counted(1200, "edge")
    ('1 edge', '1,200 edges')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """A share in percent, with two digits that count where it is small.

    >>> percent(0.4711), percent(0.0187), percent(0.00157), percent(0)
    ('47%', '1.9%', '0.16%', '0%')
    """
    value = 100 * share
    return f"{value:.0f}%" if value >= 10 or not value else f"{value:.2g}%"


def class_link(name: str) -> str:
    """The hash that shows a class.

    >>> class_link("wine & dine")
    'class=wine%20%26%20dine'
    """
    return f"class={_escaped(name)}"


def pair_link(first: str, second: str) -> str:
    """The hash that shows a pair; its names are escaped twice, for ``~`` stands between them.

    >>> pair_link("a b", "c~d")
    'pair=a%2520b~c%257Ed'
    """
    return "pair=" + "~".join(_escaped(_escaped(name)) for name in (first, second))


def cluster_link(number: int) -> str:
    """The hash that shows a cluster."""
    return f"cluster={number}"


def _escaped(name: str) -> str:
    # quote lets "~" pass, which stands between the names of a pair.
    return quote(name, safe="").replace("~", "%7E")
