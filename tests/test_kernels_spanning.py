"""Maximum spanning forests: Kruskal's under the order (-weight, i, j), networkx's weight."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semdepth.kernels import spanning
from semdepth.kernels.spanning import maximum_spanning_forest, maximum_spanning_forests


def kruskal(weights):
    """method 4 word for word."""
    n = len(weights)
    pairs = [(-weights[i, j], i, j) for i in range(n) for j in range(i + 1, n) if weights[i, j]]
    tree = list(range(n))
    edges = []
    for _, i, j in sorted(pairs):
        if tree[i] != tree[j]:
            edges.append([i, j])
            tree = [tree[i] if other == tree[j] else other for other in tree]
    return sorted(edges)


def total(weights, edges):
    return sum(weights[i, j] for i, j in edges)


@st.composite
def weighted_graphs(draw):
    """Symmetric matrices with few distinct weights, many of them zero."""
    n = draw(st.integers(1, 12))
    most = draw(st.sampled_from([1, 3, 100]))
    cells = draw(st.lists(st.integers(0, most), min_size=n * n, max_size=n * n))
    upper = np.triu(np.array(cells, dtype=float).reshape(n, n), 1) / most
    return upper + upper.T + np.diag(draw(st.sampled_from([np.zeros(n), np.ones(n)])))


@given(weighted_graphs())
def test_edges_are_kruskals_and_their_weight_is_networkxs(weights):
    edges = maximum_spanning_forest(weights)
    assert edges.tolist() == kruskal(weights)
    graph = nx.from_numpy_array(weights)
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    forest = nx.maximum_spanning_tree(graph)
    assert total(weights, edges) == pytest.approx(forest.size(weight="weight"))
    assert len(edges) == len(weights) - nx.number_connected_components(graph)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
def test_a_larger_graph_full_of_ties(dtype):
    cells = np.random.default_rng(5).integers(0, 6, size=(90, 90)).astype(dtype)
    weights = np.triu(cells, 1) + np.triu(cells, 1).T
    edges = maximum_spanning_forest(weights)
    assert edges.tolist() == kruskal(weights)
    assert (edges[:, 0] < edges[:, 1]).all()


def test_all_weights_equal_gives_a_star_at_the_first():
    assert maximum_spanning_forest(np.ones((4, 4))).tolist() == [[0, 1], [0, 2], [0, 3]]


def test_no_weights_give_no_edges():
    assert maximum_spanning_forest(np.eye(4)).shape == (0, 2)
    assert maximum_spanning_forest(np.ones((1, 1))).shape == (0, 2)


def test_the_smallest_weight_is_still_an_edge():
    tiny = np.array([[1, 5e-324], [5e-324, 1]])
    assert maximum_spanning_forest(tiny).tolist() == [[0, 1]]


@given(weighted_graphs(), st.data())
def test_some_nodes_are_spanned_as_their_part_of_the_matrix(weights, data):
    chosen = data.draw(st.sets(st.integers(0, len(weights) - 1), min_size=1))
    nodes = np.array(sorted(chosen))
    part = maximum_spanning_forest(weights[np.ix_(nodes, nodes)])
    assert maximum_spanning_forest(weights, nodes).tolist() == nodes[part].tolist()


@pytest.mark.parametrize("few", [1, 3, 64])
@given(weighted_graphs(), st.data())
def test_several_groups_are_spanned_one_below_the_other(few, weights, data):
    n = len(weights)
    group = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    groups = [np.flatnonzero(group == number) for number in np.unique(group)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spanning, "_FEW", few)
        found = maximum_spanning_forests(weights, groups)
    due = [
        [nodes[i], nodes[j]] for nodes in groups for i, j in kruskal(weights[np.ix_(nodes, nodes)])
    ]
    assert found.tolist() == due
