"""Class names and cosine matrices from files: every form, and every way they can be wrong."""

import json

import numpy as np
import pytest

from semdepth import read_analysis, read_head, read_labels
from semdepth.errors import LabelError, MatrixError, ReadError, SemdepthError, UnknownFormat
from semdepth.reading.matrices import read_cosine

NAMES = ("cat", "dog", "car")
COSINE = np.array([[1.0, 0.8, 0.1], [0.8, 1.0, 0.2], [0.1, 0.2, 1.0]])


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "labels", "ids"),
    [
        ("cat\ndog\ncar\n", NAMES, (None,) * 3),
        ("cat\r\ndog\r\n\r\ncar", NAMES, (None,) * 3),
        ("﻿cat\ndog\ncar\n", NAMES, (None,) * 3),
        (
            "cat\tn02121620\ndog\tn02084071\ncar\tn02958343\n",
            NAMES,
            ("n02121620", "n02084071", "n02958343"),
        ),
        ("n01440764\nn01443537\n", ("tench", "goldfish"), ("n01440764", "n01443537")),
        ('{"0": "cat", "1": "dog", "2": "car"}', NAMES, (None,) * 3),
        ('["cat", "dog", "car"]', NAMES, (None,) * 3),
        (
            '{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]}',
            ("tench", "goldfish"),
            ("n01440764", "n01443537"),
        ),
        ("a\u2028b\nc\x0bd\n", ("a\u2028b", "c\x0bd"), (None, None)),
    ],
)
def test_labels_in_every_form(tmp_path, text, labels, ids):
    found = read_labels(written(tmp_path / "labels", text))
    assert (found.labels, found.ids) == (labels, ids)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["expected class names", "found none"]),
        ("cat\ndog\ncat\n", ["'cat'", "0 and 2", "rename"]),
        ("cat\tn02121620\textra\n", ["line 1", "3 columns"]),
        ('{"0": "cat", "2": "dog"}', ["none for '1'", "without gaps"]),
        ('{"0": "cat", "1": 7}', ["7", "name"]),
        ('{"0": "cat"', ["JSON"]),
        ("[" * 100_000, ["JSON"]),
    ],
)
def test_labels_that_are_wrong(tmp_path, text, words):
    with pytest.raises(LabelError) as caught:
        read_labels(written(tmp_path / "labels", text))
    assert all(word in str(caught.value) for word in words), caught.value


def test_labels_that_are_no_text(tmp_path):
    with pytest.raises(ReadError, match="UTF-8"):
        read_labels(written(tmp_path / "labels", "café", "latin-1"))
    with pytest.raises(ReadError, match="imagenet-1k"):
        read_labels(tmp_path / "missing")
    with pytest.raises(ReadError, match="text file"):
        read_labels(tmp_path)


def cosine_forms(folder):
    header = ",".join(NAMES)
    rows = [",".join(map(repr, row)) for row in COSINE.tolist()]
    np.savez(folder / "named.npz", cosine=COSINE, labels=np.array(NAMES))
    np.savez(folder / "only.npz", similarity=COSINE, classes=np.array(NAMES))
    written(folder / "header.csv", "\n".join([header, *rows]))
    named = [f"{name},{row}" for name, row in zip(NAMES, rows, strict=True)]
    written(folder / "both.csv", "\n".join(["," + header, *named]))
    written(folder / "rows.csv", "\n".join(named))
    written(folder / "tabs.tsv", "\n".join([header, *rows]).replace(",", "\t"))
    return ("named.npz", "only.npz", "header.csv", "both.csv", "rows.csv", "tabs.tsv")


def test_cosines_in_every_form_are_the_same(tmp_path):
    for name in cosine_forms(tmp_path):
        similarity, label_set = read_cosine(tmp_path / name)
        assert label_set.labels == NAMES, name
        np.testing.assert_array_equal(similarity.values[0, 2], 0.0)
        expected = (COSINE - 0.1) / (1.0 - 0.1)
        np.testing.assert_allclose(similarity.values, expected, rtol=1e-15, atol=1e-16)


def test_cosines_named_by_labels(tmp_path):
    np.save(tmp_path / "bare.npy", COSINE)
    names = written(tmp_path / "names.txt", "x\ny\nz\n")
    assert read_cosine(tmp_path / "bare.npy", labels=names)[1].labels == ("x", "y", "z")
    with pytest.raises(MatrixError, match=r"names for the 3 classes .*--labels"):
        read_cosine(tmp_path / "bare.npy")


@pytest.mark.parametrize(
    ("text", "error", "word"),
    [
        ("cat,dog\n1,0.5\n", MatrixError, "square"),
        ("", ReadError, "empty"),
        (",cat,dog\ncat,1,0.5\ncow,0.5,1\n", MatrixError, "'cow' beside 'dog'"),
        ("cat,dog\n1,x\n0.5,1\n", ReadError, "could not convert"),
        ("cat,dog\n1,0.5\n0.5\n", ReadError, "different lengths"),
        ("cat,dog\n1,3\n3,1\n", MatrixError, "cosines from -1 to 1"),
        ("cat,dog\n1,0.5\n0.4,1\n", MatrixError, "('cat', 'dog')"),
        ("cat,dog\n1,nan\nnan,1\n", MatrixError, "finite"),
    ],
)
def test_cosines_that_are_wrong(tmp_path, text, error, word):
    with pytest.raises(error) as caught:
        read_cosine(written(tmp_path / "cosine.csv", text))
    assert word in str(caught.value)


def test_archives_of_cosines_that_are_wrong(tmp_path):
    np.savez(tmp_path / "two.npz", a=COSINE, b=COSINE)
    with pytest.raises(UnknownFormat, match="found 2 among a, b"):
        read_cosine(tmp_path / "two.npz")
    np.savez(tmp_path / "objects.npz", cosine=np.array([[{}]], dtype=object))
    with pytest.raises(ReadError, match=r"objects\.npz"):
        read_cosine(tmp_path / "objects.npz")
    broken = written(tmp_path / "broken.npz", "PK\x03\x04 and no more")
    with pytest.raises(ReadError, match=r"broken\.npz"):
        read_cosine(broken)


def save_head(path, n, **more):
    np.savez(path, weight=np.random.default_rng(0).normal(size=(n, 4)), **more)
    return path


def test_names_in_the_file_decide(tmp_path):
    head = read_head(save_head(tmp_path / "h.npz", 3, classes=np.array(NAMES)))
    assert head.labels == NAMES
    assert "h.npz" in head.names_from


def test_imagenet_is_known_by_its_size(tmp_path):
    head = read_head(save_head(tmp_path / "h.npz", 1000))
    assert head.labels[0] == "tench"
    assert "1000 classes, the size of imagenet-1k" in head.names_from


def test_a_background_row_is_left_out(tmp_path):
    path = save_head(tmp_path / "h.npz", 1001)
    head = read_head(path)
    with np.load(path) as stored:
        np.testing.assert_array_equal(head.templates, stored["weight"][1:])
    assert head.labels[0] == "tench"
    assert "background" in head.names_from


def test_other_sizes_need_names(tmp_path):
    path = save_head(tmp_path / "h.npz", 100)
    with pytest.raises(LabelError, match=r"names for the 100 classes .* --labels .*cifar-100"):
        read_head(path)
    assert read_head(path, labels="cifar-100").labels[0] == "apple"
    assert read_head(path, labels="mini-imagenet").ids[0] == "n01532829"


@pytest.mark.parametrize("count", [2, 5, 9])
def test_labels_must_fit_the_rows(tmp_path, count):
    names = written(tmp_path / "names.txt", "\n".join(f"class {i}" for i in range(count)))
    with pytest.raises(SemdepthError) as caught:
        read_head(save_head(tmp_path / "h.npz", 4), labels=names)
    assert str(count) in str(caught.value)
    assert "4" in str(caught.value)


def test_an_unknown_id_is_an_error(tmp_path):
    from semdepth import analyze

    names = written(tmp_path / "names.txt", "cat\tn02121620\ndog\tn99999999\ncar\tn02958343\n")
    head = read_head(save_head(tmp_path / "h.npz", 3), labels=names)
    with pytest.raises(SemdepthError, match=r"'n99999999'.*does not have"):
        analyze(head)


def test_an_analysis_comes_back(tmp_path):
    from semdepth import analyze, write_analysis

    head = read_head(save_head(tmp_path / "h.npz", 3, classes=np.array(NAMES)))
    analysis = analyze(head)
    write_analysis(analysis, tmp_path / "out", figures=False)
    for path in (tmp_path / "out", tmp_path / "out/analysis.json"):
        assert read_analysis(path).to_dict() == analysis.to_dict()


@pytest.mark.parametrize("change", ["cut", "other", "version", "field"])
def test_an_analysis_that_is_damaged(tmp_path, change):
    from semdepth import analyze
    from semdepth.writing.tables import analysis_json

    head = read_head(save_head(tmp_path / "h.npz", 3, classes=np.array(NAMES)))
    text = analysis_json(analyze(head))
    data = json.loads(text)
    if change == "version":
        data["schema_version"] = 99
    if change == "field":
        del data["graph"]["edges"]
    content = {"cut": text[:500], "other": "{}"}.get(change, json.dumps(data))
    with pytest.raises(ReadError, match="semdepth"):
        read_analysis(written(tmp_path / "analysis.json", content))
