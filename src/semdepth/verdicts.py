"""A verdict for every pair of classes that is confused or perceived as similar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.class_names import as_code, check_same_classes
from semdepth.compliance import edge_keys
from semdepth.confusion import ConfusionMatrix
from semdepth.depth import depth_percentile, depths_of_all_pairs
from semdepth.errors import OptionError
from semdepth.graph import SimilarityGraph
from semdepth.labels import Placement
from semdepth.similarity import SimilarityMatrix
from semdepth.taxonomy import PairDepths

VERDICTS = {
    "understandable": "similar in kind, seen as similar, mixed up",
    "misperception": "seen as similar and mixed up, though not of a kind",
    "kin": "mixed up and of one kind, yet the weights do not show it",
    "unexplained": "mixed up, neither seen as similar nor of a kind",
    "latent": "seen as similar, not (yet) among the main confusions",
    "unplaced": "mixed up, but a class has no concept to judge kinship by",
}
"""The verdicts of method 9, most to least benign, and the pairs that admit none."""

ADVICE = {
    "understandable": "merge the two classes if the difference does not matter; otherwise collect "
    "more and finer examples of both",
    "misperception": "vary what the images of both share besides the object: background, setting, "
    "things that accompany them",
    "kin": "look at the images: odd samples, ambiguous labels, or a likeness that arises only "
    "from several features together",
    "unexplained": "check labels and duplicates first, then whether images show both classes",
    "latent": "nothing to mend now; watch the pair when the data or the domain change",
    "unplaced": "give both classes a concept (--labels), then look again",
}
"""What one might do about a pair of each verdict."""

# So many latent pairs a class are kept: one big cluster has millions, and the least alike of
# them say nothing.
_LATENT_PER_CLASS = 10


@dataclass(frozen=True, eq=False, slots=True)
class PairVerdicts:
    """Every pair that is confused or perceived as similar, with its verdict (method 9).

    Arrays have one entry a pair, in the order of :data:`VERDICTS`, and within a verdict by how
    much it matters: most often confused first, then least related; latent pairs by similarity,
    of which ``latent_omitted`` of the least alike are left out. ``first_as_second`` (m,) counts
    how often the first class was taken for the second. ``depth`` is NaN where a class has no
    concept; two classes are related from depth ``related_from`` on.
    """

    labels: tuple[str, ...]
    pairs: np.ndarray
    verdicts: np.ndarray
    first_as_second: np.ndarray
    second_as_first: np.ndarray
    similarity: np.ndarray
    depth: np.ndarray
    related_from: float
    latent_omitted: int

    def __post_init__(self):
        for name in ("pairs", "verdicts", "first_as_second", "second_as_first", "similarity"):
            getattr(self, name).setflags(write=False)
        self.depth.setflags(write=False)

    def __len__(self) -> int:
        return len(self.pairs)

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in self.counts().items() if count)
        return f"PairVerdicts({counts})"

    def _repr_html_(self) -> str:
        return as_code(self)

    def counts(self) -> dict[str, int]:
        """Number of pairs of each verdict, the omitted latent ones included."""
        counts = {name: int(np.count_nonzero(self.verdicts == name)) for name in VERDICTS}
        counts["latent"] += self.latent_omitted
        return counts

    def of(self, verdict: str) -> np.ndarray:
        """Positions of the pairs of one verdict, those that matter most first."""
        if verdict not in VERDICTS:
            raise OptionError(f"expected a verdict out of {', '.join(VERDICTS)}, found {verdict!r}")
        return np.flatnonzero(self.verdicts == verdict)

    def to_dict(self) -> dict:
        return {
            "labels": list(self.labels),
            "pairs": self.pairs.tolist(),
            "verdicts": self.verdicts.tolist(),
            "first_as_second": self.first_as_second.tolist(),
            "second_as_first": self.second_as_first.tolist(),
            "similarity": self.similarity.tolist(),
            "depth": [None if np.isnan(depth) else int(depth) for depth in self.depth],
            "related_from": None if np.isnan(self.related_from) else self.related_from,
            "latent_omitted": self.latent_omitted,
        }

    @classmethod
    def from_dict(cls, data: dict) -> PairVerdicts:
        related_from = data["related_from"]
        return cls(
            labels=tuple(data["labels"]),
            pairs=np.array(data["pairs"], dtype=np.int64).reshape(-1, 2),
            verdicts=np.array(data["verdicts"], dtype=np.str_),
            first_as_second=np.array(data["first_as_second"]),
            second_as_first=np.array(data["second_as_first"]),
            similarity=np.array(data["similarity"], dtype=np.float64),
            depth=np.array(data["depth"], dtype=np.float64),
            related_from=float("nan") if related_from is None else related_from,
            latent_omitted=data["latent_omitted"],
        )


def pair_verdicts(
    similarity: SimilarityMatrix,
    structural: SimilarityGraph,
    functional: SimilarityGraph,
    confusion: ConfusionMatrix,
    placement: Placement,
    *,
    lcs: str = "min_depth",
    confused_from: float | None = None,
    perceived_from: float | None = None,
    related_percentile: float = 95.0,
    pair_depths: PairDepths | None = None,
) -> PairVerdicts:
    """Judge every pair by three facts: is it confused, perceived as similar, related (method 9)?

    Parameters
    ----------
    confused_from : a pair confused at least so often (both ways together) is confused; by
        default the edges of the functional forest are.
    perceived_from : a pair at least so similar is perceived; by default the edges of the
        structural forest are, and all pairs within one of its clusters.
    related_percentile : a pair is related if its LCS is at least as deep as this percentile of
        all pairs of these classes.
    pair_depths : what :func:`depths_of_all_pairs` gives, where that is at hand already.
    """
    for other in (structural, functional, confusion, placement):
        check_same_classes(
            similarity.labels, other.labels, f"a matrix and a {type(other).__name__}"
        )
    n = len(similarity.labels)
    confused = _confused(functional, confusion, confused_from)
    perceived = _perceived(structural, similarity, perceived_from)
    keys = np.union1d(confused, perceived)
    pairs = np.column_stack((keys // n, keys % n))
    depth, related_from = _depth(pairs, placement, lcs, related_percentile, pair_depths)
    verdicts = _verdicts(
        np.isin(keys, confused), np.isin(keys, perceived), depth >= related_from, np.isnan(depth)
    )
    i, j = pairs.T
    both = confusion.counts[i, j] + confusion.counts[j, i]
    order, omitted = _order(verdicts, both, depth, similarity.values[i, j], n)
    pairs = pairs[order]
    i, j = pairs.T
    return PairVerdicts(
        labels=similarity.labels,
        pairs=pairs,
        verdicts=verdicts[order],
        first_as_second=confusion.counts[i, j],
        second_as_first=confusion.counts[j, i],
        similarity=similarity.values[i, j].astype(np.float64),
        depth=depth[order],
        related_from=related_from,
        latent_omitted=omitted,
    )


def _confused(
    functional: SimilarityGraph, confusion: ConfusionMatrix, confused_from: float | None
) -> np.ndarray:
    n = len(functional.labels)
    if confused_from is None:
        return edge_keys(functional.edges, n)
    if not confused_from > 0:
        raise OptionError(f"expected confused_from above 0, found {confused_from:g}")
    return edge_keys(np.argwhere(np.triu(confusion.confusions >= confused_from, k=1)), n)


def _perceived(
    structural: SimilarityGraph, similarity: SimilarityMatrix, perceived_from: float | None
) -> np.ndarray:
    n = len(structural.labels)
    if perceived_from is not None:
        return edge_keys(np.argwhere(np.triu(similarity.values >= perceived_from, k=1)), n)
    within = [
        members[np.column_stack(np.triu_indices(len(members), k=1))]
        for members in map(structural.members, range(structural.n_clusters))
        if len(members) > 1
    ]
    return edge_keys(np.concatenate([structural.edges, *within]), n)


def _depth(
    pairs: np.ndarray,
    placement: Placement,
    lcs: str,
    related_percentile: float,
    pair_depths: PairDepths | None,
) -> tuple[np.ndarray, float]:
    """LCS depth of each pair (NaN if unplaced), and the depth from which pairs are related."""
    if not 0 <= related_percentile <= 100:
        raise OptionError(
            f"expected related_percentile from 0 to 100, found {related_percentile:g}"
        )
    placed = np.flatnonzero(placement.concepts >= 0)
    depth = np.full(len(pairs), np.nan)
    if len(placed) < 2:
        return depth, float("nan")
    every = depths_of_all_pairs(placement, lcs=lcs) if pair_depths is None else pair_depths
    known = (placement.concepts[pairs] >= 0).all(axis=1)
    i, j = np.searchsorted(placed, pairs[known]).T
    depth[known] = every.of(i, j)
    return depth, depth_percentile(every.counts, related_percentile)


def _verdicts(
    confused: np.ndarray, perceived: np.ndarray, related: np.ndarray, unknown: np.ndarray
) -> np.ndarray:
    return np.select(
        [
            ~confused,
            unknown,
            perceived & related,
            perceived,
            related,
        ],
        ["latent", "unplaced", "understandable", "misperception", "kin"],
        default="unexplained",
    )


def _order(
    verdicts: np.ndarray, both: np.ndarray, depth: np.ndarray, alike: np.ndarray, n: int
) -> tuple[np.ndarray, int]:
    """Positions by verdict and weight, without the latent pairs that are too many."""
    rank = {name: place for place, name in enumerate(VERDICTS)}
    place = np.array([rank[verdict] for verdict in verdicts], dtype=np.int64)
    latent = verdicts == "latent"
    # A deep subsumer makes a confusion milder, so among equals the shallow one comes first.
    weight = np.where(latent, -alike, -both)
    order = np.lexsort((-alike, np.nan_to_num(depth), weight, place))
    beyond = np.flatnonzero(latent[order])[_LATENT_PER_CLASS * n :]
    return np.delete(order, beyond), len(beyond)
