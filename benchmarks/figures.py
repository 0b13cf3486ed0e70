"""The figures of RESULTS.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from records import Record

OURS, THEIRS, SECOND = "#1b6ca8", "#b5541c", "#5d8a3a"
# Title of a panel; (stage, side, colour, name) of its lines.
PANELS = (
    (
        "Similarity Depth",
        ("Similarity Depth", "ours", OURS, "semdepth"),
        ("Similarity Depth", "theirs", THEIRS, "scikit-learn, networkx, NLTK"),
        ("Similarity Depth, leaner peer", "theirs", SECOND, "the same, leaner graphs"),
    ),
    (
        "An iteration of affinity propagation",
        ("affinity propagation, an iteration, numba", "ours", OURS, "semdepth"),
        ("affinity propagation, an iteration, numpy", "ours", SECOND, "without numba"),
        ("affinity propagation, an iteration, numba", "theirs", THEIRS, "scikit-learn"),
    ),
    (
        "Louvain, one order",
        ("Louvain, one order", "ours", OURS, "semdepth"),
        ("Louvain, one order", "theirs", THEIRS, "python-louvain"),
    ),
    (
        "Spanning forest",
        ("spanning forest", "ours", OURS, "semdepth"),
        ("spanning forest", "theirs", THEIRS, "networkx"),
        ("spanning forest, small graphs", "theirs", SECOND, "networkx, small graphs"),
    ),
    (
        "Semantic matrices",
        ("semantic matrices (path, Wu-Palmer)", "ours", OURS, "semdepth"),
        ("semantic matrices (path, Wu-Palmer)", "theirs", THEIRS, "NLTK, scaled up"),
    ),
    (
        "With chance level",
        ("Similarity Depth with chance level", "ours", OURS, "semdepth"),
        ("Similarity Depth with chance level", "theirs", THEIRS, "NLTK and others"),
    ),
)
MEMORY = (
    ("peak memory of Similarity Depth", "ours", OURS, "semdepth, with chance level"),
    ("peak memory of Similarity Depth", "theirs", THEIRS, "scikit-learn, networkx, NLTK"),
    ("peak memory of affinity propagation", "theirs", SECOND, "scikit-learn's clustering"),
)
STYLE = {"svg.hashsalt": "semdepth", "svg.fonttype": "none", "font.family": "sans-serif"}


def draw(records: list[Record], folder: Path) -> list[Path]:
    """Draw all figures; their paths."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    pages = {"times": (11, 7.4, _draw_times), "memory": (6.4, 4.2, _draw_memory)}
    paths = []
    with matplotlib.rc_context(STYLE | {"font.size": 9}):
        for name, (width, height, fill) in pages.items():
            figure = Figure(figsize=(width, height), layout="constrained")
            fill(figure, records)
            paths.append(folder / f"{name}.svg")
            # Without a date the same records give the same file.
            FigureCanvasSVG(figure).print_svg(paths[-1], metadata={"Date": None})
    return paths


def _draw_times(figure, records: list[Record]) -> None:
    for axes, (title, *lines) in zip(figure.subplots(2, 3).flat, PANELS, strict=True):
        _lines(axes, records, lines)
        axes.set_title(title, loc="left", fontweight="bold")
        axes.set_ylabel("seconds")
        # Without WordNet's database a panel stays empty.
        if axes.lines:
            axes.legend(frameon=False, fontsize=8)
    _tell_marks(figure)


def _draw_memory(figure, records: list[Record]) -> None:
    axes = figure.subplots()
    _lines(axes, records, MEMORY)
    n = np.array(sorted({r.n for r in records if r.unit == "MB"}))
    matrix = n.astype(float) ** 2 * np.where(n <= 5_000, 8, 4) / 1e6
    axes.plot(n, matrix, ":", color="#777777", label="the matrix (float32 above 5,000)")
    axes.set_title("Peak memory above the imports", loc="left", fontweight="bold")
    axes.set_ylabel("MB")
    axes.legend(frameon=False, fontsize=8)
    _tell_marks(figure)


def _lines(axes, records: list[Record], lines) -> None:
    axes.set(xscale="log", yscale="log", xlabel="classes")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(which="major", color="#e3e3e3", linewidth=0.7)
    for stage, side, colour, name in lines:
        for templates, dash in (("wordnet", "-"), ("unclustered", "--")):
            label = name if templates == "wordnet" else None
            _line(axes, records, stage, side, templates, color=colour, linestyle=dash, label=label)
    ticks = sorted({r.n for r in records})
    axes.set_xticks(ticks, [_short(n) for n in ticks])
    axes.minorticks_off()


def _line(axes, records: list[Record], stage: str, side: str, templates: str, **style) -> None:
    """Measured points filled, extrapolated ones hollow."""
    found = [
        (r.n, getattr(r, side))
        for r in records
        if r.stage == stage and r.templates in ("lite0", templates)
    ]
    found = [(n, value) for n, value in found if value.amount]
    if templates == "unclustered" and found:
        # Up to 1,000 classes both are lite0: from there the second line goes its own way.
        found = [point for point in found if point[0] >= 1_000]
    if not found:
        return
    axes.plot([n for n, _ in found], [value.amount for _, value in found], lw=1.4, **style)
    for n, value in found:
        fill = style["color"] if value.runs else "white"
        axes.plot(n, value.amount, "o", ms=4.5, color=style["color"], markerfacecolor=fill)


def _short(n: int) -> str:
    return f"{n / 1000:.3g}k" if n >= 1_000 else str(n)


def _tell_marks(figure) -> None:
    figure.supxlabel(
        "filled: measured; hollow: extrapolated; dashed: unclustered templates", fontsize=8
    )
