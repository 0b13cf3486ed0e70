"""The number types that checkpoints store, and how their bytes become numpy arrays."""

from __future__ import annotations

import numpy as np

from semdepth.errors import DamagedFile, UnknownFormat
from semdepth.reading.checkpoints.checkpoint import quoted

# numpy's code for each type, without byte order. bfloat16 is the upper half of a float32:
# its 16 bits are read as an unsigned integer and widened.
CODES = {
    "float64": "f8",
    "float32": "f4",
    "float16": "f2",
    "bfloat16": "u2",
    "int64": "i8",
    "int32": "i4",
    "int16": "i2",
    "int8": "i1",
    "uint64": "u8",
    "uint32": "u4",
    "uint16": "u2",
    "uint8": "u1",
    "bool": "?",
}
# Known by size, so that files which hold them can be walked; their numbers are not read.
SIZES_ONLY = {
    "complex64": 8,
    "complex128": 16,
    "complex32": 4,
    "float8_e4m3fn": 1,
    "float8_e5m2": 1,
    "float8_e4m3fnuz": 1,
    "float8_e5m2fnuz": 1,
    "float8_e8m0fnu": 1,
    "qint8": 1,
    "quint8": 1,
    "qint32": 4,
}


def item_size(dtype: str) -> int | None:
    """Bytes of one number, or None for a type of unknown size.

    >>> item_size("bfloat16")
    2
    """
    if dtype in CODES:
        return np.dtype(CODES[dtype]).itemsize
    return SIZES_ONLY.get(dtype)


def decode(raw: bytes, dtype: str, byte_order: str = "<") -> np.ndarray:
    """The numbers in `raw` as a flat array in native byte order; bfloat16 is widened to float32.

    >>> decode(bytes([0x80, 0x3F]), "bfloat16")
    array([1.], dtype=float32)
    """
    stored = np.frombuffer(raw, np.dtype(byte_order + CODES[dtype]))
    if dtype == "bfloat16":
        return (stored.astype(np.uint32) << 16).view(np.float32)
    return stored.astype(stored.dtype.newbyteorder("="), copy=False)


def shaped(flat: np.ndarray, shape: tuple[int, ...], order: str = "C") -> np.ndarray:
    """`flat` in the shape a file claims; DamagedFile where no array can have that shape."""
    try:
        return flat.reshape(shape, order=order)
    except (ValueError, OverflowError):
        raise DamagedFile(f"{flat.size} numbers for the shape {shape}") from None


def check_readable(path: object, name: str, dtype: str) -> None:
    """Raise UnknownFormat for a tensor whose number type has no plain numpy counterpart."""
    if dtype not in CODES:
        raise UnknownFormat(
            f"{path}: expected floating-point numbers in tensor {quoted(name)}, found {dtype}, "
            "which semdepth does not read; convert the tensor to float32 where it was made"
        )
