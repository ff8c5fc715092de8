"""What published totals tell of small cells, and which of them are withheld."""

from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cxlib.confidentiality import suppress_derivable
from cxlib.confidentiality.audit import derivable_groups, feasible_counts
from cxlib.confidentiality.totals import ALL, crossed_totals, total_bases
from cxlib.confidentiality.withholding import withheld_totals
from cxlib.errors import MissingColumnError, ParameterError


def cells_of(bases, **columns) -> pd.DataFrame:
    return pd.DataFrame({"n": bases, **columns})


def table_of(bases) -> pd.DataFrame:
    """The cells of a table of segments (rows) and phases (columns)."""
    rows = [(f"s{i}", f"p{j}", n) for i, row in enumerate(bases) for j, n in enumerate(row)]
    return pd.DataFrame(rows, columns=["segment", "phase", "n"])


def totals_of(cells, **members) -> pd.DataFrame:
    """Totals by name, each of the places of its cells."""
    rows = [[float(place in places) for place in range(len(cells))] for places in members.values()]
    return pd.DataFrame(rows, index=list(members), columns=cells.index)


# ---- the totals of a table ----


def test_a_table_has_its_cells_its_margins_and_the_sum_of_all():
    totals = crossed_totals(table_of([[1, 2], [3, 4]]), by=["segment", "phase"])
    assert list(totals.index) == [
        ("s0", "p0"), ("s0", "p1"), ("s1", "p0"), ("s1", "p1"),
        ("s0", ALL), ("s1", ALL), (ALL, "p0"), (ALL, "p1"), (ALL, ALL),
    ]  # fmt: skip
    assert totals.loc[("s1", ALL)].tolist() == [0, 0, 1, 1]
    assert total_bases(table_of([[1, 2], [3, 4]]), totals, base="n").loc[(ALL, "p1")] == 6


def test_a_total_of_the_same_cells_is_the_same_total_and_a_missing_level_is_one():
    cells = pd.DataFrame({"segment": ["a", None], "phase": ["x", "x"], "n": [9, 3]})
    totals = crossed_totals(cells, by=["segment", "phase"])
    assert totals.to_numpy().tolist() == [[1, 0], [0, 1], [1, 1]]


def test_what_cannot_be_a_table_of_totals_is_refused():
    cells = table_of([[1, 2]])
    with pytest.raises(ParameterError, match="by is empty"):
        crossed_totals(cells, by=[])
    with pytest.raises(MissingColumnError, match="stage"):
        crossed_totals(cells, by=["stage"])
    with pytest.raises(ParameterError, match="a level is called 'all'"):
        crossed_totals(cells.assign(phase="all"), by=["phase"])
    totals = crossed_totals(cells, by=["phase"])
    with pytest.raises(ParameterError, match="1 cells have no n"):
        derivable_groups(cells.assign(n=[1, None]), totals, base="n")
    with pytest.raises(ParameterError, match="same name"):
        derivable_groups(cells.set_axis([0, 0]), totals, base="n")
    with pytest.raises(ParameterError, match="that are not there, such as 1"):
        derivable_groups(cells.iloc[:1], totals, base="n")
    with pytest.raises(ParameterError, match="no finite number"):
        derivable_groups(cells, totals * np.inf, base="n")


# ---- the audit ----


def test_a_total_less_its_other_parts_tells_the_last():
    cells = cells_of([40, 30, 3])
    told = derivable_groups(cells, totals_of(cells, all=[0, 1, 2], a=[0], b=[1]), base="n")
    assert told.to_dict("records") == [{"cells": (2,), "n_people": 3, "totals": ("all", "a", "b")}]
    assert derivable_groups(cells, totals_of(cells, all=[0, 1, 2], a=[0]), base="n").empty


def test_totals_that_cut_through_one_another_tell_how_two_cells_differ():
    # (0 + 1) − (1 + 2) is cell 0 less cell 2, of two people each
    cells = cells_of([2, 30, 2])
    told = derivable_groups(cells, totals_of(cells, left=[0, 1], right=[1, 2]), base="n")
    assert told["cells"].tolist() == [(0, 2)]
    assert derivable_groups(cells, totals_of(cells, left=[0, 1], right=[1, 2]), base="n", smallest_base=4).empty


def test_a_long_way_round_is_found():
    # all less the rows s1 and s2, less the column p0, plus its cells in those rows: what is left is s0 without p0
    cells = table_of([[9, 2, 2], [9, 9, 9], [9, 9, 9]])
    totals = crossed_totals(cells, by=["segment", "phase"])
    shown = totals.loc[[(ALL, ALL), ("s1", ALL), ("s2", ALL), (ALL, "p0"), ("s1", "p0"), ("s2", "p0")]]
    told = derivable_groups(cells, shown, base="n")
    assert told["cells"].tolist() == [(1, 2)]
    assert len(told["totals"].iloc[0]) == 6


def test_a_person_in_several_cells_counts_once():
    # everything less the month is the two months before: three people, though each of them is in both
    cells = pd.DataFrame({"who": [set("abc"), set("abc"), set("abcdefgh")]}, index=["Aug", "Sep", "Oct"])
    totals = totals_of(cells, quarter=[0, 1, 2], october=[2])
    told = derivable_groups(cells, totals, base="who")
    assert told.to_dict("records") == [{"cells": ("Aug", "Sep"), "n_people": 3, "totals": ("quarter", "october")}]
    shown = withheld_totals(cells, totals, base="who", keep=["quarter"])
    assert shown["who"].tolist() == [8, 8] and shown["is_withheld"].tolist() == [False, True]
    assert derivable_groups(cells.assign(n=[3, 3, 8]), totals, base="n").empty
    with pytest.raises(ParameterError, match="sets of people in some cells and none in others"):
        derivable_groups(cells.assign(who=[set("abc"), 3, 8]), totals, base="who")


def test_a_cell_of_nobody_hides_nobody():
    cells = cells_of([40, 3, 0])
    # the nobody of cell 2 blurs nothing either
    told = derivable_groups(cells, totals_of(cells, all=[0, 1, 2], a=[0]), base="n")
    assert told["cells"].tolist() == [(1,)]
    assert derivable_groups(cells_of([40, 0]), totals_of(cells_of([40, 0]), all=[0, 1], a=[0]), base="n").empty


def test_without_totals_or_without_small_cells_nothing_is_told():
    cells = cells_of([3, 3])
    assert derivable_groups(cells, totals_of(cells).reindex(columns=cells.index), base="n").empty
    cells = cells_of([5, 9])
    assert derivable_groups(cells, totals_of(cells, all=[0, 1], a=[0]), base="n").empty


def exact_rank(rows) -> int:
    """The rank over the rationals, by elimination: no rounding."""
    rows = [[Fraction(int(value)) for value in row] for row in rows]
    rank = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][column] / rows[rank][column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank


def told_by_elimination(bases, matrix, smallest_base) -> set[tuple]:
    """Every smallest group of too few of which some combination of the totals is left when all others fall out."""
    met = [place for place, n in enumerate(bases) if n > 0]
    rank = exact_rank([[row[place] for place in met] for row in matrix])
    found: set[tuple] = set()
    for size in range(1, len(met) + 1):
        for group in combinations(met, size):
            if sum(bases[place] for place in group) >= smallest_base or any(set(told) <= set(group) for told in found):
                continue
            others = [place for place in met if place not in group]
            if rank > exact_rank([[row[place] for place in others] for row in matrix]):
                found.add(group)
    return found


some_bases = st.lists(st.sampled_from([0, 1, 1, 2, 3, 4, 6, 20]), min_size=1, max_size=6)


@st.composite
def cells_and_totals(draw):
    bases = draw(some_bases)
    matrix = draw(st.lists(st.lists(st.integers(0, 1), min_size=len(bases), max_size=len(bases)), max_size=6))
    cells = cells_of(pd.Series(bases, dtype="int64"))
    totals = pd.DataFrame(np.array(matrix, float).reshape(len(matrix), len(bases)), columns=cells.index)
    return cells, totals


@settings(max_examples=60)
@given(cells_and_totals(), st.integers(1, 7))
def test_the_audit_finds_what_elimination_without_rounding_finds(drawn, smallest_base):
    cells, totals = drawn
    told = derivable_groups(cells, totals, base="n", smallest_base=smallest_base)
    expected = told_by_elimination(list(cells["n"]), totals.to_numpy().tolist(), smallest_base)
    assert set(told["cells"]) == expected
    for group, used in zip(told["cells"], told["totals"], strict=True):
        # the totals that are named tell it, or a part of it, by themselves
        by_used = told_by_elimination(list(cells["n"]), totals.loc[list(used)].to_numpy().tolist(), smallest_base)
        assert any(set(smaller) <= set(group) for smaller in by_used)


# ---- what a count can be ----


def test_nothing_of_several_is_nothing_of_each():
    cells = cells_of([3, 4, 90], k=[0, 0, 10])
    known = feasible_counts(cells, totals_of(cells, all=[0, 1, 2], c=[2]), base="n", count="k")
    assert known["is_told"].tolist() == [True, True, True]
    # 1 of 7 may lie in either
    cells = cells_of([3, 4, 90], k=[0, 1, 10])
    known = feasible_counts(cells, totals_of(cells, all=[0, 1, 2], c=[2]), base="n", count="k")
    assert known[["low_count", "high_count"]].to_numpy().tolist() == [[0, 1], [0, 1], [10, 10]]
    # 6 of 7: at least 2 of the 3
    cells = cells_of([3, 4, 90], k=[2, 4, 10])
    known = feasible_counts(cells, totals_of(cells, all=[0, 1, 2], c=[2]), base="n", count="k")
    assert known[["low_count", "high_count"]].to_numpy().tolist() == [[2, 3], [3, 4], [10, 10]]


def test_a_count_that_is_none_is_refused():
    cells = cells_of([3, 4], k=[1, 5])
    with pytest.raises(ParameterError, match="k of 1 cells, such as 1, is no whole number from 0 to the base"):
        feasible_counts(cells, totals_of(cells, all=[0, 1]), base="n", count="k")


@settings(max_examples=40)
@given(cells_and_totals(), st.data())
def test_the_limits_of_a_count_hold_every_table_that_fits(drawn, data):
    cells, totals = drawn
    cells = cells.iloc[:4].assign(n=cells["n"].clip(upper=4))
    totals = totals[cells.index]
    cells = cells.assign(k=[data.draw(st.integers(0, int(n))) for n in cells["n"]])
    known = feasible_counts(cells, totals, base="n", count="k")
    values = totals.to_numpy() @ cells["k"].to_numpy()
    fitting = np.array(
        [
            table
            for table in product(*(range(int(n) + 1) for n in cells["n"]))
            if np.array_equal(totals.to_numpy() @ np.array(table), values)
        ]
    )
    assert (known["low_count"] <= fitting.min(axis=0)).all() and (known["high_count"] >= fitting.max(axis=0)).all()
    is_two_way = len(cells) < 4  # totals of at most three cells are totally unimodular
    if is_two_way:
        assert known["low_count"].tolist() == fitting.min(axis=0).tolist()
        assert known["high_count"].tolist() == fitting.max(axis=0).tolist()


# ---- what is withheld ----


def test_one_small_cell_takes_three_others_with_it():
    cells = table_of([[3, 20, 30], [40, 50, 60], [70, 80, 90]])
    totals = crossed_totals(cells, by=["segment", "phase"])
    shown = withheld_totals(cells, totals, base="n")
    # the rectangle with the fewest people of all that have the cell as a corner
    assert list(shown.index[shown["is_withheld"]]) == [("s0", "p0"), ("s0", "p1"), ("s1", "p0"), ("s1", "p1")]
    assert list(shown.index[shown["is_small"]]) == [("s0", "p0")]


def test_where_there_is_one_total_it_is_what_suppress_derivable_does():
    bases = [100, 60, 20, 4]
    cells = cells_of(bases, part=list("abcd"))
    shown = withheld_totals(cells, crossed_totals(cells, by=["part"]), base="n", keep=[(ALL,)])
    by_rows = suppress_derivable(cells.assign(share=0.5), base="n", columns=["share"])
    assert shown["is_withheld"].tolist() == [*by_rows["share"].isna(), False]


def test_a_count_of_nobody_is_withheld_with_what_tells_it():
    cells = table_of([[3, 4, 30], [40, 50, 60], [70, 80, 90]]).assign(k=[0, 0, 9, 10, 11, 12, 13, 14, 15])
    totals = crossed_totals(cells, by=["segment", "phase"])
    plain = withheld_totals(cells, totals, base="n")
    assert feasible_counts(cells, totals[~plain["is_withheld"]], base="n", count="k")["is_told"].iloc[:2].all()
    careful = withheld_totals(cells, totals, base="n", count="k")
    assert careful["is_withheld"].sum() > plain["is_withheld"].sum()
    known = feasible_counts(cells, totals[~careful["is_withheld"]], base="n", count="k")
    assert not known["is_told"].iloc[:2].any()


def test_what_is_kept_may_not_tell_of_few():
    cells = cells_of([40, 3])
    totals = totals_of(cells, all=[0, 1], a=[0], b=[1])
    assert withheld_totals(cells, totals, base="n", keep=["all"])["is_withheld"].tolist() == [False, True, True]
    with pytest.raises(ParameterError, match="'b' is to be kept, but rests on fewer than 5"):
        withheld_totals(cells, totals, base="n", keep=["b"])
    with pytest.raises(ParameterError, match="'all', 'a' are to be kept, but tell of too few people together"):
        withheld_totals(cells, totals, base="n", keep=["all", "a"])
    with pytest.raises(ParameterError, match="no total 'c'"):
        withheld_totals(cells, totals, base="n", keep=["c"])


tables = st.integers(2, 3).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 7, 12, 30]), min_size=width, max_size=width), min_size=2, max_size=4
    )
)


@settings(max_examples=20)
@given(tables, st.integers(1, 6))
def test_nothing_hidden_follows_from_any_combination_of_what_is_shown(bases, smallest_base):
    cells = table_of(bases)
    totals = crossed_totals(cells, by=["segment", "phase"])
    shown = withheld_totals(cells, totals, base="n", smallest_base=smallest_base)
    left = totals.loc[~shown["is_withheld"]]
    assert told_by_elimination(list(cells["n"]), left.to_numpy().tolist(), smallest_base) == set()
    # nothing is withheld that could be shown
    for name in shown.index[shown["is_withheld"] & ~shown["is_small"]]:
        more = pd.concat([left, totals.loc[[name]]])
        assert told_by_elimination(list(cells["n"]), more.to_numpy().tolist(), smallest_base)


@settings(max_examples=25)
@given(cells_and_totals(), st.integers(2, 6))
def test_as_few_as_can_be_are_withheld(drawn, smallest_base):
    cells, totals = drawn
    totals = totals.loc[~totals.duplicated()]
    shown = withheld_totals(cells, totals, base="n", smallest_base=smallest_base)
    size = int(shown["is_withheld"].sum())
    assume(size > 0)
    for fewer in combinations(range(len(totals)), size - 1):
        left = totals.drop(index=totals.index[list(fewer)])
        assert told_by_elimination(list(cells["n"]), left.to_numpy().tolist(), smallest_base)


@settings(max_examples=10)
@given(tables, st.data())
def test_no_count_of_few_is_told_by_what_is_shown(bases, data):
    cells = table_of(bases)
    cells = cells.assign(k=[data.draw(st.integers(0, int(n))) for n in cells["n"]])
    totals = crossed_totals(cells, by=["segment", "phase"])
    shown = withheld_totals(cells, totals, base="n", count="k")
    known = feasible_counts(cells, totals.loc[~shown["is_withheld"]], base="n", count="k")
    assert not known["is_told"][(cells["n"] > 0) & (cells["n"] < 5)].any()
