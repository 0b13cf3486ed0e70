"""The known lists of classes: complete, from their named sources, with concepts that exist."""

import csv
import re
from importlib.resources import files

import numpy as np
import pytest

from semdepth import read_head
from semdepth.errors import LabelError
from semdepth.labels import (
    LABEL_SETS,
    KnownClass,
    KnownList,
    LabelSet,
    known_list,
    label_set,
    label_set_of_names,
    label_set_of_outputs,
    label_set_of_these_names,
    name_of_list,
)
from semdepth.labels.known_lists import lists_of_size
from semdepth.wordnet import concept_named, wordnet_nouns

FOLDER = files("semdepth") / "data" / "labels"

# What the publications of the data sets say.
SIZES = {
    "ade20k": 150,
    "caltech-101": 101,
    "caltech-256": 256 + 1,  # and clutter
    "coco-80": 80,
    "cub-200": 200,
    "dtd": 47,
    "eurosat": 10,
    "fashion-mnist": 10,
    "flowers-102": 102,
    "food-101": 101,
    "imagenet-a": 200,
    "imagenet-r": 200,
    "imagenette": 10,
    "imagewoof": 10,
    "inaturalist-2017": 5_089,
    "inaturalist-2018": 8_142,
    "inaturalist-birds": 964 + 1,  # and background
    "lvis": 1_203,
    "mnist": 10,
    "oxford-pets": 37,
    "pascal-voc": 20,
    "places365": 365,
    "stanford-cars": 196,
    "stanford-dogs": 120,
    "sun397": 397,
}

# Positions that the data sets' own papers, tools and models agree on.
PLACES = {
    "ade20k": {0: "wall", 12: "person", 149: "flag"},
    "caltech-101": {0: "Faces", 3: "Motorbikes", 4: "accordion", 100: "yin_yang"},
    # The folders 001.ak47, 041.coffee-mug, 127.laptop-101, 238.video-projector.
    "caltech-256": {0: "ak47", 40: "coffee-mug", 126: "laptop-101", 237: "video-projector"},
    "coco-80": {0: "person", 11: "stop sign", 16: "dog", 79: "toothbrush"},
    "cub-200": {0: "Black_footed_Albatross", 199: "Common_Yellowthroat"},
    "fashion-mnist": {0: "T-shirt/top", 9: "Ankle boot"},
    "flowers-102": {0: "pink primrose", 101: "blackberry lily"},
    "food-101": {0: "apple_pie", 100: "waffles"},
    "inaturalist-birds": {964: "background"},
    "lvis": {0: "aerosol_can", 1_202: "zucchini"},
    "mnist": {7: "7 - seven"},
    "oxford-pets": {0: "Abyssinian", 36: "yorkshire_terrier"},
    "pascal-voc": {0: "aeroplane", 14: "person", 19: "tvmonitor"},
    "places365": {0: "airfield", 364: "zen_garden"},
    "stanford-cars": {0: "AM General Hummer SUV 2000", 195: "smart fortwo Convertible 2012"},
    "stanford-dogs": {0: "Chihuahua", 119: "African_hunting_dog"},
    "sun397": {0: "abbey", 396: "youth_hostel"},
}

# Senses that the other classes of the list decide, and that a dictionary's first sense misses.
SENSES = {
    "ade20k": {"tank": "tank.n.02", "case": "case.n.20", "plant": "plant.n.02"},
    "caltech-101": {"bass": "bass.n.08", "crab": "crab.n.01", "pyramid": "pyramid.n.03"},
    "caltech-256": {"bat": "bat.n.01", "iris": "iris.n.01", "mars": "mars.n.01"},
    "cifar-100": {"mouse": "mouse.n.01", "ray": "ray.n.07", "seal": "seal.n.09"},
    "coco-80": {"mouse": "mouse.n.04", "orange": "orange.n.01", "kite": "kite.n.03"},
    "cub-200": {"Cardinal": "cardinal.n.04", "Geococcyx": "roadrunner.n.01"},
    "food-101": {"mussels": "mussel.n.01", "hot_dog": "hotdog.n.02", "tacos": "taco.n.02"},
    "oxford-pets": {"boxer": "boxer.n.04", "chihuahua": "chihuahua.n.03"},
    "places365": {"bar": "barroom.n.01", "runway": "runway.n.04", "embassy": "embassy.n.01"},
}


def lines_of(name):
    return (FOLDER / f"{name}.tsv").read_text(encoding="utf-8").removesuffix("\n").split("\n")


# The lists


@pytest.mark.parametrize("name", SIZES)
def test_a_list_is_complete(name):
    assert len(known_list(name)) == SIZES[name]


@pytest.mark.parametrize("name", PLACES)
def test_a_list_stands_in_its_order(name):
    labels = label_set(name).labels
    assert {place: labels[place] for place in PLACES[name]} == PLACES[name]


def test_every_file_is_a_list_and_every_list_is_in_the_index():
    stems = {path.name.removesuffix(".tsv") for path in FOLDER.iterdir() if ".tsv" in path.name}
    assert tuple(sorted(stems)) == LABEL_SETS
    assert {name for size in range(1, 25_000) for name in lists_of_size(size)} == stems


@pytest.mark.parametrize("name", LABEL_SETS)
def test_a_list_says_where_it_is_from(name):
    known = known_list(name)
    assert lists_of_size(len(known)).count(name) == 1
    assert all((known.title, known.order, known.concepts))
    package = r"[\w-]+ [\w.]+ \([^)]+\), \S+\.(py|txt|json)"
    public = r"github\.com/\S+/\S+ \([^)]+\), \S+"
    assert re.fullmatch(f"({package})|({public})", known.source)
    file = r"sha256 of the file: [0-9a-f]{64}"
    commit = r"git commit [0-9a-f]{40}; sha256 of the names, one a line: [0-9a-f]{64}"
    assert re.fullmatch(commit if known.source.startswith("github") else file, known.checksum)
    assert all(re.fullmatch(package, source) for source in known.checked_with)


@pytest.mark.parametrize("name", LABEL_SETS)
def test_a_lists_lines_are_in_the_one_format(name):
    rows = [line.split("\t") for line in lines_of(name)]
    assert all(1 <= len(row) <= 4 and row[-1] == row[-1].strip() != "" for row in rows)
    assert len({bool(row[0]) for row in rows}) == 1
    assert all(row[0] == row[0].strip() for row in rows)
    nouns = wordnet_nouns()
    for row in rows:
        _, concept_id, relation, _ = [*row, "", "", ""][:4]
        assert concept_id == "" or concept_id in nouns
        assert relation in ("", "broader")
        assert concept_id or not relation


@pytest.mark.parametrize("name", SENSES)
def test_senses_are_those_of_the_list(name):
    nouns = wordnet_nouns()
    classes = {known.name: known for known in known_list(name).classes}
    for label, synset in SENSES[name].items():
        assert nouns.ids[concept_named(synset)] == classes[label].id, label
        assert classes[label].relation == "exact"


def test_a_class_without_its_concept_says_so():
    classes = {known.name: known for known in known_list("food-101").classes}
    dish = wordnet_nouns().ids[concept_named("dish.n.02")]
    assert classes["bibimbap"] == KnownClass("bibimbap", dish, "broader", "")
    clutter = known_list("caltech-256").classes[-1]
    assert (clutter.id, clutter.relation) == (None, "")
    assert "background" in clutter.note


@pytest.mark.parametrize("name", ["places365", "sun397"])
def test_a_scene_with_a_qualifier_is_narrower_than_its_place(name):
    exact = {k.name for k in known_list(name).classes if "/" in k.name and k.relation == "exact"}
    # Those that name a place of their own.
    assert exact <= {
        "bakery/shop",
        "car_interior/backseat",
        "stadium/baseball",
        "stadium/football",
        "underwater/coral_reef",
    }


def test_cars_have_the_body_style_in_their_name():
    nouns = wordnet_nouns()
    styles = {
        "Sedan": "sedan.n.01",
        "Coupe": "coupe.n.01",
        "SUV": "sport_utility.n.01",
        "Minivan": "minivan.n.01",
        "Hatchback": "hatchback.n.01",
        "Convertible": "convertible.n.01",
    }
    for car in known_list("stanford-cars").classes:
        style = styles.get(car.name.split()[-2])
        assert car.relation == "broader"
        assert style is None or nouns.names[nouns.index(car.id)] == style


def test_dogs_and_species_carry_what_their_names_say():
    imagenet = label_set("imagenet-1k")
    dogs = label_set("stanford-dogs")
    assert list(dogs.ids) == sorted(set(dogs.ids) & set(imagenet.ids))
    nouns = wordnet_nouns()
    birds = {known.name: known.id for known in known_list("inaturalist-birds").classes}
    robin = birds["Turdus migratorius (American Robin)"]
    assert nouns.names[nouns.index(robin)] == "robin.n.02"
    assert birds["background"] is None


def test_imagenets_parts_are_parts():
    whole = set(label_set("imagenet-1k").ids)
    for part in ("imagenet-a", "imagenet-r", "imagenette", "imagewoof", "mini-imagenet"):
        assert set(label_set(part).ids) <= whole
    assert not set(label_set("imagenette").ids) & set(label_set("imagewoof").ids)


# Names of lists


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("coco", "coco-80"),
        ("COCO_80", "coco-80"),
        ("CIFAR100", "cifar-100"),
        ("ImageNet", "imagenet-1k"),
        ("imagenet 21k p", "imagenet-21k-p"),
        ("oxford-iiit-pet", "oxford-pets"),
        ("VOC2012", "pascal-voc"),
        ("tiny-imagenet", "tiny-imagenet-200"),
    ],
)
def test_a_list_is_found_by_other_spellings(text, name):
    assert name_of_list(text) == name
    assert label_set(text) is label_set(name)
    assert known_list(text).name == name


@pytest.mark.parametrize("text", ["", "imagenet-2k", "caltech", "coco-81"])
def test_other_names_are_an_error(text):
    with pytest.raises(LabelError, match=re.escape(f"or a file, found {text!r}")):
        known_list(text)


# Recognising a list by its names


@pytest.mark.parametrize("name", LABEL_SETS)
def test_a_list_is_recognised_by_its_names(name):
    known = label_set(name)
    found = label_set_of_these_names(known.labels)
    assert (found.labels, found.ids, found.source) == (known.labels, known.ids, known.source)


@pytest.mark.parametrize(
    "spelling",
    [
        str.upper,
        lambda label: label.replace(" ", "_"),
        lambda label: label.replace(" ", "-").title(),
        lambda label: label.replace(" ", ""),
    ],
)
def test_spelling_and_order_do_not_matter(spelling):
    known = label_set("coco-80")
    names = tuple(map(spelling, reversed(known.labels)))
    found = label_set_of_these_names(names)
    assert found == LabelSet(names, known.ids[::-1], "label set coco-80")


@pytest.mark.parametrize("folder", ["{number:03d}.{name}", "{number} - {name}", "{name}"])
def test_folders_may_number_the_classes(folder):
    labels = label_set("caltech-256").labels
    names = [folder.format(number=i, name=label) for i, label in enumerate(labels, start=1)]
    assert label_set_of_these_names(names).ids == label_set("caltech-256").ids


def test_folders_that_carry_ids_are_concepts():
    dogs = label_set("stanford-dogs")
    names = [f"{i}-{label}" for i, label in zip(dogs.ids, dogs.labels, strict=True)]
    assert label_set_of_these_names(names) is None


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("airplane", "bird"),
        label_set("coco-80").labels[:-1],
        (*label_set("coco-80").labels[:-1], "toothpick"),
        (*label_set("coco-80").labels[:-1], "person"),
        tuple(map(str, range(10))),
        tuple(f"class {i}" for i in range(10)),
    ],
)
def test_other_names_are_not_recognised(names):
    assert label_set_of_these_names(names) is None


def test_names_in_a_file_get_the_ids_of_the_list_that_has_them():
    known = label_set("pascal-voc")
    found = label_set_of_names(known.labels, "voc.names")
    assert found == LabelSet(known.labels, known.ids, "voc.names (label set pascal-voc)")


# Values


def test_a_list_comes_back_from_its_dictionary():
    known = known_list("eurosat")
    assert KnownList.from_dict(known.to_dict()) == known
    assert repr(known) == "KnownList(eurosat: 10 classes, 10 with a concept)"
    assert repr(known.classes[1]) == f"KnownClass('Forest': exact {known.classes[1].id})"
    assert known._repr_html_() == f"<code>{known!r}</code>"


def test_classes_that_share_an_id_are_found_by_name():
    cars = label_set("stanford-cars")
    wanted = cars.take([5, 2])
    assert cars.positions(wanted) == [5, 2]


# CIFAR-100's superclasses


def test_cifar_100_has_twenty_superclasses_of_five():
    table = files("semdepth") / "data" / "taxonomies" / "cifar-100.csv"
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    above = {row["child"]: row["parent"] for row in rows}
    assert len(rows) == len(above) == 20 + 100
    superclasses = [child for child, parent in above.items() if parent == "CIFAR-100"]
    members = {s: [child for child in above if above[child] == s] for s in superclasses}
    assert sorted(map(len, members.values())) == [5] * 20
    assert {c for s in members.values() for c in s} == set(label_set("cifar-100").labels)
    assert members["vehicles 2"] == ["lawn_mower", "rocket", "streetcar", "tank", "tractor"]
    assert members["aquatic mammals"] == ["beaver", "dolphin", "otter", "seal", "whale"]


# A row before the classes


@pytest.mark.parametrize("first", ["background", "Dummy", "???"])
def test_tensorflows_row_before_imagenets_classes_is_left_out(first):
    found = label_set_of_outputs([first, *label_set("imagenet-1k").ids], "a file")
    assert found.ids == label_set("imagenet-1k").ids


def test_the_background_of_a_segmentation_is_a_class():
    names = ("background", *label_set("pascal-voc").labels)
    assert label_set_of_outputs(names, "a file").labels == names


def test_what_is_no_name_is_left_out_everywhere():
    assert label_set_of_outputs(["???", "cat", "dog"], "a file").labels == ("cat", "dog")


def test_a_thousand_other_classes_behind_a_background_stay_as_they_are():
    names = ["background", *(f"part {i}" for i in range(1000))]
    assert label_set_of_outputs(names, "a file").labels == tuple(names)


def test_a_labels_file_with_a_background_fits_a_layer_with_that_row(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("\n".join(["background", *label_set("imagenet-1k").ids]))
    np.savez(tmp_path / "head.npz", weight=np.random.default_rng(0).normal(size=(1001, 4)))
    head = read_head(tmp_path / "head.npz", labels=path)
    assert head.ids == label_set("imagenet-1k").ids
    assert np.array_equal(head.templates, np.load(tmp_path / "head.npz")["weight"][1:])
