"""How much a concept says, and how alike concepts are by what they share of it.

The subsumer of two concepts is here their common ancestor of greatest information content,
as in NLTK, not the deepest one.
"""

from __future__ import annotations

import numpy as np

from semdepth.errors import TaxonomyError
from semdepth.kernels.subsumers import ancestor_graph, concatenated_rows
from semdepth.taxonomy.concepts import Taxonomy
from semdepth.taxonomy.relations import Relations


def intrinsic_information(taxonomy: Taxonomy) -> np.ndarray:
    """Information content of every concept from the hierarchy alone, (N,) from 0 to 1.

    ``1 - ln(d + 1) / ln(N)`` with d the concept's descendants, each counted once, and N all
    concepts (Seco, Veale & Hayes 2004): 1 for a concept with nothing below it, 0 for the root.

    >>> from semdepth.wordnet import wordnet_nouns
    >>> nouns = wordnet_nouns()
    >>> information = intrinsic_information(nouns)
    >>> [round(float(information[nouns.index(i)]), 3) for i in ("n02084071", "n00001740")]
    [0.536, 0.0]
    """
    if len(taxonomy) < 2:
        return np.zeros(len(taxonomy))
    return 1.0 - np.log(_descendants(taxonomy) + 1.0) / np.log(len(taxonomy))


def resnik(related: Relations, information: np.ndarray | None = None) -> np.ndarray:
    """Information content of each pair's subsumer, (n, n) float64 (Resnik 1995).

    ``information`` (N,) is the content of every concept of the taxonomy, by default
    :func:`intrinsic_information`. A parent must not say more than its child; TaxonomyError
    otherwise.
    """
    content = _checked(related.taxonomy, information)
    rank = np.unique(content, return_inverse=True)[1]
    informed = ancestor_graph(
        related.taxonomy.parent_offsets,
        related.taxonomy.parents,
        level=related.taxonomy.max_depth,
        depth=rank,
        name_rank=related.taxonomy.name_rank,
        concepts=related.concepts,
    )
    return content[Relations(related.taxonomy, informed).subsumers()]


def lin(related: Relations, information: np.ndarray | None = None) -> np.ndarray:
    """``2 IC(subsumer) / (IC(a) + IC(b))``, (n, n) from 0 to 1 (Lin 1998); 0 of two roots.

    >>> from semdepth.taxonomy import relations
    >>> from semdepth.wordnet import wordnet_nouns
    >>> nouns = wordnet_nouns()
    >>> pets = relations(nouns, [nouns.index(i) for i in ("n02084071", "n02121620", "n02958343")])
    >>> lin(pets).round(2)
    array([[1.  , 0.79, 0.14],
           [0.79, 1.  , 0.13],
           [0.14, 0.13, 1.  ]])
    """
    content = _checked(related.taxonomy, information)
    own = content[related.concepts]
    total = own[:, None] + own
    shared = resnik(related, content)
    return np.divide(2.0 * shared, total, out=np.zeros_like(total), where=total > 0)


def jiang_conrath(related: Relations, information: np.ndarray | None = None) -> np.ndarray:
    """``1 / (IC(a) + IC(b) - 2 IC(subsumer))``, (n, n) (Jiang & Conrath 1997).

    Infinite where nothing is left: a concept with itself, and two concepts that say as much as
    their subsumer (NLTK has 1e300 there).
    """
    content = _checked(related.taxonomy, information)
    own = content[related.concepts]
    left = own[:, None] + own - 2.0 * resnik(related, content)
    with np.errstate(divide="ignore"):
        # Rounding may leave a trace below 0 of what is nothing.
        return 1.0 / np.where(left < 1e-12, 0.0, left)


def _checked(taxonomy: Taxonomy, information: np.ndarray | None) -> np.ndarray:
    if information is None:
        return intrinsic_information(taxonomy)
    content = np.asarray(information, dtype=np.float64)
    if content.shape != (len(taxonomy),) or not np.isfinite(content).all():
        raise TaxonomyError(
            f"expected a finite information content for each of {len(taxonomy)} concepts of "
            f"{taxonomy.title}, found shape {content.shape}; give one number a concept"
        )
    return content


def _descendants(taxonomy: Taxonomy) -> np.ndarray:
    """How many concepts lie below each, (N,), each counted once however many ways lead to it.

    Cut above every concept of several parents, the hierarchy falls into trees, in which sizes add
    up. A tree's size then counts once for each concept above its top.
    """
    n_parents = np.diff(taxonomy.parent_offsets)
    sizes = _sizes_of_trees(taxonomy, n_parents)
    tops = np.flatnonzero(n_parents > 1)
    concepts, above = _strictly_above(taxonomy, tops)
    from_trees = np.bincount(above, sizes[concepts], minlength=len(taxonomy))
    return sizes - 1 + from_trees.astype(np.int64)


def _sizes_of_trees(taxonomy: Taxonomy, n_parents: np.ndarray) -> np.ndarray:
    sizes = np.ones(len(taxonomy), dtype=np.int64)
    deepest_first = np.argsort(-taxonomy.max_depth, kind="stable")
    deepest_first = deepest_first[n_parents[deepest_first] == 1]
    levels = np.flatnonzero(np.diff(taxonomy.max_depth[deepest_first])) + 1
    for concepts in np.split(deepest_first, levels):
        parents = taxonomy.parents[taxonomy.parent_offsets[concepts]]
        np.add.at(sizes, parents, sizes[concepts])
    return sizes


def _strictly_above(taxonomy: Taxonomy, concepts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of one of these concepts and an ancestor of it, each pair once."""
    n, above, found = len(taxonomy), concepts, np.zeros(0, dtype=np.int64)
    while len(concepts):
        flat, _ = concatenated_rows(taxonomy.parent_offsets, above)
        lengths = np.diff(taxonomy.parent_offsets)[above]
        pairs = np.unique(np.repeat(concepts, lengths) * n + taxonomy.parents[flat])
        pairs = np.setdiff1d(pairs, found, assume_unique=True)
        found = np.union1d(found, pairs)
        concepts, above = np.divmod(pairs, n)
    return np.divmod(found, n)
