"""Which words detractors and promoters write more: by hand, by the paper's formula, and never a comment."""

import math
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib import charts
from cxlib.charts.keyness import MOST_WORDS
from cxlib.comments import STOP_WORDS, words_of
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.language import Language

DEMO = Path(__file__).parents[1] / "data" / "demo"
OLIST = Path(__file__).parents[1] / "data" / "olist"


# ---- words ----


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("Fakturan var FÖR hög!", {"fakturan", "hög"}),
        ("El-räkningen, e-fakturan och själv-service", {"el-räkningen", "e-fakturan", "själv-service"}),
        ("Räk\u00adning", {"räkning"}),
        ("åäö ÅÄÖ é", {"åäö"}),
        ("Customer service wasn't there, it’s no one's fault", {"customer", "service", "wasn't", "no", "fault"}),
        ("a b c", set()),
        ("Inte nöjd, aldrig mer", {"inte", "nöjd", "aldrig"}),
        ("Not happy, never again", {"not", "happy", "never"}),
        ("Kund C00123, tel 070-1234567, b2b 4G", {"kund", "tel"}),
        ("skriv till eva.berg@example.org eller https://example.org/hemlig?id=eva", {"skriv"}),
        ("100 m² och CO₂", set()),
        ("", set()),
        ("🙂 … — !!", set()),
    ],
)
def test_a_comment_is_its_words(comment, words):
    assert words_of(comment) == words


def test_the_letter_with_a_ring_is_one_letter_however_it_is_written():
    assert words_of("pa\u030aminnelse") == words_of("påminnelse") == {"påminnelse"}


def test_stop_words_are_of_both_languages_and_can_be_others():
    assert {"och", "att", "är", "the", "and", "don't"} - STOP_WORDS == {"don't"}
    assert not {"inte", "aldrig", "ingen", "not", "never", "no"} & STOP_WORDS
    assert all(word == word.lower() for word in STOP_WORDS)
    assert words_of("och bra", stop_words={"bra"}) == {"och"}


@given(st.text(max_size=60))
def test_every_word_is_of_letters_and_small(text):
    for word in words_of(text):
        assert len(word) >= 2 and word == word.lower() and not any(letter.isdigit() for letter in word)
        assert not set(word) & set(" @.,:/\n")


# ---- keyness ----


def answers(*rows) -> pd.DataFrame:
    """Answers of (customer, score, comment)."""
    return pd.DataFrame(rows, columns=["customer_id", "score", "comment"])


def some(side: str, n: int, comment: str, *, score: int, start: int = 0) -> list[tuple]:
    return [(f"{side}{i}", score, comment) for i in range(start, start + n)]


BY_HAND = answers(
    *some("d", 8, "dyr faktura", score=2),
    *some("d", 2, "faktura", score=5, start=8),
    *some("p", 2, "dyr faktura", score=9),
    *some("p", 18, "faktura", score=10, start=2),
    *some("q", 5, "dyr", score=7),  # passives count on neither side
)


def test_the_log_odds_by_hand():
    found = cx.comment_keyness(BY_HAND, prior_people=10, smallest_base=2).set_index("word")
    dyr = found.loc["dyr"]
    assert dyr[["n_detractors", "n_promoters"]].tolist() == [8, 2]
    assert dyr[["n_detractors_wrote", "n_promoters_wrote"]].tolist() == [10, 20]
    assert dyr[["detractor_share", "promoter_share"]].tolist() == [0.8, 0.1]
    # a = 10 · 10.5 / 31 = 3.387, b = 6.613: (8 + a) / (2 + b) against (2 + a) / (18 + b)
    a, b = 105 / 31, 205 / 31
    assert dyr["log_odds"] == pytest.approx(math.log((8 + a) / (2 + b)) - math.log((2 + a) / (18 + b)))
    variance = 1 / (8 + a) + 1 / (2 + b) + 1 / (2 + a) + 1 / (18 + b)
    assert dyr["z"] == pytest.approx(dyr["log_odds"] / math.sqrt(variance))
    assert dyr["high_log_odds"] - dyr["log_odds"] == pytest.approx(1.959964 * math.sqrt(variance), abs=1e-6)
    # everybody wrote it: no difference worth a word
    assert abs(found.loc["faktura", "z"]) < 0.5
    assert found["may_be_chance"].to_dict() == {"dyr": False, "faktura": True}


def test_with_next_to_no_prior_it_is_the_log_odds_ratio_of_the_table():
    # Woolf's logit: ln(8·18 / (2·2)) with the variance 1/8 + 1/2 + 1/2 + 1/18
    dyr = cx.comment_keyness(BY_HAND, prior_people=1e-9, smallest_base=2).set_index("word").loc["dyr"]
    assert dyr["log_odds"] == pytest.approx(math.log(36))
    assert dyr["z"] == pytest.approx(math.log(36) / math.sqrt(1 / 8 + 1 / 2 + 1 / 2 + 1 / 18))


def test_it_is_the_papers_formula_in_arrays():
    # Monroe, Colaresi & Quinn (2008), equations 16, 19 and 20 (with both terms of each side's variance), written anew
    rng = np.random.default_rng(4)
    words = [f"ord{letter}" for letter in "abcdef"]
    texts = [" ".join(word for word in words if rng.random() < 0.3) or "tom" for _ in range(90)]
    frame = answers(*((f"c{i}", 3 if i < 40 else 10, text) for i, text in enumerate(texts)))
    found = cx.comment_keyness(frame, prior_people=30).set_index("word")
    y_i = np.array([sum(word in text.split() for text in texts[:40]) for word in found.index])
    y_j = np.array([sum(word in text.split() for text in texts[40:]) for word in found.index])
    alpha = 30 * (y_i + y_j + 0.5) / 91
    omega_i = (y_i + alpha) / (40 + 30 - y_i - alpha)
    omega_j = (y_j + alpha) / (50 + 30 - y_j - alpha)
    variance = sum(1 / (y + alpha) + 1 / (n + 30 - y - alpha) for y, n in ((y_i, 40), (y_j, 50)))
    assert found["z"].to_numpy() == pytest.approx(np.log(omega_i / omega_j) / np.sqrt(variance))


def test_one_angry_customer_is_one():
    rows = [*some("d", 5, "tråkigt", score=1), *[("d0", 0, "hiskeligt " * 9)] * 30, *some("p", 6, "fint", score=10)]
    found = cx.comment_keyness(answers(*rows), smallest_base=1).set_index("word")
    assert found.loc["hiskeligt", ["n_detractors", "n_promoters"]].tolist() == [1, 0]
    assert "hiskeligt" not in set(cx.comment_keyness(answers(*rows))["word"])


def test_who_answered_as_both_is_on_both_sides():
    rows = [*some("d", 5, "faktura", score=1), *some("d", 5, "faktura", score=10)]
    found = cx.comment_keyness(answers(*rows)).iloc[0]
    assert found[["n_detractors", "n_promoters"]].tolist() == [5, 5]
    assert found["log_odds"] == 0


def test_a_count_of_few_on_a_side_is_not_shown_nor_can_it_be_had_from_the_rest():
    def with_promoters(n) -> pd.DataFrame:
        wrote = [*some("p", n, "faktura hemlig", score=10), *some("p", 20 - n, "faktura", score=10, start=n)]
        return cx.comment_keyness(answers(*some("d", 8, "faktura hemlig", score=1), *wrote))

    one, four = with_promoters(1), with_promoters(4)
    pd.testing.assert_frame_equal(one, four)
    hemlig = one.set_index("word").loc["hemlig"]
    assert hemlig["n_detractors"] == 8 and hemlig[["n_promoters", "promoter_share"]].isna().all()
    # nobody is a figure on all twenty, and five are enough
    assert with_promoters(0).set_index("word").loc["hemlig", "n_promoters"] == 0
    assert with_promoters(5).set_index("word").loc["hemlig", "n_promoters"] == 5
    # four say least, one most: the figures of the one end, and an interval that reaches to the other
    plain = [
        cx.comment_keyness(
            answers(
                *some("d", 8, "faktura hemlig", score=1),
                *some("p", n, "faktura hemlig", score=10),
                *some("p", 20 - n, "faktura", score=10, start=n),
            ),
            smallest_base=1,
        )
        .set_index("word")
        .loc["hemlig"]
        for n in (1, 4)
    ]
    assert hemlig[["log_odds", "z", "low_log_odds"]].tolist() == plain[1][["log_odds", "z", "low_log_odds"]].tolist()
    assert hemlig["high_log_odds"] == plain[0]["high_log_odds"] > plain[1]["high_log_odds"]


def test_a_word_of_enough_people_but_few_on_either_side_is_left_out():
    rows = [
        *some("d", 4, "hemlig faktura", score=1), *some("d", 4, "faktura", score=1, start=4),
        *some("p", 4, "hemlig faktura", score=10), *some("p", 4, "faktura", score=10, start=4),
    ]  # fmt: skip
    assert cx.comment_keyness(answers(*rows))["word"].tolist() == ["faktura"]


def test_an_answer_counts_as_in_every_analysis():
    # of weight 0 it is none; nobody known is somebody else, with the column and without
    rows = [*some("d", 6, "faktura", score=1), *some("p", 6, "faktura", score=10)]
    frame = answers(*rows)
    assert cx.comment_keyness(frame.assign(survey_weight=[0.0, 0, *[1] * 10])).empty
    with pytest.raises(ParameterError, match="survey weights, such as -1"):
        cx.comment_keyness(frame.assign(survey_weight=-1.0))
    for nameless in (frame.assign(customer_id=None), frame.drop(columns="customer_id")):
        assert cx.comment_keyness(nameless)["n_detractors"].tolist() == [6]


@pytest.mark.parametrize(
    "frame",
    [
        answers(),
        answers().astype({"comment": "str", "score": "float64"}),
        answers(*some("d", 9, None, score=1), *some("p", 9, None, score=10)),
        answers(*some("d", 9, None, score=1)).assign(comment=float("nan")),
        answers(*some("d", 9, "faktura", score=1)),
        answers(*some("d", 9, "faktura", score=None), *some("p", 9, "faktura", score=None)),
        answers(*some("d", 9, "och", score=1), *some("p", 9, "och", score=10)),
    ],
    ids=["no row", "no row, typed", "no comment", "no comment, as numbers", "one side", "no score", "no word"],
)
def test_of_nothing_there_is_an_empty_list_of_the_same_columns(frame):
    found = cx.comment_keyness(frame)
    pd.testing.assert_frame_equal(found, cx.comment_keyness(BY_HAND).iloc[:0])


def test_where_too_few_wrote_on_one_side_there_is_no_word():
    rows = [*some("d", 4, "faktura", score=1), *some("d", 2, "…", score=1, start=4), *some("p", 9, "faktura", score=10)]
    found = cx.comment_keyness(answers(*rows))
    assert found.empty and found["z"].dtype == "float64"
    assert len(cx.comment_keyness(answers(*rows), smallest_base=4)) == 1


def test_only_the_metric_and_the_scores_that_are_meant_count():
    frame = BY_HAND.assign(metric="csat", score=BY_HAND["score"].map(lambda score: 1 if score < 7 else 5))
    assert cx.comment_keyness(frame).empty
    found = cx.comment_keyness(frame, metric="csat", detractors_at_most=2, promoters_at_least=4)
    assert found["n_detractors_wrote"].iloc[0] == 10
    for options, said in (
        ({"detractors_at_most": 9}, "must lie below"),
        ({"prior_people": 0}, "a number above 0"),
        ({"smallest_base": 0}, "at least 1"),
    ):
        with pytest.raises(ParameterError, match=said):
            cx.comment_keyness(BY_HAND, **options)
    with pytest.raises(MissingColumnError, match="comment"):
        cx.comment_keyness(BY_HAND.drop(columns="comment"))


some_words = st.lists(st.sampled_from(["dyr", "bra", "faktura", "sen", "inte"]), max_size=4).map(" ".join)
some_answers = st.lists(
    st.tuples(st.sampled_from("abcdefghij"), st.integers(0, 10), st.none() | some_words), max_size=30
).map(lambda rows: answers(*rows).astype({"comment": "str"}))


@settings(max_examples=50)
@given(some_answers, st.integers(1, 5), st.floats(0.5, 50))
def test_its_properties(frame, smallest_base, prior):
    before = frame.copy()
    found = cx.comment_keyness(frame, smallest_base=smallest_base, prior_people=prior)
    pd.testing.assert_frame_equal(frame, before)
    counts = found[["n_detractors", "n_promoters"]]
    assert (counts.max(axis=1) >= smallest_base).all()
    assert (counts.isna() | (counts == 0) | (counts >= smallest_base)).all(axis=None)
    assert (found[["detractor_share", "promoter_share"]].isna().to_numpy() == counts.isna().to_numpy()).all()
    assert found["z"].is_monotonic_decreasing
    assert (found["low_log_odds"] < found["log_odds"]).all() and (found["log_odds"] < found["high_log_odds"]).all()
    pd.testing.assert_frame_equal(
        cx.comment_keyness(frame[::-1], smallest_base=smallest_base, prior_people=prior), found
    )
    # with the sides changed over all signs turn
    side = frame["score"].map(lambda score: "detractor" if score <= 6 else "promoter" if score >= 9 else "passive")
    turned = cx.comment_keyness(
        frame.assign(score=side.map({"detractor": 10, "promoter": 0, "passive": 7})),
        smallest_base=smallest_base,
        prior_people=prior,
    ).set_index("word")["log_odds"]
    assert turned.reindex(found["word"]).tolist() == pytest.approx((-found["log_odds"]).tolist())


def test_no_comment_can_be_read_in_the_list():
    study = cx.load_study(DEMO)
    found = cx.comment_keyness(study.responses)
    assert len(found) > 20 and not found["word"].str.contains(r"\s").any()
    people = study.responses.loc[study.responses["comment"].notna()]
    for word, n in zip(found["word"], found[["n_detractors", "n_promoters"]].max(axis=1), strict=True):
        wrote = people.loc[[word in words_of(comment) for comment in people["comment"]], "customer_id"].nunique()
        assert wrote >= n >= 5
    # the simulated truth: what detractors and what promoters are made to write
    by_word = found.set_index("word")["log_odds"]
    assert by_word["dyrt"] > 0 > by_word["nöjd"]


def test_real_complaints_are_told_from_praise(shared_data):
    study = cx.load_study(OLIST, data_dir=shared_data / "olist")
    found = cx.comment_keyness(study.responses, metric="csat", detractors_at_most=2, promoters_at_least=4)
    assert found["word"].iloc[0] == "não"  # not
    assert {"recebi", "ainda"} <= set(found["word"].head(12))  # I received; still
    assert {"recomendo", "ótimo"} <= set(found["word"].tail(14))  # I recommend; excellent
    assert (found[["n_detractors", "n_promoters"]].max(axis=1) >= 5).all()


# ---- the chart ----


@pytest.mark.parametrize(("language", "title"), [("en", "What detractors and"), ("sv", "Vad kritiker och")])
def test_the_chart_draws_the_most_telling_words_of_either_side(language, title):
    words = [f"ord{letter}" for letter in "abcdefghijklmnopqrst"]
    rows = [*some("d", 9, " ".join(words), score=1), *some("p", 30, "tack kanon", score=10)]
    found = cx.comment_keyness(answers(*rows))
    chart = charts.keyness_chart(found, language=Language(language)).to_dict()
    assert chart["title"]["text"].startswith(title)
    drawn = max(chart["datasets"].values(), key=len)
    assert [row["word"] for row in drawn] == [*words[:MOST_WORDS], *found["word"].tail(1)]
    assert set(drawn[0]) == {"word", "log_odds", "low_log_odds", "high_log_odds", "place", "side", "used"}
    assert chart["layer"][0]["encoding"]["x"] == {"datum": 0}


@pytest.mark.parametrize(
    ("language", "used"), [("en", "8 detractors, few promoters"), ("sv", "8 kritiker, några få ambassadörer")]
)
def test_the_chart_has_a_word_for_a_count_of_few(language, used):
    chart = charts.keyness_chart(cx.comment_keyness(BY_HAND), language=Language(language)).to_dict()
    drawn = max(chart["datasets"].values(), key=len)
    assert {row["word"]: row["used"] for row in drawn}["dyr"] == used


def test_the_axis_names_the_middle_however_far_it_reaches():
    def labelled(frame) -> list[float]:
        chart = charts.keyness_chart(frame).to_dict()
        values = chart["layer"][1]["encoding"]["x"]["axis"]["values"]
        return [round(math.exp(value), 1) for value in values if value >= 0]

    found = cx.comment_keyness(BY_HAND)
    assert labelled(found.assign(low_log_odds=math.log(2), high_log_odds=math.log(11))) == [1, 2, 5, 10]
    # with the 5 between them the labels would leave no room for the 1
    assert labelled(found.assign(low_log_odds=math.log(2), high_log_odds=math.log(300))) == [1, 2, 10, 50, 200]


def test_the_chart_of_nothing_says_so_and_repeated_words_are_refused():
    nothing = charts.keyness_chart(cx.comment_keyness(BY_HAND.head(2)))
    assert "No word may be shown" in str(nothing.to_dict())
    twice = pd.concat([cx.comment_keyness(BY_HAND)] * 2)
    with pytest.raises(ParameterError, match="one row per word"):
        charts.keyness_chart(twice)
    assert isinstance(charts.keyness_chart(cx.comment_keyness(BY_HAND)), alt.LayerChart)
