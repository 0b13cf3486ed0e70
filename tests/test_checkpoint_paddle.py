"""PaddlePaddle's parameters and plain pickles of arrays: inert, lazy, and every bad file."""

import io
import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical_head import BIAS, CLASSES, HIDDEN_BIAS, HIDDEN_WEIGHT, WEIGHT
from damage import everything, refusal
from semdepth.errors import DamagedFile, ReadError, UnknownFormat, UnsafeFile
from semdepth.head import find_head, load_templates
from semdepth.reading.checkpoints import list_tensors, open_checkpoint, paddle, pickled_arrays
from semdepth.reading.heads import read_head

FOLDER = Path(__file__).parent / "data" / "formats"
PADDLE = ("state", "protocol2", "conv", "bfloat16", "training")
STATE = {"fc.weight": WEIGHT.T, "fc.bias": BIAS, "StructuredToParameterName@@": {}}


def file(name):
    return next(FOLDER.glob(f"paddle_{name}.p*"))


def write(path, content):
    path.write_bytes(content)
    return path


def pickled(path, content, protocol=4):
    return write(path, pickle.dumps(content, protocol))


def tensors_of(path):
    return {tensor.name: tensor for tensor in list_tensors(path)}


# Values


@pytest.mark.parametrize("name", [*PADDLE, "plain"])
def test_the_head_is_exact(name):
    checkpoint = open_checkpoint(file(name))
    found = find_head(checkpoint.tensors, keeps_order=checkpoint.keeps_order)
    weight, bias = load_templates(found)
    np.testing.assert_array_equal(weight, WEIGHT)
    np.testing.assert_array_equal(bias, BIAS)
    assert checkpoint.format == ("PaddlePaddle" if name in PADDLE else "pickled arrays")
    for tensor in checkpoint.tensors:
        assert tensor.load().shape == tensor.shape


def test_layers_lie_on_their_side_and_convolutions_do_not():
    tensors = tensors_of(file("conv"))
    np.testing.assert_array_equal(tensors["hidden.weight"].load(), HIDDEN_WEIGHT.T)
    np.testing.assert_array_equal(tensors["hidden.bias"].load(), HIDDEN_BIAS)
    assert tensors["hidden.weight"].class_axis == 1
    assert tensors["head.weight"].shape == (6, 8, 1, 1)
    assert tensors["head.weight"].class_axis == 0


def test_bfloat16_stands_as_uint16():
    assert tensors_of(file("bfloat16"))["head.weight"].dtype == "bfloat16"


def test_an_optimizers_state_is_listed_and_no_head_is_chosen_in_it():
    tensors = tensors_of(file("adam"))
    assert tensors["linear_1.w_0_moment1_0"].class_axis == 1
    assert tensors["linear_1.w_0_moment1_0"].load().shape == (8, 6)


def test_names_beside_the_weights():
    assert paddle.class_names(file("training")) == CLASSES
    assert read_head(file("training")).names_from == "'class_names' in the checkpoint"
    assert paddle.class_names(file("state")) is None


def test_names_as_an_array():
    head = read_head(file("plain"))
    assert head.labels == CLASSES
    assert head.names_from == "'classes' in the checkpoint"


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("dtype", ["U", ">U", object])
def test_many_names_as_an_array(tmp_path, protocol, dtype):
    # So many that their bytes are not read at once.
    names = [f"class {i}" for i in range(700)]
    content = {"weight": np.ones((700, 2)), "classes": np.array(names).astype(dtype)}
    assert paddle.class_names(pickled(tmp_path / "m.pkl", content, protocol)) == tuple(names)


def test_a_model_of_scikit_learn():
    order = np.argsort(CLASSES)  # which is how it sorts classes
    head = read_head(file("sklearn"))
    assert head.labels == tuple(CLASSES[i] for i in order)
    np.testing.assert_array_equal(head.templates, WEIGHT[order])
    np.testing.assert_array_equal(head.bias, BIAS[order])
    assert head.tensor == "coef_"


def test_parameters_without_a_structure(tmp_path):
    content = {"linear_0.w_0": WEIGHT.T, "linear_0.b_0": BIAS}
    checkpoint = open_checkpoint(pickled(tmp_path / "m.pdparams", content))
    assert checkpoint.format == "PaddlePaddle"
    assert [tensor.class_axis for tensor in checkpoint.tensors] == [1, 0]


@pytest.mark.parametrize(
    ("content", "class_axis"),
    [
        ({"fc.weight": WEIGHT, "fc.bias": BIAS}, 0),
        ({"fc.weight": WEIGHT.T, "fc.bias": BIAS}, 1),
        ({"fc.kernel": WEIGHT.T, "fc.bias": BIAS}, 1),
        ({"w": WEIGHT.T, "w.bias": BIAS}, 1),
        ({"weight": WEIGHT.T, "classes": list(CLASSES)}, 1),
        ({"weight": WEIGHT.T}, 0),
        ({"weight": np.eye(6), "bias": BIAS}, 0),
    ],
)
def test_a_plain_matrix_lies_as_its_bias_or_its_names_say(tmp_path, content, class_axis):
    tensors = list_tensors(pickled(tmp_path / "m.pkl", content))
    assert tensors[0].class_axis == class_axis


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_slices_are_joined(tmp_path, protocol):
    flat = WEIGHT.T.reshape(-1)
    content = {
        "fc.bias": BIAS,
        "fc.weight@@.0": flat[:30],
        "fc.weight@@.1": flat[30:],
        "StructuredToParameterName@@": {"fc.weight": "linear_0.w_0"},
        "UnpackBigParamInfor@@": {
            "fc.weight": {"OriginShape": (8, 6), "slices": ["fc.weight@@.0", "fc.weight@@.1"]}
        },
    }
    tensors = tensors_of(pickled(tmp_path / "m.pdparams", content, protocol))
    assert set(tensors) == {"fc.weight", "fc.bias"}
    np.testing.assert_array_equal(tensors["fc.weight"].load(), WEIGHT.T)


@pytest.mark.parametrize(
    "told",
    [
        {"OriginShape": (8, 6), "slices": ["gone"]},
        {"OriginShape": (8, 6), "slices": []},
        {"OriginShape": None, "slices": ["a"]},
        {"OriginShape": (-8, 6), "slices": ["a"]},
        {"OriginShape": (8, 6), "slices": ["a", "b"]},
        "nothing",
    ],
)
def test_slices_that_do_not_fit(tmp_path, told):
    content = {"a": BIAS, "b": BIAS.astype("f8"), "UnpackBigParamInfor@@": {"w": told}}
    with pytest.raises(DamagedFile, match="array 'w' in slices that do not make one array"):
        list_tensors(pickled(tmp_path / "m.pdparams", content))


ARRAYS = st.sampled_from(["f8", "<f4", ">f4", "f2", "i8", ">i4", "u1", "?", "i2"])


@given(
    dtype=ARRAYS,
    protocol=st.integers(2, 5),
    fortran=st.booleans(),
    shape=st.lists(st.integers(0, 40), max_size=3),
)
def test_arrays_of_every_kind(tmp_path_factory, dtype, protocol, fortran, shape):
    # The oracle: numpy pickles, and what was pickled must come back.
    random = np.random.default_rng(7)
    array = random.integers(0, 2 if dtype == "?" else 120, shape).astype(dtype)
    array = np.asfortranarray(array) if fortran else array
    path = pickled(tmp_path_factory.mktemp("any") / "m.pkl", {"a": {"b": [array]}}, protocol)
    (tensor,) = list_tensors(path)
    assert tensor.name == "a.b.0"
    assert tensor.shape == array.shape
    assert tensor.dtype == array.dtype.name
    np.testing.assert_array_equal(tensor.load(), array)


def python_2_array(values):
    """An array as Python 2 pickled it: bytes were its plain texts, with their own instruction."""
    raw = values.tobytes()
    return (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntU\x01btR"
        + f"(I1\n(I{values.size}\ntcnumpy\ndtype\n".encode()
        + b"(U\x02f4I0\nI1\ntR(I3\nU\x01<NNNI-1\nI-1\nI0\ntbI00\nT"
        + struct.pack("<i", len(raw))
        + raw
        + b"tb"
    )


@pytest.mark.parametrize("size", [6, 5000])
def test_python_2s_pickles(tmp_path, size):
    values = np.arange(size, dtype="<f4")
    raw = b"\x80\x02ccollections\nOrderedDict\n(]](U\x01w" + python_2_array(values) + b"eatR."
    (tensor,) = list_tensors(write(tmp_path / "m.pdparams", raw))
    assert tensor.name == "w"
    np.testing.assert_array_equal(tensor.load(), values)


def test_an_ordered_dictionary(tmp_path):
    content = OrderedDict(w=BIAS)
    assert [t.name for t in list_tensors(pickled(tmp_path / "m.pkl", content))] == ["w"]


# What is read


def sparse(path, n_bytes):
    """A pickle of an array of zeros that take no room, though the file is `n_bytes` long."""
    array = np.zeros((n_bytes // 4000, 1000), np.float32)
    raw = pickle.dumps({"weight": array[:1]}, 4)
    short = raw.index(b"B" + struct.pack("<I", 4000))
    lead = raw[:short].replace(
        b"K\x01M\xe8\x03\x86", b"M" + struct.pack("<H", len(array)) + b"M\xe8\x03\x86"
    )
    frame = lead.index(b"\x95")
    lead = lead[:frame] + lead[frame + 9 :]
    with path.open("wb") as file:
        file.write(lead + b"\x8e" + struct.pack("<Q", array.nbytes))
        file.seek(array.nbytes, io.SEEK_CUR)
        file.write(raw[short + 5 + 4000 :])
    return path, array.shape


def test_numbers_stay_in_the_file(tmp_path, monkeypatch):
    path, shape = sparse(tmp_path / "large.pkl", 200_000_000)
    # Ten thousand bytes must be enough for everything that is no number.
    monkeypatch.setattr(pickled_arrays, "LONGEST_PICKLE", 10_000)
    (tensor,) = list_tensors(path)
    assert tensor.shape == shape == (50_000, 1000)


def test_a_pickle_of_too_much_beside_its_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(pickled_arrays, "LONGEST_PICKLE", 10_000)
    path = pickled(tmp_path / "m.pkl", {"a": BIAS, "list": list(range(10_000))})
    with pytest.raises(DamagedFile, match="a pickle of more than 10000 bytes beside its numbers"):
        list_tensors(path)


# Damaged and hostile files


class Runs:
    def __init__(self, function, *arguments):
        self.parts = function, arguments

    def __reduce__(self):
        return self.parts


@pytest.mark.parametrize("protocol", range(6))
def test_nothing_is_run(tmp_path, protocol):
    marker = tmp_path / "marker"
    content = {**STATE, "x": Runs(os.system, f"touch {marker}")}
    with pytest.raises(UnsafeFile, match="a pickle that asks to run"):
        open_checkpoint(pickled(tmp_path / "m.pdparams", content, protocol))
    assert not marker.exists()


def test_paddles_own_use_of_eval_is_not_followed(tmp_path):
    # So Paddle pickles a static graph's tensors: (eval, ("data", {"data": array})).
    content = {"w": Runs(eval, "data", {"data": BIAS})}
    with pytest.raises(UnsafeFile, match=r"asks to run builtins\.eval"):
        open_checkpoint(pickled(tmp_path / "m.pdparams", content))


def test_what_else_is_called_stays_inert(tmp_path):
    content = {**STATE, "x": Runs(print, "printed"), "y": Runs(np.full, (10**6,), 1.0)}
    assert set(tensors_of(pickled(tmp_path / "m.pdparams", content))) == {"fc.weight", "fc.bias"}


@pytest.mark.parametrize("content", [{}, {"a": 1}, [], "text", np.array([object()]), {"a": 1j}])
def test_pickles_without_arrays(tmp_path, content):
    path = pickled(tmp_path / "m.pkl", content, 2)
    with pytest.raises(UnknownFormat) as error:
        open_checkpoint(path)
    assert str(error.value) == (
        f"{path}: expected a checkpoint of tensors, found a plain Python pickle without arrays, "
        "not written by torch.save; load it where it was made and save its state_dict with "
        "today's torch.save or safetensors"
    )


def test_joblibs_pickles(tmp_path):
    raw = b"\x80\x02}X\x01\0\0\0acjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}bNUMPYs."
    with pytest.raises(UnknownFormat, match="a joblib file, whose arrays stand between"):
        open_checkpoint(write(tmp_path / "m.joblib", raw))


def test_complex_numbers_are_listed_and_not_loaded(tmp_path):
    (tensor,) = list_tensors(pickled(tmp_path / "m.pkl", {"a": np.ones(3, "c16")}))
    with pytest.raises(UnknownFormat, match="complex128, which semdepth does not read"):
        tensor.load()


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b"K\x06K\x08\x86", b"K\x06K\x09\x86", "192 bytes for array 'weight', which needs 216"),
        (b"K\x06K\x08\x86", b"K\x06NN0\x86", "array 'weight' whose shape is no few whole"),
        (b"K\x06K\x08\x86", b"K\x06J\xff\xff\xff\xff\x86", "array 'weight' whose shape is no few"),
        (
            b"K\x06K\x08\x86",
            b"K\x06\x8a\x09" + bytes(8) + b"\x7f\x86",
            "array 'weight' whose shape",
        ),
        (b"C\xc0", b"\x8e" + b"\xff" * 7 + b"\x7f", "a pickle that breaks off"),
        (b"C\xc0", b"B\xff\xff\xff\xff", "a pickle that breaks off"),
    ],
)
def test_lies_of_a_pickle(tmp_path, old, new, found):
    raw = pickle.dumps({"weight": WEIGHT}, 3)
    assert old in raw
    with pytest.raises(DamagedFile, match=found):
        list_tensors(write(tmp_path / "lie.pkl", raw.replace(old, new, 1)))


def test_containers_nested_without_end(tmp_path):
    deep = BIAS
    for _ in range(100):
        deep = [deep]
    with pytest.raises(DamagedFile, match="containers nested without end"):
        list_tensors(pickled(tmp_path / "deep.pkl", deep))


def test_containers_repeated_without_end(tmp_path):
    wide = [BIAS]
    for _ in range(40):  # 2 ** 40 ways to one array, out of a hundred bytes
        wide = [wide, wide]
    (tensor,) = list_tensors(pickled(tmp_path / "wide.pkl", wide))
    np.testing.assert_array_equal(tensor.load(), BIAS)


def test_a_container_that_holds_itself(tmp_path):
    own = {"bias": BIAS}
    own["self"] = own
    assert [t.name for t in list_tensors(pickled(tmp_path / "own.pkl", own))] == ["bias"]


def test_tied_arrays_are_listed_under_each_name(tmp_path):
    path = pickled(tmp_path / "tied.pkl", {"embedding": WEIGHT, "head": WEIGHT})
    assert [tensor.name for tensor in list_tensors(path)] == ["embedding", "head"]


@pytest.mark.parametrize("code", ["U999999999", "f3", "f999999999", "V8", "M8[s]", "(2,3)f4", ""])
def test_types_that_numpy_does_not_have_or_that_are_no_numbers(tmp_path, code):
    raw = pickle.dumps({"weight": WEIGHT, "bias": BIAS}, 2)
    word = b"X" + struct.pack("<I", len(code)) + code.encode()
    path = write(tmp_path / "m.pkl", raw.replace(b"X\x02\0\0\0f4", word, 1))
    message = refusal(lambda: list_tensors(path))
    assert ": expected a checkpoint of tensors, found " in message
    assert "\n" not in message


def test_a_text_that_holds_no_bytes(tmp_path):
    raw = pickle.dumps({"weight": np.zeros(3000, np.float32) + np.float32(1e-3)}, 2)
    start = raw.index("\u00c3".encode("latin-1")) if b"\xc3" in raw else len(raw) // 2
    broken = bytearray(raw)
    broken[start] = 0xFF
    (tensor,) = list_tensors(write(tmp_path / "m.pkl", bytes(broken)))
    with pytest.raises(DamagedFile, match="numbers as a text that is none"):
        tensor.load()


@pytest.mark.parametrize("name", ["state", "protocol2", "plain"])
def test_a_file_cut_anywhere(tmp_path, name):
    whole = file(name).read_bytes()
    for length in range(0, len(whole), 3):
        with pytest.raises(ReadError):
            list_tensors(write(tmp_path / "cut.pkl", whole[:length]))


@pytest.mark.parametrize("name", ["state", "protocol2", "training"])
@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_a_byte_changed_anywhere(tmp_path, name, flip):
    whole = file(name).read_bytes()
    for place in range(0, len(whole), 5):
        changed = bytearray(whole)
        changed[place] ^= flip
        everything(write(tmp_path / "changed.pkl", changed))
