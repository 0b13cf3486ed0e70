"""What a page tells without its script: the scores of an analysis, or of many models."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from string import Template

from semdepth.writing.report.view.wording import percent

Templates = Callable[[str], Template]


def analyses_summary(shown: dict, template: Templates) -> str:
    """A section a model of what :func:`semdepth.writing.report.view.view` gives."""
    return "".join(_filled(template("summary"), _facts(model)) for model in shown["models"])


def comparison_summary(shown: dict, template: Templates) -> str:
    """A row a model of what ``comparison_view`` gives, by the first clusterer."""
    first = shown["clusterers"][0]
    rows, row = shown["rows"][first], template("comparison_row")
    lines = [
        _filled(
            row,
            {
                "model": model,
                "depth": _number(rows["sd"][at]),
                "interval": f"{_number(rows['sd_low'][at])} to {_number(rows['sd_high'][at])}",
                "chance": _number(rows["sd_chance"][at]),
            },
        )
        for at, model in enumerate(shown["models"])
    ]
    told = {
        "subject": f"{len(shown['models']):,} models of {shown['classes']:,} classes by {first}",
        "headlines": "\n".join(shown["headlines"][first]),
        "associations": "\n".join(one["sentence"] for one in shown["associations"]),
        "failed": "\n".join(f"{one['model']} failed: {one['error']}" for one in shown["failed"]),
        "notes": "\n".join(shown["notes"]),
    }
    told = {key: escape(text) for key, text in told.items()}
    return template("comparison").substitute(told, rows="".join(lines))


def _filled(template: Template, facts: dict[str, str]) -> str:
    return template.substitute({key: escape(fact) for key, fact in facts.items()})


def _facts(model: dict) -> dict[str, str]:
    depth, direct = model["scores"]["depth"], model["scores"]["direct"]
    return {
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
