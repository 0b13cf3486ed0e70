"""Reads MessagePack lazily: maps, lists and small values come back, long bytes as their place.

https://github.com/msgpack/msgpack/blob/master/spec.md: each value begins with a byte that names
its kind and, for the small ones, holds its size or value.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.containers.regions import FileRegion

LONGEST_TEXT = 1_000_000
MOST_ENTRIES = 2_000_000
DEEPEST_NESTING = 64
SIMPLE = {0xC0: None, 0xC2: False, 0xC3: True}
NUMBERS = {
    0xCA: ">f",
    0xCB: ">d",
    0xCC: ">B",
    0xCD: ">H",
    0xCE: ">I",
    0xCF: ">Q",
    0xD0: ">b",
    0xD1: ">h",
    0xD2: ">i",
    0xD3: ">q",
}
# Kinds whose size follows in one, two or four bytes.
TEXTS = {0xD9: ">B", 0xDA: ">H", 0xDB: ">I"}
BYTES = {0xC4: ">B", 0xC5: ">H", 0xC6: ">I"}
EXTENSIONS = {0xC7: ">B", 0xC8: ">H", 0xC9: ">I"}
LISTS = {0xDC: ">H", 0xDD: ">I"}
MAPS = {0xDE: ">H", 0xDF: ">I"}


@dataclass(frozen=True, slots=True)
class Extension:
    """A value of a kind that the format leaves to the application: its code, and its bytes."""

    code: int
    region: FileRegion


def read_msgpack(path: Path) -> object:
    """The one value that a file holds: dict, list, text, number, FileRegion or Extension.

    Long bytes are not read. Raises DamagedFile, saying what was found, for anything but one
    whole value.
    """
    with path.open("rb") as file:
        return _Walk(file, FileRegion(path, 0, path.stat().st_size)).whole()


def unpack(region: FileRegion) -> object:
    """As `read_msgpack`, of a stretch of a file."""
    with region.path.open("rb") as file:
        return _Walk(file, region).whole()


class _Walk:
    """One pass over a stretch of a file, which skips long bytes."""

    def __init__(self, file: BinaryIO, region: FileRegion):
        self.file = file
        self.path = region.path
        self.stop = region.start + region.length
        self.entries = 0
        file.seek(region.start)

    def whole(self) -> object:
        value = self.value(DEEPEST_NESTING)
        if self.file.tell() != self.stop:
            raise DamagedFile(f"{self.stop - self.file.tell()} bytes behind the value")
        return value

    def value(self, depth: int) -> object:
        if depth < 0:
            raise DamagedFile("maps and lists nested without end")
        kind = self.take(1)[0]
        if kind in SIMPLE:
            return SIMPLE[kind]
        if kind in NUMBERS:
            return self.number(NUMBERS[kind])
        if kind < 0x80 or kind >= 0xE0:
            return kind if kind < 0x80 else kind - 0x100
        if 0xD4 <= kind <= 0xD8:
            return self.extension(1 << (kind - 0xD4))
        return self.sized(kind, depth)

    def sized(self, kind: int, depth: int) -> object:
        """What has a size: within the byte itself for short ones, behind it for others."""
        if kind in EXTENSIONS:
            return self.extension(self.number(EXTENSIONS[kind]))
        if kind in BYTES:
            return self.skip(self.number(BYTES[kind]))
        if 0xA0 <= kind <= 0xBF or kind in TEXTS:
            return self.text(kind & 31 if kind <= 0xBF else self.number(TEXTS[kind]))
        if 0x90 <= kind <= 0x9F or kind in LISTS:
            count = kind & 15 if kind <= 0x9F else self.number(LISTS[kind])
            self.announce(count)
            return [self.value(depth - 1) for _ in range(count)]
        if kind <= 0x8F or kind in MAPS:
            return self.map(kind & 15 if kind <= 0x8F else self.number(MAPS[kind]), depth)
        raise DamagedFile(f"a value of the unknown kind {kind:#x}")

    def map(self, count: int, depth: int) -> dict:
        self.announce(2 * count)
        found = {}
        for _ in range(count):
            key = self.value(depth - 1)
            if not isinstance(key, str | int):
                raise DamagedFile("a map whose keys are no names")
            found[key] = self.value(depth - 1)
        if len(found) < count:
            raise DamagedFile("a map with one name twice")
        return found

    def extension(self, size: int) -> Extension:
        return Extension(self.number(">b"), self.skip(size))

    def text(self, size: int) -> str:
        if size > LONGEST_TEXT:
            raise DamagedFile(f"a text of {size} bytes")
        try:
            return self.take(size).decode("utf-8")
        except UnicodeDecodeError:
            raise DamagedFile("a text that is not UTF-8") from None

    def number(self, layout: str) -> int | float:
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def announce(self, count: int) -> None:
        """Each announced value takes a byte at least: a greater promise is a lie."""
        self.entries += count
        if self.entries > MOST_ENTRIES or self.file.tell() + count > self.stop:
            raise DamagedFile(f"{self.entries} values announced, more than there can be")

    def take(self, size: int) -> bytes:
        if self.file.tell() + size > self.stop:
            raise DamagedFile("a value that breaks off")
        return self.file.read(size)

    def skip(self, size: int) -> FileRegion:
        start = self.file.tell()
        if start + size > self.stop:
            raise DamagedFile("a value that breaks off")
        self.file.seek(size, io.SEEK_CUR)
        return FileRegion(self.path, start, size)
