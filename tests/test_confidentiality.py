import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import null_space

from cxlib.confidentiality import suppress_derivable, suppress_small_bases, tells_few
from cxlib.errors import MissingColumnError, ParameterError


def parts(bases, **columns) -> pd.DataFrame:
    return pd.DataFrame({"n": bases, "share": 0.5, **columns})


def test_small_bases_are_blanked_and_stay_visible_as_bases():
    frame = parts([4, 5, None])
    shown = suppress_small_bases(frame, base="n", columns=["share"])
    assert shown["share"].isna().tolist() == [True, False, True]
    assert shown["n"].tolist()[:2] == [4, 5]
    assert frame["share"].notna().all()


def test_counts_and_yes_or_no_are_blanked_too():
    frame = parts([1, 9], count=[1, 3], is_weakest=[True, False])
    shown = suppress_small_bases(frame, base="n", columns=["count", "is_weakest"])
    assert shown["count"].isna().tolist() == shown["is_weakest"].isna().tolist() == [True, False]


def test_the_next_smallest_part_hides_the_one_that_subtraction_would_tell():
    shown = suppress_derivable(parts([100, 20, 4]), base="n", columns=["share"])
    assert shown["share"].isna().tolist() == [False, True, True]


def test_several_small_parts_hide_one_another_if_they_are_enough():
    assert suppress_derivable(parts([100, 4, 3]), base="n", columns=["share"])["share"].isna().sum() == 2
    # 1 + 2 is still under 5: their sum would be a figure on three people
    assert suppress_derivable(parts([100, 20, 2, 1]), base="n", columns=["share"])["share"].isna().sum() == 3


def test_a_part_that_nobody_is_in_hides_nobody():
    assert suppress_derivable(parts([100, 20, 0]), base="n", columns=["share"])["share"].isna().tolist() == [
        False, False, True,
    ]  # fmt: skip


def test_totals_are_apart():
    frame = parts([100, 20, 4, 50, 60], phase=["a", "a", "a", "b", "b"])
    shown = suppress_derivable(frame, base="n", columns=["share"], within="phase")
    assert shown["share"].isna().tolist() == [False, True, True, False, False]


@given(st.lists(st.integers(0, 30), max_size=8), st.integers(1, 10))
def test_what_stays_hidden_can_never_be_told_from_the_total(bases, smallest_base):
    frame = parts(pd.Series(bases, dtype="int64"))
    shown = suppress_derivable(frame, base="n", columns=["share"], smallest_base=smallest_base)
    is_hidden = shown["share"].isna() & (frame["n"] > 0)
    assert (frame.loc[~shown["share"].isna(), "n"] >= smallest_base).all()
    if is_hidden.any() and not is_hidden[frame["n"] > 0].all():
        assert is_hidden.sum() >= 2
        assert frame.loc[is_hidden, "n"].sum() >= smallest_base


@pytest.mark.parametrize("smallest_base", [0, -1, float("nan")])
def test_protection_cannot_be_switched_off(smallest_base):
    for suppress in (suppress_small_bases, suppress_derivable):
        with pytest.raises(ParameterError, match="at least 1"):
            suppress(parts([1]), base="n", columns=["share"], smallest_base=smallest_base)


def test_a_missing_column_is_named():
    with pytest.raises(MissingColumnError, match="rate"):
        suppress_small_bases(parts([1]), base="n", columns=["rate"])


def test_one_total_less_another_leaves_a_part():
    # two totals, the second within the first: what is over is the last cell
    totals = [[1, 1, 1], [1, 1, 0]]
    assert tells_few(totals, [1, 1, 1], [6, 6, 6])  # a single part is told, however many are behind it
    assert not tells_few(totals, [1, 1, 2], [6, 6, 6])
    assert tells_few(totals, [1, 1, 2], [6, 6, 4])
    assert not tells_few(totals, [1, 1, 2], [6, 6, 4], smallest_base=4)
    assert not tells_few([[0, 0, 0]], [1, 1, 1], [1, 1, 1])


@given(
    st.integers(1, 5).flatmap(
        lambda n: st.tuples(
            st.lists(st.lists(st.integers(0, 1), min_size=n, max_size=n), min_size=1, max_size=6),
            st.lists(st.integers(1, 9), min_size=n, max_size=n),
        )
    )
)
def test_where_nothing_is_told_every_part_could_be_otherwise(case):
    totals, n_customers = case
    free = null_space(np.array(totals, float))
    can_differ = np.abs(free).max(axis=1, initial=0) > 1e-9
    told = tells_few(totals, [1] * len(n_customers), n_customers, smallest_base=1)
    assert told == (not can_differ.all())
