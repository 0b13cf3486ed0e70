"""An analysis that comes back from its files is the one that was written."""

import json

import numpy as np
import pytest

from semdepth import ClassifierHead, analyze, place_in, read_analysis, write_analysis
from semdepth.errors import ReadError


@pytest.fixture(scope="module")
def analysis(lite0_mini, mini):
    return analyze(lite0_mini, placement=mini, title="lite0")


@pytest.fixture
def folder(analysis, tmp_path):
    write_analysis(analysis, tmp_path / "out", figures=False)
    return tmp_path / "out"


def test_similarities_come_back_bit_for_bit(analysis, folder):
    back = read_analysis(folder)
    assert np.array_equal(back.similarity.values, analysis.similarity.values)
    assert back.similarity.labels == analysis.similarity.labels
    assert np.array_equal(back.placement.concepts, analysis.placement.concepts)


def test_stories_are_the_same(analysis, folder):
    back = read_analysis(folder / "analysis.json")
    for names in (("lion", "malamute"), ("lion",)):
        assert back.explain(*names).to_dict() == analysis.explain(*names).to_dict()


def test_without_the_file_all_but_similarities_come_back(analysis, folder):
    (folder / "similarity.npy").unlink()
    back = read_analysis(folder)
    assert back.similarity is None
    assert back.to_dict() == analysis.to_dict()
    with pytest.raises(ReadError, match=r"similarity\.npy"):
        back.explain("lion")


def test_taxonomy_of_ones_own_comes_back_as_far_as_the_classes_need_it(hierarchy, tmp_path):
    tree = hierarchy(
        thing="", animal="thing", pet="animal thing", dog="pet", cat="pet", oak="plant",
        plant="thing", car="thing", lorry="car",
    )  # fmt: skip
    labels = ("dog", "cat", "oak", "unknown")
    head = ClassifierHead(labels, np.random.default_rng(3).normal(size=(4, 8)), "fc")
    made = analyze(head, placement=place_in(tree, labels), permutations=20)
    write_analysis(made, tmp_path / "out", figures=False)
    back = read_analysis(tmp_path / "out")
    kept = back.placement.taxonomy
    assert set(kept.ids) == {"thing", "animal", "pet", "dog", "cat", "oak", "plant"}
    assert back.placement.ids == ("dog", "cat", "oak", None)
    assert back.explain("dog", "oak").to_dict() == made.explain("dog", "oak").to_dict()
    assert back.to_dict() == made.to_dict()


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda cells: cells[:-1], "shape"),
        (lambda cells: cells.astype(np.float32), "float32"),
        (lambda cells: np.where(np.arange(len(cells)) == 7, np.nan, cells), "outside of 0 to 1"),
        (lambda cells: cells[::-1].copy(), "those of another analysis"),
        (lambda cells: cells.astype(object), "Python objects"),
    ],
    ids=["short", "float32", "nan", "another", "pickled"],
)
def test_similarities_that_do_not_belong_are_refused(folder, damage, found):
    path = folder / "similarity.npy"
    np.save(path, damage(np.load(path)), allow_pickle=True)
    with pytest.raises(ReadError, match=found):
        read_analysis(folder)


def test_a_header_that_promises_more_than_the_file_holds_is_refused(folder):
    path = folder / "similarity.npy"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ReadError, match="remove that file"):
        read_analysis(folder)


def test_an_older_analysis_without_a_hierarchy_is_read(analysis, folder):
    path = folder / "analysis.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    del data["hierarchy"]
    path.write_text(json.dumps(data), encoding="utf-8")
    assert np.array_equal(read_analysis(path).placement.concepts, analysis.placement.concepts)
    data["parameters"]["taxonomy"] = "birds"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert read_analysis(path).placement is None
