"""Damages files by what they are made of: each structure has a module with its ``MUTATORS``.

A mutator is a function ``(data, dice) -> bytes``. It may give any bytes back, and raises
`NotThatStructure` for data that it cannot take apart (after an earlier mutation); then the bytes
are damaged as bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fuzz.dice import Dice
from fuzz.mutations import (
    archives,
    flatbuffers,
    hdf5,
    json_values,
    lines,
    msgpack,
    npy,
    pickles,
    plain,
    protobuf,
    safetensors,
    tar,
)
from fuzz.mutations.structures import NotThatStructure, kind_of

Mutator = Callable[[bytes, Dice], bytes]

LARGEST = 8 << 20


def mutate(name: str, data: bytes, dice: Dice) -> bytes:
    """The file `data`, called `name`, after one mutation or a few; four in five know its kind."""
    kind = kind_of(name, data)
    for _ in range(dice.choice((1, 1, 1, 2, 2, 3, 5))):
        data = _once(kind, data, dice)[:LARGEST]
    return data


def _once(kind: str, data: bytes, dice: Dice) -> bytes:
    known = MUTATORS.get(kind)
    if known and not dice.one_in(5):
        try:
            return dice.choice(known)(data, dice)
        except NotThatStructure:
            pass  # an earlier mutation took it apart; what knows no structure still applies
    return dice.choice(plain.MUTATORS)(data, dice)


def change_entry(data: bytes, dice: Dice) -> bytes:
    """One entry of a zip archive, by what that is."""
    entries = archives.entries_of(data)
    at = dice.place(entries)
    info, content = entries[at]
    entries[at] = info, mutate(info.filename, content, dice)
    return archives.written(entries)


MUTATORS: dict[str, Sequence[Mutator]] = {
    "zip": (*[change_entry] * 6, *archives.MUTATORS),
    "pickle": pickles.MUTATORS,
    "tar": tar.MUTATORS,
    "safetensors": safetensors.MUTATORS,
    "npy": npy.MUTATORS,
    "protobuf": protobuf.MUTATORS,
    "hdf5": hdf5.MUTATORS,
    "flatbuffer": flatbuffers.MUTATORS,
    "msgpack": msgpack.MUTATORS,
    "json": json_values.MUTATORS,
    "lines": lines.MUTATORS,
}
