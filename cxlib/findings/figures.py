"""The figures of a month: what the report says in numbers, before any language; the content of metrics.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd

from cxlib.capital.risk import ZONES, Requirement, capital_by_month, zones_by_month
from cxlib.capital.rules import CapitalRules
from cxlib.confidentiality import SMALLEST_BASE, suppress_small_bases
from cxlib.intervals import normal_quantile, wilson_interval
from cxlib.metrics import net_promoter_score
from cxlib.phases import importance_shares, phase_balance
from cxlib.study import Study
from cxlib.touchpoints import touchpoint_inventory

VERSION = 1
"""Raised when a figure's definition changes, so that two months are compared only where they mean the same."""

DECIMALS = 6

METRICS_MIME = "application/vnd.cxlib.metrics+json"
"""The type of the output from which a report run takes metrics.json."""


def month_figures(
    study: Study,
    experiences: pd.DataFrame,
    ledger: pd.DataFrame,
    zones: pd.DataFrame,
    *,
    period: pd.Period,
    importance: Mapping[str, float],
    rules: CapitalRules,
    requirement: Requirement,
    segment: str | None = None,
    recent_months: int = 3,
    smallest_base: int = SMALLEST_BASE,
) -> dict:
    """Every figure that the monthly report states, with its base and its interval.

    Parameters
    ----------
    study : Study
        As known at the period's end.
    experiences, ledger, zones : DataFrame
        Of that study, by `experiences`, `capital_ledger` and `risk_zones`.
    period : Period, a month
    importance : mapping, phase -> rating
    rules, requirement
        Those of the ledger and the zones; stated in the figures.
    segment : str, optional
        The segment that the study was cut to; stated in the figures.
    recent_months : int, >= 1
        Phases and touchpoints are judged over so many months up to the period's end.
    smallest_base : int
        Figures on fewer customers or answers are None.

    Returns
    -------
    dict of plain numbers, texts, lists and dicts: the same input gives the same dict
        headline : customers, at_risk_share, capital_median, negative_share, nps_points, churned_share;
            each with value, low, high, base and the value and base of the month before
        zones, segments, phases, touchpoints, movers : what the sections state
        data : what was read and kept, and what could not be told
    """
    previous = period - 1
    recent = _from_month(experiences, period - (recent_months - 1))
    balance = suppress_small_bases(
        phase_balance(recent, importance),
        base="n_experiences",
        columns=["mean_experience", "low_mean", "high_mean", "share_negative", "value"],
        smallest_base=smallest_base,
    )
    is_assumed = _is_assumed(recent, study.events)
    balance["n_experiences_assumed"] = [int(is_assumed[recent["phase"] == phase].sum()) for phase in balance["phase"]]
    inventory = _shown_inventory(recent, _from_month(ledger, period - (recent_months - 1)), study, smallest_base)
    figures = {
        "version": VERSION,
        "study": study.settings.name,
        "note": study.settings.note or None,
        "period": str(period),
        "previous_period": str(previous),
        "segment": segment,
        "labels": study.settings.labels,
        "rules": asdict(rules) | {"requirement": requirement.base, "price_elasticity": requirement.elasticity},
        "importance": importance_shares(importance),
        "recent_months": recent_months,
        "smallest_base": smallest_base,
        "headline": {
            **_capital_figures(zones, period, smallest_base),
            "negative_share": _negative_share(experiences, period, smallest_base),
            "nps_points": _nps(study.responses, period, smallest_base),
            "churned_share": _churn(study.customers, zones, period, smallest_base),
        },
        "zones": _zone_counts(zones, period, smallest_base),
        "segments": _segments(study.customers, zones, period, smallest_base),
        "phases": _records(balance),
        "touchpoints": _records(inventory),
        "movers": _movers(experiences, ledger, study, period, smallest_base),
        "data": _data_figures(study, experiences, period),
    }
    return _plain(figures)


class MetricsOutput:
    """Figures as a notebook output that a report run writes to metrics.json."""

    def __init__(self, figures: Mapping) -> None:
        self.figures = figures

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {METRICS_MIME: self.figures, "text/plain": f"{len(self.figures['headline'])} key figures"}


def metrics_output(figures: Mapping) -> MetricsOutput:
    """Show the figures as the cell's output, for metrics.json.

    Parameters
    ----------
    figures : mapping
        As `month_figures` gives it.
    """
    return MetricsOutput(figures)


def _from_month(rows: pd.DataFrame, first: pd.Period) -> pd.DataFrame:
    start = first.to_timestamp().tz_localize(rows["occurred_at"].dt.tz)
    return rows.loc[rows["occurred_at"] >= start]


def _in_month(rows: pd.DataFrame, period: pd.Period, moment: str = "occurred_at") -> pd.DataFrame:
    zone = rows[moment].dt.tz
    start, end = (p.to_timestamp().tz_localize(zone) for p in (period, period + 1))
    return rows.loc[(rows[moment] >= start) & (rows[moment] < end)]


def _capital_figures(zones: pd.DataFrame, period: pd.Period, smallest_base: int) -> dict:
    by_month = capital_by_month(zones, smallest_base=smallest_base).set_index("month")
    now, before = (
        by_month.reindex([p.to_timestamp()]).iloc[0] for p in (period, period - 1)
    )  # a month without customers becomes a row of NA
    base, previous_base = now["n_customers"], before["n_customers"]
    return {
        "customers": {"value": base, "previous": previous_base},
        "at_risk_share": {
            "value": now["at_risk_share"],
            "count": now["n_at_risk"],
            "low": now["low_share"],
            "high": now["high_share"],
            "base": base,
            "previous": before["at_risk_share"],
            "previous_base": previous_base,
        },
        "capital_median": {
            "value": now["capital_median"],
            "low_quartile": now["capital_q25"],
            "high_quartile": now["capital_q75"],
            "base": base,
            "previous": before["capital_median"],
            "previous_base": previous_base,
        },
    }


def _negative_share(experiences: pd.DataFrame, period: pd.Period, smallest_base: int) -> dict:
    now, before = (_in_month(experiences, p)["experience"] for p in (period, period - 1))
    return _share_figure(((now < 0).sum(), len(now)), ((before < 0).sum(), len(before)), smallest_base=smallest_base)


def _share_figure(now: tuple[int, int], before: tuple[int, int], *, smallest_base: int) -> dict:
    """A share with its interval, the share before, and the 95 % interval of the change (Wald)."""
    (count, base), (previous_count, previous_base) = now, before
    is_shown, was_shown = base >= smallest_base, previous_base >= smallest_base
    low, high = wilson_interval(count, base)
    value = count / base if is_shown else None
    previous = previous_count / previous_base if was_shown else None
    change_low = change_high = None
    if is_shown and was_shown:
        half = normal_quantile() * np.sqrt(value * (1 - value) / base + previous * (1 - previous) / previous_base)
        change_low, change_high = value - previous - half, value - previous + half
    return {
        "value": value,
        "count": count if is_shown else None,
        "low": low if is_shown else None,
        "high": high if is_shown else None,
        "base": base,
        "previous": previous,
        "previous_base": previous_base,
        "change_low": change_low,
        "change_high": change_high,
    }


def _nps(responses: pd.DataFrame, period: pd.Period, smallest_base: int) -> dict:
    now, before = (
        net_promoter_score(_in_month(responses, p, "answered_at"), smallest_base=smallest_base).iloc[0]
        for p in (period, period - 1)
    )
    change = now["nps_points"] - before["nps_points"]
    half = normal_quantile() * np.hypot(now["standard_error_points"], before["standard_error_points"])
    return {
        "value": now["nps_points"],
        "low": now["low_points"],
        "high": now["high_points"],
        "base": now["n_responses"],
        "previous": before["nps_points"],
        "previous_base": before["n_responses"],
        "change_low": change - half,
        "change_high": change + half,
    }


def _churn(customers: pd.DataFrame, zones: pd.DataFrame, period: pd.Period, smallest_base: int) -> dict | None:
    """Those who left in the month, of those who were there when it began; None where no one ever left."""
    if customers["churned_on"].isna().all():
        return None

    def left(month: pd.Period) -> tuple[int, int]:
        start, end = month.to_timestamp(), (month + 1).to_timestamp()
        is_there = ~(customers["joined_on"] >= start) & ~(customers["churned_on"] < start)
        return int((is_there & (customers["churned_on"] < end)).sum()), int(is_there.sum())

    return _share_figure(left(period), left(period - 1), smallest_base=smallest_base)


def _zone_counts(zones: pd.DataFrame, period: pd.Period, smallest_base: int) -> dict:
    shares = zones_by_month(zones, smallest_base=smallest_base)
    now = shares.loc[shares["month"] == period.to_timestamp()].set_index("zone")
    return {zone: now["n_in_zone"].get(zone) for zone in ZONES}


def _segments(customers: pd.DataFrame, zones: pd.DataFrame, period: pd.Period, smallest_base: int) -> list:
    now = zones.loc[zones["month"] == period.to_timestamp()]
    segment = now["customer_id"].map(customers.set_index("customer_id")["segment"])
    by_segment = capital_by_month(now.assign(segment=segment), by="segment", smallest_base=smallest_base)
    by_segment = by_segment.sort_values(["at_risk_share", "segment"], ascending=[False, True])
    return _records(by_segment.drop(columns=["month"]))


def _shown_inventory(experiences, ledger, study: Study, smallest_base: int) -> pd.DataFrame:
    inventory = touchpoint_inventory(experiences, ledger, study.touchpoints)
    hidden = [c for c in inventory.columns if c not in ("touchpoint", "phase", "n_experiences", "n_customers")]
    shown = suppress_small_bases(inventory, base="n_customers", columns=hidden, smallest_base=smallest_base)
    return shown.assign(owners=shown["touchpoint"].map(study.touchpoints.set_index("touchpoint")["owners"]))


def _movers(experiences, ledger, study: Study, period: pd.Period, smallest_base: int) -> list:
    """The touchpoints by how much more, or less, they moved capital than in the month before."""
    now, before = (
        _shown_inventory(_in_month(experiences, p), _in_month(ledger, p), study, smallest_base).set_index("touchpoint")
        for p in (period, period - 1)
    )
    moved = pd.DataFrame(
        {
            "net_capital": now["net_capital"],
            "previous_net_capital": before["net_capital"],
            "n_customers": now["n_customers"],
            "previous_n_customers": before["n_customers"],
        }
    )
    # met by nobody is no secret and moved nothing; met by a few stays hidden
    for which in ("", "previous_"):
        unmet = moved[f"{which}n_customers"] == 0
        moved[f"{which}net_capital"] = moved[f"{which}net_capital"].mask(unmet, 0.0)
    moved = moved.assign(change=moved["net_capital"] - moved["previous_net_capital"]).dropna()
    moved = moved.rename_axis("touchpoint").reset_index()
    return _records(moved.sort_values(["change", "touchpoint"], key=_largest_first, ignore_index=True))


def _largest_first(column: pd.Series) -> pd.Series:
    return -column.abs() if column.name == "change" else column


def _is_assumed(experiences: pd.DataFrame, events: pd.DataFrame) -> pd.Series:
    """Whether neither a score nor an answer stands behind an experience."""
    unscored = events.index[events["score"].isna()]
    return (experiences["source"] == "event") & experiences["source_row"].isin(unscored)


def _data_figures(study: Study, experiences: pd.DataFrame, period: pd.Period) -> dict:
    known = study.customers["customer_id"]
    experienced = experiences["customer_id"]
    sources = study.sources[["file", "sha256", "rows_read", "rows_kept", "rows_rejected"]]
    return {
        "sources": _records(sources),
        "n_experiences": len(experiences),
        "n_experiences_in_period": len(_in_month(experiences, period)),
        "n_experiences_assumed": int(_is_assumed(experiences, study.events).sum()),
        "n_experiences_without_phase": int(experiences["phase"].isna().sum()),
        "n_customers_listed": len(known),
        "n_customers_without_experience": int((~known.isin(experienced)).sum()),
        "n_customers_not_listed": int(experienced[~experienced.isin(known)].nunique()),
        "n_responses": len(study.responses),
        "n_responses_unanswered": int(study.responses["score"].isna().sum()),
        "n_cases": len(study.cases),
        "n_cases_told": int(study.cases["customer_informed_at"].notna().sum()),
    }


def _records(frame: pd.DataFrame) -> list[dict]:
    return frame.astype(object).to_dict("records")


def _plain(value):
    """The same as JSON knows it: no numpy, no NaN, floats of six decimals."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if value is None or pd.isna(value):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return round(float(value), DECIMALS)
    if isinstance(value, np.ndarray):
        return _plain(value.item())
    return str(value)
