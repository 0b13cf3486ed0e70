"""method 9: the verdict on every pair, from three facts."""

import json
import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import BIKE, BOXER, BUS, CAR, PERSIAN, POODLE, SIAMESE, counted, forest, matrix_with
from hierarchies import depth_matrix
from semdepth.clustering import Clustering, Whole
from semdepth.confusion import ConfusionMatrix
from semdepth.depth import depths_of_all_pairs
from semdepth.errors import LabelError, OptionError
from semdepth.graph import spanning_forest
from semdepth.labels import Placement
from semdepth.similarity import SimilarityMatrix
from semdepth.verdicts import ADVICE, VERDICTS, PairVerdicts, pair_verdicts

# Related from depth 2 on: the 13th to 21st of 21 pairs.
RELATED = 60.0


def depth_of(i, j):
    kinds = {POODLE: 0, BOXER: 0, SIAMESE: 1, PERSIAN: 1, CAR: 2, BUS: 2, BIKE: 2}
    if kinds[i] == kinds[j]:
        return 2 if kinds[i] == 2 else 3
    return 1 if 2 in (kinds[i], kinds[j]) else 2


# The weights put poodle, boxer and car together, the two cats, and the bus and the bike apart.
SIMILARITIES = {
    (POODLE, BOXER): 0.9,
    (BOXER, CAR): 0.7,
    (POODLE, CAR): 0.6,
    (SIAMESE, PERSIAN): 0.8,
    (POODLE, SIAMESE): 0.4,
    (PERSIAN, BIKE): 0.3,
    (CAR, BUS): 0.2,
}
COUNTS = {
    (POODLE, BOXER): 9,
    (BOXER, POODLE): 4,
    (BOXER, CAR): 3,
    (SIAMESE, POODLE): 5,
    (PERSIAN, BIKE): 2,
    (SIAMESE, PERSIAN): 1,
    (CAR, BUS): 1,
}


@pytest.fixture
def case(pets):
    """A case in which each combination of the three facts occurs."""
    labels = pets.labels
    return {
        "similarity": matrix_with(labels, SIMILARITIES),
        "structural": forest(
            labels,
            [(POODLE, BOXER), (BOXER, CAR), (SIAMESE, PERSIAN)],
            [0, 0, 1, 1, 0, 2, 3],
        ),
        "functional": forest(
            labels,
            [(POODLE, BOXER), (BOXER, CAR), (POODLE, SIAMESE), (PERSIAN, BIKE)],
            [0, 0, 0, 1, 0, 2, 1],
        ),
        "confusion": counted(labels, COUNTS),
        "placement": pets,
    }


def by_pair(found):
    return dict(zip(map(tuple, found.pairs.tolist()), found.verdicts.tolist(), strict=True))


# The table of method 9


def test_every_combination_of_the_three_facts(case):
    found = by_pair(pair_verdicts(**case, related_percentile=RELATED))
    assert found == {
        # confused, perceived, related
        (POODLE, BOXER): "understandable",
        # confused, perceived, not related
        (BOXER, CAR): "misperception",
        # confused, not perceived, related
        (POODLE, SIAMESE): "kin",
        # confused, not perceived, not related
        (PERSIAN, BIKE): "unexplained",
        # not confused, perceived, related; confused once, but no edge of the confusion graph
        (SIAMESE, PERSIAN): "latent",
        # not confused, perceived (in one cluster, though no edge), not related
        (POODLE, CAR): "latent",
        # Neither confused nor perceived, related (car and bus) or not (poodle and bus): nothing.
    }


def test_each_pair_comes_with_its_numbers(case):
    found = pair_verdicts(**case, related_percentile=RELATED)
    place = list(by_pair(found)).index((POODLE, BOXER))
    assert found.first_as_second[place] == 9
    assert found.second_as_first[place] == 4
    assert found.similarity[place] == 0.9
    assert found.depth[place] == 3
    place = list(by_pair(found)).index((POODLE, SIAMESE))
    assert (found.first_as_second[place], found.second_as_first[place]) == (0, 5)
    assert len(found) == 6
    assert found.latent_omitted == 0
    assert repr(found) == (
        "PairVerdicts(1 understandable, 1 misperception, 1 kin, 1 unexplained, 2 latent)"
    )


def test_counts_and_positions_agree(case):
    found = pair_verdicts(**case, related_percentile=RELATED)
    counts = {
        **{name: 1 for name in ("understandable", "misperception", "kin", "unexplained")},
        "latent": 2,
        "unplaced": 0,
    }
    assert found.counts() == counts
    for name in VERDICTS:
        assert len(found.of(name)) == counts[name]
        assert set(found.verdicts[found.of(name)]) <= {name}
    with pytest.raises(OptionError, match=r"expected a verdict out of understandable, .*'odd'"):
        found.of("odd")


def test_every_verdict_has_a_meaning_and_advice():
    assert list(VERDICTS) == list(ADVICE)
    assert list(VERDICTS) == "understandable misperception kin unexplained latent unplaced".split()
    assert all(VERDICTS.values())
    assert all(ADVICE.values())


# Any case, by definition


def verdict_of(confused, perceived, related):
    """SPEC 9's table."""
    return {
        (True, True, True): "understandable",
        (True, True, False): "misperception",
        (True, False, True): "kin",
        (True, False, False): "unexplained",
        (False, True, True): "latent",
        (False, True, False): "latent",
    }.get((confused, perceived, related))


@given(
    seed=st.integers(0, 100_000),
    confused_from=st.none() | st.integers(1, 8),
    perceived_from=st.none() | st.floats(0.1, 1),
    percentile=st.sampled_from([0, 30, 57, 60, 95, 100]),
)
def test_verdicts_are_their_definition(pets, seed, confused_from, perceived_from, percentile):
    random = np.random.default_rng(seed)

    def random_graph(kind):
        cells = np.triu(random.integers(0, 6, (7, 7)) / 6, k=1)
        matrix = SimilarityMatrix(kind, pets.labels, cells + cells.T + np.eye(7))
        clusters = np.unique(random.integers(0, 4, 7), return_inverse=True)[1]
        return matrix, spanning_forest(matrix, Clustering(Whole(), clusters))

    (similarity, structural), (_, functional) = (
        random_graph("structural"),
        random_graph("functional"),
    )
    counts = random.integers(0, 5, (7, 7)) + np.eye(7, dtype=np.int64)
    found = pair_verdicts(
        similarity,
        structural,
        functional,
        ConfusionMatrix(pets.labels, counts),
        pets,
        confused_from=confused_from,
        perceived_from=perceived_from,
        related_percentile=percentile,
    )
    every = list(combinations(range(7), 2))
    related_from = np.percentile([depth_of(*pair) for pair in every], percentile)
    edges = {tuple(edge) for edge in functional.edges.tolist()}
    due = {}
    for i, j in every:
        confused = (i, j) in edges
        if confused_from is not None:
            confused = counts[i, j] + counts[j, i] >= confused_from
        # Every edge lies within a cluster.
        perceived = structural.membership[i] == structural.membership[j]
        if perceived_from is not None:
            perceived = similarity.values[i, j] >= perceived_from
        verdict = verdict_of(bool(confused), bool(perceived), bool(depth_of(i, j) >= related_from))
        if verdict:
            due[i, j] = verdict
    assert by_pair(found) == due
    assert found.related_from == related_from
    assert len(found) == sum(found.counts().values()) == len(due)
    for (i, j), first, second, alike, depth in zip(
        found.pairs.tolist(),
        found.first_as_second,
        found.second_as_first,
        found.similarity,
        found.depth,
        strict=True,
    ):
        assert (first, second) == (counts[i, j], counts[j, i])
        assert (alike, depth) == (similarity.values[i, j], depth_of(i, j))


# Thresholds


def test_confused_may_be_so_many_times(case):
    found = by_pair(pair_verdicts(**case, confused_from=5, related_percentile=RELATED))
    # 9 + 4 and 0 + 5 times; the misperception and the unexplained pair fall out.
    assert {pair: name for pair, name in found.items() if name != "latent"} == {
        (POODLE, BOXER): "understandable",
        (POODLE, SIAMESE): "kin",
    }
    found = by_pair(pair_verdicts(**case, confused_from=1, related_percentile=RELATED))
    assert found[SIAMESE, PERSIAN] == "understandable"
    assert found[CAR, BUS] == "kin"


def test_both_directions_count_together(case):
    assert (POODLE, BOXER) in confused_pairs(pair_verdicts(**case, confused_from=13))
    assert (POODLE, BOXER) not in confused_pairs(pair_verdicts(**case, confused_from=14))


def confused_pairs(found):
    return {pair for pair, name in by_pair(found).items() if name != "latent"}


def test_perceived_may_be_so_similar(case):
    found = by_pair(pair_verdicts(**case, perceived_from=0.4, related_percentile=RELATED))
    assert found[POODLE, SIAMESE] == "understandable"
    assert found[PERSIAN, BIKE] == "unexplained"
    found = by_pair(pair_verdicts(**case, perceived_from=0.95, related_percentile=RELATED))
    assert found[POODLE, BOXER] == "kin"
    assert (SIAMESE, PERSIAN) not in found


def test_the_diagonal_is_never_a_pair(case):
    found = pair_verdicts(**case, perceived_from=-1.0, confused_from=0.5)
    assert set(by_pair(found)) == set(combinations(range(7), 2))


@pytest.mark.parametrize(
    ("percentile", "related_from"),
    [(0, 1), (50, 1), (60, 2), (90, 2), (95, 3), (100, 3)],
)
def test_related_is_from_a_percentile_of_all_pairs_on(case, percentile, related_from):
    found = pair_verdicts(**case, related_percentile=percentile)
    assert found.related_from == related_from
    assert (by_pair(found)[PERSIAN, BIKE] == "kin") == (related_from == 1)
    assert (by_pair(found)[POODLE, SIAMESE] == "kin") == (related_from <= 2)


def test_by_default_it_is_the_95th(case):
    assert pair_verdicts(**case).related_from == 3
    assert by_pair(pair_verdicts(**case))[POODLE, SIAMESE] == "unexplained"


def test_mini_imagenets_95th_percentile(mini, convnext):
    depths = depth_matrix(mini)[np.triu_indices(100, k=1)]
    singles = forest(mini.labels, [(0, 1)], [0, 0, *range(1, 99)])
    seen = counted(mini.labels, {(0, 1): 3})
    found = pair_verdicts(convnext, singles, singles, seen, mini)
    assert found.related_from == np.percentile(depths, 95)
    assert 0.05 <= np.mean(depths >= found.related_from) < 0.1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"confused_from": 0}, "expected confused_from above 0, found 0"),
        ({"confused_from": -2}, "expected confused_from above 0, found -2"),
        ({"confused_from": math.nan}, "expected confused_from above 0, found nan"),
        ({"related_percentile": -1}, "expected related_percentile from 0 to 100, found -1"),
        ({"related_percentile": 101}, "expected related_percentile from 0 to 100, found 101"),
        ({"related_percentile": math.nan}, "related_percentile from 0 to 100, found nan"),
        ({"lcs": "deepest"}, "expected lcs to be one of min_depth, max_depth, found 'deepest'"),
    ],
)
def test_thresholds_out_of_range_are_errors(case, options, message):
    with pytest.raises(OptionError, match=message):
        pair_verdicts(**case, **options)


def test_pair_depths_at_hand_give_the_same(case, pets):
    first = pair_verdicts(**case)
    second = pair_verdicts(**case, pair_depths=depths_of_all_pairs(pets))
    assert second.to_dict() == first.to_dict()


# Order and cap


def test_within_a_verdict_what_matters_most_comes_first(pets):
    cells = {
        (POODLE, CAR): 0.3,
        (POODLE, BUS): 0.5,
        (BOXER, CAR): 0.4,
        (BOXER, SIAMESE): 0.2,
        (PERSIAN, BUS): 0.1,
        (POODLE, BOXER): 0.9,
        (CAR, BIKE): 0.8,
    }
    counts = {
        (POODLE, CAR): 4,
        (BUS, POODLE): 4,
        (BOXER, CAR): 6,
        (CAR, BOXER): 1,
        (BOXER, SIAMESE): 4,
        (PERSIAN, BUS): 2,
    }
    labels = pets.labels
    # Perceived are poodle and boxer, car and bike; everything else is confused alone.
    structural = forest(labels, [(POODLE, BOXER), (CAR, BIKE)], [0, 0, 1, 2, 3, 4, 3])
    found = pair_verdicts(
        matrix_with(labels, cells),
        structural,
        structural,
        counted(labels, counts),
        pets,
        confused_from=1,
    )
    assert [tuple(pair) for pair in found.pairs[found.of("unexplained")].tolist()] == [
        (BOXER, CAR),  # 7 times
        (POODLE, BUS),  # 4 times, at the root, the more alike
        (POODLE, CAR),  # 4 times, at the root
        (BOXER, SIAMESE),  # 4 times, deeper
        (PERSIAN, BUS),  # 2 times
    ]
    assert [tuple(pair) for pair in found.pairs[found.of("latent")].tolist()] == [
        (POODLE, BOXER),
        (CAR, BIKE),
    ]


def test_verdicts_come_in_the_order_of_the_table(case):
    found = pair_verdicts(**case, related_percentile=RELATED)
    places = [list(VERDICTS).index(name) for name in found.verdicts.tolist()]
    assert places == sorted(places)


def test_of_too_many_latent_pairs_the_most_alike_are_kept(convnext, mini):
    whole = spanning_forest(convnext, Clustering(Whole(), np.zeros(100, dtype=np.int64)))
    confused = forest(mini.labels, [(0, 1), (2, 3)], [0, 0, 1, 1, *range(2, 98)])
    seen = counted(mini.labels, {(0, 1): 3, (3, 2): 2})
    found = pair_verdicts(convnext, whole, confused, seen, mini)
    latent = 100 * 99 // 2 - 2
    assert found.counts()["latent"] == latent
    assert len(found.of("latent")) == 10 * 100
    assert found.latent_omitted == latent - 1_000
    assert len(found) == 2 + 1_000
    others = set(combinations(range(100), 2)) - {(0, 1), (2, 3)}
    most_alike = sorted((convnext.values[pair] for pair in others), reverse=True)[:1_000]
    assert found.similarity[found.of("latent")].tolist() == most_alike


def test_permuting_the_classes_permutes_the_pairs(case, pets):
    order = np.array([6, 2, 0, 5, 1, 3, 4])
    place = np.argsort(order)
    labels = tuple(pets.labels[i] for i in order)

    def at(pairs):
        return [tuple(sorted(map(int, place[list(pair)]))) for pair in pairs]

    def by_place(cells):
        return {tuple(map(int, place[list(pair)])): value for pair, value in cells.items()}

    moved = pair_verdicts(
        matrix_with(labels, by_place(SIMILARITIES)),
        forest(
            labels,
            at(map(tuple, case["structural"].edges.tolist())),
            case["structural"].membership[order].tolist(),
        ),
        forest(
            labels,
            at(map(tuple, case["functional"].edges.tolist())),
            case["functional"].membership[order].tolist(),
        ),
        counted(labels, by_place(COUNTS)),
        Placement(pets.taxonomy, labels, pets.concepts[order], pets.reasons),
        related_percentile=RELATED,
    )
    first = pair_verdicts(**case, related_percentile=RELATED)
    due = {frozenset(pets.labels[i] for i in pair): v for pair, v in by_pair(first).items()}
    found = {frozenset(labels[i] for i in pair): v for pair, v in by_pair(moved).items()}
    assert found == due


# Unplaced classes


@pytest.fixture
def without_poodles(case, pets):
    concepts = np.where(np.arange(7) == POODLE, -1, pets.concepts)
    return {**case, "placement": replace(pets, concepts=concepts)}


def test_a_confused_pair_without_a_concept_is_unplaced(without_poodles):
    found = pair_verdicts(**without_poodles, related_percentile=RELATED)
    verdicts = by_pair(found)
    assert verdicts[POODLE, BOXER] == verdicts[POODLE, SIAMESE] == "unplaced"
    assert verdicts[POODLE, CAR] == "latent"
    assert verdicts[PERSIAN, BIKE] == "unexplained"
    unplaced = (found.pairs == POODLE).any(axis=1)
    assert np.array_equal(np.isnan(found.depth), unplaced)
    assert found.counts()["unplaced"] == 2


def test_the_percentile_is_of_placed_pairs_alone(without_poodles):
    found = pair_verdicts(**without_poodles)
    placed = [depth_of(*pair) for pair in combinations(range(1, 7), 2)]
    assert found.related_from == np.percentile(placed, 95)


def test_where_nothing_is_placed_nothing_is_judged(case, pets):
    nowhere = replace(pets, concepts=np.full(7, -1, dtype=np.int32))
    found = pair_verdicts(**{**case, "placement": nowhere})
    assert math.isnan(found.related_from)
    assert {name for name, count in found.counts().items() if count} == {"unplaced", "latent"}
    json.dumps(found.to_dict(), allow_nan=False)


# Errors, and back from JSON


@pytest.mark.parametrize("which", ["structural", "functional", "confusion", "placement"])
def test_another_order_of_classes_is_an_error(case, which):
    other = replace(case[which], labels=case[which].labels[::-1])
    with pytest.raises(LabelError, match="of the same classes in the same order"):
        pair_verdicts(**{**case, which: other})


@pytest.mark.parametrize("fixture", ["case", "without_poodles"])
def test_verdicts_come_back_from_strict_json(request, fixture):
    found = pair_verdicts(**request.getfixturevalue(fixture), related_percentile=RELATED)
    again = PairVerdicts.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))
    assert again.to_dict() == found.to_dict()
    assert by_pair(again) == by_pair(found)
    assert again.counts() == found.counts()
    assert again.related_from == found.related_from
    assert np.array_equal(np.isnan(again.depth), np.isnan(found.depth))


def test_no_pairs_at_all_come_back_too(pets):
    alone = forest(pets.labels, [], range(7))
    similarity = matrix_with(pets.labels, SIMILARITIES)
    found = pair_verdicts(similarity, alone, alone, counted(pets.labels, {}), pets)
    again = PairVerdicts.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))
    assert len(found) == len(again) == 0
    assert set(again.counts().values()) == {0}
    assert again.to_dict() == found.to_dict()


def test_verdicts_cannot_be_changed(case):
    found = pair_verdicts(**case)
    with pytest.raises(ValueError, match="read-only"):
        found.depth[0] = 1
    with pytest.raises(AttributeError):
        found.related_from = 1


def test_shares_keep_their_fractions(case, pets):
    counts = case["confusion"].counts
    shares = ConfusionMatrix(pets.labels, counts / counts.sum(axis=1, keepdims=True))
    found = pair_verdicts(**{**case, "confusion": shares}, related_percentile=RELATED)
    place = list(by_pair(found)).index((POODLE, BOXER))
    assert found.first_as_second[place] == pytest.approx(9 / (90 + 9))
    assert found.second_as_first[place] == pytest.approx(4 / (90 + 4 + 3))
