"""Affinity propagation (Frey & Dueck 2007) with scikit-learn's labels, bit for bit.

The noise that breaks ties, the test of convergence and the final choice of centres are
scikit-learn's; the exchange of messages is :mod:`semdepth.kernels.messages`, or, where ties
abound, :mod:`semdepth.kernels.dense_messages`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from semdepth.kernels.dense_messages import DenseMessages
from semdepth.kernels.messages import Messages


@dataclass(frozen=True, eq=False, slots=True)
class Propagation:
    """What affinity propagation found: ``labels`` (n,), -1 throughout if no exemplar emerged."""

    labels: np.ndarray
    exemplars: np.ndarray
    iterations: int
    converged: bool


def affinity_propagation(
    similarity: np.ndarray,
    *,
    preference: float,
    damping: float,
    max_iterations: int,
    convergence_iterations: int,
    normal_rows: Callable[[int], np.ndarray],
    progress: Callable[[int, int], None] | None = None,
) -> Propagation:
    """Cluster n items by a similarity matrix (n, n), which is overwritten.

    ``normal_rows(k)`` draws the next k rows of standard normal numbers for the noise that
    breaks ties. Messages are kept in the matrix's own type.
    """
    n = len(similarity)
    if _all_equal(similarity):
        return _one_or_all(n, preference > similarity.flat[n - 1])
    similarity.flat[:: n + 1] = preference
    _add_noise(similarity, normal_rows)
    messages = Messages(similarity, damping)
    history = np.zeros((n, convergence_iterations), dtype=bool)
    converged = False
    for iteration in range(max_iterations):
        is_exemplar = messages.exchange()
        if isinstance(messages, Messages) and messages.crowded:
            # The same numbers in the other form; crowds gather in the first few iterations.
            messages = DenseMessages(similarity, damping)
            for _ in range(iteration + 1):
                is_exemplar = messages.exchange()
        history[:, iteration % convergence_iterations] = is_exemplar
        if progress is not None:
            progress(iteration + 1, max_iterations)
        if iteration >= convergence_iterations and is_exemplar.any():
            votes = history.sum(axis=1)
            converged = bool(((votes == 0) | (votes == convergence_iterations)).all())
            if converged:
                break
    labels, exemplars = _assign(similarity, np.flatnonzero(is_exemplar))
    return Propagation(labels, exemplars, iteration + 1, converged)


def _all_equal(similarity: np.ndarray) -> bool:
    """Whether all cells off the diagonal are equal: then there is nothing to pass around."""
    n = len(similarity)
    if n == 1:
        return True
    equal = similarity == similarity[0, 1]
    equal.flat[:: n + 1] = True
    return bool(equal.all())


def _one_or_all(n: int, everyone: bool) -> Propagation:
    exemplars = np.arange(n) if everyone else np.zeros(1, dtype=np.int64)
    labels = np.arange(n) if everyone else np.zeros(n, dtype=np.int64)
    return Propagation(labels, exemplars, 0, True)


def _add_noise(similarity: np.ndarray, normal_rows: Callable[[int], np.ndarray]) -> None:
    kind = np.finfo(similarity.dtype)
    rows = max(1, (1 << 20) // len(similarity))
    for start in range(0, len(similarity), rows):
        block = similarity[start : start + rows]
        block += (kind.eps * block + kind.tiny * 100) * normal_rows(len(block))


def _assign(similarity: np.ndarray, exemplars: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each item its exemplar, once with the best centre of each cluster put in its place."""
    if not len(exemplars):
        return np.full(len(similarity), -1), exemplars
    cluster = _nearest(similarity, exemplars)
    centres = exemplars.copy()
    for k in range(len(exemplars)):
        members = np.flatnonzero(cluster == k)
        within = similarity[members[:, None], members]
        centres[k] = members[within.sum(axis=0).argmax()]
    owner = centres[_nearest(similarity, centres)]
    kept = np.unique(owner)
    return np.searchsorted(kept, owner), kept


def _nearest(similarity: np.ndarray, exemplars: np.ndarray) -> np.ndarray:
    cluster = similarity[:, exemplars].argmax(axis=1)
    cluster[exemplars] = np.arange(len(exemplars))
    return cluster
