"""The numbers of a TensorFlow Lite tensor: unpacked, and dequantised where they are quantised."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from semdepth.errors import DamagedFile, UnknownFormat
from semdepth.reading.checkpoints.checkpoint import quoted, reading_as
from semdepth.reading.checkpoints.containers.regions import FileRegion
from semdepth.reading.checkpoints.number_types import (
    CODES,
    check_readable,
    decode,
    dequantised,
    shaped,
)
from semdepth.reading.checkpoints.tflite.model import Quantization, Tensor

EXPECTED = "a TensorFlow Lite model"
PACKED = ("int4", "qint4")
WAY_OUT = "convert the model anew without that option"


def load(path: Path, tensor: Tensor, form: str) -> np.ndarray:
    """The numbers in the shape that `told_shape` gives; quantised ones as float32."""
    check_known_form(path, tensor, form)
    with reading_as(path, EXPECTED):
        values = shaped(_whole_or_real(tensor), tensor.shape)
        if tensor.quantization is not None and tensor.dtype.startswith("q"):
            # A damaged scale may be anything; what comes of it is for the head to judge.
            with np.errstate(all="ignore"):
                values = _dequantised(values, tensor.quantization)
    return np.moveaxis(values, 3, 1) if form == "convolution" and values.ndim == 4 else values


def told_shape(tensor: Tensor, form: str) -> tuple[int, ...]:
    """A convolution (n, h, w, d) is told as (n, d, h, w), as it stands in most other formats."""
    if form == "convolution" and len(tensor.shape) == 4:
        n, h, w, d = tensor.shape
        return n, d, h, w
    return tensor.shape


def check_known_form(path: Path, tensor: Tensor, form: str) -> None:
    """Raise UnknownFormat for numbers that are packed in a way which is not read."""
    if tensor.sparse:
        packed = "as a sparse tensor"
    elif form == "shuffled":
        packed = "shuffled for one processor"
    elif tensor.quantization is not None and not tensor.quantization.plain:
        packed = "with scales by blocks or of the writer's own"
    else:
        if tensor.dtype not in PACKED:
            check_readable(path, tensor.name, tensor.dtype.removeprefix("q"))
        return
    raise UnknownFormat(
        f"{path}: expected {EXPECTED} with plain numbers, found {quoted(tensor.name)} stored "
        f"{packed}; {WAY_OUT}"
    )


def _whole_or_real(tensor: Tensor) -> np.ndarray:
    size, dtype = math.prod(tensor.shape), tensor.dtype.removeprefix("q")
    if tensor.dtype not in PACKED:
        itemsize = np.dtype(CODES[dtype]).itemsize
        return decode(tensor.region.read(0, size * itemsize), dtype)
    # Two numbers a byte, the first in the lower half; 8 to 15 stand for -8 to -1.
    packed = np.frombuffer(tensor.region.read(0, (size + 1) // 2), np.uint8)
    halves = np.stack([packed & 15, packed >> 4], axis=1).reshape(-1)[:size].view(np.int8)
    return np.where(halves > 7, halves - 16, halves).astype(np.int8)


def _dequantised(values: np.ndarray, quantization: Quantization) -> np.ndarray:
    scale, zero_points, axis = 1.0, 0, quantization.axis
    for region in quantization.scales:
        scale = scale * _along(region, "float32", axis, values.shape).astype(np.float64)
    if quantization.zero_points is not None:
        zero_points = _along(quantization.zero_points, "int64", axis, values.shape)
    return dequantised(values, scale, zero_points, None)


def _along(region: FileRegion, dtype: str, axis: int, shape: tuple[int, ...]) -> np.ndarray:
    """One number for all of `shape`, or one a slice along its axis."""
    count = region.length // np.dtype(CODES[dtype]).itemsize
    if count == 1:
        return decode(region.read(), dtype)[0]
    if not 0 <= axis < len(shape) or count != shape[axis]:
        raise DamagedFile(f"{count} scales or zero points along axis {axis} of the shape {shape}")
    beside = [1] * len(shape)
    beside[axis] = count
    return decode(region.read(), dtype).reshape(beside)
