"""Reads a folder of Princeton WordNet database files as a taxonomy."""

from __future__ import annotations

from pathlib import Path

from semdepth.errors import DamagedFile
from semdepth.reading.taxonomies.draft import Draft
from semdepth.reading.taxonomies.text import LARGEST_LINES, check_size
from semdepth.reading.wordnet_database import read_wordnet_database

FILES = ("data.noun", "index.noun")


def read(path: Path, draft: Draft) -> None:
    """The nouns: ids as in ImageNet (``n02084071``), names ``dog.n.01``, words as synonyms."""
    for name in FILES:
        if (path / name).is_file():
            check_size(path / name, LARGEST_LINES)
    try:
        nouns = read_wordnet_database(path)
    except (OverflowError, MemoryError):
        raise DamagedFile(
            "expected WordNet's database files, found offsets beyond any file; fetch them again"
        ) from None
    places = []
    for offset, name, words in zip(nouns.offsets.tolist(), nouns.names, nouns.words, strict=True):
        places.append(draft.define(f"n{offset:08d}", name))
        draft.add_synonyms(places[-1], [word.replace("_", " ") for word in words.split()])
    for child, place in enumerate(places):
        first, last = nouns.parent_offsets[child : child + 2]
        for parent in nouns.parents[first:last].tolist():
            draft.link(place, places[parent])
