"""Numbers as JSON has them: None where one is unknown."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np


def known(values: np.ndarray) -> list[float | None]:
    """
    >>> known(np.array([0.5, np.nan]))
    [0.5, None]
    """
    return [or_none(value) for value in values.tolist()]


def from_known(values: Iterable[float | None]) -> np.ndarray:
    return np.array([or_nan(value) for value in values], dtype=np.float64)


def or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
