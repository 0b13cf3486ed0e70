"""Depths of all pairs by kinds of classes: the same, in every cell, as those found pair by pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hierarchies import Literal, build, random_hierarchies
from semdepth.chance import greatest_mean_depth
from semdepth.errors import OptionError
from semdepth.kernels.spanning import maximum_spanning_forest, spanning_tree_weights
from semdepth.taxonomy import depths_by_kind, pair_depths, relations, taxonomy_from_parents
from semdepth.wordnet import wordnet_nouns

RULES = ("min_depth", "max_depth")


def everything(n):
    """All ordered pairs of different classes."""
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    return i, j


def random_dag(seed, n_concepts=60, n_classes=80):
    """Concepts of one, two or three parents, some roots; classes at any of them, some at one."""
    random = np.random.default_rng(seed)
    parents = [[]]
    for concept in range(1, n_concepts):
        count = random.choice([0, 1, 1, 1, 1, 1, 2, 3])
        # Parents lie near by, so that hierarchies grow deep.
        first = max(0, concept - int(random.choice([3, 12, 60])))
        some = random.integers(first, concept, size=count)
        parents.append(sorted(set(some.tolist())))
    names = [f"name{i:02}" for i in random.permutation(n_concepts)]
    return build(parents, names), random.integers(n_concepts, size=n_classes)


def check_all(found, matrix):
    """Against the matrix of all pairs: cells, rows, counts, mean, ceilings."""
    n = len(matrix)
    i, j = everything(n)
    assert np.array_equal(found.of(i, j), matrix[i, j])
    for one in range(n):
        assert np.array_equal(np.delete(found.from_class(one), one), np.delete(matrix[one], one))
        others = np.bincount(np.delete(matrix[one], one), minlength=found.others.shape[1])
        assert np.array_equal(found.others[found.kinds[one]], others)
    upper = matrix[np.triu_indices(n, k=1)].astype(np.int64)
    assert np.array_equal(np.repeat(np.arange(len(found.counts)), found.counts), np.sort(upper))
    assert len(found) == n
    if n > 1:
        assert found.mean == upper.sum() / len(upper)
        assert_ceilings(found, matrix)


def assert_ceilings(found, matrix):
    """Against the heaviest edges of a maximum spanning tree of all classes."""
    # One more than the depth, because a cell of 0 is no edge there.
    tree = maximum_spanning_forest(matrix.astype(np.int64) + 1)
    heaviest = np.sort(matrix[tree[:, 0], tree[:, 1]].astype(np.int64))[::-1]
    for n_edges in {1, 2, len(matrix) // 2, len(matrix) - 1} - {0}:
        assert greatest_mean_depth(found, n_edges) == np.mean(heaviest[:n_edges])


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=300)
@given(made=random_hierarchies())
def test_every_pair_meets_as_a_literal_reading_has_it(rule, made):
    parents, names, classes = made
    literal = Literal(parents, names)
    found = pair_depths(build(parents, names), classes, lcs=rule)
    for i, j in zip(*everything(len(classes)), strict=True):
        a, b = (classes[i], classes[j]) if i < j else (classes[j], classes[i])
        assert found.of(i, j) == literal.max_depth[literal.subsumer(a, b, rule)] + 1


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(40))
def test_larger_hierarchies_full_of_shortcuts(rule, seed):
    tree, classes = random_dag(seed)
    found = pair_depths(tree, classes, lcs=rule)
    check_all(found, relations(tree, classes, lcs=rule).depths())
    assert len(found.table) < len(classes)


@pytest.mark.parametrize("rule", RULES)
def test_imagenet_by_its_kinds(imagenet, rule):
    found = pair_depths(imagenet.taxonomy, imagenet.concepts, lcs=rule)
    check_all(found, relations(imagenet.taxonomy, imagenet.concepts, lcs=rule).depths())
    assert len(found.table) < 400


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(3))
def test_concepts_from_anywhere_in_wordnet(rule, seed):
    # In any order, inner concepts among them, some of them twice.
    nouns = wordnet_nouns()
    random = np.random.default_rng(seed)
    leaves = random.integers(len(nouns), size=250)
    above = [nouns.parents_of(c)[0] for c in leaves[:100] if len(nouns.parents_of(c))]
    concepts = random.permutation(np.concatenate((leaves, above, leaves[-20:])))
    check_all(pair_depths(nouns, concepts, lcs=rule), relations(nouns, concepts, lcs=rule).depths())


def test_lone_children_are_of_their_parents_kind(pets):
    # Two dogs and their kind, a cat alone below its own, three vehicles.
    tree = pets.taxonomy
    names = ("poodle", "boxer", "dog", "siamese", "car", "bus", "bike")
    found = pair_depths(tree, [tree.index(name) for name in names])
    # The lone siamese climbs past cat to animal, where no other class ends.
    assert found.kinds.tolist() == [0, 0, 0, 1, 2, 2, 2]
    assert found.table.tolist() == [[3, 2, 1], [2, 2, 1], [1, 1, 2]]
    assert repr(found) == "PairDepths(7 classes of 3 kinds)"


def test_classes_below_one_that_wins_by_being_first_keep_their_order(hierarchy):
    # Shortest ways up: p 1, a 1; their names: m, x. So a wins as the first alone.
    tree = hierarchy(
        top="", p="top", a="p top", b="a", c="a", names=["top", "m", "x", "b", "c"]
    )  # fmt: skip
    b, a, c = (tree.index(name) for name in "bac")
    found = pair_depths(tree, [b, a, c])
    assert (found.of(0, 1), found.of(1, 2), found.of(0, 2)) == (2, 3, 2)
    assert found.of(1, 0) == found.of(0, 1)
    check_all(found, relations(tree, [b, a, c]).depths())


def test_classes_at_one_concept_and_a_single_class(hierarchy):
    tree = hierarchy(top="", dog="top", tool="")
    dog = tree.index("dog")
    assert np.flatnonzero(pair_depths(tree, [dog, dog, dog]).counts).tolist() == [2]
    alone = pair_depths(tree, [dog])
    assert (len(alone), alone.counts.sum()) == (1, 0)
    assert np.isnan(alone.mean)


def test_meeting_in_the_virtual_root_counts_as_depth_zero(hierarchy):
    tree = hierarchy(animal="", dog="animal", cat="animal", tool="")
    found = pair_depths(tree, [tree.index(name) for name in ("dog", "cat", "tool")])
    assert found.counts[:2].tolist() == [2, 1]
    assert greatest_mean_depth(found, 2) == 1 / 2


def test_a_hierarchy_too_deep_for_bytes():
    n = 400
    chain = taxonomy_from_parents(
        "chain", [f"c{i:03}" for i in range(n)], [0, *range(n)], range(399)
    )
    found = pair_depths(chain, [0, n - 1, n - 1, 300])
    assert found.of(1, 2) == n
    assert found.counts.nonzero()[0].tolist() == [1, 301, n]
    assert greatest_mean_depth(found, 1) == n


def test_a_star_is_of_one_kind():
    n = 50
    star = taxonomy_from_parents("star", [f"c{i}" for i in range(n)], [0, *range(n)], [0] * (n - 1))
    found = pair_depths(star, range(1, n))
    assert found.table.tolist() == [[1]]
    assert found.counts.tolist() == [0, 49 * 48 // 2]


@given(st.data(), st.integers(1, 8))
def test_weights_of_a_spanning_tree_are_those_of_its_edges(data, n):
    cells = data.draw(st.lists(st.integers(0, 9), min_size=n * n, max_size=n * n))
    upper = np.triu(np.array(cells, dtype=np.uint8).reshape(n, n), 1)
    weights = upper + upper.T + np.diag(np.full(n, 9, dtype=np.uint8))
    edges = maximum_spanning_forest(weights + np.uint8(1))
    found = spanning_tree_weights(weights)
    assert np.array_equal(np.sort(found), np.sort(weights[edges[:, 0], edges[:, 1]]))


def test_depths_cannot_be_changed():
    depths = depths_by_kind(np.array([0, 0]), np.array([[3]]))
    for array in (depths.kinds, depths.table, depths.others):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_an_unknown_rule_is_an_error(pets):
    with pytest.raises(OptionError, match="expected lcs to be one of"):
        pair_depths(pets.taxonomy, pets.concepts, lcs="deepest")
