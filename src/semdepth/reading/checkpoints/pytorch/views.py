"""What PyTorch's pickles describe: storages, and the tensors that view them."""

from __future__ import annotations

from dataclasses import dataclass

from semdepth.reading.checkpoints.number_types import item_size


@dataclass(frozen=True, slots=True)
class Storage:
    """`numel` numbers under a key; a view of a storage (in very old files) begins at `first`."""

    key: str
    dtype: str
    numel: int
    first: int = 0

    @property
    def item_size(self) -> int:
        return item_size(self.dtype) or 1


@dataclass(frozen=True, slots=True)
class View:
    """How a tensor lies in its storage: offset, shape and strides, counted in numbers."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: str
    quantizer: Quantizer | None = None

    @property
    def is_contiguous(self) -> bool:
        """Whether the numbers lie one after the other, in the order of the axes."""
        expected = 1
        for size, step in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if size != 1 and step != expected:
                return False
            expected *= size
        return True

    @property
    def span(self) -> tuple[int, int]:
        """The first number that the view touches, and the one behind its last."""
        if 0 in self.shape:
            return 0, 0
        reach = sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))
        return self.offset, self.offset + reach + 1


@dataclass(frozen=True, slots=True)
class Quantizer:
    """What a quantised tensor's whole numbers stand for: (number - zero_point) * scale.

    Per tensor both are numbers and `axis` is None; per channel both are one-dimensional views,
    one number for each index of the axis.
    """

    scale: float | View
    zero_point: float | View
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class Packed:
    """A tensor whose numbers are not one stretch of a storage; only its shape is told."""

    shape: tuple[int, ...]
    kind: str
    way_out: str
