"""The callback within Hugging Face's real Trainer."""

import os

import numpy as np
import pytest

from semdepth import analyze, count_confusions, read_head
from semdepth.errors import ConfusionError, HeadError, OptionError
from semdepth.labels import label_set

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("accelerate")

from semdepth.integrations.transformers import SemanticDepthCallback  # noqa: E402

CIFAR = label_set("cifar-10")
N = len(CIFAR)
NAMES = dict(enumerate(CIFAR.labels))

pytestmark = [
    pytest.mark.filterwarnings("ignore:'pin_memory' argument is set as true but no accelerator"),
    pytest.mark.filterwarnings("ignore::FutureWarning:transformers"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:tensorboard"),
]


def config(**names):
    return transformers.ViTConfig(
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        image_size=4,
        patch_size=2,
        num_channels=1,
        num_labels=N,
        **names,
    )


def vit():
    torch.manual_seed(0)
    named = {"id2label": NAMES, "label2id": {name: i for i, name in NAMES.items()}}
    return transformers.ViTForImageClassification(config(**named))


class Images(torch.utils.data.Dataset):
    """Noise with a little of its class in it, so that there are errors at every moment."""

    def __init__(self, seed, size):
        random = np.random.default_rng(seed)
        self.labels = random.integers(N, size=size)
        means = np.random.default_rng(99).normal(size=(N, 1, 4, 4))
        pixels = means[self.labels] + random.normal(size=(size, 1, 4, 4))
        self.pixels = torch.from_numpy(pixels).float()

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return {"pixel_values": self.pixels[i], "labels": int(self.labels[i])}


class States(transformers.TrainerCallback):
    """Keeps the weights at each evaluation."""

    def __init__(self):
        self.kept = []

    def on_evaluate(self, args, state, control, model=None, **kwargs):
        self.kept.append({k: v.clone() for k, v in model.state_dict().items()})


def trainer_of(folder, model=None, *, callbacks=(), compute_metrics=None, logs=None, **options):
    extra = {"preprocess_logits_for_metrics": options.pop("preprocess", None)}
    if logs is not None:
        os.environ["TENSORBOARD_LOGGING_DIR"] = str(logs)
    arguments = transformers.TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=2,
        per_device_train_batch_size=50,
        per_device_eval_batch_size=64,
        learning_rate=0.05,
        eval_strategy="epoch",
        save_strategy="no",
        report_to="none" if logs is None else "tensorboard",
        disable_tqdm=True,
        use_cpu=True,
        **options,
    )
    return transformers.Trainer(
        model=vit() if model is None else model,
        args=arguments,
        train_dataset=Images(0, 200),
        eval_dataset=Images(1, 300),
        compute_metrics=compute_metrics,
        callbacks=list(callbacks),
        **extra,
    )


def expected(state, images):
    """What analyze() says of some weights and of their predictions."""
    model = vit()
    model.load_state_dict(state)
    model.eval()
    with torch.no_grad():
        predicted = model(images.pixels).logits.argmax(1).numpy()
    confusion = count_confusions(CIFAR.labels, images.labels, predicted)
    found = analyze(read_head(model), confusion=confusion, permutations=10)
    values = {
        "sd": found.depth.mean,
        "sd_normalised": found.chance.normalised,
        "clusters": found.graph.n_clusters,
        "accuracy": np.mean(images.labels == predicted),
        "compliance_direct": found.mistakes.direct.explained.observed,
        "compliance_direct_causing": found.mistakes.direct.causing.observed,
        "compliance_extended_causing_chance": found.mistakes.extended.causing.null_mean,
    }
    return {f"eval_semantic/{k}": pytest.approx(float(v)) for k, v in values.items()}


def evaluations(trainer):
    """What the Trainer logged at each evaluation, of ours."""
    rows = [
        {name: value for name, value in row.items() if "semantic/" in name}
        for row in trainer.state.log_history
    ]
    return [row for row in rows if row]


@pytest.mark.parametrize("batchwise", [False, True])
def test_values_are_logged_at_each_evaluation(tmp_path, capsys, batchwise):
    semantic, states = SemanticDepthCallback(), States()
    trainer = trainer_of(
        tmp_path,
        callbacks=[semantic, states],
        compute_metrics=semantic.with_confusions(),
        batch_eval_metrics=batchwise,
    )
    trainer.train()
    rows = evaluations(trainer)
    assert len(rows) == len(states.kept) == 2
    for row, state in zip(rows, states.kept, strict=True):
        wanted = expected(state, trainer.eval_dataset)
        assert {name: row[name] for name in wanted} == wanted
        assert len(row) == 15
    assert rows[0] != rows[1]
    assert rows[1]["eval_semantic/sd"] == semantic.last.sd
    assert "eval_semantic/sd" in capsys.readouterr().out  # the Trainer's own printer


def test_ones_own_metrics_are_kept_and_logits_may_be_reduced_before(tmp_path):
    def own(predictions):
        return {"samples": len(predictions.label_ids), "kind": predictions.predictions.ndim}

    semantic, states = SemanticDepthCallback(), States()
    trainer = trainer_of(
        tmp_path,
        callbacks=[semantic, states],
        compute_metrics=semantic.with_confusions(own),
        preprocess=lambda logits, labels: logits.argmax(-1),
    )
    found = trainer.evaluate()
    assert (found["eval_samples"], found["eval_kind"]) == (300, 1)
    wanted = expected(states.kept[-1], trainer.eval_dataset)
    assert {name: found[name] for name in wanted} == wanted


def test_ones_own_metrics_batch_by_batch(tmp_path):
    seen = []

    def own(predictions, compute_result):
        seen.append(len(predictions.label_ids))
        return {"samples": sum(seen)} if compute_result else {}

    semantic = SemanticDepthCallback()
    measure = semantic.with_confusions(own)
    options = {"compute_metrics": measure, "batch_eval_metrics": True}
    found = trainer_of(tmp_path, callbacks=[semantic], **options).evaluate()
    assert seen == [64, 64, 64, 64, 44]
    assert found["eval_samples"] == 300
    assert found["eval_semantic/accuracy"] == pytest.approx(semantic.last.accuracy)


def test_attached_without_predictions(tmp_path):
    semantic, states = SemanticDepthCallback(), States()
    trainer = trainer_of(tmp_path, callbacks=[states])
    semantic.attach(trainer)
    trainer.train()
    rows = evaluations(trainer)
    named = ("sd", "sd_chance", "sd_normalised", "clusters", "converged")
    assert [set(row) for row in rows] == [{f"eval_semantic/{name}" for name in named}] * 2
    wanted = expected(states.kept[-1], trainer.eval_dataset)
    assert rows[-1]["eval_semantic/sd"] == wanted["eval_semantic/sd"]
    # Among what evaluate() returns, so that the best checkpoint can be chosen by it.
    assert trainer.evaluate()["eval_semantic/sd"] == wanted["eval_semantic/sd"]


def test_the_best_checkpoint_by_depth(tmp_path):
    semantic = SemanticDepthCallback()
    trainer = trainer_of(
        tmp_path,
        callbacks=[semantic],
        compute_metrics=semantic.with_confusions(),
        metric_for_best_model="semantic/sd",
        greater_is_better=True,
    )
    trainer.args.save_strategy = transformers.trainer_utils.SaveStrategy.BEST
    trainer.train()
    depths = [row["eval_semantic/sd"] for row in evaluations(trainer)]
    assert trainer.state.best_metric == max(depths)


def test_tensorboard_gets_them(tmp_path, monkeypatch):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", "")
    semantic = SemanticDepthCallback()
    trainer = trainer_of(
        tmp_path,
        callbacks=[semantic],
        compute_metrics=semantic.with_confusions(),
        logs=tmp_path / "runs",
    )
    trainer.train()
    events = accumulator.EventAccumulator(str(tmp_path / "runs")).Reload()
    values = [event.value for event in events.Scalars("eval/semantic/compliance_direct")]
    rows = evaluations(trainer)
    assert values == pytest.approx([row["eval_semantic/compliance_direct"] for row in rows])


def test_what_cannot_work_stops_before_the_first_step(tmp_path):
    trainer = trainer_of(tmp_path, callbacks=[SemanticDepthCallback(head="no_such_layer")])
    with pytest.raises(HeadError, match="no_such_layer"):
        trainer.train()
    assert trainer.state.global_step == 0


def test_labels_that_are_no_class_are_an_error(tmp_path):
    semantic = SemanticDepthCallback()
    trainer = trainer_of(tmp_path, callbacks=[semantic], compute_metrics=semantic.with_confusions())
    trainer.eval_dataset.labels[7] = -100
    with pytest.raises(ConfusionError, match="from 0 to 9, found -100 in sample 7"):
        trainer.evaluate()


def test_compute_metrics_without_the_callback_says_so(tmp_path):
    trainer = trainer_of(tmp_path, compute_metrics=SemanticDepthCallback().with_confusions())
    with pytest.raises(OptionError, match="pass callbacks="):
        trainer.evaluate()


def test_other_outputs_beside_the_classes_are_an_error():
    semantic = SemanticDepthCallback()
    semantic.on_init_end(None, None, None, model=vit())
    measure = semantic.with_confusions()
    predictions = transformers.EvalPrediction(np.zeros((3, 7)), np.zeros(3, dtype=int))
    with pytest.raises(ConfusionError, match=r"logits of 10 classes, found shape \(3, 7\)"):
        measure(predictions)


def test_a_network_that_cannot_be_scored_goes_on(tmp_path):
    model = vit()
    with torch.no_grad():
        model.classifier.weight.fill_(1.0)
    semantic = SemanticDepthCallback()
    trainer = trainer_of(
        tmp_path, model, callbacks=[semantic], compute_metrics=semantic.with_confusions()
    )
    with pytest.warns(RuntimeWarning, match="Similarity Depth is undefined"):
        found = trainer.evaluate()
    assert "eval_semantic/sd" not in found
    assert "eval_semantic/accuracy" in found
