"""Makes the small PyTorch files under tests/data/checkpoints, which have a head of their own.

Run it with torch 2.13 and numpy installed: ``python scripts/formats/torch_checkpoints.py
[FOLDER]``. The tests know the numbers by formula, so the files need not come out byte for byte
the same.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch

FOLDER = Path(__file__).parents[2] / "tests" / "data" / "checkpoints"


class Small(torch.nn.Module):
    """A convolution, a norm and a head of 5 classes over 4 features."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3, bias=False)
        self.bn = torch.nn.BatchNorm2d(4)
        self.fc = torch.nn.Linear(4, 5)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.fc(self.bn(self.conv(images)).mean((2, 3)))


def filled(dtype: torch.dtype = torch.float32) -> Small:
    """The network with numbers that tests can write as a formula and bfloat16 can hold."""
    network = Small()
    with torch.no_grad():
        network.conv.weight.copy_(torch.arange(108.0).reshape(4, 3, 3, 3) / 64)
        network.fc.weight.copy_((torch.arange(20.0).reshape(5, 4) - 10) / 8)
        network.fc.bias.copy_(torch.arange(5.0) / 4)
    return network.to(dtype)


def training_checkpoint() -> dict:
    """What a training script saves: weights, an EMA copy, Adam's state, arguments, a score."""
    network = filled()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    weights = OrderedDict((f"module.{k}", v.clone()) for k, v in network.state_dict().items())
    averaged = OrderedDict((k, v.clone() + 1) for k, v in network.state_dict().items())
    network(torch.ones(2, 3, 4, 4)).sum().backward()
    optimizer.step()
    return {
        "epoch": 3,
        "args": argparse.Namespace(lr=1e-3, data=Path("images"), layers=[1, 2]),
        "best_acc": np.float64(0.5),
        "state_dict": weights,
        "state_dict_ema": averaged,
        "optimizer": optimizer.state_dict(),
        "class_to_idx": {"dog": 1, "cat": 0, "car": 2, "bus": 3, "fox": 4},
    }


def views() -> dict:
    """Tensors that share a storage: a transposed one, a part with an offset, every other column."""
    base = (torch.arange(60.0) - 10) / 8
    return {
        "transposed": base[:20].reshape(4, 5).t(),
        "part": base[20:40].reshape(5, 4),
        "columns": base[40:].reshape(5, 4)[:, ::2],
        "expanded": base[:5].reshape(5, 1).expand(5, 3),
        "empty": base[:0].reshape(0, 4),
    }


def contents() -> dict[str, object]:
    small = filled()
    float8 = small.fc.weight.detach().to(torch.float8_e4m3fn)
    return {
        "state_dict": small.state_dict(),
        "training": training_checkpoint(),
        "parameter": {"fc.weight": small.fc.weight, "fc.bias": small.fc.bias},
        "bfloat16": filled(torch.bfloat16).state_dict(),
        "float16": filled(torch.float16).state_dict(),
        "float64": filled(torch.float64).state_dict(),
        "float8": {"fc.weight": float8},
        "views": views(),
        "tensor": small.fc.weight.detach(),
    }


def drop_source(path: Path) -> None:
    """Take a TorchScript file's source and debug records out: they name folders of this machine."""
    with zipfile.ZipFile(path) as archive:
        kept = {
            i.filename: archive.read(i) for i in archive.infolist() if "/code/" not in i.filename
        }
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in kept.items():
            archive.writestr(zipfile.ZipInfo(name), data)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents().items():
        torch.save(content, folder / f"{name}_zip.pth")
        torch.save(content, folder / f"{name}_legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(filled(), folder / "module_zip.pth")
    scripted = folder / "scripted.pt"
    torch.jit.script(filled()).save(scripted)
    drop_source(scripted)


if __name__ == "__main__":
    main()
