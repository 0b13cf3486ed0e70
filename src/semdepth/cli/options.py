"""Options that several commands share; settings.py has the values that they stand for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

CLUSTERERS = ("affinity", "louvain", "optics", "hdbscan", "whole")

_SOURCE = (
    click.option(
        "--labels",
        metavar="SET_OR_FILE",
        help="Class names in output order: a known list such as imagenet-1k, cifar-100, coco-80 "
        "(`semdepth labels list` shows all) or a file: one class a line (WordNet id, name, or "
        "name TAB id), JSON, or a mapping that `semdepth labels resolve` wrote.",
    ),
    click.option(
        "--head",
        metavar="NAME",
        help="The classifier layer, by its weight's name, or that of a head made of several "
        "tensors (head+head_dist, cv3); `semdepth head FILE` lists them.",
    ),
    click.option(
        "--classes", metavar="SET_OR_FILE", help="Analyse only these classes, in this order."
    ),
    click.option(
        "--cosine",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A cosine matrix (.npz, .npy, .csv) instead of a checkpoint.",
    ),
)

_PREDICTION_COLUMNS = (
    click.option("--true-column", metavar="NAME", help="The column of true classes."),
    click.option("--pred-column", metavar="NAME", help="The column of predicted classes."),
)

_UNSEEN = click.option(
    "--unseen",
    type=click.Choice(["error", "leave_out"]),
    help="Classes without samples: stop, or analyse without them.  [default: error]",
)

_PREDICTIONS = (
    click.option(
        "--predictions",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="True and predicted classes, one sample a row: CSV, TSV, JSON lines, Parquet, npz.",
    ),
    click.option(
        "--confusion",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A confusion matrix instead: CSV, TSV, npy, npz; counts or shares.",
    ),
    click.option(
        "--orientation",
        type=click.Choice(["true-rows", "pred-rows"]),
        help="What the matrix's rows are; scikit-learn and torchmetrics: true-rows, Ultralytics: "
        "pred-rows.  [default: true-rows]",
    ),
    *_PREDICTION_COLUMNS,
    _UNSEEN,
    click.option(
        "--often",
        type=float,
        help="Mixed up so many times is often.  [default: 5; median for shares]",
    ),
    click.option(
        "--confused-from",
        type=float,
        help="Mixed up so many times is confused.  [default: an edge of the confusion graph]",
    ),
    click.option(
        "--perceived-from",
        type=float,
        help="So similar is perceived as alike.  [default: one cluster of the graph]",
    ),
    click.option(
        "--related-percentile",
        type=float,
        help="Related: LCS depth from this percentile of all pairs on.  [default: 95]",
    ),
)

_CLUSTERER = click.option(
    "--clusterer",
    "clusterer_name",
    type=click.Choice(CLUSTERERS),
    default="affinity",
    show_default=True,
    help="How classes are grouped before each group is spanned by a tree.",
)

_SEVERAL_CLUSTERERS = click.option(
    "--clusterer",
    "clusterer_names",
    type=click.Choice([*CLUSTERERS, "all"]),
    multiple=True,
    default=["affinity"],
    show_default=True,
    help="How classes are grouped; several by naming the option again, or all.",
)

_METHOD = (
    click.option(
        "--seed", type=int, default=42, show_default=True, help="Seed of all random choices."
    ),
    click.option("--damping", type=float, help="affinity: 0.5 to below 1.  [default: 0.5]"),
    click.option("--preference", type=float, help="affinity.  [default: median similarity]"),
    click.option("--max-iterations", type=int, help="affinity.  [default: 200]"),
    click.option("--convergence-iterations", type=int, help="affinity.  [default: 15]"),
    click.option("--resolution", type=float, help="louvain.  [default: 1]"),
    click.option(
        "--self-loops/--no-self-loops",
        default=None,
        help="louvain: unit loops as the reference has them.  [default: on]",
    ),
    click.option("--orders", type=int, help="louvain: orders tried, best taken.  [default: 4]"),
    click.option("--min-samples", type=int, help="optics.  [default: 5]"),
    click.option("--xi", type=float, help="optics.  [default: 0.05]"),
    click.option("--min-cluster-size", type=int, help="hdbscan.  [default: 5]"),
    click.option(
        "--noise",
        type=click.Choice(["cluster", "singletons"]),
        default="cluster",
        show_default=True,
        help="Classes outside all clusters: one cluster together, or one each.",
    ),
    click.option(
        "--lcs",
        type=click.Choice(["min_depth", "max_depth"]),
        default="min_depth",
        show_default=True,
        help="Which depth makes a common ancestor the lowest.",
    ),
    click.option(
        "--permutations",
        type=click.IntRange(min=1),
        default=1000,
        show_default=True,
        help="Random relabellings for the p-values.",
    ),
)

_DEVICE = click.option(
    "--device",
    default="cpu",
    show_default=True,
    metavar="DEVICE",
    help="cuda or cuda:1: similarities and affinity propagation on a GPU, through torch.",
)

CLUSTERER_PARAMETERS = (
    "damping",
    "preference",
    "max_iterations",
    "convergence_iterations",
    "resolution",
    "self_loops",
    "orders",
    "min_samples",
    "xi",
    "min_cluster_size",
)


# The options that decide how an analysis is made, as a command's parameters are called.
METHOD_PARAMETERS = (
    "clusterer_name",
    "seed",
    *CLUSTERER_PARAMETERS,
    "noise",
    "lcs",
    "permutations",
)

_PREDICTIONS_OF_EACH = (
    click.option(
        "--predictions",
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="FILE",
        help="Predictions of a checkpoint, as for analyze; once for each checkpoint, in order.",
    ),
    click.option(
        "--confusion",
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="FILE",
        help="A confusion matrix instead; once for each checkpoint, in order.",
    ),
    *_PREDICTIONS[2:],
)


def source_options(command: Callable) -> Callable:
    """What to analyse: labels, head, classes, cosine."""
    return _with(command, _SOURCE)


def checkpoint_options(command: Callable) -> Callable:
    """What of a checkpoint to analyse: labels, head, classes."""
    return _with(command, _SOURCE[:3])


def taxonomy_option(command: Callable) -> Callable:
    """``--taxonomy NAME_OR_FILE``."""
    return click.option(
        "--taxonomy",
        metavar="NAME_OR_FILE",
        default="wordnet",
        show_default=True,
        help="A hierarchy of your own instead of WordNet: a parent-child table, a table of ranks, "
        "indented text, JSON, YAML, paths, Newick, OBO, SKOS, OWL, or WordNet's database files.",
    )(command)


def prediction_options(command: Callable) -> Callable:
    """What the model mixes up: a file of predictions or a confusion matrix."""
    return _with(command, _PREDICTIONS)


def predictions_of_each(command: Callable) -> Callable:
    """The same for several checkpoints: as many files as there are of them."""
    return _with(command, _PREDICTIONS_OF_EACH)


def method_options(command: Callable) -> Callable:
    """Clusterer, seed, noise, rule of the subsumer, permutations, device."""
    return _with(command, (_CLUSTERER, *_METHOD, _DEVICE))


def study_options(command: Callable) -> Callable:
    """How each of many models is read and scored, by one clusterer or several."""
    models = (*_SOURCE[:3], *_PREDICTION_COLUMNS, _UNSEEN)
    return _with(command, (*models, _SEVERAL_CLUSTERERS, *_METHOD))


def run_options(command: Callable) -> Callable:
    """How each checkpoint of a run is read and scored, by one clusterer."""
    models = (*_SOURCE[:3], *_PREDICTION_COLUMNS, _UNSEEN)
    return _with(command, (*models, _CLUSTERER, *_METHOD))


def format_option(command: Callable) -> Callable:
    """``--format table|json``."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json"]),
        default="table",
        show_default=True,
        help="What to print.",
    )(command)


def _with(command: Callable, options: tuple) -> Callable:
    for option in reversed(options):
        command = option(command)
    return command
