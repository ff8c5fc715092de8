"""The figures of the three phases: what they carry, in which order they are met, which of them the score hangs on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.archetypes import PHASES
from cxlib.confidentiality import suppress_derivable
from cxlib.findings.stress_figures import records
from cxlib.phases import declared_against_found, found_importance, phase_balance, phase_order
from cxlib.phases.order import ORDER_COLUMNS
from cxlib.study import Study

IMPORTANCE_COLUMNS = [
    "phase", "importance_share", "low_share", "high_share", "correlation", "r2", "low_r2", "high_r2",
    "n_customers", "n_answered", "n_without", "reason", "declared_share", "verdict",
]  # fmt: skip


def balance_figures(
    experiences: pd.DataFrame, ledger: pd.DataFrame, importance: Mapping[str, float], smallest_base: int
) -> list:
    """The balance of what was measured (`ledger` is its); what was only assumed is counted beside it."""
    measured = experiences.loc[experiences["is_measured"]]
    balance = phase_balance(measured, importance)
    phase = balance["phase"].astype("str")
    n_all = experiences.groupby(experiences["phase"].astype("str")).size()
    n_customers = measured.groupby(measured["phase"].astype("str"))["customer_id"].nunique()
    losses = ledger.loc[ledger["kind"] == "loss"]
    drained = losses.groupby(losses["phase"].astype("str"))["amount"].sum()
    balance = balance.assign(
        drained_share=phase.map(drained / drained.sum()).astype("float64").fillna(0.0),
        n_assumed=(phase.map(n_all).astype("float64").fillna(0) - balance["n_experiences"]).astype("int64"),
        n_customers=phase.map(n_customers).astype("float64").fillna(0).astype("int64"),
    )
    kept = ("phase", "n_experiences", "n_assumed", "n_customers", "importance_share")
    hidden = [column for column in balance.columns if column not in kept]
    shown = suppress_derivable(
        balance, base="n_customers", columns=hidden, parts="overlapping", smallest_base=smallest_base
    )
    is_unmet = balance["n_customers"] == 0  # that a phase nobody was asked about carries nothing is no secret
    carried = ["carried_share", "gap_points"]
    shown[carried] = shown[carried].where(~is_unmet, balance[carried])
    if shown["mean_experience"].isna().any() and (shown["n_customers"] > 0).all():
        shown["imbalance"] = np.nan  # it is made of all three
    return records(shown)


def order_figures(study: Study, experiences: pd.DataFrame, *, begins_on, smallest_base: int) -> list:
    """The orders in which customers met the phases up to the period's end; an answer alone is no meeting."""
    order = phase_order(
        experiences, study.customers, responses=study.responses, begins_on=begins_on, smallest_base=smallest_base
    )
    return records(order)


def importance_figures(
    study: Study, experiences: pd.DataFrame, importance: Mapping[str, float], *, metric: str, smallest_base: int
) -> dict:
    """The importance found in the data up to the period's end, beside the declared one."""
    responses = study.responses
    if metric in study.settings.scales and not (responses["metric"] == metric).any():
        responses = responses.iloc[:0]  # a scale that the study has, and nobody has answered yet, is no misspelling
    found = found_importance(experiences, responses, metric=metric, smallest_base=smallest_base)
    return {"metric": metric, "phases": records(declared_against_found(found, importance))}


def phase_order_rows(figures: Mapping) -> pd.DataFrame:
    """The orders of the figures as a frame, for a chart."""
    return pd.DataFrame(figures["phase_order"], columns=list(ORDER_COLUMNS))


def importance_rows(figures: Mapping) -> pd.DataFrame:
    """The importance of the figures, declared and found, as a frame, for a chart."""
    rows = pd.DataFrame(figures["found_importance"]["phases"], columns=IMPORTANCE_COLUMNS)
    return rows.assign(phase=pd.Categorical(rows["phase"], categories=list(PHASES), ordered=True))
