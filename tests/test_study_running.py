"""The options of commands about many models, and how long they say that the rest will take."""

import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from semdepth.cli.running import running_options, running_settings
from semdepth.cli.terminal import _LinesOfProgress
from semdepth.study.cache import ResultCache


def settings(*arguments):
    """What the options on a command line stand for."""
    found = {}

    @click.command()
    @running_options
    def command(**options):
        found.update(running_settings(options))

    CliRunner().invoke(command, arguments, standalone_mode=False, catch_exceptions=False)
    return found


def test_options_of_a_run(monkeypatch, tmp_path):
    monkeypatch.setenv("SEMDEPTH_CACHE", str(tmp_path / "own"))
    here = {"jobs": None, "backend": "processes", "scheduler": None}
    assert settings() == {**here, "cache": ResultCache(tmp_path / "own")}
    assert (tmp_path / "own").is_dir()
    assert settings("--cache", str(tmp_path / "b"))["cache"] == ResultCache(Path(tmp_path / "b"))
    assert settings("--jobs", "3", "--no-cache") == {**here, "jobs": 3, "cache": None}
    dask = settings("--backend", "dask", "--scheduler", "tcp://10.0.0.1:8786", "--no-cache")
    assert dask == {**here, "backend": "dask", "scheduler": "tcp://10.0.0.1:8786", "cache": None}


def test_a_cache_and_none():
    with pytest.raises(click.UsageError, match="--cache DIR or --no-cache, found both"):
        settings("--cache", "x", "--no-cache")


def test_a_log_tells_how_long_the_rest_takes(monkeypatch, capsys):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    show = _LinesOfProgress()

    def tell(seconds, *progress):
        now[0] = 100.0 + seconds
        show(*progress)
        return capsys.readouterr().err

    assert tell(0, "models", 0, 100) == ""
    # 12 in 24 s: 88 more in 176 s.
    assert tell(24, "models", 12, 100) == "semdepth: models, 12 of 100, about 3 min left\n"
    assert tell(120, "models", 60, 100) == "semdepth: models, 60 of 100, about 80 s left\n"
    assert tell(200, "models", 100, 100) == "semdepth: models, 100 of 100\n"
    # Begun anew: what went before does not count.
    assert tell(300, "models", 0, 3) == "semdepth: models, 0 of 3\n"
    assert tell(3900, "models", 1, 3) == "semdepth: models, 1 of 3, about 2.0 h left\n"
    assert tell(3910, "report", 0, 1) == "semdepth: report\n"
