"""One head, stored in every format by the library that the format belongs to, comes back."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from canonical_head import BIAS, CLASSES, HIDDEN_BIAS, HIDDEN_WEIGHT, WEIGHT
from semdepth import read_head
from semdepth.labels import LabelSet

FOLDER = Path(__file__).parent / "data" / "formats"
NAMES = LabelSet(CLASSES, (None,) * len(CLASSES), "the test")

# Files that hold something else, or are there to be refused; the tests of their formats say what.
OTHERS = {
    "hdf5_chunks.h5",
    "hdf5_external_link.h5",
    "hdf5_external_storage.h5",
    "hdf5_virtual.h5",
    "onnx_dynamo.onnx.data",
    "paddle_adam.pdopt",
    "paddle_sklearn.pkl",
    "tflite_int4.tflite",
    "torch_computed_weights.npz",
    "torch_computed_weights.pth",
    "torch_float8.pth",
    "torch_torchao.pth",
    "torch_yolov5.pt",
}
# Numbers of 8 bits over the weight's range; elsewhere the scale is 1/64, and nothing is lost.
QUANTISED = {
    "onnx_dynamic.onnx",
    "onnx_dynamic_per_channel.onnx",
    "onnx_qdq_per_channel.onnx",
    "onnx_qdq_per_tensor.onnx",
    "onnx_qoperator_per_channel.onnx",
    "onnx_qoperator_per_tensor.onnx",
    "tfjs_graph_uint8",
    "tflite_bias.tflite",
    "tflite_convolution.tflite",
    "tflite_int8.tflite",
}
HALF_A_STEP = float(np.abs(WEIGHT).max()) / 127 / 2
# The format, or this file of it, has no bias.
WITHOUT_BIAS = {"torch_tied.pth"}
# Files that bring the class names along (fastai sorts its own, and is not among them).
NAMED = {
    "keras_functional.h5",
    "onnx_dynamic.onnx",
    "onnx_legacy.onnx",
    "onnx_qdq_per_tensor.onnx",
    "onnx_qoperator_per_tensor.onnx",
    "paddle_plain.pkl",
    "paddle_training.pdparams",
    "tfjs_layers",
    "tflite_int8.tflite",
    "torch_ema.pth",
    "torch_exported.pt2",
    "torch_legacy.tar",
    "torch_lightning.ckpt",
    "torch_mmpretrain.pth",
    "torch_quantised.pth",
    "torch_scripted.pt",
    "torch_tied.pth",
    "torch_ultralytics.pt",
}
STORED = sorted(entry.name for entry in FOLDER.iterdir() if entry.name not in OTHERS)


@pytest.mark.parametrize("name", STORED)
def test_a_stored_head_comes_back(name):
    head = read_head(FOLDER / name, labels=NAMES)
    lost = HALF_A_STEP * (1 + 1e-6) if name in QUANTISED else 0
    assert head.templates.shape == WEIGHT.shape
    assert np.abs(head.templates - WEIGHT).max() <= lost
    if name in WITHOUT_BIAS:
        assert head.bias is None
    else:
        assert np.abs(head.bias - BIAS).max() <= lost


@pytest.mark.parametrize("name", sorted(NAMED))
def test_class_names_come_along_and_say_from_where(name):
    head = read_head(FOLDER / name)
    assert head.labels == CLASSES
    assert head.names_from


def test_every_exception_is_a_file():
    present = {entry.name for entry in FOLDER.iterdir()}
    assert present >= OTHERS | QUANTISED | WITHOUT_BIAS | NAMED


# Written here and now


def as_npz(folder):
    np.savez(folder / "head.npz", weight=WEIGHT, bias=BIAS, classes=np.array(CLASSES))
    return folder / "head.npz"


def as_turned_npz(folder):
    np.savez(folder / "head.npz", weight=WEIGHT.T, bias=BIAS, classes=np.array(CLASSES))
    return folder / "head.npz"


def as_model_folder(folder):
    save_file(tensors(), folder / "model.safetensors")
    config = {"id2label": {str(i): name for i, name in enumerate(CLASSES)}}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def as_torch_checkpoint(folder, **options):
    state = {name: torch.from_numpy(numbers) for name, numbers in tensors().items()}
    content = {"state_dict": state, "class_names": list(CLASSES)}
    torch.save(content, folder / "model.pth", **options)
    return folder / "model.pth"


def as_old_torch_checkpoint(folder):
    return as_torch_checkpoint(folder, _use_new_zipfile_serialization=False)


def tensors():
    hidden = {"hidden.weight": HIDDEN_WEIGHT, "hidden.bias": HIDDEN_BIAS}
    return {**hidden, "fc.weight": WEIGHT, "fc.bias": BIAS}


@pytest.mark.parametrize(
    "writer",
    [as_npz, as_turned_npz, as_model_folder, as_torch_checkpoint, as_old_torch_checkpoint],
)
def test_a_head_written_now_comes_back(tmp_path, writer):
    head = read_head(writer(tmp_path))
    assert head.labels == CLASSES
    assert np.array_equal(head.templates, WEIGHT)
    assert np.array_equal(head.bias, BIAS)
