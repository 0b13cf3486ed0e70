"""Reads HDF5 files, as Keras writes them, without libhdf5: groups, arrays, texts beside them.

Nothing but structures is read; the numbers of an array are a stretch of the file, told by
address. What would reach into other files (external links, external storage, virtual arrays)
is refused.

Source: the HDF5 File Format Specification, version 3.0, sections II (superblock) and IV (object
headers and their messages). libhdf5 itself crashes or hangs on some damaged files, which a
program cannot survive; this reader ends every one of them with DamagedFile.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from semdepth.errors import DamagedFile, UnsafeFile
from semdepth.reading.checkpoints.checkpoint import quoted
from semdepth.reading.checkpoints.containers.hdf5_blocks import (
    UNDEFINED,
    Blocks,
    FractalHeap,
    Region,
    symbols,
    tree_records,
)
from semdepth.reading.checkpoints.containers.hdf5_types import attribute_in, number_type, shape_in
from semdepth.reading.checkpoints.containers.regions import FileRegion

SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Messages of an object header, by number
DATASPACE, LINK_INFO, DATATYPE, LINK, EXTERNAL, LAYOUT = 1, 2, 3, 6, 7, 8
ATTRIBUTE, CONTINUATION, SYMBOL_TABLE, ATTRIBUTE_INFO = 12, 16, 17, 21
SHARED = 2  # the flag of a message that only points to the real one
DEEPEST = 64


def starts_at(path: Path) -> int | None:
    """Where HDF5 begins in a file (at byte 0, 512, 1024, 2048, ...), or None where it does not."""
    place, size = 0, path.stat().st_size
    with open(path, "rb") as file:
        while place + len(SIGNATURE) <= size:
            file.seek(place)
            if file.read(len(SIGNATURE)) == SIGNATURE:
                return place
            place = max(2 * place, 512)
    return None


def region_of(path: Path) -> FileRegion:
    """The HDF5 part of a file; DamagedFile where there is none."""
    start = starts_at(path)
    if start is None:
        raise DamagedFile("a file without HDF5's signature")
    return FileRegion(path, start, path.stat().st_size - start)


def open_hdf5(region: Region) -> Node:
    """The root group of an HDF5 file.

    Raises DamagedFile for bytes that do not hold together, here and in all that is asked of the
    group and its members.
    """
    blocks = Blocks(region)
    with failures():
        lead = blocks.read(0, min(region.length, 128))
        version = lead[8]
        if not lead.startswith(SIGNATURE) or version > 3:
            raise DamagedFile(f"HDF5 with a superblock of the unknown version {version}")
        old = version < 2
        sizes, place = (lead[13:15], 24 + 4 * version) if old else (lead[9:11], 12)
        if sizes != b"\x08\x08":
            raise DamagedFile(f"HDF5 with addresses of {sizes[0]} and {sizes[1]} bytes, not of 8")
        # Base, free space (old) or extension, end of file, driver (old), then the root group.
        words = struct.unpack_from("<6Q", lead, place)
        end, root = (words[2], words[5]) if old else (words[2], words[3])
        base = words[0]
        end -= base if base <= end else 0
        if end > region.length:
            raise DamagedFile(f"a file that breaks off: {region.length} of {end} bytes")
        return Node(blocks, root)


@contextmanager
def failures() -> Iterator[None]:
    """What decoding says of bytes that are too few or no numbers, as DamagedFile."""
    try:
        yield
    except (struct.error, IndexError, OverflowError) as error:
        raise DamagedFile(f"HDF5 structures that are cut off or damaged ({error})") from error


@dataclass(frozen=True, slots=True)
class Message:
    """One message of an object header."""

    kind: int
    flags: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Storage:
    """Where the numbers of an array lie: in the file from `start` on, or with the header."""

    start: int
    within: bytes | None = None


class Node:
    """A group or an array in an HDF5 file."""

    def __init__(self, blocks: Blocks, address: int):
        self.blocks = blocks
        self.address = address

    @cached_property
    def messages(self) -> list[Message]:
        with failures():
            return list(_messages(self.blocks, self.address))

    @property
    def is_array(self) -> bool:
        return any(message.kind == DATASPACE for message in self.messages)

    def members(self) -> dict[str, Node]:
        """What a group holds: by creation where the file knows it, else by name.

        Raises UnsafeFile for a link to another file.
        """
        with failures():
            found = dict(_links(self.blocks, self.messages))
        return {name: Node(self.blocks, address) for name, address in found.items()}

    def text(self, name: str) -> str | tuple[str, ...] | None:
        """The attribute `name` where it is a text or a list of texts, else None."""
        with failures():
            for body in _attributes(self.blocks, self.messages):
                found = attribute_in(self.blocks, body, name)
                if found is not None:
                    return found
        return None

    @property
    def shape(self) -> tuple[int, ...]:
        with failures():
            return shape_in(_only(self.messages, DATASPACE).body)

    @property
    def number_type(self) -> tuple[str, str]:
        """The type of an array's numbers, as numpy calls it, and their byte order."""
        message = _only(self.messages, DATATYPE)
        with failures():
            return ("shared", "<") if message.flags & SHARED else number_type(message.body)

    def storage(self) -> Storage | None:
        """Where an array's numbers lie; None where they are cut into chunks.

        Raises UnsafeFile where they lie in other files.
        """
        if any(message.kind == EXTERNAL for message in self.messages):
            raise UnsafeFile("an array whose numbers lie in another file; no other file was opened")
        with failures():
            return _storage(_only(self.messages, LAYOUT).body)


def walk(root: Node) -> Iterator[tuple[tuple[str, ...], Node]]:
    """All groups and arrays below a group, each with the names that lead to it."""
    seen = {root.address}
    waiting = [((), root)]
    while waiting:
        path, group = waiting.pop()
        if len(path) >= DEEPEST:
            raise DamagedFile(f"groups within groups, more than {DEEPEST} deep")
        inner = []
        for name, node in group.members().items():
            if not node.is_array and node.address in seen:  # a group may have several names
                continue
            yield (*path, name), node
            if not node.is_array:
                seen.add(node.address)
                inner.append(((*path, name), node))
        waiting += reversed(inner)


def _only(messages: list[Message], kind: int) -> Message:
    found = next((message for message in messages if message.kind == kind), None)
    if found is None:
        raise DamagedFile(f"an HDF5 object without its message {kind}")
    return found


# Object headers

FIRST_FORM = struct.Struct("<BxHII4x")
FIRST_MESSAGE = struct.Struct("<HHB3x")
SECOND_FORM = struct.Struct("<4sBB")
SECOND_MESSAGE = struct.Struct("<BHB")


def _messages(blocks: Blocks, address: int) -> Iterator[Message]:
    """The messages of an object header and of the blocks that continue it."""
    if blocks.read(address, 4) == b"OHDR":
        waiting, step = _second_header(blocks, address)
        form, lead = SECOND_MESSAGE, 4
    else:
        version, _, _, length = blocks.fields(address, FIRST_FORM)
        if version != 1:
            raise DamagedFile(f"no HDF5 object at byte {address}")
        waiting, step = [(address + FIRST_FORM.size, length)], 0
        form, lead = FIRST_MESSAGE, 0
    while waiting:
        block, place = blocks.read(*waiting.pop(0)), 0
        while place + form.size + step <= len(block):
            kind, length, flags = form.unpack_from(block, place)
            place += form.size + step
            body = block[place : place + length]
            place += length
            blocks.work(0)
            if len(body) < length:
                raise DamagedFile("an HDF5 object whose messages do not fit into its header")
            if kind == CONTINUATION:
                start, size = struct.unpack_from("<QQ", body)
                # The newer form wraps each block in a signature and a checksum.
                waiting.append((start + lead, size - 2 * lead))
            else:
                yield Message(kind, flags, body)


def _second_header(blocks: Blocks, address: int) -> tuple[list[tuple[int, int]], int]:
    """The first block of messages in the newer form, and how much longer each message's lead is."""
    _, version, flags = blocks.fields(address, SECOND_FORM)
    if version != 2:
        raise DamagedFile(f"an HDF5 object of the unknown version {version}")
    place = address + SECOND_FORM.size + (16 if flags & 32 else 0) + (4 if flags & 16 else 0)
    width = 1 << (flags & 3)
    length = int.from_bytes(blocks.read(place, width), "little")
    return [(place + width, length)], 2 if flags & 4 else 0


# Members of a group


def _links(blocks: Blocks, messages: list[Message]) -> Iterator[tuple[str, int]]:
    newer: list[tuple[int, str, int]] = []
    for message in messages:
        if message.kind == SYMBOL_TABLE:
            yield from symbols(blocks, *struct.unpack_from("<QQ", message.body))
        elif message.kind == LINK:
            newer += _link(message.body)
        elif message.kind == LINK_INFO:
            place = 10 if message.body[1] & 1 else 2
            for body in _dense(blocks, message.body, place, lambda record: record[4:]):
                newer += _link(body)
    yield from ((name, address) for _, name, address in sorted(newer))


def _link(body: bytes) -> list[tuple[int, str, int]]:
    """Order, name and address of a link's target; soft links, which are aliases, give none."""
    version, flags = struct.unpack_from("<BB", body)
    place = 2
    if version != 1:
        raise DamagedFile(f"a link of the unknown version {version}")
    kind = body[place] if flags & 8 else 0
    place += 1 if flags & 8 else 0
    order = struct.unpack_from("<Q", body, place)[0] if flags & 4 else 0
    place += (8 if flags & 4 else 0) + (1 if flags & 16 else 0)
    width = 1 << (flags & 3)
    length = int.from_bytes(body[place : place + width], "little")
    name = body[place + width : place + width + length].decode("utf-8", "replace")
    if kind > 1:
        raise UnsafeFile(f"{quoted(name)}, a link to another file; no other file was opened")
    if kind == 1:
        return []
    (address,) = struct.unpack_from("<Q", body, place + width + length)
    return [(order, name, address)]


def _dense(
    blocks: Blocks, info: bytes, place: int, identifier: Callable[[bytes], bytes]
) -> Iterator[bytes]:
    """Messages that are too many for a header: a heap holds them, a tree knows their places."""
    heap_address, tree = struct.unpack_from("<QQ", info, place)
    if heap_address == UNDEFINED or tree == UNDEFINED:
        return
    heap = FractalHeap.at(blocks, heap_address)
    for record in tree_records(blocks, tree):
        yield heap.content(identifier(record))


def _attributes(blocks: Blocks, messages: list[Message]) -> Iterator[bytes]:
    for message in messages:
        if message.kind == ATTRIBUTE and not message.flags & SHARED:
            yield message.body
        elif message.kind == ATTRIBUTE_INFO:
            place = 4 if message.body[1] & 1 else 2
            yield from _dense(blocks, message.body, place, lambda record: record[:8])


# Numbers


def _storage(body: bytes) -> Storage | None:
    version, kind = body[0], body[1]
    if version < 3:  # libhdf5 of before 2004
        raise DamagedFile(f"an array stored in the form {version}, older than Keras")
    if kind == 0:
        (length,) = struct.unpack_from("<H", body, 2)
        return Storage(0, body[4 : 4 + length])
    if kind == 1:
        return Storage(struct.unpack_from("<Q", body, 2)[0])
    if kind == 3:
        raise UnsafeFile("a virtual array, made of other files; no other file was opened")
    return None
