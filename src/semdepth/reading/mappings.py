"""Reads a mapping: the reviewed table of class names and their concepts, as CSV."""

from __future__ import annotations

import csv
import io
import re

from semdepth.errors import LabelError
from semdepth.labels import NO_CONCEPT, LabelSet
from semdepth.wordnet import concept_named, wordnet_nouns

# What spreadsheets put between columns, depending on the language they are set to.
_DELIMITERS = ",;\t"
_WORDNET_ID = re.compile(r"n[0-9]{8}")
_SYNSET_NAME = re.compile(r".+\.n\.[0-9]+")


def is_mapping(text: str) -> bool:
    """Whether a text is a table whose header has the columns ``name`` and ``id``."""
    return _delimiter(text) is not None


def read_mapping(text: str, source: str) -> LabelSet:
    """The names and ids of a mapping; ``source`` says in messages where it is from.

    Of the columns, ``name`` and ``id`` count. An id may be a synset's name (``crane.n.05``), and
    a class whose id is empty has no concept. A column ``index`` gives the order of the classes,
    from 0, whatever the order of the rows. Raises :class:`LabelError` with the row that does not
    fit.

    >>> read_mapping("index,name,id\\n1,crane,crane.n.05\\n0,robin,n01558993\\n", "here").ids
    ('n01558993', 'n02012849')
    """
    header, *rows = _rows(text, source)
    columns = {name.strip().lower(): place for place, name in enumerate(header[1])}
    classes = {}
    for position, (line, row) in enumerate((line, row) for line, row in rows if any(row)):
        if len(row) != len(header[1]):
            raise LabelError(
                f"expected {len(header[1])} columns in row {line} of {source}, as in its header, "
                f"found {len(row)}; put a name that holds the delimiter in double quotes"
            )
        index = _index(row[columns["index"]], line, source) if "index" in columns else position
        if index in classes:
            raise LabelError(
                f"expected every index once in {source}, found {index} again in row {line}; "
                "number the classes from 0"
            )
        classes[index] = _class(row[columns["name"]], row[columns["id"]], line, source)
    return _in_order(classes, source)


def _in_order(classes: dict[int, tuple[str, str]], source: str) -> LabelSet:
    if not classes:
        raise LabelError(f"expected classes in {source}, found only a header; add a row a class")
    missing = next((i for i in range(len(classes)) if i not in classes), None)
    if missing is not None:
        raise LabelError(
            f"expected the {len(classes)} rows of {source} to be numbered from 0 without gaps, "
            f"found no index {missing}; keep every class's row"
        )
    names, ids = zip(*(classes[i] for i in range(len(classes))), strict=True)
    return LabelSet(names, ids, source)


def _delimiter(text: str) -> str | None:
    header = text.lstrip("\ufeff").split("\n", 1)[0].rstrip("\r").lower()
    for delimiter in _DELIMITERS:
        columns = [column.strip().strip('"') for column in header.split(delimiter)]
        if "name" in columns and "id" in columns:
            return delimiter
    return None


def _rows(text: str, source: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise LabelError(
            f"expected a CSV table in {source}, found row {reader.line_num} broken ({error}); "
            "mend its quotes"
        ) from None


def _index(text: str, line: int, source: str) -> int:
    # isdecimal() takes other scripts' digits too, as int() does; ten digits are enough.
    if not text.strip().isdecimal() or len(text) > 10:
        raise LabelError(
            f"expected a class's number from 0 as index in row {line} of {source}, found "
            f"{text[:40]!r}; number the classes in the order of the output"
        )
    return int(text)


def _class(name: str, concept: str, line: int, source: str) -> tuple[str, str]:
    if not name.strip():
        raise LabelError(
            f"expected a class name in row {line} of {source}, found none; name every class"
        )
    concept = concept.strip()
    if not concept:
        return name, NO_CONCEPT
    nouns, known = wordnet_nouns(), None
    if _SYNSET_NAME.fullmatch(concept):
        found = concept_named(concept)
        known = None if found is None else nouns.ids[found]
    elif not _WORDNET_ID.fullmatch(concept) or concept in nouns:
        # What is not written like WordNet's ids may be another taxonomy's.
        known = concept
    if known is None:
        raise LabelError(
            f"expected an id or synset name of {nouns.title} in row {line} of {source}, found "
            f"{concept[:60]!r} for {name!r}; semdepth labels resolve lists alternatives, and an "
            "empty id leaves a class without a concept"
        )
    return name, known
