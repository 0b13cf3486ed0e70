"""Greatest cells and sums by depth of every row: plain and compiled, against a literal reading."""

import numpy as np
import pytest

from semdepth.kernels import similarity_rows
from semdepth.kernels.similarity_rows import chosen_cells, nearest_in_rows, sums_by_group

# The compiled loops take over at a size that is too large for a test.
NEVER, ALWAYS = 10**9, 0


@pytest.fixture(params=[NEVER, ALWAYS], ids=["plain", "compiled"])
def form(request, monkeypatch):
    monkeypatch.setattr(similarity_rows, "COMPILED_FROM", request.param)


def matrix(dtype, n=70, distinct=40):
    """Symmetric, with many cells of equal value, and read-only as an analysis has it."""
    cells = np.random.default_rng(3).integers(0, distinct, size=(n, n)) / distinct
    values = (np.triu(cells, 1) + np.triu(cells, 1).T + np.eye(n)).astype(dtype)
    values.setflags(write=False)
    return values


CHOSEN = {"all": np.arange(70), "some": np.arange(70)[np.arange(70) % 3 != 1]}


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("which", CHOSEN)
@pytest.mark.parametrize("count", [1, 5, 45])
def test_the_nearest_are_those_that_a_stable_sort_puts_first(dtype, which, count):
    values, chosen = matrix(dtype), CHOSEN[which]
    found = nearest_in_rows(values, chosen, count)
    for i, row in enumerate(chosen):
        others = [j for j in range(len(chosen)) if j != i]
        due = sorted(others, key=lambda j, row=row: -values[row, chosen[j]])
        assert found[i].tolist() == due[:count]


def grouped(n, n_kinds=9, n_depths=6):
    random = np.random.default_rng(4)
    table = random.integers(n_depths, size=(n_kinds, n_kinds)).astype(np.uint8)
    return random.integers(n_kinds, size=n), table, np.array([0, 0, 1, 2, 2, 3])


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("which", CHOSEN)
def test_sums_are_over_all_pairs_of_a_group(dtype, which):
    values, chosen = matrix(dtype), CHOSEN[which]
    kinds, table, group = grouped(len(chosen))
    total, square = sums_by_group(values, chosen, kinds, table, group)
    cells = [[] for _ in range(4)]
    for i in range(len(chosen)):
        for j in range(i + 1, len(chosen)):
            of_pair = group[table[kinds[i], kinds[j]]]
            cells[of_pair].append(float(values[chosen[i], chosen[j]]))
    assert total == pytest.approx([sum(group) for group in cells])
    assert square == pytest.approx([sum(x * x for x in group) for group in cells])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_forms_give_the_same_bits(dtype, monkeypatch):
    values = np.random.default_rng(5).random((150, 150)).astype(dtype)
    chosen = np.arange(150)
    kinds, table, group = grouped(150)
    found = []
    for limit in (NEVER, ALWAYS):
        monkeypatch.setattr(similarity_rows, "COMPILED_FROM", limit)
        sums = sums_by_group(values, chosen, kinds, table, group)
        found.append(np.vstack((*sums, nearest_in_rows(values, chosen, 4).T[:, :4])))
    assert np.array_equal(*found)


def test_cells_of_all_classes_are_not_copied():
    values = matrix(np.float64)
    assert chosen_cells(values, CHOSEN["all"], 3, 10).base is values
    some = CHOSEN["some"]
    assert np.array_equal(chosen_cells(values, some, 3, 10), values[some[3], some[10:]])
