"""Reading Princeton's database files: an excerpt, damaged copies of it, and the whole if there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from semdepth.errors import DamagedFile, ReadError
from semdepth.reading.wordnet_database import read_wordnet_database
from semdepth.taxonomy import taxonomy_from_parents

EXCERPT = Path(__file__).parent / "data" / "wordnet_excerpt"
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def excerpt():
    return read_wordnet_database(EXCERPT)


def parents_of(nouns, name):
    row = nouns.names.index(name)
    return [nouns.names[p] for p in nouns.parents[slice(*nouns.parent_offsets[row : row + 2])]]


def test_synsets_come_in_the_order_of_their_offsets(excerpt):
    assert len(excerpt.names) == len(excerpt.offsets) == 38
    assert excerpt.offsets.tolist() == sorted(excerpt.offsets.tolist())
    assert (excerpt.names[0], excerpt.offsets[0]) == ("entity.n.01", 1740)
    assert excerpt.offsets[excerpt.names.index("dog.n.01")] == 2084071


def test_names_carry_the_rank_of_the_synset_among_its_first_words_senses(excerpt):
    cranes = [name for name in excerpt.names if name.startswith("crane")]
    assert cranes == ["crane.n.05", "crane.n.04", "crane.n.02", "crane.n.01"]
    # The third crane is a constellation, whose first word is Grus.
    assert excerpt.names[excerpt.offsets.tolist().index(9295455)] == "grus.n.01"


def test_hypernyms_and_instance_hypernyms_are_parents(excerpt):
    assert parents_of(excerpt, "entity.n.01") == []
    assert parents_of(excerpt, "dog.n.01") == ["canine.n.01", "domestic_animal.n.01"]
    assert parents_of(excerpt, "crane.n.01") == ["writer.n.01"]
    assert parents_of(excerpt, "crane.n.05") == ["wading_bird.n.01"]


def test_words_and_glosses_are_kept_as_spelt(excerpt):
    dog = excerpt.names.index("dog.n.01")
    assert excerpt.words[dog] == "dog domestic_dog Canis_familiaris"
    assert excerpt.glosses[dog].startswith("a member of the genus Canis")
    assert excerpt.glosses[dog].endswith('"the dog barked all night"')


def test_lemmas_are_sorted_with_their_senses_in_order(excerpt):
    assert excerpt.lemmas == sorted(excerpt.lemmas)
    row = excerpt.lemmas.index("crane")
    senses = excerpt.senses[slice(*excerpt.sense_offsets[row : row + 2])]
    assert excerpt.offsets[senses].tolist() == [10914447, 10914331, 9295455, 3126707, 2012849]


def test_the_excerpt_is_a_hierarchy(excerpt):
    tree = taxonomy_from_parents("excerpt", excerpt.names, excerpt.parent_offsets, excerpt.parents)
    # entity, physical_entity, object, whole, living_thing, organism, animal, chordate,
    # vertebrate, mammal, placental, carnivore, canine, dog
    assert tree.depth(tree.index("dog.n.01")) == 14
    dog, cat = tree.index("dog.n.01"), tree.index("cat.n.01")
    assert tree.names[tree.lowest_common_subsumer(dog, cat)] == "carnivore.n.01"


# Damaged copies


@pytest.fixture
def damaged(tmp_path):
    """``damaged(file, change)`` is the excerpt's folder with one file's bytes changed."""

    def make(file, change):
        folder = tmp_path / "wordnet"
        shutil.copytree(EXCERPT, folder)
        (folder / file).write_bytes(change((folder / file).read_bytes()))
        return folder

    return make


def without_its_end(data):
    return data[: data.rindex(b"\n00004475") + 60]


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("data.noun", without_its_end, "expected a synset of WordNet's data.noun, found '00004475"),
        ("data.noun", lambda _: b"hello world\n", "expected a synset .* found 'hello world'"),
        ("data.noun", lambda data: data.replace(b"@ 02075296", b"@ 02075297"), "at 02075297"),
        ("data.noun", lambda _: b"", "expected"),
        ("index.noun", lambda data: data + b"zebra n\n", "a lemma .* found 'zebra n'"),
        ("index.noun", lambda data: data.replace(b" 02012849", b" 99912849"), "at 99912849"),
        ("index.noun", lambda data: data.replace(b"\ncrane n", b"\ncrone n"), "crane"),
        (
            "index.noun",
            lambda data: data.replace(b"3126707 02012849", b"3126707 03126707"),
            "crane",
        ),
        ("index.noun", lambda _: b"", "expected"),
    ],
    ids=[
        "truncated",
        "text",
        "hypernym of no synset",
        "empty data",
        "lemma without senses",
        "sense of no synset",
        "synset without its lemma",
        "lemma without its synset",
        "empty index",
    ],
)
def test_a_damaged_file_is_an_error(damaged, file, change, message):
    with pytest.raises(DamagedFile, match=message) as error:
        read_wordnet_database(damaged(file, change))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("file", ["data.noun", "index.noun"])
def test_a_missing_file_is_an_error_that_names_it(tmp_path, file):
    shutil.copytree(EXCERPT, tmp_path / "wordnet")
    (tmp_path / "wordnet" / file).unlink()
    message = f"expected WordNet's database file {file} in {tmp_path / 'wordnet'}, found none"
    with pytest.raises(ReadError, match=re.escape(message)):
        read_wordnet_database(tmp_path / "wordnet")


def test_a_file_that_is_no_text_is_an_error(damaged):
    with pytest.raises(ReadError, match=r"expected WordNet's database file data\.noun"):
        read_wordnet_database(damaged("data.noun", lambda data: data + b"\xff\xfe"))


# The whole


def database_folder():
    folders = [os.environ.get("WORDNET_DIR"), "/usr/share/wordnet"]
    return next((f for f in folders if f and (Path(f) / "data.noun").is_file()), None)


@pytest.mark.skipif(
    database_folder() is None,
    reason="no WordNet 3.0 database here: apt-get install wordnet-base, or set WORDNET_DIR",
)
def test_the_embedded_hierarchy_is_built_byte_for_byte(tmp_path):
    script = ROOT / "scripts" / "build_wordnet.py"
    subprocess.run([sys.executable, script, database_folder(), tmp_path], check=True)
    for name in ("hierarchy.npz", "lexicon.npz", "glosses.npz", "gloss_words.npz"):
        embedded = ROOT / "src" / "semdepth" / "data" / "wordnet" / name
        assert (tmp_path / name).read_bytes() == embedded.read_bytes(), name
