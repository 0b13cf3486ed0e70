"""What a notebook shows: every public value as text that stays text, figures as pictures."""

import re
from types import SimpleNamespace

import matplotlib.axes
import matplotlib.figure
import numpy as np
import pytest

from builders import ODD_NAMES
from semdepth import (
    ClassifierHead,
    ConfusionMatrix,
    LabelSet,
    Whole,
    analyze,
    induce,
    place,
    resolve,
)
from semdepth.writing import figures

IPython = pytest.importorskip("IPython")

HOSTILE = "</code><script>alert(1)</script>"
NAMES = (HOSTILE, *ODD_NAMES)
# Outside of render(), matplotlib warns of characters that no font has.
IN_EVERY_FONT = (
    HOSTILE,
    "$x^2$ & $",
    "a_b",
    "{curly} %s #1",
    "'e' \\alpha",
    "\u00e9l\u00e9phant",
    "dog",
)
IDS = ("n02084071", "n02121620", "n02958343", "n02924116", "n07739125", "n02087551", "n12620196")


def analysed(names):
    head = ClassifierHead(names, np.random.default_rng(5).normal(size=(7, 5)), HOSTILE)
    counts = np.diag([9] * 7) + np.random.default_rng(6).integers(0, 3, size=(7, 7))
    return analyze(
        head,
        placement=place(names, IDS),
        clusterer=Whole(),
        confusion=ConfusionMatrix(names, counts, HOSTILE),
        title=HOSTILE,
        permutations=20,
    )


@pytest.fixture(scope="module")
def values():
    analysis = analysed(NAMES)
    mistakes = analysis.mistakes
    return {
        "Analysis": analysis,
        "Chance": analysis.chance,
        "ClassifierHead": ClassifierHead(NAMES, np.eye(7), HOSTILE),
        "Clustering": analysis.graph.clustering,
        "Compliance": mistakes.direct.found,
        "ConfusionMatrix": mistakes.confusion,
        "Dendrogram": induce(analysis.similarity),
        "Forecast": mistakes.forecast,
        "LabelSet": LabelSet(NAMES, IDS, HOSTILE),
        "Mistakes": mistakes,
        "PairVerdicts": mistakes.verdicts,
        "Placement": analysis.placement,
        "Resolution": resolve([HOSTILE, "dog"]),
        "Severity": mistakes.severity,
        "SimilarityDepth": analysis.depth,
        "SimilarityGraph": analysis.graph,
        "SimilarityMatrix": analysis.similarity,
        "Taxonomy": analysis.placement.taxonomy,
    }


@pytest.fixture(scope="module")
def display():
    """What a notebook's kernel makes of the value of a cell: {MIME type: content}."""
    formatter = IPython.core.formatters.DisplayFormatter()
    return lambda value: formatter.format(value)[0]


def test_a_cell_shows_every_value_briefly(values, display):
    for name, value in values.items():
        shown = display(value)
        assert 0 < len(shown["text/plain"]) < 250, name
        assert name in shown["text/plain"], name


def test_names_stay_text_in_html(values, display):
    for name, value in values.items():
        html = display(value).get("text/html", "")
        assert "<script" not in html, name
        assert "</code><" not in html, name


def test_html_brings_no_colours_of_its_own(values, display):
    """Light and dark front ends colour a table or code themselves."""
    for name in values.keys() - {"Analysis"}:
        html = display(values[name]).get("text/html", "")
        assert not re.search(r"style=|color|#[0-9a-f]{3,6}\b|bgcolor|<style", html), name


DRAWINGS = {
    "plot_cluster": lambda a, **k: figures.plot_cluster(a.graph, a.depth, 0, **k),
    "plot_confusions": lambda a, **k: figures.plot_confusions(a.graph, a.mistakes, 0, **k),
    "plot_confusions_overview": lambda a, **k: figures.plot_confusions_overview(
        a.graph, a.mistakes, **k
    ),
    "plot_dendrogram": lambda a, **k: figures.plot_dendrogram(induce(a.similarity), **k),
    "plot_depths": lambda a, **k: figures.plot_depths(
        a.depth, a.chance, a.depths_of_all_pairs, **k
    ),
    "plot_overview": lambda a, **k: figures.plot_overview(a.graph, a.depth, **k),
    "plot_precision": lambda a, **k: figures.plot_precision(
        a.similarity, a.mistakes.confusion, a.mistakes.forecast, **k
    ),
    "plot_similarity": lambda a, **k: figures.plot_similarity(a.similarity, a.graph, **k),
    "plot_similarity_confusion": lambda a, **k: figures.plot_similarity_confusion(
        a.similarity, a.mistakes.confusion, **k
    ),
}


# Drawn from many models or epochs: test_writing_comparisons.py and test_tracking.py try them.
OF_MANY = {"plot_alignment", "plot_ranking", "plot_relations", "plot_scatter", "plot_track"}


def test_every_figure_is_tried_here():
    known = {name for name in figures.__all__ if name.startswith("plot_")}
    assert known == DRAWINGS.keys() | OF_MANY


@pytest.fixture(scope="module")
def analysis():
    return analysed(IN_EVERY_FONT)


@pytest.fixture(scope="module")
def inline():
    """The same for figures, as the inline backend of notebooks sets them up."""
    from IPython.core.pylabtools import select_figure_formats

    # Of a shell no more than this is needed; a whole one would keep a history on disk.
    shell = SimpleNamespace(display_formatter=IPython.core.formatters.DisplayFormatter())
    select_figure_formats(shell, {"png"})
    return lambda figure: shell.display_formatter.format(figure)[0]


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_is_drawn_into_the_axes_given(analysis, inline, name):
    figure = matplotlib.figure.Figure(figsize=(6, 5))
    left, right = figure.subplots(1, 2)
    drawn = DRAWINGS[name](analysis, ax=right)
    assert drawn.figure is figure
    assert not left.has_data()
    shown = inline(figure)["image/png"]
    assert shown


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_of_its_own_is_shown_by_its_figure(analysis, inline, name):
    drawn = DRAWINGS[name](analysis)
    assert isinstance(drawn, matplotlib.axes.Axes)
    assert inline(drawn.figure)["image/png"]
