"""Where each class stands in a taxonomy, and which could not be placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from semdepth.class_names import as_code, positions_of
from semdepth.errors import LabelError
from semdepth.taxonomy import Taxonomy
from semdepth.wordnet import wordnet_nouns

# A placed class with less confidence than this is one to look at.
SURE = 0.9


@dataclass(frozen=True, eq=False, slots=True)
class Placement:
    """Where each class stands in a taxonomy.

    ``concepts`` (n,) are positions in ``taxonomy``, -1 where a class could not be placed;
    ``reasons`` says for each class why it stands there, or why nowhere. ``confidence`` (n,) is
    the probability that a class means its concept: 1 where that was given, as it is by default,
    and 0 for an unplaced class.
    """

    taxonomy: Taxonomy
    labels: tuple[str, ...]
    concepts: np.ndarray
    reasons: tuple[str, ...]
    confidence: np.ndarray | None = None

    def __post_init__(self):
        placed = self.concepts >= 0
        confidence = 1.0 if self.confidence is None else self.confidence
        object.__setattr__(self, "confidence", np.where(placed, confidence, 0.0))
        object.__setattr__(self, "concepts", self.concepts.view())
        self.concepts.setflags(write=False)
        self.confidence.setflags(write=False)

    def __repr__(self) -> str:
        return (
            f"Placement({len(self.labels)} classes, {len(self.unplaced)} unplaced, "
            f"in {self.taxonomy.title})"
        )

    def _repr_html_(self) -> str:
        return as_code(self)

    def to_dict(self) -> dict:
        """A plain dict; the taxonomy stays out but for its title."""
        return {
            "taxonomy": self.taxonomy.title,
            "labels": list(self.labels),
            "ids": list(self.ids),
            "reasons": list(self.reasons),
            "confidence": self.confidence.tolist(),
        }

    @classmethod
    def from_dict(cls, data: dict, taxonomy: Taxonomy | None = None) -> Placement:
        """The placement that :meth:`to_dict` described, in WordNet unless another is given."""
        taxonomy = wordnet_nouns() if taxonomy is None else taxonomy
        if taxonomy.title != data["taxonomy"]:
            raise LabelError(
                f"expected a placement in {taxonomy.title}, found one in {data['taxonomy']}; "
                "pass that taxonomy"
            )
        concepts = [-1 if i is None else taxonomy.index(i) for i in data["ids"]]
        return cls(
            taxonomy,
            tuple(data["labels"]),
            np.array(concepts, dtype=np.int32),
            tuple(data["reasons"]),
            np.array(data["confidence"], dtype=float),
        )

    def select(self, labels: Sequence[str]) -> Placement:
        """Restricted to some classes, in the order given."""
        kept = positions_of(labels, self.labels, "the placement")
        reasons = tuple(self.reasons[i] for i in kept)
        return Placement(
            self.taxonomy, tuple(labels), self.concepts[kept], reasons, self.confidence[kept]
        )

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Classes without a concept; they take no part in depths."""
        return tuple(
            label for label, concept in zip(self.labels, self.concepts, strict=True) if concept < 0
        )

    @property
    def ids(self) -> tuple[str | None, ...]:
        """The concept id of each class, None where unplaced."""
        return tuple(None if c < 0 else self.taxonomy.ids[c] for c in self.concepts.tolist())

    @property
    def uncertain(self) -> tuple[str, ...]:
        """Placed classes whose confidence is below 0.9: their name may mean something else."""
        return tuple(
            label
            for label, concept, confidence in zip(
                self.labels, self.concepts.tolist(), self.confidence.tolist(), strict=True
            )
            if concept >= 0 and confidence < SURE
        )
