"""Makes the PyTorch files tests/data/formats/torch_* as training libraries lay them out.

Needs timm 1.0, lightning 2.6 and fastai 2.8 beside torch 2.13: ``python
scripts/formats/torch_trainers.py [FOLDER]``. Ultralytics and YOLOv5 are imitated by packages of
this script, which last as long as it runs.
"""

from __future__ import annotations

import argparse
import sys
import sysconfig
import types
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch_files import CLASSES, DIMENSION, N_CLASSES, Network, canonical, write_all


def lightning_checkpoint(path: Path) -> None:
    """Trainer.save_checkpoint of a module with names in its hyperparameters."""
    import lightning

    class Classifier(lightning.LightningModule):
        def __init__(self, lr: float, class_names: list[str]):
            super().__init__()
            self.save_hyperparameters()
            self.net = canonical(Network())
            # So that a training step leaves the numbers as they are.
            self.lr = lr

        def training_step(self, batch, index):
            return self.net(batch[0]).sum()

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=self.lr)

    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(2, 12)))
    stopping = lightning.pytorch.callbacks.EarlyStopping("loss", check_on_train_epoch_end=False)
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_epochs=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[stopping],
    )
    trainer.fit(Classifier(0.0, list(CLASSES)), data)
    trainer.save_checkpoint(path)


def timm_checkpoint(path: Path) -> None:
    """timm's CheckpointSaver, as its train.py calls it, with an averaged copy."""
    from timm.utils import CheckpointSaver, ModelEmaV3

    network = canonical(Network())
    averaged = ModelEmaV3(network)
    with torch.no_grad():
        for numbers in averaged.module.parameters():
            numbers.add_(1)
    given = argparse.Namespace(model="network", lr=0.1, num_classes=N_CLASSES)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    saver = CheckpointSaver(network, optimizer, args=given, model_ema=averaged)
    saver._save(str(path), epoch=3, metric=75.0)


def ema_checkpoint(path: Path) -> None:
    """Averaged parameters as a list without names, in the manner of torch-ema and diffusers."""
    network = canonical(Network())
    shadow = [numbers.detach() + 1 for numbers in network.parameters()]
    ema = {"decay": 0.99, "num_updates": 3, "shadow_params": shadow, "collected_params": []}
    torch.save({"model": network.state_dict(), "ema": ema, "classes": CLASSES}, path)


def mm_checkpoint(path: Path) -> None:
    """The layout of mmpretrain's checkpoints: names in meta.dataset_meta."""
    state = canonical(Network()).state_dict()
    renamed = OrderedDict(
        (name.replace("hidden", "neck").replace("fc.", "head.fc."), numbers)
        for name, numbers in state.items()
    )
    meta = {"epoch": 3, "cfg": "model = dict()", "dataset_meta": {"classes": CLASSES}}
    torch.save({"meta": meta, "state_dict": renamed, "message_hub": {"log_scalars": {}}}, path)


def fastai_export(path: Path) -> None:
    """Learner.export over six folders of two images each; fastai sorts their names."""
    from fastai.vision.all import CrossEntropyLossFlat, ImageDataLoaders, Learner
    from PIL import Image

    for name in CLASSES:
        # A folder's name cannot hold a slash; fastai keeps what it is called.
        folder = Path("images") / name.replace("/", "\u2215")
        folder.mkdir(parents=True)
        for number in range(2):
            Image.new("RGB", (2, 2)).save(folder / f"{number}.png")
    # One image of the twelve is for validation, so that each class has one to be learnt from.
    loaders = ImageDataLoaders.from_folder(Path("images"), valid_pct=0.1, bs=2, num_workers=0)
    network = canonical(Network())
    layers = torch.nn.Sequential(torch.nn.Flatten(), network.hidden, torch.nn.ReLU(), network.fc)
    learner = Learner(loaders, layers, loss_func=CrossEntropyLossFlat(), path=Path("."))
    learner.export("export.pkl")
    with (
        zipfile.ZipFile("export.pkl") as stored,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for entry in stored.infolist():
            # Code objects name the file that they come from.
            own = sysconfig.get_path("purelib").encode()
            data = stored.read(entry).replace(own, b"/" + b"x" * (len(own) - 1))
            packed.writestr(entry.filename, data)


def imitated(*names: str) -> list[types.ModuleType]:
    """Modules under these names, which pickles then refer to."""
    made = []
    for name in names:
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(".".join(parts[:end])))
        made.append(sys.modules[name])
    return made


def placed(kind: type, module: types.ModuleType) -> type:
    kind.__module__, kind.__qualname__ = module.__name__, kind.__name__
    setattr(module, kind.__name__, kind)
    return kind


def ultralytics_checkpoint(path: Path) -> None:
    """The layout of Ultralytics' .pt after training: a pickled model with ``names``, in half."""
    tasks, head, utils = imitated(
        "ultralytics.nn.tasks", "ultralytics.nn.modules.head", "ultralytics.utils"
    )

    class Classify(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = canonical(Network()).fc

    class ClassificationModel(torch.nn.Module):
        def __init__(self):
            super().__init__()
            hidden = canonical(Network()).hidden
            self.model = torch.nn.Sequential(hidden, placed(Classify, head)())
            self.names = dict(enumerate(CLASSES))
            self.yaml = {"nc": N_CLASSES, "backbone": [[-1, 1, "Conv", [64, 3, 2]]]}
            # What a version of it pickled: a bound method, by way of getattr.
            self.predict_once = self.eval
            self.stride = torch.tensor([1.0])
            self.args = placed(IterableSimpleNamespace, utils)(task="classify", imgsz=224)

    class IterableSimpleNamespace(types.SimpleNamespace):
        pass

    model = placed(ClassificationModel, tasks)().half()
    content = {
        "epoch": -1,
        "best_fitness": None,
        "model": model,
        "ema": None,
        "updates": None,
        "optimizer": None,
        "train_args": {"task": "classify", "data": "imagenet"},
        "train_metrics": {"fitness": np.float64(0.5)},
        "date": "2024-01-01T00:00:00",
        "version": "8.3.0",
        "license": "AGPL-3.0",
    }
    torch.save(content, path)


def yolov5_checkpoint(path: Path) -> None:
    """The layout of YOLOv5's .pt: classes of ``models.yolo``, a list of names, an averaged copy."""
    yolo, common = imitated("models.yolo", "models.common")

    class Detect(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.nc, self.na = N_CLASSES, 1
            self.register_buffer("anchors", torch.ones(1, 1, 2))
            self.m = torch.nn.ModuleList([torch.nn.Conv2d(DIMENSION, N_CLASSES + 5, 1)])

    class Conv(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(3, DIMENSION, 1, bias=False)

    class DetectionModel(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = torch.nn.Sequential(placed(Conv, common)(), placed(Detect, yolo)())
            self.names = list(CLASSES)

    model = placed(DetectionModel, yolo)()
    torch.save({"epoch": 3, "model": model, "ema": deepcopy(model), "opt": {"nosave": False}}, path)


FORMATS: dict[str, Callable[[Path], None]] = {
    "torch_lightning.ckpt": lightning_checkpoint,
    "torch_timm.pth.tar": timm_checkpoint,
    "torch_ema.pth": ema_checkpoint,
    "torch_mmpretrain.pth": mm_checkpoint,
    "torch_fastai.pkl": fastai_export,
    "torch_ultralytics.pt": ultralytics_checkpoint,
    "torch_yolov5.pt": yolov5_checkpoint,
}

if __name__ == "__main__":
    write_all(FORMATS)
