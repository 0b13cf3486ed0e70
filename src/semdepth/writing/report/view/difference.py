"""What differs between two analyses, as the page draws it."""

from __future__ import annotations

from semdepth.analysis import Analysis
from semdepth.difference import ConfusionDifference, EdgeDifference, adjusted_rand, diff
from semdepth.difference.confusions import MOST_DIFFERING
from semdepth.writing.report.view.columns import number, places, rounded


def difference_view(first: Analysis, second: Analysis) -> dict:
    """The two side by side; classes are aligned by name and numbered as ``shared`` lists them.

    Raises :class:`LabelError` where they share fewer than two classes.
    """
    found = diff(first, second)
    ours, theirs = places(first.graph.labels), places(second.graph.labels)
    clusters, order = found.clusters, found.clusters.order
    return {
        "shared": {
            "label": list(found.labels),
            "first": [ours[label] for label in found.labels],
            "second": [theirs[label] for label in found.labels],
        },
        "only_first": [ours[label] for label in found.only_first],
        "only_second": [theirs[label] for label in found.only_second],
        "edges": _edges_view(found.edges),
        "moved": {
            "class": order.tolist(),
            "overlap": rounded(clusters.overlap[order]),
            "cluster_first": clusters.first[order].tolist(),
            "cluster_second": clusters.second[order].tolist(),
        },
        "confusions": None if found.confusions is None else _confusions_view(found.confusions),
        "adjusted_rand": number(adjusted_rand(clusters.first, clusters.second)),
        "edge_jaccard": number(found.edges.jaccard),
        "spearman": number(found.spearman),
    }


def _edges_view(edges: EdgeDifference) -> dict:
    return {
        "a": edges.pairs[:, 0].tolist(),
        "b": edges.pairs[:, 1].tolist(),
        "in_first": edges.in_first.tolist(),
        "in_second": edges.in_second.tolist(),
        "similarity_first": rounded(edges.similarity_first),
        "similarity_second": rounded(edges.similarity_second),
    }


def _confusions_view(found: ConfusionDifference) -> dict:
    """The pairs that differ most; a page does not show more."""
    shown = slice(MOST_DIFFERING)
    return {
        "a": found.pairs[shown, 0].tolist(),
        "b": found.pairs[shown, 1].tolist(),
        "first": rounded(found.first[shown], 6),
        "second": rounded(found.second[shown], 6),
        "first_of": rounded(found.first_of[shown], 6),
        "second_of": rounded(found.second_of[shown], 6),
        "omitted": found.omitted + len(found.pairs[MOST_DIFFERING:]),
    }
