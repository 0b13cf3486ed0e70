"""Stories of pairs and classes in words."""

from __future__ import annotations

from collections.abc import Sequence

from semdepth.cli.terminal import printable
from semdepth.explain import ClassStory, Neighbour, PairStory


def pair_text(story: PairStory) -> str:
    """The story of a pair, a paragraph an aspect."""
    first, second = printable(story.first), printable(story.second)
    lines = [f"{first} and {second}", ""]
    if story.verdict is not None:
        lines += [f"Verdict: {story.verdict}. {_sentence(story.meaning)}", _mixed_up(story)]
    lines.append(
        f"To the weights: similarity {story.similarity:.3f}, number {story.rank:,} of "
        f"{story.of_pairs:,} pairs; {'one' if story.same_cluster else 'not one'} cluster."
    )
    if story.perceived_path:
        way = " - ".join(map(printable, story.perceived_path))
        lines.append(f"Path through the perceived graph: {way}.")
    lines.append(_kinship(story))
    if story.verdict is None:
        lines.append(f"Expect: {_sentence(story.meaning)}")
    if story.advice:
        lines.append(f"What one might do: {_sentence(story.advice)}")
    return "\n".join(lines)


def class_text(story: ClassStory) -> str:
    """The story of a class: what it is, how it stands, and its neighbours side by side."""
    concept = ": ".join(filter(None, (story.concept, story.gloss)))
    lines = [printable(story.label), printable(concept or "no concept of the taxonomy"), ""]
    if story.accuracy is not None:
        of = f"{story.seen:,} " if isinstance(story.seen, int) else ""
        lines.append(f"Recognised in {story.accuracy:.1%} of {of}samples.")
    if story.local_depth is not None:
        lines.append(
            f"Local depth {story.local_depth:.2f} over its edges in the perceived graph, by "
            f"chance {story.chance_depth:.2f}."
        )
    others = [printable(name) for name in story.cluster if name != story.label]
    lines.append(f"In one cluster with: {', '.join(others) or 'no other class'}.")
    lines += ["", *_table("Seen as alike (these weights)", story.perceived)]
    lines += ["", *_table("Alike in kind (the taxonomy)", story.semantic)]
    if story.confused:
        lines += ["", *_table("Mixed up with", story.confused)]
    elif story.accuracy is None:
        likely = ", ".join(printable(near.label) for near in story.perceived[:3])
        lines += ["", f"Without predictions: the likeliest confusions are {likely}."]
    return "\n".join(lines)


def _mixed_up(story: PairStory) -> str:
    first, second = printable(story.first), printable(story.second)
    return (
        f"Mixed up: {first} taken for {second} {_times(story.first_as_second, story.first_seen)}, "
        f"{second} for {first} {_times(story.second_as_first, story.second_seen)}."
    )


def _times(count: float, seen: float) -> str:
    if isinstance(count, int):
        return f"{count:,} of {seen:,} times"
    return f"in {count / seen:.1%} of its samples"


def _amount(number: float) -> str:
    """A count in full, a share to three digits."""
    return f"{number:,}" if isinstance(number, int) else f"{number:.3g}"


def _kinship(story: PairStory) -> str:
    if story.subsumer is None:
        return "To the taxonomy: a class has no concept there, so their kinship is not known."
    definition = f" ({story.subsumer_gloss})" if story.subsumer_gloss else ""
    return printable(
        f"To the taxonomy: they meet at {story.subsumer}{definition}, depth {story.depth}, deeper "
        f"than {story.depth_percentile:.1f}% of all pairs; path {' - '.join(story.taxonomy_path)}."
    )


def _table(title: str, neighbours: Sequence[Neighbour]) -> list[str]:
    counted = any(near.taken_for_it is not None for near in neighbours)
    head = f"{title:<34}{'similarity':>11}{'rank':>7}{'depth':>7}"
    lines = [head + (f"{'taken for it':>14}{'mistaken for this':>19}" if counted else "")]
    for near in neighbours:
        depth = "" if near.depth is None else str(near.depth)
        row = f"  {printable(near.label):<32}{near.similarity:>11.3f}{near.rank:>7}{depth:>7}"
        if counted:
            row += f"{_amount(near.taken_for_it):>14}{_amount(near.mistaken_for_this):>19}"
        lines.append(row)
    return lines


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
