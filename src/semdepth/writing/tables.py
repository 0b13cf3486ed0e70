"""An analysis as text: one JSON document, and tables with typed columns as CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from types import SimpleNamespace

from semdepth.analysis import Analysis
from semdepth.depth import SimilarityDepth
from semdepth.errors import OptionError
from semdepth.verdicts import ADVICE, PairVerdicts

EDGE_TYPES = {
    "class_a": str,
    "class_b": str,
    "id_a": str,
    "id_b": str,
    "similarity": float,
    "cluster": int,
    "subsumer": str,
    "subsumer_name": str,
    "depth": int,
    "wu_palmer": float,
}
CLASS_TYPES = {
    "cluster": int,
    "cluster_size": int,
    "cluster_subsumer": str,
    "cluster_depth": float,
    "class": str,
    "id": str,
    "concept": str,
    "placed_by": str,
    "class_depth": float,
}
CLUSTER_TYPES = {
    "cluster": int,
    "cluster_size": int,
    "cluster_subsumer": str,
    "cluster_depth": float,
    "noise": bool,
}
ALIKE_TYPES = {
    "class_a": str,
    "class_b": str,
    "similarity": float,
    "subsumer": str,
    "subsumer_name": str,
    "depth": int,
    "same_cluster": bool,
}
PAIR_TYPES = {
    "verdict": str,
    "class_a": str,
    "class_b": str,
    "a_taken_for_b": int,
    "b_taken_for_a": int,
    "similarity": float,
    "depth": int,
    "advice": str,
}
ODD_TYPES = {
    "class": str,
    "depth": float,
    "chance": float,
    "ceiling": float,
    "normalised": float,
    **{f"neighbour_{rank}": str for rank in range(1, 6)},
}
CONTEXT_TYPES = {
    "class_a": str,
    "class_b": str,
    "similarity": float,
    "depth": int,
    "surprise": float,
}
EDGE_COLUMNS = tuple(EDGE_TYPES)
CLASS_COLUMNS = tuple(CLASS_TYPES)
CLUSTER_COLUMNS = tuple(CLUSTER_TYPES)
ALIKE_COLUMNS = tuple(ALIKE_TYPES)
PAIR_COLUMNS = tuple(PAIR_TYPES)
ODD_COLUMNS = tuple(ODD_TYPES)
CONTEXT_COLUMNS = tuple(CONTEXT_TYPES)
HEADERS = (
    *(EDGE_COLUMNS, CLASS_COLUMNS, CLUSTER_COLUMNS, ALIKE_COLUMNS),
    *(PAIR_COLUMNS, ODD_COLUMNS, CONTEXT_COLUMNS),
)

# Where two classes meet: the subsumer's id and name, its depth, and their Wu-Palmer similarity.
Meeting = tuple[str, str, int, float]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns of one type each (str, int, float, bool); None is unknown."""

    types: Mapping[str, type]
    rows: list[tuple]

    @property
    def columns(self) -> dict[str, tuple]:
        """The values of each column, from the top."""
        values = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.types)
        return dict(zip(self.types, values, strict=True))


def table_of(analysis: Analysis, name: str = "edges") -> Table:
    """One of an analysis's :data:`TABLES`; ``"pairs"`` needs predictions."""
    if name not in TABLES:
        raise OptionError(f"expected a table out of {', '.join(TABLES)}, found {name!r}")
    return TABLES[name](analysis)


def csv_text(table: Table) -> str:
    """A table as CSV: numbers in full precision, empty where unknown."""
    lines: list[str] = []
    # Names with a return or a line feed are quoted where both end this writer's lines; ours end
    # in a line feed.
    writer = csv.writer(SimpleNamespace(write=lines.append), lineterminator="\r\n")
    writer.writerow(table.types)
    writer.writerows(table.rows)
    return "".join(line.removesuffix("\r\n") + "\n" for line in lines)


def analysis_json(analysis: Analysis) -> str:
    """The whole analysis as JSON (schema ``semdepth/analysis``), one line a top-level key."""
    return document_json(analysis.to_dict())


def document_json(document: dict) -> str:
    """A value's plain dict as JSON, one line a top-level key.

    >>> document_json({"schema": "semdepth/analysis", "odd": [1, 2]})
    '{\\n"schema": "semdepth/analysis",\\n"odd": [1, 2]\\n}\\n'
    """
    lines = (
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False, allow_nan=False)}"
        for key, value in document.items()
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def meetings(depth: SimilarityDepth) -> dict[tuple[int, int], Meeting]:
    """Where the two classes of each counted edge meet."""
    found = zip(
        depth.subsumers,
        depth.subsumer_names,
        depth.depths.tolist(),
        depth.wu_palmer.tolist(),
        strict=True,
    )
    return dict(zip(map(tuple, depth.edges.tolist()), found, strict=True))


def edge_rows(analysis: Analysis) -> list[tuple]:
    """One row per edge of the forest, in the order of :data:`EDGE_COLUMNS`; None is unknown."""
    graph, ids = analysis.graph, [placed.id for placed in analysis.classes]
    met = meetings(analysis.depth)
    return [
        (
            graph.labels[i],
            graph.labels[j],
            ids[i],
            ids[j],
            weight,
            cluster,
            *met.get((i, j), (None,) * 4),
        )
        for (i, j), weight, cluster in zip(
            graph.edges.tolist(), graph.weights.tolist(), graph.edge_clusters.tolist(), strict=True
        )
    ]


def class_rows(analysis: Analysis) -> list[tuple]:
    """One row per class, cluster by cluster, in the order of :data:`CLASS_COLUMNS`."""
    by_label = {placed.label: placed for placed in analysis.classes}
    return [
        (
            cluster.number,
            cluster.size,
            cluster.subsumer_name,
            cluster.depth,
            label,
            by_label[label].id,
            by_label[label].concept,
            by_label[label].placed_by,
            by_label[label].depth,
        )
        for cluster in analysis.clusters
        for label in cluster.members
    ]


def pair_rows(verdicts: PairVerdicts) -> list[tuple]:
    """One row per confused or perceived pair, in the order of :data:`PAIR_COLUMNS`."""
    columns = zip(
        verdicts.pairs.tolist(),
        verdicts.verdicts.tolist(),
        verdicts.first_as_second.tolist(),
        verdicts.second_as_first.tolist(),
        verdicts.similarity.tolist(),
        verdicts.depth.tolist(),
        strict=True,
    )
    return [
        (
            verdict,
            verdicts.labels[i],
            verdicts.labels[j],
            a_as_b,
            b_as_a,
            similarity,
            None if isnan(depth) else int(depth),
            ADVICE[verdict],
        )
        for (i, j), verdict, a_as_b, b_as_a, similarity, depth in columns
    ]


def cluster_rows(analysis: Analysis) -> list[tuple]:
    """One row per cluster, the largest first, in the order of :data:`CLUSTER_COLUMNS`."""
    return [
        (cluster.number, cluster.size, cluster.subsumer_name, cluster.depth, cluster.is_noise)
        for cluster in analysis.clusters
    ]


def alike_rows(analysis: Analysis) -> list[tuple]:
    """One row per most alike pair, in the order of :data:`ALIKE_COLUMNS`."""
    return [
        (
            pair.first,
            pair.second,
            pair.similarity,
            pair.subsumer,
            pair.subsumer_name,
            pair.depth,
            pair.same_cluster,
        )
        for pair in analysis.alike
    ]


def odd_rows(analysis: Analysis) -> list[tuple]:
    """One row per placed class, the oddest first, in the order of :data:`ODD_COLUMNS`."""
    most = len(ODD_COLUMNS) - 5
    return [
        (
            odd.label,
            odd.depth,
            odd.chance,
            odd.ceiling,
            odd.normalised,
            *odd.neighbours[:most],
            *(None,) * (most - len(odd.neighbours)),
        )
        for odd in analysis.odd
    ]


def context_rows(analysis: Analysis) -> list[tuple]:
    """One row per context pair, the most surprising first, as in :data:`CONTEXT_COLUMNS`."""
    return [
        (pair.first, pair.second, pair.similarity, pair.depth, pair.surprise)
        for pair in analysis.context
    ]


def pairs_csv(verdicts: PairVerdicts) -> str:
    """Every confused or perceived pair with its verdict as CSV, those that matter most first."""
    return csv_text(Table(PAIR_TYPES, pair_rows(verdicts)))


def odd_classes_csv(analysis: Analysis) -> str:
    """All placed classes as CSV, those whose perceived neighbours are least of a kind first."""
    return csv_text(table_of(analysis, "odd"))


def context_pairs_csv(analysis: Analysis) -> str:
    """Pairs much more alike than their kinship suggests as CSV, the most surprising first."""
    return csv_text(table_of(analysis, "context"))


def edges_csv(analysis: Analysis) -> str:
    """The forest's edges as CSV."""
    return csv_text(table_of(analysis, "edges"))


def classes_csv(analysis: Analysis) -> str:
    """The clusters with their classes as CSV, largest cluster first."""
    return csv_text(table_of(analysis, "classes"))


def _pairs(analysis: Analysis) -> Table:
    if analysis.mistakes is None:
        raise OptionError(
            "expected an analysis with predictions for the table of pairs, found one without; "
            "analyse the model with predictions"
        )
    verdicts = analysis.mistakes.verdicts
    # Of a normalised confusion matrix only shares are known.
    cells = int if verdicts.first_as_second.dtype.kind == "i" else float
    types = {**PAIR_TYPES, "a_taken_for_b": cells, "b_taken_for_a": cells}
    return Table(types, pair_rows(verdicts))


TABLES = {
    "edges": lambda analysis: Table(EDGE_TYPES, edge_rows(analysis)),
    "classes": lambda analysis: Table(CLASS_TYPES, class_rows(analysis)),
    "alike": lambda analysis: Table(ALIKE_TYPES, alike_rows(analysis)),
    "clusters": lambda analysis: Table(CLUSTER_TYPES, cluster_rows(analysis)),
    "pairs": _pairs,
    "odd": lambda analysis: Table(ODD_TYPES, odd_rows(analysis)),
    "context": lambda analysis: Table(CONTEXT_TYPES, context_rows(analysis)),
}
"""What an analysis lists, by name: functions of an analysis."""
