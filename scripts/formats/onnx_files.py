"""Makes the ONNX files under tests/data/formats: real exports and quantisations of one network.

Run it with torch 2.13, onnx 1.23, onnxscript 0.7 and onnxruntime 1.32 installed:
``python scripts/formats/onnx_files.py [FOLDER]``. Both of torch's exporters are used, and all
three forms of ONNX Runtime's quantisation. The tests know the numbers by formula, so the files
need not come out byte for byte the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
import stored_head as canonical
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from stored_head import FOLDER


class Network(torch.nn.Module):
    """The canonical hidden layer and head, and what an exporter puts behind them."""

    def __init__(self, behind: torch.nn.Module):
        super().__init__()
        self.hidden = torch.nn.Linear(12, canonical.DIMENSION)
        self.head = torch.nn.Linear(canonical.DIMENSION, canonical.N_CLASSES)
        self.behind = behind
        with torch.no_grad():
            self.hidden.weight.copy_(torch.from_numpy(canonical.HIDDEN_WEIGHT))
            self.hidden.bias.copy_(torch.from_numpy(canonical.HIDDEN_BIAS))
            self.head.weight.copy_(torch.from_numpy(canonical.WEIGHT))
            self.head.bias.copy_(torch.from_numpy(canonical.BIAS))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.behind(self.head(torch.relu(self.hidden(features))))


class ConvolutionalNetwork(torch.nn.Module):
    """The same layers as 1 x 1 convolutions, and the mean over the image behind them."""

    def __init__(self):
        super().__init__()
        linear = Network(torch.nn.Identity())
        self.hidden = torch.nn.Conv2d(12, canonical.DIMENSION, 1)
        self.head = torch.nn.Conv2d(canonical.DIMENSION, canonical.N_CLASSES, 1)
        self.pool = torch.nn.AdaptiveAvgPool2d(1)
        for name, values in linear.state_dict().items():
            own = self.get_parameter(name)
            own.data = values.reshape(own.shape).clone()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.flatten(self.pool(torch.relu(self.head(torch.relu(self.hidden(images))))), 1)


class Samples(CalibrationDataReader):
    """Inputs from which ONNX Runtime learns the ranges of a network's values."""

    def __init__(self, *shape: int):
        generator = np.random.default_rng(0)
        self.left = [generator.normal(size=shape).astype(np.float32) for _ in range(4)]

    def get_next(self) -> dict | None:
        return {"features": self.left.pop()} if self.left else None


def export(network: torch.nn.Module, shape: tuple[int, ...], path: Path, **options) -> Path:
    names = {"input_names": ["features"], "output_names": ["scores"]}
    torch.onnx.export(network.eval(), (torch.zeros(shape),), path, **names, **options)
    model = onnx.load(path, load_external_data=False)
    for node in model.graph.node:  # dynamo's exporter notes the lines of this script
        del node.metadata_props[:]
    onnx.save(model, path)
    return path


def with_names(path: Path, names: dict[int, str]) -> None:
    """Add class names as Ultralytics writes them: the text of a Python dictionary."""
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {"task": "classify", "names": str(names)})
    onnx.save(model, path)


def main(folder: Path) -> None:
    softmax, identity = torch.nn.Softmax(-1), torch.nn.Identity()
    row, rows, image = (1, 12), (1, 5, 12), (1, 12, 4, 4)
    # dynamo's exporter puts the numbers into a file beside the model.
    export(Network(softmax), row, folder / "onnx_dynamo.onnx", dynamo=True)
    linear = export(Network(softmax), row, folder / "onnx_legacy.onnx", dynamo=False)
    with_names(linear, dict(enumerate(canonical.CLASSES)))
    matmul = export(Network(identity), rows, folder / "onnx_matmul.onnx", dynamo=False)
    unfolded = {"dynamo": False, "do_constant_folding": False}
    export(Network(softmax), rows, folder / "onnx_transposed.onnx", **unfolded)
    export(ConvolutionalNetwork(), image, folder / "onnx_conv.onnx", dynamo=False)

    forms = {"qdq": QuantFormat.QDQ, "qoperator": QuantFormat.QOperator}
    for name, form in forms.items():
        for source, shape, per_channel in ((linear, row, False), (matmul, rows, True)):
            kind = "per_channel" if per_channel else "per_tensor"
            target = folder / f"onnx_{name}_{kind}.onnx"
            options = {"quant_format": form, "per_channel": per_channel}
            quantize_static(source, target, Samples(*shape), **options)
    quantize_dynamic(linear, folder / "onnx_dynamic.onnx")
    options = {"per_channel": True, "weight_type": QuantType.QUInt8}
    quantize_dynamic(matmul, folder / "onnx_dynamic_per_channel.onnx", **options)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
