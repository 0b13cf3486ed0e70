"""Which senses several class names have together: the classes of one list are of a kind.

Given the concepts of the other classes, a class is expected at concept ``c`` with

::

    density(c) = (1 / N + sum of m(a) / (size(a) + smoothing) ** kappa) / n

over the ancestors ``a`` of ``c``, itself included, where ``m(a)`` is how many of the other n - 1
classes stand below ``a`` and ``size(a)`` how many of WordNet's N concepts do: a near relative
shares a small ancestor, which counts much, and that half the list are artefacts counts little.
What a list is made of as a whole is in the shares of its kinds (animals, food, ...). What is of
one field without being of one kind, as a mouse and a printer are, has words in common:

::

    kinship(c) = FLOOR + sum of m(w) / (1 + n p(w)) / (count(w) + RARE) ** RARITY

over the words ``w`` of the definition of ``c`` and, each kind for itself, of what stands right
above it, where ``m(w)``
is how many of the other classes have the word, ``count(w)`` how many of WordNet's definitions do,
and ``n p(w)`` how many of n classes would by chance. A sense of a name has

::

    score(sense)  = own score + weight * ln density + kinds * ln(share of its kind)
                    + words * ln kinship - distinct * ln(1 + others at that concept)
                    - apart * ln(1 + others above it)
    belief(sense) = exp(score) / (the sum of that over the name's senses)

for classes seldom are one another's kinds: beside a car, a bus is no old car. Beliefs stand in
for the unknown concepts in ``m``: a mean field, iterated from the own scores
in one schedule for all names at once. Its cost grows with the number of senses times their
ancestors and words, not with the number of pairs of classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from semdepth.kernels.subsumers import concatenated_rows
from semdepth.taxonomy import Taxonomy, relations

_MOST_ITERATIONS = 60
_STILL = 1e-9
# The negative log likelihood of lists held out is flat about these.
_FLOOR, _RARE, _RARITY = 0.03, 10.0, 0.5


@dataclass(frozen=True, slots=True)
class Coherence:
    """How strongly the classes of one list draw each other's senses; at 0 not at all."""

    weight: float
    kinds: float
    distinct: float
    words: float
    apart: float
    kappa: float
    smoothing: float


@dataclass(frozen=True, eq=False, slots=True)
class Words:
    """The words of m concepts: those of the i-th from ``offsets[i]`` to ``offsets[i + 1]``.

    ``words`` are numbers below w; ``counts`` (w,) says how many definitions have each, of
    ``n_definitions``.
    """

    offsets: np.ndarray
    words: np.ndarray
    counts: np.ndarray
    n_definitions: int


def no_words(concepts: np.ndarray) -> Words:
    """Concepts of which nothing is said."""
    return Words(np.zeros(len(concepts) + 1, dtype=int), np.empty(0, int), np.empty(0, int), 1)


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
    words: Words


def sense_graph(
    taxonomy: Taxonomy,
    owner: np.ndarray,
    concepts: np.ndarray,
    kinds: Sequence[str] = (),
    words_of: Callable[[np.ndarray], Words] = no_words,
) -> SenseGraph:
    """Lay out senses: each the concept (K,) of a name, its ``owner`` (K,).

    ``kinds`` are names of concepts; a sense is of the first that stands above it. ``words_of``
    says which words different concepts have.
    """
    distinct, concept = np.unique(concepts, return_inverse=True)
    graph = relations(taxonomy, distinct).graph
    flat, starts = concatenated_rows(graph.indptr, graph.classes)
    ancestors = graph.nodes[graph.ancestors[flat]]
    offsets = np.append(starts, len(flat))
    kind = _kinds(taxonomy, ancestors, starts, kinds)[concept]
    return SenseGraph(
        taxonomy,
        owner,
        concept,
        distinct,
        offsets,
        ancestors,
        kind,
        len(kinds) + 1,
        words_of(distinct),
    )


def _kinds(
    taxonomy: Taxonomy, ancestors: np.ndarray, starts: np.ndarray, kinds: Sequence[str]
) -> np.ndarray:
    place = {name: i for i, name in enumerate(kinds)}
    above, where = np.unique(ancestors, return_inverse=True)
    order = np.array([place.get(taxonomy.names[c], len(kinds)) for c in above.tolist()])
    return np.minimum.reduceat(order[where], starts)


def beliefs(graph: SenseGraph, own: np.ndarray, settings: Coherence) -> np.ndarray:
    """The probability of each sense among those of its name, (K,), from own scores (K,)."""
    weights = settings.weight, settings.kinds, settings.distinct, settings.words, settings.apart
    if not any(weights):
        return shares(own, graph.owner)
    return Field(graph, settings).solve(own)


class Shared:
    """What senses have in common, ancestors or words, by rows of (sense, item).

    A name with one sense has nothing to choose: it counts for the others, and has no rows.
    """

    def __init__(self, graph: SenseGraph, offsets: np.ndarray, items: np.ndarray):
        rows, _ = concatenated_rows(offsets, graph.concept)
        sense = np.repeat(np.arange(len(graph.owner)), np.diff(offsets)[graph.concept])
        self.items, item = np.unique(items[rows], return_inverse=True)
        self.n_senses, self.n_items = len(graph.owner), len(self.items)
        open_ = (np.bincount(graph.owner) > 1)[graph.owner[sense]]
        self.settled = np.bincount(item[~open_], minlength=self.n_items)
        self.sense, self.item = sense[open_], item[open_]
        pairs = graph.owner[self.sense].astype(np.int64) * self.n_items + self.item
        self.pairs, self.pair = np.unique(pairs, return_inverse=True)

    def others(self, belief: np.ndarray) -> np.ndarray:
        """By row: how many names other than the sense's own have the item."""
        spread = belief[self.sense]
        everyone = self.settled + np.bincount(self.item, spread, self.n_items)
        # Every name is judged by the others: what its own senses put there goes.
        return np.maximum(everyone[self.item] - np.bincount(self.pair, spread)[self.pair], 0)

    def summed(self, by_row: np.ndarray) -> np.ndarray:
        """The sum of each sense's rows, (K,)."""
        return np.bincount(self.sense, by_row, self.n_senses)


class Standing:
    """Where senses stand among the ancestors of others: at one of them, not somewhere below."""

    def __init__(self, graph: SenseGraph, ancestors: Shared):
        self.ancestors = ancestors
        self.item = np.searchsorted(ancestors.items, graph.concepts[graph.concept])
        pairs = graph.owner.astype(np.int64) * ancestors.n_items + self.item
        self.open = np.flatnonzero(np.isin(pairs, ancestors.pairs))
        self.pair = np.searchsorted(ancestors.pairs, pairs[self.open])

    def others(self, belief: np.ndarray) -> np.ndarray:
        """By row of the ancestors: how many names other than the sense's own stand at it."""
        rows = self.ancestors
        everyone = np.bincount(self.item, belief, rows.n_items)
        own = np.bincount(self.pair, belief[self.open], len(rows.pairs))
        return everyone[rows.item] - own[rows.pair]


class Field:
    """What the other classes add to a sense's score; the arrays that stay the same are kept."""

    def __init__(self, graph: SenseGraph, settings: Coherence):
        self.graph, self.settings = graph, settings
        self.n_names = 1 + graph.owner[-1]
        self.ancestors = Shared(graph, graph.offsets, graph.ancestors)
        size = concepts_below(graph.taxonomy)[self.ancestors.items] + settings.smoothing
        self.nearness = (size**-settings.kappa)[self.ancestors.item]
        self.standing = Standing(graph, self.ancestors)
        self.words = Shared(graph, graph.words.offsets, graph.words.words)
        count = graph.words.counts[self.words.items]
        by_chance = self.n_names * count / graph.words.n_definitions
        self.rarity = ((count + _RARE) ** -_RARITY / (1 + by_chance))[self.words.item]

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
        settings, graph = self.settings, self.graph
        near = self.ancestors.summed(self.ancestors.others(belief) * self.nearness)
        density = (1 / len(graph.taxonomy) + near) / self.n_names
        kinship = _FLOOR + self.words.summed(self.words.others(belief) * self.rarity)
        crowd = np.bincount(graph.concept, belief)[graph.concept] - belief
        above = self.ancestors.summed(self.standing.others(belief)) - crowd
        return (
            settings.weight * np.log(density)
            + settings.kinds * self._kinds(belief)
            + settings.words * np.log(kinship)
            - settings.distinct * np.log1p(np.maximum(crowd, 0))
            - settings.apart * np.log1p(np.maximum(above, 0))
        )

    def _kinds(self, belief: np.ndarray) -> np.ndarray:
        """ln of each sense's kind's share of the other names, as if each kind had one more."""
        kind, n_kinds = self.graph.kind, self.graph.n_kinds
        own = self.graph.owner.astype(np.int64) * n_kinds + kind
        others = np.bincount(kind, belief)[kind] - np.bincount(own, belief)[own]
        return np.log((1 + np.maximum(others, 0)) / (n_kinds + self.n_names - 1))


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
