"""The paired difference of two models' scores: by formula, and by all swaps of a few classes."""

from itertools import product

import numpy as np
import pytest

from semdepth.depth import SimilarityDepth
from semdepth.errors import OptionError
from semdepth.paired import PairedDifference, depth_shares, edge_shares, paired_difference

# Three classes' edges: 0-1 of depth 8 and 1-2 of depth 5.
EDGES = np.array([[0, 1], [1, 2]])
DEPTHS = np.array([8, 5])


def all_swaps(num_a, den_a, num_b, den_b):
    """p by every swap of every subset of the classes, written without any array.

    Every edge is halved between two classes, so what a swap gives is widened by the root of two.
    """
    sides = list(zip(num_a, den_a, num_b, den_b, strict=True))
    observed = abs(sum(num_b) / sum(den_b) - sum(num_a) / sum(den_a))
    as_far = 0
    for swapped in product((False, True), repeat=len(sides)):
        rows = [
            (nb, db, na, da) if swap else (na, da, nb, db)
            for swap, (na, da, nb, db) in zip(swapped, sides, strict=True)
        ]
        na, da, nb, db = (sum(column) for column in zip(*rows, strict=True))
        as_far += not da or not db or 2**0.5 * abs(nb / db - na / da) >= observed - 1e-12
    return as_far / 2 ** len(sides)


def test_an_edge_gives_half_of_itself_to_each_end():
    shares = edge_shares(EDGES, DEPTHS, np.arange(3), 3)
    assert shares.numerators.tolist() == [8 / 2, (8 + 5) / 2, 5 / 2]
    assert shares.denominators.tolist() == [1 / 2, 1, 1 / 2]
    assert shares.numerators.sum() / shares.denominators.sum() == (8 + 5) / 2
    assert shares.left_out == 0


def test_classes_come_in_the_order_chosen_and_edges_to_others_are_left_out():
    shares = edge_shares(EDGES, DEPTHS, np.array([1, 0]), 3)
    assert shares.numerators.tolist() == [4, 4]
    assert shares.denominators.tolist() == [0.5, 0.5]
    assert shares.left_out == 1


def test_depth_by_class_sums_up_to_similarity_depth():
    depth = SimilarityDepth(
        labels=("a", "b", "c"),
        edges=EDGES,
        clusters=np.zeros(2, dtype=np.int64),
        subsumers=("x", "y"),
        subsumer_names=("x", "y"),
        depths=DEPTHS,
        wu_palmer=np.ones(2),
        unplaced=(),
        left_out=0,
    )
    shares = depth_shares(depth, np.arange(3))
    assert shares.numerators.sum() / shares.denominators.sum() == depth.mean


@pytest.mark.parametrize("seed", range(6))
def test_p_is_the_share_of_all_swaps_that_lie_as_far_apart(seed):
    random = np.random.default_rng(seed)
    num_a, num_b = random.integers(0, 19, (2, 9)) / 2
    den_a, den_b = random.integers(1, 4, (2, 9)) / 2
    exact = all_swaps(*(column.tolist() for column in (num_a, den_a, num_b, den_b)))
    found = paired_difference(num_a, den_a, num_b, den_b, permutations=20_000, seed=seed)
    # Five standard errors of a share among 20,000.
    assert abs(found.p_value - exact) < 5 * np.sqrt(exact * (1 - exact) / 20_000) + 1e-4


def test_ratios_and_difference_by_formula():
    found = paired_difference([8, 5], [1, 1], [9, 6], [1, 2])
    assert (found.first, found.second) == (13 / 2, 15 / 3)
    assert found.difference == 15 / 3 - 13 / 2


def test_the_interval_is_that_of_resampled_classes():
    # Differences of classes are independent with variance 1, so the mean's half-width is known;
    # it is widened by the root of two for the halved edges.
    random = np.random.default_rng(3)
    n = 4_000
    first = random.normal(size=n)
    apart = random.normal(0.5, 1, size=n)
    found = paired_difference(first, np.ones(n), first + apart, np.ones(n), resamples=4_000)
    low, high = found.interval
    assert (low + high) / 2 == pytest.approx(apart.mean(), abs=0.005)
    assert (high - low) / 2 == pytest.approx(1.96 * apart.std() * np.sqrt(2 / n), rel=0.1)
    assert found.p_value == 1 / 1001


def test_the_other_way_round_is_the_same_with_the_other_sign():
    random = np.random.default_rng(5)
    a, b = random.integers(0, 20, (2, 30)) / 2
    edges_a, edges_b = random.integers(1, 4, (2, 30)) / 2
    there = paired_difference(a, edges_a, b, edges_b)
    back = paired_difference(b, edges_b, a, edges_a)
    assert (back.first, back.second) == (there.second, there.first)
    assert back.difference == -there.difference
    assert back.interval == pytest.approx(tuple(-end for end in reversed(there.interval)))
    assert back.p_value == there.p_value


def test_identical_models_do_not_differ():
    values, edges = np.array([4.0, 6.5, 2.5]), np.array([0.5, 1, 0.5])
    found = paired_difference(values, edges, values, edges)
    assert (found.difference, found.interval, found.p_value) == (0, (0, 0), 1)


def random_forest(random, n):
    """Every class but the first is joined to one before it; depths are independent."""
    ends = [[int(random.integers(i)), i] for i in range(1, n)]
    return edge_shares(np.array(ends), random.integers(1, 12, n - 1), np.arange(n), n)


def test_by_chance_p_is_small_as_seldom_as_it_should_be():
    random = np.random.default_rng(8)
    found = []
    for seed in range(400):
        a, b = random_forest(random, 40), random_forest(random, 40)
        parts = a.numerators, a.denominators, b.numerators, b.denominators
        found.append(paired_difference(*parts, permutations=199, resamples=199, seed=seed))
    # 5% of 400 is 20; its standard error is 4.4.
    small = sum(one.p_value <= 0.05 for one in found)
    assert 20 - 3 * 4.4 < small < 20 + 3 * 4.4
    missed = sum(not one.interval[0] <= 0 <= one.interval[1] for one in found)
    # Percentile intervals of 40 classes are a little short; with halves taken as whole, 70 miss.
    assert 20 - 3 * 4.4 < missed < 50


@pytest.mark.parametrize(
    ("den_a", "den_b", "empty"),
    [([0, 0], [1, 1], "first"), ([1, 1], [0, 0], "second"), ([0, 0], [0, 0], "first and the sec")],
)
def test_a_model_without_edges_has_no_difference(den_a, den_b, empty):
    found = paired_difference([0, 0], den_a, [0, 0], den_b)
    assert np.isnan([found.difference, *found.interval, found.p_value]).all()
    assert found.reason.startswith(f"the {empty}")
    assert np.isnan(found.first) == (not any(den_a))
    assert np.isnan(found.second) == (not any(den_b))
    back = PairedDifference.from_dict(found.to_dict())
    assert back.to_dict() == found.to_dict()
    assert found.to_dict()["p_value"] is None


def test_a_swap_that_takes_all_edges_from_a_model_counts_as_far_apart():
    # Each model has the edges of one class: half of the swaps leave one of them nothing.
    found = paired_difference([9, 0], [1, 0], [0, 1], [0, 1], permutations=999)
    assert found.p_value == 1


def test_one_class_has_no_interval():
    found = paired_difference([3], [1], [5], [1])
    assert found.difference == 2
    assert np.isnan(found.interval).all()
    assert found.p_value == 1


def test_memory_is_that_of_a_block(monkeypatch):
    random = np.random.default_rng(0)
    parts = random.integers(0, 9, (4, 50)) + 1.0
    whole = paired_difference(*parts, permutations=300, resamples=300)
    monkeypatch.setattr("semdepth.paired._CELLS", 50 * 7)
    blocks = paired_difference(*parts, permutations=300, resamples=300)
    assert blocks.p_value == pytest.approx(whole.p_value, abs=0.1)
    assert blocks.difference == whole.difference
    assert blocks.permutations == 300


def test_a_record_of_it_can_be_written_and_read():
    found = paired_difference([8, 5, 3], [1, 1, 1], [9, 6, 3], [1, 2, 1])
    assert PairedDifference.from_dict(found.to_dict()) == found
    assert repr(found).startswith("PairedDifference(5.333 to 4.5: -0.8333 [")


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (([1, 2], [1, 1], [1], [1]), "align the classes"),
        (([[1]], [[1]], [[1]], [[1]]), "one number a class"),
        (([1], [-1], [1], [1]), "denominators from 0 on"),
        (([np.nan], [1], [1], [1]), "finite"),
    ],
)
def test_numbers_that_fit_no_classes_are_refused(columns, says):
    with pytest.raises(OptionError, match=says):
        paired_difference(*columns)


@pytest.mark.parametrize("option", ["permutations", "resamples"])
def test_nothing_is_drawn_no_times(option):
    with pytest.raises(OptionError, match="above 0, found"):
        paired_difference([1], [1], [2], [1], **{option: 0})
