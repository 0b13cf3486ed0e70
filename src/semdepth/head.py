"""The classifier layer: one template per class, and which stored tensor it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False, slots=True)
class StoredTensor:
    """A tensor in a file: its name, shape and type are known, its numbers are not loaded yet."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    load: Callable[[], np.ndarray]
    class_axis: int = 0
