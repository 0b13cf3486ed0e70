"""Measures semdepth beside scikit-learn, networkx, python-louvain and NLTK.

    python benchmarks/run.py [--quick] [--fresh] [--into FOLDER]

Each input has a process of its own, in which a stage and its peer run in turn on the same data;
medians of several runs count. Peak memory is measured in one process for each side. Results are
checked on the way: affinity propagation's labels are scikit-learn's up to 4,000 classes, at 8,000
the numpy twin's; trees, depths and measures are networkx's and NLTK's. A difference ends the run
with exit code 1.

What is measured is kept in .cache/bench, so that an interrupted run goes on where it was; a
change of the code or of a library begins anew, as ``--fresh`` does. The table goes to
benchmarks/RESULTS.md, the figures to benchmarks/figures, or both to another FOLDER. ``--quick``
runs every stage and check at 100 and 300 classes, keeps nothing, and writes only into a FOLDER
that is given.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import results
from inputs import Input, inputs, write_head
from measure import MOST_RUNS
from memory import STAGES
from records import Record, Side, Store, foretold, store_name
from timing import NO_WORDNET, in_a_line

HERE = Path(__file__).parent
KEPT = HERE.parent / ".cache" / "bench"
# Of these the peak memory is measured.
MEMORY_FROM = 300
QUICK_RUNS = 1


def measure(quick: bool, folder: Path) -> list[Record]:
    """All records, those that are in the folder already included."""
    store = Store(folder)
    for chosen in inputs(quick):
        write_head(chosen, folder)
        runs = QUICK_RUNS if quick else MOST_RUNS
        _python("timing.py", chosen.templates, str(chosen.n), str(folder), str(runs))
        for stage in STAGES:
            if chosen.n >= MEMORY_FROM and not store.has(stage, chosen):
                store.put(_memory(stage, chosen, store))
    return store.records()


def _kept_folder(fresh: bool) -> Path:
    """Where to go on; what was measured of other code is removed, or all of it."""
    folder = KEPT / store_name()
    for kept in KEPT.glob("*"):
        if fresh or kept != folder:
            shutil.rmtree(kept)
    return folder


def _memory(stage: str, chosen: Input, store: Store) -> Record:
    """Peak memory of both sides; of the peer only where its time was measured, too."""
    peer, timed = STAGES[stage]
    where = chosen.templates, str(chosen.n), str(store.folder)
    megabytes, seconds = map(float, _python("memory.py", stage, "ours", *where).split())
    known = store.records()
    if any((r.stage, r.n, r.templates) == (timed, *chosen) and r.theirs.runs for r in known):
        theirs = Side(float(_python("memory.py", stage, "theirs", *where).split()[0]), 1)
    else:
        amount, why = foretold(known, stage, "theirs", chosen)
        theirs = Side(amount or None, 0, why or NO_WORDNET)
    facts = {"seconds": seconds}
    record = Record(stage, *chosen, peer, Side(megabytes, 1), theirs, "", facts, "MB")
    print(in_a_line(record), flush=True)
    return record


def _python(script: str, *arguments: str) -> str:
    """Run a script beside this one; its output, where it is not for the terminal."""
    command = [sys.executable, str(HERE / script), *arguments]
    shown = script == "timing.py"
    done = subprocess.run(command, check=True, text=True, stdout=None if shown else subprocess.PIPE)
    return "" if shown else done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100 and 300 classes only")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="where to write results")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) if options.quick else _kept_folder(options.fresh)
        records = measure(options.quick, folder)
    if options.into or not options.quick:
        results.write(records, options.into or HERE)
    different = [record for record in records if record.difference]
    for record in different:
        print(in_a_line(record), file=sys.stderr)
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
