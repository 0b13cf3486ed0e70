"""A comparison as files: whole or nothing, tables that read back, the same bytes, the page."""

import base64
import csv
import gzip
import html
import json
import re
from dataclasses import asdict, replace
from functools import cache
from itertools import combinations
from math import isnan, sqrt

import numpy as np
import pyarrow.parquet
import pytest
from matplotlib import image as images

from builders import ODD_NAMES, fails
from compared import BROKEN, CLASSES, NAN, compared, undefined
from rendered import text_boxes
from semdepth import ClassifierHead, Report, analyze, write_report
from semdepth.association import Association, associate
from semdepth.errors import OptionError, ReadError, WriteError
from semdepth.reading.comparisons import is_comparison, read_comparison
from semdepth.writing import figures
from semdepth.writing.comparisons import alignment_table, models_table, write_comparison
from semdepth.writing.report.comparison_view import association_sentence, comparison_view
from semdepth.writing.report.view.columns import tidy

HOSTILE = ("</script><img src=x onerror=alert(1)>", *ODD_NAMES, "=1+1", "two\nlines", "n" * 300)
FILES = {
    "comparison.json",
    "report.html",
    "models.csv",
    "models.parquet",
    "pairs.csv",
    "alignment.csv",
}


@cache
def of(number, *, predicted=True):
    names = HOSTILE if number == len(HOSTILE) else [f"model {k}" for k in range(number)]
    return compared(names, predicted=predicted, failed=[BROKEN])


@pytest.fixture(scope="module")
def six():
    return of(6)


@pytest.fixture
def folder(six, tmp_path):
    write_comparison(six, tmp_path / "out", figures=False)
    return tmp_path / "out"


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# The folder


def test_everything_that_is_promised_is_written(six, tmp_path):
    written = write_comparison(six, tmp_path / "out")
    assert sorted(written) == sorted(tmp_path / "out" / name for name in contents(tmp_path / "out"))
    drawn = {
        f"figures/{name}.{form}"
        for name in ("ranking", "alignment", "depth-accuracy", "depth-compliance")
        for form in ("png", "svg")
    }
    assert set(contents(tmp_path / "out")) == FILES | drawn


def test_what_is_not_wanted_is_not_written(six, tmp_path):
    write_comparison(six, tmp_path / "out", figures=False, report=False)
    assert set(contents(tmp_path / "out")) == FILES - {"report.html"}


def test_the_models_table_reads_back(six, folder):
    found = rows_of(folder / "models.csv")
    assert len(found) == len(six.rows) + 1
    for row, told in zip(six.rows, found, strict=False):
        for name, value in asdict(row).items():
            if isinstance(value, float):
                assert told[name] == ("" if isnan(value) else repr(value)), name
            else:
                assert told[name] == str(value), name
    for clusterer in six.clusterers:
        by_depth = sorted(six.by(clusterer), key=lambda row: -row.sd)
        ranks = {t["model"]: float(t["rank"]) for t in found if t["clusterer"] == clusterer}
        depths = [row.sd for row in by_depth]
        for row in by_depth:
            first = depths.index(row.sd) + 1
            assert ranks[row.model] == first + (depths.count(row.sd) - 1) / 2


def test_a_model_that_failed_is_a_row_with_its_error(folder):
    last = rows_of(folder / "models.csv")[-1]
    assert {name: text for name, text in last.items() if text} == {
        "model": BROKEN.model,
        "error": BROKEN.error,
    }


def test_parquet_has_the_same_rows(six, folder):
    table = pyarrow.parquet.read_table(folder / "models.parquet")
    told = models_table(six)
    assert table.column_names == list(told.types)
    assert [tuple(row.values()) for row in table.to_pylist()] == told.rows
    kinds = {name: str(table.schema.field(name).type) for name in ("sd", "clusters", "converged")}
    assert kinds == {"sd": "double", "clusters": "int64", "converged": "bool"}


def test_every_pair_is_a_row_of_its_table(six, folder):
    found = rows_of(folder / "pairs.csv")
    expected = [(c, a, b) for c in six.clusterers for a, b in combinations(six.models, 2)]
    assert [(row["clusterer"], row["first"], row["second"]) for row in found] == expected
    depths = {(row.clusterer, row.model): row.sd for row in six.rows}
    for row in found:
        first, second = (depths[row["clusterer"], row[name]] for name in ("first", "second"))
        assert float(row["sd_first"]) == pytest.approx(first)
        assert float(row["difference"]) == pytest.approx(second - first)
        assert float(row["low"]) <= float(row["difference"]) <= float(row["high"])
        assert 0 < float(row["p"]) <= float(row["adjusted_p"]) <= 1


def test_the_alignment_is_a_square_table(six, folder):
    found = rows_of(folder / "alignment.csv")
    assert [row["model"] for row in found] == list(six.models)
    cells = [[float(row[name]) for name in six.models] for row in found]
    assert np.array_equal(cells, six.alignment)


def test_a_model_called_model_does_not_shift_the_alignment():
    table = alignment_table(compared(["model", "other"]))
    assert len(table.types) == len(table.rows[0]) == 3


def test_the_same_comparison_gives_the_same_bytes(six, tmp_path):
    for name in ("one", "two"):
        write_comparison(six, tmp_path / name)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    page = (tmp_path / "one/report.html").read_text(encoding="utf-8")
    assert str(tmp_path) not in page
    assert str(tmp_path) not in json.dumps(comparison_view(six))


def test_an_earlier_comparison_is_replaced(six, folder):
    (folder / "mine.txt").write_text("kept", encoding="utf-8")
    write_comparison(of(2), folder, figures=False, report=False)
    assert set(contents(folder)) == (FILES - {"report.html"}) | {"mine.txt"}
    assert read_comparison(folder).models == of(2).models


@pytest.mark.parametrize("name", ["comparison.json", "models.csv", "figures", "report.html"])
def test_a_folder_of_other_origin_is_left_alone(six, tmp_path, name):
    (tmp_path / name).write_text('{"schema": "another"}', encoding="utf-8")
    with pytest.raises(WriteError, match="of other origin"):
        write_comparison(six, tmp_path)
    assert contents(tmp_path) == {name: b'{"schema": "another"}'}


def test_an_input_is_never_written_over(six, folder):
    before = contents(folder)
    with pytest.raises(WriteError, match="input"):
        write_comparison(of(2), folder, figures=False, inputs=[folder / "models.csv"])
    assert contents(folder) == before


def test_all_or_nothing(six, folder, monkeypatch):
    before = contents(folder)

    def fails(comparison):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(figures, "plot_alignment", fails)
    with pytest.raises(RuntimeError, match="in the middle"):
        write_comparison(of(2), folder)
    assert contents(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["out"]


def test_progress_tells_of_every_figure(six, tmp_path):
    told = []
    write_comparison(six, tmp_path / "out", progress=lambda *step: told.append(step))
    assert ("figures", 4, 4) in told


@pytest.mark.parametrize("number", [1, 2, len(HOSTILE), 60])
def test_few_and_many_models_and_odd_names_are_written(number, tmp_path):
    comparison = of(number)
    write_comparison(comparison, tmp_path / "out", figures=number < 3)
    told = rows_of(tmp_path / "out/models.csv")
    assert [row["model"] for row in told[:-1]] == [row.model for row in comparison.rows]
    assert read_comparison(tmp_path / "out").to_dict() == comparison.to_dict()


# Reading back


def test_a_comparison_comes_back_as_it_was(six, folder):
    for path in (folder, folder / "comparison.json"):
        assert is_comparison(path)
        assert read_comparison(path).to_dict() == six.to_dict()
    assert np.array_equal(read_comparison(folder).alignment, six.alignment)


def test_undefined_numbers_come_back_undefined(six, tmp_path):
    lost = undefined(six)
    write_comparison(lost, tmp_path / "out", figures=False)
    back = read_comparison(tmp_path / "out")
    assert back.to_dict() == lost.to_dict()
    assert isnan(back.by("whole")[-1].sd)
    assert np.isnan(back.alignment[-1]).all()


def change(document, path, value):
    *way, last = path
    for step in way:
        document = document[step]
    if value is None:
        del document[last]
    else:
        document[last] = value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["models"], None),
        (["models"], 5),
        (["models"], []),
        (["models", 0], "model 1"),
        (["models", 0], 7),
        (["rows"], [1, 2]),
        (["rows"], []),
        (["rows", 0], None),
        (["rows", 0, "sd"], "deep"),
        (["rows", 0, "clusters"], 2.5),
        (["rows", 0, "model"], "another"),
        (["rows", 0, "unknown"], 1),
        (["alignment"], [[1.0]]),
        (["alignment", 0], [1.0]),
        (["alignment", 0, 0], "one"),
        (["tests", 0, "first"], "another"),
        (["tests", 0, "difference"], []),
        (["tests"], "none"),
        (["stability"], {}),
        (["stability"], 3),
        (["associations", 0], {}),
        (["failed"], [{}]),
        (["labels"], 5),
        (["schema_version"], None),
        (["schema_version"], 99),
        (["schema"], "semdepth/analysis"),
    ],
)
def test_a_damaged_comparison_is_one_line(folder, path, value):
    file = folder / "comparison.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    change(document, path, value)
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ReadError) as raised:
        read_comparison(folder)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'{"schema": 1}']
)
def test_what_is_no_comparison_is_refused(tmp_path, content):
    (tmp_path / "comparison.json").write_bytes(content)
    assert not is_comparison(tmp_path)
    with pytest.raises(ReadError, match="expected a comparison"):
        read_comparison(tmp_path)


def test_a_file_cut_off_anywhere_is_refused(folder):
    file = folder / "comparison.json"
    whole = file.read_bytes()
    for kept in range(0, len(whole) - 3, len(whole) // 40):
        file.write_bytes(whole[:kept])
        with pytest.raises(ReadError):
            read_comparison(folder)


def test_nothing_there_is_one_line(tmp_path):
    assert not is_comparison(tmp_path / "none")
    with pytest.raises(ReadError, match="unreadable"):
        read_comparison(tmp_path / "none")


# Figures


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        *((number, "predicted") for number in (1, 2, 6, len(HOSTILE), 60)),
        *((number, "bare") for number in (1, 6)),
        *((number, "undefined") for number in (1, 2, 6, 60)),
    ],
)
def test_figures_are_drawn_for_any_comparison(tmp_path, number, kind):
    comparison = of(number, predicted=kind != "bare")
    if kind == "undefined":
        comparison = undefined(comparison)
    drawings = {
        "ranking": lambda: figures.plot_ranking(comparison),
        "alignment": lambda: figures.plot_alignment(comparison),
        "explained": lambda: figures.plot_scatter(comparison),
        "taxonomy": lambda: figures.plot_scatter(comparison, "taxonomy_alignment"),
        "severity": lambda: figures.plot_scatter(comparison, "severity_depth", clusterer="whole"),
    }
    for name, draw in drawings.items():
        drawn = draw()
        path = tmp_path / f"{name}.png"
        path.write_bytes(figures.render(drawn, "png"))
        picture = images.imread(path)
        assert picture.shape[0] > 50, name
        assert picture.min() < picture.max(), name
        assert figures.render(drawn, "svg").lstrip().startswith(b"<?xml"), name


@pytest.mark.parametrize("plot", [figures.plot_ranking, figures.plot_alignment])
def test_names_with_dollars_are_drawn_as_they_are(plot):
    ax = plot(of(len(HOSTILE)))
    labels = [*ax.get_yticklabels(), *(ax.get_xticklabels() if len(ax.images) else ())]
    assert any("$" in label.get_text() for label in labels)
    assert not any(label.get_parse_math() for label in labels)


@pytest.mark.parametrize("number", [1, 6])
def test_chance_is_named_within_the_page(number):
    figure = figures.plot_ranking(of(number)).figure
    boxes = [box for text, box in text_boxes(figure, 100) if text == "chance"]
    assert len(boxes) == 1
    assert boxes[0].x0 >= 0
    assert boxes[0].x1 <= figure.bbox.x1


def test_a_score_that_there_is_not_is_refused(six):
    with pytest.raises(OptionError, match="expected a score out of"):
        figures.plot_scatter(six, "beauty")


# The page


def data_of(page):
    packed = re.search(r'id="report-data">([^<]*)<', page)[1]
    return json.loads(gzip.decompress(base64.b64decode(packed)))


def test_the_page_holds_what_was_compared(six):
    shown = data_of(Report(six).html())
    assert shown == json.loads(json.dumps(comparison_view(six)))
    for clusterer in six.clusterers:
        for at, row in enumerate(six.by(clusterer)):
            told = {name: column[at] for name, column in shown["rows"][clusterer].items()}
            assert told.pop("rank") == six.ranks(clusterer)[row.model]
            expected = {**asdict(row)}
            del expected["model"], expected["clusterer"]
            assert told == tidy(expected)
    tests = shown["tests"]["affinity"]
    pairs = [(test.first, test.second) for test in six.tests if test.clusterer == "affinity"]
    named = [
        (shown["models"][a], shown["models"][b])
        for a, b in zip(tests["first"], tests["second"], strict=True)
    ]
    assert named == pairs
    assert sorted(shown["alignment"]["order"]) == list(range(6))
    assert np.allclose(shown["alignment"]["cells"], six.alignment, atol=5e-5)
    assert shown["failed"] == [asdict(BROKEN)]


@pytest.mark.parametrize("number", [1, 2, 60])
def test_the_page_of_few_and_many_has_no_undefined_number(number):
    text = json.dumps(comparison_view(undefined(of(number))), allow_nan=False)
    assert json.loads(text)["models"] == list(of(number).models)


def test_the_pages_policy_is_the_reports(six):
    analysis = analyze(ClassifierHead(CLASSES, np.eye(len(CLASSES)), "fc"))
    policies = [
        re.search(r'Content-Security-Policy" content="([^"]*)"', html.unescape(page))[1]
        for page in (Report(six).html(), Report(analysis).html())
    ]
    assert len(set(policies)) == 2
    assert len({re.sub(r"sha256-[^']*", "", policy) for policy in policies}) == 1


def test_the_summary_tells_every_model_without_a_script():
    text = Report(of(len(HOSTILE)), command="semdepth compare x").html()
    body = text.split('<script type="application/octet-stream"')[0]
    assert "<img src=x" not in body
    told = html.unescape(body)
    for row in of(len(HOSTILE)).by("affinity"):
        assert row.model in told
        assert f"<td>{row.sd:.3g}</td>" in told
    assert f"{BROKEN.model} failed: {BROKEN.error}" in told
    assert "semdepth compare x" in told


def test_the_pages_title_is_the_models_or_their_number():
    assert Report(of(2)).title == "model 0 and model 1"
    assert Report(of(6)).title == "6 models compared"
    assert repr(Report(of(6))) == "Report('6 models compared')"


def test_a_comparison_shows_itself_in_a_notebook(six):
    assert Report(six)._repr_html_().startswith("<iframe")


def test_a_comparison_takes_no_images(six, tmp_path):
    with pytest.raises(OptionError, match="without images"):
        Report(six, images=tmp_path)


def test_a_page_replaces_a_page_and_nothing_else(six, tmp_path):
    path = write_report(six, tmp_path / "page.html")
    write_report(of(2), path)
    assert data_of(path.read_text(encoding="utf-8"))["title"] == "model 0 and model 1"
    (tmp_path / "notes.html").write_text("mine", encoding="utf-8")
    with pytest.raises(WriteError, match="of other origin"):
        write_report(six, tmp_path / "notes.html")


def test_the_command_shows_a_comparison(semdepth, six, folder, tmp_path):
    code, _, err = semdepth("report", folder, "-o", tmp_path / "r.html")
    assert code == 0, err
    shown = data_of((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert shown["models"] == list(six.models)
    assert shown["command"].startswith("semdepth report")
    # Two comparisons are no pair of analyses.
    assert fails(semdepth("report", folder, folder, "-o", tmp_path / "two.html"), "analysis.json")
    assert not (tmp_path / "two.html").exists()


# Its sentences


def test_headlines_name_the_deepest_and_the_shallowest(six):
    told = comparison_view(six)["headlines"]["whole"]
    by_depth = sorted(six.by("whole"), key=lambda row: row.sd)
    assert by_depth[-1].model in told[0]
    assert f"{by_depth[-1].sd:.2f}" in told[0]
    assert by_depth[0].model in told[1]


def test_so_few_permutations_that_no_pair_could_differ_are_told_of(six):
    # 15 pairs, 50 permutations: the least p-value is 1/51, adjusted 15/51.
    told = " ".join(comparison_view(six)["headlines"]["whole"])
    assert "No pair could" in told
    assert "at least 300 permutations" in told
    assert "No pair could" not in " ".join(comparison_view(of(2))["headlines"]["whole"])


@pytest.mark.parametrize(
    ("correlation", "interval", "p", "words"),
    [
        (0.9, (0.8, 0.95), 0.001, "tend to have a greater accuracy: "),
        (-0.9, (-0.95, -0.8), 0.001, "tend to have a smaller accuracy: "),
        (0.4, (-0.1, 0.8), 0.001, "cannot be told"),
        (0.4, (0.1, 0.8), 0.2, "cannot be told"),
    ],
)
def test_a_relation_is_told_only_beyond_chance(correlation, interval, p, words):
    one = Association("affinity", ("sd", "accuracy"), "", 40, correlation, interval, p)
    told = association_sentence(one)
    assert words in told
    assert f"{correlation:+.2f} [{interval[0]:+.2f}, {interval[1]:+.2f}]" in told
    assert "40 models" in told


def test_an_undefined_relation_says_why():
    one = Association("affinity", ("sd", "explained"), "", 3, NAN, (NAN, NAN), NAN, "too few")
    assert association_sentence(one).endswith("undefined, as too few.")


def test_few_models_are_cautioned_with_what_chance_reaches(six):
    shown = comparison_view(six)["associations"]
    alone, given = (next(one for one in shown if bool(one["given"]) == at) for at in (False, True))
    # Spearman's standard error without a relation is 1 / sqrt(n - 1), and a third costs one.
    assert f"±{1.96 / sqrt(5):.2f}" in alone["caution"]
    assert f"±{1.96 / sqrt(4):.2f}" in given["caution"]
    columns = {name: np.random.default_rng(0).normal(size=31) for name in ("sd", "accuracy")}
    many = replace(six, associations=(associate("affinity", ("sd", "accuracy"), columns),))
    assert comparison_view(many)["associations"][0]["caution"] == ""


def test_chance_reaches_about_so_far():
    # The bound itself, against 2,000 rankings dealt at random.
    random = np.random.default_rng(7)
    for n in (6, 12):
        found = [np.corrcoef(np.arange(n), random.permutation(n))[0, 1] for _ in range(2_000)]
        assert np.mean(np.abs(found) > 1.96 / sqrt(n - 1)) == pytest.approx(0.05, abs=0.03)
