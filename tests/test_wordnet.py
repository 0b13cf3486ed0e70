"""The embedded WordNet 3.0: its size, its words, and how a concept is found by them."""

import re

import pytest

from semdepth.errors import TaxonomyError
from semdepth.wordnet import (
    concept_named,
    definition,
    definitions_with,
    find_concept,
    gloss,
    lexicon,
    wordnet_nouns,
    words_of,
)


def name_of(text):
    return wordnet_nouns().names[find_concept(text)]


def test_wordnet_has_its_known_size():
    nouns = wordnet_nouns()
    assert len(nouns) == len(nouns.ids) == len(nouns.names) == 82_115
    assert nouns.depth_limit == 19
    assert nouns.names[nouns.root] == "entity.n.01"
    assert repr(nouns) == "Taxonomy('WordNet 3.0', 82,115 concepts, depth 19)"


def test_ids_and_names_are_unique_and_found_again():
    nouns = wordnet_nouns()
    assert len(set(nouns.ids)) == len(set(nouns.names)) == len(nouns)
    assert list(nouns.positions) == list(nouns.ids)
    assert [nouns.index(nouns.ids[c]) for c in (0, 1, 82_114)] == [0, 1, 82_114]
    assert len(nouns.positions) == len(nouns)
    assert [find_concept(nouns.names[c]) for c in range(0, 82_115, 97)] == [*range(0, 82_115, 97)]


def test_known_concepts_stand_where_wordnet_has_them():
    nouns = wordnet_nouns()
    dog = nouns.index("n02084071")
    assert nouns.names[dog] == "dog.n.01"
    assert {nouns.names[p] for p in nouns.parents_of(dog)} == {
        "canine.n.02",
        "domestic_animal.n.01",
    }
    # By domestic_animal 8 steps to entity, by canine and carnivore 13.
    assert (nouns.min_depth[dog], nouns.max_depth[dog], nouns.depth(dog)) == (8, 13, 14)
    assert gloss(dog).startswith("a member of the genus Canis")


def test_instances_have_hypernyms_too():
    nouns = wordnet_nouns()
    einstein = find_concept("Einstein")
    assert [nouns.names[p] for p in nouns.parents_of(einstein)] == ["physicist.n.01"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("n02084071", "dog.n.01"),
        ("dog", "dog.n.01"),
        ("Dog", "dog.n.01"),
        ("crane", "crane.n.01"),
        ("crane.n.05", "crane.n.05"),
        ("great white shark", "great_white_shark.n.01"),
        ("great_white_shark", "great_white_shark.n.01"),
        ("  Great  White shark ", "great_white_shark.n.01"),
        ("great white shark.n.01", "great_white_shark.n.01"),
        # Any word of a synset carries its name, as in NLTK.
        ("domestic_dog.n.01", "dog.n.01"),
        ("cat-o'-nine-tails", "cat-o'-nine-tails.n.01"),
        ("ping-pong", "table_tennis.n.01"),
    ],
)
def test_a_concept_is_found_by_id_name_or_word(text, name):
    assert name_of(text) == name


def test_a_word_means_its_most_frequent_sense():
    senses = [wordnet_nouns().names[c] for c in lexicon().senses_of("dog")]
    assert senses == [
        "dog.n.01", "frump.n.01", "dog.n.03", "cad.n.01", "frank.n.02", "pawl.n.01", "andiron.n.01"
    ]  # fmt: skip
    assert find_concept("dog") == lexicon().senses_of("dog")[0]


def test_the_lexicon_spells_words_as_wordnet_does():
    assert lexicon().lemmas_of(find_concept("dog")) == ("dog", "domestic dog", "Canis familiaris")
    assert len(lexicon().senses_of("no such word")) == 0
    assert list(lexicon().lemmas) == sorted(lexicon().lemmas)


@pytest.mark.parametrize(
    "text", ["dog.n.08", "dog.n.00", "dog.n.-1", "dog.n.", ".n.01", "dog.v.01"]
)
def test_what_is_no_synsets_name_names_none(text):
    assert concept_named(text) is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("elefant", "did you mean l'enfant or elephant or levant?"),
        ("qqqqzzzz", "try a more general word"),
        ("", "try a more general word"),
        ("dog.n.99", "which WordNet 3.0 does not have; "),
        ("n0208407", "which WordNet 3.0 does not have; "),
    ],
)
def test_an_unknown_word_is_an_error_with_the_nearest_words(text, hint):
    expected = (
        "expected a noun, a synset name such as dog.n.01 or an id such as n02084071, "
        f"found {text!r}, which WordNet 3.0 does not have; "
    )
    with pytest.raises(TaxonomyError, match=re.escape(expected)) as error:
        find_concept(text)
    assert hint in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["n00000001", "n99999999"])
def test_an_unknown_id_is_an_error_that_names_it(text):
    message = f"expected an id of WordNet 3.0 such as 'n00001740', found '{text}'"
    with pytest.raises(TaxonomyError, match=message):
        find_concept(text)


def test_only_ascii_digits_make_an_id():
    assert "n0208407\N{ARABIC-INDIC DIGIT ONE}" not in wordnet_nouns()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Dogs, dog's dogs", ["dog"]),
        ("berries boxes churches dishes classes", ["berry", "box", "church", "class", "dish"]),
        ("glass bus basis ties gas his as", ["as", "basis", "bus", "gas", "glass", "his", "tie"]),
        ("a 3 (x)", []),
    ],
)
def test_a_text_has_words(text, words):
    assert words_of(text) == words


def test_definitions_are_counted_by_their_words():
    for word in ("cursor", "rodent", "violin"):
        texts = (definition(c).lower() for c in range(82_115))
        having = sum(word in text and word in words_of(text) for text in texts)
        assert definitions_with()[word] == having > 1
    assert "the" not in definitions_with()
    assert min(definitions_with().values()) == 2
