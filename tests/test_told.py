"""You said, we did: counts by hand, and nobody who could be recognised, on the page or by subtraction."""

from __future__ import annotations

import re
from pathlib import Path
from time import perf_counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.findings.told import ToldWords, plain_markdown, told_markdown, told_section
from tests.toy_cases import AS_OF, make_cases, some_cases
from tests.toy_project import make_project

ROOT = Path(__file__).parents[1]
EVIL = "<script>alert(1)</script>"


def case(who: str, touchpoint: str, action: str | None, *, days: int | None = 4, opened: str = "2026-09-01") -> tuple:
    """A case resolved after a day if there is an action, told of after `days`."""
    start = pd.Timestamp(opened)
    resolved = str(start + pd.Timedelta(days=1)) if action else None
    informed = str(start + pd.Timedelta(days=days)) if action and days else None
    return who, str(start), resolved, informed, "Ann of Billing", touchpoint, action


CASES = make_cases(
    *[case(f"i{n}", "invoice", "Corrected it") for n in range(6)],
    *[case(f"i{n}", "invoice", "Called", days=None) for n in range(6, 9)],
    *[case(f"i{n}", "invoice", f"Paid Ann {n}") for n in range(9, 12)],
    case("i12", "invoice", None),
    *[case(f"m{n}", "meter", "Called", days=9) for n in range(5)],
    *[case(f"q{n}", "quote", "Called") for n in range(3)],
    *[case(f"v{n}", "visit", "Called") for n in range(3)],
)


def words_of(**options) -> ToldWords:
    month = pd.Period("2026-09", "M")
    return ToldWords(**{"first": month, "last": month, "smallest_base": 5, "labels": {}} | options)


# ---- the figures, by hand ----


def test_the_figures_by_hand():
    told = cx.told(CASES, AS_OF)
    total = told.total.iloc[0]
    assert (total["n_customers"], total["n_cases"], total["n_resolved"], total["n_informed"]) == (24, 24, 23, 20)
    assert total["half_days"] == 4
    shown = told.touchpoints.astype({"touchpoint": "object"})
    assert list(shown["touchpoint"].fillna("the rest")) == ["invoice", "meter", "the rest"]
    assert list(shown["n_customers"]) == [13, 5, 6]
    assert list(shown["n_informed"]) == [9, 5, 6]
    assert list(shown["half_days"]) == [4, 9, 4]
    actions = told.actions.drop(columns="kind").astype("object").fillna("others").to_numpy().tolist()
    # three calls and three payments at the invoice are too few to name each, and enough together
    assert actions == [
        ["invoice", "Corrected it", 6],
        ["invoice", "others", 6],
        ["meter", "Called", 5],
        ["others", "Called", 6],
    ]


def test_half_is_half_of_all_and_not_of_those_who_were_answered():
    cases = make_cases(*[case(f"a{n}", "invoice", "Called", days=2) for n in range(3)],
                       *[case(f"b{n}", "invoice", None) for n in range(3)])  # fmt: skip
    assert cx.told(cases, AS_OF).total["half_days"].iloc[0] == 2
    more = pd.concat([cases, make_cases(case("c", "invoice", None))])
    assert pd.isna(cx.told(more, AS_OF).total["half_days"].iloc[0])


def test_only_cases_since_a_day_and_known_by_then():
    assert cx.told(CASES, AS_OF, since="2026-09-02").total["n_cases"].isna().all()
    then = cx.told(CASES, "2026-09-04").total.iloc[0]
    assert (then["n_resolved"], then["n_informed"]) == (23, 0)


# ---- nobody to be recognised ----


def test_a_rest_of_few_takes_the_next_smallest_with_it():
    cases = make_cases(*[case(f"i{n}", "invoice", "Called") for n in range(9)],
                       *[case(f"m{n}", "meter", "Called") for n in range(6)],
                       *[case(f"q{n}", "quote", "Called") for n in range(2)])  # fmt: skip
    told = cx.told(cases, AS_OF)
    assert list(told.touchpoints["touchpoint"].fillna("the rest")) == ["invoice", "the rest"]
    assert list(told.touchpoints["n_customers"]) == [9, 8]


def test_an_action_for_one_is_never_written_and_does_not_follow_from_the_others():
    cases = make_cases(*[case(f"a{n}", "invoice", "Called") for n in range(9)],
                       *[case(f"b{n}", "invoice", "Paid") for n in range(6)],
                       case("c", "invoice", "Gave Ann a dog"))  # fmt: skip
    actions = cx.told(cases, AS_OF).actions
    assert list(actions["action"].fillna("others")) == ["Called", "others"]
    assert list(actions["n_cases"]) == [9, 7]


def test_many_cases_of_few_customers_are_few():
    cases = make_cases(*[case("a", "invoice", "Called")] * 9)
    told = cx.told(cases, AS_OF)
    assert told.total.isna().all(axis=None)
    assert told.touchpoints.empty and told.actions.empty


def test_an_action_that_names_an_owner_is_not_written():
    actions = ["Anna Svensson called the customer", "Let ANNA's colleague call", "Svenssons credit", "Credit", "Annan"]
    cases = make_cases(*[case(f"{kind}{n}", "invoice", a) for kind, a in enumerate(actions) for n in range(6)])
    cases = cases.assign(owner="Anna Svensson")
    found = cx.told(cases, AS_OF).actions
    assert list(found["action"].fillna("others")) == ["Annan", "Credit", "others"]
    assert list(found["n_cases"]) == [6, 6, 18]
    assert list(found["kind"]) == ["named", "named", "other"]
    # she owns no case here, but elsewhere
    here = cases.assign(owner="Sales")
    assert list(cx.told(here, AS_OF, owners=["Anna  svensson"]).actions["kind"]) == ["named", "named", "other"]
    assert len(cx.told(here, AS_OF).actions) == 5


def test_the_words_of_a_department_are_no_names():
    cases = make_cases(*[case(f"a{n}", "invoice", "Gave better service") for n in range(6)])
    cases = cases.assign(owner="Customer service")
    touchpoints = pd.DataFrame({"touchpoint": ["invoice", "x"], "owners": ["Sales; Customer service", None]})
    assert list(cx.told(cases, AS_OF).actions["kind"]) == ["other"]
    assert list(cx.told(cases, AS_OF, touchpoints=touchpoints).actions["kind"]) == ["named"]
    named = cases.assign(action="Passed to customer service")
    assert list(cx.told(named, AS_OF, touchpoints=touchpoints).actions["kind"]) == ["other"]


def noted(**counts: int) -> pd.DataFrame:
    """Resolved cases by what was noted: same for all, different for each, or nothing."""
    rows = [case(f"s{n}", "invoice", "Called") for n in range(counts.get("same", 0))]
    rows += [case(f"d{n}", "invoice", f"Did {n}") for n in range(counts.get("different", 0))]
    blank = [case(f"b{n}", "invoice", "x") for n in range(counts.get("blank", 0))]
    cases = make_cases(*rows, *blank)
    return cases.assign(action=cases["action"].where(cases["action"] != "x"))


@pytest.mark.parametrize(
    ("counts", "kinds", "said", "unsaid"),
    [
        ({"blank": 6}, ["unwritten"], "Answered: 6.", "What we did"),
        ({"same": 5, "blank": 5}, ["named", "unwritten"], "- Called: 5 times\n\n", "written down"),
        (
            {"same": 5, "different": 5, "blank": 5},
            ["named", "other", "unwritten"],
            "- Other measures: 5",
            "written down",
        ),
        ({"same": 5, "different": 3, "blank": 3}, ["named", "mixed"], "- Other, or not written down: 6", "measures"),
        ({"different": 5, "blank": 3}, ["mixed"], "from case to case, or was not written down.", "times"),
        ({"different": 5, "blank": 5}, ["other", "unwritten"], "different from case to case.", "written down"),
    ],
    ids=lambda value: None,
)
def test_what_was_not_written_down_is_no_measure(counts, kinds, said, unsaid):
    found = cx.told(noted(**counts), AS_OF)
    assert list(found.actions["kind"]) == kinds
    assert found.actions["n_cases"].sum() == sum(counts.values())
    text = told_markdown(found, words_of(), title="x")
    assert said in text and unsaid not in text


def test_many_touchpoints_take_their_time_once():
    n = 3_000
    numbers = pd.Series(range(5 * n))
    cases = pd.concat([make_cases(case("a", "invoice", "Called"))] * 5 * n, ignore_index=True)
    cases = cases.assign(customer_id=numbers.astype("str"), touchpoint=(numbers % n).astype("str"))
    plain = least_seconds(lambda: cases.groupby(["touchpoint", "action"])["customer_id"].nunique())
    # for every touchpoint once through all the cases took hundreds of times as long
    assert least_seconds(lambda: cx.told(cases, AS_OF), times=2) < 60 * plain
    assert len(cx.told(cases, AS_OF).actions) == n


def least_seconds(work, *, times: int = 3) -> float:
    taken = []
    for _ in range(times):
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return min(taken)


@settings(max_examples=60, deadline=None)
@given(some_cases(), st.integers(2, 6))
def test_whatever_is_told_rests_on_enough(cases, smallest_base):
    before = cases.copy(deep=True)
    told = cx.told(cases, AS_OF, smallest_base=smallest_base)
    pd.testing.assert_frame_equal(cases, before)
    again = cx.told(cases[::-1], AS_OF, smallest_base=smallest_base)
    alike = cx.told(cases.set_axis([0] * len(cases)), AS_OF, smallest_base=smallest_base)  # labels need not be unique
    for name in ("total", "touchpoints", "actions"):
        pd.testing.assert_frame_equal(getattr(told, name), getattr(again, name))
        pd.testing.assert_frame_equal(getattr(told, name), getattr(alike, name))
    assert (told.touchpoints["n_customers"] >= smallest_base).all()
    known = cases.loc[cases["opened_at"] < pd.Timestamp(AS_OF, tz="Europe/Stockholm")]
    if told.total["n_cases"].notna().all():
        # nothing is left over that the total would tell
        assert told.touchpoints["n_cases"].sum() == told.total["n_cases"].iloc[0] == len(known)
    else:
        assert known["customer_id"].nunique() < smallest_base
    named = told.touchpoints["touchpoint"].dropna()
    for row in told.actions.dropna(subset="action").to_dict("records"):
        is_there = (
            ~known["touchpoint"].isin(named) if pd.isna(row["touchpoint"]) else known["touchpoint"] == row["touchpoint"]
        )
        who = known.loc[is_there & (known["action"] == row["action"]), "customer_id"]
        assert who.nunique() >= smallest_base
    for touchpoint, done in told.actions.groupby("touchpoint", dropna=False):
        row = told.touchpoints.loc[
            told.touchpoints["touchpoint"].isna()
            if pd.isna(touchpoint)
            else told.touchpoints["touchpoint"] == touchpoint
        ]
        assert done["n_cases"].sum() == row["n_resolved"].iloc[0]


# ---- in words ----


def test_the_words_by_hand():
    text = told_markdown(cx.told(CASES, AS_OF), words_of(), title="You said")
    assert text.startswith(
        "# You said\n\nIn September 2026, 24 of you told us of something that was not good, in 24 cases."
    )
    assert "We have solved 23 of them and told you how 20 of them ended." in text
    assert "Still waiting for our answer: 4." in text
    assert "## invoice\n\n13 of you told us of it. Solved: 12 of 13 cases. Answered: 9." in text
    assert "- Corrected it: 6 times\n- Other measures: 6 times\n" in text
    assert "## Everything else\n\n6 of you" in text
    assert "at least 5 customers" in text
    assert "Ann" not in text and "quote" not in text
    page = told_section(cx.told(CASES, AS_OF), words_of()).data
    assert "<li>Corrected it: 6 times</li>" in page
    assert "Ann" not in page and "quote" not in page


def test_swedish_with_labels():
    words = words_of(labels={"invoice": "Fakturan", "Corrected it": "Rättade den"}, first=pd.Period("2026-08", "M"))
    text = told_markdown(cx.told(CASES, AS_OF), words, title="Ni sa", language=cx.Language("sv"))
    assert "Från augusti 2026 till september 2026 berättade 24 av er" in text
    assert "## Fakturan\n" in text and "- Rättade den: 6 gånger" in text and "## Allt övrigt" in text


def test_more_than_half_without_an_answer_is_said():
    cases = make_cases(*[case(f"a{n}", "invoice", "Called", days=None) for n in range(5)])
    text = told_markdown(cx.told(cases, AS_OF), words_of(), title="x")
    assert "More than half are still without our answer." in text
    assert "Half of the cases" not in text
    quick = make_cases(*[case(f"a{n}", "invoice", "Called", days=1) for n in range(5)])
    assert "answered within a day." in told_markdown(cx.told(quick, AS_OF), words_of(), title="x")


def test_half_a_day_more_is_a_day_more():
    cases = make_cases(
        *[(f"a{n}", "2026-09-01 06:00", "2026-09-02", "2026-09-03 12:00", None, "invoice", "Called") for n in range(5)]
    )
    told = cx.told(cases, AS_OF)
    assert told.total["half_days"].iloc[0] == 2.25
    assert "answered within 3 days." in told_markdown(told, words_of(), title="x")  # within 2 it would be untrue


def test_where_nothing_may_be_named_the_measures_differ():
    cases = make_cases(*[case(f"a{n}", "invoice", f"Paid {n}") for n in range(5)])
    text = told_markdown(cx.told(cases, AS_OF), words_of(), title="x")
    assert "What we did was different from case to case." in text
    assert "Paid" not in text and "times" not in text


def test_too_few_is_a_sentence():
    told = cx.told(CASES, "2020-01-01")
    assert "In September 2026, too few of you told us anything" in told_markdown(told, words_of(), title="x")
    assert "<div" not in told_section(told, words_of()).data


def test_a_name_brings_no_markup():
    cases = make_cases(*[case(f"a{n}", EVIL, "*Called* [here](http://x)") for n in range(5)])
    told = cx.told(cases, AS_OF)
    page = told_section(told, words_of()).data
    assert "<script" not in page and "&lt;script&gt;" in page
    text = told_markdown(told, words_of(), title="x")
    assert "## \\<script\\>alert(1)\\</script\\>" in text
    assert "- \\*Called\\* \\[here\\](http://x): 5 times" in text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a\x1b[31m\u200b\ufeff b\x85c", "a\\[31m b c"),
        ("a\n# b", "a \\# b"),
        ("1. x", "1\\. x"),
        ("- x", "\\- x"),
        ("up-to-date 1.5", "up-to-date 1.5"),
        ("+1", "\\+1"),
    ],
)
def test_letters_stay_letters_in_markdown(text, plain):
    assert plain_markdown(text) == plain


# ---- the command ----


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = make_project(tmp_path / "project")
    rows = [f"K{n},A1,2026-09-0{n} 09:00,invoice,Ann,Called,2026-09-10,2026-09-11" for n in range(1, 4)]
    rows += ["K8,A2,2026-10-01 09:00,invoice,Ann,,,", "K9,B1,2026-06-01 09:00,meter,Ann,,,"]
    header = "case_id,customer_id,opened_at,touchpoint,owner,action,resolved_at,customer_informed_at\n"
    (folder / "data" / "small" / "cases.csv").write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    more = '\n[parameters.smallest_base]\ntype = "integer"\ndefault = 2\nminimum = 1\n'
    toml = folder / "reports" / "toy.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + more, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def test_markdown_goes_to_the_terminal(cx_command, project):
    code, out, err = cx_command("told", "toy")
    assert code == 0
    assert out.startswith("# You said, we did · Small & Co\n".replace("&", "\\&"))
    assert "From November 2025 to October 2026, 3 of you" in out
    assert "Ann" not in out
    assert err.splitlines()[-1] == "5 cases of 2025-11 to 2026-10; 0 touchpoints named, the others together"


def test_months_and_parameters_count(cx_command, project):
    _, out, err = cx_command("told", "toy", "--months", "3", "-p", "loss_weight=2")
    assert "## invoice" in out and "meter" not in out
    assert "-p loss_weight: the list does not depend on it" in err
    assert "4 cases of 2026-08 to 2026-10; 1 touchpoints named" in err
    assert "too few of you" in cx_command("told", "toy", "-p", "smallest_base=4")[1]


def test_a_page_opens_offline_and_names_no_one(cx_command, project):
    assert cx_command("told", "toy", "--output", "told.html")[:2] == (0, "told.html\n")
    page = (project / "told.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and "default-src 'none'" in page
    assert "<h1>You said, we did</h1>" in re.sub(r"<h1[^>]*>", "<h1>", page)
    assert not re.search(r"\b(src|href)=[\"']?(https?:)?//", page)
    assert "Ann" not in page and "A1" not in page
    assert cx_command("told", "toy", "--output", "told.md", "--language", "sv")[0] == 0
    assert (project / "told.md").read_text(encoding="utf-8").startswith("# Ni sa, vi gjorde")


def test_an_owner_of_another_segment_is_not_named_either(cx_command, project):
    path = project / "data" / "small" / "cases.csv"
    rows = [f"K{n},A{n},2026-09-01 09:00,invoice,Sales,Ann called,2026-09-10,2026-09-11" for n in (1, 2)]
    rows += ["K3,B1,2026-09-02 09:00,meter,Ann,Called,2026-09-10,2026-09-11"]
    path.write_text("\n".join([path.read_text(encoding="utf-8").splitlines()[0], *rows, ""]), encoding="utf-8")
    out = cx_command("told", "toy", "--segment", "Private")[1]
    assert "## invoice" in out and "Ann" not in out
    assert "What we did was different from case to case." in out


def test_the_help_claims_no_more_than_it_keeps(cx_command):
    said = " ".join(cx_command("told", "--help")[1].split())
    assert "Read it before you publish it" in said and "by subtraction" in said
    assert "names no one" not in said


def test_a_study_without_cases_says_so(cx_command, project):
    (project / "data" / "small" / "cases.csv").unlink()
    code, out, err = cx_command("told", "toy")
    assert code == 0
    assert "too few of you told us anything" in out
    assert "No case was opened in 2025-11 to 2026-10, so there is nothing to tell" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["toy", "--output", "told.pdf"], "told.pdf ends with '.pdf'; allowed: .html (a page) and .md (Markdown)"),
        (["toy", "--output", "told"], "ends with 'nothing'"),
        (["toy", "--months", "0"], "months: found 0; allowed: a whole number from 1 to 1,200"),
        (["toy", "--months", "100000"], "months: found 100000; allowed: a whole number from 1 to 1,200"),
        (["toy", "--period", "2026-13"], "period: found '2026-13'"),
        (["toy", "--segment", "Privat"], "did you mean 'Private'?"),
    ],
)
def test_wrong_parameters_end_with_2(cx_command, project, arguments, said):
    code, out, err = cx_command("told", *arguments)
    assert (code, out) == (2, "")
    assert said in err


def test_the_bundled_study_names_no_one():
    study = cx.load_study(ROOT / "data" / "demo")
    text = told_markdown(cx.told(study.cases, AS_OF), words_of(), title="x")
    assert "Monthly invoice" in text
    written = set(re.findall(r"[\w-]+", text))
    for column in ("case_id", "customer_id", "response_id"):
        assert not written & set(study.cases[column].dropna())


def test_mistakes_are_named():
    with pytest.raises(MissingColumnError, match="action"):
        cx.told(CASES.drop(columns="action"), AS_OF)
    with pytest.raises(ParameterError, match="smallest_base must be at least 1"):
        cx.told(CASES, AS_OF, smallest_base=0)
