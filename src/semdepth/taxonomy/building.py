"""Builds a taxonomy from each concept's parents, and checks that it is a hierarchy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from semdepth.errors import TaxonomyError
from semdepth.kernels.subsumers import concatenated_rows
from semdepth.taxonomy.concepts import Taxonomy

# Every concept's ancestors are listed one by one: a chain of 2,000 takes 150 MB, one of 10,000
# 3.5 GB. No hierarchy of concepts comes near.
DEEPEST = 2_000


def taxonomy_from_parents(
    title: str,
    ids: Sequence[str],
    parent_offsets: np.ndarray,
    parents: np.ndarray,
    *,
    names: Sequence[str] | None = None,
    synonyms: Mapping[int, tuple[str, ...]] | None = None,
) -> Taxonomy:
    """Build a taxonomy from each concept's parents; several roots get a virtual one above them.

    ``parents[parent_offsets[i]:parent_offsets[i + 1]]`` are the parents of concept ``i``.
    Raises :class:`TaxonomyError` for a cycle, a repeated id, or more than 2,000 levels.

    >>> tree = taxonomy_from_parents("pets", ["animal", "dog", "cat"], [0, 0, 1, 2], [0, 0])
    >>> tree.depth(1), tree.names[tree.lowest_common_subsumer(1, 2)]
    (2, 'animal')
    """
    ids = tuple(ids)
    names = ids if names is None else tuple(names)
    parent_offsets = np.asarray(parent_offsets, dtype=np.int32)
    parents = np.asarray(parents, dtype=np.int32)
    _check_rows(title, len(ids), parent_offsets, parents)
    roots = np.flatnonzero(np.diff(parent_offsets) == 0)
    several = len(roots) > 1
    if several:
        ids, names = (*ids, "(root)"), (*names, "(root)")
        parent_offsets, parents = _under_virtual_root(parent_offsets, parents, roots)
    index = dict(zip(ids, range(len(ids)), strict=True))
    if len(index) < len(ids):
        twice = next(name for i, name in enumerate(ids) if index[name] != i)
        raise TaxonomyError(
            f"expected every concept of {title} once, found {twice!r} twice; rename or merge one"
        )
    min_depth, max_depth = _depths(title, names, parent_offsets, parents)
    name_rank = np.empty(len(names), dtype=np.int32)
    name_rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    arrays = parent_offsets, parents, min_depth - several, max_depth - several, name_rank
    for array in arrays:
        array.setflags(write=False)
    return Taxonomy(title, ids, names, *arrays, index, tuple((synonyms or {}).items()))


def find_cycle(parent_offsets: np.ndarray, parents: np.ndarray) -> list[int] | None:
    """Concepts of which each is followed by a parent, the last being the first; None if none.

    >>> find_cycle(np.array([0, 1, 2, 3]), np.array([1, 0, 0]))
    [0, 1, 0]
    """
    rows = [parents[first:last].tolist() for first, last in pairwise(parent_offsets.tolist())]
    # Whatever stands below nothing but what is already known to end at a root is no cycle.
    children: list[list[int]] = [[] for _ in rows]
    for child, row in enumerate(rows):
        for parent in row:
            children[parent].append(child)
    waiting = [len(row) for row in rows]
    free = [concept for concept, count in enumerate(waiting) if not count]
    for concept in free:
        for child in children[concept]:
            waiting[child] -= 1
            if not waiting[child]:
                free.append(child)
    stuck = set(range(len(rows))).difference(free)
    if not stuck:
        return None
    place: dict[int, int] = {}
    concept = min(stuck)
    while concept not in place:
        place[concept] = len(place)
        concept = next(parent for parent in rows[concept] if parent in stuck)
    return [*list(place)[place[concept] :], concept]


def told_cycle(names: Sequence[str], shown: int = 8) -> str:
    """A cycle as a message shows it: ``a -> b -> a``."""
    middle = [] if len(names) <= shown else ["..."]
    return " -> ".join([*names[: shown - 1], *middle, *names[max(shown - 1, len(names) - 1) :]])


def _check_rows(title: str, n: int, parent_offsets: np.ndarray, parents: np.ndarray) -> None:
    if not n:
        raise TaxonomyError(f"expected concepts in {title}, found none")
    if len(parent_offsets) != n + 1 or parent_offsets[-1] != len(parents):
        raise TaxonomyError(
            f"expected a row of parents for each of {n} concepts of {title}, found "
            f"{len(parent_offsets) - 1} rows over {len(parents)} parents; mend parent_offsets"
        )
    if len(parents) and (parents.min() < 0 or parents.max() >= n):
        raise TaxonomyError(
            f"expected parents of {title} from 0 to {n - 1}, found {parents.min()} to "
            f"{parents.max()}; a parent is the position of a concept"
        )


def _under_virtual_root(
    parent_offsets: np.ndarray, parents: np.ndarray, roots: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    n = len(parent_offsets) - 1
    counts = np.diff(parent_offsets)
    counts[roots] = 1
    offsets = np.zeros(n + 2, dtype=np.int32)
    offsets[1 : n + 1] = np.cumsum(counts)
    offsets[n + 1] = offsets[n]
    return offsets, np.insert(parents, parent_offsets[roots], n).astype(np.int32)


def _depths(
    title: str, names: tuple[str, ...], parent_offsets: np.ndarray, parents: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Shortest and longest way up to the root, level by level from the root down."""
    n = len(names)
    n_parents = np.diff(parent_offsets)
    order = np.argsort(parents, kind="stable")
    children = np.repeat(np.arange(n, dtype=np.int32), n_parents)[order]
    child_offsets = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(parents, minlength=n), out=child_offsets[1:])
    min_depth = np.zeros(n, dtype=np.int32)
    max_depth = np.full(n, -1, dtype=np.int32)
    waiting = n_parents.copy()
    frontier, level = np.flatnonzero(n_parents == 0), 0
    while len(frontier):
        if level > DEEPEST:
            raise TaxonomyError(
                f"expected {title} to be at most {DEEPEST:,} levels deep, found more, down to "
                f"{names[int(frontier[0])]!r}; leave out the levels between, or check its links"
            )
        max_depth[frontier] = level
        if level:
            flat, starts = concatenated_rows(parent_offsets, frontier)
            min_depth[frontier] = np.minimum.reduceat(min_depth[parents[flat]], starts) + 1
        below = children[concatenated_rows(child_offsets, frontier)[0]]
        np.subtract.at(waiting, below, 1)
        frontier, level = np.unique(below[waiting[below] == 0]), level + 1
    if (max_depth < 0).any():
        stuck = names[int(np.argmax(max_depth < 0))]
        cycle = told_cycle([names[c] for c in find_cycle(parent_offsets, parents)])
        raise TaxonomyError(
            f"expected {title} to be a hierarchy, found a cycle of hypernyms at or above "
            f"{stuck!r}, {cycle}; remove one of its links"
        )
    return min_depth, max_depth
