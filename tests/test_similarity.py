"""method 1: class similarity matrices from templates, cosines and the taxonomy."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semdepth.errors import LabelError, MatrixError, OptionError
from semdepth.head import ClassifierHead
from semdepth.labels import Placement, place
from semdepth.similarity import (
    SimilarityMatrix,
    scale_similarities,
    semantic_measure,
    semantic_similarity,
    structural_from_cosine,
    structural_similarity,
)
from semdepth.taxonomy import relations

COSINE = [[1, 0.8, 0.0], [0.8, 1, 0.2], [0.0, 0.2, 1]]


def head(templates, labels=None):
    templates = np.asarray(templates)
    labels = labels or tuple(f"class {i}" for i in range(len(templates)))
    return ClassifierHead(labels, templates, "fc.weight")


def cosine(a, b):
    return np.dot(a, b) / math.sqrt(np.dot(a, a) * np.dot(b, b))


def normal(n, d, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


# Structural, from templates


def test_structural_similarity_on_paper():
    values = structural_similarity(head([[1.0, 0.0], [1.0, 1.0], [-1.0, 0.0]])).values
    # Cosines: 1 to 2 sqrt(1/2), 1 to 3 -1 (the least), 2 to 3 -sqrt(1/2).
    half = math.sqrt(1 / 2)
    due = [[1, (half + 1) / 2, 0], [(half + 1) / 2, 1, (-half + 1) / 2], [0, (-half + 1) / 2, 1]]
    assert values == pytest.approx(np.array(due), abs=1e-15)


@given(st.integers(2, 12), st.integers(2, 9), st.integers(0, 10_000))
def test_structural_similarity_is_its_formula(n, d, seed):
    templates = normal(n, d, seed)
    values = structural_similarity(head(templates)).values
    due = np.array([[cosine(a, b) for b in templates] for a in templates])
    due = (due - due.min()) / (due.max() - due.min())
    np.fill_diagonal(due, 1)
    assert values == pytest.approx(due, abs=1e-12)
    assert values.min() == 0
    assert values.max() == 1
    assert np.array_equal(values, values.T)
    assert np.array_equal(values.diagonal(), np.ones(n))


def test_scaling_counts_the_diagonal_so_the_most_similar_pair_does_not_get_one():
    values = structural_similarity(head([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])).values
    assert values[0, 2] == 0
    assert values[0, 1] == values[1, 2] == pytest.approx(math.sqrt(1 / 2))


def test_the_bias_is_not_used_and_nothing_is_centred():
    templates = normal(5, 4) + 10
    with_bias = ClassifierHead(tuple("abcde"), templates, "fc", bias=np.arange(5.0))
    values = structural_similarity(with_bias).values
    assert np.array_equal(values, structural_similarity(head(templates)).values)
    least = min(cosine(a, b) for a in templates for b in templates)
    due = (cosine(templates[0], templates[1]) - least) / (1 - least)
    assert values[0, 1] == pytest.approx(due, rel=1e-9)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_stored_numbers_are_widened_before_anything_is_computed(dtype):
    templates = normal(6, 5).astype(dtype)
    values = structural_similarity(head(templates)).values
    assert values.dtype == np.float64
    assert np.array_equal(values, structural_similarity(head(templates.astype(np.float64))).values)


@pytest.mark.parametrize("scale", [1e300, 1e-300, 1e-310])
def test_huge_and_tiny_templates_neither_overflow_nor_vanish(scale):
    templates = normal(6, 5).round(2)
    values = structural_similarity(head(templates * scale)).values
    assert values == pytest.approx(structural_similarity(head(templates)).values, abs=1e-10)


def test_the_length_of_a_template_does_not_matter():
    templates = normal(6, 5)
    lengths = np.array([1e-200, 1e200, 1, 2, 3, 4])[:, None]
    values = structural_similarity(head(templates * lengths)).values
    assert values == pytest.approx(structural_similarity(head(templates)).values, abs=1e-12)


def test_permuting_classes_permutes_the_matrix():
    templates, order = normal(30, 7), np.random.default_rng(1).permutation(30)
    values = structural_similarity(head(templates)).values
    permuted = structural_similarity(head(templates[order])).values
    assert permuted == pytest.approx(values[np.ix_(order, order)], abs=1e-14)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_template_that_is_not_finite_is_an_error_that_names_its_class(bad):
    message = (
        "expected finite templates, found NaN or infinity in that of class 'class 1' "
        "(tensor fc.weight)"
    )
    with pytest.raises(MatrixError, match=re.escape(message)):
        structural_similarity(head([[1, 2], [3, bad], [bad, 1]]))


def test_a_zero_template_is_an_error_that_names_its_class():
    message = "expected templates other than zero, found all zeros for class 'class 2'"
    with pytest.raises(MatrixError, match=message):
        structural_similarity(head([[1.0, 2], [3, 4], [0, 0]]))


@pytest.mark.parametrize("factors", [[1, 1, 1, 1], [1, 2, 4, 0.5], [1, 3, 7.1, 0.3]])
def test_parallel_templates_are_an_error(factors):
    message = "expected classes that differ in similarity, found all 16 cells equal to 1"
    with pytest.raises(MatrixError, match=message):
        structural_similarity(head(np.outer(factors, normal(1, 37))))


def test_more_than_5000_classes_are_compared_in_float32_and_it_shows():
    matrix = structural_similarity(head(normal(5_001, 2)))
    assert matrix.values.dtype == np.float32
    assert repr(matrix) == "SimilarityMatrix(structural, 5001 x 5001 float32)"


def test_so_are_more_than_5000_concepts(pets):
    labels = tuple(f"class {i}" for i in range(5_001))
    many = Placement(pets.taxonomy, labels, np.resize(pets.concepts, 5_001), ("",) * 5_001)
    assert semantic_similarity(many).values.dtype == np.float32


# Structural, from a cosine matrix


def test_a_cosine_matrix_is_scaled_like_templates():
    templates = normal(8, 3)
    cosines = np.array([[cosine(a, b) for b in templates] for a in templates])
    matrix = structural_from_cosine([f"class {i}" for i in range(8)], (cosines + cosines.T) / 2)
    assert matrix.kind == "structural"
    assert matrix.values == pytest.approx(structural_similarity(head(templates)).values, abs=1e-12)


def test_the_given_matrix_is_left_alone():
    given_matrix = np.array(COSINE)
    structural_from_cosine("abc", given_matrix)
    scale_similarities("semantic", "abc", given_matrix)
    assert given_matrix.tolist() == COSINE


def test_a_float32_matrix_symmetric_to_rounding_is_accepted():
    given_matrix = np.array(COSINE, dtype=np.float32)
    given_matrix[0, 1] = np.nextafter(given_matrix[0, 1], np.float32(1))
    values = structural_from_cosine("abc", given_matrix).values
    assert values.dtype == np.float64


def changed(i, j, value):
    matrix = np.array(COSINE, dtype=float)
    matrix[i, j] = value
    return matrix


@pytest.mark.parametrize(
    ("labels", "matrix", "message"),
    [
        ("abc", changed(1, 2, math.nan), "expected finite similarities, found nan for ('b', 'c')"),
        ("abc", changed(0, 2, -math.inf), "found -inf for ('a', 'c')"),
        (
            "abc",
            changed(1, 2, 0.3),
            "expected a symmetric matrix, found 0.3 for ('b', 'c') but 0.2 the other way round; "
            "nothing is averaged silently",
        ),
        (
            "abc",
            changed(0, 0, 1.01),
            "expected cosines from -1 to 1, found 1.01 for ('a', 'a')",
        ),
        ("abc", np.ones((3, 2)), "expected a square matrix, found shape (3, 2)"),
        ("abc", np.ones(3), "expected a square matrix, found shape (3,)"),
        ("abc", np.eye(3) > 0, "expected a matrix of numbers, found type bool"),
        ("abc", np.eye(3) * 1j, "expected a matrix of numbers, found type complex128"),
        ("a", [[1.0]], "expected at least 2 classes to compare, found 1"),
        ("abc", np.full((3, 3), 0.25), "found all 9 cells equal to 0.25"),
    ],
)
def test_a_bad_matrix_is_an_error_that_names_the_cell(labels, matrix, message):
    with pytest.raises(MatrixError, match=re.escape(message)):
        structural_from_cosine(labels, matrix)


def test_asymmetry_just_above_rounding_is_an_error():
    with pytest.raises(MatrixError, match=r"expected a symmetric matrix, .* \('a', 'b'\)"):
        structural_from_cosine("abc", changed(0, 1, 0.8 + 1e-12))


def test_asymmetric_small_integers_do_not_wrap_around():
    with pytest.raises(MatrixError, match="expected a symmetric matrix"):
        structural_from_cosine("ab", np.array([[1, 0], [1, 1]], dtype=np.uint8))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("aab", "expected every class name once, found 'a' at 0 and 1"),
        ("ab", "expected 3 class names, one for each row of the similarity matrix, found 2"),
    ],
)
def test_names_that_do_not_fit_are_an_error(labels, message):
    with pytest.raises(LabelError, match=message):
        structural_from_cosine(labels, COSINE)


# Semantic


@pytest.mark.parametrize("measure", ["path", "wup", "lch"])
def test_semantic_measures_agree_with_the_reference_exactly(golden, mini, measure):
    known = golden("wordnet_mini100")[measure]
    assert np.array_equal(semantic_measure(relations(mini.taxonomy, mini.concepts), measure), known)
    due = (known - known.min()) / (known.max() - known.min())
    np.fill_diagonal(due, 1)
    matrix = semantic_similarity(mini, measure)
    assert matrix.kind == "semantic"
    assert matrix.values == pytest.approx(due, abs=1e-15)
    assert matrix.values.min() == 0


def test_semantic_similarity_on_paper(pets):
    values = semantic_similarity(pets, "path").values
    # Distances from the poodle: boxer 2, siamese 4, car 5; the greatest of all is 5.
    paths = [(1 / (1 + d) - 1 / 6) / (1 - 1 / 6) for d in (0, 2, 4, 5)]
    assert values[0, [0, 1, 2, 4]] == pytest.approx(paths)


def test_semantic_similarity_takes_the_subsumer_by_the_asked_rule(hierarchy, pets):
    tree = hierarchy(
        top="", u="top", v="u", long="v top", short="u", a="long short", b="short long"
    )
    pair = relations(tree, [tree.index("a"), tree.index("b")])
    assert semantic_measure(pair, "wup")[0, 1] == 2 * 3 / (2 + 2 * 3)
    pair = relations(tree, [tree.index("a"), tree.index("b")], lcs="max_depth")
    assert semantic_measure(pair, "wup")[0, 1] == 2 * 4 / (2 + 2 * 4)
    default, deepest = (semantic_similarity(pets, "wup", lcs=r).values for r in LCS)
    assert np.array_equal(default, deepest)


LCS = ("min_depth", "max_depth")


def test_an_unplaced_class_is_an_error_that_names_it():
    message = "expected every class to have a concept of WordNet 3.0, found none for 'gizmo 3000'"
    with pytest.raises(LabelError, match=message):
        semantic_similarity(place(["dog", "cat", "gizmo 3000"]))


def test_an_unknown_measure_is_an_error(pets):
    message = "expected a measure out of path, wup, lch, res, lin, jcn, found 'cosine'"
    with pytest.raises(OptionError, match=message):
        semantic_similarity(pets, "cosine")


# The value


def test_most_alike_pairs_come_in_order_and_ties_by_position():
    values = [[1, 0.5, 0.9, 0.5], [0.5, 1, 0.5, 0.5], [0.9, 0.5, 1, 0], [0.5, 0.5, 0, 1]]
    matrix = SimilarityMatrix("structural", tuple("abcd"), np.array(values))
    in_order = [[0, 2], [0, 1], [0, 3], [1, 2], [1, 3], [2, 3]]
    for count in range(1, 9):
        assert matrix.most_alike(count).tolist() == in_order[:count]


def test_none_of_the_most_alike_pairs_is_an_empty_list():
    assert structural_from_cosine("abc", COSINE).most_alike(0).shape == (0, 2)


def test_a_matrix_comes_back_from_its_dict():
    matrix = structural_from_cosine("abc", COSINE)
    again = SimilarityMatrix.from_dict(matrix.to_dict())
    assert again.to_dict() == matrix.to_dict()
    assert (again.kind, again.labels) == ("structural", ("a", "b", "c"))
    assert np.array_equal(again.values, matrix.values)


def test_a_matrix_cannot_be_changed():
    matrix = structural_from_cosine("abc", COSINE)
    with pytest.raises(ValueError, match="read-only"):
        matrix.values[0, 0] = 2
    with pytest.raises(AttributeError):
        matrix.kind = "semantic"


def test_an_unknown_kind_is_an_error():
    message = "expected kind to be one of structural, functional, semantic, found 'visual'"
    with pytest.raises(OptionError, match=message):
        scale_similarities("visual", "abc", np.array(COSINE))


def test_repr_is_short():
    matrix = structural_from_cosine("abc", COSINE)
    assert repr(matrix) == "SimilarityMatrix(structural, 3 x 3 float64)"
    assert matrix._repr_html_() == "<code>SimilarityMatrix(structural, 3 x 3 float64)</code>"
