"""Many models: which are deeper, what goes with depth, and which see the classes alike."""

from __future__ import annotations

import numpy as np

from semdepth.association import Association
from semdepth.comparison import SCORE_NAMES, ComparedModel, Comparison
from semdepth.errors import OptionError
from semdepth.writing.figures import palette
from semdepth.writing.figures.canvas import (
    drawing,
    font,
    make_room,
    new_axes,
    similarity_colours,
    text_size,
)
from semdepth.writing.figures.names import counted, drawn_name
from semdepth.writing.figures.plain import plain_axes, write

# What a model may be placed by beside its depth.
SCORES = (
    *("accuracy", "explained", "causing", "explained_extended", "causing_extended"),
    *("taxonomy_alignment", "forecast_precision", "severity_depth"),
)

_HEAD, _BELOW, _MARGIN = 46.0, 44.0, 16.0
_ROW, _SPAN = 17.0, 330.0
_SCATTER = (380.0, 270.0)
_MOST_NAMED = 30
_CELL, _LEAST_CELL, _SIDE = 34.0, 5.0, 560.0
_NUMBERED_UP_TO = 20
_NAMED_FROM = 8.0
# Points between a name and its point, and the places around it that are tried for one.
_AWAY = 5.0
_AROUND = ((1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1), (0, 1.3), (0, -1.3))


def plot_ranking(comparison: Comparison, *, ax=None):
    """Similarity Depth of every model with its 95% interval, the deepest first.

    The order is the first clusterer's; the others are light dots. The dashed line is chance.
    """
    with drawing():
        rows = _deepest_first(comparison.by(comparison.clusterers[0]))
        names = [drawn_name(row.model) for row in rows]
        others = comparison.clusterers[1:]
        beside = max((text_size(name, palette.NAME)[0] for name in names), default=0) + 18
        if ax is None:
            size = beside + _SPAN + _MARGIN, _HEAD + _ROW * max(len(rows), 2) + _BELOW
            ax = new_axes(*size, (beside, _HEAD, _MARGIN, _BELOW))
        else:
            make_room(ax, top=_HEAD, right=0)
        ax.set(ylim=(len(rows) - 0.4, -0.6), xlim=_span_of(comparison, rows))
        places = {row.model: place for place, row in enumerate(rows)}
        for place, row in enumerate(rows):
            ax.plot([row.sd_low, row.sd_high], [place, place], color=palette.BAR, linewidth=1.1)
        for clusterer in others:
            _dots(ax, comparison.by(clusterer), places, palette.BAR, 5)
        _dots(ax, rows, places, palette.STRONG, 6.5)
        _chance_line(ax, rows)
        plain_axes(ax, "Similarity Depth, with its 95% interval", "")
        ax.grid(False)
        ax.grid(axis="x", color=palette.RULE, linewidth=0.5, alpha=0.7)
        ax.set_yticks(range(len(rows)), names, fontproperties=font(palette.NAME), parse_math=False)
        _heading(ax, "Similarity Depth", _ranking_facts(comparison))
    return ax


def plot_scatter(
    comparison: Comparison, y: str = "explained", *, clusterer: str | None = None, ax=None
):
    """A score of every model against its Similarity Depth.

    ``y`` is a column of :class:`~semdepth.comparison.ComparedModel`, by default the direct
    compliance; the clusterer is the first unless one is named. Models for which a score is
    undefined are left out.
    """
    if y not in SCORES:
        raise OptionError(f"expected a score out of {', '.join(SCORES)}, found {y!r}")
    with drawing():
        clusterer = clusterer or comparison.clusterers[0]
        rows = [
            row for row in comparison.by(clusterer) if not np.isnan((row.sd, _of(row, y))).any()
        ]
        ax = _scatter_axes(ax)
        if rows:
            _draw_points(ax, rows, y)
        else:
            ax.set(xticks=[], yticks=[])
            write(ax, f"no model has {SCORE_NAMES[y]}", (0.5, 0.5), (0, 0), ha="center")
        plain_axes(ax, f"Similarity Depth ({clusterer})", SCORE_NAMES[y])
        _heading(
            ax,
            f"{SCORE_NAMES[y].capitalize()} and Similarity Depth",
            _scatter_facts(comparison, rows, clusterer, y),
        )
    return ax


def plot_alignment(comparison: Comparison, *, ax=None):
    """How alike every two models see the classes: Spearman's correlation of their similarities.

    Models that see them alike stand side by side; numbers are written for up to 20 models.
    """
    with drawing():
        order = seriation(comparison.alignment)
        names = [drawn_name(comparison.models[i]) for i in order]
        k = len(order)
        cell = float(np.clip(_SIDE / k, _LEAST_CELL, _CELL))
        named = cell >= _NAMED_FROM
        beside = max(text_size(name, palette.NOTE)[0] for name in names) + 10 if named else _MARGIN
        if ax is None:
            side = cell * k
            width = max(beside + side + _MARGIN, beside + 260)
            margins = (beside, _HEAD, width - beside - side, beside)
            ax = new_axes(width, _HEAD + side + beside, margins)
        else:
            make_room(ax, top=_HEAD, right=0, square=True)
        cells = comparison.alignment[np.ix_(order, order)]
        shown = ax.imshow(cells, cmap=similarity_colours(), aspect="auto", interpolation="nearest")
        away = cells[~np.eye(k, dtype=bool)]
        low = float(np.nanmin(away)) if len(away) and not np.isnan(away).all() else 0.0
        shown.set_clim(min(low, 0.99) - 0.15 * (1 - low), 1)
        _name_models(ax, names if named else [])
        if k <= _NUMBERED_UP_TO:
            _number_cells(ax, cells, shown)
        what = f"Spearman's correlation over all pairs of {len(comparison.labels):,} classes"
        _heading(ax, f"How alike {counted(k, 'model', 'models')} see the classes", what)
    return ax


def _of(row: ComparedModel, score: str) -> float:
    return getattr(row, score)


def _deepest_first(rows: tuple[ComparedModel, ...]) -> list[ComparedModel]:
    return sorted(rows, key=lambda row: -np.inf if np.isnan(row.sd) else row.sd, reverse=True)


def _span_of(comparison: Comparison, rows: list[ComparedModel]) -> tuple[float, float]:
    """From a little below chance to a little above the greatest end of an interval."""
    ends = [x for row in rows for x in (row.sd, row.sd_low, row.sd_high, row.sd_chance)]
    ends += [row.sd for row in comparison.rows]
    known = np.array([x for x in ends if not np.isnan(x)] or [0.0, 1.0])
    room = 0.04 * max(np.ptp(known), 0.5)
    return known.min() - room, known.max() + room


def _dots(ax, rows, places: dict[str, int], colour: str, size: float) -> None:
    at = [places[row.model] for row in rows]
    ax.plot([row.sd for row in rows], at, "o", color=colour, markersize=size, markeredgecolor="w")


def _chance_line(ax, rows: list[ComparedModel]) -> None:
    known = [row.sd_chance for row in rows if not np.isnan(row.sd_chance)]
    if known:
        ax.axvline(known[0], color=palette.CHANCE, linestyle="--", linewidth=1.3)
        # Towards the middle, or a line at the end would take its name off the page.
        right = known[0] > np.mean(ax.get_xlim())
        write(
            ax,
            "chance",
            (known[0], 1),
            (-4 if right else 4, 7),
            on=("data", "axes fraction"),
            ha="right" if right else "left",
            colour=palette.CHANCE,
            bold=True,
        )


def _ranking_facts(comparison: Comparison) -> str:
    first, *others = comparison.clusterers
    facts = [f"{counted(len(comparison.models), 'model', 'models')} by {first}"]
    if others:
        facts.append(f"light: {', '.join(others)}")
    found = comparison.stability
    if found is not None and not np.isnan(found.concordance):
        facts.append(f"Kendall's W {found.concordance:.2f}")
    return " · ".join(facts)


def _scatter_axes(ax):
    if ax is not None:
        make_room(ax, top=_HEAD, right=0)
        return ax
    width, height = _SCATTER
    left, right = 58.0, 40.0
    return new_axes(width + left + right, height + _HEAD + _BELOW, (left, _HEAD, right, _BELOW))


def _draw_points(ax, rows: list[ComparedModel], y: str) -> None:
    xs = np.array([row.sd for row in rows])
    ys = np.array([_of(row, y) for row in rows])
    ax.plot(xs, ys, "o", color=palette.STRONG, markersize=6.5, markeredgecolor="w", zorder=4)
    for known, limit in ((xs, ax.set_xlim), (ys, ax.set_ylim)):
        room = 0.08 * max(np.ptp(known), 1e-3 + 0.02 * abs(known).max())
        limit(known.min() - room, known.max() + room)
    if len(rows) <= _MOST_NAMED:
        _name_points(ax, [drawn_name(row.model) for row in rows], xs, ys)


def _name_points(ax, names: list[str], xs: np.ndarray, ys: np.ndarray) -> None:
    """Names beside their points, where they are on no other name and no point."""
    dots = ax.transData.transform(np.column_stack((xs, ys))) * 72 / ax.figure.dpi
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in dots.tolist()]
    page = ax.figure.get_size_inches()[0] * 72
    # Beyond the page's edges a name would be cut off.
    taken += [(-1e6, -1e6, 2, 1e6), (page - 2, -1e6, 1e6, 1e6)]
    for name, (x, y), at in zip(names, dots.tolist(), zip(xs, ys, strict=True), strict=True):
        width, height = text_size(name, palette.NOTE)
        shift, box = _free_place((x, y), width, height, taken)
        taken.append(box)
        write(ax, name, at, shift, on="data", colour=palette.INK)


def _free_place(point, width: float, height: float, taken: list) -> tuple:
    """How far a name's left middle is from its point, and the box that it fills."""
    places = []
    for right, up in _AROUND:
        left = _AWAY if right > 0 else -_AWAY - width if right < 0 else -width / 2
        shift = left, up * height * 0.9
        x, y = point[0] + shift[0], point[1] + shift[1]
        box = x, y - height / 2, x + width, y + height / 2
        places.append((sum(_overlap(box, other) for other in taken), len(places), shift, box))
    _, _, shift, box = min(places)
    return shift, box


def _overlap(a: tuple, b: tuple) -> float:
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    return wide * high if wide > 0 and high > 0 else 0.0


def _scatter_facts(
    comparison: Comparison, rows: list[ComparedModel], clusterer: str, y: str
) -> str:
    models = counted(len(rows), "model", "models")
    found = [
        one
        for one in comparison.associations
        if one.group == clusterer and one.scores == ("sd", y) and not one.reason
    ]
    return " · ".join([models, *map(_correlation, found)])


def _correlation(one: Association) -> str:
    low, high = one.interval
    which = f"at equal {one.given}" if one.given else "Spearman"
    return f"{which} {one.correlation:+.2f} [{low:+.2f}, {high:+.2f}]"


def seriation(alignment: np.ndarray) -> np.ndarray:
    """An order in which alike models are neighbours: by the Fiedler vector of the likenesses."""
    k = len(alignment)
    likeness = np.nan_to_num(alignment, nan=0.0) - min(np.nanmin(alignment, initial=0.0), 0.0)
    if k < 3:
        return np.arange(k)
    np.fill_diagonal(likeness, 0)
    laplacian = np.diag(likeness.sum(axis=0)) - likeness
    along = np.linalg.eigh(laplacian)[1][:, 1]
    # An eigenvector's sign means nothing; the first model goes to the first half.
    along = along if along[0] <= 0 else -along
    return np.argsort(along.round(9), kind="stable")


def _name_models(ax, names: list[str]) -> None:
    places = range(len(names))
    shown = {"fontproperties": font(palette.NOTE), "color": palette.INK, "parse_math": False}
    ax.set_yticks(places, names, **shown)
    ax.set_xticks(places, names, rotation=90, **shown)
    ax.tick_params(length=0, pad=3)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _number_cells(ax, cells: np.ndarray, shown) -> None:
    low, high = shown.get_clim()
    for (i, j), value in np.ndenumerate(cells):
        if np.isnan(value):
            continue
        dark = (value - low) / (high - low) > 0.55
        ax.text(
            j,
            i,
            f"{value:.2f}".replace("0.", ".", 1),
            ha="center",
            va="center",
            fontproperties=font(palette.SMALL),
            color="w" if dark else palette.INK,
        )


def _heading(ax, title: str, facts: str) -> None:
    write(ax, title, (0, 1), (0, 34), colour=palette.INK, bold=True, size=palette.HEADING)
    write(ax, facts, (0, 1), (0, 20))
