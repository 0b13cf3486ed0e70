"""Reads a confusion matrix from .npz, .npy, CSV or TSV, with the names of its rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from semdepth.errors import ConfusionError, DamagedFile, UnknownFormat
from semdepth.reading.confusions.arrays import StoredArray, stored_arrays
from semdepth.reading.confusions.columns import normal, pred_candidates, true_candidates
from semdepth.reading.confusions.predictions import listed
from semdepth.reading.confusions.tables import rows_of

# Counts before shares: where a file holds both, counts tell more.
_COUNTS = ("confusion", "confusionmatrix", "cm", "counts", "confmat", "matrix")
_NAMES = ("wnids", "synsets", "classes", "classnames", "labels", "names")
_WAY_OUT = "give one row and one column a class"


@dataclass(frozen=True, eq=False, slots=True)
class StoredMatrix:
    """A matrix as written: its numbers, the names of its rows and columns, its corner's text."""

    values: np.ndarray
    row_names: list[str] | None = None
    column_names: list[str] | None = None
    corner: str = ""

    def transposed(self) -> StoredMatrix:
        return replace(
            self,
            values=self.values.T,
            row_names=self.column_names,
            column_names=self.row_names,
        )


def read_array_matrix(path: Path) -> StoredMatrix:
    """The matrix of a .npy, or of a .npz: called confusion, cm, counts ..., or the only one."""
    arrays = stored_arrays(path)
    chosen = _matrix_among(arrays)
    names = {normal(name): array for name, array in arrays.items() if _may_be_names(array)}
    key = next((key for key in _NAMES if key in names), None)
    values = chosen.values()
    if values.dtype.kind not in "iuf":
        raise ConfusionError(
            f"expected numbers in the confusion matrix, found {values.dtype}; give counts or shares"
        )
    _check_square(values.shape)
    if key is None:
        return StoredMatrix(values)
    listing = names[key].values()
    if listing.dtype.kind == "S":
        listing = np.char.decode(listing, "utf-8")
    return StoredMatrix(values, listing.tolist(), listing.tolist())


def _may_be_names(array: StoredArray) -> bool:
    return array.dtype.kind in "USO" and len(array.shape) == 1


def _matrix_among(arrays: dict[str, StoredArray]) -> StoredArray:
    if "" in arrays:
        return arrays[""]
    by_name = {normal(name): array for name, array in arrays.items()}
    for named in (
        [by_name[key] for key in _COUNTS if key in by_name],
        [array for key, array in by_name.items() if key.startswith(("confusion", "normalised"))],
        [a for a in arrays.values() if len(a.shape) == 2 and a.shape[0] == a.shape[1]],
    ):
        if len(named) == 1:
            return named[0]
        if named:
            told = f"several ({listed(array.name for array in named)})"
            break
    else:
        shapes = (f"{name} {array.shape}" for name, array in arrays.items())
        told = f"none among {', '.join(shapes)}"
    hint = "; predictions go with --predictions" if "none" in told else ""
    raise UnknownFormat(
        f"expected one confusion matrix, found {told}; save it under 'confusion'{hint}"
    )


def read_text_matrix(path: Path) -> StoredMatrix:
    """The matrix of a CSV or TSV (or spaces between), with or without names above and before."""
    numbered = _rows(path)
    if not numbered:
        raise ConfusionError(f"expected a confusion matrix, found an empty file; {_WAY_OUT}")
    lines, rows = [line for line, _ in numbered], [row for _, row in numbered]
    _refuse_predictions(rows[0])
    above, before = _names_around(rows)
    header = rows.pop(0) if above else None
    lines = lines[1:] if above else lines
    width = len(rows[0]) if rows else 0
    for line, row in zip(lines, rows, strict=True):
        if len(row) != width:
            raise DamagedFile(
                f"expected {width} cells in line {line}, as in line {lines[0]}, found {len(row)}; "
                f"{_WAY_OUT}"
            )
    _check_square((len(rows), width - before))
    names = [row[0] for row in rows] if before else None
    values = np.array([_numbers(line, row[before:]) for line, row in zip(lines, rows, strict=True)])
    if header is None:
        return StoredMatrix(values, names, names)
    corner = header[0] if len(header) > len(rows) else ""
    across = header[len(header) - len(rows) :]
    return StoredMatrix(values, names or across, across, corner)


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        stripped = [(line, [cell.strip() for cell in row]) for line, row in rows_of(file)]
    return [(line, row) for line, row in stripped if any(row)]


def _refuse_predictions(first: list[str]) -> None:
    places = range(len(first))
    if true_candidates(first, places) and pred_candidates(first, places):
        raise ConfusionError(
            f"expected a confusion matrix, found columns of predictions ({listed(first)}); pass "
            "them as such (--predictions)"
        )


def _names_around(rows: list[list[str]]) -> tuple[bool, bool]:
    """Whether names stand above the numbers, and whether before them.

    Text gives them away; where the names are numbers, the square shape does.
    """
    height, width = len(rows), len(rows[-1])
    above = not all(map(_is_number, rows[0][1:]))
    before = not all(_is_number(row[0]) for row in rows[1:])
    corner = not _is_number(rows[0][0])
    if height == width + 1 and not before and _could_be_names(rows[0]):
        return True, False
    if height + 1 == width and not above and _could_be_names([row[0] for row in rows]):
        return False, True
    if height == width and (above or before or corner or len(rows[0]) < width):
        return True, True
    return above or corner, before


def _could_be_names(cells: Sequence[str]) -> bool:
    """Text, or numbers as classes have them: whole, one after the other."""
    if not all(cell.isdecimal() for cell in cells):
        return not all(map(_is_number, cells))
    numbers = sorted(map(int, cells))
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(line: int, cells: list[str]) -> list[float]:
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        wrong = next(cell for cell in cells if not _is_number(cell))
        raise ConfusionError(
            f"expected numbers in line {line} of the confusion matrix, found {listed([wrong])}; "
            "give counts or shares, 0 where there are none"
        ) from None


def _check_square(shape: Sequence[int]) -> None:
    if len(shape) != 2 or shape[0] != shape[1] or not shape[0]:
        raise ConfusionError(
            f"expected a square confusion matrix, found shape {' x '.join(map(str, shape))}; "
            f"{_WAY_OUT}, with zeros for classes never seen or never predicted"
        )
