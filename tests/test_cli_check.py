"""``semdepth check``: exit codes, the one line, and the baseline that only grows on a pass."""

import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from builders import fails
from semdepth.labels import label_set
from semdepth.reading.analyses import read_analysis
from test_cli_diff import FAST, NAMES, save_head, save_predictions


@pytest.fixture
def head(tmp_path):
    return save_head(tmp_path / "head.npz", 1)


@pytest.fixture
def baseline(semdepth, head, tmp_path):
    path = tmp_path / "baseline.json"
    code, _, err = semdepth("check", head, "--baseline", path, "--update-baseline", *FAST)
    assert code == 0, err
    return path


@pytest.fixture
def seen(tmp_path):
    path = save_predictions(tmp_path / "seen.csv", {("dog", "wolf"): 20, ("car", "oak"): 8})
    return "--predictions", path


@pytest.fixture(scope="module")
def cifar(tmp_path_factory):
    """CIFAR-100's classes: a network that knows their superclasses, and one that knows nothing."""
    folder = tmp_path_factory.mktemp("cifar")
    names = label_set("cifar-100").labels
    random = np.random.default_rng(0)
    kinds = [semantic_kind(name) for name in label_set("cifar-100").ids]
    centres = {kind: random.normal(size=24) for kind in sorted(set(kinds))}
    knowing = np.array([2 * centres[kind] for kind in kinds]) + random.normal(size=(100, 24))
    for name, weight in (("knowing", knowing), ("random", random.normal(size=(100, 24)))):
        np.savez(folder / f"{name}.npz", weight=weight, bias=np.zeros(100), classes=names)
    return folder / "knowing.npz", folder / "random.npz"


def semantic_kind(concept):
    """The concept at depth 9 or so above a class."""
    from semdepth.wordnet import wordnet_nouns

    nouns = wordnet_nouns()
    above = nouns.path(nouns.index(concept), nouns.index("n00001740"))
    return above[max(0, len(above) - 8)]


def one_line(result, code):
    """The line on standard output, which is all there is."""
    found, out, err = result
    assert found == code, (out, err)
    assert out.count("\n") == 1
    assert out.startswith("semdepth: ")
    return out


def test_a_model_passes_its_own_baseline(semdepth, head, baseline):
    line = one_line(semdepth("check", head, "--baseline", baseline), 0)
    assert re.match(r"semdepth: passed, SD [\d.]+ \(\+0\.00 from the baseline's", line)


def test_a_significant_drop_is_exit_code_2(semdepth, cifar, tmp_path):
    knowing, random = cifar
    path = tmp_path / "b.json"
    assert semdepth("check", knowing, "--baseline", path, "--update-baseline")[0] == 0
    line = one_line(semdepth("check", random, "--baseline", path), 2)
    assert line.startswith("semdepth: failed: SD ")
    assert "expected no significant drop" in line
    line = one_line(semdepth("check", random, "--baseline", path, "--max-sd-drop", "inf"), 0)
    assert "a drop of at most inf" in line


def test_absolute_rules_need_no_baseline(semdepth, head, seen):
    assert one_line(semdepth("check", head, "--min-sd", "1", *FAST), 0)
    rules = ("--min-sd", "30", "--min-accuracy", "0.999", "--max-unexplained", "0", *seen)
    line = one_line(semdepth("check", head, *rules, *FAST), 2)
    assert "SD" in line
    assert "accuracy 0.944, expected at least 0.999" in line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", "at most 0\n"),
        ("12", "at most 12\n"),
        ("5%", "at most 5%\n"),
        ("0.5", "at most 50%\n"),
    ],
)
def test_unexplained_as_number_or_share(semdepth, head, seen, text, expected):
    _, out, _ = semdepth("check", head, "--max-unexplained", text, *seen, *FAST)
    assert out.endswith(expected)


@pytest.mark.parametrize("text", ["1.5", "101%", "-1", "few", ".", "", "nan"])
def test_what_is_no_number_of_pairs(semdepth, head, seen, text):
    result = semdepth("check", head, f"--max-unexplained={text}", *seen)
    assert fails(result, "a number of pairs, or a share")


def test_the_baselines_parameters_are_taken(semdepth, head, tmp_path):
    path = tmp_path / "b.json"
    options = ("--clusterer", "louvain", "--seed", "7", "--noise", "singletons", *FAST)
    assert semdepth("check", head, "--baseline", path, "--update-baseline", *options)[0] == 0
    first = path.read_bytes()
    assert semdepth("check", head, "--baseline", path, "--update-baseline")[0] == 0
    assert path.read_bytes() == first
    again = semdepth("check", head, "--baseline", path, "--seed", "7")
    assert fails(again, "the baseline's own parameters, found --seed")


def test_an_analysis_made_otherwise_is_not_compared(semdepth, head, baseline, tmp_path):
    out = tmp_path / "out"
    semdepth("analyze", head, "-o", out, "--no-figures", "--no-report", "--seed", "7", *FAST)
    result = semdepth("check", out, "--baseline", baseline)
    assert fails(result, "expected a model analysed as the baseline was", "seed=42", "seed=7")


def test_other_classes_are_an_error_unless_allowed(semdepth, baseline, tmp_path):
    fewer = save_head(tmp_path / "fewer.npz", 1, NAMES[:8])
    result = semdepth("check", fewer, "--baseline", baseline)
    assert fails(result, "the 10 classes of the baseline, found 8", "--shared-classes")
    code, out, err = semdepth("check", fewer, "--baseline", baseline, "--shared-classes")
    assert (code, out.count("\n")) == (0, 1)
    assert "8 are shared" in err


def test_order_of_classes_does_not_matter(semdepth, baseline, tmp_path):
    order = save_head(tmp_path / "order.npz", 1, tuple(reversed(NAMES)))
    assert "+0.00 from" in one_line(semdepth("check", order, "--baseline", baseline), 0)


def test_compliance_of_both(semdepth, head, seen, tmp_path):
    path = tmp_path / "b.json"
    start = ("check", head, "--baseline", path)
    assert semdepth(*start, "--update-baseline", *seen, *FAST)[0] == 0
    line = one_line(semdepth(*start, *seen, "--neighbourhood", "extended"), 0)
    assert "confusions explained (extended)" in line
    code, out, err = semdepth(*start)
    assert (code, "confusions explained" in out) == (0, False)
    assert "only 'head.npz' has predictions" in err


@pytest.mark.parametrize(("limit", "code"), [("1", 0), ("30", 2)])
def test_forms(semdepth, head, tmp_path, limit, code):
    rule = ("check", head, "--min-sd", limit, *FAST)
    line = one_line(semdepth(*rule), code)
    for form in ("junit", "github", "json"):
        path = tmp_path / form
        for _ in range(2):
            assert one_line(semdepth(*rule, "--format", form, "-o", path), code) == line
        assert semdepth(*rule, "--format", form)[:2] == (code, path.read_text(encoding="utf-8"))
    suite = ElementTree.parse(tmp_path / "junit").getroot().find("testsuite")
    assert suite.attrib["failures"] == ("1" if code else "0")
    level = "::error " if code else "::notice "
    assert (tmp_path / "github").read_text().startswith(level)
    assert json.loads((tmp_path / "json").read_text())["passed"] == (not code)


def test_an_outcome_is_not_written_over_what_is_not_one(semdepth, head, baseline, tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("mine")
    for path in (notes, baseline):
        before = path.read_bytes()
        assert fails(semdepth("check", head, "--baseline", baseline, "-o", path), "expected")
        assert path.read_bytes() == before


# The baseline


def test_the_first_baseline(semdepth, head, tmp_path):
    path = tmp_path / "b.json"
    rules = ("--max-sd-drop", "0.1", "--min-sd", "30")
    start = ("check", head, "--baseline", path)
    assert fails(semdepth(*start), "unreadable")
    line = one_line(semdepth(*start, "--update-baseline", *rules, *FAST), 2)
    assert "expected at least 30" in line
    assert not path.exists()
    line = one_line(semdepth(*start, "--update-baseline", *rules[:2], *FAST), 0)
    assert "the first baseline" in line
    assert read_analysis(path).subject.title == "head.npz"


def test_a_baseline_is_replaced_only_by_a_model_that_passes(semdepth, baseline, tmp_path):
    other = save_head(tmp_path / "other.npz", 2)
    before = baseline.read_bytes()
    start = ("check", other, "--baseline", baseline, "--update-baseline")
    code, _, err = semdepth(*start, "--min-sd", "30")
    assert code == 2
    assert "the baseline stays as it is (--accept" in err
    assert baseline.read_bytes() == before
    code, _, err = semdepth(*start, "--min-sd", "30", "--accept")
    assert code == 2
    assert f"wrote {baseline}" in err
    assert read_analysis(baseline).subject.title == "other.npz"
    assert semdepth(*start)[0] == 0


def test_without_being_asked_no_baseline_is_written(semdepth, head, baseline):
    before = baseline.read_bytes()
    semdepth("check", head, "--baseline", baseline)
    assert baseline.read_bytes() == before


def test_what_is_no_baseline(semdepth, head, baseline, seen, tmp_path):
    text = baseline.read_text(encoding="utf-8")
    for name, content, says in (
        ("seen.json", '{"y_true": [1], "y_pred": [2]}', "found none"),
        ("cut.json", text[: len(text) // 3], "damaged one"),
        ("list.json", "[]", "found none"),
        ("later.json", text.replace('"schema_version": 1', '"schema_version": 9', 1), "found 9"),
        ("deep.json", "[" * 100_000, "damaged one"),
    ):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        for more in ((), ("--update-baseline",)):
            assert fails(semdepth("check", head, "--baseline", path, *more), says)
            assert path.read_text(encoding="utf-8") == content
    assert fails(semdepth("check", head, "--baseline", seen[1]), "damaged one")
    assert fails(semdepth("check", head, "--baseline", tmp_path / "no.json"), "unreadable")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "neither rules nor a baseline"),
        (("--max-sd-drop", "1"), "found max-sd-drop alone"),
        (("--update-baseline",), "expected --baseline PATH with --update-baseline"),
        (("--accept",), "expected --accept with --update-baseline"),
        (("--min-sd", "nan"), "found nan"),
        (("--min-accuracy", "0.5"), "expected predictions of the model"),
    ],
)
def test_what_cannot_be_checked_is_exit_code_1(semdepth, head, options, says):
    assert fails(semdepth("check", head, *options), says)
