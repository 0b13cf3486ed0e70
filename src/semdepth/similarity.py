"""Class similarity matrices: how alike classes are to a network's weights, or to a taxonomy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from semdepth.class_names import as_code, check_class_names, listed, positions_of
from semdepth.confusion import ConfusionMatrix
from semdepth.errors import ConfusionError, LabelError, MatrixError, OptionError
from semdepth.head import ClassifierHead
from semdepth.kernels import on_torch
from semdepth.kernels.gram import extremes, scale, scale_and_mirror, upper_products
from semdepth.kernels.similarity_rows import most_alike
from semdepth.kernels.threads import row_blocks
from semdepth.labels import Placement
from semdepth.taxonomy import (
    Relations,
    jiang_conrath,
    leacock_chodorow,
    lin,
    relations,
    resnik,
)

# float64 decides up to here (Lite0's 1000 classes: 203 affinity clusters, in float32 204);
# above, its memory and time are no longer worth it.
DOUBLE_UP_TO = 5_000
# Templates are divided by their lengths in float64, so many at a time: they stay in the cache.
_ROWS_IN_DOUBLE = 64

KINDS = ("structural", "functional", "semantic")


@dataclass(frozen=True, eq=False, slots=True)
class SimilarityMatrix:
    """A class similarity matrix (CSM): ``values`` (n, n) from 0 to 1, symmetric, diagonal 1.

    ``kind`` is ``"structural"`` (from weights), ``"functional"`` (from a confusion matrix) or
    ``"semantic"`` (from a taxonomy). Values are scaled so that the least similar pair has 0;
    float64 up to 5,000 classes, float32 above. ``device`` is where affinity propagation of it
    runs (:func:`structural_similarity`); the values are numpy's wherever they were computed.
    """

    kind: str
    labels: tuple[str, ...]
    values: np.ndarray
    device: str = on_torch.CPU

    def __post_init__(self):
        if self.kind not in KINDS:
            raise OptionError(f"expected kind to be one of {', '.join(KINDS)}, found {self.kind!r}")
        _check_classes(self.labels, len(self.values))
        # A view of its own, so that the caller's array stays as writable as it was.
        object.__setattr__(self, "values", self.values.view())
        self.values.setflags(write=False)

    def __repr__(self) -> str:
        n = len(self.labels)
        return f"SimilarityMatrix({self.kind}, {n} x {n} {self.values.dtype})"

    def _repr_html_(self) -> str:
        return as_code(self)

    def of(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Similarities of the pairs of classes that two arrays of positions name."""
        return self.values[i, j]

    def most_alike(self, count: int) -> np.ndarray:
        """The ``count`` most similar pairs, (count, 2) with i < j, most similar first."""
        return most_alike(self.values, count)

    def select(self, labels: Sequence[str]) -> SimilarityMatrix:
        """Restricted to some classes, in the order given, and scaled anew."""
        kept = positions_of(labels, self.labels, "the similarity matrix")
        values = self.values[np.ix_(kept, kept)]
        if self.kind == "functional":
            return SimilarityMatrix(self.kind, tuple(labels), values, self.device)
        return replace(_scaled(self.kind, tuple(labels), values), device=self.device)

    def to_dict(self) -> dict:
        return {"kind": self.kind, "labels": list(self.labels), "values": self.values.tolist()}

    @classmethod
    def from_dict(cls, data: dict) -> SimilarityMatrix:
        labels = tuple(data["labels"])
        return cls(data["kind"], labels, np.array(data["values"], dtype=_kind_for(len(labels))))


def structural_similarity(
    head: ClassifierHead,
    *,
    device: str = on_torch.CPU,
    progress: Callable[[int, int], None] | None = None,
) -> SimilarityMatrix:
    """How alike a network perceives its classes: cosine of their templates, scaled to [0, 1].

    method 1 (Filus et al. 2025, the NSSG's matrix): cosines of all pairs, min-max over all cells,
    diagonal set to 1; neither bias nor centring. Raises :class:`MatrixError` for a template
    that is all zero or not finite, naming its class, and where all cells are equal. Above 5,000
    classes ``progress(done, n)`` is told how many rows of the matrix are done. ``device`` is
    ``"cuda"`` or ``"cuda:1"`` for a GPU through torch: :class:`OptionError` where it is not
    there or has too little memory.

    >>> import numpy as np
    >>> head = ClassifierHead(("cat", "dog", "car"), np.array([[2, 1], [1, 1], [-1, 2.0]]), "fc")
    >>> structural_similarity(head).values.round(3)
    array([[1.   , 0.949, 0.   ],
           [0.949, 1.   , 0.316],
           [0.   , 0.316, 1.   ]])
    """
    rows = unit_rows(head.labels, head.templates, "templates", f" (tensor {head.tensor})")
    return _scaled_cosines("structural", head.labels, rows, progress, device)


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


def functional_similarity(confusion: ConfusionMatrix, *, unseen: str = "error") -> SimilarityMatrix:
    """How alike classes are to a model's errors (method 1, the NFSG's matrix).

    Each row of the confusion matrix is divided by its sum, then ``F = (M + Mᵀ) / 2`` with ones
    on the diagonal; there is no min-max, so 0 means never mixed up. A class without samples is
    an error that names it, or with ``unseen="leave_out"`` it is left out of the result.

    >>> seen = ConfusionMatrix(("cat", "dog"), [[8, 2], [1, 9]])
    >>> functional_similarity(seen).values.round(3)
    array([[1.  , 0.15],
           [0.15, 1.  ]])
    """
    if unseen not in ("error", "leave_out"):
        raise OptionError(f"expected unseen to be error or leave_out, found {unseen!r}")
    if confusion.never_seen:
        if unseen == "error":
            raise ConfusionError(
                f"expected samples of every class, found none of {listed(confusion.never_seen)}; "
                "leave classes without samples out (--unseen leave_out)"
            )
        confusion = confusion.without_unseen()
    _check_classes(confusion.labels, len(confusion.counts))
    shares = confusion.counts / confusion.counts.sum(axis=1, keepdims=True)
    values = ((shares + shares.T) / 2).astype(_kind_for(len(shares)))
    np.fill_diagonal(values, 1.0)
    if not np.triu(values, k=1).any():
        raise ConfusionError(
            "expected errors, found predictions without any; there is nothing to explain"
        )
    return SimilarityMatrix("functional", confusion.labels, values)


def semantic_similarity(
    placement: Placement, measure: str = "path", *, lcs: str = "min_depth"
) -> SimilarityMatrix:
    """How alike a taxonomy says the classes are, scaled to [0, 1] (method 1, the SSG's matrix).

    ``measure`` is ``"path"``, ``"wup"`` (Wu-Palmer), ``"lch"`` (Leacock-Chodorow), or, by the
    intrinsic information content of the concepts, ``"res"`` (Resnik), ``"lin"`` (Lin) or
    ``"jcn"`` (Jiang-Conrath). All classes must be placed.

    >>> from semdepth.labels import place
    >>> semantic_similarity(place(["dog", "cat", "car"])).values.round(3)
    array([[1.   , 0.153, 0.023],
           [0.153, 1.   , 0.   ],
           [0.023, 0.   , 1.   ]])
    """
    if placement.unplaced:
        raise LabelError(
            f"expected every class to have a concept of {placement.taxonomy.title}, found none "
            f"for {listed(placement.unplaced)}; give their ids, or leave them out"
        )
    related = relations(placement.taxonomy, placement.concepts, lcs=lcs)
    values = semantic_measure(related, measure, dtype=_kind_for(len(placement.labels)))
    # Jiang-Conrath is infinite for classes that cannot be told apart: they are as alike as any.
    endless = np.isinf(values)
    if endless.any():
        values[endless] = values[~endless].max(initial=0.0)
    return _scaled("semantic", placement.labels, values)


def semantic_from_vectors(labels: Sequence[str], vectors: np.ndarray) -> SimilarityMatrix:
    """How alike classes are in an embedding of words: cosines of (n, d) vectors, then min-max.

    >>> words = np.array([[0.9, 0.1], [0.8, 0.3], [0.0, 1.0]])
    >>> semantic_from_vectors(["dog", "cat", "car"], words).values.round(2)
    array([[1.  , 0.97, 0.  ],
           [0.97, 1.  , 0.27],
           [0.  , 0.27, 1.  ]])
    """
    labels = tuple(labels)
    _check_classes(labels, len(vectors))
    return _scaled_cosines("semantic", labels, unit_rows(labels, vectors, "vectors"))


def semantic_measure(related: Relations, measure: str, *, dtype: type = np.float64) -> np.ndarray:
    """A measure of :data:`SEMANTIC_MEASURES` as it is defined, not scaled, (n, n)."""
    if measure not in SEMANTIC_MEASURES:
        raise OptionError(
            f"expected a measure out of {', '.join(SEMANTIC_MEASURES)}, found {measure!r}"
        )
    return SEMANTIC_MEASURES[measure](related, dtype)


def _path(related: Relations, dtype: type) -> np.ndarray:
    steps = related.distances().astype(dtype)
    steps += 1.0
    return np.reciprocal(steps, out=steps)


def _leacock_chodorow(related: Relations, dtype: type) -> np.ndarray:
    return leacock_chodorow(related.distances(), related.taxonomy.depth_limit).astype(dtype)


SEMANTIC_MEASURES = {
    "path": _path,
    "wup": Relations.wu_palmer,
    "lch": _leacock_chodorow,
    "res": lambda related, dtype: resnik(related).astype(dtype),
    "lin": lambda related, dtype: lin(related).astype(dtype),
    "jcn": lambda related, dtype: jiang_conrath(related).astype(dtype),
}


def scale_similarities(kind: str, labels: Sequence[str], values: np.ndarray) -> SimilarityMatrix:
    """Any symmetric finite (n, n) matrix as a class similarity matrix: min-max, diagonal 1."""
    labels = tuple(labels)
    values = np.array(values, dtype=_kind_for(len(labels)))
    _check_square(labels, values)
    return _scaled(kind, labels, values)


def _scaled(kind: str, labels: tuple[str, ...], values: np.ndarray) -> SimilarityMatrix:
    """Min-max over all cells, the diagonal included, then ones on it; in place."""
    values = values.astype(_kind_for(len(labels)), copy=False)
    least, most = extremes(values)
    check_spread(least, most, values)
    scale(values, least, most - least)
    return SimilarityMatrix(kind, labels, values)


def _scaled_cosines(
    kind: str,
    labels: tuple[str, ...],
    rows: np.ndarray,
    progress: Callable[[int, int], None] | None = None,
    device: str = on_torch.CPU,
) -> SimilarityMatrix:
    """The same of the dot products of unit rows; of many, each pair is multiplied once."""
    if device != on_torch.CPU:
        values, least, most = on_torch.scaled_products(rows, device, progress)
        check_spread(least, most, values)
        return SimilarityMatrix(kind, labels, values, device)
    if rows.dtype == np.float64:
        return _scaled(kind, labels, rows @ rows.T)
    values, least, most = upper_products(rows, progress)
    check_spread(least, most, values)
    scale_and_mirror(values, least, most - least)
    return SimilarityMatrix(kind, labels, values)


def check_spread(least: np.floating, most: np.floating, values: np.ndarray) -> None:
    """Refuse cells (n, n) that go from ``least`` to ``most`` if these differ by rounding alone."""
    # Templates that are multiples of each other differ by rounding alone.
    if most - least <= 8 * np.finfo(values.dtype).eps * max(abs(least), abs(most)):
        raise MatrixError(
            f"expected classes that differ in similarity, found all {values.size} cells equal to "
            f"{most:g}; there is no structure to analyse"
        )


def unit_rows(
    labels: tuple[str, ...], vectors: np.ndarray, what: str, source: str = ""
) -> np.ndarray:
    """Vectors (n, d) divided by their lengths; messages call them ``what``, out of ``source``."""
    vectors = np.asarray(vectors)
    rows = np.empty(vectors.shape, dtype=_kind_for(len(vectors)))
    for block in row_blocks(len(rows), _ROWS_IN_DOUBLE):
        wide = vectors[block].astype(np.float64)
        finite = np.isfinite(wide).all(axis=1)
        if not finite.all():
            name = labels[block][int(np.argmin(finite))]
            raise MatrixError(
                f"expected finite {what}, found NaN or infinity in that of class {name!r}{source}; "
                "the file may be from a run that diverged"
            )
        # Scaled by its greatest entry first, so that squares neither overflow nor vanish.
        largest = np.abs(wide).max(axis=1, keepdims=True)
        if not largest.all():
            name = labels[block][int(np.argmin(largest))]
            raise MatrixError(
                f"expected {what} other than zero, found all zeros for class {name!r}{source}; "
                "leave that class out, or choose another layer or file"
            )
        wide /= largest
        rows[block] = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    return rows


def _kind_for(n: int) -> type:
    return np.float64 if n <= DOUBLE_UP_TO else np.float32


def _check_classes(labels: tuple[str, ...], n: int) -> None:
    if n < 2:
        raise MatrixError(f"expected at least 2 classes to compare, found {n}")
    check_class_names(labels, n, "the similarity matrix")


def _check_square(labels: tuple[str, ...], values: np.ndarray) -> None:
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise MatrixError(f"expected a square matrix, found shape {values.shape}")
    if values.dtype.kind not in "fiu":
        raise MatrixError(f"expected a matrix of numbers, found type {values.dtype}")
    _check_classes(labels, len(values))
    bad = ~np.isfinite(values)
    if bad.any():
        raise MatrixError(
            f"expected finite similarities, found {values[bad][0]} for {_cell(labels, bad)}"
        )
    single = np.finfo(np.float32).eps
    precision = min(single, np.finfo(values.dtype).eps) if values.dtype.kind == "f" else 0
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
