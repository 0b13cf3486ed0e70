"""Writes one file whole or not at all, and never over what is not its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from semdepth.errors import WriteError


def write_file(
    path: str | Path,
    content: bytes,
    *,
    owns: Callable[[Path], bool],
    inputs: Iterable[str | Path] = (),
) -> Path:
    """Write ``content`` beside ``path``, then move it there; missing folders are made.

    A file that exists is replaced if ``owns`` is true of it, and is otherwise an error, as is an
    input of the run.
    """
    path = Path(path)
    try:
        _check_free(path, owns, inputs)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not a temporary file of the library's, which only its owner could read.
        stage = path.with_name(f".{path.name[:40]}-{os.getpid()}")
        try:
            stage.write_bytes(content)
            os.replace(stage, path)
        finally:
            stage.unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(
            f"expected to write {path}, found that impossible ({error.strerror}); choose another "
            "output (-o)"
        ) from None
    return path


def _check_free(path: Path, owns: Callable[[Path], bool], inputs: Iterable[str | Path]) -> None:
    if not path.exists():
        return
    if path.resolve() in {Path(source).resolve() for source in inputs}:
        raise WriteError(
            f"expected not to overwrite an input, found {path} as the output too; choose another "
            "output (-o)"
        )
    if not path.is_file() or not owns(path):
        raise WriteError(
            f"expected a new file or an earlier result of semdepth, found {path} of other origin; "
            "choose another output (-o)"
        )
