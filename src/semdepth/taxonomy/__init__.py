"""A semantic hierarchy: concepts, their hypernyms, and how deep two of them meet.

::

    concepts.py    Taxonomy, the value
    building.py    taxonomy_from_parents: from each concept's parents
    relations.py   Relations: subsumers, depths, distances, Wu-Palmer of all pairs
    pair_depths.py PairDepths: depths alone, of very many classes
    information.py how much a concept says; Resnik, Lin, Jiang-Conrath
"""

from semdepth.taxonomy.building import taxonomy_from_parents
from semdepth.taxonomy.concepts import Taxonomy
from semdepth.taxonomy.information import (
    intrinsic_information,
    jiang_conrath,
    lin,
    resnik,
)
from semdepth.taxonomy.pair_depths import PairDepths, depths_by_kind, pair_depths
from semdepth.taxonomy.relations import LCS_RULES, Relations, leacock_chodorow, relations

__all__ = [
    "LCS_RULES",
    "PairDepths",
    "Relations",
    "Taxonomy",
    "depths_by_kind",
    "intrinsic_information",
    "jiang_conrath",
    "leacock_chodorow",
    "lin",
    "pair_depths",
    "relations",
    "resnik",
    "taxonomy_from_parents",
]
