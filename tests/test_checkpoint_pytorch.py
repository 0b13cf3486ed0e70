"""PyTorch files beyond plain state dicts: what other libraries write, and pickles that attack.

The files under data/formats were written by the libraries themselves (scripts/formats); their
head is the canonical one.
"""

import io
import json
import pickle
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canonical_head import (
    BIAS,
    CLASSES,
    HIDDEN_BIAS,
    HIDDEN_WEIGHT,
    N_CLASSES,
    WEIGHT,
)
from semdepth import read_head
from semdepth.errors import DamagedFile, SemdepthError, UnknownFormat
from semdepth.head import find_head
from semdepth.labels import LabelSet
from semdepth.reading.checkpoints import list_tensors, open_checkpoint
from semdepth.reading.checkpoints.containers.restricted_pickle import Global, StandIn, read_pickle
from semdepth.reading.checkpoints.number_types import decode, dequantised
from semdepth.reading.checkpoints.pytorch import REBUILDERS
from semdepth.reading.checkpoints.pytorch.stored_names import stored_class_names
from torch_pickles import Storage, View, torch_pickle, write, write_torch_zip

FORMATS = Path(__file__).parent / "data" / "formats"
NAMES = LabelSet(CLASSES, (None,) * N_CLASSES, "the test")


def tensors_of(path):
    return {tensor.name: tensor for tensor in list_tensors(path)}


# The canonical head, out of every layout

LAYOUTS = {
    "lightning.ckpt": ("state_dict.net.fc.weight", "'hyper_parameters.class_names' in the check"),
    "timm.pth.tar": ("state_dict.fc.weight", None),
    "ema.pth": ("model.fc.weight", "'classes' in the checkpoint"),
    "mmpretrain.pth": ("state_dict.head.fc.weight", "'meta.dataset_meta.classes' in the check"),
    "fastai.pkl": ("model.3.weight", "'dls.loaders.0.dataset.tls.items.1.tfms.categorize.vocab'"),
    "scripted.pt": ("fc.weight", "'config.txt' in the archive"),
    "frozen.pt": ("CONSTANTS.c2.weight", None),
    "exported.pt2": ("fc.weight", "'class_names.txt' in the archive"),
    "quantised.pth": ("fc.weight", "'class_names' in the checkpoint"),
    "quantised_layers.pth": ("fc.weight", None),
    "quantised_module.pth": ("1.weight", None),
    "quantised_scripted.pt": ("fc.weight", None),
    "other_kinds.pth": ("fc.weight", None),
    "legacy.tar": ("state_dict.fc.weight", "'classes' in the checkpoint"),
    "ultralytics.pt": ("model.model.1.linear.weight", "'model.names' in the checkpoint"),
}


@pytest.mark.parametrize(("name", "expected"), LAYOUTS.items(), ids=LAYOUTS)
def test_the_head_comes_out_of_every_layout(name, expected):
    tensor, names_from = expected
    checkpoint = open_checkpoint(FORMATS / f"torch_{name}")
    assert checkpoint.names_from.startswith(names_from or "")
    assert checkpoint.class_names == (CLASSES if names_from else None) or name == "fastai.pkl"
    # fastai sorts its classes, and a folder's name cannot hold a slash.
    head = read_head(FORMATS / f"torch_{name}", labels=NAMES, head=tensor)
    assert head.tensor == tensor
    np.testing.assert_array_equal(head.templates, WEIGHT)
    np.testing.assert_array_equal(head.bias, BIAS)


@pytest.mark.parametrize("name", [name for name in LAYOUTS if name != "fastai.pkl"])
def test_the_head_is_found_without_help(name):
    checkpoint = open_checkpoint(FORMATS / f"torch_{name}")
    classes = None if checkpoint.class_names is None else N_CLASSES
    found = find_head(checkpoint.tensors, keeps_order=checkpoint.keeps_order, classes=classes)
    assert found.tensor.name == LAYOUTS[name][0]


def test_fastai_names_its_classes_in_the_order_of_the_rows():
    names = open_checkpoint(FORMATS / "torch_fastai.pkl").class_names
    assert names == tuple(sorted(name.replace("/", "\u2215") for name in CLASSES))


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_hidden_layer_is_there_too(name):
    stored = tensors_of(FORMATS / f"torch_{name}").values()
    numbers = [t.load() for t in stored if t.dtype.startswith(("float", "q"))]
    assert any(np.array_equal(values, HIDDEN_WEIGHT) for values in numbers)
    assert any(np.array_equal(values, HIDDEN_BIAS) for values in numbers)


# What training libraries put beside the weights


def test_an_averaged_copy_is_listed_and_not_taken():
    tensors = tensors_of(FORMATS / "torch_timm.pth.tar")
    np.testing.assert_array_equal(tensors["state_dict_ema.fc.weight"].load(), WEIGHT + 1)
    shadow = tensors_of(FORMATS / "torch_ema.pth")
    np.testing.assert_array_equal(shadow["ema.shadow_params.2"].load(), WEIGHT + 1)


def test_yolov5_gives_its_names_and_its_detection_layer():
    checkpoint = open_checkpoint(FORMATS / "torch_yolov5.pt")
    assert (checkpoint.class_names, checkpoint.names_from) == (
        CLASSES,
        "'model.names' in the checkpoint",
    )
    shapes = {tensor.name: tensor.shape for tensor in checkpoint.tensors}
    # One anchor: a box, whether there is something in it, and the classes.
    assert shapes["model.model.1.m.0.weight"] == (4 + 1 + N_CLASSES, 8, 1, 1)
    assert shapes["ema.model.1.m.0.weight"] == (4 + 1 + N_CLASSES, 8, 1, 1)


def state(**attributes):
    thing = StandIn(Global("mymodule", "Thing"))
    thing.state = attributes
    return thing


def categorize(vocabulary, name="Categorize"):
    thing = state(vocab=vocabulary)
    thing.made_by = Global("fastai.data.transforms", name)
    return thing


def numpy_texts(*texts):
    return pickle.dumps(np.array(texts), 2)


AB = ["cat", "dog"]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"class_names": AB, "state_dict": {}}, "class_names"),
        ({"hyper_parameters": {"classes": AB}}, "hyper_parameters.classes"),
        ({"hyper_parameters": {"data": {"id2label": {0: "cat", 1: "dog"}}}}, None),
        ({"meta": {"CLASSES": tuple(AB)}}, "meta.CLASSES"),
        ({"args": state(class_to_idx={"dog": 1, "cat": 0})}, "args.class_to_idx"),
        ({"model": state(names={0: "cat", 1: "dog"})}, "model.names"),
        ({"names": AB}, "names"),
        ({"encoder": state(classes_=AB)}, "encoder.classes_"),
        ({"dls": categorize(state(items=AB))}, "dls.vocab"),
        ({"cfg": state(classes=state(_content=[state(_val="cat"), state(_val="dog")]))}, None),
        # Nearer to the surface goes first.
        ({"a": {"classes": ["x", "y"]}, "classes": AB}, "classes"),
    ],
)
def test_names_are_found_where_libraries_keep_them(content, place):
    names, where = stored_class_names(content)
    assert names == ("cat", "dog")
    assert place is None or where == f"{place!r} in the checkpoint"


@pytest.mark.parametrize(
    "content",
    [
        {"classes": [0, 1]},
        {"classes": 2},
        {"id2label": {0: "LABEL_0", 1: "LABEL_1"}},
        {"class_to_idx": {"cat": 0, "dog": 2}},
        {"model": {"backbone": {"names": AB}}},
        {"text": categorize(AB, "Numericalize")},
        {"vocab": AB},
        [AB],
        None,
    ],
)
def test_what_is_no_list_of_names_is_none(content):
    assert stored_class_names(content) == (None, "")


@pytest.mark.parametrize("dtype", [None, object])
@pytest.mark.parametrize("protocol", range(2, 5))
def test_names_as_a_numpy_array(dtype, protocol):
    pickled = pickle.dumps({"classes": np.array(["cat", "großer Hund"], dtype)}, protocol)
    content = read_pickle(io.BytesIO(pickled), REBUILDERS, StandIn)
    assert stored_class_names(content)[0] == ("cat", "großer Hund")


def test_a_model_that_refers_to_itself():
    model, layer = state(names=AB), state(_parameters={})
    model.state["_modules"] = {"fc": layer}
    layer.state["parent"] = layer.state["again"] = model
    model.state["all"] = [model, layer]
    assert stored_class_names({"model": model})[0] == ("cat", "dog")


# TorchScript and torch.export


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("labels.txt", "cat\n dog \n\n", AB),
        ("class_names.json", '["cat", "dog"]', AB),
        ("my_classes.txt", "cat\r\ndog", AB),
        ("index_to_name.json", '{"0": "cat", "1": "dog"}', AB),
        ("config.txt", '{"shape": [1], "names": {"0": "cat", "1": "dog"}}', AB),
        ("readme.txt", "cat\ndog", None),
        ("labels.txt", b"\xff\xfe\x00", None),
        ("labels.json", "[" * 100_000, None),
        ("labels.txt", "cat\n" * 300_000, None),
    ],
)
def test_names_in_files_packed_into_an_archive(tmp_path, name, text, names):
    path = write(tmp_path / "m.pt", (FORMATS / "torch_frozen.pt").read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"torch_frozen/extra/{name}", text)
    checkpoint = open_checkpoint(path)
    assert checkpoint.class_names == (None if names is None else tuple(names))
    assert checkpoint.names_from == ("" if names is None else f"{name!r} in the archive")


def exported_with(tmp_path, **changes):
    """The .pt2 with other entries in its description of fc.weight."""
    path = tmp_path / "m.pt2"
    with (
        zipfile.ZipFile(FORMATS / "torch_exported.pt2") as archive,
        zipfile.ZipFile(path, "w") as changed,
    ):
        for name in archive.namelist():
            data = archive.read(name)
            if name.endswith("model_weights_config.json"):
                config = json.loads(data)
                entry = config["config"]["fc.weight"]
                entry.update({k: v for k, v in changes.items() if k in entry})
                entry["tensor_meta"].update({k: v for k, v in changes.items() if k not in entry})
                data = json.dumps(config)
            changed.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"path_name": "weight_9"}, "in a file that the archive does not hold"),
        ({"sizes": [{"as_int": 600}, {"as_int": 8}]}, "that reaches outside its storage"),
        ({"storage_offset": {"as_int": -1}}, "a size or offset that is no whole number"),
        ({"strides": [{"as_int": 1}]}, "a tensor with 2 sizes and 1 strides"),
        ({"sizes": 7}, "tensor 'fc.weight' without path, type, sizes and strides"),
        ({"sizes": [{"as_expr": "s0"}]}, "tensor 'fc.weight' without path, type, sizes and"),
    ],
)
def test_a_torch_export_that_does_not_hold_together(tmp_path, changes, found):
    with pytest.raises(DamagedFile) as error:
        open_checkpoint(exported_with(tmp_path, **changes))
    assert found in str(error.value)


def test_other_tensors_of_a_torch_export(tmp_path):
    pickled = tensors_of(exported_with(tmp_path, use_pickle=True))["fc.weight"]
    with pytest.raises(UnknownFormat, match="found a pickled class of tensors, which semdepth"):
        pickled.load()
    unknown = tensors_of(exported_with(tmp_path, dtype=99))["fc.weight"]
    with pytest.raises(UnknownFormat, match="found an unknown number type, which semdepth"):
        unknown.load()


def test_an_older_torch_export_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "m.pt2", "w") as archive:
        archive.writestr("serialized_exported_program.json", "{}")
    with pytest.raises(UnknownFormat, match=r"found an older one; save torch\.export\.load\(FILE"):
        open_checkpoint(tmp_path / "m.pt2")


# Numbers in other clothes


def test_quantised_tensors():
    tensors = tensors_of(FORMATS / "torch_quantised.pth")
    assert tensors["hidden.weight"].dtype == "quint8"  # per tensor, with a zero point
    assert tensors["fc.weight"].dtype == "qint8"  # per channel
    assert tensors["fc.weight"].load().dtype == np.float32


def test_a_quantised_tensor_whose_scales_do_not_fit(tmp_path):
    content = (FORMATS / "torch_quantised.pth").read_bytes()
    # The six scales of the classes, told to be five.
    told, lie = b"K\x00K\x06\x85", b"K\x00K\x05\x85"
    assert told in content
    path = write(tmp_path / "m.pth", content.replace(told, lie))
    with pytest.raises(DamagedFile, match=r"of shape \(6, 8\) without its scales"):
        open_checkpoint(path)


def test_dequantising_along_either_axis():
    integers = np.array([[1, 2, 3], [4, 5, 6]], np.int8)
    scale, zero = np.array([1.0, 10.0]), np.array([0, 1])
    expected = [[1, 2, 3], [30, 40, 50]]
    assert dequantised(integers, scale, zero, 0).tolist() == expected
    assert dequantised(integers.T, scale, zero, 1).T.tolist() == expected


def by_formula(bits, exponent_bits, fraction_bits, bias):
    """A float's value, by its bits alone: no infinities, no NaN."""
    sign = -1 if bits >> 7 else 1
    exponent = (bits >> fraction_bits) % 2**exponent_bits
    fraction = bits % 2**fraction_bits / 2**fraction_bits
    if exponent == 0:
        return sign * fraction * 2.0 ** (1 - bias)
    return sign * (1 + fraction) * 2.0 ** (exponent - bias)


@pytest.mark.parametrize(
    ("kind", "exponent_bits", "bias", "special"),
    [
        ("e4m3fn", 4, 7, {0x7F: np.nan, 0xFF: np.nan}),
        ("e4m3fnuz", 4, 8, {0x80: np.nan}),
        ("e5m2fnuz", 5, 16, {0x80: np.nan}),
        (
            "e5m2",
            5,
            15,
            {0x7C: np.inf, 0xFC: -np.inf}
            | dict.fromkeys([0x7D, 0x7E, 0x7F, 0xFD, 0xFE, 0xFF], np.nan),
        ),
    ],
)
def test_floats_of_eight_bits(kind, exponent_bits, bias, special):
    stored = tensors_of(FORMATS / "torch_float8.pth")[kind].load()
    expected = [
        special.get(bits, by_formula(bits, exponent_bits, 7 - exponent_bits, bias))
        for bits in range(256)
    ]
    np.testing.assert_array_equal(stored, np.float32(expected))


def test_the_scale_of_eight_bits():
    stored = tensors_of(FORMATS / "torch_float8.pth")["e8m0fnu"].load()
    expected = [2.0 ** (bits - 127) for bits in range(255)] + [np.nan]
    np.testing.assert_array_equal(stored, np.float32(expected))


@pytest.mark.parametrize("kind", ["e4m3fn", "e5m2", "e4m3fnuz", "e5m2fnuz", "e8m0fnu"])
def test_floats_of_eight_bits_are_torchs(kind):
    torch = pytest.importorskip("torch")
    bits = torch.arange(256, dtype=torch.uint8).view(getattr(torch, f"float8_{kind}"))
    ours = decode(bytes(range(256)), f"float8_{kind}")
    np.testing.assert_array_equal(ours, bits.float().numpy())


@pytest.mark.parametrize(
    ("dtype", "kind"), [("F8_E4M3", "float8_e4m3fn"), ("F8_E5M2", "float8_e5m2")]
)
def test_floats_of_eight_bits_in_safetensors(tmp_path, dtype, kind):
    header = json.dumps({"w": {"dtype": dtype, "shape": [16, 16], "data_offsets": [0, 256]}})
    data = len(header).to_bytes(8, "little") + header.encode() + bytes(range(256))
    (tensor,) = list_tensors(write(tmp_path / "m.safetensors", data))
    assert tensor.dtype == kind
    np.testing.assert_array_equal(tensor.load().ravel(), decode(bytes(range(256)), kind))


@pytest.mark.parametrize(
    ("file", "name", "kind", "way_out"),
    [
        (
            "other_kinds",
            "coo",
            "sparse_coo",
            "save the tensor dense, as float32, where it was made",
        ),
        (
            "other_kinds",
            "csr",
            "sparse_csr",
            "save the tensor dense, as float32, where it was made",
        ),
        ("other_kinds", "meta", "meta device", "save the model after its weights are loaded"),
        (
            "torchao",
            "fc.weight",
            "Int8Tensor",
            "dequantise the layer where it was made, or save it before it is quantised",
        ),
    ],
)
def test_what_is_no_stretch_of_numbers_is_listed_and_refused(file, name, kind, way_out):
    path = FORMATS / f"torch_{file}.pth"
    tensor = tensors_of(path)[name]
    expected = {"coo": (8, 12), "csr": (8, 12), "meta": (3, 4), "fc.weight": (6, 8)}[name]
    assert (tensor.shape, tensor.dtype) == (expected, kind)
    with pytest.raises(UnknownFormat) as error:
        tensor.load()
    assert str(error.value) == (
        f"{path}: expected the numbers of tensor {name!r} in one piece, found {kind}, which "
        f"semdepth does not read; {way_out}"
    )


def test_weights_packed_by_bitsandbytes_are_refused(tmp_path):
    # As its Linear4bit saves a layer of 6 x 8: half as many bytes as numbers, in one column.
    path = safetensors_with(
        tmp_path / "m.safetensors",
        fc__weight=np.zeros((24, 1), np.uint8),
        fc__bias=BIAS,
        fc__weight__absmax=np.ones(1, np.uint8),
        fc__weight__quant_map=np.ones(16, np.float32),
        fc__weight__quant_state__bitsandbytes__nf4=np.zeros(150, np.uint8),
    )
    tensor = tensors_of(path)["fc.weight"]
    assert (tensor.shape, tensor.dtype) == ((24, 1), "bitsandbytes nf4")
    with pytest.raises(UnknownFormat) as error:
        tensor.load()
    assert str(error.value) == (
        "expected numbers in tensor 'fc.weight', found bitsandbytes nf4, two packed into a byte; "
        "dequantise the layer where it was made, or save it before it is quantised"
    )


def test_one_tensor_under_several_names_is_no_dilemma():
    checkpoint = open_checkpoint(FORMATS / "torch_tied.pth")
    assert [t.tied_to for t in checkpoint.tensors] == [
        None,
        *["state_dict.embed_tokens.weight"] * 2,
    ]
    # Two usual names; that they are the same numbers is what lets one be chosen.
    head = read_head(FORMATS / "torch_tied.pth")
    assert head.tensor in ("state_dict.fc.weight", "state_dict.classifier.weight")
    np.testing.assert_array_equal(head.templates, WEIGHT)


def test_tensors_that_only_look_alike_are_not_tied(tmp_path):
    content = {"fc.weight": View(Storage("0")), "classifier.weight": View(Storage("1"))}
    path = write_torch_zip(tmp_path / "m.pth", torch_pickle(content), [bytes(80), bytes(80)])
    assert [tensor.tied_to for tensor in list_tensors(path)] == [None, None]
    with pytest.raises(SemdepthError, match=r"\.weight .*\.weight"):
        find_head(list_tensors(path))


# Weights that are computed


@pytest.mark.parametrize("form", ["old", "new", "spectral_old", "spectral_new", "pruned"])
def test_a_weight_that_the_layer_computes(form):
    tensors = tensors_of(FORMATS / "torch_computed_weights.pth")
    tensor = tensors[f"{form}.weight"]
    with np.load(FORMATS / "torch_computed_weights.npz") as used_by_torch:
        expected = used_by_torch[form]
    assert (tensor.shape, tensor.dtype) == ((6, 8), "float32")
    # torch computed with float32, and multiplied with a unit matrix.
    np.testing.assert_allclose(tensor.load(), expected, rtol=2e-6, atol=1e-7)


def safetensors_with(path, **arrays):
    import safetensors.numpy

    # bitsandbytes' own names have two underscores in them.
    names = {key: key.replace("__", ".").replace("bytes.", "bytes__") for key in arrays}
    safetensors.numpy.save_file({names[key]: array for key, array in arrays.items()}, path)
    return path


def test_weight_norm_by_its_formula(tmp_path):
    path, direction = tmp_path / "m.safetensors", np.float32([[3, 4], [0, 2], [1, 0]])

    def computed(length):
        length = np.asarray(length, "f4")
        safetensors_with(path, fc__weight_g=length, fc__weight_v=direction)
        assert find_head(list_tensors(path)).tensor.name == "fc.weight"
        return tensors_of(path)["fc.weight"].load()

    # One length for each class: 10 in the direction (3, 4) is (6, 8).
    np.testing.assert_array_equal(computed([[10], [1], [7]]), [[6, 8], [0, 1], [7, 0]])
    # One for the whole layer, whose numbers have the length sqrt(9 + 16 + 4 + 1).
    np.testing.assert_allclose(computed(2), direction * 2 / np.sqrt(30), rtol=1e-7)
    # One for each input: the columns have the lengths sqrt(9 + 1) and sqrt(16 + 4).
    expected = direction * [5, 4] / np.sqrt([10, 20])
    np.testing.assert_allclose(computed([[5, 4]]), expected, rtol=1e-7)


def test_parts_of_a_computed_weight_are_no_layers(tmp_path):
    names = {tensor.name for tensor in list_tensors(FORMATS / "torch_computed_weights.pth")}
    assert {"old.weight", "old.weight_g", "spectral_old.weight_u"} <= names
    assert names.isdisjoint({"old.weight_v", "pruned.weight_orig", "pruned.weight_mask"})


def test_parts_of_a_computed_weight_in_two_shards(tmp_path):
    length, direction = np.float32([[5], [1]]), np.float32([[3, 4, 0], [0, 0, 2]])
    safetensors_with(tmp_path / "one.safetensors", fc__weight_g=length)
    safetensors_with(tmp_path / "two.safetensors", fc__weight_v=direction)
    places = {"fc.weight_g": "one.safetensors", "fc.weight_v": "two.safetensors"}
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": places}))
    np.testing.assert_array_equal(tensors_of(tmp_path)["fc.weight"].load(), [[3, 4, 0], [0, 0, 1]])


@pytest.mark.parametrize(
    "arrays",
    [
        {"fc__weight_v": np.ones((2, 3), "f4")},
        {"fc__weight_v": np.ones((2, 3), "f4"), "fc__weight_g": np.ones((3, 1), "f4")},
        {"fc__weight_v": np.ones(3, "f4"), "fc__weight_g": np.ones(3, "f4")},
        {"fc__weight_v": np.ones((2, 3), "i4"), "fc__weight_g": np.ones((2, 1), "i4")},
        {
            "fc__weight_orig": np.ones((2, 3), "f4"),
            "fc__weight_u": np.ones(2, "f4"),
            "fc__weight_v": np.ones(2, "f4"),
        },
    ],
)
def test_parts_that_do_not_fit_compute_nothing(tmp_path, arrays):
    path = safetensors_with(tmp_path / "m.safetensors", **arrays)
    assert set(tensors_of(path)) == {name.replace("__", ".") for name in arrays}


def test_a_stored_weight_is_not_computed_again(tmp_path):
    weight = np.ones((2, 3), "f4")
    path = safetensors_with(
        tmp_path / "m.safetensors",
        fc__weight=weight,
        fc__weight_orig=weight,
        fc__weight_mask=weight,
    )
    assert len(list_tensors(path)) == 3


def test_half_precision_stays_half_precision(tmp_path):
    parts = {"fc__weight_g": np.ones((2, 1), "f2"), "fc__weight_v": np.ones((2, 3), "f2")}
    path = safetensors_with(tmp_path / "m.safetensors", **parts)
    tensor = tensors_of(path)["fc.weight"]
    assert (tensor.dtype, tensor.load().dtype) == ("float16", np.float16)


# The tar form


def tar_with(tmp_path, **changes):
    """The tar with some of its entries' bytes replaced."""
    path = tmp_path / "m.tar"
    with tarfile.open(FORMATS / "torch_legacy.tar") as old, tarfile.open(path, "w") as new:
        for name in ("storages", "tensors", "pickle"):
            data = old.extractfile(name).read()
            data = changes[name](data) if name in changes else data
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            new.addfile(entry, io.BytesIO(data))
    return path


def test_the_tar_form_as_an_older_python_packed_it(tmp_path):
    assert len(list_tensors(tar_with(tmp_path))) == 4


def one_record(record, behind=b""):
    return lambda data: pickle.dumps(1, 2) + pickle.dumps(record, 2) + behind


AXES = struct.pack("<ii", 33, 0)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"storages": lambda data: data[:60]}, "a tar archive that breaks off within its"),
        ({"storages": lambda data: data[:5]}, "a pickle that breaks off"),
        ({"storages": lambda data: pickle.dumps(-1, 2)}, "without a number of storages"),
        ({"storages": one_record((1, 2))}, "a storage or tensor without a key"),
        ({"storages": one_record((1, "cpu", None))}, "a storage of an unknown number type"),
        ({"tensors": lambda data: data[:-20]}, "breaks off within its tensors"),
        ({"tensors": one_record((1, 100, None), AXES)}, "a tensor with 33 axes"),
        ({"tensors": one_record((1, 7, None), AXES)}, "in a storage that is not in the file"),
        (
            {"tensors": lambda data: data.replace(struct.pack("<q", 12), struct.pack("<q", 2**40))},
            "that reaches outside its storage",
        ),
    ],
)
def test_a_tar_that_does_not_hold_together(tmp_path, changes, found):
    with pytest.raises(DamagedFile) as error:
        open_checkpoint(tar_with(tmp_path, **changes))
    assert found in str(error.value)


def test_views_of_storages_in_the_tar_form(tmp_path):
    # Four of the head's classes, from the second on, as a storage that is part of the head's.
    views = pickle.dumps([(900, 102, 8, 32)], 2)

    def replaced(data):
        return data.removesuffix(pickle.dumps([], 2)) + views

    def fewer(data):
        start = data.index(b"K\xcaKf")  # the record of tensor 202, in storage 102 so far
        record = data[start:].replace(b"K\xcaKf", b"K\xcaM\x84\x03")
        return data[:start] + record.replace(struct.pack("<q", 6), struct.pack("<q", 4), 1)

    tensors = tensors_of(tar_with(tmp_path, storages=replaced, tensors=fewer))
    np.testing.assert_array_equal(tensors["state_dict.fc.weight"].load(), WEIGHT[1:5])


def test_a_tar_whose_header_claims_a_petabyte(tmp_path):
    data = bytearray((FORMATS / "torch_legacy.tar").read_bytes())
    first = data.index(b"ustar") - 257
    for field in (b"\x80" + (10**15).to_bytes(11, "big"), b"7777777777777", b"not octal..."):
        data[first + 124 : first + 136] = field[:12]
        with pytest.raises(UnknownFormat, match="found a tar archive of other files"):
            open_checkpoint(write(tmp_path / "m.tar", bytes(data)))


def test_links_in_a_tar_are_not_followed(tmp_path):
    secret = write(tmp_path / "secret", pickle.dumps(0, 2))
    with tarfile.open(tmp_path / "m.tar", "w") as archive:
        for name in ("storages", "tensors", "pickle"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, str(secret)
            archive.addfile(entry)
    with pytest.raises(UnknownFormat, match="found a tar archive of other files"):
        open_checkpoint(tmp_path / "m.tar")


# Shares of a model


def view_zip(path, content, count=2):
    return write_torch_zip(path, torch_pickle(content), [bytes(80)] * count)


def empty_view():
    return View(Storage(), shape=(0,), strides=(1,))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (
            {"module": {"fc.weight": empty_view()}, "param_shapes": [{}], "ds_version": "0.9"},
            "one rank's share of a DeepSpeed ZeRO checkpoint; gather it with the zero_to_fp32.py",
        ),
        (
            {"optimizer_state_dict": {"zero_stage": 2, "single_partition_of_fp32_groups": []}},
            "one rank's share of a DeepSpeed ZeRO checkpoint; gather it with the zero_to_fp32.py",
        ),
        (
            {"model": {"_fsdp_wrapped_module.flat_param": View(Storage(), 0, (20,), (1,))}},
            "one rank's flattened share of an FSDP checkpoint; save it with FullStateDictConfig",
        ),
    ],
)
def test_a_share_of_a_model_is_named(tmp_path, content, found):
    path = view_zip(tmp_path / "m.pth", content)
    with pytest.raises(UnknownFormat) as error:
        open_checkpoint(path)
    assert str(error.value).startswith(
        f"{path}: expected a checkpoint of the whole model, found {found}"
    )


def test_a_deepspeed_file_with_all_weights_is_read(tmp_path):
    content = {"module": {"fc.weight": View(Storage())}, "param_shapes": [{}]}
    assert list(tensors_of(view_zip(tmp_path / "m.pth", content))) == ["module.fc.weight"]


def test_archives_in_a_row_are_a_shard(tmp_path):
    one = view_zip(tmp_path / "one.pth", View(Storage())).read_bytes()
    path = write(tmp_path / "__0_0.distcp", one + one)
    with pytest.raises(UnknownFormat, match="archives in a row, a shard of torch"):
        open_checkpoint(path)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ((".metadata", "__0_0.distcp"), "a folder of shards by torch.distributed.checkpoint"),
        (("latest", "zero_to_fp32.py"), "a folder of shards by DeepSpeed"),
    ],
)
def test_a_folder_of_shards_is_named(tmp_path, names, found):
    for name in names:
        write(tmp_path / name, b"x")
    with pytest.raises(UnknownFormat, match=found):
        open_checkpoint(tmp_path)


# Pickled models that refer to themselves


class Module:
    """Pickled as a torch.nn.Module is: an object with a dictionary."""

    def __init__(self, **attributes):
        self._parameters, self._modules = {}, {}
        self.__dict__.update(attributes)


def test_a_pickled_model_that_refers_to_itself(tmp_path):
    model = Module(_modules={"fc": Module(_parameters={"weight": View(Storage())})})
    model._modules["fc"].parent = model
    model.everything = [model, *model._modules.values()]
    path = view_zip(tmp_path / "m.pth", {"model": model})
    assert list(tensors_of(path)) == ["model.fc.weight"]


def test_layers_that_know_all_others(tmp_path):
    layers = {f"l{i}": Module(_parameters={"weight": View(Storage())}) for i in range(12)}
    for layer in layers.values():
        layer.others = list(layers.values())
    path = view_zip(tmp_path / "m.pth", Module(_modules=layers))
    # Gone through again for each of the others, that would be 12! ways.
    assert [n for n in tensors_of(path) if n.count(".") == 1] == [f"l{i}.weight" for i in range(12)]


def test_long_keys_make_no_long_names(tmp_path):
    # A file of a few megabytes, whose names would fill terabytes.
    tensors = dict.fromkeys(map(str, range(20_000)), None)
    path = view_zip(tmp_path / "m.pth", {"x" * 1_000_000: {"y" * 1_000_000: tensors}})
    assert list_tensors(path) == []
    path = view_zip(tmp_path / "m.pth", {"x" * 1000: {"fc": View(Storage())}})
    with pytest.raises(DamagedFile, match="a tensor's name of 1002 letters"):
        list_tensors(path)


def test_one_layer_in_two_places_is_listed_twice(tmp_path):
    layer = Module(_parameters={"weight": View(Storage())})
    path = view_zip(tmp_path / "m.pth", Module(_modules={"embed": layer, "head": layer}))
    names = {t.name: t.tied_to for t in list_tensors(path)}
    assert names == {"embed.weight": None, "head.weight": "embed.weight"}


# Whatever the bytes: an answer, or one of our errors


@pytest.mark.parametrize(
    "name", ["legacy.tar", "exported.pt2", "quantised_scripted.pt", "frozen.pt"]
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_damage_of_any_kind_is_one_of_our_errors(name, tmp_path, data):
    content = bytearray((FORMATS / f"torch_{name}").read_bytes())
    places = st.integers(0, len(content) - 1)
    for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=4)):
        content[place] = byte
    kept = data.draw(st.one_of(st.just(len(content)), places))
    told = ""
    try:
        for tensor in list_tensors(write(tmp_path / "damaged", bytes(content[:kept]))):
            tensor.load()
    except SemdepthError as error:
        told = str(error)
    assert "\n" not in told
