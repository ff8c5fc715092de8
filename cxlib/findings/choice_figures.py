"""The figures of the choice of touchpoints: advice, the smallest set, how sure it is, and the payment as a hub."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from cxlib.capital.ledger import capital_ledger
from cxlib.capital.rules import CapitalRules
from cxlib.confidentiality import suppress_derivable
from cxlib.experience import experiences
from cxlib.findings.headline import rows_from
from cxlib.findings.stress_figures import records
from cxlib.findings.windows import people_at
from cxlib.language import ENGLISH, Language
from cxlib.study import Study
from cxlib.touchpoints.advice import touchpoint_advice
from cxlib.touchpoints.choice import split_needs
from cxlib.touchpoints.inventory import touchpoint_inventory
from cxlib.touchpoints.payment import PaymentHub, payment_hub
from cxlib.touchpoints.selection import selection_frequency
from cxlib.touchpoints.smallest_set import smallest_touchpoint_set
from cxlib.touchpoints.trade_off import smallest_sets_by_capital

CHOICE_MONTHS = 12
"""A whole year, so that no season is missed."""

DRAWS = 100

HIDDEN = [
    "mean_experience", "low_mean", "high_mean", "share_negative", "capital_carried", "capital_drained",
    "capital_recovered", "net_capital", "weight_met", "headroom", "advice",
]  # fmt: skip
ADVICE_COLUMNS = [
    "touchpoint", "phase", "n_experiences", "n_customers", "mean_experience", "low_mean", "high_mean",
    "capital_drained", "net_capital", "n_contacts", "contacts_per_customer_year", "potential", "headroom",
    "advice", "reason",
]  # fmt: skip
SET_COLUMNS = [
    "capital_given_up", "touchpoint", "kept", "reason", "only_for", "n_contacts", "cost", "net_capital", "n_before",
    "n_kept", "cost_before", "saved_cost", "capital_before", "capital_after",
]  # fmt: skip


def choice_figures(
    study: Study,
    *,
    period: pd.Period,
    rules: CapitalRules,
    everything: pd.DataFrame | None = None,
    months: int = CHOICE_MONTHS,
    telling: Collection[str] = (),
    smallest_base: int,
) -> dict:
    """Which touchpoints to protect, improve and question, and which are needed, at the end of a month.

    Parameters
    ----------
    study : Study, as known at the period's end
    period : Period, a month
    rules : CapitalRules
    everything : DataFrame, optional
        The study's experiences of the whole journey, where they are at hand.
    months : int, >= 1
        Touchpoints are weighed over so many months up to the period's end.
    telling : collection of str
        Touchpoints that are hidden though enough were asked: beside another window of months they would tell of few.
    smallest_base : int

    Returns
    -------
    dict
        months, currency
        advice : list, as `touchpoint_advice` gives it, in its order
        objective : cost, or count where a cost is missing
        unjudged : the touchpoints about which too few were asked; they stay
        set : list, the set that gives up no capital, as `smallest_touchpoint_set` gives it, with stays_share of
            `n_draws` samples; empty where no need is declared
        sets : list, as `smallest_sets_by_capital` gives it
        payment : as `payment_hub` gives it

    Notes
    -----
    A touchpoint that is hidden is no part of the choice, so that nothing about it can be told from what goes.
    """
    first = period - (months - 1)
    if everything is None:
        everything = experiences(study, rules, scope="whole_journey")
    measured = everything.loc[everything["is_measured"]]
    ledger = rows_from(capital_ledger(measured, rules, cases=study.cases), first)
    contacts = rows_from(everything, first)
    inventory = touchpoint_inventory(
        rows_from(measured, first), ledger, study.touchpoints, contacts=contacts, customers=study.customers
    )
    advice = touchpoint_advice(inventory, smallest_base=smallest_base)
    advice["is_told"] = advice["touchpoint"].isin(telling)
    advice["who"] = people_at(advice["touchpoint"], rows_from(measured, first))
    shown = suppress_derivable(
        advice,
        base="n_customers",
        columns=HIDDEN,
        within="phase",
        parts="overlapping",
        people="who",
        hide="is_told",
        smallest_base=smallest_base,
    )
    is_hidden = shown["mean_experience"].isna()
    # what is hidden is put last, for its place would tell of its headroom
    shown = shown.loc[is_hidden.sort_values(kind="stable").index]
    shown["reason"] = shown["reason"].mask(is_hidden & (shown["n_customers"] > 0), "too_few")
    unjudged = list(inventory.loc[is_hidden, "touchpoint"])
    needs = [need for cell in study.touchpoints["needs"] for need in split_needs(cell)]
    costs = inventory.loc[inventory["n_contacts"] > 0, "cost_per_contact"]
    objective = "cost" if costs.notna().all() and (costs > 0).any() else "count"
    hub = payment_hub(
        contacts,
        ledger,
        study.touchpoints,
        rows_from(study.responses, first, moment="answered_at"),
        keep=unjudged,
        smallest_base=smallest_base,
    )
    found = {
        "months": months,
        "currency": study.settings.currency,
        "advice": records(shown[ADVICE_COLUMNS]),
        "objective": objective,
        "unjudged": unjudged,
        "n_draws": DRAWS,
        "set": [],
        "sets": [],
        "payment": _payment(hub, inventory, is_hidden),
    }
    if not needs:
        return found
    choice = {"objective": objective, "keep": unjudged}
    sets = smallest_sets_by_capital(study.touchpoints, inventory, **choice)
    smallest = smallest_touchpoint_set(study.touchpoints, inventory, **choice)
    frequency = selection_frequency(contacts, ledger, study.touchpoints, **choice, draws=DRAWS)
    rows = smallest.touchpoints.merge(
        frequency[["touchpoint", "stays_share"]], on="touchpoint", how="left", validate="one_to_one"
    )
    return found | {"set": records(_shown(rows, unjudged)), "sets": records(_shown(sets[SET_COLUMNS], unjudged))}


def _shown(rows: pd.DataFrame, unjudged: list[str]) -> pd.DataFrame:
    """The rows of a set without the capital of those that are hidden, who stay because too few were asked."""
    return rows.assign(
        net_capital=rows["net_capital"].mask(rows["touchpoint"].isin(unjudged)),
        reason=rows["reason"].replace("asked", "too_few"),
    )


def advice_rows(figures: Mapping, *, language: Language = ENGLISH) -> pd.DataFrame:
    """The advice of the figures as a frame, named as it reads in the language, for a chart."""
    return _named(figures, "advice", ADVICE_COLUMNS, language)


def set_rows(figures: Mapping, *, language: Language = ENGLISH) -> pd.DataFrame:
    """The smallest sets of the figures as a frame, named as they read in the language, for a chart."""
    rows = _named(figures, "sets", SET_COLUMNS, language)
    labels = dict(figures["labels"].get(language.code, {}))
    needs = [", ".join(labels.get(need, need) for need in split_needs(cell)) for cell in rows["only_for"]]
    return rows.assign(only_for=needs)


def payment_rows(figures: Mapping) -> pd.DataFrame:
    """The payment's shares of the figures as a frame, for a chart."""
    return pd.DataFrame(figures["choice"]["payment"]["shares"])


def choice_subject(figures: Mapping, *, language: Language = ENGLISH) -> str:
    """Over which months the touchpoints were weighed, in a sentence."""
    months = figures["choice"]["months"]
    return language.text("report.choice.subject_one" if months == 1 else "report.choice.subject", n=months)


def _named(figures: Mapping, key: str, columns: list[str], language: Language) -> pd.DataFrame:
    rows = pd.DataFrame(figures["choice"][key], columns=columns)
    labels = dict(figures["labels"].get(language.code, {}))
    return rows.assign(touchpoint=rows["touchpoint"].replace(labels))


def _payment(hub: PaymentHub, inventory: pd.DataFrame, is_hidden: pd.Series) -> dict:
    hidden = set(inventory.loc[is_hidden, "touchpoint"])
    paid = inventory.loc[inventory["phase"] == "payment", "touchpoint"]
    # where a touchpoint of the payment that was measured is hidden, so is what they would gain together
    n_measured = inventory.set_index("touchpoint")["n_experiences"]
    known = hub.best is not None and hub.best not in hidden and not any(n_measured[one] for one in hidden & set(paid))
    return {
        "shares": records(hub.shares),
        "n_answers_without_touchpoint": hub.n_answers_without_touchpoint,
        "n_payment": hub.n_payment,
        "n_others": hub.n_others,
        "best": hub.best if known else None,
        "best_per_experience": hub.best_per_experience if known else None,
        "payment_per_experience": hub.payment_per_experience if known else None,
        "capital_gained": hub.capital_gained if known else None,
        "low_gained": hub.low_gained if known else None,
        "high_gained": hub.high_gained if known else None,
        "could_go_now": list(hub.could_go_now) if known else [],
        "could_go": list(hub.could_go) if known else [],
    }
