"""Classes that meet all others alike: what makes a table of n classes far smaller than n x n.

The LCS of two classes is the greatest, by an integer key, of their common ancestors; only a class
that stands above the other, comes first and ties with one of its own ancestors wins against a
greater key (``subsumers.py``). Let ``v`` be a concept with the single parent ``p`` and with only
one class, ``a``, at or below it. No other class ``b`` has ``v`` among its ancestors, so what
``a`` shares with ``b`` are ancestors of ``p``: seen from all other classes, ``a`` might as well
stand at ``p``. So each class climbs from parent to parent as long as it is alone, and classes that
end at the same concept are of one *kind*: two classes meet where the concepts of their kinds meet,
be the kinds two or one.

First and second place must not come into it. They do at a concept that ties with one of its
ancestors, and there alone. A class does not climb to such a concept, and where classes stand at
it, they and all classes below it are kinds of one class each. Kinds are numbered by their first
classes, so those of one class stand in class order.

ImageNet-21k's 21,843 classes are of 6,572 kinds: mostly, a concept and its lone children are one.
"""

from __future__ import annotations

import numpy as np

from semdepth.kernels.subsumers import AncestorGraph, parent_rows


def kinds_of_classes(graph: AncestorGraph) -> tuple[np.ndarray, np.ndarray]:
    """The kind of each class, (n,), and the concept that each kind stands for, as a node, (K,)."""
    m, classes = len(graph.nodes), graph.classes
    owner = np.repeat(np.arange(m), np.diff(graph.indptr))
    at = np.bincount(classes, minlength=m)
    beneath = np.zeros(m, dtype=np.int64)
    np.add.at(beneath, graph.ancestors, at[owner])
    preferred = np.maximum.reduceat(graph.key[graph.ancestors], graph.indptr[:-1])
    ties = graph.wins & (preferred != graph.key) & (beneath > 1)
    own_kind = np.logical_or.reduceat((ties & (at > 0))[graph.ancestors], graph.indptr[:-1])

    ends = _ends_of_climbs(graph, beneath > 1, ties)[classes]
    # A class that is a kind of its own shares its number with no node.
    kind = np.where(own_kind[classes], m + np.arange(len(classes)), ends)
    _, first, kinds = np.unique(kind, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[kinds], ends[first[order]]


def _ends_of_climbs(graph: AncestorGraph, several: np.ndarray, ties: np.ndarray) -> np.ndarray:
    """The node that each node's climb ends at, (m,).

    ``several`` classes stand at or below a node, or one alone climbs on; to one that ``ties``
    none climbs.
    """
    offsets, parents = parent_rows(graph)
    climbers = np.flatnonzero(~several & (np.diff(offsets) == 1))
    climbers = climbers[~ties[parents[offsets[climbers]]]]
    ends = np.arange(len(several), dtype=np.int32)
    ends[climbers] = parents[offsets[climbers]]
    while (ends[ends] != ends).any():
        ends = ends[ends]
    return ends
