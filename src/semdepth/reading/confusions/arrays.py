"""Numpy's arrays in a .npy or .npz file, read a few rows at a time and never through pickle."""

from __future__ import annotations

import ast
import math
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

from semdepth.errors import DamagedFile, UnknownFormat, UnsafeFile
from semdepth.reading.confusions.predictions import AGAIN, listed, told

MAGIC = b"\x93NUMPY"
_PACKED_BY = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MOST_AXES = 32  # what numpy 1 can hold
_LONGEST_HEADER = 10_000  # numpy's own limit; a matrix needs 128 bytes


@dataclass(frozen=True, slots=True)
class StoredArray:
    """An array in a file, known by its header."""

    name: str
    dtype: np.dtype
    shape: tuple[int, ...]
    fortran_order: bool
    start: int
    open: Callable[[], AbstractContextManager[BinaryIO]]

    @property
    def row_bytes(self) -> int:
        return self.dtype.itemsize * math.prod(self.shape[1:])

    def values(self) -> np.ndarray:
        """All of it, read-only."""
        with self._data() as stream:
            flat = self._read(stream, math.prod(self.shape))
        return flat.reshape(self.shape[::-1]).T if self.fortran_order else flat.reshape(self.shape)

    def row(self, at: int) -> np.ndarray:
        """One row along the first axis, read-only; the rows before it are not kept in memory."""
        if self.fortran_order and len(self.shape) > 1:
            return self.values()[at]
        with self._data() as stream:
            stream.seek(at * self.row_bytes, 1)
            return self._read(stream, math.prod(self.shape[1:])).reshape(self.shape[1:])

    def batches(self, rows: int) -> Iterator[np.ndarray]:
        """So many rows at a time (Fortran's order has no rows: there the whole is loaded)."""
        n = self.shape[0]
        if self.fortran_order and len(self.shape) > 1:
            values = self.values()
            yield from (values[start : start + rows] for start in range(0, n, rows))
            return
        with self._data() as stream:
            for start in range(0, n, rows):
                shape = (min(rows, n - start), *self.shape[1:])
                yield self._read(stream, math.prod(shape)).reshape(shape)

    @contextmanager
    def _data(self) -> Iterator[BinaryIO]:
        if self.dtype.hasobject:
            raise UnsafeFile(
                f"expected numbers or names in array {self.name!r}, found Python objects, which "
                "only a pickle could bring back; nothing was run; save names as "
                "numpy.array(names, dtype=str)"
            )
        with self.open() as stream:
            stream.read(self.start)
            yield stream

    def _read(self, stream: BinaryIO, count: int) -> np.ndarray:
        data = stream.read(count * self.dtype.itemsize)
        if len(data) < count * self.dtype.itemsize:
            raise DamagedFile(f"expected the whole of {self._told()}, found its end cut; {AGAIN}")
        # numpy trusts a file that its texts are characters; Python ends at others.
        if self.dtype.kind == "U":
            characters = np.frombuffer(data, f"{self.dtype.str[0]}u4")
            if characters.max(initial=0) > sys.maxunicode:
                raise DamagedFile(f"expected names in {self._told()}, found no text; {AGAIN}")
        return np.frombuffer(data, self.dtype)

    def _told(self) -> str:
        return f"array {self.name!r} ({' x '.join(map(str, self.shape))})"


def stored_arrays(path: Path) -> dict[str, StoredArray]:
    """The arrays of a .npy file (under the name "") or of a .npz, by name; headers only."""
    with path.open("rb") as file:
        alone = file.read(len(MAGIC)) == MAGIC
    if alone:
        return {"": _stored("", path.stat().st_size, partial(path.open, "rb"))}
    with _archive(path) as archive:
        entries = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
    if any(entry.compress_type not in _PACKED_BY for entry in entries):
        raise DamagedFile(f"expected a .npz as numpy writes it, found another packing; {AGAIN}")
    if not entries:
        raise UnknownFormat(
            "expected numpy arrays, found a zip archive without any; give .npz, .npy, CSV, "
            "JSON lines or Parquet"
        )
    return {
        entry.filename[:-4]: _stored(
            entry.filename[:-4], entry.file_size, partial(_zip_entry, path, entry.filename)
        )
        for entry in entries
    }


def _stored(
    name: str, size: int, opener: Callable[[], AbstractContextManager[BinaryIO]]
) -> StoredArray:
    found = f"expected a numpy array{f' under {listed([name])}' if name else ''}, found "
    with opener() as stream:
        try:
            shape, fortran_order, dtype = _header(stream)
        except (ValueError, SyntaxError, TypeError, LookupError, RecursionError, MemoryError):
            raise DamagedFile(f"{found}an unreadable header; {AGAIN}") from None
        start = stream.tell()
    if not dtype.hasobject and start + dtype.itemsize * math.prod(shape) > size:
        raise DamagedFile(f"{found}fewer bytes than its shape {shape} needs; {AGAIN}")
    return StoredArray(name, dtype, shape, fortran_order, start, opener)


def _header(stream: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and type, as numpy.save writes them ahead of the numbers."""
    version = npy.read_magic(stream)
    length = int.from_bytes(stream.read(2 if version == (1, 0) else 4), "little")
    if length > _LONGEST_HEADER:
        raise ValueError(length)
    fields = ast.literal_eval(stream.read(length).decode("utf-8"))
    shape, dtype = fields["shape"], npy.descr_to_dtype(fields["descr"])
    if not dtype.itemsize or any(type(size) is not int or size < 0 for size in shape):
        raise ValueError(shape)
    # Where one size is 0, numpy minds the others.
    if len(shape) > _MOST_AXES or dtype.itemsize * math.prod(max(n, 1) for n in shape) >= 2**63:
        raise ValueError(shape)
    return tuple(shape), bool(fields["fortran_order"]), dtype


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (NotImplementedError, RuntimeError) as error:  # a compression or a password
        raise DamagedFile(
            f"expected a .npz as numpy writes it, found {told(error)}; {AGAIN}"
        ) from None


@contextmanager
def _zip_entry(path: Path, name: str) -> Iterator[BinaryIO]:
    with _archive(path) as archive, archive.open(name) as stream:
        yield stream
