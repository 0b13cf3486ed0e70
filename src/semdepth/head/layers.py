"""What the name and shape of a stored tensor say about its place in the network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from semdepth.head.classifier_head import OutputLayer, StoredTensor

Path = tuple[str, ...]

# What the classifier layer is called in torchvision, timm, Transformers, pretrained-models,
# EfficientNet-PyTorch, BiT, vit-pytorch and training scripts; numbers at the end are ignored,
# so fc3 and classifier.6 are of the family. The weight of a .npz has a usual name too.
USUAL_NAME = re.compile(
    r"(_?fc|fc_?(last|out|final)|last_?(fc|linear|layer)|linear|lin|dense|final(_layer)?|top"
    r"|classif(ier)?|cls_classifier|distillation_classifier|classifier_distill|classification_head"
    r"|(cls|mlp)_?head|heads?|head_dist|out|output(_layer)?|(to_)?logits?(_proj)?"
    r"|predictions?|predictor|(cls_)?score|weights?|templates)[\d_]*"
)
# Usual on the outermost level only: deep inside a network they name any layer.
EVERYWHERE = re.compile(r"lin|linear|dense|out|output|top|weights?|templates|.*\d")
# What may stand behind it: head.fc, heads.head, head.l, classifier.linear, classifier.out_proj.
USUAL_TAIL = re.compile(r"(fc|l|linear|head|conv|classifier|logits|out_proj)?[\d_]*")
# Containers and wrappers, which say nothing about the layer.
WRAPPER = re.compile(
    r"module|_orig_mod|model|net|network|(model_)?(state_dict|state|params|weights)|checkpoint"
)
AVERAGED = re.compile(r"(.+_)?ema(_.+)?|swa(_.+)?|averaged(_.+)?|shadow(_.+)?")
OPTIMIZER = re.compile(
    r"(.+_)?optim(izers?)?(_.+)?|exp_avg(_.+)?|momentum_buffer|(.+_)?schedulers?|.*scaler"
)
EMBEDDING = re.compile(
    r".*embe?d.*|(.*_)?emb|wte|wpe|.*position.*|token_type.*|lookup.*", re.IGNORECASE
)
# Layers of the head, but before the classifier: timm's pre_logits, DistilBERT's pre_classifier.
BEFORE_IT = re.compile(r"pre_?(logits|classifier|head).*|pooler", re.IGNORECASE)
AUXILIARY = re.compile(r"aux.*", re.IGNORECASE)
NORM = re.compile(r"(.*norm|bn|ln)\d*")
WEIGHT_NAMES = ("weight", "weights", "kernel")


@dataclass(frozen=True, eq=False, slots=True)
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

    @property
    def called(self) -> str:
        return ".".join(self.path)

    @property
    def connected(self) -> bool:
        """Whether it is a fully connected layer, not a 1 x 1 convolution."""
        return len(self.tensor.shape) == 2

    @property
    def of_optimizer(self) -> bool:
        return any(OPTIMIZER.fullmatch(part) for part in (*self.group, *self.full_path))

    @property
    def averaged(self) -> bool:
        return any(AVERAGED.fullmatch(part) for part in self.group)

    @property
    def auxiliary(self) -> bool:
        return any(AUXILIARY.fullmatch(part) for part in self.full_path)

    @property
    def before_classifier(self) -> bool:
        return any(BEFORE_IT.fullmatch(part) for part in self.full_path)

    @property
    def could_be_head(self) -> bool:
        """Whether it is a matrix of weights, neither an optimizer's state nor an embedding."""
        weights = self.tensor.dtype.startswith(("float", "bfloat", "qint", "quint"))
        embedding = any(EMBEDDING.fullmatch(part) for part in self.full_path)
        return self.matrix is not None and weights and not embedding and not self.of_optimizer

    @property
    def usual_tail(self) -> Path | None:
        """The end of its path that is a usual name for a classifier, even within a container."""
        tails = (self.path[start:] for start in range(len(self.path)))
        return next((t for t in tails if is_usual(t) and not EVERYWHERE.fullmatch(t[0])), None)

    @property
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

    @property
    def kind(self) -> tuple[bool, str, str]:
        """What a network's repeated layers have in common: ("mlp", "fc2") of blocks.7.mlp.fc2."""
        parent = re.sub(r"\d+", "#", ".".join(self.path[-2:-1]))
        return self.averaged, parent, self.path[-1]

    @property
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
    told = {layer.weight: layer.bias for layer in output_layers}
    taken_apart = [split(tensor.name) for tensor in tensors]
    shared = _shared_beginning([path for group, path in taken_apart])
    found = []
    for tensor, (group, full_path) in zip(tensors, taken_apart, strict=True):
        path = full_path[shared:] or full_path
        matrix = matrix_shape(tensor)
        if tensor.name in told:
            bias = by_name.get(told[tensor.name])
        else:
            bias = None if matrix is None else _bias(tensor.name, matrix[0], by_name)
        found.append(Layer(tensor, group, full_path, path, matrix, bias))
    return found


def split(name: str) -> tuple[Path, Path]:
    """Wrappers, and the layer's own name without ".weight".

    >>> split("state_dict.module.head.fc.weight")
    (('state_dict', 'module'), ('head', 'fc'))
    """
    parts = tuple(name.split("."))
    start = 0
    while start < len(parts) - 1 and (
        WRAPPER.fullmatch(parts[start]) or AVERAGED.fullmatch(parts[start])
    ):
        start += 1
    group, path = parts[:start], parts[start:]
    return group, path[:-1] if len(path) > 1 and path[-1] in WEIGHT_NAMES else path


def is_usual(path: Path) -> bool:
    """Whether classifier layers are called so: ('head', 'fc'), ('classifier', '6')."""
    if not path or USUAL_NAME.fullmatch(path[0]) is None:
        return False
    return all(USUAL_TAIL.fullmatch(part) for part in path[1:])


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
    paths = [path for path in paths if not any(OPTIMIZER.fullmatch(part) for part in path)]
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
