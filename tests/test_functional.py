"""method 1, the functional side: confusion matrices, and how alike classes are to errors."""

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semdepth.confusion import ConfusionMatrix, add_predictions, count_confusions
from semdepth.errors import ConfusionError, LabelError, MatrixError, OptionError
from semdepth.similarity import functional_similarity

# Rows true: a is taken for b twice, b for a once and for c three times, c always for itself.
ON_PAPER = [[8, 2, 0], [1, 6, 3], [0, 0, 5]]


def names(n):
    return tuple(f"c{i}" for i in range(n))


def confusion(counts):
    return ConfusionMatrix(names(len(counts)), counts)


@st.composite
def matrices(draw, least=2, most=7):
    """Counts in which every class was seen and at least one was taken for another."""
    n = draw(st.integers(least, most))
    cells = st.lists(st.integers(0, 20), min_size=n * n, max_size=n * n)
    counts = np.array(draw(cells)).reshape(n, n) + np.eye(n, dtype=np.int64)
    counts[0, 1] += 1
    return counts


# The similarity


def test_functional_similarity_on_paper():
    values = functional_similarity(confusion(ON_PAPER)).values
    ab, bc = (2 / 10 + 1 / 10) / 2, (3 / 10 + 0 / 5) / 2
    assert values == pytest.approx(np.array([[1, ab, 0], [ab, 1, bc], [0, bc, 1]]), abs=1e-15)


@given(matrices())
def test_functional_similarity_is_its_formula(counts):
    matrix = functional_similarity(confusion(counts))
    n = len(counts)
    for i in range(n):
        for j in range(n):
            there, back = counts[i, j] / sum(counts[i]), counts[j, i] / sum(counts[j])
            due = 1 if i == j else (there + back) / 2
            assert matrix.values[i, j] == pytest.approx(due, abs=1e-15)
    assert matrix.kind == "functional"
    assert matrix.values.dtype == np.float64
    assert np.array_equal(matrix.values, matrix.values.T)


def test_nothing_is_scaled_to_the_extremes():
    # Min-max would make the least similar pair 0.
    values = functional_similarity(confusion([[8, 1, 1], [1, 8, 1], [2, 2, 6]])).values
    assert values[0, 1] == values.min() == pytest.approx((1 / 10 + 1 / 10) / 2)
    assert values[0, 2] == pytest.approx((1 / 10 + 2 / 10) / 2)


@given(matrices())
def test_counts_and_shares_give_the_same(counts):
    shares = counts / counts.sum(axis=1, keepdims=True)
    first, second = (functional_similarity(confusion(m)).values for m in (counts, shares))
    assert second == pytest.approx(first, abs=1e-14)


@given(matrices(), st.data())
def test_how_often_a_class_was_shown_does_not_matter(counts, data):
    n = len(counts)
    times = np.array(data.draw(st.lists(st.integers(1, 9), min_size=n, max_size=n)))
    first, second = (
        functional_similarity(confusion(m)).values for m in (counts, counts * times[:, None])
    )
    assert second == pytest.approx(first, abs=1e-14)


@given(matrices(), st.integers(0, 1_000))
def test_permuting_classes_permutes_the_matrix(counts, seed):
    order = np.random.default_rng(seed).permutation(len(counts))
    values = functional_similarity(confusion(counts)).values
    moved = functional_similarity(confusion(counts[np.ix_(order, order)])).values
    assert np.array_equal(moved, values[np.ix_(order, order)])


def test_rows_are_the_true_classes():
    # Each predicted class, not each true one, would have 10 / 12 and 5 / 8 on its diagonal.
    counts = np.array([[10, 0], [2, 5]])
    assert functional_similarity(confusion(counts)).values[0, 1] == (0 / 10 + 2 / 7) / 2
    assert functional_similarity(confusion(counts.T)).values[0, 1] == (2 / 12 + 0 / 5) / 2


def test_the_golden_matrix_is_read_as_the_reference_reads_it(golden, mini):
    shares = golden("confusion_real_ConvNeXt_mini100")["confusion_row_normalised"]
    values = functional_similarity(ConfusionMatrix(mini.labels, shares)).values
    due = (shares + shares.T) / 2
    np.fill_diagonal(due, 1)
    assert values == pytest.approx(due, abs=1e-15)


# Classes without samples


def test_a_class_without_samples_is_an_error_that_names_it():
    message = (
        "expected samples of every class, found none of 'c1'; "
        "leave classes without samples out (--unseen leave_out)"
    )
    with pytest.raises(ConfusionError, match=re.escape(message)):
        functional_similarity(confusion([[8, 2, 0], [0, 0, 0], [1, 1, 1]]))


def test_many_classes_without_samples_are_counted():
    counts = np.zeros((9, 9))
    counts[0, :2] = 4
    with pytest.raises(ConfusionError, match="none of 'c1', 'c2', 'c3' and 5 more"):
        functional_similarity(confusion(counts))


def test_on_request_it_is_left_out():
    counts = [[8, 5, 2], [0, 0, 0], [1, 3, 4]]
    matrix = functional_similarity(confusion(counts), unseen="leave_out")
    assert matrix.labels == ("c0", "c2")
    # What was taken for the missing class is left out of the rows, too.
    assert matrix.values[0, 1] == pytest.approx((2 / 10 + 1 / 5) / 2)


def test_leaving_out_changes_nothing_where_every_class_was_seen():
    first, second = (
        functional_similarity(confusion(ON_PAPER), unseen=unseen)
        for unseen in ("error", "leave_out")
    )
    assert second.labels == first.labels
    assert np.array_equal(second.values, first.values)


def test_a_class_whose_samples_all_went_to_one_that_is_left_out_has_none_either():
    # c1 was never seen, and all of c0's samples were taken for it: nothing is left of c0.
    counts = [[0, 5, 0, 0], [0, 0, 0, 0], [1, 2, 3, 1], [0, 0, 1, 4]]
    matrix = functional_similarity(confusion(counts), unseen="leave_out")
    assert matrix.labels == ("c2", "c3")
    assert matrix.values[0, 1] == pytest.approx((1 / 4 + 1 / 5) / 2)


def test_one_class_left_cannot_be_compared():
    with pytest.raises(MatrixError, match="expected at least 2 classes to compare, found 1"):
        functional_similarity(confusion([[8, 2], [0, 0]]), unseen="leave_out")


def test_no_errors_at_all_are_nothing_to_explain():
    with pytest.raises(ConfusionError, match="expected errors, found predictions without any"):
        functional_similarity(confusion(np.diag([3, 4, 5])))


def test_another_rule_for_unseen_classes_is_an_error():
    with pytest.raises(OptionError, match="expected unseen to be error or leave_out, found 'drop'"):
        functional_similarity(confusion(ON_PAPER), unseen="drop")


# Confusion matrices


def test_a_confusion_matrix_on_paper():
    seen = ConfusionMatrix("abc", ON_PAPER, "by hand")
    assert seen.labels == ("a", "b", "c")
    assert seen.counted
    assert seen.accuracy == (8 + 6 + 5) / 25
    assert seen.per_class_accuracy.tolist() == [8 / 10, 6 / 10, 5 / 5]
    assert seen.confusions.tolist() == [[0, 2 + 1, 0], [1 + 2, 0, 3 + 0], [0, 0 + 3, 0]]
    assert (seen.never_seen, seen.never_predicted) == ((), ())
    assert repr(seen) == "ConfusionMatrix(3 classes, 25 predictions, accuracy 0.760)"


def test_classes_never_seen_and_never_predicted_are_named():
    seen = ConfusionMatrix("abcd", [[1, 0, 0, 1], [0, 0, 0, 0], [1, 0, 0, 1], [0, 0, 0, 1]])
    assert seen.never_seen == ("b",)
    assert seen.never_predicted == ("b", "c")
    assert seen.per_class_accuracy == pytest.approx([1 / 2, np.nan, 0, 1], nan_ok=True)


def test_shares_are_told_from_counts():
    assert confusion([[8.0, 2.0], [1.0, 9.0]]).counted
    shares = confusion([[0.8, 0.2], [0.1, 0.9]])
    assert not shares.counted
    assert repr(shares) == "ConfusionMatrix(2 classes, normalised, accuracy 0.850)"


def test_predictions_are_counted_with_rows_true():
    seen = count_confusions("abc", [0, 0, 1, 2, 2, 2], [0, 1, 1, 0, 0, 2])
    assert seen.counts.tolist() == [[1, 1, 0], [0, 1, 0], [2, 0, 1]]


@given(st.integers(2, 6), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1))
def test_batches_add_up_to_the_whole(n, rows):
    true, pred = np.array(rows).T % n
    whole, parts = np.zeros((n, n), dtype=np.int64), np.zeros((n, n), dtype=np.int64)
    add_predictions(whole, true, pred)
    for i in range(len(rows)):
        add_predictions(parts, true[i : i + 1], pred[i : i + 1])
    assert np.array_equal(whole, parts)
    assert whole.sum() == len(rows)
    assert all(whole[i, j] == np.sum((true == i) & (pred == j)) for i in range(n) for j in range(n))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "int64", "uint64"])
def test_every_type_of_index_is_counted(dtype):
    true, pred = np.array([0, 1, 2, 2], dtype=dtype), np.array([0, 2, 2, 1], dtype=dtype)
    assert count_confusions("abc", true, pred).counts.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 1]]


def test_small_types_do_not_overflow():
    last = np.array([199], dtype=np.uint8)
    assert count_confusions(names(200), last, last).counts[199, 199] == 1


@pytest.mark.parametrize(
    ("true", "pred", "message"),
    [
        ([0, 1], [0, 3], "expected predicted classes from 0 to 2, found 3 in sample 1"),
        ([0, -1], [0, 1], "expected true classes from 0 to 2, found -1 in sample 1"),
        ([0, 1, 2], [0, 1], "as many predictions as true classes, found 2 and 3"),
    ],
)
def test_predictions_that_do_not_fit_are_errors(true, pred, message):
    with pytest.raises(ConfusionError, match=re.escape(message)):
        count_confusions("abc", true, pred)


@pytest.mark.parametrize("scores", [[0.2, 0.9], [1.0, np.nan]])
@pytest.mark.parametrize("swap", [False, True])
def test_scores_in_place_of_indices_are_an_error(scores, swap):
    both = [np.array([0, 1]), np.array(scores)]
    with pytest.raises(ConfusionError):
        count_confusions("abc", *(reversed(both) if swap else both))


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([[1, 2], [3, -1]], "found -1 for true 'c1', predicted 'c1'"),
        ([[1, np.nan], [3, 1]], "found nan for true 'c0', predicted 'c1'"),
        ([[1, np.inf], [3, 1]], "found inf for true 'c0', predicted 'c1'"),
        ([[0, 0], [0, 0]], "expected predictions, found an all-zero confusion matrix"),
        ([["1", "2"], ["3", "4"]], "expected numbers in the confusion matrix"),
    ],
)
def test_a_matrix_that_cannot_be_one_is_an_error(counts, message):
    with pytest.raises(ConfusionError, match=re.escape(message)):
        confusion(np.array(counts))


def test_one_row_and_one_column_a_class():
    message = "expected a confusion matrix of 2 x 2 for 2 class names, found shape (2, 3)"
    with pytest.raises(ConfusionError, match=re.escape(message)):
        ConfusionMatrix("ab", np.ones((2, 3)))


def test_a_class_named_twice_is_an_error():
    with pytest.raises(LabelError, match="expected every class name once, found 'a' at 0 and 2"):
        ConfusionMatrix("aba", np.ones((3, 3)))


def test_a_selection_keeps_the_cells_among_its_classes():
    part = ConfusionMatrix("abc", ON_PAPER, "by hand").select(["c", "b"])
    assert part.labels == ("c", "b")
    assert part.counts.tolist() == [[5, 0], [3, 6]]
    assert part.source == "by hand"
    with pytest.raises(LabelError, match="found 1 that it does not have: 'd'"):
        part.select(["c", "d"])


@pytest.mark.parametrize("counts", [ON_PAPER, [[0.8, 0.2], [0.1, 0.9]], [[0, 1], [0, 0]]])
def test_a_confusion_matrix_comes_back_from_strict_json(counts):
    seen = ConfusionMatrix(names(len(counts)), counts, "by hand")
    again = ConfusionMatrix.from_dict(json.loads(json.dumps(seen.to_dict(), allow_nan=False)))
    assert again.to_dict() == seen.to_dict()
    assert (again.counted, again.labels, again.source) == (seen.counted, seen.labels, seen.source)
    assert np.array_equal(again.counts, seen.counts)


def test_a_confusion_matrix_cannot_be_changed():
    given_counts = np.array(ON_PAPER)
    seen = confusion(given_counts)
    given_counts[0, 0] = 99
    assert seen.counts[0, 0] == 8
    with pytest.raises(ValueError, match="read-only"):
        seen.counts[0, 0] = 1
    seen.confusions[0, 1] = 50  # the answer is the asker's own
    assert seen.confusions[0, 1] == 3
