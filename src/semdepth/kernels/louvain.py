"""Louvain communities of a dense weighted graph, without an edge list or a second matrix.

A class similarity graph is complete, so the adjacency matrix ``A`` is its smallest form. With
``A_ii`` twice the weight of a self-loop, degrees ``k`` are row sums, and merging communities is
``Hᵀ A H`` for the 0/1 membership matrix ``H``: loops need no special case at any level.

With ``t`` the sum of A, node i in community C gains ``2 / t`` times

    K_Ci - γ k_i V_C / t,    K_Ci = sum of A_ij,  V_C = sum of k_j  over j in C other than i,

over i alone, so a node goes where that is highest. Two forms give ``K_Ci``, by what is cheap:

- **by rows**, while communities are many: row i of A is summed by community, n additions a visit;
- **by sums**, once they are few (28 of 21,843 classes after one round): ``K = Hᵀ A`` is kept, a
  row for each community, and a visit reads a column of it. A is symmetric, so a move of node i
  changes two rows of K, both by row i of A: ``K_home -= A_i`` and ``K_new += A_i``. After the
  first rounds hardly a node moves, and a round is as many numbers as K has, not n².

K begins as sums of A's rows, so it holds what summing anew would give; moves add no more than
float64's rounding, and a community that its last node leaves is set to zero. Nothing is tried
less often: every round visits every node, and rounds go on until one gains less than 1e-7. At
the end of a level K gives ``Hᵀ A H = K H``.

Home counts i itself: ``K_Ci`` by ``A_ii`` and ``V_C`` by ``k_i`` too much. So ``γ k_i² / t -
A_ii`` is added there, a number that each node keeps for all of a level.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from semdepth.kernels.communities import Communities, Graph, by_first_appearance
from semdepth.kernels.threads import row_blocks, share_rows, thread_count
from semdepth.kernels.twins import compiled_twins

# A round that gains less modularity than this ends the search (the reference's threshold).
_LEAST_GAIN = 1e-7

# Loading numba's cached code takes half a second, which is what the compiled loops save here.
COMPILED_FROM = 5_000
# Sums are kept for so many communities, or one for so many nodes: 87 MB at 21,843, where the
# matrix has 1.9 GB.
_FEW = 500
_NODES_A_SUM = 64
# Orders that are tried at once each keep sums of their own.
_MOST_THREADS = 4
# Visits by rows look at empty communities too; in so many parts of a round those are left out.
_PARTS = 16
_LEAST_PART = 32
# Rows of zeros in the sums, for nodes that are better alone.
_SPARE = 4
# Visits that numpy looks at together: as few as this after a move, and as many cells at most.
_AHEAD = 16
_CELLS_AHEAD = 1 << 16


def louvain(
    adjacency: np.ndarray,
    *,
    loop: float | None = None,
    resolution: float = 1.0,
    seed: int = 42,
    orders: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Community of each node, (n,), numbered by first appearance (Blondel et al. 2008).

    ``adjacency`` (n, n): symmetric, not negative, with twice the self-loops' weights on its
    diagonal; ``loop`` stands for all of the diagonal if it is given. The order in which nodes are
    visited decides which of several good partitions is found; of ``orders`` random ones, seeded
    by ``seed``, the best modularity wins. Each thread holds, beside the matrix, the sums and the
    matrix of the communities.

    >>> import numpy as np
    >>> louvain(np.array([[0, 3, 0, 1], [3, 0, 1, 0], [0, 1, 0, 3], [1, 0, 3, 0]]))
    array([0, 0, 1, 1])
    """
    graph = Graph.of(adjacency, loop)
    if not graph.degrees.any():
        return np.arange(len(graph))
    loops = _loops(len(graph))
    found: list[tuple[float, np.ndarray] | None] = [None] * orders
    randoms = np.random.default_rng(seed).spawn(orders)
    told = _counted(progress, orders)

    def work(turns: slice) -> None:
        for turn in range(turns.start, turns.stop):
            found[turn] = _one_order(graph, resolution, randoms[turn], loops)
            told()

    # The plain loops hold the interpreter's lock.
    threads = 1 if loops is _PLAIN else min(thread_count(), orders, _MOST_THREADS)
    share_rows(orders, work, threads, size=1)
    # The first of the best, whichever was ready first.
    return max(found, key=lambda partition: partition[0])[1]


def modularity(adjacency: np.ndarray, labels: np.ndarray, *, resolution: float = 1.0) -> float:
    """Newman's modularity of a partition; the same conventions as :func:`louvain`."""
    graph = Graph.of(adjacency)
    return Communities(graph, by_first_appearance(labels)[0]).merged()[1].modularity(resolution)


def _counted(progress: Callable[[int, int], None] | None, orders: int) -> Callable[[], None]:
    """Tells the progress one order further, from whichever thread."""
    lock, done = threading.Lock(), 0

    def one_more() -> None:
        nonlocal done
        with lock:
            done += 1
            if progress is not None:
                progress(done, orders)

    return one_more


def _one_order(
    graph: Graph, resolution: float, random: np.random.Generator, loops: Loops
) -> tuple[float, np.ndarray]:
    """Modularity and labels of the partition that one order of visits leads to."""
    total = graph.degrees.sum()
    labels = np.arange(len(graph))
    quality = graph.modularity(resolution)
    while True:
        moved, graph = _move_nodes(graph, resolution / total, random, loops).merged()
        labels = moved[labels]
        before, quality = quality, graph.modularity(resolution)
        if quality - before < _LEAST_GAIN:
            return quality, by_first_appearance(labels)[0]


def _move_nodes(
    graph: Graph, scale: float, random: np.random.Generator, loops: Loops
) -> Communities:
    """Move each node to the community that gains most, until a whole round gains nothing.

    ``scale`` is the resolution over the sum of all degrees, ``γ / t``.
    """
    n, total = len(graph), graph.degrees.sum()
    communities = Communities(graph, np.arange(n))
    share = scale * graph.degrees
    nodes = graph.weights, share * graph.degrees - graph.stored, graph.degrees, share
    gained = np.inf
    while gained >= _LEAST_GAIN:
        order = random.permutation(n)
        few = communities.renumber(_SPARE) <= max(_FEW, n // _NODES_A_SUM)
        if few and communities.sums is None and np.isfinite(gained):
            communities.keep_sums(loops.add_rows)
        a_round = _round_by_rows if communities.sums is None else _round_by_sums
        gained = 2 * a_round(order, nodes, communities, loops) / total
    return communities


def _round_by_rows(
    order: np.ndarray, nodes: tuple, communities: Communities, loops: Loops
) -> float:
    gains = 0.0
    for part in row_blocks(len(order), max(_LEAST_PART, -(-len(order) // _PARTS))):
        # Each visit may take one empty community, and all nodes need no more than n.
        live = np.count_nonzero(communities.sizes)
        communities.renumber(min(part.stop - part.start, len(order) - live))
        at_work = communities.labels, communities.volume, communities.sizes
        gains += loops.visit_by_rows(order[part], nodes, at_work)
    return gains


def _round_by_sums(
    order: np.ndarray, nodes: tuple, communities: Communities, loops: Loops
) -> float:
    gains, done = 0.0, 0
    while True:
        at_work = (communities.labels, communities.volume, communities.sizes, communities.sums)
        gained, visited = loops.visit_by_sums(order[done:], nodes, at_work)
        gains, done = gains + gained, done + visited
        if done == len(order):
            return gains
        communities.renumber(_SPARE)


def _visit_by_rows(order: np.ndarray, nodes: tuple, communities: tuple) -> float:
    """Visits in turn, in place; returns the sum of the gains in link weight."""
    weights, own, _, share = nodes
    labels, volume, _ = communities
    gains, gain = 0.0, np.empty(len(volume))
    for node in order.tolist():
        home = labels[node]
        links = np.bincount(labels, weights[node], len(volume))
        np.multiply(volume, share[node], out=gain)
        np.subtract(links, gain, out=gain)
        gain[home] = at_home = gain[home] + own[node]
        new = gain.argmax()
        if gain[new] > at_home:
            gains += gain[new] - at_home
            _move(node, new, nodes, communities)
    return gains


def _visit_by_sums(order: np.ndarray, nodes: tuple, communities: tuple) -> tuple[float, int]:
    """The same until no community is empty; returns also how many nodes were visited.

    Between two moves all visits see the same communities, so they are made together.
    """
    _, own, _, share = nodes
    labels, volume, sizes, sums = communities
    own, share, across = own[order], share[order], np.arange(len(order))
    gains, done, width, volume_down = 0.0, 0, _AHEAD, volume[:, None]
    most = max(_AHEAD, _CELLS_AHEAD // len(volume))
    while done < len(order) and not sizes.all():
        ahead = order[done : done + width]
        gain = sums.take(ahead, axis=1)
        gain -= volume_down * share[done : done + width]
        cells, columns = gain.reshape(-1), across[: len(ahead)]
        home = labels[ahead] * len(ahead) + columns
        at_home = cells[home] + own[done : done + width]
        cells[home] = at_home
        new = gain.argmax(axis=0)
        highest = cells[new * len(ahead) + columns]
        moves = highest > at_home
        first = int(moves.argmax())
        if moves[first]:
            gains += highest[first] - at_home[first]
            _move(ahead[first], new[first], nodes, communities)
            done, width = done + first + 1, max(_AHEAD, min(width, 2 * first))
        else:
            done, width = done + len(ahead), min(most, 2 * width)
    return gains, done


def _move(node: int, new: int, nodes: tuple, communities: tuple) -> None:
    """Put a node into another community, in place."""
    weights, _, degrees, _ = nodes
    labels, volume, sizes, *sums = communities
    home, labels[node] = labels[node], new
    volume[new] += degrees[node]
    sizes[new] += 1
    sizes[home] -= 1
    # What its last node leaves is empty, not almost.
    volume[home] = volume[home] - degrees[node] if sizes[home] else 0.0
    for of_communities in sums:
        of_communities[new] += weights[node]
        if sizes[home]:
            of_communities[home] -= weights[node]
        else:
            of_communities[home] = 0.0


def _add_rows(weights: np.ndarray, labels: np.ndarray, sums: np.ndarray) -> None:
    """Each node's row added to the sums of its community, node by node."""
    for community, row in zip(labels, weights, strict=True):
        sums[community] += row


@dataclass(frozen=True, slots=True)
class Loops:
    """The loops that have compiled twins."""

    visit_by_rows: Callable[..., float]
    visit_by_sums: Callable[..., tuple[float, int]]
    add_rows: Callable[..., None]


_PLAIN = Loops(_visit_by_rows, _visit_by_sums, _add_rows)


def _loops(n: int) -> Loops:
    twins = compiled_twins("compiled_louvain") if n >= COMPILED_FROM else None
    if twins is None:
        return _PLAIN
    return Loops(twins.visit_by_rows, twins.visit_by_sums, twins.add_rows)
