"""Class names in an ONNX model's metadata: JSON, or the Python literal that Ultralytics writes."""

from __future__ import annotations

import ast
import json
import re

from semdepth.reading.checkpoints.class_names import names_of

# Ultralytics: names. The others are what people call them who add them by hand.
KEYS = ("names", "class_names", "classes", "labels", "id2label", "idx_to_class", "class_to_idx")
# {0: 'person', 1: "dog's"} or ['person', 'bicycle'], entry by entry. Only such texts count:
# nothing nests, and no expression is evaluated but a single quoted text.
ESCAPE = r"\\[\\'\"abfnrtvxuU]"
ENTRY = re.compile(
    rf"""\s*(?:(\d{{1,9}})\s*:\s*)?('(?:[^'\\\n]|{ESCAPE})*'|"(?:[^"\\\n]|{ESCAPE})*")\s*(,|$)"""
)


def names_in_metadata(metadata: dict[str, str]) -> tuple[tuple[str, ...] | None, str]:
    """Class names, and where they were found in words.

    >>> names_in_metadata({"stride": "32", "names": "{0: 'cat', 1: 'dog'}"})
    (('cat', 'dog'), "'names' in the model's metadata")
    """
    for key in KEYS:
        text = metadata.get(key, "")
        names = _of_json(text) or _of_literal(text)
        if names:
            return names, f"{key!r} in the model's metadata"
    return None, ""


def _of_json(text: str) -> tuple[str, ...] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return names_of(found)


def _of_literal(text: str) -> tuple[str, ...] | None:
    """Names out of a Python dictionary from 0, 1, 2, ... to texts, or a list of texts."""
    text = text.strip()
    kind, inner = text[:1] + text[-1:], text[1:-1].strip()
    found, place = {}, 0
    while place < len(inner):
        entry = ENTRY.match(inner, place)
        if entry is None or (entry[1] is not None) != (kind == "{}"):
            return None
        index = len(found) if entry[1] is None else int(entry[1])
        if index in found:
            return None
        found[index] = _unquoted(entry[2])
        place = entry.end()
    return names_of(found) if kind in ("{}", "[]", "()") else None


def _unquoted(literal: str) -> str | None:
    try:
        return ast.literal_eval(literal)
    except (ValueError, SyntaxError):
        return None
