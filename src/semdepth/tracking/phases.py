"""The three phases of similarity perception: surge, refinement, stabilisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from semdepth.tracking.steps import Step

# The surge lasts until Similarity Depth has made so much of its way up.
SURGE_SHARE = 0.8
# A lesser rise, in normalised Similarity Depth, is no surge: 0 is chance, 1 the ceiling.
LEAST_RISE = 0.1
# Of two forests of equal size, a Jaccard index of 2/3 means that four edges in five are the same.
CALM_TURNOVER = 1 / 3
# One calm step may be chance.
CALM_STEPS = 2
# Fewer checkpoints have no room for three phases.
FEWEST_CHECKPOINTS = 4
# What rounding takes off must not move a bound.
_ROUNDING = 1e-12

PHASES = ("surge", "refinement", "stabilisation")


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the run from epoch ``start`` to ``end``; both None where ``reason`` says why."""

    name: str
    start: float | None
    end: float | None
    reason: str = ""


def find_phases(steps: Sequence[Step]) -> tuple[Phase, Phase, Phase]:
    """Where the surge, the refinement and the stabilisation of similarity perception lie.

    The three are named by Filus & Żarski (2025, arXiv 2505.21338); where one ends and the next
    begins is this rule's. The *surge* lasts from the first checkpoint to the first at which
    normalised Similarity Depth has made 80% of its way from the first checkpoint's to its
    maximum. *Stabilisation* lasts from the first checkpoint after which no step changes the
    forest much any more: a turnover (1 - the edges' Jaccard index) of at most 1/3, which keeps
    four edges in five. It needs two such steps at the end of the run, and begins no sooner than
    the surge ends. *Refinement* lies between. A rise of less than .1 is no surge; fewer than four
    checkpoints are too few to tell.
    """
    known = [s for s in steps if s.scores is not None and not np.isnan(s.scores.sd_normalised)]
    if len(known) < FEWEST_CHECKPOINTS:
        why = (
            f"{FEWEST_CHECKPOINTS} checkpoints with a Similarity Depth are needed to tell, "
            f"there are {len(known)}"
        )
        return tuple(Phase(name, None, None, why) for name in PHASES)
    last = len(known) - 1
    top, no_surge = _end_of_surge(np.array([step.scores.sd_normalised for step in known]))
    calm, no_calm = _begin_of_calm(known)
    calm = max(calm, top)
    too_short = "stabilisation begins where the surge ends" if calm < last else "the run ends first"
    return (
        _phase("surge", known, 0, top, no_surge),
        _phase("refinement", known, top, calm, too_short),
        _phase("stabilisation", known, calm, last, no_calm or "the surge lasts to the end"),
    )


def _phase(name: str, steps: list[Step], start: int, end: int, otherwise: str) -> Phase:
    if start == end:
        return Phase(name, None, None, otherwise)
    return Phase(name, steps[start].epoch, steps[end].epoch)


def _end_of_surge(depths: np.ndarray) -> tuple[int, str]:
    """At which of the normalised depths the surge ends; the first, and why, if there is none."""
    rise = depths.max() - depths[0]
    if rise < LEAST_RISE - _ROUNDING:
        return 0, (
            f"normalised Similarity Depth rises by {rise:.3f} over the run, less than {LEAST_RISE}"
        )
    return int(np.argmax(depths >= depths[0] + SURGE_SHARE * rise - _ROUNDING)), ""


def _begin_of_calm(steps: list[Step]) -> tuple[int, str]:
    """After which checkpoint the forest stays much the same; the last, and why, if after none."""
    last = len(steps) - 1
    stirred = [at for at in range(1, last + 1) if steps[at].turnover > CALM_TURNOVER + _ROUNDING]
    begin = stirred[-1] if stirred else 0
    if last - begin >= CALM_STEPS:
        return begin, ""
    return last, (
        f"the forest still changes near the end: turnover {steps[begin].turnover:.2f} at epoch "
        f"{steps[begin].epoch:g}"
    )
