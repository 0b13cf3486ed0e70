"""Reads a hierarchy of the user's own, in any of the forms in which people keep one.

::

    links.py           a parent-child table
    ranks.py           a table of ranks, kingdom to species; places.py keeps homonyms apart
    indented.py        names one a line, each indented below its parent
    paths.py           ways down from the root, one a line
    nested.py          JSON; yaml_trees.py  YAML
    newick.py  obo.py  trees of biologists, ontologies of biologists
    rdf.py             SKOS and OWL
    wordnet_folder.py  Princeton's database files
    forms.py           which of them a file is, by its content
    draft.py           concepts and links on their way into a Taxonomy; all its checks
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from semdepth.errors import ReadError, TaxonomyError
from semdepth.labels import LabelSet, Placement, place, place_in
from semdepth.reading.taxonomies.draft import Draft
from semdepth.reading.taxonomies.forms import READERS, recognise
from semdepth.taxonomy import Taxonomy
from semdepth.wordnet import wordnet_nouns

__all__ = [
    "TaxonomyFile",
    "known_taxonomies",
    "open_taxonomy",
    "place_classes",
    "read_taxonomy",
]

WORDNET = "wordnet"


@dataclass(frozen=True, eq=False, slots=True)
class TaxonomyFile:
    """A taxonomy with the form that its file was found to have.

    ``notes`` tell what was understood where another reading was possible, and what was left out.
    """

    source: str
    form: str
    taxonomy: Taxonomy
    notes: tuple[str, ...] = ()


def read_taxonomy(source: str | Path) -> Taxonomy:
    """A taxonomy from a file in any form that is known, from a WordNet folder, or by name.

    Forms: a parent-child table or a table of ranks (CSV, TSV), indented text, nested JSON or
    YAML, paths one a line, Newick, OBO, SKOS or OWL (Turtle, RDF/XML). They are told by the
    content. Names: :func:`known_taxonomies`. Files up to 256 MiB (32 where they are held in
    memory whole), 5 million concepts, and 2,000 levels.

    Raises :class:`ReadError` for what cannot be read, :class:`TaxonomyError` for a cycle, a
    concept defined twice, or a parent that is not there, each with its lines.

    >>> read_taxonomy("wordnet")
    Taxonomy('WordNet 3.0', 82,115 concepts, depth 19)
    """
    return open_taxonomy(source).taxonomy


def open_taxonomy(source: str | Path) -> TaxonomyFile:
    """The same with what was found on the way."""
    name = str(source)
    if name == WORDNET:
        return TaxonomyFile(name, "embedded", wordnet_nouns())
    if name in known_taxonomies():
        with as_file(_known() / f"{name}.csv") as path:
            return _read(path, name)
    path = Path(source)
    if not path.exists():
        raise ReadError(
            f"expected a taxonomy's file, or one of {', '.join(known_taxonomies())}, found "
            f"nothing at {name!r}; check the path"
        )
    return _read(path, path.absolute().name)


def place_classes(label_set: LabelSet, taxonomy: str | Path = WORDNET) -> Placement:
    """Where classes stand in WordNet or another taxonomy: by their ids if they have any, or names.

    >>> place_classes(LabelSet(("dog", "cat"), (None, None), "an example")).ids
    ('n02084071', 'n02121620')
    """
    if str(taxonomy) == WORDNET:
        return place(label_set.labels, label_set.ids)
    return place_in(read_taxonomy(taxonomy), label_set.labels, label_set.ids)


def known_taxonomies() -> tuple[str, ...]:
    """The names of the taxonomies that semdepth brings along."""
    folder = _known()
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    return (WORDNET, *sorted(name[:-4] for name in names if name.endswith(".csv")))


def _known():
    return files("semdepth") / "data" / "taxonomies"


def _read(path: Path, title: str) -> TaxonomyFile:
    draft = Draft(title)
    try:
        form = recognise(path)
        READERS[form](path, draft)
        taxonomy = draft.taxonomy()
    except (ReadError, TaxonomyError) as error:
        raise type(error)(f"{path}: {error}") from None
    except OSError as error:
        raise ReadError(
            f"{path}: expected a taxonomy's file, found one that cannot be read "
            f"({error.strerror or error}); check the path and its permissions"
        ) from None
    return TaxonomyFile(str(path), form, taxonomy, tuple(draft.notes))
