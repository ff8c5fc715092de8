"""A table by several columns beside those by fewer of them: nothing of few follows that these do not tell."""

from itertools import chain, combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.confidentiality import crossed_groups
from cxlib.errors import MissingColumnError, ParameterError


def groups_of(table, **columns) -> pd.DataFrame:
    """The groups of a table of segments (rows) and regions (columns)."""
    rows = [(f"s{i}", f"r{j}", n) for i, row in enumerate(table) for j, n in enumerate(row)]
    return pd.DataFrame(rows, columns=["segment", "region", "n"]).assign(share=0.5, **columns)


def hidden_in(frame, *, by=("segment", "region"), **options) -> list[bool]:
    shown = cx.suppress_crossed(frame, by=list(by), figures={"n": ["share"]}, **options)
    return shown["share"].isna().tolist()


def test_a_small_group_is_hidden_with_the_corners_of_the_smallest_rectangle():
    table = [[3, 20, 30], [40, 50, 60], [70, 80, 90]]
    assert hidden_in(groups_of(table)) == [True, True, False, True, True, False, False, False, False]
    # where every group is large enough, every group is shown
    assert not any(hidden_in(groups_of([[5, 20], [40, 50]])))
    assert hidden_in(groups_of(table), smallest_base=3) == [False] * 9


def test_by_one_column_it_is_suppress_derivable_and_by_none_the_smallest_base():
    frame = pd.DataFrame({"segment": list("abcd"), "n": [100, 20, 4, 0], "share": 0.5})
    by_rows = cx.suppress_derivable(frame, base="n", columns=["share"])["share"].isna().tolist()
    assert hidden_in(frame, by=["segment"]) == by_rows == [False, True, True, True]
    assert hidden_in(frame.head(1), by=[]) == [False] and hidden_in(frame.tail(1), by=[]) == [True]


def test_a_row_that_is_itself_hidden_needs_no_guard_of_its_cells():
    # s0 has four people and is not shown by segment, nor s1, which guards it: so their cells hide one another
    table = [[2, 2], [20, 20], [30, 30]]
    assert hidden_in(groups_of(table)) == [True, True, True, True, False, False]


def test_figures_on_two_bases_are_hidden_for_either():
    frame = groups_of([[20, 3], [30, 40]], k=[8, 3, 9, 9], value=1.0)
    assert cx.suppress_crossed(frame, by=["segment", "region"], figures={"k": ["value"]})["value"].isna().all()
    frame = frame.assign(n=[20, 6, 30, 40])
    shown = cx.suppress_crossed(frame, by=["segment", "region"], figures={"n": ["share", "value"], "k": ["value"]})
    assert shown["share"].notna().all() and shown["value"].isna().all()
    # what is hidden for the one base guards for the other: s1 and r1 of 60 would not be enough by themselves
    three = groups_of([[3, 20, 30], [40, 50, 60], [70, 80, 90]], k=[20, 20, 20, 20, 20, 20, 20, 20, 3], value=1.0)
    shown = cx.suppress_crossed(three, by=["segment", "region"], figures={"n": ["share", "value"], "k": ["value"]})
    assert shown["share"].isna().sum() == 4 and shown["value"].isna().sum() >= 5


def test_a_missing_level_and_one_called_all_are_levels():
    frame = groups_of([[3, 20], [40, 50]]).replace({"segment": {"s0": None}, "region": {"r0": "all"}})
    assert hidden_in(frame) == [True] * 4


def test_the_order_of_rows_does_not_matter_and_the_input_stays():
    frame = groups_of([[3, 20, 30], [40, 50, 60], [70, 80, 90]])
    before = frame.copy()
    turned = cx.suppress_crossed(frame[::-1], by=["segment", "region"], figures={"n": ["share"]})
    pd.testing.assert_frame_equal(frame, before)
    assert turned["share"].isna().sort_index().tolist() == hidden_in(frame)


def test_a_table_too_fine_for_its_people_shows_no_group():
    most = crossed_groups.MOST_SMALL_GROUPS
    table = [[1] * (most + 1), [50] * (most + 1)]
    assert all(hidden_in(groups_of(table)))
    assert not all(hidden_in(groups_of([[1] * 3 + [40] * 9, [50] * 12])))


def test_mistakes_are_named():
    with pytest.raises(MissingColumnError, match="regin"):
        hidden_in(groups_of([[1]]), by=["regin"])
    with pytest.raises(ParameterError, match="at least 1"):
        hidden_in(groups_of([[1]]), smallest_base=0)


# ---- who did not answer, by two columns beside each of them ----

VIEWS = ([], ["segment"], ["region"], ["segment", "region"])


def people_of(asked_counts, answered_counts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers and their answers: in each cell of the table the first so many answered."""
    rows = [
        (f"{i}-{j}-{k}", f"s{i}", f"r{j}", k < answered_counts[i][j])
        for i, row in enumerate(asked_counts)
        for j, n in enumerate(row)
        for k in range(n)
    ]
    asked = pd.DataFrame(rows, columns=["customer_id", "segment", "region", "has"])
    answers = asked.loc[asked["has"], ["customer_id"]].assign(
        score=[9, 3] * (asked["has"].sum() // 2) + [8] * (asked["has"].sum() % 2)
    )
    return asked.drop(columns="has"), answers


def told_by(ask, asked, answers, views, *, figure, base) -> set[tuple]:
    """The groups of few that the shown `figure` of these views tells, by the audit."""
    cells = asked[["segment", "region"]].drop_duplicates().reset_index(drop=True)
    everybody = ask(asked, answers, by=["segment", "region"], smallest_base=1)
    cells = cells.merge(everybody[["segment", "region", base]], on=["segment", "region"], validate="one_to_one")
    totals = []
    for by in views:
        shown = ask(asked, answers, by=by)
        for row in shown[shown[figure].notna()].to_dict("records"):
            totals.append([float(all(cell[key] == row[key] for key in by)) for cell in cells.to_dict("records")])
    matrix = pd.DataFrame(np.array(totals).reshape(len(totals), len(cells)), columns=cells.index)
    return set(cx.derivable_groups(cells.astype({base: "float64"}), matrix, base=base)["cells"])


FIGURES = [
    (cx.nonresponse, "response_share", "n_asked_customers"),
    (cx.headline_bounds, "response_share", "n_asked_customers"),
    (cx.headline_bounds, "value", "n_customers"),
]


@pytest.mark.parametrize(("ask", "figure", "base"), FIGURES)
def test_a_small_cell_is_not_told_by_its_row_less_its_neighbours(ask, figure, base):
    # three people of s0 live in r0; without a guard they are s0 less s0 in r1 and r2
    asked, answers = people_of([[3, 20, 30], [40, 50, 60]], [[3, 15, 20], [20, 25, 30]])
    shown = ask(asked, answers, by=["segment", "region"])
    assert shown[figure].isna().sum() == 4 and shown[figure].notna().sum() == 2
    assert told_by(ask, asked, answers, VIEWS, figure=figure, base=base) == set()


tables = st.integers(2, 3).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from([0, 1, 2, 3, 4, 6, 9, 14]), min_size=width, max_size=width), min_size=2, max_size=3
    )
)


@pytest.mark.parametrize(("ask", "figure", "base"), FIGURES)
@settings(max_examples=6)
@given(tables, st.data())
def test_the_table_by_two_columns_tells_of_few_only_what_those_by_one_tell(ask, figure, base, table, data):
    answered = [[data.draw(st.integers(n // 2, n)) for n in row] for row in table]
    asked, answers = people_of(table, answered)
    by_one = told_by(ask, asked, answers, VIEWS[:3], figure=figure, base=base)
    assert told_by(ask, asked, answers, VIEWS, figure=figure, base=base) == by_one


@settings(max_examples=10)
@given(
    st.lists(st.integers(0, 12), min_size=8, max_size=8),
    st.integers(2, 6),
)
def test_by_three_columns_too(counts, smallest_base):
    levels = [(a, b, c) for a in "ab" for b in "cd" for c in "ef"]
    frame = pd.DataFrame(levels, columns=["x", "y", "z"]).assign(n=counts, share=0.5)
    columns = ["x", "y", "z"]

    def shown_sums(sizes) -> list[list[float]]:
        sums = []
        for by in chain.from_iterable(combinations(columns, size) for size in sizes):
            groups = frame.groupby(list(by), as_index=False)["n"].sum() if by else pd.DataFrame({"n": [sum(counts)]})
            shown = cx.suppress_crossed(
                groups.assign(share=0.5), by=list(by), figures={"n": ["share"]}, smallest_base=smallest_base
            )
            for row in shown[shown["share"].notna()].to_dict("records"):
                sums.append([float(all(cell[key] == row[key] for key in by)) for cell in frame.to_dict("records")])
        return sums

    def told(sizes) -> set[tuple]:
        sums = shown_sums(sizes)
        totals = pd.DataFrame(np.array(sums).reshape(len(sums), len(frame)), columns=frame.index)
        return set(cx.derivable_groups(frame, totals, base="n", smallest_base=smallest_base)["cells"])

    assert told(range(4)) == told(range(3))
