"""Reads flatbuffers a table at a time: every offset is checked, no number is loaded unasked.

A flatbuffer is a web of tables. A table begins with the way back to its vtable, which lists
where each field lies (0: the field is absent, its default holds); vectors, texts and other
tables stand elsewhere, pointed to by offsets that lead forward.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.containers.regions import FileRegion

PAGE = 16_384
MOST_PAGES = 256
LONGEST_TEXT = 1_000_000
# Tables may share what they point to, so a small file can be a large tree. Networks have some
# ten thousand tensors and operators, of a few fields each.
MOST_STEPS = 2_000_000
STEPS_PER_TABLE = 8


@dataclass(slots=True)
class FlatBuffer:
    """A flatbuffer in a stretch of a file, read by pages; it counts how much was asked of it."""

    region: FileRegion
    steps: int = 0
    pages: dict[int, bytes] = field(default_factory=dict)

    def root(self) -> Table:
        """The table that holds all others."""
        return self.table(self.number("<I", 0))

    def identifier(self) -> bytes:
        """The four bytes that name the kind of flatbuffer."""
        return self.take(4, 4)

    def table(self, position: int) -> Table:
        self.count(STEPS_PER_TABLE)
        vtable = position - self.number("<i", position)
        n_bytes, size = struct.unpack("<HH", self.take(vtable, 4))
        if n_bytes < 4 or n_bytes % 2 or size < 4:
            raise DamagedFile("a table without a list of its fields")
        offsets = struct.unpack(f"<{n_bytes // 2 - 2}H", self.take(vtable + 4, n_bytes - 4))
        return Table(self, position, size, offsets)

    def number(self, layout: str, position: int) -> int | float:
        return struct.unpack(layout, self.take(position, struct.calcsize(layout)))[0]

    def take(self, start: int, size: int) -> bytes:
        """`size` bytes from `start` on."""
        self.check(start, size)
        page, offset = divmod(start, PAGE)
        if offset + size <= PAGE:
            return self._page(page)[offset : offset + size]
        return self.region.read(start, start + size)

    def check(self, start: int, size: int) -> None:
        if start < 0 or start + size > self.region.length:
            raise DamagedFile("an offset that leads out of the file, or a file that breaks off")

    def count(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise DamagedFile("tables that lead to each other without end")

    def _page(self, page: int) -> bytes:
        if page not in self.pages:
            if len(self.pages) >= MOST_PAGES:
                del self.pages[next(iter(self.pages))]
            start = page * PAGE
            self.pages[page] = self.region.read(start, min(start + PAGE, self.region.length))
        return self.pages[page]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its fields by their number in the format's schema."""

    buffer: FlatBuffer
    position: int
    size: int
    offsets: tuple[int, ...]

    def number(self, slot: int, layout: str, default: int = 0) -> int | float:
        """A number in the table itself; `layout` as in `struct`."""
        offset = self._offset(slot, struct.calcsize(layout))
        return self.buffer.number(layout, self.position + offset) if offset else default

    def text(self, slot: int) -> str:
        """A text; empty where there is none."""
        start, count = self._vector(slot, 1)
        if count > LONGEST_TEXT:
            raise DamagedFile(f"a text of {count} bytes")
        self.buffer.count(1 + count // 64)
        try:
            return self.buffer.take(start, count).decode("utf-8")
        except UnicodeDecodeError:
            raise DamagedFile("a text that is not UTF-8") from None

    def table(self, slot: int) -> Table | None:
        """Another table, or None."""
        offset = self._offset(slot, 4)
        return self.buffer.table(self._target(self.position + offset)) if offset else None

    def tables(self, slot: int) -> Iterator[Table]:
        """A vector of tables, one after the other."""
        start, count = self._vector(slot, 4)
        for place in range(start, start + 4 * count, 4):
            yield self.buffer.table(self._target(place))

    def numbers(self, slot: int, layout: str) -> tuple[int, ...]:
        """A vector of small whole numbers, such as a shape; `layout` is one number's, as "i"."""
        size = struct.calcsize("<" + layout)
        start, count = self._vector(slot, size)
        self.buffer.count(count)
        return struct.unpack(f"<{count}{layout}", self.buffer.take(start, count * size))

    def region(self, slot: int, item_size: int) -> FileRegion | None:
        """Where a vector's bytes lie; None where there is none or it is empty. Nothing is read."""
        start, count = self._vector(slot, item_size)
        whole = self.buffer.region
        return FileRegion(whole.path, whole.start + start, count * item_size) if count else None

    def _vector(self, slot: int, item_size: int) -> tuple[int, int]:
        """Where a vector's items begin, and how many there are."""
        offset = self._offset(slot, 4)
        if not offset:
            return 0, 0
        start = self._target(self.position + offset)
        count = self.buffer.number("<I", start)
        self.buffer.check(start + 4, count * item_size)
        return start + 4, count

    def _target(self, place: int) -> int:
        return place + self.buffer.number("<I", place)

    def _offset(self, slot: int, size: int) -> int:
        offset = self.offsets[slot] if slot < len(self.offsets) else 0
        if offset and (offset < 4 or offset + size > self.size):
            raise DamagedFile("a table whose fields lie outside it")
        return offset
