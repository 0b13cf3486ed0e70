"""What speaks for one sense of a name whatever the other classes are, in numbers.

The numbers are fitted by scripts/fit_resolver.py on lists whose concepts are known, and judged
on other lists by benchmarks/resolver.py, which names both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from semdepth.labels.candidates import Sense
from semdepth.labels.coherence import Coherence, SenseGraph, concepts_below

# Log odds of a sense, by what is true of it, each times its weight:
WEIGHTS = {
    # the logarithm of its rank among the noun's senses
    "rank": -0.69,
    # how many of the name's synonyms do not have it, and whether the first does not
    "missed": -2.99,
    "later": -2.27,
    # whether WordNet writes the noun in capitals there and the name does not
    "proper": -1.56,
    # whether it is that of a singular, where the plural may be a noun itself
    "singular": -1.31,
    # whether its synset's first word is the noun
    "first": 1.62,
    # the logarithm of how many concepts stand below it: classes are seldom very special
    "general": 0.62,
}
# Log odds that a class of images is one of these; of several kinds above a concept, the first.
KINDS = {
    "person.n.01": -0.88,
    "animal.n.01": 0.73,
    "plant.n.02": -0.05,
    "food.n.02": -0.29,
    "food.n.01": 0.46,
    "body_part.n.01": 0.03,
    "artifact.n.01": 0.92,
    "geological_formation.n.01": 0.86,
    "natural_object.n.01": 0.16,
    "substance.n.01": -0.45,
    "location.n.01": 0.02,
    "event.n.01": -0.54,
    "group.n.01": -0.63,
    "attribute.n.02": -0.60,
    "communication.n.02": 0.58,
    "physical_entity.n.01": 0.21,
    "entity.n.01": -0.52,
}
COHERENCE = Coherence(
    weight=0.52, kinds=0.22, distinct=0.38, words=0.53, apart=0.24, kappa=1.2, smoothing=100.0
)
ALONE = Coherence(
    weight=0.0, kinds=0.0, distinct=0.0, words=0.0, apart=0.0, kappa=1.2, smoothing=100.0
)

# The share of names found in this way of which one of the senses found is true: of a head noun,
# that the class is one of these. Of singulars, spellings and parts the lists have but 10, 19 and 3
# examples; theirs are judgements.
RELIABILITY = {"as it stands": 0.99, "singular": 0.95, "spelling": 0.85, "head": 0.7, "part": 0.3}


def own_scores(senses: Sequence[Sense], graph: SenseGraph) -> np.ndarray:
    """The log odds of each sense (K,) without regard to the other classes."""
    return features(senses, graph) @ np.array([*WEIGHTS.values(), *KINDS.values()])


def features(senses: Sequence[Sense], graph: SenseGraph) -> np.ndarray:
    """What is true of each sense: a column for each of :data:`WEIGHTS` and of :data:`KINDS`."""
    general = np.log(concepts_below(graph.taxonomy))[graph.concepts][graph.concept]
    own = np.column_stack(
        [
            np.log([sense.rank for sense in senses]),
            [sense.missed for sense in senses],
            [sense.later for sense in senses],
            [sense.proper for sense in senses],
            [sense.way == "singular" for sense in senses],
            [sense.first for sense in senses],
            general,
        ]
    )
    return np.hstack([own, graph.kind[:, None] == np.arange(len(KINDS))])
