"""The report as one HTML file: data, script and style inlined, nothing fetched from anywhere."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from semdepth.writing.report.comparison_view import SCHEMA as COMPARISON
from semdepth.writing.report.summaries import analyses_summary, comparison_summary
from semdepth.writing.report.view import SCHEMA as REPORT

# Scripts run by their hash alone, so nothing in the data can; and nothing is sent anywhere.
_POLICY = (
    "default-src 'none'; script-src 'sha256-{script}'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)
_GENERATOR = b'<meta name="generator" content="semdepth/report">'

# Which bundle draws a document of which schema, and what stands there without a script.
_KINDS = {
    REPORT: ("report", analyses_summary),
    COMPARISON: ("comparison", comparison_summary),
}


def html_page(shown: dict) -> str:
    """The page of what :func:`~semdepth.writing.report.view.view` or ``comparison_view`` gives."""
    bundle, summary = _KINDS[shown["schema"]]
    script, style = _script(bundle), _style(bundle)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _template("page").substitute(
        policy=escape(_POLICY.format(script=digest)),
        title=escape(shown["title"]),
        style=style,
        summary=summary(shown, _template),
        command=escape(shown["command"] or ""),
        data=_packed(shown),
        script=script,
    )


def notebook_cell(page: str, title: str) -> str:
    """A page within a frame of its own, which can touch nothing of the notebook around it."""
    return _template("cell").substitute(page=escape(page), title=escape(title))


def is_page(start: bytes) -> bool:
    """Whether a file that starts so is a report that semdepth wrote."""
    return _GENERATOR in start


def _packed(shown: dict) -> str:
    """The data as base64 of gzip: no class name can end the element it stands in."""
    text = json.dumps(shown, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


@cache
def _template(name: str) -> Template:
    return Template(_asset(f"{name}.html"))


@cache
def _script(bundle: str) -> str:
    """The script, such that nothing in it ends or confuses the element it stands in."""
    text = _asset(f"{bundle}.js").replace("\r", "")
    return re.sub(r"<(?=/script|!--)", r"\\x3C", text, flags=re.IGNORECASE)


@cache
def _style(bundle: str) -> str:
    return re.sub(r"</(?=style)", r"<\\/", _asset(f"{bundle}.css"), flags=re.IGNORECASE)


def _asset(name: str) -> str:
    return (files("semdepth.writing.report") / "assets" / name).read_text(encoding="utf-8")
