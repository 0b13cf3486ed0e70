"""What torch computes for --device, on torch's own CPU device: the numbers are numpy's.

A GPU runs the same code; that it rounds as the processor does is not tested here.
"""

import json
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from sklearn.cluster import affinity_propagation as theirs

from builders import fails
from semdepth import (
    AffinityPropagation,
    Analysis,
    ClassifierHead,
    Louvain,
    analyze,
    structural_from_cosine,
    structural_similarity,
)
from semdepth import similarity as similarities
from semdepth.errors import MatrixError, MissingExtra, OptionError
from semdepth.kernels import on_torch
from semdepth.kernels.affinity.dense_messages import DenseMessages
from semdepth.kernels.affinity.propagation import affinity_propagation
from semdepth.kernels.affinity.ties import CounterNoise, LegacyNoise

torch = pytest.importorskip("torch", reason="torch is not installed (--device)")

HERE = "torch-cpu"

KINDS = ("clustered", "duplicates", "mostly zero", "shares", "integers", "asymmetric")
NOISES = (LegacyNoise, CounterNoise)
DTYPES = (np.float32, np.float64)


@pytest.fixture(autouse=True)
def one_thread():
    """Threads that wait for each other on a busy machine take most of the time of small inputs."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def points(n, dimension=12, seed=0):
    """Clusters of about eight points, whose numbers spread as weights do."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(max(2, n // 8), dimension))
    return centres[rng.integers(len(centres), size=n)] + 0.5 * rng.normal(size=(n, dimension))


def matrix_of(kind, n, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    if kind == "clustered":
        rows = points(n, seed=seed)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        found = rows @ rows.T
    elif kind == "duplicates":
        rows = rng.integers(-1, 2, size=(n, 2)) + 0.5
        found = rows @ rows.T
    elif kind == "mostly zero":
        found = np.where(rng.random((n, n)) < 0.05, rng.random((n, n)), 0.0)
        found = (found + found.T) / 2 + np.eye(n)
    elif kind == "shares":
        # A confusion matrix: few values, many of each, none of them a binary fraction.
        found = rng.poisson(0.1, size=(n, n)) / 50
        found = (found + found.T) / 2 + np.eye(n)
    elif kind == "integers":
        found = rng.integers(0, 4, size=(n, n)).astype(float)
    else:
        found = rng.normal(size=(n, n))
    return found.astype(dtype)


def head_of(n, dimension=12):
    return ClassifierHead(tuple(f"c{i}" for i in range(n)), points(n, dimension), "fc")


def assert_the_same(matrix, noise, *, preference=None, **settings):
    found = on_torch.affinity_propagation(
        matrix, HERE, preference=preference, noise=noise, **settings
    )
    preference = np.median(matrix) if preference is None else preference
    due = affinity_propagation(matrix, preference=preference, noise=noise, **settings)
    assert found.labels.tolist() == due.labels.tolist()
    assert found.exemplars.tolist() == due.exemplars.tolist()
    assert (found.iterations, found.converged) == (due.iterations, due.converged)
    return found


@pytest.fixture(params=["one block", "four blocks"])
def blocks(request, monkeypatch):
    """``blocks(n)`` lets what follows work on all n rows at once, or in parts, the last shorter."""

    def cut(n):
        if request.param == "four blocks":
            monkeypatch.setattr(on_torch.places, "_BLOCK_CELLS", (n // 4 + 1) * n)

    return cut


# Similarities


@pytest.mark.parametrize("dtype", DTYPES)
def test_products_are_scaled_as_numpy_scales_them(dtype, blocks):
    blocks(50)
    # Products of small integers are exact, so that only the scaling can round.
    rows = np.random.default_rng(0).integers(-9, 10, size=(50, 7)).astype(dtype)
    products = rows @ rows.T
    due = (products - products.min()) / (products.max() - products.min())
    np.fill_diagonal(due, 1)
    told = []
    values, least, most = on_torch.scaled_products(rows, HERE, lambda *done: told.append(done))
    assert values.dtype == dtype
    assert np.array_equal(values, due)
    assert (least, most) == (products.min(), products.max())
    assert told[-1] == (50, 50)
    assert told == sorted(set(told))


@pytest.mark.parametrize("double_up_to", [5_000, 0])
def test_similarities_are_those_of_numpy_to_rounding(double_up_to, monkeypatch, blocks):
    monkeypatch.setattr(similarities, "DOUBLE_UP_TO", double_up_to)
    blocks(120)
    due, found = (
        structural_similarity(head_of(120)),
        structural_similarity(head_of(120), device=HERE),
    )
    assert found.values.dtype == due.values.dtype
    assert np.allclose(found.values, due.values, rtol=0, atol=16 * np.finfo(due.values.dtype).eps)
    assert np.array_equal(found.values, found.values.T)
    assert (found.values.diagonal() == 1).all()
    assert found.values.min() == 0
    assert (due.device, found.device) == ("cpu", HERE)


def test_templates_without_structure_are_refused_as_by_numpy():
    head = ClassifierHead(("a", "b", "c"), np.ones((3, 4)), "fc")
    for device in ("cpu", HERE):
        with pytest.raises(MatrixError, match="found all 9 cells equal to 1"):
            structural_similarity(head, device=device)


def test_lower_precision_elsewhere_does_not_reach_the_products(monkeypatch):
    settings = torch.backends.cuda.matmul
    rows = points(60).astype(np.float32)
    due, _, _ = on_torch.scaled_products(rows, HERE)
    multiply, seen = torch.matmul, []

    def watched(*operands, **options):
        seen.append((settings.fp32_precision, torch.is_autocast_enabled("cpu")))
        return multiply(*operands, **options)

    monkeypatch.setattr(torch, "matmul", watched)
    before = settings.fp32_precision
    settings.fp32_precision = "tf32"
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found, _, _ = on_torch.scaled_products(rows, HERE)
            assert torch.is_autocast_enabled("cpu")
        assert settings.fp32_precision == "tf32"
    finally:
        settings.fp32_precision = before
    assert set(seen) == {("ieee", False)}
    assert np.array_equal(found, due)


# Noise and preference


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("seed", [0, 1, 42, 2**32 - 1])
def test_noise_is_the_counters_to_the_bit(seed, dtype, blocks):
    n, preference = 301, dtype(0.3)
    blocks(n)
    matrix = matrix_of("mostly zero", n, dtype)
    similar = CounterNoise(seed).break_ties(matrix, preference)
    values = torch.from_numpy(matrix.copy())
    on_torch.noise.break_ties(values, similar, preference)
    bits = f"i{matrix.itemsize}"
    due = similar.rows(slice(0, n))
    assert np.array_equal(values.numpy().view(bits), due.view(bits))
    assert not np.array_equal(due, matrix)


def test_numbers_of_the_counter_are_splitmix64s():
    # From the seed 1234567 by the authors' definition, in Python's integers.
    state, due = 1234567, []
    for _ in range(50):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % 2**64
        due.append(mixed ^ (mixed >> 31))
    counter = torch.arange(1, 51) * on_torch.noise._signed(0x9E3779B97F4A7C15) + 1234567
    on_torch.noise._mix(counter)
    assert [number % 2**64 for number in counter.tolist()] == due


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [1, 2, 3, 40, 81])
@pytest.mark.parametrize("kind", ["normal", "few values", "near", "negative"])
def test_the_median_is_numpys(kind, n, dtype, blocks):
    blocks(n)
    rng = np.random.default_rng(n)
    values = {
        "normal": lambda: rng.normal(size=(n, n)),
        "few values": lambda: rng.integers(-1, 2, size=(n, n)),
        "near": lambda: 1 + 1e-6 * rng.random((n, n)),
        "negative": lambda: -rng.random((n, n)),
    }[kind]().astype(dtype)
    found = on_torch.median.median(torch.from_numpy(values))
    assert found == np.median(values)
    assert found.dtype == dtype


# Messages and labels


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("deterministic", [False, True])
def test_messages_are_those_of_the_processor_to_the_bit(kind, dtype, deterministic, blocks):
    n, damping = 90, 0.7
    blocks(n)
    similar = CounterNoise(3).break_ties(matrix_of(kind, n, dtype), dtype(0.1))
    ours, due = (
        on_torch.messages.DeviceMessages(torch.from_numpy(similar.rows(slice(0, n))), damping),
        DenseMessages(similar, damping),
    )
    with algorithms(deterministic):
        for _ in range(40):
            assert np.array_equal(ours.exchange(), due.exchange())
    for mine, other in (
        (ours.responsibility, due.responsibility),
        (ours.availability, due.availability),
        (ours.column_sum, due.column_sum),
        (ours.own_availability, due.own_availability),
    ):
        assert mine.dtype == torch.float64
        assert np.array_equal(mine.numpy(), other)


def algorithms(deterministic):
    """torch as it is, or as one sees it who asked for deterministic algorithms on a GPU."""
    if not deterministic:
        return nullcontext()
    patch = pytest.MonkeyPatch()
    patch.setattr(torch, "are_deterministic_algorithms_enabled", lambda: True)
    patch.setattr(torch.Tensor, "cumsum", _refused)
    return Undone(patch)


def _refused(*_, **__):
    raise RuntimeError("cumsum_cuda_kernel does not have a deterministic implementation")


class Undone:
    """Takes a patch back at the end."""

    def __init__(self, patch):
        self.patch = patch

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.patch.undo()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [3, 40, 130])
def test_labels_are_those_of_the_processor(kind, noise, dtype, n, blocks):
    blocks(n)
    found = assert_the_same(matrix_of(kind, n, dtype, seed=n), noise(7), max_iterations=60)
    assert n < 100 or len(found.exemplars) > 1


@pytest.mark.parametrize("damping", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("preference", [None, -3.0, 0.4])
def test_labels_are_scikit_learns(damping, preference):
    matrix = matrix_of("clustered", 120)
    given = np.median(matrix) if preference is None else preference
    options = {"preference": given, "damping": damping, "random_state": 5}
    centres, labels, iterations = theirs(matrix, **options, return_n_iter=True)
    found = on_torch.affinity_propagation(
        matrix, HERE, preference=preference, noise=LegacyNoise(5), damping=damping
    )
    assert found.labels.tolist() == labels.tolist()
    assert found.exemplars.tolist() == list(centres)
    assert found.iterations == iterations


@pytest.mark.parametrize("damping", [0.5, 0.7, 0.9])
def test_an_input_that_does_not_converge_oscillates_alike(golden, damping):
    known = golden("ap_nonconverging_8x8")
    found = assert_the_same(known["sim"], LegacyNoise(int(known["np_seed"])), damping=damping)
    if damping == 0.5:
        assert (found.converged, found.iterations) == (False, 200)


@pytest.mark.parametrize(("preference", "labels"), [(0.4, [0, 0, 0]), (0.6, [0, 1, 2])])
@pytest.mark.parametrize("noise", NOISES)
def test_items_that_are_all_equally_alike(noise, preference, labels):
    matrix = np.full((3, 3), 0.5)
    matrix[1, 1] = 7
    found = assert_the_same(matrix, noise(0), preference=preference)
    assert (found.labels.tolist(), found.iterations) == (labels, 0)


@pytest.mark.parametrize("matrix", [[[1, 0], [0, 1]], [[1, 0.2], [0.9, 1]], [[1, 1], [1, 1]]])
@pytest.mark.parametrize("preference", [None, -1.0, 0.5])
@pytest.mark.parametrize("noise", NOISES)
def test_two_items(matrix, preference, noise):
    assert_the_same(np.array(matrix, dtype=float), noise(0), preference=preference)


@pytest.mark.parametrize("noise", NOISES)
def test_one_item_is_one_cluster(noise):
    found = assert_the_same(np.ones((1, 1)), noise(0))
    assert (found.labels.tolist(), found.exemplars.tolist()) == ([0], [0])


def test_no_exemplar_gives_no_labels():
    settings = {"preference": -100.0, "max_iterations": 1}
    found = assert_the_same(matrix_of("clustered", 9), LegacyNoise(0), **settings)
    assert found.labels.tolist() == [-1] * 9


@pytest.mark.parametrize("noise", NOISES)
def test_the_matrix_stays_as_it_is_and_progress_counts(noise):
    matrix = matrix_of("clustered", 30)
    matrix.setflags(write=False)
    before, told = matrix.copy(), []
    found = on_torch.affinity_propagation(
        matrix, HERE, noise=noise(1), progress=lambda *done: told.append(done)
    )
    assert np.array_equal(matrix, before)
    assert told == [(i + 1, 200) for i in range(found.iterations)]


# The public face


def test_an_analysis_on_a_device_is_that_of_the_processor_and_says_where_it_ran():
    here, there = analyze(head_of(150)), analyze(head_of(150), device=HERE)
    assert there.graph.membership.tolist() == here.graph.membership.tolist()
    assert there.graph.edges.tolist() == here.graph.edges.tolist()
    assert there.graph.clustering.clusterer == here.graph.clustering.clusterer
    added = {
        "similarities computed by torch on torch-cpu",
        "affinity propagation by torch on torch-cpu",
    }
    assert set(there.notes) - set(here.notes) == added
    read_back = Analysis.from_dict(json.loads(json.dumps(there.to_dict())))
    assert read_back.notes == there.notes


def test_other_clusterers_take_the_similarities_and_stay_where_they_are():
    analysis = analyze(head_of(60), clusterer=Louvain(), device=HERE)
    assert analysis.graph.clustering.note == ""
    assert "similarities computed by torch on torch-cpu" in analysis.notes


def test_similarities_that_exist_are_clustered_on_the_device():
    rows = points(20)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    matrix = structural_from_cosine([f"c{i}" for i in range(20)], np.clip(rows @ rows.T, -1, 1))
    analysis = analyze(matrix, device=HERE)
    assert analysis.graph.clustering.note == "affinity propagation by torch on torch-cpu"
    assert not any("similarities computed" in note for note in analysis.notes)
    assert matrix.device == "cpu"


def test_a_selection_stays_on_its_device():
    matrix = structural_similarity(head_of(9), device=HERE)
    assert matrix.select(matrix.labels[:4]).device == HERE
    assert replace(matrix, kind="functional").select(matrix.labels[:4]).device == HERE


def test_above_its_threshold_the_clusterer_counts_its_noise(monkeypatch):
    from semdepth import clustering

    for module in (clustering, similarities):
        monkeypatch.setattr(module, "DOUBLE_UP_TO", 50)
    here, there = (
        AffinityPropagation()(structural_similarity(head_of(90), device=device))
        for device in ("cpu", HERE)
    )
    assert there.assignment.tolist() == here.assignment.tolist()
    assert there.note == here.note + "; affinity propagation by torch on torch-cpu"
    assert "SplitMix64" in here.note


def test_the_command_line_takes_a_device(semdepth, tmp_path):
    np.savez(tmp_path / "head.npz", weight=points(30))
    np.savetxt(tmp_path / "names.txt", [f"c{i}" for i in range(30)], fmt="%s")
    command = ("analyze", tmp_path / "head.npz", "--labels", tmp_path / "names.txt")
    plain, found = (
        json.loads(semdepth(*command, "--format", "json", *device)[1])
        for device in ((), ("--device", HERE))
    )
    assert found["clusters"] == plain["clusters"]
    assert "similarities computed by torch on torch-cpu" in found["notes"]
    fails(semdepth(*command, "--device", "mps"), "cpu, cuda or cuda:1", "'mps'")
    fails(semdepth(*command, "--device", HERE, "--approximate"), "--device", "approximate")


def test_without_a_device_torch_is_not_imported():
    code = (
        "import sys, numpy as np, semdepth\n"
        "rows = np.random.default_rng(0).normal(size=(9, 5))\n"
        "head = semdepth.ClassifierHead(tuple('abcdefghi'), rows, 'fc')\n"
        "semdepth.analyze(head)\n"
        "assert 'torch' not in sys.modules\n"
        "semdepth.analyze(head, device='torch-cpu')\n"
        "assert 'torch' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_torchs_own_state_stays_as_it_is():
    before = torch.get_rng_state(), torch.get_default_dtype(), torch.is_grad_enabled()
    analyze(head_of(20), device=HERE)
    after = torch.get_rng_state(), torch.get_default_dtype(), torch.is_grad_enabled()
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]


# What cannot be


def test_without_torch_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match=r"--device.*torch.*semdepth\[torch\]"):
        analyze(head_of(9), device="cuda")


@pytest.mark.parametrize("device", ["mps", "gpu", "cuda:", "cuda:x", "CUDA", "cuda:0 ", "", "xpu"])
def test_other_devices_are_refused(device):
    with pytest.raises(OptionError, match=f"expected the device cpu, .*found {device!r}; leave"):
        analyze(head_of(9), device=device)


def test_without_a_gpu_the_error_tells_the_way_out(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(OptionError, match=r"found torch .* without one; leave --device out"):
        structural_similarity(head_of(9), device="cuda")


def test_a_gpu_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    on_torch.check_device("cuda:1")
    with pytest.raises(OptionError, match=r"for --device cuda:2, found 2 of them"):
        on_torch.check_device("cuda:2")


def test_an_approximate_analysis_stays_on_the_processor():
    with pytest.raises(OptionError, match=r"expected a device .* found an approximate one"):
        analyze(head_of(60), neighbours=8, device=HERE)


def test_what_does_not_fit_is_refused_before_it_starts(monkeypatch):
    matrix, n = structural_similarity(head_of(40), device=HERE), 40
    free = (8 + 16 + 80) * n * n
    monkeypatch.setattr(on_torch.places, "_free_bytes", lambda device: free)
    AffinityPropagation()(matrix)
    monkeypatch.setattr(on_torch.places, "_free_bytes", lambda device: free - 1)
    structural_similarity(head_of(40), device=HERE)
    monkeypatch.setattr(on_torch.messages, "_uploaded", None)
    words = r"expected 0\.0 GB free on torch-cpu for affinity propagation of 40 classes, found 0\.0"
    with pytest.raises(OptionError, match=words):
        AffinityPropagation()(matrix)
    monkeypatch.setattr(on_torch.places, "_free_bytes", lambda device: 1)
    with pytest.raises(OptionError, match=r"for similarities of 40 classes, found 0\.0 GB; leave"):
        structural_similarity(head_of(40), device=HERE)


def test_what_turns_out_not_to_fit_is_one_typed_error(monkeypatch):
    matrix = structural_similarity(head_of(40), device=HERE)

    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(on_torch.messages, "_uploaded", full)
    monkeypatch.setattr(on_torch.products, "_scale_and_mirror", full)
    with pytest.raises(OptionError, match="found less when it was asked for; leave --device out"):
        AffinityPropagation()(matrix)
    with pytest.raises(OptionError, match="found less when it was asked for; leave --device out"):
        structural_similarity(head_of(40), device=HERE)


def test_what_torch_holds_unused_counts_as_free(monkeypatch):
    monkeypatch.setattr(on_torch.places, "place_of", torch.device)
    for name, found in (
        ("mem_get_info", (100, 1_000)),
        ("memory_reserved", 60),
        ("memory_allocated", 20),
    ):
        monkeypatch.setattr(torch.cuda, name, lambda place, found=found: found)
    assert on_torch.places._free_bytes("cuda") == 140
    assert on_torch.places._free_bytes("cpu") is None
