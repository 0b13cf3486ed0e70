"""The report's data against the analysis it shows, the one file it comes in, and the command."""

import base64
import dataclasses
import gzip
import hashlib
import html
import io
import json
import os
import re
import sys
import zlib
from html.parser import HTMLParser
from itertools import combinations
from urllib.parse import parse_qs, unquote

import networkx
import numpy as np
import pytest
import scipy.cluster.hierarchy
import scipy.spatial.distance
import scipy.stats
import sklearn.metrics
from PIL import Image

from builders import (
    BIKE,
    BOXER,
    CAR,
    ODD_NAMES,
    PERSIAN,
    POODLE,
    SIAMESE,
    counted,
    fails,
    matrix_with,
)
from semdepth import ClassifierHead, ConfusionMatrix, Report, Whole, analyze, place, write_report
from semdepth.errors import (
    DamagedFile,
    LabelError,
    MissingExtra,
    OptionError,
    ReadError,
    WriteError,
)
from semdepth.labels import Placement
from semdepth.oddities import ContextPair, OddClass
from semdepth.reading.analyses import read_analysis
from semdepth.similarity import structural_similarity
from semdepth.writing.report import images as images_module
from semdepth.writing.report import page as page_module
from semdepth.writing.report.images import class_images
from semdepth.writing.report.page import html_page
from semdepth.writing.report.view import difference, headlines, layers, matrix, view
from semdepth.writing.results import write_analysis

HOSTILE = (
    "</script><img src=x onerror=alert(1)>",
    *ODD_NAMES,
    "$title ${data} {{x}}",
    "n" * 300,
    "a~b %41 #+&=?",
)


def likeness(labels, seed, *, toward=None):
    """Random templates' similarities; ``toward`` (n, d) is added to pull kin together."""
    templates = np.random.default_rng(seed).normal(size=(len(labels), 8))
    if toward is not None:
        templates[:, : toward.shape[1]] += toward
    return structural_similarity(ClassifierHead(tuple(labels), templates, "fc"))


@pytest.fixture(scope="module")
def birds_and_beasts():
    """Thirty WordNet classes, one of them unplaced, with predictions."""
    names = (
        "robin jay magpie eagle vulture owl tench goldfish stingray hammerhead tiger lion "
        "leopard cheetah poodle beagle collie husky hammer wrench screwdriver saw truck ambulance "
        "taxi tractor guitar violin cello"
    ).split()
    labels = ("gizmo 3000", *names)
    kinds = np.zeros((30, 4))
    kinds[:10, 0] = kinds[10:18, 1] = kinds[18:26, 2] = kinds[26:, 3] = 2.5
    random = np.random.default_rng(1)
    counts = np.diag(random.integers(60, 90, 30))
    for i, j in random.integers(0, 30, size=(90, 2)):
        counts[i, j] += 3
    for i, j in combinations(range(10), 2):
        counts[i, j] += random.integers(0, 6)
    confusion = ConfusionMatrix(labels, counts)
    return analyze(
        likeness(labels, 2, toward=kinds),
        placement=place(labels),
        confusion=confusion,
        permutations=99,
        title="birds and beasts",
    )


@pytest.fixture(scope="module")
def shown(birds_and_beasts):
    return view([birds_and_beasts])["models"][0]


@pytest.fixture
def petty(pets):
    """The seven pets, with predictions."""
    confusion = counted(pets.labels, {(POODLE, BOXER): 8, (SIAMESE, CAR): 5, (PERSIAN, CAR): 1})
    similarity = likeness(pets.labels, 4)
    return analyze(similarity, placement=pets, confusion=confusion, permutations=49, title="pets")


def columns_of(table):
    return {name: column for name, column in table.items() if isinstance(column, list)}


# The view


def test_the_view_is_json_without_undefined_numbers(birds_and_beasts):
    text = json.dumps(view([birds_and_beasts] * 2), allow_nan=False)
    assert json.loads(text)["schema"] == "semdepth/report"


@pytest.mark.parametrize(
    "table", "classes clusters perceived confused semantic odd context hierarchy".split()
)
def test_a_tables_columns_are_equally_long(shown, table):
    lengths = {name: len(column) for name, column in columns_of(shown[table]).items()}
    assert len(set(lengths.values())) == 1, lengths
    assert lengths


def test_scores_are_the_analysiss(birds_and_beasts, shown):
    scores, mistakes = shown["scores"], birds_and_beasts.mistakes
    assert scores["depth"]["observed"] == pytest.approx(birds_and_beasts.depth.mean, rel=1e-5)
    assert scores["depth"]["ceiling"] == pytest.approx(birds_and_beasts.chance.ceiling, rel=1e-5)
    assert scores["depth"]["mean_wu_palmer"] == pytest.approx(
        birds_and_beasts.depth.mean_wu_palmer, abs=5e-5
    )
    for name in ("direct", "extended"):
        found, judged = scores[name], getattr(mistakes, name)
        assert found["causing"]["observed"] == pytest.approx(judged.causing.observed, rel=1e-5)
        assert found["common"] / found["perceived"] == pytest.approx(judged.causing.observed)
        assert found["explained_count"] / found["confused"] == pytest.approx(
            judged.explained.observed
        )
    counts = mistakes.confusion.counts
    assert scores["accuracy"] == pytest.approx(np.trace(counts) / counts.sum(), abs=5e-5)
    assert scores["samples"] == counts.sum()


def test_the_depth_histogram_counts_edges_and_shares_of_pairs(birds_and_beasts, shown):
    found = shown["depth_histogram"]
    depths = birds_and_beasts.depth.depths.tolist()
    assert found["edges"] == [depths.count(d) for d in range(len(found["edges"]))]
    assert sum(found["pairs"]) == pytest.approx(1, abs=1e-4)
    mean = sum(depth * share for depth, share in enumerate(found["pairs"]))
    assert mean == pytest.approx(birds_and_beasts.chance.null_mean, abs=1e-3)


def test_nearest_classes_are_those_of_the_greatest_similarity(birds_and_beasts, shown):
    values = birds_and_beasts.similarity.values
    for i, (near, alike) in enumerate(
        zip(shown["classes"]["nearest"], shown["classes"]["nearest_similarity"], strict=True)
    ):
        order = [j for j in np.argsort(-values[i], kind="stable").tolist() if j != i]
        assert near == order[:10]
        assert alike == pytest.approx(values[i, near], abs=5e-5)


def test_kin_are_the_nearest_in_the_taxonomy(birds_and_beasts, shown):
    placement, values = birds_and_beasts.placement, birds_and_beasts.similarity.values
    taxonomy, concepts = placement.taxonomy, placement.concepts.tolist()
    unplaced = birds_and_beasts.graph.labels.index("gizmo 3000")
    assert shown["classes"]["kin"][unplaced] == []
    assert shown["classes"]["chance_depth"][unplaced] is None
    for i in (1, 7, 20):
        depths = {
            j: taxonomy.depth(
                taxonomy.lowest_common_subsumer(concepts[min(i, j)], concepts[max(i, j)])
            )
            for j in range(30)
            if j != i and concepts[j] >= 0
        }
        order = sorted(depths, key=lambda j: (-depths[j], -values[i, j]))
        assert shown["classes"]["kin"][i] == order[:10]
        assert shown["classes"]["kin_depth"][i] == [depths[j] for j in order[:10]]
        assert shown["classes"]["chance_depth"][i] == pytest.approx(
            np.mean(list(depths.values())), abs=5e-5
        )


def test_kinship_outweighs_any_likeness(pets):
    seen = matrix_with(pets.labels, {(POODLE, PERSIAN): 1.0, (POODLE, SIAMESE): 0.5})
    analysis = analyze(seen, placement=pets, clusterer=Whole(), permutations=9)
    kin = view([analysis])["models"][0]["classes"]["kin"]
    # The cats meet at depth 3, a cat and a dog at 2.
    assert kin[PERSIAN][:3] == [SIAMESE, POODLE, BOXER]


def test_equal_cells_go_by_number():
    from semdepth.writing.report.view.classes import _greatest

    row = np.array([0.5, 0.9, 0.5, 0.5, 0.1])
    assert _greatest(row.copy(), 1, 2).tolist() == [0, 2]
    assert _greatest(row.copy(), 0, 99).tolist() == [1, 2, 3, 4]
    assert _greatest(np.array([1.0]), 0, 3).tolist() == []


def test_a_class_has_its_accuracy_and_samples(birds_and_beasts, shown):
    counts = birds_and_beasts.mistakes.confusion.counts
    assert shown["classes"]["seen"] == counts.sum(axis=1).tolist()
    assert shown["classes"]["accuracy"][3] == pytest.approx(
        counts[3, 3] / counts[3].sum(), abs=5e-5
    )


def test_clusters_stand_at_their_numbers(birds_and_beasts, shown):
    membership = birds_and_beasts.graph.membership.tolist()
    clusters, hierarchy = shown["clusters"], shown["hierarchy"]
    assert shown["classes"]["cluster"] == membership
    assert clusters["size"] == [membership.count(k) for k in range(max(membership) + 1)]
    by_number = {cluster.number: cluster for cluster in birds_and_beasts.clusters}
    for number, concept in enumerate(clusters["concept"]):
        name = by_number[number].subsumer_name
        assert (concept is None) == (name is None)
        assert concept is None or hierarchy["name"][concept] == name


def test_perceived_edges_are_the_forests(birds_and_beasts, shown):
    graph, placement = birds_and_beasts.graph, birds_and_beasts.placement
    table, hierarchy = shown["perceived"], shown["hierarchy"]
    assert list(zip(table["a"], table["b"], strict=True)) == list(map(tuple, graph.edges.tolist()))
    assert table["similarity"] == pytest.approx(graph.weights, abs=5e-5)
    unplaced = graph.labels.index("gizmo 3000")
    assert any(unplaced in edge for edge in graph.edges.tolist())
    for k, (a, b) in enumerate(graph.edges.tolist()):
        if unplaced in (a, b):
            assert table["depth"][k] is table["subsumer"][k] is table["wu_palmer"][k] is None
        else:
            met = placement.taxonomy.lowest_common_subsumer(*placement.concepts[[a, b]].tolist())
            assert hierarchy["id"][table["subsumer"][k]] == placement.taxonomy.ids[met]
            assert table["depth"][k] == placement.taxonomy.depth(met)


def test_every_confused_pair_is_listed_most_often_first(birds_and_beasts, shown):
    confusion, table = birds_and_beasts.mistakes.confusion.counts, shown["confused"]
    expected = {
        (a, b): (confusion[a, b], confusion[b, a])
        for a, b in combinations(range(30), 2)
        if confusion[a, b] + confusion[b, a]
    }
    rows = zip(table["a"], table["b"], table["a_as_b"], table["b_as_a"], strict=True)
    assert {(a, b): (x, y) for a, b, x, y in rows} == expected
    both = [x + y for x, y in zip(table["a_as_b"], table["b_as_a"], strict=True)]
    assert both == sorted(both, reverse=True)
    edges = set(map(tuple, birds_and_beasts.mistakes.graph.edges.tolist()))
    marked = zip(table["a"], table["b"], table["in_forest"], strict=True)
    assert {(a, b) for a, b, in_forest in marked if in_forest} == edges
    values = birds_and_beasts.similarity.values
    assert table["similarity"] == pytest.approx(values[table["a"], table["b"]], abs=5e-5)
    assert table["omitted"] == 0


def test_of_very_many_confused_pairs_the_most_frequent_stay(birds_and_beasts, shown, monkeypatch):
    monkeypatch.setattr(layers, "MOST_CONFUSED", 5)
    table = layers.confused_view(birds_and_beasts)
    assert table["a"] == shown["confused"]["a"][:5]
    assert table["omitted"] == len(shown["confused"]["a"]) - 5


def test_the_semantic_layer_is_a_maximum_spanning_tree_of_wu_palmer(birds_and_beasts, shown):
    from semdepth import semantic_similarity

    labels = [x for x in birds_and_beasts.graph.labels if x != "gizmo 3000"]
    wup = semantic_similarity(birds_and_beasts.placement.select(labels), "wup")
    complete = networkx.Graph()
    for a, b in combinations(range(len(labels)), 2):
        complete.add_edge(labels[a], labels[b], weight=wup.values[a, b])
    best = networkx.maximum_spanning_tree(complete).size(weight="weight")
    names = birds_and_beasts.graph.labels
    table = shown["semantic"]
    tree = networkx.Graph(
        [(names[a], names[b]) for a, b in zip(table["a"], table["b"], strict=True)]
    )
    assert networkx.is_tree(tree)
    assert set(tree) == set(labels)
    assert sum(table["similarity"]) == pytest.approx(best, abs=5e-5 * len(labels))


def test_verdicts_keep_their_order_and_words(birds_and_beasts, shown):
    found, table = birds_and_beasts.mistakes.verdicts, shown["verdicts"]
    assert [table["names"][k] for k in table["verdict"]] == found.verdicts.tolist()
    assert dict(zip(table["names"], table["counts"], strict=True)) == found.counts()
    assert table["a_as_b"] == found.first_as_second.tolist()
    assert [d is None for d in table["depth"]] == np.isnan(found.depth).tolist()
    assert len(table["meaning"]) == len(table["advice"]) == len(table["names"])


def test_odd_classes_and_context_pairs_name_their_classes(birds_and_beasts, shown):
    labels = birds_and_beasts.graph.labels
    assert [labels[i] for i in shown["odd"]["class"]] == [o.label for o in birds_and_beasts.odd]
    first = birds_and_beasts.odd[0]
    assert [labels[i] for i in shown["odd"]["neighbours"][0]] == list(first.neighbours)
    assert shown["odd"]["normalised"][0] == pytest.approx(first.normalised, abs=5e-5)
    pairs = zip(shown["context"]["a"], shown["context"]["b"], strict=True)
    assert [(labels[a], labels[b]) for a, b in pairs] == [
        (pair.first, pair.second) for pair in birds_and_beasts.context
    ]


def test_the_hierarchy_has_every_concept_above_a_class_parents_first(birds_and_beasts, shown):
    taxonomy = birds_and_beasts.placement.taxonomy
    concepts = birds_and_beasts.placement.concepts
    table = shown["hierarchy"]
    above = {
        taxonomy.ids[c] for own in concepts[concepts >= 0].tolist() for c in taxonomy._ways_up(own)
    }
    assert set(table["id"]) == above
    assert len(table["id"]) == len(above)
    for place_of, (parent, parents) in enumerate(
        zip(table["parent"], table["parents"], strict=True)
    ):
        assert all(p < place_of for p in parents)
        assert parent in parents or (parent == -1 and not parents)
        concept = taxonomy.index(table["id"][place_of])
        assert table["depth"][place_of] == taxonomy.depth(concept)
        expected = [taxonomy.ids[p] for p in taxonomy.parents_of(concept).tolist()]
        assert [table["id"][p] for p in parents] == expected
        steps, at = 0, place_of
        while table["parent"][at] >= 0:
            steps, at = steps + 1, table["parent"][at]
        assert steps == taxonomy.min_depth[concept]


def test_wordnets_concepts_have_their_first_definition_others_none(shown, petty):
    table = shown["hierarchy"]
    animal = table["name"].index("animal.n.01")
    assert table["gloss"][animal] == "a living organism characterized by voluntary movement"
    assert table["word"][animal] == "animal"
    own = view([petty])["models"][0]["hierarchy"]
    assert set(own["gloss"]) == {None}
    assert own["name"][0] == "thing"


def test_classes_stand_under_their_concepts(petty):
    model = view([petty])["models"][0]
    names = model["hierarchy"]["name"]
    assert [names[c] for c in model["classes"]["concept"]] == list(petty.graph.labels)


def test_the_own_hierarchy_is_scipys_average_linkage(birds_and_beasts, shown):
    distances = 1 - birds_and_beasts.similarity.values
    np.fill_diagonal(distances, 0)
    oracle = scipy.cluster.hierarchy.linkage(
        scipy.spatial.distance.squareform(distances, checks=False), "average"
    )
    assert shown["own_hierarchy"]["heights"] == pytest.approx(oracle[:, 2], abs=5e-5)
    merges = [sorted(pair) for pair in shown["own_hierarchy"]["merges"]]
    assert merges == [sorted(map(int, pair)) for pair in oracle[:, :2]]


def decoded(table):
    """The matrix that the cells stand for, symmetric, in display order."""
    m = table["size"]
    cells = np.frombuffer(base64.b64decode(table["cells"]), np.uint8).astype(float)
    square = np.zeros((m, m))
    square[np.triu_indices(m)] = table["low"] + cells / 255 * (table["high"] - table["low"])
    return np.maximum(square, square.T)


def test_the_matrix_is_the_similarities_to_half_a_step(birds_and_beasts, shown):
    table = shown["matrix"]
    order = table["order"]
    assert sorted(order) == list(range(30))
    values = birds_and_beasts.similarity.values[np.ix_(order, order)]
    step = (table["high"] - table["low"]) / 255
    assert np.abs(decoded(table) - values).max() <= step / 2 + 1e-12
    membership = birds_and_beasts.graph.membership[order]
    assert np.count_nonzero(np.diff(membership)) == membership.max()


def test_above_so_many_classes_the_matrix_is_means_of_blocks(birds_and_beasts, monkeypatch):
    monkeypatch.setattr(matrix, "WHOLE_UP_TO", 20)
    monkeypatch.setattr(matrix, "BLOCKS", 7)
    table = matrix.matrix_view(birds_and_beasts)
    values = birds_and_beasts.similarity.values
    blocks = [table["order"][k * 30 // 7 : (k + 1) * 30 // 7] for k in range(7)]
    expected = np.array([[values[np.ix_(a, b)].mean() for b in blocks] for a in blocks])
    step = (table["high"] - table["low"]) / 255
    assert table["size"] == 7
    assert np.abs(decoded(table) - expected).max() <= step / 2 + 1e-12


def test_what_an_analysis_does_not_hold_is_null(birds_and_beasts):
    bare = dataclasses.replace(birds_and_beasts, similarity=None, placement=None, mistakes=None)
    model = view([bare])["models"][0]
    absent = "confused semantic verdicts hierarchy own_hierarchy matrix".split()
    assert [name for name in absent if model[name] is not None] == []
    classes = "nearest nearest_similarity kin kin_depth accuracy seen image".split()
    assert [name for name in classes if model["classes"][name] is not None] == []
    assert set(model["classes"]["concept"]) == {None}
    assert model["scores"]["direct"] is None
    assert set(model["perceived"]["subsumer"]) == {None}
    assert html_page(view([bare]))


def test_classes_that_nothing_places_make_a_report():
    labels = ("gizmo 1", "gizmo 2", "gizmo 3", "gizmo 4")
    analysis = analyze(likeness(labels, 0), placement=place(labels))
    model = view([analysis])["models"][0]
    assert model["hierarchy"] is model["semantic"] is None
    assert model["scores"]["depth"]["observed"] is None
    assert model["headlines"] == []
    assert "undefined" in html_page(view([analysis]))


def test_classes_of_one_concept_have_no_semantic_layer(pets):
    same = Placement(pets.taxonomy, pets.labels, np.full(7, pets.concepts[0]), pets.reasons)
    analysis = analyze(likeness(pets.labels, 0), placement=same, permutations=9)
    assert view([analysis])["models"][0]["semantic"] is None


# Headlines


def told(analysis):
    return {h["kind"]: h for h in view([analysis])["models"][0]["headlines"]}


def with_depth_chance(analysis, p_value):
    chance = dataclasses.replace(analysis.chance, p_value=p_value)
    return dataclasses.replace(analysis, chance=chance)


def test_a_depth_like_chance_is_said_to_be_so_and_first(petty):
    by_chance = view([with_depth_chance(petty, 0.31)])["models"][0]["headlines"][0]
    assert by_chance["kind"] == "depth"
    assert "p = 0.31" in by_chance["text"]
    assert "cannot be told apart" in by_chance["text"]
    clear = told(dataclasses.replace(with_depth_chance(petty, 0.001), mistakes=None))
    assert "alike in kind" in clear["depth"]["text"]
    assert f"{petty.chance.null_mean:.2f}" in clear["depth"]["text"]


def with_explained(analysis, **fields):
    chance = dataclasses.replace(analysis.mistakes.direct.explained, **fields)
    direct = dataclasses.replace(analysis.mistakes.direct, explained=chance)
    mistakes = dataclasses.replace(analysis.mistakes, direct=direct)
    return dataclasses.replace(analysis, mistakes=mistakes)


def test_explained_confusions_stand_beside_chance(petty):
    clear = told(with_explained(petty, observed=0.47, null_mean=0.018, p_value=0.001))
    assert (
        "47% are explained by perceived likeness; chance would explain 1.8%"
        in (clear["explained"]["text"])
    )
    unclear = told(with_explained(petty, observed=0.2, null_mean=0.15, p_value=0.4))
    assert "p = 0.4" in unclear["explained"]["text"]
    assert "cannot be told apart" in unclear["explained"]["text"]
    undefined = told(with_explained(petty, p_value=float("nan")))
    assert "explained" not in undefined


def test_the_most_confused_pair_is_told_with_its_counts_and_verdict(petty):
    found = told(petty)
    verdicts = petty.mistakes.verdicts
    kinds = dict(zip(map(tuple, verdicts.pairs.tolist()), verdicts.verdicts.tolist(), strict=True))
    texts = " ".join(h["text"] for h in found.values())
    # 14 errors over 21 pairs: two thirds of one a pair.
    assert "“poodle” and “boxer”" in texts
    assert "8 times in 188 samples (0.67 if errors spread evenly)" in texts
    assert kinds[POODLE, BOXER] in ("understandable", "kin")


def test_confusions_that_luck_explains_are_not_told(pets):
    # Three of nine fall on one of 21 pairs once in a hundred times; on any of them, once in five.
    few = counted(pets.labels, {(i, (i + 1) % 7): 1 for i in range(6)} | {(BIKE, POODLE): 3})
    analysis = analyze(likeness(pets.labels, 4), placement=pets, confusion=few, permutations=9)
    assert not {"confused", "misperception", "unexplained", "kin"} & told(analysis).keys()


@pytest.mark.parametrize(
    ("least", "mean"), [(1, 0.02), (8, 0.67), (30, 12.5), (47, 18.4), (3, 3.5)]
)
def test_the_tail_of_poissons_law(least, mean):
    expected = 1.0 if least <= mean else scipy.stats.poisson.sf(least - 1, mean)
    assert headlines.poisson_tail(least, mean) == pytest.approx(expected, rel=1e-9)


def test_what_the_best_of_many_normals_reaches_is_luck():
    random = np.random.default_rng(0)
    greatest = random.standard_normal((200, 5_000)).max(axis=1)
    assert np.mean([headlines.beyond_luck(z, 5_000) for z in greatest]) <= 0.05
    assert headlines.beyond_luck(7.0, 5_000)


def test_odd_classes_are_told_only_of_a_model_that_sees_kinds(birds_and_beasts):
    odd = OddClass("robin", ("hammer", "wrench", "saw"), 3.0, 5.0, 9.0)
    strange = dataclasses.replace(birds_and_beasts, odd=(odd,))
    text = told(with_depth_chance(strange, 0.001))["odd"]["text"]
    assert text.startswith(
        "“robin” is seen among “hammer”, “wrench” and “saw”, not among its kin ("
    )
    assert "depth 3.0, random classes at 5.0, the nearest of its kind at 9.0" in text
    assert "odd" not in told(with_depth_chance(strange, 0.2))
    at_home = dataclasses.replace(odd, depth=5.1)
    kept = dataclasses.replace(birds_and_beasts, odd=(at_home,))
    assert "odd" not in told(with_depth_chance(kept, 0.001))


def kinship(analysis, *, kin_depth, above):
    n, clusters = len(analysis.classes), analysis.graph.n_clusters
    return headlines.Kinship([[5, 6]] * n, [[kin_depth] * 2] * n, [above] * clusters)


def test_distant_kin_are_not_named(birds_and_beasts):
    odd = OddClass("robin", ("hammer", "wrench", "saw"), 3.0, 5.0, 9.0)
    strange = with_depth_chance(dataclasses.replace(birds_and_beasts, odd=(odd,)), 0.001)
    shares = np.cumsum(birds_and_beasts.depths_of_all_pairs[::-1])[::-1]
    close = int(np.argmax(shares <= 0.1))

    def text(kin_depth):
        found = headlines.headlines_view(strange, kinship(strange, kin_depth=kin_depth, above=1))
        return next(h["text"] for h in found if h["kind"] == "odd")

    assert "none of its kind" in text(close - 1)
    assert "not among its kin (“vulture” and “owl”)" in text(close)


def test_a_cluster_of_one_kind_is_told_where_luck_would_not_make_it(birds_and_beasts):
    bare = dataclasses.replace(birds_and_beasts, mistakes=None, odd=(), context=(), alike=())
    shares = np.cumsum(bare.depths_of_all_pairs[::-1])[::-1]
    size = max(cluster.size for cluster in bare.clusters)
    luck = shares ** (size - 1) * bare.graph.n_clusters
    deep = int(np.argmax(luck <= 0.05))
    assert deep > 1

    def found(above):
        kinds = kinship(bare, kin_depth=1, above=above)
        return [h for h in headlines.headlines_view(bare, kinds) if h["kind"] == "cluster"]

    assert found(deep - 1) == []
    (headline,) = found(deep)
    assert f"all {size} classes of cluster" in headline["text"]
    number = int(headline["target"].removeprefix("cluster="))
    assert np.count_nonzero(bare.graph.membership == number) == size


def test_context_pairs_within_luck_are_not_told(birds_and_beasts):
    def with_surprise(surprise):
        pair = ContextPair("robin", "truck", 0.9, 3, surprise)
        return told(dataclasses.replace(birds_and_beasts, context=(pair,), mistakes=None))

    # The greatest of 435 normal numbers lies around 3.
    assert "context" not in with_surprise(3.2)
    assert "6.5 standard deviations" in with_surprise(6.5)["context"]["text"]


def test_without_predictions_the_most_alike_pair_is_told(birds_and_beasts):
    found = told(dataclasses.replace(birds_and_beasts, mistakes=None))
    pair = next(p for p in birds_and_beasts.alike if p.depth is not None)
    assert f"“{pair.first}” and “{pair.second}” ({pair.similarity:.2f})" in found["alike"]["text"]
    assert found["alike"]["target"] == f"pair={pair.first}~{pair.second}"


def test_headlines_are_few_and_of_different_pairs(birds_and_beasts):
    found = view([birds_and_beasts])["models"][0]["headlines"]
    assert 0 < len(found) <= 5
    targets = [h["target"] for h in found if h["target"]]
    assert len(set(targets)) == len(targets)
    assert len({h["kind"] for h in found}) == len(found)


@pytest.mark.parametrize(("first", "second"), list(combinations(HOSTILE, 2))[:12])
def test_links_survive_the_way_through_an_address(first, second):
    from semdepth.writing.report.view.wording import class_link, pair_link

    # As a browser's URLSearchParams reads them: decoded once, then each of the pair once more.
    assert parse_qs(class_link(first), strict_parsing=True)["class"] == [first]
    pair = parse_qs(pair_link(first, second), strict_parsing=True)["pair"][0].split("~")
    assert [unquote(name) for name in pair] == [first, second]


# Two models


def shuffled(analysis, order, seed):
    """Another analysis of some of the same classes in another order."""
    labels = [analysis.graph.labels[i] for i in order]
    confusion = analysis.mistakes.confusion.select(labels)
    return analyze(
        likeness(labels, seed),
        placement=analysis.placement.select(labels),
        confusion=confusion,
        permutations=9,
        title="other",
    )


@pytest.fixture(scope="module")
def other(birds_and_beasts):
    order = np.random.default_rng(5).permutation(30)[:24]
    return shuffled(birds_and_beasts, order.tolist(), 6)


@pytest.fixture(scope="module")
def compared(birds_and_beasts, other):
    return view([birds_and_beasts, other])["difference"]


def named_edges(analysis):
    labels = analysis.graph.labels
    return {frozenset((labels[a], labels[b])) for a, b in analysis.graph.edges.tolist()}


def test_classes_are_aligned_by_name(birds_and_beasts, other, compared):
    ours, theirs = birds_and_beasts.graph.labels, other.graph.labels
    shared = compared["shared"]
    assert [ours[i] for i in shared["first"]] == shared["label"]
    assert [theirs[i] for i in shared["second"]] == shared["label"]
    assert {ours[i] for i in compared["only_first"]} == set(ours) - set(theirs)
    assert compared["only_second"] == []


def test_edges_of_either_forest(birds_and_beasts, other, compared):
    shared, table = compared["shared"]["label"], compared["edges"]
    rows = list(zip(table["a"], table["b"], table["in_first"], table["in_second"], strict=True))
    first = {frozenset((shared[a], shared[b])) for a, b, x, _ in rows if x}
    second = {frozenset((shared[a], shared[b])) for a, b, _, y in rows if y}
    assert first == {edge for edge in named_edges(birds_and_beasts) if edge <= set(shared)}
    assert second == named_edges(other)
    assert compared["edge_jaccard"] == pytest.approx(
        len(first & second) / len(first | second), abs=5e-5
    )
    place_in_second = [compared["shared"]["second"][k] for k in range(len(shared))]
    for k, (a, b, *_) in enumerate(rows):
        value = other.similarity.values[place_in_second[a], place_in_second[b]]
        assert table["similarity_second"][k] == pytest.approx(value, abs=5e-5)


def test_agreement_of_clusters_and_similarities(birds_and_beasts, other, compared):
    shared = compared["shared"]
    first = birds_and_beasts.graph.membership[shared["first"]]
    second = other.graph.membership[shared["second"]]
    assert compared["adjusted_rand"] == pytest.approx(
        sklearn.metrics.adjusted_rand_score(first, second), abs=5e-5
    )
    upper = np.triu_indices(len(shared["label"]), k=1)
    ours = birds_and_beasts.similarity.values[np.ix_(shared["first"], shared["first"])][upper]
    theirs = other.similarity.values[np.ix_(shared["second"], shared["second"])][upper]
    rho = scipy.stats.spearmanr(ours, theirs).statistic
    assert compared["spearman"] == pytest.approx(rho, abs=5e-5)


@pytest.mark.parametrize(
    "clusters", [([0, 1, 2], [0, 1, 2]), ([0, 0, 0], [1, 1, 1]), ([0, 0, 1], [0, 1, 1])]
)
def test_adjusted_rand_at_the_edges(clusters):
    first, second = map(np.array, clusters)
    expected = sklearn.metrics.adjusted_rand_score(first, second)
    assert difference.adjusted_rand(first, second) == pytest.approx(expected)


def test_moved_classes_are_judged_by_their_company(birds_and_beasts, other, compared):
    shared = compared["shared"]
    first = birds_and_beasts.graph.membership[shared["first"]]
    second = other.graph.membership[shared["second"]]
    table = compared["moved"]
    assert sorted(table["class"]) == list(range(len(shared["label"])))
    for k, overlap in zip(table["class"], table["overlap"], strict=True):
        ours = set(np.flatnonzero(first == first[k])) - {k}
        theirs = set(np.flatnonzero(second == second[k])) - {k}
        expected = len(ours & theirs) / len(ours | theirs) if ours | theirs else 1
        assert overlap == pytest.approx(expected, abs=5e-5)
    assert table["overlap"] == sorted(table["overlap"])


def test_confusions_are_compared_as_shares(birds_and_beasts, other, compared):
    shared, table = compared["shared"], compared["confusions"]
    found = []
    for analysis, side in ((birds_and_beasts, "first"), (other, "second")):
        chosen = shared[side]
        counts = analysis.mistakes.confusion.counts
        both = (counts + counts.T)[np.ix_(chosen, chosen)]
        seen = counts.sum(axis=1)[chosen]
        found.append(both / (seen[:, None] + seen))
        assert table[side] == both[table["a"], table["b"]].tolist()
    apart = np.abs(found[0] - found[1])[table["a"], table["b"]]
    assert (np.diff(apart) <= 1e-9).all()
    expected = np.abs(np.triu(found[0] - found[1], k=1)) > 1e-9
    assert len(apart) == np.count_nonzero(expected)


def test_an_analysis_does_not_differ_from_itself(birds_and_beasts):
    same = view([birds_and_beasts, birds_and_beasts])["difference"]
    assert same["adjusted_rand"] == same["edge_jaccard"] == same["spearman"] == 1
    assert set(same["moved"]["overlap"]) == {1}
    assert same["confusions"]["a"] == []
    assert all(same["edges"]["in_first"])
    assert all(same["edges"]["in_second"])


def test_two_without_shared_classes_are_an_error(birds_and_beasts, petty):
    with pytest.raises(LabelError, match=r"classes in common, found 1 shared by .*--labels"):
        view([birds_and_beasts, petty])


def test_two_without_matrices_or_predictions_are_compared_all_the_same(birds_and_beasts, other):
    bare = dataclasses.replace(other, similarity=None, mistakes=None)
    found = view([birds_and_beasts, bare])["difference"]
    assert found["spearman"] is found["confusions"] is None
    present = zip(found["edges"]["in_second"], found["edges"]["similarity_second"], strict=True)
    assert all((value is not None) == there for there, value in present)


# The page


class Page(HTMLParser):
    """What a browser makes of a page: its elements, and the text in its scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.inside, self.texts = [], None, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside in ("script", "style", "title", "h1"):
            self.texts.append((self.inside, data))

    def of(self, tag):
        return "".join(data for inside, data in self.texts if inside == tag)


def data_of(text):
    packed = re.search(r'id="report-data">([^<]*)</script>', text)[1]
    return json.loads(gzip.decompress(base64.b64decode(packed)))


@pytest.fixture(scope="module")
def hostile():
    labels = HOSTILE
    confusion = counted(labels, {(0, 1): 30, (2, 3): 20})
    return analyze(
        likeness(labels, 8),
        placement=place(labels),
        confusion=confusion,
        permutations=9,
        title="<b>&\"' $policy",
    )


def test_hostile_names_stay_text(hostile):
    text = Report(hostile, command="semdepth analyze '</script><script>x'").html()
    found = Page(text)
    scripts = [attributes for tag, attributes in found.elements if tag == "script"]
    assert scripts == [{"type": "application/octet-stream", "id": "report-data"}, {}]
    assert "img" not in [tag for tag, _ in found.elements]
    assert data_of(text)["models"][0]["classes"]["label"] == list(HOSTILE)
    assert found.of("title") == found.of("h1") == "<b>&\"' $policy"
    assert all(name[:2] != "on" for _, attributes in found.elements for name in attributes)


def test_the_page_allows_its_own_script_alone(hostile):
    text = Report(hostile).html()
    found = Page(text)
    policy = next(a["content"] for t, a in found.elements if a.get("http-equiv"))
    script = re.search(r"<script>(.*)</script>\s*</body>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    fetched = [
        value
        for tag, attributes in found.elements
        for name, value in attributes.items()
        if name in ("src", "href", "action", "srcset")
    ]
    assert fetched == ["data:,"]


def test_scripts_and_styles_cannot_end_their_element(monkeypatch, petty):
    hostile_assets = {
        "report.js": "let a = '</SCRIPT><!-- <script>';\r\n",
        "report.css": "a::before { content: '</style><script>' }",
    }
    read = page_module._asset
    monkeypatch.setattr(page_module, "_asset", lambda n: hostile_assets.get(n) or read(n))
    page_module._script.cache_clear()
    page_module._style.cache_clear()
    found = Page(Report(petty).html())
    page_module._script.cache_clear()
    page_module._style.cache_clear()
    assert [tag for tag, _ in found.elements].count("script") == 2
    assert "let a = '\\x3C/SCRIPT>\\x3C!-- <script>';\n" in found.of("script")


def test_the_summary_is_there_without_a_script(birds_and_beasts):
    text = html.unescape(Report(birds_and_beasts, command="semdepth analyze x").html())
    for headline in view([birds_and_beasts])["models"][0]["headlines"]:
        assert headline["text"] in text
    assert f"<td>{birds_and_beasts.depth.mean:.3g}</td>" in text
    assert f"{birds_and_beasts.chance.null_mean:.3g} (p = " in text
    assert "semdepth analyze x" in text
    for note in birds_and_beasts.notes:
        assert note in text


def test_the_summary_has_what_is_explained_beside_chance(petty):
    known = with_explained(petty, observed=0.5, null_mean=0.021)
    assert "<td>50%, by chance 2.1%</td>" in Report(known).html()
    undefined = with_explained(petty, observed=float("nan"), null_mean=float("nan"))
    assert "by perceived likeness</th><td>undefined</td>" in Report(undefined).html()


def test_the_same_analysis_gives_the_same_bytes(birds_and_beasts, other):
    pair = birds_and_beasts, other
    text = Report(pair).html()
    assert text == Report(pair).html()
    packed = re.search(r'id="report-data">([^<]*)<', text)[1]
    # gzip would store the time of day.
    assert base64.b64decode(packed)[4:8] == bytes(4)


def test_two_models_are_in_one_page(birds_and_beasts, other):
    data = data_of(Report((birds_and_beasts, other)).html())
    assert data["title"] == "birds and beasts and other"
    assert len(data["models"]) == 2
    assert data["difference"]["shared"]["label"]


@pytest.mark.parametrize("given", [(), "abc", [1]])
def test_a_report_is_of_one_analysis_or_two(given):
    with pytest.raises(OptionError, match="one analysis or two"):
        Report(given)


def test_a_notebook_shows_the_page_in_a_closed_frame(hostile):
    report = Report(hostile)
    ((tag, attributes),) = Page(report._repr_html_()).elements
    assert tag == "iframe"
    assert attributes["srcdoc"] == report.html()
    assert "allow-same-origin" not in attributes["sandbox"]
    assert repr(report) == f"Report({hostile.subject.title!r})"


# Files


def test_a_report_is_written_and_replaced(petty, tmp_path):
    stages = []
    path = write_report(
        petty, tmp_path / "new" / "r.html", progress=lambda stage, *_: stages.append(stage)
    )
    first = path.read_bytes()
    assert data_of(first.decode())["title"] == "pets"
    assert any("report" in stage for stage in stages)
    assert write_report(petty, path).read_bytes() == first
    assert [p.name for p in path.parent.iterdir()] == ["r.html"]


def test_other_peoples_files_and_inputs_stay(petty, tmp_path):
    page_of_others = tmp_path / "index.html"
    page_of_others.write_text("<html>mine</html>")
    with pytest.raises(WriteError, match="of other origin"):
        write_report(petty, page_of_others)
    assert page_of_others.read_text() == "<html>mine</html>"
    path = write_report(petty, tmp_path / "r.html")
    with pytest.raises(WriteError, match="overwrite an input"):
        write_report(petty, path, inputs=[path])


def test_an_interruption_leaves_the_earlier_report(petty, tmp_path):
    path = write_report(petty, tmp_path / "r.html")
    before = path.read_bytes()

    def interrupt(stage, *_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_report(petty, path, command="other", progress=interrupt)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_an_analysis_comes_with_its_report(petty, tmp_path):
    written = write_analysis(petty, tmp_path / "out", figures=False)
    assert tmp_path / "out" / "report.html" in written
    write_analysis(petty, tmp_path / "out", figures=False, report=False)
    assert not (tmp_path / "out" / "report.html").exists()


def test_an_analysis_that_was_read_back_gives_the_same_report(birds_and_beasts, tmp_path):
    write_analysis(birds_and_beasts, tmp_path / "out", figures=False, report=False)
    back = read_analysis(tmp_path / "out")
    assert data_of(Report(back).html()) == data_of(Report(birds_and_beasts).html())


# Pictures


def picture(path, colour, size=(200, 120), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(options.pop("mode", "RGB"), size, colour).save(path, **options)
    return path


def thumbnail(uri):
    kind, _, packed = uri.partition(";base64,")
    assert kind in ("data:image/webp", "data:image/jpeg")
    return Image.open(io.BytesIO(base64.b64decode(packed))).convert("RGB")


def close(image, colour):
    middle = np.asarray(image)[32, 32].astype(int)
    return bool(np.abs(middle - colour).max() < 12)


def test_pictures_are_found_by_class_and_by_id(tmp_path):
    picture(tmp_path / "Great_White-Shark.PNG", (200, 0, 0))
    picture(tmp_path / "n02085936-Maltese_dog" / "b.jpg", (0, 200, 0))
    picture(tmp_path / "n02085936-Maltese_dog" / "c.png", (0, 0, 0))
    (tmp_path / "n02085936-Maltese_dog" / "a.txt").write_text("no picture")
    picture(tmp_path / "n01440764.bmp", (0, 0, 200))
    (tmp_path / "README.md").write_text("about")
    names = {"great white shark": "n1", "Maltese": "n02085936", "tench": "n01440764", "coho": None}
    found = class_images(tmp_path, names)
    assert set(found) == {"great white shark", "Maltese", "tench"}
    for name, colour in (
        ("great white shark", (200, 0, 0)),
        ("Maltese", (0, 200, 0)),
        ("tench", (0, 0, 200)),
    ):
        assert thumbnail(found[name]).size == (64, 64)
        assert close(thumbnail(found[name]), colour)


def test_a_name_with_a_dot_is_a_folders_whole_name(tmp_path):
    picture(tmp_path / "v1.png" / "x.png", (9, 9, 9))
    assert set(class_images(tmp_path, {"v1.png": None})) == {"v1.png"}


def test_transparency_is_white_and_a_turned_photo_upright(tmp_path):
    picture(tmp_path / "clear.png", (0, 0, 0, 0), mode="RGBA")
    turned = Image.new("RGB", (128, 64), (0, 0, 0))
    turned.paste((250, 250, 250), (0, 0, 128, 32))
    exif = Image.Exif()
    exif[274] = 3  # stands on its head
    turned.save(tmp_path / "turned.jpg", exif=exif)
    found = class_images(tmp_path, {"clear": None, "turned": None})
    assert close(thumbnail(found["clear"]), (255, 255, 255))
    upright = np.asarray(thumbnail(found["turned"])).astype(int)
    assert upright[8, 32].max() < 40
    assert upright[56, 32].min() > 210


def test_pictures_reach_their_classes(petty, tmp_path):
    picture(tmp_path / "car.png", (1, 2, 3))
    images = data_of(Report(petty, images=tmp_path).html())["models"][0]["classes"]["image"]
    assert [i for i, uri in enumerate(images) if uri] == [CAR]
    assert images[CAR].startswith("data:image/")


def test_a_folder_without_pictures_of_the_classes_is_an_error(tmp_path):
    picture(tmp_path / "zebra.png", (1, 1, 1))
    with pytest.raises(ReadError, match=r"named as the classes \('tench'\), found none; name each"):
        class_images(tmp_path, {"tench": None})
    with pytest.raises(ReadError, match=r"found '.*nowhere' unreadable"):
        class_images(tmp_path / "nowhere", {"tench": None})


def test_two_pictures_for_a_class_are_an_error(tmp_path):
    picture(tmp_path / "tench.png", (1, 1, 1))
    picture(tmp_path / "Tench.jpg", (1, 1, 1))
    with pytest.raises(ReadError, match=r"found 'Tench.jpg' and 'tench.png' for 'tench'"):
        class_images(tmp_path, {"tench": None})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"P6 1 1 255\n\0\0\0",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "tench.png").write_bytes(content)
    with pytest.raises(DamagedFile, match="expected a picture") as error:
        class_images(tmp_path, {"tench": None})
    assert "\n" not in str(error.value)


def test_a_torn_picture_is_refused(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (80, 80, 3), dtype=np.uint8)
    path = tmp_path / "tench.png"
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:5_000])
    with pytest.raises(DamagedFile, match=r"tench\.png"):
        class_images(tmp_path, {"tench": None})


def test_pictures_beyond_all_bounds_are_refused_unread(tmp_path, monkeypatch):
    # A header that promises 10,000 x 10,000 pixels, and no more.
    picture(tmp_path / "tench.png", 0, size=(1, 1), mode="L")
    stored = bytearray((tmp_path / "tench.png").read_bytes())
    stored[16:24] = (10_000).to_bytes(4, "big") * 2
    stored[29:33] = zlib.crc32(stored[12:29]).to_bytes(4, "big")
    (tmp_path / "tench.png").write_bytes(stored)
    with pytest.raises(ReadError, match="at most 64 million pixels"):
        class_images(tmp_path, {"tench": None})
    monkeypatch.setattr(images_module, "MOST_BYTES", 10)
    with pytest.raises(ReadError, match="at most"):
        class_images(tmp_path, {"tench": None})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_pipes_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "tench.png")
    with pytest.raises(ReadError, match="found none"):
        class_images(tmp_path, {"tench": None})


def test_without_pillow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtra, match=r'pip install "semdepth\[images\]"'):
        class_images(tmp_path, {"tench": None})


# The command


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.npz"
    templates = np.random.default_rng(0).normal(size=(10, 8))
    np.savez(path, weight=templates, bias=np.zeros(10))
    return path


def test_analyze_writes_a_report_that_names_its_command(semdepth, model, tmp_path):
    out = tmp_path / "out"
    arguments = ("analyze", model, "--labels", "cifar-10", "--no-figures", "-o", out)
    assert semdepth(*arguments)[0] == 0
    data = data_of((out / "report.html").read_text(encoding="utf-8"))
    # Not where it wrote to, or the same input would give another report elsewhere.
    assert data["command"] == f"semdepth analyze {model} --labels cifar-10 --no-figures -o DIR"
    assert semdepth(*arguments, "--no-report")[0] == 0
    assert not (out / "report.html").exists()


@pytest.mark.parametrize("given", ["-ofirst", "--output=first"])
def test_the_command_names_no_output_however_it_is_given(
    semdepth, model, tmp_path, monkeypatch, given
):
    monkeypatch.chdir(tmp_path)
    arguments = ("analyze", model.name, "--labels", "a b.txt", "--no-figures", given)
    (tmp_path / "a b.txt").write_text("\n".join(f"gizmo {k}" for k in range(10)))
    assert semdepth(*arguments)[0] == 0
    data = data_of((tmp_path / "first" / "report.html").read_text(encoding="utf-8"))
    assert data["command"] == (
        "semdepth analyze model.npz --labels 'a b.txt' --no-figures --output=DIR"
    )


def test_analyze_with_pictures(semdepth, model, tmp_path):
    picture(tmp_path / "photos" / "truck.png", (1, 2, 3))
    options = ("--labels", "cifar-10", "--no-figures", "--images", tmp_path / "photos")
    assert semdepth("analyze", model, *options, "-o", tmp_path / "out")[0] == 0
    data = data_of((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert [bool(uri) for uri in data["models"][0]["classes"]["image"]] == [False] * 9 + [True]
    missing = ("--images", tmp_path / "nowhere")
    result = semdepth("analyze", model, *options[:3], *missing, "-o", tmp_path / "other")
    assert fails(result, "folder of pictures", "--images")
    assert not (tmp_path / "other").exists()


def test_report_shows_one_folder_or_compares_two(semdepth, model, tmp_path):
    for name, clusterer in (("a", "affinity"), ("b", "whole")):
        options = ("--labels", "cifar-10", "--clusterer", clusterer, "--no-figures")
        assert semdepth("analyze", model, *options, "-o", tmp_path / name)[0] == 0
    a, b = tmp_path / "a", tmp_path / "b"
    code, out, err = semdepth("report", a, "-o", tmp_path / "one.html")
    assert (code, out) == (0, "")
    assert "one.html" in err
    assert data_of((tmp_path / "one.html").read_text(encoding="utf-8"))["difference"] is None
    code, *_ = semdepth("report", a / "analysis.json", b, "-o", tmp_path / "two.html")
    assert code == 0
    data = data_of((tmp_path / "two.html").read_text(encoding="utf-8"))
    assert len(data["difference"]["shared"]["label"]) == 10
    assert data["command"].startswith("semdepth report ")


def test_reports_errors_are_one_line(semdepth, model, tmp_path):
    assert fails(semdepth("report"), "expected one folder or two", "semdepth report")
    assert fails(semdepth("report", tmp_path / "nowhere"), "analysis.json")
    options = ("--labels", "cifar-10", "--no-figures", "-o", tmp_path / "out")
    assert semdepth("analyze", model, *options)[0] == 0
    result = semdepth("report", tmp_path / "out", "-o", tmp_path / "out" / "analysis.json")
    assert fails(result, "other origin")
