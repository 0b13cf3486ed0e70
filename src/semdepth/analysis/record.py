"""What :func:`semdepth.analyze` found out about one model."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np

from semdepth.chance import Chance
from semdepth.class_names import listed
from semdepth.depth import SimilarityDepth, depths_of_all_pairs
from semdepth.documents import check_schema, fields_of
from semdepth.errors import LabelError, OptionError, ReadError
from semdepth.explain import ClassStory, Evidence, PairStory, explain_class, explain_pair
from semdepth.findings import AlikePair, Cluster, PlacedClass
from semdepth.graph import SimilarityGraph
from semdepth.labels import Placement
from semdepth.mistakes import Mistakes
from semdepth.neighbours import NeighbourSimilarity
from semdepth.oddities import ContextPair, OddClass
from semdepth.recomputed import RecomputedSimilarity
from semdepth.similarity import DOUBLE_UP_TO, SimilarityMatrix
from semdepth.taxonomy import Taxonomy
from semdepth.wordnet import wordnet_nouns

SCHEMA = "semdepth/analysis"
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Subject:
    """What was analysed: its title, and for a checkpoint the layer that was read.

    ``device`` is what its similarities were computed on, if not by numpy.
    """

    title: str
    tensor: str | None = None
    dimension: int | None = None
    names_from: str = ""
    device: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Analysis:
    """Everything :func:`analyze` found out about one model.

    ``depth.mean`` is the Similarity Depth, ``chance`` what it would be by chance. ``clusters``
    come largest first, ``alike`` most similar first. ``depths_of_all_pairs`` is the share of
    all pairs of placed classes at each depth from 0. ``odd`` classes come oddest first,
    ``context`` pairs most surprising first. ``mistakes`` are None without predictions, and
    ``left_out`` names the classes that had no samples. ``similarity`` and ``placement`` are what it
    was made of; an analysis that was read back from a file has no similarities unless their file
    stands beside it (:func:`semdepth.read_analysis`). An approximate one has ``neighbours``
    instead, and neither ``odd`` classes nor ``context`` pairs; one that keeps no matrix has
    ``recomputed`` instead.
    """

    subject: Subject
    taxonomy: str
    lcs: str
    seed: int
    graph: SimilarityGraph
    depth: SimilarityDepth
    chance: Chance
    classes: tuple[PlacedClass, ...]
    clusters: tuple[Cluster, ...]
    alike: tuple[AlikePair, ...]
    uncertain: tuple[str, ...]
    depths_of_all_pairs: np.ndarray
    odd: tuple[OddClass, ...] = ()
    context: tuple[ContextPair, ...] = ()
    mistakes: Mistakes | None = None
    left_out: tuple[str, ...] = ()
    similarity: SimilarityMatrix | None = None
    placement: Placement | None = None
    neighbours: NeighbourSimilarity | None = None
    recomputed: RecomputedSimilarity | None = None

    def __post_init__(self):
        self.depths_of_all_pairs.setflags(write=False)

    def __repr__(self) -> str:
        if self.depth.reason:
            return f"Analysis({self.subject.title!r}: depth undefined, {self.depth.reason})"
        low, high = self.chance.interval
        interval = "" if np.isnan(low) else f" [{low:.2f}, {high:.2f}]"
        approximate = "approximate " if self.graph.note else ""
        return (
            f"Analysis({self.subject.title!r}: {approximate}Similarity Depth "
            f"{self.depth.mean:.2f}{interval}, "
            f"chance {self.chance.null_mean:.2f}, ceiling {self.chance.ceiling:.2f}, "
            f"{self.graph.n_clusters} clusters of {len(self.classes)} classes)"
        )

    def _repr_html_(self) -> str:
        rows = (
            ("Similarity Depth", f"{self.depth.mean:.2f}"),
            ("by chance", f"{self.chance.null_mean:.2f} (p = {self.chance.p_value:.3g})"),
            ("ceiling", f"{self.chance.ceiling:.2f}"),
            ("normalised", f"{self.chance.normalised:.3f}"),
            ("clusters", f"{self.graph.n_clusters} of {len(self.classes)} classes"),
            ("unplaced", str(len(self.depth.unplaced))),
        )
        cells = "".join(f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in rows)
        return f"<table><caption>{escape(self.subject.title)}</caption>{cells}</table>"

    def explain(
        self, first: str, second: str | None = None, *, neighbours: int = 8
    ) -> PairStory | ClassStory:
        """The story of two classes, or of one with so many neighbours (:mod:`semdepth.explain`).

        Classes are named as the model names them, or by concept id or synset name.
        """
        if self.graph.note:
            raise OptionError(
                "expected an analysis with all similarities, found an approximate one; analyse "
                "the classes in question exactly (--classes)"
            )
        similarity = self.similarity or self.recomputed
        if similarity is None or self.placement is None:
            raise ReadError(
                "expected an analysis with its similarities, found one that was read from a file "
                "without similarity.npy beside it; analyse the model again"
            )
        gone = next((name for name in (first, second) if name in self.left_out), None)
        if gone is not None:
            raise LabelError(
                f"expected a class with samples, found {gone!r}, which the predictions have none "
                "of and which was left out; explain it without predictions"
            )
        evidence = Evidence(
            similarity=similarity,
            structural=self.graph,
            placement=self.placement,
            pair_depths=depths_of_all_pairs(self.placement, lcs=self.lcs),
            lcs=self.lcs,
            confusion=None if self.mistakes is None else self.mistakes.confusion,
            verdicts=None if self.mistakes is None else self.mistakes.verdicts,
        )
        if second is None:
            return explain_class(evidence, first, count=neighbours)
        return explain_pair(evidence, first, second)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know about how the numbers came about."""
        clustering = self.graph.clustering.note
        found = [self.graph.note, clustering, self.depth.reason, self.chance.reason]
        if len(self.classes) > DOUBLE_UP_TO and "float32" not in clustering:
            found.append(f"computed in float32, as always above {DOUBLE_UP_TO:,} classes")
        if self.subject.device:
            found.append(f"similarities computed by torch on {self.subject.device}")
        if self.graph.clustering.noise_share:
            share = f"{self.graph.clustering.noise_share:.1%} of the classes are noise"
            kept = "one cluster" if self.graph.noise == "cluster" else "a cluster each"
            found.append(f"{share}, which form {kept}")
        if self.left_out:
            found.append(
                f"{len(self.left_out)} {'class' if len(self.left_out) == 1 else 'classes'} "
                f"without samples left out: "
                f"{listed(self.left_out)}"
            )
        if self.mistakes is not None:
            absent = self.mistakes.confusion.never_predicted
            if absent:
                count = f"{len(absent)} {'class was' if len(absent) == 1 else 'classes were'}"
                found.append(f"{count} never predicted: {listed(absent)}")
            if self.mistakes.graph.clustering.note:
                found.append(f"confusion graph: {self.mistakes.graph.clustering.note}")
            accuracy, n = self.mistakes.confusion.accuracy, len(self.classes)
            if accuracy < 1 / n:
                found.append(
                    f"accuracy {accuracy:.3f} is below chance ({1 / n:.3f}): is the class order "
                    "of the predictions that of the model?"
                )
            found += [self.mistakes.forecast.reason, self.mistakes.direct.found.reason]
        return tuple(note for i, note in enumerate(found) if note and note not in found[:i])

    def to_dict(self) -> dict:
        """A plain dict, ready for JSON; the similarity matrix stays out (its size is n²)."""
        return {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "subject": fields_of(self.subject),
            "similarity_depth": None if self.depth.reason else self.depth.mean,
            "mean_wu_palmer": None if self.depth.reason else self.depth.mean_wu_palmer,
            "chance": self.chance.to_dict(),
            "noise_share": self.graph.clustering.noise_share,
            "approximate": bool(self.graph.note),
            "notes": list(self.notes),
            "parameters": {
                "taxonomy": self.taxonomy,
                "lcs": self.lcs,
                "noise": self.graph.noise,
                "seed": self.seed,
                **self.graph.clustering.to_dict()["clusterer"],
            },
            "clusters": [fields_of(cluster) for cluster in self.clusters],
            "alike": [fields_of(pair) for pair in self.alike],
            "classes": [fields_of(placed) for placed in self.classes],
            "uncertain": list(self.uncertain),
            "depths_of_all_pairs": self.depths_of_all_pairs.tolist(),
            "odd": [odd.to_dict() for odd in self.odd],
            "context": [fields_of(pair) for pair in self.context],
            "left_out": list(self.left_out),
            "graph": self.graph.to_dict(),
            "depth": self.depth.to_dict(),
            "mistakes": None if self.mistakes is None else self.mistakes.to_dict(),
            "hierarchy": self._own_hierarchy(),
        }

    def _own_hierarchy(self) -> dict | None:
        """The concepts above the classes, where the taxonomy is the user's own."""
        if self.placement is None or self.placement.taxonomy is wordnet_nouns():
            return None
        concepts = self.placement.concepts
        return self.placement.taxonomy.above(concepts[concepts >= 0]).to_dict()

    @classmethod
    def from_dict(cls, data: dict) -> Analysis:
        """The analysis that :meth:`to_dict` described; :class:`ReadError` for another schema."""
        check_schema(data, SCHEMA, SCHEMA_VERSION, "analyse the model again")
        clusters = ({**c, "members": tuple(c["members"])} for c in data["clusters"])
        return cls(
            subject=Subject(**data["subject"]),
            taxonomy=data["parameters"]["taxonomy"],
            lcs=data["parameters"]["lcs"],
            seed=data["parameters"]["seed"],
            graph=SimilarityGraph.from_dict(data["graph"]),
            depth=SimilarityDepth.from_dict(data["depth"]),
            chance=Chance.from_dict(data["chance"]),
            classes=tuple(PlacedClass(**placed) for placed in data["classes"]),
            clusters=tuple(Cluster(**cluster) for cluster in clusters),
            alike=tuple(AlikePair(**pair) for pair in data["alike"]),
            uncertain=tuple(data["uncertain"]),
            depths_of_all_pairs=np.array(data["depths_of_all_pairs"]),
            odd=tuple(map(OddClass.from_dict, data["odd"])),
            context=tuple(ContextPair(**pair) for pair in data["context"]),
            mistakes=None if data["mistakes"] is None else Mistakes.from_dict(data["mistakes"]),
            left_out=tuple(data["left_out"]),
            placement=_placement_from(data),
        )


def _placement_from(data: dict) -> Placement | None:
    """The placement of an analysis in a file; None where the file does not say in what."""
    stored, title = data.get("hierarchy"), data["parameters"]["taxonomy"]
    if stored is None and title != wordnet_nouns().title:
        return None
    rows = data["classes"]
    described = {
        "taxonomy": title,
        "labels": [row["label"] for row in rows],
        "ids": [row["id"] for row in rows],
        "reasons": [row["placed_by"] for row in rows],
        "confidence": [row["confidence"] for row in rows],
    }
    return Placement.from_dict(described, None if stored is None else Taxonomy.from_dict(stored))
