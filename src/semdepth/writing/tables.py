"""An analysis as text: one JSON document, and CSV tables of edges and classes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from math import isnan

from semdepth.analysis import Analysis
from semdepth.verdicts import ADVICE, PairVerdicts

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
PAIR_COLUMNS = (
    "verdict",
    "class_a",
    "class_b",
    "a_taken_for_b",
    "b_taken_for_a",
    "similarity",
    "depth",
    "advice",
)
ODD_COLUMNS = (
    "class",
    "depth",
    "chance",
    "ceiling",
    "normalised",
    *(f"neighbour_{rank}" for rank in range(1, 6)),
)
CONTEXT_COLUMNS = ("class_a", "class_b", "similarity", "depth", "surprise")


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


def pairs_csv(verdicts: PairVerdicts) -> str:
    """Every confused or perceived pair with its verdict as CSV, those that matter most first."""
    return _csv(PAIR_COLUMNS, pair_rows(verdicts))


def odd_classes_csv(analysis: Analysis) -> str:
    """All placed classes as CSV, those whose perceived neighbours are least of a kind first."""
    rows = (
        (odd.label, odd.depth, odd.chance, odd.ceiling, odd.normalised, *odd.neighbours)
        for odd in analysis.odd
    )
    return _csv(ODD_COLUMNS, rows)


def context_pairs_csv(analysis: Analysis) -> str:
    """Pairs much more alike than their kinship suggests as CSV, the most surprising first."""
    rows = (
        (pair.first, pair.second, pair.similarity, pair.depth, pair.surprise)
        for pair in analysis.context
    )
    return _csv(CONTEXT_COLUMNS, rows)


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
