"""method 8: how well similarity foretells confusions, against definitions and other libraries."""

import json
import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr
from sklearn.metrics import average_precision_score, roc_auc_score

from semdepth.confusion import ConfusionMatrix
from semdepth.errors import LabelError, OptionError
from semdepth.forecast import Forecast, average_ranks, forecast, precision_curve
from semdepth.similarity import SimilarityMatrix

# Four classes, six pairs. The weights rank ab > ac > bc > ad > bd > cd.
ALIKE = [[1, 0.9, 0.8, 0.6], [0.9, 1, 0.7, 0.5], [0.8, 0.7, 1, 0.4], [0.6, 0.5, 0.4, 1]]
# ab is confused 6 + 3 times, bc 5 + 0, ac 0 + 2, cd 1 + 1; the others never.
COUNTS = [[50, 6, 0, 0], [3, 50, 5, 0], [2, 0, 50, 1], [0, 0, 1, 50]]


def names(n):
    return tuple(f"c{i}" for i in range(n))


def alike(values):
    values = np.array(values, dtype=np.float64)
    return SimilarityMatrix("structural", names(len(values)), values)


def mixed_up(counts):
    return ConfusionMatrix(names(len(counts)), counts)


def symmetric(n, cells, diagonal):
    """An (n, n) matrix from the cells above its diagonal."""
    matrix = np.zeros((n, n))
    matrix[np.triu_indices(n, k=1)] = cells
    return matrix + matrix.T + np.diag(np.full(n, diagonal))


@st.composite
def examples(draw, largest_count=9):
    """Similarities with ties, and counts of confusions with ties, both of n classes."""
    n = draw(st.integers(2, 8))
    pairs = n * (n - 1) // 2
    cells = draw(st.lists(st.integers(0, 12), min_size=pairs, max_size=pairs))
    counts = draw(st.lists(st.integers(0, largest_count), min_size=n * n, max_size=n * n))
    counts = np.array(counts).reshape(n, n)
    np.fill_diagonal(counts, 30)
    return symmetric(n, np.array(cells) / 12, 1.0), counts


def pairs_of(values, counts):
    """Similarity and count of each pair, in the order ab, ac, ad, ..., bc, bd, ..."""
    pairs = list(combinations(range(len(counts)), 2))
    return (
        np.array([values[i, j] for i, j in pairs]),
        np.array([counts[i, j] + counts[j, i] for i, j in pairs]),
    )


# On paper


def test_a_forecast_on_paper():
    found = forecast(alike(ALIKE), mixed_up(COUNTS))
    assert (found.pairs, found.confused, found.often, found.reason) == (6, 4, 5.0, "")
    # Often: ab (9) and bc (5), so k = 2; the two most alike pairs are ab and ac.
    assert found.at_confused.k == 2
    assert found.at_confused.least_count == 5
    assert found.at_confused.precision == 1 / 2
    assert found.at_confused.chance == 2 / 6
    assert found.at_confused.lift == (1 / 2) / (2 / 6)
    # k = n = 4: the fourth most confused pair is confused twice, so all four confused ones hit;
    # the four most alike pairs are ab, ac, bc and ad.
    assert found.at_n.k == 4
    assert found.at_n.least_count == 2
    assert found.at_n.precision == 3 / 4
    assert found.at_n.chance == 4 / 6
    # ab comes first, bc third.
    assert found.average_precision == pytest.approx((1 / 1 + 2 / 3) / 2)
    # Nearest: a-b, b-a, c-a, d-a. Most confused: a-b, b-a, c-b, d-c.
    assert found.nearest_is_most_confused == 2 / 4
    # ab and bc (often) above ac and cd (seldom), but for bc below ac.
    assert found.auc_often_seldom == 3 / 4
    # Ranks of ab, ac, bc, cd: 4, 3, 2, 1 by similarity, 4, 1.5, 3, 1.5 by count.
    ranks = np.corrcoef([4, 3, 2, 1], [4, 1.5, 3, 1.5])[0, 1]
    assert found.spearman == pytest.approx(ranks)


def test_pairs_as_often_confused_as_the_kth_are_hits():
    # k = n = 4: cd comes first with 9, and the fourth of the others, all tied, has 7.
    counts = np.diag([40] * 4)
    for (i, j), count in {(2, 3): 9, (0, 2): 7, (0, 3): 7, (1, 2): 7, (1, 3): 7}.items():
        counts[i, j] = count
    found = forecast(alike(ALIKE), mixed_up(counts), often=9)
    # The four most alike pairs are ab, which is never confused, ac, bc and ad.
    assert (found.at_n.least_count, found.at_n.precision, found.at_n.chance) == (7, 3 / 4, 5 / 6)
    assert (found.at_confused.k, found.at_confused.precision) == (1, 0)


def test_a_pair_that_is_never_confused_is_no_hit_however_great_k_is():
    counts = np.diag([40] * 5)
    counts[3, 4] = 6
    values = symmetric(5, np.linspace(1, 0.1, 10), 1.0)
    found = forecast(alike(values), mixed_up(counts))
    assert found.at_n.k == 5
    assert (found.at_n.least_count, found.at_n.precision) == (6, 0)
    assert found.at_n.chance == 1 / 10


def test_two_classes_have_one_pair():
    found = forecast(alike([[1, 0.5], [0.5, 1]]), mixed_up([[8, 2], [3, 9]]))
    assert (found.pairs, found.at_n.k, found.at_n.precision) == (1, 1, 1)
    assert found.nearest_is_most_confused == 1
    assert math.isnan(found.spearman)
    assert found.reason == "every confused pair was confused 5 times or more"


# Against definitions and other libraries


def precision_by_definition(similarity, count, k):
    k = min(k, len(count))
    order = sorted(range(len(count)), key=lambda p: (-similarity[p], p))
    least = sorted(count, reverse=True)[k - 1]
    hits = [c >= least and c > 0 for c in count]
    return sum(hits[p] for p in order[:k]) / k, sum(hits) / len(count)


@given(examples())
def test_precision_is_its_definition(example):
    values, counts = example
    similarity, count = pairs_of(values, counts)
    found = forecast(alike(values), mixed_up(counts))
    often = int((count >= 5).sum())
    assert found.at_confused.k == often
    assert found.at_n.k == min(len(counts), len(count))
    for at in (found.at_confused, found.at_n):
        if not at.k or not count.any():
            assert math.isnan(at.precision)
            continue
        precision, chance = precision_by_definition(similarity, count, at.k)
        assert at.precision == pytest.approx(precision)
        assert at.chance == pytest.approx(chance)
        assert at.lift == pytest.approx(precision / chance)
        assert at.least_count == max(
            sorted(count, reverse=True)[at.k - 1], min(c for c in count if c)
        )


@given(examples())
def test_average_precision_is_scikit_learns(example):
    similarity, count = pairs_of(*example)
    assume((count >= 5).any())
    found = forecast(alike(example[0]), mixed_up(example[1]))
    due = average_precision_score(count >= 5, similarity)
    assert found.average_precision == pytest.approx(due, abs=1e-12)


@given(examples(largest_count=4))
def test_the_auc_of_often_against_seldom_is_scikit_learns(example):
    similarity, count = pairs_of(*example)
    confused = count > 0
    assume(0 < (count[confused] >= 5).sum() < confused.sum())
    found = forecast(alike(example[0]), mixed_up(example[1]))
    due = roc_auc_score(count[confused] >= 5, similarity[confused])
    assert found.auc_often_seldom == pytest.approx(due, abs=1e-12)
    wins = [
        (similarity[p] > similarity[q]) + (similarity[p] == similarity[q]) / 2
        for p in np.flatnonzero(count >= 5)
        for q in np.flatnonzero(confused & (count < 5))
    ]
    assert found.auc_often_seldom == pytest.approx(np.mean(wins), abs=1e-12)


@given(examples(largest_count=2))
def test_the_rank_correlation_is_scipys_over_confused_pairs_only(example):
    similarity, count = pairs_of(*example)
    confused = count > 0
    assume(len(set(similarity[confused])) > 1)
    assume(len(set(count[confused])) > 1)
    found = forecast(alike(example[0]), mixed_up(example[1]))
    due = spearmanr(similarity[confused], count[confused]).statistic
    assert found.spearman == pytest.approx(due, abs=1e-12)


@given(examples(largest_count=3))
def test_nearest_is_most_confused_by_definition(example):
    values, counts = example
    n = len(counts)
    # Ties between nearest templates could go either way.
    values = values + symmetric(n, np.arange(n * (n - 1) // 2) * 1e-6, 0)
    hits = []
    for i in range(n):
        others = [j for j in range(n) if j != i]
        times = {j: counts[i, j] + counts[j, i] for j in others}
        if not any(times.values()):
            continue
        nearest = max(others, key=lambda j, i=i: values[i, j])
        hits.append(times[nearest] == max(times.values()))
    found = forecast(alike(values), mixed_up(counts)).nearest_is_most_confused
    assert found == pytest.approx(np.mean(hits) if hits else math.nan, nan_ok=True)


@given(st.lists(st.integers(-3, 3), min_size=1))
def test_average_ranks_are_scipys(values):
    assert average_ranks(np.array(values)).tolist() == rankdata(values).tolist()


@given(examples())
def test_the_curve_is_the_precision_at_each_k(example):
    values, counts = example
    similarity, count = pairs_of(values, counts)
    ks = np.arange(1, len(count) + 1)
    curve = precision_curve(alike(values), mixed_up(counts), ks, often=5)
    order = sorted(range(len(count)), key=lambda p: (-similarity[p], p))
    due = [sum(count[p] >= 5 for p in order[:k]) / k for k in ks]
    assert curve == pytest.approx(due)
    assert curve[-1] == pytest.approx(np.mean(count >= 5))


# Rankings that are perfect, reversed, and none


def ranking(order):
    """Six classes with the counts 1 to 15, and similarities in that order or another one."""
    counts = np.triu(symmetric(6, np.arange(1, 16), 0)) + np.diag([99] * 6)
    return forecast(alike(symmetric(6, order / 15, 1.0)), mixed_up(counts))


def test_a_perfect_ranking():
    found = ranking(np.arange(1, 16))
    assert found.at_confused.precision == found.at_n.precision == 1
    assert found.at_confused.lift == pytest.approx(15 / 11)
    assert found.average_precision == found.auc_often_seldom == 1
    assert found.spearman == pytest.approx(1)
    assert found.nearest_is_most_confused == 1


def test_a_reversed_ranking():
    found = ranking(np.arange(15, 0, -1))
    # Of the 11 least confused pairs, those confused 5 to 11 times are among the often ones.
    assert found.at_confused.precision == 7 / 11
    assert found.at_n.precision == 0 == found.at_n.lift
    assert found.auc_often_seldom == 0
    assert found.spearman == pytest.approx(-1)
    assert found.nearest_is_most_confused == 0
    # The often confused pairs stand fifth to fifteenth.
    assert found.average_precision == pytest.approx(np.mean([i / (i + 4) for i in range(1, 12)]))


def test_a_ranking_that_tells_nothing():
    found = ranking(np.full(15, 7))
    assert found.auc_often_seldom == 1 / 2
    assert found.average_precision == pytest.approx(11 / 15)
    assert math.isnan(found.spearman)


def test_scaling_similarities_or_showing_more_images_changes_no_rank(convnext):
    random = np.random.default_rng(2)
    counts = random.poisson(0.4, (100, 100)) + np.diag([50] * 100)
    seen = ConfusionMatrix(convnext.labels, counts)
    cubed = SimilarityMatrix("structural", convnext.labels, convnext.values**3)
    assert forecast(cubed, seen, often=1) == forecast(convnext, seen, often=1)
    thrice = ConfusionMatrix(convnext.labels, 3 * counts)
    first, second = forecast(convnext, seen, often=2), forecast(convnext, thrice, often=6)
    assert second.at_confused.least_count == 3 * first.at_confused.least_count
    for name in ("average_precision", "nearest_is_most_confused", "spearman", "auc_often_seldom"):
        assert getattr(second, name) == getattr(first, name)
    assert second.at_confused.precision == first.at_confused.precision


def test_permuting_the_classes_changes_nothing(convnext):
    random = np.random.default_rng(3)
    counts = random.poisson(0.6, (100, 100)) + np.diag([50] * 100)
    order = random.permutation(100)
    labels = tuple(convnext.labels[i] for i in order)
    there = SimilarityMatrix("structural", labels, convnext.values[np.ix_(order, order)])
    first = forecast(convnext, ConfusionMatrix(convnext.labels, counts)).to_dict()
    second = forecast(there, ConfusionMatrix(labels, counts[np.ix_(order, order)])).to_dict()
    assert second.pop("at_n") == first.pop("at_n")
    assert second.pop("at_confused") == first.pop("at_confused")
    assert second.pop("spearman") == pytest.approx(first.pop("spearman"), abs=1e-12)
    assert second == first


# Thresholds, shares, and what is undefined


def test_often_is_from_5_times_on_or_as_asked():
    assert forecast(alike(ALIKE), mixed_up(COUNTS)).often == 5
    found = forecast(alike(ALIKE), mixed_up(COUNTS), often=2)
    # ab (9), bc (5), ac (2) and cd (2).
    assert (found.often, found.at_confused.k) == (2, 4)
    assert forecast(alike(ALIKE), mixed_up(COUNTS), often=5.5).at_confused.k == 1


def test_of_shares_often_is_the_median_of_the_confused_pairs():
    shares = np.array(COUNTS) / np.sum(COUNTS, axis=1, keepdims=True)
    found = forecast(alike(ALIKE), mixed_up(shares))
    times = sorted(shares[i, j] + shares[j, i] for i, j in [(0, 1), (0, 2), (1, 2), (2, 3)])
    assert found.often == pytest.approx((times[1] + times[2]) / 2)
    assert found.at_confused.k == 2
    assert found.confused == 4
    assert found.reason == ""


def test_shares_tie_where_counts_do():
    # 1 + 2 of 10 is 3 + 0 of 10, whatever the sums of binary fractions are.
    counts = np.array([[7, 1, 1, 1], [2, 8, 0, 0], [0, 0, 7, 3], [1, 0, 0, 9]])
    first = forecast(alike(ALIKE), mixed_up(counts), often=3)
    second = forecast(alike(ALIKE), mixed_up(counts / 10), often=0.3)
    assert second.at_confused.k == first.at_confused.k == 2  # ab and cd
    assert second.spearman == pytest.approx(first.spearman)
    for at in ("at_confused", "at_n"):
        assert getattr(second, at).precision == getattr(first, at).precision
        assert getattr(second, at).chance == getattr(first, at).chance
    assert second.nearest_is_most_confused == first.nearest_is_most_confused


@pytest.mark.parametrize("often", [0, -1, math.nan])
def test_often_must_be_above_0(often):
    with pytest.raises(OptionError, match="expected often above 0, found"):
        forecast(alike(ALIKE), mixed_up(COUNTS), often=often)


def undefined(found):
    return {name for name, value in flat(found.to_dict()) if value is None}


def flat(data):
    for name, value in data.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", inner) for key, inner in value.items())
        else:
            yield name, value


def test_without_confusions_nothing_can_be_foretold():
    for counts in (np.diag([3, 4, 5, 6]), np.diag([0.5, 0.5, 0.5, 0.5])):
        found = forecast(alike(ALIKE), mixed_up(counts))
        assert found.reason == "no two classes were confused"
        assert found.confused == 0
        assert undefined(found) == {
            *(f"at_{which}.{name}" for which in ("confused", "n") for name in PRECISION),
            *("average_precision", "nearest_is_most_confused", "spearman", "auc_often_seldom"),
        }


PRECISION = ("least_count", "precision", "chance", "lift")


def test_without_pairs_confused_often():
    counts = np.diag([9] * 4)
    counts[0, 1], counts[2, 3] = 4, 1
    found = forecast(alike(ALIKE), mixed_up(counts))
    assert found.reason == "no pair was confused 5 times or more"
    assert undefined(found) == {
        *(f"at_confused.{name}" for name in PRECISION),
        "average_precision",
        "auc_often_seldom",
    }
    # ab is the most alike and the most confused pair, cd the least of both.
    assert found.spearman == pytest.approx(1)


def test_without_pairs_confused_seldom():
    counts = np.diag([9] * 4)
    counts[0, 1], counts[2, 3] = 5, 8
    found = forecast(alike(ALIKE), mixed_up(counts))
    assert found.reason == "every confused pair was confused 5 times or more"
    assert undefined(found) == {"auc_often_seldom"}


def test_matrices_of_other_classes_are_an_error():
    other = ConfusionMatrix(("c1", "c0", "c2", "c3"), COUNTS)
    with pytest.raises(LabelError, match="similarities and confusions of the same classes"):
        forecast(alike(ALIKE), other)


# Back from JSON


@pytest.mark.parametrize("counts", [COUNTS, np.diag([3, 4, 5, 6]), np.array(COUNTS) / 70])
def test_a_forecast_comes_back_from_strict_json(counts):
    found = forecast(alike(ALIKE), mixed_up(counts))
    text = json.dumps(found.to_dict(), allow_nan=False)
    again = Forecast.from_dict(json.loads(text))
    assert again.to_dict() == found.to_dict()
    assert repr(again) == repr(found)
    if not undefined(found):
        assert again == found


def test_a_forecast_cannot_be_changed():
    found = forecast(alike(ALIKE), mixed_up(COUNTS))
    with pytest.raises(AttributeError):
        found.spearman = 1.0
