import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlib as cx
from cxlib.experience import experiences, scale_gap
from cxlib.scales import BUILT_IN_SCALES, Scale

TOUCHPOINTS = """touchpoint,phase,stage,weight,default_experience,expectation
Advert,purchase,awareness,1,0,
Sign-up,purchase,purchase,2,1,
Invoice,payment,use,1,0,4
Outage,consumption,use,1,-1,
"""


@pytest.fixture
def study(tmp_path):
    """Write the tables given and load them."""

    def load(*, settings="", touchpoints=TOUCHPOINTS, **tables):
        (tmp_path / "study.toml").write_text('timezone = "Europe/Stockholm"\n' + settings)
        if touchpoints:
            (tmp_path / "touchpoints.csv").write_text(touchpoints)
        for name, text in tables.items():
            (tmp_path / f"{name}.csv").write_text(text)
        return cx.load_study(tmp_path)

    return load


EVENTS = "customer_id,occurred_at,touchpoint,event_id,score,expectation\n"
RESPONSES = "customer_id,answered_at,metric,score,response_id,touchpoint,event_id\n"


def test_an_event_is_set_against_its_own_then_its_touchpoints_then_its_scales_expectation(study):
    found = experiences(
        study(
            events=EVENTS
            + "a,2026-01-01,Sign-up,e1,5,5\n"  # own expectation 5: nothing more than expected
            + "a,2026-01-02,Invoice,e2,4,\n"  # the touchpoint's 4
            + "a,2026-01-03,Sign-up,e3,4,\n"  # the scale's 3
        )
    )
    assert found["gap"].tolist() == [0, 0, 0.25]
    assert found["experience"].tolist() == [0, 0, 1]
    assert found["weight"].tolist() == [2, 1, 2]
    assert found["phase"].tolist() == ["purchase", "payment", "purchase"]


def test_what_was_expected_and_met_lies_on_the_scale_between_zero_and_one_best(study):
    settings = '[scales.effort]\nmin = 1\nmax = 7\nexpected = 3\nbetter = "lower"\n'
    answers = RESPONSES + "a,2026-01-04,effort,1,r1,Invoice,e2\na,2026-01-04,csat,3,r1,Invoice,e2\n"
    found = experiences(
        study(
            settings=settings,
            events=EVENTS
            + "a,2026-01-01,Sign-up,e1,5,\n"  # csat 5 where 3 was expected
            + "a,2026-01-02,Invoice,e2,,\n"  # an effort of 1 where 3 was expected, and csat 3 where 4 was
            + "a,2026-01-03,Outage,e3,,\n",  # nobody asked
            responses=answers,
        )
    )
    assert found["expected"].tolist()[:2] == pytest.approx([0.5, (4 / 6 + 3 / 4) / 2])
    assert found["met"].tolist()[:2] == pytest.approx([1, (1 + 1 / 2) / 2])
    assert found[["expected", "met"]].iloc[2].isna().all()
    assert (found["met"] - found["expected"])[:2].tolist() == pytest.approx(found["gap"][:2].tolist())


def test_an_event_without_a_score_takes_its_touchpoints_default(study):
    rows = "a,2026-01-01,Sign-up,,,\na,2026-01-02,Outage,,,\na,2026-01-03,Invoice,,,\n"
    found = experiences(study(events=EVENTS + rows))
    assert found["experience"].tolist() == [1, -1, 0]
    assert found["gap"].tolist() == [1, -1, 0]


def test_without_a_touchpoints_table_an_unscored_event_is_neutral(study):
    found = experiences(study(touchpoints=None, events=EVENTS + "a,2026-01-01,Anything,,,\n"))
    assert found[["experience", "weight"]].iloc[0].tolist() == [0, 1]
    assert found["phase"].isna().all()


def test_an_answer_replaces_the_sign_of_its_event_and_nothing_counts_twice(study):
    found = experiences(
        study(
            events=EVENTS + "a,2026-01-01 10:00,Outage,e1,,\na,2026-01-02,Outage,e2,,\n",
            responses=RESPONSES + "a,2026-01-03,csat,5,r1,,e1\n",
        )
    )
    assert found["experience"].tolist() == [1, -1]
    assert found["source"].tolist() == ["response", "event"]
    assert found["source_row"].tolist() == [2, 3]
    assert found["response_id"].tolist()[0] == "r1"
    assert found["occurred_at"].iloc[0] == pd.Timestamp("2026-01-01 10:00", tz="Europe/Stockholm")


def test_several_answers_to_one_event_the_latest_of_each_metric_and_their_mean(study):
    found = experiences(
        study(
            events=EVENTS + "a,2026-01-01,Sign-up,e1,,\n",
            responses=RESPONSES
            + "a,2026-01-05,csat,5,r2,,e1\n"  # the latest csat: gap +0.5
            + "a,2026-01-02,csat,1,r1,,e1\n"
            + "a,2026-01-02,ces,1,r1,,e1\n",  # gap −0.5
        )
    )
    assert found["gap"].tolist() == [0]


def test_an_answer_of_another_customer_does_not_speak_for_the_event(study):
    found = experiences(
        study(
            events=EVENTS + "a,2026-01-01,Outage,e1,,\n",
            responses=RESPONSES + "b,2026-01-02,csat,5,r1,Outage,e1\n",
        )
    )
    assert found["customer_id"].tolist() == ["a", "b"]
    assert found["experience"].tolist() == [-1, 1]


def test_an_answer_that_stands_alone_is_an_experience_at_its_own_time(study):
    found = experiences(
        study(responses=RESPONSES + "a,2026-01-02 09:00,nps,9,r1,Invoice,\na,2026-01-03,csat,,r1,Invoice,\n")
    )
    assert found["experience"].tolist() == [1]
    assert found["phase"].tolist() == ["payment"]
    assert found["occurred_at"].iloc[0] == pd.Timestamp("2026-01-02 09:00", tz="Europe/Stockholm")


def test_what_is_expected_of_a_touchpoint_counts_on_its_own_scale_only(study):
    rows = "a,2026-01-01,csat,4,r1,Invoice,\na,2026-01-01,nps,8,r2,Invoice,\n"
    found = experiences(study(responses=RESPONSES + rows))
    # Invoice expects 4, which is csat's: 4 is as expected; 8 on the nps scale is 0.05 over 7.5
    assert found["gap"].tolist() == pytest.approx([0, 0.05])


def test_only_a_score_or_an_answer_makes_an_experience_measured(study):
    found = experiences(
        study(
            events=EVENTS + "a,2026-01-01,Outage,e1,,\na,2026-01-02,Outage,e2,,\na,2026-01-03,Outage,e3,2,\n",
            responses=RESPONSES + "a,2026-01-03,csat,5,r1,,e1\na,2026-01-05,csat,1,r1,Outage,\n",
        )
    )
    assert found["is_measured"].tolist() == [True, False, True, True]


def test_experiences_of_one_moment_stay_in_file_order_when_one_was_answered(study):
    loaded = study(
        events=EVENTS + "a,2026-01-01,Invoice,e1,,\na,2026-01-01,Sign-up,e2,4,\n",
        responses=RESPONSES + "a,2026-01-03,csat,1,r1,,e1\n",
    )
    # the disappointment of the invoice darkens the sign-up after it: 0.25 − 0.75/2 is a loss
    rules = cx.CapitalRules(carry_over=1)
    found = experiences(loaded, rules)
    expected = ["loss", "loss"]
    assert cx.capital_ledger(found, rules)["kind"].tolist() == expected
    assert cx.capital_ledger(found.iloc[::-1], rules)["kind"].tolist() == expected


# design, section 5: 9-10 positive, 7-8 neutral, 0-6 negative
@pytest.mark.parametrize("score, expected", [(s, 1 if s >= 9 else 0 if s >= 7 else -1) for s in range(11)])
def test_the_usual_bands_of_nps(study, score, expected):
    found = experiences(study(touchpoints=None, responses=RESPONSES + f"a,2026-01-01,nps,{score},,,\n"))
    assert found["experience"].tolist() == [expected]


def test_the_band_is_the_rules(study):
    loaded = study(touchpoints=None, events=EVENTS + "a,2026-01-01,X,,4,\n")
    assert experiences(loaded)["experience"].tolist() == [1]
    assert experiences(loaded, cx.CapitalRules(neutral_band=0.25))["experience"].tolist() == [0]


def test_a_gap_as_wide_as_the_band_is_neutral_whatever_binary_fractions_say(study):
    settings = "[scales.unit]\nmin = 0\nmax = 1\nexpected = 0.5\n[tables.events]\nscale = 'unit'\n"
    assert 0.8 - 0.7 > 0.1 and 0.4 - 0.5 < 0 and 0.6 - 0.7 > -0.1  # as binary fractions have it
    rows = "a,2026-01-01,X,,0.8,0.7\na,2026-01-02,X,,0.7,0.8\na,2026-01-03,X,,0.6,0.7\na,2026-01-04,X,,0.82,0.7\n"
    found = experiences(study(settings=settings, touchpoints=None, events=EVENTS + rows))
    assert found["experience"].tolist() == [0, 0, 0, 1]


def test_a_relational_scale_is_no_experience_where_the_study_says_so(study):
    settings = "[scales.nps]\nmin = 0\nmax = 10\nexpected = 7.5\ncounts_as_experience = false\n"
    found = experiences(
        study(settings=settings, responses=RESPONSES + "a,2026-01-01,nps,10,,,\na,2026-01-01,csat,5,,,\n")
    )
    assert len(found) == 1


def test_a_delivery_date_is_set_against_the_promised_one(study):
    settings = "[scales.promise]\nkind = 'date'\nfull_effect_days = 10\n[tables.events.scales]\nInvoice = 'promise'\n"
    rows = (
        "a,2026-01-05 18:30,Invoice,,2026-01-05 18:30,2026-01-10\n"  # five days early, half a full effect
        "a,2026-01-10 18:30,Invoice,,2026-01-10 18:30,2026-01-10\n"  # on the day: neutral, though later than midnight
        "a,2026-02-10,Invoice,,2026-02-10,2026-01-10\n"  # a month late: clipped
    )
    found = experiences(study(settings=settings, events=EVENTS + rows))
    assert found["gap"].tolist() == [0.5, 0, -1]


def test_stages_before_the_purchase_count_only_when_asked_for(study):
    loaded = study(events=EVENTS + "a,2026-01-01,Advert,,5,\na,2026-01-02,Sign-up,,5,\n")
    assert experiences(loaded)["touchpoint"].tolist() == ["Sign-up"]
    assert experiences(loaded, scope="whole_journey")["touchpoint"].tolist() == ["Advert", "Sign-up"]


def test_an_unknown_scope_is_answered_with_the_nearest(study):
    with pytest.raises(cx.ParameterError, match="did you mean 'whole_journey'"):
        experiences(study(events=EVENTS), scope="whole_jurney")


def test_the_study_stays_as_it_was(study):
    loaded = study(events=EVENTS + "a,2026-01-01,Outage,e1,,\n", responses=RESPONSES + "a,2026-01-03,csat,5,r1,,e1\n")
    before = loaded.events.copy(deep=True), loaded.responses.copy(deep=True)
    experiences(loaded)
    pd.testing.assert_frame_equal(loaded.events, before[0])
    pd.testing.assert_frame_equal(loaded.responses, before[1])


@given(st.floats(1, 5), st.floats(1, 5))
def test_reversing_a_scale_reverses_every_gap(score, expectation):
    higher = BUILT_IN_SCALES["csat"]
    lower = Scale(name="effort", minimum=1, maximum=5, expected=3, better="lower")
    values = pd.Series([score]), pd.Series([expectation])
    gap = scale_gap(*values, higher).iloc[0]
    assert -1 <= gap <= 1
    assert scale_gap(*values, lower).iloc[0] == -gap


def test_a_study_becomes_capital_end_to_end(study):
    """The worked example of the article: 4 positive, 3 negative, 3 neutral touchpoints."""
    rows = "".join(
        f"a,2026-01-{day:02d},X,,{score},\n" for day, score in enumerate([5] * 4 + [1] * 3 + [3] * 3, start=1)
    )
    found = experiences(study(touchpoints=None, events=EVENTS + rows))
    for rules, capital in ((cx.CapitalRules.simple(), 1), (cx.CapitalRules.normann(), -32)):
        assert cx.capital_ledger(found, rules)["capital"].iloc[-1] == capital
