"""The seeded choices that make one input, and the values that readers like least."""

from __future__ import annotations

import random
from collections.abc import Sequence

# What a name or path in a file could be.
TEXTS = (
    "",
    ".",
    "..",
    "../decoy.bin",
    "a/../../decoy.bin",
    "..\\decoy.bin",
    "/etc/passwd",
    "C:\\windows\\win.ini",
    "file:///etc/passwd",
    "http://127.0.0.1:9/",
    "input",
    "a\nb",
    "a\r\nb\u2028c",
    "\x1b[31mred\x1b[0m",
    "\0",
    "a\0b",
    "\u202egnp.exe",
    "n" * 5_000,
    "a." * 3_000,
    "💥" * 70,
    "9" * 40,
    "-1",
    "1e999",
    "nan",
    "__class__",
    "__reduce__",
    "__metadata__",
    "fc.weight",
    "fc.bias",
    "head.weight",
    "classifier.1.weight",
    "parametrizations.weight.original0",
    "weight_g",
    "float32",
    "bfloat16",
    "{}",
    "%s%n",
)
MOST_BITS = 64


class Dice(random.Random):
    """Choices out of a seed; `pool` holds files of other formats, for splices."""

    def __init__(self, seed: str, pool: Sequence[bytes] = ()):
        super().__init__(seed)
        self.pool = pool

    def one_in(self, n: int) -> bool:
        """True once in `n` times."""
        return self.randrange(n) == 0

    def text(self) -> str:
        """A strange name."""
        return self.choice(TEXTS)

    def place(self, data: Sequence) -> int:
        """An index into `data`; 0 where it is empty."""
        return self.randrange(len(data)) if data else 0

    def stretch(self, data: Sequence, longest: int = 256) -> tuple[int, int]:
        """Beginning and end of a stretch of `data`."""
        start = self.place(data)
        return start, min(len(data), start + self.randint(1, longest))

    def number(self, bits: int = MOST_BITS, near: int = 0) -> int:
        """An unsigned number of `bits` bits at which arithmetic goes wrong; `near` is a length."""
        top = 1 << bits
        sign = top >> 1
        step = self.randint(-2, 2)
        kind = self.randrange(8)
        if kind == 0:
            return self.choice((0, 1, 2, 3, 4, 7, 8, 255, 256)) % top
        if kind == 1:  # -1, -2 ..., and the smallest and largest signed ones
            return self.choice((0, sign)) + step & top - 1
        if kind == 2:
            return (1 << self.randrange(bits)) + step & top - 1
        if kind == 3:
            return near + step & top - 1
        if kind == 4:
            return self.randrange(max(near, 1)) & top - 1
        if kind == 5:  # what times 4 or 8 leaves 32 or 64 bits
            return (top // self.choice((2, 4, 8))) + step & top - 1
        return self.getrandbits(self.randint(1, bits))

    def bytes_of(self, width: int, near: int = 0, order: str = "little") -> bytes:
        """Such a number as `width` bytes."""
        return self.number(8 * width, near).to_bytes(width, order)
