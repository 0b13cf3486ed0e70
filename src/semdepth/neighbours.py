"""The nearest templates of every class: what stands for the similarity matrix of very many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from semdepth.class_names import as_code
from semdepth.errors import MatrixError, OptionError
from semdepth.head import ClassifierHead
from semdepth.kernels.nearest import nearest_of, nearest_rows
from semdepth.kernels.neighbour_search import search_nearest
from semdepth.kernels.threads import row_blocks
from semdepth.similarity import unit_rows

NEIGHBOURS = 32
# Above this all pairs take half an hour; the search in cells takes minutes.
EXACT_UP_TO = 200_000
SEARCHES = ("exact", "cells")

# Up to so many classes the median is of all cells; above, of a sample of pairs: its rank among
# all pairs is then 50% within 0.1, nineteen times in twenty.
_ALL_CELLS_UP_TO = 3_000
_SAMPLED_PAIRS = 1 << 20
_SAMPLED_ROWS = 256
_BLOCK_PAIRS = 1 << 16


@dataclass(frozen=True, eq=False, slots=True)
class NeighbourSimilarity:
    """The k nearest templates of each of n classes, and the templates to compute the rest from.

    Similarities are on the scale of a :class:`semdepth.similarity.SimilarityMatrix`: cosines,
    with 0 at the least similar pair and 1 at equal directions.

    Attributes
    ----------
    labels : the n class names.
    neighbours (n, k) int32, values (n, k) float32 : each class's nearest, the most alike first.
    directions (n, d) float32 : the templates, each of length 1.
    least : the least cosine of all pairs, or of a sample where not all pairs were computed.
    median : the median similarity of all pairs, from a sample where there are many.
    search, seed : how neighbours were found: ``"exact"``, or in ``"cells"``, which misses some.
    """

    kind: ClassVar[str] = "structural"

    labels: tuple[str, ...]
    neighbours: np.ndarray
    values: np.ndarray
    directions: np.ndarray
    least: float
    median: float
    search: str
    seed: int

    def __post_init__(self):
        for array in (self.neighbours, self.values, self.directions):
            array.setflags(write=False)

    def __repr__(self) -> str:
        n, k = self.neighbours.shape
        return f"NeighbourSimilarity({n:,} classes, the {k} nearest of each, {self.search})"

    def _repr_html_(self) -> str:
        return as_code(self)

    @property
    def note(self) -> str:
        """What a reader of results must know about them."""
        k = self.neighbours.shape[1]
        how, scale = "found exactly", ""
        if self.search == "cells":
            how = "found in part (faiss, inverted file)"
            scale = f"; the scale's zero is the least of {_SAMPLED_ROWS} classes' cosines"
        return f"approximate: from the {k} nearest templates of each class, {how}{scale}"

    def of(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Similarities of the pairs of classes that two arrays name, neighbours or not."""
        found = np.empty(len(i), dtype=np.float32)
        for block in row_blocks(len(i), _BLOCK_PAIRS):
            first, second = self.directions[i[block]], self.directions[j[block]]
            found[block] = np.einsum("ij,ij->i", first, second)
        return self.scaled(found)

    def among(self, classes: np.ndarray) -> np.ndarray:
        """The similarities of some classes with each other, (m, m)."""
        chosen = self.directions[classes]
        return self.scaled(chosen @ chosen.T)

    def scaled(self, cosines: np.ndarray) -> np.ndarray:
        """Cosines on the scale of similarities; what lies below a sampled least is 0."""
        return np.clip((cosines - self.least) / np.float32(1 - self.least), 0, 1)

    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        """Every class with each of its neighbours, (n k, 2), and their similarities."""
        n, k = self.neighbours.shape
        here = np.repeat(np.arange(n, dtype=np.int32), k)
        return np.column_stack((here, self.neighbours.ravel())), self.values.ravel()

    def most_alike(self, count: int) -> np.ndarray:
        """The ``count`` most similar pairs of neighbours, (count, 2), i < j, most similar first."""
        some = min(2 * count, self.values.size)
        # Each pair may stand here twice.
        least = np.partition(self.values, -some, axis=None)[-some] if some else np.inf
        row, place = np.nonzero(self.values >= least)
        ends = np.sort(np.column_stack((row, self.neighbours[row, place])), axis=1)
        pairs, first = np.unique(ends, axis=0, return_index=True)
        alike = self.values[row[first], place[first]]
        order = np.lexsort((pairs[:, 1], pairs[:, 0], -alike))
        return pairs[order[:count]].astype(np.int64)

    def nearest_of(self, classes: np.ndarray, candidates: np.ndarray) -> np.ndarray:
        """For each of some classes the place among ``candidates`` of the most similar one."""
        return nearest_of(self.directions, classes, candidates)


def nearest_templates(
    head: ClassifierHead,
    neighbours: int = NEIGHBOURS,
    *,
    search: str | None = None,
    seed: int = 42,
    progress: Callable[[int, int], None] | None = None,
) -> NeighbourSimilarity:
    """The classes that a network perceives as most like each class, for heads of any size.

    ``search`` is ``"exact"`` (all pairs, by blocks; by default up to 200,000 classes) or
    ``"cells"`` (above; needs ``semdepth[neighbours]``). Raises :class:`MatrixError` as
    :func:`semdepth.similarity.structural_similarity` does.

    >>> head = ClassifierHead(("cat", "dog", "car"), np.array([[2, 1], [1, 1], [-1, 2.0]]), "fc")
    >>> found = nearest_templates(head, 1)
    >>> found.neighbours.ravel(), found.values.ravel().round(3)
    (array([1, 0, 1], dtype=int32), array([0.949, 0.949, 0.316], dtype=float32))
    """
    n = head.n_classes
    if not 1 <= neighbours < n:
        raise OptionError(
            f"expected neighbours from 1 to {n - 1}, one less than classes, found {neighbours}"
        )
    search = search or ("exact" if n <= EXACT_UP_TO else "cells")
    if search not in SEARCHES:
        raise OptionError(f"expected a search out of {', '.join(SEARCHES)}, found {search!r}")
    rows = unit_rows(head.labels, head.templates, "templates", f" (tensor {head.tensor})")
    rows = rows.astype(np.float32, copy=False)
    if search == "exact":
        found = nearest_rows(rows, neighbours, progress)
    else:
        found = search_nearest(rows, neighbours, seed=seed, progress=progress)
    random = np.random.default_rng(seed)
    least = _least_of_some(rows, random) if found.least is None else found.least
    if 1 - least <= 64 * np.finfo(np.float32).eps:
        raise MatrixError(
            f"expected classes that differ in similarity, found all pairs at cosine {least:g}; "
            "there is no structure to analyse"
        )
    span = np.float32(1 - least)
    return NeighbourSimilarity(
        labels=head.labels,
        neighbours=found.neighbours,
        values=np.clip((found.products - np.float32(least)) / span, 0, 1),
        directions=rows,
        least=least,
        median=(_median(rows, random) - least) / (1 - least),
        search=search,
        seed=seed,
    )


def _least_of_some(rows: np.ndarray, random: np.random.Generator) -> float:
    """The least cosine between a sample of rows and all."""
    chosen = random.choice(len(rows), min(_SAMPLED_ROWS, len(rows)), replace=False)
    return min(
        float((rows[chosen] @ rows[block].T).min()) for block in row_blocks(len(rows), _BLOCK_PAIRS)
    )


def _median(rows: np.ndarray, random: np.random.Generator) -> float:
    """The median cosine of all cells of the matrix, its diagonal included, or of a sample."""
    if len(rows) <= _ALL_CELLS_UP_TO:
        return float(np.median(rows @ rows.T))
    i, j = random.integers(len(rows), size=(2, _SAMPLED_PAIRS))
    found = [
        np.einsum("ij,ij->i", rows[i[block]], rows[j[block]])
        for block in row_blocks(_SAMPLED_PAIRS, _BLOCK_PAIRS)
    ]
    return float(np.median(np.concatenate(found)))
