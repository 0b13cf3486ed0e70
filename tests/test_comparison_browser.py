"""A comparison's page in a real Chromium: alone on disk, sorted, switched, marked, read by all."""

import csv
import re
from functools import cache

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from builders import ODD_NAMES
from compared import BROKEN, compared, undefined
from semdepth import Report, write_report

pytestmark = pytest.mark.browser

ATTACK = "</script><img src=x onerror=alert(1)>"
HOSTILE = (ATTACK, *ODD_NAMES, "=1+1", "n" * 300, "a\nb")
MADE = {
    "one": lambda: compared(["alone"]),
    "two": lambda: compared(["old", "new"], predicted=False),
    "eight": lambda: compared([f"model {k}" for k in range(8)], failed=[BROKEN]),
    "hostile": lambda: undefined(compared(HOSTILE, failed=[BROKEN])),
    "many": lambda: compared([f"run {k // 10}/epoch {k}" for k in range(60)]),
}


@cache
def comparison(name):
    return MADE[name]()


@pytest.fixture(scope="session")
def page_of(tmp_path_factory):
    """``page_of("eight")``: the page on disk, made once."""
    folder = tmp_path_factory.mktemp("comparisons")

    def made(name):
        path = folder / f"{name}.html"
        if not path.exists():
            write_report(comparison(name), path, command=f"semdepth compare {name}")
        return path

    return made


def part(page, title):
    """A part of the page, by its heading."""
    return page.get_by_role("region", name=title, exact=True)


def column(page, number):
    """The cells of a column of the table of models."""
    rows = part(page, "Models").locator("tbody tr").all()
    return [row.locator("td").nth(number).inner_text() for row in rows]


def depths(name, clusterer):
    return {row.model: row.sd for row in comparison(name).by(clusterer)}


def point(page, model):
    return page.locator(".point").and_(page.get_by_role("button", name=re.compile(f"^{model}:")))


@pytest.mark.parametrize(
    ("name", "scheme"),
    [*((name, "light") for name in MADE), ("eight", "dark"), ("hostile", "dark")],
)
def test_it_opens_from_disk_silent_accessible_and_within_any_window(watch, page_of, name, scheme):
    with watch(offline=True, color_scheme=scheme, reduced_motion="reduce") as seen:
        seen.open(page_of(name))
        assert not seen.page.locator(".failed").count()
        found = Axe().run(seen.page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == []
        for width in (360, 1280, 2560):
            seen.page.set_viewport_size({"width": width, "height": 800})
            wide = seen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, width
        assert seen.messages == []
        assert seen.outside == []


def test_accessibility_has_no_finding_once_everything_is_open_and_marked(watch, page_of):
    with watch(viewport={"width": 390, "height": 800}) as seen:
        seen.open(page_of("eight"))
        for summary in seen.page.locator("summary").all():
            summary.click()
        seen.page.get_by_label("All columns").check()
        part(seen.page, "Models").get_by_role("button", name="Mark model 3").click()
        found = Axe().run(seen.page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == []
        assert seen.messages == []


def test_models_are_sorted_by_any_column(watch, page_of):
    by_depth = depths("eight", "affinity")
    deepest_first = sorted(by_depth, key=by_depth.get, reverse=True)
    with watch() as seen:
        seen.open(page_of("eight"))
        assert column(seen.page, 0) == deepest_first
        told = list(map(float, column(seen.page, 2)))
        assert told == pytest.approx([by_depth[model] for model in deepest_first], abs=0.0051)
        heads = part(seen.page, "Models").get_by_role("columnheader")
        depth = heads.filter(has_text="Similarity Depth")
        depth.get_by_role("button").click()
        expect(depth).to_have_attribute("aria-sort", "ascending")
        assert column(seen.page, 0) == deepest_first[::-1]
        accuracy = {row.model: row.accuracy for row in comparison("eight").by("affinity")}
        right = heads.filter(has_text="Accuracy")
        right.get_by_role("button").click()
        expect(right).to_have_attribute("aria-sort", "descending")
        assert column(seen.page, 0) == sorted(accuracy, key=accuracy.get, reverse=True)


def test_switching_the_clusterer_changes_every_part(watch, page_of):
    with watch() as seen:
        seen.open(page_of("eight"))
        page = seen.page
        before = {title: part(page, title).inner_html() for title in ("Models", "Ranking")}
        page.get_by_role("combobox", name="Clusterer", exact=True).select_option("whole")
        expected = depths("eight", "whole")
        expect(part(page, "Ranking").locator(".key-own")).to_contain_text("whole")
        told = dict(zip(column(page, 0), map(float, column(page, 2)), strict=True))
        assert told == pytest.approx(expected, abs=0.0051)
        deepest = max(expected.values())
        assert f"Similarity Depth {deepest:.2f}" in page.locator("main").inner_text()
        for title, html in before.items():
            assert part(page, title).inner_html() != html, title
        ranks = comparison("eight").ranks("whole")
        first = part(page, "Ranking").locator("tbody tr").first
        assert ranks[first.get_by_role("button").inner_text()] == min(ranks.values())


def test_pairs_are_filtered_and_taken_away_as_csv(watch, page_of, tmp_path):
    tests = [test for test in comparison("eight").tests if test.clusterer == "affinity"]
    with watch() as seen:
        seen.open(page_of("eight"))
        pairs = part(seen.page, "Do two models differ?")
        pairs.get_by_label("Search this table").fill("7")
        with seen.page.expect_download() as taken:
            pairs.get_by_role("button", name=re.compile("Download CSV")).click()
        taken.value.save_as(tmp_path / "pairs.csv")
        with (tmp_path / "pairs.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    wanted = {(t.first, t.second): t for t in tests if "model 7" in (t.first, t.second)}
    assert {(row["first"], row["second"]) for row in rows} == set(wanted)
    for row in rows:
        test = wanted[row["first"], row["second"]]
        assert float(row["difference"]) == pytest.approx(test.difference.difference, abs=5e-5)
        assert float(row["adjusted_p"]) == pytest.approx(test.adjusted_p, rel=1e-5)
    adjusted = [float(row["adjusted_p"]) for row in rows]
    assert adjusted == sorted(adjusted)


def test_the_scatter_is_walked_by_keyboard_and_marks_everywhere(watch, page_of):
    by_depth = depths("eight", "affinity")
    order = sorted(by_depth, key=by_depth.get)
    with watch() as seen:
        seen.open(page_of("eight"))
        page = seen.page
        page.get_by_label("Beside Similarity Depth").focus()
        page.keyboard.press("Tab")
        expect(point(page, order[0])).to_be_focused()
        # One stop for all points: the next is outside of the plot.
        page.keyboard.press("Tab")
        expect(page.locator(".point:focus")).to_have_count(0)
        page.keyboard.press("Shift+Tab")
        expect(point(page, order[0])).to_be_focused()
        page.keyboard.press("End")
        row = next(r for r in comparison("eight").by("affinity") if r.model == order[-1])
        told = page.locator(".scatter .readout")
        expect(told).to_have_text(
            re.compile(
                rf"^{row.model}: Similarity Depth .*Confusions explained {row.explained:.3f}$"
            )
        )
        page.keyboard.press("ArrowLeft")
        expect(told).to_have_text(re.compile(f"^{order[-2]}: "))
        page.keyboard.press("Enter")
        marked = part(page, "Ranking").locator("tr.is-marked")
        expect(marked.get_by_role("button")).to_have_text([order[-2]])
        expect(part(page, "Models").locator("tr.is-chosen td").first).to_have_text(order[-2])
        page.keyboard.press("Escape")
        expect(marked).to_have_count(0)


def test_the_pointer_names_a_model_and_a_click_marks_it(watch, page_of):
    with watch(viewport={"width": 1280, "height": 900}) as seen:
        seen.open(page_of("eight"))
        page = seen.page
        for model in ("model 2", "model 5"):
            circle = point(page, model).locator("circle")
            circle.scroll_into_view_if_needed()
            circle.hover()
            told = page.locator(".scatter .readout")
            expect(told).to_have_text(re.compile(f"^{model}:"))
            circle.click()
            expect(point(page, model)).to_have_attribute("aria-pressed", "true")
        expect(part(page, "Ranking").locator("tr.is-marked")).to_have_count(2)


def test_the_scatter_shows_the_score_that_is_chosen(watch, page_of):
    with watch() as seen:
        seen.open(page_of("eight"))
        page = seen.page
        page.get_by_label("Beside Similarity Depth").select_option("accuracy")
        name = re.compile("^Accuracy against Similarity Depth by affinity")
        page.get_by_role("group", name=name).wait_for()
        # Up is more: points in the order of accuracy stand in the order of their heights.
        heights = {
            row.model: float(point(page, row.model).locator("circle").get_attribute("cy"))
            for row in comparison("eight").by("affinity")
        }
        accuracy = {row.model: row.accuracy for row in comparison("eight").by("affinity")}
        by_height = sorted(heights, key=heights.get, reverse=True)
        assert [accuracy[m] for m in by_height] == sorted(accuracy.values())


def test_the_heat_map_tells_a_pair_by_keyboard(watch, page_of):
    found = comparison("two")
    with watch() as seen:
        seen.open(page_of("two"))
        heat = seen.page.get_by_role("application")
        part(seen.page, "Do two models differ?").locator(".table-room").focus()
        for _ in range(30):
            seen.page.keyboard.press("Tab")
            if heat.evaluate("element => element === document.activeElement"):
                break
        expect(heat).to_be_focused()
        seen.page.keyboard.press("ArrowRight")
        expect(seen.page.locator(".alignment .readout")).to_have_text("old")
        seen.page.keyboard.press("ArrowRight")
        told = seen.page.locator(".alignment .readout")
        expect(told).to_have_text(f"old and new: {found.alignment[0, 1]:.2f}")


def test_of_many_models_the_ranking_shows_the_first_until_all_are_wanted(watch, page_of):
    with watch() as seen:
        seen.open(page_of("many"))
        ranking = part(seen.page, "Ranking")
        short = ranking.locator("tbody tr").count()
        assert short < 60
        ranking.get_by_role("button", name="Show all 60 models").click()
        expect(ranking.locator("tbody tr")).to_have_count(60)


def test_parts_that_one_model_cannot_have_are_left_out(watch, page_of):
    with watch() as seen:
        seen.open(page_of("one"))
        shown = seen.page.locator("section.part h2").all_inner_texts()
        assert shown == ["Models", "Ranking", "How this was made"]


def test_names_made_to_do_harm_are_shown_as_text(watch, page_of):
    asked = []
    with watch() as seen:
        seen.page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
        seen.open(page_of("hostile"))
        shown = part(seen.page, "Models").locator("tbody td:first-child bdi").all()
        assert {cell.text_content() for cell in shown} == set(HOSTILE)
        for model in (ATTACK, "=1+1"):
            part(seen.page, "Models").get_by_role(
                "button", name=f"Mark {model} in the pictures"
            ).click()
        for score in ("taxonomy_alignment", "accuracy"):
            seen.page.get_by_label("Beside Similarity Depth").select_option(score)
        assert BROKEN.error in seen.page.locator("main").inner_text()
        assert seen.page.locator("img").count() == 0
        assert asked == []
        assert seen.messages == []


def test_dark_and_light_are_the_readers_choice(watch, page_of):
    with watch(color_scheme="dark") as seen:
        seen.open(page_of("two"))
        image = seen.page.locator(".heat-image")
        dark = image.get_attribute("href")
        background = "getComputedStyle(document.body).backgroundColor"
        assert seen.page.evaluate(background) == "rgb(18, 23, 29)"
        seen.page.get_by_role("button", name=re.compile("light", re.IGNORECASE)).click()
        assert seen.page.evaluate(background) == "rgb(255, 255, 255)"
        expect(image).not_to_have_attribute("href", dark)


def test_it_prints_without_controls(watch, page_of):
    with watch(color_scheme="dark") as seen:
        seen.open(page_of("eight"))
        seen.page.emulate_media(media="print")
        assert not seen.page.get_by_role("combobox", name="Clusterer", exact=True).is_visible()
        assert not seen.page.get_by_role("button", name=re.compile("Download")).first.is_visible()
        assert seen.page.locator(".plot").is_visible()
        paper = seen.page.pdf(format="A4")
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", paper)) < 12


def test_a_notebook_cell_opens_in_its_frame(watch, tmp_path):
    cell = tmp_path / "cell.html"
    shown = Report(comparison("two"))._repr_html_()
    cell.write_text(f"<!doctype html><body>{shown}", encoding="utf-8")
    with watch() as seen:
        seen.page.goto(cell.as_uri())
        frame = seen.page.frame_locator("iframe")
        frame.get_by_role("combobox", name="Clusterer", exact=True).select_option("whole")
        assert frame.get_by_role("heading", name="Ranking", exact=True).is_visible()
        assert seen.messages == []
