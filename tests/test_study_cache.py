"""Results kept by content: what makes a key, what comes back, what a damaged entry is."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semdepth.errors import WriteError
from semdepth.head import ClassifierHead
from semdepth.study import cache as module
from semdepth.study.cache import ResultCache, content_key, default_folder, head_parts

KEY = "a1" * 32
OTHER = "b2" * 32


@pytest.fixture
def kept(tmp_path):
    return ResultCache(tmp_path / "results")


def entry_files(cache):
    return [path for path in cache.folder.rglob("*") if path.is_file()]


def test_what_is_put_comes_back(kept):
    arrays = {
        "weights": np.array([0.1, np.nan, -np.inf]),
        "assignment": np.arange(6, dtype=np.int16).reshape(2, 3),
        "file": np.array(3),
        "none": np.zeros((0, 4), np.float32),
    }
    document = {"title": "größer", "depth": 0.1 + 0.2, "none": None, "list": [1, [2]]}
    assert kept.put(KEY, document, arrays)
    found, back = kept.get(KEY)
    assert found == document
    assert list(back) == list(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        assert np.array_equal(back[name], array, equal_nan=array.dtype.kind == "f")


def test_an_entry_is_one_file_and_little_more_than_its_arrays(kept):
    assert kept.size() == (0, 0)
    kept.put(KEY, {"depth": 6.5}, {"row": np.zeros(1000)})
    (path,) = entry_files(kept)
    count, size = kept.size()
    assert (count, size) == (1, path.stat().st_size)
    assert 8_000 < size < 8_000 + 1_000


def test_absent_without_a_folder(kept):
    assert kept.get(KEY) is None
    assert kept.clear() == 0


def test_a_later_result_replaces_an_earlier_one(kept):
    kept.put(KEY, {"depth": 1})
    kept.put(KEY, {"depth": 2})
    assert kept.get(KEY) == ({"depth": 2}, {})
    assert kept.size()[0] == 1


def test_every_damage_counts_as_absent_and_is_replaced(kept):
    kept.put(KEY, {"depth": 6.5}, {"row": np.arange(4)})
    (path,) = entry_files(kept)
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert kept.get(KEY) is None, at
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert kept.get(KEY) is None, length
    assert kept.put(KEY, {"depth": 6.5}, {"row": np.arange(4)})
    assert path.read_bytes() == whole
    assert kept.get(KEY)[0] == {"depth": 6.5}


def test_nothing_in_an_entry_is_unpickled(kept, tmp_path):
    """An entry with a right digest, made by somebody else: an array of objects is no array."""
    import io

    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "ran",)

    stream = io.BytesIO()
    np.savez(stream, **{"document.json": np.array([Trap()], dtype=object)})
    packed = stream.getvalue()
    place = kept.folder / KEY[:2] / f"{KEY}.result"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"semdepth result 1 " + module._digest(packed) + b"\n" + packed)
    assert kept.get(KEY) is None
    assert not (tmp_path / "ran").exists()


def test_clear_removes_entries_and_nothing_else(kept):
    kept.put(KEY, {})
    kept.put(OTHER, {}, {"row": np.arange(3)})
    own = kept.folder / "thesis.result"
    own.write_text("mine")
    beside = kept.folder / "a1" / "notes.txt"
    beside.write_text("mine too")
    killed = kept.folder / "b2" / f".{OTHER}-x7f3.part"
    killed.write_bytes(b"half")
    assert kept.clear() == 2
    assert sorted(entry_files(kept)) == sorted([own, beside])
    assert not (kept.folder / "b2").exists()


def test_a_folder_that_cannot_be_written_is_told_early_and_costs_entries_only(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = ResultCache(tmp_path / "file" / "results")
    with pytest.raises(WriteError, match=r"expected a folder .*--cache DIR.*--no-cache"):
        cache.prepare()
    assert cache.put(KEY, {}) is False


def test_a_failed_write_leaves_nothing_half_written(kept, monkeypatch):
    kept.put(KEY, {"depth": 1})

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    assert kept.put(KEY, {"depth": 2}) is False
    assert kept.get(KEY) == ({"depth": 1}, {})
    assert len(entry_files(kept)) == 1


def test_processes_may_write_the_same_key_at_once(kept):
    """Each reads after every write of its own, whoever was the last: never half an entry."""
    code = f"""
import numpy as np
from pathlib import Path
from semdepth.study.cache import ResultCache
cache = ResultCache(Path({str(kept.folder)!r}))
for i in range(60):
    assert cache.put({KEY!r}, {{"depth": 7}}, {{"row": np.arange(5000)}})
    document, arrays = cache.get({KEY!r})
    assert document == {{"depth": 7}} and arrays["row"].sum() == 12497500
"""
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    assert kept.size()[0] == len(entry_files(kept)) == 1


def test_a_key_is_64_hexadecimal_digits_and_always_the_same():
    head = np.arange(6.0).reshape(2, 3)
    key = content_key("score", {"b": 1, "a": [2.5, None]}, [head, "cat", b"x", None])
    assert len(key) == 64
    assert set(key) <= set("0123456789abcdef")
    again = content_key("score", {"a": [2.5, None], "b": 1}, [head.copy(), "cat", b"x", None])
    assert again == key
    # Another process comes to the same key: nothing in it hangs on Python's own hashes.
    code = """
import numpy as np
from semdepth.study.cache import content_key
head = np.arange(6.0).reshape(2, 3)
print(content_key("score", {"b": 1, "a": [2.5, None]}, [head, "cat", b"x", None]))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == key


BASE = ("score", {"seed": 42}, (np.arange(6.0), "cat", None))


@pytest.mark.parametrize(
    "other",
    [
        ("track", {"seed": 42}, (np.arange(6.0), "cat", None)),
        ("score", {"seed": 43}, (np.arange(6.0), "cat", None)),
        ("score", {}, (np.arange(6.0), "cat", None)),
        ("score", {"seed": 42}, (np.arange(6.0).reshape(2, 3), "cat", None)),
        ("score", {"seed": 42}, (np.arange(6.0).astype(np.float32), "cat", None)),
        ("score", {"seed": 42}, (np.arange(6.0).view(np.int64), "cat", None)),
        ("score", {"seed": 42}, (np.nextafter(np.arange(6.0), 9), "cat", None)),
        ("score", {"seed": 42}, (np.arange(6.0), b"cat", None)),
        ("score", {"seed": 42}, (np.arange(6.0), "cat", "")),
        ("score", {"seed": 42}, (np.arange(6.0), "cat")),
        ("score", {"seed": 42}, ("cat", np.arange(6.0), None)),
    ],
    ids=str,
)
def test_whatever_differs_makes_another_key(other):
    assert content_key(*other) != content_key(*BASE)


@given(st.lists(st.text()), st.lists(st.text()))
def test_parts_do_not_run_into_each_other(first, second):
    same = content_key("k", {}, first) == content_key("k", {}, second)
    assert same == (first == second)


def test_the_layout_in_memory_does_not_count():
    rows = np.arange(12.0).reshape(3, 4)
    assert content_key("k", {}, [np.asfortranarray(rows)]) == content_key("k", {}, [rows])
    assert content_key("k", {}, [rows[:, ::2]]) == content_key("k", {}, [rows[:, ::2].copy()])
    assert content_key("k", {}, [rows.T]) != content_key("k", {}, [rows])


def test_objects_make_no_key():
    with pytest.raises(TypeError, match="object"):
        content_key("k", {}, [np.array([{}], dtype=object)])


def test_another_version_computes_anew(monkeypatch):
    before = content_key(*BASE)
    monkeypatch.setattr(module, "_own_version", lambda: "another")
    assert content_key(*BASE) != before


def test_a_head_counts_with_all_it_is_made_of_but_its_origin():
    def key(labels=("cat", "dog"), bias=None, ids=None, tensor="fc", scale=1.0, names_from=""):
        templates = scale * np.eye(2, dtype=np.float32)
        head = ClassifierHead(labels, templates, tensor, bias, ids, names_from)
        return content_key("score", {}, head_parts(head))

    assert key() == key(names_from="elsewhere")
    others = [
        key(labels=("dog", "cat")),
        key(bias=np.zeros(2, np.float32)),
        key(ids=("n1", "n2")),
        key(tensor="head"),
        key(scale=2.0),
    ]
    assert len({key(), *others}) == 6


def test_where_results_are_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("SEMDEPTH_CACHE", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("SEMDEPTH_CACHE")
    monkeypatch.setattr(Path, "home", lambda: Path("/home/me"))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/caches")
    assert default_folder() == Path("/var/caches/semdepth")
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert default_folder() == Path("/home/me/.cache/semdepth")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_folder() == Path("/home/me/.cache/semdepth")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert default_folder() == Path("/home/me/Library/Caches/semdepth")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/C/Local")
    assert default_folder() == Path("/C/Local/semdepth/Cache")
