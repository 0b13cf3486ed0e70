"""What every public value does: a short repr, HTML for notebooks, to_dict and back."""

import json

import numpy as np
import pytest

from semdepth import (
    ClassifierHead,
    LabelSet,
    Louvain,
    Placement,
    SimilarityMatrix,
    Taxonomy,
    analyze,
    place,
    structural_similarity,
    wordnet_nouns,
)
from semdepth.confusion import ConfusionMatrix
from semdepth.errors import LabelError

NAMES = ("<b>dog</b>", "cat", "car", "bus", "oak", "rose")


@pytest.fixture(scope="module")
def analysis():
    random = np.random.default_rng(5)
    head = ClassifierHead(NAMES, random.normal(size=(6, 5)), "fc")
    counts = np.diag([9] * 6) + random.integers(0, 3, size=(6, 6))
    return analyze(head, confusion=ConfusionMatrix(NAMES, counts, "a test"))


@pytest.fixture(scope="module")
def values(analysis, hierarchy):
    return [
        analysis,
        analysis.graph,
        analysis.graph.clustering,
        analysis.depth,
        analysis.chance,
        analysis.similarity,
        analysis.mistakes.confusion,
        analysis.mistakes.direct.found,
        analysis.mistakes.verdicts,
        LabelSet(NAMES, (None,) * 6, "a test"),
        ClassifierHead(NAMES, np.eye(6), "fc", bias=np.arange(6.0)),
        hierarchy(animal="", dog="animal", cat="animal"),
        hierarchy(animal="", plant="", dog="animal", oak="plant"),
    ]


def test_reprs_are_short(values):
    for value in values:
        assert len(repr(value)) < 250, value
        assert "\n" not in repr(value)


def test_notebooks_get_html_without_markup_from_names(values):
    for value in values:
        html = value._repr_html_()
        assert html.startswith("<")
        assert "<b>dog" not in html


def test_every_value_comes_back_from_json(values):
    for value in values:
        data = json.loads(json.dumps(value.to_dict(), allow_nan=False))
        again = type(value).from_dict(data)
        assert again.to_dict() == value.to_dict()
        assert repr(again) == repr(value)


def test_a_placement_comes_back_into_its_taxonomy(hierarchy):
    placement = place(["dog", "cat", "gizmo 3000"])
    again = Placement.from_dict(json.loads(json.dumps(placement.to_dict())))
    assert again.to_dict() == placement.to_dict()
    assert again.taxonomy is wordnet_nouns()
    with pytest.raises(LabelError, match=r"in test, found one in WordNet 3\.0"):
        Placement.from_dict(placement.to_dict(), hierarchy(animal="", dog="animal"))


def test_wordnet_itself_comes_back():
    nouns = wordnet_nouns()
    again = Taxonomy.from_dict(nouns.to_dict())
    for field in ("min_depth", "max_depth", "parents", "parent_offsets", "name_rank"):
        np.testing.assert_array_equal(getattr(again, field), getattr(nouns, field))
    assert again.ids == nouns.ids


def test_selecting_from_a_structural_matrix_is_selecting_templates():
    templates = np.random.default_rng(2).normal(size=(6, 4))
    head = ClassifierHead(NAMES, templates, "fc")
    kept = NAMES[4:0:-1]
    from_matrix = structural_similarity(head).select(kept)
    from_head = structural_similarity(head.select(kept))
    np.testing.assert_allclose(from_matrix.values, from_head.values, atol=1e-14)
    assert from_matrix.labels == kept


def test_a_matrix_of_classes_that_are_not_there():
    matrix = SimilarityMatrix("structural", ("a", "b"), np.eye(2))
    with pytest.raises(LabelError, match="'z'"):
        matrix.select(["a", "z"])


def test_a_clusterer_comes_back_with_its_parameters(analysis):
    graph = type(analysis.graph).from_dict(
        analyze(analysis.similarity, clusterer=Louvain(resolution=1.5)).graph.to_dict()
    )
    assert graph.clustering.clusterer == Louvain(resolution=1.5)
