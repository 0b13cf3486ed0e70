"""Damages numpy's arrays: what the header says of type, shape and order, and its length."""

from __future__ import annotations

import re

from fuzz.dice import Dice
from fuzz.mutations import pickles
from fuzz.mutations.structures import NotThatStructure

TYPES = (
    "'|O'",
    "'<f8'",
    "'>f4'",
    "'<f2'",
    "'<f16'",
    "'|b1'",
    "'|S0'",
    "'<U0'",
    "'<U99999999'",
    "'|V8'",
    "'<M8[ns]'",
    "'<c8'",
    "'f'",
    "'<f3'",
    "'<i8'",
    "'<u4'",
    "'|S9999999999'",
    "[('a', '<f4')]",
    "[]",
    "None",
    "1",
    "'<f4', 'x': 1",
    "b'<f4'",
    "'" + "f" * 3_000 + "'",
)
SHAPES = (
    "()",
    "(0,)",
    "(-1,)",
    "(6, 8",
    "(6, 8, )",
    "[6, 8]",
    "6",
    "(True, 8)",
    "(6.0, 8)",
    "None",
    "(2**62, 8)",
    "(1 << 62,)",
    "(4611686018427387904, 2)",
    "(18446744073709551616,)",
    "(0, 99999999999999999999)",
    "(" + "1, " * 70 + ")",
    "(" * 300 + ")" * 300,
    "'68'",
    "(" + "9" * 5_000 + ",)",
    "(48,)",
    "(8, 6)",
    "(6, 8, 1, 1)",
)
ORDERS = ("True", "False", "None", "'x'", "1", "[]", "{}", "__import__('os')")
LITERALS = (
    b"-" * 3_000 + b"1",
    b"{" * 2_000,
    b"[" * 5_000,
    b"{**{}}",
    b"lambda: 0",
    b"1j",
    b"f'{1}'",
    b"{'descr': {1: 2}}",
    b"0" * 9_000,
    b"\0",
    b"\xff\xfe",
    b"{[]: 1}",
    b"{{}}",
    b"...",
)


def change_field(data: bytes, dice: Dice) -> bytes:
    """Another type, shape or order."""
    lead, header, numbers = _split(data)
    field, values = dice.choice(
        (
            (rb"'descr': '[^']*'", TYPES),
            (rb"'shape': \([^)]*\)", SHAPES),
            (rb"'shape': \([^)]*\)", SHAPES),
            (rb"'fortran_order': \w+", ORDERS),
        )
    )
    name = field.split(b":")[0].decode()
    new = f"{name}: {dice.choice(values)}".encode()
    return _joined(lead, re.sub(field, lambda match: new, header, count=1), numbers)


def another_literal(data: bytes, dice: Dice) -> bytes:
    """What Python's literals are not meant for."""
    lead, header, numbers = _split(data)
    place = dice.choice((0, dice.place(header)))
    return _joined(lead, header[:place] + dice.choice(LITERALS) + header[place:], numbers)


def lie_about_the_header(data: bytes, dice: Dice) -> bytes:
    """Another version or length than the header has."""
    if dice.one_in(2):
        return data[:6] + bytes([dice.choice((0, 1, 2, 3, 4, 255))]) + data[7:]
    return data[:8] + dice.bytes_of(dice.choice((2, 4)), len(data)) + data[10:]


def objects(data: bytes, dice: Dice) -> bytes:
    """An array of objects, whose numbers are a pickle."""
    lead, header, _ = _split(data)
    header = re.sub(rb"'descr': '[^']*'", b"'descr': '|O'", header)
    return _joined(lead, header, b"\x80\x02" + dice.choice(pickles.CALLS) + b".")


def _split(data: bytes) -> tuple[bytes, bytes, bytes]:
    if not data.startswith(b"\x93NUMPY") or len(data) < 12:
        raise NotThatStructure
    width = 2 if data[6] == 1 else 4
    length = int.from_bytes(data[8 : 8 + width], "little")
    start = 8 + width
    return data[:8], data[start : start + length], data[start + length :]


def _joined(lead: bytes, header: bytes, numbers: bytes) -> bytes:
    width = 2 if lead[6:7] == b"\x01" else 4
    length = min(len(header), 256**width - 1)
    return lead + length.to_bytes(width, "little") + header + numbers


MUTATORS = (
    change_field,
    change_field,
    change_field,
    another_literal,
    lie_about_the_header,
    objects,
)
