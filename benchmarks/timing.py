"""Seconds of all stages and their peers at one input, in one process, in turn.

    python benchmarks/timing.py TEMPLATES N FOLDER RUNS

puts a record for each stage, of at most so many runs, into the folder (``records.py``); stages
that have one are left out.
"""

from __future__ import annotations

import sys
from pathlib import Path

from inputs import Input, read_input
from measure import (
    OURS_ONCE_FROM_S,
    THEIRS_ONCE_FROM_S,
    Timed,
    bandwidth,
    free_memory,
    gemm_rate,
    in_turn,
)
from records import Record, Side, Store, foretold
from stages import Comparison, comparisons

from semdepth.similarity import DOUBLE_UP_TO

# Who would take longer than this is not waited for: a peer, semdepth.
PATIENCE_S, OUR_PATIENCE_S = 40.0, 90.0
# Of the memory that is free.
_SHARE_OF_MEMORY = 0.8
# Without it nothing of NLTK's can be run; a stage without any peer is not shown.
NO_WORDNET = "WORDNET_DIR has no data.noun"
RATES = "what the machine can do"


def time_stages(chosen: Input, folder: Path, runs: int) -> None:
    store = Store(folder)
    if not store.has(RATES, chosen):
        store.put(_rates(chosen))
    for comparison in comparisons(chosen, read_input(chosen, folder)):
        if not store.has(comparison.stage, chosen):
            record = _compare(comparison, chosen, store.records(), runs)
            store.put(record)
            print(in_a_line(record), flush=True)


def in_a_line(record: Record) -> str:
    amounts = " | ".join(
        f"{side.amount:.4g} {record.unit}{' expected' if not side.runs else ''}"
        if side.amount is not None
        else side.why
        for side in ((record.ours, record.theirs) if record.peer else (record.ours,))
    )
    outcome = f"; DIFFERENT: {record.difference}" if record.difference else ""
    return f"{record.n:>6,} {record.templates:<11} {record.stage}: {amounts}{outcome}"


def _rates(chosen: Input) -> Record:
    kind = "float64" if chosen.n <= DOUBLE_UP_TO else "float32"
    rates = {"operations": gemm_rate(kind), "bytes": bandwidth()}
    return Record(RATES, *chosen, "", Side(None), Side(None), facts=rates)


def _compare(comparison: Comparison, chosen: Input, known: list[Record], runs: int) -> Record:
    ours, theirs = Timed(comparison.ours, runs, OURS_ONCE_FROM_S, comparison.inner), None
    mine = _refused(comparison, "ours", chosen, known)
    other = _refused(comparison, "theirs", chosen, known)
    sides = [] if mine else [ours]
    if comparison.theirs is not None and not other:
        theirs = Timed(comparison.theirs, runs, THEIRS_ONCE_FROM_S, comparison.inner)
        if comparison.theirs_from is not None:
            comparison.theirs_from()
        sides.append(theirs)
    in_turn(*sides)
    difference = ""
    if comparison.difference is not None and len(sides) == 2:
        difference = comparison.difference(ours.value, theirs.value)
    return Record(
        comparison.stage,
        *chosen,
        comparison.peer,
        mine or Side(ours.median, len(ours.seconds)),
        other or _their_side(theirs, comparison.share),
        difference,
    )


def _their_side(theirs: Timed | None, share: float) -> Side:
    if theirs is None:
        return Side(None, why=NO_WORDNET)
    why = "" if share == 1.0 else f"scaled up from {share:.2g} of the work"
    return Side(theirs.median / share, len(theirs.seconds), why)


def _refused(comparison: Comparison, side: str, chosen: Input, known: list[Record]) -> Side | None:
    """What stands for a side that would take too long or hold too much."""
    amount, why = foretold(known, comparison.stage, side, chosen)
    a_run = amount * (comparison.repeats if comparison.inner else 1.0)
    patience = OUR_PATIENCE_S
    if side == "theirs":
        a_run, patience = a_run * comparison.share, PATIENCE_S
        if comparison.theirs_bytes > _SHARE_OF_MEMORY * free_memory():
            return Side(amount or None, 0, f"needs {comparison.theirs_bytes / 1e9:.1f} GB; {why}")
    return Side(amount, 0, why) if a_run > patience else None


if __name__ == "__main__":
    templates, n, folder, runs = sys.argv[1:]
    time_stages(Input(int(n), templates), Path(folder), int(runs))
