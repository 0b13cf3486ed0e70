"""A row a class, with its neighbours by weights and by taxonomy; a row a cluster."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from semdepth.analysis import Analysis
from semdepth.labels import Placement
from semdepth.similarity import SimilarityMatrix
from semdepth.taxonomy import PairDepths
from semdepth.writing.figures.names import concept_word
from semdepth.writing.report.view.columns import rounded
from semdepth.writing.report.view.concepts import Concepts

# So many neighbours of either sort a class: fewer where they would be most of the file.
NEIGHBOURS = 10
_MANY_CLASSES, _NEIGHBOURS_OF_MANY = 5_000, 6


def classes_view(
    analysis: Analysis,
    concepts: Concepts | None,
    pair_depths: PairDepths | None,
    images: Mapping[str, str] | None,
) -> dict:
    """One row a class, in class order."""
    rows, n = analysis.classes, len(analysis.classes)
    count = NEIGHBOURS if n <= _MANY_CLASSES else _NEIGHBOURS_OF_MANY
    return {
        "label": [row.label for row in rows],
        "id": [row.id for row in rows],
        "concept": [None] * n if concepts is None else concepts.of_classes(),
        "placed_by": [row.placed_by for row in rows],
        "confidence": rounded(row.confidence for row in rows),
        "cluster": [row.cluster for row in rows],
        "local_depth": rounded(row.depth for row in rows),
        "chance_depth": _chance_depths(analysis.placement, pair_depths, n),
        **_accuracies(analysis),
        "image": None if images is None else [images.get(row.label) for row in rows],
        **_nearest(analysis.similarity, count),
        **_kin(analysis, pair_depths, count),
    }


def clusters_view(analysis: Analysis, concepts: Concepts | None) -> dict:
    """One row a cluster; its position is its number."""
    rows = sorted(analysis.clusters, key=lambda cluster: cluster.number)
    graph = analysis.graph
    above = [
        None if concepts is None else concepts.above_all(graph.members(row.number)) for row in rows
    ]
    return {
        "name": [
            None if row.subsumer_name is None else concept_word(row.subsumer_name) for row in rows
        ],
        "concept": above,
        "depth": rounded(row.depth for row in rows),
        "size": [row.size for row in rows],
        "is_noise": [row.is_noise for row in rows],
    }


def _accuracies(analysis: Analysis) -> dict:
    if analysis.mistakes is None:
        return {"accuracy": None, "seen": None}
    confusion = analysis.mistakes.confusion
    return {
        "accuracy": rounded(confusion.per_class_accuracy),
        "seen": rounded(confusion.counts.sum(axis=1)),
    }


def _chance_depths(
    placement: Placement | None, pair_depths: PairDepths | None, n: int
) -> list[float | None]:
    """Mean depth at which each class meets the other placed ones."""
    found = np.full(n, np.nan)
    if pair_depths is not None and len(pair_depths) > 1:
        total = pair_depths.others @ np.arange(pair_depths.others.shape[1])
        found[placement.concepts >= 0] = total[pair_depths.kinds] / (len(pair_depths) - 1)
    return rounded(found)


def _nearest(similarity: SimilarityMatrix | None, count: int) -> dict:
    """The classes with the most similar templates."""
    if similarity is None:
        return {"nearest": None, "nearest_similarity": None}
    nearest, alike = [], []
    for i, row in enumerate(similarity.values):
        others = _greatest(row.copy(), i, count)
        nearest.append(others.tolist())
        alike.append(rounded(row[others]))
    return {"nearest": nearest, "nearest_similarity": alike}


def _kin(analysis: Analysis, pair_depths: PairDepths | None, count: int) -> dict:
    """The classes that are nearest in the taxonomy, the more similar one first among equals."""
    if pair_depths is None:
        return {"kin": None, "kin_depth": None}
    n = len(analysis.classes)
    placed = np.flatnonzero(analysis.placement.concepts >= 0)
    alike = None if analysis.similarity is None else analysis.similarity.values
    kin, depths = [[] for _ in range(n)], [[] for _ in range(n)]
    for k, i in enumerate(placed.tolist()):
        depth = pair_depths.from_class(k).astype(np.float64)
        # Similarities lie in [0, 1], so no likeness outweighs a level of depth.
        near = _greatest(depth if alike is None else 2 * depth + alike[i].take(placed), k, count)
        kin[i] = placed[near].tolist()
        depths[i] = pair_depths.of(k, near).tolist()
    return {"kin": kin, "kin_depth": depths}


def _greatest(row: np.ndarray, own: int, count: int) -> np.ndarray:
    """Where a row's greatest cells but its own are, greatest first, of equals the first."""
    count = min(count, len(row) - 1)
    if count < 1:
        return np.zeros(0, dtype=np.int64)
    row[own] = -np.inf
    candidates = np.flatnonzero(row >= np.partition(row, -count)[-count])
    return candidates[np.argsort(-row[candidates], kind="stable")[:count]]
