"""Reads trees nested in one another: what JSON and YAML files hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

from semdepth.errors import DamagedFile, TaxonomyError
from semdepth.reading.taxonomies.draft import Draft, shown
from semdepth.reading.taxonomies.text import text_of

_CHILDREN = "children"
_NAMES = ("id", "name", "label")
_PARENTS = ("parent", "parents")


@dataclass(frozen=True, eq=False, slots=True)
class Entries:
    """A mapping as it is written: repeated keys, their order and their lines are kept.

    There are no lines where the form has none.
    """

    pairs: list[tuple[object, ...]]
    lines: list[int] | tuple = ()


@dataclass(frozen=True, eq=False, slots=True)
class Items:
    """A sequence with the line of each of its items."""

    values: list[object]
    lines: list[int] | tuple = ()


def read(path: Path, draft: Draft) -> None:
    """``{"animal": {"dog": null}}``, lists of names, or ``{"name": ..., "children": [...]}``."""
    try:
        data = json.loads(text_of(path), object_pairs_hook=_entries)
    except RecursionError:
        raise DamagedFile(
            "expected JSON that is nested less than about 500 levels deep, found more; write a "
            "parent-child table"
        ) from None
    except ValueError as error:
        raise DamagedFile(f"expected JSON, found {error}; mend the file") from None
    fill(draft, data)


def fill(draft: Draft, data: object) -> None:
    """Turn nested mappings, sequences and names into concepts and links."""
    if not isinstance(data, (Entries, Items, list)):
        raise TaxonomyError(
            f"expected a tree of names, found {shown(str(data))} alone; nest the classes in "
            "their groups"
        )
    waiting: list[tuple[object, int | None, int]] = [(data, None, 0)]
    while waiting:
        value, parent, line = waiting.pop()
        # The last in is the first out: children stand in the order of the file.
        waiting.extend(reversed(list(_below(draft, value, parent, line))))


# Ten million empty mappings fit into a file of 32 MiB, and need not each be one.
_NOTHING = Entries([])


def _entries(pairs: list[tuple[object, object]]) -> Entries:
    return Entries(pairs) if pairs else _NOTHING


def _below(
    draft: Draft, value: object, parent: int | None, line: int
) -> Iterator[tuple[object, int | None, int]]:
    """Take one value in, and give what stands below it, with its parent and line."""
    if value is None:
        return
    if isinstance(value, list):
        value = Items(value)
    if isinstance(value, Items):
        for item, at in zip(value.values, value.lines or repeat(0), strict=False):
            if isinstance(item, (list, Items)) or item is None or _is_empty(item):
                raise TaxonomyError(
                    f"expected names in a list, found {_told(item)}{_where(draft, parent, at)}; "
                    "name the group"
                )
            yield item, parent, at
    elif not isinstance(value, Entries):
        _define(draft, value, parent, line)
    elif _is_record(value):
        yield _record(draft, value, parent, line)
    else:
        for (key, below), at in zip(value.pairs, value.lines or repeat(0), strict=False):
            yield below, _define(draft, key, parent, at), at


def _is_empty(value: object) -> bool:
    return isinstance(value, Entries) and not value.pairs


def _is_record(value: Entries) -> bool:
    """Whether a mapping describes one concept by its name, rather than listing several."""
    return any(key in _NAMES and _is_text(below) for key, below in value.pairs)


def _record(
    draft: Draft, value: Entries, parent: int | None, line: int
) -> tuple[object, int | None, int]:
    found = dict(value.pairs)
    at = value.lines[0] if value.lines else line
    nested = [k for k in found if k != _CHILDREN and isinstance(found[k], (Entries, Items, list))]
    wrong = "a key twice" if len(found) < len(value.pairs) else None
    wrong = next((f"{shown(k)} in it" for k in [*_PARENTS, *nested] if k in found), wrong)
    if wrong:
        raise TaxonomyError(
            f"expected a name and its children in a record, found {wrong}"
            f"{_where(draft, parent, at)}; nest what is below under 'children', or write a "
            "parent-child table"
        )
    texts = [str(found[key]) for key in _NAMES if _is_text(found.get(key))]
    place = _define(draft, texts[0], parent, at, name=texts[min(1, len(texts) - 1)])
    return found.get(_CHILDREN), place, at


def _is_text(value: object) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool)


def _define(
    draft: Draft, concept_id: object, parent: int | None, line: int, *, name: str | None = None
) -> int:
    if not isinstance(concept_id, str):
        raise TaxonomyError(
            f"expected a name, found {_told(concept_id)}{_where(draft, parent, line)}; put names "
            "in quotes, and nothing (null) below a class"
        )
    place = draft.define(concept_id, name, line)
    if parent is not None:
        draft.link(place, parent, line)
    return place


def _told(value: object) -> str:
    if value is None or _is_empty(value):
        return "nothing"
    return "a nested value" if isinstance(value, (Entries, Items, list)) else shown(str(value))


def _where(draft: Draft, parent: int | None, line: int) -> str:
    if line:
        return f" in line {line:,}"
    return "" if parent is None else f" under {shown(draft.name_of(parent))}"
