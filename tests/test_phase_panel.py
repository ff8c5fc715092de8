"""The panel of the three phases without a browser: what the controls say, what is shown, and its headless twin."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.archetypes import PHASES
from cxlib.confidentiality import suppress_derivable
from cxlib.panels import phase_balance, phase_balance_data
from cxlib.panels.phases_data import _telling_phases
from cxlib.panels.phases_words import settings_lines
from cxlib.phases.balance import carried_balance, with_customers
from tests.test_confidentiality import tells_by_rank

DEMO = Path(__file__).parents[1] / "data" / "demo"

SETTINGS = """name = "Toy"
language = "en"
archetype = "ski & <b>resort</b>"
[archetypes."ski & <b>resort</b>"]
purchase = "low"
consumption = "high"
payment = 0.5
[labels.sv]
"North" = "Norr"
"""
TOUCHPOINTS = "touchpoint,phase\nShop,purchase\nLift,consumption\nTill,payment\n"


@pytest.fixture(scope="module")
def study():
    return cx.load_study(DEMO)


@pytest.fixture(scope="module")
def shared_panel(study):
    return phase_balance(study)


@pytest.fixture
def panel(shared_panel):
    shared_panel.controls.reset.click()
    return shared_panel


@pytest.fixture
def toy(write_study):
    """Ten customers; six of the North: shop good, lift good and bad; the till is asked of two only."""
    rows = ["customer_id,occurred_at,touchpoint,score"]
    for number in range(10):
        rows += [f"c{number},2026-01-05,Shop,5", f"c{number},2026-02-05,Lift,{1 if number % 2 else 5}"]
    rows += ["c0,2026-02-06,Till,1", "c1,2026-02-06,Till,1"]
    people = "".join(f"c{number},{'North' if number < 6 else 'South'}\n" for number in range(10))
    files = {
        "study.toml": SETTINGS,
        "touchpoints.csv": TOUCHPOINTS,
        "events.csv": "\n".join(rows) + "\n",
        "customers.csv": "customer_id,segment\n" + people,
    }
    return cx.load_study(write_study(files))


def assert_same_figures(twin, expected: pd.DataFrame) -> None:
    """A figure that may be hidden can be missing, a logical one too."""
    shown = twin.balance.drop(columns="n_customers").astype({"is_weakest": bool})
    pd.testing.assert_frame_equal(shown, expected)


def assert_shows_what_the_twin_gives(panel, study, **question) -> None:
    twin = phase_balance_data(study, **question)
    pd.testing.assert_frame_equal(panel.data.balance, twin.balance, check_exact=True)
    assert dict(panel.data.ratings) == dict(twin.ratings)
    assert (panel.data.segment, panel.data.since, panel.data.until) == (twin.segment, twin.since, twin.until)


def test_the_twin_equals_the_functions_on_frames(study):
    measured = cx.experiences(study)
    measured = measured[measured["is_measured"]]
    twin = phase_balance_data(study)
    expected = cx.phase_balance(measured, study.settings.importance)
    assert_same_figures(twin, expected)
    months = measured["occurred_at"].dt.tz_localize(None).dt.to_period("M")
    farms = study.customers.loc[study.customers["segment"] == "Farm", "customer_id"]
    chosen = measured[(months >= "2026-01") & (months <= "2026-03") & measured["customer_id"].isin(farms)]
    twin = phase_balance_data(study, importance="restaurant", segment="Farm", since="2026-01", until="2026-03")
    assert_same_figures(twin, cx.phase_balance(chosen, "restaurant"))
    n_customers = chosen.groupby("phase", observed=False)["customer_id"].nunique()
    assert twin.balance.set_index("phase")["n_customers"].to_dict() == n_customers.to_dict()


def test_the_panel_starts_as_asked_and_moves_as_its_twin(panel, study):
    assert_shows_what_the_twin_gives(panel, study)
    controls = panel.controls
    assert controls.archetype.value == "infrastructure subscription"
    controls.archetype.value = "restaurant"
    assert_shows_what_the_twin_gives(panel, study, importance="restaurant")
    controls.phases["payment"].number.value = 7.5
    own = {"purchase": 3, "consumption": 3, "payment": 7.5}
    assert_shows_what_the_twin_gives(panel, study, importance=own)
    controls.segment.value = "Farm"
    controls.months.value = (pd.Period("2026-01"), pd.Period("2026-03"))
    question = {"segment": "Farm", "since": "2026-01", "until": "2026-03"}
    assert_shows_what_the_twin_gives(panel, study, importance=own, **question)
    assert "Farm, January 2026 to March 2026" in panel.text.value
    controls.reset.click()
    assert_shows_what_the_twin_gives(panel, study)
    begun = phase_balance(study, importance="restaurant", **question)
    assert_shows_what_the_twin_gives(begun, study, importance="restaurant", **question)


def test_what_travels_to_the_chart_is_plain_and_follows_the_ratings(panel):
    before = dict(panel.chart.value)
    panel.controls.phases["consumption"].words.value = 3.0
    after = panel.chart.value
    assert after["importance_share"] == pytest.approx([1 / 3] * 3) != before["importance_share"]
    assert after["carried_share"] == before["carried_share"]
    json.dumps(after, allow_nan=False)


def test_slider_number_and_words_say_the_same(panel):
    rating = panel.controls.phases["purchase"]
    rating.words.value = 2.0
    assert (rating.slider.value, rating.number.value) == (20, 2)  # in tenths
    rating.slider.value = 13
    assert (rating.number.value, rating.words.value) == (1.3, None)
    rating.number.value = 40
    assert rating.slider.value == 30 and rating.words.value is None and panel.ratings["purchase"] == 40
    rating.number.value = 2.55
    assert panel.ratings["purchase"] == 2.55 and rating.slider.value in (25, 26)


def test_ratings_of_an_archetype_show_its_name_and_others_are_the_users_own(panel):
    controls = panel.controls
    controls.phases["consumption"].number.value = 2
    assert controls.archetype.value == "e-commerce" and panel.settings_lines == 'archetype = "e-commerce"'
    controls.phases["consumption"].number.value = 2.2
    assert controls.archetype.value == "" and controls.chosen_archetype is None
    controls.archetype.value = "restaurant"
    assert panel.ratings == {"purchase": 3, "consumption": 3, "payment": 2}
    controls.archetype.value = ""
    assert panel.ratings == {"purchase": 3, "consumption": 3, "payment": 2}


def test_all_zero_counts_as_equal_and_says_so(panel):
    for rating in panel.controls.phases.values():
        rating.number.value = 0
    assert panel.ratings == dict.fromkeys(PHASES, 1.0)
    assert panel.data.balance["importance_share"].tolist() == pytest.approx([1 / 3] * 3)
    assert cx.Language("en").text("charts.trepunkt.all_zero") in panel.text.value


def test_one_change_is_told_once(panel, monkeypatch):
    shown = []
    monkeypatch.setattr(panel, "_show", lambda: shown.append(1))
    panel.controls.archetype.value = "restaurant"
    panel.controls.phases["payment"].slider.value = 15
    panel.controls.reset.click()
    assert len(shown) == 3


def test_a_studys_own_archetype_from_its_file_to_the_panel_and_back(toy, write_study):
    panel = phase_balance(toy)
    assert panel.ratings == {"purchase": 1, "consumption": 3, "payment": 0.5}
    assert panel.controls.archetype.value == "ski & <b>resort</b>"
    assert "ski & <b>resort</b>" in dict(panel.controls.archetype.options)
    assert "<b>resort" not in panel.text.value  # escaped among the lines for study.toml
    panel.controls.phases["payment"].number.value = 0.75
    lines = panel.settings_lines
    again = cx.load_study(
        write_study({"study.toml": lines, "events.csv": "customer_id,occurred_at,touchpoint,score\n"}, "again")
    )
    assert dict(again.settings.importance) == panel.ratings
    named = phase_balance_data(toy, importance="ski & <b>resort</b>")
    assert named.balance["importance_share"].tolist() == pytest.approx([1 / 4.5, 3 / 4.5, 0.5 / 4.5])


@given(st.text(max_size=20), st.tuples(*[st.floats(0, 1e6)] * 3))
def test_the_lines_for_the_settings_are_toml_whatever_the_name(name, ratings):
    ratings = dict(zip(PHASES, ratings, strict=True))
    if name.isprintable() and name:
        assert tomllib.loads(settings_lines(ratings, name)) == {"archetype": name}
    own = tomllib.loads(settings_lines(ratings, None))
    assert own["archetypes"][own["archetype"]] == ratings


def test_own_ratings_never_get_a_name_that_the_study_has_given_already(write_study):
    ratings = {"purchase": 1.0, "consumption": 2.0, "payment": 4.0}
    lines = settings_lines(ratings, None)
    events = "customer_id,occurred_at,touchpoint,score\nc0,2026-01-05,Shop,5\n"
    study = cx.load_study(write_study({"study.toml": lines, "events.csv": events, "touchpoints.csv": TOUCHPOINTS}))
    panel = phase_balance(study)
    assert panel.settings_lines == 'archetype = "own ratings"'
    panel.controls.phases["payment"].number.value = 0.75
    both = panel.settings_lines.splitlines()
    assert both[0] == 'archetype = "own ratings 2"'
    together = tomllib.loads("\n".join([both[0], *lines.splitlines()[1:], *both[1:]]))
    assert together["archetypes"] == {"own ratings": ratings, "own ratings 2": ratings | {"payment": 0.75}}
    assert 'archetype = "own ratings 3"' in settings_lines(ratings, None, taken={"own ratings", "own ratings 2"})


def test_what_few_customers_met_is_hidden_and_what_would_tell_it(toy):
    shown = phase_balance_data(toy).balance.set_index("phase")
    assert shown["n_customers"].tolist() == [10, 10, 2]
    # the till's part of all losses would be the rest of the lift's
    assert shown["mean_experience"].notna().tolist() == [False, True, False]
    assert shown["imbalance"].isna().all()
    everyone = phase_balance_data(toy, smallest_base=1).balance.set_index("phase")
    assert everyone["carried_share"].tolist() == pytest.approx([10 / 15, 5 / 15, 0])
    assert everyone["drained_share"].tolist() == pytest.approx([0, 5 / 7, 2 / 7])


def test_a_small_segment_is_not_all_customers_less_the_others(study):
    """In May 2025 three customers of Farm were asked about the consumption; everybody else is in three segments."""
    months = {"since": "2025-05", "until": "2025-05"}

    def consumption(segment):
        return phase_balance_data(study, segment=segment, **months).balance.set_index("phase").loc["consumption"]

    shown = {name: consumption(name) for name in study.customers["segment"].unique()}
    assert shown["Farm"]["n_customers"] == 3
    assert not pd.isna(consumption(None)["mean_experience"])
    hidden = [name for name, row in shown.items() if pd.isna(row["mean_experience"])]
    assert len(hidden) > 1 and sum(shown[name]["n_customers"] for name in hidden) >= 5


def assert_tells_of_no_few(study, segments, **months) -> None:
    """Hold all that the chooser of segments shows against each other, by linear algebra."""
    views = {name: phase_balance_data(study, segment=name, **months).balance for name in (None, *segments)}
    cells = pd.concat([view.assign(stage=name) for name, view in views.items()]).rename(columns={"n_customers": "n"})
    cells["phase"] = cells["phase"].astype("str")
    shown = cells.loc[cells["mean_experience"].notna()]
    phases = set(shown.loc[shown["stage"].isna(), "phase"])
    hidden = cells.loc[cells["mean_experience"].isna() & (cells["n"] > 0) & cells["stage"].notna()]
    assert (shown["n"] >= 5).all()
    assert not tells_by_rank(hidden.reset_index(drop=True), set(shown["stage"].dropna()), phases, 5)


@pytest.mark.parametrize("month", ["2024-11", "2025-01", "2025-05", "2025-12", "2026-10"])
def test_no_segment_of_the_demo_is_told_by_the_others(study, month):
    assert_tells_of_no_few(study, study.customers["segment"].unique(), since=month, until=month)


def met_by(write_study, **n_customers):
    """A study in which so many customers of each segment meet the shop, the lift and the till, nobody two of them."""
    events, people = "customer_id,occurred_at,touchpoint,score\n", "customer_id,segment\n"
    for segment, counts in n_customers.items():
        for touchpoint, n in zip(("Shop", "Lift", "Till"), counts, strict=True):
            for name in (f"{segment}{touchpoint}{i}" for i in range(n)):
                events += f"{name},2026-01-05,{touchpoint},5\n"
                people += f"{name},{'' if segment == 'Nobody' else segment}\n"
    files = {"study.toml": SETTINGS, "touchpoints.csv": TOUCHPOINTS, "events.csv": events, "customers.csv": people}
    return cx.load_study(write_study(files))


def test_what_is_hidden_in_a_segments_shares_is_not_told_by_all_customers(write_study):
    # North hides its lift, and the shop for the shares would tell it. East must hide a lift, and a shop too: were it
    # the till, the shop of all less East's and West's would be that of North
    study = met_by(write_study, North=(8, 3, 30), East=(40, 10, 20), West=(50, 50, 50))
    assert_tells_of_no_few(study, ["North", "East", "West"])
    north = phase_balance_data(study, segment="North").balance
    assert north["mean_experience"].notna().tolist() == [False, False, True]
    assert north["n_customers"].tolist() == [8, 3, 30]
    west = phase_balance_data(study, segment="West").balance
    assert west["mean_experience"].notna().all()


def test_customers_of_no_segment_are_not_told_by_all_less_the_segments(write_study):
    study = met_by(write_study, North=(20, 20, 20), East=(30, 30, 30), Nobody=(3, 0, 9))
    north = phase_balance_data(study, segment="North").balance
    assert pd.isna(north["mean_experience"][0])
    assert phase_balance_data(study).balance["mean_experience"].notna().all()
    everybody = met_by(write_study, North=(20, 20, 20), East=(30, 30, 30), Nobody=(0, 9, 0))
    for name in ("North", "East"):
        assert phase_balance_data(everybody, segment=name).balance["mean_experience"].notna().all()


def test_what_hides_among_all_customers_is_not_the_sum_of_the_segments(write_study):
    # two met the shop; among all the till is hidden with it, so that their shares do not tell it. Nor may segments
    study = met_by(write_study, North=(0, 6, 6), East=(2, 30, 30), West=(0, 3, 0))
    assert phase_balance_data(study).balance["mean_experience"].notna().tolist() == [False, True, False]
    tills = [phase_balance_data(study, segment=name).balance["mean_experience"][2] for name in ("North", "East")]
    assert pd.isna(tills).any()


def test_where_no_phase_is_shown_of_all_customers_a_segment_keeps_its_own(write_study):
    study = met_by(write_study, North=(6, 0, 0), East=(0, 3, 1))
    assert phase_balance_data(study).balance["mean_experience"].isna().all()
    assert phase_balance_data(study, segment="North").balance["mean_experience"].notna().tolist() == [
        True,
        False,
        False,
    ]


def test_a_phase_hidden_by_name_is_not_told_by_the_shares_of_the_others():
    met = pd.DataFrame({"phase": list(PHASES) * 30, "customer_id": range(90), "experience": 1})
    met = met.loc[(met["phase"] != "consumption") | (met["customer_id"] < 30)]
    shown = with_customers(carried_balance(met), met, hide=["payment"])
    assert shown["mean_experience"].notna().tolist() == [True, False, False]
    assert with_customers(carried_balance(met), met)["mean_experience"].notna().all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([0, 1, 2, 3, 4, 5, 6, 9, 30])] * 3), min_size=1, max_size=3))
def test_no_phase_of_a_segment_can_be_had_by_subtraction(counts):
    cells = [
        {"segment": name, "phase": phase, "customer_id": f"{name}{phase}{i}"}
        for name, of_segment in zip(("North", "East", None), counts, strict=False)
        for phase, n in zip(PHASES, of_segment, strict=True)
        for i in range(n)
    ]
    met = pd.DataFrame(cells, columns=["segment", "phase", "customer_id"])
    parts = met.groupby(["segment", "phase"], dropna=False)["customer_id"].nunique().rename("n").reset_index()
    totals = met.groupby("phase")["customer_id"].nunique().rename("n").reset_index().assign(share=1.0)
    phases = list(suppress_derivable(totals, base="n", columns=["share"]).dropna(subset="share")["phase"])
    is_hidden = (parts["n"] < 5) & parts["segment"].isna()
    for name in ("North", "East"):
        hide = _telling_phases(met, name, phases, 5)
        assert hide == _telling_phases(pd.concat([met, met]), name, phases, 5)  # people count, not what they met
        is_hidden |= (parts["segment"] == name) & parts["phase"].isin(hide)
    assert is_hidden[parts["n"] < 5].all()
    hidden = parts.loc[is_hidden].rename(columns={"segment": "stage"}).reset_index(drop=True)
    # a phase shown less the shares of all customers leaves the phases that are not, together
    hidden["phase"] = hidden["phase"].where(hidden["phase"].isin(phases), "others" if phases else None)
    segments = set(parts.loc[~is_hidden, "segment"].dropna())
    if segments and not hidden.empty:
        assert not tells_by_rank(hidden, segments, {*phases, "others"}, 5)
    else:
        assert hidden.empty or (parts.loc[~is_hidden, "segment"].isna()).all()


def test_a_phase_that_nobody_met_says_so_and_breaks_nothing(toy):
    panel = phase_balance(toy, since="2026-01", until="2026-01", language="sv")
    assert "Inget mäts i: Konsumtion, Betalning." in panel.text.value
    assert panel.data.balance["carried_share"].tolist() == [1, 0, 0]
    assert panel.chart.value["interval"][1:] == ["mäts inte", "mäts inte"]
    few = phase_balance(toy, segment="South")
    assert few.chart.value["has_carried"] is False and few.chart.value["carried_share"] == [None, None, 0]
    assert few.chart.value["nothing"] and "Too few customers" in few.text.value


def test_labels_of_the_study_are_used(toy):
    panel = phase_balance(toy, language="sv", segment="North", smallest_base=1)
    assert panel.text.value.count("Norr, januari 2026 till februari 2026: 14 uppmätta upplevelser.") == 1
    assert dict(panel.controls.segment.options)["Norr"] == "North"


def test_what_is_wrong_is_named(toy, write_study):
    for question, message in (
        ({"importance": "resturant"}, "unknown archetype 'resturant'.*ski.*did you mean 'restaurant'"),
        ({"importance": {"purchase": 1}}, "no rating for consumption"),
        ({"segment": "Nord"}, "unknown segment 'Nord'.*did you mean 'North'"),
        ({"since": "2025-12"}, "since is 2025-12; allowed: 2026-01 to 2026-02"),
        ({"since": "2026-02", "until": "2026-01"}, "lies before since"),
        ({"since": "spring"}, "since must be a month or a time, such as '2026-10', found 'spring'"),
        ({"smallest_base": 0}, "smallest_base must be at least 1"),
    ):
        for function in (phase_balance, phase_balance_data):
            with pytest.raises(cx.ParameterError, match=message):
                function(toy, **question)
    with pytest.raises(cx.ParameterError, match="language is 'no'"):
        phase_balance(toy, language="no")
    silent = {"events.csv": "customer_id,occurred_at,touchpoint\na,2026-01-01,Shop\n", "touchpoints.csv": TOUCHPOINTS}
    unmeasured = phase_balance(cx.load_study(write_study(silent, "silent")))
    assert unmeasured.chart.value["interval"] == ["not measured"] * 3 and unmeasured.data.since == pd.Period("2026-01")
    early = silent | {"touchpoints.csv": "touchpoint,phase,stage\nShop,purchase,awareness\n"}
    with pytest.raises(cx.ParameterError, match="no experiences from the purchase on"):
        phase_balance(cx.load_study(write_study(early, "early")))


@settings(max_examples=15)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from(PHASES), st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0, 12.0])),
            st.tuples(st.just("archetype"), st.sampled_from(["restaurant", "e-commerce", ""])),
            st.tuples(st.just("segment"), st.sampled_from(["", "Farm", "House"])),
        ),
        max_size=6,
    )
)
def test_whatever_is_moved_the_twin_of_where_it_stands_shows_the_same(shared_panel, study, moves):
    shared_panel.controls.reset.click()
    for control, value in moves:
        if control in PHASES:
            shared_panel.controls.phases[control].number.value = value
        else:
            getattr(shared_panel.controls, control).value = value
    segment = shared_panel.controls.chosen_segment
    assert_shows_what_the_twin_gives(shared_panel, study, importance=shared_panel.ratings, segment=segment)
