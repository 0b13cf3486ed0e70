"""The text of a taxonomy's file, within stated bounds: its beginning, its lines, or all of it."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

from semdepth.errors import DamagedFile, ReadError, UnknownFormat

# Read line by line; 5 million concepts, the most that are kept, take about 2 GB.
LARGEST_LINES = 256 << 20
# Held in memory whole, with what is made of it: about 20 times its size.
LARGEST_WHOLE = 32 << 20
LONGEST_LINE = 1 << 20
_OPENING = 1 << 16
_DELIMITERS = "\t;,"
_AS_UTF_8 = "save the file as UTF-8 text"


def opening_of(path: Path) -> str:
    """The first 64 KiB as text; :class:`ReadError` for what is no UTF-8."""
    with path.open("rb") as file:
        data = file.read(_OPENING)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ReadError(f"expected UTF-8 text, found UTF-16; {_AS_UTF_8}")
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(data)
    except UnicodeDecodeError as error:
        raise ReadError(_no_text(error)) from None
    if "\0" in text:
        raise UnknownFormat("expected a taxonomy as text, found a binary file; check the path")
    return text


def check_size(path: Path, limit: int) -> None:
    """Raise :class:`ReadError` for a file larger than ``limit`` bytes."""
    size = path.stat().st_size
    if size > limit:
        raise ReadError(
            f"expected at most {limit >> 20:,} MiB, found {size >> 20:,} MiB; cut the taxonomy "
            "down to the concepts above your classes"
        )


def text_of(path: Path, limit: int = LARGEST_WHOLE) -> str:
    """The whole file as text."""
    check_size(path, limit)
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError(_no_text(error)) from None


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Each line with its number, without its end."""
    check_size(path, LARGEST_LINES)
    number = 0
    with path.open(encoding="utf-8-sig") as file:
        try:
            while line := file.readline(LONGEST_LINE):
                number += 1
                if len(line) == LONGEST_LINE:
                    raise DamagedFile(
                        f"expected lines of text, found over {LONGEST_LINE:,} characters in line "
                        f"{number:,}; check the file"
                    )
                yield number, line.rstrip("\n")
        except UnicodeDecodeError as error:
            raise ReadError(_no_text(error)) from None


def rows_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row of a table with the number of its last line; the first tells the delimiter."""
    lines = lines_of(path)
    skipped, first = 0, ""
    for number, first in lines:
        if first.strip():
            skipped = number - 1
            break
    reader = csv.reader(_chained(first, lines), delimiter=delimiter_of(first), strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield skipped + reader.line_num, row
    except csv.Error as error:
        raise DamagedFile(
            f"expected rows of cells, found {error} in line {skipped + reader.line_num:,}; check "
            "the quotes there"
        ) from None


def delimiter_of(line: str) -> str:
    """What stands between the cells of a line: the most frequent of tab, semicolon and comma."""
    return max(_DELIMITERS, key=line.count)


def _chained(first: str, lines: Iterator[tuple[int, str]]) -> Iterator[str]:
    # csv needs the ends of lines: a quoted cell may go on in the next.
    yield f"{first}\n"
    for _, line in lines:
        yield f"{line}\n"


def _no_text(error: UnicodeDecodeError) -> str:
    return f"expected UTF-8 text, found other bytes ({error.reason}); {_AS_UTF_8}"
