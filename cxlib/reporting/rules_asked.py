"""The rules that a report's parameters state, and the accounts kept by them: the same in the report and its lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from cxlib.capital.rules import CapitalRules
    from cxlib.study import Study

RULES_BESIDE = ("requirement", "price_elasticity")
"""Parameters of a report that the accounts hang on, beside those that are named like the rules of `CapitalRules`."""


def rules_from(values: Mapping[str, object]) -> CapitalRules:
    """The rules that a report's parameters state; a half-life of 0 is none, as in the report.

    Raises
    ------
    ParameterError
    """
    from cxlib.capital.rules import CapitalRules

    given = {name: values[name] for name in _rule_names() if name in values}
    if "half_life_days" in given:
        given["half_life_days"] = given["half_life_days"] or None
    return CapitalRules(**given)


def rule_parameters() -> set[str]:
    """The names of the parameters that the accounts hang on."""
    return {*RULES_BESIDE, *_rule_names()}


def accounts_asked(
    known: Study, values: Mapping[str, object], *, until: pd.Period
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ledger of a study as it was known, and its customers' zones up to a month.

    As the report's notebook does it: all customers' accounts, so that a segment is held to the same price and the
    same average loss as the whole.

    Raises
    ------
    ParameterError
    """
    # Here and not above: a wrong parameter need not wait for numba.
    from cxlib.capital.ledger import capital_ledger
    from cxlib.capital.months import customer_months
    from cxlib.capital.risk import Requirement, median_price, risk_zones
    from cxlib.experience import experiences

    rules = rules_from(values)
    required = Requirement(
        base=values.get("requirement") or 0.0,
        elasticity=values.get("price_elasticity") or 0.0,
        median_price=median_price(known.customers),
    )
    ledger = capital_ledger(experiences(known, rules), rules, cases=known.cases)
    return ledger, risk_zones(customer_months(ledger, rules, until=until), known.customers, required)


def _rule_names() -> list[str]:
    from cxlib.capital.rules import CapitalRules

    return [field.name for field in fields(CapitalRules)]
