"""What changed between two reports: by hand, by properties, and what is said of it."""

import json
from dataclasses import replace
from math import hypot, isnan

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlib as cx
from cxlib.errors import ParameterError
from cxlib.findings import changes_since, headline_section, report_tables
from cxlib.findings.changes_figures import Change, Estimate, Subject, chance_adjusted, change_between, estimate
from cxlib.intervals import wilson_interval
from cxlib.reporting import read_metrics
from tests.test_findings import EVIL, figures_of, write_study

EN, SV = cx.Language("en"), cx.Language("sv")


@pytest.fixture(scope="module")
def october(tmp_path_factory):
    return figures_of(write_study(tmp_path_factory.mktemp("october"), bad_invoices=4))


@pytest.fixture(scope="module")
def september(tmp_path_factory):
    return figures_of(write_study(tmp_path_factory.mktemp("september"), bad_invoices=4), period="2026-09")


def edited(figures, **changed):
    """A copy of the figures, as another run would have written them to a file."""
    return json.loads(json.dumps(figures)) | changed


def with_settings(figures, **settings):
    copy = edited(figures)
    copy["definitions"]["settings"] |= settings
    return copy


def row_of(comparison, figure, item=None):
    return next(row for row in comparison.rows if (row.subject.figure, row.subject.item) == (figure, item))


# ---- by hand ----


def test_the_share_at_risk_rose_from_none_of_ten_to_four(october, september):
    comparison, _ = changes_since(october, september)
    assert (comparison.period, comparison.state) == ("2026-09", "compared")
    row = row_of(comparison, "at_risk_share")
    assert (row.now.value, row.then.value, row.now.base, row.then.base) == (0.4, 0, 10, 10)
    assert row.change == 0.4
    (low, high), (old_low, old_high) = wilson_interval(4, 10), wilson_interval(0, 10)
    assert row.low == pytest.approx(0.4 - hypot(0.4 - low, old_high - 0), abs=1e-5)
    assert row.high == pytest.approx(0.4 + hypot(high - 0.4, 0 - old_low), abs=1e-5)
    # 4 became at risk and none ceased: p = 2 / 2**4, whatever the interval says
    assert (row.low > 0, row.may_be_chance, row.test) == (True, True, "paired")
    assert row.may_be_chance == october["headline"]["at_risk_share"]["may_be_chance"]


def test_counts_have_no_interval_and_are_not_judged(october, september):
    row = row_of(changes_since(october, september)[0], "customers")
    assert (row.now.value, row.then.value, row.change) == (10, 10, 0)
    assert isnan(row.low) and isnan(row.high) and row.may_be_chance is None


def test_the_median_carries_the_interval_that_its_customers_bound(october):
    median = october["headline"]["capital_median"]
    # six at +1 and four at −1: of ten values the second smallest and the second largest bound the median
    assert (median["value"], median["low"], median["high"]) == (1, -1, 1)


def test_what_a_report_does_not_have_or_may_not_show_is_not_compared(october, september):
    comparison, _ = changes_since(october, september)
    assert row_of(comparison, "nps_points").state == "absent"  # nobody was asked in September
    few = edited(september)
    few["headline"]["at_risk_share"]["value"] = None
    row = row_of(changes_since(october, few)[0], "at_risk_share")
    assert row.state == "too_few_then" and isnan(row.change) and row.may_be_chance is None
    hidden = edited(october)
    hidden["headline"]["at_risk_share"]["value"] = None
    assert row_of(changes_since(hidden, september)[0], "at_risk_share").state == "too_few_now"


def test_a_report_that_shows_more_than_this_one_may_gives_nothing_away(october, september):
    comparison, _ = changes_since(edited(october, smallest_base=6), september)
    assert (comparison.state, comparison.rows) == ("shows_more", ())
    said = headline_section(edited(october, smallest_base=6), changes=(comparison,)).data
    assert "shows figures on fewer customers than this one may" in said
    assert "Changes since" not in said


@pytest.mark.parametrize(
    ("changed", "found"),
    [({"segment": "North"}, "segment 'North'"), ({"period": "2026-08"}, "period '2026-08'")],
)
def test_another_reports_figures_are_refused(october, september, changed, found):
    with pytest.raises(ParameterError, match=rf"metrics_before: found .*{found}.*; allowed: .*period '2026-09'"):
        changes_since(october, edited(september, **changed))


def test_a_study_of_another_name_is_not_compared_and_does_not_stop_the_report(october, september):
    changes = changes_since(october, edited(september, study=f"Other {EVIL}"))
    assert (changes[0].state, changes[0].rows) == ("renamed", ())
    said = headline_section(october, changes=changes).data
    assert "is of a study named Other &lt;script&gt;" in said and "Change since" not in said


def test_the_year_before_is_twelve_months_back(october, september):
    lastyear = edited(september, period="2025-10")
    _, comparison = changes_since(october, None, lastyear)
    assert (comparison.period, comparison.state) == ("2025-10", "compared")
    assert row_of(comparison, "at_risk_share").test == "independent"  # the paired test is of the month before alone


def test_the_tile_and_the_table_speak_of_the_same_september(october, september):
    stated = edited(september)
    stated["headline"]["at_risk_share"] |= {"value": 0.1, "low": 0.02, "high": 0.4, "base": 5}
    changes = changes_since(october, stated)
    row = row_of(changes[0], "at_risk_share")
    assert (row.known_now, row.test) == (0, "independent")
    said = headline_section(october, changes=changes).data
    assert "up 30.0 points from 10.0% in September 2026" in said
    assert "▲ 30.0 points since September 2026" in said
    assert "By now: Customers at risk 0.0%, then 10.0%." in said


def test_of_many_touchpoints_only_those_are_certain_that_stand_out_among_all():
    def row(item, change):
        subject = Subject(figure="touchpoint_mean", unit="mean", more_is_better=True, item=item)
        state = Change(subject=subject, now=Estimate(), then=Estimate(), change=change, low=change - 1, high=change + 1)
        return replace(state, may_be_chance=state.low <= 0 <= state.high)

    # p = 0.0497 alone is under 5 %, among twenty it is not; p = 0.00005 is in both
    rows = [row("odd", 1.0013), *(row(f"t{i}", 0.1) for i in range(18)), row("sure", -2.07)]
    assert [row.may_be_chance for row in rows][::19] == [False, False]
    judged = chance_adjusted(rows)
    assert [row.may_be_chance for row in judged][::19] == [True, False]
    assert all(row.may_be_chance for row in judged[1:19])
    assert chance_adjusted([]) == []
    assert chance_adjusted(rows[:1])[0].may_be_chance is False  # one is no choice among many


# ---- properties ----


@st.composite
def estimates(draw):
    low, value, high = sorted(draw(st.tuples(*[st.floats(-100, 100)] * 3)))
    return Estimate(value=value, low=low, high=high, base=draw(st.integers(5, 1000)))


@given(estimates(), estimates())
def test_a_change_backwards_is_the_change_with_its_sign_turned(now, then):
    change, low, high = change_between(now, then)
    back, back_low, back_high = change_between(then, now)
    assert (back, back_low, back_high) == pytest.approx((-change, -high, -low))
    assert low <= change <= high


@pytest.mark.parametrize(
    "value", [True, "12", [1], {}, float("nan"), float("inf"), 10**400, None], ids=lambda value: str(value)[:6]
)
def test_what_is_no_figure_is_none(october, value):
    subject = Subject(figure="at_risk_share", unit="share", more_is_better=False)
    spoiled = {"headline": {"at_risk_share": {"value": value, "low": 0, "high": 1}}}
    assert estimate(spoiled, subject) == Estimate()
    spoiled = {"headline": {"at_risk_share": {"value": 0.5, "low": value, "high": 1}}}
    assert estimate(spoiled, subject) == Estimate(value=0.5)


@pytest.mark.parametrize("name", ["headline", "phases", "touchpoints", "feedback", "definitions", "smallest_base"])
@pytest.mark.parametrize("value", [None, [], {}, [[]], "text", 3, {"at_risk_share": 5}, {"settings": 1, "figures": []}],
                         ids=str)  # fmt: skip
def test_a_file_with_anything_in_it_stops_no_report(october, september, name, value):
    changes = changes_since(october, edited(september, **{name: value}))
    assert "What changed in October 2026" in headline_section(october, changes=changes).data


# ---- in words ----


def test_the_section_opens_with_both_comparisons(october, september):
    changes = changes_since(october, september, edited(september, period="2025-10"))
    said = headline_section(october, changes=changes).data
    assert said.index("key-figures") < said.index("Changes since the earlier reports") < said.index("moved most for")
    assert '<th scope="col">Change since September 2026</th><th scope="col">Change since October 2025</th>' in said
    assert "▲ 40.0 points (+3.8\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}+68.7), may be chance" in said
    assert "Since October 2025 nothing changed by more than chance could explain." in said
    swedish = headline_section(october, changes=changes, language=SV).data
    assert "▲ 40,0 procentenheter (+3,8\N{NO-BREAK SPACE}till\N{NO-BREAK SPACE}+68,7), kan vara slump" in swedish
    assert "Sedan oktober 2025 har inget förändrats mer än vad slumpen kan förklara." in swedish


def test_a_changed_definition_is_marked_in_the_table_and_in_words(october, september):
    said = headline_section(october, changes=changes_since(october, with_settings(september, loss_weight=12))).data
    assert said.count("not comparable: loss weight 12 → 2") == 2
    assert "they meant something else then (loss weight 12 → 2): Customers at risk; Capital of the median" in said
    assert "at the top compare with September 2026 by the present rules" in said
    swedish = changes_since(october, with_settings(september, loss_weight=12))
    assert "går inte att jämföra: förlustvikt 12 → 2" in headline_section(october, changes=swedish, language=SV).data


@pytest.mark.parametrize(
    ("value", "said"),
    [(2.25, "2.25"), (12, "12"), (0.1, "0.1"), (-0.05, "\N{MINUS SIGN}0.05"), (None, "none"), (True, "yes"),
     (1e-9, "1e-09"), (10**400, "1" + "0" * 38 + "…"), ("size", "size")], ids=lambda value: str(value)[:6],
)  # fmt: skip
def test_a_setting_is_written_as_it_was_given(october, september, value, said):
    changes = changes_since(october, with_settings(september, loss_weight=value))
    assert f"not comparable: loss weight {said} → 2" in headline_section(october, changes=changes).data


def test_a_report_of_an_earlier_version_is_marked(october, september):
    old = edited(september)
    del old["definitions"]
    comparison, _ = changes_since(october, old)
    assert "could be judged" not in headline_section(october, changes=(comparison,)).data
    assert {row.state for row in comparison.rows} <= {"undefined", "absent", "too_few_then", "too_few_now"}
    said = headline_section(october, changes=(comparison,)).data
    assert "made by an earlier version: not comparable" in said
    assert "which did not keep what its figures mean" in said


def test_a_missing_report_is_one_quiet_line_with_the_command(october):
    said = headline_section(edited(october, segment="a b;c"), changes=changes_since(edited(october, segment="a b;c")))
    command = "cx report monthly --period 2026-09 --segment &#39;a b;c&#39;"
    assert (
        f"There is no report of September 2026 by the same rules to compare with; {command}, with the options of this "
        "one, makes it." in said.data
    )
    # the data begin in September 2026: nobody is told to make what cannot be made
    assert "Nothing is compared with October 2025: the data begin in September 2026." in said.data
    assert said.data.count("<table>") == 0


def test_an_earlier_file_is_text_and_nothing_else(october, september):
    hostile = with_settings(september, loss_weight=EVIL * 9, measure={EVIL: [EVIL]}, scales={EVIL: EVIL})
    hostile["definitions"]["figures"]["at_risk_share"]["rests_on"] += [EVIL]
    hostile["definitions"]["settings"][EVIL] = EVIL
    said = headline_section(october, changes=changes_since(october, hostile)).data
    assert "<script" not in said
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;script&gt;a…" not in said  # cut before it is escaped
    assert "not comparable" in said


def test_the_changes_as_a_table_of_the_workbook(october, september):
    changes = changes_since(october, september, with_settings(edited(september, period="2025-10"), loss_weight=12))
    empty = pd.DataFrame()
    months = {"capital": empty, "zones": empty, "scores": empty, "loss_weights": empty}
    for language, name, mark in (
        ("en", "Customers at risk", "not comparable"),
        ("sv", "Kunder i riskzonen", "går inte"),
    ):
        found = report_tables(october, changes=changes, language=cx.Language(language), **months)["resources"]
        table = next(each for each in found if each["name"] == "changes")
        rows = [row for row in table["data"] if row["figure_name"] == name]
        assert [row["month"] for row in rows] == ["2026-09-01", "2025-10-01"]
        assert (rows[0]["value"], rows[0]["previous"], rows[0]["change"]) == (0.4, 0, 40)
        assert rows[0]["change_low"] == pytest.approx(3.8, abs=0.05)
        assert (rows[1]["change"], rows[1]["judgement"].startswith(mark)) == (None, True)
    key = next(each for each in found if each["name"] == "key_figures")["data"]
    assert next(row for row in key if row["figure"] == name)["previous"] == 0
    none = report_tables(october, **months)["resources"]
    assert "changes" not in {each["name"] for each in none}


# ---- the file ----


def test_a_file_of_figures_is_read(tmp_path, october):
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(october), encoding="utf-8")
    assert read_metrics(path).figures == october
    assert read_metrics("") is None and read_metrics(None) is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no_json"),
        (b'{"study": "Toy", ', "no_json"),
        (b"[1]", "no_json"),
        (b'{"a": NaN}', "no_json"),
        (b"\xff\xfe", "no_json"),
        (b"[" * 100_000, "no_json"),
        (None, "gone"),
    ],
    ids=["empty", "cut off", "a list", "not finite", "no text", "too deep", "gone"],
)
def test_a_damaged_file_is_said_and_stops_nothing(tmp_path, october, content, problem):
    path = tmp_path / "metrics.json"
    if content is not None:
        path.write_bytes(content)
    changes = changes_since(october, read_metrics(path))
    assert (changes[0].state, changes[0].problem) == ("damaged", problem)
    said = headline_section(october, changes=changes).data
    assert f"could not be read, so nothing is compared with it ({EN.text(f'report.since.problem.{problem}')})" in said
    assert str(tmp_path) not in said


def test_a_file_of_something_else_is_said(october):
    (comparison, _) = changes_since(october, {"loss_weight": 2})
    assert (comparison.state, comparison.problem) == ("damaged", "no_figures")
