"""What the weights in a Keras file are called: by their layers, whichever way they are stored.

Three ways: HDF5 files of Keras 1 and 2 (``layer_names`` and ``weight_names``); those of Keras 3
(``layers/dense_1/vars/0``, where dense_1 is the second Dense layer, whatever it is called); and
HDF5 of anybody else, whose names stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.checkpoint import quoted
from semdepth.reading.checkpoints.containers.hdf5 import Node, walk
from semdepth.reading.checkpoints.keras import config as keras_config

Path = tuple[str, ...]

# In the order in which Keras 3 numbers them.
KERNEL = ("kernel", "bias")
VARIABLES = {
    "dense": KERNEL,
    "einsum_dense": KERNEL,
    "conv1d": KERNEL,
    "conv2d": KERNEL,
    "conv3d": KERNEL,
    "conv1d_transpose": KERNEL,
    "conv2d_transpose": KERNEL,
    "conv3d_transpose": KERNEL,
    "depthwise_conv1d": ("depthwise_kernel", "bias"),
    "depthwise_conv2d": ("depthwise_kernel", "bias"),
    "separable_conv1d": ("depthwise_kernel", "pointwise_kernel", "bias"),
    "separable_conv2d": ("depthwise_kernel", "pointwise_kernel", "bias"),
    "embedding": ("embeddings",),
    "lstm_cell": ("kernel", "recurrent_kernel", "bias"),
    "gru_cell": ("kernel", "recurrent_kernel", "bias"),
    "simple_rnn_cell": ("kernel", "recurrent_kernel", "bias"),
}
# Where Keras 3, and the releases before it, number the layers of a network.
CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
NUMBERED = re.compile(r"_\d+$")


@dataclass(frozen=True, eq=False, slots=True)
class Variable:
    """One array of a file: what it is called, and which of its axes counts outputs.

    ``in_order`` says that it stands in the file's order of layers.
    """

    name: str
    node: Node
    class_axis: int
    in_order: bool


def variables(root: Node, config: dict) -> list[Variable]:
    """The arrays of a Keras file, called after their layers.

    Raises DamagedFile for weights that the file lists and does not have.
    """
    nodes = dict(walk(root))
    arrays = {path: node for path, node in nodes.items() if node.is_array}
    top = ("model_weights",) if ("model_weights",) in nodes else ()
    layers = listed(nodes[top] if top else root, "layer_names")
    if layers is not None:
        named = list(_by_layers(nodes, arrays, top, layers))
    elif any(path[-2:-1] == ("vars",) for path in arrays):
        named = list(_by_numbers(nodes, arrays, config))
    else:
        named = [_plain(path, node) for path, node in arrays.items()]
    return _distinct(named, arrays)


def listed(node: Node, name: str) -> list[str] | None:
    """A list of texts beside a group; long ones are cut into name0, name1, ..."""
    found = node.text(name)
    if found is not None:
        return [found] if isinstance(found, str) else list(found)
    parts: list[str] = []
    while (part := node.text(f"{name}{len(parts)}")) is not None:
        parts.append(part)
    return None if not parts else [text for part in parts for text in part]


# Keras 1 and 2


def _by_layers(
    nodes: dict[Path, Node], arrays: dict[Path, Node], top: Path, layers: list[str]
) -> Iterator[Variable]:
    used = set()
    for layer in layers:
        group = (*top, *_parts(layer))
        for weight in listed(nodes[group], "weight_names") or [] if group in nodes else []:
            path = (*group, *_parts(weight))
            if path not in arrays:
                raise DamagedFile(f"{quoted(weight)} of layer {quoted(layer)} missing")
            used.add(path)
            name = _called(_parts(layer), _parts(weight))
            yield Variable(name, arrays[path], _class_axis(name, arrays[path]), True)
    for path, node in arrays.items():
        if path not in used:
            yield _plain(path, node)


def _called(layer: Path, weight: Path) -> str:
    """``dense.kernel``, of the layer ``dense`` and its weight ``sequential/dense/kernel:0``."""
    weight = (*weight[:-1], weight[-1].split(":")[0])
    inside = [place for place in range(len(weight)) if weight[place : place + len(layer)] == layer]
    rest = weight[inside[-1] + len(layer) :] if inside else weight
    return ".".join((*layer, *rest))


def _parts(name: str) -> Path:
    return tuple(part for part in name.split("/") if part)


# Keras 3


@dataclass(frozen=True, slots=True)
class Place:
    """A layer by its place in the file: what it and those around it are called, and its class."""

    name: str
    kind: str
    number: int


def _by_numbers(
    nodes: dict[Path, Node], arrays: dict[Path, Node], config: dict
) -> Iterator[Variable]:
    known = _places(config)
    found = []
    for path, node in arrays.items():
        place = path[: path.index("vars")] if "vars" in path else path
        name = ".".join((*_names(nodes, known, place), _variable(nodes, arrays, known, path)))
        order = [known[p].number for p in map(_canonical, _leading(place)) if p in known]
        found.append((order, Variable(name, node, _class_axis(name, node), bool(order))))
    # Sorting is stable: what the config does not know stays last, in the file's order.
    yield from (v for _, v in sorted(found, key=lambda pair: (not pair[0], pair[0])))


def _places(config: dict) -> dict[Path, Place]:
    """Where Keras 3 stores each layer of a config: numbered by class, in the order of layers."""
    places: dict[Path, Place] = {}
    waiting: list[tuple[Path, dict]] = [((), config)]
    while waiting:
        path, model = waiting.pop()
        used: dict[str, int] = {}
        inner = []
        for layer in keras_config.layers_of(model):
            kind = _snake(layer.get("class_name"))
            used[kind] = used.get(kind, -1) + 1
            own = (*path, "layers", f"{kind}_{used[kind]}" if used[kind] else kind)
            places[own] = Place(keras_config.layer_name(layer), kind, len(places))
            within = keras_config.wrapped(layer)
            if within is not layer:
                name, kind = keras_config.layer_name(within), _snake(within.get("class_name"))
                places[*own, "layer"] = Place(name, kind, len(places))
            inner.append((own, layer))
        waiting += reversed(inner)
    return places


def _names(nodes: dict[Path, Node], known: dict[Path, Place], place: Path) -> list[str]:
    """The names of a layer and those around it."""
    names = []
    for path in _leading(place):
        if path[-1] in CONTAINERS:
            continue
        # An attribute's name in somebody's class says more than the name Keras made up.
        own = nodes[*path, "vars"].text("name") if (*path, "vars") in nodes else None
        numbered = path[-2:-1] and path[-2] in CONTAINERS
        called = known[_canonical(path)].name if _canonical(path) in known else None
        names.append((isinstance(own, str) and own) or called or path[-1] if numbered else path[-1])
    return names


def _variable(
    nodes: dict[Path, Node], arrays: dict[Path, Node], known: dict[Path, Place], path: Path
) -> str:
    """``kernel`` or ``bias`` for Keras 3's numbers where the class or the shapes tell."""
    place, number = path[:-2], path[-1]
    if path[-2:-1] != ("vars",) or not number.isdigit() or len(number) > 3:
        return ".".join(path[path.index("vars") + 1 :]) if "vars" in path else path[-1]
    own = nodes[path[:-1]].text("name")
    kinds = [known[_canonical(place)].kind] if _canonical(place) in known else []
    kinds += [NUMBERED.sub("", word) for word in (*place[-1:], own) if isinstance(word, str)]
    names = next((VARIABLES[kind] for kind in kinds if kind in VARIABLES), None)
    if names is None and _is_layer(arrays, path[:-1]):
        names = KERNEL
    return names[int(number)] if names is not None and int(number) < len(names) else number


def _is_layer(arrays: dict[Path, Node], group: Path) -> bool:
    """Whether a group's two arrays are shaped like a kernel and its bias."""
    kernel, bias = arrays.get((*group, "0")), arrays.get((*group, "1"))
    if kernel is None or bias is None or (*group, "2") in arrays:
        return False
    return len(kernel.shape) > 1 and bias.shape == kernel.shape[-1:]


def _canonical(path: Path) -> Path:
    return tuple("layers" if part in CONTAINERS else part for part in path)


def _leading(path: Path) -> list[Path]:
    return [path[:end] for end in range(1, len(path) + 1)]


def _snake(name: object) -> str:
    """``global_average_pooling2d`` for GlobalAveragePooling2D, as Keras turns them."""
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", str(name)))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


# What all three have in common


def _plain(path: Path, node: Node) -> Variable:
    name = ".".join((*path[:-1], path[-1].split(":")[0]))
    return Variable(name, node, _class_axis(name, node) if "kernel" in path[-1] else 0, False)


def _class_axis(name: str, node: Node) -> int:
    """Keras' kernels count their outputs on the last axis; tables of embeddings on the first."""
    return 0 if name.endswith("embeddings") else max(len(node.shape) - 1, 0)


def _distinct(found: list[Variable], arrays: dict[Path, Node]) -> list[Variable]:
    """Each variable under a name of its own: its place in the file where names are alike."""
    places = {id(node): path for path, node in arrays.items()}
    names: dict[str, int] = {}
    for variable in found:
        names[variable.name] = names.get(variable.name, 0) + 1
    return [
        v if names[v.name] == 1 else replace(v, name="/".join(places[id(v.node)])) for v in found
    ]
