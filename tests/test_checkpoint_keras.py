"""Keras files: the head out of the network's config, its numbers, its names, and every bad file."""

import json
import shutil
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from canonical_head import BIAS, CLASSES, HIDDEN_BIAS, HIDDEN_WEIGHT, WEIGHT
from semdepth.errors import DamagedFile, LabelError, ReadError, UnknownFormat, UnsafeFile
from semdepth.head import find_head, load_templates, rank_heads
from semdepth.reading.checkpoints import keras, list_tensors, open_checkpoint
from semdepth.reading.checkpoints.containers import hdf5, hdf5_blocks
from semdepth.reading.checkpoints.containers.hdf5_blocks import (
    UNDEFINED,
    Blocks,
    FractalHeap,
    _pointer_sizes,
)
from semdepth.reading.checkpoints.containers.hdf5_types import attribute_in, number_type
from semdepth.reading.checkpoints.containers.regions import FileRegion
from semdepth.reading.checkpoints.keras.config import endings, parse
from semdepth.reading.heads import read_head

FOLDER = Path(__file__).parent / "data" / "formats"
# What the head's weight is called, and whether the file's config tells that it is the head.
FILES = {
    "keras_functional.h5": ("predictions.kernel", True),
    "keras_functional.keras": ("predictions.kernel", True),
    "keras_functional.weights.h5": ("predictions.kernel", False),
    "keras_nested.h5": ("top.dense.kernel", True),
    "keras_deflated.keras": ("top.dense_1.kernel", True),
    "keras_convolution.keras": ("conv_preds.kernel", True),
    "keras_wrapped.keras": ("tags.layer.kernel", True),
    "keras_own.keras": ("classifier.kernel", False),
    "keras_bfloat16.keras": ("predictions.kernel", True),
    "keras_3_0.keras": ("predictions.kernel", True),
    "keras_2.h5": ("predictions.kernel", True),
    "keras_2_weights.h5": ("predictions.kernel", False),
    "keras_2_nested.h5": ("top.dense.kernel", True),
    "hdf5_newer.h5": ("head.kernel", False),
}
STRIDE = 101  # of the places where a file is cut or changed


def found_in(path):
    checkpoint = open_checkpoint(path)
    return find_head(
        checkpoint.tensors,
        keeps_order=checkpoint.keeps_order,
        output_layers=checkpoint.output_layers,
    )


def copied(name, folder):
    return Path(shutil.copy(FOLDER / name, folder / name))


# Values


@pytest.mark.parametrize("name", FILES)
def test_the_head_is_exact(name):
    head, told = FILES[name]
    found = found_in(FOLDER / name)
    weight, bias = load_templates(found)
    np.testing.assert_array_equal(weight, WEIGHT)
    np.testing.assert_array_equal(bias, BIAS)
    assert found.tensor.name == head
    assert ("the stored graph's last layer before output" in found.reason) is told


@pytest.mark.parametrize("name", ["keras_functional.h5", "keras_functional.keras", "keras_2.h5"])
def test_the_layer_before_it_is_there_in_order(name):
    tensors = list_tensors(FOLDER / name)
    assert [t.name for t in tensors[:4]] == [
        "hidden.kernel",
        "hidden.bias",
        "predictions.kernel",
        "predictions.bias",
    ]
    np.testing.assert_array_equal(tensors[0].load().T, HIDDEN_WEIGHT)
    np.testing.assert_array_equal(tensors[1].load(), HIDDEN_BIAS)
    assert open_checkpoint(FOLDER / name).keeps_order


def test_a_nested_network_keeps_the_order_of_layers():
    names = [tensor.name for tensor in list_tensors(FOLDER / "keras_deflated.keras")]
    assert names == [
        "base.hidden.kernel",
        "base.hidden.bias",
        "top.dense_1.kernel",
        "top.dense_1.bias",
    ]


def test_layers_that_the_file_numbers_get_their_names_and_order_from_the_config():
    tensors = list_tensors(FOLDER / "keras_3_0.keras")
    assert [t.name for t in tensors[::2]] == [
        "hidden.layer.kernel",
        "middle.kernel",
        "predictions.kernel",
    ]
    np.testing.assert_array_equal(tensors[0].load().T, HIDDEN_WEIGHT)


def test_types_are_told_as_stored():
    kernel = list_tensors(FOLDER / "keras_bfloat16.keras")[2]
    assert (kernel.dtype, kernel.shape, kernel.class_axis) == ("bfloat16", (8, 6), 1)
    newer = {tensor.name: tensor for tensor in list_tensors(FOLDER / "hdf5_newer.h5")}
    assert newer["head.kernel"].dtype == "float64"
    assert newer["head.kernel"].load().dtype == np.float64  # stored big-endian
    convolution = list_tensors(FOLDER / "keras_convolution.keras")[2]
    assert (convolution.shape, convolution.class_axis) == ((1, 1, 8, 6), 3)


def test_half_precision_of_tensorflow_is_no_half_of_ieee():
    # Class 1, version 1; little-endian; 2 bytes; 16 bits, exponent 8 and fraction 7.
    bfloat16 = bytes([0x11, 0x20, 0x0F, 0]) + struct.pack("<IHHBBBBI", 2, 0, 16, 7, 8, 0, 7, 127)
    float16 = bytes([0x11, 0x20, 0x0F, 0]) + struct.pack("<IHHBBBBI", 2, 0, 16, 10, 5, 0, 10, 15)
    assert number_type(bfloat16) == ("bfloat16", "<")
    assert number_type(float16) == ("float16", "<")


@pytest.mark.parametrize("name", ["keras_functional.h5", "keras_functional.keras"])
def test_what_the_optimizer_keeps_is_no_candidate(name):
    tensors = list_tensors(FOLDER / name)
    kept = [t for t in tensors if t.name.startswith("optimizer")]
    assert sum(t.shape == (8, 6) for t in kept) == 2  # Adam's two moments
    names = {c.tensor.name for c in rank_heads(tensors)}
    assert names == {"hidden.kernel", "predictions.kernel"}


def test_a_table_of_embeddings_is_no_candidate():
    tensors = list_tensors(FOLDER / "keras_wrapped.keras")
    table = next(tensor for tensor in tensors if tensor.name == "tokens.embeddings")
    assert (table.shape, table.class_axis) == ((6, 12), 0)
    names = {candidate.tensor.name for candidate in rank_heads(tensors)}
    assert names == {"time_distributed.layer.kernel", "tags.layer.kernel"}


def test_nothing_is_loaded_until_asked(monkeypatch):
    asked = []
    read = FileRegion.read

    def counting(self, start=0, stop=None):
        asked.append((self.start + start, self.start + (self.length if stop is None else stop)))
        return read(self, start, stop)

    tensor = next(t for t in list_tensors(FOLDER / "keras_2.h5") if t.name == "predictions.kernel")
    monkeypatch.setattr(FileRegion, "read", counting)
    monkeypatch.setattr(hdf5_blocks, "PAGE", 64)
    tensor.load()
    assert asked == [(asked[0][0], asked[0][0] + WEIGHT.nbytes)]
    raw = (FOLDER / "keras_2.h5").read_bytes()
    assert raw[slice(*asked[0])] == np.ascontiguousarray(WEIGHT.T).tobytes()


def test_a_large_file_is_read_in_small_part(tmp_path, monkeypatch):
    path = copied("keras_2.h5", tmp_path)
    with path.open("ab") as file:
        file.truncate(1 << 30)  # sparse: nothing stands behind what HDF5 knows
    read = FileRegion.read
    lengths = []

    def counting(self, start=0, stop=None):
        data = read(self, start, stop)
        lengths.append(len(data))
        return data

    monkeypatch.setattr(FileRegion, "read", counting)
    assert found_in(path).tensor.name == "predictions.kernel"
    assert sum(lengths) <= 2 * hdf5_blocks.PAGE


# Names of classes


def test_names_in_the_files_attributes():
    head = read_head(FOLDER / "keras_functional.h5")
    assert head.labels == CLASSES
    assert head.names_from == "'class_names' in the file's attributes"
    assert keras.class_names(FOLDER / "keras_functional.h5") == CLASSES


def test_names_in_the_config(tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(FOLDER / "keras_functional.keras") as old, zipfile.ZipFile(path, "w") as z:
        config = json.loads(old.read("config.json")) | {"labels": list(CLASSES)}
        z.writestr("config.json", json.dumps(config))
        z.writestr("model.weights.h5", old.read("model.weights.h5"))
    assert open_checkpoint(path).class_names == CLASSES
    assert open_checkpoint(path).names_from == "'labels' in the network's config"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("labels.txt", "".join(f"{i} {name}\n" for i, name in enumerate(CLASSES))),
        ("labels.txt", "\ufeff" + "\r\n".join(CLASSES)),
        ("class_names.txt", "\n".join(CLASSES) + "\n\n"),
        ("class_indices.json", json.dumps({n: i for i, n in enumerate(CLASSES)})),
        ("metadata.json", json.dumps({"labels": CLASSES})),
    ],
)
def test_names_beside_the_model(file, text, tmp_path):
    path = copied("keras_2.h5", tmp_path)
    (tmp_path / file).write_text(text, "utf-8")
    head = read_head(path)
    assert head.labels == CLASSES
    assert head.names_from == f"{file} beside keras_2.h5"


@pytest.mark.parametrize("text", ["0 Cat\n1 Dog\n", "", "{", "\x00"])
def test_names_beside_that_do_not_fit_are_passed_over(text, tmp_path):
    path = copied("keras_2.h5", tmp_path)
    (tmp_path / "labels.txt").write_text(text)
    (tmp_path / "class_indices.json").write_text(text)
    assert open_checkpoint(path).class_names is None
    with pytest.raises(LabelError, match="found none"):
        read_head(path)


def test_names_that_are_numbers_keep_them(tmp_path):
    path = copied("keras_2.h5", tmp_path)
    (tmp_path / "labels.txt").write_text("\n".join(f"{n} cows" for n in (1, 2, 3, 4, 5, 6)))
    assert open_checkpoint(path).class_names[0] == "1 cows"


# The walk back from the outputs, on configs written by hand


def layer(kind, name, *feeds, **options):
    config = {"name": name, **options}
    nodes = [[[feed, 0, 0, {}] for feed in feeds]] if feeds else []
    return {"class_name": kind, "name": name, "config": config, "inbound_nodes": nodes}


def network(*layers, outputs=None, name="net"):
    ends = outputs or [layers[-1]["name"]]
    config = {"name": name, "layers": list(layers)}
    return {"class_name": "Functional", "config": config | {"output_layers": _as_output(ends)}}


def _as_output(ends):
    return [[end, 0, 0] for end in ends]


def ends(config):
    return [".".join(ending.path) for ending in endings(config)]


INPUT = layer("InputLayer", "in")
DENSE = layer("Dense", "fc", "in")


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        ([layer("Activation", "a", "fc", activation="softmax")], ["fc"]),
        ([layer("TFOpLambda", "a", "fc", function="nn.softmax")], ["fc"]),
        ([layer("Dropout", "d", "fc"), layer("Flatten", "f", "d")], ["fc"]),
        ([layer("Activation", "a", "fc", activation="relu")], []),
        ([layer("ReLU", "r", "fc"), layer("Softmax", "s", "r")], ["fc"]),
        ([layer("Lambda", "l", "fc")], []),
        ([layer("BatchNormalization", "b", "fc")], []),
        ([layer("Dense", "other", "in"), layer("Add", "sum", "fc", "other")], []),
        ([layer("Dense", "b", "in"), layer("Concatenate", "c", "fc", "b")], ["fc", "b"]),
        ([layer("SomebodysOwn", "own", "fc")], []),
    ],
)
def test_what_may_stand_behind_the_head(behind, expected):
    assert ends(network(INPUT, DENSE, *behind)) == expected


def test_a_network_without_classifier_has_no_head():
    conv = layer("Conv2D", "conv", "in", activation="relu")
    pool = layer("GlobalAveragePooling2D", "pool", "conv")
    assert ends(network(INPUT, conv, pool)) == []
    # SqueezeNet ends so: the last convolution bends its scores, and softmax follows.
    softmax = layer("Activation", "probabilities", "pool", activation="softmax")
    assert ends(network(INPUT, conv, pool, softmax)) == ["conv"]


def test_several_outputs():
    aux = layer("Dense", "aux", "in")
    config = network(INPUT, DENSE, aux, outputs=["aux", "fc"])
    assert [(e.path, e.output) for e in endings(config)] == [
        (("aux",), "aux"),
        (("fc",), "fc"),
    ]


def test_through_nested_networks_and_out_again():
    inner = network(layer("InputLayer", "i"), layer("Activation", "act", "i", activation="softmax"))
    nested = inner | layer("Functional", "tail", "fc") | {"config": inner["config"]}
    assert ends(network(INPUT, DENSE, nested)) == ["fc"]
    inner = network(layer("InputLayer", "i"), layer("Dense", "deep", "i"))
    nested = inner | layer("Functional", "tail", "in") | {"config": inner["config"]}
    assert ends(network(INPUT, nested)) == ["tail.deep"]


def test_a_row_of_layers_in_its_oldest_form():
    layers = [{"class_name": k, "config": {"name": n}} for k, n in (("Dense", "a"), ("Dense", "b"))]
    layers.append({"class_name": "Activation", "config": {"name": "c", "activation": "softmax"}})
    assert ends({"class_name": "Sequential", "config": layers}) == ["b"]
    assert ends({"class_name": "Sequential", "config": {"layers": layers}}) == ["b"]


def test_references_of_keras_3_in_arguments_and_dictionaries():
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["fc", 0, 0]}}
    last = layer("Softmax", "s") | {"inbound_nodes": [{"args": [[tensor]], "kwargs": {}}]}
    config = network(INPUT, DENSE, last)
    config["config"]["output_layers"] = {"scores": ["s", 0, 0]}
    assert ends(config) == ["fc"]


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"config": None},
        {"config": {"layers": [3, {"name": 5}, {"config": 7}]}},
        network(layer("Dropout", "a", "b"), layer("Dropout", "b", "a")),  # in a circle
        network(layer("Dropout", "a", "nowhere")),
    ],
)
def test_a_config_that_makes_no_sense_tells_nothing(config):
    assert endings(config) == []


def test_a_config_nested_without_end_is_refused():
    with pytest.raises(DamagedFile, match="no JSON"):
        parse('{"a":' * 100_000)
    with pytest.raises(DamagedFile, match="no object"):
        parse("[]")


# HDF5


def test_more_members_and_attributes_than_a_header_holds():
    root = hdf5.open_hdf5(hdf5.region_of(FOLDER / "hdf5_newer.h5"))
    names = list(root.members())
    assert names == [f"layer{number}" for number in range(60)] + ["head"]  # by creation
    head = root.members()["head"]
    assert head.text("long") == "long " * 200
    for number in range(12):
        assert head.text(f"note {number}") == (f"{number}", "ü")
    assert head.text("nothing") is None


@pytest.mark.parametrize(("padding", "raw"), [(0, b"ab\0cd"), (1, b"ab\0\0\0"), (2, b"ab   ")])
def test_texts_of_a_fixed_length_are_filled_up(padding, raw):
    # An attribute of version 3 called "x": a datatype of class 3, and the shape (1,).
    kind = bytes([0x13, padding, 0, 0]) + struct.pack("<I", len(raw))
    space = bytes([2, 1, 0, 1]) + struct.pack("<Q", 1)
    lead = struct.pack("<BBHHHB", 3, 0, 2, len(kind), len(space), 0)
    assert attribute_in(None, lead + b"x\0" + kind + space + raw, "x") == ("ab",)


def test_the_pointers_of_a_tree_of_many_levels():
    # Of the format's text: a leaf holds (512 - 10) // 11 = 45 records, which one byte can count;
    # a pointer to it takes 8 + 1. A node above holds (502 - 9) // (11 + 9) = 24, so below one
    # pointer of the next level stand 25 * 45 + 24 = 1149 records, which take two bytes more.
    assert _pointer_sizes(512, 11, 2) == [(0, 0), (9, 1), (11, 1)]


def test_a_place_in_a_heap_of_several_rows():
    # Rows of two blocks of 16, 16, 32 and 64 bytes; those above 32 are tables of blocks again.
    word = struct.Struct("<Q")

    def table(addresses):
        return b"FHIB" + bytes(11) + b"".join(map(word.pack, addresses))

    inner = table([1001, 1002, 1003, 1004])
    outer = table([1, 2, 3, 4, 5, 6, 200, UNDEFINED])
    region = keras.Unpacked(outer.ljust(200, b"\0") + inner)
    heap = FractalHeap(Blocks(region), 7, 2, 16, 32, 2, 1, UNDEFINED, 0, 4)
    places = {0: 1, 17: 2 + 1, 40: 3 + 8, 63: 4 + 15, 64: 5, 100: 6 + 4, 128: 1001, 165: 1003 + 5}
    assert {offset: heap._place(offset) for offset in places} == places
    with pytest.raises(DamagedFile, match="never written"):
        heap._place(192)
    with pytest.raises(DamagedFile, match="outside its heap"):
        heap._place(256)


def test_a_long_list_of_layers_is_cut_into_several():
    path = FOLDER / "hdf5_newer.h5"
    root = hdf5.open_hdf5(hdf5.region_of(path))
    assert root.text("layer_names") is None
    assert len(root.text("layer_names0")) == 50
    assert open_checkpoint(path).keeps_order  # as it does where the list is found


def test_a_file_that_lies_behind_others_bytes_is_known():
    assert hdf5.starts_at(FOLDER / "hdf5_newer.h5") == 512
    assert hdf5.starts_at(FOLDER / "keras_2.h5") == 0
    assert hdf5.starts_at(Path(__file__)) is None


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("external_link", "'fc.weight', a link to another file"),
        ("external_storage", "an array whose numbers lie in another file"),
        ("virtual", "a virtual array, made of other files"),
    ],
)
def test_what_reaches_for_other_files_is_refused(name, found, tmp_path):
    path = copied(f"hdf5_{name}.h5", tmp_path)
    for other in ("other.h5", "other.bin"):
        (tmp_path / other).write_bytes(bytes(64))
    with pytest.raises(UnsafeFile, match=found):
        open_checkpoint(path)


def test_numbers_in_chunks_are_told():
    (tensor,) = list_tensors(FOLDER / "hdf5_chunks.h5")
    assert (tensor.name, tensor.shape) == ("fc.weight", (6, 8))
    with pytest.raises(UnknownFormat, match="cut into chunks"):
        tensor.load()


def changed(name, folder, old, new):
    """A copy in which the only `old` bytes are replaced by as many new ones."""
    raw = (FOLDER / name).read_bytes()
    assert raw.count(old) == 1
    assert len(old) == len(new)
    path = folder / name
    path.write_bytes(raw.replace(old, new))
    return path


def test_a_group_within_itself_ends(tmp_path):
    raw = (FOLDER / "keras_2.h5").read_bytes()
    (root,) = struct.unpack_from("<Q", raw, 64)
    groups = hdf5.open_hdf5(hdf5.region_of(FOLDER / "keras_2.h5")).members()["model_weights"]
    inner = groups.members()["hidden"].members()["hidden"]
    entry = struct.pack("<Q", inner.address)
    path = changed("keras_2.h5", tmp_path, entry, struct.pack("<Q", root))
    with pytest.raises(DamagedFile, match="'hidden/kernel:0' of layer 'hidden' missing"):
        open_checkpoint(path)


def test_structures_that_never_end_are_given_up(monkeypatch):
    monkeypatch.setattr(hdf5_blocks, "MOST_WORK", 20_000)
    with pytest.raises(DamagedFile, match="go round in circles or never end"):
        open_checkpoint(FOLDER / "hdf5_newer.h5")


def test_a_shape_beyond_the_file_is_damage(tmp_path):
    shape = struct.pack("<QQ", *WEIGHT.T.shape)
    raw = (FOLDER / "keras_2.h5").read_bytes()
    path = tmp_path / "huge.h5"
    path.write_bytes(raw.replace(shape, struct.pack("<QQ", 1 << 40, 1 << 10)))
    with pytest.raises(DamagedFile, match=r"too few bytes for 'predictions\.kernel', which needs"):
        open_checkpoint(path)


def test_a_file_cut_off_is_told_so(tmp_path):
    path = copied("keras_2.h5", tmp_path)
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DamagedFile, match=f"breaks off: {size - 100} of {size} bytes"):
        open_checkpoint(path)


@pytest.mark.parametrize(
    ("entries", "match"),
    [
        ({"model.weights.h5": b"no"}, "found HDF5 structures that are cut off"),
        ({"model.weights.h5": b"", "config.json": b"[]"}, "HDF5"),
    ],
)
def test_archives_that_hold_something_else(entries, match, tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    with pytest.raises(DamagedFile, match=match):
        open_checkpoint(path)


def test_sizes_are_checked_before_memory_is_taken(tmp_path, monkeypatch):
    path = copied("keras_deflated.keras", tmp_path)
    monkeypatch.setattr(keras, "LONGEST_CONFIG", 100)
    with pytest.raises(DamagedFile, match=r"config\.json of .* above the limit"):
        open_checkpoint(path)
    monkeypatch.undo()
    monkeypatch.setattr(keras, "LARGEST_UNPACKED", 100)
    with pytest.raises(UnknownFormat, match=r"unzip the archive and pass model\.weights\.h5"):
        open_checkpoint(path)


SMALL = ("keras_2.h5", "hdf5_newer.h5", "keras_deflated.keras")


@pytest.mark.parametrize("name", SMALL)
def test_cut_anywhere_it_fails_in_one_line(name, tmp_path):
    raw, path = (FOLDER / name).read_bytes(), tmp_path / name
    for length in range(1, len(raw), STRIDE * 3):
        path.write_bytes(raw[:length])
        with pytest.raises(ReadError) as caught:
            open_checkpoint(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("new", [0x00, 0xFF])
def test_changed_anywhere_it_reads_or_fails_in_one_line(name, new, tmp_path):
    raw, path = bytearray((FOLDER / name).read_bytes()), tmp_path / name
    said = []
    for place in range(8, len(raw), STRIDE):
        kept, raw[place] = raw[place], new
        path.write_bytes(raw)
        raw[place] = kept
        try:
            for tensor in list_tensors(path):
                tensor.load()
        except ReadError as error:
            said.append(str(error))
    assert said
    assert not any("\n" in line for line in said)
