"""Reads an analysis that semdepth wrote."""

from __future__ import annotations

import json
from pathlib import Path

from semdepth.analysis import Analysis
from semdepth.errors import ReadError


def read_analysis(path: str | Path) -> Analysis:
    """The analysis in a file ``analysis.json``, or in a folder that holds one."""
    path = Path(path)
    if path.is_dir():
        path = path / "analysis.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Analysis.from_dict(data)
    except OSError as error:
        raise ReadError(
            f"expected an analysis.json, found {str(path)!r} unreadable ({error.strerror}); "
            "check the path"
        ) from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ReadError(
            f"expected an analysis written by semdepth in {path}, found a damaged one "
            f"({type(error).__name__}: {error}); analyse the model again"
        ) from None
