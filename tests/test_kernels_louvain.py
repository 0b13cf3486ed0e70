"""Louvain on dense matrices: networkx's modularity, and as good a partition as networkx's."""

import tracemalloc
from functools import cache

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semdepth.kernels import louvain as kernel
from semdepth.kernels.communities import Communities, Graph, by_first_appearance
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


# Visits by rows and by sums, plain and compiled


def dyadic(n, seed, groups=12, kind=np.float64):
    """Random weights in groups, all multiples of 2^-12: sums are exact in any order."""
    random = np.random.default_rng(seed)
    group = random.integers(groups, size=n)
    weights = random.integers(1, 1 << 12, size=(n, n)) + (group[:, None] == group) * (1 << 10)
    weights = np.triu(weights, 1) / (1 << 12)
    return (weights + weights.T).astype(kind)


@cache
def visited_one_by_one(n, loop, resolution, seed):
    """Louvain as its paper has it: every node in turn, all its links summed at every visit."""
    random = np.random.default_rng(seed).spawn(1)[0]
    weights = dyadic(n, seed)
    np.fill_diagonal(weights, loop)
    total, found, best = weights.sum(), np.arange(len(weights)), -np.inf
    while True:
        degree, labels, gained = weights.sum(axis=0), np.arange(len(weights)), np.inf
        while gained >= 1e-7:
            gained = 0.0
            for node in random.permutation(len(weights)):
                others = np.arange(len(weights)) != node
                gain = {
                    community: weights[node, members].sum()
                    - resolution * degree[node] * degree[members].sum() / total
                    for community in (*range(len(weights)), labels[node])
                    if (members := others & (labels == community)).any()
                }
                # Or alone, in a community that nobody is in.
                home = labels[node] if labels[node] in gain else None
                gain[None] = 0.0
                new = max(gain, key=gain.get)
                if gain[new] > gain[home] + 1e-12:
                    gained += 2 * (gain[new] - gain[home]) / total
                    free = np.setdiff1d(np.arange(len(weights)), labels)
                    labels[node] = free[0] if new is None else new
        _, first = np.unique(labels, return_index=True)
        seen = np.argsort(np.argsort(first))
        labels = seen[np.unique(labels, return_inverse=True)[1]]
        member = np.eye(labels.max() + 1)[labels]
        weights, found = member.T @ weights @ member, labels[found]
        quality = np.trace(weights) / total - resolution * np.sum(
            (weights.sum(axis=0) / total) ** 2
        )
        if quality - best < 1e-7:
            return found
        best = quality


@pytest.fixture(params=["plain", "compiled"])
def twin(request, monkeypatch):
    if request.param == "compiled":
        pytest.importorskip("numba")
    monkeypatch.setattr(kernel, "COMPILED_FROM", 0 if request.param == "compiled" else 10**9)
    return request.param


@pytest.mark.parametrize("few", [0, 7, 500])
@pytest.mark.parametrize("resolution", [1.0, 1.3, 2.0])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_every_form_makes_the_moves_of_visits_one_by_one(twin, few, resolution, kind, monkeypatch):
    monkeypatch.setattr(kernel, "_FEW", few)
    monkeypatch.setattr(kernel, "_NODES_A_SUM", 10**9)
    monkeypatch.setattr(kernel, "_AHEAD", 3)
    for seed, loop in ((0, 2.0), (1, 0.0)):
        weights = dyadic(90, seed, kind=kind)
        due = visited_one_by_one(90, loop, resolution, seed)
        np.fill_diagonal(weights, 1.0)
        weights.setflags(write=False)
        assert 1 < len(np.unique(due)) < 90
        found = louvain(weights, loop=loop, resolution=resolution, seed=seed)
        assert found.tolist() == due.tolist()


def test_nodes_that_are_better_alone_all_find_an_empty_community(twin):
    graph = Graph.of(dyadic(40, 0), loop=2.0)
    share = 3.0 * graph.degrees / graph.degrees.sum()
    nodes = graph.weights, share * graph.degrees - graph.stored, graph.degrees, share
    loops, order = kernel._loops(40), np.random.default_rng(0).permutation(40)
    gains, groups = [], []
    for a_round in (kernel._round_by_rows, kernel._round_by_sums):
        communities = Communities(graph, np.arange(40) % 3)
        communities.renumber(1)
        communities.keep_sums(loops.add_rows)
        gains.append(a_round(order, nodes, communities, loops))
        groups.append(by_first_appearance(communities.labels)[0].tolist())
    assert gains[0] == gains[1]
    assert groups[0] == groups[1]
    # More of them than there were empty communities at once.
    assert max(groups[0]) > 20


def test_a_community_that_all_have_left_is_empty_and_not_almost(twin):
    random = np.random.default_rng(2)
    half = random.random((60, 60)) + 0.1
    graph = Graph.of(half + half.T, loop=2.0)
    # Nothing speaks against great communities, so that nodes leave the small ones.
    nodes = graph.weights, -graph.stored, graph.degrees, np.zeros(60)
    for a_round in (kernel._round_by_rows, kernel._round_by_sums):
        communities = Communities(graph, np.repeat(np.arange(6), 10))
        communities.renumber(2)
        if a_round is kernel._round_by_sums:
            communities.keep_sums(kernel._loops(60).add_rows)
        a_round(random.permutation(60), nodes, communities, kernel._loops(60))
        # The two that were put at the end, and some that all nodes have left.
        left = communities.sizes == 0
        assert np.count_nonzero(left) > 2
        assert not communities.volume[left].any()
        assert communities.sums is None or not communities.sums[left].any()


@pytest.mark.parametrize("resolution", [1.0, 1.5])
def test_the_twins_are_equal_bit_for_bit(resolution):
    twins = pytest.importorskip("semdepth.kernels.compiled_louvain")
    compiled = kernel.Loops(twins.visit_by_rows, twins.visit_by_sums, twins.add_rows)
    random = np.random.default_rng(5)
    points = random.normal(size=(600, 8)).astype(np.float32)
    graph = Graph.of(np.abs(points @ points.T), loop=2.0)
    scale = resolution / graph.degrees.sum()
    plain, other = (
        kernel._move_nodes(graph, scale, np.random.default_rng(1), loops)
        for loops in (kernel._PLAIN, compiled)
    )
    assert np.array_equal(plain.labels, other.labels)
    assert np.array_equal(plain.volume, other.volume)
    assert np.array_equal(plain.sums, other.sums)
    # What moves have added and taken away is what summing anew gives.
    due = np.zeros_like(plain.sums)
    np.add.at(due, plain.labels, graph.weights)
    assert np.allclose(plain.sums, due, rtol=1e-12, atol=1e-10)
    assert np.allclose(plain.volume, np.bincount(plain.labels, graph.degrees, len(due)))


def test_orders_in_threads_give_what_they_give_in_turn(twin, monkeypatch):
    weights = dyadic(200, 3, groups=30)
    found = []
    for threads in (1, 3):
        told = []
        monkeypatch.setattr(kernel, "thread_count", lambda threads=threads: threads)
        found.append(
            louvain(weights, orders=6, progress=lambda *step, told=told: told.append(step))
        )
        assert told == [(turn, 6) for turn in range(1, 7)]
    assert np.array_equal(*found)


@pytest.mark.parametrize("few", [0, 500])
def test_no_second_matrix_is_made(twin, few, monkeypatch):
    monkeypatch.setattr(kernel, "_FEW", few)
    monkeypatch.setattr(kernel, "_NODES_A_SUM", 10**9)
    monkeypatch.setattr(kernel, "thread_count", lambda: 1)
    weights = dyadic(800, 0, groups=20, kind=np.float32)
    louvain(weights[:20, :20], loop=2.0)
    tracemalloc.start()
    louvain(weights, loop=2.0, orders=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.3 * weights.nbytes


# Real networks


@pytest.mark.parametrize("network", ["convnext", "lite0_mini"])
def test_modularity_is_as_good_as_python_louvains(request, network, twin):
    theirs = pytest.importorskip("community")
    values = request.getfixturevalue(network).values
    graph = nx.from_numpy_array(values)
    for seed in range(4):
        found = dict(enumerate(louvain(values, loop=2.0, seed=seed, orders=4)))
        known = theirs.best_partition(graph, random_state=seed)
        least = theirs.modularity(known, graph) - 0.001
        assert theirs.modularity(found, graph) >= least


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
