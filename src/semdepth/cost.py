"""What an analysis will cost, in memory and time, before anything is computed.

The constants come from the CPU seconds of runs from n = 1,000 to 100,000 on an x86-64 server with
two cores, numpy with OpenBLAS, and numba; docs/scale.md has the measurements. Memory is meant as
an upper bound. Time is right to a factor of three: another machine, a busy core, numba not
installed, or a clusterer that takes long to converge change it by as much.
"""

from __future__ import annotations

from dataclasses import dataclass

from semdepth.clustering import AffinityPropagation, Clusterer, Louvain
from semdepth.neighbours import EXACT_UP_TO
from semdepth.similarity import DOUBLE_UP_TO

# What Python, numpy and WordNet take, and what a class takes in names, places and lists.
_FOOTPRINT = 250e6
_BYTES_A_CLASS = 2_500
# The depths of all pairs of placed classes, whose kinds are a third of them in WordNet.
_KINDS_A_CLASS = 1 / 3
# An entry of the lists of neighbours as an edge both ways, with its messages; one that is sorted
# for the forest.
_BYTES_A_MESSAGE = 130
_BYTES_AN_EDGE = 90
# Blocks of products, and what is picked from them.
_BLOCK_BYTES = 250e6

# Operations of a product of two matrices; cells that are looked at once.
_OPERATIONS_A_SECOND = 6e10
_CELLS_A_SECOND = 8e8
_PASSES = 15
_SECONDS_A_CLASS = 3e-5
# Where similarities are recomputed: operations of a product in double precision, and how often
# every pair is multiplied; of a product of one class with all others, which is as slow as memory.
_OPERATIONS_IN_DOUBLE = 2.5e10
_PRODUCTS = 6
_NUMBERS_A_SECOND = 2e9
# A class in a block of 256 rows and what is made of it, in affinity propagation's lists and
# history; what the search for the median puts aside of a cell.
_BYTES_IN_BLOCKS = 256 * 24
_BYTES_IN_LISTS = 8_000
_BYTES_PUT_ASIDE = 0.12
_SECONDS_IN_LISTS = 1e-3
# A cell in one order of Louvain; an entry in 200 iterations of affinity propagation; one number
# of a template in one order of Louvain over templates.
_SECONDS_A_CELL = 1e-8
_SECONDS_AN_ENTRY = 8e-6
_SECONDS_A_NUMBER = 8e-9
# One pair in so many is compared by the search in cells: 16 of 4 sqrt(n) cells.
_CELLS_A_ROOT = 4
_PROBED = 16


@dataclass(frozen=True, slots=True)
class Cost:
    """How many bytes a run holds at most, and about how many seconds it takes; ``what`` it is."""

    memory_bytes: int
    seconds: float
    what: str

    def __repr__(self) -> str:
        return f"Cost({self.memory}, about {self.time}: {self.what})"

    @property
    def memory(self) -> str:
        """The memory in words."""
        return in_bytes(self.memory_bytes)

    @property
    def time(self) -> str:
        """The time in words."""
        if self.seconds < 90:
            return f"{max(1, round(self.seconds))} s"
        minutes = self.seconds / 60
        return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def estimate(
    n: int,
    dimension: int,
    clusterer: Clusterer,
    neighbours: int | None = None,
    *,
    placed: int | None = None,
    recompute: bool = False,
) -> Cost:
    """The cost of analysing n classes exactly, or approximately from so many neighbours each.

    ``dimension`` is that of the templates, 0 where there are none; ``placed`` is how many classes
    may have a concept, by default all. ``recompute``: exactly, but without the matrix.

    Not counted is what affinity propagation takes where thousands of similarities are equal, as
    those of classifier heads never are: two more matrices in float64.

    >>> from semdepth.clustering import AffinityPropagation, Louvain
    >>> estimate(21_843, 512, AffinityPropagation())
    Cost(2.3 GB, about 14 s: the similarities of all 21,843 classes)
    >>> estimate(1_000_000, 256, Louvain()).memory
    '5.3 TB'
    """
    depths = (_KINDS_A_CLASS * (n if placed is None else placed)) ** 2
    common = _FOOTPRINT + n * _BYTES_A_CLASS + 6 * n * dimension + depths
    what = f"the similarities of all {n:,} classes"
    if recompute:
        held, seconds = _recomputed(n, dimension, clusterer)
        what += ", recomputed as their matrix does not fit"
    elif neighbours is None:
        held, seconds = _exact(n, dimension, clusterer)
    else:
        held, seconds = _approximate(n, dimension, clusterer, neighbours)
        what = f"the {neighbours} nearest of each of {n:,} classes"
    return Cost(int(common + held), seconds + n * _SECONDS_A_CLASS, what)


def _exact(n: int, dimension: int, clusterer: Clusterer) -> tuple[float, float]:
    """Bytes and seconds of the matrix and what the clusterer makes of it."""
    width = 8 if n <= DOUBLE_UP_TO else 4
    held: float = 1
    if isinstance(clusterer, AffinityPropagation) and n <= DOUBLE_UP_TO:
        # In double precision noise is added to a copy.
        held = 2
    elif isinstance(clusterer, Louvain):
        # Beside the graph, its links to communities; at a resolution above 1 these may be many.
        held = 1.3 if n > DOUBLE_UP_TO and clusterer.resolution <= 1 else 2
    seconds = n**2 * (dimension / _OPERATIONS_A_SECOND + _PASSES / _CELLS_A_SECOND)
    if isinstance(clusterer, Louvain):
        seconds += clusterer.orders * n**2 * _SECONDS_A_CELL
    return n**2 * width * held, seconds


def _recomputed(n: int, dimension: int, clusterer: Clusterer) -> tuple[float, float]:
    """The same of the templates in double precision, and of blocks of rows."""
    held = n * (12 * dimension + _BYTES_IN_BLOCKS) + n**2 * _BYTES_PUT_ASIDE
    seconds = n**2 * (2 * _PRODUCTS * dimension / _OPERATIONS_IN_DOUBLE + _PASSES / _CELLS_A_SECOND)
    if isinstance(clusterer, AffinityPropagation):
        return held + n * _BYTES_IN_LISTS, seconds + n * _SECONDS_IN_LISTS
    return held, seconds + n**2 * dimension / _NUMBERS_A_SECOND


def _approximate(
    n: int, dimension: int, clusterer: Clusterer, neighbours: int
) -> tuple[float, float]:
    """The same of the lists of neighbours."""
    entries = n * neighbours
    compared = n**2 if n <= EXACT_UP_TO else n**2 * _PROBED / (_CELLS_A_ROOT * n**0.5)
    seconds = compared * (2 * dimension / _OPERATIONS_A_SECOND + 1 / _CELLS_A_SECOND)
    held = 8 * entries + _BLOCK_BYTES + (0 if n <= EXACT_UP_TO else 4 * n * dimension)
    if isinstance(clusterer, AffinityPropagation):
        return held + _BYTES_A_MESSAGE * entries, seconds + _SECONDS_AN_ENTRY * entries
    if isinstance(clusterer, Louvain):
        numbers = clusterer.orders * entries * dimension
        held += 8 * n * dimension
        return held + _BYTES_AN_EDGE * entries, seconds + _SECONDS_A_NUMBER * numbers
    return held + _BYTES_AN_EDGE * entries, seconds


def in_bytes(count: float) -> str:
    """A number of bytes in words.

    >>> in_bytes(1.9e9), in_bytes(350_000)
    ('1.9 GB', '0.3 MB')
    """
    for unit, size in (("TB", 1e12), ("GB", 1e9)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1e6:.1f} MB"
