"""Weights that a layer computes from what is stored: weight norm, spectral norm, pruning masks.

The network uses ``weight``; the file has its parts. The computed tensor stands in their place
under the name that it has in the network, and is computed when it is loaded. Weights that
bitsandbytes packed into four bits are told by the parts beside them, and refused when loaded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import numpy as np

from semdepth.errors import UnknownFormat
from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.checkpoint import quoted

Parts = tuple[StoredTensor, ...]


def with_effective_weights(tensors: Iterable[StoredTensor]) -> tuple[StoredTensor, ...]:
    """The tensors, the computed weights in the place of the parts that are shaped like them.

    Formulas as in torch.nn.utils: weight_norm g * v / |v|, spectral_norm w / (u . W v) in its
    frozen state (the parts u and v are stored), prune w * mask; each in its older form
    (``weight_g``) and as a parametrization (``parametrizations.weight.original0``).
    """
    tensors = tuple(tensors)
    by_name = {tensor.name: tensor for tensor in tensors}
    computed: dict[str, StoredTensor | None] = {}
    for tensor in tensors:
        for ending, others, compute in FORMS:
            prefix = tensor.name.removesuffix(ending)
            parts = (tensor, *(by_name.get(prefix + other) for other in others))
            name = prefix + "weight"
            if prefix == tensor.name or None in parts or name in by_name or not _fit(parts):
                continue
            # Parts of the weight's shape would look like further layers.
            computed |= {part.name: None for part in parts if part.shape == tensor.shape}
            computed[tensor.name] = _computed(name, parts, compute)
    computed |= _packed(by_name)
    listed = (computed.get(tensor.name, tensor) for tensor in tensors)
    return tuple(tensor for tensor in listed if tensor is not None)


def _packed(by_name: dict[str, StoredTensor]) -> dict[str, StoredTensor]:
    """Weights of bitsandbytes, two numbers in a byte, as tensors that refuse to be loaded."""
    marks = (re.fullmatch(r"(.+)\.quant_state\.bitsandbytes__(\w+)", name) for name in by_name)
    told = {mark[1]: f"bitsandbytes {mark[2]}" for mark in marks if mark and mark[1] in by_name}
    return {
        name: replace(by_name[name], dtype=kind, load=partial(_refuse, name, kind))
        for name, kind in told.items()
    }


def _refuse(name: str, kind: str) -> np.ndarray:
    raise UnknownFormat(
        f"expected numbers in tensor {quoted(name)}, found {kind}, two packed into a byte; "
        "dequantise the layer where it was made, or save it before it is quantised"
    )


def _computed(name: str, parts: Parts, compute: Callable[..., np.ndarray]) -> StoredTensor:
    def load() -> np.ndarray:
        arrays = [part.load() for part in parts]
        # As in the network, numbers without a result become infinite or NaN without a word.
        with np.errstate(all="ignore"):
            numbers = compute(*(array.astype(np.float64) for array in arrays))
            # Half precision stays half precision: what the network computes is no finer.
            return numbers.astype(arrays[0].dtype)

    return StoredTensor(name, parts[0].shape, parts[0].dtype, load, parts[0].class_axis)


def _fit(parts: Parts) -> bool:
    """Whether the parts have the shapes of the computation; the first is shaped as the weight."""
    weight, *others = parts
    if len(weight.shape) < 2 or not all(p.dtype.startswith(("float", "bfloat")) for p in parts):
        return False
    if len(others) == 2:
        left, right = others
        return left.shape == weight.shape[:1] and right.shape == (math.prod(weight.shape[1:]),)
    same_axes = len(others[0].shape) == len(weight.shape)
    pairs = zip(others[0].shape, weight.shape, strict=False)
    return not others[0].shape or (same_axes and all(own in (1, n) for own, n in pairs))


def _normalised(direction: np.ndarray, length: np.ndarray) -> np.ndarray:
    """g * v / |v|, the norm being taken over the axes that g does not have."""
    axes = tuple(i for i in range(direction.ndim) if length.ndim == 0 or length.shape[i] == 1)
    norm = np.sqrt((direction**2).sum(axis=axes, keepdims=True))
    return direction / norm * length  # NaN for a row of zeros, as torch gives


def _spectral(weight: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    matrix = weight.reshape(len(weight), -1)
    return weight / (left @ matrix @ right)


def _masked(weight: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return weight * mask


# The ending of the part that is shaped as the weight, those of the others, and the computation.
FORMS = (
    ("weight_v", ("weight_g",), _normalised),
    ("parametrizations.weight.original1", ("parametrizations.weight.original0",), _normalised),
    ("weight_orig", ("weight_u", "weight_v"), _spectral),
    (
        "parametrizations.weight.original",
        ("parametrizations.weight.0._u", "parametrizations.weight.0._v"),
        _spectral,
    ),
    ("weight_orig", ("weight_mask",), _masked),
)
