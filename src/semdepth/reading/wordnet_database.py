"""Reads the nouns out of Princeton WordNet's database files (``data.noun``, ``index.noun``)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semdepth.errors import DamagedFile, ReadError

# wndb(5WN): hypernym and instance hypernym pointers.
_HYPERNYM = {"@", "@i"}


@dataclass(frozen=True, eq=False, slots=True)
class NounDatabase:
    """WordNet's nouns as arrays; synsets in the order of their offsets.

    ``offsets`` (N,), ``parent_offsets`` (N + 1,) and ``parents`` (compressed rows), ``names``
    (``lemma.n.NN``), ``words`` (each synset's lemmas as spelt, joined by spaces), ``glosses``;
    ``lemmas`` (M sorted, lower case) with ``sense_offsets`` (M + 1,) and ``senses``: the synsets
    of each lemma, the most frequent sense first.
    """

    offsets: np.ndarray
    parent_offsets: np.ndarray
    parents: np.ndarray
    names: list[str]
    words: list[str]
    glosses: list[str]
    lemmas: list[str]
    sense_offsets: np.ndarray
    senses: np.ndarray


def read_wordnet_database(folder: str | Path) -> NounDatabase:
    """Read a folder of WordNet database files (format: Princeton's manual page wndb(5WN))."""
    folder = Path(folder)
    synsets = sorted(_synset(line) for line in _records(folder / "data.noun"))
    if not synsets:
        raise DamagedFile(
            f"expected synsets in {folder / 'data.noun'}, found none; fetch the file again"
        )
    offsets = np.array([synset[0] for synset in synsets], dtype=np.int32)
    lemmas, sense_lists = _index(folder / "index.noun")
    senses = _positions(offsets, [offset for senses in sense_lists for offset in senses], "index")
    hypernyms = [synset[2] for synset in synsets]
    return NounDatabase(
        offsets=offsets,
        parent_offsets=_row_offsets(hypernyms),
        parents=_positions(offsets, [offset for row in hypernyms for offset in row], "data"),
        names=_names(synsets, dict(zip(lemmas, sense_lists, strict=True))),
        words=[" ".join(synset[1]) for synset in synsets],
        glosses=[synset[3] for synset in synsets],
        lemmas=lemmas,
        sense_offsets=_row_offsets(sense_lists),
        senses=senses,
    )


def read_noun_exceptions(folder: str | Path) -> list[str]:
    """The irregular plurals of ``noun.exc``, each with its singulars behind, sorted."""
    entries = [" ".join(line.split()) for line in _records(Path(folder) / "noun.exc")]
    broken = next((line for line in entries if line.count(" ") < 1), None)
    if broken is not None or not entries:
        raise DamagedFile(
            f"expected a plural and its singulars in each line of WordNet's noun.exc, found "
            f"{broken or 'no line'!r}; fetch the file again"
        )
    return sorted(entries)


def _records(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(
            f"expected WordNet's database file {path.name} in {path.parent}, found none that can "
            f"be read ({error}); pass the folder that holds data.noun and index.noun"
        ) from None
    # The licence stands first, in lines that begin with two spaces.
    return [line for line in text.splitlines() if not line.startswith("  ")]


def _synset(line: str) -> tuple[int, list[str], list[int], str]:
    data, _, gloss = line.partition("| ")
    try:
        fields = data.split()
        n_words = int(fields[3], 16)
        words = fields[4 : 4 + 2 * n_words : 2]
        pointers = fields[5 + 2 * n_words :]
        parents = [
            int(pointers[i + 1])
            for i in range(0, 4 * int(fields[4 + 2 * n_words]), 4)
            if pointers[i] in _HYPERNYM
        ]
        return int(fields[0]), words, parents, gloss.strip()
    except (IndexError, ValueError):
        raise DamagedFile(
            f"expected a synset of WordNet's data.noun, found {line[:60]!r}; fetch the file again"
        ) from None


def _index(path: Path) -> tuple[list[str], list[list[int]]]:
    entries = []
    for line in _records(path):
        fields = line.split()
        try:
            n_senses = int(fields[2])
            entries.append((fields[0], [int(offset) for offset in fields[-n_senses:]]))
        except (IndexError, ValueError):
            raise DamagedFile(
                f"expected a lemma of WordNet's index.noun, found {line[:60]!r}; "
                "fetch the file again"
            ) from None
    entries.sort()
    return [lemma for lemma, _ in entries], [senses for _, senses in entries]


def _names(synsets: list, senses: dict[str, list[int]]) -> list[str]:
    names = []
    for offset, words, _, _ in synsets:
        lemma = words[0].lower()
        if offset not in senses.get(lemma, ()):
            raise DamagedFile(
                f"expected index.noun to list synset {offset:08d} under its first lemma "
                f"{lemma!r}, found it missing; use data.noun and index.noun of the same release"
            )
        names.append(f"{lemma}.n.{senses[lemma].index(offset) + 1:02d}")
    return names


def _row_offsets(rows: list[list[int]]) -> np.ndarray:
    return np.cumsum([0, *map(len, rows)], dtype=np.int32)


def _positions(offsets: np.ndarray, wanted: list[int], file: str) -> np.ndarray:
    positions = np.searchsorted(offsets, wanted)
    found = offsets[np.minimum(positions, len(offsets) - 1)] == wanted
    if not found.all():
        missing = wanted[int(np.argmin(found))]
        raise DamagedFile(
            f"expected every synset that {file}.noun points to in data.noun, found none at "
            f"{missing:08d}; use data.noun and index.noun of the same release"
        )
    return positions.astype(np.int32)
