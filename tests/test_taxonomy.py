"""method 5 on hierarchies small enough to check on paper, and the reference's numbers."""

import math

import numpy as np
import pytest

from semdepth.errors import OptionError, TaxonomyError
from semdepth.taxonomy import leacock_chodorow, relations, taxonomy_from_parents


def meet(tree, a, b, **options):
    """The name of the lowest common subsumer of two concepts, in this order."""
    met = tree.lowest_common_subsumer(tree.index(a), tree.index(b), **options)
    return tree.names[met]


def related(tree, *ids, **options):
    return relations(tree, [tree.index(i) for i in ids], **options)


# Depths


def test_depths_count_the_shortest_and_the_longest_way_up(hierarchy):
    tree = hierarchy(top="", b="top", c="b", d="c top")
    assert tree.min_depth.tolist() == [0, 1, 2, 1]
    assert tree.max_depth.tolist() == [0, 1, 2, 3]
    assert [tree.depth(c) for c in range(4)] == [1, 2, 3, 4]
    assert tree.depth_limit == 3


def test_parents_may_stand_after_their_children(hierarchy):
    tree = hierarchy(poodle="dog", dog="animal", animal="")
    assert tree.max_depth.tolist() == [2, 1, 0]
    assert tree.ids[tree.root] == "animal"


def test_concepts_are_found_by_id(hierarchy):
    tree = hierarchy(top="", dog="top", names=["top.n.01", "dog.n.01"])
    assert tree.index("dog") == 1
    assert "dog" in tree
    assert "dog.n.01" not in tree
    assert [tree.ids[p] for p in tree.parents_of(1)] == ["top"]
    assert len(tree) == 2


def test_a_taxonomy_cannot_be_changed(hierarchy):
    tree = hierarchy(top="", dog="top")
    for array in (
        tree.parent_offsets,
        tree.parents,
        tree.min_depth,
        tree.max_depth,
        tree.name_rank,
    ):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(AttributeError):
        tree.title = "other"


def test_repr_is_short(hierarchy):
    assert repr(hierarchy(top="", dog="top")) == "Taxonomy('test', 2 concepts, depth 1)"


# Lowest common subsumer: the rules one by one


def test_the_deepest_common_ancestor_is_the_subsumer(hierarchy):
    tree = hierarchy(top="", animal="top", dog="animal", cat="animal", car="top")
    assert meet(tree, "dog", "cat") == "animal"
    assert meet(tree, "dog", "car") == "top"


def test_an_ancestor_is_its_own_subsumer_with_its_descendants(hierarchy):
    tree = hierarchy(top="", animal="top", dog="animal")
    assert meet(tree, "animal", "dog") == meet(tree, "dog", "animal") == "animal"
    assert meet(tree, "dog", "dog") == "dog"


@pytest.mark.parametrize("names", [["top", "beast", "pet", "dog", "cat"], list("tzycd")])
def test_of_equally_deep_candidates_the_smaller_name_wins(hierarchy, names):
    tree = hierarchy(top="", p="top", q="top", dog="p q", cat="q p", names=names)
    assert meet(tree, "dog", "cat") == min(names[1], names[2])


def test_names_are_compared_as_strings(hierarchy):
    tree = hierarchy(top="", p="top", q="top", a="p q", b="p q", names=["t", "k10", "k9", "a", "b"])
    assert meet(tree, "a", "b") == "k10"


def test_candidates_are_compared_by_their_shortest_way_up(hierarchy):
    # `long` lies 3 below the top on its longest way and 1 on its shortest; `short` 2 on both.
    tree = hierarchy(
        top="", u="top", v="u", long="v top", short="u", a="long short", b="short long"
    )
    assert meet(tree, "a", "b") == "short"
    assert meet(tree, "a", "b", lcs="max_depth") == "long"


def test_depth_is_counted_on_the_longest_way_up_whatever_the_rule(hierarchy):
    # w: 3 steps by u and y, 4 by u, v and y.
    tree = hierarchy(top="", u="top", v="u", y="v u", w="y v", a="w", b="w")
    for rule in ("min_depth", "max_depth"):
        assert meet(tree, "a", "b", lcs=rule) == "w"
        assert related(tree, "a", "b", lcs=rule).depths()[0, 1] == 4 + 1


def test_the_first_of_two_wins_its_tie(hierarchy):
    # Shortest ways up: p 1, a 1. Their names: m, x.
    tree = hierarchy(top="", p="top", a="p top", b="a", names=["top", "m", "x", "b"])
    assert meet(tree, "a", "b") == "x"
    assert meet(tree, "b", "a") == "m"


def test_the_first_of_two_does_not_win_against_a_deeper_candidate(hierarchy):
    # Shortest ways up: c 2, a 1.
    tree = hierarchy(top="", p="top", c="p", a="c top", b="a")
    assert meet(tree, "a", "b") == meet(tree, "b", "a") == "c"


def test_a_matrix_takes_each_pair_in_class_order(hierarchy):
    tree = hierarchy(top="", p="top", a="p top", b="a", names=["top", "m", "x", "b"])
    a, b, p = tree.index("a"), tree.index("b"), tree.index("p")
    assert relations(tree, [a, b]).subsumers().tolist() == [[a, a], [a, b]]
    assert relations(tree, [b, a]).subsumers().tolist() == [[b, p], [p, a]]
    for order, met in (([a, b], a), ([b, a], p)):
        for pair in ([[0, 1]], [[1, 0]]):
            assert relations(tree, order).of_pairs(np.array(pair))[0].tolist() == [met]


def test_an_unknown_rule_is_an_error(hierarchy):
    message = "expected lcs to be one of min_depth, max_depth, found 'deepest'"
    with pytest.raises(OptionError, match=message):
        related(hierarchy(top="", a="top"), "a", "top", lcs="deepest")


# Distance, Wu-Palmer, Leacock-Chodorow


def test_distance_and_wu_palmer_in_a_tree(pets):
    pairs = relations(pets.taxonomy, pets.concepts)
    poodle, boxer, siamese, car = 0, 1, 2, 4
    assert pairs.distances()[poodle, [poodle, boxer, siamese, car]].tolist() == [0, 2, 4, 5]
    assert pairs.depths()[poodle, [poodle, boxer, siamese, car]].tolist() == [4, 3, 2, 1]
    wu_palmer = [1, 2 * 3 / (1 + 1 + 2 * 3), 2 * 2 / (2 + 2 + 2 * 2), 2 * 1 / (3 + 2 + 2 * 1)]
    assert pairs.wu_palmer()[poodle, [poodle, boxer, siamese, car]].tolist() == wu_palmer


def test_distance_takes_a_shortcut_past_the_subsumer(hierarchy):
    # a and b meet at `low`, 3 below the top, 6 steps apart through it; over the top they are 4.
    tree = hierarchy(
        top="", u="top", low="u", a1="low", a2="a1", b1="low", b2="b1", a="a2 s", b="b2 s2",
        s="top", s2="top",
    )  # fmt: skip
    pairs = related(tree, "a", "b")
    assert meet(tree, "a", "b") == "low"
    assert pairs.distances()[0, 1] == 4
    assert pairs.wu_palmer()[0, 1] == 2 * 3 / (3 + 3 + 2 * 3)


def test_distance_to_an_own_ancestor_may_be_shorter_over_a_shared_one(hierarchy):
    # Straight up from a to `high` are 5 steps; over the top and down again, 1 + 2.
    tree = hierarchy(top="", u="top", high="u", c="high", d="c", e="d", f="e", a="f top", b="high")
    pairs = related(tree, "a", "high", "b")
    assert pairs.distances().tolist() == [[0, 3, 4], [3, 0, 1], [4, 1, 0]]
    # ... and so are the ways d(a, LCS) in Wu-Palmer.
    assert pairs.wu_palmer()[0, 2] == 2 * 3 / (3 + 1 + 2 * 3)


def test_wu_palmer_of_a_concept_with_itself_need_not_be_one(hierarchy):
    # a's parent `low` has the greater shortest way up, so it is the subsumer of (a, a).
    tree = hierarchy(top="", u="top", low="u", a="low top")
    pairs = related(tree, "a", "top")
    assert meet(tree, "a", "a") == "low"
    assert pairs.wu_palmer()[0, 0] == 2 * 3 / (1 + 1 + 2 * 3)


def test_deep_chains_do_not_overflow():
    n = 400
    ids = [f"c{i:03}" for i in range(n)]
    tree = taxonomy_from_parents("chain", ids, [0, *range(n)], list(range(n - 1)))
    pairs = relations(tree, [0, n - 1, 200])
    assert pairs.depths()[1].tolist() == [1, n, 201]
    assert pairs.distances()[1].tolist() == [n - 1, 0, n - 1 - 200]
    assert pairs.wu_palmer()[1, 2] == 2 * 201 / (199 + 0 + 2 * 201)


def test_leacock_chodorow_is_its_formula_and_equal_lengths_give_equal_bits():
    distance = np.array([[0, 7], [7, 23]])
    found = leacock_chodorow(distance, 19)
    assert found[0, 1] == found[1, 0]
    for d, value in ((0, found[0, 0]), (7, found[0, 1]), (23, found[1, 1])):
        assert value == pytest.approx(-math.log((d + 1) / (2 * 19)), abs=1e-15)


# Several roots


def test_several_roots_get_a_virtual_one_of_depth_zero(hierarchy):
    tree = hierarchy(animal="", dog="animal", tool="", saw="tool", file="saw")
    assert [tree.depth(tree.index(root)) for root in ("animal", "tool")] == [1, 1]
    assert tree.depth(tree.root) == 0
    assert tree.depth_limit == 2
    pairs = related(tree, "dog", "file", "saw")
    assert pairs.depths().tolist() == [[2, 0, 0], [0, 3, 2], [0, 2, 2]]
    assert pairs.distances()[0].tolist() == [0, 2 + 3, 2 + 2]
    assert pairs.wu_palmer()[0].tolist() == [1, 0, 0]
    assert pairs.wu_palmer()[1, 2] == 2 * 2 / (0 + 1 + 2 * 2)


def test_the_greatest_depth_is_at_least_one(hierarchy):
    assert hierarchy(top="").depth_limit == 1
    assert hierarchy(a="", b="", c="").depth_limit == 1


# What is no hierarchy


@pytest.mark.parametrize(
    "parents",
    [
        {"top": "", "a": "c", "b": "a", "c": "b"},
        {"a": "b", "b": "a"},
        {"top": "", "a": "a"},
        {"top": "", "a": "top b", "b": "a top"},
    ],
)
def test_a_cycle_is_an_error_that_names_a_concept_of_it(hierarchy, parents):
    message = r"expected test to be a hierarchy, found a cycle of hypernyms at or above '[abc]'"
    with pytest.raises(TaxonomyError, match=message):
        hierarchy(**parents)


def test_a_repeated_id_is_an_error_that_names_it():
    message = "expected every concept of pets once, found 'dog' twice"
    with pytest.raises(TaxonomyError, match=message):
        taxonomy_from_parents("pets", ["top", "dog", "dog"], [0, 0, 1, 2], [0, 0])


def test_an_unknown_id_is_an_error_that_names_it(hierarchy):
    message = "expected an id of test such as 'top', found 'unicorn', which it does not have"
    with pytest.raises(TaxonomyError, match=message):
        hierarchy(top="", dog="top").index("unicorn")


# Paths and common subsumers


def test_path_goes_up_to_the_meeting_point_and_down(pets):
    tree = pets.taxonomy
    path = tree.path(tree.index("poodle"), tree.index("persian"))
    assert [tree.ids[c] for c in path] == ["poodle", "dog", "animal", "cat", "persian"]
    assert tree.path(3, 3) == [3]
    way_up = tree.path_to_root(tree.index("bus"))
    assert [tree.ids[c] for c in way_up] == ["bus", "vehicle", "thing"]


def test_common_subsumer_of_many(pets):
    tree = pets.taxonomy
    above = [tree.ids[tree.common_subsumer(pets.concepts[:k])] for k in (1, 2, 4, 5)]
    assert above == ["poodle", "dog", "animal", "thing"]


# The reference's numbers


def test_mini_imagenet_agrees_with_the_reference_exactly(golden, mini):
    known = golden("wordnet_mini100")
    tree, pairs = mini.taxonomy, relations(mini.taxonomy, mini.concepts)
    assert mini.ids == tuple(known["wnids"])
    assert np.array_equal(tree.min_depth[mini.concepts], known["min_depth"])
    assert np.array_equal(tree.max_depth[mini.concepts], known["max_depth"])
    assert np.array_equal(pairs.depths(), known["lcs_depth"])
    assert np.array_equal(offsets(tree, pairs.subsumers()), known["lcs_offset"])
    assert np.array_equal(pairs.wu_palmer(), known["wup"])
    assert np.array_equal(1 / (1 + pairs.distances()), known["path"])
    assert np.array_equal(leacock_chodorow(pairs.distances(), tree.depth_limit), known["lch"])


def test_imagenet_agrees_with_the_reference_exactly(golden, imagenet):
    known = golden("wordnet_imagenet1k")
    tree, pairs = imagenet.taxonomy, relations(imagenet.taxonomy, imagenet.concepts)
    assert imagenet.ids == tuple(known["wnids"])
    assert np.array_equal(pairs.depths(), known["lcs_depth"])
    assert np.array_equal(offsets(tree, pairs.subsumers()), known["lcs_offset"])
    assert np.array_equal(pairs.distances(), known["path_dist"])
    assert np.array_equal(pairs.wu_palmer().astype(np.float32), known["wup"])


def test_some_imagenet_pairs_give_the_same_as_the_reference(golden, imagenet):
    known = golden("wordnet_imagenet1k")
    ends = np.random.default_rng(0).integers(1000, size=(2000, 2))
    pairs = relations(imagenet.taxonomy, imagenet.concepts)
    subsumers, wu_palmer = pairs.of_pairs(ends)
    first, second = ends.T
    assert np.array_equal(offsets(imagenet.taxonomy, subsumers), known["lcs_offset"][first, second])
    assert np.array_equal(wu_palmer.astype(np.float32), known["wup"][first, second])


def offsets(tree, concepts):
    """WordNet offsets of concepts, from their ids."""
    return np.array([int(concept_id[1:]) for concept_id in tree.ids])[concepts]


@pytest.mark.parametrize(
    ("ids", "offsets", "parents", "message"),
    [
        ([], [0], [], "expected concepts in test, found none"),
        (["a", "b"], [0, 0], [], "found 1 rows over 0 parents"),
        (["a", "b"], [0, 0, 2], [0], "found 2 rows over 1 parents"),
        (["a", "b"], [0, 0, 1], [2], "expected parents of test from 0 to 1, found 2 to 2"),
        (["a", "b"], [0, 0, 1], [-1], "expected parents of test from 0 to 1, found -1 to -1"),
    ],
)
def test_rows_that_do_not_fit_the_concepts(ids, offsets, parents, message):
    with pytest.raises(TaxonomyError, match=message):
        taxonomy_from_parents("test", ids, offsets, parents)
