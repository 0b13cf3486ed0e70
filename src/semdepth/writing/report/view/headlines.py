"""The findings most worth knowing, in plain words, each beside what chance would give.

A finding is told only where the evidence bears it: a p-value of at most .05, corrected for having
looked at every pair or cluster. Where the two main scores do not differ from chance, that is the
finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from math import exp, isnan, lgamma, log, sqrt

import numpy as np

from semdepth.analysis import Analysis
from semdepth.chance import Chance
from semdepth.writing.report.view.columns import places
from semdepth.writing.report.view.wording import (
    class_link,
    cluster_link,
    counted,
    listing,
    pair_link,
    percent,
    quoted,
    quoted_concept,
)

MOST = 5
P_VALUE = 0.05
# An odd class is told of where its neighbours meet it so many levels too high.
_LEVELS_LOST = 2.0
# Close kin meet as deep as one pair in so many does.
_CLOSE_KIN = 0.1
_LEAST_CLUSTER = 4


@dataclass(frozen=True, slots=True)
class Headline:
    """One finding: its kind, a sentence, and where in the report it is seen (a hash)."""

    kind: str
    text: str
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Kinship:
    """What the taxonomy says: each class's nearest classes and how deep they meet it, and the
    depth of the concept above each cluster."""

    kin: Sequence[Sequence[int]]
    kin_depth: Sequence[Sequence[int]]
    above_cluster: Sequence[int | None]


def headlines_view(analysis: Analysis, kinship: Kinship | None = None) -> list[dict]:
    """At most five findings, the most telling first, no two about the same pair.

    One of each kind, in the order of what an engineer can do with them: how far confusions
    follow from the weights, what is mixed up for a wrong reason, what is seen among strangers,
    what cannot be explained; then the most frequent, and what merely is so.
    """
    told: list[Headline] = []
    # The main score comes first where nothing else is known, or where it says nothing.
    depth = list(_depth(analysis))
    depth_first = analysis.mistakes is None or analysis.chance.p_value > P_VALUE
    for candidates in (
        depth if depth_first else (),
        _explained(analysis),
        _confused_pairs(analysis, "misperception"),
        _odd(analysis, kinship),
        _confused_pairs(analysis, "unexplained"),
        _confused_pairs(analysis),
        _context(analysis),
        () if depth_first else depth,
        _alike(analysis),
        _cluster(analysis, kinship),
    ):
        taken = {headline.target for headline in told} - {None}
        told += islice((found for found in candidates if found.target not in taken), 1)
    return [asdict(headline) for headline in told[:MOST]]


def _depth(analysis: Analysis) -> Iterator[Headline]:
    chance = analysis.chance
    if chance.p_value > P_VALUE:
        yield Headline(
            "depth",
            "What it sees as alike is no more of a kind than chance would have it: linked classes "
            f"meet at depth {chance.observed:.2f}, random ones at {chance.null_mean:.2f} "
            f"(p = {chance.p_value:.2g}), which cannot be told apart.",
        )
    elif chance.p_value <= P_VALUE:
        yield Headline(
            "depth",
            f"What it sees as alike is alike in kind: linked classes meet at depth "
            f"{chance.observed:.2f}, random ones at {chance.null_mean:.2f}, and no forest of "
            f"these classes could exceed {chance.ceiling:.2f}.",
        )


def _explained(analysis: Analysis) -> Iterator[Headline]:
    if analysis.mistakes is None:
        return
    chance = analysis.mistakes.direct.explained
    main = counted(len(analysis.mistakes.graph.edges), "main confusion")
    if _evident(chance):
        yield Headline(
            "explained",
            f"Of the {main}, {percent(chance.observed)} are explained by perceived likeness; "
            f"chance would explain {percent(chance.null_mean)}.",
        )
    elif chance.p_value > P_VALUE:
        yield Headline(
            "explained",
            f"Perceived likeness explains {percent(chance.observed)} of the {main}, chance "
            f"{percent(chance.null_mean)} (p = {chance.p_value:.2g}): these cannot be told apart.",
        )


def _confused_pairs(analysis: Analysis, verdict: str | None = None) -> Iterator[Headline]:
    """The pairs of one verdict, or of any, that are mixed up more often than luck has it."""
    if analysis.mistakes is None:
        return
    verdicts, confusion = analysis.mistakes.verdicts, analysis.mistakes.confusion
    both = verdicts.first_as_second + verdicts.second_as_first
    which = (
        np.flatnonzero(verdicts.verdicts != "latent") if verdict is None else verdicts.of(verdict)
    )
    seen = confusion.counts.sum(axis=1)
    n = len(confusion.labels)
    pairs = n * (n - 1) // 2
    evenly = float(confusion.confusions.sum()) / 2 / pairs
    for k in which[np.argsort(-both[which], kind="stable")].tolist():
        if confusion.counted and pairs * poisson_tail(int(both[k]), evenly) > P_VALUE:
            return
        a, b = verdicts.pairs[k].tolist()
        times, samples = float(both[k]), float(seen[a] + seen[b])
        often = f"in {percent(times / samples)} of their cases"
        if confusion.counted:
            often = f"{times:g} times in {samples:g} samples ({evenly:.2g} if errors spread evenly)"
        kind = "confused" if verdict is None else verdict
        names = f"{quoted(verdicts.labels[a])} and {quoted(verdicts.labels[b])}"
        text = _SENTENCES[kind].format(names=names, often=often)
        if verdict is None:
            text += _CLAUSES[str(verdicts.verdicts[k])]
        yield Headline(kind, f"{text}.", pair_link(verdicts.labels[a], verdicts.labels[b]))


_SENTENCES = {
    "misperception": "A misperception: {names} look alike to it though they are not close kin, "
    "and are mixed up {often}",
    "unexplained": "Unexplained: {names} neither look alike to it nor are close kin, yet are "
    "mixed up {often}; check their labels and duplicates first",
    "confused": "Most often confused: {names}, {often}",
}
_CLAUSES = {
    "understandable": "; understandable, since they are close kin and look alike to it",
    "misperception": "; they look alike to it, though they are not close kin",
    "kin": "; they are close kin, yet the weights do not show it",
    "unexplained": "; they neither look alike to it nor are close kin",
    "unplaced": "; one of them has no concept to judge kinship by",
}


def _odd(analysis: Analysis, kinship: Kinship | None) -> Iterator[Headline]:
    """Classes with neighbours no nearer in kind than random ones, where the model sees kind."""
    if kinship is None or not analysis.chance.p_value <= P_VALUE:
        return
    place = places(analysis.graph.labels)
    for odd in analysis.odd:
        if odd.depth > odd.chance:
            return
        if odd.ceiling - odd.depth < _LEVELS_LOST:
            continue
        yield Headline(
            "odd",
            f"{quoted(odd.label)} is seen among {listing(odd.neighbours[:3])}, "
            f"{_not_among(analysis, kinship, place[odd.label], odd.neighbours)}: its neighbours "
            f"meet it at depth {odd.depth:.1f}, random classes at {odd.chance:.1f}, the nearest of "
            f"its kind at {odd.ceiling:.1f}.",
            class_link(odd.label),
        )


def _not_among(
    analysis: Analysis, kinship: Kinship, position: int, neighbours: Sequence[str]
) -> str:
    """The kin that a class is not seen among, by name where they are close."""
    labels, shares = analysis.graph.labels, analysis.depths_of_all_pairs
    close = [
        labels[other]
        for other, depth in zip(kinship.kin[position], kinship.kin_depth[position], strict=True)
        if shares[depth:].sum() <= _CLOSE_KIN and labels[other] not in neighbours
    ]
    return f"not among its kin ({listing(close[:2])})" if close else "none of its kind"


def _context(analysis: Analysis) -> Iterator[Headline]:
    """Pairs more alike than the most surprising one of as many normal numbers would be."""
    n = len(analysis.classes)
    for pair in analysis.context:
        if not beyond_luck(pair.surprise, n * (n - 1) // 2):
            return
        yield Headline(
            "context",
            f"{quoted(pair.first)} and {quoted(pair.second)} are more alike to it "
            f"({pair.similarity:.2f}) than their kinship suggests: they meet at depth "
            f"{pair.depth}, and stand {pair.surprise:.1f} standard deviations above other pairs "
            "that do.",
            pair_link(pair.first, pair.second),
        )


def _alike(analysis: Analysis) -> Iterator[Headline]:
    """The most alike pair, where no predictions tell what is mixed up."""
    if analysis.mistakes is not None or isnan(analysis.chance.null_mean):
        return
    for pair in analysis.alike:
        if pair.depth is not None:
            yield Headline(
                "alike",
                f"Most alike to it are {quoted(pair.first)} and {quoted(pair.second)} "
                f"({pair.similarity:.2f}): where it errs on one, expect the other. They meet at "
                f"{quoted_concept(pair.subsumer_name)}, depth {pair.depth}; random classes at "
                f"{analysis.chance.null_mean:.2f}.",
                pair_link(pair.first, pair.second),
            )


def _cluster(analysis: Analysis, kinship: Kinship | None) -> Iterator[Headline]:
    """The clusters of one kind, by how much deeper it is and how many they are."""
    shares, found = analysis.depths_of_all_pairs, []
    for cluster in analysis.clusters if kinship else ():
        depth = kinship.above_cluster[cluster.number]
        if depth is None or cluster.is_noise or cluster.size < _LEAST_CLUSTER:
            continue
        # The others all meet the first one so deep: the chance of that for classes at random.
        luck = float(shares[depth:].sum()) ** (cluster.size - 1)
        if luck * len(analysis.clusters) <= P_VALUE:
            lead = (depth - analysis.chance.null_mean) * sqrt(cluster.size - 1)
            found.append((-lead, cluster.number, depth, cluster))
    for _, number, depth, cluster in sorted(found, key=lambda row: row[:2]):
        yield Headline(
            "cluster",
            f"It knows a kind: all {cluster.size} classes of cluster {number} belong to "
            f"{quoted_concept(cluster.subsumer_name)} (depth {depth}); two random classes meet at "
            f"depth {analysis.chance.null_mean:.1f}.",
            cluster_link(number),
        )


def poisson_tail(least: int, mean: float) -> float:
    """The chance of at least so many events where fewer, ``mean``, are expected; else 1.

    >>> abs(poisson_tail(3, 2.0) - (1 - 5 * exp(-2.0))) < 1e-12
    True
    """
    if least <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if least <= mean:
        return 1.0
    term = exp(least * log(mean) - mean - lgamma(least + 1))
    total, count = 0.0, least
    # Beyond the mean each term is smaller than the one before.
    while term > total * 1e-12 and count < least + 10_000:
        total, count = total + term, count + 1
        term *= mean / count
    return min(total, 1.0)


def beyond_luck(deviations: float, tries: int) -> bool:
    """Whether so many standard deviations exceed what the best of ``tries`` normals has."""
    return deviations > sqrt(2 * log(max(tries, 1)) + 4)


def _evident(chance: Chance) -> bool:
    return chance.p_value <= P_VALUE and chance.observed > chance.null_mean
