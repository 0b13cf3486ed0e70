"""The callback within the real Lightning, under both of its names."""

import csv
import importlib
import logging
import sys

import numpy as np
import pytest

from semdepth import analyze, count_confusions, read_head
from semdepth.errors import ConfusionError, LabelError, OptionError
from semdepth.labels import label_set

torch = pytest.importorskip("torch")
pytest.importorskip("lightning.pytorch")

CIFAR = label_set("cifar-10")
N = len(CIFAR)

# Lightning's advice to users, and what its dependencies deprecate.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The '.*dataloader' does not have many workers"),
    pytest.mark.filterwarnings("ignore:The number of training batches"),
    pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:lightning_utilities"),
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning"),
]


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    for name in ("lightning.pytorch", "pytorch_lightning"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.ERROR)


def data(seed, size):
    random = np.random.default_rng(seed)
    y = random.integers(N, size=size)
    # Classes overlap, so that there are errors at every moment.
    x = np.eye(N, 6)[y] + random.normal(size=(size, 6))
    pairs = torch.utils.data.TensorDataset(torch.from_numpy(x).float(), torch.from_numpy(y))
    return torch.utils.data.DataLoader(pairs, batch_size=50)


def module_of(library, answer):
    """A LightningModule of a small network; ``answer(logits, y)`` is its validation's outputs."""

    class Module(library.LightningModule):
        def __init__(self):
            super().__init__()
            self.network = torch.nn.Sequential(
                torch.nn.Linear(6, 12), torch.nn.ReLU(), torch.nn.Linear(12, N)
            )
            self.states = []

        def training_step(self, batch, batch_idx):
            return torch.nn.functional.cross_entropy(self.network(batch[0]), batch[1])

        def validation_step(self, batch, batch_idx, dataloader_idx=0):
            return answer(self.network(batch[0]), batch[1])

        def on_validation_epoch_end(self):
            self.states.append({k: v.clone() for k, v in self.state_dict().items()})

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.5)

    torch.manual_seed(0)
    return Module()


def named(logits, y):
    return {"logits": logits, "target": y, "loss": torch.tensor(0.0)}


def nothing(logits, y):
    return None


@pytest.fixture(params=["lightning.pytorch", "pytorch_lightning"])
def library(request):
    return importlib.import_module(request.param)


@pytest.fixture
def callback_of(library, monkeypatch):
    """The callback class as it is where only this library is loaded."""
    from semdepth.integrations import lightning

    other = {"lightning.pytorch": "pytorch_lightning"}.get(library.__name__, "lightning.pytorch")
    monkeypatch.delitem(sys.modules, other, raising=False)
    yield importlib.reload(lightning).SemanticDepthCallback
    monkeypatch.undo()
    importlib.reload(lightning)


def trainer_of(library, callback, folder, epochs=2, **options):
    return library.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        callbacks=[callback],
        logger=library.loggers.CSVLogger(folder, name="log", version=""),
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        **options,
    )


def fit(library, callback, folder, answer=named, **options):
    module, validation = module_of(library, answer), data(1, 200)
    trainer = trainer_of(library, callback, folder, **options)
    trainer.fit(module, data(0, 300), validation)
    return trainer, module, validation


def logged(folder):
    """The rows of Lightning's CSV file that hold our values."""
    with (folder / "log" / "metrics.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row.get("semantic/sd")]
    return [
        {k: float(v) for k, v in row.items() if k.startswith("semantic/") and v} for row in rows
    ]


def expected(state, validation):
    """What analyze() says of a state dict and of its predictions."""
    network = torch.nn.Sequential(torch.nn.Linear(6, 12), torch.nn.ReLU(), torch.nn.Linear(12, N))
    network.load_state_dict({k.removeprefix("network."): v for k, v in state.items()})
    x, y = validation.dataset.tensors
    with torch.no_grad():
        predicted = network(x).argmax(1).numpy()
    confusion = count_confusions(CIFAR.labels, y.numpy(), predicted)
    found = analyze(read_head(network, labels=CIFAR), confusion=confusion, permutations=10)
    values = {
        "sd": found.depth.mean,
        "sd_normalised": found.chance.normalised,
        "clusters": found.graph.n_clusters,
        "accuracy": np.mean(y.numpy() == predicted),
        "compliance_direct": found.mistakes.direct.explained.observed,
        "compliance_direct_causing": found.mistakes.direct.causing.observed,
        "compliance_extended": found.mistakes.extended.explained.observed,
        "compliance_extended_chance": found.mistakes.extended.explained.null_mean,
    }
    return {f"semantic/{k}": pytest.approx(float(v), rel=1e-6) for k, v in values.items()}


def test_every_validation_is_scored_and_logged(library, callback_of, tmp_path):
    callback = callback_of(labels="cifar-10")
    assert isinstance(callback, library.Callback)
    trainer, module, validation = fit(library, callback, tmp_path)
    rows = logged(tmp_path)
    # The first state is the sanity check's, which is not logged.
    assert len(rows) == 2
    assert len(module.states) == 3
    for row, state in zip(rows, module.states[1:], strict=True):
        wanted = expected(state, validation)
        assert {name: row[name] for name in wanted} == wanted
        assert len(row) == 15
    assert trainer.callback_metrics["semantic/sd"] == pytest.approx(callback.last.sd)
    assert rows[0] != rows[1]


def test_without_predictions_depth_alone(library, callback_of, tmp_path):
    callback = callback_of(labels="cifar-10")
    _, module, validation = fit(library, callback, tmp_path, nothing)
    rows = logged(tmp_path)
    named = ("sd", "sd_chance", "sd_normalised", "clusters", "converged")
    assert [set(row) for row in rows] == [{f"semantic/{name}" for name in named}] * 2
    assert rows[1]["semantic/sd"] == expected(module.states[-1], validation)["semantic/sd"]


@pytest.fixture
def callback_class():
    from semdepth.integrations.lightning import SemanticDepthCallback

    return SemanticDepthCallback


@pytest.fixture(scope="module")
def lightning():
    return importlib.import_module("lightning.pytorch")


def test_the_sanity_check_is_not_scored(lightning, callback_class, tmp_path):
    seen = []

    class Looks(lightning.Callback):
        def on_train_start(self, trainer, pl_module):
            seen.append((len(pl_module.states), callback.last))

    callback = callback_class(labels="cifar-10")
    trainer = trainer_of(lightning, callback, tmp_path, epochs=1)
    trainer.callbacks.append(Looks())
    trainer.fit(module_of(lightning, named), data(0, 300), data(1, 200))
    assert seen == [(1, None)]
    assert callback.last.accuracy > 0


def test_predictions_in_ones_own_words(lightning, callback_class, tmp_path):
    callback = callback_class(
        labels="cifar-10", predictions=lambda batch, outputs: (outputs.argmax(1), batch[1])
    )
    _, module, validation = fit(lightning, callback, tmp_path, lambda logits, y: logits)
    wanted = expected(module.states[-1], validation)
    assert {name: logged(tmp_path)[-1][name] for name in wanted} == wanted


def test_every_second_epoch(lightning, callback_class, tmp_path):
    callback = callback_class(labels="cifar-10", every_n_epochs=2)
    _, module, validation = fit(lightning, callback, tmp_path, epochs=4)
    rows = logged(tmp_path)
    assert len(rows) == 2
    for row, state in zip(rows, (module.states[2], module.states[4]), strict=True):
        wanted = expected(state, validation)
        assert {name: row[name] for name in wanted} == wanted
    with pytest.raises(OptionError, match="every_n_epochs above 0, found 0"):
        callback_class(every_n_epochs=0)


def test_a_validation_of_its_own(lightning, callback_class, tmp_path):
    callback, module = callback_class(labels="cifar-10"), module_of(lightning, named)
    validation = data(1, 200)
    trainer = trainer_of(lightning, callback, tmp_path)
    # Two loaders are one set of predictions.
    (found, *_) = trainer.validate(module, [validation, validation], verbose=False)
    wanted = expected(module.states[-1], validation)
    assert {name: found[name] for name in wanted} == wanted


def test_tensorboard_gets_the_same_names(lightning, callback_class, tmp_path):
    tensorboard = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    logger = lightning.loggers.TensorBoardLogger(tmp_path)
    module = module_of(lightning, named)
    trainer = trainer_of(lightning, callback_class(labels="cifar-10"), tmp_path)
    trainer.loggers = [logger]
    trainer.fit(module, data(0, 300), data(1, 200))
    events = tensorboard.EventAccumulator(logger.log_dir).Reload()
    assert len(events.Scalars("semantic/compliance_direct")) == 2


def test_what_cannot_work_stops_before_the_first_step(lightning, callback_class, tmp_path):
    with pytest.raises(LabelError, match="found none in Module"):
        fit(lightning, callback_class(), tmp_path, num_sanity_val_steps=0)
    with pytest.raises(ConfusionError, match=r"found true 1\d, predicted"):
        fit(lightning, callback_class(labels="cifar-10"), tmp_path, lambda a, y: named(a, y + N))


def test_a_network_that_diverges_goes_on_training(lightning, callback_class, tmp_path):
    class Diverges(lightning.Callback):
        def on_validation_start(self, trainer, pl_module):
            with torch.no_grad():
                pl_module.network[2].weight.fill_(float("nan"))

    callback = callback_class(labels="cifar-10")
    trainer = trainer_of(lightning, callback, tmp_path)
    trainer.callbacks.append(Diverges())
    with pytest.warns(RuntimeWarning, match="Similarity Depth is undefined: .*NaN") as warned:
        trainer.fit(module_of(lightning, named), data(0, 300), data(1, 200))
    assert sum("Similarity" in str(each.message) for each in warned) == 1
    assert "semantic/sd" not in trainer.callback_metrics
    assert "semantic/accuracy" in trainer.callback_metrics


def test_the_last_scores_can_be_drawn(lightning, callback_class, tmp_path):
    figures = pytest.importorskip("semdepth.writing.figures")
    callback = callback_class(labels="cifar-10")
    fit(lightning, callback, tmp_path)
    axes = figures.plot_overview(callback.last.graph, callback.last.depth)
    assert len(axes.texts) + len(axes.figure.texts) > 0
    axes.figure.clear()
