"""What following a training costs, as a share of its epochs.

    python benchmarks/live.py [--quick]

A small convolutional network learns images of 32 x 32 pixels in a real PyTorch loop; each epoch
is validated, with a SemanticMetric beside it. Its share is its CPU time over that of the whole
epoch, training and validation. The data are synthetic and few, 5,000 images (an epoch would
otherwise take minutes): what the metric does at the end of an epoch does not depend on their
number, so that the share of an epoch of the real data set is worked out from the times per image.

One thread, processor time, the least of several epochs.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import torch
from threadpoolctl import threadpool_limits

from semdepth import place, read_head
from semdepth.confusion import ConfusionMatrix
from semdepth.integrations.torchmetrics import SemanticMetric
from semdepth.labels import label_set
from semdepth.live import Tracker

TRAINING, VALIDATION, BATCH, EPOCHS = 5_000, 1_000, 125, 3


@dataclass
class Stopwatch:
    """Adds up the processor time spent within it."""

    seconds: float = 0.0

    def __enter__(self):
        self._since = time.process_time()

    def __exit__(self, *raised):
        self.seconds += time.process_time() - self._since


@dataclass(frozen=True)
class Task:
    """A known data set: its classes, its real size, and how wide the network's last layer is."""

    labels: str
    training: int
    validation: int
    width: int


TASKS = (Task("cifar-100", 50_000, 10_000, 128), Task("imagenet-1k", 1_281_167, 50_000, 512))


def network(n_classes: int, width: int) -> torch.nn.Module:
    layers = []
    for before, after in ((3, 32), (32, 64), (64, width)):
        convolution = torch.nn.Conv2d(before, after, 3, stride=2, padding=1)
        layers += [convolution, torch.nn.BatchNorm2d(after), torch.nn.ReLU()]
    pool = torch.nn.AdaptiveAvgPool2d(1)
    return torch.nn.Sequential(*layers, pool, torch.nn.Flatten(), torch.nn.Linear(width, n_classes))


def batches(n_classes: int, size: int, seed: int):
    """Images of a colour pattern of their class under so much noise that errors remain."""
    shared = torch.Generator().manual_seed(0)
    patterns = torch.randn(n_classes, 3, 8, 8, generator=shared)
    random = torch.Generator().manual_seed(seed)
    for _ in range(size // BATCH):
        y = torch.randint(n_classes, (BATCH,), generator=random)
        x = torch.nn.functional.interpolate(patterns[y], size=32)
        yield x + 6 * torch.randn(x.shape, generator=random), y


def train(model, optimizer, data) -> float:
    watch = Stopwatch()
    model.train()
    with watch:
        for x, y in data:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
    return watch.seconds


def validate(model, metric, data) -> tuple[float, float, float]:
    """Seconds of the predictions, of the metric's updates, and of its compute()."""
    predicting, updating, computing = Stopwatch(), Stopwatch(), Stopwatch()
    model.eval()
    for x, y in data:
        with predicting, torch.no_grad():
            logits = model(x)
        with updating:
            metric.update(logits, y)
    with computing:
        metric.compute()
    return predicting.seconds, updating.seconds, computing.seconds


def parts(model, metric, labels) -> dict[str, float]:
    """Seconds of what compute() is made of, the least of three."""
    found = {}
    tracker = Tracker(place(labels.labels, labels.ids))
    confusion = ConfusionMatrix(labels.labels, metric.confusion.numpy())
    head = read_head(model, labels=labels)
    steps = {
        "reading the head": lambda: read_head(model, labels=labels),
        "its clusters, tree and depth": lambda: tracker(head),
        "with confusions": lambda: tracker(head, confusion),
    }
    for name, step in steps.items():
        watches = [Stopwatch() for _ in range(3)]
        for watch in watches:
            with watch:
                step()
        found[name] = min(watch.seconds for watch in watches)
    found["with confusions"] -= found["its clusters, tree and depth"]
    return found


def measure(task: Task, epochs: int) -> None:
    torch.manual_seed(0)
    labels = label_set(task.labels)
    n = len(labels)
    model = network(n, task.width)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    metric = SemanticMetric(model, labels=labels)
    training = list(batches(n, TRAINING, 1))
    validation = list(batches(n, max(VALIDATION, 5 * n), 2))
    rows = []
    for _ in range(epochs):
        metric.reset()
        seconds = train(model, optimizer, training)
        rows.append((seconds, *validate(model, metric, validation)))
    report(task, labels, rows, parts(model, metric, labels), len(validation) * BATCH)


def report(task: Task, labels, rows: list, made_of: dict, validated: int) -> None:
    trained, predicted, updated, computed = (min(column) for column in zip(*rows, strict=True))
    epoch = trained + predicted
    real = trained / TRAINING * task.training + predicted / validated * task.validation
    added = updated / validated * task.validation + computed
    print(f"{task.labels}: {len(labels)} classes, head of {task.width} numbers a class")
    print(f"  training on {TRAINING:,} images        {trained:9.3f} s")
    print(f"  predicting {validated:,}              {predicted:9.3f} s")
    print(f"  metric, updates                  {updated:9.3f} s")
    print(f"  metric, compute()                {computed:9.3f} s")
    for name, seconds in made_of.items():
        print(f"    {name:30} {seconds:9.3f} s")
    print(f"  share of this epoch              {(updated + computed) / epoch:9.2%}")
    print(f"  share of one of {task.training:9,} images {added / real:9.3%}\n")


def main() -> None:
    torch.set_num_threads(1)
    with threadpool_limits(1):
        for task in TASKS:
            measure(task, epochs=1 if "--quick" in sys.argv else EPOCHS)


if __name__ == "__main__":
    main()
