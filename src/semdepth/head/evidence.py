"""Weighs what speaks for a layer being the classifier, and what speaks against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from semdepth.head.classifier_head import OutputLayer, StoredTensor
from semdepth.head.layers import Layer, inputs
from semdepth.head.names import NORM, Path

IMAGENET_SIZES = {
    1000: "ImageNet-1k",
    1001: "ImageNet-1k and a background class",
    11221: "ImageNet-21k-P",
    11821: "ImageNet-12k",
    21841: "ImageNet-22k",
    21843: "ImageNet-21k",
}
COMMON_SIZES = frozenset(
    {10, 20, 21, 37, 43, 47, 80, 90, 91, 100, 101, 102, 150, 196, 200, 257, 365, 397, 400, 527}
)
# Layers are as wide as a multiple of this; so many classes are rare.
WIDTH = 64

# So many layers of one width in one container are compared with each other: more than networks
# have, and few enough that a file of a hundred thousand names is not looked through for an hour.
MOST_BESIDE = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tensor that could be the classifier layer, `n_classes` x `dimension`, and why.

    `entitled` ones are called as classifiers are, or stand before an output of the stored graph:
    of several, none is chosen unasked. `doubtful` ones may well be hidden layers by their shape,
    `excluded` ones (hidden layers, auxiliary heads, averaged copies) are known to be none: neither
    is ever chosen unasked.
    """

    tensor: StoredTensor
    bias: StoredTensor | None
    n_classes: int
    dimension: int
    score: int
    reason: str
    entitled: bool = False
    doubtful: bool = False
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """What judging one layer needs to know of the others.

    A file may hold the network twice, as trained and averaged: where layers are counted, it is
    within one copy, by `Layer.averaged`.
    """

    possible: list[Layer]
    originals: dict[tuple[Path, tuple[int, ...]], Layer]
    by_path: dict[tuple[Path, Path], Layer]
    norms: dict[tuple[Path, Path, int], str]
    takers: dict[tuple[Path, Path, int], list[Layer]]
    givers: dict[tuple[Path, Path, int], list[Layer]]
    in_place: Counter[tuple[Path, Path]]
    widths: Counter[tuple[bool, int | None]]
    last: dict[bool, Layer]
    matrices: Counter[bool]
    alone: bool
    connected: Counter[bool]
    kinds: Counter[tuple[bool, str, str]]
    outputs: dict[str, str]


def survey_of(
    found: list[Layer], keeps_order: bool, output_layers: Sequence[OutputLayer] = ()
) -> Survey:
    """What the tensors of a file say together; `keeps_order`: they stand in the network's order."""
    possible = [layer for layer in found if layer.could_be_head]
    # By container and width, since a file may hold thousands of layers in one container.
    takers: dict[tuple[Path, Path, int], list[Layer]] = {}
    givers: dict[tuple[Path, Path, int], list[Layer]] = {}
    for layer in possible:
        takers.setdefault((*_place(layer), layer.matrix[1]), []).append(layer)
        givers.setdefault((*_place(layer), layer.matrix[0]), []).append(layer)
    return Survey(
        possible,
        {(a.full_path, a.tensor.shape): a for a in possible if not a.averaged},
        {(a.group, a.path): a for a in found},
        {
            (a.group, a.path[:-1], a.tensor.shape[0]): a.called
            for a in found
            if len(a.tensor.shape) == 1 and NORM.fullmatch(a.path[-1])
        },
        takers,
        givers,
        Counter(_place(a) for a in possible if a.connected),
        Counter((a.averaged, inputs(a)) for a in found if not a.of_optimizer),
        {a.averaged: a for a in possible if not a.auxiliary} if keeps_order else {},
        Counter(a.averaged for a in possible),
        sum(len(a.tensor.shape) > 1 for a in found) == 1,
        Counter(a.averaged for a in possible if a.connected),
        Counter(a.kind for a in possible),
        {layer.weight: layer.output for layer in output_layers},
    )


def judge(layer: Layer, survey: Survey, classes: int | None) -> Candidate:
    """What speaks for a layer in points, in words, and what forbids to choose it unasked."""
    against = list(_objections(layer, survey))
    doubts = list(_doubts(layer, survey, classes))
    evidence = [
        _name_evidence(layer, survey),
        *_position_evidence(layer, survey),
        *_size_evidence(layer.matrix[0], classes),
        *((-50, doubt) for doubt in doubts),
    ]
    score = sum(points for points, words in evidence)
    reason = "; ".join([*against, *(words for points, words in evidence)])
    entitled = layer.tensor.name in survey.outputs if survey.outputs else layer.usual
    return Candidate(
        layer.tensor,
        layer.bias,
        *layer.matrix,
        score,
        reason,
        entitled,
        doubtful=bool(doubts),
        excluded=bool(against),
    )


def _doubts(layer: Layer, survey: Survey, classes: int | None) -> Iterator[str]:
    """Why its shape may be that of a hidden layer, where nothing else tells how many classes."""
    n, d = layer.matrix
    expected = classes is not None and n in (classes, classes + 1)
    named = layer.usual or layer.usual_tail is not None
    if (
        (expected and named)
        or survey.alone
        or n in IMAGENET_SIZES
        or layer.tensor.name in survey.outputs
    ):
        return
    if n == d:
        yield f"as many rows as inputs ({n}), like a hidden layer"
    elif n % WIDTH == 0:
        yield f"{n} rows, a usual width of hidden layers"


def _objections(layer: Layer, survey: Survey) -> Iterator[str]:
    """Why a layer must not be chosen unasked."""
    if survey.outputs and layer.tensor.name not in survey.outputs:
        yield "not the last layer before an output of the stored graph"
    if layer.auxiliary:
        yield "an auxiliary head, used in training only"
    if layer.before_classifier:
        yield "a hidden layer by its name"
    if layer.beside_classifier:
        yield "by its name, what a detector gives beside classes"
    original = survey.originals.get((layer.full_path, layer.tensor.shape))
    if layer.averaged and original is not None:
        yield f"an averaged copy (EMA) of {original.tensor.name}"
    takers = survey.takers.get((*_place(layer), layer.matrix[0]), ())[:MOST_BESIDE]
    fed = next((other for other in takers if layer.feeds(other)), None)
    if fed is not None:
        yield f"a hidden layer, which feeds {fed.called}"
    norm = _norm_behind(layer, survey)
    if norm is not None:
        yield f"a hidden layer, normalised by {norm}"


def _norm_behind(layer: Layer, survey: Survey) -> str | None:
    """The normalisation that takes in the layer's outputs, or None; logits are never normalised.

    It stands beside the layer in its container, or behind it in a sequence (0: linear, 1: norm).
    """
    (n, d), container = layer.matrix, layer.path[:-1]
    norm = survey.norms.get((layer.group, container, n))
    if norm is not None and container and n != d:
        return norm
    word, number = layer.row
    behind = survey.by_path.get((layer.group, (*container, f"{word}{number + 1}")))
    followed = number >= 0 and behind is not None and behind.tensor.shape == (n,)
    return behind.called if followed else None


def _name_evidence(layer: Layer, survey: Survey) -> tuple[int, str]:
    if layer.usual:
        return 100, f"usual name {layer.called!r}"
    alike = survey.kinds[layer.kind]
    if alike > 1:
        return -20, f"{layer.called!r} is one of {alike} layers of the kind"
    if layer.usual_tail is not None:
        return 40, f"name {layer.called!r} ends in the usual {'.'.join(layer.usual_tail)!r}"
    return 0, f"unusual name {layer.called!r}"


def _position_evidence(layer: Layer, survey: Survey) -> Iterator[tuple[int, str]]:
    copy, (n, d) = layer.averaged, layer.matrix
    if layer.tensor.name in survey.outputs:
        yield (
            200,
            f"the stored graph's last layer before output {survey.outputs[layer.tensor.name]!r}",
        )
    if not layer.connected:
        yield 0, "a 1 x 1 convolution"
    if survey.matrices[copy] == 1:
        yield 100, "the only matrix in the file"
    elif layer.connected and survey.connected[copy] == 1:
        yield 40, "the only fully connected layer"
    elif survey.last.get(copy) is layer:
        yield 20, "last matrix in the file"
    if layer.bias is not None:
        yield 10, "bias of the same length"
    # Its own input may be as wide as its output.
    if survey.widths[copy, n] == (n == d):
        yield 10, "feeds no other layer"
        if _ends_the_only_chain(layer, survey):
            yield 50, "the last of the fully connected layers"


def _ends_the_only_chain(layer: Layer, survey: Survey) -> bool:
    if survey.in_place[_place(layer)] != survey.connected[layer.averaged]:
        return False
    givers = survey.givers.get((*_place(layer), layer.matrix[1]), ())[:MOST_BESIDE]
    return any(a.connected and a.row[0] == layer.row[0] and a.feeds(layer) for a in givers)


def _place(layer: Layer) -> tuple[Path, Path]:
    """The container that a layer stands in."""
    return layer.group, layer.path[:-1]


def _size_evidence(n: int, classes: int | None) -> Iterator[tuple[int, str]]:
    if n in IMAGENET_SIZES:
        yield 40, f"{n} classes = {IMAGENET_SIZES[n]}"
    elif n in COMMON_SIZES:
        yield 5, f"{n} classes, a common number"
    if classes is None:
        return
    if n == classes:
        yield 50, f"as many rows as classes expected ({n})"
    elif n == classes + 1:
        yield 40, f"one row more than the {classes} classes expected: a background class?"
    else:
        yield -50, f"{n} rows where {classes} classes are expected"
