"""Reads class names from a file, or finds a known label set."""

from __future__ import annotations

import json
from pathlib import Path

from semdepth.errors import LabelError, ReadError
from semdepth.labels import LABEL_SETS, LabelSet, label_set, label_set_of_names


def read_labels(source: str | Path) -> LabelSet:
    """Class names in the order of the output neurons, from a known set's name or a file.

    A file holds one class a line: a WordNet id (``n01440764``), ``name TAB id``, or a name
    alone; or it is JSON: ``{"0": "tench", "1": ...}``, ``["tench", ...]``, or Keras' class index
    ``{"0": ["n01440764", "tench"], ...}``. Raises :class:`LabelError` or :class:`ReadError`.

    >>> read_labels("cifar-10")
    LabelSet(10 classes: 'airplane' ... from label set cifar-10)
    """
    if str(source) in LABEL_SETS:
        return label_set(str(source))
    path = Path(source)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ReadError(
            f"expected a labels file or one of {', '.join(LABEL_SETS)}, found no file "
            f"{str(source)!r}; check the path"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(
            f"expected a UTF-8 text file of class names, found {str(source)!r} ({error}); "
            "save it as UTF-8 text, one class a line"
        ) from None
    names, ids = _json(text, path) if text.lstrip().startswith(("{", "[")) else _lines(text, path)
    if not names:
        raise LabelError(f"expected class names in {path}, found none; write one class a line")
    if any(ids):
        return LabelSet(tuple(names), tuple(ids), str(path))
    return label_set_of_names(names, str(path))


def _lines(text: str, path: Path) -> tuple[list[str], list[str | None]]:
    names, ids = [], []
    # Not splitlines(): a name may hold the rarer line separators of Unicode.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not line.strip():
            continue
        name, *rest = line.split("\t")
        if len(rest) > 1:
            raise LabelError(
                f"expected 'name' or 'name TAB id' in line {number} of {path}, found "
                f"{len(rest) + 1} columns; keep the name and its WordNet id"
            )
        names.append(name)
        ids.append(rest[0].strip() or None if rest else None)
    return names, ids


def _json(text: str, path: Path) -> tuple[list[str], list[str | None]]:
    expected = f'expected JSON such as {{"0": "tench", "1": "goldfish"}} or a list in {path}'
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LabelError(f"{expected}, found {error}; mend the file") from None
    if isinstance(data, dict):
        missing = next((i for i in range(len(data)) if str(i) not in data), None)
        if missing is not None:
            raise LabelError(
                f"{expected}, found {len(data)} entries but none for {str(missing)!r}; "
                "number the classes from 0 without gaps"
            )
        data = [data[str(i)] for i in range(len(data))]
    pairs = [_name_and_id(entry) for entry in data]
    if None in pairs:
        wrong = data[pairs.index(None)]
        raise LabelError(f"{expected}, found the entry {wrong!r}; give each class a name")
    return [name for name, _ in pairs], [concept_id for _, concept_id in pairs]


def _name_and_id(entry: object) -> tuple[str, str | None] | None:
    if isinstance(entry, str):
        return entry, None
    if isinstance(entry, list) and len(entry) == 2 and all(isinstance(x, str) for x in entry):
        return entry[1], entry[0]
    return None
