"""Many models side by side: rows, ranks, tests of each two, stability, alignment."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from semdepth import (
    AffinityPropagation,
    ClassifierHead,
    Louvain,
    Whole,
    count_confusions,
    place,
    read_labels,
    structural_similarity,
)
from semdepth.comparison import (
    ComparedModel,
    Comparison,
    FailedModel,
    Stability,
    compare_scores,
    holm,
    stability_of,
)
from semdepth.comparison.pairs import too_many
from semdepth.depth import similarity_depth
from semdepth.errors import LabelError, OptionError, ReadError
from semdepth.graph import build_graph
from semdepth.paired import depth_shares, paired_difference
from semdepth.scores import common_ground, score_model

CLASSES = read_labels("cifar-100").take(range(0, 100, 4))
CLUSTERERS = (AffinityPropagation(), Louvain(), Whole())
N_MODELS = 5


def head_of(seed):
    random = np.random.default_rng(seed)
    templates = random.normal(size=(len(CLASSES), 6))
    return ClassifierHead(CLASSES.labels, templates, "fc", ids=CLASSES.ids)


def confusion_of(seed):
    random = np.random.default_rng(100 + seed)
    true = np.repeat(np.arange(len(CLASSES)), 20)
    neighbour = np.minimum(true // 5 * 5 + random.integers(5, size=len(true)), len(CLASSES) - 1)
    pred = np.where(random.random(len(true)) < 0.85 + 0.02 * seed, neighbour, true)
    return count_confusions(CLASSES.labels, true, pred)


@pytest.fixture(scope="module")
def models():
    ground = common_ground(place(CLASSES.labels, CLASSES.ids))
    return [
        score_model(
            head_of(seed),
            ground,
            clusterers=CLUSTERERS,
            confusion=confusion_of(seed),
            permutations=20,
            title=f"model {seed}",
        )
        for seed in range(N_MODELS)
    ]


@pytest.fixture(scope="module")
def comparison(models):
    gone = FailedModel("broken", "expected a checkpoint, found a text")
    return compare_scores(models, failed=[gone], permutations=200, notes=["a note"])


def test_a_row_a_model_and_clusterer(comparison, models):
    assert len(comparison.rows) == N_MODELS * 3
    assert comparison.clusterers == ("affinity", "louvain", "whole")
    row, graph = comparison.by("louvain")[2], models[2].of("louvain")
    assert row.model == "model 2"
    assert row.sd == graph.depth.mean
    assert (row.sd_low, row.sd_high) == graph.chance.interval
    assert row.sd_normalised == graph.chance.normalised
    assert row.accuracy == confusion_of(2).accuracy
    assert row.explained == graph.direct.found.confusions_explained
    assert row.causing == graph.direct.found.similarities_causing_confusion
    assert row.explained_extended == graph.extended.found.confusions_explained
    assert row.explained_chance == graph.direct.explained.null_mean
    assert row.causing_extended_p == graph.extended.causing.p_value
    assert row.severity_depth == models[2].severity.depth
    assert comparison.has_predictions


def test_ranks_go_from_the_greatest(comparison):
    ranks = comparison.ranks("whole")
    depths = {row.model: row.sd for row in comparison.by("whole")}
    assert sorted(ranks, key=ranks.get) == sorted(depths, key=depths.get, reverse=True)
    assert sum(ranks.values()) == N_MODELS * (N_MODELS + 1) / 2


def test_ranks_of_equal_and_unknown_scores(comparison):
    row = comparison.rows[0]
    rows = tuple(
        replace(row, model=name, clusterer="whole", sd=sd)
        for name, sd in (("a", 5.0), ("b", 7.0), ("c", 5.0), ("d", float("nan")))
    )
    ranks = replace(comparison, rows=rows).ranks("whole")
    assert (ranks["b"], ranks["a"], ranks["c"]) == (1, 2.5, 2.5)
    assert np.isnan(ranks["d"])


def test_alignment_is_spearmans_of_each_two(comparison):
    upper = np.triu_indices(len(CLASSES), k=1)
    values = [structural_similarity(head_of(seed)).values[upper] for seed in range(N_MODELS)]
    expected = spearmanr(np.array(values).T).statistic
    assert comparison.alignment == pytest.approx(expected, abs=1e-5)
    assert np.diagonal(comparison.alignment) == pytest.approx(1, abs=1e-6)


def test_every_two_models_are_tested(comparison):
    own = [test for test in comparison.tests if test.clusterer == "affinity"]
    assert len(own) == N_MODELS * (N_MODELS - 1) / 2
    test = next(one for one in own if (one.first, one.second) == ("model 1", "model 3"))
    placement = place(CLASSES.labels, CLASSES.ids)
    shares = [
        depth_shares(
            similarity_depth(build_graph(structural_similarity(head_of(seed))), placement),
            np.arange(len(CLASSES)),
        )
        for seed in (1, 3)
    ]
    parts = [part for one in shares for part in (one.numerators, one.denominators)]
    assert test.difference == paired_difference(*parts, permutations=200)


def test_holm_over_all_pairs_of_a_clusterer(comparison):
    for clusterer in comparison.clusterers:
        own = [test for test in comparison.tests if test.clusterer == clusterer]
        plain = np.array([test.difference.p_value for test in own])
        assert np.array_equal(holm(plain), [test.adjusted_p for test in own])


def test_holms_worked_example():
    # Holm (1979) raises the least of m by m, the next by m - 1, and never lets one fall below.
    p_values = np.array([0.01, 0.02, 0.03, 0.005, 0.9, float("nan")])
    expected = [0.04, 0.06, 0.06, 0.025, 0.9, float("nan")]
    assert holm(p_values) == pytest.approx(expected, nan_ok=True)
    assert holm(np.array([0.4, 0.6])).tolist() == [0.8, 0.8]
    assert holm(np.array([0.6, 0.9])).max() == 1


def rows_of(scores):
    """Rows of as many models as a clusterer has scores."""
    others = dict.fromkeys(
        [
            *("sd_low", "sd_high", "sd_chance", "sd_p", "sd_ceiling", "sd_normalised"),
            *("wu_palmer", "taxonomy_alignment"),
        ],
        0.5,
    )
    return tuple(
        ComparedModel(str(i), name, 2, 0.0, True, sd=sd, **others)
        for name, row in scores.items()
        for i, sd in enumerate(row)
    )


def test_kendalls_w_by_hand():
    # Ranks 1 2 3 4, 1 2 4 3, 2 1 3 4: sums 4 5 10 11, mean 7.5, squares 37; W = 12 * 37 / 9 / 60.
    scores = {"a": [9, 8, 7, 6], "b": [9, 8, 6, 7], "c": [8, 9, 7, 6]}
    found = stability_of(rows_of(scores), list(scores))
    assert found.concordance == pytest.approx(12 * 37 / (9 * 60))
    # Of six pairs, all but the first two and the last two are ordered alike.
    assert found.agreement == pytest.approx(4 / 6)
    assert found.correlations[0][1] == pytest.approx(spearmanr(scores["a"], scores["b"])[0])


def test_kendalls_w_with_ties_by_hand():
    # Ranks 1.5 1.5 3 and 1 2 3: sums 2.5 3.5 6, mean 4, squares 6.5; the tie counts 2^3 - 2 = 6.
    scores = {"a": [5, 5, 1], "b": [7, 6, 5]}
    found = stability_of(rows_of(scores), list(scores))
    assert found.concordance == pytest.approx(12 * 6.5 / (4 * 24 - 2 * 6))
    # A tie is no order.
    assert found.agreement == pytest.approx(2 / 3)


def test_equal_rankings_are_stable_and_one_model_tells_nothing():
    same = {"a": [3, 2, 1], "b": [9, 8, 7]}
    found = stability_of(rows_of(same), list(same))
    assert (found.concordance, found.agreement) == (1, 1)
    alone = stability_of(rows_of({"a": [3], "b": [1]}), ["a", "b"])
    assert np.isnan(alone.concordance)


def test_associations_need_four_models(comparison, models):
    assert {one.group for one in comparison.associations} == set(comparison.clusterers)
    assert {one.given for one in comparison.associations} == {"", "accuracy"}
    assert compare_scores(models[:3], permutations=5).associations == ()


def test_read_back_it_is_the_same(comparison):
    data = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    again = Comparison.from_dict(data)
    assert again.to_dict() == comparison.to_dict()
    assert again.by("louvain")[0] == comparison.by("louvain")[0]
    assert again.failed == comparison.failed
    assert again.tests[0] == comparison.tests[0]
    assert isinstance(again.stability, Stability)


def test_other_schemas_are_refused(comparison):
    with pytest.raises(ReadError, match="found none"):
        Comparison.from_dict({"schema": "semdepth/analysis"})
    with pytest.raises(ReadError, match="found 99"):
        Comparison.from_dict({**comparison.to_dict(), "schema_version": 99})


def deeper(model, title, by):
    """The same model, but that its edges meet so much deeper."""
    graphs = tuple(
        replace(one, depth=replace(one.depth, depths=one.depth.depths + by)) for one in model.graphs
    )
    return replace(model, title=title, graphs=graphs)


def test_over_many_pairs_those_that_may_differ_are_tested_finely_enough(models):
    many = [deeper(models[0], str(i), 5 * (i == 11)) for i in range(12)]
    found = [one for one in compare_scores(many, permutations=30).tests if one.clusterer == "whole"]
    same = [one for one in found if one.second != "11"]
    other = [one for one in found if one.second == "11"]
    assert {one.difference.permutations for one in same} == {30}
    assert {one.adjusted_p for one in same} == {1}
    assert {one.difference.permutations for one in other} == {100 * 66}
    assert all(one.difference.difference == pytest.approx(5) for one in other)
    assert all(one.difference.p_value < 1 / 31 for one in other)


def test_two_models_of_one_title_are_an_error(models):
    with pytest.raises(OptionError, match="found 'model 0' twice"):
        compare_scores([models[0], models[0]])


def test_other_classes_and_no_models_are_errors(models):
    fewer = replace(models[1], labels=models[1].labels[::-1])
    with pytest.raises(LabelError, match="same classes"):
        compare_scores([models[0], fewer])
    with pytest.raises(OptionError, match="found 1 that failed: gone: why"):
        compare_scores([], failed=[FailedModel("gone", "why")])


def test_one_model_alone_is_a_comparison_too(models):
    alone = compare_scores(models[:1], permutations=5)
    assert alone.tests == ()
    assert alone.alignment.shape == (1, 1)


def test_notes_name_models_without_predictions(models):
    without = replace(models[0], forecast=None, severity=None, accuracy=float("nan"))
    found = compare_scores([without, *models[1:]], permutations=5)
    assert "1 of 5 models have no predictions" in found.notes
    assert np.isnan(found.rows[0].accuracy)
    assert found.associations == ()


def test_so_many_models_that_no_two_can_differ_are_told():
    # 142 models are 10,011 pairs; the least p of 200,000 permutations times these is above .05.
    assert too_many(141) == ""
    assert "10,011 pairs of models are too many" in too_many(142)
