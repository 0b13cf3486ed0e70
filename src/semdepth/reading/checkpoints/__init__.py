"""Opens checkpoints: which tensors a file or model folder holds, without running or loading it.

::

    safetensors.py     a JSON header, then numbers
    pytorch/           .pt .pth .bin .ckpt .pt2, zip form, older stream and tar, TorchScript
    effective_weights.py   weights that a layer computes from stored parts (weight norm)
    onnx/              ONNX, without reading the numbers
    keras/             .keras and .h5; its config.py follows the layers back from the output
    tfjs/              TensorFlow.js layers and graph models
    tflite/            TensorFlow Lite
    flax.py            Flax
    paddle.py          PaddlePaddle's .pdparams, and pickles of numpy arrays
    arrays.py          numpy's .npz and .npy
    huggingface.py     a model folder, sharded or not, with its config.json
    formats.py         which of them a file is, by its content
    containers/        how bytes are laid out: zip entries, pickles, HDF5, protobuf ...
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from semdepth.errors import ReadError
from semdepth.head import StoredTensor
from semdepth.reading.checkpoints import formats, huggingface, tfjs
from semdepth.reading.checkpoints.checkpoint import Checkpoint
from semdepth.reading.checkpoints.effective_weights import with_effective_weights

__all__ = ["Checkpoint", "list_tensors", "open_checkpoint"]


def open_checkpoint(path: str | Path) -> Checkpoint:
    """The tensors of a checkpoint, by name and shape, and the class names it brings along.

    The format is told by the content, not the suffix; nothing but headers is read, and nothing
    in the file is run. Numbers come with ``tensor.load()``, which reads that tensor only. Weights
    that a layer computes from others (weight norm and the like) stand in the place of those.

    Raises UnknownFormat, DamagedFile or UnsafeFile, each naming the file and the way out, and
    their common ReadError where there is no file.

    Example::

        checkpoint = open_checkpoint("model.safetensors")
        head = find_head(checkpoint.tensors, keeps_order=checkpoint.keeps_order)
    """
    path = Path(path)
    if not path.exists():
        raise ReadError(
            f"{path}: expected {formats.EXPECTED}, found nothing at this path; check the path"
        )
    checkpoint = _opened(path)
    return replace(checkpoint, tensors=with_effective_weights(checkpoint.tensors))


def list_tensors(path: str | Path) -> list[StoredTensor]:
    """Names, shapes and types of a checkpoint's tensors, each loaded when asked.

    Raises as `open_checkpoint` does.
    """
    return list(open_checkpoint(path).tensors)


def _opened(path: Path) -> Checkpoint:
    if path.is_dir():
        return tfjs.read(path) if tfjs.is_folder(path) else huggingface.read(path)
    if path.name.endswith(".index.json"):
        checkpoint = huggingface.read_sharded(path)
    else:
        checkpoint = formats.read_file(path)
    names, names_from = huggingface.names_beside(path)
    if names is None:
        return checkpoint
    return replace(checkpoint, class_names=names, names_from=f"{names_from} beside {path.name}")
