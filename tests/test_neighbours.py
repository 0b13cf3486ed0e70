"""The approximate mode: nearest templates, what clusters and spans them, and what it says."""

import json

import numpy as np
import pytest

from semdepth import analyze, read_head, structural_similarity
from semdepth.analysis import Analysis
from semdepth.clustering import AffinityPropagation, Clustering, Hdbscan, Louvain, Optics, Whole
from semdepth.confusion import ConfusionMatrix
from semdepth.errors import LabelError, MatrixError, OptionError
from semdepth.graph import build_graph, spanning_forest
from semdepth.head import ClassifierHead
from semdepth.kernels import nearest, template_louvain
from semdepth.kernels.affinity import over_neighbours
from semdepth.kernels.forest_of_edges import forest_of_edges
from semdepth.kernels.louvain import modularity
from semdepth.kernels.nearest import nearest_among, nearest_of, nearest_rows
from semdepth.kernels.spanning import maximum_spanning_forest
from semdepth.neighbours import nearest_templates

EPS = float(np.finfo(np.float32).eps)


def head_of(n, dimension=12, groups=6, seed=0):
    """Templates in groups: classes of a group share a component."""
    random = np.random.default_rng(seed)
    centres = 2 * random.normal(size=(groups, dimension))
    templates = centres[np.arange(n) % groups] + random.normal(size=(n, dimension))
    return ClassifierHead(tuple(f"class {i}" for i in range(n)), templates, "fc")


def unit(head):
    templates = head.templates
    return (templates / np.linalg.norm(templates, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize(("n", "count"), [(2, 1), (40, 5), (40, 39), (700, 7), (700, 100)])
@pytest.mark.parametrize("block_cells", [1, 3_000, 1 << 25])
def test_nearest_rows_are_those_of_a_full_sort(n, count, block_cells, monkeypatch):
    monkeypatch.setattr(nearest, "_BLOCK_CELLS", block_cells)
    # Products of small whole numbers are exact in any order of addition, and tie often.
    rows = np.random.default_rng(n).integers(-3, 4, size=(n, 5)).astype(np.float32)
    found = nearest_rows(rows, count)
    products = rows @ rows.T
    assert found.least == products.min()
    np.fill_diagonal(products, -np.inf)
    expected = np.argsort(-products, axis=1, kind="stable")[:, :count]
    assert np.array_equal(found.neighbours, expected)
    assert np.array_equal(found.products, np.take_along_axis(products, expected, axis=1))
    some = np.arange(n)[:: max(1, n // 7)]
    assert np.array_equal(nearest_among(rows, some, count)[0], expected[some])


def test_nearest_of_chooses_among_the_candidates():
    rows = np.eye(4, dtype=np.float32) + 0.1
    rows[0] = [0, 0.2, 0.9, 0.1]
    assert nearest_of(rows, np.array([0, 3]), np.array([1, 2, 3])).tolist() == [1, 2]


@pytest.mark.parametrize("seed", range(5))
def test_a_forest_of_all_edges_is_the_dense_one(seed):
    random = np.random.default_rng(seed)
    # Few different weights, zero among them: ties everywhere, and pieces that fall apart.
    weights = random.integers(0, 4, size=(30, 30)).astype(float) * (random.random((30, 30)) < 0.1)
    weights = np.maximum(weights, weights.T)
    edges = np.argwhere(np.ones_like(weights))
    edges = random.permutation(edges)
    found = forest_of_edges(30, edges, weights[edges[:, 0], edges[:, 1]])
    assert np.array_equal(found, maximum_spanning_forest(weights))


def test_a_forest_without_edges_is_empty():
    assert forest_of_edges(3, np.zeros((0, 2), dtype=int), np.zeros(0)).shape == (0, 2)


def test_similarities_are_those_of_the_matrix():
    head = head_of(60)
    exact = structural_similarity(head).values
    found = nearest_templates(head, 59)
    i, j = np.triu_indices(60, k=1)
    # Two roundings of cosines, and the scale's own.
    assert np.allclose(found.of(i, j), exact[i, j], rtol=0, atol=8 * EPS)
    assert np.allclose(found.values, -np.sort(-exact, axis=1)[:, 1:], rtol=0, atol=8 * EPS)
    assert found.median == pytest.approx(np.median(exact), abs=8 * EPS)
    assert np.array_equal(found.most_alike(40), structural_similarity(head).most_alike(40))


def test_a_sampled_median_is_near_the_true_one():
    head = head_of(3_100, dimension=6)
    cosines = unit(head) @ unit(head).T
    true = (cosines - cosines.min()) / (1 - cosines.min())
    rank = np.mean(true < nearest_templates(head, 3).median)
    # Ten standard deviations of the rank of the median of 2^20 independent pairs.
    assert rank == pytest.approx(0.5, abs=10 * 0.5 / 1024)


@pytest.mark.parametrize("clusterer", [AffinityPropagation(), Louvain(), Whole()])
def test_with_all_neighbours_the_graph_is_the_exact_one(clusterer):
    head = head_of(90)
    exact = build_graph(structural_similarity(head), clusterer)
    found = build_graph(nearest_templates(head, 89), clusterer)
    assert np.array_equal(found.membership, exact.membership)
    assert np.array_equal(found.edges, exact.edges)
    assert np.allclose(found.weights, exact.weights, rtol=0, atol=8 * EPS)
    assert "approximate" in found.note
    assert exact.note == ""


def test_few_neighbours_find_the_groups_and_do_so_again():
    head = head_of(120, dimension=32)
    groups = np.arange(120) % 6
    for clusterer in (AffinityPropagation(), Louvain()):
        first, again = (build_graph(nearest_templates(head, 8), clusterer) for _ in range(2))
        assert np.array_equal(first.edges, again.edges)
        # Affinity propagation mixes no two groups, Louvain divides none.
        pairs = len(set(zip(first.membership.tolist(), groups.tolist(), strict=True)))
        assert pairs == (6 if clusterer == Louvain() else first.n_clusters)
    assert first.n_clusters < 6


def test_an_exemplar_is_found_be_it_a_neighbour_or_not():
    rows = unit(head_of(80))
    neighbours = nearest_rows(rows, 3).neighbours
    exemplars = np.array([4, 17, 60])
    found = over_neighbours._nearest_exemplar(neighbours, rows, exemplars)
    expected = (rows @ rows[exemplars].T).argmax(axis=1)
    assert np.array_equal(found, expected)
    assert not np.isin(neighbours, exemplars).any(axis=1).all()


def test_a_large_cluster_that_its_neighbours_do_not_join_has_several_trees(monkeypatch):
    monkeypatch.setattr("semdepth.graph.SPANNED_EXACTLY_UP_TO", 10)
    head = head_of(60, dimension=32)
    near = nearest_templates(head, 4)
    graph = build_graph(near, Whole())
    # Each of the six groups is joined within, and none to another.
    assert len(graph.edges) == 60 - 6
    assert "; 5 more trees than clusters" in graph.note
    groups = Clustering(Whole(), np.arange(60) % 6)
    small = spanning_forest(near, groups)
    assert np.array_equal(small.edges, spanning_forest(structural_similarity(head), groups).edges)
    assert "trees" not in small.note


@pytest.mark.parametrize("compiled_from", [0, 10**9])
def test_louvain_over_templates_gains_true_modularity(compiled_from, monkeypatch):
    if not compiled_from:
        pytest.importorskip("numba")
    monkeypatch.setattr(template_louvain, "COMPILED_FROM", compiled_from)
    rows = unit(head_of(150, dimension=32))
    found = nearest_rows(rows, 10)
    nodes = template_louvain.Nodes(
        rows,
        np.ones(150),
        np.full(150, 1.5),
        np.arange(0, 1501, 10),
        found.neighbours.ravel(),
        found.least,
    )
    random = np.random.default_rng(0)
    labels, quality = template_louvain._one_order(nodes, 1.0, random, matrix_up_to=0)
    matrix = rows.astype(float) @ rows.T - found.least
    np.fill_diagonal(matrix, 1.5)
    assert quality == pytest.approx(modularity(matrix, labels), abs=1e-6)
    groups = modularity(matrix, np.arange(150) % 6)
    assert quality >= groups - 1e-6


def test_the_search_in_cells_finds_nearly_all_neighbours():
    pytest.importorskip("faiss")
    head = head_of(3_000, dimension=16, groups=60)
    exact, found, again = (
        nearest_templates(head, 10, search=search) for search in ("exact", "cells", "cells")
    )
    assert np.array_equal(found.neighbours, again.neighbours)
    hits = [np.isin(a, b).mean() for a, b in zip(exact.neighbours, found.neighbours, strict=True)]
    assert np.mean(hits) > 0.9
    assert not (found.neighbours == np.arange(3_000)[:, None]).any()
    assert "found in part" in found.note


@pytest.mark.parametrize("clusterer", [Optics(), Hdbscan()])
def test_clusterers_that_need_the_matrix_refuse(clusterer):
    near = nearest_templates(head_of(20), 3)
    with pytest.raises(OptionError, match=r"expected the similarity matrix .* affinity, louvain"):
        clusterer(near)


@pytest.mark.parametrize("neighbours", [0, 20])
def test_neighbours_out_of_range(neighbours):
    with pytest.raises(OptionError, match=f"neighbours from 1 to 19, .* found {neighbours}"):
        nearest_templates(head_of(20), neighbours)


def test_templates_that_do_not_differ():
    head = ClassifierHead(("a", "b", "c"), np.outer([1, 2, 3], [1.0, 2.0]), "fc")
    with pytest.raises(MatrixError, match="all pairs at cosine 1"):
        nearest_templates(head, 1)


def test_an_analysis_says_that_it_is_approximate():
    animals = ("dog", "cat", "wolf", "car", "bus", "truck", "oak", "rose")
    head = ClassifierHead(animals, np.random.default_rng(1).normal(size=(8, 5)), "fc")
    exact, found = analyze(head), analyze(head, neighbours=7)
    assert found.depth.mean == exact.depth.mean
    assert found.chance.null_mean == exact.chance.null_mean
    assert [(p.first, p.second) for p in found.alike] == [(p.first, p.second) for p in exact.alike]
    assert found.clusters == exact.clusters
    assert (found.similarity, found.odd, found.context) == (None, (), ())
    written = json.loads(json.dumps(found.to_dict()))
    assert written["approximate"] is True
    assert "approximate: from the 7 nearest templates" in written["notes"][0]
    assert Analysis.from_dict(written).notes == found.notes
    assert "approximate" in repr(found)
    assert exact.to_dict()["approximate"] is False
    with pytest.raises(OptionError, match="found an approximate one"):
        found.explain("dog")


def test_predictions_and_matrices_are_refused():
    head = head_of(4)
    confusion = ConfusionMatrix(head.labels, np.eye(4, dtype=int) + 1)
    with pytest.raises(OptionError, match="expected predictions with an exact analysis"):
        analyze(head, confusion=confusion, neighbours=2)
    with pytest.raises(OptionError, match="expected a classifier head"):
        analyze(structural_similarity(head), neighbours=2)


def test_very_many_classes_without_names_are_numbered_and_placed_nowhere():
    weight = np.random.default_rng(0).normal(size=(30_000, 2)).astype(np.float32)
    head = read_head({"fc.weight": weight})
    assert head.labels[-1] == "29999"
    assert set(head.ids) == {""}
    with pytest.raises(LabelError, match="expected names for the 29999 classes"):
        read_head({"fc.weight": weight[1:]})
    near = analyze(head.select(head.labels[:50]), neighbours=3, clusterer=Louvain())
    assert np.isnan(near.depth.mean)
    assert "touch a class without a concept" in near.depth.reason
