"""Spanning trees as the paper draws them: one cluster, or all of them on one page."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from semdepth.depth import SimilarityDepth
from semdepth.errors import OptionError
from semdepth.graph import SimilarityGraph
from semdepth.writing.figures import palette
from semdepth.writing.figures.canvas import drawing, line_colours, text_size
from semdepth.writing.figures.names import concept_word, counted, drawn_name, one_line
from semdepth.writing.figures.packing import pack
from semdepth.writing.figures.sheet import Sheet, page_of, paint
from semdepth.writing.figures.tree_layout import lay_out_forest

_PADDING = (5.0, 2.0)
# Subsumers are named on the edges up to this many classes; beyond, they would double the page.
_MOST_NAMED = 30
_OVERVIEW_SCALE = 0.75


@dataclass(frozen=True, eq=False, slots=True)
class _Forest:
    """A graph and its depths as trees are drawn from them.

    Similarities from ``least`` to ``most`` span the colours, the same in all trees. ``counted``
    gives an edge's position in the depths; ``unplaced`` are classes without a concept.
    """

    graph: SimilarityGraph
    depth: SimilarityDepth
    least: float
    most: float
    counted: dict[tuple[int, int], int]
    unplaced: frozenset[str]

    @classmethod
    def of(cls, graph: SimilarityGraph, depth: SimilarityDepth) -> _Forest:
        weights = graph.weights if len(graph.weights) else np.array((0.0, 1.0))
        least, most = math.floor(weights.min() * 20) / 20, math.ceil(weights.max() * 20) / 20
        counted = {(i, j): k for k, (i, j) in enumerate(depth.edges.tolist())}
        most = most if most > least else least + 0.05
        return cls(graph, depth, least, most, counted, frozenset(depth.unplaced))

    def stroke(self, similarity: float) -> tuple:
        """The colour and width of an edge."""
        share = (similarity - self.least) / (self.most - self.least)
        return line_colours()(share), 1.1 + 1.7 * share

    def note(self, edge: tuple[int, int], *, subsumers: bool) -> tuple[str, str]:
        """The depth of an edge's lowest common subsumer, and its name if that is wanted."""
        k = self.counted.get(edge)
        if k is None:
            return "–", ""
        word = concept_word(self.depth.subsumer_names[k]) if subsumers else ""
        return str(self.depth.depths[k]), word


def plot_cluster(
    graph: SimilarityGraph,
    depth: SimilarityDepth,
    cluster: int,
    *,
    title: str | None = None,
    ax=None,
):
    """The spanning tree of one cluster: classes by name, edges by similarity and depth.

    An edge's colour and width tell the similarity, the number on it the depth of its two
    classes' lowest common subsumer (–: one of them has no concept); in clusters of up to 30
    classes the subsumer is named beside it. Colours mean the same in all clusters of a graph.

    Without ``ax`` the figure is as large as the tree needs, its letters in their usual size;
    with ``ax`` the whole drawing, letters included, is made as small as that takes. Names longer
    than 40 characters lose their middle.
    """
    if not 0 <= cluster < graph.n_clusters:
        raise OptionError(
            f"expected a cluster from 0 to {graph.n_clusters - 1}, found {cluster}; "
            "clusters are numbered as in the graph's membership"
        )
    with drawing():
        forest = _Forest.of(graph, depth)
        named = np.count_nonzero(graph.membership == cluster) <= _MOST_NAMED
        tree = _tree_sheet(forest, cluster, subsumers=named)
        title = _cluster_title(graph, cluster) if title is None else title
        heading = _heading_sheet(title, _facts(forest, cluster))
        parts = [heading, tree]
        if (graph.edge_clusters == cluster).any():
            parts.append(_key_sheet(forest, max(tree.width, heading.width), subsumers=named))
        return paint(page_of(parts), ax)


def plot_overview(
    graph: SimilarityGraph, depth: SimilarityDepth, *, title: str | None = None, ax=None
):
    """All clusters on one page, the tallest trees first, drawn as :func:`plot_cluster` does.

    Each is headed by its number, its size, its mean depth and the subsumer that most of its
    edges share. The page grows with the number of classes.
    """
    with drawing():
        forest = _Forest.of(graph, depth)
        blocks = [_block(forest, cluster) for cluster in range(graph.n_clusters)]
        corners, width, height = pack([(block.width, block.height) for block in blocks], 26.0)
        trees = Sheet(width, height)
        for block, corner in zip(blocks, corners, strict=True):
            trees.add(block, *corner)
        # On a page of several feet, a heading of the usual size would be overlooked.
        larger = min(max(1.0, width / 1200), 4.0)
        title = "Clusters and their spanning trees" if title is None else title
        parts = [_enlarged(_heading_sheet(title, _all_facts(graph, depth)), larger), trees]
        if len(graph.edges):
            parts.append(_enlarged(_key_sheet(forest, width / larger, subsumers=False), larger))
        return paint(page_of(parts, 18.0 * larger), ax, scale=_OVERVIEW_SCALE)


def _tree_sheet(forest: _Forest, cluster: int, *, subsumers: bool) -> Sheet:
    graph = forest.graph
    members, own = graph.members(cluster), graph.edge_clusters == cluster
    edges = graph.edges[own]
    names = [drawn_name(graph.labels[k]) for k in members]
    notes = [forest.note(tuple(edge), subsumers=subsumers) for edge in edges.tolist()]
    tree = lay_out_forest(
        np.array([text_size(name, palette.NAME) for name in names]) + 2 * np.array(_PADDING),
        np.searchsorted(members, edges),
        np.array([_note_size(note) for note in notes]).reshape(-1, 2),
    )
    sheet = Sheet(tree.width, tree.height)
    for name, box, member in zip(names, tree.nodes, members, strict=True):
        # A class without a concept is an empty box.
        known = graph.labels[member] not in forest.unplaced
        face, edge = (palette.NODE, "none") if known else (palette.ROOM, palette.RULE)
        sheet.box(box, face=face, edge=edge, line=0.8)
        sheet.word(box[[0, 2]].mean(), box[[1, 3]].mean(), name, ha="center")
    drawn = zip(notes, tree.labels, tree.curves, graph.weights[own], strict=True)
    for note, box, curve, weight in drawn:
        colour, width = forest.stroke(weight)
        sheet.curve(curve, colour, width)
        _write_note(sheet, note, box, colour)
    return sheet


def _note_size(note: tuple[str, str]) -> tuple[float, float]:
    number, word = note
    width = _number_width(number)
    if word:
        width += text_size(word, palette.SMALL)[0] + 5.0
    return width, 11.0


def _number_width(number: str) -> float:
    return max(text_size(number, palette.SMALL, True)[0] + 7.0, 15.0)


def _write_note(sheet: Sheet, note: tuple[str, str], box, colour) -> None:
    number, word = note
    left, top, _, bottom = box
    middle, width = (top + bottom) / 2, _number_width(number)
    sheet.box(box, face=palette.ROOM, edge=colour, line=1.0, corner=5.0)
    sheet.word(left + width / 2, middle, number, size=palette.SMALL, bold=True, ha="center")
    if word:
        sheet.word(left + width, middle, word, size=palette.SMALL, colour=palette.MUTED)


def _heading_sheet(title: str, facts: str) -> Sheet:
    title = one_line(title)
    sheet = Sheet()
    width, height = text_size(title, palette.HEADING, True)
    sheet.word(0, height / 2, title, size=palette.HEADING, bold=True)
    facts_width, facts_height = text_size(facts, palette.NOTE)
    sheet.word(0, height + 3 + facts_height / 2, facts, size=palette.NOTE, colour=palette.MUTED)
    sheet.width, sheet.height = max(width, facts_width), height + 3 + facts_height
    return sheet


def _key_sheet(forest: _Forest, room: float, *, subsumers: bool) -> Sheet:
    """What colours and numbers mean: side by side where ``room`` is wide enough."""
    bar, number = _colour_bar(forest), _number_key(subsumers)
    if bar.width + 24 + number.width <= room:
        sheet = Sheet(bar.width + 24 + number.width, max(bar.height, number.height))
        sheet.add(bar, 0, (sheet.height - bar.height) / 2)
        sheet.add(number, bar.width + 24, (sheet.height - number.height) / 2)
        return sheet
    sheet = Sheet(max(bar.width, number.width), bar.height + 5 + number.height)
    sheet.add(bar, 0, 0)
    sheet.add(number, 0, bar.height + 5)
    return sheet


def _colour_bar(forest: _Forest) -> Sheet:
    sheet = Sheet(height=10.0)
    for text in ("similarity", f"{forest.least:.2f}", None, f"{forest.most:.2f}"):
        x = sheet.width + (5 if sheet.width else 0)
        if text is None:
            sheet.ramp((x, 1.5, x + 100.0, 8.5), line_colours())
            sheet.width = x + 100.0
        else:
            sheet.word(x, 5.0, text, size=palette.NOTE, colour=palette.MUTED)
            sheet.width = x + text_size(text, palette.NOTE)[0]
    return sheet


def _number_key(subsumers: bool) -> Sheet:
    words = f"depth{' and name' if subsumers else ''} of the lowest common subsumer"
    sheet = Sheet(_number_width("12") + 5 + text_size(words, palette.NOTE)[0], 11.0)
    _write_note(sheet, ("12", ""), (0, 0, _number_width("12"), 11.0), palette.STRONG)
    sheet.word(_number_width("12") + 5, 5.5, words, size=palette.NOTE, colour=palette.MUTED)
    return sheet


def _enlarged(sheet: Sheet, scale: float) -> Sheet:
    larger = Sheet(sheet.width * scale, sheet.height * scale)
    larger.add(sheet, 0, 0, scale)
    return larger


def _cluster_title(graph: SimilarityGraph, cluster: int) -> str:
    return f"Cluster {cluster}" + (" (noise)" if cluster == graph.noise_cluster else "")


def _facts(forest: _Forest, cluster: int) -> str:
    names = [forest.graph.labels[k] for k in forest.graph.members(cluster)]
    facts = [counted(len(names), "class", "classes")]
    own = forest.depth.clusters == cluster
    if own.any():
        facts.append(f"mean depth {forest.depth.depths[own].mean():.2f}")
    unplaced = len(forest.unplaced.intersection(names))
    if unplaced:
        facts.append(f"{unplaced:,} without a concept")
    return " · ".join(facts)


def _block(forest: _Forest, cluster: int) -> Sheet:
    """A tree for the overview, under its heading."""
    tree = _tree_sheet(forest, cluster, subsumers=False)
    facts = _facts(forest, cluster)
    own = np.flatnonzero(forest.depth.clusters == cluster).tolist()
    shared = Counter(forest.depth.subsumer_names[k] for k in own).most_common(1)
    if shared and shared[0][1] > 1:
        facts += f" · {concept_word(shared[0][0])} ×{shared[0][1]}"
    heading = _heading_sheet(_cluster_title(forest.graph, cluster), facts)
    sheet = Sheet(max(tree.width, heading.width), heading.height + 7 + tree.height)
    sheet.add(heading, 0, 0)
    sheet.add(tree, 0, heading.height + 7)
    return sheet


def _all_facts(graph: SimilarityGraph, depth: SimilarityDepth) -> str:
    clusters = counted(graph.n_clusters, "cluster", "clusters")
    facts = [f"{clusters} of {counted(len(graph.labels), 'class', 'classes')}"]
    if not depth.reason:
        facts.append(f"Similarity Depth {depth.mean:.2f}")
    return " · ".join(facts)
