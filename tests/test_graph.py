"""method 2 and 4: one maximum spanning tree per cluster."""

import json
import re

import networkx as nx
import numpy as np
import pytest

from semdepth.clustering import CLUSTERERS, Clustering, Louvain, Optics, Whole, clusterer
from semdepth.errors import OptionError
from semdepth.graph import SimilarityGraph, build_graph, spanning_forest
from semdepth.similarity import SimilarityMatrix, structural_from_cosine

# Two triangles; between them only 3 - 4 and 1 - 6 (counted from 1).
VALUES = np.array(
    [
        [1.0, 0.9, 0.8, 0.0, 0.0, 0.3],
        [0.9, 1.0, 0.7, 0.0, 0.0, 0.0],
        [0.8, 0.7, 1.0, 0.5, 0.0, 0.0],
        [0.0, 0.0, 0.5, 1.0, 0.6, 0.6],
        [0.0, 0.0, 0.0, 0.6, 1.0, 0.6],
        [0.3, 0.0, 0.0, 0.6, 0.6, 1.0],
    ]
)
SIX = SimilarityMatrix("structural", tuple("abcdef"), VALUES)


def forest(*assignment, **options):
    return spanning_forest(SIX, Clustering(Optics(), np.array(assignment)), **options)


def test_one_cluster_has_one_tree():
    graph = build_graph(SIX, Whole())
    # Of the equal weights d-e, d-f, e-f the first two by position.
    assert graph.edges.tolist() == [[0, 1], [0, 2], [2, 3], [3, 4], [3, 5]]
    assert graph.weights.tolist() == [0.9, 0.8, 0.5, 0.6, 0.6]
    assert (graph.kind, graph.n_clusters, graph.noise_cluster) == ("structural", 1, None)


def test_each_cluster_has_a_tree_of_its_own_and_edges_come_cluster_by_cluster():
    graph = forest(1, 0, 1, 0, 1, 0)
    # Cluster 0 is b, d, f with only d-f; cluster 1 is a, c, e with only a-c.
    assert graph.membership.tolist() == [1, 0, 1, 0, 1, 0]
    assert graph.edges.tolist() == [[3, 5], [0, 2]]
    assert graph.edge_clusters.tolist() == [0, 1]
    assert graph.members(1).tolist() == [0, 2, 4]


def test_a_cell_of_zero_is_no_edge_so_a_cluster_may_fall_apart():
    graph = forest(0, 0, 1, 1, 0, 1)
    assert graph.edges.tolist() == [[0, 1], [2, 3], [3, 5]]
    assert graph.n_clusters == 2


def test_singletons_have_no_edges():
    graph = forest(0, 1, 2, 3, 4, 5)
    assert graph.edges.shape == (0, 2)
    assert graph.weights.shape == (0,)
    assert graph.n_clusters == 6


def test_noise_is_one_cluster_with_a_tree_of_its_own():
    graph = forest(-1, -1, 0, 0, -1, 0)
    assert graph.membership.tolist() == [1, 1, 0, 0, 1, 0]
    assert graph.edges.tolist() == [[2, 3], [3, 5], [0, 1]]
    assert (graph.n_clusters, graph.noise_cluster) == (2, 1)


def test_noise_may_be_singletons_instead():
    graph = forest(-1, -1, 0, 0, -1, 0, noise="singletons")
    assert graph.membership.tolist() == [1, 2, 0, 0, 3, 0]
    assert graph.edges.tolist() == [[2, 3], [3, 5]]
    assert (graph.n_clusters, graph.noise_cluster) == (4, None)


@pytest.mark.parametrize(("noise", "n_clusters"), [("cluster", 1), ("singletons", 6)])
def test_everything_may_be_noise(noise, n_clusters):
    graph = forest(*[-1] * 6, noise=noise)
    assert graph.n_clusters == n_clusters
    assert len(graph.edges) == 6 - n_clusters
    assert graph.noise_cluster == (0 if noise == "cluster" else None)


def test_an_unknown_noise_rule_is_an_error():
    message = "expected noise to be one of cluster, singletons, found 'drop'"
    with pytest.raises(OptionError, match=message):
        forest(-1, 0, 0, 0, 0, 0, noise="drop")


def test_affinity_propagation_is_the_default(convnext):
    assert build_graph(convnext).clustering.clusterer == clusterer("affinity")


@pytest.mark.parametrize("name", CLUSTERERS)
def test_every_clusterer_gives_a_forest_within_its_clusters(name, lite0_mini):
    graph = build_graph(lite0_mini, clusterer(name))
    i, j = graph.edges.T
    assert (i < j).all()
    assert np.array_equal(graph.membership[i], graph.membership[j])
    assert np.array_equal(graph.weights, lite0_mini.values[i, j])
    assert np.array_equal(np.lexsort((j, i, graph.edge_clusters)), np.arange(len(i)))
    drawn = nx.Graph(graph.edges.tolist())
    drawn.add_nodes_from(range(100))
    assert len(i) == 100 - nx.number_connected_components(drawn)
    for cluster in range(graph.n_clusters):
        induced = nx.from_numpy_array(lite0_mini.values).subgraph(graph.members(cluster).tolist())
        tree = nx.maximum_spanning_tree(induced)
        loops = sum(1 for _ in nx.selfloop_edges(tree))
        weight = tree.size(weight="weight") - loops
        found = graph.weights[graph.edge_clusters == cluster].sum()
        assert found == pytest.approx(weight)


def test_a_graph_comes_back_from_json():
    for graph in (
        forest(-1, -1, 0, 0, -1, 0),
        forest(0, 1, 2, 3, 4, 5),
        build_graph(SIX, Louvain()),
    ):
        again = SimilarityGraph.from_dict(json.loads(json.dumps(graph.to_dict())))
        assert again.to_dict() == graph.to_dict()
        assert again.edges.shape == graph.edges.shape
        assert repr(again) == repr(graph)


def test_a_graph_cannot_be_changed():
    graph = build_graph(SIX, Whole())
    for array in (graph.membership, graph.edges, graph.weights):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(AttributeError):
        graph.kind = "semantic"


def test_repr_is_short():
    text = "SimilarityGraph(structural, 6 classes, 5 edges, 1 clusters by whole)"
    assert repr(build_graph(SIX, Whole())) == text
    assert build_graph(SIX, Whole())._repr_html_() == f"<code>{text}</code>"


def test_progress_is_told_while_clustering(convnext):
    told = []
    build_graph(convnext, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (1, 200)
    assert re.fullmatch(r"\d+", str(told[-1][0]))


def test_two_unrelated_classes_have_no_edge():
    graph = build_graph(structural_from_cosine("ab", np.eye(2)), Whole())
    assert graph.edges.shape == (0, 2)
