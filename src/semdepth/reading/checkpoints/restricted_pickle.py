"""Reads a pickle as data: numbers, texts and containers come back, and nothing is ever run.

A pickle is a small program; Python's own unpickler imports and calls what the program names.
This reader interprets the same instructions on a stack of its own and has no instruction that
imports or calls. A name such as ``torch._utils._rebuild_tensor_v2`` stays a `Global`, two texts;
calling it looks it up in the table the caller gives, and what the table does not know becomes
a `StandIn`, which keeps what was given to it and does nothing. A name whose only use is to run
code (``posix.system``) ends the reading with UnsafeFile.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from semdepth.errors import DamagedFile, UnsafeFile

LONGEST_PIECE = 100_000_000
# Names whose use, in a pickle, is to run code or to reach files and networks.
RUNS_CODE = re.compile(
    r"""
    ( os | posix | nt | subprocess | commands | pty | sys | shutil | tempfile
    | importlib | imp | runpy | zipimport | pkgutil | ctypes | _ctypes
    | pickle | _pickle | cPickle | marshal | code | codeop | pdb | bdb | timeit | profile | cProfile
    | multiprocessing | _thread | asyncio | pip | distutils | ensurepip | venv | site
    | socket | ssl | http | httplib | urllib | urllib2 | requests | aiohttp | ftplib | smtplib
    | telnetlib | webbrowser
    ) \. .*
    |
    ( io | _io ) \. ( open | open_code | FileIO )
    |
    ( builtins | __builtin__ ) \.
    ( eval | exec | execfile | compile | open | file | input | raw_input
    | getattr | setattr | delattr | __import__ | reload | globals | locals | vars
    | breakpoint | apply | exit | quit | help
    )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Global:
    """A name that a pickle mentions; it is never looked up."""

    module: str
    name: str


class StandIn:
    """What stands where an unknown object would: it keeps its parts and does nothing."""

    __slots__ = ("entries", "made_by", "state")

    def __init__(self, made_by: object = None):
        self.made_by = made_by
        self.state: object = None
        self.entries: dict = {}


Rebuilders = dict[tuple[str, str], Callable[[tuple], object]]


def read_pickle(
    stream: BinaryIO, rebuilders: Rebuilders, persistent: Callable[[object], object]
) -> object:
    """The object that one pickle describes; `stream` is left right behind it.

    `rebuilders` maps (module, name) to a function of the call's argument tuple; `persistent`
    turns a persistent id (how PyTorch refers to storages) into a value.

    Raises DamagedFile for bytes that are no pickle, and UnsafeFile for a pickle that names a
    function whose use is to run code; both say only what was found.

    >>> import io
    >>> read_pickle(io.BytesIO(b"]K\\x01a."), {}, StandIn)
    [1]
    """
    return _Machine(stream, rebuilders, persistent).run()


def call(function: object, arguments: object, rebuilders: Rebuilders) -> object:
    """What the table makes of a call, or a stand-in."""
    if isinstance(function, Global) and isinstance(arguments, tuple):
        rebuild = rebuilders.get((function.module, function.name))
        if rebuild is not None:
            return rebuild(arguments)
    return StandIn(function)


def _checked(module: str, name: str) -> Global:
    if RUNS_CODE.fullmatch(f"{module}.{name}"):
        # repr escapes line ends and the like, so that the message stays one line.
        asked = repr(f"{module}.{name}"[:80])[1:-1]
        raise UnsafeFile(
            f"a pickle that asks to run {asked} while it is loaded; nothing was run; do not load "
            "this file elsewhere, get the weights as safetensors from a source that you trust"
        )
    return Global(module, name)


class _Machine:
    """The stack on which one pickle's instructions are interpreted."""

    def __init__(self, stream: BinaryIO, rebuilders: Rebuilders, persistent: Callable):
        self.stream = stream
        self.rebuilders = rebuilders
        self.persistent = persistent
        self.stack: list = []
        self.marks: list[list] = []
        self.memo: dict[int, object] = {}

    def run(self) -> object:
        while (code := self.read(1)) != b".":
            if code in VALUES:
                value = VALUES[code](self)
                self.stack.append(value)
            elif code in ACTIONS:
                ACTIONS[code](self)
            else:
                raise DamagedFile(f"a pickle with the unknown instruction {code!r}")
        return self.pop()

    # Reading the stream

    def read(self, size: int) -> bytes:
        if not 0 <= size <= LONGEST_PIECE:
            raise DamagedFile(f"a pickle with a piece of {size} bytes")
        data = self.stream.read(size)
        if len(data) < size:
            raise DamagedFile("a pickle that breaks off")
        return data

    def number(self, layout: str) -> int | float:
        return struct.unpack(layout, self.read(struct.calcsize(layout)))[0]

    def line(self) -> str:
        data = self.stream.readline(LONGEST_PIECE)
        if not data.endswith(b"\n"):
            raise DamagedFile("a pickle that breaks off")
        return data[:-1].decode("latin-1")

    def text(self, size: int) -> str:
        try:
            return self.read(size).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise DamagedFile("a pickle with a text that is not UTF-8") from None

    def written_number(self, kind: Callable[[str], object]) -> object:
        line = self.line()
        try:
            return kind(line.removesuffix("L"))
        except ValueError:
            raise DamagedFile("a pickle with a number that is none") from None

    # The stack

    def pop(self) -> object:
        if not self.stack:
            raise DamagedFile("a pickle that takes from an empty stack")
        return self.stack.pop()

    def pop_several(self, count: int) -> tuple:
        return tuple(reversed([self.pop() for _ in range(count)]))

    def top(self) -> object:
        if not self.stack:
            raise DamagedFile("a pickle that takes from an empty stack")
        return self.stack[-1]

    def mark(self) -> None:
        self.marks.append(self.stack)
        self.stack = []

    def pop_mark(self) -> list:
        if not self.marks:
            raise DamagedFile("a pickle that ends a group it never began")
        items, self.stack = self.stack, self.marks.pop()
        return items

    def drop(self) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self.pop_mark()

    def recall(self, key: int) -> object:
        if key not in self.memo:
            raise DamagedFile("a pickle that recalls what it never kept")
        return self.memo[key]

    def keep(self, key: int) -> None:
        self.memo[key] = self.top()

    # Building: what is neither list, dict nor stand-in takes nothing in

    def extend(self, items: list) -> None:
        target = self.top()
        if isinstance(target, list):
            target.extend(items)

    def set_items(self, items: list) -> None:
        target = self.top()
        entries = target.entries if isinstance(target, StandIn) else target
        if isinstance(entries, dict):
            entries.update(_pairs(items))

    def build(self) -> None:
        state, target = self.pop(), self.top()
        if isinstance(target, StandIn):
            # Objects with __slots__ give a pair, of which the first part is the usual state.
            target.state = state[0] if isinstance(state, tuple) and state else state

    def call(self, function: object, arguments: object) -> object:
        return call(function, arguments, self.rebuilders)

    def call_on_stack(self, operands: int = 2) -> object:
        return self.call(*self.pop_several(operands)[:2])

    def instance(self) -> object:
        kind = _checked(self.line(), self.line())
        return self.call(kind, tuple(self.pop_mark()))

    def object(self) -> object:
        items = self.pop_mark()
        return self.call(items[0] if items else None, tuple(items[1:]))

    def named_on_stack(self) -> object:
        module, name = self.pop_several(2)
        if not isinstance(module, str) or not isinstance(name, str):
            raise DamagedFile("a pickle with a name that is no text")
        return _checked(module, name)


def _pairs(items: list) -> dict:
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
VALUES: dict[bytes, Callable[[_Machine], object]] = {
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
    b"\x8b": lambda m: int.from_bytes(m.read(m.number("<i")), "little", signed=True),
    # Python 2 wrote its texts as bytes; names of tensors are ASCII.
    b"S": lambda m: m.line().strip("'\""),
    b"T": lambda m: m.read(m.number("<i")).decode("latin-1"),
    b"U": lambda m: m.read(m.number("<B")).decode("latin-1"),
    b"V": lambda m: m.line(),
    b"X": lambda m: m.text(m.number("<I")),
    b"\x8c": lambda m: m.text(m.number("<B")),
    b"\x8d": lambda m: m.text(m.number("<Q")),
    b"B": lambda m: m.read(m.number("<I")),
    b"C": lambda m: m.read(m.number("<B")),
    b"\x8e": lambda m: m.read(m.number("<Q")),
    b"\x96": lambda m: m.read(m.number("<Q")),
    b"\x97": lambda m: StandIn(),
    b"]": lambda m: [],
    b"}": lambda m: {},
    b")": lambda m: (),
    b"\x8f": lambda m: [],
    b"l": lambda m: m.pop_mark(),
    b"\x91": lambda m: m.pop_mark(),
    b"t": lambda m: tuple(m.pop_mark()),
    b"d": lambda m: _pairs(m.pop_mark()),
    b"\x85": lambda m: m.pop_several(1),
    b"\x86": lambda m: m.pop_several(2),
    b"\x87": lambda m: m.pop_several(3),
    b"2": lambda m: m.top(),
    b"g": lambda m: m.recall(m.written_number(int)),
    b"h": lambda m: m.recall(m.number("<B")),
    b"j": lambda m: m.recall(m.number("<I")),
    b"c": lambda m: _checked(m.line(), m.line()),
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
ACTIONS: dict[bytes, Callable[[_Machine], object]] = {
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
