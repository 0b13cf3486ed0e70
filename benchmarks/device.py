"""Similarity and affinity propagation on the processor (numpy, numba) and on a device (torch).

Each size is run in both ways, on templates in the shape of a tree; labels must be equal, and are
compared. Seconds are of the clock, the least of ``--runs``; a first small run, which loads and
compiles, does not count. ``--device torch-cpu`` runs the device's code where no GPU is: it says
whether the labels are equal, and nothing about the speed of a GPU. ``--quick`` takes 300 and 1,000
classes only.
"""

from __future__ import annotations

import argparse
import platform
import time
from dataclasses import replace

import numpy as np

from semdepth import AffinityPropagation, ClassifierHead, Clustering, structural_similarity
from semdepth.errors import OptionError
from semdepth.kernels import on_torch

SIZES = (1_000, 2_000, 4_000, 5_000, 8_000, 12_000, 21_843)
QUICK = (300, 1_000)
DIMENSION = 1024
# torch's own arithmetic on a processor is far slower than numpy with numba.
LARGEST_ON_TORCH_CPU = 1_000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--device", default="cuda", help="cuda, cuda:1 or torch-cpu")
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--runs", type=int, default=3)
    chosen = arguments.parse_args()
    try:
        on_torch.check_device(chosen.device)
    except OptionError as error:
        arguments.error(f"{error}; or --device torch-cpu")
    print(f"cpu: {platform.machine()}; {chosen.device}: {device_name(chosen.device)}\n")
    print(
        "| classes | type | similarity, cpu (s) | on device (s) | clusters, cpu (s) "
        "| on device (s) | iterations | greatest difference | labels |\n"
        "|--:|---|--:|--:|--:|--:|--:|--:|---|"
    )
    compare(head_of(200), chosen.device, 1)
    sizes = QUICK if chosen.quick else SIZES
    agree = True
    for n in sizes:
        if chosen.device == "torch-cpu" and n > LARGEST_ON_TORCH_CPU:
            print(f"| {n:,} | not run: torch on a processor takes too long |")
            continue
        line, equal = compare(head_of(n), chosen.device, chosen.runs)
        agree &= equal
        print(line, flush=True)
    if not agree:
        raise SystemExit("labels differ")


def compare(head: ClassifierHead, device: str, runs: int) -> tuple[str, bool]:
    """One line of the table, and whether the labels are the same."""
    here, seconds_here = least(lambda: structural_similarity(head), runs)
    there, seconds_there = least(lambda: structural_similarity(head, device=device), runs)
    cluster = AffinityPropagation()
    plain, on_cpu = least(lambda: cluster(here), runs)
    found, on_device = least(lambda: cluster(there), runs)
    # The same matrix on both: rounding of the products apart, nothing may differ.
    same, _ = least(lambda: cluster(replace(here, device=device)), 1)
    apart = max(float(np.abs(a - b).max()) for a, b in zip(here.values, there.values, strict=True))
    verdicts = differing(plain, found), differing(plain, same)
    line = (
        f"| {len(head.labels):,} | {here.values.dtype} | {seconds_here:.3f} | {seconds_there:.3f} "
        f"| {on_cpu:.3f} | {on_device:.3f} | {plain.iterations} | {apart:.1e} "
        f"| {verdicts[0]} differ; of one matrix {verdicts[1]} |"
    )
    return line, not any(verdicts)


def differing(one: Clustering, other: Clustering) -> int:
    return int((one.assignment != other.assignment).sum())


def least(work, runs: int):
    """The last result and the least seconds; what comes back is numpy's, so the device is done."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return result, min(seconds)


def head_of(n: int) -> ClassifierHead:
    """Random templates whose classes share components with ever fewer others."""
    random = np.random.default_rng(n)
    templates = random.normal(size=(n, DIMENSION)).astype(np.float32)
    for share in (4, 16, 64, 256):
        shared = random.normal(size=(-(-n // share), DIMENSION)).astype(np.float32)
        templates += 0.5 * np.repeat(shared, share, axis=0)[:n]
    return ClassifierHead(tuple(f"c{i}" for i in range(n)), templates, "synthetic")


def device_name(device: str) -> str:
    import torch

    name = "a processor" if device == "torch-cpu" else torch.cuda.get_device_name(device)
    return f"torch {torch.__version__}, {name}"


if __name__ == "__main__":
    main()
