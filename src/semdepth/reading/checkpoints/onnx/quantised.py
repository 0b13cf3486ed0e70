"""Which tensors of an ONNX graph are quantised, by which scales, and what numbers they mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from semdepth.errors import DamagedFile
from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.checkpoint import quoted, reading_as
from semdepth.reading.checkpoints.number_types import dequantised
from semdepth.reading.checkpoints.onnx.flow import LONGEST_CHAIN, Flow
from semdepth.reading.checkpoints.onnx.layers import PRODUCTS
from semdepth.reading.checkpoints.onnx.nodes import Node
from semdepth.reading.checkpoints.onnx.tensors import EXPECTED

# For every quantised operand: its place among the inputs, those of its scales (a bias has the
# product of the input's and the weight's), that of its zero point, and the axis of the scales.
Operand = tuple[int, tuple[int, ...], int | None, int]
OPERANDS: dict[str, tuple[Operand, ...]] = {
    "DequantizeLinear": ((0, (1,), 2, 1),),
    "QLinearMatMul": ((0, (1,), 2, -2), (3, (4,), 5, -1)),
    "QLinearConv": ((3, (4,), 5, 0), (8, (1, 4), None, 0)),
    "QGemm": ((0, (1,), 2, -2), (3, (4,), 5, -1), (6, (1, 4), None, -1)),
    "QLinearAdd": ((0, (1,), 2, 0), (3, (4,), 5, 0)),
    "DynamicQuantizeMatMul": ((1, (2,), 3, -1),),
    "MatMulIntegerToFloat": ((1, (3,), 5, -1),),
}
# Their scale stands in a product behind them; the zero points are inputs 2 and 3.
INTEGER_OPERATORS = {"MatMulInteger": -1, "ConvInteger": 0}


@dataclass(frozen=True, eq=False, slots=True)
class Quantisation:
    """How integers stand for numbers: (integer - zero point) * scale.

    Scales are one number, or one for each index along `axis`, or for each `block` of indices.
    """

    scales: tuple[StoredTensor, ...]
    zero_point: StoredTensor | None
    axis: int
    block: int = 0


def quantised_tensors(flow: Flow, path: Path) -> dict[str, StoredTensor]:
    """The quantised tensors by name, to be read as float32, of the type qint8, quint8, ..."""
    found: dict[str, StoredTensor] = {}
    for node in flow.nodes:
        for tensor, quantisation in _quantisations(flow, node):
            if tensor.dtype.startswith(("int", "uint", "float8")):
                kind = tensor.dtype if tensor.dtype.startswith("float") else f"q{tensor.dtype}"
                load = partial(_load, path, tensor, quantisation)
                found.setdefault(tensor.name, replace(tensor, dtype=kind, load=load))
    return found


def _quantisations(flow: Flow, node: Node) -> Iterator[tuple[StoredTensor, Quantisation]]:
    for place, scales, zero_point, axis in OPERANDS.get(node.op, ()):
        given = [node.input(scale) for scale in scales]
        yield from _quantisation(flow, node, (place, _axis(node, place, axis)), given, zero_point)
    if node.op in INTEGER_OPERATORS:
        given = [_scale_behind(flow, node)]
        yield from _quantisation(flow, node, (1, INTEGER_OPERATORS[node.op]), given, 3)


def _axis(node: Node, place: int, axis: int) -> int:
    """The axis of an operand's scales, as the node's settings have it."""
    if node.op == "DequantizeLinear":
        return node.setting("axis", axis)
    turned = node.op == "QGemm" and place in PRODUCTS["QGemm"][:2]
    if turned and node.setting("transB" if axis == -1 else "transA", 0):
        return -3 - axis  # the other of the last two
    return axis


def _quantisation(
    flow: Flow, node: Node, operand: tuple[int, int], scales: list[str], zero_point: int | None
) -> Iterator[tuple[StoredTensor, Quantisation]]:
    place, axis = operand
    value = node.input(place)
    # A tensor of fewer axes than the default speaks of has one scale.
    found = flow.tensor_of(value, axis) or flow.tensor_of(value)
    tensors = [flow.row_of(scale) for scale in scales]
    if found is not None and None not in tensors:
        zero, block = flow.row_of(node.input(zero_point)), node.setting("block_size", 0)
        yield found[0], Quantisation(tuple(tensors), zero, found[1], block)


def _scale_behind(flow: Flow, node: Node) -> str:
    """The weight's scale: the constant in the product that turns the sums into numbers again."""
    value = next(iter(node.outputs), "")
    for _ in range(LONGEST_CHAIN):
        users = flow.users.get(value, [])
        if len(users) != 1:
            return ""
        user = users[0]
        if user.op == "Mul":
            return _constant_factor(flow, next((v for v in user.inputs if v != value), ""))
        value = next(iter(user.outputs), "")
    return ""


def _constant_factor(flow: Flow, value: str) -> str:
    for _ in range(LONGEST_CHAIN):
        if value in flow.constant:
            return value
        node = flow.makers.get(value)
        if node is None or node.op != "Mul":
            return ""
        constants = [v for v in node.inputs if v in flow.constant]
        value = (constants or [node.input(0)])[0]
    return ""


def _load(path: Path, tensor: StoredTensor, quantisation: Quantisation) -> np.ndarray:
    integers = tensor.load()
    scales = [scale.load() for scale in quantisation.scales]
    zero_point = quantisation.zero_point
    offset = np.zeros(()) if zero_point is None else zero_point.load()
    with reading_as(path, EXPECTED), np.errstate(all="ignore"):
        try:
            # In double precision, so that a bias of large integers is rounded once.
            scale = np.prod(np.broadcast_arrays(*scales), axis=0, dtype=np.float64)
            scale = _spread(scale, integers.shape, quantisation)
            offset = _spread(offset, integers.shape, quantisation)
            return dequantised(integers, scale, offset, None)
        except (ValueError, IndexError) as error:
            raise DamagedFile(f"scales that do not fit tensor {quoted(tensor.name)}") from error


def _spread(values: np.ndarray, shape: tuple[int, ...], quantisation: Quantisation) -> np.ndarray:
    """Scales or zero points in a form that fits the integers' shape."""
    axis = quantisation.axis
    if values.size == 1:
        return values.reshape(())
    if values.ndim == 1:
        return values.reshape([-1 if place == axis else 1 for place in range(len(shape))])
    if quantisation.block > 0:
        values = values.take(np.arange(shape[axis]) // quantisation.block, axis)
    return np.broadcast_to(values, shape)
