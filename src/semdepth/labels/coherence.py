"""Which senses several class names have together: the classes of one list are of a kind.

Given the concepts of the other classes, a class is expected at concept ``c`` with

::

    density(c) = (1 / N + sum of m(a) / (size(a) + smoothing) ** kappa) / n

over the ancestors ``a`` of ``c``, itself included, where ``m(a)`` is how many of the other n - 1
classes stand below ``a`` and ``size(a)`` how many of WordNet's N concepts do: a near relative
shares a small ancestor, which counts much, and that half the list are artefacts counts little.
What a list is made of as a whole is in the shares of its kinds (animals, food, ...). A sense of a
name has

::

    score(sense)  = own score + weight * ln density + kinds * ln(share of its kind)
                    - distinct * ln(1 + others at that concept)
    belief(sense) = exp(score) / (the sum of that over the name's senses)

and beliefs stand in for the unknown concepts in ``m``: a mean field, iterated from the own scores
in one schedule for all names at once. Its cost grows with the number of senses times their
ancestors, not with the number of pairs of classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from semdepth.kernels.subsumers import concatenated_rows
from semdepth.taxonomy import Taxonomy, relations

_MOST_ITERATIONS = 60
_STILL = 1e-9


@dataclass(frozen=True, slots=True)
class Coherence:
    """How strongly the classes of one list draw each other's senses; at 0 not at all."""

    weight: float
    kinds: float
    distinct: float
    kappa: float
    smoothing: float


@dataclass(frozen=True, eq=False, slots=True)
class SenseGraph:
    """The senses (K,) of n names laid out over the hierarchy.

    ``owner`` (K,) is the name of each sense, rising from 0; ``concept`` (K,) its place among the
    m different ``concepts``. These and ``ancestors`` are positions in the taxonomy; the i-th
    concept's ancestors, itself included, stand from ``offsets[i]`` to ``offsets[i + 1]``.
    ``kind`` (K,) is the kind of each sense, one of ``n_kinds``.
    """

    taxonomy: Taxonomy
    owner: np.ndarray
    concept: np.ndarray
    concepts: np.ndarray
    offsets: np.ndarray
    ancestors: np.ndarray
    kind: np.ndarray
    n_kinds: int


def sense_graph(
    taxonomy: Taxonomy, owner: np.ndarray, concepts: np.ndarray, kinds: Sequence[str] = ()
) -> SenseGraph:
    """Lay out senses: each the concept (K,) of a name, its ``owner`` (K,).

    ``kinds`` are names of concepts; a sense is of the first that stands above it.
    """
    distinct, concept = np.unique(concepts, return_inverse=True)
    graph = relations(taxonomy, distinct).graph
    flat, starts = concatenated_rows(graph.indptr, graph.classes)
    ancestors = graph.nodes[graph.ancestors[flat]]
    offsets = np.append(starts, len(flat))
    kind = _kinds(taxonomy, ancestors, starts, kinds)[concept]
    return SenseGraph(taxonomy, owner, concept, distinct, offsets, ancestors, kind, len(kinds) + 1)


def _kinds(
    taxonomy: Taxonomy, ancestors: np.ndarray, starts: np.ndarray, kinds: Sequence[str]
) -> np.ndarray:
    place = {name: i for i, name in enumerate(kinds)}
    above, where = np.unique(ancestors, return_inverse=True)
    order = np.array([place.get(taxonomy.names[c], len(kinds)) for c in above.tolist()])
    return np.minimum.reduceat(order[where], starts)


def beliefs(graph: SenseGraph, own: np.ndarray, settings: Coherence) -> np.ndarray:
    """The probability of each sense among those of its name, (K,), from own scores (K,)."""
    if settings.weight == settings.kinds == settings.distinct == 0:
        return shares(own, graph.owner)
    return Field(graph, settings).solve(own)


class Field:
    """What the other classes add to a sense's score; the arrays that stay the same are kept."""

    def __init__(self, graph: SenseGraph, settings: Coherence):
        self.graph, self.settings = graph, settings
        rows, self.starts = concatenated_rows(graph.offsets, graph.concept)
        nodes, self.ancestor = np.unique(graph.ancestors[rows], return_inverse=True)
        self.sense = np.repeat(np.arange(len(graph.owner)), np.diff(graph.offsets)[graph.concept])
        pairs = graph.owner[self.sense].astype(np.int64) * len(nodes) + self.ancestor
        self.pair = np.unique(pairs, return_inverse=True)[1]
        size = concepts_below(graph.taxonomy)[nodes] + settings.smoothing
        self.nearness = (size**-settings.kappa)[self.ancestor]

    def solve(self, own: np.ndarray) -> np.ndarray:
        """Beliefs (K,) that agree with each other, from own scores (K,)."""
        belief = shares(own, self.graph.owner)
        for _ in range(_MOST_ITERATIONS):
            new = shares(own + self.pull(belief), self.graph.owner)
            if np.abs(new - belief).max() < _STILL:
                break
            # Halfway: two names that draw each other's senses could otherwise swap them for ever.
            belief = (belief + new) / 2
        return new

    def pull(self, belief: np.ndarray) -> np.ndarray:
        """What beliefs (K,) in the other names' senses add to each score, (K,)."""
        settings, spread = self.settings, belief[self.sense]
        others = np.bincount(self.ancestor, spread)[self.ancestor]
        # Every name is judged by the others: what its own senses put below an ancestor goes.
        others -= np.bincount(self.pair, spread)[self.pair]
        near = np.add.reduceat(np.maximum(others, 0) * self.nearness, self.starts)
        density = (1 / len(self.graph.taxonomy) + near) / (1 + self.graph.owner[-1])
        crowd = np.bincount(self.graph.concept, belief)[self.graph.concept] - belief
        apart = settings.distinct * np.log1p(np.maximum(crowd, 0))
        return settings.weight * np.log(density) + settings.kinds * self._kinds(belief) - apart

    def _kinds(self, belief: np.ndarray) -> np.ndarray:
        """ln of each sense's kind's share of the other names, as if each kind had one more."""
        kind, n_kinds = self.graph.kind, self.graph.n_kinds
        own = self.graph.owner.astype(np.int64) * n_kinds + kind
        others = np.bincount(kind, belief)[kind] - np.bincount(own, belief)[own]
        return np.log((1 + np.maximum(others, 0)) / (n_kinds + self.graph.owner[-1]))


def shares(score: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """exp(score) as shares of each owner's, (K,); owners rise."""
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    counts = np.diff(starts, append=len(owner))
    raised = np.exp(score - np.repeat(np.maximum.reduceat(score, starts), counts))
    return raised / np.repeat(np.add.reduceat(raised, starts), counts)


@lru_cache(maxsize=2)
def concepts_below(taxonomy: Taxonomy) -> np.ndarray:
    """How many concepts stand below each, itself included; one with two parents is half each's."""
    size = np.ones(len(taxonomy))
    n_parents = np.diff(taxonomy.parent_offsets)
    order = np.argsort(taxonomy.max_depth, kind="stable")
    levels = np.searchsorted(taxonomy.max_depth[order], np.arange(taxonomy.depth_limit + 2))
    for level in range(taxonomy.depth_limit, 0, -1):
        nodes = order[levels[level] : levels[level + 1]]
        flat, _ = concatenated_rows(taxonomy.parent_offsets, nodes)
        share = np.repeat(size[nodes] / np.maximum(n_parents[nodes], 1), n_parents[nodes])
        np.add.at(size, taxonomy.parents[flat], share)
    size.setflags(write=False)
    return size
