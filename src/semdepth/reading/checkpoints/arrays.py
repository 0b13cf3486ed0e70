"""Reads numpy's .npz and .npy files: a layer's weight, and its bias and class names if there."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from semdepth.errors import DamagedFile, UnsafeFile
from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.checkpoint import Checkpoint, quoted, reading_as
from semdepth.reading.checkpoints.containers.regions import FileRegion, ZipRegion, zip_entries
from semdepth.reading.checkpoints.number_types import shaped

EXPECTED = "a numpy .npz or .npy file"
MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 10_000  # numpy's own limit; a matrix needs 128 bytes
PLAIN_TYPE = re.compile(r"[<>|=]?(?:[fiubcUS]\d+|O|\?)")
NAME_ENTRIES = ("classes", "class_names", "labels")


@dataclass(frozen=True, slots=True)
class StoredArray:
    """An array in a .npy file or .npz entry, by its header."""

    name: str
    region: FileRegion | ZipRegion
    start: int
    dtype: np.dtype
    shape: tuple[int, ...]
    fortran_order: bool

    @property
    def n_bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    def raw(self) -> bytes:
        return self.region.read(self.start, self.start + self.n_bytes)

    def load(self) -> np.ndarray:
        """The numbers, in native byte order; nothing but this array's bytes is read."""
        with reading_as(self.region.path, EXPECTED):
            flat = np.frombuffer(self.raw(), self.dtype)
            flat = flat.astype(self.dtype.newbyteorder("="), copy=False)
            return shaped(flat, self.shape, "F" if self.fortran_order else "C")


def read(path: Path) -> Checkpoint:
    """The arrays of a .npz (or the one of a .npy); only headers and class names are read.

    A matrix stored as (d, n), which the length of its bias or of its class names tells, gets
    ``class_axis=1``. Raises DamagedFile, and UnsafeFile for numbers or class names that were
    stored as Python objects.
    """
    path = Path(path)
    with reading_as(path, EXPECTED):
        arrays = _arrays(path)
        names, names_from = _class_names(arrays)
        tensors = [_tensor(array) for array in arrays if array.dtype.kind in "fiub"]
    kind = "npy" if isinstance(arrays[0].region, FileRegion) else "npz"
    return Checkpoint(path, kind, oriented(tensors, names), names, names_from)


def list_tensors(path: Path) -> list[StoredTensor]:
    """Names, shapes and types of the arrays in a .npz or .npy file, each loaded when asked."""
    return list(read(path).tensors)


def class_names(path: Path) -> tuple[str, ...] | None:
    """The class names in a .npz (entry ``classes``), or None."""
    return read(path).class_names


def _arrays(path: Path) -> list[StoredArray]:
    with open(path, "rb") as file:
        alone = file.read(len(MAGIC)) == MAGIC
    if alone:
        regions = {"weight": FileRegion(path, 0, path.stat().st_size)}
    else:
        entries = zip_entries(path).items()
        regions = {name[:-4]: region for name, region in entries if name.endswith(".npy")}
    if not regions:
        raise DamagedFile("an archive without arrays")
    return [_array(name, region) for name, region in regions.items()]


def _array(name: str, region: FileRegion | ZipRegion) -> StoredArray:
    start, header = _header(region)
    try:
        fields = ast.literal_eval(header.decode("latin-1"))
        dtype, shape = _dtype(fields["descr"]), fields["shape"]
        fortran_order = bool(fields["fortran_order"])
        whole = all(type(size) is int and size >= 0 for size in shape)
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError):
        raise DamagedFile(f"an unreadable header of array {quoted(name)}") from None
    array = StoredArray(name, region, start, dtype, tuple(shape), fortran_order)
    if not whole:
        raise DamagedFile(f"array {quoted(name)} whose shape is no whole numbers")
    if dtype.hasobject and (name in ("weight", "bias", *NAME_ENTRIES) or len(shape) == 2):
        raise UnsafeFile(
            f"Python objects in array {quoted(name)}, which only a pickle could bring back; "
            "nothing was run; save names as numpy.array(names, dtype=str), numbers as floats"
        )
    if not dtype.hasobject and start + array.n_bytes > region.length:
        raise DamagedFile(
            f"{region.length - start} bytes for array {quoted(name)}, which needs {array.n_bytes}"
        )
    return array


def _dtype(description: object) -> np.dtype:
    # Records, dates and the like hold no templates; as "void" they are passed over.
    if not isinstance(description, str) or not PLAIN_TYPE.fullmatch(description):
        return np.dtype("V")
    return np.dtype(description)


def _header(region: FileRegion | ZipRegion) -> tuple[int, bytes]:
    if region.length < 12:
        raise DamagedFile("an array that breaks off within its header")
    lead = region.read(0, 12)
    if not lead.startswith(MAGIC) or lead[6] not in (1, 2, 3):
        raise DamagedFile("an array without numpy's signature")
    # Version 1 counts the header in two bytes, later ones in four.
    start = 10 if lead[6] == 1 else 12
    length = int.from_bytes(lead[8:start], "little")
    if length > LONGEST_HEADER:
        raise DamagedFile(f"an array header of {length} bytes, above the limit {LONGEST_HEADER}")
    if start + length > region.length:
        raise DamagedFile("an array that breaks off within its header")
    return start + length, region.read(start, start + length)


def _tensor(array: StoredArray) -> StoredTensor:
    return StoredTensor(array.name, array.shape, array.dtype.name, array.load)


def _class_names(arrays: list[StoredArray]) -> tuple[tuple[str, ...] | None, str]:
    for array in arrays:
        text = array.dtype.kind in "US" and array.dtype.itemsize > 0
        if array.name in NAME_ENTRIES and text and len(array.shape) == 1 and array.n_bytes:
            return _text(array), f"{array.name!r} in {array.region.path.name}"
    return None, ""


def _text(array: StoredArray) -> tuple[str, ...]:
    # Decoded here and not by numpy, which trusts the file to hold nothing but characters.
    raw, size = array.raw(), array.dtype.itemsize
    big = array.dtype.str.startswith(">")
    encoding = "utf-8" if array.dtype.kind == "S" else f"utf-32-{'be' if big else 'le'}"
    pieces = (raw[start : start + size] for start in range(0, len(raw), size))
    try:
        return tuple(piece.decode(encoding).rstrip("\0") for piece in pieces)
    except UnicodeDecodeError:
        raise DamagedFile(f"names in array {quoted(array.name)} that are no text") from None


def oriented(
    tensors: list[StoredTensor], names: tuple[str, ...] | None
) -> tuple[StoredTensor, ...]:
    """The tensors, matrices stored as (d, n) marked so by the length of a bias or of `names`."""
    lengths = {t.shape[0] for t in tensors if t.name == "bias" and len(t.shape) == 1}
    lengths |= {len(names)} if names else set()

    def lies_on_its_side(tensor: StoredTensor) -> bool:
        rows, columns = tensor.shape
        return columns in lengths and rows not in lengths

    return tuple(
        replace(t, class_axis=1) if len(t.shape) == 2 and lies_on_its_side(t) else t
        for t in tensors
    )
