"""What changed from one model to another: edges, clusters, confusions and scores.

::

    shared.py      the classes that both have, aligned by name
    structure.py   edges gained and lost, classes that moved cluster
    confusions.py  confusions gained and lost, beyond what counting gives
    scores.py      Similarity Depth and compliance, paired class by class
    record.py      diff and all of it as one value
"""

from semdepth.difference.confusions import ConfusionDifference
from semdepth.difference.record import SCHEMA, Difference, diff, unlike
from semdepth.difference.scores import ComplianceDifference, ModelFacts
from semdepth.difference.structure import ClusterDifference, EdgeDifference, adjusted_rand

__all__ = [
    "SCHEMA",
    "ClusterDifference",
    "ComplianceDifference",
    "ConfusionDifference",
    "Difference",
    "EdgeDifference",
    "ModelFacts",
    "adjusted_rand",
    "diff",
    "unlike",
]
