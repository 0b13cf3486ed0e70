"""A comparison of many models as the plain dict that its page draws; pure."""

from __future__ import annotations

from dataclasses import fields
from importlib.metadata import version
from math import isnan, sqrt

from semdepth.association import Association
from semdepth.comparison import ComparedModel, Comparison, Stability, TestedPair
from semdepth.writing.figures.comparison import seriation
from semdepth.writing.report.view.columns import places, rounded, tidy
from semdepth.writing.report.view.wording import counted, percent, quoted

SCHEMA = "semdepth/comparison-report"
SCHEMA_VERSION = 1

# Over fewer models, sizeable correlations come about by chance, and the page says how large.
FEW_MODELS = 30

_LEVEL = 0.05
_NAMED_UP_TO = 3
_COLUMNS = [field.name for field in fields(ComparedModel)][2:]
_SCORES = {
    "sd": "Similarity Depth",
    "accuracy": "accuracy",
    "explained": "share of confusions explained (direct)",
    "causing": "share of similarities causing confusion (direct)",
    "explained_extended": "share of confusions explained (extended)",
    "causing_extended": "share of similarities causing confusion (extended)",
}


def comparison_view(comparison: Comparison, *, command: str | None = None) -> dict:
    """A comparison as a dict ready for JSON (schema ``semdepth/comparison-report``).

    Models are numbered in the order given; ``rows`` and ``tests`` hold a table a clusterer, each
    an object of equally long columns. Of the alignment, ``order`` lets alike models stand side by
    side. What is undefined is None.
    """
    by_clusterer = comparison.clusterers
    return {
        "schema": SCHEMA,
        "version": SCHEMA_VERSION,
        "semdepth": version("semdepth"),
        "title": comparison_title(comparison),
        "command": command,
        "classes": len(comparison.labels),
        "models": list(comparison.models),
        "clusterers": list(by_clusterer),
        "has_predictions": comparison.has_predictions,
        "rows": {name: _rows(comparison, name) for name in by_clusterer},
        "headlines": {name: _headlines(comparison, name) for name in by_clusterer},
        "tests": {name: _tests(comparison, name) for name in by_clusterer},
        "alignment": {
            "order": seriation(comparison.alignment).tolist(),
            "cells": [rounded(row) for row in comparison.alignment],
        },
        "stability": None if comparison.stability is None else _stability(comparison.stability),
        "associations": [_association(one) for one in comparison.associations],
        "failed": [{"model": one.model, "error": one.error} for one in comparison.failed],
        "notes": list(comparison.notes),
        "parameters": _parameters(comparison.parameters),
    }


def comparison_title(comparison: Comparison) -> str:
    """What the page is called: the models where they are few, or how many."""
    if len(comparison.models) > _NAMED_UP_TO:
        return f"{len(comparison.models)} models compared"
    return " and ".join(comparison.models)


def _rows(comparison: Comparison, clusterer: str) -> dict[str, list]:
    rows = comparison.by(clusterer)
    columns = {name: tidy([getattr(row, name) for row in rows]) for name in _COLUMNS}
    ranks = comparison.ranks(clusterer)
    return {**columns, "rank": tidy([ranks[row.model] for row in rows])}


def _tests(comparison: Comparison, clusterer: str) -> dict[str, list]:
    """Every two models' test; their Similarity Depths stand in the rows."""
    numbers = places(comparison.models)
    tests = [test for test in comparison.tests if test.clusterer == clusterer]
    found = [test.difference for test in tests]
    return {
        "first": [numbers[test.first] for test in tests],
        "second": [numbers[test.second] for test in tests],
        "difference": rounded(one.difference for one in found),
        "low": rounded(one.interval[0] for one in found),
        "high": rounded(one.interval[1] for one in found),
        "p": tidy([one.p_value for one in found]),
        "adjusted_p": tidy([test.adjusted_p for test in tests]),
        "reason": [one.reason for one in found],
    }


def _headlines(comparison: Comparison, clusterer: str) -> list[str]:
    """What a reader should know first, in plain words."""
    known = [row for row in comparison.by(clusterer) if not isnan(row.sd)]
    found = []
    if known:
        by_depth = sorted(known, key=lambda row: row.sd)
        found.append(f"Deepest is {_with_depth(by_depth[-1])}.")
        if len(known) > 1:
            found.append(f"Shallowest is {_with_depth(by_depth[0])}.")
    undefined = len(comparison.models) - len(known)
    if undefined:
        found.append(f"Of {counted(undefined, 'model')} Similarity Depth is undefined.")
    tests = [test for test in comparison.tests if test.clusterer == clusterer]
    if tests:
        found.append(_differing(tests))
    if comparison.stability is not None and not isnan(comparison.stability.concordance):
        found.append(stability_sentence(comparison.stability))
    return found


def _with_depth(row: ComparedModel) -> str:
    interval = "" if isnan(row.sd_low) else f" [{row.sd_low:.2f}, {row.sd_high:.2f}]"
    chance = "" if isnan(row.sd_chance) else f"; by chance {row.sd_chance:.2f}"
    return f"{quoted(row.model)}, Similarity Depth {row.sd:.2f}{interval}{chance}"


def _differing(tests: list[TestedPair]) -> str:
    """How many pairs differ; and whether so many tests could have told any of them."""
    differ = sum(test.adjusted_p < _LEVEL for test in tests)
    of = f"{differ:,} of {counted(len(tests), 'pair')} differ"
    if len(tests) == 1:
        of = "The two models differ" if differ else "The two models are not told apart"
    least = len(tests) / (1 + tests[0].difference.permutations)
    hopeless = (
        f" No pair could: a p-value of {tests[0].difference.permutations:,} permutations cannot "
        f"be small enough for so many pairs; take at least {20 * len(tests):,} permutations."
    )
    return (
        f"{of} in Similarity Depth beyond chance (p < .05 after Holm's adjustment)."
        f"{hopeless if least >= _LEVEL and not differ else ''}"
    )


def stability_sentence(stability: Stability) -> str:
    """How far the ranking hangs on the clusterer, in a sentence."""
    clusterers = counted(len(stability.clusterers), "clusterer")
    return (
        f"{clusterers} rank the models with Kendall's W {stability.concordance:.2f} (1: all alike, "
        f"0: no agreement) and order {percent(stability.agreement)} of the pairs alike."
    )


def _stability(stability: Stability) -> dict:
    return {
        **tidy({"concordance": stability.concordance, "agreement": stability.agreement}),
        "clusterers": list(stability.clusterers),
        "correlations": [rounded(row) for row in stability.correlations],
    }


def _association(one: Association) -> dict:
    return {
        "group": one.group,
        "scores": list(one.scores),
        "given": one.given,
        **tidy({"correlation": one.correlation, "interval": one.interval, "p": one.p_value}),
        "sentence": association_sentence(one),
        "caution": _caution(one),
    }


def association_sentence(one: Association) -> str:
    """What a correlation tells, in a sentence.

    >>> nan = float("nan")
    >>> pair = "sd", "accuracy"
    >>> association_sentence(Association("", pair, "", 3, nan, (nan, nan), nan, "fewer than four"))
    'Similarity Depth with accuracy: undefined, as fewer than four.'
    """
    first, second = (_SCORES.get(name, name) for name in one.scores)
    at = f" at equal {_SCORES.get(one.given, one.given)}" if one.given else ""
    if one.reason:
        return f"{first} with {second}{at}: undefined, as {one.reason}."
    low, high = one.interval
    numbers = (
        f"Spearman's correlation {one.correlation:+.2f} [{low:+.2f}, {high:+.2f}], "
        f"p = {one.p_value:.2g}, over {counted(one.n, 'model')}."
    )
    if one.p_value < _LEVEL and low * high > 0:
        way = "greater" if one.correlation > 0 else "smaller"
        return f"Models of greater {first} tend to have a {way} {second}{at}: {numbers}"
    return f"Whether {first} goes with {second}{at} cannot be told from these models: {numbers}"


def _caution(one: Association) -> str:
    """How large a correlation chance gives so few models; its standard error is 1/sqrt(n - 1)."""
    if one.reason or one.n >= FEW_MODELS:
        return ""
    reach = 1.96 / sqrt(one.n - 1 - bool(one.given))
    given = f" at equal {_SCORES.get(one.given, one.given)}" if one.given else ""
    if reach >= 1:
        return f"Of so few models, any correlation{given} may be chance."
    return (
        f"Over {counted(one.n, 'model')} that have no such relation{given}, chance alone reaches "
        f"correlations of about ±{reach:.2f}."
    )


def _parameters(parameters: dict) -> list[list[str]]:
    """Names and values as they are shown, one clusterer a line."""
    shown = []
    for name, value in parameters.items():
        if name != "clusterers":
            shown.append([name, str(value)])
            continue
        for clusterer in value:
            settings = {key: said for key, said in clusterer.items() if key != "name"}
            told = ", ".join(f"{key} {said}" for key, said in settings.items())
            shown.append([str(clusterer["name"]), told or "no settings"])
    return shown
