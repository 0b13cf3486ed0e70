"""Finds the classifier layer among a file's tensors, with a reason for each candidate."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from semdepth.errors import AmbiguousHead, HeadError, NoHead
from semdepth.head.classifier_head import OutputLayer, StoredTensor
from semdepth.head.composed import Applied, ComposedHead, as_applied, composed_heads, loaded
from semdepth.head.evidence import Candidate, judge, survey_of
from semdepth.head.layers import Layer, layers
from semdepth.head.names import split

# Where no usual name decides, what speaks for a tensor must add up to ENOUGH, and no other
# may come within MARGIN.
ENOUGH = 55
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
    Nor is a head that several tensors make together, which stands before the weak candidates.

    >>> table = {"conv1.weight": (64, 3, 7, 7), "fc.weight": (1000, 512), "fc.bias": (1000,)}
    >>> tensors = [StoredTensor(k, s, "float32", lambda: None) for k, s in table.items()]
    >>> [c.reason for c in rank_heads(tensors)]  # doctest: +NORMALIZE_WHITESPACE
    ["usual name 'fc'; the only matrix in the file; bias of the same length;
      feeds no other layer; 1000 classes = ImageNet-1k"]
    """
    applied = as_applied(list(tensors), output_layers, classes)
    known = layers(applied.tensors, applied.output_layers)
    survey = survey_of(known, keeps_order, applied.output_layers)
    judged = [_noted(judge(layer, survey, classes), applied) for layer in survey.possible]
    composed = [replace(h.candidate, score=ENOUGH - 1) for h in composed_heads(known, classes)]
    excluded = [candidate for candidate in judged if candidate.excluded]
    eligible = [candidate for candidate in judged if not candidate.excluded]
    return [*_best_first([*eligible, *composed]), *_best_first(excluded)]


def _best_first(candidates: list[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda candidate: -candidate.score)


def find_head(
    tensors: Iterable[StoredTensor],
    *,
    name: str | None = None,
    classes: int | None = None,
    keeps_order: bool = False,
    output_layers: Sequence[OutputLayer] = (),
) -> Candidate:
    """The classifier layer among a file's tensors.

    `name` settles it: a stored name, one without wrappers and ".weight", or that of a head which
    several tensors make together, or how it ends (cv3 for model.22.cv3). Otherwise the best
    of `rank_heads` is taken where it is clearly the best, and its shape is not one of hidden
    layers (512 x 2048, 768 x 768) or fits `classes`. Where the name leaves no doubt, a layer is
    returned even if its rows are not `classes`: what is wrong then are the labels.

    Raises NoHead where no tensor can be it, AmbiguousHead, which lists them, where several
    could, and HeadError for a `name` that the file does not have.
    """
    tensors = list(tensors)
    if name is not None:
        return _named(name, as_applied(tensors, output_layers, classes), classes)
    ranked = rank_heads(
        tensors, classes=classes, keeps_order=keeps_order, output_layers=output_layers
    )
    eligible = [candidate for candidate in ranked if not candidate.excluded]
    if not eligible:
        raise NoHead(_why_none(tensors, ranked))
    best, *others = eligible
    rivals = [other for other in others if _rivals(best, other, classes)]
    if best.score < ENOUGH or rivals or best.doubtful:
        stored = {tensor.name for tensor in tensors}
        composed = [candidate for candidate in ranked if candidate.tensor.name not in stored]
        raise AmbiguousHead(_question(best, rivals, eligible, composed))
    return best


def load_templates(candidate: Candidate) -> tuple[np.ndarray, np.ndarray | None]:
    """The numbers of a layer: templates (n, d), class axis first, and its bias (n,) or None.

    Raises HeadError for numbers in another shape than announced, and what reading raises.
    """
    tensor, bias = candidate.tensor, candidate.bias
    templates = np.moveaxis(loaded(tensor), tensor.class_axis, 0)
    templates = templates.reshape(candidate.n_classes, candidate.dimension)
    return templates, None if bias is None else loaded(bias)


def _noted(candidate: Candidate, applied: Applied) -> Candidate:
    """The candidate with what was done to its tensor among the reasons."""
    note = applied.notes.get(candidate.tensor.name)
    return candidate if note is None else replace(candidate, reason=f"{candidate.reason}; {note}")


def _rivals(best: Candidate, other: Candidate, classes: int | None) -> bool:
    if _tied(best.tensor, other.tensor):
        return False
    fits = classes is None or other.n_classes == best.n_classes
    equals = best.entitled and other.entitled and fits and not other.doubtful
    return equals or other.score > best.score - MARGIN


def _question(
    best: Candidate,
    rivals: list[Candidate],
    eligible: list[Candidate],
    composed: list[Candidate],
) -> str:
    expected = "expected one tensor that is clearly the classifier layer"
    way_out = "choose with --head NAME (in Python: head=NAME)"
    if best.doubtful and best.score >= ENOUGH and not rivals:
        return (
            f"{expected}, found {_listed([best])}, which may be a hidden layer by its shape; "
            f"{way_out}, or give the names of the classes"
        )
    together = f", and together {_listed(composed)}" if composed else ""
    found = _listed([best, *rivals] if rivals else eligible)
    return f"{expected}, found {found}{together}; {way_out}"


def _tied(one: StoredTensor, other: StoredTensor) -> bool:
    """Whether two names mean the same numbers."""
    return (one.tied_to or one.name) == (other.tied_to or other.name)


def _listed(candidates: list[Candidate]) -> str:
    shown = [f"{_shown(c.tensor)} ({c.n_classes} x {c.dimension})" for c in candidates[:6]]
    more = f" and {len(candidates) - 6} more" if len(candidates) > 6 else ""
    return ", ".join(shown) + more


def _shown(tensor: StoredTensor) -> str:
    # A name out of a file may hold anything; a message stays one short line.
    name = tensor.name if len(tensor.name) <= 80 else tensor.name[:77] + "..."
    return name if name.isprintable() else repr(name)


def _why_none(tensors: list[StoredTensor], excluded: list[Candidate]) -> str:
    expected = "expected a matrix with one row per class"
    if excluded:
        why = "; ".join(f"{_listed([c])}: {c.reason}" for c in excluded[:3])
        return f"{expected}, found only {why}; choose one with --head NAME (in Python: head=NAME)"
    names = ", ".join(f"{_shown(t)} {'x'.join(map(str, t.shape))}" for t in tensors[:4])
    found = f"{len(tensors)} tensors of other kinds ({names}{', ...' if len(tensors) > 4 else ''})"
    return (
        f"{expected}, found {found if tensors else 'no tensors'}; "
        "pass the file that holds the last layer too"
    )


# A layer by its name


def _named(name: str, applied: Applied, classes: int | None) -> Candidate:
    known = layers(applied.tensors, applied.output_layers)
    composed = composed_heads(known, classes)
    found = _called(name, known, composed)
    if not found:
        names = [head.candidate.tensor for head in composed]
        names += [layer.tensor for layer in known if layer.matrix]
        near = difflib.get_close_matches(name, map(_shown, names), 3, 0.4)
        near = near or [_shown(c.tensor) for c in rank_heads(applied.tensors)[:3]]
        raise HeadError(
            f"expected the name of a tensor in the file, found {name!r}, which none has; "
            f"the nearest are {', '.join(near) or 'none'}"
        )
    if len(found) > 1:
        full_names = ", ".join(_shown(_tensor(each)) for each in found[:6])
        raise AmbiguousHead(f"expected one tensor {name!r}, found {full_names}; give a full name")
    return _noted(_as_candidate(found[0]), applied)


def _as_candidate(found: Layer | ComposedHead) -> Candidate:
    if isinstance(found, ComposedHead):
        if found.lacks:
            raise HeadError(found.lacks)
        reason = f"named by the user; {found.candidate.reason}"
        return replace(found.candidate, reason=reason, excluded=False)
    if found.matrix is None:
        shape = " x ".join(map(str, found.tensor.shape)) or "a single number"
        raise HeadError(
            f"expected a matrix with one row per class, found {_shown(found.tensor)} of shape "
            f"{shape}; choose another tensor"
        )
    return Candidate(found.tensor, found.bias, *found.matrix, 100, "named by the user")


def _tensor(found: Layer | ComposedHead) -> StoredTensor:
    return found.candidate.tensor if isinstance(found, ComposedHead) else found.tensor


def _called(
    name: str, known: list[Layer], composed: list[ComposedHead]
) -> list[Layer] | list[ComposedHead]:
    """What a name given by the user means; the averaged copies only if no other.

    A stored name goes first, unless it is that of no matrix but of a part of a composed head; then
    come full names, and last the ends of names of composed heads.
    """
    path = split(name)[1]
    paths = [split(head.candidate.tensor.name)[1] for head in composed]
    whole = [head for head, own in zip(composed, paths, strict=True) if own == path]
    ending = [head for head, own in zip(composed, paths, strict=True) if own[-len(path) :] == path]
    exact = [layer for layer in known if layer.tensor.name == name]
    alike = [a for a in known if a.matrix and not a.of_optimizer and path in (a.path, a.full_path)]
    alike = [layer for layer in alike if not layer.averaged] or alike
    matrices = [layer for layer in exact if layer.matrix]
    return matrices or whole or exact or alike or ending
