"""The exact median of a matrix's cells on a device, found by counting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from semdepth.kernels.on_torch.places import blocks, import_torch, kind_of


def median(values) -> np.floating:
    """``np.median`` of a matrix's cells, to the bit: halves the numbers it can be, by counting.

    Floating-point numbers of one sign have the order of their bits read as integers, so there
    are no more halvings than bits.
    """
    kind = kind_of(values)
    ranks = (values.numel() - 1) // 2, values.numel() // 2
    low, high = (_ordinal(kind.type(end)) for end in _extremes(values))
    while low < high:
        middle = (low + high) // 2
        if _count_up_to(values, _number(middle, kind)) > ranks[0]:
            high = middle
        else:
            low = middle + 1
    first = second = _number(low, kind)
    if _count_up_to(values, first) <= ranks[1]:
        above = [block[block > float(first)] for block in _row_blocks_of(values)]
        second = kind.type(min(cells.min().item() for cells in above if len(cells)))
    return np.mean(np.array([first, second]))


def _extremes(values) -> tuple[float, float]:
    ends = [import_torch().aminmax(block) for block in _row_blocks_of(values)]
    return min(end.min.item() for end in ends), max(end.max.item() for end in ends)


def _count_up_to(values, most: np.floating) -> int:
    return int(sum((block <= float(most)).sum() for block in _row_blocks_of(values)))


def _row_blocks_of(values) -> Iterator:
    return (values[rows] for rows in blocks(len(values)))


def _ordinal(number: np.floating) -> int:
    """A finite number's place among those of its type, 0 being that of 0."""
    place = int(abs(number).view(f"i{number.itemsize}"))
    return -place if number < 0 else place


def _number(ordinal: int, kind: np.dtype) -> np.floating:
    number = np.array(abs(ordinal), dtype=f"i{kind.itemsize}").view(kind)[()]
    return -number if ordinal < 0 else number
