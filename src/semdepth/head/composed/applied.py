"""Layers as the network applies them, where what is stored is not yet that.

They keep their names: a BatchNorm right before a classifier is folded into it, a classifier that
lies on its side is told so, and a row that stands for "no object" is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from semdepth.head.classifier_head import OutputLayer, StoredTensor
from semdepth.head.composed.numbers import put_together, rows_of
from semdepth.head.layers import matrix_shape
from semdepth.head.names import is_usual, split

# PyTorch's default; a state dict does not store it.
EPSILON = 1e-5
# A BatchNorm and the linear layer behind it: timm's NormLinear, Transformers' LeViT.
NORM_NAMES = ("bn", "batch_norm")
LINEAR_NAMES = ("l", "linear")
NUMBER = re.compile(r"[0-9]{1,9}")

# (d, n) in PyTorch files: the parameter of margin heads, and text embeddings as CLIP's users
# keep them.
SIDEWAYS = re.compile(r"kernel|(zero_?shot|text)_(weights?|classifier|features|embed(ding)?s?)")

# Behind the classes stands "no object" (DETR and its kin), or background (Detectron2, and
# MMDetection from 2.0 on).
NO_OBJECT = re.compile(
    r"(.+\.)?(class_labels_classifier(\.layers\.\d+)?|class_embed|class_predictor)"
)
BACKGROUND_LAST = re.compile(r"(.+\.)?bbox_head(\.\d+)?\.fc_cls")
DETECTRON = re.compile(r"(.+\.)?roi_heads\.box_predictor(\.\d+)?\.cls_score")
DETECTRON_BESIDE = "proposal_generator."


@dataclass(frozen=True, slots=True)
class Applied:
    """Tensors as the network applies them, its graph's ends, and what was done to which tensor."""

    tensors: list[StoredTensor]
    output_layers: tuple[OutputLayer, ...]
    notes: dict[str, str]


def as_applied(
    tensors: Sequence[StoredTensor], output_layers: Sequence[OutputLayer], classes: int | None
) -> Applied:
    """The tensors of a file, those that need it replaced; nothing is loaded."""
    stored = {tensor.name: tensor for tensor in tensors}
    ends = {layer.weight: layer for layer in output_layers}
    changed: dict[str, StoredTensor] = {}
    notes: dict[str, str] = {}
    for name, replaced, note in _changes(stored, classes):
        if name in notes:
            continue
        notes[name] = note
        for tensor in replaced:
            tied_to = stored[tensor.name].tied_to if tensor.name in stored else None
            changed[tensor.name] = replace(tensor, tied_to=tied_to)
        if name in ends and len(replaced) > 1:
            ends[name] = replace(ends[name], bias=replaced[1].name)
    added = [tensor for name, tensor in changed.items() if name not in stored]
    kept = [changed.get(tensor.name, tensor) for tensor in tensors]
    return Applied(kept + added, tuple(ends.values()), notes)


Change = tuple[str, tuple[StoredTensor, ...], str]


def _changes(by_name: dict[str, StoredTensor], classes: int | None) -> Iterator[Change]:
    """The name of a weight, what takes its and its bias's place, and what was done."""
    yield from _folded_norms(by_name)
    if classes is not None:
        yield from _on_their_sides(by_name, classes)
        yield from _without_no_class(by_name, classes)


# BatchNorm


def _folded_norms(by_name: dict[str, StoredTensor]) -> Iterator[Change]:
    """W * gamma / sqrt(var + eps), and b + W (beta - gamma mean / sqrt(var + eps))."""
    for name in (name for name in by_name if name.endswith(".running_mean")):
        norm = name.removesuffix(".running_mean")
        linear = _linear_behind(norm, by_name)
        statistics = [by_name[name], by_name.get(f"{norm}.running_var")]
        if linear is None or statistics[1] is None:
            continue
        scales = [by_name.get(f"{norm}.{own}") for own in ("weight", "bias")]
        parts = [*statistics, *(scale for scale in scales if scale is not None)]
        (n, d), bias = matrix_shape(linear), by_name.get(f"{linear.name[:-6]}bias")
        if len(parts) == 3 or any(part.shape != (d,) for part in parts):
            continue
        if bias is not None and bias.shape != (n,):
            continue
        yield linear.name, _folded(linear, bias, parts), f"BatchNorm {norm} folded into it"


def _linear_behind(norm: str, by_name: dict[str, StoredTensor]) -> StoredTensor | None:
    """The linear layer that reads a BatchNorm's outputs: the next in a row, or by its name."""
    container, dot, own = norm.rpartition(".")
    if NUMBER.fullmatch(own):
        name = f"{container}{dot}{int(own) + 1}.weight"
        found = [by_name[name]] if name in by_name and len(by_name[name].shape) == 2 else []
    elif own in NORM_NAMES:
        names = [f"{container}{dot}{linear}.weight" for linear in LINEAR_NAMES]
        found = [by_name[name] for name in names if name in by_name]
    else:
        return None
    matrices = [t for t in found if t.class_axis == 0 and matrix_shape(t) is not None]
    # Within LeViT's blocks the norm stands behind: only a classifier may be as wide as it is long.
    return next((t for t in matrices if len(set(matrix_shape(t))) == 2 or _usual(t)), None)


def _usual(tensor: StoredTensor) -> bool:
    return is_usual(split(tensor.name)[1])


def _folded(
    linear: StoredTensor, bias: StoredTensor | None, norm: Sequence[StoredTensor]
) -> tuple[StoredTensor, StoredTensor]:
    """A linear layer's weight and bias with the norm before it (mean, variance, gamma, beta)."""

    def weight(stored: np.ndarray, *statistics: np.ndarray) -> np.ndarray:
        scale, _shift = _affine(*statistics)
        return (rows_of(stored) * scale).reshape(stored.shape)

    def offset(stored: np.ndarray, *others: np.ndarray) -> np.ndarray:
        statistics = others[: len(norm)]
        _scale, shift = _affine(*statistics)
        added = others[len(norm)] if bias is not None else 0.0
        return added + rows_of(stored) @ shift

    own = [] if bias is None else [bias]
    return (
        put_together(linear.name, linear.shape, [linear, *norm], weight),
        put_together(f"{linear.name[:-6]}bias", linear.shape[:1], [linear, *norm, *own], offset),
    )


def _affine(
    mean: np.ndarray,
    variance: np.ndarray,
    gamma: np.ndarray | float = 1.0,
    beta: np.ndarray | float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """A BatchNorm as x * scale + shift."""
    scale = gamma / np.sqrt(variance + EPSILON)
    return scale, beta - mean * scale


# The class axis, and rows that are no class


def _on_their_sides(by_name: dict[str, StoredTensor], classes: int) -> Iterator[Change]:
    """Classifiers stored as (d, n): those called so, and a matrix that is alone in its file."""
    alone = sum(len(tensor.shape) > 1 for tensor in by_name.values()) == 1
    for name, tensor in by_name.items():
        lies = len(tensor.shape) == 2 and tensor.class_axis == 0 and tensor.shape[1] == classes
        called_so = alone or SIDEWAYS.fullmatch(name.rpartition(".")[2])
        if lies and called_so and tensor.shape[0] != classes:
            note = f"its {classes} columns are the classes"
            yield name, (replace(tensor, class_axis=1),), note


def _without_no_class(by_name: dict[str, StoredTensor], classes: int) -> Iterator[Change]:
    detectron = any(DETECTRON_BESIDE in name for name in by_name)
    for name, tensor in by_name.items():
        layer = name.removesuffix(".weight")
        last = NO_OBJECT.fullmatch(layer) or BACKGROUND_LAST.fullmatch(layer)
        last = last or (detectron and DETECTRON.fullmatch(layer))
        if layer == name or not last or matrix_shape(tensor) is None:
            continue
        if matrix_shape(tensor)[0] == classes + 1 and tensor.class_axis == 0:
            bias = by_name.get(f"{layer}.bias")
            fits = bias is not None and bias.shape == tensor.shape[:1]
            parts = (tensor, bias) if fits else (tensor,)
            changed = tuple(_all_but_last(part, classes) for part in parts)
            yield name, changed, 'the last row, "no object" or background, left out'


def _all_but_last(tensor: StoredTensor, classes: int) -> StoredTensor:
    shape = (classes, *tensor.shape[1:])
    return put_together(tensor.name, shape, [tensor], lambda values: values[:-1])
