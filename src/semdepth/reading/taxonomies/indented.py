"""Reads names one a line, each indented below its parent."""

from __future__ import annotations

from pathlib import Path

from semdepth.errors import TaxonomyError
from semdepth.reading.taxonomies.draft import Draft, shown
from semdepth.reading.taxonomies.text import lines_of


def read(path: Path, draft: Draft) -> None:
    """A line deeper than the last is its child; any other goes back to a depth that was there."""
    above: list[tuple[str, int]] = []
    for number, line in lines_of(path):
        name = line.strip()
        if not name:
            continue
        indent = line[: len(line) - len(line.lstrip())]
        del above[_ancestors(indent, above, number) :]
        place = draft.define(name, line=number)
        if above:
            draft.link(place, above[-1][1], number)
        above.append((indent, place))


def _ancestors(indent: str, above: list[tuple[str, int]], number: int) -> int:
    """How many of the open lines stand above one with this indent."""
    last = above[-1][0] if above else ""
    if not above or (len(indent) > len(last) and indent.startswith(last)):
        return len(above)
    for count in range(len(above) - 1, -1, -1):
        if above[count][0] == indent:
            return count
    raise TaxonomyError(
        f"expected line {number:,} to be indented as a line above it or further, found "
        f"{shown(indent)} below {shown(last)}; use tabs or spaces throughout, the same a step"
    )
