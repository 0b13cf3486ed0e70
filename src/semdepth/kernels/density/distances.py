"""What OPTICS and HDBSCAN share: core distances, and telling how far a pass over the rows is.

Both work on distances ``1 - similarity``, which are computed row by row in the similarities' own
type and never kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

Progress = Callable[[int, int], None]


def core_distance(distances: np.ndarray, min_samples: int) -> np.floating:
    """How far one point's ``min_samples`` nearest reach, itself included; ``distances`` (n,)."""
    return np.partition(distances, min_samples - 1)[min_samples - 1]


def told(turns: range, total: int, progress: Progress | None) -> Iterator[int]:
    """The turns, while ``progress(done, total)`` is called about a hundred times."""
    each = max(1, total // 100)
    for turn in turns:
        yield turn
        done = turn + 1
        if progress is not None and (done % each == 0 or done == total):
            progress(done, total)
