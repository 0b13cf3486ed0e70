"""The similarity matrix, its classes ordered by cluster."""

from __future__ import annotations

import numpy as np

from semdepth.graph import SimilarityGraph
from semdepth.similarity import SimilarityMatrix
from semdepth.writing.figures import palette
from semdepth.writing.figures.canvas import (
    drawing,
    font,
    make_room,
    new_axes,
    points_inside,
    similarity_colours,
    text_size,
)
from semdepth.writing.figures.names import counted, drawn_name
from semdepth.writing.figures.tree_layout import walk_forest

_MOST_NAMED = 120
_SIDE = (300.0, 620.0)
# Points a class: between these, and named from the smaller one on.
_CELL = (8.5, 30.0)
_READABLE = 6.5
_ABOVE, _BESIDE = 40.0, 96.0
_MOST_CELLS = 700
_MOST_SORTED = 1500


def plot_similarity(similarity: SimilarityMatrix, graph: SimilarityGraph, *, ax=None):
    """The similarity matrix with classes ordered by cluster, along each cluster's tree.

    Alike clusters stand side by side, and a frame is drawn around each; where there is room, its
    number is at the right, and every class is named (up to 120 of them). The palest colour stands
    for the lowest 30% of the cells, the darkest for the highest 0.5% and the diagonal. Above 700
    classes, each dot is the mean of several cells.
    """
    with drawing():
        order, clusters = class_order(similarity, graph)
        names = [drawn_name(similarity.labels[k]) for k in order]
        if ax is None:
            ax = _square_axes(names)
        else:
            make_room(ax, top=_ABOVE, right=_BESIDE, square=True)
        cell = points_inside(ax)[1] / len(order)
        cells = shrunken(similarity.values, order)
        shown = ax.imshow(
            cells,
            cmap=similarity_colours(),
            aspect="auto",
            extent=(-0.5, len(order) - 0.5, len(order) - 0.5, -0.5),
            interpolation="nearest" if cell > 2 else "none",
        )
        shown.set_clim(*_colour_limits(cells))
        _name_classes(ax, names, cell)
        _frame_clusters(ax, clusters, cell)
        _colour_bar(ax, shown)
        heading = (
            f"Similarity of {counted(len(order), 'class', 'classes')} "
            f"in {counted(len(clusters), 'cluster', 'clusters')}"
        )
        _heading(ax, heading)
    return ax


def class_order(
    similarity: SimilarityMatrix, graph: SimilarityGraph
) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """All classes in drawing order (n,), and each cluster's number and size in that order."""
    walks = _walks(graph)
    sequence = _cluster_sequence(similarity.values, walks)
    clusters = [(cluster, len(walks[cluster])) for cluster in sequence]
    return np.concatenate([walks[cluster] for cluster in sequence]), clusters


def shrunken(values: np.ndarray, order: np.ndarray, most: int = _MOST_CELLS) -> np.ndarray:
    """The matrix in another order; if larger than ``most``, means of square blocks of cells."""
    step = -(-len(order) // most)
    if step == 1:
        return values[np.ix_(order, order)]
    starts = np.arange(0, len(order), step)
    rows = [
        np.add.reduceat(values[order[start : start + step]][:, order].mean(axis=0), starts)
        for start in starts
    ]
    return np.array(rows) / np.diff(starts, append=len(order))


def _walks(graph: SimilarityGraph) -> list[np.ndarray]:
    """Each cluster's classes along its tree."""
    walks = []
    by_cluster = np.split(
        graph.edges, np.searchsorted(graph.edge_clusters, np.arange(1, graph.n_clusters))
    )
    for cluster, edges in enumerate(by_cluster):
        members = graph.members(cluster)
        local = np.searchsorted(members, edges)
        walks.append(members[walk_forest(len(members), local)])
    return walks


def _cluster_sequence(values: np.ndarray, members: list[np.ndarray]) -> list[int]:
    """Clusters such that alike ones are near each other: by the Fiedler vector of their means."""
    k = len(members)
    if k < 3 or k > _MOST_SORTED:
        return list(range(k))
    rows = np.array([values[own].sum(axis=0) for own in members])
    sums = np.array([rows[:, own].sum(axis=1) for own in members])
    sizes = [len(own) for own in members]
    means = sums / np.outer(sizes, sizes)
    np.fill_diagonal(means, means.min())
    likeness = means - means.min()
    laplacian = np.diag(likeness.sum(axis=0)) - likeness
    along = np.linalg.eigh(laplacian)[1][:, 1]
    # An eigenvector's sign means nothing; the first cluster goes to the first half.
    along = along if along[0] <= 0 else -along
    return np.argsort(along.round(12), kind="stable").tolist()


def _colour_limits(cells: np.ndarray) -> tuple[float, float]:
    """What the colours span: most pairs are alike by chance only, and should not catch the eye."""
    off_diagonal = np.sort(cells, axis=None)[: -len(cells)]
    last = len(off_diagonal) - 1
    low, high = off_diagonal[[int(0.3 * last), int(0.995 * last)]]
    return (float(low), float(high)) if high > low else (0.0, 1.0)


def _square_axes(names: list[str]):
    n = len(names)
    cell = min(max(_SIDE[0] / n, _CELL[0]), _CELL[1]) if n <= _MOST_NAMED else _SIDE[1] / n
    side, size = n * cell, _name_size(cell)
    left = max(text_size(name, size)[0] for name in names) + 12 if n <= _MOST_NAMED else 14.0
    margins = left, _ABOVE, _BESIDE, left
    return new_axes(left + side + _BESIDE, _ABOVE + side + left, margins)


def _name_size(cell: float) -> float:
    return min(palette.NAME, cell * 0.8)


def _name_classes(ax, names: list[str], cell: float) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    if len(names) > _MOST_NAMED or cell < _READABLE:
        return
    look = {
        "fontproperties": font(_name_size(cell)),
        "color": palette.INK,
        "parse_math": False,
        "rotation_mode": "anchor",
        "va": "center",
        "ha": "right",
    }
    ax.set_yticks(range(len(names)), names, **look)
    ax.set_xticks(range(len(names)), names, rotation=90, **look)
    ax.tick_params(length=0, pad=4)


def _frame_clusters(ax, clusters: list[tuple[int, int]], cell: float) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    for spine in ax.spines.values():
        spine.set(color=palette.RULE, linewidth=0.8)
    start, frames, numbered = -0.5, [], False
    for cluster, size in clusters:
        frames.append(Rectangle((start, start), size, size))
        if size * cell >= palette.SMALL + 1:
            numbered = True
            ax.annotate(
                str(cluster),
                (1, start + size / 2),
                (5, 0),
                va="center",
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                fontproperties=font(palette.SMALL),
                color=palette.MUTED,
                parse_math=False,
            )
        start += size
    if numbered:
        ax.annotate(
            "cluster",
            (1, 1),
            (5, 3),
            xycoords="axes fraction",
            textcoords="offset points",
            fontproperties=font(palette.SMALL),
            color=palette.MUTED,
        )
    width = min(1.0, 0.35 + cell / 12)
    ax.add_collection(
        PatchCollection(frames, facecolors="none", edgecolors=palette.INK, linewidths=width),
        autolim=False,
    )


def _colour_bar(ax, shown) -> None:
    """At the right, a third as high as the matrix."""
    points = points_inside(ax)
    x, width = 1 + 34 / points[0], 8 / points[0]
    bar = ax.inset_axes((x, 0.66, width, 0.34), label="colour bar")
    low, high = shown.get_clim()
    ramp = np.linspace(low, high, 256)[:, None]
    bar.imshow(
        ramp,
        cmap=shown.cmap,
        aspect="auto",
        origin="lower",
        extent=(0, 1, low, high),
        interpolation="nearest",
    )
    bar.set_xticks([])
    look = {"fontproperties": font(palette.SMALL), "color": palette.MUTED}
    bar.set_yticks([low, high], [f"≤ {low:.2f}", f"≥ {high:.2f}"], **look)
    bar.yaxis.tick_right()
    bar.tick_params(length=0, pad=4)
    for spine in bar.spines.values():
        spine.set_visible(False)
    bar.text(
        2.2,
        (low + high) / 2,
        "similarity",
        rotation=90,
        va="center",
        fontproperties=font(palette.NOTE),
        color=palette.MUTED,
    )


def _heading(ax, text: str) -> None:
    ax.annotate(
        text,
        (0, 1),
        (0, 16),
        xycoords="axes fraction",
        textcoords="offset points",
        fontproperties=font(palette.HEADING, True),
        color=palette.INK,
        parse_math=False,
    )
