"""OPTICS and HDBSCAN give scikit-learn's answer, whatever the input, in O(n) memory."""

import tracemalloc
from unittest.mock import patch

import numpy as np
import pytest
import sklearn.cluster._hdbscan.hdbscan as their_hdbscan
from hypothesis import given
from hypothesis import strategies as st
from sklearn import cluster

from semdepth.kernels.density.distances import core_distance, told
from semdepth.kernels.density.hdbscan import hdbscan, visits
from semdepth.kernels.density.optics import (
    ReachabilityPlot,
    optics,
    reachability_plot,
    steep_clusters,
)

KINDS = ("any", "grouped", "repeated", "rounded", "tied", "sparse")


def similarities(kind, n, seed, dtype=np.float64):
    """A symmetric (n, n) matrix within [0, 1], diagonal 1."""
    random = np.random.default_rng(seed)
    if kind in ("any", "tied", "sparse"):
        values = random.random((n, n))
        if kind == "tied":
            values = np.round(values * 4) / 4
        if kind == "sparse":
            values[random.random((n, n)) < 0.9] = 0
        values = np.triu(values, 1) + np.triu(values, 1).T
    else:
        rows = (
            random.normal(size=(n, 6)) + 2 * random.normal(size=(6, 6))[random.integers(6, size=n)]
        )
        if kind == "repeated":
            rows = rows[random.integers(max(2, n // 3), size=n)]
        if kind == "rounded":
            rows = np.round(rows) + 0.25
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        values = (1 + rows @ rows.T) / 2
    values = np.minimum((values + values.T) / 2, 1).astype(dtype)
    np.fill_diagonal(values, 1)
    values.setflags(write=False)
    return values


class NumpyThatSorts:
    """numpy as scikit-learn's HDBSCAN sees it, but for the order of tied heights."""

    def __init__(self, order):
        self.order = order
        self.heights = None

    def __getattr__(self, name):
        return getattr(np, name)

    def argsort(self, heights):
        self.heights = np.array(heights)
        return self.order(self.heights)


def their_labels(similarity, least, order=np.argsort):
    model = cluster.HDBSCAN(min_cluster_size=least, metric="precomputed", copy=True)
    numpy = NumpyThatSorts(order)
    with patch.object(their_hdbscan, "np", numpy):
        return model.fit(1 - similarity).labels_, numpy.heights


def assert_optics_is_theirs(similarity, min_samples, xi):
    model = cluster.OPTICS(min_samples=min_samples, xi=xi, metric="precomputed")
    # From identical items up, reachability rises by a factor without end.
    with np.errstate(divide="ignore"):
        model.fit(1 - similarity)
    plot = reachability_plot(similarity, min_samples)
    assert plot.points.tolist() == model.ordering_.tolist()
    assert plot.reachability.tolist() == model.reachability_[plot.points].tolist()
    reached_from = model.predecessor_[plot.points[1:]]
    assert plot.points[plot.predecessor[1:]].tolist() == reached_from.tolist()
    assert plot.predecessor[0] == -1
    assert optics(similarity, min_samples=min_samples, xi=xi).tolist() == model.labels_.tolist()


def assert_hdbscan_is_theirs(similarity, least, seed):
    labels, heights = their_labels(similarity, least)
    assert visits(similarity, least)[1].tolist() == heights.tolist()
    assert hdbscan(similarity, min_cluster_size=least).tolist() == labels.tolist()
    # Whatever order a processor has for ties.
    order = np.lexsort((np.random.default_rng(seed).random(len(heights)), heights))
    labels, _ = their_labels(similarity, least, lambda heights: order)
    found = hdbscan(similarity, min_cluster_size=least, merge_order=order)
    assert found.tolist() == labels.tolist()


# Against scikit-learn

inputs = given(
    kind=st.sampled_from(KINDS),
    n=st.integers(2, 60),
    least=st.integers(2, 7),
    seed=st.integers(0, 10**6),
    dtype=st.sampled_from([np.float32, np.float64]),
    xi=st.sampled_from([0.005, 0.05, 0.2, 0.6]),
)


@inputs
def test_any_input_gives_scikit_learns_optics(kind, n, least, seed, dtype, xi):
    n = max(n, least)
    assert_optics_is_theirs(similarities(kind, n, seed, dtype), least, xi)


@inputs
def test_any_input_gives_scikit_learns_hdbscan(kind, n, least, seed, dtype, xi):
    n = max(n, least)
    assert_hdbscan_is_theirs(similarities(kind, n, seed, dtype), least, seed)


@given(
    n=st.integers(5, 60),
    seed=st.integers(0, 10**6),
    levels=st.integers(2, 12),
    xi=st.sampled_from([0.05, 0.25, 0.5]),
    from_first=st.sampled_from([0, 0.9]),
)
def test_any_plot_gives_scikit_learns_clusters(n, seed, levels, xi, from_first):
    # Few heights, steps of exactly 1 - xi among them, and predecessors that no matrix gives.
    random = np.random.default_rng(seed)
    reachability = (1 - xi) ** random.integers(0, levels, size=n) * random.choice([1, 0.9], size=n)
    reachability[0] = np.inf
    before = np.array([-1, *random.integers(0, np.arange(1, n))])
    before[1:][random.random(n - 1) < from_first] = 0
    points = random.permutation(n)
    by_point = np.argsort(points)
    theirs, _ = cluster.cluster_optics_xi(
        reachability=reachability[by_point],
        predecessor=np.where(before < 0, -1, points[before])[by_point],
        ordering=points,
        min_samples=3,
        xi=xi,
    )
    found = steep_clusters(ReachabilityPlot(points, reachability, before), xi, 3)
    assert found.tolist() == theirs.tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_many_items_give_scikit_learns_labels(kind, dtype):
    similarity = similarities(kind, 250, 3, dtype)
    assert_optics_is_theirs(similarity, 5, 0.05)
    assert_hdbscan_is_theirs(similarity, 5, 3)


def test_stabilities_that_tie_are_told_apart_by_the_same_last_bit():
    # 4 and 7 items within 11, beside 8: the 11 are as stable as their two halves, 11 * (10 - 5) =
    # 11 * (15 - 10), but for the rounding of sums, which decides whether they are one cluster.
    outer, inner = np.repeat([0, 1], [11, 8]), np.repeat([0, 1, 2], [4, 7, 8])
    distances = np.where(outer[:, None] == outer, 0.1, 0.2)
    distances[inner[:, None] == inner] = 2 / 30
    np.fill_diagonal(distances, 0)
    similarity = 1 - distances
    labels, _ = their_labels(similarity, 3)
    assert hdbscan(similarity, min_cluster_size=3).tolist() == labels.tolist()
    assert labels.tolist() == [0] * 11 + [1] * 8


@pytest.mark.parametrize("more", [0, 1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_hardly_more_items_than_a_cluster_needs(kind, more):
    for seed in range(5):
        similarity = similarities(kind, 5 + more, seed)
        assert_optics_is_theirs(similarity, 5, 0.05)
        assert_hdbscan_is_theirs(similarity, 5, seed)


def test_without_ties_nothing_has_to_be_put_in_place():
    # With 2 as the least size, a core distance is that of the nearest other item.
    for seed in range(20):
        similarity = similarities("grouped", 80, seed)
        _, heights = visits(similarity, 2)
        assert len(np.unique(heights)) == 79
        model = cluster.HDBSCAN(min_cluster_size=2, metric="precomputed", copy=True)
        labels = model.fit(1 - similarity).labels_
        assert hdbscan(similarity, min_cluster_size=2).tolist() == labels.tolist()
        assert len(np.unique(labels)) > 2


# By hand


def groups(*sizes):
    """Groups of items that are all alike, and nothing like others."""
    of = np.repeat(np.arange(len(sizes)), sizes)
    return (of[:, None] == of).astype(float)


def test_groups_of_identical_items_are_clusters():
    assert optics(groups(3, 4), min_samples=3, xi=0.05).tolist() == [0] * 3 + [1] * 4
    assert hdbscan(groups(3, 4), min_cluster_size=3).tolist() == [0] * 3 + [1] * 4


def test_a_group_that_is_too_small_is_in_no_cluster():
    similarity = groups(4, 2, 4)
    # Farther from all than the others are from each other.
    similarity[:4, 6:] = similarity[6:, :4] = 0.5
    assert hdbscan(similarity, min_cluster_size=3).tolist() == [0] * 4 + [-1] * 2 + [1] * 4


def test_all_items_alike_are_no_cluster_to_hdbscan():
    assert hdbscan(np.ones((6, 6)), min_cluster_size=3).tolist() == [-1] * 6


def test_the_order_in_which_equal_heights_merge_can_be_given():
    # All heights are 1. Merged from the front, a run grows by one visit at a time, and there is
    # never a second large part; merged 0, 2, 4 first, the pairs are clusters.
    apart = np.eye(6)
    chain = hdbscan(apart, min_cluster_size=2, merge_order=np.arange(5))
    assert chain.tolist() == [-1] * 6
    pairs = hdbscan(apart, min_cluster_size=2, merge_order=np.array([0, 2, 4, 1, 3]))
    assert sorted(np.unique(pairs, return_counts=True)[1].tolist()) == [2, 4]


def test_items_swapped_are_clusters_swapped():
    similarity = similarities("grouped", 70, 5)
    order = np.random.default_rng(0).permutation(70)
    swapped = similarity[np.ix_(order, order)]
    before = hdbscan(similarity, min_cluster_size=2)[order]
    after = hdbscan(swapped, min_cluster_size=2)
    pairs = {*zip(before.tolist(), after.tolist(), strict=True)}
    assert len(pairs) == len(np.unique(before)) == len(np.unique(after)) > 2


@pytest.mark.parametrize("kind", KINDS)
def test_at_every_height_the_clusters_are_runs_of_visits(kind):
    similarity = similarities(kind, 25, 1)
    points, heights = visits(similarity, 4)
    core = np.sort(1 - similarity, axis=1)[:, 3]
    reach = np.maximum(1 - similarity, np.maximum.outer(core, core))
    for height in np.unique(heights):
        near = reach <= height
        for _ in range(5):
            near = (near.astype(int) @ near.astype(int)) > 0
        run = np.concatenate(([0], np.cumsum(heights > height)))
        assert np.array_equal(
            near[np.ix_(points, points)] | np.eye(25, dtype=bool), run[:, None] == run
        )


def test_a_core_distance_counts_the_item_itself():
    assert core_distance(np.array([0.3, 0.0, 0.2, 0.9]), 2) == 0.2


# Memory and progress


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "run",
    [
        lambda similarity: optics(similarity, min_samples=5, xi=0.05),
        lambda similarity: hdbscan(similarity, min_cluster_size=5),
    ],
)
def test_memory_beside_the_matrix_grows_with_n_alone(run, dtype):
    similarity = similarities("grouped", 1500, 0, dtype)
    run(similarities("grouped", 50, 0, dtype))
    tracemalloc.start()
    try:
        run(similarity)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100 * 8 * len(similarity) < similarity.nbytes / 4


@pytest.mark.parametrize(("total", "calls"), [(7, 7), (100, 100), (1050, 105)])
def test_progress_is_told_about_a_hundred_times(total, calls):
    seen = []
    assert [*told(range(total), total, lambda *so_far: seen.append(so_far))] == [*range(total)]
    assert len(seen) == calls
    assert seen[-1] == (total, total)
