"""Reads Hugging Face model folders: weights in one file or in shards, names in config.json."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from semdepth.errors import DamagedFile, UnknownFormat
from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.checkpoint import Checkpoint, quoted, reading_as
from semdepth.reading.checkpoints.class_names import names_in_config
from semdepth.reading.checkpoints.formats import read_file
from semdepth.reading.checkpoints.pytorch.shares import check_whole_folder

# In the order in which the Transformers library prefers them.
WEIGHT_FILES = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "flax_model.msgpack",
    "tf_model.h5",
    "model.onnx",
)
EXPECTED_FOLDER = f"a model folder with {', '.join(WEIGHT_FILES[:-1])} or {WEIGHT_FILES[-1]}"
# What Orbax, the way in which JAX saves today, leaves in a checkpoint's folder.
ORBAX = {"_METADATA", "_CHECKPOINT_METADATA", "manifest.ocdbt"}
EXPECTED_INDEX = "an index of shards"
EXPECTED_CONFIG = "a model's config.json"


def read(folder: Path) -> Checkpoint:
    """The tensors and class names of a model folder; only headers and JSON are read.

    Raises UnknownFormat for a folder without weights, and what the readers raise.
    """
    folder = Path(folder)
    weights = next((folder / n for n in WEIGHT_FILES if (folder / n).is_file()), None)
    if weights is None:
        with reading_as(folder, EXPECTED_FOLDER):
            names = sorted(entry.name for entry in folder.iterdir())
        check_whole_folder(folder, names)
        if not ORBAX.isdisjoint(names):
            raise UnknownFormat(
                f"{folder}: expected {EXPECTED_FOLDER}, found an Orbax checkpoint (JAX); restore "
                "it where it was made and save its parameters with flax.serialization.to_bytes"
            )
        first = ", ".join(map(repr, names[:5])) if names else "nothing in it"
        raise UnknownFormat(
            f"{folder}: expected {EXPECTED_FOLDER}, found {first}; pass the checkpoint file itself"
        )
    inner = read_sharded(weights) if weights.suffix == ".json" else read_file(weights)
    names, names_from = names_beside(weights)
    if names is None:
        names, names_from = inner.class_names, inner.names_from
    kind = f"Hugging Face folder ({inner.format})"
    return replace(inner, path=folder, format=kind, class_names=names, names_from=names_from)


def list_tensors(folder: Path) -> list[StoredTensor]:
    """Names, shapes and types of the tensors in a model folder, each loaded when asked."""
    return list(read(folder).tensors)


def class_names(folder: Path) -> tuple[str, ...] | None:
    """The class names in the folder's config.json, or None where it has none."""
    return names_beside(Path(folder) / WEIGHT_FILES[0])[0]


def read_sharded(index: Path) -> Checkpoint:
    """The tensors that a ``*.index.json`` lists, out of the shards beside it.

    Raises DamagedFile for a shard that is missing or lies outside the index's folder, and for
    a tensor that its shard does not have.
    """
    index = Path(index)
    with reading_as(index, EXPECTED_INDEX):
        places = _weight_map(index)
    shards: dict[str, dict[str, StoredTensor]] = {}
    keeps_order = True
    for name in dict.fromkeys(places.values()):
        shard = read_file(index.parent / name)
        shards[name] = {tensor.name: tensor for tensor in shard.tensors}
        keeps_order &= shard.keeps_order
    with reading_as(index, EXPECTED_INDEX):
        for name, shard in places.items():
            if name not in shards[shard]:
                raise DamagedFile(f"tensor {quoted(name)} placed in {shard}, which lacks it")
    ordered = [tensor for name, tensors in shards.items() for tensor in tensors.values()]
    tensors = tuple(tensor for tensor in ordered if tensor.name in places)
    return Checkpoint(index, "sharded", tensors, keeps_order=keeps_order)


def names_beside(weights: Path) -> tuple[tuple[str, ...] | None, str]:
    """Class names in the config.json beside a weights file that bears a model folder's name."""
    config = weights.parent / "config.json"
    if weights.name not in WEIGHT_FILES or not config.is_file():
        return None, ""
    with reading_as(config, EXPECTED_CONFIG):
        return names_in_config(_json_object(config))


def _weight_map(index: Path) -> dict[str, str]:
    places = _json_object(index).get("weight_map")
    if not isinstance(places, dict) or not places:
        raise DamagedFile("no weight_map from tensors to shards")
    for shard in dict.fromkeys(map(str, places.values())):
        # A plain file name: an index must not reach for files elsewhere.
        if shard in ("", ".", "..") or any(mark in shard for mark in "/\\:\0"):
            raise DamagedFile(f"the shard {quoted(shard)}, which is no file name in this folder")
        if not (index.parent / shard).is_file():
            raise DamagedFile(f"the shard {quoted(shard)} missing beside it")
    return {name: str(shard) for name, shard in places.items()}


def _json_object(path: Path) -> dict:
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DamagedFile(f"a file that is no JSON ({error})") from error
    if not isinstance(content, dict):
        raise DamagedFile("JSON that is no object")
    return content
