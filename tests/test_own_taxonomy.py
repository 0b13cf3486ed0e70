"""Classes in a taxonomy of the user's own: by id, by name, in another spelling, or not at all."""

import json

import numpy as np
import pytest

from semdepth.analysis import Analysis, analyze
from semdepth.confusion import ConfusionMatrix
from semdepth.errors import LabelError, TaxonomyError
from semdepth.head import ClassifierHead
from semdepth.labels import Placement, find_in, place_in
from semdepth.taxonomy import taxonomy_from_parents
from semdepth.writing.exports import to_networkx
from semdepth.writing.results import write_analysis


@pytest.fixture(scope="module")
def birds():
    """Two kites of one name, and common names for some."""
    rows = (
        ("root", "bird", None),
        ("g1", "Haliaeetus", 0),
        ("s1", "Haliaeetus leucocephalus", 1),
        ("s2", "Haliaeetus albicilla", 1),
        ("k1", "Red kite", 0),
        ("k2", "red_kite", 0),
        ("n02012849", "crane", 0),
        ("s3", "Aquarium fish", 0),
    )
    offsets = np.cumsum([0, *(parent is not None for *_, parent in rows)])
    return taxonomy_from_parents(
        "birds",
        [i for i, *_ in rows],
        offsets,
        [parent for *_, parent in rows if parent is not None],
        names=[name for _, name, _ in rows],
        synonyms={2: ("Bald Eagle", "American Eagle"), 3: ("White-tailed Eagle",)},
    )


@pytest.mark.parametrize(
    ("label", "place", "reason"),
    [
        ("s2", 3, "its id"),
        ("crane", 6, "its name"),
        ("Haliaeetus", 1, "its name"),
        ("CRANE", 6, "its name in another spelling"),
        ("aquarium-fish", 7, "its name in another spelling"),
        ("bald eagle", 2, "a synonym"),
        ("Haliaeetus leucocephalus (Whatever)", 2, "its name, before the parentheses"),
        ("Haliaeetus albicilla (Eagle (northern))", 3, "its name, before the parentheses"),
        ("a fine bird (White tailed eagle)", 3, "a synonym, within the parentheses"),
        ("great thing, Crane", 6, "its name in another spelling, one of several"),
        ("n02012849-crane_bird", 6, "its id"),
        ("n99999999-Bald_eagle", 2, "a synonym, behind an id"),
        (" crane ", 6, "its name"),
    ],
)
def test_a_class_is_found_by_what_it_is_called(birds, label, place, reason):
    placed = place_in(birds, [label])
    assert (placed.concepts.tolist(), placed.reasons) == ([place], (reason,))


def test_an_id_that_is_given_goes_before_the_name(birds):
    placed = place_in(birds, ["crane", "Haliaeetus"], ["s2", None])
    assert placed.ids == ("s2", "g1")
    assert placed.reasons == ("id given", "its name")


def test_an_id_of_another_taxonomy_leaves_the_name(birds):
    assert place_in(birds, ["crane"], ["n02084071"]).reasons == ("its name",)


def test_an_exact_name_goes_before_one_in_another_spelling(birds):
    assert place_in(birds, ["Red kite", "red_kite"]).ids == ("k1", "k2")


def test_of_several_concepts_none_is_guessed(birds):
    placed = place_in(birds, ["RED KITE", "crane"])
    assert placed.unplaced == ("RED KITE",)
    assert placed.reasons[0] == ("2 concepts are called 'RED KITE': 'k1', 'k2'; name one by its id")


def test_an_ambiguous_name_is_not_replaced_by_a_word_beside_it(birds):
    assert place_in(birds, ["RED KITE (crane)", "crane"]).concepts.tolist() == [-1, 6]


def test_missing_classes_are_told_with_the_closest_names(birds):
    placed = place_in(birds, ["crane", "Haliaetus leucocephalus", "zzz"])
    assert placed.unplaced == ("Haliaetus leucocephalus", "zzz")
    assert placed.reasons[1].startswith(
        "birds has no such name; the closest are 'Haliaeetus leucocephalus'"
    )
    assert placed.reasons[2] == "birds has no such name"


def test_no_class_at_all_is_an_error_with_examples_of_both(birds):
    with pytest.raises(TaxonomyError) as error:
        place_in(birds, ["dog", "cat"])
    assert "birds, which has 'Haliaeetus leucocephalus'" in str(error.value)
    assert "none of the 2 classes there: 'dog', 'cat'" in str(error.value)


def test_a_virtual_root_is_nobodys_place():
    tree = taxonomy_from_parents("two", ["a", "b"], [0, 0, 0], [])
    assert place_in(tree, ["(root)", "a"]).concepts.tolist() == [-1, 0]


def test_as_many_ids_as_classes_are_needed(birds):
    with pytest.raises(LabelError, match="2 classes, found 1"):
        place_in(birds, ["crane", "g1"], [None])


def test_one_concept_is_found_or_told_why_not(birds):
    assert find_in(birds, "Bald Eagle") == 2
    for text, words in (("red-kite", "'k1', 'k2'"), ("crame", "the closest are 'crane'")):
        with pytest.raises(TaxonomyError, match=words):
            find_in(birds, text)


def test_a_placement_survives_its_dict(birds):
    placed = place_in(birds, ["crane", "emu", "Bald Eagle"])
    again = Placement.from_dict(json.loads(json.dumps(placed.to_dict())), birds)
    assert (again.ids, again.reasons, again.unplaced) == (
        placed.ids,
        placed.reasons,
        placed.unplaced,
    )
    with pytest.raises(LabelError, match="found one in birds; pass that taxonomy"):
        Placement.from_dict(placed.to_dict())


# Downstream of a placement, nothing may take the taxonomy for WordNet


@pytest.fixture(scope="module")
def garden():
    """A tree with glossless concepts, a class at an inner node, and two roots."""
    ids = ("animal", "bird", "robin", "gull", "cat", "plant", "oak", "rose")
    return taxonomy_from_parents("garden", ids, [0, 0, 1, 2, 3, 4, 4, 5, 6], [0, 1, 1, 0, 5, 5])


@pytest.fixture(scope="module")
def analysed(garden):
    labels = ("Robin", "gull", "bird", "cat", "oak", "rose", "stone")
    rng = np.random.default_rng(3)
    counts = rng.integers(0, 9, (7, 7)) + 50 * np.eye(7, dtype=np.int64)
    return analyze(
        ClassifierHead(labels, rng.normal(size=(7, 5)), "fc"),
        placement=place_in(garden, labels),
        confusion=ConfusionMatrix(labels, counts),
        permutations=20,
    )


def test_an_analysis_names_its_taxonomy_and_survives_its_dict(analysed):
    assert analysed.taxonomy == "garden"
    assert analysed.depth.unplaced == ("stone",)
    again = Analysis.from_dict(json.loads(json.dumps(analysed.to_dict())))
    assert again.to_dict() == analysed.to_dict()


def test_stories_tell_of_that_taxonomy(analysed):
    pair = analysed.explain("Robin", "gull")
    assert (pair.subsumer, pair.subsumer_gloss, pair.depth) == ("bird", None, 2)
    assert pair.taxonomy_path == ("robin", "bird", "gull")
    assert analysed.explain("cat", "oak").depth == 0
    assert analysed.explain("bird").gloss is None
    assert analysed.explain("stone").concept is None


def test_everything_can_be_written_and_exported(analysed, tmp_path):
    written = {path.name for path in write_analysis(analysed, tmp_path / "out", formats=["svg"])}
    assert {"analysis.json", "edges.csv", "pairs.csv", "overview.svg", "depths.svg"} <= written
    assert to_networkx(analysed).nodes["Robin"]["concept"] == "robin"
