"""Reads numpy arrays out of pickles without numpy's or Python's unpickler, their numbers later.

The pickle is interpreted as data (see `restricted_pickle`). Long bytes in it are not read but
kept as their place in the file, so a file of gigabytes is a few kilobytes of arrays' headers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from semdepth.errors import DamagedFile, UnknownFormat
from semdepth.reading.checkpoints.checkpoint import quoted, reading_as
from semdepth.reading.checkpoints.containers.regions import FileRegion
from semdepth.reading.checkpoints.containers.restricted_pickle import Global, Machine, StandIn
from semdepth.reading.checkpoints.number_types import check_readable, decode, item_size, shaped
from semdepth.reading.checkpoints.pytorch import LONGEST_PICKLE, NESTED

EXPECTED = "a checkpoint of tensors"
SHORT = 4096
DEEPEST_NESTING = 64
MOST_AXES = 32  # what numpy 1 can hold
PLAIN_TYPE = re.compile(r"([<>|=]?)([fiubcUS]\d{1,9}|O\d?|\?)")
# numpy 2 moved its inner modules.
MULTIARRAY = ("numpy.core.multiarray", "numpy._core.multiarray")
JOBLIB = ("joblib.numpy_pickle", "NumpyArrayWrapper")
NUMERIC = ("numpy.core.numeric", "numpy._core.numeric")


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that stay in the file; old protocols wrote bytes as a text, in UTF-8."""

    region: FileRegion
    in_utf8: bool = False

    def read(self) -> bytes:
        raw = self.region.read()
        try:
            return raw.decode("utf-8").encode("latin-1") if self.in_utf8 else raw
        except UnicodeError:
            raise DamagedFile("numbers as a text that is none") from None


@dataclass(frozen=True, slots=True)
class PickledArray:
    """An array by its header: numpy's type code without byte order, and where its bytes are."""

    shape: tuple[int, ...]
    code: str
    byte_order: str
    fortran_order: bool
    data: tuple[bytes | Piece, ...]

    @property
    def dtype(self) -> str:
        return np.dtype(self.code).name

    @property
    def is_text(self) -> bool:
        return self.code[0] in "US"

    def texts(self) -> tuple[str, ...]:
        """The texts of an array of them, one after the other."""
        width = np.dtype(self.code).itemsize
        encoding = f"utf-32-{'be' if self.byte_order == '>' else 'le'}"
        raw = self._raw(width * math.prod(self.shape))
        pieces = (raw[start : start + width] for start in range(0, len(raw), width or 1))
        try:
            return tuple(
                piece.decode(encoding if self.code[0] == "U" else "utf-8").rstrip("\0")
                for piece in pieces
            )
        except UnicodeDecodeError:
            raise DamagedFile("an array of texts that are none") from None

    def load(self, path: Path, name: str, dtype: str) -> np.ndarray:
        """The numbers as `dtype`, which is the array's own but for bfloat16 stored as uint16."""
        check_readable(path, name, dtype)
        with reading_as(path, EXPECTED):
            raw = self._raw(math.prod(self.shape) * item_size(dtype))
            flat = decode(raw, dtype, self.byte_order)
            return shaped(flat, self.shape, "F" if self.fortran_order else "C")

    def _raw(self, length: int) -> bytes:
        raw = b"".join(part.read() if isinstance(part, Piece) else part for part in self.data)
        if len(raw) != length:
            raise DamagedFile(f"{len(raw)} bytes for an array that needs {length}")
        return raw


class _Reader(Machine):
    """Interprets a pickle in a file, and leaves long bytes there."""

    def __init__(self, path: Path, stream: BinaryIO):
        super().__init__(stream, REBUILDERS | {JOBLIB: partial(_refuse_joblib, path)}, StandIn)
        self.path = path
        self.size = path.stat().st_size
        self.room = LONGEST_PICKLE

    def read(self, size: int) -> bytes:
        self.room -= size
        if self.room < 0:
            raise DamagedFile(f"a pickle of more than {LONGEST_PICKLE} bytes beside its numbers")
        return super().read(size)

    def long_bytes(self, size: int) -> object:
        return self.read(size) if size <= SHORT else Piece(self.skip(size))

    def long_text(self, size: int) -> object:
        return self.text(size) if size <= SHORT else Piece(self.skip(size), in_utf8=True)

    def long_latin(self, size: int) -> object:
        return super().long_latin(size) if size <= SHORT else Piece(self.skip(size))

    def skip(self, size: int) -> FileRegion:
        start = self.stream.tell()
        if start + size > self.size:
            raise DamagedFile("a pickle that breaks off")
        self.stream.seek(start + size)
        return FileRegion(self.path, start, size)


def read_content(path: Path) -> object:
    """What the pickle in a file describes, arrays still as stand-ins.

    Raises DamagedFile and UnsafeFile, saying what was found only.
    """
    with path.open("rb") as stream:
        return _Reader(path, stream).run()


def named_arrays(content: object) -> Iterator[tuple[str, PickledArray]]:
    """Every array in nested containers, in order, under its dotted name.

    A container that is met again is not gone through again: pickles may refer to themselves.
    """
    waiting: list[tuple[str, object, int]] = [("", content, 0)]
    met: set[int] = set()
    while waiting:
        name, value, depth = waiting.pop()
        if depth > DEEPEST_NESTING:
            raise DamagedFile("containers nested without end")
        array = array_of(name, value)
        if array is not None:
            yield name or "weight", array
        elif id(value) not in met:
            met.add(id(value))
            held = [(_dotted(name, key), child, depth + 1) for key, child in _held(value)]
            waiting.extend(reversed(held))


def _dotted(name: str, key: object) -> str:
    return f"{name}.{key}" if name and key != "" else name or str(key)


def array_of(name: str, value: object) -> PickledArray | None:
    """The array that a stand-in stands for, or None where it is something else."""
    if not isinstance(value, StandIn) or not isinstance(value.made_by, Global):
        return None
    if value.made_by.name == "_reconstruct" and value.made_by.module in MULTIARRAY:
        parts = value.state if isinstance(value.state, tuple) else ()
        # (version, shape, type, Fortran order, bytes), which is how numpy gives an array's state.
        return _array(name, *parts[-4:]) if len(parts) in (4, 5) else None
    if value.made_by.name == "_frombuffer" and value.made_by.module in NUMERIC:
        data, dtype, shape, order = (*value.arguments, None, None, None, None)[:4]
        return _array(name, shape, dtype, order == "F", data)
    return None


def _array(
    name: str, shape: object, dtype: object, fortran_order: object, data: object
) -> PickledArray | None:
    code, byte_order = _type(dtype)
    if isinstance(data, str):  # Python 2's bytes
        data = data.encode("latin-1", "replace")
    if code is None or not isinstance(data, bytes | Piece):
        return None
    sizes = shape if isinstance(shape, tuple) else ()
    whole = all(type(size) is int and 0 <= size < 2**60 for size in sizes)
    if not whole or len(sizes) > MOST_AXES:
        raise DamagedFile(f"array {quoted(name)} whose shape is no few whole numbers")
    array = PickledArray(sizes, code, byte_order, fortran_order is True, (data,))
    _check_length(name, array)
    return array


def _check_length(name: str, array: PickledArray) -> None:
    (data,), needed = array.data, math.prod(array.shape) * np.dtype(array.code).itemsize
    held = data.region.length if isinstance(data, Piece) else len(data)
    # In UTF-8 half of the 256 characters take two bytes.
    most = 2 * needed if isinstance(data, Piece) and data.in_utf8 else needed
    if not needed <= held <= most:
        raise DamagedFile(f"{held} bytes for array {quoted(name)}, which needs {needed}")


def _type(dtype: object) -> tuple[str | None, str]:
    """numpy's code and the byte order; None for what is no plain type."""
    made_by = dtype.made_by if isinstance(dtype, StandIn) else None
    if made_by != Global("numpy", "dtype") or not dtype.arguments:
        return None, "<"
    code = dtype.arguments[0]
    found = PLAIN_TYPE.fullmatch(code) if isinstance(code, str) else None
    state = dtype.state if isinstance(dtype.state, tuple) else ()
    order = state[1] if len(state) > 1 else found and found[1]
    try:
        known = found is not None and np.dtype(found[2]).kind in "fiubcUS"
    except (TypeError, ValueError):  # of a size that numpy does not have
        known = False
    return (found[2] if known else None), ">" if order == ">" else "<"


def _held(value: object) -> Iterator[tuple[object, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list | tuple):
        # Paddle's tensors are pickled as (name, array), and known by their place in the model.
        if len(value) == 2 and isinstance(value[0], str) and array_of("", value[1]):
            yield "", value[1]
        else:
            yield from enumerate(value)
    elif isinstance(value, StandIn):
        yield from value.entries.items()
        yield from value.state.items() if isinstance(value.state, dict) else ()


# What the calls of such pickles mean; numpy's own stay stand-ins, whose state is looked at later.


def _encoded(arguments: tuple) -> object:
    """Bytes that protocol 2 wrote as a text of as many characters."""
    text = arguments[0] if arguments else None
    if isinstance(text, str):
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError:
            raise DamagedFile("numbers as a text that is none") from None
    return text if isinstance(text, Piece) else StandIn()


def _tuple(arguments: tuple) -> object:
    items = arguments[0] if arguments else ()
    return tuple(items) if isinstance(items, tuple | list) else StandIn()


def _dictionary(arguments: tuple) -> dict:
    # Python 2 wrote an OrderedDict as a list of pairs.
    pairs = arguments[0] if arguments and isinstance(arguments[0], list) else []
    whole = (pair for pair in pairs if isinstance(pair, list | tuple) and len(pair) == 2)
    return {key: value for key, value in whole if isinstance(key, str)}


def _refuse_joblib(path: Path, arguments: tuple) -> None:
    raise UnknownFormat(
        f"{path}: expected {EXPECTED}, found a joblib file, whose arrays stand between its "
        "pickle's instructions; load it where it was made and save it with pickle.dump"
    )


def _look_inside(arguments: tuple) -> object:
    """A tensor of PyTorch's within the pickle: read through, so that what runs code is named."""
    piece = arguments[0] if arguments else None
    if isinstance(piece, Piece) and piece.region.length <= LONGEST_PICKLE:
        piece = piece.read()
    (look_inside,) = NESTED.values()
    return look_inside((piece,))


REBUILDERS = {
    ("_codecs", "encode"): _encoded,
    ("builtins", "tuple"): _tuple,
    ("__builtin__", "tuple"): _tuple,
    ("collections", "OrderedDict"): _dictionary,
    **dict.fromkeys(NESTED, _look_inside),
}
