"""HDBSCAN (Campello, Moulavi & Sander 2013; with Zimek 2015) on a dense matrix, in row operations.

The *mutual reachability* of two points is the largest of their distance and their two core
distances. Its single-linkage tree is pruned of clusters below a least size, and of the clusters
that are left those are chosen that together are the most stable ("excess of mass").

The single-linkage tree takes no spanning tree. When Prim's algorithm visits a point at height h,
from a point p visited earlier, all that it visited since p came at most at h, because the way
from p was open all along. So at every height the clusters are runs of consecutive visits, and a
merge joins two runs that are neighbours: the heights in the order of the visits say everything.

Core distances make many heights equal, and which of these merges first decides what the tree
looks like between them. Here as in scikit-learn, whose labels these are, heights are sorted by
numpy's unstable argsort, whose order among equals is the processor's (AVX-512, AVX2 or neither);
of points that are equally near the one with the smaller index is visited first. No fixed rule
gives the reference's labels on all of its networks; ``merge_order`` takes one who needs one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from semdepth.kernels.density.distances import Progress, core_distance, told


@dataclass(frozen=True, eq=False, slots=True)
class _Runs:
    """The single-linkage tree: nodes 0 to n - 1 are single visits, n + k is the k-th merge.

    Node i is the run of ``size[i]`` visits from ``first[i]`` on; the merge n + k joined the two
    nodes of ``parts[k]``, left and right.
    """

    first: list[int]
    size: list[int]
    parts: list[tuple[int, int]]


@dataclass(slots=True)
class _Condensed:
    """The tree without clusters below the least size, cluster 0 holding all points.

    A cluster is a run of visits, was born at a density (1 / height) in its parent, and loses
    parts: (cluster, density, size of the part, how many such parts).
    """

    first: list[int] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    birth: list[float] = field(default_factory=list)
    losses: list[tuple[int, float, int, int]] = field(default_factory=list)

    def add(self, first: int, size: int, parent: int, birth: float) -> int:
        self.first.append(first)
        self.size.append(size)
        self.parent.append(parent)
        self.birth.append(birth)
        return len(self.first) - 1


def hdbscan(
    similarity: np.ndarray,
    *,
    min_cluster_size: int,
    merge_order: np.ndarray | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """Cluster of each item, (n,), or -1; 2 n row operations on a similarity matrix (n, n).

    ``similarity`` is symmetric, at most 1, with ones on its diagonal; it is only read, and the
    memory beside it is O(n). ``2 <= min_cluster_size <= n``, which is also the number of
    neighbours of the core distances. ``merge_order`` (n - 1,) sorts the heights of
    :func:`visits`, where equal ones are to merge in an order of the caller's.

    >>> pairs = np.kron(np.eye(2), np.ones((2, 2)))
    >>> hdbscan(pairs, min_cluster_size=2)
    array([0, 0, 1, 1])
    """
    points, heights = visits(similarity, min_cluster_size, progress)
    if merge_order is None:
        merge_order = np.argsort(heights)
    tree = _condense(_merge(merge_order), heights[merge_order], min_cluster_size)
    labels = np.full(len(points), -1, dtype=np.int64)
    for label, cluster in enumerate(_most_stable(tree)):
        begin = tree.first[cluster]
        labels[points[begin : begin + tree.size[cluster]]] = label
    return labels


def visits(
    similarity: np.ndarray, min_samples: int, progress: Progress | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Prim's algorithm on mutual reachabilities from point 0 on: points (n,), heights (n - 1,).

    ``heights[i]`` is what it took to come to ``points[i + 1]``. Visited points get an endless
    core distance, and with it an endless reachability from everywhere.
    """
    n = len(similarity)
    row, core = np.empty((2, n), dtype=similarity.dtype)
    for point, similar in zip(told(range(n), 2 * n, progress), similarity, strict=True):
        core[point] = core_distance(np.subtract(1, similar, out=row), min_samples)
    points, heights = np.zeros(n, dtype=np.int64), np.empty(n - 1)
    nearest = np.full_like(core, np.inf)
    point = 0
    for turn in told(range(n + 1, 2 * n), 2 * n, progress):
        own = core[point]
        core[point] = nearest[point] = np.inf
        np.subtract(1, similarity[point], out=row)
        np.maximum(row, core, out=row)
        np.maximum(row, own, out=row)
        np.minimum(nearest, row, out=nearest)
        point = int(nearest.argmin())
        points[turn - n], heights[turn - n - 1] = point, nearest[point]
    return points, heights


def _merge(order: np.ndarray) -> _Runs:
    """Join runs over the heights in this order; height i lies between visits i and i + 1."""
    n = len(order) + 1
    runs = _Runs(list(range(n)), [1] * n, [])
    # The run that a visit is in, kept where it is needed: at a run's two ends.
    run_at = list(range(n))
    for node, gap in enumerate(order.tolist(), start=n):
        left, right = run_at[gap], run_at[gap + 1]
        runs.parts.append((left, right))
        runs.first.append(runs.first[left])
        runs.size.append(runs.size[left] + runs.size[right])
        run_at[runs.first[node]] = run_at[gap + runs.size[right]] = node
    return runs


def _condense(runs: _Runs, heights: np.ndarray, least: int) -> _Condensed:
    """Go down the tree, level by level; only a split into two large parts makes new clusters.

    ``heights`` are the merges'. Clusters are numbered as they are met, parents before children.
    """
    n = len(heights) + 1
    density = np.divide(1.0, heights, out=np.full(n - 1, np.inf), where=heights > 0).tolist()
    tree = _Condensed()
    queue = deque([(len(runs.parts) - 1, tree.add(0, n, -1, 0.0))])
    while queue:
        merge, cluster = queue.popleft()
        level, sizes = density[merge], [runs.size[part] for part in runs.parts[merge]]
        splits = min(sizes) >= least
        for part, size in zip(runs.parts[merge], sizes, strict=True):
            into = cluster
            if splits:
                into = tree.add(runs.first[part], size, cluster, level)
                tree.losses.append((cluster, level, size, 1))
            elif size < least:
                tree.losses.append((cluster, level, 1, size))
            if size >= least:
                queue.append((part - n, into))
    return tree


def _stabilities(tree: _Condensed) -> np.ndarray:
    """Per cluster, its points' densities when they leave it, less its own at birth, summed.

    One by one in the order of leaving: clusters whose stabilities tie are told apart, or not, by
    the last bit.
    """
    cluster, density, size, times = (np.array(column) for column in zip(*tree.losses, strict=True))
    with np.errstate(invalid="ignore"):
        # Of identical points density is endless, at birth too.
        gains = (density - np.array(tree.birth)[cluster]) * size
    return np.bincount(np.repeat(cluster, times), np.repeat(gains, times), len(tree.birth))


def _most_stable(tree: _Condensed) -> list[int]:
    """The clusters that are more stable than what is below them together, topmost of each branch.

    All points together are none: that would say nothing.
    """
    stability = _stabilities(tree).tolist()
    below, stable = [0.0] * len(stability), [False] * len(stability)
    for cluster in range(len(stability) - 1, 0, -1):
        # Written so that an undefined stability (endless less endless) keeps the cluster.
        stable[cluster] = not below[cluster] > stability[cluster]
        most = stability[cluster] if stable[cluster] else below[cluster]
        below[tree.parent[cluster]] += most
    chosen, taken = [], [False] * len(stability)
    for cluster in range(1, len(stability)):
        taken[cluster] = stable[cluster] or taken[tree.parent[cluster]]
        if stable[cluster] and not taken[tree.parent[cluster]]:
            chosen.append(cluster)
    return chosen
