"""Louvain on dense matrices: networkx's modularity, and as good a partition as networkx's."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semdepth.kernels.louvain import louvain, modularity


def adjacency_of(graph):
    """With twice a loop's weight on the diagonal, which networkx counts in degrees."""
    matrix = nx.to_numpy_array(graph)
    return matrix + np.diag(matrix.diagonal())


def communities(labels):
    return [set(np.flatnonzero(labels == c).tolist()) for c in np.unique(labels)]


@st.composite
def partitioned_graphs(draw):
    n = draw(st.integers(2, 10))
    cells = draw(st.lists(st.integers(0, 5), min_size=n * n, max_size=n * n))
    upper = np.triu(np.array(cells, dtype=float).reshape(n, n), draw(st.integers(0, 1)))
    upper[0, 1] = 1
    graph = nx.from_numpy_array(upper + np.triu(upper, 1).T)
    return graph, np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))


@given(partitioned_graphs(), st.sampled_from([0.5, 1.0, 2.0]))
def test_modularity_is_networkxs(made, resolution):
    graph, labels = made
    due = nx.community.modularity(graph, communities(labels), resolution=resolution)
    found = modularity(adjacency_of(graph), labels, resolution=resolution)
    assert found == pytest.approx(due, abs=1e-12)


@given(partitioned_graphs(), st.integers(0, 1000), st.sampled_from([0.5, 1.0, 2.0]))
def test_communities_are_numbered_as_they_appear_and_no_worse_than_single_nodes(
    made, seed, resolution
):
    adjacency = adjacency_of(made[0])
    labels = louvain(adjacency, seed=seed, resolution=resolution)
    first_seen = list(dict.fromkeys(labels.tolist()))
    assert labels.shape == (len(adjacency),)
    assert first_seen == list(range(len(first_seen)))
    alone = modularity(adjacency, np.arange(len(adjacency)), resolution=resolution)
    assert modularity(adjacency, labels, resolution=resolution) >= alone - 1e-12


def test_two_cliques_with_one_bridge_are_two_communities():
    graph = nx.barbell_graph(5, 0)
    labels = louvain(adjacency_of(graph))
    assert labels.tolist() == [0] * 5 + [1] * 5
    # 21 edges, 10 within each clique; each side has 21 of the 42 ends.
    assert modularity(adjacency_of(graph), labels) == pytest.approx(20 / 21 - 2 * (21 / 42) ** 2)


def test_the_karate_club_reaches_its_known_modularity():
    graph = nx.karate_club_graph()
    for _, _, data in graph.edges(data=True):
        data["weight"] = 1.0
    labels = louvain(adjacency_of(graph), orders=10)
    # The optimum, 0.4198 (Brandes et al. 2008, Table 1), with four communities.
    assert modularity(adjacency_of(graph), labels) == pytest.approx(0.4198, abs=1e-3)


def test_a_great_resolution_gives_single_nodes_and_a_small_one_a_whole():
    adjacency = adjacency_of(nx.complete_graph(6))
    assert louvain(adjacency, resolution=10.0).tolist() == [*range(6)]
    assert louvain(adjacency, resolution=0.1).tolist() == [0] * 6


def test_the_same_seed_gives_the_same_labels_and_more_orders_no_worse_ones():
    rng = np.random.default_rng(3)
    matrix = np.triu(rng.random((40, 40)), 1)
    matrix += matrix.T
    first, again = (louvain(matrix, seed=7) for _ in range(2))
    assert np.array_equal(first, again)
    quality = [modularity(matrix, louvain(matrix, seed=7, orders=orders)) for orders in (1, 4, 8)]
    assert quality == sorted(quality)


def test_progress_counts_orders():
    told = []
    adjacency = adjacency_of(nx.complete_graph(4))
    louvain(adjacency, orders=3, progress=lambda *step: told.append(step))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_without_any_weight_every_node_stands_alone_as_in_networkx():
    theirs = nx.community.louvain_communities(nx.empty_graph(3))
    assert communities(louvain(np.zeros((3, 3)))) == theirs == [{0}, {1}, {2}]


# Real networks


@pytest.mark.parametrize("self_loops", [True, False])
@pytest.mark.parametrize("network", ["convnext", "lite0_mini"])
def test_modularity_is_as_good_as_networkxs(request, network, self_loops):
    values = request.getfixturevalue(network).values.copy()
    np.fill_diagonal(values, float(self_loops))
    graph = nx.from_numpy_array(values)
    for seed in range(4):
        theirs = nx.community.louvain_communities(graph, seed=seed)
        ours = louvain(adjacency_of(graph), seed=seed, orders=4)
        quality = nx.community.modularity(graph, communities(ours))
        assert quality == pytest.approx(modularity(adjacency_of(graph), ours), abs=1e-12)
        assert quality >= nx.community.modularity(graph, theirs) - 0.001
