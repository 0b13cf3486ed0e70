"""Reads ONNX models: their tensors, and the last weight before each output of their graph.

::

    tensors.py     tensors, in the file or in one beside it (external.py)
    nodes.py       nodes and constants; functions.py puts functions in the place of their calls
    model.py       all of it: the graph, and the metadata
    flow.py        the graph by values
    layers.py      nodes that multiply by a stored weight
    outputs.py     the last of them before each output
    quantised.py   integers that stand for numbers
    names.py       class names in the metadata
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from semdepth.head import OutputLayer, StoredTensor
from semdepth.reading.checkpoints.checkpoint import Checkpoint, reading_as
from semdepth.reading.checkpoints.onnx.flow import Flow, flow_of
from semdepth.reading.checkpoints.onnx.layers import layer_at
from semdepth.reading.checkpoints.onnx.model import is_model, read_model
from semdepth.reading.checkpoints.onnx.names import names_in_metadata
from semdepth.reading.checkpoints.onnx.outputs import LastLayer, last_layers
from semdepth.reading.checkpoints.onnx.quantised import quantised_tensors
from semdepth.reading.checkpoints.onnx.tensors import EXPECTED

__all__ = ["LEAD", "class_names", "is_model", "list_tensors", "read"]

# ONNX has no magic: a protobuf whose first field is the (small) version of the format, followed
# by the producer's name, another text, or the graph.
LEAD = re.compile(rb"\x08[\x01-\x1f][\x12\x1a\x22\x28\x32\x3a\x42]", re.DOTALL)


def read(path: Path) -> Checkpoint:
    """The initialisers and constants of an ONNX model, and the last layers before its outputs.

    Only headers are read. Quantised weights are loaded as the float32 numbers that they stand
    for, and a layer's bias (1, n) as (n,). Raises DamagedFile, and UnsafeFile for tensors whose
    numbers are said to lie outside the model's folder.
    """
    path = Path(path)
    with reading_as(path, EXPECTED):
        model = read_model(path)
        flow = flow_of(model)
        last = list(last_layers(flow, model.outputs))
        tensors = _tensors(flow, last, path)
    names, names_from = names_in_metadata(model.metadata)
    shown = tuple(
        OutputLayer(a.layer.weight.name, None if a.bias is None else a.bias.name, a.output)
        for a in last
    )
    return Checkpoint(path, "ONNX", tensors, names, names_from, output_layers=shown)


def list_tensors(path: Path) -> list[StoredTensor]:
    """Names, shapes and types of the tensors in an ONNX model, each loaded when asked."""
    return list(read(path).tensors)


def class_names(path: Path) -> tuple[str, ...] | None:
    """The class names in an ONNX model's metadata, or None."""
    return read(path).class_names


def _tensors(flow: Flow, last: list[LastLayer], path: Path) -> tuple[StoredTensor, ...]:
    """The tensors, with what the graph tells of them: class axes, scales, which are biases."""
    tensors = dict(flow.tensors) | quantised_tensors(flow, path)
    layers = [a.layer for a in last] + [a for a in (layer_at(flow, n) for n in flow.nodes) if a]
    # Should layers share a weight, the one before an output has the first word.
    for layer in reversed(layers):
        name = layer.weight.name
        tensors[name] = replace(tensors[name], class_axis=layer.class_axis)
    for bias, layer in ((a.bias, a.layer) for a in last):
        if bias is not None and len(bias.shape) != 1:
            row = tensors[bias.name]
            load = partial(_load_row, row)
            tensors[bias.name] = replace(row, shape=(layer.n_classes,), load=load)
    return tuple(tensors.values())


def _load_row(tensor: StoredTensor) -> np.ndarray:
    return tensor.load().reshape(-1)
