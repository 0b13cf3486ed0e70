"""Tensors of an ONNX model: where their numbers lie, and how those become arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from semdepth.errors import DamagedFile, ReadError
from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.checkpoint import quoted, reading_as
from semdepth.reading.checkpoints.containers.protobuf import BYTES, Field, Message, varints
from semdepth.reading.checkpoints.containers.regions import FileRegion
from semdepth.reading.checkpoints.number_types import (
    CODES,
    check_readable,
    decode,
    item_size,
    shaped,
)
from semdepth.reading.checkpoints.onnx.external import external_region

EXPECTED = "an ONNX model"
# TensorProto.DataType in onnx.proto.
TYPES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    14: "complex64",
    15: "complex128",
    16: "bfloat16",
    17: "float8_e4m3fn",
    18: "float8_e4m3fnuz",
    19: "float8_e5m2",
    20: "float8_e5m2fnuz",
    21: "uint4",
    22: "int4",
    23: "float4_e2m1",
    24: "float8_e8m0fnu",
    25: "uint2",
    26: "int2",
}
# Several numbers share a byte, the first in its lowest bits.
BITS = {"uint4": 4, "int4": 4, "float4_e2m1": 4, "uint2": 2, "int2": 2}
MOST_AXES = 32
EXTERNAL = 1

# Fields of TensorProto.
DIMS, DATA_TYPE, NAME, EXTERNAL_DATA, DATA_LOCATION = 1, 2, 8, 13, 14
FLOATS, INT32S, INT64S, RAW, DOUBLES, UINT64S = 4, 5, 7, 9, 10, 11
OF_VARINTS = (INT32S, INT64S, UINT64S)


@dataclass(slots=True)
class Description:
    """What a TensorProto says before its numbers: they lie in `pieces` of field `form`."""

    name: str = ""
    shape: tuple[int, ...] = ()
    dtype: str = "undefined"
    form: int = RAW
    pieces: list[tuple[int, int]] = field(default_factory=list)
    outside: bool = False
    entries: dict[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    @property
    def n_bytes(self) -> int | None:
        """How many bytes its numbers take; None for a type of unknown size."""
        if self.dtype in BITS:
            return -(-self.count * BITS[self.dtype] // 8)
        size = item_size(self.dtype)
        return None if size is None else self.count * size


def read_tensor(message: Message) -> StoredTensor | None:
    """The tensor in a TensorProto, its numbers where they lie; None for one of texts.

    Raises DamagedFile for a shape that does not fit the numbers.
    """
    told = _described(message)
    if told.dtype == "string":
        return None
    path = message.window.path
    if any(size < 0 for size in told.shape) or len(told.shape) > MOST_AXES:
        raise DamagedFile(
            f"tensor {quoted(told.name)} of {len(told.shape)} axes or of negative size"
        )
    if told.outside:
        region = external_region(path, told.entries, told.n_bytes)
        load = partial(_load_outside, path, region, told)
    else:
        _check_length(told)
        load = partial(_load_inside, path, told)
    return StoredTensor(told.name, told.shape, told.dtype, load)


def packed_floats(message: Message, fields: list[Field], shape: tuple[int, ...]) -> StoredTensor:
    """A tensor out of an attribute's floats."""
    told = Description("", shape, "float32", FLOATS, [(f.start, f.stop) for f in fields])
    _check_length(told)
    return StoredTensor("", shape, "float32", partial(_load_inside, message.window.path, told))


def whole_numbers(values: tuple[int, ...], shape: tuple[int, ...]) -> StoredTensor:
    """A tensor out of an attribute's whole numbers."""
    array = np.array(values, np.int64).reshape(shape)
    return StoredTensor("", shape, "int64", array.copy)


def _described(message: Message) -> Description:
    told, shape, pieces = Description(), [], {}
    for part in message:
        if part.number == DIMS:
            shape.extend(message.whole_numbers(part))
        elif part.number == DATA_TYPE and not part.is_bytes:
            told.dtype = TYPES.get(part.value, f"number type {part.value}")
        elif part.number in (FLOATS, INT32S, INT64S, RAW, DOUBLES, UINT64S):
            pieces.setdefault(part.number, []).append((part.start, part.stop))
        elif part.number == NAME and part.is_bytes:
            told.name = message.text(part)
        elif part.number == EXTERNAL_DATA and part.is_bytes:
            key, value = read_entry(message.inner(part))
            told.entries[key] = value
        elif part.number == DATA_LOCATION:
            told.outside = part.value == EXTERNAL
    told.shape = tuple(shape)
    # A tensor has one field of numbers; should there be two, the raw bytes count.
    told.form = RAW if RAW in pieces else next(iter(pieces), RAW)
    told.pieces = pieces.get(told.form, [])
    return told


def read_entry(message: Message) -> tuple[str, str]:
    """Key and value of a StringStringEntryProto."""
    texts = {part.number: message.text(part) for part in message if part.kind == BYTES}
    return texts.get(1, ""), texts.get(2, "")


def _check_length(told: Description) -> None:
    needed, found = told.n_bytes, sum(stop - start for start, stop in told.pieces)
    if needed is None:
        return
    if told.form in OF_VARINTS:
        # One byte to ten for each number; those that share a byte share a number too.
        n = needed if told.dtype in BITS else told.count
        fits = n <= found <= 10 * n
    else:
        fits = found == needed
    if not fits:
        raise DamagedFile(
            f"{found} bytes for tensor {quoted(told.name)} of shape {told.shape} in {told.dtype}"
        )


# Loading


def _load_inside(path: Path, told: Description) -> np.ndarray:
    with reading_as(path, EXPECTED):
        _check_type(path, told)
        if not told.pieces:
            return _array(b"", told)
        first, last = told.pieces[0][0], told.pieces[-1][1]
        span = FileRegion(path, first, last - first).read()
        if len(told.pieces) > 1:
            span = b"".join(span[start - first : stop - first] for start, stop in told.pieces)
        return _array(_as_raw(span, told), told)


def _load_outside(path: Path, region: FileRegion, told: Description) -> np.ndarray:
    _check_type(path, told)
    if not region.path.exists():
        raise ReadError(
            f"{path}: expected the numbers of tensor {quoted(told.name)} in "
            f"{quoted(region.path.name)} beside it, found no such file; put it there too"
        )
    with reading_as(region.path, f"the external data of {path.name}"):
        return _array(region.read(), told)


def _check_type(path: Path, told: Description) -> None:
    if told.dtype not in ("int4", "uint4", "int2", "uint2"):
        check_readable(path, told.name, told.dtype)


def _as_raw(span: bytes, told: Description) -> bytes:
    if told.form not in OF_VARINTS:
        return span
    # Small types, and the bits of float16 and bfloat16, are stored as one varint each.
    code = "u1" if told.dtype in BITS else CODES[told.dtype]
    numbers = varints(span)
    wide = np.dtype(code).itemsize
    return numbers.astype(f"<u{wide}").tobytes()


def _array(raw: bytes, told: Description) -> np.ndarray:
    if told.dtype not in BITS:
        return shaped(decode(raw, told.dtype), told.shape)
    bits = BITS[told.dtype]
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    below = np.uint8((1 << bits) - 1)
    flat = ((np.frombuffer(raw, np.uint8)[:, None] >> shifts) & below).reshape(-1)[: told.count]
    if told.dtype.startswith("int"):
        sign = np.int8(1 << (bits - 1))
        flat = (flat.astype(np.int8) ^ sign) - sign
    return shaped(flat, told.shape)
