"""Does a deeper perceived hierarchy go with more understandable errors? Asked of training runs.

    python scripts/depth_and_compliance.py RUN.npz [RUN.npz ...] [--labels cifar-100]

Each RUN is a whole training in one file (``semdepth.read_run``). Printed are Spearman correlations
of Similarity Depth with confusions explained and with accuracy, and the first at equal accuracy:
over the epochs of each network, as their mean over networks, over the networks' last epochs, and
over all epochs pooled. The interval of a mean is from networks drawn with replacement, that of
the pooled one from whole networks drawn, since epochs of one run follow from one another.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from semdepth import place, read_run
from semdepth.association import associate, rank_correlation
from semdepth.clustering import CLUSTERERS, clusterer
from semdepth.comparison import compared_model
from semdepth.scores import common_ground, score_model

QUESTIONS = (("accuracy", ""), ("explained", ""), ("explained", "accuracy"))
SCORES = ("sd", "accuracy", "explained", "explained_extended")
RESAMPLES = 2_000
LEAST_EPOCHS = 5

Columns = dict[str, np.ndarray]


def main() -> None:
    options = _options()
    runs = {path.stem: _scores(path, options.labels) for path in options.runs}
    for name in CLUSTERERS:
        print(f"\n{name}")
        columns = {run: _columns(rows, name) for run, rows in runs.items()}
        for score, given in QUESTIONS:
            _answer(columns, score, given)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--labels", default="cifar-100")
    return parser.parse_args()


def _scores(path: Path, labels: str) -> list:
    """The scores of every trained epoch; the untrained network is left out."""
    found, ground = [], None
    for title, head, confusion in read_run(path, labels=labels)[1:]:
        ground = ground or common_ground(place(head.labels, head.ids))
        clusterers = [clusterer(name) for name in CLUSTERERS]
        found.append(
            score_model(
                head,
                ground,
                clusterers=clusterers,
                confusion=confusion,
                permutations=1,
                title=title,
            )
        )
    return found


def _columns(models: list, name: str) -> Columns:
    rows = [compared_model(model, model.of(name)) for model in models]
    return {score: np.array([getattr(row, score) for row in rows]) for score in SCORES}


def _answer(runs: dict[str, Columns], score: str, given: str) -> None:
    long = {run: columns for run, columns in runs.items() if len(columns["sd"]) >= LEAST_EPOCHS}
    print(f"  SD with {score}{f' at equal {given}' if given else ''}")
    within = {}
    for run, columns in long.items():
        found = associate(run, ("sd", score), columns, given=given)
        within[run] = found.correlation
        print(f"    {run:16} {_shown(found.correlation, found.interval)}, n = {found.n}")
    means = np.array([one for one in within.values() if not np.isnan(one)])
    draws = np.random.default_rng(42).integers(len(means), size=(RESAMPLES, len(means)))
    print(
        f"    {'mean of them':16} {_shown(means.mean(), _percentiles(means[draws].mean(axis=1)))}"
    )
    last = {key: np.array([columns[key][-1] for columns in runs.values()]) for key in SCORES}
    found = associate("last", ("sd", score), last, given=given)
    print(f"    {'last epochs':16} {_shown(found.correlation, found.interval)}, n = {found.n}")
    print(f"    {'pooled':16} {_pooled(list(runs.values()), score, given)}")


def _pooled(runs: list[Columns], score: str, given: str) -> str:
    def correlation(chosen: list[Columns]) -> float:
        every = {key: np.concatenate([columns[key] for columns in chosen]) for key in SCORES}
        return rank_correlation(every["sd"], every[score], every[given] if given else None)

    random = np.random.default_rng(42)
    drawn = [
        correlation([runs[i] for i in random.integers(len(runs), size=len(runs))])
        for _ in range(RESAMPLES)
    ]
    return _shown(correlation(runs), _percentiles(np.array(drawn)))


def _percentiles(values: np.ndarray) -> tuple[float, float]:
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def _shown(value: float, interval: tuple[float, float]) -> str:
    return f"{value:+.2f} [{interval[0]:+.2f}, {interval[1]:+.2f}]"


if __name__ == "__main__":
    main()
