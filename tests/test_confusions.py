"""Predictions and confusion matrices in every form that they are written in."""

import csv
import io
import json
import re
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semdepth.confusion import ConfusionMatrix, add_predictions, count_confusions
from semdepth.errors import (
    ConfusionError,
    DamagedFile,
    LabelError,
    MissingExtra,
    OptionError,
    ReadError,
    SemdepthError,
    UnknownFormat,
    UnsafeFile,
)
from semdepth.labels import LabelSet, label_set, label_set_of_names, place
from semdepth.reading.confusions import read_confusion, read_predictions
from semdepth.reading.confusions.classes import ClassFinder, ClassNames, list_entries
from semdepth.reading.confusions.columns import find_columns
from semdepth.reading.confusions.predictions import Wanted

TEN = label_set("cifar-10")
PETS = LabelSet(("cat", "dog", "great white shark"), (None, None, "n01484850"), "three pets")
SYNSETS = tuple(
    placed.taxonomy.names[c] for placed in [place(TEN.labels, TEN.ids)] for c in placed.concepts
)
TEN_IDS = np.array(TEN.ids)
RANDOM = np.random.default_rng(0)
Y_TRUE = np.repeat(np.arange(10), 40)
Y_PRED = np.where(RANDOM.random(400) < 0.7, Y_TRUE, RANDOM.integers(0, 10, 400))
COUNTS = count_confusions(TEN.labels, Y_TRUE, Y_PRED).counts
SHUFFLED = RANDOM.permutation(10)  # the file's index i is class SHUFFLED[i]
WHERE = np.argsort(SHUFFLED)


# Every form of predictions


def _csv(true, pred, names=("y_true", "y_pred"), delimiter=","):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(names)
    writer.writerows(zip(true, pred, strict=True))
    return text.getvalue()


def _named(names, indices):
    return [names[i] for i in indices]


def _json_lines(true, pred):
    rows = zip(true, pred, strict=True)
    return "".join(json.dumps({"id": 7, "target": t, "prediction": p}) + "\n" for t, p in rows)


def _top_k():
    return [[int(p), int(p + 1) % 10, int(p + 2) % 10] for p in Y_PRED]


TEXT_FORMS = {
    "indices": _csv(Y_TRUE, Y_PRED),
    "whole floats": _csv(Y_TRUE.astype(float), Y_PRED.astype(float)),
    "labels": _csv(_named(TEN.labels, Y_TRUE), _named(TEN.labels, Y_PRED)),
    "other case": _csv([TEN.labels[i].upper() for i in Y_TRUE], Y_PRED, ("Label", "Y-Pred")),
    "ids": _csv(_named(TEN.ids, Y_TRUE), _named(TEN.ids, Y_PRED), delimiter="\t"),
    "ids ahead": _csv([f"{TEN.ids[i]}_{i}.JPEG" for i in Y_TRUE], Y_PRED),
    "synsets": _csv(_named(SYNSETS, Y_TRUE), _named(SYNSETS, Y_PRED), delimiter=";"),
    "names and indices": _csv(_named(TEN.labels, Y_TRUE), Y_PRED, ("actual", "predicted")),
    "byte order mark": "\ufeff" + _csv(Y_TRUE, Y_PRED, ("ground_truth", "Predicted Label")),
    "carriage returns": _csv(Y_TRUE, Y_PRED).replace("\n", "\r\n"),
    "blank lines": "\n\n" + _csv(Y_TRUE, Y_PRED).replace("\n", "\n\n"),
    "no last newline": _csv(Y_TRUE, Y_PRED).rstrip(),
    "list in a cell": _csv(Y_TRUE, _top_k(), ("true", "pred")),
    "list without brackets": _csv(Y_TRUE, [" ".join(map(str, k)) for k in _top_k()]),
    "list of names": _csv(Y_TRUE, [_named(TEN.labels, k) for k in _top_k()]),
    "list of numpy scalars": _csv(Y_TRUE, [f"[np.int64({k[0]}), np.int64(1)]" for k in _top_k()]),
    "top-k columns": "file,label,top1,top2,top3\n"
    + "".join(f"x.jpg,{t},{k[0]},{k[1]},{k[2]}\n" for t, k in zip(Y_TRUE, _top_k(), strict=True)),
    "json indices": _json_lines(Y_TRUE.tolist(), Y_PRED.tolist()),
    "json names": _json_lines(_named(TEN.labels, Y_TRUE), _named(TEN.ids, Y_PRED)),
    "json lists": _json_lines([[int(t)] for t in Y_TRUE], _top_k()),
    "json pipeline": _json_lines(
        Y_TRUE.tolist(), [[{"label": TEN.labels[k[0]], "score": 0.9}] for k in _top_k()]
    ),
}


def _scores(scale=1.0, dtype=np.float32):
    scores = RANDOM.random((400, 10)) * scale
    scores[np.arange(400), Y_PRED] = 2 * scale
    return scores.astype(dtype)


ARRAY_FORMS = {
    "indices": {"y_true": Y_TRUE, "y_pred": Y_PRED.astype(np.uint8)},
    "names": {"labels": np.array(TEN.labels)[Y_TRUE], "preds": np.array(TEN.ids)[Y_PRED]},
    "bytes": {"y": np.array(TEN.ids)[Y_TRUE].astype("S"), "pred": Y_PRED},
    "big-endian floats": {"targets": Y_TRUE.astype(">f4"), "predictions": Y_PRED.astype(">f8")},
    "its own list, same order": {
        "y_true": Y_TRUE,
        "y_pred": Y_PRED,
        "labels": np.array(TEN.labels),
    },
    "its own list, other order": {
        "y_true": WHERE[Y_TRUE],
        "y_pred": WHERE[Y_PRED],
        "classes": np.array(TEN.labels)[SHUFFLED],
    },
    "its own ids, other order": {
        "label": WHERE[Y_TRUE],
        "logits": _scores()[:, SHUFFLED],
        "wnids": np.array(TEN.ids)[SHUFFLED],
    },
    "a list beside names": {
        "y_true": np.array(TEN.labels)[Y_TRUE],
        "y_pred": np.array(TEN.labels)[Y_PRED],
        "names": np.array(["not", "needed"]),
    },
    "names of the samples": {"y_true": Y_TRUE, "y_pred": Y_PRED, "names": np.array(["x"] * 400)},
    "logits": {"labels": Y_TRUE, "logits": _scores(9, np.float16), "files": np.array(["x"] * 400)},
    "scores in Fortran's order": {"labels": Y_TRUE, "probs": np.asfortranarray(_scores())},
    "probabilities as y_pred": {"y_true": np.eye(10)[Y_TRUE], "y_pred": _scores()},
    "quantised scores": {"labels": Y_TRUE, "scores": _scores(100, np.uint8)},
    "one-hot": {"y_true": np.eye(10, dtype=int)[Y_TRUE], "y_pred": np.eye(10, dtype=int)[Y_PRED]},
    "top-k": {"y_true": Y_TRUE[:, None], "y_pred": np.array(_top_k())},
    "top-k names": {"y_true": Y_TRUE, "y_pred": np.array(TEN.labels)[np.array(_top_k())]},
    "beside a confusion matrix": {"y_true": Y_TRUE, "y_pred": Y_PRED, "confusion": COUNTS},
}


@pytest.mark.parametrize("form", TEXT_FORMS)
def test_text_in_every_form_gives_the_same_counts(form, tmp_path):
    path = tmp_path / "predictions"
    path.write_text(TEXT_FORMS[form], encoding="utf-8", newline="")
    seen = read_predictions(path, TEN)
    assert seen.labels == TEN.labels
    assert np.array_equal(seen.counts, COUNTS)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("form", ARRAY_FORMS)
def test_npz_in_every_form_gives_the_same_counts(form, save, tmp_path):
    save(tmp_path / "predictions.npz", **ARRAY_FORMS[form])
    seen = read_predictions(tmp_path / "predictions.npz", TEN)
    assert np.array_equal(seen.counts, COUNTS)
    assert ("in another order" in seen.source) == ("other order" in form)


@pytest.mark.parametrize(
    "array",
    [
        np.stack([Y_TRUE, Y_PRED], axis=1),
        np.asfortranarray(np.stack([Y_TRUE, Y_PRED], axis=1).astype(float)),
        np.array(TEN.labels)[np.stack([Y_TRUE, Y_PRED], axis=1)],
        np.rec.fromarrays([Y_PRED, Y_TRUE], names="pred,true"),
        np.array(
            list(zip(Y_TRUE, _top_k(), strict=True)), [("label", "i4"), ("prediction", "i4", 3)]
        ),
    ],
    ids=["indices", "Fortran's order", "names", "named fields", "a field of top-k"],
)
def test_npy_in_every_form_gives_the_same_counts(array, tmp_path):
    np.save(tmp_path / "predictions.npy", array)
    assert np.array_equal(read_predictions(tmp_path / "predictions.npy", TEN).counts, COUNTS)


@pytest.mark.parametrize("form", ["indices", "nullable", "names", "categories", "bytes", "lists"])
def test_parquet_in_every_form_gives_the_same_counts(form, tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    names = pa.array(_named(TEN.labels, Y_TRUE))
    true, pred = {
        "indices": (Y_TRUE, Y_PRED.astype(np.int8)),
        "nullable": (pa.array(Y_TRUE.astype(float)), pa.array(Y_PRED.tolist())),
        "names": (names, _named(TEN.ids, Y_PRED)),
        "categories": (names.dictionary_encode(), Y_PRED),
        "bytes": (Y_TRUE, pa.array([TEN.labels[i].encode() for i in Y_PRED])),
        "lists": (Y_TRUE, _top_k()),
    }[form]
    table = pa.table({"file": ["x.jpg"] * 400, "y_true": true, "y_pred": pred})
    pq.write_table(table, tmp_path / "predictions.parquet", row_group_size=150)
    assert np.array_equal(read_predictions(tmp_path / "predictions.parquet", TEN).counts, COUNTS)


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "predictions.parquet").write_bytes(b"PAR1 and so on PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"reading Parquet needs pyarrow.*semdepth\[parquet\]"):
        read_predictions(tmp_path / "predictions.parquet", TEN)


@given(
    order=st.permutations(range(4)), rows=st.lists(st.tuples(*[st.integers(0, 3)] * 2), min_size=1)
)
def test_whatever_order_a_file_lists_its_classes_in_the_counts_are_the_same(
    order, rows, tmp_path_factory
):
    known = LabelSet(("a", "b", "c", "d"), (None,) * 4, "letters")
    true, pred = np.array(rows).T
    place_of = np.argsort(order)
    path = tmp_path_factory.mktemp("order") / "predictions.npz"
    classes = np.array(known.labels)[list(order)]
    np.savez(path, y_true=place_of[true], y_pred=place_of[pred], classes=classes)
    expected = count_confusions(known.labels, true, pred).counts
    assert np.array_equal(read_predictions(path, known).counts, expected)


# What stands in the source


def test_the_source_tells_the_file_and_its_columns(tmp_path):
    path = tmp_path / "val.csv"
    path.write_text(TEXT_FORMS["names and indices"], newline="")
    assert read_predictions(path, TEN).source == "predictions in val.csv (actual against predicted)"


@pytest.mark.parametrize("form", ["indices", "json indices"])
def test_progress_reaches_the_end_of_the_file(form, tmp_path):
    path = tmp_path / "predictions"
    path.write_text(TEXT_FORMS[form], newline="")
    seen = []
    read_predictions(path, TEN, progress=lambda *step: seen.append(step))
    assert seen[-1] == ("reading predictions", path.stat().st_size, path.stat().st_size)


# Names that are numbers


def numbered(*labels):
    return LabelSet(labels, (None,) * len(labels), "numbered classes")


def test_a_whole_number_that_is_a_class_name_is_that_name(tmp_path):
    known = numbered("10", "1", "0")
    path = tmp_path / "predictions.csv"
    path.write_text("y_true,y_pred\n10,1\n0,0\n1,10.0\n")
    seen = read_predictions(path, known)
    assert seen.counts.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert seen.source.endswith("; whole numbers read as class names")


def test_names_that_are_their_own_index_need_no_word(tmp_path):
    path = tmp_path / "predictions.csv"
    path.write_text("y_true,y_pred\n0,2\n2,2\n")
    seen = read_predictions(path, numbered("0", "1", "2"))
    assert seen.counts.tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 1]]
    assert "read as" not in seen.source


def test_numbers_that_are_partly_names_and_partly_indices_are_refused(tmp_path):
    path = tmp_path / "predictions.csv"
    path.write_text("y_true,y_pred\n1,2\n0,3\n")
    with pytest.raises(ConfusionError, match=r"found '1', which is a name .*'0', which is none"):
        read_predictions(path, numbered("1", "2", "3"))


def test_scores_go_by_index_whatever_the_names(tmp_path):
    path = tmp_path / "predictions.npz"
    np.savez(path, labels=np.array([0, 2]), logits=np.eye(3)[[1, 2]])
    seen = read_predictions(path, numbered("2", "1", "0"))
    assert seen.counts.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 1]]


# Names


def finder(known, several=True):
    return ClassFinder(ClassNames(known), None, several)


def test_a_name_is_found_exactly_before_it_is_folded():
    known = LabelSet(("Cardigan", "cardigan"), (None, None), "two")
    found = finder(known)
    assert (found["Cardigan"], found["cardigan"]) == (0, 1)
    assert found["CARDIGAN"] < 0


@pytest.mark.parametrize(
    "name",
    [
        "great white shark",
        "Great_White-Shark",
        " great white shark ",
        "n01484850",
        "great_white_shark.n.01",
        "n01484850-great_white_shark",
        "2",
        "2.000000000000000000e+00",
        2,
        2.0,
        "[2, 0]",
        "['great white shark', 'cat']",
        "[2 0 1]",
        "(2,)",
        '["great white shark"]',
        "2 0 1",
        "n01484850 n01484850",
    ],
)
def test_what_a_class_may_be_called(name):
    assert finder(PETS)[name] == 2


@pytest.mark.parametrize(
    "name", ["cat dog", "shark", "0.5", "[[0]]", "{}", "['[0]']", float("inf"), "3x"]
)
def test_what_is_no_class(name):
    assert finder(PETS)[name] < -1


@pytest.mark.parametrize(
    "name", [None, float("nan"), "", " ", "NaN", "null", "None", "<NA>", "[]", "[null]"]
)
def test_what_is_no_value(name):
    assert finder(PETS)[name] == -1


def test_none_is_a_class_where_a_class_is_called_so():
    assert finder(LabelSet(("some", "none"), (None, None), "two"))["none"] == 1


def test_several_true_classes_are_none():
    assert finder(PETS, several=False)["[1]"] == 1
    assert finder(PETS, several=False)["[1, 2]"] < 0


def test_names_with_spaces_are_not_taken_apart():
    assert list_entries("hot dog") is None
    assert list_entries("3 5 7") == ["3", "5", "7"]
    assert list_entries("['hot dog' \"carpenter's kit\"]") == ["hot dog", "carpenter's kit"]


# Columns


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        ("y_true y_pred", (0, 1)),
        ("prediction label", (1, 0)),
        ("id true pred score", (1, 2)),
        ("target output_score predicted_class", (0, 2)),
        ("Actual Predicted", (0, 1)),
        ("ground-truth PRED", (0, 1)),
        ("y_test yhat", (0, 1)),
        ("label label_name pred pred_name", (0, 2)),
        ("true_idx pred_idx", (0, 1)),
        ("label pred_3 pred_1 pred_2 pred_1_score", (0, 2)),
        ("label pred_0 pred_1", (0, 1)),
        ("label pred top5", (0, 1)),
        ("label top5", (0, 1)),
        ("label top_k_predictions", (0, 1)),
        ("label top1_pred top5_pred", (0, 1)),
    ],
)
def test_columns_are_recognised(columns, chosen):
    assert find_columns(columns.split(), Wanted(TEN)) == chosen


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ("label target pred", "found 'label', 'target' among .*--true-column"),
        ("label pred y_pred", "found 'pred', 'y_pred' among .*--pred-column"),
        ("label top1 pred_1", "found 'top1', 'pred_1' among .*--pred-column"),
        ("label pred pred", "found 'pred', 'pred' among .*--pred-column"),
        ("file pred", "a column of true classes .* found 'file', 'pred'; name it with --true-c"),
        ("label score", "a column of predicted classes .* found 'score'; .* --pred-column"),
        ("label pred_2 pred_3", "a column of predicted classes"),
    ],
)
def test_unclear_columns_are_named_with_the_option(columns, told):
    with pytest.raises(ConfusionError, match=told):
        find_columns(columns.split(), Wanted(TEN))


def test_columns_can_be_named():
    names = ["gold standard", "Answer", "label", "pred"]
    assert find_columns(names, Wanted(TEN, "gold standard", "answer")) == (0, 1)
    assert find_columns(names, Wanted(TEN, "label")) == (2, 3)
    assert find_columns(["label", "target", "pred"], Wanted(TEN, None, "target")) == (0, 1)
    with pytest.raises(ConfusionError, match="'truth' of --true-column, found no such column"):
        find_columns(names, Wanted(TEN, "truth"))
    with pytest.raises(ConfusionError, match="found 'label' given for both"):
        find_columns(names, Wanted(TEN, "label", "label"))


# Files that are not as they should be


def read_text(folder, text, known=PETS, **options):
    path = folder / "predictions.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return read_predictions(path, known, **options)


ROWS = "y_true,y_pred\ncat,dog\n"


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("y_true,y_pred\n", ConfusionError, "found none below the column names"),
        ("\n \n", ConfusionError, "found an empty file"),
        ("0,1\n1,1\n", ConfusionError, "first line of column names, found '0,1'"),
        (
            ROWS + "dog,\ndog,NaN\n",
            ConfusionError,
            r"2 lines \(the first in line 3\) without a pred",
        ),
        (ROWS + ",dog\n", ConfusionError, "line 3 without a true class"),
        (ROWS + "dog\n", ConfusionError, "all 2 lines, found line 3 without a prediction"),
        (
            ROWS + "\n\n,dog\ncat,\n",
            ConfusionError,
            "line 5 without a true .* line 6 without a pred",
        ),
        (ROWS + "cat,cow\n" * 3, LabelError, r"found 'cow' in 3 lines \(the first in line 3\)"),
        (
            ROWS + "".join(f"cat,x{i}\n" for i in range(9)),
            LabelError,
            "found 'x0', 'x1', 'x2', 'x3', 'x4', ... in 9 lines",
        ),
        (ROWS + "cow,hen\n", LabelError, r"'cow', 'hen' in 2 cells \(the first in line 3\)"),
        (
            ROWS + "cat,0.93\n",
            LabelError,
            "found '0.93' in line 3; give the predicted class itself",
        ),
        (ROWS + "cat,-1\n", ConfusionError, "from 0 to 2 .* found '-1' in line 3; a negative"),
        (ROWS + "0,9\n0,3\n", ConfusionError, r"found '9' in 2 lines \(the first in line 3\)"),
        (ROWS + "0,9\n", ConfusionError, "seems to be of 10 or more classes"),
        ("y_true,y_pred\n1,2\n3,1\n", ConfusionError, "counted from 1 .* subtract 1"),
        ("y_true,y_pred\n1,999\n", ConfusionError, "those of label set imagenet-1k: .*--labels"),
        (ROWS + "cat,dog, hound\n", DamagedFile, "expected 2 cells in line 3, .* found 3"),
        (ROWS + 'cat,"dog\ncat,dog\n', DamagedFile, "in line 4; check the quotes"),
        ('{"y_true": 0, "y_pred": 1}\n{"y_true": 0}\n', ConfusionError, "line 2 without a pred"),
        ('{"y_true": 0, "y_pred": 1}\n{"y_tr', DamagedFile, "found .* in line 2; write JSON lines"),
        ('{"y_true": 0, "y_pred": 1}\n[1]\n', DamagedFile, r"found '\[1\]' in line 2"),
        ('{"y_true": [0, 1], "y_pred": 1}\n', LabelError, r"found '\[0, 1\]' in line 1"),
        ('[{"y_true": 0, "y_pred": 1}]', UnknownFormat, "found a JSON list; write one JSON object"),
        ("<!doctype html>", UnknownFormat, "found what begins '<!doctype html>'"),
    ],
)
def test_what_is_wrong_with_text_is_told(text, error, told, tmp_path):
    with pytest.raises(error, match=told) as caught:
        read_text(tmp_path, text)
    assert_one_line(caught.value)


def assert_one_line(error):
    """Expected, found, and the way out behind a semicolon, with the file ahead."""
    message = str(error)
    assert re.fullmatch(r".*predictions\.\w+: expected .*, found .*; .*", message)
    assert len(message) < 600


def test_shorter_and_longer_rows_are_no_fault_where_nothing_is_lost(tmp_path):
    seen = read_text(tmp_path, "y_true,y_pred,note\ncat,dog\ndog,dog,sure,,\n")
    assert seen.counts.sum() == 2


def test_faults_beyond_the_first_batch_are_counted_too(tmp_path):
    good = "cat,dog\n" * 20_000
    told = r"40,002 lines.*found 2 lines \(the first in line 20,002\) without a prediction"
    with pytest.raises(ConfusionError, match=told):
        read_text(tmp_path, "y_true,y_pred\n" + good + "cat,\n" + good + "cat,\n")


@pytest.mark.parametrize(
    ("arrays", "error", "told"),
    [
        (
            {"y_true": [0, 1], "y_pred": [1]},
            ConfusionError,
            "found 1 in 'y_pred' and 2 in 'y_true'",
        ),
        ({"y_true": [], "y_pred": []}, ConfusionError, "found none in 'y_pred'"),
        ({"y_true": 1, "y_pred": 1}, ConfusionError, "found none in 'y_pred'"),
        (
            {"y_true": [0, 1], "y_pred": [0, np.nan]},
            ConfusionError,
            "sample 1 counting from 0 with",
        ),
        (
            {"y_true": [0, 1], "logits": np.zeros((2, 3))},
            ConfusionError,
            "2 samples .* without a p",
        ),
        (
            {"y_true": [0, 1], "logits": [[0, 1, 2], [np.nan, 0, 1]]},
            ConfusionError,
            "sample 1 counting from 0 without a prediction",
        ),
        (
            {"y_true": [0], "logits": np.eye(4)[:1]},
            ConfusionError,
            "3 classes, found shape .*backgr",
        ),
        ({"y_true": [0], "y_pred": np.eye(5)[:1]}, ConfusionError, r"found shape \(1, 5\)"),
        ({"y_true": [[1, 1, 0]], "y_pred": [1]}, ConfusionError, "without a true class"),
        ({"confusion": np.eye(3)}, ConfusionError, "found a confusion matrix .*--confusion"),
        (
            {"y_true": [0], "guess": [0]},
            ConfusionError,
            "found 'guess'; name it with --pred-column",
        ),
        ({"y_true": [0], "labels": [0], "pred": [0]}, ConfusionError, "'y_true', 'labels' among"),
        ({"y_true": np.array([0, None]), "y_pred": [0, 1]}, UnsafeFile, "Python objects"),
        (
            {"y_true": [0], "y_pred": [1], "classes": np.array(["cat", "cow", "dog"])},
            LabelError,
            "not among the model's classes: 'cow'; missing there: 'great white shark'",
        ),
        (
            {"y_true": [0], "y_pred": [1], "classes": np.array(["cat", "CAT", "dog"])},
            LabelError,
            "there twice: 'cat'",
        ),
        (
            {"y_true": [0], "y_pred": [1], "classes": np.array(["a", "b", "c"], dtype=object)},
            UnsafeFile,
            "'classes', found Python objects",
        ),
    ],
)
def test_what_is_wrong_with_arrays_is_told(arrays, error, told, tmp_path):
    np.savez(tmp_path / "predictions.npz", **arrays)
    with pytest.raises(error, match=told) as caught:
        read_predictions(tmp_path / "predictions.npz", PETS)
    assert_one_line(caught.value)


def test_two_columns_of_two_classes_may_be_marks_or_the_best_two(tmp_path):
    np.savez(tmp_path / "predictions.npz", y_true=[0, 1], y_pred=[[1, 0], [0, 1]])
    with pytest.raises(ConfusionError, match="the best two or a mark at the predicted one"):
        read_predictions(tmp_path / "predictions.npz", LabelSet(("a", "b"), (None,) * 2, "two"))


@pytest.mark.parametrize("array", [np.eye(3), np.arange(4), np.zeros((2, 5))])
def test_npy_of_another_shape_is_refused(array, tmp_path):
    np.save(tmp_path / "predictions.npy", array)
    with pytest.raises(ConfusionError, match="expected two columns") as caught:
        read_predictions(tmp_path / "predictions.npy", PETS)
    assert_one_line(caught.value)


@pytest.mark.parametrize(
    ("content", "error", "told"),
    [
        (b"", DamagedFile, "found an empty file"),
        (b"\x1f\x8b\x08", UnknownFormat, "gunzip"),
        (b"\xff\xfey\x00", UnknownFormat, "UTF-16"),
        (b"\x80\x04\x95", UnknownFormat, "pickle"),
        (b"\x00\x01\x02", UnknownFormat, "unknown bytes"),
        (b"y_true,y_pred\n0,\xe9t\xe9\n", ReadError, "in UTF-8, found other bytes"),
        (b"PK\x03\x04 but no archive", DamagedFile, "File is not a zip file"),
        (b"\x93NUMPY\x01\x00\x0a\x00{'descr': ", DamagedFile, "unreadable header"),
    ],
)
def test_other_bytes_are_told(content, error, told, tmp_path):
    path = tmp_path / "predictions.csv"
    path.write_bytes(content)
    with pytest.raises(error, match=told) as caught:
        read_predictions(path, PETS)
    assert_one_line(caught.value)


def test_no_file_is_told(tmp_path):
    with pytest.raises(ReadError, match="No such file or directory"):
        read_predictions(tmp_path / "predictions.csv", PETS)


def test_a_damaged_parquet_file_is_told(tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "predictions.parquet").write_bytes(b"PAR1 and so on PAR1")
    with pytest.raises(DamagedFile, match="expected a Parquet file") as caught:
        read_predictions(tmp_path / "predictions.parquet", PETS)
    assert_one_line(caught.value)


@pytest.mark.parametrize("name", ["predictions.npz", "predictions.npy"])
def test_a_file_cut_anywhere_is_an_error_and_never_other_counts(name, tmp_path):
    whole = tmp_path / f"whole-{name}"
    if name.endswith("z"):
        np.savez(whole, y_true=Y_TRUE[:9], y_pred=Y_PRED[:9])
    else:
        np.save(whole, np.stack([Y_TRUE, Y_PRED], axis=1)[:9])
    data = whole.read_bytes()
    for size in range(0, len(data), 3):
        (tmp_path / name).write_bytes(data[:size])
        with pytest.raises(SemdepthError):
            read_predictions(tmp_path / name, TEN)


# Larger than memory


def test_a_long_file_is_read_in_constant_memory(tmp_path):
    path = tmp_path / "predictions.csv"
    with path.open("w") as file:
        file.write("file,label,top5\n")
        for i in range(200_000):
            file.write(
                f'validation/images/image_{i:08d}.jpg,{i % 10},"[{i % 7}, {i % 9}, 3, 4, 5]"\n'
            )
    tracemalloc.start()
    seen = read_predictions(path, TEN)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen.counts.sum() == 200_000
    assert seen.counts[3].sum() == 20_000
    assert peak < 8e6 < path.stat().st_size


def test_scores_are_read_a_few_rows_at_a_time(tmp_path):
    scores = np.zeros((200_000, 100), dtype=np.float32)
    scores[:, 7] = 1
    known = label_set("cifar-100")
    np.savez(tmp_path / "predictions.npz", labels=np.zeros(200_000, int), logits=scores)
    size = scores.nbytes
    del scores
    tracemalloc.start()
    seen = read_predictions(tmp_path / "predictions.npz", known)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen.counts[0, 7] == 200_000
    assert peak < size / 2


# Confusion matrices in every form


def _matrix_text(values, names=None, above=True, before=True, delimiter=",", corner=""):
    rows = [list(map(str, row)) for row in values.tolist()]
    if names is not None and before:
        rows = [[name, *row] for name, row in zip(names, rows, strict=True)]
    if names is not None and above:
        rows.insert(0, [corner] * before + list(names))
    return "".join(delimiter.join(row) + "\n" for row in rows)


def _write_matrix(path, form, values):
    """Write a matrix in one of the forms; the shuffled ones in another order of classes."""
    other = values[np.ix_(SHUFFLED, SHUFFLED)]
    names = np.array(TEN.labels)[SHUFFLED]
    digits = [str(i) for i in range(10)]
    if form in MATRIX_TEXTS:
        path.write_text(
            {
                "plain": _matrix_text(values),
                "spaces": _matrix_text(values, delimiter=" "),
                "header": _matrix_text(values, TEN.labels, before=False),
                "first column": _matrix_text(values, TEN.labels, above=False, delimiter=";"),
                "both": _matrix_text(values, TEN.labels, delimiter="\t"),
                "both, other order": _matrix_text(other, names),
                "ids, other order": _matrix_text(
                    other, np.array(TEN.ids)[SHUFFLED], corner="class"
                ),
                "rows and columns apart": _matrix_text(other[:, WHERE], names).replace(
                    ",".join(names), ",".join(TEN.labels)
                ),
                "header without a corner": _matrix_text(values, TEN.labels)[1:],
                "indices": _matrix_text(values, digits),
                "indices above": _matrix_text(values, digits, before=False),
                "indices before": _matrix_text(values, digits, above=False),
            }[form]
        )
    elif form == "npy":
        with path.open("wb") as file:
            np.save(file, values)
    else:
        arrays = {
            "npz": {"confusion": values},
            "npz, only square": {"measured": values, "epochs": np.arange(3)},
            "npz, other order": {"cm": other, "classes": names},
            "npz, ids": {"confusion_row_normalised": other, "wnids": np.array(TEN.ids)[SHUFFLED]},
            "npz, bytes": {"counts": other, "labels": np.array(TEN.ids)[SHUFFLED].astype("S")},
        }[form]
        with path.open("wb") as file:
            np.savez(file, **arrays)


MATRIX_TEXTS = (
    *("plain", "spaces", "header", "first column", "both", "both, other order"),
    *("ids, other order", "rows and columns apart", "header without a corner"),
    *("indices", "indices above", "indices before"),
)
MATRIX_FORMS = (
    *MATRIX_TEXTS,
    *("npy", "npz", "npz, only square", "npz, other order", "npz, ids", "npz, bytes"),
)
SHARES = COUNTS / COUNTS.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("orientation", ["true-rows", "pred-rows"])
@pytest.mark.parametrize("form", MATRIX_FORMS)
@pytest.mark.parametrize("values", [COUNTS, SHARES], ids=["counts", "shares"])
def test_every_form_and_orientation_of_a_matrix_gives_the_same(form, orientation, values, tmp_path):
    path = tmp_path / "confusion"
    _write_matrix(path, form, values if orientation == "true-rows" else values.T)
    seen = read_confusion(path, TEN, orientation=orientation)
    assert seen.labels == TEN.labels
    assert np.array_equal(seen.counts, values)
    assert seen.counted == (values is COUNTS)
    told = any(word in form for word in ("order", "ids", "apart", "bytes"))
    assert ("matched by name" in seen.source) == told
    assert ("predicted rows turned" in seen.source) == (orientation == "pred-rows")


def test_predictions_and_their_matrix_agree(tmp_path):
    np.savez(tmp_path / "both.npz", y_true=Y_TRUE, y_pred=Y_PRED, confusion=COUNTS)
    counted = read_predictions(tmp_path / "both.npz", TEN)
    given_as_matrix = read_confusion(tmp_path / "both.npz", TEN)
    assert np.array_equal(counted.counts, given_as_matrix.counts)
    assert counted.accuracy == given_as_matrix.accuracy == (Y_TRUE == Y_PRED).mean()


def ultralytics(classes=COUNTS):
    """Predicted rows, true columns, background last: objects missed, and those that are none."""
    return np.block(
        [[classes.T, np.full((10, 1), 3)], [np.full((1, 10), 2), np.zeros((1, 1), int)]]
    )


def test_ultralytics_background_is_dropped_and_said(tmp_path):
    np.save(tmp_path / "cm.npy", ultralytics())
    seen = read_confusion(tmp_path / "cm.npy", TEN, orientation="pred-rows")
    assert np.array_equal(seen.counts, COUNTS)
    assert seen.source.endswith("background row and column dropped (they held 50)")


def test_background_is_found_by_its_name_wherever_it_stands(tmp_path):
    order = np.roll(np.arange(11), 1)
    names = np.array([*TEN.labels, "Background"])[order]
    table = _matrix_text(ultralytics().T[np.ix_(order, order)], names)
    (tmp_path / "cm.csv").write_text(table)
    seen = read_confusion(tmp_path / "cm.csv", TEN)
    assert np.array_equal(seen.counts, COUNTS)


def test_a_class_called_background_is_a_class_like_any_other(tmp_path):
    known = LabelSet(("bird", "background"), (None, None), "two")
    (tmp_path / "cm.csv").write_text("bird,background\n8,2\n1,9\n")
    assert read_confusion(tmp_path / "cm.csv", known).counts.tolist() == [[8, 2], [1, 9]]


def test_one_class_more_is_refused_where_nothing_says_which(tmp_path):
    np.save(tmp_path / "cm.npy", ultralytics().T)
    with pytest.raises(ConfusionError, match=r"found 11 x 11; .*--orientation pred-rows"):
        read_confusion(tmp_path / "cm.npy", TEN)


@pytest.mark.parametrize("decimals", [16, 3, 2])
@pytest.mark.parametrize("orientation", ["true-rows", "pred-rows"])
def test_shares_in_the_other_orientation_are_refused(orientation, decimals, tmp_path):
    stored = SHARES.T if orientation == "true-rows" else SHARES
    np.save(tmp_path / "cm.npy", stored.round(decimals))
    other = "pred-rows" if orientation == "true-rows" else "true-rows"
    with pytest.raises(ConfusionError, match=f"pass --orientation {other} if it is the transpose"):
        read_confusion(tmp_path / "cm.npy", TEN, orientation=orientation)


def test_counts_of_a_balanced_test_set_tell_their_orientation(tmp_path):
    np.save(tmp_path / "cm.npy", COUNTS.T)  # 40 samples of each class
    with pytest.raises(ConfusionError, match="each predicted class sum to 40"):
        read_confusion(tmp_path / "cm.npy", TEN)


def test_few_counts_may_be_even_by_chance(tmp_path):
    (tmp_path / "cm.csv").write_text("5,0\n5,10\n")
    known = LabelSet(("a", "b"), (None, None), "two")
    assert read_confusion(tmp_path / "cm.csv", known).counts.tolist() == [[5, 0], [5, 10]]


@pytest.mark.parametrize(
    ("corner", "orientation", "other"),
    [("Predicted", "true-rows", "pred-rows"), ("actual", "pred-rows", "true-rows")],
)
def test_the_corner_may_tell_the_orientation(corner, orientation, other, tmp_path):
    path = tmp_path / "cm.csv"
    path.write_text(_matrix_text(COUNTS, TEN.labels, corner=corner))
    with pytest.raises(ConfusionError, match=f"found '{corner}' above .*--orientation {other}"):
        read_confusion(path, TEN, orientation=orientation)


def test_shares_of_all_predictions_are_taken_as_they_are(tmp_path):
    counts = np.array([[8, 2], [1, 29]])
    np.save(tmp_path / "cm.npy", counts / counts.sum())
    seen = read_confusion(tmp_path / "cm.npy", LabelSet(("a", "b"), (None, None), "two"))
    assert seen.accuracy == pytest.approx(37 / 40)


def test_classes_never_seen_or_predicted_are_no_error(tmp_path):
    (tmp_path / "cm.csv").write_text("8,2,0\n1,9,0\n0,0,0\n")
    seen = read_confusion(tmp_path / "cm.csv", PETS)
    assert seen.never_seen == seen.never_predicted == ("great white shark",)


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("7,2\n3,4\n5,6\n", ConfusionError, "square confusion matrix, found shape 3 x 2"),
        ("7,2,3\n4,5,6\n", ConfusionError, "square confusion matrix, found shape 2 x 3"),
        ("1,2\n3,4\n", ConfusionError, "3 x 3 for the 3 classes of three pets, found 2 x 2"),
        ("1,2,3\n4,5\n6,7,8\n", DamagedFile, "expected 3 cells in line 2, as in line 1, found 2"),
        ("1,2,3\n4,x5,6\n7,8,9\n", ConfusionError, "line 2 of the confusion matrix, found 'x5'"),
        ("1,2,3\n4,-5,6\n7,8,9\n", ConfusionError, "found -5.0 for true 'dog', predicted 'dog'"),
        ("1,2,3\n4,nan,6\n7,8,9\n", ConfusionError, "found nan for true 'dog', predicted 'dog'"),
        ("1,2,3\n4,inf,6\n7,8,9\n", ConfusionError, "found inf for true 'dog', predicted 'dog'"),
        ("0,0,0\n0,0,0\n0,0,0\n", ConfusionError, "found an all-zero confusion matrix"),
        ("cat,dog,cow\n1,2,3\n4,5,6\n7,8,9\n", LabelError, "'cow'; missing there: 'great white"),
        (",1,2,3\n1,1,2,3\n2,4,5,6\n3,7,8,9\n", LabelError, "its true classes, found 3 names"),
        (
            _matrix_text(np.eye(4), ["cat", "dog", "great white shark", "All"]),
            LabelError,
            "found 4 names .not among the model's classes: 'All'",
        ),
        ("y_true,y_pred\n0,1\n", ConfusionError, "columns of predictions .*--predictions"),
        ("\n", ConfusionError, "an empty file"),
        ("cat,dog\n", ConfusionError, "expected a square confusion matrix"),
        (",cat,dog\ncat,1,2\n", ConfusionError, "square confusion matrix, found shape 1 x 2"),
        ('{"a": 1}', UnknownFormat, "found a json file; predictions go with --predictions"),
    ],
)
def test_what_is_wrong_with_a_matrix_is_told(text, error, told, tmp_path):
    path = tmp_path / "predictions.csv"
    path.write_text(text)
    with pytest.raises(error, match=told) as caught:
        read_confusion(path, PETS)
    assert_one_line(caught.value)


@pytest.mark.parametrize(
    ("arrays", "error", "told"),
    [
        ({"y_true": [0], "y_pred": [1]}, UnknownFormat, "found none among .*--predictions"),
        ({"a": np.eye(3), "b": np.eye(3)}, UnknownFormat, r"several \('a', 'b'\)"),
        ({"confusion": np.zeros((3, 2, 2))}, ConfusionError, "found shape 3 x 2 x 2"),
        ({"confusion": np.eye(3, dtype=complex)}, ConfusionError, "found complex128"),
        ({"confusion": np.eye(3).astype(str)}, ConfusionError, "found <U32"),
        ({"confusion": np.array([[None]])}, UnsafeFile, "Python objects"),
    ],
)
def test_what_is_wrong_with_a_stored_matrix_is_told(arrays, error, told, tmp_path):
    np.savez(tmp_path / "predictions.npz", **arrays)
    with pytest.raises(error, match=told) as caught:
        read_confusion(tmp_path / "predictions.npz", PETS)
    assert_one_line(caught.value)


def test_an_orientation_that_does_not_exist_is_refused():
    with pytest.raises(OptionError, match="true-rows or pred-rows, found 'columns'"):
        read_confusion("cm.csv", PETS, orientation="columns")


# Counting


def test_batches_add_up_whatever_their_size():
    counts = np.zeros((10, 10), dtype=np.int64)
    for part in np.array_split(np.arange(400), 7):
        add_predictions(counts, Y_TRUE[part], Y_PRED[part])
    assert np.array_equal(counts, COUNTS)
    assert counts[3, 5] == np.sum((Y_TRUE == 3) & (Y_PRED == 5))


def test_indices_outside_are_refused():
    with pytest.raises(ConfusionError, match="predicted classes from 0 to 1, found 2 in sample 1"):
        count_confusions(["a", "b"], [0, 1], [0, 2])


def test_shares_beyond_what_counts_can_be_stay_fractions():
    huge = ConfusionMatrix(("a", "b"), np.array([[1e300, 0], [0, 1]]))
    assert not huge.counted


def test_a_known_set_is_matched_by_id_where_names_differ(tmp_path):
    theirs = label_set_of_names(["n01440764", "n01443537"], "ids")
    (tmp_path / "predictions.csv").write_text("y_true,y_pred\nn01440764,Goldfish\n")
    seen = read_predictions(tmp_path / "predictions.csv", theirs)
    assert seen.counts.tolist() == [[0, 1], [0, 0]]
