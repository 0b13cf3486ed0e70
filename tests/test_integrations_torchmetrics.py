"""SemanticMetric against the real TorchMetrics, and two real processes."""

import copy
import multiprocessing
import pickle
import socket

import numpy as np
import pytest

from semdepth import analyze, count_confusions, read_head
from semdepth.errors import ConfusionError, HeadError, LabelError
from semdepth.labels import label_set

torch = pytest.importorskip("torch")
torchmetrics = pytest.importorskip("torchmetrics")

from semdepth.integrations import watch  # noqa: E402
from semdepth.integrations.torchmetrics import SemanticMetric  # noqa: E402

CIFAR = label_set("cifar-10")
N = len(CIFAR)


def network(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(6, 12), torch.nn.ReLU(), torch.nn.Linear(12, N))


def batch(seed, size=120):
    random = np.random.default_rng(seed)
    true = random.integers(N, size=size)
    wrong = random.random(size) < 0.5
    predicted = np.where(wrong, (true + random.integers(1, 4, size=size)) % N, true)
    return torch.from_numpy(predicted), torch.from_numpy(true)


def logits_of(indices, n=N):
    return torch.nn.functional.one_hot(indices, n).float() * 3 - 1


def expected(model, *batches):
    """What analyze() says of the same state, by the names of the metric."""
    predicted = np.concatenate([b[0] for b in batches])
    true = np.concatenate([b[1] for b in batches])
    confusion = count_confusions(CIFAR.labels, true, predicted)
    found = analyze(read_head(model, labels=CIFAR), confusion=confusion, permutations=10)
    values = {
        "sd": found.depth.mean,
        "sd_chance": found.chance.null_mean,
        "sd_normalised": found.chance.normalised,
        "clusters": found.graph.n_clusters,
        "converged": found.graph.clustering.converged,
        "accuracy": np.mean(true == predicted),
        "unseen_classes": 0,
    }
    for name in ("direct", "extended"):
        judged = getattr(found.mistakes, name)
        values[f"compliance_{name}"] = judged.explained.observed
        values[f"compliance_{name}_chance"] = judged.explained.null_mean
        values[f"compliance_{name}_causing"] = judged.causing.observed
        values[f"compliance_{name}_causing_chance"] = judged.causing.null_mean
    return {f"semantic/{name}": pytest.approx(float(v)) for name, v in values.items()}


def plain(values):
    return {name: float(value) for name, value in values.items()}


def test_the_values_are_those_of_an_analysis():
    model = network()
    metric = SemanticMetric(model, labels="cifar-10")
    for seed in range(3):
        metric.update(*batch(seed))
    values = metric.compute()
    assert plain(values) == expected(model, *map(batch, range(3)))
    assert all(isinstance(value, torch.Tensor) and value.ndim == 0 for value in values.values())
    assert metric.last.graph.labels == CIFAR.labels


def test_logits_and_class_indices_are_one():
    first, second = (SemanticMetric(network(), labels=CIFAR) for _ in range(2))
    predicted, true = batch(0)
    first.update(predicted, true)
    second.update(logits_of(predicted), true)
    assert torch.equal(first.confusion, second.confusion)
    counted = count_confusions(CIFAR.labels, true.numpy(), predicted.numpy())
    assert first.confusion.numpy().tolist() == counted.counts.tolist()


def test_maps_of_classes_and_a_single_sample():
    metric = SemanticMetric(network(), labels=CIFAR)
    predicted, true = batch(0)
    maps = predicted.reshape(2, 3, 20)
    logits = torch.moveaxis(logits_of(maps), -1, 1)
    metric.update(logits, true.reshape(2, 3, 20))
    counted = count_confusions(CIFAR.labels, true.numpy(), predicted.numpy()).counts
    assert metric.confusion.numpy().tolist() == counted.tolist()
    metric.update(logits_of(torch.tensor(3)), torch.tensor(5))
    assert metric.confusion[5, 3] == counted[5, 3] + 1
    assert metric.confusion.sum() == 121


def test_the_head_is_read_at_each_compute_and_once(monkeypatch):
    model, reads = network(), []
    real = watch.read_head
    monkeypatch.setattr(watch, "read_head", lambda *a, **k: reads.append(1) or real(*a, **k))
    metric = SemanticMetric(model, labels=CIFAR)
    assert len(reads) == 1
    metric.update(*batch(0))
    before = plain(metric.compute())
    assert len(reads) == 2
    with torch.no_grad():
        model[2].weight.copy_(network(7)[2].weight)
    metric.update(*batch(1))
    after = plain(metric.compute())
    assert len(reads) == 3
    assert after == expected(network(7), batch(0), batch(1))
    assert after["semantic/sd"] != before["semantic/sd"]


def test_reset_forgets_the_predictions():
    model = network()
    metric = SemanticMetric(model, labels=CIFAR)
    metric.update(*batch(0))
    metric.reset()
    assert metric.confusion.sum() == 0
    metric.update(*batch(1))
    assert plain(metric.compute()) == expected(model, batch(1))


@pytest.mark.filterwarnings("ignore:The ``compute`` method of metric SemanticMetric:UserWarning")
def test_before_the_first_batch_the_weights_alone_speak():
    values = plain(SemanticMetric(network(), labels=CIFAR).compute())
    every = expected(network(), batch(0))
    named = ("sd", "sd_chance", "sd_normalised", "clusters", "converged")
    assert values == {f"semantic/{name}": every[f"semantic/{name}"] for name in named}


@pytest.mark.parametrize(
    ("preds", "target", "said"),
    [
        ([1, 2], [3, N], "from 0 to 9, found true 10, predicted 2 in sample 1"),
        ([1, -1], [3, 4], "found true 4, predicted -1 in sample 1"),
        ([1, 2], [-100, 4], "found true -100, predicted 1 in sample 0"),
        ([1, 2, 3], [1, 2], r"found predictions int64 \(3,\) and targets int64 \(2,\)"),
        ([1.0, 2.0], [1, 2], r"predictions float32 \(2,\)"),
        ([[0.0] * 7, [1.0] * 7], [1, 2], r"logits of 10 classes, found shape \(2, 7\)"),
    ],
)
def test_what_is_no_class_is_an_error_and_nothing_is_counted(preds, target, said):
    metric = SemanticMetric(network(), labels=CIFAR)
    with pytest.raises(ConfusionError, match=said):
        metric.update(torch.tensor(preds), torch.tensor(target))
    assert metric.confusion.sum() == 0


def test_what_cannot_work_is_an_error_at_once():
    with pytest.raises(LabelError, match=r"the 10 classes of 2\.weight, found none in Sequential"):
        SemanticMetric(network())
    with pytest.raises(HeadError):
        SemanticMetric(network(), labels=["cat", "dog", "car"])


def test_names_may_be_given_or_the_models_own():
    named = network()
    named.class_names = list(CIFAR.labels)
    for metric in (SemanticMetric(named), SemanticMetric(network(), labels=list(CIFAR.labels))):
        metric.update(*batch(0))
        assert plain(metric.compute()) == expected(network(), batch(0))


def test_a_network_that_cannot_be_scored_warns_once_and_is_undefined():
    model = network()
    metric = SemanticMetric(model, labels=CIFAR)
    metric.update(*batch(0))
    with torch.no_grad():
        model[2].weight.fill_(1.0)
    undefined = "Similarity Depth is undefined: expected classes that differ"
    with pytest.warns(RuntimeWarning, match=undefined) as warned:
        values = metric.compute()
    assert len(warned) == 1
    assert set(values) == {"semantic/accuracy", "semantic/unseen_classes"}
    metric.update(*batch(1))
    assert set(metric.compute()) == set(values)
    with torch.no_grad():
        model[2].weight.copy_(network()[2].weight)
    metric.update(*batch(2))
    assert plain(metric.compute()) == expected(network(), *map(batch, range(3)))


def test_in_a_collection_beside_another_metric():
    model = network()
    accuracy = torchmetrics.classification.MulticlassAccuracy(N, average="micro")
    semantic = SemanticMetric(model, labels=CIFAR)
    both = torchmetrics.MetricCollection({"plain": accuracy, "semantic": semantic})
    validation = both.clone(prefix="val/")
    assert validation(*batch(0)) == {"val/plain": pytest.approx(0.5, abs=0.2)}
    validation.update(*batch(1))
    with torch.no_grad():
        model[2].weight.copy_(network(7)[2].weight)
    values = plain(validation.compute())
    wanted = expected(network(7), batch(0), batch(1))
    assert values.pop("val/plain") == wanted["semantic/accuracy"]
    assert values == {f"val/{name}": value for name, value in wanted.items()}
    validation.reset()
    assert validation["semantic"].confusion.sum() == 0


def test_forward_counts_and_has_no_value():
    metric = SemanticMetric(network(), labels=CIFAR)
    assert metric(*batch(0)) == {}
    assert metric.confusion.sum() == 120


def test_it_owns_no_weights():
    metric = SemanticMetric(network(), labels=CIFAR)
    assert not list(metric.parameters())
    assert not metric.state_dict()
    assert not list(metric.children())


class Module(torch.nn.Module):
    """Holds the network and its metric, as LightningModules do."""

    def __init__(self):
        super().__init__()
        self.network = network()
        self.metric = SemanticMetric(self.network, labels=CIFAR)
        self.own = SemanticMetric(self, labels=CIFAR)


def test_a_copy_watches_the_same_model_and_a_copy_of_both_its_own():
    model = network()
    twin = copy.deepcopy(SemanticMetric(model, labels=CIFAR))
    module = Module()
    copied = copy.deepcopy(module)
    for changed in (model, copied.network):
        with torch.no_grad():
            changed[2].weight.copy_(network(7)[2].weight)
    for metric, seed in (
        (twin, 7),
        (copied.metric, 7),
        (copied.own, 7),
        (module.metric, 0),
        (module.own, 0),
    ):
        metric.update(*batch(0))
        assert plain(metric.compute()) == expected(network(seed), batch(0))
    assert set(module.state_dict()) == {
        f"network.{name}" for name in ("0.weight", "0.bias", "2.weight", "2.bias")
    }


def test_pickled_with_its_model_and_counts():
    metric = SemanticMetric(network(), labels=CIFAR)
    metric.update(*batch(0))
    metric.compute()
    data = pickle.dumps(metric)
    assert len(data) < 20_000  # no taxonomy within
    again = pickle.loads(data)
    again.update(*batch(1))
    assert plain(again.compute()) == expected(network(), batch(0), batch(1))


def test_to_another_device_and_type():
    metric = SemanticMetric(network(), labels=CIFAR).to("meta")
    assert metric.confusion.device.type == "meta"
    metric = SemanticMetric(network(), labels=CIFAR).half().set_dtype(torch.float64)
    metric.update(*batch(0))
    assert plain(metric.to("cpu").compute()) == expected(network(), batch(0))


def test_wrapped_models():
    for wrapped in (torch.nn.DataParallel(network()), torch.compile(network(), backend="eager")):
        for head in (None, "2"):
            metric = SemanticMetric(wrapped, labels=CIFAR, head=head)
            metric.update(*batch(0))
            assert plain(metric.compute()) == expected(network(), batch(0))


# Two processes


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def process(rank, port, answers):
    """One of two processes: its model is wrapped for them, its batches are its own."""
    torch.set_num_threads(1)
    address = f"tcp://127.0.0.1:{port}"
    torch.distributed.init_process_group("gloo", init_method=address, rank=rank, world_size=2)
    model = torch.nn.parallel.DistributedDataParallel(network())
    metric = SemanticMetric(model, labels="cifar-10")
    for seed in ((0, 1, 2), (3,))[rank]:
        metric.update(*batch(seed))
    values = plain(metric.compute())
    own = int(metric.confusion.sum())
    metric.reset()
    metric.update(*batch(10 + rank))
    answers.put((rank, values, own, plain(metric.compute())))
    torch.distributed.destroy_process_group()


def test_two_processes_have_the_values_of_all_predictions():
    spawned = multiprocessing.get_context("spawn")
    answers, port = spawned.Queue(), free_port()
    processes = [
        spawned.Process(target=process, args=(rank, port, answers), daemon=True)
        for rank in range(2)
    ]
    for each in processes:
        each.start()
    found = sorted(answers.get(timeout=300) for _ in processes)
    for each in processes:
        each.join(timeout=60)
        assert each.exitcode == 0
    wanted = expected(network(), *map(batch, range(4)))
    later = expected(network(), batch(10), batch(11))
    assert found == [(0, wanted, 3 * 120, later), (1, wanted, 120, later)]
