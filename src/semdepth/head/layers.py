"""What the name and shape of a stored tensor say about its place in the network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from semdepth.head.classifier_head import OutputLayer, StoredTensor
from semdepth.head.names import (
    AUXILIARY,
    AVERAGED,
    BEFORE_IT,
    BESIDE_IT,
    BIASES,
    CLASS_EMBED,
    EMBEDDING,
    OPTIMIZER,
    WEIGHT_NAMES,
    Path,
    is_usual,
    split,
    usual_end,
)


# No slots: what is asked often is worked out once.
@dataclass(frozen=True, eq=False)
class Layer:
    """A stored tensor, its `matrix` (n, d) if it is one, and its name taken apart.

    `group` are the wrappers around it; `full_path` is the name without them and without
    ".weight"; `path` lacks what the names of all layers begin with too.
    """

    tensor: StoredTensor
    group: Path
    full_path: Path
    path: Path
    matrix: tuple[int, int] | None
    bias: StoredTensor | None
    of_optimizer: bool
    averaged: bool

    @property
    def called(self) -> str:
        return ".".join(self.path)

    @property
    def connected(self) -> bool:
        """Whether it is a fully connected layer, not a 1 x 1 convolution."""
        return len(self.tensor.shape) == 2

    @property
    def auxiliary(self) -> bool:
        return AUXILIARY.search(self._full_name) is not None

    @property
    def before_classifier(self) -> bool:
        return BEFORE_IT.search(self._full_name) is not None

    @property
    def beside_classifier(self) -> bool:
        return BESIDE_IT.search(self._full_name) is not None

    @property
    def could_be_head(self) -> bool:
        """Whether it is a matrix of weights, neither an optimizer's state nor an embedding."""
        weights = self.tensor.dtype.startswith(("float", "bfloat", "qint", "quint"))
        if self.matrix is None or not weights or self.of_optimizer:
            return False
        return not self._embedding and BIASES.fullmatch(self.full_path[-1]) is None

    @property
    def _embedding(self) -> bool:
        if EMBEDDING.search(self._full_name):
            return True
        return self.bias is None and CLASS_EMBED.search(self._full_name) is not None

    @property
    def _full_name(self) -> str:
        return ".".join(self.full_path)

    @cached_property
    def usual_tail(self) -> Path | None:
        """The end of its path that is a usual name for a classifier, even within a container."""
        return usual_end(self.path)

    @cached_property
    def usual(self) -> bool:
        return is_usual(self.path)

    def feeds(self, other: Layer) -> bool:
        """Whether its outputs are what `other`, beside it in one container, takes in.

        That widths agree may be chance, so `other` must follow in a numbered row of layers
        (fc1, fc2; classifier.0, classifier.3), or be called like a classifier.
        """
        if other is self or self.matrix[0] != other.matrix[1]:
            return False
        if self.row[0] == other.row[0]:
            return self.row[1] < other.row[1]
        return other.usual and other.matrix[0] != self.matrix[1]

    @cached_property
    def kind(self) -> tuple[bool, str, str]:
        """What a network's repeated layers have in common: ("mlp", "fc2") of blocks.7.mlp.fc2."""
        parent = re.sub(r"\d+", "#", ".".join(self.path[-2:-1]))
        return self.averaged, parent, self.path[-1]

    @cached_property
    def row(self) -> tuple[str, int]:
        """Its own name without a number at the end, and that number (or -1)."""
        word = self.path[-1].rstrip("0123456789")
        # Nine digits are more than any layer's number has, and fewer than int() would refuse.
        return word, int(self.path[-1][len(word) :][-9:] or -1)


def layers(tensors: list[StoredTensor], output_layers: Sequence[OutputLayer] = ()) -> list[Layer]:
    """The tensors with their names taken apart and their biases found.

    Of `output_layers` the graph tells the bias; of others the name does.
    """
    by_name = {tensor.name: tensor for tensor in tensors}
    told = {layer.weight: by_name.get(layer.bias) for layer in output_layers}
    taken_apart = [split(tensor.name) for tensor in tensors]
    optimizers = [OPTIMIZER.search(tensor.name) is not None for tensor in tensors]
    named = list(zip(tensors, taken_apart, optimizers, strict=True))
    shared = _shared_beginning([path for _, (_, path), of_optimizer in named if not of_optimizer])
    found = []
    for tensor, (group, full_path), of_optimizer in named:
        matrix = matrix_shape(tensor)
        if tensor.name in told:
            bias = told[tensor.name]
            if bias is not None and matrix is not None and bias.shape != matrix[:1]:
                bias = None  # a damaged graph names any tensor
        else:
            bias = None if matrix is None else _bias(tensor.name, matrix[0], by_name)
        averaged = any(AVERAGED.fullmatch(part) for part in group)
        path = full_path[shared:] or full_path
        found.append(Layer(tensor, group, full_path, path, matrix, bias, of_optimizer, averaged))
    return found


def matrix_shape(tensor: StoredTensor) -> tuple[int, int] | None:
    """(n, d) of a matrix or a 1 x 1 convolution of two classes or more, else None.

    >>> matrix_shape(StoredTensor("head.fc.weight", (1000, 2048, 1, 1), "float32", lambda: None))
    (1000, 2048)
    """
    shape, axis = list(tensor.shape), tensor.class_axis
    # A convolution's own axes stand last where classes come first, and first where they do not.
    while len(shape) > 2 and shape[-1 if axis == 0 else 0] == 1:
        del shape[-1 if axis == 0 else 0]
        axis = max(axis - 1, 0)
    if len(shape) != 2 or axis > 1 or min(shape) < 2:
        return None
    return (shape[0], shape[1]) if axis == 0 else (shape[1], shape[0])


def inputs(layer: Layer) -> int | None:
    """How many numbers a layer takes in, by its shape; None where that does not say."""
    if layer.matrix is not None:
        return layer.matrix[1]
    shape = layer.tensor.shape
    return shape[1] if len(shape) > 2 else None


def _shared_beginning(paths: list[Path]) -> int:
    """How many leading parts all paths share, short of a usual name and of a whole path."""
    shared = 0
    for column in zip(*(path[:-1] for path in paths), strict=False):
        if len(set(column)) > 1 or is_usual(column[:1]):
            break
        shared += 1
    return shared


def _bias(name: str, n: int, by_name: dict[str, StoredTensor]) -> StoredTensor | None:
    """The tensor (n,) called as the weight is: fc.bias for fc.weight, out_bias for out_weight."""
    candidates = [name.removesuffix(word) + "bias" for word in WEIGHT_NAMES if name.endswith(word)]
    found = (by_name.get(candidate) for candidate in [*candidates, name + ".bias"])
    return next((bias for bias in found if bias is not None and bias.shape == (n,)), None)
