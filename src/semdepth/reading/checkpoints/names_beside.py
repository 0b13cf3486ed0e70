"""Class names in files that people keep beside a model: labels.txt and its like."""

from __future__ import annotations

import json
import re
from pathlib import Path

from semdepth.reading.checkpoints.class_names import Names, names_of

LARGEST = 1 << 22
NUMBERED = re.compile(r"(\d{1,6})[ \t:,]+(\S.*)")
# Teachable Machine writes labels.txt for Keras and metadata.json for TensorFlow.js;
# class_indices.json is what Keras' flow_from_directory knows, as people save it.
FILES = ("labels.txt", "class_names.txt", "class_indices.json", "class_names.json", "metadata.json")


def names_beside(model: Path, sizes: frozenset[int]) -> tuple[Names | None, str]:
    """Class names in a file beside `model` that has as many as an output has classes.

    Nobody said that such a file belongs to the model, so one of another length, or that cannot
    be read, is passed over.
    """
    for file in (model.parent / name for name in FILES):
        names = _names_in(file)
        if names is not None and len(names) in sizes:
            return names, f"{file.name} beside {model.name}"
    return None, ""


def _names_in(file: Path) -> Names | None:
    try:
        if not file.is_file() or file.stat().st_size > LARGEST:
            return None
        text = file.read_text("utf-8-sig")
        if file.suffix == ".txt":
            return _lines(text)
        content = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return None
    if isinstance(content, dict) and file.name == "metadata.json":
        content = content.get("labels")
    return names_of(content)


def _lines(text: str) -> Names | None:
    """One name a line, with or without its number before it ("0 Cat").

    >>> _lines("0 Cat\\n1 Dog\\n"), _lines("Cat\\nDog")
    (('Cat', 'Dog'), ('Cat', 'Dog'))
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbered = [NUMBERED.fullmatch(line) for line in lines]
    if all(numbered) and [int(m[1]) for m in numbered] == list(range(len(lines))):
        lines = [m[2] for m in numbered]
    return tuple(lines) or None
