"""Reads a class similarity matrix (cosines of templates) with the names of its classes."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from semdepth.errors import MatrixError, ReadError, UnknownFormat
from semdepth.labels import LabelSet, label_set_of_names
from semdepth.reading.labels import read_labels
from semdepth.similarity import SimilarityMatrix, structural_from_cosine

_NAME_ARRAYS = ("labels", "classes", "names", "wnids", "class_names")


def read_cosine(
    path: str | Path,
    *,
    labels: str | Path | None = None,
    classes: LabelSet | None = None,
) -> tuple[SimilarityMatrix, LabelSet]:
    """A structural similarity matrix from a file of cosines, and its classes.

    ``.npz``: an array ``cosine`` (or the only square matrix) and the names under ``labels``,
    ``classes`` or ``wnids``; ``.npy``: the matrix alone; ``.csv``/``.tsv``: numbers with or
    without a header of names. ``labels`` names the classes where the file does not; ``classes``
    keeps only those, in their order.
    """
    path = Path(path)
    names, cosine = _read(path)
    if cosine.ndim != 2 or cosine.shape[0] != cosine.shape[1]:
        raise MatrixError(
            f"expected a square matrix of cosines in {path}, found shape {cosine.shape}; "
            "give one row and one column a class"
        )
    if labels is not None:
        label_set = read_labels(labels)
    elif names is not None:
        label_set = label_set_of_names(names, f"names in {path.name}")
    else:
        raise MatrixError(
            f"expected names for the {len(cosine)} classes of {path}, found none; pass a label "
            "set or a file of names (--labels)"
        )
    if classes is not None:
        kept = label_set.positions(classes)
        label_set, cosine = label_set.take(kept), cosine[np.ix_(kept, kept)]
    return structural_from_cosine(label_set.labels, cosine), label_set


def _read(path: Path) -> tuple[list[str] | None, np.ndarray]:
    try:
        with path.open("rb") as file:
            magic = file.read(6)
        if magic[:4] == b"PK\x03\x04":
            return _npz(path)
        if magic == b"\x93NUMPY":
            return None, np.load(path, allow_pickle=False)
        return _text(path)
    except OSError as error:
        raise ReadError(
            f"expected a file of cosines, found {str(path)!r} unreadable ({error.strerror}); "
            "check the path"
        ) from None
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ReadError(
            f"expected a matrix of cosines in {path}, found {error}; give .npz, .npy or .csv"
        ) from None


def _npz(path: Path) -> tuple[list[str] | None, np.ndarray]:
    # Opened here, because numpy leaves its own handle open when the archive is broken.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    names = next((arrays[key].tolist() for key in _NAME_ARRAYS if key in arrays), None)
    square = [a for a in arrays.values() if a.ndim == 2 and a.shape[0] == a.shape[1]]
    if "cosine" in arrays:
        return names, arrays["cosine"]
    if len(square) != 1:
        raise UnknownFormat(
            f"expected one square matrix in {path}, found {len(square)} among "
            f"{', '.join(arrays)}; name it 'cosine'"
        )
    return names, square[0]


def _text(path: Path) -> tuple[list[str] | None, np.ndarray]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        sample = file.readline()
        file.seek(0)
        delimiter = max("\t;,", key=sample.count)
        rows = [row for row in csv.reader(file, delimiter=delimiter) if row]
    if not rows:
        raise ValueError("an empty file")
    header = None if _numbers(rows[0][1:]) else rows.pop(0)
    named_rows = bool(rows) and not _numbers(rows[0][:1])
    if header is not None and named_rows:
        header = header[1:]
    names = [row.pop(0) for row in rows] if named_rows else header
    if header is not None and names != header:
        raise MatrixError(
            f"expected the same names down and across in {path}, found "
            f"{_difference(names, header)}; put rows and columns in one order"
        )
    if len({len(row) for row in rows}) > 1:
        raise ValueError("rows of different lengths")
    return names, np.array([[float(cell) for cell in row] for row in rows])


def _numbers(cells: Sequence[str]) -> bool:
    try:
        return bool([float(cell) for cell in cells])
    except ValueError:
        return False


def _difference(down: Sequence[str], across: Sequence[str]) -> str:
    if len(down) != len(across):
        return f"{len(down)} down and {len(across)} across"
    return next(f"{a!r} beside {b!r}" for a, b in zip(down, across, strict=True) if a != b)
