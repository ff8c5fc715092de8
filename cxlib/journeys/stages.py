"""The stages of the journey: what customers met in each, the weakest link, and what nothing measures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.answers import people_of
from cxlib.archetypes import STAGES
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base, suppress_derivable
from cxlib.errors import ParameterError, hint, require_columns
from cxlib.intervals import bounded_mean_interval, wilson_interval

PARTS = {"before": ("awareness", "evaluation"), "during": ("purchase",), "after": ("use", "loyalty")}
"""The parts of the journey, seen from the purchase, and their stages."""

PART_OF = {stage: part for part, stages in PARTS.items() for stage in stages}
assert tuple(PART_OF) == STAGES

SCALE_FIGURES = ("mean_expected", "mean_met")
STAGE_FIGURES = (
    "mean_experience", "low_mean", "high_mean", "share_negative", "low_negative", "high_negative",
    *SCALE_FIGURES, "mean_gap", "low_gap", "high_gap",
)  # fmt: skip
"""What may have to be hidden; the counts stay, as every base does."""

COUNTS = ("n_touchpoints", "n_touchpoints_measured", "n_experiences", "n_assumed", "n_customers", "n_scaled")


def journey(
    experiences: pd.DataFrame, touchpoints: pd.DataFrame, *, smallest_base: int = SMALLEST_BASE
) -> pd.DataFrame:
    """Every stage of the journey: what was measured there, what was expected and met, and the weakest link.

    Parameters
    ----------
    experiences : DataFrame, one row per experience
        Of `experiences(study, rules, scope="whole_journey")`, or the stages before the purchase are missing. Needs
        customer_id, touchpoint, stage, gap, experience, expected, met, is_measured.
    touchpoints : DataFrame, one row per touchpoint
        Needs touchpoint, stage: what could be measured.
    smallest_base : int, >= 1
        Stages with fewer customers are suppressed, and those that would give them away by subtraction.

    Returns
    -------
    DataFrame, five rows in the order of the journey: awareness, evaluation, purchase, use, loyalty
        stage : ordered category
        part : ordered category, before, during or after (the purchase)
        n_touchpoints, n_touchpoints_measured : int, listed in this stage, and those of them with a measured experience
        n_experiences, n_customers : int, measured experiences and the customers who had them; 0 where nothing measures
        n_assumed : int, experiences that nobody measured; they count in no figure here
        mean_experience, low_mean, high_mean : float, −1 to 1, 95 % t interval (`bounded_mean_interval`)
        share_negative, low_negative, high_negative : float, 0 to 1, of n_experiences, 95 % Wilson interval
        n_scaled : int, the measured experiences with a place on a scale (a date has none)
        mean_expected, mean_met : float, 0 to 1, 1 the best, of n_scaled
        mean_gap, low_gap, high_gap : float, −1 to 1, met less expected, of n_experiences, 95 % t interval
        is_measured : bool
        is_weakest : bool, of the stages shown the one whose mean has the lowest upper bound (at ties the lower
            mean, then the earlier stage); False everywhere where fewer than two stages are shown
        is_surely_weakest : bool, its upper bound also lies under the lower bound of every other stage shown
        n_without_stage : int, measured experiences at touchpoints of no stage; the same in the five rows

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Linear in the experiences. The intervals take experiences as independent. The lowest upper bound, not the lowest
    mean, names the weakest link: a stage that few were asked about is not called weak for a few bad answers.
    """
    needed = ["customer_id", "touchpoint", "stage", "gap", "experience", "expected", "met", "is_measured"]
    require_columns(experiences, needed, name="experiences")
    require_columns(touchpoints, ["touchpoint", "stage"], name="touchpoints")
    check_smallest_base(smallest_base)
    stage = _stage_codes(experiences["stage"], name="experiences")
    is_measured = experiences["is_measured"].to_numpy(dtype=bool)
    measured, at = experiences.loc[is_measured], stage[is_measured]

    found = pd.DataFrame(
        {
            "stage": pd.Categorical(list(STAGES), categories=list(STAGES), ordered=True),
            "part": pd.Categorical(list(PART_OF.values()), categories=list(PARTS), ordered=True),
            "n_touchpoints": _counts(_stage_codes(touchpoints["stage"], name="touchpoints")),
            "n_touchpoints_measured": _distinct(measured["touchpoint"], at),
            "n_experiences": _counts(at),
            "n_assumed": _counts(stage[~is_measured]),
            "n_customers": _distinct(measured["customer_id"], at),
        }
    )
    found = found.assign(**_means(measured, at))
    found["is_measured"] = found["n_experiences"] > 0
    found = _suppressed(found, measured, at, smallest_base)
    return with_weakest(found).assign(n_without_stage=int((at < 0).sum()))


def with_weakest(stages: pd.DataFrame) -> pd.DataFrame:
    """The stages with their weakest link marked, among those that are shown.

    Parameters
    ----------
    stages : DataFrame, one row per stage
        Needs mean_experience, low_mean, high_mean; NaN where a stage is not shown.

    Returns
    -------
    DataFrame, with is_weakest and is_surely_weakest as `journey` describes them
    """
    weakest = np.zeros(len(stages), dtype=bool)
    surely = weakest.copy()
    shown = np.flatnonzero(stages["mean_experience"].notna())
    if len(shown) > 1:
        low, high, mean = (stages[name].to_numpy()[shown] for name in ("low_mean", "high_mean", "mean_experience"))
        least = np.lexsort((shown, mean, high))[0]
        weakest[shown[least]] = True
        surely[shown[least]] = bool((np.delete(low, least) > high[least]).all())
    return stages.assign(is_weakest=weakest, is_surely_weakest=surely)


def check_stages(stage: pd.Series, *, name: str) -> None:
    """Refuse a stage that the journey does not have.

    Raises
    ------
    ParameterError
    """
    unknown = [value for value in stage.astype("str").dropna().unique() if value not in STAGES]
    if unknown:
        raise ParameterError(
            f"{name} has an unknown stage {unknown[0]!r}; allowed: {', '.join(STAGES)}{hint(unknown[0], STAGES)}"
        )


def check_steps(steps: pd.DataFrame, *, name: str) -> None:
    """Refuse a step without a stage, or with one that the journey does not have.

    Raises
    ------
    ParameterError
    """
    check_stages(steps["stage"], name=name)
    nameless = steps.loc[steps["stage"].isna(), "step"]
    if len(nameless):
        raise ParameterError(f"{name}: the step {nameless.iloc[0]!r} has no stage; allowed: {', '.join(STAGES)}")


def _stage_codes(stage: pd.Series, *, name: str) -> np.ndarray:
    """The place of each row's stage in the journey; −1 where it has none."""
    # by the few distinct values, not row by row
    values = stage.astype("category").cat.remove_unused_categories()
    known = values.cat.categories.astype("str")
    check_stages(known.to_series(), name=name)
    place = np.array([STAGES.index(value) for value in known] + [-1])
    return place[values.cat.codes.to_numpy()]


def _counts(at: np.ndarray) -> np.ndarray:
    return np.bincount(at[at >= 0], minlength=len(STAGES))


def _distinct(names: pd.Series, at: np.ndarray) -> np.ndarray:
    """How many different names each stage has; a missing one is nobody."""
    codes, distinct = pd.factorize(names)
    is_met = np.zeros((len(STAGES), len(distinct)), dtype=bool)
    counting = (at >= 0) & (codes >= 0)
    is_met[at[counting], codes[counting]] = True
    return is_met.sum(axis=1)


def _means(measured: pd.DataFrame, at: np.ndarray) -> dict[str, np.ndarray]:
    rows = pd.DataFrame(
        {
            "experience": measured["experience"].to_numpy(dtype=float),
            "gap": measured["gap"].to_numpy(dtype=float),
            "expected": measured["expected"].to_numpy(dtype=float),
            "met": measured["met"].to_numpy(dtype=float),
            "is_negative": measured["experience"].to_numpy(dtype=float) < 0,
        }
    )
    if rows[["experience", "gap"]].isna().any(axis=None):
        raise ParameterError("measured experiences lack a gap or a sign; leave them out: .dropna(subset='gap')")
    by_stage = rows.groupby(at)
    found = by_stage.agg(
        n=("experience", "size"),
        mean=("experience", "mean"),
        sd=("experience", "std"),
        n_negative=("is_negative", "sum"),
        n_scaled=("met", "count"),
        mean_expected=("expected", "mean"),
        mean_met=("met", "mean"),
        mean_gap=("gap", "mean"),
        sd_gap=("gap", "std"),
    ).reindex(range(len(STAGES)))
    counts = ["n", "n_negative", "n_scaled"]
    found[counts] = found[counts].fillna(0).astype("int64")
    low, high = bounded_mean_interval(found["mean"], found["sd"], found["n"], lowest=-1, highest=1)
    low_gap, high_gap = bounded_mean_interval(found["mean_gap"], found["sd_gap"], found["n"], lowest=-1, highest=1)
    low_negative, high_negative = wilson_interval(found["n_negative"], found["n"])
    base = found["n"].where(found["n"] > 0)
    return {
        "mean_experience": found["mean"].to_numpy(),
        "low_mean": low,
        "high_mean": high,
        "share_negative": (found["n_negative"] / base).to_numpy(),
        "low_negative": low_negative,
        "high_negative": high_negative,
        "n_scaled": found["n_scaled"].to_numpy(),
        "mean_expected": found["mean_expected"].to_numpy(),
        "mean_met": found["mean_met"].to_numpy(),
        "mean_gap": found["mean_gap"].to_numpy(),
        "low_gap": low_gap,
        "high_gap": high_gap,
    }


def _suppressed(found: pd.DataFrame, measured: pd.DataFrame, at: np.ndarray, smallest_base: int) -> pd.DataFrame:
    people = people_of(measured["customer_id"], at)
    shown = suppress_derivable(
        found.assign(who=[people.get(place, frozenset()) for place in range(len(found))]),
        base="n_customers",
        columns=STAGE_FIGURES,
        parts="overlapping",
        people="who",
        smallest_base=smallest_base,
    ).drop(columns="who")
    has_place = measured["met"].notna().to_numpy()
    scaled = _distinct(measured["customer_id"].loc[has_place], at[has_place])
    # the gap of all less the gap of those on a scale is the gap of the others
    others = _distinct(measured["customer_id"].loc[~has_place], at[~has_place])
    rests_on = np.where(others > 0, np.minimum(scaled, others), scaled)
    return suppress_derivable(
        shown.assign(rests_on=rests_on),
        base="rests_on",
        columns=SCALE_FIGURES,
        parts="overlapping",
        smallest_base=smallest_base,
    ).drop(columns="rests_on")
