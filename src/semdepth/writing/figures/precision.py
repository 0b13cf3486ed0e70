"""How many of the most alike pairs are confused often, against chance."""

from __future__ import annotations

import numpy as np

from semdepth.confusion import ConfusionMatrix
from semdepth.forecast import Forecast, precision_curve
from semdepth.similarity import SimilarityMatrix
from semdepth.writing.figures import palette
from semdepth.writing.figures.canvas import (
    drawing,
    make_room,
    new_axes,
    points_inside,
    text_size,
)
from semdepth.writing.figures.depths import place_flags
from semdepth.writing.figures.plain import plain_axes, write

_PLOT = (400.0, 190.0)
_LEFT, _RIGHT, _BELOW, _HEAD = 52.0, 30.0, 40.0, 44.0
_ROW = 12.5
_POINTS = 500


def plot_precision(
    similarity: SimilarityMatrix, confusion: ConfusionMatrix, forecast: Forecast, *, ax=None
):
    """Precision against k: the share of often confused pairs among the k most alike ones.

    Often is ``forecast.often`` times or more. The dashed line is chance, the share of often
    confused pairs among all; the dotted one the best there could be. Marks at k = the number of
    often confused pairs (circle) and k = n classes (square) state the precision there; the first
    how many times chance that is, the second what it is for ``forecast.at_n.least_count``.
    """
    with drawing():
        n, pairs = len(similarity.labels), forecast.pairs
        ks = _log_spaced(pairs)
        hits = int((np.triu(confusion.confusions, k=1) >= _least(forecast)).sum())
        marks = _marks(similarity, confusion, forecast, hits) if hits else []
        span = 1.0, max(float(pairs), 2.0)
        width = _PLOT[0] if ax is None else points_inside(ax)[0]
        xs = [np.log(mark[0]) / np.log(span[1]) * width for mark in marks]
        widths = [text_size(mark[2], palette.NOTE, True)[0] for mark in marks]
        places = place_flags(xs, widths, (0, width)) if marks else []
        above = (1 + max((row for _, row in places), default=-1)) * _ROW
        ax = _axes(ax, above)
        ax.set(xscale="log", xlim=span, ylim=(-0.02, 1.03))
        if hits:
            curve = precision_curve(similarity, confusion, ks, often=_least(forecast))
            _draw_curves(ax, ks, curve, hits, pairs)
        else:
            write(ax, forecast.reason, (0.5, 0.5), (0, 0), ha="center")
        _dress(ax, forecast)
        _draw_marks(ax, marks, places)
        title = "Often confused pairs among the most alike"
        at = 0, above + 24
        write(ax, title, (0, 1), at, colour=palette.INK, bold=True, size=palette.HEADING)
        write(ax, _facts(forecast, confusion, hits, n), (0, 1), (0, above + 10))
    return ax


def _least(forecast: Forecast) -> float:
    """A pair that was never confused is no hit, whatever ``often`` is."""
    return max(forecast.often, np.nextafter(0, 1))


def _log_spaced(pairs: int) -> np.ndarray:
    return np.unique(np.geomspace(1, max(pairs, 1), _POINTS).round().astype(np.int64))


def _marks(similarity, confusion, forecast: Forecast, hits: int) -> list[tuple]:
    """k, precision, label and shape of each mark."""
    n, pairs, at_n = len(similarity.labels), forecast.pairs, forecast.at_n
    ks = np.array((hits, min(n, pairs)))
    first, second = precision_curve(similarity, confusion, ks, often=_least(forecast))
    lift = f", {_times(first * pairs / hits)} chance"
    # The forecast itself takes as many pairs for hits as there are classes.
    other = f" ({_percent(at_n.precision)} for {_count(at_n.least_count, confusion)} or more)"
    other = other if at_n.least_count != forecast.often else ""
    return [
        (int(ks[0]), first, f"k = {hits:,} often confused pairs: {_percent(first)}{lift}", "o"),
        (int(ks[1]), second, f"k = {n:,} classes: {_percent(second)}{other}", "s"),
    ]


def _count(count: float, confusion: ConfusionMatrix) -> str:
    return f"{count:,.0f}" if confusion.counted else f"{count:.2g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%" if share >= 0.0995 or not share else f"{100 * share:.2g}%"


def _times(lift: float) -> str:
    return f"{lift:,.0f}×" if lift >= 9.95 else f"{lift:.1f}×"


def _axes(ax, above: float):
    if ax is not None:
        make_room(ax, top=above + _HEAD, right=0)
        return ax
    size = _PLOT[0] + _LEFT + _RIGHT, _PLOT[1] + above + _HEAD + _BELOW
    return new_axes(*size, (_LEFT, above + _HEAD, _RIGHT, _BELOW))


def _draw_curves(ax, ks: np.ndarray, curve: np.ndarray, hits: int, pairs: int) -> None:
    chance = hits / pairs
    ax.plot(ks, np.minimum(1, hits / ks), color=palette.MUTED, linestyle=":", linewidth=1.1)
    ax.plot(ks, np.full(len(ks), chance), color=palette.CHANCE, linestyle="--", linewidth=1.4)
    ax.plot(ks, curve, color=palette.STRONG, linewidth=2.0, zorder=3)
    # At the left above its line, or below it if the line is high up.
    shift = 8 if chance < 0.85 else -8
    text = f"chance {_percent(chance)}"
    write(ax, text, (1, chance), (4, shift), on="data", colour=palette.CHANCE, bold=True)


def _dress(ax, forecast: Forecast) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter

    decades = np.arange(int(np.log10(max(forecast.pairs, 1))) + 1)
    ax.xaxis.set_major_locator(FixedLocator(10.0**decades))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda k, _: f"{k:,.0f}"))
    ax.yaxis.set_major_locator(FixedLocator(np.arange(0, 1.01, 0.2)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f}%"))
    plain_axes(ax, "k, the number of most alike pairs taken", "precision")


def _draw_marks(ax, marks: list[tuple], places: list[tuple[float, int]]) -> None:
    """Points on the curve, and lines from them up to their labels above the plot."""
    height = points_inside(ax)[1]
    bottom, top = ax.get_ylim()
    for (k, found, text, shape), (left, row) in zip(marks, places, strict=True):
        end = top + (top - bottom) * ((row + 1) * _ROW + 1) / height
        look = {"color": palette.STRONG, "clip_on": False, "scalex": False, "scaley": False}
        ax.plot([k, k], [found, end], linewidth=0.9, zorder=2, **look)
        ax.plot([k], [found], shape, markersize=6, markeredgecolor="w", zorder=4, **look)
        shift = left, (row + 0.5) * _ROW + 1
        write(ax, text, (0, 1), shift, colour=palette.STRONG, bold=True)


def _facts(forecast: Forecast, confusion: ConfusionMatrix, hits: int, n: int) -> str:
    often = (
        f"{forecast.often:g} times or more"
        if confusion.counted
        else f"from {forecast.often:.3g} on, both ways together"
    )
    return f"{hits:,} of {forecast.pairs:,} pairs were confused often ({often}) · dotted: ideal"
