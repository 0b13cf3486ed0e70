"""``semdepth depth``: where two concepts meet in a taxonomy, and how deep."""

from __future__ import annotations

import json
from math import isfinite

import click

from semdepth.cli.options import format_option, taxonomy_option


@click.command(
    short_help="Where two concepts meet in a taxonomy, and how deep.",
    epilog="""\b
Examples:
  semdepth depth dog cat
  semdepth depth crane.n.05 n03126707        the bird and the machine
  semdepth depth "great white shark" "scuba diver" --format json
  semdepth depth "Bald Eagle" "Blue Jay" --taxonomy birds.csv""",
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
@taxonomy_option
@format_option
def depth(first: str, second: str, lcs: str, taxonomy: str, form: str):
    """Show where two concepts meet: lowest common subsumer, depth, similarities.

    FIRST and SECOND are words (the most frequent noun sense is taken), synset names such as
    dog.n.01, or WordNet ids such as n02084071; in another taxonomy, its ids or names.
    """
    relation = _relation(first, second, lcs, taxonomy)
    click.echo(json.dumps(relation) if form == "json" else _table(relation))


def _relation(first: str, second: str, lcs: str, source: str) -> dict:
    from semdepth.cli.concepts import find_concepts, short_gloss
    from semdepth.taxonomy import (
        intrinsic_information,
        jiang_conrath,
        leacock_chodorow,
        lin,
        relations,
        resnik,
    )

    taxonomy, [a, b] = find_concepts(source, [first, second])
    related = relations(taxonomy, [a, b], lcs=lcs)
    distance = related.distances()[0, 1]
    met = int(related.subsumers()[0, 1])
    information = intrinsic_information(taxonomy)

    def alike(measure) -> float | None:
        found = float(measure(related, information)[0, 1])
        return found if isfinite(found) else None

    def described(concept: int) -> dict:
        return {
            "id": taxonomy.ids[concept],
            "name": taxonomy.names[concept],
            "gloss": short_gloss(taxonomy, concept),
        }

    return {
        "first": described(a),
        "second": described(b),
        "subsumer": described(met),
        "depth": taxonomy.depth(met),
        "root": taxonomy.names[taxonomy.root],
        "root_depth": taxonomy.depth(taxonomy.root),
        "path": [taxonomy.names[concept] for concept in taxonomy.path(a, b)],
        "path_length": int(distance),
        "path_similarity": 1.0 / (1.0 + int(distance)),
        "wu_palmer": float(related.wu_palmer()[0, 1]),
        "leacock_chodorow": float(leacock_chodorow(distance, taxonomy.depth_limit)) + 0.0,
        "resnik": alike(resnik),
        "lin": alike(lin),
        "jiang_conrath": alike(jiang_conrath),
        "lcs": lcs,
    }


def _table(relation: dict) -> str:
    from semdepth.cli.terminal import printable

    length, root = relation["path_length"], printable(relation["root"])

    def concept(key: str) -> str:
        found = relation[key]
        own_id = found["id"] if found["id"] != found["name"] else ""
        return printable("  ".join(filter(None, (found["name"], own_id, found["gloss"]))))

    rows = (
        ("first", concept("first")),
        ("second", concept("second")),
        ("lowest common subsumer", concept("subsumer")),
        ("depth", f"{relation['depth']}  ({root}: {relation['root_depth']})"),
        ("path", printable(" - ".join(relation["path"]))),
        (
            "path similarity",
            f"{relation['path_similarity']:.4f}  ({length} edges)",
        ),
        ("Wu-Palmer", f"{relation['wu_palmer']:.4f}"),
        ("Leacock-Chodorow", f"{relation['leacock_chodorow']:.4f}"),
    )
    by_information = ("Resnik", "resnik"), ("Lin", "lin"), ("Jiang-Conrath", "jiang_conrath")
    rows += tuple(
        (name, "infinite" if relation[key] is None else f"{relation[key]:.4f}")
        for name, key in by_information
    )
    return "\n".join(f"{name:<24}{value}" for name, value in rows)
