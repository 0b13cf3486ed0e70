"""The benchmarks run, and a result that differs from a peer's ends them with an error."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from semdepth.clustering import AffinityPropagation, Clustering

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    """``benchmark("records")``: a module of the benchmarks."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) == str(BENCHMARKS / f"{name}.py"):
            del sys.modules[name]


def record(module, n, ours, theirs=None, **more):
    sides = (module.Side(seconds, 1 if seconds else 0) for seconds in (ours, theirs))
    return module.Record("similarity", n, "lite0", "scikit-learn", *sides, **more)


def test_the_quick_form_runs_checks_and_writes(tmp_path):
    command = [sys.executable, str(BENCHMARKS / "run.py"), "--quick", "--into", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DIFFERENT" not in done.stdout
    table = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    for stage in ("Similarity Depth", "Affinity propagation", "Louvain, one order, numba"):
        assert f"### {stage}\n" in table
    assert "| 100 | lite0 |" in table
    assert "| 300 | lite0 |" in table
    for figure in ("times", "memory"):
        assert f"(figures/{figure}.svg)" in table
        assert (tmp_path / "figures" / f"{figure}.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize(("difference", "status"), [("", 0), ("3 labels differ", 1)])
def test_a_difference_is_an_error(difference, status, benchmark, monkeypatch, capsys):
    run, records = benchmark("run"), benchmark("records")
    found = [record(records, 100, 1.0, 2.0, difference=difference)]
    monkeypatch.setattr(run, "measure", lambda quick, folder: found)
    monkeypatch.setattr(sys, "argv", ["run.py", "--quick"])
    with pytest.raises(SystemExit) as ended:
        run.main()
    assert ended.value.code == status
    assert difference in capsys.readouterr().err


def test_one_class_in_another_cluster_is_a_difference(benchmark):
    agreement = benchmark("agreement")
    labels = np.array([0, 0, 1, 1, 2])
    ours = Clustering(AffinityPropagation(), labels, iterations=20)
    moved = labels.copy()
    moved[3] = 2
    for assignment, iterations, due in (
        (labels, 20, ""),
        (moved, 20, "1 labels"),
        (labels, 21, "0"),
    ):
        theirs = Clustering(AffinityPropagation(), assignment, iterations=iterations)
        assert agreement.other_labels(ours, theirs).startswith(due)
        assert bool(agreement.other_labels(ours, theirs)) == bool(due)


def test_another_depth_or_weight_is_a_difference(benchmark):
    agreement = benchmark("agreement")
    assert not agreement.apart("depths", np.array([7, 8]), [7, 8])
    assert agreement.apart("depths", np.array([7, 8]), [7, 9])
    values = np.array([[1, 0.5, 0.2], [0.5, 1, 0.4], [0.2, 0.4, 1]])
    assert not agreement.other_weight(values, [(0, 1), (1, 2)], [(1, 2), (0, 1)])
    assert agreement.other_weight(values, [(0, 1), (1, 2)], [(0, 1), (0, 2)])
    assert agreement.other_weight(values, [(0, 1)], [(0, 1), (1, 2)])


def test_communities_much_worse_than_a_peers_are_a_difference(benchmark):
    agreement = benchmark("agreement")
    blocks = np.kron(np.eye(2), np.ones((3, 3)))
    good, bad = np.repeat([0, 1], 3), np.array([0, 1, 0, 1, 0, 1])
    for theirs in (dict(enumerate(good.tolist())), [{0, 1, 2}, {3, 4, 5}]):
        assert not agreement.lost_modularity(blocks, good, theirs)
        assert agreement.lost_modularity(blocks, bad, theirs)


def test_what_takes_long_is_foretold_by_its_own_growth(benchmark):
    records, inputs = benchmark("records"), benchmark("inputs")
    found = [record(records, n, n**2.5, n**3.0) for n in (300, 1_000)]
    # Constant costs of small inputs say nothing about growth.
    found.insert(0, record(records, 100, 5e9, 5e9))
    larger = inputs.Input(4_000, "wordnet")
    ours, why = records.foretold(found, "similarity", "ours", larger)
    assert ours == pytest.approx(4_000**2.5)
    assert why == "extrapolated from n = 1,000 by n^2.50"
    assert records.foretold(found, "similarity", "theirs", larger)[0] == pytest.approx(4_000**3)
    assert records.foretold(found, "Louvain", "ours", larger) == (0.0, "")


def test_what_was_measured_is_kept(benchmark, tmp_path):
    records, inputs = benchmark("records"), benchmark("inputs")
    store = records.Store(tmp_path)
    kept = record(records, 300, 0.25, facts={"bytes": 3.0})
    assert not store.has("similarity", inputs.Input(300, "lite0"))
    store.put(kept)
    assert store.has("similarity", inputs.Input(300, "lite0"))
    assert store.records() == [kept]


def test_a_missed_target_is_told(benchmark):
    records, targets = benchmark("records"), benchmark("targets")
    found = [
        records.Record(
            "Similarity Depth", n, "lite0", "", records.Side(1.0, 5), records.Side(60, 1)
        )
        for n in (1_000, 2_000)
    ]
    assert "| 1,000 | lite0 | at least 30 times | 60 | met |" in targets.table(found)
    assert "| 2,000 | lite0 | at least 50 times | 60 | met |" in targets.table(found)
    slow = records.Record(
        "Similarity Depth", 1_000, "lite0", "", records.Side(4.0, 5), found[0].theirs
    )
    assert "| at least 30 times | 15 | missed by 50% |" in targets.table([slow])
