"""Reads protobuf's wire format field by field, passing over what the fields hold.

A message is a row of fields, each led by its number and kind; a message within a message is a
field of bytes. So a reader that steps from lead to lead reads a few bytes of a file of gigabytes.
The format: https://protobuf.dev/programming-guides/encoding
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from semdepth.errors import DamagedFile

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
LONGEST_VARINT = 10
WINDOW = 1 << 12
# The graph of a large network has a hundred thousand fields; a file of nothing but empty ones
# would keep a reader busy for hours.
MOST_FIELDS = 3_000_000
LONGEST_TEXT = 1 << 16
LONGEST_LIST = 1 << 16


class Field(NamedTuple):
    """A field of a message: its number, its kind, its value if a VARINT, its bytes' place."""

    number: int
    kind: int
    value: int
    start: int
    stop: int

    @property
    def is_bytes(self) -> bool:
        return self.kind == BYTES

    @property
    def signed(self) -> int:
        """The value of a VARINT as protobuf's int64, where a negative one takes ten bytes."""
        return self.value - (1 << 64) if self.value >> 63 else self.value


class Window:
    """A file seen through a window that moves along; what is passed over is never read."""

    def __init__(self, path: Path, file: BinaryIO):
        self.path = path
        self.size = path.stat().st_size
        self._file = file
        self._start, self._held = 0, b""
        self._fields_left = MOST_FIELDS

    def read(self, start: int, stop: int) -> bytes:
        """Bytes `start` to `stop`, which lie within the file."""
        first, last = start - self._start, stop - self._start
        if first < 0 or last > len(self._held):
            self._file.seek(start)
            self._start, self._held = start, self._file.read(max(stop - start, WINDOW))
            first, last = 0, stop - start
            if last > len(self._held):
                raise DamagedFile("a file that breaks off")
        return self._held[first:last]

    def fields(self, start: int, stop: int) -> Iterator[Field]:
        """The fields of the message at `start` to `stop`; none reaches beyond it."""
        while start < stop:
            self._fields_left -= 1
            if self._fields_left < 0:
                raise DamagedFile(f"more than {MOST_FIELDS} fields")
            tag, start = self._varint(start, stop)
            number, kind, value, end = tag >> 3, tag & 7, 0, start
            if kind == VARINT:
                value, end = self._varint(start, stop)
            elif kind == BYTES:
                length, start = self._varint(start, stop)
                end = start + length
            elif kind in (FIXED32, FIXED64):
                end = start + (4 if kind == FIXED32 else 8)
            if number == 0 or (end == start and kind != BYTES):
                raise DamagedFile(f"a field of number {number} and kind {kind} at byte {start}")
            if end > stop:
                raise DamagedFile(
                    f"a field that ends at byte {end} of a message that ends at {stop}"
                )
            yield Field(number, kind, value, start, end)
            start = end

    def _varint(self, start: int, stop: int) -> tuple[int, int]:
        first = start - self._start
        if start < stop and 0 <= first < len(self._held) and self._held[first] < 0x80:
            return self._held[first], start + 1  # most are one byte, and at hand
        value = 0
        for place, byte in enumerate(self.read(start, min(start + LONGEST_VARINT, stop))):
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                return value & 0xFFFF_FFFF_FFFF_FFFF, start + place + 1
        raise DamagedFile(f"a number without end at byte {start}")


@dataclass(frozen=True, slots=True)
class Message:
    """A stretch of a file that holds fields."""

    window: Window
    start: int
    stop: int

    def __iter__(self) -> Iterator[Field]:
        return self.window.fields(self.start, self.stop)

    def inner(self, field: Field) -> Message:
        return Message(self.window, field.start, field.stop)

    def text(self, field: Field, longest: int = LONGEST_TEXT) -> str:
        """The field's text; bytes that are no UTF-8 are shown escaped."""
        length = field.stop - field.start
        if length > longest:
            raise DamagedFile(f"a text of {length} bytes where {longest} are enough")
        return self.window.read(field.start, field.stop).decode("utf-8", "backslashreplace")

    def whole_numbers(self, field: Field) -> tuple[int, ...]:
        """Signed numbers of a repeated field, packed into one stretch of bytes or one alone."""
        if field.kind == VARINT:
            return (field.signed,)
        if field.stop - field.start > LONGEST_LIST:
            raise DamagedFile(f"a list of {field.stop - field.start} bytes where {LONGEST_LIST} do")
        return tuple(varints(self.window.read(field.start, field.stop)).tolist())


def varints(raw: bytes) -> np.ndarray:
    """The numbers (int64) of a row of varints, all at once.

    >>> varints(bytes([5, 0xAC, 0x02] + [255] * 9 + [1]))
    array([  5, 300,  -1])
    """
    data = np.frombuffer(raw, np.uint8)
    ends = np.flatnonzero(data < 0x80)
    if len(data) == 0:
        return np.zeros(0, np.int64)
    if len(ends) == 0 or ends[-1] != len(data) - 1:
        raise DamagedFile("a row of numbers that breaks off")
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if lengths.max() > LONGEST_VARINT:
        raise DamagedFile("a number without end")
    place = np.arange(len(data)) - np.repeat(starts, lengths)
    parts = (data & 0x7F).astype(np.uint64) << (7 * place).astype(np.uint64)
    return np.bitwise_or.reduceat(parts, starts).view(np.int64)
