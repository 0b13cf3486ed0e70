"""One analysis as the report shows it."""

from __future__ import annotations

from collections.abc import Mapping

from semdepth.analysis import Analysis, StageProgress
from semdepth.depth import depths_of_all_pairs
from semdepth.writing.report.view.classes import classes_view, clusters_view
from semdepth.writing.report.view.concepts import Concepts, hierarchy_view
from semdepth.writing.report.view.headlines import Kinship, headlines_view
from semdepth.writing.report.view.layers import (
    confused_view,
    context_view,
    odd_view,
    perceived_view,
    semantic_view,
    verdicts_view,
)
from semdepth.writing.report.view.matrix import matrix_view, own_hierarchy_view
from semdepth.writing.report.view.scores import depth_histogram, scores_view


def model_view(
    analysis: Analysis, images: Mapping[str, str] | None, progress: StageProgress
) -> dict:
    """All that the page draws of one model; ``images`` are data URIs by class name."""
    progress("classes", 0, 1)
    concepts = Concepts.of(analysis.placement)
    pair_depths = None
    if concepts is not None:
        pair_depths = depths_of_all_pairs(analysis.placement, lcs=analysis.lcs)
    classes = classes_view(analysis, concepts, pair_depths, images)
    clusters, hierarchy = clusters_view(analysis, concepts), hierarchy_view(concepts)
    shown = {
        **_subject_view(analysis),
        "scores": scores_view(analysis),
        "headlines": headlines_view(analysis, _kinship(classes, clusters, hierarchy)),
        "depth_histogram": depth_histogram(analysis),
        "classes": classes,
        "clusters": clusters,
    }
    progress("pairs", 0, 1)
    shown |= {
        "perceived": perceived_view(analysis, concepts),
        "confused": confused_view(analysis),
        "semantic": semantic_view(analysis, pair_depths),
        "verdicts": verdicts_view(analysis),
        "odd": odd_view(analysis),
        "context": context_view(analysis),
    }
    progress("matrix and hierarchies", 0, 1)
    return shown | {
        "hierarchy": hierarchy,
        "own_hierarchy": own_hierarchy_view(analysis),
        "matrix": matrix_view(analysis),
    }


def _subject_view(analysis: Analysis) -> dict:
    subject, graph = analysis.subject, analysis.graph
    return {
        "title": subject.title,
        "tensor": subject.tensor,
        "dimension": subject.dimension,
        "names_from": subject.names_from,
        "kind": graph.kind,
        "taxonomy": analysis.taxonomy,
        "parameters": {
            **graph.clustering.to_dict()["clusterer"],
            "noise": graph.noise,
            "lcs": analysis.lcs,
            "seed": analysis.seed,
            "permutations": analysis.chance.permutations,
        },
        "notes": list(analysis.notes),
        "left_out": list(analysis.left_out),
    }


def _kinship(classes: dict, clusters: dict, hierarchy: dict | None) -> Kinship | None:
    """What the taxonomy says, taken from what is shown of it."""
    if hierarchy is None:
        return None
    above = [None if c is None else hierarchy["depth"][c] for c in clusters["concept"]]
    return Kinship(classes["kin"], classes["kin_depth"], above)
