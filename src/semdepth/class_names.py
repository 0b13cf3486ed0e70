"""What every list of class names must be: one a row, each once, in characters a file can hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from semdepth.errors import LabelError


def check_class_names(names: Sequence[str], rows: int, source: str) -> None:
    """Raise :class:`LabelError` unless there is one valid name for each of ``rows``, each once.

    ``source`` says in words whose rows they are.
    """
    if len(names) != rows:
        raise LabelError(
            f"expected {rows} class names, one for each row of {source}, found {len(names)}; "
            "give as many names as rows"
        )
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        places = [i for i, name in enumerate(names) if name == repeated[0]]
        raise LabelError(
            f"expected every class name once, found {repeated[0]!r} at "
            f"{' and '.join(map(str, places[:3]))} (counting from 0) in {source}; "
            "rename one of them"
        )
    broken = next((name for name in names if _has_surrogates(name)), None)
    if broken is not None:
        raise LabelError(
            f"expected class names in valid Unicode, found {broken!r} in {source}, which no file "
            "can hold; rename it"
        )


def check_same_classes(first: Sequence[str], second: Sequence[str], what: str) -> None:
    """Raise :class:`LabelError` unless two lists of names are equal; ``what`` names the two."""
    if tuple(first) == tuple(second):
        return
    differing = next(
        (f"{a!r} beside {b!r}" for a, b in zip(first, second, strict=False) if a != b),
        f"{len(first)} beside {len(second)} classes",
    )
    raise LabelError(
        f"expected {what} of the same classes in the same order, found {differing}; "
        "select the same classes for both"
    )


def positions_of(wanted: Sequence[str], names: Sequence[str], what: str) -> list[int]:
    """Where each wanted name stands in ``names``; :class:`LabelError` names those that do not."""
    place = {name: i for i, name in enumerate(names)}
    missing = [name for name in wanted if name not in place]
    if missing:
        raise LabelError(
            f"expected classes of {what}, found {len(missing)} that it does not have: "
            f"{listed(missing)}; check the names"
        )
    return [place[name] for name in wanted]


def listed(names: Sequence[str], shown: int = 3) -> str:
    """The first few names for a message, quoted, and how many more there are."""
    text = ", ".join(map(repr, names[:shown]))
    return text if len(names) <= shown else f"{text} and {len(names) - shown} more"


def as_code(value: object) -> str:
    """A value's repr as HTML, for notebooks; class names in it stay text."""
    return f"<code>{escape(repr(value))}</code>"


def _has_surrogates(name: str) -> bool:
    # Asked of every name of every list; nearly all are ASCII, which has none.
    return not name.isascii() and any("\ud800" <= character <= "\udfff" for character in name)
