"""Reads TensorFlow.js models: a model.json with the network and a list of weights, and shards.

Layers models carry a Keras config, graph models a TensorFlow graph; both tell which layer makes
the scores. Quantised weights are given back as the numbers that TensorFlow.js computes with.

Source: the format's own types, ``ModelJSON`` and ``WeightsManifestConfig`` of @tensorflow/tfjs,
which states value = quantised * scale + min.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np

from semdepth.errors import DamagedFile, ReadError, UnsafeFile
from semdepth.head import OutputLayer, StoredTensor
from semdepth.reading.checkpoints.checkpoint import Checkpoint, quoted, reading_as
from semdepth.reading.checkpoints.class_names import Names, names_of
from semdepth.reading.checkpoints.containers.regions import FileRegion
from semdepth.reading.checkpoints.keras import config as keras_config
from semdepth.reading.checkpoints.names_beside import names_beside
from semdepth.reading.checkpoints.number_types import check_readable, decode, item_size, shaped
from semdepth.reading.checkpoints.tfjs.graph import endings

EXPECTED = "a TensorFlow.js model (model.json and its shards)"
MODEL_FILE = "model.json"
MARK = b'"weightsManifest"'
LONGEST_MODEL = 1 << 28
MOST_AXES = 32  # what numpy 1 can hold
QUANTISED = ("uint8", "uint16")
GREATEST = 1e30  # of a scale: times 65535 it is still a float32


@dataclass(frozen=True, slots=True)
class Shards:
    """The bytes of several files, one after the other, as if they were one."""

    regions: tuple[FileRegion, ...]

    @property
    def length(self) -> int:
        return sum(region.length for region in self.regions)

    def read(self, start: int, stop: int) -> bytes:
        if not 0 <= start <= stop <= self.length:
            raise DamagedFile(f"bytes {start} to {stop} wanted of shards of {self.length}")
        pieces = []
        for region in self.regions:
            if start < region.length and stop > 0:
                pieces.append(region.read(max(start, 0), min(stop, region.length)))
            start, stop = start - region.length, stop - region.length
        return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class Weight:
    """One entry of the list of weights, and where its bytes lie.

    ``stored`` is the type of the bytes; ``scale`` and ``least`` bring quantised ones back.
    """

    name: str
    shape: tuple[int, ...]
    stored: str
    dtype: str
    shards: Shards
    start: int
    scale: float | None = None
    least: float = 0.0


def is_model(path: Path) -> bool:
    """Whether a text file is a TensorFlow.js model.json: an object with a list of weights."""
    if path.stat().st_size > LONGEST_MODEL:
        return False
    content = path.read_bytes()
    return content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and MARK in content


def is_folder(folder: Path) -> bool:
    """Whether a folder holds a TensorFlow.js model."""
    model = folder / MODEL_FILE
    return model.is_file() and is_model(model)


def read(path: Path) -> Checkpoint:
    """The weights of a TensorFlow.js model, given as its folder or its model.json.

    Names keep the layers' own, joined by dots. Raises UnsafeFile for a shard outside the model's
    folder, ReadError for one that is missing, and DamagedFile.
    """
    path = Path(path)
    model = path / MODEL_FILE if path.is_dir() else path
    with reading_as(model, EXPECTED):
        content = _content(model)
        topology = content.get("modelTopology")
        topology = topology if isinstance(topology, dict) else {}
        graph = isinstance(topology.get("node"), list)
        weights = list(_weights(model, content.get("weightsManifest")))
        if graph:
            tensors, outputs = _of_graph(model, weights, topology, content)
        else:
            tensors = tuple(_layers_tensor(model, weight) for weight in weights)
            outputs = keras_config.output_layers(tensors, _config(topology))
        names, names_from = _names_inside(content)
    if names is None:
        names, names_from = names_beside(model, keras_config.class_counts(tensors, outputs))
    kind = f"TensorFlow.js {'graph' if graph else 'layers'} model"
    return Checkpoint(path, kind, tensors, names, names_from, not graph, outputs)


def list_tensors(path: Path) -> list[StoredTensor]:
    """Names, shapes and types of the weights of a TensorFlow.js model, each loaded when asked."""
    return list(read(path).tensors)


def class_names(path: Path) -> tuple[str, ...] | None:
    """The class names in a TensorFlow.js model, or in ``metadata.json`` beside it, or None."""
    return read(path).class_names


def _content(model: Path) -> dict:
    size = model.stat().st_size
    if size > LONGEST_MODEL:
        raise DamagedFile(f"a model.json of {size} bytes, above the limit {LONGEST_MODEL}")
    try:
        content = json.loads(model.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DamagedFile(f"a file that is no JSON ({error})") from error
    if not isinstance(content, dict):
        raise DamagedFile("JSON that is no object")
    return content


def _config(topology: dict) -> dict:
    """The Keras config: what the converter wraps once more, and TensorFlow.js itself does not."""
    config = topology.get("model_config", topology)
    return config if isinstance(config, dict) else {}


def _layers_tensor(model: Path, weight: Weight) -> StoredTensor:
    # As Keras has it: (d, n), and (1, 1, d, n) of convolutions.
    axis = 0 if weight.name.endswith("embeddings") else max(len(weight.shape) - 1, 0)
    name = weight.name.replace("/", ".")
    return StoredTensor(name, weight.shape, weight.dtype, partial(_load, model, weight), axis)


def _of_graph(
    model: Path, weights: list[Weight], topology: dict, content: dict
) -> tuple[tuple[StoredTensor, ...], tuple[OutputLayer, ...]]:
    """The weights of a graph model; the operation that uses one tells which axis counts classes."""
    found = endings(topology, content, {w.name: w.shape for w in weights})
    axes = {ending.weight: ending.class_axis for ending in found}
    tensors = tuple(
        StoredTensor(
            weight.name.replace("/", "."),
            weight.shape,
            weight.dtype,
            partial(_load, model, weight),
            axes.get(weight.name, max(len(weight.shape) - 1, 0)),
        )
        for weight in weights
    )
    return tensors, tuple(
        OutputLayer(
            ending.weight.replace("/", "."),
            None if ending.bias is None else ending.bias.replace("/", "."),
            ending.output,
        )
        for ending in found
    )


def _load(model: Path, weight: Weight) -> np.ndarray:
    check_readable(model, weight.name, weight.stored)
    with reading_as(model, EXPECTED):
        length = math.prod(weight.shape) * item_size(weight.stored)
        raw = weight.shards.read(weight.start, weight.start + length)
        numbers = shaped(decode(raw, weight.stored), weight.shape)
        if weight.scale is None:
            return numbers
        # In double precision and then rounded once, as JavaScript computes it.
        wide = numbers.astype(np.float64) * weight.scale + weight.least
        return np.asarray(wide).astype(np.float32)  # a single number is no array


# The list of weights


def _weights(model: Path, manifest: object) -> Iterator[Weight]:
    if not isinstance(manifest, list):
        raise DamagedFile("no weightsManifest, the list of weights")
    for group in manifest:
        paths, entries = (group.get(k) for k in ("paths", "weights")) if _is_dict(group) else (0, 0)
        if not isinstance(paths, list) or not isinstance(entries, list):
            raise DamagedFile("a group of weights without paths and weights")
        shards = Shards(tuple(_shard(model, name) for name in paths))
        start = 0
        for entry in entries:
            weight = _weight(entry, shards, start)
            start += _length(weight)
            if start > shards.length:
                raise DamagedFile(
                    f"{shards.length} bytes in the shards of {quoted(weight.name)}, which end "
                    f"before its numbers do"
                )
            yield weight


def _shard(model: Path, name: object) -> FileRegion:
    """A shard in the model's folder; a name must not lead out of it, nor a symbolic link."""
    folder = model.parent
    plain = isinstance(name, str) and name and not any(mark in name for mark in "\\:\0")
    if not plain or PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        raise UnsafeFile(f"the shard {quoted(name)}, which is no file name in this folder")
    if not (folder / name).resolve().is_relative_to(folder.resolve()):
        raise UnsafeFile(f"the shard {quoted(name)}, a link that leads out of this folder")
    if not (folder / name).is_file():
        raise ReadError(
            f"{model}: expected its shards beside it, found no {quoted(name)}; put all files of "
            "the model into one folder"
        )
    return FileRegion(folder / name, 0, (folder / name).stat().st_size)


def _weight(entry: object, shards: Shards, start: int) -> Weight:
    entry = entry if _is_dict(entry) else {}
    name, shape, dtype = (entry.get(key) for key in ("name", "shape", "dtype"))
    few = isinstance(shape, list) and len(shape) <= MOST_AXES
    whole = few and all(type(n) is int and n >= 0 for n in shape)
    if not isinstance(name, str) or not isinstance(dtype, str) or not whole:
        raise DamagedFile(f"a weight without name, shape and dtype ({quoted(name)})")
    packing = entry.get("quantization")
    if not _is_dict(packing):
        return Weight(name, tuple(shape), dtype, dtype, shards, start)
    stored = packing.get("dtype")
    if stored == "float16":
        return Weight(name, tuple(shape), stored, stored, shards, start)
    scale, least = packing.get("scale"), packing.get("min")
    numbers = all(type(x) in (int, float) and abs(x) <= GREATEST for x in (scale, least))
    if stored not in QUANTISED or not numbers:
        raise DamagedFile(f"a quantised weight without dtype, scale and min ({quoted(name)})")
    told = f"q{stored}" if dtype == "float32" else dtype
    return Weight(name, tuple(shape), stored, told, shards, start, float(scale), float(least))


def _length(weight: Weight) -> int:
    """The bytes of a weight; texts, of which a few networks hold tables, tell theirs one by one."""
    count, size = math.prod(weight.shape), item_size(weight.stored)
    if size is not None:
        return count * size
    if weight.stored != "string":
        raise DamagedFile(f"numbers of the unknown type {quoted(weight.stored)}")
    place = weight.start
    for _ in range(count):
        (length,) = struct.unpack("<I", weight.shards.read(place, place + 4))
        place += 4 + length
    return place - weight.start


def _is_dict(content: object) -> bool:
    return isinstance(content, dict)


# Class names


def _names_inside(content: dict) -> tuple[Names | None, str]:
    """Class names that somebody put into model.json's own field for such things."""
    own = content.get("userDefinedMetadata")
    for key in ("labels", "class_names", "classes"):
        names = names_of(own.get(key)) if _is_dict(own) else None
        if names:
            return names, f"{key!r} in model.json's userDefinedMetadata"
    return None, ""
