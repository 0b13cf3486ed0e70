"""Reports in a real Chromium: they open from disk alone, and can be searched, read and taken away.

The pages are those of a user: a small network, one of 100 classes with a real confusion matrix,
ImageNet's 1000 classes, a taxonomy of one's own, two networks side by side, and names that are
made to do harm.
"""

import csv
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from builders import ODD_NAMES
from semdepth import (
    AffinityPropagation,
    ClassifierHead,
    ConfusionMatrix,
    Report,
    analyze,
    place,
    place_in,
    read_confusion,
    read_head,
    read_labels,
    write_report,
)
from semdepth.similarity import structural_from_cosine, structural_similarity
from semdepth.taxonomy import Taxonomy

pytestmark = pytest.mark.browser

DATA = Path(__file__).parent / "data"
HEAD = Path(__file__).parents[1] / ".cache/models/efficientnet-lite0.pth"
VIEWS = ("graph", "matrix", "hierarchy", "tables", "reading")
PAGES = ("cifar10", "mini", "imagenet", "own", "two", "hostile")
ATTACK = "</script><img src=x onerror=alert(1)>"
HOSTILE = (
    ATTACK,
    *ODD_NAMES,
    "=1+1",
    "a~b %41 #+&=?",
    "عنكبوت الأرملة السوداء",
    "👩‍🔬 laboratory",
    "n" * 300,
)


@cache
def cifar10(network="resnet20"):
    folder = DATA / "cifar10"
    head = read_head(folder / "resnet20_head.npz")
    classes = read_labels("cifar-10")
    confusion = read_confusion(folder / f"{network}_confusion.npz", classes)
    return analyze(head, confusion=confusion, title=f"{network} on CIFAR-10")


@cache
def mini():
    classes = read_labels("mini-imagenet")
    with np.load(DATA / "golden/nssg_ConvNeXt_mini100.npz") as stored:
        similarity = structural_from_cosine(classes.labels, stored["cosine"])
    with np.load(DATA / "golden/confusion_real_ConvNeXt_mini100.npz") as stored:
        shares = stored["confusion_row_normalised"]
    confusion = ConfusionMatrix(classes.labels, np.array([whole(row) for row in shares]))
    placement = place(classes.labels, classes.ids)
    return analyze(similarity, placement=placement, confusion=confusion, title="ConvNeXt")


def whole(shares):
    """The counts that a row of shares was made of, of at most 700 samples."""
    for samples in range(700, 0, -1):
        counts = np.rint(shares * samples)
        if np.allclose(counts, shares * samples, rtol=0, atol=1e-9):
            return counts.astype(int)
    raise AssertionError("no such counts")


@cache
def imagenet():
    """Lite0's 1000 classes with made-up mistakes: mostly among what it finds alike."""
    head = read_head(HEAD)
    similarity = structural_similarity(head)
    random = np.random.default_rng(5)
    counts = np.diag(random.integers(30, 50, 1000))
    near = np.argsort(-similarity.values, axis=1)[:, 1:7]
    for i in range(1000):
        np.add.at(counts[i], random.choice(near[i], 4), 1)
        counts[i, random.integers(1000)] += 1
    confusion = ConfusionMatrix(head.labels, counts)
    return analyze(head, confusion=confusion, permutations=100, title="Lite0")


@cache
def own():
    """Twelve classes of a shop's own hierarchy."""
    kinds = {"tools": "hammer saw drill", "fruit": "apple pear plum", "shoes": "boot clog sandal"}
    ids, parents = ["goods", *kinds], [[], *[[0]] * len(kinds)]
    for place_of_kind, names in enumerate(kinds.values(), start=1):
        for name in names.split():
            ids.append(name)
            parents.append([place_of_kind])
    tree = Taxonomy.from_dict({"title": "a shop", "ids": ids, "names": ids, "parents": parents})
    names = tuple(" ".join(kinds.values()).split())
    templates = np.random.default_rng(2).normal(size=(9, 12))
    templates[np.arange(9), np.arange(9) // 3] += 4
    head = ClassifierHead(names, templates, "fc")
    return analyze(head, placement=place_in(tree, names), title="shop")


@cache
def hostile():
    names = tuple(dict.fromkeys(HOSTILE))
    random = np.random.default_rng(3)
    head = ClassifierHead(names, random.normal(size=(len(names), 6)), "fc")
    counts = np.diag(np.full(len(names), 40)) + random.integers(0, 3, (len(names), len(names)))
    confusion = ConfusionMatrix(names, counts)
    placement = place(names)
    return analyze(
        head,
        placement=placement,
        confusion=confusion,
        clusterer=AffinityPropagation(damping=0.9),
        title=ATTACK,
    )


MADE = {
    "cifar10": cifar10,
    "mini": mini,
    "imagenet": imagenet,
    "own": own,
    "hostile": hostile,
    "two": lambda: (cifar10(), cifar10("resnet44")),
}


@pytest.fixture(scope="session")
def page_of(tmp_path_factory):
    """``page_of("mini")``: the report on disk, made once."""
    folder = tmp_path_factory.mktemp("reports")

    def made(name):
        path = folder / f"{name}.html"
        if not path.exists():
            write_report(MADE[name](), path, command=f"semdepth analyze {name}")
        return path

    return made


def card_of(page):
    return page.get_by_role("complementary")


def choose_tab(page, name):
    page.get_by_role("tab", name=name).click()


@pytest.mark.parametrize("name", PAGES)
def test_every_view_opens_from_disk_without_a_word_or_a_request(watch, page_of, name):
    with watch(offline=True) as seen:
        for view in VIEWS:
            seen.open(page_of(name), f"#view={view}")
            chosen = seen.page.get_by_role("tab", selected=True)
            assert chosen.get_attribute("id") == f"tab-{view}"
            assert seen.page.locator("#view").inner_text().strip()
        assert seen.messages == []
        assert seen.outside == []


def test_nothing_can_be_sent_from_the_page(watch, page_of):
    with watch() as seen:
        seen.open(page_of("cifar10"))
        refused = seen.page.evaluate(
            "() => fetch('https://example.org/').then(() => 'sent', (error) => error.name)"
        )
        ran = seen.page.evaluate(
            """() => {
                const script = document.createElement("script");
                script.textContent = "window.injected = true";
                document.body.append(script);
                return window.injected ?? false;
            }"""
        )
        assert (refused, ran) == ("TypeError", False)
        assert seen.outside == []


@pytest.mark.parametrize(
    ("name", "typed", "found"),
    [("imagenet", "scuba", "scuba diver"), ("mini", "malam", "malamute"), ("own", "pear", "pear")],
)
def test_search_finds_a_class_and_opens_its_card(watch, page_of, name, typed, found):
    with watch() as seen:
        seen.open(page_of(name))
        box = seen.page.get_by_role("combobox", name="Find a class")
        box.fill(typed)
        seen.page.get_by_role("option", name=found).first.wait_for()
        box.press("Enter")
        card_of(seen.page).get_by_role("heading", name=found, exact=True).wait_for()
        assert f"class={found.replace(' ', '%20')}" in seen.page.url
        box.fill("no such thing at all")
        assert seen.page.get_by_text("Nothing is called that.").is_visible()


def test_a_click_in_the_graph_opens_the_card_of_what_lies_there(watch, page_of):
    with watch(viewport={"width": 1280, "height": 900}, reduced_motion="reduce") as seen:
        seen.open(page_of("imagenet"), "#class=tench")
        card_of(seen.page).get_by_role("heading", name="tench", exact=True).wait_for()
        seen.page.get_by_role("button", name="Close the card").click()
        x, y = place_of(seen.page, "tench")
        seen.page.mouse.click(x, y)
        heading = card_of(seen.page).get_by_role("heading", name="tench", exact=True)
        heading.wait_for()
        assert heading.is_visible()


def place_of(page, name):
    """Where the pointer finds a class of the graph, as the box beside the pointer tells."""
    canvas = page.locator("#view canvas").first.bounding_box()
    middle = canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2
    steps = [(dx, dy) for dx in range(-300, 301, 25) for dy in range(-150, 151, 12)]
    for dx, dy in sorted(steps, key=lambda step: abs(step[0]) + abs(step[1])):
        page.mouse.move(middle[0] + dx, middle[1] + dy)
        told = page.get_by_role("tooltip").all_inner_texts()
        if told and told[0].split("\n")[0] == name:
            return middle[0] + dx, middle[1] + dy
    pytest.fail(f"{name} is nowhere near the middle of the graph")


def test_a_link_to_a_class_survives_a_reload(watch, page_of):
    with watch() as seen:
        seen.open(page_of("mini"), "#class=malamute&view=matrix")
        seen.page.reload()
        seen.page.wait_for_selector("#report[data-ready]")
        assert card_of(seen.page).get_by_role("heading", name="malamute", exact=True).is_visible()
        assert seen.page.get_by_role("tab", name="Matrix").get_attribute("aria-selected") == "true"


def test_links_that_lead_nowhere_open_the_report(watch, page_of):
    with watch() as seen:
        for place_ in ("#class=unicorn", "#cluster=99999", "#view=none", "#pair=%zz~a", "#model=7"):
            seen.open(page_of("mini"), place_)
            assert seen.page.get_by_role("tab", name="Graph").is_visible()
        assert seen.messages == []


def test_a_table_filters_sorts_and_is_taken_away_as_csv(watch, page_of, tmp_path):
    analysis = mini()
    verdicts = analysis.mistakes.verdicts
    expected = [
        (verdicts.labels[a], verdicts.labels[b], there, back)
        for (a, b), verdict, there, back in zip(
            verdicts.pairs.tolist(),
            verdicts.verdicts.tolist(),
            verdicts.first_as_second.tolist(),
            verdicts.second_as_first.tolist(),
            strict=True,
        )
        if verdict == "misperception"
    ]
    assert expected
    with watch() as seen:
        seen.open(page_of("mini"), "#view=tables")
        page = seen.page
        page.get_by_role("group", name="Verdict").get_by_role(
            "button", name=re.compile("misperception")
        ).click()
        page.get_by_role("columnheader", name="Confusions").get_by_role("button").click()
        head = page.get_by_role("columnheader", name="Confusions")
        assert head.get_attribute("aria-sort") == "descending"
        with page.expect_download() as taken:
            page.get_by_role("button", name=re.compile(r"Download CSV")).click()
        path = tmp_path / "pairs.csv"
        taken.value.save_as(path)
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        told = [
            (r["class_a"], r["class_b"], float(r["a_taken_for_b"]), float(r["b_taken_for_a"]))
            for r in rows
        ]
        assert sorted(told) == sorted(expected)
        both = [there + back for *_, there, back in told]
        assert both == sorted(both, reverse=True)
        first = page.locator("#view").get_by_role("row").nth(1).inner_text()
        assert told[0][0] in first
        assert told[0][1] in first


def test_a_row_leads_to_the_graph(watch, page_of):
    with watch() as seen:
        seen.open(page_of("mini"), "#view=tables")
        seen.page.get_by_role("button", name=re.compile("^Show .* in the graph$")).first.click()
        assert seen.page.get_by_role("tab", name="Graph").get_attribute("aria-selected") == "true"
        assert "pair=" in seen.page.url


# Dark differs from light in colours alone.
AXE_RULES = {"light": {}, "dark": {"runOnly": ["color-contrast", "link-in-text-block"]}}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility_has_no_finding(watch, page_of, name, scheme):
    with watch(color_scheme=scheme, reduced_motion="reduce") as seen:
        for view in VIEWS:
            seen.open(page_of(name), f"#cluster=0&view={view}")
            # Dark differs from light in colours alone.
            rules = (
                {} if scheme == "light" else {"runOnly": ["color-contrast", "link-in-text-block"]}
            )
            found = Axe().run(seen.page, options=rules).response["violations"]
            assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == []


def test_dark_and_light_follow_the_system_until_the_reader_chooses(watch, page_of):
    def background(page):
        rgb = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", rgb)[:3])) / 3

    with watch(color_scheme="dark") as seen:
        seen.open(page_of("cifar10"))
        assert background(seen.page) < 60
        seen.page.get_by_role("button", name=re.compile("light", re.IGNORECASE)).click()
        assert background(seen.page) > 200
    with watch(color_scheme="light") as seen:
        seen.open(page_of("cifar10"))
        assert background(seen.page) > 200


@pytest.mark.parametrize("width", [360, 1280, 3840])
@pytest.mark.parametrize("name", ["mini", "two", "hostile"])
def test_nothing_is_wider_than_the_window(watch, page_of, name, width):
    with watch(viewport={"width": width, "height": 800}) as seen:
        for place_ in (*(f"#view={view}" for view in VIEWS), "#cluster=0", "#view=graph"):
            seen.open(page_of(name), place_)
            wide = seen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, place_


def test_names_made_to_do_harm_are_shown_as_text(watch, page_of):
    asked = []
    with watch() as seen:
        seen.page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
        for name in dict.fromkeys(HOSTILE):
            seen.open(page_of("hostile"))
            box = seen.page.get_by_role("combobox", name="Find a class")
            box.fill(name)
            seen.page.get_by_role("option").first.wait_for()
            shown = seen.page.get_by_role("option").first.locator(".name").text_content()
            assert shown == name
            box.press("Enter")
            assert card_of(seen.page).get_by_role("heading", level=3).text_content() == name
        assert seen.page.locator("img[src=x]").count() == 0
        assert asked == []
        assert seen.messages == []


def test_two_networks_stand_side_by_side(watch, page_of):
    with watch() as seen:
        seen.open(page_of("two"), "#class=cat&model=1")
        both = cifar10(), cifar10("resnet44")
        text = seen.page.locator("main").inner_text()
        for analysis in both:
            assert analysis.subject.title in text
        chosen = seen.page.get_by_role("radio", checked=True)
        assert chosen.count() == 1
        seen.page.reload()
        seen.page.wait_for_selector("#report[data-ready]")
        assert "model=1" in seen.page.url


def test_it_prints_without_controls_and_in_light_colours(watch, page_of):
    with watch(color_scheme="dark") as seen:
        seen.open(page_of("mini"))
        seen.page.emulate_media(media="print")
        assert not seen.page.get_by_role("combobox", name="Find a class").is_visible()
        paper = seen.page.pdf(format="A4")
        assert paper.startswith(b"%PDF")
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", paper)) < 20


def test_the_matrix_of_a_dark_page_is_printed_light(watch, page_of):
    brightness = """() => {
        const canvas = document.querySelector("#view canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const seen = data.filter((_, i) => data[i | 3] > 200 && i % 4 < 3);
        return seen.reduce((sum, value) => sum + value, 0) / seen.length;
    }"""
    with watch(color_scheme="light") as light, watch(color_scheme="dark") as dark:
        for seen in (light, dark):
            seen.open(page_of("mini"), "#view=matrix")
            seen.page.locator("#view canvas").first.wait_for()
            seen.page.wait_for_timeout(500)
        assert dark.page.evaluate(brightness) < light.page.evaluate(brightness) - 20
        dark.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert dark.page.evaluate(brightness) == pytest.approx(
            light.page.evaluate(brightness), abs=5
        )


def test_a_notebook_cell_opens_in_its_frame(watch, tmp_path):
    cell = tmp_path / "cell.html"
    cell.write_text(f"<!doctype html><body>{Report(cifar10())._repr_html_()}", encoding="utf-8")
    with watch() as seen:
        seen.page.goto(cell.as_uri())
        frame = seen.page.frame_locator("iframe")
        frame.get_by_role("tab", name="Matrix").click()
        assert frame.get_by_role("tab", name="Matrix").get_attribute("aria-selected") == "true"
        assert seen.messages == []


def test_without_a_script_the_answer_is_there(watch, page_of):
    with watch(java_script_enabled=False) as seen:
        seen.page.goto(page_of("mini").as_uri())
        assert f"{mini().depth.mean:.3g}" in seen.page.locator("body").inner_text()
