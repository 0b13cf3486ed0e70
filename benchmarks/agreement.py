"""Where two results disagree: each function says it in a line, empty if they agree."""

from __future__ import annotations

import numpy as np

from semdepth import Clustering
from semdepth.kernels.louvain import modularity

# Communities that lose more of a peer's modularity than this share are wrong, not unlucky.
MODULARITY_LOST = 0.05


def apart(what: str, ours, theirs, wide: float = 0.0, single: float = 0.0) -> str:
    """Where two arrays are further apart than ``wide``, or ``single`` if ours is float32."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    allowed = single if ours.dtype == np.float32 else wide
    distance = float(np.abs(ours.astype(float) - theirs).max(initial=0.0))
    return "" if distance <= allowed else f"{what} apart by up to {distance:.3g}"


def other_labels(ours: Clustering, theirs: object) -> str:
    """Where cluster labels or iterations differ from another clustering's or scikit-learn's."""
    if isinstance(theirs, Clustering):
        labels, iterations = theirs.assignment, theirs.iterations
    else:
        labels, iterations = theirs.labels_, theirs.n_iter_
    moved = int(np.count_nonzero(ours.assignment != labels))
    if moved or ours.iterations != iterations:
        return f"{moved} labels differ; {ours.iterations} iterations, theirs {iterations}"
    return ""


def lost_modularity(values: np.ndarray, ours: np.ndarray, theirs: object) -> str:
    """Whether our communities are much worse than theirs (a dict, or a list of sets)."""
    labels = np.empty(len(values), dtype=np.int64)
    if isinstance(theirs, dict):
        labels[list(theirs)] = list(theirs.values())
    else:
        for k, members in enumerate(theirs):
            labels[list(members)] = k
    # networkx and python-louvain count a loop's weight twice in a degree, as the matrix here does.
    adjacency = values.copy()
    np.fill_diagonal(adjacency, 2.0)
    mine, other = modularity(adjacency, ours), modularity(adjacency, labels)
    if mine < other * (1 - MODULARITY_LOST):
        return f"modularity {mine:.5f}, theirs {other:.5f}"
    return ""


def other_weight(values: np.ndarray, ours: list, theirs: list) -> str:
    """Whether two forests (edges i < j) have other numbers of edges, or other sums of weights."""
    weights = [float(values[tuple(np.transpose(edges))].sum()) for edges in (ours, theirs)]
    if len(ours) == len(theirs) and np.isclose(*weights, rtol=1e-6, atol=0):
        return ""
    return f"forests of {len(ours)} and {len(theirs)} edges, weights {weights[0]} and {weights[1]}"
