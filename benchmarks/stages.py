"""Times semdepth's stages beside scikit-learn, networkx, python-louvain and NLTK.

    python benchmarks/stages.py [--quick] [--write]

Each stage and its peer run in turn in this process on the same input, and the median of several
runs counts; what stays when the machine changes is the ratio. ``--quick`` stops at 300 classes,
``--write`` puts the table into benchmarks/RESULTS.md.

Up to 1000 classes the templates are EfficientNet-Lite0's (``make bench`` fetches them); above,
seeded random templates in the shape of WordNet: classes share a component with each ancestor.
NLTK needs WordNet's database files (Debian: wordnet-base), found through WORDNET_DIR.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from semdepth import (
    AffinityPropagation,
    ClassifierHead,
    Louvain,
    Whole,
    depth_chance,
    place,
    read_head,
    read_labels,
    similarity_depth,
    structural_similarity,
)
from semdepth.graph import build_graph, spanning_forest
from semdepth.taxonomy import relations

HERE = Path(__file__).parent
CHECKPOINT = HERE.parent / ".cache/models/efficientnet-lite0.pth"
SIZES = (100, 300, 1000, 2000)
# A peer that would take longer than this at a size is not waited for.
PATIENCE_S = 40.0
NLTK_PAIRS = 2_000

Stage = tuple[str, str, Callable[[], object], Callable[[], object] | None]


def head_of(n: int) -> ClassifierHead:
    """``n`` classes: spread over Lite0's 1000, or WordNet-shaped above that."""
    if n <= 1000:
        head = read_head(CHECKPOINT)
        return head.select([head.labels[i * len(head.labels) // n] for i in range(n)])
    classes = read_labels("imagenet-21k")
    chosen = classes.take(range(0, len(classes), len(classes) // n)[:n])
    return ClassifierHead(chosen.labels, wordnet_shaped(chosen.ids), "synthetic", ids=chosen.ids)


def wordnet_shaped(ids: tuple[str, ...], dimension: int = 512) -> np.ndarray:
    """Random templates in which classes share a component with each of their ancestors."""
    placement = place(ids, ids)
    taxonomy = placement.taxonomy
    random = np.random.default_rng(0)
    component: dict[int, np.ndarray] = {}
    templates = random.normal(size=(len(ids), dimension))
    for template, concept in zip(templates, placement.concepts.tolist(), strict=True):
        for ancestor in taxonomy.path_to_root(concept):
            if ancestor not in component:
                component[ancestor] = random.normal(size=dimension)
            template += 0.5 * component[ancestor]
    return templates


def stages(n: int) -> list[Stage]:
    """Name of the stage, name of the peer, ours, theirs (None: the peer is not at hand)."""
    import networkx as nx
    from sklearn.cluster import AffinityPropagation as TheirAffinity

    head = head_of(n)
    placement = place(head.labels, head.ids)
    similarity = structural_similarity(head)
    values = similarity.values
    clustering = AffinityPropagation()(similarity)
    whole = Whole()(similarity)
    graph = nx.from_numpy_array(values)
    return [
        (
            "similarity",
            "scikit-learn",
            lambda: structural_similarity(head),
            lambda: straightforward_similarity(head),
        ),
        (
            "affinity propagation",
            "scikit-learn",
            lambda: AffinityPropagation()(similarity),
            lambda: TheirAffinity(affinity="precomputed", random_state=42).fit(values),
        ),
        (
            "Louvain (4 orders, theirs 1)",
            "networkx",
            lambda: Louvain()(similarity),
            lambda: nx.community.louvain_communities(graph, seed=42),
        ),
        (
            "spanning forest",
            "networkx",
            lambda: spanning_forest(similarity, clustering),
            lambda: straightforward_forest(values, clustering.assignment),
        ),
        (
            "spanning tree",
            "networkx",
            lambda: spanning_forest(similarity, whole),
            lambda: nx.maximum_spanning_tree(graph),
        ),
        (
            "LCS depths, all pairs",
            "NLTK",
            lambda: relations(placement.taxonomy, placement.concepts).depths(),
            nltk_depths(placement.ids),
        ),
        (
            "whole path, with chance",
            "all of them, without chance",
            lambda: whole_path(head),
            straightforward(head, placement.ids),
        ),
    ]


def whole_path(head: ClassifierHead) -> float:
    placement = place(head.labels, head.ids)
    depth = similarity_depth(build_graph(structural_similarity(head)), placement)
    depth_chance(depth, placement)
    return depth.mean


def straightforward_similarity(head: ClassifierHead) -> np.ndarray:
    from sklearn.metrics.pairwise import cosine_similarity

    cosine = cosine_similarity(head.templates.astype(np.float64))
    values = (cosine - cosine.min()) / (cosine.max() - cosine.min())
    np.fill_diagonal(values, 1.0)
    return values


def straightforward_forest(values: np.ndarray, assignment: np.ndarray) -> list:
    import networkx as nx

    graph = nx.from_numpy_array(values)
    return [
        edge
        for cluster in np.unique(assignment)
        for edge in nx.maximum_spanning_tree(
            graph.subgraph(np.flatnonzero(assignment == cluster).tolist())
        ).edges
    ]


def straightforward(head: ClassifierHead, ids: tuple[str, ...]) -> Callable[[], float] | None:
    """The same result as a competent user would get it from the usual libraries."""
    from sklearn.cluster import AffinityPropagation as TheirAffinity

    wn = nltk_wordnet()
    if wn is None:
        return None

    def run() -> float:
        values = straightforward_similarity(head)
        found = TheirAffinity(affinity="precomputed", random_state=42).fit(values)
        synsets = [wn.synset_from_pos_and_offset("n", int(i[1:])) for i in ids]
        edges = straightforward_forest(values, found.labels_)
        depths = [nltk_depth(synsets[min(edge)], synsets[max(edge)]) for edge in edges]
        return float(np.mean(depths))

    return run


def nltk_depth(a, b) -> int:
    shared = a.lowest_common_hypernyms(b, simulate_root=False, use_min_depth=True)
    return (a if a in shared else shared[0]).max_depth() + 1


def nltk_depths(ids: tuple[str, ...]) -> Callable[[], float] | None:
    """NLTK on a sample of pairs; its time is scaled to all of them (see ``measure``)."""
    wn = nltk_wordnet()
    if wn is None:
        return None
    synsets = [wn.synset_from_pos_and_offset("n", int(i[1:])) for i in ids]
    pairs = np.random.default_rng(0).integers(len(ids), size=(NLTK_PAIRS, 2))
    all_pairs = len(ids) * (len(ids) - 1) / 2

    def run() -> float:
        for i, j in pairs:
            nltk_depth(synsets[i], synsets[j])
        return all_pairs / NLTK_PAIRS

    return run


def nltk_wordnet():
    folder = Path(os.environ.get("WORDNET_DIR", "/usr/share/wordnet"))
    if not (folder / "data.noun").exists():
        return None
    import nltk.data
    from nltk.corpus.reader.wordnet import WordNetCorpusReader

    class Nouns(WordNetCorpusReader):
        # NLTK wants the names of the lexicographers' 45 files, which Debian's package lacks and
        # nothing here reads.
        def open(self, name):
            names = "".join(f"{i:02d} file{i} 0\n" for i in range(45))
            return io.StringIO(names) if name == "lexnames" else super().open(name)

        # A map between releases of WordNet, which needs a second copy of it.
        def map_wn(self, version="wordnet"):
            return None

    nltk.data.path.append(str(folder))
    return Nouns(nltk.data.FileSystemPathPointer(str(folder)), None)


def is_sample(run: Callable[[], object] | None) -> bool:
    """Whether a run does a part of the work and returns the factor to the whole."""
    return run is not None and run.__qualname__.startswith("nltk_depths")


def measure(run: Callable[[], object], repeats: int) -> float:
    """Median seconds, scaled up where the run is a sample."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        factor = run()
        took = time.perf_counter() - start
        seconds.append(took * factor if is_sample(run) else took)
        if took > PATIENCE_S / repeats:
            break
    return statistics.median(seconds)


def compare(sizes: tuple[int, ...]) -> list[str]:
    rows = ["| stage | n | semdepth | peer | seconds | ratio |", "|---|--:|--:|---|--:|--:|"]
    growth: dict[str, float] = {}
    for n in sizes:
        for name, peer, ours, theirs in stages(n):
            ours()
            mine = measure(ours, 5)
            # A sample takes the same time at every size.
            expected = 0.0 if is_sample(theirs) else growth.get(name, 0.0)
            if theirs is None:
                other, ratio = "not run: WORDNET_DIR has no data.noun", ""
            elif expected > PATIENCE_S:
                other, ratio = f"not run: about {expected:.0f} s expected", ""
            else:
                seconds = measure(theirs, 3)
                # Pairs grow as n²; twice the size is expected to take at least four times as long.
                later = [size for size in sizes if size > n]
                growth[name] = seconds * (later[0] / n) ** 2 if later else 0.0
                other, ratio = f"{seconds:.3f}", f"{seconds / mine:.1f}"
            rows.append(f"| {name} | {n} | {mine:.4f} | {peer} | {other} | {ratio} |")
            print(rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100 and 300 classes only")
    parser.add_argument("--write", action="store_true", help="write benchmarks/RESULTS.md")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = compare(SIZES[:2] if options.quick else SIZES)
    if options.write:
        machine = (
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        )
        text = (
            "# Stages beside their peers\n\n"
            f"`python benchmarks/stages.py --write` on {machine}, numpy {np.__version__}. Seconds "
            "are medians; the ratio is the peer's time over semdepth's. NLTK's time for all "
            f"pairs is scaled up from {NLTK_PAIRS:,} random ones.\n\n" + "\n".join(rows) + "\n"
        )
        (HERE / "RESULTS.md").write_text(text)


if __name__ == "__main__":
    main()
