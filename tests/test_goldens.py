"""The reference implementation's results on real networks (tests/data/golden, method 11)."""

import csv
from functools import cache

import numpy as np
import pytest

from semdepth.chance import depth_chance
from semdepth.clustering import NOISE, clusterer
from semdepth.depth import similarity_depth
from semdepth.graph import build_graph
from semdepth.kernels.louvain import modularity
from semdepth.labels import label_set
from semdepth.similarity import (
    scale_similarities,
    semantic_measure,
    semantic_similarity,
    structural_similarity,
)
from semdepth.taxonomy import relations

MINI = ("ConvNeXt_mini100", "lite0_mini100", "lite1_mini100")
IN1K = ("lite0_in1k", "lite1_in1k")

# scikit-learn's HDBSCAN sorts tied edges by an unstable sort, whose order depends on the
# processor: on 1000 classes its labels are not the same everywhere.
EXACT = [
    *((network, name) for network in MINI for name in ("affinity", "optics", "hdbscan")),
    *((network, name) for network in IN1K for name in ("affinity", "optics")),
]


@pytest.fixture(scope="module")
def network(convnext, lite0_mini, mini, imagenet, real_head):
    """``network(name)``: a real network's similarities, and where its classes stand."""

    @cache
    def load(name):
        if name == "ConvNeXt_mini100":
            return convnext, mini
        if name == "lite0_mini100":
            return lite0_mini, mini
        head = real_head(name.split("_")[0])
        if name.endswith("mini100"):
            return structural_similarity(head.select(mini.ids)), mini
        assert head.ids == imagenet.ids
        return structural_similarity(head), imagenet

    return load


@pytest.fixture(scope="module")
def graph_of(network):
    """``graph_of(network, clusterer)``, each built once."""
    return cache(lambda name, by: build_graph(network(name)[0], clusterer(by)))


# Structural graphs


@pytest.mark.parametrize(("name", "by"), EXACT)
def test_clusters_are_the_references(graph_of, expected, name, by):
    known = expected["nssg"][f"{name}/{by}"]
    graph = graph_of(name, by)
    assert graph.clustering.assignment.tolist() == known["labels"]
    assert graph.n_clusters == graph.clustering.n_clusters == known["groups"]
    assert np.sum(graph.clustering.assignment == NOISE) == known["noise"]
    assert np.bincount(graph.membership).max() == known["largest"]


@pytest.mark.parametrize(("name", "by"), EXACT)
def test_depths_are_the_references(graph_of, network, expected, name, by):
    known = expected["nssg"][f"{name}/{by}"]
    depth = similarity_depth(graph_of(name, by), network(name)[1])
    assert depth.mean == pytest.approx(known["sd"], abs=1e-9)
    assert depth.mean_wu_palmer == pytest.approx(known["wup"], abs=1e-9)


@pytest.mark.parametrize(("name", "by"), EXACT)
def test_forests_are_as_large_as_the_references(graph_of, expected, name, by):
    known = expected["nssg"][f"{name}/{by}"]
    graph = graph_of(name, by)
    # ConvNeXt's weights were summed in float32.
    tolerance = 1e-5 if name.startswith("ConvNeXt") else 1e-9
    assert len(graph.edges) == known["n_edges"]
    assert graph.weights.sum() == pytest.approx(known["weight_sum"], abs=tolerance)


@pytest.mark.parametrize(
    ("name", "by"),
    [
        *((name, by) for name in MINI[:2] for by in ("affinity", "optics", "hdbscan")),
        ("lite1_mini100", "affinity"),
        ("lite0_in1k", "affinity"),
        ("lite0_in1k", "optics"),
        ("lite1_in1k", "affinity"),
    ],
)
def test_edges_are_the_references(graph_of, network, golden_folder, name, by):
    placement = network(name)[1]
    graph = graph_of(name, by)
    assert edges_of(graph, placement) == edges_in(golden_folder / f"mst_{name}_{by}.csv")


def edges_of(graph, placement):
    depth = similarity_depth(graph, placement)
    ids = placement.ids
    return {
        (frozenset((ids[i], ids[j])), int(own), name, met)
        for (i, j), own, name, met in zip(
            depth.edges, depth.depths, depth.subsumer_names, depth.subsumers, strict=True
        )
    }


def edges_in(path):
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (
                frozenset((row["node1"], row["node2"])),
                int(row["depth"]),
                row["subsumer"],
                row["subsumer_wnid"],
            )
            for row in csv.DictReader(file)
        }


def test_lite1_does_not_converge_on_imagenet_and_says_so(graph_of):
    found = graph_of("lite1_in1k", "affinity").clustering
    assert (found.converged, found.iterations) == (False, 200)
    assert "did not converge in 200 iterations at damping 0.5" in found.note


def test_lite1_converges_on_imagenet_at_a_higher_damping(network):
    found = clusterer("affinity", damping=0.9)(network("lite1_in1k")[0])
    assert found.converged
    assert found.note == ""
    assert found.iterations < 200


def test_chance_on_imagenet_is_far_below(graph_of, network):
    placement = network("lite0_in1k")[1]
    depth = similarity_depth(graph_of("lite0_in1k", "affinity"), placement)
    chance = depth_chance(depth, placement, permutations=200)
    low, high = chance.interval
    assert chance.null_mean < 6 < low < depth.mean < high < chance.ceiling
    assert chance.p_value == 1 / 201


# Louvain, which depends on the seed


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 5, 42])
@pytest.mark.parametrize(
    ("name", "least", "most"), [("lite0_mini100", 7.37, 7.59), ("ConvNeXt_mini100", 7.48, 7.62)]
)
def test_louvains_depth_lies_within_the_references_spread(network, name, least, most, seed):
    similarity, placement = network(name)
    graph = build_graph(similarity, clusterer("louvain", seed=seed))
    assert least <= round(similarity_depth(graph, placement).mean, 2) <= most


@pytest.mark.parametrize("name", [*MINI, *IN1K])
def test_louvains_modularity_is_not_below_the_references(graph_of, network, expected, name):
    adjacency = network(name)[0].values.copy()
    np.fill_diagonal(adjacency, 2.0)
    theirs = np.array(expected["nssg"][f"{name}/louvain"]["labels"])
    ours = graph_of(name, "louvain").clustering.assignment
    assert modularity(adjacency, ours) >= modularity(adjacency, theirs) - 0.001


# Semantic graphs


MEASURES = [("path", "Native"), ("wup", "WUP")]


@pytest.fixture(scope="module")
def noisy(mini, golden):
    """``noisy(measure)``: the taxonomy's similarities with the reference's tie-breaking noise."""
    noise = golden("wordnet_noise_seed42")["noise"]
    related = relations(mini.taxonomy, mini.concepts)
    return cache(
        lambda measure: scale_similarities(
            "semantic", mini.labels, semantic_measure(related, measure) + noise
        )
    )


@pytest.mark.parametrize("by", ["affinity", "optics", "hdbscan"])
@pytest.mark.parametrize(("measure", "name"), MEASURES)
def test_semantic_graphs_are_the_references(noisy, mini, expected, measure, name, by):
    known = expected["ssg"][f"seed42/{name}/{by}"]
    graph = build_graph(noisy(measure), clusterer(by))
    depth = similarity_depth(graph, mini)
    assert graph.clustering.assignment.tolist() == known["labels"]
    assert (graph.n_clusters, len(graph.edges)) == (known["groups"], known["n_edges"])
    assert depth.mean == pytest.approx(known["sd"], abs=1e-9)
    assert depth.mean_wu_palmer == pytest.approx(known["wup"], abs=1e-9)


@pytest.mark.parametrize(("measure", "name"), MEASURES)
def test_semantic_edges_are_the_references(noisy, mini, golden_folder, measure, name):
    graph = build_graph(noisy(measure), clusterer("affinity"))
    known = edges_in(golden_folder / f"mst_wordnet_{name}_affinity.csv")
    assert edges_of(graph, mini) == known


@pytest.mark.parametrize("by", ["affinity", "optics", "hdbscan"])
@pytest.mark.parametrize(("measure", "name"), MEASURES)
def test_without_noise_semantic_depths_stay_near_the_references(mini, expected, measure, name, by):
    graph = build_graph(semantic_similarity(mini, measure), clusterer(by))
    known = expected["ssg"][f"seed42/{name}/{by}"]["sd"]
    assert similarity_depth(graph, mini).mean == pytest.approx(known, abs=0.065)


# method 11's table


@pytest.mark.parametrize(
    ("by", "depth", "groups"), [("optics", 7.33, 1), ("affinity", 7.29, 15), ("hdbscan", 7.33, 1)]
)
def test_convnexts_row_of_the_papers_table(graph_of, mini, by, depth, groups):
    graph = graph_of("ConvNeXt_mini100", by)
    assert round(similarity_depth(graph, mini).mean, 2) == depth
    assert graph.n_clusters == groups


def test_lite0s_classes_make_203_clusters_in_float64(graph_of):
    assert graph_of("lite0_in1k", "affinity").n_clusters == 203


def test_mini_imagenets_classes_are_taken_from_imagenets_by_id(network, lite0_mini, real_head):
    # The golden cosine matrix and the real head give the same similarities.
    part = structural_similarity(real_head("lite0").select(label_set("mini-imagenet").ids))
    assert part.labels == tuple(
        label_set("imagenet-1k").labels[i]
        for i in label_set("imagenet-1k").positions(label_set("mini-imagenet"))
    )
    assert part.values == pytest.approx(lite0_mini.values, abs=1e-12)
