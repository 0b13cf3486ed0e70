"""How far clusterers rank models alike."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from semdepth.comparison.models import ComparedModel
from semdepth.documents import or_nan, plain
from semdepth.forecast import average_ranks

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Stability:
    """How far clusterers rank the models alike.

    ``concordance`` is Kendall's W (Kendall & Babington Smith 1939; 1: all alike, 0: no agreement)
    of the ``clusterers``' rankings by Similarity Depth; ``agreement`` the share of pairs of
    models that all of them order alike; ``correlations`` Spearman's of each two clusterers.
    """

    clusterers: tuple[str, ...]
    concordance: float
    agreement: float
    correlations: tuple[tuple[float, ...], ...]

    def to_dict(self) -> dict:
        return plain(asdict(self))

    @classmethod
    def from_dict(cls, data: dict) -> Stability:
        rows = tuple(tuple(map(or_nan, row)) for row in data["correlations"])
        numbers = (or_nan(data[name]) for name in ("concordance", "agreement"))
        return cls(tuple(data["clusterers"]), *numbers, rows)


def stability_of(rows: tuple[ComparedModel, ...], clusterers: list[str]) -> Stability:
    scores = np.array([[row.sd for row in rows if row.clusterer == one] for one in clusterers])
    known = ~np.isnan(scores).any(axis=0)
    ranks = np.array([average_ranks(-row) for row in scores[:, known]])
    m, k = ranks.shape
    if k < 2:
        undefined = tuple((_NAN,) * m for _ in range(m))
        return Stability(tuple(clusterers), _NAN, _NAN, undefined)
    order = np.sign(scores[:, known][:, :, None] - scores[:, known][:, None, :])
    above = np.triu_indices(k, k=1)
    alike = np.abs(order.sum(axis=0))[above] == m
    return Stability(
        tuple(clusterers),
        _concordance(ranks),
        float(alike.mean()),
        tuple(map(tuple, _correlations(ranks).tolist())),
    )


def _concordance(ranks: np.ndarray) -> float:
    """Kendall's W of m rankings of k, (m, k), with his correction for ties."""
    m, k = ranks.shape
    spread = ((ranks.sum(axis=0) - m * (k + 1) / 2) ** 2).sum()
    tied = sum(
        (counts**3 - counts).sum()
        for counts in (np.unique(row, return_counts=True)[1] for row in ranks)
    )
    most = m**2 * (k**3 - k) - m * tied
    return float(12 * spread / most) if most else _NAN


def _correlations(ranks: np.ndarray) -> np.ndarray:
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1)
    products = np.outer(lengths, lengths)
    nothing = np.full_like(products, _NAN)
    return np.divide(centred @ centred.T, products, out=nothing, where=products > 0)
