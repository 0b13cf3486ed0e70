"""Work for many models: failures are outcomes, lost workers cost nothing, what is done is kept."""

import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from semdepth.errors import MissingExtra, OptionError
from semdepth.study import jobs as module
from semdepth.study import workers
from semdepth.study.cache import ResultCache, content_key
from semdepth.study.jobs import Done, Failed, Task, run_jobs
from study_work import (
    cores_of_this,
    double,
    kill_always,
    kill_once,
    read_classes,
    refuse,
    times_begun,
    traced,
)

IN_PROCESSES = {"jobs": 2}


# In a process of its own, where a warning is no error: the one that starts workers anew must live.
CLUSTER = """
import sys
import dask
from distributed import LocalCluster
if __name__ == "__main__":
    dask.config.set({"distributed.scheduler.allowed-failures": 0})
    workers = int(sys.argv[1])
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@contextmanager
def started_cluster(folder, n_workers):
    """A scheduler and worker processes; Dask gives a task up with its first worker."""
    pytest.importorskip("distributed")
    script = folder / "cluster.py"
    script.write_text(CLUSTER)
    tests = str(Path(__file__).parent)
    running = subprocess.Popen(
        [sys.executable, str(script), str(n_workers)],
        env={**os.environ, "PYTHONPATH": tests},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield running.stdout.readline().strip()
    finally:
        running.communicate(timeout=60)


@pytest.fixture(scope="module")
def dask_cluster(tmp_path_factory):
    with started_cluster(tmp_path_factory.mktemp("cluster"), 2) as address:
        yield address


@pytest.fixture(params=["here", "processes", "dask"])
def anywhere(request):
    """The keyword arguments of run_jobs for each place where work is done."""
    if request.param == "here":
        return {"jobs": 1}
    if request.param == "processes":
        return IN_PROCESSES
    return on_cluster(request.getfixturevalue("dask_cluster"))


@pytest.fixture(params=["processes", "dask"])
def elsewhere(request, tmp_path_factory):
    """The same, where a worker may end without this process: a cluster for this test alone."""
    if request.param == "processes":
        yield IN_PROCESSES
        return
    with started_cluster(tmp_path_factory.mktemp("cluster"), 2) as address:
        yield on_cluster(address)


def on_cluster(address):
    """The settings for a cluster, when both of its workers are there."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    return {"backend": "dask", "scheduler": address}


def numbered(count, folder=None):
    payloads = range(count) if folder is None else [(str(folder), i) for i in range(count)]
    return [Task(f"model {i}", payload) for i, payload in enumerate(payloads)]


def doubled(count):
    return [Done(f"model {i}", 2 * i) for i in range(count)]


def test_outcomes_come_in_the_order_of_the_tasks(anywhere):
    assert list(run_jobs(numbered(20), double, **anywhere)) == doubled(20)


def test_no_tasks_have_no_outcomes(anywhere):
    assert run_jobs([], double, **anywhere) == ()


def test_a_failure_is_an_outcome_and_the_rest_goes_on(anywhere):
    found = run_jobs(numbered(5), refuse, **anywhere)
    assert found[0] == Done("model 0", 0)
    assert found[1] == Failed(
        "model 1", "expected a head, found none; choose another file", "NoHead"
    )
    # A bug is called one, with its class and its place, in one line.
    assert found[2].kind == "KeyError"
    assert found[2].error.startswith("KeyError: 'missing\\nkey', line ")
    assert found[2].error.endswith(" of study_work.py; this is a bug, please report it")
    assert found[3].kind == "MemoryError"
    assert found[3].error == "expected enough memory, found too little (9 GB); try fewer --jobs"
    assert found[4] == Done("model 4", 8)


def test_each_outcome_is_told_once_as_it_is_done(anywhere):
    told, shown = [], []
    found = run_jobs(
        numbered(7),
        refuse,
        told=lambda index, outcome: told.append((index, outcome)),
        progress=lambda *now: shown.append(now),
        **anywhere,
    )
    assert sorted(told, key=lambda pair: pair[0]) == list(enumerate(found))
    assert shown == [("models", done, 7) for done in range(8)]


def test_an_error_of_the_one_who_is_told_ends_the_run(anywhere):
    def object_to(index, outcome):
        if index == 3:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_jobs(numbered(30), double, told=object_to, **anywhere)
    assert list(run_jobs(numbered(4), double, **anywhere)) == doubled(4)


def test_an_end_while_work_is_handed_out_is_quiet(monkeypatch):
    from joblib.parallel import BatchCompletionCallBack

    hand_out = BatchCompletionCallBack._dispatch_new

    def slowly(self):
        hand_out(self)
        time.sleep(0.1)

    def object_to(index, outcome):
        raise ZeroDivisionError

    died = []
    monkeypatch.setattr(BatchCompletionCallBack, "_dispatch_new", slowly)
    monkeypatch.setattr(threading, "excepthook", lambda thread: died.append(thread.exc_value))
    with pytest.raises(ZeroDivisionError):
        run_jobs(numbered(30), double, told=object_to, **IN_PROCESSES)
    assert died == []


def test_a_corrupt_checkpoint_among_fifty(anywhere, tmp_path):
    paths = []
    for i in range(50):
        path = tmp_path / f"m{i}.npz"
        np.savez(path, weight=np.eye(3) + i, classes=np.array([f"a{i}", "b", "c"]))
        paths.append(path)
    whole = paths[17].read_bytes()
    paths[17].write_bytes(whole[: len(whole) // 2])
    found = run_jobs([Task(path.name, str(path)) for path in paths], read_classes, **anywhere)
    assert [outcome.title for outcome in found] == [path.name for path in paths]
    assert found[17].kind == "DamagedFile"
    assert "m17.npz" in found[17].error
    del paths[17]
    values = [outcome.value for outcome in found if isinstance(outcome, Done)]
    assert values == [(f"a{i}", "b", "c") for i in range(50) if i != 17]


def test_a_killed_worker_costs_nothing(elsewhere, tmp_path):
    told = []
    found = run_jobs(
        numbered(12, tmp_path), kill_once, told=lambda i, _: told.append(i), **elsewhere
    )
    assert list(found) == doubled(12)
    assert sorted(told) == list(range(12))
    assert times_begun(tmp_path, 5) == 2


def test_a_task_that_always_kills_its_worker_is_a_failure(elsewhere, tmp_path):
    told = []
    found = run_jobs(
        numbered(12, tmp_path), kill_always, told=lambda i, _: told.append(i), **elsewhere
    )
    assert found[5].kind == "WorkerLost"
    assert "its process ended twice" in found[5].error
    assert [outcome for i, outcome in enumerate(found) if i != 5] == [
        outcome for i, outcome in enumerate(doubled(12)) if i != 5
    ]
    assert sorted(told) == list(range(12))


def test_a_worker_killed_from_outside(elsewhere, tmp_path):
    """As a machine does that runs out of memory: whatever the worker is at."""
    killed = []

    def kill_a_worker(index, outcome):
        if not killed:
            pid, _ = min((trace.name.split("-")[2], trace) for trace in tmp_path.iterdir())
            killed.append(pid)
            os.kill(int(pid), signal.SIGKILL)

    found = run_jobs(numbered(30, tmp_path), traced, told=kill_a_worker, **elsewhere)
    assert killed
    assert list(found) == doubled(30)


def test_workers_that_never_begin_are_told(monkeypatch):
    def barren(tasks):
        yield from ()

    with pytest.raises(OptionError, match="ended before they did; try --jobs 1"):
        module._settle_all(module._Ledger(tuple(numbered(3)), None, None), barren)


def test_processes_share_out_the_cores():
    import joblib

    found = run_jobs(numbered(6), cores_of_this, jobs=2)
    threads = {outcome.value[0] for outcome in found}
    processes = {outcome.value[1] for outcome in found}
    assert os.getpid() not in processes
    assert len(processes) == 2
    assert threads == {max(1, joblib.cpu_count() // 2)}


def test_one_job_needs_no_other_process():
    assert {o.value[1] for o in run_jobs(numbered(2), cores_of_this, jobs=1)} == {os.getpid()}


def resumable(tasks, cache, folder, **where):
    """The outcomes of tasks whose results are kept: what is there already is not begun."""
    keys = [content_key("double", {}, [task.title]) for task in tasks]
    known = {i: cache.get(key) for i, key in enumerate(keys)}
    missing = [i for i, entry in known.items() if entry is None]

    def keep(position, outcome):
        index = missing[position]
        known[index] = {"value": outcome.value}, {}
        cache.put(keys[index], {"value": outcome.value})

    run_jobs([tasks[i] for i in missing], traced, told=keep, **where)
    return [known[i][0]["value"] for i in range(len(tasks))]


def test_an_interrupted_study_goes_on(anywhere, tmp_path):
    traces, tasks = tmp_path / "traces", numbered(12, tmp_path / "traces")
    traces.mkdir()
    cache = ResultCache(tmp_path / "results")

    class Interrupting(ResultCache):
        def put(self, key, document, arrays=None):
            super().put(key, document, arrays)
            if self.size()[0] == 5:
                raise KeyboardInterrupt
            return True

    with pytest.raises(KeyboardInterrupt):
        resumable(tasks, Interrupting(cache.folder), traces, **anywhere)
    assert cache.size()[0] == 5
    time.sleep(0.5)  # a cluster's workers end what they had begun
    kept = {task.title for task in tasks if cache.get(content_key("double", {}, [task.title]))}
    before = [times_begun(traces, i) for i in range(12)]
    assert resumable(tasks, cache, traces, **anywhere) == [2 * i for i in range(12)]
    after = [times_begun(traces, i) for i in range(12)]
    for task, first, second in zip(tasks, before, after, strict=True):
        assert second - first == (0 if task.title in kept else 1)
    assert resumable(tasks, cache, traces, **anywhere) == [2 * i for i in range(12)]
    assert [times_begun(traces, i) for i in range(12)] == after


INTERRUPTED = """
import sys
from semdepth.study.jobs import Task, run_jobs
from study_work import hang_from_four
folder, jobs = sys.argv[1], int(sys.argv[2])
tasks = [Task(str(i), (folder, i)) for i in range(12)]
try:
    run_jobs(tasks, hang_from_four, jobs=jobs, told=lambda i, _: print(i, flush=True))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals for groups")
@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_ends_all_processes(tmp_path, jobs):
    """As a terminal sends it: to this process and its workers at once."""
    running = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", INTERRUPTED, str(tmp_path), str(jobs)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not times_begun(tmp_path, 4) + times_begun(tmp_path, 5):
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    workers_of_it = {int(trace.name.split("-")[2]) for trace in tmp_path.iterdir()}
    time.sleep(0.3)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert err == ""
    assert sorted(map(int, out.split())) == [0, 1, 2, 3]
    assert not any(map(is_running, workers_of_it))


def is_running(pid):
    """Whether a process still works: one that ended may await its parent's notice."""
    status = Path(f"/proc/{pid}/stat")
    if not status.parent.parent.exists():
        pytest.skip("no /proc to look into")
    try:
        return status.read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"backend": "threads"}, r"a backend out of processes, dask, ray, found 'threads'"),
        ({"jobs": 0}, r"at least 1 job at a time, found 0"),
        ({"scheduler": "tcp://10.0.0.1:8786"}, r"found it with processes; add --backend dask"),
        ({"backend": "dask"}, r"address of a Dask scheduler, found none"),
        ({"backend": "dask", "scheduler": "tcp://127.0.0.1:9"}, r"none that answers .*refused"),
        ({"backend": "dask", "scheduler": "nonsense"}, r"none that answers .*missing port"),
    ],
)
def test_settings_that_fit_nothing(settings, told):
    with pytest.raises(OptionError, match=told) as error:
        run_jobs(numbered(2), double, **settings)
    assert "\n" not in str(error.value)


def test_a_client_of_this_process_is_taken(dask_cluster):
    from distributed import Client

    with Client(dask_cluster):
        assert list(run_jobs(numbered(3), double, backend="dask")) == doubled(3)


def test_a_cluster_without_workers_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(workers, "_PATIENCE_FOR_WORKERS", 1)
    with (
        started_cluster(tmp_path, 0) as address,
        pytest.raises(OptionError, match="expected workers in the Dask cluster"),
    ):
        run_jobs(numbered(2), double, backend="dask", scheduler=address)


def test_a_cluster_that_lacks_the_work_is_told(dask_cluster, monkeypatch):
    """Its processes import what they are sent by name: here a module that only this one has."""
    made = importlib.util.module_from_spec(importlib.util.spec_from_loader("only_here", None))
    exec("def work(number):\n    return number", made.__dict__)
    monkeypatch.setitem(sys.modules, "only_here", made)
    found = run_jobs(numbered(2), made.work, **on_cluster(dask_cluster))
    assert all(isinstance(outcome, Failed) for outcome in found)
    assert "install the same semdepth for all of its processes" in found[0].error
    assert "\n" not in found[0].error


def without(library, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == library else found(name))
    monkeypatch.setitem(sys.modules, library, None)


def test_without_joblib_the_work_is_done_here(monkeypatch):
    without("joblib", monkeypatch)
    found = run_jobs(numbered(3), cores_of_this)
    assert {outcome.value[1] for outcome in found} == {os.getpid()}
    with pytest.raises(MissingExtra, match=r"2 jobs at a time needs joblib.*semdepth\[study\]"):
        run_jobs(numbered(3), double, jobs=2)


@pytest.mark.parametrize(("backend", "library"), [("dask", "distributed"), ("ray", "ray")])
def test_a_cluster_needs_its_library(backend, library, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra, match=rf"needs {library}, which is not installed"):
        run_jobs(numbered(3), double, backend=backend)


def test_work_with_settings(anywhere):
    found = run_jobs(numbered(3), partial(pow, 2), **anywhere)
    assert [outcome.value for outcome in found] == [1, 2, 4]
