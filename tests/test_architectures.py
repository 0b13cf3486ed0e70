"""The finder on the tensor tables of torchvision's, timm's and Transformers' models.

scripts/build_architectures.py made the tables from the libraries' own definitions. What the
classifier is was seen by building each model for two numbers of classes; what differs is it.
"""

import json
import lzma
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from semdepth.errors import AmbiguousHead, NoHead
from semdepth.head import StoredTensor, find_head

TABLES = Path(__file__).parent / "data" / "architectures.json.xz"
LIBRARIES = ("torchvision", "timm", "transformers")


@cache
def architectures(library):
    stored = json.loads(lzma.decompress(TABLES.read_bytes()))
    return [entry for entry in stored["architectures"] if entry["library"] == library]


def tensors(entry, n_classes, *, keeps_order, with_head=True):
    """The table as a checkpoint shows it; without order, by name, as safetensors stores it."""
    found = []
    for name, shape in entry["tensors"].items():
        dtype, *shape = shape if isinstance(next(iter(shape), 0), str) else ("float32", *shape)
        if name in entry["classes"]:
            if not with_head:
                continue
            _role, axis, a, b = entry["classes"][name]
            shape[axis] = a * n_classes + b
        found.append(StoredTensor(name, tuple(shape), dtype, lambda: np.zeros(0)))
    return found if keeps_order else sorted(found, key=lambda tensor: tensor.name)


def classifiers(entry):
    """The weights that have a row for each class, and those with several."""
    of_classes = {n: a for n, (role, _, a, _) in entry["classes"].items() if role == "classifier"}
    return [name for name, a in of_classes.items() if a == 1], list(of_classes)


def truth(entry):
    """Whether there is one classifier layer to be found, several, or none."""
    of_one_row, all_of_them = classifiers(entry)
    if not all_of_them:
        return "none"
    return "one" if len(of_one_row) == len(all_of_them) == 1 else "several"


def outcome(entry, stored, **options):
    try:
        found = find_head(stored, **options)
    except (AmbiguousHead, NoHead):
        return "asked"
    is_it = truth(entry) == "one" and [found.tensor.name] == classifiers(entry)[0]
    return "right" if is_it else f"wrong: {entry['name']} {found.tensor.name}: {found.reason}"


def outcomes(library, n_classes, *, told=None, **presented):
    """(truth, outcome) of every architecture of a library, counted."""
    options = {"keeps_order": presented["keeps_order"], "classes": told}
    return Counter(
        (truth(entry), outcome(entry, tensors(entry, n_classes, **presented), **options))
        for entry in architectures(library)
    )


def wrong(counts):
    return [words for kind, words in counts if words.startswith("wrong")]


def test_the_tables_are_of_several_hundred_models_of_every_family():
    counts = {library: len(architectures(library)) for library in LIBRARIES}
    assert counts == {"torchvision": 43, "timm": 341, "transformers": 400}
    assert len({entry["module"] for entry in architectures("timm")}) == 98
    kinds = Counter(truth(entry) for library in LIBRARIES for entry in architectures(library))
    assert kinds == {"one": 661, "several": 29, "none": 94}


# Of the architectures with one classifier, how many are found alone, of how many. It asks about
# the others: FCOS classifies by 3 x 3 convolutions, and XLM and Flaubert call their classifier
# sequence_summary.summary. It asks, too, about each that has several classifiers or none.
ALONE = {
    ("torchvision", 1000): (35, 36),
    ("timm", 1000): (322, 322),
    ("transformers", 1000): (303, 303),
    ("torchvision", 37): (35, 36),
    ("timm", 37): (322, 322),
    ("transformers", 37): (301, 303),
}


@pytest.mark.parametrize("keeps_order", [True, False], ids=["order kept", "sorted by name"])
@pytest.mark.parametrize(("library", "n_classes"), ALONE)
def test_the_classifier_is_found_or_asked_for(library, n_classes, keeps_order):
    counts = outcomes(library, n_classes, keeps_order=keeps_order)
    assert wrong(counts) == []
    right, in_all = ALONE[library, n_classes]
    assert (counts["one", "right"], counts["one", "asked"]) == (right, in_all - right)


@pytest.mark.parametrize("library", LIBRARIES)
def test_told_the_number_of_classes_it_asks_no_more_often(library):
    counts = outcomes(library, 37, told=37, keeps_order=False)
    assert wrong(counts) == []
    assert counts["one", "right"] >= ALONE[library, 37][0]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_network_without_its_classifier_has_none(library):
    counts = outcomes(library, 1000, keeps_order=False, with_head=False)
    assert {words for kind, words in counts} == {"asked"}


@pytest.mark.parametrize("library", LIBRARIES)
def test_of_as_many_classes_as_layers_are_wide_no_other_layer_is_taken(library):
    assert wrong(outcomes(library, 512, keeps_order=True)) == []
