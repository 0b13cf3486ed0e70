"""Tells models from what lies beside them in a folder: by names, and by how files begin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from semdepth.errors import ReadError
from semdepth.reading.checkpoints import tfjs
from semdepth.reading.checkpoints.formats import is_checkpoint
from semdepth.reading.checkpoints.huggingface import ORBAX, WEIGHT_FILES

_SUFFIXES = set(
    ".pt .pth .ckpt .bin .pt2 .safetensors .onnx .keras .h5 .hdf5 .tflite .msgpack .pdparams "
    ".npz .npy".split()
)
# What trainers leave beside their models, and what semdepth reads or writes beside them.
_BESIDE = (
    "optimizer|optim|scheduler|lr_scheduler|rng_state|random_states|training_args|scaler|sampler|"
    "predictions|confusion|similarity"
)
_NO_MODEL = re.compile(rf"({_BESIDE})([._\-\d].*)?|.*[._-]({_BESIDE})", re.IGNORECASE)
_SHARD = re.compile(r".*-\d+-of-\d+")
_INDEX = ".index.json"


@dataclass(frozen=True, slots=True)
class Found:
    """A model that was found, with the title and the predictions that a list gives it."""

    path: Path
    title: str | None = None
    predictions: Path | None = None


def natural_order(name: str) -> tuple:
    """A key that sorts by the numbers in names: epoch_2 before epoch_10.

    >>> sorted(["epoch_10", "epoch_2", "Epoch_1"], key=natural_order)
    ['Epoch_1', 'epoch_2', 'epoch_10']
    """
    pieces = re.split(r"([0-9]+)", name.casefold())
    # Texts and numbers take turns, so that only like is compared with like.
    return tuple(int(piece) if i % 2 else piece for i, piece in enumerate(pieces)), name


def models_among(files: list[Path], passed: list[Path]) -> list[Found]:
    """Those of a folder's files that are models; an index stands for its shards."""
    indexed = any(file.name.endswith(_INDEX) for file in files)
    found = []
    for file in files:
        if indexed and _SHARD.fullmatch(file.stem):
            continue
        if is_model_file(file):
            found.append(Found(file))
        else:
            passed.append(file)
    return found


def is_model_file(path: Path) -> bool:
    """Whether a file that nobody named by itself is a model."""
    if _NO_MODEL.fullmatch(path.stem):
        return False
    # A damaged checkpoint is known by its name alone; its error comes when it is read.
    if path.suffix.lower() in _SUFFIXES or path.name.endswith(_INDEX):
        return True
    return is_checkpoint(path)


def is_model_folder(folder: Path) -> bool:
    """Whether a folder is one model: a file of weights, shards, or a form that is refused later."""
    try:
        names = {entry.name for entry in folder.iterdir()}
    except OSError:
        return False
    weights = names.intersection(WEIGHT_FILES)
    others = [n for n in names if Path(n).suffix.lower() in _SUFFIXES and n not in WEIGHT_FILES]
    if weights and ("config.json" in names or not others):
        return True
    shares = any(name.endswith(".distcp") for name in names) or "zero_to_fp32.py" in names
    return shares or not ORBAX.isdisjoint(names) or tfjs.is_folder(folder)


def entries(folder: Path) -> list[Path]:
    """What lies in a folder and is not hidden, in natural order."""
    try:
        found = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError as error:
        raise ReadError(
            f"{folder}: expected a folder of models, found one that cannot be read "
            f"({error.strerror}); check its permissions"
        ) from None
    return sorted(found, key=lambda entry: natural_order(entry.name))
