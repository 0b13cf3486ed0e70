"""The head that every format stores (tests/canonical_head.py), and the folder that files go to."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "data" / "formats"
sys.path.insert(0, str(ROOT / "tests"))

from canonical_head import (  # noqa: E402
    BIAS,
    CLASSES,
    DIMENSION,
    HIDDEN_BIAS,
    HIDDEN_WEIGHT,
    N_CLASSES,
    SCALE,
    WEIGHT,
)

__all__ = [
    "BIAS",
    "CLASSES",
    "DIMENSION",
    "FOLDER",
    "HIDDEN_BIAS",
    "HIDDEN_WEIGHT",
    "N_CLASSES",
    "ROOT",
    "SCALE",
    "WEIGHT",
]
