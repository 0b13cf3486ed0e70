"""Reads PyTorch's .pt, .pth and .bin files without PyTorch: the zip form and the older stream.

Both hold a pickle that describes the tensors, and the raw numbers ("storages") beside it. The
pickle is read as data (see `restricted_pickle`); numbers are read when a tensor is asked for.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from semdepth.errors import DamagedFile
from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.checkpoint import Checkpoint, quoted, reading_as
from semdepth.reading.checkpoints.class_names import names_in_checkpoint
from semdepth.reading.checkpoints.number_types import check_readable, decode, item_size, shaped
from semdepth.reading.checkpoints.pytorch_tensors import (
    REBUILDERS,
    Storage,
    View,
    count,
    persistent_storage,
)
from semdepth.reading.checkpoints.regions import FileRegion, ZipRegion, zip_entries
from semdepth.reading.checkpoints.restricted_pickle import StandIn, read_pickle

EXPECTED = "a PyTorch checkpoint"
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
LONGEST_PICKLE = 100_000_000
MOST_ENTRIES = 1_000_000
DEEPEST_NESTING = 64
MOST_REPEATED = 2**28

Regions = dict[str, FileRegion | ZipRegion]


def read(path: Path) -> Checkpoint:
    """The tensors of a PyTorch file, nested dictionaries flattened to dotted names.

    Only the pickle and the sizes of the storages are read. Raises DamagedFile, and UnsafeFile
    for a file that would run code if PyTorch's plain loader opened it.
    """
    path = Path(path)
    with reading_as(path, EXPECTED):
        kind = "PyTorch zip" if _is_zip(path) else "PyTorch legacy stream"
        content, regions, byte_order = READERS[kind](path)
        tensors = tuple(
            _tensor(path, name, view, regions, byte_order) for name, view in _views(content)
        )
    names, names_from = names_in_checkpoint(content)
    return Checkpoint(path, kind, tensors, names, names_from, keeps_order=True)


def list_tensors(path: Path) -> list[StoredTensor]:
    """Names, shapes and types of the tensors in a PyTorch file, each loaded when asked."""
    return list(read(path).tensors)


def class_names(path: Path) -> tuple[str, ...] | None:
    """Class names that the checkpoint holds beside its weights (``class_to_idx`` ...), or None."""
    return read(path).class_names


# The two containers


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _read_zip(path: Path) -> tuple[object, Regions, str]:
    entries = zip_entries(path)
    pickles = [name for name in entries if name == "data.pkl" or name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise DamagedFile(f"a zip archive with {len(pickles)} entries data.pkl, not one")
    if entries[pickles[0]].length > LONGEST_PICKLE:
        raise DamagedFile(f"a description of {entries[pickles[0]].length} bytes")
    prefix = pickles[0].removesuffix("data.pkl")
    content = read_pickle(io.BytesIO(entries[pickles[0]].read()), REBUILDERS, persistent_storage)
    data = prefix + "data/"
    regions = {name.removeprefix(data): r for name, r in entries.items() if name.startswith(data)}
    return content, regions, _byte_order(entries.get(prefix + "byteorder"))


def _byte_order(entry: ZipRegion | None) -> str:
    # Files from before torch 2.1 do not say; nearly all of them come from little-endian machines.
    word = b"little" if entry is None else entry.read(0, min(entry.length, 10)).strip()
    if word not in (b"little", b"big"):
        raise DamagedFile(f"the byte order {quoted(word.decode('latin-1'))}")
    return "<" if word == b"little" else ">"


def _read_stream(path: Path) -> tuple[object, Regions, str]:
    storages: dict[str, Storage] = {}

    def persistent(identity: object) -> object:
        storage = persistent_storage(identity)
        if isinstance(storage, Storage):
            storages.setdefault(storage.key, _whole(storage, identity))
        return storage

    with path.open("rb") as stream:
        if read_pickle(stream, {}, StandIn) != LEGACY_MAGIC:
            raise DamagedFile("a stream without PyTorch's magic number")
        if read_pickle(stream, {}, StandIn) != LEGACY_PROTOCOL:
            raise DamagedFile("a stream of another protocol than 1001")
        read_pickle(stream, {}, StandIn)  # the writing machine's type sizes, unused by PyTorch too
        content = read_pickle(stream, REBUILDERS, persistent)
        keys = read_pickle(stream, {}, StandIn)
        regions = _stream_regions(path, stream, keys, storages)
    # Whatever machine wrote the stream: PyTorch swaps its numbers to little-endian.
    return content, regions, "<"


def _whole(storage: Storage, identity: tuple) -> Storage:
    # Of a view, the identity still tells the size of the storage it is a view of.
    return replace(storage, numel=count(identity[4]), first=0)


def _stream_regions(
    path: Path, stream: BinaryIO, keys: object, storages: dict[str, Storage]
) -> Regions:
    """Where each storage lies: in the order of `keys`, each led by its 8-byte count."""
    if not isinstance(keys, list) or not all(isinstance(k, str) and k in storages for k in keys):
        raise DamagedFile("a list of storages that does not fit the tensors")
    regions: Regions = {}
    size = path.stat().st_size
    for key in keys:
        storage = storages[key]
        count = int.from_bytes(stream.read(8), "little", signed=True)
        if count != storage.numel:
            raise DamagedFile(
                f"storage {quoted(key)} with {count} numbers where {storage.numel} were announced, "
                "or a file that breaks off"
            )
        length = count * (item_size(storage.dtype) or 1)
        regions[key] = FileRegion(path, stream.tell(), length)
        if stream.tell() + length > size:
            raise DamagedFile(f"a file of {size} bytes that breaks off within its numbers")
        stream.seek(length, io.SEEK_CUR)
    return regions


READERS = {"PyTorch zip": _read_zip, "PyTorch legacy stream": _read_stream}


# From the unpickled content to tensors


def _views(content: object) -> Iterator[tuple[str, View]]:
    """Every tensor in nested containers, in order, under its dotted name."""
    remaining = MOST_ENTRIES
    waiting: list[tuple[str, object, int]] = [("", content, 0)]
    while waiting:
        name, value, depth = waiting.pop()
        remaining -= 1
        if remaining < 0 or depth > DEEPEST_NESTING:
            raise DamagedFile("containers nested without end")
        if isinstance(value, View):
            yield name or "weight", value
        children = [(_dotted(name, key), child, depth + 1) for key, child in _children(value)]
        waiting.extend(reversed(children))


def _children(value: object) -> Iterator[tuple[object, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from enumerate(value)
    elif isinstance(value, StandIn):
        yield from value.entries.items()
        if isinstance(value.state, dict):
            yield from value.state.items()


def _dotted(name: str, key: object) -> str:
    # A pickled nn.Module keeps its tensors in these three; a state dict does not name them.
    if key in ("_parameters", "_buffers", "_modules"):
        return name
    own = key if isinstance(key, str) else str(key) if isinstance(key, int) else "?"
    return f"{name}.{own}" if name else own


def _tensor(path: Path, name: str, view: View, regions: Regions, byte_order: str) -> StoredTensor:
    region = regions.get(view.storage.key)
    size = item_size(view.dtype)
    if region is None:
        raise DamagedFile(f"tensor {quoted(name)} in a storage that is not in the file")
    if size is not None:
        _check_reach(name, view, region, size)
    load = partial(_load, region, name, view, byte_order)
    return StoredTensor(name, view.shape, view.dtype, load)


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
