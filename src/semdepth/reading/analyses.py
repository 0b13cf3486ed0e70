"""Reads an analysis that semdepth wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from semdepth.analysis import SCHEMA, Analysis
from semdepth.errors import ReadError
from semdepth.similarity import SimilarityMatrix


def read_analysis(path: str | Path) -> Analysis:
    """The analysis in a file ``analysis.json``, or in a folder that holds one.

    Its similarities come from ``similarity.npy`` where that stands beside it; without them
    ``similarity`` is None, and single pairs cannot be explained.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "analysis.json"
    analysis = _described(path)
    beside = path.with_name("similarity.npy")
    return (
        replace(analysis, similarity=_similarity(beside, analysis)) if beside.exists() else analysis
    )


def is_analysis(path: str | Path) -> bool:
    """Whether a file, or a folder's analysis.json, begins as an analysis of semdepth's does."""
    path = Path(path)
    try:
        with (path / "analysis.json" if path.is_dir() else path).open("rb") as file:
            return f'"{SCHEMA}"'.encode() in file.read(200)
    except OSError:
        return False


def _described(path: Path) -> Analysis:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Analysis.from_dict(data)
    except OSError as error:
        raise ReadError(
            f"expected an analysis.json, found {str(path)!r} unreadable ({error.strerror}); "
            "check the path"
        ) from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ReadError(
            f"expected an analysis written by semdepth in {path}, found a damaged one "
            f"({type(error).__name__}: {error}); analyse the model again"
        ) from None


def _similarity(path: Path, analysis: Analysis) -> SimilarityMatrix:
    """The matrix out of its upper triangle, row by row, as ``write_analysis`` keeps it."""
    graph = analysis.graph
    n = len(graph.labels)
    try:
        # Mapped first: a header that promises more than the file holds takes no memory.
        cells = np.load(path, allow_pickle=False, mmap_mode="r")
        if cells.shape != (n * (n - 1) // 2,) or cells.dtype != np.float64:
            raise ValueError(f"{cells.dtype} numbers of shape {cells.shape}")
        if not ((cells >= 0) & (cells <= 1)).all():
            raise ValueError("numbers outside of 0 to 1")
    except (OSError, ValueError, EOFError) as error:
        raise ReadError(
            f"expected the {n * (n - 1) // 2:,} similarities of {n:,} classes in {path}, found "
            f"{error}; remove that file, or analyse the model again"
        ) from None
    values = np.eye(n)
    values[np.triu_indices(n, k=1)] = cells
    values = np.maximum(values, values.T)
    if not np.array_equal(values[graph.edges[:, 0], graph.edges[:, 1]], graph.weights):
        raise ReadError(
            f"expected the similarities of {path.with_name('analysis.json')} in {path}, found "
            "those of another analysis; remove that file, or analyse the model again"
        )
    return SimilarityMatrix(graph.kind, graph.labels, values)
