"""Reads ways down from the root, one a line: ``a:b:c``, ``a/b/c`` or ``a > b > c``."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from semdepth.errors import TaxonomyError
from semdepth.reading.taxonomies.draft import Draft, shown
from semdepth.reading.taxonomies.places import Places
from semdepth.reading.taxonomies.text import lines_of

SEPARATORS = (">", "/", ":")


def read(path: Path, draft: Draft) -> None:
    """One class a line, its whole way down; the separator is the one that most lines have."""
    separator = separator_of([line for _, line in islice(lines_of(path), 1_000)])
    places = Places(f" {separator} " if separator == ">" else separator)
    written: dict[int, int] = {}
    for number, line in lines_of(path):
        if not line.strip():
            continue
        place, _ = places.add([("", name) for name in _way(line, separator, number)], number)
        if place in written:
            raise TaxonomyError(
                f"expected every way once, found {shown(line.strip())} in lines "
                f"{written[place]:,} and {number:,}; leave one out"
            )
        written[place] = number
    places.fill(draft)


def separator_of(lines: list[str]) -> str | None:
    """What stands between the names: in most of the lines; None if in none.

    >>> separator_of(["a:b", "a:c/d", "a"])
    ':'
    """
    counts = {mark: sum(mark in line for line in lines) for mark in SEPARATORS}
    most = max(counts, key=counts.__getitem__)
    return most if counts[most] else None


def _way(line: str, separator: str | None, number: int) -> list[str]:
    way = [name.strip() for name in line.split(separator)] if separator else [line.strip()]
    # A separator before the first or behind the last name, as folders have it, means nothing.
    way = way[not way[0] :]
    way = way[: len(way) - (not way[-1])] if way else way
    if not way or not all(way):
        raise TaxonomyError(
            f"expected a name between every two {separator!r}, found none in line {number:,}; "
            "name each step"
        )
    return way
