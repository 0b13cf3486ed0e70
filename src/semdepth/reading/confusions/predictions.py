"""Predictions as a file holds them, batch by batch, and how its failures are told."""

from __future__ import annotations

import csv
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from semdepth.errors import (
    ConfusionError,
    DamagedFile,
    LabelError,
    ReadError,
    UnknownFormat,
    UnsafeFile,
)
from semdepth.labels import LabelSet

ROWS = 16_384  # rows read at a time
LONGEST_LINE = 2**24  # bytes; a row of predictions has a few hundred
AGAIN = "write or download the file again"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: the model's classes, and the columns where the user names them."""

    label_set: LabelSet
    true_column: str | None = None
    pred_column: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows: true and predicted classes as written, where each row stands, how far we are."""

    true: Sequence
    pred: Sequence
    places: Sequence[int]
    done: int


@dataclass(frozen=True, slots=True)
class Predictions:
    """A file of predictions, opened: its columns, and its rows in batches.

    ``unit`` names what a row is called in messages (line, row, sample); ``total`` is what
    :attr:`Batch.done` runs up to. Class indices refer to ``classes`` where the file brings such
    a list (``classes_from`` says where); with ``by_index`` to the label set, whatever the names.
    """

    columns: tuple[str, str]
    batches: Iterator[Batch]
    total: int
    unit: str = "line"
    classes: tuple[str, ...] | None = None
    classes_from: str = ""
    by_index: bool = False


@contextmanager
def reading(path: Path, expected: str) -> Iterator[None]:
    """Complete the failures of a reader with the file's name; those of libraries as well."""
    try:
        yield
    except (DamagedFile, UnknownFormat, UnsafeFile, ConfusionError, LabelError) as error:
        raise type(error)(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise ReadError(
            f"{path}: expected {expected} in UTF-8, found other bytes "
            f"({error.object[error.start : error.start + 4].hex(' ')}); save it as UTF-8"
        ) from error
    except (csv.Error, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DamagedFile(f"{path}: expected {expected}, found {told(error)}; {AGAIN}") from error
    except OSError as error:
        raise ReadError(
            f"{path}: expected {expected}, found a file that cannot be read "
            f"({error.strerror or error}); check the path and its permissions"
        ) from error


def listed(names: Iterable[object], most: int = 5) -> str:
    """Names out of a file for a one-line message: quoted, escaped, not too long nor too many.

    >>> listed(["tench", "line\\nbreak", "goldfish"], most=2)
    "'tench', 'line\\\\nbreak' and 1 more"
    """
    names = list(names)
    shown = ", ".join(_quoted(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def told(error: Exception) -> str:
    """A library's words for what went wrong, on one line and not too long."""
    words = " ".join(str(error).split())
    return words if len(words) <= 120 else words[:117] + "..."


def _quoted(name: object) -> str:
    text = name if isinstance(name, str) else str(name)
    return repr(text if len(text) <= 60 else text[:57] + "...")
