"""``semdepth taxonomy`` and ``--taxonomy``: what goes to which stream, what mistakes are told."""

import json

import numpy as np
import pytest

from builders import fails
from semdepth.reading.taxonomies import read_taxonomy

BIRDS = """order,family,genus,species,common_name
Accipitriformes,Accipitridae,Haliaeetus,leucocephalus,Bald Eagle
Accipitriformes,Accipitridae,Haliaeetus,albicilla,White-tailed Eagle
Accipitriformes,Accipitridae,Buteo,jamaicensis,Red-tailed Hawk
Passeriformes,Corvidae,Corvus,corax,Common Raven
Passeriformes,Corvidae,Corvus,corone,Carrion Crow
Passeriformes,Turdidae,Turdus,merula,Blackbird
Passeriformes,Turdidae,Turdus,pilaris,Fieldfare
"""
CLASSES = (
    "Haliaeetus leucocephalus (Bald Eagle)",
    "Haliaeetus albicilla (White-tailed Eagle)",
    "Buteo jamaicensis",
    "common raven",
    "Corvus corone",
    "Turdus merula (Blackbird)",
    "turdus_pilaris",
    "background",
)


@pytest.fixture
def birds(tmp_path):
    path = tmp_path / "birds.csv"
    path.write_text(BIRDS)
    return path


@pytest.fixture
def head_file(tmp_path):
    weight = np.random.default_rng(0).normal(size=(len(CLASSES), 12))
    np.savez(tmp_path / "head.npz", weight=weight, classes=np.array(CLASSES))
    return tmp_path / "head.npz"


@pytest.fixture
def labels_file(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("\n".join(CLASSES))
    return path


# check


def test_check_tells_form_size_and_shape(semdepth, birds):
    code, out, err = semdepth("taxonomy", "check", birds)
    assert (code, err) == (0, "")
    for part in ("table of ranks", "16, of which 7", "2: 'Accipitriformes', 'Passeriformes'"):
        assert part in out
    assert "levels                4" in out


def test_check_places_classes_and_tells_why_not(semdepth, birds, labels_file):
    code, out, _ = semdepth("taxonomy", "check", birds, "--labels", labels_file)
    assert code == 0
    assert "7 of 8" in out
    assert "background  birds.csv has no such name" in out


def test_check_as_json(semdepth, birds, labels_file):
    arguments = ("taxonomy", "check", birds, "--labels", labels_file, "--format", "json")
    found = json.loads(semdepth(*arguments)[1])
    assert (found["form"], found["concepts"], found["leaves"]) == ("table of ranks", 16, 7)
    assert found["roots"] == ["Accipitriformes", "Passeriformes"]
    assert found["placement"]["ids"][0] == "Haliaeetus leucocephalus"


def test_check_tells_what_looks_like_a_mistake(semdepth, tmp_path):
    (tmp_path / "t.csv").write_text("animal,dog\nanimal,cat\nanimal,cow\nanimal,pig\n")
    code, _, err = semdepth("taxonomy", "check", tmp_path / "t.csv")
    assert code == 0
    assert "4 of 5 concepts have no parent" in err
    (tmp_path / "u.txt").write_text("a/other\nb/other\n")
    assert "'other' to 'a/other', 'b/other'" in semdepth("taxonomy", "check", tmp_path / "u.txt")[2]


def test_check_of_a_cycle_fails_with_its_lines(semdepth, tmp_path):
    (tmp_path / "t.csv").write_text("child,parent\na,b\nb,a\n")
    assert fails(semdepth("taxonomy", "check", tmp_path / "t.csv"), "a -> b -> a", "lines 2 and 3")


def test_check_of_classes_none_of_which_is_there(semdepth, birds, tmp_path):
    (tmp_path / "names.txt").write_text("dog\ncat\n")
    result = semdepth("taxonomy", "check", birds, "--labels", tmp_path / "names.txt")
    assert fails(result, "none of the 2 classes", "'dog'", "'Haliaeetus leucocephalus'")


def test_check_knows_wordnet_by_name(semdepth):
    out = semdepth("taxonomy", "check", "wordnet")[1]
    assert "82,115" in out
    assert "1: 'entity.n.01'" in out


# show


def test_show_draws_ancestors_and_children_of_wordnet(semdepth):
    code, out, err = semdepth("taxonomy", "show", "dog", "--top", "3")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == "entity.n.01  1  n00001740"
    # The branch that leads to the concept comes last.
    [aside] = [k for k, line in enumerate(lines) if "├─ domestic_animal.n.01  8" in line]
    assert "└─ chordate.n.01  8" in lines[aside + 1]
    assert any(
        "└─ dog.n.01  14  n02084071  (also under domestic_animal.n.01)" in line for line in lines
    )
    assert lines[-3].endswith("and 15 more")
    assert "a member of the genus Canis" in lines[-1]


def test_show_in_a_taxonomy_of_ones_own(semdepth, birds):
    code, out, err = semdepth("taxonomy", "show", "corvidae", "--taxonomy", birds)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "Passeriformes  1",
        "└─ Corvidae  2",
        "   └─ Corvus",
    ]


def test_show_as_json(semdepth, birds):
    arguments = ("taxonomy", "show", "Bald Eagle", "--taxonomy", birds, "--format", "json")
    shown = json.loads(semdepth(*arguments)[1])
    assert (shown["name"], shown["depth"]) == ("Haliaeetus leucocephalus", 4)
    assert [(a["name"], a["depth"]) for a in shown["ancestors"]] == [
        ("Accipitriformes", 1),
        ("Accipitridae", 2),
        ("Haliaeetus", 3),
    ]
    assert (shown["gloss"], shown["synonyms"], shown["children"]) == (None, ["Bald Eagle"], [])


def test_show_of_an_unknown_concept_suggests_near_ones(semdepth, birds):
    result = semdepth("taxonomy", "show", "Haliaetus", "--taxonomy", birds)
    assert fails(result, "'Haliaetus'", "the closest are 'Haliaeetus'")


# induce


def test_induce_prints_a_tree_that_can_be_a_taxonomy(semdepth, head_file, birds, tmp_path):
    arguments = ("taxonomy", "induce", head_file, "--taxonomy", birds)
    code, out, _ = semdepth(*arguments)
    assert code == 0
    (tmp_path / "tree.nwk").write_text(out)
    tree = read_taxonomy(tmp_path / "tree.nwk")
    assert set(CLASSES) < set(tree.names)
    assert len(tree) == 2 * len(CLASSES) - 1
    code, out, _ = semdepth("analyze", head_file, "--taxonomy", tmp_path / "tree.nwk")
    assert code == 0
    assert "tree.nwk, 8 of 8 classes placed" in out


def test_induce_writes_files_and_names_nodes_by_the_taxonomy(semdepth, head_file, birds, tmp_path):
    out = tmp_path / "out"
    code, printed, err = semdepth("taxonomy", "induce", head_file, "--taxonomy", birds, "-o", out)
    assert (code, printed) == (0, "")
    assert f"wrote 4 files to {out}" in err
    assert {path.name for path in out.iterdir()} == {
        "hierarchy.json",
        "hierarchy.nwk",
        "dendrogram.png",
        "dendrogram.svg",
    }
    data = json.loads((out / "hierarchy.json").read_text())
    assert data["taxonomy"] == "birds.csv"
    assert {node["concept"] for node in data["nodes"]} & set(read_taxonomy(birds).names)


def test_induce_takes_linkages_and_json(semdepth, head_file):
    arguments = ("taxonomy", "induce", head_file, "--linkage", "ward", "--format", "json")
    assert json.loads(semdepth(*arguments)[1])["linkage"] == "ward"


def test_induce_needs_one_source(semdepth):
    assert fails(semdepth("taxonomy", "induce"), "expected a checkpoint MODEL", "found neither")


# --taxonomy elsewhere


def test_analyze_in_a_taxonomy_of_ones_own(semdepth, head_file, birds, tmp_path):
    out = tmp_path / "out"
    code, printed, err = semdepth("analyze", head_file, "--taxonomy", birds, "-o", out)
    assert code == 0
    assert "birds.csv, 7 of 8 classes placed" in printed
    assert "1 of 8 classes without a concept" in err
    assert "background; semdepth taxonomy check tells why" in err
    data = json.loads((out / "analysis.json").read_text())
    assert data["parameters"]["taxonomy"] == "birds.csv"
    assert max(data["depth"]["depths"]) <= 3
    assert "WordNet" not in printed + err
    assert (out / "figures" / "overview.png").exists()


def test_analyze_of_the_taxonomy_itself(semdepth, birds, tmp_path):
    (tmp_path / "names.txt").write_text("\n".join(CLASSES[:-1]))
    arguments = ("--semantic", "wup", "--labels", tmp_path / "names.txt", "--taxonomy", birds)
    code, out, _ = semdepth("analyze", *arguments)
    assert code == 0
    assert "birds.csv wup" in out


def test_analyze_says_how_many_classes_of_wordnet_are_placed(semdepth, tmp_path):
    weight = np.random.default_rng(0).normal(size=(4, 8))
    classes = np.array(["dog", "cat", "car", "xyzzy"])
    np.savez(tmp_path / "head.npz", weight=weight, classes=classes)
    assert "WordNet 3.0, 3 of 4 classes placed" in semdepth("analyze", tmp_path / "head.npz")[1]


def test_the_taxonomys_file_is_never_overwritten(semdepth, head_file, birds, tmp_path):
    out = tmp_path / "out"
    semdepth("analyze", head_file, "--taxonomy", birds, "-o", out, "--no-figures")
    # A result of semdepth's may be replaced, but not while it is being read.
    (out / "edges.csv").write_text(BIRDS)
    result = semdepth("analyze", head_file, "--taxonomy", out / "edges.csv", "-o", out)
    assert fails(result, "not to overwrite an input", "edges.csv", "-o")
    assert (out / "edges.csv").read_text() == BIRDS


def test_explain_in_a_taxonomy_of_ones_own(semdepth, head_file, birds):
    arguments = ("explain", head_file, "Corvus corone", "turdus_pilaris", "--taxonomy", birds)
    code, out, _ = semdepth(*arguments)
    assert code == 0
    assert "they meet at Passeriformes, depth 1" in out
    out = semdepth("explain", head_file, "common raven", "--taxonomy", birds)[1]
    assert out.splitlines()[1] == "Corvus corax"


def test_depth_in_a_taxonomy_of_ones_own(semdepth, birds):
    code, out, err = semdepth("depth", "Bald Eagle", "buteo jamaicensis", "--taxonomy", birds)
    assert (code, err) == (0, "")
    assert "lowest common subsumer  Accipitridae" in out
    assert "depth                   2  ((root): 0)" in out
    arguments = ("depth", "Corvus corax", "Bald Eagle", "--taxonomy", birds, "--format", "json")
    found = json.loads(semdepth(*arguments)[1])
    assert (found["depth"], found["wu_palmer"], found["path_length"]) == (0, 0.0, 8)
    assert found["subsumer"]["name"] == "(root)"


def test_a_taxonomy_that_is_not_there_is_told(semdepth, head_file):
    result = semdepth("analyze", head_file, "--taxonomy", "nowhere.csv")
    assert fails(result, "one of", "wordnet", "'nowhere.csv'")
