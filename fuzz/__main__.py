"""Run the fuzzer: ``python -m fuzz --seconds 60 --seed 1 --only onnx``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fuzz.exercise import EXERCISES
from fuzz.run import FOUND, Plan, run, summary
from fuzz.worker import Limits


def main() -> None:
    """Read the options, run, print the summary; exit with 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Fuzz semdepth's readers.")
    parser.add_argument("--seconds", type=float, default=300.0, help="how long to go on (300)")
    parser.add_argument("--inputs", type=int, help="how many mutations instead, to the number")
    parser.add_argument("--seed", type=int, default=0, help="what the mutations are made of (0)")
    parser.add_argument(
        "--only",
        action="append",
        choices=EXERCISES,
        default=[],
        metavar="FORMAT",
        help=f"only this format, again for more: {', '.join(EXERCISES)}",
    )
    parser.add_argument("--memory", type=int, default=Limits.memory, help="MiB for one input")
    parser.add_argument("--cpu", type=float, default=Limits.cpu, help="seconds for one input")
    parser.add_argument("--found", type=Path, default=FOUND, help="where findings are written")
    given = parser.parse_args()
    plan = Plan(given.seed, given.seconds, given.inputs, tuple(given.only))
    limits = Limits(given.memory, given.cpu)
    tallies, findings = run(plan, limits, given.found)
    print(summary(tallies, findings))
    sys.exit(1 if len(findings) else 0)


if __name__ == "__main__":
    main()
