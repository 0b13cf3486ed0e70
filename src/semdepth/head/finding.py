"""Finds the classifier layer among a file's tensors, with a reason for each candidate."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import numpy as np

from semdepth.errors import AmbiguousHead, HeadError, NoHead
from semdepth.head.classifier_head import OutputLayer, StoredTensor
from semdepth.head.evidence import Candidate, judge, survey_of
from semdepth.head.layers import Layer, layers, split

# Where no usual name decides, what speaks for a tensor must add up to ENOUGH, and no other
# may come within MARGIN.
ENOUGH = 50
MARGIN = 25


def rank_heads(
    tensors: Iterable[StoredTensor],
    *,
    classes: int | None = None,
    keeps_order: bool = False,
    output_layers: Sequence[OutputLayer] = (),
) -> list[Candidate]:
    """Every tensor that could be the classifier layer, best first, each with its reason.

    Matrices (n, d) and 1 x 1 convolutions (n, d, 1, 1) of at least two classes count; optimizer
    states, embedding tables and whole numbers do not. `classes` is how many classes are
    expected; `keeps_order` says that `tensors` stand in the network's order. Where the file holds
    the network's graph, `output_layers` are what it shows, and no other layer is chosen unasked.

    >>> table = {"conv1.weight": (64, 3, 7, 7), "fc.weight": (1000, 512), "fc.bias": (1000,)}
    >>> tensors = [StoredTensor(k, s, "float32", lambda: None) for k, s in table.items()]
    >>> [c.reason for c in rank_heads(tensors)]  # doctest: +NORMALIZE_WHITESPACE
    ["usual name 'fc'; the only matrix in the file; bias of the same length;
      feeds no other layer; 1000 classes = ImageNet-1k"]
    """
    survey = survey_of(layers(list(tensors), output_layers), keeps_order, output_layers)
    candidates = [judge(layer, survey, classes) for layer in survey.possible]
    return sorted(candidates, key=lambda candidate: (candidate.excluded, -candidate.score))


def find_head(
    tensors: Iterable[StoredTensor],
    *,
    name: str | None = None,
    classes: int | None = None,
    keeps_order: bool = False,
    output_layers: Sequence[OutputLayer] = (),
) -> Candidate:
    """The classifier layer among a file's tensors.

    `name` settles it: a stored name, or one without wrappers and ".weight". Otherwise the best
    of `rank_heads` is taken where it is clearly the best. Where the name leaves no doubt, a
    layer is returned even if its rows are not `classes`: what is wrong then are the labels.

    Raises NoHead where no tensor can be it, AmbiguousHead, which lists them, where several
    could, and HeadError for a `name` that the file does not have.
    """
    tensors = list(tensors)
    if name is not None:
        return _named(name, tensors, output_layers)
    ranked = rank_heads(
        tensors, classes=classes, keeps_order=keeps_order, output_layers=output_layers
    )
    eligible = [candidate for candidate in ranked if not candidate.excluded]
    if not eligible:
        raise NoHead(_why_none(tensors, ranked))
    best, *others = eligible
    rivals = [other for other in others if _rivals(best, other, classes)]
    if best.score < ENOUGH or rivals:
        raise AmbiguousHead(
            "expected one tensor that is clearly the classifier layer, found "
            f"{_listed([best, *rivals] if rivals else eligible)}; choose with --tensor NAME "
            "(in Python: tensor=NAME)"
        )
    return best


def load_templates(candidate: Candidate) -> tuple[np.ndarray, np.ndarray | None]:
    """The numbers of a layer: templates (n, d), class axis first, and its bias (n,) or None.

    Raises HeadError for numbers in another shape than announced, and what reading raises.
    """
    tensor, bias = candidate.tensor, candidate.bias
    templates = np.moveaxis(_loaded(tensor), tensor.class_axis, 0)
    templates = templates.reshape(candidate.n_classes, candidate.dimension)
    return templates, None if bias is None else _loaded(bias)


def _loaded(tensor: StoredTensor) -> np.ndarray:
    values = tensor.load()
    if values.shape != tensor.shape:
        raise HeadError(
            f"expected {tensor.name} of shape {tensor.shape}, found {values.shape} when it was "
            "loaded; the file may have changed: open it again"
        )
    return values


def _rivals(best: Candidate, other: Candidate, classes: int | None) -> bool:
    fits = classes is None or other.n_classes == best.n_classes
    both_usual = best.usual_name and other.usual_name and fits
    return both_usual or other.score > best.score - MARGIN


def _listed(candidates: list[Candidate]) -> str:
    shown = [f"{_shown(c.tensor)} ({c.n_classes} x {c.dimension})" for c in candidates[:6]]
    more = f" and {len(candidates) - 6} more" if len(candidates) > 6 else ""
    return ", ".join(shown) + more


def _shown(tensor: StoredTensor) -> str:
    # A name out of a file may hold anything; a message stays one line.
    return tensor.name if tensor.name.isprintable() else repr(tensor.name)


def _why_none(tensors: list[StoredTensor], excluded: list[Candidate]) -> str:
    expected = "expected a matrix with one row per class"
    if excluded:
        why = "; ".join(f"{_listed([c])}: {c.reason}" for c in excluded[:3])
        return f"{expected}, found only {why}; choose one with --tensor NAME (tensor=NAME)"
    names = ", ".join(f"{_shown(t)} {'x'.join(map(str, t.shape))}" for t in tensors[:4])
    found = f"{len(tensors)} tensors of other kinds ({names}{', ...' if len(tensors) > 4 else ''})"
    return (
        f"{expected}, found {found if tensors else 'no tensors'}; "
        "pass the file that holds the last layer too"
    )


# A layer by its name


def _named(
    name: str, tensors: list[StoredTensor], output_layers: Sequence[OutputLayer]
) -> Candidate:
    known = layers(tensors, output_layers)
    found = _called(name, known)
    if not found:
        names = [_shown(layer.tensor) for layer in known if layer.matrix]
        near = difflib.get_close_matches(name, names, 3, 0.4)
        near = near or [_shown(candidate.tensor) for candidate in rank_heads(tensors)[:3]]
        raise HeadError(
            f"expected the name of a tensor in the file, found {name!r}, which none has; "
            f"the nearest are {', '.join(near) or 'none'}"
        )
    if len(found) > 1:
        full_names = ", ".join(_shown(layer.tensor) for layer in found[:6])
        raise AmbiguousHead(f"expected one tensor {name!r}, found {full_names}; give a full name")
    layer = found[0]
    if layer.matrix is None:
        shape = " x ".join(map(str, layer.tensor.shape)) or "a single number"
        raise HeadError(
            f"expected a matrix with one row per class, found {_shown(layer.tensor)} of shape "
            f"{shape}; choose another tensor"
        )
    return Candidate(layer.tensor, layer.bias, *layer.matrix, 100, "named by the user")


def _called(name: str, found: list[Layer]) -> list[Layer]:
    """The layers that a name given by the user means; the averaged copies only if no other."""
    exact = [layer for layer in found if layer.tensor.name == name]
    path = split(name)[1]
    alike = [a for a in found if a.matrix and not a.of_optimizer and path in (a.path, a.full_path)]
    return exact or [layer for layer in alike if not layer.averaged] or alike
