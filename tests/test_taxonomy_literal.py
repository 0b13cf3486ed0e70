"""method 5 on random hierarchies, against a literal reading of it in no hurry."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semdepth.taxonomy import Taxonomy, relations, taxonomy_from_parents


class Literal:
    """Parents by position; with several roots a virtual one stands last."""

    def __init__(self, parents, names):
        roots = [c for c, above in enumerate(parents) if not above]
        self.virtual = len(roots) > 1
        if self.virtual:
            parents = [above or [len(parents)] for above in parents] + [[]]
            names = [*names, "(root)"]
        self.parents, self.names = parents, names
        lengths = [self.lengths_of_ways_up(c) for c in range(len(parents))]
        self.min_depth = [min(lengths[c]) - self.virtual for c in range(len(parents))]
        self.max_depth = [max(lengths[c]) - self.virtual for c in range(len(parents))]
        self.up = [self.ancestors(c) for c in range(len(parents))]

    def lengths_of_ways_up(self, c):
        above = self.parents[c]
        return [1 + n for p in above for n in self.lengths_of_ways_up(p)] if above else [0]

    def ancestors(self, c):
        found = {c: 0}
        for parent in self.parents[c]:
            for ancestor, steps in self.ancestors(parent).items():
                found[ancestor] = min(found.get(ancestor, math.inf), steps + 1)
        return found

    def subsumer(self, a, b, rule):
        depth = {"min_depth": self.min_depth, "max_depth": self.max_depth}[rule]
        common = self.up[a].keys() & self.up[b].keys()
        greatest = max(depth[c] for c in common)
        candidates = [c for c in common if depth[c] == greatest]
        return a if a in candidates else min(candidates, key=lambda c: self.names[c])

    def distance(self, a, b):
        common = self.up[a].keys() & self.up[b].keys()
        return min(self.up[a][c] + self.up[b][c] for c in common)

    def wu_palmer(self, a, b, rule):
        met = self.subsumer(a, b, rule)
        depth = self.max_depth[met] + 1
        if depth == 0:
            return 0.0
        return 2 * depth / (self.distance(a, met) + self.distance(b, met) + 2 * depth)


@st.composite
def random_hierarchies(draw):
    """Parents of each concept, their names, and some classes, several at one concept perhaps."""
    n = draw(st.integers(1, 10))
    shuffled = draw(st.permutations(range(n)))
    parents = [[] for _ in range(n)]
    for rank in range(1, n):
        above = draw(st.sets(st.sampled_from(shuffled[:rank]), max_size=3))
        parents[shuffled[rank]] = draw(st.permutations(sorted(above)))
    names = draw(st.permutations([f"name{i}" for i in range(n)]))
    classes = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=7))
    return parents, list(names), classes


def build(parents, names) -> Taxonomy:
    offsets = np.cumsum([0, *map(len, parents)])
    flat = [p for above in parents for p in above]
    ids = [f"id{i}" for i in range(len(parents))]
    return taxonomy_from_parents("random", ids, offsets, flat, names=names)


@pytest.mark.parametrize("rule", ["min_depth", "max_depth"])
@given(made=random_hierarchies())
def test_all_relations_agree_with_a_literal_reading(rule, made):
    parents, names, classes = made
    tree, literal = build(parents, names), Literal(parents, names)
    assert tree.min_depth.tolist() == literal.min_depth
    assert tree.max_depth.tolist() == literal.max_depth
    pairs = relations(tree, classes, lcs=rule)
    found = pairs.subsumers(), pairs.depths(), pairs.distances(), pairs.wu_palmer()
    for i, first in enumerate(classes):
        for j, second in enumerate(classes):
            a, b = (first, second) if i <= j else (second, first)
            met = literal.subsumer(a, b, rule)
            due = met, literal.max_depth[met] + 1, literal.distance(a, b)
            assert tuple(matrix[i, j] for matrix in found) == (*due, literal.wu_palmer(a, b, rule))


@pytest.mark.parametrize("rule", ["min_depth", "max_depth"])
@given(made=random_hierarchies(), draw=st.data())
def test_some_pairs_give_the_same_as_the_matrix(rule, made, draw):
    parents, names, classes = made
    pairs = relations(build(parents, names), classes, lcs=rule)
    ends = st.integers(0, len(classes) - 1)
    wanted = draw.draw(st.lists(st.tuples(ends, ends), max_size=6))
    subsumers, wu_palmer = pairs.of_pairs(np.array(wanted, dtype=np.int64).reshape(-1, 2))
    assert subsumers.tolist() == [pairs.subsumers()[pair] for pair in wanted]
    assert wu_palmer.tolist() == [pairs.wu_palmer()[pair] for pair in wanted]


@given(made=random_hierarchies())
def test_paths_are_shortest_and_use_the_hierarchys_links(made):
    parents, names, classes = made
    tree, literal = build(parents, names), Literal(parents, names)
    for a, b in zip(classes, classes[::-1], strict=True):
        path = tree.path(a, b)
        assert (path[0], path[-1]) == (a, b)
        assert len(path) - 1 == literal.distance(a, b)
        ups = [hi in literal.parents[lo] for lo, hi in pairwise(path)]
        downs = [lo in literal.parents[hi] for lo, hi in pairwise(path)]
        assert all(up or down for up, down in zip(ups, downs, strict=True))
        assert ups == sorted(ups, reverse=True)
        assert len(tree.path_to_root(a)) - 1 == literal.min_depth[a] + literal.virtual


@given(made=random_hierarchies())
def test_common_subsumer_is_the_deepest_ancestor_of_all(made):
    parents, names, classes = made
    tree, literal = build(parents, names), Literal(parents, names)
    shared = set.intersection(*(set(literal.up[c]) for c in classes))
    best = min(shared, key=lambda c: (-literal.min_depth[c], literal.names[c]))
    assert tree.common_subsumer(classes) == best
