"""The terminal: tables on standard output, progress on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

# Where nobody watches (a file, a pipe), tables get room instead of being cut at 80 columns.
_WIDTH_OF_A_FILE = 120

_NUMERIC = {
    "cluster",
    "classes",
    "dimension",
    "score",
    "depth",
    "similarity",
    "surprise (sd)",
    "by chance",
    "at most",
    "share",
    "lift",
    "p",
    "taken for",
    "the other way",
    "old",
    "new",
    "difference",
    "overlap",
    "SD",
    "95% interval",
    "chance",
    "normalised",
    "clusters",
    "taxonomy",
    "accuracy",
    "explained",
    "p adjusted",
}


@contextmanager
def progress_on_stderr() -> Iterator[Callable[[str, int, int], None]]:
    """A callable ``(stage, done, total)`` that shows how far the work is."""
    if not sys.stderr.isatty():
        yield _LinesOfProgress()
        return
    columns = TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, int] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield show


class _LinesOfProgress:
    """For logs: a line a stage and second, and none for what is done within one."""

    def __init__(self):
        self.last = time.monotonic()
        self.begun: dict[str, tuple[float, int]] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        start, first = self.begun.get(stage, (now, done))
        if done <= first:  # it begins, perhaps anew
            start, first = self.begun[stage] = now, done
        if now - self.last > 1:
            count = f", {done} of {total}" if total > 1 else ""
            left = (now - start) * (total - done) / (done - first) if done > first else 0
            count += f", {_about(left)} left" if count and left > 1 else ""
            print(f"semdepth: {stage}{count}", file=sys.stderr, flush=True)
            self.last = now


def _about(seconds: float) -> str:
    """A length of time in its unit, such as 40 s, 3 min, 2 h."""
    if seconds < 90:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"


def make_table(*columns: str, title: str | None = None) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        numeric = column in _NUMERIC
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    return table


def stdout_console() -> Console:
    """A console that takes every string as it is: class names are not markup."""
    width = None if sys.stdout.isatty() else _WIDTH_OF_A_FILE
    return Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)


def printable(name: str) -> str:
    """A name without control characters, which could move the cursor or recolour the screen."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
