"""Walks a TensorFlow Lite graph back from its outputs to the layers that end in them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from semdepth.reading.checkpoints.tflite.model import Graph, Operator, Quantization, Tensor

# Operators by their numbers in TensorFlow's schema.fbs (BuiltinOperator).
ADD, CONV_2D, FULLY_CONNECTED, MUL, DIV, BATCH_MATMUL = 0, 3, 9, 18, 42, 126
UNPACKS = {6, 124}  # DEQUANTIZE, DENSIFY: constants that stand packed in the file
# Through which operators a class score passes, and on which of their inputs (None: on any).
PASSES: dict[int | str, int | None] = {
    ADD: None,
    1: 0,  # AVERAGE_POOL_2D
    2: None,  # CONCATENATION
    6: 0,  # DEQUANTIZE
    14: 0,  # LOGISTIC
    17: 0,  # MAX_POOL_2D
    MUL: None,
    19: 0,  # RELU
    22: 0,  # RESHAPE
    23: 0,  # RESIZE_BILINEAR
    25: 0,  # SOFTMAX
    36: 0,  # GATHER
    39: 0,  # TRANSPOSE
    40: 0,  # MEAN
    41: None,  # SUB
    DIV: None,
    43: 0,  # SQUEEZE
    45: 0,  # STRIDED_SLICE
    48: 0,  # TOPK_V2
    49: 1,  # SPLIT, whose first input is the axis
    50: 0,  # LOG_SOFTMAX
    53: 0,  # CAST
    55: None,  # MAXIMUM
    56: 0,  # ARG_MAX
    57: None,  # MINIMUM
    65: 0,  # SLICE
    70: 0,  # EXPAND_DIMS
    74: 0,  # SUM
    82: 0,  # REDUCE_MAX
    83: None,  # PACK
    88: 0,  # UNPACK
    97: 0,  # RESIZE_NEAREST_NEIGHBOR
    102: 0,  # SPLIT_V
    107: 0,  # GATHER_ND
    114: 0,  # QUANTIZE
    120: 1,  # NON_MAX_SUPPRESSION_V4: boxes, scores
    121: 1,  # NON_MAX_SUPPRESSION_V5
    "TFLite_Detection_PostProcess": 1,  # boxes, class scores, anchors
}
# Behind these a bias that is added is still the layer's own.
KEEPS_BIAS = {6, 22, 43, 53, 70, 114}


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer with stored weights: which tensors its weight and bias are, and its form.

    Forms: "rows" (n, d), "convolution" (n, h, w, d), "columns" (d, n), "shuffled".
    """

    weight: int
    bias: int | None
    form: str
    operator: Operator


def layers(graph: Graph) -> dict[int, Layer]:
    """The layers of a graph whose weights are constants, by the number of their operator."""
    packed = {
        operator.outputs[0]: operator.inputs[0]
        for operator in graph.operators
        if operator.kind in UNPACKS and len(operator.inputs) == len(operator.outputs) == 1
    }
    found = {}
    for number, operator in enumerate(graph.operators):
        if operator.kind in (CONV_2D, FULLY_CONNECTED, BATCH_MATMUL):
            weight, bias = (_constant(graph, packed, operator, place) for place in (1, 2))
            if weight is not None:
                found[number] = Layer(weight, bias, _form(operator), operator)
    return found


def output_layers(graph: Graph, known: dict[int, Layer]) -> list[tuple[Layer, int]]:
    """The last layers before each output, with the output; a layer is told once."""
    makers = {place: n for n, operator in enumerate(graph.operators) for place in operator.outputs}
    found, seen = [], set()
    for output in graph.outputs:
        waiting: list[tuple[int, int | None]] = [(output, None)]
        while waiting:
            place, added = waiting.pop()
            number = makers.get(place)
            if number is None or number in seen:
                continue
            seen.add(number)
            if number in known:
                found.append((_with_bias(graph, known[number], added), output))
            else:
                waiting.extend(_before(graph, graph.operators[number], added))
    return found


def class_axis(form: str, shape: tuple[int, ...]) -> int:
    """Which axis counts the classes; matrices may stand in a batch of one, (1, d, n)."""
    if form == "columns":
        return max(len(shape) - 1, 0)
    return max(len(shape) - 2, 0) if form == "rows" else 0


def biases_in_products(graph: Graph, known: dict[int, Layer]) -> dict[int, Quantization]:
    """Whole-number biases that have no scale of their own: theirs is input's times weight's."""
    found = {}
    for layer in known.values():
        bias = None if layer.bias is None else graph.tensors[layer.bias]
        if bias is not None and bias.dtype in ("int32", "int64"):
            given = graph.tensors[layer.operator.inputs[0]].quantization
            weight = graph.tensors[layer.weight].quantization
            if given is not None and weight is not None:
                plain = given.plain and weight.plain
                found[layer.bias] = Quantization(given.scales + weight.scales, None, 0, plain)
    return found


def _constant(
    graph: Graph, packed: dict[int, int], operator: Operator, position: int
) -> int | None:
    """The constant behind an operator's input, if it is one."""
    place = operator.inputs[position] if position < len(operator.inputs) else -1
    for _ in range(4):  # float16, sparse: one unpacking, rarely two
        if place < 0 or graph.tensors[place].is_constant:
            break
        place = packed.get(place, -1)
    return place if place >= 0 and graph.tensors[place].is_constant else None


def _form(operator: Operator) -> str:
    if operator.kind == CONV_2D:
        return "convolution"
    # The second field: adj_y of BATCH_MATMUL, weights_format of FULLY_CONNECTED.
    second = 0 if operator.options is None else operator.options.number(1, "<b")
    if operator.kind == BATCH_MATMUL:
        return "rows" if second else "columns"
    return "shuffled" if second else "rows"


def _before(graph: Graph, operator: Operator, added: int | None) -> list[tuple[int, int | None]]:
    """The inputs through which scores came, each with the bias that was added behind it."""
    if operator.kind not in PASSES:
        return []
    only = PASSES[operator.kind]
    inputs = operator.inputs if only is None else operator.inputs[only : only + 1]
    constants = [i for i in inputs if i >= 0 and graph.tensors[i].is_constant]
    if operator.kind in (MUL, DIV) and any(_size(graph.tensors[i]) != 1 for i in constants):
        return []  # classes weighted one by one: the layer's rows are not the templates
    if operator.kind == ADD:
        added = constants[0] if constants else None
    elif operator.kind not in KEEPS_BIAS:
        added = None
    return [(i, added) for i in inputs if i >= 0 and i not in constants]


def _with_bias(graph: Graph, layer: Layer, added: int | None) -> Layer:
    if layer.bias is not None or added is None:
        return layer
    shape = graph.tensors[layer.weight].shape
    axis = class_axis(layer.form, shape)
    return replace(layer, bias=added) if graph.tensors[added].shape == shape[axis:][:1] else layer


def _size(tensor: Tensor) -> int:
    return math.prod(tensor.shape)
