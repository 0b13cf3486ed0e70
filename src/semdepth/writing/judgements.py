"""A check's outcome for continuous integration: one line, JUnit XML, GitHub annotations, JSON."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as xml

from semdepth.gate import SCHEMA, Judgement
from semdepth.writing.exports.formats import xml_text
from semdepth.writing.tables import document_json

# What the beginning of an earlier outcome holds, whatever its form.
_MARKS = (
    b"semdepth: passed, ",
    b"semdepth: failed: ",
    b'<testsuites name="semdepth"',
    b"::error title=semdepth",
    b"::notice title=semdepth",
    f'"{SCHEMA}"'.encode(),
)


def line_text(judgement: Judgement) -> str:
    """``semdepth: passed, ...`` or ``semdepth: failed: ...``, in one line."""
    return f"semdepth: {judgement.line}\n"


def junit_xml(judgement: Judgement) -> str:
    """A test suite with a test case for every rule, as CI servers read it."""
    failed = [check for check in judgement.checks if not check.passed]
    counts = {
        "tests": str(len(judgement.checks)),
        "failures": str(len(failed)),
        "errors": "0",
        "skipped": "0",
        "time": "0",
    }
    root = xml.Element("testsuites", {"name": "semdepth", **counts})
    title = xml_text(judgement.title)
    suite = xml.SubElement(root, "testsuite", {"name": f"semdepth check {title}", **counts})
    for check in judgement.checks:
        named = {"classname": f"semdepth.{title}", "name": check.rule, "time": "0"}
        case = xml.SubElement(suite, "testcase", named)
        words = xml_text(check.words)
        if not check.passed:
            xml.SubElement(case, "failure", {"message": words, "type": "semdepth"}).text = words
        xml.SubElement(case, "system-out").text = words
    xml.indent(root)
    declared = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return declared + xml.tostring(root, encoding="unicode") + "\n"


def github_annotations(judgement: Judgement) -> str:
    """A workflow command for every rule that failed, or a notice that all passed.

    Their escapes are those of GitHub's workflow commands: ``%``, returns and line feeds, and in
    a property also ``:`` and ``,``.
    """
    if judgement.passed:
        told = [("notice", "passed", judgement.line.removeprefix("passed, "))]
    else:
        told = [
            ("error", check.rule, check.words) for check in judgement.checks if not check.passed
        ]
    return "".join(
        f"::{level} title={_property(f'semdepth, {judgement.title}: {rule}')}::{_data(words)}\n"
        for level, rule, words in told
    )


def judgement_json(judgement: Judgement) -> str:
    """All of it as JSON (schema ``semdepth/check``)."""
    return document_json(judgement.to_dict())


def is_judgement(path: Path) -> bool:
    """Whether an earlier outcome stands in a file."""
    with path.open("rb") as file:
        head = file.read(200)
    return any(mark in head for mark in _MARKS)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMATS = {
    "line": line_text,
    "junit": junit_xml,
    "github": github_annotations,
    "json": judgement_json,
}
"""An outcome as text, by the name of the form."""
