"""``semdepth analyze``: from a checkpoint to Similarity Depth, tables and figures."""

from __future__ import annotations

from pathlib import Path

import click

_CLUSTERERS = ("affinity", "louvain", "optics", "hdbscan", "whole")
_MEASURES = ("path", "wup", "lch")


def _clusterer_option(*names, **settings):
    return click.option(*names, default=None, **settings)


@click.command(
    epilog="""\b
Examples:
  semdepth analyze efficientnet.pth -o out/
  semdepth analyze resnet.safetensors --labels cifar-100 --clusterer louvain
  semdepth analyze model.pth --labels names.txt --tensor head.fc.weight --format json
  semdepth analyze model.pth --classes mini-imagenet       only those classes
  semdepth analyze --cosine similarities.npz --labels names.txt
  semdepth analyze --semantic wup --labels mini-imagenet   the taxonomy's own graph"""
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--labels",
    metavar="SET_OR_FILE",
    help="Class names in output order: a label set (imagenet-1k, imagenet-12k, imagenet-21k, "
    "imagenet-21k-p, imagenet-22k, mini-imagenet, tiny-imagenet-200, cifar-10, cifar-100) or a "
    "file: one class a line (WordNet id, name, or name TAB id), or JSON.",
)
@click.option("--tensor", metavar="NAME", help="The classifier layer's weight, by name.")
@click.option("--classes", metavar="SET_OR_FILE", help="Analyse only these classes, in this order.")
@click.option(
    "--cosine",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A cosine matrix (.npz, .npy, .csv) instead of a checkpoint.",
)
@click.option(
    "--semantic",
    "--measure",
    "semantic",
    type=click.Choice(_MEASURES),
    help="The taxonomy's own similarity instead of a checkpoint.",
)
@click.option(
    "--clusterer",
    "clusterer_name",
    type=click.Choice(_CLUSTERERS),
    default="affinity",
    show_default=True,
    help="How classes are grouped before each group is spanned by a tree.",
)
@click.option("--seed", type=int, default=42, show_default=True, help="Seed of all random choices.")
@_clusterer_option("--damping", type=float, help="affinity: 0.5 to below 1.  [default: 0.5]")
@_clusterer_option("--preference", type=float, help="affinity.  [default: median similarity]")
@_clusterer_option("--max-iterations", type=int, help="affinity.  [default: 200]")
@_clusterer_option("--convergence-iterations", type=int, help="affinity.  [default: 15]")
@_clusterer_option("--resolution", type=float, help="louvain.  [default: 1]")
@_clusterer_option(
    "--self-loops/--no-self-loops",
    help="louvain: unit loops as the reference has them.  [default: on]",
)
@_clusterer_option("--orders", type=int, help="louvain: orders tried, best taken.  [default: 4]")
@_clusterer_option("--min-samples", type=int, help="optics.  [default: 5]")
@_clusterer_option("--xi", type=float, help="optics.  [default: 0.05]")
@_clusterer_option("--min-cluster-size", type=int, help="hdbscan.  [default: 5]")
@click.option(
    "--noise",
    type=click.Choice(["cluster", "singletons"]),
    default="cluster",
    show_default=True,
    help="Classes outside all clusters: one cluster together, or one each.",
)
@click.option(
    "--lcs",
    type=click.Choice(["min_depth", "max_depth"]),
    default="min_depth",
    show_default=True,
    help="Which depth makes a common ancestor the lowest.",
)
@click.option(
    "--permutations",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Random relabellings for the p-value.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Write files here."
)
@click.option("--figures/--no-figures", default=True, help="Draw figures.  [default: on]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="What to print.",
)
@click.option(
    "--top", type=click.IntRange(min=0), default=10, show_default=True, help="Rows shown."
)
def analyze(
    file: Path | None,
    labels: str | None,
    tensor: str | None,
    classes: str | None,
    cosine: Path | None,
    semantic: str | None,
    clusterer_name: str,
    seed: int,
    noise: str,
    lcs: str,
    permutations: int,
    output: Path | None,
    figures: bool,
    form: str,
    top: int,
    **parameters,
):
    """Analyse how a network structures its classes, from its weights alone.

    FILE is a checkpoint: safetensors, PyTorch (.pt, .pth, .bin), .npz, .npy, or a Hugging Face
    model folder. With -o DIR: analysis.json, edges.csv, clusters.csv and figures are written.
    """
    from semdepth.analysis import analyze as run
    from semdepth.cli.terminal import print_analysis, progress_on_stderr
    from semdepth.clustering import clusterer

    given = {name: value for name, value in parameters.items() if value is not None}
    if clusterer_name in ("affinity", "louvain"):
        given["seed"] = seed
    chosen = clusterer(clusterer_name, **given)
    with progress_on_stderr() as progress:
        subject, placement, title = _subject(file, cosine, semantic, labels, tensor, classes, lcs)
        analysis = run(
            subject,
            placement=placement,
            clusterer=chosen,
            noise=noise,
            lcs=lcs,
            permutations=permutations,
            seed=seed,
            title=title,
            progress=progress,
        )
        written = _write(analysis, output, figures, [file, cosine, labels, classes], progress)
    print_analysis(analysis, form, top=top, written=written, output=output)


def _subject(
    file: Path | None,
    cosine: Path | None,
    semantic: str | None,
    labels: str | None,
    tensor: str | None,
    classes: str | None,
    lcs: str,
):
    """What to analyse, where its classes stand in WordNet, and what to call it."""
    from semdepth.labels import place
    from semdepth.reading.heads import read_head
    from semdepth.reading.labels import read_labels
    from semdepth.reading.matrices import read_cosine
    from semdepth.similarity import semantic_similarity

    sources = [source for source in (file, cosine, semantic) if source is not None]
    if len(sources) != 1:
        raise click.UsageError(
            f"expected a checkpoint FILE, --cosine FILE or --semantic MEASURE, found "
            f"{len(sources)} of them; give exactly one (semdepth analyze --help)"
        )
    if tensor is not None and file is None:
        raise click.UsageError("expected --tensor with a checkpoint FILE, found none; leave it out")
    chosen = None if classes is None else read_labels(classes)
    if semantic is not None:
        if labels is None or chosen is not None:
            raise click.UsageError(
                "expected --semantic with --labels SET_OR_FILE (and no --classes): those are the "
                "classes; try --labels mini-imagenet"
            )
        given = read_labels(labels)
        placement = place(given.labels, given.ids)
        return semantic_similarity(placement, semantic, lcs=lcs), placement, f"WordNet {semantic}"
    if cosine is not None:
        similarity, given = read_cosine(cosine, labels=labels, classes=chosen)
        return similarity, place(given.labels, given.ids), cosine.name
    head = read_head(file, labels=labels, tensor=tensor)
    if chosen is not None:
        head = head.select([c or label for c, label in zip(chosen.ids, chosen.labels, strict=True)])
    return head, place(head.labels, head.ids), file.name


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
