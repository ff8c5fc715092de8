"""What the report says of the journey, the canvas and the departments, on studies small enough to count by hand."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.archetypes import PHASES
from cxlib.confidentiality import suppress_derivable
from cxlib.findings import (
    canvas_rows,
    canvas_section,
    department_rows,
    journey_month_figures,
    journey_section,
    owner_rows,
    ownership_section,
    stage_rows,
)
from cxlib.findings.journey_figures import _guarded, _shown_phases
from cxlib.findings.plain import plain
from tests.test_confidentiality import tells_by_rank
from tests.test_findings import EVIL, figures_of
from tests.test_findings import write_study as write_findings_study

SV = cx.Language("sv")
RULES = cx.CapitalRules(loss_weight=2)
OCTOBER = pd.Period("2026-10", "M")

TOUCHPOINTS = """touchpoint,phase,stage,owners
Advert,purchase,awareness,Marketing
Quote,purchase,evaluation,Sales;Pricing
Order,purchase,purchase,Sales
Letter,purchase,purchase,
Call,purchase,purchase,Sales
Invoice,payment,use,Billing;IT
"""
STEPS = f"""step,stage,position,emotion,owners
Compare,evaluation,1,-1,Sales
Invoiced {EVIL},use,2,-1.5,Billing;IT
Renew,loyalty,3,1,Sales
"""
SETTINGS = """name = "Toy"
timezone = "Europe/Stockholm"
[labels.sv]
Invoice = "Faktura"
Billing = "Fakturering"
Compare = "Jämföra"
"""


def toy(write_study, scores, *, touchpoints=TOUCHPOINTS, steps=STEPS):
    """A study whose customers give every score of a touchpoint once in October 2026, each customer one of each."""
    rows = "customer_id,occurred_at,touchpoint,event_id,score\n"
    for touchpoint, values in scores.items():
        for i, score in enumerate(values):
            rows += f"c{i},2026-10-05,{touchpoint},{touchpoint}{i},{score}\n"
    files = {"touchpoints.csv": touchpoints, "journey_steps.csv": steps, "events.csv": rows, "study.toml": SETTINGS}
    return write_study({name: text for name, text in files.items() if text})


def figures(folder, **options):
    study = cx.load_study(folder).as_of("2026-11-01")
    return journey_month_figures(study, period=OCTOBER, rules=RULES, **options)


GOOD_QUOTES = {"Quote": [5] * 20, "Order": [5] * 9 + [1], "Invoice": [1] * 12 + [5] * 8, "Advert": [""] * 6}


def test_the_weakest_link_and_what_nothing_measures(write_study):
    page = journey_section(figures(toy(write_study, GOOD_QUOTES))).data
    # −12 + 8 of 20: mean −0.2
    assert "weakest link of the journey is Use: 60% of its 20 experiences fell below expectation (mean −0.20," in page
    assert "Its whole interval lies under that of every other stage." in page
    assert "Nothing was measured in Awareness and Loyalty." in page
    assert "Brand tracking" in page and "exit survey" in page and "right after the purchase" not in page
    assert "Evaluation came out best (+50.0 points" in page and "Use worst (−10.0 points" in page
    assert "touchpoints only" not in page


def test_an_uncertain_weakest_link_names_the_others_and_a_part_says_so(write_study):
    scores = {"Quote": [1] * 4 + [5] * 6, "Order": [1] * 5 + [5] * 5}
    page = journey_section(figures(toy(write_study, scores))).data
    assert "weakest link of the journey is Purchase: 50%" in page
    assert "Its interval overlaps with that of Evaluation, so the weakest may be another." in page
    assert "It is measured at 1 of its 3 touchpoints only, so only those are judged." in page
    most = figures(toy(write_study, {**scores, "Call": [1] * 5 + [5] * 5}))
    assert "link of the journey is Purchase" in journey_section(most).data
    assert "touchpoints only" not in journey_section(most).data


def test_a_weakest_link_surely_above_zero_says_so(write_study):
    page = journey_section(figures(toy(write_study, {"Quote": [5] * 20, "Order": [5] * 18 + [1] * 2}))).data
    assert "is Purchase, though it is above zero: 10% of its 20" in page


def test_one_stage_is_no_weakest_link(write_study):
    page = journey_section(figures(toy(write_study, {"Order": [5] * 9 + [1]}))).data
    assert "Only Purchase is measured well enough to be shown" in page and "weakest link of the journey is" not in page


def test_stages_with_too_few_are_told_from_those_that_nothing_measures(write_study):
    page = journey_section(figures(toy(write_study, {"Quote": [5] * 2, "Order": [5] * 6, "Invoice": [1] * 20}))).data
    assert "Too few customers were asked to show anything of Evaluation and Purchase." in page
    assert "Nothing was measured in Awareness and Loyalty." in page


def test_a_study_without_stages_is_told_what_to_write(write_study):
    bare = "touchpoint,phase\nOrder,purchase\n"
    found = figures(toy(write_study, {"Order": [5] * 9}, touchpoints=bare, steps=""))
    page = journey_section(found).data
    assert "column stage of touchpoints.csv" in page and "Brand tracking" not in page
    assert "no stage: 9 measured experiences." in page
    assert "column owners of touchpoints.csv" in ownership_section(found).data
    assert "journey_steps.csv" in canvas_section(found).data
    assert canvas_rows(found).empty and len(stage_rows(found)) == 5


def test_a_study_without_any_table_but_events(write_study):
    events = "customer_id,occurred_at,touchpoint,score\nc1,2026-10-05,Order,5\n"
    found = figures(write_study({"study.toml": 'name = "Bare"\ntimezone = "UTC"\n', "events.csv": events}))
    assert (
        "column stage" in journey_section(found, language=SV).data
        or "kolumnen stage" in journey_section(found, language=SV).data
    )
    assert "kolumnen owners" in ownership_section(found, language=SV).data


def test_the_canvas_against_what_was_measured(write_study):
    page = canvas_section(figures(toy(write_study, GOOD_QUOTES))).data
    assert "Of the 3 steps on the canvas, Invoiced &lt;script&gt;" in page and EVIL not in page
    assert "−1.5 on a scale from −2 to 2. Behind it: Billing and IT." in page
    # evaluation: declared −1, measured +1; use: −1.5 and −0.2 with an interval over zero
    assert "Evaluation feels bad on the canvas (−1.0 on average) but measures well (mean +1.00" in page
    assert "Use feels" not in page
    assert (
        "Utvärdering känns dåligt enligt kartan"
        in canvas_section(figures(toy(write_study, GOOD_QUOTES)), language=SV).data
    )


def test_a_good_step_that_measures_badly(write_study):
    steps = STEPS.replace(",2,-1.5,", ",2,1.5,").replace("1,-1,Sales", "1,,Sales")
    page = canvas_section(figures(toy(write_study, {"Invoice": [1] * 20, "Order": [5] * 9}, steps=steps))).data
    assert "Use feels good on the canvas (+1.5 on average) but measures badly (mean −1.00" in page
    agreeing = STEPS.replace("1,-1,Sales", "1,,Sales")
    page = canvas_section(figures(toy(write_study, {"Invoice": [1] * 20}, steps=agreeing))).data
    assert "In no stage do canvas and measurements point in opposite directions." in page


def test_the_phases_beside_the_stages_are_those_that_the_balance_shows():
    groups = [
        ("purchase", "purchase", True, 3), ("purchase", "evaluation", True, 20), ("purchase", "purchase", False, 20),
        ("consumption", "use", True, 6), ("payment", "use", True, 30), (None, "use", True, 30),
    ]  # fmt: skip
    met = pd.DataFrame(
        [
            {"phase": phase, "stage": stage, "is_measured": is_measured, "customer_id": f"{place}-{i}"}
            for place, (phase, stage, is_measured, n) in enumerate(groups)
            for i in range(n)
        ]
    )
    # three customers count in the purchase, and with the consumption shown they would be told
    assert _shown_phases(met, 5) == ["payment"]
    assert _shown_phases(met, 3) == ["consumption", "payment", "purchase"]
    again = pd.concat([met, met.loc[met["stage"] == "purchase"]])
    assert _shown_phases(again, 5) == ["payment"]  # the same three


def test_stages_that_are_all_hidden_are_still_numbers(write_study):
    rows = stage_rows(figures(toy(write_study, {"Quote": [5] * 2})))
    assert rows["mean_experience"].dtype == "float64" and rows["mean_experience"].isna().all()


def test_a_canvas_without_emotions_or_measurements(write_study):
    silent = "step,stage\nCompare,evaluation\n"
    page = canvas_section(figures(toy(write_study, GOOD_QUOTES, steps=silent))).data
    assert "1 steps but no emotions yet" in page and 'class="note"' not in page
    page = canvas_section(figures(toy(write_study, {"Order": [5] * 9}))).data
    assert "so the two cannot be compared" in page


def test_whose_touchpoints_they_are(write_study):
    found = figures(toy(write_study, GOOD_QUOTES))
    page = ownership_section(found).data
    assert "2 of 6 touchpoints have several departments behind them." in page
    # 8 gains, 12 losses of weight 2
    assert (
        "Invoice has the lowest net: −16 units of capital (−24 drained, the rest carried or recovered); 60% of its 20"
        in page
    )
    assert "Nobody is named as responsible for Letter." in page
    swedish = ownership_section(found, language=SV).data
    assert "Av dem har Faktura lägst netto" in swedish and "Bakom den står Fakturering och IT." in swedish


def test_the_rows_speak_the_readers_language(write_study):
    found = figures(toy(write_study, GOOD_QUOTES))
    assert set(owner_rows(found, language=SV)["touchpoint"]) >= {"Faktura", "Order"}
    assert department_rows(found, language=SV)["department"].iloc[0] == "Fakturering"
    assert department_rows(found)["department"].iloc[0] == "Billing"
    rows = canvas_rows(found, language=SV)
    assert rows["step"].iloc[0] == "Jämföra" and rows["owners"].iloc[1] == ("Fakturering", "IT")


def test_a_stage_does_not_tell_a_touchpoint_that_is_hidden(write_study):
    # Letter has three customers. Hidden beside it within the phase is Call; Quote does not count, it lies before the
    # purchase. Were purchase shown, it would tell Letter and Call; were Order alone to be hidden, the stage would.
    scores = {"Order": [5] * 30, "Letter": [1] * 3, "Invoice": [5] * 20}
    touchpoints = TOUCHPOINTS.replace("Order,purchase,purchase", "Order,purchase,loyalty")
    found = figures(toy(write_study, scores, touchpoints=touchpoints))
    shown = {row["stage"]: row["mean_experience"] for row in found["journey"]["stages"]}
    hidden = {row["touchpoint"] for row in found["journey"]["owners"] if not row["is_shown"] and row["n_customers"]}
    assert hidden == {"Letter", "Order"}
    assert shown["purchase"] is None and shown["loyalty"] is None


def test_a_stage_less_a_phase_does_not_tell_a_touchpoint(write_study):
    # one customer each, nobody twice: "use" less the payment would be T3 and its four customers
    parts = [
        ("T1", "payment", "use", 3), ("T2", "payment", "use", 6), ("T3", "consumption", "use", 4),
        ("T4", "consumption", "loyalty", 7), ("T5", "purchase", "loyalty", 3), ("T6", "purchase", "loyalty", 6),
    ]  # fmt: skip
    touchpoints, rows = "touchpoint,phase,stage\n", "customer_id,occurred_at,touchpoint,score\n"
    for name, phase, stage, n in parts:
        touchpoints += f"{name},{phase},{stage}\n"
        rows += "".join(f"{name}-{i},2026-10-05,{name},{1 if name == 'T3' else 5}\n" for i in range(n))
    customers = "customer_id\n" + "".join(f"{name}-{i}\n" for name, _, _, n in parts for i in range(n))
    files = {"touchpoints.csv": touchpoints, "events.csv": rows, "customers.csv": customers, "study.toml": SETTINGS}
    month = figures_of(write_study(files), recent_months=1)
    hidden = [row["touchpoint"] for row in month["touchpoints"] if row["mean_experience"] is None]
    assert {"T1", "T2", "T3"} <= set(hidden)
    assert [row["phase"] for row in month["phases"] if row["mean_experience"] is not None]
    stages = {row["stage"]: row["mean_experience"] for row in month["journey"]["stages"]}
    # nor loyalty: less the purchase it would be T4, and the consumption less T4 the four customers
    assert stages["use"] is None and stages["loyalty"] is None


def test_stages_less_phases_that_leave_enough_are_shown(write_study):
    scores = {"Quote": [5] * 9, "Order": [5] * 9, "Call": [1] * 3, "Letter": [1] * 4, "Invoice": [5] * 20}
    found = figures(toy(write_study, scores))
    shown = [row["stage"] for row in found["journey"]["stages"] if row["mean_experience"] is not None]
    assert shown == ["evaluation", "purchase", "use"]
    # in the owners' matrix Call and Letter are hidden; who called wrote too, so they are four customers: Order guards
    assert {row["touchpoint"] for row in found["journey"]["owners"] if row["is_shown"]} == {"Invoice"}


def met_once(touchpoints: pd.DataFrame) -> pd.DataFrame:
    """Good experiences at touchpoints with n_customers, nobody's second."""
    rows = touchpoints.loc[touchpoints.index.repeat(touchpoints["n_customers"].astype(int))].reset_index(drop=True)
    return rows.assign(
        customer_id=[f"c{i}" for i in range(len(rows))],
        gap=0.5, experience=1, expected=0.5, met=1.0, is_measured=True,
    )  # fmt: skip


def test_of_stages_that_tell_something_together_the_smaller_is_hidden():
    parts = [
        ("U1", "payment", "use", 6, True), ("U2", "consumption", "use", 2, True), ("U3", "payment", "use", 40, False),
        ("L1", "payment", "loyalty", 6, True), ("L2", "consumption", "loyalty", 2, True),
        ("L3", "payment", "loyalty", 30, False), ("P1", "purchase", "purchase", 20, False),
    ]  # fmt: skip
    touchpoints = pd.DataFrame(parts, columns=["touchpoint", "phase", "stage", "n_customers", "is_hidden"])
    inventory = touchpoints.assign(net_capital=np.where(touchpoints["is_hidden"], np.nan, 1.0))
    met = met_once(touchpoints)
    stages = cx.journey(met, touchpoints)
    assert stages["mean_experience"].notna().tolist() == [False, False, True, True, True]
    # use and loyalty less the payment are U2 and L2, four customers; the purchase keeps loyalty from being the rest
    guarded = _guarded(stages, met, inventory, touchpoints, 5)
    assert guarded["mean_experience"].notna().tolist() == [False, False, False, True, False]


def test_what_phases_tell_by_themselves_hides_no_stage():
    parts = [("N1", "payment", None, 6), ("U1", "payment", "use", 40), ("P1", "purchase", "purchase", 20)]
    touchpoints = pd.DataFrame(parts, columns=["touchpoint", "phase", "stage", "n_customers"])
    inventory = touchpoints.assign(net_capital=[np.nan, 1.0, 1.0])
    met = met_once(touchpoints)
    stages = cx.journey(met, touchpoints)
    pd.testing.assert_frame_equal(_guarded(stages, met, inventory, touchpoints, 5), stages, check_like=True)


some_touchpoints = st.lists(
    st.tuples(
        st.sampled_from([*PHASES, None]),
        st.sampled_from(["evaluation", "purchase", "use", "loyalty", None]),
        st.one_of(st.integers(0, 6), st.just(40)),
    ),
    max_size=8,
)


# Of the phases four may be of those that pay: none is shown, and so the purchase is.
small_phases = [
    ("purchase", "purchase", 1), ("purchase", "use", 3), ("payment", "purchase", 1),
    ("consumption", "purchase", 1), ("consumption", "purchase", 40),
]  # fmt: skip


@example(small_phases)
@settings(max_examples=100, deadline=None)
@given(some_touchpoints)
def test_no_stage_tells_what_phases_and_touchpoints_hide(some):
    touchpoints = pd.DataFrame(some, columns=["phase", "stage", "n_customers"], dtype=object)
    touchpoints = touchpoints.assign(touchpoint=[f"T{i}" for i in range(len(some))])
    met = met_once(touchpoints)
    counts = touchpoints["n_customers"].where(touchpoints["stage"] != "evaluation", 0).astype(int)
    inventory = touchpoints.assign(n_customers=counts, net_capital=1.0)
    stages = cx.journey(met, touchpoints)
    shown = _guarded(stages, met, inventory, touchpoints, 5)

    by_phase = met.loc[met["stage"] != "evaluation"].groupby("phase")["customer_id"].nunique()
    # as every section shows them: who pays may buy too, so small phases are not taken to be other people's
    phases = suppress_derivable(
        by_phase.rename("n").reset_index().assign(share=1.0), base="n", columns=["share"], parts="overlapping"
    ).dropna(subset="share")["phase"]
    hidden = suppress_derivable(inventory, base="n_customers", columns=["net_capital"], within="phase")
    hidden = hidden.loc[hidden["net_capital"].isna() & (counts > 0)].rename(columns={"n_customers": "n"})
    staged = set(shown.loc[shown["mean_experience"].notna(), "stage"])
    if hidden.empty:
        pd.testing.assert_frame_equal(shown, stages, check_like=True)
    elif staged & set(hidden["stage"]):
        assert not tells_by_rank(hidden, staged, set(phases), 5)


def test_a_stage_that_is_hidden_to_guard_another_is_not_called_the_weakest(write_study):
    scores = {"Quote": [5] * 6, "Order": [1] * 30, "Letter": [1] * 3, "Invoice": [5] * 40}
    touchpoints = TOUCHPOINTS.replace("Order,purchase,purchase", "Order,purchase,loyalty")
    stages = figures(toy(write_study, scores, touchpoints=touchpoints))["journey"]["stages"]
    # by its own base loyalty, all bad, could be shown; with Order it would tell Letter
    assert [row["stage"] for row in stages if row["mean_experience"] is not None] == ["use"]
    assert not any(row["is_weakest"] for row in stages)


def test_the_months_figures_hold_the_same_journey(tmp_path):
    folder = write_findings_study(tmp_path, bad_invoices=4)
    month = figures_of(folder, recent_months=2)
    alone = figures(folder, recent_months=2)
    assert month["journey"] == alone["journey"]
    assert month["journey"]["n_without_stage"] == 0
    assert [row["n_experiences"] for row in month["journey"]["stages"]] == [0, 0, 10, 10, 0]
    assert figures_of(folder, recent_months=1)["journey"]["stages"][2]["n_experiences"] == 0
    assert json.loads(json.dumps(month)) == month
    assert EVIL not in ownership_section(month).data


def test_too_small_a_base_is_refused(write_study):
    with pytest.raises(cx.ParameterError, match="smallest_base must be at least 1"):
        figures(toy(write_study, GOOD_QUOTES), smallest_base=0)


def test_plain_is_what_json_knows():
    frame = pd.DataFrame(
        {"n": [1], "share": [0.12345678], "names": [("a", "b")], "none": [float("nan")], "yes": [True]}
    )
    assert plain(frame.to_dict("records")) == [
        {"n": 1, "share": 0.123457, "names": ["a", "b"], "none": None, "yes": True}
    ]
    assert plain({"means": np.array([1.0, np.nan]), "days": float("inf")}) == {"means": [1.0, None], "days": None}
    assert plain(np.array([[1, 2], [3, 4]])) == [[1, 2], [3, 4]] and plain(np.array(5)) == 5
    assert plain([-np.inf, np.float32("inf"), pd.NA, pd.NaT]) == [None] * 4
