"""Checkpoints: every format gives the same numbers, and every bad file one clear line."""

import io
import json
import os
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semdepth.errors import DamagedFile, ReadError, SemdepthError, UnknownFormat, UnsafeFile
from semdepth.head import find_head
from semdepth.reading.checkpoints import (
    arrays,
    huggingface,
    list_tensors,
    open_checkpoint,
    pytorch,
)
from semdepth.reading.checkpoints import (
    safetensors as safetensors_reader,
)
from semdepth.reading.checkpoints.containers import regions
from semdepth.reading.checkpoints.containers.restricted_pickle import Global, StandIn, read_pickle
from semdepth.reading.checkpoints.number_types import decode
from torch_pickles import (
    LEGACY_LEAD,
    Runs,
    Storage,
    View,
    torch_pickle,
    write,
    write_legacy,
    write_torch_zip,
)

FOLDER = Path(__file__).parent / "data" / "checkpoints"
# What scripts/formats/torch_checkpoints.py put into the files.
WEIGHT = (np.arange(20.0).reshape(5, 4) - 10) / 8
BIAS = np.arange(5.0) / 4
BASE = (np.arange(60.0) - 10) / 8


def tensors_of(path):
    return {tensor.name: tensor for tensor in list_tensors(path)}


def write_safetensors(path, header, data=b""):
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return write(path, len(raw).to_bytes(8, "little") + raw + data)


def small_safetensors(path):
    safetensors.numpy.save_file({"fc.weight": WEIGHT.astype("f4"), "fc.bias": BIAS}, path)
    return path


# One contract for all formats


def make_npz(folder):
    np.savez(folder / "head.npz", weight=WEIGHT, bias=BIAS, classes=list("abcde"))
    return folder / "head.npz"


def make_compressed_npz(folder):
    np.savez_compressed(folder / "head.npz", weight=np.asfortranarray(WEIGHT), bias=BIAS)
    return folder / "head.npz"


def make_npy(folder):
    np.save(folder / "head.npy", WEIGHT.astype(">f4"))
    return folder / "head.npy"


def make_folder(folder):
    small_safetensors(folder / "model.safetensors")
    return folder


def make_sharded(folder):
    safetensors.numpy.save_file({"fc.weight": WEIGHT}, folder / "one.safetensors")
    safetensors.numpy.save_file({"fc.bias": BIAS}, folder / "two.safetensors")
    places = {"fc.weight": "one.safetensors", "fc.bias": "two.safetensors"}
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": places}))
    return index


def make_deflated_zip(folder):
    path = folder / "deflated.pth"
    with (
        zipfile.ZipFile(FOLDER / "state_dict_zip.pth") as stored,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as deflated,
    ):
        for info in stored.infolist():
            deflated.writestr(info.filename, stored.read(info))
    return path


def torch_file(name):
    return lambda folder: FOLDER / name


FORMATS = {
    "safetensors": lambda folder: small_safetensors(folder / "model.safetensors"),
    "npz": make_npz,
    "npz compressed, Fortran order": make_compressed_npz,
    "npy, big-endian": make_npy,
    "model folder": make_folder,
    "shards": make_sharded,
    "zip deflated": make_deflated_zip,
    "zip": torch_file("state_dict_zip.pth"),
    "zip float16": torch_file("float16_zip.pth"),
    "zip bfloat16": torch_file("bfloat16_zip.pth"),
    "zip float64": torch_file("float64_zip.pth"),
    "zip nn.Parameter": torch_file("parameter_zip.pth"),
    "zip nn.Module": torch_file("module_zip.pth"),
    "zip TorchScript": torch_file("scripted.pt"),
    "zip tensor": torch_file("tensor_zip.pth"),
    "zip training checkpoint": torch_file("training_zip.pth"),
    "legacy": torch_file("state_dict_legacy.pth"),
    "legacy float16": torch_file("float16_legacy.pth"),
    "legacy bfloat16": torch_file("bfloat16_legacy.pth"),
    "legacy float64": torch_file("float64_legacy.pth"),
    "legacy nn.Parameter": torch_file("parameter_legacy.pth"),
    "legacy tensor": torch_file("tensor_legacy.pth"),
    "legacy training checkpoint": torch_file("training_legacy.pth"),
}


@pytest.mark.parametrize("make", FORMATS.values(), ids=FORMATS)
def test_every_format_gives_the_same_head(make, tmp_path):
    checkpoint = open_checkpoint(make(tmp_path))
    for tensor in checkpoint.tensors:
        assert tensor.load().shape == tensor.shape
    found = find_head(checkpoint.tensors, keeps_order=checkpoint.keeps_order)
    np.testing.assert_array_equal(found.tensor.load(), WEIGHT)
    if found.bias is not None:
        np.testing.assert_array_equal(found.bias.load(), BIAS)


@pytest.mark.parametrize("module", [arrays, huggingface, pytorch, safetensors_reader])
def test_every_format_module_answers_list_tensors(module, tmp_path):
    make = {
        arrays: make_npz,
        huggingface: make_folder,
        pytorch: FORMATS["zip"],
        safetensors_reader: FORMATS["safetensors"],
    }
    names = {tensor.name for tensor in module.list_tensors(make[module](tmp_path))}
    assert {"weight", "bias"} <= names or {"fc.weight", "fc.bias"} <= names


# A folder's files, and the shards of an index, are found by name.
FILES = {name: make for name, make in FORMATS.items() if name not in ("model folder", "shards")}


@pytest.mark.parametrize("make", FILES.values(), ids=FILES)
def test_the_content_decides_not_the_suffix(make, tmp_path):
    path = make(tmp_path)
    renamed = write(tmp_path / "anything", path.read_bytes())
    assert [t.name for t in list_tensors(renamed)] == [t.name for t in list_tensors(path)]


# What is read


@pytest.fixture
def read_sizes(monkeypatch):
    sizes = []
    honest = regions.FileRegion.read

    def read(self, start=0, stop=None):
        data = honest(self, start, stop)
        sizes.append(len(data))
        return data

    monkeypatch.setattr(regions.FileRegion, "read", read)
    return sizes


def test_only_the_heads_bytes_are_read(tmp_path, read_sizes):
    big = np.zeros((1000, 1000), "f4")
    safetensors.numpy.save_file({"a": big, "fc.weight": WEIGHT}, tmp_path / "m.safetensors")
    np.savez(tmp_path / "m.npz", a=big, weight=WEIGHT)
    for name in ("m.safetensors", "m.npz"):
        found = find_head(list_tensors(tmp_path / name))
        found.tensor.load()
    assert sum(read_sizes) < 3000


def test_only_the_part_of_a_shared_storage_is_read(read_sizes):
    part = tensors_of(FOLDER / "views_legacy.pth")["part"]
    read_sizes.clear()
    part.load()
    assert read_sizes == [20 * 4]


# PyTorch


@pytest.mark.parametrize("form", ["zip", "legacy"])
def test_views_into_one_storage(form):
    tensors = {name: t.load() for name, t in tensors_of(FOLDER / f"views_{form}.pth").items()}
    np.testing.assert_array_equal(tensors["transposed"], BASE[:20].reshape(4, 5).T)
    np.testing.assert_array_equal(tensors["part"], BASE[20:40].reshape(5, 4))
    np.testing.assert_array_equal(tensors["columns"], BASE[40:].reshape(5, 4)[:, ::2])
    np.testing.assert_array_equal(tensors["expanded"], np.repeat(BASE[:5, None], 3, axis=1))
    assert tensors["empty"].shape == (0, 4)


@pytest.mark.parametrize("form", ["zip", "legacy"])
def test_a_training_checkpoint_is_flattened(form):
    checkpoint = open_checkpoint(FOLDER / f"training_{form}.pth")
    tensors = {tensor.name: tensor for tensor in checkpoint.tensors}
    assert checkpoint.class_names == ("cat", "dog", "car", "bus", "fox")
    assert checkpoint.names_from == "'class_to_idx' in the checkpoint"
    assert checkpoint.keeps_order
    assert "optimizer.state.0.exp_avg" in tensors
    np.testing.assert_array_equal(tensors["state_dict_ema.fc.weight"].load(), WEIGHT + 1)
    found = find_head(checkpoint.tensors, keeps_order=True)
    assert found.tensor.name == "state_dict.module.fc.weight"


@pytest.mark.parametrize("form", ["zip", "legacy"])
def test_numbers_keep_their_type(form):
    def dtype_of(name):
        tensor = tensors_of(FOLDER / f"{name}_{form}.pth")["fc.weight"]
        return tensor.dtype, tensor.load().dtype.name

    assert dtype_of("float16") == ("float16", "float16")
    assert dtype_of("float64") == ("float64", "float64")
    assert dtype_of("bfloat16") == ("bfloat16", "float32")


@pytest.mark.parametrize("form", ["zip", "legacy"])
def test_floats_of_eight_bits_are_widened(form):
    tensor = tensors_of(FOLDER / f"float8_{form}.pth")["fc.weight"]
    assert tensor.dtype == "float8_e4m3fn"
    # Multiples of 1/8 up to 5/4 have at most four significant bits: one and the fraction's three.
    np.testing.assert_array_equal(tensor.load(), WEIGHT.astype("f4"))


def test_a_type_without_a_numpy_counterpart_is_named(tmp_path):
    content = torch_pickle({"fc.weight": View(Storage(kind="ComplexFloatStorage"))})
    path = write_torch_zip(tmp_path / "m.pth", content, [2 * RAW])
    with pytest.raises(UnknownFormat) as error:
        tensors_of(path)["fc.weight"].load()
    assert str(error.value) == (
        f"{path}: expected floating-point numbers in tensor 'fc.weight', found complex64, "
        "which semdepth does not read; convert the tensor to float32 where it was made"
    )


RAW = WEIGHT.astype("<f4").tobytes()


def test_the_byte_order_of_a_zip_is_honoured(tmp_path):
    content = torch_pickle({"fc.weight": View(Storage())})
    path = write_torch_zip(tmp_path / "m.pth", content, [WEIGHT.astype(">f4").tobytes()], b"big")
    np.testing.assert_array_equal(tensors_of(path)["fc.weight"].load(), WEIGHT)
    path = write_torch_zip(tmp_path / "m.pth", content, [RAW], b"middle")
    with pytest.raises(DamagedFile, match="the byte order 'middle'"):
        list_tensors(path)


@pytest.mark.parametrize(
    ("view", "found"),
    [
        (View(Storage(), offset=1), "that reaches outside its storage"),
        (View(Storage(), shape=(5, 5)), "that reaches outside its storage"),
        (View(Storage(), shape=(6, 4)), "that reaches outside its storage"),
        (View(Storage(count=21)), "that reaches outside its storage"),
        (View(Storage(), offset=-1), "a size or offset that is no whole number"),
        (View(Storage(), strides=(4, -1)), "a size or offset that is no whole number"),
        (View(Storage(), shape=(5, 4.0)), "a size or offset that is no whole number"),
        (View(Storage(), shape=(20,)), "a tensor with 1 sizes and 2 strides"),
        (View(Storage(), shape=20), "a tensor without a shape"),
        (View(Storage("7")), "in a storage that is not in the file"),
        (View(Storage(), shape=(10**6, 10**6), strides=(0, 0)), "out of 1 numbers"),
    ],
)
def test_a_view_outside_its_storage_is_damage(tmp_path, view, found):
    path = write_torch_zip(tmp_path / "m.pth", torch_pickle({"fc.weight": view}), [RAW])
    with pytest.raises(DamagedFile) as error:
        list_tensors(path)
    assert str(error.value).startswith(f"{path}: expected a PyTorch checkpoint, found ")
    assert found in str(error.value)
    assert str(error.value).endswith("; download or save the file again")


def test_very_old_views_of_storages_in_a_stream(tmp_path):
    storage = Storage()
    storage.identity = (*storage.identity[:4], 25, ("5", 5, 20))  # 20 of 25 numbers, from the 5th
    content = torch_pickle({"fc.weight": View(storage)})
    data = (25).to_bytes(8, "little") + bytes(20) + RAW
    path = write_legacy(tmp_path / "m.pth", content, ["0"], data)
    np.testing.assert_array_equal(tensors_of(path)["fc.weight"].load(), WEIGHT)


def test_a_python_2_pickle(tmp_path):
    # An OrderedDict as a list of pairs, its names as byte strings.
    head = torch_pickle(View(Storage()))[2:-1]
    content = b"\x80\x02ccollections\nOrderedDict\n((lp1\n(lp2\nU\x09fc.weighta" + head + b"aatR."
    path = write_torch_zip(tmp_path / "m.pth", content, [RAW])
    np.testing.assert_array_equal(tensors_of(path)["fc.weight"].load(), WEIGHT)


def test_containers_without_end_are_refused(tmp_path):
    endless = []
    endless.append(endless)
    shared = View(Storage())
    for _ in range(40):
        shared = [shared, shared]
    for content in (endless, shared):
        path = write_torch_zip(tmp_path / "m.pth", torch_pickle(content), [RAW])
        with pytest.raises(DamagedFile, match="containers nested without end"):
            list_tensors(path)


# Pickles that want to run something


def hostile_files(tmp_path, pickled):
    yield write(tmp_path / "plain.pth", pickled)
    yield write_torch_zip(tmp_path / "zip.pth", pickled)
    yield write_legacy(tmp_path / "legacy.pth", pickled)
    # In place of the magic number's neighbours, too.
    lead = pickle.dumps(LEGACY_LEAD[0], 2)
    yield write(tmp_path / "early.pth", lead + pickled)


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_runs_a_command_is_named_and_does_not_run(tmp_path, protocol):
    marker = tmp_path / "marker"
    pickled = pickle.dumps({"fc.weight": Runs(os.system, f"touch {marker}")}, protocol)
    for path in hostile_files(tmp_path, pickled):
        with pytest.raises(UnsafeFile) as error:
            open_checkpoint(path)
        assert str(error.value) in {
            f"{path}: expected {expected}, found a pickle that asks to run {os.name}.system while "
            "it is loaded; nothing was run; do not load this file elsewhere, get the weights as "
            "safetensors from a source that you trust"
            for expected in ("a PyTorch checkpoint", "a checkpoint of tensors")
        }
    assert not marker.exists()
    # The proof that the marker proves something: Python's own loader would have run it.
    pickle.loads(pickled)
    assert marker.exists()


@pytest.mark.parametrize("function", [eval, exec, __import__, setattr, open])
def test_a_pickle_that_evaluates_is_named(tmp_path, function):
    marker = tmp_path / "marker"
    pickled = pickle.dumps(Runs(function, f"open({str(marker)!r}, 'w')"))
    for path in hostile_files(tmp_path, pickled):
        with pytest.raises(UnsafeFile, match=rf"asks to run (builtins|io)\.{function.__name__} "):
            open_checkpoint(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "name",
    ["os system", "subprocess Popen", "runpy _run_code", "importlib import_module", "sys exit"],
)
def test_other_names_that_run_code(tmp_path, name):
    module, function = name.split()
    content = f"c{module}\n{function}\n(S'x'\ntR.".encode()
    with pytest.raises(UnsafeFile, match=f"asks to run {module}.{function} while"):
        open_checkpoint(write_torch_zip(tmp_path / "m.pth", content))


def test_an_unknown_object_is_a_stand_in_and_its_neighbours_are_read(tmp_path):
    content = {"args": Runs(print, "printed"), "fc.weight": View(Storage())}
    path = write_torch_zip(tmp_path / "m.pth", torch_pickle(content), [RAW])
    assert list(tensors_of(path)) == ["fc.weight"]


def test_unknown_objects_are_never_called(capsys):
    made = read_pickle(io.BytesIO(pickle.dumps(Runs(print, "printed"))), {}, StandIn)
    assert isinstance(made, StandIn)
    assert made.made_by == Global("builtins", "print")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_come_back_from_every_protocol(protocol):
    value = {
        "text": "gr\u00fcn \u2713",
        "numbers": [0, 1, -1, 255, 256, 70000, 2**31, -(2**40), 2**80, 1.5],
        "others": (None, True, False, (), [], {}, (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
        "long": "x" * 300,
        3: {"a": {"b": [1]}},
    }
    if protocol == 0:
        value["text"] = "green"  # protocol 0 escapes other letters; names of tensors are ASCII
    same = [value]
    pickled = pickle.dumps([same, same], protocol)
    assert read_pickle(io.BytesIO(pickled), {}, StandIn) == [same, same]


@pytest.mark.parametrize(
    ("pickled", "found"),
    [
        (b"", "breaks off"),
        (b"\x80\x02}q\x00X\xff\xff\x00\x00abc", "breaks off"),
        (b"cos", "breaks off"),
        (b"X\xff\xff\xff\xff", "a piece of 4294967295 bytes"),
        (b"\xff.", "the unknown instruction b'\\xff'"),
        (b".", "takes from an empty stack"),
        (b"R", "takes from an empty stack"),
        (b"t", "ends a group it never began"),
        (b"h\x07.", "recalls what it never kept"),
        (b"}(K\x01u.", "a key that has no value"),
        (b"Ix\n.", "a number that is none"),
        (b"X\x01\x00\x00\x00\xff.", "a text that is not UTF-8"),
        (b"K\x01K\x02\x93.", "a name that is no text"),
    ],
)
def test_broken_pickles_say_what_is_wrong(pickled, found):
    with pytest.raises(DamagedFile) as error:
        read_pickle(io.BytesIO(pickled), {}, StandIn)
    assert found in str(error.value)


# safetensors


def test_bfloat16_is_widened():
    # 1 sign bit, 8 exponent bits, 7 of the fraction: 0x3F80 is 1, 0xC040 is -3, 0x7F80 infinity.
    stored = struct.pack("<4H", 0x3F80, 0xC040, 0x7F80, 0x0001)
    assert decode(stored, "bfloat16").tolist() == [1, -3, np.inf, 2**-133]


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u2", "u1", "?"])
def test_what_the_safetensors_library_writes(tmp_path, dtype):
    values = np.arange(6).reshape(2, 3).astype(dtype)
    safetensors.numpy.save_file({"x": values, "y": values[:0]}, tmp_path / "m.safetensors")
    tensors = tensors_of(tmp_path / "m.safetensors")
    assert tensors["x"].dtype == values.dtype.name
    np.testing.assert_array_equal(tensors["x"].load(), values)
    assert tensors["y"].load().shape == (0, 3)


def test_bfloat16_in_safetensors(tmp_path):
    header = {
        "__metadata__": {"format": "pt"},
        "w": {"dtype": "BF16", "shape": [1, 2], "data_offsets": [0, 4]},
    }
    path = write_safetensors(tmp_path / "m", header, struct.pack("<2H", 0x3F80, 0xC040))
    assert tensors_of(path)["w"].load().tolist() == [[1, -3]]
    assert tensors_of(path)["w"].dtype == "bfloat16"


def entry(dtype="F32", shape=(5, 4), offsets=(0, 80)):
    return {"fc.weight": {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (entry(offsets=(0, 84)), "tensor 'fc.weight' ending at byte"),
        (entry(shape=(5, 5)), "80 bytes for tensor 'fc.weight' of shape (5, 5) in float32"),
        (entry(dtype="F64"), "80 bytes for tensor 'fc.weight' of shape (5, 4) in float64"),
        (entry(offsets=(80, 0)), "tensor 'fc.weight' that ends before it begins"),
        (entry(offsets=(-80, 0)), "tensor 'fc.weight' whose shape or offsets are no whole numbers"),
        (entry(shape=(5, 4.0)), "tensor 'fc.weight' whose shape or offsets are no whole numbers"),
        (entry(offsets=(0, 80, 90)), "tensor 'fc.weight' without dtype, shape and two offsets"),
        ({"fc.weight": 1}, "tensor 'fc.weight' without dtype, shape and two offsets"),
        (b'{"a": 1, "a": 2}', "the name 'a' twice in the header"),
        (b'{"a": ', "a header that is no JSON ("),
        (b"{" + b'"a":{' * 100_000, "a header that is no JSON ("),
        (b'{"a\xff": 1}', "a header that is no JSON ("),
    ],
)
def test_a_damaged_safetensors_header(tmp_path, header, found):
    path = write_safetensors(tmp_path / "m.safetensors", header, RAW)
    with pytest.raises(DamagedFile) as error:
        list_tensors(path)
    assert str(error.value).startswith(f"{path}: expected a safetensors file, found {found}")
    assert str(error.value).endswith("; download or save the file again")
    assert "\n" not in str(error.value)


def test_a_huge_header_length(tmp_path):
    path = write(tmp_path / "m.safetensors", (2**60).to_bytes(8, "little") + b'{"a": 1}')
    with pytest.raises(DamagedFile) as error:
        open_checkpoint(path)
    assert str(error.value) == (
        f"{path}: expected a safetensors file, found a header length of {2**60} bytes, above the "
        "limit 100000000; download or save the file again"
    )


def test_a_truncated_safetensors_file(tmp_path):
    whole = small_safetensors(tmp_path / "m.safetensors").read_bytes()
    cut = write(tmp_path / "cut.safetensors", whole[:-1])
    with pytest.raises(DamagedFile, match=rf"ending at byte \d+ of a file of {len(whole) - 1} by"):
        open_checkpoint(cut)
    cut = write(tmp_path / "cut.safetensors", whole[:40])
    with pytest.raises(DamagedFile, match="a file of 40 bytes that breaks off within its"):
        open_checkpoint(cut)


# npz and npy


def test_an_npz_with_names(tmp_path):
    checkpoint = open_checkpoint(make_npz(tmp_path))
    assert checkpoint.class_names == tuple("abcde") == arrays.class_names(checkpoint.path)
    assert checkpoint.names_from == "'classes' in head.npz"
    assert [t.class_axis for t in checkpoint.tensors] == [0, 0]


@pytest.mark.parametrize("other", [{"bias": BIAS}, {"classes": list("abcde")}])
def test_a_weight_stored_on_its_side(tmp_path, other):
    np.savez(tmp_path / "head.npz", kernel=WEIGHT.T, **other)
    found = find_head(list_tensors(tmp_path / "head.npz"))
    assert (found.tensor.class_axis, found.n_classes, found.dimension) == (1, 5, 4)


def test_names_stored_as_bytes(tmp_path):
    names = np.array([n.encode() for n in ("Käse", "b", "c", "d", "e")])
    np.savez(tmp_path / "head.npz", weight=WEIGHT, classes=names)
    assert open_checkpoint(tmp_path / "head.npz").class_names[0] == "Käse"
    np.savez(tmp_path / "head.npz", weight=WEIGHT, classes=np.array([b"\xff", b"b"]))
    with pytest.raises(DamagedFile, match="names in array 'classes' that are no text"):
        open_checkpoint(tmp_path / "head.npz")


def test_names_that_are_no_characters(tmp_path):
    np.savez(tmp_path / "head.npz", weight=WEIGHT, classes=np.array(["abc", "d"], ">U3"))
    assert open_checkpoint(tmp_path / "head.npz").class_names == ("abc", "d")
    data = (tmp_path / "head.npz").read_bytes().replace(b"\0\0\0b", b"\7\7\7b")
    with pytest.raises(DamagedFile, match="names in array 'classes' that are no text"):
        open_checkpoint(write(tmp_path / "bad.npz", data))


def test_objects_in_an_npz_are_refused(tmp_path):
    path, marker = tmp_path / "head.npz", tmp_path / "marker"
    names = np.array([Runs(os.system, f"touch {marker}"), "b"], dtype=object)
    np.savez(path, weight=WEIGHT, classes=names)
    with pytest.raises(UnsafeFile) as error:
        open_checkpoint(path)
    assert str(error.value) == (
        f"{path}: expected a numpy .npz or .npy file, found Python objects in array 'classes', "
        "which only a pickle could bring back; nothing was run; save names as "
        "numpy.array(names, dtype=str), numbers as floats"
    )
    assert not marker.exists()


def test_other_arrays_beside_the_weight_are_passed_over(tmp_path):
    record = np.zeros(3, dtype=[("a", "f4"), ("b", "i4")])
    when = np.array(["2020-01-01"], dtype="M8[D]")
    objects = np.array([None, 1], dtype=object)
    np.savez(tmp_path / "head.npz", weight=WEIGHT, record=record, when=when, objects=objects)
    assert list(tensors_of(tmp_path / "head.npz")) == ["weight"]


def npy(header, data=b"", version=1):
    raw = header.encode()
    return b"\x93NUMPY" + bytes([version, 0]) + len(raw).to_bytes(2, "little") + raw + data


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (5, 4)}"), "0 bytes for array"),
        (npy("{'descr': '<f8', 'shape': (5, 4)}"), "an unreadable header of array 'weight'"),
        (npy("{'descr': '<f3', 'fortran_order': False, 'shape': ()}"), "an unreadable header"),
        (
            npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}"),
            "array 'weight' whose shape is",
        ),
        (npy("(" * 9000), "an unreadable header"),
        (npy("x" * 20_000), "an array header of 20000 bytes, above the limit 10000"),
        (npy("{}", version=7), "an array without numpy's signature"),
        (b"\x93NUMPY", "an array that breaks off within its header"),
    ],
)
def test_damaged_npy_files(tmp_path, content, found):
    path = write(tmp_path / "head.npy", content)
    with pytest.raises(DamagedFile) as error:
        open_checkpoint(path)
    assert str(error.value).startswith(f"{path}: expected a numpy .npz or .npy file, found {found}")


# Hugging Face folders


def config(folder, **content):
    (folder / "config.json").write_text(json.dumps(content))


def test_a_model_folder_with_names(tmp_path):
    make_folder(tmp_path)
    config(tmp_path, id2label={str(i): name for i, name in enumerate("abcde")})
    checkpoint = open_checkpoint(tmp_path)
    assert checkpoint.format == "Hugging Face folder (safetensors)"
    assert checkpoint.class_names == tuple("abcde") == huggingface.class_names(tmp_path)
    assert checkpoint.names_from == "'id2label' in config.json"


def test_the_weights_of_a_model_folder_get_its_names_too(tmp_path):
    make_folder(tmp_path)
    config(tmp_path, label_names=list("abcde"))  # timm's way
    checkpoint = open_checkpoint(tmp_path / "model.safetensors")
    assert checkpoint.class_names == tuple("abcde")
    assert checkpoint.names_from == "'label_names' in config.json beside model.safetensors"
    other = small_safetensors(tmp_path / "other.safetensors")
    assert open_checkpoint(other).class_names is None


def test_names_that_say_nothing_are_no_names(tmp_path):
    make_folder(tmp_path)
    config(tmp_path, id2label={str(i): f"LABEL_{i}" for i in range(5)})
    assert open_checkpoint(tmp_path).class_names is None


def test_a_folder_of_pytorch_shards(tmp_path):
    for name in ("state_dict_zip.pth", "state_dict_legacy.pth"):
        write(tmp_path / name, (FOLDER / name).read_bytes())
    places = {"fc.weight": "state_dict_zip.pth", "fc.bias": "state_dict_legacy.pth"}
    index = {"weight_map": places}
    (tmp_path / "pytorch_model.bin.index.json").write_text(json.dumps(index))
    tensors = tensors_of(tmp_path)
    assert set(tensors) == set(places)
    np.testing.assert_array_equal(tensors["fc.bias"].load(), BIAS)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("{", "a file that is no JSON (Expecting property name"),
        ("[]", "JSON that is no object"),
        ("{}", "no weight_map from tensors to shards"),
        ('{"weight_map": {"a": "../b.bin"}}', "the shard '../b.bin', which is no file name"),
        ('{"weight_map": {"a": "/etc/passwd"}}', "the shard '/etc/passwd', which is no file name"),
        ('{"weight_map": {"a": ".."}}', "the shard '..', which is no file name"),
        ('{"weight_map": {"a": "b.bin"}}', "the shard 'b.bin' missing beside it"),
        ('{"weight_map": {"a": "m.safetensors"}}', "tensor 'a' placed in m.safetensors, which"),
    ],
)
def test_damaged_indexes_of_shards(tmp_path, content, found):
    small_safetensors(tmp_path / "m.safetensors")
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(content)
    with pytest.raises(DamagedFile) as error:
        open_checkpoint(tmp_path)
    assert str(error.value).startswith(f"{index}: expected an index of shards, found {found}")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("{", "a file that is no JSON ("),
        ("[]", "JSON that is no object"),
        ('{"id2label": {"0": "a", "2": "b"}}', "an id2label that is not 0, 1, 2, ... to names (2"),
        ('{"id2label": {"0": 5}}', "an id2label that is not 0, 1, 2, ... to names (1 entries"),
        ('{"id2label": "cats"}', "an id2label that is not 0, 1, 2, ... to names (a str)"),
    ],
)
def test_a_malformed_config(tmp_path, content, found):
    make_folder(tmp_path)
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(DamagedFile) as error:
        open_checkpoint(tmp_path)
    path = tmp_path / "config.json"
    assert str(error.value).startswith(f"{path}: expected a model's config.json, found {found}")


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(UnknownFormat, match="nothing in it; pass the checkpoint file itself"):
        open_checkpoint(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UnknownFormat) as error:
        open_checkpoint(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}: expected a model folder with model.safetensors, "
        "model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json, "
        "flax_model.msgpack, tf_model.h5 or model.onnx, found 'notes.txt'; pass the checkpoint "
        "file itself"
    )


# Files that are no checkpoint

EXPECTED = (
    "expected a checkpoint (PyTorch, safetensors, ONNX, Keras, TFLite, TensorFlow.js, Flax, "
    "PaddlePaddle, .npz/.npy or a Hugging Face folder)"
)
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
TAR = b"sys_info".ljust(257, b"\0") + b"ustar\x0000".ljust(255, b"\0")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"hello, this is text", "a text file that begins 'hello, this is text'; check the path"),
        (b'{"a": 1}\n', "a text file that begins '{\"a\": 1}'; check the path"),
        (b"<!DOCTYPE html><html>", "a web page; the download went wrong: fetch the file itself"),
        (b"\n <html><head>", "a web page; the download went wrong: fetch the file itself"),
        (LFS, "a git-lfs pointer, which only names the real file; run: git lfs pull"),
        (b"\x08\x01\x12\x06\n\x04\x12\x02ab", "a protobuf file that is no ONNX model (Core ML"),
        (b"\x1f\x8b\x08\0" + bytes(50), "a gzip-compressed file; unpack it with gunzip first"),
        (TAR, "a tar archive of other files; unpack it and pass the checkpoint inside"),
        (b"\0\1\2\3" * 20, "unknown bytes (00 01 02 03 00 01 02 03 ...)"),
    ],
)
def test_files_that_are_no_checkpoint(tmp_path, content, found):
    path = write(tmp_path / "model.pth", content)
    with pytest.raises(UnknownFormat) as error:
        open_checkpoint(path)
    assert str(error.value).startswith(f"{path}: {EXPECTED}, found {found}")
    assert "\n" not in str(error.value)


def test_a_zip_archive_of_something_else(tmp_path):
    path = tmp_path / "model.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(UnknownFormat) as error:
        open_checkpoint(path)
    assert str(error.value) == (
        f"{path}: {EXPECTED}, found a zip archive with neither PyTorch's data.pkl nor numpy arrays "
        "(it holds 'readme.txt'); unpack it and pass the checkpoint inside"
    )


def test_a_missing_file(tmp_path):
    path = tmp_path / "none.pth"
    with pytest.raises(ReadError) as error:
        open_checkpoint(str(path))
    assert str(error.value) == f"{path}: {EXPECTED}, found nothing at this path; check the path"


def test_an_empty_file(tmp_path):
    path = write(tmp_path / "model.pth", b"")
    with pytest.raises(DamagedFile) as error:
        open_checkpoint(path)
    assert str(error.value) == (
        f"{path}: {EXPECTED}, found an empty file (0 bytes); download or save the file again"
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_something_that_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ReadError, match="found neither a file nor a folder"):
        open_checkpoint(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("name", "keep", "found"),
    [
        ("state_dict_zip.pth", 0.9, "a zip archive that is cut off or damaged"),
        ("state_dict_legacy.pth", 0.99, "that breaks off within its numbers"),
        ("state_dict_legacy.pth", 0.5, "a pickle that breaks off"),
    ],
)
def test_truncated_pytorch_files(tmp_path, name, keep, found):
    whole = (FOLDER / name).read_bytes()
    path = write(tmp_path / "cut.pth", whole[: int(len(whole) * keep)])
    with pytest.raises(DamagedFile) as error:
        open_checkpoint(path)
    assert str(error.value).startswith(f"{path}: expected a ")
    assert found in str(error.value)
    assert str(error.value).endswith("; download or save the file again")


def test_a_truncated_npz(tmp_path):
    path = make_npz(tmp_path)
    write(path, path.read_bytes()[:-30])
    with pytest.raises(DamagedFile, match="a zip archive that is cut off or damaged"):
        open_checkpoint(path)


def test_a_deflated_entry_that_lies_about_its_size(tmp_path):
    path = make_deflated_zip(tmp_path)
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\x01\x02", 0, data.index(b"state_dict_zip/data.pkl", len(data) // 2))
    data[place + 24 : place + 28] = (2**31).to_bytes(4, "little")
    with pytest.raises(DamagedFile, match=r"a description of 2147483648 bytes"):
        open_checkpoint(write(path, bytes(data)))


@pytest.mark.parametrize("flags", [{"encrypted": 1}, {"method": 99}])
def test_zip_entries_that_cannot_be_unpacked(tmp_path, flags):
    path = write_torch_zip(tmp_path / "m.pth", torch_pickle({"a": View(Storage())}), [RAW])
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02")
    if "encrypted" in flags:
        data[place + 8] |= 1
    else:
        data[place + 10] = flags["method"]
    with pytest.raises(DamagedFile, match=r"entries are encrypted|an entry packed by method 99"):
        open_checkpoint(write(path, bytes(data)))


# Whatever the bytes: an answer, or one of our errors


def sample(name, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    return FORMATS[name](folder).read_bytes()


SAMPLES = [
    "safetensors",
    "npz",
    "npz compressed, Fortran order",
    "npy, big-endian",
    "zip",
    "zip deflated",
    "zip TorchScript",
    "zip training checkpoint",
    "legacy",
    "legacy training checkpoint",
]


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    return {name: sample(name, tmp_path_factory) for name in SAMPLES}


def complaint(path):
    try:
        checkpoint = open_checkpoint(path)
        find_head(checkpoint.tensors, keeps_order=checkpoint.keeps_order).tensor.load()
        for tensor in checkpoint.tensors:
            tensor.load()
    except SemdepthError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", SAMPLES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_of_any_kind_is_one_of_our_errors(name, samples, tmp_path, data):
    content = bytearray(samples[name])
    places = st.integers(0, len(content) - 1)
    for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=4)):
        content[place] = byte
    kept = data.draw(st.one_of(st.just(len(content)), places))
    path = write(tmp_path / "damaged", bytes(content[:kept]))
    assert "\n" not in complaint(path)


@given(st.binary(max_size=300))
def test_any_bytes_as_a_pickle(content):
    stream, told = io.BytesIO(content), ""
    try:
        read_pickle(stream, pytorch.REBUILDERS, pytorch.persistent_storage)
    except SemdepthError as error:
        told = str(error)
    assert "\n" not in told
    # Either a reason, or the reading ended where the pickle says that it ends.
    assert told or content[: stream.tell()].endswith(b".")
