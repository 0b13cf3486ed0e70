"""Exports: what other programs' readers find in the files, and what is never overwritten."""

import csv
import io
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import networkx
import numpy as np
import pyarrow.parquet as pq
import pytest

from builders import fails
from semdepth import (
    ClassifierHead,
    ConfusionMatrix,
    Louvain,
    Whole,
    analyze,
    induce,
    place,
    place_in,
    read_analysis,
    to_networkx,
    to_pandas,
    write_analysis,
    write_graph,
    write_newick,
    write_table,
)
from semdepth.cli.export import export
from semdepth.clustering import Clustering
from semdepth.errors import MissingExtra, OptionError, ReadError, WriteError
from semdepth.writing.exports.class_graph import LAYERS
from semdepth.writing.exports.files import GRAPH_FORMATS
from semdepth.writing.tables import HEADERS, TABLES, Table, csv_text

LONG = "long " * 60
NAMES = (
    "</script><img src=x onerror=alert(1)>",
    "bell\x07 escape\x1b[31m null\x00 end\uffff",
    "a & b, \"c\" 'd' <e>;",
    "return\rline\nfeed\ttab",
    "تفاحة حمراء",
    "🐶 hound",
    LONG,
    "gizmo 3000",
)
IDS = ("n02084071", "n02121620", "n02958343", "n02924116", "n07739125", "n02087551", "n12620196")
GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"
GEXF = "{http://www.gexf.net/1.2draft}"


def head():
    return ClassifierHead(NAMES, np.random.default_rng(3).normal(size=(8, 6)), "fc")


def counts(whole=True):
    errors = np.random.default_rng(4).integers(0, 4, size=(8, 8))
    matrix = np.diag([20] * 8) + errors
    # Two that are perceived as alike, so that a confusion answers an edge.
    matrix[1, 3] += 30
    return ConfusionMatrix(NAMES, matrix if whole else matrix / matrix.sum(axis=1, keepdims=True))


def analysed(**options):
    settings = {"clusterer": Louvain(), "permutations": 20, "title": "a <b> & c\x01"}
    return analyze(head(), placement=place(NAMES, (*IDS, "")), **(settings | options))


@pytest.fixture(scope="module")
def plain():
    """Eight classes with names that are hard to write, one of them without a concept."""
    return analysed()


@pytest.fixture(scope="module")
def judged():
    """The same with predictions."""
    return analysed(confusion=counts(), clusterer=Whole())


@dataclass(frozen=True)
class Split:
    """Two clusters, and two classes that belong to none."""

    name = "split"

    def __call__(self, similarity, progress=None):
        return Clustering(self, np.array([0, 0, 0, 1, 1, 1, -1, -1]))


def in_xml(name):
    """What XML can hold of a name: the rest is replaced, character by character."""
    return "".join(
        "\ufffd" if (c < " " and c not in "\t\n") or c in "\ufffe\uffff" else c for c in name
    )


READERS = {
    ".graphml": networkx.read_graphml,
    ".gexf": networkx.read_gexf,
    ".json": lambda path: networkx.node_link_graph(
        json.loads(path.read_text(encoding="utf-8")), edges="edges"
    ),
}


def read(analysis, tmp_path, form, **options):
    graph = READERS[form](write_graph(analysis, tmp_path / f"graph{form}", **options))
    return networkx.relabel_nodes(graph, int)


@pytest.fixture(params=READERS)
def form(request):
    return request.param


# Graphs


def test_every_format_of_graphs_has_a_reader():
    assert READERS.keys() == GRAPH_FORMATS.keys()


def test_nodes_are_positions_and_carry_what_is_known(plain, tmp_path, form):
    graph = read(plain, tmp_path, form)
    assert type(graph) is networkx.Graph
    assert sorted(graph) == list(range(8))
    named = {cluster.number: cluster.subsumer_name for cluster in plain.clusters}
    for position, placed in enumerate(plain.classes):
        node = graph.nodes[position]
        assert node["label"] == (NAMES[position] if form == ".json" else in_xml(NAMES[position]))
        assert node["cluster"] == plain.graph.membership[position]
        assert node.get("concept") == placed.concept
        assert node.get("concept_id") == (*IDS, None)[position]
        assert node.get("depth") == placed.depth
        assert node.get("cluster_name") == named[placed.cluster]
        assert not {"accuracy", "samples", "confusion_cluster"} & node.keys()


def test_a_class_without_a_concept_has_neither_concept_nor_depth(plain, tmp_path, form):
    graph = read(plain, tmp_path, form)
    assert not {"concept", "concept_id", "depth"} & graph.nodes[7].keys()
    for _, _, edge in graph.edges(7, data=True):
        assert not {"depth", "subsumer", "subsumer_id", "wu_palmer"} & edge.keys()


def test_edges_are_those_of_the_forest(plain, tmp_path, form):
    graph = read(plain, tmp_path, form)
    assert {frozenset(edge) for edge in graph.edges} == set(map(frozenset, plain.graph.edges))
    rows = csv.DictReader(io.StringIO(csv_text(TABLES["edges"](plain)), newline=""))
    for (i, j), weight, row in zip(plain.graph.edges, plain.graph.weights, rows, strict=True):
        edge = graph.edges[i, j]
        assert edge["weight"] == edge["similarity"] == weight
        assert edge["layer"] == "perceived"
        assert edge.get("depth") == (int(row["depth"]) if row["depth"] else None)
        assert edge.get("subsumer") == (row["subsumer_name"] or None)
        assert edge.get("subsumer_id") == (row["subsumer"] or None)
        assert edge.get("wu_palmer") == (float(row["wu_palmer"]) if row["wu_palmer"] else None)


def test_predictions_bring_accuracy_counts_and_verdicts(judged, tmp_path, form):
    graph, matrix = read(judged, tmp_path, form), counts().counts
    verdicts = judged.mistakes.verdicts
    known = dict(zip(map(tuple, verdicts.pairs.tolist()), verdicts.verdicts, strict=True))
    for position, node in graph.nodes(data=True):
        assert node["samples"] == matrix[position].sum()
        assert node["accuracy"] == pytest.approx(matrix[position, position] / node["samples"])
        assert node["confusion_cluster"] == judged.mistakes.graph.membership[position]
    for i, j, edge in graph.edges(data=True):
        i, j = sorted((i, j))
        clean = str if form == ".json" else in_xml
        assert (edge["class_a"], edge["class_b"]) == (clean(NAMES[i]), clean(NAMES[j]))
        assert (edge["a_taken_for_b"], edge["b_taken_for_a"]) == (matrix[i, j], matrix[j, i])
        assert edge.get("verdict") == known.get((i, j))


def test_edges_of_both_layers_know_where_their_classes_meet(judged, tmp_path, form):
    taxonomy, concepts = judged.placement.taxonomy, judged.placement.concepts
    graph = read(judged, tmp_path, form)
    assert {"perceived", "confused"} <= {layer for *_, layer in graph.edges(data="layer")}
    for i, j, edge in graph.edges(data=True):
        met = None if 7 in (i, j) else taxonomy.common_subsumer(concepts[[i, j]])
        assert edge.get("depth") == (None if met is None else taxonomy.depth(met))
        assert edge.get("subsumer") == (None if met is None else taxonomy.names[met])


def test_both_layers_share_one_edge_a_pair(judged, tmp_path, form):
    perceived, confused = (set(map(tuple, g.edges.tolist())) for g in graphs_of(judged))
    assert perceived & confused
    assert perceived - confused
    assert confused - perceived
    layers = networkx.get_edge_attributes(read(judged, tmp_path, form), "layer")
    found = {tuple(sorted(pair)): layer for pair, layer in layers.items()}
    assert found == {
        **dict.fromkeys(perceived - confused, "perceived"),
        **dict.fromkeys(confused - perceived, "confused"),
        **dict.fromkeys(confused & perceived, "both"),
    }


def graphs_of(analysis):
    return analysis.graph, analysis.mistakes.graph


@pytest.mark.parametrize(("layer", "which"), [("perceived", 0), ("confused", 1)])
def test_one_layer_has_that_forest_and_its_weights(judged, tmp_path, form, layer, which):
    graph, wanted = read(judged, tmp_path, form, layer=layer), graphs_of(judged)[which]
    assert graph.number_of_edges() == len(wanted.edges)
    for (i, j), weight in zip(wanted.edges, wanted.weights, strict=True):
        assert graph.edges[i, j]["weight"] == weight
        assert graph.edges[i, j]["similarity"] == judged.similarity.values[i, j]
        assert graph.edges[i, j].get("confusion") == (weight if layer == "confused" else None) or (
            layer == "perceived" and graph.edges[i, j]["layer"] == "both"
        )


def test_similarities_come_from_the_verdicts_where_the_matrix_is_gone(judged, tmp_path, form):
    whole = read(judged, tmp_path, form)
    bare = read(replace(judged, similarity=None), tmp_path, form)
    assert networkx.utils.graphs_equal(whole, bare)


def test_what_nobody_knows_is_left_out(judged, tmp_path, form):
    verdicts = replace(
        judged.mistakes.verdicts,
        **{
            name: getattr(judged.mistakes.verdicts, name)[:0]
            for name in ("pairs", "verdicts", "first_as_second", "second_as_first", "similarity")
        },
        depth=np.zeros(0),
    )
    bare = replace(judged, similarity=None, mistakes=replace(judged.mistakes, verdicts=verdicts))
    for _, _, edge in read(bare, tmp_path, form).edges(data=True):
        assert "verdict" not in edge
        assert ("similarity" in edge) == (edge["layer"] != "confused")
        # networkx reads GEXF's default weight of 1 where there is none.
        assert edge.get("weight", 1.0) == edge.get("similarity", 1.0)


def test_shares_of_predictions_are_no_samples(tmp_path, form):
    analysis = analysed(confusion=counts(whole=False), clusterer=Whole())
    graph = read(analysis, tmp_path, form)
    assert not networkx.get_node_attributes(graph, "samples")
    for i, j, edge in graph.edges(data=True):
        i, j = sorted((i, j))
        assert edge["a_taken_for_b"] == pytest.approx(counts(whole=False).counts[i, j])


def test_noise_is_named_so(tmp_path, form):
    analysis = analysed(clusterer=Split())
    graph = read(analysis, tmp_path, form)
    noise = {i for i, name in graph.nodes(data="cluster_name") if name == "noise"}
    assert noise == {6, 7}
    assert [graph.nodes[i]["cluster"] for i in range(8)] == [0, 0, 0, 1, 1, 1, 2, 2]


def test_an_analysis_without_any_concept_has_no_depth(tmp_path, form):
    analysis = analyze(head(), placement=place(NAMES, [""] * 8), clusterer=Whole())
    assert analysis.depth.reason
    graph = read(analysis, tmp_path, form)
    assert graph.number_of_edges() == 7
    assert not networkx.get_node_attributes(graph, "cluster_name")
    assert not networkx.get_edge_attributes(graph, "depth")
    assert "similarity_depth" not in (tmp_path / f"graph{form}").read_text(encoding="utf-8")


def test_graphml_is_what_gephi_and_cytoscape_understand(judged, tmp_path):
    root = ElementTree.parse(write_graph(judged, tmp_path / "g.graphml")).getroot()
    assert [child.tag for child in root][:2] == [f"{GRAPHML}desc", f"{GRAPHML}key"]
    keys = {key.get("id"): key for key in root.iter(f"{GRAPHML}key")}
    # Cytoscape reads text and double; Gephi takes keys called d3 and d7 for labels.
    assert {key.get("attr.type") for key in keys.values()} == {"string", "double"}
    assert not {"d3", "d7"} & keys.keys()
    assert {key.get("for") for key in keys.values()} == {"node", "edge"}
    assert keys["node_label"].get("attr.name") == "label"
    assert keys["node_name"].get("attr.name") == "name"
    assert keys["edge_weight"].get("attr.name") == "weight"
    assert keys["node_concept"].get("attr.type") == "string"
    (graph,) = root.iter(f"{GRAPHML}graph")
    assert graph.get("edgedefault") == "undirected"
    assert re.fullmatch(r"[\w.-]+", graph.get("id"), re.ASCII)
    for owner in ("node", "edge"):
        for element in graph.iter(f"{GRAPHML}{owner}"):
            data = [child.get("key") for child in element]
            assert len(data) == len(set(data))
            assert all(keys[key].get("for") == owner for key in data)


def test_gexf_declares_each_attribute_once_with_its_type(judged, tmp_path):
    root = ElementTree.parse(write_graph(judged, tmp_path / "g.gexf")).getroot()
    assert root.tag == f"{GEXF}gexf"
    assert root.get("version") == "1.2"
    assert root.findtext(f"{GEXF}meta/{GEXF}creator") == "semdepth"
    graph = root.find(f"{GEXF}graph")
    assert graph.attrib == {"mode": "static", "defaultedgetype": "undirected"}
    types = {}
    for attributes in graph.findall(f"{GEXF}attributes"):
        for attribute in attributes:
            types[attributes.get("class"), attribute.get("id")] = attribute.get("type")
    assert types["node", "cluster"] == types["edge", "a_taken_for_b"] == "long"
    assert types["node", "samples"] == types["edge", "depth"] == "long"
    assert types["node", "depth"] == types["node", "accuracy"] == "double"
    assert types["edge", "wu_palmer"] == types["edge", "similarity"] == "double"
    assert types["node", "concept"] == types["edge", "verdict"] == "string"
    # Both are attributes of the elements themselves.
    assert ("node", "label") not in types
    assert ("edge", "weight") not in types
    for owner in ("node", "edge"):
        for element in graph.iter(f"{GEXF}{owner}"):
            used = {(owner, value.get("for")) for value in element.iter(f"{GEXF}attvalue")}
            assert used <= types.keys()


def test_the_same_analysis_gives_the_same_bytes(judged, tmp_path):
    for name in ("a.graphml", "a.gexf", "a.json"):
        first = write_graph(judged, tmp_path / name).read_bytes()
        assert write_graph(judged, tmp_path / name).read_bytes() == first
        assert (
            write_graph(
                analysed(confusion=counts(), clusterer=Whole()), tmp_path / name
            ).read_bytes()
            == first
        )
        assert not re.search(rb"20\d\d-\d\d-\d\d", first)


def test_layers_that_do_not_exist(plain, tmp_path):
    with pytest.raises(OptionError, match="perceived, confused, both, found 'seen'"):
        write_graph(plain, tmp_path / "g.gexf", layer="seen")
    with pytest.raises(OptionError, match="analyse the model with predictions"):
        write_graph(plain, tmp_path / "g.gexf", layer="confused")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [write_graph, write_table, write_newick])
def test_endings_that_say_nothing(plain, tmp_path, write):
    with pytest.raises(OptionError, match=r"found 'out\.txt'"):
        write(plain, tmp_path / "out.txt")


def test_networkx_carries_what_the_files_carry(judged, tmp_path):
    for layer in LAYERS:
        stored = read(judged, tmp_path, ".json", layer=layer)
        graph = to_networkx(judged, layer)
        assert list(graph) == list(NAMES)
        assert {frozenset(map(NAMES.index, pair)) for pair in graph.edges} == set(
            map(frozenset, stored.edges)
        )
        for i, j, edge in stored.edges(data=True):
            assert graph.edges[NAMES[i], NAMES[j]] == edge
        assert {**stored.nodes[7], "concept": "", "concept_id": ""} == graph.nodes[NAMES[7]]


# Tables


@pytest.mark.parametrize("name", TABLES)
def test_parquet_and_csv_hold_the_same_typed_rows(judged, tmp_path, name):
    made = TABLES[name](judged)
    assert made.rows
    stored = pq.read_table(write_table(judged, tmp_path / "t.parquet", name))
    arrow = {str: "string", int: "int64", float: "double", bool: "bool"}
    assert {field.name: str(field.type) for field in stored.schema} == {
        column: arrow[kind] for column, kind in made.types.items()
    }
    assert [tuple(row.values()) for row in stored.to_pylist()] == made.rows
    text = write_table(judged, tmp_path / "t.csv", name).read_bytes().decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert tuple(header) == tuple(made.types)
    assert rows == [["" if value is None else str(value) for value in row] for row in made.rows]


@pytest.mark.parametrize("name", TABLES)
def test_pandas_has_the_same_rows_with_whole_numbers_whole(judged, name):
    made, frame = TABLES[name](judged), to_pandas(judged, name)
    assert tuple(frame.columns) == tuple(made.types)
    kinds = {str: ("str", "object"), int: ("Int64",), float: ("float64",), bool: ("bool",)}
    for column, kind in made.types.items():
        assert str(frame[column].dtype) in kinds[kind]
        found = [
            None if missing else value
            for value, missing in zip(frame[column].tolist(), frame[column].isna(), strict=True)
        ]
        assert found == list(made.columns[column])


def test_the_folder_of_an_analysis_holds_the_same_tables(judged, tmp_path):
    write_analysis(judged, tmp_path / "out", figures=False)
    files = {
        "edges": "edges.csv",
        "classes": "classes.csv",
        "pairs": "pairs.csv",
        "odd": "odd_classes.csv",
        "context": "context_pairs.csv",
    }
    for name, file in files.items():
        alone = write_table(judged, tmp_path / "t.csv", name).read_bytes()
        assert (tmp_path / "out" / file).read_bytes() == alone


def test_clusters_are_one_row_each(tmp_path):
    frame = to_pandas(analysed(clusterer=Split()), "clusters").set_index("cluster")
    assert frame["cluster_size"].to_dict() == {0: 3, 1: 3, 2: 2}
    assert frame["noise"].to_dict() == {0: False, 1: False, 2: True}


def test_odd_classes_with_few_neighbours_fill_their_row(judged, pets):
    table = TABLES["odd"](analyze(head().select(NAMES[:5]), placement=place(NAMES[:5], IDS[:5])))
    assert {len(row) for row in table.rows} == {10}
    # Of five placed classes half the others are neighbours: two.
    assert all(row[6] is not None and row[7] is None for row in table.rows)


def test_tables_without_rows_keep_their_types(plain, tmp_path):
    stored = pq.read_table(write_table(replace(plain, odd=()), tmp_path / "t.parquet", "odd"))
    assert stored.num_rows == 0
    assert str(stored.schema.field("depth").type) == "double"
    assert to_pandas(replace(plain, odd=()), "odd").empty


def test_counts_of_a_normalised_matrix_are_shares(tmp_path):
    analysis = analysed(confusion=counts(whole=False), clusterer=Whole())
    stored = pq.read_table(write_table(analysis, tmp_path / "t.parquet", "pairs"))
    assert str(stored.schema.field("a_taken_for_b").type) == "double"


def test_a_table_of_pairs_needs_predictions(plain, tmp_path):
    with pytest.raises(OptionError, match="analyse the model with predictions"):
        write_table(plain, tmp_path / "t.csv", "pairs")


def test_parquet_without_pyarrow(plain, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r'pip install "semdepth\[parquet\]"'):
        write_table(plain, tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_header_tells_a_table():
    assert len(set(HEADERS)) == len(TABLES)
    assert csv_text(Table({"a": str, "b": int}, [("x\r", None), ("y\n", 2)])) == (
        'a,b\n"x\r",\n"y\n",2\n'
    )


# Trees


def parsed(text):
    """Newick as a list of (name, parent, length), by the letter; the root's parent is -1."""
    tokens = re.findall(r"'(?:[^']|'')*'|[(),:;]|[^(),:;'\s]+", text)
    nodes, open_nodes, place = [["", -1, 0.0]], [], 0
    for before, token in zip(["", *tokens], tokens, strict=False):
        if token in "(,":
            open_nodes += [place] if token == "(" else []
            nodes.append(["", open_nodes[-1], 0.0])
            place = len(nodes) - 1
        elif token == ")":
            place = open_nodes.pop()
        elif before == ":":
            nodes[place][2] = float(token)
        elif token not in ":;":
            nodes[place][0] = token[1:-1].replace("''", "'") if token[0] == "'" else token
    assert not open_nodes
    return nodes


def test_newick_is_the_induced_hierarchy(plain, tmp_path):
    text = write_newick(plain, tmp_path / "tree.nwk").read_bytes().decode()
    nodes, tree = parsed(text), induce(plain.similarity)
    inner = {parent for _, parent, _ in nodes}
    leaves = [i for i in range(len(nodes)) if i not in inner]
    assert sorted(nodes[i][0] for i in leaves) == sorted(NAMES)
    clades = {i: set() for i in inner}
    for leaf in leaves:
        above, length = leaf, 0.0
        while above >= 0:
            length += nodes[above][2]
            above = nodes[above][1]
            clades[above].add(nodes[leaf][0])
        assert length == pytest.approx(tree.heights[-1])
    del clades[-1]
    expected = [{NAMES[i] for i in tree.members(node)} for node in range(8, 15)]
    assert sorted(map(sorted, clades.values())) == sorted(map(sorted, expected))


def test_newick_of_another_linkage(plain, tmp_path):
    average = write_newick(plain, tmp_path / "a.newick").read_text(encoding="utf-8")
    ward = write_newick(plain, tmp_path / "w.newick", linkage="ward").read_text(encoding="utf-8")
    assert ward != average
    with pytest.raises(OptionError, match="expected a linkage"):
        write_newick(plain, tmp_path / "a.nwk", linkage="longest")


def test_an_analysis_that_was_read_back_is_exported_alike(plain, judged, pets, tmp_path):
    made = ClassifierHead(pets.labels, np.random.default_rng(1).normal(size=(7, 5)), "fc")
    own = analyze(made, placement=place_in(pets.taxonomy, pets.labels), clusterer=Whole())
    for analysis in (judged, own):
        write_analysis(analysis, tmp_path / "out", figures=False)
        again = read_analysis(tmp_path / "out")
        for name, write in writes(analysis):
            whole = write(analysis, tmp_path / name).read_bytes()
            assert write(again, tmp_path / name).read_bytes() == whole


def test_nodes_without_concepts_are_numbered(plain, tmp_path):
    bare = replace(plain, placement=None)
    names = [name for name, *_ in parsed(write_newick(bare, tmp_path / "t.nwk").read_text())]
    assert {f"node {number}" for number in range(1, 8)} <= set(names)


def test_a_tree_needs_the_similarities(plain, tmp_path):
    with pytest.raises(ReadError, match=r"similarity\.npy beside it; use semdepth taxonomy induce"):
        write_newick(replace(plain, similarity=None), tmp_path / "tree.nwk")


# What is not overwritten


def writes(analysis):
    """Every kind of file, as (name, write)."""
    yield from ((f"g{form}", write_graph) for form in GRAPH_FORMATS)
    yield from (("t.csv", write_table), ("t.parquet", write_table), ("t.nwk", write_newick))


def test_earlier_exports_are_replaced(plain, judged, tmp_path):
    for name, write in writes(plain):
        first = write(plain, tmp_path / name).read_bytes()
        assert write(plain, tmp_path / name).read_bytes() == first
    for table in TABLES:
        write_table(judged, tmp_path / "t.csv", table)
        write_table(judged, tmp_path / "t.parquet", table)
    for linkage in ("single", "complete"):
        write_newick(plain, tmp_path / "t.nwk", linkage=linkage)
    assert len(list(tmp_path.iterdir())) == 6


FOREIGN = (
    b"",
    b"mine",
    b"class_a,class_b\nx,y\n",
    b"(a:1,(b:1,c:1)'node 1':1)'root (3)';\n",
    b"(a,b)'node 1'",
    b'{"nodes": [], "edges": []}',
    b"<gexf/>",
    b"PAR1",
    b"\xff" * 600,
)


@pytest.mark.parametrize("content", FOREIGN)
def test_files_of_other_origin_stay(plain, tmp_path, content):
    for name, write in writes(plain):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(WriteError, match="of other origin"):
            write(plain, path)
        assert path.read_bytes() == content


def test_parquet_of_other_origin_stays(plain, tmp_path):
    path = tmp_path / "t.parquet"
    to_pandas(plain).to_parquet(path)
    before = path.read_bytes()
    with pytest.raises(WriteError, match="of other origin"):
        write_table(plain, path)
    assert path.read_bytes() == before


def test_graphs_that_networkx_wrote_stay(plain, tmp_path):
    path = tmp_path / "g.graphml"
    networkx.write_graphml(networkx.path_graph(3), path)
    with pytest.raises(WriteError, match="of other origin"):
        write_graph(plain, path)


def test_inputs_stay(plain, tmp_path):
    for name, write in writes(plain):
        path = write(plain, tmp_path / name)
        with pytest.raises(WriteError, match="overwrite an input"):
            write(plain, path, inputs=[path])


def test_folders_and_missing_folders(plain, tmp_path):
    (tmp_path / "g.gexf").mkdir()
    with pytest.raises(WriteError):
        write_graph(plain, tmp_path / "g.gexf")
    assert write_graph(plain, tmp_path / "new" / "g.gexf").exists()


# The command


@pytest.fixture(scope="module")
def folder(judged, tmp_path_factory):
    out = tmp_path_factory.mktemp("analysis") / "out"
    write_analysis(judged, out, figures=False)
    return out


@pytest.mark.parametrize("source", [".", "analysis.json"])
def test_the_ending_says_what_is_written(semdepth, folder, tmp_path, source):
    again = read_analysis(folder)
    for name, write in (*writes(again), ("t.newick", write_newick), ("G.GEXF", write_graph)):
        code, out, err = semdepth("export", folder / source, "-o", tmp_path / "it" / name)
        assert (code, out, err) == (0, "", f"semdepth: wrote {tmp_path / 'it' / name}\n")
        expected = write(again, tmp_path / name).read_bytes()
        assert (tmp_path / "it" / name).read_bytes() == expected


@pytest.mark.parametrize("table", TABLES)
def test_every_table_by_name(semdepth, folder, judged, tmp_path, table):
    path = tmp_path / "t.csv"
    assert semdepth("export", folder, "-o", path, "--table", table)[0] == 0
    assert path.read_text(encoding="utf-8").startswith(",".join(TABLES[table](judged).types))


def test_one_layer_by_name(semdepth, folder, judged, tmp_path):
    path = tmp_path / "g.graphml"
    assert semdepth("export", folder, "-o", path, "--layer", "confused")[0] == 0
    edges = networkx.read_graphml(path).number_of_edges()
    assert edges == len(judged.mistakes.graph.edges)


def test_choices_of_the_command_are_those_of_the_library():
    options = {option.name: option for option in export.params}
    assert tuple(options["table"].type.choices) == tuple(TABLES)
    assert tuple(options["layer"].type.choices) == LAYERS


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "g.txt"], ["an output ending in .graphml", "'g.txt'"]),
        (["-o", "g.gexf", "--table", "edges"], ["--table", ".csv, .parquet", "leave it out"]),
        (["-o", "t.csv", "--layer", "both"], ["--layer", ".graphml", "leave it out"]),
        (["-o", "t.csv", "--linkage", "ward"], ["--linkage", ".nwk", "leave it out"]),
        ([], ["-o"]),
    ],
)
def test_what_does_not_fit_is_told(semdepth, folder, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert fails(semdepth("export", folder, *arguments), *words)
    assert list(tmp_path.iterdir()) == []


def test_tables_of_the_analysis_itself_are_not_overwritten(semdepth, folder):
    before = (folder / "edges.csv").read_bytes()
    result = semdepth("export", folder, "-o", folder / "edges.csv", "--table", "pairs")
    assert fails(result, "overwrite an input", "choose another output (-o)")
    result = semdepth("export", folder, "-o", folder / "analysis.json")
    assert fails(result, "overwrite an input")
    assert (folder / "edges.csv").read_bytes() == before


def test_no_analysis_no_export(semdepth, tmp_path):
    assert fails(semdepth("export", tmp_path, "-o", tmp_path / "g.gexf"), "analysis.json")


def test_the_outputs_page_names_every_attribute(judged):
    text = (Path(__file__).parents[1] / "docs/outputs.md").read_text(encoding="utf-8")
    graph = to_networkx(judged, "both")
    names = {name for _, node in graph.nodes(data=True) for name in node}
    names |= {name for *_, edge in graph.edges(data=True) for name in edge}
    names |= {name for header in HEADERS for name in header if not name.startswith("neighbour")}
    assert not [name for name in sorted(names) if not re.search(rf"\b{name}\b", text)]
