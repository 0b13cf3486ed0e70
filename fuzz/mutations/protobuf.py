"""Damages protobuf messages by field: numbers, kinds, values, lengths, order, nesting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fuzz.dice import Dice
from fuzz.mutations.structures import NotThatStructure

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
WIDTHS = {FIXED64: 8, FIXED32: 4}
DEEPEST = 8
# Longer rows of bytes are numbers, not messages.
LONGEST_MESSAGE = 1 << 14


@dataclass(slots=True)
class Field:
    """A field: its value is a number, bytes, or the fields of the message within it.

    `length` is what it claims to be long, where that is not so; `raw` replaces it altogether.
    """

    number: int
    kind: int
    value: int | bytes | list[Field]
    length: int | None = None
    raw: bytes | None = None


def change_number(data: bytes, dice: Dice) -> bytes:
    """A whole number, such as an axis, a type or a size."""
    message = _message(data)
    fields = [f for f in _all(message) if isinstance(f.value, int)]
    if not fields:
        raise NotThatStructure
    field = dice.choice(fields)
    field.value = dice.number(64, len(data))
    return _written(message)


def change_text(data: bytes, dice: Dice) -> bytes:
    """A text or row of bytes: another one of the file, or a strange one."""
    message = _message(data)
    fields = [f for f in _all(message) if isinstance(f.value, bytes)]
    if not fields:
        raise NotThatStructure
    field = dice.choice(fields)
    strange = dice.text().encode("utf-8", "replace")
    packed = b"".join(_varint(dice.number()) for _ in range(dice.randint(1, 5)))
    values = (strange, strange, packed, b"", field.value[:-1], field.value + b"\0", field.value * 3)
    field.value = dice.choice(values) if dice.one_in(2) else dice.choice(fields).value
    return _written(message)


def change_lead(data: bytes, dice: Dice) -> bytes:
    """Another number or kind of field."""
    message = _message(data)
    field = dice.choice(list(_all(message)))
    if dice.one_in(2):
        field.number = dice.choice(
            (0, 1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 13, 14, 20, 2**29 - 1, 2**61)
        )
    else:
        content = _content(field)
        field.raw = _varint(field.number << 3 | dice.choice((0, 1, 2, 3, 4, 5, 6, 7))) + content
    return _written(message)


def lie_about_a_length(data: bytes, dice: Dice) -> bytes:
    """A message or text that claims to be longer or shorter."""
    message = _message(data)
    fields = [f for f in _all(message) if f.kind == BYTES]
    if not fields:
        raise NotThatStructure
    field = dice.choice(fields)
    held = len(_content(field))
    field.length = dice.choice((held - 1, held + 1, 2 * held, dice.number(64, len(data))))
    return _written(message)


def change_order(data: bytes, dice: Dice) -> bytes:
    """A field dropped, doubled, repeated thousands of times, or put elsewhere."""
    message = _message(data)
    holders = [message, *(f.value for f in _all(message) if isinstance(f.value, list) and f.value)]
    one, other = dice.choice(holders), dice.choice(holders)
    field = one[dice.place(one)]
    what = dice.randrange(5)
    if what == 0:
        one.remove(field)
    elif what == 1:
        one.append(field)
    elif what == 2:
        one += [field] * dice.choice((10, 3_000))
    elif what == 3:
        copy = Field(field.number, field.kind, 0, raw=_field(field))
        other.insert(dice.place(other), copy)
    else:
        dice.shuffle(one)
    return _written(message)


def nest(data: bytes, dice: Dice) -> bytes:
    """A message within itself, many times over."""
    message = _message(data)
    fields = [f for f in _all(message) if isinstance(f.value, list)]
    if not fields:
        raise NotThatStructure
    field, content = dice.choice(fields), b""
    inner = dice.choice(fields)
    numbers = dice.choice(((inner.number,), (inner.number, field.number), (7, 1, 5, 6)))
    for k in range(dice.choice((2, 20, 500, 3_000))):
        content = _varint(numbers[k % len(numbers)] << 3 | BYTES) + _varint(len(content)) + content
    field.value = _joined(field.value) + content
    return _written(message)


def _message(data: bytes) -> list[Field]:
    message = _parsed(data, DEEPEST)
    if not message:
        raise NotThatStructure
    return message


def _parsed(data: bytes, depth: int) -> list[Field] | None:
    """The fields of a message, or None for bytes that are none."""
    fields, at = [], 0
    while at < len(data):
        tag, at = _number(data, at)
        kind = tag & 7
        if tag < 8 or at > len(data) or tag >> 3 > 5_000:
            return None
        if kind == VARINT:
            value, at = _number(data, at)
        elif kind in WIDTHS:
            value, at = int.from_bytes(data[at : at + WIDTHS[kind]], "little"), at + WIDTHS[kind]
        elif kind == BYTES:
            length, at = _number(data, at)
            value, at = data[at : at + length], at + length
            if depth and 1 < len(value) < LONGEST_MESSAGE and not value.isalnum():
                value = _parsed(value, depth - 1) or value
        else:
            return None
        if at > len(data):
            return None
        fields.append(Field(tag >> 3, kind, value))
    return fields


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at
    return 0, len(data) + 1


def _all(message: list[Field]) -> Iterator[Field]:
    for field in message:
        yield field
        if isinstance(field.value, list):
            yield from _all(field.value)


def _written(message: list[Field]) -> bytes:
    return _joined(message)


def _joined(message: list[Field]) -> bytes:
    return b"".join(map(_field, message))


def _field(field: Field) -> bytes:
    if field.raw is not None:
        return field.raw
    lead, content = _varint(field.number << 3 | field.kind), _content(field)
    if field.kind != BYTES:
        return lead + content
    return lead + _varint(len(content) if field.length is None else field.length) + content


def _content(field: Field) -> bytes:
    if isinstance(field.value, list):
        return _joined(field.value)
    if isinstance(field.value, bytes):
        return field.value
    if field.kind in WIDTHS:
        width = WIDTHS[field.kind]
        return (field.value % 256**width).to_bytes(width, "little")
    return _varint(field.value)


def _varint(value: int) -> bytes:
    value, raw = value % 2**70, bytearray()
    while value > 0x7F:
        raw.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*raw, value])


MUTATORS = (
    change_number,
    change_number,
    change_text,
    change_text,
    change_lead,
    lie_about_a_length,
    change_order,
    change_order,
    nest,
)
