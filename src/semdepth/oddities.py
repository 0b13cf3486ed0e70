"""Odd classes and context pairs: where perception and taxonomy part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.depth import depth_percentile, depths_of_all_pairs
from semdepth.documents import fields_of
from semdepth.errors import OptionError
from semdepth.kernels.recomputed import RecomputedCells
from semdepth.kernels.similarity_rows import chosen_rows, nearest_in_rows, sums_by_group
from semdepth.labels import Placement
from semdepth.recomputed import RecomputedSimilarity
from semdepth.similarity import SimilarityMatrix
from semdepth.taxonomy import PairDepths

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
            **fields_of(self),
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
    similarity: SimilarityMatrix | RecomputedSimilarity,
    placement: Placement,
    *,
    neighbours: int | None = None,
    lcs: str = "min_depth",
    pair_depths: PairDepths | None = None,
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
    chance, ceiling = (of_kind[pair_depths.kinds] for of_kind in _range(pair_depths, neighbours))
    nearest = nearest_in_rows(similarity.values, placed, min(neighbours, len(placed) - 1))
    depth = pair_depths.of(np.arange(len(placed))[:, None], nearest).mean(axis=1)
    found = [
        OddClass(
            label=similarity.labels[placed[i]],
            neighbours=tuple(similarity.labels[j] for j in placed[nearest[i]].tolist()),
            depth=float(depth[i]),
            chance=float(chance[i]),
            ceiling=float(ceiling[i]),
        )
        for i in np.flatnonzero(ceiling > chance).tolist()
    ]
    # Stable, so that classes that stand alike keep their order.
    return tuple(sorted(found, key=lambda odd: odd.normalised))


def _range(pair_depths: PairDepths, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    """For each kind, the mean depth to all other classes and to so many of the deepest, K each."""
    others, depths = pair_depths.others, np.arange(pair_depths.others.shape[1])
    at_least = np.minimum(np.cumsum(others[:, ::-1], axis=1), neighbours)[:, ::-1]
    deepest = at_least - np.append(at_least[:, 1:], np.zeros((len(others), 1), int), axis=1)
    return tuple(counts @ depths / counts.sum(axis=1) for counts in (others, deepest))


def context_pairs(
    similarity: SimilarityMatrix | RecomputedSimilarity,
    placement: Placement,
    *,
    count: int = 50,
    related_percentile: float = 95.0,
    lcs: str = "min_depth",
    pair_depths: PairDepths | None = None,
) -> tuple[ContextPair, ...]:
    """The ``count`` pairs whose similarity surprises most at their depth, unrelated pairs only."""
    placed = np.flatnonzero(placement.concepts >= 0)
    if len(placed) < 3 or count < 1:
        return ()
    depths = depths_of_all_pairs(placement, lcs=lcs) if pair_depths is None else pair_depths
    counts = depths.counts
    unrelated = np.arange(len(counts)) < depth_percentile(counts, related_percentile)
    mean, sd = _by_depth(similarity.values, placed, depths)
    # Nobody is surprised by related pairs, however alike.
    sd[~unrelated] = np.inf
    best = _most_surprising(similarity.values, placed, depths, (mean, sd), count)
    return tuple(
        ContextPair(
            first=similarity.labels[placed[i]],
            second=similarity.labels[placed[j]],
            similarity=float(similarity.values[placed[i], placed[j]]),
            depth=int(depths.of(i, j)),
            surprise=float(surprise),
        )
        for surprise, i, j in zip(best[:, 0], *best[:, 1:].astype(np.int64).T, strict=True)
    )


def _most_surprising(
    values: np.ndarray | RecomputedCells,
    placed: np.ndarray,
    depths: PairDepths,
    of_depth: tuple[np.ndarray, np.ndarray],
    count: int,
) -> np.ndarray:
    """Surprise and the two positions among ``placed`` of the most surprising pairs, (m, 3).

    ``of_depth`` are the mean and the deviation of similarity at each depth.
    """
    mean, sd = of_depth
    judged = np.isfinite(sd)
    best, least, enough = np.zeros((0, 3)), 0.0, np.where(judged, -np.inf, np.inf)
    for i, alike in enumerate(chosen_rows(values, placed, above=True)):
        j = np.flatnonzero(alike >= float(enough.min()))
        j = j[alike[j] >= enough[depths.of(i, j + i + 1)]]
        if not len(j):
            continue
        depth = depths.of(i, j + i + 1)
        surprise = (alike[j].astype(np.float64) - mean[depth]) / sd[depth]
        new = np.column_stack((surprise, np.full(len(j), i), j + i + 1))[surprise > least]
        best = np.concatenate((best, new))
        best = best[np.argsort(-best[:, 0], kind="stable")[:count]]
        if len(best) == count:
            least = best[-1, 0]
            # What a cell needs to surprise more at its depth; room is left for rounding.
            enough[judged] = mean[judged] + least * sd[judged] - 1e-6
    return best


def _by_depth(
    values: np.ndarray | RecomputedCells, placed: np.ndarray, depths: PairDepths
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of similarity over all pairs at each depth; infinite if it is constant."""
    counts = depths.counts
    group = _groups(counts)
    total, square = sums_by_group(values, placed, depths.kinds, depths.table, group)
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
