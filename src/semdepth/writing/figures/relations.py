"""When the relations formed that a network perceives at the end of a training run."""

from __future__ import annotations

import math

import numpy as np

from semdepth.tracking import Track
from semdepth.writing.figures import palette
from semdepth.writing.figures.canvas import (
    drawing,
    line_colours,
    make_room,
    new_axes,
    points_inside,
)
from semdepth.writing.figures.plain import plain_axes, write

_PLOT = (400.0, 170.0)
_LEFT, _RIGHT, _BELOW, _HEAD = 44.0, 142.0, 40.0, 46.0
# Between narrower bars' parts, white lines would cover them.
_MOST_PARTED = 60


def plot_relations(track: Track, *, ax=None):
    """Since when the relations of the last forest have stood, and how deep they lie.

    A bar an epoch: as high as the number of edges of the last forest that have stood without a
    break since then, in the colour of the depth at which their two classes meet, the deepest on
    top; grey where a class has no concept.
    """
    with drawing():
        epochs = [step.epoch for step in track.scored]
        depths = sorted({one.depth for one in track.relations if one.depth is not None})
        if ax is None:
            size = _PLOT[0] + _LEFT + _RIGHT, _PLOT[1] + _HEAD + _BELOW
            ax = new_axes(*size, (_LEFT, _HEAD, _RIGHT, _BELOW))
        else:
            make_room(ax, top=_HEAD, right=_RIGHT)
        total = _draw_stacks(ax, track, epochs, depths)
        _dress_relations(ax, epochs, total)
        _draw_key(ax, depths)
        title = "Since when the final relations have stood"
        write(ax, title, (0, 1), (0, 34), colour=palette.INK, bold=True, size=palette.HEADING)
        write(ax, _facts_of_relations(track), (0, 1), (0, 19))
    return ax


def _draw_stacks(ax, track: Track, epochs: list[float], depths: list[int]) -> np.ndarray:
    place = {epoch: at for at, epoch in enumerate(epochs)}
    total = np.zeros(len(epochs))
    for level in [None, *depths]:
        since = [place[one.since] for one in track.relations if one.depth == level]
        count = np.bincount(since, minlength=len(epochs))
        colour = palette.RULE if level is None else _depth_colour(level, depths)
        edge = 0.7 if len(epochs) <= _MOST_PARTED else 0.0
        look = {"color": colour, "edgecolor": palette.ROOM, "linewidth": edge, "zorder": 2}
        ax.bar(np.arange(len(epochs)), count, 0.8, bottom=total, **look)
        total += count
    return total


def _depth_colour(depth: int, depths: list[int]):
    span = max(depths[-1] - depths[0], 1)
    return line_colours()((depth - depths[0]) / span)


def _dress_relations(ax, epochs: list[float], total: np.ndarray) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.set_xlim(-0.7, len(epochs) - 0.3)
    ax.set_ylim(0, 1.06 * max(total.max(initial=0), 1))
    every = math.ceil(len(epochs) / 20)
    ax.set_xticks(range(0, len(epochs), every), [f"{epoch:g}" for epoch in epochs[::every]])
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    plain_axes(ax, "epoch since which they have stood", "")


def _draw_key(ax, depths: list[int]) -> None:
    """What the colours mean, beside the plot, the deepest on top."""
    from matplotlib.patches import Rectangle

    width, height = points_inside(ax)
    write(ax, "depth at which", (1, 1), (10, -4), colour=palette.INK)
    write(ax, "two classes meet", (1, 1), (10, -14), colour=palette.INK)
    side = min(10.5, (height - 24) / max(len(depths), 1))
    for rank, depth in enumerate(reversed(depths)):
        y = height - 34 - rank * (side + 1)
        at = (1 + 10 / width, y / height)
        box = Rectangle(
            at,
            12 / width,
            side / height,
            facecolor=_depth_colour(depth, depths),
            linewidth=0,
            transform=ax.transAxes,
            clip_on=False,
        )
        ax.add_patch(box)
        write(ax, str(depth), (1, 0), (27, y + side / 2), colour=palette.INK)


def _facts_of_relations(track: Track) -> str:
    lost = f" · {len(track.lost)} stood long and went" if track.lost else ""
    return f"{track.title + ': ' if track.title else ''}{len(track.relations)} relations{lost}"
