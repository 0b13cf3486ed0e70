"""An analysis as text: one JSON document, and CSV tables of edges and classes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence

from semdepth.analysis import Analysis

EDGE_COLUMNS = (
    "class_a",
    "class_b",
    "id_a",
    "id_b",
    "similarity",
    "cluster",
    "subsumer",
    "subsumer_name",
    "depth",
    "wu_palmer",
)
CLASS_COLUMNS = (
    "cluster",
    "cluster_size",
    "cluster_subsumer",
    "cluster_depth",
    "class",
    "id",
    "concept",
    "placed_by",
    "class_depth",
)


def analysis_json(analysis: Analysis) -> str:
    """The whole analysis as JSON (schema ``semdepth/analysis``), one line a top-level key."""
    lines = (
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False, allow_nan=False)}"
        for key, value in analysis.to_dict().items()
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def edge_rows(analysis: Analysis) -> list[tuple]:
    """One row per edge of the forest, in the order of :data:`EDGE_COLUMNS`; None is unknown."""
    graph, depth, ids = analysis.graph, analysis.depth, [c.id for c in analysis.classes]
    known = {
        (i, j): relation
        for (i, j), relation in zip(
            depth.edges.tolist(),
            zip(
                depth.subsumers,
                depth.subsumer_names,
                depth.depths.tolist(),
                depth.wu_palmer.tolist(),
                strict=True,
            ),
            strict=True,
        )
    }
    return [
        (
            graph.labels[i],
            graph.labels[j],
            ids[i],
            ids[j],
            weight,
            cluster,
            *known.get((i, j), (None,) * 4),
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


def edges_csv(analysis: Analysis) -> str:
    """The forest's edges as CSV, numbers in full precision."""
    return _csv(EDGE_COLUMNS, edge_rows(analysis))


def clusters_csv(analysis: Analysis) -> str:
    """The clusters with their classes as CSV, largest cluster first."""
    return _csv(CLASS_COLUMNS, class_rows(analysis))


def _csv(columns: Sequence[str], rows: Iterable[Sequence]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
