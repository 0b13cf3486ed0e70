"""Where torch computes: what a device is called, what is free there, how large a block may be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from semdepth.errors import MissingExtra, OptionError
from semdepth.kernels.threads import row_blocks

CPU = "cpu"
"""The device that needs no torch: numpy's."""

_TORCH_CPU = "torch-cpu"
# Cells of a block: few enough for a dozen temporaries, enough for a GPU to be busy.
_BLOCK_CELLS = 1 << 22
# What these temporaries take at most, for each cell of a block.
_BYTES_BESIDE = 80


def check_device(device: str) -> None:
    """Raise :class:`OptionError` or :class:`MissingExtra` unless something can be computed there.

    ``"cpu"`` is numpy and always there; ``"cuda"`` and ``"cuda:1"`` are GPUs that torch finds.

    >>> check_device("cpu")
    """
    if device != CPU:
        place_of(device)


def import_torch():
    try:
        import torch
    except ImportError:
        raise MissingExtra("computing on a device (--device)", "torch", "torch") from None
    return torch


def place_of(device: str):
    """torch's name of a device that is there."""
    if not re.fullmatch(rf"{_TORCH_CPU}|cuda(:[0-9]{{1,3}})?", device):
        raise OptionError(
            f"expected the device cpu, cuda or cuda:1, found {device!r}; leave --device out, as "
            "no other is known to give the same labels (mps has no float64)"
        )
    torch = import_torch()
    if device == _TORCH_CPU:
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise OptionError(
            f"expected a CUDA device for --device {device}, found torch {torch.__version__} "
            "without one; leave --device out, or install a torch with CUDA and the GPU's driver"
        )
    place, count = torch.device(device), torch.cuda.device_count()
    if (place.index or 0) >= count:
        raise OptionError(
            f"expected a CUDA device for --device {device}, found {count} of them, counted from "
            "cuda:0; choose one of these, or leave --device out"
        )
    return place


def kind_of(values) -> np.dtype:
    return np.dtype(str(values.dtype).removeprefix("torch."))


def blocks(n: int) -> Iterator[slice]:
    return row_blocks(n, max(1, _BLOCK_CELLS // n))


def beside(n: int) -> int:
    """Bytes of the blocks that are held beside whole matrices."""
    return _BYTES_BESIDE * min(n * n, max(n, _BLOCK_CELLS))


@contextmanager
def room(device: str, needed: int, what: str) -> Iterator[None]:
    """Refuse what does not fit the device's memory, before it starts or when it turns out."""
    refusal = (
        f"expected {needed / 1e9:.1f} GB free on {device} for {what}, found {{}}; leave --device "
        "out, free memory there, or take fewer classes (--classes)"
    )
    free = _free_bytes(device)
    if free is not None and needed > free:
        raise OptionError(refusal.format(f"{free / 1e9:.1f} GB"))
    try:
        yield
    except import_torch().OutOfMemoryError:
        # Another program took some, or it is there in pieces only.
        raise OptionError(refusal.format("less when it was asked for")) from None


def _free_bytes(device: str) -> int | None:
    """What this process may still take on a device, None where the system sees to that."""
    torch, place = import_torch(), place_of(device)
    if place.type != "cuda":
        return None
    free, _ = torch.cuda.mem_get_info(place)
    # torch keeps what it was given, to use it again.
    return free + torch.cuda.memory_reserved(place) - torch.cuda.memory_allocated(place)


@contextmanager
def full_precision(place) -> Iterator[None]:
    """float32 products with all their digits, whatever the caller allowed elsewhere."""
    torch = import_torch()
    # torch 2.9 has this name for it; asking for the older one fails where the new one was set.
    settings = torch.backends.cuda.matmul
    name, full = ("fp32_precision", "ieee")
    if not hasattr(settings, name):
        name, full = ("allow_tf32", False)
    before = getattr(settings, name)
    setattr(settings, name, full)
    try:
        with torch.autocast(place.type, enabled=False):
            yield
    finally:
        setattr(settings, name, before)
