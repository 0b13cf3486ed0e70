"""Damages zip archives: their entries by kind, their names, their sizes, their directory."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from functools import cache

from fuzz.dice import Dice
from fuzz.mutations.structures import NotThatStructure

Entries = list[tuple[zipfile.ZipInfo, bytes]]
# Fields of the directory's records and of the entries' own headers: place and width.
DIRECTORY = (
    b"PK\x01\x02",
    (
        (8, 2),
        (10, 2),
        (16, 4),
        (20, 4),
        (24, 4),
        (28, 2),
        (30, 2),
        (32, 2),
        (38, 4),
        (42, 4),
    ),
)
HEADER = b"PK\x03\x04", ((6, 2), (8, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2))
END = b"PK\x05\x06", ((4, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2))
SYMLINK = 0o120777 << 16
NAMES = (
    "../decoy.bin",
    "/etc/passwd",
    "archive/../../decoy.bin",
    "archive\\data.pkl",
    "archive/data.pkl",
    "other/data.pkl",
    "archive/data/0",
    "archive/data/../data.pkl",
    "archive/byteorder",
    "archive/constants.pkl",
    "archive/extra/names.txt",
    "config.json",
    "model.weights.h5",
    "weight.npy",
    "classes.npy",
    ".npy",
    "é/💥.npy",
    "n" * 60_000,
)
BOMB = 64 << 20
# What an entry could grow to: nothing at all, values without end for a pickle, JSON, text.
FILLINGS = (b"\0", b"]", b"\x97", b"(", b"2", b"[", b'{"a":', b"\x80\x02}", b"name\n")


def rename_entry(data: bytes, dice: Dice) -> bytes:
    """A name that climbs out, is taken, is not expected, or is no name."""
    entries = entries_of(data)
    info, content = entries.pop(dice.place(entries))
    prefix = info.filename.split("/")[0] + "/"
    name = dice.choice((*NAMES, dice.text(), prefix + dice.text()))
    entries.append((_info(name, info.compress_type), content))
    return written(entries)


def repeat_entry(data: bytes, dice: Dice) -> bytes:
    """Two entries of one name, or hundreds of like ones."""
    entries = entries_of(data)
    info, content = dice.choice(entries)
    if dice.one_in(2):
        entries.append((info, dice.choice(entries)[1]))
    else:
        copies = dice.choice((3, 500))
        entries += [(_info(f"{info.filename}{k}", 0), content) for k in range(copies)]
    return written(entries)


def exchange_entries(data: bytes, dice: Dice) -> bytes:
    """An entry left out, or two that exchange their contents."""
    entries = entries_of(data)
    one, other = dice.place(entries), dice.place(entries)
    if dice.one_in(3):
        del entries[one]
    else:
        (a, first), (b, second) = entries[one], entries[other]
        entries[one], entries[other] = (a, second), (b, first)
    return written(entries)


def link_entry(data: bytes, dice: Dice) -> bytes:
    """A symbolic link to somewhere else in the place of an entry."""
    entries = entries_of(data)
    at = dice.place(entries)
    info = _info(entries[at][0].filename, 0)
    info.external_attr, info.create_system = SYMLINK, 3
    entries[at] = info, dice.choice((b"/etc/passwd", b"../decoy.bin", b"data.pkl"))
    return written(entries)


def pack_otherwise(data: bytes, dice: Dice) -> bytes:
    """Entries packed by deflate, bzip2 or LZMA."""
    method = dice.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    return written([(_info(info.filename, method), content) for info, content in entries_of(data)])


def blow_up(data: bytes, dice: Dice) -> bytes:
    """A zip bomb: an entry of 64 MiB in as many kilobytes."""
    entries = entries_of(data)
    at = dice.place(entries)
    name, filling = entries[at][0].filename, dice.choice(FILLINGS)
    del entries[at]
    return _with_bomb(written(entries), name, filling)


def lie(data: bytes, dice: Dice) -> bytes:
    """Another size, place, length, method or flag than is so."""
    signature, fields = dice.choice((DIRECTORY, DIRECTORY, HEADER, END))
    records = _places(data, signature)
    if not records:
        raise NotThatStructure
    place, width = dice.choice(fields)
    start = dice.choice(records) + place
    return data[:start] + dice.bytes_of(width, len(data)) + data[start + width :]


def entries_of(data: bytes) -> Entries:
    """What an archive holds, with each entry's own lead."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > 4 << 20:
                raise NotThatStructure
            entries = [(info, archive.read(info)) for info in archive.infolist()]
    except Exception:  # an archive damaged before; zipfile has a dozen ways to say so
        raise NotThatStructure from None
    if not entries:
        raise NotThatStructure
    return entries


def _info(name: str, method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name.encode("utf-8", "replace").decode())
    info.compress_type = method
    return info


def written(entries: Entries) -> bytes:
    """An archive of these entries, two of one name if so given."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # two entries of one name
        with zipfile.ZipFile(buffer, "w") as archive:
            for info, content in entries:
                new = _info(info.filename, info.compress_type)
                new.external_attr, new.create_system = info.external_attr, info.create_system
                archive.writestr(new, content)
    return buffer.getvalue()


def _with_bomb(archive: bytes, name: str, filling: bytes) -> bytes:
    """The archive with one entry more, put together by hand: packing it anew would take long."""
    packed, checksum, size = _packed(filling)
    raw = name.encode()
    end = archive.rfind(END[0])
    n, _, start = struct.unpack_from("<HII", archive, end + 10)
    sizes = struct.pack("<III", checksum, len(packed), size)
    header = HEADER[0] + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes
    header += struct.pack("<HH", len(raw), 0) + raw + packed
    record = DIRECTORY[0] + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + sizes
    record += struct.pack("<HHHHHII", len(raw), 0, 0, 0, 0, 0, start) + raw
    directory = archive[start:end] + record
    tail = struct.pack("<HHHHIIH", 0, 0, n + 1, n + 1, len(directory), start + len(header), 0)
    return archive[:start] + header + directory + END[0] + tail


@cache
def _packed(filling: bytes) -> tuple[bytes, int, int]:
    content = filling * (BOMB // len(filling))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush(), zlib.crc32(content), len(content)


def _places(data: bytes, signature: bytes) -> list[int]:
    places, at = [], data.find(signature)
    while at >= 0 and len(places) < 1_000:
        places.append(at)
        at = data.find(signature, at + 1)
    return places


MUTATORS = (
    rename_entry,
    repeat_entry,
    exchange_entries,
    link_entry,
    pack_otherwise,
    blow_up,
    lie,
    lie,
)
