"""Affinity propagation gives scikit-learn's answer, whatever the input."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import cluster

from semdepth.kernels.affinity import dense_messages, propagation
from semdepth.kernels.affinity.dense_messages import DenseMessages
from semdepth.kernels.affinity.messages import Messages
from semdepth.kernels.affinity.propagation import affinity_propagation
from semdepth.kernels.affinity.ties import LegacyNoise, TieBroken
from semdepth.kernels.twins import Twin


@pytest.fixture(scope="module", autouse=True)
def short_lists():
    """The form for many items, which is the intricate one, also for few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(propagation, "DENSE_UP_TO", 0)
        for module in (propagation, dense_messages):
            patch.setattr(module, "TWIN", Twin(module.TWIN.module, loading=np.inf))
        yield


def ours(similarity, *, preference=None, seed=42, **options):
    matrix = np.array(similarity, dtype=options.pop("dtype", np.float64))
    settings = {"damping": 0.5, "max_iterations": 200, "convergence_iterations": 15} | options
    return affinity_propagation(
        matrix,
        preference=np.median(matrix) if preference is None else preference,
        noise=LegacyNoise(seed),
        **settings,
    )


def theirs(similarity, *, preference=None, seed=42, **options):
    model = cluster.AffinityPropagation(
        affinity="precomputed",
        random_state=seed,
        preference=preference,
        damping=options.get("damping", 0.5),
        max_iter=options.get("max_iterations", 200),
        convergence_iter=options.get("convergence_iterations", 15),
    )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model.fit(np.array(similarity, dtype=np.float64))
    converged = not any("did not converge" in str(warning.message) for warning in told)
    return model, converged


def assert_the_same(similarity, **options):
    found, (model, converged) = ours(similarity, **options), theirs(similarity, **options)
    assert found.labels.tolist() == model.labels_.tolist()
    assert found.exemplars.tolist() == list(model.cluster_centers_indices_)
    assert found.iterations == model.n_iter_
    assert found.converged == converged
    return found


def random_matrix(kind, n, seed):
    rng = np.random.default_rng(seed)
    if kind == "cosines of noise":
        points = rng.normal(size=(n, 5))
    elif kind == "clustered":
        points = rng.normal(size=(max(2, n // 4), 5))[rng.integers(max(2, n // 4), size=n)]
        points = points + 0.1 * rng.normal(size=(n, 5))
    elif kind == "duplicates":
        points = rng.integers(-1, 2, size=(n, 2)) + 0.5
    if kind == "integers":
        matrix = rng.integers(0, 4, size=(n, n)).astype(float)
        return matrix + matrix.T
    if kind == "mostly zero":
        matrix = np.where(rng.random((n, n)) < 0.05, rng.random((n, n)), 0.0)
        return (matrix + matrix.T) / 2 + np.eye(n)
    if kind == "heavy tails":
        matrix = rng.standard_cauchy(size=(n, n))
        return matrix + matrix.T
    if kind == "hubs":
        matrix = 0.1 * rng.random((n, n))
        hubs = rng.integers(n, size=3)
        matrix[hubs] += 5
        matrix[:, hubs] += 5
        return matrix
    if kind == "asymmetric":
        return rng.normal(size=(n, n))
    if kind == "distances":
        points = rng.integers(0, 5, size=(n, 2)).astype(float)
        return -((points[:, None] - points) ** 2).sum(axis=2)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points @ points.T


KINDS = (
    "asymmetric",
    "clustered",
    "cosines of noise",
    "distances",
    "duplicates",
    "heavy tails",
    "hubs",
    "integers",
    "mostly zero",
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(
    n=st.integers(2, 40),
    seed=st.integers(0, 10_000),
    damping=st.sampled_from([0.5, 0.6, 0.75, 0.9, 0.95]),
    preference=st.sampled_from([None, -5.0, 0.0, 0.3, 2.0]),
)
def test_any_input_gives_scikit_learns_labels(kind, n, seed, damping, preference):
    matrix = random_matrix(kind, n, seed)
    assert_the_same(matrix, seed=seed, damping=damping, preference=preference)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [2, 3, 25, 130])
def test_the_form_for_few_items_gives_scikit_learns_labels(kind, n, monkeypatch):
    monkeypatch.setattr(propagation, "DENSE_UP_TO", 300)
    assert_the_same(random_matrix(kind, n, n), seed=n)


# Above a few dozen items each row may be looked at in part only.
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12)
@given(
    n=st.integers(60, 170),
    seed=st.integers(0, 10_000),
    damping=st.sampled_from([0.5, 0.7, 0.95]),
    preference=st.sampled_from([None, -5.0, 0.3, 2.0]),
)
def test_many_items_give_scikit_learns_labels(kind, n, seed, damping, preference):
    options = {"damping": damping, "preference": preference, "max_iterations": 60}
    assert_the_same(random_matrix(kind, n, seed), seed=seed, **options)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    max_iterations=st.integers(1, 40),
    convergence_iterations=st.integers(1, 20),
)
def test_any_limits_give_scikit_learns_labels(seed, max_iterations, convergence_iterations):
    matrix = random_matrix("clustered", 20, seed)
    limits = {"max_iterations": max_iterations, "convergence_iterations": convergence_iterations}
    assert_the_same(matrix, seed=seed, **limits)


@pytest.mark.parametrize("n", [127, 128, 129, 180, 181, 182, 183, 255, 256, 257, 300, 401])
def test_any_size_gives_scikit_learns_labels(n):
    found = assert_the_same(random_matrix("cosines of noise", n, n))
    assert 1 < len(found.exemplars) < n


# Named cases


@pytest.mark.parametrize("damping", [0.5, 0.7, 0.9, 0.95])
def test_the_references_input_that_does_not_converge(golden, damping):
    known = golden("ap_nonconverging_8x8")
    found = assert_the_same(known["sim"], seed=int(known["np_seed"]), damping=damping)
    if damping == 0.5:
        assert (found.converged, found.iterations) == (False, 200)


def test_the_noise_decides_ties_by_the_seed():
    # Four equal items: which of them stands for all is left to the noise.
    matrix = 1 - np.eye(6)
    matrix[4:, :4] = matrix[:4, 4:] = 0.25
    found = {tuple(assert_the_same(matrix, seed=seed).exemplars) for seed in range(12)}
    assert len(found) > 1


@pytest.mark.parametrize(
    ("preference", "labels"), [(0.5, [0, 0, 0]), (0.4, [0, 0, 0]), (0.6, [0, 1, 2])]
)
def test_items_that_are_all_equally_alike_are_one_cluster_or_each_its_own(preference, labels):
    matrix = np.full((3, 3), 0.5)
    matrix[1, 1] = 7
    found = assert_the_same(matrix, preference=preference)
    assert found.labels.tolist() == labels
    assert (found.iterations, found.converged) == (0, True)


@pytest.mark.parametrize("matrix", [[[1, 0], [0, 1]], [[1, 0.2], [0.9, 1]], [[1, 1], [1, 1]]])
@pytest.mark.parametrize("preference", [None, -1.0, 0.5])
def test_two_items(matrix, preference):
    assert_the_same(matrix, preference=preference)


def test_one_item_is_one_cluster():
    found = ours([[1.0]])
    assert (found.labels.tolist(), found.exemplars.tolist()) == ([0], [0])


def test_no_exemplar_gives_no_labels():
    found = assert_the_same(
        random_matrix("cosines of noise", 9, 0), preference=-100.0, max_iterations=1
    )
    assert found.labels.tolist() == [-1] * 9
    assert len(found.exemplars) == 0
    assert not found.converged


def test_float32_is_computed_in_float32_and_repeats_itself():
    matrix = random_matrix("clustered", 200, 3)
    first, again = (ours(matrix, dtype=np.float32) for _ in range(2))
    assert np.array_equal(first.labels, again.labels)
    assert (first.iterations, first.converged) == (again.iterations, again.converged)
    assert 1 < len(first.exemplars) < 200
    assert np.array_equal(np.unique(first.labels), np.arange(len(first.exemplars)))
    assert np.array_equal(first.labels[first.exemplars], np.arange(len(first.exemplars)))


def test_progress_counts_iterations():
    told = []
    found = ours(
        random_matrix("clustered", 20, 0), progress=lambda done, total: told.append((done, total))
    )
    assert told == [(i, 200) for i in range(1, found.iterations + 1)]


# Very many ties


def three_values(seed, n):
    values = np.random.default_rng(seed).integers(0, 3, size=(n, n)) / 2
    values = np.maximum(values, values.T)
    np.fill_diagonal(values, 1.0)
    return values


@pytest.mark.parametrize("n", [40, 170, 300])
def test_matrices_of_few_values_take_the_dense_form_and_agree(n, monkeypatch):
    made = []
    monkeypatch.setattr(
        propagation, "DenseMessages", lambda *args: made.append(args) or DenseMessages(*args)
    )
    assert_the_same(three_values(n, n))
    assert made


@pytest.mark.parametrize("damping", [0.5, 0.9])
def test_both_forms_of_the_messages_pass_the_same_numbers(damping):
    similarity = three_values(1, 60) + np.random.default_rng(1).normal(size=(60, 60)) * 1e-3
    similar = TieBroken(similarity, similarity.diagonal().copy())
    sparse, dense = Messages(similar, damping), DenseMessages(similar, damping)
    for _ in range(40):
        assert sparse.exchange().tolist() == dense.exchange().tolist()
        assert sparse.own_availability.tolist() == dense.own_availability.tolist()
        own = dense.responsibility.diagonal()
        assert sparse.own_responsibility.tolist() == own.tolist()
