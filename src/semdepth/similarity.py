"""Class similarity matrices: how alike classes are to a network's weights, or to a taxonomy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from semdepth.errors import LabelError, MatrixError, OptionError
from semdepth.head import ClassifierHead
from semdepth.labels import Placement
from semdepth.taxonomy import Relations, leacock_chodorow, relations

# float64 decides up to here (Lite0's 1000 classes: 203 affinity clusters, in float32 204);
# above, its memory and time are no longer worth it.
DOUBLE_UP_TO = 5_000

KINDS = ("structural", "functional", "semantic")


@dataclass(frozen=True, eq=False, slots=True)
class SimilarityMatrix:
    """A class similarity matrix (CSM): ``values`` (n, n) from 0 to 1, symmetric, diagonal 1.

    ``kind`` is ``"structural"`` (from weights), ``"functional"`` (from a confusion matrix) or
    ``"semantic"`` (from a taxonomy). Values are scaled so that the least similar pair has 0;
    float64 up to 5,000 classes, float32 above.
    """

    kind: str
    labels: tuple[str, ...]
    values: np.ndarray

    def __post_init__(self):
        if self.kind not in KINDS:
            raise OptionError(f"expected kind to be one of {', '.join(KINDS)}, found {self.kind!r}")
        _check_labels(self.labels, len(self.values))
        self.values.setflags(write=False)

    def __repr__(self) -> str:
        n = len(self.labels)
        return f"SimilarityMatrix({self.kind}, {n} x {n} {self.values.dtype})"

    def _repr_html_(self) -> str:
        return f"<code>{self!r}</code>"

    def most_alike(self, count: int) -> np.ndarray:
        """The ``count`` most similar pairs, (count, 2) with i < j, most similar first."""
        i, j = np.triu_indices(len(self.values), k=1)
        cells = self.values[i, j]
        count = min(count, len(cells))
        if count < len(cells):
            least = np.partition(cells, len(cells) - count)[len(cells) - count]
            kept = np.flatnonzero(cells >= least)
            i, j, cells = i[kept], j[kept], cells[kept]
        order = np.lexsort((j, i, -cells))[:count]
        return np.column_stack((i[order], j[order]))

    def to_dict(self) -> dict:
        return {"kind": self.kind, "labels": list(self.labels), "values": self.values.tolist()}

    @classmethod
    def from_dict(cls, data: dict) -> SimilarityMatrix:
        labels = tuple(data["labels"])
        return cls(data["kind"], labels, np.array(data["values"], dtype=_kind_for(len(labels))))


def structural_similarity(head: ClassifierHead) -> SimilarityMatrix:
    """How alike a network perceives its classes: cosine of their templates, scaled to [0, 1].

    SPEC 1 (Filus et al. 2025, the NSSG's matrix): cosines of all pairs, min-max over all cells,
    diagonal set to 1; neither bias nor centring. Raises :class:`MatrixError` for a template
    that is all zero or not finite, naming its class, and where all cells are equal.

    >>> import numpy as np
    >>> head = ClassifierHead(("cat", "dog", "car"), np.array([[2, 1], [1, 1], [-1, 2.0]]), "fc")
    >>> structural_similarity(head).values.round(3)
    array([[1.   , 0.949, 0.   ],
           [0.949, 1.   , 0.316],
           [0.   , 0.316, 1.   ]])
    """
    templates = np.array(head.templates, dtype=_kind_for(head.n_classes))
    finite = np.isfinite(templates).all(axis=1)
    if not finite.all():
        name = head.labels[int(np.argmin(finite))]
        raise MatrixError(
            f"expected finite templates, found NaN or infinity in that of class {name!r} "
            f"(tensor {head.tensor}); the checkpoint may be from a run that diverged"
        )
    # Scaled by its greatest entry first, so that squares neither overflow nor vanish.
    largest = np.abs(templates).max(axis=1, keepdims=True)
    if not largest.all():
        name = head.labels[int(np.argmin(largest))]
        raise MatrixError(
            f"expected templates other than zero, found all zeros for class {name!r} "
            f"(tensor {head.tensor}); leave that class out, or choose another tensor"
        )
    templates /= largest
    templates /= np.linalg.norm(templates, axis=1, keepdims=True)
    return _scaled("structural", head.labels, templates @ templates.T)


def structural_from_cosine(labels: Sequence[str], cosine: np.ndarray) -> SimilarityMatrix:
    """The same from a cosine matrix (n, n) that exists already.

    It must be symmetric to rounding and within [-1, 1]; :class:`MatrixError` names the cell.

    >>> structural_from_cosine(["cat", "dog", "car"], [[1, 0.8, 0], [0.8, 1, 0.2], [0, 0.2, 1]])
    SimilarityMatrix(structural, 3 x 3 float64)
    """
    labels = tuple(labels)
    given = np.asarray(cosine)
    _check_square(labels, given)
    _check_cells(labels, given)
    kind = _kind_for(len(labels))
    return _scaled("structural", labels, given.astype(kind))


def semantic_similarity(
    placement: Placement, measure: str = "path", *, lcs: str = "min_depth"
) -> SimilarityMatrix:
    """How alike a taxonomy says the classes are, scaled to [0, 1] (SPEC 1, the SSG's matrix).

    ``measure`` is ``"path"``, ``"wup"`` (Wu-Palmer) or ``"lch"`` (Leacock-Chodorow). All classes
    must be placed.

    >>> from semdepth.labels import place
    >>> semantic_similarity(place(["dog", "cat", "car"])).values.round(3)
    array([[1.   , 0.144, 0.   ],
           [0.144, 1.   , 0.   ],
           [0.   , 0.   , 1.   ]])
    """
    if placement.unplaced:
        raise LabelError(
            f"expected every class to have a concept of {placement.taxonomy.title}, found none "
            f"for {_listed(placement.unplaced)}; give their ids, or leave them out"
        )
    related = relations(placement.taxonomy, placement.concepts, lcs=lcs)
    return _scaled("semantic", placement.labels, semantic_measure(related, measure))


def semantic_measure(related: Relations, measure: str) -> np.ndarray:
    """A measure of :data:`SEMANTIC_MEASURES` as it is defined, not scaled, (n, n) float64."""
    if measure not in SEMANTIC_MEASURES:
        raise OptionError(
            f"expected a measure out of {', '.join(SEMANTIC_MEASURES)}, found {measure!r}"
        )
    return SEMANTIC_MEASURES[measure](related)


def _path(related: Relations) -> np.ndarray:
    return 1.0 / (1.0 + related.distances())


def _leacock_chodorow(related: Relations) -> np.ndarray:
    return leacock_chodorow(related.distances(), related.taxonomy.depth_limit)


SEMANTIC_MEASURES = {"path": _path, "wup": Relations.wu_palmer, "lch": _leacock_chodorow}


def scale_similarities(kind: str, labels: Sequence[str], values: np.ndarray) -> SimilarityMatrix:
    """Any symmetric finite (n, n) matrix as a class similarity matrix: min-max, diagonal 1."""
    labels = tuple(labels)
    values = np.array(values, dtype=_kind_for(len(labels)))
    _check_square(labels, values)
    return _scaled(kind, labels, values)


def _scaled(kind: str, labels: tuple[str, ...], values: np.ndarray) -> SimilarityMatrix:
    """Min-max over all cells, the diagonal included, then ones on it; in place."""
    least, most = values.min(), values.max()
    if least == most:
        raise MatrixError(
            f"expected classes that differ in similarity, found all {values.size} cells equal to "
            f"{least:g}; there is no structure to analyse"
        )
    values -= least
    values /= most - least
    np.fill_diagonal(values, 1.0)
    return SimilarityMatrix(kind, labels, values)


def _kind_for(n: int) -> type:
    return np.float64 if n <= DOUBLE_UP_TO else np.float32


def _check_labels(labels: tuple[str, ...], n: int) -> None:
    if len(labels) != n:
        raise LabelError(
            f"expected a class name for each of {n} rows, found {len(labels)} names; "
            "give as many names as rows"
        )
    if n < 2:
        raise MatrixError(f"expected at least 2 classes to compare, found {n}")
    repeated = [label for label, count in Counter(labels).items() if count > 1]
    if repeated:
        raise LabelError(
            f"expected every class name once, found {_listed(repeated)} more than once; "
            "rename one of them"
        )


def _check_square(labels: tuple[str, ...], values: np.ndarray) -> None:
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise MatrixError(f"expected a square matrix, found shape {values.shape}")
    if values.dtype.kind not in "fiu":
        raise MatrixError(f"expected a matrix of numbers, found type {values.dtype}")
    _check_labels(labels, len(values))
    bad = ~np.isfinite(values)
    if bad.any():
        raise MatrixError(
            f"expected finite similarities, found {values[bad][0]} for {_cell(labels, bad)}"
        )
    precision = np.finfo(values.dtype).eps if values.dtype.kind == "f" else 0
    apart = np.abs(values - values.T) > 64 * precision * np.abs(values).max()
    if apart.any():
        i, j = np.argwhere(apart)[0]
        raise MatrixError(
            f"expected a symmetric matrix, found {values[i, j]:g} for {_cell(labels, apart)} but "
            f"{values[j, i]:g} the other way round; nothing is averaged silently: "
            "give (M + M.T) / 2 if that is what you mean"
        )


def _check_cells(labels: tuple[str, ...], cosine: np.ndarray) -> None:
    outside = np.abs(cosine) > 1 + 1e-4
    if outside.any():
        raise MatrixError(
            f"expected cosines from -1 to 1, found {cosine[outside][0]:g} for "
            f"{_cell(labels, outside)}; give templates instead, or divide by their lengths"
        )


def _cell(labels: tuple[str, ...], mask: np.ndarray) -> str:
    i, j = np.argwhere(mask)[0]
    return f"({labels[i]!r}, {labels[j]!r})"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
