"""method 9: the stories of pairs and of classes, on a case small enough for paper."""

import json
from dataclasses import replace
from itertools import combinations, pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import BIKE, BOXER, BUS, CAR, PERSIAN, POODLE, SIAMESE, counted, forest, matrix_with
from hierarchies import depth_matrix
from semdepth.analysis import Analysis, analyze
from semdepth.clustering import Clustering, Whole
from semdepth.confusion import ConfusionMatrix
from semdepth.depth import depths_of_all_pairs
from semdepth.errors import LabelError, ReadError
from semdepth.explain import Evidence, explain_class, explain_pair, perceived_path
from semdepth.graph import spanning_forest
from semdepth.labels import label_set, place
from semdepth.similarity import SimilarityMatrix
from semdepth.verdicts import ADVICE, VERDICTS, pair_verdicts

SIMILARITIES = {
    (POODLE, BOXER): 0.9,
    (SIAMESE, PERSIAN): 0.8,
    (BOXER, CAR): 0.7,
    (POODLE, CAR): 0.6,
    (CAR, BUS): 0.5,
    (POODLE, SIAMESE): 0.4,
    (PERSIAN, BIKE): 0.4,
    (BUS, BIKE): 0.3,
}
EDGES = [(POODLE, BOXER), (BOXER, CAR), (SIAMESE, PERSIAN), (BUS, BIKE)]
CLUSTERS = [0, 0, 1, 1, 0, 2, 2]
COUNTS = {
    (POODLE, BOXER): 9,
    (BOXER, POODLE): 4,
    (BOXER, CAR): 3,
    (POODLE, CAR): 1,
    (SIAMESE, POODLE): 5,
    (BIKE, PERSIAN): 2,
}


def evidence_of(placement, *, predictions):
    similarity = matrix_with(placement.labels, SIMILARITIES)
    structural = forest(placement.labels, EDGES, CLUSTERS)
    found = Evidence(similarity, structural, placement, depths_of_all_pairs(placement))
    if not predictions:
        return found
    confusion = counted(placement.labels, COUNTS, recognised=40)
    # Confused are poodle and boxer, boxer and car, poodle and siamese, persian and bike.
    functional = forest(
        placement.labels,
        [(POODLE, BOXER), (BOXER, CAR), (POODLE, SIAMESE), (PERSIAN, BIKE)],
        [0, 0, 0, 1, 0, 2, 1],
    )
    verdicts = pair_verdicts(
        similarity, structural, functional, confusion, placement, related_percentile=60
    )
    return replace(found, confusion=confusion, verdicts=verdicts)


@pytest.fixture
def known(pets):
    """With predictions; related from depth 2 on."""
    return evidence_of(pets, predictions=True)


@pytest.fixture
def unknown(pets):
    """Without predictions."""
    return evidence_of(pets, predictions=False)


# A pair


def test_the_story_of_a_pair_on_paper(known):
    story = explain_pair(known, "poodle", "boxer")
    assert (story.first, story.second) == ("poodle", "boxer")
    assert story.similarity == 0.9
    assert (story.rank, story.of_pairs) == (1, 7 * 6 / 2)
    assert (story.subsumer, story.depth) == ("dog", 3)
    # Of 21 pairs, 19 meet higher.
    assert story.depth_percentile == pytest.approx(100 * 19 / 21)
    assert story.taxonomy_path == ("poodle", "dog", "boxer")
    assert story.perceived_path == ("poodle", "boxer")
    assert story.same_cluster
    assert (story.first_as_second, story.second_as_first) == (9, 4)
    assert (story.first_seen, story.second_seen) == (40 + 9 + 1, 40 + 4 + 3)
    assert story.verdict == "understandable"
    assert story.meaning == VERDICTS["understandable"]
    assert story.advice == ADVICE["understandable"]


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ("poodle", "boxer", "understandable"),
        ("boxer", "car", "misperception"),
        ("poodle", "siamese", "kin"),
        ("persian", "bike", "unexplained"),
        ("siamese", "persian", "latent"),
        ("poodle", "car", "latent"),
        ("car", "bus", "unremarkable"),
        ("poodle", "bus", "unremarkable"),
    ],
)
def test_every_pair_has_its_verdict_and_advice(known, first, second, verdict):
    for one, other in ((first, second), (second, first)):
        story = explain_pair(known, one, other)
        assert story.verdict == verdict
        assert story.advice == ADVICE.get(verdict, "")
        if verdict == "unremarkable":
            assert story.meaning == "neither seen as similar nor among the confusions"
        else:
            assert story.meaning == VERDICTS[verdict]


def test_the_other_way_round_the_counts_and_paths_turn(known):
    there, back = explain_pair(known, "poodle", "car"), explain_pair(known, "car", "poodle")
    assert (there.first_as_second, there.second_as_first) == (1, 0)
    assert (back.first_as_second, back.second_as_first) == (0, 1)
    assert (back.first_seen, back.second_seen) == (there.second_seen, there.first_seen)
    assert there.perceived_path == ("poodle", "boxer", "car")
    assert back.perceived_path == there.perceived_path[::-1]
    assert (there.rank, there.subsumer, there.depth) == (back.rank, back.subsumer, back.depth)


def test_both_paths_run_from_the_first_class_to_the_second(known):
    for first, second in (("poodle", "car"), ("car", "poodle")):
        story = explain_pair(known, first, second)
        assert (story.perceived_path[0], story.perceived_path[-1]) == (first, second)
        assert (story.taxonomy_path[0], story.taxonomy_path[-1]) == (first, second)


def test_pairs_in_different_trees_have_no_perceived_path(known):
    story = explain_pair(known, "poodle", "siamese")
    assert story.perceived_path is None
    assert not story.same_cluster
    assert story.taxonomy_path == ("poodle", "dog", "animal", "cat", "siamese")


@pytest.mark.parametrize(
    ("first", "second", "rank"),
    [
        ("siamese", "persian", 2),
        # Two pairs of similarity .4 share a rank: five are more alike.
        ("poodle", "siamese", 6),
        ("persian", "bike", 6),
        ("bus", "bike", 8),
        # All the others have none.
        ("boxer", "bus", 9),
    ],
)
def test_the_rank_counts_the_pairs_that_are_more_alike(known, first, second, rank):
    assert explain_pair(known, first, second).rank == rank


def test_latent_pairs_that_the_tables_leave_out_are_latent_still(convnext, mini):
    whole = spanning_forest(convnext, Clustering(Whole(), np.zeros(100, dtype=np.int64)))
    confused = forest(mini.labels, [(0, 1)], [0, 0, *range(1, 99)])
    seen = counted(mini.labels, {(0, 1): 3}, recognised=40)
    verdicts = pair_verdicts(convnext, whole, confused, seen, mini)
    assert verdicts.latent_omitted > 0
    depths = depths_of_all_pairs(mini)
    evidence = Evidence(convnext, whole, mini, depths, confusion=seen, verdicts=verdicts)
    i, j = np.argwhere(convnext.values == 0)[0]  # the least alike pair
    story = explain_pair(evidence, mini.labels[i], mini.labels[j])
    assert story.same_cluster
    assert (story.verdict, story.meaning) == ("latent", VERDICTS["latent"])


# Without predictions


def test_without_predictions_the_story_is_what_to_expect(unknown):
    story = explain_pair(unknown, "poodle", "car")
    assert story.verdict is None
    assert story.advice == ""
    counts = story.first_as_second, story.second_as_first, story.first_seen, story.second_seen
    assert counts == (None,) * 4
    assert story.meaning.startswith("seen as similar: where these weights err")
    assert explain_pair(unknown, "poodle", "siamese").meaning.startswith("not seen as similar")


def test_a_pair_more_alike_than_nearly_all_others_may_be_confused_across_clusters(convnext, mini):
    found = analyze(convnext, placement=mini, permutations=1)
    membership = found.graph.membership
    ranked = [tuple(pair) for pair in convnext.most_alike(4_950).tolist()]
    apart = [pair for pair in ranked if membership[pair[0]] != membership[pair[1]]]
    first, second = (mini.labels[i] for i in apart[0])
    assert ranked.index(apart[0]) / 4_950 < 0.01
    assert found.explain(first, second).meaning.startswith("not one cluster, yet more alike")
    middle = next(pair for pair in apart if ranked.index(pair) / 4_950 > 0.3)
    first, second = (mini.labels[i] for i in middle)
    assert found.explain(first, second).meaning.startswith("not seen as similar")


# A class


def test_the_story_of_a_class_on_paper(known):
    story = explain_class(known, "poodle", count=3)
    assert (story.label, story.concept, story.gloss) == ("poodle", "poodle", None)
    assert story.cluster == ("poodle", "boxer", "car")
    # One edge, to the boxer; others: a dog (3), two cats (2), three vehicles (1).
    assert story.local_depth == 3
    assert story.chance_depth == pytest.approx((3 + 2 + 2 + 1 + 1 + 1) / 6)
    assert story.seen == 40 + 9 + 1
    assert story.accuracy == pytest.approx(40 / 50)
    assert [near.label for near in story.perceived] == ["boxer", "car", "siamese"]
    assert [near.similarity for near in story.perceived] == [0.9, 0.6, 0.4]
    assert [near.rank for near in story.perceived] == [1, 2, 3]
    assert [near.depth for near in story.perceived] == [3, 1, 2]
    # Nearest in the taxonomy first, among equals the more alike.
    assert [near.label for near in story.semantic] == ["boxer", "siamese", "persian"]
    assert [near.rank for near in story.semantic][:2] == [1, 3]
    assert [near.depth for near in story.semantic] == [3, 2, 2]
    # Taken for it, mistaken for this: boxer 9 + 4, siamese 0 + 5, car 1 + 0.
    assert [(near.label, near.taken_for_it, near.mistaken_for_this) for near in story.confused] == [
        ("boxer", 9, 4),
        ("siamese", 0, 5),
        ("car", 1, 0),
    ]


def test_as_many_neighbours_as_asked_for(known):
    story = explain_class(known, "poodle", count=1)
    assert [len(near) for near in (story.perceived, story.semantic, story.confused)] == [1, 1, 1]
    story = explain_class(known, "poodle", count=50)
    assert [len(near) for near in (story.perceived, story.semantic, story.confused)] == [6, 6, 3]
    assert len(explain_class(known, "poodle").perceived) == 6


def test_the_local_depth_is_the_mean_over_the_classs_edges(known):
    # The boxer's edges go to the poodle (3) and to the car (1).
    assert explain_class(known, "boxer").local_depth == (3 + 1) / 2


def test_a_class_without_an_edge_has_no_local_depth(pets):
    evidence = evidence_of(pets, predictions=False)
    alone = forest(pets.labels, EDGES[:2], [0, 0, 1, 2, 0, 3, 4])
    story = explain_class(replace(evidence, structural=alone), "siamese")
    assert story.local_depth is None
    assert story.cluster == ("siamese",)


def test_a_class_without_predictions(unknown):
    story = explain_class(unknown, "poodle")
    assert (story.accuracy, story.seen, story.confused) == (None, None, ())
    assert {near.taken_for_it for near in story.perceived} == {None}
    assert {near.mistaken_for_this for near in story.semantic} == {None}


def test_a_class_that_is_never_mixed_up(known):
    story = explain_class(known, "bus")
    assert story.confused == ()
    assert (story.accuracy, story.seen) == (1, 40)


# Unplaced classes


@pytest.fixture
def without_boxers(pets):
    concepts = np.where(np.arange(7) == BOXER, -1, pets.concepts)
    return evidence_of(replace(pets, concepts=concepts), predictions=True)


def test_a_pair_without_a_concept_has_no_kinship(without_boxers):
    story = explain_pair(without_boxers, "poodle", "boxer")
    kinship = story.subsumer, story.depth, story.depth_percentile, story.taxonomy_path
    assert kinship == (None,) * 4
    assert story.verdict == "unplaced"
    assert story.perceived_path == ("poodle", "boxer")
    other = explain_pair(without_boxers, "siamese", "persian")
    # Of the 15 pairs of six placed classes, one meets as deep.
    assert other.depth_percentile == pytest.approx(100 * 14 / 15)


def test_a_class_without_a_concept_has_no_kin(without_boxers):
    story = explain_class(without_boxers, "boxer")
    assert (story.concept, story.gloss, story.semantic) == (None, None, ())
    assert (story.local_depth, story.chance_depth) == (None, None)
    assert [near.depth for near in story.perceived] == [None] * 6
    other = explain_class(without_boxers, "poodle")
    assert "boxer" not in [near.label for near in other.semantic]
    assert other.local_depth is None  # its only edge goes to the boxer
    assert other.chance_depth == pytest.approx((2 + 2 + 1 + 1 + 1) / 5)


# Names


@pytest.fixture(scope="module")
def fish():
    """Real concepts under names that need finding."""
    labels = ("Tench", "great_white-shark", "tiger shark", "gizmo 3000", "scuba diver")
    ids = ("n01440764", "n01484850", "n01491361", None, "n10565667")
    placement = place(labels, ids)
    random = np.random.default_rng(0)
    cells = {pair: random.random() for pair in combinations(range(5), 2)}
    structural = forest(labels, [(0, 1), (1, 2)], [0, 0, 0, 1, 2])
    depths = depths_of_all_pairs(placement)
    return Evidence(matrix_with(labels, cells), structural, placement, depths)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Tench", "Tench"),
        ("tench", "Tench"),
        ("n01440764", "Tench"),
        ("tench.n.01", "Tench"),
        ("great_white-shark", "great_white-shark"),
        ("Great White Shark", "great_white-shark"),
        ("great-white_shark", "great_white-shark"),
        ("  great   white shark ", "great_white-shark"),
        ("great_white_shark.n.01", "great_white-shark"),
        ("TIGER_SHARK", "tiger shark"),
        ("gizmo_3000", "gizmo 3000"),
    ],
)
def test_a_class_is_found_by_label_id_concept_or_folded_spelling(fish, name, label):
    assert fish.similarity.labels[fish.find(name)] == label
    assert explain_class(fish, name).label == label
    other = "scuba diver"
    assert explain_pair(fish, name, other).first == explain_pair(fish, other, name).second == label


def test_an_exact_label_goes_before_a_folded_one():
    labels = ("crane", "Crane", "CRANE")
    placement = place(labels, ("n02012849", "n03126707", "n01440764"))
    structural = forest(labels, [(0, 1)], [0, 0, 1])
    evidence = Evidence(
        matrix_with(labels, {(0, 1): 0.5}), structural, placement, depths_of_all_pairs(placement)
    )
    assert [evidence.find(label) for label in labels] == [0, 1, 2]
    assert evidence.find("n03126707") == 1


@pytest.mark.parametrize("name", ["n02084071", "dog.n.01"])
def test_a_concept_of_two_classes_names_neither(name):
    labels = ("domestic dog", "a dog", "tench")
    placement = place(labels, ("n02084071", "n02084071", "n01440764"))
    structural = forest(labels, [(0, 1)], [0, 0, 1])
    evidence = Evidence(
        matrix_with(labels, {(0, 1): 0.5}), structural, placement, depths_of_all_pairs(placement)
    )
    assert evidence.find("a dog") == 1
    with pytest.raises(LabelError, match=r"'domestic dog'.*'a dog'"):
        evidence.find(name)


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("tensh", "Tench"), ("tiger sharck", "tiger shark"), ("white shark", "great_white-shark")],
)
def test_an_unknown_class_suggests_near_ones(fish, name, suggestion):
    with pytest.raises(LabelError, match=f"found '{name}'; did you mean .*{suggestion}"):
        explain_pair(fish, "tench", name)
    with pytest.raises(LabelError, match="expected a class of this model"):
        explain_class(fish, name)


def test_a_class_unlike_any_is_told_where_to_look(fish):
    with pytest.raises(LabelError, match=r"found 'zzz'; .*classes\.csv"):
        explain_class(fish, "zzz")


@pytest.mark.parametrize("second", ["Tench", "n01440764", "TENCH", "tench.n.01"])
def test_the_same_class_twice_is_an_error(fish, second):
    with pytest.raises(LabelError, match="expected two different classes, found 'Tench' twice"):
        explain_pair(fish, "tench", second)


def test_wordnet_has_a_definition_for_the_subsumer(fish):
    story = explain_pair(fish, "great white shark", "tiger shark")
    assert story.subsumer == "shark.n.01"
    assert story.subsumer_gloss.startswith("any of numerous elongate")
    assert ";" not in story.subsumer_gloss
    assert story.taxonomy_path[0] == "great_white_shark.n.01"
    assert "shark.n.01" in story.taxonomy_path
    assert explain_class(fish, "scuba diver").concept == "scuba_diver.n.01"


# Any forest


@given(n=st.integers(2, 12), seed=st.integers(0, 100_000))
def test_perceived_paths_are_the_forests_own(n, seed):
    random = np.random.default_rng(seed)
    cells = np.triu(random.integers(0, 4, (n, n)) / 4, k=1)
    labels = tuple(f"c{i}" for i in range(n))
    matrix = SimilarityMatrix("structural", labels, cells + cells.T + np.eye(n))
    clusters = np.unique(random.integers(0, 3, n), return_inverse=True)[1]
    graph = spanning_forest(matrix, Clustering(Whole(), clusters))
    edges = {frozenset((labels[i], labels[j])) for i, j in graph.edges}
    network = nx.Graph()
    network.add_nodes_from(range(n))
    network.add_edges_from(graph.edges.tolist())
    for i, j in combinations(range(n), 2):
        path = perceived_path(graph, i, j)
        if not nx.has_path(network, i, j):
            assert path is None
            continue
        assert (path[0], path[-1]) == (labels[i], labels[j])
        assert len(set(path)) == len(path) == nx.shortest_path_length(network, i, j) + 1
        assert all(frozenset(step) in edges for step in pairwise(path))
        assert perceived_path(graph, j, i) == path[::-1]
    assert perceived_path(graph, 0, 0) == (labels[0],)


# A real network, and JSON


@pytest.fixture(scope="module")
def real(convnext, mini, golden):
    shares = golden("confusion_real_ConvNeXt_mini100")["confusion_row_normalised"]
    seen = ConfusionMatrix(mini.labels, shares)
    return analyze(convnext, placement=mini, confusion=seen, permutations=1)


def test_every_pair_of_the_tables_has_the_same_verdict_in_its_story(real):
    verdicts = real.mistakes.verdicts
    for place_, (i, j) in list(enumerate(verdicts.pairs.tolist()))[::20]:
        story = real.explain(verdicts.labels[i], verdicts.labels[j])
        assert story.verdict == verdicts.verdicts[place_]
        assert story.depth == verdicts.depth[place_]
        assert story.similarity == verdicts.similarity[place_]
        assert story.first_as_second == verdicts.first_as_second[place_]
        assert story.second_as_first == verdicts.second_as_first[place_]


def test_ranks_are_those_of_the_most_alike_pairs(real):
    for rank, pair in enumerate(real.alike[:10], start=1):
        story = real.explain(pair.first, pair.second)
        assert (story.rank, story.depth) == (rank, pair.depth)
        assert (story.subsumer, story.same_cluster) == (pair.subsumer_name, pair.same_cluster)


def test_local_depths_are_those_of_the_analysis(real):
    for placed in real.classes[::10]:
        story = real.explain(placed.label)
        assert story.local_depth == pytest.approx(placed.depth)
        assert story.concept == placed.concept
        assert set(story.cluster) == {
            other.label for other in real.classes if other.cluster == placed.cluster
        }


def test_the_subsumers_rule_reaches_the_stories(convnext, mini):
    depths = depth_matrix(mini).astype(int), depth_matrix(mini, lcs="max_depth")
    i, j = np.argwhere(depths[0] < depths[1])[0]
    found = analyze(convnext, placement=mini, lcs="max_depth", permutations=1)
    assert found.explain(mini.labels[i], mini.labels[j]).depth == depths[1][i, j]


def test_a_class_that_was_left_out_is_no_class_of_the_story():
    known_set = label_set("cifar-10")
    placement = place(known_set.labels, known_set.ids)
    random = np.random.default_rng(0)
    cells = {pair: random.random() for pair in combinations(range(10), 2)}
    counts = random.integers(0, 5, (10, 10)) + 9 * np.eye(10, dtype=np.int64)
    counts[3] = 0
    seen = ConfusionMatrix(known_set.labels, counts)
    found = analyze(
        matrix_with(known_set.labels, cells),
        placement=placement,
        confusion=seen,
        unseen="leave_out",
        permutations=1,
    )
    assert found.explain("dog", "deer").of_pairs == 9 * 8 / 2
    with pytest.raises(LabelError, match="found 'cat'"):
        found.explain("cat")


@pytest.mark.parametrize("fixture", ["known", "unknown", "without_boxers"])
def test_stories_are_strict_json(request, fixture):
    evidence = request.getfixturevalue(fixture)
    labels = evidence.similarity.labels
    for first, second in combinations(labels, 2):
        data = explain_pair(evidence, first, second).to_dict()
        again = json.loads(json.dumps(data, allow_nan=False))
        assert (again["first"], again["second"], again["verdict"]) == (
            first,
            second,
            data["verdict"],
        )
    for label in labels:
        data = explain_class(evidence, label).to_dict()
        again = json.loads(json.dumps(data, allow_nan=False))
        assert [near["label"] for near in again["perceived"]] == [
            near["label"] for near in data["perceived"]
        ]


def test_an_analysis_from_a_file_has_no_similarities_to_tell_from(real):
    again = Analysis.from_dict(json.loads(json.dumps(real.to_dict(), allow_nan=False)))
    with pytest.raises(ReadError, match="expected an analysis with its similarities"):
        again.explain("dog")


def test_a_story_cannot_be_changed(known):
    with pytest.raises(AttributeError):
        explain_pair(known, "poodle", "boxer").rank = 2
