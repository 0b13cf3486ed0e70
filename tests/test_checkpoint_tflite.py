"""TensorFlow Lite: the head out of the graph, its numbers, its labels, and every bad file."""

import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from canonical_head import BIAS, CLASSES, HIDDEN_BIAS, HIDDEN_WEIGHT, SCALE, WEIGHT
from damage import everything
from semdepth.errors import DamagedFile, LabelError, UnknownFormat
from semdepth.head import find_head, load_templates
from semdepth.labels import label_set
from semdepth.reading.checkpoints import list_tensors, open_checkpoint, tflite
from semdepth.reading.checkpoints.containers import regions
from semdepth.reading.checkpoints.tflite import numbers
from semdepth.reading.checkpoints.tflite.model import read_model
from semdepth.reading.heads import read_head

FOLDER = Path(__file__).parent / "data" / "formats"
EXACT = ("float", "float16", "product", "beyond", "uint8")
NAMES = (*EXACT, "int8", "convolution", "bias", "int4")
STRIDE = 13  # of the places where a file is cut or changed


def file(name):
    return FOLDER / f"tflite_{name}.tflite"


def head_of(path):
    checkpoint = open_checkpoint(path)
    found = find_head(checkpoint.tensors, output_layers=checkpoint.output_layers)
    return found, *load_templates(found)


def with_labels(path, source, *lines, name="labels.txt", ending="\n"):
    """A model with a labels file packed behind it."""
    path.write_bytes(file(source).read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "".join(line + ending for line in lines).encode())
    return path


# Values


@pytest.mark.parametrize("name", EXACT)
def test_the_head_is_exact(name):
    found, weight, bias = head_of(file(name))
    np.testing.assert_array_equal(weight, WEIGHT)
    np.testing.assert_array_equal(bias, BIAS)
    assert "the stored graph's last layer before output" in found.reason


@pytest.mark.parametrize("name", ["int8", "convolution", "bias"])
def test_whole_numbers_are_within_half_a_step(name):
    found, weight, bias = head_of(file(name))
    # The converter's rule: a class's greatest weight becomes 127.
    step = np.abs(WEIGHT).max(axis=1, keepdims=True) / 127
    assert (np.abs(weight - WEIGHT) <= step * 0.5001).all()
    assert found.tensor.dtype == "qint8"
    assert weight.dtype == np.float32
    assert found.bias.dtype == "qint32"
    # A bias is counted in steps of input's times weight's; inputs here are below 8.
    assert (np.abs(bias - BIAS) <= step[:, 0] * 8 / 255 / 2).all()


def test_a_bias_without_a_scale_has_inputs_times_weights():
    # The same model twice: once the file tells the bias's own scales, once it does not.
    np.testing.assert_allclose(head_of(file("bias"))[2], head_of(file("int8"))[2], rtol=1e-6)


def test_numbers_of_four_bits():
    found, weight, _ = head_of(file("int4"))
    levels = np.rint(WEIGHT / SCALE)
    np.testing.assert_array_equal(weight, ((levels + 8) % 16 - 8) * 0.5)
    assert found.tensor.dtype == "qint4"


def test_numbers_of_one_byte_without_sign_count_from_the_zero_point():
    found = head_of(file("uint8"))[0]
    assert found.tensor.dtype == "quint8"


@pytest.mark.parametrize("name", ["float", "float16"])
def test_the_hidden_layer_comes_too(name):
    tensors = {tensor.shape: tensor.load() for tensor in list_tensors(file(name))}
    np.testing.assert_array_equal(tensors[8, 12], HIDDEN_WEIGHT)
    np.testing.assert_array_equal(tensors[8,], HIDDEN_BIAS)


def test_a_convolution_is_told_with_its_own_axes_last():
    found = head_of(file("convolution"))[0]
    assert found.tensor.shape == (6, 8, 1, 1)
    assert found.tensor.load().shape == (6, 8, 1, 1)


def test_a_product_is_told_with_classes_last():
    found = head_of(file("product"))[0]
    assert found.tensor.shape == (1, 8, 6)
    assert found.tensor.class_axis == 2


@pytest.mark.parametrize("name", NAMES)
def test_every_tensor_loads_as_announced(name):
    for tensor in tflite.list_tensors(file(name)):
        assert tensor.load().shape == tensor.shape


def test_the_content_decides_not_the_suffix(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(file("float").read_bytes())
    assert open_checkpoint(path).format == "TensorFlow Lite"


def test_only_tables_are_read(tmp_path, monkeypatch):
    read, honest = [], regions.FileRegion.read

    def reading(self, start=0, stop=None):
        data = honest(self, start, stop)
        read.append(len(data))
        return data

    path = tmp_path / "large.tflite"
    path.write_bytes(file("float").read_bytes())
    with path.open("r+b") as large:
        large.truncate(200_000_000)  # as zeros, which take no room
    monkeypatch.setattr(regions.FileRegion, "read", reading)
    assert len(list_tensors(path)) == 4
    assert sum(read) < 20_000


# Names


def test_labels_come_out_of_the_metadata():
    head = read_head(file("int8"))
    assert head.labels == CLASSES
    assert head.names_from == "'labels.txt' packed into tflite_int8.tflite"
    assert tflite.class_names(file("int8")) == CLASSES
    assert tflite.class_names(file("float")) is None


def test_labels_without_metadata(tmp_path):
    path = with_labels(tmp_path / "m.tflite", "float", *CLASSES, "", ending="\r\n")
    assert read_head(path).labels == CLASSES


def test_other_files_are_no_labels(tmp_path):
    path = with_labels(tmp_path / "m.tflite", "float", *CLASSES, name="vocabulary.txt")
    assert tflite.class_names(path) is None


def test_of_several_files_without_metadata_none_is_chosen(tmp_path):
    path = with_labels(tmp_path / "m.tflite", "float", *CLASSES)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("labels_de.txt", "Schleie\n")
    assert tflite.class_names(path) is None


def test_of_several_files_the_metadata_chooses(tmp_path):
    path = tmp_path / "m.tflite"
    path.write_bytes(file("int8").read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("labels_de.txt", "Schleie\n")
    assert tflite.class_names(path) == CLASSES


def test_a_cut_archive_leaves_a_whole_model(tmp_path):
    path = with_labels(tmp_path / "m.tflite", "float", *CLASSES)
    path.write_bytes(path.read_bytes()[:-5])
    assert tflite.class_names(path) is None
    np.testing.assert_array_equal(head_of(path)[1], WEIGHT)


def test_labels_that_are_no_text(tmp_path):
    path = with_labels(tmp_path / "m.tflite", "float")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("labels.txt", b"\xff\xfe\xfd")
    path.write_bytes(file("float").read_bytes() + path.read_bytes())
    with pytest.raises(DamagedFile, match=r"labels file 'labels.txt' that is not UTF-8"):
        open_checkpoint(path)


# The row before the classes


def stored(folder, names):
    weight = np.random.default_rng(0).standard_normal((len(names), 4))
    np.savez(folder / "head.npz", weight=weight, bias=weight[:, 0], classes=list(names))
    return folder / "head.npz", weight


@pytest.mark.parametrize("first", ["background", "???", "Unknown", "__background__", "dummy"])
def test_the_row_before_imagenets_classes_is_left_out(tmp_path, first):
    known = label_set("imagenet-1k")
    path, weight = stored(tmp_path, [first, *known.labels])
    head = read_head(path)
    assert head.ids == known.ids
    assert head.names_from.endswith(" after a background row")
    np.testing.assert_array_equal(head.templates, weight[1:])
    np.testing.assert_array_equal(head.bias, weight[1:, 0])


def test_a_row_called_by_no_name_is_left_out(tmp_path):
    path, weight = stored(tmp_path, ["???", "cat", "dog", "car"])
    assert read_head(path).labels == ("cat", "dog", "car")
    np.testing.assert_array_equal(read_head(path).templates, weight[1:])


@pytest.mark.parametrize("first", ["background", "none"])
def test_elsewhere_the_background_is_a_class(tmp_path, first):
    # As in a segmentation, where pixels are taken for it.
    path, _ = stored(tmp_path, [first, "cat", "dog", "car"])
    assert read_head(path).labels == (first, "cat", "dog", "car")
    assert len(read_head(path).templates) == 4


def test_a_model_says_so_too(tmp_path):
    path = with_labels(tmp_path / "m.tflite", "float", "???", *CLASSES[1:])
    head = read_head(path)
    assert head.labels == CLASSES[1:]
    np.testing.assert_array_equal(head.templates, WEIGHT[1:])


def test_labels_of_another_number(tmp_path):
    path = with_labels(tmp_path / "m.tflite", "float", *CLASSES[:3])
    with pytest.raises(LabelError, match="expected 6 class names"):
        read_head(path)


# Numbers that are not read


@pytest.mark.parametrize(
    ("changed", "form", "found"),
    [
        ({"sparse": True}, "rows", "stored as a sparse tensor"),
        ({}, "shuffled", "stored shuffled for one processor"),
        ({"quantization": "blocks"}, "rows", "stored with scales by blocks"),
        ({"dtype": "complex64"}, "rows", "found complex64, which semdepth does not read"),
        ({"dtype": "qint2"}, "rows", "found int2, which semdepth does not read"),
    ],
)
def test_numbers_packed_in_other_ways_are_refused(changed, form, found):
    path = file("int8")
    tensor = next(t for t in read_model(path).graphs[0].tensors if t.shape == (6, 8))
    if "quantization" in changed:
        changed = {"quantization": replace(tensor.quantization, plain=False)}
    with pytest.raises(UnknownFormat, match=found):
        numbers.load(path, replace(tensor, **changed), form)


def test_a_shape_that_needs_more_numbers_than_there_are(tmp_path):
    whole = file("float").read_bytes()
    shape = struct.pack("<III", 2, 6, 8)
    assert whole.count(shape) == 1
    path = tmp_path / "m.tflite"
    path.write_bytes(whole.replace(shape, struct.pack("<III", 2, 7, 8)))
    with pytest.raises(DamagedFile, match=r"192 bytes for tensor .*head.*, which needs 224"):
        open_checkpoint(path)


def test_scales_that_do_not_fit_the_tensor():
    path = file("int8")
    tensor = next(t for t in read_model(path).graphs[0].tensors if t.shape == (6, 8))
    wrong = replace(tensor, quantization=replace(tensor.quantization, axis=1))
    with pytest.raises(DamagedFile, match=r"6 scales .* along axis 1 of the shape \(6, 8\)"):
        numbers.load(path, wrong, "rows")


# Damaged and hostile files


@pytest.mark.parametrize("name", ["float", "int8", "beyond"])
def test_a_file_cut_anywhere(tmp_path, name):
    whole, path = file(name).read_bytes(), tmp_path / "cut.tflite"
    for length in range(0, len(whole), STRIDE):
        path.write_bytes(whole[:length])
        everything(path)


@pytest.mark.parametrize("name", ["int8", "convolution"])
@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_a_byte_changed_anywhere(tmp_path, name, flip):
    whole, path = file(name).read_bytes(), tmp_path / "changed.tflite"
    for place in range(0, len(whole), STRIDE):
        changed = bytearray(whole)
        changed[place] ^= flip
        path.write_bytes(changed)
        everything(path)


def forged(n_graphs, graph=b"\xfc\xff\xff\xff\4\0\4\0"):
    """A model whose graphs are `n_graphs` times the same table; by default it has no fields."""
    vtable = struct.pack("<HHHHHH", 10, 8, 0, 0, 4, 0)
    lead = struct.pack("<I4s", 20, b"TFL3") + vtable + struct.pack("<iI", 12, 4)
    end = 4 * n_graphs
    offsets = b"".join(struct.pack("<I", end - 4 * i) for i in range(n_graphs))
    return lead + struct.pack("<I", n_graphs) + offsets + graph


def test_a_forged_model_is_a_model(tmp_path):
    # The proof that the next test's file fails for what it is meant to fail for.
    path = tmp_path / "forged.tflite"
    path.write_bytes(forged(3))
    assert len(read_model(path).graphs) == 3


def test_a_table_repeated_without_end(tmp_path):
    path = tmp_path / "bomb.tflite"
    path.write_bytes(forged(300_000))
    with pytest.raises(DamagedFile, match="tables that lead to each other without end"):
        open_checkpoint(path)


@pytest.mark.parametrize(
    ("start", "patch", "found"),
    [
        (0, b"\xff\xff\xff\xff", "an offset that leads out of the file"),
        (28, b"\xff\xff\xff\xff", "an offset that leads out of the file"),  # graphs without end
        (28, b"\0\0\0\0", "a model without a graph"),
        (8, b"\3\0", "a table without a list of its fields"),
        (10, b"\6\0", "a table whose fields lie outside it"),
        (20, b"\0\0\0\x80", "an offset that leads out of the file"),
    ],
)
def test_lies_of_a_flatbuffer(tmp_path, start, patch, found):
    path, data = tmp_path / "lie.tflite", bytearray(forged(1))
    data[start : start + len(patch)] = patch
    path.write_bytes(data)
    with pytest.raises(DamagedFile) as error:
        open_checkpoint(path)
    assert str(error.value).startswith(f"{path}: expected a TensorFlow Lite model, found {found}")
