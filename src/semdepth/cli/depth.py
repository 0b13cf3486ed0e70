"""``semdepth depth``: where two concepts meet in WordNet, and how deep."""

from __future__ import annotations

import json

import click

from semdepth.cli.options import format_option


@click.command(
    short_help="Where two concepts meet in WordNet, and how deep.",
    epilog="""\b
Examples:
  semdepth depth dog cat
  semdepth depth crane.n.05 n03126707        the bird and the machine
  semdepth depth "great white shark" "scuba diver" --format json""",
)
@click.argument("first")
@click.argument("second")
@click.option(
    "--lcs",
    type=click.Choice(["min_depth", "max_depth"]),
    default="min_depth",
    show_default=True,
    help="Which depth makes a common ancestor the lowest.",
)
@format_option
def depth(first: str, second: str, lcs: str, form: str):
    """Show where two concepts meet: lowest common subsumer, depth, similarities.

    FIRST and SECOND are words (the most frequent noun sense is taken), synset names such as
    dog.n.01, or WordNet ids such as n02084071.
    """
    relation = _relation(first, second, lcs)
    click.echo(json.dumps(relation) if form == "json" else _table(relation))


def _relation(first: str, second: str, lcs: str) -> dict:
    from semdepth.taxonomy import leacock_chodorow, relations
    from semdepth.wordnet import find_concept, gloss, wordnet_nouns

    nouns = wordnet_nouns()
    a, b = find_concept(first), find_concept(second)
    related = relations(nouns, [a, b], lcs=lcs)
    distance = related.distances()[0, 1]
    met = int(related.subsumers()[0, 1])

    def described(concept: int) -> dict:
        return {
            "id": nouns.ids[concept],
            "name": nouns.names[concept],
            "gloss": gloss(concept).split(";")[0],
        }

    return {
        "first": described(a),
        "second": described(b),
        "subsumer": described(met),
        "depth": nouns.depth(met),
        "path": [nouns.names[concept] for concept in nouns.path(a, b)],
        "path_length": int(distance),
        "path_similarity": 1.0 / (1.0 + int(distance)),
        "wu_palmer": float(related.wu_palmer()[0, 1]),
        "leacock_chodorow": float(leacock_chodorow(distance, nouns.depth_limit)),
        "lcs": lcs,
    }


def _table(relation: dict) -> str:
    length = relation["path_length"]

    def concept(key: str) -> str:
        found = relation[key]
        return f"{found['name']}  {found['id']}  {found['gloss']}"

    rows = (
        ("first", concept("first")),
        ("second", concept("second")),
        ("lowest common subsumer", concept("subsumer")),
        ("depth", f"{relation['depth']}  (entity.n.01: 1)"),
        ("path", " - ".join(relation["path"])),
        (
            "path similarity",
            f"{relation['path_similarity']:.4f}  ({length} edges)",
        ),
        ("Wu-Palmer", f"{relation['wu_palmer']:.4f}"),
        ("Leacock-Chodorow", f"{relation['leacock_chodorow']:.4f}"),
    )
    return "\n".join(f"{name:<24}{value}" for name, value in rows)
