"""Results in other libraries' own types: networkx graphs and pandas tables."""

from __future__ import annotations

from semdepth.analysis import Analysis
from semdepth.errors import MissingExtra, OptionError
from semdepth.graph import SimilarityGraph
from semdepth.writing.tables import CLASS_COLUMNS, EDGE_COLUMNS, class_rows, edge_rows

TABLES = ("edges", "classes", "alike")


def to_networkx(result: SimilarityGraph | Analysis):
    """A ``networkx.Graph`` with a node a class (``cluster``) and ``weight`` on each edge.

    Of an :class:`Analysis`, nodes also carry ``id`` and ``concept``, edges ``depth``,
    ``subsumer`` and ``wu_palmer`` where both classes are placed. Needs ``semdepth[networkx]``.
    """
    try:
        import networkx
    except ImportError:
        raise MissingExtra("to_networkx", "networkx", "networkx") from None
    graph = result.graph if isinstance(result, Analysis) else result
    out = networkx.Graph(kind=graph.kind, clusterer=graph.clustering.clusterer.name)
    for label, cluster in zip(graph.labels, graph.membership.tolist(), strict=True):
        out.add_node(label, cluster=cluster)
    for (i, j), weight in zip(graph.edges.tolist(), graph.weights.tolist(), strict=True):
        out.add_edge(graph.labels[i], graph.labels[j], weight=weight)
    if isinstance(result, Analysis):
        _add_taxonomy(out, result)
    return out


def to_pandas(analysis: Analysis, table: str = "edges"):
    """A ``pandas.DataFrame`` of the ``"edges"``, ``"classes"`` or most ``"alike"`` pairs.

    Needs ``semdepth[pandas]``.
    """
    try:
        import pandas
    except ImportError:
        raise MissingExtra("to_pandas", "pandas", "pandas") from None
    if table == "edges":
        return pandas.DataFrame(edge_rows(analysis), columns=list(EDGE_COLUMNS))
    if table == "classes":
        return pandas.DataFrame(class_rows(analysis), columns=list(CLASS_COLUMNS))
    if table == "alike":
        return pandas.DataFrame(analysis.alike)
    raise OptionError(f"expected a table out of {', '.join(TABLES)}, found {table!r}")


def _add_taxonomy(out, analysis: Analysis) -> None:
    for placed in analysis.classes:
        out.nodes[placed.label].update(id=placed.id or "", concept=placed.concept or "")
    for row in edge_rows(analysis):
        edge = dict(zip(EDGE_COLUMNS, row, strict=True))
        if edge["depth"] is not None:
            out.edges[edge["class_a"], edge["class_b"]].update(
                depth=edge["depth"], subsumer=edge["subsumer_name"], wu_palmer=edge["wu_palmer"]
            )
