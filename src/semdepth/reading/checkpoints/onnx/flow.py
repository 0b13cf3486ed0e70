"""Which node makes each value of an ONNX graph, which nodes use it, and which are constant."""

from __future__ import annotations

import math
from dataclasses import dataclass

from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.onnx.model import Model
from semdepth.reading.checkpoints.onnx.nodes import Node

# What leaves a stored tensor's numbers as they are, or nearly so.
SAME_NUMBERS = {
    "Identity",
    "Cast",
    "CastLike",
    "Dropout",
    "QuantizeLinear",
    "DequantizeLinear",
    "Transpose",
}
SAME_ROW = SAME_NUMBERS | {"Reshape", "Flatten", "Squeeze", "Unsqueeze"}
LONGEST_CHAIN = 32

# A stored tensor, and one of its axes.
TensorAxis = tuple[StoredTensor, int]


@dataclass(frozen=True, eq=False, slots=True)
class Flow:
    """A graph, to be walked from its outputs to its inputs."""

    tensors: dict[str, StoredTensor]
    nodes: list[Node]
    makers: dict[str, Node]
    users: dict[str, list[Node]]
    constant: frozenset[str]

    def computed(self, values: tuple[str, ...]) -> list[str]:
        """Those of the values that follow from the network's input."""
        return [value for value in values if value and value not in self.constant]

    def tensor_of(self, value: str, axis: int = 0) -> TensorAxis | None:
        """The stored tensor that a value is, and where its axis `axis` lies in the tensor.

        Casts, transpositions and quantisation may stand between, and a reshaping that drops
        axes of length 1; None for other values.
        """
        perms = []
        for _ in range(LONGEST_CHAIN):
            tensor = self.tensors.get(value)
            if tensor is not None:
                place = _before(perms, axis, len(tensor.shape))
                return None if place is None else (tensor, place)
            node = self.makers.get(value)
            if node is not None and node.op == "Reshape":
                return self._reshaped(node, perms, axis)
            if node is None or node.op not in SAME_NUMBERS:
                return None
            if node.op == "Transpose":
                perms.append(node.attributes.get("perm"))
            value = node.input(0)
        return None

    def _reshaped(self, node: Node, perms: list[object], axis: int) -> TensorAxis | None:
        """A stored tensor (1, 1, n, d) that is used as (n, d): only axes of length 1 may differ."""
        tensor, target = self.tensors.get(node.input(0)), self.tensors.get(node.input(1))
        if (
            tensor is None
            or target is None
            or target.dtype != "int64"
            or math.prod(target.shape) > 8
        ):
            return None
        sizes = target.load().reshape(-1).tolist()
        place = _before(perms, axis, len(sizes))
        outer = [i for i, size in enumerate(sizes) if size != 1]
        inner = [i for i, size in enumerate(tensor.shape) if size != 1]
        same = [sizes[i] for i in outer] == [tensor.shape[i] for i in inner]
        return (tensor, inner[outer.index(place)]) if same and place in outer else None

    def row_of(self, value: str) -> StoredTensor | None:
        """The stored tensor that a value is but for its shape, or None."""
        for _ in range(LONGEST_CHAIN):
            if value in self.tensors:
                return self.tensors[value]
            node = self.makers.get(value)
            if node is None or node.op not in SAME_ROW:
                return None
            value = node.input(0)
        return None


def flow_of(model: Model) -> Flow:
    """The model's graph by values."""
    makers: dict[str, Node] = {}
    users: dict[str, list[Node]] = {}
    constant = {"", *model.tensors}
    for node in model.nodes:
        for value in dict.fromkeys(node.inputs):
            users.setdefault(value, []).append(node)
        for value in node.outputs:
            makers.setdefault(value, node)
        # A graph's nodes stand in the order they run.
        if node.inputs and constant.issuperset(node.inputs):
            constant.update(node.outputs)
    return Flow(model.tensors, model.nodes, makers, users, frozenset(constant))


def _before(perms: list[object], axis: int, n_axes: int) -> int | None:
    """Where an axis was before transpositions, the last of them first."""
    if not -n_axes <= axis < n_axes:
        return None
    axis %= n_axes
    for perm in perms:
        order = tuple(reversed(range(n_axes))) if perm is None else perm
        if not isinstance(order, tuple) or sorted(order) != list(range(n_axes)):
            return None
        axis = order[axis]
    return axis
