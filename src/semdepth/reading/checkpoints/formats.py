"""Tells by its content which format a checkpoint file has, whatever its name ends in."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from semdepth.errors import DamagedFile, ReadError, UnknownFormat
from semdepth.reading.checkpoints import arrays, pytorch, safetensors
from semdepth.reading.checkpoints.checkpoint import AGAIN, Checkpoint, reading_as
from semdepth.reading.checkpoints.regions import zip_entries
from semdepth.reading.checkpoints.restricted_pickle import StandIn, read_pickle

EXPECTED = "a checkpoint (safetensors, PyTorch .pt/.pth/.bin, .npz/.npy or a Hugging Face folder)"
SAVE_ARRAYS = (
    "save its last layer in the framework that wrote it, with "
    'numpy.savez("head.npz", weight=W, bias=b, classes=names)'
)
SAVE_TENSORS = (
    "load it where it was made and save its state_dict with today's torch.save or safetensors"
)

# PyTorch's magic number as a pickle writes it, behind the two to eleven bytes of a pickle's lead.
LEGACY_MAGIC = pytorch.LEGACY_MAGIC.to_bytes(10, "little")
# ONNX has no magic: a protobuf whose first field is the (small) version of the format, followed
# by the producer's name, another text, or the graph.
ONNX_LEAD = re.compile(rb"\x08[\x01-\x1f][\x12\x1a\x22\x32\x3a\x42]", re.DOTALL)
KNOWN_BY_LEAD = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras .h5)", SAVE_ARRAYS),
    (b"\x1f\x8b", "a gzip-compressed file", "unpack it with gunzip first"),
    (
        b"version https://git-lfs",
        "a git-lfs pointer, which only names the real file",
        "run: git lfs pull",
    ),
)


def read_file(path: Path) -> Checkpoint:
    """The tensors of one file in any format; only headers are read.

    Raises UnknownFormat with the format's name, where it has one, and a way out; DamagedFile and
    UnsafeFile as the readers do.
    """
    with reading_as(path, EXPECTED):
        if path.exists() and not path.is_file():
            raise ReadError(f"{path}: expected {EXPECTED}, found neither a file nor a folder")
        with path.open("rb") as file:
            lead = file.read(1024)
    return _reader(path, lead)(path)


def _reader(path: Path, lead: bytes) -> Callable[[Path], Checkpoint]:
    if not lead:
        raise DamagedFile(f"{path}: expected {EXPECTED}, found an empty file (0 bytes); {AGAIN}")
    if lead.startswith(b"PK\x03\x04"):
        return _zip_reader(path)
    if lead.startswith(arrays.MAGIC):
        return arrays.read
    if LEGACY_MAGIC in lead[:24]:
        return pytorch.read
    if lead[8:9] == b"{" and not _is_text(lead[:8]):
        return safetensors.read
    for start, name, way_out in KNOWN_BY_LEAD:
        if lead.startswith(start):
            _refuse(path, name, way_out)
    _refuse_by_content(path, lead)


def _zip_reader(path: Path) -> Callable[[Path], Checkpoint]:
    with reading_as(path, "a zip archive (PyTorch or .npz)"):
        names = list(zip_entries(path))
    if any(name == "data.pkl" or name.endswith("/data.pkl") for name in names):
        return pytorch.read
    if any(name.endswith(".npy") for name in names):
        return arrays.read
    if "model.weights.h5" in names:
        _refuse(path, "a Keras archive (.keras)", SAVE_ARRAYS)
    first = ", ".join(map(repr, names[:3])) or "nothing"
    _refuse(
        path,
        f"a zip archive with neither PyTorch's data.pkl nor numpy arrays (it holds {first})",
        "unpack it and pass the checkpoint inside",
    )


def _refuse_by_content(path: Path, lead: bytes) -> NoReturn:
    if lead[4:8] == b"TFL3":
        _refuse(path, "a TensorFlow Lite model", SAVE_ARRAYS)
    if lead[257:262] == b"ustar":
        name = "a tar archive (PyTorch's form before 0.1.10, or a packed folder)"
        _refuse(path, name, f"unpack it, or {SAVE_TENSORS}")
    if ONNX_LEAD.match(lead):
        _refuse(path, "what looks like an ONNX model", SAVE_ARRAYS)
    text = lead.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        _refuse(path, "a web page", "the download went wrong: fetch the file itself")
    if _is_plain_pickle(path, lead):
        _refuse(path, "a plain Python pickle, not written by torch.save", SAVE_TENSORS)
    if _is_text(lead):
        begins = lead[:40].decode("utf-8", "replace").split("\n")[0]
        _refuse(path, f"a text file that begins {begins!r}", "check the path or the download")
    _refuse(path, f"unknown bytes ({lead[:8].hex(' ')} ...)", SAVE_ARRAYS)


def _is_plain_pickle(path: Path, lead: bytes) -> bool:
    if path.stat().st_size > pytorch.LONGEST_PICKLE:  # it would have to be read to its end
        return lead.startswith(b"\x80")
    # Read to the end, so that a pickle that wants to run something is called by its name.
    with reading_as(path, "a checkpoint of tensors"), path.open("rb") as stream:
        try:
            read_pickle(stream, {}, StandIn)
        except DamagedFile:
            return False
    return True


def _is_text(data: bytes) -> bool:
    return all(byte >= 0x20 or byte in b"\t\r\n\f" for byte in data)


def _refuse(path: Path, found: str, way_out: str) -> NoReturn:
    raise UnknownFormat(f"{path}: expected {EXPECTED}, found {found}; {way_out}")
