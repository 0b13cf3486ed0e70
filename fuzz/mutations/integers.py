"""Whole numbers in the midst of bytes."""


def with_integer(data: bytes, at: int, width: int, value: int) -> bytes:
    """The bytes with a little-endian number of so many bytes at a place, wrapped to fit."""
    return data[:at] + (value % 256**width).to_bytes(width, "little") + data[at + width :]
