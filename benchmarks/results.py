"""Writes what was measured into RESULTS.md: aims first, then every stage, and the figures."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import figures
import targets
from inputs import DIMENSION
from measure import OURS_ONCE_FROM_S, THEIRS_ONCE_FROM_S
from records import GROWS_FROM, LIBRARIES, Record, Side, exponent, of_stage
from targets import DEPTH, ITERATION, SEMANTIC, WITH_CHANCE, matrix_megabytes, number
from timing import PATIENCE_S, RATES

# What the peers' users would add up: ours, theirs, and what to call the sums.
SUMS = (
    (
        "Similarity Depth, leaner peer",
        (DEPTH,),
        (
            "similarity",
            "affinity propagation",
            "spanning forest, small graphs",
            "depths of the forest's edges",
        ),
        "stages of scikit-learn, networkx (a graph for each cluster) and NLTK, added up",
    ),
    (
        "Similarity Depth with chance level, the peer without",
        (WITH_CHANCE,),
        (DEPTH,),
        "scikit-learn, networkx, NLTK",
    ),
    (
        "Similarity Depth with chance level",
        (WITH_CHANCE,),
        (DEPTH, "depths of all pairs"),
        "scikit-learn, networkx, NLTK (depths of all pairs added, which chance draws from)",
    ),
    (
        "Similarity Depth and semantic matrices",
        (DEPTH, SEMANTIC),
        (DEPTH, SEMANTIC),
        "scikit-learn, networkx, NLTK (both measures of all pairs added)",
    ),
)


def write(records: list[Record], folder: Path) -> None:
    """RESULTS.md and figures/ in a folder."""
    every = records + sums(records)
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    pictures = figures.draw(every, folder / "figures")
    parts = [_opening(records), targets.table(every), _pictures(pictures), *_stages(every)]
    parts += [_memory(records), _shares(records), _growth(every)]
    text = "\n\n".join(part for part in parts if part)
    (folder / "RESULTS.md").write_text(text + "\n", encoding="utf-8")


def sums(records: list[Record]) -> list[Record]:
    """Comparisons of which a side takes several measured stages."""
    table = {(r.stage, r.n, r.templates): r for r in records}
    found = []
    for name, ours, theirs, peer in SUMS:
        for stage, n, templates in table:
            if stage == ours[0]:
                mine = [table.get((part, n, templates)) for part in ours]
                other = [table.get((part, n, templates)) for part in theirs]
                if all(mine) and all(other):
                    sides = _sum([r.ours for r in mine]), _sum([r.theirs for r in other])
                    found.append(Record(name, n, templates, peer, *sides))
    return found


def _sum(sides: list[Side]) -> Side:
    if any(side.amount is None for side in sides):
        return Side(None, why="; ".join(side.why for side in sides if side.amount is None))
    why = "; ".join(dict.fromkeys(side.why for side in sides if side.why))
    return Side(sum(side.amount for side in sides), min(side.runs for side in sides), why)


def _opening(records: list[Record]) -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    rates = [r.facts for r in records if r.stage == RATES]
    single = max(rate["operations"] for rate in rates) / 1e9
    copied = max(rate["bytes"] for rate in rates) / 1e9
    return f"""# semdepth beside the usual libraries

`make bench` on {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; \
{libraries}. In the same run numpy multiplied matrices at up to {single:.0f} GFLOP/s and copied \
memory at up to {copied:.1f} GB/s.

Each input has a process of its own; in it a stage and its peer run in turn on the same data, and \
the median of five runs counts (three where a run takes more than a second, one where \
it takes more than {OURS_ONCE_FROM_S:.0f} s, of a peer {THEIRS_ONCE_FROM_S:.0f} s). **lite0** is \
EfficientNet-Lite0's head, or classes spread over it; **wordnet** are seeded random templates in \
which classes share a component with each ancestor in WordNet; **unclustered** are independent \
normal numbers (both {DIMENSION} wide). A peer that would take more than {PATIENCE_S:.0f} s is not \
run, and its time is extrapolated from smaller inputs. NLTK's time for all pairs is scaled up from \
500 random ones.

Checked in the run, which fails otherwise: affinity propagation's labels and iterations are \
scikit-learn's up to 4,000 classes, and those of the plain numpy twin at 8,000; forests weigh what \
networkx's weigh; depths and measures are NLTK's; Louvain's modularity is not lower than the \
peer's by a twentieth."""


def _pictures(paths: list[Path]) -> str:
    texts = {
        "times": "Seconds by the number of classes, semdepth and its peers, both axes logarithmic.",
        "memory": "Peak memory by the number of classes, beside the size of the matrix.",
    }
    return "\n\n".join(f"![{texts[path.stem]}](figures/{path.name})" for path in paths)


def _stages(records: list[Record]) -> list[str]:
    """A table for each stage."""
    order = dict.fromkeys([DEPTH, *(name for name, *_ in SUMS)])
    order |= dict.fromkeys(
        sorted((r.stage for r in records if r.unit == "s" and r.peer), key=str.lower)
    )
    parts = ["## Stages"]
    for stage in order:
        rows = [r for r in records if r.stage == stage]
        if not rows:
            continue
        table = [
            f"### {stage[0].upper()}{stage[1:]}",
            f"The peer: {rows[0].peer}.",
            "| classes | templates | semdepth, s | peer, s | times |\n|--:|---|--:|--:|--:|\n"
            + "\n".join(_row(r, records) for r in rows),
        ]
        parts.append("\n\n".join(table))
    return parts


def _row(r: Record, records: list[Record]) -> str:
    about = "" if r.ours.runs and r.theirs.runs else "≈ "
    ratio = "" if r.ratio is None else about + number(r.ratio)
    theirs = _cell(r.theirs)
    if not r.theirs.runs and r.stage == DEPTH:
        held = [m for m in records if m.unit == "MB" and DEPTH in m.stage]
        held = [m for m in held if (m.n, m.templates) == (r.n, r.templates) and m.theirs.amount]
        theirs += "".join(f"; {m.theirs.amount / 1e3:.1f} GB" for m in held)
    if r.difference:
        theirs += f" **differs: {r.difference}**"
    return f"| {r.n:,} | {r.templates} | {_cell(r.ours)} | {theirs} | {ratio} |"


def _cell(side: Side) -> str:
    if side.runs:
        return number(side.amount)
    if side.amount is None:
        return f"not run: {side.why}"
    return f"not run: about {_in_words(side.amount)}, {side.why}"


def _in_words(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _memory(records: list[Record]) -> str:
    rows = []
    for r in (r for r in records if r.unit == "MB"):
        matrix = matrix_megabytes(r.n)
        theirs = _cell(r.theirs) if r.theirs.runs else _megabytes_expected(r.theirs)
        rows.append(
            f"| {r.stage.removeprefix('peak memory of ')} | {r.n:,} | {r.templates} "
            f"| {r.ours.amount:,.0f} | {matrix:,.0f} | {r.ours.amount / matrix:.2f} | {theirs} "
            f"| {r.facts['seconds']:.2f} |"
        )
    head = (
        "| stage | classes | templates | semdepth, MB | the matrix, MB | of it | peer, MB "
        "| semdepth, s |\n|---|--:|---|--:|--:|--:|--:|--:|\n"
    )
    text = (
        "What a fresh process holds at most, above what it held after its imports; the templates, "
        "WordNet and the matrix count. Similarity Depth is semdepth's with chance level and "
        "ceiling, the peer's without. Up to 5,000 classes numbers are float64, and scikit-learn's "
        "noise takes a second matrix. Seconds are of this one run, from the templates' file on."
    )
    return f"## Peak memory\n\n{text}\n\n{head}" + "\n".join(rows) if rows else ""


def _megabytes_expected(side: Side) -> str:
    if side.amount is None:
        return f"not run: {side.why}"
    return f"not run: about {number(side.amount)}, {side.why}"


def _shares(records: list[Record]) -> str:
    """How near similarity and affinity propagation come to what the machine can do."""
    table = {(r.stage, r.n, r.templates): r for r in records}
    rows = []
    for r in (r for r in records if r.stage == RATES):
        where = r.n, r.templates
        first, second = (table.get((s, *where)) for s in ("similarity", "affinity propagation"))
        their = table.get((ITERATION + "numba", *where))
        if first is None or second is None or their is None:
            continue
        dimension = 1_280 if r.templates == "lite0" else DIMENSION
        product = r.n**2 * dimension / r.facts["operations"]
        a_pass = matrix_megabytes(r.n) * 1e6 / r.facts["bytes"]
        sides = [(first.ours, product), (first.theirs, product), (second.ours, a_pass)]
        sides.append((their.theirs, 5 * a_pass))
        shares = [f"{100 * least / side.amount:.2g}%" if side.runs else "" for side, least in sides]
        rates = f"{r.facts['operations'] / 1e9:.0f} | {r.facts['bytes'] / 1e9:.1f}"
        rows.append(f"| {r.n:,} | {r.templates} | {rates} | " + " | ".join(shares) + " |")
    head = (
        "| classes | templates | GFLOP/s | GB/s | similarity, of GEMM | scikit-learn's "
        "| affinity propagation, of bandwidth | an iteration of scikit-learn's |\n"
        "|--:|---|--:|--:|--:|--:|--:|--:|\n"
    )
    text = (
        "The rates were measured beside the stages. Similarity is counted as n² d operations, "
        "each pair once; semdepth's affinity propagation, all of it, as one pass over the matrix; "
        "an iteration of scikit-learn's as five, since it reads three matrices and writes two."
    )
    return f"## Of what the machine can do\n\n{text}\n\n{head}" + "\n".join(rows) if rows else ""


def _growth(records: list[Record]) -> str:
    rows = []
    for stage in dict.fromkeys(r.stage for r in records if r.stage != RATES):
        for templates in ("wordnet", "unclustered"):
            found = of_stage(records, stage, templates)
            cells = [_power(found, side) for side in ("ours", "theirs")]
            if any(cells):
                rows.append(f"| {stage} | {templates} | {cells[0]} | {cells[1]} |")
    text = (
        f"The exponent e of the n^e that fits what was measured from {GROWS_FROM} classes on, "
        "and the greatest n that was measured; lite0 stands for the sizes that only it has."
    )
    head = "| | templates | semdepth | peer |\n|---|---|--:|--:|\n"
    return f"## Growth\n\n{text}\n\n{head}" + "\n".join(rows) if rows else ""


def _power(records: list[Record], side: str) -> str:
    measured = [(r.n, getattr(r, side)) for r in records if r.n >= GROWS_FROM]
    points = [(n, found.amount) for n, found in measured if found.runs]
    return f"{exponent(points):.2f} ({points[-1][0]:,})" if len(points) > 2 else ""
