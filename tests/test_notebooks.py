"""The notebooks run, as papermill runs them: as they are, and in Swedish for one segment with other rules."""

import shutil
from pathlib import Path

import papermill
import pytest

from cxlib.errors import CxError
from cxlib.reporting.execution import execute
from cxlib.reporting.progress import Progress

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


@pytest.fixture
def run(warm_kernels):
    """Run a notebook in a forked kernel, which has its imports done: half the time."""

    def made(name: str, **parameters):
        return execute(NOTEBOOKS / name, parameters, progress=Progress(), kernels=warm_kernels)

    return made


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_plain_papermill_runs_a_notebook_with_parameters(tmp_path):
    """As a script of the user's own would; that forked kernels give the same is tested in test_kernels."""
    notebook = papermill.execute_notebook(
        NOTEBOOKS / "44_feedback.ipynb",
        tmp_path / "out.ipynb",
        {"language": "sv"},
        cwd=NOTEBOOKS,
        progress_bar=False,
        log_output=False,
    )
    assert "Månadsfaktura" in str(outputs(notebook, "told"))


def outputs(notebook, cell: str) -> list:
    return next(each for each in notebook.cells if each.metadata.get("name") == cell).outputs


def is_chart(output) -> bool:
    return any("vegalite" in mime for mime in output.get("data", {}))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "parameters",
    [{}, {"segment": "Farm", "language": "sv", "gestures": 0, "half_life_days": 0.0}],
    ids=["as it is", "farms"],
)
def test_capital_draws_every_chart_without_a_widget(parameters, run):
    notebook = run("20_capital.ipynb", **parameters)
    charts = [cell.metadata["name"] for cell in notebook.cells if any(map(is_chart, cell.get("outputs", [])))]
    assert charts == [
        "ten touchpoints",
        "capital over time",
        "risk zones",
        "statement chart",
        "stress chart",
        "replay chart",
        "rules chart",
    ]
    assert "widget-view" in str(outputs(notebook, "explorer")[-1].data)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"segment": "Farm", "language": "sv", "recent_months": 3},
        {"until": "2018-08", "study_path": "../data/olist"},
    ],
    ids=["as it is", "farms", "marketplace"],
)
def test_the_journey_shows_stages_canvas_and_departments(parameters, run, request):
    if "study_path" in parameters:
        parameters = parameters | {"data_dir": str(request.getfixturevalue("shared_data") / "olist")}
    notebook = run("40_journey.ipynb", **parameters)
    charts = [cell.metadata["name"] for cell in notebook.cells if any(map(is_chart, cell.get("outputs", [])))]
    has_canvas = "study_path" not in parameters
    assert charts == ["journey chart", *(["canvas chart"] if has_canvas else []), "ownership chart"]
    assert ("<table" in str(outputs(notebook, "canvas table"))) == has_canvas
    assert ("journey_steps.csv" in str(outputs(notebook, "canvas"))) == (not has_canvas)
    assert "journey_steps.csv" in str(outputs(notebook, "canvas file"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"segment": "Farm", "language": "sv", "archetype": "restaurant", "since": "2026-01"},
        {"until": "2018-08", "study_path": "../data/olist", "overall_metric": "csat"},
    ],
    ids=["as it is", "farms", "marketplace"],
)
def test_the_trepunkt_shows_balance_order_and_importance(parameters, run, request):
    if "study_path" in parameters:
        parameters = parameters | {"data_dir": str(request.getfixturevalue("shared_data") / "olist")}
    notebook = run("30_trepunkt.ipynb", **parameters)
    charts = [cell.metadata["name"] for cell in notebook.cells if any(map(is_chart, cell.get("outputs", [])))]
    assert charts == ["trepunkt chart", "phases chart", "order chart", "importance chart"]
    assert "widget-view" in str(outputs(notebook, "panel")[-1].data)
    said = str(outputs(notebook, "importance"))
    expected = "NPS hangs most on payment: 47%"
    if parameters:
        expected = "uppmätt upplevelse av varje fas" if "segment" in parameters else "measured experience of payment"
    assert expected in said


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "name, sentence", [("30_trepunkt.ipynb", "No data for the phases"), ("40_journey.ipynb", "not measured")]
)
def test_a_study_without_touchpoints_has_no_phase_and_no_stage_and_breaks_nothing(name, sentence, tmp_path, run):
    study = tmp_path / "study"
    shutil.copytree(NOTEBOOKS.parent / "data" / "demo", study, ignore=shutil.ignore_patterns("touchpoints.csv"))
    notebook = run(name, study_path=str(study))
    said = str([cell.get("outputs", []) for cell in notebook.cells])
    assert sentence in said


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"segment": "Farm", "language": "sv", "resolve_days": 7, "told_months": 24},
        {"period": "2018-08", "study_path": "../data/olist"},
    ],
    ids=["as it is", "farms", "marketplace"],
)
def test_the_feedback_shows_the_loop_and_what_is_told(parameters, run, request):
    if "study_path" in parameters:
        parameters = parameters | {"data_dir": str(request.getfixturevalue("shared_data") / "olist")}
    notebook = run("44_feedback.ipynb", **parameters)
    charts = [cell.metadata["name"] for cell in notebook.cells if any(map(is_chart, cell.get("outputs", [])))]
    assert charts == ["owner chart", "touchpoint chart", "closing chart"]
    assert ("No data for" in str(outputs(notebook, "owner chart"))) == ("study_path" in parameters)
    said = str(outputs(notebook, "told"))
    expected = "Monthly invoice"
    if parameters:
        expected = "Månadsfaktura" if "segment" in parameters else "too few of you"
    assert expected in said


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"segment": "Farm", "language": "sv", "capital_given_up": 0.1, "draws": 20},
        {"until": "2018-08", "study_path": "../data/olist", "draws": 20},
    ],
    ids=["as it is", "farms", "marketplace"],
)
def test_the_touchpoints_show_advice_the_smallest_set_and_the_payment(parameters, run, request):
    if "study_path" in parameters:
        parameters = parameters | {"data_dir": str(request.getfixturevalue("shared_data") / "olist")}
    notebook = run("42_touchpoints.ipynb", **parameters)
    charts = [cell.metadata["name"] for cell in notebook.cells if any(map(is_chart, cell.get("outputs", [])))]
    assert charts == ["advice chart", "smallest set slider", "selection chart", "payment hub chart"]
    if not parameters:
        goes = str(outputs(notebook, "smallest set"))
        assert "13 of 15 touchpoints stay; Invoice question, Price change notice can go" in goes
    nobody_was_asked = "too few customers were asked" in str(outputs(notebook, "payment hub"))
    assert nobody_was_asked == ("study_path" in parameters)


SURVEYS = {
    "bundled": {},
    "airport": {"study_path": "../data/airport", "touchpoint_metric": "rating", "language": "sv"},
    "airline": {"study_path": "../data/airline", "touchpoint_metric": "performance", "unhappy": 40.0, "happy": 80.0},
}
FILES = {"airport": "sfo_airport_survey", "airline": "oddjob_airline"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("survey", SURVEYS)
def test_a_survey_never_seen_shows_questions_scores_and_silence(survey, run, request):
    parameters = dict(SURVEYS[survey])
    if survey in FILES:
        parameters["data_dir"] = str(request.getfixturevalue("shared_data") / FILES[survey])
    notebook = run("10_explore_survey.ipynb", **parameters)
    charts = [cell.metadata["name"] for cell in notebook.cells if any(map(is_chart, cell.get("outputs", [])))]
    assert charts == [
        "questions chart", "touchpoint spread", "overall spread", "score chart", "comments", "drivers chart",
    ]  # fmt: skip
    said = " ".join(output["data"].get("text/markdown", "") for output in outputs(notebook, "what can be seen"))
    expected = {
        "bundled": "With 221 answers, a change under 15 points since the period before cannot be told from noise",
        "airport": "Med 2 650 svar går en förändring under 4 poäng sedan ett år tidigare inte att skilja från bruset",
        "airline": "A trend takes at least 4 periods that may be shown; found: 1.",  # one wave: no change to speak of
    }
    assert expected[survey] in said.replace("\N{NO-BREAK SPACE}", " ")
    assert ("noise" in said) == (survey == "bundled") and ("bruset" in said) == (survey == "airport")
    said = str(outputs(notebook, "data") + outputs(notebook, "what can be seen") + outputs(notebook, "mix"))
    if survey == "airport":
        assert "Only those who took part are in the files" in said
        assert "En trend kräver minst 4 perioder som får visas; här finns 2" in said
        assert "2017-05" in said  # with no month before, the split is against the year before
    # the codes for no answer, 11 and Blank, count nowhere: 84 + 1 of 2017 and 159 of 2018 gave no NPS
    if survey == "airport":
        assert str(2831 - 85) in str(outputs(notebook, "changes")) and str(2809 - 159) in str(
            outputs(notebook, "changes")
        )
    assert "Traceback" not in str(notebook.cells)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_metric_that_the_survey_lacks_is_named_before_anything_is_shown(run):
    with pytest.raises(CxError, match=r"touchpoint_metric is 'rating', which nobody answered; .*set touchpoint_metric"):
        run("10_explore_survey.ipynb", touchpoint_metric="rating")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_score_by_quarter_is_drawn_by_quarter(run):
    notebook = run("10_explore_survey.ipynb", every="quarter")
    months = [f"2026-{month:02}" for month in (1, 4, 7, 10)]
    chart = str(outputs(notebook, "score chart"))
    assert all(f"'{month}'" in chart for month in months) and "'2026-08'" not in chart


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("survey", SURVEYS)
def test_the_drivers_show_importance_contrasts_and_cautions(survey, run, request):
    parameters = {"draws": 200}
    if survey in FILES:
        parameters |= {"data_dir": str(request.getfixturevalue("shared_data") / FILES[survey]), "outcome": "overall"}
        parameters |= {
            "study_path": SURVEYS[survey]["study_path"],
            "driver_metric": SURVEYS[survey]["touchpoint_metric"],
        }
    if survey == "airline":
        parameters |= {"low": 40.0, "high": 80.0}
    notebook = run("50_drivers.ipynb", **parameters)
    charts = [cell.metadata["name"] for cell in notebook.cells if any(map(is_chart, cell.get("outputs", [])))]
    assert charts == ["importance chart", "penalty reward chart", "importance performance chart"]
    said = str(outputs(notebook, "cautions"))
    # of the airport's and the airline's over half answered everything, of the bundled study's 163 of 1,544
    assert ("answered every driver too" in said) == (survey != "airline")
    left_out = str(outputs(notebook, "data"))
    assert ("11 touchpoints with too few answers are left out" in left_out) == (survey == "bundled")
    # above 15 drivers orders are drawn, and that is said
    assert ("too many for every order" in said) == (survey in FILES)
    assert ("can be told from the other drivers" in said) == (survey in FILES)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("parameters", [{}, {"language": "sv"}], ids=["as it is", "Swedish"])
def test_the_workshop_draws_its_pictures_and_then_its_scenes(parameters, run):
    notebook = run("70_workshop.ipynb", **parameters)
    charts = [cell.metadata["name"] for cell in notebook.cells if any(map(is_chart, cell.get("outputs", [])))]
    assert charts == ["ten touchpoints", "trepunkt", "capital"]
    assert "widget-view" in str(outputs(notebook, "workshop")[-1].data)
