"""Finds the class names that a PyTorch file carries along, beside its weights or inside a model."""

from __future__ import annotations

from collections.abc import Iterator

from semdepth.reading.checkpoints.class_names import Names, names_of
from semdepth.reading.checkpoints.containers.restricted_pickle import Global, StandIn

# What training scripts, Lightning, mmpretrain and scikit-learn call the list or dictionary.
KEYS = (
    "class_names",
    "classes",
    "CLASSES",
    "class_to_idx",
    "idx_to_class",
    "id2label",
    "label2id",
    "label_names",
    "class_labels",
    "classes_",
)
# Ultralytics' word says less, so it counts near the surface only: beside the weights, and as an
# attribute of the model.
NEAR_KEYS = ("names",)
NEAR = 2
# In fastai's export the vocabulary of its Categorize transform; others hold tokens of a text.
CATEGORISERS = ("Categorize", "MultiCategorize")
# fastai's lists, and OmegaConf's, keep their items in an attribute.
LIST_ATTRIBUTES = ("items", "_content")
DEEPEST = 16
MOST_PLACES = 50_000
LONGEST_KEY = 200


def stored_class_names(content: object) -> tuple[Names | None, str]:
    """Class names in what a pickle describes, those nearest to the surface, and where they were.

    >>> stored_class_names({"meta": {"dataset_meta": {"classes": ["cat", "dog"]}}})
    (('cat', 'dog'), "'meta.dataset_meta.classes' in the checkpoint")
    """
    for way, place in _places(content):
        held = _held(place)
        for key in (*KEYS, *(NEAR_KEYS if len(way) < NEAR else ()), *_vocabulary(place)):
            names = names_of(_plain(held.get(key)))
            if names:
                return names, f"{'.'.join((*way, key))!r} in the checkpoint"
    return None, ""


def _places(content: object) -> Iterator[tuple[tuple[str, ...], object]]:
    """Dictionaries, lists and objects within each other, those near the surface first."""
    level: list[tuple[tuple[str, ...], object]] = [((), content)]
    seen: set[int] = set()
    for _ in range(DEEPEST):
        deeper = []
        for way, place in level:
            if id(place) in seen or len(seen) > MOST_PLACES:
                continue
            seen.add(id(place))
            yield way, place
            inside = ((str(key), each) for key, each in _held(place).items() if _is_place(each))
            deeper.extend(((*way, key), each) for key, each in inside if len(key) <= LONGEST_KEY)
        level = deeper


def _is_place(value: object) -> bool:
    return isinstance(value, dict | list | StandIn)


def _held(place: object) -> dict:
    """What a place holds by name: a dictionary's entries, an object's attributes."""
    if isinstance(place, dict):
        return place
    if isinstance(place, list):
        return dict(enumerate(place)) if any(map(_is_place, place)) else {}
    if isinstance(place, StandIn):
        return {**place.entries, **(place.state if isinstance(place.state, dict) else {})}
    return {}


def _vocabulary(place: object) -> tuple[str, ...]:
    made_by = place.made_by if isinstance(place, StandIn) else None
    return ("vocab",) if isinstance(made_by, Global) and made_by.name in CATEGORISERS else ()


def _plain(value: object) -> object:
    """A list out of an object that is one: fastai's, OmegaConf's, a numpy array of texts."""
    for _ in range(3):
        if not isinstance(value, StandIn):
            break
        held = _held(value)
        inner = next((held[name] for name in LIST_ATTRIBUTES if name in held), None)
        value = inner if inner is not None else _array_of_texts(value.state)
    if isinstance(value, list):
        return [_plain_text(each) for each in value]
    return value


def _plain_text(value: object) -> object:
    # OmegaConf's texts are objects too.
    held = _held(value) if isinstance(value, StandIn) else {}
    return held.get("_val", value)


def _array_of_texts(state: object) -> list | None:
    """The texts of a pickled numpy array: (version, shape, type, order, numbers or objects)."""
    if not isinstance(state, tuple) or len(state) != 5:
        return None
    _, shape, dtype, _, data = state
    if isinstance(data, list):  # an array of objects
        return data
    code = dtype.arguments[0] if isinstance(dtype, StandIn) and dtype.arguments else None
    if not isinstance(code, str) or not code.startswith("U") or not isinstance(data, bytes):
        return None
    if not isinstance(shape, tuple) or len(shape) != 1 or not code[1:].isdigit():
        return None
    width = 4 * int(code[1:6])
    texts = (data[start : start + width] for start in range(0, width and len(data), width or 1))
    return [text.decode("utf-32-le", "replace").rstrip("\0") for text in texts]
