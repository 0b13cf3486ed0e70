"""What the approximate mode costs on very large heads, from the file to the finished analysis.

    python benchmarks/large.py [CLASSES ...] [--clusterer affinity] [--dimension 128]

Templates are seeded random ones in the shape of a tree, float16 in a file. Each size has a process
of its own. Prints rows for docs/scale.md: processor seconds of each part, and peak memory. A
million classes take nine minutes on two cores.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from semdepth import analyze, read_head
from semdepth.clustering import CLUSTERERS

# So many classes share each component, from the leaves' parents to the root's children.
SHARES = (10, 100, 1_000, 10_000, 100_000)
PARTS = {
    "finding neighbours": ("similarity", "nearest templates"),
    "clusters and forest": ("clusters",),
    "depth and chance": ("depth and chance",),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("classes", type=int, nargs="*", default=[300_000, 1_000_000])
    arguments.add_argument("--clusterer", default="affinity", choices=("affinity", "louvain"))
    arguments.add_argument("--dimension", type=int, default=128)
    arguments.add_argument("--head", type=Path, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.head is not None:
        print(measured(chosen.head, chosen.clusterer), flush=True)
        return
    print(f"| classes | clusterer | {' | '.join(PARTS)} | seconds in all | peak memory | found |")
    print("|--:|---|" + "--:|" * (len(PARTS) + 2) + "---|", flush=True)
    for n in chosen.classes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "head.npy"
            write_head(path, n, chosen.dimension)
            itself = [sys.executable, __file__, "--clusterer", chosen.clusterer]
            subprocess.run([*itself, "--head", path], check=True)


def write_head(path: Path, n: int, dimension: int) -> None:
    """Random templates that share a component with ever more others, written part by part."""
    random = np.random.default_rng(n)
    shared = [random.normal(size=(-(-n // share), dimension)) for share in SHARES]
    file = np.lib.format.open_memmap(path, "w+", np.float16, (n, dimension))
    for start in range(0, n, SHARES[-1]):
        items = np.arange(start, min(n, start + SHARES[-1]))
        templates = random.normal(size=(len(items), dimension))
        for share, components in zip(SHARES, shared, strict=True):
            templates += 0.6 * components[items // share]
        file[items] = templates
    file.flush()


def measured(path: Path, clusterer: str) -> str:
    """One row: what an analysis of the head in a file took in this process."""
    spent = dict.fromkeys(PARTS, 0.0)
    part, since, began = next(iter(PARTS)), time.process_time(), time.perf_counter()

    def note(stage: str, done: int, total: int) -> None:
        nonlocal part, since
        now = time.process_time()
        spent[part] += now - since
        part, since = next((p for p, names in PARTS.items() if stage.startswith(names)), part), now

    head = read_head(path)
    found = analyze(head, neighbours=32, clusterer=CLUSTERERS[clusterer](), progress=note)
    note("", 1, 1)
    cells = [f"{seconds:.0f} s" for seconds in spent.values()]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    wall = time.perf_counter() - began
    return (
        f"| {len(head.labels):,} | {clusterer} | {' | '.join(cells)} | {wall:.0f} "
        f"| {peak / 1e9:.1f} GB | {found.graph.n_clusters:,} clusters, {found.graph.note} |"
    )


if __name__ == "__main__":
    main()
