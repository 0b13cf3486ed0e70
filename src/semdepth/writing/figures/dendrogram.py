"""The network's own hierarchy as a dendrogram, its inner nodes named by the taxonomy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.induction import Dendrogram, subsumers_of_nodes
from semdepth.labels import Placement
from semdepth.writing.figures import palette
from semdepth.writing.figures.canvas import drawing, line_colours, text_size
from semdepth.writing.figures.names import concept_word, counted, drawn_name, one_line
from semdepth.writing.figures.sheet import Sheet, page_of, paint

# More rows than this are cut down to so many: a page that can still be read in one piece.
MOST_ROWS = 120
_ROWS_OF_AN_OVERVIEW = 90
_ROW = 11.5
_TREE = 400.0
# Behind the lowest fork, for the name beside it.
_LANE = 84.0
_LONGEST_ROW = 360.0
_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


@dataclass(frozen=True, eq=False, slots=True)
class _Drawn:
    """The part of a dendrogram that is drawn: from the root down to its rows.

    ``rows`` are nodes from top to bottom, classes or whole groups; ``forks`` the merges above
    them, children before parents. ``concept`` and ``depth`` are of each node, '' and 0 where
    there is none.
    """

    tree: Dendrogram
    rows: list[int]
    forks: list[int]
    sizes: np.ndarray
    concept: list[str]
    depth: np.ndarray


def plot_dendrogram(
    dendrogram: Dendrogram, placement: Placement | None = None, *, title: str | None = None, ax=None
):
    """A hierarchy from its root on the left to its classes on the right.

    A fork stands at the distance at which its two groups merge. With a ``placement`` it is named
    by the lowest concept above its classes, where that is another one than its parent's, and its
    colour tells that concept's depth. Above 120 classes the largest groups are opened until there
    are 90 rows; the others are one row each, with the number of their classes.

    Without ``ax`` the figure is as large as the tree needs; with ``ax`` the whole drawing is made
    as small as that takes.
    """
    with drawing():
        drawn = _drawn(dendrogram, placement)
        tree = _tree_sheet(drawn)
        title = "The network's own hierarchy" if title is None else title
        parts = [_heading(title, _facts(drawn)), tree]
        if drawn.depth.any():
            parts.append(_key(drawn))
        return paint(page_of(parts), ax)


def _drawn(tree: Dendrogram, placement: Placement | None) -> _Drawn:
    n, sizes = len(tree.labels), tree.sizes()
    concept, depth = [""] * len(sizes), np.zeros(len(sizes), dtype=np.int64)
    if placement is not None:
        taxonomy = placement.taxonomy
        found = [*placement.concepts.tolist(), *subsumers_of_nodes(tree, placement).tolist()]
        concept = ["" if c < 0 else taxonomy.names[c] for c in found]
        depth = np.array([0 if c < 0 else taxonomy.depth(c) for c in found])
    opened = _opened(tree, sizes, n if n <= MOST_ROWS else _ROWS_OF_AN_OVERVIEW)
    rows, waiting = [], [2 * n - 2]
    while waiting:
        node = waiting.pop()
        if node in opened:
            waiting.extend(reversed(tree.merges[node - n].tolist()))
        else:
            rows.append(node)
    return _Drawn(tree, rows, sorted(opened), sizes, concept, depth)


def _opened(tree: Dendrogram, sizes: np.ndarray, rows: int) -> set[int]:
    """The forks to draw: the largest group is opened until there are so many rows."""
    n = len(tree.labels)
    closed = {2 * n - 2}
    opened: set[int] = set()
    while len(closed) < rows:
        node = max(closed, key=lambda k: (sizes[k], k))
        closed.remove(node)
        opened.add(node)
        closed.update(tree.merges[node - n].tolist())
    return opened


def _tree_sheet(drawn: _Drawn) -> Sheet:
    tree, n = drawn.tree, len(drawn.tree.labels)
    words = [_row_words(drawn, node) for node in drawn.rows]
    names = max(text_size(name, palette.NAME)[0] for name, _ in words)
    notes = max(text_size(note, palette.SMALL)[0] + 6 if note else 0.0 for _, note in words)
    sheet = Sheet(_TREE + _LANE + 6 + names + notes, _ROW * len(drawn.rows) + 22)

    low, high = _range(drawn)
    at = {node: (_TREE + _LANE, _ROW * (k + 0.5)) for k, node in enumerate(drawn.rows)}
    last_row = {node: k for k, node in enumerate(drawn.rows)}
    for fork in drawn.forks:
        first, second = tree.merges[fork - n].tolist()
        x = _TREE * (high - tree.heights[fork - n]) / (high - low)
        at[fork] = x, (at[first][1] + at[second][1]) / 2
        last_row[fork] = last_row[second]
        for child in (first, second):
            _elbow(sheet, at[fork], at[child], *_stroke(drawn, fork))
    _name_forks(sheet, drawn, at, last_row)
    for node, (name, note) in zip(drawn.rows, words, strict=True):
        x, y = at[node][0] + 6, at[node][1]
        sheet.word(x, y, name, bold=False)
        if note:
            x += text_size(name, palette.NAME)[0] + 6
            sheet.word(x, y, note, size=palette.SMALL, colour=palette.MUTED)
    _axis(sheet, low, high)
    return sheet


def _range(drawn: _Drawn) -> tuple[float, float]:
    """The heights of the lowest and the highest fork, apart from each other in any case."""
    heights = drawn.tree.heights[np.array(drawn.forks) - len(drawn.tree.labels)]
    low, high = float(heights.min()), float(heights.max())
    return (low, high) if high > low else (low - 0.5, high)


def _elbow(sheet: Sheet, fork: tuple, child: tuple, colour, width: float) -> None:
    corner = fork[0], child[1]
    sheet.curve(np.array((fork, fork, corner, corner, child)), colour, width)


def _stroke(drawn: _Drawn, fork: int) -> tuple:
    """Colour and width of a fork: the deeper its concept, the stronger."""
    if not drawn.depth[fork]:
        return palette.MUTED, 0.9
    share = (drawn.depth[fork] - 1) / max(1, _deepest(drawn) - 1)
    return line_colours()(share), 0.9 + 0.7 * share


def _deepest(drawn: _Drawn) -> int:
    return int(drawn.depth[drawn.forks].max())


def _name_forks(sheet: Sheet, drawn: _Drawn, at: dict, last_row: dict) -> None:
    """Between the last row of a fork's first branch and the first of its second, nothing else is
    to the right of the fork: there its name stands, if it is short enough to end before the rows.
    """
    n, parent = len(drawn.tree.labels), {}
    for fork in drawn.forks:
        parent.update(dict.fromkeys(drawn.tree.merges[fork - n].tolist(), fork))
    for fork in drawn.forks:
        above = drawn.concept[parent[fork]] if fork in parent else ""
        if drawn.concept[fork] in ("", above):
            continue
        word = concept_word(drawn.concept[fork])
        x = at[fork][0] + 3
        if x + text_size(word, palette.SMALL)[0] <= _TREE + _LANE:
            y = _ROW * (last_row[drawn.tree.merges[fork - n][0]] + 1)
            sheet.word(x, y, word, size=palette.SMALL, colour=palette.MUTED)


def _row_words(drawn: _Drawn, node: int) -> tuple[str, str]:
    """A class by its name; a group by its concept, and how many and which classes it holds."""
    labels = drawn.tree.labels
    if node < len(labels):
        return drawn_name(labels[node]), ""
    members = [drawn_name(labels[k]) for k in drawn.tree.members(node)]
    name = concept_word(drawn.concept[node]) if drawn.concept[node] else "group"
    note = f"{len(members):,}: "
    for k, member in enumerate(members):
        longer = f"{note}{', ' if k else ''}{member}"
        if k and text_size(f"{longer}, …", palette.SMALL)[0] > _LONGEST_ROW:
            return name, f"{note}, …"
        note = longer
    return name, note


def _axis(sheet: Sheet, low: float, high: float) -> None:
    """The distances at which groups merge, below the tree."""
    y = sheet.height - 16
    sheet.box((0, y, _TREE, y + 0.6), face=palette.MUTED, corner=0.0)
    step = next((s for s in _STEPS if (high - low) / s <= 6), 1.0)
    name = "1 − similarity"
    sheet.word(_TREE + 8, y, name, size=palette.NOTE, colour=palette.MUTED)
    for k in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1):
        x = _TREE * (high - k * step) / (high - low)
        sheet.box((x - 0.3, y, x + 0.3, y + 3), face=palette.MUTED, corner=0.0)
        text = f"{k * step:.3g}"
        sheet.word(x, y + 9, text, size=palette.NOTE, colour=palette.MUTED, ha="center")


def _facts(drawn: _Drawn) -> str:
    n, rows = len(drawn.tree.labels), len(drawn.rows)
    facts = f"{counted(n, 'class', 'classes')} · {drawn.tree.linkage} linkage"
    return facts if rows == n else f"{facts} · the largest groups opened, {rows} rows"


def _heading(title: str, facts: str) -> Sheet:
    title = one_line(title)
    width, height = text_size(title, palette.HEADING, True)
    facts_width, facts_height = text_size(facts, palette.NOTE)
    sheet = Sheet(max(width, facts_width), height + 3 + facts_height)
    sheet.word(0, height / 2, title, size=palette.HEADING, bold=True)
    sheet.word(0, height + 3 + facts_height / 2, facts, size=palette.NOTE, colour=palette.MUTED)
    return sheet


def _key(drawn: _Drawn) -> Sheet:
    """What the colours mean."""
    sheet, x = Sheet(height=10.0), 0.0
    words = ("depth of the lowest common subsumer", "1", None, str(_deepest(drawn)))
    for text in words:
        if text is None:
            sheet.ramp((x, 1.5, x + 100.0, 8.5), line_colours())
            x += 105.0
        else:
            sheet.word(x, 5.0, text, size=palette.NOTE, colour=palette.MUTED)
            x += text_size(text, palette.NOTE)[0] + 5
    sheet.width = x - 5
    return sheet
