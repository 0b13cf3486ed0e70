"""Writes a new baseline in the place of an earlier one, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from semdepth.analysis import SCHEMA, Analysis
from semdepth.errors import WriteError
from semdepth.writing.results import ENTRIES, write_analysis
from semdepth.writing.single_file import write_file
from semdepth.writing.tables import analysis_json

Progress = Callable[[str, int, int], None]


def write_baseline(
    analysis: Analysis,
    path: str | Path,
    *,
    inputs: Iterable[Path] = (),
    progress: Progress | None = None,
) -> list[Path]:
    """Write ``analysis`` to a file ``analysis.json``, or into a folder as that.

    Where the file is part of a whole result (:func:`write_analysis`), all of that is written
    anew, so that its tables and similarities stay those of the analysis. Only an earlier
    analysis is replaced. Returns what was written.
    """
    path = Path(path)
    file = path if path.suffix == ".json" and not path.is_dir() else path / "analysis.json"
    beside = {entry for entry in ENTRIES[1:] if (file.parent / entry).exists()}
    if file.name == "analysis.json" and beside:
        return write_analysis(
            analysis,
            file.parent,
            figures="figures" in beside,
            report="report.html" in beside,
            inputs=inputs,
            progress=progress,
        )
    if "similarity.npy" in beside:
        raise WriteError(
            f"expected a baseline called analysis.json beside similarity.npy, found {file}, whose "
            "similarities these would no longer be; move the one or the other"
        )
    content = analysis_json(analysis).encode()
    return [write_file(file, content, owns=_is_analysis, inputs=inputs)]


def _is_analysis(path: Path) -> bool:
    with path.open("rb") as file:
        return f'"{SCHEMA}"'.encode() in file.read(200)
