"""What PyTorch's pickles describe: storages, the tensors that view them, and how both are named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.number_types import item_size
from semdepth.reading.checkpoints.restricted_pickle import Global, StandIn, call

MOST_AXES = 32  # what numpy 1 can hold
STORAGE_TYPES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "UntypedStorage": "uint8",
    "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
    "QInt8Storage": "qint8",
    "QUInt8Storage": "quint8",
    "QInt32Storage": "qint32",
}


@dataclass(frozen=True, slots=True)
class Storage:
    """`numel` numbers under a key; a view of a storage (in very old files) begins at `first`."""

    key: str
    dtype: str
    numel: int
    first: int = 0

    @property
    def item_size(self) -> int:
        return item_size(self.dtype) or 1


@dataclass(frozen=True, slots=True)
class View:
    """How a tensor lies in its storage: offset, shape and strides, counted in numbers."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: str

    @property
    def is_contiguous(self) -> bool:
        """Whether the numbers lie one after the other, in the order of the axes."""
        expected = 1
        for size, step in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if size != 1 and step != expected:
                return False
            expected *= size
        return True

    @property
    def span(self) -> tuple[int, int]:
        """The first number that the view touches, and the one behind its last."""
        if 0 in self.shape:
            return 0, 0
        reach = sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))
        return self.offset, self.offset + reach + 1


def persistent_storage(identity: object) -> object:
    """A reference to a storage: ("storage", type, key, device, count[, view])."""
    if not isinstance(identity, tuple) or len(identity) < 2:
        return StandIn(identity)
    if identity[0] == "module":  # the class of a pickled layer, with its source code
        return identity[1]
    kind = identity[1]
    if identity[0] != "storage" or not isinstance(kind, Global) or len(identity) < 5:
        return StandIn(identity)
    if kind.name not in STORAGE_TYPES or not kind.module.startswith("torch"):
        return StandIn(identity)
    storage = Storage(str(identity[2]), STORAGE_TYPES[kind.name], count(identity[4]))
    view = identity[5] if len(identity) > 5 else None
    if isinstance(view, tuple) and len(view) == 3:
        storage = replace(storage, first=count(view[1]), numel=count(view[2]))
    return storage


def count(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**60:
        raise DamagedFile("a size or offset that is no whole number")
    return value


def _rebuild_view(arguments: tuple) -> object:
    """(storage, offset, shape, strides, ...), as all of torch._utils._rebuild_*tensor* have it."""
    if len(arguments) < 4 or not isinstance(arguments[0], Storage):
        return StandIn("a tensor without numbers")
    storage, offset, shape, strides = arguments[:4]
    if not isinstance(shape, tuple | list) or not isinstance(strides, tuple | list):
        raise DamagedFile("a tensor without a shape")
    if len(shape) != len(strides) or len(shape) > MOST_AXES:
        raise DamagedFile(f"a tensor with {len(shape)} sizes and {len(strides)} strides")
    sizes, steps = tuple(map(count, shape)), tuple(map(count, strides))
    return View(storage, count(offset), sizes, steps, storage.dtype)


def _rebuild_typed_view(arguments: tuple) -> object:
    """As above, over raw bytes, with the number type as seventh argument (newer types)."""
    view = _rebuild_view(arguments)
    if isinstance(view, View) and len(arguments) > 6 and isinstance(arguments[6], Global):
        return replace(view, dtype=arguments[6].name)
    return view


def _rebuild_subclass(arguments: tuple) -> object:
    """(rebuild function, class, its arguments, state): a tensor that carries Python attributes."""
    if len(arguments) < 3 or arguments[0] == Global("torch._tensor", "_rebuild_from_type_v2"):
        return StandIn("a tensor of an unknown class")
    return call(arguments[0], arguments[2], REBUILDERS)


def _first(arguments: tuple) -> object:
    return arguments[0] if arguments else StandIn()


def _dictionary(arguments: tuple) -> dict:
    # Python 2 wrote an OrderedDict as a list of pairs.
    pairs = arguments[0] if arguments and isinstance(arguments[0], list) else []
    return {p[0]: p[1] for p in pairs if isinstance(p, list) and p and isinstance(p[0], str)}


REBUILDERS: dict[tuple[str, str], Callable[[tuple], object]] = {
    ("collections", "OrderedDict"): _dictionary,
    ("collections", "defaultdict"): lambda arguments: {},
    ("torch", "Size"): _first,
    ("torch._utils", "_rebuild_tensor"): _rebuild_view,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_view,
    ("torch._utils", "_rebuild_tensor_v3"): _rebuild_typed_view,
    ("torch._utils", "_rebuild_qtensor"): _rebuild_view,
    ("torch._utils", "_rebuild_parameter"): _first,
    ("torch._utils", "_rebuild_parameter_with_state"): _first,
    ("torch._tensor", "_rebuild_from_type_v2"): _rebuild_subclass,
}
