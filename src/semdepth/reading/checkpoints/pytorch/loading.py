"""Loads the numbers of one tensor: the bytes of its storage that it views, and no others."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from semdepth.errors import DamagedFile, UnknownFormat
from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.checkpoint import quoted, reading_as
from semdepth.reading.checkpoints.containers.regions import FileRegion, ZipRegion
from semdepth.reading.checkpoints.number_types import (
    check_readable,
    decode,
    dequantised,
    item_size,
    shaped,
)
from semdepth.reading.checkpoints.pytorch.containers import Container
from semdepth.reading.checkpoints.pytorch.views import Packed, View

EXPECTED = "a PyTorch checkpoint"
MOST_REPEATED = 2**28


def stored_tensor(name: str, tensor: View | Packed, container: Container) -> StoredTensor:
    """What a description stands for; DamagedFile where it reaches outside its storage."""
    if isinstance(tensor, Packed):
        refuse = partial(_refuse, container, name, tensor)
        return StoredTensor(name, tensor.shape, tensor.kind, refuse)
    region = _region(name, tensor, container)
    if tensor.quantizer is None:
        load = partial(_load, region, name, tensor, container.byte_order)
    else:
        for each in (tensor.quantizer.scale, tensor.quantizer.zero_point):
            if isinstance(each, View):
                _region(name, each, container)
        load = partial(_load_quantised, container, name, tensor)
    return StoredTensor(name, tensor.shape, tensor.dtype, load)


def _region(name: str, view: View, container: Container) -> FileRegion | ZipRegion:
    region = container.regions.get(view.storage.key)
    size = item_size(view.dtype)
    if region is None:
        raise DamagedFile(f"tensor {quoted(name)} in a storage that is not in the file")
    if size is not None:
        _check_reach(name, view, region, size)
    return region


def _check_reach(name: str, view: View, region: FileRegion | ZipRegion, size: int) -> None:
    storage = view.storage
    start, stop = view.span
    room = storage.numel * storage.item_size
    if stop * size > room or storage.first * storage.item_size + room > region.length:
        raise DamagedFile(
            f"tensor {quoted(name)} of shape {view.shape} that reaches outside its storage "
            f"({stop * size} bytes of {min(room, region.length)})"
        )
    # Strides of 0 repeat numbers; a small file must not become an array without bounds.
    if math.prod(view.shape) > max(stop - start, MOST_REPEATED):
        raise DamagedFile(f"tensor {quoted(name)} of shape {view.shape} out of {stop} numbers")


def _load(region: FileRegion | ZipRegion, name: str, view: View, byte_order: str) -> np.ndarray:
    check_readable(region.path, name, view.dtype)
    size = item_size(view.dtype)
    base = view.storage.first * view.storage.item_size
    start, stop = view.span
    with reading_as(region.path, EXPECTED):
        raw = region.read(base + start * size, base + stop * size)
        flat = decode(raw, view.dtype, byte_order)
        if view.is_contiguous or flat.size == 0:
            return shaped(flat, view.shape)
    # An axis of length 1 may carry any stride, however large.
    pairs = zip(view.shape, view.strides, strict=True)
    steps = [0 if n == 1 else step * flat.itemsize for n, step in pairs]
    return np.lib.stride_tricks.as_strided(flat, view.shape, steps, writeable=False)


def _load_quantised(container: Container, name: str, view: View) -> np.ndarray:
    """The numbers that the stored whole numbers stand for, as float32."""

    def numbers(each: View | float) -> np.ndarray | float:
        if not isinstance(each, View):
            return each
        return _load(container.regions[each.storage.key], name, each, container.byte_order)

    quantizer = view.quantizer
    scale, zero_point = numbers(quantizer.scale), numbers(quantizer.zero_point)
    return dequantised(numbers(view), scale, zero_point, quantizer.axis)


def _refuse(container: Container, name: str, tensor: Packed) -> np.ndarray:
    raise UnknownFormat(
        f"{container.path}: expected the numbers of tensor {quoted(name)} in one piece, found "
        f"{tensor.kind}, which semdepth does not read; {tensor.way_out}"
    )
