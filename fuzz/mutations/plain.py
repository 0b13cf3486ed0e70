"""Damages any bytes: flipped bits, cuts, repetitions, numbers overwritten, two files spliced."""

from __future__ import annotations

from fuzz.dice import Dice

# How files of other kinds begin.
LEADS = (
    b"PK\x03\x04",
    b"\x93NUMPY\x01\x00",
    b"\x89HDF\r\n\x1a\n",
    b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.",
    b"\x80\x04\x95",
    b"\x08\x07\x12\x07pytorch",
    b"\x1c\x00\x00\x00TFL3",
    b"\x81\xa6params",
    b"\x40\x00\x00\x00\x00\x00\x00\x00{",
    b'{"weightsManifest":',
    b"\x1f\x8b\x08",
    b"PAR1",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"",
)


def flip_bits(data: bytes, dice: Dice) -> bytes:
    """A few single bits."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 16)) if data else 0):
        changed[dice.place(data)] ^= 1 << dice.randrange(8)
    return bytes(changed)


def overwrite_number(data: bytes, dice: Dice) -> bytes:
    """A number of one to eight bytes, aligned or not, at which arithmetic goes wrong."""
    width = dice.choice((1, 2, 4, 8))
    start = dice.place(data)
    start -= start % width if not dice.one_in(4) else 0
    number = dice.bytes_of(width, len(data), dice.choice(("little", "big")))
    return data[:start] + number + data[start + width :]


def cut(data: bytes, dice: Dice) -> bytes:
    """Broken off, at the end or at the beginning."""
    place = dice.place(data)
    return data[place:] if dice.one_in(6) else data[:place]


def drop(data: bytes, dice: Dice) -> bytes:
    """Without a stretch."""
    start, stop = dice.stretch(data)
    return data[:start] + data[stop:]


def repeat(data: bytes, dice: Dice) -> bytes:
    """A stretch several times."""
    start, stop = dice.stretch(data)
    return data[:stop] + data[start:stop] * dice.choice((1, 2, 50, 2_000)) + data[stop:]


def move(data: bytes, dice: Dice) -> bytes:
    """A stretch over another place."""
    start, stop = dice.stretch(data)
    place = dice.place(data)
    return data[:place] + data[start:stop] + data[place + stop - start :]


def fill(data: bytes, dice: Dice) -> bytes:
    """A stretch of one byte."""
    start, stop = dice.stretch(data, 64)
    byte = dice.choice((0, 0xFF, 0x80, 0x20, 0x28, dice.randrange(256)))
    return data[:start] + bytes([byte]) * (stop - start) + data[stop:]


def insert(data: bytes, dice: Dice) -> bytes:
    """Bytes from nowhere."""
    place = dice.place(data)
    return data[:place] + dice.randbytes(dice.choice((1, 2, 8, 100))) + data[place:]


def splice(data: bytes, dice: Dice) -> bytes:
    """The beginning of this file and the end of another."""
    other = dice.choice(dice.pool) if dice.pool else data
    return data[: dice.place(data)] + other[dice.place(other) :]


def behind_another_lead(data: bytes, dice: Dice) -> bytes:
    """What one format's reader expects, then another's bytes."""
    lead = dice.choice(LEADS)
    return lead + data[len(lead) :] if dice.one_in(2) else lead + data


def within_another(data: bytes, dice: Dice) -> bytes:
    """Before, behind or in the middle of another file."""
    other = dice.choice(dice.pool) if dice.pool else b""
    place = dice.choice((0, len(other), dice.place(other), min(512, len(other))))
    return other[:place] + data + other[place:]


MUTATORS = (
    flip_bits,
    flip_bits,
    overwrite_number,
    overwrite_number,
    cut,
    drop,
    repeat,
    move,
    fill,
    insert,
    splice,
    behind_another_lead,
    within_another,
)
