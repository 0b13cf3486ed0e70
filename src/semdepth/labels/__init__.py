"""Class names and their place in a taxonomy.

::

    label_sets.py   LabelSet: names in the order of the outputs; the lists semdepth knows
    words.py        class names as words
    resolver.py     the WordNet concept that a name means
    placement.py    Placement: where each class stands in a taxonomy
"""

from semdepth.labels.label_sets import (
    LABEL_SETS,
    LabelSet,
    label_set,
    label_set_of_names,
    label_set_of_size,
    names_of_concepts,
)
from semdepth.labels.placement import Placement
from semdepth.labels.resolver import place

__all__ = [
    "LABEL_SETS",
    "LabelSet",
    "Placement",
    "label_set",
    "label_set_of_names",
    "label_set_of_size",
    "names_of_concepts",
    "place",
]
