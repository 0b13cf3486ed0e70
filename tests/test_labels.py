"""Known label sets, and where class names are placed in WordNet."""

import pytest

from semdepth.errors import LabelError, TaxonomyError
from semdepth.labels import (
    LABEL_SETS,
    LabelSet,
    label_set,
    label_set_of_names,
    label_set_of_size,
    names_of_concepts,
    place,
)

SIZES = {
    "cifar-10": 10,
    "cifar-100": 100,
    "imagenet-1k": 1_000,
    "imagenet-12k": 11_821,
    "imagenet-21k": 21_843,
    "imagenet-21k-p": 11_221,
    "imagenet-22k": 21_841,
    "mini-imagenet": 100,
    "tiny-imagenet-200": 200,
}


# Known sets


def test_these_are_among_the_known_sets():
    assert set(SIZES) <= set(LABEL_SETS)


@pytest.mark.parametrize("name", SIZES)
def test_a_known_set_has_its_size_and_every_class_a_name_and_a_concept_of_its_own(name):
    known = label_set(name)
    assert len(known) == len(known.labels) == len(known.ids) == SIZES[name]
    assert len(set(known.labels)) == len(set(known.ids)) == SIZES[name]
    placed = place(known.labels, known.ids)
    assert placed.ids == known.ids
    assert placed.unplaced == placed.uncertain == ()
    assert known.source == f"label set {name}"


def test_known_sets_stand_in_the_order_of_the_output_neurons(golden):
    assert label_set("imagenet-1k").labels[:2] == ("tench", "goldfish")
    assert label_set("imagenet-1k").ids == tuple(golden("wordnet_imagenet1k")["wnids"])
    assert label_set("mini-imagenet").ids == tuple(golden("wordnet_mini100")["wnids"])
    assert label_set("cifar-10").labels[-2:] == ("ship", "truck")


def test_mini_imagenet_is_part_of_imagenet():
    whole, mini = label_set("imagenet-1k"), label_set("mini-imagenet")
    positions = whole.positions(mini)
    assert whole.take(positions).ids == mini.ids


def test_cifar_100_means_the_animal_by_skunk():
    known = label_set("cifar-100")
    placed = place(known.labels, known.ids)
    skunk = placed.concepts[known.labels.index("skunk")]
    assert placed.taxonomy.names[skunk] == "skunk.n.04"


@pytest.mark.parametrize("name", ["imagenet-1k", "imagenet-12k", "imagenet-21k", "imagenet-22k"])
def test_imagenets_sizes_give_it_away(name):
    assert label_set_of_size(SIZES[name]) is label_set(name)


@pytest.mark.parametrize("size", [2, 10, 100, 200, 999, 1001])
def test_other_sizes_give_nothing_away(size):
    assert label_set_of_size(size) is None


def test_an_unknown_set_is_an_error_that_names_those_nearest():
    message = r"expected a known label set \(imagenet-2.*\) or a file, found 'imagenet-2k'"
    with pytest.raises(LabelError, match=message):
        label_set("imagenet-2k")


# A set of labels


def test_a_class_named_twice_is_an_error_that_says_where():
    message = r"found 'cat' at 0 and 2 \(counting from 0\) in names.txt"
    with pytest.raises(LabelError, match=message):
        LabelSet(("cat", "dog", "cat"), (None,) * 3, "names.txt")


def test_each_name_needs_an_id_or_none():
    message = r"expected an id \(or None\) for each of 2 class names, found 1 ids"
    with pytest.raises(LabelError, match=message):
        LabelSet(("cat", "dog"), (None,), "here")


def test_classes_are_found_by_id_before_name():
    have = LabelSet(("dog", "cat", "car"), ("n02084071", None, None), "here")
    wanted = LabelSet(("car", "hound", "cat"), (None, "n02084071", None), "there")
    assert have.positions(wanted) == [2, 0, 1]
    assert have.take([2, 0]).labels == ("car", "dog")
    assert have.take([2, 0]).ids == (None, "n02084071")


def test_classes_that_are_not_there_are_an_error_that_names_them():
    have = LabelSet(("dog", "cat"), (None, None), "model.pth")
    message = "expected classes among the 2 of model.pth, found 1 that are not: zebra"
    with pytest.raises(LabelError, match=message):
        have.positions(LabelSet(("cat", "zebra"), (None, None), "there"))


def test_repr_is_short():
    assert (
        repr(label_set("cifar-10"))
        == "LabelSet(10 classes: 'airplane' ... from label set cifar-10)"
    )


def test_names_that_are_ids_become_words():
    found = label_set_of_names(["n02084071", "n02012849", "n03126707"], "a file")
    assert found.labels == ("dog", "crane (crane.n.05)", "crane (crane.n.04)")
    assert found.ids == ("n02084071", "n02012849", "n03126707")
    mixed = label_set_of_names(["n02084071", "dog"], "a file")
    assert (mixed.labels, mixed.ids) == (("n02084071", "dog"), (None, None))


def test_an_unknown_id_has_no_name():
    with pytest.raises(TaxonomyError, match="found 'n00000001'"):
        names_of_concepts(["n02084071", "n00000001"])


# Placement


@pytest.mark.parametrize(
    ("label", "name", "reason"),
    [
        ("n02012849", "crane.n.05", "id in its name"),
        ("n02012849-crane", "crane.n.05", "id in its name"),
        ("n02012849_crane", "crane.n.05", "id in its name"),
        ("n02012849: crane", "crane.n.05", "id in its name"),
        ("crane.n.04", "crane.n.04", "synset name"),
        ("Maltese dog", "maltese_dog.n.01", "only sense"),
        ("Maltese_dog", "maltese_dog.n.01", "only sense"),
        ("Maltese-dog", "maltese_dog.n.01", "only sense"),
        ("ping-pong ball", "ping-pong_ball.n.01", "only sense"),
        ("maillot, tank suit", "maillot.n.01", "sense shared by its synonyms"),
        ("tench, Tinca tinca", "tench.n.01", "sense shared by its synonyms"),
        ("crane", "crane.n.04", "likeliest of 5 senses"),
    ],
)
def test_a_name_is_placed_by_these_rules(label, name, reason):
    placed = place([label])
    assert placed.taxonomy.names[placed.concepts[0]] == name
    assert placed.reasons == (reason,)
    assert placed.uncertain == ((label,) if reason.startswith("likeliest") else ())


@pytest.mark.parametrize("label", ["gizmo 3000", "", "n0201284", "dog.n.99", ","])
def test_what_wordnet_does_not_have_stays_unplaced(label):
    placed = place(["dog", label])
    assert placed.unplaced == (label,)
    assert placed.concepts[1] == -1
    assert placed.ids == ("n02084071", None)
    assert placed.reasons[1] == "WordNet has no such noun"
    assert repr(placed) == "Placement(2 classes, 1 unplaced, in WordNet 3.0)"


def test_given_ids_go_before_names():
    placed = place(["dog", "cat"], ["n02012849", None])
    assert [placed.taxonomy.names[c] for c in placed.concepts] == ["crane.n.05", "cat.n.01"]
    assert placed.reasons[0] == "id given"


@pytest.mark.parametrize("arguments", [(["dog"], ["n00000001"]), (["n00000001-dog"],)])
def test_an_id_that_wordnet_does_not_have_is_an_error_that_names_it(arguments):
    message = "expected an id of WordNet 3.0 such as 'n00001740', found 'n00000001'"
    with pytest.raises(TaxonomyError, match=message):
        place(*arguments)


def test_another_number_of_ids_than_names_is_an_error():
    with pytest.raises(LabelError, match=r"2 .*found 1"):
        place(["dog", "cat"], ["n02084071"])


@pytest.mark.parametrize("spelling", [str, str.upper, lambda name: name.replace("_", " ")])
@pytest.mark.parametrize("name", ["cifar-10", "cifar-100"])
def test_cifars_names_are_recognised_as_a_whole(name, spelling):
    known = label_set(name)
    placed = place([spelling(label) for label in known.labels])
    assert placed.ids == known.ids
    assert placed.uncertain == ()


def test_a_placement_cannot_be_changed():
    placed = place(["dog", "cat"])
    with pytest.raises(ValueError, match="read-only"):
        placed.concepts[0] = 3
    with pytest.raises(AttributeError):
        placed.labels = ()
    with pytest.raises(AttributeError):
        label_set("cifar-10").labels = ()
