"""Taxonomies and their concepts, for ``semdepth taxonomy`` and ``semdepth depth``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence

import numpy as np

from semdepth.class_names import listed
from semdepth.cli.terminal import make_table, printable, stdout_console
from semdepth.labels import Placement, find_in
from semdepth.reading.taxonomies import WORDNET, TaxonomyFile, read_taxonomy
from semdepth.reading.taxonomies.survey import Survey
from semdepth.taxonomy import Taxonomy
from semdepth.wordnet import find_concept, gloss, wordnet_nouns


def find_concepts(source: str, texts: Sequence[str]) -> tuple[Taxonomy, list[int]]:
    """A taxonomy by name or file, and the concepts in it that some words mean."""
    if source == WORDNET:
        return wordnet_nouns(), [find_concept(text) for text in texts]
    taxonomy = read_taxonomy(source)
    return taxonomy, [find_in(taxonomy, text) for text in texts]


def short_gloss(taxonomy: Taxonomy, concept: int) -> str:
    """The first definition of a concept of WordNet, '' in other taxonomies."""
    return gloss(concept).split(";")[0] if taxonomy is wordnet_nouns() else ""


def concept_dict(taxonomy: Taxonomy, concept: int) -> dict:
    """A concept with all its ancestors, from the root down, and its children; a virtual root out.

    Depths count from 1 at the root, on the longest way.
    """
    above = _ancestors(taxonomy, concept)
    above.sort(key=lambda c: (taxonomy.depth(c), taxonomy.names[c]))
    below = _children(taxonomy, concept)
    below.sort(key=lambda c: taxonomy.names[c])
    return {
        "taxonomy": taxonomy.title,
        **_described(taxonomy, concept),
        "gloss": short_gloss(taxonomy, concept) or None,
        "synonyms": list(dict(taxonomy.synonyms).get(concept, ())),
        "ancestors": [_described(taxonomy, c) for c in above],
        "children": [_described(taxonomy, c) for c in below],
    }


def concept_text(shown: dict, top: int) -> str:
    """The same as a drawing of a tree: ancestors above, children below.

    What has several parents stands below the deepest of them, and names the others.
    """
    every = {one["id"]: one for one in (*shown["ancestors"], shown)}
    parent = {key: _deepest(one["parents"], every) for key, one in every.items()}
    way = [shown["id"]]
    while parent[way[-1]] is not None:
        way.append(parent[way[-1]])
    below: dict[str | None, list[str]] = {}
    for key in every:
        below.setdefault(parent[key], []).append(key)
    for keys in below.values():
        # The branch that leads to the concept comes last, so that it ends the drawing.
        keys.sort(key=lambda key: (key in way, every[key]["name"]))
    lines = []
    waiting = [(key, "", "") for key in reversed(below[None])]
    while waiting:
        key, before, hook = waiting.pop()
        lines.append(f"{before}{hook}{_told(every[key], parent[key], every)}")
        inside = before + {"": "", "├─ ": "│  ", "└─ ": "   "}[hook]
        keys = below.get(key, [])
        hooks = ["├─ "] * (len(keys) - 1) + ["└─ "]
        waiting += reversed([(k, inside, h) for k, h in zip(keys, hooks, strict=False)])
    about = "; ".join(filter(None, [shown["gloss"], ", ".join(shown["synonyms"])]))
    lines += _child_lines(shown, inside, top)
    return "\n".join([*lines, "", printable(about)] if about else lines)


def _deepest(ids: Sequence[str], every: dict[str, dict]) -> str | None:
    return max(ids, key=lambda key: (every[key]["depth"], key), default=None)


def _told(one: dict, parent: str | None, every: dict[str, dict]) -> str:
    others = [every[key]["name"] for key in one["parents"] if key != parent]
    also = f"  (also under {', '.join(others)})" if others else ""
    own_id = f"  {one['id']}" if one["id"] != one["name"] else ""
    return printable(f"{one['name']}  {one['depth']}{own_id}{also}")


def _child_lines(shown: dict, before: str, top: int) -> list[str]:
    words = [printable(child["name"]) for child in shown["children"][:top]]
    if len(shown["children"]) > top:
        words.append(f"and {len(shown['children']) - top:,} more")
    hooks = ["├─"] * (len(words) - 1) + ["└─"]
    return [f"{before}{hook} {word}" for hook, word in zip(hooks, words, strict=False)]


def print_check(
    found: TaxonomyFile, shape: Survey, placement: Placement | None, form: str, top: int
) -> None:
    """A taxonomy's form and shape as a table or JSON, and on standard error what to look at."""
    if form == "json":
        placed = None if placement is None else placement.to_dict()
        data = {"file": found.source, "form": found.form, "title": found.taxonomy.title}
        data |= shape.to_dict() | {"notes": list(found.notes), "placement": placed}
        print(json.dumps(data, ensure_ascii=False))
    else:
        console = stdout_console()
        table = make_table("", "")
        table.show_header = False
        for name, value in _facts(found, shape, placement):
            table.add_row(name, printable(value))
        console.print(table)
        if placement is not None and placement.unplaced and top:
            console.print(_unplaced(placement, top))
    for note in (*found.notes, *shape.warnings):
        print(f"semdepth: {printable(note)}", file=sys.stderr)


def _facts(
    found: TaxonomyFile, shape: Survey, placement: Placement | None
) -> Iterator[tuple[str, str]]:
    yield "form", found.form
    yield "concepts", f"{shape.concepts:,}, of which {shape.leaves:,} have nothing below them"
    yield "roots", f"{len(shape.roots):,}: {listed(shape.roots)}"
    yield "levels", f"{shape.depth:,}"
    several = shape.several_parents
    yield "with several parents", f"{len(several):,}{f': {listed(several)}' if several else ''}"
    if placement is not None:
        n = len(placement.labels)
        yield "classes placed", f"{n - len(placement.unplaced):,} of {n:,}"


def _unplaced(placement: Placement, top: int):
    left = [k for k, concept in enumerate(placement.concepts.tolist()) if concept < 0]
    table = make_table("class", "why it is not placed", title=f"\nunplaced: {len(left):,}")
    for k in left[:top]:
        table.add_row(printable(placement.labels[k]), printable(placement.reasons[k]))
    if len(left) > top:
        table.add_row("", f"and {len(left) - top:,} more (--top {len(left)} shows them)")
    return table


def _described(taxonomy: Taxonomy, concept: int) -> dict:
    real = [p for p in taxonomy.parents_of(concept).tolist() if taxonomy.max_depth[p] >= 0]
    return {
        "id": taxonomy.ids[concept],
        "name": taxonomy.names[concept],
        "depth": taxonomy.depth(concept),
        "parents": [taxonomy.ids[p] for p in real],
    }


def _ancestors(taxonomy: Taxonomy, concept: int) -> list[int]:
    """Everything above a concept, a virtual root left out."""
    found: list[int] = []
    seen, waiting = {concept}, [concept]
    while waiting:
        for parent in taxonomy.parents_of(waiting.pop()).tolist():
            if parent not in seen and taxonomy.max_depth[parent] >= 0:
                seen.add(parent)
                found.append(parent)
                waiting.append(parent)
    return found


def _children(taxonomy: Taxonomy, concept: int) -> list[int]:
    places = np.flatnonzero(taxonomy.parents == concept)
    return (np.searchsorted(taxonomy.parent_offsets, places, side="right") - 1).tolist()
