"""Definitions of reports: what a file may say, and how values are checked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cxlib.errors import ParameterError
from cxlib.reporting.definition import STANDARD_PARAMETERS, Definition, find_project, load_definition, report_names
from cxlib.reporting.parameter import Parameter
from tests.toy_project import DEFINITION, make_project

PROJECT = Path(__file__).parents[1]


@pytest.fixture
def toy(tmp_path):
    return load_definition("toy", make_project(tmp_path))


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
    assert "reports/toy.toml cannot be read" in refused("notebook = \n", tmp_path)
    assert "line 2" in refused('title = "x"\nperiod = month\n', tmp_path)


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
        "mistakes:",
        "langauge: no such key; did you mean 'language'?",
        "title: found {'de': 'Bericht'}",
        "notebook: notebooks/ has no '../report.ipynb'; it has: report.ipynb",
        "period: found 'mont'; allowed: month, quarter, week; did you mean 'month'?",
        "language: found 'no'; allowed: en, sv",
        "study: found 3",
        "[parameters.period]: every report has it",
        "[parameters.weight] type: found 'nummer'; allowed: number, integer, text, choice; did you mean 'number'?",
        "[parameters.share] minimun: no such key; did you mean 'minimum'?",
        "[parameters.kind] choices: a choice needs them",
        "[parameters.count] default: is missing",
        "[parameters.resolved] at_most: found 'weigth'",
    ):
        assert part in said
    assert said.startswith(f"reports/toy.toml, {said.count('  - ')} mistakes:")


def test_a_default_is_held_to_its_own_limits(tmp_path):
    said = refused(DEFINITION.replace("default = 2.25", "default = 0"), tmp_path)
    assert "[parameters.loss_weight] default of loss_weight: found 0; allowed: a number above 0" in said


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
    assert f"reports/toy.toml asks for {article}; set period = 'month'" in str(error.value)
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
