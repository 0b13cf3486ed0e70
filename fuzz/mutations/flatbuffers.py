"""Damages flatbuffers: offsets that lead elsewhere or in circles, sizes, and lists of fields."""

from __future__ import annotations

import re
import struct
from functools import lru_cache

from fuzz.dice import Dice
from fuzz.mutations import archives
from fuzz.mutations.integers import with_integer
from fuzz.mutations.structures import NotThatStructure


def change_offset(data: bytes, dice: Dice) -> bytes:
    """An offset that leads to what another one leads to, to itself, backwards, or out."""
    places = _offsets(data)
    at, other = dice.choice(places), dice.choice(places)
    target = other + _number(data, other)
    value = dice.choice((target - at, target - at, 0, 4, other - at, dice.number(32, len(data))))
    return with_integer(data, at, 4, value)


def change_number(data: bytes, dice: Dice) -> bytes:
    """A size, an index or a value; of one to eight bytes, aligned."""
    width = dice.choice((1, 2, 4, 4, 8))
    at = dice.place(data) // width * width
    return with_integer(data, at, width, dice.number(8 * width, len(data)))


def change_vtable(data: bytes, dice: Dice) -> bytes:
    """Where a table's fields are said to lie."""
    tables = _tables(data)
    vtable = dice.choice(tables)
    at = vtable + 2 * dice.randrange(max(_short(data, vtable) // 2, 1))
    return with_integer(data, at, 2, dice.choice((0, 4, 8, 0xFFFF, dice.number(16, 64))))


def exchange_vtables(data: bytes, dice: Dice) -> bytes:
    """A table that is read as another kind of table."""
    tables = _tables(data)
    places = [at for at in range(0, len(data) - 4, 4) if at - _signed(data, at) in tables]
    if not places:
        raise NotThatStructure
    at = dice.choice(places)
    return with_integer(data, at, 4, at - dice.choice(tables))


def change_text(data: bytes, dice: Dice) -> bytes:
    """A name, of the same length."""
    texts = [m.span() for m in re.finditer(rb"[ -~]{4,}", data)]
    if not texts:
        raise NotThatStructure
    start, stop = dice.choice(texts)
    raw = dice.text().encode("utf-8", "replace")[: stop - start]
    return data[:start] + raw.ljust(stop - start, b"\0") + data[stop:]


def change_archive(data: bytes, dice: Dice) -> bytes:
    """The zip archive behind the flatbuffer, where the metadata puts its label files."""
    start = data.find(b"PK\x03\x04")
    if start < 0:
        raise NotThatStructure
    return data[:start] + dice.choice(archives.MUTATORS)(data[start:], dice)


@lru_cache(maxsize=64)
def _offsets(data: bytes) -> tuple[int, ...]:
    """Aligned numbers that lead forward to a place within the file."""
    places = range(0, len(data) - 4, 4)
    found = tuple(at for at in places if 4 <= _number(data, at) < len(data) - at)
    if not found:
        raise NotThatStructure
    return found


@lru_cache(maxsize=64)
def _tables(data: bytes) -> tuple[int, ...]:
    """Where lists of fields (vtables) stand: what the beginnings of tables lead back to."""
    found = set()
    for at in range(0, len(data) - 4, 4):
        vtable = at - _signed(data, at)
        if 0 < vtable < len(data) - 4 and 4 <= _short(data, vtable) <= 64 and vtable % 2 == 0:
            found.add(vtable)
    if not found:
        raise NotThatStructure
    return tuple(sorted(found))


def _number(data: bytes, at: int) -> int:
    return struct.unpack_from("<I", data, at)[0]


def _signed(data: bytes, at: int) -> int:
    return struct.unpack_from("<i", data, at)[0]


def _short(data: bytes, at: int) -> int:
    return struct.unpack_from("<H", data, at)[0]


MUTATORS = (
    change_offset,
    change_offset,
    change_number,
    change_number,
    change_vtable,
    exchange_vtables,
    change_text,
    change_archive,
)
