"""The noise that breaks ties on a device, bit for bit that of the processor."""

from __future__ import annotations

import numpy as np

from semdepth.kernels.affinity.ties import (
    FIRST_MULTIPLIER,
    MEAN_OF_FOUR,
    SECOND_MULTIPLIER,
    STEP,
    UNIT,
    TieBroken,
)
from semdepth.kernels.on_torch.places import blocks, import_torch, kind_of


def break_ties(values, similar: TieBroken, preference: float) -> None:
    """Give a matrix on the device the noise and the preference that ``similar`` has."""
    if similar.start is None:
        values.copy_(import_torch().from_numpy(similar.values))
    else:
        values.fill_diagonal_(float(preference))
        _add_noise(values, similar.start)


def _add_noise(values, start: int) -> None:
    """Add to every cell what :class:`CounterNoise` adds, operation by operation."""
    n, kind = len(values), np.finfo(kind_of(values))
    unit, relative, absolute = (
        float(kind.dtype.type(x)) for x in (UNIT, kind.eps, kind.tiny * 100)
    )
    items = import_torch().arange(n, device=values.device)
    for rows in blocks(n):
        counter = (items[rows, None] * n + items).add_(1).mul_(_signed(STEP)).add_(_signed(start))
        _mix(counter)
        total = counter & 0xFFFF
        for shift in (16, 32, 48):
            total += (counter >> shift) & 0xFFFF
        normal = (total.to(values.dtype) - MEAN_OF_FOUR) * unit
        values[rows] += (values[rows] * relative + absolute) * normal


def _mix(counter) -> None:
    """SplitMix64's number for each value of its counter, in place.

    torch has no unsigned multiplication, but products and sums of signed integers wrap to the
    same bits; a shift to the right must lose the copies of the sign that it brings in.
    """
    for shift, multiplier in ((30, FIRST_MULTIPLIER), (27, SECOND_MULTIPLIER), (31, 1)):
        counter ^= (counter >> shift) & (2 ** (64 - shift) - 1)
        counter *= _signed(multiplier)


def _signed(number: int) -> int:
    """The signed integer that has the bits of an unsigned one of 64."""
    return number - 2**64 if number >= 2**63 else number
