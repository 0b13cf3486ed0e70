"""Follows a TensorFlow graph, stored as JSON, back from its outputs to the last weights.

Source: TensorFlow's ``GraphDef``, and the operations that the converter of TensorFlow.js leaves
in a graph model (``_FusedMatMul``, ``_FusedConv2D``).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

Shapes = dict[str, tuple[int, ...]]

PRODUCTS = frozenset("MatMul _FusedMatMul BatchMatMul BatchMatMulV2".split())
CONVOLUTIONS = frozenset("Conv2D _FusedConv2D".split())
SUMS = frozenset("BiasAdd BiasAddV1 Add AddV2".split())
# Behind the scores, and leaving each class its own.
PASSED = frozenset(
    "Identity IdentityN Reshape Squeeze ExpandDims Cast Mean AvgPool StopGradient Snapshot "
    "ConcatV2 Softmax LogSoftmax Sigmoid ArgMax TopKV2".split()
)
SCORES = frozenset("Softmax LogSoftmax Sigmoid ArgMax TopKV2".split())
BENDS = frozenset("Relu Relu6 Elu LeakyRelu Prelu Selu".split())
MOST_STEPS = 100_000


@dataclass(frozen=True, slots=True)
class Ending:
    """The last weight before an output, its bias, and which of its axes counts classes."""

    weight: str
    bias: str | None
    output: str
    class_axis: int


@dataclass(frozen=True, slots=True)
class Way:
    """Where a way back began, the bias met on it, and whether scores came before."""

    output: str
    bias: str | None
    scored: bool


def endings(topology: dict, model: dict, shapes: Shapes) -> list[Ending]:
    """The last weights before each output of a graph, each once; `shapes` are the weights'."""
    nodes = {
        node["name"]: node
        for node in topology["node"]
        if isinstance(node, dict) and isinstance(node.get("name"), str)
    }
    found: dict[str, Ending] = {}
    for output in _outputs(nodes, model):
        for ending in _ends(nodes, output, shapes):
            found.setdefault(ending.weight, ending)
    return list(found.values())


def _outputs(nodes: dict[str, dict], model: dict) -> list[str]:
    """The nodes that the signature calls outputs; without one, those that feed no other."""
    own = model.get("userDefinedMetadata")
    for place in (model, own if isinstance(own, dict) else {}):
        signature = place.get("signature")
        outputs = signature.get("outputs") if isinstance(signature, dict) else None
        if isinstance(outputs, dict):
            told = [_node_of(o.get("name")) for o in outputs.values() if isinstance(o, dict)]
            told = [name for name in told if name in nodes]
            if told:
                return list(dict.fromkeys(told))
    fed = {source for node in nodes.values() for source in _inputs(node)}
    return [name for name, node in nodes.items() if name not in fed and node.get("op") != "Const"]


def _ends(nodes: dict[str, dict], output: str, shapes: Shapes) -> Iterator[Ending]:
    """The weights that are met first on the way back from an output."""
    waiting: list[tuple[str, str | None, bool]] = [(output, None, False)]
    seen: set[tuple[str, bool]] = set()
    while waiting and len(seen) < MOST_STEPS:
        name, bias, scored = waiting.pop()
        node = nodes.get(name)
        if node is None or (name, scored) in seen:
            continue
        seen.add((name, scored))
        kind, sources = str(node.get("op")), _inputs(node)
        scored = scored or kind in SCORES
        if kind in PRODUCTS or kind in CONVOLUTIONS:
            yield from _weighed(nodes, node, Way(output, bias, scored), shapes)
        elif kind in SUMS:
            waiting += [(s, b, scored) for s, b in _summed(nodes, sources, shapes)]
        elif kind in PASSED or (kind in BENDS and scored):
            waiting += [(source, bias, scored) for source in reversed(sources)]


def _weighed(nodes: dict[str, dict], node: dict, way: Way, shapes: Shapes) -> Iterator[Ending]:
    """What a product or a convolution multiplies with, where that is a stored weight."""
    sources = [_constant(nodes, source, shapes) for source in _inputs(node)]
    weight = sources[1] if len(sources) > 1 else None
    # A convolution that bends what it makes ends a network without classifier.
    features = node.get("op") in CONVOLUTIONS and not way.scored and _fused(node) & BENDS
    if weight is None or features:
        return
    axis = len(shapes[weight]) - 1
    if node.get("op") in PRODUCTS and (_is_set(node, "transpose_b") or _is_set(node, "adj_y")):
        axis -= 1
    n = shapes[weight][axis] if axis >= 0 else None
    fused = sources[2] if len(sources) > 2 else None
    own = next((b for b in (fused, way.bias) if b is not None and shapes[b][-1:] == (n,)), None)
    yield Ending(weight, own, way.output, max(axis, 0))


def _summed(
    nodes: dict[str, dict], sources: list[str], shapes: Shapes
) -> list[tuple[str, str | None]]:
    """What a bias is added to, and the bias; nothing for a sum of two layers."""
    stored = [_constant(nodes, source, shapes) for source in sources]
    layers = [s for s, constant in zip(sources, stored, strict=True) if constant is None]
    biases = [constant for constant in stored if constant is not None]
    if (len(layers), len(biases)) != (1, 1) or len(shapes[biases[0]]) != 1:
        return []
    return [(layers[0], biases[0])]


def _constant(nodes: dict[str, dict], name: str, shapes: Shapes) -> str | None:
    """The stored weight behind a name, through the nodes that only pass it on."""
    for _ in range(MOST_STEPS):
        if name in shapes:
            return name
        node = nodes.get(name, {})
        sources = _inputs(node)
        if node.get("op") not in ("Identity", "ReadVariableOp") or len(sources) != 1:
            return None
        (name,) = sources
    return None


def _fused(node: dict) -> set[str]:
    """The operations that the converter fused into one, such as BiasAdd and Relu6."""
    listed = _attribute(node, "fused_ops").get("list")
    texts = listed.get("s") if isinstance(listed, dict) else None
    found = set()
    for text in texts if isinstance(texts, list) else []:
        with suppress(ValueError):  # bytes, which JSON holds in base64
            found.add(base64.b64decode(str(text)).decode("ascii"))
    return found


def _inputs(node: dict) -> list[str]:
    """The nodes that feed a node; those it merely waits for ("^name") are left out."""
    names = node.get("input")
    names = names if isinstance(names, list) else []
    return [_node_of(name) for name in names if isinstance(name, str) and name[:1] != "^"]


def _node_of(name: object) -> str:
    """The node of one of its results: MatMul of "MatMul:0"."""
    return name.split(":")[0] if isinstance(name, str) else ""


def _is_set(node: dict, name: str) -> bool:
    return _attribute(node, name).get("b") is True


def _attribute(node: dict, name: str) -> dict:
    attributes = node.get("attr")
    value = attributes.get(name) if isinstance(attributes, dict) else None
    return value if isinstance(value, dict) else {}
