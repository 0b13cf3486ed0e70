"""What class names may mean: each with its likeliest concepts, the confidence and the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np

from semdepth.class_names import as_code
from semdepth.errors import LabelError
from semdepth.labels.placement import SURE, Placement
from semdepth.labels.suggestions import nearest_nouns
from semdepth.wordnet import definition, wordnet_nouns

# A name is placed where that is more likely right than wrong.
MIN_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class Alternative:
    """A concept that a class may mean, its synset's name, and the probability."""

    id: str
    name: str
    probability: float

    @property
    def gloss(self) -> str:
        """WordNet's definition, without its examples."""
        return definition(wordnet_nouns().index(self.id))


@dataclass(frozen=True, slots=True)
class ResolvedClass:
    """One class: what its name may mean, the likeliest first, and whether it is placed there.

    ``reason`` says how the concept was found, or why there is none.
    """

    label: str
    placed: bool
    reason: str
    alternatives: tuple[Alternative, ...] = ()

    @property
    def confidence(self) -> float:
        """The probability of the likeliest concept, 0 if there is none."""
        return self.alternatives[0].probability if self.alternatives else 0.0

    @property
    def concept(self) -> Alternative | None:
        """Where the class is placed, None if nowhere."""
        return self.alternatives[0] if self.placed else None

    @property
    def certainty(self) -> str:
        """``"unplaced"``, ``"uncertain"`` (a confidence below 0.9), or ``"sure"``."""
        if not self.placed:
            return "unplaced"
        return "sure" if self.confidence >= SURE else "uncertain"

    @property
    def suggestions(self) -> tuple[str, ...]:
        """For an unplaced class: what else to try, as synset names or nouns."""
        if self.placed:
            return ()
        if self.alternatives:
            return tuple(alternative.name for alternative in self.alternatives[:3])
        return nearest_nouns(self.label)

    def to_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict) -> ResolvedClass:
        alternatives = tuple(Alternative(**found) for found in data["alternatives"])
        return cls(data["label"], data["placed"], data["reason"], alternatives)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the classes of a list mean, in the order of the list; the value of :func:`resolve`."""

    classes: tuple[ResolvedClass, ...]
    min_confidence: float

    def __repr__(self) -> str:
        counts = self.counts()
        shown = ", ".join(f"{count} {certainty}" for certainty, count in counts.items())
        return f"Resolution({len(self)} classes: {shown})"

    def _repr_html_(self) -> str:
        return as_code(self)

    def __len__(self) -> int:
        return len(self.classes)

    def __iter__(self) -> Iterator[ResolvedClass]:
        return iter(self.classes)

    def __getitem__(self, label: str) -> ResolvedClass:
        for resolved in self.classes:
            if resolved.label == label:
                return resolved
        raise LabelError(f"expected a class of this list, found {label!r}; check the name")

    def counts(self) -> dict[str, int]:
        """How many classes are sure, uncertain, unplaced."""
        found = [resolved.certainty for resolved in self.classes]
        return {
            certainty: found.count(certainty) for certainty in ("sure", "uncertain", "unplaced")
        }

    def placement(self) -> Placement:
        """The classes' places in WordNet, as everything else of semdepth takes them."""
        nouns = wordnet_nouns()
        ids = [resolved.concept.id if resolved.placed else None for resolved in self.classes]
        concepts = [-1 if i is None else nouns.index(i) for i in ids]
        return Placement(
            nouns,
            tuple(resolved.label for resolved in self.classes),
            np.array(concepts, dtype=np.int32),
            tuple(resolved.reason for resolved in self.classes),
            np.array([resolved.confidence for resolved in self.classes], dtype=float),
        )

    def to_dict(self) -> dict:
        return {
            "min_confidence": self.min_confidence,
            "classes": [resolved.to_dict() for resolved in self.classes],
        }

    @classmethod
    def from_dict(cls, data: dict) -> Resolution:
        return cls(tuple(map(ResolvedClass.from_dict, data["classes"])), data["min_confidence"])
