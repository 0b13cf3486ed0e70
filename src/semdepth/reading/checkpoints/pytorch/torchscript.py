"""Reads what a TorchScript archive holds beside its modules: constants, and files with names."""

from __future__ import annotations

import json
import re

from semdepth.reading.checkpoints.class_names import Names, names_of
from semdepth.reading.checkpoints.containers.regions import ZipRegion
from semdepth.reading.checkpoints.pytorch.views import View

LONGEST_TEXT = 1_000_000
MOST_TEXTS = 1000
# What people call the file of class names that they pack into the archive.
NAMES_FILE = re.compile(
    r"(.*[/_.-])?(names|labels|classes|categories|class_names|label_names|class_labels"
    r"|index_to_name|id2label|idx_to_class|class_to_idx|label_map)\.(txt|json|names)",
    re.IGNORECASE,
)
# torch.linear(x, CONSTANTS.c4, CONSTANTS.c5), as the archive's code writes a layer's call.
LAYER_CALL = re.compile(r"CONSTANTS\.c(\d{1,6}), CONSTANTS\.c(\d{1,6})\b")


def constants(content: object, entries: dict[str, ZipRegion]) -> tuple[tuple[str, View], ...]:
    """The tensors of constants.pkl as the code names them; a frozen module keeps all of its there.

    A bias is named after the weight beside which the code uses it.
    """
    if not isinstance(content, tuple | list):
        return ()
    weight_of = _weights_of_biases(entries)
    names = (f"CONSTANTS.c{weight_of.get(i, i)}" for i in range(len(content)))
    endings = (".bias" if i in weight_of else ".weight" for i in range(len(content)))
    named = zip(names, endings, content, strict=True)
    return tuple((name + end, each) for name, end, each in named if isinstance(each, View))


def _weights_of_biases(entries: dict[str, ZipRegion]) -> dict[int, int]:
    """Which constant is the bias of which weight, by the calls in the archive's code."""
    sources = [name for name in entries if "/code/" in name and name.endswith(".py")]
    short = [name for name in sources if entries[name].length <= LONGEST_TEXT][:MOST_TEXTS]
    codes = (entries[name].read().decode("utf-8", "replace") for name in short)
    calls = (pair for code in codes for pair in LAYER_CALL.findall(code))
    return {int(bias): int(weight) for weight, bias in calls}


def names_in_extra_files(entries: dict[str, ZipRegion]) -> tuple[Names | None, str]:
    """Class names in the files that were packed along (``_extra_files``), and in which.

    Ultralytics packs a JSON ``config.txt`` with ``names`` in it; others a list of lines.
    """
    extra = [name for name in entries if "/extra/" in name][:MOST_TEXTS]
    for name in extra:
        if entries[name].length > LONGEST_TEXT:
            continue
        short = name.split("/extra/", 1)[1]
        names = _names_in_text(short, entries[name].read())
        if names:
            return names, f"{short!r} in the archive"
    return None, ""


def _names_in_text(name: str, raw: bytes) -> Names | None:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        is_list = NAMES_FILE.fullmatch(name) and not name.lower().endswith(".json")
        return names_of(lines) if is_list else None
    if isinstance(content, dict):
        within = (names_of(content.get(key)) for key in ("names", "class_names", "classes"))
        found = next((names for names in within if names), None)
        if found:
            return found
    return names_of(content) if NAMES_FILE.fullmatch(name) else None
