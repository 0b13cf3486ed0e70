"""What a checkpoint file tells before any number is loaded, and how its failures are told."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from semdepth.errors import DamagedFile, ReadError, UnsafeFile
from semdepth.head import OutputLayer, StoredTensor

AGAIN = "download or save the file again"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tensors of a file, folder or model, by name and shape, and the class names it brings.

    ``names_from`` says in words where the names were found. ``keeps_order`` tells whether the
    tensors stand in the order of the network's layers (a PyTorch file: yes; safetensors sorts).
    ``output_layers`` are what a format that stores the network's graph shows of its ends. A model
    in memory has a ``title``, the name of its class, and no ``path``.
    """

    path: Path | None
    format: str
    tensors: tuple[StoredTensor, ...]
    class_names: tuple[str, ...] | None = None
    names_from: str = ""
    keeps_order: bool = False
    output_layers: tuple[OutputLayer, ...] = ()
    title: str = ""

    @property
    def called(self) -> str:
        """What messages call it: the file's name, or the model's class."""
        return self.title or self.path.name


@contextmanager
def reading_as(path: Path, expected: str) -> Iterator[None]:
    """Complete the short failures of a reader: which file, what was expected, the way out.

    Inside, ``DamagedFile`` and ``UnsafeFile`` carry only what was found.
    """
    try:
        yield
    except DamagedFile as error:
        raise DamagedFile(f"{path}: expected {expected}, found {error}; {AGAIN}") from error
    except UnsafeFile as error:
        raise UnsafeFile(f"{path}: expected {expected}, found {error}") from error
    except OSError as error:
        reason = error.strerror or error
        raise ReadError(
            f"{path}: expected {expected}, found a file that cannot be read ({reason}); "
            "check the path and its permissions"
        ) from error


def quoted(text: object) -> str:
    """A name out of a file as it may stand in a one-line message: quoted, escaped, not too long."""
    # reprlib goes only a few levels deep: what stands for a name may be nested without end.
    found = text if isinstance(text, str) else reprlib.repr(text)
    return repr(found if len(found) <= 80 else found[:77] + "...")


def shown(name: str) -> str:
    """A name out of a file as it is, where that is short and printable, else `quoted`."""
    return name if name.isprintable() and len(name) <= 80 else quoted(name)
