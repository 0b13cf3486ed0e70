"""Work for workers to do: functions that other processes import, and that leave traces."""

import os
import signal
import time
from pathlib import Path

from semdepth.errors import NoHead
from semdepth.kernels.threads import thread_count
from semdepth.reading.heads import read_head


def double(number):
    return 2 * number


def traced(payload):
    """Doubles a number, and leaves a file for each time that it was begun."""
    folder, number = payload
    leave_trace(folder, number)
    return 2 * number


def leave_trace(folder, number):
    Path(folder, f"{number}-{time.time_ns()}-{os.getpid()}").touch()


def times_begun(folder, number):
    return len(list(Path(folder).glob(f"{number}-*")))


def refuse(number):
    """Fails for 1 as semdepth does, for 2 as a bug does, for 3 for want of memory."""
    if number == 1:
        raise NoHead("expected a head, found none; choose another file")
    if number == 2:
        raise KeyError("missing\nkey")
    if number == 3:
        raise MemoryError("9 GB")
    return 2 * number


def kill_once(payload):
    """Doubles a number; number 5 kills its process the first time."""
    folder, number = payload
    leave_trace(folder, number)
    if number == 5 and times_begun(folder, number) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def kill_always(payload):
    """Doubles a number; number 5 kills its process."""
    folder, number = payload
    leave_trace(folder, number)
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def hang_from_four(payload):
    """Doubles a number below 4; others take for ever."""
    folder, number = payload
    leave_trace(folder, number)
    if number >= 4:
        time.sleep(600)
    return 2 * number


def cores_of_this(_):
    """How many threads semdepth would use here, and which process this is."""
    time.sleep(0.2)
    return thread_count(), os.getpid()


def read_classes(path):
    return read_head(path).labels
