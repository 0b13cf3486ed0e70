"""Information content and the measures on it: by hand, by a literal reading, and against NLTK."""

import math

import numpy as np
import pytest
from hypothesis import given
from nltk.corpus.reader import wordnet as nltk_wordnet

from hierarchies import Literal, build, random_hierarchies
from semdepth.errors import TaxonomyError
from semdepth.labels import Placement
from semdepth.similarity import semantic_measure, semantic_similarity
from semdepth.taxonomy import intrinsic_information, jiang_conrath, lin, relations, resnik


def placed(tree, *names):
    concepts = np.array([tree.index(name) for name in names])
    return Placement(tree, names, concepts, ("id given",) * len(names))


# By hand


def test_information_counts_what_lies_below(hierarchy):
    tree = hierarchy(top="", a="top", b="top", c="a", d="a")
    found = dict(zip(tree.ids, intrinsic_information(tree), strict=True))
    below = {"top": 4, "a": 2, "b": 0, "c": 0, "d": 0}
    assert found == pytest.approx({c: 1 - math.log(n + 1) / math.log(5) for c, n in below.items()})
    assert found["top"] == pytest.approx(0)


def test_a_concept_below_on_two_ways_counts_once(hierarchy):
    tree = hierarchy(top="", a="top", b="top", both="a b", under="both", under2="both")
    found = dict(zip(tree.ids, intrinsic_information(tree), strict=True))
    assert found["a"] == found["b"] == pytest.approx(1 - math.log(4) / math.log(6))
    assert found["top"] == pytest.approx(0)


def test_a_single_concept_says_nothing(hierarchy):
    assert intrinsic_information(hierarchy(top="")).tolist() == [0]


def test_measures_on_paper(hierarchy):
    tree = hierarchy(top="", a="top", b="top", c="a", d="a")
    met = 1 - math.log(3) / math.log(5)
    related = relations(tree, placed(tree, "c", "d", "b").concepts)
    assert resnik(related)[0] == pytest.approx([1, met, 0], abs=1e-15)
    assert lin(related)[0] == pytest.approx([1, met, 0], abs=1e-15)
    assert jiang_conrath(related)[0] == pytest.approx([math.inf, 1 / (2 - 2 * met), 1 / 2])


def test_the_subsumer_is_the_ancestor_that_says_most_not_the_deepest(hierarchy):
    # Two ways up: over "deep", which has many others below it, and over "rare".
    others = {f"x{i}": "deep" for i in range(9)}
    tree = hierarchy(
        top="", one="top", deep="one", rare="top", a="deep rare", b="deep rare", **others
    )
    related = relations(tree, placed(tree, "a", "b").concepts)
    assert tree.names[related.subsumers()[0, 1]] == "deep"
    assert resnik(related)[0, 1] == pytest.approx(1 - math.log(3) / math.log(len(tree)))


def test_given_information_is_taken(hierarchy):
    tree = hierarchy(top="", a="top", b="top")
    related = relations(tree, placed(tree, "a", "b").concepts)
    assert resnik(related, [0.5, 2, 3]).tolist() == [[2, 0.5], [0.5, 3]]
    assert lin(related, [0.5, 2, 3])[0, 1] == 2 * 0.5 / (2 + 3)
    assert jiang_conrath(related, [0.5, 2, 3])[0, 1] == 1 / (2 + 3 - 2 * 0.5)


@pytest.mark.parametrize("wrong", [[1, 2], [1, 2, math.nan]])
def test_information_of_another_size_or_not_finite_is_an_error(hierarchy, wrong):
    tree = hierarchy(top="", a="top", b="top")
    message = "expected a finite information content for each of 3 concepts"
    with pytest.raises(TaxonomyError, match=message):
        lin(relations(tree, [1, 2]), wrong)


# As semantic similarity


def test_classes_that_cannot_be_told_apart_are_as_alike_as_the_most_alike_pair(hierarchy):
    tree = hierarchy(top="", a="top", b="top", c="a", d="a")
    twice = Placement(tree, ("c", "again c", "d", "b"), np.array([3, 3, 4, 2]), ("",) * 4)
    assert np.isinf(semantic_measure(relations(tree, twice.concepts), "jcn")[0, 1])
    values = semantic_similarity(twice, "jcn").values
    assert values[0, 1] == values[0, 2] == 1
    assert values[0, 3] == 0


@pytest.mark.parametrize("measure", ["res", "lin", "jcn"])
def test_scaled_from_zero_to_one(pets, measure):
    values = semantic_similarity(pets, measure).values
    assert values.min() == 0
    assert values.max() == 1
    assert np.array_equal(values, values.T)


# By a literal reading


@given(made=random_hierarchies())
def test_random_hierarchies_agree_with_a_literal_reading(made):
    parents, names, classes = made
    tree, literal = build(parents, names), Literal(parents, names)
    n = len(literal.parents)
    below = [sum(c in literal.up[other] for other in range(n)) - 1 for c in range(n)]
    content = [1 - math.log(k + 1) / math.log(n) if n > 1 else 0.0 for k in below]
    assert intrinsic_information(tree).tolist() == pytest.approx(content, abs=1e-12)
    related = relations(tree, classes)
    shared = resnik(related)
    for i, a in enumerate(classes):
        for j, b in enumerate(classes):
            due = max(content[c] for c in literal.up[a].keys() & literal.up[b].keys())
            assert shared[i, j] == pytest.approx(due, abs=1e-12)


# Against NLTK


class Synset(nltk_wordnet.Synset):
    """NLTK's formulas on a concept of ours: only its ways of being looked up are replaced."""

    def __init__(self, tree, concept, information):
        self.tree, self.concept, self.information = tree, concept, information
        self._pos, self._offset, self._name = "n", concept, tree.names[concept]

    def common_hypernyms(self, other):
        shared = set(self.tree._ways_up(self.concept)) & set(self.tree._ways_up(other.concept))
        return [Synset(self.tree, c, self.information) for c in shared]

    def __hash__(self):
        return hash(self.concept)


@pytest.mark.parametrize("measure", ["res", "lin", "jcn"])
def test_wordnet_classes_agree_with_nltk(mini, measure):
    information = intrinsic_information(mini.taxonomy)
    # NLTK takes counts and turns them into -ln of their share of the root's.
    counts = {"n": {0: 1.0, **dict(enumerate(np.exp(-information)))}}
    ours = semantic_measure(relations(mini.taxonomy, mini.concepts[:40]), measure)
    synsets = [Synset(mini.taxonomy, c, information) for c in mini.concepts[:40].tolist()]
    for i, first in enumerate(synsets):
        for j, second in enumerate(synsets[:i]):
            due = getattr(first, f"{measure}_similarity")(second, counts)
            assert ours[i, j] == pytest.approx(due, rel=1e-9)
