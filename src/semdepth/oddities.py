"""Odd classes and context pairs: where perception and taxonomy part."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from semdepth.depth import depths_of_all_pairs
from semdepth.errors import OptionError
from semdepth.labels import Placement
from semdepth.similarity import SimilarityMatrix

# Depths with fewer pairs than this are judged together with the next shallower one.
_LEAST_PAIRS = 30


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
    neighbours: int = 5,
    lcs: str = "min_depth",
    pair_depths: np.ndarray | None = None,
) -> tuple[OddClass, ...]:
    """All placed classes, oddest first.

    Classes that are equally far from all others in the taxonomy cannot be odd, and are left out.
    """
    if neighbours < 1:
        raise OptionError(f"expected neighbours above 0, found {neighbours}")
    placed = np.flatnonzero(placement.concepts >= 0)
    n = len(placed)
    if n < 3:
        return ()
    depths = _without_diagonal(
        depths_of_all_pairs(placement, lcs=lcs) if pair_depths is None else pair_depths
    )
    alike = _without_diagonal(similarity.values[np.ix_(placed, placed)])
    k = min(neighbours, n - 1)
    nearest = np.argsort(-alike, axis=1, kind="stable")[:, :k]
    observed = np.take_along_axis(depths, nearest, axis=1).mean(axis=1)
    chance = depths.mean(axis=1)
    ceiling = np.sort(depths, axis=1)[:, -k:].mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        standing = (observed - chance) / (ceiling - chance)
    order = [i for i in np.argsort(standing, kind="stable") if ceiling[i] > chance[i]]
    others = nearest + (nearest >= np.arange(n)[:, None])
    return tuple(
        OddClass(
            label=similarity.labels[placed[i]],
            neighbours=tuple(similarity.labels[placed[j]] for j in others[i]),
            depth=float(observed[i]),
            chance=float(chance[i]),
            ceiling=float(ceiling[i]),
        )
        for i in order
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
    i, j = np.triu_indices(len(placed), k=1)
    depth = depths[i, j].astype(np.int64)
    alike = similarity.values[placed[i], placed[j]].astype(np.float64)
    unrelated = depth < np.percentile(depth, related_percentile)
    surprise = np.where(unrelated, _surprise(alike, depth), -np.inf)
    order = np.argsort(-surprise, kind="stable")[:count]
    return tuple(
        ContextPair(
            first=similarity.labels[placed[i[p]]],
            second=similarity.labels[placed[j[p]]],
            similarity=float(alike[p]),
            depth=int(depth[p]),
            surprise=float(surprise[p]),
        )
        for p in order
        if surprise[p] > 0
    )


def _surprise(alike: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Similarity in standard deviations from the mean of its depth's pairs."""
    group = np.unique(depth, return_inverse=True)[1]
    sizes = np.bincount(group)
    # Sparse depths join the shallower ones, the shallowest the next deeper.
    merged = np.zeros(len(sizes), dtype=np.int64)
    filled = 0
    for level, size in enumerate(sizes):
        if level and filled >= _LEAST_PAIRS and size >= _LEAST_PAIRS:
            merged[level:] += 1
            filled = 0
        filled += size
    group = merged[group]
    count = np.bincount(group)
    mean = np.bincount(group, alike) / count
    variance = np.bincount(group, (alike - mean[group]) ** 2) / count
    sd = np.sqrt(variance)[group]
    return np.divide(alike - mean[group], sd, out=np.zeros_like(alike), where=sd > 0)


def _without_diagonal(matrix: np.ndarray) -> np.ndarray:
    """Each row without its own cell, (n, n - 1)."""
    n = len(matrix)
    return matrix[~np.eye(n, dtype=bool)].reshape(n, n - 1)
