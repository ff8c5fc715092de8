"""What the report says of the stress test and the replay, on a study small enough to count by hand."""

import math

import pytest

import cxlib as cx
from cxlib.errors import ParameterError
from cxlib.findings import (
    StressPlan,
    replay_months,
    replay_section,
    replay_shares,
    replay_subject,
    stress_rows,
    stress_section,
    stress_subject,
)
from tests.test_findings import EVIL, SETTINGS, TOUCHPOINTS, figures_of, write_study

SV = cx.Language("sv")


@pytest.fixture
def figures(tmp_path):
    return figures_of(write_study(tmp_path, bad_invoices=4))


def write_incident(folder, *, n: int = 20, n_hit: int = 12, n_left: int = 5):
    """A good invoice each in May to September but for the first n_hit in August; North and South by halves."""
    people = [f"c{i:02}" for i in range(n)]
    (folder / "study.toml").write_text(SETTINGS)
    (folder / "touchpoints.csv").write_text(TOUCHPOINTS)
    customers = "customer_id,segment,joined_on,churned_on\n"
    for i, person in enumerate(people):
        customers += f"{person},{'North' if i % 2 else 'South'},2026-01-01,{'2026-10-05' if i < n_left else ''}\n"
    (folder / "customers.csv").write_text(customers)
    rows = "customer_id,occurred_at,touchpoint,event_id,score\n"
    for month in range(5, 11):
        for i, person in enumerate(people):
            if month < 10 or i >= n_left:
                score = 1 if month == 8 and i < n_hit else 5
                rows += f"{person},2026-{month:02}-10,Invoice {EVIL},i{month}{person},{score}\n"
    (folder / "events.csv").write_text(rows)
    return folder


def test_the_figures_by_hand(figures):
    stress = figures["stress"]
    # the only touchpoint that drained; six have +1, four −1, and one loss takes 2
    assert (stress["touchpoint"], stress["is_asked_for"]) == (f"Invoice {EVIL}", False)
    everyone = stress["summary"][0]
    assert (everyone["n_customers"], everyone["n_at_risk_before"], everyone["n_at_risk_after"]) == (10, 4, 10)
    assert (everyone["n_pushed"], everyone["n_saved_by_cushion"]) == (6, 0)
    # with a gesture: 0 and −2
    assert (everyone["n_brought_back"], everyone["n_gestures"]) == (0, 10)
    # South has four customers, and North alone would give them away
    assert [(row["segment"], row["n_at_risk_after"]) for row in stress["summary"][1:]] == [
        ("North", None), ("South", None),
    ]  # fmt: skip


def test_the_section_states_count_base_and_share(figures):
    page = stress_section(figures).data
    assert "10 of 10 customers (100.0%) would be at risk, against 4 (40.0%) without it" in page
    assert "0 have a cushion that would hold; 6 would newly be at risk." in page
    assert "One good gesture each after 7 days, 10 in all, would bring back 0 customers" in page
    assert "that drained most in the last 3 months" in page
    assert "4 av 10" not in page
    assert "10 av 10 kunder (100,0\N{NO-BREAK SPACE}%) vara i riskzonen" in stress_section(figures, language=SV).data


def test_the_plan_can_be_another(tmp_path):
    folder = write_study(tmp_path, bad_invoices=4)
    plan = StressPlan(touchpoint="Sign-up", n_losses=2, n_gestures=3, gesture_days=30)
    figures = figures_of(folder, stress=plan)
    page = stress_section(figures).data
    assert "2 bad experiences at Sign-up" in page
    assert "3 good gestures each after 30 days, 30 in all" in page
    assert "drained most" not in page
    assert stress_subject(figures) == "2 bad experiences at Sign-up for every customer at the end of October 2026."
    without = figures_of(folder, stress=StressPlan(n_gestures=0))
    page = stress_section(without).data
    assert "gesture" not in page.lower()
    assert without["stress"]["summary"][0]["n_gestures"] is None


def test_an_unknown_touchpoint_is_refused_by_name(tmp_path):
    with pytest.raises(ParameterError, match="did you mean 'Sign-up'"):
        figures_of(write_study(tmp_path, bad_invoices=4), stress=StressPlan(touchpoint="Signup"))


def test_where_nothing_drained_a_sentence_says_so(tmp_path):
    figures = figures_of(write_study(tmp_path, bad_invoices=0))
    assert figures["stress"]["touchpoint"] is None
    page = stress_section(figures).data
    assert "No touchpoint drained capital in the last 3 months" in page
    assert "<table>" not in page
    assert stress_subject(figures) == ""
    assert stress_rows(figures).empty


def test_where_too_few_were_disappointed_no_touchpoint_is_named(tmp_path):
    figures = figures_of(write_study(tmp_path, bad_invoices=4), smallest_base=11)
    assert figures["stress"]["touchpoint"] is None
    assert "Too few customers were disappointed" in stress_section(figures).data
    named = figures_of(write_study(tmp_path, bad_invoices=4), smallest_base=11, stress=StressPlan(touchpoint="Sign-up"))
    assert "There are too few customers for a stress test." in stress_section(named).data


def test_a_touchpoint_that_weighs_nothing_hurts_nobody(tmp_path):
    folder = write_study(tmp_path, bad_invoices=4)
    weightless = TOUCHPOINTS.replace("default_experience", "default_experience,weight").replace(",1\n", ",1,0\n")
    (folder / "touchpoints.csv").write_text(weightless.replace(",IT,0\n", ",IT,0,1\n").replace(";IT,0\n", ";IT,0,1\n"))
    page = stress_section(figures_of(folder, stress=StressPlan(touchpoint="Sign-up"))).data
    assert "would take no capital from anyone" in page and "<table>" not in page


def test_a_segment_alone_has_one_row(tmp_path):
    figures = figures_of(write_study(tmp_path, bad_invoices=4), segment="North")
    assert [row["group"] for row in figures["stress"]["summary"]] == ["all"]


def test_no_number_of_the_figures_is_infinite(tmp_path):
    figures = figures_of(write_study(tmp_path, bad_invoices=10))
    everyone = figures["stress"]["summary"][0]
    assert everyone["median_months_to_refill"] is None and everyone["median_months_to_refill_is_never"] is True
    assert everyone["n_never_refilling"] == 10
    page = stress_section(figures).data
    assert "not even half of them would ever be back" in page
    assert "10 of 10 (100%) would never be" in page
    numbers = [value for row in figures["stress"]["summary"] for value in row.values() if isinstance(value, float)]
    assert numbers and all(map(math.isfinite, numbers))


def test_months_read_well_with_and_without_an_upper_end(tmp_path):
    figures = figures_of(write_study(tmp_path, bad_invoices=4))
    row = {"median_months_to_refill": 4.5, "median_months_to_refill_is_never": False, "n_never_refilling": 0}
    for low, high, words in (
        (2.0, 9.0, "within 4.5 months (2 to 9)"),
        (2.0, None, "within 4.5 months (at least 2)"),
        (None, None, "within 4.5 months."),
    ):
        ends = {"low_months_to_refill": low, "high_months_to_refill": high}
        summary = [figures["stress"]["summary"][0] | row | ends]
        page = stress_section(figures | {"stress": figures["stress"] | {"summary": summary}}).data
        assert words in page
        assert "never" not in page.split("<table>")[0]


# ---- the replay ----


def test_a_study_without_an_incident_says_so(figures):
    assert figures["replay"] is None
    assert "Nothing went wrong for unusually many customers in the last 12 months" in replay_section(figures).data
    assert replay_months(figures).empty and replay_shares(figures).empty and replay_subject(figures) == ""


def test_the_replay_by_hand(tmp_path):
    figures = figures_of(write_incident(tmp_path))
    replay = figures["replay"]
    assert (replay["touchpoint"], replay["month"]) == (f"Invoice {EVIL}", "2026-08")
    assert replay["incidents"][0]["n_hit"] == 12
    # three good invoices, then one that takes 2: all of twelve are saved
    before, predicted, actual = replay["shares"]
    assert (before["n_at_risk"], predicted["n_at_risk"], actual["n_at_risk"]) == (0, 0, 0)
    page = replay_section(figures).data
    assert "In August 2026, 12 of 20 customers (60%) lost capital" in page
    assert "Of 12 customers hit 0% were at risk before" in page
    assert "That is a difference that chance could make." in page
    # 3 − 2 in August, 2 in September, 3 in October for the seven who stayed; five had left
    assert "Of those who lost capital 100%" in page and "within 3 month-ends" in page
    assert "Whether the cushion kept customers cannot be said" in page  # nobody was pushed
    assert "Being hit was not random" in page
    assert replay_subject(figures, language=SV) == f"Invoice {EVIL} i augusti 2026."
    assert replay_months(figures)["is_incident"].sum() == 1
    assert "<script>" not in page and "<script>" not in stress_section(figures).data


def test_a_replay_of_nearly_all_is_named_and_not_described(tmp_path):
    figures = figures_of(write_incident(tmp_path, n_hit=17))
    assert figures["replay"]["is_shown"] is False
    assert [row["at_risk_share"] for row in figures["replay"]["shares"]] == [None] * 3
    page = replay_section(figures).data
    assert "so few customers, or so nearly all" in page
    assert "%" not in page


def test_a_few_newcomers_who_were_not_hit_cannot_be_had_by_subtraction(tmp_path):
    folder = write_incident(tmp_path, n_hit=17)
    lines = (folder / "events.csv").read_text().splitlines(keepends=True)
    new = ("c17", "c18", "c19")  # the three who were not hit come in August
    kept = [line for line in lines if not (line.startswith(new) and line[9:11] in ("05", "06", "07"))]
    (folder / "events.csv").write_text("".join(kept))
    replay = figures_of(folder)["replay"]
    assert replay["is_shown"] is False
    assert [row["at_risk_share"] for row in replay["shares"]] == [None] * 3


def test_an_incident_long_ago_is_not_replayed(tmp_path):
    folder = write_incident(tmp_path)
    events = (folder / "events.csv").read_text()
    (folder / "events.csv").write_text(events.replace("2026-08-10", "2025-08-10"))
    assert figures_of(folder)["replay"] is None


def test_too_mild_and_too_hard_are_told_apart(tmp_path):
    figures = figures_of(write_incident(tmp_path))
    before, predicted, actual = figures["replay"]["shares"]
    for share, words in ((0.1, "too mild"), (0.45, "chance could make"), (0.9, "too hard")):
        actual = actual | {"at_risk_share": 0.5, "low_share": 0.4, "high_share": 0.6}
        shares = [before, predicted | {"at_risk_share": share}, actual]
        assert words in replay_section(figures | {"replay": figures["replay"] | {"shares": shares}}).data


def test_who_left_is_told_with_the_difference(tmp_path):
    figures = figures_of(write_incident(tmp_path))
    pushed = {"fate": "pushed", "n_customers": 40, "within_months": 6, "n_left": 10, "left_share": 0.25,
              "difference": 0.2, "low_difference": 0.05, "high_difference": 0.34}  # fmt: skip
    saved = {"fate": "saved", "n_customers": 60, "within_months": 6, "n_left": 3, "left_share": 0.05}
    replay = figures["replay"] | {"departures": [pushed, saved]}
    page = replay_section(figures | {"replay": replay}).data
    assert (
        "Of 40 customers whom it pushed into risk 25.0% left within 6 months, of 60 whom the cushion saved 5.0%" in page
    )
    assert "a difference of +20.0 percentage points (95% interval +5.0 to +34.0)" in page
    replay = figures["replay"] | {"departures": [pushed | {"low_difference": -0.05}, saved]}
    assert "no more apart than chance can make" in replay_section(figures | {"replay": replay}).data
