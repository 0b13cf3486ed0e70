"""Where numbers lie in files: stretches of bytes that are read when asked for, and only they."""

from __future__ import annotations

import errno
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.checkpoint import shown

# Deflate cannot shrink by more than about 1032 to 1: a greater promise is a lie (a zip bomb).
GREATEST_DEFLATE_RATIO = 1032
LOCAL_HEADER = struct.Struct("<4s22xHH")


@dataclass(frozen=True, slots=True)
class FileRegion:
    """`length` bytes of a file from byte `start` on."""

    path: Path
    start: int
    length: int

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        """Bytes `start` to `stop` of the region (all of it by default); nothing else is read."""
        stop = self.length if stop is None else stop
        if not 0 <= start <= stop <= self.length:
            raise DamagedFile(f"bytes {start} to {stop} wanted of a stretch of {self.length}")
        # Asked first: what a file claims to hold may be more than there is memory for.
        if self.start < 0 or self.start + stop > self.path.stat().st_size:
            raise DamagedFile("a file that breaks off before its numbers end")
        with open(self.path, "rb") as file:
            file.seek(self.start + start)
            return file.read(stop - start)


@dataclass(frozen=True, slots=True)
class ZipRegion:
    """One entry of a zip archive; a slice of a stored (uncompressed) one is read directly."""

    path: Path
    info: zipfile.ZipInfo

    @property
    def length(self) -> int:
        return self.info.file_size

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        """Bytes `start` to `stop` of the uncompressed entry (all of it by default)."""
        stop = self.length if stop is None else stop
        if self.info.flag_bits & 1:
            raise DamagedFile("an archive whose entries are encrypted")
        if self.info.compress_type == zipfile.ZIP_STORED:
            return self._stored().read(start, stop)
        if self.info.compress_type == zipfile.ZIP_DEFLATED:
            return self._inflate(start, stop)
        raise DamagedFile(f"an entry packed by method {self.info.compress_type}, not by deflate")

    def _stored(self) -> FileRegion:
        # The entry's own header may be longer than the directory says (PyTorch pads it, so that
        # numbers are aligned), so the place of the data follows from the header alone.
        header = FileRegion(self.path, self.info.header_offset, LOCAL_HEADER.size).read()
        signature, name_length, extra_length = LOCAL_HEADER.unpack(header)
        if signature != b"PK\x03\x04" or self.info.compress_size != self.length:
            raise DamagedFile("a zip archive whose directory and entries disagree")
        start = self.info.header_offset + LOCAL_HEADER.size + name_length + extra_length
        return FileRegion(self.path, start, self.length)

    def _inflate(self, start: int, stop: int) -> bytes:
        if self.length > GREATEST_DEFLATE_RATIO * (self.info.compress_size + 1):
            raise DamagedFile("a zip entry that promises more bytes than it can hold")
        if not 0 <= start <= stop <= self.length:
            raise DamagedFile(f"bytes {start} to {stop} wanted of a stretch of {self.length}")
        with (
            zip_failures(),
            zipfile.ZipFile(self.path) as archive,
            archive.open(self.info) as entry,
        ):
            entry.seek(start)
            data = entry.read(stop - start)
        if len(data) < stop - start:
            raise DamagedFile("a zip entry that breaks off")
        return data


def zip_entries(path: Path) -> dict[str, ZipRegion]:
    """The entries of a zip archive by name, in its order; only its directory is read."""
    with zip_failures(), zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    regions = {info.filename: ZipRegion(path, info) for info in entries}
    if len(regions) < len(entries):
        raise DamagedFile("a zip archive with two entries of one name")
    return regions


@contextmanager
def zip_failures() -> Iterator[None]:
    """Whatever the zip library says of broken archives, as DamagedFile."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, ValueError) as error:
        # The library's words may hold a name out of the file.
        told = shown(str(error))
        raise DamagedFile(f"a zip archive that is cut off or damaged ({told})") from error
    except (NotImplementedError, RuntimeError, OverflowError) as error:
        raise DamagedFile(f"a zip archive that cannot be unpacked ({shown(str(error))})") from error
    except OSError as error:
        # A directory that points before the file's beginning; other reasons are not the file's.
        if error.errno != errno.EINVAL:
            raise
        raise DamagedFile("a zip archive whose directory and entries disagree") from error
