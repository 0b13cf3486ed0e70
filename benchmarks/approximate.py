"""Compares the approximate mode with the exact result, on heads of up to ImageNet-21k's size.

    python benchmarks/approximate.py [--classes 21843] [--neighbours 32] [--head FILE ...]

Without a head the templates are seeded random ones: once in the shape of WordNet (classes share
a component with each ancestor), once without any structure. Prints a table for docs/scale.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
from inputs import wordnet_shaped

from semdepth import (
    AffinityPropagation,
    ClassifierHead,
    Louvain,
    Whole,
    place,
    read_head,
    read_labels,
    similarity_depth,
    structural_similarity,
)
from semdepth.difference import adjusted_rand
from semdepth.graph import SimilarityGraph, build_graph
from semdepth.kernels.nearest import nearest_among
from semdepth.neighbours import NeighbourSimilarity, nearest_templates

ROWS = (
    "| head | clusterer | neighbours | recall | clusters | exact | adjusted Rand "
    "| forest edges in common | trees | SD | exact | CPU s | exact |"
)


def heads(options: argparse.Namespace) -> Iterator[tuple[str, ClassifierHead]]:
    for path in options.head:
        yield path.split("/")[-1], read_head(path, labels=options.labels)
    if not options.head:
        classes = read_labels("imagenet-21k")
        step = len(classes) // options.classes
        classes = classes.take(range(0, step * options.classes, step))
        shaped = wordnet_shaped(classes.ids)
        yield "WordNet-shaped", ClassifierHead(classes.labels, shaped, "w", ids=classes.ids)
        flat = np.random.default_rng(0).normal(size=shaped.shape)
        yield "unclustered", ClassifierHead(classes.labels, flat, "w", ids=classes.ids)


def timed(run: Callable[[], object]) -> tuple[object, float]:
    start = time.process_time()
    return run(), time.process_time() - start


def recall(found: NeighbourSimilarity) -> float:
    """The share of the true neighbours of 1000 classes that were found."""
    n, k = found.neighbours.shape
    chosen = np.sort(np.random.default_rng(0).choice(n, min(n, 1000), replace=False))
    true, _ = nearest_among(found.directions, chosen, k)
    hits = (found.neighbours[chosen][:, :, None] == true[:, None, :]).any(axis=2)
    return float(hits.mean())


def shared_edges(a: SimilarityGraph, b: SimilarityGraph) -> float:
    keys = (graph.edges[:, 0] * len(graph.labels) + graph.edges[:, 1] for graph in (a, b))
    return len(np.intersect1d(*keys)) / max(1, len(a.edges))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--classes", type=int, default=21_843)
    parser.add_argument("--neighbours", type=int, nargs="+", default=[32])
    parser.add_argument("--head", nargs="*", default=[])
    parser.add_argument("--labels", default="imagenet-1k")
    parser.add_argument("--search", nargs="+", default=["exact"])
    options = parser.parse_args()
    print(ROWS + "\n|" + "---|" * (ROWS.count("|") - 1), flush=True)
    for name, head in heads(options):
        compare(name, head, options)


def exact_graphs(head: ClassifierHead) -> dict:
    """The exact graph of each clusterer, and the CPU seconds that it took with the matrix."""
    similarity, matrix_s = timed(lambda: structural_similarity(head))
    found = {}
    for clusterer in (AffinityPropagation(), Louvain(), Whole()):
        graph, graph_s = timed(lambda c=clusterer: build_graph(similarity, c))
        found[clusterer] = graph, matrix_s + graph_s
    return found


def compare(name: str, head: ClassifierHead, options: argparse.Namespace) -> None:
    placement = place(head.labels, head.ids)
    exact = exact_graphs(head)
    for search in options.search:
        for k in options.neighbours:
            near, search_s = timed(lambda s=search, k=k: nearest_templates(head, k, search=s))
            found = recall(near)
            for clusterer, (graph, graph_s) in exact.items():
                other, other_s = timed(lambda c=clusterer, n=near: build_graph(n, c))
                depths = [similarity_depth(g, placement).mean for g in (other, graph)]
                trees = len(head.labels) - len(other.edges)
                print(
                    f"| {name} | {clusterer.name} | {k} {search} | {found:.4f} "
                    f"| {other.n_clusters} | {graph.n_clusters} "
                    f"| {adjusted_rand(other.membership, graph.membership):.4f} "
                    f"| {shared_edges(graph, other):.4f} | {trees} "
                    f"| {depths[0]:.4f} | {depths[1]:.4f} "
                    f"| {search_s + other_s:.1f} | {graph_s:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
