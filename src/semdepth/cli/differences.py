"""What the difference of two models looks like in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
from rich.table import Table
from rich.text import Text

from semdepth.cli.terminal import make_table, printable, stdout_console
from semdepth.difference import Difference
from semdepth.paired import PairedDifference
from semdepth.writing.tables import document_json


def print_difference(difference: Difference, form: str, *, top: int) -> None:
    """The difference as tables or JSON, and on standard error what the reader must know."""
    if form == "json":
        sys.stdout.write(document_json(difference.to_dict()))
    else:
        console = stdout_console()
        for part in _summary(difference, top):
            console.print(part)
    for note in difference.notes:
        print(f"semdepth: {note}", file=sys.stderr)


def _summary(difference: Difference, top: int) -> Iterator[Table | Text]:
    titles = printable(f"{difference.first.title} and {difference.second.title}")
    yield Text(f"\n{titles}: {len(difference.labels):,} classes", style="bold")
    yield _scores(difference)
    yield Text("")
    yield _facts(difference)
    if not top:
        return
    edges, confusions = difference.edges, difference.confusions
    tables = [
        ("edges gained", edges.gained, _edges),
        ("edges lost", edges.lost, _edges),
        ("classes that moved cluster", difference.clusters.moved, _moved),
    ]
    if confusions is not None:
        tables.append(("confusions gained", confusions.gained, _confusions))
        tables.append(("confusions lost", confusions.lost, _confusions))
    for name, rows, draw in tables:
        if len(rows):
            yield Text("")
            yield draw(difference, rows[:top], f"{name}: {len(rows):,}")


def _scores(difference: Difference) -> Table:
    table = make_table("", "old", "new", "difference", "95% interval", "p")
    table.add_row("Similarity Depth", *_numbers(difference.depth, 2))
    for name, found in (("direct", difference.direct), ("extended", difference.extended)):
        if found is not None:
            table.add_row(f"similarities causing confusion, {name}", *_numbers(found.causing, 3))
            table.add_row(f"confusions explained, {name}", *_numbers(found.explained, 3))
    return table


def _numbers(found: PairedDifference, digits: int) -> tuple[str, ...]:
    if found.reason:
        return "", "", "undefined", found.reason, ""
    low, high = found.interval
    interval = "" if np.isnan(low) else f"{low:+.{digits}f} to {high:+.{digits}f}"
    return (
        f"{found.first:.{digits}f}",
        f"{found.second:.{digits}f}",
        f"{found.difference:+.{digits}f}",
        interval,
        f"{found.p_value:.2g}",
    )


def _facts(difference: Difference) -> Table:
    first, second, edges = difference.first, difference.second, difference.edges
    table = Table.grid(padding=(0, 2))
    table.add_row("clusters", f"{first.clusters} and {second.clusters}, {_agreement(difference)}")
    moved = len(difference.clusters.moved)
    table.add_row("classes that moved cluster", f"{moved:,} of {len(difference.labels):,}")
    counts = f"{len(edges.gained):,} gained, {len(edges.lost):,} lost, {edges.kept:,} kept"
    jaccard = "" if np.isnan(edges.jaccard) else f" (Jaccard {edges.jaccard:.3f})"
    table.add_row("edges", counts + jaccard)
    if not np.isnan(difference.spearman):
        table.add_row("similarities of all pairs", f"Spearman {difference.spearman:.3f}")
    if not np.isnan([first.accuracy, second.accuracy]).any():
        table.add_row("accuracy", f"{first.accuracy:.3f} and {second.accuracy:.3f}")
    if difference.confusions is not None:
        table.add_row("confusions", _changed(difference))
    return table


def _agreement(difference: Difference) -> str:
    return f"adjusted Rand index {difference.adjusted_rand:.3f}"


def _changed(difference: Difference) -> str:
    found = difference.confusions
    if len(found.pairs) and np.isnan(found.p_values).all():
        return "known as shares: what changed beyond chance cannot be told"
    return f"{len(found.gained):,} gained, {len(found.lost):,} lost, beyond chance"


def _edges(difference: Difference, rows: np.ndarray, title: str) -> Table:
    edges = difference.edges
    columns = ("class", "class", "old", "new", "depth")
    table = make_table(*columns, title=f"{title}  (similarities)")
    for row in rows.tolist():
        table.add_row(
            *_names(difference, edges.pairs[row]),
            _or_nothing(edges.similarity_first[row], 3),
            _or_nothing(edges.similarity_second[row], 3),
            _or_nothing(edges.depth[row], 0),
        )
    return table


def _moved(difference: Difference, rows: np.ndarray, title: str) -> Table:
    found = difference.clusters
    table = make_table("class", "old", "new", "overlap", title=f"{title}  (clusters)")
    for row in rows.tolist():
        table.add_row(
            printable(difference.labels[row]),
            str(found.first[row]),
            str(found.second[row]),
            f"{found.overlap[row]:.2f}",
        )
    return table


def _confusions(difference: Difference, rows: np.ndarray, title: str) -> Table:
    found = difference.confusions
    table = make_table("class", "class", "old", "new", "p", title=f"{title}  (of samples of both)")
    for row in rows.tolist():
        table.add_row(
            *_names(difference, found.pairs[row]),
            f"{found.first[row]:,} of {found.first_of[row]:,}",
            f"{found.second[row]:,} of {found.second_of[row]:,}",
            f"{found.p_values[row]:.2g}",
        )
    return table


def _names(difference: Difference, pair: np.ndarray) -> tuple[str, ...]:
    return tuple(printable(difference.labels[place]) for place in pair.tolist())


def _or_nothing(value: float, digits: int) -> str:
    return "" if np.isnan(value) else f"{value:.{digits}f}"
