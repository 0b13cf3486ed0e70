"""Approximate nearest neighbours through faiss, the only place that knows it.

An inverted file (Jégou, Douze & Schmid 2011): k-means divides the directions into cells, and a
direction is compared with those in the cells nearest to it alone. Measured in docs/scale.md.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from semdepth.errors import MissingExtra
from semdepth.kernels.nearest import Nearest, nearest_among
from semdepth.kernels.threads import row_blocks, thread_count

# Cells for each square root of n, and in how many of them is searched: one pair in 250 is
# compared at a million.
_CELLS = 4
_PROBED = 16
# Directions that k-means learns each cell from; faiss wants at least 39.
_LEARNT_FROM = 64
_ROUNDS = 10
_BLOCK_ROWS = 1 << 14


def search_nearest(
    rows: np.ndarray,
    count: int,
    *,
    seed: int = 42,
    progress: Callable[[int, int], None] | None = None,
) -> Nearest:
    """As :func:`semdepth.kernels.nearest.nearest_rows`, but some neighbours are missed.

    The same for the same seed, whatever the number of threads. ``least`` is None. Holds a copy
    of ``rows`` (n, d), which must be float32 and of length 1.
    """
    index = _inverted_file(rows, seed)
    neighbours = np.empty((len(rows), count), dtype=np.int32)
    products = np.empty((len(rows), count), dtype=np.float32)
    for block in row_blocks(len(rows), _BLOCK_ROWS):
        # One more: nearly always a direction finds itself.
        near, found = index.search(rows[block], count + 1)[::-1]
        own = np.arange(block.start, block.stop)
        itself = near == own[:, None]
        # Who did not find itself, among many equal ones, gives up its farthest.
        itself[~itself.any(axis=1), -1] = True
        neighbours[block] = near[~itself].reshape(-1, count)
        products[block] = found[~itself].reshape(-1, count)
        if progress is not None:
            progress(block.stop, len(rows))
    short = np.flatnonzero((neighbours < 0).any(axis=1))
    if len(short):
        neighbours[short], products[short] = nearest_among(rows, short, count)
    return Nearest(neighbours, products, None)


def _inverted_file(rows: np.ndarray, seed: int):
    try:
        import faiss
    except ImportError:
        raise MissingExtra(
            "looking for the nearest of so many classes", "faiss", "neighbours"
        ) from None
    faiss.omp_set_num_threads(thread_count())
    n, dimension = rows.shape
    cells = max(1, min(int(_CELLS * n**0.5), n // _LEARNT_FROM))
    centres = faiss.IndexFlatIP(dimension)
    index = faiss.IndexIVFFlat(centres, dimension, cells, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed, index.cp.niter = seed, _ROUNDS
    chosen = np.random.default_rng(seed).choice(n, min(n, cells * _LEARNT_FROM), replace=False)
    index.train(rows[np.sort(chosen)])
    index.add(rows)
    index.nprobe = min(_PROBED, cells)
    return index
