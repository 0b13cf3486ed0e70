"""The layers of an ONNX graph: which stored tensor is a node's weight, and which axis its classes.

Operators of other domains are those that ONNX Runtime writes when it quantises or fuses:
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.onnx.flow import Flow
from semdepth.reading.checkpoints.onnx.nodes import Node

# The places of both factors and of the bias among a node's inputs.
PRODUCTS: dict[str, tuple[int, int, int | None]] = {
    "Gemm": (0, 1, 2),
    "MatMul": (0, 1, None),
    "FusedGemm": (0, 1, 2),
    "FusedMatMul": (0, 1, None),
    "QGemm": (0, 3, 6),
    "QLinearMatMul": (0, 3, None),
    "MatMulInteger": (0, 1, None),
    "MatMulIntegerToFloat": (0, 1, 6),
    "DynamicQuantizeMatMul": (0, 1, 4),
}
# The places of the weight and of the bias.
CONVOLUTIONS: dict[str, tuple[int, int | None]] = {
    "Conv": (1, 2),
    "ConvTranspose": (1, 2),
    "FusedConv": (1, 2),
    "NhwcFusedConv": (1, 2),
    "QLinearConv": (3, 8),
    "ConvInteger": (1, None),
}


@dataclass(frozen=True, eq=False, slots=True)
class GraphLayer:
    """A node that multiplies by a stored weight; `bias` is the name of its own, "" for none."""

    weight: StoredTensor
    class_axis: int
    bias: str

    @property
    def n_classes(self) -> int:
        return self.weight.shape[self.class_axis]


def is_layer(node: Node) -> bool:
    """Whether a node multiplies matrices or convolves, by a stored weight or not."""
    return node.op in PRODUCTS or node.op in CONVOLUTIONS


def layer_at(flow: Flow, node: Node) -> GraphLayer | None:
    """The layer that a node is; None where it multiplies by no stored tensor."""
    if node.op in CONVOLUTIONS:
        weight, bias = CONVOLUTIONS[node.op]
        # A transposed convolution's weight is (d, n, ...), any other's (n, d, ...).
        found = flow.tensor_of(node.input(weight), 1 if node.op == "ConvTranspose" else 0)
    elif node.op in PRODUCTS:
        *factors, bias = PRODUCTS[node.op]
        found = _factor(flow, node, *factors)
    else:
        return None
    return None if found is None else GraphLayer(*found, node.input(bias))


def _factor(flow: Flow, node: Node, left: int, right: int) -> tuple[StoredTensor, int] | None:
    """The factor that is a stored matrix, usually the right one, and its axis of outputs."""
    found = flow.tensor_of(node.input(right), -2 if node.setting("transB", 0) else -1)
    if found is None and flow.computed((node.input(right),)):
        found = flow.tensor_of(node.input(left), -1 if node.setting("transA", 0) else -2)
    return None if found is None or len(found[0].shape) < 2 else found


def bias_of(flow: Flow, layer: GraphLayer, added: str) -> StoredTensor | None:
    """The stored tensor with one number a class that is added to a layer's outputs, or None.

    It is the layer's own bias or, failing that, the value `added` by a node behind it.
    """
    bias = flow.row_of(layer.bias or added)
    n = layer.n_classes
    fits = bias is not None and math.prod(bias.shape) == n and max(bias.shape, default=1) == n
    return bias if fits else None
