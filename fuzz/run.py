"""One run of the fuzzer: the corpus, the well-formed files, then mutations until time is up."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fuzz.findings import Findings
from fuzz.samples import Sample, Stock, corpus_samples, seed_samples
from fuzz.worker import CHILD, Limits, Worker

FOUND = Path(__file__).parent / "found"


@dataclass(frozen=True, slots=True)
class Plan:
    """Which inputs a run reads: `seed` makes them, `seconds` or a number of mutations ends them."""

    seed: int = 0
    seconds: float = 300.0
    inputs: int | None = None
    only: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """What became of the inputs of one format."""

    outcomes: Counter = field(default_factory=Counter)
    seconds: float = 0.0
    slowest: tuple[float, str] = (0.0, "")
    peak: float = 0.0

    def add(self, told: dict, made_by: str) -> None:
        self.outcomes[told["outcome"]] += 1
        self.seconds += told["seconds"]
        self.slowest = max(self.slowest, (told["seconds"], made_by))
        self.peak = max(self.peak, told["peak"])


def run(
    plan: Plan,
    limits: Limits,
    found: Path = FOUND,
    command: tuple[str, ...] = CHILD,
) -> tuple[dict[str, Tally], Findings]:
    """Read inputs until the plan ends; what became of them by format, and what went wrong."""
    tallies: dict[str, Tally] = {}
    findings = Findings(found)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        worker = Worker(Path(folder).resolve(), limits, command)
        try:
            for sample, made_by in inputs(plan):
                told = worker.ask(sample)
                tallies.setdefault(sample.format, Tally()).add(told, made_by)
                if "finding" in told:
                    findings.add(sample, told, made_by)
        finally:
            worker.close()
    return tallies, findings


def inputs(plan: Plan) -> Iterator[tuple[Sample, str]]:
    """The inputs of a run, each with what made it; the same for the same seed."""
    until = time.monotonic() + plan.seconds
    corpus, seeds = _wanted(corpus_samples(), plan), _wanted(seed_samples(), plan)
    yield from ((sample, f"corpus {sample.name}") for sample in corpus)
    yield from ((sample, f"seed {sample.name}") for sample in seeds)
    stock = Stock((*corpus, *seeds))
    numbers = itertools.count() if plan.inputs is None else range(plan.inputs)
    for number in numbers:
        if plan.inputs is None and time.monotonic() > until:
            return
        yield stock.mutation(plan.seed, number), f"--seed {plan.seed}, mutation {number}"


def _wanted(samples: list[Sample], plan: Plan) -> list[Sample]:
    return [sample for sample in samples if not plan.only or sample.format in plan.only]


def summary(tallies: dict[str, Tally], findings: Findings) -> str:
    """A line for each format, then one for each finding."""
    lines = [
        f"{'format':<13}{'inputs':>8}{'ms each':>9}{'slowest s':>11}{'peak MiB':>10}  outcomes"
    ]
    for name, tally in tallies.items():
        n = tally.outcomes.total()
        counts = ", ".join(f"{count} {word}" for word, count in tally.outcomes.most_common())
        each = 1_000 * tally.seconds / n
        lines.append(
            f"{name:<13}{n:>8}{each:>9.1f}{tally.slowest[0]:>11.2f}{tally.peak:>10.0f}  {counts}"
        )
    slowest = max((tally.slowest for tally in tallies.values()), default=(0.0, "none"))
    total = sum(tally.outcomes.total() for tally in tallies.values())
    lines.append(f"{total} inputs; the slowest took {slowest[0]:.2f} s ({slowest[1]})")
    for name, times in findings.times.items():
        lines.append(f"FOUND {times} times: {findings.folder / name}")
    lines.append(f"{len(findings)} findings" if len(findings) else "nothing found")
    return "\n".join(lines)
