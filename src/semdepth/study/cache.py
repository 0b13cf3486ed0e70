"""Keeps results by the content they were computed from, so that a study that stopped goes on."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

import semdepth
from semdepth.errors import WriteError
from semdepth.head import ClassifierHead

Part = bytes | str | np.ndarray | None
Entry = tuple[dict, dict[str, np.ndarray]]

# An entry is this line with the digest of what follows it: an .npz archive.
_LEAD = b"semdepth result 1 "
_DOCUMENT = "document.json"
_SUFFIX = ".result"
_STAGED = ".part"
_KEY_LENGTH = 64  # of a SHA-256 in hexadecimal digits


@dataclass(frozen=True, slots=True)
class ResultCache:
    """Results in a folder, one file each, by the key that :func:`content_key` makes.

    An entry takes what its arrays take and some hundred bytes. It is written whole or not at all,
    any number of processes may write at once, and a damaged one counts as absent. Nothing in
    it can run: arrays are read without pickle.

    >>> kept = ResultCache(Path(tempfile.mkdtemp()))
    >>> key = content_key("score", {"seed": 42}, [np.eye(3), "cat"])
    >>> kept.put(key, {"depth": 6.5}, {"row": np.arange(3)})
    True
    >>> kept.get(key)
    ({'depth': 6.5}, {'row': array([0, 1, 2])})
    >>> kept.clear(), kept.folder.rmdir()
    (1, None)
    """

    folder: Path

    def get(self, key: str) -> Entry | None:
        """The document and the arrays under a key; None where there are none, or damaged ones."""
        try:
            content = self._place(key).read_bytes()
        except OSError:
            return None
        lead, _, packed = content.partition(b"\n")
        if lead != _LEAD + _digest(packed):
            return None
        try:
            return _unpacked(packed)
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile):
            return None

    def put(self, key: str, document: dict, arrays: dict[str, np.ndarray] | None = None) -> bool:
        """Keep a JSON document and named arrays; False where the folder cannot take them.

        A full disk costs the entry and not the study: :meth:`prepare` tells early.
        """
        packed = _packed(document, arrays or {})
        place = self._place(key)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(place, _LEAD + _digest(packed) + b"\n" + packed)
        except OSError:
            return False
        return True

    def prepare(self) -> ResultCache:
        """This cache, with a folder that can be written; :class:`WriteError` where it cannot."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                return self
        except OSError as error:
            raise WriteError(
                f"expected a folder for results at {self.folder}, found it impossible to write "
                f"({error.strerror}); choose another (--cache DIR) or go without (--no-cache)"
            ) from None

    def size(self) -> tuple[int, int]:
        """How many entries there are, and how many bytes they take together."""
        sizes = [entry.stat().st_size for entry in self._entries() if entry.suffix == _SUFFIX]
        return len(sizes), sum(sizes)

    def clear(self) -> int:
        """Remove all entries, and nothing else that lies in the folder; how many there were."""
        found = self.size()[0]
        for entry in self._entries():
            entry.unlink(missing_ok=True)
        for shelf in self.folder.glob("[0-9a-f][0-9a-f]"):
            with contextlib.suppress(OSError):
                shelf.rmdir()
        return found

    def _place(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}{_SUFFIX}"

    def _entries(self) -> Iterator[Path]:
        """The files that are the cache's own, those of writers that were killed among them."""
        for path in sorted(self.folder.glob("[0-9a-f][0-9a-f]/*")):
            key = path.name.lstrip(".")[:_KEY_LENGTH]
            own = path.suffix in (_SUFFIX, _STAGED) and len(key) == _KEY_LENGTH
            if own and not key.strip("0123456789abcdef"):
                yield path


def content_key(kind: str, parameters: dict, parts: Iterable[Part]) -> str:
    """A name for a result, made of all that it depends on: 64 hexadecimal digits.

    ``kind`` says what was computed, ``parameters`` how (they must be fit for JSON), ``parts`` from
    what: texts, bytes, arrays (type and shape count), None. semdepth's version and its own code
    count too: another version computes anew.
    """
    told = {"kind": kind, "semdepth": _own_version(), "parameters": parameters}
    digest = hashlib.sha256(_canonical(told))
    for part in parts:
        # Each part is digested by itself, so that none runs into the next one.
        digest.update(hashlib.sha256(_tag(part)).digest())
        digest.update(hashlib.sha256(_content(part)).digest())
    return digest.hexdigest()


def head_parts(head: ClassifierHead) -> tuple[Part, ...]:
    """What a result that is computed from a head depends on: all of the head but its origin."""
    names = json.dumps([head.labels, head.ids, head.tensor])
    return names, head.templates, head.bias


def default_folder() -> Path:
    """Where results are kept: ``SEMDEPTH_CACHE``, or else the platform's folder for caches."""
    if chosen := os.environ.get("SEMDEPTH_CACHE"):
        return Path(chosen)
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local") / "semdepth" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "semdepth"
    # The XDG Base Directory Specification: a relative path is to be ignored.
    chosen = Path(os.environ.get("XDG_CACHE_HOME") or "")
    return (chosen if chosen.is_absolute() else home / ".cache") / "semdepth"


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _tag(part: Part) -> bytes:
    if not isinstance(part, np.ndarray):
        return type(part).__name__.encode()
    if part.dtype.hasobject:
        raise TypeError(f"expected numbers to make a key of, found an array of {part.dtype}")
    return f"{part.dtype.str} {part.shape}".encode()


def _content(part: Part) -> bytes | memoryview:
    if isinstance(part, np.ndarray):
        return np.ascontiguousarray(part).reshape(-1).view(np.uint8).data
    if isinstance(part, str):
        return part.encode("utf-8", "surrogatepass")
    return b"" if part is None else part


@cache
def _own_version() -> str:
    """The version, and a digest of the code: while semdepth is worked on its version stays."""
    folder = Path(semdepth.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder).as_posix()}\n".encode())
        digest.update(path.read_bytes())
    try:
        return f"{version('semdepth')} {digest.hexdigest()}"
    except PackageNotFoundError:
        return digest.hexdigest()


def _digest(packed: bytes) -> bytes:
    return hashlib.sha256(packed).hexdigest().encode()


def _packed(document: dict, arrays: dict[str, np.ndarray]) -> bytes:
    text = np.frombuffer(json.dumps(document).encode(), np.uint8)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, array in {_DOCUMENT: text, **arrays}.items():
            # Not by numpy.savez, which reserves the names of its own arguments.
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)
    return stream.getvalue()


def _unpacked(packed: bytes) -> Entry:
    with np.load(io.BytesIO(packed), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return json.loads(arrays.pop(_DOCUMENT).tobytes()), arrays


def _write_whole(place: Path, content: bytes) -> None:
    # A name of its own for each writer: threads of one process may write the same entry.
    handle, staged = tempfile.mkstemp(_STAGED, f".{place.stem}-", place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(staged, place)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(staged)
