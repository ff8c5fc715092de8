"""The figures of a month: what the report says in numbers, before any language; the content of metrics.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import pandas as pd

from cxlib.capital.ledger import capital_ledger
from cxlib.capital.risk import ZONES, Requirement, capital_by_month, zones_by_month
from cxlib.capital.rules import CapitalRules
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base, suppress_derivable
from cxlib.experience import experiences as experienced
from cxlib.feedback.case_states import moment_of
from cxlib.feedback.targets import LoopTargets
from cxlib.findings.choice_figures import CHOICE_MONTHS, choice_figures
from cxlib.findings.definitions import definitions
from cxlib.findings.feedback_figures import feedback_figures
from cxlib.findings.headline import capital_figures, churn_figure, negative_share, nps_figure, rows_from, rows_in
from cxlib.findings.journey_figures import journey_figures
from cxlib.findings.phases_figures import balance_figures, importance_figures, order_figures
from cxlib.findings.plain import plain
from cxlib.findings.stress_figures import StressPlan, records, replay_figures, stress_figures
from cxlib.findings.windows import people_at, shown_windows, telling_windows
from cxlib.language import ENGLISH, Language
from cxlib.phases import importance_shares
from cxlib.study import Study
from cxlib.touchpoints.inventory import touchpoint_inventory

VERSION = 2
"""Of the file's form, raised when a name in it comes to mean something else or goes. What each figure means stands
under `definitions`."""

TOUCHPOINT_COLUMNS = [
    "touchpoint", "phase", "n_experiences", "n_customers", "mean_experience", "low_mean", "high_mean",
    "share_negative", "capital_carried", "capital_drained", "capital_recovered", "net_capital",
]  # fmt: skip


MEASURED_COLUMNS = [
    "touchpoint", "phase", "n_experiences", "n_customers", "mean_experience", "share_negative", "low_mean",
    "high_mean", "capital_carried", "capital_drained", "capital_recovered", "net_capital",
]  # fmt: skip
MOST_DRAINED_FIRST = ["capital_drained", "n_experiences", "touchpoint"]


def month_figures(
    study: Study,
    experiences: pd.DataFrame,
    zones: pd.DataFrame,
    *,
    period: pd.Period,
    importance: Mapping[str, float],
    rules: CapitalRules,
    requirement: Requirement,
    segment: str | None = None,
    begins_on=None,
    recent_months: int = 3,
    choice_months: int = CHOICE_MONTHS,
    overall_metric: str = "nps",
    targets: LoopTargets | None = None,
    stress: StressPlan | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> dict:
    """Every figure that the monthly report states, with its base and its interval.

    Parameters
    ----------
    study : Study
        As known at the period's end.
    experiences, zones : DataFrame
        Of that study, by `experiences` and `risk_zones`.
    period : Period, a month
    importance : mapping, phase -> rating
    rules, requirement
        Those of the zones; stated in the figures.
    segment : str, optional
        The segment that the study was cut to; stated in the figures.
    begins_on : date or month, optional
        When the data of the whole study begin, as `phase_order` takes it; give it where the study was cut to a segment.
    recent_months : int, >= 1
        Phases and touchpoints are judged over so many months up to the period's end.
    overall_metric : str
        The score of the whole relation, which the phases' importance is found by.
    choice_months : int, >= 1
        Touchpoints are weighed against each other over so many months up to the period's end.
    targets : LoopTargets, optional
        How soon a case is to be resolved, and the customer told of it; default LoopTargets().
    stress : StressPlan, optional
        What the stress test at the period's end assumes; default StressPlan().
    smallest_base : int
        Figures on fewer customers or answers are None.

    Returns
    -------
    dict of plain numbers, texts, lists and dicts: the same input gives the same dict
        definitions : what each compared figure means, see `definitions`
        headline : customers, at_risk_share, capital_median, negative_share, nps_points, churned_share;
            each with value, low, high, base, the value and base of the month before, and whether the change may
            be chance
        zones, segments : of the accounts, in which assumed experiences count
        phases, journey, touchpoints, movers : of measured experiences alone
        phase_order, found_importance : of all experiences up to the period's end
        choice : of measured experiences; which touchpoints to protect, improve and question, and which are needed
        feedback : cases opened, closed and overdue; None where there are none
        stress : what an incident at the period's end would do
        replay : what an incident of the last months did, and what the stress test would have predicted; None where
            none stands out
        data : what was read and kept, and what could not be told
    """
    check_smallest_base(smallest_base)
    measured = experiences.loc[experiences["is_measured"]]
    ledger = capital_ledger(experiences, rules, cases=study.cases)
    measured_ledger = capital_ledger(measured, rules, cases=study.cases)
    everything = experienced(study, rules, scope="whole_journey")
    first = period - (recent_months - 1)
    windows = shown_windows(period, recent_months=recent_months, choice_months=choice_months)
    telling = telling_windows(measured, windows, smallest_base=smallest_base)
    touchpoints = _shown_inventory(
        rows_from(experiences, first),
        rows_from(measured_ledger, first),
        study,
        smallest_base,
        telling=telling["recent"],
    )
    of_accounts = {"period": period, "rules": rules, "requirement": requirement, "smallest_base": smallest_base}
    figures = {
        "version": VERSION,
        "study": study.settings.name,
        "note": study.settings.note or None,
        "period": str(period),
        "previous_period": str(period - 1),
        "first_month": _first_month(experiences, begins_on),
        "segment": segment,
        "labels": study.settings.labels,
        "rules": asdict(rules) | {"requirement": requirement.base, "price_elasticity": requirement.elasticity},
        "importance": importance_shares(importance),
        "recent_months": recent_months,
        "smallest_base": smallest_base,
        "definitions": definitions(
            study,
            rules=rules,
            requirement=requirement,
            recent_months=recent_months,
            targets=targets or LoopTargets(),
        ),
        "headline": {
            **capital_figures(zones, period, smallest_base),
            "negative_share": negative_share(measured, period, smallest_base),
            "nps_points": nps_figure(study.responses, period, smallest_base),
            "churned_share": churn_figure(study.customers, period, smallest_base),
        },
        "zones": zone_counts(zones, period, smallest_base),
        "segments": _segments(study.customers, zones, period, smallest_base),
        "phases": balance_figures(
            rows_from(experiences, first), rows_from(measured_ledger, first), importance, smallest_base
        ),
        "phase_order": order_figures(study, experiences, begins_on=begins_on, smallest_base=smallest_base),
        "found_importance": importance_figures(
            study, experiences, importance, metric=overall_metric, smallest_base=smallest_base
        ),
        "journey": journey_figures(
            study,
            everything,
            period=period,
            inventory=touchpoints,
            recent_months=recent_months,
            smallest_base=smallest_base,
        ),
        "touchpoints": records(touchpoints.drop(columns="is_untouched")),
        "anything_drained": bool((rows_from(measured_ledger, first)["kind"] == "loss").any()),
        "movers": _movers(experiences, measured_ledger, study, period, smallest_base, telling=telling),
        "choice": choice_figures(
            study,
            period=period,
            rules=rules,
            everything=everything,
            months=choice_months,
            telling=telling["choice"],
            smallest_base=smallest_base,
        ),
        "feedback": feedback_figures(
            study, experiences, ledger, recent_months=recent_months, targets=targets or LoopTargets(), **of_accounts
        ),
        "stress": stress_figures(study, experiences, drained=touchpoints, plan=stress or StressPlan(), **of_accounts),
        "replay": replay_figures(study, experiences, ledger, **of_accounts),
        "data": _data_figures(study, experiences, period),
    }
    return plain(figures)


def phase_rows(figures: Mapping) -> pd.DataFrame:
    """The phases of the figures as a frame, for a chart."""
    return pd.DataFrame(figures["phases"])


def touchpoint_rows(figures: Mapping, *, language: Language = ENGLISH) -> pd.DataFrame:
    """The touchpoints of the figures as a frame, named as they read in the language, for a chart."""
    rows = pd.DataFrame(figures["touchpoints"], columns=None if figures["touchpoints"] else TOUCHPOINT_COLUMNS)
    labels = dict(figures["labels"].get(language.code, {}))
    return rows.assign(touchpoint=rows["touchpoint"].replace(labels))


def zone_counts(zones: pd.DataFrame, period: pd.Period, smallest_base: int) -> dict:
    """How many customers are in each zone at the month's end, as the report states it; None where they are few."""
    shares = zones_by_month(zones, smallest_base=smallest_base)
    now = shares.loc[shares["month"] == period.to_timestamp()].set_index("zone")
    return {zone: now["n_in_zone"].get(zone) for zone in ZONES}


def _segments(customers: pd.DataFrame, zones: pd.DataFrame, period: pd.Period, smallest_base: int) -> list:
    now = zones.loc[zones["month"] == period.to_timestamp()]
    segment = now["customer_id"].map(customers.set_index("customer_id")["segment"])
    by_segment = capital_by_month(now.assign(segment=segment), by="segment", smallest_base=1)
    figures = [column for column in by_segment.columns if column not in ("month", "segment", "n_customers")]
    shown = suppress_derivable(by_segment, base="n_customers", columns=figures, smallest_base=smallest_base)
    shown = shown.sort_values(["at_risk_share", "segment"], ascending=[False, True])
    return records(shown.drop(columns=["month"]))


def _shown_inventory(
    experiences: pd.DataFrame, ledger: pd.DataFrame, study: Study, smallest_base: int, *, telling: set[str]
) -> pd.DataFrame:
    """What was measured at each touchpoint, in so far as it may be shown; `ledger` is that of the measured."""
    measured = experiences.loc[experiences["is_measured"]]
    inventory = touchpoint_inventory(measured, ledger, study.touchpoints)[MEASURED_COLUMNS]
    inventory = inventory.sort_values(MOST_DRAINED_FIRST, ascending=[True, False, True], ignore_index=True)
    n_all = experiences.groupby("touchpoint").size()
    drained = inventory["capital_drained"].sum()
    inventory = inventory.assign(
        drained_share=inventory["capital_drained"] / drained if drained else 0.0,
        n_assumed=(inventory["touchpoint"].map(n_all).astype("float64").fillna(0) - inventory["n_experiences"]).astype(
            "int64"
        ),
        owners=inventory["touchpoint"].map(study.touchpoints.set_index("touchpoint")["owners"]),
        is_untouched=(inventory["n_customers"] == 0) & (inventory["capital_recovered"] == 0),
    )
    kept = ("touchpoint", "phase", "n_experiences", "n_assumed", "n_customers", "owners", "is_untouched")
    hidden = [column for column in inventory.columns if column not in kept]
    inventory = inventory.assign(
        is_told=inventory["touchpoint"].isin(telling), who=people_at(inventory["touchpoint"], measured)
    )
    shown = suppress_derivable(
        inventory,
        base="n_customers",
        columns=hidden,
        within="phase",
        parts="overlapping",
        people="who",
        hide="is_told",
        smallest_base=smallest_base,
    )
    shown = shown.drop(columns=["is_told", "who"])
    # anew, for a hidden touchpoint's place among the others would tell of what it drained
    return shown.sort_values(MOST_DRAINED_FIRST, ascending=[True, False, True], ignore_index=True)


def _movers(
    experiences: pd.DataFrame,
    ledger: pd.DataFrame,
    study: Study,
    period: pd.Period,
    smallest_base: int,
    *,
    telling: Mapping[str, set[str]],
) -> list:
    """The touchpoints by how much more, or less, of what was measured moved capital than in the month before."""
    now, before = (
        _shown_inventory(
            rows_in(experiences, p), rows_in(ledger, p), study, smallest_base, telling=telling[window]
        ).set_index("touchpoint")
        for window, p in (("period", period), ("previous", period - 1))
    )
    moved = pd.DataFrame(
        {
            "net_capital": _moved(now),
            "previous_net_capital": _moved(before),
            "n_customers": now["n_customers"],
            "previous_n_customers": before["n_customers"],
        }
    )
    counts = ["n_customers", "previous_n_customers"]
    moved[counts] = moved[counts].fillna(0).astype("int64")
    moved = moved.assign(change=moved["net_capital"] - moved["previous_net_capital"]).dropna()
    moved = moved.rename_axis("touchpoint").reset_index()
    return records(moved.sort_values(["change", "touchpoint"], key=_largest_first, ignore_index=True))


def _moved(inventory: pd.DataFrame) -> pd.Series:
    """The net capital that may be shown; nothing where nothing happened, which is no secret."""
    return inventory["net_capital"].mask(inventory["is_untouched"].fillna(True), 0.0)


def _largest_first(column: pd.Series) -> pd.Series:
    return -column.abs() if column.name == "change" else column


def _first_month(experiences: pd.DataFrame, begins_on) -> str | None:
    """The month in which the data of the whole study begin; None where nobody experienced anything."""
    first = experiences["occurred_at"].min() if begins_on is None else begins_on
    if isinstance(first, pd.Period):
        return str(first)
    return None if pd.isna(first) else str(pd.Period(moment_of(first), "M"))


def _data_figures(study: Study, experiences: pd.DataFrame, period: pd.Period) -> dict:
    known = study.customers["customer_id"]
    experienced = experiences["customer_id"]
    sources = study.sources[["file", "sha256", "rows_read", "rows_kept", "rows_rejected"]]
    return {
        "sources": records(sources),
        "n_experiences": len(experiences),
        "n_experiences_in_period": len(rows_in(experiences, period)),
        "n_experiences_assumed": int((~experiences["is_measured"]).sum()),
        "n_experiences_without_phase": int(experiences["phase"].isna().sum()),
        "n_customers_listed": len(known),
        "n_customers_experienced": int(experienced.nunique()),
        "n_customers_without_experience": int((~known.isin(experienced)).sum()),
        "n_customers_not_listed": int(experienced[~experienced.isin(known)].nunique()),
        "n_responses": len(study.responses),
        "n_responses_unanswered": int(study.responses["score"].isna().sum()),
        "n_cases": len(study.cases),
        "n_cases_told": int(study.cases["customer_informed_at"].notna().sum()),
    }
