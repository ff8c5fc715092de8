"""What changed since the period before and since a year before: this run's figures against two metrics.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite, nan

import numpy as np
import pandas as pd
from scipy import special

from cxlib.archetypes import PHASES
from cxlib.errors import ParameterError
from cxlib.findings.definitions import Difference, differences
from cxlib.findings.headline import CHANCE
from cxlib.findings.plain import DECIMALS
from cxlib.intervals import difference_interval, normal_quantile

AGAINST = ("before", "year_before")
"""The period before, and the same period a year before."""

MONTHS_BACK = {"before": 1, "year_before": 12}

LARGEST = 1e15
"""No figure of a report is larger; what is comes of a damaged file."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A figure that is compared.

    Attributes
    ----------
    figure : str
        Its name in `definitions.FIGURES`.
    unit : "share", "units", "points", "count" or "mean"
    more_is_better : bool or None
    item : str or None
        The phase or the touchpoint that it is about.
    """

    figure: str
    unit: str
    more_is_better: bool | None
    item: str | None = None


HEADLINE = (
    Subject(figure="at_risk_share", unit="share", more_is_better=False),
    Subject(figure="capital_median", unit="units", more_is_better=True),
    Subject(figure="negative_share", unit="share", more_is_better=False),
    Subject(figure="nps_points", unit="points", more_is_better=True),
    Subject(figure="churned_share", unit="share", more_is_better=False),
    Subject(figure="customers", unit="count", more_is_better=None),
)

RECENT = ("phase_mean", "touchpoint_mean", "overdue_share")
"""Figures of the last `recent_months`, some of which neighbouring reports share."""

_ITEMS = {"phase_mean": ("phases", "phase"), "touchpoint_mean": ("touchpoints", "touchpoint")}


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure as a report states it; None where it does not. A base with no value is one that may not be shown."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    base: float | None = None


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """An earlier report's figures, as `cx.reporting.read_metrics` gives them.

    Attributes
    ----------
    figures : mapping or None
        None where the file could not be read.
    problem : str
        Why not: a key of the catalogue under `report.since.problem`.
    """

    figures: Mapping | None
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One figure against an earlier one.

    Attributes
    ----------
    subject : Subject
    now, then : Estimate
    state : str
        "compared"; "too_few_now" or "too_few_then": suppressed; "too_few_between": both months' answers but for a few
        are the same; "absent": the earlier report does not have it;
        "redefined": `differs` says in what; "undefined": the earlier report does not say what its figure means
    change, low, high : float
        now − then, and its interval; NaN where not compared, or where the figure has none (a count).
    may_be_chance : bool or None
        With allowance for all changes of the comparison, see `chance_adjusted`.
    test : "independent" or "paired"
        How the change alone is tested: by its interval, or among the customers of both month-ends.
    p : float or None
        The p-value of a paired test.
    differs : tuple of Difference
    known_now : float or None
        What this run finds for the period before, where it knows of enough more by now.
    """

    subject: Subject
    now: Estimate
    then: Estimate
    state: str = "compared"
    change: float = nan
    low: float = nan
    high: float = nan
    may_be_chance: bool | None = None
    test: str = "independent"
    p: float | None = None
    differs: tuple[Difference, ...] = ()
    known_now: float | None = None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """This report against one earlier one.

    Attributes
    ----------
    against : "before" or "year_before"
    period : str
        Of the earlier report.
    state : str
        "compared"; "none": there is no earlier report; "no_data": nor can there be, for the data begin later;
        "damaged": its file could not be read; "renamed": its study has another name; "shows_more": it shows figures on
        fewer than this report may
    problem : str
        Why a file could not be read, as in `Earlier`; or the other study's name.
    rows : tuple of Change
        Headline figures first, then phases, overdue cases and touchpoints; empty where nothing is compared.
    """

    against: str
    period: str
    state: str
    problem: str = ""
    rows: tuple[Change, ...] = ()


def changes_since(
    figures: Mapping, before: Earlier | Mapping | None = None, year_before: Earlier | Mapping | None = None
) -> tuple[Comparison, Comparison]:
    """A month's figures against those that the earlier reports stated.

    Parameters
    ----------
    figures : mapping
        As `month_figures` gives it.
    before, year_before : Earlier or mapping, optional
        The figures of the same report one month before, and twelve.

    Returns
    -------
    tuple of two Comparison

    Raises
    ------
    ParameterError
        A file is that of another segment or period. That of another study is said in the report and not compared: a
        study that is renamed must not stop its reports.

    Notes
    -----
    The interval of a change is made of the two intervals as if the two months had nothing in common (Zou & Donner).
    Most customers are in both; where a customer's two months are alike, the true interval is narrower.
    """
    return tuple(
        _comparison(figures, found, against) for against, found in zip(AGAINST, (before, year_before), strict=True)
    )


def headline_changes(figures: Mapping, before: Mapping) -> tuple[Change, ...]:
    """The headline figures of a metrics.json against those of the period before; both may hold anything."""
    return tuple(row for row in _rows(figures, before, "before") if row.subject in HEADLINE)


def estimate(figures: Mapping, subject: Subject) -> Estimate:
    """A figure of a metrics.json; an empty Estimate where the file does not have it."""
    if subject.figure in _ITEMS:
        table, column = _ITEMS[subject.figure]
        rows = figures.get(table)
        found = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
        row = next((row for row in found if row.get(column) == subject.item), {})
        names = ("mean_experience", "low_mean", "high_mean", "n_experiences")
    elif subject.figure == "overdue_share":
        feedback = figures.get("feedback")
        row = feedback.get("recent") if isinstance(feedback, Mapping) else None
        names = ("overdue_share", "low_overdue_share", "high_overdue_share", "n_cases")
    else:
        headline = figures.get("headline")
        row = headline.get(subject.figure) if isinstance(headline, Mapping) else None
        names = ("value", "low", "high", "base")
    row = row if isinstance(row, Mapping) else {}
    value, low, high, base = (_number(row.get(name)) for name in names)
    if value is None or low is None or high is None or not low <= value <= high:
        low = high = None
    return Estimate(value=value, low=low, high=high, base=base)


def change_between(now: Estimate, then: Estimate) -> tuple[float, float, float]:
    """The change with its interval; NaN for what is not known.

    >>> change_between(Estimate(value=3, low=1, high=6), Estimate(value=3, low=0, high=7))
    (0.0, -4.47213595499958, 4.242640687119285)
    """
    if now.value is None or then.value is None:
        return nan, nan, nan
    change = float(now.value - then.value)
    if now.low is None or then.low is None:
        return change, nan, nan
    low, high = difference_interval(*((each.value, each.low, each.high) for each in (now, then)))
    return change, float(low), float(high)


def chance_adjusted(rows: list[Change]) -> list[Change]:
    """The changes of one comparison, each judged with allowance for how many there are.

    References
    ----------
    Benjamini & Hochberg (1995), Journal of the Royal Statistical Society B 57. The p-values are those of which the
    intervals are made, or of the paired test.
    """
    known = [index for index, row in enumerate(rows) if isfinite(row.low) or row.p is not None]
    if not known:
        return rows
    p = np.array([_p_of(rows[index]) for index in known])
    order = np.argsort(p, kind="stable")
    stepped = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum.accumulate(stepped[::-1])[::-1]
    judged = list(rows)
    for index, value in zip(known, adjusted, strict=True):
        judged[index] = replace(rows[index], may_be_chance=bool(value > CHANCE))
    return judged


def _comparison(figures: Mapping, found: Earlier | Mapping | None, against: str) -> Comparison:
    period = str(pd.Period(figures["period"], "M") - MONTHS_BACK[against])
    says = {"against": against, "period": period}
    if found is None:
        first = figures["first_month"]
        return Comparison(state="no_data" if first is not None and period < first else "none", **says)
    earlier = found if isinstance(found, Earlier) else Earlier(figures=found)
    if earlier.figures is None:
        return Comparison(state="damaged", problem=earlier.problem, **says)
    if not {"study", "segment", "period", "headline"} <= earlier.figures.keys():
        return Comparison(state="damaged", problem="no_figures", **says)
    _refuse_another(figures, earlier.figures, against, period)
    if earlier.figures["study"] != figures["study"]:
        return Comparison(state="renamed", problem=str(earlier.figures["study"]), **says)
    smallest = _number(earlier.figures.get("smallest_base"))
    if smallest is None or smallest < figures["smallest_base"]:
        return Comparison(state="shows_more", **says)
    return Comparison(state="compared", rows=_rows(figures, earlier.figures, against), **says)


def _refuse_another(figures: Mapping, earlier: Mapping, against: str, period: str) -> None:
    wanted = {"segment": figures["segment"], "period": period}
    found = {name: earlier[name] for name in wanted}
    if found != wanted:
        said, allowed = (", ".join(f"{name} {value!r}" for name, value in each.items()) for each in (found, wanted))
        raise ParameterError(
            f"metrics_{against}: found the figures of another report ({said}); allowed: those of {allowed}; "
            "name that report's metrics.json, or leave it empty"
        )


def _rows(figures: Mapping, earlier: Mapping, against: str) -> tuple[Change, ...]:
    phases = [Subject(figure="phase_mean", unit="mean", more_is_better=True, item=phase) for phase in PHASES]
    overdue = Subject(figure="overdue_share", unit="share", more_is_better=False)
    touchpoints = [
        Subject(figure="touchpoint_mean", unit="mean", more_is_better=True, item=name)
        for name in _touchpoint_names(figures)
    ]
    subjects = [subject for subject in (*HEADLINE, *phases, overdue) if _is_there(figures, subject)]
    rows = [_change(figures, earlier, subject) for subject in [*subjects, *touchpoints]]
    smallest = max(_number(each.get("smallest_base")) or 0 for each in (figures, earlier))
    if against == "before":
        rows = [_known_now(figures, row, smallest) if row.subject in HEADLINE else row for row in rows]
    if (_number(figures.get("recent_months")) or 1) > MONTHS_BACK[against]:
        rows = [_without_few_between(row, smallest) for row in rows]
    return tuple(chance_adjusted(rows))


def _touchpoint_names(figures: Mapping) -> list[str]:
    rows = figures.get("touchpoints")
    named = [row.get("touchpoint") for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    return list(dict.fromkeys(each for each in named if isinstance(each, str)))


def _without_few_between(row: Change, smallest: float) -> Change:
    """The row of two windows that share months, without what would tell how the few answered who make the difference.

    The shared answers cancel out: of two means and their bases follows what one added customer said.
    """
    bases = (row.now.base, row.then.base)
    if row.subject.figure not in RECENT or None in bases or not 0 < abs(bases[0] - bases[1]) < smallest:
        return row
    bare = {when: Estimate(value=getattr(row, when).value) for when in ("now", "then")}
    if row.state != "compared":
        return replace(row, **bare)
    return Change(subject=row.subject, state="too_few_between", **bare)


def _is_there(figures: Mapping, subject: Subject) -> bool:
    """Whether the study gives such a figure at all, shown or not."""
    found = estimate(figures, subject)
    return found.value is not None or bool(found.base)


def _change(figures: Mapping, earlier: Mapping, subject: Subject) -> Change:
    now, then = estimate(figures, subject), estimate(earlier, subject)
    row = Change(subject=subject, now=now, then=then)
    if now.value is None:
        return replace(row, state="too_few_now")
    if then.value is None:
        return replace(row, state="too_few_then" if then.base else "absent")
    differs = differences(earlier.get("definitions"), figures.get("definitions"), subject.figure, subject.item)
    if differs is None:
        return replace(row, state="undefined")
    if differs:
        return replace(row, state="redefined", differs=differs)
    change, low, high = change_between(now, then)
    return replace(row, change=change, low=low, high=high)


def _known_now(figures: Mapping, row: Change, smallest: float) -> Change:
    """The row with what this run finds for the period before, if it knows of enough that the earlier report did not.

    Where both say the same, the share at risk is judged as its tile is: among the customers of both month-ends.
    """
    figure = figures["headline"][row.subject.figure] if row.state == "compared" else {}
    previous = _number(figure.get("previous"))
    if previous is None:
        return row
    if abs(previous - row.then.value) > 10**-DECIMALS:
        bases = (previous, row.then.value)
        if row.subject.unit != "count":
            bases = (_number(figure.get("previous_base")) or 0, row.then.base or 0)
        return replace(row, known_now=previous) if abs(bases[0] - bases[1]) >= smallest else row
    p = _number(figure.get("chance_p"))
    if row.subject.figure == "at_risk_share" and p is not None:  # a file of before has none: the interval judges
        return replace(row, p=p, test="paired")
    return row


def _p_of(row: Change) -> float:
    """The p-value of the paired test, or that at which the interval of the change would just reach 0."""
    if row.p is not None:
        return row.p
    half = row.change - row.low if row.change > 0 else row.high - row.change
    if half == 0:
        return 1.0 if row.change == 0 else 0.0
    return float(2 * special.ndtr(-normal_quantile() * abs(row.change) / half))


def _number(value: object) -> float | None:
    """The value if it is a finite number; a file of someone else's may hold anything."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        return None
    return value
