"""Reads word vectors (GloVe's and word2vec's text format) as a semantic similarity of classes."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from semdepth.class_names import listed
from semdepth.errors import LabelError, ReadError
from semdepth.labels.words import taken_apart
from semdepth.similarity import SimilarityMatrix, semantic_from_vectors

EXPECTED = "word vectors as text (GloVe, word2vec): a word and its numbers in each line"
# Far more than any line of word vectors has; a file without line ends stays out of memory.
LONGEST_LINE = 1_000_000
LEAST_DIMENSION = 2

Progress = Callable[[str, int, int], None]


def read_word_vectors(
    path: str | Path, labels: Sequence[str], *, progress: Progress | None = None
) -> SimilarityMatrix:
    """Semantic similarity of classes by the vectors of their names: cosines, then min-max.

    Lines are ``word number number ...``; a first line of two whole numbers (word2vec) is passed
    over, and the file may be gzip-compressed. A name is looked up as it is written, in lower
    case, and with its words joined by ``_``, ``-`` or nothing; failing that, its vector is the
    mean of its words' vectors. Only the lines of wanted words are kept in memory.

    Raises ReadError for a file that is no such text, and LabelError naming the classes of which
    not every word has a vector.
    """
    path, labels = Path(path), tuple(labels)
    spellings = [list(_spellings(label)) for label in labels]
    wanted = {word for ways in spellings for way in ways for word in way}
    found = _vectors(path, wanted, progress or (lambda stage, done, total: None))
    chosen = [next((w for w in ways if found.keys() >= set(w)), None) for ways in spellings]
    missing = [label for label, way in zip(labels, chosen, strict=True) if way is None]
    if missing:
        raise LabelError(
            f"expected a vector for every class in {path}, found none for {listed(missing)}; "
            "give names that it has (--labels), without the classes that it lacks"
        )
    vectors = [np.mean([found[word] for word in way], axis=0) for way in chosen]
    return semantic_from_vectors(labels, np.stack(vectors))


def _spellings(label: str) -> Iterator[tuple[str, ...]]:
    """What to look up for a name, best first: one word, or several whose mean is taken."""
    yield (label,)
    phrases = [synonym.replace("-", " ").split() for synonym in taken_apart(label).synonyms]
    phrases += [[word.lower() for word in words] for words in phrases]
    for words in phrases:
        for joint in ("_", "-", " ", ""):
            yield (joint.join(words),)
    for words in phrases:
        yield tuple(words)


def _vectors(path: Path, wanted: set[str], progress: Progress) -> dict[str, np.ndarray]:
    encoded = {word.encode() for word in wanted}
    found: dict[str, np.ndarray] = {}
    dimension = None
    try:
        size = path.stat().st_size
        with path.open("rb") as file, _text_of(file) as lines:
            for number, line in _numbered(lines, path):
                if number % 10_000 == 0:
                    progress("word vectors", file.tell(), size)
                if dimension is None:
                    dimension = _dimension(line, path)
                    if dimension is None:
                        continue
                # A word may hold spaces, so its numbers are counted from the end.
                word, *numbers = line.rstrip().rsplit(b" ", dimension)
                if word in encoded and word.decode() not in found:
                    found[word.decode()] = _numbers(numbers, dimension, f"line {number} of {path}")
    except OSError as error:
        raise ReadError(
            f"{path}: expected {EXPECTED}, found a file that cannot be read "
            f"({error.strerror or error}); check the path"
        ) from error
    except (EOFError, zlib.error) as error:
        raise ReadError(
            f"{path}: expected {EXPECTED}, found a compressed file that is damaged; "
            "download it again"
        ) from error
    if dimension is None:
        raise ReadError(f"{path}: expected {EXPECTED}, found none; check the path")
    return found


def _text_of(file: BinaryIO) -> BinaryIO:
    compressed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if compressed else file


def _numbered(lines: BinaryIO, path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := lines.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise ReadError(
                f"{path}: expected {EXPECTED}, found more than {LONGEST_LINE:,} bytes in line "
                f"{number}; word2vec's binary form has to be saved as text first"
            )
        if line.strip():
            yield number, line


def _dimension(line: bytes, path: Path) -> int | None:
    """How many numbers follow a word; None for word2vec's first line (words, dimension)."""
    parts = line.split()
    if len(parts) == 2 and all(part.isdigit() for part in parts):
        return None
    numeric = 0
    while numeric < len(parts) - 1 and _is_number(parts[-1 - numeric]):
        numeric += 1
    if numeric < LEAST_DIMENSION:
        begins = line[:40].decode("utf-8", "replace").rstrip()
        raise ReadError(
            f"{path}: expected {EXPECTED}, found a line that begins {begins!r}; "
            "save the vectors as text, separated by spaces"
        )
    return numeric


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers(texts: list[bytes], dimension: int, where: str) -> np.ndarray:
    if len(texts) != dimension or not all(map(_is_number, texts)):
        raise ReadError(
            f"expected {dimension} numbers behind the word in {where}, as in the first line, found "
            "others; mend the line"
        )
    return np.array([float(text) for text in texts])
