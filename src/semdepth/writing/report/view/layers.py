"""Pairs of classes, layer by layer: perceived, confused, semantic; and what was found in them."""

from __future__ import annotations

import numpy as np

from semdepth.analysis import Analysis
from semdepth.clustering import Whole
from semdepth.compliance import edge_keys
from semdepth.errors import MatrixError
from semdepth.graph import build_graph
from semdepth.similarity import semantic_similarity
from semdepth.taxonomy import PairDepths
from semdepth.verdicts import ADVICE, VERDICTS
from semdepth.writing.report.view.columns import number, places, rounded
from semdepth.writing.report.view.concepts import Concepts

MOST_CONFUSED = 50_000
SEMANTIC_UP_TO = 5_000


def perceived_view(analysis: Analysis, concepts: Concepts | None) -> dict:
    """The structural graph's forest, with depth and subsumer where both classes are placed."""
    graph, depth = analysis.graph, analysis.depth
    place = {pair: k for k, pair in enumerate(map(tuple, depth.edges.tolist()))}
    known = [place.get(pair) for pair in map(tuple, graph.edges.tolist())]
    by_id = {} if concepts is None else concepts.by_id
    return {
        **_ends(graph.edges),
        "similarity": rounded(graph.weights),
        "depth": [None if k is None else int(depth.depths[k]) for k in known],
        "subsumer": [None if k is None else by_id.get(depth.subsumers[k]) for k in known],
        "wu_palmer": rounded(None if k is None else depth.wu_palmer[k].item() for k in known),
    }


def confused_view(analysis: Analysis) -> dict | None:
    """Every pair that was mixed up, most often first; ``in_forest`` marks the NFSG's edges."""
    if analysis.mistakes is None:
        return None
    confusion = analysis.mistakes.confusion
    both = np.triu(confusion.confusions, k=1)
    a, b = np.nonzero(both)
    order = np.argsort(-both[a, b], kind="stable")
    kept = order[:MOST_CONFUSED]
    a, b = a[kept], b[kept]
    n = len(confusion.labels)
    edges = edge_keys(analysis.mistakes.graph.edges, n)
    alike = None if analysis.similarity is None else analysis.similarity.values[a, b]
    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "a_as_b": rounded(confusion.counts[a, b], 6),
        "b_as_a": rounded(confusion.counts[b, a], 6),
        "similarity": [None] * len(a) if alike is None else rounded(alike),
        "in_forest": np.isin(a * n + b, edges).tolist(),
        "omitted": len(order) - len(kept),
    }


def semantic_view(analysis: Analysis, pair_depths: PairDepths | None) -> dict | None:
    """The taxonomy's own graph (SSG): the maximum spanning tree of Wu-Palmer similarities.

    It is not clustered: Wu-Palmer similarities tie by the thousand, affinity propagation
    oscillates on them, and the clusters of a taxonomy are its branches, which the tree follows
    anyway. Each edge's depth tells the branches apart. None for fewer than three placed
    classes or classes that all have one concept, and above 5,000.
    """
    if pair_depths is None or not 3 <= len(pair_depths) <= SEMANTIC_UP_TO:
        return None
    placed = np.flatnonzero(analysis.placement.concepts >= 0)
    labels = [analysis.graph.labels[i] for i in placed]
    try:
        alike = semantic_similarity(analysis.placement.select(labels), "wup", lcs=analysis.lcs)
    except MatrixError:
        return None
    graph = build_graph(alike, Whole())
    i, j = graph.edges.T
    return {
        **_ends(placed[graph.edges]),
        "similarity": rounded(graph.weights),
        "depth": pair_depths.of(i, j).tolist(),
        "measure": "Wu-Palmer",
    }


def verdicts_view(analysis: Analysis) -> dict | None:
    """Every pair with a verdict; what each verdict means, and what one might do about it."""
    if analysis.mistakes is None:
        return None
    found, names = analysis.mistakes.verdicts, list(VERDICTS)
    counts = found.counts()
    place = places(names)
    return {
        "names": names,
        "meaning": [VERDICTS[name] for name in names],
        "advice": [ADVICE[name] for name in names],
        "counts": [counts[name] for name in names],
        **_ends(found.pairs),
        "verdict": [place[name] for name in found.verdicts.tolist()],
        "a_as_b": rounded(found.first_as_second, 6),
        "b_as_a": rounded(found.second_as_first, 6),
        "similarity": rounded(found.similarity),
        "depth": rounded(found.depth),
        "latent_omitted": found.latent_omitted,
        "related_from": number(found.related_from),
    }


def odd_view(analysis: Analysis) -> dict:
    """Placed classes, the oddest first."""
    place = places(analysis.graph.labels)
    return {
        "class": [place[odd.label] for odd in analysis.odd],
        "depth": rounded(odd.depth for odd in analysis.odd),
        "chance": rounded(odd.chance for odd in analysis.odd),
        "ceiling": rounded(odd.ceiling for odd in analysis.odd),
        "normalised": rounded(odd.normalised for odd in analysis.odd),
        "neighbours": [[place[name] for name in odd.neighbours] for odd in analysis.odd],
    }


def context_view(analysis: Analysis) -> dict:
    """Pairs that are more alike than their kinship suggests, the most surprising first."""
    place = places(analysis.graph.labels)
    return {
        "a": [place[pair.first] for pair in analysis.context],
        "b": [place[pair.second] for pair in analysis.context],
        "similarity": rounded(pair.similarity for pair in analysis.context),
        "depth": [pair.depth for pair in analysis.context],
        "surprise": rounded(pair.surprise for pair in analysis.context),
    }


def _ends(pairs: np.ndarray) -> dict:
    return {"a": pairs[:, 0].tolist(), "b": pairs[:, 1].tolist()}
