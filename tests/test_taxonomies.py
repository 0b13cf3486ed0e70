"""Taxonomies of the user's own: every form gives the same one, every mistake a named error."""

import json
import socket
from pathlib import Path

import numpy as np
import pytest

from semdepth.analysis import analyze
from semdepth.errors import (
    DamagedFile,
    MissingExtra,
    ReadError,
    UnknownFormat,
)
from semdepth.head import ClassifierHead
from semdepth.labels import place_in
from semdepth.reading import taxonomies
from semdepth.reading.taxonomies import known_taxonomies, open_taxonomy, read_taxonomy
from semdepth.reading.taxonomies.survey import survey
from semdepth.taxonomy import Taxonomy
from semdepth.wordnet import wordnet_nouns
from taxonomy_forms import CLASSES, DAGS, FORMS, TREE, as_obo, links_by_name, refusal, ways

EXCERPT = Path(__file__).parent / "data" / "wordnet_excerpt"


@pytest.fixture(scope="module")
def head():
    return ClassifierHead(CLASSES, np.random.default_rng(5).normal(size=(len(CLASSES), 4)), "fc")


# The contract: one tree, every form


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_relations(written, name):
    form, content = FORMS[name]
    found = open_taxonomy(written(name, content))
    assert found.form == form
    assert links_by_name(found.taxonomy) == {c: {p} if p else set() for c, p in TREE.items()}
    assert found.taxonomy.title == name


@pytest.mark.parametrize("name", DAGS)
def test_forms_that_allow_several_parents_give_the_same_ones(written, name):
    taxonomy = read_taxonomy(written(name, DAGS[name]))
    expected = {c: {p} if p else set() for c, p in TREE.items()}
    expected["horse"] = {"mammal", "vehicle"}
    assert links_by_name(taxonomy) == expected
    # thing (1), animal (2), mammal (3), horse (4): the longest way counts.
    assert taxonomy.depth(taxonomy.names.index("horse")) == 4


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_similarity_depth(written, name, head):
    placement = place_in(read_taxonomy(written(name, FORMS[name][1])), CLASSES)
    analysis = analyze(head, placement=placement, permutations=20)
    way = ways(TREE)
    meeting = [
        sum(a == b for a, b in zip(way[CLASSES[i]], way[CLASSES[j]], strict=False))
        for i, j in analysis.graph.edges.tolist()
    ]
    assert analysis.depth.mean == pytest.approx(np.mean(meeting))
    assert analysis.chance.null_mean > 0
    assert analysis.taxonomy == name


def test_the_dag_changes_similarity_depth_alike_in_every_form(written, head):
    depths = {
        analyze(
            head, placement=place_in(read_taxonomy(written(name, content)), CLASSES)
        ).chance.ceiling
        for name, content in DAGS.items()
    }
    assert len(depths) == 1


def test_a_taxonomy_survives_its_dict(written):
    tree = read_taxonomy(written("m.csv", "order,species,common_name\nO,A b,Robin\nO,A c,\n"))
    again = Taxonomy.from_dict(json.loads(json.dumps(tree.to_dict())))
    assert (again.ids, again.names, again.synonyms) == (tree.ids, tree.names, tree.synonyms)
    assert dict(again.synonyms) == {1: ("Robin",)}
    assert np.array_equal(again.parents, tree.parents)


# Recognition


@pytest.mark.parametrize("suffix", ["", ".txt", ".dat"])
@pytest.mark.parametrize("name", [n for n in FORMS if n not in ("lists.yml", "flow.yaml")])
def test_the_content_tells_the_form_without_a_suffix(written, name, suffix):
    form, content = FORMS[name]
    assert open_taxonomy(written(f"file{suffix}", content)).form == form


@pytest.mark.parametrize("name", FORMS)
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(written, name):
    content = b"\xef\xbb\xbf" + FORMS[name][1].replace("\n", "\r\n").encode()
    taxonomy = read_taxonomy(written(name, content))
    assert links_by_name(taxonomy) == {c: {p} if p else set() for c, p in TREE.items()}


def test_what_is_no_taxonomy_is_told_with_the_forms_that_are(written, tmp_path):
    message = refusal(written("names.txt", "dog\ncat\n"), UnknownFormat)
    assert "parent-child table" in message
    assert "without any relation" in message
    refusal(written("empty.csv", ""), UnknownFormat)
    assert "binary" in refusal(written("model.bin", b"PK\x03\x04\0\0"), UnknownFormat)
    assert "data.noun" in refusal(tmp_path, UnknownFormat)
    with pytest.raises(ReadError, match=r"one of wordnet.*nothing at '.*gone\.csv'"):
        read_taxonomy(tmp_path / "gone.csv")


@pytest.mark.parametrize("content", [b"a,b\n\xff\xfe\xfa,c\n", "a,b\n".encode("utf-16")])
def test_what_is_no_utf_8_is_told(written, content):
    assert "save the file as UTF-8 text" in refusal(written("links.csv", content), ReadError)


def test_bad_bytes_beyond_the_beginning_are_told_too(written):
    content = b"a,b\n" * 20_000 + b"\xff,c\n"
    assert "UTF-8" in refusal(written("links.csv", content), ReadError)


def test_known_names_are_taken_before_files(tmp_path, monkeypatch):
    (tmp_path / "taxonomies").mkdir()
    (tmp_path / "taxonomies" / "pets.csv").write_text("child,parent\ndog,pet\ncat,pet\n")
    monkeypatch.setattr(taxonomies, "_known", lambda: tmp_path / "taxonomies")
    assert known_taxonomies() == ("wordnet", "pets")
    assert read_taxonomy("pets").title == "pets"
    assert read_taxonomy("wordnet") is wordnet_nouns()


def test_every_taxonomy_that_comes_along_can_be_read():
    for name in known_taxonomies():
        assert survey(read_taxonomy(name)).leaves > 1


# Tables of links


def test_headers_may_have_many_names_and_further_columns(written):
    content = "rank\tParent ID\tTaxon-ID\tname\nx\t\t1\tbeast\ny\t1\t2\tdog\n"
    taxonomy = read_taxonomy(written("t.tsv", content))
    assert taxonomy.ids == ("1", "2")
    assert links_by_name(taxonomy) == {"beast": set(), "dog": {"beast"}}


def test_edges_from_the_child_are_read_so(written):
    found = open_taxonomy(written("e.csv", "source,target\ndog,pet\ncat,pet\n"))
    assert links_by_name(found.taxonomy)["dog"] == {"pet"}
    assert "child to parent" in found.notes[0]


def test_names_may_hold_the_delimiter_in_quotes(written):
    taxonomy = read_taxonomy(written("t.csv", 'child,parent\n"tench, Tinca tinca","a ""fish"""\n'))
    assert links_by_name(taxonomy) == {"tench, Tinca tinca": {'a "fish"'}, 'a "fish"': set()}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("child,parent\na,b\nb,c\n\nc,a\n", ["a -> b -> c -> a", "lines 2, 3 and 5"]),
        ("child,parent\nx,a\na,b\nb,a\n", ["a -> b -> a", "lines 3 and 4"]),
        ("child,parent\na,b\nc,c\n", ["'c' under itself", "line 3"]),
        ("child,parent\na,b\n,b\n", ["an empty one", "line 3"]),
        ("child,parent\na,b\nc,b\na,b\n", ["'a' under 'b' twice", "lines 2 and 4"]),
        ("id,parent,name\n1,,a\n2,7,b\n", ["'7' above 'b'", "line 3", "never defined"]),
        ("id,parent,name\n1,,a\n1,,b\n", ["'b' in line 3", "'a' before"]),
        ("child,parent\n", ["expected concepts, found none"]),
    ],
    ids=["cycle", "cycle above", "self", "empty", "link twice", "orphan", "two names", "header"],
)
def test_mistakes_in_links_are_told_with_their_lines(written, content, words):
    message = refusal(written("t.csv", content))
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("child,parent\na,b\nc,d,e\n", "2 cells in line 3, found 3"),
        ('child,parent\na,b\n"c,d\ne,f\n', "line"),
    ],
)
def test_damaged_tables_are_told_with_their_lines(written, content, words):
    assert words in refusal(written("t.csv", content), DamagedFile)


def test_a_long_cycle_is_cut_short_in_the_message(written):
    rows = "".join(f"n{k},n{(k + 1) % 5000}\n" for k in range(5000))
    message = refusal(written("t.csv", "child,parent\n" + rows))
    assert "n0 -> n1 -> n2" in message
    assert message.count("->") < 10
    assert len(message) < 500


# Tables of ranks


def test_homonyms_in_different_families_are_two_concepts(written):
    content = "genus,family,species\nPrinia,Cisticolidae,Prinia a\nPrinia,Fungidae,Prinia b\n"
    taxonomy = read_taxonomy(written("t.csv", content))
    assert [i for i in taxonomy.ids if "/" in i] == ["Cisticolidae/Prinia", "Fungidae/Prinia"]
    a, b = (taxonomy.index(f"Prinia {x}") for x in "ab")
    assert taxonomy.depth(taxonomy.lowest_common_subsumer(a, b)) == 0
    assert "'Prinia' to 'Cisticolidae/Prinia'" in survey(taxonomy).warnings[-1]


def test_the_same_name_at_two_ranks_is_two_concepts(written):
    content = "genus,subgenus,species\nAedes,Aedes,Aedes cinereus\n"
    taxonomy = read_taxonomy(written("t.csv", content))
    assert taxonomy.ids == ("Aedes", "Aedes/Aedes", "Aedes cinereus") or taxonomy.ids == (
        "Aedes/Aedes",
        "Aedes",
        "Aedes cinereus",
    )
    assert taxonomy.depth(taxonomy.index("Aedes cinereus")) == 3


def test_epithets_get_their_genus_and_missing_ranks_are_skipped(written):
    content = (
        "Kingdom,Order,Genus,specificEpithet,subspecies,vernacularName\n"
        "Animalia,NA,Aquila,chrysaetos,daphanea,\n"
        "Animalia,,Aquila,  rapax ,n/a,Tawny Eagle\n"
        "Animalia,Strigiformes,,,,\n"
    )
    taxonomy = read_taxonomy(written("t.csv", content.replace("specificE", "specific_e")))
    assert links_by_name(taxonomy) == {
        "Animalia": set(),
        "Aquila": {"Animalia"},
        "Aquila chrysaetos": {"Aquila"},
        "Aquila chrysaetos daphanea": {"Aquila chrysaetos"},
        "Aquila rapax": {"Aquila"},
        "Strigiformes": {"Animalia"},
    }
    assert dict(taxonomy.synonyms) == {taxonomy.index("Aquila rapax"): ("Tawny Eagle",)}


def test_columns_of_ranks_may_stand_in_any_order_and_rows_may_repeat(written):
    content = "species,order,family\nA b,O,F\nA b,O,F\n"
    taxonomy = read_taxonomy(written("t.csv", content))
    assert links_by_name(taxonomy) == {"O": set(), "F": {"O"}, "A b": {"F"}}


def test_a_row_without_any_rank_is_told(written):
    assert "in line 3" in refusal(written("t.csv", "order,species\nO,A b\nNA,-\n"))


# Indented text and paths


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a\n    b\n  c\n", ["line 3", "'  '"]),
        ("a\n\tb\n        c\n", ["line 3", "tabs or spaces"]),
        ("a\n  b\na\n", ["'a' twice", "lines 1 and 3"]),
        ("    a\n  b\n", ["line 2"]),
    ],
    ids=["between", "mixed", "twice", "left of the first"],
)
def test_mistakes_in_indentation_are_told_with_their_lines(written, content, words):
    message = refusal(written("t.txt", content))
    assert all(word in message for word in words), message


def test_indented_text_may_have_several_roots_and_blank_lines(written):
    taxonomy = read_taxonomy(written("t.txt", "a\n  b\n\n     \n    c\n  d\ne\n"))
    assert links_by_name(taxonomy) == {
        "a": {"(root)"},
        "b": {"a"},
        "c": {"b"},
        "d": {"a"},
        "e": {"(root)"},
        "(root)": set(),
    }


def test_the_same_name_on_two_paths_is_two_concepts(written):
    taxonomy = read_taxonomy(written("t.txt", "animal/other\nvehicle/other\nvehicle/car\n"))
    assert taxonomy.ids[:-1] == ("animal", "animal/other", "vehicle", "vehicle/other", "car")
    assert taxonomy.names.count("other") == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a/b\na//c\n", ["line 2"]),
        ("a/b\na/c\na/b/\n", ["'a/b/'", "lines 1 and 3"]),
        ("a/b\n/\n", ["line 2"]),
    ],
)
def test_mistakes_in_paths_are_told_with_their_lines(written, content, words):
    message = refusal(written("t.txt", content))
    assert all(word in message for word in words), message


# JSON and YAML


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"a": {"b": null, "b": null}}', ["'b' twice"]),
        ('{"a": {"b": null}, "c": {"b": null}}', ["'b' twice", "parent-child table"]),
        ('{"a": 3}', ["found '3'", "under 'a'"]),
        ('{"a": [true]}', ["found 'True'"]),
        ('{"a": ["b", ["c"]]}', ["a nested value", "under 'a'"]),
        ('{"a": ["b", null]}', ["nothing", "under 'a'"]),
        ('{"a": {"": null}}', ["an empty one"]),
        ('{"a": ["\\ud800"]}', ["valid Unicode"]),
        ('[{"id": 1, "parent": null}, {"id": 2, "parent": 1}]', ["'parent' in it"]),
        ('{"name": "a", "subs": [{"name": "b"}]}', ["'subs' in it", "children"]),
        ('{"name": "a", "name": "b"}', ["a key twice"]),
        ("[]", ["expected concepts, found none"]),
    ],
)
def test_mistakes_in_json_are_told(written, content, words):
    message = refusal(written("t.json", content))
    assert all(word in message for word in words), message


def test_records_may_have_ids_and_labels(written):
    content = '[{"id": 1, "label": "pet", "children": [{"id": "d", "name": "dog"}, "cat"]}]'
    taxonomy = read_taxonomy(written("t.json", content))
    assert taxonomy.ids == ("1", "d", "cat")
    assert taxonomy.names == ("pet", "dog", "cat")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a:\n  b:\n  c:\n  b:\n", ["'b' twice", "lines 2 and 4"]),
        ("a:\n  - b\n  -\n", ["nothing", "line 3"]),
        ("a:\n  - b\n  - [c]\n", ["a nested value", "line 3"]),
        ("? [a]\n: b\n", ["a nested value", "line 1"]),
    ],
)
def test_mistakes_in_yaml_are_told_with_their_lines(written, content, words):
    message = refusal(written("t.yaml", content))
    assert all(word in message for word in words), message


def test_yaml_words_stay_words(written):
    taxonomy = read_taxonomy(written("t.yaml", "answers: [yes, no, 12, 1.5, null-ish, 'null']\n"))
    assert taxonomy.names[1:] == ("yes", "no", "12", "1.5", "null-ish", "null")


def test_two_yaml_documents_are_told(written):
    assert "found 2" in refusal(written("t.yaml", "a: b\n---\nc: d\n"), DamagedFile)


def test_yaml_without_pyyaml_names_the_extra(written, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    with pytest.raises(MissingExtra, match=r"semdepth\[yaml\]"):
        read_taxonomy(written("t.yaml", "a: b\n"))


# Newick


def test_newick_labels_lengths_comments_and_unnamed_nodes(written):
    content = "[&R] (('it''s (x)':1e-3,_b_:2)95:0.1,(c,d)named,[note]e)\n:1;\n(f,g);"
    taxonomy = read_taxonomy(written("t.nwk", content))
    assert links_by_name(taxonomy) == {
        "node 1": {"(root)"},
        "node 2": {"node 1"},
        "it's (x)": {"node 2"},
        "_b_": {"node 2"},
        "named": {"node 1"},
        "c": {"named"},
        "d": {"named"},
        "e": {"node 1"},
        "node 4": {"(root)"},
        "f": {"node 4"},
        "g": {"node 4"},
        "(root)": set(),
    }


def test_names_given_to_newick_nodes_are_nobody_elses(written):
    taxonomy = read_taxonomy(written("t.nwk", "('node 1',b);"))
    assert set(taxonomy.names) == {"node 1", "node 1'", "b"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("((a,b),\nc", ["1 open", "line 2"]),
        ("(a,b));", ["')' out of place", "line 1"]),
        ("(a,,b);", ["',' out of place"]),
        ("(a b);", ["'b' out of place"]),
        ("(a,'b);", ["line 1"]),
        ("(a,b:x);", ["line 1"]),
        ("(a,b)(c);", ["'(' out of place"]),
    ],
)
def test_damaged_newick_is_told_with_its_line(written, content, words):
    message = refusal(written("t.nwk", content), DamagedFile)
    assert all(word in message for word in words), message


def test_a_name_twice_in_newick_is_told_with_its_lines(written):
    message = refusal(written("t.nwk", "((a,b),\n(c,\na));"))
    assert "'a' twice in lines 1 and 3" in message


# OBO


def test_obo_keeps_exact_synonyms_escapes_and_several_roots(written):
    content = (
        "format-version: 1.4\n\n[Term]\nid: A:1\nname: a \\{small\\} beast\n"
        'synonym: "brute \\"x\\"" EXACT [ref]\nsynonym: "thing" BROAD []\n\n'
        "[Term]\nid: A:2\n\n[Instance]\nid: i\n"
    )
    taxonomy = read_taxonomy(written("t.obo", content))
    assert taxonomy.names == ("a {small} beast", "A:2", "(root)")
    assert dict(taxonomy.synonyms) == {0: ('brute "x"',)}


def test_obsolete_terms_are_left_out_and_told(written):
    found = open_taxonomy(written("t.obo", as_obo(TREE)))
    assert "T:9999999" not in found.taxonomy
    assert found.notes == ("1 obsolete terms are left out",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[Term]\nid: a\nis_a: b\n", ["'b' above 'a'", "line 3", "never defined"]),
        ("[Term]\nid: a\n\n[Term]\nid: a\n", ["'a' twice", "lines 2 and 5"]),
        ("[Term]\nname: a\n", ["line 1"]),
        ("[Term]\nid: a\nis_a: b ! b\n[Term]\nid: b\nis_a: a\n", ["a -> b -> a", "3 and 6"]),
        ("[Term]\nid: a\nis_a:\n", ["line 3"]),
    ],
)
def test_mistakes_in_obo_are_told_with_their_lines(written, content, words):
    message = refusal(written("t.obo", content))
    assert all(word in message for word in words), message


# SKOS and OWL


def test_skos_names_are_english_and_others_are_synonyms(written):
    content = (
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        '<#a> a skos:Concept ; skos:prefLabel "Tier"@de, "animal"@en ; skos:altLabel "beast"@en .\n'
        '<#b> a skos:Concept ; skos:broader <#a> ; skos:prefLabel "Hund"@de, "chien"@fr .\n'
        "<#c> a skos:Concept ; skos:broader <#a> .\n"
    )
    taxonomy = read_taxonomy(written("t.ttl", content))
    assert taxonomy.ids == ("#a", "#b", "#c")
    assert taxonomy.names == ("animal", "Hund", "c")
    assert dict(taxonomy.synonyms) == {0: ("Tier", "beast"), 1: ("chien",)}


def test_owl_leaves_thing_restrictions_and_deprecated_classes_out(written):
    content = (
        "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n@prefix : <e:> .\n"
        ':a a owl:Class ; rdfs:subClassOf owl:Thing ; rdfs:label "A" .\n'
        ":b a owl:Class ; rdfs:subClassOf :a, [ a owl:Restriction ] .\n"
        ":c a owl:Class ; owl:deprecated true ; rdfs:subClassOf :a .\n"
    )
    found = open_taxonomy(written("t.ttl", content))
    assert links_by_name(found.taxonomy) == {"A": set(), "b": {"A"}}
    assert found.notes == ("1 deprecated concepts are left out",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<#a> a skos:Concept ; skos:broader <#b> .", ["'#b' above '#a'", "never defined"]),
        ("<#a> skos:broader <#b> . <#b> skos:broader <#a> .", ["a -> b -> a"]),
        ("<#a> skos:broader <#a> .", ["'a' under itself"]),
        ('<#a> skos:prefLabel "nothing" .', ["expected concepts, found none"]),
    ],
)
def test_mistakes_in_skos_are_told(written, content, words):
    prefix = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
    message = refusal(written("t.ttl", prefix + content))
    assert all(word in message for word in words), message


def test_damaged_turtle_and_xml_are_told(written):
    assert "expected Turtle" in refusal(written("t.ttl", "@prefix x: <e> .\nx:a x:b"), DamagedFile)
    damaged = FORMS["owl.rdf"][1][:-30]
    assert "expected RDF/XML" in refusal(written("t.rdf", damaged), DamagedFile)


def test_rdf_without_rdflib_names_the_extra(written, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rdflib", None)
    with pytest.raises(MissingExtra, match=r"semdepth\[rdf\]"):
        read_taxonomy(written("t.ttl", FORMS["skos.ttl"][1]))


def test_nothing_is_fetched(written, monkeypatch):
    def refuse(*_):
        raise AssertionError("a reader reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    imports = "<http://e.org/o> <http://www.w3.org/2002/07/owl#imports> <http://e.org/far> .\n"
    read_taxonomy(written("t.ttl", imports + FORMS["skos.ttl"][1]))
    external = '<!DOCTYPE rdf:RDF SYSTEM "http://e.org/far.dtd" [<!ENTITY base'
    content = FORMS["owl.rdf"][1].replace("<!DOCTYPE rdf:RDF [<!ENTITY base", external)
    assert links_by_name(read_taxonomy(written("t.rdf", content)))["dog"] == {"mammal"}


# WordNet's database files


def test_a_folder_of_wordnet_is_a_taxonomy():
    found = open_taxonomy(EXCERPT)
    taxonomy = found.taxonomy
    assert found.form == "WordNet database"
    assert len(taxonomy) == 38
    dog, cat = taxonomy.index("n02084071"), taxonomy.index("n02121620")
    assert taxonomy.names[taxonomy.lowest_common_subsumer(dog, cat)] == "carnivore.n.01"
    assert {taxonomy.names[p] for p in taxonomy.parents_of(dog)} == {
        "canine.n.01",
        "domestic_animal.n.01",
    }
    assert "domestic dog" in dict(taxonomy.synonyms)[dog]


def test_a_damaged_wordnet_folder_is_told(tmp_path):
    (tmp_path / "data.noun").write_text("99999999999999999999 03 n 01 a 0 000 | x\n")
    (tmp_path / "index.noun").write_text("a n 1 0 1 0 99999999999999999999\n")
    with pytest.raises(ReadError):
        read_taxonomy(tmp_path)
