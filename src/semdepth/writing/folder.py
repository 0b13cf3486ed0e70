"""Writes a result folder whole or not at all, and never over what is not its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from semdepth.errors import WriteError

File = tuple[str, bytes]


def write_folder(
    folder: str | Path,
    files: Iterable[File],
    *,
    owns: Callable[[Path], bool],
    entries: Iterable[str] = (),
    inputs: Iterable[Path] = (),
) -> list[Path]:
    """Write ``files`` (relative name, content) into ``folder`` and return their paths.

    Everything is first written beside the folder, then moved into it in one go: an
    interruption leaves the folder as it was. An earlier result, a folder for which ``owns`` is
    true, is replaced, and those of its ``entries`` that are not written anew go; in any other
    folder an entry that exists already is an error. So is an input of the run in the way.
    """
    folder = Path(folder)
    sources = [path.resolve() for path in inputs]
    obsolete = [entry for entry in entries if owns(folder) and (folder / entry).exists()]
    with _staging(folder) as stage:
        for entry in obsolete:
            _check_free(folder / entry, owns, sources)
        written = []
        for name, content in files:
            _check_free(folder / Path(name).parts[0], owns, sources)
            path = stage / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written.append(name)
        _move_in(stage, folder, obsolete)
    return [folder / name for name in written]


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    try:
        if folder.exists() and not folder.is_dir():
            raise WriteError(
                f"expected an output folder, found a file at {folder}; choose another name (-o)"
            )
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.absolute().parent))
    except OSError as error:
        raise WriteError(_cannot(folder, error)) from None
    try:
        yield stage
    except OSError as error:
        raise WriteError(_cannot(folder, error)) from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _cannot(folder: Path, error: OSError) -> str:
    return (
        f"expected to write into {folder}, found that impossible ({error.strerror}); "
        "choose another output folder (-o)"
    )


def _check_free(entry: Path, owns: Callable[[Path], bool], inputs: list[Path]) -> None:
    """Whether an entry of the folder may be written: it is new, or of an earlier result."""
    if not entry.exists():
        return
    for source in inputs:
        if source == entry.resolve() or entry.resolve() in source.parents:
            raise WriteError(
                f"expected not to overwrite an input, found that {source.name} would be "
                f"replaced in {entry.parent}; choose another output folder (-o)"
            )
    if not owns(entry.parent):
        raise WriteError(
            f"expected a new folder or an earlier result of semdepth, found {entry.parent} with "
            f"{entry.name} of other origin; choose another output folder (-o)"
        )


def _move_in(stage: Path, folder: Path, obsolete: list[str]) -> None:
    folder.mkdir(exist_ok=True)
    entries = sorted(stage.iterdir())
    for name in obsolete:
        # Moved aside rather than replaced: a folder cannot be replaced by renaming.
        os.replace(folder / name, stage / f".old-{name}")
    for entry in entries:
        os.replace(entry, folder / entry.name)
