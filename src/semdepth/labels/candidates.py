"""The concepts that one class name may mean, before the other classes are looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from semdepth.labels.spellings import Noun, head_noun_of, looks_scientific, nouns_of
from semdepth.labels.words import ClassName
from semdepth.wordnet import lexicon, wordnet_nouns


@dataclass(frozen=True, slots=True)
class Sense:
    """One concept that a name may mean, and what speaks for it.

    ``rank`` is 1 for the most frequent sense of a noun; ``way`` one of
    :data:`semdepth.labels.spellings.WAYS`; ``proper`` whether WordNet writes it in capitals and
    the name does not, ``first`` whether it is the synset's first word. Of the name's synonyms,
    ``missed`` do not have this sense, and ``later`` says that the first is one of those.
    """

    concept: int
    rank: int
    way: str
    proper: bool
    first: bool
    missed: int = 0
    later: bool = False


@dataclass(frozen=True, slots=True)
class Candidates:
    """The senses that a name may have, and how they were found, in words ('' if plainly)."""

    senses: tuple[Sense, ...]
    found_by: str
    synonyms: int


def candidates_of(name: ClassName) -> Candidates:
    """All senses that a name may have: of the whole of it, failing that of its head noun.

    What stands in parentheses chooses among the senses of what stands before them if it is a
    synonym or a hypernym of one, and is itself the name where the rest has no sense.

    >>> from semdepth.labels.words import taken_apart
    >>> crane = candidates_of(taken_apart("crane (bird)"))
    >>> [wordnet_nouns().names[sense.concept] for sense in crane.senses], crane.found_by
    (['crane.n.05'], "'bird' in parentheses")
    >>> candidates_of(taken_apart("fire fighting truck")).found_by
    "head noun 'truck' of 'fire fighting truck'"
    """
    plain = _senses(name.synonyms, nouns_of)
    aside = _senses(name.asides, nouns_of)
    if plain and aside:
        return _narrowed(name, plain, aside)
    for words, found_in in _ways(name):
        senses = _senses(words, found_in)
        if senses:
            found_by = _way_in_words(words, found_in)
            if words is name.asides:
                found_by = ", ".join(filter(None, (_in_parentheses(name), found_by)))
            return Candidates(senses, found_by, len(words))
    return Candidates((), "", 0)


def _ways(name: ClassName) -> tuple[tuple[tuple[str, ...], Callable], ...]:
    """Where to look for a name's noun, one after the other."""
    plain = (name.synonyms, nouns_of), (name.synonyms, head_noun_of)
    aside = (name.asides, nouns_of), (name.asides, head_noun_of)
    if name.asides and all(map(looks_scientific, name.synonyms)):
        # "Calypte anna (Anna's Hummingbird)": the head is the common name's.
        return plain[:1] + aside
    return plain + aside


def _in_parentheses(name: ClassName) -> str:
    return f"'{name.asides[0]}' in parentheses"


def _senses(synonyms: Iterable[str], found_in) -> tuple[Sense, ...]:
    """The senses of several synonyms, those that most of them have first."""
    found: dict[int, Sense] = {}
    having: Counter[int] = Counter()
    named = [(synonym, nouns) for synonym in synonyms if (nouns := found_in(synonym))]
    for place, (synonym, nouns) in enumerate(named):
        for sense in _senses_of_nouns(synonym, nouns):
            having[sense.concept] += 1
            known = found.get(sense.concept)
            if known is None:
                found[sense.concept] = replace(sense, later=place > 0)
            elif sense.rank < known.rank:
                found[sense.concept] = replace(sense, later=known.later)
    most_shared = sorted(found.values(), key=lambda sense: -having[sense.concept])
    return tuple(replace(s, missed=len(named) - having[s.concept]) for s in most_shared)


def _senses_of_nouns(synonym: str, nouns: tuple[Noun, ...]) -> Iterable[Sense]:
    lower = synonym == synonym.lower()
    found: dict[int, Sense] = {}
    for noun in nouns:
        for rank, concept in enumerate(noun.senses, start=1):
            words = lexicon().lemmas_of(concept)
            proper = _written_in_capitals(noun.spelling, words)
            # The head of a phrase is written as it is meant: no "carolina" is the state.
            if proper and noun.way in ("head", "part") and noun.spelling in synonym:
                continue
            first = words[0].lower() == noun.spelling
            found.setdefault(concept, Sense(concept, rank, noun.way, proper and lower, first))
    return found.values()


def _written_in_capitals(spelling: str, words: tuple[str, ...]) -> bool:
    """Whether a synset writes this word with a capital: names of persons, places, genera."""
    return any(word != spelling and word.lower() == spelling for word in words)


def _narrowed(name: ClassName, plain: tuple[Sense, ...], aside: tuple[Sense, ...]) -> Candidates:
    """The senses before the parentheses that are also, or stand below, one within them."""
    others = {sense.concept for sense in aside}
    found_by = _in_parentheses(name)
    same = tuple(sense for sense in plain if sense.concept in others)
    if same:
        return Candidates(same, found_by, 1)
    below = tuple(s for s in plain if not others.isdisjoint(ancestors_of(s.concept)))
    if below:
        return Candidates(below, found_by, 1)
    return Candidates(plain, _way_in_words(name.synonyms, nouns_of), len(name.synonyms))


def ancestors_of(concept: int) -> set[int]:
    """A concept of WordNet and all above it."""
    taxonomy, seen, frontier = wordnet_nouns(), {concept}, [concept]
    while frontier:
        parents = {p for c in frontier for p in taxonomy.parents_of(c).tolist()}
        frontier = sorted(parents - seen)
        seen |= parents
    return seen


def _way_in_words(synonyms: Iterable[str], found_in) -> str:
    """How the first synonym with a noun was found, '' if it stands in WordNet as it is."""
    for synonym in synonyms:
        for noun in found_in(synonym)[:1]:
            if noun.way in ("head", "part"):
                return f"head noun {noun.spelling!r} of {synonym!r}"
            if noun.way == "singular":
                return f"plural of {noun.spelling!r}"
            return f"spelt {noun.spelling!r}" if noun.way == "spelling" else ""
    return ""
