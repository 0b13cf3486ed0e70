"""Reads SKOS thesauri and OWL ontologies, in Turtle, N-Triples or RDF/XML, through rdflib."""

from __future__ import annotations

import logging
import re
import warnings
from pathlib import Path

from semdepth.errors import DamagedFile, MissingExtra, TaxonomyError, UnsafeFile
from semdepth.reading.taxonomies.draft import Draft, shown
from semdepth.reading.taxonomies.text import LARGEST_WHOLE, text_of

# The only entities that are let through: short names for short plain text.
_ENTITY = re.compile(
    r"<!ENTITY\s{1,9}([^\s\"'>%&;]{1,100})\s{1,9}"
    r"""(?:"([^"&%<]{0,1000})"|'([^'&%<]{0,1000})')\s{0,9}>"""
)
_MOST_ENTITIES = 1_000
# What relative IRIs are resolved against, and freed from again.
_BASE = "http://relative.invalid/"
_ENGLISH = (None, "en", "en-us", "en-gb")


def read_turtle(path: Path, draft: Draft) -> None:
    """Turtle, and N-Triples, which is a part of it."""
    _read(path, draft, "turtle")


def read_xml(path: Path, draft: Draft) -> None:
    """RDF/XML. Entities that refer to files or to other entities are refused."""
    _read(path, draft, "xml")


def _read(path: Path, draft: Draft, syntax: str) -> None:
    """Concepts by skos:broader and narrower, or rdfs:subClassOf; nothing is fetched.

    A concept's id is its IRI, its name the English label (or the first by language), failing
    one the end of the IRI; alternative labels become synonyms. Deprecated concepts are left out.
    """
    text = text_of(path)
    if syntax == "xml":
        check_entities(text)
    graph = _parsed(text, syntax)
    links, declared, gone = _links(graph)
    labels = _Labels(graph)
    concepts = sorted({*declared, *(c for link in links for c in link)} - gone)
    names = {iri: labels.name(iri) for iri in concepts}
    for iri in concepts:
        if declared and iri not in declared and not labels.has(iri):
            child = next((c for c, parent in links if parent == iri), iri)
            raise TaxonomyError(
                f"expected every parent to be a concept of the file, found {shown(_id(iri))} "
                f"above {shown(_id(child))}, which is never defined; add it, or leave that "
                "parent out"
            )
        place = draft.define(_id(iri), names[iri])
        draft.add_synonyms(place, labels.others(iri))
    for child, parent in links:
        if child not in gone and parent not in gone:
            draft.link(draft.concept(_id(child)), draft.concept(_id(parent)))
    if gone:
        draft.notes.append(f"{len(gone):,} deprecated concepts are left out")


def check_entities(text: str) -> None:
    """Raise :class:`UnsafeFile` for XML entities that load files or multiply.

    What ontologies have are short names for namespaces: plain text, used once in a while.
    """
    entities = list(_ENTITY.finditer(text))
    declared = text.count("<!ENTITY")
    if declared > len(entities) or declared > _MOST_ENTITIES:
        raise UnsafeFile(
            f"expected at most {_MOST_ENTITIES:,} XML entities, short and of plain text, found "
            "others, which may load files or multiply; convert the file to Turtle"
        )
    total = sum(len(found[2] or found[3] or "") * text.count(f"&{found[1]};") for found in entities)
    if total > LARGEST_WHOLE:
        raise UnsafeFile(
            f"expected entities that stand for less than {LARGEST_WHOLE >> 20} MiB, found more; "
            "convert the file to Turtle"
        )


def _parsed(text: str, syntax: str):
    try:
        import rdflib
    except ImportError:
        raise MissingExtra("SKOS and OWL", "rdflib", "rdf") from None
    log = logging.getLogger("rdflib")
    level = log.level
    graph = rdflib.Graph()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            log.setLevel(logging.CRITICAL)
            # As text, not as a file: an XML declaration cannot choose another encoding then.
            graph.parse(data=text, format=syntax, publicID=_BASE)
    except Exception as error:
        # Its parsers fail in a dozen ways, none of them with a class that they share.
        told = " ".join(str(error).split())[:120]
        reason = (told if told.isprintable() else repr(told)) or type(error).__name__
        form = "Turtle" if syntax == "turtle" else "RDF/XML"
        raise DamagedFile(f"expected {form}, found {reason}; mend the file") from None
    finally:
        log.setLevel(level)
    return graph


def _links(graph) -> tuple[list[tuple], set, set]:
    """(child, parent) in the order of their IRIs, what is declared, and what is deprecated."""
    from rdflib import OWL, RDF, RDFS, SKOS, Literal, URIRef

    pairs = {
        *graph.subject_objects(SKOS.broader),
        *graph.subject_objects(RDFS.subClassOf),
        *((child, parent) for parent, child in graph.subject_objects(SKOS.narrower)),
    }
    declared = {
        subject
        for kind in (SKOS.Concept, OWL.Class, RDFS.Class)
        for subject in graph.subjects(RDF.type, kind)
        if isinstance(subject, URIRef) and subject != OWL.Thing
    }
    # Restrictions and unions have no IRI; that all is a kind of Thing says nothing.
    links = [
        (child, parent)
        for child, parent in pairs
        if isinstance(child, URIRef) and isinstance(parent, URIRef) and parent != OWL.Thing
    ]
    gone = {
        subject
        for subject, value in graph.subject_objects(OWL.deprecated)
        if value == Literal(True)
    }
    return sorted(links), declared, gone


def _id(iri) -> str:
    return str(iri).removeprefix(_BASE)


class _Labels:
    """What the concepts of a graph are called."""

    def __init__(self, graph):
        from rdflib import RDFS, SKOS

        self.graph = graph
        self.preferred = (SKOS.prefLabel, RDFS.label)
        self.alternative = SKOS.altLabel

    def has(self, iri) -> bool:
        return any(self._of(iri, kind) for kind in self.preferred)

    def name(self, iri) -> str:
        for kind in self.preferred:
            found = self._of(iri, kind)
            if found:
                return found[0]
        return re.split(r"[#/:]", _id(iri).rstrip("#/:"))[-1] or _id(iri)

    def others(self, iri) -> list[str]:
        kinds, name = (*self.preferred, self.alternative), self.name(iri)
        return [text for kind in kinds for text in self._of(iri, kind) if text != name]

    def _of(self, iri, kind) -> list[str]:
        """Labels of a kind that are not blank: English first, then by language."""
        found = [o for o in self.graph.objects(iri, kind) if str(o).strip()]
        found.sort(key=lambda o: (_rank(getattr(o, "language", None)), str(o)))
        return [str(o).strip() for o in found]


def _rank(language: str | None) -> tuple[int, str]:
    folded = None if language is None else language.lower()
    return (_ENGLISH.index(folded) if folded in _ENGLISH else len(_ENGLISH), folded or "")
