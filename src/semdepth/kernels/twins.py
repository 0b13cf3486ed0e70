"""Finds the compiled twins of loops, where numba is installed and can keep what it compiles."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


def compiled_twins(module: str) -> ModuleType | None:
    """The module ``semdepth.kernels.<module>``; None where the plain loops are to serve.

    That is where numba is missing, and where it finds no folder that may keep compiled code:
    compiling in every run would cost more than it saves.
    """
    try:
        return import_module(f"semdepth.kernels.{module}")
    except (ImportError, RuntimeError):
        return None
