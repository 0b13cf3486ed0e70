"""The words with which WordNet defines concepts, and how many definitions have each."""

from __future__ import annotations

import numpy as np

from semdepth.labels.coherence import Words
from semdepth.wordnet import definition, definitions_with, wordnet_nouns, words_of


def words_of_definitions(concepts: np.ndarray) -> Words:
    """The words of these concepts' definitions and of those right above them.

    >>> found = words_of_definitions(np.array([wordnet_nouns().index("n03793489")]))  # a mouse
    >>> len(found.words), int(found.counts.min())
    (26, 3)
    """
    counts, nouns = definitions_with(), wordnet_nouns()
    above = [nouns.parents_of(concept).tolist() for concept in concepts.tolist()]
    defined = sorted({*concepts.tolist(), *(parent for parents in above for parent in parents)})
    telling = {c: [word for word in words_of(definition(c)) if word in counts] for c in defined}
    number: dict[str, int] = {}
    words, lengths = [], []
    for concept, parents in zip(concepts.tolist(), above, strict=True):
        mine = dict.fromkeys(word for c in (concept, *parents) for word in telling[c])
        words += [number.setdefault(word, len(number)) for word in mine]
        lengths.append(len(mine))
    return Words(
        offsets=np.cumsum([0, *lengths]),
        words=np.array(words, dtype=np.int64),
        counts=np.array([counts[word] for word in number], dtype=np.int64),
        n_definitions=len(nouns),
    )
