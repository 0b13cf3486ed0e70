"""``semdepth analyze``: from a checkpoint to Similarity Depth, tables and figures."""

from __future__ import annotations

from pathlib import Path

import click

from semdepth.cli.options import (
    format_option,
    method_options,
    method_settings,
    place_classes,
    prediction_options,
    read_mistakes,
    read_subject,
    source_options,
)


@click.command(
    short_help="How a network structures its classes, and its mistakes.",
    epilog="""\b
Examples:
  semdepth analyze efficientnet.pth -o out/
  semdepth analyze model.pth --predictions predictions.csv -o out/
  semdepth analyze resnet.safetensors --labels cifar-100 --clusterer louvain
  semdepth analyze model.pth --labels names.txt --tensor head.fc.weight --format json
  semdepth analyze model.pth --classes mini-imagenet       only those classes
  semdepth analyze --cosine similarities.npz --labels names.txt
  semdepth analyze --semantic wup --labels mini-imagenet   the taxonomy's own graph""",
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@source_options
@click.option(
    "--semantic",
    "--measure",
    "semantic",
    type=click.Choice(["path", "wup", "lch"]),
    help="The taxonomy's own similarity instead of a checkpoint.",
)
@prediction_options
@method_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Write files here."
)
@click.option("--figures/--no-figures", default=True, help="Draw figures.  [default: on]")
@format_option
@click.option("--top", type=click.IntRange(min=0), default=10, show_default=True, help="Rows.")
def analyze(
    file: Path | None,
    semantic: str | None,
    output: Path | None,
    figures: bool,
    form: str,
    top: int,
    **options,
):
    """Analyse how a network structures its classes, from its weights alone.

    FILE is a checkpoint: safetensors, PyTorch (.pt, .pth, .bin), .npz, .npy, or a Hugging Face
    model folder. With predictions, of the same network or of another one, it also tells how far
    the errors follow from what the weights perceive. With -o DIR, analysis.json, CSV tables and
    figures are written.
    """
    from semdepth.analysis import analyze as run
    from semdepth.cli.summary import print_analysis
    from semdepth.cli.terminal import progress_on_stderr

    _check_sources(file, options["cosine"], semantic)
    settings = method_settings(options)
    with progress_on_stderr() as progress:
        if semantic is None:
            subject, label_set, title = read_subject(file, options)
        else:
            subject, label_set, title = _taxonomy_itself(semantic, options)
        analysis = run(
            subject,
            placement=place_classes(label_set),
            title=title,
            progress=progress,
            **read_mistakes(label_set, options, progress),
            **settings,
        )
        inputs = [file, *(options[key] for key in ("cosine", "labels", "classes"))]
        inputs += [options["predictions"], options["confusion"]]
        written = _write(analysis, output, figures, inputs, progress)
    print_analysis(analysis, form, top=top, written=written, output=output)


def _check_sources(file: Path | None, cosine: Path | None, semantic: str | None) -> None:
    sources = [source for source in (file, cosine, semantic) if source is not None]
    if len(sources) != 1:
        raise click.UsageError(
            f"expected a checkpoint FILE, --cosine FILE or --semantic MEASURE, found "
            f"{len(sources)} of them; give exactly one (semdepth analyze --help)"
        )


def _taxonomy_itself(measure: str, options: dict):
    from semdepth.reading.labels import read_labels
    from semdepth.similarity import semantic_similarity

    if options["labels"] is None or options["classes"] or options["tensor"]:
        raise click.UsageError(
            "expected --semantic with --labels SET_OR_FILE (and no --classes or --tensor): those "
            "are the classes; try --labels mini-imagenet"
        )
    label_set = read_labels(options["labels"])
    similarity = semantic_similarity(place_classes(label_set), measure, lcs=options["lcs"])
    return similarity, label_set, f"WordNet {measure}"


def _write(analysis, output: Path | None, figures: bool, sources: list, progress) -> list[Path]:
    from importlib.util import find_spec

    from semdepth.errors import MissingExtra
    from semdepth.writing.results import write_analysis

    if output is None:
        return []
    if figures and find_spec("matplotlib") is None:
        click.echo(f"semdepth: {MissingExtra('figures', 'matplotlib', 'figures')}", err=True)
        figures = False
    inputs = [Path(source) for source in sources if source is not None and Path(source).exists()]
    return write_analysis(analysis, output, figures=figures, inputs=inputs, progress=progress)
