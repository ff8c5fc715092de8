"""The month's figures and what the sections say of them, on a study small enough to count by hand."""

import json
from pathlib import Path

import pandas as pd
import pytest

import cxlib as cx
from cxlib.findings import (
    fix_first_section,
    headline_section,
    limits_section,
    month_figures,
    phase_section,
    risk_section,
)
from cxlib.findings.tiles import tile_change
from cxlib.findings.words import ReportWords

EVIL = "<script>alert(1)</script>"

TOUCHPOINTS = f"""touchpoint,phase,stage,owners,default_experience
Sign-up,purchase,purchase,Sales,1
Invoice {EVIL},payment,use,Billing;IT,0
"""


SETTINGS = """name = "Toy"
timezone = "Europe/Stockholm"
archetype = "e-commerce"
[scales.nps]
min = 0
max = 10
expected = 7.5
counts_as_experience = false
"""


def write_study(folder, *, bad_invoices: int):
    """Ten customers: all signed up in September; in October each has an invoice, some of them bad."""
    people = [f"c{i}" for i in range(10)]
    (folder / "study.toml").write_text(SETTINGS)
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


def figures_of(folder, *, period="2026-10", segment=None, resolved=None, **options):
    month = pd.Period(period, "M")
    study = cx.load_study(folder).as_of((month + 1).to_timestamp())
    study = study.segment(segment) if segment else study
    rules, requirement = cx.CapitalRules(loss_weight=2, resolved_loss_weight=resolved), cx.Requirement()
    rows = cx.experiences(study, rules)
    ledger = cx.capital_ledger(rows, rules, study.cases)
    zones = cx.risk_zones(cx.customer_months(ledger, rules, until=month), study.customers, requirement)
    return month_figures(
        study,
        rows,
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


def test_zones_and_touchpoints_by_hand(figures):
    assert figures["zones"] == {"at_risk": 4, "thin": 6, "cushioned": 0}
    invoice = figures["touchpoints"][0]
    assert (invoice["capital_drained"], invoice["n_experiences"], invoice["owners"]) == (-8, 10, "Billing;IT")
    assert invoice["drained_share"] == 1


def test_a_small_segment_cannot_be_had_by_subtraction(figures):
    """South has four customers. Were North shown, the headline less North would tell South's share."""
    assert [(row["segment"], row["n_customers"], row["at_risk_share"]) for row in figures["segments"]] == [
        ("North", 6, None),
        ("South", 4, None),
    ]


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


def test_what_is_assumed_counts_in_the_accounts_but_not_as_measured(tmp_path):
    folder = write_study(tmp_path, bad_invoices=4)
    events = (folder / "events.csv").read_text()
    # nobody scored the sign-ups: each counts as +1 by the touchpoint's default, measured by no one
    (folder / "events.csv").write_text(events.replace(",5\n", ",\n"))
    figures = figures_of(folder)
    assert figures["headline"]["at_risk_share"]["value"] == 0.4
    assert figures["headline"]["negative_share"]["previous"] is None  # nothing was measured in September
    purchase, _, payment = figures["phases"]
    assert (purchase["n_experiences"], purchase["n_assumed"], purchase["mean_experience"]) == (0, 10, None)
    assert (payment["n_experiences"], payment["n_assumed"], payment["share_negative"]) == (10, 0, 0.4)
    assert [row["touchpoint"] for row in figures["movers"] if row["change"]] == [f"Invoice {EVIL}"]
    assert "measured in Purchase and Consumption" in phase_section(figures).data
    assert "50% of 20 experiences are assumed" in limits_section(figures).data


def test_one_customer_with_many_answers_is_one_customer(tmp_path):
    folder = write_study(tmp_path, bad_invoices=0)
    (folder / "events.csv").write_text(
        "customer_id,occurred_at,touchpoint,event_id,score\n"
        + "".join(f"c0,2026-10-{day:02d},Invoice {EVIL},e{day},1\n" for day in range(1, 10))
    )
    (folder / "responses.csv").write_text(
        "customer_id,answered_at,metric,score\n" + "".join(f"c0,2026-10-{day},nps,0\n" for day in range(10, 20))
    )
    figures = figures_of(folder)
    assert figures["headline"]["negative_share"]["value"] is None
    assert figures["headline"]["nps_points"]["value"] is None
    assert figures["phases"][2]["carried_share"] is None
    assert figures["phases"][2]["is_weakest"] is None
    assert "Too few customers were disappointed" in fix_first_section(figures).data


def test_what_was_given_back_to_a_few_is_not_shown_as_nothing(tmp_path):
    folder = write_study(tmp_path, bad_invoices=4)
    cases = "".join(f"k{i},c{i},2026-10-06,2026-11-10\n" for i in range(4))
    (folder / "cases.csv").write_text("case_id,customer_id,opened_at,customer_informed_at\n" + cases)
    movers = {row["touchpoint"]: row for row in figures_of(folder, period="2026-11", resolved=1)["movers"]}
    # nobody met an invoice in November, but four customers got something back for October's
    assert f"Invoice {EVIL}" not in movers


def test_phases_are_judged_over_the_recent_months_only(tmp_path):
    folder = write_study(tmp_path, bad_invoices=4)
    assert figures_of(folder, recent_months=1)["phases"][0]["n_experiences"] == 0  # the sign-ups were in September
    assert figures_of(folder, recent_months=2)["phases"][0]["n_experiences"] == 10


def change(figures, name):
    return {key: figures["headline"][name][key] for key in ("change_low", "change_high", "may_be_chance")}


def test_a_change_that_chance_could_make_is_called_so_and_has_no_colour(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "all").mkdir()
    small = figures_of(write_study(tmp_path / "one", bad_invoices=1))
    large = figures_of(write_study(tmp_path / "all", bad_invoices=10))
    assert small["headline"]["negative_share"]["may_be_chance"] is True
    assert small["headline"]["at_risk_share"]["may_be_chance"] is True  # one became at risk, none ceased
    assert large["headline"]["at_risk_share"]["may_be_chance"] is False  # ten did: p = 2 / 2**10
    low, high, _ = change(large, "negative_share").values()
    assert 0 < low < high == 1  # ten of ten after none of ten: sure of the sign, not of the size
    assert 'class="change worse"' not in headline_section(small).data
    assert "may be chance" in headline_section(small).data
    assert headline_section(large).data.count('class="change worse"') == 2


def test_fewer_at_risk_is_better_and_a_lower_score_is_worse():
    now = {"value": 0.1, "low": 0.05, "high": 0.2, "base": 90, "previous": 0.4, "previous_base": 90}
    now |= {"may_be_chance": False}
    words = ReportWords({"period": "2026-10", "previous_period": "2026-09", "rules": {"loss_weight": 2},
                         "recent_months": 3}, cx.Language())  # fmt: skip
    options = {"factor": 100, "decimals": 1, "unit": "tiles.points"}
    assert tile_change(words, now, more_is_better=False, **options)["direction"] == "better"
    assert tile_change(words, now, more_is_better=True, **options)["direction"] == "worse"
    assert tile_change(words, now | {"may_be_chance": True}, more_is_better=True, **options)["direction"] == "same"


def test_the_score_of_five_is_not_certain_to_have_changed(tmp_path):
    folder = write_study(tmp_path, bad_invoices=0)
    rows = [f"c{i},2026-{month}-10,nps,{score}\n" for month, score in (("09", 8), ("10", 9)) for i in range(5)]
    (folder / "responses.csv").write_text("customer_id,answered_at,metric,score\n" + "".join(rows))
    low, high, may_be_chance = change(figures_of(folder), "nps_points").values()
    assert 0 < low < 100 < high
    assert may_be_chance is False


def test_a_score_that_chance_could_have_moved_is_called_so(tmp_path):
    folder = write_study(tmp_path, bad_invoices=0)
    rows = [
        f"c{i},2026-{month}-10,nps,{10 if i < n else 0}\n" for month, n in (("09", 5), ("10", 6)) for i in range(10)
    ]
    (folder / "responses.csv").write_text("customer_id,answered_at,metric,score\n" + "".join(rows))
    low, high, may_be_chance = change(figures_of(folder), "nps_points").values()
    assert low < 0 < high
    assert may_be_chance is True


def test_a_hidden_phase_hides_the_imbalance_that_it_is_part_of(tmp_path):
    folder = write_study(tmp_path, bad_invoices=4)
    touchpoints = (folder / "touchpoints.csv").read_text() + "Outage,consumption,use,IT,-1\n"
    (folder / "touchpoints.csv").write_text(touchpoints)
    with (folder / "events.csv").open("a") as events:
        events.write("c0,2026-10-07,Outage,o1,1\n")
    phases = figures_of(folder)["phases"]
    # one customer met an outage: to hide it takes a second phase, and the imbalance is made of all three
    assert [row["mean_experience"] is None for row in phases].count(True) == 2
    assert [row["imbalance"] for row in phases] == [None] * 3


def test_a_touchpoint_that_is_withheld_to_guard_another_is_named():
    """One customer was asked about the payment reminder; what invoice questions drained would tell of her."""
    figures = figures_of(Path(__file__).parents[1] / "data" / "demo", recent_months=3)
    rows = {row["touchpoint"]: row for row in figures["touchpoints"]}
    assert rows["Invoice question"]["capital_drained"] is None and rows["Invoice question"]["n_customers"] > 60
    assert "left out of this order: Invoice question." in fix_first_section(figures).data
    hidden = [row["capital_drained"] is None for row in figures["touchpoints"]]
    assert hidden == sorted(hidden), "a hidden touchpoint's place would tell what it drained"


def test_the_first_screen_warns_where_hardly_anything_is_measured(tmp_path):
    folder = write_study(tmp_path, bad_invoices=0)
    events = (folder / "events.csv").read_text()
    (folder / "events.csv").write_text(events.replace(",5\n", ",\n").replace(",3\n", ",\n"))
    assert "Hardly anything was measured: 100%" in headline_section(figures_of(folder)).data
    (folder / "events.csv").write_text(events)
    assert "Hardly anything" not in headline_section(figures_of(folder)).data


def test_the_first_screen_warns_of_customers_whom_no_list_knows(tmp_path):
    folder = write_study(tmp_path, bad_invoices=0)
    events = (folder / "events.csv").read_text()
    (folder / "events.csv").write_text(events.replace("c9,", "9,"))
    page = headline_section(figures_of(folder)).data
    assert "1 of 10 customers with experiences stand in no customer list" in page


def test_who_left_is_counted_of_those_who_were_there(tmp_path):
    folder = write_study(tmp_path, bad_invoices=0)
    customers = (folder / "customers.csv").read_text().replace("2026-09-01", "2026-08-01")
    for person, day in (("c0", "2026-08-30"), ("c1", "2026-09-10"), ("c2", "2026-10-10")):
        customers = customers.replace(f"{person},North,2026-08-01,", f"{person},North,2026-08-01,{day}")
    (folder / "customers.csv").write_text(customers)
    churned = figures_of(folder)["headline"]["churned_share"]
    assert (churned["count"], churned["base"], churned["previous_base"]) == (1, 8, 9)
    assert churned["previous"] == pytest.approx(1 / 9, abs=1e-6)


def test_segments_that_chance_could_make_are_not_ranked(figures):
    rows = [
        {"segment": name, "n_customers": 50, "at_risk_share": share, "low_share": share - 0.1,
         "high_share": share + 0.1, "capital_median": 1.0}
        for name, share in (("North", 0.3), ("South", 0.2))
    ]  # fmt: skip
    assert "no more than chance" in risk_section(figures | {"segments": rows}, LOSS_WEIGHTS).data
    rows[0] |= {"at_risk_share": 0.5, "low_share": 0.4}
    assert "largest in North (50.0%)" in risk_section(figures | {"segments": rows}, LOSS_WEIGHTS).data


def test_the_rules_that_the_figures_rest_on_are_stated(figures):
    rules = figures["rules"] | {"carry_over": 0.5, "requirement": 2.0, "price_elasticity": 1.0}
    page = limits_section(figures | {"rules": rules}).data
    assert "darkens the next experience by 50%" in page
    assert "needs more than +2.0 units of capital" in page
    assert "darkens" not in limits_section(figures).data


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
    assert figures["phases"][1]["carried_share"] == 0  # nobody was asked about consumption
    assert "Payment drains most: 100% of everything lost." in page
    assert "Payment falls short of its weight: it should carry 38% and carries 0%" in page
    assert "The weakest link is Payment: 40% of its 10 experiences" in page
    assert "measured in Consumption" in page


def test_what_to_fix_first_names_touchpoint_owner_and_base(figures):
    page = fix_first_section(figures).data
    assert "It drained 8 units of capital, 100% of all: 40% of its 10 measured experiences, with 10 customers" in page
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
    assert "--rejected" not in page


def test_the_limits_say_how_to_get_rows_that_were_refused(figures):
    source = figures["data"]["sources"][0]
    data = figures["data"] | {"sources": [source, source | {"rows_rejected": 1200}, source | {"rows_rejected": 34}]}
    page = limits_section(figures | {"data": data}).data
    assert "Rows refused: 1,234, none of which counts here. `cx check STUDY --rejected rejected.csv` writes" in page
