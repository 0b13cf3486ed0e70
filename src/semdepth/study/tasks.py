"""A piece of work for one model, and what came of it: a value, or one line that says why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb

from semdepth.errors import SemdepthError

Work = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Task:
    """What to do the work with, and what to call it; both travel to the worker."""

    title: str
    payload: object


@dataclass(frozen=True, slots=True)
class Done:
    """What the work gave for a task."""

    title: str
    value: object


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is nothing for a task: one line, and the class of the error."""

    title: str
    error: str
    kind: str


Outcome = Done | Failed
Numbered = tuple[int, Task]
Result = tuple[int, Outcome]


def attempt(work: Work, numbered: Numbered, marks: str | None = None) -> Result:
    """The outcome of a task, with its number; runs in a worker.

    While it is at it, a file in ``marks`` bears the number: a process that is killed leaves it.
    """
    index, task = numbered
    if marks is None:
        return index, outcome_of(work, task)
    mark = Path(marks, str(index))
    mark.touch()
    try:
        return index, outcome_of(work, task)
    finally:
        mark.unlink(missing_ok=True)


def outcome_of(work: Work, task: Task) -> Outcome:
    """What the work gives; an exception in words, for many do not survive the way back."""
    try:
        return Done(task.title, work(task.payload))
    except Exception as error:
        return Failed(task.title, " ".join(_in_words(error).split()), type(error).__name__)


def _in_words(error: Exception) -> str:
    if isinstance(error, SemdepthError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"expected enough memory, found too little ({error}); try fewer --jobs"
    # Nothing else was foreseen: who reports it needs the place.
    *_, last = extract_tb(error.__traceback__)
    place = f"line {last.lineno} of {Path(last.filename).name}"
    return f"{type(error).__name__}: {error}, {place}; this is a bug, please report it"
