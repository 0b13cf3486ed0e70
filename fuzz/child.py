"""The process in which inputs are read: bounded in memory and time, heard by the guard.

It is told one input a line on its standard input, as JSON, and answers each with a line.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
import warnings
from contextlib import suppress
from pathlib import Path

from fuzz import exercise
from fuzz.guard import LIBRARIES, Forbidden, Guard
from semdepth.errors import SemdepthError

MIB = 1 << 20
MUCH = 50 * MIB
HERE = str(Path(__file__).parent)


class TooSlow(BaseException):
    """An input that took more processor time than it may."""


def main() -> None:
    """Answer until the standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memory", type=int, required=True, help="MiB that an input may take")
    parser.add_argument("--cpu", type=float, required=True, help="seconds that an input may take")
    given = parser.parse_args()
    # What is answered goes out where nothing that a reader prints can get in between.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    faulthandler.enable()
    for library in LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(library)
    guard = Guard()
    bound(given.memory)
    warnings.simplefilter("error")
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        asked = json.loads(line)
        answers.write(json.dumps(answer(asked, guard, given.cpu)) + "\n")
        answers.flush()


def bound(memory: int) -> None:
    """Allow `memory` MiB more than is taken now, no core files, and signals for slow inputs."""
    with open("/proc/self/statm", encoding="ascii") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + memory * MIB,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, _too_slow)


def _too_slow(number: int, frame: object) -> None:
    raise TooSlow


def answer(asked: dict, guard: Guard, cpu: float) -> dict:
    """Read one input; say what came of it, and what it took."""
    before, start = _peak_reset(), time.process_time()
    signal.setitimer(signal.ITIMER_PROF, cpu)
    told = _told(exercise.EXERCISES[asked["format"]], asked, guard)
    signal.setitimer(signal.ITIMER_PROF, 0)
    seconds, peak = time.process_time() - start, _peak() - before
    if guard.heard:
        told |= {"finding": "forbidden", "told": guard.heard[0], "outcome": "forbidden"}
    if peak > MUCH:  # what refers to itself would else be charged to the inputs that follow
        gc.collect()
    return {**told, "seconds": seconds, "peak": max(peak, 0) / MIB}


def _told(run, asked: dict, guard: Guard) -> dict:
    try:
        with guard.watching(Path(asked["folder"])):
            return {"outcome": run(Path(asked["path"]))}
    except SemdepthError as error:
        try:
            exercise.check_message(error)
        except exercise.Broken as broken:
            return _finding("broken promise", broken, error)
        return {"outcome": type(error).__name__}
    except exercise.Broken as error:
        return _finding("broken promise", error, error.__context__)
    except TooSlow as error:
        return _finding("hang", error)
    except MemoryError as error:
        return _finding("memory", error)
    except Forbidden as error:
        return _finding("forbidden", error)
    except Exception as error:
        return _finding("untyped error", error)


def _finding(kind: str, error: BaseException, cause: BaseException | None = None) -> dict:
    """What went wrong and where in semdepth; `cause` is where it was raised, if elsewhere."""
    frames = traceback.extract_tb((cause or error).__traceback__)
    own = [f"{Path(f.filename).name}:{f.lineno}" for f in frames if HERE not in f.filename]
    inner = [f"{Path(f.filename).name}:{f.lineno}" for f in frames if "semdepth" in f.filename]
    lines = traceback.format_exception(error)
    return {
        "outcome": kind,
        "finding": kind,
        "told": f"{type(error).__name__}: {error}"[:1_000],
        "place": (inner or own or ["?"])[-1],
        "traceback": "".join(lines)[-8_000:],
    }


def _peak_reset() -> int:
    """Forget the highest memory so far, and say how much is taken now."""
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
    return _peak()


def _peak() -> int:
    """The most memory that was taken, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
