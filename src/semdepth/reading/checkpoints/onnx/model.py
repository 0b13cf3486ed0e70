"""The parts of an ONNX file: its graph's nodes, tensors and outputs, its functions, its metadata.

Field numbers are those of onnx.proto (https://github.com/onnx/onnx).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from semdepth.errors import DamagedFile
from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.checkpoint import quoted
from semdepth.reading.checkpoints.containers.protobuf import BYTES, VARINT, Field, Message, Window
from semdepth.reading.checkpoints.onnx.functions import inlined, read_function
from semdepth.reading.checkpoints.onnx.nodes import Node, constant, read_node
from semdepth.reading.checkpoints.onnx.tensors import read_tensor

# ModelProto: number and kind of every field.
MODEL_FIELDS = {
    **dict.fromkeys((1, 5), VARINT),
    **dict.fromkeys((2, 3, 4, 6, 7, 8, 14, 20, 25, 26), BYTES),
}
MODEL_TEXTS = (2, 3, 4, 6)  # producer's name and version, domain, description
GRAPH, METADATA, FUNCTION = 7, 14, 25
LONGEST_METADATA = 1 << 20


@dataclass(slots=True)
class Model:
    """An ONNX file: tensors by name, nodes in the order they run, names of outputs."""

    tensors: dict[str, StoredTensor] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)


def is_model(path: Path) -> bool:
    """Whether a file that begins like an ONNX model goes on like one up to its graph.

    Core ML's models and TensorFlow's SavedModel are protobufs that begin the same.
    """
    with path.open("rb", buffering=0) as file:
        window = Window(path, file)
        message = Message(window, 0, window.size)
        try:
            for part in message:
                if MODEL_FIELDS.get(part.number) != part.kind:
                    return False
                if part.number in MODEL_TEXTS and not _is_text(window, part):
                    return False
                if part.number == GRAPH:
                    return True
        except DamagedFile:
            pass  # cut off, or worse: the reader says so
    return True


def _is_text(window: Window, part: Field) -> bool:
    lead = window.read(part.start, min(part.stop, part.start + 64))
    return part.number == 6 or lead.decode("utf-8", "ignore").isprintable()


def read_model(path: Path) -> Model:
    """The graph of an ONNX file, without its numbers.

    Raises DamagedFile, with what was found only, for a file without a graph, with fields that
    reach beyond their message, or with two tensors of one name.
    """
    model, functions, graphs = Model(), {}, 0
    with path.open("rb", buffering=0) as file:
        window = Window(path, file)
        message = Message(window, 0, window.size)
        for part in message:
            inner = message.inner(part)
            if (part.number, part.kind) == (GRAPH, BYTES):
                graphs += 1
                _read_graph(inner, model)
            elif (part.number, part.kind) == (METADATA, BYTES):
                model.metadata.update(_metadata(inner))
            elif (part.number, part.kind) == (FUNCTION, BYTES):
                function = read_function(inner)
                functions[function.key] = function
    if not graphs:
        raise DamagedFile("no graph")
    model.nodes = inlined(model.nodes, functions)
    for name, tensor in _constants(model.nodes):
        _add(model, name, tensor)
    return model


def _read_graph(graph: Message, model: Model) -> None:
    for part in graph:
        if part.kind != BYTES:
            continue
        if part.number == 1:
            model.nodes.append(read_node(graph.inner(part)))
        elif part.number == 5:
            tensor = read_tensor(graph.inner(part))
            if tensor is not None:
                _add(model, tensor.name, tensor)
        elif part.number == 12:
            model.outputs.append(_value_name(graph.inner(part)))


def _add(model: Model, name: str, tensor: StoredTensor) -> None:
    if name in model.tensors:
        raise DamagedFile(f"the name {quoted(name)} of two tensors")
    if name:  # an empty name stands for an input that is left out
        model.tensors[name] = tensor


def _value_name(message: Message) -> str:
    return next((message.text(p) for p in message if p.number == 1 and p.kind == BYTES), "")


def _metadata(message: Message) -> Iterator[tuple[str, str]]:
    """Key and text of an entry, unless it is longer than any list of names."""
    if message.stop - message.start <= LONGEST_METADATA:
        parts = {p.number: p for p in message if p.kind == BYTES}
        if 1 in parts and 2 in parts:
            yield message.text(parts[1]), message.text(parts[2], LONGEST_METADATA)


def _constants(nodes: list[Node]) -> Iterator[tuple[str, StoredTensor]]:
    """The tensors that Constant nodes hold, under the names of their outputs."""
    for node in nodes:
        found = constant(node) if node.op == "Constant" and node.outputs else None
        if found is not None:
            yield node.outputs[0], replace(found, name=node.outputs[0])
