"""Reads PaddlePaddle's .pdparams and .pdopt, and plain pickles of numpy arrays.

Both are a pickle of a dictionary of arrays. Paddle's fully connected layers are (d, n), its
bfloat16 stands as uint16, and of arrays above 1 GB old protocols hold slices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from semdepth.errors import DamagedFile, UnknownFormat
from semdepth.head import OutputLayer, StoredTensor
from semdepth.reading.checkpoints.checkpoint import Checkpoint, quoted, reading_as
from semdepth.reading.checkpoints.containers.restricted_pickle import StandIn
from semdepth.reading.checkpoints.pickled_arrays import (
    EXPECTED,
    PickledArray,
    array_of,
    named_arrays,
    read_content,
)
from semdepth.reading.checkpoints.pytorch.stored_names import KEYS as NAME_KEYS
from semdepth.reading.checkpoints.pytorch.stored_names import stored_class_names

LEAD = re.compile(rb"\x80[\x02-\x05]")  # pickle's protocols 2 to 5
WAY_OUT = "load it where it was made and save its state_dict with today's torch.save or safetensors"
STRUCTURE = "StructuredToParameterName@@"
SLICES = "UnpackBigParamInfor@@"  # Paddle's spelling
# What Paddle calls parameters that have no place in a model's structure.
PARAMETER = re.compile(r"(.*)\.(w|b)_(\d+)")


def read(path: Path) -> Checkpoint:
    """The arrays of a .pdparams file or a plain pickle; dictionaries flattened to dotted names.

    Long bytes are not read. Matrices of Paddle's layers count classes on axis 1; in a plain
    pickle a matrix does whose bias, or whose class names, tell so. Raises DamagedFile, UnsafeFile
    for a pickle that would run code, and UnknownFormat for one without arrays.
    """
    path = Path(path)
    with reading_as(path, EXPECTED):
        content = read_content(path)
        found = dict(named_arrays(content))
        arrays = dict(_joined({n: a for n, a in found.items() if not a.is_text}, content))
        names, names_from = stored_class_names(content)
        if names is None:
            names, names_from = _names_in_arrays(found)
    if not arrays:
        raise UnknownFormat(
            f"{path}: expected {EXPECTED}, found a plain Python pickle without arrays, not "
            f"written by torch.save; {WAY_OUT}"
        )
    of_paddle = _is_paddle(content, arrays)
    lengths = {len(names)} if names else set()
    tensors = tuple(
        _tensor(path, name, array, of_paddle, _class_axis(name, arrays, of_paddle, lengths))
        for name, array in arrays.items()
    )
    kind = "PaddlePaddle" if of_paddle else "pickled arrays"
    ends = tuple(_linear_models(arrays))
    return Checkpoint(path, kind, tensors, names, names_from, of_paddle, ends)


def list_tensors(path: Path) -> list[StoredTensor]:
    """Names, shapes and types of the arrays in a pickle, each loaded when asked."""
    return list(read(path).tensors)


def class_names(path: Path) -> tuple[str, ...] | None:
    """Class names that were pickled beside the arrays (``class_names`` ...), or None."""
    return read(path).class_names


def _is_paddle(content: object, arrays: dict[str, PickledArray]) -> bool:
    held = content.values() if isinstance(content, dict) else ()
    if isinstance(content, dict) and STRUCTURE in content:
        return True
    if any(_is_parameter(v) for each in held for v in _values(each)):
        return True
    return all(PARAMETER.match(name) for name in arrays)


def _names_in_arrays(found: dict[str, PickledArray]) -> tuple[tuple[str, ...] | None, str]:
    for name, array in found.items():
        if array.is_text and len(array.shape) == 1 and name.split(".")[-1] in NAME_KEYS:
            return array.texts(), f"{name!r} in the checkpoint"
    return None, ""


def _values(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, dict):
        yield from value.values()


def _is_parameter(value: object) -> bool:
    """Whether a value is (name, array), as Paddle pickles a tensor."""
    pair = isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str)
    return pair and isinstance(value[1], StandIn) and array_of("", value[1]) is not None


def _joined(arrays: dict[str, PickledArray], content: object) -> Iterator[tuple[str, PickledArray]]:
    """The arrays, of which those that were cut in slices are whole again."""
    cut = content.get(SLICES) if isinstance(content, dict) else None
    cut = cut if isinstance(cut, dict) else {}
    parts: set[str] = set()
    for name, told in cut.items():
        slices = told.get("slices") if isinstance(told, dict) else None
        shape = told.get("OriginShape") if isinstance(told, dict) else None
        yield str(name), _whole(str(name), shape, slices, arrays)
        parts.update(slices)
    yield from ((name, array) for name, array in arrays.items() if name not in parts)


def _whole(
    name: str, shape: object, slices: object, arrays: dict[str, PickledArray]
) -> PickledArray:
    found = [arrays.get(part) for part in slices] if _texts(slices) else []
    whole = isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape)
    if not whole or not found or None in found or len({(a.code, a.byte_order) for a in found}) > 1:
        raise DamagedFile(f"array {quoted(name)} in slices that do not make one array")
    data = tuple(piece for array in found for piece in array.data)
    return replace(found[0], shape=shape, data=data)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _tensor(
    path: Path, name: str, array: PickledArray, of_paddle: bool, class_axis: int
) -> StoredTensor:
    # numpy has no bfloat16, and Paddle has no other use for uint16.
    dtype = "bfloat16" if of_paddle and array.dtype == "uint16" else array.dtype
    load = partial(array.load, path, name, dtype)
    return StoredTensor(name, array.shape, dtype, load, class_axis)


def _class_axis(
    name: str, arrays: dict[str, PickledArray], of_paddle: bool, lengths: set[int]
) -> int:
    """Which axis of a matrix counts classes: the one that is as long as its bias, if only one."""
    shape = arrays[name].shape
    if len(shape) != 2:
        return 0
    bias = arrays.get(_bias_name(name))
    known = lengths if bias is None else {*lengths, *bias.shape[:1]}
    fits = [axis for axis in (0, 1) if shape[axis] in known]
    return fits[0] if len(fits) == 1 else int(of_paddle)


def _bias_name(name: str) -> str:
    parameter = PARAMETER.fullmatch(name)
    if parameter is not None and parameter[2] == "w":
        return f"{parameter[1]}.b_{parameter[3]}"
    for word in ("weight", "kernel"):
        if name.endswith(word):
            return name.removesuffix(word) + "bias"
    return name + ".bias"


def _linear_models(arrays: dict[str, PickledArray]) -> Iterator[OutputLayer]:
    """scikit-learn's linear classifiers, which say by themselves what their last layer is."""
    for name in arrays:
        if name.split(".")[-1] == "coef_":
            bias = name.removesuffix("coef_") + "intercept_"
            yield OutputLayer(name, bias if bias in arrays else None, "decision_function")
