"""Reads nested trees in YAML, without building any object that the file asks for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from semdepth.errors import DamagedFile, MissingExtra, UnsafeFile
from semdepth.reading.taxonomies.draft import Draft
from semdepth.reading.taxonomies.nested import Entries, Items, fill
from semdepth.reading.taxonomies.text import text_of
from semdepth.taxonomy.building import DEEPEST

# Its parser takes about a second for a megabyte where it was built without libyaml.
_LARGEST = 16 << 20
_NULL = ("", "~", "null", "Null", "NULL")


def read(path: Path, draft: Draft) -> None:
    """As in JSON; aliases are refused, because a few lines of them can stand for terabytes."""
    try:
        import yaml
    except ImportError:
        raise MissingExtra("YAML", "PyYAML", "yaml") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = _tree(yaml.parse(text_of(path, _LARGEST), Loader=loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f" in line {mark.line + 1:,}"
        found = getattr(error, "problem", None) or getattr(error, "reason", None) or "a mistake"
        raise DamagedFile(f"expected YAML, found {found}{where}; mend the file") from None
    fill(draft, data)


def _tree(events: Iterable) -> object:
    """The nested values that a parser's events describe."""
    documents = Items([], [])
    open_values: list[Entries | Items] = [documents]
    for event in events:
        kind, line = type(event).__name__, event.start_mark.line + 1
        if kind == "AliasEvent":
            raise UnsafeFile(
                f"expected YAML without aliases, found *{event.anchor} in line {line:,}; write "
                "the names out"
            )
        if kind == "ScalarEvent":
            plain = event.implicit[0] and event.value in _NULL
            _put(open_values[-1], None if plain else event.value, line)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            value = Entries([], []) if kind == "MappingStartEvent" else Items([], [])
            _put(open_values[-1], value, line)
            open_values.append(value)
            _check_depth(len(open_values), line)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            open_values.pop()
    if len(documents.values) != 1:
        raise DamagedFile(
            f"expected one YAML document, found {len(documents.values)}; keep one of them"
        )
    return documents.values[0]


def _put(inside: Entries | Items, value: object, line: int) -> None:
    """The next item of a sequence; of a mapping, a key, and then what is below it."""
    if isinstance(inside, Items):
        inside.values.append(value)
        inside.lines.append(line)
    elif inside.pairs and len(inside.pairs[-1]) == 1:
        inside.pairs[-1] += (value,)
    else:
        inside.pairs.append((value,))
        inside.lines.append(line)


def _check_depth(depth: int, line: int) -> None:
    # A group may take two: a record, and the sequence of its children.
    if depth > 2 * DEEPEST + 2:
        raise DamagedFile(
            f"expected at most {DEEPEST:,} levels, found more in line {line:,}; leave out the "
            "levels between"
        )
