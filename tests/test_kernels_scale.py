"""Many classes: the same answers by block, by thread and compiled as by the plain formula."""

import os
import sys
import threading
import warnings
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import cluster

from semdepth.clustering import AffinityPropagation
from semdepth.head import ClassifierHead
from semdepth.kernels import gram, median, threads
from semdepth.kernels.affinity import dense_messages, propagation, short_lists
from semdepth.kernels.affinity.dense_messages import DenseMessages
from semdepth.kernels.affinity.messages import Messages
from semdepth.kernels.affinity.propagation import affinity_propagation
from semdepth.kernels.affinity.ties import CounterNoise, LegacyNoise, TieBroken
from semdepth.kernels.twins import Twin
from semdepth.similarity import structural_similarity


def compiled():
    pytest.importorskip("numba")
    from semdepth.kernels.affinity.compiled_messages import CompiledMessages

    return CompiledMessages


def clustered(n, seed, dimension=6):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(n // 8 + 2, dimension))
    points = centres[random.integers(len(centres), size=n)]
    points = points + 0.2 * random.normal(size=points.shape)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points @ points.T


def structureless(n, seed):
    points = np.random.default_rng(seed).normal(size=(n, 40))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points @ points.T


def tied(n, seed):
    values = np.random.default_rng(seed).integers(0, 30, size=(n, n)) / 30
    return np.maximum(values, values.T)


def duplicated(n, seed):
    """Every item twice: which of the two stands for both oscillates, or the noise decides."""
    half = clustered(n // 2 + 1, seed)
    return np.tile(half, (2, 2))[:n, :n]


def nearly_tied(n, seed):
    """Float32 numbers next to each other, whose order is left to a noise in float32."""
    steps = np.random.default_rng(seed).integers(0, 40, size=(n, n))
    return 0.5 + np.maximum(steps, steps.T) * 2.0**-24


INPUTS = {
    "clustered": clustered,
    "structureless": structureless,
    "tied": tied,
    "duplicated": duplicated,
    "nearly tied": nearly_tied,
}
NOISES = (LegacyNoise, CounterNoise)
KINDS = (np.float64, np.float32)


class Given(np.random.RandomState):
    """A random state that draws numbers known beforehand."""

    def __init__(self, numbers):
        super().__init__(0)
        self.numbers = numbers

    def standard_normal(self, size):
        assert size == self.numbers.shape
        return self.numbers


def normal_numbers(noise, n, kind):
    if isinstance(noise, LegacyNoise):
        return np.random.RandomState(noise.seed).standard_normal((n, n))
    # Noise is (eps * s + tiny * 100) * normal: out of what it is at s = 1, when eps is 1 as well.
    from semdepth.kernels.affinity.ties import counted_normal

    items = np.arange(n)
    return counted_normal(noise.start, n, items[:, None], items, np.zeros((n, n), kind))


def theirs(matrix, noise, preference, damping):
    model = cluster.AffinityPropagation(
        affinity="precomputed",
        preference=preference,
        damping=damping,
        random_state=Given(normal_numbers(noise, len(matrix), matrix.dtype)),
    )
    with warnings.catch_warnings():
        # Whether it converged is compared by the count of iterations.
        warnings.simplefilter("ignore")
        return model.fit(matrix.copy())


@pytest.fixture(params=["lists", "compiled lists", "dense", "compiled dense"])
def form(request, monkeypatch):
    """Each form that the exchange of messages has."""
    kind = request.param.removeprefix("compiled ")
    is_compiled = kind != request.param
    if is_compiled:
        pytest.importorskip("numba")
    monkeypatch.setattr(propagation, "DENSE_UP_TO", 10**6 if kind == "dense" else 0)
    for module in (propagation, dense_messages):
        monkeypatch.setattr(module, "TWIN", twin(module, is_compiled))
    return request.param


def twin(module, serves):
    """The twin of a module that serves at once, or never."""
    return Twin(module.TWIN.module, loading=0 if serves else np.inf)


# One contract: every form, scikit-learn's labels for the same noise


@cache
def case(name, noise, kind, n, damping):
    """A matrix, its preference, and what scikit-learn makes of them."""
    matrix = INPUTS[name](n, n).astype(kind)
    preference = np.median(matrix)
    return matrix, preference, theirs(matrix, noise(7), preference, damping)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize(("n", "damping"), [(66, 0.5), (190, 0.5), (190, 0.8)])
def test_every_form_gives_scikit_learns_labels_for_the_same_noise(
    form, name, noise, kind, n, damping
):
    matrix, preference, due = case(name, noise, kind, n, damping)
    found = affinity_propagation(matrix, preference=preference, noise=noise(7), damping=damping)
    assert found.labels.tolist() == due.labels_.tolist()
    assert found.exemplars.tolist() == list(due.cluster_centers_indices_)
    assert found.iterations == due.n_iter_


@pytest.mark.parametrize("name", INPUTS)
def test_many_items_too(form, name):
    test_every_form_gives_scikit_learns_labels_for_the_same_noise(
        form, name, CounterNoise, np.float32, 401, 0.7
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("size", [1, 2, 63, 64, 65, 300, 600])
def test_the_twins_pass_the_same_numbers(name, size, kind):
    similar = CounterNoise(3).break_ties(INPUTS[name](size + 1, 1).astype(kind), kind(0.2))
    plain, twin = Messages(similar, 0.6), compiled()(similar, 0.6)
    # More iterations than the twin's history holds at first.
    for _ in range(70):
        assert plain.exchange().tolist() == twin.exchange().tolist()
        items = twin.state.items
        assert plain.common.tolist() == items.common.tolist()
        assert plain.own_availability.tolist() == items.own_availability.tolist()
        assert plain.own_responsibility.tolist() == items.own_responsibility.tolist()


@pytest.mark.parametrize("name", ["tied", "nearly tied", "duplicated"])
def test_all_forms_settle_exact_ties_alike(name):
    # No noise at all, and availabilities that are equal too.
    values = INPUTS[name](150, 2)
    np.fill_diagonal(values, np.median(values))
    similar = TieBroken(values, values.diagonal().copy())
    forms = [form(similar, 0.5) for form in (Messages, compiled(), DenseMessages)]
    for _ in range(30):
        first, *others = [form.exchange().tolist() for form in forms]
        assert all(other == first for other in others)
        assert forms[0].common.tolist() == forms[1].state.items.common.tolist()
        assert forms[0].own_availability.tolist() == forms[2].own_availability.tolist()
        assert forms[0].own_availability.tolist() == forms[1].state.items.own_availability.tolist()


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_twin_gives_the_same_on_any_number_of_threads(count, monkeypatch):
    module = sys.modules[compiled().__module__]
    monkeypatch.setattr(module, "_THREADS_FROM", 0)
    monkeypatch.setattr(module, "thread_count", lambda: count)
    test_the_twins_pass_the_same_numbers("structureless", 600, np.float32)


@pytest.mark.parametrize(("n", "runs"), [(10_000, 0), (5_000, 0), (4_900, 1), (1_000, 24)])
def test_numba_is_used_when_the_work_so_far_would_have_paid_for_it(n, runs, monkeypatch):
    wanted = compiled()
    monkeypatch.setattr(propagation, "TWIN", Twin(propagation.TWIN.module, loading=0.7))
    assert [propagation._messages(n) for _ in range(runs)] == [Messages] * runs
    assert propagation._messages(n) is wanted


def test_few_items_take_the_dense_form(monkeypatch):
    monkeypatch.setattr(propagation, "TWIN", twin(propagation, True))
    assert propagation._messages(300) is DenseMessages


@pytest.mark.parametrize("module", [propagation, dense_messages])
def test_without_numba_the_plain_form_serves(module, monkeypatch):
    monkeypatch.setitem(sys.modules, f"semdepth.kernels.{module.TWIN.module}", None)
    monkeypatch.setattr(module, "TWIN", twin(module, True))
    assert module.TWIN.serves(1.0) is None
    for n in (250, 310):
        found = affinity_propagation(clustered(n, 0), preference=0.0, noise=LegacyNoise(0))
        assert 1 < len(found.exemplars) < n


def test_where_numba_is_told_not_to_compile_the_plain_form_serves(monkeypatch):
    numba = pytest.importorskip("numba")
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    assert twin(propagation, True).serves(1.0) is None


def test_the_dense_form_may_be_compiled_in_the_middle_of_a_run(monkeypatch):
    pytest.importorskip("numba")
    # Blocks of 11 rows.
    monkeypatch.setattr(dense_messages, "_BLOCK_CELLS", 1_000)
    similar = LegacyNoise(0).break_ties(structureless(90, 0), 0.1)
    one_by_one, plain = DenseMessages(similar, 0.6), DenseMessages(similar, 0.6)
    for turn in range(40):
        monkeypatch.setattr(dense_messages, "TWIN", twin(dense_messages, False))
        due = plain.exchange().tolist()
        monkeypatch.setattr(dense_messages, "TWIN", twin(dense_messages, turn % 3 > 0))
        assert one_by_one.exchange().tolist() == due
        assert one_by_one.responsibility.tolist() == plain.responsibility.tolist()
        assert one_by_one.availability.tolist() == plain.availability.tolist()
        assert one_by_one.own_availability.tolist() == plain.own_availability.tolist()


def test_the_similarities_stay_as_they_are():
    matrix = clustered(100, 0)
    before = matrix.copy()
    for noise in NOISES:
        affinity_propagation(matrix, preference=0.0, noise=noise(1))
        assert np.array_equal(matrix, before)


def test_long_preparations_are_not_silent(monkeypatch):
    monkeypatch.setattr(propagation, "_messages", lambda n: Messages)
    monkeypatch.setattr(short_lists, "_BLOCK_CELLS", 1000)
    told = []
    affinity_propagation(
        clustered(60, 0),
        preference=0.0,
        noise=LegacyNoise(0),
        progress=lambda done, total: told.append(done),
    )
    # 16 rows are a block.
    assert told[:5] == [0, 0, 0, 0, 1]


# Noise


@pytest.mark.parametrize("kind", KINDS)
def test_noise_is_the_same_by_cell_by_row_and_by_group(kind):
    matrix = structureless(50, 2).astype(kind)
    similar = CounterNoise(11).break_ties(matrix, kind(0.3))
    rows = similar.rows(slice(0, 50))
    row, column = np.nonzero(~np.eye(50, dtype=bool))
    assert similar.cells(row, column).tolist() == rows[row, column].tolist()
    some = np.array([3, 7, 7, 40])
    assert np.array_equal(similar.rows(some), rows[some])
    assert np.array_equal(similar.among(some, some[:2]), rows[np.ix_(some, some[:2])])
    assert similar.own.tolist() == rows.diagonal().tolist()
    apart = np.abs(rows - matrix)[row, column].max()
    assert 0 < apart <= similar.most_noise(np.abs(matrix).max())


def test_noise_is_normal_and_differs_by_seed_and_cell():
    numbers = normal_numbers(CounterNoise(0), 400, np.float64)
    # The mean of n numbers of variance 1 is off by 1 / sqrt(n), their variance by about as much.
    assert abs(numbers.mean()) < 4 / 400
    assert abs(numbers.var() - 1) < 4 / 400
    assert np.abs(numbers).max() <= 12**0.5
    other = normal_numbers(CounterNoise(1), 400, np.float64)
    for shifted in (other, numbers.T, np.roll(numbers, 1), np.roll(numbers, 1, axis=0)):
        assert abs(np.mean(numbers * shifted) - np.mean(numbers.diagonal() ** 2) / 400) < 4 / 400


def test_the_counter_is_splitmix64():
    # Its published test values: the first numbers for the seed 1234567.
    due = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    from semdepth.kernels.affinity.ties import STEP, _mixed

    counter = [(1234567 + STEP * k) % 2**64 for k in range(1, 5)]
    assert _mixed(np.array(counter, dtype=np.uint64)).tolist() == due


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["tied", "nearly tied"])
def test_the_most_similar_is_chosen_under_the_noise(name, noise, kind):
    similar = noise(5).break_ties(INPUTS[name](90, 0).astype(kind), kind(0.5))
    columns = np.arange(0, 90, 3)
    rows = np.arange(90)[np.arange(90) % 3 > 0]
    due = similar.rows(slice(0, 90))[:, columns].argmax(axis=1)
    assert similar.most_similar(slice(0, 90), columns)[rows].tolist() == due[rows].tolist()


# Short lists


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("n", [2, 60, 65, 66, 67, 500, 513, 1100])
def test_short_lists_hold_the_most_similar(name, n):
    matrix = INPUTS[name](n, 4)
    similar = LegacyNoise(0).break_ties(matrix, 9.0)
    plain = short_lists.short_lists(similar)
    lists = compiled()(similar, 0.5).state.lists
    rows = similar.rows(slice(0, n)).copy()
    np.fill_diagonal(rows, -np.inf)
    due = -np.sort(-rows, axis=1)[:, : min(64, n - 1)]
    beyond = -np.sort(-rows, axis=1)[:, 64] if n > 65 else np.full(n, -np.inf)
    assert np.array_equal(-np.sort(-plain.values, axis=1), due)
    assert np.array_equal(lists.values, due)
    assert np.array_equal(plain.beyond, beyond)
    assert np.all(lists.beyond >= beyond)
    for columns in (plain.columns, lists.columns):
        assert all(len(set(row)) == len(row) for row in columns.tolist())
    assert np.array_equal(np.take_along_axis(rows, lists.columns.astype(int), axis=1), due)


# The matrix and its median


@pytest.mark.parametrize("n", [2, 127, 128, 129, 300, 517])
@pytest.mark.parametrize("kind", KINDS)
def test_products_by_block_are_all_products(n, kind):
    rows = np.random.default_rng(n).normal(size=(n, 9)).astype(kind)
    told = []
    products, least, most = gram.upper_products(rows, lambda *done: told.append(done))
    due = rows @ rows.T
    # Below the diagonal nothing is filled yet.
    products[np.tril_indices(n, -1)] = due[np.tril_indices(n, -1)]
    close = 1e-4 if kind is np.float32 else 1e-12
    assert np.abs(np.triu(products - due)).max() < close
    assert (least, most) == (np.triu(products).min(), products.diagonal().max())
    assert told[-1] == (n, n)
    gram.scale_and_mirror(products, least, most - least)
    assert np.array_equal(products, products.T)
    due = (due - due.min()) / (due.max() - due.min())
    np.fill_diagonal(due, 1)
    assert np.abs(products - due).max() < close
    assert products.dtype == kind


def test_many_templates_are_compared_by_the_same_formula(monkeypatch):
    templates = np.random.default_rng(0).normal(size=(700, 5))
    head = ClassifierHead(tuple(map(str, range(700))), templates, "fc")
    due = structural_similarity(head).values
    monkeypatch.setattr("semdepth.similarity.DOUBLE_UP_TO", 500)
    told = []
    found = structural_similarity(head, progress=lambda *done: told.append(done)).values
    assert found.dtype == np.float32
    assert np.abs(found - due).max() < 1e-6
    assert np.array_equal(found, found.T)
    assert (found.min(), found.max()) == (0, 1)
    assert told == [(256, 700), (512, 700), (700, 700)]


@settings(max_examples=30, deadline=None)
@given(
    shape=st.sampled_from([(40, 40), (31, 33), (1, 1000), (64, 63)]),
    distinct=st.sampled_from([1, 2, 3, 20, 10**6]),
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 10_000),
)
def test_the_median_is_numpys(shape, distinct, kind, seed):
    random = np.random.default_rng(seed)
    values = (random.integers(distinct, size=shape) ** 2 / distinct - seed % 7).astype(kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(median, "_FEW", 0)
        # Few to draw: now and then they do not enclose the median.
        patch.setattr(median, "_SAMPLE", 64)
        found = median.median(values)
    assert found == np.median(values)
    assert found.dtype == np.median(values).dtype


def test_the_median_is_found_where_the_sample_misleads(monkeypatch):
    values = np.random.default_rng(0).random((50, 50))
    monkeypatch.setattr(median, "_FEW", 0)
    for ends in ((0.9, 0.95), (0.1, 0.2), (0.5, 0.5)):
        monkeypatch.setattr(median, "_enclosing", lambda values, ends=ends: ends)
        assert median.median(values) == np.median(values)


# Threads


@pytest.mark.parametrize("count", [0, 1, 2, 7, 100])
@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("size", [0, 1, 9])
def test_every_row_is_worked_on_once(count, workers, size):
    seen = np.zeros(count, dtype=int)

    def work(rows):
        seen[rows] += 1

    threads.share_rows(count, work, workers, size)
    assert seen.tolist() == [1] * count


def test_a_slow_thread_does_not_keep_its_share_from_the_others():
    others_done = threading.Event()
    seen = []

    def work(rows):
        if rows.start == 0:
            assert others_done.wait(30)
        else:
            seen.append(rows.start)
            if len(seen) == 9:
                others_done.set()

    threads.share_rows(10, work, 2, 1)
    assert sorted(seen) == list(range(1, 10))


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_in_a_thread_is_raised(workers):
    def work(rows):
        if rows.start == 5:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        threads.share_rows(50, work, workers, 1)


@pytest.mark.parametrize("variable", ["OMP_NUM_THREADS", "NUMBA_NUM_THREADS"])
@pytest.mark.parametrize(("value", "due"), [("1", 1), ("3,1", 3), ("", 6), ("x", 6), ("40", 6)])
def test_the_thread_count_is_what_the_environment_allows(variable, value, due, monkeypatch):
    monkeypatch.setattr(threads, "_cores", lambda: 6)
    monkeypatch.setattr(threads, "_blas_pools", list)
    for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    assert threads.thread_count() == due


def test_the_thread_count_respects_threadpoolctl(monkeypatch):
    threadpoolctl = pytest.importorskip("threadpoolctl")
    monkeypatch.setattr(threads, "_cores", lambda: 6)
    with threadpoolctl.threadpool_limits(1):
        assert threads.thread_count() == 1


def test_the_cores_are_those_of_this_process():
    if hasattr(os, "sched_getaffinity"):
        assert threads._cores() == len(os.sched_getaffinity(0))


# The clusterer


def test_above_its_threshold_the_clusterer_counts_its_noise(monkeypatch):
    monkeypatch.setattr("semdepth.similarity.DOUBLE_UP_TO", 200)
    monkeypatch.setattr("semdepth.clustering.DOUBLE_UP_TO", 200)
    templates = np.random.default_rng(1).normal(size=(300, 8))
    head = ClassifierHead(tuple(map(str, range(300))), templates, "fc")
    similarity = structural_similarity(head)
    found = AffinityPropagation(seed=9)(similarity)
    due = theirs(similarity.values, CounterNoise(9), np.median(similarity.values), 0.5)
    assert found.assignment.tolist() == due.labels_.tolist()
    assert found.iterations == due.n_iter_
    assert "SplitMix64" in found.note
