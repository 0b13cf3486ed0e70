"""A callback for Lightning: Similarity Depth and compliance at the end of each validation."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from semdepth.clustering import Clusterer
from semdepth.errors import MissingExtra, OptionError
from semdepth.integrations.torch_counts import add_batch
from semdepth.integrations.watch import Watch
from semdepth.labels import LabelSet, Placement

try:
    import torch

    # The same library under two names: the one that the program has loaded is the one it uses.
    if "pytorch_lightning" in sys.modules and "lightning.pytorch" not in sys.modules:
        from pytorch_lightning import Callback
    else:
        from lightning.pytorch import Callback
except ImportError:
    try:
        from pytorch_lightning import Callback
    except ImportError:
        raise MissingExtra("SemanticDepthCallback", "lightning", "lightning") from None

if TYPE_CHECKING:
    from semdepth.live import LiveScores

Predictions = tuple["torch.Tensor", "torch.Tensor"]

_PREDS = ("preds", "predictions", "logits")
_TARGETS = ("target", "targets", "labels", "y")


class SemanticDepthCallback(Callback):
    """Logs Similarity Depth at the end of each validation, and compliance with predictions.

    Parameters
    ----------
    labels, head, placement, clusterer : see :class:`semdepth.integrations.watch.Watch`; the model
        is the LightningModule.
    predictions : ``predictions(batch, outputs)`` gives (logits or class indices, true classes) of
        a validation batch, ``outputs`` being what ``validation_step`` returned. By default they
        are taken from ``outputs`` where that is a dict with ``preds``, ``predictions`` or
        ``logits``, and ``target``, ``targets``, ``labels`` or ``y``; otherwise the head alone is
        looked at.
    every_n_epochs : validations of every n-th epoch are scored, as Lightning counts them.

    Values go through the module's own ``log_dict``, so that every logger and callback sees them.
    The validation that checks sanity before training is checked too, but not scored: predictions
    that do not fit the classes are an error before the first step. ``last`` are the latest
    :class:`LiveScores`.

    >>> SemanticDepthCallback(labels="cifar-10").last
    """

    def __init__(
        self,
        *,
        labels: str | Path | LabelSet | Sequence[str] | None = None,
        head: str | None = None,
        placement: Placement | None = None,
        clusterer: Clusterer | None = None,
        predictions: Callable[[object, object], Predictions] | None = None,
        every_n_epochs: int = 1,
    ):
        if every_n_epochs < 1:
            raise OptionError(f"expected every_n_epochs above 0, found {every_n_epochs}")
        self._watch = Watch(labels=labels, head=head, placement=placement, clusterer=clusterer)
        self._predictions = _named_outputs if predictions is None else predictions
        self._every = every_n_epochs
        self._counts: torch.Tensor | None = None

    @property
    def last(self) -> LiveScores | None:
        """What the latest validation found."""
        return self._watch.last

    def on_fit_start(self, trainer, pl_module) -> None:
        self._watch.begin(pl_module)

    def on_validation_epoch_start(self, trainer, pl_module) -> None:
        n = self._watch.begin(pl_module)
        self._counts = torch.zeros((n, n), dtype=torch.int64, device=pl_module.device)

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ) -> None:
        found = self._predictions(batch, outputs)
        if found is not None:
            add_batch(self._counts, *found)

    def on_validation_epoch_end(self, trainer, pl_module) -> None:
        if trainer.sanity_checking or (trainer.current_epoch + 1) % self._every:
            return
        counts = trainer.strategy.reduce(self._counts, reduce_op="sum")
        scores = self._watch.scores(pl_module, counts.cpu().numpy())
        # Every process has the same values; their mean is asked for where Lightning expects it.
        pl_module.log_dict(scores.scalars(), sync_dist=trainer.world_size > 1)


def _named_outputs(batch: object, outputs: object) -> Predictions | None:
    if not isinstance(outputs, Mapping):
        return None
    preds = next((outputs[name] for name in _PREDS if name in outputs), None)
    target = next((outputs[name] for name in _TARGETS if name in outputs), None)
    return None if preds is None or target is None else (preds, target)
