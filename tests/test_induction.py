"""The network's own hierarchy: scipy's merges, and a tree that can be read back."""

import itertools
import json
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import cophenet, linkage
from scipy.spatial.distance import squareform

from builders import ODD_NAMES
from rendered import assert_apart, text_boxes
from semdepth.errors import LabelError, OptionError, TaxonomyError
from semdepth.head import ClassifierHead
from semdepth.induction import Dendrogram, induce, node_names, subsumers_of_nodes
from semdepth.kernels.agglomeration import LINKAGES, agglomerate
from semdepth.labels import place, place_in
from semdepth.reading.taxonomies import open_taxonomy
from semdepth.similarity import SimilarityMatrix, structural_similarity
from semdepth.writing.figures import plot_dendrogram, render
from semdepth.writing.figures.dendrogram import MOST_ROWS
from semdepth.writing.figures.names import drawn_name
from semdepth.writing.hierarchies import write_hierarchy


def distances_of(n, seed, dimension=8):
    points = np.random.default_rng(seed).normal(size=(n, dimension))
    return np.linalg.norm(points[:, None] - points[None], axis=2)


def random_tree(labels, seed=0, how="average"):
    head = ClassifierHead(labels, np.random.default_rng(seed).normal(size=(len(labels), 6)), "fc")
    return induce(structural_similarity(head), how)


def pair_heights(merges, heights, n):
    """The height at which each two points come together, (n, n)."""
    members = [{k} for k in range(n)]
    found = np.zeros((n, n))
    for (a, b), height in zip(merges.tolist(), heights.tolist(), strict=True):
        for i, j in itertools.product(members[a], members[b]):
            found[i, j] = found[j, i] = height
        members.append(members[a] | members[b])
    return found


# The kernel


@pytest.mark.parametrize("how", LINKAGES)
@pytest.mark.parametrize(("n", "seed"), [(2, 0), (3, 1), (17, 2), (120, 3), (400, 4)])
def test_merges_and_heights_are_scipys(how, n, seed):
    distances = distances_of(n, seed)
    expected = linkage(squareform(distances, checks=False), how)
    merges, heights = agglomerate(distances.copy(), how)
    assert np.array_equal(merges, np.sort(expected[:, :2], axis=1))
    assert heights == pytest.approx(expected[:, 2])


@pytest.mark.parametrize("how", LINKAGES)
@given(cells=st.lists(st.integers(1, 3), min_size=15, max_size=15))
def test_ties_end_and_give_a_tree(how, cells):
    distances = squareform(np.array(cells, dtype=float))
    merges, heights = agglomerate(distances.copy(), how)
    # Every node but the root is merged once, and never before it was made.
    assert sorted(merges.ravel().tolist()) == list(range(10))
    assert (merges.max(axis=1) < np.arange(6, 11)).all()
    assert (np.diff(heights) >= 0).all()
    if how == "single":
        expected = squareform(cophenet(linkage(squareform(distances), how)))
        assert np.array_equal(pair_heights(merges, heights, 6), expected)


def test_a_matrix_of_equal_distances_has_all_merges_at_that_height():
    merges, heights = agglomerate(np.ones((50, 50)), "average")
    assert heights.tolist() == [1.0] * 49
    assert len(set(merges.ravel().tolist())) == 98


# The value


def test_heights_are_distances_of_templates_divided_by_the_greatest():
    templates = np.random.default_rng(8).normal(size=(30, 5))
    head = ClassifierHead(tuple(f"c{k}" for k in range(30)), templates, "fc")
    unit = templates / np.linalg.norm(templates, axis=1, keepdims=True)
    distances = 1 - unit @ unit.T
    np.fill_diagonal(distances, 0)
    expected = linkage(squareform(distances, checks=False), "average")
    tree = induce(structural_similarity(head))
    assert np.array_equal(tree.merges, np.sort(expected[:, :2], axis=1))
    assert tree.heights == pytest.approx(expected[:, 2] / distances.max())


def test_wards_linkage_is_that_of_the_unit_templates():
    templates = np.random.default_rng(9).normal(size=(25, 5))
    head = ClassifierHead(tuple(f"c{k}" for k in range(25)), templates, "fc")
    unit = templates / np.linalg.norm(templates, axis=1, keepdims=True)
    expected = linkage(unit, "ward")
    tree = induce(structural_similarity(head), "ward")
    assert np.array_equal(tree.merges, np.sort(expected[:, :2], axis=1))
    assert tree.heights == pytest.approx(expected[:, 2] / np.sqrt(1 - (unit @ unit.T).min()))


def test_similarities_symmetric_to_rounding_only_are_no_trouble():
    # Each one's nearest is the next in a ring, by the last digits: a chain would never end.
    values = np.full((3, 3), 0.5)
    values[[0, 1, 2], [1, 2, 0]] += 1e-12
    np.fill_diagonal(values, 1.0)
    tree = induce(SimilarityMatrix("structural", tuple("abc"), values))
    assert tree.heights == pytest.approx([0.5, 0.5])


def test_an_unknown_linkage_is_an_error():
    with pytest.raises(OptionError, match="average, complete, single, ward, found 'median'"):
        random_tree(("a", "b", "c"), how="median")


def test_a_dendrogram_survives_its_dict():
    tree = random_tree(tuple("abcdef"))
    again = Dendrogram.from_dict(json.loads(json.dumps(tree.to_dict())))
    assert again.to_dict() == tree.to_dict()
    with pytest.raises(ValueError, match="read-only"):
        again.heights[0] = 1


def test_members_and_sizes():
    # ((a, b), (c, (d, e)))
    merges = np.array([[0, 1], [3, 4], [2, 6], [5, 7]])
    tree = Dendrogram(tuple("abcde"), merges, np.arange(1.0, 5), "single")
    assert tree.sizes().tolist() == [1, 1, 1, 1, 1, 2, 2, 3, 5]
    assert tree.members(8) == [0, 1, 2, 3, 4]
    assert tree.members(7) == [2, 3, 4]
    assert tree.to_newick() == (
        "((a:1,b:1)'node 1':3,(c:3,(d:2,e:2)'node 2':1)'node 3':1)'node 4';"
    )


def test_names_come_from_the_concepts_above_the_classes(pets):
    tree = random_tree(pets.labels, 3)
    found = subsumers_of_nodes(tree, pets)
    for step, concept in enumerate(found.tolist()):
        members = [int(pets.concepts[k]) for k in tree.members(len(pets.labels) + step)]
        assert concept == pets.taxonomy.common_subsumer(members)
    names = node_names(tree, pets)
    assert names[-1] == "thing (6)"
    assert len(set(names)) == 6


def test_unplaced_classes_have_no_say_in_names():
    merges = np.array([[0, 1], [2, 3], [4, 5]])
    tree = Dendrogram(("gizmo 1", "gizmo 2", "dog", "gizmo 3"), merges, np.arange(3.0), "single")
    assert node_names(tree, place(tree.labels)) == ("node 1", "dog.n.01 (2)", "dog.n.01 (3)")
    with pytest.raises(LabelError, match="same classes"):
        node_names(tree, place(["dog", "cat"]))


def test_names_of_nodes_are_no_names_of_classes():
    assert node_names(random_tree(("node 1", "node 2", "x"))) == ("node 1'", "node 2'")


# Back as a taxonomy


@pytest.mark.parametrize("how", LINKAGES)
def test_newick_read_back_is_the_same_tree(tmp_path, how):
    labels = (*ODD_NAMES, "it's", "under_score", "(x)", "a,b", "two\nlines", "95", " ", "n;")[:-2]
    tree = random_tree(labels, 5, how)
    (tmp_path / "t.nwk").write_text(tree.to_newick(), encoding="utf-8")
    found = open_taxonomy(tmp_path / "t.nwk")
    made = tree.to_taxonomy()
    assert found.form == "Newick"
    assert set(made.names) == {*labels, *node_names(tree)}
    for name in made.names:
        above = [{t.names[p] for p in t.parents_of(t.index(name))} for t in (made, found.taxonomy)]
        assert above[0] == above[1]
    # Each class is as deep as it has merges above it.
    for k, label in enumerate(labels):
        over = sum(k in tree.members(len(labels) + step) for step in range(len(tree.merges)))
        assert found.taxonomy.depth(found.taxonomy.index(label)) == over + 1
    assert not place_in(found.taxonomy, labels).unplaced


def test_a_chain_too_long_for_a_taxonomy_is_told():
    n = 2_100
    merges = np.column_stack((np.r_[0, np.arange(n, 2 * n - 2)], np.arange(1, n)))
    tree = Dendrogram(tuple(f"c{k}" for k in range(n)), merges, np.arange(n - 1.0), "single")
    assert tree.to_newick().endswith(";")
    with pytest.raises(TaxonomyError, match="levels deep"):
        tree.to_taxonomy()


# Files


def test_files_hold_the_same_tree(tmp_path, pets):
    tree = random_tree(pets.labels)
    written = write_hierarchy(tree, tmp_path / "out", pets, title="toy", formats=())
    assert [path.name for path in written] == ["hierarchy.json", "hierarchy.nwk"]
    data = json.loads((tmp_path / "out" / "hierarchy.json").read_text(encoding="utf-8"))
    assert Dendrogram.from_dict(data).to_dict() == tree.to_dict()
    assert data["taxonomy"] == "test"
    root = data["nodes"][-1]
    assert (root["size"], root["concept"], root["depth"]) == (7, "thing", 1)
    newick = open_taxonomy(tmp_path / "out" / "hierarchy.nwk").taxonomy
    for node in data["nodes"]:
        for child in node["children"]:
            [parent] = newick.parents_of(newick.index(child)).tolist()
            assert newick.names[parent] == node["name"]
    assert write_hierarchy(tree, tmp_path / "out", pets, formats=("svg",))[-1].name == (
        "dendrogram.svg"
    )
    with pytest.raises(OptionError, match="'gif'"):
        write_hierarchy(tree, tmp_path / "other", pets, formats=("gif",))


# The figure


def test_in_a_dendrogram_nothing_lies_over_anything(mini, convnext):
    assert_apart(plot_dendrogram(induce(convnext), mini).figure)


@pytest.mark.parametrize("n", [2, 3, 10, MOST_ROWS, MOST_ROWS + 1, 300])
def test_dendrograms_of_all_sizes(n):
    labels = tuple(f"class {k} of the longer kind{' of name' * (k % 3)}" for k in range(n))
    ax = plot_dendrogram(random_tree(labels))
    assert_apart(ax.figure)
    words = [text for text, _ in text_boxes(ax.figure, 100)]
    if n <= MOST_ROWS:
        assert set(map(drawn_name, labels)) < set(words)
        assert f"{n} classes · average linkage" in words
    else:
        sizes = [int(word.split(":")[0]) for word in words if word.split(":")[0].isdecimal()]
        single = len(set(words).intersection(map(drawn_name, labels)))
        assert sum(sizes) + single == n
        assert len(sizes) + single == 90


def test_odd_names_are_drawn_as_they_are(pets):
    labels = (*ODD_NAMES, "plain")
    root = ElementTree.fromstring(render(plot_dendrogram(random_tree(labels)), "svg"))
    assert set(labels) <= {e.text for e in root.iter("{http://www.w3.org/2000/svg}text")}


def test_forks_are_named_where_the_concept_changes(pets):
    # ((poodle, boxer), (siamese, persian)), (car, (bus, bike))
    merges = np.array([[0, 1], [2, 3], [7, 8], [5, 6], [4, 10], [9, 11]])
    tree = Dendrogram(pets.labels, merges, np.arange(1.0, 7) / 10, "average")
    words = [text for text, _ in text_boxes(plot_dendrogram(tree, pets).figure, 100)]
    assert [words.count(name) for name in ("dog", "cat", "animal", "thing")] == [1, 1, 1, 1]
    # Bus and bike are vehicles, as the fork above them says already.
    assert words.count("vehicle") == 1


def test_the_same_dendrogram_gives_the_same_bytes_also_on_axes_of_ones_own(pets):
    tree = random_tree(pets.labels)
    for form in ("png", "svg"):
        assert render(plot_dendrogram(tree, pets), form) == render(
            plot_dendrogram(tree, pets), form
        )
    ax = Figure(figsize=(3, 3)).add_subplot()
    assert plot_dendrogram(tree, pets, ax=ax, title="mine") is ax
