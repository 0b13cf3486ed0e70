"""Whether every two of many models differ in Similarity Depth beyond chance."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import combinations

import numpy as np

from semdepth.documents import or_nan, plain
from semdepth.paired import PairedDifference, depth_shares, paired_differences
from semdepth.scores import ModelScores

_LEVEL = 0.05
_PERMUTATIONS_A_PAIR = 100
_MOST_PERMUTATIONS = 200_000
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class TestedPair:
    """The difference in Similarity Depth of two models under one clusterer, second minus first.

    ``adjusted_p`` is Holm's (1979), over all pairs of models of the comparison.
    """

    # Not a test, whatever pytest thinks of the name.
    __test__ = False

    clusterer: str
    first: str
    second: str
    difference: PairedDifference
    adjusted_p: float

    def to_dict(self) -> dict:
        return {**plain(asdict(self)), "difference": self.difference.to_dict()}

    @classmethod
    def from_dict(cls, data: dict) -> TestedPair:
        difference = PairedDifference.from_dict(data["difference"])
        return cls(**{**data, "difference": difference, "adjusted_p": or_nan(data["adjusted_p"])})


def every_two_tested(
    models: tuple[ModelScores, ...], clusterer: str, *, permutations: int, seed: int
) -> list[TestedPair]:
    """Every two models by their Similarity Depth, with Holm's adjustment over the clusterer's."""
    if len(models) < 2:
        return []
    every = np.arange(len(models[0].labels))
    shares = [depth_shares(model.of(clusterer).depth, every) for model in models]
    pairs = list(combinations(range(len(models)), 2))
    found = paired_differences(shares, pairs, permutations=permutations, seed=seed)
    # The least p is 1 / (1 + permutations), and Holm multiplies it by the number of pairs: those
    # that may be beyond chance are tested again, so finely that they may be told apart.
    enough = min(_PERMUTATIONS_A_PAIR * len(pairs), _MOST_PERMUTATIONS)
    limit = max(_LEVEL, 1 / (1 + permutations))
    again = [i for i, one in enumerate(found) if one.p_value <= limit and enough > permutations]
    finer = paired_differences(shares, [pairs[i] for i in again], permutations=enough, seed=seed)
    for i, one in zip(again, finer, strict=True):
        found[i] = one
    adjusted = holm(np.array([one.p_value for one in found]))
    return [
        TestedPair(clusterer, models[a].title, models[b].title, one, p)
        for (a, b), one, p in zip(pairs, found, adjusted.tolist(), strict=True)
    ]


def holm(p_values: np.ndarray) -> np.ndarray:
    """p-values of many tests, adjusted so that one false alarm is as rare as in one (Holm 1979).

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    adjusted = np.full(len(p_values), _NAN)
    order = np.argsort(p_values)[: np.count_nonzero(~np.isnan(p_values))]
    raised = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(raised), 1.0)
    return adjusted


def too_many(n_models: int) -> str:
    """What a reader must know where no difference between two of so many models can show."""
    n_pairs = n_models * (n_models - 1) // 2
    if n_pairs < _LEVEL * _MOST_PERMUTATIONS:
        return ""
    return (
        f"{n_pairs:,} pairs of models are too many for Holm's adjustment to find any two "
        f"different with {_MOST_PERMUTATIONS:,} permutations; compare fewer"
    )
