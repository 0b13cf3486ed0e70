"""Drawings in points, put together before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from semdepth.writing.figures import palette
from semdepth.writing.figures.canvas import font, new_axes, points_inside

# Around a page, in points.
MARGIN = 14.0


@dataclass(slots=True)
class Sheet:
    """What is to be drawn, in points from the upper left corner, before any of it is drawn."""

    width: float = 0.0
    height: float = 0.0
    curves: list[tuple] = field(default_factory=list)
    boxes: list[tuple] = field(default_factory=list)
    words: list[tuple] = field(default_factory=list)
    ramps: list[tuple] = field(default_factory=list)

    def curve(self, points, colour, width: float) -> None:
        """A cubic curve (4 points) with a straight line behind it (a fifth)."""
        self.curves.append((points, colour, width))

    def box(self, box, *, face=palette.NODE, edge="none", line: float = 0.0, corner: float = 4.0):
        self.boxes.append((box, face, edge, line, corner))

    def word(self, x, y, text, *, size=palette.NAME, colour=palette.INK, bold=False, ha="left"):
        """One line of text, its middle at height ``y``."""
        self.words.append((x, y, text, size, colour, bold, ha))

    def ramp(self, box, colours) -> None:
        """A colour map from its first colour to its last, left to right."""
        self.ramps.append((box, colours))

    def add(self, other: Sheet, x: float, y: float, scale: float = 1.0) -> None:
        """Lay another sheet, or a scaled copy of it, on this one."""
        at = np.array((x, y))
        corners = np.array((x, y, x, y))
        for points, colour, width in other.curves:
            self.curves.append((points * scale + at, colour, width * scale))
        for box, face, edge, line, corner in other.boxes:
            placed = np.asarray(box) * scale + corners
            self.boxes.append((placed, face, edge, line * scale, corner * scale))
        for wx, wy, text, size, *look in other.words:
            self.words.append((wx * scale + x, wy * scale + y, text, size * scale, *look))
        for box, colours in other.ramps:
            self.ramps.append((np.asarray(box) * scale + corners, colours))


def paint(sheet: Sheet, ax=None, *, scale: float = 1.0):
    """Draw a sheet, letters and all, in a figure of its own or as large as ``ax`` allows."""
    if ax is None:
        ax = new_axes(sheet.width * scale, sheet.height * scale)
        room = np.array((sheet.width, sheet.height))
    else:
        scale = min(1.0, *(points_inside(ax) / (sheet.width, sheet.height)))
        room = points_inside(ax) / scale
    left, top = (room - (sheet.width, sheet.height)) / 2
    ax.set_axis_off()
    ax.set_xlim(-left, room[0] - left)
    ax.set_ylim(room[1] - top, -top)
    _paint_shapes(ax, sheet, scale)
    for x, y, text, size, colour, bold, ha in sheet.words:
        ax.text(
            x,
            y,
            text,
            ha=ha,
            va="center",
            color=colour,
            clip_on=False,
            parse_math=False,
            fontproperties=font(size * scale, bold),
        )
    return ax


def _paint_shapes(ax, sheet: Sheet, scale: float) -> None:
    from matplotlib.collections import PathCollection
    from matplotlib.image import AxesImage

    for (left, top, right, bottom), colours in sheet.ramps:
        ramp = AxesImage(ax, extent=(left, right, bottom, top), cmap=colours, zorder=1)
        ramp.set_data(np.linspace(0, 1, 256)[None])
        ax.add_image(ramp)
    if sheet.curves:
        points, colours, widths = zip(*sheet.curves, strict=True)
        paths = [_curve(p) for p in points]
        widths = np.array(widths) * scale
        drawn = PathCollection(
            paths,
            facecolors="none",
            edgecolors=colours,
            linewidths=widths,
            zorder=1,
            clip_on=False,
            capstyle="butt",
        )
        ax.add_collection(drawn, autolim=False)
    if sheet.boxes:
        boxes, faces, edges, lines, corners = zip(*sheet.boxes, strict=True)
        paths = [_rounded(box, corner) for box, corner in zip(boxes, corners, strict=True)]
        widths = np.array(lines) * scale
        drawn = PathCollection(
            paths, facecolors=faces, edgecolors=edges, linewidths=widths, zorder=2, clip_on=False
        )
        ax.add_collection(drawn, autolim=False)


def _curve(points):
    from matplotlib.path import Path

    return Path(points, (Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO))


def _rounded(box, corner: float):
    """A rectangle with round corners; each corner is a quadratic curve."""
    from matplotlib.path import Path

    left, top, right, bottom = box
    r = min(corner, (right - left) / 2, (bottom - top) / 2)
    if not r:
        return Path([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])
    points = [
        (left + r, top),
        (right - r, top),
        (right, top),
        (right, top + r),
        (right, bottom - r),
        (right, bottom),
        (right - r, bottom),
        (left + r, bottom),
        (left, bottom),
        (left, bottom - r),
        (left, top + r),
        (left, top),
        (left + r, top),
    ]
    corner_codes = (Path.LINETO, Path.CURVE3, Path.CURVE3)
    return Path(points, (Path.MOVETO, *corner_codes * 4))


def page_of(parts: list[Sheet], space: float = 12.0) -> Sheet:
    """Sheets one below another, with a margin around."""
    page = Sheet(max(part.width for part in parts) + 2 * MARGIN)
    y = MARGIN
    for part in parts:
        page.add(part, MARGIN, y)
        y += part.height + space
    page.height = y - space + MARGIN
    return page
