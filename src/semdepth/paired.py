"""Whether two models over the same classes differ in a score, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from semdepth.class_names import as_code
from semdepth.depth import SimilarityDepth
from semdepth.documents import or_nan, or_none
from semdepth.errors import OptionError

_NAN = float("nan")
# Random numbers are drawn in blocks of so many cells, 32 MB as float64.
_CELLS = 4_000_000
# Pairs of models are tested together, as many as have so many numbers of their classes, 32 MB.
_NUMBERS = 4_000_000
# An edge's two halves stand at two classes, which are swapped and drawn one by one: so its part
# varies half as much as that of an edge swapped whole, and is widened by the root of two.
# Without this, heads of random numbers differ "significantly" (p <= .05) in 15% of all pairs.
_HALVES = np.sqrt(2.0)
# Sums of the same numbers in another order must tie.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """A ratio of a first and of a second model over the same classes, and how they differ.

    ``difference`` is ``second - first``, ``interval`` its 95% percentile interval; ``p_value``
    is two-sided, from ``permutations`` random swaps of the two models' classes. What is
    undefined is NaN, and ``reason`` says why.
    """

    first: float
    second: float
    difference: float
    interval: tuple[float, float]
    p_value: float
    permutations: int
    reason: str = ""

    def __repr__(self) -> str:
        if self.reason:
            return f"PairedDifference(undefined: {self.reason})"
        low, high = self.interval
        return (
            f"PairedDifference({self.first:.4g} to {self.second:.4g}: {self.difference:+.4g} "
            f"[{low:.4g}, {high:.4g}], p = {self.p_value:.2g})"
        )

    def _repr_html_(self) -> str:
        return as_code(self)

    def to_dict(self) -> dict:
        """A plain dict, ready for JSON: None where a number is undefined."""
        return {
            "first": or_none(self.first),
            "second": or_none(self.second),
            "difference": or_none(self.difference),
            "interval": [or_none(end) for end in self.interval],
            "p_value": or_none(self.p_value),
            "permutations": self.permutations,
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, data: dict) -> PairedDifference:
        low, high = map(or_nan, data["interval"])
        return cls(
            first=or_nan(data["first"]),
            second=or_nan(data["second"]),
            difference=or_nan(data["difference"]),
            interval=(low, high),
            p_value=or_nan(data["p_value"]),
            permutations=data["permutations"],
            reason=data["reason"],
        )


@dataclass(frozen=True, eq=False, slots=True)
class ClassShares:
    """A mean over a forest's edges as a ratio of sums over s classes.

    Every edge gives half of itself to each of its ends: ``numerators`` (s,) hold half the values
    of each class's edges, ``denominators`` (s,) half their number. ``left_out`` edges have an
    end outside of the classes.
    """

    numerators: np.ndarray
    denominators: np.ndarray
    left_out: int


def depth_shares(depth: SimilarityDepth, chosen: np.ndarray) -> ClassShares:
    """Similarity Depth by class, for the classes at positions ``chosen`` (s,)."""
    return edge_shares(depth.edges, depth.depths, chosen, len(depth.labels))


def edge_shares(edges: np.ndarray, values: np.ndarray, chosen: np.ndarray, n: int) -> ClassShares:
    """The mean of ``values`` (m,) over ``edges`` (m, 2) of n classes, by class.

    ``chosen`` (s,) are the positions of the classes that count, in the order of the answer.
    Compliance by class is that of its marks over its edges: ``causing`` over the structural
    graph's, ``explained`` over the functional graph's.

    >>> edge_shares(np.array([[0, 1], [1, 2]]), np.array([8, 5]), np.arange(3), 3).numerators
    array([4. , 6.5, 2.5])
    """
    place = np.full(n, -1)
    place[chosen] = np.arange(len(chosen))
    ends = place[edges]
    kept = (ends >= 0).all(axis=1)
    both, s = ends[kept].ravel(), len(chosen)
    return ClassShares(
        numerators=np.bincount(both, np.repeat(values[kept], 2) / 2, s),
        denominators=np.bincount(both, minlength=s) / 2,
        left_out=int(np.count_nonzero(~kept)),
    )


def paired_difference(
    num_a: np.ndarray,
    den_a: np.ndarray,
    num_b: np.ndarray,
    den_b: np.ndarray,
    *,
    permutations: int = 1_000,
    resamples: int = 1_000,
    seed: int = 42,
) -> PairedDifference:
    """The difference ``sum(num_b) / sum(den_b) - sum(num_a) / sum(den_a)`` of two models.

    All four are (n,), over the same classes in the same order, as :class:`ClassShares` has them.
    p swaps the two models' parts class by class at random:
    ``(1 + swaps at least as far apart) / (1 + permutations)``. The interval draws classes with
    replacement, the same for both models. As every edge is halved between two classes, swaps and
    draws are widened by the root of two. A swap that leaves a model without edges counts as far
    apart; such a resample does not count. In blocks: memory does not grow with permutations.

    >>> ones = np.ones(40)
    >>> paired_difference(np.arange(40), ones, np.arange(40) + 1, ones).p_value < 0.01
    True
    """
    parts = _checked(num_a, den_a, num_b, den_b)
    return _differences(parts[:, None], permutations, resamples, seed)[0]


def paired_differences(
    shares: Sequence[ClassShares],
    pairs: Sequence[tuple[int, int]],
    *,
    permutations: int = 1_000,
    resamples: int = 1_000,
    seed: int = 42,
) -> list[PairedDifference]:
    """:func:`paired_difference` of many pairs of models, given by their positions in ``shares``.

    The same swaps and draws serve all pairs, so that each answer is that of a call of its own.
    """
    found: list[PairedDifference] = []
    together = max(1, _NUMBERS // (4 * max(1, len(shares[0].numerators)))) if shares else 1
    for start in range(0, len(pairs), together):
        parts = [
            _checked(a.numerators, a.denominators, b.numerators, b.denominators)
            for a, b in ((shares[i], shares[j]) for i, j in pairs[start : start + together])
        ]
        found += _differences(np.stack(parts, axis=1), permutations, resamples, seed)
    return found


def _differences(
    parts: np.ndarray, permutations: int, resamples: int, seed: int
) -> list[PairedDifference]:
    """The answers of c pairs of models, from ``parts`` (n, c, 4)."""
    if min(permutations, resamples) < 1:
        raise OptionError(
            f"expected permutations and resamples above 0, found {permutations} and {resamples}"
        )
    totals = parts.sum(axis=0)
    ratios = _ratio(totals[:, ::2], totals[:, 1::2])
    swaps, draws = np.random.default_rng(seed).spawn(2)
    intervals = _intervals(parts, resamples, draws)
    p_values = _p_values(parts, ratios, permutations, swaps)
    return [
        _answer(*of_pair, permutations)
        for of_pair in zip(ratios.tolist(), intervals, p_values, strict=True)
    ]


def _answer(
    ratios: list[float], interval: tuple[float, float], p_value: float, permutations: int
) -> PairedDifference:
    empty = [name for name, x in zip(("first", "second"), ratios, strict=True) if np.isnan(x)]
    if empty:
        reason = f"the {' and the '.join(empty)} model has no edges between these classes"
        return PairedDifference(*ratios, *_undefined(permutations), reason)
    first, second = ratios
    difference = second - first
    low, high = (difference + float(_HALVES) * (end - difference) for end in interval)
    return PairedDifference(first, second, difference, (low, high), p_value, permutations)


def _undefined(permutations: int) -> tuple:
    return _NAN, (_NAN, _NAN), _NAN, permutations


def _checked(*columns: np.ndarray) -> np.ndarray:
    """Numerators and denominators side by side, (n, 4)."""
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1 or arrays[0].ndim != 1:
        raise OptionError(
            f"expected one number a class, of the same classes for both models, found shapes "
            f"{', '.join(str(array.shape) for array in arrays)}; align the classes first"
        )
    parts = np.column_stack(arrays)
    if not np.isfinite(parts).all() or (parts[:, [1, 3]] < 0).any():
        raise OptionError(
            "expected finite numbers and denominators from 0 on, found others; leave those "
            "classes out"
        )
    return parts


def _p_values(
    parts: np.ndarray, ratios: np.ndarray, permutations: int, random: np.random.Generator
) -> list[float]:
    n, c = parts.shape[:2]
    totals, apart = parts.sum(axis=0), parts[..., 2:] - parts[..., :2]
    limit = np.abs(ratios[:, 1] - ratios[:, 0]) - _ROUNDING * np.abs(ratios).sum(axis=1)
    as_far = np.zeros(c, dtype=np.int64)
    for rows in _blocks(permutations, n):
        swapped = random.integers(2, size=(rows, n), dtype=np.uint8)
        moved = (swapped.astype(np.float64) @ apart.reshape(n, -1)).reshape(rows, c, 2)
        a, b = totals[:, :2] + moved, totals[:, 2:] - moved
        apart_by = _ratio(b[..., 0], b[..., 1]) - _ratio(a[..., 0], a[..., 1])
        found = _HALVES * np.abs(apart_by)
        as_far += np.count_nonzero(np.isnan(found) | (found >= limit), axis=0)
    return ((1 + as_far) / (1 + permutations)).tolist()


def _intervals(
    parts: np.ndarray, resamples: int, random: np.random.Generator
) -> list[tuple[float, float]]:
    n, c = parts.shape[:2]
    found = []
    for rows in _blocks(resamples, n):
        drawn = random.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
        sums = (times.astype(np.float64) @ parts.reshape(n, -1)).reshape(rows, c, 4)
        found.append(_ratio(sums[..., 2], sums[..., 3]) - _ratio(sums[..., 0], sums[..., 1]))
    return [_percentiles(differences, n) for differences in np.concatenate(found).T]


def _percentiles(differences: np.ndarray, n: int) -> tuple[float, float]:
    defined = differences[~np.isnan(differences)]
    if n < 2 or not len(defined):
        return _NAN, _NAN
    low, high = np.percentile(defined, [2.5, 97.5])
    return float(low), float(high)


def _blocks(total: int, n: int) -> Iterator[int]:
    """``total`` rows of n cells in blocks of bounded size."""
    rows = max(1, _CELLS // n)
    for start in range(0, total, rows):
        yield min(rows, total - start)


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """The ratio, NaN where there is nothing to divide by."""
    numerator, denominator = np.asarray(numerator), np.asarray(denominator)
    # Denominators are sums of halves: what rounding leaves of 0 is no edge.
    there = denominator > _ROUNDING
    return np.divide(numerator, denominator, out=np.full(numerator.shape, _NAN), where=there)
