"""Flax msgpack: nested maps of arrays, lazily, and every bad file."""

import json
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from canonical_head import BIAS, CLASSES, HIDDEN_BIAS, HIDDEN_WEIGHT, WEIGHT
from damage import everything
from semdepth.errors import DamagedFile, ReadError, UnknownFormat
from semdepth.head import find_head, load_templates
from semdepth.reading.checkpoints import flax, list_tensors, open_checkpoint
from semdepth.reading.checkpoints.containers import regions
from semdepth.reading.checkpoints.containers.msgpack import Extension, read_msgpack
from semdepth.reading.heads import read_head

FOLDER = Path(__file__).parent / "data" / "formats"
NAMES = ("params", "bfloat16", "convolution", "train_state", "nnx", "chunked")


def file(name):
    return FOLDER / f"flax_{name}.msgpack"


def write(path, content):
    path.write_bytes(content)
    return path


# MessagePack, as the specification has it


def text(word):
    return bytes([0xA0 + len(word)]) + word.encode()


def mapped(**entries):
    return bytes([0x80 + len(entries)]) + b"".join(text(k) + v for k, v in entries.items())


def extension(code, data):
    return struct.pack(">BIb", 0xC9, len(data), code) + data


def array(shape, dtype, data):
    sizes = bytes([0x90 + len(shape), *shape])
    return extension(1, b"\x93" + sizes + text(dtype) + struct.pack(">BI", 0xC6, len(data)) + data)


# Values


@pytest.mark.parametrize("name", NAMES)
def test_the_head_is_exact(name):
    checkpoint = open_checkpoint(file(name))
    assert checkpoint.format == "Flax msgpack"
    found = find_head(checkpoint.tensors)
    weight, bias = load_templates(found)
    np.testing.assert_array_equal(weight, WEIGHT)
    np.testing.assert_array_equal(bias, BIAS)
    for tensor in checkpoint.tensors:
        assert tensor.load().shape == tensor.shape


def test_names_are_the_ways_to_the_arrays():
    tensors = {tensor.name: tensor for tensor in flax.list_tensors(file("params"))}
    assert set(tensors) == {
        f"params.{layer}.{part}" for layer in ("hidden", "head") for part in ("kernel", "bias")
    }
    np.testing.assert_array_equal(tensors["params.hidden.kernel"].load(), HIDDEN_WEIGHT.T)
    np.testing.assert_array_equal(tensors["params.hidden.bias"].load(), HIDDEN_BIAS)
    assert tensors["params.head.kernel"].class_axis == 1


def test_a_convolution_counts_classes_last():
    tensors = {tensor.name: tensor for tensor in flax.list_tensors(file("convolution"))}
    assert tensors["params.head.kernel"].shape == (1, 1, 8, 6)
    assert tensors["params.head.kernel"].class_axis == 3


def test_chunks_are_joined():
    tensors = {tensor.name: tensor for tensor in flax.list_tensors(file("chunked"))}
    assert tensors["params.head.kernel"].shape == (8, 6)
    np.testing.assert_array_equal(tensors["params.hidden.kernel"].load(), HIDDEN_WEIGHT.T)


def test_what_the_optimizer_keeps_is_no_rival(tmp_path):
    layer = mapped(kernel=array((8, 6), "float32", WEIGHT.T.tobytes()))
    params = mapped(Dense_0=mapped(kernel=array((2, 8), "float32", bytes(64))), Dense_1=layer)
    state = mapped(params=params, opt_state=mapped(mu=params, nu=params))
    path = write(tmp_path / "state.msgpack", state)
    assert find_head(list_tensors(path)).tensor.name == "params.Dense_1.kernel"


def test_a_model_folder(tmp_path):
    shutil.copy(file("params"), tmp_path / "flax_model.msgpack")
    names = dict(enumerate(CLASSES))
    (tmp_path / "config.json").write_text(json.dumps({"id2label": names}), encoding="utf-8")
    head = read_head(tmp_path)
    assert head.labels == CLASSES
    assert head.names_from == "'id2label' in config.json"
    np.testing.assert_array_equal(head.templates, WEIGHT)
    assert open_checkpoint(tmp_path).format == "Hugging Face folder (Flax msgpack)"
    assert open_checkpoint(tmp_path / "flax_model.msgpack").class_names == CLASSES


def test_names_saved_beside_the_parameters(tmp_path):
    names = b"\x92" + text("cat") + text("dog")
    kernel = array((3, 2), "float32", bytes(24))
    path = write(tmp_path / "m.msgpack", mapped(kernel=kernel, class_names=names))
    assert flax.class_names(path) == ("cat", "dog")
    assert flax.class_names(file("params")) is None


def test_only_headers_are_read(tmp_path, monkeypatch):
    read, honest = [], regions.FileRegion.read

    def reading(self, start=0, stop=None):
        data = honest(self, start, stop)
        read.append(len(data))
        return data

    n_bytes = 4 * 5000 * 5000
    lead = b"\x92\xcd\x13\x88\xcd\x13\x88"  # [5000, 5000]
    inner = b"\x93" + lead + text("float32") + struct.pack(">BI", 0xC6, n_bytes)
    outer = struct.pack(">BIb", 0xC9, len(inner) + n_bytes, 1)
    path = write(tmp_path / "large.msgpack", b"\x81" + text("kernel") + outer + inner)
    with path.open("r+b") as large:
        large.truncate(path.stat().st_size + n_bytes)  # as zeros, which take no room
    monkeypatch.setattr(regions.FileRegion, "read", reading)
    (tensor,) = list_tensors(path)
    assert tensor.shape == (5000, 5000)
    assert sum(read) < 10_000


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"\x7f", 127),
        (b"\xff", -1),
        (b"\xe0", -32),
        (b"\xc0", None),
        (b"\xc2", False),
        (b"\xc3", True),
        (b"\xcc\xff", 255),
        (b"\xcd\x01\x00", 256),
        (b"\xce\x00\x01\x00\x00", 65536),
        (b"\xcf" + b"\xff" * 8, 2**64 - 1),
        (b"\xd0\x80", -128),
        (b"\xd1\x80\x00", -32768),
        (b"\xd2\xff\xff\xff\xff", -1),
        (b"\xd3\x80" + bytes(7), -(2**63)),
        (b"\xca\x3f\x80\x00\x00", 1.0),
        (b"\xcb\xbf\xf0" + bytes(6), -1.0),
        (b"\xa2ab", "ab"),
        (b"\xd9\x01a", "a"),
        (b"\xda\x00\x01a", "a"),
        (b"\xdb\x00\x00\x00\x01a", "a"),
        (b"\x92\x01\x02", [1, 2]),
        (b"\xdc\x00\x01\x05", [5]),
        (b"\xdd\x00\x00\x00\x01\x05", [5]),
        (b"\x81\xa1a\x01", {"a": 1}),
        (b"\xde\x00\x01\x05\x06", {5: 6}),
        (b"\xdf\x00\x00\x00\x01\x05\x06", {5: 6}),
    ],
)
def test_every_kind_of_value(tmp_path, content, value):
    found = read_msgpack(write(tmp_path / "value", content))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("content", "code", "data"),
    [
        (b"\xd4\x01a", 1, b"a"),
        (b"\xd5\xffab", -1, b"ab"),
        (b"\xd6\x02abcd", 2, b"abcd"),
        (b"\xd7\x02abcdefgh", 2, b"abcdefgh"),
        (b"\xd8\x02" + b"x" * 16, 2, b"x" * 16),
        (b"\xc7\x03\x01abc", 1, b"abc"),
        (b"\xc8\x00\x03\x01abc", 1, b"abc"),
        (b"\xc9\x00\x00\x00\x03\x01abc", 1, b"abc"),
        (b"\xc4\x03abc", None, b"abc"),
        (b"\xc5\x00\x03abc", None, b"abc"),
        (b"\xc6\x00\x00\x00\x03abc", None, b"abc"),
    ],
)
def test_long_values_stay_in_the_file(tmp_path, content, code, data):
    found = read_msgpack(write(tmp_path / "value", content))
    if code is not None:
        assert isinstance(found, Extension)
        assert found.code == code
        found = found.region
    assert found.read() == data


# Damaged and hostile files


KERNEL = array((2, 3), "float32", bytes(24))
INNER = b"\x93\x92\x02\x03" + text("float32") + b"\xc4\x18" + bytes(24)
CHUNKS = {"__msgpack_chunked_array__": b"\xc3", "shape": mapped(**{"0": b"\x03"})}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (extension(1, INNER[:-1]), "a value that breaks off"),
        (extension(1, INNER + b"\0"), "1 bytes behind the value"),
        (extension(1, b"\x01"), "array 'a.kernel' without shape, type and bytes"),
        (extension(1, b"\x93\x01\x01\x01"), "array 'a.kernel' without shape, type and bytes"),
        (array((2, 4), "float32", bytes(24)), "24 bytes for array 'a.kernel' of shape (2, 4)"),
        (array((2, 0xFF), "float32", b""), "array 'a.kernel' whose shape is no few whole"),
        (mapped(**CHUNKS), "array 'a.kernel' without its shape or its chunks"),
        (mapped(**CHUNKS, chunks=mapped(x=KERNEL)), "array 'a.kernel' without its shape or its"),
        (mapped(**CHUNKS, chunks=b"\x80"), "array 'a.kernel' whose chunks are no arrays of one"),
        (mapped(**CHUNKS, chunks=mapped(**{"0": KERNEL})), "24 bytes for array 'a.kernel' of"),
        (b"\xdf\xff\xff\xff\xff", "8589934594 values announced, more than there can be"),
        (b"\xdd\x7f\xff\xff\xff", "2147483651 values announced, more than there can be"),
        (b"\xc6\xff\xff\xff\xff", "a value that breaks off"),
        (b"\xdb\xff\xff\xff\xff", "a text of 4294967295 bytes"),
        (b"\xa1\xff", "a text that is not UTF-8"),
        (array((2,), "float\n", b""), r"array 'a.kernel' of the type 'float\n'"),
        (b"\xc1", "a value of the unknown kind 0xc1"),
        (b"\x81\xc0\x01", "a map whose keys are no names"),
        (b"\x82\x01\x01\x01\x01", "a map with one name twice"),
        (b"\x91" * 5000 + b"\x01", "maps and lists nested without end"),
        (b"\x81\x01" * 5000 + b"\x01", "maps and lists nested without end"),
    ],
)
def test_lies_of_a_file(tmp_path, value, found):
    path = write(tmp_path / "lie.msgpack", mapped(a=mapped(kernel=value)))
    with pytest.raises(DamagedFile) as error:
        open_checkpoint(path)
    assert str(error.value).startswith(f"{path}: expected a Flax msgpack file, found {found}")


def test_a_type_that_is_not_read(tmp_path):
    path = write(tmp_path / "m", mapped(kernel=array((2,), "complex64", bytes(16))))
    (tensor,) = list_tensors(path)
    with pytest.raises(UnknownFormat, match="complex64, which semdepth does not read"):
        tensor.load()


def test_messagepack_without_arrays(tmp_path):
    path = write(tmp_path / "m", mapped(step=b"\x05", name=text("run")))
    with pytest.raises(UnknownFormat, match="MessagePack without arrays; save the parameters"):
        open_checkpoint(path)


def test_a_folder_of_orbax(tmp_path):
    (tmp_path / "_METADATA").write_text("{}")
    with pytest.raises(UnknownFormat, match=r"an Orbax checkpoint \(JAX\); restore it"):
        open_checkpoint(tmp_path)


@pytest.mark.parametrize("name", ["params", "chunked"])
def test_a_file_cut_anywhere(tmp_path, name):
    whole = file(name).read_bytes()
    for length in range(len(whole)):
        path = write(tmp_path / "cut.msgpack", whole[:length])
        with pytest.raises(ReadError):
            list_tensors(path)


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_a_byte_changed_anywhere(tmp_path, flip):
    whole = file("chunked").read_bytes()
    for place in range(0, len(whole), 3):
        changed = bytearray(whole)
        changed[place] ^= flip
        everything(write(tmp_path / "changed.msgpack", changed))
