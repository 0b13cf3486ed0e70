"""Random hierarchies, and a literal reading of the method on them, in no hurry."""

import math

import numpy as np
from hypothesis import strategies as st

from semdepth.taxonomy import Taxonomy, relations, taxonomy_from_parents


def depth_matrix(placement, lcs="min_depth"):
    """LCS depth of all pairs of placed classes, cell by cell, (k, k)."""
    placed = placement.concepts[placement.concepts >= 0]
    return relations(placement.taxonomy, placed, lcs=lcs).depths()


class Literal:
    """Parents by position; with several roots a virtual one stands last."""

    def __init__(self, parents, names):
        roots = [c for c, above in enumerate(parents) if not above]
        self.virtual = len(roots) > 1
        if self.virtual:
            parents = [above or [len(parents)] for above in parents] + [[]]
            names = [*names, "(root)"]
        self.parents, self.names = parents, names
        lengths = [self.lengths_of_ways_up(c) for c in range(len(parents))]
        self.min_depth = [min(lengths[c]) - self.virtual for c in range(len(parents))]
        self.max_depth = [max(lengths[c]) - self.virtual for c in range(len(parents))]
        self.up = [self.ancestors(c) for c in range(len(parents))]

    def lengths_of_ways_up(self, c):
        above = self.parents[c]
        return [1 + n for p in above for n in self.lengths_of_ways_up(p)] if above else [0]

    def ancestors(self, c):
        found = {c: 0}
        for parent in self.parents[c]:
            for ancestor, steps in self.ancestors(parent).items():
                found[ancestor] = min(found.get(ancestor, math.inf), steps + 1)
        return found

    def subsumer(self, a, b, rule):
        depth = {"min_depth": self.min_depth, "max_depth": self.max_depth}[rule]
        common = self.up[a].keys() & self.up[b].keys()
        greatest = max(depth[c] for c in common)
        candidates = [c for c in common if depth[c] == greatest]
        return a if a in candidates else min(candidates, key=lambda c: self.names[c])

    def distance(self, a, b):
        common = self.up[a].keys() & self.up[b].keys()
        return min(self.up[a][c] + self.up[b][c] for c in common)

    def wu_palmer(self, a, b, rule):
        met = self.subsumer(a, b, rule)
        depth = self.max_depth[met] + 1
        if depth == 0:
            return 0.0
        return 2 * depth / (self.distance(a, met) + self.distance(b, met) + 2 * depth)


@st.composite
def random_hierarchies(draw):
    """Parents of each concept, their names, and some classes, several at one concept perhaps."""
    n = draw(st.integers(1, 10))
    shuffled = draw(st.permutations(range(n)))
    parents = [[] for _ in range(n)]
    for rank in range(1, n):
        above = draw(st.sets(st.sampled_from(shuffled[:rank]), max_size=3))
        parents[shuffled[rank]] = draw(st.permutations(sorted(above)))
    names = draw(st.permutations([f"name{i}" for i in range(n)]))
    classes = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=7))
    return parents, list(names), classes


def build(parents, names) -> Taxonomy:
    offsets = np.cumsum([0, *map(len, parents)])
    flat = [p for above in parents for p in above]
    ids = [f"id{i}" for i in range(len(parents))]
    return taxonomy_from_parents("random", ids, offsets, flat, names=names)
