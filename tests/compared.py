"""Small comparisons of many models, for the tests of what is written of them."""

from dataclasses import replace

import numpy as np

from semdepth import AffinityPropagation, ClassifierHead, Whole, count_confusions, place
from semdepth.comparison import FailedModel, compare_scores
from semdepth.scores import common_ground, score_model

CLASSES = tuple("dog cat wolf lion car bus truck bicycle oak rose guitar violin".split())
BROKEN = FailedModel("broken.pth", "expected a checkpoint, found <a text>, of 3 lines; fetch it")
CLUSTERERS = (AffinityPropagation(), Whole())
NAN = float("nan")


def compared(titles, *, predicted=True, failed=()):
    """Models of these titles over twelve classes, of random templates and made-up mistakes."""
    ground = common_ground(place(CLASSES))
    models = [
        score_model(
            ClassifierHead(CLASSES, _templates(seed), "fc"),
            ground,
            clusterers=CLUSTERERS,
            confusion=_confusion(seed) if predicted else None,
            permutations=9,
            title=title,
        )
        for seed, title in enumerate(titles)
    ]
    return compare_scores(models, failed=failed, permutations=50, notes=["a note with <b>"])


def _templates(seed):
    random = np.random.default_rng(seed)
    kin = np.repeat(np.eye(3), 4, axis=0) * (seed % 7) / 3
    return np.hstack([random.normal(size=(len(CLASSES), 6)), kin])


def _confusion(seed):
    random = np.random.default_rng(1_000 + seed)
    true = np.repeat(np.arange(len(CLASSES)), 30)
    mate = true // 4 * 4 + random.integers(4, size=len(true))
    pred = np.where(random.random(len(true)) < 0.3 + 0.08 * (seed % 7), mate, true)
    return count_confusions(CLASSES, true, pred)


def undefined(comparison):
    """The same with every number undefined that can be: one model's, and one score of all."""
    lost = comparison.models[-1]
    nothing = {
        name: NAN
        for name in ("sd", "sd_low", "sd_high", "sd_chance", "sd_p", "sd_ceiling", "sd_normalised")
    }
    rows = tuple(
        replace(row, severity_depth=NAN, **(nothing if row.model == lost else {}))
        for row in comparison.rows
    )
    tests = tuple(
        replace(
            test,
            adjusted_p=NAN,
            difference=replace(
                test.difference,
                second=NAN,
                difference=NAN,
                interval=(NAN, NAN),
                p_value=NAN,
                reason="the second model has no edges between these classes",
            ),
        )
        if test.second == lost
        else test
        for test in comparison.tests
    )
    alignment = comparison.alignment.copy()
    alignment[-1, :] = alignment[:, -1] = NAN
    return replace(comparison, rows=rows, tests=tests, alignment=alignment)
