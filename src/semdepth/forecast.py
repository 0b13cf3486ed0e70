"""Forecast: how well perceived similarity alone foretells which classes get confused."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from semdepth.class_names import check_same_classes
from semdepth.confusion import ConfusionMatrix
from semdepth.documents import plain
from semdepth.errors import OptionError
from semdepth.similarity import SimilarityMatrix

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class PrecisionAtK:
    """Among the ``k`` most alike pairs, the share of hits, and how many times chance that is.

    A hit is a pair confused at least ``least_count`` times, which is how often the k-th most
    confused pair is confused: ties count as hits. ``chance`` is the share of hits among all
    pairs.
    """

    k: int
    least_count: float
    precision: float
    chance: float

    @property
    def lift(self) -> float:
        return self.precision / self.chance if self.chance else _NAN


@dataclass(frozen=True, slots=True)
class Forecast:
    """How well a similarity ranks pairs of classes by how often they are confused (method 8).

    ``at_confused`` takes k = the number of pairs confused at least ``often`` times, ``at_n``
    k = the number of classes. ``average_precision`` ranks those often confused pairs among all;
    ``nearest_is_most_confused`` is the share of the confused classes whose most alike class is
    the one they are most often mixed up with; ``spearman`` correlates over confused pairs only;
    ``auc_often_seldom`` is the chance that a pair confused often ranks above one confused less
    often. What is undefined is NaN, and ``reason`` says why.
    """

    pairs: int
    confused: int
    often: float
    at_confused: PrecisionAtK
    at_n: PrecisionAtK
    average_precision: float
    nearest_is_most_confused: float
    spearman: float
    auc_often_seldom: float
    reason: str = ""

    def __repr__(self) -> str:
        return (
            f"Forecast(precision {self.at_confused.precision:.3f} at k = {self.at_confused.k}, "
            f"lift {self.at_confused.lift:.0f}, nearest template most confused "
            f"{self.nearest_is_most_confused:.3f})"
        )

    def to_dict(self) -> dict:
        data = asdict(self)
        for name in ("at_confused", "at_n"):
            data[name]["lift"] = getattr(self, name).lift
        return plain(data)

    @classmethod
    def from_dict(cls, data: dict) -> Forecast:
        fields = {name: _NAN if value is None else value for name, value in data.items()}
        for name in ("at_confused", "at_n"):
            kept = {key: value for key, value in data[name].items() if key != "lift"}
            fields[name] = PrecisionAtK(
                **{key: _NAN if value is None else value for key, value in kept.items()}
            )
        return cls(**fields)


def forecast(
    similarity: SimilarityMatrix, confusion: ConfusionMatrix, *, often: float | None = None
) -> Forecast:
    """Rank all pairs of classes by similarity and hold that against the confusions.

    The similarity may be of the network that made the predictions or of another one. ``often``
    is the count from which a pair is confused often: 5, or for a matrix of shares the median of
    its confused pairs. Ranks of equal similarity are averaged.

    >>> seen = ConfusionMatrix(("a", "b", "c"), [[90, 9, 1], [6, 94, 0], [0, 2, 98]])
    >>> alike = SimilarityMatrix(
    ...     "structural", ("a", "b", "c"),
    ...     np.array([[1, 0.8, 0.1], [0.8, 1, 0.3], [0.1, 0.3, 1]]))
    >>> found = forecast(alike, seen)
    >>> found.at_confused.precision, found.auc_often_seldom, found.nearest_is_most_confused
    (1.0, 1.0, 1.0)
    """
    check_same_classes(similarity.labels, confusion.labels, "similarities and confusions")
    if often is not None and not often > 0:
        raise OptionError(f"expected often above 0, found {often:g}")
    both = confusion.confusions
    upper = np.triu_indices(len(both), k=1)
    alike, count = similarity.values[upper].astype(np.float64), both[upper]
    mixed_up = count > 0
    if often is None:
        often = (
            5.0 if confusion.counted else float(np.median(count[mixed_up] if any(mixed_up) else 0))
        )
    is_often = count >= max(often, np.nextafter(0, 1))
    ranks = average_ranks(alike)
    seldom = mixed_up & ~is_often
    return Forecast(
        pairs=len(count),
        confused=int(mixed_up.sum()),
        often=often,
        at_confused=_precision(alike, count, int(is_often.sum())),
        at_n=_precision(alike, count, len(both)),
        average_precision=_average_precision(alike, is_often),
        nearest_is_most_confused=_nearest_hits(similarity.values, both),
        spearman=_correlation(average_ranks(alike[mixed_up]), average_ranks(count[mixed_up])),
        auc_often_seldom=_auc(ranks, is_often, seldom),
        reason=_reason(mixed_up, is_often, seldom, often),
    )


def precision_curve(
    similarity: SimilarityMatrix, confusion: ConfusionMatrix, ks: np.ndarray, *, often: float
) -> np.ndarray:
    """Share of pairs confused at least ``often`` times among the k most alike, for each k."""
    upper = np.triu_indices(len(similarity.labels), k=1)
    order = np.argsort(-similarity.values[upper], kind="stable")
    hits = np.cumsum(confusion.confusions[upper][order] >= often)
    return hits[np.asarray(ks) - 1] / np.asarray(ks)


def average_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, equal values sharing the mean of theirs.

    >>> average_ranks(np.array([3, 1, 3])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[where]


def _precision(alike: np.ndarray, count: np.ndarray, k: int) -> PrecisionAtK:
    k = min(k, len(count))
    if not k or not count.any():
        return PrecisionAtK(k, _NAN, _NAN, _NAN)
    least = max(np.partition(count, len(count) - k)[len(count) - k], np.nextafter(0, 1))
    if least < count[count > 0].min():
        least = count[count > 0].min()
    hits = count >= least
    first = np.argsort(-alike, kind="stable")[:k]
    return PrecisionAtK(k, float(least), float(hits[first].mean()), float(hits.mean()))


def _average_precision(alike: np.ndarray, relevant: np.ndarray) -> float:
    """Mean precision at each relevant pair; pairs of equal similarity enter together."""
    if not relevant.any():
        return _NAN
    order = np.argsort(-alike, kind="stable")
    hits = np.cumsum(relevant[order])
    ends = np.flatnonzero(np.diff(alike[order], append=-np.inf))
    gained = np.diff(hits[ends], prepend=0)
    return float((gained * hits[ends] / (ends + 1)).sum() / hits[-1])


def _nearest_hits(alike: np.ndarray, both: np.ndarray) -> float:
    """Share of confused classes whose most alike class is a most confused partner of theirs."""
    others = alike.copy()
    np.fill_diagonal(others, -np.inf)
    nearest = others.argmax(axis=1)
    most = both.max(axis=1)
    concerned = most > 0
    hits = both[np.arange(len(both)), nearest] == most
    return float(hits[concerned].mean()) if concerned.any() else _NAN


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    if len(a) < 2 or a.min() == a.max() or b.min() == b.max():
        return _NAN
    return float(np.corrcoef(a, b)[0, 1])


def _auc(ranks: np.ndarray, positive: np.ndarray, negative: np.ndarray) -> float:
    """Mann-Whitney: the chance that a positive ranks above a negative, ties counting half."""
    p, q = int(positive.sum()), int(negative.sum())
    if not p or not q:
        return _NAN
    among = average_ranks(ranks[positive | negative])
    wins = among[positive[positive | negative]].sum() - p * (p + 1) / 2
    return float(wins / (p * q))


def _reason(mixed_up: np.ndarray, is_often: np.ndarray, seldom: np.ndarray, often: float) -> str:
    if not mixed_up.any():
        return "no two classes were confused"
    if not is_often.any():
        return f"no pair was confused {often:g} times or more"
    if not seldom.any():
        return f"every confused pair was confused {often:g} times or more"
    return ""
