"""Perceived clusters with the confusions laid over them: what the weights foretold, what not.

Three kinds of lines tell what became of each pair: thick with a filled number, thin with a pale
one, dashed with a framed one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from semdepth.errors import OptionError
from semdepth.graph import SimilarityGraph
from semdepth.mistakes import Mistakes
from semdepth.writing.figures import palette
from semdepth.writing.figures.arcs import TOO_COSTLY, Arc, route_arcs
from semdepth.writing.figures.canvas import drawing, points_inside, text_size
from semdepth.writing.figures.names import drawn_name, one_line
from semdepth.writing.figures.overlay import Overlay
from semdepth.writing.figures.packing import pack
from semdepth.writing.figures.sheet import MARGIN, Sheet, paint
from semdepth.writing.figures.tree_layout import TreeLayout, lay_out_forest

_PADDING = (5.0, 2.0)
_OVERVIEW_SCALE = 0.75
# So many of a cluster's confusions, the most frequent, may become arcs.
_MOST_ARCS = 100
_MOST_LISTED, _MOST_LISTED_IN_OVERVIEW = 16, 3
# Space between the rows of a tree over which arcs are laid; what does best is taken.
_ROW_SPACES = (0.0, 8.0, 18.0)
_PAGE_COST = 0.5
# In larger trees, whose arcs are spread out, there is nothing to be gained by that.
_MOST_SPACED = 60
_THICK = (2.4, 4.6)
_THIN = 0.9
_DASHED = 1.6
_DASHES = (0, (2.6, 1.5))
_BADGE = 11.0
_STUB = 14.0
_ROW = 14.0

# Face, frame, its width, and letters of the number on a line.
_BADGES = {
    "caused": (palette.STRONG, palette.STRONG, 1.0, palette.ROOM),
    "not": (palette.ROOM, palette.RULE, 0.8, palette.MUTED),
    "unseen": (palette.ROOM, palette.CHANCE, 1.2, palette.INK),
}


def plot_confusions(
    graph: SimilarityGraph, mistakes: Mistakes, cluster: int, *, title: str | None = None, ax=None
):
    """One perceived cluster's tree with the confusions laid over it.

    A thick line with a filled number is a similarity that caused confusion, the thicker the more
    often; a thin line one that did not; a dashed arc a confusion that the tree does not show.
    ``→31 ←11`` on a line: the left class was taken for the right one 31 times, the right one for
    the left one 11 times (``↓↑``: the upper and the lower class; with a matrix of shares, per
    cent of a class's samples). Listed below are the most frequent confusions that are neither:
    those with classes of other clusters, and those whose arc would run across half the tree.

    Without ``ax`` the figure is as large as the tree needs; with ``ax`` the whole drawing, letters
    included, is made as small as that takes.
    """
    if not 0 <= cluster < graph.n_clusters:
        raise OptionError(
            f"expected a cluster from 0 to {graph.n_clusters - 1}, found {cluster}; "
            "clusters are numbered as in the graph's membership"
        )
    with drawing():
        overlay = Overlay.of(graph, mistakes)
        block = _block(overlay, cluster, title, _MOST_LISTED)
        key = _key(overlay, max(block.sheet.width, 330.0))
        return _paint(_stacked([block, key], 14.0), ax)


def plot_confusions_overview(
    graph: SimilarityGraph, mistakes: Mistakes, *, title: str | None = None, ax=None
):
    """All clusters with confusions on one page, each drawn as :func:`plot_confusions` does.

    Confusions across clusters are listed below both clusters, the three most frequent of each.
    The page grows with the number of classes.
    """
    with drawing():
        overlay = Overlay.of(graph, mistakes)
        blocks = [
            _block(overlay, cluster, None, _MOST_LISTED_IN_OVERVIEW)
            for cluster in overlay.confused_clusters()
        ]
        trees = _packed(blocks)
        # On a page of several feet, a heading of the usual size would be overlooked.
        larger = min(max(1.0, trees.sheet.width / 1200), 4.0)
        title = "Confusions over the perceived clusters" if title is None else title
        heading = _enlarged(_heading(title, overlay.all_facts()), larger)
        key = _enlarged(_key(overlay, max(330.0, trees.sheet.width / larger)), larger)
        page = _stacked([heading, trees, key], 18.0 * larger)
        return _paint(page, ax, scale=_OVERVIEW_SCALE)


def confused_clusters(graph: SimilarityGraph, mistakes: Mistakes) -> list[int]:
    """The clusters with confusions, within or with others, the most often mixed up first."""
    return Overlay.of(graph, mistakes).confused_clusters()


@dataclass(slots=True)
class _Drawing:
    """A sheet, and dashed curves over it: four points and a width each."""

    sheet: Sheet
    dashed: list[tuple[np.ndarray, float]] = field(default_factory=list)

    def add(self, other: _Drawing, x: float, y: float, scale: float = 1.0) -> None:
        self.sheet.add(other.sheet, x, y, scale)
        self.dashed += [(points * scale + (x, y), width * scale) for points, width in other.dashed]


@dataclass(frozen=True, eq=False, slots=True)
class _Placed:
    """A cluster's classes ``members``, where they and their edges go, and arcs by pair."""

    members: np.ndarray
    tree: TreeLayout
    arcs: dict[tuple[int, int], Arc]

    def text(self, overlay: Overlay, a: int, b: int) -> str:
        """How often two classes were mixed up, with arrows as they stand to each other."""
        one, other = self.tree.nodes[np.searchsorted(self.members, (a, b))]
        if one[2] <= other[0]:
            return overlay.text(a, b)
        if other[2] <= one[0]:
            return overlay.text(b, a)
        return overlay.text(a, b, "↓↑") if one[1] <= other[1] else overlay.text(b, a, "↓↑")


def _block(overlay: Overlay, cluster: int, title: str | None, most_listed: int) -> _Drawing:
    """A cluster's heading, its tree with arcs, and the confusions that are no line on it."""
    within = overlay.within_cluster(cluster)
    placed = _place(overlay, cluster, within[:_MOST_ARCS])
    title = _cluster_name(overlay.graph, cluster).capitalize() if title is None else title
    parts = [_heading(title, overlay.facts(cluster)), _tree(overlay, cluster, placed)]
    drawn = np.array([pair in placed.arcs for pair in map(tuple, within.tolist())], dtype=bool)
    rest = np.concatenate((within[~drawn], overlay.beyond_cluster(cluster)))
    if len(rest):
        parts.append(_listing(overlay, cluster, overlay.by_frequency(rest), most_listed))
    return _stacked(parts, 7.0)


def _place(overlay: Overlay, cluster: int, arcs: np.ndarray) -> _Placed:
    """Lay out a cluster's tree, its rows as far apart as its arcs need."""
    graph = overlay.graph
    members, edges = graph.members(cluster), graph.edges[graph.edge_clusters == cluster]
    names = [drawn_name(graph.labels[k]) for k in members]
    sizes = np.array([text_size(name, palette.NAME) for name in names]) + 2 * np.array(_PADDING)
    texts = [overlay.text(a, b) for a, b in (*edges.tolist(), *arcs.tolist())]
    labels = np.array([(_badge_width(text), _BADGE) for text in texts]).reshape(-1, 2)
    joined, bowed = np.searchsorted(members, edges), np.searchsorted(members, arcs)
    tried = []
    spaced = len(arcs) and len(members) <= _MOST_SPACED
    for space in _ROW_SPACES if spaced else _ROW_SPACES[:1]:
        tree = lay_out_forest(sizes + np.array((0, space)), joined, labels[: len(edges)])
        nodes = tree.nodes + np.array((0, space, 0, -space)) / 2
        routed = route_arcs(nodes, tree.labels, tree.curves[:, :4], bowed, labels[len(edges) :])
        cost = sum(TOO_COSTLY if arc is None else arc.cost for arc in routed)
        placed = _on_page(
            members, nodes, tree, dict(zip(map(tuple, arcs.tolist()), routed, strict=True))
        )
        cost += _PAGE_COST * (placed.tree.width + placed.tree.height)
        tried.append((cost, space, placed))
    return min(tried, key=lambda one: one[:2])[2]


def _on_page(
    members: np.ndarray, nodes: np.ndarray, tree: TreeLayout, arcs: dict[tuple, Arc | None]
) -> _Placed:
    """All of it moved to the corner of a page that holds it, without the arcs that failed."""
    arcs = {pair: arc for pair, arc in arcs.items() if arc is not None}
    extents = [arc.extent[None] for arc in arcs.values()]
    everything = np.concatenate((nodes, tree.labels, *extents))
    corner = everything[:, :2].min(axis=0)
    width, height = everything[:, 2:].max(axis=0) - corner
    both = np.tile(corner, 2)
    page = TreeLayout(width, height, nodes - both, tree.labels - both, tree.curves - corner)
    return _Placed(members, page, {pair: arc.moved(-corner) for pair, arc in arcs.items()})


def _tree(overlay: Overlay, cluster: int, placed: _Placed) -> _Drawing:
    graph, tree = overlay.graph, placed.tree
    sheet = Sheet(tree.width, tree.height)
    for member, box in zip(placed.members, tree.nodes, strict=True):
        sheet.box(box)
        name = drawn_name(graph.labels[member])
        sheet.word(box[[0, 2]].mean(), box[[1, 3]].mean(), name, ha="center")
    own = graph.edge_clusters == cluster
    lines = zip(
        graph.edges[own].tolist(), tree.curves, tree.labels, overlay.caused[own], strict=True
    )
    for (a, b), curve, box, caused in lines:
        _line(sheet, curve, overlay.share_of_most(a, b) if caused else None)
        _badge(sheet, placed.text(overlay, a, b), box, "caused" if caused else "not")
    for (a, b), arc in placed.arcs.items():
        _badge(sheet, placed.text(overlay, a, b), arc.label, "unseen")
    return _Drawing(sheet, [(arc.points, _DASHED) for arc in placed.arcs.values()])


def _listing(overlay: Overlay, cluster: int, pairs: np.ndarray, most: int) -> _Drawing:
    """Confusions as rows of name, number, name; beyond ``most`` they are only counted."""
    graph, shown = overlay.graph, pairs[:most].tolist()
    names = [tuple(drawn_name(graph.labels[k]) for k in pair) for pair in shown]
    texts = [overlay.text(a, b) for a, b in shown]
    first = max(text_size(one, palette.NOTE)[0] for one, _ in names)
    middle = first + _STUB + max(map(_badge_width, texts)) / 2
    last = 2 * middle - first
    drawn = _note("also mixed up")
    for (one, other), text, (_, b) in zip(names, texts, shown, strict=True):
        y, half = drawn.sheet.height + _ROW / 2, _badge_width(text) / 2
        drawn.dashed.append((_straight(first + 3, last - 3, y), _DASHED))
        box = (middle - half, y - _BADGE / 2, middle + half, y + _BADGE / 2)
        _badge(drawn.sheet, text, box, "unseen")
        drawn.sheet.word(first, y, one, size=palette.NOTE, ha="right")
        _words(drawn.sheet, last, y, other, _where(graph, b, cluster))
        drawn.sheet.height += _ROW
    if len(pairs) > most:
        _words(drawn.sheet, 0, drawn.sheet.height + 5, "", f"and {len(pairs) - most:,} more")
        drawn.sheet.height += 10
    return drawn


def _where(graph: SimilarityGraph, class_: int, cluster: int) -> str:
    there = int(graph.membership[class_])
    return "" if there == cluster else _cluster_name(graph, there)


def _words(sheet: Sheet, x: float, y: float, word: str, aside: str) -> None:
    """A word with a smaller, paler one behind it."""
    if word:
        sheet.word(x, y, word, size=palette.NOTE)
        x += text_size(word, palette.NOTE)[0] + 6
    if aside:
        sheet.word(x, y, aside, size=palette.SMALL, colour=palette.MUTED)
        x += text_size(aside, palette.SMALL)[0]
    sheet.width = max(sheet.width, x)


def _key(overlay: Overlay, room: float) -> _Drawing:
    """What lines and numbers mean, in as many rows as ``room`` makes necessary."""
    one, other = ("31%", "11%") if overlay.shares else ("31", "11")
    both = f"→{one} ←{other}"
    taken = f"{one} of" if overlay.shares else f"{one} times"
    return _in_rows(
        [
            _sample("caused", both, "seen as similar, and mixed up"),
            _sample("not", "0", "seen as similar, not among the main confusions"),
            _sample("unseen", both, "mixed up, though not joined in the tree"),
            _note(f"{both}: {taken} the left class taken for the right one, {other} the reverse"),
            _note(f"↓{one} ↑{other}: the upper class for the lower one, and the reverse"),
        ],
        room,
    )


def _sample(kind: str, text: str, words: str) -> _Drawing:
    end = 2 * _STUB + _badge_width(text)
    drawn = _Drawing(Sheet(height=_ROW))
    points = _straight(0, end, _ROW / 2)
    if kind == "unseen":
        drawn.dashed.append((points, _DASHED))
    else:
        curve = np.concatenate((points, points[-1:]))
        _line(drawn.sheet, curve, 0.5 if kind == "caused" else None)
    box = (_STUB, (_ROW - _BADGE) / 2, end - _STUB, (_ROW + _BADGE) / 2)
    _badge(drawn.sheet, text, box, kind)
    drawn.sheet.word(end + 6, _ROW / 2, words, size=palette.NOTE, colour=palette.MUTED)
    drawn.sheet.width = end + 6 + text_size(words, palette.NOTE)[0]
    return drawn


def _line(sheet: Sheet, curve: np.ndarray, share: float | None) -> None:
    """An edge of the tree: thick if it caused confusion, and thicker the greater ``share`` is."""
    if share is None:
        sheet.curve(curve, palette.MUTED, _THIN)
    else:
        sheet.curve(curve, palette.STRONG, _THICK[0] + (_THICK[1] - _THICK[0]) * share)


def _straight(left: float, right: float, y: float) -> np.ndarray:
    xs = np.linspace(left, right, 4)
    return np.column_stack((xs, np.full(4, y)))


def _badge_width(text: str) -> float:
    return max(text_size(text, palette.SMALL, True)[0] + 7.0, 15.0)


def _badge(sheet: Sheet, text: str, box, kind: str) -> None:
    face, frame, width, letters = _BADGES[kind]
    sheet.box(box, face=face, edge=frame, line=width, corner=5.0)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    sheet.word(x, y, text, size=palette.SMALL, colour=letters, bold=kind != "not", ha="center")


def _note(text: str) -> _Drawing:
    width, height = text_size(text, palette.NOTE)
    sheet = Sheet(width, height)
    sheet.word(0, height / 2, text, size=palette.NOTE, colour=palette.MUTED)
    return _Drawing(sheet)


def _heading(title: str, facts: str) -> _Drawing:
    title = one_line(title)
    width, height = text_size(title, palette.HEADING, True)
    sheet = Sheet(width, height)
    sheet.word(0, height / 2, title, size=palette.HEADING, bold=True)
    return _stacked([_Drawing(sheet), _note(facts)], 3.0)


def _cluster_name(graph: SimilarityGraph, cluster: int) -> str:
    return f"cluster {cluster}" + (" (noise)" if cluster == graph.noise_cluster else "")


def _stacked(parts: list[_Drawing], space: float) -> _Drawing:
    """One below another."""
    whole = _Drawing(Sheet(max(part.sheet.width for part in parts), -space))
    for part in parts:
        whole.add(part, 0, whole.sheet.height + space)
        whole.sheet.height += space + part.sheet.height
    return whole


def _packed(parts: list[_Drawing]) -> _Drawing:
    """On one page, the tallest first."""
    if not parts:
        return _Drawing(Sheet())
    sizes = [(part.sheet.width, part.sheet.height) for part in parts]
    corners, width, height = pack(sizes, 30.0)
    page = _Drawing(Sheet(width, height))
    for part, corner in zip(parts, corners, strict=True):
        page.add(part, *corner)
    return page


def _in_rows(parts: list[_Drawing], room: float) -> _Drawing:
    """Side by side, in a new row where there is no room left."""
    whole, x, y = _Drawing(Sheet()), 0.0, 0.0
    for part in parts:
        if x and x + part.sheet.width > room:
            x, y = 0.0, whole.sheet.height + 4.0
        whole.add(part, x, y)
        whole.sheet.width = max(whole.sheet.width, x + part.sheet.width)
        whole.sheet.height = max(whole.sheet.height, y + part.sheet.height)
        x += part.sheet.width + 24.0
    return whole


def _enlarged(part: _Drawing, scale: float) -> _Drawing:
    larger = _Drawing(Sheet(part.sheet.width * scale, part.sheet.height * scale))
    larger.add(part, 0, 0, scale)
    return larger


def _paint(inside: _Drawing, ax, *, scale: float = 1.0):
    """Draw it with a margin around, first the sheet, then the dashed lines below its boxes."""
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    size = np.array((inside.sheet.width, inside.sheet.height)) + 2 * MARGIN
    page = _Drawing(Sheet(*size))
    page.add(inside, MARGIN, MARGIN)
    ax = paint(page.sheet, ax, scale=scale)
    if page.dashed:
        points, widths = zip(*page.dashed, strict=True)
        across = ax.get_xlim()
        drawn = PathCollection(
            [Path(p, (Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4)) for p in points],
            facecolors="none",
            edgecolors=palette.CHANCE,
            linewidths=np.array(widths) * points_inside(ax)[0] / (across[1] - across[0]),
            linestyles=[_DASHES],
            zorder=1.5,
            clip_on=False,
        )
        ax.add_collection(drawn, autolim=False)
    return ax
