"""Affinity propagation, from templates to labels, where one matrix fills the memory.

Every line is a process of its own: the similarity matrix and the preference, then the clustering
in its compiled form, its plain form, or scikit-learn's on the same matrix and the same noise.
A digest of labels and iterations tells whether they agree. Seconds are of the clock and (CPU) of
the processor; an iteration's are the mean of all after the first. MB are what the process held
at most above what it held after its imports, beside those of the matrix.

Templates are WordNet-shaped (benchmarks/stages.py) or unclustered (independent normal numbers).
``--quick`` takes 300 classes only; ``--shuffled`` takes the classes in random order.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np

from semdepth import ClassifierHead, place, read_labels, structural_similarity
from semdepth.kernels.affinity import propagation
from semdepth.kernels.affinity.propagation import affinity_propagation
from semdepth.kernels.affinity.ties import CounterNoise, LegacyNoise, counted_normal
from semdepth.kernels.median import median
from semdepth.similarity import DOUBLE_UP_TO

SIZES = (1_000, 4_000, 8_000, 21_843)
SHAPES = ("wordnet", "unclustered")
# The largest size at which each form is waited for.
FORMS = {"numba": 21_843, "numpy": 8_000, "scikit-learn": 4_000}
DIMENSION = 1024
SEED = 42


class Given(np.random.RandomState):
    """A random state that hands out the numbers of semdepth's counter."""

    def __init__(self, numbers: np.ndarray):
        super().__init__(SEED)
        self.numbers = numbers

    def standard_normal(self, size):
        return self.numbers


def head_of(n: int, shape: str, shuffled: bool) -> ClassifierHead:
    classes = read_labels("imagenet-21k")
    chosen = classes.take(range(0, len(classes), len(classes) // n)[:n])
    random = np.random.default_rng(0)
    templates = random.normal(size=(n, DIMENSION)).astype(np.float32)
    if shape == "wordnet":
        placement = place(chosen.ids, chosen.ids)
        shared: dict[int, np.ndarray] = {}
        for template, concept in zip(templates, placement.concepts.tolist(), strict=True):
            for ancestor in placement.taxonomy.path_to_root(concept):
                if ancestor not in shared:
                    shared[ancestor] = 0.5 * random.normal(size=DIMENSION).astype(np.float32)
                template += shared[ancestor]
    if shuffled:
        random.shuffle(templates)
    return ClassifierHead(chosen.labels, templates, "synthetic")


def run(n: int, shape: str, form: str, shuffled: bool) -> str:
    """One line of the table."""
    head = head_of(n, shape, shuffled)
    cluster = {"scikit-learn": theirs}.get(form, ours)
    if form == "numba":
        # Compiled or loaded once: what counts is the warm kernel.
        propagation.COMPILED_FROM = 0
        for kind in (np.float64, np.float32):
            few = np.random.default_rng(0).random((70, 70)).astype(kind)
            cluster(few, kind(0.5), CounterNoise(0), 20)
    elif form == "numpy":
        propagation.COMPILED_FROM = n + 1
    gc.collect()
    held = resident()
    similarity, clock, cpu = timed(lambda: structural_similarity(head))
    values = similarity.values
    preference, clock_median, cpu_median = timed(lambda: median(values))
    noise = LegacyNoise(SEED) if n <= DOUBLE_UP_TO else CounterNoise(SEED)
    found, clock_all, cpu_all = timed(lambda: cluster(values, preference, noise, 200))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - held
    labels, iterations, each = found
    digest = hashlib.sha256(labels.astype(np.int64).tobytes() + bytes([iterations % 256]))
    cells = [
        f"{n:,}",
        shape,
        form,
        f"{clock:.2f} ({cpu:.2f})",
        f"{clock_median:.2f} ({cpu_median:.2f})",
        f"{clock_all:.2f} ({cpu_all:.2f})",
        str(iterations),
        f"{each * 1000:.2f}",
        f"{most:.0f} / {values.nbytes / 2**20:.0f}",
        digest.hexdigest()[:8],
    ]
    return "| " + " | ".join(cells) + " |"


def ours(values, preference, noise, iterations) -> tuple[np.ndarray, int, float]:
    """Labels, iterations, and processor seconds of an iteration."""
    done: list[float] = []
    found = affinity_propagation(
        values,
        preference=preference,
        noise=noise,
        max_iterations=iterations,
        progress=lambda count, total: done.append(time.process_time()) if count else None,
    )
    return found.labels, found.iterations, (done[-1] - done[0]) / max(1, len(done) - 1)


def theirs(values, preference, noise, iterations) -> tuple[np.ndarray, int, float]:
    from sklearn.cluster import AffinityPropagation

    def fit(iterations: int) -> AffinityPropagation:
        state: int | np.random.RandomState = SEED
        if isinstance(noise, CounterNoise):
            n, items = len(values), np.arange(len(values))
            state = Given(counted_normal(noise.start, n, items[:, None], items, values))
        model = AffinityPropagation(
            affinity="precomputed", preference=preference, random_state=state, max_iter=iterations
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return model.fit(values)

    fit(1)
    model, _, all_of_them = timed(lambda: fit(iterations))
    first = timed(lambda: fit(1))[2]
    return model.labels_, model.n_iter_, (all_of_them - first) / max(1, model.n_iter_ - 1)


def timed(work: Callable[[], object]) -> tuple:
    clock, cpu = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - clock, time.process_time() - cpu


def resident() -> float:
    """Megabytes that this process holds in memory now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="300 classes only")
    parser.add_argument("--shuffled", action="store_true", help="classes in random order")
    parser.add_argument("--size", type=int, action="append", help="this size (may be repeated)")
    parser.add_argument("--patience", type=float, default=1, help="times the sizes of slow forms")
    parser.add_argument("--one", nargs=3, metavar=("N", "SHAPE", "FORM"), help="one line, here")
    options = parser.parse_args()
    if options.one:
        print(run(int(options.one[0]), *options.one[1:], options.shuffled), flush=True)
        return
    print(
        "| n | templates | form | matrix s | median s | clustering s | iterations "
        "| CPU ms each | MB / matrix | labels |"
    )
    print("|--:|---|---|--:|--:|--:|--:|--:|--:|---|", flush=True)
    for n in options.size or ((300,) if options.quick else SIZES):
        for shape in SHAPES:
            for form, most in FORMS.items():
                if n <= most * options.patience:
                    one = [sys.executable, __file__, "--one", str(n), shape, form]
                    subprocess.run(one + ["--shuffled"] * options.shuffled, check=True)


if __name__ == "__main__":
    main()
