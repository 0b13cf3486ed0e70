"""Fits the numbers of semdepth/labels/sense_model.py on lists whose concepts are known.

    python scripts/fit_resolver.py

Prints WEIGHTS, KINDS, COHERENCE and RELIABILITY to be put there, rounded. The lists are those
below and samples of them, so that short lists and lists of one kind count too; benchmarks/
resolver.py judges the outcome on other lists. Needs scipy.
"""

from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

from semdepth.labels import known_list
from semdepth.labels.candidates import ancestors_of, candidates_of
from semdepth.labels.coherence import Coherence, Field, sense_graph, shares
from semdepth.labels.gloss_words import words_of_definitions
from semdepth.labels.sense_model import KINDS, WEIGHTS, features
from semdepth.labels.words import taken_apart
from semdepth.wordnet import lexicon, wordnet_nouns

LISTS = (
    "ade20k",
    "caltech-101",
    "cifar-10",
    "eurosat",
    "flowers-102",
    "lvis",
    "oxford-pets",
    "places365",
    "stanford-dogs",
    "sun397",
)
SAMPLED = ("ade20k", "lvis", "places365")
SAMPLE_SIZES = (3, 6, 12, 25, 60)
# The negative log likelihood is flat from 0.8 to 1.6 and from 30 to 300.
KAPPA, SMOOTHING = 1.2, 100.0
# Weights are drawn to these, so that what the lists have no example of has a value.
DRAWN_TO = {"rank": -1.0, "missed": -2.0, "later": -1.0, "proper": -1.0, "singular": -1.0}
ROUNDS = 10


class Example:
    """One list: the senses of its names, and which of them is the class's concept."""

    def __init__(self, classes):
        self.n = len(classes)
        found = [(candidates_of(taken_apart(known.name)), known) for known in classes]
        found = [(candidates, known) for candidates, known in found if candidates.senses]
        senses = [sense for candidates, _ in found for sense in candidates.senses]
        owner = np.repeat(np.arange(len(found)), [len(c.senses) for c, _ in found])
        concepts = np.array([sense.concept for sense in senses])
        self.graph = sense_graph(
            wordnet_nouns(), owner, concepts, tuple(KINDS), words_of_definitions
        )
        self.features = features(senses, self.graph)
        key = np.array([-1 if k.id is None else wordnet_nouns().index(k.id) for _, k in found])
        self.right = concepts == key[owner]
        above = [ancestors_of(concept) if concept >= 0 else set() for concept in key.tolist()]
        self.true = np.array([c in above[o] for c, o in zip(concepts, owner, strict=True)])
        self.ways = [candidates.senses[0].way for candidates, _ in found]

    def pulls(self, weights):
        """What the other classes add, (K, 5), at the beliefs of these weights."""
        field = Field(self.graph, Coherence(*weights[-5:], KAPPA, SMOOTHING))
        belief = field.solve(self.features @ weights[:-5])
        return np.column_stack(
            [
                Field(self.graph, Coherence(*part, KAPPA, SMOOTHING)).pull(belief)
                for part in np.eye(5)
            ]
        )


def samples(seed=1):
    """Short lists drawn from longer ones, at random and from below one concept."""
    random = np.random.default_rng(seed)
    for name in SAMPLED:
        classes = known_list(name).classes
        for size in SAMPLE_SIZES:
            for _ in range(max(2, 60 // size)):
                yield [classes[i] for i in random.choice(len(classes), size, replace=False)]
    yield from of_a_kind(known_list("lvis").classes, random)
    yield from with_synonyms()


def with_synonyms(seed=2, count=60):
    """ImageNet's concepts named by all of their words, as its printed names are."""
    random, nouns = np.random.default_rng(seed), wordnet_nouns()
    classes = []
    for known in known_list("imagenet-21k-p").classes:
        words = lexicon().lemmas_of(nouns.index(known.id))
        if len(words) > 1:
            classes.append(replace(known, name=", ".join(words)))
    for _ in range(3):
        yield [classes[i] for i in random.choice(len(classes), count, replace=False)]


def of_a_kind(classes, random, count=30):
    nouns, below = wordnet_nouns(), {}
    for known in classes:
        for above in nouns.path_to_root(nouns.index(known.id)):
            below.setdefault(above, []).append(known)
    kinds = [members for members in below.values() if 5 <= len(members) <= 120]
    for i in random.choice(len(kinds), count, replace=False):
        yield kinds[i][:40]


def fit(examples):
    names = [*WEIGHTS, *KINDS]
    drawn_to = np.array([*(DRAWN_TO.get(name, 0.0) for name in names), *np.zeros(5)])
    weights = drawn_to.copy()
    weights[-5:] = 0.5
    for _ in range(ROUNDS):
        # The beliefs are held while the weights are fitted, then follow them.
        weights = (weights + fit_once(examples, weights, drawn_to)) / 2
    return names, weights


def fit_once(examples, weights, drawn_to):
    rows, right, owner, importance, n = [], [], [], [], 0
    for example in examples:
        own = example.graph.owner
        usable = np.bincount(own, example.right)[own] > 0
        if not usable.any():
            continue
        rows.append(np.hstack([example.features, example.pulls(weights)])[usable])
        right.append(example.right[usable])
        place = np.unique(own[usable], return_inverse=True)[1]
        owner.append(place + n)
        n += place[-1] + 1
        # A long list is not to outvote the others by its length alone.
        importance.append(np.full(usable.sum(), example.n**-0.35))
    rows, right, owner, importance = map(np.concatenate, (rows, right, owner, importance))

    def loss(w):
        share = shares(rows @ w, owner)
        likelihood = importance[right] @ np.log(share[right])
        away = w - drawn_to
        return away @ away / 2 - likelihood, rows.T @ (importance * (share - right)) + away

    bounds = [(None, None)] * (len(weights) - 5) + [(0, None)] * 5
    return minimize(loss, weights, jac=True, method="L-BFGS-B", bounds=bounds).x


def reliability(examples):
    """By way: of how many names found so one of the senses is true, the concept or one above."""
    counts = {}
    for example in examples:
        hits = np.bincount(example.graph.owner, example.true) > 0
        for way, hit in zip(example.ways, hits, strict=True):
            n, right = counts.get(way, (0, 0))
            counts[way] = n + 1, right + int(hit)
    return counts


if __name__ == "__main__":
    whole = [Example(known_list(name).classes) for name in LISTS]
    names, weights = fit(whole + [Example(classes) for classes in samples()])
    names += ["weight", "kinds", "distinct", "words", "apart"]
    for name, weight in zip(names, weights, strict=True):
        print(f"{name:28}{weight:6.2f}")
    for way, (n, right) in reliability(whole).items():
        print(f"{way:28}{right / n:6.2f}  of {n}")
