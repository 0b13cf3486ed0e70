"""The instructions of Python's pickles, and what each does on the restricted reader's stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.containers.pickled_names import Global, StandIn, checked

if TYPE_CHECKING:
    from semdepth.reading.checkpoints.containers.restricted_pickle import Machine


def pairs(items: list) -> dict:
    if len(items) % 2:
        raise DamagedFile("a pickle with a key that has no value")
    return {_key(key): value for key, value in zip(items[::2], items[1::2], strict=True)}


def _key(key: object) -> object:
    # Tensors hang on texts and numbers. Any other key, which might not even be hashable,
    # or only after a deep recursion, is replaced: its value is then out of reach.
    return key if isinstance(key, str | int | float | bytes | None) else StandIn()


def _truth_or_number(text: str) -> int | bool:
    return text == "01" if text in ("00", "01") else int(text)


# One entry an instruction (the letters are pickle's own): those that put a value on the stack ...
VALUES: dict[bytes, Callable[[Machine], object]] = {
    b"N": lambda m: None,
    b"\x88": lambda m: True,
    b"\x89": lambda m: False,
    b"I": lambda m: m.written_number(_truth_or_number),
    b"L": lambda m: m.written_number(int),
    b"F": lambda m: m.written_number(float),
    b"G": lambda m: m.number(">d"),
    b"J": lambda m: m.number("<i"),
    b"K": lambda m: m.number("<B"),
    b"M": lambda m: m.number("<H"),
    b"\x8a": lambda m: int.from_bytes(m.read(m.number("<B")), "little", signed=True),
    b"\x8b": lambda m: m.long_number(m.number("<i")),
    # Python 2 wrote its texts as bytes; names of tensors are ASCII.
    b"S": lambda m: m.line().strip("'\""),
    b"T": lambda m: m.long_latin(m.number("<i")),
    b"U": lambda m: m.read(m.number("<B")).decode("latin-1"),
    b"V": lambda m: m.line(),
    b"X": lambda m: m.long_text(m.number("<I")),
    b"\x8c": lambda m: m.text(m.number("<B")),
    b"\x8d": lambda m: m.long_text(m.number("<Q")),
    b"B": lambda m: m.long_bytes(m.number("<I")),
    b"C": lambda m: m.read(m.number("<B")),
    b"\x8e": lambda m: m.long_bytes(m.number("<Q")),
    b"\x96": lambda m: m.long_bytes(m.number("<Q")),
    b"\x97": lambda m: StandIn(),
    b"]": lambda m: [],
    b"}": lambda m: {},
    b")": lambda m: (),
    b"\x8f": lambda m: [],
    b"l": lambda m: m.pop_mark(),
    b"\x91": lambda m: m.pop_mark(),
    b"t": lambda m: tuple(m.pop_mark()),
    b"d": lambda m: pairs(m.pop_mark()),
    b"\x85": lambda m: m.pop_several(1),
    b"\x86": lambda m: m.pop_several(2),
    b"\x87": lambda m: m.pop_several(3),
    b"2": lambda m: m.top(),
    b"g": lambda m: m.recall(m.written_number(int)),
    b"h": lambda m: m.recall(m.number("<B")),
    b"j": lambda m: m.recall(m.number("<I")),
    b"c": lambda m: checked(m.line(), m.line()),
    b"\x93": lambda m: m.named_on_stack(),
    b"\x82": lambda m: Global("copyreg", f"extension {m.number('<B')}"),
    b"\x83": lambda m: Global("copyreg", f"extension {m.number('<H')}"),
    b"\x84": lambda m: Global("copyreg", f"extension {m.number('<i')}"),
    b"P": lambda m: m.persistent(m.line()),
    b"Q": lambda m: m.persistent(m.pop()),
    b"R": lambda m: m.call_on_stack(),
    b"\x81": lambda m: m.call_on_stack(),
    b"\x92": lambda m: m.call_on_stack(3),
    b"i": lambda m: m.instance(),
    b"o": lambda m: m.object(),
}
# ... and those that change what is on it.
ACTIONS: dict[bytes, Callable[[Machine], object]] = {
    b"\x80": lambda m: m.read(1),
    b"\x95": lambda m: m.read(8),
    b"\x98": lambda m: None,
    b"(": lambda m: m.mark(),
    b"0": lambda m: m.drop(),
    b"1": lambda m: m.pop_mark(),
    b"a": lambda m: m.extend([m.pop()]),
    b"e": lambda m: m.extend(m.pop_mark()),
    b"\x90": lambda m: m.extend(m.pop_mark()),
    b"s": lambda m: m.set_items(list(m.pop_several(2))),
    b"u": lambda m: m.set_items(m.pop_mark()),
    b"b": lambda m: m.build(),
    b"p": lambda m: m.keep(m.written_number(int)),
    b"q": lambda m: m.keep(m.number("<B")),
    b"r": lambda m: m.keep(m.number("<I")),
    b"\x94": lambda m: m.keep(len(m.memo)),
}
