"""Pickles as data: everyday objects are read over, and attacks are named and never run."""

import collections
import enum
import functools
import io
import operator
import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest

from semdepth.errors import DamagedFile, UnsafeFile
from semdepth.reading.checkpoints import open_checkpoint
from semdepth.reading.checkpoints.containers.restricted_pickle import Global, StandIn, read_pickle
from semdepth.reading.checkpoints.pytorch import REBUILDERS
from torch_pickles import Runs, Storage, torch_pickle, write, write_legacy, write_torch_zip


def unpickled(pickled, rebuilders=REBUILDERS):
    return read_pickle(io.BytesIO(pickled), rebuilders, StandIn)


class Colour(enum.Enum):
    RED = 1

    def __reduce_ex__(self, protocol):  # as Python 3.11 does
        return getattr, (Colour, self.name)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "benign",
    [
        {}.get,
        collections.Counter().update,
        Colour.RED,
        functools.partial(max, key=len),
        operator.attrgetter("name.first"),
        operator.methodcaller("lower"),
        np.float64(0.5),
        np.dtype("f4"),
        Path("a") / "b",
        slice(1, 2),
    ],
    ids="method counter enum partial attrgetter methodcaller float dtype path slice".split(),
)
def test_everyday_objects_are_read_over(benign, protocol):
    try:
        pickled = pickle.dumps([benign, "kept"], protocol)
    except TypeError:
        pytest.skip("this object has no such pickle")
    assert unpickled(pickled)[1] == "kept"


def test_an_attribute_of_a_name_is_a_longer_name():
    assert unpickled(pickle.dumps(Colour.RED)) == Global(__name__, "Colour.RED")


def reduced(function, *arguments):
    """An object that calls `function` when a plain loader opens it."""
    thing = Runs(function, None)
    thing.call = function, arguments
    return thing


class Named:
    """Pickled as a global of that name, whether or not there is one."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class NamePickler(pickle._Pickler):
    def save_named(self, value):
        self.write(f"c{value.module}\n{value.name}\n".encode())

    dispatch = pickle._Pickler.dispatch | {Named: save_named}

    def save(self, value, *arguments):
        if isinstance(value, Call):
            self.save(value.function)
            self.save(value.arguments)
            return self.write(pickle.REDUCE)
        return super().save(value, *arguments)


class Call:
    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments


def attack(content, protocol=3):
    buffer = io.BytesIO()
    NamePickler(buffer, protocol).dump(content)
    return buffer.getvalue()


GETATTR = Named("__builtin__", "getattr")
SERIALIZATION = "torch.serialization"
ATTACKS = {
    "os through a benign module": Call(
        Call(GETATTR, Named(SERIALIZATION, "os"), "system"), "touch marker"
    ),
    "a dotted name": Call(Named(SERIALIZATION, "os.system"), "touch marker"),
    "builtins through a benign module": Call(
        GETATTR, Call(GETATTR, Named(SERIALIZATION, "__builtins__"), "get"), "eval"
    ),
    "subclasses of object": Call(
        Call(GETATTR, Call(GETATTR, Call(GETATTR, (), "__class__"), "__base__"), "__subclasses__")
    ),
    "globals of a function": Call(
        GETATTR, Call(GETATTR, Named("collections", "namedtuple"), "__globals__"), "get"
    ),
    "an unknown importer": Call(
        Call(GETATTR, Call(Named("mymodule", "load"), "os"), "system"), "touch marker"
    ),
    "attrgetter": Call(
        Call(Named("operator", "attrgetter"), "system"), Call(Named("mymodule", "load"), "os")
    ),
    "an attribute of an unknown name": Call(GETATTR, Named("mymodule", "loader"), "system"),
    "attrgetter that is only made": Call(Named("operator", "attrgetter"), "os.system"),
    "attrgetter of a module": Call(
        Call(Named("operator", "attrgetter"), "os.system"), Named("torch", "serialization")
    ),
    "methodcaller": Call(
        Call(Named("operator", "methodcaller"), "system", "touch marker"), Named("mymodule", "x")
    ),
    "partial": Call(Named("functools", "partial"), Named("posix", "system"), "touch marker"),
    "map": Call(Named("__builtin__", "map"), Named("posix", "system"), ["touch marker"]),
    "pip.main": Call(Named("pip", "main"), ["install", "x"]),
    "pip._internal": Call(Named("pip._internal.cli.main", "main"), ["install", "x"]),
    "numpy.testing": Call(Named("numpy.testing._private.utils", "runstring"), "1", {}),
    "torch.hub": Call(Named("torch.hub", "load"), "x/y", "z"),
    "torch.load": Call(Named("torch", "load"), "other.pth"),
    "joblib.load": Call(Named("joblib", "load"), "other.pkl"),
    "runpy": Call(Named("runpy", "run_path"), "x.py"),
    "timeit": Call(Named("timeit", "timeit"), "1"),
    "pydoc": Call(Named("pydoc", "pipepager"), "x", "sh"),
    "cProfile": Call(Named("cProfile", "run"), "1"),
    "code": Call(Named("code", "InteractiveInterpreter")),
    "writing a file": Call(
        Call(GETATTR, Call(Named("pathlib", "Path"), "marker"), "write_text"), "x"
    ),
}


@pytest.mark.parametrize("content", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.parametrize("nested", [False, True])
def test_an_attack_is_named_and_does_not_run(tmp_path, monkeypatch, content, nested):
    monkeypatch.chdir(tmp_path)
    content = {"state_dict": [{"fc.weight": content}]} if nested else content
    path = write_torch_zip(tmp_path / "m.pth", attack(content))
    with pytest.raises(UnsafeFile) as error:
        open_checkpoint(path)
    assert str(error.value).startswith(
        f"{path}: expected a PyTorch checkpoint, found a pickle that asks to run "
    )
    assert os.listdir(tmp_path) == ["m.pth"]


NO_ATTACKS = {
    "a folder called code": Named("code.model", "Net"),
    "a package called site": Named("site.models", "Net"),
    "a method of a model": Call(GETATTR, Call(Named("models.yolo", "Detect")), "forward"),
    "a nested class": Call(GETATTR, Named("mymodule", "Outer"), "Inner"),
    "an item of a dictionary": Call(GETATTR, {}, "__getitem__"),
    "attrgetter of a path": Call(Call(Named("operator", "attrgetter"), "name"), {}),
}


@pytest.mark.parametrize("content", NO_ATTACKS.values(), ids=NO_ATTACKS)
def test_what_only_looks_like_an_attack_is_read(content):
    assert unpickled(attack([content, "kept"]))[1] == "kept"


def test_names_do_not_grow_without_end():
    # Each time an attribute of the last, by a name that is written once.
    first = b"\x80\x02cmymodule\nx\nq\x00X" + struct.pack("<I", 1000) + b"y" * 1000 + b"q\x010"
    again = b"c__builtin__\ngetattr\nh\x00h\x01\x86Rq\x000"
    with pytest.raises(DamagedFile, match="a name of 2011 letters"):
        unpickled(first + again * 1000 + b"N.")
    with pytest.raises(DamagedFile, match="a name of 3008 letters"):
        unpickled(b"cmymodule\n" + b"." * 3000 + b"\n.")


# torch.storage._load_from_bytes opens the bytes with torch's plain loader.


def within(data):
    return Call(Named("torch.storage", "_load_from_bytes"), data)


def stream(content):
    lead = b"".join(pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, {}))
    return lead + content


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("form", ["pickle", "stream", "zip"])
def test_a_pickle_within_a_pickle_is_looked_through(tmp_path, form, depth, protocol):
    marker = tmp_path / "marker"
    data = pickle.dumps(reduced(os.system, f"touch {marker}"), 2)
    for _ in range(depth):
        if form == "stream":
            data = stream(data)
        if form == "zip":
            data = write_torch_zip(tmp_path / "inner", data).read_bytes()
        # Protocol 2 writes the bytes as a text.
        data = attack(within(data), protocol)
    paths = [
        write(tmp_path / "plain.pkl", data),
        write_torch_zip(tmp_path / "m.pth", data),
        write_legacy(tmp_path / "legacy.pth", data),
    ]
    for path in paths:
        with pytest.raises(UnsafeFile, match=f"asks to run {os.name}.system while"):
            open_checkpoint(path)
    assert not marker.exists()


def test_storages_within_a_pickle_are_no_attack():
    data = stream(torch_pickle(Storage()) + pickle.dumps(["0"], 2)) + bytes(88)
    assert (
        unpickled(attack([within(data), within(b""), within(b"PK\x03\x04"), "kept"]))[3] == "kept"
    )


def test_pickles_within_each_other_end():
    data = b""
    for _ in range(50):
        data = attack([within(data), within(data)])
    assert unpickled(attack([within(data), "kept"]))[1] == "kept"


def test_the_same_bytes_a_million_times_are_looked_through_once():
    inner = pickle.dumps(list(range(10_000)), 2)
    calls = b"ctorch.storage\n_load_from_bytes\nh\x00\x85R0" * 20_000
    pickled = b"\x80\x03B" + struct.pack("<I", len(inner)) + inner + b"q\x000" + calls + b"N."
    # Each time anew, that would be 200 million instructions.
    assert unpickled(pickled) is None
