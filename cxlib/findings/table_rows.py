"""The rows of those tables of a report that its figures do not hold as rows already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cxlib.charts.phase_order import order_name
from cxlib.language import Language

SHARES = ("at_risk_share", "negative_share", "churned_share")
CONTACTS = ("contacts", "answers")
"""What the payment is a part of that is counted, not weighed."""

UNITS = {
    "customers": "customers",
    "at_risk_share": "customers",
    "capital_median": "capital",
    "negative_share": "experiences",
    "nps_points": "points",
    "churned_share": "customers",
}
SHARE_MEASURES = ("at_risk_share", "left_share")
DIFFERENCE = ("difference", "low_difference", "high_difference")


def key_figure_rows(figures: Mapping) -> list[dict]:
    """A row for each key figure that the study can give, with its change in the unit that changes have."""
    headline = figures["headline"]
    return [_key_figure(name, headline[name]) for name in UNITS if _is_given(headline[name])]


def _is_given(figure: Mapping | None) -> bool:
    return figure is not None and bool(figure.get("base", 1) or figure.get("previous_base"))


def _key_figure(name: str, figure: Mapping) -> dict:
    is_share = name in SHARES
    row = {
        "figure": name,
        "unit": UNITS[name],
        "change_unit": "percentage_points" if is_share else UNITS[name],
        **{key: figure.get(key) for key in ("value", "low", "high", "low_quartile", "high_quartile", "previous")},
        **{key: figure.get(key) for key in ("base", "previous_base", "may_be_chance")},
        "change": _difference(figure["value"], figure["previous"], factor=100 if is_share else 1),
        **{key: _scaled(figure.get(key), 100 if is_share else 1) for key in ("change_low", "change_high")},
    }
    written = "percent" if is_share else "count" if name == "customers" else "signed-1"
    row["formats"] = dict.fromkeys(("value", "low", "high", "previous"), written)
    if name == "customers":
        row["formats"]["change"] = "signed"
    return row


def _difference(value: float | None, previous: float | None, *, factor: int) -> float | None:
    if value is None or previous is None:
        return None
    return _scaled(value - previous, factor)


def _scaled(value: float | None, factor: int) -> float | None:
    return None if value is None else round(factor * value, 6)


def in_points(row: Mapping, names: Sequence[str]) -> dict:
    """The row with differences of shares in percentage points, as the page says them.

    >>> in_points({"n": 2, "gap_points": -0.1}, ["gap_points"])
    {'n': 2, 'gap_points': -10.0}
    """
    return dict(row) | {name: _scaled(row[name], 100) for name in names}


def order_rows(figures: Mapping, language: Language) -> list[dict]:
    """The orders by name; those too rare to show, and of whom none is known, under what they are."""
    return [
        row
        | {
            "order": order_name(row["order"], language)
            if row["group"] == "order"
            else language.text(f"tables.words.{row['group']}")
        }
        for row in figures["phase_order"]
    ]


def smallest_set_rows(figures: Mapping) -> list[dict]:
    """A row for each part of the capital that may be given up: how many touchpoints stay, what goes, what it saves."""
    levels: dict[float, dict] = {}
    for row in figures["choice"]["sets"]:
        level = levels.setdefault(row["capital_given_up"], dict(row) | {"goes": []})
        if not row["kept"]:
            level["goes"].append(row["touchpoint"])
    return list(levels.values())


def payment_share_rows(figures: Mapping) -> list[dict]:
    """The payment's part of contacts, answers and capital: counts without decimals, capital with one."""
    counted = {"payment": "count", "total": "count"}
    return [
        row | ({"formats": counted} if row["subject"] in CONTACTS else {})
        for row in figures["choice"]["payment"]["shares"]
    ]


def case_rows(figures: Mapping, language: Language) -> list[dict]:
    """The cases of the recent months, and all that were ever opened."""
    loop = figures["feedback"]
    if not loop:
        return []
    months = figures["recent_months"]
    return [
        loop["recent"] | {"cases": language.text("tables.words.cases_recent", n=months)},
        loop["ever"] | {"cases": language.text("tables.words.cases_ever")},
    ]


def owner_case_rows(figures: Mapping, language: Language) -> list[dict]:
    """The cases by owner; those of nobody under words that say so."""
    return _named(figures, "owners", "owner", language.text("report.feedback.no_owner"))


def touchpoint_case_rows(figures: Mapping, language: Language) -> list[dict]:
    """The cases by touchpoint; those of none under words that say so."""
    return _named(figures, "touchpoints", "touchpoint", language.text("charts.feedback.no_touchpoint"))


def _named(figures: Mapping, key: str, name: str, nobody: str) -> list[dict]:
    loop = figures["feedback"]
    return [row | {name: row[name] or nobody} for row in loop[key]] if loop else []


def closing_part(figures: Mapping, part: str) -> list[dict]:
    """One of the three tables about closed cases; empty where there are no cases."""
    loop = figures["feedback"]
    rows = loop["closing"][part] if loop else []
    if part != "differences":
        return rows
    finer = {"formats": dict.fromkeys(DIFFERENCE, "signed-2")}
    return [
        in_points(row, DIFFERENCE)
        if row["measure"] in SHARE_MEASURES
        else row | (finer if row["measure"] == "later_experience" else {})
        for row in rows
    ]


def stressed_rows(figures: Mapping, language: Language) -> list[dict]:
    """The stress test: all customers first, then the segments, the largest first."""
    everyone, unknown = language.text("report.stress.all"), language.text("report.stress.no_segment")
    rows = sorted(figures["stress"]["summary"], key=lambda row: (row["group"] != "all", -row["n_customers"]))
    return [
        _with_never(row) | {"segment": everyone if row["group"] == "all" else row["segment"] or unknown} for row in rows
    ]


def replay_part(figures: Mapping, part: str) -> list[dict]:
    """One of the tables of the replay; empty where nothing was replayed, or nothing of it may be shown."""
    replay = figures["replay"]
    if not replay or not (replay["is_shown"] or part == "incidents"):
        return []
    rows = [_with_never(row) for row in replay[part]]
    return [in_points(row, DIFFERENCE) for row in rows] if part == "departures" else rows


def _with_never(row: Mapping) -> dict:
    """The row, where a median is missing without a word whether it is beyond every number."""
    return {"median_months_to_refill_is_never": None, "median_months_is_never": None} | dict(row)


def read_rows(figures: Mapping, language: Language) -> list[dict]:
    """What was counted in the data."""
    return [
        {"text": language.text(f"tables.data.{name}"), "count": count}
        for name, count in figures["data"].items()
        if name != "sources"
    ]


def rule_rows(figures: Mapping, language: Language) -> list[dict]:
    """The rules that the figures rest on, and from how many months and customers on they are shown."""
    rules = figures["rules"]

    def setting(name: str, value) -> str:
        if name == "measure":
            return language.text(f"names.rule_value.{value}")
        if value is None:
            return language.text(f"names.rule_value.{name}_none")
        if name == "half_life_days":
            return language.text("names.rule_value.days", n=language.number(value))
        return language.number(value, 0 if float(value).is_integer() else 2)

    rows = [
        {
            "rule": language.text(
                f"tables.rules.{name}" if name in ("requirement", "price_elasticity") else f"names.rule.{name}"
            ),
            "setting": setting(name, value),
        }
        for name, value in rules.items()
    ]
    for name in ("recent_months", "smallest_base"):
        rows.append({"rule": language.text(f"tables.rules.{name}"), "setting": language.number(figures[name])})
    return rows
