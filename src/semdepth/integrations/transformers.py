"""A callback for Hugging Face's Trainer: Similarity Depth and compliance at each evaluation."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from semdepth.clustering import Clusterer
from semdepth.confusion import add_predictions
from semdepth.errors import ConfusionError, MissingExtra, OptionError
from semdepth.integrations.watch import Watch
from semdepth.labels import LabelSet, Placement

try:
    from transformers import TrainerCallback
except ImportError:
    raise MissingExtra("SemanticDepthCallback", "transformers", "transformers") from None

if TYPE_CHECKING:
    from semdepth.live import LiveScores


class SemanticDepthCallback(TrainerCallback):
    """Similarity Depth at each evaluation of a Trainer, and compliance with its predictions.

    Class names are the config's ``id2label`` unless ``labels`` are given; ``labels``, ``head``,
    ``placement`` and ``clusterer`` are :class:`semdepth.integrations.watch.Watch`'s.

    With predictions, ``compute_metrics=semantic.with_confusions(...)`` beside
    ``callbacks=[semantic]``; the Trainer then logs the values among its own, as
    ``eval_semantic/sd`` and so on. Without, ``semantic.attach(trainer)``, and they are logged
    right after. ``last`` are the latest :class:`LiveScores`.

    >>> SemanticDepthCallback().last
    """

    def __init__(
        self,
        *,
        labels: str | Path | LabelSet | Sequence[str] | None = None,
        head: str | None = None,
        placement: Placement | None = None,
        clusterer: Clusterer | None = None,
    ):
        self._watch = Watch(labels=labels, head=head, placement=placement, clusterer=clusterer)
        self._model = self._trainer = None
        self._counts: np.ndarray | None = None
        self._measured = False

    @property
    def last(self) -> LiveScores | None:
        """What the latest evaluation found."""
        return self._watch.last

    def attach(self, trainer) -> None:
        """Follow a Trainer that exists already, by the weights alone, and log through it."""
        self._trainer, self._model = trainer, trainer.model
        trainer.add_callback(self)

    def with_confusions(self, compute_metrics: Callable | None = None) -> Callable:
        """What to pass as the Trainer's ``compute_metrics``: counts predictions, then scores.

        The values of a ``compute_metrics`` of your own are kept. Logits are taken by their
        largest, and class indices (from ``preprocess_logits_for_metrics``) as they are;
        ``batch_eval_metrics`` works too. A label that is no class, -100 included, is a
        :class:`ConfusionError`.
        """

        def measure(predictions, compute_result: bool = True) -> dict[str, float]:
            own = _called(compute_metrics, predictions, compute_result) or {}
            self._count(predictions)
            if not compute_result:
                return own
            counts, self._counts, self._measured = self._counts, None, True
            return {**own, **self._watch.scores(self._model, counts).scalars()}

        return measure

    def on_init_end(self, args, state, control, model=None, **kwargs) -> None:
        self._model = model

    def on_train_begin(self, args, state, control, model=None, **kwargs) -> None:
        self._model = model
        self._watch.begin(model)

    def on_evaluate(self, args, state, control, metrics=None, **kwargs) -> None:
        if self._measured:
            self._measured = False
            return
        scalars = self._watch.scores(self._model).scalars()
        found = {f"eval_{name}": value for name, value in scalars.items()}
        if metrics is not None:
            metrics.update(found)
        if self._trainer is not None:
            self._trainer.log(found)

    def on_predict(self, args, state, control, metrics=None, **kwargs) -> None:
        self._measured = False

    def _count(self, predictions) -> None:
        if self._model is None:
            raise OptionError(
                "expected the callback among the Trainer's, found its compute_metrics alone; pass "
                "callbacks=[...] too"
            )
        if self._counts is None:
            n = self._watch.begin(self._model)
            self._counts = np.zeros((n, n), dtype=np.int64)
        true, predicted = _indices(predictions, len(self._counts))
        add_predictions(self._counts, true, predicted)


def _called(compute_metrics: Callable | None, predictions, compute_result: bool) -> dict | None:
    if compute_metrics is None:
        return None
    if "compute_result" in inspect.signature(compute_metrics).parameters:
        return compute_metrics(predictions, compute_result=compute_result)
    return compute_metrics(predictions)


def _indices(predictions, n: int) -> tuple[np.ndarray, np.ndarray]:
    """True and predicted classes, of arrays or of tensors on any device."""
    found, target = predictions.predictions, predictions.label_ids
    found = found[0] if isinstance(found, (tuple, list)) else found
    if found.ndim == target.ndim + 1:
        if found.shape[-1] != n:
            raise ConfusionError(
                f"expected logits of {n} classes, found shape {tuple(found.shape)}; give class "
                "indices (preprocess_logits_for_metrics) if there are other outputs beside them"
            )
        found = found.argmax(-1)
    return _flat(target), _flat(found)


def _flat(values) -> np.ndarray:
    values = values.cpu() if hasattr(values, "cpu") else values
    return np.asarray(values).ravel()
