"""What the calls in PyTorch's pickles mean: each rebuilds a storage or a tensor, as a description.

Facts from torch/_utils.py and torch/serialization.py: the functions that torch.save names, and
their arguments. They are imitated here, never called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.containers.restricted_pickle import Global, StandIn, call
from semdepth.reading.checkpoints.pytorch.nested import LOADS_BYTES, look_inside
from semdepth.reading.checkpoints.pytorch.views import Packed, Quantizer, Storage, View

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
    "QUInt4x2Storage": "quint4x2",
    "QUInt2x4Storage": "quint2x4",
}
DENSE = "save the tensor dense, as float32, where it was made"
GATHER = "gather the shards of all ranks into one state_dict where it was trained"
DEQUANTISE = "dequantise the layer where it was made, or save it before it is quantised"


def persistent_storage(identity: object) -> object:
    """A reference to a storage: ("storage", type, key, device, count[, view])."""
    if not isinstance(identity, tuple) or len(identity) < 2:
        return StandIn(identity)
    if identity[0] == "module":  # the class of a pickled layer, with its source code
        return identity[1]
    kind = identity[1]
    if identity[0] != "storage" or not isinstance(kind, Global) or len(identity) < 5:
        return StandIn(identity)
    if storage_type(kind) is None:
        return StandIn(identity)
    storage = Storage(key_of(identity[2]), storage_type(kind), count(identity[4]))
    view = identity[5] if len(identity) > 5 else None
    if isinstance(view, tuple) and len(view) == 3:
        storage = replace(storage, first=count(view[1]), numel=count(view[2]))
    return storage


def storage_type(kind: object) -> str | None:
    """The number type of a storage's class (``torch.FloatStorage``), or None for no such class."""
    known = isinstance(kind, Global) and kind.module.startswith("torch")
    return STORAGE_TYPES.get(kind.name) if known else None


def key_of(value: object) -> str:
    """What a storage is called: a text, or an old file's number, as a text."""
    if not isinstance(value, str | int):
        raise DamagedFile("a storage whose key is neither a text nor a number")
    return str(value)


def count(value: object) -> int:
    """A size or offset; DamagedFile for what cannot be one."""
    if type(value) is not int or not 0 <= value < 2**60:
        raise DamagedFile("a size or offset that is no whole number")
    return value


def view_of(storage: Storage, offset: object, shape: object, strides: object) -> View:
    """A tensor in a storage; DamagedFile where sizes and strides do not make one."""
    if not isinstance(shape, tuple | list) or not isinstance(strides, tuple | list):
        raise DamagedFile("a tensor without a shape")
    if len(shape) != len(strides) or len(shape) > MOST_AXES:
        raise DamagedFile(f"a tensor with {len(shape)} sizes and {len(strides)} strides")
    sizes, steps = tuple(map(count, shape)), tuple(map(count, strides))
    return View(storage, count(offset), sizes, steps, storage.dtype)


def _rebuild_view(arguments: tuple) -> object:
    """(storage, offset, shape, strides, ...), as all of torch._utils._rebuild_*tensor* have it."""
    if len(arguments) < 4 or not isinstance(arguments[0], Storage):
        return StandIn("a tensor without numbers")
    return view_of(*arguments[:4])


def _rebuild_typed_view(arguments: tuple) -> object:
    """As above, over raw bytes, with the number type as seventh argument (newer types)."""
    view = _rebuild_view(arguments)
    if isinstance(view, View) and len(arguments) > 6 and isinstance(arguments[6], Global):
        return replace(view, dtype=arguments[6].name)
    return view


def _rebuild_quantised(arguments: tuple) -> object:
    """As above, with (scheme, scale, zero point[, axis]) as fifth argument."""
    view = _rebuild_view(arguments)
    parameters = arguments[4] if len(arguments) > 4 else None
    if not isinstance(view, View) or not isinstance(parameters, tuple) or len(parameters) < 3:
        return view
    scale, zero_point = parameters[1:3]
    if len(parameters) == 3 and _is_number(scale) and _is_number(zero_point):
        return replace(view, quantizer=Quantizer(float(scale), float(zero_point)))
    axis = parameters[3] if len(parameters) > 3 else None
    length = view.shape[axis] if type(axis) is int and 0 <= axis < len(view.shape) else None
    for each in (scale, zero_point):
        if not isinstance(each, View) or each.shape != (length,) or each.quantizer is not None:
            raise DamagedFile(f"a quantised tensor of shape {view.shape} without its scales")
    return replace(view, quantizer=Quantizer(scale, zero_point, axis))


def _is_number(value: object) -> bool:
    return type(value) in (int, float)


def _rebuild_sparse(arguments: tuple) -> object:
    """(layout, parts): indices, values, size for COO; two indices, values, size for the others."""
    layout, parts = (*arguments, None, None)[:2]
    given = layout.arguments[:1] if isinstance(layout, StandIn) else ()
    named = all(isinstance(each, str) for each in given) and given and isinstance(parts, tuple)
    kind = given[0].removeprefix("torch.") if named else "sparse"
    sizes = parts[2 if kind == "sparse_coo" else 3 :][:1] if named else ()
    return Packed(_shape(*sizes), kind, DENSE)


def _rebuild_wrapped(arguments: tuple) -> object:
    """(class, number type, shape, ...): a class of tensors that keeps its parts elsewhere."""
    kind, shape = (*arguments, None, None, None)[0:3:2]
    name = kind.name if isinstance(kind, Global) else "a class of its own"
    return Packed(_shape(shape), name, GATHER if name == "DTensor" else DEQUANTISE)


def _rebuild_meta(arguments: tuple) -> object:
    """(number type, shape, strides, ...): a tensor on the meta device, which holds no numbers."""
    shape = arguments[1] if len(arguments) > 1 else None
    return Packed(_shape(shape), "meta device", "save the model after its weights are loaded")


def _shape(sizes: object = None) -> tuple[int, ...]:
    return tuple(map(count, sizes)) if isinstance(sizes, tuple | list) else ()


def _rebuild_subclass(arguments: tuple) -> object:
    """(rebuild function, class, its arguments, state): a tensor that carries Python attributes."""
    if len(arguments) < 3 or arguments[0] == Global("torch._tensor", "_rebuild_from_type_v2"):
        return StandIn("a tensor of an unknown class")
    return call(arguments[0], arguments[2], REBUILDERS)


def _rebuild_graph(arguments: tuple) -> object:
    """(dictionary, source code): torch.fx would run the code, which is passed over here."""
    module = StandIn("a traced module")
    module.state = _first(arguments)
    return module


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
    ("torch._utils", "_rebuild_qtensor"): _rebuild_quantised,
    ("torch._utils", "_rebuild_sparse_tensor"): _rebuild_sparse,
    ("torch._utils", "_rebuild_sparse_csr_tensor"): _rebuild_sparse,
    ("torch._utils", "_rebuild_wrapper_subclass"): _rebuild_wrapped,
    ("torch._utils", "_rebuild_meta_tensor_no_storage"): _rebuild_meta,
    ("torch._utils", "_rebuild_device_tensor_from_cpu_tensor"): _first,
    ("torch._utils", "_rebuild_parameter"): _first,
    ("torch._utils", "_rebuild_parameter_with_state"): _first,
    ("torch._tensor", "_rebuild_from_type_v2"): _rebuild_subclass,
    ("torch.fx.graph_module", "reduce_graph_module"): _rebuild_graph,
    LOADS_BYTES: look_inside,
    # TorchScript marks what type its lists have.
    ("torch.jit._pickle", "restore_type_tag"): _first,
    ("torch.jit._pickle", "build_tensorlist"): _first,
    ("torch.jit._pickle", "build_intlist"): _first,
    ("torch.jit._pickle", "build_doublelist"): _first,
    ("torch.jit._pickle", "build_boollist"): _first,
}
