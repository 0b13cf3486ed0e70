"""``semdepth analyze``: from a checkpoint to Similarity Depth, tables and figures."""

from __future__ import annotations

from pathlib import Path

import click

from semdepth.cli.budget import check_budget, neighbours_wanted, scale_options
from semdepth.cli.options import (
    format_option,
    method_options,
    prediction_options,
    source_options,
    taxonomy_option,
)
from semdepth.cli.report import command_line, images_option
from semdepth.cli.settings import (
    can_draw,
    existing,
    method_settings,
    place_classes,
    read_mistakes,
    read_subject,
)

# Nobody finds a class in a picture or a page of more than this.
SHOWN_UP_TO = 50_000


@click.command(
    short_help="How a network structures its classes, and its mistakes.",
    epilog="""\b
Examples:
  semdepth analyze efficientnet.pth -o out/
  semdepth analyze model.pth --predictions predictions.csv -o out/
  semdepth analyze resnet.safetensors --labels cifar-100 --clusterer louvain
  semdepth analyze model.pth --labels names.txt --head head.fc.weight --format json
  semdepth analyze model.pth --classes mini-imagenet       only those classes
  semdepth analyze birds.npz --taxonomy birds.csv          a hierarchy of your own
  semdepth analyze faces.safetensors --approximate         from 50,000 classes on
  semdepth analyze --cosine similarities.npz --labels names.txt
  semdepth analyze --semantic wup --labels mini-imagenet   the taxonomy's own graph
  semdepth analyze --vectors glove.txt --labels cifar-100  what the words' use says""",
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@source_options
@taxonomy_option
@click.option(
    "--semantic",
    "--measure",
    "semantic",
    type=click.Choice(["path", "wup", "lch", "res", "lin", "jcn"]),
    help="The taxonomy's own similarity instead of a checkpoint.",
)
@click.option(
    "--vectors",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Word vectors of the class names (GloVe or word2vec text) instead of a checkpoint.",
)
@prediction_options
@method_options
@scale_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Write files here."
)
@click.option("--figures/--no-figures", default=True, help="Draw figures.  [default: on]")
@click.option("--report/--no-report", default=True, help="Write report.html.  [default: on]")
@images_option
@format_option
@click.option("--top", type=click.IntRange(min=0), default=10, show_default=True, help="Rows.")
def analyze(
    file: Path | None,
    semantic: str | None,
    vectors: Path | None,
    output: Path | None,
    figures: bool,
    report: bool,
    images: Path | None,
    form: str,
    top: int,
    approximate: bool,
    neighbours: int | None,
    memory: int | None,
    **options,
):
    """Analyse how a network structures its classes, from its weights alone.

    FILE is a checkpoint: PyTorch, safetensors, ONNX, Keras, TFLite, TensorFlow.js, Flax,
    PaddlePaddle, .npz, .npy, or a Hugging Face model folder. With predictions, of the same network
    or of another one, it also tells how far the errors follow from what the weights perceive. With
    -o DIR, report.html, analysis.json, CSV tables and figures are written.
    """
    from semdepth.analysis import analyze as run
    from semdepth.cli.summary import print_analysis
    from semdepth.cli.terminal import progress_on_stderr
    from semdepth.writing.report import Report

    _check_sources(file, options["cosine"], semantic, vectors)
    settings = method_settings(options)
    neighbours = neighbours_wanted(approximate, neighbours)
    with progress_on_stderr() as progress:
        if semantic is not None:
            subject, label_set, title = _taxonomy_itself(semantic, options)
        elif vectors is not None:
            subject, label_set, title = _words(vectors, options, progress)
        else:
            subject, label_set, title = read_subject(file, options)
        recompute = check_budget(
            subject,
            settings["clusterer"],
            neighbours,
            memory,
            may_recompute=not _needs_matrix(options),
        )
        analysis = run(
            subject,
            neighbours=neighbours,
            recompute=recompute,
            placement=place_classes(label_set, options["taxonomy"]),
            title=title,
            progress=progress,
            **read_mistakes(label_set, options, progress),
            **settings,
        )
        sources = ("cosine", "labels", "classes", "taxonomy", "predictions", "confusion")
        inputs = existing([file, vectors, images, *(options[key] for key in sources)])
        shown = report and Report(analysis, images, command_line("DIR"))
        written = _write(analysis, output, figures, shown, inputs, progress)
    print_analysis(analysis, form, top=top, written=written, output=output)


def _needs_matrix(options: dict) -> bool:
    with_predictions = options["predictions"] is not None or options["confusion"] is not None
    return with_predictions or options["device"] != "cpu"


def _check_sources(
    file: Path | None, cosine: Path | None, semantic: str | None, vectors: Path | None
) -> None:
    given = sum(source is not None for source in (file, cosine, semantic, vectors))
    if given != 1:
        raise click.UsageError(
            "expected a checkpoint FILE, --cosine FILE, --semantic MEASURE or --vectors FILE, "
            f"found {given} of them; give exactly one (semdepth analyze --help)"
        )


def _named_classes(option: str, options: dict):
    """The classes of a similarity that no checkpoint brings: those of ``--labels``."""
    from semdepth.reading.labels import read_labels

    if options["labels"] is None or options["classes"] or options["head"]:
        raise click.UsageError(
            f"expected {option} with --labels SET_OR_FILE (and no --classes or --head): those "
            "are the classes; try --labels mini-imagenet"
        )
    return read_labels(options["labels"])


def _words(vectors: Path, options: dict, progress):
    from semdepth.reading.word_vectors import read_word_vectors

    label_set = _named_classes("--vectors", options)
    return read_word_vectors(vectors, label_set.labels, progress=progress), label_set, vectors.name


def _taxonomy_itself(measure: str, options: dict):
    from semdepth.similarity import semantic_similarity

    label_set = _named_classes("--semantic", options)
    placement = place_classes(label_set, options["taxonomy"])
    similarity = semantic_similarity(placement, measure, lcs=options["lcs"])
    name = "WordNet" if options["taxonomy"] == "wordnet" else placement.taxonomy.title
    return similarity, label_set, f"{name} {measure}"


def _write(analysis, output: Path | None, figures: bool, report, inputs: list, progress) -> list:
    from semdepth.writing.results import write_analysis

    if output is None:
        return []
    if len(analysis.classes) > SHOWN_UP_TO:
        click.echo(
            f"semdepth: no figures and no report of more than {SHOWN_UP_TO:,} classes; the tables "
            "and analysis.json have them all",
            err=True,
        )
        figures = report = False
    return write_analysis(
        analysis,
        output,
        figures=can_draw(figures),
        report=report,
        inputs=inputs,
        progress=progress,
    )
