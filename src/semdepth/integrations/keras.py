"""A callback for Keras: Similarity Depth and compliance at the end of each epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from semdepth.clustering import Clusterer
from semdepth.confusion import add_predictions
from semdepth.errors import ConfusionError, MissingExtra, OptionError
from semdepth.integrations.watch import Watch
from semdepth.labels import LabelSet, Placement

try:
    import keras
except ModuleNotFoundError as error:
    # Keras without any of its backends says what it misses itself.
    if error.name != "keras":
        raise
    raise MissingExtra("SemanticDepthCallback", "keras", "keras") from None

if TYPE_CHECKING:
    from semdepth.live import LiveScores


class SemanticDepthCallback(keras.callbacks.Callback):
    """Adds Similarity Depth to the logs of each epoch, and compliance with validation data.

    Parameters
    ----------
    validation_data : a tuple ``(x, y)`` of arrays, or batches of them (a ``tf.data.Dataset``, a
        ``PyDataset``, a ``DataLoader``), ``y`` as class indices or one-hot. Keras keeps its own
        predictions to itself, so the model predicts these once more at the end of the epoch.
        Without it the head alone is looked at.
    labels, head, placement, clusterer : see :class:`semdepth.integrations.watch.Watch`.
    every_n_epochs : the first epoch is looked at, and every n-th after it.

    Stands before callbacks that read the logs (CSVLogger, TensorBoard): Keras calls them in
    their order. What is undefined is left out of the logs, as is an epoch not looked at:
    CSVLogger writes NA. ``last`` are the latest :class:`LiveScores`.

    >>> SemanticDepthCallback(labels="cifar-10").last
    """

    def __init__(
        self,
        validation_data=None,
        *,
        labels: str | Path | LabelSet | Sequence[str] | None = None,
        head: str | None = None,
        placement: Placement | None = None,
        clusterer: Clusterer | None = None,
        every_n_epochs: int = 1,
    ):
        super().__init__()
        if every_n_epochs < 1:
            raise OptionError(f"expected every_n_epochs above 0, found {every_n_epochs}")
        self._watch = Watch(labels=labels, head=head, placement=placement, clusterer=clusterer)
        self._data = validation_data
        self._every = every_n_epochs
        self._n = 0

    @property
    def last(self) -> LiveScores | None:
        """What the latest epoch that was looked at found."""
        return self._watch.last

    def on_train_begin(self, logs=None) -> None:
        self._n = self._watch.begin(self.model)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if epoch % self._every:
            return
        scores = self._watch.scores(self.model, self._counts())
        if logs is not None:
            logs.update(scores.scalars())

    def _counts(self) -> np.ndarray | None:
        if self._data is None:
            return None
        counts = np.zeros((self._n, self._n), dtype=np.int64)
        for outputs, target in self._predictions():
            true, predicted = _indices(_array(outputs), _array(target), self._n)
            add_predictions(counts, true, predicted)
        return counts

    def _predictions(self) -> Iterator[tuple]:
        """The model's outputs and the true classes, batch by batch."""
        if isinstance(self._data, tuple):
            x, y = self._data[:2]
            yield self.model.predict(x, verbose=0), y
        elif isinstance(self._data, keras.utils.PyDataset):
            # Python's own loop over one does not end.
            for i in range(self._data.num_batches):
                x, y = self._data[i][:2]
                yield self.model.predict_on_batch(x), y
        else:
            for x, y, *_ in self._data:
                yield self.model.predict_on_batch(x), y


def _array(values) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(values))


def _indices(outputs: np.ndarray, target: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """True and predicted classes, (m,) each."""
    if outputs.shape[-1] != n:
        raise ConfusionError(
            f"expected outputs of {n} classes, found shape {outputs.shape}; watch a model whose "
            "only output are the classes"
        )
    one_hot = target.ndim == outputs.ndim and target.shape[-1] == n
    true = target.argmax(-1) if one_hot else target
    return true.ravel(), outputs.argmax(-1).ravel()
