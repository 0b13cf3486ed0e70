"""Counts the predictions of a PyTorch model where they lie, on the device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semdepth.errors import ConfusionError

if TYPE_CHECKING:
    from torch import Tensor


def add_batch(counts: Tensor, preds: Tensor, target: Tensor) -> None:
    """Add a batch to ``counts`` (n, n), rows true and columns predicted, in place.

    ``target`` (m, ...) are class indices, ``preds`` the same or logits (m, n, ...). Raises
    :class:`ConfusionError` for indices that are no class; nothing is left out.
    """
    n = len(counts)
    if preds.ndim == target.ndim + 1:
        axis = min(1, preds.ndim - 1)
        if preds.shape[axis] != n:
            raise ConfusionError(
                f"expected logits of {n} classes, found shape {tuple(preds.shape)}; give class "
                "indices if the network has other outputs beside the classes"
            )
        preds = preds.argmax(axis)
    if preds.shape != target.shape or preds.is_floating_point() or target.is_floating_point():
        raise ConfusionError(
            f"expected a class index for each sample, found predictions {_seen(preds)} and targets "
            f"{_seen(target)}; give logits (m, {n}) or indices (m,), and targets (m,)"
        )
    true, predicted = (
        each.detach().reshape(-1).to(counts.device).long() for each in (target, preds)
    )
    _check_range(true, predicted, n)
    cells = true * n + predicted
    counts.view(-1).index_add_(0, cells, counts.new_ones(len(cells)))


def _check_range(true: Tensor, predicted: Tensor, n: int) -> None:
    outside = (true < 0) | (true >= n) | (predicted < 0) | (predicted >= n)
    # One question to the device a batch.
    if outside.any():
        place = int(outside.int().argmax())
        raise ConfusionError(
            f"expected classes from 0 to {n - 1}, found true {int(true[place])}, predicted "
            f"{int(predicted[place])} in sample {place} of a batch; leave samples that have no "
            "class out, or check the order of the classes"
        )


def _seen(values: Tensor) -> str:
    return f"{str(values.dtype).removeprefix('torch.')} {tuple(values.shape)}"
