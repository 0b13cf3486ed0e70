"""The committed bundles of the report's pages are those that the sources in ui/ make."""

import hashlib
import re
from pathlib import Path

import pytest

from semdepth.writing.figures import palette

ROOT = Path(__file__).parents[1]
UI = ROOT / "ui"
ASSETS = ROOT / "src/semdepth/writing/report/assets"


def digest():
    """The digest of all sources, as ui/build.mjs computes it."""
    found = [UI / name for name in ("build.mjs", "package.json", "package-lock.json")]
    found += [
        path for folder in ("src", "style") for path in (UI / folder).rglob("*") if path.is_file()
    ]
    total = hashlib.sha256()
    for name, path in sorted((path.relative_to(UI).as_posix(), path) for path in found):
        total.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


@pytest.mark.parametrize("asset", ["report.js", "report.css", "comparison.js", "comparison.css"])
def test_bundle_is_made_of_the_sources_that_are_here(asset):
    first_line = (ASSETS / asset).read_text(encoding="utf-8").split("\n", 1)[0]
    assert digest() in first_line, "a source in ui/ was changed: run make ui"


@pytest.mark.parametrize(
    ("bundle", "packages"),
    [("report", ("preact", "d3-hierarchy", "d3-zoom")), ("comparison", ("preact",))],
)
def test_bundle_carries_the_licence_of_every_package_in_it(bundle, packages):
    start = (ASSETS / f"{bundle}.js").read_text(encoding="utf-8")[:8_000]
    for package in packages:
        assert re.search(rf"^{package}: Copyright", start, re.MULTILINE), package
    assert "Permission is hereby granted" in start
    if bundle == "report":
        assert "Permission to use, copy, modify, and/or distribute" in start


def test_the_page_and_the_figures_share_their_colours():
    script = (UI / "src/palette.js").read_text(encoding="utf-8")
    assert tuple(re.findall(r'^  "(#[0-9a-f]{6})",$', script, re.MULTILINE)) == palette.SIMILARITY
    light = (UI / "style/tokens.css").read_text(encoding="utf-8").split("}", 1)[0]
    for name in ("ink", "rule", "node", "room", "strong", "bar", "band"):
        assert f"--{name}: {getattr(palette, name.upper())};" in light, name
