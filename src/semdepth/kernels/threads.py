"""Blocks of rows shared out among threads, for work that lets go of the interpreter's lock."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import cache

# What a user or a scheduler sets to say how many cores a program may take.
_LIMITS = "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"
# More blocks than threads, so that one on a busy core does not keep the others waiting.
_BLOCKS_A_THREAD = 8


def thread_count() -> int:
    """How many threads to use: the cores of this process, and no more than it was told.

    Told by the environment, or by ``threadpoolctl`` where the caller has set its limits.
    """
    limits = [_cores()]
    for variable in _LIMITS:
        # OpenMP takes a list, one number for each level of nesting.
        first = os.environ.get(variable, "").split(",")[0].strip()
        if first.isdigit():
            limits.append(int(first))
    # A limit can only have been set by who has imported it.
    if "threadpoolctl" in sys.modules:
        limits += [pool.num_threads for pool in _blas_pools()]
    return max(1, min(limits))


@cache
def _blas_pools() -> list:
    """Whose threads are limited: they are asked each time, but looked for once, which is slow."""
    controller = sys.modules["threadpoolctl"].ThreadpoolController()
    return controller.select(user_api="blas").lib_controllers


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_rows(count: int, work: Callable[[slice], None], threads: int, size: int = 0) -> None:
    """Call ``work`` with slices that cover ``range(count)``, each thread taking the next one.

    ``size`` rows each; 0: a few blocks for every thread. An exception ends the work and is
    raised here.
    """
    size = size or max(1, -(-count // (1 if threads == 1 else threads * _BLOCKS_A_THREAD)))
    blocks = list(row_blocks(count, size))
    threads = min(threads, len(blocks))
    if threads <= 1:
        for block in blocks:
            work(block)
    else:
        _take_turns(blocks, work, threads)


def row_blocks(count: int, size: int) -> Iterator[slice]:
    """``range(count)`` in slices of ``size`` and a shorter last one."""
    return (slice(start, min(count, start + size)) for start in range(0, count, size))


def _take_turns(blocks: list[slice], work: Callable[[slice], None], threads: int) -> None:
    failures: list[BaseException] = []
    blocks.reverse()

    def take() -> None:
        while blocks and not failures:
            # Another thread may have taken the last block in between.
            try:
                block = blocks.pop()
            except IndexError:
                return
            try:
                work(block)
            except BaseException as failure:
                failures.append(failure)

    helpers = [threading.Thread(target=take) for _ in range(threads - 1)]
    for helper in helpers:
        helper.start()
    take()
    for helper in helpers:
        helper.join()
    if failures:
        raise failures[0]
