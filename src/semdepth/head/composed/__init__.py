"""Classifier layers that several stored tensors make together.

::

    numbers.py     numbers put together when they are loaded, not before
    applied.py     layers as the network applies them: BatchNorm folded, class axis and rows settled
    pairs.py       two classifiers whose answers are averaged or added: distilled pairs
    detectors.py   detectors: one classifier a scale, several rows a class
    detector_families.py   what the kinds of detectors call them
    grouped.py     multi-label heads with weights for groups of classes; sub-centers
"""

from __future__ import annotations

from collections.abc import Sequence

from semdepth.head.composed.applied import Applied, as_applied
from semdepth.head.composed.detectors import detector_heads
from semdepth.head.composed.grouped import grouped_heads
from semdepth.head.composed.numbers import ComposedHead, loaded
from semdepth.head.composed.pairs import paired_heads
from semdepth.head.layers import Layer

__all__ = ["Applied", "ComposedHead", "as_applied", "composed_heads", "loaded"]


def composed_heads(layers: Sequence[Layer], classes: int | None) -> list[ComposedHead]:
    """What the layers of a file make together; `classes` is how many classes are expected.

    None of them is ever chosen unasked. Averaged copies and optimizer states are left out.
    """
    trained = {layer.full_path for layer in layers if not layer.averaged}
    used = [
        layer
        for layer in layers
        if not layer.of_optimizer and not (layer.averaged and layer.full_path in trained)
    ]
    return [
        *paired_heads(used),
        *detector_heads([layer.tensor for layer in used], classes),
        *grouped_heads([layer.tensor for layer in used], classes),
    ]
