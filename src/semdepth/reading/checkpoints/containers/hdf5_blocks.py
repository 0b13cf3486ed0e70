"""The blocks that an HDF5 file is made of: its trees and heaps, each read within bounds.

Source: the HDF5 File Format Specification, version 3.0, sections III (heaps, B-trees, symbol
tables) and VIII; what Keras writes by h5py is its oldest form, what other tools write its newer.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from semdepth.errors import DamagedFile

UNDEFINED = 2**64 - 1
PAGE = 1 << 14
PAGES_KEPT = 256
# What reading the structures of one file may cost, in bytes; each look counts as A_LOOK more.
# A network of 3000 layers asks for about 20 million, so this ends only what has no end.
MOST_WORK = 1 << 27
A_LOOK = 128


class Region(Protocol):
    """A stretch of bytes that is read when asked for: a file, or an entry of an archive."""

    @property
    def length(self) -> int: ...

    def read(self, start: int = 0, stop: int | None = None) -> bytes: ...


class Blocks:
    """A file's structures, read page by page; all loops over them end with the work allowed."""

    def __init__(self, region: Region):
        self.region = region
        self.heaps: dict[int, dict[int, tuple[int, int]]] = {}
        self._pages: dict[int, bytes] = {}
        self._work = 0

    def read(self, start: int, length: int) -> bytes:
        """`length` bytes from address `start` on; DamagedFile outside the file."""
        self.work(length)
        if length < 0 or start + length > self.region.length:
            raise DamagedFile(f"an address outside the file ({start})")
        number, offset = divmod(start, PAGE)
        if offset + length > PAGE:
            return self.region.read(start, start + length)
        return self._page(number)[offset : offset + length]

    def fields(self, start: int, form: struct.Struct) -> tuple:
        """The numbers at address `start`."""
        return form.unpack(self.read(start, form.size))

    def signed(self, start: int, form: struct.Struct, signature: bytes) -> tuple:
        """The numbers at `start` that stand behind a block's signature."""
        found, *numbers = self.fields(start, form)
        if found != signature:
            raise DamagedFile(f"{found!r} where {signature.decode()} should stand, at byte {start}")
        return tuple(numbers)

    def work(self, cost: int) -> None:
        """Count what was done; DamagedFile where it is more than any real file asks for."""
        self._work += max(cost, 0) + A_LOOK
        if self._work > MOST_WORK:
            raise DamagedFile("structures that go round in circles or never end")

    def _page(self, number: int) -> bytes:
        if number not in self._pages:
            if len(self._pages) >= PAGES_KEPT:
                self._pages.clear()
            stop = min((number + 1) * PAGE, self.region.length)
            self._pages[number] = self.region.read(number * PAGE, stop)
        return self._pages[number]


# Groups in their oldest form: a B-tree of symbol tables, names in a local heap

TREE = struct.Struct("<4sBBHQQ")
TABLE = struct.Struct("<4sBBH")
SYMBOL = struct.Struct("<QQI4x16s")
LOCAL_HEAP = struct.Struct("<4sB3xQQQ")
SOFT_LINK = 2
DEEPEST_TREE = 16


def symbols(blocks: Blocks, tree: int, heap: int) -> Iterator[tuple[str, int]]:
    """Names and addresses of a group's members; soft links, which are aliases, are left out."""
    _, size, _, start = blocks.signed(heap, LOCAL_HEAP, b"HEAP")
    names = blocks.read(start, size)
    for table in _leaves(blocks, tree):
        _, _, count = blocks.signed(table, TABLE, b"SNOD")
        entries = blocks.read(table + TABLE.size, count * SYMBOL.size)
        for place, address, kind, _ in SYMBOL.iter_unpack(entries):
            end = names.find(b"\0", place)
            if end < 0:
                raise DamagedFile("a name outside its group's heap")
            blocks.work(end - place)
            if kind != SOFT_LINK:
                yield names[place:end].decode("utf-8", "replace"), address


def _leaves(blocks: Blocks, root: int) -> Iterator[int]:
    """The symbol tables of a group, in order."""
    waiting = [(root, DEEPEST_TREE)]
    while waiting:
        node, most = waiting.pop()
        kind, level, count, _, _ = blocks.signed(node, TREE, b"TREE")
        # Levels fall by one from node to child, so a tree cannot bite its tail.
        if kind != 0 or level > most:
            raise DamagedFile("a tree of names that does not hold together")
        words = blocks.read(node + TREE.size, 16 * count)
        children = [child for _, child in struct.iter_unpack("<QQ", words)]
        if level == 0:
            yield from children
        else:
            waiting += [(child, level - 1) for child in reversed(children)]


# Groups and attributes in their newer form: a B-tree of identifiers, contents in a fractal heap

TREE_HEADER = struct.Struct("<4sBBIHHBBQHQ")
NODE_LEAD = 6  # signature, version, type; a checksum of 4 ends the node
FRACTAL = struct.Struct("<4sBHHBI12QHQQHHQH")
INDIRECT = 13  # signature, version, address of the heap


def tree_records(blocks: Blocks, address: int) -> Iterator[bytes]:
    """The records of a version 2 B-tree, in no particular order."""
    head = blocks.signed(address, TREE_HEADER, b"BTHD")
    node_size, record_size, depth, root, count = head[2], head[3], head[4], head[7], head[8]
    if root == UNDEFINED:
        return
    if not 0 < record_size < node_size or depth > DEEPEST_TREE:
        raise DamagedFile("a tree whose nodes cannot hold a record")
    pointers = _pointer_sizes(node_size, record_size, depth)
    waiting = [(root, count, depth)]
    while waiting:
        node, count, level = waiting.pop()
        signature = b"BTIN" if level else b"BTLF"
        width = count * record_size + (count + 1) * pointers[level][0]
        content = blocks.read(node, NODE_LEAD + width)
        if content[:4] != signature:
            raise DamagedFile(f"a tree without its node at byte {node}")
        end = NODE_LEAD + count * record_size
        for start in range(NODE_LEAD, end, record_size):
            yield content[start : start + record_size]
        waiting += _children(content[end:], level, *pointers[level])


def _pointer_sizes(node_size: int, record_size: int, depth: int) -> list[tuple[int, int]]:
    """Of each level, from the leaves up: the size of a pointer, and of the count within it."""
    most = total = (node_size - NODE_LEAD - 4) // record_size
    count_size, total_size = _bytes_of(most), 0
    sizes = [(0, 0)]
    for _ in range(depth):
        size = 8 + count_size + total_size
        sizes.append((size, count_size))
        most = (node_size - NODE_LEAD - 4 - size) // (record_size + size)
        total = (most + 1) * total + most
        total_size = _bytes_of(max(total, 1))
    return sizes


def _children(content: bytes, level: int, size: int, count_size: int) -> list[tuple[int, int, int]]:
    if level == 0:
        return []
    found = []
    for start in range(0, len(content) - size + 1, size):
        (child,) = struct.unpack_from("<Q", content, start)
        count = int.from_bytes(content[start + 8 : start + 8 + count_size], "little")
        found.append((child, count, level - 1))
    return found[::-1]


def _bytes_of(number: int) -> int:
    return max((number.bit_length() + 7) // 8, 1)


@dataclass(frozen=True, slots=True)
class FractalHeap:
    """A heap that grows by doubling: rows of `width` blocks, the first two rows of size `start`."""

    blocks: Blocks
    id_size: int
    width: int
    start: int
    largest: int
    offset_size: int
    length_size: int
    huge_tree: int
    root: int
    rows: int

    @classmethod
    def at(cls, blocks: Blocks, address: int) -> FractalHeap:
        head = blocks.signed(address, FRACTAL, b"FRHP")
        _, id_size, filters, _, managed, _, huge_tree, *_ = head
        width, start, largest, bits, _, root, rows = head[-7:]
        if filters:
            raise DamagedFile("a heap of compressed names, which Keras does not write")
        if not (width and start and largest >= start and rows < 64):
            raise DamagedFile("a heap whose blocks have no size")
        length_size = _bytes_of(min(largest, managed))
        offset_size = (bits + 7) // 8
        return cls(
            blocks, id_size, width, start, largest, offset_size, length_size, huge_tree, root, rows
        )

    def content(self, identifier: bytes) -> bytes:
        """What an identifier stands for: a stretch of the heap, a block of its own, or itself."""
        kind = identifier[0] >> 4 & 3
        if kind == 0:
            end = 1 + self.offset_size
            offset = int.from_bytes(identifier[1:end], "little")
            length = int.from_bytes(identifier[end : end + self.length_size], "little")
            return self.blocks.read(self._place(offset), length)
        if kind == 1:
            return self.blocks.read(*self._huge(identifier))
        if kind == 2 and self.id_size <= 17:
            return identifier[1 : 2 + (identifier[0] & 15)]
        raise DamagedFile("a heap entry of an unknown kind")

    def _huge(self, identifier: bytes) -> tuple[int, int]:
        if self.id_size >= 17:
            return struct.unpack_from("<QQ", identifier, 1)
        wanted = int.from_bytes(identifier[1 : self.id_size], "little")
        for record in tree_records(self.blocks, self.huge_tree):
            address, length, key = struct.unpack("<QQQ", record)
            if key == wanted:
                return address, length
        raise DamagedFile("a heap entry that the heap does not have")

    def _place(self, offset: int) -> int:
        """The address in the file of a place in the heap."""
        address, rows = self.root, self.rows
        while rows:
            row, column, offset = self._cell(offset, rows)
            size = self._block_size(row)
            lead = INDIRECT + self.offset_size + 8 * (row * self.width + column)
            # Both kinds of children take one address each, direct ones standing first.
            (address,) = self.blocks.fields(address + lead, struct.Struct("<Q"))
            if address == UNDEFINED:
                raise DamagedFile("a heap entry in a block that was never written")
            if size <= self.largest:
                break
            rows = (size // (self.start * self.width)).bit_length()
        return address + offset

    def _cell(self, offset: int, rows: int) -> tuple[int, int, int]:
        for row in range(rows):
            size = self._block_size(row)
            if offset < size * self.width:
                return row, offset // size, offset % size
            offset -= size * self.width
        raise DamagedFile("a heap entry outside its heap")

    def _block_size(self, row: int) -> int:
        return self.start << max(row - 1, 0)


# Texts of any length, in global heaps

GLOBAL_HEAP = struct.Struct("<4sB3xQ")
GLOBAL_ENTRY = struct.Struct("<HH4xQ")


def global_entry(blocks: Blocks, heap: int, number: int) -> bytes:
    """Entry `number` of the global heap at address `heap`."""
    if heap not in blocks.heaps:
        blocks.heaps[heap] = dict(_global_entries(blocks, heap))
    if number not in blocks.heaps[heap]:
        raise DamagedFile("a text that its heap does not have")
    return blocks.read(*blocks.heaps[heap][number])


def _global_entries(blocks: Blocks, heap: int) -> Iterator[tuple[int, tuple[int, int]]]:
    _, size = blocks.signed(heap, GLOBAL_HEAP, b"GCOL")
    place, end = heap + GLOBAL_HEAP.size, heap + size
    while place + GLOBAL_ENTRY.size <= end:
        number, _, length = blocks.fields(place, GLOBAL_ENTRY)
        if number == 0:  # the free space at the end
            return
        place += GLOBAL_ENTRY.size
        yield number, (place, length)
        place += (length + 7) // 8 * 8
