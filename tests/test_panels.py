"""The capital explorer without a browser: what the controls say, what is shown, and its headless twin."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.charts.live_capital import LIVE, live_capital_chart
from cxlib.language import Language
from cxlib.panels import capital_explorer, capital_explorer_data
from cxlib.panels.explorer_controls import MOST_OFFERED, ExplorerControls
from cxlib.panels.explorer_words import account_html, rules_html, zones_html
from cxlib.panels.live import LiveChart
from tests.toy_charts import capital_by_month

RULES = cx.CapitalRules(loss_weight=2.25, resolved_loss_weight=1, half_life_days=365)
CUSTOMER = "C00377"


@pytest.fixture(scope="module")
def study():
    return cx.load_study(Path(__file__).parents[1] / "data" / "demo")


@pytest.fixture(scope="module")
def shared_panel(study):
    return capital_explorer(study, rules=RULES)


@pytest.fixture
def panel(shared_panel):
    """The panel as it starts: all customers, nobody chosen."""
    shared_panel.controls.segment.value = ""
    shared_panel.controls.customer.value = ""
    shared_panel.controls.reset.click()
    return shared_panel


def controls(**changed) -> ExplorerControls:
    options = {
        "rules": RULES,
        "requirement": cx.Requirement(),
        "segments": {"Farm": "Gård"},
        "customer_ids": ["A10", "A11", "B10"],
        "segment": None,
        "customer_id": None,
        "language": Language("en"),
    }
    return ExplorerControls(**options | changed)


def assert_shows_what_the_twin_gives(panel, study, **question) -> None:
    twin = capital_explorer_data(study, **{"rules": RULES} | question)
    for field in fields(twin):
        shown, expected = getattr(panel.data, field.name), getattr(twin, field.name)
        if isinstance(expected, pd.DataFrame):
            pd.testing.assert_frame_equal(shown, expected, check_exact=True)
        else:
            assert shown == expected, field.name
    drawn = panel.capital.value
    for column in ("n_customers", "at_risk_share", "capital_q25", "capital_median", "capital_q75"):
        pd.testing.assert_series_equal(
            pd.Series(drawn[column], dtype=float),
            twin.by_month[column].astype(float),
            check_names=False,
            rtol=1e-5,  # charts take six digits
        )
    assert getattr(panel.capital.widget.params, LIVE) == drawn
    assert language_percent(twin.zones["share"].iloc[0]) in panel.zones.value


def language_percent(share: float) -> str:
    return Language("en").percent(share)


# ---- every control against the twin ----


@pytest.mark.parametrize(
    ("control", "value", "question"),
    [
        ("loss_weight", 6.0, {"rules": replace(RULES, loss_weight=6.0)}),
        ("loss_weight", 0.25, {"rules": replace(RULES, loss_weight=1.0)}),  # as far as the slider goes
        ("resolved_loss_weight", 2.0, {"rules": replace(RULES, resolved_loss_weight=2.0)}),
        ("as_unresolved", True, {"rules": replace(RULES, resolved_loss_weight=None)}),
        ("half_life_days", 90.0, {"rules": replace(RULES, half_life_days=90.0)}),
        ("half_life_days", 0.0, {"rules": replace(RULES, half_life_days=None)}),
        ("carry_over", 0.5, {"rules": replace(RULES, carry_over=0.5)}),
        ("neutral_band", 0.25, {"rules": replace(RULES, neutral_band=0.25)}),
        ("required", 1.5, {"requirement": cx.Requirement(base=1.5)}),
        ("elasticity", 1.0, {"requirement": cx.Requirement(elasticity=1.0)}),
        ("segment", "Farm", {"segment": "Farm"}),
        ("customer", CUSTOMER, {"customer_id": CUSTOMER}),
    ],
)
def test_every_control_shows_what_the_twin_gives(panel, study, control, value, question):
    getattr(panel.controls, control).value = value
    assert_shows_what_the_twin_gives(panel, study, **question)


def test_controls_moved_together_show_what_the_twin_gives(panel, study):
    panel.controls.customer.value = CUSTOMER
    panel.controls.segment.value = "Apartment"
    panel.controls.required.value = 1
    panel.controls.elasticity.value = 0.5
    panel.controls.loss_weight.value = 4
    assert_shows_what_the_twin_gives(
        panel,
        study,
        rules=replace(RULES, loss_weight=4.0),
        requirement=cx.Requirement(base=1.0, elasticity=0.5),
        segment="Apartment",
        customer_id=CUSTOMER,
    )
    assert panel.rules == replace(RULES, loss_weight=4.0)
    assert panel.requirement == cx.Requirement(base=1.0, elasticity=0.5)


@pytest.mark.parametrize(("preset", "weight"), [("simple", 1.0), ("tversky_kahneman", 2.25), ("normann", 12.0)])
def test_a_preset_sets_the_loss_weight_and_leaves_the_other_rules(panel, study, preset, weight):
    panel.controls.half_life_days.value = 180
    panel.controls.presets[preset].click()
    assert_shows_what_the_twin_gives(panel, study, rules=replace(RULES, loss_weight=weight, half_life_days=180.0))


def test_reset_goes_back_to_the_rules_of_the_start_and_keeps_the_customer(panel, study):
    panel.controls.customer.value = CUSTOMER
    panel.controls.presets["simple"].click()
    panel.controls.resolved_loss_weight.value = 0.5
    panel.controls.as_unresolved.value = True
    for name in ("half_life_days", "carry_over", "neutral_band", "required", "elasticity"):
        getattr(panel.controls, name).value = 0.5
    panel.controls.reset.click()
    assert_shows_what_the_twin_gives(panel, study, customer_id=CUSTOMER)
    assert panel.zones.value.count("as at the start") == 3


def test_the_change_is_in_points_against_the_same_segment_under_the_rules_of_the_start(panel, study):
    panel.controls.presets["normann"].click()
    panel.controls.segment.value = "Farm"
    begun = capital_explorer_data(study, rules=RULES, segment="Farm")
    now = capital_explorer_data(study, rules=replace(RULES, loss_weight=12.0), segment="Farm")
    compared = panel.data.zones_against(panel.start)
    pd.testing.assert_frame_equal(compared, now.zones_against(begun))
    assert compared["start_share"].tolist() == begun.zones["share"].tolist()
    points = 100 * (now.zones["share"][0] - begun.zones["share"][0])
    assert points > 5 and compared["change_points"][0] == pytest.approx(points)
    assert compared["change_points"].sum() == pytest.approx(0)
    assert f"{Language('en').signed(points, 1)} points since start" in panel.zones.value
    assert panel.capital.value["start_median"][-1] == pytest.approx(begun.by_month["capital_median"].iloc[-1], rel=1e-5)


def test_the_twin_equals_the_functions_on_frames(study):
    rules, requirement = replace(RULES, carry_over=0.3), cx.Requirement(base=1, elasticity=1)
    twin = capital_explorer_data(
        study, rules=rules, requirement=requirement, segment="Farm", customer_id=CUSTOMER, until="2026-03"
    )
    ledger = cx.capital_ledger(cx.experiences(study, rules), rules, cases=study.cases)
    zones = cx.risk_zones(cx.customer_months(ledger, rules, until="2026-03"), study.customers, requirement)
    farms = zones[zones["customer_id"].isin(study.segment("Farm").customers["customer_id"])]
    pd.testing.assert_frame_equal(twin.by_month, cx.capital_by_month(farms))
    pd.testing.assert_frame_equal(twin.zones, cx.zones_by_month(farms).tail(3).reset_index(drop=True))
    pd.testing.assert_frame_equal(twin.statement, cx.statement(ledger, CUSTOMER, rules, until="2026-03"))
    balance = zones[zones["customer_id"] == CUSTOMER]["capital"].iloc[-1]
    assert twin.statement["balance"].iloc[-1] == pytest.approx(balance)


def test_the_balance_by_preset_is_that_of_each_loss_weight(study):
    rules = cx.CapitalRules(loss_weight=3, resolved_loss_weight=3)
    presets = capital_explorer_data(study, rules=rules, customer_id=CUSTOMER).presets.set_index("preset")
    for preset, weight in (("simple", 1.0), ("tversky_kahneman", 2.25), ("normann", 12.0)):
        tried = cx.CapitalRules(loss_weight=weight, resolved_loss_weight=min(3.0, weight))
        alone = capital_explorer_data(study, rules=tried, customer_id=CUSTOMER).statement
        assert presets.loc[preset, "balance"] == pytest.approx(alone["balance"].iloc[-1])
        assert presets.loc[preset, "loss_weight"] == weight


def test_a_customer_who_comes_later_has_no_account_yet(study):
    events = study.events
    late = events[events["occurred_at"] > "2026-06-01"]["customer_id"]
    late = late[~late.isin(events[events["occurred_at"] < "2026-03-01"]["customer_id"])].iloc[0]
    early = capital_explorer(study, rules=RULES, customer_id=late, until="2025-03")
    assert early.data.statement.empty and early.data.presets["balance"].isna().all()
    assert f"Customer {late} had no experience yet at the end of March 2025." in early.account_text.value


# ---- what the controls allow ----

MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("loss_weight"), st.sampled_from([1.0, 2.25, 7.5, 12.0])),
        st.tuples(st.just("resolved_loss_weight"), st.sampled_from([0.0, 1.0, 5.0, 12.0])),
        st.tuples(st.just("as_unresolved"), st.booleans()),
        st.tuples(st.just("half_life_days"), st.sampled_from([0.0, 5.0, 1095.0])),
        st.tuples(st.just("carry_over"), st.floats(0, 1)),
        st.tuples(st.just("neutral_band"), st.floats(0, 0.5)),
        st.tuples(st.just("preset"), st.sampled_from(["simple", "tversky_kahneman", "normann"])),
        st.tuples(st.just("reset"), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=40)
@given(MOVES)
def test_no_moves_of_the_sliders_come_to_rules_that_are_refused(moves):
    tried = controls()
    heard = []
    tried.on_change(lambda: heard.append(tried.rules))
    for name, value in moves:
        before = len(heard)
        if name == "preset":
            tried.presets[value].click()
        elif name == "reset":
            tried.reset.click()
        else:
            getattr(tried, name).value = value
        assert len(heard) <= before + 1, "several updates for one move"
        rules = tried.rules
        assert rules.resolved_loss_weight is None or rules.resolved_loss_weight <= rules.loss_weight
    tried.start_again()
    assert tried.rules == RULES


def test_a_resolved_loss_follows_the_loss_weight_down():
    tried = controls(rules=cx.CapitalRules(loss_weight=6, resolved_loss_weight=4))
    tried.loss_weight.value = 2
    assert tried.rules == cx.CapitalRules(loss_weight=2, resolved_loss_weight=2)
    assert tried.resolved_loss_weight.max == 2


def test_the_slider_of_resolved_losses_rests_while_they_weigh_the_same():
    tried = controls(rules=cx.CapitalRules(loss_weight=6))
    assert tried.as_unresolved.value and tried.resolved_loss_weight.disabled
    tried.as_unresolved.value = False
    assert not tried.resolved_loss_weight.disabled
    assert tried.rules == cx.CapitalRules(loss_weight=6, resolved_loss_weight=6)


@pytest.mark.parametrize(
    "rules",
    [
        cx.CapitalRules(loss_weight=0.3, resolved_loss_weight=0),
        cx.CapitalRules(loss_weight=40, half_life_days=5000, carry_over=3, neutral_band=0.9),
        cx.CapitalRules(half_life_days=0.5, carry_over_decay=0.2, measure="size", opening=3),
    ],
)
def test_the_sliders_reach_rules_beyond_their_usual_ends_and_keep_those_without_a_slider(rules):
    requirement = cx.Requirement(base=-3.1, elasticity=4, median_price=200)
    tried = controls(rules=rules, requirement=requirement)
    assert (tried.rules, tried.requirement) == (rules, requirement)
    tried.presets["normann"].click()
    assert tried.rules.loss_weight == 12
    tried.start_again()
    assert (tried.rules, tried.requirement) == (rules, requirement)


# ---- the customer ----


def test_few_of_many_ids_are_offered():
    ids = [f"C{number:06d}" for number in range(100_000)]
    tried = controls(customer_ids=ids)
    assert len(tried.customer.options) == MOST_OFFERED
    tried.customer.value = "c0999"
    assert tried.customer.options == tuple(ids[99_900 : 99_900 + MOST_OFFERED])
    assert tried.customer_id is None and tried.note.value.startswith("Choose one of the 12 ids")
    tried.customer.value = " C099901 "
    assert tried.customer_id == "C099901" and tried.note.value == ""


@pytest.mark.parametrize(
    ("typed", "language", "said"),
    [
        ("", "en", "3 customers have an account."),
        ("A", "en", "Choose one of the 2 ids offered, or type on."),
        ("A13", "en", "No customer A13. Did you mean A1"),
        ("A13", "sv", "Kunden A13 finns inte. Menade du A1"),
        ("zzzz", "en", "No customer zzzz, and none with a similar id."),
    ],
)
def test_what_is_said_of_a_typed_id(typed, language, said):
    tried = controls(language=Language(language))
    tried.customer.value = typed
    assert tried.note.value.startswith(said)


def test_an_unknown_id_leaves_the_picture_and_hides_the_account(panel):
    panel.controls.customer.value = CUSTOMER
    assert panel.account.widget.layout.display is None
    shown = panel.account.value["entries"]
    assert len(shown) == len(panel.data.statement) - 1  # the closing row is no entry
    panel.controls.customer.value = "C0037X"
    assert panel.data.customer_id is None and panel.account.widget.layout.display == "none"
    assert "No customer C0037X. Did you mean C" in panel.controls.note.value
    assert panel.account_text.value == "<p>Choose a customer to see one account.</p>"


# ---- what is refused ----


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"segment": "Farms"}, "unknown segment 'Farms'.*did you mean 'Farm'"),
        ({"customer_id": "C0037X"}, "'C0037X'.*; did you mean 'C"),
        ({"smallest_base": 0}, "smallest_base must be at least 1"),
        ({"until": "soon"}, "until"),
    ],
)
@pytest.mark.parametrize("function", [capital_explorer, capital_explorer_data])
def test_bad_input_is_refused(study, function, question, message):
    with pytest.raises(cx.ParameterError, match=message):
        function(study, **question)


def test_an_unknown_language_is_refused(study):
    with pytest.raises(cx.ParameterError, match="language is 'se'"):
        capital_explorer(study, language="se")


def test_a_study_without_experiences_is_refused(study):
    with pytest.raises(cx.ParameterError, match="no experiences"):
        capital_explorer_data(replace(study, events=study.events.iloc[:0], responses=study.responses.iloc[:0]))


# ---- words ----


def test_the_language_is_the_studys_unless_one_is_asked_for(study):
    swedish = capital_explorer(study, rules=RULES, language="sv", customer_id=CUSTOMER)
    assert swedish.controls.loss_weight.description == "Förlustvikt"
    assert "I riskzonen" in swedish.zones.value and "%-enheter" not in swedish.zones.value
    assert {entry["touchpoint"] for entry in swedish.account.value["entries"]} >= {"Månadsfaktura"}
    ours = replace(study, settings=replace(study.settings, language="sv"))
    assert capital_explorer(ours).controls.reset.description == "Tillbaka till start"
    labelled = replace(study, settings=replace(study.settings, labels={"sv": {"Farm": "Gård"}}))
    chooser = capital_explorer(labelled, language="sv").controls.segment
    assert ("Gård", "Farm") in chooser.options


@pytest.mark.parametrize("code", ["en", "sv"])
def test_every_control_has_a_label_and_says_what_it_is_for(code):
    made = controls(language=Language(code))
    for name in ("loss_weight", "resolved_loss_weight", "half_life_days", "carry_over", "neutral_band", "required",
                 "elasticity", "segment", "customer", "as_unresolved", "reset", *[]):  # fmt: skip
        control = getattr(made, name)
        assert 3 < len(control.description) <= 22 and len(control.tooltip) > len(control.description)
    assert all(button.tooltip for button in made.presets.values())


def zones(share=(0.2, 0.3, 0.5), change=(5.0, -5.0, 0.04)) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "zone": ["at_risk", "thin", "cushioned"],
            "n_customers": 1000,
            "n_in_zone": [1000 * part for part in share],
            "share": share,
            "change_points": change,
        }
    )


def test_the_zones_say_share_count_base_and_change():
    said = zones_html(zones(), segment="<Farm>", month=pd.Period("2026-10"), language=Language("en"))
    text = re.sub(r"<[^>]+>", "|", said)
    assert "&lt;Farm&gt; at the end of October 2026 (n = 1,000)" in text
    for part in ("20%", "200 of 1,000", "+5.0 points since start", "−5.0 points since start"):
        assert f"|{part}|" in text
    assert text.count("as at the start") == 1


def test_too_few_customers_are_not_shown():
    hidden = zones(share=(float("nan"),) * 3).assign(n_customers=3)
    for frame in (hidden, hidden.iloc[:0]):
        said = zones_html(frame, segment=None, month=pd.Period("2026-10"), language=Language("sv"))
        assert "För få kunder" in said and "%" not in said


def test_the_rules_are_said_in_words():
    said = rules_html(
        cx.CapitalRules(loss_weight=2.25, resolved_loss_weight=1, carry_over=0.3),
        cx.Requirement(base=1.5, elasticity=1),
        language=Language("sv"),
    )
    for part in ("väger 2,25 gånger", "väger den 1.", "Ingenting glöms", "30 %", "kapitalet 1,5", "elasticitet 1"):
        assert part.replace(" %", "\N{NO-BREAK SPACE}%") in said


def test_the_account_escapes_what_the_study_says(study):
    data = capital_explorer_data(study, rules=RULES, customer_id=CUSTOMER)
    said = account_html(
        data.statement, data.presets, customer_id="<b>", month=pd.Period("2026-10"), language=Language("en")
    )
    assert "Customer &lt;b&gt;: 14 entries, and a balance of 0.26 at the end of October 2026." in said


# ---- the live chart ----


def test_a_new_view_that_starts_from_the_first_value_is_shown_the_latest():
    first, later = capital_by_month(), capital_by_month().assign(capital_median=1.0)
    chart = LiveChart(live_capital_chart(first))
    begun = json.loads(json.dumps(chart.value))
    from cxlib.charts.live_capital import live_capital

    latest = live_capital(later, start=first, months=first["month"])
    chart.show(latest)
    chart.widget.set_state({"_params": {LIVE: begun}})  # what a browser says that has just drawn the chart
    assert chart.widget._params[LIVE] == latest == chart.value


def test_moving_a_slider_never_draws_the_charts_anew(panel):
    specs = [chart.widget.spec for chart in (panel.capital, panel.account)]
    panel.controls.customer.value = CUSTOMER
    panel.controls.presets["normann"].click()
    panel.controls.segment.value = "House"
    assert all(chart.widget.spec is spec for chart, spec in zip((panel.capital, panel.account), specs, strict=True))


def test_the_charts_ask_nothing_of_the_network(panel):
    source = panel.capital.widget._esm
    assert not re.search(r"""(from|import\()\s*["']https?:""", source)
