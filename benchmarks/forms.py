"""The kernels with numba and without, and what an iteration of affinity propagation takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import peers

from semdepth import AffinityPropagation, Clustering, SimilarityMatrix
from semdepth.kernels import louvain, subsumers
from semdepth.kernels.affinity import dense_messages, propagation

# Where each kernel says from when on its compiled twin serves: items, or seconds that were lost.
FROM_WHEN = (
    (louvain, "COMPILED_FROM"),
    (subsumers, "COMPILED_FROM"),
    (propagation.TWIN, "loading"),
    (dense_messages.TWIN, "loading"),
)


def our_iteration(similarity: SimilarityMatrix, form: str) -> float:
    """Seconds of an iteration, the mean of all after the first."""
    stamps: list[float] = []
    propagate(similarity, form, lambda done, of: stamps.append(time.perf_counter() if done else 0))
    stamps = [stamp for stamp in stamps if stamp]
    return (stamps[-1] - stamps[0]) / (len(stamps) - 1)


class Watched(np.random.RandomState):
    """A random state that remembers when it drew: the last thing before the first iteration."""

    def standard_normal(self, size):
        drawn = super().standard_normal(size)
        self.drawn_at = time.perf_counter()
        return drawn


def their_iteration(values: np.ndarray, iterations: int) -> float:
    """The same of scikit-learn's; adding the noise and assigning labels count as one more."""
    state = Watched(peers.SEED)
    peers.affinity(values, iterations, state)
    return (time.perf_counter() - state.drawn_at) / (iterations + 1)


def propagate(similarity: SimilarityMatrix, form: str, progress=None) -> Clustering:
    return with_form(form, lambda: AffinityPropagation()(similarity, progress))


def with_form(form: str, work: Callable[[], object]):
    with only(form):
        return work()


@contextmanager
def only(form: str) -> Iterator[None]:
    """The kernels in one form at every size: ``numba`` or ``numpy``."""
    if form == "numba":
        # Without it the plain loops would run under its name.
        import numba  # noqa: F401
    before = [getattr(place, name) for place, name in FROM_WHEN]
    for place, name in FROM_WHEN:
        setattr(place, name, 0 if form == "numba" else float("inf"))
    try:
        yield
    finally:
        for (place, name), threshold in zip(FROM_WHEN, before, strict=True):
            setattr(place, name, threshold)
