"""Whether one score goes with another over many models, also at an equal third."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from semdepth.documents import defined, or_nan, plain
from semdepth.forecast import average_ranks

_RESAMPLES = 2_000
_PERMUTATIONS = 10_000
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Association:
    """Spearman's correlation of two scores over ``n`` models, or partial at an equal ``given``.

    ``interval`` is the 95% percentile interval over models drawn with replacement, ``p_value``
    two-sided, from permutations. ``group`` is the clusterer, or whatever the models have in common.
    Undefined numbers are NaN, and ``reason`` says why. Few models make wide intervals: of six,
    even .8 is not beyond chance.
    """

    group: str
    scores: tuple[str, str]
    given: str
    n: int
    correlation: float
    interval: tuple[float, float]
    p_value: float
    reason: str = ""

    def __repr__(self) -> str:
        at = f" at equal {self.given}" if self.given else ""
        low, high = self.interval
        return (
            f"Association({self.scores[0]} with {self.scores[1]}{at}: {self.correlation:.2f} "
            f"[{low:.2f}, {high:.2f}], n = {self.n}, p = {self.p_value:.2g})"
        )

    def to_dict(self) -> dict:
        return plain(asdict(self))

    @classmethod
    def from_dict(cls, data: dict) -> Association:
        low, high = map(or_nan, data["interval"])
        return cls(**{**defined(data), "scores": tuple(data["scores"]), "interval": (low, high)})


def associate(
    group: str,
    scores: tuple[str, str],
    columns: Mapping[str, np.ndarray],
    *,
    given: str = "",
    seed: int = 42,
) -> Association:
    """Correlate two columns of scores by rank, with ``given`` a third held equal.

    The partial correlation is that of what a straight line in the third's ranks leaves of the
    two's ranks. Its permutations deal out one's remainders (Freedman & Lane 1983).

    >>> columns = {"sd": np.arange(8.0), "accuracy": np.arange(8.0) ** 2}
    >>> associate("affinity", ("sd", "accuracy"), columns)
    Association(sd with accuracy: 1.00 [1.00, 1.00], n = 8, p = 0.0001)
    """
    first, second = (np.asarray(columns[name], dtype=np.float64) for name in scores)
    third = np.asarray(columns[given], dtype=np.float64) if given else np.zeros_like(first)
    values = np.stack((first, second, third))
    n = values.shape[1]
    if n < 4 or np.isnan(values).any():
        reason = "a score is undefined" if n >= 4 else "fewer than four models"
        return Association(group, scores, given, n, _NAN, (_NAN, _NAN), _NAN, reason)
    observed = _correlation(values)
    if np.isnan(observed):
        reason = "a score is the same for all models"
        return Association(group, scores, given, n, _NAN, (_NAN, _NAN), _NAN, reason)
    draws, shuffles = np.random.default_rng(seed).spawn(2)
    drawn = (values[:, draws.integers(n, size=n)] for _ in range(_RESAMPLES))
    nulls = np.array([one for one in map(_correlation, drawn) if not np.isnan(one)])
    low, high = np.percentile(nulls, [2.5, 97.5])
    p_value = _p_value(values, observed, shuffles)
    return Association(group, scores, given, n, observed, (float(low), float(high)), p_value)


def rank_correlation(
    first: np.ndarray, second: np.ndarray, given: np.ndarray | None = None
) -> float:
    """Spearman's correlation of two scores, or partial at an equal third; NaN where undefined.

    >>> first = np.arange(6.0)
    >>> rank_correlation(first, first**3), round(rank_correlation(first, -first), 9)
    (1.0, -1.0)
    """
    third = np.zeros_like(first) if given is None else given
    return _correlation(np.stack((first, second, third)))


def _p_value(values: np.ndarray, observed: float, random: np.random.Generator) -> float:
    ours, theirs = _remainders(values)
    moved = random.permuted(np.tile(theirs, (_PERMUTATIONS, 1)), axis=1)
    nulls = moved @ ours / (np.linalg.norm(ours) * np.linalg.norm(theirs))
    # A null that ties, as of equal ranks, must be seen to tie.
    at_least = int(np.count_nonzero(np.abs(nulls) >= abs(observed) - 1e-9))
    return (1 + at_least) / (1 + _PERMUTATIONS)


def _correlation(values: np.ndarray) -> float:
    ours, theirs = _remainders(values)
    length = np.linalg.norm(ours) * np.linalg.norm(theirs)
    return float(ours @ theirs / length) if length > 1e-9 else _NAN


def _remainders(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The centred ranks of the first two rows (3, n), less what the third's ranks account for."""
    ranks = np.stack([average_ranks(row) for row in values])
    ranks -= ranks.mean(axis=1, keepdims=True)
    first, second, third = ranks
    square = third @ third
    if not square:
        return first, second
    return first - first @ third / square * third, second - second @ third / square * third
