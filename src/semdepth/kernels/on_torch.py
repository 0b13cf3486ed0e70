"""Similarities and affinity propagation on a GPU through torch, the only place that knows it.

The processor's messages (:mod:`semdepth.kernels.affinity.dense_messages`) pass the same numbers
here, bit for bit: float64 messages whatever the similarities are, the textbook's operations one by
one in the same order, and columns added from the first row to the last. So labels differ from the
processor's only where the similarities do, which is by the rounding of the matrix product; and the
noise that breaks ties is the same, bit for bit. Every operation used gives the same in every run.

Blocks of rows keep what is needed beside the three matrices below half a GB. ``torch-cpu`` stands
for torch's own arithmetic on the processor: nothing gains by it, and it runs where no GPU is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from semdepth.errors import MissingExtra, OptionError
from semdepth.kernels.affinity.propagation import Propagation, all_equal, one_or_all, settle
from semdepth.kernels.affinity.ties import (
    FIRST_MULTIPLIER,
    MEAN_OF_FOUR,
    SECOND_MULTIPLIER,
    STEP,
    UNIT,
    CounterNoise,
    LegacyNoise,
    TieBroken,
)
from semdepth.kernels.threads import row_blocks

CPU = "cpu"
"""The device that needs no torch: numpy's."""

_TORCH_CPU = "torch-cpu"
# Cells of a block: few enough for a dozen temporaries, enough for a GPU to be busy.
_BLOCK_CELLS = 1 << 22
# What these temporaries take at most, for each cell of a block.
_BYTES_BESIDE = 80
_MESSAGE_BYTES = 8


def check_device(device: str) -> None:
    """Raise :class:`OptionError` or :class:`MissingExtra` unless something can be computed there.

    ``"cpu"`` is numpy and always there; ``"cuda"`` and ``"cuda:1"`` are GPUs that torch finds.

    >>> check_device("cpu")
    """
    if device != CPU:
        _place(device)


def scaled_products(
    rows: np.ndarray, device: str, progress: Callable[[int, int], None] | None = None
) -> tuple[np.ndarray, float, float]:
    """``rows @ rows.T`` (n, n), scaled to [0, 1] with ones on the diagonal.

    Also the least and the greatest product; where they are equal the matrix is not finite. Each
    pair is multiplied once, in the full precision of the rows' type.
    """
    torch, place, n = _torch(), _place(device), len(rows)
    needed = rows.itemsize * (n * n + rows.size) + _beside(n)
    with _room(device, needed, f"similarities of {n:,} classes"), _full_precision(place):
        templates = torch.from_numpy(rows).to(place)
        products = torch.empty((n, n), dtype=templates.dtype, device=place)
        extremes = []
        for block in _blocks(n):
            found = products[block, block.start :]
            torch.matmul(templates[block], templates[block.start :].T, out=found)
            extremes.append(torch.stack(torch.aminmax(found)))
            if progress is not None:
                progress(block.stop, n)
        least, most = torch.stack(extremes).T
        least, most = least.min(), most.max()
        _scale_and_mirror(products, least, most - least)
        return products.cpu().numpy(), least.item(), most.item()


def affinity_propagation(
    similarity: np.ndarray,
    device: str,
    *,
    preference: float | None = None,
    noise: LegacyNoise | CounterNoise,
    damping: float = 0.5,
    max_iterations: int = 200,
    convergence_iterations: int = 15,
    progress: Callable[[int, int], None] | None = None,
) -> Propagation:
    """As :func:`semdepth.kernels.affinity.propagation.affinity_propagation`, on a device.

    ``preference`` None is the median of all cells. The matrix and its messages take
    16 bytes a cell beside the similarity's own: 9.5 GB for 21,843 items in float32.
    """
    n = len(similarity)
    needed = (similarity.itemsize + 2 * _MESSAGE_BYTES) * n * n + _beside(n)
    with _room(device, needed, f"affinity propagation of {n:,} classes"):
        values = _uploaded(similarity, _place(device))
        if preference is None:
            preference = _median(values)
        if all_equal(similarity):
            return one_or_all(n, preference > similarity.flat[n - 1])
        similar = noise.break_ties(similarity, preference)
        _break_ties(values, similar, preference)
        messages = DeviceMessages(values, damping)
        exchanges = (messages.exchange() for _ in range(max_iterations))
        return settle(similar, exchanges, max_iterations, convergence_iterations, progress)


class DeviceMessages:
    """The twin of :class:`DenseMessages` on a device, with equal bits; R and A stay in place.

    ``similarity`` is a tensor (n, n) that has its noise. A lags by the update that is still due,
    except on the diagonal.
    """

    def __init__(self, similarity, damping: float):
        self.torch = _torch()
        self.similarity = similarity
        self.damping = damping
        n = len(similarity)
        double = {"dtype": self.torch.float64, "device": similarity.device}
        self.responsibility = self.torch.zeros((n, n), **double)
        self.availability = self.torch.zeros((n, n), **double)
        self.own_availability = self.torch.zeros(n, **double)
        self.column_sum = None
        self.blocks = list(_blocks(n))
        # One row more than a block: it carries the column sums of the blocks before.
        self.buffer = self.torch.empty((self.blocks[0].stop + 1, n), **double)

    def exchange(self) -> np.ndarray:
        """One iteration; says which items are exemplars after it, (n,) bool."""
        sums = self.torch.zeros_like(self.own_availability)
        for rows in self.blocks:
            if self.column_sum is not None:
                self._update_availability(rows)
            self._update_responsibility(rows)
            sums = self._add_columns(rows, sums)
        self.column_sum = sums
        own = self.responsibility.diagonal()
        change = (own - sums) * (1 - self.damping)
        self.own_availability = self.own_availability * self.damping - change
        return (self.own_availability + own > 0).cpu().numpy()

    def _update_availability(self, rows: slice) -> None:
        change = self._block(rows)
        self.torch.clamp(self.responsibility[rows], min=0, out=change)
        change.sub_(self.column_sum).clamp_(min=0).mul_(1 - self.damping)
        self.availability[rows].mul_(self.damping).sub_(change)
        self.availability.diagonal()[rows] = self.own_availability[rows]

    def _update_responsibility(self, rows: slice) -> None:
        similarity, change = self.similarity[rows], self._block(rows)
        self.torch.add(self.availability[rows], similarity, out=change)
        # Which of several greatest sums is found does not matter: the second equals the first.
        best = change.argmax(dim=1, keepdim=True)
        highest = change.gather(1, best)
        change.scatter_(1, best, -np.inf)
        second = change.amax(dim=1, keepdim=True)
        self.torch.sub(similarity, highest, out=change)
        change.scatter_(1, best, similarity.gather(1, best) - second)
        change.mul_(1 - self.damping)
        self.responsibility[rows].mul_(self.damping).add_(change)

    def _add_columns(self, rows: slice, sums):
        support = self._block(rows)
        self.torch.clamp(self.responsibility[rows], min=0, out=support)
        support[:, rows].diagonal().copy_(self.responsibility.diagonal()[rows])
        if self.torch.are_deterministic_algorithms_enabled():
            # Then torch refuses every cumsum on a GPU.
            for row in support:
                sums.add_(row)
            return sums
        # Down the columns of a matrix cumsum adds one row after the other, unlike sum, which
        # adds parts of them and their sums; and unlike cumsum of a vector it always repeats.
        self.buffer[0] = sums
        return self.buffer[: len(support) + 1].cumsum(dim=0)[-1].clone()

    def _block(self, rows: slice):
        return self.buffer[1 : rows.stop - rows.start + 1]


def _torch():
    try:
        import torch
    except ImportError:
        raise MissingExtra("computing on a device (--device)", "torch", "torch") from None
    return torch


def _place(device: str):
    """torch's name of a device that is there."""
    if not re.fullmatch(rf"{_TORCH_CPU}|cuda(:[0-9]{{1,3}})?", device):
        raise OptionError(
            f"expected the device cpu, cuda or cuda:1, found {device!r}; leave --device out, as "
            "no other is known to give the same labels (mps has no float64)"
        )
    torch = _torch()
    if device == _TORCH_CPU:
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise OptionError(
            f"expected a CUDA device for --device {device}, found torch {torch.__version__} "
            "without one; leave --device out, or install a torch with CUDA and the GPU's driver"
        )
    place, count = torch.device(device), torch.cuda.device_count()
    if (place.index or 0) >= count:
        raise OptionError(
            f"expected a CUDA device for --device {device}, found {count} of them, counted from "
            "cuda:0; choose one of these, or leave --device out"
        )
    return place


def _blocks(n: int) -> Iterator[slice]:
    return row_blocks(n, max(1, _BLOCK_CELLS // n))


def _beside(n: int) -> int:
    """Bytes of the blocks that are held beside whole matrices."""
    return _BYTES_BESIDE * min(n * n, max(n, _BLOCK_CELLS))


@contextmanager
def _room(device: str, needed: int, what: str) -> Iterator[None]:
    """Refuse what does not fit the device's memory, before it starts or when it turns out."""
    refusal = (
        f"expected {needed / 1e9:.1f} GB free on {device} for {what}, found {{}}; leave --device "
        "out, free memory there, or take fewer classes (--classes)"
    )
    free = _free_bytes(device)
    if free is not None and needed > free:
        raise OptionError(refusal.format(f"{free / 1e9:.1f} GB"))
    try:
        yield
    except _torch().OutOfMemoryError:
        # Another program took some, or it is there in pieces only.
        raise OptionError(refusal.format("less when it was asked for")) from None


def _free_bytes(device: str) -> int | None:
    """What this process may still take on a device, None where the system sees to that."""
    torch, place = _torch(), _place(device)
    if place.type != "cuda":
        return None
    free, _ = torch.cuda.mem_get_info(place)
    # torch keeps what it was given, to use it again.
    return free + torch.cuda.memory_reserved(place) - torch.cuda.memory_allocated(place)


@contextmanager
def _full_precision(place) -> Iterator[None]:
    """float32 products with all their digits, whatever the caller allowed elsewhere."""
    torch = _torch()
    # torch 2.9 has this name for it; asking for the older one fails where the new one was set.
    settings = torch.backends.cuda.matmul
    name, full = ("fp32_precision", "ieee")
    if not hasattr(settings, name):
        name, full = ("allow_tf32", False)
    before = getattr(settings, name)
    setattr(settings, name, full)
    try:
        with torch.autocast(place.type, enabled=False):
            yield
    finally:
        setattr(settings, name, before)


def _scale_and_mirror(products, least, span) -> None:
    """As in ``gram.py``. ``span`` is on the device too: a plain number would be inverted first."""
    for block in _blocks(len(products)):
        products[block, block.start :].sub_(least).div_(span)
        products[block.stop :, block] = products[block, block.stop :].T
        corner = products[block, block]
        corner.copy_(corner.triu() + corner.triu(1).T)
    products.fill_diagonal_(1)


def _uploaded(values: np.ndarray, place):
    """A copy on a device; a block at a time, because torch wants arrays that may be written to."""
    torch = _torch()
    dtype = getattr(torch, values.dtype.name)
    copy = torch.empty(values.shape, dtype=dtype, device=place)
    for block in _blocks(len(values)):
        copy[block] = torch.from_numpy(values[block].copy())
    return copy


def _median(values) -> np.floating:
    """``np.median`` of a matrix's cells, to the bit: halves the numbers it can be, by counting.

    Floating-point numbers of one sign have the order of their bits read as integers, so there
    are no more halvings than bits.
    """
    kind = _kind(values)
    ranks = (values.numel() - 1) // 2, values.numel() // 2
    low, high = (_ordinal(kind.type(end)) for end in _extremes(values))
    while low < high:
        middle = (low + high) // 2
        if _count_up_to(values, _number(middle, kind)) > ranks[0]:
            high = middle
        else:
            low = middle + 1
    first = second = _number(low, kind)
    if _count_up_to(values, first) <= ranks[1]:
        above = [block[block > float(first)] for block in _row_blocks_of(values)]
        second = kind.type(min(cells.min().item() for cells in above if len(cells)))
    return np.mean(np.array([first, second]))


def _extremes(values) -> tuple[float, float]:
    ends = [_torch().aminmax(block) for block in _row_blocks_of(values)]
    return min(end.min.item() for end in ends), max(end.max.item() for end in ends)


def _count_up_to(values, most: np.floating) -> int:
    return int(sum((block <= float(most)).sum() for block in _row_blocks_of(values)))


def _row_blocks_of(values) -> Iterator:
    return (values[rows] for rows in _blocks(len(values)))


def _kind(values) -> np.dtype:
    return np.dtype(str(values.dtype).removeprefix("torch."))


def _ordinal(number: np.floating) -> int:
    """A finite number's place among those of its type, 0 being that of 0."""
    place = int(abs(number).view(f"i{number.itemsize}"))
    return -place if number < 0 else place


def _number(ordinal: int, kind: np.dtype) -> np.floating:
    number = np.array(abs(ordinal), dtype=f"i{kind.itemsize}").view(kind)[()]
    return -number if ordinal < 0 else number


def _break_ties(values, similar: TieBroken, preference: float) -> None:
    """Give a matrix on the device the noise and the preference that ``similar`` has."""
    if similar.start is None:
        values.copy_(_torch().from_numpy(similar.values))
    else:
        values.fill_diagonal_(float(preference))
        _add_noise(values, similar.start)


def _add_noise(values, start: int) -> None:
    """Add to every cell what :class:`CounterNoise` adds, operation by operation."""
    n, kind = len(values), np.finfo(_kind(values))
    unit, relative, absolute = (
        float(kind.dtype.type(x)) for x in (UNIT, kind.eps, kind.tiny * 100)
    )
    items = _torch().arange(n, device=values.device)
    for rows in _blocks(n):
        counter = (items[rows, None] * n + items).add_(1).mul_(_signed(STEP)).add_(_signed(start))
        _mix(counter)
        total = counter & 0xFFFF
        for shift in (16, 32, 48):
            total += (counter >> shift) & 0xFFFF
        normal = (total.to(values.dtype) - MEAN_OF_FOUR) * unit
        values[rows] += (values[rows] * relative + absolute) * normal


def _mix(counter) -> None:
    """SplitMix64's number for each value of its counter, in place.

    torch has no unsigned multiplication, but products and sums of signed integers wrap to the
    same bits; a shift to the right must lose the copies of the sign that it brings in.
    """
    for shift, multiplier in ((30, FIRST_MULTIPLIER), (27, SECOND_MULTIPLIER), (31, 1)):
        counter ^= (counter >> shift) & (2 ** (64 - shift) - 1)
        counter *= _signed(multiplier)


def _signed(number: int) -> int:
    """The signed integer that has the bits of an unsigned one of 64."""
    return number - 2**64 if number >= 2**63 else number
