"""Reads lists of models: a path a line, with title and predictions where there are any."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path

from semdepth.errors import ReadError

_COLUMNS = ("path", "title", "predictions")
# No list of models is longer; a text of other kind would fill the memory.
_MOST_BYTES = 1 << 24
# Texts that are no lists: JSON (TensorFlow.js, indices of shards), web pages, git-lfs pointers.
_OTHER_TEXTS = (b"{", b"[", b"<", b"version https://git-lfs")
# What common systems take at most, in bytes.
_LONGEST_NAME, _LONGEST_PATH = 255, 4_096
_WAY_OUT = "write a path a line, or path TAB title TAB predictions"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list: where the model lies, and what the list says of it."""

    line: int
    path: Path
    title: str | None
    predictions: Path | None


def is_list(path: Path) -> bool:
    """Whether a file is text that may list paths, rather than a checkpoint."""
    try:
        with path.open("rb") as file:
            lead = file.read(1024)
    except OSError:
        return False
    text = lead.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text or text.startswith(_OTHER_TEXTS):
        return False
    return all(byte >= 0x20 or byte in b"\t\r\n" for byte in lead) and _is_utf8(lead)


def read_list(path: Path) -> list[Row]:
    """The rows of a list; relative paths are taken from its folder, or else from the current one.

    A table begins with a line of column names, ``path`` among them. Blank lines, and those that
    begin with ``#``, are passed over. Raises ReadError, naming every path that does not exist.
    """
    rows = _rows(path, _text(path))
    if not rows:
        raise ReadError(f"{path}: expected a list of models, found no paths in it; {_WAY_OUT}")
    missing = [(r.line, p) for r in rows for p in (r.path, r.predictions) if p and not _is_there(p)]
    if missing:
        named = "; ".join(f"line {line}: {file}" for line, file in missing[:5])
        more = "; ..." if len(missing) > 5 else ""
        raise ReadError(
            f"{path}: expected paths that exist, found {len(missing)} of {len(rows)} lines with "
            f"none ({named}{more}); mend the list"
        )
    return rows


def _is_there(path: Path) -> bool:
    return path.exists() or any(mark in str(path) for mark in "*?[")


def _is_utf8(lead: bytes) -> bool:
    # A character may be cut at the end, which is none of the text's fault.
    return "\ufffd" not in lead.decode("utf-8", "replace")[:-3]


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ReadError(
                f"{path}: expected a list of models, found {path.stat().st_size:,} bytes of text; "
                f"{_WAY_OUT}"
            )
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(
            f"{path}: expected a list of models as UTF-8 text, found it unreadable "
            f"({type(error).__name__}); {_WAY_OUT}"
        ) from None


def _rows(path: Path, text: str) -> list[Row]:
    lines = [
        (i, line) for i, line in enumerate(text.splitlines(), start=1) if _says_something(line)
    ]
    if not lines:
        return []
    cells = [name.strip().lower() for name in _cells(lines[0][1], ",")]
    if "path" in cells:
        return [_table_row(path, cells, *line) for line in lines[1:]]
    return [_plain_row(path, *line) for line in lines]


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(line), delimiter=delimiter, skipinitialspace=True))


def _table_row(path: Path, columns: list[str], number: int, line: str) -> Row:
    cells = _cells(line, ",")
    if len(cells) > len(columns):
        raise ReadError(
            f"{path}: expected {len(columns)} cells in line {number}, found {len(cells)}; put "
            "paths with commas in quotes"
        )
    named = dict(zip(columns, cells, strict=False))
    return _row(path, number, [named.get(column, "") for column in _COLUMNS])


def _plain_row(path: Path, number: int, line: str) -> Row:
    cells = line.split("\t")
    if len(cells) > len(_COLUMNS):
        raise ReadError(
            f"{path}: expected path, title and predictions in line {number}, found {len(cells)} "
            f"columns; {_WAY_OUT}"
        )
    return _row(path, number, cells + [""] * (len(_COLUMNS) - len(cells)))


def _row(path: Path, number: int, cells: list[str]) -> Row:
    model, title, predictions = (cell.strip() for cell in cells)
    if not model:
        raise ReadError(f"{path}: expected a path in line {number}, found none; {_WAY_OUT}")
    seen = None if not predictions else _resolved(predictions, path.parent)
    return Row(number, _resolved(model, path.parent), title or None, seen)


def _resolved(name: str, folder: Path) -> Path:
    """A path of a list: beside the list where there is such a file, or else as it is."""
    given = as_path(name)
    return folder / given if (folder / given).exists() or not given.exists() else given


def as_path(text: str | Path) -> Path:
    """A path as it is named; :class:`ReadError` for a text that no system can hold as one.

    A line of some other text that was taken for a list is one.
    """
    path = Path(os.path.expanduser(text))
    if "\0" in str(path) or len(str(path)) > _LONGEST_PATH or _longest_part(path) > _LONGEST_NAME:
        raise ReadError(
            f"expected the path of a model, found {str(text)[:60]!r}...; name checkpoints, a "
            "folder, a pattern, or a list with a path a line"
        )
    return path


def _longest_part(path: Path) -> int:
    return max((len(os.fsencode(part)) for part in path.parts), default=0)
