"""Arrays as columns of JSON: rounded, and None where a number is unknown."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

# A report is looked at; what is computed with is in analysis.json and the CSV tables.
DIGITS = 4


def rounded(values: Iterable[float | None] | np.ndarray, digits: int = DIGITS) -> list:
    """Numbers to so many digits, None for NaN, infinities and None; whole ones as integers.

    >>> rounded([0.123456, float("nan"), 2.0, None])
    [0.1235, None, 2, None]
    """
    values = values.tolist() if isinstance(values, np.ndarray) else values
    return [number(value, digits) for value in values]


def number(value: float | None, digits: int = DIGITS) -> float | int | None:
    """One number so rounded."""
    if value is None or not math.isfinite(value):
        return None
    near = round(value, digits)
    return int(near) if near == int(near) else near


def tidy(value):
    """A dict or list of plain values with every number so rounded that a reader can trust it.

    Six significant digits, so that a small p-value or lift keeps its own.

    >>> tidy({"p": 0.00099900099, "at": (1, float("nan"))})
    {'p': 0.000999001, 'at': [1, None]}
    """
    if isinstance(value, dict):
        return {key: tidy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [tidy(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def or_none(positions: Iterable[int] | np.ndarray) -> list[int | None]:
    """Whole numbers with None for those below 0.

    >>> or_none(np.array([3, -1]))
    [3, None]
    """
    values = positions.tolist() if isinstance(positions, np.ndarray) else positions
    return [None if value < 0 else value for value in values]


def places(labels: Iterable[str]) -> dict[str, int]:
    """The number of each class by its name."""
    return {label: place for place, label in enumerate(labels)}
