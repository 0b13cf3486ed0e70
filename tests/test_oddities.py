"""Odd classes and context pairs: where perception and taxonomy part, on paper and by definition."""

import json
import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hierarchies import depth_matrix
from semdepth.depth import depths_of_all_pairs
from semdepth.errors import OptionError
from semdepth.labels import Placement
from semdepth.oddities import ContextPair, OddClass, context_pairs, odd_classes
from semdepth.similarity import SimilarityMatrix
from semdepth.taxonomy import depths_by_kind

# Positions in the fixture pets: dogs and cats meet at depth 3, a dog and a cat and all vehicles
# at depth 2, an animal and a vehicle at the root, 1.
POODLE, BOXER, SIAMESE, PERSIAN, CAR, BUS, BIKE = range(7)
KIND = {POODLE: "dog", BOXER: "dog", SIAMESE: "cat", PERSIAN: "cat"}


def depth_of(i, j):
    kinds = KIND.get(i, "vehicle"), KIND.get(j, "vehicle")
    if kinds[0] == kinds[1]:
        return 2 if kinds[0] == "vehicle" else 3
    return 1 if "vehicle" in kinds else 2


def matrix_with(labels, cells, otherwise=0.2):
    n = len(labels)
    values = np.full((n, n), otherwise)
    np.fill_diagonal(values, 1)
    for (i, j), value in cells.items():
        values[i, j] = values[j, i] = value
    return SimilarityMatrix("structural", labels, values)


def random_matrix(placement, seed):
    cells = np.triu(np.random.default_rng(seed).random((len(placement.labels),) * 2), k=1)
    return SimilarityMatrix(
        "structural", placement.labels, cells + cells.T + np.eye(len(placement.labels))
    )


def part_of(placement, chosen):
    return placement.select([placement.labels[i] for i in chosen])


# Odd classes


@pytest.fixture
def poodle_among_vehicles(pets):
    """To the network a poodle is most of all like the vehicles."""
    near = {(POODLE, CAR): 0.9, (POODLE, BUS): 0.8, (POODLE, BIKE): 0.7}
    kin = {(SIAMESE, PERSIAN): 0.6, (BOXER, SIAMESE): 0.5, (BOXER, PERSIAN): 0.4, (CAR, BUS): 0.6}
    return matrix_with(pets.labels, {**near, **kin})


def test_a_poodle_among_vehicles_on_paper(pets, poodle_among_vehicles):
    found = odd_classes(poodle_among_vehicles, pets, neighbours=3)
    odd = found[0]
    assert odd.label == "poodle"
    assert odd.neighbours == ("car", "bus", "bike")
    assert odd.depth == 1
    # The boxer, two cats, three vehicles; and the three nearest of those in the taxonomy.
    assert odd.chance == pytest.approx((3 + 2 + 2 + 1 + 1 + 1) / 6)
    assert odd.ceiling == pytest.approx((3 + 2 + 2) / 3)
    assert odd.normalised == pytest.approx((1 - 10 / 6) / (7 / 3 - 10 / 6))
    assert len(found) == 7


def test_classes_come_oddest_first(pets, poodle_among_vehicles):
    found = odd_classes(poodle_among_vehicles, pets, neighbours=2)
    standing = [odd.normalised for odd in found]
    assert standing == sorted(standing)
    # The siamese has the persian (3) and the boxer (2) beside it: as near as can be.
    assert {odd.label: odd.normalised for odd in found}["siamese"] == 1


@given(seed=st.integers(0, 10_000), neighbours=st.integers(1, 5))
def test_odd_classes_are_their_definition(pets, seed, neighbours):
    similarity = random_matrix(pets, seed)
    found = {odd.label: odd for odd in odd_classes(similarity, pets, neighbours=neighbours)}
    for i, label in enumerate(pets.labels):
        others = [j for j in range(7) if j != i]
        depths = [depth_of(i, j) for j in others]
        chance = np.mean(depths)
        ceiling = np.mean(sorted(depths, reverse=True)[:neighbours])
        nearest = sorted(others, key=lambda j, i=i: -similarity.values[i, j])[:neighbours]
        assert ceiling > chance
        odd = found[label]
        assert odd.neighbours == tuple(pets.labels[j] for j in nearest)
        assert odd.depth == pytest.approx(np.mean([depth_of(i, j) for j in nearest]))
        assert (odd.chance, odd.ceiling) == (pytest.approx(chance), pytest.approx(ceiling))
        assert odd.normalised == pytest.approx((odd.depth - chance) / (ceiling - chance))
        assert odd.normalised <= 1 + 1e-12


def test_chance_is_what_random_neighbours_give(pets):
    # The exact chance is the mean over all choices of three neighbours.
    odd = {one.label: one for one in odd_classes(random_matrix(pets, 0), pets, neighbours=3)}
    for i, label in enumerate(pets.labels):
        depths = [depth_of(i, j) for j in range(7) if j != i]
        means = [np.mean(chosen) for chosen in combinations(depths, 3)]
        assert odd[label].chance == pytest.approx(np.mean(means))
        assert odd[label].ceiling == pytest.approx(max(means))


def test_five_neighbours_by_default(mini, convnext):
    found = odd_classes(convnext, mini)
    assert {len(odd.neighbours) for odd in found} == {5}
    depths = depth_matrix(mini) - 100 * np.eye(100)
    uneven = [label for label, row in zip(mini.labels, depths, strict=True) if len(set(row)) > 2]
    assert {odd.label for odd in found} == set(uneven)
    assert len(found) == 99  # a street sign meets everything else at one depth
    # A trained network: nearest templates are mostly of a kind.
    assert np.median([odd.normalised for odd in found]) > 0.4
    assert found[0].normalised < 0.1


def test_classes_equally_far_from_all_others_cannot_be_odd(pets):
    vehicles = part_of(pets, (CAR, BUS, BIKE))
    assert odd_classes(random_matrix(vehicles, 1), vehicles, neighbours=1) == ()
    # With a poodle beside them, three of its kind away, it is the one equally far from all.
    four = part_of(pets, (CAR, BUS, BIKE, POODLE))
    found = odd_classes(random_matrix(four, 1), four, neighbours=1)
    assert {odd.label for odd in found} == {"car", "bus", "bike"}


def test_all_others_as_neighbours_are_as_chance_has_it(pets):
    assert odd_classes(random_matrix(pets, 1), pets, neighbours=6) == ()
    assert odd_classes(random_matrix(pets, 1), pets, neighbours=60) == ()


def test_unplaced_classes_take_no_part(pets, poodle_among_vehicles):
    concepts = np.where(np.isin(np.arange(7), [CAR, SIAMESE]), -1, pets.concepts)
    placement = replace(pets, concepts=concepts)
    kept = [POODLE, BOXER, PERSIAN, BUS, BIKE]
    values = poodle_among_vehicles.values[np.ix_(kept, kept)]
    labels = tuple(pets.labels[i] for i in kept)
    alone = SimilarityMatrix("structural", labels, values)
    found = odd_classes(poodle_among_vehicles, placement, neighbours=2)
    assert found == odd_classes(alone, part_of(pets, kept), neighbours=2)
    assert {odd.label: odd for odd in found}["poodle"].neighbours == ("bus", "bike")


@pytest.mark.parametrize("placed", [0, 1, 2])
def test_fewer_than_three_placed_classes_have_no_odd_one(pets, placed):
    placement = replace(pets, concepts=np.where(np.arange(7) < placed, pets.concepts, -1))
    assert odd_classes(random_matrix(pets, 2), placement) == ()
    assert context_pairs(random_matrix(pets, 2), placement) == ()


def test_no_neighbours_are_an_error(pets):
    with pytest.raises(OptionError, match="expected neighbours above 0, found 0"):
        odd_classes(random_matrix(pets, 0), pets, neighbours=0)


def test_an_odd_class_comes_back_from_strict_json(pets, poodle_among_vehicles):
    for odd in odd_classes(poodle_among_vehicles, pets):
        again = OddClass.from_dict(json.loads(json.dumps(odd.to_dict(), allow_nan=False)))
        assert again == odd
        assert odd.to_dict()["normalised"] == odd.normalised


def test_pair_depths_at_hand_give_the_same(mini, convnext):
    depths = depths_of_all_pairs(mini)
    assert odd_classes(convnext, mini, pair_depths=depths) == odd_classes(convnext, mini)
    assert context_pairs(convnext, mini, pair_depths=depths) == context_pairs(convnext, mini)


def test_permuting_the_classes_changes_nothing(mini, convnext):
    order = np.random.default_rng(6).permutation(100)
    there = part_of(mini, order)
    moved = SimilarityMatrix("structural", there.labels, convnext.values[np.ix_(order, order)])
    first, second = odd_classes(convnext, mini), odd_classes(moved, there)
    by_label = {odd.label: odd for odd in second}
    for odd in first:
        assert by_label[odd.label].neighbours == odd.neighbours
        assert by_label[odd.label].normalised == pytest.approx(odd.normalised)
    due = context_pairs(convnext, mini, count=30)
    found = {
        frozenset((pair.first, pair.second)): pair.surprise
        for pair in context_pairs(moved, there, count=30)
    }
    assert found == {
        frozenset((pair.first, pair.second)): pytest.approx(pair.surprise) for pair in due
    }


# Context pairs


def test_one_likeness_beyond_kinship_on_paper(pets):
    found = context_pairs(matrix_with(pets.labels, {(POODLE, CAR): 0.9}), pets)
    # 21 pairs are too few to judge each depth by itself: 20 of .2 and one of .9.
    mean = (20 * 0.2 + 0.9) / 21
    sd = math.sqrt((20 * (0.2 - mean) ** 2 + (0.9 - mean) ** 2) / 21)
    assert len(found) == 1
    assert (found[0].first, found[0].second) == ("poodle", "car")
    assert (found[0].similarity, found[0].depth) == (0.9, 1)
    assert found[0].surprise == pytest.approx((0.9 - mean) / sd)


def test_related_pairs_are_no_context(pets):
    # Dogs meet at depth 3, the 95th percentile; a dog and a cat at depth 2.
    cells = {(POODLE, BOXER): 0.9, (POODLE, SIAMESE): 0.8}
    found = context_pairs(matrix_with(pets.labels, cells), pets)
    assert [(pair.first, pair.second) for pair in found] == [("poodle", "siamese")]
    # From the 60th percentile on, depth 2, these are related, too.
    assert context_pairs(matrix_with(pets.labels, cells), pets, related_percentile=60) == ()


def test_classes_all_equally_alike_surprise_nobody(pets):
    assert context_pairs(matrix_with(pets.labels, {}), pets) == ()


def surprises_by_definition(similarity, depths):
    """Each unrelated pair's similarity in deviations from the mean of its depth's pairs.

    A depth of fewer than 30 pairs is judged with the next shallower one, the shallowest of all
    with the next deeper.
    """
    pairs = list(combinations(range(len(depths)), 2))
    by_depth = {}
    for pair in pairs:
        by_depth.setdefault(int(depths[pair]), []).append(pair)
    groups = []
    for depth in sorted(by_depth):
        if groups and len(by_depth[depth]) >= 30 and len(groups[-1]) >= 30:
            groups.append([])
        if not groups:
            groups.append([])
        groups[-1] += by_depth[depth]
    least = np.percentile([depths[pair] for pair in pairs], 95)
    found = {}
    for group in groups:
        values = np.array([similarity.values[pair] for pair in group])
        for pair, value in zip(group, values, strict=True):
            if depths[pair] < least:
                found[pair] = (value - values.mean()) / values.std()
    return found


@pytest.mark.parametrize("network", ["convnext", "lite0_mini"])
def test_context_pairs_are_their_definition(request, mini, network):
    similarity = request.getfixturevalue(network)
    due = surprises_by_definition(similarity, depth_matrix(mini))
    most = sorted(due, key=lambda pair: -due[pair])[:40]
    found = context_pairs(similarity, mini, count=40)
    assert [(pair.first, pair.second) for pair in found] == [
        (mini.labels[i], mini.labels[j]) for i, j in most
    ]
    for pair, (i, j) in zip(found, most, strict=True):
        assert pair.surprise == pytest.approx(due[i, j])
        assert pair.similarity == similarity.values[i, j]
    assert min(pair.surprise for pair in found) > 0


@pytest.mark.parametrize(
    "sizes",
    [
        (31, 30, 5),  # depth 2 stands alone, and 3 joins it
        (32, 29, 5),  # too few at depth 2: all are one
        (30, 31, 5),
        (29, 32, 5),  # too few at depth 1: it joins the next deeper
        (5, 31, 30),
        (20, 20, 26),
    ],
)
def test_depths_of_few_pairs_are_judged_with_others(mini, sizes):
    twelve = part_of(mini, range(12))
    depths = np.zeros((12, 12), dtype=np.uint8)
    shuffled = np.random.default_rng(sum(sizes[:2])).permutation(np.repeat([1, 2, 3], sizes))
    depths[np.triu_indices(12, k=1)] = shuffled
    depths += depths.T
    # The deeper, the more alike, so that it matters whom a pair is judged with.
    values = depths / 4 + random_matrix(twelve, 3).values / 10
    np.fill_diagonal(values, 1)
    similarity = SimilarityMatrix("structural", twelve.labels, values)
    due = surprises_by_definition(similarity, depths)
    found = context_pairs(similarity, twelve, pair_depths=depths_by_kind(np.arange(12), depths))
    positive = [surprise for surprise in due.values() if surprise > 0]
    assert [pair.surprise for pair in found] == pytest.approx(sorted(positive, reverse=True)[:50])


def test_every_depth_has_its_own_mean(mini):
    # Pairs at the root are unlike but for one, deeper ones alike: the one stands out at its depth,
    # though many deeper pairs are more alike.
    depths = depth_matrix(mini).astype(int)
    values = depths / 40 + 1e-3 * np.random.default_rng(0).random((100, 100))
    values = (values + values.T) / 2
    np.fill_diagonal(values, 1)
    i, j = np.argwhere(depths == depths.min())[0]
    values[i, j] = values[j, i] = (depths.min() + 2) / 40
    found = context_pairs(SimilarityMatrix("structural", mini.labels, values), mini, count=1)
    assert {found[0].first, found[0].second} == {mini.labels[i], mini.labels[j]}
    assert np.mean(values > values[i, j]) > 0.2


@pytest.mark.parametrize("count", [0, 1, 7])
def test_as_many_as_asked_for(mini, convnext, count):
    found = context_pairs(convnext, mini, count=count)
    assert found == context_pairs(convnext, mini)[:count]
    assert len(found) == count


def test_unplaced_classes_are_in_no_context_pair(pets):
    concepts = np.where(np.arange(7) == CAR, -1, pets.concepts)
    cells = {(POODLE, CAR): 0.9, (BOXER, BUS): 0.8}
    found = context_pairs(matrix_with(pets.labels, cells), replace(pets, concepts=concepts))
    assert [(pair.first, pair.second) for pair in found] == [("boxer", "bus")]


def test_the_subsumers_rule_reaches_the_depths(hierarchy):
    # Above x and y stand beside (1 edge from the top at least and at most), and one, two and
    # zenith (1 edge at least; at most 1, 2 and 3). The smallest name is beside.
    tree = hierarchy(
        top="",
        beside="top",
        one="top",
        two="one top",
        zenith="two top",
        x="beside zenith",
        y="beside zenith",
        z="beside",
    )
    labels = ("x", "y", "z")
    concepts = np.array([tree.index(label) for label in labels], dtype=np.int32)
    placement = Placement(tree, labels, concepts, ("",) * 3)
    similarity = matrix_with(labels, {(0, 2): 0.9})
    # At beside, depth 2, all three meet alike.
    assert odd_classes(similarity, placement, neighbours=1) == ()
    # At zenith, depth 4, x and y meet by the longest way.
    by_max = {
        odd.label: odd for odd in odd_classes(similarity, placement, neighbours=1, lcs="max_depth")
    }
    assert (by_max["x"].depth, by_max["x"].chance, by_max["x"].ceiling) == (2, (2 + 4) / 2, 4)


def test_a_context_pair_cannot_be_changed(pets):
    pair = ContextPair("a", "b", 0.5, 2, 1.5)
    with pytest.raises(AttributeError):
        pair.surprise = 0.0
