"""Whether one score goes with another: rank correlations, intervals, equal thirds."""

import json
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import spearmanr

from semdepth.association import Association, associate

RANDOM = np.random.default_rng(5)
X, Y, Z = RANDOM.normal(size=(3, 12))
COLUMNS = {"x": X, "y": Y + 0.8 * X, "z": Z + X}


def test_correlation_is_spearmans():
    found = associate("a", ("x", "y"), COLUMNS)
    assert found.correlation == pytest.approx(spearmanr(X, COLUMNS["y"]).statistic)
    low, high = found.interval
    assert low < found.correlation < high
    assert found.n == 12


def test_at_an_equal_third_it_is_the_partial_correlation():
    xy, xz, yz = (
        spearmanr(COLUMNS[a], COLUMNS[b]).statistic for a, b in (("x", "y"), ("x", "z"), ("y", "z"))
    )
    expected = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert associate("a", ("x", "y"), COLUMNS, given="z").correlation == pytest.approx(expected)


def test_p_value_is_near_that_of_all_permutations():
    columns = {"x": np.array([1.0, 2, 3, 4, 5, 6]), "y": np.array([2.0, 1, 3, 4, 6, 5])}
    observed = spearmanr(columns["x"], columns["y"]).statistic
    nulls = [spearmanr(columns["x"], one).statistic for one in permutations(columns["y"].tolist())]
    exact = np.mean(np.abs(nulls) >= observed - 1e-9)
    found = associate("a", ("x", "y"), columns)
    # Of 10,000 drawn permutations the share has a standard error of .002 here.
    assert found.p_value == pytest.approx(exact, abs=0.01)


def test_the_same_seed_gives_the_same_and_another_another():
    first, again, other = (associate("a", ("x", "y"), COLUMNS, seed=s) for s in (1, 1, 2))
    assert first == again
    assert first.interval != other.interval


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([1.0, 2, 3], "fewer than four models"),
        ([1.0, 2, np.nan, 4], "a score is undefined"),
        ([2.0, 2, 2, 2], "a score is the same for all models"),
    ],
)
def test_undefined_says_why(values, why):
    columns = {"x": np.arange(len(values), dtype=float), "y": np.array(values)}
    found = associate("a", ("x", "y"), columns)
    assert np.isnan(found.correlation)
    assert np.isnan(found.p_value)
    assert found.reason == why


def test_what_the_third_accounts_for_altogether_leaves_nothing():
    columns = {"x": X, "y": X, "z": 2 * X}
    found = associate("a", ("x", "y"), columns, given="z")
    assert np.isnan(found.correlation)
    assert found.reason


@pytest.mark.parametrize("given", ["", "z"])
def test_read_back_it_is_the_same(given):
    for columns in (COLUMNS, {name: column[:3] for name, column in COLUMNS.items()}):
        found = associate("a", ("x", "y"), columns, given=given)
        data = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert Association.from_dict(data).to_dict() == found.to_dict()
