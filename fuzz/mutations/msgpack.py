"""Damages MessagePack: the leads that say what follows and how much, texts, and extensions."""

from __future__ import annotations

from fuzz.dice import Dice
from fuzz.mutations.structures import NotThatStructure

# Bytes behind the lead: of numbers, and of the size of what has one.
NUMBERS = {0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
SIZED = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
EXTENSIONS = {0xC7: 1, 0xC8: 2, 0xC9: 4}
HOLDERS = {0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}
STRANGE = (
    b"\x91" * 5_000,
    b"\x81\xa1a" * 3_000,
    b"\xdd\xff\xff\xff\xff",
    b"\xdf\x7f\xff\xff\xff",
    b"\xdb\xff\xff\xff\xff",
    b"\xc6\xff\xff\xff\xff",
    b"\xc9\xff\xff\xff\xff\x01",
    b"\xc1",
    b"\xc0",
    b"\xcb\x7f\xf8\0\0\0\0\0\0",
    b"\xd6\xff\0\0\0\0",
    b"\xc7\x00\x01",
    b"\x90",
    b"\x80",
    b"\xcf" + b"\xff" * 8,
    b"\xd3\x80" + bytes(7),
)
Tokens = list[tuple[bytes, bytes]]


def change_lead(data: bytes, dice: Dice) -> bytes:
    """Another kind or size of value."""
    tokens = _tokens(data)
    at = dice.place(tokens)
    lead, content = tokens[at]
    if len(lead) > 1 and not dice.one_in(3):
        size = dice.bytes_of(len(lead) - 1, len(content), "big")
        tokens[at] = lead[:1] + size, content
    elif dice.one_in(2):
        tokens[at] = bytes([dice.randrange(256)]) + lead[1:], content
    else:
        tokens[at] = bytes([lead[0] + dice.choice((-1, 1)) & 0xFF]) + lead[1:], content
    return _joined(tokens)


def change_content(data: bytes, dice: Dice) -> bytes:
    """A text, bytes or an extension, its size as it then is; values within one are damaged so."""
    tokens = _tokens(data)
    places = [i for i, (lead, content) in enumerate(tokens) if content]
    if not places:
        raise NotThatStructure
    at = dice.choice(places)
    lead, content = tokens[at]
    if lead[0] in EXTENSIONS or 0xD4 <= lead[0] <= 0xD8:
        code = dice.choice((content[0], content[0], dice.randrange(256)))
        within = dice.choice((change_lead, change_content, change_order, insert))
        tokens[at] = _extension(code, within(content[1:], dice))
    else:
        tokens[at] = _text(dice.text())
    return _joined(tokens)


def change_order(data: bytes, dice: Dice) -> bytes:
    """A value dropped, doubled, or exchanged with another."""
    tokens = _tokens(data)
    one, other = dice.place(tokens), dice.place(tokens)
    what = dice.randrange(3)
    if what == 0:
        del tokens[one]
    elif what == 1:
        tokens.insert(one, tokens[other])
    else:
        tokens[one], tokens[other] = tokens[other], tokens[one]
    return _joined(tokens)


def insert(data: bytes, dice: Dice) -> bytes:
    """A value that is deep, huge or no value, in addition or in the place of one."""
    tokens = _tokens(data)
    at = dice.place(tokens)
    tokens[at : at + dice.randrange(2)] = [(dice.choice(STRANGE), b"")]
    return _joined(tokens)


def _tokens(data: bytes) -> Tokens:
    """Each value's lead, and its content unless that is values: of extensions, code and bytes."""
    tokens, at = [], 0
    while at < len(data):
        kind = data[at]
        width = (
            NUMBERS.get(kind) or SIZED.get(kind) or EXTENSIONS.get(kind) or HOLDERS.get(kind) or 0
        )
        end = at + 1 + width
        size = int.from_bytes(data[at + 1 : end], "big")
        if kind in NUMBERS or kind in HOLDERS:
            size = 0
        elif kind in EXTENSIONS:
            size += 1
        elif 0xD4 <= kind <= 0xD8:
            size = 1 + (1 << kind - 0xD4)
        elif 0xA0 <= kind <= 0xBF:
            size = kind & 31
        if end + size > len(data):
            raise NotThatStructure
        tokens.append((data[at:end], data[end : end + size]))
        at = end + size
    if not tokens:
        raise NotThatStructure
    return tokens


def _text(value: str) -> tuple[bytes, bytes]:
    raw = value.encode("utf-8", "surrogatepass")
    return b"\xdb" + len(raw).to_bytes(4, "big"), raw


def _extension(code: int, content: bytes) -> tuple[bytes, bytes]:
    return b"\xc9" + len(content).to_bytes(4, "big"), bytes([code]) + content


def _joined(tokens: Tokens) -> bytes:
    return b"".join(lead + content for lead, content in tokens)


MUTATORS = (change_lead, change_lead, change_content, change_content, change_order, insert)
