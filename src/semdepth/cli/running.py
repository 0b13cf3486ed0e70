"""How commands about many models are run: how many at once, where, and which results are kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

_RUNNING = (
    click.option(
        "--jobs",
        type=click.IntRange(min=1),
        metavar="N",
        help="So many models at once; 1: no other processes.  [default: one a core]",
    ),
    click.option(
        "--backend",
        type=click.Choice(["processes", "dask", "ray"]),
        default="processes",
        show_default=True,
        help="Where they are worked on: this machine, or a cluster.",
    ),
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="The cluster's address, such as tcp://10.0.0.1:8786 (dask) or 10.0.0.1:6379 (ray).",
    ),
    click.option(
        "--cache",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Where results are kept, so that a run that was stopped goes on.  "
        "[default: SEMDEPTH_CACHE, or the user's folder for caches]",
    ),
    click.option("--no-cache", is_flag=True, help="Compute everything anew, and keep nothing."),
)


def running_options(command: Callable) -> Callable:
    """How many models at once, on which machines, and where results are kept."""
    for option in reversed(_RUNNING):
        command = option(command)
    return command


def running_settings(options: dict) -> dict:
    """The keyword arguments of :func:`semdepth.study.jobs.run_jobs` about where the work is done.

    And ``cache``: a folder that was found fit for results, None with ``--no-cache``.
    """
    from semdepth.study.cache import ResultCache, default_folder

    where = {key: options[key] for key in ("jobs", "backend", "scheduler")}
    if options["no_cache"]:
        if options["cache"] is not None:
            raise click.UsageError(
                "expected --cache DIR or --no-cache, found both; leave one of them out"
            )
        return {**where, "cache": None}
    return {**where, "cache": ResultCache(options["cache"] or default_folder()).prepare()}
