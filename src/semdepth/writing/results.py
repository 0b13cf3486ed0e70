"""Writes an analysis as a folder of files: JSON, tables and figures."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from semdepth.analysis import SCHEMA, Analysis
from semdepth.findings import Cluster
from semdepth.mistakes import Mistakes
from semdepth.similarity import DOUBLE_UP_TO, SimilarityMatrix
from semdepth.writing.drawings import FIGURE_FORMATS, Drawing, known_formats, rendered
from semdepth.writing.folder import File, write_folder
from semdepth.writing.report import Report
from semdepth.writing.tables import (
    analysis_json,
    classes_csv,
    context_pairs_csv,
    edges_csv,
    odd_classes_csv,
    pairs_csv,
)

# All that a result folder may hold; what a new result lacks goes with the old one.
ENTRIES = (
    "analysis.json",
    "report.html",
    "similarity.npy",
    "edges.csv",
    "classes.csv",
    "odd_classes.csv",
    "context_pairs.csv",
    "pairs.csv",
    "figures",
)

# A tree of more classes than this is a poster nobody reads; the overview and the tables have it.
LARGEST_CLUSTER_DRAWN = 400
# Each takes a tenth of a second; the overview has all of them.
MOST_CONFUSED_DRAWN = 40

Progress = Callable[[str, int, int], None]


def write_analysis(
    analysis: Analysis,
    folder: str | Path,
    *,
    figures: bool = True,
    formats: Iterable[str] = FIGURE_FORMATS,
    report: Report | bool = True,
    inputs: Iterable[Path] = (),
    progress: Progress | None = None,
) -> list[Path]:
    """Write ``analysis.json``, ``report.html``, CSV tables and ``figures/`` into a folder.

    ``report`` is the report to write, by default that of the analysis without pictures.
    ``similarity.npy`` holds the similarities for :func:`semdepth.read_analysis`, up to 5,000
    classes; above it would be hundreds of megabytes.
    The tables: ``edges.csv`` and ``classes.csv``, ``odd_classes.csv`` and ``context_pairs.csv``
    where there are any, and with predictions ``pairs.csv``, a verdict for every pair. Of the
    clusters whose classes are mixed up, the 40 with the most confusions get a figure each.
    All or nothing; an earlier result in the folder is replaced. ``inputs`` are files of the run
    that must not be overwritten. Figures need ``semdepth[figures]``. Returns what was written.
    """
    formats = known_formats(formats)
    shown = Report(analysis) if report is True else report or None
    files = _files(analysis, formats if figures else (), shown, progress or (lambda *_: None))
    return write_folder(folder, files, owns=_is_result, entries=ENTRIES, inputs=inputs)


def _files(
    analysis: Analysis, formats: tuple[str, ...], report: Report | None, progress: Progress
) -> Iterator[File]:
    yield "analysis.json", analysis_json(analysis).encode()
    if report is not None:
        yield "report.html", report.html(progress).encode()
    if analysis.similarity is not None and len(analysis.similarity.labels) <= DOUBLE_UP_TO:
        yield "similarity.npy", _upper_triangle(analysis.similarity)
    yield "edges.csv", edges_csv(analysis).encode()
    yield "classes.csv", classes_csv(analysis).encode()
    if analysis.odd:
        yield "odd_classes.csv", odd_classes_csv(analysis).encode()
    if analysis.context:
        yield "context_pairs.csv", context_pairs_csv(analysis).encode()
    if analysis.mistakes is not None:
        yield "pairs.csv", pairs_csv(analysis.mistakes.verdicts).encode()
    yield from rendered(_drawings(analysis), formats, progress, under="figures/")


def _upper_triangle(similarity: SimilarityMatrix) -> bytes:
    """The cells above the diagonal, row by row, as an ``.npy`` file."""
    file = io.BytesIO()
    np.save(file, similarity.values[np.triu_indices(len(similarity.labels), k=1)])
    return file.getvalue()


def _is_result(folder: Path) -> bool:
    """Whether an earlier analysis was written into this folder."""
    try:
        with (folder / "analysis.json").open(encoding="utf-8") as file:
            return SCHEMA in json.dumps(file.read(200))
    except (OSError, UnicodeDecodeError):
        return False


def _drawings(analysis: Analysis) -> Iterator[Drawing]:
    """Name and drawing of each figure; nothing is drawn before it is called."""
    from semdepth.writing import figures

    graph, depth = analysis.graph, analysis.depth
    yield "overview", lambda: figures.plot_overview(graph, depth, title=analysis.subject.title)
    if analysis.similarity is not None:
        yield "similarity", lambda: figures.plot_similarity(analysis.similarity, graph)
    if not depth.reason:
        yield (
            "depths",
            lambda: figures.plot_depths(depth, analysis.chance, analysis.depths_of_all_pairs),
        )
    for cluster in analysis.clusters:
        if 1 < cluster.size <= LARGEST_CLUSTER_DRAWN:
            yield f"clusters/{cluster.number:03d}", partial(_draw_cluster, analysis, cluster)
    if analysis.mistakes is not None:
        yield from _drawings_of_mistakes(analysis, analysis.mistakes)


def _drawings_of_mistakes(analysis: Analysis, mistakes: Mistakes) -> Iterator[Drawing]:
    """The same for the confusions; of the clusters, the most often mixed up are drawn."""
    from semdepth.writing import figures

    graph, similarity, confusion = analysis.graph, analysis.similarity, mistakes.confusion
    title = f"{analysis.subject.title}: confusions over the perceived clusters"
    yield "confusions", lambda: figures.plot_confusions_overview(graph, mistakes, title=title)
    if similarity is not None:
        yield "precision", lambda: figures.plot_precision(similarity, confusion, mistakes.forecast)
        yield (
            "similarity-confusion",
            lambda: figures.plot_similarity_confusion(
                similarity, confusion, verdicts=mistakes.verdicts
            ),
        )
    sizes = {cluster.number: cluster.size for cluster in analysis.clusters}
    for cluster in figures.confused_clusters(graph, mistakes)[:MOST_CONFUSED_DRAWN]:
        if 1 < sizes[cluster] <= LARGEST_CLUSTER_DRAWN:
            name = f"confusions/{cluster:03d}"
            yield name, partial(figures.plot_confusions, graph, mistakes, cluster)


def _draw_cluster(analysis: Analysis, cluster: Cluster):
    from semdepth.writing import figures

    name = "noise" if cluster.is_noise else f"cluster {cluster.number}"
    above = "" if cluster.subsumer_name is None else f" · {cluster.subsumer_name}"
    title = f"{name}{above}"
    return figures.plot_cluster(analysis.graph, analysis.depth, cluster.number, title=title)
