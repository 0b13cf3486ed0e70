"""Similarities and affinity propagation on a GPU through torch, the only place that knows it.

The processor's messages (:mod:`semdepth.kernels.affinity.dense_messages`) pass the same numbers
here, bit for bit: float64 messages whatever the similarities are, the textbook's operations one by
one in the same order, and columns added from the first row to the last. So labels differ from the
processor's only where the similarities do, which is by the rounding of the matrix product; and the
noise that breaks ties is the same, bit for bit. Every operation used gives the same in every run.

Blocks of rows keep what is needed beside the three matrices below half a GB. ``torch-cpu`` stands
for torch's own arithmetic on the processor: nothing gains by it, and it runs where no GPU is.

::

    places.py    torch itself, its devices, their memory; how large a block may be
    products.py  scaled_products: all pairs' dot products, scaled
    messages.py  affinity_propagation and its messages
    median.py    the median of all cells, which is the preference that is not given
    noise.py     the noise that breaks ties
"""

from semdepth.kernels.on_torch.messages import affinity_propagation
from semdepth.kernels.on_torch.places import CPU, check_device
from semdepth.kernels.on_torch.products import scaled_products

__all__ = ["CPU", "affinity_propagation", "check_device", "scaled_products"]
