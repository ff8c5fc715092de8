"""The figures of the feedback loop: cases opened, closed and overdue, and what closing goes together with."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.capital.months import starts_of
from cxlib.capital.risk import Requirement
from cxlib.capital.rules import CapitalRules
from cxlib.feedback.closing_effect import closing_effect
from cxlib.feedback.departures import FOLLOWED_DAYS
from cxlib.feedback.loop import feedback_loop
from cxlib.feedback.overdue import overdue_cases
from cxlib.feedback.targets import LoopTargets
from cxlib.findings.headline import rows_from
from cxlib.findings.stress_figures import records
from cxlib.language import ENGLISH, Language
from cxlib.study import Study

CHART_COLUMNS = [
    "n_cases", "n_in_time", "n_late", "n_waiting", "n_overdue",
    "median_close_days", "low_close_days", "high_close_days",
]  # fmt: skip

CLOSING_COLUMNS = [
    "group", "n_current",
    *(f"{word}_mean{ending}" for ending in ("_before", "_unrecovered", "") for word in ("low", "high")),
    "mean_capital_before", "mean_capital_unrecovered", "mean_capital",
]  # fmt: skip


def feedback_figures(
    study: Study,
    experiences: pd.DataFrame,
    ledger: pd.DataFrame,
    *,
    period: pd.Period,
    recent_months: int,
    rules: CapitalRules,
    requirement: Requirement,
    targets: LoopTargets,
    smallest_base: int,
) -> dict | None:
    """The feedback loop at the end of a month; None where no case was ever opened.

    Parameters
    ----------
    study : Study, as known at the period's end
    experiences, ledger : DataFrame
        Of that study, the ledger with its cases.
    recent_months : int
        `recent`, `owners` and `touchpoints` are of the cases opened in so many months; `ever` is of all cases, and so
        is n_overdue_ever of each owner.
    """
    cases = study.cases
    if cases.empty:
        return None
    end = starts_of(pd.PeriodIndex([period + 1]), cases["opened_at"].dt.tz)[0]
    held_to = {"targets": targets, "smallest_base": smallest_base}
    recent = rows_from(cases, period - (recent_months - 1), moment="opened_at")
    closing = closing_effect(
        cases, ledger, study.customers, rules, end, experiences=experiences, requirement=requirement, **held_to
    )
    return {
        "resolve_days": targets.resolve_days,
        "inform_days": targets.inform_days,
        "recent": records(feedback_loop(recent, end, **held_to))[0],
        "ever": records(feedback_loop(cases, end, **held_to))[0],
        "n_overdue_gone": _overdue_of_those_who_left(study, end, **held_to),
        "owners": records(_owners(recent, cases, end, **held_to)),
        "touchpoints": records(feedback_loop(recent, end, by="touchpoint", **held_to)),
        "closing": {
            "groups": records(closing.groups),
            "departures": records(closing.departures),
            "followed_days": FOLLOWED_DAYS,
            "differences": records(closing.differences),
            "n_not_due": closing.n_not_due,
        },
    }


def _overdue_of_those_who_left(study: Study, end: pd.Timestamp, *, targets, smallest_base: int) -> int | None:
    """How many overdue cases are those of customers who have left; None where they, or the others, are too few."""
    overdue = overdue_cases(study.cases, end, targets=targets, customers=study.customers)
    n_customers = overdue.groupby("has_left")["customer_id"].nunique().reindex([True, False], fill_value=0)
    if ((n_customers > 0) & (n_customers < smallest_base)).any():
        return None
    return int(overdue["has_left"].sum())


def _owners(recent: pd.DataFrame, cases: pd.DataFrame, end: pd.Timestamp, **held_to) -> pd.DataFrame:
    """The loop of the recent cases by owner, and what is overdue of all of theirs; most cases first."""
    ever = feedback_loop(cases, end, by="owner", **held_to)[["owner", "n_cases", "n_overdue"]]
    ever = ever.rename(columns={"n_cases": "n_cases_ever", "n_overdue": "n_overdue_ever"})
    owners = ever.merge(feedback_loop(recent, end, by="owner", **held_to), on="owner", how="left", validate="1:1")
    counts = ["n_cases", "n_customers"]
    owners[counts] = owners[counts].fillna(0).astype("int64")  # an owner without a recent case
    order = ["n_cases", "n_cases_ever", "owner"]
    return owners.sort_values(order, ascending=[False, False, True], ignore_index=True)


def feedback_rows(figures: Mapping, *, by: str = "owner", language: Language = ENGLISH) -> pd.DataFrame:
    """The loop of the recent cases by owner or touchpoint as a frame, named as they read in the language, for a chart;
    empty where there are no cases."""
    loop = figures["feedback"]
    rows = loop["owners" if by == "owner" else "touchpoints"] if loop else []
    frame = pd.DataFrame([row for row in rows if row["n_cases"]], columns=[by, *CHART_COLUMNS])
    return frame.assign(**{by: frame[by].replace(dict(figures["labels"].get(language.code, {})))})


def feedback_total(figures: Mapping) -> pd.DataFrame:
    """The loop of all recent cases as a frame of one row, for a chart; empty where there are no cases."""
    loop = figures["feedback"]
    return pd.DataFrame([loop["recent"]] if loop else [], columns=CHART_COLUMNS)


def closing_rows(figures: Mapping) -> pd.DataFrame:
    """Customers by whether their cases were closed as a frame, for a chart; empty where there are no cases."""
    loop = figures["feedback"]
    return pd.DataFrame(loop["closing"]["groups"] if loop else [], columns=CLOSING_COLUMNS)
