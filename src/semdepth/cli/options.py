"""Options that several commands share, and the values they stand for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

_CLUSTERERS = ("affinity", "louvain", "optics", "hdbscan", "whole")
_SEEDED = ("affinity", "louvain")

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
    type=click.Choice(_CLUSTERERS),
    default="affinity",
    show_default=True,
    help="How classes are grouped before each group is spanned by a tree.",
)

_SEVERAL_CLUSTERERS = click.option(
    "--clusterer",
    "clusterer_names",
    type=click.Choice([*_CLUSTERERS, "all"]),
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

_CLUSTERER_PARAMETERS = (
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
    *_CLUSTERER_PARAMETERS,
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


def method_settings(options: dict) -> dict:
    """The keyword arguments of :func:`semdepth.analyze` that the method's options stand for."""
    from semdepth.clustering import clusterer

    name = options["clusterer_name"]
    given = {key: options[key] for key in _CLUSTERER_PARAMETERS if options[key] is not None}
    if name in _SEEDED:
        given["seed"] = options["seed"]
    shared = {key: options[key] for key in ("noise", "lcs", "permutations", "seed", "device")}
    return {"clusterer": clusterer(name, **given), **shared}


def study_method(options: dict):
    """The :class:`semdepth.study.scoring.Method` that the options of a study stand for."""
    from semdepth.study.scoring import Method

    names = _CLUSTERERS if "all" in options["clusterer_names"] else options["clusterer_names"]
    plain = ("labels", "head", "classes", "taxonomy", "noise", "lcs", "permutations", "seed")
    columns = ("true_column", "pred_column")
    return Method(
        clusterers=_clusterers(tuple(dict.fromkeys(names)), options),
        unseen=options["unseen"] or "error",
        **{name: options[name] for name in (*plain, *columns)},
    )


def _clusterers(names: tuple[str, ...], options: dict) -> tuple:
    """Each clusterer with those of the parameters that it has; one that none has is an error."""
    from dataclasses import fields

    from semdepth.clustering import CLUSTERERS, clusterer

    given = {key: options[key] for key in _CLUSTERER_PARAMETERS if options[key] is not None}
    known = {name: {field.name for field in fields(CLUSTERERS[name])} for name in names}
    for parameter in given:
        if not any(parameter in own for own in known.values()):
            # The first clusterer says what it has instead.
            clusterer(names[0], **{parameter: given[parameter]})
    given["seed"] = options["seed"]
    return tuple(
        clusterer(name, **{key: x for key, x in given.items() if key in known[name]})
        for name in names
    )


def read_subject(file: Path | None, options: dict):
    """What to analyse, its classes, and what to call it, from a checkpoint or cosines."""
    from semdepth.labels import LabelSet
    from semdepth.reading.heads import read_head
    from semdepth.reading.labels import read_labels
    from semdepth.reading.matrices import read_cosine

    chosen = None if options["classes"] is None else read_labels(options["classes"])
    if options["cosine"] is not None:
        if options["head"] is not None:
            raise click.UsageError(
                "expected --head with a checkpoint FILE, found --cosine; leave it out"
            )
        path = options["cosine"]
        similarity, label_set = read_cosine(path, labels=options["labels"], classes=chosen)
        return similarity, label_set, path.name
    head = read_head(file, labels=options["labels"], head=options["head"], classes=chosen)
    return head, LabelSet(head.labels, head.ids, head.names_from), file.name


def place_classes(label_set, taxonomy: str = "wordnet"):
    """Where the classes stand in a taxonomy: by their ids if they have any, otherwise by name."""
    from semdepth.reading.taxonomies import place_classes as placed

    return placed(label_set, taxonomy)


def can_draw(figures: bool) -> bool:
    """Whether figures are wanted and possible; says on standard error what is missing."""
    from importlib.util import find_spec

    from semdepth.errors import MissingExtra

    if figures and find_spec("matplotlib") is None:
        click.echo(f"semdepth: {MissingExtra('figures', 'matplotlib', 'figures')}", err=True)
        return False
    return figures


def existing(sources: list) -> list[Path]:
    """Those inputs of a run that are files, which must not be overwritten."""
    return [Path(source) for source in sources if source is not None and Path(source).exists()]


def read_mistakes(label_set, options: dict, progress) -> dict:
    """The keyword arguments of :func:`semdepth.analyze` about predictions, {} without any."""
    from semdepth.mistakes import Thresholds
    from semdepth.reading.confusions import read_confusion, read_predictions

    predictions, confusion = options["predictions"], options["confusion"]
    if predictions is not None and confusion is not None:
        raise click.UsageError(
            "expected --predictions FILE or --confusion FILE, found both; give one"
        )
    columns = {key: options[key] for key in ("true_column", "pred_column")}
    if predictions is None and any(columns.values()):
        raise click.UsageError(
            "expected --true-column and --pred-column with --predictions FILE, found none; "
            "leave them out"
        )
    if confusion is None and options["orientation"] is not None:
        raise click.UsageError(
            "expected --orientation with --confusion FILE, found none; leave it out"
        )
    limits = ("often", "confused_from", "perceived_from", "related_percentile")
    given = {key: options[key] for key in limits if options[key] is not None}
    if predictions is None and confusion is None:
        needless = [*given, *(["unseen"] if options["unseen"] else [])]
        if needless:
            raise click.UsageError(
                f"expected --{needless[0].replace('_', '-')} with --predictions FILE or "
                "--confusion FILE, found neither; leave it out"
            )
        return {}
    if predictions is not None:
        found = read_predictions(
            predictions,
            label_set,
            **columns,
            progress=progress,
        )
    else:
        found = read_confusion(
            confusion, label_set, orientation=options["orientation"] or "true-rows"
        )
    unseen = {"unseen": options["unseen"]} if options["unseen"] else {}
    return {"confusion": found, "thresholds": Thresholds(**given), **unseen}


def _with(command: Callable, options: tuple) -> Callable:
    for option in reversed(options):
        command = option(command)
    return command
