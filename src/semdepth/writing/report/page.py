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

from semdepth.writing.report.view.wording import percent

# Scripts run by their hash alone, so nothing in the data can; and nothing is sent anywhere.
_POLICY = (
    "default-src 'none'; script-src 'sha256-{script}'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)
_GENERATOR = b'<meta name="generator" content="semdepth/report">'


def html_page(shown: dict) -> str:
    """The page of what :func:`semdepth.writing.report.view.view` gives."""
    script, style = _script(), _style()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _template("page").substitute(
        policy=escape(_POLICY.format(script=digest)),
        title=escape(shown["title"]),
        style=style,
        summary="".join(map(_summary, shown["models"])),
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


def _summary(model: dict) -> str:
    """What is told without a script."""
    depth, direct = model["scores"]["depth"], model["scores"]["direct"]
    facts = {
        "title": model["title"],
        "subject": _subject(model),
        "taxonomy": model["taxonomy"],
        "observed": _number(depth["observed"]),
        "chance": f"{_number(depth['null_mean'])} (p = {_number(depth['p_value'])})",
        "ceiling": _number(depth["ceiling"]),
        "explained": "no predictions were given" if direct is None else _explained(direct),
        "headlines": "\n".join(headline["text"] for headline in model["headlines"]),
        "notes": "\n".join(model["notes"]),
    }
    return _template("summary").substitute({key: escape(fact) for key, fact in facts.items()})


def _subject(model: dict) -> str:
    classes, clusters = len(model["classes"]["label"]), len(model["clusters"]["size"])
    layer = "" if model["tensor"] is None else f"layer {model['tensor']}, "
    return f"{layer}{classes:,} classes in {clusters:,} clusters"


def _explained(direct: dict) -> str:
    explained = direct["explained"]
    if explained["observed"] is None or explained["null_mean"] is None:
        return "undefined"
    return f"{percent(explained['observed'])}, by chance {percent(explained['null_mean'])}"


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3g}"


@cache
def _template(name: str) -> Template:
    return Template(_asset(f"{name}.html"))


@cache
def _script() -> str:
    """The script, such that nothing in it ends or confuses the element it stands in."""
    text = _asset("report.js").replace("\r", "")
    return re.sub(r"<(?=/script|!--)", r"\\x3C", text, flags=re.IGNORECASE)


@cache
def _style() -> str:
    return re.sub(r"</(?=style)", r"<\\/", _asset("report.css"), flags=re.IGNORECASE)


def _asset(name: str) -> str:
    return (files("semdepth.writing.report") / "assets" / name).read_text(encoding="utf-8")
