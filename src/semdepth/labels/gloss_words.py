"""The words with which WordNet defines concepts, and how many definitions have each."""

from __future__ import annotations

import numpy as np

from semdepth.labels.coherence import Words
from semdepth.wordnet import definition, definitions_with, wordnet_nouns, words_of


def words_of_definitions(concepts: np.ndarray) -> Words:
    """The words of these concepts' definitions, and of the definitions right above them.

    The two are different words: otherwise a kind of car (an old one, called a bus) would have all
    the words of a car in common with the class car.

    >>> found = words_of_definitions(np.array([wordnet_nouns().index("n03793489")]))  # a mouse
    >>> len(found.words), int(found.counts.min())
    (27, 3)
    """
    counts, nouns = definitions_with(), wordnet_nouns()
    above = [nouns.parents_of(concept).tolist() for concept in concepts.tolist()]
    defined = sorted({*concepts.tolist(), *(parent for parents in above for parent in parents)})
    telling = {c: [word for word in words_of(definition(c)) if word in counts] for c in defined}
    number: dict[tuple[str, bool], int] = {}
    words, lengths = [], []
    for concept, parents in zip(concepts.tolist(), above, strict=True):
        mine = [(word, False) for word in telling[concept]]
        mine += dict.fromkeys((word, True) for parent in parents for word in telling[parent])
        words += [number.setdefault(entry, len(number)) for entry in mine]
        lengths.append(len(mine))
    return Words(
        offsets=np.cumsum([0, *lengths]),
        words=np.array(words, dtype=np.int64),
        counts=np.array([counts[word] for word, _ in number], dtype=np.int64),
        n_definitions=len(nouns),
    )
