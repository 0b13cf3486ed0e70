"""An analysis, or two, as the plain dict that the report's page draws; pure.

::

    columns.py     arrays as columns of JSON: rounded, None where unknown
    concepts.py    the concepts at and above the classes, numbered
    model.py       one analysis; scores.py  its numbers beside chance
    classes.py     a row a class: neighbours perceived and semantic; clusters
    layers.py      pairs: perceived, confused, semantic; verdicts, odd classes, context pairs
    matrix.py      the similarity matrix in 8 bits
    headlines.py   the findings most worth knowing, in plain words; wording.py
    difference.py  what differs between two
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version

from semdepth.analysis import Analysis, StageProgress
from semdepth.writing.report.view.difference import difference_view
from semdepth.writing.report.view.model import model_view

SCHEMA = "semdepth/report"
SCHEMA_VERSION = 1


def view(
    analyses: Sequence[Analysis],
    *,
    images: Mapping[str, str] | None = None,
    command: str | None = None,
    progress: StageProgress | None = None,
) -> dict:
    """One analysis, or two to compare, as a dict ready for JSON (schema ``semdepth/report``).

    ``images`` are data URIs by class name, ``command`` how the report was made. Tables are
    objects of equally long columns, classes are numbered in class order. What the analyses do
    not hold (similarities, a placement, predictions) is None.

    >>> from semdepth.analysis import analyze
    >>> from semdepth.similarity import structural_from_cosine
    >>> cosine = [[1, 0.8, 0], [0.8, 1, 0.2], [0, 0.2, 1]]
    >>> pets = analyze(structural_from_cosine(["cat", "dog", "car"], cosine), title="pets")
    >>> shown = view([pets])
    >>> shown["title"], shown["models"][0]["classes"]["label"]
    ('pets', ['cat', 'dog', 'car'])
    """
    tell = progress or (lambda *_: None)
    models = [
        model_view(
            analysis, images, lambda stage, done, total: tell(f"report, {stage}", done, total)
        )
        for analysis in analyses
    ]
    return {
        "schema": SCHEMA,
        "version": SCHEMA_VERSION,
        "semdepth": version("semdepth"),
        "title": " and ".join(analysis.subject.title for analysis in analyses),
        "command": command,
        "models": models,
        "difference": difference_view(*analyses) if len(analyses) == 2 else None,
    }
