"""Which changes count as more than chance, and which are not given because few people's answers would follow."""

import re

import pytest
from bs4 import BeautifulSoup

import cxlib as cx
from cxlib.findings import changes_since, headline_section
from cxlib.findings.change_words import FigureWords
from cxlib.findings.changes_figures import MONTHS_BACK, chance_adjusted, headline_changes
from cxlib.findings.definitions import Difference
from cxlib.intervals import median_interval
from tests.test_changes import edited, row_of
from tests.test_findings import figures_of, write_study

EN, SV = cx.Language("en"), cx.Language("sv")


@pytest.fixture(scope="module")
def october(tmp_path_factory):
    """A month of the toy study with five more touchpoints, whose means are sure to differ from a month before."""
    figures = figures_of(write_study(tmp_path_factory.mktemp("october"), bad_invoices=4))
    pattern = figures["touchpoints"][0]
    settings = figures["definitions"]["settings"]["touchpoints"]
    for i in range(5):
        name = f"T{i}"
        figures["touchpoints"].append(pattern | {"touchpoint": name, **mean(0.1 * i)})
        settings[name] = dict(settings["Sign-up"])
    return figures


def mean(value, *, half=0.01, n=500):
    return {"mean_experience": value, "low_mean": value - half, "high_mean": value + half, "n_experiences": n}


def earlier(figures, *, means=None, months=1, **headline):
    """A report like this one of so many months before, with other means of its touchpoints."""
    copy = edited(figures, period={1: "2026-09", 12: "2025-10"}[months])
    for row in copy["touchpoints"]:
        row.update(mean((means or {}).get(row["touchpoint"], row["mean_experience"]), half=0.01))
    for name, figure in headline.items():
        copy["headline"][name] |= figure
    return copy


def sentences(changes, figures, language=EN):
    page = BeautifulSoup(headline_section(figures, changes=changes, language=language).data, "html.parser")
    return re.sub(r"\s+", " ", page.get_text(" ", strip=True))


# ---- one family ----


def test_all_changes_of_a_comparison_are_judged_together(october):
    # 4 of 10 against none of 10: its interval leaves 0 out, but all the others are as they were
    then = earlier(october, months=12, at_risk_share={"value": 0.0, "low": 0.0, "high": 0.277533})
    comparison = changes_since(october, None, then)[1]
    row = row_of(comparison, "at_risk_share")
    family = [each for each in comparison.rows if each.may_be_chance is not None]
    assert len(family) >= 8 and {"touchpoint_mean", "nps_points"} <= {each.subject.figure for each in family}
    assert row.low > 0
    assert (chance_adjusted([row])[0].may_be_chance, row.may_be_chance) == (False, True)
    assert "What may be chance is judged for all figures of a comparison together" in sentences((comparison,), october)


def test_a_paired_p_is_judged_in_the_family_too(october):
    now = edited(october)
    now["headline"]["at_risk_share"] |= {"chance_p": 1e-6, "may_be_chance": False}
    then = earlier(now, at_risk_share={"value": 0.0, "low": 0.0, "high": 0.28})
    row = row_of(changes_since(now, then)[0], "at_risk_share")
    assert (row.test, row.p, row.may_be_chance) == ("paired", 1e-6, False)
    now["headline"]["at_risk_share"]["chance_p"] = 0.04  # under 5 % alone
    assert row_of(changes_since(now, then)[0], "at_risk_share").may_be_chance is True


def test_without_its_p_the_interval_judges_the_share_at_risk(october):
    now = edited(october)
    del now["headline"]["at_risk_share"]["chance_p"], now["headline"]["at_risk_share"]["may_be_chance"]
    then = earlier(now, at_risk_share={"value": 0.0, "low": 0.0, "high": 0.9})
    row = row_of(changes_since(now, then)[0], "at_risk_share")
    assert (row.test, row.may_be_chance) == ("independent", True)


def test_the_list_of_reports_judges_as_the_report_does(october):
    then = earlier(october, at_risk_share={"value": 0.1, "low": 0.02, "high": 0.35})
    stated = {row.subject: row.may_be_chance for row in changes_since(october, then)[0].rows}
    assert {row.subject: row.may_be_chance for row in headline_changes(october, then)}.items() <= stated.items()


# ---- those that moved most ----


def test_each_comparison_names_its_own_three_and_counts_the_rest(october):
    month = earlier(october, means={"T0": 0.9})
    year = earlier(october, means={f"T{i}": 0.05 * i - 0.5 for i in range(5)}, months=12)
    changes = changes_since(october, month, year)
    said = sentences(changes, october)
    assert "Chance does not explain what changed since September 2026: T0 – mean experience (worse)." in said
    assert (
        "what changed since October 2025: T4 – mean experience (better); T3 – mean experience (better); "
        "T2 – mean experience (better); 2 more of the touchpoints."
    ) in said
    assert "nothing changed by more than chance" not in said
    swedish = sentences(changes, october, SV)
    assert "T0 – genomsnittlig upplevelse (sämre)." in swedish
    assert "ytterligare 2 av kontaktpunkterna." in swedish


def test_only_where_no_change_is_certain_nothing_is(october):
    said = sentences(changes_since(october, earlier(october)), october)
    assert "Since September 2026 nothing changed by more than chance could explain." in said


# ---- few between two windows ----


@pytest.mark.parametrize(("n_more", "state"), [(0, "compared"), (1, "too_few_between"), (4, "too_few_between"),
                                               (5, "compared")])  # fmt: skip
def test_windows_that_share_months_do_not_tell_what_few_answered(october, n_more, state):
    then = earlier(october)
    then["touchpoints"][-1] |= mean(0.5, n=500)
    now = edited(october)
    now["touchpoints"][-1] |= mean(0.4, n=500 + n_more)
    row = row_of(changes_since(now, then)[0], "touchpoint_mean", "T4")
    assert row.state == state
    assert (row.now.base is None, row.then.base is None, row.change != row.change) == ((state != "compared"),) * 3
    # a year apart they share no month
    year = changes_since(now, None, edited(then, period="2025-10"))[1]
    assert row_of(year, "touchpoint_mean", "T4").state == "compared"
    assert row_of(changes_since(edited(now, recent_months=1), then)[0], "touchpoint_mean", "T4").now.base is not None


def test_phases_and_cases_are_kept_likewise(october):
    now, then = edited(october), earlier(october)
    now["phases"][0] |= mean(0.4, n=100)
    then["phases"][0] |= mean(0.5, n=98)
    row = row_of(changes_since(now, then)[0], "phase_mean", now["phases"][0]["phase"])
    assert row.state == "too_few_between"
    for language, words in ((EN, "too few new answers to compare"), (SV, "för få nya svar för att jämföra")):
        assert words in sentences(changes_since(now, then), now, language)
    assert "share 2 of 3 months with the report of September 2026" in sentences(changes_since(now, then), now)
    assert "har 2 av 3 månader gemensamma" in sentences(changes_since(now, then), now, SV)
    assert MONTHS_BACK["before"] < now["recent_months"]


@pytest.mark.parametrize(("base", "is_told"), [(10, False), (6, False), (5, True)])
def test_what_is_known_by_now_is_told_where_enough_more_is_known(october, base, is_told):
    then = earlier(october, at_risk_share={"value": 0.2, "low": 0.05, "high": 0.5, "base": base})
    changes = changes_since(october, then)  # ten customers in September, as this run finds
    row = row_of(changes[0], "at_risk_share")
    assert (row.known_now, row.test) == (0 if is_told else None, "independent")
    assert ("By now: Customers at risk 0.0%, then 20.0%" in sentences(changes, october)) == is_told


# ---- the median ----


def test_no_interval_runs_from_the_poorest_to_the_richest():
    assert median_interval(range(8))[1:] == (0, 7)
    assert all(end != end for end in median_interval(range(8), lowest_rank=2)[1:])
    assert median_interval(range(9), lowest_rank=2)[1:] == (1, 7)


def test_the_median_of_few_customers_has_no_interval(tmp_path):
    folder = write_study(tmp_path, bad_invoices=4)
    few = figures_of(folder, smallest_base=6)["headline"]["capital_median"]  # ten customers are fewer than twice six
    assert (few["value"], few["low"], few["high"]) == (1, None, None)
    six = figures_of(folder, segment="North", smallest_base=3)["headline"]["capital_median"]
    assert six["value"] is not None and (six["low"], six["high"]) == (None, None)


# ---- settings by their names ----


@pytest.mark.parametrize(
    ("difference", "english", "swedish"),
    [
        (Difference(setting="measure", then="size", now="sign"), "what counts how good or bad → good or bad",
         "vad som räknas hur bra eller dåligt → bra eller dåligt"),
        (Difference(setting="touchpoints", name="Invoice", part="phase", then="payment", now="purchase"),
         "touchpoint Invoice, phase payment → purchase", "kontaktpunkten Faktura, fas betalning → köp"),
        (Difference(setting="scales", name="ces", part="better", then="higher", now="lower"),
         "scale ces, which end is better higher → lower", "skalan ces, vilket håll som är bäst högre → lägre"),
        (Difference(setting="measure", then="median", now="sign"), "what counts median → good or bad",
         "vad som räknas median → bra eller dåligt"),
        (Difference(setting="loss_weight", then="size", now=2), "loss weight size → 2", "förlustvikt size → 2"),
    ],
)  # fmt: skip
def test_the_values_of_settings_are_written_by_their_names(difference, english, swedish):
    assert FigureWords(EN, {}).differences((difference,)) == english
    assert FigureWords(SV, {"Invoice": "Faktura"}).differences((difference,)) == swedish
