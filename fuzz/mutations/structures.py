"""What a file is made of, told by its first bytes and, where they do not tell, by its name."""

from __future__ import annotations

import re

LEADS = (
    (b"PK\x03\x04", "zip"),
    (b"\x93NUMPY", "npy"),
    (b"\x89HDF", "hdf5"),
)
SUFFIXES = {
    ".onnx": "protobuf",
    ".msgpack": "msgpack",
    ".json": "json",
    ".pkl": "pickle",
    ".safetensors": "safetensors",
}
# A row of printable characters, which is how every text begins.
TEXT = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]{1,64}")


class NotThatStructure(Exception):
    """The bytes cannot be taken apart as a mutator of this kind would have to."""


def kind_of(name: str, data: bytes) -> str:
    """The kind of a file: one of `fuzz.mutations.MUTATORS`, or "bytes"."""
    for lead, kind in LEADS:
        if data.startswith(lead):
            return kind
    if data[4:8] == b"TFL3":
        return "flatbuffer"
    if data[257:262] == b"ustar":
        return "tar"
    for suffix, kind in SUFFIXES.items():
        if name.endswith(suffix):
            return kind
    if re.match(rb"\x80[\x01-\x05]", data):
        return "pickle"
    if data[8:9] == b"{" and data[4:8] == bytes(4):
        return "safetensors"
    return "lines" if TEXT.fullmatch(data[:64]) else "bytes"
