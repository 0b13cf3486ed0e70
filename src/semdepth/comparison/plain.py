"""Undefined numbers, which JSON does not have."""

from __future__ import annotations

import numpy as np

_NAN = float("nan")


def plain(value):
    """The same with None for numbers that are undefined, as JSON wants it."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def defined(value):
    return _NAN if value is None else value
