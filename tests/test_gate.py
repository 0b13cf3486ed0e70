"""The gate: every rule by hand, and the forms that continuous integration reads."""

import json
import re
from dataclasses import replace
from math import inf, nan
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from builders import (
    BIKE,
    BOXER,
    BUS,
    CAR,
    OTHER_PATH,
    PATH,
    POODLE,
    SIAMESE,
    analysed,
    counted,
)
from semdepth.analysis import analyze
from semdepth.clustering import Whole
from semdepth.difference import diff
from semdepth.errors import OptionError, WriteError
from semdepth.gate import Check, Judgement, Rules, judge, judge_first
from semdepth.reading.analyses import read_analysis
from semdepth.similarity import semantic_similarity, structural_from_cosine
from semdepth.writing.baselines import write_baseline
from semdepth.writing.judgements import (
    FORMATS,
    github_annotations,
    is_judgement,
    judgement_json,
    junit_xml,
    line_text,
)
from semdepth.writing.results import write_analysis


@pytest.fixture(scope="module")
def good(pets):
    return analysed(pets, PATH, "good")


@pytest.fixture(scope="module")
def worse(pets):
    return analysed(pets, OTHER_PATH, "worse")


@pytest.fixture(scope="module")
def confused(pets):
    """Four errors of five in pairs that the path has, the poodle and the bus mixed up besides."""
    counts = counted(pets.labels, {(CAR, BUS): 9, (POODLE, BOXER): 9, (POODLE, BUS): 5})
    return analysed(pets, PATH, "confused", confusion=counts)


def outcome(judgement):
    return {check.rule: check.passed for check in judgement.checks}


@pytest.mark.parametrize(
    ("rules", "rule", "limit"),
    [
        (lambda x: Rules(min_sd=x), "min-sd", 13 / 6),
        (lambda x: Rules(min_compliance=x), "min-compliance", None),
        (lambda x: Rules(min_compliance=x, neighbourhood="extended"), "min-compliance", None),
        (lambda x: Rules(min_accuracy=x), "min-accuracy", 630 / 653),
        (lambda x: Rules(min_normalised=x), "min-normalised", None),
    ],
)
def test_at_least_is_at_least(confused, rules, rule, limit):
    judged = getattr(confused.mistakes, rules(0).neighbourhood)
    limit = {
        "min-compliance": judged.found.confusions_explained,
        "min-normalised": confused.chance.normalised,
    }.get(rule, limit)
    assert outcome(judge(confused, rules(limit))) == {rule: True}
    assert outcome(judge(confused, rules(limit + 1e-6))) == {rule: False}


def test_unexplained_by_number_and_by_share(confused):
    counts = confused.mistakes.verdicts.counts()
    # Of the confused pairs only poodle and bus are neither of a kind nor seen as alike; with one
    # cluster of all seven, every pair is seen as alike, so none is.
    assert counts["unexplained"] == 0
    verdicts = replace(
        confused.mistakes.verdicts,
        verdicts=np.array(["unexplained", "unexplained", "kin", "latent"]),
    )
    model = replace(confused, mistakes=replace(confused.mistakes, verdicts=verdicts))
    for limit, passed in ((2, True), (1, False), (2 / 3, True), (0.66, False), (1.0, True)):
        (check,) = judge(model, Rules(max_unexplained=limit)).checks
        assert check.passed == passed, limit
        assert check.found.startswith("2 of 3 confused pairs unexplained")


def test_a_drop_is_measured_from_the_baseline(good, worse):
    # 13 / 6 - 11 / 6 = 1 / 3
    for limit, passed in ((1 / 3, True), (0.33, False), (inf, True), (0, False)):
        assert outcome(judge(worse, Rules(max_sd_drop=limit), good)) == {"sd-drop": passed}
    assert outcome(judge(good, Rules(max_sd_drop=0), worse)) == {"sd-drop": True}


def test_without_a_limit_a_drop_must_be_significant_to_fail(good, worse):
    found = judge(worse, None, good)
    # One edge of six: no test of seven classes can tell.
    assert found.passed
    assert found.line.startswith("passed, SD 1.83 (-0.33 from the baseline's 2.17, p = 0.")
    assert found.line.endswith("), no significant drop (p < 0.05)")


@pytest.fixture(scope="module")
def mini_pair(mini):
    """Mini-ImageNet's classes as WordNet has them, and as a random network does."""
    templates = np.random.default_rng(0).normal(size=(100, 16))
    templates /= np.linalg.norm(templates, axis=1, keepdims=True)
    similarities = (
        semantic_similarity(mini, "wup"),
        structural_from_cosine(mini.labels, templates @ templates.T),
    )
    return [analyze(one, placement=mini, permutations=400) for one in similarities]


def test_a_significant_drop_fails_and_a_significant_rise_does_not(mini_pair):
    semantic, random = mini_pair
    failed = judge(random, None, semantic)
    assert outcome(failed) == {"sd-drop": False}
    assert failed.line.startswith("failed: SD ")
    assert "expected no significant drop (p < 0.05)" in failed.line
    assert judge(semantic, None, random).passed
    # A limit takes the test's place.
    assert judge(random, Rules(max_sd_drop=inf), semantic).passed


def test_the_test_is_that_of_the_baselines_permutations_and_seed(good, worse):
    baseline = replace(good, seed=5, graph=good.graph)
    found = diff(good, worse, permutations=20, seed=5).depth
    assert found.p_value != diff(good, worse, permutations=20, seed=42).depth.p_value
    (check,) = judge(replace(worse, seed=5), None, baseline).checks
    assert f"p = {found.p_value:.2g})" in check.found


def test_compliance_is_compared_where_both_have_predictions(pets, confused):
    assert outcome(judge(confused, None, confused)) == {"sd-drop": True, "compliance-drop": True}
    counts = counted(pets.labels, {(POODLE, BUS): 9, (SIAMESE, BIKE): 9, (BOXER, CAR): 9})
    other = analysed(pets, PATH, confusion=counts)
    by = (
        confused.mistakes.direct.found.confusions_explained
        - other.mistakes.direct.found.confusions_explained
    )
    assert by > 0
    assert outcome(judge(other, Rules(max_compliance_drop=by), confused))["compliance-drop"]
    assert not outcome(judge(other, Rules(max_compliance_drop=by / 2), confused))["compliance-drop"]
    bare = analysed(pets, PATH)
    found = judge(bare, None, confused)
    assert outcome(found) == {"sd-drop": True}
    assert found.notes == ("only 'confused' has predictions: confusions are not compared",)


def test_accuracy_is_compared(pets, confused):
    other = analysed(pets, PATH, confusion=counted(pets.labels, {(CAR, BUS): 60}))
    by = 630 / 653 - 630 / 690
    for limit, passed in ((by, True), (by - 1e-6, False)):
        found = judge(other, Rules(max_accuracy_drop=limit), confused)
        assert outcome(found)["accuracy-drop"] == passed


def test_every_rule_that_failed_is_named_in_one_line(confused):
    found = judge(confused, Rules(min_sd=3, min_accuracy=0.5, min_normalised=2))
    assert not found.passed
    assert found.line.startswith("failed: SD 2.17, expected at least 3; normalised SD ")
    assert found.line.endswith(", expected at least 2")
    assert "accuracy" not in found.line
    assert repr(found) == f"Judgement('confused': {found.line})"


def test_what_is_undefined_does_not_pass(pets):
    unplaced = replace(pets, concepts=np.full(7, -1, dtype=np.int32))
    model = analysed(unplaced, PATH)
    (check,) = judge(model, Rules(min_sd=0)).checks
    assert (check.passed, check.found) == (False, "SD undefined")
    for rules in (None, Rules(max_sd_drop=inf)):
        (check,) = judge(model, rules, model).checks
        assert not check.passed
        assert "no edges between these classes" in check.found


def test_the_first_baseline_is_held_to_what_needs_none(good):
    found = judge_first(good, Rules(min_sd=2, max_sd_drop=0.1))
    assert found.line == "passed, SD 2.17, at least 2; SD 2.17, the first baseline"
    assert not judge_first(good, Rules(min_sd=3)).passed


@pytest.mark.parametrize("rules", [None, Rules(), Rules(max_sd_drop=1)])
def test_nothing_to_hold_it_to(good, rules):
    with pytest.raises(OptionError, match="expected something to hold the model to"):
        judge(good, rules)


@pytest.mark.parametrize(
    "rules",
    [
        Rules(min_compliance=0),
        Rules(max_unexplained=5),
        Rules(min_accuracy=0),
        Rules(max_compliance_drop=1),
        Rules(max_accuracy_drop=1),
    ],
)
def test_rules_about_mistakes_need_predictions(good, rules):
    with pytest.raises(OptionError, match="expected predictions of the"):
        judge(good, rules, good)


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"min_sd": nan}, "min-sd to be a number, found nan"),
        ({"max_sd_drop": -0.1}, "max-sd-drop to be a number from 0 on, found -0.1"),
        ({"max_sd_drop": nan}, "from 0 on, found nan"),
        ({"neighbourhood": "near"}, "found 'near'"),
    ],
)
def test_limits_that_no_model_could_be_held_to(limits, says):
    with pytest.raises(OptionError, match=says):
        Rules(**limits)


def test_like_is_compared_with_like(pets, good):
    with pytest.raises(OptionError, match="as the baseline was, found different seeds: 42 and 7"):
        judge(analysed(pets, PATH, seed=7), None, good)


def test_other_classes_are_an_error_unless_allowed(pets, good):
    labels = tuple(label for label in pets.labels if label != "bike")
    fewer = analyze(
        good.similarity.select(labels),
        placement=pets.select(labels),
        clusterer=Whole(),
        permutations=20,
    )
    says = r"the 7 classes of the baseline, found 6 of which 1 are in one of the two only: 'bike'"
    with pytest.raises(OptionError, match=says):
        judge(fewer, None, good)
    found = judge(fewer, None, good, shared_classes=True)
    assert found.passed
    assert found.notes[0].startswith("different classes: 6 are shared")


# Forms

HOSTILE = 'a<b> & "c":d,e%\r\n\x00\x1b\ud7ff\ufffe'


@pytest.fixture(scope="module")
def hostile():
    checks = (
        Check("min-sd", False, f"SD 1 {HOSTILE}", "at least 7"),
        Check("sd-drop", True, "SD 1", "no significant drop"),
    )
    return Judgement(HOSTILE, "base", checks)


def test_junit_is_what_ci_servers_read(hostile):
    root = ElementTree.fromstring(junit_xml(hostile).encode())
    assert root.tag == "testsuites"
    (suite,) = root
    assert suite.tag == "testsuite"
    cases = suite.findall("testcase")
    for element in (root, suite):
        assert element.attrib["tests"] == str(len(cases)) == "2"
        assert element.attrib["failures"] == str(len(suite.findall("testcase/failure"))) == "1"
        assert element.attrib["errors"] == element.attrib["skipped"] == "0"
        float(element.attrib["time"])
    for case, check in zip(cases, hostile.checks, strict=True):
        assert case.attrib["name"] == check.rule
        assert case.attrib["classname"].startswith("semdepth.")
        assert {child.tag for child in case} <= {"failure", "system-out"}
        assert (case.find("failure") is None) == check.passed
    message = cases[0].find("failure").attrib["message"]
    assert 'SD 1 a<b> & "c":d,e%' in message
    assert "\ufffd" in message
    assert message.endswith("expected at least 7")


def test_annotations_are_workflow_commands(hostile):
    text = github_annotations(hostile)
    # Only the rule that failed, in one line, whatever the names hold.
    assert text.count("\n") == 1
    command, _, message = text.removesuffix("\n").partition(" title=")
    assert command == "::error"
    title, _, data = message.partition("::")
    assert ":" not in title
    assert "," not in title
    assert title.startswith('semdepth%2C a<b> & "c"%3Ad%2Ce%25%0D%0A')
    assert data.startswith('SD 1 a<b> & "c":d,e%25%0D%0A')
    passed = replace(hostile, checks=hostile.checks[1:])
    assert github_annotations(passed).startswith("::notice title=semdepth%2C ")
    assert github_annotations(passed).endswith("%3A passed::SD 1, no significant drop\n")


def test_json_is_all_of_it(hostile):
    data = json.loads(judgement_json(hostile))
    assert (data["schema"], data["schema_version"]) == ("semdepth/check", 1)
    assert data["passed"] is False
    assert [check["rule"] for check in data["checks"]] == ["min-sd", "sd-drop"]


@pytest.mark.parametrize("form", [line_text, junit_xml, github_annotations, judgement_json])
def test_an_earlier_outcome_is_known(good, worse, tmp_path, form):
    path = tmp_path / "outcome"
    for judgement in (judge(good, Rules(min_sd=9)), judge(good, None, worse)):
        path.write_text(form(judgement), encoding="utf-8")
        assert is_judgement(path)
    path.write_text("notes of my own on semdepth", encoding="utf-8")
    assert not is_judgement(path)


# Baselines


def test_a_baseline_is_a_file_or_in_a_folder(good, worse, tmp_path):
    for path, file in (("b.json", "b.json"), ("release", "release/analysis.json")):
        for analysis in (good, worse):
            assert write_baseline(analysis, tmp_path / path) == [tmp_path / file]
            assert read_analysis(tmp_path / path).subject.title == analysis.subject.title
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.json", "release"]


def test_a_whole_result_stays_whole(good, worse, tmp_path):
    folder = tmp_path / "out"
    write_analysis(good, folder, figures=False)
    before = {path.name for path in folder.iterdir()}
    for path in (folder, folder / "analysis.json"):
        write_baseline(worse, path)
        assert {path.name for path in folder.iterdir()} == before
        assert read_analysis(folder).similarity.values[POODLE, BIKE] == 0.95
        assert "0.95" in (folder / "edges.csv").read_text()


def test_what_is_no_baseline_is_left_alone(good, tmp_path):
    path = tmp_path / "predictions.json"
    path.write_text('{"y_true": 1}')
    with pytest.raises(WriteError, match="other origin"):
        write_baseline(good, path)
    assert path.read_text() == '{"y_true": 1}'
    write_analysis(good, tmp_path / "out", figures=False)
    (tmp_path / "out" / "analysis.json").rename(tmp_path / "out" / "base.json")
    with pytest.raises(WriteError, match=r"similarity\.npy"):
        write_baseline(good, tmp_path / "out" / "base.json")


def test_a_baseline_from_a_file_judges_as_it_did(good, worse, tmp_path):
    write_baseline(good, tmp_path / "b.json")
    assert judge(worse, None, read_analysis(tmp_path / "b.json")) == judge(worse, None, good)


# The page

PAGE = (Path(__file__).parents[1] / "docs/release-gate.md").read_text(encoding="utf-8")


def test_the_python_of_the_page_runs(capsys):
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    exec(compile(block, "docs/release-gate.md", "exec"), {})
    assert capsys.readouterr().out.startswith(("passed, SD ", "failed: SD "))


def test_the_page_names_every_rule_and_form():
    rules = [name for name in Rules.__slots__ if name != "neighbourhood"]
    options = [f"--{name.replace('_', '-')}" for name in rules]
    options += ["--neighbourhood", "--shared-classes", "--update-baseline", "--accept", "-o"]
    assert not [option for option in options if option not in PAGE]
    assert not [form for form in FORMATS if form != "line" and f"--format {form}" not in PAGE]
