"""Similarity against how often pairs of classes are confused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.class_names import check_same_classes
from semdepth.confusion import ConfusionMatrix
from semdepth.forecast import average_ranks
from semdepth.similarity import SimilarityMatrix
from semdepth.verdicts import PairVerdicts
from semdepth.writing.figures import palette
from semdepth.writing.figures.canvas import (
    drawing,
    make_room,
    new_axes,
    points_inside,
    text_size,
)
from semdepth.writing.figures.names import counted, drawn_name
from semdepth.writing.figures.plain import plain_axes, write

_PLOT = (470.0, 300.0)
_LEFT, _RIGHT, _BELOW, _HEAD = 52.0, 20.0, 40.0, 40.0
_KEY_ROW = 14.0
# Beyond so many pairs, those that would lie over one another are drawn as one, darker point.
_MOST_POINTS = 2_000
_CELLS = 160
# Labels: of the most often confused pairs, and of the least alike among the often confused.
_MOST_OFTEN, _LEAST_ALIKE = 6, 5
_OFTEN = 0.99
# A label that would lie further away, or over too many points, is left out.
_TOO_FAR = 110.0
# Points along the line from a point to its label.
_ALONG = 12

# Verdict: marker, whether filled, colour. Shapes tell them apart, colours only help.
_SHAPES = {
    "understandable": ("o", True, palette.STRONG),
    "misperception": ("^", True, palette.CHANCE),
    "kin": ("s", False, palette.STRONG),
    "unexplained": ("x", True, palette.CHANCE),
    "latent": ("o", False, palette.MUTED),
    "unplaced": ("+", True, palette.INK),
}


@dataclass(frozen=True, eq=False, slots=True)
class _Confused:
    """The confused pairs (m, 2), how alike they are and how often they were mixed up, (m,)."""

    pairs: np.ndarray
    alike: np.ndarray
    count: np.ndarray

    @classmethod
    def of(cls, similarity: SimilarityMatrix, confusion: ConfusionMatrix) -> _Confused:
        both = np.triu(confusion.confusions, k=1)
        pairs = np.argwhere(both)
        i, j = pairs.T
        return cls(pairs, similarity.values[i, j].astype(np.float64), both[i, j])

    @property
    def correlation(self) -> float:
        """Spearman's rho, NaN where it is undefined."""
        ranks = [average_ranks(values) for values in (self.alike, self.count)]
        if len(self.count) < 2 or any(r.min() == r.max() for r in ranks):
            return float("nan")
        return float(np.corrcoef(*ranks)[0, 1])

    def striking(self) -> list[int]:
        """The most often confused pairs, and the least alike of the often confused."""
        by_count = np.lexsort((-self.alike, -self.count))
        often = by_count[: max(_MOST_OFTEN + _LEAST_ALIKE, round(len(by_count) * (1 - _OFTEN)))]
        unlike = often[np.argsort(self.alike[often], kind="stable")]
        return list(dict.fromkeys([*by_count[:_MOST_OFTEN], *unlike[:_LEAST_ALIKE]]))


def plot_similarity_confusion(
    similarity: SimilarityMatrix,
    confusion: ConfusionMatrix,
    *,
    verdicts: PairVerdicts | None = None,
    ax=None,
):
    """Similarity against number of confusions, for every pair that was confused at all.

    Counts, both ways together, are on a logarithmic scale. Points stand exactly where they
    belong; above 2,000 pairs those that would lie over one another are drawn as one, the darker
    the more they are. Named are the most often confused pairs, and the least alike among the
    often confused (the first hundredth). With ``verdicts``, the pairs that have one show it by
    their shape. The heading states Spearman's rank correlation.
    """
    check_same_classes(similarity.labels, confusion.labels, "similarities and confusions")
    with drawing():
        found = _Confused.of(similarity, confusion)
        judged = {} if verdicts is None else _by_verdict(found, verdicts)
        ax = _axes(ax, judged)
        _dress(ax, found, confusion)
        rest = np.ones(len(found.count), dtype=bool)
        rest[[k for places in judged.values() for k in places]] = False
        _draw_points(ax, found, np.flatnonzero(rest))
        for verdict, places in judged.items():
            _draw_verdict(ax, found, verdict, places)
        above = _draw_key(ax, judged)
        _draw_head(ax, found, above)
        _draw_names(ax, found, similarity.labels)
    return ax


def _by_verdict(found: _Confused, verdicts: PairVerdicts) -> dict[str, np.ndarray]:
    """Which of the confused pairs have each verdict, for those verdicts that any has."""
    n = len(verdicts.labels)
    keys, theirs = found.pairs @ (n, 1), verdicts.pairs @ (n, 1)
    order = np.argsort(theirs)
    place = (
        order[np.searchsorted(theirs[order], keys).clip(max=len(order) - 1)] if len(keys) else []
    )
    own = np.where(theirs[place] == keys, verdicts.verdicts[place], "")
    judged = {verdict: np.flatnonzero(own == verdict) for verdict in reversed(_SHAPES)}
    return {verdict: places for verdict, places in judged.items() if len(places)}


def _axes(ax, judged: dict):
    width = _PLOT[0] if ax is None else points_inside(ax)[0]
    rows = 1 + max((row for _, _, row in _key_places(judged, width)), default=-1)
    top = _HEAD + rows * _KEY_ROW
    if ax is not None:
        make_room(ax, top=top, right=0)
        return ax
    size = _PLOT[0] + _LEFT + _RIGHT, _PLOT[1] + top + _BELOW
    return new_axes(*size, (_LEFT, top, _RIGHT, _BELOW))


def _dress(ax, found: _Confused, confusion: ConfusionMatrix) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.set_yscale("log")
    if len(found.count):
        low, high = found.alike.min(), found.alike.max()
        pad = 0.03 * (high - low) or 0.03
        ax.set_xlim(low - pad, high + pad)
        ax.set_ylim(found.count.min() / 1.3, found.count.max() * 1.4)
    _keep_within(ax.xaxis, MaxNLocator(8).tick_values(*ax.get_xlim()))
    steps = np.outer(10.0 ** np.arange(-9, 10), (1, 2, 5)).ravel()
    _keep_within(ax.yaxis, steps)
    shares = not confusion.counted and confusion.counts.max() <= 1
    form = (lambda y, _: f"{100 * y:g}%") if shares else (lambda y, _: f"{y:,g}")
    ax.yaxis.set_major_formatter(FuncFormatter(form))
    unit = " (shares of samples)" if shares else ""
    plain_axes(ax, "similarity of the two classes", f"confusions, both ways together{unit}")


def _keep_within(axis, ticks: np.ndarray) -> None:
    """Only those ticks that lie within an axis' limits, or their labels would be there unseen."""
    from matplotlib.ticker import FixedLocator

    low, high = axis.get_view_interval()
    axis.set_major_locator(FixedLocator(ticks[(ticks >= low) & (ticks <= high)]))


def _draw_points(ax, found: _Confused, which: np.ndarray) -> None:
    alike, count, many = found.alike[which], found.count[which], np.ones(len(which))
    if len(which) > _MOST_POINTS:
        alike, count, many = _gathered(alike, count)
    shade = 0.4 + 0.5 * np.log(many) / np.log(many.max()) if many.max(initial=1) > 1 else 0.45
    look = {"s": 9, "color": palette.STRONG, "linewidths": 0, "zorder": 2}
    ax.scatter(alike, count, alpha=shade, label="pairs", **look)


def _gathered(alike: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points that lie over one another as one at their mean, and how many they are."""
    cells = 0
    for values in (alike, np.log(count)):
        span = np.ptp(values) or 1.0
        cells = cells * _CELLS * 2 + np.rint((values - values.min()) / span * _CELLS).astype(int)
    _, place, many = np.unique(cells, return_inverse=True, return_counts=True)
    means = (np.bincount(place, values) / many for values in (alike, np.log(count)))
    x, y = means
    return x, np.exp(y), many


def _draw_verdict(ax, found: _Confused, verdict: str, places: np.ndarray) -> None:
    ax.plot(found.alike[places], found.count[places], zorder=3, **_look(verdict))


def _look(verdict: str) -> dict:
    marker, filled, colour = _SHAPES[verdict]
    look = {"marker": marker, "linestyle": "none", "color": colour, "label": verdict}
    face = colour if filled else "none"
    size = 3.4 if verdict == "latent" else 4.6
    return look | {
        "markersize": size,
        "markerfacecolor": face,
        "markeredgewidth": 0.9,
        "alpha": 0.85,
    }


def _key_places(judged: dict, width: float) -> list[tuple[str, float, int]]:
    """Each entry of the key, how far to the right it begins, and in which row."""
    words = [f"{verdict} ({len(judged[verdict]):,})" for verdict in _SHAPES if verdict in judged]
    words += ["other confused pairs"] if judged else []
    x, row, places = 0.0, 0, []
    for word in words:
        wide = 12 + text_size(word, palette.NOTE)[0]
        if x and x + wide > width:
            x, row = 0.0, row + 1
        places.append((word, x, row))
        x += wide + 14
    return places


def _draw_key(ax, judged: dict) -> float:
    """Shapes with words, above the plot; returns how high that reaches."""
    width, height = points_inside(ax)
    places = _key_places(judged, width)
    rows = 1 + max((row for _, _, row in places), default=-1)
    for word, x, row in places:
        y = (rows - row - 0.5) * _KEY_ROW + 4
        verdict = word.split(" (")[0]
        dot = {"marker": "o", "markersize": 3, "color": palette.STRONG, "alpha": 0.5}
        look = _look(verdict) if verdict in _SHAPES else dot
        at = [(x + 3) / width], [1 + y / height]
        still = {"clip_on": False, "scalex": False, "scaley": False, "transform": ax.transAxes}
        ax.plot(*at, **(look | {"label": "_key"}), **still)
        write(ax, word, (0, 1), (x + 12, y), colour=palette.INK)
    return rows * _KEY_ROW


def _draw_head(ax, found: _Confused, above: float) -> None:
    rho = found.correlation
    stated = "undefined" if np.isnan(rho) else f"{rho:.2f}".replace("-", "\u2212")
    facts = f"{counted(len(found.count), 'confused pair', 'confused pairs')}"
    facts += f" · rank correlation {stated} (Spearman)"
    title = "Similarity against confusion"
    write(ax, facts, (0, 1), (0, above + 12))
    at = 0, above + 26
    write(ax, title, (0, 1), at, colour=palette.INK, bold=True, size=palette.HEADING)


def _draw_names(ax, found: _Confused, labels: tuple[str, ...]) -> None:
    """Name the striking pairs, beside their points or joined to them by a line."""
    size = points_inside(ax)
    points = ax.transAxes.inverted().transform(
        ax.transData.transform(np.column_stack((found.alike, found.count)))
    )
    points = points * size
    drawn, taken = points, np.zeros((0, 4))
    for k in found.striking():
        name = " – ".join(drawn_name(labels[c]) for c in found.pairs[k])
        wanted = text_size(name, palette.SMALL)
        box = place_beside(points[k], wanted, drawn, taken, size)
        if box is None:
            continue
        taken = np.concatenate((taken, box[None]))
        drawn = np.concatenate((drawn, *[_lead(ax, points[k], box, size)] * 2))
        shift = (box[0], (box[1] + box[3]) / 2)
        write(ax, name, (0, 0), shift, colour=palette.INK, size=palette.SMALL)


def _lead(ax, point: np.ndarray, box: np.ndarray, size: np.ndarray) -> np.ndarray:
    """A ring around a point and a line to its label, unless that is close; points along it."""
    still = {"scalex": False, "scaley": False, "transform": ax.transAxes, "clip_on": False}
    ring = {"marker": "o", "markersize": 8, "markerfacecolor": "none", "markeredgewidth": 0.7}
    ax.plot(*(point[:, None] / size[:, None]), color=palette.INK, zorder=4, **ring, **still)
    end = np.clip(point, box[:2], box[2:])
    away = np.linalg.norm(end - point)
    start = point + (end - point) * min(1.0, 4.0 / max(away, 4.0))
    line = np.linspace(start, end, _ALONG)
    if away > 9:
        ax.plot(*(line / size).T, color=palette.MUTED, linewidth=0.6, zorder=2.5, **still)
    return line


def place_beside(
    point: np.ndarray, wanted: tuple[float, float], points: np.ndarray, taken: np.ndarray, room
) -> np.ndarray | None:
    """A box of the ``wanted`` size near ``point``: left, bottom, right, top; None without room.

    It lies within ``room`` (width, height) from (0, 0) and over none of the boxes ``taken``
    (n, 4), and covers as few of the ``points`` (m, 2) as there can be, but never many.

    >>> place_beside(np.array((0, 50)), (30, 10), np.zeros((0, 2)), np.zeros((0, 4)), (100, 100))
    array([ 7., 45., 37., 55.])
    """
    boxes = _around(point, wanted)
    apart = (boxes[:, None, :2] >= taken[:, 2:] + 2) | (boxes[:, None, 2:] <= taken[:, :2] - 2)
    fits = apart.any(axis=2).all(axis=1)
    fits &= (boxes[:, :2] >= 0).all(axis=1) & (boxes[:, 2:] <= room).all(axis=1)
    ends = np.clip(point, boxes[:, :2], boxes[:, 2:])
    lines = np.linspace(np.broadcast_to(point, ends.shape), ends, _ALONG)
    fits &= ~_covers(taken, lines.reshape(-1, 2)).any(axis=0).reshape(_ALONG, -1).any(axis=0)
    boxes, ends, lines = boxes[fits], ends[fits], lines[4:, fits]
    around = np.array((-2.5, -2.5, 2.5, 2.5))
    cost = np.linalg.norm(ends - point, axis=1)
    cost += 15 * _covers(boxes + around, points).sum(axis=1)
    cost += 5 * _covers(np.tile(lines.reshape(-1, 2), 2) + around, points).any(axis=1).reshape(
        len(lines), -1
    ).sum(axis=0)
    if cost.min(initial=np.inf) > _TOO_FAR:
        return None
    return boxes[cost.argmin()]


def _covers(boxes: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Whether each box (n, 4) covers each point (m, 2), (n, m)."""
    left, low, right, high = boxes.T[..., None]
    x, y = points.T
    return (x > left) & (x < right) & (y > low) & (y < high)


def _around(point: np.ndarray, wanted: tuple[float, float]) -> np.ndarray:
    """Boxes to the right and left of a point, above and below, and further away."""
    wide, high = wanted
    boxes = []
    for far in (7.0, 12.0, 20.0, 30.0, 42.0, 56.0, 74.0, 96.0):
        corners = [(far, -high / 2), (-far - wide, -high / 2)]
        for up in (far, -far - high):
            corners += [(far / 2, up), (-wide / 2, up), (-far / 2 - wide, up)]
        boxes += [(x, y, x + wide, y + high) for x, y in corners]
    return np.array(boxes) + np.tile(point, 2)
