"""``semdepth track``: checkpoints, patterns, lists and whole runs, in their order."""

import json

import numpy as np
import pytest

from builders import fails
from semdepth.errors import OptionError, ReadError
from semdepth.study.following import epochs_in_names, prediction_files, track

PETS = ("poodle", "boxer", "siamese", "persian", "car", "bus", "bike")
TREE = """child,parent
animal,thing
vehicle,thing
dog,animal
cat,animal
poodle,dog
boxer,dog
siamese,cat
persian,cat
car,vehicle
bus,vehicle
bike,vehicle
"""
EPOCHS = (0, 2, 10, 11, 100)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SEMDEPTH_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def layers():
    """Five layers on the way from noise to kin that are alike."""
    random = np.random.default_rng(2)
    start, target = random.normal(size=(2, 7, 6))
    for one, other in ((1, 0), (3, 2), (5, 4)):
        target[one] = target[other] + 0.2 * random.normal(size=6)
    return [share * target + (1 - share) * start for share in (0, 0.4, 0.8, 0.9, 1)]


@pytest.fixture
def predicted():
    """True classes, and what each of the five took them for."""
    random = np.random.default_rng(3)
    true = np.repeat(np.arange(7), 20)
    guesses = [
        np.where(random.random(140) < share, true, random.integers(7, size=140))
        for share in (0.1, 0.3, 0.4, 0.5, 0.6)
    ]
    return true, guesses


@pytest.fixture
def folder(tmp_path, layers, predicted):
    """A folder of checkpoints and one of predictions, with a list of names and a hierarchy."""
    (tmp_path / "run").mkdir()
    (tmp_path / "seen").mkdir()
    true, guesses = predicted
    for epoch, layer, guess in zip(EPOCHS, layers, guesses, strict=True):
        np.savez(tmp_path / "run" / f"epoch_{epoch}.npz", **{"fc.weight": layer})
        rows = "".join(f"{PETS[t]},{PETS[g]}\n" for t, g in zip(true, guess, strict=True))
        (tmp_path / "seen" / f"epoch_{epoch}.csv").write_text("y_true,y_pred\n" + rows)
    (tmp_path / "names.txt").write_text("\n".join(PETS))
    (tmp_path / "tree.csv").write_text(TREE)
    return tmp_path


@pytest.fixture
def follow(semdepth, folder):
    """``follow("run", ...)``: the command on that folder's classes; paths lie in the folder."""

    def run(*arguments):
        common = "--labels", folder / "names.txt", "--taxonomy", folder / "tree.csv"
        places = [
            folder / a if isinstance(a, str) and (folder / a.split("/")[0]).exists() else a
            for a in arguments
        ]
        return semdepth("track", *places, *common, "--permutations", 20, "--jobs", 1)

    return run


def as_json(result):
    code, out, _ = result
    assert code == 0, result
    return json.loads(out)


def test_a_folder_is_followed_in_the_order_of_its_epochs(follow):
    told = as_json(follow("run", "--predictions", "seen", "--format", "json"))
    assert told["schema"] == "semdepth/track"
    assert [step["epoch"] for step in told["steps"]] == list(EPOCHS)
    assert [step["title"] for step in told["steps"]] == [f"epoch_{e}.npz" for e in EPOCHS]
    assert told["title"] == "run"
    accuracies = [step["scores"]["accuracy"] for step in told["steps"]]
    assert accuracies == sorted(accuracies)
    assert told["steps"][-1]["edges_as_last"] == 1


def test_patterns_lists_and_single_files_are_the_same_run(follow, folder):
    expected = as_json(follow("run", "--predictions", "seen", "--format", "json"))["steps"]
    pattern = "run/epoch_*.npz", "--predictions", "seen/*.csv"
    assert as_json(follow(*pattern, "--format", "json"))["steps"] == expected

    (folder / "seen.txt").write_text("\n".join(f"seen/epoch_{e}.csv" for e in EPOCHS))
    one_by_one = *(f"run/epoch_{e}.npz" for e in EPOCHS), "--predictions", "seen.txt"
    assert as_json(follow(*one_by_one, "--format", "json"))["steps"] == expected

    rows = "".join(f"run/epoch_{e}.npz\tepoch_{e}.npz\tseen/epoch_{e}.csv\n" for e in EPOCHS)
    (folder / "list.txt").write_text(rows)
    assert as_json(follow("list.txt", "--format", "json"))["steps"] == expected


def test_a_whole_run_in_one_file_is_the_same_run(follow, folder, layers, predicted):
    apart = as_json(follow("run", "--predictions", "seen", "--format", "json"))
    true, guesses = predicted
    np.savez(
        folder / "whole.npz",
        weight=np.stack(layers),
        pred=np.stack(guesses),
        y_test=true,
        epochs=np.array(EPOCHS),
    )
    whole = as_json(follow("whole.npz", "--format", "json"))
    assert whole["title"] == "whole"
    assert [step["title"] for step in whole["steps"]] == [f"epoch {e}" for e in EPOCHS]
    for ours, theirs in zip(whole["steps"], apart["steps"], strict=True):
        title = {"model": "-"}
        assert {**ours, "title": "-", "scores": ours["scores"] | title} == (
            {**theirs, "title": "-", "scores": theirs["scores"] | title}
        )
    assert whole["relations"] == apart["relations"]
    assert whole["phases"] == apart["phases"]
    # Some of the classes only: as if the run had no others.
    (folder / "some.txt").write_text("\n".join(PETS[:5]))
    some = as_json(follow("whole.npz", "--classes", folder / "some.txt", "--format", "json"))
    few = as_json(follow("run", "--classes", folder / "some.txt", "--format", "json"))
    assert some["labels"] == few["labels"] == list(PETS[:5])
    assert some["relations"] == few["relations"]


def test_the_table_phases_and_relations_are_printed(follow):
    code, out, err = follow("run", "--predictions", "seen", "--top", 2)
    assert code == 0
    told = as_json(follow("run", "--predictions", "seen", "--format", "json"))
    lines = out.splitlines()
    header = next(line for line in lines if line.split()[:1] == ["epoch"])
    for column in ("SD", "95% interval", "chance", "normalised", "explained", "accuracy"):
        assert column in header
    rows = lines[lines.index(header) + 1 :][:5]
    assert [row.split()[0] for row in rows] == [str(epoch) for epoch in EPOCHS]
    for row, step in zip(rows, told["steps"], strict=True):
        assert row.split()[1] == f"{step['scores']['sd']:.2f}"
        assert f"{step['scores']['accuracy']:.1%}" in row
    for phase in ("surge", "refinement", "stabilisation"):
        assert sum(line.startswith(phase) for line in lines) == 1
    assert f"{len(told['relations'])} relations in the end" in out
    oldest = told["relations"][0]
    assert any(line.split()[:2] == [oldest["first"], oldest["second"]] for line in lines)
    assert "Traceback" not in err
    assert "Similarity Depth" not in follow("run", "--top", 0)[1].split("stabilisation")[1]


def test_a_broken_checkpoint_is_a_row_and_the_rest_goes_on(follow, folder):
    expected = as_json(follow("run", "--format", "json"))["steps"]
    broken = folder / "run" / "epoch_10.npz"
    broken.write_bytes(broken.read_bytes()[:200])
    code, out, err = follow("run")
    assert code == 0
    assert any(line.split() == ["10", "failed"] for line in out.splitlines())
    assert "epoch_10.npz: " in err
    told = as_json(follow("run", "--format", "json"))["steps"]
    assert [step["epoch"] for step in told] == list(EPOCHS)
    assert told[2]["scores"] is None
    assert told[2]["error"]
    assert told[4] == expected[4]
    assert [t["scores"] for t in told[:2]] == [e["scores"] for e in expected[:2]]


def test_a_layer_of_zeros_before_training_is_a_row_with_its_error(follow, folder, layers):
    layers[0][:] = 0
    np.savez(folder / "whole.npz", weight=np.stack(layers))
    told = as_json(follow("whole.npz", "--format", "json"))["steps"]
    assert "all zero" in told[0]["error"]
    assert told[1]["edges_kept"] is None
    assert [step["scores"] is None for step in told] == [True, *[False] * 4]


def test_epochs_may_be_named(follow, folder):
    told = as_json(follow("run", "--epochs", "0,1,2.5,4,9", "--format", "json"))
    assert [step["epoch"] for step in told["steps"]] == [0, 1, 2.5, 4, 9]
    assert fails(follow("run", "--epochs", "0,1"), "for each of 5 checkpoints, found 2")
    assert fails(follow("run", "--epochs", "0,1,1,2,3"), "ascending")
    assert fails(follow("run", "--epochs", "0,one"), "0,5,10")


def test_predictions_are_as_many_as_checkpoints(follow, folder):
    (folder / "seen" / "epoch_10.csv").unlink()
    assert fails(follow("run", "--predictions", "seen"), "models (5), found 4")
    assert fails(follow("run", "--predictions", "seen/*.tsv"), "*.tsv", "found none")


def test_a_whole_run_brings_its_own_predictions(follow, folder, layers):
    np.savez(folder / "whole.npz", weight=np.stack(layers))
    assert fails(follow("whole.npz", "--predictions", "seen"), "whole run in one file")
    assert fails(follow("whole.npz", "--head", "fc"), "--head")


def test_nothing_to_track_is_an_error(follow, folder):
    assert fails(follow(str(folder / "missing.pth")), "missing.pth")
    for path in (folder / "run").iterdir():
        path.write_bytes(b"PK\x03\x04")
    assert fails(follow("run"), "5 that failed")


def test_the_folder_is_written_and_replaced_and_no_input_is(follow, folder):
    code, _, err = follow("run", "--predictions", "seen", "-o", folder / "out")
    assert code == 0
    assert "wrote 7 files" in err
    assert {path.name for path in (folder / "out").iterdir()} == {
        *("track.json", "track.csv", "relations.csv"),
        *("track.png", "track.svg", "relations.png", "relations.svg"),
    }
    document = json.loads((folder / "out" / "track.json").read_text())
    assert document == as_json(follow("run", "--predictions", "seen", "--format", "json"))
    again = follow("run", "-o", folder / "out", "--no-figures", "--parquet")
    assert "wrote 5 files" in again[2]
    assert not (folder / "out" / "track.png").exists()
    (folder / "track.csv").write_text("mine")
    assert fails(follow("run", "-o", folder), "of other origin")
    assert (folder / "track.csv").read_text() == "mine"


def test_scores_that_are_kept_are_not_computed_again(follow, monkeypatch):
    expected = follow("run", "--format", "json")[1]

    def none(*_, **__):
        raise AssertionError("computed again")

    monkeypatch.setattr("semdepth.study.scoring.score_model", none)
    assert follow("run", "--format", "json")[1] == expected
    assert fails(follow("run", "--no-cache"), "computed again")


# In Python.


def test_track_in_python_is_the_command(follow, folder):
    from semdepth.study.scoring import Method

    method = Method(
        labels=str(folder / "names.txt"), taxonomy=str(folder / "tree.csv"), permutations=20
    )
    found = track(
        [folder / "run"], predictions=[folder / "seen"], clusterer="whole", method=method, jobs=1
    )
    command = "run", "--predictions", "seen", "--clusterer", "whole", "--format", "json"
    assert found.to_dict() == as_json(follow(*command))
    assert found.clusterer == "whole"
    with pytest.raises(ReadError, match="at least one model"):
        track([])
    with pytest.raises(OptionError):
        track([folder / "run"], clusterer="nothing")


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (["epoch_1.pth", "epoch_2.pth"], (1, 2)),
        (["epoch=3-step=50.ckpt", "epoch=10-step=160.ckpt"], (3, 10)),
        (["a/model-ep07.pt", "b/model-ep08.pt"], (7, 8)),
        (["resnet50_epoch3.pth", "resnet50_epoch9.pth"], (3, 9)),
        (["checkpoint-500", "checkpoint-1000"], None),
        (["epoch_1.pth", "final.pth"], None),
        (["epoch_2.pth", "epoch_1.pth"], None),
        (["epoch_1_a.pth", "epoch_1_b.pth"], None),
        (["step1.pt", "step2.pt"], None),
    ],
)
def test_epochs_are_read_off_names(titles, expected):
    assert epochs_in_names(titles) == expected


def test_a_list_of_predictions_is_told_from_predictions(folder):
    csv = folder / "seen" / "epoch_0.csv"
    assert prediction_files([csv]) == (csv,)
    (folder / "list.txt").write_text(f"{csv}\n")
    assert prediction_files([folder / "list.txt", csv]) == (csv, csv)
    found = prediction_files([folder / "seen"])
    assert [path.stem for path in found] == [f"epoch_{e}" for e in EPOCHS]
