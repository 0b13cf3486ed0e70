"""Lowest common subsumers and path lengths of all pairs of classes at once.

A dynamic programme down the sub-graph of the classes' ancestors. Fix a class ``u``. For a
node ``v`` let ``best(v)`` be the preferred common ancestor of ``u`` and ``v``, and
``distance(v)`` the shortest path between them through any common ancestor. A common
ancestor of ``u`` and ``v`` is ``v`` itself or a common ancestor of ``u`` and a parent of
``v``, so both follow from the parents alone::

    best(v)     = the greater of  v, if v is an ancestor of u,  and  best(p), p a parent of v
    distance(v) = the smaller of  up(u, v), if v is an ancestor of u,  and  distance(p) + 1

Nodes are laid out by depth, so one step handles a whole level, for a block of classes ``u``
at a time; where numba is installed, classes are many and path lengths asked for, its twin in
``compiled.py`` takes one class at a time instead. "Greater" is an integer key: depth first, then
the smaller name. That ``u`` itself wins its ties (method 5) is a key above all others.

A few pairs need no dynamic programme: :func:`meet_pairs` compares their lists of ancestors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np

from semdepth.kernels.twins import compiled_twins

_FIRST_WINS = np.iinfo(np.int32).max
_FAR = np.uint16(30_000)
# Two int32-sized work arrays of one block stay within a core's second-level cache.
_BLOCK_BYTES = 1 << 21
# Loading numba's cached code takes half a second, which is what the compiled rows save here.
COMPILED_FROM = 2_500
_COMPILED_ROWS = 64


@dataclass(frozen=True, eq=False, slots=True)
class AncestorGraph:
    """The ancestors of some classes, laid out so that a parent stands before its children.

    ``nodes`` (m,) are concepts of the taxonomy, ``classes`` (n,) positions among them;
    ``steps`` hold ``(first, last, parents)``: the nodes ``first:last`` have these parents.
    ``indptr, ancestors, up`` list each node's ancestors, itself included, in rising order,
    with the shortest upward distance. ``key`` (m,) orders candidates, greater is preferred, and
    ``node_of_key`` undoes it. ``wins`` (m,): of its own ancestors none is preferred to the node.
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


class Meeting(NamedTuple):
    """Where the classes ``rows`` meet the classes from ``rows.start`` on, the first named first.

    ``subsumers`` are nodes of the graph. If asked for, ``distances`` are path lengths in edges, and
    ``climbs`` the lengths of the shortest paths from both classes to their subsumer, added up.
    """

    rows: slice
    subsumers: np.ndarray
    distances: np.ndarray | None
    climbs: np.ndarray | None


def subsumer_blocks(
    graph: AncestorGraph, *, distances: bool = False, climbs: bool = False
) -> Iterator[Meeting]:
    """All pairs of classes, so many rows of the upper triangle at a time."""
    n = len(graph.classes)
    # Subsumers alone are as soon found without.
    pays = n >= COMPILED_FROM and (distances or climbs)
    compiled = _compiled_rows() if pays else None
    if compiled is None:
        size = max(16, _BLOCK_BYTES // (4 * max(1, len(graph.nodes))))
        rows_of = _plain_rows(graph, distances, climbs)
    else:
        size, rows_of = _COMPILED_ROWS, compiled(graph, distances, climbs)
    for start in range(0, n, size):
        rows = slice(start, min(n, start + size))
        yield Meeting(rows, *rows_of(rows))


def meet_pairs(graph: AncestorGraph, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Subsumers (nodes) and climbs, as in :class:`Meeting`, of some ordered pairs (k, 2)."""
    if not len(pairs):
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
    first, second = graph.classes[pairs].T
    flat, starts = concatenated_rows(graph.indptr, first)
    above = graph.ancestors[flat]
    lengths = np.diff(np.append(starts, len(flat)))
    shared = _upward(graph, np.repeat(second, lengths), above) < _FAR
    preferred = np.where(
        graph.wins[above] & (above == np.repeat(first, lengths)), _FIRST_WINS, graph.key[above]
    )
    best = np.maximum.reduceat(np.where(shared, preferred, -1), starts)
    own = best == _FIRST_WINS
    subsumers = np.where(own, first, graph.node_of_key[np.where(own, 0, best)])
    up = [_to_ancestors(graph, node, subsumers).astype(np.int64) for node in (first, second)]
    return subsumers, up[0] + up[1]


def _upward(graph: AncestorGraph, nodes: np.ndarray, above: np.ndarray) -> np.ndarray:
    """The shortest way up from each node to another one, ``_FAR`` where that is no ancestor."""
    m = len(graph.nodes)
    owner = np.repeat(np.arange(m), np.diff(graph.indptr))
    entries = owner * m + graph.ancestors
    wanted = nodes.astype(np.int64) * m + above
    place = np.minimum(np.searchsorted(entries, wanted), len(entries) - 1)
    return np.where(entries[place] == wanted, graph.up[place], _FAR)


def _to_ancestors(graph: AncestorGraph, nodes: np.ndarray, above: np.ndarray) -> np.ndarray:
    """The shortest path from each node to an ancestor of it.

    Not always the way up: where a shortcut leads past the ancestor, the path may go over it
    and down again.
    """
    flat, starts = concatenated_rows(graph.indptr, above)
    lengths = np.diff(np.append(starts, len(flat)))
    over = graph.up[flat] + _upward(graph, np.repeat(nodes, lengths), graph.ancestors[flat])
    return np.minimum.reduceat(over, starts)


def _to_all_ancestors(graph: AncestorGraph) -> np.ndarray:
    """The shortest path from each node to each of its ancestors, in the order of ``ancestors``."""
    owner = np.repeat(np.arange(len(graph.nodes)), np.diff(graph.indptr))
    # In pieces: an entry is compared with all ancestors of its ancestor.
    pieces = [
        _to_ancestors(graph, owner[part], graph.ancestors[part])
        for part in _pieces(len(owner), 1 << 16)
    ]
    return np.concatenate(pieces)


def _pieces(n: int, size: int) -> Iterator[slice]:
    return (slice(start, min(n, start + size)) for start in range(0, n, size))


def concatenated_rows(indptr: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of all entries of some compressed rows, and where each row starts among them."""
    lengths = indptr[rows + 1] - indptr[rows]
    ends = np.cumsum(lengths)
    starts = ends - lengths
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(indptr[rows] - starts, lengths), starts


def _plain_rows(graph: AncestorGraph, distances: bool, climbs: bool) -> Callable:
    table = _ancestor_table(graph) if climbs else None
    columns = np.arange(len(graph.classes))

    def rows_of(rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        subsumers = _subsumer_rows(graph, rows)
        apart = _distance_rows(graph, rows) if distances else None
        if table is None:
            return subsumers, apart, None
        climbed = table[subsumers, columns[rows, None]] + table[subsumers, columns[rows.start :]]
        return subsumers, apart, climbed

    return rows_of


def _ancestor_table(graph: AncestorGraph) -> np.ndarray:
    """Shortest path from each class to each of its ancestors, (m, n), 0 where not an ancestor."""
    lengths = _to_all_ancestors(graph)
    table = np.zeros((len(graph.nodes), len(graph.classes)), dtype=np.uint16)
    for column, node in enumerate(graph.classes):
        mine = slice(graph.indptr[node], graph.indptr[node + 1])
        table[graph.ancestors[mine], column] = lengths[mine]
    return table


def _compiled_rows() -> Callable | None:
    """The compiled twin of :func:`_plain_rows` where numba is installed, otherwise None."""
    twins = compiled_twins("compiled")
    if twins is None:
        return None

    def prepared(graph: AncestorGraph, distances: bool, climbs: bool) -> Callable:
        parent_offsets, parents = parent_rows(graph)
        lengths = _to_all_ancestors(graph) if climbs else graph.up
        n = len(graph.classes)

        def rows_of(rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
            shape = rows.stop - rows.start, n - rows.start
            subsumers = np.empty(shape, dtype=np.int32)
            apart = np.empty(shape, dtype=np.uint16)
            climbed = np.empty(shape if climbs else (0, 0), dtype=np.uint16)
            twins.subsumer_rows(
                graph.classes[rows.start :],
                (parent_offsets, parents),
                (graph.indptr, graph.ancestors, graph.up, lengths),
                (graph.key, graph.node_of_key, graph.wins),
                (subsumers, apart, climbed),
            )
            return subsumers, apart if distances else None, climbed if climbs else None

        return rows_of

    return prepared


def parent_rows(graph: AncestorGraph) -> tuple[np.ndarray, np.ndarray]:
    """The parents of each node of the graph in compressed rows."""
    m = len(graph.nodes)
    nodes = [np.arange(first, last) for first, last, _ in graph.steps]
    owner = np.concatenate([*nodes, np.zeros(0, dtype=np.int64)])
    above = np.concatenate([*(above for _, _, above in graph.steps), np.zeros(0, dtype=np.int32)])
    offsets = np.zeros(m + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=m), out=offsets[1:])
    return offsets, above[np.argsort(owner, kind="stable")].astype(np.int32)


def _subsumer_rows(graph: AncestorGraph, rows: slice) -> np.ndarray:
    classes = graph.classes[rows]
    best = np.full((len(graph.nodes), len(classes)), -1, dtype=np.int32)
    for column, node in enumerate(classes):
        above = graph.ancestors[graph.indptr[node] : graph.indptr[node + 1]]
        best[above, column] = graph.key[above]
        if graph.wins[node]:
            best[node, column] = _FIRST_WINS
    for first, last, above in graph.steps:
        np.maximum(best[first:last], best[above], out=best[first:last])
    key = best[graph.classes[rows.start :]].T
    own = key == _FIRST_WINS
    return np.where(own, classes[:, None], graph.node_of_key[np.where(own, 0, key)])


def _distance_rows(graph: AncestorGraph, rows: slice) -> np.ndarray:
    classes = graph.classes[rows]
    distance = np.full((len(graph.nodes), len(classes)), _FAR, dtype=np.uint16)
    for column, node in enumerate(classes):
        mine = slice(graph.indptr[node], graph.indptr[node + 1])
        distance[graph.ancestors[mine], column] = graph.up[mine]
    for first, last, above in graph.steps:
        np.minimum(distance[first:last], distance[above] + 1, out=distance[first:last])
    return distance[graph.classes[rows.start :]].T


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
    rows: list[list[int]] = []
    lengths: list[list[int]] = []
    for node, parents in enumerate(parents_of):
        row, up = _merged([(rows[parent], lengths[parent]) for parent in parents])
        # A node stands behind its ancestors, so the row keeps its order.
        rows.append([*row, node])
        lengths.append([*up, 0])
    indptr = np.zeros(m + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=indptr[1:])
    ancestors = np.fromiter(chain.from_iterable(rows), np.int32, indptr[-1])
    return indptr, ancestors, np.fromiter(chain.from_iterable(lengths), np.uint16, indptr[-1])


def _merged(above: list[tuple[list[int], list[int]]]) -> tuple[list[int], list[int]]:
    """Ancestors in rising order, one step farther up than from the parents they are listed by."""
    if len(above) == 1:
        ((row, up),) = above
        return row, [steps + 1 for steps in up]
    nearest: dict[int, int] = {}
    for row, up in above:
        for ancestor, steps in zip(row, up, strict=True):
            nearest[ancestor] = min(nearest.get(ancestor, steps + 1), steps + 1)
    merged = sorted(nearest)
    return merged, [nearest[ancestor] for ancestor in merged]


def _candidate_key(depth: np.ndarray, name_rank: np.ndarray) -> np.ndarray:
    """A permutation of 0..m-1: greater depth is greater, then the smaller name."""
    key = np.empty(len(depth), dtype=np.int32)
    key[np.lexsort((-name_rank, depth))] = np.arange(len(depth), dtype=np.int32)
    return key
