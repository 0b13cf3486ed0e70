"""``semdepth diff``: what it prints and writes, and what each mistake is told."""

import csv
import json

import numpy as np
import pytest

from builders import fails
from semdepth.wordnet import wordnet_nouns

NAMES = ("dog", "cat", "wolf", "lion", "car", "bus", "truck", "oak", "rose", "tulip")
CONCEPTS = {"bus": "bus_topology.n.01", "oak": "oak.n.02"}
FAST = ("--permutations", "50")


def save_head(path, seed, names=NAMES):
    """A head whose templates go by name, so that another order is the same network."""
    rows = [np.random.default_rng([seed, NAMES.index(name)]).normal(size=12) for name in names]
    np.savez(path, weight=np.array(rows), bias=np.zeros(len(rows)), classes=np.array(names))
    return path


def save_predictions(path, mixed_up, names=NAMES):
    """Fifty samples a class; so many of some classes are taken for another."""
    rows = ["y_true,y_pred"]
    for name in names:
        wrong = [other for (true, other), n in mixed_up.items() if true == name for _ in range(n)]
        rows += [f"{name},{other}" for other in (wrong + [name] * 50)[:50]]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def old(tmp_path):
    return save_head(tmp_path / "old.npz", 1)


@pytest.fixture
def new(tmp_path):
    return save_head(tmp_path / "new.npz", 2)


@pytest.fixture
def seen(tmp_path):
    first = {("dog", "wolf"): 20, ("car", "bus"): 3}
    second = {("car", "truck"): 22, ("rose", "tulip"): 2}
    return [
        "--predictions",
        save_predictions(tmp_path / "old.csv", first),
        "--predictions",
        save_predictions(tmp_path / "new.csv", second),
    ]


@pytest.fixture
def analysed(semdepth, tmp_path):
    def run(head, name, *options):
        folder = tmp_path / name
        code, _, err = semdepth(
            "analyze", head, "-o", folder, "--no-figures", "--no-report", *FAST, *options
        )
        assert code == 0, err
        return folder

    return run


def told(result):
    code, out, err = result
    assert code == 0, err
    return json.loads(out)


def test_every_part_is_printed(semdepth, old, new, seen):
    code, out, err = semdepth("diff", old, new, *seen, *FAST)
    assert code == 0, err
    for part in (
        "old.npz and new.npz: 10 classes",
        "95% interval",
        "Similarity Depth",
        "similarities causing confusion, direct",
        "confusions explained, extended",
        "adjusted Rand index",
        "edges gained",
        "edges lost",
        "accuracy",
        "confusions gained: 1",
        "22 of 100",
        "confusions lost: 1",
    ):
        assert part in out, part


def test_top_limits_rows_and_0_leaves_the_tables_out(semdepth, old, new):
    assert "edges gained: " not in semdepth("diff", old, new, *FAST, "--top", "0")[1]
    one, ten = (semdepth("diff", old, new, *FAST, "--top", n)[1] for n in ("1", "10"))
    assert one.count("\n") < ten.count("\n")


def test_json_is_the_whole_difference(semdepth, old, new, seen):
    data = told(semdepth("diff", old, new, *seen, *FAST, "--format", "json"))
    assert (data["schema"], data["schema_version"]) == ("semdepth/difference", 1)
    assert data["labels"] == list(NAMES)
    assert data["similarity_depth"]["permutations"] == 50
    assert data["direct"]["explained"]["first"] is not None


def test_files_are_written_and_agree(semdepth, old, new, seen, tmp_path):
    out = tmp_path / "changed"
    code, _, err = semdepth("diff", old, new, *seen, *FAST, "-o", out)
    assert code == 0
    assert f"wrote 5 files to {out}" in err
    names = {"difference.json", "edges.csv", "moved.csv", "confusions.csv", "report.html"}
    assert {path.name for path in out.iterdir()} == names
    data = json.loads((out / "difference.json").read_text(encoding="utf-8"))
    tables = {
        name: list(csv.DictReader((out / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
        for name in ("edges", "moved", "confusions")
    }
    assert len(tables["edges"]) == len(data["edges"]["pairs"])
    kept = sum(map(all, zip(data["edges"]["in_first"], data["edges"]["in_second"], strict=True)))
    assert [row["change"] for row in tables["edges"]].count("kept") == kept
    assert {row["class"] for row in tables["moved"]} == set(NAMES)
    changed = {row["change"]: (row["class_a"], row["class_b"]) for row in tables["confusions"]}
    assert changed["gained"] == ("car", "truck")
    assert changed["lost"] == ("dog", "wolf")
    lost = next(row for row in tables["confusions"] if row["change"] == "lost")
    assert [lost[key] for key in ("old", "old_of", "new", "new_of")] == ["20", "100", "0", "100"]
    # A second run without predictions replaces all of it.
    semdepth("diff", old, new, *FAST, "--no-report", "-o", out)
    assert {path.name for path in out.iterdir()} == {"difference.json", "edges.csv", "moved.csv"}


def test_a_folder_of_other_origin_is_left_alone(semdepth, old, new, tmp_path):
    out = tmp_path / "mine"
    out.mkdir()
    (out / "edges.csv").write_text("a,b\n")
    assert fails(semdepth("diff", old, new, *FAST, "-o", out), "other origin")
    assert (out / "edges.csv").read_text() == "a,b\n"


def test_analyses_and_checkpoints_give_the_same(semdepth, analysed, old, new):
    folders = analysed(old, "a"), analysed(new, "b")
    expected = told(semdepth("diff", old, new, *FAST, "--format", "json"))
    for first, second in (
        folders,
        (folders[0] / "analysis.json", folders[1]),
        (old, folders[1]),
        (folders[0], new),
    ):
        assert told(semdepth("diff", first, second, *FAST, "--format", "json")) == expected


def test_a_checkpoint_is_analysed_as_the_analysis_was(semdepth, analysed, old, new):
    options = ("--clusterer", "louvain", "--seed", "7", "--lcs", "max_depth")
    folder = analysed(old, "a", *options)
    code, out, err = semdepth("diff", folder, new, "--format", "json")
    assert (code, err) == (0, "")
    both = told(semdepth("diff", folder, analysed(new, "b", *options), "--format", "json"))
    assert json.loads(out) == both
    assert "different clusterers" in semdepth("diff", folder, new, "--clusterer", "whole")[2]


def test_classes_keep_the_concepts_of_the_analysis(semdepth, analysed, old, new, tmp_path):
    # The bus is the topology of a computer network, says whoever made the analysis.
    nouns = wordnet_nouns()
    rows = [
        f"{name}\t{nouns.ids[nouns.names.index(CONCEPTS.get(name, name + '.n.01'))]}"
        for name in NAMES
    ]
    mapping = tmp_path / "mapping.txt"
    mapping.write_text("\n".join(rows), encoding="utf-8")
    folder = analysed(old, "a", "--labels", mapping)
    assert semdepth("diff", folder, new, *FAST)[2] == ""
    assert "different concepts" in semdepth("diff", folder, analysed(new, "b"), *FAST)[2]


def test_classes_are_aligned_by_name(semdepth, old, tmp_path):
    order = save_head(tmp_path / "order.npz", 1, tuple(reversed(NAMES)))
    data = told(semdepth("diff", old, order, *FAST, "--format", "json"))
    assert data["edge_jaccard"] == 1
    assert data["similarity_depth"]["difference"] == 0


def test_other_classes_are_compared_on_the_shared_ones(semdepth, old, tmp_path):
    fewer = save_head(tmp_path / "fewer.npz", 1, NAMES[:8])
    code, out, err = semdepth("diff", old, fewer, *FAST, "--format", "json")
    assert code == 0
    assert "different classes: 8 are shared, of 10 and 8" in err
    assert json.loads(out)["only_first"] == ["rose", "tulip"]


@pytest.mark.parametrize("count", [1, 3])
def test_each_checkpoint_has_its_predictions(semdepth, old, new, seen, count):
    result = semdepth("diff", old, new, *[*seen, *seen][: 2 * count])
    assert fails(result, f"--predictions once for each checkpoint, in order, found {count} for 2")


def test_an_analysis_brings_its_own_predictions(semdepth, analysed, old, new, seen):
    folder = analysed(old, "a", *seen[:2])
    data = told(semdepth("diff", folder, new, *seen[2:], *FAST, "--format", "json"))
    assert data == told(semdepth("diff", old, new, *seen, *FAST, "--format", "json"))
    assert fails(semdepth("diff", folder, new, *seen), "found 2 for 1")


def test_what_cannot_be_compared(semdepth, analysed, old, tmp_path):
    assert fails(semdepth("diff", old, tmp_path / "nowhere"), "nothing at this path")
    folder = analysed(old, "a")
    text = (folder / "analysis.json").read_text(encoding="utf-8")
    (folder / "analysis.json").write_text(text[: len(text) // 2], encoding="utf-8")
    assert fails(semdepth("diff", folder, folder), "damaged one")
    text = text.replace('"schema_version": 1', '"schema_version": 2', 1)
    (folder / "analysis.json").write_text(text, encoding="utf-8")
    assert fails(semdepth("diff", folder, folder), "expected version 1", "found 2")
    birds = tmp_path / "birds.npz"
    random = np.random.default_rng(0).normal(size=(3, 4))
    np.savez(birds, weight=random, bias=np.zeros(3), classes=np.array(["robin", "owl", "jay"]))
    assert fails(semdepth("diff", old, birds, *FAST), "classes in common, found 0")
