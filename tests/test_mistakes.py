"""Mistakes as a whole: what analyze() makes of a confusion matrix, method 7 to 10 together."""

import json
from dataclasses import astuple, replace

import numpy as np
import pytest

from semdepth.alignment import align, severity
from semdepth.analysis import Analysis, analyze
from semdepth.chance import compliance_chance
from semdepth.clustering import Hdbscan, Optics, Whole, clusterer
from semdepth.compliance import graph_compliance
from semdepth.confusion import ConfusionMatrix
from semdepth.depth import similarity_depth
from semdepth.errors import ConfusionError, LabelError, OptionError
from semdepth.forecast import forecast
from semdepth.graph import build_graph
from semdepth.head import ClassifierHead
from semdepth.labels import Placement, place
from semdepth.mistakes import Mistakes, Thresholds
from semdepth.reading.heads import read_head
from semdepth.similarity import (
    SimilarityMatrix,
    functional_similarity,
    scale_similarities,
    semantic_similarity,
)
from semdepth.verdicts import pair_verdicts

PETS = ("dog", "cat", "car", "bus", "oak", "rose")


def head(labels=PETS, seed=0):
    templates = np.random.default_rng(seed).normal(size=(len(labels), 8))
    return ClassifierHead(labels, templates, "fc.weight")


def confusion(labels=PETS, seed=0, seen=90):
    """Every class was seen, and mixed up with some others."""
    random = np.random.default_rng(seed)
    counts = random.poisson(2.0, (len(labels),) * 2)
    np.fill_diagonal(counts, seen)
    return ConfusionMatrix(labels, counts, "by hand")


def there_and_back(analysis):
    return Analysis.from_dict(json.loads(json.dumps(analysis.to_dict(), allow_nan=False)))


@pytest.fixture(scope="module")
def cifar(golden_folder):
    """``cifar(20)``: what that ResNet takes for what on CIFAR-10's test images."""
    folder = golden_folder.parent / "cifar10"

    def load(depth):
        with np.load(folder / f"resnet{depth}_confusion.npz") as stored:
            labels = tuple(map(str, stored["classes"]))
            return ConfusionMatrix(labels, stored["confusion"], f"ResNet{depth}, test images")

    return load


@pytest.fixture(scope="module")
def resnet20(golden_folder):
    return read_head(golden_folder.parent / "cifar10" / "resnet20_head.npz")


@pytest.fixture(scope="module")
def real_confusion(golden, mini):
    shares = golden("confusion_real_ConvNeXt_mini100")["confusion_row_normalised"]
    return ConfusionMatrix(mini.labels, shares, "ConvNeXt, its own")


@pytest.fixture(scope="module")
def real(convnext, mini, real_confusion):
    return analyze(convnext, placement=mini, confusion=real_confusion, permutations=200)


@pytest.fixture(scope="module")
def own(resnet20, cifar):
    return analyze(resnet20, confusion=cifar(20), title="ResNet20", permutations=200)


# It holds what the stages give


def test_the_reference_end_to_end(real):
    found = real.mistakes
    assert found.graph.kind == "functional"
    assert found.graph.n_clusters == 24
    assert len(found.graph.edges) == 76
    assert round(found.depth.mean, 6) == 7.486842
    assert found.direct.found.similarities_causing_confusion == 30 / 85
    assert found.direct.found.confusions_explained == 30 / 76
    assert found.extended.found.similarities_causing_confusion == 38 / 85
    assert found.extended.found.confusions_explained == 41 / 76
    assert round(found.direct.explained.null_mean, 4) == 0.0172
    assert round(found.extended.explained.null_mean, 3) == 0.066


@pytest.mark.parametrize("options", [{}, {"clusterer": Optics(), "lcs": "max_depth", "seed": 7}])
def test_every_part_is_what_its_stage_gives(convnext, mini, real_confusion, options):
    found = analyze(convnext, placement=mini, confusion=real_confusion, permutations=60, **options)
    lcs, seed = options.get("lcs", "min_depth"), options.get("seed", 42)
    mistakes = found.mistakes
    functional = functional_similarity(real_confusion)
    graph = build_graph(functional, options.get("clusterer"))
    assert mistakes.graph.to_dict() == graph.to_dict()
    assert mistakes.depth.to_dict() == similarity_depth(graph, mini, lcs=lcs).to_dict()
    for name in ("direct", "extended"):
        judged = getattr(mistakes, name)
        assert judged.found.to_dict() == graph_compliance(found.graph, graph, name).to_dict()
        assert (judged.causing, judged.explained) == compliance_chance(
            found.graph, graph, name, permutations=60, seed=seed
        )
    assert mistakes.forecast == forecast(convnext, real_confusion)
    assert mistakes.severity == severity(real_confusion, mini, lcs=lcs)
    semantic = semantic_similarity(mini, "wup", lcs=lcs)
    pairs = [(convnext, functional), (convnext, semantic), (functional, semantic)]
    assert mistakes.alignments == tuple(align(*pair, seed=seed) for pair in pairs)
    verdicts = pair_verdicts(convnext, found.graph, graph, real_confusion, mini, lcs=lcs)
    assert mistakes.verdicts.to_dict() == verdicts.to_dict()


def test_without_predictions_there_are_no_mistakes(convnext, mini):
    found = analyze(convnext, placement=mini)
    assert found.mistakes is None
    assert there_and_back(found).mistakes is None
    assert found.left_out == ()


def test_mistakes_change_nothing_about_the_weights(convnext, mini, real):
    alone = analyze(convnext, placement=mini, permutations=200).to_dict()
    beside = real.to_dict()
    assert alone.pop("mistakes") is None
    assert beside.pop("mistakes") is not None
    assert beside == alone


def test_noise_and_clusterer_hold_for_both_graphs(convnext, mini, real_confusion):
    options = {"placement": mini, "confusion": real_confusion, "permutations": 5}
    together = analyze(convnext, clusterer=Hdbscan(), **options)
    apart = analyze(convnext, clusterer=Hdbscan(), noise="singletons", **options)
    assert together.mistakes.graph.clustering.clusterer == Hdbscan()
    assert together.mistakes.graph.noise == "cluster"
    assert apart.mistakes.graph.noise == apart.graph.noise == "singletons"
    assert apart.mistakes.graph.n_clusters > together.mistakes.graph.n_clusters


def test_the_thresholds_reach_their_stages(resnet20, cifar):
    limits = Thresholds(often=100, confused_from=60, perceived_from=0.3, related_percentile=80)
    found = analyze(resnet20, confusion=cifar(20), thresholds=limits, permutations=5)
    both = cifar(20).confusions[np.triu_indices(10, k=1)]
    assert found.mistakes.forecast.often == 100
    assert found.mistakes.forecast.at_confused.k == np.sum(both >= 100)
    verdicts = found.mistakes.verdicts
    counts = verdicts.counts()
    assert sum(counts.values()) - counts["latent"] == np.sum(both >= 60)
    assert verdicts.similarity[verdicts.of("latent")].min() >= 0.3
    strict = analyze(resnet20, confusion=cifar(20), permutations=5).mistakes.verdicts
    assert verdicts.related_from < strict.related_from


def test_the_same_input_gives_the_same_numbers(own, resnet20, cifar):
    again = analyze(resnet20, confusion=cifar(20), title="ResNet20", permutations=200)
    assert again.to_dict() == own.to_dict()


def test_progress_names_its_stages(resnet20, cifar):
    told = []
    analyze(
        resnet20,
        confusion=cifar(20),
        permutations=5,
        progress=lambda stage, done, total: told.append(stage),
    )
    for stage in (
        "clusters of confusions",
        "compliance, direct",
        "compliance, extended",
        "forecast and severity",
        "alignment, structural with functional",
        "alignment, functional with semantic",
    ):
        assert stage in told


# CIFAR-10: a real network, its own predictions and another's


def test_a_real_networks_own_predictions(own, cifar):
    found = own.mistakes
    assert found.confusion.accuracy == 0.9173
    assert found.forecast.confused == np.sum(cifar(20).confusions[np.triu_indices(10, k=1)] > 0)
    first, second = found.verdicts.pairs[0]
    # Cats and dogs, of which more are mixed up than of any other two.
    assert {found.confusion.labels[first], found.confusion.labels[second]} == {"cat", "dog"}
    assert found.verdicts.verdicts[0] == "understandable"
    assert (found.verdicts.first_as_second[0], found.verdicts.second_as_first[0]) == (82, 84)
    assert found.severity.mistakes == 10_000 - 9_173
    assert found.severity.left_out == 0
    assert found.direct.explained.p_value < 0.05
    assert found.forecast.auc_often_seldom > 0.8


def test_another_networks_predictions_are_named(own, resnet20, cifar):
    found = analyze(resnet20, confusion=cifar(44), title="ResNet20", permutations=200)
    assert found.mistakes.confusion.source == "ResNet44, test images"
    assert found.to_dict()["mistakes"]["confusion"]["source"] == "ResNet44, test images"
    assert there_and_back(found).mistakes.confusion.source == "ResNet44, test images"
    assert found.subject == own.subject
    assert found.graph.to_dict() == own.graph.to_dict()
    assert found.mistakes.confusion.accuracy == 0.931
    assert found.mistakes.forecast != own.mistakes.forecast


def test_shares_tell_the_same_of_graphs_and_severity(own, resnet20, cifar):
    counts = cifar(20).counts
    shares = ConfusionMatrix(cifar(20).labels, counts / counts.sum(axis=1, keepdims=True), "shares")
    found = analyze(resnet20, confusion=shares, title="ResNet20", permutations=200).mistakes
    assert not found.confusion.counted
    assert found.confusion.accuracy == pytest.approx(own.mistakes.confusion.accuracy)
    assert found.graph.edges.tolist() == own.mistakes.graph.edges.tolist()
    assert (found.direct.causing, found.extended.explained) == (
        own.mistakes.direct.causing,
        own.mistakes.extended.explained,
    )
    # 1,000 images a class: shares are counts in thousandths.
    assert astuple(found.severity)[2:] == pytest.approx(astuple(own.mistakes.severity)[2:])
    assert found.verdicts.verdicts.tolist() == own.mistakes.verdicts.verdicts.tolist()


# Back from JSON


@pytest.mark.parametrize("name", ["real", "own"])
def test_an_analysis_with_mistakes_comes_back_from_strict_json(request, name):
    found = request.getfixturevalue(name)
    again = there_and_back(found)
    assert again.to_dict() == found.to_dict()
    mistakes, back = found.mistakes, again.mistakes
    assert isinstance(back, Mistakes)
    assert repr(back) == repr(mistakes)
    assert np.array_equal(back.confusion.counts, mistakes.confusion.counts)
    assert np.array_equal(back.graph.edges, mistakes.graph.edges)
    assert (back.forecast, back.severity) == (mistakes.forecast, mistakes.severity)
    assert back.alignments == mistakes.alignments
    assert back.direct.found.confusions_explained == mistakes.direct.found.confusions_explained
    assert back.verdicts.counts() == mistakes.verdicts.counts()
    assert again.odd == found.odd
    assert again.context == found.context


def test_the_dict_tells_the_ratios_and_the_counts(own):
    data = own.to_dict()["mistakes"]
    assert data["accuracy"] == 0.9173
    direct = data["direct"]
    assert direct["explained"]["observed"] == own.mistakes.direct.found.confusions_explained
    assert direct["explained"]["lift"] == pytest.approx(
        direct["explained"]["observed"] / direct["explained"]["null_mean"]
    )
    assert data["verdict_counts"] == own.mistakes.verdicts.counts()
    assert data["forecast"]["at_n"]["k"] == 10


# Classes without samples

SEEN = confusion()


def without(*labels):
    """The confusion matrix SEEN with no samples of some classes, which are still predicted."""
    counts = np.array(SEEN.counts)
    counts[[PETS.index(label) for label in labels]] = 0
    return ConfusionMatrix(PETS, counts, "by hand")


def test_classes_without_samples_are_an_error_that_names_them():
    message = r"expected samples of every class, found none of 'cat', 'oak'; .*--unseen leave_out"
    with pytest.raises(ConfusionError, match=message):
        analyze(head(), confusion=without("cat", "oak"))


@pytest.mark.parametrize("as_matrix", [False, True])
def test_on_request_everything_is_done_without_them(as_matrix):
    subject = head()
    if as_matrix:
        cosine = np.corrcoef(np.random.default_rng(1).normal(size=(6, 9)))
        subject = scale_similarities("structural", PETS, cosine)
    found = analyze(subject, confusion=without("cat", "oak"), unseen="leave_out", permutations=50)
    kept = ("dog", "car", "bus", "rose")
    assert found.left_out == ("cat", "oak")
    assert tuple(placed.label for placed in found.classes) == kept
    for part in (
        found.graph,
        found.depth,
        found.similarity,
        found.mistakes.confusion,
        found.mistakes.graph,
        found.mistakes.depth,
        found.mistakes.verdicts,
    ):
        assert part.labels == kept
    assert found.mistakes.forecast.pairs == 4 * 3 / 2
    named = {name for pair in found.alike for name in (pair.first, pair.second)}
    assert named | {odd.label for odd in found.odd} <= set(kept)
    due = analyze(subject.select(kept), confusion=SEEN.select(kept), permutations=50)
    mistakes, due_mistakes = found.to_dict()["mistakes"], due.to_dict()["mistakes"]
    # Only where the matrix came from is told otherwise.
    assert mistakes["confusion"].pop("source").startswith(due_mistakes["confusion"].pop("source"))
    assert mistakes == due_mistakes
    assert found.to_dict()["graph"] == due.to_dict()["graph"]
    assert found.to_dict()["chance"] == due.to_dict()["chance"]


def test_what_was_left_out_is_said_and_kept():
    found = analyze(head(), confusion=without("cat"), unseen="leave_out", permutations=5)
    assert any("without samples left out: 'cat'" in note for note in found.notes)
    again = there_and_back(found)
    assert again.left_out == ("cat",)
    assert again.notes == found.notes


def test_leaving_out_changes_nothing_where_every_class_was_seen():
    first, second = (
        analyze(head(), confusion=SEEN, unseen=unseen, permutations=5)
        for unseen in ("error", "leave_out")
    )
    assert second.left_out == ()
    assert second.to_dict() == first.to_dict()


def test_a_class_whose_samples_all_went_to_one_that_is_left_out_goes_too():
    counts = np.array(without("cat").counts)
    counts[PETS.index("dog")] = 0
    counts[PETS.index("dog"), PETS.index("cat")] = 50
    seen = ConfusionMatrix(PETS, counts)
    found = analyze(head(), confusion=seen, unseen="leave_out", permutations=5)
    assert set(found.left_out) == {"dog", "cat"}
    assert found.graph.labels == ("car", "bus", "oak", "rose")


def test_another_rule_for_unseen_classes_is_an_error():
    with pytest.raises(OptionError, match="expected unseen to be error or leave_out, found 'drop'"):
        analyze(head(), confusion=SEEN, unseen="drop")


# Permuting, and classes that do not match


@pytest.mark.parametrize("by", ["affinity", "whole", "optics"])
def test_permuting_the_classes_changes_no_score(convnext, mini, by):
    random = np.random.default_rng(12)
    shares = random.dirichlet(np.full(100, 0.05), size=100) + 3 * np.eye(100)
    order = random.permutation(100)
    labels = tuple(mini.labels[i] for i in order)
    first = analyze(
        convnext,
        placement=mini,
        clusterer=clusterer(by),
        confusion=ConfusionMatrix(mini.labels, shares),
        permutations=5,
    )
    second = analyze(
        SimilarityMatrix("structural", labels, convnext.values[np.ix_(order, order)]),
        placement=Placement(mini.taxonomy, labels, mini.concepts[order], mini.reasons),
        clusterer=clusterer(by),
        confusion=ConfusionMatrix(labels, shares[np.ix_(order, order)]),
        permutations=5,
    )
    one, two = first.mistakes, second.mistakes
    assert two.graph.n_clusters == one.graph.n_clusters
    assert two.depth.mean == pytest.approx(one.depth.mean, abs=1e-12)
    for name in ("direct", "extended"):
        due, found = getattr(one, name), getattr(two, name)
        for ratio in ("causing", "explained"):
            a, b = getattr(due, ratio), getattr(found, ratio)
            assert (b.observed, b.null_mean) == (a.observed, a.null_mean)
    assert flat(two.forecast.to_dict()) == pytest.approx(flat(one.forecast.to_dict()))
    assert astuple(two.severity) == pytest.approx(astuple(one.severity))
    for a, b in zip(one.alignments, two.alignments, strict=True):
        assert astuple(b)[1:4] == pytest.approx(astuple(a)[1:4])
    assert two.verdicts.counts() == one.verdicts.counts()
    assert two.verdicts.related_from == one.verdicts.related_from


def flat(data):
    found = {}
    for name, value in data.items():
        inner = flat(value) if isinstance(value, dict) else {"": value}
        found.update({name + key: one for key, one in inner.items()})
    return {name: value for name, value in found.items() if not isinstance(value, str)}


def test_confusions_of_other_classes_are_an_error_with_names():
    other = ConfusionMatrix(("cat", "dog", *PETS[2:]), SEEN.counts)
    with pytest.raises(LabelError, match=r"model and its confusions .* found 'dog' beside 'cat'"):
        analyze(head(), confusion=other)
    with pytest.raises(LabelError, match="found 6 beside 3 classes"):
        analyze(head(), confusion=confusion(PETS[:3]))


# Small and odd cases


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_few_classes_are_analysed_and_come_back(n):
    found = analyze(head(PETS[:n]), confusion=confusion(PETS[:n], seed=1), permutations=20)
    assert there_and_back(found).to_dict() == found.to_dict()
    assert found.mistakes.forecast.pairs == n * (n - 1) / 2


def test_unplaced_classes_leave_the_taxonomy_out():
    labels = ("gizmo 1", "gizmo 2", "gizmo 3", "gizmo 4")
    found = analyze(head(labels), confusion=confusion(labels), permutations=20)
    counts = confusion(labels).counts
    assert found.mistakes.severity.left_out == counts.sum() - np.trace(counts)
    assert [one.kinds for one in found.mistakes.alignments] == [("structural", "functional")]
    assert found.mistakes.depth.reason.startswith("all ")
    counts = found.mistakes.verdicts.counts()
    assert counts["unplaced"] == len(found.mistakes.graph.edges)
    assert there_and_back(found).to_dict() == found.to_dict()


def test_a_class_without_a_concept_leaves_the_semantic_alignments_out():
    labels = ("dog", "cat", "car", "gizmo 4")
    found = analyze(head(labels), confusion=confusion(labels), permutations=20)
    assert [one.kinds for one in found.mistakes.alignments] == [("structural", "functional")]
    assert found.mistakes.severity.left_out > 0
    assert there_and_back(found).to_dict() == found.to_dict()


def test_classes_at_one_concept_have_no_semantic_structure():
    # Three names of one thing: the taxonomy has nothing to tell, the rest still has.
    labels = ("dog", "domestic dog", "Canis familiaris")
    placement = place(labels)
    assert len(set(placement.concepts.tolist())) == 1
    found = analyze(head(labels), confusion=confusion(labels), permutations=20)
    assert there_and_back(found).to_dict() == found.to_dict()


def test_predictions_without_an_error_explain_nothing():
    perfect = ConfusionMatrix(PETS, np.diag([9] * 6))
    with pytest.raises(ConfusionError, match="found predictions without any"):
        analyze(head(), confusion=perfect)


def test_a_run_that_does_not_converge_says_of_which_graph():
    never = clusterer("affinity", max_iterations=3)
    found = analyze(head(), confusion=SEEN, clusterer=never, permutations=5)
    noted = [note for note in found.notes if "did not converge" in note]
    assert len(noted) == 2
    assert noted[1].startswith("confusion graph: ")


def test_why_a_forecast_is_undefined_is_noted():
    counts = np.diag([50] * 6)
    counts[0, 1] = 1
    found = analyze(head(), confusion=ConfusionMatrix(PETS, counts), permutations=5)
    assert "no pair was confused 5 times or more" in found.notes


def test_one_cluster_of_everything_is_shown_by_its_chance(resnet20, cifar):
    found = analyze(resnet20, confusion=cifar(20), clusterer=Whole(), permutations=20).mistakes
    assert found.extended.found.confusions_explained == 1
    assert found.extended.explained.null_mean == found.extended.explained.lift == 1
    assert found.extended.explained.p_value == 1


def test_mistakes_have_a_short_repr(own):
    assert repr(own.mistakes) == (
        "Mistakes(ConfusionMatrix(10 classes, 10,000 predictions, accuracy 0.917), "
        "confusions explained 0.571 direct, 0.714 extended)"
    )
    # Of seven edges 4 and 5.
    assert (round(4 / 7, 3), round(5 / 7, 3)) == (0.571, 0.714)


def test_mistakes_cannot_be_changed(own):
    with pytest.raises(AttributeError):
        own.mistakes.depth = None
    assert replace(own.mistakes, alignments=()).alignments == ()
