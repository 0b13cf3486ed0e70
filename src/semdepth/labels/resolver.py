"""Finds the WordNet concepts that class names mean, all names of a list together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from semdepth.errors import LabelError, OptionError
from semdepth.labels.candidates import Candidates, Sense, candidates_of
from semdepth.labels.coherence import beliefs, no_words, sense_graph
from semdepth.labels.gloss_words import words_of_definitions
from semdepth.labels.label_sets import NO_CONCEPT, label_set_of_these_names
from semdepth.labels.placement import Placement
from semdepth.labels.resolution import (
    MIN_CONFIDENCE,
    Alternative,
    Resolution,
    ResolvedClass,
)
from semdepth.labels.sense_model import ALONE, COHERENCE, KINDS, RELIABILITY, own_scores
from semdepth.labels.words import ClassName, taken_apart
from semdepth.wordnet import concept_named, wordnet_nouns

# So many of a name's senses are kept, the likeliest first.
_MOST_ALTERNATIVES = 5
_NO_CANDIDATES = Candidates((), "", 0)


def place(
    labels: Sequence[str],
    ids: Sequence[str | None] | None = None,
    *,
    min_confidence: float = MIN_CONFIDENCE,
) -> Placement:
    """Place classes in WordNet by their ids where given, otherwise by their names.

    A name may be an id (``n02085936`` or ``n02085936-Maltese_dog``), a synset's name
    (``dog.n.01``), or words as :func:`resolve` reads them, whose senses are chosen together. The
    id ``""`` leaves a class without a concept. Names with less confidence than
    ``min_confidence`` stay unplaced; :attr:`Placement.uncertain` lists those placed that are
    worth a look. The names of a known list are recognised as a whole and get its ids.

    >>> placed = place(["tench, Tinca tinca", "n02012849-crane", "crane.n.04", "gizmo 3000"])
    >>> [None if c < 0 else placed.taxonomy.names[c] for c in placed.concepts]
    ['tench.n.01', 'crane.n.05', 'crane.n.04', None]
    >>> birds, machines = place(["crane", "robin"]), place(["crane", "forklift"])
    >>> [placed.taxonomy.names[placed.concepts[0]] for placed in (birds, machines)]
    ['crane.n.05', 'crane.n.04']
    """
    labels = tuple(labels)
    known = (None,) * len(labels) if ids is None else tuple(ids)
    if all(given is None for given in known):
        known = _ids_of_known_names(labels)
    if None in known:
        return resolve(labels, known, min_confidence=min_confidence).placement()
    nouns = wordnet_nouns()
    _check_one_each(labels, known)
    concepts = [-1 if i == NO_CONCEPT else nouns.index(i) for i in known]
    reasons = tuple("left without a concept" if c < 0 else "id given" for c in concepts)
    return Placement(nouns, labels, np.array(concepts, dtype=np.int32), reasons)


def resolve(
    labels: Sequence[str],
    ids: Sequence[str | None] | None = None,
    *,
    min_confidence: float = MIN_CONFIDENCE,
    together: bool = True,
) -> Resolution:
    """What each class name may mean, how likely that is, and why.

    Names are read without case, underscores, hyphens, humps, indices in front, and plurals;
    synonyms stand between commas or slashes, asides in parentheses. A name that WordNet does not
    have is taken by its head noun. Senses are chosen together, so that the classes are of a kind
    (:mod:`semdepth.labels.coherence`), or with ``together=False`` each by itself. Ids that are
    given (None where not) settle their class and count for the others. The answer does not
    depend on the order of the classes.

    >>> resolve(["crane", "heron", "fire fighting truck"])["fire fighting truck"].reason
    "head noun 'truck' of 'fire fighting truck', likeliest of 2 senses"
    """
    labels = tuple(labels)
    ids = (None,) * len(labels) if ids is None else tuple(ids)
    _check_one_each(labels, ids)
    if not 0 <= min_confidence <= 1:
        raise OptionError(f"expected a confidence from 0 to 1, found {min_confidence}")
    # Equal names are one question, and the sum over all of them has one order.
    questions = sorted(set(zip(labels, ids, strict=True)), key=lambda q: (q[0], str(q[1])))
    names = [taken_apart(label) for label, _ in questions]
    settled = [
        _settled(label, name, given) for name, (label, given) in zip(names, questions, strict=True)
    ]
    found = [
        _NO_CANDIDATES if done else candidates_of(name)
        for name, done in zip(names, settled, strict=True)
    ]
    shares = _probabilities(settled, found, together)
    answers = {
        question: done or _chosen(question[0], candidates, share, min_confidence)
        for question, done, candidates, share in zip(questions, settled, found, shares, strict=True)
    }
    classes = tuple(answers[label, given] for label, given in zip(labels, ids, strict=True))
    return Resolution(classes, min_confidence)


def _ids_of_known_names(labels: tuple[str, ...]) -> tuple[str | None, ...]:
    known = label_set_of_these_names(labels)
    return (None,) * len(labels) if known is None else known.ids


def _check_one_each(labels: tuple[str, ...], ids: tuple[str | None, ...]) -> None:
    if len(ids) != len(labels):
        raise LabelError(
            f"expected an id (or None) for each of {len(labels)} classes, found {len(ids)}; "
            "give as many ids as classes"
        )


def _settled(label: str, name: ClassName, given: str | None) -> ResolvedClass | None:
    """The answer for a class whose concept is given, or whose name names nothing."""
    nouns = wordnet_nouns()
    if given == NO_CONCEPT:
        return ResolvedClass(label, False, "left without a concept")
    if given is not None:
        return _at(label, nouns.index(given), "id given")
    if name.concept.startswith("n") and ".n." not in name.concept:
        return _at(label, nouns.index(name.concept), "id in its name")
    named = concept_named(name.concept or label.strip())
    if named is not None:
        return _at(label, named, "synset name")
    if not name.synonyms and not name.asides and any(c.isdigit() for c in label):
        return ResolvedClass(label, False, "a number, which names nothing")
    return None


def _at(label: str, concept: int, reason: str) -> ResolvedClass:
    nouns = wordnet_nouns()
    only = Alternative(nouns.ids[concept], nouns.names[concept], 1.0)
    return ResolvedClass(label, True, reason, (only,))


def _probabilities(
    settled: Sequence[ResolvedClass | None], found: Sequence[Candidates], together: bool
) -> list[np.ndarray]:
    """The probability of each sense of each name; settled classes take part and have none."""
    nouns = wordnet_nouns()
    owners, senses, concepts = [], [], []
    n_owners = 0
    for done, candidates in zip(settled, found, strict=True):
        if done is not None and done.placed:
            mine = [Sense(nouns.index(done.concept.id), 1, "as it stands", False, True)]
        else:
            mine = candidates.senses
        senses += mine
        owners += [n_owners] * len(mine)
        n_owners += bool(mine)
    if not senses:
        return [np.empty(0)] * len(found)
    concepts = np.array([sense.concept for sense in senses])
    words_of = words_of_definitions if together else no_words
    graph = sense_graph(nouns, np.array(owners), concepts, tuple(KINDS), words_of)
    belief = beliefs(graph, own_scores(senses, graph), COHERENCE if together else ALONE)
    sizes = [
        1 if done is not None and done.placed else len(candidates.senses)
        for done, candidates in zip(settled, found, strict=True)
    ]
    return np.split(belief, np.cumsum(sizes)[:-1])


def _chosen(
    label: str, candidates: Candidates, belief: np.ndarray, min_confidence: float
) -> ResolvedClass:
    """The answer for a name: its likeliest sense, if that is likely enough."""
    senses = candidates.senses
    if not senses:
        return ResolvedClass(label, False, "WordNet has no such noun")
    nouns = wordnet_nouns()
    # Beliefs that differ by rounding are a tie, and a tie goes to the more frequent sense.
    order = sorted(
        range(len(senses)),
        key=lambda i: (-round(float(belief[i]), 9), senses[i].rank, senses[i].concept),
    )[:_MOST_ALTERNATIVES]
    alternatives = tuple(
        Alternative(
            nouns.ids[senses[i].concept],
            nouns.names[senses[i].concept],
            float(belief[i]) * RELIABILITY[senses[i].way],
        )
        for i in order
    )
    placed = alternatives[0].probability >= min_confidence
    how = _why(candidates, senses[order[0]]) if placed else _why_not(alternatives, len(senses))
    reason = ", ".join(filter(None, (candidates.found_by, how)))
    return ResolvedClass(label, placed, reason, alternatives)


def _why(candidates: Candidates, sense: Sense) -> str:
    n_senses = len(candidates.senses)
    shared = sum(not other.missed for other in candidates.senses)
    if candidates.synonyms > 1 and not sense.missed and shared == 1:
        return "sense shared by its synonyms"
    return "only sense" if n_senses == 1 else f"likeliest of {n_senses} senses"


def _why_not(alternatives: Sequence[Alternative], n_senses: int) -> str:
    shown = ", ".join(f"{found.name} {found.probability:.2f}" for found in alternatives[:2])
    return f"none of {n_senses} senses is likely enough ({shown})"
