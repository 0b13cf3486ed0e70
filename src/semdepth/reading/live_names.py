"""Finds the class names that a model in memory knows, in its attributes and its settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from semdepth.reading.checkpoints.class_names import Names, names_of

# Where libraries keep the model within what their users hold, and the settings of a model.
WITHIN = ("model", "module", "_orig_mod", "net", "network", "learner")
SETTINGS = ("config", "pretrained_cfg", "default_cfg", "hparams", "dls")
NAME_ATTRIBUTES = (
    "class_names",
    "classes",
    "id2label",
    "label_names",
    "names",
    "class_to_idx",
    "idx_to_class",
)


def live_class_names(model: object) -> tuple[Names | None, str]:
    """Class names that a model, what is within it, or its settings know, and where."""
    for way, holder in _holders(model):
        for key in NAME_ATTRIBUTES:
            names = names_of(_plain(_get(holder, key)))
            if names:
                return names, f"{'.'.join((*way, key))!r} of the model"
        names = names_of(_plain(_get(holder, "vocab"))) if way[-1:] == ("dls",) else None
        if names:
            return names, f"{'.'.join((*way, 'vocab'))!r} of the model"
    return None, ""


def _holders(model: object) -> Iterator[tuple[tuple[str, ...], object]]:
    """The model, its settings, then what is within it and its settings."""
    inner = ((name, _get(model, name)) for name in WITHIN)
    for way, place in [((), model), *(((name,), each) for name, each in inner)]:
        if place is None or isinstance(place, type):
            continue
        yield way, place
        settings = ((name, _get(place, name)) for name in SETTINGS)
        yield from (((*way, name), each) for name, each in settings if each is not None)


def _get(holder: object, name: str) -> object:
    if isinstance(holder, Mapping):
        return holder.get(name)
    return getattr(holder, name, None)


def _plain(names: object) -> object:
    """A list out of what behaves like one (fastai's vocabulary, a numpy array)."""
    if isinstance(names, list | tuple | Mapping | str):
        return dict(names) if isinstance(names, Mapping) else names
    is_row = hasattr(names, "__len__") and hasattr(names, "__getitem__")
    return list(names) if is_row and hasattr(names, "__iter__") else names
