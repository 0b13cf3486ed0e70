"""Looks into files within a pickle: plain pickles of tensors carry torch.save's own inside them."""

from __future__ import annotations

import io
import zipfile
from functools import partial

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.containers.regions import zip_failures
from semdepth.reading.checkpoints.containers.restricted_pickle import StandIn, read_pickle

LOADS_BYTES = ("torch.storage", "_load_from_bytes")
MOST_FILES = 10_000
DEEPEST = 4
# Bytes that were looked through: a pickle may hand the same ones over a million times.
_harmless: set[tuple[int, int]] = set()


def look_inside(arguments: tuple) -> StandIn:
    """What stands for a storage saved within a pickle; UnsafeFile where its pickles run code.

    PyTorch would open the bytes with its plain loader. Here their pickles are only read through.
    """
    data = arguments[0] if arguments else None
    if isinstance(data, bytes) and (hash(data), len(data)) not in _harmless:
        _look_through([data])
        if len(_harmless) >= MOST_FILES:
            _harmless.clear()
        _harmless.add((hash(data), len(data)))
    return StandIn("a storage within a pickle")


def _look_through(level: list[bytes]) -> None:
    """Read the pickles in the bytes, then those in the bytes that they hand over, and so on."""
    for _ in range(DEEPEST):
        deeper: dict[int, bytes] = {}
        within = {LOADS_BYTES: partial(_keep, deeper)}
        for data in level[:MOST_FILES]:
            _read_through(data, within)
        level = list(deeper.values())


def _keep(deeper: dict[int, bytes], arguments: tuple) -> None:
    if arguments and isinstance(arguments[0], bytes):
        deeper[id(arguments[0])] = arguments[0]


def _read_through(data: bytes, within: dict) -> None:
    try:
        for stream in _pickles(data):
            while True:
                read_pickle(stream, within, StandIn)
    except DamagedFile:  # the numbers behind the pickles, or bytes of another kind
        return


def _pickles(data: bytes) -> list[io.BytesIO]:
    """Streams that begin with a pickle: the bytes themselves, or the description in a zip."""
    if not data.startswith(b"PK\x03\x04"):
        return [io.BytesIO(data)]
    with zip_failures(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        # torch.save does not pack its entries; one that says more than there is would be a bomb.
        described = (
            entry
            for entry in archive.infolist()
            if entry.filename.endswith("data.pkl") and entry.file_size <= len(data)
        )
        return [io.BytesIO(archive.read(entry)) for entry in described]
