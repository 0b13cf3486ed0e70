"""Which models files, folders, patterns, lists and Hugging Face caches stand for."""

import json
import os
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from semdepth.errors import ReadError
from semdepth.reading.heads import read_head
from semdepth.study.candidates import natural_order
from semdepth.study.sources import ModelSource, find_models


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Every test is in a folder of its own, and names files from there."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_head(path, scale=1.0):
    """A tiny checkpoint; the content decides, so the name may end in anything."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez(file, weight=scale * np.eye(3), classes=np.array(["cat", "dog", "car"]))
    return path


def write_text(path, text="", **kwargs):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, **kwargs)
    return path


def write_model_folder(folder, weights="model.safetensors"):
    write_text(Path(folder, "config.json"), "{}")
    write_text(Path(folder, weights), "weights")
    write_text(Path(folder, "tokenizer.json"), "{}")
    return Path(folder)


def titles(*arguments, note=None):
    return [source.title for source in find_models(arguments, note=note)]


def test_a_file_is_one_model():
    path = write_head("best.npz")
    assert find_models([path]) == (ModelSource("best.npz", path, None),)
    assert find_models([str(path)]) == (ModelSource("best.npz", path, None),)


def test_models_come_as_given():
    for name in ("b.npz", "a.npz", "c.npz"):
        write_head(name)
    assert titles("b.npz", "c.npz", "a.npz") == ["b.npz", "c.npz", "a.npz"]


def test_a_folder_comes_in_natural_order():
    for epoch in (10, 2, 1, 100):
        write_head(f"runs/epoch_{epoch}.npz")
    assert titles("runs") == ["epoch_1.npz", "epoch_2.npz", "epoch_10.npz", "epoch_100.npz"]


def test_natural_order_compares_numbers_as_numbers():
    names = ["b", "a10", "a9b", "a9", "10", "9", "A1", ""]
    assert sorted(names, key=natural_order) == ["", "9", "10", "A1", "a9", "a9b", "a10", "b"]


def test_a_folder_is_told_by_content_and_what_is_left_out_is_counted():
    write_head("runs/checkpoint_without_suffix")
    write_head("runs/model.npz")
    write_text("runs/log.txt", "loss 0.1")
    write_text("runs/metrics.json", "{}")
    write_head("runs/.hidden.npz")
    write_head("runs/deeper/other.npz")
    notes = []
    assert titles("runs", note=notes.append) == ["checkpoint_without_suffix", "model.npz"]
    assert notes == [
        "2 passed over that by name or content are no models: 'log.txt', 'metrics.json'"
    ]


@pytest.mark.parametrize(
    "name",
    "optimizer.pt optimizer_12.pt scheduler.pt rng_state_0.pth training_args.bin scaler.pt "
    "random_states_0.pkl epoch_3.optimizer.pt Optimizer.bin predictions.npz similarity.npy".split(),
)
def test_what_trainers_leave_beside_is_no_model(name):
    write_head("runs/model.npz")
    write_head(f"runs/{name}")
    notes = []
    assert titles("runs", note=notes.append) == ["model.npz"]
    assert name in notes[0]
    # Named by itself it is taken at its word.
    assert titles(f"runs/{name}") == [name]


def test_a_model_may_be_called_like_an_optimizer_in_part():
    for name in ("optimized.npz", "resnet_optimus.npz", "schedulers_choice.npz"):
        write_head(f"runs/{name}")
    assert len(titles("runs")) == 3


def test_a_damaged_checkpoint_is_a_model_whose_error_comes_later():
    write_head("runs/a.npz")
    write_text("runs/b.npz", "")
    write_text("runs/c.pth", "torn")
    sources = find_models(["runs"])
    assert [source.title for source in sources] == ["a.npz", "b.npz", "c.pth"]
    with pytest.raises(ReadError):
        read_head(sources[1].path)


def test_nothing_is_unpickled_by_listing():
    class Trap:
        def __reduce__(self):
            return os.mkdir, ("ran",)

    Path("runs").mkdir()
    for protocol in (0, 2, 4):
        Path(f"runs/trap{protocol}").write_bytes(pickle.dumps(Trap(), protocol))
    Path("runs/trap.pth").write_bytes(pickle.dumps(Trap()))
    assert "trap.pth" in titles("runs")
    assert not Path("ran").exists()


def test_a_model_folder_is_one_model():
    folder = write_model_folder("vit")
    assert find_models([folder]) == (ModelSource("vit", folder, None),)


def test_shards_are_one_model():
    Path("big").mkdir()
    for i in (1, 2):
        write_text(f"big/model-0000{i}-of-00002.safetensors", "shard")
    write_text("big/model.safetensors.index.json", "{}")
    write_text("big/config.json", "{}")
    assert titles("big") == ["big"]
    Path("big/model.safetensors.index.json").rename("big/vision.safetensors.index.json")
    assert titles("big") == ["vision.safetensors.index.json"]


def test_model_folders_in_a_folder():
    write_model_folder("runs/checkpoint-1000")
    write_model_folder("runs/checkpoint-500", weights="pytorch_model.bin")
    write_head("runs/start.npz")
    assert titles("runs") == ["checkpoint-500", "checkpoint-1000", "start.npz"]


def test_a_trainers_folder_ends_with_its_model():
    write_model_folder("run/checkpoint-1000")
    write_model_folder("run/checkpoint-500")
    write_model_folder("run")
    write_text("run/onnx/model.onnx", "an export of the same model")
    assert titles("run") == ["checkpoint-500", "checkpoint-1000", "run"]


def test_tensorflow_js_is_one_model():
    write_text("web/model.json", '{"weightsManifest": []}')
    write_text("web/group1-shard1of2.bin", "shard")
    write_text("web/group1-shard2of2.bin", "shard")
    assert titles("web") == ["web"]


def test_patterns():
    for run in ("a", "b"):
        for epoch in (2, 10):
            write_head(f"runs/{run}/epoch_{epoch}.npz")
        write_head(f"runs/{run}/best.pth")
        write_text(f"runs/{run}/best.txt", "0.9")
    assert titles("runs/*/best.pth") == ["a/best.pth", "b/best.pth"]
    assert titles("runs/a/epoch_?.npz") == ["epoch_2.npz"]
    notes = []
    assert titles("runs/*/best.*", note=notes.append) == ["a/best.pth", "b/best.pth"]
    assert notes[0].startswith("2 passed over")
    every = ["a/best.pth", "a/epoch_2.npz", "a/epoch_10.npz"]
    every += [title.replace("a/", "b/") for title in every]
    assert titles("runs/**/*") == every
    assert titles("runs/*") == every
    absolute = Path("runs").absolute()
    assert titles(f"{absolute}/[b]/*.npz") == ["epoch_2.npz", "epoch_10.npz"]


def test_a_pattern_takes_a_model_folder_whole():
    write_model_folder("runs/vit")
    write_head("runs/head.npz")
    for pattern in ("runs/*", "runs/**/*"):
        notes = []
        assert titles(pattern, note=notes.append) == ["head.npz", "vit"]
        assert notes == []
    assert titles("runs/**/model.safetensors") == ["model.safetensors"]


def test_a_name_with_brackets_that_exists_is_no_pattern():
    write_head("a[1].npz")
    assert titles("a[1].npz") == ["a[1].npz"]


def test_a_list_of_paths():
    for name in ("a.npz", "b.npz", "c.npz"):
        write_head(f"runs/{name}")
    write_text("preds/b.csv", "true,pred\n")
    text = (
        "\ufeff# the three\n\nruns/c.npz\r\nruns/b.npz\tthe best\tpreds/b.csv\n  runs/a.npz\tlast\n"
    )
    write_text("models.txt", text, newline="")
    assert find_models(["models.txt"]) == (
        ModelSource("c.npz", Path("runs/c.npz")),
        ModelSource("the best", Path("runs/b.npz"), Path("preds/b.csv")),
        ModelSource("last", Path("runs/a.npz")),
    )


def test_a_table_of_paths():
    write_head("runs/a, b.npz")
    write_head("runs/c.npz")
    write_text("c.csv", "true,pred\n")
    write_text(
        "table.csv",
        'Title,Path,accuracy,predictions\nfirst,"runs/a, b.npz",0.5,\n,runs/c.npz,,c.csv\n',
    )
    assert find_models(["table.csv"]) == (
        ModelSource("first", Path("runs/a, b.npz")),
        ModelSource("c.npz", Path("runs/c.npz"), Path("c.csv")),
    )


def test_paths_in_a_list_are_its_folders_or_else_the_current_ones(here):
    write_head("runs/beside.npz")
    write_head("elsewhere.npz")
    write_text("runs/list", "beside.npz\nelsewhere.npz\n")
    found = find_models(["runs/list"])
    assert [source.path for source in found] == [Path("runs/beside.npz"), Path("elsewhere.npz")]


def test_a_list_may_name_folders_and_patterns():
    for name in ("a_1.npz", "a_2.npz"):
        write_head(f"runs/{name}")
    write_text("folder.txt", "runs\n")
    write_text("pattern.txt", "runs/a*\n")
    assert titles("folder.txt") == titles("pattern.txt") == ["a_1.npz", "a_2.npz"]
    write_text("named.txt", "runs\tboth\n")
    with pytest.raises(ReadError, match=r"one model in line 1, found 2 in runs; give each a line"):
        find_models(["named.txt"])


def test_a_list_tells_every_missing_path_with_its_line():
    write_head("a.npz")
    write_text("models.txt", "a.npz\n# gone\nb.npz\na.npz\tA\tmissing.csv\n")
    with pytest.raises(ReadError) as told:
        find_models(["models.txt"])
    assert "line 3: b.npz; line 4: missing.csv" in str(told.value)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("empty.txt", "# nothing\n\n", "found no paths in it"),
        ("wide.txt", "a\tb\tc\td\n", "in line 1, found 4 columns"),
        ("wide.csv", "path,title\na,b,c\n", "expected 2 cells in line 2, found 3"),
        ("hole.csv", "path,title\n,b\n", "expected a path in line 2"),
        ("latin.txt", "a\n" * 600 + "größe\n", "as UTF-8 text"),
    ],
)
def test_a_list_that_is_none(name, text, told):
    encoding = "latin-1" if name == "latin.txt" else "utf-8"
    write_text(name, text, encoding=encoding)
    with pytest.raises(ReadError, match=told) as error:
        find_models([name])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["<html>", "version https://git-lfs.github.com/spec/v1\n", "{}"])
def test_other_texts_are_checkpoints_gone_wrong(text):
    write_text("model.pth", text)
    assert titles("model.pth") == ["model.pth"]


def test_titles_are_the_shortest_ends_that_differ():
    for path in ("x/a/best.npz", "x/b/best.npz", "y/a/best.npz", "z/other.npz"):
        write_head(path)
    assert titles("x/a/best.npz", "x/b/best.npz", "y/a/best.npz", "z/other.npz") == [
        "x/a/best.npz",
        "b/best.npz",
        "y/a/best.npz",
        "other.npz",
    ]


def test_a_given_title_is_kept_and_others_make_way():
    write_head("a/best.npz")
    write_head("b/first.npz")
    write_text("list.txt", "b/first.npz\tbest.npz\na/best.npz\n")
    assert titles("list.txt") == ["best.npz", "a/best.npz"]
    write_text("twice.txt", "b/first.npz\tsame\na/best.npz\tsame\n")
    with pytest.raises(ReadError, match=r"title of its own .* found 'same' twice"):
        find_models(["twice.txt"])


def test_a_model_named_twice_counts_once():
    write_head("runs/a.npz")
    write_head("runs/b.npz")
    notes = []
    assert titles("runs/b.npz", "runs", note=notes.append) == ["b.npz", "a.npz"]
    assert notes == ["1 named more than once, counted once"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "at least one model"),
        (["missing.pth"], "missing.pth: expected a model, found nothing at this path"),
        (["empty"], "empty: expected checkpoints, found a folder without any"),
        (["analysis"], "analysis: expected models, found an analysis of one"),
        (["missing/*.pth"], "found none in 0 matches"),
        (["empty/*"], "found none in 1 match;"),
        (["a**b"], "a\\*\\*b: expected a pattern"),
    ],
)
def test_what_stands_for_nothing(arguments, told):
    write_text("empty/notes.txt", "no models here")
    write_text("analysis/analysis.json", '{\n"schema": "semdepth/analysis",\n')
    with pytest.raises(ReadError, match=told) as error:
        find_models(arguments)
    assert "\n" not in str(error.value)


def write_cached(hub, name, revisions, main=None, weights="model.safetensors"):
    """An entry of Hugging Face's cache, with links into blobs as huggingface_hub makes them."""
    entry = Path(hub, f"models--{name}")
    (entry / "blobs").mkdir(parents=True)
    blob = write_head(entry / "blobs" / "0a1b")
    config = write_text(entry / "blobs" / "0c1d", json.dumps({"architectures": ["ViT"]}))
    for revision in revisions:
        snapshot = entry / "snapshots" / revision
        snapshot.mkdir(parents=True)
        if weights:
            (snapshot / weights).symlink_to(os.path.relpath(blob, snapshot))
        (snapshot / "config.json").symlink_to(os.path.relpath(config, snapshot))
    if main:
        write_text(entry / "refs" / "main", main)
    return entry


def test_hugging_face_cache():
    vit = write_cached("hf/hub", "google--vit", ["aaa", "bbb"], main="bbb\n")
    bert = write_cached("hf/hub", "bert-base", ["ccc"])
    write_cached("hf/hub", "org--tokenizer", ["ddd"], weights=None)
    write_text("hf/hub/datasets--org--data/snapshots/eee/data.bin", "no model")
    write_text("hf/hub/version.txt", "1")
    expected = (
        ModelSource("bert-base", bert / "snapshots" / "ccc"),
        ModelSource("google/vit", vit / "snapshots" / "bbb"),
    )
    notes = []
    assert find_models(["hf/hub"], note=notes.append) == expected
    assert "models--org--tokenizer" in notes[0]
    assert find_models(["hf"]) == expected
    assert find_models([vit]) == expected[1:]
    aaa = vit / "snapshots" / "aaa"
    assert find_models([aaa]) == (ModelSource("google/vit", aaa),)
    head = read_head(expected[1].path, labels=None)
    assert head.labels == ("cat", "dog", "car")


def test_weights_of_other_names_in_the_cache():
    entry = write_cached("hub", "org--yolo", ["aaa"], main="aaa", weights="yolo.pt")
    snapshot = entry / "snapshots" / "aaa"
    assert find_models([entry]) == (ModelSource("org/yolo", snapshot / "yolo.pt"),)
    write_head(snapshot / "yolo-large.pt")
    assert titles(entry) == ["org/yolo/yolo-large.pt", "org/yolo/yolo.pt"]


def test_a_cache_that_does_not_say_which():
    several = write_cached("hub", "org--several", ["aaa", "bbb"])
    with pytest.raises(ReadError, match=r"found 2 snapshots; name one of them"):
        find_models([several])
    for main in ("../../../elsewhere", "ccc", "x" * 500):
        write_text(several / "refs" / "main", main)
        with pytest.raises(ReadError, match=r"found 2 snapshots"):
            find_models([several])
    bare = write_cached("hub", "org--bare", ["ddd"], weights=None)
    with pytest.raises(ReadError, match=r"expected the weights of org/bare, found none"):
        find_models([bare])


def test_links_that_go_round_do_not():
    write_head("runs/a.npz")
    Path("runs/round").symlink_to(Path("runs").absolute())
    Path("runs/broken.pth").symlink_to("nowhere")
    assert titles("runs") == ["a.npz"]
    assert titles("runs/**/*.npz") == ["a.npz"]


def test_fifty_of_a_folder():
    for i in range(50):
        write_head(f"fifty/m{i}.npz")
    found = titles("fifty")
    assert found == [f"m{i}.npz" for i in range(50)]
    assert not any(re.search(r"\s", title) for title in found)


@pytest.mark.parametrize("line", ["a sentence of a text that is no list. " * 200, "x" * 300])
def test_a_text_that_is_no_list_is_one_error(tmp_path, line):
    text = tmp_path / "README.md"
    text.write_text(f"# A title\n\n{line}\n", encoding="utf-8")
    with pytest.raises(ReadError) as caught:
        find_models([text])
    assert len(str(caught.value)) < 400
    with pytest.raises(ReadError, match="expected the path of a model"):
        find_models([line])
