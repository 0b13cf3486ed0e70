"""What is done with every input, as a user's program would, and what must hold afterwards.

Each exercise takes a path and gives a word for how far it came. Only SemdepthError may leave a
reader, and its message is one line that a terminal can show.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fuzz.seeds import CLASSES
from semdepth.errors import SemdepthError
from semdepth.head import StoredTensor, find_head, load_templates, rank_heads
from semdepth.labels import label_set_of_names
from semdepth.reading.checkpoints import Checkpoint, open_checkpoint
from semdepth.reading.confusions import read_confusion, read_predictions
from semdepth.reading.heads import read_head
from semdepth.reading.taxonomies import read_taxonomy

LONGEST_MESSAGE = 4_000
# Control characters, surrogates, and separators of lines and paragraphs.
UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}
TENSORS_LOADED = 8
LABELS = label_set_of_names(CLASSES, "the seeds")


class Broken(Exception):
    """A value or a message that breaks a reader's promises."""


def read_checkpoint(path: Path) -> str:
    """Open, rank, find the head, load it and a few more tensors, and read it with its names."""
    checkpoint = open_checkpoint(path)
    check_checkpoint(checkpoint)
    names = checkpoint.class_names
    told = {"keeps_order": checkpoint.keeps_order, "output_layers": checkpoint.output_layers}
    rank_heads(checkpoint.tensors, classes=len(names) if names else None, **told)
    found = attempt(lambda: find_head(checkpoint.tensors, **told))
    if found is not None:
        attempt(lambda: check_templates(*load_templates(found), found.n_classes))
    for tensor in checkpoint.tensors[:TENSORS_LOADED]:
        attempt(lambda tensor=tensor: check_array(tensor, tensor.load()))
    attempt(lambda: read_head(path))
    return "tensors" if found is None else "head"


def read_tree(path: Path) -> str:
    """Read a taxonomy, and ask it for depths."""
    tree = read_taxonomy(path)
    if min(map(tree.depth, range(len(tree)))) not in (0, 1):  # 0: a root above several roots
        raise Broken("a taxonomy without a root")
    return "taxonomy"


def count_predictions(path: Path) -> str:
    """Count the predictions of six classes."""
    matrix = read_predictions(path, LABELS)
    return check_counts(matrix.counts)


def count_confusions(path: Path) -> str:
    """Read a confusion matrix of six classes, either way round."""
    attempt(lambda: read_confusion(path, LABELS, orientation="pred-rows"))
    return check_counts(read_confusion(path, LABELS).counts)


def attempt(step: Callable[[], object]) -> object | None:
    """What a step gives, or None where it is refused as it should be."""
    try:
        return step()
    except SemdepthError as error:
        check_message(error)
        return None


def check_message(error: SemdepthError) -> None:
    """Raise Broken for a message that is no single, printable, readable line."""
    message = str(error)
    odd = {c for c in message if unicodedata.category(c) in UNPRINTABLE} - {"\t"}
    if odd or not message or len(message) > LONGEST_MESSAGE:
        kind = type(error).__name__
        shown = message if len(message) < 500 else message[:250] + " ... " + message[-250:]
        raise Broken(f"a message of {len(message)} characters with {odd}: {kind}: {shown!r}")


def check_checkpoint(checkpoint: Checkpoint) -> None:
    """Raise Broken for names, shapes and types that are none."""
    for tensor in checkpoint.tensors:
        sizes = all(type(n) is int and n >= 0 for n in tensor.shape)
        texts = isinstance(tensor.name, str) and isinstance(tensor.dtype, str)
        axis = tensor.class_axis == 0 or 0 <= tensor.class_axis < len(tensor.shape)
        if type(tensor.shape) is not tuple or not (sizes and texts and axis):
            raise Broken(f"a tensor {tensor.name!r} {tensor.shape} {tensor.class_axis}")
    names = checkpoint.class_names
    if names is not None and not (names and all(isinstance(name, str) for name in names)):
        raise Broken(f"class names {names!r}"[:500])
    held = {tensor.name for tensor in checkpoint.tensors}
    for layer in checkpoint.output_layers:
        if layer.weight not in held or layer.bias not in {None, *held}:
            raise Broken(f"an output layer {layer!r} of tensors that are not there"[:500])


def check_array(tensor: StoredTensor, array: np.ndarray) -> None:
    """Raise Broken where the numbers have another shape than was told."""
    if not isinstance(array, np.ndarray) or array.shape != tensor.shape:
        raise Broken(f"tensor {tensor.name!r} told as {tensor.shape}, loaded as {array.shape}")


def check_templates(templates: np.ndarray, bias: np.ndarray | None, n: int) -> None:
    """Raise Broken where a head has other rows than it has classes."""
    if len(templates) != n or (bias is not None and bias.shape != (n,)):
        raise Broken(f"a head of {n} classes with {templates.shape} templates")


def check_counts(counts: np.ndarray) -> str:
    """Raise Broken for counts that are none."""
    if counts.shape != (len(CLASSES),) * 2 or not np.isfinite(counts).all() or counts.min() < 0:
        raise Broken(f"counts {counts!r}")
    return "counts"


CHECKPOINT_FORMATS = (
    "safetensors torch torch-legacy torch-tar numpy pickle onnx hdf5 keras tflite tfjs flax "
    "huggingface"
).split()
EXERCISES: dict[str, Callable[[Path], str]] = {
    **dict.fromkeys(CHECKPOINT_FORMATS, read_checkpoint),
    "taxonomy": read_tree,
    "predictions": count_predictions,
    "confusions": count_confusions,
}
