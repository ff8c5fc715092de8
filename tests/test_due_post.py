"""What is made because it is due is sent, once; what fails is told to its owner, once."""

import datetime as dt

import pytest

from cxlib.reporting import execution
from tests.test_due_runs import DUE, due, given
from tests.toy_post import mail_server
from tests.toy_project import make_project

__all__ = ["given"]  # the stand-in for the kernel

POST = """
[post]
to = ["md@example.org"]

[post.segments]
Private = ["private@example.org"]
"""
WITH_POST = (
    DUE.replace("retries = 2", 'retries = 2\nowner = "owner@example.org"\nlanguage = "sv"\nsegments = "all"') + POST
)


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "project", definition=WITH_POST)


def recipients(box):
    return [to for _, (to,), _ in box.envelopes]


def test_the_latest_period_is_sent_to_those_named_for_it_and_only_once(project, given, tmp_path):
    december = dt.datetime(2026, 12, 2, 12, tzinfo=dt.UTC)  # November is due too, and waits for its data
    with mail_server(folder=tmp_path) as box:
        outcome, _ = due(project, as_of=december, environment=box.environment)
        again, _ = due(project, as_of=december, environment=box.environment)
    assert recipients(box) == ["md@example.org", "private@example.org"]
    assert [message["Subject"] for message in box.messages] == [
        "Leksaksrapport: Oktober 2026 · Small & Co",
        "Leksaksrapport: Oktober 2026 · Small & Co · Private",
    ]
    assert "toy 2026-10: mailed to md@example.org" in outcome.told
    assert "toy 2026-09: not sent, for a later one is due; `cx post` sends it" in outcome.told
    assert (outcome.untold, outcome.failed) == ([], [])
    assert (again.told, again.untold) == ([], [])


def test_a_report_stands_though_its_mail_does_not_go(project, given):
    outcome, _ = due(project, environment={})
    assert (project / "reports" / "toy" / "2026-10" / "report.html").is_file()
    assert len(outcome.made) == 7 and not outcome.failed
    assert str(outcome.untold[0]).startswith(
        "toy 2026-10: not everything could be sent: the environment does not say how"
    )


def test_the_owner_is_told_once_after_the_last_try_and_once_a_day(project, given, tmp_path):
    given[1].append({"period": "2026-09", "segment": None})
    with mail_server(folder=tmp_path) as box:
        outcome, pauses = due(project, environment=box.environment)
        due(project, environment=box.environment)
    assert len(pauses) == 2 and len(outcome.failed) == 1
    assert recipients(box).count("owner@example.org") == 1
    (message,) = (message for message in box.messages if message["To"] == "owner@example.org")
    assert message["Subject"] == "Kunde inte göras: Leksaksrapport, september 2026"
    text = message.get_body(("plain",)).get_content()
    assert "trots 3 försök" in text and "no luck with 2026-09" in text
    assert "toy 2026-09: told the owner owner@example.org of the failure" in outcome.told


def test_a_failure_that_cannot_be_told_stays_a_failure(project, given):
    given[1].append({"period": "2026-08"})
    outcome, _ = due(project, environment={})
    assert len(outcome.failed) == 3  # the whole, and two segments
    assert str(outcome.untold[0]).startswith("toy 2026-08: the environment does not say how to send mail")


def test_a_study_that_cannot_be_read_is_told_in_its_language(project, given, tmp_path):
    (project / "reports" / "toy.toml").write_text(
        WITH_POST.replace('language = "sv"\n', "").replace("retries = 2", "retries = 0")
    )
    (project / "data" / "small" / "events.csv").write_text("nonsense\n")
    study = project / "data" / "small" / "study.toml"
    study.write_text(study.read_text() + 'language = "sv"\n')
    with mail_server(folder=tmp_path) as box:
        outcome, _ = due(project, environment=box.environment)
    assert len(outcome.failed) == 1 and recipients(box) == ["owner@example.org"]
    assert box.messages[0]["Subject"].startswith("Kunde inte göras: Leksaksrapport, augusti 2026")


def test_the_command_says_what_was_sent_and_fails_where_something_was_not(
    project, given, cx_command, monkeypatch, tmp_path
):
    assert execution.execute  # stood in for by `given`
    with mail_server(unknown=("md@example.org",), folder=tmp_path) as box:
        for name, value in box.environment.items():
            monkeypatch.setenv(name, value)
        code, _, err = cx_command(
            "run", "--due", "--project", project, "--as-of", dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC).isoformat()
        )
    said = " ".join(err.split())
    assert code == 1
    assert "toy 2026-10: not everything could be sent: the mail server refused md@example.org: 550" in said
    assert "`cx post` sends later what was not sent" in said
    assert "toy 2026-10, segment Private: mailed to private@example.org" in said
