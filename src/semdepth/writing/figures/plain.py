"""Axes with nothing on them but what helps to read: a baseline, faint rules, plain letters."""

from __future__ import annotations

from semdepth.writing.figures import palette
from semdepth.writing.figures.canvas import font


def plain_axes(ax, xlabel: str, ylabel: str) -> None:
    """Axes without frame and ticks, both directions named; logarithmic scales stay as set."""
    from matplotlib.ticker import NullFormatter

    ax.grid(False)
    ax.grid(axis="y", which="major", color=palette.RULE, linewidth=0.5, alpha=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(which="both", length=0, pad=4, labelcolor=palette.INK)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_formatter(NullFormatter())
    for label in ax.get_xticklabels() + ax.get_yticklabels():
        label.set_fontproperties(font(palette.NOTE))
    for side, spine in ax.spines.items():
        spine.set(visible=side == "bottom", color=palette.MUTED, linewidth=0.8)
    words = {"fontproperties": font(palette.NOTE), "color": palette.MUTED}
    ax.set_xlabel(xlabel, labelpad=6, **words)
    ax.set_ylabel(ylabel, labelpad=6, **words)


def write(
    ax,
    text: str,
    at: tuple[float, float],
    shift: tuple[float, float],
    *,
    on: str | tuple = "axes fraction",
    colour: str = palette.MUTED,
    bold: bool = False,
    ha: str = "left",
    size: float = palette.NOTE,
):
    """A line of text, ``shift`` points from a place given in shares of the plot or in data."""
    return ax.annotate(
        text,
        at,
        shift,
        xycoords=on,
        textcoords="offset points",
        ha=ha,
        va="center",
        fontproperties=font(size, bold),
        color=colour,
        parse_math=False,
        annotation_clip=False,
    )
