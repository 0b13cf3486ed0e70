"""What was measured, kept in a file a measurement, and what it foretells for larger inputs."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
from inputs import Input

HERE = Path(__file__).parent
# A change of any of these, or of semdepth but for what no stage runs, makes what was measured
# before worthless.
MEASURED_BY = "inputs material peers measure forms agreement stages timing memory".split()
NOT_MEASURED = {"cli", "reading", "writing", "study", "integrations"}
LIBRARIES = ("numpy", "scikit-learn", "networkx", "python-louvain", "nltk", "numba")
# Below, constant costs hide how something grows.
GROWS_FROM = 300


@dataclass(frozen=True)
class Side:
    """What one side took, in seconds or MB; None where it was not run, and ``why``."""

    amount: float | None
    runs: int = 0
    why: str = ""


@dataclass(frozen=True)
class Record:
    """One comparison at one input. ``difference`` says where results disagree, if they do."""

    stage: str
    n: int
    templates: str
    peer: str
    ours: Side
    theirs: Side
    difference: str = ""
    facts: dict[str, float] = field(default_factory=dict)
    unit: str = "s"

    @property
    def ratio(self) -> float | None:
        if self.ours.amount is None or self.theirs.amount is None:
            return None
        return self.theirs.amount / self.ours.amount


class Store:
    """Records in a folder of JSON files, so that an interrupted run goes on where it was."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, stage: str, chosen: Input) -> Path:
        name = "".join(c if c.isalnum() else "-" for c in stage)
        return self.folder / f"{name}--{chosen.templates}-{chosen.n}.json"

    def has(self, stage: str, chosen: Input) -> bool:
        return self.path(stage, chosen).exists()

    def put(self, record: Record) -> None:
        path = self.path(record.stage, Input(record.n, record.templates))
        # Written aside first: an interrupted run leaves no half file.
        aside = path.with_suffix(".part")
        aside.write_text(json.dumps(dataclasses.asdict(record), indent=1))
        aside.rename(path)

    def records(self) -> list[Record]:
        found = [json.loads(path.read_text()) for path in sorted(self.folder.glob("*--*.json"))]
        return sorted(
            (
                Record(**{**r, "ours": Side(**r["ours"]), "theirs": Side(**r["theirs"])})
                for r in found
            ),
            key=lambda r: (r.n, r.templates != "lite0", r.templates != "wordnet"),
        )


def store_name() -> str:
    """A name for this code on this machine with these libraries."""
    digest = hashlib.sha256()
    code = HERE.parent / "src" / "semdepth"
    ours = [
        p for p in sorted(code.rglob("*.py")) if p.relative_to(code).parts[0] not in NOT_MEASURED
    ]
    for path in [*ours, *(HERE / f"{name}.py" for name in MEASURED_BY)]:
        digest.update(path.read_bytes())
    digest.update(platform.platform().encode())
    for library in LIBRARIES:
        digest.update(version(library).encode())
    return digest.hexdigest()[:12]


def exponent(points: list[tuple[int, float]]) -> float:
    """The e of the n^e that fits (n, amount) best, least squares of the logarithms."""
    n, amount = np.log(np.array(points, dtype=float)).T
    return float(np.polyfit(n, amount, 1)[0])


def foretold(records: list[Record], stage: str, side: str, chosen: Input) -> tuple[float, str]:
    """The amount to expect of a side at an input, and from what; 0 if nothing is known.

    From the largest smaller input that was measured, growing as the last ones did: by the
    exponent of those of at least ``GROWS_FROM`` classes, by n² if there are fewer than two.
    """
    known = [
        (r.n, getattr(r, side).amount)
        for r in records
        if r.stage == stage
        and r.templates in ("lite0", chosen.templates)
        and r.n < chosen.n
        and getattr(r, side).runs
    ]
    if not known:
        return 0.0, ""
    n, amount = known[-1]
    growing = [point for point in known if point[0] >= GROWS_FROM][-3:]
    power = exponent(growing) if len(growing) > 1 else 2.0
    return amount * (chosen.n / n) ** power, f"extrapolated from n = {n:,} by n^{power:.2f}"


def of_stage(records: list[Record], stage: str, templates: str) -> list[Record]:
    """A stage's records by size; lite0 stands for the sizes that only it has."""
    return [r for r in records if r.stage == stage and r.templates in ("lite0", templates)]
