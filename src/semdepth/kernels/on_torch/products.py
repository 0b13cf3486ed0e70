"""All pairs' dot products in one matrix on a device, scaled in place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from semdepth.kernels.on_torch.places import (
    beside,
    blocks,
    full_precision,
    import_torch,
    place_of,
    room,
)


def scaled_products(
    rows: np.ndarray, device: str, progress: Callable[[int, int], None] | None = None
) -> tuple[np.ndarray, float, float]:
    """``rows @ rows.T`` (n, n), scaled to [0, 1] with ones on the diagonal.

    Also the least and the greatest product; where they are equal the matrix is not finite. Each
    pair is multiplied once, in the full precision of the rows' type.
    """
    torch, place, n = import_torch(), place_of(device), len(rows)
    needed = rows.itemsize * (n * n + rows.size) + beside(n)
    with room(device, needed, f"similarities of {n:,} classes"), full_precision(place):
        templates = torch.from_numpy(rows).to(place)
        products = torch.empty((n, n), dtype=templates.dtype, device=place)
        extremes = []
        for block in blocks(n):
            found = products[block, block.start :]
            torch.matmul(templates[block], templates[block.start :].T, out=found)
            extremes.append(torch.stack(torch.aminmax(found)))
            if progress is not None:
                progress(block.stop, n)
        least, most = torch.stack(extremes).T
        least, most = least.min(), most.max()
        _scale_and_mirror(products, least, most - least)
        return products.cpu().numpy(), least.item(), most.item()


def _scale_and_mirror(products, least, span) -> None:
    """As in ``gram.py``. ``span`` is on the device too: a plain number would be inverted first."""
    for block in blocks(len(products)):
        products[block, block.start :].sub_(least).div_(span)
        products[block.stop :, block] = products[block, block.stop :].T
        corner = products[block, block]
        corner.copy_(corner.triu() + corner.triu(1).T)
    products.fill_diagonal_(1)
