"""The depths of a graph's edges against those of all pairs of classes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from semdepth.chance import Chance
from semdepth.depth import SimilarityDepth
from semdepth.writing.figures import palette
from semdepth.writing.figures.canvas import (
    drawing,
    make_room,
    new_axes,
    points_inside,
    text_size,
)
from semdepth.writing.figures.plain import plain_axes, write

_PLOT = (400.0, 170.0)
_BESIDE = (36.0, 14.0)
_BELOW = 36.0
_HEAD = 44.0
_ROW = 12.5
_ASIDE = 4.0


@dataclass(frozen=True, slots=True)
class _Mark:
    """A vertical line with its label."""

    value: float
    text: str
    colour: str
    dash: str


def plot_depths(depth: SimilarityDepth, chance: Chance, pair_depths: np.ndarray, *, ax=None):
    """The depths of the edges' lowest common subsumers as a histogram, against chance.

    Bars are shares of the edges at each depth, the outline shares of all pairs of classes, which
    is what edges drawn at random would show. Lines mark Similarity Depth (with its 95% interval
    as a band), its value by chance, and its ceiling.

    ``pair_depths`` (n_bins,) is the share of all pairs of placed classes whose lowest common
    subsumer has the depth that is the bin's index: ``np.bincount(depths) / len(depths)``.
    """
    with drawing():
        n_bins = max(len(pair_depths), int(depth.depths.max(initial=0)) + 1)
        pairs = np.zeros(n_bins)
        pairs[: len(pair_depths)] = pair_depths
        edges = np.bincount(depth.depths, minlength=n_bins) / max(1, len(depth.depths))
        seen = np.flatnonzero(edges + pairs)
        span = (seen[0] - 0.7, seen[-1] + 0.7) if len(seen) else (0.3, 10.7)

        marks = _marks(chance)
        width = _PLOT[0] if ax is None else points_inside(ax)[0]
        places = _places(marks, span, width)
        rows = 1 + max((row for _, row in places), default=-1)
        if ax is None:
            ax = _own_axes(rows)
        else:
            make_room(ax, top=rows * _ROW + _HEAD, right=0)
        _bars_and_outline(ax, edges, pairs)
        _dress(ax, span, max(edges.max(), pairs.max()))
        _draw_marks(ax, marks, places, span)
        _draw_head(ax, rows * _ROW)
        _draw_interval(ax, chance)
        if depth.reason:
            write(ax, depth.reason, (0.5, 0.5), (0, 0), ha="center")
    return ax


def place_flags(
    xs: Sequence[float], widths: Sequence[float], room: tuple[float, float]
) -> list[tuple[float, int]]:
    """Where labels go beside the upper ends of vertical lines: left edge and row of each.

    A line reaches up to its label's row (0 is the lowest). No label lies over another label, or
    over another line; all stay within ``room``, if that is possible at all.

    >>> place_flags([10, 20], [50, 50], (0, 100))
    [(14.0, 1), (24.0, 0)]
    """
    n = len(xs)
    choices = itertools.product(itertools.product(range(n), (False, True)), repeat=n)
    best = min(choices, key=lambda choice: _clumsiness(choice, xs, widths, room))
    return [
        (float(x - _ASIDE - width if leftwards else x + _ASIDE), row)
        for (row, leftwards), x, width in zip(best, xs, widths, strict=True)
    ]


def _clumsiness(choice, xs, widths, room) -> tuple[float, ...]:
    """How bad an arrangement of flags is: clashes, points outside, rows, labels on the left."""
    flags = [
        (x - _ASIDE - width, x - _ASIDE, row, x)
        if left
        else (x + _ASIDE, x + _ASIDE + width, row, x)
        for (row, left), x, width in zip(choice, xs, widths, strict=True)
    ]
    clashes = 0
    for one, other in itertools.permutations(flags, 2):
        begin, end, row, _ = one
        beside_label = other[1] + _ASIDE <= begin or end + _ASIDE <= other[0]
        beside_line = not begin - 1 < other[3] < end + 1
        clashes += (row == other[2] and not beside_label) + (row <= other[2] and not beside_line)
    outside = sum(max(0, room[0] - flag[0]) + max(0, flag[1] - room[1]) for flag in flags)
    return clashes, outside, sum(flag[2] for flag in flags), sum(left for _, left in choice)


def _marks(chance: Chance) -> list[_Mark]:
    low, high = chance.interval
    interval = f" (95%: {low:.2f}–{high:.2f})" if math.isfinite(low) else ""
    score = f"Similarity Depth {chance.observed:.2f}{interval}"
    marks = (
        _Mark(chance.observed, score, palette.STRONG, "-"),
        _Mark(chance.null_mean, f"chance {chance.null_mean:.2f}", palette.CHANCE, "--"),
        _Mark(chance.ceiling, f"ceiling {chance.ceiling:.2f}", palette.MUTED, ":"),
    )
    return [mark for mark in marks if math.isfinite(mark.value)]


def _places(marks: list[_Mark], span: tuple, width: float) -> list[tuple[float, int]]:
    xs = [(mark.value - span[0]) / (span[1] - span[0]) * width for mark in marks]
    widths = [text_size(mark.text, palette.NOTE, True)[0] for mark in marks]
    return place_flags(xs, widths, (0, width)) if marks else []


def _own_axes(rows: int):
    left, right = _BESIDE
    top = rows * _ROW + _HEAD
    width, height = _PLOT[0] + left + right, _PLOT[1] + top + _BELOW
    return new_axes(width, height, (left, top, right, _BELOW))


def _bars_and_outline(ax, edges: np.ndarray, pairs: np.ndarray) -> None:
    at = np.arange(len(edges))
    ax.bar(at, edges, width=0.86, color=palette.BAR, linewidth=0, zorder=2)
    ax.stairs(pairs, np.arange(len(pairs) + 1) - 0.5, color=palette.CHANCE, linewidth=1.3, zorder=3)


def _dress(ax, span: tuple, highest: float) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.set_xlim(span)
    ax.set_ylim(0, 1.06 * highest if highest else 1)
    first, last = math.ceil(span[0]), math.floor(span[1])
    ax.set_xticks(range(first, last + 1, math.ceil((last - first + 1) / 24)))
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}%"))
    plain_axes(ax, "depth of the lowest common subsumer", "")


def _draw_interval(ax, chance: Chance) -> None:
    low, high = chance.interval
    if math.isfinite(low):
        ax.axvspan(low, high, color=palette.BAND, linewidth=0, zorder=0)


def _draw_marks(ax, marks: list[_Mark], places: list[tuple[float, int]], span: tuple) -> None:
    """Lines that reach up to their labels, above the plot."""
    height = points_inside(ax)[1]
    for mark, (left, row) in zip(marks, places, strict=True):
        ax.plot(
            [mark.value] * 2,
            [0, 1 + ((row + 1) * _ROW + 1) / height],
            color=mark.colour,
            linestyle=mark.dash,
            linewidth=1.4,
            zorder=4,
            clip_on=False,
            transform=ax.get_xaxis_transform(),
            scalex=False,
            scaley=False,
        )
        shift = left, (row + 0.5) * _ROW + 1
        write(ax, mark.text, (0, 1), shift, colour=mark.colour, bold=True)


def _draw_head(ax, above: float) -> None:
    """The heading and what bars and outline are, in the space over the labels."""
    from matplotlib.lines import Line2D

    width, height = points_inside(ax)
    x, y = 0.0, above + 12
    for text, colour, thickness in (
        ("edges of the graph", palette.BAR, 6.5),
        ("all pairs of classes (chance)", palette.CHANCE, 1.4),
    ):
        stroke = Line2D(
            np.array((x, x + 14)) / width,
            np.full(2, 1 + y / height),
            color=colour,
            linewidth=thickness,
            solid_capstyle="butt",
            transform=ax.transAxes,
            clip_on=False,
        )
        ax.add_artist(stroke)
        write(ax, text, (0, 1), (x + 19, y), colour=palette.INK)
        x += 19 + text_size(text, palette.NOTE)[0] + 18
    title = "Depth of perceived likenesses against chance"
    write(ax, title, (0, 1), (0, y + 18), colour=palette.INK, bold=True, size=palette.HEADING)
