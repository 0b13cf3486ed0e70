"""Finds every tensor in what a PyTorch pickle describes, and names it by the way to it."""

from __future__ import annotations

from collections.abc import Iterator

from semdepth.errors import DamagedFile
from semdepth.reading.checkpoints.containers.restricted_pickle import StandIn
from semdepth.reading.checkpoints.pytorch.views import Packed, View

MOST_ENTRIES = 1_000_000
DEEPEST_NESTING = 64
LONGEST_NAME = 1000
# A pickled nn.Module keeps its tensors in these three; a state dict does not name them.
OF_MODULES = ("_parameters", "_buffers", "_modules")
# Quantised layers keep weight and bias as one packed value, which a state dict unpacks.
PACKED = "_packed_params"

Tensor = View | Packed
# The keys that lead to a value, the last one first; a name is made of them for tensors only.
Way = tuple["Way", object] | None


def named_tensors(content: object) -> Iterator[tuple[str, Tensor]]:
    """Every tensor in nested containers, in order, under its dotted name.

    An object that is met again, other than as a layer of a module, is not gone through again:
    pickled models refer to themselves.
    """
    remaining = MOST_ENTRIES
    waiting: list[tuple[Way, object, int]] = [(None, content, 0)]
    met: set[int] = set()
    while waiting:
        way, value, depth = waiting.pop()
        remaining -= 1
        if remaining < 0 or depth > DEEPEST_NESTING:
            raise DamagedFile("containers nested without end")
        if isinstance(value, Tensor):
            yield _name(way) or "weight", value
        elif _is_packed(way) and not isinstance(value, dict):
            yield from _unpacked(_name(way), value)
        else:
            children = list(_children(way, value, met))
            waiting.extend((*child, depth + 1) for child in reversed(children))


def _children(way: Way, value: object, met: set[int]) -> Iterator[tuple[Way, object]]:
    for key, child in _held(value):
        of_module = key in OF_MODULES
        if of_module and isinstance(child, dict):
            met.update(map(id, child.values()))
            yield from (((way, own), each) for own, each in child.items())
            continue
        if isinstance(child, StandIn):
            if id(child) in met:
                continue
            met.add(id(child))
        yield way if of_module else (way, key), child


def _held(value: object) -> Iterator[tuple[object, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from enumerate(value)
    elif isinstance(value, StandIn):
        yield from value.entries.items()
        state = value.state
        yield from state.items() if isinstance(state, dict) else ()


def _name(way: Way) -> str:
    keys = []
    while way is not None:
        way, key = way
        keys.append(key if isinstance(key, str) else str(key) if isinstance(key, int) else "?")
    if sum(map(len, keys)) > LONGEST_NAME:
        raise DamagedFile(f"a tensor's name of {sum(map(len, keys))} letters")
    return ".".join(reversed(keys))


def _is_packed(way: Way) -> bool:
    return way is not None and isinstance(way[1], str) and way[1].endswith(PACKED)


def _unpacked(name: str, value: object) -> Iterator[tuple[str, Tensor]]:
    """The quantised weight and the bias of a packed value, however it nests them."""
    outer = ".".join(part for part in name.split(".") if part != PACKED)
    found: dict[str, View] = {}
    waiting = [value]
    for _ in range(DEEPEST_NESTING):
        if not waiting:
            break
        each = waiting.pop(0)
        if isinstance(each, View) and each.quantizer is not None:
            found.setdefault("weight", each)
        elif isinstance(each, View) and each.dtype.startswith("float") and len(each.shape) == 1:
            found.setdefault("bias", each)
        inner = each.state if isinstance(each, StandIn) else each
        waiting.extend(inner.values() if isinstance(inner, dict) else ())
        waiting.extend(inner if isinstance(inner, list | tuple) else ())
    yield from ((f"{outer}.{own}" if outer else own, view) for own, view in found.items())
