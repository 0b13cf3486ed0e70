"""Reads a comparison that semdepth wrote."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

from semdepth.comparison import SCHEMA, ComparedModel, Comparison
from semdepth.errors import ReadError

_KINDS = {"str": str, "int": int, "bool": bool, "float": (int, float)}
_TYPES = {field.name: _KINDS[str(field.type)] for field in fields(ComparedModel)}


def read_comparison(path: str | Path) -> Comparison:
    """The comparison in a file ``comparison.json``, or in a folder that holds one."""
    path = _file(path)
    try:
        comparison = Comparison.from_dict(json.loads(path.read_text(encoding="utf-8")))
        _check(comparison)
    except OSError as error:
        raise ReadError(
            f"expected a comparison.json, found {str(path)!r} unreadable ({error.strerror}); "
            "check the path"
        ) from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ReadError(
            f"expected a comparison written by semdepth in {path}, found a damaged one "
            f"({type(error).__name__}: {error}); compare the models again"
        ) from None
    return comparison


def is_comparison(path: str | Path) -> bool:
    """Whether a file, or a folder's comparison.json, begins as a comparison of semdepth's does."""
    try:
        with _file(path).open("rb") as file:
            return f'"{SCHEMA}"'.encode() in file.read(200)
    except OSError:
        return False


def _file(path: str | Path) -> Path:
    path = Path(path)
    return path / "comparison.json" if path.is_dir() else path


def _check(comparison: Comparison) -> None:
    """Whether its parts speak of the same models; :class:`ValueError` where they do not."""
    models, k = comparison.models, len(comparison.models)
    if not k or len(set(models)) < k or not all(isinstance(one, str) for one in models):
        raise ValueError("models without a title of their own")
    for row in comparison.rows:
        for name, kind in _TYPES.items():
            if not isinstance(getattr(row, name), kind):
                raise ValueError(f"{name} of {row.model!r} is {getattr(row, name)!r}")
    expected = [(model, clusterer) for model in models for clusterer in comparison.clusterers]
    if not expected or [(row.model, row.clusterer) for row in comparison.rows] != expected:
        raise ValueError("not a row for each model and clusterer")
    if comparison.alignment.shape != (k, k):
        raise ValueError(f"alignment of shape {comparison.alignment.shape} for {k} models")
    tested = {(test.first, test.second, test.clusterer) for test in comparison.tests}
    if not tested <= {(a, b, c) for a in models for b in models for c in comparison.clusterers}:
        raise ValueError("a test of models that are not compared")
