"""Reads class names: a known label set, a file, a mapping, class folders, a checkpoint."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from semdepth.errors import LabelError, ReadError
from semdepth.labels import (
    LABEL_SETS,
    LabelSet,
    label_set,
    label_set_of_names,
    label_set_of_outputs,
)
from semdepth.reading.mappings import is_mapping, read_mapping

STANDARD_INPUT = "-"
# No list of class names is longer; a checkpoint taken for one would fill the memory.
_MOST_BYTES = 1 << 28


def read_labels(source: str | Path) -> LabelSet:
    """Class names in the order of the output neurons, from a known set's name or a file.

    A file holds one class a line: a WordNet id (``n01440764``), ``name TAB id``, or a name
    alone; or it is JSON: ``{"0": "tench", "1": ...}``, ``["tench", ...]``, or Keras' class index
    ``{"0": ["n01440764", "tench"], ...}``; or a mapping, the CSV table with columns ``name`` and
    ``id`` that ``semdepth labels resolve`` writes. Raises :class:`LabelError` or
    :class:`ReadError`.

    >>> read_labels("cifar-10")
    LabelSet(10 classes: 'airplane' ... from label set cifar-10)
    """
    if str(source) in LABEL_SETS:
        return label_set(str(source))
    try:
        text = _text(Path(source))
    except FileNotFoundError:
        return _known_under_another_name(str(source))
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(
            f"expected a UTF-8 text file of class names, found {str(source)!r} ({error}); "
            "save it as UTF-8 text, one class a line"
        ) from None
    return _labels_in(text, str(source))


def _known_under_another_name(name: str) -> LabelSet:
    try:
        return label_set(name)
    except LabelError as error:
        raise ReadError(f"{error}, which is neither; check the path") from None


def read_class_names(source: str | Path) -> LabelSet:
    """Class names from whatever has them: all that :func:`read_labels` takes, and more.

    A folder of class folders names its classes in sorted order, as image loaders number them; a
    checkpoint or Hugging Face folder may bring names along; ``-`` is standard input.
    """
    if str(source) == STANDARD_INPUT:
        try:
            return _labels_in(sys.stdin.read().removeprefix("\ufeff"), "standard input")
        except UnicodeDecodeError as error:
            raise ReadError(
                f"expected class names as UTF-8 text on standard input, found {error.reason}; "
                "convert them first"
            ) from None
    path = Path(source)
    if str(source) in LABEL_SETS or not path.exists():
        return read_labels(source)
    if path.is_dir() and not (path / "config.json").is_file():
        return _class_folders(path)
    if path.is_dir() or not _is_text(path):
        return _names_of_checkpoint(path)
    return read_labels(path)


def _text(path: Path) -> str:
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise ReadError(
            f"expected a list of class names in {path}, found {size:,} bytes; pass a text file "
            "with one class a line"
        )
    return path.read_text(encoding="utf-8-sig")


def _labels_in(text: str, source: str) -> LabelSet:
    if is_mapping(text):
        return read_mapping(text, source)
    parse = _json if text.lstrip().startswith(("{", "[")) else _lines
    names, ids = parse(text, source)
    if not names:
        raise LabelError(f"expected class names in {source}, found none; write one class a line")
    if any(ids):
        return LabelSet(tuple(names), tuple(ids), source)
    return label_set_of_outputs(names, source)


def _class_folders(folder: Path) -> LabelSet:
    names = sorted(e.name for e in folder.iterdir() if e.is_dir() and e.name[0] != ".")
    if not names:
        raise LabelError(
            f"expected a folder with one folder a class in {folder}, found none; pass the folder "
            "above the class folders (often named train)"
        )
    return label_set_of_names(names, f"the folders in {folder}")


def _is_text(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            lead = file.read(4096)
    except OSError:
        return True
    # A character may be cut at the end, which is none of the text's fault.
    return b"\0" not in lead and "\ufffd" not in lead.decode("utf-8", "replace")[:-3]


def _names_of_checkpoint(path: Path) -> LabelSet:
    from semdepth.reading.checkpoints import open_checkpoint

    checkpoint = open_checkpoint(path)
    if checkpoint.class_names is None:
        raise LabelError(
            f"expected class names in {path}, found a checkpoint ({checkpoint.format}) without "
            "any; pass a file of names, one class a line"
        )
    return label_set_of_outputs(checkpoint.class_names, checkpoint.names_from)


def _lines(text: str, path: str) -> tuple[list[str], list[str | None]]:
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


def _json(text: str, path: str) -> tuple[list[str], list[str | None]]:
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
