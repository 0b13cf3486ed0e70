"""Finds the class names that a TensorFlow Lite file carries: a labels file, packed into it.

The metadata says which file names the classes of which output. The files themselves are a zip
archive that stands behind the model.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.checkpoint import quoted
from semdepth.reading.checkpoints.containers.flatbuffer import FlatBuffer, Table
from semdepth.reading.checkpoints.containers.regions import FileRegion, ZipRegion, zip_entries

IDENTIFIER = b"M001"
LABELS = (2, 3)  # AssociatedFileType: names of an axis, names of the values
LONGEST_LABELS = 10_000_000


def names_in_model(path: Path, metadata: FileRegion | None) -> tuple[tuple[str, ...] | None, str]:
    """Class names in the file that the metadata calls labels (failing that, in the only one
    called so), and where they were; (None, "") where there are none.
    """
    files = _packed_files(path)
    told = [] if metadata is None else list(_told_labels(metadata))
    called = [name for name in files if name.endswith(".txt") and "label" in name.lower()]
    found = next((name for name in told if name in files), None)
    if found is None and len(called) == 1:
        found = called[0]
    names = None if found is None else _lines(found, files[found])
    return (names, f"{quoted(found)} packed into {path.name}") if names else (None, "")


def _packed_files(path: Path) -> dict[str, ZipRegion]:
    # A model is whole without its files: what looks like their directory may be chance.
    if not zipfile.is_zipfile(path):
        return {}
    try:
        return zip_entries(path)
    except DamagedFile:
        return {}


def _told_labels(metadata: FileRegion) -> Iterator[str]:
    """Names of the labels files of the main graph's outputs, those in no other language first."""
    buffer = FlatBuffer(metadata)
    if metadata.length < 8 or buffer.identifier() != IDENTIFIER:
        return
    graph = next(buffer.root().tables(3), None)
    outputs = [] if graph is None else graph.tables(3)
    files = [file for output in outputs for file in output.tables(6)]
    labels = [file for file in files if file.number(2, "<b") in LABELS]
    for file in sorted(labels, key=_is_translated):
        yield file.text(0)


def _is_translated(file: Table) -> bool:
    return bool(file.text(3))


def _lines(name: str, entry: ZipRegion) -> tuple[str, ...]:
    if entry.length > LONGEST_LABELS:
        raise DamagedFile(f"a labels file {quoted(name)} of {entry.length} bytes")
    try:
        text = entry.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DamagedFile(f"a labels file {quoted(name)} that is not UTF-8") from None
    lines = [line.strip() for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return tuple(lines)
