"""The figures of the journey: its stages, the canvas, and the departments behind the touchpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from cxlib.answers import people_of
from cxlib.capital.ledger import capital_ledger
from cxlib.capital.rules import CapitalRules
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base, few_told, suppress_derivable
from cxlib.confidentiality.audit import derivable_groups
from cxlib.experience import experiences
from cxlib.findings.headline import rows_from
from cxlib.findings.plain import plain
from cxlib.findings.stress_figures import records
from cxlib.journeys.canvas import journey_canvas
from cxlib.journeys.ownership import ownership, shared_touchpoints, touchpoint_owners
from cxlib.journeys.stages import PARTS, STAGE_FIGURES, journey, with_weakest
from cxlib.language import ENGLISH, Language
from cxlib.study import Study
from cxlib.touchpoints.inventory import touchpoint_inventory

STEP_COLUMNS = [
    "step", "stage", "part", "place", "emotion", "stage_emotion", "owners", "mean_experience", "low_mean",
    "high_mean", "n_experiences", "is_measured", "is_opposite",
]  # fmt: skip
OWNER_COLUMNS = [
    "touchpoint", "part", "department", "n_owners", "n_experiences", "n_customers", "share_negative",
    "net_capital", "is_shown",
]  # fmt: skip
DEPARTMENT_COLUMNS = [
    "department", "n_touchpoints", "n_shared", "n_shown", "n_experiences", "share_negative", "low_negative",
    "high_negative", "capital_carried", "capital_drained", "net_capital",
]  # fmt: skip
SHARED_COLUMNS = [
    "touchpoint", "owners", "n_experiences", "n_customers", "share_negative", "low_negative", "high_negative",
    "capital_drained", "net_capital", "is_shown",
]  # fmt: skip


def journey_figures(
    study: Study,
    everything: pd.DataFrame,
    *,
    period: pd.Period,
    inventory: pd.DataFrame,
    recent_months: int,
    smallest_base: int,
) -> dict:
    """The journey up to the end of a month.

    Parameters
    ----------
    study : Study, as known at the period's end
    everything : DataFrame
        Its experiences of the whole journey, by `experiences`.
    inventory : DataFrame, one row per touchpoint
        As `touchpoint_inventory` gives it for the measured experiences of the recent months; what it hides is not
        given away here.

    Returns
    -------
    dict
        stages : as `journey` gives them, the stages before the purchase included
        steps : of the canvas, as `journey_canvas` gives them, without the texts of its cells
        owners, departments, shared : as `touchpoint_owners`, `ownership` and `shared_touchpoints` give them
        n_without_stage : int
    """
    recent = rows_from(everything, period - (recent_months - 1))
    stages = journey(recent, study.touchpoints, smallest_base=smallest_base)
    stages = _guarded(stages, recent, inventory, study.touchpoints, smallest_base)
    people = dict(zip(inventory["touchpoint"], _people(recent, "touchpoint", inventory["touchpoint"]), strict=True))
    behind = {
        "touchpoints": study.touchpoints,
        "inventory": inventory,
        "people": people,
        "smallest_base": smallest_base,
    }
    return {
        "stages": records(stages.drop(columns="n_without_stage")),
        "n_without_stage": stages["n_without_stage"].iloc[0],
        "steps": records(journey_canvas(study.journey_steps, stages)[STEP_COLUMNS]),
        "owners": records(touchpoint_owners(**behind)[OWNER_COLUMNS]),
        "departments": records(ownership(**behind)[DEPARTMENT_COLUMNS]),
        "shared": records(shared_touchpoints(**behind)[SHARED_COLUMNS]),
    }


def journey_month_figures(
    study: Study,
    *,
    period: pd.Period,
    rules: CapitalRules,
    recent_months: int = 12,
    smallest_base: int = SMALLEST_BASE,
) -> dict:
    """The journey's part of `month_figures`, without the rest: for a page that is about the journey alone.

    Parameters
    ----------
    study : Study
        As known at the period's end.
    period : Period, a month
    rules : CapitalRules
    recent_months : int, >= 1
        Stages and touchpoints are judged over so many months up to the period's end.
    smallest_base : int, >= 1

    Returns
    -------
    dict of plain numbers, texts, lists and dicts
        journey : as `journey_figures` gives it; and what its sections need to put it into words

    Raises
    ------
    ParameterError
    """
    check_smallest_base(smallest_base)
    counting = experiences(study, rules)
    measured = counting.loc[counting["is_measured"]]
    ledger = capital_ledger(measured, rules, cases=study.cases)
    first = period - (recent_months - 1)
    inventory = touchpoint_inventory(rows_from(measured, first), rows_from(ledger, first), study.touchpoints)
    found = journey_figures(
        study,
        experiences(study, rules, scope="whole_journey"),
        period=period,
        inventory=inventory,
        recent_months=recent_months,
        smallest_base=smallest_base,
    )
    return plain(
        {
            "period": str(period),
            "previous_period": str(period - 1),
            "labels": study.settings.labels,
            "rules": {"loss_weight": rules.loss_weight},
            "recent_months": recent_months,
            "smallest_base": smallest_base,
            "journey": found,
        }
    )


def stage_rows(figures: Mapping) -> pd.DataFrame:
    """The stages of the figures as a frame, for a chart."""
    stages = pd.DataFrame(figures["journey"]["stages"])
    return stages.astype(dict.fromkeys(STAGE_FIGURES, "float64"))  # where none is shown too


def canvas_rows(figures: Mapping, *, language: Language = ENGLISH) -> pd.DataFrame:
    """The steps of the figures as a frame, named as they read in the language, for a chart."""
    rows = pd.DataFrame(figures["journey"]["steps"], columns=STEP_COLUMNS)
    labels = figures["labels"].get(language.code, {})
    owners = [tuple(labels.get(name, name) for name in names) for names in rows["owners"]]
    return rows.assign(
        step=[labels.get(step, step) for step in rows["step"]],
        owners=pd.Series(owners, index=rows.index, dtype=object),
    )


def owner_rows(figures: Mapping, *, language: Language = ENGLISH) -> pd.DataFrame:
    """The touchpoints of the figures with their departments, named as they read in the language, for a chart."""
    return _named(figures, "owners", OWNER_COLUMNS, ["touchpoint", "department"], language)


def department_rows(figures: Mapping, *, language: Language = ENGLISH) -> pd.DataFrame:
    """The departments of the figures as a frame, named as they read in the language, for a chart."""
    return _named(figures, "departments", DEPARTMENT_COLUMNS, ["department"], language)


def _named(figures: Mapping, key: str, columns: list[str], names: list[str], language: Language) -> pd.DataFrame:
    rows = pd.DataFrame(figures["journey"][key], columns=columns)
    labels = figures["labels"].get(language.code, {})
    return rows.assign(**{name: [labels.get(value, value) for value in rows[name]] for name in names})


def _guarded(
    stages: pd.DataFrame,
    experiences: pd.DataFrame,
    inventory: pd.DataFrame,
    touchpoints: pd.DataFrame,
    smallest_base: int,
) -> pd.DataFrame:
    """The stages without those whose figures would tell a hidden touchpoint, by subtraction of what else is shown: the
    other touchpoints, and the phases, which cut through the stages."""
    hidden = _hidden_touchpoints(experiences, inventory, touchpoints, smallest_base)
    phases = _shown_phases(experiences, smallest_base)
    name = stages["stage"].astype("str")
    who = _people(experiences, "stage", name)
    is_told = pd.Series(False, stages.index)
    while True:
        guarded = suppress_derivable(
            stages.assign(is_told=is_told, who=who),
            base="n_customers",
            columns=STAGE_FIGURES,
            parts="overlapping",
            people="who",
            hide="is_told",
            smallest_base=smallest_base,
        )
        shown = list(name[guarded["mean_experience"].notna()])
        telling = next(_telling_stages(hidden, shown, phases, smallest_base), None)
        if telling is None:
            return with_weakest(guarded.drop(columns=["is_told", "who"]))
        is_told[stages.loc[name.isin(telling), "n_customers"].idxmin()] = True


def _telling_stages(
    hidden: pd.DataFrame, stages: list[str], phases: list[str], smallest_base: int
) -> Iterator[list[str]]:
    """The stages by which, with others and the phases, a hidden touchpoint is told, or some on too few people."""
    cut = {"rows": "stage", "columns": "phase", "shown_rows": stages, "shown_columns": phases}
    for some, _ in few_told(hidden, base="n_customers", **cut, smallest_base=smallest_base):
        if some:
            yield some
    # and those that are enough by their bases, but are the same people
    shown = [("stage", stage) for stage in stages] + [("phase", phase) for phase in phases]
    cells = hidden.set_index("touchpoint")[["who"]]
    matrix = np.array([(hidden[kind] == name).to_numpy(float) for kind, name in shown]).reshape(len(shown), len(cells))
    totals = pd.DataFrame(matrix, columns=cells.index)
    for used in derivable_groups(cells, totals, base="who", smallest_base=smallest_base)["totals"]:
        some = [shown[place][1] for place in used if shown[place][0] == "stage"]
        if some:
            yield some


def _people(experiences: pd.DataFrame, kind: str, names: pd.Series) -> list[frozenset]:
    """The customers of the measured experiences at each touchpoint, or of each stage."""
    measured = experiences.loc[experiences["is_measured"]]
    found = people_of(measured["customer_id"], measured[kind].astype("object"))
    return [found.get(name, frozenset()) for name in names]


def _hidden_touchpoints(
    experiences: pd.DataFrame, inventory: pd.DataFrame, touchpoints: pd.DataFrame, smallest_base: int
) -> pd.DataFrame:
    """The touchpoints that are not shown, each with its customers, its stage and its phase."""
    shown = suppress_derivable(
        inventory.assign(who=_people(experiences, "touchpoint", inventory["touchpoint"])),
        base="n_customers",
        columns=["net_capital"],
        within="phase",
        parts="overlapping",
        people="who",
        smallest_base=smallest_base,
    )
    hidden = shown.loc[shown["net_capital"].isna(), ["touchpoint", "phase", "n_customers", "who"]]
    hidden["who"] = hidden["who"].where(hidden["n_customers"] > 0, frozenset())
    return hidden.assign(stage=hidden["touchpoint"].map(touchpoints.set_index("touchpoint")["stage"].astype("object")))


def _shown_phases(experiences: pd.DataFrame, smallest_base: int) -> list[str]:
    """The phases whose figures may be shown beside the stages, by the same experiences."""
    counting = experiences["is_measured"] & ~experiences["stage"].isin(PARTS["before"])
    measured = experiences.loc[counting & experiences["phase"].notna()]
    n_customers = measured.groupby(measured["phase"].astype("str"))["customer_id"].nunique()
    phases = n_customers.rename("n_customers").reset_index().assign(is_shown=1.0)
    shown = suppress_derivable(
        phases, base="n_customers", columns=["is_shown"], parts="overlapping", smallest_base=smallest_base
    )
    return list(shown.loc[shown["is_shown"].notna(), "phase"])
