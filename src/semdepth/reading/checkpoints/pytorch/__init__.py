"""Reads PyTorch's files without PyTorch: .pt, .pth, .bin, .ckpt, TorchScript, .pt2, and older ones.

All but .pt2 hold a pickle that describes the tensors, and the raw numbers ("storages") beside
it. The pickle is read as data (see `restricted_pickle`); numbers are read when a tensor is asked
for.

::

    containers.py     the forms of the file: what its pickle describes, where its numbers lie
    legacy_tar.py     the form before 0.1.10; exported.py  torch.export's
    torchscript.py    what a TorchScript archive holds beside its modules
    rebuilding.py     what the pickle's calls mean; nested.py  files within a pickle
    views.py          storages, and tensors as views of them
    naming.py         every tensor under the way to it
    loading.py        a tensor's numbers
    stored_names.py   class names, beside the weights or inside a pickled model
    shares.py         files that hold only a share of a model
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.checkpoint import Checkpoint, reading_as
from semdepth.reading.checkpoints.pytorch.containers import (
    LEGACY_MAGIC,
    LONGEST_PICKLE,
    Container,
    open_container,
)
from semdepth.reading.checkpoints.pytorch.exported import is_exported
from semdepth.reading.checkpoints.pytorch.legacy_tar import is_legacy_tar
from semdepth.reading.checkpoints.pytorch.loading import EXPECTED, stored_tensor
from semdepth.reading.checkpoints.pytorch.naming import named_tensors
from semdepth.reading.checkpoints.pytorch.nested import LOADS_BYTES, look_inside
from semdepth.reading.checkpoints.pytorch.rebuilding import REBUILDERS, persistent_storage
from semdepth.reading.checkpoints.pytorch.shares import check_whole
from semdepth.reading.checkpoints.pytorch.stored_names import stored_class_names
from semdepth.reading.checkpoints.pytorch.torchscript import names_in_extra_files
from semdepth.reading.checkpoints.pytorch.views import View

__all__ = [
    "LEGACY_MAGIC",
    "LONGEST_PICKLE",
    "NESTED",
    "REBUILDERS",
    "class_names",
    "is_exported",
    "is_legacy_tar",
    "list_tensors",
    "persistent_storage",
    "read",
]

# What a plain pickle needs, so that files within it are looked through.
NESTED = {LOADS_BYTES: look_inside}


def read(path: Path) -> Checkpoint:
    """The tensors of a PyTorch file, nested dictionaries flattened to dotted names.

    Only the pickle and the sizes of the storages are read. Raises DamagedFile, UnsafeFile for a
    file that would run code if PyTorch's plain loader opened it, and UnknownFormat for one rank's
    share of a model.
    """
    path = Path(path)
    with reading_as(path, EXPECTED):
        container = open_container(path)
        tensors = tuple(_tensors(container))
        names, names_from = names_in_extra_files(container.entries)
    check_whole(path, container.content, tensors)
    if names is None:
        names, names_from = stored_class_names(container.content)
    return Checkpoint(path, container.kind, tensors, names, names_from, keeps_order=True)


def list_tensors(path: Path) -> list[StoredTensor]:
    """Names, shapes and types of the tensors in a PyTorch file, each loaded when asked."""
    return list(read(path).tensors)


def class_names(path: Path) -> tuple[str, ...] | None:
    """Class names that the checkpoint holds beside its weights (``class_to_idx`` ...), or None."""
    return read(path).class_names


def _tensors(container: Container) -> Iterator[StoredTensor]:
    """All tensors; one that views what an earlier one views is marked as tied to it."""
    first: dict[View, str] = {}
    for name, tensor in (*named_tensors(container.content), *container.constants):
        found = stored_tensor(name, tensor, container)
        if isinstance(tensor, View) and first.setdefault(tensor, name) != name:
            found = replace(found, tied_to=first[tensor])
        yield found
