"""Which form a taxonomy's file has, told by its content; the suffix decides where both could be."""

from __future__ import annotations

import re
from pathlib import Path

from semdepth.errors import UnknownFormat
from semdepth.reading.taxonomies import (
    indented,
    links,
    nested,
    newick,
    obo,
    paths,
    ranks,
    rdf,
    wordnet_folder,
    yaml_trees,
)
from semdepth.reading.taxonomies.text import delimiter_of, opening_of

READERS = {
    "parent-child table": links.read,
    "table of ranks": ranks.read,
    "indented text": indented.read,
    "JSON": nested.read,
    "YAML": yaml_trees.read,
    "paths": paths.read,
    "Newick": newick.read,
    "OBO": obo.read,
    "Turtle": rdf.read_turtle,
    "RDF/XML": rdf.read_xml,
    "WordNet database": wordnet_folder.read,
}
_YAML_SUFFIXES = (".yaml", ".yml")
_SUFFIXES = {
    ".nwk": "Newick",
    ".newick": "Newick",
    ".tre": "Newick",
    ".tree": "Newick",
    ".obo": "OBO",
    ".ttl": "Turtle",
    ".nt": "Turtle",
    **dict.fromkeys(_YAML_SUFFIXES, "YAML"),
    ".json": "JSON",
}
_TABLES = (".csv", ".tsv")
_XML = re.compile(r"<(\?xml|!DOCTYPE|!--|rdf:RDF)", re.IGNORECASE)
_TURTLE = re.compile(r"\s*(@prefix|@base|PREFIX|BASE)\s|\s*<[^<>\s]+>\s+<[^<>\s]+>\s+[<\"_]")
_OBO = re.compile(r"^(format-version:|\[Term\])", re.MULTILINE)
_YAML = re.compile(r"(---|%YAML)|(- |[^\s:][^:]*:\s*$)")
_NEWICK = re.compile(r"\s*(\[[^\]]*\]\s*)*\(")


def recognise(path: Path) -> str:
    """One of :data:`READERS`; :class:`UnknownFormat` with all of them if it is none."""
    if path.is_dir():
        if any((path / name).is_file() for name in wordnet_folder.FILES):
            return "WordNet database"
        raise UnknownFormat(
            f"expected a taxonomy's file, found a folder without {wordnet_folder.FILES[0]}; name "
            "a file in it"
        )
    opening, suffix = opening_of(path), path.suffix.lower()
    found = _by_marks(opening, suffix) or _SUFFIXES.get(suffix) or _by_lines(opening, suffix)
    if found is None:
        raise UnknownFormat(
            f"expected a taxonomy ({', '.join(READERS)}), found text without any relation; write "
            "one concept and its parent a line, with a comma between"
        )
    return found


def _by_marks(opening: str, suffix: str) -> str | None:
    """The forms that begin in a way no other does."""
    start = opening.lstrip()
    if _XML.match(start):
        return "RDF/XML"
    if _OBO.search(opening):
        return "OBO"
    if _TURTLE.match(_without_comments(start)):
        return "Turtle"
    if _NEWICK.match(start):
        return "Newick"
    if start.startswith(("{", "[")):
        # JSON is a part of YAML, but not the other way round.
        return "YAML" if suffix in _YAML_SUFFIXES else "JSON"
    return None


def _by_lines(opening: str, suffix: str) -> str | None:
    """The forms that are lines of names, and differ in what stands between."""
    lines = [line for line in opening.splitlines()[:1_000] if line.strip()]
    if len(opening) > 1 and not opening.endswith("\n") and len(lines) > 1:
        lines.pop()  # It may be cut off.
    if not lines:
        return None
    if _YAML.match(lines[0]):
        return "YAML"
    if _is_table(lines, suffix):
        header = [cell.strip().strip('"') for cell in lines[0].split(delimiter_of(lines[0]))]
        return "table of ranks" if ranks.rank_columns(header) else "parent-child table"
    if any(line[0].isspace() for line in lines):
        return "indented text"
    return "paths" if paths.separator_of(lines) else None


def _is_table(lines: list[str], suffix: str) -> bool:
    delimiter = delimiter_of(lines[0])
    counts = {line.count(delimiter) for line in lines}
    return delimiter in lines[0] and (suffix in _TABLES or len(counts) == 1)


def _without_comments(text: str) -> str:
    return re.sub(r"^[ \t]*#.*$", "", text, flags=re.MULTILINE).lstrip()
