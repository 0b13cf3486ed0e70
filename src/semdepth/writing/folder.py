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
    inputs: Iterable[Path] = (),
) -> list[Path]:
    """Write ``files`` (relative name, content) into ``folder`` and return their paths.

    Everything is first written beside the folder, then moved into it in one go: an
    interruption leaves the folder as it was. An earlier result, a folder for which ``owns`` is
    true, is replaced entry by entry; in any other folder an entry that exists already is an
    error, and so is an input of the run that stands in the way.
    """
    folder = Path(folder)
    sources = [path.resolve() for path in inputs]
    with _staging(folder) as stage:
        written = []
        for name, content in files:
            _check_free(folder / Path(name).parts[0], owns, sources)
            path = stage / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written.append(name)
        _move_in(stage, folder)
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


def _move_in(stage: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for entry in sorted(stage.iterdir()):
        target = folder / entry.name
        if target.is_dir() and not target.is_symlink():
            # A folder cannot be replaced by renaming: the old one steps aside first.
            os.replace(target, stage / f".old-{entry.name}")
        os.replace(entry, target)
