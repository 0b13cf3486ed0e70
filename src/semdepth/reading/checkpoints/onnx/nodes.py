"""Nodes of an ONNX graph: what they compute, from which values, with which settings."""

from __future__ import annotations

from dataclasses import dataclass

from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.containers import protobuf
from semdepth.reading.checkpoints.containers.protobuf import BYTES, Field, Message
from semdepth.reading.checkpoints.onnx.tensors import packed_floats, read_tensor, whole_numbers

LONGEST_ROW = 1 << 14  # bytes


@dataclass(frozen=True, slots=True)
class Reference:
    """An attribute inside a function that takes the value of the call's attribute `name`."""

    name: str


# Texts and subgraphs among the attributes are left out.
Attribute = int | tuple[int, ...] | StoredTensor | Reference


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """One operation. `inputs` and `outputs` are names of values, "" where one is left out."""

    op: str
    domain: str
    overload: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Attribute]

    def setting(self, name: str, default: int) -> int:
        """A whole number among the attributes."""
        value = self.attributes.get(name, default)
        return value if isinstance(value, int) else default

    def input(self, place: int | None) -> str:
        """The name of an input, "" where the node has none there."""
        return "" if place is None or place >= len(self.inputs) else self.inputs[place]


def read_node(message: Message) -> Node:
    """A NodeProto; subgraphs in its attributes are passed over."""
    texts: dict[int, list[str]] = {1: [], 2: [], 4: [], 7: [], 8: []}
    attributes = {}
    for part in message:
        if part.kind != BYTES:
            continue
        if part.number in texts:
            texts[part.number].append(message.text(part))
        elif part.number == 5:
            name, value = read_attribute(message.inner(part))
            if value is not None:
                attributes[name] = value
    op, domain, overload = ((texts[number] or [""])[-1] for number in (4, 7, 8))
    domain = "" if domain == "ai.onnx" else domain
    return Node(op, domain, overload, tuple(texts[1]), tuple(texts[2]), attributes)


def read_attribute(message: Message) -> tuple[str, Attribute | None]:
    """Name and value of an AttributeProto, None for kinds that say nothing about layers."""
    name, value, row = "", None, []
    for part in message:
        match part.number, part.kind:
            case 1, protobuf.BYTES:
                name = message.text(part)
            case 21, protobuf.BYTES:
                value = Reference(message.text(part))
            case 5, protobuf.BYTES:
                value = read_tensor(message.inner(part))
            case 3, protobuf.VARINT:
                value = part.signed
            case 2, protobuf.FIXED32:
                value = packed_floats(message, [part], ())
            case ((7 | 8), _) if len(row) <= LONGEST_ROW:
                row.append(part)
    return name, _row(message, row) if row else value


def _row(message: Message, parts: list[Field]) -> Attribute | None:
    """A list of numbers, unless it is long: then it is a table of some other kind of model."""
    if sum(part.stop - part.start for part in parts) > LONGEST_ROW:
        return None
    if parts[0].number == 8:
        return tuple(number for part in parts for number in message.whole_numbers(part))
    n = sum(part.stop - part.start for part in parts) // 4
    return packed_floats(message, parts, (n,))


def constant(node: Node) -> StoredTensor | None:
    """What a Constant node holds, None for texts and sparse tensors."""
    for value in node.attributes.values():
        if isinstance(value, StoredTensor):
            return value
        if isinstance(value, int):
            return whole_numbers((value,), ())
        if isinstance(value, tuple):
            return whole_numbers(value, (len(value),))
    return None
