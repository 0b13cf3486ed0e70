"""Reads what a model takes for what: predictions class by class, or a confusion matrix.

::

    predictions.py         batches of rows, and how failures are told
    columns.py             which column is true, which is predicted
    classes.py             the class that a value means: a name, an id, an index
    tally.py               counts batches, and tells what is wrong with them
    tables.py              CSV, TSV and JSON lines; parquet.py: Parquet
    arrays.py              numpy's files, a few rows at a time
    array_predictions.py   predictions in them: indices, names, scores
    matrix.py              a confusion matrix as written
    fitting.py             the same over the model's classes: turned, cut, put in order
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NoReturn

from semdepth.confusion import ConfusionMatrix
from semdepth.errors import DamagedFile, OptionError, UnknownFormat
from semdepth.labels import LabelSet
from semdepth.reading.confusions.array_predictions import read_arrays
from semdepth.reading.confusions.fitting import ORIENTATIONS, fit
from semdepth.reading.confusions.matrix import read_array_matrix, read_text_matrix
from semdepth.reading.confusions.parquet import read_parquet
from semdepth.reading.confusions.predictions import AGAIN, Wanted, listed, reading
from semdepth.reading.confusions.tables import read_delimited, read_json_lines
from semdepth.reading.confusions.tally import Tally

__all__ = ["read_confusion", "read_predictions"]

Progress = Callable[[str, int, int], None]

_PREDICTIONS = {
    "zip": read_arrays,
    "npy": read_arrays,
    "parquet": read_parquet,
    "json": read_json_lines,
    "text": read_delimited,
}
_MATRICES = {"zip": read_array_matrix, "npy": read_array_matrix, "text": read_text_matrix}
_A_PREDICTION_FILE = "predictions (CSV, TSV, JSON lines, Parquet, .npz or .npy)"
_A_MATRIX_FILE = "a confusion matrix (CSV, TSV, .npz or .npy)"

_LEADS = {b"PK\x03\x04": "zip", b"\x93NUMPY": "npy", b"PAR1": "parquet"}
_FOREIGN = (
    (b"\x1f\x8b", "a gzip-compressed file", "unpack it with gunzip first"),
    (b"\xff\xfe", "text in UTF-16", "save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16", "save it as UTF-8"),
    (b"\x89HDF", "an HDF5 file", "save its columns with numpy.savez"),
    (b"\x80", "what looks like a Python pickle", "save its columns with numpy.savez"),
)


def read_predictions(
    path: str | Path,
    label_set: LabelSet,
    *,
    true_column: str | None = None,
    pred_column: str | None = None,
    progress: Progress | None = None,
) -> ConfusionMatrix:
    """Count the predictions in a file; the content decides its form, not the suffix.

    Parameters
    ----------
    path : CSV or TSV with a line of column names, JSON lines, Parquet (needs pyarrow), ``.npz``
        with ``y_true`` and ``y_pred``, or with scores of every class (``logits``,
        ``probabilities``) and ``labels``, or ``.npy`` of shape (m, 2). All but ``.npz``
        arrays in Fortran's order are read in batches, so files may be larger than memory.
    label_set : the model's classes in the order of its outputs; so are those of the result.
    true_column, pred_column : columns (or arrays) whose names are not among the usual ones
        (``y_true,y_pred``, ``label,prediction``, ``target,pred``, ``actual,predicted`` ...;
        case, spaces, underscores and hyphens do not matter).
    progress : called as ``progress("reading predictions", done, total)``.

    Classes are indices from 0, or names: labels, WordNet ids, synset names. A whole number
    that is also a label is that label. Of top-k columns, or a list in one cell, the first counts.
    Where the file holds its own class list (``classes``, ``wnids``), indices refer to its order,
    and it must hold the same classes; :attr:`ConfusionMatrix.source` tells if the order differs.

    Raises :class:`ReadError` for the file, :class:`LabelError` for unknown names, and
    :class:`ConfusionError` for rows without a class, indices out of range, unclear columns.

    Example::

        seen = read_predictions("predictions.csv", read_labels("cifar-10"))
    """
    path = Path(path)
    with reading(path, _A_PREDICTION_FILE):
        read = _PREDICTIONS[_form(path, _A_PREDICTION_FILE)]
        predictions = read(path, Wanted(label_set, true_column, pred_column))
        tally = Tally(label_set, predictions)
        with closing(predictions.batches) as batches:
            for batch in batches:
                tally.add(batch)
                if progress is not None:
                    progress("reading predictions", batch.done, predictions.total)
        true, pred = predictions.columns
        return tally.matrix(f"predictions in {path.name} ({true} against {pred})")


def read_confusion(
    path: str | Path, label_set: LabelSet, *, orientation: str = "true-rows"
) -> ConfusionMatrix:
    """Read a confusion matrix: counts, or shares normalised over the predictions of each class.

    Parameters
    ----------
    path : CSV or TSV with or without names above and before the numbers, ``.npy``, or ``.npz``
        with ``confusion`` (or ``confusion_matrix``, ``cm``, ``counts``, or the only square
        matrix) and, optionally, names under ``classes``, ``labels`` or ``wnids``.
    label_set : the model's classes in the order of its outputs. Where the matrix has names, they
        must be the same classes and are matched; numbers without names are taken in this order.
    orientation : ``"true-rows"`` (scikit-learn's and torchmetrics' convention) or
        ``"pred-rows"`` (Ultralytics': predicted rows, with a last row and column for background
        where objects were detected; these are dropped, which ``source`` says).

    Raises as :func:`read_predictions` does, and :class:`OptionError` for the orientation.
    """
    if orientation not in ORIENTATIONS:
        raise OptionError(
            f"expected the orientation {' or '.join(ORIENTATIONS)}, found {orientation!r}; "
            "true-rows is scikit-learn's, pred-rows Ultralytics'"
        )
    path = Path(path)
    with reading(path, _A_MATRIX_FILE):
        form = _form(path, _A_MATRIX_FILE)
        if form not in _MATRICES:
            _refuse(_A_MATRIX_FILE, f"a {form} file", "predictions go with --predictions")
        stored = _MATRICES[form](path)
        return fit(stored, label_set, orientation, f"confusion matrix in {path.name}")


def _form(path: Path, expected: str) -> str:
    """The form of a file, by its first bytes."""
    with path.open("rb") as file:
        lead = file.read(4096)
    if not lead:
        raise DamagedFile(f"expected {expected}, found an empty file (0 bytes); {AGAIN}")
    for start, form in _LEADS.items():
        if lead.startswith(start):
            return form
    for start, name, way_out in _FOREIGN:
        if lead.startswith(start):
            _refuse(expected, name, way_out)
    if any(byte < 0x20 and byte not in b"\t\r\n\f" for byte in lead):
        _refuse(expected, f"unknown bytes ({lead[:8].hex(' ')} ...)", "save it in one of these")
    text = lead.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        _refuse(expected, f"what begins {listed([text[:20].decode('utf-8', 'replace')])}", AGAIN)
    if text.startswith(b"["):
        way_out = "write one JSON object a line (pandas: to_json(orient='records', lines=True))"
        _refuse(expected, "a JSON list", way_out)
    return "json" if text.startswith(b"{") else "text"


def _refuse(expected: str, found: str, way_out: str) -> NoReturn:
    raise UnknownFormat(f"expected {expected}, found {found}; {way_out}")
