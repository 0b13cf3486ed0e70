"""Reads Keras files without Keras: HDF5 (.h5, .hdf5, .weights.h5) and the archive .keras.

A model file holds the network's config beside its weights: it tells which layer makes the
scores. A weights file holds names and numbers only. Nothing of a config is run: layers are
known by the names of their classes.

Source: what h5py reads in files that Keras 1.2, 2.x and 3.x wrote.
"""

from __future__ import annotations

import json
import math
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from semdepth.errors import DamagedFile, UnknownFormat
from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.checkpoint import Checkpoint, quoted, reading_as
from semdepth.reading.checkpoints.class_names import Names, names_of
from semdepth.reading.checkpoints.containers import hdf5
from semdepth.reading.checkpoints.containers.hdf5_blocks import Region
from semdepth.reading.checkpoints.containers.regions import ZipRegion, zip_entries
from semdepth.reading.checkpoints.keras import config as keras_config
from semdepth.reading.checkpoints.keras.names import Variable, variables
from semdepth.reading.checkpoints.names_beside import names_beside
from semdepth.reading.checkpoints.number_types import check_readable, decode, item_size, shaped

EXPECTED = "a Keras file (.keras, .h5 or .weights.h5)"
WEIGHTS_ENTRY = "model.weights.h5"
LONGEST_CONFIG = 1 << 26
LARGEST_UNPACKED = 1 << 30
NAME_KEYS = ("class_names", "classes", "labels", "class_indices", "class_to_idx", "id2label")


@dataclass(frozen=True, slots=True)
class Stored:
    """A Keras file opened: its HDF5 root, where numbers are read from, and its config if any."""

    format: str
    root: hdf5.Node
    region: Region
    config: dict


def read(path: Path) -> Checkpoint:
    """The weights of a Keras file; only structures and the config are read.

    Names are the layers' own, joined by dots: ``predictions.kernel``. Raises DamagedFile,
    UnsafeFile for a file that reaches for others (external links, external storage, virtual
    arrays), and UnknownFormat for an archive packed so that it had to be unpacked to be read.
    """
    path = Path(path)
    with reading_as(path, EXPECTED):
        stored = _open(path)
        found = variables(stored.root, stored.config)
        tensors = tuple(_tensor(path, stored.region, variable) for variable in found)
        names, names_from = _class_names(stored)
    outputs = keras_config.output_layers(tensors, stored.config)
    if names is None:
        names, names_from = names_beside(path, keras_config.class_counts(tensors, outputs))
    keeps_order = any(variable.in_order for variable in found)
    return Checkpoint(path, stored.format, tensors, names, names_from, keeps_order, outputs)


def list_tensors(path: Path) -> list[StoredTensor]:
    """Names, shapes and types of the weights in a Keras file, each loaded when asked."""
    return list(read(path).tensors)


def class_names(path: Path) -> tuple[str, ...] | None:
    """The class names in a Keras file, or in ``labels.txt`` beside it, or None."""
    return read(path).class_names


def _open(path: Path) -> Stored:
    if not zipfile.is_zipfile(path) or hdf5.starts_at(path) == 0:
        region = hdf5.region_of(path)
        root = hdf5.open_hdf5(region)
        config = root.text("model_config")
        return Stored(
            "Keras HDF5", root, region, keras_config.parse(config) if _is_text(config) else {}
        )
    entries = zip_entries(path)
    if WEIGHTS_ENTRY not in entries:
        raise DamagedFile(f"an archive without {WEIGHTS_ENTRY}")
    config = entries.get("config.json")
    if config is not None and config.length > LONGEST_CONFIG:
        raise DamagedFile(f"a config.json of {config.length} bytes, above the limit")
    weights = entries[WEIGHTS_ENTRY]
    root = hdf5.open_hdf5(_seekable(weights))
    parsed = {} if config is None else keras_config.parse(config.read())
    return Stored("Keras archive", root, weights, parsed)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Bytes in memory, read as a stretch of a file is."""

    content: bytes

    @property
    def length(self) -> int:
        return len(self.content)

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        return self.content[start:stop]


def _seekable(weights: ZipRegion) -> Region:
    """The weights as they can be read in any order; packed ones are unpacked in memory."""
    # Keras stores them unpacked; some tools pack the archive again.
    if weights.info.compress_type == zipfile.ZIP_STORED:
        return weights
    if weights.length > LARGEST_UNPACKED:
        raise UnknownFormat(
            f"{weights.path}: expected {WEIGHTS_ENTRY} stored as Keras stores it, found "
            f"{weights.length} bytes in packed form; unzip the archive and pass {WEIGHTS_ENTRY}"
        )
    return Unpacked(weights.read())


def _tensor(path: Path, region: Region, variable: Variable) -> StoredTensor:
    node, shape = variable.node, variable.node.shape
    dtype, order = node.number_type
    if node.text("dtype") == "bfloat16":  # which h5py stores as bytes that it cannot name
        dtype = "bfloat16"
    storage, size = node.storage(), item_size(dtype)
    if storage is not None and size is not None:
        length = math.prod(shape) * size
        room = region.length - storage.start if storage.within is None else len(storage.within)
        if length > max(room, 0):
            raise DamagedFile(f"too few bytes for {quoted(variable.name)}, which needs {length}")
    load = partial(_load, path, region, variable, dtype, order)
    return StoredTensor(variable.name, shape, dtype, load, variable.class_axis)


def _load(path: Path, region: Region, variable: Variable, dtype: str, order: str) -> np.ndarray:
    check_readable(path, variable.name, dtype)
    with reading_as(path, EXPECTED):
        storage, shape = variable.node.storage(), variable.node.shape
        if storage is None:
            raise UnknownFormat(
                f"{path}: expected numbers in one piece in {quoted(variable.name)}, found them cut "
                "into chunks, which Keras does not do; save the weights with Keras again"
            )
        length = math.prod(shape) * item_size(dtype)
        if storage.within is not None:
            raw = storage.within[:length]
        else:
            raw = region.read(storage.start, storage.start + length) if length else b""
        return shaped(decode(raw, dtype, order), shape)


# Class names


def _class_names(stored: Stored) -> tuple[Names | None, str]:
    """Class names that somebody put into the file; Keras itself stores none."""
    for key in NAME_KEYS:
        names = names_of(_as_json(stored.root.text(key)))
        if names:
            return names, f"{key!r} in the file's attributes"
    inner = stored.config.get("config")
    for place in (stored.config, inner if isinstance(inner, dict) else {}):
        for key in NAME_KEYS:
            names = names_of(place.get(key))
            if names:
                return names, f"{key!r} in the network's config"
    return None, ""


def _as_json(text: str | tuple[str, ...] | None) -> object:
    if not _is_text(text):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_text(content: object) -> bool:
    return isinstance(content, str)
