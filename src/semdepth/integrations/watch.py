"""Reads the head of a model in training as often as it is asked, and scores it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from semdepth.clustering import AffinityPropagation, Clusterer
from semdepth.confusion import ConfusionMatrix
from semdepth.errors import SemdepthError
from semdepth.head import ClassifierHead
from semdepth.labels import LabelSet, Placement, label_set_of_names, place
from semdepth.live import LiveScores, Tracker
from semdepth.reading.heads import read_head


class Watch:
    """A model's head, read again at each call, and its scores.

    Parameters
    ----------
    labels : a known label set's name, a file of class names, a :class:`LabelSet`, or the names in
        the order of the outputs. Without it, the names that the model knows.
    head : the layer's weight by name, where the choice is not clear (:func:`semdepth.read_head`).
    placement : where the classes stand in a taxonomy; by default WordNet, by ids or names.
    clusterer : affinity propagation by default.

    ``last`` are the latest :class:`LiveScores`. What cannot work is an error in :meth:`begin`,
    before the first batch; later, what is undefined is NaN and one warning.
    """

    def __init__(
        self,
        *,
        labels: str | Path | LabelSet | Sequence[str] | None = None,
        head: str | None = None,
        placement: Placement | None = None,
        clusterer: Clusterer | None = None,
    ):
        if labels is not None and not isinstance(labels, (str, Path, LabelSet)):
            labels = label_set_of_names(labels, "the names given")
        self._labels, self._head = labels, head
        self._placement, self._clusterer = placement, clusterer
        self._tracker: Tracker | None = None
        self._warned: set[str] = set()
        self.last: LiveScores | None = None

    def __getstate__(self) -> dict:
        # The taxonomy stays out of pickles: the next reading makes the tracker anew.
        return {**self.__dict__, "_tracker": None, "last": None}

    def begin(self, model: object) -> int:
        """Settle what is watched, and return its number of classes.

        Raises :class:`HeadError`, :class:`LabelError` and whatever else :func:`read_head` does.
        """
        return self._read(model).n_classes

    def scores(self, model: object, counts: np.ndarray | None = None) -> LiveScores:
        """The scores of the model as it is now, with its predictions' ``counts`` (n, n) if any."""
        try:
            head = self._read(model)
            known = counts is not None and counts.any()
            confusion = ConfusionMatrix(head.labels, counts) if known else None
            self.last = self._tracker(head, confusion)
        except SemdepthError as error:
            self.last = LiveScores(reason=str(error))
        self._warn("Similarity Depth", self.last.reason)
        if self.last.graph is not None:
            self._warn("compliance", self.last.mistakes_reason)
        return self.last

    def _read(self, model: object) -> ClassifierHead:
        head = read_head(model, labels=self._labels, head=self._head)
        if self._tracker is None:
            placement = self._placement or place(head.labels, head.ids)
            self._tracker = Tracker(placement, self._clusterer or AffinityPropagation())
        return head

    def _warn(self, what: str, reason: str) -> None:
        """Say once in a training why a value is undefined."""
        if reason and what not in self._warned:
            self._warned.add(what)
            warnings.warn(f"{what} is undefined: {reason}", RuntimeWarning, stacklevel=3)
