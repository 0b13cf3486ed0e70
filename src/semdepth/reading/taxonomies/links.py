"""Reads a table of links: one row a concept and its parent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from semdepth.errors import DamagedFile, TaxonomyError
from semdepth.reading.taxonomies.draft import Draft, checked, shown
from semdepth.reading.taxonomies.text import rows_of

# In the order of preference: a column "child" beside a column "id" is the concept.
CHILD = (
    *("child", "child_id", "id", "concept", "concept_id", "taxon_id", "taxonid", "node"),
    *("node_id", "synset", "wnid", "class", "class_id", "category", "category_id", "key"),
    *("subclass", "hyponym", "narrower", "source"),
)
PARENT = (
    *("parent", "parent_id", "parentid", "parent_taxon_id", "parentnameusageid", "parent_key"),
    *("parent_node", "parent_class", "parent_name", "superclass", "supercategory", "hypernym"),
    *("broader", "is_a", "target"),
)
NAME = ("name", "label", "title", "scientific_name", "scientificname", "display_name")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which cells of a row are the concept, its parent, and its name where that is another."""

    width: int
    child: int
    parent: int
    name: int | None = None


def read(path: Path, draft: Draft) -> None:
    """A header names the columns; without one they are the concept and its parent.

    A concept with several parents has several rows. An empty parent makes a root. Where a
    column of names stands beside the ids, every parent must have a row of its own.
    """
    rows = rows_of(path)
    number, first = next(rows, (0, []))
    columns = columns_of(first)
    if columns is None:
        columns = Columns(2, 0, 1)
        rows = chain([(number, first)], rows)
    elif _words(first)[columns.child] == "source":
        rows = list(rows)
        columns = _settle_direction([row for _, row in rows], columns, draft)
    for line, row in rows:
        _add(row, line, columns, draft)
    if columns.name is not None:
        draft.check_parents_defined()


def columns_of(header: Sequence[str]) -> Columns | None:
    """What the first row of a table names, None if it does not name a concept and its parent.

    >>> columns_of(["id", "parent", "name"])
    Columns(width=3, child=0, parent=1, name=2)
    """
    words = _words(header)
    parent, name = _first(words, PARENT), _first(words, NAME)
    child = _first(words, CHILD)
    if child is None:
        child, name = name, None
    if parent is None or child is None:
        return None
    return Columns(len(header), child, parent, name)


def _first(words: list[str], wanted: tuple[str, ...]) -> int | None:
    return next((words.index(word) for word in wanted if word in words), None)


def _words(header: Sequence[str]) -> list[str]:
    return ["_".join(cell.lower().replace("-", " ").split()) for cell in header]


def _settle_direction(rows: list[list[str]], columns: Columns, draft: Draft) -> Columns:
    """Edges may be drawn from the child or from the parent; in a tree, a child stands once."""
    sources, targets = (
        [row[column] for row in rows if len(row) > column]
        for column in (columns.child, columns.parent)
    )
    downwards = len(set(sources)) < len(sources) and len(set(targets)) == len(targets)
    draft.notes.append(
        f"edges were read from {'parent to child' if downwards else 'child to parent'}; name the "
        "columns child and parent to settle that"
    )
    if not downwards:
        return columns
    return Columns(columns.width, columns.parent, columns.child, columns.name)


def _add(row: list[str], line: int, columns: Columns, draft: Draft) -> None:
    cells = [cell.strip() for cell in row]
    if any(cells[columns.width :]) or len(cells) <= columns.child:
        raise DamagedFile(
            f"expected {columns.width} cells in line {line:,}, found {len(cells)}; put names that "
            "hold the delimiter in double quotes"
        )
    cells += [""] * (columns.width - len(cells))
    child = draft.concept(checked(cells[columns.child], line), line)
    if columns.name is not None:
        _name(child, cells[columns.name], line, draft)
    if cells[columns.parent]:
        draft.link(child, draft.concept(cells[columns.parent], line), line)


def _name(place: int, name: str, line: int, draft: Draft) -> None:
    if not draft.is_defined(place):
        draft.define(draft.id_of(place), name or None, line)
    elif name != draft.name_of(place):
        raise TaxonomyError(
            f"expected one name for each id, found {shown(name)} in line {line:,} for "
            f"{shown(draft.id_of(place))}, which is {shown(draft.name_of(place))} before; "
            "settle on one"
        )
