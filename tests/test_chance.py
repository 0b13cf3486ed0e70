"""method 6, chance: exact means and ceilings against brute force, p-values, intervals."""

import json
import math
from dataclasses import replace
from itertools import combinations, permutations, product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semdepth.chance import Chance, depth_chance, greatest_mean_depth
from semdepth.clustering import Clustering, Whole, clusterer
from semdepth.depth import depths_of_all_pairs, similarity_depth
from semdepth.errors import OptionError
from semdepth.graph import build_graph, spanning_forest
from semdepth.labels import Placement
from semdepth.similarity import SimilarityMatrix
from semdepth.taxonomy import depths_by_kind

# Of the fixture pets: two dogs, a cat, a car, a bus, and the bike, which has no edge.
SIX = (0, 1, 2, 4, 5, 6)
EDGES = [(0, 1), (1, 2), (3, 4)]
CLUSTERS = [0, 0, 0, 1, 1, 1]


def part_of(placement, chosen):
    chosen = list(chosen)
    labels = tuple(placement.labels[i] for i in chosen)
    return Placement(placement.taxonomy, labels, placement.concepts[chosen], ("",) * len(chosen))


def graph_with(placement, edges, clusters=None):
    """A graph with exactly these edges: no other pair is alike at all."""
    clusters = [0] * len(placement.labels) if clusters is None else clusters
    values = np.eye(len(placement.labels))
    for i, j in edges:
        values[i, j] = values[j, i] = 0.5
    matrix = SimilarityMatrix("structural", placement.labels, values)
    return spanning_forest(matrix, Clustering(Whole(), np.array(clusters)))


def depth_of(placement, edges, clusters):
    return similarity_depth(graph_with(placement, edges, clusters), placement)


@pytest.fixture(scope="module")
def six(pets):
    return part_of(pets, SIX)


@pytest.fixture(scope="module")
def six_depth(six):
    return depth_of(six, EDGES, CLUSTERS)


@pytest.fixture(scope="module")
def all_nulls(six):
    """The mean depth under every relabelling of the six nodes."""
    pairs = depths_of_all_pairs(six)
    return np.array(
        [np.mean([pairs.of(p[i], p[j]) for i, j in EDGES]) for p in permutations(range(6))]
    )


# Null model


def test_the_exact_mean_is_that_of_all_relabellings(six, six_depth, all_nulls):
    chance = depth_chance(six_depth, six)
    assert chance.observed == six_depth.mean == (3 + 2 + 2) / 3
    assert chance.null_mean == pytest.approx(all_nulls.mean(), abs=1e-12)
    # 15 pairs: one meets at depth 3, two cat-dog and three of vehicles at 2, nine at 1.
    assert chance.null_mean == pytest.approx((3 + 2 * 2 + 3 * 2 + 9 * 1) / 15)


def test_the_deviation_and_p_value_come_near_those_of_all_relabellings(six, six_depth, all_nulls):
    chance = depth_chance(six_depth, six, permutations=5_000)
    exact = np.mean(all_nulls >= six_depth.mean - 1e-12)
    # Four standard errors of a share of 5,000 draws.
    assert chance.p_value == pytest.approx(exact, abs=4 * math.sqrt(exact / 5_000))
    assert chance.null_sd == pytest.approx(all_nulls.std(), rel=0.05)
    assert chance.permutations == 5_000


@pytest.mark.parametrize("count", [1, 10, 99])
def test_a_p_value_is_at_least_one_in_permutations_plus_one(convnext, mini, count):
    depth = similarity_depth(build_graph(convnext), mini)
    assert depth_chance(depth, mini, permutations=count).p_value == 1 / (1 + count)


def test_nulls_that_equal_the_observed_value_count(pets):
    wheels = part_of(pets, (4, 5, 6))
    chance = depth_chance(depth_of(wheels, [(0, 1)], [0, 0, 0]), wheels, permutations=50)
    assert (chance.p_value, chance.null_sd) == (1.0, 0.0)
    assert math.isnan(chance.normalised)


def test_only_placed_classes_are_dealt_out(pets):
    concepts = np.where(np.isin(np.arange(7), SIX), pets.concepts, -1)
    all_seven = Placement(pets.taxonomy, pets.labels, concepts, pets.reasons)
    # The persian, the fourth, is unplaced; its edge is left out.
    edges = [(0, 1), (1, 2), (2, 3), (4, 5)]
    depth = depth_of(all_seven, edges, [0, 0, 0, 0, 1, 1, 1])
    due = depth_chance(depth_of(part_of(pets, SIX), EDGES, CLUSTERS), part_of(pets, SIX))
    assert depth.left_out == 1
    assert depth_chance(depth, all_seven).to_dict() == due.to_dict()


def test_pair_depths_at_hand_give_the_same(six, six_depth):
    due = depth_chance(six_depth, six)
    assert depth_chance(six_depth, six, pair_depths=depths_of_all_pairs(six)) == due


def test_the_same_seed_gives_the_same_numbers(convnext, mini):
    depth = similarity_depth(build_graph(convnext), mini)
    first, again, other = (depth_chance(depth, mini, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert (first.null_sd, first.interval) != (other.null_sd, other.interval)
    assert (first.null_mean, first.ceiling) == (other.null_mean, other.ceiling)


def test_no_permutations_are_an_error(six, six_depth):
    with pytest.raises(OptionError, match="expected permutations above 0, found 0"):
        depth_chance(six_depth, six, permutations=0)


# Ceiling


def is_forest(edges):
    return nx.is_forest(nx.Graph(edges))


def best_of_all_forests(pairs, n_edges):
    everything = combinations(range(len(pairs)), 2)
    forests = (edges for edges in combinations(everything, n_edges) if is_forest(edges))
    return max(np.mean([pairs[edge] for edge in edges]) for edges in forests)


@given(st.data(), st.integers(2, 5))
def test_the_ceiling_is_the_best_of_all_forests(data, n):
    cells = data.draw(st.lists(st.integers(0, 9), min_size=n * n, max_size=n * n))
    upper = np.triu(np.array(cells, dtype=np.uint8).reshape(n, n), 1)
    pairs = upper + upper.T + np.diag(np.full(n, 9, dtype=np.uint8))
    n_edges = data.draw(st.integers(1, n - 1))
    found = greatest_mean_depth(depths_by_kind(np.arange(n), pairs), n_edges)
    assert found == pytest.approx(best_of_all_forests(pairs, n_edges))


def test_the_ceiling_on_paper(six, six_depth):
    # The dogs (3), then the cat with a dog and two vehicles, or three vehicles (2 each).
    assert depth_chance(six_depth, six).ceiling == (3 + 2 + 2) / 3
    assert depth_chance(six_depth, six).normalised == 1.0


def test_the_greatest_depth_a_byte_holds_does_not_wrap_around():
    depths = depths_by_kind(np.arange(3), np.full((3, 3), 255, dtype=np.uint8))
    assert greatest_mean_depth(depths, 2) == 255


def test_the_normalised_value_is_its_formula():
    chance = Chance(7.0, 5.0, 0.1, 0.01, 100, 9.0, (6.0, 8.0))
    assert chance.normalised == (7 - 5) / (9 - 5)


# Interval


def test_two_clusters_alike_in_size_span_the_interval(pets):
    # Drawn twice with replacement: both the first in a quarter of the draws, likewise the second.
    depth = depth_of(pets, [(0, 1), (2, 3), (4, 5), (5, 6)], [0, 0, 0, 0, 1, 1, 1])
    chance = depth_chance(depth, pets)
    assert chance.interval == (2.0, 3.0)
    assert chance.reason == ""


def test_resampled_clusters_pool_their_edges(mini):
    sizes, depths = [1, 1, 1, 30], [10, 9, 8, 2]
    edges = [(i, i + 1) for i in range(sum(sizes))]
    made = similarity_depth(graph_with(mini, edges), mini)
    depth = replace(
        made, clusters=np.repeat(range(4), sizes), depths=np.repeat(depths, sizes).astype(int)
    )
    pooled = [
        np.average(np.take(depths, drawn), weights=np.take(sizes, drawn))
        for drawn in product(range(4), repeat=4)
    ]
    interval = depth_chance(depth, mini, permutations=1).interval
    assert interval == pytest.approx(tuple(np.percentile(pooled, [2.5, 97.5])), abs=0.3)
    unpooled = [np.mean(np.take(depths, drawn)) for drawn in product(range(4), repeat=4)]
    assert interval != pytest.approx(tuple(np.percentile(unpooled, [2.5, 97.5])), abs=0.3)


def test_the_interval_leaves_out_one_draw_in_forty_on_either_side(pets):
    # Three clusters of one edge: one draw in 27 takes the same one thrice.
    depth = depth_of(pets, [(0, 1), (2, 4), (5, 6)], [0, 0, 1, 2, 1, 3, 3])
    assert depth.by_cluster() == {0: 3, 1: 1, 3: 2}
    intervals = [depth_chance(depth, pets, permutations=1, seed=seed).interval for seed in range(9)]
    assert intervals.count((1.0, 3.0)) > 4


def test_one_cluster_with_edges_has_no_interval(pets):
    depth = depth_of(pets, [(0, 1), (1, 2)], [0, 0, 0, 1, 2, 3, 4])
    chance = depth_chance(depth, pets)
    assert all(map(math.isnan, chance.interval))
    assert chance.reason == "an interval needs two clusters with edges, there is one"
    assert chance.p_value <= 1


def test_the_interval_holds_the_observed_value(convnext, mini):
    low, high = depth_chance(similarity_depth(build_graph(convnext), mini), mini).interval
    assert low < 124 / 17 < high  # 620 / 85
    assert 0.5 < high - low < 3


# Undefined, and back from JSON


def test_an_undefined_depth_has_an_undefined_chance_with_the_same_reason(six):
    chance = depth_chance(depth_of(six, [], CLUSTERS), six)
    assert chance.reason == "the graph has no edges"
    numbers = chance.observed, chance.null_mean, chance.null_sd, chance.p_value, chance.ceiling
    assert all(map(math.isnan, (*numbers, *chance.interval, chance.normalised)))


@pytest.mark.parametrize("edges", [[], EDGES[:2], EDGES])
def test_chance_comes_back_from_strict_json(six, edges):
    chance = depth_chance(depth_of(six, edges, CLUSTERS), six)
    text = json.dumps(chance.to_dict(), allow_nan=False)
    again = Chance.from_dict(json.loads(text))
    assert again.to_dict() == chance.to_dict()
    assert (again.reason, again.permutations) == (chance.reason, 1_000)


def test_chance_cannot_be_changed(six, six_depth):
    with pytest.raises(AttributeError):
        depth_chance(six_depth, six).p_value = 0


# Real networks


def test_convnexts_known_numbers(convnext, mini):
    chance = depth_chance(similarity_depth(build_graph(convnext), mini), mini)
    assert round(chance.null_mean, 3) == 5.026
    assert round(chance.ceiling, 3) == 9.212
    assert round(chance.normalised, 3) == 0.542
    assert chance.p_value == 1 / 1_001


@pytest.mark.parametrize("name", ["affinity", "whole", "optics"])
@pytest.mark.parametrize("network", ["convnext", "lite0_mini"])
def test_permuting_the_classes_changes_nothing(request, mini, network, name):
    similarity = request.getfixturevalue(network)
    order = np.random.default_rng(4).permutation(100)
    moved = SimilarityMatrix(
        "structural",
        tuple(mini.labels[i] for i in order),
        similarity.values[np.ix_(order, order)],
    )
    there = part_of(mini, order)
    first = similarity_depth(build_graph(similarity, clusterer(name)), mini)
    second = similarity_depth(build_graph(moved, clusterer(name)), there)
    assert second.mean == pytest.approx(first.mean, abs=1e-12)
    assert second.mean_wu_palmer == pytest.approx(first.mean_wu_palmer, abs=1e-12)
    due, found = depth_chance(first, mini), depth_chance(second, there)
    assert (found.null_mean, found.ceiling) == pytest.approx((due.null_mean, due.ceiling))
