"""What values write as JSON: None for an undefined number, and the schema that they are of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from math import isnan, nan

import numpy as np

from semdepth.errors import ReadError


def or_none(value):
    """A value, None for a number that is undefined (JSON has no NaN).

    >>> or_none(0.5), or_none(float("nan")), or_none("nan")
    (0.5, None, 'nan')
    """
    return None if isinstance(value, float) and isnan(value) else value


def or_nan(value):
    """A value that :func:`or_none` gave, NaN for None."""
    return nan if value is None else value


def plain(value):
    """The same of all that is in dicts, lists and tuples; tuples become lists.

    >>> plain({"interval": (0.5, float("nan"))})
    {'interval': [0.5, None]}
    """
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return or_none(value)


def defined(record: dict) -> dict:
    """The fields of a record of numbers, NaN where they are undefined."""
    return {name: or_nan(value) for name, value in record.items()}


def fields_of(record) -> dict:
    """The fields of a dataclass, whose values are plain, by name.

    ``dataclasses.asdict`` looks into every value and copies it: ten times as long, which thousands
    of records notice.
    """
    return {field.name: getattr(record, field.name) for field in fields(record)}


def known(values: np.ndarray) -> list[float | None]:
    """An array of numbers as a list.

    >>> known(np.array([0.5, np.nan]))
    [0.5, None]
    """
    return [or_none(value) for value in values.tolist()]


def from_known(values: Iterable[float | None]) -> np.ndarray:
    """The array that :func:`known` listed."""
    return np.array([or_nan(value) for value in values], dtype=np.float64)


def check_schema(data: object, schema: str, version: int, again: str) -> None:
    """Raise :class:`ReadError` unless ``data`` is a dict of this schema (semdepth/NAME).

    ``again`` says in words how to get one of this version.
    """
    if not isinstance(data, dict) or data.get("schema") != schema:
        name = schema.removeprefix("semdepth/")
        article = "an" if name[0] in "aeiou" else "a"
        raise ReadError(f"expected {article} {name} written by semdepth ({schema}), found none")
    found = data.get("schema_version")
    if found != version:
        raise ReadError(
            f"expected version {version} of {schema}, found {found}; {again} with this semdepth"
        )
