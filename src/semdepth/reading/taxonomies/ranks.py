"""Reads a table of ranks as biologists keep it: a row a species, a column a rank."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from semdepth.errors import DamagedFile, TaxonomyError
from semdepth.reading.taxonomies.draft import Draft
from semdepth.reading.taxonomies.places import Places
from semdepth.reading.taxonomies.text import rows_of

# From the root down; the columns of a file may stand in any order.
RANKS = (
    *("domain", "superkingdom", "kingdom", "subkingdom", "superphylum", "phylum", "division"),
    *("subphylum", "superclass", "class", "subclass", "infraclass", "cohort", "superorder"),
    *("order", "suborder", "infraorder", "parvorder", "superfamily", "family", "subfamily"),
    *("tribe", "subtribe", "genus", "subgenus", "section", "species", "subspecies"),
)
# Two of these make a table one of ranks: class and superclass alone may be anything.
_TELLING = {"kingdom", "phylum", "order", "family", "genus", "species"}
_BINOMIAL = ("scientific_name", "scientificname", "binomial", "latin_name")
_EPITHET = ("specific_epithet", "specificepithet")
_COMMON = ("common_name", "commonname", "vernacular_name", "vernacularname", "english_name")
_MISSING = {"", "na", "n/a", "nan", "none", "null", "-"}


def read(path: Path, draft: Draft) -> None:
    """Each row is a way from the highest rank that it has down to the lowest; gaps are skipped.

    A genus of the same name in two families is two concepts. A species that is given by its
    epithet alone gets its genus before it, a subspecies its species. Common names become synonyms.
    """
    rows = rows_of(path)
    _, header = next(rows, (0, []))
    columns = rank_columns(header)
    commons = [i for i, word in enumerate(_words(header)) if word in _COMMON]
    places = Places("/")
    for line, row in rows:
        if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
            raise DamagedFile(
                f"expected {len(header)} cells in line {line:,}, found {len(row)}; put names that "
                "hold the delimiter in double quotes"
            )
        cells = [*row, *[""] * (len(header) - len(row))]
        way = _way(cells, columns)
        if not way:
            raise TaxonomyError(
                f"expected a name at one rank at least, found none in line {line:,}; leave that "
                "row out"
            )
        place, _ = places.add(way, line)
        words = [cells[i] for i in commons if cells[i].strip().lower() not in _MISSING]
        if words:
            places.add_synonyms(place, words)
    places.fill(draft)


def rank_columns(header: Sequence[str]) -> dict[str, int]:
    """The column of each rank, from the highest rank down; empty for other tables.

    >>> rank_columns(["species", "Order", "family"])
    {'order': 1, 'family': 2, 'species': 0}
    """
    words = _words(header)
    found = {rank: words.index(rank) for rank in RANKS if rank in words}
    if "species" not in found:
        column = next((words.index(w) for w in (*_BINOMIAL, *_EPITHET) if w in words), None)
        if column is not None:
            found = _with_species(found, column)
    return found if len(_TELLING.intersection(found)) >= 2 else {}


def _with_species(found: dict[str, int], column: int) -> dict[str, int]:
    found = found | {"species": column}
    return {rank: found[rank] for rank in RANKS if rank in found}


def _words(header: Sequence[str]) -> list[str]:
    return ["_".join(cell.lower().replace("-", " ").split()) for cell in header]


def _way(cells: list[str], columns: dict[str, int]) -> list[tuple[str, str]]:
    names = {rank: " ".join(cells[column].split()) for rank, column in columns.items()}
    names = {rank: name for rank, name in names.items() if name.lower() not in _MISSING}
    if "species" in names and "genus" in names and " " not in names["species"]:
        names["species"] = f"{names['genus']} {names['species']}"
    if "subspecies" in names and "species" in names and " " not in names["subspecies"]:
        names["subspecies"] = f"{names['species']} {names['subspecies']}"
    return list(names.items())
