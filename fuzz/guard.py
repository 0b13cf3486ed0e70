"""Hears what the interpreter is asked to do while an input is read, and stops what must not be.

Reading opens the input's own files, and nothing else: whatever starts a program, imports,
compiles, connects, writes, or opens another file is recorded, and ended by `Forbidden`.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import semdepth

# Looking at objects, one's own frames and warnings does nothing.
HARMLESS = frozenset(
    "builtins.id sys._getframe object.__getattr__ object.__setattr__ array.__new__".split()
)
LISTS_FOLDERS = ("os.listdir", "os.scandir", "glob.glob", "pathlib.Path.glob", "pathlib.Path.rglob")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Python's own parts and semdepth's data may be read at any time: codecs, lists of classes.
OWN = tuple(
    os.path.realpath(folder)
    for folder in (
        sysconfig.get_path("stdlib"),
        sysconfig.get_path("purelib"),
        sysconfig.get_path("platlib"),
        Path(semdepth.__file__).parent,
    )
)
# What readers import if it is there; the child imports it before it listens.
LIBRARIES = ("yaml", "rdflib", "pyarrow")
# What is loaded late, or loads parts of its own late: codecs by name, and these libraries.
LATE = {"encodings", "semdepth", "numpy", "xml", *LIBRARIES}


class Forbidden(BaseException):
    """Something that reading must never ask for; no `except Exception` ends it."""


class Guard:
    """Listens from the moment it is made, which no Python code can undo."""

    def __init__(self):
        self.heard: list[str] = []
        self._folder = ""
        self._listening = False
        sys.addaudithook(self._hear)

    @contextmanager
    def watching(self, folder: Path) -> Iterator[None]:
        """Inside, only files below `folder` may be opened, and only for reading."""
        self.heard = []
        self._folder = os.path.realpath(folder)
        self._listening = True
        try:
            yield
        finally:
            self._listening = False

    def _hear(self, event: str, arguments: tuple) -> None:
        if not self._listening or event in HARMLESS:
            return
        self._listening = False  # judging opens paths and looks at frames too
        try:
            allowed = self._allows(event, arguments)
        finally:
            self._listening = True
        if not allowed:
            told = f"{event}({', '.join(map(_shown, arguments))})"[:500]
            self.heard.append(told)
            raise Forbidden(told)

    def _allows(self, event: str, arguments: tuple) -> bool:
        caller = sys._getframe(2).f_globals.get("__name__", "")
        if caller.startswith("importlib._bootstrap"):  # once an import was allowed
            return True
        if event == "import":
            return not {arguments[0].split(".")[0], caller.split(".")[0]}.isdisjoint(LATE)
        if event == "compile":
            return caller == "ast"  # literal_eval, which parses and does not run
        if event == "open":
            path, mode, flags = arguments
            reads = not (set(mode or "r") & set("wax+")) and not flags & WRITING
            return reads and self._within(path, (self._folder, *OWN))
        if event in LISTS_FOLDERS:
            return self._within(arguments[0], (self._folder, *OWN))
        return False

    def _within(self, path: object, folders: tuple[str, ...]) -> bool:
        if isinstance(path, int):  # a file that is open already
            return True
        real = os.path.realpath(os.fsdecode(path))
        return any(real == folder or real.startswith(folder + os.sep) for folder in folders)


def _shown(argument: object) -> str:
    return repr(argument)[:200]
