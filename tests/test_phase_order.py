"""The orders in which customers meet the phases, on people few enough to count."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.errors import MissingColumnError, ParameterError
from cxlib.phases import phase_order

SHORT = {"b": "purchase", "c": "consumption", "p": "payment"}
BUY_PAY_CONSUME = "purchase-payment-consumption"


def met(**customers) -> pd.DataFrame:
    """met(anna="b0 p1 c5"): Anna bought on day 0, paid on day 1, consumed on day 5."""
    rows = [
        (
            name,
            pd.Timestamp("2026-01-01 12:00", tz="Europe/Stockholm") + pd.Timedelta(days=float(step[1:])),
            SHORT[step[0]],
        )
        for name, steps in customers.items()
        for step in steps.split()
    ]
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "phase"])


def several(prefix: str, n: int, steps: str) -> dict[str, str]:
    return {f"{prefix}{i}": steps for i in range(n)}


def test_orders_and_days_by_hand():
    rows = met(anna="b0 p1 c5 p31 p61", bo="b0 p3 c4 p20 p40 p60", cia="b0 c2 p9", dan="b3")
    orders = phase_order(rows, smallest_base=1)
    assert orders[["group", "order", "payments", "n_customers"]].to_numpy().tolist() == [
        ["order", BUY_PAY_CONSUME, "recurring", 2],
        ["order", "purchase", "none", 1],
        ["order", "purchase-consumption-payment", "once", 1],
    ]
    first = orders.iloc[0]
    assert first["n_ordered"] == 4 and first["share"] == 0.5
    assert first["days_to_second"] == 2 and first["days_to_third"] == 2.5
    # Anna's median gap is 30, Bo's 20
    assert first["days_between_payments"] == 25 and first["n_days_between_payments"] == 2
    assert orders["n_days_between_payments"].tolist() == [2, 0, 0]
    assert orders["n_days_to_third"].tolist() == [2, 0, 1]


def test_payments_recur_from_three_days_on_and_twice_a_day_is_one_day():
    rows = met(anna="b0 p1 p2 p3", bo="b0 p1 p1.1 p1.2 p2")
    assert phase_order(rows, smallest_base=1)["payments"].tolist() == ["once", "recurring"]
    assert phase_order(rows, smallest_base=1).set_index("payments")["days_between_payments"].tolist() == [1, 1]


def test_a_day_is_one_on_the_studys_own_clock():
    evening = pd.to_datetime(["2026-01-01 23:30", "2026-01-02 00:30", "2026-01-03 00:30"]).tz_localize(
        "Europe/Stockholm"
    )
    rows = pd.DataFrame({"customer_id": "a", "occurred_at": evening, "phase": "payment"})
    assert phase_order(rows, smallest_base=1)["payments"].tolist() == ["recurring"]  # two days by UTC


def test_days_are_those_that_passed_between_the_moments():
    assert phase_order(met(anna="b0 p1.5"), smallest_base=1)["days_to_second"].tolist() == [1.5]
    # the clock goes forward in the night between: 47 hours
    at = pd.to_datetime(["2026-03-28 12:00", "2026-03-30 12:00"]).tz_localize("Europe/Stockholm")
    spring = pd.DataFrame({"customer_id": "a", "occurred_at": at, "phase": ["purchase", "payment"]})
    assert phase_order(spring, smallest_base=1)["days_to_second"].tolist() == pytest.approx([47 / 24])


def test_the_days_of_several_are_a_median_with_its_interval():
    # of six values the smallest and the largest bound the median; their mean is 13
    rows = met(**{f"a{n}": f"b0 p{day}" for n, day in enumerate([1, 2, 3, 4, 5, 63])})
    first = phase_order(rows).iloc[0]
    assert first[["days_to_second", "low_days_to_second", "high_days_to_second"]].tolist() == [3.5, 1, 63]


def test_an_answer_that_no_event_stands_behind_is_no_meeting():
    rows = met(anna="p0 b1 p2 p3").assign(source=["response", "event", "response", "response"], source_row=[7, 0, 8, 9])
    # the answers of rows 7 and 9 stand at their own time, that of row 8 was given a week after its event
    answered_at = rows["occurred_at"] + pd.to_timedelta([0, 0, 7, 0], unit="D")
    responses = pd.DataFrame({"answered_at": answered_at.iloc[[0, 2, 3]].set_axis([7, 8, 9])})
    assert phase_order(rows, smallest_base=1)[["order", "payments"]].to_numpy().tolist() == [
        ["payment-purchase", "recurring"]
    ]
    met_only = phase_order(rows, responses=responses, smallest_base=1)
    assert met_only[["order", "payments"]].to_numpy().tolist() == [["purchase-payment", "once"]]
    with pytest.raises(MissingColumnError, match="source_row"):
        phase_order(rows.drop(columns="source_row"), responses=responses)


def test_of_the_same_moment_the_file_decides():
    rows = met(anna="b0 p0 c1").assign(file_order=[1, 0, 2])
    assert phase_order(rows, smallest_base=1)["order"].tolist() == ["payment-purchase-consumption"]
    assert phase_order(rows.drop(columns="file_order"), smallest_base=1)["order"].tolist() == [BUY_PAY_CONSUME]


def test_who_joined_before_the_data_begin_is_counted_and_not_ordered():
    rows = met(anna="b8 p9 c15", bo="p13", cia="b14")
    # Anna's contract is eight days older than the first thing that happened to her
    customers = pd.DataFrame(
        {"customer_id": ["anna", "bo", "cia"], "joined_on": pd.to_datetime(["2026-01-01", "2024-05-01", None])}
    )
    orders = phase_order(rows, customers, smallest_base=1)
    assert orders["group"].tolist() == ["order", "order", "began_earlier"]
    assert orders["n_ordered"].tolist() == [2, 2, 2]
    earlier = orders.iloc[-1]
    assert earlier["n_customers"] == 1 and pd.isna(earlier["share"]) and pd.isna(earlier["order"])
    assert "began_earlier" not in set(phase_order(rows, customers, begins_on="2024-05-01", smallest_base=1)["group"])
    assert phase_order(rows, customers, begins_on="2026-01-02", smallest_base=1)["n_customers"].tolist() == [1, 2]
    assert "began_earlier" not in set(phase_order(rows, customers[["customer_id"]], smallest_base=1)["group"])


@pytest.mark.parametrize(
    "joined",
    [
        ["2026-01-01", None, None],
        pd.to_datetime(["2026-01-01", None, None]).tz_localize("Europe/Stockholm"),
        pd.to_datetime(["2025-12-31 23:00", None, None]).tz_localize("UTC"),
        pd.PeriodIndex(["2026-01-01", None, None], freq="D"),
        [pd.Timestamp("2026-01-01").date(), None, None],
    ],
    ids=["text", "aware", "utc", "period", "date"],
)
def test_dates_are_read_in_whatever_form_they_come(joined):
    rows = met(anna="b8 p9")
    customers = pd.DataFrame({"customer_id": ["anna", None, None], "joined_on": joined})
    for begins_on in ("2026-01-01", pd.Timestamp("2026-01-01", tz="Europe/Stockholm"), pd.Period("2026-01", "M"), None):
        assert phase_order(rows, customers, begins_on=begins_on, smallest_base=1)["group"].tolist() == ["order"]
    later = pd.Timestamp("2026-01-01 23:30", tz="UTC")  # the second of January in Stockholm
    assert phase_order(rows, customers, begins_on=later, smallest_base=1)["group"].tolist() == ["began_earlier"]


def test_rows_of_nobody_or_of_no_moment_are_left_out():
    rows = pd.concat([met(anna="b0 p1"), met(bo="p0").assign(customer_id=None), met(anna="c2")], ignore_index=True)
    rows.loc[3, "occurred_at"] = pd.NaT
    orders = phase_order(rows, pd.DataFrame({"customer_id": ["anna"], "joined_on": ["2026-01-01"]}), smallest_base=1)
    assert orders[["order", "n_customers"]].to_numpy().tolist() == [["purchase-payment", 1]]


def test_customers_whom_no_table_lists_are_ordered():
    rows = met(anna="b0 p1 c5", bo="b0 p3 c4")
    nobody = pd.DataFrame(
        {"customer_id": pd.Series([], dtype="str"), "joined_on": pd.Series([], dtype="datetime64[us]")}
    )
    assert phase_order(rows, nobody, smallest_base=1)["n_ordered"].tolist() == [2]


def test_rare_orders_are_put_together_until_they_are_enough():
    rows = met(**several("a", 9, "b0 p1 c5"), **several("b", 6, "b0 c1 p5"), **several("c", 2, "c0"))
    orders = phase_order(rows, smallest_base=5)
    # two alone would be known from the whole: the six go with them
    assert orders[["group", "n_customers"]].to_numpy().tolist() == [["order", 9], ["other", 8]]
    assert orders["share"].sum() == pytest.approx(1)
    assert orders.loc[1, ["days_to_second", "days_to_third"]].isna().all()
    everyone = phase_order(met(a="b0", b="c0"), smallest_base=5)
    assert everyone[["group", "n_customers"]].to_numpy().tolist() == [["other", 2]]


def test_a_median_on_few_customers_is_not_shown():
    rows = met(**several("a", 4, "b0 p1"), **several("b", 4, "b0 p1 p2"))
    orders = phase_order(rows, smallest_base=5)
    assert orders["n_customers"].tolist() == [8]
    assert orders.loc[0, "days_to_second"] == 1 and orders.loc[0, "n_days_between_payments"] == 4
    assert pd.isna(orders.loc[0, "days_between_payments"])


def test_nobody_met_anything():
    rows = met(a="b0").iloc[:0]
    assert phase_order(rows).empty
    assert phase_order(met(a="b0").assign(phase=None)).empty


def test_what_is_wrong_is_named():
    with pytest.raises(MissingColumnError, match="phase"):
        phase_order(met(a="b0").drop(columns="phase"))
    with pytest.raises(ParameterError, match=r"1 experiences have an unknown phase.*did you mean 'purchase'"):
        phase_order(met(a="b0").assign(phase="purchas"))
    with pytest.raises(ParameterError, match="smallest_base must be at least 1"):
        phase_order(met(a="b0"), smallest_base=0)
    customers = pd.DataFrame({"customer_id": ["a", "b", "a"], "joined_on": "2026-01-01"})
    with pytest.raises(ParameterError, match="customers holds 1 repeated ids, such as 'a'"):
        phase_order(met(a="b0"), customers)
    for wrong in ("foo", pd.NaT):
        with pytest.raises(ParameterError, match="begins_on must"):
            phase_order(met(a="b0"), customers.iloc[:2], begins_on=wrong)
    with pytest.raises(ParameterError, match=r"joined_on must hold dates .*; found 'soon'"):
        phase_order(met(a="b0"), customers.iloc[:2].assign(joined_on=["2026-01-01", "soon"]))
    mixed = [pd.Timestamp("2026-01-01"), pd.Timestamp("2026-01-01", tz="UTC")]
    with pytest.raises(ParameterError, match="some with a timezone and some without"):
        phase_order(met(a="b0"), customers.iloc[:2].assign(joined_on=pd.Series(mixed, dtype="object")))


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("bcp"), st.integers(0, 60)), min_size=1, max_size=30),
    st.integers(1, 3),
    st.randoms(use_true_random=False),
)
def test_every_customer_is_in_one_row_whatever_the_order_of_the_rows(events, smallest_base, random):
    people: dict[str, str] = {}
    for name, phase, day in events:
        people[name] = f"{people.get(name, '')} {phase}{day}".strip()
    rows = met(**people).assign(file_order=range(len(events)))
    before = rows.copy(deep=True)
    orders = phase_order(rows, smallest_base=smallest_base)
    pd.testing.assert_frame_equal(rows, before)
    assert orders["n_customers"].sum() == len(people) == orders["n_ordered"].iloc[0]
    assert orders["share"].sum() == pytest.approx(1)
    assert (orders["low_share"] <= orders["share"]).all() and (orders["share"] <= orders["high_share"]).all()
    assert orders["n_customers"].min() >= min(smallest_base, len(people))
    shuffled = rows.sample(frac=1, random_state=random.randrange(1000))
    pd.testing.assert_frame_equal(phase_order(shuffled, smallest_base=smallest_base), orders)
