"""The callback within real Keras, on its PyTorch back end."""

import csv
import os

import numpy as np
import pytest

from semdepth import analyze, count_confusions, read_head
from semdepth.errors import ConfusionError, LabelError, OptionError
from semdepth.labels import label_set

CIFAR = label_set("cifar-10")
N = len(CIFAR)

# Keras describes an optimizer's learning rate, a tensor of PyTorch's, to numpy.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras")


@pytest.fixture(scope="module")
def callback_class(keras):
    from semdepth.integrations.keras import SemanticDepthCallback

    return SemanticDepthCallback


def data(seed, size):
    random = np.random.default_rng(seed)
    y = random.integers(N, size=size)
    # Classes overlap, so that there are errors at every moment.
    return (np.eye(N, 6)[y] + random.normal(size=(size, 6))).astype(np.float32), y


def network(keras, seed=0, outputs=N):
    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Dense(12, activation="relu"), keras.layers.Dense(outputs)]
    model = keras.Sequential([keras.Input((6,)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.SGD(0.3), loss=loss)
    return model


def states_of(keras):
    class States(keras.callbacks.Callback):
        """Keeps the weights at each end of an epoch."""

        def __init__(self):
            super().__init__()
            self.kept = []

        def on_epoch_end(self, epoch, logs=None):
            self.kept.append([w.copy() for w in self.model.get_weights()])

    return States()


def fit(keras, *callbacks, model=None, epochs=2):
    states = states_of(keras)
    model = network(keras) if model is None else model
    history = model.fit(
        *data(0, 300), epochs=epochs, batch_size=50, verbose=0, callbacks=[*callbacks, states]
    )
    return history.history, states.kept


def expected(keras, weights, x, y):
    """What analyze() says of some weights and of their predictions."""
    model = network(keras)
    model.set_weights(weights)
    predicted = model.predict(x, verbose=0).argmax(1)
    confusion = count_confusions(CIFAR.labels, y, predicted)
    found = analyze(read_head(model, labels=CIFAR), confusion=confusion, permutations=10)
    values = {
        "sd": found.depth.mean,
        "sd_normalised": found.chance.normalised,
        "clusters": found.graph.n_clusters,
        "accuracy": np.mean(y == predicted),
        "compliance_direct": found.mistakes.direct.explained.observed,
        "compliance_direct_causing": found.mistakes.direct.causing.observed,
        "compliance_extended_chance": found.mistakes.extended.explained.null_mean,
    }
    return {f"semantic/{k}": pytest.approx(float(v)) for k, v in values.items()}


def as_arrays(keras, x, y):
    return x, y


def one_hot(keras, x, y):
    return x, np.eye(N)[y]


def as_column(keras, x, y):
    return x, y[:, None]


def in_batches(keras, x, y):
    return [(x[i : i + 60], y[i : i + 60]) for i in range(0, len(x), 60)]


def from_a_loader(keras, x, y):
    import torch

    pairs = torch.utils.data.TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
    return torch.utils.data.DataLoader(pairs, batch_size=60)


def as_a_pydataset(keras, x, y):
    class Endless(keras.utils.PyDataset):
        @property
        def num_batches(self):
            return 5

        def __getitem__(self, i):
            i %= 5
            return x[i * 60 : (i + 1) * 60], y[i * 60 : (i + 1) * 60]

    return Endless()


@pytest.mark.parametrize(
    "form", [as_arrays, one_hot, as_column, in_batches, from_a_loader, as_a_pydataset]
)
def test_each_epoch_is_scored(keras, callback_class, form):
    x, y = data(1, 300)
    callback = callback_class(form(keras, x, y), labels="cifar-10")
    history, states = fit(keras, callback)
    for epoch, weights in enumerate(states):
        wanted = expected(keras, weights, x, y)
        assert {name: history[name][epoch] for name in wanted} == wanted
    assert len([name for name in history if name.startswith("semantic/")]) == 15
    assert callback.last.sd == history["semantic/sd"][-1]
    assert history["loss"][0] > history["loss"][1]


def test_without_validation_data_depth_alone(keras, callback_class):
    callback = callback_class(labels="cifar-10")
    history, states = fit(keras, callback)
    named = ("sd", "sd_chance", "sd_normalised", "clusters", "converged")
    assert set(history) == {"loss", *(f"semantic/{name}" for name in named)}
    wanted = expected(keras, states[1], *data(1, 300))
    assert history["semantic/sd"][1] == wanted["semantic/sd"]


def test_callbacks_after_it_see_the_values(keras, callback_class, tmp_path):
    callback = callback_class(data(1, 300), labels="cifar-10", every_n_epochs=2)
    log = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    history, states = fit(keras, callback, log, epochs=4)
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    # Keras' loggers keep to the columns of the first epoch.
    assert [row["semantic/sd"] for row in rows[1::2]] == ["NA", "NA"]
    for row, weights in zip(rows[::2], states[::2], strict=True):
        wanted = expected(keras, weights, *data(1, 300))
        assert {name: float(row[name]) for name in wanted} == wanted
    assert len(history["semantic/compliance_direct"]) == 2
    assert len(history["loss"]) == 4


def test_training_may_stop_by_it(keras, callback_class):
    callback = callback_class(labels="cifar-10")
    stops = keras.callbacks.EarlyStopping("semantic/clusters", mode="max", min_delta=N, patience=1)
    history, _ = fit(keras, callback, stops, epochs=5)
    assert len(history["loss"]) == 2
    assert stops.best == history["semantic/clusters"][0]


def test_what_cannot_work_stops_before_the_first_step(keras, callback_class):
    with pytest.raises(LabelError, match="found none in Sequential"):
        fit(keras, callback_class())
    with pytest.raises(OptionError, match="every_n_epochs above 0, found -1"):
        callback_class(every_n_epochs=-1)


def test_validation_data_of_other_classes_are_an_error(keras, callback_class):
    x, y = data(1, 300)
    with pytest.raises(ConfusionError, match=r"from 0 to 9, found 1\d in sample 0"):
        fit(keras, callback_class((x, y + N), labels="cifar-10"))


def test_a_network_that_diverges_goes_on_training(keras, callback_class):
    model = network(keras)
    model.layers[-1].set_weights([np.full((12, N), np.nan), np.zeros(N)])
    with pytest.warns(RuntimeWarning, match="Similarity Depth is undefined: .*NaN") as warned:
        history, _ = fit(keras, callback_class(data(1, 300), labels="cifar-10"), model=model)
    assert sum("Similarity Depth" in str(each.message) for each in warned) == 1
    assert "semantic/sd" not in history
    assert len(history["semantic/accuracy"]) == 2
