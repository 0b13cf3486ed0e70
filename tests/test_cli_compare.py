"""``semdepth compare``: what it prints and writes, and what each mistake is told."""

import csv
import json

import numpy as np
import pytest

from builders import fails

NAMES = ("dog", "cat", "wolf", "lion", "car", "bus", "truck", "oak", "rose", "tulip")
FAST = ("--permutations", "50", "--jobs", "1", "--no-cache")


def save_head(path, seed):
    rows = np.random.default_rng(seed).normal(size=(len(NAMES), 12))
    np.savez(path, weight=rows, classes=np.array(NAMES))
    return path


def save_predictions(path, seed):
    random = np.random.default_rng(seed)
    rows = [f"{name},{random.choice(NAMES)}" for name in NAMES for _ in range(20)]
    path.write_text("\n".join(["label,prediction", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def models(tmp_path):
    return [save_head(tmp_path / f"net{seed}.npz", seed) for seed in range(4)]


def test_every_model_is_a_row_the_deepest_first(semdepth, models):
    code, out, err = semdepth("compare", *models, *FAST)
    assert code == 0
    rows = [line.split() for line in out.splitlines() if line.startswith("net")]
    depths = [float(row[1]) for row in rows]
    assert len(rows) == 4
    assert depths == sorted(depths, reverse=True)
    assert "pairs of models differ in Similarity Depth (affinity" in out
    assert "affinity: 4 models, 10 classes" in out
    assert "failed" not in err


def test_all_clusterers_and_predictions(semdepth, models, tmp_path):
    seen = [save_predictions(tmp_path / f"{i}.csv", i) for i in range(4)]
    given = [part for path in seen for part in ("--predictions", path)]
    code, out, _ = semdepth(
        "compare", *models, *given, "--clusterer", "all", "--format", "json", *FAST
    )
    assert code == 0
    found = json.loads(out)
    assert found["schema"] == "semdepth/comparison"
    assert len(found["rows"]) == 4 * 5
    assert {row["accuracy"] for row in found["rows"]} != {None}
    assert [one["name"] for one in found["parameters"]["clusterers"]] == [
        *("affinity", "louvain", "optics", "hdbscan", "whole")
    ]
    assert {one["group"] for one in found["associations"]} == {
        row["clusterer"] for row in found["rows"]
    }


def test_files_are_written_and_replaced(semdepth, models, tmp_path):
    out_folder = tmp_path / "out"
    for chosen in (models, models[:3]):
        code, _, err = semdepth("compare", *chosen, "-o", out_folder, "--no-figures", *FAST)
        assert code == 0
        assert f"to {out_folder}" in err
        with (out_folder / "models.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["model"] for row in rows] == [path.name for path in chosen]
        assert sorted(float(row["rank"]) for row in rows) == list(range(1, len(chosen) + 1))


def test_a_list_names_models_and_their_predictions(semdepth, models, tmp_path):
    seen = save_predictions(tmp_path / "seen.csv", 1)
    listed = tmp_path / "models.txt"
    listed.write_text(f"{models[0]}\tfirst\t{seen}\n{models[1]}\tsecond\n", encoding="utf-8")
    code, out, err = semdepth("compare", listed, *FAST)
    assert code == 0
    assert {line.split()[0] for line in out.splitlines() if " to " in line} == {"first", "second"}
    assert "1 of 2 models have no predictions" in err


def test_a_broken_model_is_told_and_the_rest_goes_on(semdepth, models, tmp_path):
    models[2].write_bytes(models[2].read_bytes()[:300])
    code, out, err = semdepth("compare", *models, "-o", tmp_path / "out", "--no-figures", *FAST)
    assert code == 0
    assert sum(line.startswith("net") for line in out.splitlines()) == 3
    assert "net2.npz failed: " in err
    with (tmp_path / "out" / "models.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert "expected" in rows[-1]["error"]
    assert rows[-1]["sd"] == ""


def test_parameters_go_to_the_clusterers_that_have_them(semdepth, models):
    both = ("--clusterer", "affinity", "--clusterer", "louvain")
    code, out, _ = semdepth(
        "compare", *models, *both, "--damping", "0.7", "--seed", "3", "--format", "json", *FAST
    )
    assert code == 0
    affinity, louvain = json.loads(out)["parameters"]["clusterers"]
    assert (affinity["damping"], affinity["seed"]) == (0.7, 3)
    assert "damping" not in louvain
    assert louvain["seed"] == 3


def test_what_cannot_be_done_is_one_line(semdepth, models, tmp_path):
    damping = ("--clusterer", "whole", "--damping", "0.7")
    assert fails(semdepth("compare", *models, *damping, *FAST), "whole", "damping")
    said = save_predictions(tmp_path / "a.csv", 1)
    assert fails(
        semdepth("compare", *models, "--predictions", said, *FAST),
        "expected as many files of predictions as models (4), found 1",
    )
    assert fails(semdepth("compare", tmp_path / "nothing.pth", *FAST), "nothing.pth", "check the")
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK\x03\x04nothing")
    assert fails(semdepth("compare", broken, *FAST), "found 1 that failed", "broken.npz")


def test_an_output_of_other_origin_stays(semdepth, models, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "models.csv").write_text("my own\n", encoding="utf-8")
    code, _, err = semdepth("compare", *models, "-o", folder, "--no-figures", *FAST)
    assert code == 1
    assert "of other origin" in err
    assert (folder / "models.csv").read_text(encoding="utf-8") == "my own\n"


def test_of_a_whole_run_in_one_file_the_last_epoch_counts(semdepth, models, tmp_path):
    random = np.random.default_rng(5)
    layers = random.normal(size=(3, len(NAMES), 12))
    true, seen = random.integers(10, size=80), random.integers(10, size=(3, 80))
    run = tmp_path / "run.npz"
    np.savez(run, weight=layers, pred=seen, y_test=true, classes=np.array(NAMES))
    np.savez(tmp_path / "last.npz", weight=layers[-1], classes=np.array(NAMES))
    rows = [f"{NAMES[a]},{NAMES[b]}" for a, b in zip(true, seen[-1], strict=True)]
    table = tmp_path / "last.csv"
    table.write_text("\n".join(["label,prediction", *rows]) + "\n", encoding="utf-8")
    listed = tmp_path / "models.txt"
    listed.write_text(f"last.npz\tlast\tlast.csv\nrun.npz\trun\n{models[0]}\n", encoding="utf-8")
    code, out, err = semdepth("compare", listed, "--format", "json", *FAST)
    assert code == 0
    last, run_row, other = json.loads(out)["rows"]
    assert {**run_row, "model": "last"} == last
    assert last["accuracy"] == np.mean(true == seen[-1])
    assert other["accuracy"] is None
    assert "of a whole run in one file the last epoch counts: 'run.npz'" in err


def test_predictions_apart_from_a_run_in_one_file_are_refused(semdepth, tmp_path):
    np.savez(tmp_path / "run.npz", weight=np.zeros((2, 4, 3)))
    result = semdepth("compare", tmp_path / "run.npz", "--predictions", "seen.csv", *FAST)
    fails(result, "expected predictions within run.npz", "pred and y_test")
