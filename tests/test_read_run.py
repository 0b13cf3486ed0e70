"""A whole training run out of one .npz file: its epochs, names and predictions."""

import numpy as np
import pytest

from damage import refusal
from semdepth.errors import (
    ConfusionError,
    DamagedFile,
    LabelError,
    ReadError,
    UnknownFormat,
    UnsafeFile,
)
from semdepth.labels import label_set
from semdepth.reading.runs import is_run, open_run, read_run

EPOCHS, N, D, SAMPLES = 3, 4, 5, 12
NAMES = np.array(["dog", "cat", "car", "bus"])


@pytest.fixture
def arrays():
    random = np.random.default_rng(1)
    return {
        "weight": random.normal(size=(EPOCHS, N, D)).astype("f4"),
        "bias": random.normal(size=(EPOCHS, N)).astype("f4"),
        "pred": random.integers(N, size=(EPOCHS, SAMPLES)).astype("u1"),
        "y_test": np.repeat(np.arange(N), 3).astype("u1"),
        "classes": NAMES,
        "acc": random.random(EPOCHS),
        "head": np.array("fc"),
    }


@pytest.fixture
def save(tmp_path):
    def saved(arrays, *, pack=np.savez):
        path = tmp_path / "run.npz"
        pack(path, **arrays)
        return path

    return saved


@pytest.mark.parametrize("pack", [np.savez, np.savez_compressed])
def test_every_epoch_is_a_head_with_its_confusions(arrays, save, pack):
    path = save(arrays, pack=pack)
    assert is_run(path)
    run = read_run(path)
    assert [title for title, _, _ in run] == ["epoch 0", "epoch 1", "epoch 2"]
    for at, (_, head, seen) in enumerate(run):
        assert head.labels == tuple(NAMES)
        assert np.array_equal(head.templates, arrays["weight"][at])
        assert np.array_equal(head.bias, arrays["bias"][at])
        assert head.tensor == "weight"
        expected = np.zeros((N, N), dtype=int)
        np.add.at(expected, (arrays["y_test"], arrays["pred"][at]), 1)
        assert np.array_equal(seen.counts, expected)


def test_one_row_is_read_without_the_others(arrays, save):
    run = open_run(save(arrays))
    assert len(run) == EPOCHS
    assert repr(run) == "Run(run.npz: 3 epochs of 4 classes)"
    title, head, _ = run.checkpoint(2)
    assert title == "epoch 2"
    assert np.array_equal(head.templates, arrays["weight"][2])


def test_weights_alone_are_a_run(arrays, save):
    path = save({"templates": arrays["weight"], "class_names": NAMES})
    assert [seen for _, _, seen in read_run(path)] == [None] * EPOCHS
    assert read_run(path)[0][1].bias is None


@pytest.mark.parametrize(
    ("own", "other"),
    [("weight", "weights"), ("bias", "biases"), ("pred", "y_pred"), ("y_test", "targets")],
)
def test_arrays_may_have_another_name(arrays, save, own, other):
    expected = read_run(save(arrays))
    arrays[other] = arrays.pop(own)
    found = read_run(save(arrays))
    for (_, head, seen), (_, again, seen_again) in zip(expected, found, strict=True):
        assert np.array_equal(head.templates, again.templates)
        assert np.array_equal(head.bias, again.bias)
        assert np.array_equal(seen.counts, seen_again.counts)


def test_the_order_of_the_memory_does_not_matter(arrays, save):
    expected = [head.templates for _, head, _ in read_run(save(arrays))]
    arrays["weight"] = np.asfortranarray(arrays["weight"])
    found = [head.templates for _, head, _ in read_run(save(arrays))]
    assert np.array_equal(expected, found)


def test_epochs_have_the_numbers_that_the_file_gives_them(arrays, save):
    run = open_run(save({**arrays, "epochs": np.array([0, 10, 20.5])}))
    assert run.epochs == (0, 10, 20.5)
    assert run.titles == ("epoch 0", "epoch 10", "epoch 20.5")
    with pytest.raises(DamagedFile, match="ascending"):
        open_run(save({**arrays, "epochs": np.array([0, 2, 1])}))
    with pytest.raises(DamagedFile, match=r"shape \(3,\)"):
        open_run(save({**arrays, "epochs": np.arange(4)}))


def test_names_come_from_the_labels_given_or_the_file(arrays, save, written):
    path = save(arrays)
    listed = written("names.txt", "hound\ntomcat\nlimousine\ncoach\n")
    assert open_run(path, labels=listed).label_set.labels == (
        "hound",
        "tomcat",
        "limousine",
        "coach",
    )
    # A list with the file's names says what they mean; the order of the outputs is the file's.
    turned = written("turned.txt", "bus\ncar\ncat\ndog\n")
    assert open_run(path, labels=turned).label_set.labels == tuple(NAMES)

    del arrays["classes"]
    assert open_run(save(arrays), labels=turned).label_set.labels == ("bus", "car", "cat", "dog")
    with pytest.raises(LabelError, match="for the 4 classes, found none"):
        open_run(save(arrays))
    with pytest.raises(LabelError, match="found 10 in label set cifar-10"):
        open_run(save(arrays), labels="cifar-10")


def test_a_known_list_is_recognised_by_its_names(save):
    known = label_set("cifar-10")
    arrays = {"weight": np.ones((2, 10, 3)), "classes": np.array(known.labels)}
    run = open_run(save(arrays))
    assert run.label_set.ids == known.ids
    turned = np.array(known.labels[::-1])
    run = open_run(save({**arrays, "classes": turned}), labels="cifar-10")
    assert run.label_set.labels == known.labels[::-1]
    assert run.label_set.ids == known.ids[::-1]


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"weight": np.ones((4, 5))}, UnknownFormat, "stack the epochs' layers"),
        ({"weight": np.ones((3, 1, 5))}, UnknownFormat, "two or more classes"),
        ({"weight": np.ones((0, 4, 5))}, UnknownFormat, "two or more classes"),
        ({"weight": np.ones((3, 4, 5), dtype=complex)}, UnknownFormat, "stack"),
        ({"bias": np.ones((3, 5))}, DamagedFile, r"'bias' of shape \(3, 4\)"),
        ({"pred": np.ones((2, 12), int)}, ConfusionError, r"shape \(3, 12\).*\(2, 12\)"),
        ({"pred": np.ones((3, 11), int)}, ConfusionError, r"\(3, 11\)"),
        ({"y_test": np.ones((3, 12), int)}, ConfusionError, "true classes"),
        ({"pred": np.full((3, 12), 4)}, ConfusionError, "from 0 to 3, found 4"),
        ({"weight": np.array([[[None]]])}, UnknownFormat, "stack"),
        ({"y_test": np.array([None] * 12)}, UnsafeFile, "nothing was run"),
        ({"classes": np.array(["dog", "dog", "car", "bus"])}, LabelError, "'dog'"),
    ],
)
def test_what_does_not_fit_is_told_with_the_file(arrays, save, changed, error, words):
    path = save({**arrays, **changed})
    with pytest.raises(error, match=words) as raised:
        read_run(path)
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith(f"{path}: ")


def test_predictions_need_the_true_classes(arrays, save):
    del arrays["y_test"]
    with pytest.raises(ConfusionError, match="y_test or y_true"):
        read_run(save(arrays))


def test_damage_ends_in_a_typed_error(arrays, save, tmp_path):
    content = save(arrays).read_bytes()
    random = np.random.default_rng(0)
    path = tmp_path / "damaged.npz"
    for at in random.integers(len(content), size=120).tolist():
        for damaged in (
            content[:at],
            content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :],
        ):
            path.write_bytes(damaged)
            is_run(path)
            assert "\n" not in refusal(lambda: read_run(path))


def test_other_files_are_no_runs(save, tmp_path, written):
    assert not is_run(save({"weight": np.ones((4, 5))}))
    assert not is_run(save({"other": np.ones((3, 4, 5))}))
    assert not is_run(written("text.csv", "a,b\n1,2\n"))
    assert not is_run(written("empty.npz", ""))
    assert not is_run(written("zip.npz", b"PK\x03\x04 and no more"))
    assert not is_run(tmp_path / "missing.npz")
    with pytest.raises(ReadError):
        read_run(tmp_path / "missing.npz")
