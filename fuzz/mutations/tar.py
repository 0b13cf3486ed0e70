"""Damages tar archives: the fields of their headers, and the pickles in their entries."""

from __future__ import annotations

from fuzz.dice import Dice
from fuzz.mutations import pickles
from fuzz.mutations.structures import NotThatStructure

BLOCK = 512
TYPES = b"0127xgLKSV\x00"


def change_length(data: bytes, dice: Dice) -> bytes:
    """An entry's length: octal, binary, too large, negative, or no number."""
    start = _header(data, dice) + 124
    number = dice.number(64, len(data))
    field = dice.choice(
        (
            b"%011o\0" % (number % 8**11),
            b"\x80" + number.to_bytes(11, "big"),
            b"\xff" * 12,
            b"-0000000001\0",
            b"0x7fffffff\0\0",
            b"            ",
            b"99999999999\0",
        )
    )
    return data[:start] + field + data[start + 12 :]


def change_kind(data: bytes, dice: Dice) -> bytes:
    """An entry turned into a link, a device, a folder, or a lead of a long name."""
    start = _header(data, dice)
    link = dice.choice((b"/etc/passwd", b"../decoy.bin", b"storages")).ljust(100, b"\0")
    kind = bytes([dice.choice(TYPES)])
    return data[: start + 156] + kind + link + data[start + 257 :]


def rename(data: bytes, dice: Dice) -> bytes:
    """An entry under another name."""
    start = _header(data, dice)
    name = dice.choice(("storages", "tensors", "pickle", "./pickle", dice.text()))
    raw = name.encode("utf-8", "replace")[:100].ljust(100, b"\0")
    return data[:start] + raw + data[start + 100 :]


def exchange(data: bytes, dice: Dice) -> bytes:
    """Two blocks in each other's place."""
    one, other = sorted((dice.place(data) // BLOCK, dice.place(data) // BLOCK))
    blocks = [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]
    blocks[one], blocks[other] = blocks[other], blocks[one]
    return b"".join(blocks)


def change_pickles(data: bytes, dice: Dice) -> bytes:
    """The pickles at the beginning of an entry, which keeps its place."""
    start = _header(data, dice) + BLOCK
    length = max(int(data[start - BLOCK + 124 : start - BLOCK + 135].strip(b" \0") or b"0", 8), 1)
    entry = dice.choice(pickles.MUTATORS)(data[start : start + length], dice)
    header = data[start - BLOCK : start - BLOCK + 124] + b"%011o\0" % len(entry)
    header += data[start - BLOCK + 136 : start]
    padded = entry + bytes(-len(entry) % BLOCK)
    following = data[start + -(-length // BLOCK) * BLOCK :]
    return data[: start - BLOCK] + header + padded + following


def _header(data: bytes, dice: Dice) -> int:
    """Where some entry's header stands."""
    starts = [
        at for at in range(0, len(data) - BLOCK, BLOCK) if data[at + 257 : at + 262] == b"ustar"
    ]
    starts = [at for at in starts if data[at + 124 : at + 135].strip(b" \0").isdigit()]
    if not starts or any(
        set(data[at + 124 : at + 135].strip(b" \0")) & set(b"89") for at in starts
    ):
        raise NotThatStructure
    return dice.choice(starts)


MUTATORS = (change_length, change_kind, rename, exchange, change_pickles, change_pickles)
