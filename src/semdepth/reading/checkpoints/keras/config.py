"""Follows a Keras network's config back from its outputs to the layers that make the scores.

The config is the JSON that Keras, Keras 2 and TensorFlow.js store beside the weights. It names
layers and says which feeds which; no code of it is looked at.

Source: what ``keras.Model.get_config`` writes, in Keras 1.2, 2.x and 3.x.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from semdepth.errors import DamagedFile
from semdepth.head import OutputLayer, StoredTensor

Path = tuple[str, ...]

DENSE = frozenset("Dense EinsumDense".split())
WEIGHED = DENSE | frozenset("Conv1D Conv2D Conv3D Convolution1D Convolution2D".split())
# Layers behind the scores that leave each class its own row of weights.
PASSED = frozenset(
    "Activation Softmax Sigmoid LogSoftmax Dropout SpatialDropout1D SpatialDropout2D GaussianNoise "
    "GaussianDropout AlphaDropout ActivityRegularization Flatten Reshape Squeeze ExpandDims "
    "Identity Cast InputLayer GlobalAveragePooling1D GlobalAveragePooling2D "
    "GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D "
    "Concatenate Average".split()
)
# Behind one of these come scores; behind another bend only if scores follow it.
SCORES = frozenset("softmax sigmoid log_softmax hard_sigmoid linear sparsemax".split())
SCORE_LAYERS = frozenset("Softmax Sigmoid LogSoftmax".split())
BENDS = frozenset("ReLU LeakyReLU PReLU ELU ThresholdedReLU Relu Relu6 Silu Swish Gelu".split())
FLOATING = ("float", "bfloat", "quint", "qint")
MOST_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class Model:
    """A network of named layers: which feed which, and which are its outputs."""

    layers: dict[str, dict]
    feeds: dict[str, list[list[str]]]
    outputs: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Ending:
    """The layer that makes an output's scores, as the path of names that leads to it."""

    path: Path
    output: str


def parse(text: str | bytes) -> dict:
    """A config as an object; DamagedFile where the text is none."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DamagedFile(f"a network's config that is no JSON ({error})") from error
    if not isinstance(content, dict):
        raise DamagedFile("a network's config that is no object")
    return content


def layer_name(layer: dict) -> str:
    """A layer's own name, wherever its release of Keras puts it."""
    name = layer.get("name") or _inner(layer).get("name")
    return name if isinstance(name, str) else ""


def layers_of(config: object) -> list[dict]:
    """The layers of a network's config, in order; none for a class that lists no layers."""
    inner = config.get("config") if isinstance(config, dict) else None
    # Sequential networks of before 2018 are nothing but the list.
    found = inner.get("layers") if isinstance(inner, dict) else inner
    if not isinstance(found, list):
        return []
    return [layer for layer in found if isinstance(layer, dict)]


def wrapped(layer: dict) -> dict:
    """The layer within a wrapper (TimeDistributed), or the layer itself."""
    inner = _inner(layer).get("layer")
    return inner if layer.get("class_name") == "TimeDistributed" and _is_layer(inner) else layer


def endings(config: dict) -> list[Ending]:
    """The last layers with weights before each output, each once.

    Nothing for an output behind a layer that mixes the classes or whose doings the config does
    not tell (Lambda, a class of one's own), and nothing for a network that ends in features.
    """
    model = _model(config)
    found: dict[Path, Ending] = {}
    for name, _ in model.outputs:
        for path in _ends(model, name):
            found.setdefault(path, Ending(path, name))
    return list(found.values())


def output_layers(tensors: tuple[StoredTensor, ...], config: dict) -> tuple[OutputLayer, ...]:
    """What a network's config shows of its ends, among the weights called after its layers."""
    found = (_output_layer(tensors, ending) for ending in endings(config))
    return tuple(layer for layer in found if layer is not None)


def class_counts(
    tensors: tuple[StoredTensor, ...], outputs: tuple[OutputLayer, ...]
) -> frozenset[int]:
    """How many classes the outputs have."""
    weights = {layer.weight for layer in outputs}
    return frozenset(t.shape[t.class_axis] for t in tensors if t.name in weights)


def _output_layer(tensors: tuple[StoredTensor, ...], ending: Ending) -> OutputLayer | None:
    """The weight and bias of a layer that ends the network."""
    own = list(_of_layer(tensors, ending.path))
    weight = next((t for t in own if len(t.shape) > 1 and t.dtype.startswith(FLOATING)), None)
    if weight is None:
        return None
    n = weight.shape[weight.class_axis]
    bias = next((t for t in own if t.shape == (n,) and _leaf(t).startswith("b")), None)
    return OutputLayer(weight.name, None if bias is None else bias.name, ending.output)


def _of_layer(tensors: tuple[StoredTensor, ...], path: Path) -> Iterator[StoredTensor]:
    """The weights of a layer in nested networks, all of which HDF5 files of Keras do not name."""
    full = ".".join(path).replace("/", ".") + "."
    found = [tensor for tensor in tensors if tensor.name.startswith(full)]
    if not found and len(path) > 2:
        first, last = path[0] + ".", f".{path[-1]}."
        found = [t for t in tensors if t.name.startswith(first) and last in t.name]
    yield from found


def _leaf(tensor: StoredTensor) -> str:
    return tensor.name.rsplit(".", 1)[-1]


# A place in the network: the models that enclose it, the layer, and whether scores came behind
Place = tuple[tuple[tuple[Model, str], ...], Model, str, bool]


def _ends(model: Model, output: str) -> Iterator[Path]:
    """Paths of the layers with weights that are met first on the way back from an output."""
    waiting: list[Place] = [((), model, output, False)]
    seen: set[tuple] = set()
    while waiting and len(seen) < MOST_STEPS:
        place = waiting.pop()
        outer, inside, name, scored = place
        key = (*(around for _, around in outer), name, scored)
        layer = inside.layers.get(name)
        if key in seen or layer is None:
            continue
        seen.add(key)
        if _kind(layer) in WEIGHED:
            if scored or not _makes_features(layer):
                yield (*(around for _, around in outer), name)
        elif layers_of(layer):
            nested = _model(layer)
            within = (*outer, (inside, name))
            waiting += [(within, nested, end, scored) for end, _ in reversed(nested.outputs)]
        elif _is_passed(layer, scored):
            waiting += reversed(_before(place, scored or _makes_scores(layer)))


def _before(place: Place, scored: bool) -> list[Place]:
    """The places that feed a layer; at the beginning of a nested network, those around it."""
    outer, inside, name, _ = place
    while not inside.feeds.get(name) and outer:
        *rest, (inside, name) = outer
        outer = tuple(rest)
    sources = [source for node in inside.feeds.get(name, []) for source in node]
    return [(outer, inside, source, scored) for source in dict.fromkeys(sources)]


def _kind(layer: dict) -> str:
    """A layer's class; of a TensorFlow function that Keras 2 stores as a layer, its name."""
    inner = wrapped(layer)
    kind = inner.get("class_name")
    if kind == "TFOpLambda":  # nn.softmax, reshape: what Keras 3 calls Softmax, Reshape
        kind = str(_inner(inner).get("function")).rsplit(".", 1)[-1].capitalize()
    return kind if isinstance(kind, str) else ""


def _makes_features(layer: dict) -> bool:
    """Whether a convolution bends what it makes, as those of a network without classifier do."""
    function = _inner(wrapped(layer)).get("activation")
    scores = function is None or (isinstance(function, str) and function.lower() in SCORES)
    return _kind(layer) not in DENSE and not scores


def _is_passed(layer: dict, scored: bool) -> bool:
    """Whether what lies before a layer may still be the scores."""
    kind = _kind(layer)
    bends = kind in BENDS or (kind == "Activation" and not _makes_scores(layer))
    return scored if bends else kind in PASSED


def _makes_scores(layer: dict) -> bool:
    kind, function = _kind(layer), _inner(wrapped(layer)).get("activation")
    if isinstance(function, dict):  # Keras 3 stores some by class or by registered name
        function = function.get("config") or function.get("class_name")
    named = isinstance(function, str) and function.lower() in SCORES
    return kind in SCORE_LAYERS or (kind == "Activation" and named)


def _model(config: dict) -> Model:
    """The layers of a Functional or Sequential config, and how they are joined."""
    layers = {layer_name(layer): layer for layer in layers_of(config)}
    inner = config.get("config")
    outputs = _references(inner.get("output_layers") if isinstance(inner, dict) else None, layers)
    if outputs:
        feeds = {
            name: [[s for s, _ in _references(node, layers)] for node in _nodes(layer)]
            for name, layer in layers.items()
        }
        return Model(layers, feeds, outputs)
    names = list(layers)
    row = {after: [[name]] for name, after in pairwise(names)}
    return Model(layers, row, [(name, 0) for name in names[-1:]])


def _nodes(layer: dict) -> list:
    nodes = layer.get("inbound_nodes")
    return nodes if isinstance(nodes, list) else []


def _references(content: object, layers: dict[str, dict]) -> list[tuple[str, int]]:
    """Every mention of a layer's output in a piece of config: [name, node, tensor]."""
    found, waiting = [], [content]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting += reversed(part.values())
        elif isinstance(part, list):
            if _is_reference(part, layers):
                found.append((part[0], part[1]))
            waiting += reversed(part)
    return list(dict.fromkeys(found))


def _is_reference(part: list, layers: dict[str, dict]) -> bool:
    return (
        len(part) >= 3
        and isinstance(part[0], str)
        and type(part[1]) is int
        and type(part[2]) is int
        and part[0] in layers
    )


def _inner(layer: dict) -> dict:
    inner = layer.get("config")
    return inner if isinstance(inner, dict) else {}


def _is_layer(content: object) -> bool:
    return isinstance(content, dict) and isinstance(content.get("class_name"), str)
