"""Nouns that a name without a concept may have been meant for."""

from __future__ import annotations

import difflib
from bisect import bisect_left

from semdepth.labels.words import normal, taken_apart, without_humps
from semdepth.wordnet import lexicon

_LONGEST = 60


def nearest_nouns(name: str, count: int = 3) -> tuple[str, ...]:
    """The nouns within a name, otherwise those spelt most like it that begin as it does.

    >>> nearest_nouns("elefant")
    ('elephant', 'elan', 'element')
    >>> nearest_nouns("chicken vindaloo")
    ('chicken',)
    """
    phrases = taken_apart(name)
    text = next(iter((*phrases.synonyms, *phrases.asides)), "")
    words = normal(without_humps(text))[:_LONGEST].split()
    within = [word for word in reversed(words) if len(word) > 2 and len(lexicon().senses_of(word))]
    if within and len(words) > 1:
        return tuple(dict.fromkeys(within))[:count]
    lemma = "_".join(words)
    near = [word for word in _beginning_with(lemma[:2]) if abs(len(word) - len(lemma)) <= 3]
    found = difflib.get_close_matches(lemma, near, n=count)
    return tuple(word.replace("_", " ") for word in found)


def _beginning_with(letters: str) -> tuple[str, ...]:
    lemmas = lexicon().lemmas
    if not letters:
        return ()
    return lemmas[bisect_left(lemmas, letters) : bisect_left(lemmas, letters + "\U0010ffff")]
