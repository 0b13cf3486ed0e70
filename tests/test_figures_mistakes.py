"""Figures of the confusions: counts are right, kinds are told apart without colour, nothing lies
over anything."""

import itertools
from collections import Counter

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from builders import ODD_NAMES
from rendered import assert_apart
from semdepth.analysis import analyze
from semdepth.clustering import Clustering, Louvain, Whole
from semdepth.confusion import ConfusionMatrix
from semdepth.errors import LabelError, OptionError
from semdepth.forecast import forecast
from semdepth.graph import spanning_forest
from semdepth.similarity import SimilarityMatrix, structural_from_cosine
from semdepth.writing.figures import (
    confused_clusters,
    palette,
    plot_confusions,
    plot_confusions_overview,
    plot_precision,
    plot_similarity_confusion,
    render,
)
from semdepth.writing.figures.arcs import TOO_COSTLY, cubic_points, route_arcs
from semdepth.writing.figures.canvas import drawing
from semdepth.writing.figures.likeness import place_beside
from semdepth.writing.figures.names import drawn_name

NAMES = (*ODD_NAMES, *(f"class {k} of the longer kind{' of name' * (k % 3)}" for k in range(24)))


def random_case(names, seed=3):
    """Similarities and confusions of random templates, the alike ones confused more often."""
    rng = np.random.default_rng(seed)
    templates = rng.normal(size=(len(names), 5))
    templates /= np.linalg.norm(templates, axis=1, keepdims=True)
    cosine = np.clip(templates @ templates.T, -1, 1)
    counts = rng.poisson(2 * np.exp(2 * cosine) / 3)
    np.fill_diagonal(counts, 60)
    return structural_from_cosine(names, cosine), ConfusionMatrix(tuple(names), counts)


@pytest.fixture(scope="module")
def odd():
    similarity, confusion = random_case(NAMES)
    return analyze(similarity, confusion=confusion, permutations=10)


@pytest.fixture(scope="module")
def whole():
    similarity, confusion = random_case(NAMES, seed=5)
    return analyze(similarity, confusion=confusion, clusterer=Whole(), permutations=10)


@pytest.fixture(scope="module")
def real(convnext, golden):
    """A real ConvNeXt's confusions on Mini-ImageNet, in shares."""
    shares = golden("confusion_real_ConvNeXt_mini100")["confusion_row_normalised"]
    return analyze(convnext, confusion=ConfusionMatrix(convnext.labels, shares), permutations=10)


@pytest.fixture(scope="module")
def small():
    """Five classes in two clusters; one confusion of each kind."""
    names = ("cat", "dog", "fox", "car", "bus")
    values = np.eye(5)
    for i, j, alike in ((0, 1, 0.9), (1, 2, 0.8), (0, 2, 0.3), (3, 4, 0.7)):
        values[i, j] = values[j, i] = alike
    similarity = SimilarityMatrix("structural", names, values)
    counts = np.diag([900] * 5)
    counts[0, 1], counts[1, 0] = 31, 11  # along the tree
    counts[0, 2], counts[2, 0] = 7, 2  # within the cluster, beside the tree
    counts[2, 3] = 5  # across clusters
    counts[3, 4] = 1
    confusion = ConfusionMatrix(names, counts)
    analysis = analyze(similarity, confusion=confusion, clusterer=Whole(), permutations=5)
    graph = spanning_forest(similarity, Clustering(Whole(), np.array([0, 0, 0, 1, 1])))
    return graph, analysis.mistakes, similarity


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


# --- arcs -------------------------------------------------------------------------------------


def test_an_arc_keeps_clear_of_what_stands_between():
    nodes = np.array([[0, 0, 40, 12], [0, 30, 40, 42], [0, 60, 40, 72.0]])
    none = np.zeros((0, 4))
    (arc,) = route_arcs(
        nodes, none, np.zeros((0, 4, 2)), np.array([[0, 2]]), np.array([[30, 11.0]])
    )
    x, y = cubic_points(arc.points).T
    assert not ((x > 0) & (x < 40) & (y > 30) & (y < 42)).any()
    left, top, right, bottom = arc.label
    for box in nodes:
        assert right <= box[0] or left >= box[2] or bottom <= box[1] or top >= box[3]
    assert arc.cost < TOO_COSTLY


def test_arcs_that_would_run_across_the_page_are_not_drawn():
    nodes = np.array([[0, 0, 40, 12], [2000, 900, 2040, 912.0]])
    none = np.zeros((0, 4))
    lines = np.zeros((0, 4, 2))
    assert route_arcs(nodes, none, lines, np.array([[0, 1]]), np.array([[30, 11]])) == [None]


def test_labels_of_points_keep_apart_and_within():
    rng = np.random.default_rng(1)
    points = rng.uniform(0, 100, (30, 2))
    taken = np.zeros((0, 4))
    for point in points:
        box = place_beside(point, (30.0, 9.0), points, taken, (100, 100))
        if box is None:
            continue
        assert (box[:2] >= 0).all()
        assert (box[2:] <= 100).all()
        apart = (box[:2] >= taken[:, 2:]) | (box[2:] <= taken[:, :2])
        assert apart.any(axis=1).all()
        taken = np.concatenate((taken, box[None]))
    assert len(taken) > 3


# --- clusters with their confusions -----------------------------------------------------------


def arrows(text):
    """The numbers of a label such as ``→31 ←11``."""
    return Counter(part[1:] for part in text.split())


def test_each_confusion_stands_once_with_its_counts(small):
    graph, mistakes, _ = small
    ax = plot_confusions(graph, mistakes, 0)
    texts = texts_of(ax)
    assert texts[0] == "Cluster 0"
    assert texts[1] == (
        "3 classes · 1 of 2 similarities caused confusion · 1 confusion beside the tree · "
        "1 with other clusters"
    )
    labels = [text for text in texts if text[0] in "→←↓↑" and ":" not in text]
    drawn = Counter(frozenset(arrows(text).items()) for text in labels)
    for counts in (("7", "2"), ("5",)):
        assert drawn[frozenset(Counter(counts).items())] == 1
    # Once on the edge, twice in the key.
    assert drawn[frozenset(Counter(("31", "11")).items())] == 3
    assert "0" in texts  # dog and fox are alike, but never confused
    assert texts[texts.index("also mixed up") :].count("car") == 1


def test_the_arrows_point_the_right_way(small):
    graph, mistakes, _ = small
    ax = plot_confusions(graph, mistakes, 0)
    x = {text.get_text(): text.get_position()[0] for text in ax.texts}
    expected = "→31 ←11" if x["cat"] < x["dog"] else "→11 ←31"
    assert expected in texts_of(ax)[2:8]
    listed = texts_of(ax)[texts_of(ax).index("also mixed up") + 1 :]
    assert listed.index("fox") < listed.index("car")
    assert "→5" in listed


def test_kinds_of_lines_differ_in_more_than_colour(small):
    graph, mistakes, _ = small
    ax = plot_confusions(graph, mistakes, 0)
    solid, _, dashed = ax.collections
    assert {style for style in solid.get_linestyles()} == {(0, None)} or all(
        dash is None for _, dash in solid.get_linestyles()
    )
    assert all(dash is not None for _, dash in dashed.get_linestyles())
    widths = sorted(solid.get_linewidths())
    assert widths[0] < 1
    assert widths[-1] > 2.4 * widths[0]
    assert len(dashed.get_paths()) == 3  # the arc, the listed one, the key's
    words = " ".join(texts_of(ax))
    for meaning in (
        "seen as similar, and mixed up",
        "seen as similar, not among the main confusions",
        "mixed up, though not joined in the tree",
    ):
        assert meaning in words


def test_every_confusion_of_a_real_model_is_drawn_or_listed(real):
    graph, mistakes = real.graph, real.mistakes
    for cluster in confused_clusters(graph, mistakes)[:3]:
        ax = plot_confusions(graph, mistakes, cluster)
        assert_apart(ax.figure)
        ends = graph.membership[mistakes.graph.edges] == cluster
        touching = mistakes.graph.edges[ends.any(axis=1)]
        ours = {tuple(edge) for edge in graph.edges.tolist()}
        unseen = [pair for pair in touching.tolist() if tuple(pair) not in ours]
        # One dashed line each, and one in the key.
        assert len(ax.collections[2].get_paths()) == len(unseen) + 1
        caused = len(touching) - len(unseen)
        own = int((graph.edge_clusters == cluster).sum())
        similar = "similarity" if own == 1 else "similarities"
        assert f"{caused} of {own} {similar} caused confusion" in texts_of(ax)[1]


def test_shares_are_shown_as_per_cent(real):
    graph, mistakes = real.graph, real.mistakes
    i, j = mistakes.graph.edges[np.argmax(mistakes.confusion.confusions[*mistakes.graph.edges.T])]
    ax = plot_confusions(graph, mistakes, int(graph.membership[i]))
    count = mistakes.confusion.counts[i, j]
    assert any(f"{100 * count:.0f}%" in text for text in texts_of(ax)[2:])


def test_the_overview_shows_all_clusters_with_confusions(real):
    graph, mistakes = real.graph, real.mistakes
    ax = plot_confusions_overview(graph, mistakes)
    assert_apart(ax.figure)
    texts = texts_of(ax)
    shown = {int(text.split()[1]) for text in texts if text.startswith("Cluster ")}
    assert shown == set(graph.membership[mistakes.graph.edges].ravel())
    for label in graph.labels:
        assert label in texts


def test_the_overview_leaves_out_what_has_no_confusion(small):
    graph, mistakes, similarity = small
    assert confused_clusters(graph, mistakes) == [0, 1]
    alone = spanning_forest(similarity, Clustering(Whole(), np.array([0, 0, 1, 1, 1])))
    assert confused_clusters(alone, mistakes) == [0, 1]
    texts = texts_of(plot_confusions_overview(graph, mistakes, title="Σ $x$ <b>"))
    assert texts[0] == "Σ $x$ <b>"


def test_a_confusion_graph_without_edges_is_drawn():
    similarity, confusion = random_case(NAMES)
    mistakes = analyze(
        similarity, confusion=confusion, clusterer=Louvain(), permutations=5
    ).mistakes
    assert not len(mistakes.graph.edges)
    graph = spanning_forest(similarity, Clustering(Whole(), np.zeros(len(NAMES), dtype=int)))
    assert confused_clusters(graph, mistakes) == []
    assert texts_of(plot_confusions_overview(graph, mistakes))[1].startswith("0 clusters of 1,")
    assert_apart(plot_confusions_overview(graph, mistakes).figure)
    assert_apart(plot_confusions(graph, mistakes, 0).figure)


@pytest.mark.parametrize("dpi", [60, 144])
def test_no_text_lies_over_another_and_names_stay(odd, whole, dpi):
    assert set(map(drawn_name, NAMES)) <= set(
        texts_of(plot_confusions_overview(odd.graph, odd.mistakes))
    )
    graph, mistakes = odd.graph, odd.mistakes
    assert_apart(plot_confusions(graph, mistakes, 0).figure, dpi)
    ax = plot_confusions(whole.graph, whole.mistakes, 0)
    assert_apart(ax.figure, dpi)
    assert set(map(drawn_name, NAMES)) <= set(texts_of(ax))
    assert len(ax.collections[2].get_paths()) > 2


def test_an_unknown_cluster_and_other_classes_are_refused(small, odd):
    graph, mistakes, _ = small
    for cluster in (-1, 2):
        with pytest.raises(OptionError, match=f"from 0 to 1, found {cluster}"):
            plot_confusions(graph, mistakes, cluster)
    with pytest.raises(LabelError):
        plot_confusions(odd.graph, mistakes, 0)


# --- precision --------------------------------------------------------------------------------


def curves(ax):
    """The chance line and the precision curve."""
    by_style = {line.get_linestyle(): line for line in ax.lines if len(line.get_xdata()) > 2}
    return by_style["--"], by_style["-"]


def test_precision_is_what_counting_gives(odd):
    similarity, confusion = odd.similarity, odd.mistakes.confusion
    found = odd.mistakes.forecast
    ax = plot_precision(similarity, confusion, found)
    chance, curve = curves(ax)
    n = len(NAMES)
    pairs = sorted(itertools.combinations(range(n), 2), key=lambda pair: -similarity.values[pair])
    hits = [confusion.confusions[pair] >= found.often for pair in pairs]
    for k, precision in zip(*curve.get_data(), strict=True):
        assert precision == pytest.approx(sum(hits[: int(k)]) / k)
    assert curve.get_xdata()[[0, -1]].tolist() == [1, len(pairs)]
    assert set(chance.get_ydata()) == {sum(hits) / len(pairs)}
    assert curve.get_ydata()[-1] == pytest.approx(sum(hits) / len(pairs))
    marks = {line.get_marker(): line.get_data() for line in ax.lines if line.get_marker() in "os"}
    assert marks["o"][0] == [sum(hits)]
    assert marks["o"][1] == pytest.approx([found.at_confused.precision])
    assert marks["s"][0] == [n]
    assert marks["s"][1] == pytest.approx([sum(hits[:n]) / n])


def test_the_marks_are_labelled(real, small):
    ax = plot_precision(real.similarity, real.mistakes.confusion, real.mistakes.forecast)
    texts = " ".join(texts_of(ax))
    assert "k = 1,701 often confused pairs: 52%, 1.5× chance" in texts
    assert "k = 100 classes: 82% (27% for 0.037 or more)" in texts
    assert "chance 34%" in texts
    assert_apart(ax.figure)


def test_a_precision_that_is_undefined_says_why(small):
    _, mistakes, similarity = small
    found = forecast(similarity, mistakes.confusion, often=500)
    ax = plot_precision(similarity, mistakes.confusion, found)
    assert "no pair was confused 500 times or more" in texts_of(ax)
    assert_apart(ax.figure)


# --- similarity against confusion -------------------------------------------------------------


def test_points_stand_where_they_belong(odd):
    similarity, confusion = odd.similarity, odd.mistakes.confusion
    ax = plot_similarity_confusion(similarity, confusion)
    points = ax.collections[0].get_offsets()
    i, j = np.nonzero(np.triu(confusion.confusions))
    expected = np.column_stack((similarity.values[i, j], confusion.confusions[i, j]))
    np.testing.assert_allclose(np.sort(points, axis=0), np.sort(expected, axis=0))
    assert f"rank correlation {odd.mistakes.forecast.spearman:.2f}" in " ".join(texts_of(ax))
    assert_apart(ax.figure)


def test_verdicts_have_shapes_of_their_own(real):
    verdicts = real.mistakes.verdicts
    ax = plot_similarity_confusion(real.similarity, real.mistakes.confusion, verdicts=verdicts)
    shapes = {
        line.get_label(): (line.get_marker(), line.get_markerfacecolor() == "none", line)
        for line in ax.lines
        if line.get_label() in verdicts.counts()
    }
    assert set(shapes) == {"understandable", "misperception", "kin", "unexplained", "latent"}
    assert len({shape[:2] for shape in shapes.values()}) == len(shapes)
    for verdict in ("understandable", "misperception", "kin", "unexplained"):
        places = verdicts.of(verdict)
        x = np.sort(shapes[verdict][2].get_xdata())
        np.testing.assert_allclose(x, np.sort(verdicts.similarity[places]))
        assert f"{verdict} ({len(places)})" in texts_of(ax)
    assert_apart(ax.figure)


def test_many_points_are_drawn_as_fewer_darker_ones(real):
    ax = plot_similarity_confusion(real.similarity, real.mistakes.confusion)
    drawn = ax.collections[0]
    confused = real.mistakes.forecast.confused
    assert confused > 2_000
    assert len(drawn.get_offsets()) < confused
    assert np.ptp(drawn.get_alpha()) > 0.2
    texts = texts_of(ax)
    assert "horizontal bar – parallel bars" in texts
    assert_apart(ax.figure)


# --- all of them ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plots(odd):
    graph, mistakes, similarity = odd.graph, odd.mistakes, odd.similarity
    confusion, verdicts = mistakes.confusion, mistakes.verdicts
    return {
        "cluster": lambda ax=None: plot_confusions(graph, mistakes, 0, ax=ax),
        "overview": lambda ax=None: plot_confusions_overview(graph, mistakes, ax=ax),
        "precision": lambda ax=None: plot_precision(
            similarity, confusion, mistakes.forecast, ax=ax
        ),
        "likeness": lambda ax=None: plot_similarity_confusion(
            similarity, confusion, verdicts=verdicts, ax=ax
        ),
    }


PLOTS = ("cluster", "overview", "precision", "likeness")


@pytest.mark.parametrize("name", PLOTS)
def test_a_given_ax_is_drawn_into_and_its_neighbours_are_left_in_peace(plots, name):
    figure = Figure((12, 9))
    axes = figure.subplots(2, 2)
    places = [ax.get_position().frozen() for ax in axes.flat]
    assert plots[name](axes[1, 0]) is axes[1, 0]
    renderer = FigureCanvasAgg(figure).get_renderer()
    for text in axes[1, 0].texts:
        with drawing():
            box = text.get_window_extent(renderer).transformed(figure.transFigure.inverted())
        assert box.x1 <= places[3].x0 + 0.001
        assert box.y1 <= places[2].y1 + 0.02
    for k in (0, 1, 3):
        assert not axes.flat[k].texts
        assert axes.flat[k].get_position().bounds == places[k].bounds


def test_dashes_shrink_with_a_small_ax(plots):
    usual = plots["cluster"]().collections[2].get_linewidths()
    figure = Figure((2, 1.5))
    ax = plots["cluster"](figure.add_axes((0, 0, 1, 1)))
    assert max(ax.collections[2].get_linewidths()) < 0.8 * min(usual)


@pytest.mark.parametrize("format", ["png", "svg"])
@pytest.mark.parametrize("name", PLOTS)
def test_the_same_value_gives_the_same_bytes_whatever_the_users_settings(plots, name, format):
    first = render(plots[name](), format, dpi=50)
    mine = {"font.family": "serif", "font.size": 20, "lines.linewidth": 9, "axes.grid": True}
    with matplotlib.rc_context(mine):
        second = render(plots[name](), format, dpi=50)
        assert {key: matplotlib.rcParams[key] for key in mine} == {**mine, "font.family": ["serif"]}
    assert first == second


def test_colours_are_the_palettes(small):
    graph, mistakes, _ = small
    dashed = plot_confusions(graph, mistakes, 0).collections[2]
    assert matplotlib.colors.to_hex(dashed.get_edgecolors()[0]) == palette.CHANCE
