"""The heads that the benchmarks analyse: a real one, and two kinds of made-up templates above it.

Up to 1,000 classes the templates are EfficientNet-Lite0's (``make bench`` fetches them). Above,
they are seeded random ones for classes of ImageNet-21k: once in the shape of WordNet, where
classes share a component with each ancestor; once independent normal numbers, which form no
clusters, so that nothing that lives on clusters is flattered.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from semdepth import ClassifierHead, place, read_head, read_labels

CHECKPOINT = Path(__file__).parents[1] / ".cache/models/efficientnet-lite0.pth"
SIZES = (100, 300, 1_000, 2_000, 4_000, 8_000, 21_843)
QUICK_SIZES = (100, 300)
REAL_UP_TO = 1_000
DIMENSION = 512


class Input(NamedTuple):
    """``n`` classes with templates of one of three kinds: lite0, wordnet, unclustered."""

    n: int
    templates: str

    def __str__(self) -> str:
        return f"{self.n:,} {self.templates}"


def inputs(quick: bool) -> list[Input]:
    """What is measured, smallest first."""
    sizes = QUICK_SIZES if quick else SIZES
    kinds = {n: ("lite0",) if n <= REAL_UP_TO else ("wordnet", "unclustered") for n in sizes}
    return [Input(n, kind) for n in sizes for kind in kinds[n]]


def write_head(chosen: Input, folder: Path) -> Path:
    """The file of an input's templates (float32), made if it is not there yet.

    A file, so that who is measured reads the templates and does not make them.
    """
    path = folder / f"{chosen.templates}-{chosen.n}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.save(path, _templates(chosen).astype(np.float32))
    return path


def read_input(chosen: Input, folder: Path) -> ClassifierHead:
    """The head that :func:`write_head` has written."""
    classes = read_labels("imagenet-1k" if chosen.templates == "lite0" else "imagenet-21k")
    classes = classes.take(_spread(len(classes), chosen.n))
    templates = np.load(folder / f"{chosen.templates}-{chosen.n}.npy")
    return ClassifierHead(classes.labels, templates, chosen.templates, ids=classes.ids)


def wordnet_shaped(ids: tuple[str, ...], dimension: int = DIMENSION) -> np.ndarray:
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


def _templates(chosen: Input) -> np.ndarray:
    if chosen.templates == "unclustered":
        return np.random.default_rng(0).normal(size=(chosen.n, DIMENSION))
    if chosen.templates == "wordnet":
        classes = read_labels("imagenet-21k")
        return wordnet_shaped(classes.take(_spread(len(classes), chosen.n)).ids)
    if not CHECKPOINT.exists():
        name = CHECKPOINT.relative_to(Path(__file__).parents[1])
        raise SystemExit(f"expected {name}, found no such file; `make {name}` fetches it")
    templates = read_head(CHECKPOINT).templates
    return templates[_spread(len(templates), chosen.n)]


def _spread(n: int, count: int) -> list[int]:
    """``count`` of n positions, evenly spread."""
    return [i * n // count for i in range(count)]
