"""What changed between two analyses: by hand on small graphs, by independent oracles on counts."""

import json
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

from builders import (
    BIKE,
    BOXER,
    BUS,
    CAR,
    OTHER_PATH,
    PATH,
    PERSIAN,
    POODLE,
    SIAMESE,
    analysed,
    counted,
    matrix_with,
)
from semdepth.analysis import analyze
from semdepth.clustering import Louvain, Whole
from semdepth.difference import Difference, diff, unlike
from semdepth.difference.confusions import adjusted, least_p_values, rate_p_values
from semdepth.errors import LabelError, ReadError
from semdepth.labels import Placement


@pytest.fixture(scope="module")
def before(pets):
    return analysed(pets, PATH, title="before")


@pytest.fixture(scope="module")
def after(pets):
    return analysed(pets, OTHER_PATH, title="after")


@pytest.fixture(scope="module")
def found(before, after):
    return diff(before, after)


def named(difference, rows):
    return [tuple(difference.labels[i] for i in difference.edges.pairs[row]) for row in rows]


def test_edges_gained_lost_and_kept(found):
    assert named(found, found.edges.gained) == [("poodle", "bike")]
    assert named(found, found.edges.lost) == [("poodle", "boxer")]
    assert found.edges.kept == 5
    assert found.edges.jaccard == 5 / 7
    (row,) = found.edges.gained
    assert found.edges.similarity_first[row] == 0
    assert found.edges.similarity_second[row] == 0.95
    assert found.edges.depth[row] == 1
    assert found.edges.depth[found.edges.lost[0]] == 3


def test_similarity_depth_and_its_difference(found):
    assert found.depth.first == (3 + 2 + 3 + 1 + 2 + 2) / 6
    assert found.depth.second == (1 + 2 + 3 + 1 + 2 + 2) / 6
    assert found.depth.difference == pytest.approx(-2 / 6)
    assert found.first.similarity_depth == found.depth.first


def test_an_analysis_does_not_differ_from_itself(before):
    same = diff(before, before)
    assert (same.depth.difference, same.depth.interval, same.depth.p_value) == (0, (0, 0), 1)
    assert len(same.edges.gained) == len(same.edges.lost) == len(same.clusters.moved) == 0
    assert same.adjusted_rand == same.spearman == same.edges.jaccard == 1
    assert same.notes == ()


def test_the_other_way_round(found, before, after):
    back = diff(after, before)
    assert back.depth.difference == -found.depth.difference
    assert back.depth.p_value == found.depth.p_value
    assert named(back, back.edges.gained) == named(found, found.edges.lost)
    assert named(back, back.edges.lost) == named(found, found.edges.gained)
    assert back.clusters.overlap.tolist() == found.clusters.overlap.tolist()


def test_another_order_of_classes_is_no_difference(pets, before):
    order = np.array([BIKE, CAR, POODLE, PERSIAN, BUS, SIAMESE, BOXER])
    labels = tuple(pets.labels[i] for i in order)
    similarity = before.similarity.select(labels)
    other = analyze(similarity, placement=pets.select(labels), clusterer=Whole(), permutations=20)
    same = diff(before, other)
    assert same.depth.difference == 0
    assert same.edges.jaccard == same.spearman == 1
    assert same.notes == ()


def test_only_shared_classes_are_compared_and_it_is_said(pets, before):
    labels = tuple(label for label in pets.labels if label != "poodle")
    fewer = analyze(
        before.similarity.select(labels),
        placement=pets.select(labels),
        clusterer=Whole(),
        permutations=20,
    )
    found = diff(before, fewer)
    assert found.labels == labels
    assert (found.only_first, found.only_second) == (("poodle",), ())
    assert found.depth.first == found.depth.second == (2 + 3 + 1 + 2 + 2) / 5
    assert found.first.similarity_depth == (3 + 2 + 3 + 1 + 2 + 2) / 6
    assert found.edges.jaccard == 1
    assert found.notes == (
        "different classes: 6 are shared, of 7 and 6; scores and tables are over these; edges "
        "to others left out of the scores: 1",
    )


def test_classes_in_common_are_needed(pets, before, hierarchy):
    tree = hierarchy(thing="", a="thing", b="thing")
    concepts = np.array([tree.index("a"), tree.index("b")], dtype=np.int32)
    placement = Placement(tree, ("a", "b"), concepts, ("by hand",) * 2)
    other = analyze(
        matrix_with(("a", "b"), {(0, 1): 0.5}),
        placement=placement,
        clusterer=Whole(),
        permutations=20,
    )
    with pytest.raises(LabelError, match=r"found 0 shared by .*--labels"):
        diff(before, other)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"clusterer": Louvain()}, "different clusterers: Whole() and Louvain("),
        ({"lcs": "max_depth"}, "different rules of the lowest common subsumer: min_depth and max"),
        ({"seed": 7}, "different seeds: 42 and 7"),
        ({"noise": "singletons"}, "different rules for noise: cluster and singletons"),
    ],
)
def test_what_was_not_made_alike_is_noted(pets, before, options, says):
    (note,) = unlike(before, analysed(pets, PATH, **options))
    assert note.startswith(says)
    assert note in diff(before, analysed(pets, PATH, **options)).notes


def test_other_concepts_are_noted(pets, before):
    moved = pets.concepts.copy()
    moved[POODLE] = moved[BUS]
    elsewhere = replace(pets, concepts=moved)
    (note,) = unlike(before, analysed(elsewhere, PATH))
    assert note == "different concepts of shared classes (1): 'poodle'"


def test_company_by_hand(pets, before):
    # Whole has all seven together; affinity-like: a cluster of three pulled out.
    apart = replace(before.graph, membership=np.array([0, 0, 0, 1, 1, 1, 1]))
    found = diff(before, replace(before, graph=apart)).clusters
    # Of six mates a class of the three keeps two, one of the four three.
    assert found.overlap.tolist() == pytest.approx([2 / 6] * 3 + [3 / 6] * 4)
    assert sorted(found.moved.tolist()) == [0, 1, 2]


# Confusions


@pytest.fixture(scope="module")
def confused(pets):
    first = counted(pets.labels, {(CAR, BUS): 20, (BUS, CAR): 10, (POODLE, BOXER): 5})
    second = counted(
        pets.labels, {(CAR, BUS): 1, (POODLE, BOXER): 7, (SIAMESE, PERSIAN): 25, (BIKE, CAR): 1}
    )
    return tuple(
        analysed(pets, PATH, confusion=one, title=name)
        for name, one in (("first", first), ("second", second))
    )


def test_confusions_gained_and_lost(confused):
    found = diff(*confused).confusions
    pairs = [tuple(pair) for pair in found.pairs.tolist()]
    assert [pairs[row] for row in found.gained] == [(SIAMESE, PERSIAN)]
    assert [pairs[row] for row in found.lost] == [(CAR, BUS)]
    # Five more or less, or one, is what counting gives.
    assert set(pairs) == {(SIAMESE, PERSIAN), (CAR, BUS), (POODLE, BOXER), (CAR, BIKE)}
    row = pairs.index((CAR, BUS))
    assert (found.first[row], found.first_of[row]) == (30, 110 + 100)
    assert (found.second[row], found.second_of[row]) == (1, 91 + 90)
    assert found.omitted == 0
    back = diff(*reversed(confused)).confusions
    assert len(back.gained) == len(back.lost) == 1


def test_confusions_are_aligned_by_name(pets, confused):
    order = np.array([BIKE, CAR, POODLE, PERSIAN, BUS, SIAMESE, BOXER])
    labels = tuple(pets.labels[i] for i in order)
    other = analyze(
        confused[0].similarity.select(labels),
        placement=pets.select(labels),
        confusion=confused[0].mistakes.confusion.select(labels),
        clusterer=Whole(),
        permutations=20,
    )
    found = diff(confused[0], other)
    assert len(found.confusions.pairs) == 0
    assert found.direct.explained.difference == found.extended.causing.difference == 0


def test_compliance_by_hand(confused):
    first, second = confused
    found = diff(first, second)
    direct = found.direct
    assert direct.causing.first == first.mistakes.direct.causing.observed
    assert direct.explained.second == second.mistakes.direct.explained.observed
    assert found.extended.causing.second == second.mistakes.extended.causing.observed
    assert found.first.accuracy == 630 / 665


def test_confusions_of_one_model_alone_are_not_compared(pets, before, confused):
    found = diff(before, confused[1])
    assert found.confusions is found.direct is found.extended is None
    assert np.isnan(found.first.accuracy)
    assert found.notes == ("only 'second' has predictions: confusions are not compared",)


def test_shares_without_counts_have_no_test(pets, confused):
    matrix = confused[1].mistakes.confusion
    shares = replace(matrix, counts=matrix.counts / matrix.counts.sum(axis=1, keepdims=True))
    found = diff(confused[0], analysed(pets, PATH, confusion=shares)).confusions
    assert len(found.pairs)
    assert np.isnan(found.p_values).all()
    assert len(found.gained) == len(found.lost) == 0


def test_all_that_changed_is_listed_however_many_differ(confused, monkeypatch):
    whole = diff(*confused).confusions
    monkeypatch.setattr("semdepth.difference.confusions.MOST_DIFFERING", 1)
    short = diff(*confused).confusions
    assert short.pairs.tolist() == whole.pairs[:2].tolist()
    assert short.omitted == len(whole.pairs) - 2


@pytest.mark.parametrize("seed", range(5))
def test_small_counts_are_judged_as_scipy_judges_them(seed):
    random = np.random.default_rng(seed)
    first, second = random.integers(0, 40, (2, 60))
    first_of, second_of = random.integers(50, 400, (2, 60))
    found = rate_p_values(first, first_of, second, second_of)
    for a, n, b, m, p in zip(first, first_of, second, second_of, found, strict=True):
        binomial = scipy.stats.binom(a + b, n / (n + m))
        assert p == pytest.approx(min(1, 2 * min(binomial.cdf(a), binomial.sf(a - 1))), rel=1e-9)


def test_large_counts_are_judged_nearly_so():
    first, second = np.array([5_000, 5_200, 4_700]), np.array([5_000, 5_000, 5_200])
    of = np.full(3, 100_000)
    found = rate_p_values(first, of, second, of)
    for a, b, p in zip(first, second, found, strict=True):
        binomial = scipy.stats.binom(a + b, 0.5)
        exact = min(1, 2 * min(binomial.cdf(a), binomial.sf(a - 1)))
        assert p == pytest.approx(exact, rel=0.01)


def test_nothing_to_compare_is_no_difference():
    columns = [np.array(x) for x in ([0, 3, 0], [10, 0, 10], [0, 2, 0], [10, 10, 0])]
    assert rate_p_values(*columns).tolist() == [1, 1, 1]
    assert least_p_values(*columns).tolist() == [1, 0, 1]


def test_false_discoveries_are_those_of_scipy():
    p_values = np.random.default_rng(2).random(200) ** 3
    expected = scipy.stats.false_discovery_control(p_values)
    assert adjusted(p_values) == pytest.approx(expected)


def test_equal_models_gain_and_lose_nothing_by_chance(pets):
    random = np.random.default_rng(4)
    rates = np.full((7, 7), 0.02) + 0.86 * np.eye(7)
    false_alarms = 0
    for _ in range(20):
        pair = [np.array([random.multinomial(200, row / row.sum()) for row in rates]) for _ in "ab"]
        first, second = (
            analysed(pets, PATH, confusion=replace(counted(pets.labels, {}), counts=counts))
            for counts in pair
        )
        found = diff(first, second, permutations=1).confusions
        false_alarms += len(found.gained) + len(found.lost) > 0
    assert false_alarms <= 4


# As a value


def test_it_can_be_written_and_read(found, confused):
    for one in (found, diff(*confused)):
        text = json.dumps(one.to_dict(), allow_nan=False)
        back = Difference.from_dict(json.loads(text))
        assert back.to_dict() == one.to_dict()
        assert repr(back) == repr(one)


def test_without_similarities_it_can_be_written_too(before, after):
    bare = diff(before, replace(after, similarity=None))
    assert np.isnan(bare.spearman)
    text = json.dumps(bare.to_dict(), allow_nan=False)
    assert Difference.from_dict(json.loads(text)).to_dict() == bare.to_dict()


def test_what_is_no_difference_is_refused(found, before):
    with pytest.raises(ReadError, match="found none"):
        Difference.from_dict(before.to_dict())
    with pytest.raises(ReadError, match="expected version 1 of semdepth/difference, found 2"):
        Difference.from_dict({**found.to_dict(), "schema_version": 2})


def test_it_shows_itself(found, confused):
    assert repr(found).startswith("Difference('before' to 'after': Similarity Depth -0.33 (p = ")
    assert "1 edges gained, 1 lost" in repr(found)
    hostile = replace(found, first=replace(found.first, title="<script>"))
    assert "<script>" not in hostile._repr_html_()
    assert "confusions explained, extended" in diff(*confused)._repr_html_()
    for part in (found.edges, found.clusters, diff(*confused).confusions):
        assert part._repr_html_().startswith("<code>")
    assert not found.edges.pairs.flags.writeable
