"""Reads predictions from CSV, TSV and JSON lines, a few thousand rows at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semdepth.errors import ConfusionError, DamagedFile, UnknownFormat
from semdepth.reading.confusions.columns import find_columns
from semdepth.reading.confusions.predictions import (
    AGAIN,
    LONGEST_LINE,
    ROWS,
    Batch,
    Predictions,
    Wanted,
    listed,
    told,
)

_DELIMITERS = "\t;,|"


def read_delimited(path: Path, wanted: Wanted) -> Predictions:
    """Predictions in CSV or TSV, below a line of column names; tab, semicolon or comma between."""
    with _text(path) as (_, file):
        rows = rows_of(file)
        _, names = next(rows, (0, None))
        if names is None:
            raise ConfusionError(
                "expected predictions, found an empty file; check how it was written"
            )
        names = [name.strip() for name in names]
        line, first = next(rows, (0, []))
    if wanted.true_column is None or wanted.pred_column is None:
        _check_header(names)
    _fitted(first, len(names), line)
    columns = find_columns(names, wanted)
    return Predictions(
        columns=(names[columns[0]], names[columns[1]]),
        batches=_delimited_batches(path, len(names), *columns),
        total=path.stat().st_size,
    )


def read_json_lines(path: Path, wanted: Wanted) -> Predictions:
    """Predictions as JSON lines: one object a line, with the same keys in each."""
    with path.open("rb") as file:
        first = next(_json_rows(file), None)
    if first is None:
        raise ConfusionError("expected predictions, found an empty file; check how it was written")
    names = list(first[1])
    true, pred = (names[i] for i in find_columns(names, wanted))
    return Predictions(
        columns=(true, pred),
        batches=_json_batches(path, true, pred),
        total=path.stat().st_size,
    )


@contextmanager
def _text(path: Path) -> Iterator[tuple[io.BufferedIOBase, io.TextIOWrapper]]:
    """The bytes, whose position is the progress, and the text over them."""
    with (
        path.open("rb") as binary,
        io.TextIOWrapper(binary, encoding="utf-8-sig", newline="") as text,
    ):
        yield binary, text


def rows_of(file: io.TextIOWrapper) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the number of its last line.

    The first one tells what stands between cells: tab, semicolon, comma, |, or failing these
    spaces, as ``numpy.savetxt`` writes, whose ``#`` ahead of the names is passed over.
    """
    line, skipped = "\n", -1
    while line and not line.strip():
        line = file.readline(LONGEST_LINE)
        skipped += 1
    if len(line) == LONGEST_LINE:
        raise UnknownFormat(
            f"expected lines of text, found over {LONGEST_LINE:,} characters in one; {AGAIN}"
        )
    delimiter = max(_DELIMITERS, key=line.count)
    reader = csv.reader(
        _chained(line.removeprefix("# "), file),
        delimiter=delimiter if delimiter in line else " ",
        skipinitialspace=True,
        strict=True,  # a quote that is never closed would swallow the rest of the file unseen
    )
    try:
        for row in reader:
            if row:
                yield skipped + reader.line_num, row
    except csv.Error as error:
        raise DamagedFile(
            f"expected rows of cells, found {error} in line {skipped + reader.line_num:,}; "
            "check the quotes there"
        ) from None


def _chained(line: str, file: io.TextIOWrapper) -> Iterator[str]:
    yield line
    yield from file


def _check_header(names: list[str]) -> None:
    if all(name.lstrip("+-").replace(".", "", 1).isdecimal() for name in names):
        raise ConfusionError(
            f"expected a first line of column names, found {','.join(names)[:60]!r}; put a line "
            "such as y_true,y_pred above (a confusion matrix goes with --confusion)"
        )


def _delimited_batches(path: Path, width: int, true: int, pred: int) -> Iterator[Batch]:
    with _text(path) as (binary, file):
        rows = rows_of(file)
        next(rows)
        trues: list[str] = []
        preds: list[str] = []
        lines: list[int] = []
        for line, row in rows:
            if len(row) != width:
                row = _fitted(row, width, line)
            trues.append(row[true])
            preds.append(row[pred])
            lines.append(line)
            if len(lines) == ROWS:
                yield Batch(trues, preds, lines, binary.tell())
                trues, preds, lines = [], [], []
        yield Batch(trues, preds, lines, binary.tell())


def _fitted(row: list[str], width: int, line: int) -> list[str]:
    """A short row (cut off, or its last cells left away) filled up; a long one is an error."""
    if any(cell.strip() for cell in row[width:]):
        raise DamagedFile(
            f"expected {width} cells in line {line:,}, as in the first, found {len(row)}; put "
            "names or lists that hold the delimiter in double quotes"
        )
    return row[:width] + [""] * (width - len(row))


def _json_rows(file: io.BufferedIOBase) -> Iterator[tuple[int, dict]]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        text = line.decode("utf-8")
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise DamagedFile(
                f"expected one JSON object a line, found {told(error)} in line {number:,}; "
                "write JSON lines (pandas: to_json(orient='records', lines=True))"
            ) from None
        if not isinstance(row, dict):
            raise DamagedFile(
                f"expected one JSON object a line, found {listed([row])} in line {number:,}; "
                'write {"y_true": ..., "y_pred": ...} for each row'
            )
        yield number, row


def _json_batches(path: Path, true: str, pred: str) -> Iterator[Batch]:
    with path.open("rb") as file:
        trues: list = []
        preds: list = []
        lines: list[int] = []
        for line, row in _json_rows(file):
            trues.append(plain(row.get(true)))
            preds.append(plain(row.get(pred)))
            lines.append(line)
            if len(lines) == ROWS:
                yield Batch(trues, preds, lines, file.tell())
                trues, preds, lines = [], [], []
        yield Batch(trues, preds, lines, file.tell())


def plain(value: object) -> object:
    """A cell's value; a list (top-k) as JSON text, as a cell of CSV would hold it."""
    if isinstance(value, (list, tuple, dict)):
        entries = [value] if isinstance(value, dict) else value
        return json.dumps(entries, default=str)
    return value
