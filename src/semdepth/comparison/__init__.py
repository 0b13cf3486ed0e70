"""Many models side by side: their scores, ranks, tests of each two, and what goes with what.

::

    models.py     a model under a clusterer as a row of numbers
    pairs.py      every two models tested
    stability.py  how far clusterers rank them alike
    record.py     compare_scores and all of it as one value
"""

from semdepth.comparison.models import SCORE_NAMES, ComparedModel, FailedModel, compared_model
from semdepth.comparison.pairs import TestedPair, holm
from semdepth.comparison.record import SCHEMA, Comparison, compare_scores
from semdepth.comparison.stability import Stability, stability_of

__all__ = [
    "SCHEMA",
    "SCORE_NAMES",
    "ComparedModel",
    "Comparison",
    "FailedModel",
    "Stability",
    "TestedPair",
    "compare_scores",
    "compared_model",
    "holm",
    "stability_of",
]
