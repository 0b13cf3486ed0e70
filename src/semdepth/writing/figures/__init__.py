"""Pictures of a class similarity graph and its depth: ``(value, *, ax=None) -> Axes``."""

from semdepth.writing.figures.canvas import render
from semdepth.writing.figures.depths import plot_depths
from semdepth.writing.figures.matrix import plot_similarity
from semdepth.writing.figures.trees import plot_cluster, plot_overview

__all__ = ["plot_cluster", "plot_depths", "plot_overview", "plot_similarity", "render"]
