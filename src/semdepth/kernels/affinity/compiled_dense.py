"""The compiled sweep over full matrices of messages: the twin of ``dense_messages.py``.

A row goes through both updates while it is in the cache, and every operation is the numpy twin's,
in its order. Without ``fastmath``, which would reorder them.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def exchange_rows(first, similarity, step, messages, columns):
    """One iteration of some rows, of which ``first`` is the first; adds to the columns' sums.

    ``similarity`` (k, n) are theirs with noise, and ``messages`` their responsibilities and
    availabilities. ``step`` is what messages keep of themselves, what they take, and whether the
    availabilities of the iteration before are due. ``columns`` (n,) are the items' own
    availabilities, the column sums of the iteration before, and those of this one.
    """
    kept, new, is_due = step
    responsibility, availability = messages
    own_availability, total, sums = columns
    for k in range(len(similarity)):
        alike, took, gave = similarity[k], responsibility[k], availability[k]
        own = first + k
        if is_due:
            for column in range(len(alike)):
                change = max(max(took[column], 0.0) - total[column], 0.0) * new
                gave[column] = gave[column] * kept - change
            gave[own] = own_availability[own]
        best, highest, second = 0, -np.inf, -np.inf
        for column in range(len(alike)):
            reaches = gave[column] + alike[column]
            if reaches > highest:
                best, highest, second = column, reaches, highest
            elif reaches > second:
                second = reaches
        of_best = took[best] * kept + (alike[best] - second) * new
        for column in range(len(alike)):
            took[column] = took[column] * kept + (alike[column] - highest) * new
        took[best] = of_best
        # The item's own counts when it is negative, too.
        with_own = sums[own] + took[own]
        for column in range(len(alike)):
            sums[column] += max(took[column], 0.0)
        sums[own] = with_own
