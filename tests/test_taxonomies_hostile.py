"""Hostile and damaged taxonomies: typed errors of one line, and bounded memory."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semdepth.analysis import analyze
from semdepth.errors import (
    DamagedFile,
    ReadError,
    SemdepthError,
    UnknownFormat,
    UnsafeFile,
)
from semdepth.head import ClassifierHead
from semdepth.labels import place_in
from semdepth.reading.taxonomies import draft, read_taxonomy, text
from semdepth.reading.taxonomies.survey import survey
from semdepth.taxonomy.building import DEEPEST
from taxonomy_forms import FORMS, TREE, as_links, links_by_name, refusal

EXCERPT = Path(__file__).parent / "data" / "wordnet_excerpt"


# Hostile files


def test_aliases_in_yaml_are_refused_before_they_multiply(written):
    laughs = "a: &a [x0, x1, x2]\n" + "".join(
        f"{chr(98 + k)}: &{chr(98 + k)} [{', '.join([f'*{chr(97 + k)}'] * 9)}]\n" for k in range(9)
    )
    assert "*a in line 2" in refusal(written("t.yaml", laughs), UnsafeFile)


def test_tags_in_yaml_build_nothing(written):
    taxonomy = read_taxonomy(written("t.yaml", "a: !!python/object/apply:os.system [echo]\n"))
    assert links_by_name(taxonomy) == {"a": set(), "echo": {"a"}}


@pytest.mark.parametrize(
    "entities",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % a "x">',
        "<!ENTITY a PUBLIC 'p' 'http://e.org'>",
        "<!ENTITY a 'x",
        f'<!ENTITY a "{"x" * 1001}">',
        "".join(f'<!ENTITY a{k} "x">' for k in range(1001)),
    ],
)
def test_entities_that_multiply_or_load_files_are_refused(written, entities):
    content = FORMS["owl.rdf"][1].replace("<!ENTITY base", entities + "<!ENTITY base")
    refusal(written("t.rdf", content), UnsafeFile)


def test_one_entity_used_often_is_refused(written):
    content = FORMS["owl.rdf"][1].replace(
        "<!ENTITY base", f'<!ENTITY a "{"x" * 999}"><!ENTITY base'
    )
    content = content.replace("</rdf:RDF>", "&a;" * 35_000 + "</rdf:RDF>")
    assert "32 MiB" in refusal(written("t.rdf", content), UnsafeFile)


def test_an_xml_declaration_cannot_smuggle_entities_in_another_encoding(written):
    hidden = '<!DOCTYPE x [<!ENTITY a "b">]>'.encode("utf-16-le")
    content = b'<?xml version="1.0" encoding="utf-16-le"?>' + hidden
    with pytest.raises(ReadError):
        read_taxonomy(written("t.rdf", content))


DEEP = {
    "t.csv": lambda n: "child,parent\n" + "".join(f"n{k},n{k + 1}\n" for k in range(n)),
    "t.nwk": lambda n: "(" * n + "a" + "".join(f",b{k})" for k in range(n)) + ";",
    "t.obo": lambda n: (
        "".join(f"[Term]\nid: {k}\nis_a: {k + 1}\n" for k in range(n)) + f"[Term]\nid: {n}\n"
    ),
    "t.json": lambda n: '{"a": [' * n,
    "deep.json": lambda n: "".join(f'{{"{k}": ' for k in range(n)) + "null" + "}" * n,
    "t.yaml": lambda n: "".join(f"{{{k}: " for k in range(n)) + "}" * n,
    "t.txt": lambda n: "/".join(map(str, range(n))),
}


@pytest.mark.parametrize("name", DEEP)
def test_a_tree_too_deep_is_told(written, name):
    message = refusal(written(name, DEEP[name](2 * DEEPEST + 10)), SemdepthError)
    assert "deep" in message or "levels" in message


def test_a_tree_as_deep_as_allowed_is_read(written):
    taxonomy = read_taxonomy(written("t.csv", DEEP["t.csv"](DEEPEST)))
    assert taxonomy.depth_limit == DEEPEST


@pytest.mark.parametrize(
    "name", ["links.csv", "nested.json", "nested.yaml", "tree.nwk", "skos.ttl", "spaces.txt"]
)
def test_large_files_are_refused_unread(written, name):
    # The beginning looks as it should; far behind it lies a hole of zeros.
    path = written(name, FORMS[name][1] + "\n" * (1 << 16))
    with path.open("r+b") as file:
        file.truncate(257 << 20)
    assert "found 257 MiB" in refusal(path, ReadError)


def test_blank_lines_without_end_cost_no_time(written):
    assert "no relation" not in refusal(written("t", "\n" * (1 << 16)), UnknownFormat)
    refusal(written("t.obo", "[Term]\nid: a\nis_a: b" + " " * 500_000 + "c\n"))


def test_more_concepts_than_memory_holds_are_refused(written, monkeypatch):
    monkeypatch.setattr(draft, "MOST_CONCEPTS", 10)
    assert "at most 10 concepts" in refusal(written("t.csv", as_links(TREE)))
    assert "at most 10 concepts" in refusal(written("t.nwk", FORMS["tree.nwk"][1]))


def test_a_line_without_end_is_refused(written):
    content = "a,b\n" + "x" * (text.LONGEST_LINE + 5)
    assert "line 2" in refusal(written("t.csv", content), DamagedFile)


ODD_NAMES = (
    "\u202eסדוחפ",
    "e\u0301tude",
    "zero\u200bwidth",
    "nul\0name",
    "two\nlines",
    "🐶 hound",
    "x" * 300,
    "[red]markup[/]",
    "$x^2$",
    "=1+1",
    "../../up",
    "(root) ",
)


def test_odd_names_stay_as_they_are_and_can_be_analysed(written):
    content = json.dumps({"thing": {"odd": list(ODD_NAMES), "even": ["dog", "cat"]}})
    taxonomy = read_taxonomy(written("t.json", content))
    assert set(ODD_NAMES) < set(taxonomy.names)
    labels = (*ODD_NAMES, "dog", "cat")
    placement = place_in(taxonomy, labels)
    assert not placement.unplaced
    head = ClassifierHead(labels, np.random.default_rng(1).normal(size=(len(labels), 5)), "fc")
    analysis = analyze(head, placement=placement, permutations=10)
    assert 1 <= analysis.depth.mean <= 2


def test_a_composed_and_a_decomposed_letter_are_the_same_name(written):
    taxonomy = read_taxonomy(written("t.txt", "art/e\u0301tude\nart/fugue\n"))
    assert place_in(taxonomy, ["\u00e9tude"]).reasons == ("its name in another spelling",)


# Fuzzing: nothing but typed errors


def only_typed_errors(path):
    refused = None
    try:
        taxonomy = read_taxonomy(path)
    except SemdepthError as error:
        refused = str(error)
    if refused is None:
        assert len(taxonomy)
        survey(taxonomy)
    else:
        assert "\n" not in refused
        refused.encode()


SUFFIXES = [".csv", ".txt", ".json", ".yaml", ".nwk", ".obo", ".ttl", ".rdf", ""]
STARTS = ["", "(", "{", "[", "child,parent\n", "genus,species\n", "[Term]\n", "<?xml?>", "a:\n"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(content=st.binary(max_size=300))
def test_random_bytes_give_only_typed_errors(tmp_path_factory, suffix, content):
    path = tmp_path_factory.getbasetemp() / f"fuzz{suffix}"
    path.write_bytes(content)
    only_typed_errors(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(
    start=st.sampled_from(STARTS),
    rest=st.text("ab:,;/>\t\n ()[]{}'\"&*!?-.<>#@\u00e9\0", max_size=80),
)
def test_random_text_gives_only_typed_errors(tmp_path_factory, suffix, start, rest):
    path = tmp_path_factory.getbasetemp() / f"fuzz{suffix}"
    path.write_text(start + rest, encoding="utf-8", newline="")
    only_typed_errors(path)


@pytest.mark.parametrize("name", FORMS)
@given(seed=st.integers(0, 2**32))
def test_mutated_files_give_only_typed_errors(tmp_path_factory, name, seed):
    chance = random.Random(seed)
    content = bytearray(FORMS[name][1].encode())
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(content))
        what = chance.randrange(3)
        if what == 0:
            content[place] = chance.randrange(256)
        elif what == 1:
            del content[place : place + chance.randint(1, 30)]
        else:
            other = chance.randrange(len(content))
            content[place:place] = content[other : other + chance.randint(1, 40)]
    path = tmp_path_factory.getbasetemp() / f"mutated-{name}"
    path.write_bytes(bytes(content))
    only_typed_errors(path)


@pytest.mark.parametrize("file", ["data.noun", "index.noun"])
@given(seed=st.integers(0, 2**32))
def test_mutated_wordnet_files_give_only_typed_errors(tmp_path_factory, file, seed):
    folder = tmp_path_factory.getbasetemp() / "wordnet"
    folder.mkdir(exist_ok=True)
    for source in EXCERPT.iterdir():
        (folder / source.name).write_bytes(source.read_bytes())
    chance = random.Random(seed)
    content = bytearray((folder / file).read_bytes())
    for _ in range(chance.randint(1, 4)):
        content[chance.randrange(len(content))] = chance.choice(b"0123456789 -n@|\n\xff")
    (folder / file).write_bytes(bytes(content))
    only_typed_errors(folder)
