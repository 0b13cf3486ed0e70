"""Where the classes and edges of a tree go on paper, such that nothing lies over anything.

Pure geometry, in points, x to the right and y downwards. A tree grows sideways from the node in
its middle, to the right or to both sides. Every node but the root is one block with the label
of the edge that leads to it, and blocks are packed by their subtrees' outlines, so that no two
overlap, whatever their sizes. Edges bend only in the gap behind their parent, which is kept free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from semdepth.writing.figures.packing import ASPECT, pack

_ROW_SPACE = 4.0
_STUB = 7.0
_GAP = (22.0, 3.0, 90.0)
# Outlines are kept in columns of this width.
_COLUMN = 4.0


@dataclass(frozen=True, eq=False, slots=True)
class TreeLayout:
    """A tree or forest laid out on a page from (0, 0) to (``width``, ``height``).

    ``nodes`` (n, 4) and ``labels`` (m, 4) are boxes: left, top, right, bottom. ``curves``
    (m, 5, 2) are the edges: a cubic curve's four points, then the end of the straight line that
    follows, on which the label lies.
    """

    width: float
    height: float
    nodes: np.ndarray
    labels: np.ndarray
    curves: np.ndarray


@dataclass(frozen=True, eq=False, slots=True)
class _Hanging:
    """A tree hung up at ``order[0]``: its nodes in breadth-first order, with their kin."""

    order: list[int]
    parent: dict[int, int]
    edge_above: list[int]
    children: list[list[int]]
    leaves: list[int]


def lay_out_forest(
    node_sizes: np.ndarray, edges: np.ndarray, label_sizes: np.ndarray
) -> TreeLayout:
    """Lay out n nodes (n, 2), joined by edges (m, 2) with labels (m, 2); sizes are width, height.

    >>> two = lay_out_forest(np.array([[40, 10], [30, 10]]), np.array([[0, 1]]), np.array([[9, 8]]))
    >>> two.nodes.tolist(), two.labels.tolist()
    ([[0.0, 0.0, 40.0, 10.0], [78.0, 0.0, 108.0, 10.0]], [[62.0, 1.0, 71.0, 9.0]])
    """
    nodes = np.empty((len(node_sizes), 4))
    labels = np.empty((len(edges), 4))
    curves = np.empty((len(edges), 5, 2))
    trees = []
    for members, lines in _components(len(node_sizes), edges):
        local = {node: k for k, node in enumerate(members)}
        joined = [(local[a], local[b]) for a, b in edges[lines].tolist()]
        tree = _lay_out_tree(node_sizes[members], joined, label_sizes[lines])
        trees.append((members, lines, tree))
    corners, width, height = pack([(tree.width, tree.height) for _, _, tree in trees], 18.0)
    for (members, lines, tree), corner in zip(trees, corners, strict=True):
        nodes[members] = tree.nodes + np.tile(corner, 2)
        labels[lines] = tree.labels + np.tile(corner, 2)
        curves[lines] = tree.curves + corner
    return TreeLayout(width, height, nodes, labels, curves)


def walk_forest(n: int, edges: np.ndarray) -> list[int]:
    """The nodes of a forest, each tree from one end of its longest path to the other.

    >>> walk_forest(4, np.array([[0, 1], [1, 2], [1, 3]]))
    [3, 1, 2, 0]
    """
    near = _neighbours(n, edges.tolist())
    walked: list[int] = []
    for members, _ in _components(n, edges):
        order, parent = _breadth_first(near, _breadth_first(near, members[0])[0][-1])
        height = dict.fromkeys(order, 0)
        for node in reversed(order[1:]):
            height[parent[node]] = max(height[parent[node]], height[node] + 1)
        waiting = [order[0]]
        while waiting:
            node = waiting.pop()
            walked.append(node)
            below = [other for other, _ in near[node] if other != parent[node]]
            # The last in is the first out: side branches before the longest path goes on.
            waiting.extend(sorted(below, key=lambda k: (-height[k], k)))
    return walked


def _lay_out_tree(
    node_sizes: np.ndarray, edges: list[tuple[int, int]], label_sizes: np.ndarray
) -> TreeLayout:
    """One-sided or two-sided, whichever fills a page better."""
    tree = _hang_up(len(node_sizes), edges)
    pages = [
        _arrange(tree, node_sizes, label_sizes, to_the_left) for to_the_left in (set(), _half(tree))
    ]
    return min(pages, key=lambda page: (max(page.width / ASPECT, page.height), page.width))


def _arrange(
    tree: _Hanging, node_sizes: np.ndarray, label_sizes: np.ndarray, to_the_left: set[int]
) -> TreeLayout:
    """Lay out a tree whose root has the branches ``to_the_left`` there, the others to its right."""
    n = len(tree.order)
    side = np.ones(n)
    for node in tree.order[1:]:
        parent = tree.parent[node]
        side[node] = side[parent] if parent != tree.order[0] else 1 - 2 * (node in to_the_left)
    edge_width = np.zeros(n)
    blocks = np.array(node_sizes, dtype=float)
    below = tree.order[1:]
    if below:
        above = [tree.edge_above[node] for node in below]
        edge_width[below] = label_sizes[above, 0] + _STUB
        blocks[below, 1] = np.maximum(blocks[below, 1], label_sizes[above, 1])
    near, far = _columns(tree, blocks[:, 0], edge_width, side)
    y = _rows(tree, near, far, blocks[:, 1] / 2, side)
    return _placed(tree, node_sizes, label_sizes, (near, far, y, side))


def _columns(
    tree: _Hanging, widths: np.ndarray, edge_widths: np.ndarray, side: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How far from the root's middle each block begins and ends."""
    root = tree.order[0]
    near, far = np.zeros(len(widths)), np.zeros(len(widths))
    near[root], far[root] = -widths[root] / 2, widths[root] / 2
    narrowest, per_leaf, widest = _GAP
    for node in tree.order:
        for fan in _fans(tree, node, side):
            leaves = sum(tree.leaves[child] for child in fan)
            near[fan] = far[node] + min(narrowest + per_leaf * (leaves - 1), widest)
            far[fan] = near[fan] + edge_widths[fan] + widths[fan]
    return near, far


def _fans(tree: _Hanging, node: int, side: np.ndarray) -> list[list[int]]:
    """A node's children, those of the root by side."""
    fans = [[c for c in tree.children[node] if side[c] == towards] for towards in (1, -1)]
    return [fan for fan in fans if fan]


def _rows(
    tree: _Hanging, near: np.ndarray, far: np.ndarray, half: np.ndarray, side: np.ndarray
) -> np.ndarray:
    """How far below the root's middle each block's middle is."""
    offset, y = np.zeros(len(near)), np.zeros(len(near))
    outlines: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for node in reversed(tree.order):
        begin, end = int(near[node] // _COLUMN), int(np.ceil(far[node] / _COLUMN))
        top, bottom = [np.full(end - begin, -half[node])], [np.full(end - begin, half[node])]
        for fan in _fans(tree, node, side):
            offset[fan], fan_top, fan_bottom = _stack([outlines.pop(child) for child in fan])
            # The edges bend between their parent and the fan; nothing else may come there.
            gap = int(near[fan[0]] // _COLUMN) - end
            top += [np.full(gap, fan_top[0]), fan_top]
            bottom += [np.full(gap, fan_bottom[0]), fan_bottom]
        outlines[node] = np.concatenate(top), np.concatenate(bottom)
    for node in tree.order[1:]:
        y[node] = y[tree.parent[node]] + offset[node]
    return y


def _stack(
    outlines: list[tuple[np.ndarray, np.ndarray]],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Put subtrees that begin in the same column one below another, as close as they go."""
    longest = max(len(top) for top, _ in outlines)
    fan_top, fan_bottom = np.full(longest, np.inf), np.full(longest, -np.inf)
    offsets = np.zeros(len(outlines))
    for k, (top, bottom) in enumerate(outlines):
        reach = len(top)
        if k:
            offsets[k] = (fan_bottom[:reach] - top).max() + _ROW_SPACE
        fan_top[:reach] = np.minimum(fan_top[:reach], top + offsets[k])
        fan_bottom[:reach] = np.maximum(fan_bottom[:reach], bottom + offsets[k])
    middle = (offsets[0] + offsets[-1]) / 2
    return offsets - middle, fan_top - middle, fan_bottom - middle


def _placed(
    tree: _Hanging, node_sizes: np.ndarray, label_sizes: np.ndarray, where: tuple
) -> TreeLayout:
    near, far, y, side = where
    boxes = _boxes(far - node_sizes[:, 0], far, y, node_sizes[:, 1], side)
    below = np.array(tree.order[1:], dtype=int)
    above = np.array(tree.edge_above, dtype=int)[below]
    labels, curves = np.empty((len(below), 4)), np.empty((len(below), 5, 2))
    width, height = label_sizes[above].T
    start, turn = near[below], side[below]
    labels[above] = _boxes(start, start + width, y[below], height, turn)
    parent = [tree.parent[node] for node in tree.order[1:]]
    bend = far[parent]
    xs = bend, (bend + start) / 2, (bend + start) / 2, start, start + width + _STUB
    ys = y[parent], y[parent], y[below], y[below], y[below]
    curves[above] = np.stack((np.stack(xs, axis=1) * turn[:, None], np.stack(ys, axis=1)), axis=2)
    everything = np.concatenate((boxes, labels))
    corner = everything[:, :2].min(axis=0)
    page = everything[:, 2:].max(axis=0) - corner
    shift = np.tile(corner, 2)
    return TreeLayout(*page.tolist(), boxes - shift, labels - shift, curves - corner)


def _boxes(near, far, y, height, side) -> np.ndarray:
    left, right = np.where(side > 0, near, -far), np.where(side > 0, far, -near)
    return np.stack((left, y - height / 2, right, y + height / 2), axis=1)


def _half(tree: _Hanging) -> set[int]:
    """The root's branches that go to the left, with about half of the leaves."""
    left, right, chosen = 0, 0, set()
    for child in sorted(tree.children[tree.order[0]], key=lambda k: (-tree.leaves[k], k)):
        if left < right:
            left += tree.leaves[child]
            chosen.add(child)
        else:
            right += tree.leaves[child]
    return chosen


def _hang_up(n: int, edges: Sequence[tuple[int, int]]) -> _Hanging:
    """Root a tree in its middle; each node's biggest branches come to lie between the others."""
    near = _neighbours(n, edges)
    order, parent = _breadth_first(near, _middle(near))
    edge_above, children, leaves = [-1] * n, [[] for _ in range(n)], [0] * n
    for node in reversed(order):
        small_first = sorted(children[node], key=lambda k: (leaves[k], k))
        children[node] = small_first[::2] + small_first[1::2][::-1]
        leaves[node] = max(1, sum(leaves[child] for child in small_first))
        if parent[node] >= 0:
            children[parent[node]].append(node)
            edge_above[node] = next(edge for k, edge in near[node] if k == parent[node])
    return _Hanging(order, parent, edge_above, children, leaves)


def _middle(near: list[list[tuple[int, int]]]) -> int:
    """The middle of a longest path; of two, the one with more neighbours."""
    start = _breadth_first(near, 0)[0][-1]
    order, parent = _breadth_first(near, start)
    path = [order[-1]]
    while parent[path[-1]] >= 0:
        path.append(parent[path[-1]])
    middles = path[(len(path) - 1) // 2 : len(path) // 2 + 1]
    return min(middles, key=lambda node: (-len(near[node]), node))


def _neighbours(n: int, edges: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    near: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for edge, (a, b) in enumerate(edges):
        near[a].append((b, edge))
        near[b].append((a, edge))
    return near


def _breadth_first(
    near: list[list[tuple[int, int]]], start: int
) -> tuple[list[int], dict[int, int]]:
    """The nodes that can be reached, in breadth-first order, and each one's parent."""
    order, parent = [start], {start: -1}
    for node in order:
        for other, _ in near[node]:
            if other not in parent:
                parent[other] = node
                order.append(other)
    return order, parent


def _components(n: int, edges: np.ndarray) -> list[tuple[list[int], list[int]]]:
    """Each tree of a forest: its nodes, and its edges' positions."""
    near = _neighbours(n, edges.tolist())
    seen: set[int] = set()
    trees = []
    for start in range(n):
        if start not in seen:
            members = _breadth_first(near, start)[0]
            seen.update(members)
            lines = sorted({edge for node in members for _, edge in near[node]})
            trees.append((sorted(members), lines))
    return trees
