"""What a TensorFlow Lite file describes: tensors, operators and outputs, out of its flatbuffer.

Fields are given by their numbers in TensorFlow's schema.fbs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.checkpoint import quoted
from semdepth.reading.checkpoints.containers.flatbuffer import FlatBuffer, Table
from semdepth.reading.checkpoints.containers.regions import FileRegion
from semdepth.reading.checkpoints.number_types import item_size

MOST_AXES = 32  # what numpy 1 can hold
CUSTOM = 32
BLOCKWISE = 2
# TensorType's values; texts, resources and variants, which are left out, are no numbers.
TYPES = {
    0: "float32",
    1: "float16",
    2: "int32",
    3: "uint8",
    4: "int64",
    6: "bool",
    7: "int16",
    8: "complex64",
    9: "int8",
    10: "float64",
    11: "complex128",
    12: "uint64",
    15: "uint32",
    16: "uint16",
    17: "int4",
    18: "bfloat16",
    19: "int2",
}
BITS = {"int4": 4, "int2": 2}


@dataclass(frozen=True, slots=True)
class Quantization:
    """How whole numbers stand for real ones: scale x (number - zero point).

    One scale for all, or one a slice along `axis`; several vectors of scales are multiplied.
    """

    scales: tuple[FileRegion, ...]
    zero_points: FileRegion | None
    axis: int
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of the graph; a constant has a `region` where its numbers lie."""

    name: str
    shape: tuple[int, ...]
    dtype: str | None
    region: FileRegion | None
    quantization: Quantization | None
    sparse: bool

    @property
    def is_constant(self) -> bool:
        """Whether its numbers are in the file."""
        return self.region is not None and self.dtype is not None


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator: its number in the schema (or the name of a custom one), and what it joins."""

    kind: int | str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Table | None


@dataclass(frozen=True, slots=True)
class Graph:
    """Tensors, the operators between them, and which tensors are the outputs."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """The graphs of a file, the main one first, and where its metadata lies."""

    graphs: tuple[Graph, ...]
    metadata: FileRegion | None


def read_model(path: Path) -> Model:
    """The model in a file; no numbers are read. Raises DamagedFile, saying what was found."""
    root = FlatBuffer(FileRegion(path, 0, path.stat().st_size)).root()
    buffers = [_buffer(path, table) for table in root.tables(4)]
    kinds = [_kind(code) for code in root.tables(1)]
    graphs = tuple(_graph(table, kinds, buffers) for table in root.tables(2))
    if not graphs:
        raise DamagedFile("a model without a graph")
    named = {table.text(0): table.number(1, "<I") for table in root.tables(6)}
    place = named.get("TFLITE_METADATA")
    return Model(graphs, None if place is None else _at(buffers, place, "buffer"))


def _buffer(path: Path, table: Table) -> FileRegion | None:
    start, length = table.number(1, "<Q"), table.number(2, "<Q")
    if start <= 1:  # 1 marks a place that the writer meant to fill in
        return table.region(0, 1)
    # Of models above 2 GB, numbers stand behind the flatbuffer.
    if start + length > path.stat().st_size:
        raise DamagedFile("numbers that lie outside the file, or a file that breaks off")
    return FileRegion(path, start, length)


def _kind(table: Table) -> int | str:
    # Operators above 127 came after the field was a single byte.
    number = max(table.number(0, "<b"), table.number(3, "<i"))
    return table.text(1) if number == CUSTOM else number


def _graph(table: Table, kinds: list[int | str], buffers: list[FileRegion | None]) -> Graph:
    tensors = tuple(_tensor(entry, buffers) for entry in table.tables(0))
    operators = tuple(_operator(entry, kinds) for entry in table.tables(3))
    graph = Graph(tensors, operators, table.numbers(2, "i"))
    for place in _places(graph):
        # -1 stands for an optional input that is not given.
        if not -1 <= place < len(tensors):
            raise DamagedFile(f"an operator on tensor {place} of {len(tensors)}")
    return graph


def _places(graph: Graph) -> Iterator[int]:
    yield from graph.outputs
    for operator in graph.operators:
        yield from operator.inputs
        yield from operator.outputs


def _operator(table: Table, kinds: list[int | str]) -> Operator:
    kind = _at(kinds, table.number(0, "<I"), "operator")
    return Operator(kind, table.numbers(1, "i"), table.numbers(2, "i"), table.table(4))


def _tensor(table: Table, buffers: list[FileRegion | None]) -> Tensor:
    name, shape = table.text(3), table.numbers(0, "i")
    if len(shape) > MOST_AXES:
        raise DamagedFile(f"tensor {quoted(name)} with {len(shape)} axes")
    region = _at(buffers, table.number(2, "<I"), "buffer")
    quantization = _quantization(table.table(4))
    dtype = TYPES.get(table.number(1, "<b"))
    sparse = table.table(6) is not None
    tensor = Tensor(name, shape, dtype, region, quantization, sparse)
    if tensor.is_constant:
        _check_numbers(tensor)
    if quantization is not None and dtype is not None and dtype.startswith(("int", "uint")):
        return Tensor(name, shape, "q" + dtype, region, quantization, sparse)
    return tensor


def _check_numbers(tensor: Tensor) -> None:
    if min(tensor.shape, default=0) < 0:
        raise DamagedFile(f"tensor {quoted(tensor.name)} of shape {tensor.shape}")
    bits = BITS.get(tensor.dtype) or 8 * item_size(tensor.dtype)
    needed = -(-math.prod(tensor.shape) * bits // 8)
    if tensor.region.length < needed and not tensor.sparse:
        raise DamagedFile(
            f"{tensor.region.length} bytes for tensor {quoted(tensor.name)}, which needs {needed}"
        )


def _quantization(table: Table | None) -> Quantization | None:
    scales = None if table is None else table.region(2, 4)
    if scales is None:
        # Numbers in blocks have their scales in a tensor of their own.
        blocks = table is not None and table.number(4, "<B") == BLOCKWISE
        return Quantization((), None, 0, plain=False) if blocks else None
    plain = table.number(4, "<B") == 0
    return Quantization((scales,), table.region(3, 8), table.number(6, "<i"), plain)


def _at(entries: list, place: int, what: str) -> object:
    if place >= len(entries):
        raise DamagedFile(f"{what} {place} of {len(entries)}")
    return entries[place]
