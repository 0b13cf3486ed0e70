"""Reads Flax's msgpack files (JAX): nested maps of arrays, named by their path.

An array is an extension of MessagePack's: (shape, type, bytes), itself MessagePack. Arrays above
1 GB stand in chunks, in a map of their own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semdepth.errors import DamagedFile, UnknownFormat
from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.checkpoint import Checkpoint, quoted, reading_as
from semdepth.reading.checkpoints.containers.msgpack import Extension, read_msgpack, unpack
from semdepth.reading.checkpoints.containers.regions import FileRegion
from semdepth.reading.checkpoints.number_types import check_readable, decode, item_size, shaped
from semdepth.reading.checkpoints.pytorch.stored_names import stored_class_names

EXPECTED = "a Flax msgpack file"
# MessagePack has no magic number. A map whose first key is a name, and behind it one of the
# values that Flax writes: a map, an array, a number.
LEAD = re.compile(
    rb"(?:[\x81-\x8f]|\xde..|\xdf\0...)(?:[\xa1-\xbf]|\xd9.)[\w./ -]{1,255}?"
    rb"[\x00-\x1f\x80-\x8f\xc0-\xc3\xc7-\xcf\xd0-\xd8\xde\xdf]",
    re.DOTALL,
)
ARRAY = 1
LONGEST_TYPE = 30
MOST_AXES = 32  # what numpy 1 can hold
CHUNKED = "__msgpack_chunked_array__"


@dataclass(frozen=True, slots=True)
class Array:
    """An array by its header; its bytes lie in one piece, or in several one after the other."""

    shape: tuple[int, ...]
    dtype: str
    pieces: tuple[FileRegion, ...]

    def load(self, name: str) -> np.ndarray:
        """The numbers; nothing but this array's bytes is read."""
        path = self.pieces[0].path
        check_readable(path, name, self.dtype)
        with reading_as(path, EXPECTED):
            flat = [decode(piece.read(), self.dtype) for piece in self.pieces]
            return shaped(flat[0] if len(flat) == 1 else np.concatenate(flat), self.shape)


def read(path: Path) -> Checkpoint:
    """The arrays of a Flax msgpack file, nested maps flattened to dotted names.

    Only headers are read. Kernels count classes on their last axis. Raises DamagedFile, and
    UnknownFormat for MessagePack without arrays.
    """
    path = Path(path)
    with reading_as(path, EXPECTED):
        content = read_msgpack(path)
        arrays = list(_arrays("", content))
    if not arrays:
        raise UnknownFormat(
            f"{path}: expected {EXPECTED}, found MessagePack without arrays; save the parameters "
            "with flax.serialization.to_bytes"
        )
    tensors = tuple(_tensor(name, array) for name, array in arrays)
    names, names_from = stored_class_names(content)
    return Checkpoint(path, "Flax msgpack", tensors, names, names_from)


def list_tensors(path: Path) -> list[StoredTensor]:
    """Names, shapes and types of the arrays in a Flax file, each loaded when asked."""
    return list(read(path).tensors)


def class_names(path: Path) -> tuple[str, ...] | None:
    """Class names that were saved beside the parameters (``class_names`` ...), or None."""
    return read(path).class_names


def _arrays(name: str, value: object) -> Iterator[tuple[str, Array]]:
    """Every array in nested maps and lists, under its dotted name; the depth is msgpack's."""
    if isinstance(value, Extension) and value.code == ARRAY:
        yield name or "weight", _array(name, value)
    elif isinstance(value, dict) and CHUNKED in value:
        yield name or "weight", _joined(name, value)
    elif isinstance(value, dict | list):
        children = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in children:
            yield from _arrays(f"{name}.{key}" if name else str(key), child)


def _array(name: str, extension: Extension) -> Array:
    header = unpack(extension.region)
    if not isinstance(header, list) or len(header) != 3:
        raise DamagedFile(f"array {quoted(name)} without shape, type and bytes")
    shape, dtype, data = header
    if not isinstance(shape, list) or not isinstance(dtype, str) or type(data) is not FileRegion:
        raise DamagedFile(f"array {quoted(name)} without shape, type and bytes")
    if not dtype.isidentifier() or len(dtype) > LONGEST_TYPE:
        raise DamagedFile(f"array {quoted(name)} of the type {quoted(dtype)}")
    return _checked(name, Array(_sizes(name, shape), dtype, (data,)))


def _joined(name: str, parts: dict) -> Array:
    """An array of which the file holds flat chunks."""
    shape, chunks = _in_order(name, parts.get("shape")), _in_order(name, parts.get("chunks"))
    arrays = [_array(name, c) for c in chunks if isinstance(c, Extension) and c.code == ARRAY]
    if len(arrays) < len(chunks) or len({array.dtype for array in arrays}) != 1:
        raise DamagedFile(f"array {quoted(name)} whose chunks are no arrays of one type")
    pieces = tuple(array.pieces[0] for array in arrays)
    return _checked(name, Array(_sizes(name, shape), arrays[0].dtype, pieces))


def _in_order(name: str, numbered: object) -> list:
    """The values of {"0": ..., "1": ...}, which is how Flax writes a tuple."""
    if not isinstance(numbered, dict) or any(str(i) not in numbered for i in range(len(numbered))):
        raise DamagedFile(f"array {quoted(name)} without its shape or its chunks")
    return [numbered[str(i)] for i in range(len(numbered))]


def _sizes(name: str, shape: list) -> tuple[int, ...]:
    whole = all(type(size) is int and size >= 0 for size in shape)
    if not whole or len(shape) > MOST_AXES:
        raise DamagedFile(f"array {quoted(name)} whose shape is no few whole numbers")
    return tuple(shape)


def _checked(name: str, array: Array) -> Array:
    size, found = item_size(array.dtype), sum(piece.length for piece in array.pieces)
    if size is not None and math.prod(array.shape) * size != found:
        raise DamagedFile(
            f"{found} bytes for array {quoted(name)} of shape {array.shape} in {array.dtype}"
        )
    return array


def _tensor(name: str, array: Array) -> StoredTensor:
    # Flax's layers multiply from the right: (d, n), and (1, 1, d, n) for convolutions.
    kernel = name.split(".")[-1] == "kernel" and len(array.shape) > 1
    class_axis = len(array.shape) - 1 if kernel else 0
    return StoredTensor(name, array.shape, array.dtype, lambda: array.load(name), class_axis)
