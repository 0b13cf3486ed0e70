"""Paper and press: figures of a given size, our font and colours, and finished bytes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache

import numpy as np

from semdepth.errors import MissingExtra, OptionError
from semdepth.writing.figures import palette

FORMATS = ("png", "svg")

# Neither date nor version; zlib's run-length strategy (3) takes half the time for a tenth in size.
_BYTES = {
    "png": {"metadata": {"Software": None}, "pil_kwargs": {"compress_type": 3}},
    "svg": {"metadata": {"Date": None, "Creator": "semdepth"}},
}

# One raster image at most; Agg cannot do 65,536 a side, and no viewer likes much more than this.
_MOST_PIXELS = 60_000_000
_MOST_PIXELS_A_SIDE = 32_000

# Drawn with matplotlib's own defaults, whatever the user's style, but for these.
_STYLED = (
    *("axes.", "figure.", "font.", "grid.", "image.", "lines.", "mathtext.", "patch.", "path."),
    *("savefig.", "svg.", "text.", "xtick.", "ytick."),
)
_SETTINGS = {
    "font.sans-serif": list(palette.FAMILIES),
    # As measured at any resolution, and a third faster.
    "text.hinting": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "semdepth",
}

# Fonts that have what DejaVu Sans lacks, asked for only where they are installed.
_FURTHER_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Zen Hei",
    "Hiragino Sans",
    "Yu Gothic",
    "Malgun Gothic",
    "Noto Sans Devanagari",
    "Noto Sans Bengali",
    "Noto Sans Thai",
    "Arial Unicode MS",
    "Noto Emoji",
    "Segoe UI Emoji",
)


def require_matplotlib() -> None:
    """Raise :class:`MissingExtra` unless matplotlib is installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise MissingExtra("figures", "matplotlib", "figures") from None


@contextmanager
def drawing() -> Iterator[None]:
    """Our settings and no complaints about characters that no font has; afterwards the user's."""
    require_matplotlib()
    import matplotlib

    with matplotlib.rc_context(_settings()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ ", UserWarning)
        warnings.filterwarnings("ignore", "Matplotlib currently does not support", UserWarning)
        yield


@cache
def _settings() -> dict:
    from matplotlib import rcParamsDefault

    styled = {key: rcParamsDefault[key] for key in rcParamsDefault if key.startswith(_STYLED)}
    return styled | _SETTINGS


def render(drawn, format: str = "png", *, dpi: float = 144) -> bytes:
    """The bytes of a picture file, ``"png"`` or ``"svg"``, of an Axes' figure or of a Figure.

    The same picture gives the same bytes: no date, no random ids. In SVG, text stays text. Pages
    too large for ``dpi`` get fewer dots per inch: 60 million pixels are the limit.
    """
    if format not in FORMATS:
        raise OptionError(f"expected a format out of {', '.join(FORMATS)}, found {format!r}")
    figure = drawn if hasattr(drawn, "savefig") else drawn.figure.figure
    width, height = figure.get_size_inches()
    dpi = min(
        dpi, (_MOST_PIXELS / (width * height)) ** 0.5, _MOST_PIXELS_A_SIDE / max(width, height)
    )
    file = io.BytesIO()
    with drawing():
        figure.savefig(file, format=format, dpi=dpi, **_BYTES[format])
    return file.getvalue()


def new_axes(width: float, height: float, margins: tuple[float, ...] = (0, 0, 0, 0)):
    """Axes in a Figure of its own, in points; margins are left, top, right, bottom."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    left, top, right, bottom = margins
    figure = Figure(figsize=(width / 72, height / 72), dpi=100, facecolor=palette.ROOM)
    FigureCanvasAgg(figure)
    inside = (width - left - right) / width, (height - top - bottom) / height
    return figure.add_axes((left / width, bottom / height, *inside), facecolor=palette.ROOM)


def points_inside(ax) -> np.ndarray:
    """Width and height of Axes in points."""
    return np.array(ax.get_window_extent().size) * 72 / ax.figure.dpi


def make_room(ax, *, top: float, right: float, square: bool = False) -> None:
    """Shrink Axes so that so many points above and beside them lie within their former place."""
    width, height = points_inside(ax)
    inside = np.maximum((width - right, height - top), 0.3 * np.array((width, height)))
    inside = np.full(2, inside.min()) if square else inside
    place = ax.get_position()
    shares = inside / (width, height)
    bottom = place.y0 + place.height * ((height - top) / height - shares[1] if square else 0)
    ax.set_position(
        (place.x0, max(bottom, place.y0), place.width * shares[0], place.height * shares[1])
    )


def similarity_colours():
    """The colour map of similarities."""
    return _colours(0.0)


def line_colours():
    """The same for lines and text, without what would be too faint on white."""
    return _colours(palette.FAINTEST_LINE)


@cache
def _colours(least: float):
    from matplotlib.colors import LinearSegmentedColormap

    whole = LinearSegmentedColormap.from_list("similarity", palette.SIMILARITY)
    shades = whole(np.linspace(least, 1, 256))
    return LinearSegmentedColormap.from_list("similarity", shades)


@cache
def font(size: float, bold: bool = False):
    """Our font; other fonts, where installed, step in for characters that it lacks."""
    from matplotlib.font_manager import FontProperties, fontManager

    installed = {entry.name for entry in fontManager.ttflist}
    further = [name for name in _FURTHER_FONTS if name in installed]
    families = [palette.FAMILIES[0], *further, "sans-serif"]
    return FontProperties(family=families, size=size, weight="bold" if bold else "normal")


@lru_cache(maxsize=100_000)
def text_size(text: str, size: float, bold: bool = False) -> tuple[float, float]:
    """Width and height in points of one line of text, to be called while :func:`drawing`."""
    from matplotlib.textpath import text_to_path

    measured = font(100.0, bold)
    width, height, _ = text_to_path.get_text_width_height_descent(text, measured, False)
    # A line of text is at least as high as its font, whatever its letters.
    return width * size / 100, max(height * size / 100, 1.2 * size)
