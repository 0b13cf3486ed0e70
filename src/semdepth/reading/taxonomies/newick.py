"""Reads trees in Newick's form, as phylogenies and dendrograms are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from semdepth.errors import DamagedFile
from semdepth.reading.taxonomies.draft import Draft, shown
from semdepth.reading.taxonomies.text import text_of

# Comments stand in brackets. Branch lengths are numbers after a colon, and are passed over.
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<comment>\[[^\]]*\])|(?P<mark>[(),;])"
    r"|(?P<length>:\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|(?P<quoted>'[^']*(?:''[^']*)*')|(?P<bare>[^\s()\[\]',:;]+)"
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


# What may follow what; "start" is the beginning of a tree.
_AFTER = {
    "(": {"start", "(", ","},
    "label": {"start", "(", ",", ")"},
    ",": {"label", ")", "length"},
    ")": {"label", ")", "length"},
    "length": {"label", ")"},
    ";": {"label", ")", "length"},
}


class _Nodes:
    """The nodes of all trees in the order in which they open; roots have the parent -1."""

    def __init__(self):
        self.names: list[str | None] = []
        self.parents: list[int] = []
        self.lines: list[int] = []
        self.inner: list[int] = []
        self.open: list[int] = []
        self.closed = -1

    def add(self, name: str | None, line: int) -> int:
        self.names.append(name)
        self.parents.append(self.open[-1] if self.open else -1)
        self.lines.append(line)
        return len(self.names) - 1

    def take(self, token: str, last: str, line: int) -> None:
        """One token; ``last`` is the kind of the one before."""
        if token == "(":
            self.inner.append(self.add(None, line))
            self.open.append(self.inner[-1])
        elif token == ")":
            self.closed = self.open.pop()
        elif last != ")":
            self.add(token, line)
        elif not _NUMBER.fullmatch(token):
            self.names[self.closed], self.lines[self.closed] = token, line


def read(path: Path, draft: Draft) -> None:
    """Every tree of a file; inner nodes without a name are "node 1", "node 2" as they open.

    Underscores stay as they are. A number behind a bracket is the support of a branch, no name.
    """
    nodes, last, line = _Nodes(), "start", 1
    for kind, token, line in _tokens(text_of(path)):
        if last not in _AFTER[kind] or (kind in (",", ")") and not nodes.open):
            raise DamagedFile(
                f"expected a tree in Newick's form, found {shown(token)} out of place in line "
                f"{line:,}; check the brackets and commas before it"
            )
        if kind == ";":
            _check_closed(nodes, line)
        elif kind in ("(", ")", "label"):
            nodes.take(token if kind == "label" else kind, last, line)
        last = "start" if kind == ";" else kind
    _check_closed(nodes, line)
    _fill(draft, nodes)


def _check_closed(nodes: _Nodes, line: int) -> None:
    if nodes.open:
        raise DamagedFile(
            f"expected every bracket to be closed, found {len(nodes.open):,} open at the end in "
            f"line {line:,}; the file may be cut off"
        )


def _fill(draft: Draft, nodes: _Nodes) -> None:
    taken = set(nodes.names)
    for count, node in enumerate(nodes.inner, start=1):
        if nodes.names[node] is None:
            name = f"node {count}"
            while name in taken:
                name += "'"
            nodes.names[node] = name
    places = [
        draft.define(name, line=line) for name, line in zip(nodes.names, nodes.lines, strict=True)
    ]
    for node, parent in enumerate(nodes.parents):
        if parent >= 0:
            draft.link(places[node], places[parent], nodes.lines[node])


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """What the text is made of, with the number of each line; labels without their quotes."""
    place, line = 0, 1
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise DamagedFile(
                f"expected a tree in Newick's form, found {shown(text[place : place + 20])} in "
                f"line {line:,}; put labels with such characters in single quotes"
            )
        kind, token = match.lastgroup, match[0]
        if kind == "quoted":
            yield "label", token[1:-1].replace("''", "'"), line
        elif kind == "bare":
            yield "label", token, line
        elif kind == "mark":
            yield token, token, line
        elif kind == "length":
            yield kind, token, line
        line += token.count("\n")
        place = match.end()
