"""`cx workshop --export`."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from cxlib.errors import ParameterError
from cxlib.workshop import capital_scene, takehome
from cxlib.workshop.server.notebook import NOTEBOOK, smallest_base_of
from tests.toy_project import make_project


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(make_project(tmp_path / "project"))
    monkeypatch.setattr(capital_scene, "LOSS_WEIGHTS", (2.25,))
    monkeypatch.setattr(capital_scene, "HALF_LIVES", (365.0,))
    return next((tmp_path / "project" / "data").iterdir())


@pytest.fixture
def no_work(monkeypatch):
    monkeypatch.setattr(takehome, "takehome_html", lambda *_, **__: pytest.fail("the work was begun"))


def test_the_file_is_written_and_named_alone_on_stdout(cx_command, study, tmp_path):
    code, out, err = cx_command("workshop", study, "--language", "sv", "--export", "workshop.html")
    assert (code, out) == (0, "workshop.html\n")
    assert "it opens by double-click" in err
    written = (tmp_path / "project" / "workshop.html").read_text(encoding="utf-8")
    assert written.startswith("<!DOCTYPE html>") and "Dina tio beröringspunkter" in written
    assert [path.name for path in (tmp_path / "project").glob(".workshop*")] == []


def test_a_file_that_is_there_is_replaced_only_when_told(cx_command, study, tmp_path, no_work):
    (tmp_path / "project" / "mine.html").write_text("mine")
    code, out, err = cx_command("workshop", study, "--export", "mine.html")
    assert (code, out) == (2, "") and "mine.html is there already; to replace it, add --again" in err
    assert (tmp_path / "project" / "mine.html").read_text() == "mine"


def test_what_is_refused_before_anybody_waits(cx_command, study, no_work):
    code, _, err = cx_command("workshop", study, "--language", "de", "--export", "a.html")
    assert code == 2 and "language is 'de'; allowed: en, sv" in err
    code, _, err = cx_command("workshop", study, "--export", "nowhere/a.html")
    assert code == 2 and "--export: the folder nowhere is not there" in err
    code, _, err = cx_command("workshop", study, "--export", "a.txt")
    assert code == 2 and "--export: a.txt would not open in a browser; allowed: .html, .htm, such as a.html" in err
    code, _, err = cx_command("workshop", "nowhere", "--export", "a.html")
    assert code == 3 and "nowhere" in err


def test_the_study_of_a_named_project_is_taken_from_any_folder(cx_command, study, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(takehome, "takehome_html", lambda study, **_: seen.append(study.settings.name) or "<html>")
    (tmp_path / "project" / "data" / "demo").symlink_to(study)
    monkeypatch.chdir(tmp_path)
    code, out, err = cx_command("workshop", "--project", tmp_path / "project", "--export", "a.html")
    assert (code, out) == (0, "a.html\n"), err
    assert len(seen) == 1


def test_the_options_defaults_are_the_servers(cx_command, monkeypatch):
    from cxlib.workshop.server import addresses, seats, serve

    given = {}
    monkeypatch.setattr(serve, "check_voila", lambda: None)
    monkeypatch.setattr(serve, "serve_workshop", lambda *_, **options: given.update(options))
    assert cx_command("workshop", "--project", Path(__file__).parents[1])[0] == 0
    expected = (addresses.THIS_MACHINE, addresses.PORT, seats.MOST_SESSIONS)
    assert (given["ip"], given["port"], given["most_sessions"]) == expected


def notebook_with(*parameters: str) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell("\n".join(parameters), metadata={"tags": ["parameters"]})
    return nbformat.v4.new_notebook(cells=[cell])


def test_the_file_hides_what_the_served_page_hides(cx_command, study, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(takehome, "takehome_html", lambda *_, smallest_base, **__: seen.append(smallest_base) or "")
    assert cx_command("workshop", study, "--export", "a.html")[0] == 0
    notebooks = tmp_path / "project" / "notebooks"
    notebooks.mkdir(exist_ok=True)
    nbformat.write(notebook_with("smallest_base = 20"), notebooks / NOTEBOOK)
    assert cx_command("workshop", study, "--export", "b.html")[0] == 0
    monkeypatch.chdir(tmp_path)
    assert cx_command("workshop", study, "--project", "project", "--export", "c.html")[0] == 0
    assert seen == [5, 20, 20]


@pytest.mark.parametrize(
    "lines", [['"""Ours."""', "import math", "smallest_base = 20"], ["smallest_base: int = 20", "days = [7 * 2]"]]
)
def test_parameters_may_be_written_in_other_ways(lines):
    assert smallest_base_of(notebook_with(*lines)) == 20


@pytest.mark.parametrize("line", ["language = 'sv'", "smallest_base = 4 * 5", "smallest_base = True"])
def test_a_smallest_base_that_is_no_number_is_refused(line):
    with pytest.raises(ParameterError, match="smallest_base = 5"):
        smallest_base_of(notebook_with(line))


def test_outside_a_project_a_study_must_be_named(cx_command, tmp_path, monkeypatch, no_work):
    monkeypatch.chdir(tmp_path)
    code, _, err = cx_command("workshop", "--export", "a.html")
    assert code == 2 and "no study is named, and none is bundled here: cx workshop STUDY" in err
