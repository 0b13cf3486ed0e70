"""The command line with predictions: what it prints, and what each mistake is told."""

import csv
import json
import re

import numpy as np
import pytest

from builders import fails


@pytest.fixture(scope="session")
def cifar(golden_folder):
    """The folder with ResNet20's head on CIFAR-10, and its confusions and ResNet44's."""
    return golden_folder.parent / "cifar10"


@pytest.fixture(scope="session")
def head(cifar):
    return cifar / "resnet20_head.npz"


@pytest.fixture(scope="session")
def matrix(cifar):
    return cifar / "resnet20_confusion.npz"


@pytest.fixture(scope="session")
def counts(matrix):
    with np.load(matrix) as stored:
        return stored["confusion"], tuple(map(str, stored["classes"]))


@pytest.fixture
def predictions(tmp_path, counts):
    """The same 10,000 predictions one by one, with names."""
    confusion, classes = counts
    path = tmp_path / "predictions.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["y_true", "y_pred"])
        for i, j in np.argwhere(confusion):
            writer.writerows([(classes[i], classes[j])] * int(confusion[i, j]))
    return path


FAST = ("--permutations", "20")


def mistakes_of(result):
    code, out, err = result
    assert code == 0, err
    return json.loads(out, parse_constant=lambda constant: pytest.fail(constant))["mistakes"]


def parts_of(text):
    """The printed text with every run of white space as one space."""
    return " ".join(text.split())


# analyze, in words


def test_everything_about_the_mistakes_is_printed(semdepth, head, matrix):
    code, out, err = semdepth("analyze", head, "--confusion", matrix)
    assert code == 0, err
    for part in (
        "Mistakes: confusion matrix in resnet20_confusion.npz, 10,000 predictions, accuracy 0.917",
        "compliance (3 clusters of confusions)",
        "similarities causing confusion direct",
        "similarities causing confusion extended",
        "confusions explained direct",
        "confusions explained extended",
        "share by chance lift p",
        "Similarity Depth of the confusions",
        # k: pairs mixed up five times or more, and the number of classes.
        "precision among the 31 most alike pairs",
        "precision among the 10 most alike pairs",
        "average precision",
        "nearest template is most confused",
        "rank correlation over confused pairs",
        "AUC, confused 5 times or more",
        "mean mistake",
        "hierarchical precision, recall, F",
        "understandable: 4 pairs",
        "misperception: 1 pair",
        "unexplained: 2 pairs",
        "latent: 8 pairs",
    ):
        assert part in parts_of(out), part
    # Cats for dogs 82 times, dogs for cats 84 times.
    assert re.search(r"^cat +dog +82 +84 +0\.\d+ +12$", out, re.MULTILINE)
    assert "nan" not in out


def test_chance_stands_beside_each_ratio(semdepth, head, matrix):
    _, out, _ = semdepth("analyze", head, "--confusion", matrix)
    found = mistakes_of(semdepth("analyze", head, "--confusion", matrix, "--format", "json"))
    for neighbourhood in ("direct", "extended"):
        for name, key in (
            ("similarities causing confusion", "causing"),
            ("confusions explained", "explained"),
        ):
            chance = found[neighbourhood][key]
            row = (
                f"{name} {neighbourhood} {chance['observed']:.3f} {chance['null_mean']:.4f} "
                f"{chance['lift']:.1f} {chance['p_value']:.2g}"
            )
            assert row in parts_of(out)


def test_predictions_one_by_one_tell_the_same(semdepth, head, matrix, predictions):
    first = semdepth("analyze", head, "--confusion", matrix, "--format", "json", *FAST)
    second = semdepth("analyze", head, "--predictions", predictions, "--format", "json", *FAST)
    one, two = mistakes_of(first), mistakes_of(second)
    assert "resnet20_confusion.npz" in one["confusion"].pop("source")
    assert "predictions.csv" in two["confusion"].pop("source")
    assert one == two
    _, out, _ = semdepth("analyze", head, "--predictions", predictions, *FAST)
    assert "Mistakes: predictions in predictions.csv" in parts_of(out)
    assert "accuracy 0.917" in parts_of(out)


def test_it_says_which_network_was_compared_with_which(semdepth, head, cifar):
    other = cifar / "resnet44_confusion.npz"
    _, out, _ = semdepth("analyze", head, "--confusion", other, *FAST)
    assert "resnet20_head.npz, weight (10 x 64)" in parts_of(out)
    assert "Mistakes: confusion matrix in resnet44_confusion.npz" in parts_of(out)
    data = json.loads(semdepth("analyze", head, "--confusion", other, "--format", "json", *FAST)[1])
    assert data["subject"]["title"] == "resnet20_head.npz"
    assert "resnet44_confusion.npz" in data["mistakes"]["confusion"]["source"]
    assert data["mistakes"]["accuracy"] == 0.931


def test_without_predictions_nothing_is_said_of_mistakes(semdepth, head):
    code, out, _ = semdepth("analyze", head, *FAST)
    assert code == 0
    assert "Mistakes" not in out
    assert json.loads(semdepth("analyze", head, "--format", "json", *FAST)[1])["mistakes"] is None


def test_top_limits_the_rows_of_each_verdict(semdepth, head, matrix):
    _, out, _ = semdepth("analyze", head, "--confusion", matrix, "--top", "1", *FAST)
    verdicts = parts_of(out).partition("understandable: 4 pairs")[2]
    assert "cat dog 82 84" in verdicts
    assert "automobile truck 21 19" not in verdicts


# analyze, in JSON and files


def test_the_reference_from_files(semdepth, golden_folder):
    found = mistakes_of(
        semdepth(
            "analyze",
            *("--cosine", golden_folder / "nssg_ConvNeXt_mini100.npz"),
            *("--confusion", golden_folder / "confusion_real_ConvNeXt_mini100.npz"),
            *("--format", "json"),
            *FAST,
        )
    )
    observed = {
        (name, key): found[name][key]["observed"]
        for name in ("direct", "extended")
        for key in ("causing", "explained")
    }
    assert observed == {
        ("direct", "causing"): 30 / 85,
        ("direct", "explained"): 30 / 76,
        ("extended", "causing"): 38 / 85,
        ("extended", "explained"): 41 / 76,
    }
    assert len(set(found["graph"]["membership"])) == 24
    assert np.mean(found["depth"]["depths"]) == pytest.approx(7.486842, abs=5e-7)
    assert found["direct"]["explained"]["null_mean"] == pytest.approx(0.0172, abs=5e-5)
    assert found["extended"]["explained"]["null_mean"] == pytest.approx(0.0657, abs=5e-5)


def test_the_json_has_every_part(semdepth, head, matrix):
    found = mistakes_of(semdepth("analyze", head, "--confusion", matrix, "--format", "json", *FAST))
    assert {"direct", "extended", "forecast", "severity", "alignments", "verdicts"} < set(found)
    assert found["accuracy"] == 0.9173
    assert found["severity"]["mistakes"] == 10_000 - 9_173
    assert found["forecast"]["at_n"]["k"] == 10
    assert found["verdict_counts"]["understandable"] == 4
    assert [alignment["kinds"] for alignment in found["alignments"]] == [
        ["structural", "functional"],
        ["structural", "semantic"],
        ["functional", "semantic"],
    ]


def test_files_are_written_and_agree_with_the_json(semdepth, head, matrix, tmp_path):
    out = tmp_path / "out"
    code, _, err = semdepth(
        "analyze", head, "--confusion", matrix, "-o", out, "--no-figures", *FAST
    )
    assert code == 0, err
    data = json.loads((out / "analysis.json").read_text(encoding="utf-8"))
    with (out / "pairs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    verdicts = data["mistakes"]["verdicts"]
    labels = verdicts["labels"]
    assert [row["verdict"] for row in rows] == verdicts["verdicts"]
    assert [[row["class_a"], row["class_b"]] for row in rows] == [
        [labels[i], labels[j]] for i, j in verdicts["pairs"]
    ]
    assert [int(row["a_taken_for_b"]) for row in rows] == verdicts["first_as_second"]
    assert [int(row["b_taken_for_a"]) for row in rows] == verdicts["second_as_first"]
    assert [int(row["depth"]) for row in rows] == verdicts["depth"]
    assert all(row["advice"] for row in rows)
    assert (rows[0]["class_a"], rows[0]["class_b"]) == ("cat", "dog")
    for name, key in (("odd_classes.csv", "odd"), ("context_pairs.csv", "context")):
        with (out / name).open(encoding="utf-8", newline="") as file:
            assert len(list(csv.DictReader(file))) == len(data[key]) > 0


def test_the_predictions_are_never_overwritten(semdepth, head, matrix, tmp_path):
    out = tmp_path / "out"
    semdepth("analyze", head, "-o", out, "--no-figures", *FAST)
    inside = out / "pairs.csv"
    inside.write_text("y_true,y_pred\n" + "cat,dog\n" * 3)
    result = semdepth("analyze", head, "--predictions", inside, "-o", out, "--no-figures", *FAST)
    code, printed, _ = result
    assert (code, printed) == (1, "")
    assert inside.read_text().startswith("y_true")


# Options


def test_a_transposed_matrix_with_its_orientation_tells_the_same(
    semdepth, head, matrix, counts, tmp_path
):
    path = tmp_path / "turned.npz"
    np.savez(path, confusion=counts[0].T, classes=np.array(counts[1]))
    due = mistakes_of(semdepth("analyze", head, "--confusion", matrix, "--format", "json", *FAST))
    found = mistakes_of(
        semdepth(
            "analyze",
            *(head, "--confusion", path, "--orientation", "pred-rows", "--format", "json"),
            *FAST,
        )
    )
    due["confusion"].pop("source")
    found["confusion"].pop("source")
    assert found == due


def test_columns_may_be_named(semdepth, head, predictions, tmp_path):
    path = tmp_path / "named.csv"
    path.write_text(predictions.read_text().replace("y_true,y_pred", "ground,said"))
    named = ("--true-column", "ground", "--pred-column", "said")
    found = mistakes_of(
        semdepth("analyze", head, "--predictions", path, *named, "--format", "json", *FAST)
    )
    assert found["accuracy"] == 0.9173


def test_thresholds_reach_the_analysis(semdepth, head, matrix, counts):
    both = (counts[0] + counts[0].T)[np.triu_indices(10, k=1)]
    limits = {
        "--often": 40,
        "--confused-from": 30,
        "--perceived-from": 0.25,
        "--related-percentile": 80,
    }
    options = [word for pair in limits.items() for word in pair]
    found = mistakes_of(
        semdepth("analyze", head, "--confusion", matrix, *options, "--format", "json", *FAST)
    )
    assert found["forecast"]["often"] == 40
    assert found["forecast"]["at_confused"]["k"] == np.sum(both >= 40)
    counted = dict(found["verdict_counts"])
    counted.pop("latent")
    assert sum(counted.values()) == np.sum(both >= 30)
    verdicts = found["verdicts"]
    perceived = [
        similarity
        for similarity, name in zip(verdicts["similarity"], verdicts["verdicts"], strict=True)
        if name in ("understandable", "misperception", "latent")
    ]
    assert min(perceived) >= 0.25
    default = mistakes_of(
        semdepth("analyze", head, "--confusion", matrix, "--format", "json", *FAST)
    )
    assert verdicts["related_from"] < default["verdicts"]["related_from"]


def test_clusterer_and_subsumer_hold_for_the_confusions_too(semdepth, head, matrix):
    found = mistakes_of(
        semdepth(
            "analyze",
            *(head, "--confusion", matrix, "--clusterer", "whole", "--lcs", "max_depth"),
            *("--format", "json"),
            *FAST,
        )
    )
    assert found["graph"]["clustering"]["clusterer"]["name"] == "whole"
    assert found["extended"]["explained"]["observed"] == 1
    assert found["extended"]["explained"]["null_mean"] == 1


@pytest.fixture
def unseen(tmp_path, counts):
    """The confusion matrix without a single frog."""
    path = tmp_path / "unseen.npz"
    without = counts[0].copy()
    without[counts[1].index("frog")] = 0
    np.savez(path, confusion=without, classes=np.array(counts[1]))
    return path


def test_classes_without_samples_are_left_out_on_request_and_named(semdepth, head, unseen):
    assert fails(semdepth("analyze", head, "--confusion", unseen), "'frog'", "--unseen leave_out")
    asked = ("analyze", head, "--confusion", unseen, "--unseen", "leave_out", *FAST)
    code, out, err = semdepth(*asked)
    assert code == 0
    assert "1 class" in err
    assert "'frog'" in err
    assert "frog" not in out
    data = json.loads(semdepth(*asked, "--format", "json")[1])
    assert data["left_out"] == ["frog"]
    assert "frog" not in data["graph"]["labels"]
    assert any("frog" in note for note in data["notes"])


def test_the_taxonomys_own_graph_beside_a_networks_confusions(semdepth, matrix):
    found = mistakes_of(
        semdepth(
            "analyze",
            *("--semantic", "wup", "--labels", "cifar-10"),
            *("--confusion", matrix, "--format", "json"),
            *FAST,
        )
    )
    assert found["alignments"][0]["kinds"] == ["semantic", "functional"]


def test_classes_that_no_taxonomy_knows(semdepth, counts, tmp_path):
    names = np.array([f"gizmo {i}" for i in range(10)])
    weight = np.random.default_rng(0).normal(size=(10, 16))
    np.savez(tmp_path / "head.npz", weight=weight, bias=np.zeros(10), classes=names)
    np.savez(tmp_path / "confusion.npz", confusion=counts[0], classes=names)
    asked = ("analyze", tmp_path / "head.npz", "--confusion", tmp_path / "confusion.npz", *FAST)
    code, out, err = semdepth(*asked)
    assert code == 0, err
    assert "unplaced: " in out
    assert "confusions explained" in out
    # Never a bare nan for what has a reason.
    assert " nan" not in out
    assert mistakes_of(semdepth(*asked, "--format", "json"))["severity"]["depth"] is None


# explain


def test_the_story_of_a_pair(semdepth, head, matrix):
    code, out, err = semdepth("explain", head, "cat", "dog", "--confusion", matrix, *FAST)
    assert code == 0, err
    for line in (
        "cat and dog",
        "Verdict: understandable. Similar in kind, seen as similar, mixed up.",
        "Mixed up: cat taken for dog 82 of 1,000 times, dog for cat 84 of 1,000 times.",
        "number 2 of 45 pairs; one cluster.",
        "Path through the perceived graph: cat - dog.",
        "they meet at carnivore.n.01 (a terrestrial or aquatic flesh-eating mammal), depth 12",
        "path cat.n.01 - feline.n.01 - carnivore.n.01 - canine.n.02 - dog.n.01.",
        "What one might do: Merge the two classes",
    ):
        assert line in out, line


def test_the_other_way_round(semdepth, head, matrix):
    _, out, _ = semdepth("explain", head, "dog", "cat", "--confusion", matrix, *FAST)
    assert "dog taken for cat 84 of 1,000 times, cat for dog 82 of 1,000 times" in out
    assert "path dog.n.01 - canine.n.02 - carnivore.n.01 - feline.n.01 - cat.n.01." in out


def test_the_story_of_a_pair_in_json(semdepth, head, matrix):
    code, out, _ = semdepth(
        "explain", head, "cat", "dog", "--confusion", matrix, "--format", "json", *FAST
    )
    story = json.loads(out, parse_constant=lambda constant: pytest.fail(constant))
    assert code == 0
    assert (story["first"], story["second"], story["verdict"]) == ("cat", "dog", "understandable")
    assert (story["first_as_second"], story["second_as_first"]) == (82, 84)
    assert (story["first_seen"], story["second_seen"]) == (1_000, 1_000)
    assert (story["rank"], story["of_pairs"], story["depth"]) == (2, 45, 12)
    assert story["perceived_path"] == ["cat", "dog"]


def test_a_pair_without_predictions_is_what_to_expect(semdepth, head):
    _, out, _ = semdepth("explain", head, "cat", "dog", *FAST)
    assert "Verdict" not in out
    assert "Mixed up" not in out
    assert "Expect: Seen as similar: where these weights err on either class" in out
    _, out, _ = semdepth("explain", head, "cat", "truck", *FAST)
    assert "Expect: Not seen as similar" in out
    assert "not one cluster" in out
    assert "Path through the perceived graph" not in out


def test_the_story_of_a_class(semdepth, head, matrix):
    code, out, _ = semdepth("explain", head, "cat", "--confusion", matrix, "--top", "3", *FAST)
    assert code == 0
    text = parts_of(out)
    assert text.startswith("cat cat.n.01: feline mammal")
    assert "Recognised in 83.2% of 1,000 samples." in text
    assert "Local depth 12.00" in text
    assert "In one cluster with: deer, dog, horse." in text
    assert "Seen as alike (these weights)" in text
    assert "Alike in kind (the taxonomy)" in text
    # Dogs 82 + 84 times, birds 19 + 26, deer 20 + 16.
    confused = text.partition("Mixed up with")[2]
    assert re.search(
        r"dog 0\.\d+ 1 12 82 84 bird 0\.\d+ 4 9 19 26 deer 0\.\d+ 3 11 20 16$", confused
    )


def test_the_story_of_a_class_in_json(semdepth, head, matrix):
    _, out, _ = semdepth(
        "explain", head, "cat", "--confusion", matrix, "--top", "2", "--format", "json", *FAST
    )
    story = json.loads(out, parse_constant=lambda constant: pytest.fail(constant))
    assert (story["label"], story["concept"], story["accuracy"]) == ("cat", "cat.n.01", 0.832)
    assert [near["label"] for near in story["perceived"]] == ["dog", "frog"]
    assert [near["label"] for near in story["semantic"]] == ["dog", "deer"]
    assert [near["label"] for near in story["confused"]] == ["dog", "bird"]


def test_a_class_without_predictions_names_likely_confusions(semdepth, head):
    _, out, _ = semdepth("explain", head, "cat", *FAST)
    assert "Without predictions: the likeliest confusions are dog, frog, deer." in out
    assert "Recognised" not in out


@pytest.mark.parametrize("name", ["CAT", "cat.n.01", "n02121620"])
def test_classes_go_by_many_names(semdepth, head, name):
    due = semdepth("explain", head, "cat", "truck", *FAST)
    assert semdepth("explain", head, name, "Truck", *FAST) == due


def test_a_story_from_cosines(semdepth, golden_folder):
    cosine = golden_folder / "nssg_ConvNeXt_mini100.npz"
    code, out, err = semdepth("explain", "--cosine", cosine, "dalmatian", "n02110063", *FAST)
    assert code == 0, err
    assert "dalmatian and malamute" in out
    assert "canine.n.02" in out


def test_a_left_out_class_has_no_story(semdepth, head, unseen):
    asked = ("--confusion", unseen, "--unseen", "leave_out", *FAST)
    code, out, _ = semdepth("explain", head, "cat", "dog", *asked)
    assert code == 0
    assert "of 36 pairs" in out  # nine classes
    assert fails(semdepth("explain", head, "frog", "dog", *asked), "'frog'")


def test_names_are_printed_without_control_characters(semdepth, counts, tmp_path):
    names = np.array(["\x1b[31mred", "[red]markup[/red]", *(f"gizmo {i}" for i in range(8))])
    weight = np.random.default_rng(0).normal(size=(10, 16))
    np.savez(tmp_path / "head.npz", weight=weight, bias=np.zeros(10), classes=names)
    np.savez(tmp_path / "confusion.npz", confusion=counts[0], classes=names)
    files = tmp_path / "head.npz", "--confusion", tmp_path / "confusion.npz"
    for command in (("analyze", *files), ("explain", files[0], names[0], names[1], *files[1:])):
        code, out, err = semdepth(*command, *FAST)
        assert code == 0, err
        assert "\x1b" not in out + err
        assert "\\x1b[31mred" in out
        assert "[red]markup[/red]" in out


# Mistakes of the user


@pytest.mark.parametrize("command", [["analyze"], ["explain", "cat", "dog"]])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--predictions", "CSV", "--confusion", "NPZ"], ["--predictions", "--confusion", "both"]),
        (["--orientation", "pred-rows"], ["--orientation", "--confusion"]),
        (["--predictions", "CSV", "--orientation", "true-rows"], ["--orientation", "--confusion"]),
        (["--true-column", "truth"], ["--true-column", "--predictions"]),
        (["--confusion", "NPZ", "--pred-column", "p"], ["--pred-column", "--predictions"]),
        (["--confusion", "NPZ", "--orientation", "rows"], ["rows", "true-rows", "pred-rows"]),
        (["--confusion", "NPZ", "--unseen", "ignore"], ["ignore", "leave_out"]),
        (["--confusion", "missing.npz"], ["missing.npz"]),
        (["--predictions", "missing.csv"], ["missing.csv"]),
        (["--predictions", "CSV", "--true-column", "truth"], ["truth", "y_true"]),
        (["--confusion", "NPZ", "--often", "0"], ["often above 0", "0"]),
        (["--confusion", "NPZ", "--often", "many"], ["--often", "many"]),
        (["--confusion", "NPZ", "--confused-from", "-1"], ["confused_from above 0", "-1"]),
        (["--confusion", "NPZ", "--related-percentile", "101"], ["from 0 to 100", "101"]),
        (["--confusion", "NPZ", "--permutations", "0"], ["permutations", "0"]),
    ],
)
def test_mistakes_are_told_in_one_line(
    semdepth, head, matrix, predictions, command, arguments, words
):
    files = {"CSV": predictions, "NPZ": matrix}
    name, *classes = command
    given = [files.get(argument, argument) for argument in arguments]
    assert fails(semdepth(name, head, *classes, *given), *words)


@pytest.mark.parametrize(
    "option",
    [
        ("--often", "3"),
        ("--confused-from", "3"),
        ("--perceived-from", "0.5"),
        ("--related-percentile", "80"),
        ("--unseen", "leave_out"),
    ],
)
def test_an_option_that_needs_predictions_is_not_ignored_without_them(semdepth, head, option):
    assert fails(semdepth("analyze", head, *option, *FAST), option[0], "--predictions")


def test_confusions_of_other_classes_name_them(semdepth, head, counts, tmp_path):
    path = tmp_path / "other.npz"
    other = np.array(["zebra" if name == "horse" else name for name in counts[1]])
    np.savez(path, confusion=counts[0], classes=other)
    assert fails(semdepth("analyze", head, "--confusion", path), "zebra")
    np.savez(path, confusion=counts[0][:9, :9])
    assert fails(semdepth("analyze", head, "--confusion", path), "10", "9")


def test_a_matrix_in_another_order_is_matched_by_name(semdepth, head, matrix, counts, tmp_path):
    path = tmp_path / "other.npz"
    order = np.random.default_rng(0).permutation(10)
    there = counts[0][np.ix_(order, order)]
    np.savez(path, confusion=there, classes=np.array(counts[1])[order])
    due = mistakes_of(semdepth("analyze", head, "--confusion", matrix, "--format", "json", *FAST))
    found = mistakes_of(semdepth("analyze", head, "--confusion", path, "--format", "json", *FAST))
    assert "another order" in found["confusion"].pop("source")
    due["confusion"].pop("source")
    assert found == due


def test_predictions_without_an_error_explain_nothing(semdepth, head, counts, tmp_path):
    path = tmp_path / "perfect.npz"
    np.savez(path, confusion=np.diag([7] * 10), classes=np.array(counts[1]))
    assert fails(semdepth("analyze", head, "--confusion", path), "expected errors")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["checkpoint FILE", "one or two classes"]),
        (["HEAD"], ["one or two classes", "semdepth explain model.pth tench coho"]),
        (["HEAD", "cat", "dog", "frog"], ["one or two classes", "3 classes"]),
        (["HEAD", "kat"], ["'kat'", "did you mean", "cat"]),
        (["HEAD", "cat", "zzz"], ["'zzz'", "classes.csv"]),
        (["HEAD", "cat", "CAT"], ["two different classes", "'cat' twice"]),
        (["missing.pth", "cat"], ["missing.pth"]),
        (["--cosine", "missing.npz", "cat"], ["missing.npz"]),
        (["--cosine", "missing.npz"], ["one or two classes"]),
        (["HEAD", "cat", "--top", "0"], ["--top", "0"]),
        (["HEAD", "cat", "--clusterer", "louvain", "--damping", "0.7"], ["louvain", "damping"]),
    ],
)
def test_mistakes_of_explain_are_told_in_one_line(semdepth, head, arguments, words):
    given = [head if argument == "HEAD" else argument for argument in arguments]
    assert fails(semdepth("explain", *given), *words)


def test_shares_are_told_as_shares(semdepth, golden_folder):
    given = (
        "--cosine",
        golden_folder / "nssg_ConvNeXt_mini100.npz",
        "--confusion",
        golden_folder / "confusion_real_ConvNeXt_mini100.npz",
        *FAST,
    )
    _, out, _ = semdepth("explain", *given, "frying pan", "wok")
    assert "frying pan taken for wok in 18.2% of its samples" in out
    _, out, _ = semdepth("analyze", *given, "--top", "1")
    assert "(confused in 3.71% of samples or more)" in out
    assert "times or more" not in out


def test_classes_never_predicted_are_named(semdepth, head, counts, tmp_path):
    confusion, classes = counts
    without = confusion.copy()
    without[:, 3] = 0
    np.savez(tmp_path / "confusion.npz", confusion=without, classes=np.array(classes))
    code, _, err = semdepth("analyze", head, "--confusion", tmp_path / "confusion.npz", *FAST)
    assert code == 0, err
    assert f"1 class was never predicted: {classes[3]!r}" in err


def test_alignments_are_printed(semdepth, head, matrix):
    _, out, _ = semdepth("analyze", head, "--confusion", matrix, *FAST)
    for pair in ("structural with functional", "structural with semantic"):
        assert re.search(rf"alignment, {pair} +Spearman 0\.\d+ \(p = 0\.\d+\), Kendall", out)


def test_no_rows_asked_for_no_tables(semdepth, head):
    _, out, _ = semdepth("analyze", head, "--top", "0", *FAST)
    assert "most alike pairs" not in out
    assert "Similarity Depth" in out
