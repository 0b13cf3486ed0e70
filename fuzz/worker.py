"""Keeps a child process that reads inputs, and starts another when one dies or hangs."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from fuzz.mutations.pickles import SENTINEL
from fuzz.samples import ROOT, Sample

CHILD = (sys.executable, "-m", "fuzz.child")
# One process reads many inputs; so that none inherits much from the others, not all of them.
INPUTS_PER_CHILD = 2_000


@dataclass(frozen=True)
class Limits:
    """What one input may take: MiB of memory, and seconds of processor time and of patience."""

    memory: int = 1_024
    cpu: float = 20.0
    patience: float = 120.0


class Worker:
    """A child process in a folder of its own, where the inputs are laid."""

    def __init__(self, folder: Path, limits: Limits, command: tuple[str, ...] = CHILD):
        self.folder = folder
        self.limits = limits
        self.command = command
        self._process: subprocess.Popen | None = None
        self._asked = 0
        # What a name that climbs out of an input's folder would find.
        (folder / "decoy.bin").write_bytes(b"\x80\x02}.")

    def ask(self, sample: Sample) -> dict:
        """Have an input read; what the child answers, or says by its end."""
        if self._asked >= INPUTS_PER_CHILD:
            self.close()
        folder = self.folder / "input"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        path = sample.write(folder)
        asked = {"format": sample.format, "path": str(path), "folder": str(folder)}
        told = self._answer(json.dumps(asked) + "\n")
        sentinel = [p for p in (self.folder / SENTINEL, folder / SENTINEL) if p.exists()]
        for left in sentinel:
            left.unlink()
            told = told | {"finding": "executed", "told": f"{left.name} was made"}
        return told

    def close(self) -> None:
        """End the child process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _answer(self, line: str) -> dict:
        process = self._process or self._start()
        self._asked += 1
        process.stdin.write(line)
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], self.limits.patience)
        answer = process.stdout.readline() if ready else ""
        if answer:
            return json.loads(answer)
        if not ready:
            self.close()
            return _ended("hang", f"no answer within {self.limits.patience} s")
        process.wait()
        last = self._last_words()
        self.close()
        return _ended("crash", f"ended by {process.returncode}; {last}")

    def _start(self) -> subprocess.Popen:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        options = ("--memory", str(self.limits.memory), "--cpu", str(self.limits.cpu))
        with open(self.folder / "errors.txt", "w", encoding="utf-8") as errors:
            self._process = subprocess.Popen(
                [*self.command, *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=self.folder,
                env=environment,
            )
        self._asked = 0
        if not self._process.stdout.readline():
            raise RuntimeError(f"the child process did not start: {self._last_words()}")
        return self._process

    def _last_words(self) -> str:
        return (self.folder / "errors.txt").read_text(encoding="utf-8", errors="replace")[-4_000:]


def _ended(kind: str, told: str) -> dict:
    return {"outcome": kind, "finding": kind, "told": told, "seconds": 0.0, "peak": 0.0}
