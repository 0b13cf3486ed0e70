"""method 5 on random hierarchies, against a literal reading of it in no hurry."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hierarchies import Literal, build, random_hierarchies
from semdepth.kernels import subsumers
from semdepth.taxonomy import relations

# The compiled rows take over at a size that random hierarchies do not reach.
NEVER, ALWAYS = 10**9, 0


@pytest.fixture(params=[NEVER, ALWAYS], ids=["plain", "compiled"])
def kernel(request, monkeypatch):
    monkeypatch.setattr(subsumers, "COMPILED_FROM", request.param)


@pytest.mark.parametrize("rule", ["min_depth", "max_depth"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=random_hierarchies())
def test_all_relations_agree_with_a_literal_reading(kernel, rule, made):
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
