"""The third scene for the file: capital by month and the stress test, for every position of the rules."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import altair as alt
import pandas as pd

from cxlib.capital.accounts import CapitalAccounts
from cxlib.capital.refill import DAYS_PER_MONTH
from cxlib.capital.rules import CapitalRules
from cxlib.capital.shock import Incident
from cxlib.capital.stress_grid import stress_grid
from cxlib.charts.live_capital import live_capital, live_capital_chart, month_axis
from cxlib.charts.live_stress import live_stress_chart, live_stress_grid, live_stress_groups
from cxlib.intervals import wilson_interval
from cxlib.language import Language, rounded
from cxlib.workshop.scenes import Stage, compact, short_number

Watcher = Callable[[int, int], None]

LOSS_WEIGHTS = (1.0, 1.5, 2.25, 4.0, 6.0, 9.0, 12.0)
HALF_LIVES = (None, 730.0, 365.0, 180.0)
"""Days until half of an experience is forgotten; None: nothing is."""
N_LOSSES = (1, 2, 3)
N_GESTURES = (0, 1, 2, 3)
START = CapitalRules(loss_weight=2.25, resolved_loss_weight=1.0, half_life_days=365.0)
"""The rules of the bundled monthly report, so that both say the same."""
TESTS = ["n_losses", "n_gestures_each"]
RECENT_MONTHS = 12
ROOM_HEIGHT = 0.8
MOST_SEGMENTS = 5
"""With more of them a projector's letters are too small for the last row of a room."""


def incident_touchpoint(stage: Stage) -> str:
    """The touchpoint that most customers met in the last twelve months; the first by name of several."""
    recent = stage.experiences["occurred_at"] >= (
        pd.Timestamp(stage.known_at, tz=stage.experiences["occurred_at"].dt.tz) - pd.DateOffset(months=RECENT_MONTHS)
    )
    met = stage.experiences.loc[recent].groupby("touchpoint", observed=True)["customer_id"].nunique()
    return str(met.sort_index().idxmax())


def capital_scene(stage: Stage, *, progress: Watcher | None = None) -> dict[str, object]:
    """Everything that the third scene may show.

    Parameters
    ----------
    stage : Stage
    progress : callable of (done, total), optional
        Told how many of the rules' positions are worked out.

    Returns
    -------
    dict of
        loss_weights, half_lives, n_losses, n_gestures : dict of steps (what each place of the slider is called) and
            start (the place)
        incident : str, the touchpoint that goes wrong, in the language
        months, stress : charts
        by_rules : loss weights × half-lives of live and says
        by_incident : loss weights × half-lives × losses × gestures of live and says
    """
    study, language = stage.study, stage.language
    accounts = CapitalAccounts(stage.experiences, study.customers, study.cases, until=stage.month)
    axis = month_axis(accounts.months, language)
    start = accounts.by_month(START, smallest_base=stage.smallest_base)
    touchpoint = incident_touchpoint(stage)
    incident = Incident(touchpoint=touchpoint, at=stage.known_at)
    by_rules, by_incident, first, groups, done = [], [], None, None, 0
    for loss_weight in LOSS_WEIGHTS:
        for rows in (by_rules, by_incident):
            rows.append([])
        for half_life in HALF_LIVES:
            rules = replace(START.with_loss_weight(loss_weight), half_life_days=half_life)
            by_month = accounts.by_month(rules, smallest_base=stage.smallest_base)
            zones = accounts.zones_by_month(rules, smallest_base=stage.smallest_base)
            by_rules[-1].append(
                {
                    "live": compact(live_capital(by_month, start=start, months=axis, language=language)),
                    "says": months_say(by_month, zones, stage),
                }
            )
            grid = stress_grid(
                stage.experiences, study.customers, rules, incident=incident, n_losses=N_LOSSES, n_gestures=N_GESTURES,
                cases=study.cases, touchpoints=study.touchpoints, smallest_base=stage.smallest_base,
            )  # fmt: skip
            one_of_each = grid.loc[grid["n_losses"].eq(1) & grid["n_gestures_each"].eq(1)]
            if groups is None:  # the rules move no customer from one group to another
                groups = live_stress_groups(one_of_each, most_segments=MOST_SEGMENTS)
            lives = live_stress_grid(grid, by=TESTS, groups=groups, language=language)
            if rules == START:
                first = one_of_each
            of_all = {(row["n_losses"], row["n_gestures_each"]): row for row in all_customers(grid)}
            by_incident[-1].append(
                [
                    [
                        {
                            "live": compact(lives[n, m]),
                            "says": stress_says(of_all[n, m], stage.label(touchpoint), stage),
                        }
                        for m in N_GESTURES
                    ]
                    for n in N_LOSSES
                ]
            )
            if progress is not None:
                done += 1
                progress(done, len(LOSS_WEIGHTS) * len(HALF_LIVES))
    return {
        "loss_weights": {
            "steps": [short_number(each, language) for each in LOSS_WEIGHTS],
            "start": LOSS_WEIGHTS.index(2.25),
        },
        "half_lives": {
            "steps": [half_life_words(each, language) for each in HALF_LIVES],
            "start": HALF_LIVES.index(365.0),
        },
        "n_losses": {"steps": [language.text(f"workshop.capital.times_{n}") for n in N_LOSSES], "start": 0},
        "n_gestures": {"steps": [language.text(f"workshop.capital.gestures_{n}") for n in N_GESTURES], "start": 1},
        "incident": stage.label(touchpoint),
        "months": for_a_room(live_capital_chart(start, months=axis, language=language)),
        "stress": live_stress_chart(first, most_segments=MOST_SEGMENTS, labels=stage.labels, language=language),
        "by_rules": by_rules,
        "by_incident": by_incident,
    }


def for_a_room(chart: alt.VConcatChart) -> alt.VConcatChart:
    """A copy of the chart with lower panels: on a projector's wide screen its letters are then larger."""
    lower = chart.copy(deep=False)
    lower.vconcat = [panel.copy(deep=False) for panel in chart.vconcat]
    for panel in lower.vconcat:
        panel.height = round(panel.height * ROOM_HEIGHT)
    return lower


def half_life_words(days: float | None, language: Language) -> str:
    """When half of an experience is forgotten; None: nothing is."""
    if days is None:
        return language.text("workshop.capital.never_forgotten")
    return language.text("workshop.capital.days", n=language.number(days))


def months_say(by_month: pd.DataFrame, zones: pd.DataFrame, stage: Stage) -> str:
    """The last month in words: who is at risk, of how many, and the other two zones, each with its interval."""
    language, last = stage.language, by_month.iloc[-1]
    if pd.isna(last["at_risk_share"]):
        return language.text("workshop.capital.too_few", month=stage.month_name)
    in_zone = zones.loc[zones["month"] == last["month"]].set_index("zone")["n_in_zone"]

    def of_all(zone: str) -> dict[str, str]:
        ends = wilson_interval(float(in_zone[zone]), float(last["n_customers"]))
        shares = (in_zone[zone] / last["n_customers"], *map(float, ends))
        names = (zone, f"{zone}_low", f"{zone}_high")
        return {name: language.percent(share) for name, share in zip(names, shares, strict=True)}

    return language.text(
        "workshop.capital.says",
        month=stage.month_name,
        n=language.number(last["n_customers"]),
        share=language.percent(last["at_risk_share"]),
        low=language.percent(last["low_share"]),
        high=language.percent(last["high_share"]),
        **of_all("thin"),
        **of_all("cushioned"),
        median=language.signed(last["capital_median"], 1),
    )


def all_customers(summary: pd.DataFrame) -> list[dict[str, object]]:
    """The rows of all customers, of one stress test or of a grid."""
    return summary.loc[summary["group"] == "all"].to_dict("records")


def stress_says(row: Mapping[str, object], incident: str, stage: Stage) -> str:
    """A row of all customers in words: at risk before, after, with gestures, and how long it takes to refill."""
    language = stage.language

    def text(key: str, **values: object) -> str:
        return language.text(f"workshop.capital.{key}", **values)

    if pd.isna(row["at_risk_share_after"]):
        return text("too_few_hit")

    def at_risk(state: str) -> str:
        names = {"share": "at_risk_share", "low": "low_share", "high": "high_share"}
        shares = {name: language.percent(row[f"{column}_{state}"]) for name, column in names.items()}
        return text("share_at_risk", **shares)

    sentences = [
        text(
            "stress_says",
            incident=incident,
            times=text(f"times_{row['n_losses']}"),
            n=language.number(row["n_customers"]),
            before=at_risk("before"),
            after=at_risk("after"),
        )
    ]
    if row["n_gestures_each"]:
        sentences.append(text("gestures_say", after=at_risk("with_gestures")))
    measured = "with_gestures" if row["n_gestures_each"] else "to_refill"
    sentences += refilled_words(*(row[f"{end}_months_{measured}"] for end in ("median", "low", "high")), stage)
    return " ".join(sentences)


def refilled_words(median: float, low: float, high: float, stage: Stage) -> list[str]:
    """When half of those hurt are back, with its interval where enough of them were hurt for one."""
    language = stage.language
    is_short = median < 1

    def text(key: str, **values: object) -> str:
        return language.text(f"workshop.capital.{key}", **values)

    def lasting(number: float) -> str:
        """In months; where the median is less than one, in days."""
        return language.number(number * DAYS_PER_MONTH) if is_short else language.number(number, 1)

    def months(number: float) -> str:
        return language.number(number, 1)

    if pd.isna(median):
        return []
    if math.isinf(median):
        at_least = "" if pd.isna(low) or math.isinf(low) else text("never_at_least", low=months(low))
        return [text("never_refilled", interval=at_least)]
    if pd.isna(low) or pd.isna(high):
        interval = ""
    elif math.isinf(high):
        interval = text("months_at_least", low=lasting(low))
    else:
        interval = text("months_between", low=lasting(low), high=lasting(high))
    if is_short:
        is_one = rounded(median * DAYS_PER_MONTH) <= 1
        return [
            text("refilled_day", interval=interval)
            if is_one
            else text("refilled_days", days=lasting(median), interval=interval)
        ]
    return [text("refilled", months=months(median), interval=interval)]
