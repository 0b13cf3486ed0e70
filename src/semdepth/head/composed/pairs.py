"""Two classifiers of the same classes, whose answers the network averages or adds.

Sources: forward_head in timm's deit, levit, efficientformer, crossvit; Transformers' DeiT, LeViT
and SwiftFormer with their teachers; torchvision's LRASPP.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from semdepth.head.classifier_head import StoredTensor
from semdepth.head.composed.numbers import ComposedHead, made_of_parts, rows_of
from semdepth.head.layers import Layer

# The classifier that learns from the labels, and the one that learns from a teacher.
DISTILLED = (
    ("head", "head_dist"),
    ("head", "dist_head"),
    ("cls_classifier", "distillation_classifier"),
    ("classifier", "classifier_distill"),
    ("classifier", "classifier_dist"),
)
TOKENS = ("dist_token", "distillation_token")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two layers whose answers become one: `share` of each; on the `same` features or not."""

    name: str
    layers: tuple[Layer, Layer]
    same: bool
    share: float
    reason: str


def paired_heads(layers: Sequence[Layer]) -> list[ComposedHead]:
    """The pairs among the layers of a file.

    Where the two read different features, a template is the two rows side by side; where they
    read the same, it is their mean. Either way templates and bias give the network's logits.
    """
    by_path = {(layer.group, layer.full_path): layer for layer in layers if layer.could_be_head}
    pairs = [*_distilled(layers, by_path), *_of_two_branches(layers, by_path)]
    return [_composed(pair) for pair in pairs]


def _composed(pair: Pair) -> ComposedHead:
    (n, width), (_, other_width) = (layer.matrix for layer in pair.layers)
    axes = [layer.tensor.class_axis for layer in pair.layers]

    def templates(*weights: np.ndarray) -> np.ndarray:
        first, second = (rows_of(w, axis) for w, axis in zip(weights, axes, strict=True))
        both = first + second if pair.same else np.concatenate([first, second], 1)
        return both * pair.share

    def bias(*biases: np.ndarray) -> np.ndarray:
        return np.sum(biases, 0) * pair.share

    return made_of_parts(
        pair.name,
        [layer.tensor for layer in pair.layers],
        [layer.bias for layer in pair.layers],
        (templates, bias),
        (n, width if pair.same else width + other_width),
        pair.reason,
    )


def _distilled(layers: Sequence[Layer], by_path: dict) -> Iterator[Pair]:
    for (group, path), layer in by_path.items():
        for first, second in DISTILLED:
            if first not in path:
                continue
            place = len(path) - 1 - path[::-1].index(first)
            other = by_path.get((group, (*path[:place], second, *path[place + 1 :])))
            if other is None or other.matrix != layer.matrix:
                continue
            same, why = _features(layers, (layer, other))
            name = ".".join((*group, *path[:place], f"{first}+{second}"))
            how = "the mean of both rows" if same else "the halves of both rows side by side"
            reason = (
                f"made of {layer.tensor.name} and {other.tensor.name}, whose answers the network "
                f"averages: {how}, since {why}"
            )
            yield Pair(name, (layer, other), same, 0.5, reason)


def _features(layers: Sequence[Layer], pair: tuple[Layer, Layer]) -> tuple[bool, str]:
    """Whether both classifiers of a distilled pair read the same features, and why."""
    token = next((layer for layer in layers if _is_distillation_token(layer)), None)
    if token is not None:
        return False, f"each reads a token of its own ({token.called})"
    if all(layer in pair or len(layer.tensor.shape) < 2 for layer in layers):
        return False, "the file does not tell whether they read the same features"
    return True, "the file has no distillation token: they read the same features"


def _is_distillation_token(layer: Layer) -> bool:
    # PiT keeps both tokens in one tensor.
    last, shape = layer.full_path[-1], layer.tensor.shape
    return last in TOKENS or (last == "cls_token" and len(shape) == 3 and shape[1] == 2)


def _of_two_branches(layers: Sequence[Layer], by_path: dict) -> Iterator[Pair]:
    """CrossViT, which averages its two branches' answers, and LRASPP, which adds them."""
    norms = {(a.group, a.full_path): a.tensor for a in layers if "norm" in a.full_path}
    for (group, path), layer in by_path.items():
        parent, own = path[:-1], path[-1]
        if own == "0" and parent[-1:] == ("head",):
            before = [norms.get((group, (*parent[:-1], "norm", i))) for i in "01"]
            other, share, verb = by_path.get((group, (*parent, "1"))), 0.5, "averages"
            if other is None or not _widths(before, layer, other):
                continue
        elif own == "low_classifier":
            other, share, verb = by_path.get((group, (*parent, "high_classifier"))), 1.0, "adds"
        else:
            continue
        if other is None or other.matrix[0] != layer.matrix[0]:
            continue
        name = ".".join((*group, *parent, f"{own}+{other.full_path[-1]}"))
        halves = "the halves of both rows" if share == 0.5 else "both rows"
        reason = (
            f"made of {layer.tensor.name} and {other.tensor.name}, whose answers the network "
            f"{verb}: {halves} side by side, since each reads features of its own"
        )
        yield Pair(name, (layer, other), False, share, reason)


def _widths(norms: list[StoredTensor | None], *layers: Layer) -> bool:
    """Whether each layer has a normalisation of its own before it."""
    pairs = zip(norms, layers, strict=True)
    return all(norm is not None and norm.shape == layer.matrix[1:] for norm, layer in pairs)
