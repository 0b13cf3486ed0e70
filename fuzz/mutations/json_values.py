"""Damages JSON: values, keys and nesting, and texts that only some parsers take."""

from __future__ import annotations

import json
from collections.abc import Iterator

from fuzz.dice import Dice
from fuzz.mutations.structures import NotThatStructure

VALUES = (
    None,
    True,
    False,
    0,
    -1,
    1,
    0.5,
    -0.0,
    1e308,
    float("inf"),
    float("nan"),
    2**31,
    2**53 + 1,
    2**63,
    2**64,
    -(2**63),
    10**30,
    "\ud800",
    [],
    {},
    [[]],
    [None],
    {"": ""},
    [1, "a", None],
    {"0": "a", "1": "b"},
    {"shape": []},
)


def strange(dice: Dice) -> object:
    """A value that stands where another belongs."""
    return dice.choice(VALUES) if not dice.one_in(3) else dice.text()


def change_value(data: bytes, dice: Dice) -> bytes:
    """Another value in some place."""
    content = _parsed(data)
    holder, key = _spot(content, dice)
    old = holder[key]
    what = dice.randrange(6)
    if what == 0:
        holder[key] = [old] * dice.choice((1, 2, 40))
    elif what == 1:
        holder[key] = {dice.text(): old}
    elif what == 2:
        other, name = _spot(content, dice)
        holder[key] = json.loads(json.dumps(other[name]))
    elif type(old) is int:
        number = dice.number(64, old)
        holder[key] = dice.choice((number, -number, str(old), float(old)))
    else:
        holder[key] = strange(dice)
    return _written(content)


def swap_values(data: bytes, dice: Dice) -> bytes:
    """Two values change places."""
    content = _parsed(data)
    one, other = _spot(content, dice), _spot(content, dice)
    a, b = json.dumps(one[0][one[1]]), json.dumps(other[0][other[1]])
    one[0][one[1]], other[0][other[1]] = json.loads(b), json.loads(a)
    return _written(content)


def drop_value(data: bytes, dice: Dice) -> bytes:
    """Without one value and its name."""
    content = _parsed(data)
    holder, key = _spot(content, dice)
    del holder[key]
    return _written(content)


def rename_key(data: bytes, dice: Dice) -> bytes:
    """A value under another name."""
    content = _parsed(data)
    holder, key = _spot(content, dice)
    if isinstance(holder, dict):
        holder[dice.text()] = holder.pop(key)
    else:
        holder.insert(key, strange(dice))
    return _written(content)


def repeat_value(data: bytes, dice: Dice) -> bytes:
    """The items of a list many times over."""
    content = _parsed(data)
    lists = [spot for spot in _spots(content) if isinstance(spot[0][spot[1]], list)]
    if not lists:
        raise NotThatStructure
    holder, key = dice.choice(lists)
    holder[key] = holder[key] * dice.choice((2, 3, 100))
    return _written(content)


def write_oddly(data: bytes, dice: Dice) -> bytes:
    """Text that parsers disagree about, in the place of some character."""
    odd = dice.choice(
        (
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b"9" * 6_000,
            b"1e99999",
            b"NaN",
            b"-Infinity",
            b'"\\ud800"',
            b'"a":1,"a":2,',
            b"\xff",
            b"\0",
            b"'",
            b"//",
            b"\\",
        )
    )
    place = dice.place(data)
    return data[:place] + odd + data[place + dice.randrange(2) :]


def _parsed(data: bytes) -> dict | list:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        raise NotThatStructure from None
    if not isinstance(content, dict | list) or not content:
        raise NotThatStructure
    return content


def _written(content: object) -> bytes:
    return json.dumps(content).encode()


def _spot(content: dict | list, dice: Dice) -> tuple[dict | list, str | int]:
    return dice.choice(list(_spots(content)))


def _spots(content: dict | list) -> Iterator[tuple[dict | list, str | int]]:
    """Every place in nested lists and objects: what holds it, and its name or number there."""
    waiting: list = [content]
    while waiting:
        holder = waiting.pop()
        for key, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            yield holder, key
            if isinstance(value, dict | list):
                waiting.append(value)


MUTATORS = (
    change_value,
    change_value,
    change_value,
    swap_values,
    drop_value,
    rename_key,
    repeat_value,
    write_oddly,
)
