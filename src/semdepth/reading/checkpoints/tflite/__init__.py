"""Reads TensorFlow Lite models (.tflite) without TensorFlow: one flatbuffer, graph and numbers.

::

    model.py      the flatbuffer's tables: tensors, operators, outputs
    outputs.py    from the outputs back to the last layers
    numbers.py    unpacked and dequantised
    names.py      the labels file that is packed behind the model
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from semdepth.head import OutputLayer, StoredTensor
from semdepth.reading.checkpoints.checkpoint import Checkpoint, reading_as
from semdepth.reading.checkpoints.tflite.model import Graph, Tensor, read_model
from semdepth.reading.checkpoints.tflite.names import names_in_model
from semdepth.reading.checkpoints.tflite.numbers import EXPECTED, load, told_shape
from semdepth.reading.checkpoints.tflite.outputs import (
    biases_in_products,
    class_axis,
    layers,
    output_layers,
)

IDENTIFIER = b"TFL3"


def read(path: Path) -> Checkpoint:
    """The constants of a TensorFlow Lite model, the layers before its outputs, and its labels.

    Only tables are read. A convolution's weight (n, h, w, d) is told as (n, d, h, w). Quantised
    numbers (``qint8``, ``quint8``, ``qint4`` ...) come out of ``load()`` as float32.

    Raises DamagedFile; a tensor's ``load()`` raises UnknownFormat for sparse, shuffled and
    blockwise quantised numbers.
    """
    path = Path(path)
    with reading_as(path, EXPECTED):
        model = read_model(path)
        names, names_from = names_in_model(path, model.metadata)
        tensors: dict[str, StoredTensor] = {}
        main, *others = model.graphs
        called = _store(path, main, tensors)
        for graph in others:
            _store(path, graph, tensors)
        ends = [
            OutputLayer(
                called[layer.weight],
                None if layer.bias is None else called[layer.bias],
                main.tensors[output].name,
            )
            for layer, output in output_layers(main, layers(main))
        ]
    stored = tuple(tensors.values())
    return Checkpoint(path, "TensorFlow Lite", stored, names, names_from, output_layers=tuple(ends))


def list_tensors(path: Path) -> list[StoredTensor]:
    """Names, shapes and types of the constants in a model, each loaded when asked."""
    return list(read(path).tensors)


def class_names(path: Path) -> tuple[str, ...] | None:
    """The class names in the labels file that is packed into the model, or None."""
    return read(path).class_names


def _store(path: Path, graph: Graph, tensors: dict[str, StoredTensor]) -> dict[int, str]:
    """Add a graph's constants to `tensors`; what each is called there, by its number."""
    known = layers(graph)
    forms = {layer.weight: layer.form for layer in known.values()}
    products = biases_in_products(graph, known)
    called = {}
    for place, tensor in _constants(graph):
        if place in products:
            tensor = replace(tensor, dtype="q" + tensor.dtype, quantization=products[place])
        name = called[place] = _free_name(tensor.name, place, tensors)
        tensors[name] = _stored(path, name, tensor, forms.get(place, ""))
    return called


def _constants(graph: Graph) -> Iterator[tuple[int, Tensor]]:
    for place, tensor in enumerate(graph.tensors):
        if tensor.is_constant:
            yield place, tensor


def _free_name(name: str, place: int, taken: dict[str, StoredTensor]) -> str:
    # Names are the writer's: several tensors, and those of several graphs, may share one.
    name = name or "tensor"
    while name in taken:
        name = f"{name}#{place}"
    return name


def _stored(path: Path, name: str, tensor: Tensor, form: str) -> StoredTensor:
    shape = told_shape(tensor, form)
    loads = partial(load, path, tensor, form)
    return StoredTensor(name, shape, tensor.dtype, loads, class_axis(form, tensor.shape))
