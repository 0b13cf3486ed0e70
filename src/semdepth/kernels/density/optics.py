"""OPTICS (Ankerst, Breunig, Kriegel & Sander 1999) on a dense matrix, in row operations.

Points are visited in the order in which they can be reached: from all that were visited, the
next is the one with the smallest *reachability*, which from a visited point p is the distance to
p, but at least p's core distance. Reachabilities in this order make a plot in which clusters are
valleys; a valley's sides are told by their steepness xi (section 4.3 of the paper), and its right
end is corrected by where its points were reached from (Schubert & Gertz 2018, algorithm 2).

The conventions are scikit-learn's, whose labels these are: a point is among its own neighbours,
there is no largest distance, of equal reachabilities the smaller index is visited first, and the
first predecessor stays. Reachabilities are rounded to 15 decimals, so that they tie where
rounding errors alone differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.kernels.density.distances import Progress, core_distance, told

_DECIMALS = np.finfo(np.float64).precision


@dataclass(frozen=True, eq=False, slots=True)
class ReachabilityPlot:
    """The visits in their order: each point, its reachability, and the visit it was reached from.

    All (n,). The first point has reachability infinity and predecessor -1.
    """

    points: np.ndarray
    reachability: np.ndarray
    predecessor: np.ndarray


@dataclass(slots=True)
class _Descent:
    """A steep way down from ``start`` to ``end``; ``ridge`` is the highest point since."""

    start: int
    end: int
    ridge: float = 0.0


def optics(
    similarity: np.ndarray,
    *,
    min_samples: int,
    xi: float,
    progress: Progress | None = None,
) -> np.ndarray:
    """Cluster of each item, (n,), or -1; n row operations on a similarity matrix (n, n).

    ``similarity`` is symmetric, at most 1, with ones on its diagonal; it is only read, and the
    memory beside it is O(n). ``2 <= min_samples <= n``.

    >>> pairs = np.kron(np.eye(2), np.ones((2, 2)))
    >>> optics(pairs, min_samples=2, xi=0.05)
    array([0, 0, 1, 1])
    """
    return steep_clusters(reachability_plot(similarity, min_samples, progress), xi, min_samples)


def steep_clusters(plot: ReachabilityPlot, xi: float, min_samples: int) -> np.ndarray:
    """Cluster of each item, (n,), or -1, by the plot's valleys of at least ``min_samples``."""
    labels = np.full(len(plot.points), -1, dtype=np.int64)
    in_plot = labels.copy()
    found = 0
    # Smaller clusters come first: the smallest of nested ones gets the points.
    for start, end in _valleys(plot, xi, min_samples):
        if (in_plot[start : end + 1] == -1).all():
            in_plot[start : end + 1] = found
            found += 1
    labels[plot.points] = in_plot
    return labels


def reachability_plot(
    similarity: np.ndarray, min_samples: int, progress: Progress | None = None
) -> ReachabilityPlot:
    """Visit all points, Prim's algorithm on reachabilities.

    Only points that are nearer than their reachability so far can improve it: rounding keeps
    order and changes no rounded number, so that what is not below before it is not after. These
    few are looked at; everything else is a comparison of two rows.
    """
    n = len(similarity)
    distances, to_beat, waiting = np.empty(n), np.full(n, np.inf), np.full(n, np.inf)
    predecessor = np.full(n, -1, dtype=np.int64)
    points, reachability = np.empty(n, dtype=np.int64), np.empty(n)
    for visit in told(range(n), n, progress):
        point = int(waiting.argmin())
        points[visit], reachability[visit] = point, waiting[point]
        to_beat[point], waiting[point] = -np.inf, np.inf
        np.subtract(1, similarity[point], out=distances, dtype=similarity.dtype)
        core = np.round(core_distance(distances, min_samples), _DECIMALS)
        near = np.flatnonzero(distances < to_beat)
        reached = np.round(np.maximum(distances[near], core), _DECIMALS)
        better = reached < to_beat[near]
        near = near[better]
        to_beat[near] = waiting[near] = reached[better]
        predecessor[near] = visit
    return ReachabilityPlot(points, reachability, predecessor[points])


def _valleys(plot: ReachabilityPlot, xi: float, min_samples: int) -> list[tuple[int, int]]:
    """Clusters as (first, last) visit, those that hold others after them (the paper's figure 19).

    Steep ways down are kept while nothing since then rose to their beginning less xi; each steep
    way up makes a cluster with each of those that fit.
    """
    # At the end it goes up without end, which closes what is open there.
    heights = np.append(plot.reachability, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = heights[:-1] / heights[1:]
    steep_down, steep_up = ratio >= 1 / (1 - xi), ratio <= 1 - xi
    down, up = ratio > 1, ratio < 1
    clusters: list[tuple[int, int]] = []
    descents: list[_Descent] = []
    after, ridge = 0, 0.0
    for at in np.flatnonzero(steep_down | steep_up).tolist():
        if at < after:
            continue
        ridge = max(ridge, heights[after : at + 1].max())
        descents = _still_open(descents, heights, ridge, xi)
        if steep_down[at]:
            end = _end_of_slope(steep_down, up, at, min_samples)
            descents.append(_Descent(at, end))
        else:
            end = _end_of_slope(steep_up, down, at, min_samples)
            found = [_valley(plot, heights, descent, (at, end), xi) for descent in descents]
            clusters += [v for v in reversed(found) if v and v[1] - v[0] + 1 >= min_samples]
        after, ridge = end + 1, heights[end + 1]
    return clusters


def _still_open(
    descents: list[_Descent], heights: np.ndarray, ridge: float, xi: float
) -> list[_Descent]:
    """The descents whose beginning is steeply above all that came since."""
    kept = [descent for descent in descents if ridge <= heights[descent.start] * (1 - xi)]
    for descent in kept:
        descent.ridge = max(descent.ridge, ridge)
    return kept


def _end_of_slope(steep: np.ndarray, back: np.ndarray, start: int, flat: int) -> int:
    """The last steep point of a slope that nowhere goes back, nor is flat for long."""
    end, since = start, 0
    for at in range(start, len(steep)):
        if steep[at]:
            end, since = at, 0
        elif back[at] or since == flat:
            break
        else:
            since += 1
    return end


def _valley(
    plot: ReachabilityPlot,
    heights: np.ndarray,
    descent: _Descent,
    ascent: tuple[int, int],
    xi: float,
) -> tuple[int, int] | None:
    """The cluster between two slopes, whose higher end is cut to the level of the lower one."""
    (start, end), (foot, _) = (descent.start, ascent[1]), ascent
    before, behind = heights[start], heights[end + 1]
    if behind * (1 - xi) < descent.ridge:
        return None
    if before * (1 - xi) >= behind:
        while heights[start + 1] > behind and start < descent.end:
            start += 1
    elif behind * (1 - xi) >= before:
        while heights[end - 1] > before and end > foot:
            end -= 1
    return start, _last_attached(plot, start, end)


def _last_attached(plot: ReachabilityPlot, start: int, end: int) -> int:
    """The last visit up to ``end`` that belongs to a cluster from ``start`` on.

    It was reached from within the cluster, or is easier to reach than the cluster's beginning,
    as the foot of the way up always is: both ends stand out from all that lies between.
    """
    within = slice(start, end + 1)
    belongs = plot.reachability[within] < plot.reachability[start]
    belongs |= plot.predecessor[within] >= start
    belongs[0] = True
    return start + int(np.flatnonzero(belongs)[-1])
