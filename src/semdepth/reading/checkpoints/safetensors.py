"""Reads safetensors files: a JSON header with names, types and places, then the raw numbers."""

from __future__ import annotations

import json
import math
from functools import partial
from pathlib import Path

import numpy as np

from semdepth.errors import DamagedFile
from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.checkpoint import Checkpoint, quoted, reading_as
from semdepth.reading.checkpoints.containers.regions import FileRegion
from semdepth.reading.checkpoints.number_types import check_readable, decode, item_size, shaped

EXPECTED = "a safetensors file"
MOST_AXES = 32  # what numpy 1 can hold
LONGEST_HEADER = 100_000_000  # the limit of the format itself
TYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U64": "uint64",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
    "BOOL": "bool",
    "C64": "complex64",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
    "F8_E4M3FNUZ": "float8_e4m3fnuz",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
    "F8_E8M0": "float8_e8m0fnu",
}


def read(path: Path) -> Checkpoint:
    """The tensors of a safetensors file; only its header is read.

    Raises DamagedFile for a header that is too long, is no JSON, or points outside the file.
    """
    path = Path(path)
    with reading_as(path, EXPECTED):
        header, start = _header(path)
        room = path.stat().st_size - start
        tensors = tuple(
            _tensor(path, name, entry, start, room)
            for name, entry in header.items()
            if name != "__metadata__"
        )
    return Checkpoint(path, "safetensors", tensors)


def list_tensors(path: Path) -> list[StoredTensor]:
    """Names, shapes and types of the tensors in a safetensors file, each loaded when asked."""
    return list(read(path).tensors)


def _header(path: Path) -> tuple[dict, int]:
    size = path.stat().st_size
    if size < 8:
        raise DamagedFile(f"only {size} bytes")
    length = int.from_bytes(FileRegion(path, 0, 8).read(), "little")
    if length > LONGEST_HEADER:
        raise DamagedFile(f"a header length of {length} bytes, above the limit {LONGEST_HEADER}")
    if 8 + length > size:
        raise DamagedFile(f"a file of {size} bytes that breaks off within its {length}-byte header")
    raw = FileRegion(path, 8, length).read()
    try:
        header = json.loads(raw, object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError) as error:
        raise DamagedFile(f"a header that is no JSON ({error})") from error
    if not isinstance(header, dict):
        raise DamagedFile("a header that is no JSON object")
    return header, 8 + length


def _without_repetition(pairs: list[tuple[str, object]]) -> dict:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in entries if names.count(name) > 1)
        raise DamagedFile(f"the name {quoted(twice)} twice in the header")
    return entries


def _tensor(path: Path, name: str, entry: object, start: int, room: int) -> StoredTensor:
    dtype, shape, first, last = _entry(name, entry)
    if last > room:
        raise DamagedFile(
            f"tensor {quoted(name)} ending at byte {start + last} of a file of {start + room} bytes"
        )
    size = item_size(dtype)
    if size is not None and math.prod(shape) * size != last - first:
        raise DamagedFile(
            f"{last - first} bytes for tensor {quoted(name)} of shape {shape} in {dtype}"
        )
    region = FileRegion(path, start + first, last - first)
    return StoredTensor(name, shape, dtype, partial(_load, region, name, shape, dtype))


def _entry(name: str, entry: object) -> tuple[str, tuple[int, ...], int, int]:
    try:
        dtype, shape, (first, last) = entry["dtype"], entry["shape"], entry["data_offsets"]
        numbers = [*shape, first, last]
    except (KeyError, TypeError, ValueError):
        raise DamagedFile(f"tensor {quoted(name)} without dtype, shape and two offsets") from None
    if len(numbers) > MOST_AXES + 2:
        raise DamagedFile(f"tensor {quoted(name)} with {len(numbers) - 2} axes")
    if not isinstance(dtype, str) or not all(type(n) is int and n >= 0 for n in numbers):
        raise DamagedFile(f"tensor {quoted(name)} whose shape or offsets are no whole numbers")
    if first > last:
        raise DamagedFile(f"tensor {quoted(name)} that ends before it begins")
    return TYPES.get(dtype, dtype.lower()), tuple(shape), first, last


def _load(region: FileRegion, name: str, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    check_readable(region.path, name, dtype)
    with reading_as(region.path, EXPECTED):
        return shaped(decode(region.read(), dtype), shape)
