"""``semdepth export``: an analysis for Gephi, Cytoscape, networkx, pandas, readers of trees."""

from __future__ import annotations

from pathlib import Path

import click

# What the endings of the output say, and the one option that goes with each.
_FORMS = {
    ".graphml": "layer",
    ".gexf": "layer",
    ".json": "layer",
    ".csv": "table",
    ".parquet": "table",
    ".nwk": "linkage",
    ".newick": "linkage",
}


@click.command(
    short_help="An analysis as a graph, a table or a tree for other programs.",
    epilog="""\b
Examples:
  semdepth export out/ -o classes.gexf                      the class graph, for Gephi
  semdepth export out/ -o classes.graphml                   for Cytoscape, igraph, yEd
  semdepth export out/ -o seen.gexf --layer perceived       without the confusions
  semdepth export out/ -o classes.json                      for networkx and D3
  semdepth export out/ -o edges.csv                         the edges as a table
  semdepth export out/ -o pairs.parquet --table pairs       a verdict for every pair
  semdepth export out/analysis.json -o tree.nwk             the network's own hierarchy""",
)
@click.argument("source", type=click.Path(path_type=Path), metavar="ANALYSIS")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    required=True,
    help="Where to; its ending says what: .graphml .gexf .json .csv .parquet .nwk",
)
@click.option(
    "--layer",
    type=click.Choice(["perceived", "confused", "both"]),
    help="Of a graph: the edges of the perceived forest, of the confusions, or both.  "
    "[default: both]",
)
@click.option(
    "--table",
    type=click.Choice(["edges", "classes", "alike", "clusters", "pairs", "odd", "context"]),
    help="Of a table: which.  [default: edges]",
)
@click.option(
    "--linkage",
    type=click.Choice(["average", "complete", "single", "ward"]),
    help="Of a tree: the distance of two groups, as in semdepth taxonomy induce.  "
    "[default: average]",
)
def export(source: Path, output: Path, **choices: str | None):
    """Write an analysis as a file for another program.

    ANALYSIS is the folder that `semdepth analyze -o` wrote, or its analysis.json. Graphs have a
    node a class, with concept, cluster and depth, and an edge a pair, with similarity (weight),
    subsumer and, with predictions, confusions and verdict. Only an earlier export is replaced.
    """
    from semdepth.reading.analyses import read_analysis
    from semdepth.writing.exports import write_graph, write_newick, write_table
    from semdepth.writing.results import ENTRIES

    wanted = _wanted(output, choices)
    write = {"layer": write_graph, "table": write_table, "linkage": write_newick}
    analysis = read_analysis(source)
    folder = source if source.is_dir() else source.parent
    chosen = {} if choices[wanted] is None else {wanted: choices[wanted]}
    write[wanted](analysis, output, inputs=[folder / name for name in ENTRIES], **chosen)
    click.echo(f"semdepth: wrote {output}", err=True)


def _wanted(output: Path, choices: dict[str, str | None]) -> str:
    """The option that goes with the output's ending; the others must not be given."""
    wanted = _FORMS.get(output.suffix.lower())
    if wanted is None:
        raise click.UsageError(
            f"expected an output ending in {', '.join(_FORMS)}, found {output.name!r}; the ending "
            "says what to write"
        )
    idle = [name for name, value in choices.items() if value is not None and name != wanted]
    if idle:
        right = ", ".join(ending for ending, option in _FORMS.items() if option == idle[0])
        raise click.UsageError(
            f"expected --{idle[0]} with an output ending in {right}, found it with "
            f"{output.name!r}; leave it out"
        )
    return wanted
