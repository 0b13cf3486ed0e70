"""Does one piece of work for each of many models, on all cores or a cluster; failures are told."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager, closing
from importlib.util import find_spec

from semdepth.errors import MissingExtra, OptionError
from semdepth.study.tasks import Done, Failed, Numbered, Outcome, Task, Work
from semdepth.study.workers import (
    Lost,
    Run,
    in_processes,
    in_this_process,
    on_dask,
    on_ray,
    without_warnings,
)

__all__ = ["BACKENDS", "Done", "Failed", "Outcome", "Task", "run_jobs"]

CLUSTERS = {"dask": on_dask, "ray": on_ray}
BACKENDS = ("processes", *CLUSTERS)

Told = Callable[[int, Outcome], None]
Progress = Callable[[str, int, int], None]

# Workers that end again and again before they take up any work: nothing is wrong with the tasks.
_MOST_FRUITLESS = 3


def run_jobs(
    tasks: Iterable[Task],
    work: Work,
    *,
    jobs: int | None = None,
    backend: str = "processes",
    scheduler: str | None = None,
    told: Told | None = None,
    progress: Progress | None = None,
) -> tuple[Outcome, ...]:
    """``work(task.payload)`` for each task; the outcomes in the order of the tasks.

    Parameters
    ----------
    tasks : their payloads, like ``work``, are sent to the workers: small ones (paths, names) are
        best. ``work`` is a function of a module, or a ``functools.partial`` of one.
    jobs : so many at once. By default as many as there are cores, and one without joblib; one
        is done in this process. A cluster decides by itself.
    backend : ``"processes"`` of this machine, or through joblib a cluster: ``"dask"``, ``"ray"``.
    scheduler : the cluster's address.
    told : called in this process with the position and the outcome of each task as it is done.
    progress : called as ``progress("models", done, total)``.

    An exception of ``work`` is a :class:`Failed` outcome. So is a task that ends its process, also
    when it is tried once more by itself; tasks that were lost with others are done again. An
    interruption ends the workers; what was told until then was whole.

    >>> run_jobs([Task("four", 4), Task("none", 0)], (1).__truediv__, jobs=1)[0]
    Done(title='four', value=0.25)
    """
    ledger = _Ledger(tuple(tasks), told, progress)
    ledger.tell()
    if ledger.tasks:
        workers = _workers(work, len(ledger.tasks), jobs, backend, scheduler)
        with without_warnings(), workers as run:
            _settle_all(ledger, run)
    return tuple(ledger.outcomes)


class _Ledger:
    """Each task's outcome, entered once."""

    def __init__(self, tasks: Sequence[Task], told: Told | None, progress: Progress | None):
        self.tasks = tasks
        self.outcomes: list[Outcome | None] = [None] * len(tasks)
        self.told = told
        self.progress = progress
        self.done = 0

    def enter(self, index: int, outcome: Outcome) -> None:
        if self.outcomes[index] is not None:
            return
        self.outcomes[index] = outcome
        self.done += 1
        if self.told is not None:
            self.told(index, outcome)
        self.tell()

    def tell(self) -> None:
        if self.progress is not None:
            self.progress("models", self.done, len(self.tasks))

    @property
    def open(self) -> list[Numbered]:
        return [(i, task) for i, task in enumerate(self.tasks) if self.outcomes[i] is None]


def _workers(
    work: Work, count: int, jobs: int | None, backend: str, scheduler: str | None
) -> AbstractContextManager[Run]:
    if backend not in BACKENDS:
        raise OptionError(f"expected a backend out of {', '.join(BACKENDS)}, found {backend!r}")
    if jobs is not None and jobs < 1:
        raise OptionError(f"expected at least 1 job at a time, found {jobs}; leave --jobs out")
    if backend in CLUSTERS:
        return CLUSTERS[backend](work, scheduler)
    if scheduler is not None:
        raise OptionError(
            "expected a scheduler's address with the backend dask or ray, found it with "
            "processes; add --backend dask"
        )
    jobs = min(count, _default_jobs() if jobs is None else jobs)
    if jobs == 1:
        return in_this_process(work)
    if find_spec("joblib") is None:
        raise MissingExtra(f"{jobs} jobs at a time", "joblib", "study")
    return in_processes(work, jobs)


def _default_jobs() -> int:
    if find_spec("joblib") is None:
        return 1
    from joblib import cpu_count

    return cpu_count()


def _settle_all(ledger: _Ledger, run: Run) -> None:
    """Every task's outcome: first together, then one by one those whose worker ended.

    Which of the tasks that ran at that time ended its worker cannot be known otherwise, and one
    that wanted too much memory may find it when it is alone.
    """
    suspects: dict[int, Lost] = {}
    fruitless = 0
    while together := [task for task in ledger.open if task[0] not in suspects]:
        settled = ledger.done + len(suspects)
        suspects |= _enter_all(ledger, run(together))
        fruitless = 0 if ledger.done + len(suspects) > settled else fruitless + 1
        if fruitless == _MOST_FRUITLESS:
            raise OptionError(
                "expected workers that take up the work, found that all of them ended before "
                "they did; try --jobs 1"
            )
    for index, task in ledger.open:
        again = _enter_all(ledger, run([(index, task)]))
        reason = again.get(index, suspects[index]).reason
        ledger.enter(index, Failed(task.title, _lost_twice(reason), "WorkerLost"))


def _enter_all(ledger: _Ledger, results: Generator) -> dict[int, Lost]:
    """Enter outcomes as they come; the tasks that were lost instead."""
    lost = {}
    with closing(results):
        for index, outcome in results:
            if isinstance(outcome, Lost):
                lost[index] = outcome
            else:
                ledger.enter(index, outcome)
    return {index: why for index, why in lost.items() if ledger.outcomes[index] is None}


def _lost_twice(reason: str) -> str:
    return (
        f"expected the work to end, found that its process ended twice instead ({reason}); out of "
        "memory? try fewer --jobs"
    )
