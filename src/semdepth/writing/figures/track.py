"""A training run: its scores from epoch to epoch, and its phases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from semdepth.tracking import CALM_TURNOVER, Phase, Track
from semdepth.writing.figures import palette
from semdepth.writing.figures.canvas import (
    drawing,
    make_room,
    new_axes,
    points_inside,
    text_size,
)
from semdepth.writing.figures.plain import plain_axes, write

_WIDTH = 400.0
_LEFT, _RIGHT, _BELOW, _HEAD = 44.0, 142.0, 40.0, 64.0
_GAP = 22.0
_LINE = 11.5
# Points of more checkpoints would cover the line.
_MOST_MARKED = 60
_SHADES = {
    "surge": palette.BAND,
    "refinement": palette.NODE,
    "stabilisation": palette.ROOM,
}
# Letters in these colours would be too faint.
_INKS = {palette.BAR: palette.STRONG, palette.SIMILARITY[3]: palette.SIMILARITY[5]}


@dataclass(frozen=True, slots=True)
class _Curve:
    """A column of the track as a line, with the name that stands at its end."""

    name: str
    values: np.ndarray
    colour: str
    dash: str = "-"
    width: float = 1.8
    marked: bool = True

    @property
    def end(self) -> float:
        known = self.values[np.isfinite(self.values)]
        return float(known[-1]) if len(known) else math.nan


@dataclass(frozen=True, slots=True)
class _Panel:
    """One of the plots on top of each other; ``band`` are the ends of an interval."""

    title: str
    height: float
    curves: tuple[_Curve, ...]
    form: str
    bars: bool = False
    band: tuple[np.ndarray, ...] = ()


def plot_track(track: Track, *, ax=None):
    """The scores of a run, epoch by epoch, in plots on top of each other; the uppermost is given.

    Similarity Depth with its 95% interval as a band, its value by chance (dashed) and its ceiling
    (dotted); with predictions, the share of confusions that perceived similarity explains, what
    chance would explain, and accuracy; the forest's turnover from one checkpoint to the next (new
    or gone edges among all that either has); the number of clusters. The run's phases are shaded.
    Given Axes are divided among the plots.
    """
    with drawing():
        panels = _panels(track)
        axes = _divided(ax, panels)
        epochs = track.column("epoch")
        for part, panel in zip(axes, panels, strict=True):
            _shade(part, track.phases)
            _draw_panel(part, panel, epochs)
            _dress(part, panel, epochs, lowest=part is axes[-1])
        _mark_failures(axes[0], track)
        _name_phases(axes[0], track.phases)
        _head(axes[0], track)
    return axes[0]


def _panels(track: Track) -> list[_Panel]:
    depth = _Panel(
        "Similarity Depth",
        150.0,
        (
            _Curve("ceiling", track.column("sd_ceiling"), palette.MUTED, ":", 1.1, False),
            _Curve("chance", track.column("sd_chance"), palette.CHANCE, "--", 1.4, False),
            _Curve("Similarity Depth", track.column("sd"), palette.STRONG, "-", 2.0),
        ),
        "{:.2f}",
        band=(track.column("sd_low"), track.column("sd_high")),
    )
    calm = np.full(len(track.scored), CALM_TURNOVER)
    turnover = _Panel(
        "Turnover: relations new or gone since the checkpoint before",
        62.0,
        (
            _Curve("calm up to", calm, palette.MUTED, ":", 1.1, False),
            _Curve("last step", track.column("turnover"), palette.BAR),
        ),
        "{:.0%}",
        bars=True,
    )
    clusters = _Panel(
        "Clusters", 52.0, (_Curve("clusters", track.column("clusters"), palette.INK),), "{:.0f}"
    )
    if not track.has_predictions:
        return [depth, turnover, clusters]
    shares = _Panel(
        "Compliance and accuracy",
        110.0,
        (
            _Curve("accuracy", track.column("accuracy"), palette.SIMILARITY[3], "-"),
            _Curve("by chance", track.column("explained_chance"), palette.CHANCE, "--", 1.4, False),
            _Curve("confusions explained", track.column("explained"), palette.STRONG, "-", 2.0),
        ),
        "{:.0%}",
    )
    return [depth, shares, turnover, clusters]


def _divided(ax, panels: list[_Panel]) -> list:
    """Axes for the panels, on top of each other, in a figure of their own or in place of ``ax``."""
    heights = np.array([panel.height for panel in panels])
    whole = heights.sum() + _GAP * (len(panels) - 1)
    if ax is None:
        size = _WIDTH + _LEFT + _RIGHT, whole + _HEAD + _BELOW
        ax = new_axes(*size, (_LEFT, _HEAD, _RIGHT, _BELOW))
    else:
        make_room(ax, top=_HEAD, right=_RIGHT)
    place = ax.get_position()
    # Gaps hold titles, which do not shrink with the plots.
    gap = _GAP / points_inside(ax)[1] * place.height
    heights *= (place.height - gap * (len(panels) - 1)) / heights.sum()
    tops = place.y1 - np.cumsum([0, *(heights[:-1] + gap)])
    boxes = [
        (place.x0, top - height, place.width, height)
        for top, height in zip(tops, heights, strict=True)
    ]
    ax.set_position(boxes[0])
    return [ax, *(ax.figure.add_axes(box, facecolor=palette.ROOM) for box in boxes[1:])]


def _shade(ax, phases: Sequence[Phase]) -> None:
    for phase in phases:
        if phase.start is not None:
            ax.axvspan(
                phase.start, phase.end, color=_SHADES[phase.name], alpha=0.75, linewidth=0, zorder=0
            )


def _draw_panel(ax, panel: _Panel, epochs: np.ndarray) -> None:
    if panel.band:
        look = {"color": palette.BAR, "alpha": 0.28, "linewidth": 0, "zorder": 1}
        ax.fill_between(epochs, *panel.band, **look)
    for curve in panel.curves:
        if panel.bars and curve.marked:
            _draw_steps(ax, epochs, curve)
            continue
        ax.plot(
            epochs,
            curve.values,
            color=curve.colour,
            linestyle=curve.dash,
            linewidth=curve.width,
            marker="o" if curve.marked and len(epochs) <= _MOST_MARKED else "",
            markersize=3.6,
            markeredgecolor="w",
            markeredgewidth=0.6,
            clip_on=False,
            zorder=4,
        )


def _draw_steps(ax, epochs: np.ndarray, curve: _Curve) -> None:
    """Bars that fill the time between two checkpoints."""
    if len(epochs) > 1:
        widths = np.diff(epochs)
        look = {"color": curve.colour, "linewidth": 0, "zorder": 2}
        ax.bar(epochs[:-1] + 0.06 * widths, curve.values[1:], 0.88 * widths, align="edge", **look)


def _dress(ax, panel: _Panel, epochs: np.ndarray, *, lowest: bool) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    span = float(epochs[-1] - epochs[0]) or 1.0
    ax.set_xlim(epochs[0] - 0.015 * span, epochs[-1] + 0.015 * span)
    ax.set_ylim(*_limits(panel))
    ticks = {"integer": panel.form == "{:.0f}", "steps": (1, 2, 5, 10)}
    ax.yaxis.set_major_locator(MaxNLocator(5 if panel.height > 100 else 2, **ticks))
    shown = "{:g}" if panel.form == "{:.2f}" else panel.form
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: shown.format(value)))
    ax.xaxis.set_major_locator(MaxNLocator(12, integer=True))
    plain_axes(ax, "epoch" if lowest else "", "")
    if not lowest:
        ax.tick_params(labelbottom=False)
    write(ax, panel.title, (0, 1), (0, 7), colour=palette.INK, bold=True)
    _name_ends(ax, panel)


def _limits(panel: _Panel) -> tuple[float, float]:
    values = np.concatenate([*(curve.values for curve in panel.curves), *panel.band])
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if panel.form == "{:.0%}":
        return 0.0, 1.0 if panel.bars else max(1.06 * high, 0.05)
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room


def _name_ends(ax, panel: _Panel) -> None:
    """Names and last values beside the ends of the lines, none over another."""
    ended = [curve for curve in panel.curves if math.isfinite(curve.end)]
    low, high = ax.get_ylim()
    height = points_inside(ax)[1]
    wanted = [(curve.end - low) / (high - low) * height for curve in ended]
    for curve, at in zip(ended, spread(wanted, _LINE, height), strict=True):
        colour = _INKS.get(curve.colour, curve.colour)
        text = f"{curve.name} {panel.form.format(curve.end)}"
        write(ax, text, (1, 0), (7, at), colour=colour, bold=True)


def spread(wanted: Sequence[float], least: float, room: float) -> list[float]:
    """Heights of lines of text near those wanted, at least so far apart, within the room.

    >>> spread([10, 12, 50], 10, 100)
    [6.0, 16.0, 50.0]
    """
    groups: list[list[int]] = []
    for i in sorted(range(len(wanted)), key=lambda i: wanted[i]):
        groups.append([i])
        while len(groups) > 1 and _below(groups[-1], wanted, least, room) < (
            _below(groups[-2], wanted, least, room) + len(groups[-2]) * least
        ):
            upper = groups.pop()
            groups[-1] += upper
    places = [0.0] * len(wanted)
    for group in groups:
        start = _below(group, wanted, least, room)
        for rank, i in enumerate(group):
            places[i] = start + rank * least
    return places


def _below(group: list[int], wanted: Sequence[float], least: float, room: float) -> float:
    """Where the lowest line of a group goes that is centred on what its lines want."""
    extent = (len(group) - 1) * least
    start = sum(wanted[i] for i in group) / len(group) - extent / 2
    return max(0.0, min(start, room - extent))


def _mark_failures(ax, track: Track) -> None:
    """A cross on the baseline for each checkpoint without scores."""
    failed = [step.epoch for step in track.steps if step.scores is None]
    look = {"color": palette.CHANCE, "marker": "x", "linestyle": "", "clip_on": False, "zorder": 5}
    ax.plot(failed, [0] * len(failed), transform=ax.get_xaxis_transform(), scalex=False, **look)


def _name_phases(ax, phases: Sequence[Phase]) -> None:
    """The phases' names above the uppermost plot, where they fit; thin lines between them."""
    width = points_inside(ax)[0]
    low, high = ax.get_xlim()
    for phase in phases:
        if phase.start is None:
            continue
        room = (phase.end - phase.start) / (high - low) * width
        name = phase.name if text_size(phase.name, palette.NOTE)[0] + 4 < room else ""
        middle = ((phase.start + phase.end) / 2 - low) / (high - low)
        write(ax, name, (middle, 1), (0, 21), colour=palette.MUTED, ha="center")


def _head(ax, track: Track) -> None:
    title = (
        f"{track.title}: perceived similarity in training"
        if track.title
        else ("Perceived similarity in training")
    )
    write(ax, title, (0, 1), (0, 53), colour=palette.INK, bold=True, size=palette.HEADING)
    failed = len(track.steps) - len(track.scored)
    facts = f"{len(track.steps)} checkpoints · {len(track.labels):,} classes · {track.clusterer}"
    spans = (f"{one.name} {one.start:g}–{one.end:g}" for one in track.phases if not one.reason)
    facts = " · ".join((facts, *spans))
    facts += f" · {failed} failed (×)" if failed else ""
    write(ax, facts, (0, 1), (0, 37))
