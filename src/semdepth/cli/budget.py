"""What a run may take: the machine's free memory, and words about a run that takes long."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from semdepth.errors import OptionError

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
# What a run of less than this will take is not worth a line.
_ANNOUNCED_FROM_S = 10
_CGROUPS = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")
_OWN_CGROUP = Path("/proc/self/cgroup")


class ByteCount(click.ParamType):
    """A size such as 8GB or 500M."""

    name = "size"

    def convert(self, value: object, param, ctx) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([KMGT]?)i?B?\s*", value, re.I)
        if found is None or not float(found[1]):
            self.fail(f"expected a size such as 8GB or 500MB, found {value!r}", param, ctx)
        return int(float(found[1]) * _UNITS[found[2].upper()])


def scale_options(command: Callable) -> Callable:
    """``--approximate``, ``--neighbours`` and ``--memory``."""
    for option in (
        click.option(
            "--memory",
            type=ByteCount(),
            metavar="SIZE",
            help="What the run may take, such as 8GB.  [default: the free memory]",
        ),
        click.option(
            "--neighbours",
            type=click.IntRange(min=1),
            metavar="N",
            help="approximate: how many nearest templates.  [default: 32]",
        ),
        click.option(
            "--approximate",
            is_flag=True,
            help="From each class's nearest templates alone: for 50,000 to millions of classes.",
        ),
    ):
        command = option(command)
    return command


def neighbours_wanted(approximate: bool, neighbours: int | None) -> int | None:
    """How many neighbours the options ask for, None for an exact analysis."""
    from semdepth.neighbours import NEIGHBOURS

    if neighbours is not None and not approximate:
        raise click.UsageError(
            "expected --neighbours with --approximate, found it alone; add --approximate"
        )
    return (neighbours or NEIGHBOURS) if approximate else None


def check_budget(
    subject,
    clusterer,
    neighbours: int | None,
    memory: int | None,
    *,
    may_recompute: bool = False,
) -> bool:
    """Refuse a run that cannot fit, with the number and the way out; announce one that is long.

    True where the matrix does not fit and what is recomputed without it does.
    """
    from semdepth.cost import estimate, in_bytes

    n, dimension = len(subject.labels), getattr(subject, "dimension", 0)
    # An id that is empty leaves its class without a concept.
    placed = n - (getattr(subject, "ids", None) or ()).count("")
    cost = estimate(n, dimension, clusterer, neighbours, placed=placed)
    free = free_memory() if memory is None else memory
    recompute = (
        may_recompute
        and neighbours is None
        and (free is not None and cost.memory_bytes > free)
        and _can_do_without(n, dimension, clusterer)
    )
    if recompute:
        cost = estimate(n, dimension, clusterer, placed=placed, recompute=True)
    if free is not None and cost.memory_bytes > free:
        whose = "free memory" if memory is None else "--memory"
        way_out = _way_out(n, dimension, clusterer, neighbours, cost)
        raise OptionError(
            f"expected a run that fits {in_bytes(free)} of {whose}, found {cost.what}, which "
            f"take {cost.memory}; {way_out}fewer classes (--classes), or --memory SIZE if there is "
            "more"
        )
    if recompute or cost.seconds > _ANNOUNCED_FROM_S:
        click.echo(
            f"semdepth: {cost.what}: up to {cost.memory} of memory, about {cost.time}", err=True
        )
    return recompute


def _can_do_without(n: int, dimension: int, clusterer) -> bool:
    """Whether there is an exact way without the matrix."""
    from semdepth.clustering import Louvain
    from semdepth.similarity import DOUBLE_UP_TO

    # Up to 5,000 classes exact means float64, with noise that must be drawn in one go.
    return n > DOUBLE_UP_TO and dimension > 0 and not isinstance(clusterer, Louvain)


def _way_out(n: int, dimension: int, clusterer, neighbours: int | None, cost) -> str:
    from semdepth.cost import estimate
    from semdepth.neighbours import NEIGHBOURS

    if neighbours is not None:
        return f"fewer --neighbours (now {neighbours}), "
    if not dimension:
        return ""
    near = estimate(n, dimension, clusterer, NEIGHBOURS)
    # Of few classes the nearest are no less than all.
    return f"--approximate ({near.memory}), " if near.memory_bytes < cost.memory_bytes else ""


def free_memory() -> int | None:
    """Bytes that this process may still take, None where the system does not tell."""
    known = [*_of_the_system(), *_of_control_groups()]
    return min(known) if known else None


def _of_the_system() -> Iterator[int]:
    if _MEMINFO.exists():
        found = re.search(r"^MemAvailable:\s+(\d+) kB", _MEMINFO.read_text(), re.M)
        if found:
            yield int(found[1]) * 1024
    elif sys.platform == "win32":
        yield _of_windows()
    elif "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        # All there is, where nothing tells what is free.
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _of_windows() -> int:
    """The field ullAvailPhys of MEMORYSTATUSEX, which is 64 bytes of two and seven numbers."""
    status = (ctypes.c_uint64 * 8)()
    ctypes.cast(status, ctypes.POINTER(ctypes.c_uint32))[0] = ctypes.sizeof(status)
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    return status[2]


def _of_control_groups() -> Iterator[int]:
    """What each group above this process leaves it: its limit, less what it holds for good."""
    if not _OWN_CGROUP.exists():
        return
    for line in _OWN_CGROUP.read_text().splitlines():
        _, kinds, path = line.split(":", 2)
        if kinds == "":
            root, limit, usage = _CGROUPS, "memory.max", "memory.current"
        elif "memory" in kinds.split(","):
            root = _CGROUPS / "memory"
            limit, usage = "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        own = root / path.lstrip("/")
        for group in (own, *own.parents):
            yield from _left_in(group, limit, usage)
            if group == root:
                break


def _left_in(group: Path, limit: str, usage: str) -> Iterator[int]:
    try:
        most, used = ((group / name).read_text().strip() for name in (limit, usage))
        stat = (group / "memory.stat").read_text()
    except OSError:
        return
    if most.isdigit():
        # Pages of files that were read count as used, but are given back when memory is short.
        cached = re.search(r"^(?:total_)?inactive_file (\d+)", stat, re.M)
        yield max(0, int(most) - int(used) + (int(cached[1]) if cached else 0))
