"""Affinity propagation (Frey & Dueck 2007) with scikit-learn's labels, bit for bit.

The formula of the noise that breaks ties, the test of convergence and the final choice of
centres are scikit-learn's. The exchange of messages has three forms that pass the same numbers:
:mod:`semdepth.kernels.affinity.messages`; for much work, where numba is installed, its twin in
:mod:`semdepth.kernels.affinity.compiled_messages`; and, for few items or where ties abound,
:mod:`semdepth.kernels.affinity.dense_messages`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from semdepth.errors import ClusteringError
from semdepth.kernels.affinity.dense_messages import DenseMessages
from semdepth.kernels.affinity.messages import Messages
from semdepth.kernels.affinity.ties import CounterNoise, LegacyNoise, TieBroken
from semdepth.kernels.recomputed import RecomputedCells
from semdepth.kernels.threads import row_blocks, share_rows, thread_count
from semdepth.kernels.twins import Twin

TWIN = Twin("affinity.compiled_messages", loading=0.7)
# Seconds for a cell of the matrix that the twin saves in a run: it pays for 5,000 items at once.
_SAVED = 28e-9
# So few go through full matrices sooner than their short lists are made.
DENSE_UP_TO = 300

# The full matrices of so many items take 64 MB, which is no reason to stop.
FULL_MATRICES_UP_TO = 2_000

_BLOCK_CELLS = 1 << 20


@dataclass(frozen=True, eq=False, slots=True)
class Propagation:
    """What affinity propagation found: ``labels`` (n,), -1 throughout if no exemplar emerged."""

    labels: np.ndarray
    exemplars: np.ndarray
    iterations: int
    converged: bool


def affinity_propagation(
    similarity: np.ndarray | RecomputedCells,
    *,
    preference: float,
    noise: LegacyNoise | CounterNoise,
    damping: float = 0.5,
    max_iterations: int = 200,
    convergence_iterations: int = 15,
    progress: Callable[[int, int], None] | None = None,
) -> Propagation:
    """Cluster n items by a similarity matrix (n, n), which stays as it is.

    It may be one that is recomputed wherever it is read, from which the same answer comes more
    slowly. Its diagonal is not looked at. Messages are float64, as scikit-learn's are, and the
    answer is scikit-learn's for the same matrix and noise. ``progress`` is called after each
    iteration, and with none done yet while long preparations go on.
    """
    n = len(similarity)
    if all_equal(similarity):
        return one_or_all(n, preference > similarity[0, n - 1])
    similar = noise.break_ties(similarity, preference)
    tick = None if progress is None else lambda: progress(0, max_iterations)
    exchanges = _exchanges(similar, damping, max_iterations, tick)
    return settle(similar, exchanges, max_iterations, convergence_iterations, progress)


def settle(
    similar: TieBroken,
    exchanges: Iterable[np.ndarray],
    max_iterations: int,
    convergence_iterations: int,
    progress: Callable[[int, int], None] | None,
) -> Propagation:
    """Exchange messages until the exemplars stay, and give each item its own.

    Each of the ``exchanges`` tells which items are exemplars after it, (n,) bool.
    """
    history = np.zeros((len(similar), convergence_iterations), dtype=bool)
    converged = False
    for iteration, is_exemplar in enumerate(exchanges):
        history[:, iteration % convergence_iterations] = is_exemplar
        if progress is not None:
            progress(iteration + 1, max_iterations)
        if iteration >= convergence_iterations and is_exemplar.any():
            votes = history.sum(axis=1)
            converged = bool(((votes == 0) | (votes == convergence_iterations)).all())
            if converged:
                break
    labels, exemplars = _assign(similar, np.flatnonzero(is_exemplar))
    return Propagation(labels, exemplars, iteration + 1, converged)


def _exchanges(
    similar: TieBroken, damping: float, count: int, tick: Callable[[], None] | None
) -> Iterator[np.ndarray]:
    """Which items are exemplars, (n,) bool, after each of so many exchanges of messages."""
    recomputed = isinstance(similar.values, RecomputedCells)
    messages = (Messages if recomputed else _messages(len(similar)))(similar, damping, tick)
    for iteration in range(count):
        is_exemplar = messages.exchange()
        if messages.crowded:
            # The same numbers in the other form; crowds gather in the first few iterations.
            messages = _dense(similar, damping)
            for _ in range(iteration + 1):
                is_exemplar = messages.exchange()
        yield is_exemplar


def _messages(n: int) -> type:
    """The form for n items; all have the same bits."""
    if n <= DENSE_UP_TO:
        return DenseMessages
    twin = TWIN.serves(_SAVED * n * n)
    return Messages if twin is None else twin.CompiledMessages


def _dense(similar: TieBroken, damping: float) -> DenseMessages:
    n = len(similar)
    if isinstance(similar.values, RecomputedCells) and n > FULL_MATRICES_UP_TO:
        raise ClusteringError(
            f"expected similarities of which few are equal, found so many ties that affinity "
            f"propagation needs two matrices of all {n:,} items ({16 * n**2 / 1e9:.1f} GB), while "
            "not even the similarities' fits; give it more --memory, or choose --clusterer whole"
        )
    return DenseMessages(similar, damping)


def all_equal(similarity: np.ndarray | RecomputedCells) -> bool:
    """Whether all cells off the diagonal are equal: then there is nothing to pass around."""
    n = len(similarity)
    if n == 1:
        return True
    for i, row in enumerate(similarity):
        equal = row == similarity[0, 1]
        equal[i] = True
        if not equal.all():
            return False
    return True


def one_or_all(n: int, everyone: bool) -> Propagation:
    exemplars = np.arange(n) if everyone else np.zeros(1, dtype=np.int64)
    labels = np.arange(n) if everyone else np.zeros(n, dtype=np.int64)
    return Propagation(labels, exemplars, 0, True)


def _assign(similar: TieBroken, exemplars: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each item its exemplar, once with the best centre of each cluster put in its place."""
    if not len(exemplars):
        return np.full(len(similar), -1), exemplars
    cluster = _nearest(similar, exemplars)
    centres = exemplars.copy()
    order = np.argsort(cluster, kind="stable")
    ends = np.cumsum(np.bincount(cluster, minlength=len(exemplars)))
    for k, members in enumerate(np.split(order, ends[:-1])):
        centres[k] = members[_sums_within(similar, members).argmax()]
    owner = centres[_nearest(similar, centres)]
    kept = np.unique(owner)
    return np.searchsorted(kept, owner), kept


def _sums_within(similar: TieBroken, members: np.ndarray) -> np.ndarray:
    """Sums of the similarities from all members to each, added from the first to the last."""
    sums = np.zeros((1, len(members)), dtype=similar.dtype)
    for block in row_blocks(len(members), max(1, _BLOCK_CELLS // len(members))):
        within = similar.among(members[block], members)
        sums = np.add.reduce(np.concatenate((sums, within)), axis=0, keepdims=True)
    return sums[0]


def _nearest(similar: TieBroken, exemplars: np.ndarray) -> np.ndarray:
    cluster = np.empty(len(similar), dtype=np.int64)

    def choose(rows: slice) -> None:
        cluster[rows] = similar.most_similar(rows, exemplars)

    size = max(1, _BLOCK_CELLS // len(exemplars))
    share_rows(len(similar), choose, thread_count(), size)
    cluster[exemplars] = np.arange(len(exemplars))
    return cluster
