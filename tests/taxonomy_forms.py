"""One tree in every form in which taxonomies are kept, and how refusals are told."""

import json

import pytest

from semdepth.errors import TaxonomyError
from semdepth.reading.taxonomies import read_taxonomy

# One tree in every form: each concept under its parent, the root under none.
TREE = {
    "thing": None,
    "animal": "thing",
    "mammal": "animal",
    "dog": "mammal",
    "cat": "mammal",
    "horse": "mammal",
    "bird": "animal",
    "eagle": "bird",
    "gull": "bird",
    "robin": "bird",
    "vehicle": "thing",
    "car": "vehicle",
    "bus": "vehicle",
    "boat": "vehicle",
    "plant": "thing",
    "oak": "plant",
    "rose": "plant",
}
CLASSES = ("dog", "cat", "horse", "eagle", "gull", "robin", "car", "bus", "boat", "oak", "rose")
# A concept with two parents, for those forms that can say so.
SECOND_PARENT = {"horse": "vehicle"}


def ways(tree):
    """The names from the root down to each concept."""
    found = {}
    for name, parent in tree.items():
        found[name] = (*found.get(parent, ()), name)
    return found


def children(tree, parent):
    return [name for name, above in tree.items() if above == parent]


def as_links(tree, more=()):
    rows = ["child,parent", *(f"{name},{parent or ''}" for name, parent in tree.items())]
    return "\n".join([*rows, *(f"{name},{parent}" for name, parent in dict(more).items())])


def as_links_without_header(tree):
    return "\n".join(f"{name}\t{parent}" for name, parent in tree.items() if parent)


def as_links_with_ids(tree, more=()):
    number = {name: str(k) for k, name in enumerate(tree, start=101)}
    pairs = [*tree.items(), *dict(more).items()]
    rows = (f'{number[name]};{number.get(parent, "")};"{name}"' for name, parent in pairs)
    return "\n".join(["id;parent id;name", *rows])


def as_edges(tree):
    return "\n".join(
        ["source,target", *(f"{above},{name}" for name, above in tree.items() if above)]
    )


def as_indented(tree, indent="  "):
    return "\n".join(indent * (len(way) - 1) + way[-1] for way in ways(tree).values())


def as_nested(tree, parent=None):
    return {name: as_nested(tree, name) or None for name in children(tree, parent)}


def as_records(tree, name="thing"):
    below = [as_records(tree, child) for child in children(tree, name)]
    return {"name": name, "value": 7} | ({"children": below} if below else {})


def as_yaml(tree, parent=None, depth=0):
    lines = []
    for name in children(tree, parent):
        lines += [f"{'  ' * depth}{name}:", *as_yaml(tree, name, depth + 1)]
    return lines


def as_yaml_lists():
    """The leaves of a group as a list, with comments and quotes between."""
    return (
        "# a comment\n---\nthing:\n  animal:\n    mammal: [dog, 'cat', \"horse\"]\n"
        "    bird:\n    - eagle\n    - gull # white\n    - robin\n"
        "  vehicle: [car, bus, boat]\n  plant: {oak: , rose: ~}\n"
    )


def as_paths(tree, separator):
    return "\n".join(separator.join(way) for name, way in ways(tree).items() if name in CLASSES)


def as_newick(tree, name="thing"):
    below = ",".join(as_newick(tree, child) for child in children(tree, name))
    label = f"'{name}'" if len(name) == 3 else name
    return f"{f'({below})' if below else ''}{label}[a comment]:0.5e-1"


def as_ranks(tree):
    """Three ranks; what lies less deep skips the middle one."""
    rows = []
    for name in CLASSES:
        way = ways(tree)[name]
        middle = way[2] if len(way) == 4 else ""
        rows.append(f"{name},{middle},{way[1]},{way[0]}")
    return "\n".join(["species,family,order,kingdom", *rows])


def as_obo(tree, more=()):
    number = {name: f"T:{k:07}" for k, name in enumerate(tree)}
    parts = ["format-version: 1.2", "! a comment", "[Typedef]\nid: part_of\nname: part of"]
    for name, parent in tree.items():
        above = [p for p in (parent, dict(more).get(name)) if p]
        is_a = [f'is_a: {number[p]} {{source="x"}} ! {p}' for p in above]
        parts.append("\n".join(["[Term]", f"id: {number[name]}", f"name: {name}", *is_a]))
    parts.append("[Term]\nid: T:9999999\nname: old\nis_a: T:7777777\nis_obsolete: true")
    return "\n\n".join(parts)


def as_skos(tree, more=()):
    lines = [
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .",
        "@prefix : <http://e.org/> .",
    ]
    for name, parent in tree.items():
        lines.append(f':c-{name} a skos:Concept ; skos:prefLabel "{name}"@en, "{name}o"@eo .')
        # Half of the links are told from above, some from both ends.
        if parent and len(name) % 2:
            lines.append(f":c-{name} skos:broader :c-{parent} .")
        if parent and (not len(name) % 2 or len(name) == 3):
            lines.append(f":c-{parent} skos:narrower :c-{name} .")
    lines += [f":c-{name} skos:broader :c-{parent} ." for name, parent in dict(more).items()]
    return "\n".join(lines)


def as_owl(tree, more=()):
    parts = []
    for name, parent in tree.items():
        above = [p for p in (parent, dict(more).get(name)) if p]
        links = "".join(f'<rdfs:subClassOf rdf:resource="&base;{p}"/>' for p in above)
        links += "<rdfs:subClassOf><owl:Restriction/></rdfs:subClassOf>"
        parts.append(f'<owl:Class rdf:about="&base;{name}">{links}</owl:Class>')
    return (
        '<?xml version="1.0"?><!DOCTYPE rdf:RDF [<!ENTITY base "http://e.org/animals#">]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" '
        'xmlns:owl="http://www.w3.org/2002/07/owl#">' + "".join(parts) + "</rdf:RDF>"
    )


def as_n_triples(tree):
    kind = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
    return "\n".join(f"<e:{a}> {kind} <e:{b}> ." for a, b in tree.items() if b)


FORMS = {
    "links.csv": ("parent-child table", as_links(TREE)),
    "links": ("parent-child table", as_links_without_header(TREE)),
    "ids.csv": ("parent-child table", as_links_with_ids(TREE)),
    "edges.csv": ("parent-child table", as_edges(TREE)),
    "spaces.txt": ("indented text", as_indented(TREE)),
    "tabs.txt": ("indented text", as_indented(TREE, "\t")),
    "nested.json": ("JSON", json.dumps(as_nested(TREE))),
    "records.json": ("JSON", json.dumps(as_records(TREE), indent=1)),
    "nested.yaml": ("YAML", "\n".join(as_yaml(TREE))),
    "nested": ("YAML", "\n".join(as_yaml(TREE))),
    "lists.yml": ("YAML", as_yaml_lists()),
    "flow.yaml": ("YAML", json.dumps(as_nested(TREE))),
    "colons.txt": ("paths", as_paths(TREE, ":")),
    "slashes.txt": ("paths", as_paths(TREE, "/")),
    "arrows.txt": ("paths", as_paths(TREE, " > ")),
    "tree.nwk": ("Newick", as_newick(TREE) + ";\n"),
    "tree": ("Newick", as_newick(TREE) + ";"),
    "ranks.csv": ("table of ranks", as_ranks(TREE)),
    "terms.obo": ("OBO", as_obo(TREE)),
    "skos.ttl": ("Turtle", as_skos(TREE)),
    "owl.rdf": ("RDF/XML", as_owl(TREE)),
    "triples.nt": ("Turtle", as_n_triples(TREE)),
}
DAGS = {
    "links.csv": as_links(TREE, SECOND_PARENT),
    "ids.csv": as_links_with_ids(TREE, SECOND_PARENT),
    "terms.obo": as_obo(TREE, SECOND_PARENT),
    "skos.ttl": as_skos(TREE, SECOND_PARENT),
    "owl.xml": as_owl(TREE, SECOND_PARENT),
}


def links_by_name(taxonomy):
    """Each concept's name with the names of its parents."""
    return {
        taxonomy.names[c]: {taxonomy.names[p] for p in taxonomy.parents_of(c).tolist()}
        for c in range(len(taxonomy))
    }


def refusal(path, kind=TaxonomyError):
    """What is told of a file that cannot be read: one line that names it."""
    with pytest.raises(kind) as caught:
        read_taxonomy(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: expected ")
    assert "\n" not in message
    return message
