"""Puts the nodes of a model's own functions in the place of their calls."""

from __future__ import annotations

from dataclasses import dataclass, replace

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.checkpoint import quoted
from semdepth.reading.checkpoints.containers.protobuf import BYTES, Message
from semdepth.reading.checkpoints.onnx.nodes import (
    Attribute,
    Node,
    Reference,
    read_attribute,
    read_node,
)

Key = tuple[str, str, str]
DEEPEST_CALL = 32
MOST_NODES = 500_000


@dataclass(frozen=True, eq=False, slots=True)
class Function:
    """A FunctionProto: `nodes` between `inputs` and `outputs`, `defaults` of its attributes."""

    key: Key
    inputs: list[str]
    outputs: list[str]
    nodes: list[Node]
    defaults: dict[str, Attribute]

    def called_by(self, call: Node) -> list[Node]:
        """The function's nodes with the values and attributes of one call.

        Values inside get the name of the call's first output in front, so that two calls differ.
        """
        prefix = next((name for name in call.outputs if name), "") + ":"
        actual = {"": ""}
        for formal, given in ((self.outputs, call.outputs), (self.inputs, call.inputs)):
            actual |= dict.fromkeys(formal, "") | dict(zip(formal, given, strict=False))
        settings = self.defaults | call.attributes

        def renamed(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(actual.get(name, prefix + name) for name in names)

        return [
            replace(
                node,
                inputs=renamed(node.inputs),
                outputs=renamed(node.outputs),
                attributes=_settled(node.attributes, settings),
            )
            for node in self.nodes
        ]


def read_function(message: Message) -> Function:
    """A FunctionProto."""
    texts: dict[int, list[str]] = {1: [], 4: [], 5: [], 10: [], 13: []}
    nodes, defaults = [], {}
    for part in message:
        if part.kind != BYTES:
            continue
        if part.number in texts:
            texts[part.number].append(message.text(part))
        elif part.number == 7:
            nodes.append(read_node(message.inner(part)))
        elif part.number == 11:
            name, value = read_attribute(message.inner(part))
            if value is not None:
                defaults[name] = value
    name, domain, overload = ((texts[number] or [""])[-1] for number in (1, 10, 13))
    return Function((domain, name, overload), texts[4], texts[5], nodes, defaults)


def inlined(nodes: list[Node], functions: dict[Key, Function]) -> list[Node]:
    """The nodes with every call of a function replaced by what the function does.

    Raises DamagedFile for functions that call each other without end.
    """
    if not functions:
        return nodes
    waiting = [(node, 0) for node in reversed(nodes)]
    done: list[Node] = []
    while waiting:
        node, depth = waiting.pop()
        function = functions.get((node.domain, node.op, node.overload))
        if function is None:
            done.append(node)
            continue
        inner = function.called_by(node)
        if depth > DEEPEST_CALL or len(done) + len(waiting) + len(inner) > MOST_NODES:
            raise DamagedFile(f"calls of the function {quoted(node.op)} nested without end")
        waiting.extend((made, depth + 1) for made in reversed(inner))
    return done


def _settled(own: dict[str, Attribute], given: dict[str, Attribute]) -> dict[str, Attribute]:
    """Attributes with those that refer to the call's replaced by them, or left out."""
    settled = {n: given.get(v.name) if isinstance(v, Reference) else v for n, v in own.items()}
    return {name: value for name, value in settled.items() if value is not None}
