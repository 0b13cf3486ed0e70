"""Opens the archives of torch.export (.pt2): weights as raw files, described in JSON.

The layout is that of torch 2.9 and later, in torch/export/pt2_archive/constants.py; the archives
of older versions carry a whole .pt file within.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from semdepth.errors import DamagedFile, UnknownFormat
from semdepth.reading.checkpoints.checkpoint import quoted
from semdepth.reading.checkpoints.containers.regions import FileRegion, ZipRegion
from semdepth.reading.checkpoints.number_types import item_size
from semdepth.reading.checkpoints.pytorch.rebuilding import DENSE, count, view_of
from semdepth.reading.checkpoints.pytorch.views import Packed, Storage, View

FOLDERS = ("data/weights/", "data/constants/")
OLDER = "serialized_exported_program.json"
LONGEST_JSON = 32_000_000
# torch/_export/serde/schema.py, ScalarType.
NUMBER_TYPES = {
    1: "uint8",
    2: "int8",
    3: "int16",
    4: "int32",
    5: "int64",
    6: "float16",
    7: "float32",
    8: "float64",
    9: "complex32",
    10: "complex64",
    11: "complex128",
    12: "bool",
    13: "bfloat16",
    28: "uint16",
    29: "float8_e4m3fn",
    30: "float8_e5m2",
    31: "float8_e4m3fnuz",
    32: "float8_e5m2fnuz",
}

Regions = dict[str, FileRegion | ZipRegion]


def is_exported(names: Iterable[str]) -> bool:
    """Whether a zip archive was written by torch.export, in today's layout or an older one."""
    return any(name == OLDER or name.endswith("_weights_config.json") for name in names)


def read_exported(entries: dict[str, ZipRegion]) -> tuple[dict, Regions, str]:
    """The archive's tensors by name, where their numbers lie, and their byte order.

    Raises DamagedFile with what was found only, and UnknownFormat for an older layout.
    """
    if OLDER in entries:
        path = entries[OLDER].path
        raise UnknownFormat(
            f"{path}: expected a torch.export archive of torch 2.9 or later, found an older one; "
            "save torch.export.load(FILE).state_dict with torch.save, and read that"
        )
    content: dict[str, View | Packed] = {}
    regions: Regions = {}
    for name, region in entries.items():
        folder = next((f"/{f}" for f in FOLDERS if f"/{f}" in f"/{name}"), None)
        if folder is None or not name.endswith("_config.json"):
            continue
        beside = name.rpartition("/")[0] + "/"
        for tensor, entry in _config(region).items():
            content[tensor] = _described(tensor, entry, beside, entries, regions)
    order = next((r for name, r in entries.items() if name.endswith("byteorder")), None)
    return content, regions, byte_order(order)


def byte_order(entry: ZipRegion | None) -> str:
    """ "<" or ">", as the archive says; DamagedFile for another word."""
    # Files from before torch 2.1 do not say; nearly all of them come from little-endian machines.
    word = b"little" if entry is None else entry.read(0, min(entry.length, 10)).strip()
    if word not in (b"little", b"big"):
        raise DamagedFile(f"the byte order {quoted(word.decode('latin-1'))}")
    return "<" if word == b"little" else ">"


def _config(region: ZipRegion) -> dict:
    if region.length > LONGEST_JSON:
        raise DamagedFile(f"a description of {region.length} bytes")
    try:
        config = json.loads(region.read())["config"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise DamagedFile("a description of the weights that is no JSON") from None
    if not isinstance(config, dict):
        raise DamagedFile("a description of the weights that names none")
    return config


def _described(
    name: str, entry: object, folder: str, entries: dict[str, ZipRegion], regions: Regions
) -> View | Packed:
    try:
        path, meta = folder + str(entry["path_name"]), entry["tensor_meta"]
        shape = [size["as_int"] for size in meta["sizes"]]
        strides = [step["as_int"] for step in meta["strides"]]
        offset = meta["storage_offset"]["as_int"]
        dtype = NUMBER_TYPES.get(meta["dtype"], "an unknown number type")
        pickled = bool(entry["use_pickle"])
    except (KeyError, TypeError):
        raise DamagedFile(f"tensor {quoted(name)} without path, type, sizes and strides") from None
    if pickled:
        return Packed(tuple(map(count, shape)), "a pickled class of tensors", DENSE)
    if path not in entries:
        raise DamagedFile(f"tensor {quoted(name)} in a file that the archive does not hold")
    regions[path] = entries[path]
    storage = Storage(path, dtype, entries[path].length // (item_size(dtype) or 1))
    return view_of(storage, offset, shape, strides)
