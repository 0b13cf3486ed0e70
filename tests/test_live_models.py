"""Models in memory: read_head takes the layer and the names out of the object itself."""

import os
import types
from collections import OrderedDict

import numpy as np
import pytest

from canonical_head import BIAS, CLASSES, DIMENSION, HIDDEN_BIAS, HIDDEN_WEIGHT, N_CLASSES, WEIGHT
from semdepth import read_head
from semdepth.errors import LabelError, NoHead, ReadError
from semdepth.labels import LabelSet
from semdepth.reading.live_models import open_model

torch = pytest.importorskip("torch")

NAMES = LabelSet(CLASSES, (None,) * N_CLASSES, "the test")


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(12, DIMENSION)
        self.fc = torch.nn.Linear(DIMENSION, N_CLASSES)
        with torch.no_grad():
            self.hidden.weight.copy_(torch.from_numpy(HIDDEN_WEIGHT))
            self.hidden.bias.copy_(torch.from_numpy(HIDDEN_BIAS))
            self.fc.weight.copy_(torch.from_numpy(WEIGHT))
            self.fc.bias.copy_(torch.from_numpy(BIAS))

    def forward(self, features):
        return self.fc(torch.relu(self.hidden(features)))


def named_network():
    network = Network()
    network.class_names = list(CLASSES)
    return network


def is_canonical(head, tensor="fc.weight"):
    assert head.tensor == tensor
    assert head.labels == CLASSES
    np.testing.assert_array_equal(head.templates, WEIGHT)
    np.testing.assert_array_equal(head.bias, BIAS)
    return True


# PyTorch


def test_a_module():
    checkpoint = open_model(named_network())
    assert (checkpoint.title, checkpoint.called) == ("Network", "Network")
    assert (checkpoint.format, checkpoint.path) == ("PyTorch model", None)
    assert checkpoint.keeps_order
    assert [(t.name, t.shape, t.dtype) for t in checkpoint.tensors] == [
        ("hidden.weight", (8, 12), "float32"),
        ("hidden.bias", (8,), "float32"),
        ("fc.weight", (6, 8), "float32"),
        ("fc.bias", (6,), "float32"),
    ]
    head = read_head(named_network())
    assert is_canonical(head)
    assert head.names_from == "'class_names' of the model"


def test_the_layer_may_be_named_and_so_may_the_classes():
    head = read_head(Network(), labels=LabelSet(tuple("abcdefgh"), (None,) * 8, ""), head="hidden")
    np.testing.assert_array_equal(head.templates, HIDDEN_WEIGHT)


def test_a_module_without_names_is_called_by_its_class():
    with pytest.raises(LabelError, match=r"the 6 classes of fc\.weight, found none in Network \("):
        read_head(Network())


def test_nothing_of_the_model_changes_with_the_head():
    network = named_network()
    head = read_head(network)
    with torch.no_grad():
        network.fc.weight.zero_()
    np.testing.assert_array_equal(head.templates, WEIGHT)
    assert not head.templates.flags.writeable


def test_nothing_is_copied_until_a_tensor_is_loaded():
    network = named_network()
    tensors = {tensor.name: tensor for tensor in open_model(network).tensors}
    with torch.no_grad():
        network.fc.weight.add_(1)
    np.testing.assert_array_equal(tensors["fc.weight"].load(), WEIGHT + 1)


@pytest.mark.parametrize(
    ("kind", "dtype", "loaded"),
    [
        (torch.float64, "float64", "float64"),
        (torch.float16, "float16", "float16"),
        (torch.bfloat16, "bfloat16", "float32"),
    ],
)
def test_other_precisions(kind, dtype, loaded):
    network = named_network().to(kind)
    assert {tensor.dtype for tensor in open_model(network).tensors} == {dtype}
    head = read_head(network)
    assert is_canonical(head)
    assert head.templates.dtype == loaded


def test_floats_of_eight_bits():
    # A quarter of the canonical numbers' steps, and three bits of fraction: exact for these.
    weight = torch.tensor([[0.5, -1.25, 3.0], [0.0, 2.0, 7.0]]).to(torch.float8_e4m3fn)
    head = read_head({"fc.weight": weight, "classes": ["a", "b"]})
    assert head.templates.tolist() == [[0.5, -1.25, 3.0], [0.0, 2.0, 7.0]]


def test_a_transposed_and_a_sparse_weight():
    state = {"fc.weight": torch.from_numpy(WEIGHT.T.copy()).T, "class_names": CLASSES}
    np.testing.assert_array_equal(read_head(state).templates, WEIGHT)
    state["fc.weight"] = torch.from_numpy(WEIGHT).to_sparse_coo()
    np.testing.assert_array_equal(read_head(state).templates, WEIGHT)


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod."])
def test_wrapped_modules(prefix):
    wrapper = torch.nn.Module()
    setattr(wrapper, prefix[:-1], named_network())
    assert is_canonical(read_head(wrapper), prefix + "fc.weight")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scripted_module():
    network = torch.jit.script(Network())
    assert is_canonical(read_head(network, labels=NAMES))


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_a_quantised_module():
    from torch.ao.quantization import quantize_dynamic

    network = quantize_dynamic(named_network(), {torch.nn.Linear})
    tensors = {tensor.name: tensor for tensor in open_model(network).tensors}
    assert tensors["fc.weight"].dtype == "qint8"
    head = read_head(network)
    # One scale for the whole layer, 255 steps between -a and a.
    step = 2 * np.abs(WEIGHT).max() / 255
    assert np.abs(head.templates - WEIGHT).max() <= step / 2 * 1.01
    np.testing.assert_array_equal(head.bias, BIAS)


def test_a_computed_weight():
    network = named_network()
    torch.nn.utils.parametrizations.weight_norm(network.fc)
    np.testing.assert_allclose(read_head(network).templates, WEIGHT, atol=1e-7)


def test_tied_layers_are_one():
    network = named_network()
    network.classifier = torch.nn.Linear(DIMENSION, N_CLASSES)
    network.classifier.weight, network.classifier.bias = network.fc.weight, network.fc.bias
    tied = {tensor.name: tensor.tied_to for tensor in open_model(network).tensors}
    assert (tied["fc.weight"], tied["classifier.weight"]) == (None, "fc.weight")
    assert read_head(network).tensor in ("fc.weight", "classifier.weight")


def test_a_model_without_numbers():
    with torch.device("meta"):
        network = torch.nn.Linear(DIMENSION, N_CLASSES)
    assert open_model(network).tensors[0].shape == (N_CLASSES, DIMENSION)
    with pytest.raises(ReadError) as error:
        read_head(network, labels=NAMES)
    assert str(error.value) == (
        "Linear: expected numbers in tensor 'weight', found a tensor on the meta device, which "
        "has none; load the weights into the model first"
    )


def test_a_lazy_layer():
    with pytest.raises(ReadError) as error:
        read_head(torch.nn.LazyLinear(N_CLASSES))
    assert str(error.value) == (
        "LazyLinear: expected a shape of tensor 'weight', found a lazy layer that has none yet; "
        "run the model on one batch first"
    )


# What people hold in their hands


def test_a_state_dict_and_a_training_checkpoint():
    state = Network().state_dict()
    assert is_canonical(read_head(state, labels=NAMES))
    content = {
        "epoch": 3,
        "state_dict": state,
        "class_to_idx": {n: i for i, n in enumerate(CLASSES)},
    }
    head = read_head(content)
    assert is_canonical(head, "state_dict.fc.weight")
    assert head.names_from == "'class_to_idx' of the model"


def test_a_model_within_an_object():
    trainer = types.SimpleNamespace(model=named_network(), optimizer=None)
    head = read_head(trainer)
    assert is_canonical(head)
    assert head.names_from == "'model.class_names' of the model"


class Vocabulary:
    """A list that is none, as fastai's is."""

    def __getitem__(self, index):
        return CLASSES[index]

    def __len__(self):
        return N_CLASSES

    def __iter__(self):
        return iter(CLASSES)


@pytest.mark.parametrize(
    ("attributes", "where"),
    [
        ({"config": types.SimpleNamespace(id2label=dict(enumerate(CLASSES)))}, "config.id2label"),
        ({"pretrained_cfg": {"label_names": CLASSES}}, "pretrained_cfg.label_names"),
        ({"names": dict(enumerate(CLASSES))}, "names"),
        ({"classes": np.array(CLASSES)}, "classes"),
        ({"hparams": {"class_names": list(CLASSES)}}, "hparams.class_names"),
        ({"dls": types.SimpleNamespace(vocab=Vocabulary())}, "dls.vocab"),
    ],
)
def test_where_models_keep_their_names(attributes, where):
    network = Network()
    for name, value in attributes.items():
        setattr(network, name, value)
    head = read_head(network)
    assert head.labels == CLASSES
    assert head.names_from == f"{where!r} of the model"


def test_names_that_say_nothing_are_none():
    network = Network()
    network.config = types.SimpleNamespace(id2label={i: f"LABEL_{i}" for i in range(N_CLASSES)})
    network.classes = N_CLASSES
    assert open_model(network).class_names is None


@pytest.mark.parametrize(
    ("thing", "found"),
    [
        (3, "an object of int"),
        (None, "an object of NoneType"),
        (torch.nn.Linear, "the class Linear"),
        ([WEIGHT], "an object of list"),
    ],
)
def test_what_is_no_model(thing, found):
    with pytest.raises(ReadError) as error:
        read_head(thing)
    assert str(error.value) == (
        "expected a path or a model (torch.nn.Module, keras.Model, a dictionary of arrays), "
        f"found {found}; pass one of those"
    )


def test_a_model_without_layers():
    with pytest.raises(NoHead, match="found no tensors"):
        read_head(torch.nn.ReLU())


# Arrays by name


def test_a_dictionary_of_arrays():
    head = read_head({"weight": WEIGHT.T, "bias": BIAS, "class_names": CLASSES})
    assert is_canonical(head, "weight")


def test_parameters_of_flax():
    # As flax.linen.Module.init returns them, and wrapped as flax.nnx.state does.
    layers = {
        "Dense_0": {"kernel": HIDDEN_WEIGHT.T, "bias": HIDDEN_BIAS},
        "Dense_1": {"kernel": WEIGHT.T, "bias": BIAS},
    }
    assert is_canonical(read_head({"params": layers}, labels=NAMES), "params.Dense_1.kernel")
    wrapped = {
        layer: {name: types.SimpleNamespace(value=array) for name, array in arrays.items()}
        for layer, arrays in layers.items()
    }
    assert is_canonical(read_head(OrderedDict(wrapped), labels=NAMES), "Dense_1.kernel")


def test_a_type_that_numpy_lacks():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    weight = WEIGHT.astype(ml_dtypes.bfloat16)
    head = read_head({"fc.weight": weight, "class_names": CLASSES})
    np.testing.assert_array_equal(head.templates, WEIGHT)
    assert head.templates.dtype == np.float32


# Keras


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras")


def keras_layers(keras, **options):
    hidden = keras.layers.Dense(DIMENSION, activation="relu", name="hidden")
    return hidden, keras.layers.Dense(N_CLASSES, name="scores", **options)


def filled(model, hidden, scores):
    hidden.set_weights([HIDDEN_WEIGHT.T, HIDDEN_BIAS])
    scores.set_weights([WEIGHT.T, BIAS])
    model.class_names = list(CLASSES)
    return model


def test_a_functional_keras_model(keras):
    hidden, scores = keras_layers(keras, activation="softmax")
    inputs = keras.Input((12,))
    model = filled(keras.Model(inputs, scores(hidden(inputs))), hidden, scores)
    checkpoint = open_model(model)
    assert checkpoint.format == "Keras model"
    (output,) = checkpoint.output_layers
    assert (output.weight, output.bias) == ("scores.kernel", "scores.bias")
    assert is_canonical(read_head(model), "scores.kernel")


def test_a_sequential_keras_model(keras):
    hidden, scores = keras_layers(keras)
    model = keras.Sequential([keras.Input((12,)), hidden, scores])
    checkpoint = open_model(filled(model, hidden, scores))
    assert [tensor.name for tensor in checkpoint.tensors] == [
        "hidden.kernel",
        "hidden.bias",
        "scores.kernel",
        "scores.bias",
    ]
    assert [layer.weight for layer in checkpoint.output_layers] == ["scores.kernel"]
    assert is_canonical(read_head(model), "scores.kernel")


def test_a_keras_model_written_as_a_class(keras):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.scores = keras_layers(keras)

        def call(self, features):
            return self.scores(self.hidden(features))

    model = Own()
    model(np.ones((1, 12), "f4"))
    filled(model, model.hidden, model.scores)
    assert open_model(model).output_layers == ()
    assert is_canonical(read_head(model), "scores.kernel")


def test_a_keras_convolution_as_head(keras):
    convolution = keras.layers.Conv2D(N_CLASSES, 1, name="scores")
    model = keras.Sequential([keras.Input((4, 4, DIMENSION)), convolution, keras.layers.Flatten()])
    convolution.set_weights([WEIGHT.T.reshape(1, 1, DIMENSION, N_CLASSES), BIAS])
    model.class_names = list(CLASSES)
    assert is_canonical(read_head(model), "scores.kernel")


def test_a_keras_model_of_bfloat16(keras):
    hidden, scores = keras_layers(keras, dtype="bfloat16")
    model = filled(keras.Sequential([keras.Input((12,)), hidden, scores]), hidden, scores)
    head = read_head(model)
    assert is_canonical(head, "scores.kernel")
    assert head.templates.dtype == np.float32
