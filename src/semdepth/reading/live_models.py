"""Turns a model in memory into a checkpoint: PyTorch, Keras, or arrays by name.

No library of models is imported: an object is known by what it offers. Nothing is run but what
lists the weights, and nothing is copied until a tensor is loaded.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from semdepth.errors import ReadError
from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.arrays import oriented
from semdepth.reading.checkpoints.checkpoint import Checkpoint, quoted
from semdepth.reading.checkpoints.effective_weights import with_effective_weights
from semdepth.reading.checkpoints.keras import config as keras_config
from semdepth.reading.live_names import WITHIN, live_class_names

EXPECTED = "a path or a model (torch.nn.Module, keras.Model, a dictionary of arrays)"
# A quantised layer's weight and bias stand in a state dict as one pair under this name.
PACKED = "_packed_params._packed_params"
DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to hold weights: how it is told, and how its tensors are listed."""

    format: str
    tells: Callable[[object], bool]
    tensors: Callable[[object, str], Iterator[StoredTensor]]
    keeps_order: bool


def open_model(model: object) -> Checkpoint:
    """The weights of a model in memory, by name and shape, and the class names it knows.

    A model within another object is found (``learner.model``, ``pipeline.model``); so are tied
    weights, and weights that a layer computes (weight norm). Raises ReadError for an object that
    is no model, and, when a tensor is loaded, for one without numbers (meta device).

    >>> open_model({"fc.weight": np.eye(3), "class_names": ["cat", "dog", "car"]}).class_names
    ('cat', 'dog', 'car')
    """
    title = type(model).__name__
    network, kind = _network(model)
    tensors = with_effective_weights(kind.tensors(network, title))
    names, names_from = live_class_names(model)
    outputs = ()
    if kind.format == "Keras model":
        outputs = keras_config.output_layers(tensors, _keras_config(network))
    if kind.format == "arrays":
        tensors = oriented(list(tensors), names)
    return Checkpoint(
        None, kind.format, tensors, names, names_from, kind.keeps_order, outputs, title
    )


def _network(model: object) -> tuple[object, Kind]:
    """What holds the weights, the object itself or one within it, and its kind."""
    holders = () if isinstance(model, type) else (model, *_within(model))
    for holder in holders:
        for kind in KINDS:
            if kind.tells(holder):
                return holder, kind
    is_class = isinstance(model, type)
    found = f"the class {model.__name__}" if is_class else f"an object of {type(model).__name__}"
    raise ReadError(f"expected {EXPECTED}, found {found}; pass one of those")


def _within(model: object) -> list[object]:
    found = (getattr(model, name, None) for name in WITHIN)
    return [each for each in found if each is not None and not isinstance(each, type)]


# PyTorch


def _is_torch(model: object) -> bool:
    return callable(getattr(model, "state_dict", None)) and hasattr(model, "named_modules")


def _torch_tensors(model: object, title: str) -> Iterator[StoredTensor]:
    return _of_state(model.state_dict(), title)


def _of_state(state: Mapping, title: str) -> Iterator[StoredTensor]:
    """The tensors of a state dict; one that is the numbers of an earlier one is marked."""
    first: dict[object, str] = {}
    for name, tensor in _named(state):
        stored = _torch_tensor(name, tensor, title)
        place = _place(tensor)
        if place is not None and first.setdefault(place, name) != name:
            stored = replace(stored, tied_to=first[place])
        yield stored


def _named(state: Mapping) -> Iterator[tuple[str, object]]:
    for name, value in state.items():
        if _is_tensor(value):
            yield str(name), value
        elif isinstance(value, tuple) and str(name).endswith(PACKED):
            parts = zip(("weight", "bias"), value, strict=False)
            prefix = str(name).removesuffix(PACKED)
            yield from ((prefix + own, part) for own, part in parts if _is_tensor(part))


def _is_tensor(value: object) -> bool:
    return hasattr(value, "detach") and hasattr(value, "stride")


def _torch_tensor(name: str, tensor: object, title: str) -> StoredTensor:
    try:
        shape = tuple(map(int, tensor.shape))
    except RuntimeError:
        raise ReadError(
            f"{title}: expected a shape of tensor {quoted(name)}, found a lazy layer that has none "
            "yet; run the model on one batch first"
        ) from None
    dtype = str(tensor.dtype).removeprefix("torch.")
    return StoredTensor(name, shape, dtype, partial(_torch_numbers, title, name, tensor))


def _place(tensor: object) -> object:
    """Where a tensor's numbers lie in memory, or None where that cannot be asked."""
    # A subclass of tensors may keep its numbers anywhere.
    if type(tensor).__name__ not in ("Tensor", "Parameter") or "strided" not in str(tensor.layout):
        return None
    address = tensor.data_ptr()
    return (address, tuple(tensor.shape), tensor.stride(), tensor.dtype) if address else None


def _torch_numbers(title: str, name: str, tensor: object) -> np.ndarray:
    """The numbers of a tensor, wherever it lies; types that numpy lacks become float32."""
    if tensor.device.type == "meta":
        raise ReadError(
            f"{title}: expected numbers in tensor {quoted(name)}, found a tensor on the meta "
            "device, which has none; load the weights into the model first"
        )
    if hasattr(tensor, "full_tensor"):
        raise ReadError(
            f"{title}: expected all of tensor {quoted(name)}, found one rank's shard (DTensor); "
            "pass a dictionary of the gathered tensors (full_tensor() on every rank)"
        )
    values = tensor.detach()
    if values.is_quantized or type(values).__module__.startswith("torchao"):
        values = values.dequantize()
    if "strided" not in str(values.layout):
        values = values.to_dense()
    values = values.cpu()
    if str(values.dtype).startswith(("torch.bfloat16", "torch.float8")):
        values = values.float()
    return values.numpy()


# Keras


def _is_keras(model: object) -> bool:
    return hasattr(model, "layers") and callable(getattr(model, "get_weights", None))


def _keras_tensors(model: object, title: str) -> Iterator[StoredTensor]:
    # Some of Keras' releases name the model, before the layer, in the names of its variables.
    own = f"{getattr(model, 'name', '')}."
    names = [_variable_name(variable) for variable in model.weights]
    named = all(name.startswith(own) for name in names)
    for variable, name in zip(model.weights, names, strict=True):
        shape = tuple(map(int, variable.shape))
        dtype = str(getattr(variable.dtype, "name", variable.dtype))
        name = name.removeprefix(own) if named else name
        stored = _array_tensor(name, shape, dtype, variable.numpy)
        yield replace(stored, load=partial(_keras_numbers, title, name, variable))


def _keras_numbers(title: str, name: str, variable: object) -> np.ndarray:
    # Keras 3 shows what its backend holds; Keras 2's variables are TensorFlow's.
    value = getattr(variable, "value", None)
    if _is_tensor(value):
        return _torch_numbers(title, name, value)
    return _array_numbers(variable.numpy if value is None or callable(value) else lambda: value)


def _variable_name(variable: object) -> str:
    # Keras 3 has the layer in the path, Keras 2 in the name.
    name = str(getattr(variable, "path", None) or variable.name)
    return name.removesuffix(":0").replace("/", ".")


def _keras_config(model: object) -> dict:
    """The config of a network that has one: not those that people write as a class."""
    try:
        return json.loads(model.to_json())
    except (NotImplementedError, TypeError, ValueError):
        return {}


# Arrays by name: dictionaries, Flax and JAX


def _is_mapping(model: object) -> bool:
    return isinstance(model, Mapping)


def _is_state(model: object) -> bool:
    return isinstance(model, Mapping) and any(_is_tensor(value) for value in model.values())


def _is_nnx(model: object) -> bool:
    # Its library is loaded where there is such a model.
    nnx = sys.modules.get("flax.nnx")
    return nnx is not None and isinstance(model, nnx.Module)


def _nnx_tensors(model: object, title: str) -> Iterator[StoredTensor]:
    nnx = sys.modules["flax.nnx"]
    return _mapped_tensors(nnx.to_pure_dict(nnx.state(model)), title)


def _mapped_tensors(arrays: Mapping, title: str) -> Iterator[StoredTensor]:
    for name, array in _flattened(arrays):
        if _is_tensor(array):
            yield _torch_tensor(name, array, title)
        else:
            shape = tuple(map(int, array.shape))
            yield _array_tensor(name, shape, str(array.dtype), lambda array=array: array)


def _flattened(arrays: Mapping) -> Iterator[tuple[str, object]]:
    """Every array in nested dictionaries, in order, under its dotted name."""
    waiting: list[tuple[str, object, int]] = [("", arrays, 0)]
    while waiting:
        name, value, depth = waiting.pop()
        inner = getattr(value, "value", value)  # Flax wraps its parameters
        if hasattr(inner, "shape") and hasattr(inner, "dtype"):
            yield name, inner
        elif isinstance(value, Mapping | list | tuple) and depth < DEEPEST:
            items = value.items() if isinstance(value, Mapping) else enumerate(value)
            named = [(f"{name}.{key}" if name else str(key), each) for key, each in items]
            waiting.extend((own, each, depth + 1) for own, each in reversed(named))


def _array_tensor(
    name: str, shape: tuple[int, ...], dtype: str, numbers: Callable[[], object]
) -> StoredTensor:
    # Keras' and Flax's layers multiply from the right: (d, n), and (1, 1, d, n) for convolutions.
    kernel = name.rpartition(".")[2] == "kernel" and len(shape) > 1
    load = partial(_array_numbers, numbers)
    return StoredTensor(name, shape, dtype, load, len(shape) - 1 if kernel else 0)


def _array_numbers(numbers: Callable[[], object]) -> np.ndarray:
    values = np.asarray(numbers())
    # bfloat16 and the like come as a type that only JAX's numpy knows.
    return values if values.dtype.kind in "fiub" else values.astype(np.float32)


# In the order in which an object is asked: a Keras model on PyTorch is both of the first two.
KINDS = (
    Kind("Keras model", _is_keras, _keras_tensors, True),
    Kind("PyTorch model", _is_torch, _torch_tensors, True),
    Kind("Flax model", _is_nnx, _nnx_tensors, False),
    Kind("state dict", _is_state, _of_state, True),
    Kind("arrays", _is_mapping, _mapped_tensors, False),
)
