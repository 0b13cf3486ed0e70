"""Damages safetensors files: what the header says of types, shapes and offsets, and its length."""

from __future__ import annotations

import json

from fuzz.dice import Dice
from fuzz.mutations import json_values
from fuzz.mutations.structures import NotThatStructure

DTYPES = "F64 F32 F16 BF16 I64 I8 U16 BOOL C64 F8_E4M3 F8_E8M0 F4 F6_E2M3 f32 Q4".split()
Entries = list[tuple[str, object]]


def change_entry(data: bytes, dice: Dice) -> bytes:
    """One field of one tensor's entry."""
    entries, numbers = _split(data)
    places = [i for i, (name, entry) in enumerate(entries) if _is_tensor(entry)]
    if not places:
        raise NotThatStructure
    at = dice.choice(places)
    name, entry = entries[at]
    field = dice.choice(("dtype", "shape", "shape", "data_offsets", "data_offsets", "other"))
    changed = dict(entry)
    if field == "dtype":
        changed["dtype"] = dice.choice((*DTYPES, json_values.strange(dice)))
    elif field == "shape":
        changed["shape"] = _list(entry.get("shape"), dice, len(numbers))
    elif field == "data_offsets":
        changed["data_offsets"] = _list(entry.get("data_offsets"), dice, len(numbers))
    elif dice.one_in(2):
        del changed[dice.choice(list(changed))]
    else:
        changed[dice.text()] = json_values.strange(dice)
    entries[at] = name, changed
    return _joined(entries, numbers, dice)


def agree_on_much(data: bytes, dice: Dice) -> bytes:
    """A shape and offsets that fit each other, but not the file: up to petabytes."""
    entries, numbers = _split(data)
    size = dice.choice((2**20, 2**31, 2**40, 2**50, 2**62, 2**64))
    first = dice.choice((0, len(numbers), 2**63))
    offsets = [first, first + 4 * size]
    entry = {
        "dtype": "F32",
        "shape": dice.choice(([size], [2, size // 2])),
        "data_offsets": offsets,
    }
    entries.insert(dice.place(entries), ("head.weight", entry))
    return _joined(entries, numbers, dice)


def overlap(data: bytes, dice: Dice) -> bytes:
    """Two tensors in the same bytes, a few or thousands of them."""
    entries, numbers = _split(data)
    tensors = [entry for _, entry in entries if _is_tensor(entry)]
    if not tensors:
        raise NotThatStructure
    copies = dice.choice((1, 1, 5, 500))
    entries += [(f"fc{k}.weight", dice.choice(tensors)) for k in range(copies)]
    return _joined(entries, numbers, dice)


def rename(data: bytes, dice: Dice) -> bytes:
    """A tensor under another name, which may be taken already."""
    entries, numbers = _split(data)
    if not entries:
        raise NotThatStructure
    at = dice.place(entries)
    name = dice.choice((dice.text(), dice.choice(entries)[0], entries[at][0] + dice.text()))
    entries[at] = name, entries[at][1]
    return _joined(entries, numbers, dice)


def change_json(data: bytes, dice: Dice) -> bytes:
    """Anything in the header that JSON allows, and what it does not."""
    length = int.from_bytes(data[:8], "little")
    header = dice.choice(json_values.MUTATORS)(data[8 : 8 + length], dice)
    return len(header).to_bytes(8, "little") + header + data[8 + length :]


def lie_about_the_length(data: bytes, dice: Dice) -> bytes:
    """Another length of the header than it has."""
    return dice.bytes_of(8, len(data)) + data[8:]


def _split(data: bytes) -> tuple[Entries, bytes]:
    length = int.from_bytes(data[:8], "little")
    try:
        header = json.loads(data[8 : 8 + length], object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        raise NotThatStructure from None
    if not isinstance(header, _Pairs):
        raise NotThatStructure
    entries = [(k, dict(v) if isinstance(v, _Pairs) else v) for k, v in header]
    return entries, data[8 + length :]


class _Pairs(list):
    """A JSON object as the pairs that were written, a name twice if it was."""


def _joined(entries: Entries, numbers: bytes, dice: Dice) -> bytes:
    pairs = (f"{json.dumps(name)}:{json.dumps(entry)}" for name, entry in entries)
    header = ("{" + ",".join(pairs) + "}").encode()
    header += b" " * dice.choice((0, -len(header) % 8))
    return len(header).to_bytes(8, "little") + header + numbers


def _is_tensor(entry: object) -> bool:
    return isinstance(entry, dict) and "shape" in entry


def _list(old: object, dice: Dice, near: int) -> object:
    values = list(old) if isinstance(old, list) else []
    what = dice.randrange(6)
    if what == 0:
        return json_values.strange(dice)
    if what == 1:
        return [*values, *[dice.choice((1, 2, 0))] * dice.choice((1, 33, 70, 2_000))]
    if what == 2:
        return values[::-1]
    if what == 3 and values:
        values[dice.place(values)] = json_values.strange(dice)
    elif values:
        number = dice.number(64, near)
        values[dice.place(values)] = dice.choice((number, -number, number - 2**64))
    return values


MUTATORS = (
    change_entry,
    change_entry,
    change_entry,
    agree_on_much,
    overlap,
    rename,
    change_json,
    lie_about_the_length,
)
