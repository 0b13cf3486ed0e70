"""Where arcs over a finished drawing go, such that they keep clear of what stands there.

Pure geometry, in points, x to the right and y downwards. Many curves are tried for every arc;
the best one is short, runs through no box and along no line, and has room for its label.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

_SAMPLES = 33
# How far a curve is drawn away from a box before it turns.
_PULLS = (10.0, 24.0, 52.0, 110.0)
# Where along the curve a label may lie, best first, as sample numbers.
_LABELS_AT = (16, 14, 18, 12, 20, 10, 22, 8, 24)
# What a sample within a box costs, one beside a line, and a label that hides most of its arc.
_THROUGH_BOX, _BESIDE_LINE, _HIDDEN = 120.0, 12.0, 100.0
_LINE_SPACE = 3.0
_LABEL_SPACE = 1.5
# An arc that costs more than this, say in points of length, is more confusing than helpful.
TOO_COSTLY = 480.0
_AT_ONCE = 48


@dataclass(frozen=True, eq=False, slots=True)
class Arc:
    """A cubic curve (4, 2) between two boxes, and its label's box (4,).

    ``cost`` is how far it is from ideal: its length, and more for all that it touches.
    """

    points: np.ndarray
    label: np.ndarray
    cost: float

    @property
    def extent(self) -> np.ndarray:
        """The box around it (4,)."""
        points = np.concatenate((cubic_points(self.points), self.label.reshape(2, 2)))
        return np.concatenate((points.min(axis=0), points.max(axis=0)))

    def moved(self, by: np.ndarray) -> Arc:
        return Arc(self.points + by, self.label + np.tile(by, 2), self.cost)


def cubic_points(controls: np.ndarray) -> np.ndarray:
    """33 points along cubic curves (..., 4, 2), ends included.

    >>> cubic_points(np.array([[0, 0], [1, 0], [2, 0], [3, 0]]))[16].tolist()
    [1.5, 0.0]
    """
    return _bernstein() @ controls


def route_arcs(
    nodes: np.ndarray,
    labels: np.ndarray,
    lines: np.ndarray,
    pairs: np.ndarray,
    label_sizes: np.ndarray,
) -> list[Arc | None]:
    """Join pairs (m, 2) of the boxes ``nodes`` (n, 4) by arcs with labels of such sizes (m, 2).

    Arcs keep clear of the nodes, of the boxes ``labels`` and of ``lines`` (k, 4, 2), which are
    cubic curves, as well as they can; labels never lie over a box. None where no arc costs less
    than :data:`TOO_COSTLY`.
    """
    boxes = np.concatenate((nodes, labels))
    points = cubic_points(lines).reshape(-1, 2)
    arcs = []
    for (a, b), size in zip(pairs.tolist(), label_sizes, strict=True):
        arc = _route(boxes, points, _curves(nodes[a], nodes[b]), size)
        arcs.append(arc)
        if arc is not None:
            points = np.concatenate((points, cubic_points(arc.points)))
            boxes = np.concatenate((boxes, arc.label[None]))
    return arcs


def _route(boxes: np.ndarray, lines: np.ndarray, curves: np.ndarray, size) -> Arc | None:
    """The best of some curves; the shortest first, for none costs less than its length."""
    along = cubic_points(curves)
    length = np.linalg.norm(np.diff(along, axis=1), axis=2).sum(axis=1)
    order = np.argsort(length, kind="stable")
    best, least = None, TOO_COSTLY
    for start in range(0, len(order), _AT_ONCE):
        some = order[start : start + _AT_ONCE]
        if length[some[0]] >= least:
            break
        cost, middles = _judged(boxes, lines, along[some], size)
        cost += length[some]
        k = int(cost.argmin())
        if cost[k] < least:
            least = float(cost[k])
            box = np.concatenate((middles[k] - size / 2, middles[k] + size / 2))
            best = Arc(curves[some[k]], box, least)
    return best


def _judged(boxes, lines, along, size) -> tuple[np.ndarray, np.ndarray]:
    """What each curve costs beside its length, and where its label's middle goes."""
    # The ends lie on the two boxes' borders; inside of them they count like anywhere.
    inner = along[:, 1:-1]
    grown = np.concatenate((-size / 2, size / 2)) + np.array((-1, -1, 1, 1)) * _LABEL_SPACE
    free = ~_hits(along[:, _LABELS_AT], boxes + grown)
    near = np.concatenate((lines - _LINE_SPACE, lines + _LINE_SPACE), axis=1)
    cost = _THROUGH_BOX * _hits(inner, boxes + np.array((0.5, 0.5, -0.5, -0.5))).sum(axis=1)
    cost += _BESIDE_LINE * _hits(inner, near).sum(axis=1)
    cost += np.where(free.any(axis=1), 2.0 * free.argmax(axis=1), np.inf)
    middles = along[np.arange(len(along)), np.array(_LABELS_AT)[free.argmax(axis=1)]]
    covered = (np.abs(along - middles[:, None]) < size / 2).all(axis=2).mean(axis=1)
    return cost + _HIDDEN * (covered > 0.6), middles


def _curves(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Curves (k, 4, 2) from each place on one box's border to each on the other's."""
    starts, outwards = _places(one)
    ends, backwards = _places(other)
    count = len(starts)
    i, j, k, m = (
        g.ravel() for g in np.indices((count, count, len(_PULLS), len(_PULLS))).reshape(4, -1)
    )
    even = np.abs(k - m) < 2
    i, j, k, m = i[even], j[even], k[even], m[even]
    pulls = np.array(_PULLS)[:, None]
    controls = starts[i], starts[i] + outwards[i] * pulls[k], ends[j] + backwards[j] * pulls[m]
    return np.stack((*controls, ends[j]), axis=1)


def _places(box: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places on a box's border where an arc may begin, and the direction away from it."""
    left, top, right, bottom = box
    middle = (top + bottom) / 2
    xs = left + (right - left) * np.array((0.25, 0.5, 0.75))
    places = [(left, middle), (right, middle), *((x, top) for x in xs), *((x, bottom) for x in xs)]
    away = [(-1, 0), (1, 0), *[(0, -1)] * 3, *[(0, 1)] * 3]
    return np.array(places), np.array(away, dtype=float)


def _hits(points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Whether each point (..., 2) lies within any of the boxes (n, 4)."""
    low, high = points.min(axis=(0, 1)), points.max(axis=(0, 1))
    close = (boxes[:, :2] < high).all(axis=1) & (boxes[:, 2:] > low).all(axis=1)
    left, top, right, bottom = boxes[close].T
    x, y = points[..., :1], points[..., 1:]
    return ((x > left) & (x < right) & (y > top) & (y < bottom)).any(axis=-1)


@cache
def _bernstein() -> np.ndarray:
    t = np.linspace(0, 1, _SAMPLES)
    return np.stack(((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3), axis=1)
