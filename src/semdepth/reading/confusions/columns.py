"""Tells which column of a table holds the true classes, and which the predicted ones."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from semdepth.errors import ConfusionError
from semdepth.reading.confusions.predictions import Wanted, listed

# Case, spaces, underscores and hyphens are gone when a name is held against these.
_TRUE = (
    r"y|labels?"
    r"|(?:ytrue|true|truth|yactual|actual|ytargets?|targets?|ytest|groundtruth|gt|gold"
    r"|references?|expected)(?:labels?|class|classes)?"
)
_PRED = r"yhat|y?(?:preds?|predicted|predictions?)(?:labels?|class|classes)?"
_FORM = r"(?:idx|index|indices|ids?|names?|wnids?|synsets?)"

# What comes first is preferred: label before label_name, pred before pred_1.
_TRUE_NAMES = tuple(map(re.compile, (_TRUE, f"(?:{_TRUE}){_FORM}")))
_PRED_NAMES = tuple(map(re.compile, (_PRED, f"(?:{_PRED}){_FORM}")))
_RANKED = re.compile(rf"(top|(?:{_PRED})(?:top)?)(\d{{1,3}})((?:{_PRED}|labels?|class|{_FORM})?)")
_RANKED_BEHIND = re.compile(rf"(top)(k)((?:{_PRED}|labels?|class|{_FORM})?)")


def find_columns(names: Sequence[str], wanted: Wanted) -> tuple[int, int]:
    """Positions of the true and the predicted column, as named by the user or recognised.

    Of top-k columns (``pred_1`` ... ``pred_5``, ``top1``) the first counts. Raises
    ConfusionError with the columns where none is recognised, or several are.
    """
    true = _asked(names, wanted.true_column, "--true-column")
    pred = _asked(names, wanted.pred_column, "--pred-column")
    if true is None:
        others = [i for i in range(len(names)) if i != pred]
        true = _only(names, true_candidates(names, others), "true", others)
    if pred is None:
        others = [i for i in range(len(names)) if i != true]
        pred = _only(names, pred_candidates(names, others), "pred", others)
    if true == pred:
        raise ConfusionError(
            f"expected two columns, one of true and one of predicted classes, found "
            f"{names[true]!r} given for both; name another with --true-column or --pred-column"
        )
    return true, pred


def true_candidates(names: Sequence[str], places: Sequence[int]) -> list[int]:
    """Those of the columns at ``places`` whose name says that they hold true classes."""
    return _matching(names, places, _TRUE_NAMES)


def pred_candidates(names: Sequence[str], places: Sequence[int]) -> list[int]:
    """Those of the columns at ``places`` whose name says that they hold predicted classes."""
    return _matching(names, places, _PRED_NAMES) or _first_of_ranked(names, places)


def normal(name: str) -> str:
    """A column's name without case, spaces, underscores, hyphens and other marks."""
    return re.sub(r"[\W_]", "", name).casefold()


def _matching(
    names: Sequence[str], places: Sequence[int], patterns: Sequence[re.Pattern]
) -> list[int]:
    for pattern in patterns:
        found = [i for i in places if pattern.fullmatch(normal(names[i]))]
        if found:
            return found
    return []


def _first_of_ranked(names: Sequence[str], places: Sequence[int]) -> list[int]:
    """The first column of each row of ranked ones; a lone ``top5`` holds a list of them."""
    families = defaultdict(dict)
    for i in places:
        name = normal(names[i])
        match = _RANKED.fullmatch(name) or _RANKED_BEHIND.fullmatch(name)
        if match:
            rank = 0 if match[2] == "k" else int(match[2])
            families[match[1], match[3]][rank] = i
    return [
        family[min(family)]
        for (start, _), family in families.items()
        if min(family) <= 1 or (len(family) == 1 and start.endswith("top"))
    ]


def _asked(names: Sequence[str], name: str | None, option: str) -> int | None:
    """The column that the user names: exactly, or but for case and marks."""
    if name is None:
        return None
    found = [i for i, other in enumerate(names) if other == name]
    found = found or [i for i, other in enumerate(names) if normal(other) == normal(name)]
    if len(found) != 1:
        how_many = "several columns of that name" if found else "no such column"
        raise ConfusionError(
            f"expected the column {name!r} of {option}, found {how_many} among "
            f"{listed(names, 12)}; check the name"
        )
    return found[0]


def _only(names: Sequence[str], found: list[int], role: str, others: list[int]) -> int:
    if len(found) == 1:
        return found[0]
    kind = {"true": "true", "pred": "predicted"}[role]
    if found:
        raise ConfusionError(
            f"expected one column of {kind} classes, found {listed(names[i] for i in found)} "
            f"among {listed(names, 12)}; choose one with --{role}-column"
        )
    raise ConfusionError(
        f"expected a column of {kind} classes (such as y_{role}), found "
        f"{listed((names[i] for i in others), 12)}; name it with --{role}-column"
    )
