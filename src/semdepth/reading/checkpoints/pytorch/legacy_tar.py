"""Opens the tar form that PyTorch wrote before 0.1.10: storages, tensors, and the pickle of names.

Three entries, as ``legacy_load`` in torch/serialization.py reads them: ``storages`` (a count;
for each a pickle of key, place and class, then the number of its numbers and the numbers; then
views of storages), ``tensors`` (a count; for each a pickle of keys, then axes, sizes, strides
and offset as plain integers), and ``pickle``, whose persistent ids are the tensors' keys.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.containers.regions import FileRegion, ZipRegion
from semdepth.reading.checkpoints.containers.restricted_pickle import StandIn, read_pickle
from semdepth.reading.checkpoints.number_types import item_size
from semdepth.reading.checkpoints.pytorch.rebuilding import (
    MOST_AXES,
    REBUILDERS,
    count,
    key_of,
    storage_type,
    view_of,
)
from semdepth.reading.checkpoints.pytorch.views import Storage, View

ENTRIES = ("storages", "tensors", "pickle")
MOST_STORAGES = 1_000_000
MOST_TAR_ENTRIES = 100
BLOCK = 512

Regions = dict[str, FileRegion | ZipRegion]


def is_legacy_tar(path: Path) -> bool:
    """Whether a tar archive holds PyTorch's three entries."""
    try:
        return set(ENTRIES) <= set(_places(path))
    except DamagedFile:
        return False


def read_tar(path: Path) -> tuple[object, Regions, str]:
    """What the pickle describes, and where each storage's numbers lie in the file.

    Raises DamagedFile, and UnsafeFile, with what was found only.
    """
    places = _places(path)
    if not set(ENTRIES) <= set(places):
        raise DamagedFile("a tar archive without PyTorch's storages, tensors and pickle")
    with path.open("rb") as file:
        storages, regions = _storages(path, Entry(file, *places["storages"]))
        tensors = _tensors(Entry(file, *places["tensors"]), storages)
        entry = Entry(file, *places["pickle"])
        content = read_pickle(entry, REBUILDERS, _lookup({**storages, **tensors}))
    return content, regions, "<"


def _places(path: Path) -> dict[str, tuple[int, int]]:
    """Where the plain files of the archive lie: their beginnings and lengths.

    Links and the like are passed over. Read here, since Python's tarfile takes the memory that
    a header asks for.
    """
    places: dict[str, tuple[int, int]] = {}
    size, place = path.stat().st_size, 0
    with path.open("rb") as file:
        for _ in range(MOST_TAR_ENTRIES):
            file.seek(place)
            header = file.read(BLOCK)
            if len(header) < BLOCK or not header.strip(b"\0"):
                break
            start, length = place + BLOCK, _length(header[124:136])
            if start + length > size:
                raise DamagedFile(f"a tar archive of {size} bytes that breaks off")
            if header[156:157] in (b"0", b"\0"):
                name = header[:100].split(b"\0")[0].decode("latin-1")
                places[name.removeprefix("./")] = start, length
            place = start + -(-length // BLOCK) * BLOCK
    return places


def _length(field: bytes) -> int:
    """An entry's length: octal digits, or, behind a set first bit, a binary number."""
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError:
        raise DamagedFile("a tar archive with a length that is no number") from None


class Entry(io.RawIOBase):
    """One entry of the archive as a stream that ends where the entry ends."""

    def __init__(self, file: BinaryIO, start: int, length: int):
        self.file, self.place, self.stop = file, start, start + length

    def read(self, size: int = -1) -> bytes:
        room = self.stop - self.place
        self.file.seek(self.place)
        data = self.file.read(room if size < 0 else min(size, room))
        self.place += len(data)
        return data

    def readline(self, size: int = -1) -> bytes:
        room = self.stop - self.place
        self.file.seek(self.place)
        data = self.file.readline(room if size < 0 else min(size, room))
        self.place += len(data)
        return data

    def skip(self, size: int) -> None:
        if size > self.stop - self.place:
            raise DamagedFile("a tar archive that breaks off within its numbers")
        self.place += size

    def integers(self, layout: str) -> tuple[int, ...]:
        data = self.read(struct.calcsize(layout))
        if len(data) < struct.calcsize(layout):
            raise DamagedFile("a tar archive that breaks off within its tensors")
        return struct.unpack(layout, data)


def _storages(path: Path, entry: Entry) -> tuple[dict[str, Storage], Regions]:
    storages: dict[str, Storage] = {}
    regions: Regions = {}
    for key, _, kind in _records(entry):
        dtype = storage_type(kind)
        if dtype is None:
            raise DamagedFile("a storage of an unknown number type")
        (numel,) = entry.integers("<q")
        length = count(numel) * (item_size(dtype) or 1)
        storages[key] = Storage(key, dtype, numel)
        regions[key] = FileRegion(path, entry.place, length)
        entry.skip(length)
    views = read_pickle(entry, {}, StandIn)
    for key, root, offset, numel in _quadruples(views):
        if key_of(root) not in storages:
            raise DamagedFile("a view of a storage that is not in the file")
        of = storages[key_of(root)]
        storages[key_of(key)] = replace(of, first=of.first + count(offset), numel=count(numel))
    return storages, regions


def _records(entry: Entry) -> Iterator[tuple]:
    """The (key, ..., ...) before each storage or tensor; the numbers behind it are the caller's."""
    number = read_pickle(entry, {}, StandIn)
    if type(number) is not int or not 0 <= number <= MOST_STORAGES:
        raise DamagedFile("a tar archive without a number of storages")
    for _ in range(number):
        record = read_pickle(entry, {}, StandIn)
        if not isinstance(record, tuple) or len(record) != 3:
            raise DamagedFile("a storage or tensor without a key")
        yield key_of(record[0]), *record[1:]


def _quadruples(views: object) -> list[tuple]:
    if not isinstance(views, list) or not all(isinstance(v, tuple) and len(v) == 4 for v in views):
        raise DamagedFile("a list of views that is none")
    return views


def _tensors(entry: Entry, storages: dict[str, Storage]) -> dict[str, View]:
    tensors: dict[str, View] = {}
    for key, storage, _ in _records(entry):
        if key_of(storage) not in storages:
            raise DamagedFile("a tensor in a storage that is not in the file")
        axes, _ = entry.integers("<ii")
        if not 0 <= axes <= MOST_AXES:
            raise DamagedFile(f"a tensor with {axes} axes")
        sizes, strides = entry.integers(f"<{axes}q"), entry.integers(f"<{axes}q")
        (offset,) = entry.integers("<q")
        tensors[key] = view_of(storages[key_of(storage)], offset, sizes, strides)
    return tensors


def _lookup(known: dict[str, object]) -> Callable[[object], object]:
    def persistent(identity: object) -> object:
        if isinstance(identity, tuple):  # the class of a pickled layer, with its source code
            return identity[0] if identity else StandIn()
        known_by = str(identity) if isinstance(identity, str | int) else None
        return known.get(known_by, StandIn(identity))

    return persistent
