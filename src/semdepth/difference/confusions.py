"""Which confusions a model gained and lost, beyond what counting a few samples gives."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from semdepth.class_names import as_code
from semdepth.difference.shared import Side
from semdepth.documents import from_known, known

# So many pairs are listed, and all that changed.
MOST_DIFFERING = 5_000
# Among the pairs that count as changed, so few on average have not.
FALSE_DISCOVERIES = 0.05
# Of more confusions than this, the normal curve is as good as the sum of binomial terms.
_SUMMED_UP_TO = 1_000
_CELLS = 1_000_000


@dataclass(frozen=True, eq=False, slots=True)
class ConfusionDifference:
    """Pairs that two models mix up differently often, the greatest difference of shares first.

    ``pairs`` (m, 2) are positions among the shared classes; ``first``, ``second`` (m,) count how
    often each model mixes them up, either way, in ``first_of``, ``second_of`` (m,) samples of
    both classes. ``p_values`` (m,) are adjusted for all pairs tested; NaN where a model's
    confusions are known as shares only. ``omitted`` pairs that differ less are left out, none
    that changed.
    """

    pairs: np.ndarray
    first: np.ndarray
    second: np.ndarray
    first_of: np.ndarray
    second_of: np.ndarray
    p_values: np.ndarray
    omitted: int

    def __post_init__(self):
        for array in (self.pairs, self.first, self.second, self.p_values):
            array.setflags(write=False)
        self.first_of.setflags(write=False)
        self.second_of.setflags(write=False)

    def __repr__(self) -> str:
        return f"ConfusionDifference({len(self.gained)} gained, {len(self.lost)} lost)"

    def _repr_html_(self) -> str:
        return as_code(self)

    @property
    def shares(self) -> tuple[np.ndarray, np.ndarray]:
        """The share of the samples of both classes that is mixed up, by each model, (m,)."""
        return _shares(self.first, self.first_of), _shares(self.second, self.second_of)

    @property
    def gained(self) -> np.ndarray:
        """Rows of the pairs that the second mixes up more often, beyond chance."""
        first, second = self.shares
        return np.flatnonzero((self.p_values <= FALSE_DISCOVERIES) & (second > first))

    @property
    def lost(self) -> np.ndarray:
        """Rows of the pairs that the second mixes up less often, beyond chance."""
        first, second = self.shares
        return np.flatnonzero((self.p_values <= FALSE_DISCOVERIES) & (second < first))

    def to_dict(self) -> dict:
        return {
            "pairs": self.pairs.tolist(),
            "first": self.first.tolist(),
            "second": self.second.tolist(),
            "first_of": self.first_of.tolist(),
            "second_of": self.second_of.tolist(),
            "p_values": known(self.p_values),
            "omitted": self.omitted,
        }

    @classmethod
    def from_dict(cls, data: dict) -> ConfusionDifference:
        return cls(
            pairs=np.array(data["pairs"], dtype=np.int64).reshape(-1, 2),
            first=np.array(data["first"]),
            second=np.array(data["second"]),
            first_of=np.array(data["first_of"]),
            second_of=np.array(data["second_of"]),
            p_values=from_known(data["p_values"]),
            omitted=data["omitted"],
        )


def confusion_difference(first: Side, second: Side) -> ConfusionDifference | None:
    """How often each model mixes up which shared classes; None where one has no predictions.

    Compared are shares, since one model may have seen more samples than the other. A pair is
    gained or lost where :func:`rate_p_values`, adjusted for all pairs that either mixes up
    (Benjamini & Hochberg 1995), is at most .05: of the pairs so listed, 5% are false alarms. Pairs
    mixed up so seldom that no outcome would be significant are not tested (Tarone 1990). Two
    models that were tested on the same samples differ less by chance than the test believes.
    """
    if first.analysis.mistakes is None or second.analysis.mistakes is None:
        return None
    sides = [_counts(side) for side in (first, second)]
    a, b = np.nonzero(np.triu((sides[0][0] > 0) | (sides[1][0] > 0), k=1))
    columns = [column for both, seen in sides for column in (both[a, b], seen[a] + seen[b])]
    p_values = np.full(len(a), np.nan)
    if all(side.analysis.mistakes.confusion.counted for side in (first, second)):
        p_values = np.ones(len(a))
        tested = np.flatnonzero(least_p_values(*columns) <= FALSE_DISCOVERIES)
        p_values[tested] = adjusted(rate_p_values(*(column[tested] for column in columns)))
    apart = np.abs(_shares(*columns[:2]) - _shares(*columns[2:])).round(12)
    differing = np.flatnonzero(apart)
    order = differing[np.argsort(-apart[differing], kind="stable")]
    beyond = order[MOST_DIFFERING:]
    order = np.concatenate((order[:MOST_DIFFERING], beyond[p_values[beyond] <= FALSE_DISCOVERIES]))
    return ConfusionDifference(
        pairs=np.column_stack((a, b))[order],
        first=columns[0][order],
        second=columns[2][order],
        first_of=columns[1][order],
        second_of=columns[3][order],
        p_values=p_values[order],
        omitted=len(differing) - len(order),
    )


def rate_p_values(
    first: np.ndarray, first_of: np.ndarray, second: np.ndarray, second_of: np.ndarray
) -> np.ndarray:
    """Two-sided p that ``first`` in ``first_of`` and ``second`` in ``second_of`` have one rate.

    All are (m,) counts. Given their sum, the first of two Poisson counts of one rate is binomial
    (Przyborowski & Wilenski 1940); p is twice its smaller tail. Small counts are judged exactly,
    sums above 1,000 by the normal curve with a correction for continuity.

    >>> rate_p_values(*map(np.array, ([0, 3], [100, 100], [5, 3], [100, 100]))).tolist()
    [0.0625, 1.0]
    """
    rows = np.column_stack((first, first + second, first_of, second_of))
    distinct, where = np.unique(rows, axis=0, return_inverse=True)
    counts, sums, of_first, of_second = distinct.T
    with np.errstate(invalid="ignore"):
        share = of_first / (of_first + of_second)
    answers = np.ones(len(distinct))
    # Without samples in one of the two there is nothing to compare.
    testable = (of_first > 0) & (of_second > 0) & (sums > 0)
    for large, method in ((False, _by_sums), (True, _by_normal)):
        chosen = np.flatnonzero(testable & ((sums > _SUMMED_UP_TO) == large))
        answers[chosen] = method(counts[chosen], sums[chosen], share[chosen])
    return np.minimum(answers, 1)[where.ravel()]


def least_p_values(
    first: np.ndarray, first_of: np.ndarray, second: np.ndarray, second_of: np.ndarray
) -> np.ndarray:
    """The p that :func:`rate_p_values` would give were all of the counts on the rarer side.

    >>> least_p_values(*map(np.array, ([1, 3], [100, 100], [1, 3], [100, 100]))).tolist()
    [0.5, 0.03125]
    """
    rarer = np.minimum(first_of, second_of) / np.maximum(first_of + second_of, 1e-300)
    return np.minimum(2 * rarer ** (first + second), 1)


def adjusted(p_values: np.ndarray) -> np.ndarray:
    """p-values of many tests, adjusted for the false discovery rate (Benjamini & Hochberg 1995).

    >>> adjusted(np.array([0.01, 0.04, 0.03, 0.5])).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    m = len(p_values)
    order = np.argsort(p_values)[::-1]
    raised = p_values[order] * m / np.arange(m, 0, -1)
    answers = np.empty(m)
    answers[order] = np.minimum.accumulate(raised)
    return answers


def _counts(side: Side) -> tuple[np.ndarray, np.ndarray]:
    """How often shared classes are mixed up (s, s), and how many samples each has (s,)."""
    confusion = side.analysis.mistakes.confusion
    both = confusion.confusions[np.ix_(side.chosen, side.chosen)]
    return both, confusion.counts.sum(axis=1)[side.chosen]


def _shares(times: np.ndarray, of: np.ndarray) -> np.ndarray:
    return times / np.maximum(of, 1e-300)


def _by_sums(counts: np.ndarray, sums: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Twice the smaller tail of the binomial distribution, term by term."""
    answers = np.empty(len(counts))
    if not len(counts):
        return answers
    most = int(sums.max())
    factorials = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, most + 1)))))
    terms, rows = np.arange(most + 1), max(1, _CELLS // (most + 1))
    for start in range(0, len(counts), rows):
        x, t, q = (a[start : start + rows, None] for a in (counts, sums, share))
        rest = np.maximum(t - terms, 0)
        chances = factorials[t] - factorials[terms] - factorials[rest]
        chances = np.exp(chances + terms * np.log(q) + rest * np.log1p(-q)) * (terms <= t)
        below = (chances * (terms <= x)).sum(axis=1)
        above = (chances * (terms >= x)).sum(axis=1)
        answers[start : start + rows] = 2 * np.minimum(below, above)
    return answers


def _by_normal(counts: np.ndarray, sums: np.ndarray, share: np.ndarray) -> np.ndarray:
    off = np.maximum(np.abs(counts - sums * share) - 0.5, 0)
    scale = np.sqrt(2 * sums * share * (1 - share))
    return np.array([math.erfc(x) for x in (off / scale).tolist()])
