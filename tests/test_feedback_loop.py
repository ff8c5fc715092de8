"""The loop by hand, its medians against outside numbers, and what holds for any cases."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import cxlib as cx
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.feedback.case_states import case_states
from cxlib.feedback.waiting import waiting_median
from cxlib.intervals import wilson_interval
from tests.toy_cases import AS_OF, BY_HAND, make_cases, some_cases

ROOT = Path(__file__).parents[1]

# Freireich et al. (1963), weeks in remission on 6-MP (+ = still in remission) and on placebo: Cox & Oakes (1984).
SIX_MP = [6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], []


def loop_of(cases: pd.DataFrame, **options) -> pd.Series:
    return cx.feedback_loop(cases, AS_OF, **{"smallest_base": 1} | options).iloc[0]


# ---- by hand ----


def test_every_case_is_counted_once():
    loop = loop_of(BY_HAND)
    assert (loop["n_cases"], loop["n_customers"]) == (7, 6)
    assert (loop["n_resolved"], loop["n_open"]) == (5, 2)
    assert (loop["n_informed"], loop["n_untold"]) == (3, 2)
    assert (loop["n_in_time"], loop["n_late"], loop["n_waiting"], loop["n_overdue"]) == (1, 2, 2, 2)
    assert (loop["n_overdue_open"], loop["n_overdue_untold"]) == (1, 1)
    assert (loop["n_due"], loop["n_due_in_time"]) == (4, 1)
    assert loop["in_time_share"] == 0.25
    assert (loop["low_in_time_share"], loop["high_in_time_share"]) == pytest.approx(wilson_interval(1, 4))
    assert loop["informed_share"] == pytest.approx(3 / 7)
    assert loop["overdue_share"] == pytest.approx(2 / 7)
    assert loop["resolved_share"] == pytest.approx(5 / 7)


def test_a_day_ends_at_midnight_and_not_when_the_hours_are_up():
    # opened late on the 3rd: the 17th is in time at any hour, the 18th is not
    cases = make_cases(
        ("A", "2026-09-03 23:50", "2026-09-17 23:59", "2026-09-20 23:59"),
        ("B", "2026-09-03 00:10", "2026-09-18 00:00", "2026-09-18 09:00"),
        ("C", "2026-09-03 00:10", "2026-09-17 00:00", "2026-09-21 00:00"),
    )
    assert list(case_states(cases, AS_OF)["is_late"]) == [False, True, True]
    opened = make_cases(("A", "2026-09-03 23:50", None, None))
    assert not case_states(opened, "2026-09-17 23:59")["is_overdue"].iloc[0]
    assert case_states(opened, "2026-09-18")["is_overdue"].iloc[0]


def test_the_clock_change_takes_no_day_away():
    # summer time ends on 25 October 2026: 14 days are 14 days of the calendar
    cases = make_cases(("A", "2026-10-18 00:30", "2026-11-01 00:10", "2026-11-01 00:20"))
    assert not case_states(cases, "2026-12-01")["is_late"].iloc[0]


def test_by_owner_each_has_its_own_and_none_is_a_group():
    loop = cx.feedback_loop(BY_HAND, AS_OF, by="owner", smallest_base=1).set_index("owner")
    assert list(loop.index.fillna("none")) == ["Billing", "Sales", "none"]
    assert list(loop["n_cases"]) == [3, 3, 1]
    assert list(loop["n_overdue"]) == [0, 2, 0]
    assert loop.loc["Billing", "median_close_days"] == 8.0  # 6, 20 and 8 days
    assert np.isnan(loop.loc["Sales", "median_close_days"])
    assert loop.loc["Billing", "median_inform_days"] == 2.0  # 2, 1 and 4
    assert loop.loc["Billing", "median_resolve_days"] == 4.0  # 4, 19 and 4


def test_by_two_columns():
    loop = cx.feedback_loop(BY_HAND, AS_OF, by=["owner", "touchpoint"], smallest_base=1)
    assert loop[["owner", "touchpoint", "n_cases"]].fillna("none").to_numpy().tolist() == [
        ["Billing", "invoice", 2],
        ["Billing", "meter", 1],
        ["Sales", "meter", 3],
        ["none", "invoice", 1],
    ]


def test_other_targets():
    loop = loop_of(BY_HAND, targets=cx.LoopTargets(resolve_days=30, inform_days=10))
    assert (loop["n_in_time"], loop["n_late"], loop["n_overdue"], loop["n_waiting"]) == (3, 0, 1, 3)


def test_told_without_a_note_of_when_it_was_resolved_is_resolved():
    cases = make_cases(
        ("A", "2026-09-01", None, "2026-09-04"),
        ("B", "2026-09-01", "2026-09-09", "2026-09-04"),
        ("C", "2026-09-01", None, None),
    )
    states = case_states(cases, AS_OF)
    assert list(states["is_resolved"]) == [True, True, False]
    assert list(states["resolve_days"].round(1)) == [3.0, 3.0, 61.0]
    assert list(states["is_late"]) == [False, False, False]


def test_what_comes_later_is_not_known():
    then = cx.feedback_loop(BY_HAND, "2026-09-06", smallest_base=1).iloc[0]
    assert (then["n_cases"], then["n_resolved"], then["n_informed"], then["n_overdue"]) == (4, 3, 0, 0)
    moment = pd.Timestamp("2026-09-06", tz="Europe/Stockholm").tz_convert("UTC")
    pd.testing.assert_series_equal(cx.feedback_loop(BY_HAND, moment, smallest_base=1).iloc[0], then)


# ---- what may be shown ----


def test_few_customers_hide_all_but_their_number():
    loop = cx.feedback_loop(BY_HAND, AS_OF, smallest_base=7).iloc[0]
    assert (loop["n_cases"], loop["n_customers"]) == (7, 6)
    assert loop.drop(["n_cases", "n_customers"]).isna().all()


def test_many_cases_of_few_customers_are_few():
    cases = make_cases(*[("A", "2026-09-01", "2026-09-02", "2026-09-03")] * 9)
    assert pd.isna(loop_of(cases, smallest_base=5)["n_resolved"])


def many(owner: str, n: int, **times) -> list[tuple]:
    times = {"opened": "2026-09-01", "resolved": "2026-09-02", "informed": "2026-09-03"} | times
    return [(f"{owner}{i}", times["opened"], times["resolved"], times["informed"], owner) for i in range(n)]


def test_a_small_owner_cannot_be_had_by_subtraction():
    cases = make_cases(*many("Billing", 9), *many("Sales", 6), *many("IT", 2))
    shown = cx.feedback_loop(cases, AS_OF, by="owner").set_index("owner")["n_resolved"]
    assert shown.dropna().to_dict() == {"Billing": 9}


def test_nor_from_the_totals_of_the_other_column():
    rows = [(*row, place) for place in ("x", "y") for row in many("Billing", 9)]
    rows += [(*row, "x") for row in many("Sales", 9)] + [(*row, "y") for row in many("Sales", 2)]
    rows += [(*row, place) for place in ("x", "y") for row in many("IT", 9)]
    shown = cx.feedback_loop(make_cases(*rows), AS_OF, by=["owner", "touchpoint"]).set_index(["owner", "touchpoint"])
    # Sales at y is small; Sales less x would tell it, and so would y less the other two
    assert pd.isna(shown.loc[("Sales", "x"), "n_resolved"])
    assert shown.loc[(slice(None), "y"), "n_resolved"].isna().sum() == 2


def test_what_is_said_of_due_and_resolved_cases_needs_as_many_of_these():
    cases = make_cases(*many("Billing", 3), *many("IT", 6, opened="2026-10-30", resolved=None, informed=None))
    loop = loop_of(cases, smallest_base=5)
    assert (loop["n_due"], loop["n_resolved"]) == (3, 3)
    hidden = ["n_due_in_time", "in_time_share", "low_in_time_share", "high_in_time_share", "median_inform_days"]
    assert loop[hidden].isna().all()
    assert loop_of(cases)[hidden].notna().all()


def test_without_a_case_there_is_a_row_of_none():
    loop = cx.feedback_loop(BY_HAND, "2020-01-01")
    assert len(loop) == 1
    assert (loop["n_cases"].iloc[0], loop["n_customers"].iloc[0]) == (0, 0)
    assert cx.feedback_loop(BY_HAND, "2020-01-01", by="owner").empty
    assert list(cx.feedback_loop(BY_HAND, "2020-01-01", by="owner").columns)[1:] == list(loop.columns)


# ---- the median of those who wait ----


def test_the_medians_of_the_leukaemia_trial():
    """R's survfit gives 23 and 8; SAS' proc lifetest, on the log-log scale, [13, .] and [4, 11]."""
    over, waiting = SIX_MP
    assert waiting_median(over + waiting, [True] * 9 + [False] * 12)[:2] == (23, 13)
    assert np.isnan(waiting_median(over + waiting, [True] * 9 + [False] * 12)[2])
    assert waiting_median(PLACEBO[0], [True] * 21) == (8, 4, 11)


@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40).filter(
        lambda waits: any(over for _, over in waits)
    )
)
def test_the_curve_is_scipys(waits):
    days, over = map(np.array, zip(*waits, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy divides by nothing where the curve ends at 0
        curve = stats.ecdf(stats.CensoredData(uncensored=days[over], right=days[~over])).sf
        limits = curve.confidence_interval(method="log-log")
    times = curve.quantiles

    def first_half(values):
        reached = np.flatnonzero(values <= 0.5 + 1e-12)
        if not reached.size:
            return np.nan
        first = reached[0]
        later = times[(values < values[first] - 1e-12) & (times > times[first])]
        stands = abs(values[first] - 0.5) < 1e-12 and later.size
        return (times[first] + later[0]) / 2 if stands else times[first]

    expected = [first_half(curve.probabilities), first_half(limits.low.probabilities)]
    expected.append(first_half(np.nan_to_num(limits.high.probabilities, nan=1.0)))
    np.testing.assert_allclose(waiting_median(days, over), expected)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30))
def test_where_nobody_waits_it_is_the_median(days):
    assert waiting_median(days, [True] * len(days))[0] == np.median(days)


def test_nothing_is_known_where_nothing_is_over():
    assert np.isnan(waiting_median([3, 4], [False, False])).all()
    assert np.isnan(waiting_median([], [])).all()
    assert np.isnan(waiting_median([3, 4, 4], [True, False, False])[0])


# ---- any cases ----


@settings(max_examples=40)
@given(some_cases(), st.sampled_from([None, "owner", ["owner", "touchpoint"]]), st.randoms())
def test_parts_make_up_the_whole_in_any_order(cases, by, random):
    before = cases.copy(deep=True)
    loop = cx.feedback_loop(cases, AS_OF, by=by, smallest_base=1)
    pd.testing.assert_frame_equal(cases, before)
    order = list(range(len(cases)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(cx.feedback_loop(cases.iloc[order], AS_OF, by=by, smallest_base=1), loop)
    alike = cases.set_axis([0] * len(cases))  # labels need not be unique
    pd.testing.assert_frame_equal(cx.feedback_loop(alike, AS_OF, by=by, smallest_base=1), loop)
    loop = loop.loc[loop["n_cases"] > 0]
    assert (loop["n_resolved"] + loop["n_open"] == loop["n_cases"]).all()
    assert (loop["n_informed"] + loop["n_untold"] == loop["n_resolved"]).all()
    assert (loop["n_in_time"] + loop["n_late"] == loop["n_informed"]).all()
    assert (loop["n_overdue_open"] + loop["n_overdue_untold"] == loop["n_overdue"]).all()
    assert (loop[["n_in_time", "n_late", "n_waiting", "n_overdue"]].sum(axis=1) == loop["n_cases"]).all()
    assert loop["n_cases"].sum() == (cases["opened_at"] < pd.Timestamp(AS_OF, tz="Europe/Stockholm")).sum()
    for share in ("resolved", "informed", "overdue", "in_time"):
        known = loop.dropna(subset=f"{share}_share")
        assert (known[f"low_{share}_share"] <= known[f"{share}_share"] + 1e-12).all()
        assert (known[f"{share}_share"] <= known[f"high_{share}_share"] + 1e-12).all()


@settings(max_examples=40)
@given(some_cases(), st.dates(pd.Timestamp("2026-08-02").date(), pd.Timestamp("2027-01-01").date()))
def test_the_loop_as_of_a_day_is_that_of_the_cases_known_then(cases, day):
    moment = pd.Timestamp(day, tz="Europe/Stockholm")
    known = cases.loc[cases["opened_at"] < moment].copy()
    for name in ("resolved_at", "customer_informed_at"):
        known[name] = known[name].where(known[name] < moment)
    pd.testing.assert_frame_equal(
        cx.feedback_loop(cases, day, by="owner", smallest_base=1),
        cx.feedback_loop(known, day, by="owner", smallest_base=1),
    )


# ---- the bundled study ----


def test_the_bundled_study(demo_cases):
    loop = cx.feedback_loop(demo_cases, AS_OF).iloc[0]
    assert (loop["n_cases"], loop["n_informed"], loop["n_overdue"]) == (1_370, 1_038, 295)
    by_owner = cx.feedback_loop(demo_cases, AS_OF, by="owner").set_index("owner")
    assert by_owner["n_overdue"].idxmax() == "Billing"
    # a row each by a plain reading of the file
    late = demo_cases["customer_informed_at"].notna() & (
        (demo_cases["resolved_at"].dt.date - demo_cases["opened_at"].dt.date > pd.Timedelta(days=14))
        | (demo_cases["customer_informed_at"].dt.date - demo_cases["resolved_at"].dt.date > pd.Timedelta(days=3))
    )
    assert loop["n_late"] == late.sum()


@pytest.fixture(scope="module")
def demo_cases():
    return cx.load_study(ROOT / "data" / "demo").cases


# ---- dates as they come ----


def test_a_case_is_due_the_day_after_its_last():
    cases = make_cases(("A", "2026-10-14 23:00", None, None), ("B", "2026-10-15 00:00", None, None))
    # 14 and 3 days: 31 October and 1 November
    assert cx.feedback_loop(cases, AS_OF, smallest_base=1)["n_due"].iloc[0] == 1
    assert cx.feedback_loop(cases, "2026-11-02", smallest_base=1)["n_due"].iloc[0] == 2


@pytest.mark.parametrize("by", [None, "owner"])
def test_no_cases_without_types_are_no_cases(by):
    empty = pd.DataFrame(columns=["customer_id", "opened_at", "resolved_at", "customer_informed_at", "owner"])
    loop = cx.feedback_loop(empty, AS_OF, by=by)
    assert loop["n_cases"].sum() == 0 and len(loop) == (0 if by else 1)
    assert list(loop.columns) == list(cx.feedback_loop(BY_HAND.iloc[:0], AS_OF, by=by).columns)


def test_moments_come_to_the_timezone_of_the_opening():
    expected = cx.feedback_loop(BY_HAND, AS_OF, smallest_base=1)
    for change in (lambda times: times.dt.tz_convert("UTC"), lambda times: times.dt.tz_localize(None)):
        changed = BY_HAND.assign(**{n: change(BY_HAND[n]) for n in ("resolved_at", "customer_informed_at")})
        pd.testing.assert_frame_equal(cx.feedback_loop(changed, AS_OF, smallest_base=1), expected)
    never = make_cases(("A", "2026-10-01", None, None))
    for nothing in (pd.NaT, None, float("nan")):
        untold = never.assign(resolved_at=[nothing], customer_informed_at=[nothing])
        assert cx.feedback_loop(untold, AS_OF, smallest_base=1)["n_overdue_open"].iloc[0] == 1


def test_moments_that_are_none_are_named():
    with pytest.raises(ParameterError, match="resolved_at takes moments, found '2026-09-05"):
        cx.feedback_loop(BY_HAND.assign(resolved_at=BY_HAND["resolved_at"].astype("str")), AS_OF)
    with pytest.raises(ParameterError, match="resolved_at has the timezone Europe/Stockholm and opened_at has none"):
        cx.feedback_loop(BY_HAND.assign(opened_at=BY_HAND["opened_at"].dt.tz_localize(None)), AS_OF)


# ---- errors ----


def test_targets_must_be_numbers_of_days():
    with pytest.raises(ParameterError, match=r"resolve_days must be .* found -1; inform_days must be .* found 'soon'"):
        cx.LoopTargets(resolve_days=-1, inform_days="soon")
    with pytest.raises(ParameterError, match="from 0 to 3,650, found nan"):
        cx.LoopTargets(resolve_days=float("nan"))


def test_missing_columns_are_named():
    with pytest.raises(MissingColumnError, match=r"cases lacks 'ower' \(is it 'owner'\?\)"):
        cx.feedback_loop(BY_HAND, AS_OF, by="ower")
    with pytest.raises(MissingColumnError, match="resolved_at"):
        cx.feedback_loop(BY_HAND.drop(columns="resolved_at"), AS_OF)


def test_a_moment_that_is_none_is_refused():
    with pytest.raises(ParameterError, match="as_of takes a date or a time such as '2026-11-01', found 'soon'"):
        cx.feedback_loop(BY_HAND, "soon")
    with pytest.raises(ParameterError, match="1 cases lack a customer_id or opened_at"):
        cx.feedback_loop(BY_HAND.assign(customer_id=BY_HAND["customer_id"].mask(BY_HAND["case_id"] == "K1")), AS_OF)
    with pytest.raises(ParameterError, match="smallest_base must be at least 1"):
        cx.feedback_loop(BY_HAND, AS_OF, smallest_base=0)
