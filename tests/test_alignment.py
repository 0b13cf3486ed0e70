"""method 10: two matrices side by side, and how severe mistakes are, by their definitions."""

import json
import math
import sys
from dataclasses import astuple, replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from semdepth.alignment import Alignment, Severity, align, severity
from semdepth.confusion import ConfusionMatrix
from semdepth.errors import LabelError, OptionError
from semdepth.labels import Placement, place
from semdepth.similarity import SimilarityMatrix, semantic_similarity


def matrix(cells, kind="structural"):
    """A similarity matrix from the cells above its diagonal, row by row."""
    n = round((1 + math.sqrt(1 + 8 * len(cells))) / 2)
    values = np.zeros((n, n))
    values[np.triu_indices(n, k=1)] = cells
    return SimilarityMatrix(kind, tuple(f"c{i}" for i in range(n)), values + values.T + np.eye(n))


def moved(one, order):
    """The same similarities with class i in the place of class order[i]."""
    return SimilarityMatrix(one.kind, one.labels, one.values[np.ix_(order, order)])


@st.composite
def pairs_of_matrices(draw, least=3, most=7):
    """Two matrices of one size with many ties, neither of them constant."""
    n = draw(st.integers(least, most))
    size = n * (n - 1) // 2
    cells = st.lists(st.integers(0, 6), min_size=size, max_size=size)
    both = [np.array(draw(cells)) / 6 for _ in range(2)]
    assume(all(one.min() < one.max() for one in both))
    return both


# Two matrices


@given(pairs_of_matrices())
def test_the_correlations_are_scipys(both):
    a, b = both
    found = align(matrix(a), matrix(b), permutations=1)
    assert found.spearman == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)
    assert found.kendall == pytest.approx(kendalltau(a, b).statistic, abs=1e-12)


@given(pairs_of_matrices())
def test_the_cosine_is_its_formula(both):
    a, b = ((one - one.min()) / (one.max() - one.min()) for one in both)
    found = align(matrix(both[0]), matrix(both[1]), permutations=1)
    assert found.cosine == pytest.approx(sum(a * b) / math.sqrt(sum(a * a) * sum(b * b)))


def test_an_alignment_on_paper():
    found = align(matrix([0.9, 0.5, 0.1]), matrix([0.8, 0.6, 0.7], "functional"), permutations=1)
    # Scaled: 1, 1/2, 0 and 1, 0, 1/2. Ranks: 3, 2, 1 and 3, 1, 2: one of three pairs disagrees.
    assert found.cosine == pytest.approx(1 / math.sqrt((1 + 1 / 4) * (1 + 1 / 4)))
    assert found.spearman == pytest.approx(1 - 6 * (0 + 1 + 1) / (3 * (9 - 1)))
    assert found.kendall == pytest.approx((2 - 1) / 3)
    assert found.kinds == ("structural", "functional")


def test_the_diagonal_takes_no_part():
    a, b = matrix([0.9, 0.5, 0.1]), matrix([0.8, 0.6, 0.7])
    other = SimilarityMatrix("structural", a.labels, a.values - np.diag([0.5, 0.2, 0.1]))
    assert align(other, b) == align(a, b)


def test_a_matrix_agrees_with_itself_and_with_any_rising_function_of_it(convnext):
    found = align(convnext, convnext, permutations=99)
    assert astuple(found)[1:4] == pytest.approx((1, 1, 1))
    assert found.p_value == 1 / 100
    cubed = replace(convnext, values=convnext.values**3)
    found = align(convnext, cubed, permutations=99)
    assert (found.spearman, found.kendall) == pytest.approx((1, 1))
    assert found.cosine < 1


def test_a_reversed_matrix_agrees_as_little_as_can_be(convnext):
    found = align(convnext, replace(convnext, values=1 - convnext.values), permutations=99)
    assert (found.spearman, found.kendall) == pytest.approx((-1, -1))
    assert found.p_value == 1


@given(pairs_of_matrices(), st.integers(0, 1_000))
def test_permuting_both_changes_nothing(both, seed):
    a, b = map(matrix, both)
    order = np.random.default_rng(seed).permutation(len(a.labels))
    first = align(a, b, permutations=1)
    second = align(moved(a, order), moved(b, order), permutations=1)
    assert astuple(second)[1:4] == pytest.approx(astuple(first)[1:4], abs=1e-12)


def test_changing_sides_changes_the_kinds_alone(convnext, mini):
    semantic = semantic_similarity(mini, "wup")
    there, back = align(convnext, semantic), align(semantic, convnext)
    assert (there.kinds, back.kinds) == (("structural", "semantic"), ("semantic", "structural"))
    assert astuple(there)[1:4] == pytest.approx(astuple(back)[1:4])
    assert there.p_value == back.p_value == 1 / 201
    assert there.spearman > 0.2


# The Mantel test


@pytest.mark.parametrize("n", [4, 5, 6])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_p_value_comes_near_that_of_all_relabellings(n, seed):
    random = np.random.default_rng(seed)
    a, b = (matrix(random.integers(0, 5, n * (n - 1) // 2) / 5) for _ in range(2))
    upper = np.triu_indices(n, k=1)
    nulls = np.array(
        [
            spearmanr(a.values[upper], moved(b, np.array(order)).values[upper]).statistic
            for order in permutations(range(n))
        ]
    )
    found = align(a, b, permutations=2_000)
    exact = np.mean(nulls >= found.spearman - 1e-9)
    bound = 4 * math.sqrt(exact * (1 - exact) / 2_000) + 1 / 2_001
    assert found.p_value == pytest.approx(exact, abs=bound)


def test_p_values_are_valid():
    simulated = 400
    random = np.random.default_rng(9)
    a, b = (matrix(random.integers(0, 8, 45) / 8) for _ in range(2))
    p_values = np.array(
        [
            align(a, moved(b, random.permutation(10)), permutations=99, seed=seed).p_value
            for seed in range(simulated)
        ]
    )
    for level in (0.01, 0.05, 0.1, 0.2, 0.5):
        share = np.mean(p_values <= level + 1e-12)
        assert share <= level + 3 * math.sqrt(level * (1 - level) / simulated)
    assert p_values.min() <= 0.02


def test_nulls_that_equal_the_observed_value_count():
    # Three classes, two of them interchangeable: half of all relabellings give the same again.
    a = matrix([0.9, 0.1, 0.1])
    found = align(a, a, permutations=3_000)
    assert found.p_value == pytest.approx(2 / 6, abs=4 * math.sqrt(2 / 9 / 3_000) + 1 / 3_001)


def test_the_same_seed_gives_the_same_p_value():
    random = np.random.default_rng(4)
    a, b = (matrix(random.normal(size=28)) for _ in range(2))
    first, again, other = (align(a, b, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.p_value != other.p_value
    assert first.permutations == 200


def test_progress_is_told():
    told = []
    align(
        matrix([0.9, 0.5, 0.1]),
        matrix([0.8, 0.6, 0.7]),
        permutations=3,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


# What is undefined, errors, and back from JSON

CONSTANT, VARIED = matrix([0.5] * 6), matrix([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])


@pytest.mark.parametrize("pair", [(CONSTANT, VARIED), (VARIED, CONSTANT), (CONSTANT, CONSTANT)])
def test_a_constant_matrix_correlates_with_nothing(pair):
    found = align(*pair)
    assert all(math.isnan(number) for number in (found.spearman, found.kendall, found.p_value))
    assert math.isnan(found.cosine)


def test_two_classes_have_one_pair_and_no_correlation():
    found = align(matrix([0.5]), matrix([0.2]))
    assert all(math.isnan(number) for number in (found.spearman, found.kendall, found.p_value))


@pytest.mark.parametrize("pair", [(VARIED, VARIED), (CONSTANT, VARIED)])
def test_an_alignment_comes_back_from_strict_json(pair):
    found = align(*pair)
    again = Alignment.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))
    assert again.kinds == found.kinds
    assert astuple(again)[1:] == pytest.approx(astuple(found)[1:], nan_ok=True, abs=0)


def test_matrices_of_other_classes_are_an_error():
    with pytest.raises(LabelError, match="two matrices of the same classes"):
        align(VARIED, matrix([0.1, 0.2, 0.3]))


def test_no_permutations_are_an_error():
    with pytest.raises(OptionError, match="expected permutations above 0, found 0"):
        align(VARIED, VARIED, permutations=0)


def test_without_scipy_only_kendalls_tau_is_undefined(monkeypatch):
    with_scipy = align(VARIED, VARIED)
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    without = align(VARIED, VARIED)
    assert math.isnan(without.kendall)
    assert replace(without, kendall=with_scipy.kendall) == with_scipy


# Severity, by hand
#
#     thing (1)
#     ├── animal (2)
#     │   ├── dog (3): poodle (4), boxer (4)
#     │   └── cat (3): siamese (4), persian (4)
#     └── vehicle (2): car (3), bus (3), bike (3)


def taken_for(placement, *mistakes):
    """A confusion matrix with these (true, predicted, times) beside 10 right answers each."""
    counts = 10 * np.eye(len(placement.labels), dtype=np.int64)
    for true, predicted, times in mistakes:
        counts[placement.labels.index(true), placement.labels.index(predicted)] = times
    return ConfusionMatrix(placement.labels, counts)


@pytest.mark.parametrize(
    ("true", "predicted", "depth", "distance", "height", "precision", "recall"),
    [
        # Both have dog and animal of their three; they meet at dog, just above them.
        ("poodle", "boxer", 3, 2, 1, 2 / 3, 2 / 3),
        # Both have animal.
        ("poodle", "siamese", 2, 4, 2, 1 / 3, 1 / 3),
        # They meet at the root, which counts for nothing.
        ("poodle", "car", 1, 3 + 2, 3, 0, 0),
        # Both have vehicle of their two.
        ("car", "bus", 2, 2, 1, 1 / 2, 1 / 2),
    ],
)
def test_one_kind_of_mistake(pets, true, predicted, depth, distance, height, precision, recall):
    found = severity(taken_for(pets, (true, predicted, 7)), pets)
    due = 2 * precision * recall / (precision + recall) if precision else 0
    expected = 7, 0, depth, distance, height, precision, recall, due
    assert astuple(found) == pytest.approx(expected)


def test_a_class_above_another_is_counted_among_its_ancestors(pets):
    part = Placement(
        pets.taxonomy,
        ("dog", "poodle"),
        np.array([pets.taxonomy.index("dog"), pets.taxonomy.index("poodle")], dtype=np.int32),
        ("", ""),
    )
    # Taken for a dog, a poodle keeps both concepts of a dog, and loses one of its own three.
    found = severity(taken_for(part, ("poodle", "dog", 1)), part)
    assert (found.depth, found.distance, found.height) == (3, 1, 1)
    assert (found.hierarchical_precision, found.hierarchical_recall) == (
        2 / 2,
        pytest.approx(2 / 3),
    )
    back = severity(taken_for(part, ("dog", "poodle", 1)), part)
    assert (back.hierarchical_precision, back.hierarchical_recall) == (pytest.approx(2 / 3), 2 / 2)
    assert back.hierarchical_f == found.hierarchical_f == pytest.approx(4 / 5)


def test_means_are_over_all_mistakes(pets):
    found = severity(taken_for(pets, ("poodle", "boxer", 3), ("car", "poodle", 1)), pets)
    assert found.mistakes == 4
    assert found.depth == (3 * 3 + 1 * 1) / 4
    assert found.distance == (3 * 2 + 1 * 5) / 4
    assert found.height == (3 * 1 + 1 * 3) / 4


def test_hierarchical_precision_and_recall_sum_over_all_mistakes(pets):
    # Kiritchenko et al. 2005: hP = sum of shared ancestors / sum of the predicted class's, hR the
    # same with the true class's; both sums run over all examples.
    mistakes = [("poodle", "boxer", 4), ("poodle", "car", 2), ("car", "bus", 1)]
    found = severity(taken_for(pets, *mistakes), pets)
    precision = (4 * 2 + 2 * 0 + 1 * 1) / (4 * 3 + 2 * 2 + 1 * 2)
    recall = (4 * 2 + 2 * 0 + 1 * 1) / (4 * 3 + 2 * 3 + 1 * 2)
    assert found.hierarchical_precision == pytest.approx(precision)
    assert found.hierarchical_recall == pytest.approx(recall)
    assert found.hierarchical_f == pytest.approx(2 * precision * recall / (precision + recall))


def test_right_answers_do_not_count(pets):
    counts = taken_for(pets, ("poodle", "boxer", 3), ("car", "poodle", 1)).counts
    often = ConfusionMatrix(pets.labels, counts + np.diag([1_000] * 7))
    assert severity(often, pets) == severity(ConfusionMatrix(pets.labels, counts), pets)


def test_mistakes_with_unplaced_classes_are_left_out_and_counted(pets):
    concepts = np.where(np.array(pets.labels) == "siamese", -1, pets.concepts)
    part = Placement(pets.taxonomy, pets.labels, concepts, pets.reasons)
    mistakes = [("poodle", "boxer", 3), ("car", "bus", 1)]
    due = severity(taken_for(pets, *mistakes), pets)
    beside = [*mistakes, ("siamese", "persian", 5), ("poodle", "siamese", 6)]
    found = severity(taken_for(part, *beside), part)
    assert found == replace(due, left_out=5 + 6)


@pytest.mark.parametrize("mistakes", [[], [("siamese", "persian", 5)]])
def test_without_mistakes_that_can_be_judged_nothing_is_defined(pets, mistakes):
    concepts = np.where(np.array(pets.labels) == "siamese", -1, pets.concepts)
    part = Placement(pets.taxonomy, pets.labels, concepts, pets.reasons)
    found = severity(taken_for(part, *mistakes), part)
    assert (found.mistakes, found.left_out) == (0, sum(times for *_, times in mistakes))
    assert all(map(math.isnan, astuple(found)[2:]))
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert astuple(Severity.from_dict(json.loads(text))) == pytest.approx(
        astuple(found), nan_ok=True
    )


def test_nothing_placed_leaves_all_mistakes_out(pets):
    nowhere = replace(pets, concepts=np.full(7, -1, dtype=np.int32))
    found = severity(taken_for(pets, ("car", "bus", 2)), nowhere)
    assert (found.mistakes, found.left_out) == (0, 2)


def test_a_class_at_the_root_has_no_ancestors_to_share(pets):
    at_the_top = Placement(
        pets.taxonomy, ("thing", "dog"), np.array([0, 3], dtype=np.int32), ("", "")
    )
    assert pets.taxonomy.ids[0] == "thing"
    found = severity(taken_for(at_the_top, ("dog", "thing", 2)), at_the_top)
    assert (found.depth, found.distance, found.hierarchical_recall) == (1, 2, 0)
    json.dumps(found.to_dict(), allow_nan=False)


def test_severity_comes_back_from_strict_json(pets):
    found = severity(taken_for(pets, ("poodle", "boxer", 3), ("car", "poodle", 1)), pets)
    assert Severity.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False))) == found


def test_permuting_the_classes_changes_no_severity(pets):
    counts = np.random.default_rng(0).integers(0, 9, (7, 7))
    order = np.array([6, 2, 0, 5, 1, 3, 4])
    labels = tuple(pets.labels[i] for i in order)
    there = Placement(pets.taxonomy, labels, pets.concepts[order], pets.reasons)
    first = severity(ConfusionMatrix(pets.labels, counts), pets)
    second = severity(ConfusionMatrix(labels, counts[np.ix_(order, order)]), there)
    assert astuple(second) == pytest.approx(astuple(first))


def test_shares_weigh_as_counts_do(pets):
    counts = np.random.default_rng(1).integers(1, 9, (7, 7))
    first = severity(ConfusionMatrix(pets.labels, counts), pets)
    second = severity(ConfusionMatrix(pets.labels, counts / counts.sum()), pets)
    assert astuple(second)[2:] == pytest.approx(astuple(first)[2:])
    assert second.mistakes == pytest.approx(first.mistakes / counts.sum())


def test_dogs_taken_for_dogs_are_milder_than_dogs_taken_for_cars():
    placed = place(("beagle", "collie", "car"))
    mild = severity(taken_for(placed, ("beagle", "collie", 5)), placed)
    severe = severity(taken_for(placed, ("beagle", "car", 5)), placed)
    assert mild.depth > severe.depth
    assert mild.distance < severe.distance
    assert mild.height < severe.height
    assert mild.hierarchical_f > severe.hierarchical_f


# Severity, by definition, on any hierarchy


@st.composite
def hierarchies(draw):
    """Parents of each of some nodes (0 is the root), and the nodes where classes stand."""
    n = draw(st.integers(2, 9))
    parents = [[]]
    for node in range(1, n):
        above = st.sets(st.integers(0, node - 1), min_size=1, max_size=2)
        parents.append(sorted(draw(above)))
    # The root has no ancestors beside itself, so no class stands there.
    size = draw(st.integers(2, 5))
    nodes = draw(st.lists(st.integers(1, n - 1), min_size=size, max_size=size))
    return parents, nodes


class Literal:
    """SPEC 5 and 10, sentence by sentence."""

    def __init__(self, parents, nodes, rule):
        self.parents, self.nodes, self.rule = parents, nodes, rule

    def above(self, node):
        """Each ancestor, itself included, with the lengths of all ways up to it."""
        ways = {node: {0}}
        for parent in self.parents[node]:
            for ancestor, lengths in self.above(parent).items():
                ways.setdefault(ancestor, set()).update(length + 1 for length in lengths)
        return ways

    def subsumer(self, a, b):
        common = self.above(a).keys() & self.above(b).keys()
        lowest = {c: self.rule(self.above(c)[0]) for c in common}
        candidates = [c for c in common if lowest[c] == max(lowest.values())]
        return a if a in candidates else min(candidates, key=name)

    def depth(self, a, b):
        return max(self.above(self.subsumer(a, b))[0]) + 1

    def distance(self, a, b):
        up, down = self.above(a), self.above(b)
        return min(min(up[c]) + min(down[c]) for c in up.keys() & down.keys())

    def height(self, a, b):
        met = self.subsumer(a, b)
        return max(max(self.above(x)[met]) for x in self.nodes if met in self.above(x))

    def ancestors(self, node):
        return self.above(node).keys() - {0}


def name(node):
    return f"n{node}"


@pytest.mark.parametrize("lcs", ["min_depth", "max_depth"])
@given(example=hierarchies(), data=st.data())
def test_severity_is_its_definition(hierarchy, lcs, example, data):
    parents, nodes = example
    tree = hierarchy(**{name(i): " ".join(map(name, above)) for i, above in enumerate(parents)})
    labels = tuple(f"class {i}" for i in range(len(nodes)))
    placement = Placement(tree, labels, np.array(nodes, dtype=np.int32), ("",) * len(nodes))
    literal = Literal(parents, nodes, min if lcs == "min_depth" else max)
    pairs = [(i, j) for i in range(len(nodes)) for j in range(len(nodes)) if i != j]
    times = data.draw(st.lists(st.integers(0, 4), min_size=len(pairs), max_size=len(pairs)))
    assume(any(times))
    found = severity(taken_for(placement, *zip_mistakes(labels, pairs, times)), placement, lcs=lcs)
    total = sum(times)
    for measure in ("depth", "distance", "height"):
        of = getattr(literal, measure)
        due = sum(t * of(nodes[min(p)], nodes[max(p)]) for p, t in zip(pairs, times, strict=True))
        assert getattr(found, measure) == pytest.approx(due / total)
    # One kind of mistake: the definition of hierarchical precision and recall in sets.
    true, predicted = data.draw(st.sampled_from(pairs))
    found = severity(taken_for(placement, (labels[true], labels[predicted], 3)), placement)
    his, other = literal.ancestors(nodes[true]), literal.ancestors(nodes[predicted])
    assert found.hierarchical_precision == pytest.approx(len(his & other) / len(other))
    assert found.hierarchical_recall == pytest.approx(len(his & other) / len(his))
    assert found.hierarchical_f == pytest.approx(2 * len(his & other) / (len(his) + len(other)))


def zip_mistakes(labels, pairs, times):
    for (i, j), count in zip(pairs, times, strict=True):
        yield labels[i], labels[j], count
