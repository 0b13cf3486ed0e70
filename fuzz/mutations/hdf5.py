"""Damages HDF5: addresses and sizes in its blocks, so that they point astray or at each other."""

from __future__ import annotations

import re
import struct
from functools import lru_cache

from fuzz.dice import Dice
from fuzz.mutations.integers import with_integer
from fuzz.mutations.structures import NotThatStructure

BLOCKS = re.compile(rb"\x89HDF|TREE|SNOD|HEAP|GCOL|OHDR|OCHK|FRHP|FHDB|FHIB|BTHD|BTLF|BTIN")
LONGEST_BLOCK = 120
# Object headers in their older form: version, number of messages, references, length.
OLD_HEADER = re.compile(rb"\x01\0..[\x01\x02]\0\0\0..\0\0", re.DOTALL)


def change_address(data: bytes, dice: Dice) -> bytes:
    """An address that points at another block, at itself, near the end, or nowhere."""
    addresses = [at for at in _words(data, 8) if 0 < _word(data, at, 8) < len(data)]
    if not addresses:
        raise NotThatStructure
    at = dice.choice(addresses)
    blocks = _blocks(data)
    targets = (dice.choice(blocks), dice.choice(blocks), at, dice.number(64, len(data)), 2**64 - 1)
    return with_integer(data, at, 8, dice.choice(targets))


def change_field(data: bytes, dice: Dice) -> bytes:
    """A number in the first bytes of a block: version, count, level, size, flags."""
    start = dice.choice(_blocks(data))
    width = dice.choice((1, 1, 2, 4, 8))
    at = start + dice.randrange(4, LONGEST_BLOCK) // width * width
    return with_integer(data, min(at, len(data) - width), width, dice.number(8 * width, len(data)))


def change_size(data: bytes, dice: Dice) -> bytes:
    """Any number that is not 0, of one to eight bytes."""
    width = dice.choice((1, 2, 4, 8))
    places = _words(data, width)
    if not places:
        raise NotThatStructure
    return with_integer(data, dice.choice(places), width, dice.number(8 * width, len(data)))


def exchange_blocks(data: bytes, dice: Dice) -> bytes:
    """What stands in one block in the place of another."""
    blocks = _blocks(data)
    one, other = dice.choice(blocks), dice.choice(blocks)
    length = dice.choice((8, 24, 64, LONGEST_BLOCK))
    content = data[other : other + length]
    return data[:one] + content + data[one + len(content) :]


def change_text(data: bytes, dice: Dice) -> bytes:
    """A name or a text in an attribute, of the same length."""
    texts = [m.span() for m in re.finditer(rb"[ -~]{4,}", data)]
    if not texts:
        raise NotThatStructure
    start, stop = dice.choice(texts)
    raw = dice.text().encode("utf-8", "replace")[: stop - start]
    return data[:start] + raw.ljust(stop - start, dice.choice((b"\0", b"x"))) + data[stop:]


@lru_cache(maxsize=64)
def _blocks(data: bytes) -> tuple[int, ...]:
    """Where blocks and object headers begin."""
    marked = [match.start() for match in BLOCKS.finditer(data)]
    old = [match.start() for match in OLD_HEADER.finditer(data) if match.start() % 8 == 0]
    if not marked:
        raise NotThatStructure
    return (*marked, *old)


@lru_cache(maxsize=64)
def _words(data: bytes, width: int) -> tuple[int, ...]:
    """Where aligned numbers stand that are not 0."""
    whole = len(data) // width * width
    form = f"<{whole // width}{ {1: 'B', 2: 'H', 4: 'I', 8: 'Q'}[width] }".replace(" ", "")
    numbers = struct.unpack(form, data[:whole])
    return tuple(width * i for i, number in enumerate(numbers) if number)


def _word(data: bytes, at: int, width: int) -> int:
    return int.from_bytes(data[at : at + width], "little")


MUTATORS = (
    change_address,
    change_address,
    change_field,
    change_field,
    change_size,
    exchange_blocks,
    change_text,
)
