"""Odd classes and context pairs: where perception and taxonomy part."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from semdepth.depth import depth_counts, depth_percentile, depths_of_all_pairs
from semdepth.errors import OptionError
from semdepth.labels import Placement
from semdepth.similarity import SimilarityMatrix

# Depths with fewer pairs than this are judged together with the next shallower one.
_LEAST_PAIRS = 30
_NEIGHBOURS = 5


@dataclass(frozen=True, slots=True)
class OddClass:
    """A class whose perceived neighbours lie far away in the taxonomy.

    ``depth`` is the mean LCS depth to its nearest templates, ``chance`` to all other classes,
    ``ceiling`` to the classes nearest in the taxonomy; ``normalised`` is where depth stands
    between chance (0) and ceiling (1).
    """

    label: str
    neighbours: tuple[str, ...]
    depth: float
    chance: float
    ceiling: float

    @property
    def normalised(self) -> float:
        return (self.depth - self.chance) / (self.ceiling - self.chance)

    def to_dict(self) -> dict:
        return {
            **asdict(self),
            "neighbours": list(self.neighbours),
            "normalised": self.normalised,
        }

    @classmethod
    def from_dict(cls, data: dict) -> OddClass:
        fields = {key: value for key, value in data.items() if key != "normalised"}
        return cls(**{**fields, "neighbours": tuple(data["neighbours"])})


@dataclass(frozen=True, slots=True)
class ContextPair:
    """Two classes much more alike to the network than their kinship suggests.

    ``surprise`` is the similarity's distance from the mean of all pairs that meet at the same
    depth, in their standard deviations: the shark and the scuba diver.
    """

    first: str
    second: str
    similarity: float
    depth: int
    surprise: float


def odd_classes(
    similarity: SimilarityMatrix,
    placement: Placement,
    *,
    neighbours: int | None = None,
    lcs: str = "min_depth",
    pair_depths: np.ndarray | None = None,
) -> tuple[OddClass, ...]:
    """All placed classes, oddest first.

    ``neighbours`` nearest templates count; by default 5, or half of the others if that is fewer.
    Classes that are equally far from all others in the taxonomy cannot be odd, and are left out.
    """
    if neighbours is not None and neighbours < 1:
        raise OptionError(f"expected neighbours above 0, found {neighbours}")
    placed = np.flatnonzero(placement.concepts >= 0)
    if len(placed) < 3:
        return ()
    if pair_depths is None:
        pair_depths = depths_of_all_pairs(placement, lcs=lcs)
    if neighbours is None:
        # Were all others neighbours, no class could be odd.
        neighbours = min(_NEIGHBOURS, (len(placed) - 1) // 2)
    found = [_oddity(similarity, placed, i, pair_depths[i], neighbours) for i in range(len(placed))]
    # Stable, so that classes that stand alike keep their order.
    return tuple(sorted((odd for odd in found if odd is not None), key=lambda o: o.normalised))


def _oddity(
    similarity: SimilarityMatrix, placed: np.ndarray, i: int, depths: np.ndarray, neighbours: int
) -> OddClass | None:
    """How odd the i-th placed class is, None if it is equally far from all others."""
    others = np.delete(np.arange(len(placed)), i)
    depths = depths[others].astype(np.float64)
    alike = similarity.values[placed[i], placed[others]]
    nearest = np.argsort(-alike, kind="stable")[:neighbours]
    chance, ceiling = depths.mean(), np.sort(depths)[-neighbours:].mean()
    if not ceiling > chance:
        return None
    return OddClass(
        label=similarity.labels[placed[i]],
        neighbours=tuple(similarity.labels[placed[others[j]]] for j in nearest),
        depth=float(depths[nearest].mean()),
        chance=float(chance),
        ceiling=float(ceiling),
    )


def context_pairs(
    similarity: SimilarityMatrix,
    placement: Placement,
    *,
    count: int = 50,
    related_percentile: float = 95.0,
    lcs: str = "min_depth",
    pair_depths: np.ndarray | None = None,
) -> tuple[ContextPair, ...]:
    """The ``count`` pairs whose similarity surprises most at their depth, unrelated pairs only."""
    placed = np.flatnonzero(placement.concepts >= 0)
    if len(placed) < 3:
        return ()
    depths = depths_of_all_pairs(placement, lcs=lcs) if pair_depths is None else pair_depths
    counts = depth_counts(depths)
    unrelated = np.arange(len(counts)) < depth_percentile(counts, related_percentile)
    mean, sd = _by_depth(similarity.values, placed, depths, counts)
    best = np.zeros((0, 3))
    for i in range(len(placed) - 1):
        depth = depths[i, i + 1 :]
        alike = similarity.values[placed[i], placed[i + 1 :]].astype(np.float64)
        surprise = (alike - mean[depth]) / sd[depth]
        j = np.flatnonzero(unrelated[depth] & (surprise > 0))
        new = np.column_stack((surprise[j], np.full(len(j), i), j + i + 1))
        best = np.concatenate((best, new))
        best = best[np.argsort(-best[:, 0], kind="stable")[:count]]
    return tuple(
        ContextPair(
            first=similarity.labels[placed[i]],
            second=similarity.labels[placed[j]],
            similarity=float(similarity.values[placed[i], placed[j]]),
            depth=int(depths[i, j]),
            surprise=float(surprise),
        )
        for surprise, i, j in zip(best[:, 0], *best[:, 1:].astype(np.int64).T, strict=True)
    )


def _by_depth(
    values: np.ndarray, placed: np.ndarray, depths: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of similarity over all pairs at each depth; infinite if it is constant."""
    group = _groups(counts)
    n_groups = group[-1] + 1
    total, square = np.zeros(n_groups), np.zeros(n_groups)
    for i in range(len(placed) - 1):
        row = group[depths[i, i + 1 :]]
        alike = values[placed[i], placed[i + 1 :]].astype(np.float64)
        total += np.bincount(row, alike, n_groups)
        square += np.bincount(row, alike**2, n_groups)
    pairs = np.maximum(np.bincount(group, counts), 1)
    mean = total / pairs
    # Similarities lie in [0, 1], so the difference of squares loses no digits that matter.
    variance = square / pairs - mean**2
    sd = np.where(variance > 1e-15, np.sqrt(np.maximum(variance, 0)), np.inf)
    return mean[group], sd[group]


def _groups(counts: np.ndarray) -> np.ndarray:
    """A group for each depth: depths with few pairs join the next shallower group."""
    group = np.zeros(len(counts), dtype=np.int64)
    filled = 0
    for depth, count in enumerate(counts.tolist()):
        if filled >= _LEAST_PAIRS and count >= _LEAST_PAIRS:
            group[depth:] += 1
            filled = 0
        filled += count
    return group
