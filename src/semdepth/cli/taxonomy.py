"""``semdepth taxonomy``: check a hierarchy of one's own, look into one, or induce a network's."""

from __future__ import annotations

import json
from pathlib import Path

import click

from semdepth.cli.options import format_option, source_options, taxonomy_option
from semdepth.cli.settings import can_draw, existing, place_classes, read_subject


@click.group(
    short_help="Check, show or induce a hierarchy of classes.",
    epilog="""\b
Examples:
  semdepth taxonomy check birds.csv --labels names.txt
  semdepth taxonomy show dog.n.01
  semdepth taxonomy induce model.pth -o out/""",
)
def taxonomy():
    """Hierarchies other than WordNet: your own, or the one that a network has made itself."""


@taxonomy.command(
    short_help="What is in a taxonomy's file, and whether it is sound.",
    epilog="""\b
Examples:
  semdepth taxonomy check birds.csv
  semdepth taxonomy check tree.nwk --labels names.txt
  semdepth taxonomy check wordnet --labels cifar-10 --format json""",
)
@click.argument("file")
@click.option("--labels", metavar="SET_OR_FILE", help="Classes to look for in it.")
@click.option("--top", type=click.IntRange(min=0), default=10, show_default=True, help="Rows.")
@format_option
def check(file: str, labels: str | None, top: int, form: str):
    """Read a taxonomy and tell its form, its size, and what in it looks like a mistake.

    FILE is a parent-child table or a table of ranks (CSV, TSV), indented text, nested JSON or
    YAML, paths such as a/b/c one a line, Newick, OBO, SKOS or OWL (Turtle, RDF/XML), a folder of
    WordNet's database files, or the name of a taxonomy that semdepth brings along.
    """
    from semdepth.cli.concepts import print_check
    from semdepth.labels import place_in
    from semdepth.reading.labels import read_labels
    from semdepth.reading.taxonomies import open_taxonomy
    from semdepth.reading.taxonomies.survey import survey

    found = open_taxonomy(file)
    placement = None
    if labels is not None:
        named = read_labels(labels)
        placement = place_in(found.taxonomy, named.labels, named.ids)
    print_check(found, survey(found.taxonomy), placement, form, top)


@taxonomy.command(
    short_help="A concept, what is above it and what is below.",
    epilog="""\b
Examples:
  semdepth taxonomy show dog.n.01
  semdepth taxonomy show "bald eagle" --format json
  semdepth taxonomy show Accipitridae --taxonomy birds.csv""",
)
@click.argument("concept")
@taxonomy_option
@click.option(
    "--top", type=click.IntRange(min=0), default=20, show_default=True, help="Children shown."
)
@format_option
def show(concept: str, taxonomy: str, top: int, form: str):
    """Draw a concept's ancestors up to the root, with their depths, and its children.

    CONCEPT is an id or a name of the taxonomy; in WordNet also a word, of which the most
    frequent noun sense is taken.
    """
    from semdepth.cli.concepts import concept_dict, concept_text, find_concepts

    hierarchy, [found] = find_concepts(taxonomy, [concept])
    shown = concept_dict(hierarchy, found)
    click.echo(
        json.dumps(shown, ensure_ascii=False) if form == "json" else concept_text(shown, top)
    )


@taxonomy.command(
    short_help="The hierarchy that a network has made of its classes.",
    epilog="""\b
Examples:
  semdepth taxonomy induce model.pth -o out/
  semdepth taxonomy induce model.pth --linkage ward > tree.nwk
  semdepth analyze other.pth --taxonomy tree.nwk      one network judged by another's hierarchy""",
)
@click.argument("file", type=click.Path(path_type=Path), metavar="MODEL", required=False)
@source_options
@taxonomy_option
@click.option(
    "--linkage",
    type=click.Choice(["average", "complete", "single", "ward"]),
    default="average",
    show_default=True,
    help="The distance of two groups: mean, greatest or smallest of all pairs, or Ward's.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Write files here."
)
@click.option("--figures/--no-figures", default=True, help="Draw the tree.  [default: on]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["newick", "json"]),
    default="newick",
    show_default=True,
    help="What to print, without -o.",
)
def induce(
    file: Path | None, linkage: str, output: Path | None, figures: bool, form: str, **options
):
    """Agglomerate a network's class templates: the most alike merge first.

    MODEL is a checkpoint as for `semdepth analyze` (none with --cosine). Inner nodes are named
    by the lowest concept of the taxonomy above their classes, and numbered in the order of the
    merges. With -o DIR, hierarchy.nwk, hierarchy.json and the dendrogram are written. The Newick
    file can itself be used as --taxonomy.
    """
    from semdepth.induction import induce as agglomerate
    from semdepth.induction import node_names
    from semdepth.similarity import SimilarityMatrix, structural_similarity
    from semdepth.writing.hierarchies import FIGURE_FORMATS, hierarchy_json, write_hierarchy

    if (file is None) == (options["cosine"] is None):
        raise click.UsageError(
            "expected a checkpoint MODEL or --cosine FILE, found "
            f"{'neither' if file is None else 'both'}; give one of them"
        )
    subject, label_set, title = read_subject(file, options)
    if not isinstance(subject, SimilarityMatrix):
        subject = structural_similarity(subject)
    placement = place_classes(label_set, options["taxonomy"])
    dendrogram = agglomerate(subject, linkage)
    if output is None:
        if form == "json":
            click.echo(hierarchy_json(dendrogram, placement), nl=False)
        else:
            click.echo(dendrogram.to_newick(node_names(dendrogram, placement)))
        return
    inputs = [file, *(options[key] for key in ("cosine", "labels", "classes", "taxonomy"))]
    formats = FIGURE_FORMATS if can_draw(figures) else ()
    written = write_hierarchy(
        dendrogram, output, placement, title=title, formats=formats, inputs=existing(inputs)
    )
    click.echo(f"semdepth: wrote {len(written)} files to {output}", err=True)
