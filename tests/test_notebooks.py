"""The notebooks run as papermill runs them: as they are, and in Swedish for one segment with other rules."""

from pathlib import Path

import papermill
import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def run(name: str, tmp_path: Path, **parameters):
    return papermill.execute_notebook(
        NOTEBOOKS / name, tmp_path / name, parameters, cwd=NOTEBOOKS, progress_bar=False, log_output=False
    )


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
def test_capital_draws_every_chart_without_a_widget(parameters, tmp_path):
    notebook = run("20_capital.ipynb", tmp_path, **parameters)
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
