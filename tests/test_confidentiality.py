from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.confidentiality import few_told, suppress_derivable, suppress_small_bases
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


def test_a_part_that_is_hidden_for_another_reason_is_guarded_like_a_small_one():
    frame = parts([100, 60, 20], is_told=[False, False, True])
    shown = suppress_derivable(frame, base="n", columns=["share"], hide="is_told")
    assert shown["share"].isna().tolist() == [False, True, True]
    # and a small one is guarded by it
    frame = parts([100, 60, 4], is_told=[True, False, False])
    shown = suppress_derivable(frame, base="n", columns=["share"], hide="is_told", parts="overlapping")
    assert shown["share"].isna().tolist() == [True, False, True]


def test_parts_of_no_total_known_are_those_of_one():
    frame = parts([100, 20, 4, 50, 3], phase=["a", "a", "a", None, None])
    shown = suppress_derivable(frame, base="n", columns=["share"], within="phase")
    assert shown["share"].isna().tolist() == [False, True, True, True, True]


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
    with pytest.raises(ParameterError, match="at least 1"):
        told(hidden_parts(("A", "X", 1)), smallest_base=smallest_base)


def test_a_missing_column_is_named():
    with pytest.raises(MissingColumnError, match="rate"):
        suppress_small_bases(parts([1]), base="n", columns=["rate"])
    with pytest.raises(MissingColumnError, match="the hidden parts lacks 'phase'"):
        told(hidden_parts().drop(columns="phase"))


def hidden_parts(*rows) -> pd.DataFrame:
    """Hidden parts from (stage, phase, customers)."""
    return pd.DataFrame(rows, columns=["stage", "phase", "n"])


def told(hidden, *, stages="ABCD", phases="XYZ", smallest_base=5) -> list:
    options = {"base": "n", "rows": "stage", "columns": "phase", "smallest_base": smallest_base}
    return list(few_told(hidden, shown_rows=list(stages), shown_columns=list(phases), **options))


def test_one_total_less_another_leaves_a_part():
    # A less X is the four customers of A and Y; each total by itself rests on enough
    hidden = hidden_parts(("A", "X", 3), ("A", "X", 6), ("A", "Y", 4), ("B", "Y", 7), ("B", "Z", 3), ("B", "Z", 6))
    assert (["A"], ["X"]) in told(hidden)
    # B less Z is the one part of B and Y, and Y less that is the four again
    assert (["B"], ["Z"]) in told(hidden, stages="B")
    assert not told(hidden, stages="") and not told(hidden, phases="")
    enough = hidden_parts(("A", "X", 9), ("A", "X", 9), ("A", "Y", 2), ("A", "Y", 3), ("B", "Y", 9), ("B", "Y", 9))
    assert not told(enough)
    assert (["A"], ["X"]) in told(enough, smallest_base=6)


def test_a_total_less_another_tells_how_two_differ():
    # neither part is told, but A less X is the one less the other: of four customers
    hidden = hidden_parts(("A", "Y", 2), ("B", "X", 2), ("A", "X", 30), ("B", "Y", 30))
    assert (["A"], ["X"]) in told(hidden)
    assert not told(hidden, smallest_base=4)


def test_a_single_part_is_told_however_many_are_behind_it():
    assert told(hidden_parts(("A", "X", 90)), phases="X") == [(["A"], []), ([], ["X"])]
    assert not told(hidden_parts(("A", "X", 90), ("A", "X", 80)))
    assert not told(hidden_parts(("A", "X", 0))) and not told(hidden_parts())


def test_parts_in_no_total_are_told_by_none():
    assert not told(hidden_parts((None, None, 2), ("other", np.nan, 1)))
    assert told(hidden_parts((None, "X", 2), (None, "X", 2)), phases="X") == [([], ["X"])]
    assert told(hidden_parts(("A", None, 2), ("A", None, 2)), phases="") == [(["A"], [])]


some_hidden = st.lists(
    st.tuples(st.sampled_from(["A", "B", "C", "D", None]), st.sampled_from(["X", "Y", None]), st.integers(1, 4)),
    min_size=1,
    max_size=6,
)


@given(some_hidden, st.sets(st.sampled_from("ABCD")), st.sets(st.sampled_from("XY")), st.integers(1, 8))
def test_few_are_told_where_linear_algebra_finds_them(rows, stages, phases, smallest_base):
    hidden = hidden_parts(*rows)
    found = told(hidden, stages=sorted(stages), phases=sorted(phases), smallest_base=smallest_base)
    assert bool(found) == tells_by_rank(hidden, stages, phases, smallest_base)
    for taken, less in found:
        left = hidden.loc[hidden["stage"].isin(taken) != hidden["phase"].isin(less), "n"]
        assert len(left) == 1 or 0 < left.sum() < smallest_base
        assert set(taken) <= stages and set(less) <= phases
    assert bool(told(hidden.iloc[::-1], stages=sorted(stages), phases=sorted(phases), smallest_base=smallest_base)) == (
        bool(found)
    )


def tells_by_rank(hidden, stages, phases, smallest_base) -> bool:
    """Whether anything about some parts alone, one or with too few behind them, follows from the totals."""
    totals = [hidden["stage"] == stage for stage in stages] + [hidden["phase"] == phase for phase in phases]
    if not totals or hidden.empty:
        return False
    totals = np.array(totals, float)
    for size in range(1, len(hidden) + 1):
        for some in combinations(range(len(hidden)), size):
            others = np.delete(totals, some, axis=1)
            is_few = size == 1 or hidden["n"].iloc[list(some)].sum() < smallest_base
            # a combination of the totals in which the others fall out
            if is_few and np.linalg.matrix_rank(totals) > (np.linalg.matrix_rank(others) if others.size else 0):
                return True
    return False
