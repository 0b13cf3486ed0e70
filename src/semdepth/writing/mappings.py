"""A resolution as a table to review: what each class name was taken for, and how surely."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from semdepth.labels import Resolution, ResolvedClass
from semdepth.writing.single_file import write_file

MAPPING_COLUMNS = (
    "index",
    "name",
    "id",
    "synset",
    "confidence",
    "reason",
    "gloss",
    "alternatives",
)


def mapping_rows(resolution: Resolution) -> list[tuple]:
    """One row a class, in the order of :data:`MAPPING_COLUMNS`; None where it is unplaced.

    ``alternatives`` are the other senses of a placed class, or what to try for an unplaced one,
    with their probabilities where they have some.
    """
    return [(index, *_row(resolved)) for index, resolved in enumerate(resolution)]


def mapping_csv(resolution: Resolution) -> str:
    """The mapping as CSV, to be edited and read back with ``--labels``."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(MAPPING_COLUMNS)
    writer.writerows(mapping_rows(resolution))
    return text.getvalue()


def write_mapping(
    resolution: Resolution, path: str | Path, *, inputs: Iterable[str | Path] = ()
) -> Path:
    """Write the mapping as a CSV file, whole or not at all, over an earlier mapping at most."""
    return write_file(path, mapping_csv(resolution).encode(), owns=_is_mapping, inputs=inputs)


def _is_mapping(path: Path) -> bool:
    header = ",".join(MAPPING_COLUMNS).encode() + b"\n"
    with path.open("rb") as file:
        return file.read(len(header)) == header


def _row(resolved: ResolvedClass) -> tuple:
    concept = resolved.concept
    others = resolved.alternatives[1:] if resolved.placed else resolved.alternatives
    return (
        resolved.label,
        concept.id if concept else None,
        concept.name if concept else None,
        round(resolved.confidence, 3),
        resolved.reason,
        concept.gloss if concept else None,
        "; ".join(f"{other.name} {other.probability:.3f} ({other.gloss})" for other in others)
        or "; ".join(resolved.suggestions),
    )
