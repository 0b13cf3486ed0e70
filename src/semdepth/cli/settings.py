"""What the options that several commands share stand for: settings, heads, confusions."""

from __future__ import annotations

from pathlib import Path

import click

from semdepth.cli.options import CLUSTERER_PARAMETERS, CLUSTERERS


def method_settings(options: dict) -> dict:
    """The keyword arguments of :func:`semdepth.analyze` that the method's options stand for."""

    (chosen,) = _clusterers((options["clusterer_name"],), options)
    shared = {key: options[key] for key in ("noise", "lcs", "permutations", "seed", "device")}
    return {"clusterer": chosen, **shared}


def study_method(options: dict):
    """The :class:`semdepth.study.scoring.Method` that the options of a study stand for."""
    from semdepth.study.scoring import Method

    names = CLUSTERERS if "all" in options["clusterer_names"] else options["clusterer_names"]
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

    given = {key: options[key] for key in CLUSTERER_PARAMETERS if options[key] is not None}
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
    columns = {key: options[key] for key in ("true_column", "pred_column")}
    limits = ("often", "confused_from", "perceived_from", "related_percentile")
    given = {key: options[key] for key in limits if options[key] is not None}
    unseen = {"unseen": options["unseen"]} if options["unseen"] else {}
    _check_together(options, columns, [*given, *unseen])
    if predictions is not None:
        found = read_predictions(predictions, label_set, **columns, progress=progress)
    elif confusion is not None:
        orientation = options["orientation"] or "true-rows"
        found = read_confusion(confusion, label_set, orientation=orientation)
    else:
        return {}
    return {"confusion": found, "thresholds": Thresholds(**given), **unseen}


def _check_together(options: dict, columns: dict, about_either: list[str]) -> None:
    """Refuse options about predictions that were given without what they are about."""
    predictions, confusion = options["predictions"], options["confusion"]
    if predictions is not None and confusion is not None:
        raise click.UsageError(
            "expected --predictions FILE or --confusion FILE, found both; give one"
        )
    if predictions is None and any(columns.values()):
        raise click.UsageError(
            "expected --true-column and --pred-column with --predictions FILE, found none; "
            "leave them out"
        )
    if confusion is None and options["orientation"] is not None:
        raise click.UsageError(
            "expected --orientation with --confusion FILE, found none; leave it out"
        )
    if predictions is None and confusion is None and about_either:
        raise click.UsageError(
            f"expected --{about_either[0].replace('_', '-')} with --predictions FILE or "
            "--confusion FILE, found neither; leave it out"
        )
