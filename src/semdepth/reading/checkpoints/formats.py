"""Tells by its content which format a checkpoint file has, whatever its name ends in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from semdepth.errors import DamagedFile, ReadError, UnknownFormat
from semdepth.reading.checkpoints import (
    arrays,
    flax,
    keras,
    onnx,
    paddle,
    pytorch,
    safetensors,
    tfjs,
    tflite,
)
from semdepth.reading.checkpoints.checkpoint import AGAIN, Checkpoint, quoted, reading_as
from semdepth.reading.checkpoints.containers import hdf5
from semdepth.reading.checkpoints.containers.regions import zip_entries
from semdepth.reading.checkpoints.containers.restricted_pickle import StandIn, read_pickle

EXPECTED = (
    "a checkpoint (PyTorch, safetensors, ONNX, Keras, TFLite, TensorFlow.js, Flax, PaddlePaddle, "
    ".npz/.npy or a Hugging Face folder)"
)
SAVE_ARRAYS = (
    "save its last layer in the framework that wrote it, with "
    'numpy.savez("head.npz", weight=W, bias=b, classes=names)'
)
SAVE_TENSORS = (
    "load it where it was made and save its state_dict with today's torch.save or safetensors"
)

# PyTorch's magic number as a pickle writes it, behind the two to eleven bytes of a pickle's lead.
LEGACY_MAGIC = pytorch.LEGACY_MAGIC.to_bytes(10, "little")
KNOWN_BY_LEAD = (
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
    return _reader(path, _lead(path))(path)


def is_checkpoint(path: Path) -> bool:
    """Whether a file begins as a checkpoint does; what it holds is not looked at."""
    try:
        _reader(path, _lead(path))
    except ReadError:
        return False
    return True


def _lead(path: Path) -> bytes:
    with reading_as(path, EXPECTED):
        if path.exists() and not path.is_file():
            raise ReadError(f"{path}: expected {EXPECTED}, found neither a file nor a folder")
        with path.open("rb") as file:
            return file.read(1024)


def _reader(path: Path, lead: bytes) -> Callable[[Path], Checkpoint]:
    if not lead:
        raise DamagedFile(f"{path}: expected {EXPECTED}, found an empty file (0 bytes); {AGAIN}")
    if lead.startswith(b"PK\x03\x04"):
        return _zip_reader(path)
    if lead.startswith(arrays.MAGIC):
        return arrays.read
    if lead.startswith(hdf5.SIGNATURE):
        return keras.read
    if lead[4:8] == tflite.IDENTIFIER:
        return tflite.read
    if onnx.LEAD.match(lead) and onnx.is_model(path):
        return onnx.read
    if LEGACY_MAGIC in lead[:24] or (lead[257:262] == b"ustar" and pytorch.is_legacy_tar(path)):
        return pytorch.read
    if lead[8:9] == b"{" and not _is_text(lead[:8]):
        return safetensors.read
    if flax.LEAD.match(lead):
        return flax.read
    if paddle.LEAD.match(lead):
        return paddle.read
    for start, name, way_out in KNOWN_BY_LEAD:
        if lead.startswith(start):
            _refuse(path, name, way_out)
    if hdf5.starts_at(path) is not None:  # behind a user block
        return keras.read
    if _is_text(lead) and tfjs.is_model(path):
        return tfjs.read
    _refuse_by_content(path, lead)


def _zip_reader(path: Path) -> Callable[[Path], Checkpoint]:
    with reading_as(path, "a zip archive (PyTorch or .npz)"):
        names = list(zip_entries(path))
    if any(name == "data.pkl" or name.endswith("/data.pkl") for name in names):
        return pytorch.read
    if pytorch.is_exported(names):
        return pytorch.read
    if any(name.endswith(".npy") for name in names):
        return arrays.read
    if keras.WEIGHTS_ENTRY in names:
        return keras.read
    first = ", ".join(map(quoted, names[:3])) or "nothing"
    _refuse(
        path,
        f"a zip archive with neither PyTorch's data.pkl nor numpy arrays (it holds {first})",
        "unpack it and pass the checkpoint inside",
    )


def _refuse_by_content(path: Path, lead: bytes) -> NoReturn:
    if lead[257:262] == b"ustar":
        _refuse(path, "a tar archive of other files", "unpack it and pass the checkpoint inside")
    if onnx.LEAD.match(lead):
        name = "a protobuf file that is no ONNX model (Core ML, TensorFlow's SavedModel?)"
        _refuse(path, name, SAVE_ARRAYS)
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
            read_pickle(stream, pytorch.NESTED, StandIn)
        except DamagedFile:
            return False
    return True


def _is_text(data: bytes) -> bool:
    return all(byte >= 0x20 or byte in b"\t\r\n\f" for byte in data)


def _refuse(path: Path, found: str, way_out: str) -> NoReturn:
    raise UnknownFormat(f"{path}: expected {EXPECTED}, found {found}; {way_out}")
