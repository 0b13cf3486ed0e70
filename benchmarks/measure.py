"""How long work takes, how much memory it held, and what the machine can do at best."""

from __future__ import annotations

import gc
import statistics
import threading
import time
from collections.abc import Callable

import numpy as np

from semdepth.kernels.threads import thread_count

# Five runs of what takes a second at most, then three, and one of what takes longer than this.
MOST_RUNS, SHORT_S = 5, 1.0
OURS_ONCE_FROM_S, THEIRS_ONCE_FROM_S = 15.0, 8.0
_GEMM_SIDE = 1_536
_COPIED_BYTES = 1 << 28


class Timed:
    """The runs of one side, ``most`` at most: its seconds, and what its last run gave.

    Where ``inner``, the run itself gives the seconds. What takes longer than ``once_from`` seconds
    is run once.
    """

    def __init__(self, run: Callable[[], object], most: int, once_from: float, inner: bool = False):
        self.run, self.most, self.once_from, self.inner = run, most, once_from, inner
        self.seconds: list[float] = []
        self.took = 0.0
        self.value: object = None

    @property
    def wants_more(self) -> bool:
        wanted = MOST_RUNS if self.took < SHORT_S else 3 if self.took < self.once_from else 1
        return len(self.seconds) < min(wanted, self.most)

    def once(self) -> None:
        self.value = None
        start = time.perf_counter()
        self.value = self.run()
        self.took = time.perf_counter() - start
        self.seconds.append(self.value if self.inner else self.took)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def in_turn(*sides: Timed) -> None:
    """Run all sides, one after the other, until each has as many runs as it takes."""
    gc.collect()
    while any(side.wants_more for side in sides):
        for side in sides:
            if side.wants_more:
                side.once()


def memory(field: str) -> float:
    """Megabytes (10^6 bytes) of this process: ``VmRSS``, held now, or ``VmHWM``, at most so far."""
    return _kilobytes("/proc/self/status", field) * 1024 / 1e6


def free_memory() -> float:
    """Bytes that the machine has free."""
    return _kilobytes("/proc/meminfo", "MemAvailable") * 1024


def _kilobytes(path: str, field: str) -> int:
    with open(path) as lines:
        return int(next(line for line in lines if line.startswith(field + ":")).split()[1])


def gemm_rate(kind: type) -> float:
    """Operations a second of numpy's product of two square matrices."""
    a = np.random.default_rng(0).random((_GEMM_SIDE, _GEMM_SIDE)).astype(kind)
    # Not a @ a.T, of which BLAS computes one half alone.
    b = np.random.default_rng(1).random((_GEMM_SIDE, _GEMM_SIDE)).astype(kind)
    product = np.empty_like(a)
    return 2 * _GEMM_SIDE**3 / _best(lambda: np.matmul(a, b, out=product))


def bandwidth() -> float:
    """Bytes a second, read and written, of a copy by all threads."""
    threads = thread_count()
    source = np.zeros((threads, _COPIED_BYTES // threads // 8))
    target = np.ones_like(source)

    def copy_all() -> None:
        workers = [
            threading.Thread(target=np.copyto, args=pair)
            for pair in zip(target, source, strict=True)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    return 2 * source.nbytes / _best(copy_all)


def _best(run: Callable[[], object], repeats: int = 3) -> float:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
