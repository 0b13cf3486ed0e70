"""Where the work is done: in this process, in others beside it, or on a Dask or Ray cluster.

Each is a context in which ``run(tasks)`` yields numbered outcomes as they come. A task whose
worker ended yields :class:`Lost`; one that yields nothing had not begun.
"""

from __future__ import annotations

import logging
import re
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from warnings import catch_warnings, filterwarnings

from semdepth.errors import MissingExtra, OptionError
from semdepth.kernels.threads import thread_count
from semdepth.study.tasks import Failed, Numbered, Outcome, Work, attempt

# A cluster that does not answer within so many seconds is not there.
_PATIENCE = 15
# Workers may be on their way: others were asked for, or these are started anew after they ended.
_PATIENCE_FOR_WORKERS = 60
# Work reaches the processes' queue within a millisecond, unless that is full.
_PATIENCE_FOR_HANDING_OUT = 1
_LOGGERS = tuple(map(logging.getLogger, ("tornado.application", "distributed.client")))
# So many tasks a core go to Ray at a time: it hands results over all together.
_SLICE = 4


@dataclass(frozen=True, slots=True)
class Lost:
    """A task whose worker ended; why, as far as is known."""

    reason: str


Run = Callable[[Sequence[Numbered]], Iterator[tuple[int, Outcome | Lost]]]


@contextmanager
def without_warnings() -> Iterator[None]:
    """Without joblib's words about what is meant here, or nothing to lose by."""
    with catch_warnings():
        # A process whose memory has grown is renewed.
        filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)
        # What is left of an interrupted run.
        filterwarnings("ignore", r"\d+ tasks (have been|which were)", UserWarning)
        yield


@contextmanager
def in_this_process(work: Work) -> Iterator[Run]:
    """One task after the other."""
    yield lambda tasks: (attempt(work, task) for task in tasks)


@contextmanager
def in_processes(work: Work, jobs: int) -> Iterator[Run]:
    """So many processes of this machine, which share out its cores."""
    with tempfile.TemporaryDirectory(prefix="semdepth-") as marks:
        yield partial(_run_in_processes, work, jobs, marks)


def _run_in_processes(
    work: Work, jobs: int, marks: str, tasks: Sequence[Numbered]
) -> Iterator[tuple[int, Outcome | Lost]]:
    from joblib import cpu_count

    threads = max(1, min(thread_count(), cpu_count() // jobs))
    backend = _process_backend()(inner_max_num_threads=threads)
    try:
        yield from _parallel(work, tasks, marks, backend=backend, n_jobs=jobs)
    except BrokenProcessPool as error:
        codes = re.search(r"exit codes? of the workers? (?:are|is) ({.*})", str(error))
        reason = f"the processes' exit codes: {codes[1]}" if codes else "its process ended"
        for mark in sorted(Path(marks).iterdir()):
            mark.unlink()
            yield int(mark.name), Lost(reason)


def _process_backend() -> type:
    """joblib's back end for processes, whose end waits for work that is on its way to them.

    The thread that hands out work dies of it otherwise, with a ``KeyError`` on the terminal: told
    to kill the processes, it forgets what it was given and then looks for it.
    """
    from joblib.parallel import LokyBackend

    class Backend(LokyBackend):
        last = None

        def submit(self, func, callback=None):
            self.last = super().submit(func, callback)
            return self.last

        def abort_everything(self, ensure_ready=True):
            # Joblib submits under this lock, and nothing more once it has begun to abort.
            with self.parallel._lock:
                last = self.last
            late = time.monotonic() + _PATIENCE_FOR_HANDING_OUT
            while last and not (last.running() or last.done()) and time.monotonic() < late:
                time.sleep(0.001)
            super().abort_everything(ensure_ready)

    return Backend


def _parallel(
    work: Work, tasks: Sequence[Numbered], marks: str | None = None, **where
) -> Iterator[tuple[int, Outcome | Lost]]:
    """joblib's own generator. A task is a batch of its own, and its arrays go by value."""
    from joblib import Parallel, delayed

    call = delayed(attempt)
    where = {"return_as": "generator_unordered", "batch_size": 1, "max_nbytes": None, **where}
    # Number and task stay one tuple: joblib would leave a larger argument with one of Dask's
    # workers alone, and it would be gone with that one.
    return Parallel(**where)(call(work, task, marks) for task in tasks)


@contextmanager
def on_dask(work: Work, scheduler: str | None) -> Iterator[Run]:
    """A Dask cluster: at an address, or the one that this process is a client of."""
    try:
        import distributed
        import joblib  # noqa: F401
    except ImportError:
        raise MissingExtra("work on a Dask cluster", "distributed", "dask") from None
    with _dask_client(distributed, scheduler) as client:
        backend = _dask_backend()(client=client, wait_for_workers_timeout=_PATIENCE_FOR_WORKERS)
        yield partial(_run_on_dask, work, backend)


@contextmanager
def _dask_client(distributed, scheduler: str | None) -> Iterator:
    if scheduler is None:
        try:
            yield distributed.get_client()
        except ValueError:
            raise OptionError(
                "expected the address of a Dask scheduler, found none; give it with --scheduler, "
                "such as tcp://10.0.0.1:8786"
            ) from None
        return
    try:
        _knock(scheduler)
        client = distributed.Client(scheduler, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise OptionError(
            f"expected a Dask scheduler at {scheduler}, found none that answers ({error}); check "
            "the address (--scheduler)"
        ) from None
    try:
        yield client
    except BaseException:
        # Results were on their way, and Dask would tell of each that it does not arrive.
        for logger in _LOGGERS:
            logger.addFilter(_nothing)
        raise
    finally:
        client.close()
        for logger in _LOGGERS:
            logger.removeFilter(_nothing)


def _nothing(record: logging.LogRecord) -> bool:
    return False


def _knock(scheduler: str) -> None:
    """See that somebody listens: a client that finds nobody spoils the end of the program."""
    from distributed.comm.addressing import parse_address, parse_host_port

    kind, place = parse_address(scheduler)
    if kind in ("tcp", "tls"):
        socket.create_connection(parse_host_port(place), timeout=_PATIENCE).close()


def _run_on_dask(
    work: Work, backend: object, tasks: Sequence[Numbered]
) -> Iterator[tuple[int, Outcome | Lost]]:
    try:
        results = _parallel(work, tasks, backend=backend, n_jobs=-1)
    except TimeoutError:
        raise OptionError(
            "expected workers in the Dask cluster, found none within "
            f"{_PATIENCE_FOR_WORKERS} s; start some (dask worker ADDRESS)"
        ) from None
    yield from results


def _dask_backend() -> type:
    """joblib's back end for Dask, which learns of tasks that ended their workers.

    Joblib's own waits for them without end: Dask gives the error to the future alone, and the
    callback that joblib waits for is not called.
    """
    from distributed.scheduler import KilledWorker
    from joblib._dask import DaskDistributedBackend

    class Backend(DaskDistributedBackend):
        def effective_n_jobs(self, n_jobs: int) -> int:
            # With one job joblib would not ask the cluster at all.
            return max(2, super().effective_n_jobs(n_jobs))

        def submit(self, func, callback=None):
            index, task = func.items[0][1][1]
            future = super().submit(func, callback)

            def tell(ended) -> None:
                error = ended.exception()
                if isinstance(error, KilledWorker):
                    callback((index, Lost("Dask's workers ended while they tried it")))
                elif error is not None:
                    told = _not_begun("Dask", error)
                    callback((index, Failed(task.title, told, type(error).__name__)))

            future.add_done_callback(tell)
            return future

        def retrieve_result_callback(self, out):
            return [out] if isinstance(out, tuple) else super().retrieve_result_callback(out)

    return Backend


def _not_begun(cluster: str, error: BaseException) -> str:
    """What the work raises is an outcome already: this is the cluster's own trouble."""
    found = f"{type(error).__name__}: {error}".strip().split("\n")
    return (
        f"expected a {cluster} cluster that can run semdepth, found {found[0]} ({found[-1]}); "
        "install the same semdepth for all of its processes"
    )


@contextmanager
def on_ray(work: Work, scheduler: str | None) -> Iterator[Run]:
    """A Ray cluster: at an address, or the one that Ray finds or starts by itself."""
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError:
        raise MissingExtra("work on a Ray cluster", "ray", "ray") from None
    try:
        ray.init(address=scheduler, ignore_reinit_error=True, log_to_driver=False)
    except ConnectionError as error:
        raise OptionError(
            f"expected a Ray cluster at {scheduler}, found none that answers "
            f"({type(error).__name__}); check the address (--scheduler)"
        ) from None
    register_ray()
    cores = int(ray.cluster_resources().get("CPU", 1))
    yield partial(_run_on_ray, work, max(1, cores) * _SLICE)


def _run_on_ray(
    work: Work, size: int, tasks: Sequence[Numbered]
) -> Iterator[tuple[int, Outcome | Lost]]:
    from ray.exceptions import RayError, RayTaskError

    for start in range(0, len(tasks), size):
        some = tasks[start : start + size]
        try:
            yield from _parallel(work, some, backend="ray", n_jobs=-1, return_as="list")
        except RayTaskError as error:
            raise OptionError(_not_begun("Ray", error)) from None
        except RayError as error:
            reason = Lost(f"Ray's worker ended ({type(error).__name__})")
            yield from ((index, reason) for index, _ in some)
