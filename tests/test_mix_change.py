"""A change split into what the segments changed by and what another mix of them did."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.errors import MissingColumnError, ParameterError

MONTHS = {"then": "2026-01-10", "now": "2026-02-10"}


def answers(counts: dict[tuple[str, str], tuple[int, int]]) -> pd.DataFrame:
    """Of each month and segment: satisfied, asked."""
    rows = [
        (MONTHS[month], segment, score)
        for (month, segment), (good, asked) in counts.items()
        for score in [5.0] * good + [1.0] * (asked - good)
    ]
    frame = pd.DataFrame(rows, columns=["answered_at", "segment", "score"])
    return frame.assign(answered_at=pd.to_datetime(frame["answered_at"]))


# Charig et al. (1986), British Medical Journal 292: successes of two treatments of kidney stones, small and large. The
# second is worse for both and better in all (Julious & Mullee 1994, British Medical Journal 309: 78 and 83 %).
KIDNEY_STONES = {
    ("then", "small"): (81, 87), ("then", "large"): (192, 263),
    ("now", "small"): (234, 270), ("now", "large"): (55, 80),
}  # fmt: skip


def test_simpsons_paradox_is_found_and_said():
    row = cx.mix_change(answers(KIDNEY_STONES), metric="csat").iloc[0]
    assert row["change"] == pytest.approx(289 / 350 - 273 / 350)
    share_small, share_large = (87 + 270) / 700, (263 + 80) / 700
    within = share_small * (234 / 270 - 81 / 87) + share_large * (55 / 80 - 192 / 263)
    assert row["within"] == pytest.approx(within)
    assert row["within"] < 0 < row["change"]
    assert row["mix"] == pytest.approx(row["change"] - within)
    assert row["low_mix"] > 0
    assert row["verdict"] == "reversed"
    assert cx.mix_sentence(row) == (
        "February 2026: the total changed by +4.6 percentage points. Within the segments it changed by −5.4 percentage "
        "points; another mix of segments among those who answered changed it by +9.9 percentage points. Look at the "
        "segments one by one."
    )
    assert "Inom segmenten var ändringen −5,4 procentenheter" in cx.mix_sentence(row, language=cx.Language("sv"))


def test_a_change_that_is_all_mix_is_rarely_called_a_reversal():
    """Both segments answer as before, 80 and 20 % satisfied; four of five answer from the other one."""
    rng = np.random.default_rng(20261129)
    verdicts = []
    for _ in range(100):
        good = {("then", "a"): (160, 0.8), ("then", "b"): (40, 0.2), ("now", "a"): (40, 0.8), ("now", "b"): (160, 0.2)}
        counts = {of: (int(rng.binomial(asked, share)), asked) for of, (asked, share) in good.items()}
        verdicts.append(cx.mix_change(answers(counts), metric="csat").iloc[0]["verdict"])
    assert set(verdicts) <= {"mostly_mix", "reversed"}
    # one of ten is said in the docs; three standard errors of 100 draws above it
    assert verdicts.count("reversed") <= 19


def test_a_change_that_is_mostly_mix():
    counts = {("then", "a"): (72, 80), ("then", "b"): (8, 20), ("now", "a"): (17, 20), ("now", "b"): (32, 80)}
    row = cx.mix_change(answers(counts), metric="csat").iloc[0]
    assert row["verdict"] == "mostly_mix"
    assert cx.mix_sentence(row).startswith("February 2026: of the change of −31.0 percentage points, ")


def test_the_same_mix_is_no_mix():
    counts = {("then", "a"): (40, 50), ("then", "b"): (20, 50), ("now", "a"): (30, 50), ("now", "b"): (10, 50)}
    row = cx.mix_change(answers(counts), metric="csat").iloc[0]
    assert row["mix"] == pytest.approx(0)
    assert row["within"] == pytest.approx(-0.2)
    assert row["verdict"] == "none"
    assert cx.mix_sentence(row) == ""


def test_a_segment_that_one_period_lacks_is_mix():
    counts = {("then", "a"): (40, 50), ("now", "a"): (40, 50), ("now", "b"): (10, 50)}
    row = cx.mix_change(answers(counts), metric="csat", smallest_base=1).iloc[0]
    # the new one is small on the other side, and is so told apart only where one person may be
    assert row["within"] + row["mix"] == pytest.approx(row["change"])


def test_small_segments_count_as_one():
    few = {("then", "a"): (30, 50), ("then", "b"): (3, 3), ("then", "c"): (0, 4)}
    counts = {**few, ("now", "a"): (30, 50), ("now", "b"): (4, 4), ("now", "c"): (0, 3)}
    pooled = cx.mix_change(answers(counts), metric="csat").iloc[0]
    frame = answers(counts)
    by_hand = cx.mix_change(frame.assign(segment=frame["segment"].replace("c", "b")), metric="csat").iloc[0]
    columns = ["within", "mix", "low_mix", "high_within"]
    assert pooled[columns].tolist() == pytest.approx(by_hand[columns].tolist())


def test_within_gives_no_hidden_segment_away():
    # The score by segment hides b (3) and with it c (7). Their sum follows from the score of all, and within was a
    # second equation in the two, so that both could be solved for.
    rng = np.random.default_rng(1)
    counts = {("then", "b"): (15, 30), ("then", "c"): (20, 30), ("then", "d"): (9, 30), ("then", "e"): (21, 30)}
    counts |= {("now", "b"): (1, 3), ("now", "c"): (5, 7), ("now", "d"): (8, 20), ("now", "e"): (11, 40)}
    frame = answers(counts)
    now = cx.customer_satisfaction(frame.loc[frame["answered_at"] == MONTHS["now"]], by="segment")
    assert now["satisfied_share"].isna().tolist() == [True, True, False, False]
    row = cx.mix_change(frame, metric="csat").iloc[0]
    # what any answers with the same table by segment would give: the ones of b and c given to one another
    is_few = frame["segment"].isin(["b", "c"]) & (frame["answered_at"] == MONTHS["now"])
    for _ in range(5):
        other = frame.copy()
        other.loc[is_few, "score"] = rng.permutation(frame.loc[is_few, "score"])
        assert cx.mix_change(other, metric="csat").iloc[0].equals(row)
    by_hand = cx.mix_change(frame.replace({"segment": {"c": "b"}}), metric="csat").iloc[0]
    assert row["within"] == pytest.approx(by_hand["within"])


def test_a_month_by_itself_hides_a_segment_too():
    # by segment and month d guards b in the first month and b guards d in the second; each month by itself takes c
    counts = {("then", "a"): (9, 20), ("then", "b"): (3, 3), ("then", "c"): (6, 8), ("then", "d"): (2, 12)}
    counts |= {("now", "a"): (8, 20), ("now", "b"): (3, 8), ("now", "c"): (5, 6), ("now", "d"): (1, 4)}
    frame = answers(counts)
    hidden = set()
    for day in MONTHS.values():
        month = cx.customer_satisfaction(frame.loc[frame["answered_at"] == day], by="segment")
        hidden |= set(month.loc[month["satisfied_share"].isna(), "segment"])
    changes = cx.score_changes(frame, metric="csat", by="segment")
    hidden |= set(changes.loc[changes["value"].isna(), "segment"])
    assert hidden == {"b", "c", "d"}
    row = cx.mix_change(frame, metric="csat").iloc[0]
    by_hand = cx.mix_change(frame.replace({"segment": dict.fromkeys(hidden, "z")}), metric="csat").iloc[0]
    assert row["within"] == pytest.approx(by_hand["within"])


def test_where_every_segment_is_hidden_there_is_nothing_to_split():
    counts = {("then", "a"): (3, 8), ("then", "b"): (3, 4), ("now", "a"): (4, 9), ("now", "b"): (3, 7)}
    row = cx.mix_change(answers(counts), metric="csat").iloc[0]
    assert row["change"] == pytest.approx(7 / 16 - 6 / 12)
    assert row[["within", "low_within", "high_within", "mix", "low_mix", "high_mix"]].isna().all()
    assert row["verdict"] == "none"
    assert cx.mix_sentence(row) == ""


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.integers(0, 10), st.booleans(), st.integers(0, 8), st.sampled_from([1.0, 2.5])
        ),
        min_size=20, max_size=60,
    )
)  # fmt: skip
def test_the_parts_make_the_change(rows):
    frame = pd.DataFrame(rows, columns=["segment", "score", "is_now", "customer_id", "survey_weight"])
    frame["answered_at"] = pd.to_datetime(frame["is_now"].map({False: MONTHS["then"], True: MONTHS["now"]}))
    before = frame.copy(deep=True)
    table = cx.mix_change(frame)
    pd.testing.assert_frame_equal(frame, before)
    for _, row in table.dropna(subset="within").iterrows():
        assert row["within"] + row["mix"] == pytest.approx(row["change"], abs=1e-9)
        assert row["low_within"] <= row["within"] <= row["high_within"]
        assert row["low_mix"] <= row["mix"] <= row["high_mix"]


def test_the_interval_of_one_segment_is_that_of_a_difference_of_means():
    rng = np.random.default_rng(9)
    frame = answers({("then", "a"): (50, 100), ("now", "a"): (60, 100)}).assign(
        score=rng.integers(1, 6, 200).astype(float)
    )
    row = cx.mix_change(frame, metric="csat", statistic="mean").iloc[0]
    scores = [frame.loc[frame["answered_at"] == day, "score"] for day in MONTHS.values()]
    # s²/n of both months; leaving out an answer and 200 customers in all make it a little larger
    plain = 1.972 * np.sqrt(sum(each.var() / 100 for each in scores))
    assert row["high_within"] - row["within"] == pytest.approx(plain, rel=0.01)
    assert (row["low_mix"], row["mix"], row["high_mix"]) == pytest.approx((0, 0, 0))


def test_the_same_customers_make_the_parts_more_certain():
    rng = np.random.default_rng(10)
    level = rng.integers(2, 5, 120)
    now = np.clip(level + rng.integers(-1, 2, 120), 1, 5)
    frame = pd.DataFrame({"score": np.concatenate([level, now]).astype(float), "segment": ["a", "b"] * 120})
    frame["answered_at"] = pd.to_datetime([MONTHS["then"]] * 120 + [MONTHS["now"]] * 120)
    known = cx.mix_change(frame.assign(customer_id=[*range(120)] * 2), metric="csat", statistic="mean").iloc[0]
    unknown = cx.mix_change(frame, metric="csat", statistic="mean").iloc[0]
    assert known["within"] == unknown["within"]
    assert known["high_within"] - known["low_within"] < 0.9 * (unknown["high_within"] - unknown["low_within"])


def test_periods_that_cannot_be_compared_have_no_row():
    frame = answers({("then", "a"): (2, 4), ("now", "a"): (40, 50)})
    table = cx.mix_change(frame, metric="csat")
    assert table.empty
    assert {"within", "mix", "verdict"} <= set(table.columns)
    assert cx.mix_change(answers(KIDNEY_STONES), metric="csat", against="year_before").empty


def test_what_is_asked_for_must_be_there():
    frame = answers(KIDNEY_STONES)
    with pytest.raises(MissingColumnError, match="'channel'"):
        cx.mix_change(frame, segment="channel")
    with pytest.raises(ParameterError, match="against is 'last_year'; allowed: before, year_before"):
        cx.mix_change(frame, against="last_year")
