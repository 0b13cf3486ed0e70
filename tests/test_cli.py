"""The command line: what goes to which stream, what each mistake is told."""

import csv
import io
import json
import subprocess
import sys

import click
import numpy as np
import pytest

from builders import fails
from semdepth import cli
from semdepth.labels import label_set

ANIMALS_AND_MORE = ("dog", "cat", "wolf", "lion", "car", "bus", "truck", "oak", "rose", "tulip")


@pytest.fixture
def head_file(tmp_path):
    return save_head(tmp_path / "head.npz", ANIMALS_AND_MORE)


def save_head(path, names, *, dimension=16):
    weight = np.random.default_rng(0).normal(size=(len(names), dimension))
    np.savez(path, weight=weight, bias=np.zeros(len(names)), classes=np.array(names))
    return path


def test_depth_tells_where_dog_and_cat_meet(semdepth):
    code, out, err = semdepth("depth", "dog", "cat")
    assert (code, err) == (0, "")
    assert "carnivore.n.01" in out
    assert "0.8571" in out
    assert "dog.n.01 - canine.n.02 - carnivore.n.01 - feline.n.01 - cat.n.01" in out


def test_depth_takes_ids_names_and_words(semdepth):
    results = [
        json.loads(semdepth("depth", first, "cat", "--format", "json")[1])
        for first in ("dog", "dog.n.01", "n02084071", "domestic dog")
    ]
    assert all(result == results[0] for result in results)
    assert results[0]["depth"] == 12
    assert results[0]["path_length"] == 4


def test_depth_of_an_unknown_word_suggests_near_ones(semdepth):
    assert fails(semdepth("depth", "dogg", "cat"), "'dogg'", "did you mean", "dog")


def test_depth_of_an_unknown_id(semdepth):
    assert fails(semdepth("depth", "n99999999", "cat"), "'n99999999'", "WordNet 3.0")


def test_head_marks_the_choice_and_says_why(semdepth, head_file):
    code, out, _ = semdepth("head", head_file)
    assert code == 0
    assert any(line.startswith("*") and "weight" in line for line in out.splitlines())
    listed = json.loads(semdepth("head", head_file, "--format", "json")[1])
    assert listed["chosen"] == "weight"
    assert listed["candidates"][0]["n_classes"] == len(ANIMALS_AND_MORE)
    assert listed["candidates"][0]["reason"]


def test_analyze_prints_every_part_of_the_summary(semdepth, head_file):
    code, out, err = semdepth("analyze", head_file)
    assert code == 0
    for part in (
        "Similarity Depth",
        "95% interval",
        "by chance",
        "p = ",
        "at most",
        "normalised",
        "clusters by affinity",
        "most alike pairs",
        "they meet at",
    ):
        assert part in out
    assert "class names from" in err


def test_json_alone_on_standard_output(semdepth, head_file):
    code, out, _ = semdepth("analyze", head_file, "--format", "json")
    data = json.loads(out)
    assert code == 0
    assert data["schema"] == "semdepth/analysis"
    assert data["schema_version"] == 1
    assert data["similarity_depth"] == pytest.approx(np.mean(data["depth"]["depths"]))


def test_files_are_written_and_agree_with_each_other(semdepth, head_file, tmp_path):
    out = tmp_path / "out"
    code, _, err = semdepth("analyze", head_file, "-o", out)
    assert code == 0
    assert f"to {out}" in err
    data = json.loads((out / "analysis.json").read_text())
    edges = list(csv.DictReader(io.StringIO((out / "edges.csv").read_text())))
    classes = list(csv.DictReader(io.StringIO((out / "classes.csv").read_text())))
    assert [float(edge["similarity"]) for edge in edges] == data["graph"]["weights"]
    assert [int(edge["depth"]) for edge in edges] == data["depth"]["depths"]
    assert sorted(row["class"] for row in classes) == sorted(ANIMALS_AND_MORE)
    figures = {path.name for path in (out / "figures").iterdir() if path.is_file()}
    assert figures == {
        f"{name}.{form}" for name in ("overview", "similarity", "depths") for form in ("png", "svg")
    }
    drawn = [c for c in data["clusters"] if c["size"] > 1]
    assert len(list((out / "figures/clusters").iterdir())) == 2 * len(drawn)


def test_same_input_same_bytes(semdepth, head_file, tmp_path):
    for name in ("first", "second"):
        semdepth("analyze", head_file, "-o", tmp_path / name)
    first, second = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in files}
        for name in ("first", "second")
        for files in [[p for p in (tmp_path / name).rglob("*") if p.is_file()]]
    )
    assert len(first) > 8
    assert first == second


def test_an_earlier_result_is_replaced_whole(semdepth, head_file, tmp_path):
    out = tmp_path / "out"
    semdepth("analyze", head_file, "-o", out, "--clusterer", "whole")
    whole = {path.name for path in (out / "figures/clusters").iterdir()}
    code, _, _ = semdepth("analyze", head_file, "-o", out, "--no-figures")
    assert code == 0
    assert whole == {"000.png", "000.svg"}
    assert not (out / "figures").exists()
    assert json.loads((out / "analysis.json").read_text())["parameters"]["name"] == "affinity"
    assert list(tmp_path.iterdir()) == [head_file, out] or len(list(tmp_path.iterdir())) == 2


def test_files_of_other_origin_are_not_overwritten(semdepth, head_file, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "edges.csv").write_text("mine")
    assert fails(semdepth("analyze", head_file, "-o", out), "edges.csv", "other origin", "-o")
    assert (out / "edges.csv").read_text() == "mine"
    assert sorted(path.name for path in out.iterdir()) == ["edges.csv"]


def test_an_input_is_never_overwritten(semdepth, tmp_path):
    out = tmp_path / "out"
    semdepth("analyze", "--semantic", "path", "--labels", "cifar-10", "-o", out, "--no-figures")
    labels = out / "edges.csv"
    labels.write_text("\n".join(ANIMALS_AND_MORE))
    head = save_head(tmp_path / "head.npz", ANIMALS_AND_MORE)
    result = semdepth("analyze", head, "--labels", labels, "-o", out, "--no-figures")
    assert fails(result, "expected not to overwrite an input", "edges.csv")
    assert labels.read_text().startswith("dog")


def test_an_output_that_cannot_be_written(semdepth, head_file, tmp_path):
    (tmp_path / "file").write_text("a file")
    assert fails(semdepth("analyze", head_file, "-o", tmp_path / "file"), "found a file at", "-o")
    under = tmp_path / "file" / "out"
    assert fails(semdepth("analyze", head_file, "-o", under), "expected to write into", "-o")


def test_names_go_out_untouched(semdepth, tmp_path):
    names = (
        "dog",
        'comma, "quote"',
        "tab\tname",
        "$x_1$",
        "</script>",
        "كلب",
        "🐈 cat",
        "[red]markup[/red]",
    )
    out = tmp_path / "out"
    head = save_head(tmp_path / "head.npz", names)
    code, printed, _ = semdepth("analyze", head, "-o", out)
    assert code == 0
    assert "[red]markup[/red]" in printed
    with (out / "classes.csv").open(encoding="utf-8", newline="") as file:
        assert sorted(row["class"] for row in csv.DictReader(file)) == sorted(names)
    assert json.loads((out / "analysis.json").read_text())["graph"]["labels"] == list(names)


def test_the_taxonomy_without_a_checkpoint(semdepth):
    code, out, _ = semdepth(
        "analyze", "--semantic", "wup", "--labels", "mini-imagenet", "--format", "json"
    )
    data = json.loads(out)
    assert code == 0
    assert data["graph"]["kind"] == "semantic"
    # The reference, with its noise between ties: 9.05 (method 11 allows 0.06 for it).
    assert data["similarity_depth"] == pytest.approx(9.05, abs=0.06)
    assert data["chance"]["null_mean"] == pytest.approx(5.026, abs=5e-4)


def test_measure_is_another_name_for_semantic(semdepth):
    asked = ("--labels", "cifar-10", "--format", "json")
    by_name = [
        semdepth("analyze", option, "lch", *asked)[1] for option in ("--semantic", "--measure")
    ]
    assert by_name[0] == by_name[1]


def test_cosines_instead_of_a_checkpoint(semdepth, golden_folder):
    code, out, _ = semdepth(
        "analyze", "--cosine", golden_folder / "nssg_ConvNeXt_mini100.npz", "--format", "json"
    )
    data = json.loads(out)
    assert code == 0
    assert data["similarity_depth"] == pytest.approx(7.294117647058823, abs=1e-9)
    assert len(data["clusters"]) == 15
    assert data["chance"]["normalised"] == pytest.approx(0.542, abs=5e-4)


def test_classes_restrict_a_head(semdepth, tmp_path):
    head = save_head(tmp_path / "head.npz", ANIMALS_AND_MORE)
    wanted = tmp_path / "some.txt"
    wanted.write_text("rose\ndog\ncat\nwolf\n")
    _, out, _ = semdepth("analyze", head, "--classes", wanted, "--format", "json")
    assert json.loads(out)["graph"]["labels"] == ["rose", "dog", "cat", "wolf"]
    wanted.write_text("rose\nunicorn\n")
    assert fails(semdepth("analyze", head, "--classes", wanted), "unicorn")


def test_a_known_list_restricts_a_head_that_has_names_only(semdepth, tmp_path):
    names = ("unicorn", *label_set("coco-80").labels)
    head = save_head(tmp_path / "head.npz", names)
    _, out, _ = semdepth("analyze", head, "--classes", "coco-80", "--format", "json")
    assert json.loads(out)["graph"]["labels"] == list(names[1:])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--clusterer", "affinity", "--damping", "0.9"], ["damping", 0.9]),
        (["--clusterer", "louvain", "--no-self-loops"], ["self_loops", False]),
        (["--clusterer", "louvain", "--resolution", "1.5"], ["resolution", 1.5]),
        (["--clusterer", "optics", "--min-samples", "3"], ["min_samples", 3]),
        (["--clusterer", "hdbscan", "--min-cluster-size", "3"], ["min_cluster_size", 3]),
        (["--noise", "singletons", "--clusterer", "optics"], ["noise", "singletons"]),
        (["--lcs", "max_depth"], ["lcs", "max_depth"]),
        (["--seed", "7"], ["seed", 7]),
    ],
)
def test_options_reach_the_analysis(semdepth, head_file, options, words):
    code, out, err = semdepth("analyze", head_file, "--format", "json", *options)
    assert code == 0, err
    name, value = words
    assert json.loads(out)["parameters"][name] == value


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["found 0 of them", "--help"]),
        (["HEAD", "--cosine", "x.npz"], ["found 2 of them"]),
        (["HEAD", "--clusterer", "louvain", "--damping", "0.7"], ["louvain", "damping"]),
        (["HEAD", "--damping", "2"], ["damping from 0.5 to below 1", "found 2"]),
        (["HEAD", "--clusterer", "kmeans"], ["kmeans", "affinity"]),
        (["HEAD", "--dampening", "0.7"], ["--dampening", "--damping"]),
        (["HEAD", "--labels", "imagenet-2k"], ["imagenet-2k", "imagenet-1k"]),
        (["HEAD", "--labels", "cifar-100"], ["100", "10"]),
        (["HEAD", "--head", "fc"], ["fc", "weight"]),
        (["HEAD", "--seed", "-1"], ["seed", "-1"]),
        (["missing.pth"], ["missing.pth"]),
        (["--semantic", "wup"], ["--labels"]),
        (["--cosine", "missing.npz"], ["missing.npz"]),
        (["--cosine", "x.npz", "--head", "fc"], ["--head"]),
    ],
)
def test_mistakes_are_told_in_one_line(semdepth, head_file, arguments, words):
    given = [head_file if argument == "HEAD" else argument for argument in arguments]
    assert fails(semdepth("analyze", *given), *words)


def test_without_matplotlib_the_tables_are_still_written(
    semdepth, head_file, tmp_path, monkeypatch
):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code, _, err = semdepth("analyze", head_file, "-o", tmp_path / "out")
    assert code == 0
    assert 'pip install "semdepth[figures]"' in err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "analysis.json",
        "classes.csv",
        "context_pairs.csv",
        "edges.csv",
        "odd_classes.csv",
        "report.html",
        "similarity.npy",
    ]


def test_classes_that_all_meet_at_one_depth(semdepth, tmp_path):
    breeds = ("n02085620-Chihuahua", "n02085936-Maltese_dog", "n02086240-Shih-Tzu", "n02110958-pug")
    head = save_head(tmp_path / "head.npz", breeds)
    code, out, err = semdepth("analyze", head)
    assert code == 0, err
    assert "undefined: no forest over these classes can differ from chance" in out
    data = json.loads(semdepth("analyze", head, "--format", "json")[1])
    assert data["chance"]["normalised"] is None


def test_unplaced_classes_are_named(semdepth, tmp_path):
    head = save_head(tmp_path / "head.npz", ("dog", "cat", "gizmo 3000", "car"))
    _, _, err = semdepth("analyze", head)
    assert "1 of 4 classes without a concept" in err
    assert "gizmo 3000" in err


def test_names_with_several_senses_are_named(semdepth, tmp_path):
    head = save_head(tmp_path / "head.npz", ("dog", "cat", "crane", "car"))
    _, _, err = semdepth("analyze", head)
    assert "several senses" in err
    assert "name has" in err or "names have" in err
    assert "crane" in err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(semdepth, shell):
    code, out, _ = semdepth("completion", shell)
    assert code == 0
    assert "_SEMDEPTH_COMPLETE" in out


@pytest.mark.parametrize("command", sorted(cli.cli.commands))
def test_every_command_teaches_by_examples(command):
    found = cli.cli.commands[command]
    assert "Examples:" in found.epilog
    assert f"semdepth {command}" in found.epilog
    for option in found.params:
        assert isinstance(option, click.Argument) or option.help, option.name


def test_help_loads_nothing_heavy():
    code = (
        "import sys, semdepth.cli as c\n"
        "try: c.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = 'numpy scipy sklearn matplotlib pandas networkx numba rich torch'.split()\n"
        "print('LOADED', [name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout


def test_a_reader_that_goes_away_is_no_error(head_file):
    done = subprocess.run(
        f"{sys.executable} -m semdepth analyze {head_file} --format json | head -c 10",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr


def test_version(semdepth):
    code, out, _ = semdepth("--version")
    assert (code, out.split()[0]) == (0, "semdepth")
