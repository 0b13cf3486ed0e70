"""Word vectors as a semantic similarity: both text formats, names as people write them."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semdepth.errors import LabelError, ReadError, SemdepthError
from semdepth.reading.word_vectors import read_word_vectors

VECTORS = {
    "dog": [0.9, 0.1, 0.2],
    "cat": [0.8, 0.3, -1e-3],
    "traffic_light": [0.0, 1.0, 0.5],
    "fire": [1.0, 1.0, 0.0],
    "truck": [0.0, 0.5, 2.0],
    ". . .": [1, 2, 3],
    "Löwe": [0.7, 0.0, 0.1],
}


def text(vectors, header=""):
    lines = [f"{word} {' '.join(map(str, numbers))}" for word, numbers in vectors.items()]
    return header + "\n".join(lines) + "\n"


def cosine(a, b):
    return np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b)


def due(vectors):
    values = np.array([[cosine(a, b) for b in vectors] for a in vectors])
    values = (values - values.min()) / (values.max() - values.min())
    np.fill_diagonal(values, 1)
    return values


@pytest.mark.parametrize("header", ["", "7 3\n"], ids=["GloVe", "word2vec"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_cosines_of_the_names_vectors(tmp_path, header, packed):
    path = tmp_path / "vectors.txt"
    data = text(VECTORS, header).encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    found = read_word_vectors(path, ["cat", "dog", "Löwe"])
    assert (found.kind, found.labels) == ("semantic", ("cat", "dog", "Löwe"))
    assert found.values == pytest.approx(due([VECTORS[w] for w in ("cat", "dog", "Löwe")]))


@pytest.mark.parametrize(
    ("label", "vector"),
    [
        ("Dog", VECTORS["dog"]),
        ("traffic light", VECTORS["traffic_light"]),
        ("Traffic-Light", VECTORS["traffic_light"]),
        ("fire truck", (np.array(VECTORS["fire"]) + VECTORS["truck"]) / 2),
        ("hound, dog", VECTORS["dog"]),
        (". . .", VECTORS[". . ."]),
    ],
)
def test_names_are_found_as_people_write_them(tmp_path, label, vector):
    path = tmp_path / "vectors.txt"
    path.write_text(text(VECTORS), encoding="utf-8")
    found = read_word_vectors(path, [label, "cat", "truck"])
    assert found.values == pytest.approx(due([vector, VECTORS["cat"], VECTORS["truck"]]))


def test_the_first_of_a_repeated_word_counts(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text(text(VECTORS) + "dog 9 9 9\n", encoding="utf-8")
    found = read_word_vectors(path, ["dog", "cat", "truck"])
    assert found.values == pytest.approx(due([VECTORS[w] for w in ("dog", "cat", "truck")]))


def test_classes_without_a_vector_are_named(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text(text(VECTORS), encoding="utf-8")
    with pytest.raises(LabelError, match="found none for 'zebra', 'LABEL_3'"):
        read_word_vectors(path, ["dog", "zebra", "LABEL_3"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "found none"),
        (b"dog\ncat\n", "found a line that begins 'dog'"),
        (b"x 1 2 3\ndog 1 2\n", "expected 3 numbers behind the word in line 2"),
        (b"dog 1 2 3\ncat 1 2 x\n", "expected 3 numbers behind the word in line 2"),
        (b"\x00" * 1_000_001, "found more than 1,000,000 bytes in line 1"),
        (gzip.compress(b"dog 1 2 3\n" * 1000, mtime=0)[:30], "compressed file that is damaged"),
    ],
)
def test_a_file_that_is_no_word_vectors_says_so_in_one_line(tmp_path, content, message):
    path = tmp_path / "vectors.txt"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=message) as raised:
        read_word_vectors(path, ["dog", "cat"])
    assert "\n" not in str(raised.value)


def test_no_file(tmp_path):
    with pytest.raises(ReadError, match="found a file that cannot be read"):
        read_word_vectors(tmp_path / "none.txt", ["dog", "cat"])


@given(content=st.binary(max_size=200))
def test_any_bytes_give_similarities_or_a_typed_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("vectors") / "v.txt"
    path.write_bytes(b"dog 1 2\n" + content)
    with pytest.raises(SemdepthError):
        read_word_vectors(path, ["dog", "no such word"])


def test_the_command_line_analyses_word_vectors(semdepth, tmp_path):
    rng = np.random.default_rng(0)
    names = "airplane automobile bird cat deer dog frog horse ship truck".split()
    path = tmp_path / "vectors.txt"
    path.write_text(text({name: rng.normal(size=8).tolist() for name in names}))
    code, out, _ = semdepth("analyze", "--vectors", path, "--labels", "cifar-10")
    assert code == 0
    assert "10 of 10 classes placed" in out
    code, _, err = semdepth("analyze", "--vectors", path)
    assert code != 0
    assert "expected --vectors with --labels SET_OR_FILE" in err
