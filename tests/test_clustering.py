"""method 3: the clusterers, their parameters, and what a clustering tells."""

import dataclasses
import json
import re
import sys

import numpy as np
import pytest
from sklearn import cluster

from semdepth.clustering import (
    CLUSTERERS,
    NOISE,
    AffinityPropagation,
    Clustering,
    Hdbscan,
    Louvain,
    Optics,
    Whole,
    clusterer,
)
from semdepth.errors import ClusteringError, OptionError
from semdepth.head import ClassifierHead
from semdepth.similarity import SimilarityMatrix, structural_from_cosine, structural_similarity


def matrix_of(values):
    values = np.array(values, dtype=np.float64)
    return SimilarityMatrix("structural", tuple(f"c{i}" for i in range(len(values))), values)


@pytest.fixture(scope="module")
def two_orthogonal_classes():
    return structural_from_cosine("ab", np.eye(2))


# Every clusterer


def test_the_clusterers_are_these():
    assert list(CLUSTERERS) == ["affinity", "louvain", "optics", "hdbscan", "whole"]


@pytest.mark.parametrize("name", CLUSTERERS)
def test_every_clusterer_gives_each_class_a_cluster_and_says_how(name, convnext):
    made_by = clusterer(name)
    found = made_by(convnext)
    clusters = np.unique(found.assignment)
    assert found.clusterer == made_by
    assert found.assignment.shape == (100,)
    assert clusters[clusters != NOISE].tolist() == [*range(np.sum(clusters != NOISE))]
    assert found.n_clusters == len(clusters)
    assert found.converged
    assert np.array_equal(made_by(convnext).assignment, found.assignment)


@pytest.mark.parametrize("name", CLUSTERERS)
def test_every_clustering_comes_back_from_json(name, convnext):
    found = clusterer(name)(convnext)
    again = Clustering.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again.to_dict() == found.to_dict()
    assert again.clusterer == found.clusterer
    assert np.array_equal(again.assignment, found.assignment)


@pytest.mark.parametrize("name", CLUSTERERS)
def test_every_clusterer_and_clustering_is_frozen(name, convnext):
    made_by = clusterer(name)
    found = made_by(convnext)
    for field in dataclasses.fields(made_by):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(made_by, field.name, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.converged = False
    with pytest.raises(ValueError, match="read-only"):
        found.assignment[0] = 5


# Parameters


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        (
            AffinityPropagation,
            {"damping": 0.49},
            "expected damping from 0.5 to below 1, found 0.49",
        ),
        (AffinityPropagation, {"damping": 1.0}, "expected damping from 0.5 to below 1, found 1.0"),
        (AffinityPropagation, {"damping": float("nan")}, "damping from 0.5 to below 1, found nan"),
        (AffinityPropagation, {"max_iterations": 0}, "max_iterations above 0, found 0"),
        (AffinityPropagation, {"convergence_iterations": 0}, "convergence_iterations above 0"),
        (AffinityPropagation, {"seed": -1}, "expected a seed from 0 to 4294967295, found -1"),
        (AffinityPropagation, {"seed": 2**32}, "found 4294967296"),
        (Louvain, {"resolution": 0.0}, "expected resolution above 0, found 0.0"),
        (Louvain, {"orders": 0}, "expected orders above 0, found 0"),
        (Louvain, {"seed": -1}, "expected a seed from 0 to 4294967295, found -1"),
        (Optics, {"min_samples": 1}, "expected min_samples above 1, found 1"),
        (Optics, {"xi": 0.0}, "expected xi between 0 and 1, found 0.0"),
        (Optics, {"xi": 1.0}, "expected xi between 0 and 1, found 1.0"),
        (Hdbscan, {"min_cluster_size": 1}, "expected min_cluster_size above 1, found 1"),
    ],
)
def test_a_parameter_out_of_range_is_an_error(kind, parameters, message):
    with pytest.raises(OptionError, match=re.escape(message)):
        kind(**parameters)
    with pytest.raises(OptionError, match=re.escape(message)):
        clusterer(kind.name, **parameters)


def test_the_defaults_are_the_papers():
    assert AffinityPropagation() == AffinityPropagation(
        damping=0.5, preference=None, max_iterations=200, convergence_iterations=15, seed=42
    )
    assert (Louvain().resolution, Louvain().self_loops) == (1.0, True)
    assert (Optics().min_samples, Optics().xi) == (5, 0.05)
    assert Hdbscan().min_cluster_size == 5


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("kmeans", {}, "expected a clusterer out of affinity, louvain, optics, hdbscan, whole, "),
        ("louvain", {"damping": 0.9}, "a parameter of louvain (resolution, self_loops, orders, "),
        ("optics", {"eps": 0.25}, "a parameter of optics (min_samples, xi), found 'eps'"),
        ("whole", {"seed": 1}, "a parameter of whole (it has none), found 'seed'"),
    ],
)
def test_an_unknown_clusterer_or_parameter_is_an_error(name, parameters, message):
    with pytest.raises(OptionError, match=re.escape(message)):
        clusterer(name, **parameters)


# Noise


def test_noise_counts_as_one_cluster():
    found = Clustering(Optics(), np.array([-1, 0, 0, -1, 1]))
    assert found.n_clusters == 3
    assert found.noise_share == 2 / 5
    assert repr(found) == "Clustering(optics, 3 clusters, 40% noise)"


def test_without_noise_there_is_no_share():
    found = Clustering(Whole(), np.zeros(4, dtype=int))
    assert (found.n_clusters, found.noise_share) == (1, 0)
    assert repr(found) == "Clustering(whole, 1 clusters)"


# Affinity propagation


def test_the_preference_is_the_median_of_all_cells(convnext):
    named = AffinityPropagation(preference=float(np.median(convnext.values)))
    off_diagonal = convnext.values[~np.eye(100, dtype=bool)]
    other = AffinityPropagation(preference=float(np.median(off_diagonal)) * 1.2)
    found = AffinityPropagation()(convnext).assignment
    assert np.array_equal(named(convnext).assignment, found)
    assert not np.array_equal(other(convnext).assignment, found)


def test_a_run_that_does_not_converge_is_used_and_says_so(golden):
    similarity = matrix_of(golden("ap_nonconverging_8x8")["sim"])
    found = AffinityPropagation()(similarity)
    assert (found.converged, found.iterations) == (False, 200)
    assert found.note == (
        "affinity propagation did not converge in 200 iterations at damping 0.5; "
        "its last state is used"
    )
    assert repr(found).endswith("clusters, not converged)")


def test_a_run_that_converges_says_nothing(convnext):
    found = AffinityPropagation()(convnext)
    assert (found.converged, found.note) == (True, "")
    assert 15 < found.iterations < 200


def test_no_exemplar_at_all_is_an_error(convnext):
    message = (
        "expected affinity propagation to find exemplars, found none in 1 iterations; "
        "raise --damping (now 0.5) or --preference"
    )
    with pytest.raises(ClusteringError, match=re.escape(message)):
        AffinityPropagation(preference=-100.0, max_iterations=1)(convnext)


def test_two_classes_are_two_clusters(two_orthogonal_classes):
    assert AffinityPropagation()(two_orthogonal_classes).assignment.tolist() == [0, 1]


def test_above_5000_classes_the_result_says_how_it_was_computed():
    templates = np.random.default_rng(0).normal(size=(5_001, 3))
    similarity = structural_similarity(ClassifierHead(map(str, range(5_001)), templates, "fc"))
    found = AffinityPropagation(max_iterations=1, preference=1.0)(similarity)
    assert "float32" in found.note
    assert "SplitMix64" in found.note


# Louvain


def test_louvain_takes_unit_loops_or_none(convnext):
    # A loop's weight adds to its own community only, so loops favour small communities.
    with_loops = Louvain(self_loops=True)(convnext).n_clusters
    without = Louvain(self_loops=False)(convnext).n_clusters
    assert with_loops > without


@pytest.mark.parametrize("self_loops", [True, False])
def test_louvain_leaves_unrelated_classes_alone(two_orthogonal_classes, self_loops):
    found = Louvain(self_loops=self_loops)(two_orthogonal_classes)
    assert found.assignment.tolist() == [0, 1]


# OPTICS and HDBSCAN


def test_optics_is_scikit_learns(lite0_mini):
    model = cluster.OPTICS(min_samples=3, xi=0.02, metric="precomputed")
    labels = model.fit(1 - lite0_mini.values).labels_
    found = Optics(min_samples=3, xi=0.02)(lite0_mini)
    assert found.assignment.tolist() == labels.tolist()
    assert found.n_clusters > 1


@pytest.mark.parametrize("least", [2, 5])
def test_hdbscan_is_scikit_learns(lite0_mini, least):
    # At 2 all heights are different, at 5 thirty are equal.
    model = cluster.HDBSCAN(min_cluster_size=least, metric="precomputed", copy=True)
    labels = model.fit(1 - lite0_mini.values).labels_
    found = Hdbscan(min_cluster_size=least)(lite0_mini)
    assert found.assignment.tolist() == labels.tolist()
    assert found.n_clusters > 1


@pytest.mark.parametrize("name", ["optics", "hdbscan"])
def test_classes_of_equal_templates_give_no_warning(name):
    templates = np.repeat(np.random.default_rng(0).normal(size=(4, 3)), 6, axis=0)
    similarity = structural_similarity(ClassifierHead(map(str, range(24)), templates, "fc"))
    assert clusterer(name)(similarity).assignment.shape == (24,)


@pytest.mark.parametrize(
    ("made_by", "message"),
    [
        (Optics(), "expected at least min_samples = 5 classes, found 2; lower min_samples"),
        (Hdbscan(), "expected at least min_cluster_size = 5 classes, found 2"),
    ],
)
def test_too_few_classes_are_an_error(two_orthogonal_classes, made_by, message):
    with pytest.raises(OptionError, match=message):
        made_by(two_orthogonal_classes)


@pytest.mark.parametrize("name", CLUSTERERS)
def test_no_clusterer_needs_scikit_learn_or_scipy(name, convnext, monkeypatch):
    for library in ("sklearn", "sklearn.cluster", "scipy"):
        monkeypatch.setitem(sys.modules, library, None)
    assert len(clusterer(name)(convnext).assignment) == 100


@pytest.mark.parametrize(("name", "total"), [("optics", 100), ("hdbscan", 200)])
def test_a_density_clusterer_says_how_far_it_is(name, total, convnext):
    calls = []
    clusterer(name)(convnext, lambda done, of: calls.append((done, of)))
    assert calls == sorted(set(calls))
    assert calls[0][0] <= total / 50
    assert calls[-1] == (total, total)


# Whole


def test_whole_is_one_cluster(convnext):
    assert Whole()(convnext).assignment.tolist() == [0] * 100
