"""What a taxonomy looks like as a whole, and what in it is likely to be a mistake."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass

import numpy as np

from semdepth.class_names import listed
from semdepth.taxonomy import Taxonomy

_FEW = 3


@dataclass(frozen=True, slots=True)
class Survey:
    """The shape of a taxonomy, a virtual root left out.

    ``leaves`` have nothing below them. ``depth`` counts concepts from a root down to the deepest
    one. ``several_parents`` names the concepts that have more than one.
    """

    concepts: int
    leaves: int
    roots: tuple[str, ...]
    depth: int
    several_parents: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict:
        return asdict(self)


def survey(taxonomy: Taxonomy) -> Survey:
    """Count a taxonomy's concepts, leaves, roots and levels.

    >>> from semdepth.taxonomy import taxonomy_from_parents
    >>> survey(taxonomy_from_parents("pets", ["animal", "dog"], [0, 0, 1], [0])).leaves
    1
    """
    real = taxonomy.max_depth >= 0
    n_parents = np.diff(taxonomy.parent_offsets)
    inner = np.zeros(len(taxonomy), dtype=bool)
    inner[taxonomy.parents] = True
    names = np.array(taxonomy.names, dtype=object)
    # Below a virtual root, real roots have depth 0, as a root of its own has.
    roots = tuple(names[real & (taxonomy.max_depth == 0)].tolist())
    several = tuple(names[n_parents > 1].tolist())
    return Survey(
        concepts=int(real.sum()),
        leaves=int((real & ~inner).sum()),
        roots=roots,
        depth=int(taxonomy.max_depth.max()) + 1,
        several_parents=several,
        warnings=tuple(_warnings(taxonomy, roots, int(real.sum()))),
    )


def _warnings(taxonomy: Taxonomy, roots: tuple[str, ...], concepts: int):
    if len(roots) > max(_FEW, concepts / 2):
        yield (
            f"{len(roots):,} of {concepts:,} concepts have no parent ({listed(roots)}): is it the "
            "parents that stand first?"
        )
    if len(taxonomy.parents) == 0:
        yield "no concept has a parent: every two classes meet nowhere"
    twice = [name for name, count in Counter(taxonomy.names).items() if count > 1]
    if twice:
        ids = [i for i, name in zip(taxonomy.ids, taxonomy.names, strict=True) if name == twice[0]]
        count = f"{len(twice):,} {'name belongs' if len(twice) == 1 else 'names belong'}"
        yield (
            f"{count} to several concepts, as {twice[0]!r} to {listed(ids)}; such a class is "
            "placed by its id only"
        )
