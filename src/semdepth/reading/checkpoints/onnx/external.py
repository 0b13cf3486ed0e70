"""Finds the numbers that an ONNX model keeps in a file beside it, and in no other place."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

from semdepth.errors import DamagedFile, UnsafeFile
from semdepth.reading.checkpoints.checkpoint import quoted
from semdepth.reading.checkpoints.containers.regions import FileRegion

LONGEST_NUMBER = 19  # digits of the largest place in a file


def external_region(model: Path, entries: dict[str, str], length: int | None) -> FileRegion:
    """Where a tensor of `length` bytes lies by its external_data; the file need not exist.

    Raises UnsafeFile for a location outside the model's folder, and DamagedFile for an offset
    or length that is none.
    """
    file = beside(model, entries.get("location", ""))
    start = _number(entries, "offset", 0)
    stated = _number(entries, "length", length)
    if length is not None and stated != length:
        raise DamagedFile(f"{stated} bytes of external data for a tensor of {length} bytes")
    return FileRegion(file, start, stated or 0)


def beside(model: Path, location: str) -> Path:
    """The file that a location names, relative to the model's folder and within it.

    The model's folder is where its path says or, where that is a symbolic link (as in Hugging
    Face's cache, which links models and their data alike), where the model really lies.
    """
    # Windows' rules know both separators, and drives.
    as_path = PureWindowsPath(location)
    if as_path.anchor or ".." in as_path.parts:
        raise _leaves(location)
    if not location.strip(". ") or "\0" in location:
        raise DamagedFile(f"external data in {quoted(location)}, which is no file name")
    file = model.parent / location
    try:
        real = file.resolve()
        folders = (model.parent.resolve(), model.resolve().parent)
    except RuntimeError as error:  # links that point to each other
        raise UnsafeFile(f"external data in {quoted(location)}, a link without end") from error
    if not any(real.is_relative_to(folder) for folder in folders):
        raise _leaves(location)
    return file


def _leaves(location: str) -> UnsafeFile:
    return UnsafeFile(
        f"external data in {quoted(location)}, outside the model's folder; nothing was read there"
    )


def _number(entries: dict[str, str], key: str, default: int | None) -> int | None:
    text = entries.get(key)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise DamagedFile(f"external data whose {key} is {quoted(text)}, no whole number")
    return int(text)
