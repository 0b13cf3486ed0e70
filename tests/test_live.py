"""Live scores: the numbers of analyze(), from a tracker that never stops a training."""

import math

import numpy as np
import pytest

from semdepth import ClassifierHead, Louvain, Optics, analyze, count_confusions, place
from semdepth.chance import greatest_mean_depth
from semdepth.clustering import AffinityPropagation
from semdepth.depth import depths_of_all_pairs
from semdepth.errors import LabelError
from semdepth.labels import label_set
from semdepth.live import LiveScores, Tracker

CIFAR = label_set("cifar-10")
N = len(CIFAR)
ALL_NAMES = {
    f"semantic/{name}"
    for name in (
        "sd sd_chance sd_normalised clusters converged accuracy unseen_classes "
        "compliance_direct compliance_direct_chance "
        "compliance_direct_causing compliance_direct_causing_chance "
        "compliance_extended compliance_extended_chance "
        "compliance_extended_causing compliance_extended_causing_chance"
    ).split()
}


@pytest.fixture(scope="module")
def tracker():
    return Tracker(place(CIFAR.labels, CIFAR.ids))


def head_of(seed=0, templates=None):
    drawn = np.random.default_rng(seed).normal(size=(N, 16))
    return ClassifierHead(
        CIFAR.labels, drawn if templates is None else templates, "fc", ids=CIFAR.ids
    )


def predictions(seed=0, without=()):
    """Predictions that are wrong often enough for a graph of errors."""
    random = np.random.default_rng(seed)
    true = random.choice([i for i in range(N) if i not in without], size=400)
    wrong = random.random(400) < 0.5
    return true, np.where(wrong, (true + random.integers(1, 4, size=400)) % N, true)


def same_as_analysis(scores, analysis):
    assert scores.sd == analysis.depth.mean
    assert scores.sd_chance == analysis.chance.null_mean
    assert scores.sd_normalised == analysis.chance.normalised
    assert scores.sd_ceiling == analysis.chance.ceiling
    assert scores.clusters == analysis.graph.n_clusters
    assert bool(scores.converged) == analysis.graph.clustering.converged
    return True


def same_compliance(scores, mistakes):
    for ours, theirs in ((scores.direct, mistakes.direct), (scores.extended, mistakes.extended)):
        np.testing.assert_equal(
            [ours.explained, ours.explained_chance, ours.causing, ours.causing_chance],
            [
                theirs.found.confusions_explained,
                theirs.explained.null_mean,
                theirs.found.similarities_causing_confusion,
                theirs.causing.null_mean,
            ],
        )
    return True


@pytest.mark.parametrize("seed", range(4))
def test_the_scores_are_those_of_an_analysis(tracker, seed):
    head, confusion = head_of(seed), count_confusions(CIFAR.labels, *predictions(seed))
    scores = tracker(head, confusion)
    analysis = analyze(head, confusion=confusion, permutations=10)
    assert same_as_analysis(scores, analysis)
    assert same_compliance(scores, analysis.mistakes)
    assert scores.accuracy == np.mean(np.equal(*predictions(seed)))
    assert scores.unseen == 0
    assert scores.scalars().keys() == ALL_NAMES
    assert scores.depth.depths.tolist() == analysis.depth.depths.tolist()
    assert scores.graph.edges.tolist() == analysis.graph.edges.tolist()


def test_the_names_mean_what_they_say(tracker):
    confusion = count_confusions(CIFAR.labels, *predictions())
    scores = tracker(head_of(), confusion)
    named = scores.scalars()
    assert named["semantic/sd"] == scores.sd
    assert named["semantic/sd_normalised"] == scores.sd_normalised
    assert named["semantic/compliance_direct"] == scores.direct.explained
    assert named["semantic/compliance_direct_causing"] == scores.direct.causing
    assert named["semantic/compliance_extended_chance"] == scores.extended.explained_chance
    assert named["semantic/compliance_extended_causing_chance"] == scores.extended.causing_chance
    assert all(type(value) is float for value in named.values())


def test_without_predictions_the_weights_alone_speak(tracker):
    scores = tracker(head_of(3))
    assert same_as_analysis(scores, analyze(head_of(3), permutations=10))
    named = {"sd", "sd_chance", "sd_normalised", "clusters", "converged"}
    assert set(scores.scalars()) == {f"semantic/{name}" for name in named}
    assert math.isnan(scores.accuracy)
    assert math.isnan(scores.direct.explained)


@pytest.mark.parametrize("clusterer", [Louvain(), Optics(min_samples=2), AffinityPropagation(0.9)])
def test_other_clusterers(clusterer):
    head, confusion = head_of(5), count_confusions(CIFAR.labels, *predictions(5))
    scores = Tracker(place(CIFAR.labels, CIFAR.ids), clusterer)(head, confusion)
    analysis = analyze(head, clusterer=clusterer, confusion=confusion, permutations=10)
    assert same_as_analysis(scores, analysis)
    assert same_compliance(scores, analysis.mistakes)


def test_classes_that_were_never_seen_are_left_out_of_compliance_alone(tracker):
    true, predicted = predictions(1, without=(2, 7))
    confusion = count_confusions(CIFAR.labels, true, predicted)
    scores = tracker(head_of(1), confusion)
    left_out = analyze(head_of(1), confusion=confusion, unseen="leave_out", permutations=10)
    assert left_out.left_out == (CIFAR.labels[2], CIFAR.labels[7])
    assert same_compliance(scores, left_out.mistakes)
    assert same_as_analysis(scores, analyze(head_of(1), permutations=10))
    assert scores.unseen == scores.scalars()["semantic/unseen_classes"] == 2
    # Predictions of the two classes are wrong, and count as such.
    assert scores.accuracy == np.mean(true == predicted)


def test_constant_templates_are_no_error(tracker):
    scores = tracker(head_of(templates=np.ones((N, 4))))
    assert scores.scalars() == {}
    assert "found all 100 cells equal" in scores.reason
    assert "undefined" in repr(scores)
    assert math.isnan(scores.sd)
    assert math.isnan(scores.sd_normalised)


@pytest.mark.parametrize("broken", [np.nan, np.inf, 0.0])
def test_neither_are_templates_of_a_training_that_diverged(tracker, broken):
    templates = np.random.default_rng(0).normal(size=(N, 4))
    templates[3] = broken
    confusion = count_confusions(CIFAR.labels, *predictions())
    scores = tracker(head_of(templates=templates), confusion)
    assert "'cat'" in scores.reason
    assert scores.mistakes_reason == "the network perceives no similarities"
    assert set(scores.scalars()) == {"semantic/accuracy", "semantic/unseen_classes"}


def test_neither_are_predictions_without_an_error(tracker):
    every = np.arange(N)
    scores = tracker(head_of(), count_confusions(CIFAR.labels, every, every))
    assert "nothing to explain" in scores.mistakes_reason
    assert scores.accuracy == 1
    assert scores.sd == analyze(head_of(), permutations=10).depth.mean
    assert not any("compliance" in name for name in scores.scalars())


def test_neither_is_a_single_class_with_samples(tracker):
    confusion = count_confusions(CIFAR.labels, [1, 1, 1], [1, 2, 3])
    scores = tracker(head_of(), confusion)
    assert scores.mistakes_reason
    assert scores.unseen == 9


def test_neither_is_a_clusterer_that_finds_nothing():
    # Too few messages for any class to become an exemplar.
    hasty = AffinityPropagation(max_iterations=1, preference=-1e9)
    scores = Tracker(place(CIFAR.labels, CIFAR.ids), hasty)(head_of())
    assert "exemplars" in scores.reason
    assert scores.scalars() == {}


def test_classes_without_a_concept_have_clusters_but_no_depth():
    names = tuple(f"gizmo {i}" for i in range(N))
    scores = Tracker(place(names, [""] * N))(ClassifierHead(names, head_of().templates, "fc"))
    assert scores.reason.startswith("all ")
    assert set(scores.scalars()) == {"semantic/clusters", "semantic/converged"}


def test_other_classes_are_an_error(tracker):
    other = ClassifierHead(CIFAR.labels[::-1], head_of().templates, "fc")
    with pytest.raises(LabelError):
        tracker(other)
    with pytest.raises(LabelError):
        tracker(head_of(), count_confusions(CIFAR.labels[::-1], *predictions()))


def test_what_does_not_change_is_computed_once(tracker, monkeypatch):
    monkeypatch.setattr("semdepth.live.depths_of_all_pairs", None)
    assert tracker(head_of()).sd_chance == tracker(head_of(1)).sd_chance
    pairs = depths_of_all_pairs(tracker.placement)
    scores = tracker(head_of())
    assert scores.sd_ceiling == greatest_mean_depth(pairs, len(scores.depth.edges))


def test_a_normalised_depth_without_room_is_undefined():
    assert math.isnan(LiveScores(sd=5, sd_chance=5, sd_ceiling=5).sd_normalised)
    assert LiveScores(sd=6, sd_chance=5, sd_ceiling=9).sd_normalised == (6 - 5) / (9 - 5)


def test_the_short_forms(tracker):
    confusion = count_confusions(CIFAR.labels, *predictions())
    assert "confusions explained" in repr(tracker(head_of(), confusion))
    assert "explained" not in repr(tracker(head_of()))
    assert repr(LiveScores(sd=1)) in LiveScores(sd=1)._repr_html_().replace("&#x27;", "'")
