"""Reads ontologies in OBO's form: the terms, their names, synonyms and is_a links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from semdepth.errors import DamagedFile, TaxonomyError
from semdepth.reading.taxonomies.draft import Draft, shown
from semdepth.reading.taxonomies.text import lines_of

# OBO Flat File Format 1.4: a backslash makes the next character plain, but for n, t and W.
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "W": " "}
_SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)"\s+EXACT\b')

Stanza = list[tuple[str, str, int]]


def read(path: Path, draft: Draft) -> None:
    """Each [Term] is a concept; obsolete ones are left out, exact synonyms kept.

    Only is_a makes a parent; other relationships (part_of) are no kinds of kinds.
    """
    obsolete = 0
    for line, stanza in _terms(path):
        tags: dict[str, list[tuple[str, int]]] = {}
        for tag, value, number in stanza:
            tags.setdefault(tag, []).append((value, number))
        if tags.get("is_obsolete", [("", 0)])[0][0] == "true":
            obsolete += 1
            continue
        _add(tags, line, draft)
    if obsolete:
        draft.notes.append(f"{obsolete:,} obsolete terms are left out")
    draft.check_parents_defined()


def _add(tags: dict[str, list[tuple[str, int]]], line: int, draft: Draft) -> None:
    if "id" not in tags:
        raise TaxonomyError(
            f"expected an id in the [Term] of line {line:,}, found none; give it one"
        )
    concept_id, at = tags["id"][0]
    name = _plain(tags["name"][0][0]) if "name" in tags else None
    place = draft.define(_plain(concept_id), name or None, at)
    for value, number in tags.get("is_a", ()):
        if not value:
            raise TaxonomyError(
                f"expected the id of a parent behind is_a, found none in line {number:,}; "
                "name it, or leave the line out"
            )
        draft.link(place, draft.concept(_plain(value), number), number)
    quoted = (_SYNONYM.match(value) for value, _ in tags.get("synonym", ()))
    draft.add_synonyms(place, [_plain(found[1]) for found in quoted if found])


def _terms(path: Path) -> Iterator[tuple[int, Stanza]]:
    """Tags and values of every [Term], and the line in which it begins."""
    stanza: Stanza | None = None
    start = 0
    for number, text in lines_of(path):
        text = text.strip()
        if text.startswith("["):
            if stanza is not None:
                yield start, stanza
            stanza, start = ([] if text == "[Term]" else None), number
        elif text and not text.startswith("!") and stanza is not None:
            tag, colon, value = text.partition(":")
            if not colon:
                raise DamagedFile(
                    f"expected 'tag: value' in line {number:,}, found {shown(text)}; check the file"
                )
            value = value.strip()
            stanza.append((tag, value if tag == "synonym" else _value(value), number))
    if stanza is not None:
        yield start, stanza


def _value(text: str) -> str:
    """A value without the comment (!) and the modifiers ({...}) behind it."""
    text = re.split(r"(?<!\\)!", text, maxsplit=1)[0].strip()
    return re.sub(r"(?<!\\)\{[^{}]*\}$", "", text).strip()


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text).strip()
