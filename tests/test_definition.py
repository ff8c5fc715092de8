"""Definitions of reports: what a file may say, and how values are checked."""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cxlib.errors import ParameterError
from cxlib.reporting import definition_file, parameter
from cxlib.reporting.definition import (
    OUTPUTS,
    STANDARD_PARAMETERS,
    Definition,
    find_project,
    load_definition,
    report_names,
)
from cxlib.reporting.due import DueTime, due_periods
from cxlib.reporting.parameter import Parameter
from cxlib.reporting.post import settings
from cxlib.reporting.post.settings import ATTACHABLE, PostSettings
from tests.toy_project import DEFINITION, make_project

PROJECT = Path(__file__).parents[1]


@pytest.fixture
def toy(tmp_path):
    return load_definition("toy", make_project(tmp_path, definition=DEFINITION))


def refused(definition: str, folder: Path) -> str:
    with pytest.raises(ParameterError) as error:
        load_definition("toy", make_project(folder, definition=definition))
    return str(error.value)


def test_a_definition_is_read(toy, tmp_path):
    assert toy.name == "toy"
    assert toy.notebook == tmp_path.resolve() / "notebooks" / "report.ipynb"
    assert toy.study == tmp_path.resolve() / "data" / "small"
    assert (toy.title("en"), toy.title("sv")) == ("Toy report", "Leksaksrapport")
    assert toy.period == "month"
    assert toy.language is None  # the study's own


def test_one_title_serves_every_language(tmp_path):
    plain = DEFINITION.replace('[title]\nen = "Toy report"\nsv = "Leksaksrapport"\n', "")
    definition = load_definition("toy", make_project(tmp_path, definition='title = "Only"\n' + plain))
    assert definition.title("sv") == "Only"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tyo", "no report is named 'tyo'; reports/ defines: toy; did you mean 'toy'?"),
        ("../toy", "no report is named '../toy'"),
        ("", "no report is named ''"),
    ],
)
def test_an_unknown_report_is_answered_with_the_list(tmp_path, name, said):
    with pytest.raises(ParameterError) as error:
        load_definition(name, make_project(tmp_path))
    assert said in str(error.value)


def test_a_file_that_is_not_toml_is_refused_with_the_line(tmp_path):
    said = refused('title = "x"\nperiod = month\n', tmp_path)
    quotes = 'a text stands between two quotes, such as notebook = "90_monthly_report.ipynb"'
    assert said == f"reports/toy.toml, 1 mistake:\n  - line 2: is not TOML: Invalid value (column 10); {quotes}"
    said = refused('title = "x"\n\n# whose\nowner = "anna@example.org\n', tmp_path)
    assert "line 4: is not TOML: Illegal character" in said and quotes in said
    said = refused('title = "x"\nsegments = [\n  "House",\n[due]\ndays = 1\n', tmp_path)
    assert "line 4: is not TOML: Invalid value (column 2); it belongs to what begins on line 2" in said
    assert quotes not in said
    said = refused('title = "x"\nstudy = """\n\n[due]\ndays = 1\n', tmp_path)
    assert "line 2: is not TOML: " in said
    assert "what begins on this line does not end" in said
    said = refused('title = "x"\n[due]\ndays = 1\n[due]\n', tmp_path)
    assert "line 4: is not TOML: Cannot declare ('due',) twice" in said


def test_all_mistakes_of_a_file_are_listed_at_once(tmp_path):
    said = refused(
        """\
notebook = "../report.ipynb"
period = "mont"
langauge = "sv"
language = "no"
study = 3

[title]
de = "Bericht"

[parameters.period]
type = "text"

[parameters.weight]
type = "nummer"

[parameters.share]
type = "number"
default = 2
maximum = 1
minimun = 0

[parameters.kind]
type = "choice"
default = "a"

[parameters.count]
type = "integer"

[parameters.resolved]
type = "number"
optional = true
at_most = "weigth"
""",
        tmp_path,
    )
    for part in (
        "line 3: langauge: no such key; did you mean 'language'?",
        "line 7: title: found {'de': 'Bericht'}",
        "line 1: notebook: notebooks/ has no '../report.ipynb'; it has: report.ipynb",
        "line 2: period: found 'mont'; allowed: month, quarter, week; did you mean 'month'?",
        "line 4: language: found 'no'; allowed: en, sv",
        "line 5: study: found 3",
        "line 10: [parameters.period]: every report has it",
        "line 14: [parameters.weight] type: found 'nummer'; allowed: number, integer, text, choice; did you mean",
        "line 20: [parameters.share] minimun: no such key; did you mean 'minimum'?",
        "line 22: [parameters.kind] choices: a choice needs them",
        "line 26: [parameters.count] default: is missing",
        "line 32: [parameters.resolved] at_most: found 'weigth'",
    ):
        assert f"  - {part}" in said
    assert said.startswith(f"reports/toy.toml, {said.count('  - ')} mistakes:")


WHEN_AND_HOW = """
timezone = "America/Sao_Paulo"
first_period = "2026-08"
outputs = ["xlsx", "html"]
segments = ["House", "Små hus"]
retries = 5
retry_after_seconds = 0.5
timeout_minutes = 10
owner = "anna@example.org"
due = { days = 3, at = "07:30" }
post.to = ["board@example.org"]
post.attach = ["xlsx"]
"""


def test_a_definition_says_when_and_how_a_report_makes_itself(tmp_path):
    definition = load_definition("toy", make_project(tmp_path, definition=WHEN_AND_HOW + DEFINITION))
    assert definition.timezone == "America/Sao_Paulo"
    assert definition.first_period == pd.Period("2026-08", "M")
    assert definition.due == DueTime(days=3, at=dt.time(7, 30))
    assert definition.outputs == ("html", "xlsx")
    assert definition.segments == ("House", "Små hus")
    assert (definition.retries, definition.retry_after_seconds, definition.timeout_minutes) == (5, 0.5, 10)
    assert definition.owner == "anna@example.org"
    assert definition.post == PostSettings(to=("board@example.org",), attach=("xlsx",))


def test_what_a_definition_does_not_say_is_the_usual(toy):
    assert toy.timezone == "Europe/Stockholm"  # the study's own
    assert toy.first_period is None
    assert toy.due == DueTime(days=1, at=dt.time(6))
    assert toy.outputs == OUTPUTS == ATTACHABLE == ("html", "pdf", "xlsx", "pptx")
    assert toy.segments == ()
    assert (toy.retries, toy.retry_after_seconds, toy.timeout_minutes) == (2, 60, 30)
    assert toy.owner is toy.post is None


def test_the_timezone_is_the_studys_where_there_is_a_study(tmp_path):
    project = make_project(tmp_path)
    for study, timezone in (('"data/small/study.toml"', "Europe/Stockholm"), ('"data/none"', "UTC")):
        definition = DEFINITION.replace('"data/small"', study)
        (project / "reports" / "toy.toml").write_text(definition, encoding="utf-8")
        assert load_definition("toy", project).timezone == timezone
    (project / "reports" / "toy.toml").write_text(DEFINITION.replace("study =", "#"), encoding="utf-8")
    assert load_definition("toy", project).timezone == "UTC"


def test_all_segments_and_a_time_of_tomls_own_may_be_named(tmp_path):
    more = 'segments = "all"\ndue.at = 07:30:00\n'
    definition = load_definition("toy", make_project(tmp_path, definition=more + DEFINITION))
    assert (definition.segments, definition.due) == ("all", DueTime(at=dt.time(7, 30)))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('timezone = "Europe/Stokholm"', "timezone: found 'Europe/Stokholm'; allowed: an IANA name, Europe/Stockholm;"),
        ("timezone = 1", "timezone: found 1; allowed: an IANA name"),
        ('timezone = "localtime"', "timezone: found 'localtime'; allowed: an IANA name"),
        ('first_period = "2026-Q3"', "first_period: found '2026-Q3', which is a quarter; allowed: a month like"),
        ('first_period = "2026-8"', "first_period: found '2026-8'; allowed: a month written like '2026-10'; did"),
        ("first_period = 2026-08-01", 'first_period: found 2026-08-01; allowed: a month written like "2026-10"'),
        ("due = 3", 'due: found 3; allowed: a table [due] with days = 1 and at = "06:00"'),
        ("due.days = 0", "[due] days: found 0; allowed: a whole number from 1 (the day after the period's last) to"),
        ("due.days = 367", "[due] days: found 367; allowed:"),
        ("due.days = true", "[due] days: found true; allowed:"),
        ("due.days = 1.0", "[due] days: found 1.0; allowed:"),
        ('due.at = "24:00"', '[due] at: found \'24:00\'; allowed: an hour and minute from "00:00" to "23:59"'),
        ('due.at = "6:00"', "[due] at: found '6:00'; allowed:"),
        ('due.at = "06:00\\n"', "[due] at: found '06:00\\n'; allowed:"),
        ("due.at = 06:00:01", "[due] at: found 06:00:01; allowed:"),
        ("due.at = 6", "[due] at: found 6; allowed:"),
        ("due.day = 1", "[due] day: no such key; did you mean 'days'? (it may have: days, at)"),
        ('outputs = ["pfd"]', "outputs: found 'pfd'; allowed: html, pdf, xlsx, pptx; did you mean 'pdf'?"),
        ('outputs = ["pdf", "pdf"]', "outputs: 'pdf' is named twice"),
        ("outputs = []", "outputs: found []; allowed: a list of at least one of html, pdf, xlsx, pptx"),
        ('outputs = "pdf"', "outputs: found 'pdf'; allowed: a list"),
        ("outputs = [[1]]", "outputs: found [1]; allowed: html"),
        ('segments = "House"', "segments: found 'House'; allowed: \"all\", or a list of names such as [\"House\"]"),
        ("segments = [1]", "segments: found [1]; allowed:"),
        ('segments = [" "]', "segments: found [' ']; allowed:"),
        ('segments = ["A", "A"]', "segments: 'A' is named twice"),
        ("retries = 11", "retries: found 11; allowed: a whole number from 0 to 10"),
        ("retry_after_seconds = 600\nretries = 8", "retries: 8 pauses from 600 seconds on, each twice the one before"),
        ("retries = 1.5", "retries: found 1.5; allowed:"),
        ("retries = 1" + "0" * 400, "retries: found 1" + "0" * 400 + "; allowed: a whole number from 0 to 10"),
        ("timeout_minutes = 1" + "0" * 400, "timeout_minutes: found 1" + "0" * 400 + "; allowed: a number above 0"),
        ("retry_after_seconds = 1" + "0" * 400, "retry_after_seconds: found 1" + "0" * 400 + "; allowed:"),
        ("timeout_minutes = nan", "timeout_minutes: found nan; allowed: a number above 0"),
        ("retries = true", "retries: found true; allowed:"),
        ("retries = -1", "retries: found -1; allowed:"),
        ("retry_after_seconds = 3601", "retry_after_seconds: found 3601; allowed: a number from 0 to 3600"),
        ('retry_after_seconds = "1"', "retry_after_seconds: found '1'; allowed:"),
        ("retry_after_seconds = nan", "retry_after_seconds: found nan; allowed:"),
        ("timeout_minutes = 0", "timeout_minutes: found 0; allowed: a number above 0, at most 1440"),
        ("timeout_minutes = inf", "timeout_minutes: found inf; allowed:"),
        ('owner = "anna"', "owner: found 'anna'; allowed: a mail address such as 'name@example.org'"),
        ("owner = 1", "owner: found 1; allowed:"),
        ('post.to = ["anna"]', "[post] to: found 'anna'; allowed: a plain mail address"),
        ('post.password = "x"', "[post] password: the mail server and everything secret come from the environment"),
        ("post = 1", "[post]: is a table"),
        ('outputs = ["html"]\npost = {to = ["a@example.org"], attach = ["pdf"]}', "[post] attach: 'pdf' is not among"),
        ('study = "a\\u0000b"', "study: found 'a\\x00b'; allowed: a folder's path"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path, entry, said):
    definition = DEFINITION.replace('study = "data/small"\n', "") if entry.startswith("study") else DEFINITION
    assert f"reports/toy.toml, 1 mistake:\n  - line {2 + entry.count(chr(10))}: {said}" in refused(
        f"\n{entry}\n{definition}", tmp_path
    )


def test_pauses_may_last_a_day_together(tmp_path):
    # 2 ** 7 - 1 pauses of 680 seconds are 23.99 hours, and of 681 are 24.02.
    more = "retry_after_seconds = 680\nretries = 7\n" + DEFINITION
    assert load_definition("toy", make_project(tmp_path, definition=more)).retries == 7
    said = refused(more.replace("680", "681"), tmp_path)
    assert "line 2: retries: 7 pauses from 681 seconds on, each twice the one before, are 25 hours; allowed: at" in said


def test_a_report_that_makes_itself_needs_a_study(tmp_path):
    definition = DEFINITION.replace('study = "data/small"', 'first_period = "2026-08"')
    assert "line 3: first_period: a report that makes itself needs a study" in refused(definition, tmp_path)


def test_mistakes_come_in_the_order_of_the_file_and_what_is_missing_at_the_top(tmp_path):
    said = refused("\n\n[due]\n\ndays = 0\n[post]\nto = 1\n[parameters.a]\n", tmp_path)
    assert [line.split(":")[:2] for line in said.splitlines()[1:]] == [
        ["  - line 1", " title"],
        ["  - line 1", " notebook"],
        ["  - line 1", " period"],
        ["  - line 5", " [due] days"],
        ["  - line 7", " [post] to"],
        ["  - line 8", " [parameters.a] type"],
    ]
    assert "title: is missing; allowed: a text" in said
    assert "period: is missing; allowed: month, quarter, week\n" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'title = "x"\n# \xff\n', "line 2: is not UTF-8"),
        (b"retries = " + b"1" * 5000, "line 1: cannot be read: "),
        (b"outputs = " + b"[" * 9999, "line 1: cannot be read: brackets within brackets without end"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, content, said):
    project = make_project(tmp_path)
    (project / "reports" / "toy.toml").write_bytes(content)
    with pytest.raises(ParameterError) as error:
        load_definition("toy", project)
    assert f"reports/toy.toml, 1 mistake:\n  - {said}" in str(error.value)


def test_a_mark_of_byte_order_is_no_mistake(tmp_path):
    project = make_project(tmp_path)
    path = project / "reports" / "toy.toml"
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert load_definition("toy", project).name == "toy"


def test_a_file_whose_name_could_be_no_folder_is_to_be_renamed(tmp_path):
    project = make_project(tmp_path)
    (project / "reports" / "toy.toml").rename(project / "reports" / "Min rapport.toml")
    with pytest.raises(
        ParameterError, match=r"reports/Min rapport\.toml: a report's name is small letters, .*; rename"
    ):
        load_definition("Min rapport", project)


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8) | st.sampled_from(
    [
        "month",
        "en",
        "all",
        "pdf",
        "report.ipynb",
        "data/small",
        "2026-08",
        "06:00",
        "a@example.org",
        "number",
        "UTC",
        "..",
    ]
)
SCALARS = WORDS | st.integers(-5, 10**20) | st.booleans() | st.floats() | st.dates() | st.times() | st.datetimes()
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=6
)
TABLES = {"due": definition_file.DUE_KEYS, "post": settings.KEYS}


def tables(key):
    inner = st.dictionaries(st.sampled_from(TABLES[key]), ANYTHING) if key in TABLES else ANYTHING
    if key == "parameters":
        inner = st.dictionaries(WORDS, st.dictionaries(st.sampled_from(parameter.KEYS), ANYTHING), max_size=3)
    return st.tuples(st.just(key), inner | ANYTHING)


def as_toml(value) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_toml(key)} = {as_toml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",\n".join(map(as_toml, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


@given(entries=st.lists(st.sampled_from(definition_file.KEYS).flatmap(tables), unique_by=lambda pair: pair[0]))
@hypothesis_settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_a_file_says_is_taken_or_refused_with_lines(tmp_path, entries):
    project = make_project(tmp_path)
    text = "\n".join(f"{key} = {as_toml(value)}" for key, value in entries)
    tomllib.loads(text)  # sound TOML in every case
    (project / "reports" / "toy.toml").write_text(text, encoding="utf-8")
    try:
        definition = load_definition("toy", project)
    except ParameterError as error:
        listed = [line for line in str(error).splitlines() if line.startswith("  - ")]
        assert listed
        assert all(re.match(r"  - line [1-9][0-9]*: ", line) for line in listed)
    else:
        assert definition.notebook.parent == project / "notebooks"
        due_periods(definition, dt.datetime(2026, 11, 1, tzinfo=dt.UTC))


def documented_keys(heading: str) -> set[str]:
    """The keys in the tables and examples of reports/README.md, from a heading to the next."""
    page = (PROJECT / "reports" / "README.md").read_text(encoding="utf-8")
    section = page.split(f"## {heading}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `(?:\[[a-z]+\] )?([a-z_]+)` \|", section, re.MULTILINE))


def test_every_key_of_a_definition_is_documented():
    keys = {*definition_file.KEYS, *definition_file.DUE_KEYS, *parameter.KEYS, *settings.KEYS}
    tables = {"due", "post", "parameters"}  # documented by their keys
    assert documented_keys("Writing a definition") == keys - tables


def test_a_default_is_held_to_its_own_limits(tmp_path):
    said = refused(DEFINITION.replace("default = 2.25", "default = 0"), tmp_path)
    assert "line 11: [parameters.loss_weight] default of loss_weight: found 0; allowed: a number above 0" in said


def test_defaults_fill_what_is_not_given(toy):
    assert toy.check({}) == {"loss_weight": 2.25}


def test_texts_of_a_command_line_become_typed_values(toy):
    checked = toy.check({"loss_weight": "12"})
    assert checked == {"loss_weight": 12.0}
    assert isinstance(checked["loss_weight"], float)


def test_all_mistakes_in_values_are_listed_at_once(tmp_path):
    more = DEFINITION + '\n[parameters.kind]\ntype = "choice"\ndefault = "sign"\nchoices = ["sign", "size"]\n'
    definition = load_definition("toy", make_project(tmp_path, definition=more))
    with pytest.raises(ParameterError) as error:
        definition.check({"loss_wieght": "1", "loss_weight": "0", "kind": "sizes", "segment": "Private"})
    said = str(error.value)
    assert "4 mistakes" in said
    assert "loss_wieght: no such parameter; did you mean 'loss_weight'?" in said
    assert "loss_weight: found '0'; allowed: a number above 0 and at most 100" in said
    assert "kind: found 'sizes'; allowed: one of sign, size; did you mean 'size'?" in said
    assert "segment: is not a parameter of the report's own; use the option --segment" in said


def test_the_earlier_reports_are_not_for_a_user_to_give(toy):
    with pytest.raises(ParameterError, match=r"metrics_before: .* a run finds the earlier reports by itself"):
        toy.check({"metrics_before": "metrics.json"})


NO_NUMBERS = ["x", "", "nan", "inf", "2,25", True, None, [1], "1e400", "1_0", "٣", "0x1", "1" + "0" * 400, 10**400]
NO_INTEGERS = ["5.0", 5.5, "five", True, "1_0", "٣", "1" + "0" * 400, "1" + "0" * 5000, 10**400]


@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda value: repr(value)[:12])
def test_a_number_refuses_what_is_none(value):
    with pytest.raises(ValueError, match=r"^loss_weight: "):
        Parameter(name="loss_weight", type="number").read(value)


def test_a_decimal_comma_is_answered_with_the_point():
    with pytest.raises(ValueError, match=r"did you mean '2\.25'\?"):
        Parameter(name="loss_weight", type="number").read("2,25")


@pytest.mark.parametrize("value", NO_INTEGERS, ids=lambda value: repr(value)[:12])
def test_an_integer_refuses_what_is_none(value):
    with pytest.raises(ValueError, match="a whole number of at least 1"):
        Parameter(name="smallest_base", type="integer", minimum=1).read(value)


@pytest.mark.parametrize("text", ["7", "+7", " 7 ", "7.", "7.0", "0.7e1", "70E-1"])
def test_a_number_is_written_as_numbers_are(text):
    assert Parameter(name="loss_weight", type="number").read(text) == 7.0


def test_an_optional_parameter_may_be_empty():
    parameter = Parameter(name="resolved", type="number", optional=True, minimum=0)
    assert parameter.read("") is None
    assert parameter.read("0") == 0.0
    assert parameter.allowed == "a number of at least 0, or empty"


@pytest.mark.parametrize(("limit", "refused_value"), [("above", 1), ("below", 1), ("minimum", 0.9), ("maximum", 1.1)])
def test_limits_are_kept_at_their_edge(limit, refused_value):
    parameter = Parameter(name="share", type="number", **{limit: 1})
    with pytest.raises(ValueError, match="share: found"):
        parameter.read(refused_value)
    if limit in ("minimum", "maximum"):
        assert parameter.read(1) == 1.0


def test_a_parameter_may_be_limited_by_another(tmp_path):
    more = DEFINITION + '\n[parameters.resolved]\ntype = "number"\noptional = true\nat_most = "loss_weight"\n'
    definition = load_definition("toy", make_project(tmp_path, definition=more))
    assert definition.check({"resolved": "2.25"}) == {"loss_weight": 2.25, "resolved": 2.25}
    with pytest.raises(ParameterError, match=r"resolved: found 3; allowed: at most loss_weight, which is 2\.25"):
        definition.check({"resolved": "3"})


def test_the_notebook_has_the_parameters_of_the_definition(toy):
    toy.check_notebook()


def test_a_parameter_that_the_notebook_misnames_is_refused(tmp_path):
    definition = load_definition("toy", make_project(tmp_path, notebook="misnames_a_parameter.ipynb"))
    with pytest.raises(ParameterError) as error:
        definition.check_notebook()
    said = str(error.value)
    assert "loss_weight: the notebook's parameters cell does not have it; did you mean 'loss_wieght'?" in said
    assert "loss_wieght: the notebook's parameters cell has it, and reports/toy.toml does not" in said


@pytest.mark.parametrize(("period", "article"), [("quarter", "a quarter"), ("week", "a week")])
def test_a_notebook_for_months_is_refused_for_any_other_period(tmp_path, period, article):
    # pandas reads 2026-Q3 as the month of July without a word.
    project = make_project(tmp_path, definition=DEFINITION.replace('"month"', f'"{period}"'))
    path = project / "notebooks" / "report.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["cxlib"] = {"period": "month"}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    with pytest.raises(ParameterError) as error:
        load_definition("toy", project).check_notebook()
    assert "period: the notebook is made for a month (its metadata.cxlib.period)" in str(error.value)
    assert f'reports/toy.toml asks for {article}; set period = "month"' in str(error.value)
    (project / "reports" / "toy.toml").write_text(DEFINITION, encoding="utf-8")
    load_definition("toy", project).check_notebook()


def test_the_monthly_notebook_says_that_it_reads_months(tmp_path):
    monthly = load_definition("monthly", PROJECT)
    with pytest.raises(ParameterError, match="made for a month"):
        replace(monthly, period="quarter").check_notebook()


def test_a_notebook_without_parameters_is_refused(tmp_path):
    definition = load_definition("toy", make_project(tmp_path, notebook="has_no_parameters.ipynb"))
    with pytest.raises(ParameterError, match="tag one cell `parameters`"):
        definition.check_notebook()


def test_a_notebook_that_is_none_is_refused(tmp_path):
    definition = load_definition("toy", make_project(tmp_path))
    definition.notebook.write_text("{", encoding="utf-8")
    with pytest.raises(ParameterError, match="cannot be read as a notebook"):
        definition.check_notebook()


def test_a_folder_with_braces_in_its_name_is_no_template(tmp_path):
    definition = load_definition("toy", make_project(tmp_path / "{study_path}"))
    definition.check_notebook()


def test_the_project_is_found_from_below(tmp_path):
    project = make_project(tmp_path)
    assert find_project(project / "data" / "small") == project


def test_no_project_says_what_to_do(tmp_path):
    with pytest.raises(ParameterError, match="name it with --project"):
        find_project(tmp_path)


@pytest.mark.parametrize("name", report_names(PROJECT))
def test_the_bundled_definitions_are_sound(name):
    definition = load_definition(name, PROJECT)
    definition.check_notebook()
    assert set(definition.titles) == {"en", "sv"}
    assert all(parameter.help for parameter in definition.parameters)
    assert not {parameter.name for parameter in definition.parameters} & set(STANDARD_PARAMETERS)


def test_a_default_follows_the_parameter_that_it_may_not_exceed():
    limited = Parameter(name="resolved", type="number", default=1, at_most="weight")
    definition = Definition(
        name="toy",
        project=Path(),
        titles={"en": "Toy"},
        notebook=Path("a.ipynb"),
        period="month",
        study=None,
        language=None,
        parameters=(Parameter(name="weight", type="number", default=2), limited),
    )
    assert definition.check({"weight": "0.5"}) == {"weight": 0.5, "resolved": 0.5}
    with pytest.raises(ParameterError, match="at most weight"):
        definition.check({"weight": "0.5", "resolved": "1"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[]", "not of a notebook's form"),
        (b"3", "not of a notebook's form"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}', "not of a notebook's form"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [3]}', "cannot be read as a notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "cannot be read as a notebook"),
        (b'{"nbformat": 4, "cells": "\xe5"}', "it is not UTF-8"),
    ],
)
def test_a_notebook_that_is_none_is_a_mistake(tmp_path, content, said):
    definition = load_definition("toy", make_project(tmp_path))
    definition.notebook.write_bytes(content)
    with pytest.raises(ParameterError, match=said):
        definition.check_notebook()
    definition.notebook.unlink()
    with pytest.raises(ParameterError, match=r"report\.ipynb cannot be read: no such file"):
        definition.check_notebook()


def test_a_definition_that_cannot_be_read_is_a_mistake(tmp_path):
    project = make_project(tmp_path)
    (project / "reports" / "dangling.toml").symlink_to("nowhere.toml")
    (project / "reports" / "folder.toml").mkdir()
    for name, said in (("dangling", "no such file or directory"), ("folder", "is a directory")):
        with pytest.raises(ParameterError, match=rf"^reports/{name}\.toml cannot be read: {said}"):
            load_definition(name, project)
