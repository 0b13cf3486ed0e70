"""ONNX: every tensor as the onnx library reads it, and the head that the graph shows."""

import os
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from onnx import TensorProto, helper, numpy_helper

from canonical_head import BIAS, CLASSES, WEIGHT
from onnx_models import GEMM, HEAD, HIDDEN, SAME, node, save, stored
from semdepth.errors import DamagedFile, ReadError, SemdepthError, UnknownFormat, UnsafeFile
from semdepth.head import OutputLayer, find_head, load_templates
from semdepth.labels import label_set_of_names
from semdepth.reading.checkpoints import onnx as reader
from semdepth.reading.checkpoints import open_checkpoint
from semdepth.reading.checkpoints.containers import protobuf
from semdepth.reading.checkpoints.onnx import model, names
from semdepth.reading.checkpoints.onnx.tensors import TYPES
from semdepth.reading.heads import read_head

FOLDER = Path(__file__).parent / "data" / "formats"
NAMES = label_set_of_names(CLASSES, "the test")
# What scripts/formats/onnx_files.py makes: the head's weight and bias, and its step if quantised.
FILES = {
    "dynamo": ("head.weight", "head.bias"),
    "legacy": ("head.weight", "head.bias"),
    "matmul": ("onnx::MatMul_13", "head.bias"),
    "transposed": ("head.weight", "head.bias"),
    "conv": ("head.weight", "head.bias"),
    "qdq_per_tensor": ("head.weight_quantized", "head.bias_quantized"),
    "qdq_per_channel": ("onnx::MatMul_13_quantized", "head.bias_quantized"),
    "qoperator_per_tensor": ("head.weight_quantized", "head.bias_quantized"),
    "qoperator_per_channel": ("onnx::MatMul_13_quantized", "head.bias_quantized"),
    "dynamic": ("head.weight_Transposed_quantized", "head.bias"),
    "dynamic_per_channel": ("onnx::MatMul_13_quantized", "head.bias"),
}
WITH_NAMES = ("legacy", "qdq_per_tensor", "qoperator_per_tensor", "dynamic")


def file(name):
    return FOLDER / f"onnx_{name}.onnx"


def loaded(path, name):
    """The library's own numbers of a tensor."""
    proto = onnx.load(path)
    return next(numpy_helper.to_array(t) for t in proto.graph.initializer if t.name == name)


# Files that real exporters wrote


@pytest.mark.parametrize("name", FILES)
def test_the_head_of_a_real_export(name):
    weight, bias = FILES[name]
    checkpoint = open_checkpoint(file(name))
    assert checkpoint.format == "ONNX"
    assert checkpoint.output_layers == (OutputLayer(weight, bias, "scores"),)
    head = read_head(file(name), labels=None if name in WITH_NAMES else NAMES)
    assert head.labels == CLASSES
    assert head.tensor == weight
    assert head.templates.dtype == head.bias.dtype == np.float32
    weight_step = bias_step = 0.0
    if weight.endswith("_quantized"):
        steps = loaded(file(name), weight.replace("_quantized", "_scale")).reshape(-1, 1)
        weight_step = 0.5001 * steps
    if bias.endswith("_quantized"):
        bias_step = 0.5001 * bias_scale(file(name))
    assert (abs(head.templates - WEIGHT) <= weight_step).all()
    assert (abs(head.bias - BIAS) <= bias_step).all()


def bias_scale(path):
    proto = onnx.load(path)
    for user in proto.graph.node:
        if "head.bias_quantized" in user.input:
            if user.op_type == "QGemm":  # its sums are in steps of the input's times the weight's
                return loaded(path, user.input[1]) * loaded(path, user.input[4])
            place = list(user.input).index("head.bias_quantized")
            return loaded(path, user.input[place + 1])
    raise AssertionError(f"no bias in {path}")


@pytest.mark.parametrize("name", WITH_NAMES)
def test_names_as_ultralytics_writes_them(name):
    checkpoint = open_checkpoint(file(name))
    assert checkpoint.class_names == reader.class_names(file(name)) == CLASSES
    assert checkpoint.names_from == "'names' in the model's metadata"


def own_tensors(path):
    return {tensor.name: tensor for tensor in reader.list_tensors(path)}


def library_tensors(path):
    proto = onnx.load(path)
    found = {t.name: t for t in proto.graph.initializer}
    for made in proto.graph.node:
        if made.op_type == "Constant":
            values = {a.name: a.t for a in made.attribute}
            found |= {made.output[0]: values["value"]} if "value" in values else {}
    return {k: numpy_helper.to_array(t) for k, t in found.items() if t.data_type != 8}


def test_the_librarys_own_models_tensor_by_tensor():
    compared = 0
    for path in sorted(Path(onnx.__file__).parent.rglob("*.onnx")):
        own = own_tensors(path)
        for name, values in library_tensors(path).items():
            if not own[name].dtype.startswith("q"):
                numbers = own[name].load()
                assert numbers.dtype == values.dtype
                np.testing.assert_array_equal(numbers.reshape(values.shape), values)
                compared += 1
    assert compared > 1000


ARCHITECTURES = (
    "bvlc_alexnet densenet121 inception_v1 inception_v2 resnet50 shufflenet squeezenet vgg19"
)


@pytest.mark.parametrize("name", ARCHITECTURES.split())
def test_the_last_layer_of_well_known_networks(name, tmp_path):
    light = Path(onnx.__file__).parent / f"backend/test/data/light/light_{name}.onnx"
    proto = onnx.load(light)
    weight, bias = with_stored_weights(proto)
    onnx.save(proto, tmp_path / "model.onnx")
    checkpoint = open_checkpoint(tmp_path / "model.onnx")
    (layer,) = checkpoint.output_layers
    assert (layer.weight, layer.bias) == (weight, bias)
    found = find_head(checkpoint.tensors, output_layers=checkpoint.output_layers)
    assert (found.tensor.name, found.bias.name, found.n_classes) == (weight, bias, 1000)


def with_stored_weights(proto):
    """Replace the library's computed constants by tensors whose numbers lie in no file.

    Gives the weight and bias of the last layer.
    """
    shapes = {t.name: numpy_helper.to_array(t) for t in proto.graph.initializer}
    kept = []
    for made in proto.graph.node:
        if made.op_type != "ConstantOfShape":
            kept.append(made)
            continue
        tensor = TensorProto(name=made.output[0], data_type=1, data_location=1)
        tensor.dims.extend(shapes[made.input[0]])
        tensor.external_data.add(key="location", value="elsewhere.bin")
        proto.graph.initializer.append(tensor)
    del proto.graph.node[:]
    proto.graph.node.extend(kept)
    last = next(n for n in reversed(kept) if n.op_type in ("Gemm", "Conv"))
    reshaped = {n.output[0]: n.input[0] for n in kept if n.op_type == "Reshape"}
    return reshaped.get(last.input[1], last.input[1]), last.input[2]


# Every number type in every form


NOT_READ = ("string", "complex64", "complex128", "float4_e2m1")
READABLE = [code for code, name in TYPES.items() if name not in NOT_READ]


@st.composite
def protos(draw):
    """A tensor of any type and shape, its numbers as raw bytes or in a field of their own."""
    code = draw(st.sampled_from(READABLE))
    shape = draw(array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
    n = int(np.prod(shape))
    low, high = (0, 1) if code == TensorProto.BOOL else (-2, 1) if "int" in TYPES[code] else (-8, 8)
    if TYPES[code].startswith("uint"):
        low, high = 0, 3
    values = draw(st.lists(st.integers(low, high), min_size=n, max_size=n))
    kind = helper.tensor_dtype_to_np_dtype(code)
    if draw(st.booleans()):
        return numpy_helper.from_array(np.array(values).reshape(shape).astype(kind), "values")
    return helper.make_tensor("values", code, shape, values)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(proto=protos(), as_constant=st.booleans())
def test_every_number_type_in_every_form(tmp_path, proto, as_constant):
    path = tmp_path / "model.onnx"
    if as_constant:
        save(path, [helper.make_node("Constant", [], ["values"], value=proto)])
    else:
        save(path, tensors=[proto])
    (tensor,) = reader.list_tensors(path)
    values, expected = tensor.load(), numpy_helper.to_array(proto)
    assert tensor.name == "values"
    assert tensor.dtype == TYPES[proto.data_type]
    assert tensor.shape == values.shape == tuple(proto.dims)
    np.testing.assert_array_equal(values.astype(np.float64), expected.astype(np.float64))


def test_large_and_negative_numbers_in_fields_of_their_own(tmp_path):
    wide = [0, -1, 2**62, -(2**63), 2**63 - 1]
    tensors = [
        helper.make_tensor("int64", TensorProto.INT64, [5], wide),
        helper.make_tensor("int32", TensorProto.INT32, [2], [-(2**31), 2**31 - 1]),
        helper.make_tensor("uint64", TensorProto.UINT64, [2], [2**64 - 1, 2**63]),
        helper.make_tensor("bfloat16", TensorProto.BFLOAT16, [3], [-1.5, 0.0078125, 2.0**100]),
    ]
    own = own_tensors(save(tmp_path / "model.onnx", tensors=tensors))
    for proto in tensors:
        expected = numpy_helper.to_array(proto)
        np.testing.assert_array_equal(own[proto.name].load().tolist(), expected.tolist())


def test_numbers_that_are_not_packed(tmp_path):
    def message(*fields):
        return b"".join(
            bytes([number << 3 | kind, *([len(data)] if kind == 2 else [])]) + data
            for number, kind, data in fields
        )

    ones = np.float32(1).tobytes()
    tensor = message(
        (1, 2, b"\x02\x02"), (2, 0, b"\x01"), *[(4, 5, ones)] * 3, (8, 2, b"w"), (4, 5, bytes(4))
    )
    path = tmp_path / "model.onnx"
    path.write_bytes(message((1, 0, b"\x08"), (7, 2, message((5, 2, tensor)))))
    np.testing.assert_array_equal(own_tensors(path)["w"].load(), [[1, 1], [1, 0]])
    np.testing.assert_array_equal(loaded(path, "w"), [[1, 1], [1, 0]])


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ({"value_int": -3}, np.array(-3)),
        ({"value_ints": [3, -4]}, np.array([3, -4])),
        ({"value_float": 0.5}, np.array(0.5, np.float32)),
        ({"value_floats": [0.5, -2.0]}, np.array([0.5, -2.0], np.float32)),
    ],
)
def test_constants_without_a_tensor(tmp_path, attribute, expected):
    node = helper.make_node("Constant", [], ["values"], **attribute)
    (tensor,) = reader.list_tensors(save(tmp_path / "model.onnx", [node]))
    assert tensor.shape == expected.shape
    assert tensor.load().dtype == expected.dtype == tensor.dtype
    np.testing.assert_array_equal(tensor.load(), expected)


@pytest.mark.parametrize("kind", ["FLOAT4E2M1", "COMPLEX64"])
def test_types_that_are_listed_but_not_read(tmp_path, kind):
    proto = helper.make_tensor("values", getattr(TensorProto, kind), [2, 2], [1.0] * 4)
    (tensor,) = reader.list_tensors(save(tmp_path / "model.onnx", tensors=[proto]))
    assert tensor.shape == (2, 2)
    with pytest.raises(UnknownFormat, match=f"found {TYPES[proto.data_type]}, which semdepth does"):
        tensor.load()


def test_texts_are_no_tensors(tmp_path):
    texts = helper.make_tensor("texts", TensorProto.STRING, [2], [b"a", b"b"])
    node = helper.make_node("Constant", [], ["more"], value=texts)
    assert reader.list_tensors(save(tmp_path / "model.onnx", [node], [texts])) == []


# Numbers in a file beside the model


def save_outside(folder, location="model.data"):
    """The head with its numbers in another file, written by the library."""
    path = save(folder / "whole.onnx", [*HIDDEN, GEMM, SAME], stored(**HEAD))
    proto = onnx.load(path)
    (folder / location).parent.mkdir(parents=True, exist_ok=True)
    options = {"location": location, "size_threshold": 0, "all_tensors_to_one_file": True}
    onnx.save(proto, folder / "model.onnx", save_as_external_data=True, **options)
    path.unlink()
    return folder / "model.onnx"


def relocated(path, **entries):
    """The same model with other entries in the head's external_data."""
    proto = onnx.load(path, load_external_data=False)
    tensor = next(t for t in proto.graph.initializer if t.name == "W")
    told = {e.key: e.value for e in tensor.external_data} | entries
    del tensor.external_data[:]
    for key, value in told.items():
        if value is not None:
            tensor.external_data.add(key=key, value=value)
    path.write_bytes(proto.SerializeToString())
    return path


@pytest.mark.parametrize("location", ["model.data", "weights/model.bin", "a b.onnx_data"])
def test_external_data(tmp_path, location):
    head = read_head(save_outside(tmp_path, location), labels=NAMES)
    np.testing.assert_array_equal(head.templates, WEIGHT)
    np.testing.assert_array_equal(head.bias, BIAS)


def test_external_data_without_a_length_and_from_the_beginning(tmp_path):
    (tmp_path / "w").write_bytes(WEIGHT.tobytes())
    path = relocated(save_outside(tmp_path), location="w", offset=None, length=None)
    np.testing.assert_array_equal(read_head(path, labels=NAMES).templates, WEIGHT)


def test_external_data_that_is_missing(tmp_path):
    path = save_outside(tmp_path)
    (tmp_path / "model.data").unlink()
    assert open_checkpoint(path).output_layers[0].weight == "W"
    with pytest.raises(ReadError) as error:
        read_head(path, labels=NAMES)
    assert str(error.value) == (
        f"{path}: expected the numbers of tensor 'W' in 'model.data' beside it, found no such "
        "file; put it there too"
    )


@pytest.mark.parametrize(
    "location",
    ["/etc/passwd", "../model.data", "a/../../b", "..", "C:\\data", "C:data", "a\\..\\b", "\\x"],
)
def test_external_data_outside_the_folder(tmp_path, location):
    path = relocated(save_outside(tmp_path), location=location)
    with pytest.raises(UnsafeFile) as error:
        open_checkpoint(path)
    assert str(error.value) == (
        f"{path}: expected an ONNX model, found external data in {location!r}, outside the "
        "model's folder; nothing was read there"
    )


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="this system has no symbolic links")
def test_external_data_behind_a_link(tmp_path):
    (tmp_path / "model").mkdir()
    path = save_outside(tmp_path / "model")
    data = tmp_path / "model" / "model.data"
    data.rename(tmp_path / "secret")
    data.symlink_to(tmp_path / "secret")
    with pytest.raises(UnsafeFile, match=r"external data in 'model\.data', outside the model's"):
        open_checkpoint(path)
    data.unlink()
    data.symlink_to(data)
    with pytest.raises((ReadError, UnsafeFile)):
        read_head(path, labels=NAMES)
    # Within the folder a link is as good as a file.
    data.unlink()
    (tmp_path / "secret").rename(tmp_path / "model" / "real")
    data.symlink_to("real")
    np.testing.assert_array_equal(read_head(path, labels=NAMES).templates, WEIGHT)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="this system has no symbolic links")
def test_a_cache_that_links_a_model_and_its_data_alike(tmp_path):
    """Hugging Face's: files lie in one folder under their checksums, snapshots link to them."""
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshots" / "1"
    blobs.mkdir()
    snapshot.mkdir(parents=True)
    save_outside(blobs)
    for name, checksum in (("model.onnx", "0a1b"), ("model.data", "2c3d")):
        (blobs / name).rename(blobs / checksum)
        (snapshot / name).symlink_to(Path("../../blobs") / checksum)
    head = read_head(snapshot / "model.onnx", labels=NAMES)
    np.testing.assert_array_equal(head.templates, WEIGHT)


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ({"offset": "-1"}, "external data whose offset is '-1', no whole number"),
        ({"offset": "1e3"}, "external data whose offset is '1e3', no whole number"),
        ({"length": "9" * 30}, f"external data whose length is '{'9' * 30}', no whole number"),
        ({"length": "100"}, "100 bytes of external data for a tensor of 192 bytes"),
        ({"location": ""}, "external data in '', which is no file name"),
        ({"location": "."}, "external data in '.', which is no file name"),
        ({"location": "a\0b"}, "external data in 'a\\x00b', which is no file name"),
    ],
)
def test_external_data_that_is_described_wrongly(tmp_path, entries, found):
    path = relocated(save_outside(tmp_path), **entries)
    with pytest.raises(DamagedFile) as error:
        open_checkpoint(path)
    assert str(error.value).endswith(f"found {found}; download or save the file again")


@pytest.mark.parametrize(
    "entries", [{"offset": "9" * 19}, {"offset": "100000"}, {"location": "weights"}]
)
def test_external_data_that_is_not_there(tmp_path, entries):
    path = relocated(save_outside(tmp_path), **entries)
    (tmp_path / "weights").mkdir()
    with pytest.raises(ReadError) as error:
        read_head(path, labels=NAMES)
    assert "the external data of model.onnx" in str(error.value)
    assert "\n" not in str(error.value)


# Names


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("names", str(dict(enumerate(CLASSES))), CLASSES),
        ("names", str({1: "dog's", 0: 'a "cat"'}), ('a "cat"', "dog's")),
        ("names", str(["it's", 'a \\ and "b"', "x\ty\nz", "\u2028é"]), None),
        ("names", str(list(CLASSES)), CLASSES),
        ("names", str(CLASSES), CLASSES),
        ("names", "{ 0 : 'a' ,\n 1: \"b\", }", ("a", "b")),
        ("class_names", '["cat", "dog"]', ("cat", "dog")),
        ("classes", '{"0": "cat", "1": "dog"}', ("cat", "dog")),
        ("labels", '{"dog": 1, "cat": 0}', ("cat", "dog")),
        ("id2label", '{"0": "cat", "1": "dog"}', ("cat", "dog")),
        ("id2label", '{"0": "LABEL_0", "1": "LABEL_1"}', ()),
        ("names", "{0: 'a', 2: 'b'}", ()),
        ("names", "{0: 'a', 0: 'b'}", ()),
        ("names", "{0: 'a', 'b'}", ()),
        ("names", "{0: 'a' 1: 'b'}", ()),
        ("names", "['a', 1: 'b']", ()),
        ("names", "{0: __import__('os').system('true')}", ()),
        ("names", "{0: 'a' * 10**9}", ()),
        ("names", "{0: f'{1}'}", ()),
        ("names", "{0: '\\d'}", ()),
        ("names", "{0: '\\x'}", ()),
        ("names", "[" * 100_000, ()),
        ("names", "{0: 'a", ()),
        ("names", "'a'", ()),
        ("names", "12", ()),
        ("names", "", ()),
        ("author", "['a', 'b']", ()),
    ],
)
def test_names_in_the_metadata(key, text, expected):
    if expected is None:  # whatever Python writes, by the escapes that it uses itself
        expected = tuple(["it's", 'a \\ and "b"', "x\ty\nz", "\u2028é"])
    found = names.names_in_metadata({"stride": "32", key: text})
    assert found == ((expected, f"{key!r} in the model's metadata") if expected else (None, ""))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=6))
def test_names_in_any_letters(texts):
    for written in (str(texts), str(dict(enumerate(texts)))):
        assert names.names_in_metadata({"names": written})[0] == tuple(texts)


def test_the_names_of_a_thousand_classes(tmp_path):
    many = {i: f"class {i}, {'x' * 50}" for i in range(1000)}
    path = save(tmp_path / "model.onnx", metadata={"names": str(many), "notes": "x" * 2_000_000})
    assert reader.class_names(path) == tuple(many.values())


# Large files


class CountedReads:
    """A file that notes how many bytes were read of it."""

    def __init__(self, file, counts):
        self.seek, self.whole, self.counts = file.seek, file.read, counts

    def read(self, size):
        data = self.whole(size)
        self.counts.append(len(data))
        return data


def test_only_the_headers_of_a_large_file_are_read(tmp_path, monkeypatch):
    counted = []

    def window(path, file):
        return protobuf.Window(path, CountedReads(file, counted))

    monkeypatch.setattr(model, "Window", window)
    path = tmp_path / "model.onnx"
    big = TensorProto(name="big", data_type=1, dims=[512, 1 << 20])
    save(path, [*HIDDEN, GEMM, SAME], [*stored(**HEAD), big])
    whole = insert_zeros(path, 1 << 31)
    assert path.stat().st_size == whole > 1 << 31
    checkpoint = open_checkpoint(path)
    assert {t.name: t.shape for t in checkpoint.tensors}["big"] == (512, 1 << 20)
    assert 2000 < sum(counted) < 50_000
    np.testing.assert_array_equal(read_head(path, labels=NAMES).templates, WEIGHT)


def varint(value):
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def insert_zeros(path, size):
    """Give the last tensor of a file `size` zeros, which take no room on the disk."""
    graph = onnx.load(path, load_external_data=False).graph
    big = graph.initializer.pop().SerializeToString()
    raw = varint(9 << 3 | 2) + varint(size)
    lead = (
        graph.SerializeToString() + varint(5 << 3 | 2) + varint(len(big + raw) + size) + big + raw
    )
    lead = b"\x08\x08" + varint(7 << 3 | 2) + varint(len(lead) + size) + lead
    path.write_bytes(lead)
    os.truncate(path, len(lead) + size)
    return len(lead) + size


# Damage


def complaint(path):
    """What is wrong with a file, "" if nothing; every tensor is loaded."""
    told = ""
    try:
        checkpoint = open_checkpoint(path)
        candidate = find_head(checkpoint.tensors, output_layers=checkpoint.output_layers)
        load_templates(candidate)
    except SemdepthError as error:
        told = str(error)
    if told == "" or "classifier layer" in told or "matrix with one row" in told:
        for tensor in checkpoint.tensors:
            try:
                tensor.load()
            except SemdepthError as error:
                told = str(error)
    assert "\n" not in told
    return told


def small_model(path):
    """Two layers and names in 300 bytes."""
    tensors = stored(A=np.ones((2, 2), np.int8), s=np.float32(0.5), B=np.ones((3, 2), np.float32))
    nodes = [
        node("DequantizeLinear(A, s) -> a"),
        node("MatMul(features, a) -> x"),
        node("Gemm(x, B) -> scores", transB=1),
    ]
    return save(path, nodes, tensors, metadata={"names": "['a', 'b', 'c']"})


def test_a_file_cut_anywhere(tmp_path):
    path = small_model(tmp_path / "model.onnx")
    content = path.read_bytes()
    # Behind the graph there is no more than the opset and the names.
    graph_ends = content.index(b"scores", content.rindex(b"features")) + 8
    for kept in range(len(content)):
        path.write_bytes(content[:kept])
        assert complaint(path) or kept > graph_ends


def test_a_file_with_a_byte_changed(tmp_path):
    path = small_model(tmp_path / "model.onnx")
    content = bytearray(path.read_bytes())
    for place, kept in enumerate(content):
        for changed in (kept ^ 1, kept ^ 0x80, 0xFF):
            content[place] = changed
            path.write_bytes(content)
            complaint(path)
        content[place] = kept


DAMAGED = ("dynamo", "qdq_per_channel", "qoperator_per_tensor", "dynamic")


@pytest.mark.parametrize("name", DAMAGED)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_of_any_kind_is_one_of_our_errors(tmp_path, name, data):
    content = bytearray(file(name).read_bytes())
    places = st.integers(0, len(content) - 1)
    for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=4)):
        content[place] = byte
    kept = data.draw(st.one_of(st.just(len(content)), places))
    (tmp_path / "onnx_dynamo.onnx.data").write_bytes(
        (FOLDER / "onnx_dynamo.onnx.data").read_bytes()
    )
    path = tmp_path / "model.onnx"
    path.write_bytes(content[:kept])
    complaint(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_in_a_graph(tmp_path, content):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"\x08\x08\x12\x01x:" + varint(len(content)) + content)
    complaint(path)


def field(number, *parts):
    """A field of bytes, or of a whole number."""
    if len(parts) == 1 and isinstance(parts[0], int):
        return varint(number << 3) + varint(parts[0] % 2**64)
    data = b"".join(parts)
    return varint(number << 3 | 2) + varint(len(data)) + data


def graph(*parts):
    return field(1, 8) + field(7, *parts)


W = field(8, b"w") + field(2, 1)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (field(1, 8) + field(2, b"torch"), "no graph"),
        (graph(field(5, W, field(1, 2**62), field(1, 8))), "0 bytes for tensor 'w' of shape (46"),
        (
            graph(field(5, W, field(1, 2), field(9, bytes(12)))),
            "12 bytes for tensor 'w' of shape (2",
        ),
        (graph(field(5, W, field(1, -1))), "tensor 'w' of 1 axes or of negative size"),
        (graph(field(5, W, field(1, bytes(40)))), "tensor 'w' of 40 axes or of negative size"),
        (graph(field(5, W, field(1, bytes(70_000)))), "a list of 70000 bytes where 65536 do"),
        (graph(*[field(5, W, field(9, bytes(4)))] * 2), "the name 'w' of two tensors"),
        (graph(field(5, field(8, bytes(70_000)))), "a text of 70000 bytes where 65536 are enough"),
        (graph(b"\x0a\x7f"), "a field that ends at byte 133 of a message that ends at 6"),
        (graph(b"\x0b"), "a field of number 1 and kind 3 at byte 5"),
        (graph(b"\x00\x00"), "a field of number 0 and kind 0 at byte 5"),
        (graph(b"\xff" * 12), "a number without end at byte 4"),
        (graph(b"\x08"), "a number without end at byte 5"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, content, found):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(DamagedFile) as error:
        open_checkpoint(path)
    assert str(error.value).startswith(f"{path}: expected an ONNX model, found {found}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("raw", [b"\x80", b"\xff" * 10 + b"\x01", b"\x01\x01\x80"])
def test_rows_of_numbers_that_break_off(tmp_path, raw):
    path = tmp_path / "model.onnx"
    path.write_bytes(graph(field(5, field(8, b"w"), field(2, 7), field(1, 1), field(7, raw))))
    with pytest.raises(
        DamagedFile, match=r"found 11 bytes for|a row of numbers that breaks off|1 n"
    ):
        reader.list_tensors(path)[0].load()


def test_a_file_of_nothing_but_fields(tmp_path, monkeypatch):
    monkeypatch.setattr(protobuf, "MOST_FIELDS", 1000)
    path = tmp_path / "model.onnx"
    path.write_bytes(graph(field(10, b"") * 1000))
    with pytest.raises(DamagedFile, match="found more than 1000 fields"):
        open_checkpoint(path)


def test_a_table_among_the_attributes_is_passed_over(tmp_path):
    """A forest's million numbers are no weights; they come packed or one by one."""
    trees = helper.make_node(
        "TreeEnsembleClassifier",
        ["features"],
        ["scores"],
        domain="ai.onnx.ml",
        nodes_featureids=list(range(20_000)),
        nodes_values=[0.5] * 20_000,
    )
    assert reader.list_tensors(save(tmp_path / "model.onnx", [trees])) == []
    ids = field(1, b"ids") + field(8, bytes(70_000))
    (tmp_path / "packed.onnx").write_bytes(graph(field(1, field(4, b"Trees"), field(5, ids))))
    assert reader.list_tensors(tmp_path / "packed.onnx") == []


@pytest.mark.parametrize(
    "content",
    [
        # Core ML: its description (2) and network (500); a SavedModel's graph (2).
        field(1, 4) + field(2, b"x") + field(500, b"\x0a\x00"),
        field(1, 4) + field(2, b"\x0a\x05input"),
        field(1, 1) + field(2, b"\x0a\x04\x12\x02ab"),
    ],
)
def test_other_protobufs(tmp_path, content):
    path = tmp_path / "model.pb"
    path.write_bytes(content)
    with pytest.raises(UnknownFormat, match="a protobuf file that is no ONNX model"):
        open_checkpoint(path)


@given(st.binary(max_size=64))
@example(b"\x05" + b"\x80" * 10 + b"\x01")
@example(b"\xff" * 9 + b"\x01")
def test_varints_all_at_once(content):
    """Against the definition, one number at a time."""
    numbers, value, length = [], 0, 0
    for byte in content:
        value |= (byte & 0x7F) << 7 * length
        length += 1
        if byte < 0x80:
            numbers.append(value % 2**64 - (2**64 if value >> 63 & 1 else 0))
            value, length = 0, 0
        if length > 9:
            break
    if length:
        with pytest.raises(DamagedFile):
            protobuf.varints(content)
    else:
        assert protobuf.varints(content).tolist() == numbers
