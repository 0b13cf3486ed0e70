"""A model's scores, each beside what chance gives."""

from __future__ import annotations

import numpy as np

from semdepth.analysis import Analysis
from semdepth.mistakes import JudgedCompliance, Mistakes
from semdepth.writing.report.view.columns import number, rounded, tidy


def scores_view(analysis: Analysis) -> dict:
    """Similarity Depth, and with predictions compliance, forecast, severity and alignments."""
    depth = analysis.depth
    found = {"mean_wu_palmer": number(depth.mean_wu_palmer)}
    return {
        "depth": tidy(analysis.chance.to_dict()) | found,
        "edges": len(depth.depths),
        "edges_left_out": depth.left_out,
        **_mistakes_view(analysis.mistakes, len(analysis.graph.edges)),
    }


def _mistakes_view(mistakes: Mistakes | None, perceived: int) -> dict:
    if mistakes is None:
        names = "direct extended forecast severity accuracy samples confusion_source"
        return dict.fromkeys(names.split()) | {"alignments": []}
    confused, confusion = len(mistakes.graph.edges), mistakes.confusion
    return {
        "direct": _compliance_view(mistakes.direct, perceived, confused),
        "extended": _compliance_view(mistakes.extended, perceived, confused),
        "forecast": tidy(mistakes.forecast.to_dict()),
        "severity": tidy(mistakes.severity.to_dict()),
        "alignments": [tidy(alignment.to_dict()) for alignment in mistakes.alignments],
        "accuracy": number(confusion.accuracy),
        "samples": number(confusion.counts.sum().item(), 2),
        "confusion_source": confusion.source or None,
        "confusion_depth": number(mistakes.depth.mean),
    }


def _compliance_view(judged: JudgedCompliance, perceived: int, confused: int) -> dict:
    causing, explained = int(judged.found.causing.sum()), int(judged.found.explained.sum())
    return {
        "causing": tidy(judged.causing.to_dict()),
        "explained": tidy(judged.explained.to_dict()),
        "common": causing,
        "explained_count": explained,
        "perceived": perceived,
        "confused": confused,
    }


def depth_histogram(analysis: Analysis) -> dict:
    """How many edges, and which share of all pairs, meet at each depth from 0."""
    edges = np.bincount(analysis.depth.depths)
    pairs = analysis.depths_of_all_pairs
    length = max(len(edges), len(pairs))
    return {
        "edges": np.pad(edges, (0, length - len(edges))).tolist(),
        "pairs": rounded(np.pad(pairs, (0, length - len(pairs))), 6),
    }
