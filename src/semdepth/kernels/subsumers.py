"""Lowest common subsumers and path lengths of all pairs of classes at once.

A dynamic programme down the sub-graph of the classes' ancestors. Fix a class ``u``. For a
node ``v`` let ``best(v)`` be the preferred common ancestor of ``u`` and ``v``, and
``distance(v)`` the shortest path between them through any common ancestor. A common
ancestor of ``u`` and ``v`` is ``v`` itself or a common ancestor of ``u`` and a parent of
``v``, so both follow from the parents alone::

    best(v)     = the greater of  v, if v is an ancestor of u,  and  best(p), p a parent of v
    distance(v) = the smaller of  up(u, v), if v is an ancestor of u,  and  distance(p) + 1

Nodes are laid out by depth, so one step handles a whole level, for a block of classes ``u``
at a time. "Greater" is an integer key: depth first, then the smaller name. That ``u`` itself
wins its ties (method 5) is a key above all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

_FIRST_WINS = np.iinfo(np.int32).max
_FAR = np.uint16(30_000)
# Two int32-sized work arrays of one block stay within a core's second-level cache.
_BLOCK_BYTES = 1 << 21


@dataclass(frozen=True, eq=False, slots=True)
class AncestorGraph:
    """The ancestors of some classes, laid out so that a parent stands before its children.

    ``nodes`` (m,) are concepts of the taxonomy, ``classes`` (n,) positions among them;
    ``steps`` hold ``(first, last, parents)``: the nodes ``first:last`` have these parents.
    ``indptr, ancestors, up`` list each node's ancestors, itself included, in rising order,
    with the shortest upward distance. ``key`` (m,) orders candidates, greater is preferred.
    """

    nodes: np.ndarray
    classes: np.ndarray
    steps: tuple[tuple[int, int, np.ndarray], ...]
    indptr: np.ndarray
    ancestors: np.ndarray
    up: np.ndarray
    key: np.ndarray
    node_of_key: np.ndarray
    wins: np.ndarray


def ancestor_graph(
    parent_offsets: np.ndarray,
    parents: np.ndarray,
    level: np.ndarray,
    depth: np.ndarray,
    name_rank: np.ndarray,
    concepts: np.ndarray,
) -> AncestorGraph:
    """Lay out the ancestors of ``concepts``.

    ``level`` is any depth that grows from parent to child (the longest path to the root);
    ``depth`` is the one that decides between candidates, ``name_rank`` breaks its ties.
    """
    nodes = _ancestors_of_all(parent_offsets, parents, concepts)
    n_parents = np.diff(parent_offsets)[nodes]
    # Within a level, nodes with more parents first: then the r-th parents of a level
    # belong to a contiguous run of nodes.
    nodes = nodes[np.lexsort((nodes, -n_parents, level[nodes]))]
    n_parents = np.diff(parent_offsets)[nodes]
    place = np.full(len(level), -1, dtype=np.int32)
    place[nodes] = np.arange(len(nodes), dtype=np.int32)

    steps = []
    starts = np.flatnonzero(np.diff(level[nodes], prepend=-2))
    for first, end in zip(starts, np.append(starts, len(nodes))[1:], strict=True):
        for rank in range(n_parents[first]):
            last = first + int(np.count_nonzero(n_parents[first:end] > rank))
            above = place[parents[parent_offsets[nodes[first:last]] + rank]]
            steps.append((int(first), last, above))

    key = _candidate_key(depth[nodes], name_rank[nodes])
    node_of_key = np.argsort(key).astype(np.int32)
    indptr, ancestors, up = _ancestor_lists(len(nodes), steps)
    deepest = np.maximum.reduceat(depth[nodes][ancestors], indptr[:-1])
    return AncestorGraph(
        nodes=nodes,
        classes=place[concepts],
        steps=tuple(steps),
        indptr=indptr,
        ancestors=ancestors,
        up=up,
        key=key,
        node_of_key=node_of_key,
        wins=depth[nodes] == deepest,
    )


def subsumer_blocks(
    graph: AncestorGraph, sources: np.ndarray | None = None
) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Yield ``(rows, subsumer, distance)`` until all classes, or all ``sources``, have been rows.

    ``subsumer`` (b, n) holds nodes of ``graph``, ``distance`` (b, n) path lengths in edges;
    the class of the row is the first of the two.
    """
    classes = graph.classes if sources is None else graph.classes[sources]
    n = len(classes)
    size = max(16, _BLOCK_BYTES // (4 * max(1, len(graph.nodes))))
    for start in range(0, n, size):
        rows = slice(start, min(n, start + size))
        yield rows, *_subsumer_rows(graph, classes[rows])


def distance_to_ancestors(graph: AncestorGraph) -> np.ndarray:
    """Shortest path from each class to each of its ancestors, (m, n), 0 where not an ancestor.

    Not always the way up: where a shortcut leads past the ancestor, the path may go over it
    and down again.
    """
    n, m = len(graph.classes), len(graph.nodes)
    table = np.zeros((m, n), dtype=np.uint8 if len(graph.steps) < 128 else np.uint16)
    up_row = np.full(m, _FAR, dtype=np.uint16)
    for column, node in enumerate(graph.classes):
        mine = slice(graph.indptr[node], graph.indptr[node + 1])
        above = graph.ancestors[mine]
        up_row[above] = graph.up[mine]
        flat, starts = concatenated_rows(graph.indptr, above)
        over = graph.up[flat] + up_row[graph.ancestors[flat]]
        table[above, column] = np.minimum.reduceat(over, starts)
        up_row[above] = _FAR
    return table


def concatenated_rows(indptr: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of all entries of some compressed rows, and where each row starts among them."""
    lengths = indptr[rows + 1] - indptr[rows]
    ends = np.cumsum(lengths)
    starts = ends - lengths
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(indptr[rows] - starts, lengths), starts


def _subsumer_rows(graph: AncestorGraph, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    m, b = len(graph.nodes), len(classes)
    best = np.full((m, b), -1, dtype=np.int32)
    distance = np.full((m, b), _FAR, dtype=np.uint16)
    for column, node in enumerate(classes):
        mine = slice(graph.indptr[node], graph.indptr[node + 1])
        above = graph.ancestors[mine]
        best[above, column] = graph.key[above]
        distance[above, column] = graph.up[mine]
        if graph.wins[node]:
            best[node, column] = _FIRST_WINS
    for first, last, above in graph.steps:
        np.maximum(best[first:last], best[above], out=best[first:last])
        np.minimum(distance[first:last], distance[above] + 1, out=distance[first:last])
    key = best[graph.classes].T
    own = key == _FIRST_WINS
    subsumer = np.where(own, classes[:, None], graph.node_of_key[np.where(own, 0, key)])
    return subsumer, distance[graph.classes].T


def _ancestors_of_all(
    parent_offsets: np.ndarray, parents: np.ndarray, concepts: np.ndarray
) -> np.ndarray:
    seen = np.zeros(len(parent_offsets) - 1, dtype=bool)
    frontier = np.unique(concepts)
    while len(frontier):
        seen[frontier] = True
        flat, _ = concatenated_rows(parent_offsets, frontier)
        above = np.unique(parents[flat])
        frontier = above[~seen[above]]
    return np.flatnonzero(seen)


def _ancestor_lists(
    m: int, steps: list[tuple[int, int, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every node's ancestors with their upward distances, in compressed rows."""
    parents_of: list[list[int]] = [[] for _ in range(m)]
    for first, last, above in steps:
        for node, parent in zip(range(first, last), above.tolist(), strict=True):
            parents_of[node].append(parent)
    rows: list[dict[int, int]] = []
    for node in range(m):
        row: dict[int, int] = {}
        for parent in parents_of[node]:
            for ancestor, steps_up in rows[parent].items():
                if steps_up + 1 < row.get(ancestor, _FAR):
                    row[ancestor] = steps_up + 1
        row[node] = 0
        rows.append(row)
    indptr = np.zeros(m + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=indptr[1:])
    ancestors = np.fromiter((a for row in rows for a in sorted(row)), np.int32, indptr[-1])
    up = np.fromiter((row[a] for row in rows for a in sorted(row)), np.uint16, indptr[-1])
    return indptr, ancestors, up


def _candidate_key(depth: np.ndarray, name_rank: np.ndarray) -> np.ndarray:
    """A permutation of 0..m-1: greater depth is greater, then the smaller name."""
    key = np.empty(len(depth), dtype=np.int32)
    key[np.lexsort((-name_rank, depth))] = np.arange(len(depth), dtype=np.int32)
    return key
