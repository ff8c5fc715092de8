"""`cx post`: what is sent, to whom, and which report is meant."""

import json
import logging
import re

import pytest

from cxlib.reporting.history import History
from tests.toy_post import PASSWORD, USER, mail_server, make_run
from tests.toy_project import DEFINITION, make_project

POST = """
[post]
to = ["md@example.org"]
bcc = ["archive@example.org"]
attach = ["pdf"]
link = "https://intranet.example.org/reports"

[post.segments]
House = ["house@example.org"]
"""


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    """Whatever the machine's own environment says of mail."""
    for name in ("HOST", "PORT", "FROM", "SECURITY", "USER", "PASSWORD", "CA_FILE"):
        monkeypatch.delenv(f"CX_SMTP_{name}", raising=False)
    monkeypatch.delenv("CX_WEBHOOK_URL", raising=False)


@pytest.fixture
def project(tmp_path):
    """A project whose reports for two months were made, one of them also in English and for a segment."""
    made = make_project(
        tmp_path / "project", definition=DEFINITION.replace("[title]", 'owner = "o@example.org"\n\n[title]') + POST
    )
    make_run(made, report="toy", name="2026-09", period="2026-09", subtitle="September 2026")
    make_run(made, report="toy", name="2026-10")
    make_run(made, report="toy", name="2026-10_segment-house", segment="House")
    return made


def set_environment(monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def test_the_latest_report_is_sent_once(project, cx_command, monkeypatch, tmp_path):
    with mail_server(with_login=True, folder=tmp_path) as box:
        set_environment(monkeypatch, box.environment)
        code, out, err = cx_command("post", "toy", "--project", project)
        assert (code, out, err) == (0, "mailed to md@example.org, archive@example.org with toy_2026-10.pdf\n", "")
        code, out, err = cx_command("post", "toy", "--project", project)
        assert (code, out) == (0, "")
        assert err == "Everybody has Oktober 2026 · Små & Co already; --again sends it once more\n"
        assert len(box.messages) == 1
        code, out, _ = cx_command("post", "toy", "--project", project, "--again")
        assert code == 0 and "mailed to md@example.org" in out
    assert [message["Subject"] for message in box.messages] == ["Leksaksrapport: Oktober 2026 · Små & Co"] * 2


def test_a_period_and_a_segment_may_be_named(project, cx_command, monkeypatch, tmp_path):
    with mail_server(folder=tmp_path) as box:
        set_environment(monkeypatch, box.environment)
        for arguments in (["--period", "2026-09"], ["--segment", "House"]):
            assert cx_command("post", "toy", "--project", project, *arguments)[0] == 0
    assert [recipients for _, recipients, _ in box.envelopes] == [
        ["md@example.org", "archive@example.org"],
        ["house@example.org"],
    ]
    assert box.messages[0]["Subject"] == "Leksaksrapport: September 2026"
    (attached,) = box.messages[1].iter_attachments()
    assert attached.get_filename() == "toy_2026-10_segment-house.pdf"


def test_what_could_be_sent_is_said_before_what_could_not(project, cx_command, monkeypatch, tmp_path):
    with mail_server(unknown=("archive@example.org",), folder=tmp_path) as box:
        set_environment(monkeypatch, box.environment)
        code, out, err = cx_command("post", "toy", "--project", project)
    assert (code, out) == (1, "mailed to md@example.org with toy_2026-10.pdf\n")
    assert "Error: not everything could be sent: the mail server refused archive@example.org: 550" in err


def test_a_dry_run_sends_nothing_and_needs_nothing(project, cx_command):
    code, out, err = cx_command("post", "toy", "--project", project, "--dry-run")
    assert (code, err) == (0, "")
    head, _, text = out.partition("\n\n")
    assert head.splitlines()[0] == "Server:   not yet: the environment does not say how to send mail:"
    assert head.splitlines()[-4:] == [
        "To:       md@example.org",
        "Bcc:      archive@example.org",
        "Subject:  Leksaksrapport: Oktober 2026 · Små & Co",
        "Attached: toy_2026-10.pdf (0.0 MB)",
    ]
    assert text.startswith("Leksaksrapport\nOktober 2026 · Små & Co\n")
    assert "https://intranet.example.org/reports/toy/2026-10/report.html" in text
    assert not (project / "reports" / "history.sqlite").exists()


def test_a_dry_run_shows_the_webhooks_json_and_who_has_it_already(project, cx_command, monkeypatch, tmp_path):
    with mail_server(folder=tmp_path) as box:
        set_environment(monkeypatch, box.environment)
        assert cx_command("post", "toy", "--project", project)[0] == 0
        (project / "reports" / "toy.toml").write_text(
            DEFINITION + "[post]\nto = ['md@example.org', 'new@example.org']\nwebhook = true\n"
        )
        _, out, _ = cx_command("post", "toy", "--project", project, "--dry-run")
    assert "Server:   the environment is set\nTo:       md@example.org (has it already), new@example.org\n" in out
    webhook, _, content = out.partition("Webhook:  ")[2].partition("\n\n")
    assert webhook.startswith("not yet: CX_WEBHOOK_URL: is not set")
    assert json.loads(content)["report"] == "toy"
    assert len(box.messages) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--period", "2026-08"], r"report 'toy' was not made for 2026-08; it was for: 2026-09, 2026-10; .* makes it"),
        (["--period", "2026-8"], "period: found '2026-8'; allowed: a month"),
        (["--segment", "Hous"], r"no report 'toy' of segment 'Hous' was made; there are: .*; did you mean 'House'"),
        (["--language", "en"], r"no report 'toy' of the whole in 'en' was made"),
        (["--output", "nowhere"], r"no report 'toy' was made yet; `cx report toy` makes it"),
        (["--study", "nowhere"], r"no report 'toy' was made yet"),
    ],
)
def test_a_report_that_is_not_there(project, cx_command, arguments, says):
    code, out, err = cx_command("post", "toy", "--project", project, *arguments)
    assert (code, out) == (2, "")
    assert re.search(says, " ".join(err.split()))


def test_a_study_is_named_by_its_folder_or_by_the_file_in_it(project, cx_command):
    (record_file,) = (project / "reports" / "toy" / "2026-10").glob("run.json")
    by_file = record_file.read_text(encoding="utf-8").replace("data/small", "data/small/study.toml")
    assert "data/small/study.toml" in by_file
    record_file.write_text(by_file, encoding="utf-8")
    for study in ([], ["--study", project / "data" / "small"], ["--study", project / "data" / "small" / "study.toml"]):
        for period in ("2026-09", "2026-10"):
            code, _, err = cx_command("post", "toy", "--project", project, "--dry-run", "--period", period, *study)
            assert (code, err) == (0, "")


def test_a_report_in_two_languages(project, cx_command, monkeypatch, tmp_path):
    make_run(project, report="toy", name="2026-10_en", language="en")
    code, _, err = cx_command("post", "toy", "--project", project)
    assert code == 2 and "the report was made in 2 languages (en, sv); say which with --language" in err
    with mail_server(folder=tmp_path) as box:
        set_environment(monkeypatch, box.environment)
        assert cx_command("post", "toy", "--project", project, "--language", "en")[0] == 0
    assert box.messages[0]["Subject"] == "Toy report: October 2026 · Små & Co"


def test_without_post_there_is_nobody_to_send_to(tmp_path, cx_command):
    project = make_project(tmp_path)
    code, _, err = cx_command("post", "toy", "--project", project)
    assert code == 2 and "reports/toy.toml has no [post], so there is nobody to send the report to" in err


@pytest.mark.parametrize("mishap", ["none", "password", "certificate", "refused"])
def test_no_secret_is_in_anything_that_is_written(project, cx_command, monkeypatch, tmp_path, mishap, caplog):
    caplog.set_level(logging.DEBUG)
    hook = "http://127.0.0.1:9/T00/hemlig-nyckel"
    (project / "reports" / "toy.toml").write_text(DEFINITION + POST.replace("attach", "webhook = true\nattach"))
    with mail_server(
        with_login=True, unknown=("md@example.org",) if mishap == "refused" else (), folder=tmp_path
    ) as box:
        environment = box.environment | {"CX_WEBHOOK_URL": hook}
        if mishap == "password":
            environment["CX_SMTP_PASSWORD"] = PASSWORD[::-1]
        if mishap == "certificate":
            del environment["CX_SMTP_CA_FILE"]
        set_environment(monkeypatch, environment)
        code, out, err = cx_command("post", "toy", "--project", project)
        _, shown, _ = cx_command("post", "toy", "--project", project, "--dry-run")
    assert code == 1 and "the webhook cannot be reached" in err
    written = [
        out,
        err,
        shown,
        caplog.text,
        *(record.getMessage() for record in caplog.records if "aiosmtpd" not in record.name),
    ]
    for path in (project / "reports").rglob("*"):
        if path.is_file():
            written.append(path.read_bytes().decode("latin-1"))
    assert History(project / "reports").path.exists() == (mishap in ("none", "refused"))
    for secret in (environment["CX_SMTP_PASSWORD"], USER, "hemlig-nyckel"):
        assert not [text for text in written if secret in text], secret
