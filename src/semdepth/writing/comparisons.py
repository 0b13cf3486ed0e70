"""Writes a comparison of many models as a folder of files: JSON, tables and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, fields
from functools import partial
from importlib.util import find_spec
from math import isnan
from pathlib import Path

from semdepth.comparison import SCHEMA, ComparedModel, Comparison
from semdepth.writing.drawings import FIGURE_FORMATS, Drawing, rendered
from semdepth.writing.exports.libraries import to_parquet
from semdepth.writing.folder import File, write_folder
from semdepth.writing.report import Report
from semdepth.writing.tables import Table, csv_text, document_json

ENTRIES = (
    "comparison.json",
    "report.html",
    "models.csv",
    "models.parquet",
    "pairs.csv",
    "alignment.csv",
    "figures",
)

_KINDS = {"str": str, "int": int, "bool": bool, "float": float}
MODEL_TYPES = {
    **{field.name: _KINDS[str(field.type)] for field in fields(ComparedModel)},
    "rank": float,
    "error": str,
}
TEST_TYPES = {
    "clusterer": str,
    "first": str,
    "second": str,
    "sd_first": float,
    "sd_second": float,
    "difference": float,
    "low": float,
    "high": float,
    "p": float,
    "adjusted_p": float,
}

Progress = Callable[[str, int, int], None]


def write_comparison(
    comparison: Comparison,
    folder: str | Path,
    *,
    figures: bool = True,
    report: bool = True,
    inputs: Iterable[Path] = (),
    progress: Progress | None = None,
) -> list[Path]:
    """Write ``comparison.json``, ``report.html``, tables and ``figures/`` into a folder.

    ``models.csv`` has a row a model and clusterer and one for each model that failed,
    ``models.parquet`` the same where pyarrow is installed, ``pairs.csv`` the test of every two
    models, ``alignment.csv`` how alike every two see the classes. All or nothing; an earlier
    comparison in the folder is replaced, other files and ``inputs`` are not. Returns what was
    written. Figures need ``semdepth[figures]``.
    """
    files = _files(comparison, figures, report, progress or (lambda *_: None))
    return write_folder(folder, files, owns=_is_comparison, entries=ENTRIES, inputs=inputs)


def comparison_json(comparison: Comparison) -> str:
    """The whole comparison as JSON (schema ``semdepth/comparison``)."""
    return document_json(comparison.to_dict())


def models_table(comparison: Comparison) -> Table:
    """A row a model and clusterer with its rank by Similarity Depth, then the models that failed.

    ``rank`` is 1 for the deepest by that clusterer.
    """
    ranks = {clusterer: comparison.ranks(clusterer) for clusterer in comparison.clusterers}
    rows = [
        (*map(_known, asdict(row).values()), _known(ranks[row.clusterer][row.model]), None)
        for row in comparison.rows
    ]
    between = (None,) * (len(MODEL_TYPES) - 2)
    rows += [(one.model, *between, one.error) for one in comparison.failed]
    return Table(MODEL_TYPES, rows)


def tests_table(comparison: Comparison) -> Table:
    """A row a clusterer and pair of models: the difference, second minus first, and its test."""
    rows = [
        (
            test.clusterer,
            test.first,
            test.second,
            *map(
                _known,
                (
                    test.difference.first,
                    test.difference.second,
                    test.difference.difference,
                    *test.difference.interval,
                    test.difference.p_value,
                    test.adjusted_p,
                ),
            ),
        )
        for test in comparison.tests
    ]
    return Table(TEST_TYPES, rows)


def alignment_table(comparison: Comparison) -> Table:
    """Spearman's correlation of every two models' similarities, a row and a column a model."""
    beside = "model"
    while beside in comparison.models:
        beside += "_"
    types = {beside: str, **dict.fromkeys(comparison.models, float)}
    rows = [
        (model, *map(_known, row))
        for model, row in zip(comparison.models, comparison.alignment.tolist(), strict=True)
    ]
    return Table(types, rows)


def _files(
    comparison: Comparison, figures: bool, report: bool, progress: Progress
) -> Iterator[File]:
    yield "comparison.json", comparison_json(comparison).encode()
    if report:
        yield "report.html", Report(comparison).html(progress).encode()
    models = models_table(comparison)
    yield "models.csv", csv_text(models).encode()
    if find_spec("pyarrow") is not None:
        yield "models.parquet", to_parquet(models, "models")
    yield "pairs.csv", csv_text(tests_table(comparison)).encode()
    yield "alignment.csv", csv_text(alignment_table(comparison)).encode()
    yield from rendered(
        _drawings(comparison), FIGURE_FORMATS if figures else (), progress, under="figures/"
    )


def _drawings(comparison: Comparison) -> Iterator[Drawing]:
    """Name and drawing of each figure; nothing is drawn before it is called."""
    from semdepth.writing import figures

    yield "ranking", lambda: figures.plot_ranking(comparison)
    if len(comparison.models) > 1:
        yield "alignment", lambda: figures.plot_alignment(comparison)
    if comparison.has_predictions:
        for name, score in (("accuracy", "accuracy"), ("compliance", "explained")):
            yield f"depth-{name}", partial(figures.plot_scatter, comparison, score)


def _is_comparison(folder: Path) -> bool:
    """Whether an earlier comparison was written into this folder."""
    try:
        with (folder / "comparison.json").open("rb") as file:
            return f'"{SCHEMA}"'.encode() in file.read(200)
    except OSError:
        return False


def _known(value: object) -> object:
    return None if isinstance(value, float) and isnan(value) else value
