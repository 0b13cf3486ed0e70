"""Walks an ONNX graph back from its outputs to the last weight before each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.onnx.flow import LONGEST_CHAIN, Flow
from semdepth.reading.checkpoints.onnx.layers import GraphLayer, bias_of, layer_at
from semdepth.reading.checkpoints.onnx.nodes import Node


@dataclass(frozen=True, eq=False, slots=True)
class LastLayer:
    """The last layer before `output`, and the bias that is added to it."""

    layer: GraphLayer
    bias: StoredTensor | None
    output: str


def ops(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What may stand between a layer and the addition of its bias, or between the sum and an output:
# it moves numbers about, or takes means, which a constant passes through unchanged.
MOVES = ops("""
    Identity Cast CastLike Dropout Reshape Flatten Squeeze Unsqueeze Transpose Expand Slice Gather
    Split QuantizeLinear DequantizeLinear GlobalAveragePool AveragePool ReduceMean
    QLinearGlobalAveragePool QLinearAveragePool
""")
# What turns logits into scores, decisions and maps of the image's size.
SCORES = ops("""
    Softmax LogSoftmax Hardmax Sigmoid HardSigmoid Tanh Softplus Relu LeakyRelu PRelu Clip Exp Log
    Neg ArgMax ArgMin TopK Greater GreaterOrEqual ReduceMax ReduceSum GlobalMaxPool MaxPool Resize
    Upsample DepthToSpace Tile Pad GatherND GatherElements Round Floor QLinearSoftmax
    QLinearSigmoid QLinearLeakyRelu ZipMap Normalizer LabelEncoder ArrayFeatureExtractor
""")
# Several branches: scales of a detector, heads side by side.
BRANCHES = ops("Concat QLinearConcat Sum Mean Max Min Where NonMaxSuppression")
# The places of both operands.
ARITHMETIC = {
    "Add": (0, 1),
    "Sub": (0, 1),
    "Mul": (0, 1),
    "Div": (0, 1),
    "QLinearAdd": (0, 3),
    "QLinearMul": (0, 3),
}
ADDITIONS = ("Add", "QLinearAdd")
# A softmax that is written out divides by such a number a row, a log-softmax subtracts one.
OF_A_ROW = ops("ReduceMax ReduceSum ReduceLogSumExp Log")
SPREADS = ops("Expand Reshape Squeeze Unsqueeze Cast Identity Max Min Clip Add Reciprocal")

# A value to look at, and the constant that was added behind it ("" for none).
Step = tuple[str, str]


def last_layers(flow: Flow, outputs: Iterable[str]) -> Iterator[LastLayer]:
    """The last layers before each output, each layer once, in the order of the outputs.

    Nothing is told of an output whose last layer is normalised, belongs to a residual sum, or
    multiplies two computed values: it holds features, not one number a class.
    """
    seen: set[str] = set()
    found: set[str] = set()
    for output in outputs:
        waiting: list[Step] = [(output, "")]
        while waiting:
            value, added = waiting.pop()
            node = flow.makers.get(value)
            if node is None or value in seen:
                continue
            seen.add(value)
            layer = layer_at(flow, node)
            if layer is None:
                waiting.extend(reversed(list(_before(flow, node, added))))
            elif layer.weight.name not in found:
                found.add(layer.weight.name)
                yield LastLayer(layer, bias_of(flow, layer, added), output)


def _before(flow: Flow, node: Node, added: str) -> Iterator[Step]:
    """The values that a node's outputs were made from, as far as they are scores of classes."""
    if node.op in ARITHMETIC:
        yield from _operands(flow, node, added)
        return
    computed = flow.computed(node.inputs)
    if node.op in MOVES:
        yield from ((value, added) for value in computed[:1])
    elif node.op in SCORES:
        yield from ((value, "") for value in computed[:1])
    elif node.op in BRANCHES:
        yield from ((value, "") for value in computed)


def _operands(flow: Flow, node: Node, added: str) -> Iterator[Step]:
    first, second = (node.input(place) for place in ARITHMETIC[node.op])
    computed = flow.computed((first, second))
    if len(computed) == 1:
        other = second if computed == [first] else first
        yield computed[0], other if node.op in ADDITIONS else ""
    elif len(computed) == 2:
        yield from _of_two(flow, node, added)


def _of_two(flow: Flow, node: Node, added: str) -> Iterator[Step]:
    """What to follow where both operands follow from the network's input."""
    first, second = (node.input(place) for place in ARITHMETIC[node.op])
    if node.op in ("Sub", "Div", "Mul") and _is_of_a_row(flow, second):
        yield first, ""
    elif node.op == "Mul" and _is_of_a_row(flow, first):
        yield second, ""
    elif node.op == "Mul" and (is_dynamic_scale(flow, first) or is_dynamic_scale(flow, second)):
        yield second if is_dynamic_scale(flow, first) else first, added
    elif node.op not in ("Sub", "Div") and _only_used_here(flow, first, second):
        # Heads that are averaged, a class's score times that of an object. What is used
        # elsewhere too is a residual connection or a gate within the network.
        yield from ((first, ""), (second, ""))


def _only_used_here(flow: Flow, *values: str) -> bool:
    return len(set(values)) == len(values) and all(len(flow.users[v]) == 1 for v in values)


def _is_of_a_row(flow: Flow, value: str) -> bool:
    """Whether a value is a row's maximum or sum, spread over the row."""
    for _ in range(LONGEST_CHAIN):
        node = flow.makers.get(value)
        if node is None or node.op in OF_A_ROW:
            return node is not None
        computed = flow.computed(node.inputs)
        if node.op not in SPREADS or not computed:
            return False
        value = computed[0]
    return False


def is_dynamic_scale(flow: Flow, value: str) -> bool:
    """Whether a value scales what DynamicQuantizeLinear made integers of, times a constant."""
    for _ in range(LONGEST_CHAIN):
        node = flow.makers.get(value)
        if node is None or node.op == "DynamicQuantizeLinear":
            return node is not None
        computed = flow.computed(node.inputs)
        if node.op != "Mul" or len(computed) != 1:
            return False
        value = computed[0]
    return False
