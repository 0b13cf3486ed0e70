"""The number types that checkpoints store, and how their bytes become numpy arrays."""

from __future__ import annotations

import reprlib
from functools import cache

import numpy as np

from semdepth.errors import DamagedFile, UnknownFormat
from semdepth.reading.checkpoints.checkpoint import quoted, shown

# numpy's code for each type, without byte order. What numpy does not have is read as unsigned
# integers and widened: bfloat16, the upper half of a float32, and the floats of eight bits. The
# integers of quantised tensors (qint8 ...) are plain ones; their scales are stored apart.
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
    "float8_e4m3fn": "u1",
    "float8_e5m2": "u1",
    "float8_e4m3fnuz": "u1",
    "float8_e5m2fnuz": "u1",
    "float8_e8m0fnu": "u1",
    "qint8": "i1",
    "quint8": "u1",
    "qint32": "i4",
}
# Known by size, so that files which hold them can be walked; their numbers are not read.
SIZES_ONLY = {
    "complex64": 8,
    "complex128": 16,
    "complex32": 4,
}
# Bits of the fraction and bias of the exponent. "fn": no infinities, "uz": one zero, and the
# only NaN where the negative zero would be (Micikevicius et al. 2022 for the first two, the OCP
# specification of microscaling formats for all).
EIGHT_BITS = {
    "float8_e4m3fn": (3, 7),
    "float8_e5m2": (2, 15),
    "float8_e4m3fnuz": (3, 8),
    "float8_e5m2fnuz": (2, 16),
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
    """The numbers in `raw` as a flat array in native byte order.

    bfloat16 and the floats of eight bits are widened to float32.

    >>> decode(bytes([0x80, 0x3F]), "bfloat16"), decode(bytes([0x38, 0xC0]), "float8_e4m3fn")
    (array([1.], dtype=float32), array([ 1., -2.], dtype=float32))
    """
    stored = np.frombuffer(raw, np.dtype(byte_order + CODES[dtype]))
    if dtype.startswith("float8"):
        return _eight_bit_floats(dtype)[stored]
    if dtype == "bfloat16":
        return (stored.astype(np.uint32) << 16).view(np.float32)
    return stored.astype(stored.dtype.newbyteorder("="), copy=False)


def dequantised(
    integers: np.ndarray,
    scale: np.ndarray | float,
    zero_point: np.ndarray | float,
    axis: int | None,
) -> np.ndarray:
    """What quantised integers stand for, (integer - zero_point) * scale, as float32.

    Per channel, scale and zero point have one number for each index of `axis`.

    >>> dequantised(np.array([[0, 4], [2, 2]], np.uint8), 0.5, 2, None).tolist()
    [[-1.0, 1.0], [0.0, 0.0]]
    """
    if axis is not None:
        along = [1] * integers.ndim
        along[axis] = integers.shape[axis]
        scale, zero_point = np.reshape(scale, along), np.reshape(zero_point, along)
    # float32 holds integers of 8 and 16 bits exactly; those of biases have more.
    values = integers.astype(np.float32 if integers.dtype.itemsize < 4 else np.float64)
    with np.errstate(all="ignore"):  # a scale may lead beyond float32, as it does in the network
        values -= zero_point
        values *= scale
        return values.astype(np.float32, copy=False)


@cache
def _eight_bit_floats(dtype: str) -> np.ndarray:
    """The 256 numbers of a type of eight bits, by their bits."""
    bits = np.arange(256)
    if dtype == "float8_e8m0fnu":  # an exponent alone, with a bias of 127
        values = np.ldexp(1.0, bits - 127)
        values[255] = np.nan
        return values.astype(np.float32)
    fraction_bits, bias = EIGHT_BITS[dtype]
    steps = 1 << fraction_bits
    exponent, fraction = (bits & 0x7F) // steps, bits % steps
    # Exponent 0 has no leading 1.
    mantissa = fraction / steps + (exponent > 0)
    values = np.ldexp(mantissa, np.maximum(exponent, 1) - bias) * np.where(bits < 128, 1, -1)
    if dtype.endswith("uz"):
        values[0x80] = np.nan
    elif dtype == "float8_e4m3fn":
        values[[0x7F, 0xFF]] = np.nan
    else:  # as in IEEE's types, the last exponent is for infinities and NaN
        values[exponent == 31] = np.nan
        values[[0x7C, 0xFC]] = np.inf, -np.inf
    return values.astype(np.float32)


def shaped(flat: np.ndarray, shape: tuple[int, ...], order: str = "C") -> np.ndarray:
    """`flat` in the shape a file claims; DamagedFile where no array can have that shape."""
    try:
        return flat.reshape(shape, order=order)
    except (ValueError, OverflowError):
        raise DamagedFile(f"{flat.size} numbers for the shape {reprlib.repr(shape)}") from None


def check_readable(path: object, name: str, dtype: str) -> None:
    """Raise UnknownFormat for a tensor whose number type has no plain numpy counterpart."""
    if dtype not in CODES:
        raise UnknownFormat(
            f"{path}: expected floating-point numbers in tensor {quoted(name)}, found "
            f"{shown(dtype)}, which semdepth does not read; convert the tensor to float32 where "
            "it was made"
        )
