"""A metric for TorchMetrics: Similarity Depth of a model's head, compliance of its predictions."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from semdepth.clustering import Clusterer
from semdepth.errors import MissingExtra
from semdepth.integrations.torch_counts import add_batch
from semdepth.integrations.watch import Watch
from semdepth.labels import LabelSet, Placement

try:
    import torch
    from torchmetrics import Metric
except ImportError:
    raise MissingExtra("SemanticMetric", "torchmetrics", "torchmetrics") from None

if TYPE_CHECKING:
    from semdepth.live import LiveScores


class SemanticMetric(Metric):
    """Counts predictions, and computes what they and the model's head say together.

    Parameters
    ----------
    model : whose head is read, once in each ``compute()``. The metric does not own it: it is no
        submodule, and a copy of the metric watches the same model. A copy of a module that holds
        both watches the module's copy.
    labels, head, placement, clusterer : see :class:`semdepth.integrations.watch.Watch`.
    settings : those of every ``torchmetrics.Metric`` (``sync_on_compute``, ``process_group`` ...).

    The state is the confusion matrix ``confusion`` (n, n), int64, summed over processes.
    ``compute()`` returns ``semantic/sd``, ``semantic/compliance_direct`` ... as a dict of tensors,
    without what is undefined; ``last`` are the same :class:`LiveScores` with graph and depths.

    >>> import torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Linear(16, 10))
    >>> metric = SemanticMetric(model, labels="cifar-10")
    >>> metric.update(model(torch.ones(4, 8)), torch.tensor([3, 5, 5, 9]))
    >>> metric.confusion.sum()
    tensor(4)
    """

    is_differentiable = False
    higher_is_better = None
    full_state_update = False

    def __init__(
        self,
        model: torch.nn.Module,
        *,
        labels: str | Path | LabelSet | Sequence[str] | None = None,
        head: str | None = None,
        placement: Placement | None = None,
        clusterer: Clusterer | None = None,
        **settings,
    ):
        super().__init__(**settings)
        watch = Watch(labels=labels, head=head, placement=placement, clusterer=clusterer)
        self._watched = _Watched(model, watch)
        n = watch.begin(model)
        nothing = torch.zeros((n, n), dtype=torch.int64)
        self.add_state("confusion", nothing, dist_reduce_fx="sum")

    def update(self, preds: torch.Tensor, target: torch.Tensor) -> None:
        """Add a batch: logits (m, n, ...) or class indices (m, ...), and true classes (m, ...).

        Raises :class:`ConfusionError` for indices that are no class.
        """
        add_batch(self.confusion, preds, target)

    def compute(self) -> dict[str, torch.Tensor]:
        """The scalars of the model as it is now, and of the predictions since ``reset()``."""
        scores = self._watched.scores(self.confusion.cpu().numpy())
        return {
            name: torch.tensor(value, device=self.device)
            for name, value in scores.scalars().items()
        }

    def forward(self, *args, **kwargs) -> dict[str, torch.Tensor]:
        """Add a batch; there is no value of one batch, which is too few for a graph of errors."""
        self.update(*args, **kwargs)
        return {}

    @property
    def last(self) -> LiveScores | None:
        """What the latest ``compute()`` found."""
        return self._watched.watch.last


class _Watched:
    """Holds a model so that it is neither registered as a submodule nor copied."""

    def __init__(self, model: torch.nn.Module, watch: Watch):
        self.model, self.watch = model, watch

    def __deepcopy__(self, memo: dict) -> _Watched:
        return _Watched(memo.get(id(self.model), self.model), copy.copy(self.watch))

    def scores(self, counts) -> LiveScores:
        return self.watch.scores(self.model, counts)
