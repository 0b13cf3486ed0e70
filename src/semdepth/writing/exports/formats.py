"""A class graph as text: GraphML, GEXF, and JSON in node-link form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from xml.etree import ElementTree

from semdepth.writing.exports.class_graph import ClassGraph

# Stands near the top of every graph that is written, so that an earlier one is known again.
SCHEMA = "semdepth/graph"

# What XML 1.0 cannot hold, and the return, which its readers make a line feed.
_NOT_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What an XML name token cannot hold.
_NOT_IN_TOKENS = re.compile(r"[^A-Za-z0-9._-]+")

# Cytoscape's reader of GraphML drops every value that is declared as neither string nor double.
_GRAPHML_TYPES = {str: "string", float: "double", int: "double"}
_GEXF_TYPES = {str: "string", float: "double", int: "long"}


# networkx can write both, but not these files: its GEXF has the day's date and its own version
# in it, and its GraphML numbers the keys d0, d1, ..., of which Gephi takes d3 and d7 for labels.


def graphml(graph: ClassGraph) -> bytes:
    """GraphML 1.0, all numbers as double; ``name`` is the label once more, for Cytoscape."""
    nodes = [{"name": node["label"], **node} for node in graph.nodes]
    keys = {"node": _types(nodes), "edge": _types(graph.edges.values())}
    root = ElementTree.Element("graphml", {"xmlns": "http://graphml.graphdrawing.org/xmlns"})
    _child(root, "desc").text = _description(graph)
    for owner, types in keys.items():
        for name, kind in types.items():
            declared = {"attr.name": name, "attr.type": _GRAPHML_TYPES[kind]}
            _child(root, "key", id=f"{owner}_{name}", **{"for": owner}, **declared)
    title = _NOT_IN_TOKENS.sub("_", str(graph.about.get("title", ""))).strip("_")
    body = _child(root, "graph", id=title or "classes", edgedefault="undirected")
    for position, node in enumerate(nodes):
        _add_data(_child(body, "node", id=str(position)), "node", node)
    for number, ((i, j), edge) in enumerate(graph.edges.items()):
        ends = {"id": f"e{number}", "source": str(i), "target": str(j)}
        _add_data(_child(body, "edge", **ends), "edge", edge)
    return _bytes(root)


def gexf(graph: ClassGraph) -> bytes:
    """GEXF 1.2, which every version of Gephi since 0.8 reads."""
    shown = [{k: v for k, v in node.items() if k != "label"} for node in graph.nodes]
    carried = [{k: v for k, v in edge.items() if k != "weight"} for edge in graph.edges.values()]
    namespace = "http://www.gexf.net/1.2draft"
    root = ElementTree.Element("gexf", {"xmlns": namespace, "version": "1.2"})
    meta = _child(root, "meta")
    _child(meta, "creator").text = "semdepth"
    _child(meta, "description").text = _description(graph)
    body = _child(root, "graph", mode="static", defaultedgetype="undirected")
    for owner, rows in (("node", shown), ("edge", carried)):
        attributes = _child(body, "attributes", **{"class": owner})
        for name, kind in _types(rows).items():
            _child(attributes, "attribute", id=name, title=name, type=_GEXF_TYPES[kind])
    nodes = _child(body, "nodes")
    for position, (node, values) in enumerate(zip(graph.nodes, shown, strict=True)):
        label = xml_text(node["label"])
        _add_values(_child(nodes, "node", id=str(position), label=label), values)
    edges = _child(body, "edges")
    for number, ((i, j), edge) in enumerate(graph.edges.items()):
        ends = {"id": str(number), "source": str(i), "target": str(j)}
        weight = {"weight": xml_text(edge["weight"])} if "weight" in edge else {}
        _add_values(_child(edges, "edge", **ends, **weight), carried[number])
    return _bytes(root)


def node_link(graph: ClassGraph) -> bytes:
    """What ``networkx.node_link_graph`` reads: ``nodes`` with an ``id``, ``edges`` between ids."""
    nodes = [{"id": position, **node} for position, node in enumerate(graph.nodes)]
    edges = [{"source": i, "target": j, **edge} for (i, j), edge in graph.edges.items()]
    about = {"schema": SCHEMA, "schema_version": 1, **graph.about}
    parts = [f'"directed": false,\n"multigraph": false,\n"graph": {_json(about)}']
    for name, rows in (("nodes", nodes), ("edges", edges)):
        lines = ",\n  ".join(map(_json, rows))
        parts.append(f'"{name}": [\n  {lines}\n]')
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _types(rows: Iterable[dict[str, object]]) -> dict[str, type]:
    """The type of every attribute that occurs; an attribute's values are all of one type."""
    return {name: type(value) for row in rows for name, value in row.items()}


def _description(graph: ClassGraph) -> str:
    return xml_text("; ".join([SCHEMA, *(f"{key}: {value}" for key, value in graph.about.items())]))


def _add_data(element: ElementTree.Element, owner: str, values: dict[str, object]) -> None:
    for name, value in values.items():
        _child(element, "data", key=f"{owner}_{name}").text = xml_text(value)


def _add_values(element: ElementTree.Element, values: dict[str, object]) -> None:
    attributes = _child(element, "attvalues")
    for name, value in values.items():
        _child(attributes, "attvalue", **{"for": name}, value=xml_text(value))


def _child(parent: ElementTree.Element, tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, attributes)


def xml_text(value: object) -> str:
    """A value in characters that XML can hold; others become U+FFFD."""
    return _NOT_IN_XML.sub("\ufffd", str(value))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _bytes(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
