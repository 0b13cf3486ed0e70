"""Rectangles of many sizes on one page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Width over height that pages aim at.
ASPECT = 1.6


def pack(sizes: Sequence[tuple[float, float]], space: float) -> tuple[np.ndarray, float, float]:
    """Put rectangles on a page of about :data:`ASPECT`: upper left corners (n, 2), page's size.

    They stand in rows, the tallest first; where one is so low that others fit below it, they
    stand there, one below another. ``space`` stays between.

    >>> pack([(10, 10), (10, 10)], 2.0)[0].tolist()
    [[0.0, 0.0], [12.0, 0.0]]
    """
    padded = np.asarray(sizes, dtype=float) + space
    order = np.argsort(-padded[:, 1], kind="stable")
    natural = np.sqrt(padded.prod(axis=1).sum() * ASPECT)
    pages = []
    for stretch in (0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.3, 1.45):
        corners = _in_rows(padded, order, max(padded[:, 0].max(), natural * stretch))
        width, height = (corners + padded).max(axis=0) - space
        pages.append((max(width / ASPECT, height), width, height, corners))
    _, width, height, corners = min(pages, key=lambda page: page[:3])
    return corners, float(width), float(height)


def _in_rows(sizes: np.ndarray, order: np.ndarray, page_width: float) -> np.ndarray:
    corners = np.zeros_like(sizes)
    row_top = row_end = right = 0.0
    columns: list[list[float]] = []  # of this row: left, right, and how far down it is filled
    for k in order:
        width, height = sizes[k]
        roomy = [c for c in columns if width <= c[1] - c[0] and c[2] + height <= row_end]
        if roomy:
            column = roomy[0]
        else:
            if right + width > page_width + 1e-6:
                row_top, right, columns = row_end, 0.0, []
            if not columns:
                row_end = row_top + height
            column = [right, right + width, row_top]
            columns.append(column)
            right += width
        corners[k] = column[0], column[2]
        column[2] += height
    return corners
