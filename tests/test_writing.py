"""Results in files and in other libraries' types."""

import csv
import io
import os
import stat

import numpy as np
import pytest

from semdepth import AffinityPropagation, ClassifierHead, analyze, to_networkx, to_pandas
from semdepth.errors import MissingExtra, OptionError, WriteError
from semdepth.writing.folder import write_folder
from semdepth.writing.results import write_analysis
from semdepth.writing.tables import classes_csv, edges_csv

NAMES = ("dog", "cat", "gizmo 3000", "car", "bus", "rose")


@pytest.fixture(scope="module")
def analysis():
    templates = np.random.default_rng(3).normal(size=(len(NAMES), 5))
    return analyze(ClassifierHead(NAMES, templates, "fc"), clusterer=AffinityPropagation())


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_edges_carry_full_precision(analysis):
    found = rows(edges_csv(analysis))
    assert [float(row["similarity"]) for row in found] == analysis.graph.weights.tolist()
    for row in found:
        unplaced = "gizmo 3000" in (row["class_a"], row["class_b"])
        assert (row["depth"] == "") == unplaced
        assert (row["subsumer_name"] == "") == unplaced


def test_clusters_hold_every_class_once(analysis):
    found = rows(classes_csv(analysis))
    assert sorted(row["class"] for row in found) == sorted(NAMES)
    sizes = {row["cluster"]: int(row["cluster_size"]) for row in found}
    assert all(sum(r["cluster"] == c for r in found) == size for c, size in sizes.items())


def test_networkx_graph(analysis):
    graph = to_networkx(analysis)
    assert sorted(graph) == sorted(NAMES)
    assert graph.number_of_edges() == len(analysis.graph.edges)
    assert graph.size(weight="weight") == pytest.approx(analysis.graph.weights.sum())
    assert graph.nodes["dog"]["concept"] == "dog.n.01"
    assert graph.nodes["gizmo 3000"]["concept"] == ""
    depths = [d["depth"] for *_, d in graph.edges(data=True) if "depth" in d]
    assert np.mean(depths) == pytest.approx(analysis.depth.mean)
    assert to_networkx(analysis.graph).number_of_edges() == graph.number_of_edges()


@pytest.mark.parametrize(("table", "length"), [("edges", None), ("classes", 6), ("alike", 15)])
def test_pandas_tables(analysis, table, length):
    frame = to_pandas(analysis, table)
    assert len(frame) == (len(analysis.graph.edges) if length is None else length)
    assert len(frame.columns) >= 7


def test_pandas_table_that_does_not_exist(analysis):
    with pytest.raises(OptionError, match="edges, classes, alike"):
        to_pandas(analysis, "nodes")


@pytest.mark.parametrize(("library", "call"), [("networkx", to_networkx), ("pandas", to_pandas)])
def test_missing_libraries(analysis, monkeypatch, library, call):
    monkeypatch.setitem(__import__("sys").modules, library, None)
    with pytest.raises(MissingExtra, match=rf'pip install "semdepth\[{library}\]"'):
        call(analysis)


def owned(_folder):
    return True


def foreign(_folder):
    return False


def test_a_folder_appears_whole(tmp_path):
    folder = tmp_path / "new" / "out"
    paths = write_folder(folder, [("a.txt", b"1"), ("deep/b.txt", b"2")], owns=foreign)
    assert [path.read_bytes() for path in paths] == [b"1", b"2"]
    assert sorted(p.name for p in folder.parent.iterdir()) == ["out"]
    assert stat.S_IMODE(os.stat(folder).st_mode) & 0o500 == 0o500


def test_an_interruption_leaves_nothing(tmp_path):
    def files():
        yield "a.txt", b"1"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path / "out", files(), owns=foreign)
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_leaves_the_earlier_result(tmp_path):
    folder = tmp_path / "out"
    write_folder(folder, [("a.txt", b"1"), ("deep/b.txt", b"2")], owns=foreign)

    def files():
        yield "a.txt", b"changed"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_folder(folder, files(), owns=owned)
    assert (folder / "a.txt").read_bytes() == b"1"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]


def test_an_earlier_folder_inside_is_replaced_not_mixed(tmp_path):
    folder = tmp_path / "out"
    write_folder(folder, [("deep/old.txt", b"1")], owns=foreign)
    write_folder(folder, [("deep/new.txt", b"2")], owns=owned, entries=["deep", "gone"])
    assert [path.name for path in (folder / "deep").iterdir()] == ["new.txt"]


def test_what_the_new_result_lacks_goes_with_the_old_one(tmp_path):
    folder = tmp_path / "out"
    write_folder(folder, [("a.txt", b"1"), ("deep/b.txt", b"1")], owns=foreign)
    (folder / "notes.md").write_text("mine")
    write_folder(folder, [("a.txt", b"2")], owns=owned, entries=["a.txt", "deep"])
    assert sorted(path.name for path in folder.iterdir()) == ["a.txt", "notes.md"]


def test_other_peoples_files_beside_ours_stay(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "notes.md").write_text("mine")
    write_folder(folder, [("a.txt", b"1")], owns=foreign)
    assert (folder / "notes.md").read_text() == "mine"


@pytest.mark.parametrize("inside", [False, True])
def test_an_input_in_the_way_is_an_error(tmp_path, inside):
    folder = tmp_path / "out"
    write_folder(folder, [("deep/a.txt", b"1"), ("b.txt", b"1")], owns=foreign)
    source = folder / ("deep/a.txt" if inside else "b.txt")
    name = "deep/c.txt" if inside else "b.txt"
    entries = ["deep", "b.txt"]
    with pytest.raises(WriteError, match="overwrite an input"):
        write_folder(folder, [(name, b"2")], owns=owned, entries=entries, inputs=[source])
    assert source.read_bytes() == b"1"


def test_unknown_figure_format(analysis, tmp_path):
    with pytest.raises(OptionError, match="png, svg"):
        write_analysis(analysis, tmp_path / "out", formats=["gif"])
