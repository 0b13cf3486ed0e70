"""Whether a model may be released: rules about its scores, alone or beside a baseline's."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from semdepth.analysis import Analysis
from semdepth.class_names import listed
from semdepth.compliance import NEIGHBOURHOODS
from semdepth.difference import Difference, diff, unlike
from semdepth.errors import OptionError
from semdepth.mistakes import Mistakes
from semdepth.paired import PairedDifference

SCHEMA = "semdepth/check"
SCHEMA_VERSION = 1
SIGNIFICANT_BELOW = 0.05


@dataclass(frozen=True, slots=True)
class Rules:
    """What a model must keep to; None asks nothing.

    ``compliance`` is the share of confusions explained in ``neighbourhood``. A drop is from the
    baseline; where no greatest drop is given, one that is significant (p < .05) is too much.
    ``max_unexplained`` is a number of confused pairs, or as a float their share.
    """

    min_sd: float | None = None
    min_normalised: float | None = None
    max_sd_drop: float | None = None
    min_compliance: float | None = None
    max_compliance_drop: float | None = None
    max_unexplained: int | float | None = None
    min_accuracy: float | None = None
    max_accuracy_drop: float | None = None
    neighbourhood: str = "direct"

    def __post_init__(self):
        for name, limit in self.limits().items():
            if math.isnan(limit) or (name.endswith("_drop") and limit < 0):
                least = " from 0 on" if name.endswith("_drop") else ""
                raise OptionError(
                    f"expected {_spoken(name)} to be a number{least}, found {limit}; correct it"
                )
        if self.neighbourhood not in NEIGHBOURHOODS:
            raise OptionError(
                f"expected a neighbourhood out of {', '.join(NEIGHBOURHOODS)}, found "
                f"{self.neighbourhood!r}"
            )

    def check_enough(self) -> None:
        """Raise :class:`OptionError` unless these rules hold a model to something by themselves."""
        drops = [name for name in self.limits() if name.endswith("_drop")]
        if drops or not self.limits():
            found = f"{_spoken(drops[0])} alone" if drops else "neither rules nor a baseline"
            raise OptionError(
                f"expected something to hold the model to, found {found}; give a baseline "
                "(--baseline), or a rule such as --min-sd"
            )

    def limits(self) -> dict[str, float]:
        """The limits that are given, by name."""
        numbers = {name: x for name, x in asdict(self).items() if name != "neighbourhood"}
        return {name: limit for name, limit in numbers.items() if limit is not None}


@dataclass(frozen=True, slots=True)
class Check:
    """One rule's outcome: ``found`` beside what was ``expected``, in words."""

    rule: str
    passed: bool
    found: str
    expected: str

    @property
    def words(self) -> str:
        return f"{self.found}, {'' if self.passed else 'expected '}{self.expected}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What :func:`judge` found: the checks in the order of the rules, and notes about them."""

    title: str
    baseline: str | None
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Judgement({self.title!r}: {self.line})"

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    @property
    def line(self) -> str:
        """The outcome in one line: every rule that failed, or what was found."""
        told = [check.words for check in self.checks if check.passed == self.passed]
        return f"{'passed, ' if self.passed else 'failed: '}{'; '.join(told)}"

    def to_dict(self) -> dict:
        return {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "passed": self.passed,
            "title": self.title,
            "baseline": self.baseline,
            "checks": [asdict(check) for check in self.checks],
            "notes": list(self.notes),
        }


def judge(
    analysis: Analysis,
    rules: Rules | None = None,
    baseline: Analysis | None = None,
    *,
    shared_classes: bool = False,
) -> Judgement:
    """Hold a model to rules, and to a baseline that was analysed in the same way.

    With a baseline, Similarity Depth must not drop, and with predictions of both neither must
    compliance: not by more than the rules allow, and where they say nothing not significantly
    (:func:`semdepth.paired.paired_difference` with the baseline's permutations and seed).
    ``shared_classes`` compares on the classes that both have where these differ. Raises
    :class:`OptionError` where there is nothing to hold it to, or a rule cannot be judged.

    >>> from semdepth.analysis import analyze
    >>> from semdepth.similarity import structural_from_cosine
    >>> cosine = [[1, 0.8, 0], [0.8, 1, 0.2], [0, 0.2, 1]]
    >>> pets = analyze(structural_from_cosine(["dog", "cat", "car"], cosine), title="pets")
    >>> judge(pets, Rules(min_sd=8))
    Judgement('pets': passed, SD 12.00, at least 8)
    """
    rules = rules or Rules()
    if baseline is None:
        rules.check_enough()
    checks, notes = list(_absolute(analysis, rules)), ()
    if baseline is not None:
        _check_alike(baseline, analysis, shared_classes)
        settings = {"permutations": baseline.chance.permutations, "seed": baseline.seed}
        difference = diff(baseline, analysis, **settings)
        checks += _drops(difference, rules)
        notes = difference.notes
    title = None if baseline is None else baseline.subject.title
    return Judgement(analysis.subject.title, title, tuple(checks), notes)


def judge_first(analysis: Analysis, rules: Rules | None = None) -> Judgement:
    """Hold a model that is to be the first baseline to those rules that need none.

    A rule about a drop asks nothing yet.
    """
    found = f"SD {_told(analysis.depth.mean, 2)}"
    checks = (
        *_absolute(analysis, rules or Rules()),
        Check("baseline", True, found, "the first baseline"),
    )
    return Judgement(analysis.subject.title, None, checks)


def _absolute(analysis: Analysis, rules: Rules) -> Iterator[Check]:
    if rules.min_sd is not None:
        yield _at_least("min-sd", "SD", analysis.depth.mean, rules.min_sd, 2)
    if rules.min_normalised is not None:
        value = analysis.chance.normalised
        yield _at_least("min-normalised", "normalised SD", value, rules.min_normalised)
    if rules.min_compliance is not None:
        judged = getattr(_mistakes(analysis, "min_compliance"), rules.neighbourhood)
        value = judged.found.confusions_explained
        yield _at_least("min-compliance", _compliance(rules), value, rules.min_compliance)
    if rules.max_unexplained is not None:
        yield _unexplained(_mistakes(analysis, "max_unexplained"), rules.max_unexplained)
    if rules.min_accuracy is not None:
        value = _mistakes(analysis, "min_accuracy").confusion.accuracy
        yield _at_least("min-accuracy", "accuracy", value, rules.min_accuracy)


def _drops(difference: Difference, rules: Rules) -> Iterator[Check]:
    yield _drop("sd-drop", "SD", difference.depth, rules.max_sd_drop, 2)
    compliance = getattr(difference, rules.neighbourhood)
    if compliance is not None:
        name, limit = _compliance(rules), rules.max_compliance_drop
        yield _drop("compliance-drop", name, compliance.explained, limit)
    elif rules.max_compliance_drop is not None:
        raise OptionError(_without_predictions("max_compliance_drop", "the two"))
    if rules.max_accuracy_drop is not None:
        yield _accuracy_drop(difference, rules.max_accuracy_drop)


def _at_least(rule: str, name: str, value: float, limit: float, digits: int = 3) -> Check:
    # What is undefined (NaN) is not at least anything.
    return Check(rule, value >= limit, f"{name} {_told(value, digits)}", f"at least {limit:g}")


def _drop(
    rule: str, name: str, found: PairedDifference, limit: float | None, digits: int = 3
) -> Check:
    """A drop within the limit; without one, a drop that is not significant."""
    told = f"{found.difference:+.{digits}f} from the baseline's {found.first:.{digits}f}"
    if limit is not None:
        # Rounding must not decide: 7.31 - 7.21 is a drop of 0.1.
        passed = -found.difference <= limit + 1e-9
        expected = f"a drop of at most {limit:g}"
    else:
        passed = found.difference >= 0 or found.p_value >= SIGNIFICANT_BELOW
        told += f", p = {found.p_value:.2g}"
        expected = f"no significant drop (p < {SIGNIFICANT_BELOW:g})"
    # What is undefined (NaN) has neither kept nor dropped by little: it fails, and says why.
    told = found.reason or told
    return Check(rule, passed, f"{name} {_told(found.second, digits)} ({told})", expected)


def _accuracy_drop(difference: Difference, limit: float) -> Check:
    old, new = difference.first.accuracy, difference.second.accuracy
    if math.isnan(old - new):
        raise OptionError(_without_predictions("max_accuracy_drop", "the two"))
    told = f"accuracy {new:.3f} ({new - old:+.3f} from the baseline's {old:.3f})"
    passed = old - new <= limit + 1e-9
    return Check("accuracy-drop", passed, told, f"a drop of at most {limit:g}")


def _unexplained(mistakes: Mistakes, limit: int | float) -> Check:
    """How many of the confused pairs are neither of a kind nor perceived as alike."""
    counts = mistakes.verdicts.counts()
    count = counts["unexplained"]
    confused = sum(counts.values()) - counts["latent"]
    share = count / confused if confused else 0.0
    told = f"{count} of {confused} confused pairs unexplained"
    if isinstance(limit, int):
        return Check("max-unexplained", count <= limit, told, f"at most {limit}")
    told += f" ({share:.1%})"
    return Check("max-unexplained", share <= limit, told, f"at most {100 * limit:g}%")


def _compliance(rules: Rules) -> str:
    return f"confusions explained ({rules.neighbourhood})"


def _spoken(rule: str) -> str:
    """A rule as the command line calls it."""
    return rule.replace("_", "-")


def _told(value: float, digits: int) -> str:
    return "undefined" if math.isnan(value) else f"{value:.{digits}f}"


def _mistakes(analysis: Analysis, rule: str) -> Mistakes:
    if analysis.mistakes is None:
        raise OptionError(_without_predictions(rule, "the model"))
    return analysis.mistakes


def _without_predictions(rule: str, whose: str) -> str:
    return (
        f"expected predictions of {whose} for the rule {_spoken(rule)}, found none; "
        "give them (--predictions), or leave the rule out"
    )


def _check_alike(baseline: Analysis, analysis: Analysis, shared_classes: bool) -> None:
    ours, theirs = baseline.graph.labels, analysis.graph.labels
    differing = sorted(set(ours) ^ set(theirs))
    if differing and not shared_classes:
        raise OptionError(
            f"expected the {len(ours):,} classes of the baseline, found {len(theirs):,} of which "
            f"{len(differing):,} are in one of the two only: {listed(differing)}; compare on those "
            "that both have (--shared-classes), or name them alike (--labels)"
        )
    for difference in unlike(baseline, analysis):
        raise OptionError(
            f"expected a model analysed as the baseline was, found {difference}; give the "
            "checkpoint itself, which is analysed like the baseline"
        )
