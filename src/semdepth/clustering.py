"""Clusterers, frozen values that are called, and the clustering that each returns."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from semdepth.class_names import as_code
from semdepth.errors import ClusteringError, OptionError
from semdepth.kernels import on_torch
from semdepth.kernels.affinity.over_neighbours import affinity_over_neighbours
from semdepth.kernels.affinity.propagation import Propagation, affinity_propagation
from semdepth.kernels.affinity.ties import CounterNoise, LegacyNoise
from semdepth.kernels.density.hdbscan import hdbscan
from semdepth.kernels.density.optics import optics
from semdepth.kernels.louvain import louvain
from semdepth.kernels.median import median
from semdepth.kernels.template_louvain import template_louvain
from semdepth.neighbours import NeighbourSimilarity
from semdepth.recomputed import RecomputedSimilarity
from semdepth.similarity import DOUBLE_UP_TO, SimilarityMatrix

NOISE = -1
"""The assignment of classes that OPTICS and HDBSCAN leave outside all clusters."""

Progress = Callable[[int, int], None]

_SINGLE_PRECISION = "computed in float32, ties broken by numbers of SplitMix64"


@dataclass(frozen=True, eq=False, slots=True)
class Clustering:
    """Which cluster each class is in, and how that was found.

    ``assignment`` (n,) numbers clusters from 0; :data:`NOISE` stands for classes outside all.
    ``iterations`` is None where a clusterer does not iterate; ``note`` says what a reader of
    the result must know (a run that did not converge, another source of noise).
    """

    clusterer: Clusterer
    assignment: np.ndarray
    converged: bool = True
    iterations: int | None = None
    note: str = ""

    def __post_init__(self):
        self.assignment.setflags(write=False)

    def __repr__(self) -> str:
        state = "" if self.converged else ", not converged"
        noise = f", {self.noise_share:.0%} noise" if self.noise_share else ""
        return f"Clustering({self.clusterer.name}, {self.n_clusters} clusters{noise}{state})"

    def _repr_html_(self) -> str:
        return as_code(self)

    @property
    def n_clusters(self) -> int:
        """Number of clusters; noise, if there is any, counts as one."""
        return len(np.unique(self.assignment))

    @property
    def noise_share(self) -> float:
        """Share of the classes that are noise."""
        return float(np.mean(self.assignment == NOISE))

    def to_dict(self) -> dict:
        return {
            "clusterer": {"name": self.clusterer.name, **dataclasses.asdict(self.clusterer)},
            "assignment": self.assignment.tolist(),
            "converged": self.converged,
            "iterations": self.iterations,
            "note": self.note,
        }

    @classmethod
    def from_dict(cls, data: dict) -> Clustering:
        parameters = dict(data["clusterer"])
        made_by = clusterer(parameters.pop("name"), **parameters)
        assignment = np.array(data["assignment"], dtype=np.int64)
        return cls(made_by, assignment, data["converged"], data["iterations"], data["note"])


@dataclass(frozen=True, slots=True)
class AffinityPropagation:
    """Affinity propagation (Frey & Dueck 2007), the paper's main clusterer.

    Gives scikit-learn's labels for the same seed, ties, oscillations and all, up to 5,000
    classes; above, in float32 with numbers from a faster generator, which the result's note
    names. ``preference`` None: the median of all cells, the diagonal's included. A run that did
    not converge is used, as the reference does, and says so; a higher ``damping`` often helps.

    >>> from semdepth.similarity import structural_from_cosine
    >>> animals = structural_from_cosine(
    ...     ["cat", "dog", "car", "bus"],
    ...     [[1, 0.8, 0.0, 0.1], [0.8, 1, 0.1, 0], [0.0, 0.1, 1, 0.7], [0.1, 0, 0.7, 1]])
    >>> AffinityPropagation()(animals).assignment
    array([0, 0, 1, 1])
    """

    name: ClassVar[str] = "affinity"

    damping: float = 0.5
    preference: float | None = None
    max_iterations: int = 200
    convergence_iterations: int = 15
    seed: int = 42

    def __post_init__(self):
        _require(0.5 <= self.damping < 1, "damping from 0.5 to below 1", self.damping)
        _require(self.max_iterations > 0, "max_iterations above 0", self.max_iterations)
        _require(
            self.convergence_iterations > 0,
            "convergence_iterations above 0",
            self.convergence_iterations,
        )
        _require_seed(self.seed)

    def __call__(self, similarity: SimilarityMatrix, progress: Progress | None = None):
        found, source = self._propagate(similarity, progress)
        if not len(found.exemplars):
            raise ClusteringError(
                f"expected affinity propagation to find exemplars, found none in "
                f"{found.iterations} iterations; raise --damping (now {self.damping:g}) or "
                "--preference, or choose another --clusterer"
            )
        notes = [source] if source else []
        if not found.converged:
            notes.append(
                f"affinity propagation did not converge in {found.iterations} iterations at "
                f"damping {self.damping:g}; its last state is used"
            )
        return Clustering(self, found.labels, found.converged, found.iterations, "; ".join(notes))

    def _propagate(
        self, similarity: SimilarityMatrix | NeighbourSimilarity, progress: Progress | None
    ) -> tuple[Propagation, str]:
        """What the messages settle on, and a note on the noise that broke ties if it is unusual."""
        settings = {
            "damping": self.damping,
            "max_iterations": self.max_iterations,
            "convergence_iterations": self.convergence_iterations,
            "progress": progress,
        }
        if isinstance(similarity, NeighbourSimilarity):
            preference = similarity.median if self.preference is None else self.preference
            near = similarity.neighbours, similarity.values, similarity.directions
            found = affinity_over_neighbours(
                *near, preference=preference, seed=self.seed, **settings
            )
            return found, ""
        values = similarity.values
        if isinstance(similarity, RecomputedSimilarity):
            preference = median(values) if self.preference is None else self.preference
            noise = CounterNoise(self.seed)
            found = affinity_propagation(values, preference=preference, noise=noise, **settings)
            return found, _SINGLE_PRECISION
        if similarity.device != on_torch.CPU:
            noise, source = _tie_breaking_noise(len(values), self.seed)
            found = on_torch.affinity_propagation(
                values, similarity.device, preference=self.preference, noise=noise, **settings
            )
            notes = (source, f"affinity propagation by torch on {similarity.device}")
            return found, "; ".join(note for note in notes if note)
        preference = median(values) if self.preference is None else self.preference
        noise, source = _tie_breaking_noise(len(values), self.seed)
        found = affinity_propagation(values, preference=preference, noise=noise, **settings)
        return found, source


@dataclass(frozen=True, slots=True)
class Louvain:
    """Louvain communities of the similarity graph (Blondel et al. 2008).

    ``self_loops`` keeps the unit loops that the matrix's diagonal means, as the reference does.
    Louvain depends on the order of visits: the best modularity of ``orders`` seeded ones is
    taken.
    """

    name: ClassVar[str] = "louvain"

    resolution: float = 1.0
    self_loops: bool = True
    orders: int = 4
    seed: int = 42

    def __post_init__(self):
        _require(self.resolution > 0, "resolution above 0", self.resolution)
        _require(self.orders > 0, "orders above 0", self.orders)
        _require_seed(self.seed)

    def __call__(self, similarity: SimilarityMatrix, progress: Progress | None = None):
        # An edge's two ends each add its weight to a degree; so do the two ends of a loop.
        loop = 2.0 if self.self_loops else 0.0
        settings = {
            "resolution": self.resolution,
            "seed": self.seed,
            "orders": self.orders,
            "progress": progress,
        }
        if isinstance(similarity, RecomputedSimilarity):
            raise OptionError(
                "expected the similarity matrix for Louvain, found similarities that are "
                "recomputed; choose affinity, whole, optics or hdbscan, or --approximate"
            )
        if isinstance(similarity, NeighbourSimilarity):
            least = similarity.least
            near = similarity.directions, similarity.neighbours
            # Cosines stay unscaled: modularity is the same at any scale of the weights.
            labels = template_louvain(*near, offset=least, loop=loop * (1 - least), **settings)
            return Clustering(self, labels)
        return Clustering(self, louvain(similarity.values, loop=loop, **settings))


@dataclass(frozen=True, slots=True)
class Optics:
    """OPTICS on distances ``1 - similarity`` (Ankerst et al. 1999), with scikit-learn's labels.

    Clusters are valleys of the reachability plot whose sides are as steep as ``xi``; classes
    outside are :data:`NOISE`. Needs one pass over the matrix and O(n) memory beside it.

    >>> from semdepth.similarity import structural_from_cosine
    >>> animals = structural_from_cosine(
    ...     ["cat", "dog", "car", "bus"],
    ...     [[1, 0.8, 0.0, 0.1], [0.8, 1, 0.1, 0], [0.0, 0.1, 1, 0.7], [0.1, 0, 0.7, 1]])
    >>> Optics(min_samples=2)(animals).assignment
    array([0, 0, 1, 1])
    """

    name: ClassVar[str] = "optics"

    min_samples: int = 5
    xi: float = 0.05

    def __post_init__(self):
        _require(self.min_samples > 1, "min_samples above 1", self.min_samples)
        _require(0 < self.xi < 1, "xi between 0 and 1", self.xi)

    def __call__(self, similarity: SimilarityMatrix, progress: Progress | None = None):
        _require_classes(similarity, self.min_samples, "min_samples")
        labels = optics(
            similarity.values, min_samples=self.min_samples, xi=self.xi, progress=progress
        )
        return Clustering(self, labels)


@dataclass(frozen=True, slots=True)
class Hdbscan:
    """HDBSCAN on distances ``1 - similarity`` (Campello, Moulavi & Sander 2013).

    The most stable clusters of at least ``min_cluster_size`` classes; classes outside are
    :data:`NOISE`. The labels are those that scikit-learn gives on the same machine: a third of
    1000 classes' mutual reachabilities are equal, and the order in which numpy sorts equals is
    the processor's. Two passes over the matrix and O(n) memory beside it.

    >>> from semdepth.similarity import structural_from_cosine
    >>> animals = structural_from_cosine(
    ...     ["cat", "dog", "car", "bus"],
    ...     [[1, 0.8, 0.0, 0.1], [0.8, 1, 0.1, 0], [0.0, 0.1, 1, 0.7], [0.1, 0, 0.7, 1]])
    >>> Hdbscan(min_cluster_size=2)(animals).assignment
    array([0, 0, 1, 1])
    """

    name: ClassVar[str] = "hdbscan"

    min_cluster_size: int = 5

    def __post_init__(self):
        _require(self.min_cluster_size > 1, "min_cluster_size above 1", self.min_cluster_size)

    def __call__(self, similarity: SimilarityMatrix, progress: Progress | None = None):
        _require_classes(similarity, self.min_cluster_size, "min_cluster_size")
        labels = hdbscan(
            similarity.values, min_cluster_size=self.min_cluster_size, progress=progress
        )
        return Clustering(self, labels)


@dataclass(frozen=True, slots=True)
class Whole:
    """One cluster of all classes: the paper's "no clustering"."""

    name: ClassVar[str] = "whole"

    def __call__(self, similarity: SimilarityMatrix, progress: Progress | None = None):
        return Clustering(self, np.zeros(len(similarity.labels), dtype=np.int64))


Clusterer = AffinityPropagation | Louvain | Optics | Hdbscan | Whole

CLUSTERERS: dict[str, type[Clusterer]] = {
    kind.name: kind for kind in (AffinityPropagation, Louvain, Optics, Hdbscan, Whole)
}


def clusterer(name: str, **parameters) -> Clusterer:
    """A clusterer by name, :class:`OptionError` for a parameter that it does not have.

    >>> clusterer("affinity", damping=0.9)
    AffinityPropagation(damping=0.9, preference=None, max_iterations=200, \
convergence_iterations=15, seed=42)
    """
    if name not in CLUSTERERS:
        raise OptionError(f"expected a clusterer out of {', '.join(CLUSTERERS)}, found {name!r}")
    known = [field.name for field in dataclasses.fields(CLUSTERERS[name])]
    for parameter in parameters:
        if parameter not in known:
            raise OptionError(
                f"expected a parameter of {name} ({', '.join(known) or 'it has none'}), found "
                f"{parameter!r}; leave it out, or choose another clusterer"
            )
    return CLUSTERERS[name](**parameters)


def _tie_breaking_noise(n: int, seed: int) -> tuple[LegacyNoise | CounterNoise, str]:
    """The noise for affinity propagation of n classes, and a note on it if it is unusual."""
    if n <= DOUBLE_UP_TO:
        return LegacyNoise(seed), ""
    return CounterNoise(seed), _SINGLE_PRECISION


def _require(holds: bool, expected: str, found: object) -> None:
    if not holds:
        raise OptionError(f"expected {expected}, found {found}")


def _require_seed(seed: int) -> None:
    _require(0 <= seed < 2**32, "a seed from 0 to 4294967295", seed)


def _require_classes(
    similarity: SimilarityMatrix | RecomputedSimilarity | NeighbourSimilarity,
    least: int,
    parameter: str,
) -> None:
    if isinstance(similarity, NeighbourSimilarity):
        raise OptionError(
            "expected the similarity matrix for OPTICS or HDBSCAN, found the nearest neighbours "
            "of each class alone; choose affinity, louvain or whole, or leave --approximate out"
        )
    if len(similarity.labels) < least:
        raise OptionError(
            f"expected at least {parameter} = {least} classes, found {len(similarity.labels)}; "
            f"lower {parameter}, or choose another clusterer"
        )
