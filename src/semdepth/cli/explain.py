"""``semdepth explain``: the story of one pair of classes, or of one class."""

from __future__ import annotations

import json
from pathlib import Path

import click

from semdepth.cli.options import (
    format_option,
    method_options,
    prediction_options,
    source_options,
    taxonomy_option,
)
from semdepth.cli.settings import method_settings, place_classes, read_mistakes, read_subject


@click.command(
    short_help="Why it mixes up two classes, or what a class is like to it.",
    epilog="""\b
Examples:
  semdepth explain model.pth tench                          a class and its neighbours
  semdepth explain model.pth tench coho                     what to expect of a pair
  semdepth explain model.pth tench coho --predictions p.csv what happened, and why
  semdepth explain --cosine similarities.npz tench coho""",
)
@click.argument("arguments", nargs=-1, metavar="FILE CLASS [CLASS]")
@source_options
@taxonomy_option
@prediction_options
@method_options
@click.option("--top", type=click.IntRange(min=1), default=8, show_default=True, help="Neighbours.")
@format_option
def explain(arguments: tuple[str, ...], top: int, form: str, **options):
    """Tell why a model mixes up two classes, or what one class is like to it.

    FILE is a checkpoint as for `semdepth analyze` (none with --cosine). A CLASS is named as the
    model names it, or by its concept's id or name in the taxonomy. Without predictions, the
    story is of what is to be expected.
    """
    from semdepth.analysis import analyze as run
    from semdepth.cli.stories import class_text, pair_text
    from semdepth.cli.summary import print_words
    from semdepth.cli.terminal import progress_on_stderr

    file, names = _file_and_names(arguments, options["cosine"])
    settings = method_settings(options)
    with progress_on_stderr() as progress:
        subject, label_set, title = read_subject(file, options)
        mistakes = read_mistakes(label_set, options, progress)
        analysis = run(
            subject,
            placement=place_classes(label_set, options["taxonomy"]),
            title=title,
            progress=progress,
            **mistakes,
            **settings,
        )
    story = analysis.explain(*names, neighbours=top)
    print_words(analysis)
    text = class_text if len(names) == 1 else pair_text
    click.echo(json.dumps(story.to_dict(), ensure_ascii=False) if form == "json" else text(story))


def _file_and_names(
    arguments: tuple[str, ...], cosine: Path | None
) -> tuple[Path | None, tuple[str, ...]]:
    names = arguments if cosine is not None else arguments[1:]
    if len(names) not in (1, 2) or (cosine is None and not arguments):
        raise click.UsageError(
            f"expected {'' if cosine else 'a checkpoint FILE and '}one or two classes, found "
            f"{len(names)} classes; try: semdepth explain model.pth tench coho"
        )
    return (None if cosine is not None else Path(arguments[0])), names
