"""Opens PyTorch's files: the pickle that describes the tensors, and where their numbers lie."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.checkpoint import quoted
from semdepth.reading.checkpoints.containers.regions import FileRegion, ZipRegion, zip_entries
from semdepth.reading.checkpoints.containers.restricted_pickle import StandIn, read_pickle
from semdepth.reading.checkpoints.number_types import item_size
from semdepth.reading.checkpoints.pytorch.exported import (
    byte_order,
    is_exported,
    read_exported,
)
from semdepth.reading.checkpoints.pytorch.legacy_tar import read_tar
from semdepth.reading.checkpoints.pytorch.rebuilding import (
    REBUILDERS,
    count,
    persistent_storage,
)
from semdepth.reading.checkpoints.pytorch.shares import check_one_archive
from semdepth.reading.checkpoints.pytorch.torchscript import constants
from semdepth.reading.checkpoints.pytorch.views import Storage, View

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
LONGEST_PICKLE = 100_000_000
CONSTANTS = "constants/"

Regions = dict[str, FileRegion | ZipRegion]


@dataclass(frozen=True, slots=True)
class Container:
    """What a file holds: its unpickled `content`, and the bytes of each storage by key.

    `constants` are those of a TorchScript archive, by name; `entries` are a zip archive's.
    """

    path: Path
    kind: str
    content: object
    regions: Regions
    byte_order: str = "<"
    constants: tuple[tuple[str, View], ...] = ()
    entries: dict[str, ZipRegion] = field(default_factory=dict)


def open_container(path: Path) -> Container:
    """The content of a file in any of PyTorch's forms, no storage of which is read.

    Raises DamagedFile and UnsafeFile with what was found only.
    """
    with path.open("rb") as file:
        lead = file.read(24)
    if lead.startswith(b"PK\x03\x04"):
        return _read_zip(path)
    if LEGACY_MAGIC.to_bytes(10, "little") in lead:
        return Container(path, "PyTorch legacy stream", *_read_stream(path))
    return Container(path, "PyTorch legacy tar", *read_tar(path))


def _read_zip(path: Path) -> Container:
    entries = zip_entries(path)
    check_one_archive(path, entries)
    if is_exported(entries):
        return Container(path, "PyTorch export", *read_exported(entries), entries=entries)
    pickles = [name for name in entries if name == "data.pkl" or name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise DamagedFile(f"a zip archive with {len(pickles)} entries data.pkl, not one")
    prefix = pickles[0].removesuffix("data.pkl")
    content = _description(entries[pickles[0]], persistent_storage)
    held = constants(_constants(entries.get(prefix + "constants.pkl")), entries)
    data, held_data = prefix + "data/", prefix + CONSTANTS
    regions = {name.removeprefix(data): r for name, r in entries.items() if name.startswith(data)}
    regions |= {
        name.removeprefix(prefix): r for name, r in entries.items() if name.startswith(held_data)
    }
    order = byte_order(entries.get(prefix + "byteorder"))
    return Container(path, "PyTorch zip", content, regions, order, held, entries)


def _description(entry: ZipRegion, persistent: Callable[[object], object]) -> object:
    if entry.length > LONGEST_PICKLE:
        raise DamagedFile(f"a description of {entry.length} bytes")
    return read_pickle(io.BytesIO(entry.read()), REBUILDERS, persistent)


def _constants(entry: ZipRegion | None) -> object:
    """What TorchScript's constants.pkl describes; its storages have a folder of their own."""

    def persistent(identity: object) -> object:
        storage = persistent_storage(identity)
        known = isinstance(storage, Storage)
        return replace(storage, key=CONSTANTS + storage.key) if known else storage

    return None if entry is None else _description(entry, persistent)


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
