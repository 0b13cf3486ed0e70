"""Reads predictions from Parquet, batch by batch, with pyarrow where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semdepth.errors import DamagedFile, MissingExtra
from semdepth.reading.confusions.columns import find_columns
from semdepth.reading.confusions.predictions import AGAIN, ROWS, Batch, Predictions, Wanted, told
from semdepth.reading.confusions.tables import plain


def read_parquet(path: Path, wanted: Wanted) -> Predictions:
    """Predictions in the columns of a Parquet file; no other column is read."""
    with _opened(path) as file:
        names = file.schema_arrow.names
        total = file.metadata.num_rows
    true, pred = (names[i] for i in find_columns(names, wanted))
    batches = _batches(path, true, pred)
    return Predictions(columns=(true, pred), batches=batches, total=total, unit="row")


def _batches(path: Path, true: str, pred: str) -> Iterator[Batch]:
    done = 0
    with _opened(path) as file:
        for table in file.iter_batches(batch_size=ROWS, columns=[true, pred]):
            start, done = done, done + table.num_rows
            yield Batch(
                _values(table.column(true)),
                _values(table.column(pred)),
                range(start, done),
                done,
            )


def _values(column) -> list:
    return [_text(value) for value in map(plain, column.to_pylist())]


def _text(value: object) -> object:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


@contextmanager
def _opened(path: Path) -> Iterator:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtra("reading Parquet", "pyarrow", "parquet") from None
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        raise DamagedFile(f"expected a Parquet file, found {told(error)}; {AGAIN}") from None
