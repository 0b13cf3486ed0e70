"""Everything that differs between two analyses of models over the same classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import numpy as np

from semdepth.analysis import Analysis
from semdepth.class_names import listed
from semdepth.difference.confusions import ConfusionDifference, confusion_difference
from semdepth.difference.scores import (
    ComplianceDifference,
    ModelFacts,
    facts_of,
    score_differences,
)
from semdepth.difference.shared import Side, shared_sides
from semdepth.difference.structure import (
    ClusterDifference,
    EdgeDifference,
    adjusted_rand,
    cluster_difference,
    edge_difference,
    rank_correlation,
)
from semdepth.documents import check_schema, or_nan, or_none
from semdepth.paired import PairedDifference

SCHEMA = "semdepth/difference"
SCHEMA_VERSION = 1


@dataclass(frozen=True, eq=False, slots=True)
class Difference:
    """What :func:`diff` found between a first, older model and a second, newer one.

    ``labels`` are the classes that both have, in the first one's order; ``only_first`` and
    ``only_second`` the others. ``depth``, ``direct`` and ``extended`` are the scores over the
    shared classes, the latter two None without predictions of both, as are ``confusions``.
    ``adjusted_rand`` compares the clusterings, ``spearman`` the similarities of all pairs (NaN
    where an analysis does not hold them). ``notes`` say what must be known to judge it.
    """

    first: ModelFacts
    second: ModelFacts
    labels: tuple[str, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    depth: PairedDifference
    direct: ComplianceDifference | None
    extended: ComplianceDifference | None
    edges: EdgeDifference
    clusters: ClusterDifference
    confusions: ConfusionDifference | None
    adjusted_rand: float
    spearman: float
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"Difference({self.first.title!r} to {self.second.title!r}: Similarity Depth "
            f"{self.depth.difference:+.2f} (p = {self.depth.p_value:.2g}), "
            f"{len(self.edges.gained)} edges gained, {len(self.edges.lost)} lost, "
            f"{len(self.clusters.moved)} of {len(self.labels)} classes moved)"
        )

    def _repr_html_(self) -> str:
        rows = [("Similarity Depth", self.depth)]
        for name, found in (("direct", self.direct), ("extended", self.extended)):
            if found is not None:
                rows.append((f"confusions explained, {name}", found.explained))
        cells = "".join(
            f"<tr><th>{name}</th><td>{one.first:.3f}</td><td>{one.second:.3f}</td>"
            f"<td>{one.difference:+.3f}</td><td>{one.p_value:.2g}</td></tr>"
            for name, one in rows
        )
        titles = (escape(side.title) for side in (self.first, self.second))
        head = "".join(f"<th>{name}</th>" for name in ("", *titles, "difference", "p"))
        return f"<table><tr>{head}</tr>{cells}</table>"

    def to_dict(self) -> dict:
        """A plain dict, ready for JSON; classes are numbered as ``labels`` lists them."""
        return {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "first": self.first.to_dict(),
            "second": self.second.to_dict(),
            "labels": list(self.labels),
            "only_first": list(self.only_first),
            "only_second": list(self.only_second),
            "similarity_depth": self.depth.to_dict(),
            "direct": None if self.direct is None else self.direct.to_dict(),
            "extended": None if self.extended is None else self.extended.to_dict(),
            "edges": self.edges.to_dict(),
            "clusters": self.clusters.to_dict(),
            "confusions": None if self.confusions is None else self.confusions.to_dict(),
            "adjusted_rand": self.adjusted_rand,
            "edge_jaccard": or_none(self.edges.jaccard),
            "spearman": or_none(self.spearman),
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, data: dict) -> Difference:
        """The difference that :meth:`to_dict` described; :class:`ReadError` for another schema."""
        check_schema(data, SCHEMA, SCHEMA_VERSION, "compare the models again")

        def optional(name: str, kind: type):
            return None if data[name] is None else kind.from_dict(data[name])

        return cls(
            first=ModelFacts.from_dict(data["first"]),
            second=ModelFacts.from_dict(data["second"]),
            labels=tuple(data["labels"]),
            only_first=tuple(data["only_first"]),
            only_second=tuple(data["only_second"]),
            depth=PairedDifference.from_dict(data["similarity_depth"]),
            direct=optional("direct", ComplianceDifference),
            extended=optional("extended", ComplianceDifference),
            edges=EdgeDifference.from_dict(data["edges"]),
            clusters=ClusterDifference.from_dict(data["clusters"]),
            confusions=optional("confusions", ConfusionDifference),
            adjusted_rand=data["adjusted_rand"],
            spearman=or_nan(data["spearman"]),
            notes=tuple(data["notes"]),
        )


def diff(old: Analysis, new: Analysis, *, permutations: int = 1_000, seed: int = 42) -> Difference:
    """What changed from an older model to a newer one, over the classes that both have.

    Classes are aligned by name, in whatever order each model has them. ``permutations`` and
    ``seed`` are those of the tests (:func:`semdepth.paired.paired_difference`). Raises
    :class:`LabelError` where they share fewer than two classes.

    >>> from semdepth.analysis import analyze
    >>> from semdepth.similarity import structural_from_cosine
    >>> pets = ["dog", "cat", "car"]
    >>> before = structural_from_cosine(pets, [[1, 0.8, 0], [0.8, 1, 0.2], [0, 0.2, 1]])
    >>> after = structural_from_cosine(pets, [[1, 0.2, 0], [0.2, 1, 0.8], [0, 0.8, 1]])
    >>> diff(analyze(before, title="before"), analyze(after, title="after")).depth.first
    12.0
    """
    sides = first, second = shared_sides(old, new)
    labels = tuple(old.graph.labels[i] for i in first.chosen.tolist())
    scores = score_differences(first, second, permutations=permutations, seed=seed)
    clusters = cluster_difference(first, second)
    return Difference(
        first=facts_of(old),
        second=facts_of(new),
        labels=labels,
        only_first=_others(old, first),
        only_second=_others(new, second),
        depth=scores.depth,
        direct=scores.direct,
        extended=scores.extended,
        edges=edge_difference(first, second),
        clusters=clusters,
        confusions=confusion_difference(first, second),
        adjusted_rand=adjusted_rand(clusters.first, clusters.second),
        spearman=rank_correlation(first, second),
        notes=tuple(_notes(sides, scores.left_out)),
    )


def _others(analysis: Analysis, side: Side) -> tuple[str, ...]:
    labels = analysis.graph.labels
    return tuple(labels[i] for i in np.setdiff1d(np.arange(len(labels)), side.chosen).tolist())


def unlike(old: Analysis, new: Analysis) -> Iterator[str]:
    """Each way in which two analyses were not made alike, in words."""
    for what, of in (
        ("taxonomies", lambda one: one.taxonomy),
        ("rules of the lowest common subsumer", lambda one: one.lcs),
        ("clusterers", lambda one: one.graph.clustering.clusterer),
        ("rules for noise", lambda one: one.graph.noise),
        ("seeds", lambda one: one.seed),
        ("kinds of analysis", lambda one: "approximate" if one.graph.note else "exact"),
    ):
        if of(old) != of(new):
            yield f"different {what}: {of(old)} and {of(new)}"
    elsewhere = _placed_elsewhere(old, new)
    if elsewhere:
        yield f"different concepts of shared classes ({len(elsewhere)}): {listed(elsewhere)}"


def _notes(sides: tuple[Side, Side], left_out: int) -> Iterator[str]:
    first, second = (side.analysis for side in sides)
    shared, theirs = len(sides[0].chosen), len(second.graph.labels)
    ours = len(first.graph.labels)
    if not shared == ours == theirs:
        edges = f"; edges to others left out of the scores: {left_out:,}" if left_out else ""
        yield (
            f"different classes: {shared:,} are shared, of {ours:,} and {theirs:,}; scores and "
            f"tables are over these{edges}"
        )
    yield from unlike(first, second)
    if (first.mistakes is None) != (second.mistakes is None):
        with_ones = first if second.mistakes is None else second
        yield f"only {with_ones.subject.title!r} has predictions: confusions are not compared"


def _placed_elsewhere(old: Analysis, new: Analysis) -> list[str]:
    """The shared classes whose depths would differ whatever the models perceive."""
    there = {placed.label: placed.id for placed in new.classes}
    return [
        placed.label
        for placed in old.classes
        if placed.label in there and there[placed.label] != placed.id
    ]
