"""Pictures of graphs, their depths and confusions, of models: ``(value, *, ax=None) -> Axes``."""

from semdepth.writing.figures.canvas import render
from semdepth.writing.figures.comparison import plot_alignment, plot_ranking, plot_scatter
from semdepth.writing.figures.confusions import (
    confused_clusters,
    plot_confusions,
    plot_confusions_overview,
)
from semdepth.writing.figures.dendrogram import plot_dendrogram
from semdepth.writing.figures.depths import plot_depths
from semdepth.writing.figures.likeness import plot_similarity_confusion
from semdepth.writing.figures.matrix import plot_similarity
from semdepth.writing.figures.precision import plot_precision
from semdepth.writing.figures.relations import plot_relations
from semdepth.writing.figures.track import plot_track
from semdepth.writing.figures.trees import plot_cluster, plot_overview

__all__ = [
    "confused_clusters",
    "plot_alignment",
    "plot_cluster",
    "plot_confusions",
    "plot_confusions_overview",
    "plot_dendrogram",
    "plot_depths",
    "plot_overview",
    "plot_precision",
    "plot_ranking",
    "plot_relations",
    "plot_scatter",
    "plot_similarity",
    "plot_similarity_confusion",
    "plot_track",
    "render",
]
