"""Writes what differs between two models as a folder of files: JSON, tables and report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import isnan
from pathlib import Path

import numpy as np

from semdepth.difference import SCHEMA, ConfusionDifference, Difference
from semdepth.writing.folder import File, write_folder
from semdepth.writing.report import Report
from semdepth.writing.tables import Table, csv_text, document_json

ENTRIES = ("difference.json", "edges.csv", "moved.csv", "confusions.csv", "report.html")

EDGE_TYPES = {
    "change": str,
    "class_a": str,
    "class_b": str,
    "similarity_old": float,
    "similarity_new": float,
    "depth": int,
}
MOVED_TYPES = {
    "class": str,
    "cluster_old": int,
    "cluster_new": int,
    "overlap": float,
    "mates": int,
}
CONFUSION_TYPES = {
    "change": str,
    "class_a": str,
    "class_b": str,
    "old": int,
    "old_of": int,
    "new": int,
    "new_of": int,
    "share_old": float,
    "share_new": float,
    "p": float,
}

Progress = Callable[[str, int, int], None]


def write_difference(
    difference: Difference,
    folder: str | Path,
    *,
    report: Report | None = None,
    inputs: Iterable[Path] = (),
    progress: Progress | None = None,
) -> list[Path]:
    """Write ``difference.json``, CSV tables, and a ``report`` of the two analyses into a folder.

    ``edges.csv`` has the edges of either forest, ``moved.csv`` the company of every class, and
    with predictions of both ``confusions.csv`` the pairs mixed up differently often. All or
    nothing; an earlier result in the folder is replaced, ``inputs`` are not. Returns what was
    written.
    """
    files = _files(difference, report, progress)
    return write_folder(folder, files, owns=_is_result, entries=ENTRIES, inputs=inputs)


def _files(
    difference: Difference, report: Report | None, progress: Progress | None
) -> Iterator[File]:
    yield "difference.json", document_json(difference.to_dict()).encode()
    yield "edges.csv", csv_text(Table(EDGE_TYPES, edge_rows(difference))).encode()
    yield "moved.csv", csv_text(Table(MOVED_TYPES, moved_rows(difference))).encode()
    if difference.confusions is not None:
        table = Table(CONFUSION_TYPES, confusion_rows(difference))
        yield "confusions.csv", csv_text(table).encode()
    if report is not None:
        yield "report.html", report.html(progress).encode()


def edge_rows(difference: Difference) -> list[tuple]:
    """One row per edge: those gained, those lost, those kept; most alike first."""
    edges, labels = difference.edges, difference.labels
    kept = np.flatnonzero(edges.in_first & edges.in_second)
    rows = (("gained", edges.gained), ("lost", edges.lost), ("kept", kept))
    return [
        (
            change,
            *(labels[i] for i in edges.pairs[row].tolist()),
            _known(edges.similarity_first[row]),
            _known(edges.similarity_second[row]),
            None if isnan(edges.depth[row]) else int(edges.depth[row]),
        )
        for change, chosen in rows
        for row in chosen.tolist()
    ]


def moved_rows(difference: Difference) -> list[tuple]:
    """One row per shared class, those whose cluster mates changed most first."""
    found = difference.clusters
    columns = (found.first, found.second, found.overlap, found.company)
    return [
        (difference.labels[place], *(column[place].item() for column in columns))
        for place in found.order.tolist()
    ]


def confusion_rows(difference: Difference) -> list[tuple]:
    """One row per pair that the two mix up differently often, most different first."""
    found = difference.confusions
    changes = changes_of(found)
    shares = found.shares
    columns = (found.first, found.first_of, found.second, found.second_of, *shares)
    return [
        (
            changes[row],
            *(difference.labels[i] for i in found.pairs[row].tolist()),
            *(column[row].item() for column in columns),
            _known(found.p_values[row]),
        )
        for row in range(len(found.pairs))
    ]


def changes_of(confusions: ConfusionDifference) -> list[str]:
    """``gained``, ``lost`` or nothing, for every pair that is listed."""
    changes = np.full(len(confusions.pairs), "", dtype="<U6")
    changes[confusions.gained] = "gained"
    changes[confusions.lost] = "lost"
    return changes.tolist()


def _known(value: np.floating) -> float | None:
    return None if isnan(value) else float(value)


def _is_result(folder: Path) -> bool:
    """Whether an earlier difference was written into this folder."""
    try:
        with (folder / "difference.json").open("rb") as file:
            return f'"{SCHEMA}"'.encode() in file.read(200)
    except OSError:
        return False
