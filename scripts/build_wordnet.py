"""Builds the embedded noun hierarchy from WordNet's database files.

    python scripts/build_wordnet.py /usr/share/wordnet [OUTPUT_FOLDER]

The files are those of Princeton WordNet 3.0 (Debian: package wordnet-base). The archives are
stored, not compressed: the same input gives the same bytes whatever compression library is
installed, and the wheel compresses them anyway.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np

from semdepth.reading.wordnet_database import read_noun_exceptions, read_wordnet_database
from semdepth.taxonomy import taxonomy_from_parents
from semdepth.wordnet import without_examples, words_of

DATA = Path(__file__).parents[1] / "src/semdepth/data/wordnet"


def lines(strings: list[str]) -> np.ndarray:
    return np.frombuffer("\n".join(strings).encode(), dtype=np.uint8)


def counted_words(glosses: list[str]) -> dict[str, int]:
    """How many definitions have a word, sorted; neither words of one alone nor of a tenth."""
    counts = Counter()
    for gloss in glosses:
        counts.update(words_of(without_examples(gloss)))
    return {word: n for word, n in sorted(counts.items()) if 2 <= n <= len(glosses) / 10}


def build(database: Path, output: Path) -> None:
    nouns = read_wordnet_database(database)
    output.mkdir(parents=True, exist_ok=True)
    taxonomy = taxonomy_from_parents(
        "WordNet", nouns.names, nouns.parent_offsets, nouns.parents, names=nouns.names
    )
    np.savez(
        output / "hierarchy.npz",
        offsets=nouns.offsets,
        parent_offsets=nouns.parent_offsets,
        parents=nouns.parents,
        min_depth=taxonomy.min_depth,
        max_depth=taxonomy.max_depth,
        name_rank=taxonomy.name_rank,
        names=lines(nouns.names),
    )
    np.savez(
        output / "lexicon.npz",
        lemmas=lines(nouns.lemmas),
        sense_offsets=nouns.sense_offsets,
        senses=nouns.senses,
        words=lines(nouns.words),
        exceptions=lines(read_noun_exceptions(database)),
    )
    np.savez(output / "glosses.npz", glosses=lines(nouns.glosses))
    counts = counted_words(nouns.glosses)
    np.savez(
        output / "gloss_words.npz",
        words=lines(list(counts)),
        counts=np.array(list(counts.values()), dtype=np.uint16),
    )


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    build(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else DATA)
