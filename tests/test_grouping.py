import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.capital.blocks import block_starts, for_each_block
from cxlib.capital.customer_codes import customer_codes
from cxlib.capital.decay import Decay
from cxlib.capital.entries import experience_entries
from cxlib.capital.grouping import MOST_BY_INSERTION, group_by_customer

ids = (
    st.integers(0, 9_999).map(lambda n: f"C{n:05}")
    | st.integers(0, 9_999).map(lambda n: f"C{n}")
    | st.sampled_from(["C00001", "D00001", "C0001", "c00001", "00001", "å1", "å2", "", "C", "C-0001", "C٣٤٥٦٧"])
)


@given(st.lists(ids, max_size=30))
def test_codes_are_those_of_factorize(names):
    series = pd.Series(names, dtype="str")
    codes, customers = customer_codes(series)
    expected_codes, expected = pd.factorize(series.to_numpy(dtype=object), sort=True)
    assert codes.tolist() == expected_codes.tolist()
    assert customers.tolist() == expected.tolist()


@pytest.mark.parametrize(
    "names",
    [
        ["C003", "C001", "C003"],
        ["C3", "C10", "C3"],  # of two lengths: in order of the text
        ["7", "3", "7"],
        ["A1", "B1"],
        ["C1", "C1\N{ARABIC-INDIC DIGIT THREE}"],
        ["C000000000000000001", "C999999999999999999"],  # too far apart for a table
        ["9999999999999999999", "0000000000000000001"],  # too long for a number
    ],
)
def test_ids_of_every_form(names):
    codes, customers = customer_codes(pd.Series(names, dtype="str"))
    assert customers.tolist() == sorted(set(names))
    assert [customers[code] for code in codes] == names


def test_ids_may_be_numbers_and_categories_and_a_part_of_a_longer_column():
    assert customer_codes(pd.Series([5, 3, 5]))[1].tolist() == [3, 5]
    assert customer_codes(pd.Series(["b", "a"], dtype="category"))[1].tolist() == ["a", "b"]
    part = pd.Series(["C9", "C2", "C1", "C2"], dtype="str").iloc[1:]
    codes, customers = customer_codes(part)
    assert codes.tolist() == [1, 0, 1]
    assert customers.tolist() == ["C1", "C2"]


rows = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.integers(0, 3)), max_size=200)


@given(rows, st.booleans())
def test_order_is_by_customer_time_and_file_order(rows, with_file_order):
    frame = pd.DataFrame(rows, columns=["customer", "moment", "file_order"])
    frame = frame.astype({"customer": "str", "moment": "int64", "file_order": "int64"})
    keys = ["customer", "moment", *(["file_order"] if with_file_order else [])]
    grouping = group_by_customer(
        frame["customer"], frame["moment"].to_numpy(), frame["file_order"].to_numpy() if with_file_order else None
    )
    assert grouping.order.tolist() == frame.sort_values(keys, kind="stable").index.tolist()
    assert grouping.customers.tolist() == sorted(set(frame["customer"]))
    sizes = frame.groupby("customer").size()
    assert np.diff(grouping.offsets).tolist() == sizes.tolist()


@pytest.mark.parametrize("n", [MOST_BY_INSERTION, MOST_BY_INSERTION + 1])
def test_a_long_account_out_of_order_keeps_ties_as_they_are(n):
    moments = np.arange(n)[::-1] // 2
    order = group_by_customer(pd.Series(["a"] * n, dtype="str"), moments).order
    assert order.tolist() == np.argsort(moments, kind="stable").tolist()


def test_blocks_hold_whole_customers_and_all_of_them(monkeypatch):
    monkeypatch.setattr("cxlib.capital.blocks.ENTRIES_PER_BLOCK", 4)
    offsets = np.array([0, 3, 3, 10, 11, 12, 30])
    starts = block_starts(offsets)
    assert starts.tolist()[0] == 0
    assert starts.tolist()[-1] == 6
    assert len(starts) > 3
    for threads in (1, 2, 5):
        seen = []
        for_each_block(lambda block, first, last, seen=seen: seen.append((block, first, last)), starts, threads=threads)
        assert sorted(seen) == [(i, starts[i], starts[i + 1]) for i in range(len(starts) - 1)]
    assert block_starts(np.array([0])).tolist() == [0]


def test_an_error_in_a_thread_is_raised():
    def fail(block, first, last):
        raise ValueError(f"block {block}")

    with pytest.raises(ValueError, match="block"):
        for_each_block(fail, np.array([0, 1, 2, 3]), threads=2)


def test_one_thread_or_many_give_the_same_arrays():
    random = np.random.default_rng(1)
    n = 400_000
    frame = pd.DataFrame(
        {
            "customer_id": pd.Series(random.integers(0, 20_000, n)).map("C{:06}".format).astype("str"),
            "occurred_at": pd.Timestamp("2026-01-01") + pd.to_timedelta(random.integers(0, 10**7, n), unit="s"),
            "gap": random.uniform(-1, 1, n),
        }
    )
    one, two = (experience_entries(frame, threads=threads) for threads in (1, 2))
    assert len(one.blocks) > 3
    for name in ("offsets", "seconds", "gap", "weight", "experience_row"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    by_pandas = frame.sort_values(["customer_id", "occurred_at"], kind="stable")
    np.testing.assert_array_equal(one.experience_row, by_pandas.index)
    np.testing.assert_array_equal(one.gap, by_pandas["gap"])


@given(st.floats(0.5, 10_000), st.lists(st.integers(0, 12 * 10**9), min_size=1))
def test_decay_is_the_power_at_any_span(half_life_days, spans):
    decay = Decay.of(half_life_days * 86_400, max(spans))
    for span in spans:
        counted = min(span, decay.longest)
        day, rest = divmod(counted, 86_400)
        kept = decay.days[day] * (decay.parts[rest >> 8] * decay.seconds[rest & 255])
        assert kept == pytest.approx(2.0 ** (-span / 86_400 / half_life_days), rel=1e-12, abs=1e-300)


def test_decay_of_whole_half_lives_is_exact_and_tables_stay_small():
    decay = Decay.of(10 * 86_400.0, 10**9)
    assert decay.days[[0, 10, 20, 30]].tolist() == [1, 0.5, 0.25, 0.125]
    assert decay.parts[0] == decay.seconds[0] == 1
    assert len(Decay.of(1.0, 10**11).days) == 1  # after 1,100 seconds nothing is left
    assert len(Decay.of(np.inf, 10**11).days) == 1
