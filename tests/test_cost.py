"""What a run costs is told before it starts, and what cannot fit is refused."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from semdepth.cli import budget, cli
from semdepth.clustering import AffinityPropagation, Louvain, Whole
from semdepth.cost import estimate
from semdepth.errors import OptionError
from semdepth.neighbours import NEIGHBOURS


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "head.npz"
    weight = np.random.default_rng(0).normal(size=(6, 4))
    np.savez(path, weight=weight, classes=["dog", "cat", "car", "bus", "oak", "rose"])
    return str(path)


def run(*arguments):
    return CliRunner().invoke(cli, ["analyze", *arguments])


def test_the_matrix_is_counted_as_often_as_it_is_held():
    n = 20_000
    one, more = estimate(n, 0, AffinityPropagation()), estimate(n, 0, Louvain())
    assert more.memory_bytes - one.memory_bytes == pytest.approx(0.3 * 4 * n**2)
    # Above resolution 1, links to as many communities as may stay.
    many = estimate(n, 0, Louvain(resolution=1.5))
    assert many.memory_bytes - one.memory_bytes == 4 * n**2
    # Below 5,000 cells are twice as wide, and affinity propagation copies them too.
    whole, copied = estimate(5_000, 0, Whole()), estimate(5_000, 0, AffinityPropagation())
    assert copied.memory_bytes - whole.memory_bytes == 8 * 5_000**2


def test_memory_grows_with_the_square_exactly_and_with_n_approximately():
    exact, near = (
        [estimate(n, 128, Whole(), k, placed=0).memory_bytes for n in (100_000, 200_000)]
        for k in (None, 32)
    )
    assert exact[1] / exact[0] > 3.9
    assert near[1] / near[0] < 2


def test_what_cannot_fit_is_refused_with_the_number_and_the_way_out(small):
    found = run(small, "--memory", "50MB")
    assert isinstance(found.exception, OptionError)
    text = str(found.exception)
    assert "50.0 MB of --memory" in text
    assert estimate(6, 4, AffinityPropagation()).memory in text
    assert "--approximate" not in text
    assert "--classes" in text
    near = run(small, "--memory", "50MB", "--approximate", "--neighbours", "3")
    assert "fewer --neighbours (now 3)" in str(near.exception)


def test_the_approximate_mode_is_a_way_out_where_it_takes_less():
    many = SimpleNamespace(labels=("x",) * 50_000, dimension=64)
    near = estimate(50_000, 64, Whole(), NEIGHBOURS).memory
    with pytest.raises(OptionError, match=rf"--approximate \({re.escape(near)}\), fewer classes"):
        budget.check_budget(many, Whole(), None, 10**9)


def test_free_memory_is_the_limit_without_an_option(small, monkeypatch):
    monkeypatch.setattr(budget, "free_memory", lambda: 10**6)
    assert "1.0 MB of free memory" in str(run(small).exception)
    monkeypatch.setattr(budget, "free_memory", lambda: None)
    assert run(small).exit_code == 0


def test_a_long_run_is_announced(small, monkeypatch):
    assert "about" not in run(small).stderr
    monkeypatch.setattr(budget, "_ANNOUNCED_FROM_S", 0)
    assert "semdepth: the similarities of all 6 classes: up to" in run(small).stderr


def test_approximate_runs_and_says_so(small):
    found = run(small, "--approximate", "--neighbours", "3")
    assert found.exit_code == 0
    assert "approximate: from the 3 nearest templates of each class" in found.stderr


def test_neighbours_alone_are_a_mistake(small):
    assert "add --approximate" in run(small, "--neighbours", "3").output


@pytest.mark.parametrize(
    ("text", "size"),
    [("8GB", 8 * 10**9), ("500m", 5 * 10**8), ("1.5 T", 15 * 10**11), ("4096", 4096)],
)
def test_sizes(text, size):
    assert budget.ByteCount().convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "0", "-1GB", "8 apples", "1e9"])
def test_no_sizes(small, text):
    assert "expected a size such as 8GB" in run(small, "--memory", text).output


def test_a_control_group_leaves_its_limit_less_what_is_used(tmp_path, monkeypatch):
    group = tmp_path / "jobs" / "one"
    group.mkdir(parents=True)
    for folder, limit in ((group, "max"), (group.parent, "5000")):
        (folder / "memory.max").write_text(f"{limit}\n")
        (folder / "memory.current").write_text("3000\n")
        (folder / "memory.stat").write_text("anon 1\ninactive_file 1000\n")
    own = tmp_path / "own"
    own.write_text("0::/jobs/one\n")
    monkeypatch.setattr(budget, "_CGROUPS", tmp_path)
    monkeypatch.setattr(budget, "_OWN_CGROUP", own)
    assert list(budget._of_control_groups()) == [5000 - 3000 + 1000]


def test_what_the_system_has_left(tmp_path, monkeypatch):
    told = tmp_path / "meminfo"
    told.write_text("MemTotal: 100 kB\nMemFree: 10 kB\nMemAvailable:   70 kB\n")
    monkeypatch.setattr(budget, "_MEMINFO", told)
    assert list(budget._of_the_system()) == [70 * 1024]
