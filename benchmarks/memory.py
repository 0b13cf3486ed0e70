"""Peak memory of one side, in a process of its own: what it holds above its imports.

    python benchmarks/memory.py STAGE SIDE TEMPLATES N FOLDER

prints megabytes and seconds. Everything that is read or made after the imports counts: the head's
templates, WordNet, the matrix.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from inputs import Input, read_input
from measure import memory

# By their names: the peer, and the stage whose time tells whether the peer can be waited for.
STAGES = {
    "peak memory of Similarity Depth": ("scikit-learn, networkx, NLTK", "Similarity Depth"),
    "peak memory of affinity propagation": ("scikit-learn", "affinity propagation"),
}
# As much memory as in all iterations, in less time.
_ITERATIONS = 2


def measure(stage: str, side: str, chosen: Input, folder: Path) -> tuple[float, float]:
    """Megabytes and seconds."""
    work = _ours(stage) if side == "ours" else _theirs(stage)
    held, start = memory("VmRSS"), time.perf_counter()
    work(read_input(chosen, folder))
    return memory("VmHWM") - held, time.perf_counter() - start


def _ours(stage: str):
    import numba  # noqa: F401
    import stages

    from semdepth.kernels import compiled  # noqa: F401
    from semdepth.kernels.affinity import compiled_messages  # noqa: F401

    if "affinity" in stage:
        return lambda head: stages.AffinityPropagation()(stages.structural_similarity(head))
    return lambda head: stages.whole_path(head, chance=True)


def _theirs(stage: str):
    import nltk.corpus  # noqa: F401
    import peers

    if "affinity" in stage:
        return lambda head: peers.affinity(peers.similarities(head.templates), _ITERATIONS)
    return lambda head: peers.straightforward(head.templates, head.ids)


if __name__ == "__main__":
    stage, side, templates, n, folder = sys.argv[1:]
    print(*measure(stage, side, Input(int(n), templates), Path(folder)))
