"""How a network's perception of its classes grows in training: scores, phases, relations.

::

    steps.py      the checkpoints, each beside the one before it and beside the last
    phases.py     surge, refinement, stabilisation
    relations.py  which edges of the perceived forest formed when, and which went
    track.py      Track: all of it about one run
"""

from semdepth.tracking.phases import CALM_TURNOVER, Phase, find_phases
from semdepth.tracking.relations import Relation
from semdepth.tracking.steps import Step
from semdepth.tracking.track import SCHEMA, Track, track_scores

__all__ = [
    "CALM_TURNOVER",
    "SCHEMA",
    "Phase",
    "Relation",
    "Step",
    "Track",
    "find_phases",
    "track_scores",
]
