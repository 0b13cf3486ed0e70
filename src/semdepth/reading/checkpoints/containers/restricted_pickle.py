"""Reads a pickle as data: numbers, texts and containers come back, and nothing is ever run.

A pickle is a small program; Python's own unpickler imports and calls what the program names.
This reader interprets the same instructions on a stack of its own and has no instruction that
imports or calls. A name such as ``torch._utils._rebuild_tensor_v2`` stays a `Global`, two texts;
calling it looks it up in the table the caller gives, and what the table does not know becomes
a `StandIn`, which keeps what was given to it and does nothing. A name whose only use is to run
code (``posix.system``) ends the reading with UnsafeFile; `pickled_names` has the rule.

::

    pickled_names.py         Global and StandIn; which names end the reading
    pickle_instructions.py   what each instruction does
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import BinaryIO

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.containers.pickle_instructions import ACTIONS, VALUES, pairs
from semdepth.reading.checkpoints.containers.pickled_names import Global, StandIn, called, checked

__all__ = ["Global", "Rebuilders", "StandIn", "call", "read_pickle"]

LONGEST_PIECE = 100_000_000
# Each may leave an object of a hundred bytes, so that a packed file of kilobytes could fill the
# memory. Checkpoints of a few thousand tensors have some hundred thousand.
MOST_INSTRUCTIONS = 5_000_000
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
    return Machine(stream, rebuilders, persistent).run()


def call(function: object, arguments: object, rebuilders: Rebuilders) -> object:
    """What the table makes of a call, or a stand-in."""
    if isinstance(function, Global) and isinstance(arguments, tuple):
        rebuild = rebuilders.get(function.key)
        if rebuild is not None:
            return rebuild(arguments)
    return called(function, arguments)


class Machine:
    """The stack on which one pickle's instructions are interpreted."""

    def __init__(self, stream: BinaryIO, rebuilders: Rebuilders, persistent: Callable):
        self.stream = stream
        self.rebuilders = rebuilders
        self.persistent = persistent
        self.stack: list = []
        self.marks: list[list] = []
        self.memo: dict[int, object] = {}

    def run(self) -> object:
        for _ in range(MOST_INSTRUCTIONS):
            code = self.read(1)
            if code == b".":
                return self.pop()
            if code in VALUES:
                value = VALUES[code](self)
                self.stack.append(value)
            elif code in ACTIONS:
                ACTIONS[code](self)
            else:
                raise DamagedFile(f"a pickle with the unknown instruction {code!r}")
        raise DamagedFile(f"a pickle of more than {MOST_INSTRUCTIONS} instructions")

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

    # What may be long; a reader of large files leaves it there (see `pickled_arrays`).

    def long_bytes(self, size: int) -> object:
        return self.read(size)

    def long_text(self, size: int) -> object:
        return self.text(size)

    def long_latin(self, size: int) -> object:
        return self.read(size).decode("latin-1")

    def long_number(self, size: int) -> int:
        # No size or key has so many digits, and Python writes none of over 4300.
        if size > 255:
            raise DamagedFile(f"a pickle with a number of {size} bytes")
        return int.from_bytes(self.read(size), "little", signed=True)

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
        elif isinstance(target, StandIn):  # a class of lists, such as fastai's
            target.entries.update(enumerate(items, len(target.entries)))

    def set_items(self, items: list) -> None:
        target = self.top()
        entries = target.entries if isinstance(target, StandIn) else target
        if isinstance(entries, dict):
            entries.update(pairs(items))

    def build(self) -> None:
        state, target = self.pop(), self.top()
        if isinstance(target, StandIn):
            target.state = _joined(state) if isinstance(state, tuple) else state

    def call(self, function: object, arguments: object) -> object:
        return call(function, arguments, self.rebuilders)

    def call_on_stack(self, operands: int = 2) -> object:
        return self.call(*self.pop_several(operands)[:2])

    def instance(self) -> object:
        kind = checked(self.line(), self.line())
        return self.call(kind, tuple(self.pop_mark()))

    def object(self) -> object:
        items = self.pop_mark()
        return self.call(items[0] if items else None, tuple(items[1:]))

    def named_on_stack(self) -> object:
        module, name = self.pop_several(2)
        if not isinstance(module, str) or not isinstance(name, str):
            raise DamagedFile("a pickle with a name that is no text")
        return checked(module, name)


def _joined(state: tuple) -> object:
    """The state of an object with __slots__, which is a pair: its dictionary, and its slots."""
    pair = len(state) == 2 and isinstance(state[1], dict) and isinstance(state[0], dict | None)
    return {**(state[0] or {}), **state[1]} if pair else state
