"""Writes a graph, a table or a tree of an analysis as one file, whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from semdepth.analysis import Analysis
from semdepth.errors import OptionError, ReadError
from semdepth.induction import induce, node_names
from semdepth.writing import tables
from semdepth.writing.exports.class_graph import class_graph
from semdepth.writing.exports.formats import SCHEMA, gexf, graphml, node_link
from semdepth.writing.exports.libraries import TABLE_KEY, to_parquet
from semdepth.writing.single_file import write_file

GRAPH_FORMATS = {".graphml": graphml, ".gexf": gexf, ".json": node_link}
TREE_FORMATS = (".nwk", ".newick")
TABLE_FORMATS = (".csv", ".parquet")

# A larger file is no tree of ours: a matrix of so many classes has no room in memory.
_LARGEST_TREE = 1 << 28
_QUOTED = re.compile(r"'(?:[^']|'')*+'")
_ROOT = re.compile(r"\((\d+)\)'{1,9};\s*$|'node (\d+)'{1,9};\s*$")


def write_graph(
    analysis: Analysis,
    path: str | Path,
    *,
    layer: str = "both",
    inputs: Iterable[str | Path] = (),
) -> Path:
    """Write the class graph as ``.graphml``, ``.gexf``, or ``.json`` in node-link form.

    ``layer`` chooses the ``"perceived"`` forest, that of the classes ``"confused"``, or ``"both"``.
    Nodes are identified by the classes' positions; an edge's weight is its similarity. The same
    analysis gives the same bytes. Only an earlier graph of semdepth is replaced, and none of the
    ``inputs``.
    """
    form = _suffix(path, GRAPH_FORMATS, "graph")
    content = GRAPH_FORMATS[form](class_graph(analysis, layer))
    return write_file(path, content, owns=_is_graph, inputs=inputs)


def write_table(
    analysis: Analysis,
    path: str | Path,
    table: str = "edges",
    *,
    inputs: Iterable[str | Path] = (),
) -> Path:
    """Write a table as ``.csv``, or as ``.parquet`` with typed columns; :func:`to_pandas` names it.

    Parquet needs ``semdepth[parquet]``. Only an earlier table of semdepth is replaced, and none
    of the ``inputs``.
    """
    form = _suffix(path, TABLE_FORMATS, "table")
    found = tables.table_of(analysis, table)
    if form == ".csv":
        content = tables.csv_text(found).encode()
        return write_file(path, content, owns=_is_csv_table, inputs=inputs)
    return write_file(path, to_parquet(found, table), owns=_is_parquet_table, inputs=inputs)


def write_newick(
    analysis: Analysis,
    path: str | Path,
    *,
    linkage: str = "average",
    inputs: Iterable[str | Path] = (),
) -> Path:
    """Write the hierarchy that the network has made itself as Newick (:func:`induce`).

    Its inner nodes are named by the concepts above their classes. Raises :class:`ReadError` for
    an analysis that was read back without its similarities. Only an earlier tree of semdepth is
    replaced, and none of the ``inputs``.
    """
    _suffix(path, TREE_FORMATS, "tree")
    if analysis.similarity is None:
        raise ReadError(
            "expected an analysis with its similarities, found one that was read from a file "
            "without similarity.npy beside it; use semdepth taxonomy induce MODEL"
        )
    tree = induce(analysis.similarity, linkage)
    content = f"{tree.to_newick(node_names(tree, analysis.placement))}\n".encode()
    return write_file(path, content, owns=_is_tree, inputs=inputs)


def _suffix(path: str | Path, known: Iterable[str], what: str) -> str:
    suffix = Path(path).suffix.lower()
    if suffix not in known:
        raise OptionError(
            f"expected a {what}'s file ending in {', '.join(known)}, found {Path(path).name!r}; "
            "name it so"
        )
    return suffix


# How an earlier export is known again, so that no other file is replaced.


def _is_graph(path: Path) -> bool:
    with path.open("rb") as file:
        return SCHEMA.encode() in file.read(500)


def _is_csv_table(path: Path) -> bool:
    headers = {",".join(columns) for columns in tables.HEADERS}
    with path.open("rb") as file:
        return file.readline(1_000).decode("utf-8", "replace").rstrip("\r\n") in headers


def _is_parquet_table(path: Path) -> bool:
    import pyarrow.parquet

    try:
        return TABLE_KEY in (pyarrow.parquet.read_schema(path).metadata or {})
    except pyarrow.ArrowException:
        return False


def _is_tree(path: Path) -> bool:
    """Whether the root bears the number of the last merge, as in every induced tree."""
    if path.stat().st_size > _LARGEST_TREE:
        return False
    text = path.read_text(encoding="utf-8", errors="replace")
    root = _ROOT.search(text)
    return root is not None and _QUOTED.sub("", text).count(",") == int(root[1] or root[2])
