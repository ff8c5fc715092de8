"""What a metric's groups hide, so that no total beside them tells of too few."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.confidentiality.audit import derivable_groups
from cxlib.confidentiality.totals import crossed_totals
from cxlib.metrics.answers import answers_of
from cxlib.metrics.hiding import hidden_groups


def answers(table) -> pd.DataFrame:
    """So many answers, each of somebody else, in every cell of a table."""
    counts = pd.DataFrame(table)
    segment, month = (levels.ravel() for levels in np.meshgrid(counts.index, counts.columns, indexing="ij"))
    n = counts.to_numpy().ravel()
    frame = pd.DataFrame({"segment": np.repeat(segment, n), "month": np.repeat(month, n)})
    return frame.assign(score=10.0 - frame.index % 3, customer_id=frame.index)


def hidden(frame, by) -> pd.Series:
    table = cx.net_promoter_score(frame, by=by)
    return table.set_index(by)["nps_points"].isna()


def test_the_next_smallest_segment_goes_too_where_all_are_known():
    frame = answers({"m": {"a": 40, "b": 30, "c": 3}})
    # with b shown: 73 answers of all less 70 are the three of c
    assert hidden(frame, "segment").to_dict() == {"a": False, "b": True, "c": True}
    assert not hidden(answers({"m": {"a": 40, "b": 30, "c": 5}}), "segment").any()


def test_two_small_segments_hide_each_other_if_they_are_enough_people():
    assert hidden(answers({"m": {"a": 40, "b": 3, "c": 3}}), "segment").to_dict() == {"a": False, "b": True, "c": True}
    assert hidden(answers({"m": {"a": 40, "b": 2, "c": 2}}), "segment").all()
    # the same three people answered about both
    same = answers({"m": {"a": 40, "b": 3, "c": 3}})
    same.loc[same["segment"] == "c", "customer_id"] = same.loc[same["segment"] == "b", "customer_id"].to_numpy()
    assert hidden(same, "segment").all()


def test_a_segment_of_nobody_hides_nobody():
    frame = answers({"m": {"a": 40, "b": 30}})
    unanswered = pd.DataFrame({"segment": ["c"] * 9, "score": np.nan, "month": "m", "customer_id": range(900, 909)})
    assert hidden(pd.concat([frame, unanswered]), "segment").to_dict() == {"a": False, "b": False}


def test_a_cell_of_two_keys_takes_three_more_with_it():
    """Its segment over all months, and its month over all segments, are known too: a rectangle has to go."""
    counts = {m: {"a": 40, "b": 30, "c": 9} for m in range(1, 5)}
    counts[2]["c"] = 3
    cells = hidden(answers(counts), ["segment", "month"])
    assert cells.sum() == 4
    assert set(cells[cells].index.get_level_values("month")) == {1, 2}
    assert set(cells[cells].index.get_level_values("segment")) == {"b", "c"}


def test_lines_taken_from_one_another_tell_nothing_either():
    """Two rectangles of hidden cells that hang together by one small cell: every line has two hidden cells or more."""
    counts = pd.DataFrame(40, index=list("abcd"), columns=range(1, 5))
    for segment, month in [("a", 1), ("a", 2), ("b", 1), ("b", 2), ("c", 3), ("c", 4), ("d", 3), ("d", 4), ("a", 3)]:
        counts.loc[segment, month] = 3
    cells = hidden(answers(counts), ["segment", "month"])
    assert cells.sum() == 10  # a + b − 1 − 2 would be the cell (a, 3)
    assert told(answers(counts), TABLES) == [set()]


BY = ["segment", "month"]
TABLES = {(): None, ("segment",): "segment", ("month",): "month", ("segment", "month"): BY}


def told(frame, *choices) -> list[set]:
    """What each choice of a metric's tables tells of fewer than five people together, as sets of cells."""
    frame = frame.astype(dict.fromkeys(BY, "str"))
    cells = frame.groupby(BY)["customer_id"].agg(frozenset).rename("people").reset_index()
    totals = crossed_totals(cells, by=BY)
    shown = {}
    for keys, by in TABLES.items():
        table = cx.mean_score(frame, by=by)
        rows = table.loc[table["mean_score"].notna()].to_dict("records")
        shown[keys] = {tuple(row.get(key, "all") for key in BY) for row in rows}
    published = [set().union(*(shown[keys] for keys in choice)) for choice in choices]
    chosen = [totals.loc[[name in names for name in totals.index]] for names in published]
    return [set(derivable_groups(cells, each, base="people")["cells"]) for each in chosen]


COUNTS = st.lists(
    st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 7, 20]), min_size=3, max_size=3), min_size=2, max_size=5
).filter(np.any)


@settings(max_examples=25)
@given(COUNTS)
def test_a_table_tells_nothing_of_too_few_that_its_totals_do_not_tell_alone(counts):
    whole, segment, month, both = TABLES
    frame = answers(pd.DataFrame(counts, columns=[1, 2, 3]))
    choices = [[whole, segment], [whole, month], [whole, segment, month], [whole, segment, month, both]]
    by_segment, by_month, by_each, by_both = told(frame, *choices)
    assert not by_segment and not by_month
    assert by_both <= by_each


@settings(max_examples=25)
@given(COUNTS, st.integers(1, 6))
def test_what_is_hidden_hangs_on_bases_alone_and_not_on_the_order(counts, smallest_base):
    frame = answers(pd.DataFrame(counts, columns=[1, 2, 3]))

    def groups(frame):
        taken = answers_of(frame, metric="nps", scale=None, by=BY)
        return taken.groups.assign(is_hidden=hidden_groups(taken, smallest_base=smallest_base))

    found = groups(frame)
    pd.testing.assert_frame_equal(groups(frame.sample(frac=1, random_state=1).assign(score=3.0)), found)
    n = frame.groupby(BY).size().to_numpy()
    assert found.loc[n < smallest_base, "is_hidden"].all()
    assert found["is_hidden"].any() == (n < smallest_base).any()


def test_of_three_keys_each_line_hides_two_groups_or_none():
    frame = pd.concat([answers({m: {"a": 40, "b": 30, "c": 9} for m in range(3)}).assign(channel=c) for c in "xy"])
    frame["customer_id"] = range(len(frame))
    few = frame.loc[(frame["segment"] == "c") & (frame["month"] == 1) & (frame["channel"] == "x")].index[3:]
    frame = frame.reset_index(drop=True).drop(index=few)
    table = cx.net_promoter_score(frame, by=["segment", "month", "channel"])
    is_hidden = table["nps_points"].isna()
    for keys in (["segment", "month"], ["segment", "channel"], ["month", "channel"]):
        per_line = is_hidden.groupby([table[key] for key in keys]).sum()
        assert set(per_line) == {0, 2}


def test_a_response_rate_hides_what_nonresponse_hides():
    rng = np.random.default_rng(3)
    for _ in range(20):
        segment = np.repeat(list("abcd"), rng.choice([2, 3, 4, 6, 12], 4))
        asked = pd.DataFrame({"customer_id": range(len(segment)), "segment": segment})
        score = np.where(rng.random(len(segment)) < 0.6, 9.0, np.nan)
        rate = cx.response_rate(asked.assign(score=score), by="segment")
        other = cx.nonresponse(asked, asked.assign(score=score), by="segment")
        assert rate["response_share"].isna().tolist() == other["response_share"].isna().tolist()
        assert rate["n_asked"].tolist() == other["n_asked_customers"].tolist()


def test_a_wide_table_with_many_small_groups_takes_no_time():
    rng = np.random.default_rng(4)
    n = 12_000
    frame = pd.DataFrame({"segment": rng.integers(0, 60, n), "month": rng.integers(0, 60, n), "score": 10.0})
    table = cx.net_promoter_score(frame, by=["segment", "month"])
    assert (table["n_customers"] < 5).mean() > 0.5
    assert table.loc[table["n_customers"] < 5, "nps_points"].isna().all()


def test_a_smallest_base_under_one_is_refused():
    with pytest.raises(cx.errors.ParameterError, match="smallest_base must be at least 1, found 0"):
        cx.net_promoter_score(answers({"m": {"a": 9}}), by="segment", smallest_base=0)
