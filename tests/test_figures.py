"""Figures: nothing lies over anything, names stay as they are, and the same value gives the same
bytes."""

import itertools
import subprocess
import sys
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from builders import ODD_NAMES
from rendered import assert_apart, text_boxes
from semdepth.chance import Chance, depth_chance
from semdepth.clustering import AffinityPropagation, Clustering, Louvain, Whole
from semdepth.depth import similarity_depth
from semdepth.errors import MissingExtra, OptionError
from semdepth.graph import build_graph, spanning_forest
from semdepth.labels import place
from semdepth.similarity import SimilarityMatrix, semantic_similarity, structural_from_cosine
from semdepth.taxonomy import relations
from semdepth.writing.figures import (
    canvas,
    palette,
    plot_cluster,
    plot_depths,
    plot_overview,
    plot_similarity,
    render,
)
from semdepth.writing.figures.canvas import drawing
from semdepth.writing.figures.depths import place_flags
from semdepth.writing.figures.matrix import class_order, shrunken
from semdepth.writing.figures.names import concept_word, drawn_name
from semdepth.writing.figures.packing import pack
from semdepth.writing.figures.tree_layout import lay_out_forest, walk_forest


def similarities(names, seed=7):
    templates = np.random.default_rng(seed).normal(size=(len(names), 6))
    templates /= np.linalg.norm(templates, axis=1, keepdims=True)
    return structural_from_cosine(names, np.clip(templates @ templates.T, -1, 1))


def drawn_from(names, clusterer=None):
    """A graph of random similarities (one cluster unless said otherwise) and its depth."""
    graph = build_graph(similarities(names), clusterer or Whole())
    return graph, similarity_depth(graph, place(names))


def long_names(n):
    return [f"class {k} of the longer kind{' of name' * (k % 3)}" for k in range(n)]


@pytest.fixture(scope="module")
def convnext_graph(convnext, mini):
    graph = build_graph(convnext)
    return graph, similarity_depth(graph, mini)


@pytest.fixture(scope="module")
def convnext_chance(convnext_graph, mini):
    pairs = relations(mini.taxonomy, mini.concepts).depths()[np.triu_indices(100, 1)]
    chance = depth_chance(convnext_graph[1], mini, permutations=20)
    return chance, np.bincount(pairs) / len(pairs)


def pixels(png):
    return tuple(int.from_bytes(png[k : k + 4], "big") for k in (16, 20))


def svg_texts(ax):
    root = ElementTree.fromstring(render(ax, "svg"))
    return [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]


# --- geometry ---------------------------------------------------------------------------------


@st.composite
def forests(draw):
    """A forest with boxes of many sizes for its nodes and its edges' labels."""
    n = draw(st.integers(1, 40))
    parents = [draw(st.integers(-1 if draw(st.booleans()) else 0, k - 1)) for k in range(1, n)]
    edges = [(p, k) for k, p in enumerate(parents, start=1) if p >= 0]
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    nodes = np.column_stack((random.uniform(1, 200, n), random.uniform(5, 40, n)))
    labels = np.column_stack((random.uniform(5, 60, n), random.uniform(4, 30, n)))[: len(edges)]
    return nodes, np.array(edges, dtype=int).reshape(-1, 2), labels


def overlaps(boxes):
    left, top, right, bottom = boxes.T
    across = (left[:, None] < right) & (left < right[:, None])
    down = (top[:, None] < bottom) & (top < bottom[:, None])
    return np.argwhere(np.triu(across & down, 1))


@given(forests())
def test_no_box_of_a_tree_lies_over_another(forest):
    nodes, _, labels = forest
    layout = lay_out_forest(*forest)
    boxes = np.concatenate((layout.nodes, layout.labels))
    assert len(overlaps(boxes)) == 0
    sizes = np.concatenate((nodes, labels))
    np.testing.assert_allclose(boxes[:, 2:] - boxes[:, :2], sizes, atol=1e-9)
    assert boxes.min() >= -1e-9
    assert boxes[:, 2].max() <= layout.width + 1e-9
    assert boxes[:, 3].max() <= layout.height + 1e-9


def assert_edges_clear(layout, edges):
    t = np.linspace(0, 1, 60)[:, None]
    bezier = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
    for k, (edge, points) in enumerate(zip(edges, layout.curves, strict=True)):
        curve = sum(b * p for b, p in zip(bezier, points[:4], strict=True))
        others = np.concatenate(
            (np.delete(layout.nodes, edge, axis=0), np.delete(layout.labels, k, axis=0))
        )
        x, y = curve[:, :1], curve[:, 1:]
        inside = (x > others[:, 0]) & (x < others[:, 2]) & (y > others[:, 1]) & (y < others[:, 3])
        assert not inside.any()


@given(forests())
def test_edges_join_their_nodes_and_cross_no_other(forest):
    edges = forest[1]
    layout = lay_out_forest(*forest)
    assert_edges_clear(layout, edges)
    for edge, points in zip(edges, layout.curves, strict=True):
        for node in edge:
            left, top, right, bottom = layout.nodes[node]
            sides = [(left, (top + bottom) / 2), (right, (top + bottom) / 2)]
            assert any(np.allclose(end, side) for end in points[[0, 4]] for side in sides)


@pytest.mark.parametrize("width", range(30, 150, 10))
def test_edges_of_a_fan_clear_the_boxes_above_and_below(width):
    """Long names stand above and below the place where their short neighbour's edges bend."""
    arm = [(0, 1), (1, 2), (1, 3), (1, 4), *((3, k) for k in range(5, 13))]
    edges = np.array([*arm, *((a and a + 12, b + 12) for a, b in arm)])
    sizes = np.full((25, 2), (30.0, 12.0))
    sizes[[2, 4, 14, 16], 0] = width
    assert_edges_clear(lay_out_forest(sizes, edges, np.full((24, 2), 10.0)), edges)


@pytest.mark.parametrize("shape", ["path", "star", "comb"])
def test_trees_of_any_shape_and_1200_nodes(shape):
    k = np.arange(1, 1200)
    parent = {"path": k - 1, "star": 0 * k, "comb": np.maximum(k - 2, 0)}[shape]
    edges = np.column_stack((parent, k))
    layout = lay_out_forest(np.full((1200, 2), 30.0), edges, np.full((1199, 2), 10.0))
    assert len(np.unique(layout.nodes.round(3), axis=0)) == 1200
    assert sorted(walk_forest(1200, edges)) == list(range(1200))


def test_a_star_stands_in_rows_and_a_path_on_one_line():
    size = np.array([30.0, 10.0])
    star = lay_out_forest(
        np.tile(size, (5, 1)), np.array([[0, k] for k in range(1, 5)]), size[None].repeat(4, 0)
    )
    assert len(np.unique(star.nodes[1:, 1])) == 4
    assert len(np.unique(star.nodes[1:, 0])) == 1
    path = lay_out_forest(
        np.tile(size, (3, 1)), np.array([[0, 1], [1, 2]]), size[None].repeat(2, 0)
    )
    assert path.nodes[1, 0] < path.nodes[[0, 2], 0].min() or len(np.unique(path.nodes[:, 1])) == 1


@given(st.lists(st.tuples(st.floats(1, 300), st.floats(1, 100)), min_size=1, max_size=40))
def test_packed_rectangles_stay_apart_on_the_page(sizes):
    corners, width, height = pack(sizes, 6.0)
    boxes = np.hstack((corners, corners + sizes))
    # Grown by just less than the space between them, they still do not meet.
    assert len(overlaps(boxes + np.array([0, 0, 5.99, 5.99]))) == 0
    assert boxes.min() >= 0
    np.testing.assert_allclose(boxes[:, 2:].max(axis=0), (width, height))


@given(st.lists(st.tuples(st.floats(0, 400), st.floats(20, 250)), min_size=1, max_size=3))
def test_flags_clear_each_other_and_each_others_lines(flags):
    xs, widths = zip(*flags, strict=True)
    places = place_flags(xs, widths, (0, 400))
    for (k, (left, row)), (m, (other, other_row)) in itertools.permutations(enumerate(places), 2):
        right = left + widths[k]
        if row == other_row:
            assert right <= other or other + widths[m] <= left
        if other_row >= row:
            assert not left < xs[m] < right


# --- names ------------------------------------------------------------------------------------


def test_names_are_drawn_as_they_are():
    for name in (*ODD_NAMES, "x" * 40, "é" * 40):
        assert drawn_name(name) == name


def test_breaks_become_spaces_and_long_names_lose_their_middle():
    assert drawn_name("a\nb\tc\r\nd") == "a b c d"
    assert drawn_name("a\x00b\ud800c") == "a\ufffdb\ufffdc"
    long = "".join(chr(0x100 + k) for k in range(300))
    shown = drawn_name(long)
    assert len(shown) == 40
    assert shown == long[:24] + "…" + long[-15:]
    # e and its accent, which stand at the cut, go or stay together.
    accented = "x" * 23 + "e\u0301" + "y" * 300
    assert drawn_name(accented).startswith("x" * 23 + "…")


def test_concepts_are_shown_as_words():
    assert concept_word("hunting_dog.n.01") == "hunting dog"
    assert concept_word("my_own.concept") == "my_own.concept"


@pytest.mark.parametrize("plot", ["cluster", "overview", "similarity"])
def test_names_reach_the_svg_untouched(plot):
    graph, depth = drawn_from(ODD_NAMES)
    ax = {
        "cluster": lambda: plot_cluster(graph, depth, 0),
        "overview": lambda: plot_overview(graph, depth),
        "similarity": lambda: plot_similarity(similarities(ODD_NAMES), graph),
    }[plot]()
    assert set(ODD_NAMES) <= set(svg_texts(ax))


def test_a_title_may_hold_anything_too():
    graph, depth = drawn_from(("dog", "cat"))
    title = "Σ $x$ <b> & co: " + "long " * 30
    assert title in svg_texts(plot_cluster(graph, depth, 0, title=title))
    assert title in svg_texts(plot_overview(graph, depth, title=title))


# --- trees ------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 5, 50])
@pytest.mark.parametrize("dpi", [60, 144])
def test_no_text_of_a_cluster_lies_over_another(n, dpi):
    graph, depth = drawn_from([*ODD_NAMES, *long_names(n)][:n] if n > 5 else long_names(n))
    assert_apart(plot_cluster(graph, depth, 0).figure, dpi)


def test_names_and_numbers_lie_within_their_boxes():
    graph, depth = drawn_from([*ODD_NAMES, *long_names(14)])
    ax = plot_cluster(graph, depth, 0)
    framed = {*map(drawn_name, graph.labels), "–"}
    texts = [box for text, box in text_boxes(ax.figure, 144) if text in framed]
    frames = [
        ax.transData.transform_path(path).get_extents() for path in ax.collections[1].get_paths()
    ]
    assert len(texts) == 20 + 19
    for text in texts:
        assert any(
            frame.x0 <= text.x0
            and text.x1 <= frame.x1
            and frame.y0 <= text.y0 + 1
            and text.y1 - 1 <= frame.y1
            for frame in frames
        )


def test_real_clusters_with_their_subsumers_stay_readable(convnext_graph):
    graph, depth = convnext_graph
    for cluster in (3, 5, 8, 13):
        assert_apart(plot_cluster(graph, depth, cluster).figure, 100)


def test_no_text_of_the_overview_lies_over_another(convnext_graph):
    assert_apart(plot_overview(*convnext_graph).figure, 100)


def test_every_class_and_every_depth_is_there(convnext_graph):
    graph, depth = convnext_graph
    texts = [text.get_text() for text in plot_overview(graph, depth).texts]
    for label in graph.labels:
        assert texts.count(label) == 1
    for value, count in zip(*np.unique(depth.depths, return_counts=True), strict=True):
        # The key has a 12 of its own.
        assert texts.count(str(value)) == count + (value == 12)
    assert "Cluster 13" in texts
    assert any(
        text.startswith("12 classes · mean depth 4.00 · physical entity ×6") for text in texts
    )


def test_a_cluster_shows_depths_with_their_subsumers():
    pets = place(["dog", "cat", "lion", "car"])
    graph = build_graph(semantic_similarity(pets), Whole())
    depth = similarity_depth(graph, pets)
    texts = [text.get_text() for text in plot_cluster(graph, depth, 0).texts]
    for value, name in zip(depth.depths, depth.subsumer_names, strict=True):
        assert str(value) in texts
        assert concept_word(name) in texts


def test_edges_without_a_depth_get_a_dash():
    names = ("dog", "cat", "lion", "gizmo 3000", "gizmo 4000")
    graph, depth = drawn_from(names)
    assert depth.left_out > 0
    texts = [text.get_text() for text in plot_cluster(graph, depth, 0).texts]
    assert texts.count("–") == depth.left_out
    assert any("2 without a concept" in text for text in texts)


def test_more_alike_means_darker_and_wider():
    graph, depth = drawn_from(long_names(12))
    curves = plot_cluster(graph, depth, 0).collections[0]
    darkness = -curves.get_edgecolors()[:, :3] @ [0.2, 0.7, 0.1]
    assert list(np.argsort(darkness)) == list(np.argsort(graph.weights))
    assert list(np.argsort(curves.get_linewidths())) == list(np.argsort(graph.weights))


def test_lone_classes_and_noise_are_drawn():
    similarity = similarities(("dog", "cat", "lion", "car"))
    clustering = Clustering(Whole(), np.array([0, 0, -1, -1]))
    alone = spanning_forest(similarity, clustering, noise="singletons")
    depth = similarity_depth(alone, place(similarity.labels))
    texts = [text.get_text() for text in plot_cluster(alone, depth, 1).texts]
    assert texts == ["Cluster 1", "1 class", "lion"]
    assert_apart(plot_overview(alone, depth).figure, 100)
    noise = spanning_forest(similarity, clustering)
    texts = [text.get_text() for text in plot_cluster(noise, depth, 1).texts]
    assert "Cluster 1 (noise)" in texts


def test_a_cluster_that_falls_apart_is_drawn_in_parts():
    values = np.eye(4)
    values[0, 1] = values[1, 0] = 0.5
    similarity = SimilarityMatrix("structural", ("dog", "cat", "lion", "car"), values)
    graph = spanning_forest(similarity, Clustering(Whole(), np.zeros(4, dtype=int)))
    depth = similarity_depth(graph, place(similarity.labels))
    ax = plot_cluster(graph, depth, 0)
    assert set(similarity.labels) <= {text.get_text() for text in ax.texts}
    assert_apart(ax.figure, 100)


def test_a_graph_without_edges_is_drawn():
    similarity = similarities(("dog", "cat"))
    graph = spanning_forest(similarity, Clustering(Whole(), np.array([0, 1])))
    depth = similarity_depth(graph, place(similarity.labels))
    texts = [text.get_text() for text in plot_overview(graph, depth).texts]
    assert {"dog", "cat"} <= set(texts)
    assert "similarity" not in texts


def test_huge_clusters_are_drawn():
    graph, depth = drawn_from(long_names(700))
    ax = plot_cluster(graph, depth, 0)
    texts = {text.get_text() for text in ax.texts}
    assert set(map(drawn_name, long_names(700))) <= texts


def test_pages_too_large_to_open_get_fewer_pixels(monkeypatch):
    graph, depth = drawn_from(long_names(40))
    ax = plot_cluster(graph, depth, 0)
    usual = pixels(render(ax))
    assert usual == tuple((ax.figure.get_size_inches() * 144).astype(int))
    monkeypatch.setattr(canvas, "_MOST_PIXELS", 250_000)
    width, height = pixels(render(ax))
    assert 240_000 < width * height <= 250_000
    assert width / height == pytest.approx(usual[0] / usual[1], rel=0.01)
    monkeypatch.setattr(canvas, "_MOST_PIXELS_A_SIDE", 300)
    assert 298 <= max(pixels(render(ax))) <= 300


def test_an_unknown_cluster_is_refused():
    graph, depth = drawn_from(("dog", "cat"))
    for cluster in (-1, 1):
        with pytest.raises(OptionError, match=f"from 0 to 0, found {cluster}"):
            plot_cluster(graph, depth, cluster)


# --- matrix -----------------------------------------------------------------------------------


def test_the_matrix_is_ordered_by_cluster(convnext, convnext_graph):
    graph = convnext_graph[0]
    order, clusters = class_order(convnext, graph)
    assert sorted(order) == list(range(100))
    assert [c for c, size in clusters for _ in range(size)] == graph.membership[order].tolist()
    ax = plot_similarity(convnext, graph)
    np.testing.assert_array_equal(ax.images[0].get_array(), convnext.values[np.ix_(order, order)])
    shown = [label.get_text() for label in ax.get_yticklabels()]
    assert shown == [convnext.labels[k] for k in order]
    assert len(ax.collections[0].get_paths()) == graph.n_clusters


def test_alike_clusters_stand_side_by_side():
    # Three clusters of two, the first like the last, the second like neither.
    values = np.full((6, 6), 0.1)
    values[np.ix_([0, 1, 4, 5], [0, 1, 4, 5])] = 0.6
    values[2:4, 4:] = values[4:, 2:4] = 0.2
    np.fill_diagonal(values, 1)
    similarity = SimilarityMatrix("structural", tuple("abcdef"), values)
    graph = spanning_forest(similarity, Clustering(Whole(), np.array([0, 0, 1, 1, 2, 2])))
    assert [cluster for cluster, _ in class_order(similarity, graph)[1]] in ([0, 2, 1], [1, 2, 0])


def test_no_text_of_the_matrix_lies_over_another(convnext, convnext_graph):
    assert_apart(plot_similarity(convnext, convnext_graph[0]).figure, 100)
    names = long_names(7)
    assert_apart(plot_similarity(similarities(names), drawn_from(names)[0]).figure, 100)


def test_more_classes_than_can_be_named_are_not():
    names = long_names(130)
    similarity = similarities(names)
    ax = plot_similarity(similarity, build_graph(similarity, Louvain()))
    assert len(ax.get_yticks()) == 0
    assert "Similarity of 130 classes" in " ".join(text.get_text() for text in ax.texts)


def test_large_matrices_are_averaged_in_blocks():
    values = np.arange(25.0).reshape(5, 5)
    order = np.array([4, 3, 2, 1, 0])
    turned = values[::-1, ::-1]
    np.testing.assert_array_equal(shrunken(values, order), turned)
    expected = [
        [turned[a:b, c:d].mean() for c, d in ((0, 2), (2, 4), (4, 5))]
        for a, b in ((0, 2), (2, 4), (4, 5))
    ]
    np.testing.assert_allclose(shrunken(values, order, most=3), expected)


# --- histogram --------------------------------------------------------------------------------


def test_the_histogram_shows_edges_against_pairs(convnext_graph, convnext_chance):
    depth = convnext_graph[1]
    chance, pairs = convnext_chance
    ax = plot_depths(depth, chance, pairs)
    heights = {
        round(bar.get_x() + bar.get_width() / 2): bar.get_height()
        for bar in ax.containers[0]
        if bar.get_width() < 0.9
    }
    for value in range(len(pairs)):
        assert heights[value] == pytest.approx(np.mean(depth.depths == value))
    outline = next(p for p in ax.patches if isinstance(p, matplotlib.patches.StepPatch))
    np.testing.assert_allclose(outline.get_data().values, pairs)
    lines = sorted(line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1)
    assert lines == pytest.approx(sorted((chance.observed, chance.null_mean, chance.ceiling)))
    band = [
        p for p in ax.patches if p.get_facecolor()[:3] == matplotlib.colors.to_rgb(palette.BAND)
    ]
    corners = ax.transData.inverted().transform(band[0].get_window_extent().get_points())
    assert tuple(corners[:, 0]) == pytest.approx(chance.interval)


def test_no_text_of_the_histogram_lies_over_another(convnext_graph, convnext_chance):
    chance, pairs = convnext_chance
    ax = plot_depths(convnext_graph[1], chance, pairs)
    assert_apart(ax.figure, 100)
    texts = [text.get_text() for text in ax.texts]
    assert "chance 5.03" in texts
    assert "ceiling 9.21" in texts
    assert any(text.startswith("Similarity Depth 7.29 (95%: ") for text in texts)


@pytest.mark.parametrize("observed", [1.2, 5.03, 9.21, 12.9])
def test_the_marks_labels_keep_apart_wherever_they_stand(convnext_graph, convnext_chance, observed):
    nan = float("nan")
    chance = Chance(observed, 5.03, 0.1, 0.01, 20, 9.21, (nan, nan), "one cluster")
    ax = plot_depths(convnext_graph[1], chance, convnext_chance[1])
    assert_apart(ax.figure, 100)
    assert f"Similarity Depth {observed:.2f}" in [text.get_text() for text in ax.texts]


def test_an_undefined_depth_says_why():
    names = ("gizmo 1", "gizmo 2", "gizmo 3")
    _, depth = drawn_from(names)
    chance = depth_chance(depth, place(names))
    ax = plot_depths(depth, chance, np.zeros(0))
    assert "all 2 edges touch a class without a concept" in [t.get_text() for t in ax.texts]
    assert_apart(ax.figure, 100)


# --- all of them ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plots(convnext_graph, convnext_chance):
    names = (*ODD_NAMES, "dog", "cat", "lion", "car", "bus")
    similarity = similarities(names)
    graph, depth = drawn_from(names, AffinityPropagation())
    return {
        "cluster": lambda ax=None: plot_cluster(*convnext_graph, 3, ax=ax),
        "overview": lambda ax=None: plot_overview(graph, depth, ax=ax),
        "similarity": lambda ax=None: plot_similarity(similarity, graph, ax=ax),
        "depths": lambda ax=None: plot_depths(convnext_graph[1], *convnext_chance, ax=ax),
    }


PLOTS = ("cluster", "overview", "similarity", "depths")


@pytest.mark.parametrize("name", PLOTS)
def test_a_given_ax_is_drawn_into_and_its_neighbours_are_left_in_peace(plots, name):
    figure = Figure((11, 8))
    axes = figure.subplots(2, 2)
    places = [ax.get_position().frozen() for ax in axes.flat]
    assert plots[name](axes[1, 0]) is axes[1, 0]
    assert axes[1, 0].has_data() or axes[1, 0].texts
    renderer = FigureCanvasAgg(figure).get_renderer()
    for text in axes[1, 0].texts:
        with drawing():
            box = text.get_window_extent(renderer)
        box = box.transformed(figure.transFigure.inverted())
        assert box.x1 <= places[3].x0 + 0.001
        assert box.y1 <= places[2].y1 + 0.02
    for k in (0, 1, 3):
        assert not axes.flat[k].texts
        assert axes.flat[k].get_position().bounds == places[k].bounds


def test_letters_shrink_with_a_small_ax(plots):
    figure = Figure((3, 1.5))
    plots["cluster"](figure.add_axes((0, 0, 1, 1)))
    assert_apart(figure, 144)


@pytest.mark.parametrize("format", ["png", "svg"])
@pytest.mark.parametrize("name", PLOTS)
def test_the_same_value_gives_the_same_bytes_whatever_the_users_settings(plots, name, format):
    first = render(plots[name](), format, dpi=72)
    mine = {"font.family": "serif", "font.size": 20, "svg.fonttype": "path", "lines.linewidth": 9}
    with matplotlib.rc_context({**mine, "savefig.bbox": "tight", "axes.facecolor": "red"}):
        second = render(plots[name](), format, dpi=72)
        assert {key: matplotlib.rcParams[key] for key in mine} == {**mine, "font.family": ["serif"]}
    assert first == second
    assert first.startswith({"png": b"\x89PNG", "svg": b"<?xml"}[format])
    assert b"matplotlib.org" not in first


def test_a_figure_renders_like_its_axes(plots):
    ax = plots["cluster"]()
    assert render(ax.figure, "svg") == render(ax, "svg")


def test_an_unknown_format_is_refused(plots):
    with pytest.raises(OptionError, match="png, svg, found 'pdf'"):
        render(plots["cluster"](), "pdf")


def test_without_matplotlib_the_error_names_the_extra(plots, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r'pip install "semdepth\[figures\]"'):
        plots["cluster"]()


def test_importing_and_plotting_stay_clear_of_pyplot():
    code = (
        "import sys, semdepth.writing.figures as f\n"
        "assert 'matplotlib' not in sys.modules\n"
        "from semdepth.writing.figures.sheet import Sheet, paint\n"
        "f.render(paint(Sheet(10, 10)))\n"
        "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_colours_grow_evenly_darker():
    to_lms = np.array(
        [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
    )
    rgb = np.array([matplotlib.colors.to_rgb(colour) for colour in palette.SIMILARITY])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lightness = np.cbrt(linear @ to_lms.T) @ [0.2105, 0.7936, -0.0041]
    np.testing.assert_allclose(np.diff(lightness), -0.0875, atol=0.006)
