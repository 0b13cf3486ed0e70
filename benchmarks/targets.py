"""What the project aims at in speed and memory, beside what was measured."""

from __future__ import annotations

from records import Record, exponent, of_stage

from semdepth.similarity import DOUBLE_UP_TO

DEPTH = "Similarity Depth"
WITH_CHANCE = "Similarity Depth with chance level and ceiling"
ITERATION = "affinity propagation, an iteration, "
SEMANTIC = "semantic matrices (path, Wu-Palmer)"
# (stage, classes, times at least that the peer takes)
AIMS = (
    (DEPTH, 1_000, 30),
    (DEPTH, 2_000, 50),
    (ITERATION + "numba", 1_000, 8),
    (ITERATION + "numba", 4_000, 40),
    (ITERATION + "numpy", 4_000, 4),
    ("Louvain, one order", 1_000, 100),
    ("Louvain, one order, numba", 1_000, 100),
    (SEMANTIC, 1_000, 5_000),
)
GROWTH_AIM, GROWTH_FROM = 2.1, 4_000
MEMORY_AIM, MEMORY_FROM = 1.3, 10_000


def table(records: list[Record]) -> str:
    """Every target that the records say something about; empty if none."""
    rows = [
        _row(r.stage, r, f"at least {least:,} times", r.ratio, r.ratio >= least, least)
        for stage, n, least in AIMS
        for r in records
        if (r.stage, r.n) == (stage, n) and r.ratio is not None
    ]
    rows += [
        _growth(stage, templates, of_stage(records, stage, templates))
        for stage in (DEPTH, WITH_CHANCE)
        for templates in ("wordnet", "unclustered")
    ]
    for r in records:
        if r.unit == "MB" and r.n >= MEMORY_FROM:
            share = r.ours.amount / matrix_megabytes(r.n)
            most = f"below {MEMORY_AIM} matrices"
            rows.append(_row(r.stage, r, most, share, share < MEMORY_AIM, MEMORY_AIM))
    rows = [row for row in rows if row]
    head = "| | classes | templates | target | measured | |\n|---|--:|---|--:|--:|---|\n"
    return "## Targets\n\n" + head + "\n".join(rows) if rows else ""


def _row(stage: str, r: Record, aim: str, value: float, met: bool, wanted: float) -> str:
    outcome = "met" if met else f"missed by {abs(1 - value / wanted):.0%}"
    about = "" if r.ours.runs and (r.theirs.runs or r.unit == "MB") else "≈ "
    return f"| {stage} | {r.n:,} | {r.templates} | {aim} | {about}{number(value)} | {outcome} |"


def _growth(stage: str, templates: str, records: list[Record]) -> str:
    points = [(r.n, r.ours.amount) for r in records if r.n >= GROWTH_FROM and r.ours.runs]
    if len(points) < 2:
        return ""
    power = exponent(points)
    outcome = "met" if power < GROWTH_AIM else f"missed by n^{power - GROWTH_AIM:.2f}"
    span = f"{points[0][0]:,} to {points[-1][0]:,}"
    aim = f"below n^{GROWTH_AIM}"
    return f"| growth of {stage} | {span} | {templates} | {aim} | n^{power:.2f} | {outcome} |"


def number(value: float) -> str:
    """Three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.001 else f"{value:.6f}"


def matrix_megabytes(n: int) -> float:
    return n**2 * (8 if n <= DOUBLE_UP_TO else 4) / 1e6
