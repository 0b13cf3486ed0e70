"""The scores of one model are those of its analysis, and ranks give Spearman's correlation."""

import json

import numpy as np
import pytest
from scipy.stats import spearmanr

from semdepth import (
    AffinityPropagation,
    ClassifierHead,
    Louvain,
    Optics,
    Whole,
    analyze,
    count_confusions,
    place,
    read_labels,
    semantic_similarity,
    structural_from_cosine,
    structural_similarity,
)
from semdepth.alignment import align
from semdepth.comparison import compared_model
from semdepth.errors import LabelError, OptionError
from semdepth.scores import RANKED_PAIRS, ModelScores, common_ground, score_model

CLASSES = read_labels("cifar-100")
CLUSTERERS = (AffinityPropagation(), Louvain(), Optics(), Whole())


def random_head(seed=0, classes=CLASSES):
    random = np.random.default_rng(seed)
    return ClassifierHead(
        classes.labels, random.normal(size=(len(classes), 16)), "fc", ids=classes.ids
    )


def random_confusion(seed=1, labels=CLASSES.labels):
    random = np.random.default_rng(seed)
    true = np.repeat(np.arange(len(labels)), 30)
    wrong = random.random(len(true)) < 0.4
    pred = np.where(wrong, (true + random.geometric(0.3, len(true))) % len(labels), true)
    return count_confusions(labels, true, pred)


@pytest.fixture(scope="module")
def ground():
    return common_ground(place(CLASSES.labels, CLASSES.ids))


@pytest.fixture(scope="module")
def scored(ground):
    return score_model(
        random_head(),
        ground,
        clusterers=CLUSTERERS,
        confusion=random_confusion(),
        permutations=50,
        seed=7,
        title="a network",
    )


@pytest.mark.parametrize("clusterer", CLUSTERERS, ids=lambda one: one.name)
def test_scores_are_those_of_the_analysis(scored, clusterer):
    whole = analyze(
        random_head(),
        clusterer=clusterer,
        confusion=random_confusion(),
        permutations=50,
        seed=7,
    )
    found = scored.of(clusterer.name)
    assert found.chance == whole.chance
    assert found.depth.to_dict() == whole.depth.to_dict()
    assert found.graph.to_dict() == whole.graph.to_dict()
    assert found.functional.to_dict() == whole.mistakes.graph.to_dict()
    assert found.direct.to_dict() == whole.mistakes.direct.to_dict()
    assert found.extended.to_dict() == whole.mistakes.extended.to_dict()
    assert scored.forecast == whole.mistakes.forecast
    assert scored.severity == whole.mistakes.severity
    assert scored.accuracy == whole.mistakes.confusion.accuracy


def test_without_predictions_there_is_depth_alone(ground):
    found = score_model(random_head(), ground, permutations=10)
    assert [one.clusterer for one in found.graphs] == ["affinity"]
    assert found.graphs[0].direct is None
    assert np.isnan(found.accuracy)
    assert found.title == "fc"


def test_ranks_multiply_to_spearmans_correlation(ground):
    heads = random_head(0), random_head(1)
    ranks = [score_model(head, ground, permutations=1).ranks for head in heads]
    upper = np.triu_indices(len(CLASSES), k=1)
    values = [structural_similarity(head).values[upper] for head in heads]
    assert ranks[0].dtype == np.float32
    assert ranks[0] @ ranks[1] == pytest.approx(spearmanr(*values).statistic, abs=1e-5)


def test_tied_similarities_share_their_rank():
    labels = ("dog", "cat", "car", "bus")
    tied = np.array([[1, 0.5, 0.5, 0], [0.5, 1, 0, 0.5], [0.5, 0, 1, 0.9], [0, 0.5, 0.9, 1]])
    other = np.array([[1, 0.9, 0.1, 0], [0.9, 1, 0.3, 0.1], [0.1, 0.3, 1, 0.8], [0, 0.1, 0.8, 1]])
    ground = common_ground(place(labels))
    ranks = [
        score_model(structural_from_cosine(labels, one), ground, permutations=1).ranks
        for one in (tied, other)
    ]
    upper = np.triu_indices(4, k=1)
    assert ranks[0] @ ranks[1] == pytest.approx(
        spearmanr(tied[upper], other[upper]).statistic, abs=1e-6
    )


def test_alignment_with_the_taxonomy_is_that_of_the_matrices(scored):
    semantic = semantic_similarity(place(CLASSES.labels, CLASSES.ids), "wup")
    expected = align(structural_similarity(random_head()), semantic, permutations=1).spearman
    assert scored.taxonomy_alignment == pytest.approx(expected, abs=1e-5)


def test_classes_without_a_concept_are_left_out_of_the_alignment():
    labels = ("dog", "zzxxqq", "cat", "car", "bus")
    head = ClassifierHead(labels, np.random.default_rng(3).normal(size=(5, 4)), "fc")
    found = score_model(head, common_ground(place(labels)), permutations=1)
    placed = ("dog", "cat", "car", "bus")
    similarity = structural_similarity(head)
    kept = similarity.values[np.ix_([0, 2, 3, 4], [0, 2, 3, 4])]
    semantic = semantic_similarity(place(placed), "wup").values
    upper = np.triu_indices(4, k=1)
    expected = spearmanr(kept[upper], semantic[upper]).statistic
    assert found.taxonomy_alignment == pytest.approx(expected, abs=1e-6)


def test_of_very_many_pairs_the_same_ones_are_ranked():
    classes = read_labels("imagenet-21k")
    few = classes.take(range(0, len(classes), 15))
    placement = place(few.labels, few.ids)
    assert len(few) * (len(few) - 1) // 2 > RANKED_PAIRS
    first, again = (common_ground(placement) for _ in range(2))
    assert first.pairs.shape == (2, RANKED_PAIRS)
    assert (first.pairs[0] < first.pairs[1]).all()
    assert np.array_equal(first.pairs, again.pairs)
    assert np.array_equal(first.semantic, again.semantic)
    values = semantic_similarity(placement, "wup").values[tuple(first.pairs)]
    assert spearmanr(values, first.semantic).statistic == pytest.approx(1, abs=1e-6)


def test_scores_read_back_are_the_scores(scored, ground):
    data = json.loads(json.dumps(scored.to_dict(), allow_nan=False))
    again = ModelScores.from_dict(data, scored.ranks)
    assert again.to_dict() == scored.to_dict()
    assert again.of("louvain").chance == scored.of("louvain").chance
    alone = score_model(random_head(), ground, permutations=1)
    data = json.loads(json.dumps(alone.to_dict(), allow_nan=False))
    again = ModelScores.from_dict(data, alone.ranks)
    assert np.isnan(again.accuracy)
    assert again.forecast is None
    assert again.graphs[0].direct is None


def test_other_classes_than_the_grounds_are_an_error(ground):
    head = random_head(classes=CLASSES.take(range(50)))
    with pytest.raises(LabelError, match="a model and its ground"):
        score_model(head, ground)


def test_a_clusterer_that_was_not_used_is_an_error(scored):
    with pytest.raises(OptionError, match="affinity, louvain, optics, whole, found 'hdbscan'"):
        scored.of("hdbscan")


def test_a_model_without_errors_has_all_but_compliance(ground):
    n = len(CLASSES)
    perfect = count_confusions(CLASSES.labels, np.arange(n), np.arange(n))
    found = score_model(random_head(), ground, confusion=perfect, permutations=1)
    assert found.accuracy == 1
    assert found.graphs[0].direct is None
    assert found.graphs[0].depth.mean > 0
    assert found.forecast.reason == "no two classes were confused"
    row = compared_model(found, found.graphs[0])
    assert row.accuracy == 1
    assert np.isnan(row.explained)
