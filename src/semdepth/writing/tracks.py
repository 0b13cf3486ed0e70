"""Writes a training run's track as a folder of files: JSON, tables and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from math import isnan
from pathlib import Path

from semdepth.comparison import ComparedModel
from semdepth.tracking import SCHEMA, Relation, Step, Track
from semdepth.writing.drawings import FIGURE_FORMATS, Drawing, known_formats, rendered
from semdepth.writing.exports.libraries import to_parquet
from semdepth.writing.folder import File, write_folder
from semdepth.writing.tables import Table, csv_text, document_json

ENTRIES = (
    "track.json",
    *(f"{name}.{form}" for form in ("csv", "parquet") for name in ("track", "relations")),
    *(f"{name}.{form}" for form in FIGURE_FORMATS for name in ("track", "relations")),
)

_KINDS = {"int": int, "bool": bool}
# A run is of one clusterer, and its titles are the checkpoints'.
_SCORES = {
    field.name: _KINDS.get(field.type, float)
    for field in fields(ComparedModel)
    if field.name not in ("model", "clusterer")
}
_BESIDE = (
    *("edges_kept", "similarities_kept", "clusters_kept"),
    *("edges_as_last", "similarities_as_last", "turnover"),
)
STEP_TYPES = {
    "epoch": float,
    "checkpoint": str,
    "phase": str,
    **_SCORES,
    "edges": int,
    **dict.fromkeys(_BESIDE, float),
    "error": str,
}
RELATION_TYPES = {
    "class_a": str,
    "class_b": str,
    "since": float,
    "appeared": float,
    "gone": float,
    "checkpoints": int,
    "similarity": float,
    "depth": int,
    "subsumer": str,
    "subsumer_name": str,
}

Progress = Callable[[str, int, int], None]


def write_track(
    track: Track,
    folder: str | Path,
    *,
    figures: bool = True,
    formats: Iterable[str] = FIGURE_FORMATS,
    parquet: bool = False,
    inputs: Iterable[Path] = (),
    progress: Progress | None = None,
) -> list[Path]:
    """Write ``track.json``, ``track.csv``, ``relations.csv`` and the figures into a folder.

    ``track.csv`` has a row a checkpoint; ``relations.csv`` the edges of the last forest, since
    when they have stood, and those that stood long and went. With ``parquet`` both are written as
    Parquet too (needs ``semdepth[parquet]``); figures need ``semdepth[figures]``. All or nothing;
    an earlier track in the folder is replaced, ``inputs`` are not. Returns what was written.
    """
    formats = known_formats(formats)
    files = _files(track, formats if figures else (), parquet, progress or (lambda *_: None))
    return write_folder(folder, files, owns=_is_result, entries=ENTRIES, inputs=inputs)


def track_json(track: Track) -> str:
    """The track as JSON (schema ``semdepth/track``), one line a top-level key."""
    return document_json(track.to_dict())


def steps_table(track: Track) -> Table:
    """One row a checkpoint, those that failed with their error."""
    return Table(STEP_TYPES, [_step_row(track, step) for step in track.steps])


def relations_table(track: Track) -> Table:
    """One row a relation: those of the last forest, then those that stood long and went."""
    return Table(RELATION_TYPES, [_relation_row(one) for one in (*track.relations, *track.lost)])


def _files(
    track: Track, formats: tuple[str, ...], parquet: bool, progress: Progress
) -> Iterator[File]:
    yield "track.json", track_json(track).encode()
    for name, table in (("track", steps_table(track)), ("relations", relations_table(track))):
        yield f"{name}.csv", csv_text(table).encode()
        if parquet:
            yield f"{name}.parquet", to_parquet(table, name)
    yield from rendered(_drawings(track), formats, progress)


def _drawings(track: Track) -> Iterator[Drawing]:
    """Name and drawing of each figure; nothing is drawn before it is called."""
    from semdepth.writing import figures

    yield "track", lambda: figures.plot_track(track)
    yield "relations", lambda: figures.plot_relations(track)


def _step_row(track: Track, step: Step) -> tuple:
    scores = step.scores
    phase = "" if scores is None else track.phase_of(step.epoch)
    return (
        float(step.epoch),
        step.title,
        phase or None,
        *(None if scores is None else _known(getattr(scores, name)) for name in _SCORES),
        None if scores is None else step.edges,
        *(_known(getattr(step, name)) for name in _BESIDE),
        step.error or None,
    )


def _relation_row(one: Relation) -> tuple:
    return (
        one.first,
        one.second,
        float(one.since),
        float(one.appeared),
        None if one.gone is None else float(one.gone),
        one.checkpoints,
        one.similarity,
        one.depth,
        one.subsumer,
        one.subsumer_name,
    )


def _known(value):
    return None if isinstance(value, float) and isnan(value) else value


def _is_result(folder: Path) -> bool:
    """Whether an earlier track was written into this folder."""
    try:
        with (folder / "track.json").open("rb") as file:
            return f'"{SCHEMA}"'.encode() in file.read(200)
    except OSError:
        return False
