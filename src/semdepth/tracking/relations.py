"""Which of the perceived relations formed when, and which went again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semdepth.compliance import edge_keys
from semdepth.scores import GraphScores

# A relation that stood in so great a share of the checkpoints, and went, is worth a line.
LONG_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Relation:
    """An edge of the perceived forest, and when it was there.

    It ``appeared`` first at one epoch, and stands without a break ``since`` another; ``gone`` is
    the first epoch without it after that, None for an edge of the last forest. ``checkpoints``
    counts those in which it stood. ``similarity`` is that of the last one of them. ``depth`` and
    ``subsumer`` are where its two classes meet, None where one has no concept.
    """

    first: str
    second: str
    since: float
    appeared: float
    gone: float | None
    checkpoints: int
    similarity: float
    depth: int | None
    subsumer: str | None
    subsumer_name: str | None


def find_relations(
    graphs: list[GraphScores], epochs: list[float]
) -> tuple[tuple[Relation, ...], tuple[Relation, ...]]:
    """The edges of the last forest, and those that stood long and went."""
    labels, count = graphs[0].graph.labels, len(graphs)
    keys = [edge_keys(scores.graph.edges, len(labels)) for scores in graphs]
    every, times = np.unique(np.concatenate(keys), return_counts=True)
    every = every[(times >= LONG_SHARE * count) | np.isin(every, keys[-1])]
    stands = np.stack([np.isin(every, own) for own in keys], axis=1)
    found = []
    for last, scores in enumerate(graphs):
        went = ~stands[:, last + 1 :].any(axis=1) & stands[:, last]
        meetings = _meetings(scores, every[went])
        for key, there in zip(every[went].tolist(), stands[went], strict=True):
            relation = Relation(
                *(labels[i] for i in divmod(key, len(labels))),
                since=epochs[_since(there, last)],
                appeared=epochs[int(np.argmax(there))],
                gone=None if last == count - 1 else epochs[last + 1],
                checkpoints=int(there.sum()),
                **meetings[key],
            )
            found.append(relation)
    lasting = sorted((one for one in found if one.gone is None), key=_lasting_order)
    lost = sorted((one for one in found if one.gone is not None), key=_lost_order)
    return tuple(lasting), tuple(lost)


def _since(there: np.ndarray, last: int) -> int:
    """Where the unbroken stretch of True begins that ends at ``last``."""
    breaks = np.flatnonzero(~there[:last])
    return int(breaks[-1]) + 1 if len(breaks) else 0


def _lasting_order(one: Relation) -> tuple:
    return one.since, one.appeared, -one.similarity, one.first, one.second


def _lost_order(one: Relation) -> tuple:
    return -one.checkpoints, -one.gone, -one.similarity, one.first, one.second


def _meetings(scores: GraphScores, wanted: np.ndarray) -> dict[int, dict]:
    """Similarity, depth and subsumer of those edges of a forest whose keys are wanted."""
    graph, depth = scores.graph, scores.depth
    n = len(graph.labels)
    keys, counted = edge_keys(graph.edges, n), edge_keys(depth.edges, n)
    nowhere = {"depth": None, "subsumer": None, "subsumer_name": None}
    found = {
        int(keys[at]): {"similarity": float(graph.weights[at]), **nowhere}
        for at in np.flatnonzero(np.isin(keys, wanted)).tolist()
    }
    for at in np.flatnonzero(np.isin(counted, wanted)).tolist():
        found[int(counted[at])] |= {
            "depth": int(depth.depths[at]),
            "subsumer": depth.subsumers[at],
            "subsumer_name": depth.subsumer_names[at],
        }
    return found
