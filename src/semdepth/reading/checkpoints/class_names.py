"""Finds the class names that a checkpoint or a model's config.json brings along."""

from __future__ import annotations

import re

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.checkpoint import quoted

Names = tuple[str, ...]
GENERIC = re.compile(r"LABEL_\d+")


def names_of(value: object) -> Names | None:
    """Class names, from a list of texts, {index: name} or {name: index}; None for anything else.

    Names that say nothing (``LABEL_0`` ...) count as none.

    >>> names_of(["cat", "dog"]), names_of({"dog": 1, "cat": 0}), names_of(["LABEL_0"])
    (('cat', 'dog'), ('cat', 'dog'), None)
    """
    names = _as_list(value) or in_order(value)
    return None if names is None or all(map(GENERIC.fullmatch, names)) else names


def names_in_config(config: dict) -> tuple[Names | None, str]:
    """Names in a model folder's config.json: ``id2label``, or timm's ``label_names``.

    Names that say nothing (``LABEL_0`` ...) count as none. Raises DamagedFile, with what was
    found only, where ``id2label`` does not number its classes from 0 on.
    """
    numbered = config.get("id2label")
    if numbered is not None:
        names = in_order(numbered)
        if names is None:
            raise DamagedFile(f"an id2label that is not 0, 1, 2, ... to names ({_shown(numbered)})")
        if not all(GENERIC.fullmatch(name) for name in names):
            return names, "'id2label' in config.json"
    for place in (config, config.get("pretrained_cfg")):
        names = _as_list(place.get("label_names")) if isinstance(place, dict) else None
        if names:
            return names, "'label_names' in config.json"
    return None, ""


def in_order(mapping: object) -> Names | None:
    """Names by index, from {index: name} or {name: index}; None for anything else.

    >>> in_order({"0": "tench", "1": "goldfish"})
    ('tench', 'goldfish')
    """
    if not isinstance(mapping, dict) or not mapping:
        return None
    if all(isinstance(name, str) and type(index) is int for name, index in mapping.items()):
        mapping = {index: name for name, index in mapping.items()}
    indices = {_index(key): name for key, name in mapping.items()}
    if set(indices) != set(range(len(mapping))):
        return None
    return _as_list([indices[i] for i in range(len(mapping))])


def _index(key: object) -> int | None:
    if type(key) is int:
        return key
    is_number = isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 10
    return int(key) if is_number else None


def _as_list(names: object) -> Names | None:
    if isinstance(names, list | tuple) and names and all(isinstance(n, str) for n in names):
        return tuple(names)
    return None


def _shown(numbered: object) -> str:
    if not isinstance(numbered, dict):
        return f"a {type(numbered).__name__}"
    return f"{len(numbered)} entries, the first {quoted(next(iter(numbered), None))}"
