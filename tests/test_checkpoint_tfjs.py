"""TensorFlow.js: layers and graph models, shards, quantised weights, and every bad file."""

import base64
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from canonical_head import BIAS, CLASSES, HIDDEN_WEIGHT, SCALE, WEIGHT
from semdepth.errors import DamagedFile, ReadError, UnknownFormat, UnsafeFile
from semdepth.head import find_head, load_templates
from semdepth.reading.checkpoints import list_tensors, open_checkpoint, tfjs
from semdepth.reading.checkpoints.tfjs.graph import endings
from semdepth.reading.heads import read_head

FOLDER = Path(__file__).parent / "data" / "formats"
EXACT = (
    "tfjs_layers",
    "tfjs_uint8",
    "tfjs_uint16",
    "tfjs_graph",
    "tfjs_graph_convolution",
    "tfjs_graph_transposed",
    "tfjs_graph_float16",
)


def head_of(path):
    checkpoint = open_checkpoint(path)
    found = find_head(
        checkpoint.tensors,
        keeps_order=checkpoint.keeps_order,
        output_layers=checkpoint.output_layers,
    )
    return found, *load_templates(found)


@pytest.fixture
def model(tmp_path):
    """A copy of the layers model, and how to change its model.json."""
    folder = Path(shutil.copytree(FOLDER / "tfjs_layers", tmp_path / "model"))

    def change(edit):
        content = json.loads((folder / "model.json").read_text())
        edit(content)
        (folder / "model.json").write_text(json.dumps(content))
        return folder / "model.json"

    return change


# Values


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("inside", ["", "model.json"])
def test_the_head_is_exact(name, inside):
    found, weight, bias = head_of(FOLDER / name / inside)
    np.testing.assert_array_equal(weight, WEIGHT)
    np.testing.assert_array_equal(bias, BIAS)
    assert "the stored graph's last layer before output" in found.reason


def test_quantised_weights_are_within_half_a_step():
    found, weight, bias = head_of(FOLDER / "tfjs_graph_uint8")
    # The converter spreads what a tensor spans over 255 steps.
    assert np.abs(weight - WEIGHT).max() <= np.ptp(WEIGHT) / 255 / 2 + 1e-7
    assert np.abs(bias - BIAS).max() <= np.ptp(BIAS) / 255 / 2 + 1e-7
    assert (found.tensor.dtype, weight.dtype) == ("quint8", np.float32)


@pytest.mark.parametrize(
    ("name", "told", "numbers"),
    [
        ("tfjs_layers", "float32", np.float32),
        ("tfjs_uint8", "quint8", np.float32),
        ("tfjs_uint16", "quint16", np.float32),
        ("tfjs_graph_float16", "float16", np.float16),
    ],
)
def test_types_are_told_as_stored(name, told, numbers):
    found, weight, _ = head_of(FOLDER / name)
    assert (found.tensor.dtype, weight.dtype) == (told, numbers)


def test_names_and_axes():
    tensors = list_tensors(FOLDER / "tfjs_layers")
    assert [(t.name, t.shape, t.class_axis) for t in tensors] == [
        ("hidden.kernel", (12, 8), 1),
        ("hidden.bias", (8,), 0),
        ("dense_Dense2.kernel", (8, 6), 1),
        ("dense_Dense2.bias", (6,), 0),
    ]
    np.testing.assert_array_equal(tensors[0].load().T, HIDDEN_WEIGHT)
    assert head_of(FOLDER / "tfjs_graph_transposed")[0].tensor.class_axis == 0
    assert head_of(FOLDER / "tfjs_graph_convolution")[0].tensor.class_axis == 3


def test_a_weight_may_lie_in_two_shards():
    sizes = [path.stat().st_size for path in sorted((FOLDER / "tfjs_layers").glob("*.bin"))]
    before = (12 * 8 + 8) * 4
    assert before < sizes[0] < before + WEIGHT.nbytes  # the cut goes through the head's kernel
    tensor = list_tensors(FOLDER / "tfjs_layers")[2]
    np.testing.assert_array_equal(tensor.load().T, WEIGHT)


def test_whole_numbers_that_were_quantised_stay_no_weights(model):
    def edit(content):
        entry = content["weightsManifest"][0]["weights"][0]
        entry |= {"dtype": "int32", "quantization": {"dtype": "uint8", "scale": 1, "min": 0}}

    tensor = list_tensors(model(edit))[0]
    assert tensor.dtype == "int32"


def test_a_scale_that_is_a_whole_number(model):
    def edit(content):
        entry = content["weightsManifest"][0]["weights"][0]
        entry["quantization"] = {"dtype": "uint8", "scale": 100, "min": -1}

    path = model(edit)
    raw = (path.parent / "group1-shard1of2.bin").read_bytes()[:96]
    expected = [100.0 * byte - 1 for byte in raw]
    path = model(
        lambda c: c["weightsManifest"][0].update(weights=c["weightsManifest"][0]["weights"][:1])
    )
    np.testing.assert_array_equal(list_tensors(path)[0].load().ravel(), expected)


def test_texts_are_stepped_over(tmp_path):
    texts = b"".join(len(word).to_bytes(4, "little") + word for word in (b"tench", b"", b"cat"))
    (tmp_path / "all.bin").write_bytes(texts + WEIGHT.tobytes())
    entries = [
        {"name": "words", "shape": [3], "dtype": "string"},
        {"name": "w", "shape": [6, 8], "dtype": "float32"},
    ]
    manifest = [{"paths": ["all.bin"], "weights": entries}]
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"modelTopology": {}, "weightsManifest": manifest}))
    words, weight = list_tensors(path)
    np.testing.assert_array_equal(weight.load(), WEIGHT)
    with pytest.raises(UnknownFormat, match="found string"):
        words.load()


# Names of classes


def test_names_inside():
    head = read_head(FOLDER / "tfjs_layers")
    assert head.labels == CLASSES
    assert head.names_from == "'labels' in model.json's userDefinedMetadata"
    assert tfjs.class_names(FOLDER / "tfjs_layers") == CLASSES


def test_names_of_teachable_machine_beside(model):
    path = model(lambda content: content.pop("userDefinedMetadata"))
    metadata = {"tfjsVersion": "1.3.1", "labels": list(CLASSES), "imageSize": 224}
    (path.parent / "metadata.json").write_text(json.dumps(metadata), "utf-8")
    for place in (path, path.parent):
        head = read_head(place)
        assert head.labels == CLASSES
        assert head.names_from == "metadata.json beside model.json"


# Graphs written by hand


def node(op, name, *feeds, **attributes):
    return {"op": op, "name": name, "input": list(feeds), "attr": attributes}


def weights_found(nodes, model=None, shapes=None):
    found = endings({"node": nodes}, model or {}, shapes or {"w": (8, 6), "b": (6,), "c": (6,)})
    return [(ending.weight, ending.bias, ending.class_axis) for ending in found]


CONSTANTS = [node("Const", "w"), node("Const", "b"), node("Placeholder", "x")]
PRODUCT = [*CONSTANTS, node("MatMul", "product", "x", "w")]


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        ([], [("w", None, 1)]),
        ([node("AddV2", "sum", "product:0", "b"), node("Softmax", "s", "sum")], [("w", "b", 1)]),
        ([node("BiasAdd", "sum", "product", "b", "^x")], [("w", "b", 1)]),
        ([node("Identity", "i", "b"), node("Add", "s", "i", "product")], [("w", "b", 1)]),
        ([node("AddV2", "sum", "product", "other"), node("Relu", "other", "x")], []),
        ([node("Relu", "r", "product")], []),
        ([node("Relu", "r", "product"), node("Softmax", "s", "r")], [("w", None, 1)]),
        ([node("Mul", "m", "product", "b")], []),
        ([node("Softmax", "s", "product"), node("ArgMax", "a", "s", "b")], [("w", None, 1)]),
        ([node("Dropout", "product2", "product")], []),
    ],
)
def test_what_may_stand_behind_the_head(behind, expected):
    assert weights_found([*PRODUCT, *behind]) == expected


def test_a_transposed_product_counts_classes_first():
    nodes = [*CONSTANTS, node("_FusedMatMul", "p", "x", "w", "b", transpose_b={"b": True})]
    assert weights_found(nodes, shapes={"w": (6, 8), "b": (6,)}) == [("w", "b", 0)]


def test_a_network_without_classifier_has_no_head():
    relu = {"list": {"s": [base64.b64encode(op).decode() for op in (b"BiasAdd", b"Relu6")]}}
    conv = node("_FusedConv2D", "conv", "x", "w", "b", fused_ops=relu)
    shapes = {"w": (1, 1, 8, 6), "b": (6,), "axes": (2,)}
    nodes = [*CONSTANTS, conv, node("Mean", "mean", "conv", "axes")]
    assert weights_found(nodes, shapes=shapes) == []
    nodes.append(node("Softmax", "scores", "mean"))
    assert weights_found(nodes, shapes=shapes) == [("w", "b", 3)]


def test_outputs_are_those_of_the_signature():
    nodes = [*PRODUCT, node("MatMul", "other", "x", "v"), node("Const", "v")]
    shapes = {"w": (8, 6), "v": (8, 4)}
    signature = {"outputs": {"scores": {"name": "product:0"}}}
    assert weights_found(nodes, {"signature": signature}, shapes) == [("w", None, 1)]
    inside = {"userDefinedMetadata": {"signature": signature}}
    assert weights_found(nodes, inside, shapes) == [("w", None, 1)]
    # Without one, every end of the graph is an output.
    assert weights_found(nodes, {}, shapes) == [("w", None, 1), ("v", None, 1)]


@pytest.mark.parametrize(
    "nodes",
    [
        [node("Identity", "a", "b"), node("Identity", "b", "a"), node("Softmax", "c", "a")],
        [node("MatMul", "product", "x", "a"), node("Identity", "a", "a")],
        [3, {"name": 4}, {"name": "a", "input": 5, "attr": 6, "op": []}],
        [node("MatMul", "product", "x")],
    ],
)
def test_a_graph_that_makes_no_sense_tells_nothing(nodes):
    assert weights_found(nodes) == []


# What is refused


def shard(name):
    def edit(content):
        content["weightsManifest"][0]["paths"][1] = name

    return edit


@pytest.mark.parametrize("name", ["../x.bin", "/etc/hostname", "a/../../x", "c:x", "", 5, "a\\b"])
def test_shards_elsewhere_are_refused(name, model):
    with pytest.raises(UnsafeFile, match="no file name in this folder"):
        open_checkpoint(model(shard(name)))


def test_a_shard_that_links_out_of_the_folder_is_refused(model, tmp_path):
    (tmp_path / "outside.bin").write_bytes(bytes(132))
    path = model(shard("link.bin"))
    os.symlink(tmp_path / "outside.bin", path.parent / "link.bin")
    with pytest.raises(UnsafeFile, match="leads out of this folder"):
        open_checkpoint(path)


def test_a_missing_shard_is_named(model):
    with pytest.raises(ReadError, match=r"found no 'gone\.bin'; put all files"):
        open_checkpoint(model(shard("gone.bin")))


def test_shards_that_end_too_early(model):
    path = model(lambda content: None)
    (path.parent / "group1-shard2of2.bin").write_bytes(bytes(100))
    with pytest.raises(DamagedFile, match=r"600 bytes in the shards of 'dense_Dense2/kernel'"):
        open_checkpoint(path)


@pytest.mark.parametrize(
    ("entry", "match"),
    [
        ({"shape": [1 << 50, 1 << 50]}, "bytes in the shards"),
        ({"shape": [-1]}, "without name, shape and dtype"),
        ({"shape": "8"}, "without name, shape and dtype"),
        ({"dtype": None}, "without name, shape and dtype"),
        ({"dtype": "float7"}, "unknown type 'float7'"),
        ({"quantization": {"dtype": "uint8"}}, "without dtype, scale and min"),
        ({"quantization": {"dtype": "uint8", "scale": 10**400, "min": 0}}, "without dtype, scale"),
        ({"quantization": {"dtype": "int4", "scale": 1, "min": 0}}, "without dtype, scale and min"),
        (
            {"quantization": {"dtype": "uint8", "scale": float("nan"), "min": 0}},
            "without dtype, scale and min",
        ),
    ],
)
def test_weights_that_make_no_sense(entry, match, model):
    with pytest.raises(DamagedFile, match=match):
        open_checkpoint(model(lambda c: c["weightsManifest"][0]["weights"][0].update(entry)))


@pytest.mark.parametrize("manifest", [None, {}, [3], [{"paths": 1, "weights": []}], [{}]])
def test_a_list_of_weights_that_is_none(manifest, model):
    with pytest.raises(DamagedFile, match="weights"):
        open_checkpoint(model(lambda content: content.update(weightsManifest=manifest)))


def test_json_of_something_else_is_no_model(tmp_path):
    path = tmp_path / "model.json"
    path.write_text('{"weights": []}')
    with pytest.raises(UnknownFormat, match="a text file that begins"):
        open_checkpoint(path)
    path.write_text('{"weightsManifest": ')
    with pytest.raises(DamagedFile, match="no JSON"):
        open_checkpoint(path)


def test_a_quantised_weight_is_what_javascript_computes(tmp_path):
    # In double precision, then rounded to float32: in single precision 0.1 * 3 + 0.7 differs.
    raw = np.arange(256, dtype=np.uint8)
    (tmp_path / "a.bin").write_bytes(raw.tobytes())
    packing = {"dtype": "uint8", "scale": 0.1, "min": -SCALE / 3}
    entry = {"name": "w", "shape": [128, 2], "dtype": "float32", "quantization": packing}
    manifest = [{"paths": ["a.bin"], "weights": [entry]}]
    (tmp_path / "model.json").write_text(json.dumps({"weightsManifest": manifest}))
    (tensor,) = list_tensors(tmp_path)
    expected = [np.float32(float(q) * 0.1 + -SCALE / 3) for q in raw]
    np.testing.assert_array_equal(tensor.load().ravel(), np.array(expected))
