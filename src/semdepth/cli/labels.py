"""``semdepth labels``: what class names mean, and the lists of classes that semdepth knows."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

_FORMATS = click.Choice(["table", "csv", "json"])
_DEFAULT_CONFIDENCE = 0.5


@click.group(
    short_help="What class names mean; the lists of classes known.",
    epilog="""\b
Examples:
  semdepth labels resolve names.txt -o mapping.csv
  semdepth labels list
  semdepth labels show cifar-100""",
)
def labels():
    """Find the WordNet concept of each class name, and show the known lists of classes.

    A mapping written by `semdepth labels resolve` can be corrected in any spreadsheet and passed
    to the other commands with --labels.
    """


def _format_option(command):
    return click.option(
        "--format",
        "form",
        type=_FORMATS,
        default="table",
        show_default=True,
        help="What to print.",
    )(command)


@labels.command(
    short_help="The WordNet concept that each class name means.",
    epilog="""\b
Examples:
  semdepth labels resolve names.txt
  semdepth labels resolve names.txt -o mapping.csv          review it, then:
  semdepth analyze model.pth --labels mapping.csv
  semdepth labels resolve dataset/train                     a folder of class folders
  semdepth labels resolve model.pth --format csv            the names in a checkpoint
  printf 'crane\\nheron\\n' | semdepth labels resolve -""",
)
@click.argument("names", metavar="NAMES")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write a mapping here."
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=_DEFAULT_CONFIDENCE,
    show_default=True,
    help="Place no class with less confidence than this.",
)
@_format_option
def resolve(names: str, output: Path | None, min_confidence: float, form: str):
    """Find the concepts of class names, all together: a crane among birds is a bird.

    NAMES is a file (one class a line, JSON, or a mapping), a known list, a folder with one
    folder a class, a checkpoint that brings names, or - for standard input. What needs a look
    comes first: classes without a concept (marked -), then those with less confidence than 0.9
    (marked ?).
    """
    from semdepth.labels import resolve as find_concepts
    from semdepth.reading.labels import read_class_names
    from semdepth.writing.mappings import mapping_csv, write_mapping

    found = read_class_names(names)
    given = found.ids if any(i is not None for i in found.ids) else None
    resolution = find_concepts(found.labels, given, min_confidence=min_confidence)
    if output is not None:
        write_mapping(resolution, output, inputs=[names])
    if form == "csv":
        sys.stdout.write(mapping_csv(resolution))
    elif form == "json":
        click.echo(json.dumps(_with_glosses(resolution), ensure_ascii=False))
    else:
        _print_resolution(resolution)
    _tell(resolution, found.source, output)


@labels.command(
    "list",
    short_help="The lists of classes that semdepth knows.",
    epilog="""\b
Examples:
  semdepth labels list
  semdepth labels list --format json""",
)
@_format_option
def list_known(form: str):
    """List the known lists of classes: how many classes, how many of them with a concept."""
    from semdepth.labels import LABEL_SETS, known_list

    known = map(known_list, LABEL_SETS)
    rows = [(one.name, len(one), one.placed, one.title, one.source) for one in known]
    _print_rows(("name", "classes", "placed", "title", "source"), rows, form)


@labels.command(
    short_help="The classes of a known list with their concepts.",
    epilog="""\b
Examples:
  semdepth labels show cifar-100
  semdepth labels show imagenet-1k --format csv""",
)
@click.argument("name", metavar="NAME")
@_format_option
def show(name: str, form: str):
    """Show a known list's classes in the order of the outputs, with concepts and glosses."""
    from semdepth.labels import known_list
    from semdepth.wordnet import definition, wordnet_nouns

    nouns, rows = wordnet_nouns(), []
    for index, known in enumerate(known_list(name).classes):
        place = nouns.index(known.id) if known.id else None
        concept = (None, None) if place is None else (nouns.names[place], definition(place))
        rows.append((index, known.name, known.id, known.relation, *concept, known.note))
    columns = "index", "name", "id", "relation", "synset", "gloss", "note"
    _print_rows(columns, rows, form)


def _print_rows(columns: Sequence[str], rows: Sequence[tuple], form: str) -> None:
    from semdepth.cli.terminal import make_table, printable, stdout_console

    if form == "json":
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        click.echo(json.dumps(records, ensure_ascii=False))
    elif form == "csv":
        csv.writer(sys.stdout, lineterminator="\n").writerows([columns, *rows])
    else:
        table = make_table(*columns)
        for row in rows:
            table.add_row(*("" if cell is None else printable(str(cell)) for cell in row))
        stdout_console().print(table)


def _print_resolution(resolution) -> None:
    from semdepth.cli.terminal import make_table, printable, stdout_console

    marks = {"unplaced": "-", "uncertain": "?", "sure": ""}
    table = make_table("", "class", "concept", "confidence", "gloss", "why")
    for resolved in sorted(resolution, key=lambda r: list(marks).index(r.certainty)):
        concept = resolved.concept
        table.add_row(
            marks[resolved.certainty],
            printable(resolved.label),
            concept.name if concept else "",
            f"{resolved.confidence:.2f}" if concept else "",
            concept.gloss if concept else "",
            printable(_why(resolved)),
        )
    stdout_console().print(table)


def _why(resolved) -> str:
    """The reason, and the next best where there is a choice."""
    if not resolved.placed and resolved.suggestions and not resolved.alternatives:
        return f"{resolved.reason}; did you mean {' or '.join(resolved.suggestions)}?"
    if resolved.certainty == "uncertain" and len(resolved.alternatives) > 1:
        other = resolved.alternatives[1]
        return f"{resolved.reason}; else {other.name} {other.probability:.2f} ({other.gloss})"
    return resolved.reason


def _with_glosses(resolution) -> dict:
    data = resolution.to_dict()
    for plain, resolved in zip(data["classes"], resolution, strict=True):
        plain["confidence"] = resolved.confidence
        plain["suggestions"] = list(resolved.suggestions)
        for shown, found in zip(plain["alternatives"], resolved.alternatives, strict=True):
            shown["gloss"] = found.gloss
    return data


def _tell(resolution, source: str, output: Path | None) -> None:
    counts = resolution.counts()
    click.echo(
        f"semdepth: {len(resolution)} classes from {source}: {counts['sure']} sure, "
        f"{counts['uncertain']} to look at, {counts['unplaced']} without a concept",
        err=True,
    )
    if output is not None:
        click.echo(
            f"semdepth: wrote {output}; correct its column id (an id, a synset name such as "
            "crane.n.05, or nothing) and pass it with --labels",
            err=True,
        )
