"""docs/training.md: its examples run with the real libraries, and its table is complete."""

import logging
import os
import re
from pathlib import Path

import numpy as np
import pytest

from semdepth import ClassifierHead, count_confusions, place
from semdepth.labels import label_set
from semdepth.live import Tracker

PAGE = (Path(__file__).parents[1] / "docs/training.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
LIBRARIES = ("torchmetrics", "lightning.pytorch", "transformers", "keras", "semdepth.live")


@pytest.mark.filterwarnings("ignore:The '.*dataloader' does not have many workers")
@pytest.mark.filterwarnings("ignore:The number of training batches")
@pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning")
@pytest.mark.filterwarnings("ignore:'pin_memory' argument is set as true but no accelerator")
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")
@pytest.mark.parametrize(("library", "block"), list(zip(LIBRARIES, BLOCKS, strict=True)))
def test_the_examples_run(library, block, tmp_path, monkeypatch, capsys):
    os.environ.setdefault("KERAS_BACKEND", "torch")
    pytest.importorskip(library)
    assert f"{library}" in block
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logging.getLogger("lightning.pytorch"), "level", logging.ERROR)
    exec(compile(block, "docs/training.md", "exec"), {"__name__": "example"})
    printed = capsys.readouterr().out.strip().splitlines()[-1]
    # "tensor(7.)" is a depth, too.
    assert re.search(r"\d\.", printed), printed


def test_every_name_is_explained():
    known = label_set("cifar-10")
    head = ClassifierHead(known.labels, np.random.default_rng(0).normal(size=(10, 16)), "fc")
    true, predicted = np.random.default_rng(1).integers(10, size=(2, 500))
    confusion = count_confusions(known.labels, true, predicted)
    scalars = Tracker(place(known.labels, known.ids))(head, confusion).scalars()
    compliances = [name for name in scalars if re.search(r"compliance.*(?<!_chance)$", name)]
    assert len(compliances) == 4
    # The table explains the chance of each compliance in one line.
    assert set(re.findall(r"`(semantic/\w+)`", PAGE.split("## TorchMetrics")[0])) == (
        set(scalars) - {f"{name}_chance" for name in compliances}
    )
    assert {f"{name}_chance" for name in compliances} < set(scalars)
