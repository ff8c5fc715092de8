"""The month's figures and what the sections say of them, on a study small enough to count by hand."""

import json

import pandas as pd
import pytest

import cxlib as cx
from cxlib.findings import (
    METRICS_MIME,
    fix_first_section,
    headline_section,
    limits_section,
    metrics_output,
    month_figures,
    phase_section,
    risk_section,
)

EVIL = "<script>alert(1)</script>"

TOUCHPOINTS = f"""touchpoint,phase,stage,owners,default_experience
Sign-up,purchase,purchase,Sales,1
Invoice {EVIL},payment,use,Billing;IT,0
"""


def write_study(folder, *, bad_invoices: int):
    """Ten customers: all signed up in September; in October each has an invoice, some of them bad."""
    people = [f"c{i}" for i in range(10)]
    (folder / "study.toml").write_text('name = "Toy"\ntimezone = "Europe/Stockholm"\narchetype = "e-commerce"\n')
    (folder / "touchpoints.csv").write_text(TOUCHPOINTS)
    segments = ["North"] * 6 + ["South"] * 4
    (folder / "customers.csv").write_text(
        "customer_id,segment,joined_on,churned_on\n"
        + "".join(f"{p},{s},2026-09-01,\n" for p, s in zip(people, segments, strict=True))
    )
    rows = "customer_id,occurred_at,touchpoint,event_id,score\n"
    rows += "".join(f"{p},2026-09-05,Sign-up,s{p},5\n" for p in people)
    rows += "".join(
        f"{p},2026-10-05,Invoice {EVIL},i{p},{1 if i < bad_invoices else 3}\n" for i, p in enumerate(people)
    )
    (folder / "events.csv").write_text(rows)
    answers = "".join(
        f"{p},2026-10-10,nps,{score}\n" for p, score in zip(people, [10] * 6 + [8, 0, 0, ""], strict=True)
    )
    (folder / "responses.csv").write_text("customer_id,answered_at,metric,score\n" + answers)
    return folder


def figures_of(folder, *, period="2026-10", segment=None, **options):
    month = pd.Period(period, "M")
    study = cx.load_study(folder).as_of((month + 1).to_timestamp())
    study = study.segment(segment) if segment else study
    rules, requirement = cx.CapitalRules(loss_weight=2), cx.Requirement()
    rows = cx.experiences(study, rules)
    rows = rows.loc[rows["touchpoint"].notna()]  # the relational NPS is not what these figures are about
    ledger = cx.capital_ledger(rows, rules)
    zones = cx.risk_zones(cx.customer_months(ledger, rules, until=month), study.customers, requirement)
    return month_figures(
        study,
        rows,
        ledger,
        zones,
        period=month,
        importance=study.settings.importance,
        rules=rules,
        requirement=requirement,
        segment=segment,
        **options,
    )


@pytest.fixture
def figures(tmp_path):
    return figures_of(write_study(tmp_path, bad_invoices=4))


def test_the_headline_by_hand(figures):
    headline = figures["headline"]
    # ten sign-ups at +1; four bad invoices at −2 leave four customers at −1
    risk = headline["at_risk_share"]
    assert (risk["value"], risk["count"], risk["base"], risk["previous"]) == (0.4, 4, 10, 0.0)
    assert headline["capital_median"]["value"] == 1
    assert (headline["negative_share"]["value"], headline["negative_share"]["base"]) == (0.4, 10)
    assert headline["negative_share"]["previous"] == 0
    # nine answered: six promoters, two detractors
    assert headline["nps_points"]["value"] == pytest.approx(100 * 4 / 9, abs=1e-6)
    assert headline["nps_points"]["base"] == 9
    assert headline["churned_share"] is None  # nobody ever left: the data hold no departures


def test_zones_segments_and_touchpoints_by_hand(figures):
    assert figures["zones"] == {"at_risk": 4, "thin": 6, "cushioned": 0}
    # South has four customers, fewer than the smallest base: its share is hidden, its base is not
    assert [(row["segment"], row["n_customers"], row["at_risk_share"]) for row in figures["segments"]] == [
        ("North", 6, pytest.approx(4 / 6, abs=1e-6)),
        ("South", 4, None),
    ]
    invoice = figures["touchpoints"][0]
    assert (invoice["capital_drained"], invoice["n_experiences"], invoice["owners"]) == (-8, 10, "Billing;IT")


def test_a_touchpoint_that_nobody_met_before_is_compared_with_nothing(figures):
    mover = figures["movers"][0]
    assert (mover["net_capital"], mover["previous_net_capital"], mover["previous_n_customers"]) == (0, 10, 10)
    assert {row["touchpoint"]: row["previous_net_capital"] for row in figures["movers"]}[f"Invoice {EVIL}"] == 0


def test_nothing_under_the_smallest_base_is_in_the_figures(tmp_path):
    hidden = figures_of(write_study(tmp_path, bad_invoices=4), smallest_base=11)
    headline = hidden["headline"]
    for name in ("at_risk_share", "capital_median", "negative_share", "nps_points"):
        assert headline[name]["value"] is None, name
    assert set(hidden["zones"].values()) == {None}
    assert all(row["capital_drained"] is None for row in hidden["touchpoints"])
    assert hidden["movers"] == []


def test_figures_are_plain_json_and_the_same_each_time(tmp_path):
    folder = write_study(tmp_path, bad_invoices=4)
    texts = [json.dumps(figures_of(folder), sort_keys=True, allow_nan=False) for _ in range(2)]
    assert texts[0] == texts[1]


def test_a_month_without_a_month_before_has_nothing_to_compare_with(tmp_path):
    first = figures_of(write_study(tmp_path, bad_invoices=4), period="2026-09")
    assert first["headline"]["at_risk_share"]["previous"] is None
    assert "nothing to compare with in August 2026" in headline_section(first).data


def test_figures_leave_as_json_output(figures):
    assert metrics_output(figures)._repr_mimebundle_()[METRICS_MIME] is figures


def test_the_first_sentence_states_count_base_and_change(figures):
    page = headline_section(figures).data
    assert "4 of 10 customers (40.0%) are at risk at the end of October 2026, up 40.0 points from 0.0%" in page
    assert 'class="figure alarm"' in page


def test_the_first_sentence_in_swedish(figures):
    page = headline_section(figures, language=cx.Language("sv")).data
    assert "4 av 10 kunder (40,0\N{NO-BREAK SPACE}%) är i riskzonen i slutet av oktober 2026" in page


LOSS_WEIGHTS = pd.DataFrame(
    {"loss_weight": [1.0, 12.0], "month": pd.Timestamp("2026-10-01"), "at_risk_share": [0.1, 0.6]}
)


def test_the_risk_section_says_how_far_the_answer_hangs_on_the_loss_weight(figures):
    assert (
        "10.0% are at risk if it weighs as much as 1 good one, 60.0% if it weighs 12"
        in risk_section(figures, LOSS_WEIGHTS).data
    )
    steady = LOSS_WEIGHTS.assign(at_risk_share=0.4)
    assert "hardly hangs" in risk_section(figures, steady).data


def test_the_phase_section_names_what_carries_and_what_nothing_measures(figures):
    page = phase_section(figures).data
    assert "Purchase carries most: 100% of everything gained, where its declared weight is 38%" in page
    assert "measured in Consumption" in page


def test_what_to_fix_first_names_touchpoint_owner_and_base(figures):
    page = fix_first_section(figures).data
    assert "It drained 8 units of capital, 100% of all: 40% of its 10 experiences, with 10 customers" in page
    assert "Billing and IT" in page


@pytest.mark.parametrize("code", ["en", "sv"])
def test_no_text_of_the_study_is_markup(figures, code):
    language = cx.Language(code)
    pages = [
        headline_section(figures, language=language),
        risk_section(figures, LOSS_WEIGHTS, language=language),
        phase_section(figures, language=language),
        fix_first_section(figures, language=language),
        limits_section(figures, language=language),
    ]
    page = "".join(section.data for section in pages)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_limits_state_rows_read_kept_and_refused(figures):
    page = limits_section(figures).data
    assert '<td>events.csv</td><td class="number">20</td><td class="number">20</td><td class="number">0</td>' in page
    assert "fewer than 5 customers" in page
    assert "hypothesis" in page
