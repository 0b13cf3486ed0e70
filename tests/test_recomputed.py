"""Heads whose matrix does not fit: the exact analysis from cells that are recomputed."""

import dataclasses

import numpy as np
import pytest
from click.testing import CliRunner

from semdepth import analyze, place, read_labels, structural_similarity
from semdepth.cli import budget, cli
from semdepth.clustering import AffinityPropagation, Hdbscan, Louvain, Optics, Whole
from semdepth.confusion import ConfusionMatrix
from semdepth.cost import estimate
from semdepth.errors import ClusteringError, MatrixError, OptionError
from semdepth.graph import build_graph
from semdepth.head import ClassifierHead
from semdepth.kernels import median as median_kernel
from semdepth.kernels import recomputed as cells_kernel
from semdepth.kernels import spanning
from semdepth.kernels.affinity import propagation
from semdepth.kernels.affinity.propagation import affinity_propagation
from semdepth.kernels.affinity.ties import CounterNoise
from semdepth.kernels.median import median
from semdepth.kernels.similarity_rows import chosen_rows, nearest_in_rows, sums_by_group
from semdepth.kernels.spanning import maximum_spanning_forest
from semdepth.oddities import context_pairs, odd_classes
from semdepth.recomputed import recomputed_similarity
from semdepth.similarity import SimilarityMatrix

EPS = float(np.finfo(np.float32).eps)


def head_of(n, dimension=24, groups=9, seed=0, kind=np.float64):
    """Templates in groups: classes of a group share a component."""
    random = np.random.default_rng(seed)
    centres = 2 * random.normal(size=(groups, dimension))
    templates = centres[np.arange(n) % groups] + random.normal(size=(n, dimension))
    return ClassifierHead(tuple(f"class {i}" for i in range(n)), templates.astype(kind), "fc")


def placed_head(n, seed=0):
    """The first classes of ImageNet, with random templates."""
    classes = read_labels("imagenet-1k").take(range(n))
    templates = np.random.default_rng(seed).normal(size=(n, 16))
    return ClassifierHead(classes.labels, templates, "fc", ids=classes.ids)


def cells_of(n, **settings):
    return recomputed_similarity(head_of(n, **settings)).values


def kept(similarity):
    """The same similarities in a matrix."""
    return SimilarityMatrix("structural", similarity.labels, similarity.values[:])


@pytest.fixture
def small_blocks(monkeypatch):
    """Many blocks for few classes, and no matrix for any cluster."""
    monkeypatch.setattr(cells_kernel, "_ROWS", 7)
    monkeypatch.setattr(cells_kernel, "_COLUMNS", 11)
    monkeypatch.setattr(cells_kernel, "_BLOCK_ENTRIES", 100)
    monkeypatch.setattr(spanning, "_AT_ONCE", 3)
    monkeypatch.setattr(median_kernel, "_FEW", 0)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_similarities_are_the_matrix_s_up_to_rounding(kind):
    head = head_of(80, kind=kind)
    found, exact = recomputed_similarity(head).values[:], structural_similarity(head).values
    # The cosine's rounding and the least one's, each divided by the span of 1 to 2; the scale's.
    assert np.allclose(found, exact, rtol=0, atol=4 * EPS)
    assert np.array_equal(found, found.T)
    assert found.min() == 0
    assert (found.diagonal() == 1).all()


def test_a_cell_has_one_value_however_it_is_asked_for(small_blocks):
    # So many terms that a sum in float32, or in float64 off the grid, depends on its order.
    cells = cells_of(60, dimension=700)
    whole = cells[:]
    some, others = np.array([4, 59, 0, 31]), np.array([31, 2, 4])
    assert np.array_equal(np.array([cells[i] for i in range(60)]), whole)
    assert np.array_equal(np.array(list(cells)), whole)
    assert np.array_equal(cells[some], whole[some])
    assert np.array_equal(cells[some[:, None], others], whole[some[:, None], others])
    assert np.array_equal(cells.block(some, others), whole[some][:, others])
    assert np.array_equal(cells.block(slice(3, 9), slice(5, None)), whole[3:9, 5:])
    assert np.array_equal(cells.among(some)[:], whole[np.ix_(some, some)])
    assert cells[3, 4] == whole[3, 4]
    # On the diagonal too, whatever it would be by the formula.
    wide = dataclasses.replace(cells, span=2 * cells.span)
    assert (wide[:].diagonal() == 1).all()
    assert (wide[some, some] == 1).all()
    assert wide[4][4] == wide.block(others, some)[1 + 1, 0] == 1
    # In the opposite order of all terms as well.
    turned = dataclasses.replace(cells, rows=cells.rows[:, ::-1].copy())
    assert np.array_equal(turned[:], whole)


def test_sums_are_exact():
    cells = cells_of(12, dimension=40)
    grid = [[int(x * 2**26) for x in row] for row in cells.rows]
    assert np.array_equal(np.array(grid) / 2**26, cells.rows)
    products = cells.rows @ cells.rows.T
    for i, first in enumerate(grid):
        for j, second in enumerate(grid):
            exact = sum(x * y for x, y in zip(first, second, strict=True))
            assert int(products[i, j] * 2**52) == exact


@pytest.mark.parametrize("n", [5, 40, 41])
def test_the_median_is_that_of_all_cells(n, small_blocks):
    cells = cells_of(n)
    assert median(cells) == np.median(cells[:])


def test_rows_are_the_matrix_s(small_blocks):
    cells = cells_of(50)
    whole = cells[:]
    random = np.random.default_rng(1)
    table, group = random.integers(0, 4, size=(6, 6)), np.array([0, 0, 1, 2])
    for chosen in (np.arange(50), np.sort(random.permutation(50)[:31])):
        kinds = random.integers(0, 6, size=len(chosen))
        for above in (False, True):
            pairs = zip(
                chosen_rows(cells, chosen, above=above),
                chosen_rows(whole, chosen, above=above),
                strict=True,
            )
            assert all(np.array_equal(ours, theirs) for ours, theirs in pairs)
        assert np.array_equal(nearest_in_rows(cells, chosen, 4), nearest_in_rows(whole, chosen, 4))
        sums = [sums_by_group(v, chosen, kinds, table, group) for v in (cells, whole)]
        assert np.array_equal(*sums)


@pytest.mark.parametrize("seed", range(4))
def test_the_forest_is_the_matrix_s(seed, small_blocks):
    # Templates of few whole numbers: many of them equal, so that edges tie.
    random = np.random.default_rng(seed)
    templates = random.integers(-2, 3, size=(70, 4)) + 0.5
    head = ClassifierHead(tuple(map(str, range(70))), templates, "fc")
    cells = recomputed_similarity(head).values
    for nodes in (np.arange(70), np.sort(random.permutation(70)[:40]), np.array([8]), None):
        assert np.array_equal(
            maximum_spanning_forest(cells, nodes), maximum_spanning_forest(cells[:], nodes)
        )


@pytest.mark.parametrize(("n", "groups"), [(90, 9), (90, 90), (500, 90)])
def test_affinity_propagation_is_the_matrix_s(n, groups, small_blocks):
    cells = cells_of(n, groups=groups)
    settings = {"preference": median(cells), "noise": CounterNoise(3)}
    found, expected = (affinity_propagation(v, **settings) for v in (cells, cells[:]))
    assert np.array_equal(found.labels, expected.labels)
    assert np.array_equal(found.exemplars, expected.exemplars)
    assert found.iterations == expected.iterations


def test_affinity_propagation_is_the_compiled_one_s():
    pytest.importorskip("numba")
    # Without structure, where the lists of the nearest suffice least often.
    cells = cells_of(2_000, dimension=64, groups=2_000)
    settings = {"preference": median(cells), "noise": CounterNoise(42), "max_iterations": 20}
    found, expected = (affinity_propagation(v, **settings) for v in (cells, cells[:]))
    assert np.array_equal(found.labels, expected.labels)
    assert found.iterations == expected.iterations


@pytest.mark.parametrize("clusterer", [Whole(), Optics(), Hdbscan(), AffinityPropagation()])
def test_graphs_are_the_matrix_s(clusterer, small_blocks, monkeypatch):
    # The noise of large heads for both.
    monkeypatch.setattr("semdepth.clustering.DOUBLE_UP_TO", 0)
    similarity = recomputed_similarity(head_of(120))
    found, expected = (build_graph(s, clusterer) for s in (similarity, kept(similarity)))
    assert np.array_equal(found.membership, expected.membership)
    assert np.array_equal(found.edges, expected.edges)
    assert np.array_equal(found.weights, expected.weights)
    assert "recomputed" in found.clustering.note
    assert found.note == expected.note == ""


def test_oddities_are_the_matrix_s(small_blocks):
    head = placed_head(60)
    similarity, placement = recomputed_similarity(head), place(head.labels, head.ids)
    matrix = kept(similarity)
    assert odd_classes(similarity, placement) == odd_classes(matrix, placement)
    assert context_pairs(similarity, placement) == context_pairs(matrix, placement)
    assert np.array_equal(similarity.most_alike(30), matrix.most_alike(30))


def test_an_analysis_is_the_exact_one(small_blocks):
    head = placed_head(80)
    exact, found = analyze(head), analyze(head, recompute=True)
    assert found.depth.mean == exact.depth.mean
    assert found.chance == exact.chance
    assert np.array_equal(found.graph.edges, exact.graph.edges)
    assert [odd.label for odd in found.odd] == [odd.label for odd in exact.odd]
    pairs, expected = ([(p.first, p.second) for p in a.context] for a in (found, exact))
    assert pairs == expected
    pairs, expected = ([(p.first, p.second) for p in a.alike] for a in (found, exact))
    assert pairs == expected
    note = "exact, from similarities that were recomputed"
    assert sum(note in line for line in found.notes) == 1
    assert not found.to_dict()["approximate"]
    assert "approximate" not in repr(found)
    assert found.similarity is None
    assert found.explain(head.labels[0], head.labels[1]).rank == (
        exact.explain(head.labels[0], head.labels[1]).rank
    )


def test_what_needs_the_matrix_is_refused():
    head = head_of(20)
    confusion = ConfusionMatrix(head.labels, np.eye(20, dtype=np.int64) + 1)
    with pytest.raises(OptionError, match="found predictions, which need the matrix"):
        analyze(head, recompute=True, confusion=confusion)
    with pytest.raises(OptionError, match="found neighbours"):
        analyze(head, recompute=True, neighbours=3)
    with pytest.raises(OptionError, match="found similarities instead of a classifier head"):
        analyze(structural_similarity(head), recompute=True)
    with pytest.raises(OptionError, match="choose affinity, whole, optics or hdbscan"):
        analyze(head, recompute=True, clusterer=Louvain())


def test_equal_templates_are_refused():
    head = ClassifierHead(("a", "b", "c"), np.outer([1, 2, 3], [0.1, 0.2, 0.7]), "fc")
    with pytest.raises(MatrixError, match="all 9 cells equal"):
        recomputed_similarity(head)


def test_crowds_of_ties_are_refused_where_they_need_too_much(monkeypatch):
    # Two directions alone: half of all cells are 1, the others 0.
    templates = np.eye(2)[np.arange(400) % 2]
    head = ClassifierHead(tuple(map(str, range(400))), templates, "fc")
    cells = recomputed_similarity(head).values
    settings = {"preference": 0.5, "noise": CounterNoise(0), "max_iterations": 9}
    found, expected = (affinity_propagation(v, **settings) for v in (cells, cells[:]))
    assert np.array_equal(found.labels, expected.labels)
    monkeypatch.setattr(propagation, "FULL_MATRICES_UP_TO", 399)
    with pytest.raises(ClusteringError, match=r"two matrices of all 400 .* --clusterer whole"):
        affinity_propagation(cells, **settings)


def write_head(path, n):
    templates = np.random.default_rng(0).normal(size=(n, 8))
    np.savez(path, weight=templates, classes=[f"nothing {i}" for i in range(n)])
    return str(path)


def test_the_command_recomputes_what_does_not_fit(tmp_path, monkeypatch):
    n = 5_001
    file = write_head(tmp_path / "head.npz", n)
    small = estimate(n, 8, Whole(), placed=n, recompute=True).memory_bytes
    assert small < estimate(n, 8, Whole(), placed=n).memory_bytes

    def run(memory, *options):
        command = ["analyze", file, "--clusterer", "whole", "--memory", str(memory), *options]
        return CliRunner().invoke(cli, command)

    found = run(small)
    assert found.exit_code == 0, found.output
    assert f"semdepth: the similarities of all {n:,} classes, recomputed" in found.stderr
    assert found.stderr.count("exact, from similarities that were recomputed") == 1
    refused = run(small - 1)
    assert isinstance(refused.exception, OptionError)
    assert "recomputed as their matrix does not fit, which take" in str(refused.exception)
    # Louvain has no way without the matrix.
    refused = run(small, "--clusterer", "louvain")
    assert "recomputed" not in str(refused.exception)


def test_up_to_5000_classes_nothing_is_recomputed(monkeypatch):
    monkeypatch.setattr(budget, "free_memory", lambda: 10**8)
    with pytest.raises(OptionError, match="the similarities of all 90 classes, which take"):
        budget.check_budget(head_of(90), Whole(), None, None, may_recompute=True)
