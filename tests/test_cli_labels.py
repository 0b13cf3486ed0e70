"""``semdepth labels``, and mappings that go out, are corrected, and come back."""

import csv
import io
import json

import numpy as np
import pytest

from semdepth.errors import LabelError, ReadError, WriteError
from semdepth.labels import LABEL_SETS, LabelSet, known_list, label_set, resolve
from semdepth.reading.labels import read_class_names, read_labels
from semdepth.writing.mappings import MAPPING_COLUMNS, mapping_csv, write_mapping

NAMES = ("crane", "heron", "fire fighting truck", "LABEL_3", "elefant", "stork")


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def names_file(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("\n".join(NAMES) + "\n", encoding="utf-8")
    return path


# semdepth labels resolve


def test_what_needs_a_look_comes_first(semdepth, names_file):
    code, out, err = semdepth("labels", "resolve", names_file)
    assert code == 0, err
    marks = [line[0] for line in out.splitlines()[1:] if line[0] != " " or line[3:4].strip()]
    order = [{"-": 0, "?": 1, " ": 2}[mark] for mark in marks]
    assert order == sorted(order)
    assert "head noun 'truck' of" in out
    assert "elephant" in out
    counts = resolve(NAMES).counts()
    assert f"{counts['sure']} sure, {counts['uncertain']} to look at, 2 without a concept" in err


def test_json_has_every_alternative_with_its_gloss(semdepth, names_file):
    data = json.loads(semdepth("labels", "resolve", names_file, "--format", "json")[1])
    assert [found["label"] for found in data["classes"]] == list(NAMES)
    crane = data["classes"][0]
    assert crane["alternatives"][0]["name"] == "crane.n.05"
    assert crane["alternatives"][0]["gloss"].startswith("large long-necked wading bird")
    assert crane["confidence"] == crane["alternatives"][0]["probability"]
    assert "elephant" in data["classes"][4]["suggestions"]


def test_the_mapping_is_what_is_printed(semdepth, names_file, tmp_path):
    mapping = tmp_path / "new" / "mapping.csv"
    code, out, err = semdepth("labels", "resolve", names_file, "-o", mapping, "--format", "csv")
    assert code == 0, err
    assert mapping.read_text(encoding="utf-8") == out == mapping_csv(resolve(NAMES))
    assert f"wrote {mapping}" in " ".join(err.split())
    rows = table(out)
    assert tuple(rows[0]) == MAPPING_COLUMNS
    assert [row["name"] for row in rows] == list(NAMES)
    assert (rows[0]["id"], rows[0]["synset"]) == ("n02012849", "crane.n.05")
    assert "crane.n.04" in rows[0]["alternatives"]
    assert [row["id"] for row in rows[3:5]] == ["", ""]
    assert "elephant" in rows[4]["alternatives"]


def test_the_least_confidence_is_the_users(semdepth, names_file):
    options = "--min-confidence", "0.99999", "--format", "json"
    data = json.loads(semdepth("labels", "resolve", names_file, *options)[1])
    assert not any(found["placed"] for found in data["classes"])
    code, _, err = semdepth("labels", "resolve", names_file, "--min-confidence", "2")
    assert code == 1
    assert "min-confidence" in err


def test_names_come_from_standard_input(semdepth, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("\ufeffcrane\nbulldozer\n"))
    rows = table(semdepth("labels", "resolve", "-", "--format", "csv")[1])
    assert [row["synset"] for row in rows] == ["crane.n.04", "bulldozer.n.01"]


def test_names_come_from_class_folders(semdepth, tmp_path):
    for name in ("002.heron", "001.crane", ".cache"):
        (tmp_path / name).mkdir()
    (tmp_path / "list.txt").write_text("no class")
    rows = table(semdepth("labels", "resolve", tmp_path, "--format", "csv")[1])
    assert [row["name"] for row in rows] == ["001.crane", "002.heron"]
    assert [row["synset"] for row in rows] == ["crane.n.05", "heron.n.02"]


def test_names_come_from_a_checkpoint_without_the_row_before_them(semdepth, tmp_path):
    path = tmp_path / "model.npz"
    np.savez(path, weight=np.ones((4, 3)), classes=np.array(["???", "cat", "dog", "car"]))
    code, out, _ = semdepth("labels", "resolve", path, "--format", "json")
    assert code == 0
    assert [found["label"] for found in json.loads(out)["classes"]] == ["cat", "dog", "car"]


def test_names_come_from_a_checkpoint(semdepth, tmp_path):
    path = tmp_path / "model.npz"
    np.savez(path, weight=np.eye(3), classes=np.array(["crane", "heron", "stork"]))
    rows = table(semdepth("labels", "resolve", path, "--format", "csv")[1])
    assert [row["synset"] for row in rows] == ["crane.n.05", "heron.n.02", "stork.n.01"]
    np.savez(path, weight=np.eye(3))
    code, _, err = semdepth("labels", "resolve", path)
    assert code == 1
    assert "without any; pass a file of names" in " ".join(err.split())


def test_a_known_list_has_its_own_concepts(semdepth):
    rows = table(semdepth("labels", "resolve", "coco-80", "--format", "csv")[1])
    assert [row["id"] for row in rows] == list(label_set("coco-80").ids)
    assert {row["reason"] for row in rows} == {"id given"}


def test_a_folder_without_class_folders_is_an_error(tmp_path):
    with pytest.raises(LabelError, match="expected a folder with one folder a class"):
        read_class_names(tmp_path)


def test_no_file_is_an_error(semdepth, tmp_path):
    code, _, err = semdepth("labels", "resolve", tmp_path / "none.txt")
    assert code == 1
    assert "which is neither" in err
    assert len(err.splitlines()) == 1


def test_names_that_are_no_utf8_are_an_error(tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes("crème\n".encode("latin-1") * 3)
    with pytest.raises(ReadError):
        read_class_names(path)


# The mapping is written whole, over nothing else, and read back


def test_an_earlier_mapping_is_replaced_and_nothing_else(tmp_path):
    path = tmp_path / "mapping.csv"
    write_mapping(resolve(["crane"]), path)
    write_mapping(resolve(["heron"]), path)
    assert table(path.read_text())[0]["name"] == "heron"
    assert [entry.name for entry in tmp_path.iterdir()] == ["mapping.csv"]
    other = tmp_path / "thesis.csv"
    other.write_text("years of work")
    with pytest.raises(WriteError, match="of other origin"):
        write_mapping(resolve(["heron"]), other)
    with pytest.raises(WriteError):
        write_mapping(resolve(["heron"]), tmp_path)
    assert other.read_text() == "years of work"


def test_an_input_is_never_overwritten(semdepth, tmp_path):
    path = tmp_path / "mapping.csv"
    write_mapping(resolve(["crane"]), path)
    before = path.read_bytes()
    code, _, err = semdepth("labels", "resolve", path, "-o", path)
    assert code == 1
    assert "expected not to overwrite an input" in err
    assert path.read_bytes() == before


def test_an_interruption_leaves_the_old_mapping(tmp_path, monkeypatch):
    path = tmp_path / "mapping.csv"
    write_mapping(resolve(["crane"]), path)
    before = path.read_bytes()

    def interrupted(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", interrupted)
    with pytest.raises(WriteError, match="No space left on device"):
        write_mapping(resolve(["heron"]), path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_a_mapping_comes_back_as_it_went(tmp_path):
    names = ("crane", "heron", "a, b; c", '"quoted"', "=1+2", "line\nbreak", "elefant", "ключ")
    resolution = resolve(names)
    path = write_mapping(resolution, tmp_path / "mapping.csv")
    found = read_labels(path)
    assert found.labels == names
    placed = resolution.placement().ids
    assert found.ids == tuple(i or "" for i in placed)
    again = resolve(found.labels, found.ids)
    assert again.placement().ids == placed


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_corrected_mapping_is_read(tmp_path, delimiter, mark, end):
    rows = [
        ("Index", "Name", "confidence", "ID"),
        ("2", "elk", "0.1", ""),
        ("0", "crane", "", " crane.n.04 "),
        ("1", "mouse", "x", "n03793489"),
    ]
    path = tmp_path / "mapping.csv"
    text = mark + end.join(delimiter.join(row) for row in rows) + end + end
    path.write_bytes(text.encode())
    expected = LabelSet(("crane", "mouse", "elk"), ("n03126707", "n03793489", ""), str(path))
    assert read_labels(path) == expected


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("name,id\ncrane,crane.n.99", r"row 2 of .*found 'crane.n.99' for 'crane'"),
        ("name,id\ncrane,n00000001", r"row 2 of .*found 'n00000001' for 'crane'"),
        ("name,id\ncrane", r"expected 2 columns in row 2 of .*found 1"),
        ("name,id\ncrane,a,b", r"expected 2 columns in row 2 of .*found 3"),
        ("name,id\n,n02012849", r"expected a class name in row 2"),
        ("name,id\ncrane,\ncrane,", r"expected every class name once, found 'crane' at 0 and 1"),
        ("index,name,id\n0,a,\n0,b,", r"expected every index once in .*found 0 again in row 3"),
        ("index,name,id\n0,a,\n2,b,", r"without gaps, found no index 1"),
        ("index,name,id\nx,a,", r"number from 0 as index in row 2 of .*found 'x'"),
        ("index,name,id\n-1,a,", r"number from 0 as index in row 2"),
        ("index,name,id\n" + "9" * 5000 + ",a,", r"number from 0 as index in row 2"),
        ("index,name,id\n\u00b2,a,", r"number from 0 as index in row 2"),
        ("name,id", r"expected classes in .*found only a header"),
        ('name,id\n"crane,x', r"row 2 broken|found row \d broken"),
    ],
)
def test_a_row_that_does_not_fit_is_an_error_that_names_it(tmp_path, rows, message):
    path = tmp_path / "mapping.csv"
    path.write_text(rows, encoding="utf-8")
    with pytest.raises(LabelError, match=message) as error:
        read_labels(path)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 1000


def test_a_corrected_mapping_reaches_the_analysis(semdepth, tmp_path):
    head = tmp_path / "model.npz"
    random = np.random.default_rng(0)
    np.savez(head, weight=random.normal(size=(4, 6)))
    mapping = tmp_path / "mapping.csv"
    mapping.write_text("name,id\ncrane,crane.n.04\nheron,\nstork,\nlathe,lathe.n.01\n")
    code, out, err = semdepth("analyze", head, "--labels", mapping, "--format", "json")
    assert code == 0, err
    classes = {placed["label"]: placed for placed in json.loads(out)["classes"]}
    assert classes["crane"]["concept"] == "crane.n.04"
    assert classes["crane"]["confidence"] == 1
    # Left empty by the user, though their names mean something.
    assert classes["heron"]["concept"] is classes["stork"]["concept"] is None
    assert classes["heron"]["placed_by"] == "left without a concept"


def test_an_analysis_says_what_was_guessed(semdepth, tmp_path):
    head = tmp_path / "model.npz"
    names = np.array(["crane", "heron", "fire fighting truck", "qwertz"])
    np.savez(head, weight=np.random.default_rng(0).normal(size=(4, 6)), classes=names)
    code, out, err = semdepth("analyze", head, "--format", "json")
    assert code == 0, err
    data = json.loads(out)
    assert "fire fighting truck" in data["uncertain"]
    assert data["classes"][3]["confidence"] == 0
    said = " ".join(err.split())
    assert "1 of 4 classes without a concept" in said
    assert "several senses or a concept only of the head noun, the likeliest was taken: " in said
    assert "fire fighting truck; semdepth labels resolve shows the others" in said


# semdepth labels list and show


def test_the_known_lists_are_listed(semdepth):
    rows = table(semdepth("labels", "list", "--format", "csv")[1])
    assert [row["name"] for row in rows] == list(LABEL_SETS)
    for row in rows:
        known = known_list(row["name"])
        assert (int(row["classes"]), int(row["placed"])) == (len(known), known.placed)
        assert row["source"] == known.source
    code, out, _ = semdepth("labels", "list")
    assert code == 0
    assert all(name in out for name in LABEL_SETS)


def test_a_known_list_is_shown(semdepth):
    data = json.loads(semdepth("labels", "show", "COCO", "--format", "json")[1])
    known = known_list("coco-80")
    assert [row["id"] for row in data] == [one.id for one in known.classes]
    mouse = data[64]
    assert (mouse["name"], mouse["synset"]) == ("mouse", "mouse.n.04")
    assert mouse["gloss"].startswith("a hand-operated electronic device")
    assert mouse["note"] == known.classes[64].note
    assert "mouse.n.04" in semdepth("labels", "show", "coco-80")[1]


def test_an_unknown_list_is_an_error(semdepth):
    code, _, err = semdepth("labels", "show", "imagenet-2k")
    assert code == 1
    assert "expected a known label set" in err


@pytest.mark.parametrize("command", ["resolve", "list", "show"])
def test_every_command_has_examples(semdepth, command):
    code, out, _ = semdepth("labels", command, "--help")
    assert code == 0
    assert f"semdepth labels {command}" in out
