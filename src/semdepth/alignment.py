"""Two similarity matrices side by side, and how severe a model's mistakes are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from semdepth.class_names import check_same_classes
from semdepth.confusion import ConfusionMatrix
from semdepth.documents import defined, plain
from semdepth.errors import OptionError
from semdepth.forecast import average_ranks
from semdepth.labels import Placement
from semdepth.similarity import SimilarityMatrix
from semdepth.taxonomy import relations

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Alignment:
    """How far two class similarity matrices agree, over all pairs of classes (method 10).

    ``cosine`` of the cells off the diagonal, scaled to [0, 1]; ``spearman`` and ``kendall``
    (tau-b) rank correlations; ``p_value`` of the Spearman correlation under ``permutations``
    relabellings of one matrix's classes (Mantel 1967), one-sided.
    """

    kinds: tuple[str, str]
    cosine: float
    spearman: float
    kendall: float
    p_value: float
    permutations: int

    def to_dict(self) -> dict:
        return {**plain(asdict(self)), "kinds": list(self.kinds)}

    @classmethod
    def from_dict(cls, data: dict) -> Alignment:
        return cls(**{**defined(data), "kinds": tuple(data["kinds"])})


def align(
    first: SimilarityMatrix,
    second: SimilarityMatrix,
    *,
    permutations: int = 200,
    seed: int = 42,
    progress: Callable[[int, int], None] | None = None,
) -> Alignment:
    """Correlate two similarity matrices over the same classes, with a Mantel test.

    Kendall's tau is NaN where scipy is not installed (``semdepth[alignment]`` brings it).

    >>> labels, values = ("a", "b", "c"), np.array([[1, 0.9, 0.2], [0.9, 1, 0], [0.2, 0, 1]])
    >>> alike = SimilarityMatrix("structural", labels, values)
    >>> round(align(alike, alike, permutations=50).spearman, 9)
    1.0
    """
    check_same_classes(first.labels, second.labels, "two matrices")
    if permutations < 1:
        raise OptionError(f"expected permutations above 0, found {permutations}")
    upper = np.triu_indices(len(first.labels), k=1)
    a, b = first.values[upper].astype(np.float64), second.values[upper].astype(np.float64)
    spearman, p_value = _mantel(a, b, upper, permutations, seed, progress)
    return Alignment(
        kinds=(first.kind, second.kind),
        cosine=_cosine(_scaled(a), _scaled(b)),
        spearman=spearman,
        kendall=_kendall(a, b),
        p_value=p_value,
        permutations=permutations,
    )


@dataclass(frozen=True, slots=True)
class Severity:
    """How bad a model's mistakes are by the taxonomy (method 10), means over all mistakes.

    ``depth`` of the lowest common subsumer of true and predicted class; ``distance`` in edges;
    ``height`` of that subsumer above the classes (Bertinetto et al. 2020); hierarchical
    precision, recall and F over the ancestors of both (Kiritchenko et al. 2005, the root left
    out). ``mistakes`` were counted, ``left_out`` touch a class without a concept.
    """

    mistakes: float
    left_out: float
    depth: float
    distance: float
    height: float
    hierarchical_precision: float
    hierarchical_recall: float
    hierarchical_f: float

    def to_dict(self) -> dict:
        return plain(asdict(self))

    @classmethod
    def from_dict(cls, data: dict) -> Severity:
        return cls(**defined(data))


def severity(
    confusion: ConfusionMatrix, placement: Placement, *, lcs: str = "min_depth"
) -> Severity:
    """Weigh every mistake by where its two classes meet in the taxonomy.

    >>> from semdepth.labels import place
    >>> seen = ConfusionMatrix(("dog", "cat", "car"), [[8, 2, 0], [0, 9, 1], [0, 0, 10]])
    >>> found = severity(seen, place(seen.labels))
    >>> found.mistakes, round(found.depth, 2), round(found.hierarchical_f, 2)
    (3.0, 9.33, 0.63)
    """
    mistakes = confusion.counts.astype(np.float64)
    np.fill_diagonal(mistakes, 0)
    placed = np.flatnonzero(placement.concepts >= 0)
    weights = mistakes[np.ix_(placed, placed)]
    left_out = mistakes.sum() - weights.sum()
    if not weights.any():
        return Severity(0.0, float(left_out), *(_NAN,) * 6)
    related = relations(placement.taxonomy, placement.concepts[placed], lcs=lcs)
    total = weights.sum()
    shared, own = related.shared_ancestors()
    overlap = float((weights * shared).sum())
    precision, recall = (
        overlap / ancestors if ancestors else _NAN
        for ancestors in (float((weights @ own).sum()), float((weights.T @ own).sum()))
    )
    both = precision + recall
    return Severity(
        mistakes=float(total),
        left_out=float(left_out),
        depth=float((weights * related.depths()).sum() / total),
        distance=float((weights * related.distances()).sum() / total),
        height=float((weights * related.heights()).sum() / total),
        hierarchical_precision=precision,
        hierarchical_recall=recall,
        hierarchical_f=2 * precision * recall / both if both else 0.0,
    )


def _mantel(
    a: np.ndarray,
    b: np.ndarray,
    upper: tuple[np.ndarray, np.ndarray],
    permutations: int,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[float, float]:
    """Spearman's rho over pairs, and its p-value under relabellings of the second matrix."""
    if a.min() == a.max() or b.min() == b.max():
        return _NAN, _NAN
    ranks_a, ranks_b = (_standardised(average_ranks(values)) for values in (a, b))
    observed = float(ranks_a @ ranks_b)
    n = int(upper[1].max()) + 1
    square_a, square_b = (np.zeros((n, n), dtype=np.float32) for _ in range(2))
    square_a[upper], square_b[upper] = ranks_a, ranks_b
    square_b += square_b.T
    at_least = 0
    random = np.random.default_rng(seed)
    for turn in range(permutations):
        moved = random.permutation(n)
        null = float(np.vdot(square_a, square_b[moved][:, moved]))
        # Single precision is enough to compare, but a null that ties must be seen to tie.
        at_least += null >= observed - 1e-5
        if progress is not None:
            progress(turn + 1, permutations)
    return observed, (1 + at_least) / (1 + permutations)


def _standardised(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean()
    return centred / np.linalg.norm(centred)


def _scaled(values: np.ndarray) -> np.ndarray:
    least, most = values.min(), values.max()
    return (values - least) / (most - least) if most > least else np.zeros_like(values)


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    length = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / length) if length else _NAN


def _kendall(a: np.ndarray, b: np.ndarray) -> float:
    try:
        from scipy.stats import kendalltau
    except ImportError:
        return _NAN
    return float(kendalltau(a, b).statistic) if len(a) > 1 else _NAN
