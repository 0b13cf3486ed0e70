"""Class names and their place in a taxonomy.

::

    known_lists.py  the lists semdepth knows, with their sources; label_sets.py  LabelSet: names
                    in the order of the outputs, from a known list or as they were found
    words.py        class names as words
    spellings.py    the nouns that a phrase may stand for; suggestions.py  those nearest to it
    candidates.py   the concepts that one name may mean
    coherence.py    which of them several names mean together; sense_model.py  in numbers
    resolver.py     class names -> Resolution or Placement
    resolution.py   Resolution: concepts, confidence, reasons, alternatives
    placement.py    Placement: where each class stands in a taxonomy
    own_taxonomy.py the same in a taxonomy of the user's own
"""

from semdepth.labels.known_lists import (
    LABEL_SETS,
    KnownClass,
    KnownList,
    known_list,
    name_of_list,
    names_of_concepts,
)
from semdepth.labels.label_sets import (
    NO_CONCEPT,
    LabelSet,
    label_set,
    label_set_of_names,
    label_set_of_outputs,
    label_set_of_size,
    label_set_of_these_names,
)
from semdepth.labels.own_taxonomy import find_in, place_in
from semdepth.labels.placement import Placement
from semdepth.labels.resolution import (
    MIN_CONFIDENCE,
    Alternative,
    Resolution,
    ResolvedClass,
)
from semdepth.labels.resolver import place, resolve

__all__ = [
    "LABEL_SETS",
    "MIN_CONFIDENCE",
    "NO_CONCEPT",
    "Alternative",
    "KnownClass",
    "KnownList",
    "LabelSet",
    "Placement",
    "Resolution",
    "ResolvedClass",
    "find_in",
    "known_list",
    "label_set",
    "label_set_of_names",
    "label_set_of_outputs",
    "label_set_of_size",
    "label_set_of_these_names",
    "name_of_list",
    "names_of_concepts",
    "place",
    "place_in",
    "resolve",
]
