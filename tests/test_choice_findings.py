"""What the report says of the choice of touchpoints, on a study to be counted by hand, and on the bundled one."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

import cxlib as cx
from cxlib.findings import (
    advice_rows,
    advice_section,
    payment_rows,
    payment_section,
    set_rows,
    smallest_set_section,
)
from tests.test_findings import EVIL, figures_of, write_study

EN, SV = cx.Language("en"), cx.Language("sv")
DEMO = Path(__file__).parents[1] / "data" / "demo"

TOUCHPOINTS = f"""touchpoint,phase,stage,owners,needs,potential,cost_per_contact,required,default_experience
Sign-up,purchase,purchase,Sales,become a customer,0.9,20,true,1
Invoice {EVIL},payment,use,Billing;IT,pay,0.5,2,true,0
Letter,purchase,use,Sales,"know {EVIL}",0.2,5,false,0
Web,purchase,use,Sales,"know {EVIL}",0.7,1,false,0
"""


def write_choice(folder, touchpoints=TOUCHPOINTS, *, letters=10, letter=1):
    """The toy study with a letter, which is bad for some, and a web page, which is good for all."""
    write_study(folder, bad_invoices=4)
    (folder / "touchpoints.csv").write_text(touchpoints)
    rows = (folder / "events.csv").read_text()
    rows += "".join(f"c{i},2026-10-06,Letter,l{i},{letter}\n" for i in range(letters))
    rows += "".join(f"c{i},2026-10-07,Web,w{i},5\n" for i in range(10))
    (folder / "events.csv").write_text(rows)
    return folder


def said(section) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", section.data))


@pytest.fixture
def figures(tmp_path):
    return figures_of(write_choice(tmp_path))


def test_the_advice_by_hand(figures):
    rows = {row["touchpoint"]: row for row in figures["choice"]["advice"]}
    assert [rows[name]["advice"] for name in ("Sign-up", "Letter", "Web")] == ["protect", "question", "protect"]
    assert rows[f"Invoice {EVIL}"]["advice"] == "improve"
    # half the potential of ten invoices, of which four cost 2 each: 0.5 · (10 + 8)
    assert rows[f"Invoice {EVIL}"]["headroom"] == 9
    text = said(advice_section(figures))
    assert "2 touchpoints to protect, 1 to improve and 1 to question" in text
    assert "has most to add: up to 9 units of capital" in text
    assert "Question Letter: its potential is low" in text


def test_the_letter_goes_and_what_that_saves(figures):
    choice = figures["choice"]
    assert choice["objective"] == "cost" and choice["unjudged"] == []
    assert [row["touchpoint"] for row in choice["set"] if not row["kept"]] == ["Letter"]
    text = said(smallest_set_section(figures))
    assert "3 of 4 touchpoints would do" in text and "Letter could go." in text
    # 10 letters at 5, of 10 · (20 + 2 + 5 + 1)
    assert "Their contacts cost 50 of 280" in text and "(18%)" in text
    # 10 − 8 − 20 + 10 = −8; without the letter +12
    assert "made +12 units of net capital; all of them made −8" in text
    assert "In each of 100 samples" in text and "Giving up as much as 50% of" in text


@pytest.mark.parametrize(
    ("touchpoints", "says"),
    [
        (TOUCHPOINTS, "Letter could go, which would save 50 more."),
        (TOUCHPOINTS.replace("0.2,5,", "0.2,,"), "3 would do: then Web could go."),
    ],
    ids=["cost", "count"],
)
def test_what_carries_stays_until_enough_is_given_up(tmp_path, touchpoints, says):
    # letter, web page and sign-up carry 10 each, so a third must be given up for one to go
    figures = figures_of(write_choice(tmp_path, touchpoints, letter=5))
    text = said(smallest_set_section(figures))
    assert "All 4 touchpoints stay" in text
    assert f"If up to 35% of what touchpoints carry net may be given up, {says}" in text


def test_what_is_hidden_stays_and_its_capital_is_not_told(tmp_path):
    figures = figures_of(write_choice(tmp_path, letters=4))
    choice = figures["choice"]
    assert "Letter" in choice["unjudged"]
    row = next(row for row in choice["advice"] if row["touchpoint"] == "Letter")
    assert (row["net_capital"], row["advice"], row["reason"], row["n_customers"]) == (None, None, "too_few", 4)
    # one hidden part of the purchase could be had by subtraction: a second one is hidden with it
    hidden = [row["touchpoint"] for row in choice["advice"] if row["net_capital"] is None]
    assert len(hidden) == 2 and sorted(hidden) == sorted(choice["unjudged"])
    for rows in (choice["set"], choice["sets"]):
        assert all(row["net_capital"] is None and row["kept"] for row in rows if row["touchpoint"] in hidden)
        assert {row["reason"] for row in rows if row["touchpoint"] == "Letter"} == {"too_few"}
    assert "Too few were asked about" in said(smallest_set_section(figures))


def test_without_needs_costs_or_potentials_the_report_says_so(tmp_path):
    figures = figures_of(write_study(tmp_path, bad_invoices=4))
    choice = figures["choice"]
    assert (choice["objective"], choice["set"], choice["sets"]) == ("count", [], [])
    assert "no needs are written in touchpoints.csv" in said(smallest_set_section(figures))
    assert "no potential is written in touchpoints.csv" in said(advice_section(figures))
    assert set_rows(figures).empty and len(advice_rows(figures)) == 2


def test_nothing_is_judged_under_the_smallest_base(tmp_path):
    figures = figures_of(write_choice(tmp_path), smallest_base=11)
    assert all(row["net_capital"] is None for row in figures["choice"]["advice"])
    assert "Too few customers were asked about any touchpoint" in said(advice_section(figures))
    assert "All 4 touchpoints stay" in said(smallest_set_section(figures))
    assert "Too few customers met the payment" in said(payment_section(figures))
    assert payment_rows(figures)["share"].isna().all()


def test_the_payment_by_hand(figures):
    payment = {row["subject"]: row for row in figures["choice"]["payment"]["shares"]}
    assert (payment["contacts"]["payment"], payment["contacts"]["total"]) == (10, 40)
    assert (payment["capital_drained"]["payment"], payment["capital_drained"]["total"]) == (8, 28)
    text = said(payment_section(figures))
    assert "The payment accounts for 25% of 40 contacts" in text
    # ten payments as good as a sign-up (+1), where they gave −8 together
    assert "capital would change by +18" in text
    assert "none of the 3 other" not in text and "Then 1 of the 3 other touchpoints could go" in text


@pytest.mark.parametrize("language", [EN, SV], ids=["en", "sv"])
def test_every_section_speaks_the_language_and_escapes_the_study(figures, language):
    for section in (advice_section, smallest_set_section, payment_section):
        page = section(figures, language=language).data
        assert EVIL not in page and "{" not in page and not re.search(r"\bnan\b", page, re.IGNORECASE)
    assert json.dumps(figures["choice"], allow_nan=False)
    assert ("Ifrågasätt Letter" in said(advice_section(figures, language=language))) == (language is SV)


def test_the_bundled_study_gives_the_figures_that_the_notebook_states():
    study = cx.load_study(DEMO).as_of(pd.Timestamp("2026-11-01"))
    choice = cx.findings.choice_figures(study, period=pd.Period("2026-10"), smallest_base=5, rules=RULES)
    frame = {"period": "2026-10", "previous_period": "2026-09", "recent_months": 3, "labels": {}}
    text = said(smallest_set_section({"choice": choice, "rules": {"loss_weight": 2.25}, **frame}))
    assert "13 of 15 touchpoints would do" in text and "made +370 units of net capital; all of them made −175" in text
    assert "may be given up, Energy advice could go, which would save 39,340 SEK more." in text
    assert (choice["advice"][0]["touchpoint"], round(choice["advice"][0]["headroom"])) == ("Monthly invoice", 1593)
    goes = [row["touchpoint"] for row in choice["set"] if not row["kept"]]
    assert goes == ["Invoice question", "Price change notice"]
    none_given_up = next(row for row in choice["sets"] if row["capital_given_up"] == 0)
    assert (none_given_up["saved_cost"], none_given_up["cost_before"]) == (97_070, 464_519)
    saved = {row["capital_given_up"]: row["saved_cost"] - 97_070 for row in choice["sets"]}
    assert (saved[0.05], saved[0.3], saved[0.35]) == (39_340, 39_340, 92_740), "Energy advice, then Contract change"
    carries = {row["touchpoint"] for row in choice["set"] if row["reason"] == "carries"}
    assert carries == {"Contract change", "Energy advice", "Usage report"}
    drained = next(row for row in choice["payment"]["shares"] if row["subject"] == "capital_drained")
    assert round(drained["share"], 2) == 0.91


RULES = cx.CapitalRules(loss_weight=2.25, resolved_loss_weight=1, half_life_days=365)
