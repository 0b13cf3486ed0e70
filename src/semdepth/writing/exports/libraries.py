"""Results in other libraries' own types: networkx graphs, pandas and Arrow tables."""

from __future__ import annotations

import io

from semdepth.analysis import Analysis
from semdepth.errors import MissingExtra
from semdepth.graph import SimilarityGraph
from semdepth.writing.exports.class_graph import class_graph
from semdepth.writing.tables import Table, table_of

# Stands in every table that is written, so that an earlier one is known again.
TABLE_KEY = b"semdepth/table"

_PANDAS_TYPES = {str: None, int: "Int64", float: "float64", bool: "bool"}


def to_networkx(result: SimilarityGraph | Analysis, layer: str = "perceived"):
    """A ``networkx.Graph`` with a node a class (``cluster``) and ``weight`` on each edge.

    Of an :class:`Analysis`, nodes and edges carry all that :func:`write_graph` writes, of the
    edges that are ``"perceived"``, ``"confused"`` or ``"both"``; what is unknown is left out, but
    for ``concept`` and ``concept_id`` of an unplaced class, which are empty. Needs
    ``semdepth[networkx]``.
    """
    try:
        import networkx
    except ImportError:
        raise MissingExtra("to_networkx", "networkx", "networkx") from None
    graph = result.graph if isinstance(result, Analysis) else result
    out = networkx.Graph(kind=graph.kind, clusterer=graph.clustering.clusterer.name)
    if isinstance(result, Analysis):
        whole = class_graph(result, layer)
        for label, node in zip(graph.labels, whole.nodes, strict=True):
            out.add_node(label, **{"concept": "", "concept_id": "", **node})
        for (i, j), edge in whole.edges.items():
            out.add_edge(graph.labels[i], graph.labels[j], **edge)
        return out
    for label, cluster in zip(graph.labels, graph.membership.tolist(), strict=True):
        out.add_node(label, cluster=cluster)
    for (i, j), weight in zip(graph.edges.tolist(), graph.weights.tolist(), strict=True):
        out.add_edge(graph.labels[i], graph.labels[j], weight=weight)
    return out


def to_pandas(analysis: Analysis, table: str = "edges"):
    """A ``pandas.DataFrame`` of one of an analysis's tables; missing values where unknown.

    ``"edges"`` of the forest, ``"classes"`` by cluster, most ``"alike"`` pairs, ``"clusters"``,
    ``"pairs"`` with their verdicts (predictions needed), ``"odd"`` classes, ``"context"`` pairs.
    Needs ``semdepth[pandas]``.
    """
    try:
        import pandas
    except ImportError:
        raise MissingExtra("to_pandas", "pandas", "pandas") from None
    found = table_of(analysis, table)
    return pandas.DataFrame(
        {
            name: pandas.Series(list(values), dtype=_PANDAS_TYPES[found.types[name]])
            for name, values in found.columns.items()
        }
    )


def to_arrow(table: Table):
    """A ``pyarrow.Table``; null where unknown. Needs ``semdepth[parquet]``."""
    try:
        import pyarrow
    except ImportError:
        raise MissingExtra("Parquet", "pyarrow", "parquet") from None
    types = {
        str: pyarrow.string(),
        int: pyarrow.int64(),
        float: pyarrow.float64(),
        bool: pyarrow.bool_(),
    }
    return pyarrow.table(
        {
            name: pyarrow.array(values, types[table.types[name]])
            for name, values in table.columns.items()
        }
    )


def to_parquet(table: Table, name: str) -> bytes:
    """A Parquet file with typed columns, which bears the table's name."""
    arrow = to_arrow(table).replace_schema_metadata({TABLE_KEY: name})
    import pyarrow.parquet

    file = io.BytesIO()
    pyarrow.parquet.write_table(arrow, file)
    return file.getvalue()
