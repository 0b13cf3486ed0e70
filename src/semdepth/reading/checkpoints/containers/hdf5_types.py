"""What HDF5 says of an array: its shape, the type of its numbers, and texts in attributes.

Source: the HDF5 File Format Specification, version 3.0, sections IV.A.2.b, d and m.
"""

from __future__ import annotations

import math
import struct

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.containers.hdf5_blocks import Blocks, global_entry

WHOLE, FLOATING, TEXT, ENUMERATION, VARYING = 0, 1, 3, 8, 9
# Of floating-point numbers: bytes, bits of the exponent, bits of the fraction.
FLOATS = {
    (2, 5, 10): "float16",
    (2, 8, 7): "bfloat16",
    (4, 8, 23): "float32",
    (8, 11, 52): "float64",
}
OTHER_TYPES = {2: "time", 3: "text", 4: "bits", 5: "opaque", 6: "record", 7: "reference"}


def shape_in(body: bytes) -> tuple[int, ...]:
    """The shape in a dataspace message; () for a single number, (0,) for none at all."""
    version, rank = body[0], body[1]
    if version not in (1, 2):
        raise DamagedFile(f"an array whose shape has the unknown version {version}")
    if version == 2 and body[3] == 2:
        return (0,)
    return struct.unpack_from(f"<{rank}Q", body, 8 if version == 1 else 4)


def number_type(body: bytes) -> tuple[str, str]:
    """The name of a number type, in numpy's words, and its byte order."""
    kind, bits, size = body[0] & 15, body[1], struct.unpack_from("<I", body, 4)[0]
    order = ">" if bits & 1 else "<"
    if kind == WHOLE:
        return f"{'int' if bits & 8 else 'uint'}{8 * size}", order
    if kind == FLOATING:
        return FLOATS.get((size, body[13], body[15]), f"float of {size} bytes"), order
    if kind == ENUMERATION and size == 1:  # numpy's bool, as h5py stores it
        return "bool", "<"
    return OTHER_TYPES.get(kind, "other"), order


def attribute_in(blocks: Blocks, body: bytes, wanted: str) -> str | tuple[str, ...] | None:
    """The text, or the list of texts, in an attribute message if it is the one wanted."""
    version, flags = body[0], body[1]
    if version not in (1, 2, 3):
        raise DamagedFile(f"an attribute of the unknown version {version}")
    lengths = struct.unpack_from("<HHH", body, 2)
    place = 9 if version == 3 else 8
    parts = []
    for length in lengths:
        parts.append(body[place : place + length])
        place += (length + 7) // 8 * 8 if version == 1 else length
    name, kind, space = parts
    if name.rstrip(b"\0").decode("utf-8", "replace") != wanted or (version > 1 and flags):
        return None
    shape = shape_in(space)
    texts = _texts(blocks, kind, body[place:], math.prod(shape))
    return texts[0] if texts and not shape else texts


def _texts(blocks: Blocks, kind: bytes, data: bytes, count: int) -> tuple[str, ...] | None:
    what, bits, size = kind[0] & 15, kind[1], struct.unpack_from("<I", kind, 4)[0]
    varying = what == VARYING and bits & 15 == 1
    if not varying and what != TEXT:
        return None
    width = 16 if varying else size
    if width == 0 or count * width > len(data):
        raise DamagedFile(f"an attribute of {count} texts in {len(data)} bytes")
    pieces = [data[start : start + width] for start in range(0, count * width, width)]
    if varying:
        return tuple(_varying(blocks, piece) for piece in pieces)
    return tuple(_decoded(piece, bits & 15) for piece in pieces)


def _varying(blocks: Blocks, reference: bytes) -> str:
    length, heap, number = struct.unpack("<IQI", reference)
    if length == 0:
        return ""
    return global_entry(blocks, heap, number)[:length].decode("utf-8", "replace")


def _decoded(raw: bytes, padding: int) -> str:
    # Ended by a zero byte, filled with zero bytes, or filled with spaces.
    raw = raw.split(b"\0")[0] if padding == 0 else raw.rstrip(b"\0" if padding == 1 else b" ")
    return raw.decode("utf-8", "replace")
