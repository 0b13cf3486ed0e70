"""Finds the compiled twins of loops, where numba is installed and can keep what it compiles."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

import numpy as np


def compiled_twins(module: str) -> ModuleType | None:
    """The module ``semdepth.kernels.<module>``; None where the plain loops are to serve.

    That is where numba is missing or told not to compile (``NUMBA_DISABLE_JIT``), and where it
    finds no folder that may keep compiled code: compiling in every run would cost more than it
    saves.
    """
    try:
        twins = import_module(f"semdepth.kernels.{module}")
    except (ImportError, RuntimeError):
        return None
    return None if sys.modules["numba"].config.DISABLE_JIT else twins


def read_only(values: np.ndarray) -> np.ndarray:
    """A view that cannot be written to: numba compiles anew for an array that may be."""
    view = values.view()
    view.setflags(write=False)
    return view


@dataclass(slots=True)
class Twin:
    """A compiled twin that is loaded when it has come to pay, in one run or in many.

    Loading numba and its cached code takes ``loading`` seconds. As soon as the plain loops have
    lost as much in this process, it is loaded: so at most twice the least is ever lost. Both give
    the same bits, and which of them serves shows in time alone.
    """

    module: str
    loading: float
    lost: float = 0.0
    found: ModuleType | None = None
    searched: bool = False

    def serves(self, seconds: float) -> ModuleType | None:
        """The twin if it is to do work in which it saves so many seconds, otherwise None."""
        self.lost += seconds
        if self.lost < self.loading:
            return None
        if not self.searched:
            self.found, self.searched = compiled_twins(self.module), True
        return self.found
