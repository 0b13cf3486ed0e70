"""method 6, Similarity Depth: pooled over edges, on a hierarchy small enough for paper.

The fixture ``pets`` has depths: poodle-boxer 3 (dog), siamese-persian 3 (cat), dogs-cats 2
(animal), car-bus-bike 2 (vehicle), the rest 1 (thing).
"""

import json
import math

import numpy as np
import pytest

from semdepth.clustering import Clustering, Whole
from semdepth.depth import SimilarityDepth, depths_of_all_pairs, similarity_depth
from semdepth.errors import LabelError
from semdepth.graph import SimilarityGraph, spanning_forest
from semdepth.labels import Placement, place
from semdepth.similarity import SimilarityMatrix

POODLE, BOXER, SIAMESE, PERSIAN, CAR, BUS, BIKE = range(7)
ANIMALS = [(POODLE, BOXER), (BOXER, SIAMESE), (SIAMESE, PERSIAN)]
WHEELS = [(CAR, BUS)]


def graph_of(labels, edges, assignment=None):
    """A graph with exactly these edges: no other pair is alike at all."""
    values = np.eye(len(labels))
    for i, j in edges:
        values[i, j] = values[j, i] = 0.5
    assignment = [0] * len(labels) if assignment is None else assignment
    matrix = SimilarityMatrix("structural", tuple(labels), values)
    return spanning_forest(matrix, Clustering(Whole(), np.array(assignment)))


@pytest.fixture
def two_clusters(pets):
    """Four animals in one cluster, three vehicles in another, the bike without an edge."""
    return graph_of(pets.labels, ANIMALS + WHEELS, [0, 0, 0, 0, 1, 1, 1])


def without(placement, *unplaced):
    concepts = placement.concepts.copy()
    concepts[list(unplaced)] = -1
    return Placement(placement.taxonomy, placement.labels, concepts, placement.reasons)


def test_depth_is_the_mean_over_all_edges_not_over_clusters(pets, two_clusters):
    depth = similarity_depth(two_clusters, pets)
    assert depth.depths.tolist() == [3, 2, 3, 2]
    assert depth.mean == (3 + 2 + 3 + 2) / 4
    assert depth.by_cluster() == {0: (3 + 2 + 3) / 3, 1: 2.0}
    assert depth.mean != np.mean(list(depth.by_cluster().values()))


def test_each_edge_has_its_subsumer(pets, two_clusters):
    depth = similarity_depth(two_clusters, pets)
    assert depth.subsumer_names == ("dog", "animal", "cat", "vehicle")
    assert depth.subsumers == ("dog", "animal", "cat", "vehicle")
    assert depth.clusters.tolist() == [0, 0, 0, 1]
    assert depth.edges.tolist() == [list(edge) for edge in ANIMALS + WHEELS]


def test_each_class_has_the_mean_depth_of_its_edges(pets, two_clusters):
    by_class = similarity_depth(two_clusters, pets).by_class()
    assert by_class[:BIKE].tolist() == [3, (3 + 2) / 2, (2 + 3) / 2, 3, 2, 2]
    assert math.isnan(by_class[BIKE])


def test_mean_wu_palmer_is_over_the_same_edges(pets, two_clusters):
    depth = similarity_depth(two_clusters, pets)
    each = [6 / (1 + 1 + 6), 4 / (2 + 2 + 4), 6 / (1 + 1 + 6), 4 / (1 + 1 + 4)]
    assert depth.wu_palmer.tolist() == each
    assert depth.mean_wu_palmer == pytest.approx(sum(each) / 4)


def test_without_edges_depth_is_undefined_with_a_reason(pets):
    depth = similarity_depth(graph_of(pets.labels, []), pets)
    assert math.isnan(depth.mean)
    assert math.isnan(depth.mean_wu_palmer)
    assert depth.reason == "the graph has no edges"
    assert depth.by_cluster() == {}
    assert np.isnan(depth.by_class()).all()


def test_edges_of_unplaced_classes_are_left_out_and_counted(pets, two_clusters):
    depth = similarity_depth(two_clusters, without(pets, SIAMESE, BIKE))
    assert depth.unplaced == ("siamese", "bike")
    assert depth.left_out == 2
    assert depth.edges.tolist() == [[POODLE, BOXER], [CAR, BUS]]
    assert depth.clusters.tolist() == [0, 1]
    assert depth.mean == (3 + 2) / 2
    assert depth.reason == ""


def test_if_every_edge_touches_an_unplaced_class_depth_is_undefined(pets):
    depth = similarity_depth(graph_of(pets.labels, ANIMALS[:2]), without(pets, BOXER))
    assert math.isnan(depth.mean)
    assert depth.reason == "all 2 edges touch a class without a concept"


def test_if_no_class_is_placed_depth_is_undefined(pets, two_clusters):
    nowhere = without(pets, *range(7))
    depth = similarity_depth(two_clusters, nowhere)
    assert depth.reason == "all 4 edges touch a class without a concept"
    assert depth.unplaced == pets.labels
    nothing = depths_of_all_pairs(nowhere)
    assert (len(nothing), nothing.counts.sum()) == (0, 0)
    assert math.isnan(nothing.mean)


def test_a_placement_of_other_classes_is_an_error(pets, two_clusters):
    turned = Placement(pets.taxonomy, pets.labels[::-1], pets.concepts[::-1], pets.reasons)
    fewer = Placement(pets.taxonomy, pets.labels[:6], pets.concepts[:6], pets.reasons[:6])
    for other in (turned, fewer):
        with pytest.raises(LabelError):
            similarity_depth(two_clusters, other)


def test_the_subsumers_rule_reaches_the_depth(hierarchy):
    tree = hierarchy(
        top="", u="top", v="u", long="v top", short="u", a="long short", b="short long"
    )
    placement = Placement(tree, ("a", "b"), np.array([5, 6]), ("", ""))
    graph = graph_of("ab", [(0, 1)])
    assert similarity_depth(graph, placement).mean == 2 + 1
    assert similarity_depth(graph, placement, lcs="max_depth").mean == 3 + 1
    assert depths_of_all_pairs(placement, lcs="max_depth").of(0, 1) == 3 + 1


def test_meeting_only_in_the_virtual_root_has_depth_zero(hierarchy):
    tree = hierarchy(animal="", dog="animal", tool="")
    placement = Placement(tree, ("dog", "tool"), np.array([1, 2]), ("", ""))
    depth = similarity_depth(graph_of(("dog", "tool"), [(0, 1)]), placement)
    assert (depth.mean, depth.mean_wu_palmer) == (0.0, 0.0)


def test_depths_of_all_pairs_are_those_of_the_placed_classes(pets):
    pairs = depths_of_all_pairs(without(pets, BOXER, PERSIAN, BIKE))
    # poodle, siamese, car, bus
    i, j = np.triu_indices(4, k=1)
    assert pairs.of(i, j).tolist() == pairs.of(j, i).tolist() == [2, 1, 1, 1, 1, 2]
    assert pairs.counts[:3].tolist() == [0, 4, 2]
    assert pairs.mean == 8 / 6


def test_the_readmes_pets_in_wordnet():
    placed = place(["dog", "cat", "wolf"])
    depth = similarity_depth(graph_of(placed.labels, [(0, 1), (0, 2)]), placed)
    assert depth.subsumer_names == ("carnivore.n.01", "canine.n.02")
    assert depth.depths.tolist() == [12, 13]


def test_depth_comes_back_from_json(pets, two_clusters):
    empty = graph_of(pets.labels, [])
    for graph, placement in ((two_clusters, pets), (two_clusters, without(pets, 2)), (empty, pets)):
        depth = similarity_depth(graph, placement)
        again = SimilarityDepth.from_dict(json.loads(json.dumps(depth.to_dict())))
        assert again.to_dict() == depth.to_dict()
        assert again.edges.shape == depth.edges.shape
        assert again.reason == depth.reason


def test_a_graph_read_back_has_the_same_depth(pets, two_clusters):
    again = SimilarityGraph.from_dict(json.loads(json.dumps(two_clusters.to_dict())))
    first, second = (similarity_depth(graph, pets) for graph in (two_clusters, again))
    assert first.to_dict() == second.to_dict()


def test_depth_cannot_be_changed(pets, two_clusters):
    depth = similarity_depth(two_clusters, pets)
    for array in (depth.edges, depth.clusters, depth.depths, depth.wu_palmer):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(AttributeError):
        depth.left_out = 3


def test_repr_is_short(pets, two_clusters):
    depth = similarity_depth(two_clusters, pets)
    assert repr(depth) == "SimilarityDepth(2.5000 over 4 edges)"
    assert depth._repr_html_() == "<code>SimilarityDepth(2.5000 over 4 edges)</code>"
