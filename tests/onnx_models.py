"""Builds small ONNX models with the onnx library, for the tests of the reader."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from canonical_head import BIAS, HIDDEN_BIAS, HIDDEN_WEIGHT, WEIGHT


def save(path, nodes=(), tensors=(), outputs=("scores",), metadata=None, **options):
    """A model of these nodes and initialisers; its input is `features`."""
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        list(nodes),
        "graph",
        [value("features", TensorProto.FLOAT, None), *options.pop("inputs", ())],
        [value(name, TensorProto.FLOAT, None) for name in outputs],
        list(tensors),
    )
    options.setdefault("opset_imports", [helper.make_opsetid("", 21)])
    proto = helper.make_model(graph, **options)
    if metadata is not None:
        helper.set_model_props(proto, metadata)
    onnx.save(proto, path)
    return path


def node(text, **attributes):
    """A node written as `Gemm(hidden, W, B) -> logits`; operators of Microsoft's begin with ms."""
    call, outputs = text.split(" -> ")
    op, inputs = call.rstrip(")").split("(")
    if op.startswith("ms."):
        attributes["domain"] = "com.microsoft"
    names = [name.strip() for name in inputs.split(",")] if inputs else []
    return helper.make_node(op.removeprefix("ms."), names, outputs.split(", "), **attributes)


def constant(name, values):
    return node(f"Constant() -> {name}", value=numpy_helper.from_array(np.asarray(values)))


def stored(**tensors):
    return [numpy_helper.from_array(np.asarray(v), name) for name, v in tensors.items()]


# The canonical layers up to the head's input, and the head as PyTorch exports it.
HIDDEN = [node("Gemm(features, HW, HB) -> before", transB=1), node("Relu(before) -> hidden")]
GEMM = node("Gemm(hidden, W, B) -> logits", transB=1)
SAME = node("Identity(logits) -> scores")
HEAD = {"HW": HIDDEN_WEIGHT, "HB": HIDDEN_BIAS, "W": WEIGHT, "B": BIAS}
